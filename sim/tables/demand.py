"""Arrival streams: rates by piece for every service at every place, over the days of the run."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.model import ALWAYS, LawValues, Scenario, Stream
from sim.model.expressions import tree
from sim.tables.expressions import Scope
from sim.tables.laws import plain, spread
from sim.tables.timeline import DAY_TICKS, day_class
from sim.tables.types import (
    BOOKED,
    BREAKS,
    FACTOR,
    GOES,
    LOGGED,
    PIECE,
    STREAM,
    Demand,
    Floats,
    Ints,
    Records,
    name_bits,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sim.tables.expressions import CodeTable
    from sim.tables.laws import LawTable
    from sim.tables.sites import Site, Sites

SPAWNED = "spawned"
"""Stream by which visits that others wake are named."""

Piece = tuple[int, int, float, int]
"""(from tick, to tick, expected arrivals per tick, day)."""


def pieces(scenario: Scenario, sites: Sites) -> Iterator[tuple[str, int, str, list[Piece]]]:
    """Yield (stream, site, service, pieces) for every service of every stream at every of its places.

    Places of a template have the same pieces, the very same list, unless rates name one of them.
    """
    profiles: dict[str, list[tuple[str, int, int, float]]] = {}
    for row in scenario.profiles:
        profiles.setdefault(row.profile, []).append((row.day_class, row.start, row.end, row.weight))
    rated: dict[str, list[tuple[str, str, str, int, int, float]]] = {}
    for rate in scenario.rates:
        rated.setdefault(rate.stream, []).append(
            (rate.place, rate.service, rate.day_class, rate.start, rate.end, rate.rate_per_hour)
        )
    found: dict[tuple[str, str], list[tuple[str, list[Piece]]]] = {}
    for name, stream in scenario.stream.items():
        if stream.rate_per_hour is None and stream.per_day is None and name not in rated:
            continue
        rows = rated.get(name, ())
        apart = {row[0] for row in rows}
        for number in sites.numbers(stream.place):
            site = sites.sites[number]
            key = (name, site.name if site.name in apart else f"{site.template}\0")
            if key not in found:
                mine = [row for row in rows if row[0] in (ALWAYS, site.name, site.template)]
                found[key] = [*(_rated(scenario, mine) if rows else _profiled(scenario, stream, site, profiles))]
            for service, parts in found[key]:
                yield name, number, service, parts


def _rated(
    scenario: Scenario, rows: Sequence[tuple[str, str, str, int, int, float]]
) -> Iterator[tuple[str, list[Piece]]]:
    for service in dict.fromkeys(row[1] for row in rows):
        spans = [(row[2], row[3], row[4], row[5] / 3.6e6) for row in rows if row[1] == service]
        yield service, _over_days(scenario, spans)


def _profiled(
    scenario: Scenario, stream: Stream, site: Site, profiles: Mapping[str, list[tuple[str, int, int, float]]]
) -> Iterator[tuple[str, list[Piece]]]:
    whole = _over_days(scenario, _spans(stream, site, profiles), site)
    for service, share in _shares(stream).items():
        if share > 0:
            yield service, [(a, b, rate * share, day) for a, b, rate, day in whole]


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


class Offered(NamedTuple):
    """All streams, and what they are drawn from."""

    stream: Records  # STREAM
    demand: Demand
    names: tuple[str, ...]  # ``stream/place/service`` of each
    spawned: Ints  # World.spawned
    account: Floats  # World.account
    booked: Records  # BOOKED
    logged: Records  # LOGGED
    cases: dict[str, tuple[int, str]]  # logged visits by name: number in `logged`, service


class _Line(NamedTuple):
    """A stream of one service at one place."""

    stream: str
    site: int
    service: str
    pieces: list[Piece]
    spawned: bool = False


def build(
    scenario: Scenario,
    sites: Sites,
    services: Mapping[str, int],
    first_step: Mapping[str, int],
    laws: LawTable,
    *,
    family: Mapping[str, int],
    woken: Sequence[str],
    codes: CodeTable,
    change: Records,
) -> Offered:
    """Return the streams (STREAM) and everything that arrivals are drawn from.

    `change` are the planned changes (CHANGE). `family` tells how many numbers a visit of a service takes; `woken` are
    the services whose visits others set off: each has a stream of its own wherever anybody arrives, in which nobody
    does by himself. The hash of a stream's name is who a visit is when luck is drawn, so names must not share one: a
    later name (in the order of the alphabet) that would is hashed anew.
    """
    lines = [_Line(*found) for found in pieces(scenario, sites)]
    at = {(line.stream, line.site, line.service): number for number, line in enumerate(lines)}
    booked = [*_booked(scenario, sites, laws, lines, at), *_at_breaks(scenario, sites, lines, at, change)]
    logged, cases = _logged(scenario, sites, lines, at, booked)
    used = sorted({line.site for line in lines})
    wakes = np.full((len(woken), len(sites.sites)), -1, np.int32)
    for row, service in enumerate(woken):
        for site in used:
            wakes[row, site] = len(lines)
            lines.append(_Line(SPAWNED, site, service, [], spawned=True))
    names = tuple(f"{line.stream}/{sites.sites[line.site].name}/{line.service}" for line in lines)
    factor_names: dict[str, str] = {}
    factor_lists = []
    for line, name in zip(lines, names, strict=True):
        mine = []
        for factor in () if line.spawned else scenario.stream[line.stream].factors:
            scope = scenario.factor[factor].scope
            suffix = {"all": "", "place": f"@{sites.sites[line.site].name}", "stream": f"@{name}"}[scope]
            factor_names.setdefault(f"factor:{factor}{suffix}", factor)
            mine.append(f"factor:{factor}{suffix}")
        factor_lists.append(mine)
    hashes = hash_pairs([*names, *factor_names])
    order = {name: index for index, name in enumerate(factor_names)}
    accounts = Accounts(scenario, codes.state.accounts)
    rows: list[tuple[int, ...]] = []
    all_pieces: list[Piece] = []
    piece_at: dict[int, int] = {}
    all_factors: list[int] = []
    for line, name, drawn in zip(lines, names, factor_lists, strict=True):
        begin_piece, begin_factor = piece_at.setdefault(id(line.pieces), len(all_pieces)), len(all_factors)
        if begin_piece == len(all_pieces):
            all_pieces.extend(line.pieces)
        all_factors.extend(order[one] for one in drawn)
        ends = (begin_piece, begin_piece + len(line.pieces), begin_factor, len(all_factors))
        owner = None if line.spawned else scenario.stream[line.stream].accounts
        persons = (-1, -1) if owner is None else accounts.of(owner, line.site)
        who = (*hashes[name], line.site, services[line.service], first_step[line.service])
        gate = None if line.spawned else scenario.stream[line.stream].gate
        code = -1 if gate is None else codes.number(tree(gate), Scope(line.service, []))
        rows.append((*who, *ends, family[line.service], code, *persons, int(line.spawned)))
    factors = []
    for name, factor_name in factor_names.items():
        cv = scenario.factor[factor_name].cv
        law = LawValues("gamma", 1.0, cv) if cv > 0 else LawValues("deterministic", 1.0)
        factors.append((*hashes[name], laws.number(law)))
    drawn_from = Demand(np.array(all_pieces, PIECE), np.array(all_factors, np.int32), np.array(factors, FACTOR))
    books = np.array(booked, BOOKED)
    return Offered(np.array(rows, STREAM), drawn_from, names, wakes, accounts.values(), books, logged, cases)


class Accounts:
    """The persons of all accounts, and their first values: a column for each name that any account has."""

    def __init__(self, scenario: Scenario, columns: Mapping[str, int]) -> None:
        self.scenario, self.columns = scenario, columns
        self._found: dict[tuple[str, int], tuple[int, int]] = {}
        self._blocks: list[Floats] = []

    def of(self, name: str, site: int) -> tuple[int, int]:
        """Return (first, end) of the persons of an account at a place."""
        account = self.scenario.account[name]
        key = (name, site if account.per == "place" else -1)
        if key not in self._found:
            first = sum(len(block) for block in self._blocks)
            block = np.zeros((account.count, len(self.columns)))
            for value, mean in account.values.items():
                column, cv = self.columns[value], account.cv.get(value, 0.0)
                block[:, column] = spread(mean, cv, account.count, column) if cv > 0 else mean
            self._blocks.append(block)
            self._found[key] = (first, first + account.count)
        return self._found[key]

    def values(self) -> Floats:
        """Return all persons, shape (A, K)."""
        return np.concatenate(self._blocks) if self._blocks else np.zeros((0, len(self.columns)))


def _line(lines: list[_Line], at: dict[tuple[str, int, str], int], stream: str, site: int, service: str) -> int:
    """Return the number of a stream of one service at one place, made if need be."""
    key = (stream, site, service)
    if key not in at:
        at[key] = len(lines)
        lines.append(_Line(stream, site, service, []))
    return at[key]


def _booked(
    scenario: Scenario, sites: Sites, laws: LawTable, lines: list[_Line], at: dict[tuple[str, int, str], int]
) -> Iterator[tuple[int, float, int, int, int]]:
    """Yield appointments and the entries of lists (BOOKED), and add their streams to `lines`."""
    horizon = scenario.run.days * DAY_TICKS
    classes = [day_class(scenario, day) for day in range(scenario.run.days)]
    for name, stream in scenario.stream.items():
        if not stream.appointments and stream.list is None:
            continue
        law = -1 if stream.punctuality is None else laws.number(plain(stream.punctuality))
        for site in sites.numbers(stream.place):
            number = _line(lines, at, name, site, stream.service or "")
            n = 0
            for day, kind in enumerate(classes):
                if not sites.sites[site].open_on(kind):
                    continue
                for second in _expected(stream, day, kind):
                    tick = day * DAY_TICKS + round(second * 1000)
                    if tick < horizon:
                        yield max(tick, 0), stream.show, number, n, law
                    n += 1


def _expected(stream: Stream, day: int, kind: str) -> Iterator[float]:
    """Yield when those who are expected on a day may come at the earliest, in seconds since its midnight."""
    for one in stream.appointments:
        if one.on(day, kind):
            yield from itertools.repeat(one.at - stream.early_s, one.count)
    listed = stream.list
    if listed is not None and listed.on(day, kind):
        length = 0 if listed.until is None else listed.until - listed.at
        yield from (listed.at + length * k / listed.count for k in range(listed.count))


def _at_breaks(
    scenario: Scenario,
    sites: Sites,
    lines: list[_Line],
    at: dict[tuple[str, int, str], int],
    change: Records,
) -> Iterator[tuple[int, float, int, int, int]]:
    """Yield who comes at the planned breaks and shift ends of a team (BOOKED), and add their streams to `lines`.

    Of those who may be absent, the share that is not has breaks.
    """
    horizon = scenario.run.days * DAY_TICKS
    for name, stream in scenario.stream.items():
        if stream.breaks_of is None:
            continue
        show = stream.show * (1.0 - scenario.team[stream.breaks_of].absence)
        ops = [op for word, op in (("break", BREAKS), ("end", GOES)) if word in stream.breaks]
        for site in sites.numbers(stream.place):
            number = _line(lines, at, name, site, stream.service or "")
            pools = [n for n, post in enumerate(sites.posts) if post.team == stream.breaks_of and post.site == site]
            mine = change[np.isin(change["subject"], pools) & np.isin(change["op"], ops)]
            ticks = np.where(mine["op"] == GOES, mine["tick"] + mine["length"], mine["tick"])
            for n, tick in enumerate(ticks.tolist()):
                if tick < horizon:
                    yield tick, show, number, n, -1


def _logged(
    scenario: Scenario,
    sites: Sites,
    lines: list[_Line],
    at: dict[tuple[str, int, str], int],
    booked: list[tuple[int, float, int, int, int]],
) -> tuple[Records, dict[str, tuple[int, str]]]:
    """Add the visits of arrivals.csv to `booked` and their streams to `lines`; return who has a case (LOGGED)."""
    n_of: dict[int, int] = {}
    logged: list[tuple[int, int]] = []
    cases: dict[str, tuple[int, str]] = {}
    for row in scenario.arrivals:
        (site,) = sites.numbers(row.place)
        number = _line(lines, at, row.stream, site, row.service)
        n = n_of.get(number, 0)
        n_of[number] = n + 1
        tick = row.day * DAY_TICKS + round(row.time * 1000)
        booked.append((tick, 1.0, number, n, -1))
        if row.case:
            cases[row.case] = (len(logged), row.service)
            logged.append((number, n))
    return np.array(logged, LOGGED), cases


def hash_pairs(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return name → its 40-bit hash in two parts, all different."""
    return {name: (number >> 8, number & 0xFF) for name, number in _hashes(list(names)).items()}


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
