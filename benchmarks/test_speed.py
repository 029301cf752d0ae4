"""How long the steps of the staircase take, group by group: draw, kernel, measures, study, plan (`make bench`).

Times of one machine and one hour; compare within one run only. What is promised about speed is a ratio, and
`benchmarks/limit.py` measures it.
"""

from __future__ import annotations

import pytest

import scenarios_catalog
import scheduler
import sim
from sim.draw import draw
from sim.engines import kernel, reference
from sim.measures import Layout
from sim.tables import compile_scenario

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module", params=["S02", "S03"])
def scenario(request):
    return scenarios_catalog.load(request.param)


@pytest.fixture(scope="module")
def tables(scenario):
    return compile_scenario(scenario)


@pytest.fixture(scope="module")
def day(tables):
    return draw(tables, 1, 0)


@pytest.mark.benchmark(group="tables")
def test_compile_a_scenario(benchmark, scenario):
    benchmark(compile_scenario, scenario)


@pytest.mark.benchmark(group="draw")
def test_draw_a_day(benchmark, tables):
    assert benchmark(draw, tables, 1, 0).visit.size


@pytest.mark.benchmark(group="kernel")
def test_run_a_day_in_the_kernel(benchmark, tables, day):
    assert benchmark(kernel.run, tables, day).rows.size


@pytest.mark.benchmark(group="reference")
def test_run_a_day_in_the_reference(benchmark, tables, day):
    benchmark.pedantic(reference.run, (tables, day), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="measures")
def test_count_a_day(benchmark, scenario, tables, day):
    layout = Layout(scenario, tables)
    trace = kernel.run(tables, day)
    benchmark(layout.tally, trace)


@pytest.mark.benchmark(group="measures")
def test_fill_the_cells_of_a_day(benchmark, scenario, tables, day):
    layout = Layout(scenario, tables)
    counted = layout.tally(kernel.run(tables, day))
    benchmark(layout.fill, counted)


@pytest.mark.benchmark(group="study")
@pytest.mark.parametrize("threads", [1, 2])
def test_study_of_fifty_days(benchmark, scenario, threads):
    benchmark.pedantic(sim.simulate, (scenario,), {"reps": 50, "threads": threads}, rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="plan")
def test_plan_a_day_of_a_small_centre(benchmark):
    """Requirement, shifts, roster, and the simulations that try them."""
    serve = {"name": "agent", "by": ["agents"], "takes": {"law": "exponential", "mean_s": 300}}
    centre = sim.validated(
        {
            "id": "centre",
            "place": {"centre": {"kind": "centre", "opens": "09:00", "closes": "17:00"}},
            "team": {"agents": {"place": "centre", "staff": 6, "cost_per_hour": 60, "contract": "cn-standard"}},
            "route": {"call": [{"serve": serve}]},
            "service": {"call": {"route": "call"}},
            "stream": {"calls": {"place": "centre", "service": "call", "rate_per_hour": 40}},
        }
    )
    benchmark.pedantic(scheduler.plan, (centre, sim.Promise(0.8, 180)), {"reps": 20}, rounds=1)
