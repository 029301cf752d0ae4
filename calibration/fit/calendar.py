"""The days of a log: which were seen, their classes, the hours in which the place was open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.clean import callers, offered, served
from calibration.columns import DAY_S, Calendar, Flags, Ints, Log

INTERVAL_S = 1800
"""Half-hours: the grid of rates and staffing."""
PER_DAY = DAY_S // INTERVAL_S
BUSY_ENOUGH = 0.1


@dataclass(frozen=True)
class Hours:
    """Opening hours of a day class, as half-hours of the day: `first` up to but without `last`."""

    first: int
    last: int


@dataclass(frozen=True)
class Days:
    """The days of a log.

    Attributes
    ----------
    seen : array of int
        Days with at least one caller, counted from 1970-01-01.
    day_class : tuple[str, ...]
        Class of each day seen.
    missing : tuple[int, ...]
        Days between the first and the last without a single caller: not counted as days without demand.
    hours : dict[str, Hours]
        Opening hours of each class that was seen open.
    """

    seen: Ints
    day_class: tuple[str, ...]
    missing: tuple[int, ...]
    hours: dict[str, Hours]

    def of(self, name: str) -> Ints:
        """Return the days of a class."""
        mine: Ints = self.seen[np.array(self.day_class) == name]
        return mine

    def classes(self) -> tuple[str, ...]:
        """Return the classes that were open, the one with most days first."""
        return tuple(sorted(self.hours, key=lambda name: (-len(self.of(name)), name)))


def days(log: Log, calendar: Calendar) -> Days:
    """Return the days of a log, by class, and when the place was open.

    A half-hour is open when on at least half of the days of the class someone's service began in it, and at
    least `BUSY_ENOUGH` times as many as in the median half-hour with any; the opening hours run from the
    first to the last such half-hour. So a few calls taken before the doors open do not move the opening by
    half an hour.
    """
    seen = np.unique(log.day[callers(log)])
    kinds = tuple(calendar.of(int(day)) for day in seen)
    every = np.arange(seen[0], seen[-1] + 1) if len(seen) else seen
    missing = tuple(int(day) for day in np.setdiff1d(every, seen))
    out = Days(seen, kinds, missing, {})
    begun = served(log) & (log.start >= log.day * DAY_S)
    for kind in dict.fromkeys(kinds):
        mine = out.of(kind)
        here = begun & np.isin(log.day, mine)
        slot = (log.start[here] - log.day[here] * DAY_S) // INTERVAL_S
        today = slot < PER_DAY
        pairs = np.unique(np.stack([log.day[here][today], slot[today]]), axis=1)[1]
        calls = np.bincount(slot[today], minlength=PER_DAY)
        if not calls.any():
            continue
        often = 2 * np.bincount(pairs, minlength=PER_DAY) >= len(mine)
        slots = np.flatnonzero(often & (calls >= BUSY_ENOUGH * np.median(calls[calls > 0])))
        if len(slots):
            out.hours[kind] = Hours(int(slots[0]), int(slots[-1]) + 1)
    return out


def slot_of(log: Log) -> Ints:
    """Return the half-hour of its day in which each call arrived."""
    slots: Ints = (log.arrive - log.day * DAY_S) // INTERVAL_S
    return slots


def within(log: Log, days: Days, kind: str) -> Flags:
    """Return the rows that arrived on a day of class `kind` within its opening hours."""
    hours, slot = days.hours[kind], slot_of(log)
    return np.isin(log.day, days.of(kind)) & (slot >= hours.first) & (slot < hours.last)


def outside(log: Log, days: Days) -> Flags:
    """Return the rows that asked for a person outside the opening hours of their day."""
    inside = np.zeros(len(log), bool)
    for kind in days.hours:
        inside |= within(log, days, kind)
    return offered(log) & ~inside
