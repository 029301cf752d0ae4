"""Requirements: the people a team needs in each quarter-hour to keep a promise, by Erlang A."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import sim
from scheduler.contracts import DAY_S, SLOT_S
from scheduler.plan import Need

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Floats = NDArray[np.float64]
SLOTS = DAY_S // SLOT_S
ROLE = "remote_agent"
_QUIET = 0.05
"""Fewer visits than this in a quarter-hour do not call for somebody to be there for them."""
_DAYS = 3
"""Kinds of day (from quiet to busy) that stand for the gamma day factor."""


@dataclass(frozen=True)
class Passage:
    """How one service meets one team: how often, how long after the arrival, for how long.

    Attributes
    ----------
    share : float
        Mean number of times that a visit of the service takes one of the team.
    delay_s, delay_s2 : float
        Mean (s) and second moment (s²) of the time from the arrival to the queue of the team, without waits.
    hold_s, hold_s2 : float
        The same of the time held: from `seize` to `release`, with all that happens between, without waits.
    law : sim.LawValues or None
        The law of the hold where it is one step's.
    patience_s : float
        Mean patience in the queue; infinite where there is none.
    """

    share: float
    delay_s: float
    delay_s2: float
    hold_s: float
    hold_s2: float
    law: sim.LawValues | None
    patience_s: float


@dataclass(frozen=True)
class Demand:
    """What one team meets on one day class, by quarter-hour (arrays of 96).

    Attributes
    ----------
    post : str
        Pool name: the team's, or ``team@place`` for a team of a template.
    team, place : str
        `place` is ``*`` where the team stands at one place only.
    visits_per_hour : array
        Visits that reach the team's queue, if nobody waited before.
    load : array
        Mean number held at the middle of the quarter-hour if nobody had to queue, in erlang.
    hold_s, patience_s : float
        Means over the visits of the day, in seconds.
    day_cv : float
        Coefficient of variation of the factor of a day.
    backups : tuple of str
        Other planned posts that may take every one of these visits.
    """

    post: str
    team: str
    place: str
    day_class: str
    visits_per_hour: Floats
    load: Floats
    hold_s: float
    patience_s: float
    day_cv: float
    backups: tuple[str, ...]


def teams_to_plan(scenario: sim.Scenario, teams: Sequence[str] | None) -> tuple[str, ...]:
    """Return the teams to plan: those named, else the remote agents of centres, else everybody in centres.

    Raises
    ------
    sim.InputError
        ``unknown_team``, or ``plan_no_team`` when there is nobody to plan.
    """
    if teams is not None:
        unknown = [name for name in teams if name not in scenario.team]
        if unknown:
            known = ", ".join(sorted(scenario.team))
            raise sim.InputError([sim.Fault("unknown_team", "", "teams", name, {"known": known}) for name in unknown])
        if teams:
            return tuple(dict.fromkeys(teams))
    centres = {name for name, place in scenario.place.items() if place.kind in ("centre", "site")}
    central = [
        name for name, team in scenario.team.items() if team.place in centres or (team.place is None and team.human)
    ]
    remote = [name for name in central if scenario.team[name].role == ROLE]
    found = remote or [name for name in central if scenario.team[name].human]
    if not found:
        raise sim.InputError.one("plan_no_team", field="teams", known=", ".join(sorted(scenario.team)))
    return tuple(found)


def queues(scenario: sim.Scenario, teams: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return the names of the seizures that take one of `teams`, and whether customers queue for others."""
    sites = sim.Sites(scenario)
    ours: dict[str, None] = {}
    others = False
    for name, service in scenario.service.items():
        for step in sim.expand(scenario.route, service)[0]:
            if step.kind != "seize":
                continue
            pools = {
                pool
                for number in range(len(sites.sites))
                for need in step.needs
                for word in need
                for pool in sites.resolve(word, number, name)
            }
            if any(sites.posts[pool].team in teams for pool in pools):
                ours[step.name.partition(".")[2]] = None
            elif pools:
                others = True
    return tuple(ours), others


def moments(steps: Sequence[sim.Step], stops: Iterable[int]) -> tuple[Floats, Floats, Floats]:
    """Return for each step P(a visit there reaches `stops`), and E[time], E[time²] on the paths that do.

    First-step analysis of the program as a Markov chain, (I − P) x = b, waits left out and nobody giving
    up. The time (s) is up to the first of `stops`; the second and third result are not yet divided by the
    first.
    """
    n = len(steps)
    stop = set(stops)
    move, first, second = np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for index, step in enumerate(steps):
        if index in stop or step.kind == "leave":
            continue
        if step.kind == "transfer":
            before = 0.0
            for cumulative, target in step.targets:
                move[index, target] += cumulative - before
                before = cumulative
        else:
            move[index, step.next] = 1.0
        if step.kind == "advance" and step.law is not None:
            first[index], second[index] = sim.theory.law_moments(step.law)
    system = np.eye(n) - move
    reached = np.zeros(n)
    reached[list(stop)] = 1.0
    p = np.linalg.solve(system, reached)
    after = move @ p
    time = np.linalg.solve(system, first * after)
    squares = np.linalg.solve(system, second * after + 2 * first * (move @ time))
    return np.asarray(p, float), np.asarray(time, float), np.asarray(squares, float)


def passages(steps: Sequence[sim.Step], seize: int) -> Passage:
    """Return how a visit of a program passes the `seize` step with this index."""
    ends = [i for i, step in enumerate(steps) if step.kind == "release" and seize in step.releases]
    ends += [i for i, step in enumerate(steps) if step.kind == "leave"]
    begin = steps[seize].next
    _, hold, hold2 = moments(steps, ends)
    p, delay, delay2 = moments(steps, [seize])
    again = max((moments_from(steps, end, seize) for end in ends), default=0.0)
    times = float(p[0]) / max(1e-9, 1.0 - again)
    reach = float(p[0]) or 1.0
    patience = steps[seize].patience
    return Passage(
        share=times,
        delay_s=float(delay[0]) / reach,
        delay_s2=float(delay2[0]) / reach,
        hold_s=float(hold[begin]),
        hold_s2=float(hold2[begin]),
        law=_only_law(steps, begin, set(ends)),
        patience_s=math.inf if patience is None else sim.theory.law_moments(patience)[0],
    )


def moments_from(steps: Sequence[sim.Step], end: int, seize: int) -> float:
    """Return the probability that a visit which gives back at `end` takes the team at `seize` once more."""
    if steps[end].kind == "leave":
        return 0.0
    p, _, _ = moments(steps, [seize])
    return float(p[steps[end].next])


def _only_law(steps: Sequence[sim.Step], begin: int, ends: set[int]) -> sim.LawValues | None:
    """Return the law of the one step that takes time between `begin` and `ends`, if there is just one."""
    law, index = None, begin
    while index not in ends:
        step = steps[index]
        if step.kind == "transfer" or (step.law is not None and law is not None):
            return None
        law = step.law if step.law is not None else law
        index = step.next
    return law


def _expected_min(mean: float, second: float, law: sim.LawValues | None = None) -> sim.theory.ExpectedMin:
    """Return E[min(T, ·)] of a time: of its law if known, else of a lognormal with these moments."""
    if law is not None:
        return sim.theory.expected_min(law)
    if mean <= 0:
        return lambda x: np.zeros_like(x)
    cv = math.sqrt(max(0.0, second / mean**2 - 1.0))
    fitted = sim.LawValues("lognormal", mean, cv) if cv > 0.01 else sim.LawValues("deterministic", mean)
    return sim.theory.expected_min(fitted)


def demands(scenario: sim.Scenario, teams: Sequence[str]) -> tuple[Demand, ...]:
    """Return what each planned team meets on each day class, if every visit goes to its first choice.

    Waits before the team's queue are left out, and so are waits for others while one of the team is held: the
    loop's simulation shows what they cost.
    """
    sites = sim.Sites(scenario)
    offered = sim.offered(scenario)
    programs = {name: sim.expand(scenario.route, service)[0] for name, service in scenario.service.items()}
    met, backups = _met(scenario, sites, programs, set(teams))
    first_days = _first_days(scenario)
    out = []
    for number, post in enumerate(sites.posts):
        if post.team not in teams:
            continue
        single = sum(other.team == post.team for other in sites.posts) == 1
        place = "*" if single else sites.sites[post.site].name
        for day_class, day in first_days.items():
            names = (post.name, post.team, place)
            others = tuple(sites.posts[other].name for other in sorted(backups.get(number, ())))
            out.append(_demand(scenario, offered, met.get(number, {}), names, others, day_class, day))
    return tuple(out)


def day_classes(scenario: sim.Scenario) -> tuple[str, ...]:
    """Return the class of each day of the run."""
    classes = scenario.run.day_classes
    return tuple(classes[day % len(classes)] for day in range(scenario.run.days))


def _first_days(scenario: sim.Scenario) -> dict[str, int]:
    """Return day class → a day of it, one with a day before it where there is one."""
    classes = day_classes(scenario)
    found: dict[str, int] = {}
    for day, name in enumerate(classes):
        if name not in found or found[name] == 0:
            found[name] = day
    return {name: found[name] for name in dict.fromkeys(classes)}


def _met(
    scenario: sim.Scenario,
    sites: sim.Sites,
    programs: Mapping[str, Sequence[sim.Step]],
    teams: set[str],
) -> tuple[dict[int, dict[str, list[tuple[str, Passage]]]], dict[int, set[int]]]:
    """Return who passes which post of `teams` as first choice, and which others of them may take all of that.

    Both are keyed by the number of the post; the first holds service → (place, passage).
    """
    met: dict[int, dict[str, list[tuple[str, Passage]]]] = {}
    backups: dict[int, set[int]] = {}
    for service, steps in programs.items():
        for index, step in enumerate(steps):
            if step.kind != "seize":
                continue
            passage: Passage | None = None
            for number, site in enumerate(sites.sites):
                for need in step.needs:
                    pools = [pool for word in need for pool in sites.resolve(word, number, service)]
                    if pools and sites.posts[pools[0]].team in teams:
                        passage = passage or passages(steps, index)
                        met.setdefault(pools[0], {}).setdefault(service, []).append((site.name, passage))
                        others = {n for n in pools[1:] if sites.posts[n].team in teams}
                        backups[pools[0]] = backups.get(pools[0], others) & others
    return met, backups


def _demand(
    scenario: sim.Scenario,
    offered: sim.OfferedRates,
    met: Mapping[str, Sequence[tuple[str, Passage]]],
    names: tuple[str, str, str],
    backups: tuple[str, ...],
    day_class: str,
    day: int,
) -> Demand:
    """Return the demand of one post on one day class, from the rates of the day and the day before."""
    start = np.asarray(offered.start_s, float)
    width = float(start[1] - start[0]) if len(start) > 1 else float(DAY_S)
    from_s, to_s = max(0, day - 1) * DAY_S, (day + 1) * DAY_S
    span = (start >= from_s) & (start < to_s)
    edges = np.append(start[span], start[span][-1] + width)
    middle = day * DAY_S + SLOT_S * (np.arange(SLOTS) + 0.5)
    ends = day * DAY_S + SLOT_S * np.arange(SLOTS + 1.0)
    load, begun = np.zeros(SLOTS), np.zeros(SLOTS)
    visits = work = impatience = 0.0
    places = {name: i for i, name in enumerate(offered.places)}
    for service, meetings in met.items():
        which = offered.services.index(service)
        together: dict[Passage, Floats] = {}
        for place, passage in meetings:
            rates = np.asarray(offered.per_hour[places[place], which, span], float)
            together[passage] = together.get(passage, np.zeros(len(rates))) + rates * passage.share
        for passage, rates in together.items():
            if not rates.any():
                continue
            delay = _expected_min(passage.delay_s, passage.delay_s2)
            if passage.delay_s > 0:
                mean = passage.delay_s + passage.hold_s
                both = (
                    mean**2 + _variance(passage.delay_s, passage.delay_s2) + _variance(passage.hold_s, passage.hold_s2)
                )
                hold = _expected_min(mean, both)
            else:
                hold = _expected_min(passage.hold_s, passage.hold_s2, passage.law)
            load += sim.theory.offered_load(middle, edges, rates, hold, delay)
            by_then = sim.theory.offered_load(ends, edges, rates, lambda x: x, delay)
            begun += np.diff(by_then)
            number = float(rates[edges[:-1] >= day * DAY_S].sum()) * width / 3600
            visits += number
            work += number * passage.hold_s
            impatience += number / passage.patience_s
    hold_s = work / visits if visits else 0.0
    return Demand(
        *names,
        day_class,
        np.maximum(begun, 0.0) * 3600 / SLOT_S,
        load,
        hold_s,
        visits / impatience if impatience else math.inf,
        _day_cv(scenario),
        backups,
    )


def _variance(mean: float, second: float) -> float:
    return max(0.0, second - mean**2)


def _day_cv(scenario: sim.Scenario) -> float:
    """Return the largest coefficient of variation of the product of the day factors of a stream."""
    largest = 0.0
    for stream in scenario.stream.values():
        product = math.prod(1 + scenario.factor[name].cv ** 2 for name in stream.factors)
        largest = max(largest, math.sqrt(product - 1))
    return largest


def kinds_of_day(cv: float) -> tuple[tuple[float, float], ...]:
    """Return (weight, factor) of days from quiet to busy that stand for a gamma day factor of mean 1."""
    if cv <= 0:
        return ((1.0, 1.0),)
    from scipy.special import gammaincinv

    shape = 1 / cv**2
    factors = [float(gammaincinv(shape, (i + 0.5) / _DAYS)) / shape for i in range(_DAYS)]
    mean = sum(factors) / _DAYS
    return tuple((1 / _DAYS, factor / mean) for factor in factors)


def by_theory(of_class: Sequence[Demand], promise: sim.Promise, short_abandon_s: float = 0.0) -> dict[str, list[int]]:
    """Return post → people needed in each quarter-hour, for the demands of one day class.

    Each post is sized by Erlang A at the rate of its modified offered load. A post whose visits may all go
    to others as well is sized with them as one pool: together they are enough, and it never gets more than
    alone.
    """
    alone = {one.post: _erlang(one.load, one.visits_per_hour, one, promise, short_abandon_s) for one in of_class}
    by_name = {one.post: one for one in of_class}
    out = dict(alone)
    for one in of_class:
        helpers = [by_name[name] for name in one.backups if not by_name[name].backups]
        if not helpers or one.hold_s <= 0:
            continue
        pool = [one, *helpers]
        load = np.sum([other.load for other in pool], axis=0)
        visits = np.sum([other.visits_per_hour for other in pool], axis=0)
        together = _erlang(load, visits, _pooled(pool), promise, short_abandon_s)
        out[one.post] = [
            max(min(a, 1), min(a, t - sum(alone[other.post][slot] for other in helpers)))
            for slot, (a, t) in enumerate(zip(alone[one.post], together, strict=True))
        ]
    return out


def _pooled(pool: Sequence[Demand]) -> Demand:
    """Return the first demand with the mean hold and patience of the whole pool."""
    visits = [float(one.visits_per_hour.sum()) for one in pool]
    total = sum(visits)
    hold_s = sum(v * one.hold_s for v, one in zip(visits, pool, strict=True)) / total
    impatience = sum(v / one.patience_s for v, one in zip(visits, pool, strict=True)) / total
    return replace(pool[0], hold_s=hold_s, patience_s=1 / impatience if impatience else math.inf)


def _erlang(
    load: Floats, visits_per_hour: Floats, of: Demand, promise: sim.Promise, short_abandon_s: float
) -> list[int]:
    """Return the people needed in each quarter-hour; where hardly anybody comes, enough to finish."""
    days = kinds_of_day(of.day_cv)
    known: dict[float, int] = {}
    out = []
    for held, visits in zip(load.tolist(), visits_per_hour.tolist(), strict=True):
        if visits * SLOT_S / 3600 < _QUIET or of.hold_s <= 0:
            out.append(math.floor(held + 0.5))
            continue
        rate = float(f"{held / of.hold_s * 3600:.3g}")
        if rate not in known:
            known[rate] = sim.theory.servers_needed(
                rate,
                of.hold_s,
                of.patience_s,
                share=promise.share,
                within_s=promise.within_s,
                sl_mode=promise.sl_mode,
                short_abandon_s=short_abandon_s,
                days=days,
            )
        out.append(max(1, known[rate]))
    return out


def needs(demand: Demand, theory: Sequence[int], servers: Sequence[int], on_duty: Sequence[int]) -> tuple[Need, ...]:
    """Return the rows of one team and day class for quarter-hours in which anybody is needed or on duty."""
    out = []
    for slot in range(SLOTS):
        if not (theory[slot] or servers[slot] or on_duty[slot]):
            continue
        load = float(demand.load[slot])
        out.append(
            Need(
                demand.team,
                demand.place,
                demand.day_class,
                slot * SLOT_S,
                load / demand.hold_s * 3600 if demand.hold_s else 0.0,
                load,
                demand.hold_s,
                demand.patience_s,
                theory[slot],
                servers[slot],
                on_duty[slot],
            )
        )
    return tuple(out)
