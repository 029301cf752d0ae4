"""The best days of one person for given prices of every shift: a shortest path through runs, hours and weekends.

Dynamic programming over days, for many people at once in NumPy. A state is (kind worked last, days in a row worked,
units of paid time so far, weekends worked so far), or (days off in a row, units, weekends). Rules that are sums other
than the paid time of the whole horizon are not looked at: the caller prices them into the costs (their dual values).

Source of the method: pricing problem of column generation for nurse rostering, Burke and Curtois (2014), New approaches
to nurse rostering benchmark instances, European Journal of Operational Research 237(1), §4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.rosters.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scheduler.rosters.problem import Line, Member, Problem

    Floats = NDArray[np.float64]

MOST_UNITS = 96
"""Paid time of the horizon is looked at in the path when it has no more units than this; else it stays a sum."""

FEW_KINDS = 8


@dataclass(frozen=True)
class Hours:
    """The paid time of the whole horizon as units: least, most, and how many each kind has."""

    low: int
    high: int
    units: tuple[int, ...]


def hours(problem: Problem, member: Member) -> tuple[Hours | None, Line | None]:
    """Return the hard sum over all shifts of the horizon that can be part of the path, and the line that it is."""
    found: list[tuple[Hours, Line]] = []
    for line in member.lines:
        if line.high is None or line.short is not None or line.excess is not None:
            continue
        units = [0] * len(problem.kinds)
        for _, kind, number in line.terms:
            units[kind] = number
        seen = {(day, kind): number for day, kind, number in line.terms}
        whole = all(
            seen.get((day, kind)) == units[kind]
            for day, kinds in enumerate(member.can)
            for kind in kinds
            if units[kind]
        )
        step = math.gcd(*units)
        if not whole or min(units) < 0 or step == 0:
            continue
        high, low = line.high // step, -(-(line.low or 0) // step)
        if high <= MOST_UNITS and sum(bool(days) for days in member.can) * max(units) // step > high:
            found.append((Hours(low, high, tuple(one // step for one in units)), line))
    # The one that says most: it has a least as well, or others follow from it.
    best = max(
        found,
        key=lambda one: (one[0].low > 0, sum(implied(other, one[1]) for other in member.lines), -one[0].high),
        default=None,
    )
    return best if best is not None else (None, None)


def implied(line: Line, other: Line) -> bool:
    """Tell whether whoever keeps `other` keeps `line`: each term takes no larger part of its most."""
    if line.high is None or not other.high or line.low is not None or line is other or other.excess is not None:
        return False
    numbers = {(day, kind): number for day, kind, number in other.terms}
    return line.high > 0 and all(
        number * other.high <= numbers.get((day, kind), 0) * line.high for day, kind, number in line.terms
    )


class Pricer:
    """Finds the cheapest days of each of a group of people that share rules of succession and of units."""

    def __init__(self, problem: Problem, people: Sequence[int]) -> None:
        self.problem = problem
        self.people = list(people)
        members = [problem.members[p] for p in people]
        first = members[0]
        self.used = sorted({kind for member in members for kinds in member.can for kind in kinds})
        """Kinds that any of them may work; inside, kinds are counted among these."""
        at = {kind: k for k, kind in enumerate(self.used)}
        self.kinds = max(1, len(self.used))
        self.clash = np.zeros((self.kinds, self.kinds), dtype=bool)
        for before, after in first.clash:
            if before in at and after in at:
                self.clash[at[before], at[after]] = True
        found = [hours(problem, member)[0] for member in members]
        self.units = tuple(found[0].units[kind] for kind in self.used) if found[0] else (0,) * self.kinds
        same: dict[tuple[bytes, int], list[int]] = {}
        for kind in range(self.kinds):
            same.setdefault((self.clash[:, kind].tobytes(), self.units[kind]), []).append(kind)
        self.alike = [
            (np.flatnonzero(~self.clash[:, ones[0]]), units, np.array(ones)) for (_, units), ones in same.items()
        ]
        """Kinds with the same predecessors and units: (what they may follow, units, kinds)."""
        self.low = np.array([one.low if one else 0 for one in found])
        self.high = np.array([one.high if one else 0 for one in found])
        self.n = int(self.high.max()) + 1
        many = len(problem.weekends)
        weekends = [many if m.weekends is None else min(m.weekends, many) for m in members]
        self.counts_weekends = any(w < many for w in weekends)
        self.w = max(weekends) + 1 if self.counts_weekends else 1
        self.weekends = np.array(weekends)
        self.most = np.array([m.most_on for m in members])
        self.least = np.array([m.least_on for m in members])
        self.rest = np.array([m.least_off for m in members])
        self.r = max(1, *(max(m.most_on, m.least_on, m.before_on) for m in members))
        self.o = max(1, *(max(m.least_off, min(m.before_off, m.least_off)) for m in members))
        self.stop = np.array([float(m.stop_price) for m in members])
        self.edge = np.array([m.edge_counts for m in members])
        self.before_on = [m.before_on for m in members]
        self.before_off = [m.before_off for m in members]
        self.day_of_weekend = {day: k for weekend in problem.weekends for k, day in enumerate(weekend)}
        self.can = np.zeros((problem.days, len(members), self.kinds), dtype=bool)
        self.idle = np.zeros((problem.days, len(members)))
        for p, member in enumerate(members):
            for day, kinds in enumerate(member.can):
                self.can[day, p, [at[kind] for kind in kinds]] = True
            for day in member.must:
                self.idle[day, p] = np.inf

    def best(self, costs: Floats, each: int = 1) -> list[list[tuple[float, list[int]]]]:
        """Return for each person of the group up to `each` (cost, days), the cheapest first; none when impossible.

        Parameters
        ----------
        costs : array (people of the group, days, kinds)
            Price of working a kind on a day.
        each : int
            Further ones end with other hours, weekends or shifts on the last day.
        """
        if self.used:
            costs = costs[:, :, self.used]
        stages = self._forward(costs)
        on, off = stages[-1]
        people = len(self.people)
        allowed = (np.arange(self.n) >= self.low[:, None]) & (np.arange(self.n) <= self.high[:, None])
        last_on = np.where(allowed[:, None, None, :, None], on, np.inf).reshape(people, -1)
        last_off = np.where(allowed[:, None, :, None], off, np.inf).reshape(people, -1)
        last = np.concatenate([last_on, last_off], axis=1)
        out: list[list[tuple[float, list[int]]]] = []
        ends = np.argsort(last, axis=1)[:, :each] if each > 1 else np.argmin(last, axis=1)[:, None]
        for p in range(people):
            mine = []
            for end in ends[p]:
                if not np.isfinite(last[p, end]):
                    break
                days = self._back(stages, costs, p, int(end), last_on.shape[1])
                mine.append((float(last[p, end]), days))
            out.append(mine)
        return out

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        people, kinds = len(self.people), self.kinds
        return (people, kinds, self.r, self.n, self.w), (people, self.o, self.n, self.w)

    def _forward(self, costs: Floats) -> list[tuple[Floats, Floats]]:
        """Return for each day the cheapest way into every state."""
        stages: list[tuple[Floats, Floats]] = []
        shape_on, shape_off = self._shapes()
        kinds = self.kinds
        on = np.full(shape_on, np.inf)
        off = np.full(shape_off, np.inf)
        first, carried = self._begin()
        for day in range(self.problem.days):
            new_on, new_off = np.full(shape_on, np.inf), np.full(shape_off, np.inf)
            if day == 0:
                start = first
                for p in range(len(self.people)):
                    self._first_off(new_off, p)
            else:
                start = np.where(self._may_start(day)[:, :, None, None], off, np.inf).min(axis=1)
                may_stop = self._may_stop(day)
                ended = np.where(may_stop[:, None, :, None, None], on, np.inf).min(axis=(1, 2))
                new_off[:, 0] = ended + self.stop[:, None, None]
                new_off[:, 1:] = off[:, :-1]
                new_off[:, -1] = np.minimum(new_off[:, -1], off[:, -1])
            new_off += self.idle[day][:, None, None, None]
            price = np.where(self.can[day], costs[:, day], np.inf)
            for before, units, alike in self.alike:
                into = np.full((shape_on[0], self.r, self.n, self.w), np.inf)
                into[:, 0] = start
                if day == 0:
                    into = np.minimum(into, carried)
                elif len(before):
                    cont = on.min(axis=1) if len(before) == kinds else on[:, before].min(axis=1)
                    into[:, 1:] = cont[:, :-1]
                    free = self.most == 0
                    if free.any():
                        into[free, -1] = np.minimum(into[free, -1], cont[free, -1])
                self._forbid(into)
                into = self._weekend(day, into)
                if units:
                    moved = np.full_like(into, np.inf)
                    moved[:, :, units:] = into[:, :, :-units]
                    into = moved
                new_on[:, alike] = into[:, None] + price[:, alike, None, None, None]
            on, off = new_on, new_off
            stages.append((on, off))
        return stages

    def _begin(self) -> tuple[Floats, Floats]:
        """Return the ways into day 0: from days off, and from days worked before."""
        people = len(self.people)
        start = np.full((people, self.n, self.w), np.inf)
        cont = np.full((people, self.r, self.n, self.w), np.inf)
        for p in range(people):
            if self.before_on[p]:
                run = self.before_on[p]
                if run < self.r or not self.most[p]:
                    cont[p, min(run, self.r - 1), 0, 0] = 0.0
            elif self.edge[p] or self.before_off[p] >= self.rest[p]:
                start[p, 0, 0] = 0.0
        return start, cont

    def _first_off(self, new_off: Floats, p: int) -> None:
        """Set the states of a person who is off on day 0."""
        if self.before_on[p] and self.before_on[p] < self.least[p]:
            return
        run = 0 if self.before_on[p] else self.before_off[p]
        new_off[p, min(run, self.o - 1), 0, 0] = 0.0

    def _may_start(self, day: int) -> NDArray[Any]:
        """Return (person, days off) from which work may begin on `day`."""
        run = np.arange(1, self.o + 1)
        whole = self.edge[:, None] & (run == min(day, self.o))[None, :]
        return np.asarray((run[None, :] >= self.rest[:, None]) | whole)

    def _may_stop(self, day: int) -> NDArray[Any]:
        """Return (person, days worked) after which `day` may be off."""
        run = np.arange(1, self.r + 1)
        whole = self.edge[:, None] & (run == day)[None, :]
        return np.asarray((run[None, :] >= self.least[:, None]) | whole)

    def _forbid(self, into: Floats) -> None:
        """Take out runs longer than a person's rule permits."""
        run = np.arange(1, self.r + 1)
        too_long = (self.most[:, None] > 0) & (run[None, :] > self.most[:, None])
        into[too_long] = np.inf

    def _weekend(self, day: int, into: Floats) -> Floats:
        """Count a weekend with the first of its days that is worked."""
        if not self.counts_weekends or day not in self.day_of_weekend:
            return into
        moved = np.full_like(into, np.inf)
        moved[..., 1:] = into[..., :-1]
        too_many = np.arange(self.w)[None, :] > self.weekends[:, None]
        moved = np.where(too_many[:, None, None, :], np.inf, moved)
        if self.day_of_weekend[day]:
            # The day before belongs to the same weekend: it is counted already, unless work begins today.
            moved[:, 1:] = into[:, 1:]
        return moved

    def _back(self, stages: list[tuple[Floats, Floats]], costs: Floats, p: int, end: int, on_size: int) -> list[int]:
        """Return the days that lead to a state of the last day."""
        days = [OFF] * self.problem.days
        kinds = self.kinds
        at_work = end < on_size
        if at_work:
            kind, run, n, w = (int(x) for x in np.unravel_index(end, (kinds, self.r, self.n, self.w)))
        else:
            run, n, w = (int(x) for x in np.unravel_index(end - on_size, (self.o, self.n, self.w)))
            kind = OFF
        for day in range(self.problem.days - 1, -1, -1):
            if at_work:
                days[day] = self.used[kind]
            if day == 0:
                break
            on, off = stages[day - 1]
            if at_work:
                n -= self.units[kind]
                position = self.day_of_weekend.get(day) if self.counts_weekends else None
                if position == 0 or (position and run == 0):
                    w -= 1
                if run == 0:
                    ways = np.where(self._start_of[day][p], off[p, :, n, w], np.inf)
                    at_work, run, kind = False, int(np.argmin(ways)), OFF
                else:
                    ways = np.where(self.clash[:, kind], np.inf, on[p, :, run - 1, n, w])
                    before, previous = int(np.argmin(ways)), run - 1
                    if self.most[p] == 0 and run == self.r - 1:
                        longer = np.where(self.clash[:, kind], np.inf, on[p, :, run, n, w])
                        if longer.min() < ways[before]:
                            before, previous = int(np.argmin(longer)), run
                    kind, run = before, previous
            elif run == 0:
                ways = np.where(self._stop_of[day][p][None, :], on[p, :, :, n, w], np.inf)
                best = int(np.argmin(ways))
                value = ways.flat[best] + self.stop[p]
                if self.o == 1 and off[p, 0, n, w] < value:
                    continue
                at_work = True
                kind, run = divmod(best, self.r)
            elif run == self.o - 1 and off[p, run, n, w] <= off[p, run - 1, n, w]:
                continue
            else:
                run -= 1
        return days

    @cached_property
    def _start_of(self) -> list[NDArray[Any]]:
        return [self._may_start(day) for day in range(self.problem.days)]

    @cached_property
    def _stop_of(self) -> list[NDArray[Any]]:
        return [self._may_stop(day) for day in range(self.problem.days)]


def groups(problem: Problem, people: Sequence[int]) -> list[list[int]]:
    """Return people in groups that one `Pricer` can take: the same successions, and the same units of paid time."""
    out: dict[object, list[int]] = {}
    for p in people:
        member = problem.members[p]
        found = hours(problem, member)[0]
        # With many kinds it pays to keep people apart who can work different ones.
        used = frozenset(k for kinds in member.can for k in kinds) if len(problem.kinds) > FEW_KINDS else None
        out.setdefault((member.clash, found.units if found else None, used), []).append(p)
    return list(out.values())
