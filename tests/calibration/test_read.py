"""Logs as they come: delimiters, line ends, quotes, marks, and files that are no log."""

from __future__ import annotations

import numpy as np
import pytest

import calibration
import sim


@pytest.fixture
def read():
    def run(path):
        return calibration.read.log(path, calibration.mapping.preset("anonymous-bank"))

    return run


def fault(error):
    (one,) = error.value.faults
    return one


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_delimiters_and_line_ends_are_found_out(read, log_file, quiet_day, delimiter, end):
    log = read(log_file(quiet_day(20), delimiter=delimiter, end=end))
    assert (log.rows_read, len(log), log.unreadable) == (20, 20, ())
    assert log.service_s.tolist()[:3] == [60, 61, 62]


def test_a_byte_order_mark_is_not_part_of_the_first_column(read, log_file, quiet_day):
    assert len(read(log_file(quiet_day(5), encoding="utf-8-sig"))) == 5


def test_quoted_cells_may_hold_the_delimiter(read, log_file, call):
    row = call(1, 36_000)
    row[2] = '"70,000,001"'
    log = read(log_file([row, call(2, 36_060)], delimiter=","))
    assert (len(log), log.unreadable) == (2, ())


def test_a_quote_that_is_never_closed_spoils_one_line_only(read, log_file, quiet_day):
    rows = quiet_day(10)
    rows[3][2] = '"7'
    log = read(log_file(rows))
    assert (log.rows_read, len(log)) == (10, 9)
    assert [(one.rule, one.count, one.examples[0].row) for one in log.unreadable] == [("unbalanced_quote", 1, 5)]


def test_fused_columns_are_counted_with_their_line(read, log_file, quiet_day):
    """As in October 1999, where two rows have customer and priority in one column."""
    rows = quiet_day(10)
    rows[4][2:4] = ["0  0"]
    log = read(log_file(rows))
    (one,) = log.unreadable
    # The header is line 1, so the fifth row is line 6; 16 columns instead of 17.
    assert (one.rule, one.count, one.examples[0].row) == ("wrong_field_count", 1, 6)
    assert one.examples[0].fields == {"fields": 16}


def test_blank_lines_are_no_rows_but_count_as_lines(read, log_file, quiet_day):
    rows = ["\t".join(row) for row in quiet_day(4)]
    rows[3] = rows[3].replace("AGENT", "AGENT\t")
    log = read(log_file([rows[0], "", rows[1], "  ", *rows[2:]]))
    assert (log.rows_read, len(log)) == (4, 3)
    assert log.row.tolist() == [2, 4, 6]
    assert log.unreadable[0].examples[0].row == 7


@pytest.mark.parametrize(
    ("column", "text", "rule", "shape"),
    [
        (5, "1999-01-03", "unreadable_date", "9999-99-99"),
        (7, "25:00:00", "unreadable_clock", "99:99:99"),
        (11, "Mueller7", "unreadable_number", "aaaaaaa9"),
    ],
)
def test_an_unreadable_field_shows_its_shape_and_not_its_text(read, log_file, quiet_day, column, text, rule, shape):
    """What stands in a wrong column may be a name or an account."""
    rows = quiet_day(30)
    rows[2][column] = text
    (one,) = read(log_file(rows)).unreadable
    assert (one.rule, one.count) == (rule, 1)
    assert list(one.examples[0].fields.values()) == [shape]


def test_a_service_that_runs_past_midnight_ends_on_the_next_day(read, log_file, call):
    log = read(log_file([call(1, 86_340, wait=50, service=200)]))
    # In the queue at 23:59:00, called at 23:59:50, 200 s of service: until 0:03:10.
    assert log.arrive[0] - log.day[0] * 86_400 == 86_340
    assert log.end[0] - (log.day[0] + 1) * 86_400 == 190


def test_who_enters_the_menu_before_midnight_and_leaves_it_after_arrives_on_the_next_day(read, log_file, call):
    log = read(log_file([call(1, 10, menu=30, date="990103"), call(2, 10, menu=5, date="990103")]))
    assert (log.day[0] - log.day[1], log.arrive[0] - log.arrive[1]) == (1, 86_400)


def test_a_service_that_begins_a_second_before_the_queue_ends_is_on_the_same_day(read, log_file, call):
    row = call(1, 0, wait=20, service=60)
    row[13] = "0:00:19"
    log = read(log_file([row]))
    assert log.start[0] - log.called[0] == -1


def test_columns_that_the_preset_does_not_name_are_not_read(read, log_file, quiet_day):
    log = read(log_file(quiet_day(3)))
    kept = [vars(log)[name] for name in vars(log)]
    assert not any(np.any(np.asarray(value) == 70000001) for value in kept if isinstance(value, np.ndarray))
    assert "70000001" not in repr(log)


def test_several_files_are_one_table(read, log_file, quiet_day):
    paths = [log_file(quiet_day(4), name="a.txt"), log_file(quiet_day(3, date="990104"), name="b[1].txt")]
    log = read(paths)
    assert (log.files, log.rows_read, log.file.tolist()) == (("a.txt", "b[1].txt"), 7, [0] * 4 + [1] * 3)


def test_other_columns_are_one_error_that_names_them(read, log_file):
    path = log_file([["1", "09:00"]], header=["Ticket_ID", "take_time"], delimiter=",")
    with pytest.raises(sim.InputError) as error:
        read(path)
    one = fault(error)
    assert (one.code, one.file, one.field) == ("log_columns", str(path), "row 1")
    assert one.value == ["Ticket_ID", "take_time"]
    assert one.expected["missing"][:4] == ["vru+line", "call_id", "date", "type"]


def test_a_header_of_a_megabyte_is_other_columns(read, tmp_path):
    path = tmp_path / "log.json"
    path.write_text("x" * 1_500_000, "utf-8")
    with pytest.raises(sim.InputError) as error:
        read(path)
    assert fault(error).code == "log_columns"
    assert len(str(fault(error).value)) < 100


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "log_empty"),
        (b"\r\n \r\n", "log_empty"),
        ("vru+line\tcall_id\t网点\n".encode("gb18030"), "log_columns"),
        ("vru+line\tcall_id".encode("utf-16"), "log_columns"),
        ("vru+line\tcall_id".encode("utf-16-le"), "log_columns"),
        (b"PK\x03\x04\x00\x00", "log_unreadable"),
        (b"PAR1 and nothing else", "log_unreadable"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00", "log_not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "log_old_excel"),
        (b"\x1f\x8b\x08\x00 cut", "not_readable"),
        (b"<log><trace>", "log_unreadable"),
        (b'<!DOCTYPE log [<!ENTITY a "b">]><log></log>', "log_unreadable"),
        (b'{"a": 1', "log_unreadable"),
    ],
)
def test_a_file_of_another_kind_is_one_error(read, tmp_path, content, code):
    path = tmp_path / "log.txt"
    path.write_bytes(content)
    with pytest.raises(sim.InputError) as error:
        read(path)
    assert (fault(error).code, fault(error).file) == (code, str(path))


def test_a_header_alone_is_no_log(read, log_file):
    with pytest.raises(sim.InputError) as error:
        read(log_file([]))
    assert fault(error).code == "log_no_rows"


def test_a_folder_and_a_missing_file_are_refused(read, tmp_path):
    with pytest.raises(sim.InputError) as error:
        read(tmp_path)
    assert fault(error).code == "log_is_folder"
    with pytest.raises(sim.InputError) as error:
        read(tmp_path / "nowhere.txt")
    assert fault(error).code == "log_missing"


def test_an_unknown_preset_names_those_there_are():
    with pytest.raises(sim.InputError) as error:
        calibration.mapping.preset("avaya")
    assert fault(error).code == "unknown_preset"
    assert "anonymous-bank" in fault(error).expected["known"]


def test_every_preset_can_be_loaded():
    for name in calibration.presets():
        preset = calibration.mapping.preset(name)
        assert preset.id == name
        assert set(preset.columns) <= set(calibration.columns.COLUMNS)
        assert len(preset.calendar.week) == 7


def test_the_week_begins_where_the_preset_says():
    calendar = calibration.mapping.preset("anonymous-bank").calendar
    # 1 January 1999, day 10,592 since 1970, was a Friday; 1 April the first day of Passover, a Thursday.
    assert [calendar.of(day) for day in range(10_592, 10_596)] == ["friday", "saturday", "weekday", "weekday"]
    assert calendar.of(10_592 + 90) == "holiday"
