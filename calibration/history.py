"""How many customers came: counts by place and service, day and half-hour, and what kind of day each was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.clean import callers, offered
from calibration.columns import DAY_S, Calendar, Floats

if TYPE_CHECKING:
    from calibration.columns import Log, Preset

INTERVAL_S = 1800
PER_DAY = DAY_S // INTERVAL_S
WEEK = 7
FEWEST_DAYS = 14
"""A shorter history has no level and no weekdays to speak of."""


@dataclass(frozen=True)
class History:
    """Counts of customers by series, day and half-hour.

    Attributes
    ----------
    series : tuple[tuple[str, str], ...]
        Place and service of each.
    first : int
        First day, counted from 1970-01-01.
    counts : array (series, days, 48)
        Customers; NaN throughout a day that is missing.
    """

    series: tuple[tuple[str, str], ...]
    first: int
    counts: Floats

    @property
    def last(self) -> int:
        """Last day."""
        return self.first + int(self.counts.shape[1]) - 1

    def until(self, day: int) -> History:
        """Return the history up to and with a day."""
        return History(self.series, self.first, self.counts[:, : max(0, day - self.first + 1)])


def kinds(calendar: Calendar, first: int, days: int) -> tuple[list[str], list[bool]]:
    """Return the class of each day, and whether it is a special one: not its weekday's own."""
    names = [calendar.of(first + k) for k in range(days)]
    return names, [name != own_class(calendar, first + k) for k, name in enumerate(names)]


def weekday_of(day: int) -> int:
    """Return the weekday of a day counted from 1970-01-01, Monday 0."""
    return int(day + 3) % WEEK  # 1970-01-01 was a Thursday


def own_class(calendar: Calendar, day: int) -> str:
    """Return the class that the weekday of a day has by itself."""
    return calendar.week[(weekday_of(day) - calendar.begins) % WEEK]


def history_of(log: Log, preset: Preset) -> History:
    """Return the customers who asked for a person, by place and service, day and half-hour.

    Where a place has several services there is a series ``*`` of all of them. A day without any caller is
    missing, unless no day of its weekday or special class has any: then it is a day on which nobody opens.
    """
    rows = offered(log)
    seen = np.unique(log.day[callers(log)])
    first, days = int(seen[0]), int(seen[-1] - seen[0]) + 1
    one = np.zeros((len(log.places), len(log.services), days, PER_DAY))
    second = log.arrive[rows] - log.day[rows] * DAY_S
    np.add.at(one, (log.place[rows], log.service[rows], log.day[rows] - first, second // INTERVAL_S), 1)
    return history_from(one, log.places, log.services, preset, first, seen)


def history_from(
    counts: Any, places: tuple[str, ...], services: tuple[str, ...], preset: Preset, first: int, seen: Any
) -> History:
    """Return counts (places, services, days, 48) as a history; `seen` are the days that are not missing."""
    days = counts.shape[2]
    there = np.isin(np.arange(first, first + days), seen)
    classes = zip(*kinds(preset.calendar, first, days), strict=True)
    labels = [kind if special else str(weekday_of(first + k)) for k, (kind, special) in enumerate(classes)]
    ever = {label for label, here in zip(labels, there, strict=True) if here}
    missing = ~there & np.array([label in ever for label in labels])
    series: list[tuple[str, str]] = []
    rows = []
    for p, place in enumerate(places):
        called = preset.site[0] if place == "*" else place
        mine = [s for s in range(len(services)) if counts[p, s].any()]
        for s in mine:
            series.append((called, services[s]))
            rows.append(counts[p, s])
        if len(mine) > 1:
            series.append((called, "*"))
            rows.append(counts[p].sum(axis=0))
    out = np.stack(rows) if rows else np.zeros((0, days, PER_DAY))
    out[:, missing] = np.nan
    return History(tuple(series), first, out)


def long_enough(history: History) -> bool:
    """Tell whether a history has enough days for `fit`."""
    known = np.isfinite(history.counts.sum(axis=2)).any(axis=0)
    return int(known.sum()) >= FEWEST_DAYS
