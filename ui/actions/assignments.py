"""Which remote team serves which branch: the action behind ``counterflow assign``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions.documents import names, plain
from ui.actions.plans import findings, promise_document, promised
from ui.actions.studies import LARGEST_SEED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.actions.desk import Desk

SCHEMA = "counterflow/assign/1"
_DAY_S = 86_400


@dataclass(frozen=True)
class AssignRequest:
    """What to assign."""

    scenario: str
    promise: str = "80% in 180s"
    limits: str = ""
    """TOML file: most branches a team, cities, dialects, licences, separation of duties, fixed choices."""
    seconds: float = 60.0
    seed: int = 1
    sure: float | None = None
    """Share of days on which the promise must hold."""

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = []
        if not 0 <= self.seed <= LARGEST_SEED:
            faults.append(sim.Fault("seed_range", "", "--seed", self.seed, {"high": LARGEST_SEED}))
        if not 1 <= self.seconds <= _DAY_S:
            faults.append(sim.Fault("seconds_range", "", "--seconds", self.seconds, {"low": 1, "high": _DAY_S}))
        if self.sure is not None and not 0 < self.sure < 1:
            faults.append(sim.Fault("point_range", "", "--sure", self.sure, {"high": 1}))
        if faults:
            raise sim.InputError(faults)


def assign(request: AssignRequest, desk: Desk) -> dict[str, Any]:
    """Return first choice and back-up for every branch, kind of work and part of the day (``counterflow/assign/1``).

    Raises
    ------
    InputError
        The request, the scenario, the promise or the limits cannot be used.
    """
    desk.admit("plan")
    request.check()
    scenario = scenarios_catalog.load(request.scenario)
    (promise,) = promised((request.promise,), scenario)
    if not isinstance(promise, sim.Promise):
        raise sim.InputError.one("promise_form", field="--promise", value=request.promise)
    found = scheduler.assign(
        scenario,
        promise,
        limits=request.limits or None,
        seconds=request.seconds,
        seed=request.seed,
        sure=request.sure,
        progress=desk.progress,
        stop=desk.stop,
    )
    desk.note("assign", request.scenario, promise=request.promise, status=found.status, seed=request.seed)
    rows = _rows(found.rows)
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": request.scenario,
        "title": plain(scenario.title),
        "promise": promise_document(promise, request.promise),
        "status": found.status,
        "cost": plain(found.cost),
        "lower_bound": plain(found.lower_bound),
        "relaxation": found.relaxation,
        "gap": plain(found.gap),
        "people": found.people,
        "one_pool": found.one_pool,
        "alone": found.alone,
        "changed": found.changed,
        "currency": scenario.money.currency,
        "seed": request.seed,
        "names": _names(scenario, rows),
        "rows": rows,
        "teams": _rows(found.teams),
        "findings": findings(found.findings),
        "scenario_files": sim.files(found.scenario),
    }


def _rows(several: Sequence[Any]) -> list[dict[str, Any]]:
    return [{field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)} for one in several]


def _names(scenario: sim.Scenario, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the titles of teams, places and services that occur."""
    teams = [row[key] for row in rows for key in ("first", "backup", "before") if row[key]]
    found = [{"place": row["place"], "service": "*", "pool": "*"} for row in rows]
    found += [{"place": "*", "service": "*", "pool": team} for team in dict.fromkeys([*teams, *scenario.team])]
    found += [{"place": "*", "service": one, "pool": "*"} for one in scenario.service]
    return names(scenario, found)
