"""What tests against theory share: long runs, what 99.9 % intervals hold, short runs of both engines.

Each figure is held to its 99.9 % interval (Student's t over replications), because more than two hundred are compared:
with 95 % ten would fail by chance alone. Seeds are fixed, runs so long that most half-widths are a few per cent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sim
from sim.draw import draw
from sim.measures import Sums, t_quantile
from sim.tables import compile_scenario
from tests.worlds import same, world

if TYPE_CHECKING:
    from collections.abc import Sequence

REPS, DAYS = 30, 12
LEVEL = 0.9995
"""Of a one-sided quantile: 99.9 % on both sides."""


def long_run(routes: Any, *, days: int = DAYS, reps: int = REPS, **parts: Any) -> sim.Study:
    """Simulate day and night without a break; the first day is warm-up."""
    run = {"days": days, "warm_up_s": 86_400, "drain_s": 14_400}
    return sim.simulate(world(routes, run=run, **parts), reps=reps, seed=20_261_121)


def streams(**per_hour: float) -> dict[str, Any]:
    return {"stream": {name: {"service": name, "rate_per_hour": rate} for name, rate in per_hour.items()}}


def serve(law: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"serve": {"by": ["desk"], "takes": law, **more}}


def shifts(team: str, hours: Sequence[str], counts: Sequence[int]) -> list[dict[str, Any]]:
    """Return rows of staffing.csv with so many on duty from one hour to the next: one row for each who comes or goes.

    A row an hour would change the whole staff at every hour, and those who finish a customer would then work besides
    those who have come.
    """
    rows: list[dict[str, Any]] = []
    on_duty: list[str] = []
    for hour, count in zip(hours, (*counts, 0), strict=True):
        while len(on_duty) < count:
            on_duty.append(hour)
        while len(on_duty) > count:
            rows.append({"team": team, "start": on_duty.pop(), "end": hour})
    return rows


def inside(study: sim.Study, theory: dict[str, float], *, widest: float = 0.05, **cell: Any) -> None:
    """Assert that each measure's 99.9 % interval holds the theory's value, and is not wider than it should be.

    ``a / b`` is the ratio of two measures of the same cell.
    """
    wider = t_quantile(study.replications - 1, LEVEL) / t_quantile(study.replications - 1)
    wrong = []
    for measure, truth in theory.items():
        value, half = ratio(study, *measure.split(" / "), **cell)
        half *= wider
        line = f"{measure:<22}{truth:>12.6g}{value:>12.6g} ± {half:.3g}"
        print(line)
        if abs(value - truth) > half + 1e-9 * abs(truth) or half > widest * abs(truth) + 0.01:
            wrong.append(line)
    assert not wrong, "theory, simulation:\n" + "\n".join(wrong)


def ratio(study: sim.Study, measure: str, over: str = "", **cell: Any) -> tuple[float, float]:
    """Return value and 95 % half-width of a measure, or of one measure over another."""
    if not over:
        row = study.value(measure, **cell)
        assert row.value is not None
        assert row.half_width is not None
        return row.value, row.half_width
    keys = [key for key, main in zip(study.layout.keys, study.layout.main, strict=True) if main]
    top, low = (keys.index(type(keys[0])(name, **cell)) for name in (measure, over))
    sums = Sums(1)
    tops, _ = study.running.main.table()
    for each, base in zip(tops[:, [top]], tops[:, [low]], strict=True):
        sums.add(each, base)
    values, halves = sums.values()
    return float(values[0]), float(halves[0])


def both(scenario: sim.Scenario, *, days: int = 1, reps: int = 2) -> None:
    """Assert that reference and kernel give the same trace of the first days."""
    run = {**scenario.run.model_dump(), "days": days, "warm_up_s": 0}
    tables = compile_scenario(scenario.replace(run=run))
    for replication in range(reps):
        trace = same(tables, draw(tables, 7, replication))
        assert trace.rows.size > 100
