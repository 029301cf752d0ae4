"""Measures that only some scenarios have: own outcomes, audited permissions, units, postings, periods, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.measures.accounts import Accounts, Ledger
from sim.measures.cells import ANY, WHOLE, Cells, Named
from sim.measures.kernel import COLUMNS, Tallies, quantiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.measures.books import Booked
    from sim.measures.tally import Counted, Tally
    from sim.model import Scenario
    from sim.tables import Tables

Floats = npt.NDArray[np.float64]

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
_OF_UNIT = ("offered", "answered", "abandoned", "abandoned_share", "wait_mean_s", "wait_p90_s", "service_level")
"""Measures of each unit's customers, as ``offered:UNIT``; besides ``cost``, ``income``, ``result``, ``bill``."""

_K = {name: index for index, name in enumerate(COLUMNS)}
_ONE = np.ones(1)


class Own:
    """The groups of cells that one scenario has besides those that all have, and how to fill them.

    Parameters
    ----------
    scenario, tables, tally
        Whose measures these are.
    cells : Cells
        All, by place, by service.
    level : ndarray of shape (4,)
        Columns of the service level, as in `sim.measures.measure`: numerator the sum of the first two, denominator
        the difference of the last two; −1 is none.
    """

    def __init__(
        self, scenario: Scenario, tables: Tables, tally: Tally, cells: Cells, level: npt.NDArray[np.int64]
    ) -> None:
        books = tally.books
        self.scenario, self.books, self.level = scenario, books, level
        places = tables.names.places
        self.n_places = len(places)
        self.money = Accounts(scenario, tables, books.units, books.unit_of, tally.kinds)
        self.targets = _Targets(scenario, books.starts_s)
        groups: list[tuple[str, Cells | Named]] = [(f"outcome:{name}", cells) for name in books.own_outcomes]
        if books.audited:
            groups.append(("violations", cells))
        if self.money.used:
            groups += [("income", WHOLE), ("result", WHOLE)]
        for unit in books.units:
            kept = ("promise_kept",) if unit in scenario.unit and scenario.unit[unit].promise is not None else ()
            groups += [(f"{name}:{unit}", WHOLE) for name in (*_OF_UNIT, *kept, "cost", "income", "result", "bill")]
        if books.starts_s:
            when: list[dict[str, str | int]] = [{"interval_start": start} for start in books.starts_s]
            when += [{"place": place, "interval_start": start} for place in places for start in books.starts_s]
            by_period = Named(when)
            groups += [(f"{name}:{kind}", by_period) for kind in tally.kinds for name in EVENT_MEASURES]
        for kind, found in self.targets.cells.items():
            groups += [(f"{name}:{kind}", found) for name in ("target_used", "target_met")]
        self.groups = groups

    def __call__(self, counted: Counted, cost: Floats, at_place: Floats) -> list[tuple[Floats, Floats]]:
        """Return numerators and denominators, group by group.

        Parameters
        ----------
        counted : Counted
        cost, at_place : (P,) and (D,) arrays
            What each pool costs, and each place besides.
        """
        tallies, booked = counted
        out: list[tuple[Floats, Floats]] = []
        if booked is not None:
            for cells in (*booked.outcome, *([booked.violations] if self.books.audited else [])):
                column = np.append(cells[: self.n_places].sum(), cells)
                out.append((column, np.ones(column.size)))
        if self.money.used:
            ledger = self.money(tallies, cost, at_place, None if booked is None else booked.used_s)
            result = ledger.income - cost.sum() - at_place.sum()
            out += [(np.array([ledger.income]), _ONE), (np.array([result]), _ONE)]
            if booked is not None:
                out += self._units(tallies, booked, ledger)
        if booked is not None:
            for entries in booked.period:
                for part in range(2):
                    values = entries[:, :, part]
                    column = np.append(values.sum(axis=0), values.reshape(-1))
                    out.append((column, np.ones(column.size)))
            out += self.targets.fill(booked.target)
        return out

    def _units(self, tallies: Tallies, booked: Booked, ledger: Ledger) -> list[tuple[Floats, Floats]]:
        by_place = tallies.place.sum(axis=1)
        out: list[tuple[Floats, Floats]] = []
        first, second, over, less = self.level.tolist()
        for number, name in enumerate(self.books.units):
            mine = self.books.unit_of == number
            table = by_place[mine].sum(axis=0)
            bins = tallies.answered_bins[1 : 1 + len(mine)][mine].sum(axis=0, dtype=np.int32)[None, :]
            p90 = np.empty((1, 1))
            quantiles(bins, np.array([0.90]), p90)
            known = np.isfinite(p90[0])
            own = table.copy()
            own[_K["answered_in_time"]], own[_K["abandoned_in_time"]] = booked.kept[number]
            in_time = own[first] + (own[second] if second >= 0 else 0.0)
            asked = own[over] - (own[less] if less >= 0 else 0.0)
            pairs = [(table[_K[column]], 1.0) for column in ("offered", "answered", "abandoned")]
            pairs += [
                (table[_K["abandoned"]], table[_K["offered"]]),
                (table[_K["wait"]] / 1000.0, table[_K["reached"]]),
                (p90[0, 0] if known[0] else 0.0, float(known[0])),
                (in_time, asked),
            ]
            promise = self.scenario.unit[name].promise if name in self.scenario.unit else None
            if promise is not None:
                pairs.append((float(in_time >= promise * asked - 1e-9), 1.0))
            pairs += [(column[number], 1.0) for column in (ledger.cost, ledger.incomes, ledger.results, ledger.bills)]
            out += [(np.array([top]), np.array([low])) for top, low in pairs]
        return out


class _Targets:
    """Rows of targets, gathered by kind, place and service, and added up period by period."""

    def __init__(self, scenario: Scenario, starts_s: tuple[int, ...]) -> None:
        self.rows = scenario.targets
        groups: dict[str, dict[tuple[str, str], list[int]]] = {}
        for number, row in enumerate(self.rows):
            if row.period >= len(starts_s):
                continue  # after the end of the run
            groups.setdefault(row.kind, {}).setdefault((row.place, row.service), []).append(number)
        self.groups = groups
        self.cells: dict[str, Named] = {}
        for kind, found in groups.items():
            cells: list[dict[str, str | int]] = [{}]
            for (place, service), numbers in found.items():
                numbers.sort(key=lambda number: self.rows[number].period)
                at: dict[str, str | int] = {"place": place, "service": service}
                cells += [{**at, "interval_start": starts_s[self.rows[number].period]} for number in numbers]
                if (place, service) != (ANY, ANY):
                    cells.append(at)
            self.cells[kind] = Named(cells)

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
