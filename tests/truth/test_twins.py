"""The kernel and the reference give the same trace, row for row: hand-made programs, the catalogue, random scenarios.

At 1 ms two things rarely happen at once; at 1 s and 10 s they do all the time, and a wrong rule for ties cannot hide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scenarios_catalog
from sim.draw import draw
from sim.engines import kernel
from sim.tables import compile_scenario
from tests.worlds import exponential, fixed, same, world, worlds

if TYPE_CHECKING:
    import sim

TICKS = pytest.mark.parametrize("tick_ms", [1, 1_000, 10_000])
BUSY = {"law": "lognormal", "mean_s": 50, "cv": 0.9}
SHORT = {"law": "gamma", "mean_s": 20, "cv": 0.8}
PATIENT = {"law": "weibull", "shape": 1.2, "scale_s": 70}


def serve(*by: str, **more: Any) -> dict[str, Any]:
    return {"serve": {"by": list(by), "takes": BUSY, **more}}


def seize(*needs: list[str], **more: Any) -> dict[str, Any]:
    return {"seize": {"needs": [list(need) for need in needs], **more}}


def mornings(names: list[str], per_hour: float, **more: Any) -> dict[str, Any]:
    """Return streams of these names with thrice `per_hour` each from 8 to 11."""
    return {
        "stream": {name: more for name in names},
        "rates": [
            {"stream": name, "service": name, "start": "08:00", "end": "11:00", "rate_per_hour": 3 * per_hour}
            for name in names
        ],
    }


def desks(**staff: int) -> dict[str, Any]:
    return {name: {"staff": count} for name, count in staff.items()}


def bank(closing: str) -> dict[str, Any]:
    """Two branches with two tellers and a booth each, and two remote teams of which one is the back-up."""
    return {
        "run": {"days": 2, "day_classes": ["workday", "weekend"]},
        "place": {
            "city": {"kind": "city"},
            "cluster": {"parent": "city"},
            "branch": {"parent": "cluster", "count": 2, "opens": "08:30", "closes": "10:30", "closing": closing},
            "centre": {"parent": "city"},
        },
        "team": {
            "teller": {"place": "branch"},
            "near": {"place": "centre", "role": "agent", "serves": ["branch"], "staff": 1},
            "far": {"place": "centre", "role": "agent", "serves": ["cluster"], "staff": 1, "skills": ["video"]},
        },
        "pool": {"booth": {"place": "branch", "units": 1}},
        "staffing": [
            {"team": "teller", "start": "08:15", "end": "10:00", "breaks": "09:00-09:10", "count": 1},
            {"team": "teller", "start": "09:00", "end": "10:30", "meal": "09:40-10:00", "day_class": "workday"},
            {"team": "teller", "place": "branch-02", "start": "08:30", "end": "10:30", "day": 1},
        ],
    }


def programs() -> dict[str, sim.Scenario]:
    """Return one busy scenario for each mechanism."""
    out: dict[str, sim.Scenario] = {}

    def add(name: str, routes: Any, per_hour: float = 40, stream: Any = None, **parts: Any) -> None:
        names = list(routes) if isinstance(routes, dict) else ["visit"]
        out[name] = world(routes, **mornings(names, per_hour, **(stream or {})), **parts)

    add("one desk", [serve("desk")], 30, team=desks(desk=1))
    add("many desks", [serve("desk")], 120, team=desks(desk=6))
    add("a pause before and an entry after", [{"advance": SHORT}, serve("desk"), {"event": {"kind": "paper"}}],
        team=desks(desk=2))  # fmt: skip
    add(
        "joint seizure of [[A, B], [A]]",
        [seize(["a", "b"], ["a"], name="pair"), {"advance": BUSY}, {"release": ["pair"]}],
        50,
        pool={"a": {"units": 3}, "b": {"units": 1}},
    )
    add(
        "four needs over three pools",
        {
            "four": [seize(["a", "b"], ["b", "c"], ["c", "a"], ["a"]), {"advance": BUSY}, {"release": "all"}],
            "two": [seize(["c", "a"], ["b"]), {"advance": SHORT}, {"release": "all"}],
            "one": [serve("c", "b", "a", priority=5)],
        },
        20,
        pool={"a": {"units": 3}, "b": {"units": 2}, "c": {"units": 2}},
    )
    nested = [
        seize(["booth"], name="booth", patience=PATIENT),
        seize(["agent"], name="agent", patience=PATIENT),
        {"advance": BUSY},
        seize(["boss"], name="boss", patience=PATIENT, on_give_up="alone"),
        {"advance": {**SHORT, "name": "checks"}},
        {"release": ["boss"]},
        {"advance": {**SHORT, "name": "alone"}},
        {"release": ["agent", "booth"]},
    ]
    add("nested holds", nested, 45, team=desks(agent=2, boss=1), pool={"booth": {"units": 3}})
    loop = [
        {"seize": {"needs": [["desk"]], "name": "desk", "patience": PATIENT}},
        {"advance": {**SHORT, "name": "work"}},
        {"release": ["desk"]},
        {"transfer": {"name": "again", "to": {"desk": 0.5, "form": 0.3, "next": "rest"}}},
        {"leave": "served"},
        {"advance": {**SHORT, "name": "form"}},
        {"transfer": {"name": "back", "to": {"desk": 0.4, "end": "rest"}}},
        {"event": {"kind": "never"}},
    ]
    add("loops by transfer", loop, 60, team=desks(desk=3))
    for clock in ("queue", "waiting", "visit"):
        wait = {"patience": PATIENT, "clock": clock}
        add(f"patience since {clock}", [serve("desk", **wait), serve("boss", name="boss", **wait)], 40,
            team=desks(desk=2, boss=1))  # fmt: skip
    add(
        "fixed patience and fixed service",
        [{"serve": {"by": ["desk"], "takes": fixed(40), "patience": fixed(40)}}],
        60,
        team=desks(desk=1),
    )
    add(
        "priorities over several queues",
        {
            "gold": [serve("desk", "spare", priority=0)],
            "plain": [serve("desk", patience=PATIENT)],
            "slow": [serve("spare", "desk", priority=50)],
        },
        25,
        team=desks(desk=2, spare=1),
    )
    add("giving up leads elsewhere",
        {"visit": [serve("desk", patience=PATIENT, on_give_up="machine")], "machine": [serve("machine")]},
        40, team=desks(desk=1), pool={"machine": {"units": 1}})  # fmt: skip
    add("steps of no length", [
        {"advance": {**fixed(0), "name": "door"}},
        {"serve": {"by": ["desk"], "takes": fixed(0), "name": "ticket"}},
        {"transfer": {"next": 0.5, "end": 0.5}},
        serve("desk", "boss"),
        {"advance": {"law": "empirical", "quantiles_s": [0, 0, 60], "name": "coat"}},
    ], 60, team=desks(desk=2, boss=1))  # fmt: skip
    for late in ("shift", "cut"):
        add(
            f"late breaks: {late}",
            [serve("desk", patience=PATIENT)],
            60,
            team={"desk": {"late": late}},
            staffing=[
                {"team": "desk", "start": "08:00", "end": "10:00", "count": 2, "breaks": "08:30-08:33 09:30-09:40"},
                {"team": "desk", "start": "09:00", "end": "11:00", "count": 1, "meal": "09:50-10:20"},
            ],
        )
    add(
        "hand-over at one tick",
        [serve("desk")],
        50,
        team={"desk": {}},
        staffing=[
            {"team": "desk", "start": "08:00", "end": "09:00", "count": 3},
            {"team": "desk", "start": "09:00", "end": "10:00", "count": 2, "breaks": "09:00-09:05"},
            {"team": "desk", "start": "10:00", "end": "11:30", "count": 3, "breaks": "11:20-11:30"},
        ],
    )
    add(
        "changes wait for busy desks",
        [{"serve": {"by": ["desk"], "takes": {"law": "uniform", "low_s": 200, "high_s": 400}, "patience": PATIENT}}],
        30,
        team={"desk": {}},
        staffing=[
            {"team": "desk", "start": "08:00", "end": "10:00", "breaks": "08:30-08:33 08:40-08:41 09:30-09:50"},
            {"team": "desk", "start": "08:00", "end": "08:31"},
            {"team": "desk", "start": "08:00", "end": "10:30", "breaks": "08:29-08:50 09:28-09:31"},
            {"team": "desk", "start": "08:00", "end": "09:29", "meal": "08:32-08:38"},
        ],
    )
    routes = {
        "counter": [serve("teller", patience=PATIENT), {"transfer": {"next": 0.3, "end": "rest"}}, serve("agent")],
        "video": [
            seize(["booth"], name="booth", patience=PATIENT),
            seize(["agent", "agent.backup"], ["agent.backup", "teller"], name="agent", patience=PATIENT),
            {"advance": BUSY},
            {"release": "all"},
        ],
    }
    for closing in ("serve", "turn_away", "carry"):
        add(f"closing: {closing}", routes, 25, {"place": "branch"}, **bank(closing))
    add("day factors by place", routes, 15, {"place": "branch", "factors": ["day", "here"]},
        factor={"day": {"cv": 0.4}, "here": {"cv": 0.8, "scope": "place"}}, **bank("serve"))  # fmt: skip
    meeting = {
        "hasty": [
            {"serve": {"by": ["desk"], "takes": fixed(60), "patience": fixed(40), "on_give_up": "then"}},
            {"serve": {"name": "then", "by": ["machine"], "takes": fixed(30)}},
        ],
        "form": [
            {"advance": {"law": "uniform", "low_s": 10, "high_s": 60, "name": "form"}},
            {"serve": {"name": "then", "by": ["machine"], "takes": fixed(30)}},
        ],
    }
    add("visits meet in a queue from two sides", meeting, 30, team=desks(desk=1), pool={"machine": {"units": 2}})
    add("everybody impatient at once", [serve("desk", patience=exponential(10))], 300, team=desks(desk=2))
    add("nobody to serve", [serve("desk", patience=PATIENT)], 30, team=desks(desk=0))
    return out


PROGRAMS = programs()


def at_tick(scenario: sim.Scenario, tick_ms: int) -> sim.Scenario:
    return scenario.replace(run={**scenario.run.model_dump(), "tick_ms": tick_ms})


@TICKS
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_engines_run_a_program_alike(name, tick_ms):
    tables = compile_scenario(at_tick(PROGRAMS[name], tick_ms))
    when = draw(tables, 7, 0)
    trace = same(tables, when)
    assert when.visit.size > 100
    assert len(trace.results) == when.visit.size


@TICKS
@pytest.mark.parametrize("name", ["S02", "S03"])
def test_both_engines_run_the_catalogue_alike(name, tick_ms):
    tables = compile_scenario(at_tick(scenarios_catalog.load(name), tick_ms))
    same(tables, draw(tables, 3, 0))


def test_coarse_ticks_bring_ties():
    """What the coarse ticks are for: at 10 s most rows of a busy program end at a tick with those of another visit."""
    shares = []
    for tick_ms in (1, 10_000):
        tables = compile_scenario(at_tick(PROGRAMS["priorities over several queues"], tick_ms))
        trace = same(tables, draw(tables, 1, 0))
        visits: dict[int, set[int]] = {}
        for row in trace.rows.tolist():
            visits.setdefault(row[2], set()).add(row[3])
        shares.append(sum(len(visits[row[2]]) > 1 for row in trace.rows.tolist()) / trace.rows.size)
    assert shares[0] < 0.15
    assert shares[1] > 0.3, shares


SLOW_TO_MAKE = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=200, suppress_health_check=SLOW_TO_MAKE)
@given(worlds(), st.integers(0, 2**32))
def test_both_engines_run_random_scenarios_alike(scenario, seed):
    tables = compile_scenario(scenario)
    same(tables, draw(tables, seed, 0))


@pytest.mark.slow
@settings(max_examples=5000, suppress_health_check=SLOW_TO_MAKE)
@given(worlds(), st.integers(0, 2**32))
def test_both_engines_run_very_many_random_scenarios_alike(scenario, seed):
    tables = compile_scenario(scenario)
    for replication in range(2):
        same(tables, draw(tables, seed, replication))


def test_a_trace_stays_as_it_is_while_others_run() -> None:
    """The kernel uses the memory of a replication again, but not where a trace that somebody keeps still lies."""
    tables = compile_scenario(scenarios_catalog.load("S03"))
    first = kernel.run(tables, draw(tables, 1, 0))
    before = first.sha256()
    rows = first.rows[:10].tolist()
    part = kernel.run(tables, draw(tables, 1, 1)).rows[5:15]
    kept = part.tolist()
    for replication in range(2, 5):
        kernel.run(tables, draw(tables, 1, replication))
    assert (first.sha256(), first.rows[:10].tolist(), part.tolist()) == (before, rows, kept)
