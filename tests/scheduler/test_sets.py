"""Sets of posts that serve the same visits: what they need together enters the shifts, and simulation agrees."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sim
from scheduler import loop, shifts
from scheduler.trials import Meter
from tests.scheduler.test_requirements import three_teams

PROMISE = sim.Promise(0.8, 60.0, of="seize:agent")
TEAM = {
    name: {"place": "centre", "role": "remote_agent", "staff": 4, "cost_per_hour": 60.0,
           **({"skills": [skill]} if skill else {})}
    for name, skill in (("ones", "S1"), ("twos", "S2"), ("both", ""))
}  # fmt: skip
RATES = [
    {"stream": "calls", "service": name, "start": "09:00", "end": "17:00", "rate_per_hour": 36}
    for name in ("S1", "S2")
]  # fmt: skip


def asked(teams, **changes):
    scenario = three_teams(team=TEAM, rates=RATES, **changes)
    return loop.task(scenario, PROMISE, contracts="cn-standard", weeks=1, teams=teams, people=None)


def begun(task, limit=24):
    """Return a search of the task and the shifts with which it begins."""
    search = task.search(3, 24, limit, Meter())
    state, findings = search.by_theory()
    assert not findings
    return search, state


@pytest.fixture(scope="module")
def helped():
    """Two teams are planned; nine people with both skills are there anyway, and may help either."""
    return asked(["ones", "twos"], staffing=[{"team": "both", "start": "08:30", "end": "18:30", "count": 9}])


def test_two_teams_do_not_both_count_on_the_same_helpers(helped):
    """Each by itself needs no more than one beside the nine; together they need six."""
    together = next(one for one in helped.sets if one.posts == ("ones", "twos"))
    assert together.servers[60] == 6
    assert {key[1]: slots[60] for key, slots in helped.theory.items()} == {"ones": 1, "twos": 1}
    alone, thin = begun(replace(helped, sets=()))
    search, start = begun(helped)
    broken, held = alone.trials.verdict(thin), search.trials.verdict(start)
    assert broken.least < -0.3
    assert held.holds()
    assert not broken.holds(-2.0)
    duty = [shifts.on_duty(start["workday", team]) for team in ("ones", "twos")]
    assert all(sum(there) >= need for there, need in zip(zip(*duty, strict=True), together.servers, strict=True))


@pytest.mark.slow
def test_the_search_ends_no_dearer_and_mends_less(helped):
    ends = []
    for task in (replace(helped, sets=()), helped):
        search, start = begun(task, 40)
        search.run(start)
        missing = float(search.short(search.now.verdict).sum())
        ends.append((missing, search.now.cost, sum(step.mended for step in search.steps)))
    without, with_cuts = ends
    assert with_cuts[0] == 0.0
    assert with_cuts[:2] <= without[:2]
    assert with_cuts[2] < without[2]


def test_a_skill_that_several_have_is_not_staffed_twice():
    """Theory has each team of one skill meet it alone; those with both skills may do a part of either."""
    task = asked(["ones", "twos", "both"])
    search, start = begun(task)
    shared = search.by_sets(start)
    assert search.cost(shared) < search.cost(start)
    for one in task.sets:
        duty = [shifts.on_duty(shared[one.day_class, post]) for post in one.posts]
        assert all(sum(there) >= need for there, need in zip(zip(*duty, strict=True), one.servers, strict=True))


def test_a_team_alone_has_no_sets(small_centre):
    task = loop.task(small_centre, PROMISE, contracts="cn-standard", weeks=1, teams=None, people=None)
    assert task.sets == ()
    search, start = begun(task)
    assert search.by_sets(start) == start
