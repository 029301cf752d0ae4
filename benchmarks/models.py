"""The worlds that the benchmarks run: three small models that C programs know by heart, and whole provinces.

`m1` is M/M/10 and `m2` M/M/50 with impatient customers. `m3` is a day of a branch cluster: 20 branches, each with a
lobby manager, three tellers and two kiosks; twelve remote agents in three groups, each with two of three skills; two
supervisors. A customer is met by the lobby manager, then either served by a teller or, at a kiosk and by an agent with
the skill, both at once; 30 % of those need a supervisor, 40 % are handed over to a teller, ahead of others.
"""

from __future__ import annotations

from typing import Any

import scenarios_catalog
import sim

BRANCHES = 20
CLASSES = {"counter-1": 0.45, "counter-2": 0.30, "skill-a": 0.09, "skill-b": 0.08, "skill-c": 0.08}
"""Shares of the five classes of customers of m3."""
GROUPS = {"ab": ("skill-a", "skill-b"), "bc": ("skill-b", "skill-c"), "ca": ("skill-c", "skill-a")}
OPENS_H, QUARTERS = 9, 36


def exponential(mean_s: float) -> dict[str, Any]:
    """Return an exponential law."""
    return {"law": "exponential", "mean_s": mean_s}


def lognormal(mean_s: float, cv: float) -> dict[str, Any]:
    """Return a lognormal law."""
    return {"law": "lognormal", "mean_s": mean_s, "cv": cv}


def queue(name: str, servers: int, per_hour: float, days: int, **patience: Any) -> sim.Scenario:
    """Return a queue with Poisson arrivals and exponential services of one minute."""
    serve = {"by": ["agent"], "takes": exponential(60), **patience}
    return sim.validated(
        {
            "id": name,
            "team": {"agent": {"staff": servers}},
            "route": {"call": [{"serve": serve}]},
            "service": {"call": {"route": "call"}},
            "stream": {"calls": {"service": "call", "rate_per_hour": per_hour}},
            "run": {"days": days},
        }
    )


def m1() -> sim.Scenario:
    """Return M/M/10 at 90 % load, about 200,000 customers."""
    return queue("M1", 10, 9 * 60, 15)


def m2() -> sim.Scenario:
    """Return M/M/50+M at 110 % load, a mean patience of two services, about 200,000 customers."""
    return queue("M2", 50, 55 * 60, 3, patience=exponential(120))


def m3(customers: float = 6000.0) -> sim.Scenario:
    """Return the day of the branch cluster."""
    end = [{"transfer": {"name": "authorised", "to": {"next": 0.3, "handed_over": "rest"}}}]
    seat = {"name": "seat", "needs": [["kiosk"], []], "patience": exponential(900)}
    lobby = {"serve": {"name": "triage", "by": ["lobby_manager"], "takes": lognormal(40, 0.6)}}
    counter = {"name": "window", "by": ["teller"], "takes": lognormal(330, 0.7), "patience": exponential(1200)}
    routes: dict[str, Any] = {}
    for name in CLASSES:
        routes[name] = [lobby, {"serve": counter}]
    for name in [name for name in CLASSES if name.startswith("skill")]:
        teams = [f"agents-{group}" for group, skills in GROUPS.items() if name in skills]
        routes[name] = [
            lobby,
            {"seize": {**seat, "needs": [["kiosk"], teams]}},
            {"advance": {"name": "work", **lognormal(200, 0.7)}},
            {"release": ["seat"]},
            *end,
            {
                "serve": {
                    "name": "sign",
                    "by": ["supervisor"],
                    "takes": lognormal(80, 0.5),
                    "patience": exponential(600),
                }
            },
            {"transfer": {"name": "handed_over", "to": {"next": 0.4, "served": "rest"}}},
            {"serve": {"name": "delivery", "priority": 5, "by": ["teller"], "takes": lognormal(120, 0.5)}},
            {"leave": "served"},
        ]
    weights = [1.0 + 0.6 * (1.0 - abs(i - 10) / 18) for i in range(QUARTERS)]
    whole = sum(weights)

    def clock(quarter: int) -> str:
        minutes = OPENS_H * 60 + 15 * quarter
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    profile = [
        {"profile": "day", "start": clock(i), "end": clock(i + 1), "weight": weight / whole}
        for i, weight in enumerate(weights)
    ]
    at_branch = {"place": "branch"}
    return sim.validated(
        {
            "id": "M3",
            "place": {
                "cluster": {"kind": "cluster"},
                "branch": {"kind": "branch", "parent": "cluster", "count": BRANCHES},
            },
            "team": {
                "lobby_manager": {**at_branch, "staff": 1},
                "teller": {**at_branch, "staff": 3},
                **{f"agents-{group}": {"place": "cluster", "staff": 4} for group in GROUPS},
                "supervisor": {"place": "cluster", "staff": 2},
            },
            "pool": {"kiosk": {**at_branch, "units": 2}},
            "route": routes,
            "service": {name: {"route": name} for name in CLASSES},
            "stream": {"visitors": {**at_branch, "per_day": customers / BRANCHES, "profile": "day", "shares": CLASSES}},
            "profiles": profile,
        }
    )


CLUSTER = {"branch-large": 3, "branch-medium": 5, "branch-small": 2}
"""Branches of S03, by template."""
CLUSTER_DAY = 1200.0
"""Its customers on a workday."""


def bank(provinces: int, branches: int, customers: float, days: int = 1) -> sim.Scenario:
    """Return S03 grown to a bank: `branches` in all, `customers` a day in all, one operations centre a province.

    Each province has the three templates of S03 with counts, in the same proportion, and the teams of its centre with
    as many people a branch; the rates are those of S03 times what brings the bank to `customers`.
    """
    base = scenarios_catalog.load("S03").model_dump(mode="python", exclude_none=True)
    whole = {name: {} for name in ("place", "team", "pool", "stream", "factor")}
    staffing: list[dict[str, Any]] = []
    busy = customers / branches / (CLUSTER_DAY / sum(CLUSTER.values()))
    for number in range(provinces):
        mine = branches // provinces + (number < branches % provinces)
        counts = {name: mine * share // sum(CLUSTER.values()) for name, share in CLUSTER.items()}
        counts["branch-medium"] += mine - sum(counts.values())
        size = mine / sum(CLUSTER.values())

        def at(name: str, province: str = f"p{number + 1:02d}") -> str:
            return f"{province}-{name}"

        for name, place in base["place"].items():
            parent = {"parent": at(place["parent"])} if "parent" in place else {}
            count = {"count": counts[name]} if name in counts else {}
            whole["place"][at(name)] = {**place, **parent, **count}
        for kind in ("team", "pool"):
            for name, spec in base[kind].items():
                serves = {"serves": tuple(at(one) for one in spec["serves"])} if spec.get("serves") else {}
                whole[kind][at(name)] = {**spec, "role": spec.get("role", name), "place": at(spec["place"]), **serves}
        for name, factor in base["factor"].items():
            whole["factor"][at(name)] = factor
        for name, stream in base["stream"].items():
            factors = tuple(at(one) for one in stream["factors"])
            whole["stream"][at(name)] = {
                **stream, "place": at(stream["place"]), "per_day": stream["per_day"] * busy, "factors": factors,
            }  # fmt: skip
        for row in base["staffing"]:
            central = base["team"][row["team"]]["place"] == "city-centre"
            count = max(1, round(row["count"] * size * busy)) if central else row["count"]
            staffing.append({**row, "team": at(row["team"]), "count": count})
    return sim.validated(
        {
            **{key: value for key, value in base.items() if key not in ("title", "question", "notes", "provenance")},
            **whole,
            "id": f"bank-{provinces}x{branches}",
            "staffing": tuple(staffing),
            "run": {**base["run"], "days": days},
        }
    )


def province(days: int = 1) -> sim.Scenario:
    """Return 420 branches and 50,000 customers a day."""
    return bank(1, 420, 50_000, days)


def nation() -> sim.Scenario:
    """Return 34 provinces, 15,500 branches and 2 million customers a day."""
    return bank(34, 15_500, 2_000_000)
