"""The main job, once from end to end: compare, size for equal service, plan a week, verify it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import scenarios_catalog
import scheduler
import sim
from ui.actions.comparisons import comparison_document
from ui.actions.documents import plain
from ui.actions.plans import PlanRequest, plan_document, verify

if TYPE_CHECKING:
    from ui.actions.desk import Desk

SCHEMA = "counterflow/demo/1"
TODAY, POOLED = "S02", "S03"
TEAM = "remote-a"
PROMISE = "80% in 180s"
QUEUE = "seize:agent"
"""The promise speaks of the wait for a remote agent."""
SEARCH_REPS = 100
"""Replications of every step of the search for equal service."""
FRESH_REPS = 400
"""Replications on fresh customers, on which both comparisons are made."""
PLAN_REPS, PLAN_TRIALS = 30, 40
"""Replications and candidates of the loop: a good plan in half a minute; ``counterflow plan`` looks longer."""
SEED = 1

Stage = Callable[[str, int, int], None]


def demo(desk: Desk, stage: Stage) -> dict[str, Any]:
    """Return what the main job found (``counterflow/demo/1``); `stage` is told (which step, done, total)."""
    desk.admit("plan")
    desk.admit("compare")

    def at(name: str) -> Callable[[int, int], None]:
        stage(name, 0, 1)
        return lambda done, total: stage(name, done, total)

    today, pooled = scenarios_catalog.load(TODAY), scenarios_catalog.load(POOLED)
    equal = scenarios_catalog.equal_service(
        today, pooled, reps=SEARCH_REPS, fresh_reps=FRESH_REPS, seed=SEED, progress=at("equal_service")
    )
    comparison = sim.compare(
        today, pooled, reps=equal.reps, seed=equal.seed, threads=desk.threads, progress=at("comparing")
    )
    promise = sim.Promise.parse(PROMISE, of=QUEUE)
    request = PlanRequest(POOLED, PROMISE, (TEAM,), 1, SEED)
    planned = scheduler.plan(
        pooled,
        promise,
        weeks=1,
        teams=(TEAM,),
        seed=SEED,
        reps=PLAN_REPS,
        trials=PLAN_TRIALS,
        progress=at("planning"),
    )
    verifying = replace(desk, progress=at("verifying"))
    document = plan_document(planned, request)
    if planned.status != "infeasible":
        document = verify(document, planned.scenario, verifying)
    desk.note("demo", f"{TODAY} {POOLED}", seed=SEED, status=planned.status)
    return {
        "schema": SCHEMA,
        "comparison": comparison_document(comparison),
        "equal_service": equal_document(equal),
        "plan": document,
    }


def equal_document(equal: Any) -> dict[str, Any]:
    """Return two sides at equal service as a document."""
    return {
        "label": equal.label,
        "equal": equal.equal,
        "search_reps": equal.search_reps,
        "search_seed": equal.search_seed,
        "reps": equal.reps,
        "seed": equal.seed,
        "paid_hours_difference": plain(equal.paid_hours_difference),
        "paid_hours_difference_half_width": plain(equal.paid_hours_difference_half_width),
        "share": plain(equal.share),
        "cost_difference": plain(equal.cost_difference),
        "cost_difference_half_width": plain(equal.cost_difference_half_width),
        "wait_p90_difference_s": plain(equal.wait_p90_difference_s),
        "wait_p90_difference_half_width": plain(equal.wait_p90_difference_half_width),
        "today": _side(equal.today),
        "pooled": _side(equal.pooled),
    }


def _side(side: Any) -> dict[str, Any]:
    return {
        "id": side.id,
        "title": plain(side.scenario.title),
        "currency": side.scenario.money.currency,
        "staff": plain(side.staff),
        "hours": plain(side.hours),
        "paid_hours": plain(side.paid_hours),
        "paid_hours_half_width": plain(side.paid_hours_half_width),
        "overtime_hours": plain(side.overtime_hours),
        "booths": plain(side.booths),
        "wait_p90_s": plain(side.wait_p90_s),
        "wait_p90_half_width": plain(side.wait_p90_half_width),
        "wait_mean_s": plain(side.wait_mean_s),
        "abandoned_share": plain(side.abandoned_share),
        "occupancy": plain(side.occupancy),
        "cost": plain(side.cost),
        "cost_half_width": plain(side.cost_half_width),
    }
