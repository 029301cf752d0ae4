"""The main job and the plan, from the command to the files: slow, because they really search and simulate."""

from __future__ import annotations

import json

import openpyxl
import pytest

import sim

pytestmark = pytest.mark.slow

CELL = {"place", "service", "interval_start", "expected", "value", "half_width", "kept"}


def test_demo_tells_what_it_found_and_writes_what_it_says(run, tmp_path, home):
    out = tmp_path / "out"
    answer = run("--lang", "zh", "demo", "--out", str(out))
    assert answer.code == 0, answer.err
    assert "Traceback" not in answer.err
    assert "服务一样好时" in answer.out
    for name in (
        "roster.csv",
        "roster.xlsx",
        "coverage.png",
        "comparison.png",
        "waits.png",
        "measures.csv",
        "plan.json",
    ):
        assert (out / name).stat().st_size > 0, name
        assert name in answer.out
    plan = json.loads((out / "plan.json").read_text("utf-8"))
    book = openpyxl.load_workbook(out / "roster.xlsx")
    week = book.worksheets[0]
    people = {week.cell(row, 1).value for row in range(5, 5 + len({one["person"] for one in plan["roster"]}))}
    assert people == {one["person"] for one in plan["roster"]}
    assert week.cell(week.max_row, week.max_column).value == pytest.approx(plan["paid_hours"])
    again = run("simulate", str(out / "scenario"), "--reps", "2", "--json")
    assert again.code == 0
    assert again.document["days"] == 7


def test_plan_prints_what_machines_may_rely_on(run, tmp_path):
    out = tmp_path / "plan"
    answer = run("plan", "S03", "--teams", "remote-a", "--promise", "80% in 180s", "--out", str(out), "--json")
    document = answer.document
    assert answer.code == (0 if document["status"] == "kept" else 1)
    assert answer.err == ""
    assert document["schema"] == "counterflow/plan/1"
    assert document["gap"] == pytest.approx((document["cost"] - document["lower_bound"]) / document["cost"])
    assert document["lower_bound"] <= document["cost"]
    assert document["relaxation"]
    for sample in ("in_sample", "out_of_sample"):
        achieved = document["achieved"][sample]
        assert 0 <= achieved["share"] <= 1
        assert all(set(cell) == CELL for cell in achieved["cells"])
    assert document["achieved"]["in_sample"]["seed"] != document["achieved"]["out_of_sample"]["seed"]
    assert sorted(path.name for path in out.iterdir()) == sorted(name.rsplit("/", 1)[-1] for name in document["files"])
    for row in document["coverage"]:
        worked = [one for one in document["roster"] if one["day"] == row["day"] and one["team"] == row["team"]]
        assert row["rostered"] <= len(worked)
    planned = sim.read(out / "scenario")
    assert {row.person for row in planned.staffing if row.team == "remote-a"} == {
        one["person"] for one in document["roster"]
    }


def test_a_promise_that_cannot_be_kept_exits_with_1_and_says_so(run, tmp_path):
    answer = run(
        "plan", "S03", "--teams", "remote-b", "--promise", "99.9% in 1s", "--out", str(tmp_path / "p"), "--json"
    )
    assert answer.code == 1
    assert answer.document["kept"] is False
    assert answer.document["status"] in ("broken", "infeasible")
