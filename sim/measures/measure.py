"""Measures as ratios: every measure of a replication is a numerator over a denominator, in every cell.

So no average of averages is ever taken: over replications, numerators and denominators are summed, and the interval
of the ratio follows (`sim.experiments.study`). Counts have denominator 1 a replication; quantiles too, where there is
one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measures.kernel import COLUMNS, Tallies, quantiles
from sim.measures.tally import Tally
from sim.tables.sites import Sites
from sim.tables.types import CLOSES, OPENS, Tables

if TYPE_CHECKING:
    from sim.model import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
ANY = "*"

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
    "abandoned_share",
    "wait_mean_s",
    "wait_all_mean_s",
    "service_level",
    "time_in_system_mean_s",
)
QUANTILES = (("wait_p50_s", 0.50), ("wait_p90_s", 0.90), ("wait_p95_s", 0.95))
MEASURES = (
    *VISIT_MEASURES[:12],
    *(name for name, _ in QUANTILES),
    "wait_all_mean_s",
    "wait_all_p90_s",
    "service_level",
    "occupancy",
    "queue_mean",
    "time_in_system_mean_s",
    "cost",
    "paid_hours",
    "overtime_hours",
    "on_duty_mean",
)
"""Every measure, in the order in which they are reported."""

_K = {name: index for index, name in enumerate(COLUMNS)}


class Key(NamedTuple):
    """Which cell a number belongs to; ``*`` is all, `interval_start` is in seconds since the first midnight."""

    measure: str
    place: str = ANY
    service: str = ANY
    pool: str = ANY
    interval_start: int | str = ANY


MOST_CELLS = 3_000_000
"""With more cells than this, those of a place or pool in an interval are left out: nobody reads them, and they fill
the memory. A province of 420 branches has 1.1 million, a nation would have 40 million."""


class _Cells:
    """Some cells in a row: numbers of place, service, pool and interval of each; −1 is all."""

    def __init__(self, *parts: dict[str, Ints]) -> None:
        sizes = [max((len(numbers) for numbers in part.values()), default=1) for part in parts]
        self.size = sum(sizes)
        columns = []
        for size, part in zip(sizes, parts, strict=True):
            every = {name: np.full(size, -1, np.int32) for name in ("place", "service", "pool", "interval")}
            columns.append({**every, **part})
        self.place, self.service, self.pool, self.interval = (
            np.concatenate([column[name] for column in columns]) for name in ("place", "service", "pool", "interval")
        )


class Layout:
    """The cells of a scenario's measures, in a fixed order, and how to fill them."""

    def __init__(self, scenario: Scenario, tables: Tables) -> None:
        self.tally = Tally(scenario, tables)
        self.tables = tables
        self.sl_mode = scenario.rules.sl_mode
        names, labour = tables.names, tables.labour
        step_s = scenario.rules.interval_s
        n_i = self.tally.n_intervals
        starts = [i * step_s for i in range(n_i)]
        self.starts = starts
        self.pool_place = tables.compiled.pool["place"]
        self.people = labour.staffed if labour.staffed.any() else np.ones(len(names.pools), bool)
        self.open_s = _open_seconds(tables, [site.never_closes for site in Sites(scenario).sites])
        busy_places = sorted(set(tables.compiled.stream["place"].tolist()))
        self.all_open_s = max((float(self.open_s[d]) for d in busy_places), default=0.0)
        edges_s = np.minimum(np.append(starts, n_i * step_s), tables.compiled.run.horizon / 1000.0)
        self.interval_s = np.diff(np.maximum(edges_s, tables.warm_up / 1000.0))
        n_d, n_s, n_p = len(names.places), len(names.services), len(names.pools)
        place, service, pool, interval = (np.arange(n, dtype=np.int32) for n in (n_d, n_s, n_p, n_i))
        self.by_interval = (len(VISIT_MEASURES) * n_d + 3 * n_p) * n_i <= MOST_CELLS
        """Whether there are cells of a place in an interval, and of a pool in an interval."""
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
        visit_cells, time_cells, duty_cells = _Cells(*visit), _Cells(*times), _Cells(*duty)
        quantile_cells = _Cells(whole, by_place, by_service, by_interval)
        wait_all_cells, money_cells = _Cells(whole, by_place, by_service), _Cells(whole, by_place, by_pool)
        groups = [(name, visit_cells) for name in VISIT_MEASURES]
        groups += [(name, quantile_cells) for name, _ in QUANTILES]
        groups += [("wait_all_p90_s", wait_all_cells)]
        groups += [("occupancy", time_cells), ("queue_mean", time_cells)]
        groups += [(name, money_cells) for name in ("cost", "paid_hours", "overtime_hours")]
        groups += [("on_duty_mean", duty_cells)]
        self._groups = groups
        self._starts = np.cumsum([0, *(cells.size for _, cells in groups)])
        self.size = int(self._starts[-1])
        """Number of cells."""
        self.main = np.concatenate([cells.interval < 0 for _, cells in groups])
        self.level = self._is("service_level")
        self.came_or_waited = self._is("offered", "queue_mean")
        self.on_duty = self._is("occupancy")
        self.fixed = self._fixed()
        """Denominators that are the same in every replication; 0 where they are not."""

    def _is(self, *measures: str) -> npt.NDArray[np.bool_]:
        return np.repeat([name in measures for name, _ in self._groups], np.diff(self._starts))

    def key(self, index: int) -> Key:
        """Return the key of one cell."""
        group = int(np.searchsorted(self._starts, index, side="right")) - 1
        measure, cells = self._groups[group]
        at, names = index - self._starts[group], self.tables.names
        place, service, pool, interval = (
            int(numbers[at]) for numbers in (cells.place, cells.service, cells.pool, cells.interval)
        )
        return Key(
            measure,
            ANY if place < 0 else names.places[place],
            ANY if service < 0 else names.services[service],
            ANY if pool < 0 else names.pools[pool],
            ANY if interval < 0 else self.starts[interval],
        )

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The keys of all cells; there may be millions, so ask for `key` where a few are enough."""
        names = self.tables.names
        places, services, pools, starts = (
            (*names.places, ANY),
            (*names.services, ANY),
            (*names.pools, ANY),
            (*self.starts, ANY),
        )
        return tuple(
            Key(measure, places[d], services[s], pools[p], starts[i])
            for measure, cells in self._groups
            for d, s, p, i in zip(
                cells.place.tolist(), cells.service.tolist(), cells.pool.tolist(), cells.interval.tolist(), strict=True
            )
        )

    def whole(self) -> dict[str, int]:
        """Return measure → index of its cell over everything, which stands first."""
        return {name: int(start) for (name, _), start in zip(self._groups, self._starts, strict=False)}

    def cell(self) -> npt.NDArray[np.int64]:
        """Return one number for each cell that is the same for the same place, service, pool and interval."""
        names = self.tables.names
        sizes = (len(names.services) + 1, len(names.pools) + 1, len(self.starts) + 1)
        out = []
        for _, cells in self._groups:
            number = cells.place.astype(np.int64) + 1
            for size, column in zip(sizes, (cells.service, cells.pool, cells.interval), strict=True):
                number = number * size + column + 1
            out.append(number)
        return np.concatenate(out)

    def _fixed(self) -> Floats:
        varies = {
            "abandoned_share",
            "wait_mean_s",
            "wait_all_mean_s",
            "service_level",
            "time_in_system_mean_s",
            "occupancy",
        }
        varies |= {name for name, _ in QUANTILES} | {"wait_all_p90_s"}
        parts = [np.full(cells.size, 0.0 if name in varies else 1.0) for name, cells in self._groups]
        lengths = {"queue_mean": self._queue_lengths(), "on_duty_mean": self._duty_lengths()}
        return np.concatenate([lengths.get(name, part) for (name, _), part in zip(self._groups, parts, strict=True)])

    def _queue_lengths(self) -> Floats:
        """Return the seconds over which a queue is averaged, cell by cell."""
        n_pools = len(self.pool_place)
        parts = [np.array([self.all_open_s]), self.open_s, self.interval_s, np.full(n_pools, self.all_open_s)]
        return np.concatenate([*parts, np.tile(self.interval_s, n_pools)] if self.by_interval else parts)

    def _duty_lengths(self) -> Floats:
        n_pools = len(self.pool_place)
        parts = [np.array([self.all_open_s]), np.full(n_pools, self.all_open_s)]
        return np.concatenate([*parts, np.tile(self.interval_s, n_pools)] if self.by_interval else parts)

    def fill(self, tallies: Tallies) -> tuple[Floats, Floats]:
        """Return numerators and denominators of all cells, in the order of `keys`."""
        parts = [
            *self._visits(tallies),
            *self._quantiles(tallies),
            *self._times(tallies),
            *self._money(tallies),
        ]
        return np.concatenate([top for top, _ in parts]), np.concatenate([low for _, low in parts])

    def _visits(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        place = tallies.place
        total = place.sum(axis=(0, 1))[None, :]
        cells = [total, place.sum(axis=1), tallies.service, place.sum(axis=0)]
        if self.by_interval:
            cells.append(place.reshape(-1, place.shape[2]))
        table = np.concatenate(cells)
        one = np.ones(len(table))
        out = [(table[:, _K[name]], one) for name in VISIT_MEASURES[:10]]
        offered = table[:, _K["offered"]]
        out.append((table[:, _K["abandoned"]], offered))
        out.append((table[:, _K["wait_s"]], table[:, _K["reached"]]))
        out.append((table[:, _K["wait_all_s"]], table[:, _K["asked"]]))
        out.append(_service_level(table, self.sl_mode))
        out.append((table[:, _K["in_system_s"]], table[:, _K["left"]]))
        return out

    def _quantiles(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        out: list[tuple[Floats, Floats]] = []
        for bins, shares in ((tallies.answered_bins, [share for _, share in QUANTILES]), (tallies.all_bins, [0.90])):
            values = np.empty((len(shares), len(bins)))
            quantiles(bins, np.array(shares), values)
            known = np.isfinite(values)
            out.extend(zip(np.where(known, values, 0.0), known.astype(float), strict=True))
        return out

    def _times(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        n_places = tallies.place_waiting_s.shape[0]

        def by_place(values: Floats) -> Floats:
            return np.bincount(self.pool_place, np.where(self.people, values, 0.0), n_places).astype(np.float64)

        def cells(values: Floats) -> Floats:
            people = values[self.people]
            by_pool = values.sum(axis=1)
            parts = [np.array([people.sum()]), by_place(by_pool), people.sum(axis=0), by_pool]
            return np.concatenate([*parts, values.reshape(-1)] if self.by_interval else parts)

        waiting, at_place = tallies.waiting_s, tallies.place_waiting_s
        queue = [np.array([at_place.sum()]), at_place.sum(axis=1), at_place.sum(axis=0), waiting.sum(axis=1)]
        if self.by_interval:
            queue.append(waiting.reshape(-1))
        return [
            (cells(tallies.busy_s), cells(tallies.duty_s)),
            (np.concatenate(queue), self._queue_lengths()),
        ]

    def _money(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        labour = self.tables.labour
        overtime_h = np.where(labour.staffed, tallies.overtime_s / 3600.0, 0.0)
        paid_h = labour.paid_hours + overtime_h
        wages = labour.cost_per_hour * (labour.paid_hours + labour.overtime_factor * overtime_h)
        cost = wages + labour.fixed_cost
        events = tallies.place[:, :, _K["cost"]].sum(axis=1)
        n_places = len(events)

        def cells(values: Floats, extra: Floats | float = 0.0) -> Floats:
            places = np.bincount(self.pool_place, values, n_places) + extra
            return np.concatenate([np.array([places.sum()]), places, values])

        columns = [cells(cost, events), cells(paid_h), cells(overtime_h)]
        out = [(column, np.ones(len(column))) for column in columns]
        duty = tallies.duty_s
        on_duty = [np.array([duty[self.people].sum()]), duty.sum(axis=1)]
        if self.by_interval:
            on_duty.append(duty.reshape(-1))
        out.append((np.concatenate(on_duty), self._duty_lengths()))
        return out


def _service_level(table: Floats, mode: str) -> tuple[Floats, Floats]:
    """Return the service level as a ratio, by convention (Jouini, Koole, Roubos 2013; domain notes §5)."""
    offered, answered = table[:, _K["asked"]], table[:, _K["reached"]]
    in_time = table[:, _K["answered_in_time"]]
    if mode == "answered":
        return in_time, answered
    if mode == "offered_minus_short":
        return in_time, offered - table[:, _K["short_abandoned"]]
    if mode == "ab_in_T_ok":
        return in_time + table[:, _K["abandoned_in_time"]], offered
    return in_time, offered


def _open_seconds(tables: Tables, never_closes: list[bool]) -> Floats:
    """Return how long each place is open between the end of warm-up and the horizon."""
    c = tables.compiled
    out = np.where(never_closes, max(0, c.run.horizon - tables.warm_up) / 1000.0, 0.0)
    opened: dict[int, int] = {}
    for tick, _, op, subject in c.change.tolist():
        if op == OPENS:
            opened[subject] = tick
        if op == CLOSES:
            out[subject] += max(0, min(tick, c.run.horizon) - max(opened.pop(subject, 0), tables.warm_up)) / 1000.0
    return out
