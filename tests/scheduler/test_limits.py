"""Promises on risk and on complaints: planned until simulation keeps the limit, or told that staff cannot mend it."""

from __future__ import annotations

import pytest

import scheduler
import sim
from tests.scheduler.conftest import centre

AGENT = {"seize": {"name": "agent", "needs": [["remote_agent"]]}}
WORK = {"advance": {"law": "lognormal", "mean_s": 300, "cv": 0.7}}
DONE = {"release": ["agent"]}
SERVED = {
    "call": [
        {"serve": {"name": "agent", "by": ["remote_agent"], "takes": {"law": "exponential", "mean_s": 300},
                   "patience": {"law": "exponential", "mean_s": 400}}},
    ]
}  # fmt: skip


def codes(plan):
    return {finding.code for finding in plan.findings}


def team(staff, *skills, **changes):
    return {"place": "centre", "role": "remote_agent", "staff": staff, "cost_per_hour": 60.0, "skills": list(skills),
            **changes}  # fmt: skip


def test_missed_risks_are_kept_below_their_limit_by_shorter_waits():
    """Somebody else collects, the likelier the longer the customer waits for the agent (table 2.2)."""
    risk = {"risk": {"kind": "HANDOVER_SWAP", "chance": "1 - exp(-0.6 * (run_s - came_s) / 3600)", "detect": 0.5}}
    route = {"call": [{"assign": {"came_s": "run_s"}}, AGENT, risk, WORK, DONE]}
    plan = scheduler.plan(centre(route=route), "missed_per_1000 <= 2", seed=3, reps=8, trials=40)
    assert plan.status == "kept"
    study = sim.simulate(plan.scenario, reps=40, seed=77)
    missed = study.value("event_count:HANDOVER_SWAP.missed").value
    assert 0 < 1000 * missed / study.value("offered").value <= 2.5
    assert not all(one.kept for one in plan.baselines)


@pytest.mark.slow
def test_violations_stay_0_beside_a_share_where_the_planned_teams_may_all_serve():
    """Who has no licence costs two thirds, but each customer he takes is a violation: nobody of him is planned."""
    teams = {"licensed": team(6, "S1"), "plain": team(1, "S9", cost_per_hour=40.0)}
    scenario = centre(rules={"permissions": "audited"}, team=teams, route=SERVED,
                      service={"S1": {"route": "call"}, "S9": {"route": "call"}})  # fmt: skip
    plan = scheduler.plan(
        scenario, ["violations <= 0", "60% in 60s"], teams=["licensed", "plain"], seed=3, reps=4, trials=12
    )
    study = sim.simulate(plan.scenario, reps=8, seed=77)
    assert plan.status == "kept"
    assert study.value("violations").value == 0
    assert {row.team for row in plan.roster} == {"licensed"}


def test_violations_of_a_team_that_is_not_planned_are_said_to_be_none_of_staff():
    """Two without the licence are first in line all day: no number of licensed people keeps customers from them."""
    rows = [{"team": "plain", "start": "09:00", "end": "18:00", "count": 2}]
    scenario = centre(
        rules={"permissions": "audited"}, team={"plain": team(2, "S9"), "licensed": team(6, "S1")}, route=SERVED,
        service={"S1": {"route": "call"}, "S9": {"route": "call"}}, staffing=rows,
    )  # fmt: skip
    plan = scheduler.plan(scenario, "violations <= 0", teams=["licensed"], seed=3, reps=4, trials=8)
    assert plan.status == "broken"
    assert "plan_limit_elsewhere" in codes(plan)


@pytest.mark.slow
def test_no_complaint_is_overdue_on_luck_that_was_not_seen():
    """A ticket older than an hour when settled is overdue; fresh luck breaks what kept it in sample."""
    late = {"transfer": {"name": "on-time", "when": [{"if": "age_s > 3600", "to": "next"}, {"to": "done"}]}}
    ends = [{"event": {"kind": "NODE_LATE"}}, {"event": {"name": "done", "kind": "SETTLED"}}]
    scenario = centre(
        route={"call": [AGENT, WORK, DONE, late, *ends]}, rules={"period": "week"},
        targets=[{"kind": "NODE_LATE", "period": 0, "target": 0}],
    )  # fmt: skip
    plan = scheduler.plan(scenario, "target_met:NODE_LATE >= 100%", seed=3, reps=6, trials=12)
    assert plan.status == "kept"
    assert plan.out_of_sample.worst.value == 1.0
    assert plan.cost < max(one.cost for one in plan.baselines if one.kept)
