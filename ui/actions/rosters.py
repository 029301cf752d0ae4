"""What is done with a roster after it was planned: the form for people, export, edited by hand, checked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions import planned
from ui.actions.documents import plain
from ui.actions.plans import CONTRACT, coverage_of, day_classes, findings, first_date, roster_rows, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions.desk import Desk

FORM = "counterflow/form/1"
CHECK = "counterflow/roster-check/1"


@dataclass(frozen=True)
class FormRequest:
    """For what a form of people is wanted."""

    scenario: str
    plan: str = ""
    """A plan whose people to begin with."""
    first_date: str = ""
    contracts: str = ""


def form(request: FormRequest) -> dict[str, Any]:
    """Return what the drop-downs of the form offer, and the people to begin with."""
    scenario = scenarios_catalog.load(request.scenario)
    contract = scheduler.contract(request.contracts or CONTRACT)
    first = first_date(request.first_date, scenario)
    people: list[dict[str, Any]] = []
    if request.plan:
        document = planned.load(request.plan)
        people = [
            {"person": one.id, "name": one.name, "team": one.team, "place": "" if one.place == "*" else one.place}
            for one in planned.staff(document).people
        ]
        first = first or first_date(document.get("first_date") or "", scenario)
    ids = dict.fromkeys((*scheduler.contract_names(), contract.id))
    return {
        "schema": FORM,
        "version": metadata.version("counterflow"),
        "first_date": None if first is None else first.isoformat(),
        "teams": {name: plain(team.title) for name, team in scenario.team.items()},
        "places": {name: plain(place.title) for name, place in scenario.place.items()},
        "skills": {name: plain(service.title) for name, service in scenario.service.items()},
        "contracts": {name: plain(scheduler.contract(name).title) if name != contract.id else plain(contract.title)
                      for name in ids},
        "shapes": {one.name: plain(one.title) for one in contract.shapes},
        "people": people,
    }  # fmt: skip


@dataclass(frozen=True)
class ExportRequest:
    """Which part of a plan is wanted."""

    plan: str
    teams: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    first_date: str = ""


def exported(request: ExportRequest) -> dict[str, Any]:
    """Return the document of a plan narrowed to some teams and people, dated where a date is given.

    Raises
    ------
    InputError
        There is no such plan, team or person in it, or the date does not fit.
    """
    document = planned.load(request.plan)
    for team in request.teams:
        if team not in document["teams"]:
            known = ", ".join(document["teams"])
            raise sim.InputError.one("unknown_team", field="--teams", value=team, known=known)
    everybody = {one["person"] for one in document["roster"]}
    for who in request.people:
        if who not in everybody:
            raise sim.InputError.one("roster_person", field="--person", value=who)
    teams = list(request.teams) or document["teams"]
    document["teams"] = teams
    document["roster"] = [
        one
        for one in document["roster"]
        if one["team"] in teams and (not request.people or one["person"] in request.people)
    ]
    document["coverage"] = [one for one in document["coverage"] if one["team"] in teams]
    return {**document, "first_date": dated(document, request.first_date)}


def dated(document: Mapping[str, Any], text: str) -> str | None:
    """Return the first date of a plan: its own, or as asked where it has none."""
    own = document.get("first_date")
    if not text or text == own:
        return own
    weekly = _Weeks(own, tuple(document["day_classes"]))
    found = first_date(text, weekly)
    return None if found is None else found.isoformat()


class _Weeks:
    """The days of a plan, as `first_date` asks a scenario for them."""

    def __init__(self, own: str | None, classes: tuple[str, ...]) -> None:
        self.run, self._classes = self, classes
        self.start = None if own is None else _date(own)

    def day_class(self, day: int) -> str:
        return self._classes[day % len(self._classes)] if self._classes else ""


def _date(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


@dataclass(frozen=True)
class EditRequest:
    """A plan and the roster that somebody made of it."""

    plan: str
    rows: tuple[Mapping[str, Any], ...]
    first_date: str = ""


def edited(request: EditRequest, desk: Desk) -> dict[str, Any]:
    """Return the document of a plan with another roster: coverage, hours and cost anew, and simulated again.

    Raises
    ------
    InputError
        The plan or its scenario is not whole, or the roster names a team that the plan has not.
    """
    desk.admit("plan")
    document = planned.load(request.plan)
    for one in request.rows:
        if one["team"] not in document["teams"]:
            known = ", ".join(document["teams"])
            raise sim.InputError.one("unknown_team", value=one["team"], known=known)
    scenario = scenarios_catalog.load(planned.scenario_folder(request.plan))
    homes = {one["person"]: one["place"] for one in document["roster"]}
    roster = [{**one, "place": homes.get(one["person"], _home(scenario, one["team"]))} for one in request.rows]
    rows = planned.rows({**document, "roster": roster})
    changed = scenario.with_staffing(set(document["teams"]), tuple(_staffing(row) for row in rows))
    found = {
        **document,
        "first_date": dated(document, request.first_date),
        "roster": roster_rows(rows),
        "coverage": coverage_of(document["coverage"], roster_rows(rows)),
        "paid_hours": sum(row.paid_hours for row in rows),
        "people": {team: len({row.person for row in rows if row.team == team}) for team in document["teams"]},
        "cost": cost(scenario, rows),
        "scenario_files": sim.files(changed),
        "findings": [],
        "baselines": [],
        "price": None,
        "worth": [],
        "draws": None,
        "rounds": [],
        "interrupted": False,
    }
    bound, paid = found["lower_bound"], found["cost"]
    found["gap"] = None if not paid or bound is None else (paid - bound) / paid
    found = judged(found, changed, desk)
    found = verify(found, changed, desk)
    desk.note("edit", document["scenario"], shifts=len(rows), status=found["status"])
    return found


def judged(document: dict[str, Any], scenario: sim.Scenario, desk: Desk) -> dict[str, Any]:
    """Return the document with what its promises come to on fresh luck, in the cells in which plans are judged."""
    from scheduler.judge import Judge, rules_of

    goals = [goal_of(one) for one in document.get("promises") or [document["promise"]]]
    seed, made = document["seed"] + 2_000, dict[str, sim.Study]()
    for goal in goals:
        rules = rules_of(goal, scenario.rules)
        key = rules.model_dump_json()
        if key not in made:
            made[key] = sim.simulate(scenario.replace(rules=rules), reps=_REPS, seed=seed, threads=desk.threads)
    studies = {number: made[rules_of(goal, scenario.rules).model_dump_json()] for number, goal in enumerate(goals)}
    labels = day_classes(scenario)
    judge = Judge(goals, [(studies, labels, 1.0)])
    verdict = judge.verdict(judge.look(studies, labels))
    first = goals[0]
    share = studies[0].kept(first) if isinstance(first, sim.Promise) else None
    found = scheduler.Achieved(share, seed, _REPS, labels, verdict.judged)
    out = {
        "seed": seed, "replications": _REPS, "ok": found.ok, "cells": [],
        "share": None if share is None else plain(share.share),
        "half_width": None if share is None else plain(share.half_width),
        "judged": [
            {**{field.name: plain(getattr(cell, field.name)) for field in dataclasses.fields(cell)},
             "kept": cell.kept, "sure": cell.sure} for cell in found.cells
        ],
    }  # fmt: skip
    status = "kept" if found.ok else "broken"
    return {**document, "achieved": {"in_sample": None, "out_of_sample": out}, "status": status, "kept": found.ok}


def goal_of(said: Mapping[str, Any]) -> Any:
    """Return a promise of a document as the scheduler knows it."""
    if said.get("measure"):
        return scheduler.Limit(
            said["measure"], said["value"], said["sense"], tuple(said["per"]), said["place"], tuple(said["services"]),
            said["within_s"], said["of"],
        )  # fmt: skip
    more = {} if said.get("sl_mode") is None else {"sl_mode": said["sl_mode"]}
    return sim.Promise(said["share"], said["within_s"], of=said["of"], per=tuple(said["per"]), **more)


_REPS = 60


def _staffing(row: scheduler.RosterRow) -> dict[str, Any]:
    """Return the staffing row of one person on one day."""
    span = {"day": row.day, "start": row.start_s, "end": row.end_s, "meal": row.meal, "breaks": row.breaks}
    return {"team": row.team, "place": row.place, "person": row.person, **span}


def _home(scenario: sim.Scenario, team: str) -> str:
    return str(scenario.team[team].place)


def cost(scenario: sim.Scenario, rows: tuple[scheduler.RosterRow, ...]) -> float:
    """Return the labour cost of a roster: paid hours times the wage of the team."""
    return sum(row.paid_hours * (scenario.team[row.team].cost_per_hour or 0.0) for row in rows)


@dataclass(frozen=True)
class CheckRequest:
    """What to check: a roster, for these people where they are known, by these rules."""

    rows: tuple[scheduler.RosterRow, ...]
    staff: scheduler.Staff | None = None
    contract: str = CONTRACT
    day_classes: tuple[str, ...] = ()


def check(request: CheckRequest, desk: Desk) -> dict[str, Any]:
    """Return what an independent check of a roster finds broken (``counterflow/roster-check/1``)."""
    desk.admit("look")
    contract = scheduler.contract(request.contract)
    found = scheduler.check(request.rows, request.staff, contract, classes=request.day_classes)
    return {
        "schema": CHECK,
        "contract": contract.id,
        "shifts": len(request.rows),
        "people": len({row.person for row in request.rows}),
        "legal": not any(one.hard for one in found),
        "violations": [violation(one) for one in found],
    }


def usable_file(out: str, suffix: str) -> Path:
    """Return the path of a file that can be written; nothing is written yet.

    Raises
    ------
    InputError
        It is a folder, has another suffix, or its folder is not there.
    """
    path = Path(out)
    if not str(out).strip() or path.suffix.lower() != suffix or path.is_dir():
        raise sim.InputError.one("out_file", field="--out", value=out, suffix=suffix)
    if not path.absolute().parent.is_dir():
        raise sim.InputError.one("out_no_folder", field="--out", value=out)
    return path


EXPLAIN = "counterflow/roster-explain/1"


@dataclass(frozen=True)
class WhyRequest:
    """What somebody wants to know of a roster: why a person works as he does, or who could take a shift."""

    plan: str
    day: str = ""
    """Number of the day from 1, or a date."""
    person: str = ""
    instead: bool = False
    """Who could take the shift of `person`."""
    start_s: int | None = None
    end_s: int | None = None
    team: str = ""


def explain(request: WhyRequest, desk: Desk) -> dict[str, Any]:
    """Return why a person is on a shift, who could take one, or what the plan itself found (``…/roster-explain/1``).

    Raises
    ------
    InputError
        There is no such plan, person, day, shift or team.
    """
    desk.admit("look")
    document = planned.load(request.plan)
    asked = {name: value for name, value in dataclasses.asdict(request).items() if value not in ("", None, False)}
    out = {"schema": EXPLAIN, "asked": asked, "status": document.get("status"), "findings": [], "candidates": None}
    out |= {name: document[name] for name in ("names", "persons", "day_classes", "first_date", "currency")}
    if not (request.person or request.start_s is not None):
        return {**out, "findings": document["findings"]}
    day = day_of(document, request.day)
    rows, staff = planned.rows(document), planned.staff(document)
    contract, classes = document["contract"], document["day_classes"]
    if request.person and request.person not in {one.id for one in staff.people}:
        raise sim.InputError.one("roster_person", field="--person", value=request.person)
    mine = next((row for row in rows if (row.person, row.day) == (request.person, day)), None)
    if request.person and not request.instead:
        if mine is None:
            raise sim.InputError.one("roster_no_shift", field="--day", value=day + 1, person=request.person)
        found = scheduler.why(rows, staff, contract, request.person, day, classes=classes)
        return {**out, "day": day, "findings": findings(found)}
    start, end, team = request.start_s, request.end_s, request.team
    if request.instead:
        if mine is None:
            raise sim.InputError.one("roster_no_shift", field="--day", value=day + 1, person=request.person)
        start, end, team = mine.start_s, mine.end_s, team or mine.team
        rows = tuple(row for row in rows if row is not mine)
    if start is None or end is None:
        raise sim.InputError.one("explain_times", field="--from")
    if team and team not in document["teams"]:
        known = ", ".join(document["teams"])
        raise sim.InputError.one("unknown_team", field="--teams", value=team, known=known)
    able = scheduler.who_could(
        rows, staff, contract, day=day, start_s=start, end_s=end, team=team or None, classes=classes
    )
    candidates = [
        {
            "person": one.person, "can": one.can, "violations": [violation(v) for v in one.violations],
            "overtime_s": one.overtime_s, "wishes": one.wishes,
        }
        for one in able
        if not (request.instead and one.person == request.person)
    ]  # fmt: skip
    return {**out, "day": day, "start_s": start, "end_s": end, "team": team, "candidates": candidates}


def violation(one: scheduler.Violation) -> dict[str, Any]:
    """Return what a check found broken as plain values."""
    return {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)}


def day_of(document: Mapping[str, Any], text: str) -> int:
    """Return the day of a plan that is named by its number (from 1) or its date."""
    days = 7 * document["weeks"]
    number: int | None = None
    if text.strip().isdigit():
        number = int(text) - 1
    elif document.get("first_date"):
        try:
            number = (_date(text.strip()) - _date(document["first_date"])).days
        except ValueError:
            number = None
    if number is None or not 0 <= number < days:
        raise sim.InputError.one("explain_day", field="--day", value=text, days=days)
    return number
