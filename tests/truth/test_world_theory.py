"""Queues of the whole world that theory or a solved chain can answer: the simulation's interval holds the answer.

Each also runs a short while in both engines, which give the same trace.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import sim
from sim.model import LawValues
from sim.theory import (
    ageing,
    erlang_b,
    erlang_c,
    expected_min,
    finite_queue,
    finite_source,
    impatient,
    offered_load,
    passing,
    reserved,
    retrial,
    sessions,
    steady,
    transient,
)
from tests.truth.long_runs import both, inside, long_run, serve, shifts, streams
from tests.worlds import exponential, fixed, world

# --- a bound on those inside --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("servers", "rate", "places"), [(1, 36.0, 3), (4, 150.0, 2), (10, 260.0, 10), (3, 150.0, 0)])
def test_a_queue_with_so_many_places(servers, rate, places):
    """M/M/c/K, also in overload: `capacity` bounds the queue, the rest is blocked."""
    truth = finite_queue(servers, rate, 90, places)
    study = long_run(
        [serve(exponential(90), capacity=places)],
        team={"desk": {"staff": servers}},
        **streams(visit=rate),
    )
    theory = {
        "blocked / offered": truth.p_blocked,
        "wait_mean_s": truth.wait_mean_s,
        "queue_mean": truth.queue_mean,
        "occupancy": truth.busy_mean / servers,
    }
    inside(study, theory, widest=0.1)
    both(study.scenario)


def test_trunk_lines():
    """The same chain by equipment: 9 lines, held from the first ring to the end; no line, no call."""
    truth = finite_queue(6, 200, 120, 3)
    study = long_run(
        [
            {"seize": {"needs": [["line"]], "capacity": 0}},
            {"seize": {"needs": [["desk"]]}},
            {"advance": exponential(120)},
            {"release": "all"},
        ],
        pool={"line": {"units": 9}},
        team={"desk": {"staff": 6}},
        rules={"wait_of": "seize:desk"},
        **streams(visit=200.0),
    )
    inside(study, {"blocked / offered": truth.p_blocked, "wait_mean_s": truth.wait_mean_s}, widest=0.1)
    inside(study, {"occupancy": truth.busy_mean / 6, "queue_mean": truth.queue_mean}, widest=0.1, pool="desk")
    inside(study, {"occupancy": (truth.busy_mean + truth.queue_mean) / 9}, pool="line")
    both(study.scenario)


# --- coming again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "delay_s", "most"), [(20.0, 300.0, 30), (24.0, 40.0, 60)])
def test_who_finds_it_busy_comes_again(rate, delay_s, most):
    """M/M/1 with retrials: the tries, the server, and how long a customer is on his way from first try to desk.

    So many tries stand for ever: fewer than one in a million needs more.
    """
    truth = retrial(rate, 90, delay_s)
    study = long_run(
        {
            "visit": [
                {"assign": {"first": "run_s if attempt == 0 else first"}},
                {"seize": {"needs": [["desk"]], "capacity": 0}},
                {"event": {"kind": "delay", "amount": "run_s - first"}},
                {"advance": exponential(90)},
                {"release": "all"},
            ]
        },
        service={"visit": {"route": "visit", "redial": redial(1.0, delay_s, most, ["blocked"])}},
        team={"desk": {"staff": 1}},
        **streams(visit=rate),
    )
    theory = {
        "occupancy": truth.occupancy,
        "blocked / offered": 1 - rate / truth.tries_per_hour,
        "event_amount:delay / event_count:delay": truth.delay_mean_s,
        "offered / answered": truth.tries_per_hour / rate,
    }
    inside(study, theory, widest=0.12)
    both(study.scenario)


def redial(chance: float, delay_s: float, most: int, after: list[str]) -> dict[str, Any]:
    return {"chance": chance, "delay": exponential(delay_s), "most": most, "after": after}


# --- two classes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("servers", "rates", "reserve"), [(2, (20.0, 10.0), 1), (5, (60.0, 45.0), 1), (6, (70.0, 40.0), 2)]
)
def test_reserved_servers(servers, rates, reserve):
    """The second class starts only while more than so many are free: the chain of (busy, waiting, waiting)."""
    routes = {
        "first": [serve(exponential(120), priority=5)],
        "second": [serve(exponential(120), priority=10, reserve={"desk": reserve})],
    }
    study = long_run(routes, team={"desk": {"staff": servers}}, **streams(first=rates[0], second=rates[1]))
    truth = reserved(servers, rates, 120, reserve)
    for name, one in zip(routes, truth, strict=True):
        theory = {"wait_mean_s": one.wait_mean_s, "time_in_system_mean_s": one.wait_mean_s + 120}
        inside(study, theory, widest=0.15, service=name)
    both(study.scenario)


def test_waiting_makes_more_urgent():
    """Two classes, one server: after two minutes the second ranks with the first by joining, after five before it.

    One of the second waits at a time and four of the first (counted here, not by `capacity`: of age they share a line).
    """
    rates, steps = (25.0, 12.0), (120.0, 300.0)

    def route(name: str, places: int, **rules: Any) -> list[dict[str, Any]]:
        count = f"counter.{name}"
        return [
            {"assign": {count: f"{count} + 1"}},
            {"seize": {"needs": [["desk"]], "balk": {"if": f"{count} > {places}", "go_to": "full"}, **rules}},
            {"assign": {"name": "starts", "set": {count: f"{count} - 1"}}},
            {"advance": {"name": "talk", **exponential(90)}},
            {"release": "all"},
            {"leave": "served"},
            {"assign": {"name": "full", "set": {count: f"{count} - 1"}}},
            {"leave": "blocked"},
        ]

    older = [{"after_s": steps[0], "priority": 10}, {"after_s": steps[1], "priority": 1}]
    study = long_run(
        {"first": route("first", 4, priority=10), "second": route("second", 1, priority=20, ageing=older)},
        counter={"first": {}, "second": {}},
        team={"desk": {"staff": 1}},
        days=16,
        **streams(first=rates[0], second=rates[1]),
    )
    for name, one in zip(("first", "second"), ageing(rates, 90, 4, steps), strict=True):
        theory = {"wait_mean_s": one.wait_mean_s, "blocked / offered": one.p_blocked}
        inside(study, theory, widest=0.08, service=name)
    both(study.scenario)


# --- one agent, several customers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "places"), [(20.0, 4), (40.0, 2)])
def test_a_chat_agent_with_three_sessions(rate, places):
    """How many he serves when a session begins says how long all of it takes: the chain of sessions by their start."""
    factors = (1.0, 1.3, 1.8)
    truth, shares = sessions(rate, 240, factors, places)
    study = long_run(
        [
            {"seize": {"needs": [["desk"]], "capacity": places}},
            {"advance": {**exponential(240), "factor": "table('slower', sessions('desk'))"}},
            {"release": "all"},
        ],
        table={"slower": {"points": [[1, 1.0], [2, 1.3], [3, 1.8]], "straight": False}},
        team={"desk": {"staff": 1, "sessions": 3}},
        **streams(visit=rate),
    )
    theory = {
        "occupancy": truth.busy_mean / 3,
        "blocked / offered": truth.p_blocked,
        "queue_mean": truth.queue_mean,
        "wait_mean_s": truth.wait_mean_s,
        "time_in_system_mean_s": (truth.queue_mean + truth.busy_mean) / rate * 3600,
    }
    inside(study, theory, widest=0.1)
    assert shares[3] > 0.2
    both(study.scenario)


# --- a finite source ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("servers", [1, 2])
def test_machines_and_repairmen(servers):
    """Six machines that break again and again; a call list starts them and they never leave."""
    truth = finite_source(6, servers, 1800, 600)
    study = long_run(
        [
            {"advance": {"name": "works", **exponential(1800)}},
            {"serve": {"name": "repair", "by": ["desk"], "takes": exponential(600)}},
            {"transfer": {"when": [{"if": "day < 1000", "to": "works"}]}},
        ],
        team={"desk": {"staff": servers}},
        stream={"visit": {"service": "visit", "list": {"count": 6, "at": "00:00", "day": 0}}},
    )
    inside(study, {"occupancy": truth.busy_mean / servers, "queue_mean": truth.queue_mean}, widest=0.05)
    both(study.scenario)


def test_a_gate_makes_a_finite_source():
    """The same by a gated stream: customers come at six times one's rate, and as many as are inside are not let in."""
    truth = finite_source(6, 2, 1800, 600)
    study = long_run(
        [serve(exponential(600))],
        team={"desk": {"staff": 2}},
        stream={"visit": {"service": "visit", "rate_per_hour": 12.0, "gate": "1 - inside / 6"}},
    )
    theory = {
        "occupancy": truth.busy_mean / 2,
        "queue_mean": truth.queue_mean,
        "wait_mean_s": truth.wait_mean_s,
        "offered": truth.rate_per_hour * 24 * 11,
    }
    inside(study, theory, widest=0.07)
    both(study.scenario)


# --- in time ------------------------------------------------------------------------------------------------------


def test_how_many_are_inside_without_queues_is_poisson():
    """M(t)/G/∞ seen by onlookers who come by appointment: mean and square of the number inside, time by time."""
    edges = np.array([8.0, 9.0, 9.5, 11.0, 12.0]) * 3600
    rates = [120.0, 600.0, 200.0, 400.0]
    law = {"law": "gamma", "mean_s": 900, "cv": 1.3}
    looks = {f"look{minute}": minute for minute in range(490, 760, 30)}
    rows = [
        {
            "stream": "visit",
            "service": "visit",
            "start": sim.format_clock(int(start)),
            "end": sim.format_clock(int(end)),
            "rate_per_hour": rate,
        }
        for start, end, rate in zip(edges[:-1], edges[1:], rates, strict=True)
    ]
    look = [
        {"event": {"kind": "inside", "amount": "inside - 1"}},
        {"event": {"kind": "square", "amount": "(inside - 1) * (inside - 1)"}},
    ]
    scenario = world(
        {"visit": [{"advance": law}], "look": look},
        service={"visit": {"route": "visit"}, **{name: {"route": "look"} for name in looks}},
        stream={"visit": {}}
        | {
            name: {"service": name, "appointments": [{"at": sim.format_clock(60 * minute)}]}
            for name, minute in looks.items()
        },
        rates=rows,
    )
    study = sim.simulate(scenario, reps=1000, seed=11)
    hold = expected_min(LawValues("gamma", 900.0, 1.3))
    for name, minute in looks.items():
        (mean,) = offered_load([60.0 * minute], edges, rates, hold)
        inside(study, {"event_amount:inside": mean, "event_amount:square": mean + mean**2}, widest=0.2, service=name)
    both(scenario)


def test_a_day_of_impatient_customers_and_changing_staff():
    """M(t)/M/s(t)+M from an empty morning: each half-hour's queue, desks busy and on duty, and who gave up.

    Staff falls while all are busy, so that some finish late, and rises while many wait.
    """
    edges = [8.0 + n / 2 for n in range(9)] + [24.0]
    rates = [40.0, 90.0, 140.0, 140.0, 60.0, 30.0, 100.0, 100.0, 0.0]
    staff = [3, 4, 8, 5, 2, 6, 3, 7, 2]
    hours = [sim.format_clock(int(3600 * edge)) for edge in edges]
    spans = list(itertools.pairwise(hours))
    scenario = world(
        [serve(exponential(200), patience=exponential(300))],
        team={"desk": {}},
        stream={"visit": {}},
        rates=[
            {"stream": "visit", "service": "visit", "start": start, "end": end, "rate_per_hour": rate}
            for (start, end), rate in zip(spans, rates, strict=True)
        ],
        staffing=shifts("desk", hours, staff),
        rules={"interval_s": 1800},
    )
    study = sim.simulate(scenario, reps=3000, seed=3)
    course = transient([3600 * edge for edge in edges], rates, staff, 200, 300, 60)
    assert course.left_waiting < 1e-9
    for n, edge in enumerate(edges[:-2]):
        theory = {
            "queue_mean": course.queue_mean[n],
            "on_duty_mean": course.on_duty_mean[n],
            "occupancy": course.busy_mean[n] / course.on_duty_mean[n],
        }
        inside(study, theory, widest=0.15, pool="desk", interval_start=int(3600 * edge))
    came = sum(rate / 2 for rate in rates)
    inside(study, {"abandoned": course.abandoned.sum(), "abandoned_share": course.abandoned.sum() / came})
    both(scenario)


# --- chains of one test each --------------------------------------------------------------------------------------


def test_balking_by_the_queue():
    """M/M/3: who finds k in line joins with probability 1 / (1 + k)."""

    def moves(state):
        (n,) = state
        yield (n + 1,), 60 / 3600 if n < 3 else 60 / 3600 / (n - 2)
        yield (n - 1,), min(n, 3) / 240

    chain = steady((0,), lambda s: ((to, rate) for to, rate in moves(s) if 0 <= to[0] < 90))
    joins = chain.mean(lambda s: 1.0 if s[0] < 3 else 1 / (s[0] - 2))
    queue = chain.mean(lambda s: max(0, s[0] - 3))
    study = long_run(
        [serve(exponential(240), balk={"if": "u > 1 / (1 + queue('desk'))"})],
        team={"desk": {"staff": 3}},
        **streams(visit=60.0),
    )
    theory = {
        "balked / offered": 1 - joins,
        "queue_mean": queue,
        "occupancy": chain.mean(lambda s: min(s[0], 3)) / 3,
        "wait_mean_s": queue / (60 * joins) * 3600,
    }
    inside(study, theory, widest=0.1)
    both(study.scenario)


def test_who_gives_up_may_come_again():
    """M/M/2+M where six of ten who abandon try once more, and again: the chain of (in the system, away)."""
    lam, mu, theta, back, away = 50 / 3600, 1 / 180, 1 / 200, 0.6, 1 / 900

    def moves(state):
        n, orbit = state
        if n < 40:
            yield (n + 1, orbit), lam
            if orbit:
                yield (n + 1, orbit - 1), orbit * away
        if n:
            yield (n - 1, orbit), min(n, 2) * mu
        if n > 2:
            yield (n - 1, orbit), (n - 2) * theta * (1 - back)
            if orbit < 60:
                yield (n - 1, orbit + 1), (n - 2) * theta * back

    chain = steady((0, 0), moves)
    tries = lam + chain.mean(lambda s: s[1]) * away
    queue = chain.mean(lambda s: max(0, s[0] - 2))
    study = long_run(
        [serve(exponential(180), patience=exponential(200))],
        service={"visit": {"route": "visit", "redial": redial(back, 900, 40, ["abandoned"])}},
        team={"desk": {"staff": 2}},
        **streams(visit=50.0),
    )
    theory = {
        "abandoned_share": queue * theta / tries,
        "retried / offered": 1 - lam / tries,
        "occupancy": chain.mean(lambda s: min(s[0], 2)) / 2,
        "queue_mean": queue,
    }
    inside(study, theory, widest=0.08)
    both(study.scenario)


@pytest.mark.parametrize("choice", ["order", "random", "longest_idle"])
def test_a_fast_and_a_slow_desk(choice):
    """M/M/2 with two speeds: the chain of (fast busy, slow busy, waiting, which is idle for longer)."""
    lam, fast, slow = 30 / 3600, 1 / 90, 1 / 180

    def takes_fast(longer: int) -> float:
        return {"order": 1.0, "random": 0.25, "longest_idle": float(longer == 0)}[choice]

    def moves(state):
        f, s, q, longer = state
        if f and s:
            if q < 80:
                yield (1, 1, q + 1, 0), lam
            yield ((1, 1, q - 1, 0) if q else (0, 1, 0, 0)), fast
            yield ((1, 1, q - 1, 0) if q else (1, 0, 0, 0)), slow
        elif f or s:
            yield (1, 1, 0, 0), lam
            yield (0, 0, 0, 1 if f else 0), fast if f else slow  # who ends now has been idle for less long
        else:
            yield (1, 0, 0, 0), lam * takes_fast(longer)
            yield (0, 1, 0, 0), lam * (1 - takes_fast(longer))

    chain = steady((0, 0, 0, 0), moves)
    rules = {"choice": choice, **({"weights": {"fast": 1, "slow": 3}} if choice == "random" else {})}
    study = long_run(
        [{"serve": {"by": ["fast", "slow"], "takes": exponential(90), **rules}}],
        team={"fast": {"staff": 1}, "slow": {"staff": 1, "speed": 0.5}},
        **streams(visit=30.0),
    )
    queue = chain.mean(lambda s: s[2])
    inside(study, {"occupancy": chain.mean(lambda s: s[0])}, pool="fast")
    inside(study, {"occupancy": chain.mean(lambda s: s[1])}, pool="slow")
    inside(study, {"queue_mean": queue, "wait_mean_s": queue / 30 * 3600}, widest=0.15)
    both(study.scenario)


@pytest.mark.parametrize("way", ["max_wait", "overflow"])
def test_who_has_waited_long_enough_goes_elsewhere(way):
    """After 90 s at another team that is always free, or away as `diverted`: M/M/s with fixed patience."""
    truth = impatient(4, 100, 150, 90, expected_min(LawValues("deterministic", 90)))
    rules = {"max_wait": {"after_s": 90}} if way == "max_wait" else {"overflow": [{"after_s": 90, "to": ["others"]}]}
    study = long_run(
        [serve(exponential(150), **rules)],
        team={"desk": {"staff": 4}, "others": {"staff": 60, "serves": []}},
        rules={"sl_threshold_s": 45},
        **streams(visit=100.0),
    )
    inside(study, {"occupancy": truth.occupancy, "queue_mean": truth.queue_mean}, widest=0.06, pool="desk")
    theory = {"wait_all_mean_s": truth.wait_mean_s, "service_level": truth.within(45)}
    if way == "max_wait":
        theory["diverted / offered"] = truth.p_abandon
    else:
        inside(study, {"occupancy": 100 / 3600 * 150 * truth.p_abandon / 60}, widest=0.2, pool="others")
    inside(study, theory, widest=0.06)
    both(study.scenario)


def test_tickets_of_those_who_have_left():
    """A ticket called in vain takes as long as a service, so the desks do not notice who has left: waits of M/M/s.

    Who has less patience than that wait has left: P(wait) θ / (θ + sμ − λ), after P(wait) / (θ + sμ − λ) on average.
    """
    truth, theta = erlang_c(2, 36, 150), 1 / 400
    drain = theta + 2 / 150 - 36 / 3600
    study = long_run(
        [serve(exponential(150), patience=exponential(400), ticket_gap=exponential(150))],
        team={"desk": {"staff": 2}},
        **streams(visit=36.0),
    )
    theory = {
        "abandoned_share": truth.p_wait * theta / drain,
        "no_show / offered": truth.p_wait * theta / drain,
        "wait_all_mean_s": truth.p_wait / drain,
        "occupancy": truth.occupancy,
    }
    inside(study, theory, widest=0.12)
    both(study.scenario)


def test_the_last_first():
    """`due` turns the queue round: the mean wait of M/M/1 stays, its square is 1 / (1 − ρ) times as large.

    Kingman 1962: E[W²] = 2ρ / (μ − λ)² / (1 − ρ).
    """
    rho, mu = 0.6, 1 / 90
    study = long_run(
        [
            {"seize": {"needs": [["desk"]], "due": "-run_s"}},
            {"event": {"kind": "square", "amount": "waited_s * waited_s"}},
            {"advance": exponential(90)},
            {"release": "all"},
        ],
        team={"desk": {"staff": 1}},
        **streams(visit=rho * mu * 3600),
    )
    theory = {
        "wait_mean_s": rho / (mu * (1 - rho)),
        "event_amount:square / event_count:square": 2 * rho / (mu * (1 - rho)) ** 2 / (1 - rho),
    }
    inside(study, theory, widest=0.25)
    both(study.scenario)


def test_flexible_staff():
    """One of the back office helps at the desk when two wait, and goes home when nobody does; looked at each 5 minutes.

    Between looks a chain of (desk busy, helper: away, here, going; helper busy, waiting, who is idle for longer); a
    look moves probability at once. So: the stationary chain from look to look, and its means on the way.
    """
    lam, mu, every, places = 32 / 3600, 1 / 100, 300.0, 60

    def moves(state):
        desk, helper, helps, q, longer = state
        if not desk and (helper != 1 or helps or longer == 0):
            yield (1, helper, helps, q, 0), lam
        elif helper == 1 and not helps:
            yield (desk, helper, 1, q, 0), lam
        elif q < places:
            yield (desk, helper, helps, q + 1, 0), lam
        if desk:  # the desk is now idle for less long than a helper who is
            yield ((1, helper, helps, q - 1, 0) if q else (0, helper, helps, 0, int(helper == 1 and not helps))), mu
        if helps and helper == 2:
            yield (desk, 0, 0, q, 0), mu
        elif helps:
            yield ((desk, 1, 1, q - 1, 0) if q else (desk, 1, 0, 0, 0)), mu

    def look(state):
        desk, helper, helps, q, _ = state
        if q >= 2 and helper == 0:
            return (desk, 1, 1, q - 1, 0)
        if q >= 2 and helper == 2:
            return (desk, 1, helps, q, 0)
        if q == 0 and helper == 1:
            return (desk, 2, 1, 0, 0) if helps else (desk, 0, 0, 0, 0)
        return state

    number, states = {(0, 0, 0, 0, 0): 0}, [(0, 0, 0, 0, 0)]
    for state in states:
        for to in (*(to for to, _ in moves(state)), look(state)):
            if number.setdefault(to, len(states)) == len(states):
                states.append(to)
    q = np.zeros((len(states), len(states)))
    for state, here in number.items():
        for to, rate in moves(state):
            q[here, number[to]] += rate
    q -= np.diag(q.sum(axis=1))
    end, spent = passing(q, np.eye(len(states)), every)
    after = np.zeros_like(q)
    for state, here in number.items():
        after[here, number[look(state)]] = 1.0
    step = end @ after
    system = np.vstack([(step.T - np.eye(len(states)))[1:], np.ones(len(states))])
    share = np.linalg.solve(system, np.append(np.zeros(len(states) - 1), 1.0)) @ spent / every
    here, waiting = (float(share @ [of(s) for s in states]) for of in (lambda s: s[1] > 0, lambda s: s[3]))
    study = long_run(
        [serve(exponential(100))],
        team={"desk": {"staff": 1}, "office": {"staff": 1}},
        dispatch={
            "help": {
                "from": "office", "to": "desk", "go_if": "queue('desk') >= 2", "back_if": "queue('desk') == 0",
                "look_every_s": every, "looks": 1, "switch_s": 0,
            }
        },
        days=20,
        **streams(visit=32.0),
    )  # fmt: skip
    inside(study, {"on_duty_mean": 1 + here, "queue_mean": waiting}, widest=0.08, pool="desk")
    inside(study, {"wait_mean_s": waiting / lam}, widest=0.08)
    both(study.scenario)


# --- interruptions ------------------------------------------------------------------------------------------------


def interrupted(rate: float, mean_s: float, per_hour: float, lasts_s: float) -> float:
    """Return E[number] of M/M/1 whose server is away now and then, idle or busy, and goes on where it was."""

    def moves(state):
        away, n = state
        yield (1 - away, n), 1 / lasts_s if away else per_hour / 3600
        if n < 400:
            yield (away, n + 1), rate / 3600
        if n and not away:
            yield (away, n - 1), 1 / mean_s

    return steady((0, 0), moves).mean(lambda s: s[1])


def test_an_alert_takes_the_desk_and_gives_it_back():
    """Alerts pre-empt, or leave if another is served: Erlang B for them, a server with absences for the rest."""
    study = long_run(
        {
            "alert": [serve(exponential(300), priority=1, preempt=True, patience=fixed(0))],
            "visit": [serve(exponential(120), priority=20)],
        },
        team={"desk": {"staff": 1}},
        **streams(alert=3.0, visit=15.0),
    )
    inside(study, {"abandoned_share": erlang_b(1, 0.25)}, widest=0.1, service="alert")
    number = interrupted(15, 120, 3, 300)
    inside(study, {"time_in_system_mean_s": number / 15 * 3600}, widest=0.12, service="visit")
    both(study.scenario)


def test_pre_emptive_priority():
    """M/M/1, pre-emptive resume, alerts that find an alert wait for it (Miller 1960; Gross and Harris §3.4.3).

    E[T1] = 1/(μ1 (1 − ρ1)); E[T2] = (1/μ2)/(1 − ρ1) + (ρ1/μ1 + ρ2/μ2) / ((1 − ρ1)(1 − ρ1 − ρ2)).
    """
    rates, means = (4.0, 12.0), (300.0, 120.0)
    one, two = (rate * mean / 3600 for rate, mean in zip(rates, means, strict=True))
    study = long_run(
        {
            "alert": [serve(exponential(means[0]), priority=1, preempt=True)],
            "visit": [serve(exponential(means[1]), priority=20)],
        },
        team={"desk": {"staff": 1}},
        **streams(alert=rates[0], visit=rates[1]),
    )
    inside(study, {"time_in_system_mean_s": means[0] / (1 - one)}, widest=0.12, service="alert")
    second = means[1] / (1 - one) + (one * means[0] + two * means[1]) / ((1 - one) * (1 - one - two))
    inside(study, {"time_in_system_mean_s": second}, widest=0.15, service="visit")
    inside(study, {"occupancy": one + two})
    both(study.scenario)


def test_machines_fail_and_their_customers_wait():
    """Two devices that fail one by one on calendar time; whoever is at one waits for its repair.

    The chain of (idle, serving, down with a customer, down without, waiting).
    """
    lam, mu, fails, repaired = 30 / 3600, 1 / 120, 1 / 3600, 1 / 600

    def moves(state):
        idle, busy, held, down, q = state

        def began(idle: int, busy: int, held: int, down: int, q: int) -> tuple[int, ...]:
            return (idle - 1, busy + 1, held, down, q - 1) if idle and q else (idle, busy, held, down, q)

        if q < 150:
            yield began(idle, busy, held, down, q + 1), lam
        if busy:
            yield began(idle + 1, busy - 1, held, down, q), busy * mu
            yield (idle, busy - 1, held + 1, down, q), busy * fails
        if idle:
            yield (idle - 1, busy, held, down + 1, q), idle * fails
        if held:
            yield (idle, busy + 1, held - 1, down, q), held * repaired
        if down:
            yield began(idle + 1, busy, held, down - 1, q), down * repaired

    chain = steady((2, 0, 0, 0, 0), moves)
    study = long_run(
        [{"serve": {"by": ["machine"], "takes": exponential(120), "on_down": "pause"}}],
        pool={"machine": {"units": 2, "mtbf": exponential(3600), "mttr": exponential(600)}},
        **streams(visit=30.0),
    )
    queue, number = chain.mean(lambda s: s[4]), chain.mean(lambda s: s[1] + s[2] + s[4])
    inside(study, {"queue_mean": queue, "time_in_system_mean_s": number / 30 * 3600}, widest=0.15)
    both(study.scenario)


def test_dropped_connections_end_a_service_early():
    """The shorter of two exponential times is exponential: M/M/2 with the sum of both rates; their ratio is lost."""
    short = 1 / (1 / 300 + 1 / 900)
    truth = erlang_c(2, 25, short)
    study = long_run(
        [
            serve(exponential(300), drop={"after": exponential(900), "go_to": "lost", "release": ["desk"]}),
            {"leave": "served"},
            {"event": {"name": "lost", "kind": "lost"}},
            {"leave": "served"},
        ],
        team={"desk": {"staff": 2}},
        **streams(visit=25.0),
    )
    theory = {
        "event_count:lost / offered": 300 / 1200,
        "wait_mean_s": truth.wait_mean_s,
        "occupancy": truth.occupancy,
    }
    inside(study, theory, widest=0.15)
    both(study.scenario)


def test_outages_stretch_a_session():
    """Nobody waits for staff; work of mean S goes on while the link is up (U on average, down D):

    E[T] = S (1 + D/U) + P(down) D, whoever comes in an outage begins when it is over.
    """
    work, up, down = 600.0, 86_400 / 30, 400.0
    study = long_run(
        [{"advance": {**exponential(work), "link": "av", "on_down": "pause"}}],
        link={"av": {"per_day": 30.0, "lasts": exponential(down)}},
        **streams(visit=20.0),
    )
    truth = work * (1 + down / up) + down / (up + down) * down
    inside(study, {"time_in_system_mean_s": truth})
    both(study.scenario)


# --- stock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [exponential(3600), {"law": "gamma", "mean_s": 3600, "cv": 0.4}], ids=["wide", "narrow"]
)
def test_one_for_one_replenishment(law):
    """Base stock: each customer takes a card and orders one; on order is Poisson whatever the law (Palm 1938).

    So many wait as E[(X − S)⁺]; Sherbrooke (1968). The store, the follow-up visit, and waiting for a condition.
    """
    rate, stock = 6.0, 7
    study = long_run(
        {
            "visit": [
                {"split": {"service": "refill", "delay": law}},
                {"store": {"name": "cards", "take": 1, "if_short": "wait"}},
            ],
            "refill": [{"store": {"name": "cards", "put": 1}}],
        },
        store={"cards": {"initial": stock}},
        stream={"visit": {"service": "visit", "rate_per_hour": rate}},
    )
    n = np.arange(60)
    p = np.exp(-rate + n * np.log(rate) - np.cumsum(np.log(np.maximum(n, 1))))
    short = float(p @ np.maximum(n - stock, 0))
    inside(study, {"time_in_system_mean_s": short / rate * 3600}, widest=0.15, service="visit")
    both(study.scenario)
