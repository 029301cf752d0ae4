"""What pooling is worth by itself: seats of branches alone against one team for all, at equal service.

Only the customers of the remote-able scenes are let in, booths and the lobby are ample, and everybody is
served by video. On one side each branch has seats of its own, on the other the remote teams serve all branches.
Each side gets the fewest seats with which 80 % of the customers wait at most five minutes for their agent
(domain notes, F20).
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARE, WITHIN_S = 0.80, 300.0
ROLE = "remote_agent"
ROUNDS = 5
"""Searches on different customers, for the interval."""
_T95 = 2.776
"""Student's t at 97.5 % with ROUNDS − 1 degrees of freedom."""
_AMPLE = 40
DAY_S = 86_400


def seats_share(scenario: sim.Scenario, *, reps: int = 20, seed: int = 1) -> tuple[float, float]:
    """Return pooled seats as a share of the seats of branches alone, with its 95 % half-width."""
    local, pooled = branches_alone(scenario), one_team(scenario)
    shares = []
    for n in range(ROUNDS):
        alone = sum(fewest_seats(local, reps=reps, seed=seed + n).values())
        shares.append(sum(fewest_seats(pooled, reps=reps, seed=seed + n).values()) / alone)
    return statistics.fmean(shares), _T95 * statistics.stdev(shares) / math.sqrt(ROUNDS)


def one_team(scenario: sim.Scenario) -> sim.Scenario:
    """Return the scenario with only its remote-able customers, and nothing scarce but the remote teams."""
    scenes = {name for name, service in scenario.service.items() if "remote_share" in service.attributes}
    data = scenario.model_dump(mode="python", exclude_none=True)
    streams = data["stream"]
    for name, stream in streams.items():
        shares: Mapping[str, float] = stream["shares"]
        kept = {key: value for key, value in shares.items() if key in scenes}
        streams[name] = {
            **stream,
            "shares": kept,
            "per_day": stream["per_day"] * sum(kept.values()) / sum(shares.values()),
        }
    for name in scenes:
        data["service"][name]["attributes"] = {**data["service"][name]["attributes"], "remote_share": 1.0}
    remote = {name for name, team in scenario.team.items() if (team.role or name) == ROLE}
    for name, team in data["team"].items():
        team["staff"] = _AMPLE if name not in remote else 1
    for pool in data["pool"].values():
        pool["units"] = _AMPLE
    rules = {
        **data.get("rules", {}),
        "wait_of": "seize:agent",
        "sl_threshold_s": WITHIN_S,
        "sl_mode": "offered",
        "interval_s": DAY_S,
    }
    return scenario.replace(
        team=data["team"],
        pool=data["pool"],
        stream=streams,
        service=data["service"],
        rules=rules,
        staffing=(),
    )


def branches_alone(scenario: sim.Scenario) -> sim.Scenario:
    """Return `one_team` with a team of its own at every branch instead of the remote teams."""
    pooled = one_team(scenario)
    data = pooled.model_dump(mode="python", exclude_none=True)
    teams: dict[str, Any] = {name: team for name, team in data["team"].items() if team.get("role") != ROLE}
    for name, place in pooled.place.items():
        if place.kind == "branch":
            teams[f"local-{name}"] = {"place": name, "role": ROLE, "skills": ["*"], "staff": 1}
    return pooled.replace(team=teams)


def fewest_seats(scenario: sim.Scenario, *, reps: int, seed: int) -> dict[str, int]:
    """Return team → fewest seats, over all its places, that keep the service where the team serves.

    Teams of branches are sized one by one, because branches do not touch each other. Teams that share all
    branches are sized together, seat by seat, which may find one too many and never one too few.
    """
    teams = {name: team for name, team in scenario.team.items() if (team.role or name) == ROLE}
    shared = [name for name, team in teams.items() if team.serves]
    if shared:
        return _together(scenario, shared, reps, seed)
    known = sim.offered(scenario).places
    places = {name: tuple(p for p in known if _is_at(p, team.place)) for name, team in teams.items()}
    out: dict[str, int] = {}
    seats = 0
    while len(out) < len(teams):
        seats += 1
        study = sim.simulate(scenario.with_staff(dict.fromkeys(teams, seats)), reps=reps, seed=seed)
        for name in teams.keys() - out.keys():
            if _service_level(study, places[name]) >= SHARE:
                out[name] = seats * len(places[name])
    return out


def _together(scenario: sim.Scenario, teams: list[str], reps: int, seed: int) -> dict[str, int]:
    """Return seats found by adding one at a time where it helps most, from just below the load of each team."""
    seats = _floors(scenario, teams)
    while True:
        tried = {}
        for team in teams:
            more = {**seats, team: seats[team] + 1}
            tried[team] = _service_level(sim.simulate(scenario.with_staff(more), reps=reps, seed=seed), ("*",))
        best = max(tried, key=lambda team: tried[team])
        seats[best] += 1
        if tried[best] >= SHARE:
            return seats


def _floors(scenario: sim.Scenario, teams: list[str]) -> dict[str, int]:
    """Return team → seats that are too few: a part of the mean load of the services that come to it first."""
    offered = sim.offered(scenario)
    hours = max(float((offered.per_hour.sum(axis=(0, 1)) > 0).sum()), 1.0)
    load = dict.fromkeys(teams, 0.0)
    for service, rate in zip(offered.services, offered.per_hour.sum(axis=(0, 2)) / hours, strict=True):
        able = [name for name in teams if {"*", service} & set(scenario.team[name].skills)]
        if rate > 0 and able:
            load[able[0]] += float(rate) * scenario.service[service].attributes["remote_s"] / 3600
    return {name: max(1, int(SHARE * erlangs) - 1) for name, erlangs in load.items()}


def _service_level(study: sim.Study, places: tuple[str, ...]) -> float:
    return statistics.fmean(study.value("service_level", place=place).value or 0.0 for place in places)


def _is_at(place: str, template: str | None) -> bool:
    """Tell whether `place` is `template` itself or one of the places made from it."""
    name, _, number = place.rpartition("-")
    return place == template or (name == template and number.isdigit())
