"""Which team takes which branch's work in one part of the day, as numbers: what may be, what it costs."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOBODY = -1
"""Team of a piece of work that nobody has room for."""


@dataclass(frozen=True)
class Problem:
    """Pieces of work (a branch's visits of one kind), teams that may take them, and what the teams then need.

    Attributes
    ----------
    unit : float
        In which loads are counted, in erlang. Loads are whole numbers, so that what is proven is proven exactly.
    loads : array (pieces,)
        Units in the busiest quarter-hour.
    branch : array (pieces,)
        Number of the branch.
    allowed : bool array (pieces, teams)
    carried : tuple of arrays, one a team
        ``carried[r][n]`` is the load (units) that n people on shift carry within the promise; rises from 0 at n = 0.
        Its length says how many people there can be.
    price : array (teams,)
        Of one person through the part of the day.
    most : array (teams,)
        Branches that a team may have at a time.
    changed : array (pieces, teams)
        Price of giving the work to that team, because another has it now.
    """

    unit: float
    loads: Ints
    branch: Ints
    allowed: NDArray[np.bool_]
    carried: tuple[Ints, ...]
    price: Floats
    most: Ints
    changed: Floats

    @cached_property
    def steps(self) -> tuple[list[int], ...]:
        """Return `carried` as lists, for `people`."""
        return tuple(one.tolist() for one in self.carried)

    def people(self, team: int, load: int) -> int:
        """Return how many people of a team carry a load; more than it can have when it is too much."""
        return bisect_left(self.steps[team], load) if load else 0

    def fits(self, team: int, load: int) -> bool:
        """Tell whether a team can have enough people for a load."""
        return load <= self.steps[team][-1]

    def cost(self, teams: Sequence[int]) -> float:
        """Return the price of the people that an assignment needs, and of its changes; work of nobody costs nothing."""
        held = self.held(teams)
        people = sum(float(self.price[r]) * self.people(r, load) for r, load in enumerate(held.tolist()))
        return people + sum(float(self.changed[i, r]) for i, r in enumerate(teams) if r != NOBODY)

    def held(self, teams: Sequence[int]) -> Ints:
        """Return the load of every team, in units."""
        out = np.zeros(len(self.carried), np.int64)
        for i, r in enumerate(teams):
            if r != NOBODY:
                out[r] += self.loads[i]
        return out

    def branches(self, teams: Sequence[int]) -> list[set[int]]:
        """Return the branches of every team."""
        out: list[set[int]] = [set() for _ in self.carried]
        for i, r in enumerate(teams):
            if r != NOBODY:
                out[r].add(int(self.branch[i]))
        return out

    def wrong(self, teams: Sequence[int]) -> list[str]:
        """Return what an assignment breaks, counted afresh: ``allowed``, ``people``, ``branches``, ``nobody``."""
        found = []
        if any(r == NOBODY for r in teams):
            found.append("nobody")
        if any(r != NOBODY and not self.allowed[i, r] for i, r in enumerate(teams)):
            found.append("allowed")
        if any(not self.fits(r, load) for r, load in enumerate(self.held(teams).tolist())):
            found.append("people")
        if any(len(mine) > self.most[r] for r, mine in enumerate(self.branches(teams))):
            found.append("branches")
        return found

    @cached_property
    def classes(self) -> tuple[tuple[int, ...], ...]:
        """Return the teams in groups that are alike in all respects."""
        found: dict[tuple[object, ...], list[int]] = {}
        for r, carried in enumerate(self.carried):
            key = (
                self.allowed[:, r].tobytes(),
                carried.tobytes(),
                float(self.price[r]),
                int(self.most[r]),
                self.changed[:, r].tobytes(),
            )
            found.setdefault(key, []).append(r)
        return tuple(tuple(teams) for teams in found.values())
