"""Every measure in every cell, against a second count that shares no code with the first."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import scenarios_catalog
import sim
from sim.draw import draw
from sim.engines import kernel
from sim.measures import MEASURES
from sim.tables import compile_scenario
from tests.sim.recount import ANY, Recount
from tests.truth.test_twins import PROGRAMS
from tests.worlds import worlds

if TYPE_CHECKING:
    from tests.sim.recount import Cell

SLOW_TO_MAKE = [HealthCheck.too_slow, HealthCheck.filter_too_much]
QUANTILES = ("wait_p50_s", "wait_p90_s", "wait_p95_s", "wait_all_p90_s")
MODES = ("offered", "offered_minus_short", "answered", "ab_in_T_ok")


def counted(scenario: sim.Scenario, reps: int, seed: int) -> dict[Cell, tuple[float, float]]:
    tables = compile_scenario(scenario)
    recount = Recount(scenario, tables)
    total: dict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for replication in range(reps):
        when = draw(tables, seed, replication)
        for cell, (top, low) in recount(when, kernel.run(tables, when)).items():
            total[cell][0] += top
            total[cell][1] += low
    return {cell: (top, low) for cell, (top, low) in total.items()}


def agree(scenario: sim.Scenario, reps: int = 2, seed: int = 3) -> None:
    """Assert that every row of a study is what the second count says, and that no cell with anything in it is gone."""
    study = sim.simulate(scenario, reps=reps, seed=seed, threads=1)
    second = counted(scenario, reps, seed)
    seen = set()
    for row in study.rows:
        cell = (row.measure, row.place, row.service, row.pool, row.interval_start)
        seen.add(cell)
        top, low = second[cell]
        if low <= 0:
            assert row.value is None, (row, top, low)
        elif row.measure in QUANTILES:
            assert row.value is not None
            # A bin is 1 % wide and said by its middle; below 0.1 s everything is 0.
            assert math.isclose(row.value, top / low, rel_tol=0.0051, abs_tol=0.1), (row, top / low)
        else:
            assert row.value is not None
            assert math.isclose(row.value, top / low, rel_tol=1e-9, abs_tol=1e-9), (row, top, low)
    for cell, (top, low) in second.items():
        if low > 0 and top > 0:
            assert cell in seen, (cell, top, low)


@settings(max_examples=30, suppress_health_check=SLOW_TO_MAKE)
@given(worlds(), st.data())
def test_random_scenarios_are_counted_alike(scenario, data):
    """Also with each convention of the service level, and each meaning of the wait."""
    seizes = sorted({name for name in compile_scenario(scenario).names.seizes if name})
    waits = ["all_waits", "first_human", *(f"seize:{name}" for name in seizes)]
    rules = {
        **scenario.rules.model_dump(),
        "sl_mode": data.draw(st.sampled_from(MODES)),
        "wait_of": data.draw(st.sampled_from(waits)),
        "interval_s": data.draw(st.sampled_from((1800, 7000))),
        "short_abandon_s": data.draw(st.sampled_from((0, 5, 30))),
    }
    agree(scenario.replace(rules=rules))


@pytest.mark.parametrize("wait_of", ["all_waits", "first_human", "seize:agent"])
def test_the_pooled_branches_are_counted_alike(wait_of):
    scenario = scenarios_catalog.load("S03")
    agree(scenario.replace(rules={**scenario.rules.model_dump(), "wait_of": wait_of}), reps=1)


@pytest.mark.parametrize("sl_mode", MODES)
def test_two_days_with_warm_up_are_counted_alike(sl_mode):
    scenario = PROGRAMS["closing: carry"]
    rules = {"sl_mode": sl_mode, "sl_threshold_s": 60, "short_abandon_s": 30, "interval_s": 1800}
    run = {**scenario.run.model_dump(), "warm_up_s": 9.1 * 3600}
    agree(scenario.replace(rules=rules, run=run, money={"overtime_factor": 2.0}), reps=3)


def test_every_measure_has_its_row_for_all():
    study = sim.simulate(scenarios_catalog.load("S03"), reps=2)
    for measure in MEASURES:
        assert study.value(measure).measure == measure
    assert len({(r.measure, r.place, r.service, r.pool, r.interval_start) for r in study.rows}) == len(study.rows)


def test_groups_are_those_promised():
    """All, each place, service, interval, place in an interval, pool, pool in an interval."""
    scenario = scenarios_catalog.load("S03")
    study = sim.simulate(scenario, reps=2)
    kinds = defaultdict(set)
    for row in study.rows:
        parts = zip(
            ("place", "service", "pool", "interval"),
            (row.place, row.service, row.pool, row.interval_start),
            strict=True,
        )
        kinds[tuple(name for name, value in parts if value != ANY)].add(row.measure)
    by_visit = {"offered", "answered", "abandoned", "wait_mean_s", "service_level", "time_in_system_mean_s"}
    for group in ((), ("place",), ("service",), ("interval",), ("place", "interval")):
        assert by_visit <= kinds[group]
    for group in (("pool",), ("pool", "interval")):
        assert {"occupancy", "queue_mean", "on_duty_mean"} <= kinds[group]
    assert {"cost", "paid_hours"} <= kinds[("pool",)]


# --- identities ---------------------------------------------------------------------------------------------------


@settings(max_examples=40, suppress_health_check=SLOW_TO_MAKE)
@given(worlds())
def test_sums_are_sums(scenario):
    """Places make up all, services make up all, pools and events make up the places; outcomes make up the offered."""
    assume(scenario.service)
    study = sim.simulate(scenario, reps=2, threads=1)
    rows = {(r.measure, r.place, r.service, r.pool, r.interval_start): r.value for r in study.rows}
    tables = compile_scenario(scenario)
    names = tables.names

    def total(measure: str, **cells: object) -> float:
        return math.fsum(rows[measure, *cell] or 0.0 for cell in cells["of"])  # type: ignore[union-attr]

    places = [(place, ANY, ANY, ANY) for place in names.places]
    services = [(ANY, service, ANY, ANY) for service in names.services]
    pools = [(ANY, ANY, pool, ANY) for pool in names.pools]
    everything = (ANY, ANY, ANY, ANY)
    counts = ("answered", "abandoned", "balked", "diverted", "referred", "closed", "blocked", "in_system")
    for cell in [*places, *services, everything]:
        assert rows["offered", *cell] == pytest.approx(sum(rows[name, *cell] for name in counts))
    for name in ("offered", *counts):
        for of in (places, services):
            assert total(name, of=of) == pytest.approx(rows[name, *everything])
    for name in ("cost", "paid_hours", "overtime_hours"):
        assert total(name, of=places) == pytest.approx(rows[name, *everything], abs=1e-9)
    for name in ("paid_hours", "overtime_hours"):
        assert total(name, of=pools) == pytest.approx(rows[name, *everything], abs=1e-9)
    assert total("cost", of=pools) <= rows["cost", *everything] + 1e-9
    for row in study.rows:
        if row.measure == "occupancy" and row.value is not None:
            assert 0 <= row.value <= 1 + 1e-12
        if row.measure in ("service_level", "abandoned_share") and row.value is not None:
            assert 0 <= row.value <= 1 + 1e-12
