"""Measures as ratios: every measure of a replication is a numerator over a denominator, in every cell.

So no average of averages is ever taken: over replications, numerators and denominators are summed, and the interval
of the ratio follows (`sim.experiments.study`). Counts have denominator 1 a replication; quantiles too, where there is
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measures.accounts import Accounts, Ledger
from sim.measures.kernel import COLUMNS, Tallies, quantiles
from sim.measures.tally import Counted, Tally
from sim.tables.types import CLOSES, OPENS, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.measures.books import Booked
    from sim.model import Scenario

Floats = npt.NDArray[np.float64]
Cell = dict[str, object]
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

OWN_MEASURES = (
    "outcome",
    "violations",
    "income",
    "result",
    "bill",
    "promise_kept",
    "target_used",
    "target_met",
)
"""Measures that only scenarios with own outcomes, audited permissions, units, postings or targets have."""
_BY_PERIOD = (*(f"{name}:" for name in EVENT_MEASURES), "target_used:", "target_met:")
_OF_UNIT = ("offered", "answered", "abandoned", "abandoned_share", "wait_mean_s", "wait_p90_s", "service_level")
"""Measures of each unit's customers, as ``offered:UNIT``; besides ``cost``, ``income``, ``result``, ``bill``."""

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
        self.scenario = scenario
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
        by_place: list[Cell] = [{"place": name} for name in names.places]
        by_service: list[Cell] = [{"service": name} for name in names.services]
        by_interval: list[Cell] = [{"interval_start": start} for start in starts]
        by_both: list[Cell] = [{"place": name, "interval_start": start} for name in names.places for start in starts]
        by_pool: list[Cell] = [{"pool": name} for name in names.pools]
        by_pool_interval: list[Cell] = [
            {"pool": name, "interval_start": start} for name in names.pools for start in starts
        ]
        whole: list[Cell] = [{}]
        self.visit_cells = [*whole, *by_place, *by_service, *by_interval, *by_both]
        self.quantile_cells = [*whole, *by_place, *by_service, *by_interval]
        self.wait_all_cells = [*whole, *by_place, *by_service]
        self.time_cells = [*whole, *by_place, *by_interval, *by_pool, *by_pool_interval]
        self.money_cells = [*whole, *by_place, *by_pool]
        self.duty_cells = [*whole, *by_pool, *by_pool_interval]
        groups: list[tuple[str, list[Cell]]] = [(name, self.visit_cells) for name in VISIT_MEASURES]
        groups += [(name, self.quantile_cells) for name, _ in QUANTILES]
        groups += [("wait_all_p90_s", self.wait_all_cells)]
        groups += [("occupancy", self.time_cells), ("queue_mean", self.time_cells)]
        groups += [(name, self.money_cells) for name in ("cost", "paid_hours", "overtime_hours")]
        groups += [("on_duty_mean", self.duty_cells)]
        self.event_cells = [*whole, *by_place, *by_service]
        groups += [(f"{name}:{kind}", self.event_cells) for kind in self.tally.kinds for name in EVENT_MEASURES]
        groups += self._own_groups(whole)
        self.keys: tuple[Key, ...] = tuple(Key(name, **cell) for name, cells in groups for cell in cells)  # type: ignore[arg-type]
        self.main = np.array([key.interval_start == ANY for key in self.keys])
        measures = np.repeat([name for name, _ in groups], [len(cells) for _, cells in groups])
        self.level = measures == "service_level"
        dated = np.array([key.interval_start != ANY for key in self.keys])
        self.by_period = dated & np.array([name.startswith(_BY_PERIOD) for name in measures.tolist()])
        self.came_or_waited = np.isin(measures, ("offered", "queue_mean"))
        self.on_duty = measures == "occupancy"

    def fill(self, counted: Counted) -> tuple[Floats, Floats]:
        """Return numerators and denominators of all cells, in the order of `keys`."""
        tallies = counted.tallies
        parts = [
            *self._visits(tallies),
            *self._quantiles(tallies),
            *self._times(tallies),
            *self._money(tallies),
            *self._events(tallies),
            *self._own(tallies, counted.booked),
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
        cost, events = self._costs(tallies)
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

    def _costs(self, tallies: Tallies) -> tuple[Floats, Floats]:
        """Return what each pool costs, and what each place does besides: events, rent."""
        labour = self.tables.labour
        overtime_h = np.where(labour.staffed, tallies.overtime_s / 3600.0, 0.0)
        wages = labour.cost_per_hour * (labour.paid_hours + labour.overtime_factor * overtime_h)
        return wages + labour.fixed_cost, tallies.place[:, :, _K["cost"]].sum(axis=1) + labour.place_cost

    def _events(self, tallies: Tallies) -> list[tuple[Floats, Floats]]:
        n_places = len(self.tables.names.places)
        one = np.ones(len(self.event_cells))
        out: list[tuple[Floats, Floats]] = []
        for kind in tallies.event:
            cells = np.concatenate([kind[:n_places].sum(axis=0)[None, :], kind])
            out.extend((cells[:, column], one) for column in range(2))
        return out

    # --- what only some scenarios have -------------------------------------------------------------------------------

    def _own_groups(self, whole: list[Cell]) -> list[tuple[str, list[Cell]]]:
        """Return (measure, cells), in the order of `_own`."""
        books, scenario = self.tally.books, self.scenario
        groups: list[tuple[str, list[Cell]]] = [(f"outcome:{name}", self.event_cells) for name in books.own_outcomes]
        if books.audited:
            groups.append(("violations", self.event_cells))
        self.money = Accounts(scenario, self.tables, books.units, books.unit_of, self.tally.kinds)
        if self.money.used:
            groups += [("income", whole), ("result", whole)]
        for unit in books.units:
            kept = ("promise_kept",) if unit in scenario.unit and scenario.unit[unit].promise is not None else ()
            groups += [(f"{name}:{unit}", whole) for name in (*_OF_UNIT, *kept, "cost", "income", "result", "bill")]
        places = self.tables.names.places
        if books.starts_s:
            when: list[Cell] = [{"interval_start": start} for start in books.starts_s]
            when += [{"place": place, "interval_start": start} for place in places for start in books.starts_s]
            for kind in self.tally.kinds:
                groups += [(f"{name}:{kind}", when) for name in EVENT_MEASURES]
        self.targets = _Targets(scenario, books.starts_s)
        for kind, cells in self.targets.cells.items():
            groups += [(f"{name}:{kind}", cells) for name in ("target_used", "target_met")]
        return groups

    def _own(self, tallies: Tallies, booked: Booked | None) -> list[tuple[Floats, Floats]]:
        out: list[tuple[Floats, Floats]] = []
        one = np.ones(1)
        if booked is not None:
            n_places = len(self.tables.names.places)
            counts = [*booked.outcome, *([booked.violations] if self.tally.books.audited else [])]
            for cells in counts:
                column = np.append(cells[:n_places].sum(), cells)
                out.append((column, np.ones(column.size)))
        if self.money.used:
            cost, at_place = self._costs(tallies)
            ledger = self.money(tallies, cost, at_place, None if booked is None else booked.used_s)
            out += [(np.array([ledger.income]), one), (np.array([ledger.income - cost.sum() - at_place.sum()]), one)]
            if booked is not None:
                out += self._units(tallies, booked, ledger)
        if booked is not None:
            for entries in booked.period:
                for part in range(2):
                    values = entries[:, :, part]
                    cells = np.append(values.sum(axis=0), values.reshape(-1))
                    out.append((cells, np.ones(cells.size)))
            out += self.targets.fill(booked.target)
        return out

    def _units(self, tallies: Tallies, booked: Booked, ledger: Ledger) -> list[tuple[Floats, Floats]]:
        books = self.tally.books
        by_place = tallies.place.sum(axis=1)
        out: list[tuple[Floats, Floats]] = []
        one = np.ones(1)
        for number, name in enumerate(books.units):
            mine = books.unit_of == number
            table = by_place[mine].sum(axis=0)[None, :]
            bins = tallies.answered_bins[1 : 1 + len(mine)][mine].sum(axis=0, dtype=np.int32)[None, :]
            p90 = np.empty((1, 1))
            quantiles(bins, np.array([0.90]), p90)
            known = np.isfinite(p90[0])
            own = table.copy()
            own[0, _K["answered_in_time"]], own[0, _K["abandoned_in_time"]] = booked.kept[number]
            level = _service_level(own, self.sl_mode)
            out += [(table[:, _K[column]], one) for column in ("offered", "answered", "abandoned")]
            out.append((table[:, _K["abandoned"]], table[:, _K["offered"]]))
            out.append((table[:, _K["wait_s"]], table[:, _K["reached"]]))
            out.append((np.where(known, p90[0], 0.0), known.astype(float)))
            out.append(level)
            promise = self.scenario.unit[name].promise if name in self.scenario.unit else None
            if promise is not None:
                kept = (level[0] >= promise * level[1] - 1e-9).astype(float)
                out.append((kept, one))
            for column in (ledger.cost, ledger.incomes, ledger.results, ledger.bills):
                out.append((column[number : number + 1], one))
        return out


class _Targets:
    """Rows of targets, gathered by kind, place and service, and added up period by period."""

    def __init__(self, scenario: Scenario, starts_s: tuple[int, ...]) -> None:
        self.rows = scenario.targets
        groups: dict[str, dict[tuple[str, str], list[int]]] = {}
        for number, row in enumerate(self.rows):
            groups.setdefault(row.kind, {}).setdefault((row.place, row.service), []).append(number)
        self.groups = groups
        self.cells: dict[str, list[Cell]] = {}
        for kind, found in groups.items():
            cells: list[Cell] = [{}]
            for (place, service), numbers in found.items():
                numbers.sort(key=lambda number: self.rows[number].period)
                at = {"place": place, "service": service}
                cells += [{**at, "interval_start": starts_s[self.rows[number].period]} for number in numbers]
                if (place, service) != (ANY, ANY):
                    cells.append(dict(at))
            self.cells[kind] = cells

    def fill(self, actual: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Yield (entries, target) up to the end of each period, then whether the target was met, 1 or 0."""
        target = np.array([row.target for row in self.rows])
        for found in self.groups.values():
            top, low = [0.0], [0.0]
            for where, numbers in found.items():
                top += np.cumsum(actual[numbers]).tolist()
                low += np.cumsum(target[numbers]).tolist()
                top[0] += actual[numbers].sum()
                low[0] += target[numbers].sum()
                if where != (ANY, ANY):
                    top.append(actual[numbers].sum())
                    low.append(target[numbers].sum())
            tops, lows = np.array(top), np.array(low)
            yield tops, lows
            yield (tops <= lows).astype(float), np.ones(tops.size)


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
