"""Measures as ratios: every measure of a replication is a numerator over a denominator, in every cell.

So no average of averages is ever taken: over replications, numerators and denominators are summed, and the interval
of the ratio follows (`sim.experiments.study`). Counts have denominator 1 a replication; quantiles too, where there is
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measures.kernel import COLUMNS, Tallies, quantiles
from sim.measures.tally import Tally
from sim.tables.types import CLOSES, OPENS, Tables

if TYPE_CHECKING:
    from sim.model import Scenario

Floats = npt.NDArray[np.float64]
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
EVENT_MEASURES = ("event_count", "event_amount")
"""Measures of each kind of ledger entry that a scenario's routes write, as ``event_count:KIND``; reported last."""

_K = {name: index for index, name in enumerate(COLUMNS)}


class Key(NamedTuple):
    """Which cell a number belongs to; ``*`` is all, `interval_start` is in seconds since the first midnight."""

    measure: str
    place: str = ANY
    service: str = ANY
    pool: str = ANY
    interval_start: int | str = ANY


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
        self.pool_place = tables.compiled.pool["place"]
        self.people = labour.staffed if labour.staffed.any() else np.ones(len(names.pools), bool)
        self.open_s = _open_seconds(tables)
        busy_places = sorted(set(tables.compiled.stream["place"].tolist()))
        self.all_open_s = max((float(self.open_s[d]) for d in busy_places), default=0.0)
        edges_s = np.minimum(np.append(starts, n_i * step_s), tables.compiled.run.horizon / 1000.0)
        self.interval_s = np.diff(np.maximum(edges_s, tables.warm_up / 1000.0))
        by_place = [{"place": name} for name in names.places]
        by_service = [{"service": name} for name in names.services]
        by_interval = [{"interval_start": start} for start in starts]
        by_both = [{"place": name, "interval_start": start} for name in names.places for start in starts]
        by_pool = [{"pool": name} for name in names.pools]
        by_pool_interval = [{"pool": name, "interval_start": start} for name in names.pools for start in starts]
        whole: list[dict[str, object]] = [{}]
        self.visit_cells = [*whole, *by_place, *by_service, *by_interval, *by_both]
        self.quantile_cells = [*whole, *by_place, *by_service, *by_interval]
        self.wait_all_cells = [*whole, *by_place, *by_service]
        self.time_cells = [*whole, *by_place, *by_interval, *by_pool, *by_pool_interval]
        self.money_cells = [*whole, *by_place, *by_pool]
        self.duty_cells = [*whole, *by_pool, *by_pool_interval]
        groups = [(name, self.visit_cells) for name in VISIT_MEASURES]
        groups += [(name, self.quantile_cells) for name, _ in QUANTILES]
        groups += [("wait_all_p90_s", self.wait_all_cells)]
        groups += [("occupancy", self.time_cells), ("queue_mean", self.time_cells)]
        groups += [(name, self.money_cells) for name in ("cost", "paid_hours", "overtime_hours")]
        groups += [("on_duty_mean", self.duty_cells)]
        self.event_cells = [*whole, *by_place, *by_service]
        groups += [(f"{name}:{kind}", self.event_cells) for kind in self.tally.kinds for name in EVENT_MEASURES]
        self.keys: tuple[Key, ...] = tuple(Key(name, **cell) for name, cells in groups for cell in cells)  # type: ignore[arg-type]
        self.main = np.array([key.interval_start == ANY for key in self.keys])
        measures = np.repeat([name for name, _ in groups], [len(cells) for _, cells in groups])
        self.level = measures == "service_level"
        self.came_or_waited = np.isin(measures, ("offered", "queue_mean"))
        self.on_duty = measures == "occupancy"

    def fill(self, tallies: Tallies) -> tuple[Floats, Floats]:
        """Return numerators and denominators of all cells, in the order of `keys`."""
        parts = [
            *self._visits(tallies),
            *self._quantiles(tallies),
            *self._times(tallies),
            *self._money(tallies),
            *self._events(tallies),
        ]
        return np.concatenate([top for top, _ in parts]), np.concatenate([low for _, low in parts])

    def _visits(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        place = tallies.place
        total = place.sum(axis=(0, 1))[None, :]
        cells = [
            total,
            place.sum(axis=1),
            tallies.service,
            place.sum(axis=0),
            place.reshape(-1, place.shape[2]),
        ]
        table = np.concatenate(cells)
        one = np.ones(len(table))
        out = [(table[:, _K[name]], one) for name in VISIT_MEASURES[:_COUNTS]]
        offered = table[:, _K["offered"]]
        out.append((table[:, _K["abandoned"]], offered))
        out.append((table[:, _K["wait_s"]], table[:, _K["reached"]]))
        out.append((table[:, _K["wait_all_s"]], table[:, _K["asked"]]))
        out.append(_service_level(table, self.sl_mode))
        out.append((table[:, _K["in_system_s"]], table[:, _K["left"]]))
        out.append((table[:, _K["first_answered"]], table[:, _K["first_offered"]]))
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
            parts = [
                np.array([people.sum()]),
                by_place(by_pool),
                people.sum(axis=0),
                by_pool,
                values.reshape(-1),
            ]
            return np.concatenate(parts)

        waiting, n_pools = tallies.waiting_s, len(tallies.waiting_s)
        at_place = tallies.place_waiting_s
        queue = [
            np.array([at_place.sum()]),
            at_place.sum(axis=1),
            at_place.sum(axis=0),
            waiting.sum(axis=1),
            waiting.reshape(-1),
        ]
        pool_open = np.full(n_pools, self.all_open_s)
        length = [
            np.array([self.all_open_s]),
            self.open_s,
            self.interval_s,
            pool_open,
            np.tile(self.interval_s, n_pools),
        ]
        return [
            (cells(tallies.busy_s), cells(tallies.duty_s)),
            (np.concatenate(queue), np.concatenate(length)),
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
        on_duty = [np.array([duty[self.people].sum()]), duty.sum(axis=1), duty.reshape(-1)]
        n_pools = len(duty)
        length = [
            np.array([self.all_open_s]),
            np.full(n_pools, self.all_open_s),
            np.tile(self.interval_s, n_pools),
        ]
        out.append((np.concatenate(on_duty), np.concatenate(length)))
        return out


    def _events(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        n_places = len(self.tables.names.places)
        one = np.ones(len(self.event_cells))
        out = []
        for kind in tallies.event:
            cells = np.concatenate([kind[:n_places].sum(axis=0)[None, :], kind])
            out.extend((cells[:, column], one) for column in range(2))
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
