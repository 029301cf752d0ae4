"""Places whose visits never meet in a pool run apart, and come to the same to the last bit."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import sim
from sim.experiments import inputs
from sim.experiments.study import replication
from sim.tables import compile_scenario, parts
from tests.worlds import exponential, world

PROVINCES = 3
ROUTE = [
    {"seize": {"needs": [["teller"]], "name": "counter", "patience": exponential(600)}},
    {"advance": exponential(180)},
    {"event": {"kind": "form", "cost": 0.25}},
    {"seize": {"needs": [["agent"]], "name": "help"}},
    {"advance": exponential(120)},
    {"release": "all"},
]
"""A customer holds a teller of his branch while an agent of the centre helps."""


def bank(route: list[dict[str, Any]] = ROUTE, **more: Any) -> sim.Scenario:
    """Return provinces of two branches with a centre each; in one province customers have appointments as well."""
    place: dict[str, Any] = {"bank": {}}
    team: dict[str, Any] = {}
    stream: dict[str, Any] = {}
    for number in range(PROVINCES):
        centre, branch = f"centre-{number}", f"branch-{number}"
        place[centre] = {"parent": "bank"}
        place[branch] = {"parent": centre, "count": 2, "opens": "08:30", "closes": "17:00"}
        team[f"teller-{number}"] = {"role": "teller", "place": branch, "staff": 1 + number, "absence": 0.1}
        team[f"agent-{number}"] = {"role": "agent", "place": centre, "staff": 2}
        stream[f"visit-{number}"] = {"place": branch, "service": "visit", "rate_per_hour": 20.0, "factors": ["day"]}
    stream["booked"] = {
        "place": "branch-1",
        "service": "visit",
        "show": 0.9,
        "appointments": [{"at": "10:00", "count": 4}],
    }
    parts = {"place": place, "team": team, "stream": stream, "factor": {"day": {"cv": 0.2}}}
    return world(route, **{**parts, **more})


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take parts of a hundred customers for large enough."""
    monkeypatch.setattr(importlib.import_module("sim.tables.parts"), "PART_CUSTOMERS", 100.0)


@pytest.mark.parametrize("cells", [3_000_000, 100])
@pytest.mark.parametrize("engine", ["kernel", "simpy"])
def test_parts_come_to_the_same_as_the_whole(monkeypatch, engine, cells):
    monkeypatch.setattr(importlib.import_module("sim.measures.measure"), "MOST_CELLS", cells)
    made = inputs.world(bank())
    assert len(made.parts) == PROVINCES
    for number in range(3):
        apart, whole = (replication(one, 5, number, engine, False) for one in (made, made._replace(parts=())))
        offered = made.layout.whole["offered"]
        assert whole.top[offered] > 500
        np.testing.assert_array_equal(apart.top, whole.top)
        np.testing.assert_array_equal(apart.low, whole.low)


def test_a_study_is_the_same_in_parts_and_on_two_threads(monkeypatch):
    apart, again = (sim.simulate(bank(), reps=6, threads=threads).rows for threads in (1, 2))
    monkeypatch.setattr(importlib.import_module("sim.tables.parts"), "PART_CUSTOMERS", 1e9)
    assert apart == again == sim.simulate(bank(), reps=6).rows


def test_every_stream_and_every_planned_change_is_of_one_part():
    tables = compile_scenario(bank())
    found = parts(tables)
    assert sorted(np.concatenate([one.streams for one in found]).tolist()) == list(range(tables.compiled.stream.size))
    assert sum(one.tables.compiled.change.size for one in found) == tables.compiled.change.size


def test_what_hangs_together_runs_as_one():
    shared = {f"teller-{n}": {"role": "teller", "place": f"branch-{n}", "staff": 1} for n in range(PROVINCES)}
    shared["agent"] = {"role": "agent", "place": "bank", "staff": 6}
    assert parts(compile_scenario(bank(team=shared))) == ()


def test_small_scenarios_run_as_one(monkeypatch):
    monkeypatch.setattr(importlib.import_module("sim.tables.parts"), "PART_CUSTOMERS", 10_000.0)
    assert parts(compile_scenario(bank())) == ()
