"""Requirements: the people a team needs in each quarter-hour to keep a promise, by Erlang A."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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
    patience : sim.LawValues or None
        The law of the patience in the queue; None is endless.
    """

    share: float
    delay_s: float
    delay_s2: float
    hold_s: float
    hold_s2: float
    law: sim.LawValues | None
    patience: sim.LawValues | None


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
    hold_s : float
        Mean over the visits of the day, in seconds.
    patience : tuple of (visits a day, law)
        Laws of the patience of the visits; None is endless.
    day_cv : float
        Coefficient of variation of the factor of a day.
    backups : tuple of str
        Other posts that may take every one of these visits.
    on_duty : tuple of int, optional
        People on duty in each quarter-hour where the team is not planned: they are there anyway.
    """

    post: str
    team: str
    place: str
    day_class: str
    visits_per_hour: Floats
    load: Floats
    hold_s: float
    patience: tuple[tuple[float, sim.LawValues | None], ...]
    day_cv: float
    backups: tuple[str, ...]
    on_duty: tuple[int, ...] | None = None

    @property
    def patience_s(self) -> float:
        """Return the mean patience in seconds; with endless patience among it, the mean of as many departures."""
        total = sum(number for number, _ in self.patience)
        means = [(number, sim.theory.law_moments(law)[0] if law else math.inf) for number, law in self.patience]
        if any(math.isinf(mean) for _, mean in means):
            leaving = sum(number / mean for number, mean in means)
            return total / leaving if leaving else math.inf
        return sum(number * mean for number, mean in means) / total if total else math.inf

    @property
    def leaving(self) -> sim.theory.ExpectedMin | None:
        """Return E[min(patience, ·)] where it is not one exponential law."""
        if any(law is None for _, law in self.patience) or not self.patience:
            return None
        if len({law for _, law in self.patience}) == 1 and self.patience[0][1].kind == "exponential":  # type: ignore[union-attr]
            return None
        total = sum(number for number, _ in self.patience)
        parts = [(number / total, sim.theory.expected_min(law)) for number, law in self.patience if law]
        return lambda x: np.sum([share * part(x) for share, part in parts], axis=0)


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
    return Passage(
        share=times,
        delay_s=float(delay[0]) / reach,
        delay_s2=float(delay2[0]) / reach,
        hold_s=float(hold[begin]),
        hold_s2=float(hold2[begin]),
        law=_only_law(steps, begin, set(ends)),
        patience=steps[seize].patience,
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

    Teams that are not planned but may take visits of those that are stand in the answer with their people on duty.
    Waits before the team's queue are left out, and so are waits for others while one of the team is held: the
    loop's simulation shows what they cost.
    """
    sites = sim.Sites(scenario)
    offered = sim.offered(scenario)
    programs = {name: sim.expand(scenario.route, service)[0] for name, service in scenario.service.items()}
    met, backups = _met(sites, programs)
    planned = {number for number, post in enumerate(sites.posts) if post.team in teams}
    helping = {other for number in planned for other in backups.get(number, ())} - planned
    out = []
    for number in sorted(planned | helping):
        post = sites.posts[number]
        single = sum(other.team == post.team for other in sites.posts) == 1
        names = (post.name, post.team, "*" if single else sites.sites[post.site].name)
        others = tuple(sites.posts[one].name for one in sorted(backups.get(number, ())) if one in planned | helping)
        for day_class, day in _first_days(scenario).items():
            one = _demand(scenario, offered, met.get(number, {}), names, others, day_class, day)
            if number in helping:
                one = replace(one, on_duty=_staffed(scenario, sites.sites[post.site], post.team, day_class, day))
            out.append(one)
    return tuple(out)


def _staffed(scenario: sim.Scenario, site: Any, team: str, day_class: str, day: int) -> tuple[int, ...]:
    """Return how many of a team are planned to be on duty in the whole of each quarter-hour of a day."""
    rows = [row for row in scenario.staffing if row.team == team]
    if not rows:
        spec = scenario.team.get(team)
        staff = scenario.pool[team].units if spec is None else spec.staff or 0
        begin, end = site.place.opens // SLOT_S, site.place.closes // SLOT_S
        open_today = site.open_on(day_class)
        return tuple(staff if open_today and begin <= slot < end else 0 for slot in range(SLOTS))
    out = [0] * SLOTS
    for row in rows:
        if row.place not in ("*", site.name, site.template) or row.day not in (None, day):
            continue
        if row.day_class not in ("*", day_class):
            continue
        for slot in range(-(-row.start // SLOT_S), min(SLOTS, row.end // SLOT_S)):
            at = slot * SLOT_S
            away = any(a < at + SLOT_S and at < b for a, b in (*row.meal, *row.breaks))
            out[slot] += 0 if away else row.count
    return tuple(out)


def day_classes(scenario: sim.Scenario) -> tuple[str, ...]:
    """Return the class of each day of the run."""
    return tuple(scenario.run.day_class(day) for day in range(scenario.run.days))


def _first_days(scenario: sim.Scenario) -> dict[str, int]:
    """Return day class → a day of it, one with a day before it where there is one."""
    classes = day_classes(scenario)
    found: dict[str, int] = {}
    for day, name in enumerate(classes):
        if name not in found or found[name] == 0:
            found[name] = day
    return {name: found[name] for name in dict.fromkeys(classes)}


def _met(
    sites: sim.Sites, programs: Mapping[str, Sequence[sim.Step]]
) -> tuple[dict[int, dict[str, list[tuple[str, Passage]]]], dict[int, set[int]]]:
    """Return who passes which post as first choice, and which other posts may take all of that.

    Both are keyed by the number of the post; the first holds service → (place, passage).
    """
    met: dict[int, dict[str, list[tuple[str, Passage]]]] = {}
    backups: dict[int, set[int]] = {}
    for service, steps in programs.items():
        for index, step in enumerate(steps):
            if step.kind != "seize":
                continue
            passage = passages(steps, index)
            for number, site in enumerate(sites.sites):
                for need in step.needs:
                    pools = [pool for word in need for pool in sites.resolve(word, number, service)]
                    if pools:
                        met.setdefault(pools[0], {}).setdefault(service, []).append((site.name, passage))
                        backups[pools[0]] = backups.get(pools[0], set(pools[1:])) & set(pools[1:])
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
    visits = work = 0.0
    patience: dict[sim.LawValues | None, float] = {}
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
            patience[passage.patience] = patience.get(passage.patience, 0.0) + number
    hold_s = work / visits if visits else 0.0
    return Demand(
        *names,
        day_class,
        np.maximum(begun, 0.0) * 3600 / SLOT_S,
        load,
        hold_s,
        tuple((number, law) for law, number in patience.items()),
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

    Each post is sized by M/M/s+G (Erlang A where patience is exponential) at the rate of its modified offered load. A
    post whose visits may all go to others as well is sized with them as one pool: together they are enough, and it
    never gets more than alone.
    """
    alone = {
        one.post: list(one.on_duty) if one.on_duty is not None else _enough(one, promise, short_abandon_s)
        for one in of_class
    }
    by_name = {one.post: one for one in of_class}
    out = {one.post: alone[one.post] for one in of_class if one.on_duty is None}
    for post in out:
        one = by_name[post]
        helpers = [by_name[name] for name in one.backups if not by_name[name].backups]
        if not helpers or one.hold_s <= 0:
            continue
        together = _enough(_pooled([one, *helpers]), promise, short_abandon_s)
        out[post] = [
            max(min(a, 1), min(a, t - sum(alone[other.post][slot] for other in helpers)))
            for slot, (a, t) in enumerate(zip(alone[post], together, strict=True))
        ]
    return out


def _pooled(pool: Sequence[Demand]) -> Demand:
    """Return the demand of several posts as if they were one."""
    visits = [float(one.visits_per_hour.sum()) for one in pool]
    hold_s = sum(v * one.hold_s for v, one in zip(visits, pool, strict=True)) / sum(visits)
    return replace(
        pool[0],
        load=np.sum([one.load for one in pool], axis=0),
        visits_per_hour=np.sum([one.visits_per_hour for one in pool], axis=0),
        hold_s=hold_s,
        patience=tuple(part for one in pool for part in one.patience),
    )


def _enough(of: Demand, promise: sim.Promise, short_abandon_s: float) -> list[int]:
    """Return the people needed in each quarter-hour; where hardly anybody comes, enough to finish."""
    days = kinds_of_day(of.day_cv)
    leaving, patience_s = of.leaving, of.patience_s
    known: dict[float, int] = {}
    out = []
    for held, visits in zip(of.load.tolist(), of.visits_per_hour.tolist(), strict=True):
        if visits * SLOT_S / 3600 < _QUIET or of.hold_s <= 0:
            out.append(math.floor(held + 0.5))
            continue
        rate = float(f"{held / of.hold_s * 3600:.3g}")
        if rate not in known:
            known[rate] = sim.theory.servers_needed(
                rate,
                of.hold_s,
                patience_s,
                share=promise.share,
                within_s=promise.within_s,
                sl_mode=promise.sl_mode,
                short_abandon_s=short_abandon_s,
                days=days,
                patience=leaving,
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
