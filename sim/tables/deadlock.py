"""Refuses routes in which visits that hold one thing and want another could wait for each other for ever."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from sim.model import InputError, Scenario, Step, held
from sim.model.walks import reachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.tables.sites import Sites


def refuse_deadlock(scenario: Scenario, sites: Sites, programs: Mapping[str, list[Step]]) -> None:
    """Raise InputError when the hold-and-wait graph over pools has a cycle (MODEL §4).

    An edge A → B means: some visit may hold a unit of A while it waits for one of B; the pools are all that the words
    may mean at any place, at first or after an overflow. A wait that always ends by itself (patience, `max_wait`)
    breaks the circle, so its edges do not count.
    """
    edges: dict[int, set[int]] = {}
    reasons: dict[tuple[int, int], str] = {}
    for name, steps in programs.items():
        holds = held(steps)
        used = reachable(steps, 0) | {0}
        for index in sorted(used):
            step = steps[index]
            if step.kind != "seize" or not holds[index] or _ends(step):
                continue
            for site in range(len(sites.sites)):
                wanted = _pools(step, site, name, sites)
                for other in holds[index]:
                    for pool in _pools(steps[other], site, name, sites):
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


def _ends(step: Step) -> bool:
    """Tell whether waiting there ends by itself."""
    return step.patience is not None or (step.wants is not None and math.isfinite(step.wants.limit_s))


def _pools(step: Step, site: int, service: str, sites: Sites) -> set[int]:
    """Return every pool of which a SEIZE may take a unit at a place."""
    last = step.wants.stages[-1].needs if step.wants is not None and step.wants.stages else step.needs
    return {pool for need in last for word in need for pool in sites.resolve(word, site, service)}


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
