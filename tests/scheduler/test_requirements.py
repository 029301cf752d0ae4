"""Requirements: who meets whom for how long, and how many people keep a promise by theory."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from scheduler import requirements
from tests.scheduler.conftest import centre


def steps_of(route, **attributes):
    """Return the steps of one route in a scenario of its own."""
    scenario = centre(
        route={"r": route},
        service={"S1": {"route": "r", "attributes": attributes}},
    )
    return sim.expand(scenario.route, scenario.service["S1"])[0]


def test_a_hold_is_walked_from_seize_to_release_with_all_that_happens_between():
    """300 s, then with probability 0.4 a supervisor for 60 s: 324 s; second moment by conditioning on the branch.

    E[(X+Y)²] = E[X²] + 0.4 (2 E[X] E[Y] + E[Y²]); X lognormal with cv 0.7, Y exponential.
    """
    scenario = centre()
    steps = sim.expand(scenario.route, scenario.service["S1"])[0]
    passage = requirements.passages(steps, 0)
    assert passage.share == pytest.approx(1.0)
    assert passage.delay_s == 0
    assert passage.hold_s == pytest.approx(300 + 0.4 * 60)
    assert passage.hold_s2 == pytest.approx(300**2 * 1.49 + 0.4 * (2 * 300 * 60 + 2 * 60**2))
    assert passage.patience == sim.LawValues("exponential", 400.0)
    assert passage.law is None


def test_a_plain_hold_keeps_its_own_law():
    steps = steps_of([{"serve": {"by": ["agents"], "takes": {"law": "gamma", "mean_s": 200, "cv": 0.5}}}])
    passage = requirements.passages(steps, 0)
    assert passage.law == sim.LawValues("gamma", 200.0, 0.5)
    assert passage.patience is None


def test_what_happens_before_the_queue_is_its_delay_and_share():
    """Half come at all, after 120 s at the door; those who do take the team twice with probability 0.2 (a loop)."""
    route = [
        {"transfer": {"door": 0.5, "gone": "rest"}},
        {"advance": {"name": "door", "law": "deterministic", "value_s": 120}},
        {"seize": {"name": "agent", "needs": [["agents"]]}},
        {"advance": {"law": "exponential", "mean_s": 100}},
        {"release": ["agent"]},
        {"transfer": {"agent": 0.2, "gone": "rest"}},
        {"advance": {"name": "gone", "law": "deterministic", "value_s": 0}},
    ]
    steps = steps_of(route)
    seize = next(i for i, step in enumerate(steps) if step.kind == "seize")
    passage = requirements.passages(steps, seize)
    assert passage.share == pytest.approx(0.5 / 0.8)
    assert passage.delay_s == pytest.approx(120)
    assert passage.delay_s2 == pytest.approx(120**2)
    assert passage.hold_s == pytest.approx(100)


def test_demand_is_the_work_that_the_rates_bring(small_centre):
    """Erlang-hours of a day = visits · mean hold: 286 calls · 324 s = 25.7 h on workdays, half of it at weekends."""
    workday, weekend = requirements.demands(small_centre, ("agents",))
    assert (workday.post, workday.place, workday.day_class) == ("agents", "*", "workday")
    assert workday.visits_per_hour.sum() / 4 == pytest.approx(286)
    assert workday.hold_s == pytest.approx(324)
    assert workday.patience_s == pytest.approx(400)
    assert workday.load.sum() / 4 == pytest.approx(286 * 324 / 3600, rel=0.01)
    assert weekend.load.sum() == pytest.approx(workday.load.sum() / 2, rel=1e-6)
    assert workday.load[:36].max() < 1e-9


def test_by_theory_is_erlang_a_where_the_rate_is_steady():
    """44 calls an hour for four hours: in the last hour the load is steady and Erlang A says it all."""
    rates = [{"stream": "calls", "service": "S1", "start": "09:00", "end": "17:00", "rate_per_hour": 44.0}]
    (demand,) = requirements.demands(centre(rates=rates, run={"days": 7, "day_classes": ["workday"]}), ("agents",))
    promise = sim.Promise(0.8, 60.0)
    need = requirements.by_theory([demand], promise)["agents"]
    wanted = sim.theory.servers_needed(44, 324, 400, share=0.8, within_s=60)
    assert need[48:66] == [wanted] * 18
    assert need[:36] == [0] * 36
    assert need[36] <= wanted
    assert need[72:] == [0] * 24


def test_busy_days_need_more_people(small_centre):
    varied = centre(factor={"day": {"cv": 0.3}}, stream={"calls": {"place": "centre", "factors": ["day"]}})
    promise = sim.Promise(0.8, 60.0)
    plain, rough = (
        requirements.by_theory(requirements.demands(s, ("agents",))[:1], promise)["agents"]
        for s in (small_centre, varied)
    )
    assert sum(rough) > sum(plain)
    assert all(a >= b for a, b in zip(rough, plain, strict=True))


def test_kinds_of_day_have_mean_one_and_about_the_right_spread():
    kinds = requirements.kinds_of_day(0.2)
    mean = sum(w * f for w, f in kinds)
    spread = math.sqrt(sum(w * (f - 1) ** 2 for w, f in kinds))
    assert mean == pytest.approx(1.0)
    assert 0.14 < spread < 0.21
    assert requirements.kinds_of_day(0.0) == ((1.0, 1.0),)


def test_a_team_with_a_backup_is_sized_together_with_it():
    """Two teams, the second may take the first's calls: together enough for both, the first never above its own."""
    scenario = centre(
        team={
            "first": {"place": "centre", "role": "remote_agent", "staff": 4, "skills": ["S1"]},
            "second": {"place": "centre", "role": "remote_agent", "staff": 4},
            "supervisors": {"place": "centre", "staff": 4},
        },
        service={"S1": {"route": "call"}, "S2": {"route": "call"}},
        rates=[
            {"stream": "calls", "service": s, "start": "09:00", "end": "17:00", "rate_per_hour": 30.0}
            for s in ("S1", "S2")
        ],
        run={"days": 7, "day_classes": ["workday"]},
    )  # fmt: skip
    demands = requirements.demands(scenario, ("first", "second"))
    assert {one.post: one.backups for one in demands} == {"first": ("second",), "second": ()}
    need = requirements.by_theory(demands, sim.Promise(0.8, 60.0))
    one, both = (sim.theory.servers_needed(r, 324, 400, share=0.8, within_s=60) for r in (30, 60))
    assert need["second"][50] == one
    assert need["first"][50] == both - one < one


def test_people_of_another_team_who_may_help_are_counted_on():
    """Only the first of two teams is planned: the second's four, less their lunch, are there anyway."""
    scenario = centre(
        team={
            "first": {"place": "centre", "role": "remote_agent", "staff": 4, "skills": ["S1"]},
            "second": {"place": "centre", "role": "remote_agent"},
            "supervisors": {"place": "centre", "staff": 4},
        },
        service={"S1": {"route": "call"}, "S2": {"route": "call"}},
        rates=[
            {"stream": "calls", "service": s, "start": "09:00", "end": "17:00", "rate_per_hour": 30.0}
            for s in ("S1", "S2")
        ],
        staffing=[{"team": "second", "start": "09:00", "end": "18:00", "count": 4, "meal": "12:00-13:00"}],
        run={"days": 7, "day_classes": ["workday"]},
    )
    demands = requirements.demands(scenario, ("first",))
    assert [(one.post, one.on_duty is None) for one in demands] == [("first", True), ("second", False)]
    need = requirements.by_theory(demands, sim.Promise(0.8, 60.0))
    assert list(need) == ["first"]
    alone, both = (sim.theory.servers_needed(r, 324, 400, share=0.8, within_s=60) for r in (30, 60))
    assert need["first"][60] == both - 4
    assert need["first"][50] == alone


def test_the_teams_to_plan_are_the_remote_agents_of_centres(small_centre):
    assert requirements.teams_to_plan(small_centre, None) == ("agents",)
    assert requirements.teams_to_plan(small_centre, ["supervisors"]) == ("supervisors",)
    with pytest.raises(sim.InputError) as error:
        requirements.teams_to_plan(small_centre, ["nobody", "agents"])
    assert [(f.code, f.value) for f in error.value.faults] == [("unknown_team", "nobody")]


def test_theory_agrees_with_simulation_where_theory_is_exact():
    """Exponential service and patience, steady rate: the level by Erlang A lies in the simulated interval."""
    exact = centre(
        route={
            "call": [
                {"serve": {"name": "agent", "by": ["agents"], "takes": {"law": "exponential", "mean_s": 300},
                           "patience": {"law": "exponential", "mean_s": 400}}},
            ]
        },
        rates=[{"stream": "calls", "service": "S1", "start": "00:00", "end": "24:00", "rate_per_hour": 50.0}],
        rules={"sl_threshold_s": 60.0},
        run={"days": 1, "warm_up_s": 7200},
    )  # fmt: skip
    study = sim.simulate(exact, reps=40, seed=3)
    row = study.value("service_level")
    theory = sim.theory.erlang_a(6, 50, 300, 400).within(60)
    assert abs(row.value - theory) < 1.5 * row.half_width
    assert np.isfinite(theory)
