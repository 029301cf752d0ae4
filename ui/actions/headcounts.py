"""Headcount month by month: the action behind ``counterflow plan --horizon year``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions.documents import plain
from ui.actions.plans import CONTRACT, findings, promise_document, promised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.actions.desk import Desk

SCHEMA = "counterflow/headcount/1"
HORIZONS = ("day", "week", "year")
MONTHS = 12
WORKFORCE = "cn-workforce"
POSTS = "cn-branch"


@dataclass(frozen=True)
class HeadcountRequest:
    """What to plan for a year."""

    scenario: str
    promise: str = "80% in 180s"
    first_date: str = ""
    """First day of the first month; the scenario's, else next January."""
    towards: str = ""
    """The scenario after a reform."""
    volume: tuple[float, ...] = ()
    """Demand of each month as a multiple of the scenario's."""
    adoption: tuple[float, ...] = ()
    """Share of the work done in the new way, month by month."""
    staff: Mapping[str, int] = field(default_factory=dict)
    """Trained people of each role on the first day."""
    assumptions: str = WORKFORCE
    posts: str = POSTS
    contracts: str = CONTRACT
    seconds: float | None = None

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = []
        for option, values in (("--volume", self.volume), ("--adoption", self.adoption)):
            if values and len(values) != MONTHS:
                faults.append(sim.Fault("months_number", "", option, len(values), {"months": MONTHS}))
        if self.adoption and not self.towards:
            faults.append(sim.Fault("adoption_towards", "", "--adoption"))
        if faults:
            raise sim.InputError(faults)


def headcount(request: HeadcountRequest, desk: Desk) -> dict[str, Any]:
    """Return people of every role in every month, with hiring, training, attrition and a ledger of who moved where.

    Raises
    ------
    InputError
        The request, a scenario, the promise, assumptions or rules cannot be used.
    """
    desk.admit("plan")
    request.check()
    scenario = scenarios_catalog.load(request.scenario)
    towards = scenarios_catalog.load(request.towards) if request.towards else None
    (promise,) = promised((request.promise,), scenario)
    if not isinstance(promise, sim.Promise):
        raise sim.InputError.one("promise_form", field="--promise", value=request.promise)
    more: dict[str, Any] = {} if request.seconds is None else {"seconds": request.seconds}
    found = scheduler.headcount(
        scenario,
        promise,
        months=MONTHS,
        start=_first(request.first_date),
        volume=request.volume or None,
        towards=towards,
        adoption=request.adoption or None,
        staff=dict(request.staff) or None,
        assumptions=request.assumptions,
        posts=request.posts,
        contracts=request.contracts,
        **more,
    )
    desk.note("headcount", request.scenario, towards=request.towards, status=found.status)
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": request.scenario,
        "towards": request.towards or None,
        "promise": promise_document(promise, request.promise),
        "start": found.start.isoformat(),
        "months": found.months,
        "workforce": found.workforce,
        "label": found.label,
        "status": found.status,
        "cost": plain(found.cost),
        "lower_bound": plain(found.bound),
        "gap": plain(found.gap),
        "currency": scenario.money.currency,
        "change": {tally: plain(found.change(tally)) for tally in dict.fromkeys(row.tally for row in found.ledger)},
        "roles": _rows(found.roles),
        "moves": _rows(found.moves),
        "ledger": _rows(found.ledger),
        "findings": findings(found.findings),
    }


def _first(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise sim.InputError.one("start_form", field="--start", value=text) from None


def _rows(several: Sequence[Any]) -> list[dict[str, Any]]:
    return [{one.name: plain(getattr(row, one.name)) for one in dataclasses.fields(row)} for row in several]
