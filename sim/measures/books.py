"""What only some scenarios count: units and what they used, own outcomes, ledger entries by period, permissions.

Read from the trace with NumPy, after `sim.measures.kernel.count`, and only where a scenario asks for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.measures.kernel import ALL_WAITS, FIRST_HUMAN, CountingRules
from sim.model import ALWAYS, Scenario
from sim.model.money import BANK
from sim.tables.sites import Sites
from sim.tables.timeline import DAY_TICKS
from sim.tables.types import ABANDONED, ANSWERED, EVENT, IN_SYSTEM, Floats, Ints

if TYPE_CHECKING:
    import numpy.typing as npt

    from sim.tables import Tables, Trace

_WEEK, _MONTH_DAYS = 7, 30


class Booked(NamedTuple):
    """Letters: D places, S services, P pools, U units, O own outcomes, E kinds of events, M periods, N targets."""

    outcome: Floats  # (O, D + S) visits by place, then by service
    violations: Floats  # (D + S,) services begun by a post without the skill
    kept: Floats  # (U, 2) answered within the unit's own time; abandoned within it
    used_s: Floats  # (U, P) seconds that visits of the unit's places held each pool
    period: Floats  # (E, D, M, 2) how often, and the sum of amounts
    target: Floats  # (N,) entries that count towards each row of targets


class Books:
    """Keeps the books of one scenario; what it does not need stays empty."""

    def __init__(self, scenario: Scenario, tables: Tables, kinds: tuple[str, ...], kind_of: Ints) -> None:
        self.scenario, self.tables, self.kinds, self.kind_of = scenario, tables, kinds, kind_of
        names = tables.names
        self.customers = np.array([scenario.service[name].customers for name in names.services], bool)
        self.own_outcomes = names.outcomes[IN_SYSTEM + 1 :]
        self.audited = scenario.rules.permissions == "audited"
        asked = self.audited or scenario.unit or scenario.targets
        self.sites = Sites(scenario) if asked else None
        """Only where it is asked for: a bank has many places."""
        self.units, self.unit_of = _units(scenario, self.sites)
        within = [scenario.unit[name].within_s if name in scenario.unit else None for name in self.units]
        rules = scenario.rules
        self.within = np.array([round((rules.sl_threshold_s if w is None else w) * 1000) for w in within], np.int64)
        self.starts_s = _periods(scenario)
        posts = self.sites.posts if self.sites is not None and self.audited else ()
        self.forbidden = np.array([[not post.permitted(service) for service in names.services] for post in posts], bool)
        self._covers = [self._covered(row.place) for row in scenario.targets]
        numbers = {kind: number for number, kind in enumerate(kinds)}
        services = {name: number for number, name in enumerate(names.services)}
        self._target = [(numbers[row.kind], services.get(row.service, -1), row.period) for row in scenario.targets]

    @property
    def used(self) -> bool:
        """Tell whether the scenario asks for any of this."""
        return bool(self.own_outcomes or self.audited or self.units or self.starts_s)

    def _covered(self, place: str) -> npt.NDArray[np.bool_]:
        """Return which places a row of targets is about: a place, those of a template, and all below."""
        out = np.ones(len(self.tables.names.places), bool)
        if place != ALWAYS and self.sites is not None:
            found = self.sites.below(place)
            out = np.array([number in found for number in range(out.size)], bool)
        return out

    def __call__(self, trace: Trace, scratch: npt.NDArray[np.int64], rules: CountingRules) -> Booked:
        """Return the books of one replication; `scratch` is what the count knows of each visit's waits."""
        c, names = self.tables.compiled, self.tables.names
        n_places, n_services, n_pools = len(names.places), len(names.services), len(names.pools)
        arrived, outcome = trace.results["arrived"], trace.results["outcome"]
        stream = trace.results["stream"]
        place, service = c.stream["place"][stream], c.stream["service"][stream]
        measured = (arrived >= rules.warm_up) & (arrived < rules.horizon)
        cells = n_places + n_services

        own = np.zeros((len(self.own_outcomes), cells))
        for number in range(len(self.own_outcomes)):
            mine = measured & (outcome == IN_SYSTEM + 1 + number)
            joined = mine & self.customers[service]
            own[number] = _by_cell(place[joined], service[mine], n_places, n_services)
        rows = trace.rows
        violations = np.zeros(cells if self.audited else 0)
        if self.audited:
            begun = rows[(rows["unit"] >= 0) & (rows["started"] >= rules.warm_up) & (rows["started"] < rules.horizon)]
            whose = begun["visit"]
            bad = self.forbidden[begun["pool"], service[whose]]
            violations = _by_cell(place[whose[bad]], service[whose[bad]], n_places, n_services)
        kept: Floats = np.zeros((0, 2))
        used_s: Floats = np.zeros((0, n_pools))
        if self.units:
            kept = self._kept(trace, scratch, rules, measured & self.customers[service], place)
            taken = rows[rows["unit"] >= 0]
            end = np.where(taken["ended"] >= 0, taken["ended"], rules.end)
            held = np.minimum(end, rules.horizon) - np.maximum(taken["started"], rules.warm_up)
            cell = self.unit_of[place[taken["visit"]]] * n_pools + taken["pool"]
            seconds = np.bincount(cell, np.maximum(held, 0) / 1000.0, len(self.units) * n_pools)
            used_s = seconds.astype(np.float64).reshape(len(self.units), n_pools)
        period = np.zeros((len(self.kinds), n_places, len(self.starts_s), 2))
        target = np.zeros(len(self._target))
        if self.starts_s:
            plain = rows[(c.step["op"][rows["step"]] == EVENT) & (c.step["code"][rows["step"]] < 0)]
            step = np.concatenate([plain["step"], trace.entries["step"]])
            visit = np.concatenate([plain["visit"], trace.entries["visit"]])
            tick = np.concatenate([plain["entered"], trace.entries["tick"]])
            amount = np.concatenate([self.tables.step_amount[plain["step"]], trace.entries["amount"]])
            known = measured[visit] & (self.kind_of[step] >= 0)
            kind, where, what = self.kind_of[step[known]], place[visit[known]], service[visit[known]]
            edges = np.array(self.starts_s[1:], np.int64) * 1000
            when = np.searchsorted(edges, tick[known], side="right")
            np.add.at(period, (kind, where, when, 0), 1.0)
            np.add.at(period, (kind, where, when, 1), amount[known])
            for number, (of, at, month) in enumerate(self._target):
                mine = (kind == of) & (when == month) & self._covers[number][where]
                target[number] = np.count_nonzero(mine if at < 0 else mine & (what == at))
        return Booked(own, violations, kept, used_s, period, target)

    def _kept(
        self,
        trace: Trace,
        scratch: npt.NDArray[np.int64],
        rules: CountingRules,
        measured: npt.NDArray[np.bool_],
        place: Ints,
    ) -> Floats:
        """Return, for each unit, who was answered, and who gave up, within the unit's own time."""
        outcome = trace.results["outcome"]
        finished = (outcome == ANSWERED) | (outcome > IN_SYSTEM)
        total, counted, human_from, state = scratch.T
        answered, asked, wait = finished, np.ones(finished.size, bool), total
        if rules.of == FIRST_HUMAN:
            answered, wait = human_from < rules.end, counted
            asked = answered | ~finished
        elif rules.of != ALL_WAITS:
            answered, asked, wait = state == 2, state > 0, counted
        unit = self.unit_of[place]
        in_time = measured & (wait <= self.within[unit])
        lost = (outcome == ABANDONED) & asked & ~answered
        columns = [np.bincount(unit[who], minlength=len(self.units)) for who in (in_time & answered, in_time & lost)]
        return np.stack(columns, axis=1).astype(np.float64)


def _by_cell(place: Ints, service: Ints, n_places: int, n_services: int) -> Floats:
    parts = (np.bincount(place, minlength=n_places), np.bincount(service, minlength=n_services))
    return np.concatenate(parts).astype(np.float64)


def _units(scenario: Scenario, sites: Sites | None) -> tuple[tuple[str, ...], Ints]:
    """Return the units, and of each place the unit: that of the nearest place at or above it that one names."""
    if sites is None or not scenario.unit:
        return (), np.zeros(0, np.int32)
    names = tuple(scenario.unit)
    named = {place: number for number, unit in enumerate(scenario.unit.values()) for place in unit.places}
    found = [
        next((named[sites.sites[n].template] for n in sites.ancestors(site) if sites.sites[n].template in named), -1)
        for site in range(len(sites.sites))
    ]
    asked = {word for one in scenario.posting.values() for word in (one.from_, one.to)}
    for one in scenario.posting.values():
        asked |= set(one.shares or ()) if one.shares != "use" else set()
    if -1 in found or BANK in asked:
        rest = names.index(BANK) if BANK in names else len(names)
        names = names if BANK in names else (*names, BANK)
        found = [rest if one < 0 else one for one in found]
    return names, np.array(found, np.int32)


def _periods(scenario: Scenario) -> tuple[int, ...]:
    """Return when the periods of the run begin, in seconds since its first midnight."""
    run, by = scenario.run, scenario.rules.period
    if by is None:
        return ()
    days: list[int] = []
    if by == "month" and run.start is not None:
        days = [0] + [n for n in range(1, run.days) if (run.start + timedelta(days=n)).day == 1]
    else:
        days = list(range(0, run.days, {"day": 1, "week": _WEEK, "month": _MONTH_DAYS}[by]))
    return tuple(day * (DAY_TICKS // 1000) for day in days)
