"""Waiting lines: one for each distinct (needs resolved to pools, class, rules of choice)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.model import Team
from sim.tables.types import (
    BIT,
    IN_ORDER,
    LEAST_OCCUPIED,
    LONGEST_IDLE,
    NEED,
    POOL,
    QUEUE,
    RANDOM,
    Floats,
    Ints,
    Records,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sim.model import Step
    from sim.tables.sites import Sites

_RULES = {"order": IN_ORDER, "longest_idle": LONGEST_IDLE, "least_occupied": LEAST_OCCUPIED, "random": RANDOM}


class Members:
    """Lists of numbers, one after the other."""

    def __init__(self) -> None:
        self.items: list[int] = []

    def add(self, items: Sequence[int]) -> tuple[int, int]:
        """Append a list and return where it begins and ends."""
        first = len(self.items)
        self.items.extend(items)
        return first, len(self.items)


class Wanted(NamedTuple):
    """A need, resolved."""

    pools: tuple[int, ...]
    reserve: tuple[int, ...]
    """How many of each pool have to stay free; empty: none."""
    weights: tuple[float, ...]
    """Of a random choice; else empty."""


@dataclass(frozen=True)
class _Line:
    needs: tuple[Wanted, ...]
    rank: int
    rule: int


class QueueTable:
    """Waiting lines, and which of them a SEIZE means at each place."""

    def __init__(self, sites: Sites, members: Members) -> None:
        self.sites, self.members = sites, members
        self._numbers: dict[_Line, int] = {}
        self._added: dict[Hashable, int] = {}
        self._finds: dict[str, Hashable] = {}
        self.rows: list[list[int]] = []
        """(Z, D) queue of a SEIZE at a place; one row for each of `Sites.parts`, one after the other."""
        self.weights: list[float] = []
        self.plain = True
        """Whether every need takes the first pool that is free, to the last unit."""

    def add(
        self,
        step: Step,
        service: str,
        needs: tuple[tuple[str, ...], ...],
        priority: int,
        reserve: tuple[tuple[str, int], ...],
    ) -> int:
        """Return the first row of `rows` for what a SEIZE asks for, at first or at a later stage.

        Whoever asks for the same, for services that find the same pools, has the same rows.
        """
        if service not in self._finds:
            self._finds[service] = self.sites.finds(service)
        key = (self._finds[service], needs, priority, reserve, step.choice, tuple(step.weights))
        if key not in self._added:
            self._added[key] = len(self.rows)
            for part in range(len(self.sites.parts)):
                self.rows.append(self._row(step, service, needs, priority, reserve, part))
        return self._added[key]

    def _row(
        self,
        step: Step,
        service: str,
        needs: tuple[tuple[str, ...], ...],
        priority: int,
        reserve: tuple[tuple[str, int], ...],
        part: int,
    ) -> list[int]:
        """Return the queue at each place in one part of the day, −1 where nobody may serve."""
        row = []
        rule = _RULES[step.choice]
        for place in range(len(self.sites.sites)):

            def found(word: str, place: int = place) -> tuple[int, ...]:
                return self.sites.resolve(word, place, service, part)

            kept = {pool: n for word, n in reserve for pool in found(word)}
            weight = {pool: w for word, w in step.weights for pool in found(word)}
            wanted = []
            for need in needs:
                pools = tuple(dict.fromkeys(p for word in need for p in found(word)))
                kept_here = tuple(kept.get(pool, 0) for pool in pools)
                weights = tuple(weight.get(pool, 1.0) for pool in pools) if rule == RANDOM else ()
                wanted.append(Wanted(pools, kept_here if any(kept_here) else (), weights))
            if all(one.pools for one in wanted):
                line = _Line(tuple(wanted), priority, rule)
                row.append(self._numbers.setdefault(line, len(self._numbers)))
            else:
                row.append(-1)
        return row

    def pools_of(self, queue: int) -> set[int]:
        """Return every pool that a waiting line may take from."""
        line = next(line for line, number in self._numbers.items() if number == queue)
        return {pool for need in line.needs for pool in need.pools}

    def seize(self) -> Ints:
        """Return the queue of every SEIZE at every place."""
        return np.array(self.rows, np.int32).reshape(-1, len(self.sites.sites))

    def build(self, *, earmarks: bool) -> tuple[Records, Records, int]:
        """Return the queues (QUEUE), their needs (NEED) and how many connected sets of pools there are.

        Sets are told apart only when something is earmarked: pools that one visit may need at once are connected.
        """
        family = self._families() if earmarks else {}
        queues: list[tuple[int, ...]] = []
        needs: list[tuple[int, ...]] = []
        for line in self._numbers:
            set_of = family.get(line.needs[0].pools[0], 0)
            queues.append((line.rank, len(line.needs), len(needs), set_of, 0, 0))
            for need in line.needs:
                first, end = self.members.add(need.pools)
                reserve = self.members.add(need.reserve)[0] if need.reserve else -1
                weight = len(self.weights) if need.weights else -1
                self.weights.extend(need.weights)
                needs.append((first, end - first, reserve, line.rule, weight))
                self.plain = self.plain and reserve < 0 and line.rule == IN_ORDER
        return np.array(queues, QUEUE), np.array(needs, NEED), len(set(family.values()))

    def share(self) -> Floats:
        """Return the weights of random choices."""
        return np.array(self.weights, np.float64)

    def _families(self) -> dict[int, int]:
        """Return pool → number of its connected set."""
        root = list(range(len(self.sites.posts)))

        def find(pool: int) -> int:
            while root[pool] != pool:
                pool = root[pool]
            return pool

        for line in self._numbers:
            first = line.needs[0].pools[0]
            if len(line.needs) > 1:
                for pool in {pool for need in line.needs for pool in need.pools}:
                    root[find(pool)] = find(first)
        numbers: dict[int, int] = {}
        return {pool: numbers.setdefault(find(pool), len(numbers)) for pool in range(len(root))}

    def pools(self, units: npt.NDArray[np.int64]) -> Records:
        """Return the pools (POOL) with `units` units each and the queues that want them; `noted` adds their words."""
        wanted: list[list[int]] = [[] for _ in self.sites.posts]
        for line, number in self._numbers.items():
            for pool in sorted({pool for need in line.needs for pool in need.pools}):
                wanted[pool].append(number)
        unit = [0, *itertools.accumulate(int(n) for n in units)]
        rows = []
        for n, post in enumerate(self.sites.posts):
            team = post.spec if isinstance(post.spec, Team) else None
            late = 1 if team is not None and team.late == "cut" else 0
            slots = team.sessions if team is not None else 1
            over = 1 if team is not None and team.at_end == "hand_over" else 0
            rows.append((unit[n], unit[n + 1], *self.members.add(wanted[n]), post.site, late, slots, over, 0, 0))
        return np.array(rows, POOL)


def noted(queue: Records, pool: Records, member: Ints) -> Records:
    """Write into queues and pools where it is noted that somebody waits, and return these places (BIT)."""
    n_words = (pool["end"] - pool["first"] + 63) // 64
    pool["end_word"] = np.cumsum(n_words)
    pool["word"] = pool["end_word"] - n_words
    lengths = pool["end"] - pool["first"]
    nth = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    mine = member[np.repeat(pool["first"], lengths) + nth]
    out = np.zeros(nth.size, BIT)
    out["mask"] = np.uint64(1) << (nth % 64).astype(np.uint64)
    out["word"] = np.repeat(pool["word"], lengths) + nth // 64
    counts = np.bincount(mine, minlength=queue.size)
    queue["end_bit"] = np.cumsum(counts)
    queue["first_bit"] = queue["end_bit"] - counts
    return out[np.argsort(mine, kind="stable")]
