"""Measures as ratios: every measure of a replication is a numerator over a denominator, in every cell.

So no average of averages is ever taken: over replications, numerators and denominators are summed, and the interval
of the ratio follows (`sim.experiments.study`). Counts have denominator 1 a replication; quantiles too, where there is
one.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.measures.cells import Axes, Cells, Key, Named
from sim.measures.kernel import (
    BUSY,
    COLUMNS,
    DUTY,
    WAITING,
    Tallies,
    add_up_times,
    fill_visits,
    quantiles,
)
from sim.measures.own import EVENT_MEASURES, Own
from sim.measures.tally import Counted, Tally
from sim.tables.types import CLOSES, OPENS, Tables

if TYPE_CHECKING:
    from sim.model import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

VISIT_MEASURES = (
    "offered",
    "answered",
    "abandoned",
    "balked",
    "diverted",
    "blocked",
    "retried",
    "referred",
    "closed",
    "in_system",
    "no_show",
    "first_offered",
    "abandoned_share",
    "wait_mean_s",
    "wait_all_mean_s",
    "service_level",
    "time_in_system_mean_s",
    "first_answered_share",
)
_COUNTS = VISIT_MEASURES.index("abandoned_share")
QUANTILES = (("wait_p50_s", 0.50), ("wait_p90_s", 0.90), ("wait_p95_s", 0.95))
MEASURES = (
    *VISIT_MEASURES[: _COUNTS + 2],
    *(name for name, _ in QUANTILES),
    "wait_all_mean_s",
    "wait_all_p90_s",
    "service_level",
    "first_answered_share",
    "occupancy",
    "queue_mean",
    "time_in_system_mean_s",
    "cost",
    "paid_hours",
    "overtime_hours",
    "on_duty_mean",
)
"""Every measure that each scenario has, in the order in which they are reported."""

_K = {name: index for index, name in enumerate(COLUMNS)}

MOST_CELLS = 3_000_000
"""With more cells than this, those of a place or pool in an interval are left out: nobody reads them, and they fill
the memory. A province of 420 branches has 1.1 million, a nation would have 40 million."""


class Layout:
    """The cells of a scenario's measures, in a fixed order, and how to fill them."""

    def __init__(self, scenario: Scenario, tables: Tables) -> None:
        self.tables = tables
        names = tables.names
        step_s = scenario.rules.interval_s
        n_i = -(-tables.compiled.run.horizon // (step_s * 1000))
        n_d, n_s, n_p = len(names.places), len(names.services), len(names.pools)
        self.by_interval = (len(VISIT_MEASURES) * n_d + 3 * n_p) * n_i <= MOST_CELLS
        """Whether there are cells of a place in an interval, and of a pool in an interval."""
        self.tally = Tally(scenario, tables, dated=self.by_interval)
        starts = [i * step_s for i in range(n_i)]
        self.starts = starts
        self.pool_place = tables.compiled.pool["place"]
        self.open_s = _open_seconds(tables)
        busy_places = sorted(set(tables.compiled.stream["place"].tolist()))
        self.all_open_s = max((float(self.open_s[d]) for d in busy_places), default=0.0)
        edges_s = np.minimum(np.append(starts, n_i * step_s), tables.compiled.run.horizon / 1000.0)
        self.interval_s = np.diff(np.maximum(edges_s, tables.warm_up / 1000.0))
        axes = Axes(names.places, names.services, names.pools, starts)
        place, service, pool, interval = (np.arange(n, dtype=np.int32) for n in (n_d, n_s, n_p, n_i))
        whole: dict[str, Ints] = {}
        by_place, by_service, by_interval, by_pool = (
            {name: numbers}
            for name, numbers in (("place", place), ("service", service), ("interval", interval), ("pool", pool))
        )
        visit, times, duty = (
            [whole, by_place, by_service, by_interval],
            [whole, by_place, by_interval, by_pool],
            [whole, by_pool],
        )
        if self.by_interval:
            visit.append({"place": np.repeat(place, n_i), "interval": np.tile(interval, n_d)})
            both = {"pool": np.repeat(pool, n_i), "interval": np.tile(interval, n_p)}
            times.append(both)
            duty.append(both)
        visit_cells, time_cells, duty_cells = Cells(axes, *visit), Cells(axes, *times), Cells(axes, *duty)
        quantile_cells = Cells(axes, whole, by_place, by_service, by_interval)
        sides = Cells(axes, whole, by_place, by_service)
        money_cells = Cells(axes, whole, by_place, by_pool)
        groups: list[tuple[str, Cells | Named]] = [(name, visit_cells) for name in VISIT_MEASURES]
        groups += [(name, quantile_cells) for name, _ in QUANTILES]
        groups += [("wait_all_p90_s", sides)]
        groups += [("occupancy", time_cells), ("queue_mean", time_cells)]
        groups += [(name, money_cells) for name in ("cost", "paid_hours", "overtime_hours")]
        groups += [("on_duty_mean", duty_cells)]
        self._ratios = _ratios(scenario.rules.sl_mode)
        self._own = Own(scenario, tables, self.tally, sides, self._ratios[VISIT_MEASURES.index("service_level"), :4])
        self._first_event = len(groups)
        groups += [(f"{name}:{kind}", sides) for kind in self.tally.kinds for name in EVENT_MEASURES]
        self._first_own = len(groups)
        groups += self._own.groups
        self._groups = groups
        self._starts = np.cumsum([0, *(cells.size for _, cells in groups)])
        self.size = int(self._starts[-1])
        """Number of cells."""
        dated = [cells.dated for _, cells in groups]
        self.main = ~np.concatenate(dated)
        self.by_period = np.concatenate(
            [mask & isinstance(cells, Named) for mask, (_, cells) in zip(dated, groups, strict=True)]
        )
        """Cells of a period of the books, which is no interval."""
        self.level = self._is("service_level")
        self.came_or_waited = self._is("offered", "queue_mean")
        self.on_duty = self._is("occupancy")
        self._spare: deque[tuple[Floats, Floats]] = deque()
        self.fixed = self._fixed()
        """Denominators that are the same in every replication; 0 where they are not."""

    def _is(self, *measures: str) -> npt.NDArray[np.bool_]:
        return np.repeat([name in measures for name, _ in self._groups], np.diff(self._starts))

    def key(self, index: int) -> Key:
        """Return the key of one cell."""
        group = int(np.searchsorted(self._starts, index, side="right")) - 1
        measure, cells = self._groups[group]
        return cells.key(measure, index - int(self._starts[group]))

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The keys of all cells; there may be millions, so ask for `key` where a few are enough."""
        return tuple(key for measure, cells in self._groups for key in cells.keys(measure))

    @cached_property
    def whole(self) -> dict[str, int]:
        """Measure → index of its cell over everything, which stands first."""
        out: dict[str, int] = {}
        for (name, _), start in zip(self._groups, self._starts.tolist(), strict=False):
            out.setdefault(name, start)
        return out

    def same(self) -> npt.NDArray[np.int64]:
        """Return one number for each cell that is the same for the same place, service, pool and interval."""
        return np.concatenate([cells.same() for _, cells in self._groups])

    def _fixed(self) -> Floats:
        varies = {*VISIT_MEASURES[_COUNTS:], *(name for name, _ in QUANTILES), "wait_all_p90_s", "occupancy"}
        lengths = {"queue_mean": self._queue_lengths(), "on_duty_mean": self._duty_lengths()}
        parts = []
        for number, (name, cells) in enumerate(self._groups):
            own = 0.0 if name in varies or number >= self._first_own else 1.0
            parts.append(lengths[name] if name in lengths else np.full(cells.size, own))
        return np.concatenate(parts)

    def _queue_lengths(self) -> Floats:
        """Return the seconds over which a queue is averaged, cell by cell."""
        n_pools = len(self.pool_place)
        parts = [np.array([self.all_open_s]), self.open_s, self.interval_s, np.full(n_pools, self.all_open_s)]
        return np.concatenate([*parts, np.tile(self.interval_s, n_pools)] if self.by_interval else parts)

    def _duty_lengths(self) -> Floats:
        n_pools = len(self.pool_place)
        parts = [np.array([self.all_open_s]), np.full(n_pools, self.all_open_s)]
        return np.concatenate([*parts, np.tile(self.interval_s, n_pools)] if self.by_interval else parts)

    def fill(self, counted: Counted) -> tuple[Floats, Floats]:
        """Return numerators and denominators of all cells, in the order of `keys`.

        The arrays are those of an earlier replication where one was handed back to `reuse`.
        """
        try:
            top, low = self._spare.pop()
        except IndexError:
            top, low = np.empty(self.size), np.empty(self.size)
        top[:] = 0.0
        low[:] = self.fixed
        at, tallies = self.whole, counted.tallies
        place, interval, service = tallies.place, tallies.interval, tallies.service
        sums = np.zeros((1 + len(place) + len(interval), len(COLUMNS)))
        starts = np.array([at[name] for name in VISIT_MEASURES])
        fill_visits(place, interval, service, self._ratios, starts, self.by_interval, sums, top, low)
        at_quantiles = self._quantiles(tallies)
        for name, (tops, lows) in at_quantiles.items():
            top[at[name] : at[name] + tops.size], low[at[name] : at[name] + lows.size] = tops, lows
        self._times(tallies, at, top, low)
        costs = self._money(tallies, sums[1 : 1 + len(place), _K["cost"]], at, top)
        begin = int(self._starts[self._first_event])
        for tops, lows in (*self._events(tallies), *self._own(counted, *costs)):
            top[begin : begin + tops.size], low[begin : begin + tops.size] = tops, lows
            begin += tops.size
        return top, low

    def reuse(self, top: Floats, low: Floats) -> None:
        """Take the arrays of a replication back: its figures have been added up."""
        self._spare.append((top, low))

    def _quantiles(self, tallies: Tallies) -> dict[str, tuple[Floats, Floats]]:
        out: dict[str, tuple[Floats, Floats]] = {}
        for bins, wanted in ((tallies.answered_bins, QUANTILES), (tallies.all_bins, (("wait_all_p90_s", 0.90),))):
            values = np.empty((len(wanted), len(bins)))
            quantiles(bins, np.array([share for _, share in wanted]), values)
            known = np.isfinite(values)
            pairs = zip(np.where(known, values, 0.0), known.astype(float), strict=True)
            out |= {name: pair for (name, _), pair in zip(wanted, pairs, strict=True)}
        return out

    def _times(self, tallies: Tallies, at: dict[str, int], top: Floats, low: Floats) -> None:
        n_places, n_pools = len(self.open_s), len(self.pool_place)
        people = self.tally.people

        def write(out: Floats, name: str, *parts: Floats) -> None:
            begin = at[name]
            for part in parts:
                out[begin : begin + part.size] = part / 1000.0
                begin += part.size

        def over(
            ticks: Floats, per: npt.NDArray[np.int32], joins: npt.NDArray[np.bool_], row: int
        ) -> tuple[Floats, Floats, Floats]:
            """Return ticks by row, by interval and by both."""
            by_row, by_interval = np.zeros(len(ticks)), tallies.spent[row].copy()
            both = np.zeros(ticks.size if self.by_interval else 0)
            add_up_times(ticks, per, joins, self.by_interval, by_row, by_interval, both)
            return by_row, by_interval, both

        one = np.ones(max(n_places, n_pools), np.int32)
        slots = np.ascontiguousarray(self.tables.compiled.pool["slots"])
        for out, ticks, per, row in ((top, tallies.busy, slots, BUSY), (low, tallies.duty, one, DUTY)):
            by_pool, by_interval, both = over(ticks, per, people, row)
            by_place = np.bincount(self.pool_place, np.where(people, by_pool, 0.0), n_places).astype(np.float64)
            whole = np.array([by_place.sum()])
            write(out, "occupancy", whole, by_place, by_interval, by_pool, both)
            if out is low:
                write(top, "on_duty_mean", whole, by_pool, both)
        by_pool, _, both = over(tallies.waiting, one, people, WAITING)
        here, by_interval, _ = over(tallies.place_waiting, one, np.ones(n_places, bool), WAITING)
        write(top, "queue_mean", np.array([here.sum()]), here, by_interval, by_pool, both)

    def _money(self, tallies: Tallies, events: Floats, at: dict[str, int], top: Floats) -> tuple[Floats, Floats]:
        """Write cost and hours; return what each pool costs, and what each place does besides: events, rent."""
        labour = self.tables.labour
        overtime_h = np.where(labour.staffed, tallies.overtime / 3_600_000.0, 0.0)
        paid_h = labour.paid_hours + overtime_h
        wages = labour.cost_per_hour * (labour.paid_hours + labour.overtime_factor * overtime_h)
        cost, at_place, none = wages + labour.fixed_cost, events + labour.place_cost, np.zeros(len(events))
        columns = (("cost", cost, at_place), ("paid_hours", paid_h, none), ("overtime_hours", overtime_h, none))
        for name, values, extra in columns:
            places = np.bincount(self.pool_place, values, len(events)) + extra
            parts = np.concatenate([np.array([places.sum()]), places, values])
            top[at[name] : at[name] + parts.size] = parts
        return cost, at_place

    def _events(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        n_places = len(self.tables.names.places)
        out: list[tuple[Floats, Floats]] = []
        for kind in tallies.event:
            cells = np.concatenate([kind[:n_places].sum(axis=0)[None, :], kind])
            out.extend((cells[:, column], np.ones(len(cells))) for column in range(2))
        return out


def _ratios(mode: str) -> npt.NDArray[np.int64]:
    """Return columns of every visit measure, and the unit of the numerator; −1: none.

    The numerator is the sum of two columns, the denominator the difference of two.

    The service level by convention: Jouini, Koole, Roubos 2013; domain notes §5.
    """
    level = {
        "answered": ("answered_in_time", "", "reached", ""),
        "offered_minus_short": ("answered_in_time", "", "asked", "short_abandoned"),
        "ab_in_T_ok": ("answered_in_time", "abandoned_in_time", "asked", ""),
        "offered": ("answered_in_time", "", "asked", ""),
    }
    known = {
        "abandoned_share": ("abandoned", "", "offered", ""),
        "wait_mean_s": ("wait", "", "reached", ""),
        "wait_all_mean_s": ("wait_all", "", "asked", ""),
        "service_level": level[mode],
        "time_in_system_mean_s": ("in_system_time", "", "left", ""),
        "first_answered_share": ("first_answered", "", "first_offered", ""),
    }
    parts = [known.get(name, (name, "", "", "")) for name in VISIT_MEASURES]
    times = ("wait", "wait_all", "in_system_time")
    columns = [[*(_K.get(column, -1) for column in one), 1000 if one[0] in times else 1] for one in parts]
    return np.array(columns, np.int64)


def _open_seconds(tables: Tables) -> Floats:
    """Return how long each place is open between the end of warm-up and the horizon."""
    c = tables.compiled
    out = np.where(c.place["never_closes"], max(0, c.run.horizon - tables.warm_up) / 1000.0, 0.0)
    opened: dict[int, int] = {}
    for tick, _, op, subject, _, _ in c.change.tolist():
        if op == OPENS:
            opened[subject] = tick
        if op == CLOSES:
            out[subject] += max(0, min(tick, c.run.horizon) - max(opened.pop(subject, 0), tables.warm_up)) / 1000.0
    return out
