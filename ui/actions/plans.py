"""Plan a roster for a promise, and try it by simulation: the action behind ``counterflow plan``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions.documents import Measures, names, plain
from ui.actions.studies import LARGEST_SEED, study_document

if TYPE_CHECKING:
    from ui.actions.desk import Desk, Progress

SCHEMA = "counterflow/plan/1"
MOST_WEEKS = 8
REMOTE_ROLE = "remote_agent"
VERIFY_REPS = 30
_STEP_S = 900
_DAY_S = 86_400


@dataclass(frozen=True)
class PlanRequest:
    """What to plan."""

    scenario: str
    promise: str = "80% in 180s"
    teams: tuple[str, ...] = ()
    """Teams to plan; none means the remote teams of the scenario."""
    weeks: int = 1
    seed: int = 1

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = []
        if not 1 <= self.weeks <= MOST_WEEKS:
            faults.append(sim.Fault("weeks_range", "", "--weeks", self.weeks, {"low": 1, "high": MOST_WEEKS}))
        if not 0 <= self.seed <= LARGEST_SEED:
            faults.append(sim.Fault("seed_range", "", "--seed", self.seed, {"high": LARGEST_SEED}))
        if faults:
            raise sim.InputError(faults)


def plan(request: PlanRequest, desk: Desk) -> dict[str, Any]:
    """Return the plan's document (``counterflow/plan/1``): roster, coverage, what was achieved, the scenario's files.

    Raises
    ------
    InputError
        The request, the scenario or the promise cannot be used.
    """
    desk.admit("plan")
    request.check()
    promise = sim.Promise.parse(request.promise)
    if promise.within_s > _DAY_S:
        raise sim.InputError.one("promise_within", field="--promise", value=promise.within_s, limit=_DAY_S)
    scenario = scenarios_catalog.load(request.scenario)
    teams = request.teams or remote_teams(scenario)
    found = scheduler.plan(
        scenario, promise, weeks=request.weeks, teams=teams, seed=request.seed, progress=_part(desk, 0.0, 0.8)
    )
    document = plan_document(found, request)
    if found.roster:
        document = verify(document, found.scenario, replace(desk, progress=_part(desk, 0.8, 1.0)))
    desk.note("plan", request.scenario, promise=request.promise, status=found.status, seed=request.seed)
    return document


def _part(desk: Desk, low: float, high: float) -> Progress | None:
    """Return a progress call that fills the part of the bar from `low` to `high`."""
    told = desk.progress
    if told is None:
        return None
    return lambda done, total: told(round(100 * (low + (high - low) * done / max(total, 1))), 100)


def remote_teams(scenario: sim.Scenario) -> tuple[str, ...]:
    """Return the remote teams of a scenario; those whose role is `remote_agent`."""
    found = tuple(name for name, team in scenario.team.items() if team.role == REMOTE_ROLE)
    if not found:
        raise sim.InputError.one("no_remote_team", field="--teams", value=scenario.id)
    return found


def plan_document(found: scheduler.Plan, request: PlanRequest) -> dict[str, Any]:
    """Return a plan as a document."""
    roster = [
        {
            "person": row.person, "team": row.team, "place": row.place, "day": row.day, "start_s": row.start_s,
            "end_s": row.end_s, "meal": plain(row.meal), "breaks": plain(row.breaks), "paid_h": row.paid_hours,
        }
        for row in found.roster
    ]  # fmt: skip
    teams = list(dict.fromkeys(need.team for need in found.needs))
    titles = [{"place": "*", "service": "*", "pool": team} for team in teams]
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": request.scenario,
        "status": found.status,
        "kept": found.status == "kept",
        "cost": plain(found.cost),
        "lower_bound": plain(found.lower_bound),
        "relaxation": found.relaxation,
        "gap": plain(found.gap),
        "currency": found.scenario.money.currency,
        "contract": found.contract,
        "weeks": request.weeks,
        "seed": request.seed,
        "promise": _promise(found.promise, request.promise),
        "achieved": {"in_sample": _achieved(found.in_sample), "out_of_sample": _achieved(found.out_of_sample)},
        "paid_hours": found.paid_hours,
        "people": dict(found.people),
        "rounds": [
            {
                "number": one.number, "paid_hours": one.paid_hours, "cost": plain(one.cost),
                "share": plain(one.share), "half_width": plain(one.half_width), "broken": one.broken,
            }
            for one in found.rounds
        ],
        "teams": teams,
        "day_classes": list(day_classes(found.scenario)),
        "names": names(found.scenario, titles),
        "roster": roster,
        "coverage": _coverage(found, roster),
        "findings": [{"code": one.code, "values": plain(one.values)} for one in found.findings],
        "scenario_files": sim.files(found.scenario),
    }  # fmt: skip


def day_classes(scenario: sim.Scenario) -> tuple[str, ...]:
    """Return the class of each day of the run."""
    return tuple(scenario.run.day_class(day) for day in range(scenario.run.days))


def _promise(promise: sim.Promise, text: str) -> dict[str, Any]:
    return {
        "text": text,
        "share": promise.share,
        "within_s": promise.within_s,
        "of": promise.of,
        "per": list(promise.per),
        "sl_mode": promise.sl_mode,
    }


def _achieved(one: scheduler.Achieved | None) -> dict[str, Any] | None:
    if one is None:
        return None
    cells = [
        {
            "place": cell.place, "service": cell.service, "interval_start": cell.interval_start,
            "expected": plain(cell.expected), "value": plain(cell.value), "half_width": plain(cell.half_width),
            "kept": bool(cell.kept),
        }
        for cell in one.kept.cells
    ]  # fmt: skip
    return {
        "seed": one.seed, "replications": one.replications, "share": plain(one.kept.share),
        "half_width": plain(one.kept.half_width), "ok": bool(one.kept.ok), "cells": cells,
    }  # fmt: skip


def _coverage(found: scheduler.Plan, roster: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return required and rostered people of each team in each quarter-hour of each day; `busy` comes later."""
    rows = []
    for day, day_class in enumerate(day_classes(found.scenario)):
        for need in found.needs:
            if need.day_class not in (day_class, "*"):
                continue
            on_duty = sum(
                1
                for one in roster
                if (one["team"], one["day"]) == (need.team, day) and _works(one, need.start_s + _STEP_S // 2)
            )
            rows.append(
                {
                    "team": need.team, "day": day, "start_s": need.start_s, "required": need.servers,
                    "rostered": on_duty, "busy": None,
                }
            )  # fmt: skip
    return rows


def _works(shift: dict[str, Any], at_s: int) -> bool:
    off = [*shift["meal"], *shift["breaks"]]
    return shift["start_s"] <= at_s < shift["end_s"] and not any(a <= at_s < b for a, b in off)


def verify(document: dict[str, Any], scenario: sim.Scenario, desk: Desk) -> dict[str, Any]:
    """Return the plan's document with a study of the plan on fresh luck: how busy people are, how long waits."""
    study = sim.simulate(
        scenario,
        reps=VERIFY_REPS,
        seed=document["seed"] + 1_000,
        threads=desk.threads,
        progress=desk.progress,
    )
    verified = study_document(study, {})
    measures = Measures(verified)
    busy = {}
    for team in document["teams"]:
        duty = {row["interval_start"]: row["value"] for row in measures.by_interval("on_duty_mean", pool=team)}
        for row in measures.by_interval("occupancy", pool=team):
            start = row["interval_start"]
            if row["value"] is not None and duty.get(start) is not None:
                busy[team, start // _DAY_S, start % _DAY_S] = row["value"] * duty[start]
    coverage = [{**row, "busy": busy.get((row["team"], row["day"], row["start_s"]))} for row in document["coverage"]]
    return {**document, "coverage": coverage, "verification": verified}
