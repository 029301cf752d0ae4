"""Rosters as one program of yes and no: exact for some eighty people, and for a part of more of them.

Runs of days are kept by clauses over windows (a run of two is forbidden by: off, on, on, off never stands there),
which CP-SAT handles better than an automaton (docs/decisions.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.rosters.problem import OFF, Solution
from scheduler.solver.cpsat import choose
from scheduler.solver.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scheduler.rosters.problem import Line, Member, Problem, Work


class Model:
    """The program of a problem, or of some of its people while the others' days in `work` stand."""

    def __init__(self, problem: Problem, people: Sequence[int] | None = None, work: Work | None = None) -> None:
        self.problem = problem
        self.program = Program()
        everybody = range(len(problem.members))
        self.people = list(everybody if people is None else people)
        chosen = set(self.people)
        self.others = {p: work[p] for p in everybody if p not in chosen} if work is not None else {}
        self.x: dict[tuple[int, int], dict[int, int]] = {}
        """(member, day) → kind → variable."""
        self.on: dict[tuple[int, int], int] = {}
        """(member, day) → whether the day is worked."""
        self._derived: list[Callable[[list[int]], None]] = []
        """Fill the other variables from x, for a start."""
        for p in self.people:
            self._person(p, problem.members[p])
        self._cover()
        self._spreads()

    # -------------------------------------------------------------------------------------- one person

    def _person(self, p: int, member: Member) -> None:
        program, days = self.program, self.problem.days
        for day in range(days):
            kinds = member.can[day]
            self.x[p, day] = {kind: program.variable(0, 1, member.cost.get((day, kind), 0)) for kind in kinds}
            on = program.variable(1 if day in member.must else 0, 1 if kinds else 0)
            self.on[p, day] = on
            mine = list(self.x[p, day].values())
            program.row([on, *mine], [1] + [-1] * len(mine), at_least=0, at_most=0)
            self._derived.append(_sum_of(on, mine))
        for day in range(days - 1):
            for kind, x in self.x[p, day].items():
                clash = [y for other, y in self.x[p, day + 1].items() if (kind, other) in member.clash]
                if clash:
                    program.row([x, *clash], at_most=1)
        self._runs(p, member)
        self._weekends(p, member)
        if member.stop_price:
            for day in range(1, days):
                stop = program.variable(0, 1, member.stop_price)
                before, today = self.on[p, day - 1], self.on[p, day]
                program.row([stop, before, today], [1, -1, 1], at_least=0)
                self._derived.append(_stop_of(stop, before, today))
        for line in member.lines:
            self._line(p, line)

    def _runs(self, p: int, member: Member) -> None:
        program, days = self.program, self.problem.days
        on = [self.on[p, day] for day in range(days)]
        if member.most_on:
            for first in range(-min(member.before_on, member.most_on), days - member.most_on):
                inside = on[max(0, first) : first + member.most_on + 1]
                program.row(inside, at_most=member.most_on - max(0, -first))
        worked = -member.before_on if member.before_on else 0
        for length in range(1, member.least_on):
            # off, then `length` days on, then off again: never.
            for first in range(worked, days - length):
                if first < 0 and first != worked:
                    continue
                if first == 0 and (member.edge_counts or member.before_on):
                    continue
                inside = [on[day] for day in range(max(0, first), first + length)] if first + length > 0 else []
                edges = [on[first - 1]] if first > 0 else []
                after = first + length
                if after < 0:
                    continue
                already = min(length, -first) if first < 0 else 0
                program.row(
                    [*inside, *edges, on[after]],
                    [1] * len(inside) + [-1] * (len(edges) + 1),
                    at_most=length - already - 1,
                )
        rested = -member.before_off if member.before_off else 0
        for length in range(1, member.least_off):
            # on, then `length` days off, then on again: never.
            for first in range(rested, days - length):
                if first < 0 and first != rested:
                    continue
                if first == 0 and (member.edge_counts or member.before_off):
                    continue
                after = first + length
                if after < 0:
                    continue
                inside = [on[day] for day in range(max(0, first), after)] if after > 0 else []
                edges = [on[first - 1]] if first > 0 else []
                ends = [*edges, on[after]]
                # Σ ends − Σ inside ≤ number of ends − 1
                program.row([*ends, *inside], [1] * len(ends) + [-1] * len(inside), at_most=len(ends) - 1)

    def _weekends(self, p: int, member: Member) -> None:
        if member.weekends is None or member.weekends >= len(self.problem.weekends):
            return
        worked = []
        for weekend in self.problem.weekends:
            any_day = self.program.variable(0, 1)
            days = [self.on[p, day] for day in weekend]
            for day in days:
                self.program.row([any_day, day], [1, -1], at_least=0)
            worked.append(any_day)
            self._derived.append(_any_of(any_day, days))
        self.program.row(worked, at_most=member.weekends)

    def _line(self, p: int, line: Line) -> None:
        terms = [
            (self.x[p, day][kind], number) for day, kind, number in line.terms if kind in self.x[p, day] and number
        ]
        top = sum(max(0, number) for _, number in terms)
        index, numbers = [x for x, _ in terms], [number for _, number in terms]
        if line.low is not None:
            self._one_side(index, numbers, line.low, line.short, max(0, line.low), 1)
        if line.high is not None:
            self._one_side(index, numbers, line.high, line.excess, max(0, top - line.high), -1)

    def _one_side(
        self, index: list[int], numbers: list[int], limit: int, price: int | None, most: int, sign: int
    ) -> None:
        """Add Σ ≥ limit (sign 1) or Σ ≤ limit (sign −1), with a priced slack if it may be broken."""
        if price is not None:
            slack = self.program.variable(0, most, price)
            index, numbers = [*index, slack], [*numbers, sign]
            self._derived.append(_slack_of(slack, index[:-1], numbers[:-1], limit, sign))
        if sign > 0:
            self.program.row(index, numbers, at_least=limit)
        else:
            self.program.row(index, numbers, at_most=limit)

    # --------------------------------------------------------------------------------- all together

    def _cover(self) -> None:
        program = self.program
        for cover in self.problem.covers:
            counted = set(range(len(self.problem.members))) if cover.people is None else cover.people
            target = cover.target
            target -= sum(days[cover.day] in cover.kinds for p, days in self.others.items() if p in counted)
            index = [
                self.x[p, cover.day][kind]
                for p in self.people
                if p in counted
                for kind in cover.kinds
                if kind in self.x[p, cover.day]
            ]
            if not index and target <= 0:
                continue
            under = program.variable(0, max(0, target), cover.under)
            over = program.variable(0, len(index) + max(0, -target), cover.over) if cover.over else None
            terms = [*index, under] + ([] if over is None else [over])
            numbers = [1] * (len(index) + 1) + ([] if over is None else [-1])
            program.row(terms, numbers, at_least=target, at_most=None if over is None else target)
            self._derived.append(_slack_of(under, index, [1] * len(index), target, 1))
            if over is not None:
                self._derived.append(_slack_of(over, index, [1] * len(index), target, -1))

    def _spreads(self) -> None:
        program = self.program
        for spread in self.problem.spreads:
            top = sum(max((spread.scores.get((day, k), 0) for k in range(len(self.problem.kinds))), default=0)
                      for day in range(self.problem.days)) + max(spread.before)  # fmt: skip
            high, low = program.variable(0, top, spread.price), program.variable(0, top, -spread.price)
            sums: list[tuple[list[int], list[int], int]] = []
            for p in spread.people:
                before = spread.before[p]
                if p in self.others:
                    done = enumerate(self.others[p])
                    sums.append(([], [], before + sum(spread.scores.get((day, kind), 0) for day, kind in done)))
                    continue
                terms = [
                    (x, number)
                    for day in range(self.problem.days)
                    for kind, x in self.x[p, day].items()
                    if (number := spread.scores.get((day, kind), 0))
                ]
                sums.append(([x for x, _ in terms], [n for _, n in terms], before))
            for index, numbers, before in sums:
                minus = [-n for n in numbers]
                program.row([high, *index], [1, *minus], at_least=before)
                program.row([low, *index], [1, *minus], at_most=before)
            self._derived.append(_ends_of(high, low, sums))

    # ------------------------------------------------------------------------------------ in and out

    def values(self, work: Work) -> list[int]:
        """Return a value for every variable that stands for `work`."""
        out = list(self.program.low)
        for (p, day), kinds in self.x.items():
            for kind, x in kinds.items():
                out[x] = int(work[p][day] == kind)
        for fill in self._derived:
            fill(out)
        return out

    def work(self, values: Sequence[int]) -> Work:
        """Return everybody's days."""
        out = [list(self.others.get(p, ())) for p in range(len(self.problem.members))]
        for p in self.people:
            out[p] = [
                next((kind for kind, x in self.x[p, day].items() if values[x]), OFF) for day in range(self.problem.days)
            ]
        return out


def _sum_of(target: int, parts: Sequence[int]) -> Callable[[list[int]], None]:
    def fill(out: list[int]) -> None:
        out[target] = sum(out[x] for x in parts)

    return fill


def _any_of(target: int, parts: Sequence[int]) -> Callable[[list[int]], None]:
    def fill(out: list[int]) -> None:
        out[target] = int(any(out[x] for x in parts))

    return fill


def _stop_of(target: int, before: int, today: int) -> Callable[[list[int]], None]:
    def fill(out: list[int]) -> None:
        out[target] = int(bool(out[before]) and not out[today])

    return fill


def _slack_of(
    target: int, index: Sequence[int], numbers: Sequence[int], limit: int, sign: int
) -> Callable[[list[int]], None]:
    def fill(out: list[int]) -> None:
        total = sum(n * out[x] for x, n in zip(index, numbers, strict=True))
        out[target] = max(0, sign * (limit - total))

    return fill


def _ends_of(high: int, low: int, sums: Sequence[tuple[list[int], list[int], int]]) -> Callable[[list[int]], None]:
    def fill(out: list[int]) -> None:
        totals = [before + sum(n * out[x] for x, n in zip(i, numbers, strict=True)) for i, numbers, before in sums]
        out[high], out[low] = max(totals), min(totals)

    return fill


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    start: Work | None = None,
    bound: float | None = None,
    on_better: Callable[[Work, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Solution:
    """Return the best roster that CP-SAT finds in a time, never a worse one than `start`.

    Parameters
    ----------
    problem : Problem
    seconds : float
    seed : int
    start : Work, optional
    bound : float, optional
        What is known to be a lower bound of the objective.
    on_better : callable, optional
        Called with (work, objective) whenever a better roster is found, from a thread of the solver.
    stop : callable, optional
        Asked from time to time; True ends the search.
    """
    model = Model(problem)
    program = model.program
    if bound is not None:
        index = [i for i, cost in enumerate(program.cost) if cost]
        least = int(-(-(bound - problem.base) // 1))
        program.row(index, [program.cost[i] for i in index], at_least=least)
    values = None if start is None else model.values(start)

    def better(found: Sequence[int]) -> None:
        if on_better is not None:
            on_better(model.work(found), program.price(found) + problem.base)

    answer = choose(program, seconds=seconds, seed=seed, start=values, on_better=better, stop=stop)
    work = model.work(answer.values) if answer.values else None
    return Solution(work, answer.objective + problem.base, answer.bound + problem.base, answer.status, answer.limited)
