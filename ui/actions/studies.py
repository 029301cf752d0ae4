"""Simulate one scenario: the action behind ``counterflow simulate`` and the page *What if*."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import sim
from ui.actions import findings, fingerprint
from ui.actions.documents import names, plain, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions.desk import Desk

SCHEMA = "counterflow/simulate/1"
ENGINES = ("kernel", "simpy")
INPUTS = ("fitted", "sampled")
MOST_REPS = 100_000
MOST_DAYS = 3_660
LARGEST_SEED = 2**63 - 1
MOST_PEOPLE = 10_000


@dataclass(frozen=True)
class SimulateRequest:
    """What to simulate."""

    scenario: str
    """Id of the catalogue, or a folder."""
    reps: int = 30
    seed: int = 1
    days: int | None = None
    engine: str = "kernel"
    trace: bool = False
    staff: Mapping[str, int] = field(default_factory=dict)
    """Team → people; the rest as the scenario has it."""
    half_width: Mapping[str, float] = field(default_factory=dict)
    """Measure → 95 % half-width at which to stop before `reps`."""
    inputs: str = "fitted"
    """`fitted`: the parameters as they stand; `sampled`: another drawn set every few replications."""

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = numbers(self.reps, self.seed, self.days, self.engine)
        for team, people in self.staff.items():
            if people < 0:
                faults.append(sim.Fault("greater_than_equal", "", f"--set {team}", people, {"limit": 0}))
            if people > MOST_PEOPLE:
                limit = {"limit": MOST_PEOPLE}
                faults.append(sim.Fault("less_than_equal", "", f"--set {team}", people, limit))
        for measure, width in self.half_width.items():
            if not width > 0:
                where = f"--half-width {measure}"
                faults.append(sim.Fault("greater_than", "", where, width, {"limit": 0}))
        if self.inputs not in INPUTS:
            faults.append(sim.Fault("literal_error", "", "--inputs", self.inputs, {"expected": ", ".join(INPUTS)}))
        if faults:
            raise sim.InputError(faults)


def numbers(reps: int, seed: int, days: int | None, engine: str) -> list[sim.Fault]:
    """Return what is wrong with the numbers that every study asks for."""
    faults = []
    if not 1 <= reps <= MOST_REPS:
        faults.append(sim.Fault("reps_range", "", "--reps", reps, {"low": 1, "high": MOST_REPS}))
    if not 0 <= seed <= LARGEST_SEED:
        faults.append(sim.Fault("seed_range", "", "--seed", seed, {"high": LARGEST_SEED}))
    if days is not None and not 1 <= days <= MOST_DAYS:
        faults.append(sim.Fault("days_range", "", "--days", days, {"high": MOST_DAYS}))
    if engine not in ENGINES:
        faults.append(sim.Fault("unknown_engine", "", "--engine", engine))
    return faults


def staffed(scenario: sim.Scenario, staff: Mapping[str, int]) -> sim.Scenario:
    """Return the scenario with other numbers of people; shifts and meals stay as they are where there are any."""
    return scenarios_catalog.with_people(scenario, dict(staff)) if staff else scenario


def simulate(request: SimulateRequest, desk: Desk) -> dict[str, Any]:
    """Return the study's document (``counterflow/simulate/1``).

    Raises
    ------
    InputError
        The request or the scenario cannot be used.
    Stopped
        From the progress call, when the person who asked wants it no longer.
    """
    desk.admit("simulate")
    request.check()
    scenario = staffed(scenarios_catalog.load(request.scenario), request.staff)
    draws = scenarios_catalog.draws(request.scenario).on(scenario) if request.inputs == "sampled" else None
    asked = {key: value for key, value in dataclasses.asdict(request).items() if key != "scenario"}
    if draws is not None:
        asked["draws"] = draws.sha256()
    key = fingerprint.key("simulate", [scenario], asked)
    document = desk.recall(key)
    if document is None:
        document = {**_study(scenario, draws, request, desk), "key": key}
        desk.keep(key, "simulate", document)
    desk.note("simulate", request.scenario, key=key, reps=request.reps, seed=request.seed)
    return document


def _study(scenario: sim.Scenario, draws: sim.Draws | None, request: SimulateRequest, desk: Desk) -> dict[str, Any]:
    study = sim.simulate(
        scenario,
        reps=request.reps,
        seed=request.seed,
        engine=request.engine,
        days=request.days,
        threads=desk.threads,
        progress=desk.progress,
        half_width=dict(request.half_width) or None,
        **({"trace": True} if request.trace else {}),
        **({"inputs": draws} if draws is not None else {}),
    )
    return study_document(study, request.staff)


def study_document(study: sim.Study, staff: Mapping[str, int]) -> dict[str, Any]:
    """Return a study as a document, with what a person needs to read it: titles, rules, findings."""
    scenario, found = study.scenario, rows(study)
    document = {
        "schema": SCHEMA,
        "scenario": scenario.id,
        "engine": study.engine,
        "seed": study.seed,
        "replications": study.replications,
        "days": scenario.run.days,
        "title": plain(scenario.title),
        "staff": dict(staff),
        "rules": plain(scenario.rules.model_dump()),
        "currency": scenario.money.currency,
    }
    if study.trace_sha256 is not None:
        document["trace_sha256"] = study.trace_sha256
    if study.groups is not None:
        document["inputs"] = {
            "mode": "sampled",
            "sets": study.groups.sets,
            "replications_each": study.groups.each,
        }
    document["names"] = names(scenario, found)
    document["measures"] = found
    document["findings"] = [*findings.of_calendar(scenario), *findings.of_study(document)]
    return document
