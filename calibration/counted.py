"""Files of counts: how many came, and nothing of what became of them. Enough for rates and a forecast."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from calibration import calendars, forecast, read
from calibration.columns import iso_day
from calibration.evidence import EVIDENCE, SCHEMA, clock
from calibration.history import INTERVAL_S, PER_DAY, history_from
from calibration.scenario import DAY_FACTOR, STREAM, code_names, origin, versions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from calibration.columns import Counts, Floats, Preset
    from calibration.history import History

FEWEST = 5
"""A half-hour of a day class with fewer customers in all has no rate of its own: they are joined."""


@dataclass(frozen=True)
class Counted:
    """A scenario of demand alone, with its history and forecast model.

    Attributes
    ----------
    rates : dict
        (place, service, day class) → customers an hour in each half-hour (48).
    totals : dict
        Day class → daily totals of all places and services.
    cv2 : float
        Squared coefficient of variation of the day factor.
    """

    scenario: sim.Scenario
    preset: Preset
    counts: Counts
    history: History
    model: forecast.Model
    rates: dict[tuple[str, str, str], Floats]
    totals: dict[str, Floats]
    cv2: float
    findings: tuple[sim.Finding, ...]

    def document(self) -> dict[str, Any]:
        """Return the evidence as plain data, with the fields that counts can fill."""
        counts = self.counts
        return {
            "schema": SCHEMA,
            "scenario": self.scenario.id,
            "preset": self.preset.id,
            "files": [{"name": n, "sha256": h} for n, h in zip(counts.files, counts.sha256, strict=True)],
            "rows_read": counts.rows_read,
            "dropped": [
                {
                    "rule": one.rule,
                    "count": one.count,
                    "examples": [{"file": e.file, "row": e.row, "fields": dict(e.fields)} for e in one.examples],
                }
                for one in counts.unreadable
            ],
            "classified": [],
            "outcomes": {},
            "days": {"first": iso_day(self.history.first), "last": iso_day(self.history.last), "days": self.model.days},
            "arrivals": [
                {
                    "place": place,
                    "service": service,
                    "day_class": kind,
                    "start": clock(slot * INTERVAL_S),
                    "start_s": slot * INTERVAL_S,
                    "rate_per_hour": float(f"{rates[slot]:.10g}"),
                }
                for (place, service, kind), rates in self.rates.items()
                for slot in np.flatnonzero(rates).tolist()
            ],
            "interval_s": INTERVAL_S,
            "day_factor_cv2": float(f"{self.cv2:.10g}"),
            "day_totals": [
                {"day_class": kind, "days": len(daily), "mean": float(f"{daily.mean():.10g}")}
                for kind, daily in self.totals.items()
            ],
            "poisson_test": [],
            "service": [],
            "patience": [],
            "provenance": dict(self.scenario.provenance),
            "findings": [{"code": one.code, "values": dict(one.values)} for one in self.findings],
        }


def of_counts(
    paths: Path | str | Iterable[Path | str], preset: Preset, out: Path | str | None = None, today: date | None = None
) -> Counted:
    """Read files of counts and make a scenario of their demand; write it to `out` if given.

    Raises
    ------
    InputError
        As `read.counts`; ``history_short`` with less than two weeks.
    """
    counts = read.counts(paths, preset)
    preset, chosen = _with_calendar(preset, counts)
    history = history_of_counts(counts, preset)
    model = forecast.fit(history, preset.calendar)
    totals = _totals(history, preset)
    made = _made(counts, preset, history, model, totals, today)
    made = replace(made, findings=(*made.findings, *chosen))
    if out is not None:
        folder = sim.write(made.scenario, out)
        text = json.dumps(made.document(), ensure_ascii=False, indent=1, allow_nan=False)
        (folder / EVIDENCE).write_text(text + "\n", encoding="utf-8")
        kept = json.dumps(forecast.document(model), ensure_ascii=False, allow_nan=False)
        (folder / forecast.FILE).write_text(kept + "\n", encoding="utf-8")
    return made


def _with_calendar(preset: Preset, counts: Counts) -> tuple[Preset, tuple[sim.Finding, ...]]:
    """Return the preset with a calendar: its own, else the shipped one that knows the years of the counts."""
    if preset.calendar.dates or not len(counts):
        return preset, ()
    found = calendars.knowing(int(counts.day.min()), int(counts.day.max()))
    if found is None:
        return preset, (sim.Finding("calendar_none"),)
    name, calendar = found
    return replace(preset, calendar=calendar), (sim.Finding("calendar_chosen", {"calendar": name}),)


def history_of_counts(counts: Counts, preset: Preset) -> History:
    """Return counts by half-hour; longer intervals are spread evenly over the half-hours they cover."""
    first, last = int(counts.day.min()), int(counts.day.max())
    out = np.zeros((len(counts.places), len(counts.services), last - first + 1, PER_DAY))
    parts = max(1, counts.width_s // INTERVAL_S)
    for part in range(parts):
        slot = np.minimum((counts.start_s + part * INTERVAL_S) // INTERVAL_S, PER_DAY - 1)
        np.add.at(out, (counts.place, counts.service, counts.day - first, slot), counts.count / parts)
    seen = np.unique(counts.day[counts.count > 0])
    return history_from(out, counts.places, counts.services, preset, first, seen)


def _totals(history: History, preset: Preset) -> dict[str, Floats]:
    """Return the daily totals of each class, all places and services, days that are missing left out."""
    whole = {place for place, service in history.series if service == "*"}
    mine = [k for k, (place, service) in enumerate(history.series) if service == "*" or place not in whole]
    daily = history.counts[mine].sum(axis=(0, 2))
    out: dict[str, list[float]] = {}
    for k, total in enumerate(daily.tolist()):
        if math.isfinite(total):
            out.setdefault(preset.calendar.of(history.first + k), []).append(total)
    return {kind: np.array(values) for kind, values in out.items() if any(values)}


def _made(
    counts: Counts,
    preset: Preset,
    history: History,
    model: forecast.Model,
    totals: dict[str, Floats],
    today: date | None,
) -> Counted:
    kinds = np.array([preset.calendar.of(history.first + k) for k in range(history.counts.shape[1])])
    rates: dict[tuple[str, str, str], Floats] = {}
    several = {place for place, service in history.series if service == "*"}
    for (place, service), table in zip(history.series, history.counts, strict=True):
        if service == "*" and place in several and sum(one == place for one, _ in history.series) > 1:
            continue
        for kind in totals:
            days = table[(kinds == kind) & np.isfinite(table.sum(axis=1))]
            if len(days) and days.sum() >= FEWEST:
                rates[place, service, kind] = _joined(days) * (3600 / INTERVAL_S)
    top = sum((len(d) - 1) * (d.var(ddof=1) - d.mean()) / d.mean() ** 2 for d in totals.values() if len(d) > 1)
    low = sum(len(d) - 1 for d in totals.values() if len(d) > 1)
    cv2 = max(0.0, float(top) / low) if low else 0.0
    scenario = _scenario(counts, preset, history, rates, cv2, model, tuple(totals), today)
    findings = [sim.Finding("counts_only")]
    if cv2 > 0:
        findings.append(sim.Finding("day_factor", {"percent": round(100 * math.sqrt(cv2), 1)}))
    return Counted(scenario, preset, counts, history, model, rates, totals, cv2, tuple(findings))


def _joined(days: Floats) -> Floats:
    """Return the mean of each half-hour over days; neighbours are joined until they hold `FEWEST` customers."""
    sums, out = days.sum(axis=0), np.zeros(PER_DAY)
    there = np.flatnonzero(sums)
    first, total = int(there[0]), 0.0
    spans: list[tuple[int, int]] = []
    for slot in range(first, int(there[-1]) + 1):
        total += sums[slot]
        if total >= FEWEST:
            spans.append((first, slot + 1))
            first, total = slot + 1, 0.0
    if first <= int(there[-1]):
        spans[-1] = (spans[-1][0], int(there[-1]) + 1)
    for a, b in spans:
        out[a:b] = sums[a:b].sum() / ((b - a) * len(days))
    return out


def _scenario(
    counts: Counts,
    preset: Preset,
    history: History,
    rates: dict[tuple[str, str, str], Floats],
    cv2: float,
    model: forecast.Model,
    classes: tuple[str, ...],
    today: date | None,
) -> sim.Scenario:
    """Return a scenario in which customers come and leave at once: there is no word of what they want."""
    places = code_names(dict.fromkeys(place for place, _, _ in rates))
    services = code_names(dict.fromkeys(service for _, service, _ in rates))
    week = tuple(kind for kind in preset.calendar.week if kind in classes) or classes
    one = len(places) == 1
    streams = {code: STREAM if one else f"{STREAM}-{name}" for code, name in places.items()}
    factors = (DAY_FACTOR,) if cv2 > 0 else ()
    data: dict[str, Any] = {
        "id": f"{preset.id}-{iso_day(history.first)}",
        "title": preset.title,
        "run": {"days": len(week), "day_classes": week},
        "rules": {"interval_s": INTERVAL_S},
        "place": {
            name: {
                "title": preset.site[1] if one else sim.Text(zh=code, en=code),
                "kind": "centre" if one else "branch",
            }
            for code, name in places.items()
        },
        "service": {
            name: {"route": "come", "labels": {"code": code}, **_titled(preset, code)}
            for code, name in services.items()
        },
        "route": {"come": [{"leave": "served"}]},
        "stream": {streams[code]: {"place": name, "factors": factors} for code, name in places.items()},
        "factor": {DAY_FACTOR: {"cv": round(math.sqrt(cv2), 6)}} if cv2 > 0 else {},
        "rates": tuple(
            {
                "stream": streams[place],
                "place": places[place],
                "service": services[service],
                "day_class": kind,
                "start": clock(slot * INTERVAL_S),
                "end": clock((slot + 1) * INTERVAL_S),
                "rate_per_hour": round(float(table[slot]), 6),
            }
            for (place, service, kind), table in rates.items()
            for slot in np.flatnonzero(table).tolist()
        ),
        "provenance": {
            **origin(preset.id, counts.files, counts.sha256, today),
            "first_day": iso_day(history.first),
            "last_day": iso_day(history.last),
            "days": model.days,
            "rows_read": counts.rows_read,
            **versions(),
        },
    }
    return sim.validated(data)


def _titled(preset: Preset, code: str) -> dict[str, Any]:
    return {"title": preset.services[code]} if code in preset.services else {}
