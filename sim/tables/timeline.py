"""Planned capacity: who comes on duty, takes a break and goes, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.model import ALWAYS, DAY_S, Scenario, StaffingRow, Team
from sim.tables.types import BREAKS, CHANGE, CLOSES, COMES, GOES, OPENS, Labour, Records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.tables.sites import Post, Site, Sites

DAY_TICKS = 86_400_000
_Entry = tuple[int, int, int, int]


def day_class(scenario: Scenario, day: int) -> str:
    """Return the class of a day of the run."""
    classes = scenario.run.day_classes
    return classes[day % len(classes)]


def ticks(seconds: float, tick_ms: int) -> int:
    """Return whole ticks of `tick_ms` milliseconds, rounded half to even."""
    return round(seconds * 1000 / tick_ms) * tick_ms


def build(scenario: Scenario, sites: Sites) -> tuple[Records, Labour, npt.NDArray[np.int64]]:
    """Return the planned changes (CHANGE), what is paid after the warm-up, and the number of units of each pool.

    A pool has twice as many units as people are ever planned at once, so that those who leave late do not stand in
    the way of those who come.
    """
    entries: list[_Entry] = []
    n_pools = len(sites.posts)
    paid_hours = np.zeros(n_pools)
    fixed_cost = np.zeros(n_pools)
    for number, site in enumerate(sites.sites):
        if site.never_closes:
            continue
        for start, end in _joined(_opening(scenario, site)):
            entries.append((start, OPENS, number, 0))
            entries.append((end, CLOSES, number, 0))
    rows: dict[str, list[StaffingRow]] = {}
    for row in scenario.staffing:
        rows.setdefault(row.team, []).append(row)
    warm_up = ticks(scenario.run.warm_up_s, scenario.run.tick_ms)

    def measured(day: int, span: tuple[int, int]) -> int:
        """Return how many ticks of a span of a day lie after the warm-up."""
        start, end = (day * DAY_TICKS + second * 1000 for second in span)
        return end - max(start, min(warm_up, end))

    for number, post in enumerate(sites.posts):
        spec = post.spec
        if isinstance(spec, Team) and post.team in rows:
            for day in range(scenario.run.days):
                for row in _on_day(rows[post.team], post, sites, scenario, day):
                    entries.extend(_shift(row, number, day))
                    meal = sum(measured(day, span) for span in row.meal)
                    paid_hours[number] += row.count * (measured(day, (row.start, row.end)) - meal) / 3_600_000
        else:
            count = spec.staff or 0 if isinstance(spec, Team) else spec.units
            site = sites.sites[post.site]
            opening = list(_opening(scenario, site))
            if site.never_closes:
                entries.extend((0, COMES, number, 0) for _ in range(count))
            else:
                for start, end in _joined(opening):
                    entries.extend((start, COMES, number, 0) for _ in range(count))
                    entries.extend((end, GOES, number, 0) for _ in range(count))
            open_for = [(end - max(start, min(warm_up, end)), end - start) for start, end in opening]
            if isinstance(spec, Team):
                paid_hours[number] = count * sum(part for part, _ in open_for) / 3_600_000
            else:
                fixed_cost[number] = count * spec.cost_per_day * sum(part / whole for part, whole in open_for)
    tick_ms = scenario.run.tick_ms
    entries = [
        (round(tick / tick_ms) * tick_ms, op, subject, max(round(length / tick_ms), length > 0) * tick_ms)
        for tick, op, subject, length in entries
    ]
    entries.sort()
    changes = np.array([(tick, length, op, subject, -1, -1) for tick, op, subject, length in entries], CHANGE)
    staffed = [post.spec if isinstance(post.spec, Team) else None for post in sites.posts]
    labour = Labour(
        paid_hours,
        np.array([team.cost_per_hour if team else 0.0 for team in staffed]),
        fixed_cost,
        np.array([team is not None for team in staffed], bool),
        np.array([team is not None and team.human for team in staffed], bool),
        scenario.money.overtime_factor,
    )
    return changes, labour, _units(entries, n_pools)


def _on_day(rows: list[StaffingRow], post: Post, sites: Sites, scenario: Scenario, day: int) -> Iterator[StaffingRow]:
    site = sites.sites[post.site]
    for row in rows:
        fits = row.place in (ALWAYS, site.name, site.template)
        if fits and row.day in (None, day) and row.day_class in (ALWAYS, day_class(scenario, day)):
            yield row


def _shift(row: StaffingRow, pool: int, day: int) -> Iterator[_Entry]:
    start = day * DAY_TICKS
    for _ in range(row.count):
        yield start + row.start * 1000, COMES, pool, 0
        yield start + row.end * 1000, GOES, pool, 0
        for begin, end in (*row.meal, *row.breaks):
            yield start + begin * 1000, BREAKS, pool, (end - begin) * 1000


def _opening(scenario: Scenario, site: Site) -> Iterator[tuple[int, int]]:
    """Yield (from, to) in ticks of the opening hours of a place, day by day."""
    for day in range(scenario.run.days):
        if site.open_on(day_class(scenario, day)):
            start = day * DAY_TICKS
            yield start + site.place.opens * 1000, start + min(site.place.closes, _end_of_day(site)) * 1000


def _end_of_day(site: Site) -> int:
    """Return the latest second of a day at which the place can close: the next day begins where it never closes."""
    return DAY_S if site.never_closes else 2 * DAY_S


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch: a place that closes at midnight and opens at midnight does neither."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _units(entries: list[_Entry], n_pools: int) -> npt.NDArray[np.int64]:
    planned = np.zeros(n_pools, np.int64)
    most = np.zeros(n_pools, np.int64)
    for _, op, subject, _ in entries:
        if op == COMES:
            planned[subject] += 1
            most[subject] = max(most[subject], planned[subject])
        elif op == GOES:
            planned[subject] -= 1
    return 2 * most
