"""The loop on a week of S03 beside its baselines and a longer run: `python benchmarks/plan.py --json`.

Prints for the plan as users get it: cost, proven bound and gap, whether the promise holds in every cell on fresh luck
(simultaneous intervals), both baselines, looks and CPU seconds. With `--long SECONDS` a second run with the same rules
searches that long, and the ratio of the two costs is printed. `--replan` times today's changes for 200 people.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import scenarios_catalog
import scheduler
import sim

PROMISE = "80% in 180s"
MANY_LOOKS = 100_000
PEOPLE = 200


def told(plan: scheduler.Plan, wall_s: float, cpu_s: float) -> dict[str, Any]:
    """Return what is printed of a plan."""
    out = plan.out_of_sample
    cells = () if out is None else out.cells
    worst = None if out is None else out.worst
    return {
        "status": plan.status,
        "cost": plan.cost,
        "paid_hours": plan.paid_hours,
        "people": dict(plan.people),
        "lower_bound": plan.lower_bound,
        "relaxation": plan.relaxation,
        "gap": plan.gap,
        "bounds": [{"relaxation": one.relaxation, "cost": one.cost, "proven": one.proven} for one in plan.bounds],
        "cells": len(cells),
        "cells_kept": sum(cell.kept for cell in cells),
        "cells_sure": sum(cell.sure for cell in cells),
        "replications": None if out is None else out.replications,
        "worst": None if worst is None else {"value": worst.value, "simultaneous": worst.simultaneous},
        "baselines": [
            {"name": one.name, "cost": one.cost, "kept": one.kept, "worst_margin": one.worst} for one in plan.baselines
        ],
        "per_point": None if plan.price is None else plan.price.per_point,
        "looks": plan.trials,
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
    }


def planned(scenario: sim.Scenario, promise: str, **options: Any) -> dict[str, Any]:
    """Return what is printed of the plan for a promise."""
    wall, cpu = time.monotonic(), time.process_time()
    plan = scheduler.plan(scenario, promise, **options)
    return told(plan, time.monotonic() - wall, time.process_time() - cpu)


def large(people: int) -> scheduler.Plan:
    """Return a day of a centre with so many people on it, as a plan: a tenth short of comfortable."""
    hours = range(8, 20)
    rates = [
        {"stream": "calls", "service": "S1", "start": h * 3600, "end": (h + 1) * 3600, "rate_per_hour": 7.2 * people}
        for h in hours
    ]
    scenario = sim.validated(
        {
            "id": "large-centre",
            "run": {"days": 7, "day_classes": ["workday"] * 7},
            "place": {"centre": {"kind": "centre", "opens": "08:00", "closes": "20:00"}},
            "team": {"agents": {"place": "centre", "role": "remote_agent", "cost_per_hour": 60.0}},
            "route": {
                "call": [
                    {
                        "serve": {
                            "name": "agent",
                            "by": ["agents"],
                            "takes": {"law": "lognormal", "mean_s": 240, "cv": 0.7},
                            "patience": {"law": "exponential", "mean_s": 400},
                        }
                    }
                ]
            },
            "service": {"S1": {"route": "call"}},
            "stream": {"calls": {"place": "centre"}},
            "rates": rates,
            "staffing": [
                {
                    "team": "agents",
                    "start": start,
                    "end": start + 31_500,
                    "meal": [[start + 10_800 + 900 * (n % 8), start + 13_500 + 900 * (n % 8)]],
                    "breaks": [
                        [start + 3600 + 900 * (n % 6), start + 4500 + 900 * (n % 6)],
                        [start + 21_600 + 900 * (n % 6), start + 22_500 + 900 * (n % 6)],
                    ],
                    "person": f"a-{n:03d}",
                }
                for n in range(people)
                for start in [28_800 if n % 2 else 40_500]
            ],
        }
    )
    rows = tuple(
        scheduler.RosterRow(
            str(row.person), "agents", "*", 0, "workday", row.start, row.end, row.meal, row.breaks, 8.0, "day-8"
        )
        for row in scenario.staffing
    )
    promise = sim.Promise(0.8, 60.0, of="seize:agent")
    return scheduler.Plan(scenario=scenario, promise=promise, contract="cn-standard", roster=rows)


def replanned(people: int) -> dict[str, Any]:
    """Return what is printed of a replan at 14:00: a tenth of the people go home, a sixth more customers came."""
    plan = large(people)
    came = round(6 * 7.2 * people * 7 / 6)
    gone = tuple(scheduler.Absence(14 * 3600, 86_400, f"a-{n:03d}") for n in range(0, people, 10))
    actuals = scheduler.Actuals((scheduler.Arrivals(8 * 3600, 14 * 3600, "*", "*", came),), gone)
    sim.simulate(plan.scenario, reps=1, days=1)
    found = scheduler.replan(plan, actuals, 14 * 3600)
    return {
        "people": people,
        "seconds": round(found.seconds, 2),
        "status": found.status,
        "factor": found.factor,
        "broken_without": found.without.broken,
        "broken_after": found.after.broken,
        "share_without": found.without.share,
        "share_after": found.after.share,
        "changes": len(found.changes),
        "looks": found.trials,
    }


def main() -> int:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="S03")
    parser.add_argument("--promise", default=PROMISE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", type=float, metavar="SECONDS", help="search so long once more, and compare")
    parser.add_argument("--replan", action="store_true", help="time a replan for 200 people, and nothing else")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.replan:
        found: dict[str, Any] = {"replan": replanned(PEOPLE)}
    else:
        scenario = scenarios_catalog.load(asked.scenario)
        found = {"scenario": asked.scenario, "promise": asked.promise, "seed": asked.seed}
        found["plan"] = planned(scenario, asked.promise, seed=asked.seed)
        if asked.long:
            found["long"] = planned(scenario, asked.promise, seed=asked.seed, trials=MANY_LOOKS, seconds=asked.long)
            found["above_long"] = found["plan"]["cost"] / found["long"]["cost"] - 1
    if asked.json:
        print(json.dumps(found, indent=1))
    else:
        for part, rows in found.items():
            print(part, json.dumps(rows) if isinstance(rows, dict) else rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
