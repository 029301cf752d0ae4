"""A study: many replications of one scenario, every measure with its 95 % interval."""

from __future__ import annotations

import hashlib
import math
import os
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from sim.draw import draw
from sim.experiments.inputs import Sampled, World, world
from sim.measures import (
    ANY,
    EVENT_MEASURES,
    MEASURES,
    OWN_MEASURES,
    Counted,
    Groups,
    Key,
    Layout,
    Promise,
    Running,
    Sums,
)
from sim.model import InputError, Scenario

if TYPE_CHECKING:
    from sim.tables import Day, Part

Engine = Literal["kernel", "simpy"]
T = TypeVar("T")
Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]

SMALL_CELL = 5.0
"""Cells of a promise with fewer expected customers a day merge (MODEL §7)."""
_FEWEST = 10
"""A stop at a half-width needs at least so many replications."""


@dataclass(frozen=True)
class Row:
    """One measure in one cell: value and half-width of its 95 % interval; None where undefined.

    `half_width` is the noise of simulation, which shrinks with replications. With sampled inputs, `input_half_width` is
    that of the value of one drawn set of inputs, which does not.
    """

    measure: str
    place: str
    service: str
    pool: str
    interval_start: int | str
    value: float | None
    half_width: float | None
    input_half_width: float | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of a promise."""

    place: str
    service: str
    interval_start: int | str
    expected: float
    """Customers a replication."""
    value: float | None
    half_width: float | None
    kept: bool


@dataclass(frozen=True)
class Kept:
    """Whether a promise holds: overall and in each of its cells."""

    promise: Promise
    cells: tuple[Cell, ...]
    share: float | None
    half_width: float | None

    @property
    def ok(self) -> bool:
        """Tell whether the promise holds in every cell and overall."""
        return self.share is not None and self.share >= self.promise.share and all(cell.kept for cell in self.cells)


@dataclass(frozen=True)
class Study:
    """What a scenario does, over replications."""

    scenario: Scenario
    seed: int
    replications: int
    engine: str
    trace_sha256: str | None
    layout: Layout
    running: Running
    """Sums of all cells, and batches of those that are not by interval and of the service level."""
    groups: Groups | None = None
    """How replications with sampled inputs differ from these, when they were sampled."""

    @property
    def sums(self) -> Sums:
        """Sums over replications, all cells."""
        return self.running.sums

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every measure in every cell where it means something, in the order of `MEASURES`, then those of events.

        Intervals in which nothing happened (nobody came, nobody waited, nobody was on duty) are left out.
        """
        layout, sums = self.layout, self.sums
        happened = (layout.came_or_waited & (sums.top > 0)) | (layout.on_duty & (sums.low > 0))
        same = layout.same()
        shown = layout.by_period | np.isin(same, np.unique(same[happened]))
        alive = np.flatnonzero(layout.main | ((sums.low > 0) & shown))
        values, halves = sums.values(alive)
        unsure = np.full(halves.shape, np.nan)
        if self.groups is not None:
            unsure = self.groups.half_widths(sums, alive)
        order = {measure: rank for rank, measure in enumerate((*MEASURES, *EVENT_MEASURES, *OWN_MEASURES))}
        found = []
        for index, *figures in zip(alive.tolist(), values.tolist(), halves.tolist(), unsure.tolist(), strict=True):
            key = layout.key(index)
            found.append((order[key.measure.partition(":")[0]], index, Row(*key, *map(_number, figures))))
        found.sort(key=lambda item: item[:2])
        return tuple(row for _, _, row in found)

    @cached_property
    def _index(self) -> dict[Key, Row]:
        return {Key(r.measure, r.place, r.service, r.pool, r.interval_start): r for r in self.rows}

    def value(
        self,
        measure: str,
        place: str = ANY,
        service: str = ANY,
        pool: str = ANY,
        interval_start: int | str = ANY,
    ) -> Row:
        """Return one row.

        Raises
        ------
        KeyError
            When there is no such cell.
        """
        return self._index[Key(measure, place, service, pool, interval_start)]

    def table(self, *measures: str) -> str:
        """Return headline measures as plain text: measure, value ± half-width."""
        lines = []
        for measure in measures or MEASURES:
            row = self.value(measure)
            half = "" if row.half_width is None else f" ± {row.half_width:.4g}"
            lines.append(f"{measure:<24}{'—' if row.value is None else format(row.value, '.6g'):>14}{half}")
        return "\n".join(lines)

    def kept(self, promise: Promise) -> Kept:
        """Tell where a promise holds; simulates again, on the same luck, when the rules of measuring differ."""
        rules = promise.rules(self.scenario.rules)
        study = self
        if rules != self.scenario.rules:
            scenario = self.scenario.replace(rules=rules)
            engine: Engine = "simpy" if self.engine == "simpy" else "kernel"
            study = simulate(scenario, reps=self.replications, seed=self.seed, engine=engine)
        return study._kept(promise)

    def _kept(self, promise: Promise) -> Kept:
        if not self.layout.by_interval and {"place", "interval"} <= set(promise.per):
            raise InputError.one("too_many_cells", field="promise.per", value=", ".join(promise.per))
        keys = [self.layout.key(index) for index in np.flatnonzero(self.layout.level).tolist()]
        tops, lows = self.running.level.table()
        asked = (lows.sum(axis=0) / self.replications).tolist()
        days = self.scenario.run.days
        whole = next(index for index, key in enumerate(keys) if key[1:] == (ANY,) * 4)
        share, half = _level(tops[:, [whole]], lows[:, [whole]])
        cells, small = [], []
        for index, key in enumerate(keys):
            fits = ("place" in promise.per) == (key.place != ANY) and ("service" in promise.per) == (key.service != ANY)
            if not promise.per or not fits or ("interval" in promise.per) != (key.interval_start != ANY):
                continue
            expected = asked[index]
            # An interval is one of one day; a place or a service stands for every day of the run.
            per_day = expected if "interval" in promise.per else expected / days
            if expected == 0:
                continue
            if per_day < SMALL_CELL:
                small.append((index, expected))
                continue
            value, width = _level(tops[:, [index]], lows[:, [index]])
            kept = value is None or value >= promise.share
            cells.append(Cell(key.place, key.service, key.interval_start, expected, value, width, kept))
        if small:
            those = [index for index, _ in small]
            value, width = _level(tops[:, those], lows[:, those])
            expected = sum(one for _, one in small)
            cells.append(Cell(ANY, ANY, ANY, expected, value, width, value is None or value >= promise.share))
        return Kept(promise, tuple(cells), share, half)


def _level(tops: Floats, lows: Floats) -> tuple[float | None, float | None]:
    """Return the service level over several cells together, from their batches."""
    sums = Sums(1)
    for top, low in zip(tops.sum(axis=1), lows.sum(axis=1), strict=True):
        sums.add(np.array([top]), np.array([low]))
    value, half = sums.values()
    return _number(float(value[0])), _number(float(half[0]))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class _Done:
    top: Floats
    low: Floats
    sha256: bytes
    layout: Layout
    """To which the arrays go back."""


def replication(world: World, seed: int, number: int, engine: Engine, trace: bool) -> _Done:
    """Run one replication; a pure function of its arguments. Where no trace is wanted, part by part."""
    if engine == "kernel":
        from sim.engines.kernel import run
    else:
        from sim.engines.reference import run
    tables, layout = world.tables, world.layout
    if world.parts and not trace:
        counted = Counted(layout.tally.blank(), None)
        for part in world.parts:
            layout.tally.add(run(part.tables, part_day(part, seed, number)), counted.tallies)
        digest = b""
    else:
        done = run(tables, draw(tables, seed, number))
        counted = layout.tally(done)
        digest = bytes.fromhex(done.sha256()) if trace else b""
    top, low = layout.fill(counted)
    layout.tally.reuse(counted.tallies)
    return _Done(top, low, digest, layout)


def part_day(part: Part, seed: int, number: int) -> Day:
    """Return who comes to a part in one replication."""
    day = draw(part.drawn, seed, number)
    day.visit["stream"] = part.streams[day.visit["stream"]]
    return day


def simulate(
    scenario: Scenario,
    *,
    reps: int = 30,
    seed: int = 1,
    engine: Engine = "kernel",
    days: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    half_width: Mapping[str, float] | None = None,
    trace: bool = False,
    inputs: Sequence[Scenario] | None = None,
) -> Study:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    reps : int
        Replications; with `half_width` the most there may be.
    seed : int
        Seed; the same seed meets the same customers with the same luck, whatever the scenario.
    engine : {"kernel", "simpy"}
        Compiled kernel or SimPy reference; both give the same trace.
    days : int, optional
        Days of a replication instead of the scenario's own number.
    threads : int, optional
        How many replications run at once; the result does not depend on it.
    progress : callable, optional
        Called with (done, total) after each replication.
    half_width : mapping, optional
        Measure → half-width of its overall 95 % interval at which to stop, after 10 replications at least.
    trace : bool
        Hash all traces into `Study.trace_sha256`.
    inputs : sequence of Scenario, optional
        The scenario with drawn sets of parameters (`sim.Draws`). Every replication is run with a set too, on the same
        luck; a set serves two replications, or more when there are fewer sets than half the replications. All values
        are those of `scenario`; rows also say how far those of the sets spread.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        A number out of range, or a scenario that cannot be compiled.
    """
    _check_numbers(reps, seed, threads, days)
    wanted = dict(half_width or {})
    for name, limit in wanted.items():
        if name not in MEASURES or not limit > 0:
            raise InputError.one("half_width", field="half_width", value=f"{name}={limit}", known=", ".join(MEASURES))
    if engine not in ("kernel", "simpy"):
        raise InputError.one("engine", field="engine", value=engine, known="kernel, simpy")
    if days is not None and days != scenario.run.days:
        scenario = scenario.replace(run={**scenario.run.model_dump(), "days": days})
    base = world(scenario)
    layout = base.layout
    _refuse_unknown_wait(scenario, layout)
    running = Running(layout)
    sums = running.sums
    whole = layout.whole
    digest = hashlib.sha256()
    sampled = None if inputs is None else Sampled(base, inputs, reps)
    groups = None if sampled is None else Groups(layout.size, sampled.each)

    def one(number: int) -> tuple[_Done, _Done | None]:
        done = replication(base, seed, number, engine, trace)
        return done, None if sampled is None else replication(sampled(number), seed, number, engine, trace)

    runs = _in_order(one, reps, threads)
    for done, drawn in runs:
        running.add(done.top, done.low)
        digest.update(done.sha256)
        if drawn is not None and groups is not None:
            groups.add(drawn.top - done.top, drawn.low - done.low)
            digest.update(drawn.sha256)
            drawn.layout.reuse(drawn.top, drawn.low)
        layout.reuse(done.top, done.low)
        if progress is not None:
            progress(sums.n, reps)
        if wanted and sums.n >= _FEWEST:
            _, halves = sums.values(np.array([whole[name] for name in wanted]))
            if (halves <= np.array([*wanted.values()])).all():
                runs.close()
                break
    if groups is not None:
        groups.close()
    return Study(
        scenario,
        seed,
        sums.n,
        engine,
        digest.hexdigest() if trace else None,
        layout,
        running,
        groups,
    )


def _check_numbers(reps: int, seed: int, threads: int | None, days: int | None) -> None:
    for name, value, low in (
        ("reps", reps, 1),
        ("seed", seed, 0),
        ("threads", threads, 1),
        ("days", days, 1),
    ):
        if value is not None and (isinstance(value, bool) or value < low):
            raise InputError.one("greater_than_equal", field=name, value=value, limit=low)


def _refuse_unknown_wait(scenario: Scenario, layout: Layout) -> None:
    wait_of = scenario.rules.wait_of
    if wait_of.startswith("seize:") and not layout.tally.chosen.any():
        known = ", ".join(dict.fromkeys(name for name in layout.tables.names.seizes if name))
        raise InputError.one("unknown_seize", file=scenario.id, field="rules.wait_of", value=wait_of, known=known)


def _in_order(task: Callable[[int], T], count: int, threads: int | None) -> Generator[T, None, None]:
    """Yield task(0), task(1) … in order, several at once; a few ahead at most, so that memory does not grow."""
    workers = min(threads or os.cpu_count() or 1, count)
    if workers == 1:
        for number in range(count):
            yield task(number)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        following = 0
        try:
            while waiting or following < count:
                while following < count and len(waiting) < 2 * workers:
                    waiting.append(pool.submit(task, following))
                    following += 1
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
