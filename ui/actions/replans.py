"""Today is not as it was planned: the action behind ``counterflow replan``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions import planned
from ui.actions.documents import plain
from ui.actions.plans import coverage_of, findings, promised, roster_rows
from ui.actions.rosters import day_of

if TYPE_CHECKING:
    from ui.actions.desk import Desk

SCHEMA = "counterflow/replan/1"
_DAY_S = 86_400
_WEEK = 7


@dataclass(frozen=True)
class ReplanRequest:
    """What happened today, and what may still be done."""

    plan: str
    actuals: str
    """CSV of what came, who is absent, what is out of order, what is expected besides: see `scheduler.read_actuals`."""
    at_s: int
    day: str = "1"
    """Number of the day of the plan from 1, or its date."""
    freeze_s: int = 1800
    standby: tuple[str, ...] = ()
    seed: int = 1

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = []
        if not 0 <= self.at_s < _DAY_S:
            faults.append(sim.Fault("at_range", "", "--at", self.at_s))
        if not 0 <= self.freeze_s < _DAY_S:
            faults.append(sim.Fault("freeze_range", "", "--freeze", self.freeze_s // 60))
        if faults:
            raise sim.InputError(faults)


def replan(request: ReplanRequest, desk: Desk) -> dict[str, Any]:
    """Return the least that has to be done otherwise today (``counterflow/replan/1``).

    Raises
    ------
    InputError
        The plan, the actuals or the request cannot be used.
    """
    desk.admit("plan")
    request.check()
    document = planned.load(request.plan)
    day = day_of(document, request.day)
    actuals = scheduler.read_actuals(request.actuals)
    scenario = scenarios_catalog.load(planned.scenario_folder(request.plan))
    people = {one["person"] for one in document["roster"]}
    faults = [
        sim.Fault("roster_person", request.actuals, "name", one.person)
        for one in actuals.absences
        if one.person not in people
    ]
    faults += [sim.Fault("roster_person", "", "--standby", who) for who in request.standby if who not in people]
    if faults:
        raise sim.InputError(faults)
    promises = promised([one["text"] for one in document.get("promises") or [document["promise"]]], scenario)
    plan = scheduler.Plan(
        scenario=scenario,
        promise=promises[0],
        promises=promises,
        contract=document["contract"],
        weeks=document["weeks"],
        seed=document["seed"],
        roster=planned.rows(document),
        people=document["people"],
        staff=planned.staff(document),
    )
    found = scheduler.replan(
        plan,
        actuals,
        request.at_s,
        day=day,
        freeze_s=request.freeze_s,
        standby=request.standby,
        seed=request.seed,
        progress=desk.progress,
        stop=desk.stop,
    )
    desk.note(
        "replan", document["scenario"], day=day, at_s=request.at_s, changes=len(found.changes), status=found.status
    )
    rows = roster_rows(found.roster)
    others = [one for one in document["roster"] if one["day"] != day]
    both = [*others, *rows]
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": document["scenario"],
        "promise": document["promise"],
        "status": found.status,
        "kept": found.status != "broken",
        "interrupted": found.interrupted,
        "day": day,
        "at_s": found.at_s,
        "frozen_until_s": found.frozen_until_s,
        **{name: plain(getattr(found, name)) for name in ("factor", "factor_sd", "seen", "expected", "cost", "trials")},
        **{
            name: {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)}
            for name, one in (("unchanged", found.unchanged), ("without", found.without), ("after", found.after))
        },
        "changes": [
            {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)} for one in found.changes
        ],
        "roster": both,
        "coverage": coverage_of(document["coverage"], both),
        "findings": findings(found.findings),
        "currency": document["currency"],
        "seed": document["seed"],
        **{name: document[name] for name in ("teams", "names", "persons", "shapes", "staff", "weeks", "day_classes")},
        "first_date": document["first_date"],
        "contract": document["contract"],
        "plan": {**document, "roster": both, "coverage": coverage_of(document["coverage"], both)},
    }
