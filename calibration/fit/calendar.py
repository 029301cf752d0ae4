"""The days of a log: which were seen, their classes, the hours in which each place was open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import callers, offered, served
from calibration.columns import DAY_S, Calendar, Flags, Ints, Log

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERVAL_S = 1800
"""Half-hours: the grid of opening hours and staffing, and of rates unless told otherwise."""
PER_DAY = DAY_S // INTERVAL_S
BUSY_ENOUGH = 0.1
SPARSE = 2.0
TAIL = 0.005


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
        Days between the first and the last without a single caller: not counted as days without demand. A
        class or a weekday that was never seen is closed, not missing.
    hours : dict[str, Hours]
        Opening hours of each class that was seen open: from the first place that opens to the last that closes.
    at : Mapping[tuple[int, str], Hours]
        Opening hours of each place (index into the log's places) and class in which it was seen open.
    present : array of bool, places × days seen
        Whether a place had any caller on a day: a place without one is missing that day.
    """

    seen: Ints
    day_class: tuple[str, ...]
    missing: tuple[int, ...]
    hours: dict[str, Hours]
    at: Mapping[tuple[int, str], Hours] = field(default_factory=dict)
    present: Flags = field(default_factory=lambda: np.zeros((1, 0), bool))

    def of(self, name: str, place: int | None = None) -> Ints:
        """Return the days of a class, those on which a place was there if one is given."""
        mine = np.array(self.day_class) == name
        if place is not None:
            mine = mine & self.present[place]
        days: Ints = self.seen[mine]
        return days

    def classes(self) -> tuple[str, ...]:
        """Return the classes that were open, the one with most days first."""
        return tuple(sorted(self.hours, key=lambda name: (-len(self.of(name)), name)))


def days(log: Log, calendar: Calendar) -> Days:
    """Return the days of a log, by class, and when each place was open.

    A half-hour is open when on at least half of the days of the class someone's service began in it, and at
    least `BUSY_ENOUGH` times as many as in the median half-hour with any; the opening hours run from the
    first to the last such half-hour. So a few calls taken before the doors open do not move the opening by
    half an hour. Where calls are few (under `SPARSE` a half-hour), the hours are those of all services but the
    first and the last `TAIL`.
    """
    here = callers(log)
    seen = np.unique(log.day[here])
    kinds = tuple(calendar.of(int(day)) for day in seen)
    every = np.arange(seen[0], seen[-1] + 1) if len(seen) else seen
    open_on = np.unique(seen % 7) if len(every) > 2 * 7 else np.arange(7)
    gaps = [int(day) for day in np.setdiff1d(every, seen) if day % 7 in open_on]
    missing = tuple(day for day in gaps if calendar.of(day) in kinds)
    present = np.zeros((len(log.places), len(seen)), bool)
    present[log.place[here], np.searchsorted(seen, log.day[here])] = True
    out = Days(seen, kinds, missing, {}, {}, present)
    at: dict[tuple[int, str], Hours] = {}
    names = tuple(dict.fromkeys(kinds))
    number = np.array([names.index(kind) for kind in kinds], np.int64)
    begun = served(log) & (log.start >= log.day * DAY_S) & (log.start < (log.day + 1) * DAY_S)
    begun &= np.isin(log.day, seen)
    day = np.searchsorted(seen, log.day[begun])
    slot = (log.start[begun] - log.day[begun] * DAY_S) // INTERVAL_S
    place = log.place[begun]
    shape = (len(log.places), len(names), PER_DAY)
    cell = np.ravel_multi_index((place, number[day], slot), shape) if len(slot) else slot
    calls = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
    once = np.unique(cell * len(seen) + day) // max(len(seen), 1)
    often = np.bincount(once, minlength=int(np.prod(shape))).reshape(shape)
    for p in range(shape[0]):
        for k, kind in enumerate(names):
            mine = calls[p, k]
            if not mine.any():
                continue
            days_here = np.count_nonzero(present[p] & (number == k))
            if mine.sum() < SPARSE * days_here * np.count_nonzero(mine):
                upto = np.cumsum(mine) / mine.sum()
                slots = np.flatnonzero((upto >= TAIL) & (upto - mine / mine.sum() <= 1 - TAIL))
            else:
                busy = mine >= BUSY_ENOUGH * np.median(mine[mine > 0])
                slots = np.flatnonzero((2 * often[p, k] >= days_here) & busy)
            if len(slots):
                at[p, kind] = Hours(int(slots[0]), int(slots[-1]) + 1)
    hours = {
        kind: Hours(min(at[key].first for key in mine), max(at[key].last for key in mine))
        for kind in names
        if (mine := [key for key in at if key[1] == kind])
    }
    return Days(seen, kinds, missing, hours, at, out.present)


def slot_of(log: Log) -> Ints:
    """Return the half-hour of its day in which each call arrived."""
    slots: Ints = (log.arrive - log.day * DAY_S) // INTERVAL_S
    return slots


def within(log: Log, days: Days, kind: str) -> Flags:
    """Return the rows that arrived on a day of class `kind` within the opening hours of their place."""
    first = np.full(len(log.places), PER_DAY)
    last = np.zeros(len(log.places), np.int64)
    for (place, name), hours in days.at.items():
        if name == kind:
            first[place], last[place] = hours.first, hours.last
    slot = slot_of(log)
    inside: Flags = np.isin(log.day, days.of(kind)) & (slot >= first[log.place]) & (slot < last[log.place])
    return inside


def outside(log: Log, days: Days) -> Flags:
    """Return the rows that asked for a person outside the opening hours of their day."""
    inside = np.zeros(len(log), bool)
    for kind in days.hours:
        inside |= within(log, days, kind)
    return offered(log) & ~inside
