"""Refuses routes in which visits that hold one thing and want another could wait for each other for ever."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sim.model import InputError, Scenario, Step, held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.tables.sites import Sites


def refuse_deadlock(scenario: Scenario, sites: Sites, programs: Mapping[str, list[Step]]) -> None:
    """Raise InputError when the hold-and-wait graph over pools has a cycle (MODEL §4).

    An edge A → B means: some visit may hold a unit of A while it waits for one of B. A wait that always ends by
    itself (finite patience) breaks the circle, so its edges do not count.
    """
    edges: dict[int, set[int]] = {}
    reasons: dict[tuple[int, int], str] = {}
    for name, steps in programs.items():
        holds = held(steps)
        for index, step in enumerate(steps):
            if step.kind != "seize" or not holds[index] or step.patience is not None:
                continue
            for site in range(len(sites.sites)):
                wanted = {pool for need in step.needs for word in need for pool in sites.resolve(word, site, name)}
                for other in holds[index]:
                    owned = {p for need in steps[other].needs for word in need for p in sites.resolve(word, site, name)}
                    for pool in owned:
                        edges.setdefault(pool, set()).update(wanted)
                        for want in wanted:
                            reasons.setdefault((pool, want), f"{name}: {step.name}")
    circle = _circle(edges)
    if circle:
        names = [sites.posts[pool].name for pool in circle]
        why = [reasons[pair] for pair in itertools.pairwise(circle)]
        raise InputError.one(
            "deadlock",
            file=scenario.id,
            field="route",
            value=" → ".join(names),
            blocks="; ".join(dict.fromkeys(why)),
        )


def _circle(edges: Mapping[int, set[int]]) -> list[int]:
    """Return a closed walk through the graph, or nothing."""
    state: dict[int, int] = {}
    for root in sorted(edges):
        if root in state:
            continue
        path: list[int] = [root]
        stack = [iter(sorted(edges[root]))]
        state[root] = 1
        while stack:
            for pool in stack[-1]:
                if state.get(pool) == 1:
                    return [*path[path.index(pool) :], pool]
                if pool not in state:
                    state[pool] = 1
                    path.append(pool)
                    stack.append(iter(sorted(edges.get(pool, ()))))
                    break
            else:
                state[path.pop()] = 2
                stack.pop()
    return []
