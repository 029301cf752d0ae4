"""Cost against a promise, plan by plan: the action behind ``counterflow frontier``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions import forms
from ui.actions.documents import plain
from ui.actions.plans import CONTRACT, MOST_WEEKS, findings, promise_document, promised, remote_teams
from ui.actions.studies import LARGEST_SEED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions.desk import Desk

SCHEMA = "counterflow/frontier/1"
MEASURES = ("share", "wait_p90_s", "abandoned_share")


@dataclass(frozen=True)
class FrontierRequest:
    """What to trace."""

    scenario: str
    promise: str = "80% in 180s"
    measure: str = "share"
    points: tuple[float, ...] = ()
    """Shares or limits to plan for; chosen by the scheduler where none is given."""
    budgets: tuple[float, ...] = ()
    teams: tuple[str, ...] = ()
    weeks: int = 1
    seed: int = 1
    contracts: str = CONTRACT
    staff: Mapping[str, Any] | None = None

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = []
        if not 1 <= self.weeks <= MOST_WEEKS:
            faults.append(sim.Fault("weeks_range", "", "--weeks", self.weeks, {"low": 1, "high": MOST_WEEKS}))
        if not 0 <= self.seed <= LARGEST_SEED:
            faults.append(sim.Fault("seed_range", "", "--seed", self.seed, {"high": LARGEST_SEED}))
        if self.measure not in MEASURES and self.measure not in sim.MEASURES:
            known = ", ".join((*MEASURES, *sim.MEASURES))
            faults.append(sim.Fault("unknown_measure", "", "--measure", self.measure, {"known": known}))
        for value in self.points:
            high = 1.0 if self.measure in ("share", "abandoned_share") else 1e9
            if not 0 < value <= high:
                faults.append(sim.Fault("point_range", "", "--points", value, {"high": high}))
        faults += [sim.Fault("budget_range", "", "--budgets", value) for value in self.budgets if not 0 < value < 1e15]
        if self.points and self.budgets:
            faults.append(sim.Fault("points_and_budgets", "", "--budgets"))
        if faults:
            raise sim.InputError(faults)


def frontier(request: FrontierRequest, desk: Desk) -> dict[str, Any]:
    """Return plans from cheap to dear, each tried on fresh luck (``counterflow/frontier/1``).

    Raises
    ------
    InputError
        The request, the scenario or the promise cannot be used.
    """
    desk.admit("plan")
    request.check()
    scenario = scenarios_catalog.load(request.scenario)
    (promise,) = promised((request.promise,), scenario)
    scheduler.contract(request.contracts)
    more: dict[str, Any] = {}
    if request.points:
        more["points"] = request.points
    if request.budgets:
        more["budgets"] = request.budgets
    if request.staff is not None:
        more["people"] = forms.staff(request.staff)
    found = scheduler.frontier(
        scenario,
        promise,
        measure=request.measure,
        contracts=request.contracts,
        weeks=request.weeks,
        teams=request.teams or remote_teams(scenario),
        seed=request.seed,
        progress=desk.progress,
        stop=desk.stop,
        **more,
    )
    desk.note("frontier", request.scenario, promise=request.promise, points=len(found.points), seed=request.seed)
    title = scenario.title
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": request.scenario,
        "title": None if title is None else plain(title),
        "measure": found.measure,
        "promise": promise_document(found.promise, request.promise),
        "weeks": request.weeks,
        "seed": found.seed,
        "replications": found.replications,
        "currency": found.currency,
        "interrupted": found.interrupted,
        "points": [
            {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)} for one in found.points
        ],
        "findings": findings(found.findings),
    }
