"""An assignment by search: single pieces of work change teams, or two of them change places, while it gets cheaper."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

import sim
from scheduler.assignment.problem import NOBODY, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PART = 2.0
"""Weight of a team's fraction of a person: it tells the search which way is down where whole people do not change.

On 40 branches and 8 teams 150,000 tries from `greedy` ended at 24,238 with .02, 23,713 with .5, 23,013 with 2.
"""
_TURNS = 6
_ALONE = 50.0
"""Price of an erlang that nobody takes, in the dearest person: dearer than any team."""
_LOOKS = 512
"""Tries between looks at the clock."""


def greedy(problem: Problem) -> list[int]:
    """Return an assignment of the largest pieces first, each to the team where it costs least; some may be nobody's."""
    state = _State(problem, [NOBODY] * len(problem.loads))
    for i in np.argsort(-problem.loads).tolist():
        best, at = math.inf, NOBODY
        for r in np.flatnonzero(problem.allowed[i]).tolist():
            if state.takes(i, r):
                now = state.added(i, r)
                if now < best - 1e-12:
                    best, at = now, r
        if at != NOBODY:
            state.put(i, at)
    return state.team


def filled(problem: Problem) -> list[int]:
    """Return an assignment of whole branches that fills one team after the other, cheap ones first.

    What pools best is a few full teams: branches that few teams may have go first. What is left is `greedy`'s way.
    """
    state = _State(problem, [NOBODY] * len(problem.loads))
    able = problem.allowed.sum(axis=1)
    for r in sorted(range(len(problem.carried)), key=lambda r: (state.price[r], -int(problem.allowed[:, r].sum()))):
        mine: dict[int, list[int]] = {}
        for i in np.flatnonzero(problem.allowed[:, r]).tolist():
            if state.team[i] == NOBODY:
                mine.setdefault(state.branch[i], []).append(i)
        whole = {
            branch: len(of) < sum(state.team[k] == NOBODY for k in state.mates[of[0]]) for branch, of in mine.items()
        }
        order = sorted(
            mine, key=lambda b: (whole[b], min(int(able[i]) for i in mine[b]), -sum(state.loads[i] for i in mine[b]))
        )
        for branch in order:
            for i in mine[branch]:
                if state.takes(i, r):
                    state.put(i, r)
    for i in np.argsort(-problem.loads).tolist():
        if state.team[i] == NOBODY:
            fits = [r for r in np.flatnonzero(problem.allowed[i]).tolist() if state.takes(i, r)]
            if fits:
                state.put(i, min(fits, key=lambda r: state.added(i, r)))
    return state.team


def searched(problem: Problem, *, seconds: float, seed: int, stop: Callable[[], bool] | None = None) -> list[int]:
    """Return the best of several searches from `filled` and from `greedy`, the later ones longer."""
    begun = time.monotonic()
    best = min((filled(problem), greedy(problem)), key=lambda teams: _rank(problem, teams))
    for turn in range(_TURNS):
        left = seconds - (time.monotonic() - begun)
        if left <= 0 or (stop is not None and stop()):
            break
        start = greedy(problem) if turn % 3 == 2 else filled(problem)
        tries = max(40_000, 1_000 * len(problem.loads)) * (1 + turn // 2)
        found = improve(problem, start, seconds=left, seed=seed + turn, tries=tries, stop=stop)
        best = min(best, found, key=lambda teams: _rank(problem, teams))
    return best


def improve(
    problem: Problem,
    start: Sequence[int],
    *,
    seconds: float,
    seed: int,
    tries: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> list[int]:
    """Return an assignment at least as good as `start`, by simulated annealing over moves and exchanges.

    Parameters
    ----------
    problem : Problem
    start : sequence of int
        Team of each piece, or `NOBODY`.
    seconds : float
        Time limit.
    seed : int
    tries : int, optional
        Moves tried; 15,000 a piece of work, at least 40,000, when not given. With the time not used up, the same seed
        gives the same answer.
    stop : callable, optional
        Ends the search when it says so; what was best so far is returned.
    """
    pieces = len(problem.loads)
    if not pieces:
        return []
    options = [np.flatnonzero(problem.allowed[i]).tolist() for i in range(pieces)]
    if all(len(one) < 2 for one in options) and NOBODY not in start:
        return list(start)
    state = _State(problem, list(start))
    energy = state.energy()
    best, least = list(state.team), _rank(problem, state.team)
    total = tries or max(40_000, 15_000 * pieces)
    hot = 0.5 * float(problem.price.max(initial=1e-9)) or 1.0
    cold = 0.01 * hot
    generator = sim.generator(seed, "assignment")
    until = time.monotonic() + seconds
    done = 0
    while done < total:
        if time.monotonic() >= until or (stop is not None and stop()):
            break
        which = generator.integers(pieces, size=(_LOOKS, 2)).tolist()
        chance = generator.random((_LOOKS, 3)).tolist()
        share = max(done / total, 1 - max(0.0, until - time.monotonic()) / seconds)
        heat = hot * (cold / hot) ** share
        for (i, j), (kind, pick, luck) in zip(which, chance, strict=True):
            moves = _moves(state, options, i, j, kind, pick)
            change = state.tried(moves) if moves else None
            if change is None:
                continue
            if change > 0 and luck >= math.exp(-change / heat):
                state.undo()
                continue
            energy += change
            if energy < least[2] - 1e-9:
                rank = _rank(problem, state.team, energy)
                if rank < least:
                    best, least = list(state.team), rank
        done += _LOOKS
    return best


def _moves(
    state: _State, options: Sequence[Sequence[int]], i: int, j: int, kind: float, pick: float
) -> list[tuple[int, int]]:
    """Return (piece, team) of a change to try: a piece or a branch moves, or pieces or branches change places."""
    a = state.team[i]
    if kind < 0.5 or a == NOBODY:
        if not options[i]:
            return []
        to = options[i][int(pick * len(options[i]))]
        if to == a:
            return []
        if kind < 0.2 or a == NOBODY:
            return [(i, to)]
        # All that the team has of the branch, or all that anybody has.
        allowed = state.problem.allowed
        return [(k, to) for k in state.mates[i] if (kind >= 0.4 or state.team[k] == a) and allowed[k, to]]
    b = state.team[j]
    if b in (a, NOBODY):
        return []
    allowed = state.problem.allowed
    if kind < 0.75:
        there, back = [i], [j]
    else:
        there = [k for k in state.mates[i] if state.team[k] == a]
        back = [k for k in state.mates[j] if state.team[k] == b]
    if not all(allowed[k, b] for k in there) or not all(allowed[k, a] for k in back):
        return []
    return [*((k, b) for k in there), *((k, a) for k in back)]


def fairer(
    problem: Problem,
    start: Sequence[int],
    *,
    seconds: float,
    seed: int,
    tries: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> list[int]:
    """Return an assignment that costs no more than `start` and spreads the load more evenly over the people.

    What falls is Σ people · (load per person − load per person of all)² over the teams that are used, which for as
    many people in all is Σ load² / people; moves and exchanges are tried at random until none has helped for a while.
    """
    pieces = len(problem.loads)
    state = _State(problem, list(start))
    options = [np.flatnonzero(problem.allowed[i]).tolist() for i in range(pieces)]
    generator = sim.generator(seed, "assignment", "fair")
    until, idle, done = time.monotonic() + seconds, 0, 0
    most = tries or max(20_000, 400 * pieces)
    while done < most and idle < 200 * pieces and time.monotonic() < until and not (stop is not None and stop()):
        which = generator.integers(pieces, size=(_LOOKS, 2)).tolist()
        chance = generator.random((_LOOKS, 2)).tolist()
        for (i, j), (kind, pick) in zip(which, chance, strict=True):
            idle += 1
            a = state.team[i]
            alone = kind < 0.5
            to = options[i][int(pick * len(options[i]))] if alone and options[i] else state.team[j]
            if to in (a, NOBODY) or a == NOBODY or not problem.allowed[i, to]:
                continue
            if not alone and not problem.allowed[j, a]:
                continue
            moved = [(i, a, to)] if alone else [(i, a, to), (j, to, a)]
            cost, uneven = _pair(state, a, to, moved)
            for piece, _, _ in moved:
                state.put(piece, NOBODY)
            good = True
            for piece, _, there in moved:
                good = good and state.takes(piece, there)
                if good:
                    state.put(piece, there)
            if good:
                now, spread = _pair(state, a, to, moved)
                if now < cost - 1e-9 or (now <= cost + 1e-9 and spread < uneven - 1e-9):
                    idle = 0
                    continue
            for piece, _, _ in moved:
                state.put(piece, NOBODY)
            for piece, back, _ in moved:
                state.put(piece, back)
        done += _LOOKS
    return state.team


def _pair(state: _State, a: int, b: int, pieces: Sequence[tuple[int, int, int]]) -> tuple[float, float]:
    """Return what two teams and some pieces cost, and the two teams' part of Σ load² / people."""
    cost, uneven = sum(state.changed[i][state.team[i]] for i, _, _ in pieces), 0.0
    for r in (a, b):
        people = state.problem.people(r, state.held[r])
        if people:
            cost += state.price[r] * people
            uneven += state.held[r] ** 2 / people
    return cost, uneven


def unevenness(problem: Problem, teams: Sequence[int]) -> float:
    """Return Σ people · (load per person − mean)² over the teams with work."""
    held = problem.held(teams)
    people = np.array([problem.people(r, load) for r, load in enumerate(held.tolist())], float)
    used = people > 0
    if not used.any():
        return 0.0
    load = problem.unit * held[used]
    each = load / people[used]
    mean = float(load.sum() / people[used].sum())
    return float(people[used] @ (each - mean) ** 2)


def _rank(problem: Problem, teams: Sequence[int], energy: float | None = None) -> tuple[int, float, float]:
    """Return what is compared: pieces of nobody, cost, energy."""
    alone = sum(r == NOBODY for r in teams)
    return alone, round(problem.cost(teams), 9), _State(problem, list(teams)).energy() if energy is None else energy


class _State:
    """An assignment under change, with the load and branches of every team."""

    def __init__(self, problem: Problem, team: list[int]) -> None:
        self.problem, self.team = problem, team
        self.loads = problem.loads.tolist()
        self.branch = problem.branch.tolist()
        self.price = problem.price.tolist()
        self.most = problem.most.tolist()
        self.changed = problem.changed.tolist()
        self.held = problem.held(team).tolist()
        self.alone = _ALONE * max(self.price, default=1.0)
        self.mine: list[dict[int, int]] = [{} for _ in problem.carried]
        for i, r in enumerate(team):
            if r != NOBODY:
                self.mine[r][self.branch[i]] = self.mine[r].get(self.branch[i], 0) + 1

        of_branch: dict[int, list[int]] = {}
        for i, branch in enumerate(self.branch):
            of_branch.setdefault(branch, []).append(i)
        self.mates = [of_branch[branch] for branch in self.branch]
        """For each piece those of its branch, itself among them."""
        self._before: list[tuple[int, int]] = []

    def tried(self, moves: Sequence[tuple[int, int]]) -> float | None:
        """Make moves and return what that costs more; None, and nothing is changed, where it cannot be."""
        self._before = [(i, self.team[i]) for i, _ in moves]
        teams = {r for _, r in self._before} | {r for _, r in moves}
        change = -sum(self.part(r) for r in teams) - sum(self.own(i) for i, _ in moves)
        for i, _ in moves:
            self.put(i, NOBODY)
        for i, r in moves:
            if not self.takes(i, r):
                self.undo()
                return None
            self.put(i, r)
        return change + sum(self.part(r) for r in teams) + sum(self.own(i) for i, _ in moves)

    def undo(self) -> None:
        """Take the last moves back."""
        for i, _ in self._before:
            self.put(i, NOBODY)
        for i, r in self._before:
            self.put(i, r)

    def takes(self, i: int, r: int) -> bool:
        """Tell whether a team has people and branches left for a piece."""
        mine = self.mine[r]
        if self.branch[i] not in mine and len(mine) >= self.most[r]:
            return False
        return self.problem.fits(r, self.held[r] + self.loads[i])

    def put(self, i: int, r: int) -> None:
        """Give a piece to a team, or to nobody."""
        before, branch = self.team[i], self.branch[i]
        if before != NOBODY:
            self.held[before] -= self.loads[i]
            mine = self.mine[before]
            if mine[branch] == 1:
                del mine[branch]
            else:
                mine[branch] -= 1
        if r != NOBODY:
            self.held[r] += self.loads[i]
            self.mine[r][branch] = self.mine[r].get(branch, 0) + 1
        self.team[i] = r

    def part(self, r: int) -> float:
        """Return what a team costs to the search: its people, and a little of the fraction it would need."""
        if r == NOBODY:
            return 0.0
        load = self.held[r]
        people = self.problem.people(r, load)
        if not people:
            return 0.0
        steps = self.problem.steps[r]
        below = steps[people - 1]
        width = steps[min(people, len(steps) - 1)] - below
        fraction = people - 1 + (load - below) / width if width > 0 else float(people)
        return float(self.price[r]) * (people + _PART * fraction)

    def own(self, i: int) -> float:
        """Return what a piece costs by itself: a change of team, or that nobody has it."""
        r = self.team[i]
        return self.alone * self.loads[i] * self.problem.unit if r == NOBODY else float(self.changed[i][r])

    def added(self, i: int, r: int) -> float:
        """Return what it would cost more to give a piece of nobody to a team."""
        before = self.part(r)
        self.put(i, r)
        after = self.part(r) + self.own(i)
        self.put(i, NOBODY)
        return after - before

    def energy(self) -> float:
        """Return what the search makes small."""
        return sum(self.part(r) for r in range(len(self.held))) + sum(self.own(i) for i in range(len(self.team)))
