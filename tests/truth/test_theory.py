"""Queues that have a formula: the simulation's interval holds the formula's value.

Each figure is held to its 99.9 % interval (`tests.truth.long_runs`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.measures import t_quantile
from sim.model import LawValues
from sim.theory import (
    erlang_a,
    erlang_b,
    erlang_c,
    expected_min,
    jackson,
    law_moments,
    mg1,
    offered_load,
    priorities,
)
from tests.truth.long_runs import DAYS, LEVEL, inside, long_run, serve, streams
from tests.worlds import exponential, fixed, world

# --- one station --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("servers", "occupancy"), [(1, 0.5), (1, 0.8), (2, 0.9), (12, 0.7), (40, 0.95)])
def test_erlang_c(servers, occupancy):
    """M/M/c: mean wait, who waits at most 20 s, occupancy, queue, time in the system."""
    service_s = 90.0
    rate = occupancy * servers * 3600 / service_s
    truth = erlang_c(servers, rate, service_s)
    study = long_run(
        [serve(exponential(service_s))],
        team={"desk": {"staff": servers}},
        rules={"sl_threshold_s": 20},
        days=8 if rate > 300 else DAYS,
        **streams(visit=rate),
    )
    inside(
        study,
        {
            "wait_mean_s": truth.wait_mean_s,
            "wait_all_mean_s": truth.wait_mean_s,
            "service_level": truth.within(20),
            "occupancy": truth.occupancy,
            "queue_mean": truth.queue_mean,
            "time_in_system_mean_s": truth.wait_mean_s + service_s,
            "on_duty_mean": servers,
        },
        widest=0.13,
    )


def impatient(servers: int, load: float, patience_s: float, sl_mode: str = "offered") -> sim.Study:
    """M/M/c+M with a service of two minutes; answered in 20 s, short is 5 s."""
    return long_run(
        [serve(exponential(120.0), patience=exponential(patience_s))],
        team={"desk": {"staff": servers}},
        rules={"sl_threshold_s": 20, "short_abandon_s": 5, "sl_mode": sl_mode},
        days=3 if load > 9 else DAYS,
        **streams(visit=30.0 * load),
    )


@pytest.mark.parametrize(
    ("servers", "load", "patience_s"), [(1, 0.9, 120.0), (10, 9.0, 300.0), (10, 13.0, 60.0), (50, 48.0, 240.0)]
)
def test_erlang_a(servers, load, patience_s):
    """M/M/c+M, up to overload: who gives up, waits of all and of the served, occupancy, queue."""
    truth = erlang_a(servers, 30.0 * load, 120.0, patience_s)
    theory = {
        "abandoned_share": truth.p_abandon,
        "wait_all_mean_s": truth.wait_mean_s,
        "wait_mean_s": truth.wait_served_mean_s,
        "service_level": truth.within(20),
        "occupancy": truth.occupancy,
        "queue_mean": truth.queue_mean,
    }
    inside(impatient(servers, load, patience_s), theory, widest=0.1)


@pytest.mark.parametrize("sl_mode", ["offered", "offered_minus_short", "answered", "ab_in_T_ok"])
def test_every_convention_of_the_service_level(sl_mode):
    """In overload the four are 0.49, 0.52, 0.67 and 0.66."""
    truth = erlang_a(10, 390.0, 120.0, 60.0)
    inside(impatient(10, 13.0, 60.0, sl_mode), {"service_level": truth.service_level(20, sl_mode, 5)})


@pytest.mark.parametrize("cv", [0.0, 0.6, 2.0])
def test_erlang_b_whatever_the_law_of_service(cv):
    """Without any patience a busy desk is a loss: M/G/c/c depends on the mean of the service alone."""
    law = fixed(300) if cv == 0 else {"law": "lognormal", "mean_s": 300, "cv": cv}
    study = long_run([serve(law, patience=fixed(0))], team={"desk": {"staff": 6}}, **streams(visit=60.0))
    lost = erlang_b(6, 5.0)
    inside(study, {"abandoned_share": lost, "occupancy": 5.0 * (1 - lost) / 6, "wait_all_mean_s": 0.0})


SERVICES = {
    "deterministic": fixed(60),
    "lognormal": {"law": "lognormal", "mean_s": 60, "cv": 0.7},
    "lognormal, wide": {"law": "lognormal", "mean_s": 60, "cv": 1.6},
    "gamma": {"law": "gamma", "mean_s": 60, "cv": 0.5},
    "gamma, wide": {"law": "gamma", "mean_s": 60, "cv": 1.5},
    "weibull": {"law": "weibull", "scale_s": 60, "shape": 1.5},
    "uniform": {"law": "uniform", "low_s": 20, "high_s": 100},
    "empirical": {"law": "empirical", "quantiles_s": [10, 40, 150], "at": [0, 0.6, 1]},
}


def values(law: dict[str, Any]) -> LawValues:
    """Return the law as theory wants it."""
    names = {
        "deterministic": ("value_s",),
        "weibull": ("scale_s", "shape"),
        "uniform": ("low_s", "high_s"),
        "empirical": (),
    }
    kind = law["law"]
    numbers = [float(law[name]) for name in names.get(kind, ("mean_s", "cv"))]
    points = tuple(zip(law["at"], law["quantiles_s"], strict=True)) if kind == "empirical" else ()
    return LawValues(kind, *numbers, points=points)


@pytest.mark.parametrize("name", SERVICES)
def test_pollaczek_and_khinchine(name):
    """M/G/1 at 70 %: the wait depends on mean and variance of the service alone."""
    law = SERVICES[name]
    mean, second = law_moments(values(law))
    rate = 0.7 * 3600 / mean
    truth = mg1(rate, mean, float(np.sqrt(max(second / mean**2 - 1, 0.0))))
    study = long_run([serve(law)], team={"desk": {"staff": 1}}, **streams(visit=rate))
    theory = {
        "wait_mean_s": truth.wait_mean_s,
        "queue_mean": truth.queue_mean,
        "occupancy": truth.occupancy,
        "time_in_system_mean_s": truth.time_in_system_mean_s,
    }
    inside(study, theory, widest=0.1)


def test_cobham_priorities():
    """M/G/1 with three classes that do not interrupt: each class waits as Cobham says, whatever its own service."""
    rates, means = (15.0, 20.0, 10.0), (40.0, 60.0, 90.0)
    routes = {
        f"class{k}": [serve(exponential(mean), priority=priority)]
        for k, (mean, priority) in enumerate(zip(means, (0, 5, 20), strict=True))
    }
    study = long_run(
        routes, team={"desk": {"staff": 1}}, **streams(**{f"class{k}": rate for k, rate in enumerate(rates)})
    )
    for k, truth in enumerate(priorities(rates, means)):
        theory = {"wait_mean_s": truth.wait_mean_s, "time_in_system_mean_s": truth.time_in_system_mean_s}
        inside(study, theory, widest=0.1, service=f"class{k}")


def test_priorities_with_other_laws():
    """One class is fixed, the other wide: W0 is half the sum of rate · second moment."""
    routes = {
        "first": [serve(fixed(50), priority=1)],
        "second": [serve({"law": "gamma", "mean_s": 70, "cv": 1.4}, priority=2)],
    }
    study = long_run(routes, team={"desk": {"staff": 1}}, **streams(first=25.0, second=20.0))
    for name, truth in zip(routes, priorities((25.0, 20.0), (50.0, 70.0), (0.0, 1.4)), strict=True):
        inside(study, {"wait_mean_s": truth.wait_mean_s}, widest=0.12, service=name)


# --- networks -----------------------------------------------------------------------------------------------------


def test_a_jackson_network_with_feedback():
    """Lobby → counter → back office, with returns to lobby and counter: each station as if alone, by its own rate."""
    lobby, counter, office = 30.0, 120.0, 200.0
    routes = {
        "visit": [
            {"serve": {"name": "lobby", "by": ["lobby"], "takes": exponential(lobby)}},
            {"transfer": {"name": "where", "to": {"next": 0.8, "end": 0.2}}},
            {"serve": {"name": "counter", "by": ["counter"], "takes": exponential(counter)}},
            {"transfer": {"name": "then", "to": {"next": 0.3, "lobby": 0.1, "end": 0.6}}},
            {"serve": {"name": "office", "by": ["office"], "takes": exponential(office)}},
            {"transfer": {"name": "back", "to": {"counter": 0.25, "end": 0.75}}},
        ],
        "mail": [
            {"serve": {"name": "office", "by": ["office"], "takes": exponential(office)}},
            {"transfer": {"back": 1.0}},
            {"serve": {"name": "counter", "by": ["counter"], "takes": exponential(counter)}},
            {"transfer": {"name": "then", "to": {"office": 0.3, "lobby": 0.1, "end": 0.6}}},
            {"serve": {"name": "lobby", "by": ["lobby"], "takes": exponential(lobby)}},
            {"transfer": {"name": "where", "to": {"counter": 0.8, "end": 0.2}}},
            {"transfer": {"name": "back", "to": {"counter": 0.25, "end": 0.75}}},
        ],
    }
    servers = (1, 3, 2)
    network = jackson(
        (60.0, 0.0, 8.0),
        ((0.0, 0.8, 0.0), (0.1, 0.0, 0.3), (0.0, 0.25, 0.0)),
        servers,
        (lobby, counter, office),
    )
    study = long_run(
        routes,
        team={name: {"staff": s} for name, s in zip(("lobby", "counter", "office"), servers, strict=True)},
        **streams(visit=60.0, mail=8.0),
    )
    for name, truth in zip(("lobby", "counter", "office"), network.stations, strict=True):
        inside(study, {"occupancy": truth.occupancy, "queue_mean": truth.queue_mean}, widest=0.12, pool=name)
    queue = sum(station.queue_mean for station in network.stations)
    theory = {"time_in_system_mean_s": network.time_in_system_mean_s, "queue_mean": queue}
    inside(study, theory, widest=0.08)


def test_how_many_are_held_when_nobody_waits_follows_the_rate():
    """M(t)/G/∞: 300 desks, a morning with two peaks; the mean number busy in each quarter-hour is the offered load."""
    edges = np.array([8.0, 9.0, 9.5, 11.0, 12.0]) * 3600
    rates = [120.0, 600.0, 200.0, 400.0]
    law = {"law": "lognormal", "mean_s": 900, "cv": 0.8}
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
    scenario = world([serve(law)], team={"desk": {"staff": 300}}, stream={"visit": {}}, rates=rows)
    study = sim.simulate(scenario, reps=400, seed=5)
    wider = t_quantile(399, LEVEL) / t_quantile(399)
    fine = (np.arange(86_400 // 10) + 0.5) * 10
    load = offered_load(fine, edges, rates, expected_min(values(law))).reshape(96, 90).mean(axis=1)
    for row in study.rows:
        if row.measure == "occupancy" and row.pool == "desk" and row.interval_start != "*":
            truth = load[int(row.interval_start) // 900]
            assert row.value is not None
            assert row.half_width is not None
            assert abs(300 * row.value - truth) <= 300 * wider * row.half_width + 0.01, row
    assert load.max() > 90
