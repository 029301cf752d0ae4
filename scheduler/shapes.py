"""Permitted shifts: how long, when they may begin, and when meals, breaks and meetings lie in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_S = 86_400
HOUR_S = 3600
MINUTE_S = 60
SLOT_S = 900
"""Shifts, meals, breaks and meetings begin and end on quarter-hours."""


@dataclass(frozen=True)
class Off:
    """Time inside a shift in which nobody is served.

    Attributes
    ----------
    kind : str
        ``meal`` and ``gap`` (between the parts of a split shift) are unpaid, ``break`` and ``meeting`` are paid.
    earliest, latest : int
        When it may begin, in seconds after the beginning of the shift.
    length_s : int
    """

    kind: Literal["meal", "gap", "break", "meeting"]
    earliest: int
    latest: int
    length_s: int

    @property
    def paid(self) -> bool:
        """Tell whether the time is paid."""
        return self.kind in ("break", "meeting")


@dataclass(frozen=True)
class Meeting:
    """A meeting (晨夕会): seconds after the beginning of the shift, before its end, or at a time of day.

    One at a time of day is attended by everybody whose shift has the whole of it.
    """

    length_s: int
    after: int | None = None
    before_end: int | None = None
    at: int | None = None


@dataclass(frozen=True)
class Pattern:
    """One way to work a shape: its span, and the offs in it in order of time, which can never overlap."""

    span_s: int
    offs: tuple[Off, ...]


@dataclass(frozen=True)
class Shape:
    """A permitted shift.

    Attributes
    ----------
    name : str
    paid_s, span_s : int
        Paid time, and from begin to end: paid time plus the unpaid meal (without the gap of a split shift).
    meal : (earliest, latest), optional
        When the meal may begin, in seconds after the beginning of the shift; also the windows of `breaks`.
    meal_s, break_s : int
    starts : (earliest, latest), optional
        When the shift may begin, in seconds after midnight; any time when None.
    grid_s : int, optional
        It begins on multiples of this; of the rule ``start_grid`` when None.
    meetings : tuple of Meeting
    first_s, gap_s : (least, most), optional
        Of a split shift: length of its first part, and of the unpaid time between the parts; in steps of `step_s`.
    on_call : bool
        Not at work, but may be called: counts for stand-by only and is paid `pay_share` of the wage.
    title : sim.Text, optional
        What the shift is called; words are made from its times where None.
    """

    name: str
    paid_s: int
    span_s: int
    meal: tuple[int, int] | None = None
    meal_s: int = 0
    breaks: tuple[tuple[int, int], ...] = ()
    break_s: int = 0
    starts: tuple[int, int] | None = None
    grid_s: int | None = None
    meetings: tuple[Meeting, ...] = ()
    first_s: tuple[int, int] | None = None
    gap_s: tuple[int, int] | None = None
    step_s: int = 2 * SLOT_S
    on_call: bool = False
    pay_share: float = 1.0
    title: sim.Text | None = field(default=None, compare=False)

    @property
    def on_duty_s(self) -> int:
        """Return the time on duty, in seconds: paid time without breaks and meetings of every such shift."""
        met = sum(one.length_s for one in self.meetings if one.at is None)
        return self.paid_s - self.break_s * len(self.breaks) - met

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """Return the ways to work it: one, or one for every first part and gap of a split shift.

        Raises
        ------
        ValueError
            When meals, breaks and meetings could overlap, or not lie inside the shift, whichever way is taken.
        """
        found = []
        for first, gap in self._parts():
            span = self.span_s + gap
            offs = [Off("break", *window, self.break_s) for window in self.breaks]
            offs += [Off("meal", *self.meal, self.meal_s)] if self.meal else []
            offs += [Off("gap", first, first, gap)] if gap else []
            offs += [
                Off("meeting", one.after, one.after, one.length_s) for one in self.meetings if one.after is not None
            ]
            ends = ((span - one.before_end, one) for one in self.meetings if one.before_end is not None)
            offs += [Off("meeting", begin, begin, one.length_s) for begin, one in ends]
            offs.sort(key=lambda off: off.earliest)
            limits = [*(off.earliest for off in offs), span][1:]
            if all(off.latest + off.length_s <= limit for off, limit in zip(offs, limits, strict=True)):
                found.append(Pattern(span, tuple(offs)))
        if not found:
            raise ValueError(self.name)
        return tuple(found)

    def _parts(self) -> list[tuple[int, int]]:
        """Return (length of the first part, gap) of every way to split it."""
        if self.first_s is None or self.gap_s is None:
            return [(0, 0)]
        firsts = range(self.first_s[0], self.first_s[1] + 1, self.step_s)
        return [(first, gap) for first in firsts for gap in range(self.gap_s[0], self.gap_s[1] + 1, self.step_s)]

    def begins(self, grid_s: int, latest_end_s: int) -> range:
        """Return the times after midnight at which it may begin on a grid, if nothing may end after `latest_end_s`."""
        grid = self.grid_s or grid_s
        first, last = self.starts or (0, DAY_S - SLOT_S)
        shortest = min(pattern.span_s for pattern in self.patterns)
        return range(-(-first // grid) * grid, min(last, latest_end_s - shortest) + 1, grid)


def shape(one: Mapping[str, Any], rules: Mapping[str, Any]) -> Shape:
    """Return a shape from its table in a contract file.

    Parameters
    ----------
    one : mapping
        Keys ``name, title, paid_h, meal, meal_min, breaks, break_min, start, grid_min, meetings, split, on_call,
        pay_share`` as in docs/explanation/shifts.md.
    rules : mapping
        Rule name → something with a `value`: lengths of meal and break (minutes), most hours a day.

    Raises
    ------
    KeyError, TypeError, ValueError
        Something is missing, of another kind, not on quarter-hours, longer than a day's hours, or meals and breaks
        could overlap.
    """
    unknown = set(one) - _KEYS
    if unknown:
        raise ValueError(*sorted(unknown))
    paid_s = round(one["paid_h"] * HOUR_S)
    meal_s = round(one.get("meal_min", rules["meal"].value) * MINUTE_S) if "meal" in one else 0
    break_s = round(one.get("break_min", rules["break"].value) * MINUTE_S)
    split = one.get("split")
    made = Shape(
        str(one["name"]),
        paid_s,
        paid_s + meal_s,
        window(one["meal"]) if "meal" in one else None,
        meal_s,
        tuple(window(pair) for pair in one.get("breaks", ())),
        break_s,
        window(one["start"]) if "start" in one else None,
        round(one["grid_min"] * MINUTE_S) if "grid_min" in one else None,
        tuple(_meeting(table) for table in one.get("meetings", ())),
        _hours(split["first_h"]) if split else None,
        _hours(split["gap_h"]) if split else None,
        round(split.get("step_min", 30) * MINUTE_S) if split else 2 * SLOT_S,
        bool(one.get("on_call", False)),
        float(one.get("pay_share", 1.0)),
        sim.Text(**one["title"]) if "title" in one else None,
    )
    lengths = [paid_s, meal_s, break_s, made.step_s, made.grid_s or SLOT_S, *(made.first_s or ()), *(made.gap_s or ())]
    lengths += [moment for pattern in made.patterns for off in pattern.offs for moment in (off.earliest, off.latest)]
    lengths += [moment for one in made.meetings for moment in (one.length_s, one.at or 0)]
    whole_day = paid_s > rules["hours_per_day"].value * HOUR_S and not made.on_call
    if paid_s <= 0 or whole_day or made.step_s <= 0 or not 0 <= made.pay_share <= 1 or any(v % SLOT_S for v in lengths):
        raise ValueError(made.name)
    return made


_KEYS = frozenset(
    (
        *("name", "title", "paid_h", "meal", "meal_min", "breaks", "break_min", "start", "grid_min"),
        *("meetings", "split", "on_call", "pay_share"),
    )
)


def clock(text: str) -> int:
    """Return the seconds of ``"HH:MM"``."""
    return MINUTE_S * (60 * int(text[:-3]) + int(text[-2:]))


def window(value: Any) -> tuple[int, int]:
    """Return (earliest, latest) in seconds of a pair of ``"HH:MM"``."""
    earliest, latest = (clock(text) for text in value)
    if latest < earliest:
        raise ValueError(value)
    return earliest, latest


def _hours(value: Any) -> tuple[int, int]:
    least, most = (round(hours * HOUR_S) for hours in value)
    if not 0 < least <= most:
        raise ValueError(value)
    return least, most


def _meeting(table: Mapping[str, Any]) -> Meeting:
    """Return a meeting that says exactly one of ``after``, ``before_end``, ``at``."""
    said = [key for key in ("after", "before_end", "at") if key in table]
    if len(said) != 1 or set(table) - {said[0], "minutes"}:
        raise ValueError(table)
    return Meeting(round(table["minutes"] * MINUTE_S), **{said[0]: clock(table[said[0]])})
