"""Rosters give every shift to one person, keep every rule, and share the burdens."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.contracts import contract
from scheduler.plan import Shift
from scheduler.rosters import people_needed, roster
from scheduler.shifts import cover
from tests.scheduler import checker

HOUR = 3600
CLASSES = ("workday",) * 5 + ("weekend",) * 2


def shift(start_h: float) -> Shift:
    """Return a legal shift of 8 h paid."""
    start = int(start_h * HOUR)
    meal = ((start + 4 * HOUR, start + 4 * HOUR + 2700),)
    breaks = ((start + 2 * HOUR, start + 2 * HOUR + 900), (start + 7 * HOUR, start + 7 * HOUR + 900))
    return Shift("day-8", start, start + int(8.75 * HOUR), meal, breaks)


def make(days, weeks=1, **options):
    return roster(
        days, CLASSES * weeks, contract("cn-standard"), "remote-a", "*", prefix="remote-a", seconds=3.0, **options
    )


def worked(made, days) -> bool:
    """Tell whether the roster works exactly the shifts of every day."""
    return all(
        Counter((s.start_s, s.end_s, s.meal, s.breaks) for s in shifts)
        == Counter((r.start_s, r.end_s, r.meal, r.breaks) for r in made.rows if r.day == day)
        for day, shifts in enumerate(days)
    )


def test_a_week_from_a_requirement_keeps_every_rule(branch_day, standard):
    workday = cover(branch_day, standard).shifts
    weekend = cover([-(-n // 2) for n in branch_day], standard).shifts
    days = [workday] * 5 + [weekend] * 2
    made = make(days)
    assert checker.roster_faults(made.rows, 1) == []
    assert worked(made, days)
    assert made.people == len({row.person for row in made.rows})
    assert made.people >= made.least_people == people_needed(days, standard)


def test_people_are_named_after_their_team():
    made = make([[shift(9)]] * 7)
    assert {row.person for row in made.rows} == {"remote-a-01", "remote-a-02"}
    assert made.status in ("optimal", "feasible")


def test_early_and_late_shifts_are_shared():
    """Two early and two late shifts on five days, four people: nobody has more than one early shift over another."""
    days = [[shift(7), shift(7), shift(11), shift(11)]] * 5 + [[], []]
    made = make(days)
    assert made.people == 4
    early = Counter(row.person for row in made.rows if row.start_s < 8 * HOUR)
    assert max(early.values()) - min(early.get(p, 0) for p in {r.person for r in made.rows}) <= 1
    assert checker.roster_faults(made.rows, 1) == []


def test_a_late_shift_is_never_followed_by_an_early_one():
    """15:15–24:00 today and 06:00 tomorrow leave 6 h: other people are needed, though 4 would do by days and hours."""
    days = [[shift(6), shift(15.25)]] * 7
    made = make(days)
    assert checker.roster_faults(made.rows, 1) == []
    assert worked(made, days)


@settings(max_examples=10)
@given(data=st.data())
def test_any_week_of_shifts_gets_a_legal_roster(data):
    """Random numbers of shifts at random hours in one or two weeks: every shift worked, no rule broken."""
    weeks = data.draw(st.integers(1, 2))
    starts = st.sampled_from([0, 6, 7.5, 9, 11, 15.25])
    days = [[shift(h) for h in data.draw(st.lists(starts, max_size=4))] for _ in range(7 * weeks)]
    made = make(days, weeks)
    if made.status == "infeasible":
        pytest.fail(f"no roster for {[[s.start_s for s in day] for day in days]}")
    assert checker.roster_faults(made.rows, weeks) == []
    assert worked(made, days)
    assert made.people >= people_needed(days, contract("cn-standard"))


def test_too_few_people_name_the_day_the_rule_and_how_many_it_takes():
    """Two shifts a day all week are 14 shifts; three people with two days off work 15 … two work 10."""
    made = make([[shift(9), shift(10)]] * 7, people=2)
    assert made.status == "infeasible"
    (finding,) = made.findings
    assert finding.code == "plan_too_few_people"
    assert finding.values["needed"] == 3
    assert finding.values["rule"] in ("days_off_per_week", "hours_per_week")
    assert {"day", "start_s"} <= set(finding.values)


def test_a_crowded_day_is_named():
    made = make([[shift(9)], [shift(9)] * 3, [], [], [], [], []], people=2)
    assert made.findings[0].values["rule"] == "hours_per_day"
    assert made.findings[0].values["day"] == 2


def test_rest_alone_can_make_a_roster_impossible():
    """Two people, one shift to midnight and one from midnight every second day: counts fit, the 11 h do not."""
    late, early = shift(15.25), shift(0)
    days = [[late, late], [early], [], [], [], [], []]
    made = make(days, people=2)
    assert made.status == "infeasible"
    assert made.findings[0].code == "plan_no_roster"
    assert made.findings[0].values["rule"] == "daily_rest"
