"""The commands about rosters: files, exit codes, and that bad input writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from ui.cli import roster_files

SCENARIO = """\
id = "hall"
title = { zh = "大厅", en = "Hall" }

[run]
days = 7
day_classes = ["workday", "workday", "workday", "workday", "workday", "weekend", "weekend"]

[place.centre]
kind = "centre"

[team.remote-a]
title = { zh = "远程团队甲", en = "Remote team A" }
place = "centre"
role = "remote_agent"
staff = 2
cost_per_hour = 50.0

[service.talk]
route = [{ serve = { by = ["remote-a"], takes = { law = "exponential", mean_s = 120 } } }]

[stream.calls]
service = "talk"
place = "centre"
rate_per_hour = 5
"""


@pytest.fixture
def plan(tmp_path, planned, home) -> Path:
    """Return the folder of a plan, as `counterflow plan` writes it."""
    folder = tmp_path / "plan"
    (folder / "scenario").mkdir(parents=True)
    (folder / "scenario" / "scenario.toml").write_text(SCENARIO, "utf-8")
    document = {**planned, "scenario": str(folder / "scenario"), "contract": "cn-standard"}
    (folder / "plan.json").write_text(json.dumps(document), "utf-8")
    return folder


def test_export_writes_every_format_and_calendars_when_dated(run, plan, tmp_path):
    out = tmp_path / "out"
    answer = run("roster", "export", str(plan), "--out", str(out), "--start", "2026-11-23", "--json")
    assert answer.code == 0
    assert answer.document["schema"] == "counterflow/roster-export/1"
    names = {Path(name).name for name in answer.document["files"]}
    assert names == {
        "roster.csv", "coverage.csv", "roster.xlsx", "roster.pdf", "coverage.png", "gantt.png", "calendars",
    }  # fmt: skip
    assert {path.name for path in (out / "calendars").iterdir()} == {
        "HYPERLINK_1.ics", "喆堃.ics", "team-remote-a.ics",
    }  # fmt: skip


def test_export_again_updates_the_calendars(run, plan, tmp_path):
    out = str(tmp_path / "out")
    arguments = ("roster", "export", str(plan), "--out", out, "--start", "2026-11-23", "--format", "ics")
    assert run(*arguments).code == 0
    document = json.loads((plan / "plan.json").read_text("utf-8"))
    document["roster"][2]["end_s"] += 900
    (plan / "plan.json").write_text(json.dumps(document), "utf-8")
    assert run(*arguments).code == 0
    text = (Path(out) / "calendars" / "喆堃.ics").read_text("utf-8")
    assert text.count("SEQUENCE:0") == text.count("SEQUENCE:1") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "doc"], "no format “doc”"),
        (["--format", "ics"], "first day of the plan"),
        (["--start", "2026-11-24"], "no Monday"),
        (["--start", "soon"], "no date"),
        (["--teams", "nobody"], "no team “nobody”"),
        (["--person", "nobody"], "no “nobody” in the roster"),
        (["--start", "2026-11-23", "--zone", "Mars"], "no time zone “Mars”"),
    ],
)
def test_bad_options_exit_2_and_write_nothing(run, plan, tmp_path, arguments, says):
    out = tmp_path / "out"
    answer = run("roster", "export", str(plan), "--out", str(out), *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not out.exists() or not any(out.iterdir())


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[]", '{"schema": "counterflow/plan/2"}', '{"schema": "counterflow/plan/1", "roster": 3}', "[" * 100_000],
)
def test_a_broken_plan_exits_2(run, tmp_path, home, broken):
    path = tmp_path / "plan.json"
    path.write_text(broken, "utf-8")
    answer = run("roster", "export", str(path), "--out", str(tmp_path / "out"))
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()


def test_template_import_and_back(run, plan, tmp_path):
    form, out = tmp_path / "people.xlsx", tmp_path / "staff"
    scenario = str(plan / "scenario")
    answer = run("roster", "template", scenario, "--plan", str(plan), "--start", "2026-11-23", "--out", str(form))
    assert answer.code == 0
    taken = run("roster", "import", str(form), "--out", str(out), "--json")
    assert taken.code == 0
    assert taken.document["schema"] == "counterflow/roster-import/1"
    assert [one["id"] for one in taken.document["people"]] == ["=HYPERLINK(1)", "喆堃"]
    assert json.loads((out / "staff.json").read_text("utf-8"))["first_date"] == "2026-11-23"


def test_a_form_with_a_fault_names_the_cell_and_writes_nothing(run, plan, tmp_path):
    form, out = tmp_path / "people.xlsx", tmp_path / "staff"
    run("roster", "template", str(plan / "scenario"), "--plan", str(plan), "--out", str(form))
    book = openpyxl.load_workbook(form)
    book["People"]["G5"] = "forty"
    book.save(form)
    answer = run("roster", "import", str(form), "--out", str(out))
    assert (answer.code, answer.out) == (2, "")
    assert "People!G5" in answer.err
    assert "人员" not in answer.err
    assert not out.exists()


@pytest.mark.parametrize("out", ["", "people", "people.csv", "none/people.xlsx"])
def test_a_template_needs_a_file_that_can_be_written(run, plan, tmp_path, out):
    answer = run("roster", "template", str(plan / "scenario"), "--out", str(tmp_path / out) if out else "")
    assert (answer.code, answer.out) == (2, "")


def test_check_finds_what_is_broken_and_exits_1(run, plan, tmp_path):
    answer = run("roster", "check", str(plan), "--json")
    assert answer.document["schema"] == "counterflow/roster-check/1"
    out = tmp_path / "out"
    run("roster", "export", str(plan), "--out", str(out), "--format", "xlsx")
    book = openpyxl.load_workbook(out / "roster.xlsx")
    sheet = book["Shifts"]
    for row in range(2, 5):
        sheet.cell(row, 6).value, sheet.cell(row, 7).value = "06:00", "23:45"
        sheet.cell(row, 8).value = sheet.cell(row, 9).value = None
    book.save(out / "roster.xlsx")
    answer = run("roster", "check", str(out / "roster.xlsx"), "--plan", str(plan), "--json")
    assert answer.code == 1
    assert answer.document["legal"] is False
    assert any(one["cell"] == "Shifts!A2" and one["hard"] for one in answer.document["violations"])
    for lang, says in (("zh", "不能执行"), ("en", "cannot be used")):
        assert says in run("--lang", lang, "roster", "check", str(out / "roster.xlsx"), "--plan", str(plan)).out


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("remote-a-01", "remote-a-01"), ("王喆堃", "王喆堃"), ("../../etc/passwd", "etc_passwd"), ("CON", "_CON"),
        ("a/b\\c:d", "a_b_c_d"), ("", "_"), ("\u202etxt", "txt"), ("x" * 300, "x" * 60), ("😀", "_"), ("lpt1", "_lpt1"),
    ],
)  # fmt: skip
def test_file_names_are_names_on_any_system(text, name):
    assert roster_files.file_name(text) == name


def test_names_that_look_alike_as_files_stay_two_files(run, plan, tmp_path):
    document = json.loads((plan / "plan.json").read_text("utf-8"))
    document["roster"][0]["person"], document["roster"][1]["person"] = "a/b", "a b"
    (plan / "plan.json").write_text(json.dumps(document), "utf-8")
    out = tmp_path / "out"
    assert run("roster", "export", str(plan), "--out", str(out), "--start", "2026-11-23", "--format", "ics").code == 0
    assert len(list((out / "calendars").iterdir())) == 4


@pytest.mark.parametrize("command", ["plan", "frontier"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--promise", "soon"], "promise"),
        (["--people", "none.xlsx"], "no file “none.xlsx”"),
        (["--contracts", "mars"], "mars"),
        (["--weeks", "0"], "weeks"),
    ],
)
def test_bad_plans_exit_2_before_anything_is_done(run, plan, tmp_path, command, arguments, says):
    out = tmp_path / "out"
    answer = run(command, str(plan / "scenario"), "--out", str(out), *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--budget", "-5"], "budget"),
        (["--budget", "much"], "should be a number"),
        (["--lock", "none.xlsx"], "no file “none.xlsx”"),
        (["--start", "2026-11-25"], "no Monday"),
        (["--format", "pdf,exe"], "exe"),
        (["--promise", "80% in 180s", "--promise", "nonsense"], "nonsense"),
    ],
)
def test_bad_options_of_plan_exit_2(run, plan, tmp_path, arguments, says):
    out = tmp_path / "out"
    answer = run("plan", str(plan / "scenario"), "--out", str(out), *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--at", "11h"], "such as 09:00"),
        (["--at", "25:00"], "from 00:00 to 23:59"),
        (["--at", "11:00", "--day", "9"], "no day of the plan"),
        (["--at", "11:00", "--standby", "nobody"], "no “nobody” in the roster"),
    ],
)
def test_bad_options_of_replan_exit_2(run, plan, tmp_path, arguments, says):
    actuals = tmp_path / "today.csv"
    actuals.write_text("kind,from,to,name,place,value\nabsence,09:00,,喆堃,,\n", "utf-8")
    answer = run("replan", str(plan), "--actuals", str(actuals), "--out", str(tmp_path / "out"), *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not (tmp_path / "out").exists()


def test_an_edited_roster_is_a_plan_again_simulated_with_its_own_people(run, plan, tmp_path):
    """Fewer hours than before: cost, coverage and staffing follow, and the result can be exported in its turn."""
    out, after = tmp_path / "out", tmp_path / "after"
    run("roster", "export", str(plan), "--out", str(out), "--format", "xlsx")
    book = openpyxl.load_workbook(out / "roster.xlsx")
    book["Shifts"].delete_rows(4)
    book.save(out / "roster.xlsx")
    answer = run("roster", "import", str(out / "roster.xlsx"), "--plan", str(plan), "--out", str(after), "--json")
    document = answer.document
    assert answer.code == 0
    assert document["schema"] == "counterflow/plan/1"
    assert (len(document["roster"]), document["paid_hours"], document["cost"]) == (2, 13.0, 650.0)
    assert {one["day"] for one in document["coverage"] if one["rostered"]} == {0}
    assert document["achieved"]["out_of_sample"]["judged"]
    staffing = (after / "scenario" / "staffing.csv").read_text("utf-8-sig")
    assert staffing.count("喆堃") == 1
    assert run("roster", "export", str(after), "--out", str(tmp_path / "again"), "--format", "csv").code == 0


def test_an_edited_roster_with_a_strange_team_names_the_cell(run, plan, tmp_path):
    out = tmp_path / "out"
    run("roster", "export", str(plan), "--out", str(out), "--format", "xlsx")
    book = openpyxl.load_workbook(out / "roster.xlsx")
    book["Shifts"]["C3"] = "Team Z"
    book.save(out / "roster.xlsx")
    answer = run("roster", "import", str(out / "roster.xlsx"), "--plan", str(plan), "--out", str(tmp_path / "after"))
    assert (answer.code, answer.out) == (2, "")
    assert "Shifts!C3" in answer.err
    assert not (tmp_path / "after").exists()


def test_explain_tells_who_could_and_why(run, plan):
    asked = ("roster", "explain", str(plan), "--person", "喆堃", "--day", "1")
    assert run(*asked, "--json").document["findings"]
    found = run(*asked, "--instead", "--json").document
    assert [one["person"] for one in found["candidates"]] == ["=HYPERLINK(1)"]
    assert found["candidates"][0]["can"] is False
    for lang in ("zh", "en"):
        assert "=HYPERLINK(1)" in run("--lang", lang, *asked, "--instead").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--horizon", "decade"], "no horizon “decade”"),
        (["--volume", "1,2"], "--horizon year only"),
        (["--horizon", "year", "--volume", "1,2"], "give 12"),
        (["--horizon", "year", "--adoption", "50%"], "after the reform"),
        (["--horizon", "year", "--staff", "teller"], "role=number"),
        (["--horizon", "year", "--start", "soon"], "no date"),
    ],
)
def test_bad_options_of_a_year_exit_2(run, plan, tmp_path, arguments, says):
    out = tmp_path / "out"
    answer = run("plan", str(plan / "scenario"), "--out", str(out), *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not out.exists()


def test_chinese_help_is_not_cut_off(run):
    """Chinese has no blanks to break at; what did not fit used to end in dots."""
    text = "".join(char for char in run("--lang", "zh", "plan", "--help").out if char not in "│ \n")
    for whole in ("要排班的团队，可多次给出；默认是远程团队。", "一年人力规划（招聘、培训、流失、转岗台账）。"):
        assert whole in text


def test_people_who_were_taken_in_are_read_again(run, plan, tmp_path):
    form, out = tmp_path / "people.xlsx", tmp_path / "staff"
    run("roster", "template", str(plan / "scenario"), "--plan", str(plan), "--start", "2026-11-23", "--out", str(form))
    first = run("roster", "import", str(form), "--out", str(out), "--json").document
    again = run("roster", "import", str(out / "staff.json"), "--json").document
    assert again["people"] == first["people"]
    (out / "staff.json").write_text('{"schema": "counterflow/staff/1", "people": [3]}', "utf-8")
    answer = run("plan", str(plan / "scenario"), "--people", str(out / "staff.json"), "--out", str(tmp_path / "x"))
    assert (answer.code, answer.out) == (2, "")
    assert "staff.json" in answer.err
