"""Arrival streams: rates by piece for every service at every place, over the days of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.model import ALWAYS, LawValues, Scenario, Stream
from sim.tables.timeline import DAY_TICKS, day_class
from sim.tables.types import FACTOR, PIECE, STREAM, Demand, Records, name_bits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.tables.laws import LawTable
    from sim.tables.sites import Site, Sites

Piece = tuple[int, int, float, int]
"""(from tick, to tick, expected arrivals per tick, day)."""


def pieces(scenario: Scenario, sites: Sites) -> Iterator[tuple[str, int, str, list[Piece]]]:
    """Yield (stream, site, service, pieces) for every service of every stream at every of its places."""
    profiles: dict[str, list[tuple[str, int, int, float]]] = {}
    for row in scenario.profiles:
        profiles.setdefault(row.profile, []).append((row.day_class, row.start, row.end, row.weight))
    rated: dict[str, list[tuple[str, str, str, int, int, float]]] = {}
    for rate in scenario.rates:
        rated.setdefault(rate.stream, []).append(
            (rate.place, rate.service, rate.day_class, rate.start, rate.end, rate.rate_per_hour)
        )
    for name, stream in scenario.stream.items():
        for number in sites.numbers(stream.place):
            site = sites.sites[number]
            if name in rated:
                rows = [row for row in rated[name] if row[0] in (ALWAYS, site.name, site.template)]
                for service in dict.fromkeys(row[1] for row in rows):
                    spans = [(row[2], row[3], row[4], row[5] / 3.6e6) for row in rows if row[1] == service]
                    yield name, number, service, _over_days(scenario, spans)
                continue
            whole = _over_days(scenario, _spans(stream, site, profiles), site)
            for service, share in _shares(stream).items():
                if share > 0:
                    yield name, number, service, [(a, b, rate * share, day) for a, b, rate, day in whole]


def _spans(
    stream: Stream, site: Site, profiles: Mapping[str, list[tuple[str, int, int, float]]]
) -> list[tuple[str, int, int, float]]:
    """Return (day class, start s, end s, rate per tick)."""
    if stream.rate_per_hour is not None:
        return [(ALWAYS, site.place.opens, site.place.closes, stream.rate_per_hour / 3.6e6)]
    per_day = stream.per_day or 0.0
    return [
        (row_class, start, end, per_day * weight / ((end - start) * 1000))
        for row_class, start, end, weight in profiles[stream.profile or ""]
    ]


def _over_days(scenario: Scenario, spans: list[tuple[str, int, int, float]], site: Site | None = None) -> list[Piece]:
    """Return the pieces of all days; none goes past the horizon, where arrivals stop."""
    out: list[Piece] = []
    horizon = scenario.run.days * DAY_TICKS
    for day in range(scenario.run.days):
        kind = day_class(scenario, day)
        if site is not None and not site.open_on(kind):
            continue
        exact = [span for span in spans if span[0] == kind] or [span for span in spans if span[0] == ALWAYS]
        for _, start, end, rate in sorted(exact, key=lambda span: span[1]):
            begin, stop = day * DAY_TICKS + start * 1000, min(day * DAY_TICKS + end * 1000, horizon)
            if rate > 0 and begin < stop:
                out.append((begin, stop, rate, day))
    return out


def _shares(stream: Stream) -> dict[str, float]:
    if stream.service is not None:
        return {stream.service: 1.0}
    shares = dict(stream.shares or {})
    total = sum(shares.values())
    return {service: share / total for service, share in shares.items()}


def build(
    scenario: Scenario,
    sites: Sites,
    services: Mapping[str, int],
    first_step: Mapping[str, int],
    laws: LawTable,
) -> tuple[Records, Demand, tuple[str, ...]]:
    """Return the streams (STREAM), what they are drawn from, and their names ``stream/place/service``.

    The hash of the name is who a visit is when luck is drawn, so names must not share one: a later name (in the
    order of the alphabet) that would is hashed anew.
    """
    found = list(pieces(scenario, sites))
    names = tuple(f"{stream}/{sites.sites[site].name}/{service}" for stream, site, service, _ in found)
    factor_names: dict[str, str] = {}
    factor_lists = []
    for (stream, site, _, _), name in zip(found, names, strict=True):
        mine = []
        for factor in scenario.stream[stream].factors:
            scope = scenario.factor[factor].scope
            suffix = {"all": "", "place": f"@{sites.sites[site].name}", "stream": f"@{name}"}[scope]
            factor_names.setdefault(f"factor:{factor}{suffix}", factor)
            mine.append(f"factor:{factor}{suffix}")
        factor_lists.append(mine)
    hashes = _hashes([*names, *factor_names])
    order = {name: index for index, name in enumerate(factor_names)}
    rows: list[tuple[int, ...]] = []
    all_pieces: list[Piece] = []
    all_factors: list[int] = []
    for (_, number, service, arriving), name, drawn in zip(found, names, factor_lists, strict=True):
        begin_piece, begin_factor = len(all_pieces), len(all_factors)
        all_pieces.extend(arriving)
        all_factors.extend(order[one] for one in drawn)
        ends = (begin_piece, len(all_pieces), begin_factor, len(all_factors))
        who = (hashes[name] >> 8, hashes[name] & 0xFF, number, services[service], first_step[service])
        rows.append((*who, *ends, 1, -1, -1, -1, 0))
    factors = []
    for name, factor_name in factor_names.items():
        cv = scenario.factor[factor_name].cv
        law = LawValues("gamma", 1.0, cv) if cv > 0 else LawValues("deterministic", 1.0)
        factors.append((hashes[name] >> 8, hashes[name] & 0xFF, laws.number(law)))
    demand = Demand(np.array(all_pieces, PIECE), np.array(all_factors, np.int32), np.array(factors, FACTOR))
    return np.array(rows, STREAM), demand, names


def _hashes(names: list[str]) -> dict[str, int]:
    """Return name → 40-bit hash, all different."""
    taken: dict[int, str] = {}
    out: dict[str, int] = {}
    for name in sorted(names):
        salt, number = 0, name_bits(name, 40)
        while number in taken:
            salt += 1
            number = name_bits(f"{name}\x00{salt}", 40)
        taken[number] = name
        out[name] = number
    return out
