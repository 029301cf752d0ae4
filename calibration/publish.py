"""From a log to a scenario that runs as it is, with where every figure comes from."""

from __future__ import annotations

import importlib.metadata
import json
import math
from typing import TYPE_CHECKING, Any

import sim
from calibration.clean import Cleaned, cleaned
from calibration.columns import Preset, iso_day
from calibration.mapping import preset as find_preset
from calibration.evidence import Calibration, clock, observed
from calibration.fit.arrivals import Arrivals, arrivals
from calibration.fit.calendar import Days, days
from calibration.fit.patience import PatienceFit, patience_fits
from calibration.fit.poisson import ENOUGH_K, PoissonTest, poisson_tests
from calibration.fit.service import ServiceFit, service_fits
from calibration.fit.staffing import Duty, duty
from calibration.read import log as read_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

EVIDENCE = "calibration.json"
STREAM = "calls"
DAY_FACTOR = "day"
SERVICE_LEVEL_S = 20.0
"""Call centres promise an answer within 20 s (domain notes §3.3)."""
_VERSIONS = ("counterflow", "numpy", "scipy", "duckdb")


def calibrate(
    paths: Path | str | Iterable[Path | str], *, preset: str, out: Path | str | None = None, seed: int = 1
) -> Calibration:
    """Read logs, clean them, fit what they say, and make a scenario; write it to `out` if given.

    Parameters
    ----------
    paths : path or paths
        Log files of one kind.
    preset : str
        What their columns mean; one of ``calibration.columns.presets()``.
    out : path, optional
        Folder for the scenario and for `calibration.json`, the evidence; written when all else is done.
    seed : int
        For the fractions of a second that the log has rounded away.

    Raises
    ------
    InputError
        A log that cannot be read, has other columns, or of which too much must be dropped.
    """
    kind = find_preset(preset)
    table = cleaned(read_log(paths, kind), kind)
    seen = days(table.log, kind.calendar)
    if not seen.hours:
        raise sim.InputError.one("log_no_service", file=", ".join(table.log.files), value=len(table.log))
    coming = arrivals(table.log, seen)
    tests = poisson_tests(table.log, seen, seed)
    taking = service_fits(table.log)
    staying = patience_fits(table.log)
    present = duty(table.log, seen)
    made = scenario(kind, table, seen, coming, taking, staying, present)
    findings = (*table.findings, *_findings(seen, coming, tests, taking, staying, present))
    figures = observed(table.log, seen, present, made.run.day_classes)
    result = Calibration(made, kind, table, seen, coming, tests, taking, staying, present, figures, findings)
    if out is not None:
        folder = sim.write(made, out)
        text = json.dumps(result.document(), ensure_ascii=False, indent=1, allow_nan=False)
        (folder / EVIDENCE).write_text(text + "\n", encoding="utf-8")
    return result


def scenario(
    preset: Preset,
    table: Cleaned,
    days: Days,
    arrivals: Arrivals,
    service: tuple[ServiceFit, ...],
    patience: tuple[PatienceFit, ...],
    duty: Duty,
) -> sim.Scenario:
    """Return a scenario of one week: one place, one team, a route for each service.

    A week has every class that the log saw open, in the order of the preset's calendar.
    """
    site, team = preset.site[0], preset.team[0]
    names = _names(arrivals.services())
    takes = {one.service: one for one in service}
    stays = {one.service: one for one in patience}
    week = tuple(kind for kind in preset.calendar.week if kind in days.hours) or days.classes()
    hours = [days.hours[kind] for kind in days.hours]
    data: dict[str, Any] = {
        "id": f"{preset.id}-{iso_day(int(days.seen[0]))}",
        "title": preset.title,
        "run": {"days": len(week), "day_classes": week},
        "rules": {"sl_threshold_s": SERVICE_LEVEL_S, "interval_s": 1800},
        "place": {
            site: {
                "title": preset.site[1],
                "kind": "centre",
                "opens": clock(min(one.first for one in hours)),
                "closes": clock(max(one.last for one in hours)),
                "open_on": tuple(days.classes()),
            }
        },
        "team": {team: {"title": preset.team[1], "place": site}},
        "service": {name: _service(code, name, preset, stays.get(code, stays["*"])) for code, name in names.items()},
        "route": {
            name: _route(team, takes.get(code, takes["*"]), stays.get(code, stays["*"])) for code, name in names.items()
        },
        "stream": {STREAM: {"place": site, "factors": (DAY_FACTOR,) if arrivals.cv2 > 0 else ()}},
        "rates": tuple(
            {
                "stream": STREAM,
                "place": site,
                "service": names[rate.service],
                "day_class": rate.day_class,
                "start": clock(rate.first),
                "end": clock(rate.last),
                "rate_per_hour": round(rate.per_hour, 6),
            }
            for rate in arrivals.rates
            if rate.per_hour > 0
        ),
        "staffing": tuple(
            {"team": team, "day_class": kind, "start": clock(first), "end": clock(last), "count": count}
            for kind in days.classes()
            for first, last, count in shifts({row.slot: row.count for row in duty.rows if row.day_class == kind})
        ),
        "provenance": _provenance(preset, table, days),
    }
    if arrivals.cv2 > 0:
        data["factor"] = {DAY_FACTOR: {"cv": round(math.sqrt(arrivals.cv2), 6)}}
    return sim.validated(data)


def shifts(on_duty: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Return (first half-hour, half-hour after the last, people) that add up to the numbers on duty.

    Layer by layer: the k-th person is there whenever at least k are. So nobody goes at a moment at which
    another comes, and no one is counted twice while finishing a customer.
    """
    layers: dict[tuple[int, int], int] = {}
    last = max(on_duty, default=-1) + 1
    for level in range(1, max(on_duty.values(), default=0) + 1):
        begun: int | None = None
        for slot in range(min(on_duty), last + 1):
            there = on_duty.get(slot, 0) >= level
            if there and begun is None:
                begun = slot
            elif not there and begun is not None:
                layers[begun, slot] = layers.get((begun, slot), 0) + 1
                begun = None
    return [(first, end, count) for (first, end), count in sorted(layers.items())]


def _service(code: str, name: str, preset: Preset, stays: PatienceFit) -> dict[str, Any]:
    out: dict[str, Any] = {"route": name, "labels": {"code": code}}
    if code in preset.services:
        out["title"] = preset.services[code]
    if stays.shape is not None and stays.scale_s is not None:
        out["attributes"] = {
            "patience_shape": round(stays.shape, 6),
            "patience_scale_s": round(stays.scale_s, 3),
        }
    return out


def _route(team: str, takes: ServiceFit, stays: PatienceFit) -> list[dict[str, Any]]:
    """Return the route of a call: wait for an agent while patience lasts, be served, let the agent go."""
    seize: dict[str, Any] = {"name": "answer", "needs": ((team,),)}
    if stays.shape is not None:
        seize["patience"] = {"law": "weibull", "shape": "patience_shape", "scale_s": "patience_scale_s"}
    parameters = {k: round(v, 6) if isinstance(v, float) else v for k, v in takes.fitted.parameters.items()}
    return [
        {"seize": seize},
        {"advance": {"law": takes.fitted.law, "name": "service", **parameters}},
        {"release": ("answer",)},
    ]


def _names(codes: Iterable[str]) -> dict[str, str]:
    """Return the log's own code of each service → its name in a scenario, all different."""
    out: dict[str, str] = {}
    for code in codes:
        text = "".join(ch if ch.isalnum() or ch in "_-." else "-" for ch in code).lstrip("-.") or "all"
        while text in out.values():
            text += "-2"
        out[code] = text
    return out


def _provenance(preset: Preset, table: Cleaned, days: Days) -> dict[str, str | int | float]:
    log = table.log
    out: dict[str, str | int | float] = {"preset": preset.id}
    for number, (name, digest) in enumerate(zip(log.files, log.sha256, strict=True), 1):
        out[f"file_{number}"] = name
        out[f"file_{number}_sha256"] = digest
    out |= {
        "first_day": iso_day(int(days.seen[0])),
        "last_day": iso_day(int(days.seen[-1])),
        "days": len(days.seen),
        "rows_read": log.rows_read,
        "rows_dropped": table.dropped,
    }
    out |= {f"rule_{one.rule}": one.count for one in table.found}
    for package in _VERSIONS:
        try:
            out[f"version_{package}"] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            out[f"version_{package}"] = "unknown"
    return out


def _findings(
    days: Days,
    arrivals: Arrivals,
    tests: tuple[PoissonTest, ...],
    service: tuple[ServiceFit, ...],
    patience: tuple[PatienceFit, ...],
    duty: Duty,
) -> list[sim.Finding]:
    """Return what a reader of the results should know, as codes with values."""
    out = []
    if days.missing:
        shown = ", ".join(iso_day(day) for day in days.missing[:5]) + (" …" if len(days.missing) > 5 else "")
        out.append(sim.Finding("days_missing", {"count": len(days.missing), "days": shown}))
    largest = max((one for one in tests if one.service != "*"), key=lambda one: one.n, default=None)
    if largest is not None:
        code = "poisson_enough" if largest.k < ENOUGH_K else "poisson_doubtful"
        values = {
            "service": largest.service,
            "day_class": largest.day_class,
            "k": round(largest.k, 4),
            "n": largest.n,
        }
        out.append(sim.Finding(code, values))
    if arrivals.cv2 > 0:
        out.append(sim.Finding("day_factor", {"percent": round(100 * math.sqrt(arrivals.cv2), 1)}))
    tables = [one.service for one in service if one.fitted.law == "empirical" and not one.pooled and one.service != "*"]
    if tables:
        out.append(sim.Finding("service_by_table", {"services": ", ".join(tables)}))
    borrowed = [one.service for one in service if one.pooled] + [one.service for one in patience if one.pooled]
    if borrowed:
        out.append(sim.Finding("fit_borrowed", {"services": ", ".join(dict.fromkeys(borrowed))}))
    if patience and patience[-1].shape is None:
        out.append(sim.Finding("patience_unknown", {"abandoned": patience[-1].abandoned}))
    if duty.busy_while_waiting is not None and duty.duty_while_waiting is not None:
        values = {
            "gap_s": duty.gap_s,
            "duty": round(duty.duty_while_waiting, 2),
            "busy": round(duty.busy_while_waiting, 2),
        }
        out.append(sim.Finding("staffing_estimated", values))
    return out
