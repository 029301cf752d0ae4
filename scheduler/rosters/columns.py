"""Rosters by column generation: a column is one person's whole horizon; the master picks one for each.

The bound is the linear program over all columns that keep the rules of runs, hours and weekends: far nearer to the
best roster than a program of single shifts can prove. Source: Burke and Curtois (2014), European Journal of
Operational Research 237(1), 71–81 (branch and price with dynamic programming); diving as in Sadykov et al. (2019),
INFORMS Journal on Computing 31(2).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scheduler.rosters.pricing import Pricer, groups, hours, implied
from scheduler.rosters.problem import OFF, stops
from scheduler.solver.cpsat import choose
from scheduler.solver.master import Master
from scheduler.solver.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scheduler.rosters.problem import Cover, Line, Problem, Work

    Floats = NDArray[np.float64]

_NEGATIVE = 1e-6
_FAR = 100
"""Times the dearest price: of leaving a person without days, while no column of theirs is known that fits."""


_CERTAIN = 0.9
"""A column with such a share in the linear program is fixed at once."""
_AT_ONCE = 12
"""Of the others, one in so many people at a time."""
_FIRST = 50.0
"""What comes first costs at most so many times what comes after it, in the linear program."""


@dataclass(frozen=True)
class Column:
    """The days of one person, with what they cost by themselves (wishes, wage) and the sums of their lines."""

    person: int
    days: tuple[int, ...]
    price: int
    sums: tuple[int, ...]


class Columns:
    """Column generation over a problem, or over some of its people while the others' days stand."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.kinds = len(problem.kinds)
        people = range(len(problem.members))
        self.in_path = [hours(problem, member)[1] for member in problem.members]
        self.lines = [
            [line for line in member.lines if not _in_path(line, self.in_path[p])]
            for p, member in zip(people, problem.members, strict=True)
        ]
        self.cost = np.zeros((len(problem.members), problem.days, self.kinds))
        for p, member in enumerate(problem.members):
            for (day, kind), value in member.cost.items():
                self.cost[p, day, kind] = value
        # Prices of cover and of lines are many times those of wishes, so that they always come first: far more than a
        # linear program can tell apart. Cut down to what still comes first in a day, the bound stays a bound.
        wish = max(1.0, float(np.abs(self.cost).max(initial=0.0)))
        self.dear_line = _FIRST * wish
        self.dear_cover = _FIRST * _FIRST * wish
        dearest = max(
            [wish]
            + [min(self.dear_cover, float(max(cover.under, cover.over))) for cover in problem.covers]
            + [min(self.dear_line, float(line.excess or line.short or 0)) for mine in self.lines for line in mine]
        )
        self.far = _FAR * dearest
        self.negative = _NEGATIVE * max(1.0, dearest / 1000)
        self.pool: dict[tuple[int, tuple[int, ...]], Column] = {}
        self.covers_of: list[dict[tuple[int, int], list[int]]] = []
        everybody: dict[tuple[int, int], list[int]] = {}
        some: list[tuple[int, Cover]] = []
        for c, cover in enumerate(problem.covers):
            if cover.people is not None:
                some.append((c, cover))
                continue
            for kind in cover.kinds:
                everybody.setdefault((cover.day, kind), []).append(c)
        for p in people:
            own = [(c, cover) for c, cover in some if p in (cover.people or ())]
            mine = {key: list(ones) for key, ones in everybody.items()} if own else everybody
            for c, cover in own:
                for kind in cover.kinds:
                    mine.setdefault((cover.day, kind), []).append(c)
            self.covers_of.append(mine)

    def column(self, person: int, days: Sequence[int]) -> Column:
        """Return the column of some days."""
        price = int(sum(self.cost[person, day, kind] for day, kind in enumerate(days) if kind != OFF))
        price += self.problem.members[person].stop_price * stops(days)
        return Column(person, tuple(days), price, tuple(line.total(days) for line in self.lines[person]))

    def add(self, column: Column) -> bool:
        """Keep a column; tell whether it is new."""
        key = (column.person, column.days)
        if key in self.pool:
            return False
        self.pool[key] = column
        return True

    def counted(self, column: Column) -> list[int]:
        """Return the covers to which a column adds a person."""
        mine = self.covers_of[column.person]
        return [c for day, kind in enumerate(column.days) if kind != OFF for c in mine.get((day, kind), ())]

    def keeps(self, column: Column) -> bool:
        """Tell whether a column breaks no line that may not be broken."""
        return all(
            (line.low is None or line.short is not None or total >= line.low)
            and (line.high is None or line.excess is not None or total <= line.high)
            for line, total in zip(self.lines[column.person], column.sums, strict=True)
        )


def _in_path(line: Line, path: Line | None) -> bool:
    """Tell whether the path keeps a line: it is the one that the path counts, or follows from that."""
    return path is not None and (line is path or implied(line, path))


class Relaxation:
    """The linear master over some people, the others' days taken off the targets."""

    def __init__(self, columns: Columns, people: Sequence[int], work: Work | None = None) -> None:
        self.columns, self.problem = columns, columns.problem
        problem = self.problem
        self.people = list(people)
        free = set(self.people)
        self.target = [cover.target for cover in problem.covers]
        self.fixed = 0
        if work is not None:
            for p in range(len(problem.members)):
                if p not in free:
                    self._take(columns.column(p, work[p]))
        self.row_of = {p: i for i, p in enumerate(self.people)}
        rows: list[tuple[float | None, float | None]] = [(1.0, 1.0)] * len(self.people)
        self.first_cover = len(rows)
        rows += [(float(target), float(target)) for target in self.target]
        self.line_row: dict[tuple[int, int], int] = {}
        for p in self.people:
            for i, line in enumerate(columns.lines[p]):
                self.line_row[p, i] = len(rows)
                rows.append((line.low, line.high))
        self.master = Master(rows)
        self.here: dict[int, Column] = {}
        """Index in the master → column."""
        for p in self.people:
            self.master.column(columns.far, [(self.row_of[p], 1.0)])
        for c, cover in enumerate(problem.covers):
            self.master.column(min(cover.under, columns.dear_cover), [(self.first_cover + c, 1.0)])
            self.master.column(min(cover.over, columns.dear_cover), [(self.first_cover + c, -1.0)])
        for (p, i), row in self.line_row.items():
            line = columns.lines[p][i]
            if line.low is not None:
                self.master.column(
                    columns.far if line.short is None else min(line.short, columns.dear_line), [(row, 1.0)]
                )
            if line.high is not None:
                self.master.column(
                    columns.far if line.excess is None else min(line.excess, columns.dear_line), [(row, -1.0)]
                )
        self.known: set[tuple[int, tuple[int, ...]]] = set()
        self.pricers = [Pricer(problem, group) for group in groups(problem, self.people)]
        self.bound = -math.inf
        self.active = set(self.people)

    def _take(self, column: Column) -> None:
        self.fixed += column.price
        for line, total in zip(self.columns.lines[column.person], column.sums, strict=True):
            if line.low is not None and total < line.low:
                self.fixed += (line.low - total) * (line.short or 0)
            if line.high is not None and total > line.high:
                self.fixed += (total - line.high) * (line.excess or 0)
        for c in self.columns.counted(column):
            self.target[c] -= 1

    def add(self, column: Column) -> None:
        """Put a column into the master."""
        key = (column.person, column.days)
        if key in self.known:
            return
        self.known.add(key)
        entries: list[tuple[int, float]] = [(self.row_of[column.person], 1.0)]
        entries += [(self.first_cover + c, 1.0) for c in self.columns.counted(column)]
        entries += [(self.line_row[column.person, i], float(total)) for i, total in enumerate(column.sums) if total]
        self.here[self.master.column(column.price, entries)] = column

    def add_known(self) -> None:
        """Put every column of these people that was ever found into the master."""
        for column in list(self.columns.pool.values()):
            if column.person in self.row_of:
                self.add(column)

    def solve(
        self,
        until: float,
        *,
        rounds: int = 1000,
        each: int = 3,
        stop: Callable[[], bool] | None = None,
    ) -> bool:
        """Generate columns until none has a negative reduced cost; tell whether that was reached.

        `bound` is then the optimum of the linear program over all columns; before, the best Lagrangean bound so far.
        """
        self.bound = -math.inf
        for _ in range(rounds):
            if not self.master.solve(max(0.1, until - time.monotonic())):
                return False
            duals = np.array(self.master.duals)
            found = self._price(duals, each)
            least = 0.0
            new = 0
            for p, mine in found.items():
                if not mine:
                    return False
                reduced = mine[0][0] - duals[self.row_of[p]]
                least += min(0.0, reduced)
                for value, days in mine:
                    if value - duals[self.row_of[p]] < -self.columns.negative:
                        column = self.columns.column(p, days)
                        self.columns.add(column)
                        self.add(column)
                        new += 1
            self.bound = max(self.bound, self.master.objective + least + self.fixed)
            if not new:
                return True
            if time.monotonic() > until or (stop is not None and stop()):
                break
        self.master.solve()
        return False

    def _price(self, duals: Floats, each: int) -> dict[int, list[tuple[float, list[int]]]]:
        problem, columns = self.problem, self.columns
        out: dict[int, list[tuple[float, list[int]]]] = {}
        of_cover = np.zeros((problem.days, columns.kinds))
        special: list[int] = []
        for c, cover in enumerate(problem.covers):
            if cover.people is None:
                for kind in cover.kinds:
                    of_cover[cover.day, kind] += duals[self.first_cover + c]
            else:
                special.append(c)
        for pricer in self.pricers:
            costs = columns.cost[pricer.people] - of_cover[None]
            place = {p: i for i, p in enumerate(pricer.people)}
            for c in special:
                cover = problem.covers[c]
                rows = [place[p] for p in cover.people or () if p in place]
                if rows:
                    for kind in cover.kinds:
                        costs[rows, cover.day, kind] -= duals[self.first_cover + c]
            for p in pricer.people:
                for i, line in enumerate(columns.lines[p]):
                    dual = duals[self.line_row[p, i]]
                    if dual:
                        for day, kind, number in line.terms:
                            costs[place[p], day, kind] -= dual * number
            for p, mine in zip(pricer.people, pricer.best(costs, each), strict=True):
                if p in self.active:
                    out[p] = mine
        return out

    @property
    def usable(self) -> bool:
        """Tell whether the master was solved, and everybody has days in it."""
        values = self.master.values
        return bool(values) and {column.person for column in self.here.values()} >= set(self.people)

    def first(self) -> set[int]:
        """Return the people for whom there are any days that keep the rules of the path."""
        return {p for p, mine in self._price(np.zeros(len(self.master.rows)), 1).items() if mine}

    def alone(self) -> float:
        """Return a first bound: everybody's cheapest days, as if cover were no matter."""
        found = self._price(np.zeros(len(self.master.rows)), 1)
        if len(found) < len(self.people) or not all(found.values()):
            return -math.inf
        return self.fixed + sum(mine[0][0] for mine in found.values())

    def narrow(self) -> None:
        """Look for columns of those alone who have no days for good."""
        self.pricers = [Pricer(self.problem, group) for group in groups(self.problem, sorted(self.active))]

    def fix(self, column: Column) -> None:
        """Give a person these days for good."""
        self.active.discard(column.person)
        for index, other in self.here.items():
            if other.person == column.person:
                keep = 1.0 if other.days == column.days else 0.0
                self.master.bound(index, keep, keep)


def dive(
    relaxation: Relaxation, until: float, *, rounds: int = 8, stop: Callable[[], bool] | None = None
) -> Work | None:
    """Return days for everybody by fixing the most certain columns and generating again, until all are fixed.

    When time is over everybody who is left gets the days of which the linear program is surest. None where somebody has
    no column that keeps all their rules.
    """
    left = set(relaxation.people)
    work: dict[int, list[int]] = {}
    late = False
    while left:
        values = relaxation.master.values
        shares = sorted(
            (
                (values[i] if i < len(values) else 0.0, column)
                for i, column in relaxation.here.items()
                if column.person in left and relaxation.columns.keeps(column)
            ),
            key=lambda one: -one[0],
        )
        if not shares or (late and len({column.person for _, column in shares}) < len(left)):
            return None
        some = max(1, len(left) // _AT_ONCE)
        chosen = [column for value, column in shares if value > _CERTAIN or late]
        for column in chosen or [column for _, column in shares[:some]]:
            if column.person in left:
                left.discard(column.person)
                work[column.person] = list(column.days)
                if not late:
                    relaxation.fix(column)
        if left and not late:
            relaxation.narrow()
            relaxation.solve(until, rounds=rounds, each=2, stop=stop)
            late = time.monotonic() > until or (stop is not None and stop())
    return [work[p] for p in relaxation.people]


def choose_columns(relaxation: Relaxation, most: float, until: float, *, seed: int) -> Work | None:
    """Return the best days that the columns at hand give the people of a relaxation, if they cost less than `most`.

    Columns whose reduced cost alone lifts the bound to `most` cannot be part of such an answer and are left out
    (`relaxation` must be solved).
    """
    problem, columns = relaxation.problem, relaxation.columns
    duals = np.array(relaxation.master.duals)
    spare = most - relaxation.bound
    of_person: dict[int, list[Column]] = {p: [] for p in relaxation.people}
    for column in relaxation.here.values():
        if not columns.keeps(column):
            continue
        reduced = column.price - duals[relaxation.row_of[column.person]]
        reduced -= sum(duals[relaxation.first_cover + c] for c in columns.counted(column))
        reduced -= sum(
            duals[relaxation.line_row[column.person, i]] * total for i, total in enumerate(column.sums) if total
        )
        if reduced < spare - 1e-6:
            of_person[column.person].append(column)
    if not all(of_person.values()):
        return None
    program = Program()
    index: list[tuple[int, Column]] = []
    cover: list[list[int]] = [[] for _ in problem.covers]
    for mine in of_person.values():
        variables = []
        for column in mine:
            price = column.price
            for line, total in zip(columns.lines[column.person], column.sums, strict=True):
                price += max(0, (line.low or 0) - total) * (line.short or 0) if line.low is not None else 0
                price += max(0, total - line.high) * (line.excess or 0) if line.high is not None else 0
            x = program.variable(0, 1, price)
            variables.append(x)
            index.append((x, column))
            for c in columns.counted(column):
                cover[c].append(x)
        program.row(variables, at_least=1, at_most=1)
    for c, one in enumerate(problem.covers):
        target, possible = relaxation.target[c], len(cover[c])
        terms, numbers = list(cover[c]), [1] * possible
        if one.under and target > 0:
            terms.append(program.variable(0, target, one.under))
            numbers.append(1)
        if one.over and possible > target:
            terms.append(program.variable(0, possible + max(0, -target), one.over))
            numbers.append(-1)
        program.row(terms, numbers, at_least=target if one.under else None, at_most=target if one.over else None)
    if math.isfinite(most):
        program.row(
            list(range(len(program.cost))), list(program.cost), at_most=math.ceil(most - relaxation.fixed - 1e-6) - 1
        )
    answer = choose(program, seconds=max(0.1, until - time.monotonic()), seed=seed)
    if not answer.values:
        return None
    days = {column.person: list(column.days) for x, column in index if answer.values[x]}
    return [days[p] for p in relaxation.people]
