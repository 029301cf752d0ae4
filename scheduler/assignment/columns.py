"""How cheap an assignment can be at best: column generation over a team's whole set of branches."""

from __future__ import annotations

import contextlib
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scheduler.assignment.problem import NOBODY, Floats, Problem
from scheduler.solver import Program, choose
from scheduler.solver.master import Master

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GOOD = 1e-7
_TOGETHER = 4
"""Kinds of work of one branch of which every set is tried."""

Taken = tuple[list[tuple[tuple[int, ...], int]], NDArray[np.int8]]
"""Sets of a branch with their loads, and for every cell of the table which of them was taken (0: none)."""


@dataclass(frozen=True)
class Column:
    """A set of pieces that one team of a class takes, and what it then costs."""

    kind: int
    pieces: tuple[int, ...]
    cost: float


@dataclass(frozen=True)
class Bounded:
    """What column generation found.

    Attributes
    ----------
    bound : float
        No assignment costs less.
    columns : tuple of Column
        Sets of pieces worth choosing from.
    ended : bool
        No better column was left; otherwise the time was.
    """

    bound: float
    columns: tuple[Column, ...]
    ended: bool


def bounded(
    problem: Problem,
    starts: Sequence[Sequence[int]],
    *,
    seconds: float,
    good_enough: float = math.inf,
    stop: Callable[[], bool] | None = None,
) -> Bounded:
    """Return a proven lower bound on the cost of an assignment of all pieces, and the columns that it came from.

    Parameters
    ----------
    problem : Problem
    starts : sequence of assignments
        Whose teams' sets are the first columns.
    seconds : float
    good_enough : float
        A bound of this ends the search.
    stop : callable, optional

    Notes
    -----
    Dantzig–Wolfe: choose a set of pieces for each team so that every piece is in one (Gilmore and Gomory 1961;
    Barnhart et al. 1998). For prices π of the pieces the best set of a team is a knapsack with steps: max Σ π_i −
    price · n over sets that n people carry, on at most so many branches; solved exactly by dynamic programming over
    (branches, load). So Σ π + Σ_teams min(0, −best) is a lower bound at every π (Lagrange), whether or not the
    generation has ended. Concave pooling is inside the columns: what one person more carries is a step of `carried`, no
    straight line.
    """
    teams, pieces = problem.classes, len(problem.loads)
    pricers = [_Pricer(problem, kind) for kind in range(len(teams))]
    master = Master([(1.0, None)] * pieces + [(None, float(len(one))) for one in teams])
    dear = 10.0 * (float(problem.price.max(initial=0.0)) + float(problem.changed.max(initial=0.0)) + 1.0)
    for i in range(pieces):
        master.column(dear * (1.0 + problem.unit * float(problem.loads[i])), [(i, 1.0)])
    columns: dict[tuple[int, tuple[int, ...]], Column] = {}

    def add(kind: int, members: tuple[int, ...]) -> bool:
        if (kind, members) in columns or not members:
            return False
        cost = _cost(problem, teams[kind][0], members)
        if not math.isfinite(cost):
            return False
        columns[kind, members] = Column(kind, members, cost)
        master.column(cost, [*((i, 1.0) for i in members), (pieces + kind, 1.0)])
        return True

    kind_of = {r: kind for kind, members in enumerate(teams) for r in members}
    for start in starts:
        for r, kind in kind_of.items():
            add(kind, tuple(i for i, team in enumerate(start) if team == r))
    begun, ended = time.monotonic(), False
    until = begun + seconds
    sums = _Lagrange(problem, pricers)
    best, centre = _by_load(problem, sums, starts, until=begun + 0.5 * seconds, good_enough=good_enough, stop=stop)
    for kind, members in sums.sets:
        add(kind, members)
    while time.monotonic() < until and not (stop is not None and stop()):
        if not master.solve(max(1.0, until - time.monotonic())):
            break
        duals = np.maximum(np.array(master.duals[:pieces]), 0.0)
        # Prices half-way to the best so far swing less, and find better columns (Wentges 1997).
        for weight in (0.4, 1.0):
            prices = weight * duals + (1 - weight) * centre
            sums.sets = []
            value = sums.at(prices)
            found = sum(add(kind, members) for kind, members in sums.sets)
            if value > best:
                best, centre = value, prices
            if found:
                break
        else:
            ended = True
            break
        if best >= good_enough - _GOOD or best >= master.objective * (1 - 1e-6):
            ended = best >= master.objective * (1 - 1e-6)
            break
    return Bounded(best, tuple(columns.values()), ended)


class _Lagrange:
    """The lower bound that prices of the pieces prove."""

    def __init__(self, problem: Problem, pricers: Sequence[_Pricer]) -> None:
        self.problem, self.pricers = problem, pricers
        self.sets: list[tuple[int, tuple[int, ...]]] = []
        """(class, pieces) worth more than they cost, of the bounds asked for so far."""
        self._known: list[tuple[bytes, float]] = [(b"", 0.0)] * len(pricers)

    def at(self, prices: Floats) -> float:
        """Return Σ price − Σ of what the best set of each team is worth beyond its cost."""
        value = float(prices.sum())
        for kind, (teams, pricer) in enumerate(zip(self.problem.classes, self.pricers, strict=True)):
            key = prices[pricer.mine].tobytes()
            if self._known[kind][0] != key:
                gain, sets = pricer.best(prices)
                self._known[kind] = (key, gain)
                self.sets += [(kind, members) for members in sets]
            value -= self._known[kind][1] * len(teams)
        return value


class _Enough(Exception):
    """The time is over, or the bound good enough."""


def _by_load(
    problem: Problem,
    sums: _Lagrange,
    starts: Sequence[Sequence[int]],
    *,
    until: float,
    good_enough: float,
    stop: Callable[[], bool] | None,
) -> tuple[float, Floats]:
    """Return the best bound with prices a + b · load + c · √load, and these prices: a branch's worth, an erlang's.

    Pieces that the same teams may take have a, b and c in common (Nelder and Mead's simplex over each three in turn).
    """
    from scipy.optimize import minimize

    best, prices = -math.inf, np.zeros(len(problem.loads))
    dearest = float(problem.price.max(initial=1.0)) * problem.unit
    for start in starts:
        held = problem.held(start)
        each = [
            float(problem.price[r]) * problem.people(r, int(held[r])) / max(int(held[r]), 1) if r != NOBODY else dearest
            for r in start
        ]
        tried: Floats = np.array(each) * problem.loads
        value = sums.at(tried)
        if value > best:
            best, prices = value, tried
    mean_prices = prices
    # What a piece costs on average is more than what the last of a team costs: pooling gains.
    for share in (0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        if time.monotonic() > until or best >= good_enough - _GOOD or (stop is not None and stop()):
            break
        value = sums.at(share * mean_prices)
        if value < best - 1e-9:
            break
        best, prices = value, share * mean_prices
    groups: dict[bytes, list[int]] = {}
    for i in range(len(problem.loads)):
        groups.setdefault(problem.allowed[i].tobytes(), []).append(i)
    mean = float(problem.loads.mean()) if len(problem.loads) else 1.0
    for number, group in enumerate(groups.values()):
        loads = problem.loads[group] / mean
        first = float(prices[group].sum() / max(loads.sum(), 1e-9))
        end = time.monotonic() + (until - time.monotonic()) / (len(groups) - number)
        line = _Line(sums, prices, best, group, np.stack([np.ones(len(group)), loads, np.sqrt(loads)]), end)
        line.good_enough, line.stop = good_enough, stop
        simplex = first * np.array([[0.0, 1.0, 0.0], [0.2, 0.8, 0.0], [0.1, 0.85, 0.0], [0.1, 0.6, 0.3]])
        with contextlib.suppress(_Enough):
            minimize(line.loss, simplex[0], method="Nelder-Mead", options={"initial_simplex": simplex, "xatol": 1e-3})
        best, prices = line.best, line.prices
    return best, prices


class _Line:
    """Bounds with prices of one group of pieces that are sums of a few curves."""

    good_enough = math.inf
    stop: Callable[[], bool] | None = None

    def __init__(
        self, sums: _Lagrange, prices: Floats, best: float, group: list[int], curves: Floats, end: float
    ) -> None:
        self.sums, self.prices, self.best = sums, prices, best
        self.group, self.curves, self.end = group, curves, end

    def loss(self, x: Floats) -> float:
        """Return minus the bound, and remember the best; raise `_Enough` when it is time."""
        tried = self.prices.copy()
        tried[self.group] = np.maximum(x @ self.curves, 0.0)
        value = self.sums.at(tried)
        if value > self.best:
            self.best, self.prices = value, tried
        late = time.monotonic() > self.end or (self.stop is not None and self.stop())
        if late or self.best >= self.good_enough - _GOOD:
            raise _Enough
        return -value


def chosen(
    problem: Problem, columns: Sequence[Column], start: Sequence[int], *, seconds: float, seed: int
) -> tuple[int, ...]:
    """Return the cheapest assignment that can be put together from columns, `start` if none is cheaper (CP-SAT)."""
    teams, pieces = problem.classes, len(problem.loads)
    kind_of = {r: kind for kind, members in enumerate(teams) for r in members}
    mine = [
        Column(kind, members, _cost(problem, r, members))
        for r, kind in kind_of.items()
        if (members := tuple(i for i, team in enumerate(start) if team == r))
    ]
    every = list(dict.fromkeys([*columns, *mine]))
    program = Program()
    scale = 1000.0
    for one in every:
        program.variable(0, 1, round(scale * one.cost))
    of_piece: list[list[int]] = [[] for _ in range(pieces)]
    of_kind: list[list[int]] = [[] for _ in teams]
    for number, one in enumerate(every):
        of_kind[one.kind].append(number)
        for i in one.pieces:
            of_piece[i].append(number)
    for numbers in of_piece:
        program.row(numbers, at_least=1)
    for kind, numbers in enumerate(of_kind):
        program.row(numbers, at_most=len(teams[kind]))
    left = set(mine)
    begin = [int(one in left) for one in every]
    answer = choose(program, seconds=seconds, seed=seed, start=begin if NOBODY not in start else None)
    out = [NOBODY] * pieces
    free = [list(members) for members in teams]
    for value, one in zip(answer.values, every, strict=False):
        if value:
            r = free[one.kind].pop()
            for i in one.pieces:
                if out[i] == NOBODY:
                    out[i] = r
    if not answer.values or problem.wrong(out):
        return tuple(start)
    return tuple(out) if NOBODY in start or problem.cost(out) < problem.cost(start) - 1e-9 else tuple(start)


def _cost(problem: Problem, team: int, members: Sequence[int]) -> float:
    """Return what a team costs with a set of pieces; infinite when it is too much for it."""
    load = int(problem.loads[list(members)].sum())
    if not problem.fits(team, load) or len({int(problem.branch[i]) for i in members}) > problem.most[team]:
        return math.inf
    people = problem.people(team, load)
    return float(problem.price[team]) * people + float(problem.changed[list(members), team].sum())


class _Pricer:
    """The best sets of pieces for a team of one class, at given prices of the pieces."""

    def __init__(self, problem: Problem, kind: int) -> None:
        self.problem = problem
        self.team = team = problem.classes[kind][0]
        self.options: list[list[tuple[tuple[int, ...], int]]] = []
        """For each branch: sets of its pieces that the team may take, with their loads."""
        self.mine = mine = np.flatnonzero(problem.allowed[:, team])
        largest = min(int(problem.loads[mine].sum()), problem.steps[team][-1])
        each = int(np.bincount(problem.branch[mine]).max(initial=1))
        together = each <= _TOGETHER
        for branch in np.unique(problem.branch[mine]).tolist():
            pieces = [i for i in mine.tolist() if problem.branch[i] == branch]
            sets: list[tuple[int, ...]] = [(i,) for i in pieces]
            if together:
                sets = [()]
                for i in pieces:
                    sets += [(*one, i) for one in sets]
                sets = sets[1:]
            with_loads = [(one, int(problem.loads[list(one)].sum())) for one in sets]
            self.options += [with_loads] if together else [[one] for one in with_loads]
        # Kinds of work too many to try their sets count as branches of their own, and there may be more of them.
        most = int(problem.most[team]) * (1 if together else each)
        self.counted = most < len(self.options)
        self.most = most if self.counted else 0
        if self.counted:
            by_branch = sorted((max(load for _, load in one) for one in self.options), reverse=True)
            largest = min(largest, sum(by_branch[: self.most]))
        self.size = largest
        self.people: list[tuple[int, int]] = []
        """(people, most load that they carry), as far as there is that much work."""
        for n, load in enumerate(problem.steps[team]):
            if n and (not self.people or self.people[-1][1] < self.size):
                self.people.append((n, min(load, self.size)))

    def best(self, prices: Floats) -> tuple[float, list[tuple[int, ...]]]:
        """Return the largest Σ price − cost of a set, and sets that are worth more than they cost."""
        problem, team = self.problem, self.team
        value = np.full((self.most + 1, self.size + 1), -np.inf)
        value[0] = 0.0
        worth = prices - problem.changed[:, team]
        taken: list[Taken] = []
        for options in self.options:
            good = [
                (one, cells, gain)
                for one, cells in options
                if cells <= self.size and (gain := float(worth[list(one)].sum())) > _GOOD
            ]
            if not good:
                continue
            first = int(self.counted)
            # Of one set, what stands in the table is read before it is written; of several it must stay as it was.
            before = value.copy() if len(good) > 1 else value
            which = np.zeros(value.shape, np.int8)
            for number, (_, cells, gain) in enumerate(good, start=1):
                tried = before[: len(value) - first, : self.size + 1 - cells] + gain
                there = value[first:, cells:]
                better = tried > there
                np.maximum(there, tried, out=there)
                if number == 1:
                    which[first:, cells:] = better
                else:
                    which[first:, cells:][better] = number
            taken.append(([(one, cells) for one, cells, _ in good], which))
        top = value.max(axis=0)
        best, ends = 0.0, []
        highest = np.maximum.accumulate(top)
        for n, cells in self.people:
            gain = float(highest[cells]) - float(problem.price[team]) * n
            ends.append((gain, cells))
            best = max(best, gain)
        sets = []
        for gain, cells in sorted(ends, reverse=True)[:8]:
            if gain > _GOOD:
                at = int(np.argmax(top[: cells + 1]))
                sets.append(self._read(taken, int(np.argmax(value[:, at])), at))
        return best, [one for one in dict.fromkeys(sets) if one]

    def _read(self, taken: Sequence[Taken], count: int, cells: int) -> tuple[int, ...]:
        """Return the pieces of the set that ends in a cell of the table."""
        members: list[int] = []
        for options, which in reversed(taken):
            number = int(which[count, cells])
            if number:
                one, size = options[number - 1]
                members += one
                count, cells = count - int(self.counted), cells - size
        return tuple(sorted(members))
