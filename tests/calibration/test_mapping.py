"""Mapping files: what they may say, what is wrong with them, and the first look at a log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import calibration
import sim
from calibration.read.look import look, nearest

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def rules(tmp_path):
    def write(text):
        path = tmp_path / "m.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def codes(path):
    with pytest.raises(sim.InputError) as error:
        calibration.mapping.mapping(path)
    return [(one.code, one.field) for one in error.value.faults]


WHOLE = '[columns]\narrive = "a"\nend = "e"\n'


def test_a_mapping_file_needs_little(rules):
    made = calibration.mapping.mapping(rules(WHOLE))
    assert (made.id, made.zone, made.columns["arrive"]) == ("m", "Asia/Shanghai", ((("a",),),))
    assert made.calendar.week == ("workday",) * 5 + ("weekend",) * 2


def test_a_mapping_file_says_what_differs_from_a_preset(rules):
    made = calibration.mapping.mapping(
        rules('extends = "avaya-cms"\n[columns]\nperson = "ANI"\n[outcomes]\n"9" = "menu"\n')
    )
    base = calibration.mapping.preset("avaya-cms")
    assert made.columns["person"] == ((("ANI",),),)
    assert made.outcomes == {**base.outcomes, "9": "menu"}
    assert (made.id, made.title, made.legs) == ("m", base.title, True)


def test_columns_are_alternatives_in_a_row_or_in_a_file(rules):
    made = calibration.mapping.mapping(
        rules('[columns]\narrive = "a | b || c"\nservice_s = ["talk", "hold | park"]\nwait_s = "w"\n')
    )
    assert made.columns["arrive"] == ((("a", "b"), ("c",)),)
    assert made.columns["service_s"] == ((("talk",),), (("hold", "park"),))
    assert made.named() == ("a", "b", "c", "talk", "hold", "park", "w")


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("[columns", "toml_syntax", ""),
        ('[columns]\narrive = "a"\n', "mapping_incomplete", "columns"),
        (WHOLE + 'name = "n"\n', "mapping_word", "columns.name"),
        (WHOLE + "wait_s = 3\n", "mapping_column", "columns.wait_s"),
        (WHOLE + 'wait_s = "a | | b"\n', "", ""),
        (WHOLE + 'wait_s = " | "\n', "mapping_column", "columns.wait_s"),
        (WHOLE + '[forms]\narrive = "iso8601"\n', "mapping_word", "forms.arrive"),
        (WHOLE + '[outcomes]\nX = "happy"\n', "mapping_word", "outcomes.X"),
        (WHOLE + '[log]\nzone = "Mars/Olympus"\n', "mapping_zone", "log.zone"),
        (WHOLE + '[log]\nlegs = "yes"\n', "mapping_value", "log.legs"),
        (WHOLE + "[log]\ncolour = 1\n", "mapping_word", "log.colour"),
        (WHOLE + '[calendar]\nweek = ["workday"]\n', "mapping_week", "calendar.week"),
        (WHOLE + "[rates]\n", "mapping_word", "rates"),
        ('id = "a/b"\n' + WHOLE, "mapping_id", "id"),
        ('extends = "avaya"\n' + WHOLE, "unknown_preset", "preset"),
        ('kind = "counts"\n[columns]\ndate = "d"\n', "mapping_incomplete", "columns"),
    ],
)
def test_what_is_wrong_with_a_mapping_file_is_said(rules, text, code, field):
    path = rules(text)
    if not code:
        assert calibration.mapping.mapping(path)
        return
    assert (code, field) in codes(path)


def test_every_fault_of_a_mapping_file_comes_at_once(rules):
    found = codes(rules(WHOLE + 'name = "n"\n[log]\nzone = "Mars"\n[outcomes]\nX = "happy"\n'))
    assert {code for code, _ in found} == {"mapping_word", "mapping_zone"}
    assert len(found) == 3


def test_a_mapping_file_that_is_not_there_or_no_text(tmp_path):
    assert codes(tmp_path / "none.toml") == [("no_such_file", "--map")]
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    assert codes(tmp_path / "b.toml") == [("not_utf8", "")]


def test_durations_in_minutes_clocks_and_sums(rules, tmp_path):
    kind = calibration.mapping.mapping(
        rules('[columns]\narrive = "a"\nwait_s = "w"\nservice_s = ["talk", "after"]\n[forms]\nwait_s = "minutes"\n')
    )
    path = tmp_path / "log.csv"
    path.write_text(
        "a,w,talk,after\n2026-03-02 09:00:00,1.5,0:02:05,10\n2026-03-02 09:01:00,2,60,\n2026-03-02 09:02:00,1,,\n",
        "utf-8",
    )
    log = calibration.read.log(path, kind)
    assert (log.wait_s.tolist(), log.service_s.tolist()) == ([90, 120, 60], [135, 60, 0])
    assert log.outcome.tolist() == [calibration.clean.SERVED, calibration.clean.SERVED, calibration.clean.ABANDONED]


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("ticket_machine.csv", "ticket-machine"),
        ("huawei_cec.csv", "huawei-cec"),
        ("tencent_ccc.jsonl", "tencent-ccc"),
        ("avaya_cms.csv", "avaya-cms"),
        ("loans.xes", "xes"),
        ("counts.csv", "counts"),
    ],
)
def test_a_log_shows_by_its_columns_what_it_is(name, preset):
    assert nearest(FIXTURES / name)[0] == (preset,)
    (one,) = look(FIXTURES / name, calibration.mapping.preset(preset), b"k")
    assert one.ready
    assert one.rows


def test_a_look_shows_rows_as_they_would_be_read_and_no_person():
    (one,) = look(FIXTURES / "huawei_cec.csv", calibration.mapping.preset("huawei-cec"), b"k")
    assert "13900000000" not in repr(one)
    assert "callee_no" in one.unread
    mapped = {column.name: (column.columns, column.form) for column in one.mapped}
    assert mapped["arrive"] == (("wait_begin", "ack_begin", "call_begin"), "iso")
    assert (one.rows[1]["arrive"], one.rows[1]["wait_s"], one.rows[1]["channel"]) == (
        "2026-03-02 09:00:20",
        10,
        "voice",
    )


def test_a_look_asks_for_what_is_missing(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("票号,取号时刻,结果\n1,2026-03-02 09:00:00,成功\n", "utf-8")
    (one,) = look(path, calibration.mapping.anything())
    assert not one.ready
    assert one.missing[:2] == ("arrive | enter", "service_s | end")
    # 取号时间 is what other machines call it.
    assert one.guesses == {"arrive": ("取号时刻",)}
    assert set(one.unread) == {"取号时刻", "结果"}


def test_a_look_names_outcomes_that_are_not_known(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "ticket,take_time,call_time,end_time,status\n"
        "1,2026-03-02 09:00:00,2026-03-02 09:00:09,2026-03-02 09:01:00,办结\n",
        "utf-8",
    )
    (one,) = look(path, calibration.mapping.preset("ticket-machine"))
    assert (one.ready, one.unknown, one.missing) == (False, ("办结",), ())


def test_the_mapping_file_to_start_from_is_one(rules):
    import tomllib

    text = calibration.mapping.skeleton({"arrive": ("a", "b"), "end": ("e",)}, ["wait_s | called"], ["列"], ["办结"])
    data = tomllib.loads(text)
    assert data["columns"] == {"arrive": "a | b", "end": "e"}
    assert "# wait_s" in text
    assert calibration.mapping.mapping(rules(text)).columns["arrive"] == ((("a", "b"),),)


HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "map-a-log.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", HOW_TO.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", blocks("toml"))
def test_the_mapping_files_of_the_guide_are_right(rules, text):
    assert calibration.mapping.mapping(rules(text)).columns["arrive"]


def test_the_code_of_the_guide_runs(capsys):
    for text in blocks("python"):
        exec(compile(text, str(HOW_TO), "exec"), {})  # noqa: S102
    # Waits of 5 and 11 minutes, a service of 6; the second was gone when called.
    assert capsys.readouterr().out == "[300, 660] [360, 0] [0, 2]\n"
