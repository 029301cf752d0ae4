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
    expected_min,
    finite_queue,
    finite_source,
    offered_load,
    reserved,
    retrial,
    sessions,
    transient,
)
from tests.truth.long_runs import both, inside, long_run, serve, shifts, streams
from tests.worlds import exponential, world

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
