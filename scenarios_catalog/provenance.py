"""Where every number of a catalogue scenario comes from, and how sure it is (sources.csv).

A row's `field` is the path of a number as `assumptions` names it, or a pattern with ``*``. The row that fits
best speaks for a number: exact names before patterns, a child's rows before its parent's, longer patterns
before shorter ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from scenarios_catalog.shelf import SHELF, entries, find

if TYPE_CHECKING:
    import sim

TABLE = SHELF / "sources.csv"

Confidence = Literal["H", "M", "L"]
"""High: official or several sources agree; medium: one credible source; low: weak page or assumption."""

Label = Literal["IDENTITY", "CALIBRATED", "DERIVED", "DIRECTIONAL"]
"""IDENTITY: copied, or a convention. CALIBRATED: chosen so that a known figure comes out. DERIVED: computed
from other rows. DIRECTIONAL: an assumption, so only the direction of what follows from it can be trusted."""


@dataclass(frozen=True)
class Source:
    """A row of sources.csv; `low` and `high` are the range that is plausible, in `unit`."""

    scenario: str
    field: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str
    confidence: Confidence
    label: Label
    note: str


@cache
def sources(name: str) -> tuple[Source, ...]:
    """Return the rows that speak for a catalogue scenario: its own, then its parent's."""
    find(name)
    parents = {entry.id: entry.parent for entry in entries()}
    out: list[Source] = []
    here: str | None = name
    while here is not None:
        out.extend(row for row in _table() if row.scenario == here)
        here = parents.get(here)
    return tuple(out)


@cache
def source_of(name: str, field: str) -> Source | None:
    """Return the row that speaks for one number of a catalogue scenario; None if there is none."""
    rows = sources(name)
    order = list(dict.fromkeys(row.scenario for row in rows))
    fits = [row for row in rows if row.field == field or fnmatchcase(field, row.field)]
    if not fits:
        return None
    return min(fits, key=lambda row: (row.field != field, order.index(row.scenario), -len(row.field)))


def assumptions(scenario: sim.Scenario) -> dict[str, float]:
    """Return path → number for every number of a scenario, clock times in seconds since midnight.

    Blocks are named by their own name, else by their number in the route; rows of profiles.csv by profile,
    class of day and start; rows of staffing.csv by team, place, class of day, hours and meal.
    """
    data = scenario.model_dump(mode="python", exclude_none=True)
    out: dict[str, float] = {}
    for section in ("run", "rules", "money", "place", "team", "pool", "factor", "stream"):
        out.update(_numbers(data.get(section, {}), section))
    for name, place in scenario.place.items():
        out[f"place.{name}.opens"], out[f"place.{name}.closes"] = place.opens, place.closes
    for name, service in scenario.service.items():
        out.update({f"service.{name}.{key}": value for key, value in service.attributes.items()})
    for route, blocks in data.get("route", {}).items():
        for number, block in enumerate(blocks):
            ((kind, inner),) = block.items()
            named = inner.get("name") if isinstance(inner, Mapping) else None
            out.update(_numbers(inner, f"route.{route}.{named or f'{kind}-{number}'}"))
    for row in scenario.rates:
        out[f"rates.{row.stream}.{row.place}.{row.service}.{row.day_class}.{row.start}"] = row.rate_per_hour
    for profile in scenario.profiles:
        out[f"profiles.{profile.profile}.{profile.day_class}.{profile.start}.weight"] = profile.weight
    for staff in scenario.staffing:
        meal = "+".join(f"{a}-{b}" for a, b in staff.meal)
        key = f"staffing.{staff.team}.{staff.place}.{staff.day_class}.{staff.start}-{staff.end}.{meal}.count"
        out[key] = out.get(key, 0.0) + staff.count
    return out


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{path}.{key}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, float(value)


@cache
def _table() -> tuple[Source, ...]:
    with TABLE.open(encoding="utf-8-sig", newline="") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


def _row(row: Mapping[str, str]) -> Source:
    numbers: dict[str, Any] = {key: float(row[key]) if row[key] else None for key in ("value", "low", "high")}
    rest: dict[str, Any] = {key: value for key, value in row.items() if key not in numbers}
    return Source(**rest, **numbers)
