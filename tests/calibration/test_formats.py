"""One log in many formats, encodings and ways to write a time, always the same table."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

import calibration
import sim
from calibration.columns import NEVER

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADER = ("票号", "业务", "取号时间", "叫号时间", "结束时间", "柜员")


def rows(number=40):
    """Return tickets as (number, service, taken, called, ended, teller): waits of k s, services of 100 + k s."""
    out = []
    for k in range(number):
        taken = BEGIN.replace(tzinfo=None) + timedelta(minutes=7 * k)
        called = taken + timedelta(seconds=k)
        out.append(
            (
                f"A{k}",
                "个人业务" if k % 2 else "对公，业务",
                taken,
                called,
                called + timedelta(seconds=100 + k),
                f"张{k % 3}",
            )
        )
    return out


def text(form="%Y-%m-%d %H:%M:%S", delimiter=",", quote="", end="\r\n", header=HEADER, number=40):
    lines = [delimiter.join(quote + name + quote for name in header)]
    for row in rows(number):
        cells = [cell.strftime(form) if isinstance(cell, datetime) else cell for cell in row]
        lines.append(delimiter.join(quote + cell + quote for cell in cells))
    return end.join(lines) + end


@pytest.fixture
def same(tmp_path):
    """Write bytes, read them by the ticket machine's preset, and say whether the table is the one it should be."""

    def check(data, name="log.csv", *, preset="ticket-machine", late_s=0, whole_minutes=False):
        path = tmp_path / name
        path.write_bytes(data)
        kind = preset if not isinstance(preset, str) else calibration.mapping.preset(preset)
        log = calibration.read.log(path, kind)
        assert (log.unreadable, log.rows_read, len(log)) == ((), 40, 40)
        first = int(BEGIN.timestamp()) + late_s
        assert log.arrive.tolist() == [first + 420 * k for k in range(40)]
        if not whole_minutes:
            assert log.wait_s.tolist() == list(range(40))
            assert log.service_s.tolist() == [100 + k for k in range(40)]
        assert log.services == ("个人业务", "对公，业务")
        assert log.agents == 3
        return log

    return check


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_found_out(same, encoding):
    same(text().encode(encoding))


def test_an_encoding_shows_itself_later_than_in_the_first_bytes(tmp_path):
    """The header and the first megabytes are ASCII; the Chinese that comes then is GBK."""
    path = tmp_path / "late.csv"
    lines = ["ticket,service,take_time,call_time,end_time"]
    lines += [f"{k},S,2026-03-02 09:00:00,2026-03-02 09:00:10,2026-03-02 09:01:00" for k in range(30_000)]
    lines += [f"{k},储蓄,2026-03-03 09:00:00,2026-03-03 09:00:10,2026-03-03 09:01:00" for k in range(10)]
    path.write_bytes(("\n".join(lines) + "\n").encode("gbk"))
    log = calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
    assert (log.services, log.unreadable, len(log)) == (("S", "储蓄"), (), 30_010)


def test_characters_that_no_encoding_has_spoil_their_own_lines(tmp_path):
    path = tmp_path / "log.csv"
    lines = text().encode("utf-8").split(b"\r\n")
    lines[8] = lines[8].replace("个".encode(), b"\xff\xfe")
    path.write_bytes(b"\r\n".join(lines))
    log = calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
    assert [(one.rule, one.count, one.examples[0].row) for one in log.unreadable] == [("unreadable_text", 1, 9)]
    assert len(log) == 39


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_quotes_and_line_ends(same, delimiter, quote, end):
    same(text(delimiter=delimiter, quote=quote, end=end).encode())


def test_quotes_with_the_delimiter_and_with_quotes_in_them(tmp_path):
    path = tmp_path / "log.csv"
    lines = text(quote='"', number=5).splitlines()
    lines[2] = lines[2].replace("个人业务", '个人,"特别"业务'.replace('"', '""'))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    log = calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
    assert '个人,"特别"业务' in log.services
    assert (len(log), log.unreadable) == (5, ())


def test_a_report_may_have_a_title_above_its_header_and_empty_rows_below(tmp_path):
    path = tmp_path / "log.csv"
    lines = text(number=5).splitlines()
    path.write_text("\n".join(["叫号明细表,,,,,", "2026-03,,,,,", "", *lines, ",,,,,", ",,,,,"]) + "\n", "utf-8")
    log = calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
    assert (log.rows_read, len(log), log.unreadable, log.row.tolist()) == (5, 5, (), [5, 6, 7, 8, 9])


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.000", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S",
        "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
        "%d.%m.%Y %H:%M:%S",
    ],
)  # fmt: skip
def test_ways_to_write_a_time_are_found_out(same, form, tmp_path):
    """2 March: with day and month first alike, some day of the file must tell them apart."""
    data = text(form)
    if form.startswith(("%d", "%m")):
        extra = text(form.replace("%d", "17").replace("%m", "03"), number=1).splitlines()[1]
        path = tmp_path / "log.csv"
        path.write_text(data + extra + "\n", "utf-8")
        log = calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
        assert (len(log), log.unreadable) == (41, ())
        assert log.arrive[1] == int(BEGIN.timestamp()) + 420
        return
    same(data.encode())


def test_day_and_month_that_cannot_be_told_apart_are_asked_for(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(text("%d/%m/%Y %H:%M"), "utf-8")
    with pytest.raises(sim.InputError) as error:
        calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
    (one,) = error.value.faults
    assert (one.code, one.field, one.value) == ("log_date_ambiguous", "取号时间", "02/03/2026 09:00")
    rules = tmp_path / "m.toml"
    names = ("arrive", "called", "end", "left")
    forms = "\n".join(f'{name} = "%d/%m/%Y %H:%M"' for name in names)
    rules.write_text(f'extends = "ticket-machine"\n[forms]\n{forms}\n', "utf-8")
    log = calibration.read.log(path, calibration.mapping.mapping(rules))
    # Only full minutes were written: what follows must not take their seconds for known.
    assert (log.arrive[0], log.resolution_s) == (int(BEGIN.timestamp()), 60)


@pytest.mark.parametrize("offset", ["Z", "+00:00", "+0000", "+00"])
def test_stamps_with_an_offset_are_shown_on_the_local_clock(same, offset):
    """09:00 UTC is 17:00 in China."""
    same(text("%Y-%m-%dT%H:%M:%S" + offset).encode(), late_s=8 * 3600)


@pytest.mark.parametrize("factor", [1, 1000])
def test_unix_seconds_and_milliseconds(same, factor):
    lines = [",".join(HEADER)]
    for row in rows():
        moments = [str(int(cell.replace(tzinfo=UTC).timestamp()) * factor) for cell in row[2:5]]
        lines.append(",".join([*row[:2], *moments, row[5]]))
    same(("\n".join(lines) + "\n").encode(), late_s=8 * 3600)


def test_parquet_with_types_and_without(same):
    def table(times):
        columns = list(zip(*rows(), strict=True))
        arrays = [pa.array(c) for c in columns]
        for k in (2, 3, 4):
            arrays[k] = times(columns[k])
        sink = io.BytesIO()
        pyarrow.parquet.write_table(pa.table(arrays, names=list(HEADER)), sink)
        return sink.getvalue()

    same(table(lambda cells: pa.array(cells, pa.timestamp("us"))), "log.parquet")
    same(table(lambda cells: pa.array([str(cell) for cell in cells])), "log.parquet")
    unix = [[int(c.replace(tzinfo=UTC).timestamp()) for c in column] for column in list(zip(*rows(), strict=True))[2:5]]
    same(table(lambda cells: pa.array(unix[0] if cells[0] == rows()[0][2] and cells[1] == rows()[1][2] else
         unix[1] if cells[1] == rows()[1][3] else unix[2])), "log.parquet", late_s=8 * 3600)  # fmt: skip
    aware = table(
        lambda cells: pa.array([c.replace(tzinfo=UTC) for c in cells], pa.timestamp("ms", tz="Asia/Shanghai"))
    )
    same(aware, "log.parquet", late_s=8 * 3600)


def test_parquet_reads_only_the_columns_that_are_named(same):
    columns = list(zip(*rows(), strict=True))
    sink = io.BytesIO()
    hidden = pa.array([{"secret": k} for k in range(40)])
    arrays = [*(pa.array(c) for c in columns), hidden]
    pyarrow.parquet.write_table(pa.table(arrays, names=[*HEADER, "qNmae"]), sink)
    same(sink.getvalue(), "log.parquet")


def workbook(table, sheet="数据"):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["叫号机导出"])
    page = book.create_sheet(sheet)
    for row in table:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_xlsx_with_real_dates_below_a_title_on_the_second_sheet(same):
    log = same(workbook([["叫号明细"], [], HEADER, *rows()]), "log.xlsx")
    assert log.row[:2].tolist() == [4, 5]


def test_xlsx_with_dates_as_text(same):
    same(workbook([HEADER, *([str(c) for c in row] for row in rows())]), "log.xlsx")


def test_xlsx_clock_times_and_durations(tmp_path):
    rules = tmp_path / "m.toml"
    rules.write_text(
        '[columns]\ndate = "日期"\narrive = "到达"\nwait_s = "等候"\nservice_s = "时长"\n[forms]\narrive = "clock"\n',
        "utf-8",
    )
    table = [("日期", "到达", "等候", "时长"), (datetime(2026, 3, 2), time(9, 5), 30, timedelta(minutes=2, seconds=5))]
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook(table))
    log = calibration.read.log(path, calibration.mapping.mapping(rules))
    assert (log.arrive[0] - log.day[0] * 86_400, log.wait_s[0], log.service_s[0]) == (9 * 3600 + 300, 30, 125)


def test_json_lines_an_array_and_gzip(same):
    objects = [dict(zip(HEADER, (str(c) for c in row), strict=True)) for row in rows()]
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
    same(lines.encode(), "log.jsonl")
    same(json.dumps(objects, indent=1).encode(), "log.json")
    same(gzip.compress(lines.encode()), "log.jsonl.gz")
    same(gzip.compress(text().encode("gbk")), "log.csv.gz")


def test_a_line_that_is_no_json_spoils_itself_only(tmp_path):
    objects = [dict(zip(HEADER, (str(c) for c in row), strict=True)) for row in rows()]
    lines = [json.dumps(one, ensure_ascii=False) for one in objects]
    lines[4] = lines[4][:-9]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    log = calibration.read.log(path, calibration.mapping.preset("ticket-machine"))
    assert [(one.rule, one.count, one.examples[0].row) for one in log.unreadable] == [("unreadable_row", 1, 5)]
    assert (log.rows_read, len(log)) == (40, 39)


def test_the_answer_of_an_api_is_the_list_in_it(same):
    objects = [dict(zip(HEADER, (str(c) for c in row), strict=True)) for row in rows()]
    same(json.dumps({"Response": {"TotalCount": 40, "TelCdrList": objects}}, indent=2).encode(), "log.json")


def test_formats_may_be_mixed_and_a_case_may_cross_files(tmp_path):
    """The second half of a passed-on ticket stands in the next file."""
    head = "ticket,take_time,call_time,end_time,counter,status\n"
    first, then = tmp_path / "a.csv", tmp_path / "b.txt"
    first.write_text(head + "7,2026-03-02 09:00:00,2026-03-02 09:01:00,2026-03-02 09:03:00,1,2\n", "utf-8")
    then.write_bytes(
        (head + "7,2026-03-02 09:00:00,2026-03-02 09:05:00,2026-03-02 09:09:00,2,1\n")
        .replace(",", "\t")
        .encode("utf-16")
    )
    log = calibration.read.log([first, then], calibration.mapping.preset("ticket-machine"))
    assert (log.file.tolist(), log.leg.tolist(), log.wait_s.tolist()) == ([0, 1], [0, 1], [60, 120])
    assert log.case[0] == log.case[1]


def test_a_night_in_which_the_clocks_go_back_has_no_negative_service(tmp_path):
    """New York, 1 November 2026: 1:59:59 daylight time is followed by 1:00:00 standard time."""
    rules = tmp_path / "m.toml"
    rules.write_text('[columns]\narrive = "a"\nstart = "s"\nend = "e"\n[log]\nzone = "America/New_York"\n', "utf-8")
    path = tmp_path / "log.csv"
    path.write_text("a,s,e\n2026-11-01 01:50:00,2026-11-01 01:55:00,2026-11-01 01:05:00\n"
                    "2026-03-08 01:50:00,2026-03-08 01:58:00,2026-03-08 03:02:00\n", "utf-8")  # fmt: skip
    log = calibration.read.log(path, calibration.mapping.mapping(rules))
    assert log.wait_s.tolist() == [300, 480]
    # From 1:55 to the second 1:05 are 10 minutes; from 1:58 over the skipped hour to 3:02, four.
    assert log.service_s.tolist() == [600, 240]
    assert log.end[0] - log.arrive[0] == 900


def test_people_are_hashes_by_a_key_and_nobody_is_nobody(tmp_path):
    rules = tmp_path / "m.toml"
    rules.write_text('[columns]\narrive = "a"\nend = "e"\nperson = "phone"\n', "utf-8")
    path = tmp_path / "log.csv"
    people = ["13900000001", "13900000002", "13900000001", "", "anonymous", "0"]
    path.write_text(
        "a,e,phone\n" + "".join(f"2026-03-02 09:0{k}:00,2026-03-02 09:0{k}:30,{p}\n" for k, p in enumerate(people)),
        "utf-8",
    )
    kind = calibration.mapping.mapping(rules)
    one, other = (calibration.read.log(path, kind, key).person for key in (b"one", b"other"))
    assert one[0] == one[2] == calibration.privacy.hashed("13900000001", b"one")
    assert one[1] == calibration.privacy.hashed("13900000002", b"one")
    assert one[3:].tolist() == [NEVER] * 3
    assert not set(one[:3].tolist()) & set(other[:3].tolist())
    # Without a key nothing links two readings.
    assert calibration.read.log(path, kind).person[0] != calibration.read.log(path, kind).person[0]


@pytest.mark.parametrize("length", [3, 64, 100])
def test_the_pads_make_the_hash_of_rfc_2104(length):
    import hashlib
    import hmac

    key = bytes(range(length))
    inner, outer = calibration.privacy.pads(key)
    made = hashlib.sha256(outer + hashlib.sha256(inner + b"what").digest()).digest()
    assert made == hmac.digest(key, b"what", "sha256")


def test_a_log_can_be_made_of_arrays():
    from calibration.columns import Log

    log = Log.of([36_000, 36_060], wait_s=[5, 7], service_s=[100, 0], services=("A",))
    assert (log.outcome.tolist(), log.end.tolist(), log.called.tolist()) == ([0, 1], [36_105, NEVER], [36_005, 36_067])
    kept = log.only(np.array([False, True]))
    assert (len(kept), kept.person.tolist(), kept.row.tolist()) == (1, [NEVER], [3])


@given(
    st.lists(st.lists(st.text(alphabet='ab,"1 é', max_size=5), min_size=3, max_size=3), min_size=1, max_size=8),
    st.booleans(),
)
def test_quotes_are_taken_away_as_the_csv_module_does(table, everywhere):
    """Lines that are quoted plainly go a way of their own, the others through csv: both must agree."""
    import csv

    from calibration.read import text as reading

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL if everywhere else csv.QUOTE_MINIMAL, lineterminator="\n").writerows(table)
    (batch,) = reading.lines(iter([out.getvalue().encode()]), ",")
    got = [
        line.rstrip("\n").split(reading.UNIT if kind == reading.UNITS else ",")
        for kind, line in zip(batch["kind"].to_pylist(), batch["line"].to_pylist(), strict=True)
    ]
    assert got == table
