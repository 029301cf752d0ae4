"""The loop: a plan is a roster that simulation on fresh luck has tried, or a reason why there is none."""

from __future__ import annotations

import pytest

import scheduler
import sim
from tests.scheduler import checker
from tests.scheduler.conftest import centre


@pytest.fixture(scope="module")
def planned(small_centre):
    seen = []
    plan = scheduler.plan(
        small_centre, sim.Promise(0.8, 60.0), seed=3, reps=20, progress=lambda done, total: seen.append((done, total))
    )
    return plan, seen


def test_a_plan_keeps_its_promise_on_luck_it_has_not_seen(planned):
    plan, _ = planned
    assert plan.status == "kept"
    assert plan.promise.of == "seize:agent"
    assert plan.out_of_sample.seed != plan.seed
    again = sim.simulate(plan.scenario, reps=60, seed=99).kept(plan.promise)
    assert again.share > 0.8
    assert sum(cell.kept for cell in again.cells) >= 0.98 * len(again.cells)


def test_its_roster_is_legal_and_is_what_was_simulated(planned):
    plan, _ = planned
    assert checker.roster_faults(plan.roster, 1) == []
    rows = [row for row in plan.scenario.staffing if row.team == "agents"]
    assert sorted((r.person, r.day, r.start, r.end, r.meal, r.breaks) for r in rows) == sorted(
        (r.person, r.day, r.start_s, r.end_s, r.meal, r.breaks) for r in plan.roster
    )
    assert plan.people == {"agents": len({row.person for row in plan.roster})}
    assert plan.scenario.run.days == 7


def test_its_cost_is_what_the_simulation_pays(planned):
    """Labour by the planned hour: the pool's paid hours without overtime, times 60 an hour."""
    plan, _ = planned
    study = sim.simulate(plan.scenario, reps=2, seed=1)
    paid = study.value("paid_hours", pool="agents").value - study.value("overtime_hours", pool="agents").value
    assert plan.paid_hours == pytest.approx(paid)
    assert plan.cost == pytest.approx(60 * paid)


def test_its_requirement_is_covered_and_never_below_theory(planned):
    plan, _ = planned
    for need in plan.needs:
        assert need.on_duty >= need.servers >= need.by_theory
    classes = ("workday",) * 5 + ("weekend",) * 2
    for day, name in enumerate(classes):
        there = checker.duty([row for row in plan.roster if row.day == day])
        asked = {need.start_s // 900: need.on_duty for need in plan.needs if need.day_class == name}
        assert all(there[slot] == number for slot, number in asked.items())


def test_its_bound_is_below_its_cost_and_named(planned):
    plan, _ = planned
    assert plan.relaxation == "theory_cover"
    assert 0 < plan.lower_bound <= plan.cost
    assert plan.gap == pytest.approx((plan.cost - plan.lower_bound) / plan.cost)


def test_the_rounds_say_what_was_raised(planned):
    plan, seen = planned
    assert [one.number for one in plan.rounds] == list(range(1, len(plan.rounds) + 1))
    assert plan.rounds[-1].raised == ()
    for one in plan.rounds[:-1]:
        assert one.broken
        assert all(change.after > change.before for change in one.raised)
    assert seen[-1][0] == seen[-1][1]
    assert seen == sorted(seen)


def test_a_plan_can_be_planned_again(planned):
    """A plan is a scenario like any other: its dated rows are replaced."""
    plan, _ = planned
    again = scheduler.plan(plan.scenario, plan.promise, seed=5, reps=4, rounds=1)
    assert again.status in ("kept", "broken")
    assert checker.roster_faults(again.roster, 1) == []


def test_where_other_teams_break_the_promise_the_plan_says_so(small_centre):
    """One supervisor at the desk, 44 customers an hour for 2 min each: no number of agents mends his queue."""
    jam = [
        {"serve": {"name": "desk", "by": ["supervisors"], "takes": {"law": "exponential", "mean_s": 120}}},
        {"serve": {"name": "agent", "by": ["agents"], "takes": {"law": "exponential", "mean_s": 60}}},
    ]
    scenario = small_centre.replace(route={"call": jam}).with_staff({"supervisors": 1})
    plan = scheduler.plan(scenario, sim.Promise(0.9, 60.0, of="first_human"), teams=["agents"], reps=4, rounds=3)
    assert plan.status == "broken"
    assert "plan_broken_elsewhere" in {finding.code for finding in plan.findings}


def test_too_few_people_end_in_a_reason_with_day_hour_and_rule(small_centre):
    plan = scheduler.plan(small_centre, sim.Promise(0.8, 60.0), people={"agents": 3}, reps=4)
    assert plan.status == "infeasible"
    assert plan.cost is None
    assert plan.gap is None
    assert plan.roster == ()
    (finding,) = [one for one in plan.findings if one.code == "plan_too_few_people"]
    assert finding.values["team"] == "agents"
    assert {"day", "start_s", "rule", "needed", "people"} <= set(finding.values)


def test_enough_for_each_day_and_too_few_for_the_week_is_said_by_the_roster(small_centre):
    """As many as the busiest day needs and no more: with two days off each, seven days cannot be filled."""
    free = scheduler.plan(small_centre, sim.Promise(0.8, 60.0), reps=4, rounds=1)
    most = max(sum(row.day == day for row in free.roster) for day in range(7))
    plan = scheduler.plan(small_centre, sim.Promise(0.8, 60.0), people={"agents": most}, reps=4, rounds=1)
    if plan.status == "infeasible":
        assert plan.findings[-1].code in ("plan_too_few_people", "plan_no_roster")
        assert plan.findings[-1].values["rule"] in ("days_off_per_week", "hours_per_week", "daily_rest")
    else:
        assert checker.roster_faults(plan.roster, 1) == []


def test_a_promise_to_everybody_is_refused(small_centre):
    with pytest.raises(sim.InputError) as error:
        scheduler.plan(small_centre, sim.Promise(1.0, 60.0))
    assert error.value.faults[0].code == "share_out_of_reach"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"weeks": 0}, "greater_than_equal"),
        ({"teams": ["nobody"]}, "unknown_team"),
        ({"people": {"nobody": 3}}, "unknown_team"),
        ({"contracts": "mars"}, "unknown_contract"),
    ],
)
def test_what_cannot_be_planned_is_refused(small_centre, options, code):
    with pytest.raises(sim.InputError) as error:
        scheduler.plan(small_centre, **options)
    assert error.value.faults[0].code == code


def test_nobody_to_plan_is_refused():
    nobody = centre(place={"centre": {"kind": "branch"}})
    with pytest.raises(sim.InputError) as error:
        scheduler.plan(nobody)
    assert error.value.faults[0].code == "plan_no_team"


def test_the_function_is_what_the_face_shows_whatever_loads_first():
    """plan.py and plan() share a name."""
    import importlib

    importlib.import_module("scheduler.plan")
    assert callable(scheduler.plan)
    from scheduler import plan

    assert plan is scheduler.plan
    assert scheduler.Plan.__name__ == "Plan"


@pytest.mark.slow
def test_a_week_for_the_pooled_remote_teams_of_s03():
    """Both remote teams of S03: kept on fresh luck, legal, and within a fifth of the bound."""
    import scenarios_catalog

    plan = scheduler.plan(scenarios_catalog.load("S03"), sim.Promise(0.8, 180.0), seed=1)
    assert plan.status == "kept"
    assert set(plan.people) == {"remote-a", "remote-b"}
    assert checker.roster_faults(plan.roster, 1) == []
    assert plan.gap < 0.25
    assert all(cover.gap < 0.01 for cover in plan.covers)
