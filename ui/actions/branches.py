"""Branch and remote staff in one problem, a day of each class: the action behind ``counterflow plan --horizon day``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions import forms
from ui.actions.documents import names, plain
from ui.actions.plans import CONTRACT, findings, promise_document, promised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ui.actions.desk import Desk

SCHEMA = "counterflow/branches/1"
POSTS = "cn-branch"
_SLOT_S = 900


@dataclass(frozen=True)
class BranchRequest:
    """What to plan."""

    scenario: str
    promise: str = "80% in 180s"
    posts: str = POSTS
    contracts: str = CONTRACT
    teams: tuple[str, ...] = ()
    staff: Mapping[str, Any] | None = None
    seconds: float | None = None


def branch_staff(request: BranchRequest, desk: Desk) -> dict[str, Any]:
    """Return the cheapest shifts of branches and remote teams together that keep all minimum posts.

    Raises
    ------
    InputError
        The request, the scenario, the promise, people or rules cannot be used.
    """
    desk.admit("plan")
    scenario = scenarios_catalog.load(request.scenario)
    (promise,) = promised((request.promise,), scenario)
    if not isinstance(promise, sim.Promise):
        raise sim.InputError.one("promise_form", field="--promise", value=request.promise)
    more: dict[str, Any] = {} if request.seconds is None else {"seconds": request.seconds}
    found = scheduler.branch_staff(
        scenario,
        promise,
        posts=request.posts,
        contracts=request.contracts,
        teams=request.teams or None,
        people=None if request.staff is None else forms.staff(request.staff),
        **more,
    )
    desk.note("branch_staff", request.scenario, promise=request.promise, status=found.status)
    shifts = list(_shifts(found))
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": request.scenario,
        "promise": promise_document(promise, request.promise),
        "posts_rules": found.rules,
        "contract": found.contract,
        "status": found.status,
        "cost": plain(found.cost),
        "lower_bound": plain(found.bound),
        "gap": plain(found.gap),
        "currency": scenario.money.currency,
        "names": _names(scenario),
        "shapes": {
            one.name: plain(one.title) for one in scheduler.contract(request.contracts).shapes if one.title is not None
        },
        "shifts": shifts,
        "posts": list(_posts(found)),
        "recalls": [
            {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)} for one in found.recalls
        ],
        "findings": findings(found.findings),
        "scenario_files": sim.files(found.scenario),
    }


def _shifts(found: scheduler.BranchStaff) -> Iterator[dict[str, Any]]:
    """Yield the shifts of every class of days, with where each is worked."""
    for day in found.days:
        for calls, several in ((False, day.found.shifts), (True, day.found.on_call)):
            for group, shifts in several.items():
                stays = () if calls else day.found.stays.get(group, ())
                for number, one in enumerate(shifts):
                    where = stays[number] if number < len(stays) else ()
                    yield {
                        "day_class": day.day_class, "group": group, "shape": one.shape, "start_s": one.start_s,
                        "end_s": one.end_s, "meal": plain(one.meal), "breaks": plain(one.breaks),
                        "paid_h": one.paid_s / 3600, "on_call": calls, "stays": plain(where),
                    }  # fmt: skip


def _posts(found: scheduler.BranchStaff) -> Iterator[dict[str, Any]]:
    """Yield posts as spells of a constant number of people."""
    for day in found.days:
        for post in day.posts:
            for start, end, people in _spells(post.servers):
                yield {
                    "day_class": day.day_class, "place": post.place, "skill": post.skill, "held": post.held,
                    "on_call": post.on_call, "start_s": start, "end_s": end, "people": people,
                }  # fmt: skip


def _spells(servers: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    begin = 0
    for slot in range(1, len(servers) + 1):
        if slot == len(servers) or servers[slot] != servers[begin]:
            if servers[begin]:
                yield begin * _SLOT_S, slot * _SLOT_S, float(servers[begin])
            begin = slot


def _names(scenario: sim.Scenario) -> dict[str, Any]:
    """Return the titles of all places and teams, also of a team at a place."""
    sites = [site.name for site in sim.Sites(scenario).sites]
    rows = [{"place": site, "service": "*", "pool": "*"} for site in sites]
    rows += [{"place": "*", "service": "*", "pool": team} for team in scenario.team]
    rows += [{"place": "*", "service": "*", "pool": f"{team}@{site}"} for team in scenario.team for site in sites]
    return names(scenario, rows)
