"""Compare scenarios on common random numbers: the same customers with the same luck on every side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import sim
from ui.actions import findings, fingerprint
from ui.actions.documents import plain
from ui.actions.studies import numbers, study_document

if TYPE_CHECKING:
    from ui.actions.desk import Desk

SCHEMA = "counterflow/compare/1"


@dataclass(frozen=True)
class CompareRequest:
    """What to compare."""

    scenarios: tuple[str, ...]
    """Ids of the catalogue, or folders; the first is what the others are compared with."""
    reps: int = 30
    seed: int = 1
    days: int | None = None
    engine: str = "kernel"

    def check(self) -> None:
        """Raise InputError with everything in the request that cannot be."""
        faults = numbers(self.reps, self.seed, self.days, self.engine)
        if len(self.scenarios) < 2:
            faults.append(sim.Fault("two_scenarios", value=len(self.scenarios)))
        if faults:
            raise sim.InputError(faults)


def compare(request: CompareRequest, desk: Desk) -> dict[str, Any]:
    """Return the comparison's document (``counterflow/compare/1``); no clock, host or mode of running is in it.

    Raises
    ------
    InputError
        The request or a scenario cannot be used.
    Stopped
        From the progress call, when the person who asked wants it no longer.
    """
    desk.admit("compare")
    request.check()
    scenarios = [scenarios_catalog.load(name) for name in request.scenarios]
    ids = [scenario.id for scenario in scenarios]
    for name in ids:
        if ids.count(name) > 1:
            raise sim.InputError.one("same_scenario_twice", value=name)
    asked = {"reps": request.reps, "seed": request.seed, "days": request.days, "engine": request.engine}
    key = fingerprint.key("compare", scenarios, asked)
    document = desk.recall(key)
    if document is None:
        comparison = sim.compare(
            *scenarios,
            reps=request.reps,
            seed=request.seed,
            engine=request.engine,
            days=request.days,
            threads=desk.threads,
            progress=desk.progress,
        )
        document = {**comparison_document(comparison), "key": key}
        desk.keep(key, "compare", document)
    desk.note("compare", " ".join(request.scenarios), key=key, reps=request.reps, seed=request.seed)
    return document


def comparison_document(comparison: sim.Comparison) -> dict[str, Any]:
    """Return a comparison as a document: paired differences, and the study of each side for those who draw."""
    first = comparison.studies[0]
    compared, cells = [], []
    for row in comparison.rows:
        where = {"place": row.place, "service": row.service, "pool": row.pool}
        overall = set(where.values()) == {"*"}
        found = {
            "measure": row.measure,
            "pair": list(row.pair),
            "a": plain(row.a),
            "b": plain(row.b),
            "difference": plain(row.difference),
            "half_width": plain(row.half_width),
            "verdict": row.verdict,
        }
        if overall:
            compared.append(found)
        else:
            cells.append({**found, **where})
    studies = [study_document(study, {}) for study in comparison.studies]
    return {
        "schema": SCHEMA,
        "scenarios": [{"id": one["scenario"], "title": one["title"]} for one in studies],
        "engine": first.engine,
        "seed": first.seed,
        "replications": first.replications,
        "comparisons": compared,
        "cells": cells,
        "findings": findings.of_comparison(compared),
        "studies": studies,
    }
