"""A roster to be made, as numbers: who may work what on which day, what it costs, and the rules of each person.

Every engine (`exact`, `columns`, `tours`) reads this one form, and every rule of a contract has one place in it: a rule
between neighbouring days (`Member.most_on` … `Member.clash`), of weekends, or a sum over days (`Line`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OFF = -1
"""Stands in a `Work` for a day without a shift."""

Work = list[list[int]]
"""Member → day → index of the kind of shift, or `OFF`."""


@dataclass(frozen=True)
class Kind:
    """A kind of shift: its times in seconds after midnight (both 0 where they are not known) and its paid time.

    `shape` is what rules and wishes call it; `skill` what it asks of people ("" for nothing).
    """

    id: str
    start_s: int
    end_s: int
    paid_s: int
    shape: str = ""
    skill: str = ""


@dataclass(frozen=True)
class Line:
    """A rule that is a sum: low ≤ Σ number · [the person works kind on day] ≤ high.

    `short` and `excess` are what a unit below `low` or above `high` costs; None: it may not be.
    """

    rule: str
    day: int
    """The last day that it looks at; where a violation is reported."""
    terms: tuple[tuple[int, int, int], ...]
    """(day, kind, number) each."""
    low: int | None = None
    high: int | None = None
    short: int | None = None
    excess: int | None = None

    def total(self, days: Sequence[int]) -> int:
        """Return the sum for one person's days."""
        return sum(number for day, kind, number in self.terms if days[day] == kind)

    def price(self, days: Sequence[int]) -> int | None:
        """Return what the person's days cost by this rule; None when they break it."""
        total = self.total(days)
        under = max(0, self.low - total) if self.low is not None else 0
        over = max(0, total - self.high) if self.high is not None else 0
        if (under and self.short is None) or (over and self.excess is None):
            return None
        return under * (self.short or 0) + over * (self.excess or 0)


@dataclass(frozen=True)
class Member:
    """One person: what is possible, what it costs, and the rules that look from day to day.

    Attributes
    ----------
    can : tuple of tuples of int
        Day → kinds that the person may work (skills, leave, locks and what went before are in it).
    must : frozenset of int
        Days on which the person works, whatever it is (fixed by hand).
    cost : mapping (day, kind) → int
        What working it costs (wishes, wage); `base` is added once.
    most_on, least_on, least_off : int
        Days in a row worked at most, at least, and days off in a row at least; 0 where there is no rule. A run that
        touches the edge of the horizon counts as long enough.
    before_on, before_off : int
        Days worked, or days off, in a row before day 0; both 0: not known (the day before was off, long enough).
    clash : frozenset of (kind, kind)
        Kinds that may not follow one another on the next day.
    weekends : int or None
        Weekends with work at most.
    stop_price : int
        Price of each day off that follows a day of work: with it, days off stand together.
    """

    person: str
    can: tuple[tuple[int, ...], ...]
    must: frozenset[int] = frozenset()
    cost: dict[tuple[int, int], int] = field(default_factory=dict)
    base: int = 0
    most_on: int = 0
    least_on: int = 0
    least_off: int = 0
    before_on: int = 0
    before_off: int = 0
    clash: frozenset[tuple[int, int]] = frozenset()
    weekends: int | None = None
    stop_price: int = 0
    lines: tuple[Line, ...] = ()

    @property
    def edge_counts(self) -> bool:
        """Tell whether a run from day 0 on counts as long enough, because nothing is known of the days before."""
        return not (self.before_on or self.before_off)


@dataclass(frozen=True)
class Cover:
    """People wanted: `target` of `people` (None: of all) in one of `kinds` on `day`; `under` and `over` price each."""

    day: int
    kinds: tuple[int, ...]
    target: int
    under: int
    over: int = 0
    people: frozenset[int] | None = None
    """Indices of members that count."""


@dataclass(frozen=True)
class Spread:
    """A burden to be shared: `price` times the difference between who bears most and who bears least.

    `scores` is (day, kind) → number; `before` is what each member bore already; members not in `people` do not count.
    """

    name: str
    scores: dict[tuple[int, int], int]
    price: int
    before: tuple[int, ...]
    people: tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """A roster to be made.

    Attributes
    ----------
    days : int
    kinds : tuple of Kind
    members : tuple of Member
    covers : tuple of Cover
    weekends : tuple of tuples of int
        Days of each weekend.
    spreads : tuple of Spread
    """

    days: int
    kinds: tuple[Kind, ...]
    members: tuple[Member, ...]
    covers: tuple[Cover, ...]
    weekends: tuple[tuple[int, ...], ...] = ()
    spreads: tuple[Spread, ...] = ()

    @cached_property
    def base(self) -> int:
        """Return the part of the objective that no roster changes."""
        return sum(member.base for member in self.members)

    def price(self, work: Work) -> int | None:
        """Return the objective of a roster; None when it breaks a rule."""
        total = 0
        for member, days in zip(self.members, work, strict=True):
            price = self.price_of(member, days)
            if price is None:
                return None
            total += price
        return total + self.price_of_cover(work) + self.price_of_spread(work)

    def price_of(self, member: Member, days: Sequence[int]) -> int | None:
        """Return what one person's days cost without cover and fairness; None when they break a rule."""
        if not self.keeps(member, days):
            return None
        total = member.base + sum(member.cost.get((day, kind), 0) for day, kind in enumerate(days) if kind != OFF)
        for line in member.lines:
            price = line.price(days)
            if price is None:
                return None
            total += price
        return total + member.stop_price * stops(days)

    def keeps(self, member: Member, days: Sequence[int]) -> bool:
        """Tell whether one person's days keep what is possible and the rules from day to day and of weekends."""
        for day, kind in enumerate(days):
            if (kind == OFF and day in member.must) or (kind != OFF and kind not in member.can[day]):
                return False
            if day and kind != OFF and (days[day - 1], kind) in member.clash:
                return False
        if member.weekends is not None:
            worked = sum(any(days[day] != OFF for day in weekend) for weekend in self.weekends)
            if worked > member.weekends:
                return False
        return self._runs_are_right(member, days)

    def _runs_are_right(self, member: Member, days: Sequence[int]) -> bool:
        first = 0
        while first < self.days:
            on = days[first] != OFF
            last = first
            while last + 1 < self.days and (days[last + 1] != OFF) is on:
                last += 1
            length = last - first + 1
            at_begin = first == 0
            if at_begin:
                length += member.before_on if on else member.before_off
            if on and member.most_on and length > member.most_on:
                return False
            if last < self.days - 1 and not (at_begin and member.edge_counts):
                least = member.least_on if on else member.least_off
                if length < least:
                    return False
            first = last + 1
        # What went before is itself a run that ends at day 0.
        if days and days[0] == OFF and 0 < member.before_on < member.least_on:
            return False
        return not (days and days[0] != OFF and 0 < member.before_off < member.least_off)

    def price_of_cover(self, work: Work) -> int:
        """Return what too few and too many people cost."""
        total = 0
        for cover in self.covers:
            number = self.count(cover, work)
            total += cover.under * max(0, cover.target - number) + cover.over * max(0, number - cover.target)
        return total

    def count(self, cover: Cover, work: Work) -> int:
        """Return how many people of a cover work."""
        people = range(len(work)) if cover.people is None else cover.people
        return sum(work[p][cover.day] in cover.kinds for p in people)

    def under(self, work: Work) -> int:
        """Return how many people are missing, over all covers."""
        return sum(max(0, cover.target - self.count(cover, work)) for cover in self.covers)

    def price_of_spread(self, work: Work) -> int:
        """Return what unevenly shared burdens cost."""
        return sum(spread.price * self.width(spread, work) for spread in self.spreads)

    def width(self, spread: Spread, work: Work) -> int:
        """Return the difference between who bears most of a burden and who bears least."""
        borne = [
            spread.before[p] + sum(spread.scores.get((day, kind), 0) for day, kind in enumerate(work[p]))
            for p in spread.people
        ]
        return max(borne) - min(borne) if borne else 0


def stops(days: Sequence[int]) -> int:
    """Return how many days off follow a day of work."""
    return sum(before != OFF and today == OFF for before, today in itertools.pairwise(days))


@dataclass(frozen=True)
class Solution:
    """The best roster an engine has found.

    Attributes
    ----------
    work : Work or None
    objective, bound : float
        Of the roster, and below which no roster can be; inf and -inf where not known.
    status : str
        ``optimal``, ``feasible``, ``infeasible`` or ``unknown``.
    limited : bool
        A time limit or an interrupt ended the search.
    """

    work: Work | None
    objective: float
    bound: float
    status: str
    limited: bool
