"""The best roster in a given time: a start and a bound by columns, the whole program where it fits, then parts of it.

Parts are solved anew while the rest stands (large neighbourhood search, Shaw 1998): all days of some people, by columns
(which also tells at once that some people hold nothing to be gained) or as a program, and some days of all people.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scheduler.rosters import exact
from scheduler.rosters.columns import Columns, Relaxation, choose_columns, dive
from scheduler.rosters.problem import OFF, Solution
from scheduler.rosters.turns import by_turns
from scheduler.solver.cpsat import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scheduler.rosters.problem import Problem, Work

WHOLE = 80
"""The whole program is tried for up to so many people."""
MANY = 300
"""Columns for everybody at once are tried for up to so many people."""
_TURNS = 0.7
_FEW_TURNS = 0.1
"""Of the time, for turns, of many people and of few."""
_COLUMNS, _LAST = 0.5, 0.4
"""The part of the time by which columns are complete or as they are, and what is left of it when a dive must end."""
_SHARE = 0.1
"""Of the time, for the whole program."""
_PART_S = 5.0
"""Time for one part."""
_QUICK_S = 2.0
"""A part that is solved sooner may be larger next time."""
_PART_WORKERS = 4


@dataclass
class Best:
    """The best roster so far: never lost, whatever ends the search."""

    problem: Problem
    on_better: Callable[[Work, float], None] | None = None
    work: Work | None = None
    value: float = math.inf
    bound: float = -math.inf

    def offer(self, work: Work | None) -> bool:
        """Take a roster if it keeps every rule and costs less; tell whether it was taken."""
        price = None if work is None else self.problem.price(work)
        if work is None or price is None or price >= self.value:
            return False
        self.work, self.value = [list(days) for days in work], price
        if self.on_better is not None:
            self.on_better(self.work, self.value)
        return True

    def know(self, bound: float) -> None:
        """Take a lower bound; objectives are whole numbers."""
        if math.isfinite(bound):
            self.bound = max(self.bound, math.ceil(bound - 1e-6))

    @property
    def proven(self) -> bool:
        """Tell whether no roster can cost less."""
        return self.bound >= self.value


@dataclass
class _Size:
    """How much of the roster a neighbourhood frees; grows while parts are easy, shrinks while they are not."""

    value: int
    least: int
    most: int

    def learn(self, easy: bool, done: bool) -> None:
        """Grow after an easy part, shrink after one that was not done in its time."""
        if easy:
            self.value = min(self.most, self.value + 1)
        elif not done:
            self.value = max(self.least, self.value - 1)


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    start: Work | None = None,
    on_better: Callable[[Work, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Solution:
    """Return the best roster found in a time, with a proven bound; an interrupt returns the best so far.

    Parameters
    ----------
    problem : Problem
    seconds : float
    seed : int
    start : Work, optional
        To begin from; never lost to a worse one.
    on_better : callable, optional
        Called with (work, objective) for each better roster.
    stop : callable, optional
        Asked from time to time; True ends the search.
    """
    best = Best(problem, on_better)
    best.offer(start)
    search = _Search(problem, best, time.monotonic() + seconds, seconds, seed, stop)
    try:
        search.run()
    except KeyboardInterrupt:
        search.limited = True
    if search.impossible and best.work is None:
        return Solution(None, math.inf, math.inf, "infeasible", False)
    if best.work is None:
        return Solution(None, math.inf, best.bound, "unknown", True)
    status = "optimal" if best.proven else "feasible"
    return Solution(best.work, best.value, best.bound, status, not best.proven)


@dataclass
class _Search:
    """One call of `solve`."""

    problem: Problem
    best: Best
    until: float
    seconds: float
    seed: int
    stop: Callable[[], bool] | None
    limited: bool = False
    impossible: bool = False
    columns: Columns = field(init=False)
    luck: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.columns = Columns(self.problem)
        self.luck = random.Random(self.seed)  # noqa: S311  (which part to free next)

    @property
    def left(self) -> float:
        """Return the seconds left; 0 when asked to stop."""
        if self.stop is not None and self.stop():
            return 0.0
        return max(0.0, self.until - time.monotonic())

    def run(self) -> None:
        """Search until the best is proven or time is over."""
        if not self.problem.members:
            self.best.offer([])
            self.best.know(self.problem.price([]) or 0)
            return
        self._start()
        if self._enough():
            return
        if len(self.problem.members) <= WHOLE or self.best.work is None:
            self._whole(self.left if self.best.work is None else _SHARE * self.seconds)
        if self.best.work is not None:
            self._parts()

    def _start(self) -> None:
        """Find a bound and a first roster: by columns, and by turns where there are many people."""
        many = len(self.problem.members) > WHOLE
        until = time.monotonic() + (_TURNS if many else _FEW_TURNS) * self.left
        start = self.best.work
        self.best.offer(nobody(self.problem))
        made = by_turns(self.problem, until, seed=self.seed, start=start, stop=self.stop, on_better=self.best.offer)
        self.best.offer(made)
        relaxation = Relaxation(self.columns, range(len(self.problem.members)))
        self.best.know(relaxation.alone() + self.problem.base)
        if len(self.problem.members) > MANY or self.best.proven:
            return
        for p, days in enumerate(self.best.work or ()):
            relaxation.add(self.columns.column(p, days))
        complete = relaxation.solve(self.until - (1 - _COLUMNS) * self.seconds, stop=self.stop)
        if math.isfinite(relaxation.bound):
            self.best.know(relaxation.bound + self.problem.base)
        if complete or relaxation.usable:
            self.best.offer(dive(relaxation, self.until - _LAST * self.seconds, stop=self.stop))

    def _whole(self, seconds: float) -> None:
        """Solve the whole program."""
        found = exact.solve(
            self.problem,
            seconds=max(0.1, min(seconds, self.left)),
            seed=self.seed,
            start=self.best.work,
            bound=self.best.bound if math.isfinite(self.best.bound) else None,
            on_better=self._found,
            stop=self._enough,
        )
        self.best.offer(found.work)
        if found.status == "infeasible":
            self.impossible = True
        elif found.status == "optimal":
            self.best.know(found.objective)
        else:
            self.best.know(found.bound)

    def _found(self, work: Work, _: float) -> None:
        self.best.offer(work)

    def _enough(self) -> bool:
        return self.best.proven or not self.left

    def _parts(self) -> None:
        """Solve parts anew until time is over."""
        people, days = len(self.problem.members), self.problem.days
        by_columns = _Size(min(5, people), min(2, people), people)
        some_people = _Size(min(6, people), min(2, people), people)
        some_days = _Size(min(max(8, 3 * days // 7), days), min(3, days), days)
        turn = 0
        while self.left and not self.best.proven:
            turn += 1
            if turn % 3 == 1 and not self.problem.spreads:
                self._columns_of(by_columns)
            elif turn % 3 == 2:
                self._program(some_people, self._some(some_people.value), range(days))
            elif days > some_days.value and people <= WHOLE:
                first = self.luck.randrange(1 - some_days.value // 2, days - some_days.value // 2)
                window = range(max(0, first), min(days, first + some_days.value))
                self._program(some_days, range(people), window)
            else:
                self._program(some_people, self._some(some_people.value), range(days))

    def _some(self, number: int) -> list[int]:
        """Choose people; half of the time those who can do the same kinds."""
        people = range(len(self.problem.members))
        if self.luck.random() < 0.5 or number >= len(people):
            return self.luck.sample(people, number)
        able = [frozenset(kind for kinds in member.can for kind in kinds) for member in self.problem.members]
        first = self.luck.choice(people)
        order = sorted(people, key=lambda p: (len(able[p] ^ able[first]), self.luck.random()))
        return order[:number]

    def _program(self, size: _Size, people: Sequence[int], days: range) -> None:
        """Solve the days of some people, or some days of all people, as a program."""
        work = self.best.work
        if work is None:
            return
        model = exact.Model(self.problem, people, work)
        program = model.program
        for (p, day), kinds in model.x.items():
            if day not in days:
                for kind, x in kinds.items():
                    program.low[x] = program.high[x] = int(work[p][day] == kind)
        seconds, began = min(_PART_S, self.left), time.monotonic()
        if seconds <= 0:
            return
        answer = choose(
            program,
            seconds=seconds,
            seed=self.luck.randrange(2**31),
            start=model.values(work),
            workers=_PART_WORKERS,
            stop=self.stop,
        )
        if answer.values:
            self.best.offer(model.work(answer.values))
        done = answer.status == "optimal"
        size.learn(done and time.monotonic() - began < _QUICK_S, done)
        if done and len(people) == len(self.problem.members) and len(days) == self.problem.days:
            self.best.know(answer.objective + self.problem.base)

    def _columns_of(self, size: _Size) -> None:
        """Solve the days of some people by columns; cheap where they hold nothing to be gained."""
        work = self.best.work
        if work is None:
            return
        some = self._some(size.value)
        relaxation = Relaxation(self.columns, some, work)
        for p in some:
            relaxation.add(self.columns.column(p, work[p]))
        relaxation.add_known()
        began = time.monotonic()
        until = began + min(_PART_S, self.left)
        complete = relaxation.solve(until, rounds=40, each=4, stop=self.stop)
        if complete and math.ceil(relaxation.bound - 1e-6) + self.problem.base >= self.best.value:
            size.learn(time.monotonic() - began < _QUICK_S, True)
            return
        most = self.best.value - self.problem.base
        found = choose_columns(relaxation, most, until, seed=self.luck.randrange(2**31))
        if found is not None:
            new = [list(days) for days in work]
            for p, days in zip(relaxation.people, found, strict=True):
                new[p] = days
            self.best.offer(new)
        size.learn(False, complete and time.monotonic() < until)


def legal_days(problem: Problem) -> list[bool]:
    """Tell of each person whether there are any days at all that keep their rules."""
    columns = Columns(problem)
    relaxation = Relaxation(columns, range(len(problem.members)))
    found = relaxation.first()
    return [p in found for p in range(len(problem.members))]


def nobody(problem: Problem) -> Work:
    """Return the roster in which nobody works."""
    return [[OFF] * problem.days for _ in problem.members]
