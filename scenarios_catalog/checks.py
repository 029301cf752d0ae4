"""Checks: does what the catalogue's sources claim come out of the scenario? One row a claim (checks.csv)."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import sim
from scenarios_catalog.shelf import SHELF, find, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios_catalog.provenance import Label

TABLE = SHELF / "checks.csv"


@dataclass(frozen=True)
class Check:
    """A claim, what came out, and whether that lies in the band of the claim."""

    id: str
    code: str
    headline: sim.Text
    value: float
    half_width: float | None
    band: tuple[float | None, float | None]
    """Lowest and highest value that passes; None: open on that side."""
    label: Label
    source: str
    verdict: Literal["PASS", "MISS"]


def check(
    name: str, *, reps: int = 10, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> tuple[Check, ...]:
    """Return what becomes of the claims about a catalogue scenario; empty when its sources claim nothing.

    A value passes when the value and its 95 % interval, where it has one, lie in the band.

    Parameters
    ----------
    name : str
        Id of the catalogue.
    reps, seed : int
        Replications of each simulation, and seed.
    progress : callable, optional
        Called with (simulations done, simulations expected).
    """
    find(name)
    with TABLE.open(encoding="utf-8-sig", newline="") as file:
        claims = [row for row in csv.DictReader(file) if row["id"] == name]
    out = []
    for number, claim in enumerate(claims):
        value, half_width = _MEASURED[claim["check"]](load(name), reps, seed)
        if progress is not None:
            progress(number + 1, len(claims))
        out.append(_judged(claim, value, half_width))
    return tuple(out)


def _judged(claim: Mapping[str, str], value: float, half_width: float | None) -> Check:
    low, high = (float(claim[key]) if claim[key] else None for key in ("low", "high"))
    reach = half_width or 0.0
    inside = (low is None or value - reach >= low) and (high is None or value + reach <= high)
    return Check(
        claim["id"],
        claim["check"],
        sim.Text(zh=claim["headline_zh"], en=claim["headline_en"]),
        value,
        half_width,
        (low, high),
        claim["label"],  # type: ignore[arg-type]
        claim["source"],
        "PASS" if inside and math.isfinite(value) else "MISS",
    )


def _ticket_minutes(scenario: sim.Scenario, reps: int, seed: int) -> tuple[float, float | None]:
    """Return the mean work of a teller for a ticket, in minutes, over all expected visits."""
    work = visits = 0.0
    offered = sim.offered(scenario)
    by_service = offered.per_hour.sum(axis=(0, 2))
    for service, rate in zip(offered.services, by_service, strict=True):
        work += rate * scenario.service[service].attributes["counter_s"] / 60
        visits += rate
    return float(work / visits), None


def _scenes_served(scenario: sim.Scenario, reps: int, seed: int) -> tuple[float, float | None]:
    """Return how many of the scenes with a remote route were served to the end."""
    study = sim.simulate(scenario, reps=reps, seed=seed)
    scenes = [name for name, service in scenario.service.items() if "remote_s" in service.attributes]
    return float(sum((study.value("answered", service=name).value or 0.0) > 0 for name in scenes)), None


def _pooled_seats(scenario: sim.Scenario, reps: int, seed: int) -> tuple[float, float | None]:
    from scenarios_catalog.pooling import seats_share

    return seats_share(scenario, reps=reps, seed=seed)


_MEASURED: Mapping[str, Callable[[sim.Scenario, int, int], tuple[float, float | None]]] = {
    "ticket_minutes": _ticket_minutes,
    "scenes_served": _scenes_served,
    "pooled_seats_share": _pooled_seats,
}
