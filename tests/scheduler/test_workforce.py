"""A year's headcount: the ledger adds up, people come in time, and what is cheaper is done."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import sim
from scheduler import workforce as room
from scheduler.contracts import contract
from scheduler.workforce import headcount, workforce
from scheduler.workforce.year import _Year
from tests.scheduler.test_branches import bank

FIRST = date(2027, 1, 1)


def year(needed: dict[str, list[float]], opening: dict[str, float], **changed):
    """Solve a year for needs by role, at 60 an hour."""
    people = workforce("cn-workforce")
    for name, value in changed.items():
        object.__setattr__(people, name, value)
    months = len(next(iter(needed.values())))
    wages = dict.fromkeys(needed, 60.0)
    return _Year(people, contract("cn-standard"), FIRST, months, needed, wages, opening).solved(20, [])


def adds_up(found) -> None:
    """Check the stock of each role and the ledger of each tally month by month, from their rows alone."""
    for tally in {row.tally for row in found.ledger}:
        rows = [row for row in found.ledger if row.tally == tally]
        for before, after in itertools.pairwise(rows):
            assert after.opening == pytest.approx(before.closing)
        for row in rows:
            change = row.hired + row.moved_in - row.moved_out - row.left - row.exits
            assert row.closing == pytest.approx(row.opening + change)
    everybody = [row for row in found.ledger if row.tally == "*"]
    for month, row in enumerate(everybody):
        mine = [one for one in found.roles if one.month == month]
        assert row.closing == pytest.approx(sum(one.staff + one.in_training for one in mine))
        assert all(one.effective + one.overtime + one.short >= one.needed - 1e-6 for one in mine)


def test_people_are_hired_before_they_are_needed():
    """Agents take 2 months to come and are worth .4, .7 and .9 in their first three: twelve more in month 6."""
    found = year({"remote_agent": [10.0] * 6 + [22.0] * 6}, {"remote_agent": 10.0})
    assert found.status == "optimal"
    adds_up(found)
    rows = {row.month: row for row in found.roles}
    assert sum(rows[m].offered for m in range(5)) >= 12
    assert rows[0].hired == rows[1].hired == 0
    assert all(rows[m].hired == rows[m - 2].offered for m in range(2, 12))
    assert found.gap <= 0.001 + 1e-9


def test_a_need_before_anybody_can_come_is_said_with_role_and_month():
    found = year({"remote_agent": [5.0, 30.0, 30.0, 30.0]}, {"remote_agent": 5.0})
    assert found.status == "infeasible"
    (finding,) = found.findings
    assert (finding.code, finding.values["role"], finding.values["month"]) == (
        "plan_month_short",
        "remote_agent",
        "2027-02",
    )
    assert finding.values["missing"] >= 20


def test_who_is_not_needed_at_the_counter_is_moved_rather_than_let_go():
    """20 tellers fewer and 20 agents more over a year: moving costs 6,000, an exit and a hire 70,000."""
    falling = [40.0 - 20 * m / 11 for m in range(12)]
    rising = [5.0 + 20 * m / 11 for m in range(12)]
    found = year({"teller": falling, "remote_agent": rising}, {"teller": 40.0, "remote_agent": 6.0})
    adds_up(found)
    assert sum(move.people for move in found.moves if move.from_role == "teller") >= 10
    assert all(row.exits == 0 for row in found.roles)
    assert all(move.at_work == move.month + 1 for move in found.moves)
    agents = {row.month: row for row in found.roles if row.role == "remote_agent"}
    for move in found.moves:
        if move.at_work < 12:
            assert agents[move.at_work].moved_in >= move.people


def test_tellers_and_hall_staff_are_counted_apart():
    """Ten tellers become service managers: ten fewer tellers, as many in the hall but for those who leave."""
    needed = {"teller": [20.0] + [10.0] * 11, "service_manager": [2.0] * 2 + [12.0] * 10}
    found = year(needed, {"teller": 20.0, "service_manager": 2.0})
    adds_up(found)
    moved = sum(move.people for move in found.moves)
    assert moved >= 9
    left = sum(row.left for row in found.ledger if row.tally == "hall")
    hired = sum(row.hired for row in found.ledger if row.tally == "hall")
    exits = sum(row.exits for row in found.ledger if row.tally == "hall")
    assert found.change("hall") == pytest.approx(hired - left - exits)
    assert all(row.moved_in == row.moved_out == 0 for row in found.ledger if row.tally == "hall")
    assert found.change("teller") < found.change("hall") - 8


def test_attrition_compounds_to_its_share_of_a_year():
    """8 % a year with no need and no hiring: 100 tellers are 92 after twelve months."""
    found = year({"teller": [0.0] * 12}, {"teller": 100.0}, careers=_no_exit())
    assert found.roles[-1].staff == pytest.approx(92.0)


def _no_exit():
    careers = workforce("cn-workforce").careers
    return {role: replace(career, exit_cost=None) for role, career in careers.items()}


def test_overtime_stays_within_the_hours_of_the_month():
    """36 h a month and person is the most (Labour Law art. 41)."""
    found = year({"teller": [10.0, 12.5, 10.0, 10.0]}, {"teller": 10.1})
    peak = found.roles[1]
    assert peak.overtime > 0
    away = workforce("cn-workforce").away
    hours = 40 * 28 / 7 * (1 - away)
    assert peak.overtime <= 36 / hours * peak.staff + 1e-6


def test_a_bank_needs_the_people_that_its_shifts_take():
    """Two branches with two tellers and one in the lobby at every hour, 9 to 17, seven days a week."""
    found = headcount(bank(), months=2, start=FIRST, volume=[1.0, 1.2], seconds=20)
    adds_up(found)
    tellers = [row.needed for row in found.roles if row.role == "teller"]
    # At least 2 people · 8 h · 2 branches · 31 days over what one works: 40 h · 31 / 7 · (1 − away).
    assert tellers[0] >= 2 * 8 * 2 * 31 / (40 * 31 / 7 * (1 - workforce("cn-workforce").away))
    assert tellers[1] >= tellers[0] * 0.99
    assert found.cost >= found.bound > 0


def test_numbers_that_do_not_fit_are_refused():
    for wrong, code in (
        ({"volume": [1.0]}, "one_a_month"),
        ({"volume": [-1.0] * 12}, "between"),
        ({"months": 0}, "between"),
        ({"assumptions": "mars"}, "unknown_workforce"),
    ):
        with pytest.raises(sim.InputError) as error:
            headcount(bank(), **wrong)
        assert error.value.faults[0].code == code


def test_all_faults_of_a_file_of_assumptions_come_at_once(tmp_path):
    text = (Path(room.__file__).parent / "cn-workforce.toml").read_text("utf-8")
    text = text.replace("attrition_per_year = 0.15", "attrition_per_year = 1.5").replace(
        'to = "lobby_manager"', 'to = "pilot"'
    )
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(sim.InputError) as error:
        workforce(file)
    assert {fault.field for fault in error.value.faults} == {"role.remote_agent.attrition_per_year", "move.2.to"}
