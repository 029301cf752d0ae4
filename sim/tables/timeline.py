"""Planned capacity: who comes on duty, takes a break and goes, and what that costs."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.model import ALWAYS, DAY_S, InputError, Scenario, StaffingRow, Team
from sim.tables.types import BREAKS, CHANGE, CLOSES, COMES, GOES, OPENS, Labour, Records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.tables.sites import Post, Site, Sites

DAY_TICKS = 86_400_000
AWAY_EVERY_S = 7200
"""Shrinkage is planned as one time away in so many seconds of work, or less."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0

_Entry = tuple[int, int, int, int, int, int]
"""(tick, op, pool or place, length, unit within the pool or −1, shift or −1)."""
_Span = tuple[int, int]


class Timeline(NamedTuple):
    """What is planned."""

    change: Records  # CHANGE
    labour: Labour
    units: npt.NDArray[np.int64]  # (P,) of each pool
    shifts: list[tuple[int, int]]  # of shifts that somebody may be absent from: pool, number there
    persons: dict[tuple[int, str], int]  # (pool, person) → unit


def day_class(scenario: Scenario, day: int) -> str:
    """Return the class of a day of the run."""
    return scenario.run.day_class(day)


def ticks(seconds: float, tick_ms: int) -> int:
    """Return whole ticks of `tick_ms` milliseconds, rounded half to even."""
    return round(seconds * 1000 / tick_ms) * tick_ms


def build(scenario: Scenario, sites: Sites) -> Timeline:
    """Return the planned changes, what is paid after the warm-up, the units of each pool, and who they are.

    A pool has twice as many units as people are ever planned at once, so that those who leave late do not stand in
    the way of those who come. Where a roster names persons, or equipment fails, every one has its own unit instead.

    Raises
    ------
    InputError
        When a person has two shifts at once in a team.
    """
    plan = _Plan(scenario, sites)
    for number, site in enumerate(sites.sites):
        if not site.never_closes:
            early = ticks(site.place.pre_open_s, 1)
            for start, end in _joined((max(0, start - early), end) for start, end in plan.opening(number)):
                plan.entries.append((start, OPENS, number, 0, -1, -1))
                plan.entries.append((end, CLOSES, number, 0, -1, -1))
    rows: dict[str, list[StaffingRow]] = {}
    for row in scenario.staffing:
        rows.setdefault(row.team, []).append(row)
    for number, post in enumerate(sites.posts):
        if isinstance(post.spec, Team) and post.team in rows:
            plan.roster(number, post, post.spec, rows[post.team])
        elif isinstance(post.spec, Team):
            plan.team(number, post, post.spec)
        else:
            plan.equipment(number, post)
    return plan.done()


class _Plan:
    """Collects the changes of all pools."""

    def __init__(self, scenario: Scenario, sites: Sites) -> None:
        self.scenario, self.sites = scenario, sites
        self.entries: list[_Entry] = []
        self.shifts: list[tuple[int, int]] = []
        self.persons: dict[tuple[int, str], int] = {}
        self.own_units: dict[int, int] = {}
        self.paid_hours = np.zeros(len(sites.posts))
        self.fixed_cost = np.zeros(len(sites.posts))
        self.classes = [day_class(scenario, day) for day in range(scenario.run.days)]
        self.warm_up = ticks(scenario.run.warm_up_s, scenario.run.tick_ms)
        self.run_ticks = scenario.run.days * DAY_TICKS
        self._openings: dict[str, list[_Span]] = {}

    def opening(self, number: int) -> list[_Span]:
        """Return (from, to) in ticks of the opening hours of a place, day by day."""
        site = self.sites.sites[number]
        if site.template not in self._openings:
            self._openings[site.template] = list(_opening(self.classes, site))
        return self._openings[site.template]

    def measured(self, start: int, end: int) -> int:
        """Return how many ticks of a span lie after the warm-up."""
        return end - max(start, min(self.warm_up, end))

    def shift(self, number: int, team: Team) -> int:
        """Return the number of a new shift in Day.absent, −1 when nobody of the team is ever absent."""
        if team.absence == 0.0:
            return -1
        mine = self.shifts[-1][1] + 1 if self.shifts and self.shifts[-1][0] == number else 0
        self.shifts.append((number, mine))
        return len(self.shifts) - 1

    def works(self, number: int, span: _Span, offs: Sequence[_Span], team: Team, unit: int, kth: int) -> None:
        """Let somebody work from and to, in ticks, with breaks."""
        (start, end), shift = span, self.shift(number, team)
        early = min(ticks(team.stop_before_s, 1), end - start)
        self.entries.append((start, COMES, number, 0, unit, shift))
        self.entries.append((end - early, GOES, number, early, unit, shift))
        away = _away(span, offs, team.shrinkage, kth) if team.shrinkage > 0.0 else []
        for begin, stop in (*offs, *away):
            if begin < end - early:
                self.entries.append((begin, BREAKS, number, stop - begin, unit, shift))

    def roster(self, number: int, post: Post, team: Team, rows: Sequence[StaffingRow]) -> None:
        """Plan the shifts of a team at one place by its rows."""
        site = self.sites.sites[post.site]
        mine = [row for row in rows if row.place in (ALWAYS, site.name, site.template)]
        unit_of = self._units_of(number, mine) if any(row.person for row in mine) else {}
        busy: dict[int, int] = {}
        spans: list[tuple[int, int, int, StaffingRow]] = []
        for day, kind in enumerate(self.classes):
            for index, row in enumerate(mine):
                if row.day not in (None, day) or row.day_class not in (ALWAYS, kind):
                    continue
                midnight = day * DAY_TICKS
                span = midnight + row.start * 1000, midnight + row.end * 1000
                meal = sum(self.measured(midnight + a * 1000, midnight + b * 1000) for a, b in row.meal)
                self.paid_hours[number] += row.count * (self.measured(*span) - meal) / 3_600_000
                spans.extend((*span, unit_of.get((index, k), -1), row) for k in range(row.count))
        if unit_of:
            spans.sort(key=lambda one: one[:3])
        for kth, (start, end, unit, row) in enumerate(spans):
            if unit >= 0 and start < busy.get(unit, 0):
                where = f"staffing.{post.team}"
                raise InputError.one("person_twice", file=self.scenario.id, field=where, value=row.person or unit)
            if unit >= 0:
                busy[unit] = end
            midnight = start - row.start * 1000
            offs = [(midnight + a * 1000, midnight + b * 1000) for a, b in (*row.meal, *row.breaks)]
            self.works(number, (start, end), offs, team, unit, kth)

    def _units_of(self, number: int, rows: Sequence[StaffingRow]) -> dict[tuple[int, int], int]:
        """Return (row, k-th of it) → unit: a person's own, and one for everybody without a name."""
        out: dict[tuple[int, int], int] = {}
        for index, row in enumerate(rows):
            for k in range(row.count):
                if row.person is None:
                    out[index, k] = self.own_units[number] = self.own_units.get(number, -1) + 1
                    continue
                key = (number, row.person)
                if key not in self.persons:
                    self.persons[key] = self.own_units[number] = self.own_units.get(number, -1) + 1
                out[index, k] = self.persons[key]
        return out

    def team(self, number: int, post: Post, team: Team) -> None:
        """Plan a constant number on duty through the opening hours."""
        opening, count = self.opening(post.site), team.staff or 0
        never = self.sites.sites[post.site].never_closes
        days = [(day * DAY_TICKS, (day + 1) * DAY_TICKS) for day in range(self.scenario.run.days)]
        if never and team.absence == 0.0:
            self.entries.extend((0, COMES, number, 0, -1, -1) for _ in range(count))
            for span, kth in itertools.product(days if team.shrinkage > 0.0 else (), range(count)):
                for begin, stop in _away(span, (), team.shrinkage, kth):
                    self.entries.append((begin, BREAKS, number, stop - begin, -1, -1))
        elif never:  # day by day, because one is absent from a shift
            for span, kth in itertools.product(days, range(count)):
                self.works(number, span, (), team, -1, kth)
        else:
            for span in _joined(opening):
                for kth in range(count):
                    self.works(number, span, (), team, -1, kth)
        self.paid_hours[number] = count * sum(self.measured(*span) for span in opening) / 3_600_000

    def equipment(self, number: int, post: Post) -> None:
        """Plan equipment: there through the opening hours."""
        spec, opening = post.spec, self.opening(post.site)
        if isinstance(spec, Team):
            raise TypeError(spec)
        units: Iterable[int] = itertools.repeat(-1, spec.units)
        if spec.mtbf is not None:
            self.own_units[number] = spec.units - 1
            units = range(spec.units)
        for unit in units:
            if self.sites.sites[post.site].never_closes:
                self.entries.append((0, COMES, number, 0, unit, -1))
                continue
            for start, end in _joined(opening):
                self.entries.append((start, COMES, number, 0, unit, -1))
                self.entries.append((end, GOES, number, 0, unit, -1))
        shares = sum(self.measured(start, end) / (end - start) for start, end in opening)
        self.fixed_cost[number] = spec.units * spec.cost_per_day * shares

    def done(self) -> Timeline:
        """Return the whole plan, in order, in ticks."""
        tick_ms = self.scenario.run.tick_ms
        entries = self.entries
        if tick_ms > 1:
            entries = [
                (
                    round(tick / tick_ms) * tick_ms,
                    op,
                    subject,
                    max(round(length / tick_ms), length > 0) * tick_ms,
                    unit,
                    shift,
                )
                for tick, op, subject, length, unit, shift in entries
            ]
        entries.sort()
        posts = self.sites.posts
        units = _units(entries, len(posts))
        for number, last in self.own_units.items():
            units[number] = last + 1
        change = np.zeros(len(entries), CHANGE)
        if entries:
            columns = np.array(entries, np.int64)
            for column, name in enumerate(("tick", "op", "subject", "length", "unit", "shift")):
                change[name] = columns[:, column]
            own = change["unit"] >= 0
            first = np.cumsum(units) - units
            change["unit"][own] += first[change["subject"][own]].astype(np.int32)
        staffed = [post.spec if isinstance(post.spec, Team) else None for post in posts]
        labour = Labour(
            self.paid_hours,
            np.array([team.cost_per_hour if team else 0.0 for team in staffed]),
            self.fixed_cost,
            np.array([team is not None for team in staffed], bool),
            np.array([team is not None and team.human for team in staffed], bool),
            self.scenario.money.overtime_factor,
            np.array([site.place.cost_per_day for site in self.sites.sites])
            * self.measured(0, self.run_ticks)
            / DAY_TICKS,
        )
        return Timeline(change, labour, units, self.shifts, self.persons)


def _away(span: _Span, offs: Sequence[_Span], share: float, kth: int) -> list[_Span]:
    """Return times away that are `share` of the time worked, spread over it, at other times for the next person."""
    worked: list[_Span] = []
    at = span[0]
    for begin, stop in sorted(offs):
        worked.append((at, begin))
        at = stop
    worked.append((at, span[1]))
    total = sum(stop - begin for begin, stop in worked)
    parts = math.ceil(total / (AWAY_EVERY_S * 1000))
    out: list[_Span] = []
    for part in range(parts):
        length = total / parts
        at_part = (part + ((kth + 1) * _GOLDEN % 1.0) * (1.0 - share)) * length
        out.extend(_clocks(worked, round(at_part), round(at_part + share * length)))
    return out


def _clocks(worked: Sequence[_Span], begin: int, stop: int) -> Iterator[_Span]:
    """Yield the clock times of a span of time worked; what lies between two spells of work parts it."""
    passed = 0
    for start, end in worked:
        low, high = max(begin, passed), min(stop, passed + end - start)
        if low < high:
            yield start + low - passed, start + high - passed
        passed += end - start


def _opening(classes: Sequence[str], site: Site) -> Iterator[_Span]:
    """Yield (from, to) in ticks of the opening hours of a place, day by day."""
    for day, kind in enumerate(classes):
        if site.open_on(kind):
            start = day * DAY_TICKS
            yield start + site.place.opens * 1000, start + min(site.place.closes, _end_of_day(site)) * 1000


def _end_of_day(site: Site) -> int:
    """Return the latest second of a day at which the place can close: the next day begins where it never closes."""
    return DAY_S if site.never_closes else 2 * DAY_S


def _joined(spans: Iterable[_Span]) -> list[_Span]:
    """Join spans that touch: a place that closes at midnight and opens at midnight does neither."""
    out: list[_Span] = []
    for start, end in spans:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _units(entries: list[_Entry], n_pools: int) -> npt.NDArray[np.int64]:
    planned = np.zeros(n_pools, np.int64)
    most = np.zeros(n_pools, np.int64)
    for _, op, subject, *_ in entries:
        if op == COMES:
            planned[subject] += 1
            most[subject] = max(most[subject], planned[subject])
        elif op == GOES:
            planned[subject] -= 1
    return 2 * most
