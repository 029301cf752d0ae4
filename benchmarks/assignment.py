"""Assignment of remote teams to branches: how good, proven how well, how soon.

    python benchmarks/assignment.py [--branches 40 --teams 8 | --branches 420 --teams 40] [--seconds 120] [--json]

A province is made by a seed: branches of different size in cities; teams with at most so many branches each, some with
a licence that some services need; some branches with a dialect. Prints cost, bound, gap and time, set-up included, and
whether an independent count finds every limit kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scheduler
import sim
from scheduler.assignment import Limits, TeamLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES = ("card", "loss", "transfer", "signing", "certificate", "corporate")
LICENSED = ("corporate",)


def province(branches: int, teams: int, seed: int = 1) -> tuple[sim.Scenario, Limits]:
    """Return a province of a day class with one stream a branch, and limits on its teams."""
    generator = sim.generator(seed, "province")
    cities = max(1, branches // 80)
    city = [f"city-{1 + i % cities}" for i in range(branches)]
    names = [f"branch-{i + 1:03d}" for i in range(branches)]
    remote = [f"team-{r + 1:02d}" for r in range(teams)]
    sizes = generator.gamma(4.0, 1.0, branches)
    wages = generator.choice([60.0, 65.0, 70.0], teams)
    route = [
        {"seize": {"name": "agent", "needs": [["remote_agent", "remote_agent.backup"]],
                   "patience": {"law": "exponential", "mean_s": 600}}},
        {"advance": {"law": "lognormal", "mean_s": "work_s", "cv": 0.7}},
        {"release": ["agent"]},
    ]  # fmt: skip
    data: dict[str, Any] = {
        "id": "province",
        "place": {
            "province": {"kind": "bank"},
            **{name: {"kind": "city", "parent": "province"} for name in dict.fromkeys(city)},
            "centre": {"kind": "centre", "parent": "province"},
            **{
                name: {"parent": where, "opens": "09:00", "closes": "17:00"}
                for name, where in zip(names, city, strict=True)
            },
        },
        "team": {
            name: {"place": "centre", "role": "remote_agent", "staff": 12, "cost_per_hour": float(wage),
                   "serves": ["province"]}
            for name, wage in zip(remote, wages.tolist(), strict=True)
        },
        "route": {"video": route},
        "service": {
            name: {"route": "video", "attributes": {"work_s": 500.0 + 150.0 * i}} for i, name in enumerate(SERVICES)
        },
        "factor": {"day": {"cv": 0.15}},
        "stream": {
            name: {"place": name, "rate_per_hour": round(float(size), 2), "factors": ["day"],
                   "shares": {service: 6 - i for i, service in enumerate(SERVICES)}}
            for name, size in zip(names, sizes.tolist(), strict=True)
        },
    }  # fmt: skip
    most = -(-branches // teams) + 3
    limits = Limits(
        teams={
            name: TeamLimits(
                most_branches=most,
                licences=LICENSED if r % 4 else (),
                dialects=("wu",) if r % 2 == 0 else (),
            )
            for r, name in enumerate(remote)
        },
        licences=dict.fromkeys(LICENSED, LICENSED),
        dialects={names[i]: ("wu",) for i in range(0, branches, 10)},
    )
    return sim.validated(data), limits


def broken(found: scheduler.Assignment, limits: Limits) -> list[str]:
    """Count again, from the rows alone, what the limits forbid; nothing when all are kept."""
    out = []
    branches: dict[tuple[str, int], set[str]] = {}
    for row in found.rows:
        for team in (row.first, row.backup):
            mine = limits.teams.get(team or "", TeamLimits())
            if team is not None and not set(limits.dialects.get(row.place, ())) <= set(mine.dialects):
                out.append(f"{team} does not speak the dialect of {row.place}")
            if team is not None and set(row.services) & set(limits.licences) and not mine.licences:
                out.append(f"{team} has no licence for {row.services}")
        if row.first is None or row.first == row.backup:
            out.append(f"{row.place}: first choice {row.first}, back-up {row.backup}")
        branches.setdefault((row.first or "", row.start_s), set()).add(row.place)
    for (team, _), places in branches.items():
        if len(places) > (limits.teams[team].most_branches or len(places)):
            out.append(f"{team} has {len(places)} branches")
    return out


def measured(branches: int, teams: int, seconds: float, seed: int) -> Mapping[str, Any]:
    """Return the figures of one province."""
    scenario, limits = province(branches, teams, seed)
    begun = time.monotonic()
    found = scheduler.assign(scenario, sim.Promise(0.8, 180.0), limits=limits, seconds=seconds, seed=seed)
    return {
        "schema": "counterflow.assignment-benchmark/1",
        "branches": branches,
        "teams": teams,
        "seed": seed,
        "status": found.status,
        "cost": found.cost,
        "lower_bound": found.lower_bound,
        "relaxation": found.relaxation,
        "gap": found.gap,
        "people": found.people,
        "one_pool": found.one_pool,
        "alone": found.alone,
        "seconds": round(time.monotonic() - begun, 1),
        "broken": broken(found, limits),
    }


def main() -> int:
    """Measure and print; exit with 1 when a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--branches", type=int, default=40)
    parser.add_argument("--teams", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    row = measured(asked.branches, asked.teams, asked.seconds, asked.seed)
    if asked.json:
        sys.stdout.write(json.dumps(row, indent=2) + "\n")
    else:
        gap = "-" if row["gap"] is None else f"{row['gap']:.2%}"
        sys.stdout.write(
            f"{asked.branches} branches, {asked.teams} teams: {row['status']}, cost {row['cost']}, "
            f"bound {row['lower_bound']:.1f}, gap {gap}, {row['people']} people "
            f"(one pool {row['one_pool']}, alone {row['alone']}), {row['seconds']} s\n"
        )
    return 1 if row["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
