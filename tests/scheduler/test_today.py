"""Today: demand learnt from who came, few changes, nothing before the freeze, nothing that the rules forbid."""

from __future__ import annotations

from dataclasses import replace

import pytest

import scheduler
import sim
from scheduler.plan import RosterRow
from tests.scheduler import checker
from tests.scheduler.conftest import centre

HOUR = 3600
NOON = 12 * HOUR
PROMISE = sim.Promise(0.8, 60.0, of="seize:agent")


def row(person, day, start_s, meal_s, first_s, second_s):
    """Return an eight-hour shift with its meal and breaks so long after its beginning."""
    meal, first, second = (start_s + after for after in (meal_s, first_s, second_s))
    spans = ((meal, meal + 2700),), ((first, first + 900), (second, second + 900))
    return RosterRow(person, "agents", "centre", day, "workday", start_s, start_s + 31_500, *spans, 8.0, "day-8")


@pytest.fixture(scope="module")
def plan():
    """Ten agents, eight of them on duty on each of two workdays, from 8:30 or 9:00."""
    rows = []
    for day in range(2):
        for number in range(8):
            who = (number + 2 * day) % 10
            start = (17 + number % 2) * 1800
            offs = 10_800 + 1800 * (number // 2), 3600 + 900 * (number % 4), 21_600 + 900 * (number % 4)
            rows.append(row(f"a-{who}", day, start, *offs))
    scenario = centre()
    staffing = tuple(
        {"team": "agents", "day": r.day, "start": r.start_s, "end": r.end_s, "meal": r.meal, "breaks": r.breaks,
         "person": r.person}
        for r in rows
    )  # fmt: skip
    return scheduler.Plan(
        scenario=scenario.with_staffing({"agents"}, staffing),
        promise=PROMISE,
        contract="cn-standard",
        roster=tuple(rows),
        status="kept",
    )


def came(number):
    return scheduler.Actuals(arrivals=(scheduler.Arrivals(9 * HOUR, NOON, "*", "*", number),))


def test_a_day_as_forecast_needs_no_change(plan):
    found = scheduler.replan(plan, came(120), NOON, reps=20)
    assert found.status == "unchanged"
    assert found.changes == ()
    assert found.roster == tuple(sorted((r for r in plan.roster if r.day == 0), key=lambda r: r.person))
    assert found.factor == pytest.approx(1.0)


def test_the_factor_of_the_day_is_learnt_from_who_came(plan):
    """36 + 44 + 40 = 120 were forecast until noon; without a factor's cv the prior has 0.1, so k = 100."""
    found = scheduler.replan(plan, came(180), NOON, reps=20)
    assert found.expected == pytest.approx(120.0)
    assert found.seen == 180
    assert found.factor == pytest.approx((100 + 180) / (100 + 120))
    assert found.factor_sd == pytest.approx((100 + 180) ** 0.5 / (100 + 120))


@pytest.fixture(scope="module")
def short(plan):
    """Four of eight go home at one o'clock; two who are off today are on stand-by."""
    gone = tuple(scheduler.Absence(13 * HOUR, 86_400, f"a-{n}") for n in range(4))
    actuals = replace(came(150), absences=gone)
    return scheduler.replan(plan, actuals, NOON, standby=("a-8", "a-9"), reps=20)


def test_absence_is_mended_by_few_legal_changes(short, plan):
    assert short.without.broken > 0
    assert 0 < len(short.changes) <= 8
    assert short.after.share > short.without.share
    assert {one.kind for one in short.changes} <= {"breaks", "overtime", "call_in"}
    assert "call_in" in {one.kind for one in short.changes}
    gone = {f"a-{n}" for n in range(4)}
    assert not gone & {one.person for one in short.changes}
    data = checker.rules()
    for one in short.roster:
        if one.person not in gone and one.person not in {c.person for c in short.changes if c.kind == "overtime"}:
            assert checker.shift_faults(one, data) == []


def test_nothing_is_changed_before_the_freeze(short, plan):
    assert short.frozen_until_s == NOON + 1800
    was = {one.person: one for one in plan.roster if one.day == 0}
    for one in short.changes:
        if one.kind == "call_in":
            assert one.start_s >= NOON + 3600
            continue
        before = {*was[one.person].meal, *was[one.person].breaks}
        after = {*one.meal, *one.breaks}
        assert all(begin >= short.frozen_until_s for begin, _ in before ^ after)
        assert one.start_s == was[one.person].start_s
        assert one.end_s - was[one.person].end_s <= HOUR


def test_its_cost_is_overtime_and_call_ins(short):
    """60 an hour; overtime at one and a half times that."""
    by_hand = 0.0
    for one in short.changes:
        if one.kind == "call_in":
            by_hand += 60 * (one.end_s - one.start_s - sum(b - a for a, b in one.meal)) / HOUR
        elif one.kind == "overtime":
            by_hand += 90 * (one.end_s - one.was_end_s) / HOUR
    assert short.cost == pytest.approx(by_hand)


def test_it_is_done_in_time(short):
    assert short.seconds < 60
    assert short.trials < 40


def test_whoever_is_called_in_has_his_rest(plan):
    """a-8 ends at 17:45 tomorrow's eve: he may come; with a night before him he may not."""
    late = tuple(
        replace(one, start_s=6 * HOUR, end_s=6 * HOUR + 31_500) if (one.person, one.day) == ("a-8", 1) else one
        for one in plan.roster
    )
    gone = tuple(scheduler.Absence(13 * HOUR, 86_400, f"a-{n}") for n in range(4))
    found = scheduler.replan(
        replace(plan, roster=late), replace(came(150), absences=gone), NOON, standby=("a-8", "a-9"), reps=10
    )
    ends = {one.person: one.end_s for one in found.changes if one.kind == "call_in"}
    assert ends.get("a-8", 0) <= 86_400 + 6 * HOUR - 11 * HOUR


def test_an_outage_takes_people_of_other_teams_away(plan):
    """Of four supervisors three are gone: agents wait for them with the customer, so customers wait longer."""
    out = scheduler.Actuals(breakdowns=(scheduler.Breakdown(NOON, 17 * HOUR, "supervisors", 4),))
    found = scheduler.replan(plan, out, NOON, reps=10)
    assert found.without.share < found.unchanged.share


def test_a_surge_raises_what_is_needed(plan):
    calm = scheduler.replan(plan, came(120), NOON, reps=20)
    wave = replace(came(120), surges=(scheduler.Surge(14 * HOUR, 17 * HOUR, "S1", 2.0),))
    found = scheduler.replan(plan, wave, NOON, reps=20)
    assert found.without.share < calm.without.share
    assert found.unchanged.share == calm.unchanged.share


@pytest.mark.parametrize(
    ("actuals", "options", "code"),
    [
        ({"absences": (scheduler.Absence(0, HOUR, "nobody"),)}, {}, "replan_person"),
        ({"breakdowns": (scheduler.Breakdown(0, HOUR, "moon", 1),)}, {}, "replan_pool"),
        ({"surges": (scheduler.Surge(0, HOUR, "S9", 2.0),)}, {}, "unknown_service"),
        ({"arrivals": (scheduler.Arrivals(0, HOUR, "*", "mars", 2),)}, {}, "unknown_place"),
        ({}, {"day": 9}, "replan_day"),
        ({}, {"day": 3}, "replan_nobody"),
        ({}, {"standby": ("nobody",)}, "replan_person"),
    ],
)
def test_what_is_not_in_the_plan_is_refused(plan, actuals, options, code):
    with pytest.raises(sim.InputError) as error:
        scheduler.replan(plan, scheduler.Actuals(**actuals), NOON, **options)
    assert error.value.faults[0].code == code


def test_stopped_it_returns_what_it_has(plan):
    found = scheduler.replan(plan, came(180), NOON, reps=10, stop=lambda: True)
    assert found.interrupted
    assert found.changes == ()


def test_flexible_people_move_to_the_team_that_is_short():
    """Four of five agents go home; of the second team, which has little to do, two are qualified for their work."""
    serve = {"takes": {"law": "exponential", "mean_s": 300}}
    scenario = centre(
        team={
            "agents": {"place": "centre", "role": "remote_agent", "staff": 0, "cost_per_hour": 60.0},
            "second": {"place": "centre", "role": "second", "staff": 0, "cost_per_hour": 60.0},
        },
        route={
            "call": [{"serve": {"name": "agent", "by": ["agents"], **serve}}],
            "other": [{"serve": {"name": "desk", "by": ["second"], **serve}}],
        },
        service={"S1": {"route": "call"}, "S2": {"route": "other"}},
        stream={"calls": {"place": "centre"}, "few": {"place": "centre", "service": "S2", "rate_per_hour": 2.0}},
    )
    rows = [row(f"a-{n}", 0, 30_600, 10_800 + 1800 * (n % 4), 3600, 21_600) for n in range(5)]
    rows += [replace(row(f"b-{n}", 0, 30_600, 12_600, 3600, 21_600), team="second") for n in range(4)]
    staff = scheduler.Staff(
        tuple(scheduler.Person(f"b-{n}", "", "second", "centre", ("agents",) if n < 2 else ()) for n in range(4))
    )
    plan = scheduler.Plan(
        scenario=scenario, promise=sim.Promise(0.8, 60.0), contract="cn-standard", roster=tuple(rows), staff=staff
    )
    gone = tuple(scheduler.Absence(13 * HOUR, 86_400, f"a-{n}") for n in range(4))
    found = scheduler.replan(plan, scheduler.Actuals(absences=gone), NOON, reps=20)
    moved = {one.person: one for one in found.changes if one.kind == "move"}
    assert set(moved) <= {"b-0", "b-1"}
    assert moved
    assert all(one.to_team == "agents" for one in moved.values())
    assert found.after.share > found.without.share
    assert {r.team for r in found.roster if r.person in moved} >= {"agents"}
