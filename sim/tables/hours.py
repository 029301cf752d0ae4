"""Refuses routes that ask for somebody who is never there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.model import Fault, InputError, Scenario, Team
from sim.model.walks import reachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import numpy.typing as npt

    from sim.model import Step
    from sim.tables.sites import Post, Sites


def refuse_no_hours(
    scenario: Scenario,
    sites: Sites,
    programs: Mapping[str, list[Step]],
    demanded: Iterable[tuple[int, int]],
    units: npt.NDArray[np.int64],
) -> None:
    """Raise InputError when customers (`demanded`: place, service) need a pool that is on duty at no time of the run.

    Who is planned with nobody on purpose (``staff = 0``, ``units = 0``, rows that count nobody) is a question that a
    planner may ask; who has people but no hours is a mistake. One pool with hours in the list is enough.
    """
    missing = {n for n, post in enumerate(sites.posts) if not units[n] and _is_meant(post, scenario)}
    if not missing:
        return
    names = list(programs)
    asked = [_asked(steps) for steps in programs.values()]
    faults: dict[str, Fault] = {}
    for place, service in sorted({(int(place), int(service)) for place, service in demanded}):
        for step, need in asked[service]:
            pools = {pool for word in need for pool in sites.resolve(word, place, names[service])}
            if pools and pools <= missing:
                post = sites.posts[min(pools)]
                section = "team" if isinstance(post.spec, Team) else "pool"
                expected = {"service": names[service], "block": step.name, "place": sites.sites[place].name}
                field = f"{section}.{post.team}"
                faults.setdefault(field, Fault("no_hours", scenario.id, field, post.name, expected))
    if faults:
        raise InputError(faults.values())


def _asked(steps: list[Step]) -> list[tuple[Step, tuple[str, ...]]]:
    """Return the needs that a visit may come to, as the last stage of its waiting has them."""
    out = []
    for index in sorted(reachable(steps, 0) | {0}):
        step = steps[index]
        if step.kind == "seize":
            last = step.wants.stages[-1].needs if step.wants is not None and step.wants.stages else step.needs
            out += [(step, need) for need in last]
    return out


def _is_meant(post: Post, scenario: Scenario) -> bool:
    """Tell whether somebody is planned for the pool, if only there were hours."""
    if not isinstance(post.spec, Team):
        return post.spec.units > 0
    rows = [row for row in scenario.staffing if row.team == post.team]
    return any(row.count > 0 for row in rows) if rows else bool(post.spec.staff)
