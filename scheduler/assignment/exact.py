"""A small assignment in one program of yes and no, proven (CP-SAT): a person more for each step of what is carried."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from scheduler.assignment.problem import NOBODY, Problem
from scheduler.solver import Program, choose

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL = 1500
"""Pieces times teams, up to which a proof takes seconds: 40 branches and 8 teams take 6 to 11 s on two cores."""
_SCALE = 1000.0


def proven(problem: Problem, start: Sequence[int], *, seconds: float, seed: int) -> tuple[list[int], float]:
    """Return an assignment no dearer than `start`, and a bound below which there is none.

    Steps instead of a concave curve: people n = 1, 2 … of a team are yes-or-no variables, each after the one before,
    and carry what `carried` says; so nothing is approximated. Branches are counted where a team may not have all.
    """
    program = Program()
    start = _in_order(problem, start)
    teams, pieces = range(len(problem.carried)), range(len(problem.loads))
    given: dict[tuple[int, int], int] = {}
    begin: list[int] = []
    for i in pieces:
        for r in teams:
            if problem.allowed[i, r]:
                given[i, r] = program.variable(0, 1, round(_SCALE * float(problem.changed[i, r])))
                begin.append(int(start[i] == r))
        program.row([given[i, r] for r in teams if (i, r) in given], at_least=1, at_most=1)
    held = problem.held(start)
    of_team: dict[int, list[int]] = {}
    for r in teams:
        mine = [i for i in pieces if (i, r) in given]
        if not mine:
            continue
        total = int(problem.loads[mine].sum())
        people: list[int] = []
        carried = [0]
        for n, load in enumerate(problem.steps[r][1:], start=1):
            people.append(program.variable(0, 1, round(_SCALE * float(problem.price[r]))))
            begin.append(int(problem.people(r, int(held[r])) >= n))
            carried.append(load)
            if load >= total:
                break
        of_team[r] = people
        for before, after in itertools.pairwise(people):
            program.row([before, after], [1, -1], at_least=0)
        more = [b - a for a, b in itertools.pairwise(carried)]
        program.row(
            [*(given[i, r] for i in mine), *people],
            [*(int(problem.loads[i]) for i in mine), *(-one for one in more)],
            at_most=0,
        )
        of_branch: dict[int, list[int]] = {}
        for i in mine:
            of_branch.setdefault(int(problem.branch[i]), []).append(i)
        if problem.most[r] < len(of_branch):
            counted = []
            for members in of_branch.values():
                if len(members) == 1:
                    counted.append(given[members[0], r])
                    continue
                any_of = program.variable(0, 1)
                begin.append(int(any(start[i] == r for i in members)))
                for i in members:
                    program.row([any_of, given[i, r]], [1, -1], at_least=0)
                counted.append(any_of)
            program.row(counted, at_most=int(problem.most[r]))
    # Of teams that are alike the first has the most people: otherwise each assignment stands there many times.
    for alike in problem.classes:
        for one, other in itertools.pairwise(r for r in alike if r in of_team):
            for more_people, fewer in zip(of_team[one], of_team[other], strict=True):
                program.row([more_people, fewer], [1, -1], at_least=0)
    answer = choose(program, seconds=seconds, seed=seed, start=begin if NOBODY not in start else None)
    if not answer.values:
        return list(start), math.inf if answer.status == "infeasible" else 0.0
    out = [next((r for r in teams if (i, r) in given and answer.values[given[i, r]]), NOBODY) for i in pieces]
    better = NOBODY in start or problem.cost(out) < problem.cost(start) - 1e-9
    return (out if better and not problem.wrong(out) else list(start)), answer.bound / _SCALE


def _in_order(problem: Problem, teams: Sequence[int]) -> list[int]:
    """Return the same assignment with teams that are alike exchanged so that the first has the most people."""
    held = problem.held(teams).tolist()
    to = {NOBODY: NOBODY}
    for alike in problem.classes:
        by_people = sorted(alike, key=lambda r: -problem.people(r, held[r]))
        to |= dict(zip(by_people, alike, strict=True))
    return [to[r] for r in teams]
