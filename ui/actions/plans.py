"""Plan a roster for promises, and try it by simulation: the action behind ``counterflow plan``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions import forms
from ui.actions.documents import Measures, names, plain
from ui.actions.studies import INPUTS, LARGEST_SEED, study_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.actions.desk import Desk, Progress

SCHEMA = "counterflow/plan/1"
MOST_WEEKS = 8
REMOTE_ROLE = "remote_agent"
VERIFY_REPS = 30
CONTRACT = "cn-standard"
_STEP_S = 900
_DAY_S = 86_400
_WEEK = 7
_SETS = 20
"""Drawn sets of inputs that a plan is tried on."""


@dataclass(frozen=True)
class PlanRequest:
    """What to plan."""

    scenario: str
    promise: str | tuple[str, ...] = "80% in 180s"
    """One promise or several, as they are typed."""
    teams: tuple[str, ...] = ()
    """Teams to plan; none means the remote teams of the scenario."""
    weeks: int = 1
    seed: int = 1
    contracts: str = CONTRACT
    """Id of labour rules, or a TOML file."""
    budget: float | None = None
    """The most that it may cost; the best service that this buys is looked for."""
    staff: Mapping[str, Any] | None = None
    """The people, as `ui.imports.people` reads them (``counterflow/staff/1``)."""
    locks: tuple[Mapping[str, Any], ...] = ()
    """Shifts fixed by hand: rows of person, day, start_s, end_s, off."""
    first_date: str = ""
    """Date of the first day, for calendars; the scenario's where it has one."""
    inputs: str = "fitted"
    """``sampled``: also tell in which share of drawn inputs the promise holds."""
    seconds: float | None = None
    """Time after which the best found so far is given."""

    @property
    def promises(self) -> tuple[str, ...]:
        """Return the promises as a tuple."""
        return (self.promise,) if isinstance(self.promise, str) else tuple(self.promise)

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = []
        if not 1 <= self.weeks <= MOST_WEEKS:
            faults.append(sim.Fault("weeks_range", "", "--weeks", self.weeks, {"low": 1, "high": MOST_WEEKS}))
        if not 0 <= self.seed <= LARGEST_SEED:
            faults.append(sim.Fault("seed_range", "", "--seed", self.seed, {"high": LARGEST_SEED}))
        if self.inputs not in INPUTS:
            faults.append(sim.Fault("literal_error", "", "--inputs", self.inputs, {"expected": ", ".join(INPUTS)}))
        if self.budget is not None and not 0 < self.budget < 1e15:
            faults.append(sim.Fault("budget_range", "", "--budget", self.budget))
        if self.seconds is not None and not 1 <= self.seconds <= _DAY_S:
            faults.append(sim.Fault("seconds_range", "", "--seconds", self.seconds, {"low": 1, "high": _DAY_S}))
        if faults:
            raise sim.InputError(faults)


def plan(request: PlanRequest, desk: Desk) -> dict[str, Any]:
    """Return the plan's document (``counterflow/plan/1``): roster, coverage, what was achieved, the scenario's files.

    Raises
    ------
    InputError
        The request, the scenario, the people or a promise cannot be used.
    """
    desk.admit("plan")
    request.check()
    scenario = scenarios_catalog.load(request.scenario)
    promises = promised(request.promises, scenario)
    contract = scheduler.contract(request.contracts)
    first = first_date(request.first_date, scenario)
    teams = request.teams or remote_teams(scenario)
    staff = None if request.staff is None else forms.staff(request.staff)
    if staff is not None:
        shapes = {one.name for one in contract.shapes}
        staff.check(days=_WEEK * request.weeks, teams=set(scenario.team), shapes=shapes)
    found = scheduler.plan(
        scenario,
        promises[0] if len(promises) == 1 else promises,
        weeks=request.weeks,
        teams=teams,
        seed=request.seed,
        progress=_part(desk, 0.0, 0.8),
        **_asked(request, staff, scenario, desk),
    )
    document = plan_document(found, request, first)
    if found.roster:
        document = verify(document, found.scenario, replace(desk, progress=_part(desk, 0.8, 1.0)))
    promise = "; ".join(request.promises)
    desk.note("plan", request.scenario, promise=promise, status=found.status, seed=request.seed)
    return document


def _asked(request: PlanRequest, staff: scheduler.Staff | None, scenario: sim.Scenario, desk: Desk) -> dict[str, Any]:
    """Return what is asked for beside scenario and promise, and nothing that was left open."""
    out: dict[str, Any] = {}
    if request.contracts != CONTRACT:
        out["contracts"] = request.contracts
    if staff is not None:
        out["people"] = staff
    if request.locks:
        out["locks"] = tuple(scheduler.Lock(**one) for one in request.locks)
    if request.budget is not None:
        out["budget"] = request.budget
    if request.seconds is not None:
        out["seconds"] = request.seconds
    if desk.stop is not None:
        out["stop"] = desk.stop
    if request.inputs == "sampled":
        out["inputs"] = drawn(request.scenario, scenario)
    return out


def drawn(name: str, scenario: sim.Scenario) -> tuple[sim.Scenario, ...]:
    """Return the scenario with each of its drawn sets of inputs, 20 at most."""
    return tuple(scenarios_catalog.draws(name).on(scenario)[:_SETS])


def promised(texts: Sequence[str], scenario: sim.Scenario) -> tuple[Any, ...]:
    """Return promises as the scheduler knows them; all that cannot be read is refused at once."""
    faults, out = [], []
    for text in texts:
        try:
            one = scheduler.goal(text, scenario)
        except sim.InputError as error:
            faults += [dataclasses.replace(fault, field="--promise") for fault in error.faults]
            continue
        within = getattr(one, "within_s", 0.0)
        if within > _DAY_S:
            faults.append(sim.Fault("promise_within", "", "--promise", within, {"limit": _DAY_S}))
        out.append(one)
    if faults:
        raise sim.InputError(faults)
    if not out:
        raise sim.InputError.one("goal_none", field="--promise")
    return tuple(out)


def first_date(text: str, scenario: sim.Scenario) -> date | None:
    """Return the first day of the plan: as asked, else the scenario's.

    Raises
    ------
    InputError
        It is no date, differs from the scenario's, or is no Monday where the plan's weeks begin with one.
    """
    known = scenario.run.start
    if not text:
        return known
    try:
        asked = date.fromisoformat(text.strip())
    except ValueError:
        raise sim.InputError.one("start_form", field="--start", value=text) from None
    if known is not None and asked != known:
        raise sim.InputError.one("start_differs", field="--start", value=text, expected=known.isoformat())
    classes = [scenario.run.day_class(day) for day in range(_WEEK)]
    if known is None and classes[-2:] == ["weekend"] * 2 and asked.weekday() != 0:
        raise sim.InputError.one("start_weekday", field="--start", value=text)
    return asked


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


def plan_document(found: scheduler.Plan, request: PlanRequest, first: date | None = None) -> dict[str, Any]:
    """Return a plan as a document."""
    contract = scheduler.contract(request.contracts)
    roster = roster_rows(found.roster)
    teams = list(dict.fromkeys([*(need.team for need in found.needs), *(row["team"] for row in roster)]))
    texts = request.promises
    return {
        "schema": SCHEMA,
        "version": metadata.version("counterflow"),
        "scenario": request.scenario,
        "status": found.status,
        "kept": found.status == "kept",
        "interrupted": found.interrupted,
        "cost": plain(found.cost),
        "lower_bound": plain(found.lower_bound),
        "relaxation": found.relaxation,
        "gap": plain(found.gap),
        "bounds": _plain_rows(found.bounds),
        "baselines": _plain_rows(found.baselines),
        "price": None if found.price is None else {**_plain(found.price), "per_point": plain(found.price.per_point)},
        "worth": _plain_rows(found.worth),
        "draws": None if found.draws is None else _plain(found.draws),
        "budget": plain(found.budget),
        "currency": found.scenario.money.currency,
        "contract": found.contract,
        "weeks": request.weeks,
        "first_date": None if first is None else first.isoformat(),
        "seed": request.seed,
        "promise": promise_document(found.promise, texts[0]),
        "promises": [
            promise_document(one, text) for one, text in zip(found.promises or (found.promise,), texts, strict=False)
        ],
        "achieved": {"in_sample": _achieved(found.in_sample), "out_of_sample": _achieved(found.out_of_sample)},
        "paid_hours": found.paid_hours,
        "people": dict(found.people),
        "trials": found.trials,
        "rounds": [
            {
                "number": one.number, "paid_hours": one.paid_hours, "cost": plain(one.cost),
                "share": plain(one.share), "half_width": plain(one.half_width), "broken": one.broken,
            }
            for one in found.rounds
        ],
        "teams": teams,
        "day_classes": list(day_classes(found.scenario)),
        "names": _names(found.scenario, teams, roster),
        "shapes": {one.name: plain(one.title) for one in contract.shapes if one.title is not None},
        "persons": {one.id: one.name for one in (found.staff.people if found.staff else ()) if one.name},
        "staff": request.staff,
        "locks": [dict(one) for one in request.locks],
        "roster": roster,
        "coverage": _coverage(found, roster),
        "findings": findings(found.findings),
        "scenario_files": sim.files(found.scenario),
    }  # fmt: skip


def roster_rows(rows: Sequence[scheduler.RosterRow]) -> list[dict[str, Any]]:
    """Return the rows of a roster as plain values."""
    return [
        {
            "person": row.person, "team": row.team, "place": row.place, "day": row.day, "start_s": row.start_s,
            "end_s": row.end_s, "meal": plain(row.meal), "breaks": plain(row.breaks), "paid_h": row.paid_hours,
            "shape": row.shape,
        }
        for row in rows
    ]  # fmt: skip


def findings(found: Sequence[sim.Finding]) -> list[dict[str, Any]]:
    """Return findings as plain values."""
    return [{"code": one.code, "values": plain(one.values)} for one in found]


def _plain(one: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)}


def _plain_rows(several: Sequence[Any]) -> list[dict[str, Any]]:
    return [_plain(one) for one in several]


def _names(scenario: sim.Scenario, teams: Sequence[str], roster: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the titles of teams and places that occur."""
    places = dict.fromkeys(row["place"] for row in roster)
    titles = [{"place": "*", "service": "*", "pool": team} for team in teams]
    return names(scenario, [*titles, *({"place": place, "service": "*", "pool": "*"} for place in places)])


def day_classes(scenario: sim.Scenario) -> tuple[str, ...]:
    """Return the class of each day of the run."""
    return tuple(scenario.run.day_class(day) for day in range(scenario.run.days))


def promise_document(promise: Any, text: str) -> dict[str, Any]:
    """Return a promise as plain values: a share within a time, or a measure with a limit."""
    return {
        "text": text,
        "share": getattr(promise, "share", None),
        "within_s": plain(getattr(promise, "within_s", None)),
        "of": getattr(promise, "of", None),
        "per": list(promise.per),
        "sl_mode": getattr(promise, "sl_mode", None),
        "measure": getattr(promise, "measure", None),
        "value": plain(getattr(promise, "value", None)),
        "sense": getattr(promise, "sense", None),
        "place": getattr(promise, "place", "*"),
        "services": list(getattr(promise, "services", ())),
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
        "half_width": plain(one.kept.half_width), "ok": bool(one.ok), "cells": cells,
        "judged": [{**_plain(cell), "kept": cell.kept, "sure": cell.sure} for cell in one.cells],
    }  # fmt: skip


def _coverage(found: scheduler.Plan, roster: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return required and rostered people of each team in each quarter-hour of each day; `busy` comes later."""
    duty = on_duty(roster)
    needed: dict[tuple[str, int, int], int] = {}
    for day, day_class in enumerate(day_classes(found.scenario)):
        for need in found.needs:
            if need.day_class in (day_class, "*"):
                key = need.team, day, need.start_s
                needed[key] = needed.get(key, 0) + need.servers
    return [
        {
            "team": team, "day": day, "start_s": start, "required": servers,
            "rostered": duty.get((team, day, start), 0), "busy": None,
        }
        for (team, day, start), servers in needed.items()
    ]  # fmt: skip


def on_duty(roster: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int, int], int]:
    """Return (team, day, start) → people on duty in the middle of the quarter-hour; nights count into the next day."""
    out: dict[tuple[str, int, int], int] = {}
    for one in roster:
        off = [*one["meal"], *one["breaks"]]
        for start in range(one["start_s"] // _STEP_S * _STEP_S, one["end_s"], _STEP_S):
            middle = start + _STEP_S // 2
            if one["start_s"] <= middle < one["end_s"] and not any(a <= middle < b for a, b in off):
                key = one["team"], one["day"] + start // _DAY_S, start % _DAY_S
                out[key] = out.get(key, 0) + 1
    return out


def coverage_of(coverage: Sequence[Mapping[str, Any]], roster: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the coverage of another roster for the same requirement."""
    duty = on_duty(roster)
    return [
        {**one, "rostered": duty.get((one["team"], one["day"], one["start_s"]), 0), "busy": None} for one in coverage
    ]


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
