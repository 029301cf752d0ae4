"""A scenario made of fits: places with their teams, a route for each service, rates, staffing, where it is from."""

from __future__ import annotations

import importlib.metadata
import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sim
from calibration.columns import iso_day
from calibration.evidence import clock
from calibration.fit.calendar import INTERVAL_S
from calibration.fit.wrap import Wrap, wrap_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calibration.clean import Cleaned
    from calibration.columns import Log, Preset
    from calibration.fit import Fits
    from calibration.fit.patience import PatienceFit
    from calibration.fit.service import ServiceFit

STREAM = "calls"
SERVICE = "service"
"""Name of the block in which a customer is served."""
WRAP = "wrap"
"""Name of the block of what the agent does before the next customer."""
DAY_FACTOR, PLACE_FACTOR = "day", "place"
SERVICE_LEVEL_S = 20.0
"""Call centres promise an answer within 20 s (domain notes §3.3)."""
RARE_TRANSFER = 0.001
"""A share of transfers below this is left out of a route."""
_VERSIONS = ("counterflow", "numpy", "scipy", "duckdb")


@dataclass(frozen=True)
class Names:
    """The scenario's name of every place, service and team of a log, and of the stream of a place and channel."""

    place: Mapping[str, str]
    stream: Mapping[tuple[str, str], str]
    service: Mapping[str, str]
    team: Mapping[str, str]
    """By the log's place."""


def names(preset: Preset, log: Log, services: Iterable[str]) -> Names:
    """Return the names that a scenario gives to what a log has."""
    one = log.places == ("*",)
    site, team = preset.site[0], preset.team[0]
    place = {"*": site} if one else code_names(log.places)
    streams = {
        (where, channel): "-".join([STREAM, *((at,) if not one else ()), *((by,) if channel != "*" else ())])
        for where, at in place.items()
        for channel, by in code_names(log.channels).items()
    }
    teams = {name: team if one else f"{team}-{part}" for name, part in place.items()}
    return Names(place, streams, code_names(services), teams)


def scenario(preset: Preset, table: Cleaned, found: Fits, today: date | None = None) -> sim.Scenario:
    """Return a scenario of one week: the places with their teams, and a route for each service.

    A week has every class that the log saw open, in the order of the preset's calendar.
    """
    log, days, arrivals = table.log, found.days, found.arrivals
    called = names(preset, log, arrivals.services())
    takes = {one.service: one for one in found.service}
    stays = {one.service: one for one in found.patience}
    week = tuple(kind for kind in preset.calendar.week if kind in days.hours) or days.classes()
    several = log.places != ("*",)
    role = preset.team[0]
    at_once = slots(found, log)
    wrap = wrap_up(log)
    rates = tuple(
        {
            "stream": called.stream[rate.place, rate.channel],
            "place": called.place[rate.place],
            "service": called.service[rate.service],
            "day_class": rate.day_class,
            "start": clock(rate.start_s),
            "end": clock(rate.end_s),
            "rate_per_hour": round(rate.per_hour, 6),
        }
        for rate in arrivals.rates
        if rate.per_hour > 0
    )
    streams = dict.fromkeys((row["stream"], row["place"]) for row in rates)
    factors = {
        name: {"cv": round(math.sqrt(cv2), 6), "scope": scope}
        for name, cv2, scope in (
            (DAY_FACTOR, arrivals.cv2, "all"),
            (PLACE_FACTOR, arrivals.place_cv2, "place"),
        )
        if cv2 > 0
    }
    there = {log.places[number] for number, _ in days.at}
    data: dict[str, Any] = {
        "id": f"{preset.id}-{iso_day(int(days.seen[0]))}",
        "title": preset.title,
        "run": {"days": len(week), "day_classes": week},
        "rules": {"sl_threshold_s": SERVICE_LEVEL_S, "interval_s": INTERVAL_S},
        "place": {
            called.place[name]: _place(preset, found, number, name if several else None)
            for number, name in enumerate(log.places)
            if name in there
        },
        "team": {
            called.team[name]: {
                "title": _team_title(preset, name if several else None),
                "place": called.place[name],
                "role": role,
            }
            for name in log.places
            if name in there
        },
        "service": {
            name: _service(code, name, preset, stays.get(code, stays["*"])) for code, name in called.service.items()
        },
        "route": {
            name: _route(
                role, takes.get(code, takes["*"]), stays.get(code, stays["*"]), wrap, _onward(code, called, found)
            )
            for code, name in called.service.items()
        },
        "stream": {name: {"place": place, "factors": tuple(factors)} for name, place in streams},
        "factor": factors,
        "rates": rates,
        "staffing": tuple(
            {
                "team": called.team[name],
                "day_class": kind,
                "start": clock(first * INTERVAL_S),
                "end": clock(last * INTERVAL_S),
                "count": count * at_once,
            }
            for name in log.places
            for kind in days.classes()
            for first, last, count in shifts(
                {row.slot: row.count for row in found.duty.rows if (row.place, row.day_class) == (name, kind)}
            )
        ),
        "provenance": provenance(preset, table, found, today),
    }
    return sim.validated(data)


def _place(preset: Preset, found: Fits, number: int, name: str | None) -> dict[str, Any]:
    hours = {kind: one for (place, kind), one in found.days.at.items() if place == number}
    return {
        "title": preset.site[1] if name is None else sim.Text(zh=name, en=name),
        "kind": "centre" if name is None else "branch",
        "opens": clock(min(one.first for one in hours.values()) * INTERVAL_S),
        "closes": clock(max(one.last for one in hours.values()) * INTERVAL_S),
        "open_on": tuple(kind for kind in found.days.classes() if kind in hours),
    }


def _team_title(preset: Preset, place: str | None) -> sim.Text:
    title = preset.team[1]
    return title if place is None else sim.Text(zh=f"{title.zh} · {place}", en=f"{title.en} · {place}")


def slots(found: Fits, log: Log) -> int:
    """Return how many conversations an agent holds at once, in a log of written conversations only."""
    return next((one.slots for one in found.sessions if log.channels == (one.channel,)), 1)


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


def _route(
    role: str, takes: ServiceFit, stays: PatienceFit, wrap: Wrap | None, onward: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return the route of a customer: wait while patience lasts, be served, let the agent go, perhaps go on.

    What the agent needs before the next customer is time in which he is held, though the customer has gone.
    """
    seize: dict[str, Any] = {"name": "answer", "needs": ((role,),)}
    if stays.shape is not None:
        seize["patience"] = {"law": "weibull", "shape": "patience_shape", "scale_s": "patience_scale_s"}
    law, parameters = takes.fitted.published
    rounded = {key: round(value, 6) if isinstance(value, float) else value for key, value in parameters.items()}
    out: list[dict[str, Any]] = [
        {"seize": seize},
        {"advance": {"law": law, "name": SERVICE, **rounded}},
        {"release": ("answer",)},
    ]
    if wrap is not None:
        out.insert(2, {"advance": {"law": "empirical", "name": WRAP, "quantiles_s": wrap.quantiles_s}})
    if onward:
        out += [{"transfer": {**onward, "next": "rest"}}, {"leave": "served"}]
    return out


def _onward(code: str, called: Names, found: Fits) -> dict[str, float]:
    """Return service → probability of being passed on to it after a service of `code`."""
    moved = found.routes.of("transfer", code)
    if moved is None:
        return {}
    to = {one.label: one.share for one in found.routes.shares if (one.what, one.service) == ("transfer", code)}
    to.pop("*", None)
    to = {label: share for label, share in to.items() if label in called.service} or {code: 1.0}
    whole = sum(to.values())
    shares = {called.service[label]: round(moved.share * share / whole, 6) for label, share in to.items()}
    return {name: share for name, share in shares.items() if share >= RARE_TRANSFER}


def code_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the log's own code of each thing → its name in a scenario, all different."""
    out: dict[str, str] = {}
    for code in codes:
        text = "".join(ch if ch.isalnum() or ch in "_-." else "-" for ch in code).lstrip("-.") or "all"
        while text in out.values():
            text += "-2"
        out[code] = text
    return out


def provenance(preset: Preset, table: Cleaned, found: Fits, today: date | None = None) -> dict[str, str | int | float]:
    """Return where the figures come from: files and their hashes, rows, rules, versions, the date of the work."""
    log, days = table.log, found.days
    out: dict[str, str | int | float] = {
        **origin(preset.id, log.files, log.sha256, today),
        "first_day": iso_day(int(days.seen[0])),
        "last_day": iso_day(int(days.seen[-1])),
        "days": len(days.seen),
        "rows_read": log.rows_read,
        "rows_dropped": table.dropped,
    }
    return out | {f"rule_{one.rule}": one.count for one in table.found} | versions()


def origin(
    preset: str, files: Iterable[str], hashes: Iterable[str], today: date | None = None
) -> dict[str, str | int | float]:
    """Return when and by which preset the work was done, and the names and SHA-256 of the files."""
    out: dict[str, str | int | float] = {"made_on": (today or date.today()).isoformat(), "preset": preset}
    for number, (name, digest) in enumerate(zip(files, hashes, strict=True), 1):
        out[f"file_{number}"] = name
        out[f"file_{number}_sha256"] = digest
    return out


def versions() -> dict[str, str | int | float]:
    """Return the versions of what did the work."""
    out: dict[str, str | int | float] = {}
    for package in _VERSIONS:
        try:
            out[f"version_{package}"] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            out[f"version_{package}"] = "unknown"
    return out
