"""Comparing scenarios on common random numbers: the same customers with the same luck on both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.experiments.study import Engine, Progress, Study, simulate
from sim.measures import ANY, Key, alike, t_quantile
from sim.model import InputError, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """A measure in one cell of two scenarios; `difference` is b − a with the half-width of its 95 % interval."""

    measure: str
    place: str
    service: str
    pool: str
    pair: tuple[str, str]
    a: float | None
    b: float | None
    difference: float | None
    half_width: float | None
    verdict: str
    """``higher`` or ``lower`` (b against a) when the interval leaves out 0, else ``no_difference_shown``."""


@dataclass(frozen=True)
class Comparison:
    """Studies of several scenarios on the same seed, and the paired differences between them."""

    studies: tuple[Study, ...]

    @cached_property
    def rows(self) -> tuple[Difference, ...]:
        """Differences of every pair, for all cells that both have and that are not by interval."""
        return tuple(row for a, b in combinations(self.studies, 2) for row in _differences(a, b))

    def value(self, measure: str, pair: tuple[str, str] | None = None) -> Difference:
        """Return the overall difference of a measure, of the first pair unless another is named; KeyError if none."""
        for row in self.rows:
            if row.measure == measure and (row.place, row.service, row.pool) == (ANY,) * 3 and pair in (None, row.pair):
                return row
        raise KeyError(measure)

    def table(self, *measures: str) -> str:
        """Return overall differences as plain text."""
        lines = []
        for row in self.rows:
            if (
                row.measure in measures
                and (row.place, row.service, row.pool) == (ANY,) * 3
                and row.difference is not None
            ):
                half = "" if row.half_width is None else f" ± {row.half_width:.4g}"
                lines.append(
                    f"{row.measure:<24}{row.pair[0]} → {row.pair[1]}  {row.difference:+.6g}{half}  {row.verdict}"
                )
        return "\n".join(lines)


def compare(
    *scenarios: Scenario,
    reps: int = 30,
    seed: int = 1,
    engine: Engine = "kernel",
    days: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenarios on common random numbers; parameters as in `simulate`.

    Raises
    ------
    InputError
        Fewer than two scenarios, or what `simulate` raises.
    """
    if len(scenarios) < 2:
        raise InputError.one("compare_two", field="scenarios", value=len(scenarios))
    total = reps * len(scenarios)
    studies = []
    for number, scenario in enumerate(scenarios):

        def step(done: int, _: int, before: int = number * reps) -> None:
            if progress is not None:
                progress(before + done, total)

        studies.append(
            simulate(scenario, reps=reps, seed=seed, engine=engine, days=days, threads=threads, progress=step)
        )
    return Comparison(tuple(studies))


def _differences(a: Study, b: Study) -> Iterator[Difference]:
    where = {key: index for index, key in enumerate(_main_keys(b))}
    (top_a, low_a), (top_b, low_b) = alike(a.running.main, b.running.main)
    n = len(top_a)
    pair = (a.scenario.id, b.scenario.id)
    for index, key in enumerate(_main_keys(a)):
        if key not in where:
            continue
        value_a, z_a = _linear(top_a[:, index], low_a[:, index])
        value_b, z_b = _linear(top_b[:, where[key]], low_b[:, where[key]])
        cell = (key.measure, key.place, key.service, key.pool, pair)
        if value_a is None or value_b is None:
            yield Difference(*cell, value_a, value_b, None, None, "no_difference_shown")
            continue
        difference = value_b - value_a
        half = None
        verdict = "no_difference_shown"
        if n > 1:
            spread = float(np.sum((z_b - z_a) ** 2))
            noise = 1e-24 * max(value_a**2, value_b**2, 1e-300) * n
            half = 0.0 if spread <= noise else t_quantile(n - 1) * math.sqrt(spread / (n - 1) / n)
            if abs(difference) > max(half, 1e-12 * max(abs(value_a), abs(value_b))):
                verdict = "higher" if difference > 0 else "lower"
        yield Difference(*cell, value_a, value_b, difference, half, verdict)


def _main_keys(study: Study) -> list[Key]:
    return [study.layout.key(index) for index in np.flatnonzero(study.layout.main).tolist()]


def _linear(top: Floats, low: Floats) -> tuple[float | None, Floats]:
    """Return the ratio and each batch's part in its error: (top − ratio · low) / mean(low)."""
    total = float(low.sum())
    if total <= 0:
        return None, np.zeros(len(top))
    ratio = float(top.sum()) / total
    return ratio, (top - ratio * low) / (total / len(low))
