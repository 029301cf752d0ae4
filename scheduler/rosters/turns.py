"""A first roster for many people: one after the other takes the days that help most, then again, knowing the others.

Each turn is exact for its person: the cheapest days by `Pricer`, with the prices of cover as they stand after all the
others. A turn never makes the roster dearer, so the best so far is always at hand.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import numpy as np

from scheduler.rosters.pricing import Pricer
from scheduler.rosters.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scheduler.rosters.problem import Problem, Work

    Floats = NDArray[np.float64]

PASSES = 20


class Turns:
    """The cover of a roster as it changes, and what one person more or less would be worth."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.count = np.zeros(len(problem.covers), dtype=np.int64)
        self.target = np.array([cover.target for cover in problem.covers])
        self.under = np.array([float(cover.under) for cover in problem.covers])
        self.over = np.array([float(cover.over) for cover in problem.covers])
        kinds = len(problem.kinds)
        index = [(c, cover.day * kinds + k) for c, cover in enumerate(problem.covers) for k in cover.kinds]
        self.cover_of = np.array([c for c, _ in index], dtype=np.int64)
        self.cell_of = np.array([cell for _, cell in index], dtype=np.int64)
        self.of_cell: list[list[int]] = [[] for _ in range(problem.days * kinds)]
        for c, cell in index:
            self.of_cell[cell].append(c)
        self.some = [(c, cover.people) for c, cover in enumerate(problem.covers) if cover.people is not None]
        self.cost = np.zeros((len(problem.members), problem.days, kinds))
        for p, member in enumerate(problem.members):
            for (day, kind), value in member.cost.items():
                self.cost[p, day, kind] = value

    def put(self, p: int, days: Sequence[int], sign: int) -> None:
        """Add a person's days to the cover, or take them off."""
        kinds = len(self.problem.kinds)
        for day, kind in enumerate(days):
            if kind != OFF:
                for c in self.of_cell[day * kinds + kind]:
                    people = self.problem.covers[c].people
                    if people is None or p in people:
                        self.count[c] += sign

    def prices(self, p: int, share: float) -> Floats:
        """Return (day, kind) → what it costs that person `p` works it, the others' days standing.

        With `share` < 1 a person too few counts the more, the larger the part of the cover that is still missing: the
        first to choose then spread themselves.
        """
        short = self.target - self.count
        worth = np.where(short > 0, -self.under, self.over)
        if share < 1:
            part = np.clip(short / np.maximum(1, self.target), 0.0, 1.0)
            worth = np.where(short > 0, worth * (share + (1 - share) * part), worth)
        for c, people in self.some:
            if p not in people:
                worth[c] = 0.0
        cells = np.bincount(
            self.cell_of, weights=worth[self.cover_of], minlength=self.problem.days * len(self.problem.kinds)
        )
        table: Floats = self.cost[p] + cells.reshape(self.problem.days, -1)
        return table


def by_turns(
    problem: Problem,
    until: float,
    *,
    seed: int,
    start: Work | None = None,
    stop: Callable[[], bool] | None = None,
    on_better: Callable[[Work], object] | None = None,
) -> Work | None:
    """Return a roster made by turns; None where some person's turn finds no days that keep all their rules.

    `on_better` is called with the roster after every round of turns.
    """
    luck = random.Random(seed)  # noqa: S311  (whose turn is next)
    turns = Turns(problem)
    people = list(range(len(problem.members)))
    pricers = [Pricer(problem, [p]) for p in people]
    work: list[list[int] | None] = [None] * len(people) if start is None else [list(days) for days in start]
    if start is not None:
        for p, days in enumerate(start):
            turns.put(p, days, 1)
    for number in range(PASSES):
        luck.shuffle(people)
        changed = 0
        for p in people:
            if time.monotonic() > until or (stop is not None and stop()):
                return _whole(problem, work)
            before = work[p]
            if before is not None:
                turns.put(p, before, -1)
            share = 0.02 if number == 0 and start is None else 1.0
            table = turns.prices(p, share)
            found = _best(problem, pricers[p], p, table)
            better = found is not None and (
                before is None or _price(problem, p, found, table) < _price(problem, p, before, table)
            )
            chosen = found if better else before
            if chosen is None:
                return None
            changed += chosen is not before
            work[p] = chosen
            turns.put(p, chosen, 1)
        if on_better is not None:
            on_better([days for days in work if days is not None])
        if not changed:
            break
    return [days for days in work if days is not None]


def _best(problem: Problem, pricer: Pricer, p: int, table: Floats) -> list[int] | None:
    """Return the cheapest days of a person that keep every rule, sums too, of the few cheapest that were found."""
    for each in (1, 8):
        for _, days in pricer.best(table[None], each)[0]:
            if problem.price_of(problem.members[p], days) is not None:
                return days
    return None


def _whole(problem: Problem, work: Sequence[list[int] | None]) -> Work | None:
    """Return the roster when time is over: who had no turn yet is off; None where they may not be."""
    out = []
    for member, days in zip(problem.members, work, strict=True):
        mine = days if days is not None else [OFF] * problem.days
        if days is None and problem.price_of(member, mine) is None:
            return None
        out.append(mine)
    return out


def _price(problem: Problem, p: int, days: Sequence[int], table: Floats) -> float:
    """Return what days cost by a table of prices, with what the person's own rules cost."""
    member = problem.members[p]
    own = problem.price_of(member, days)
    if own is None:
        return np.inf
    wished = sum(member.cost.get((day, kind), 0) for day, kind in enumerate(days) if kind != OFF)
    return own - wished + float(sum(table[day, kind] for day, kind in enumerate(days) if kind != OFF))
