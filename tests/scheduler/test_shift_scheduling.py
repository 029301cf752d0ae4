"""Public instances go through the same rules and engines as a bank's rosters, and the checks of both agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import shift_scheduling
from scheduler.checker import check
from scheduler.plan import RosterRow
from scheduler.rosters import search
from scheduler.rosters.problem import OFF

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "shift_scheduling"

SMALL = """
# four days, two people
SECTION_HORIZON
7
SECTION_SHIFTS
E,480,
L,600,E
SECTION_STAFF
A,E=7|L=1,2520,960,3,2,2,1
B,E=7|L=7,3000,480,3,1,1,1
SECTION_DAYS_OFF
A,2
SECTION_SHIFT_ON_REQUESTS
A,0,E,4
B,6,L,3
SECTION_SHIFT_OFF_REQUESTS
B,5,L,2
SECTION_COVER
0,E,1,100,1
0,L,1,100,1
3,E,2,100,5
5,L,1,100,1
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.txt"
    file.write_text(SMALL, encoding="utf-8")
    return file


def solved(file: Path, seconds: float):
    """Return (solution, objective, bound) of a file."""
    problem, staff, contracts = shift_scheduling.read(file)
    found = search.solve(problem, seconds=seconds, seed=1)
    names = [kind.id for kind in problem.kinds]
    solution = {
        person.id: ["" if kind == OFF else names[kind] for kind in days]
        for person, days in zip(staff.people, found.work, strict=True)
    }
    return solution, found, (problem, staff, contracts)


def test_the_file_alone_prices_and_checks_a_solution(small):
    """A works E on days 0 and 1, as asked: missing are an L on 0, two E on 3, an L on 5 (400), and B's wish (3)."""
    nobody = [""] * 7
    broken, penalty = shift_scheduling.faults(small, {"A": ["E", "E", *nobody[2:]], "B": nobody})
    assert penalty == 400 + 3
    assert broken == ["B: 0 minutes"]
    broken, _ = shift_scheduling.faults(
        small, {"A": ["L", "L", "E", "", "E", "", "E"], "B": ["E", "E", "E", "E", "", "L", "L"]}
    )
    assert set(broken) >= {
        "A: more than 1 of L",
        "A: L then E",
        "A: only 1 days in a row",
        "A: only 1 days off in a row",
        "A: works on day off 2",
        "B: more than 3 days in a row",
    }


def test_a_small_instance_is_solved_and_passes_both_checks(small):
    solution, found, (problem, staff, contracts) = solved(small, 10)
    broken, penalty = shift_scheduling.faults(small, solution)
    assert broken == []
    assert (found.status, penalty) == ("optimal", found.objective)
    assert problem.price(found.work) == penalty
    hours = {kind.id: kind.paid_s / 3600 for kind in problem.kinds}
    rows = [
        RosterRow(person, "", "", day, "", 0, 0, (), (), hours[shift], shift)
        for person, days in solution.items()
        for day, shift in enumerate(days)
        if shift
    ]
    first = next(iter(contracts.values()))
    assert check(rows, staff, first, days=7, contracts=contracts) == ()
    worse = [RosterRow("A", "", "", day, "", 0, 0, (), (), 8.0, "E") for day in (2, 4, 6)]
    rules = {one.rule for one in check(worse, staff, first, days=7, contracts=contracts) if one.person == "A"}
    assert rules >= {"leave", "least_days_in_a_row", "least_days_off_in_a_row"}


@pytest.mark.parametrize(("number", "best"), [(1, 607), (2, 828), (3, 1001), (4, 1716)])
def test_public_instances_reach_the_best_documented_value(number, best):
    file = DATA / f"Instance{number}.txt"
    if not file.is_file():
        pytest.skip("the public instances are not here")
    solution, found, _ = solved(file, 60)
    broken, penalty = shift_scheduling.faults(file, solution)
    assert broken == []
    assert penalty == found.objective == best
    assert found.bound == best


def test_the_command_prints_one_document(small):
    command = [sys.executable, "benchmarks/shift_scheduling.py", str(small), "--seconds", "10", "--json"]
    document = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    assert document["faults"] == []
    assert document["objective"] >= document["bound"]
    assert {person: len(days) for person, days in document["solution"].items()} == {"A": 7, "B": 7}
