"""Requirements: who meets whom for how long, and how many people keep a promise by theory."""

from __future__ import annotations

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


def of_team(scenario, team="agents"):
    """Return the demands of one planned team, by day class."""
    return [one for one in requirements.demands(scenario, (team,)) if one.post == team]


def test_a_hold_is_walked_from_seize_to_release_with_all_that_happens_between():
    """300 s, then with probability 0.4 a supervisor for 60 s: 324 s; second moment by conditioning on the branch.

    E[(X+Y)²] = E[X²] + 0.4 (2 E[X] E[Y] + E[Y²]); X lognormal with cv 0.7, Y exponential.
    """
    scenario = centre()
    steps = sim.expand(scenario.route, scenario.service["S1"])[0]
    passage = requirements.passage(steps, 0)
    assert passage.share == pytest.approx(1.0)
    assert passage.delay_s == 0
    assert passage.hold_s == pytest.approx(300 + 0.4 * 60)
    assert passage.hold_s2 == pytest.approx(300**2 * 1.49 + 0.4 * (2 * 300 * 60 + 2 * 60**2))
    assert passage.patience == sim.LawValues("exponential", 400.0)
    assert passage.law is None


def test_a_plain_hold_keeps_its_own_law():
    steps = steps_of([{"serve": {"by": ["agents"], "takes": {"law": "gamma", "mean_s": 200, "cv": 0.5}}}])
    passage = requirements.passage(steps, 0)
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
    passage = requirements.passage(steps, seize)
    assert passage.share == pytest.approx(0.5 / 0.8)
    assert passage.delay_s == pytest.approx(120)
    assert passage.delay_s2 == pytest.approx(120**2)
    assert passage.hold_s == pytest.approx(100)


def test_demand_is_the_work_that_the_rates_bring(small_centre):
    """Erlang-hours of a day = visits · mean hold: 286 calls · 324 s = 25.7 h on workdays, half of it at weekends."""
    workday, weekend = of_team(small_centre)
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
    (demand,) = of_team(centre(rates=rates, run={"days": 7, "day_classes": ["workday"]}))
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
    plain, rough = (requirements.by_theory(of_team(s)[:1], promise)["agents"] for s in (small_centre, varied))
    assert sum(rough) > sum(plain)
    assert all(a >= b for a, b in zip(rough, plain, strict=True))


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
    assert {one.post: one.backups for one in demands} == {"first": ("second",), "second": (), "supervisors": ()}
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
    assert [(one.post, one.on_duty is None) for one in demands] == [
        ("first", True),
        ("second", False),
        ("supervisors", False),
    ]
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


# --------------------------------------------------------------------------------- joint resources


def joint(*, supervisors=1, booths=30, **changes):
    """Return calls from a booth at a steady 30 an hour: an agent for 300 s, for half of them a supervisor for 240 s."""
    route = [
        {"seize": {"name": "booth", "needs": [["booth"]]}},
        {"seize": {"name": "agent", "needs": [["remote_agent"]]}},
        {"advance": {"law": "exponential", "mean_s": 300}},
        {"transfer": {"next": 0.5, "release": "rest"}},
        {"serve": {"name": "approve", "by": ["supervisors"], "takes": {"law": "exponential", "mean_s": 240}}},
        {"release": ["agent", "booth"]},
    ]
    return centre(**{
        "team": {
            "agents": {"place": "centre", "role": "remote_agent", "staff": 6},
            "supervisors": {"place": "centre", "staff": supervisors},
        },
        "pool": {"booth": {"place": "centre", "units": booths}},
        "route": {"call": route},
        "rates": [{"stream": "calls", "service": "S1", "start": "00:00", "end": "24:00", "rate_per_hour": 20.0}],
        "run": {"days": 1, "day_classes": ["workday"], "warm_up_s": 7200, "drain_s": 0},
        **changes,
    })  # fmt: skip


def test_whom_a_visit_asks_for_and_what_it_holds_are_read_from_the_route():
    scenario = joint()
    steps = sim.expand(scenario.route, scenario.service["S1"])[0]
    booth, agent, approve = (i for i, step in enumerate(steps) if step.kind == "seize")
    passage = requirements.passage(steps, agent)
    assert passage.asks == ((approve, pytest.approx(0.5)),)
    assert passage.holding == (booth,)
    assert requirements.passage(steps, booth).holding == ()
    assert requirements.passage(steps, approve).holding == (booth, agent)


def test_who_waits_for_a_supervisor_keeps_the_agent():
    """Two thirds of one supervisor: M/M/1 has them wait 480 s, half of 20 calls an hour: 1.33 more agents are held.

    The simulation has as many held in the mean as theory says with those who wait, and many more than without.
    """
    scenario = joint(supervisors=1)
    (agents,), (supervisor,) = of_team(scenario), of_team(scenario, "supervisors")
    assert supervisor.load[60] == pytest.approx(20 * 0.5 * 240 / 3600, rel=1e-3)
    demands = requirements.demands(scenario, ("agents",))
    sizes = requirements.sizes._Sizes(demands, sim.Promise(0.8, 60.0), 0.0, None)
    load = sizes.with_waits(agents)
    assert agents.load[60] == pytest.approx(20 * 420 / 3600, rel=1e-3)
    assert load[60] - agents.load[60] == pytest.approx(10 * 480 / 3600, rel=0.01)
    study = sim.simulate(scenario.with_staff({"agents": 40}), reps=120, seed=5)
    held = study.value("occupancy", pool="agents")
    assert abs(held.value * 40 - load[60]) < 1.5 * held.half_width * 40 + 0.03
    assert held.value * 40 > agents.load[60] + 0.8


def test_few_supervisors_call_for_more_agents():
    promise = sim.Promise(0.8, 60.0)
    few, many = (
        requirements.by_theory(requirements.demands(joint(supervisors=n), ("agents",)), promise)["agents"][60]
        for n in (1, 8)
    )
    assert few > many


def test_supervisors_who_are_planned_too_are_sized_first():
    need = requirements.by_theory(requirements.demands(joint(), ("agents", "supervisors")), sim.Promise(0.8, 60.0))
    alone = sim.theory.servers_needed(10, 240, float("inf"), share=0.8, within_s=60)
    assert need["supervisors"][60] == alone
    wait = sim.theory.erlang_c(alone, 10, 240).wait_mean_s
    load = 20 * 420 / 3600 + 10 * wait / 3600
    assert need["agents"][60] == sim.theory.servers_needed(
        float(f"{load / 420 * 3600:.3g}"), 420, float("inf"), share=0.8, within_s=60
    )


def test_no_more_agents_than_booths():
    """Three booths let at most three visits be with an agent or wait for one."""
    promise = sim.Promise(0.8, 60.0)
    need = {
        booths: requirements.by_theory(requirements.demands(joint(supervisors=8, booths=booths), ("agents",)), promise)
        for booths in (3, 30)
    }
    assert need[30]["agents"][60] > 3
    assert need[3]["agents"][60] <= 3


# --------------------------------------------------------------------------- text, speed, absence, days


def chats(**team):
    """Return 40 chats an hour of 6 minutes, 30 % longer for each further chat that the agent has."""
    route = [
        {"serve": {"name": "chat", "by": ["remote_agent"], "takes": {"law": "exponential", "mean_s": 360},
                   "factor": "1 + 0.3 * (sessions('chat') - 1)", "patience": {"law": "exponential", "mean_s": 600}}},
    ]  # fmt: skip
    return centre(
        team={"agents": {"place": "centre", "role": "remote_agent", **team}},
        route={"call": route},
        rates=[{"stream": "calls", "service": "S1", "start": "00:00", "end": "24:00", "rate_per_hour": 40.0}],
        run={"days": 1, "day_classes": ["workday"], "warm_up_s": 7200},
    )


def test_text_agents_are_sized_with_their_sessions_and_keep_the_promise_in_simulation():
    promise = sim.Promise(0.8, 60.0)
    (one,), (three,) = of_team(chats(staff=5)), of_team(chats(staff=5, sessions=3))
    assert one.slower == (1.0,)
    assert three.slower == pytest.approx((1.0, 1.3, 1.6))
    single = requirements.by_theory([one], promise)["agents"][60]
    shared = requirements.by_theory([three], promise)["agents"][60]
    assert single == 6
    assert shared == 3
    for staff, kept in ((shared, True), (shared - 1, False)):
        tried = chats(staff=staff, sessions=3)
        tried = tried.replace(rules=promise.rules(tried.rules))
        row = sim.simulate(tried, reps=60, seed=2).value("service_level")
        assert (row.value > 0.8) == kept
        assert row.half_width < 0.02


def test_a_quicker_team_needs_fewer_people():
    """At 1.25 times the speed 360 s are 288 s."""
    (demand,) = of_team(chats(staff=5, speed=1.25))
    assert demand.hold_s == pytest.approx(288)


def test_a_factor_may_look_up_experience():
    scenario = chats(staff=5, tenure_days=30.0)
    learning = scenario.replace(
        table={"learning": {"points": [(0, 2.0), (60, 1.0)]}},
        route={
            "call": [
                {
                    "serve": {
                        "name": "chat",
                        "by": ["remote_agent"],
                        "takes": {"law": "exponential", "mean_s": 360},
                        "factor": "table('learning', tenure('chat'))",
                    }
                }
            ]
        },
    )
    (demand,) = of_team(learning)
    assert demand.hold_s == pytest.approx(360 * 1.5)


def test_who_is_absent_or_in_a_meeting_is_put_on_shift_besides():
    """10 % absent and 10 % in meetings: 6 needed are ⌈6 / .81⌉ = 8 on shift."""
    promise = sim.Promise(0.8, 60.0)
    (plain,), (away,) = of_team(chats(staff=5)), of_team(chats(staff=5, absence=0.1, shrinkage=0.1))
    assert requirements.by_theory([plain], promise)["agents"][60] == 6
    assert requirements.by_theory([away], promise)["agents"][60] == 8


def test_nine_days_in_ten_need_more_than_the_mean_of_days():
    varied = centre(factor={"day": {"cv": 0.3}}, stream={"calls": {"place": "centre", "factors": ["day"]}})
    demand, promise = of_team(varied)[:1], sim.Promise(0.8, 60.0)
    assert demand[0].day_cv == pytest.approx(0.3)
    mean, sure = (requirements.by_theory(demand, promise, sure=s)["agents"][44] for s in (None, 0.9))
    rate = float(f"{demand[0].load[44] / 324 * 3600:.3g}")
    busy = sim.theory.busy_day(0.3, 0.9)
    assert sure == sim.theory.servers_needed(rate * busy, 324, 400, share=0.8, within_s=60)
    assert sure > mean


def branches(scope, count=9):
    """Return equal branches whose calls one centre takes, each day multiplied by a factor of cv .3."""
    return centre(
        place={"centre": {"kind": "centre"}, "branch": {"count": count}},
        team={
            "agents": {"place": "centre", "role": "remote_agent", "staff": 6, "serves": ["branch"]},
            "supervisors": {"place": "centre", "staff": 4},
        },
        factor={"day": {"cv": 0.3, "scope": scope}},
        stream={"calls": {"place": "branch", "factors": ["day"]}},
    )


def test_days_of_branches_even_out_unless_they_share_their_factor():
    """Nine independent branches: .3 / √9 = .1; a factor of the whole city stays .3."""
    (pooled, _), (shared, _) = of_team(branches("place")), of_team(branches("all"))
    assert pooled.day_cv == pytest.approx(0.1)
    assert shared.day_cv == pytest.approx(0.3)


# ------------------------------------------------------------------------------------ sets of skills


def three_teams(**changes):
    """Return services S1 and S2 of 40 calls an hour each; one team does the first, one the second, one both."""
    return centre(**{
        "team": {
            "ones": {"place": "centre", "role": "remote_agent", "staff": 4, "skills": ["S1"]},
            "twos": {"place": "centre", "role": "remote_agent", "staff": 4, "skills": ["S2"]},
            "both": {"place": "centre", "role": "remote_agent", "staff": 4},
        },
        "route": {"call": [
            {"serve": {"name": "agent", "by": ["remote_agent"], "takes": {"law": "exponential", "mean_s": 600},
                       "patience": {"law": "exponential", "mean_s": 600}}},
        ]},
        "service": {"S1": {"route": "call"}, "S2": {"route": "call"}},
        "rates": [
            {"stream": "calls", "service": s, "start": "09:00", "end": "17:00", "rate_per_hour": 40.0}
            for s in ("S1", "S2")
        ],
        "run": {"days": 1, "day_classes": ["workday"]},
        **changes,
    })  # fmt: skip


def test_people_with_two_skills_count_once():
    """6.67 + 6.67 erlang: who has a skill suffices for it, and all together for 13.33, not for the larger of both."""
    found = {one.posts: one for one in requirements.subsets(three_teams(), ("ones", "twos", "both"), PROMISE)}
    assert set(found) == {("ones", "both"), ("twos", "both"), ("ones", "twos", "both")}
    single, whole = found["ones", "both"], found["ones", "twos", "both"]
    assert single.services == ("S1",)
    assert single.load[60] == pytest.approx(20 / 3, rel=0.01)
    assert single.servers[60] == sim.theory.servers_needed(40, 600, 600, share=0.8, within_s=60)
    assert whole.load[60] == pytest.approx(40 / 3, rel=0.01)
    assert whole.servers[60] == sim.theory.servers_needed(80, 600, 600, share=0.8, within_s=60)
    assert single.servers[60] < whole.servers[60] < 2 * single.servers[60]


def test_a_set_counts_on_people_who_are_there_anyway():
    rows = [{"team": "both", "start": "09:00", "end": "18:00", "count": 3}]
    scenario = three_teams(staffing=rows)
    found = {one.posts: one for one in requirements.subsets(scenario, ("ones", "twos"), PROMISE)}
    all_planned = {one.posts: one for one in requirements.subsets(scenario, ("ones", "twos", "both"), PROMISE)}
    assert found["ones",].others == ("both",)
    assert found["ones",].servers[60] == all_planned["ones", "both"].servers[60] - 3


def test_a_set_with_too_few_breaks_the_promise_whoever_else_there_is():
    """S1 with two fewer than its set needs, S2 with plenty: in simulation S1 alone is broken."""
    needed = {
        one.posts: one.servers[60] for one in requirements.subsets(three_teams(), ("ones", "twos", "both"), PROMISE)
    }
    short = needed["ones", "both"] - 2
    scenario = three_teams().with_staff({"ones": short, "both": 0, "twos": 30})
    scenario = scenario.replace(rules=PROMISE.rules(scenario.rules))
    study = sim.simulate(scenario, reps=60, seed=3)
    assert study.value("service_level", service="S1").value < 0.8
    assert study.value("service_level", service="S2").value > 0.99


PROMISE = sim.Promise(0.8, 60.0)
