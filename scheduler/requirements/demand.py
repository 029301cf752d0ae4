"""What teams meet on each kind of day: the load of their visits by quarter-hour, before anybody waits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from scheduler.contracts import DAY_S, SLOT_S
from scheduler.requirements.passages import Floats, Passage, passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SLOTS = DAY_S // SLOT_S
ROLE = "remote_agent"
_MANY = 400
"""Beyond so many sources of a team's visits, day factors of single places or streams are taken to even out."""


@dataclass(frozen=True)
class Asked:
    """Others whom visits need while they hold a team.

    Attributes
    ----------
    posts : tuple of str
        Whoever of them is free.
    visits_per_hour : array of 96
        How many begin to wait for them.
    """

    posts: tuple[str, ...]
    visits_per_hour: Floats


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
    asks : tuple of Asked
        Whom these visits wait for while they hold the team: that lengthens the hold.
    room : int, optional
        Most visits that can be with the team or wait for it, because they hold equipment of which there is no more.
    sessions : int
        Customers whom one may serve at once.
    slower : tuple of float
        How many times as long a hold takes with 1, 2 … sessions at once.
    away : float
        Share of the people on shift who are not there: absence, and time for meetings and training.
    hold_s2 : float
        Second moment of the hold over the visits of the day, in s².
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
    asks: tuple[Asked, ...] = ()
    room: int | None = None
    sessions: int = 1
    slower: tuple[float, ...] = (1.0,)
    away: float = 0.0
    hold_s2: float = 0.0

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


def demands(scenario: sim.Scenario, teams: Sequence[str]) -> tuple[Demand, ...]:
    """Return what each planned team meets on each day class, if every visit goes to its first choice.

    Teams that are not planned but may take visits of those that are, or are waited for by them, stand in the answer
    with their people on duty. Waits before the team's queue are left out: the loop's simulation shows what they cost.
    """
    return Meetings(scenario).demands(teams)


def demands_together(
    scenario: sim.Scenario, teams: Sequence[str]
) -> tuple[tuple[tuple[str, ...], tuple[str, ...], Demand], ...]:
    """Return, for sets of planned posts, the visits that nobody but posts of the set may take, as one demand.

    Returns
    -------
    tuple of (posts, services, Demand)
        For each day class: the sets that visits of one kind have, and unions of them (`MOST_SETS` at most). Posts that
        are not planned are in them too. The demand is named after the first of the posts.
    """
    return Meetings(scenario).together(teams)


MOST_SETS = 64


def day_classes(scenario: sim.Scenario) -> tuple[str, ...]:
    """Return the class of each day of the run."""
    return tuple(scenario.run.day_class(day) for day in range(scenario.run.days))


def first_days(scenario: sim.Scenario) -> dict[str, int]:
    """Return day class → a day of it, one with a day before it where there is one."""
    classes = day_classes(scenario)
    found: dict[str, int] = {}
    for day, name in enumerate(classes):
        if name not in found or found[name] == 0:
            found[name] = day
    return {name: found[name] for name in dict.fromkeys(classes)}


Where = tuple[int, int]
"""Number of a site, and of a part of the day (`sim.Sites.parts`)."""


class Meetings:
    """Who of a scenario's visits meets which posts."""

    def __init__(self, scenario: sim.Scenario) -> None:
        self.scenario, self.sites = scenario, sim.Sites(scenario)
        self.offered = sim.offered(scenario)
        self.programs = {name: sim.expand(scenario.route, service)[0] for name, service in scenario.service.items()}
        self._passages: dict[tuple[str, int, str], Passage] = {}
        self._streams: dict[tuple[str, int], list[str]] = {}
        """(service, site) → the streams that may bring it there."""
        in_rates: dict[str, set[str]] = {}
        for row in scenario.rates:
            in_rates.setdefault(row.stream, set()).add(row.service)
        for name, stream in scenario.stream.items():
            for service in {
                *(stream.shares or ()),
                *([stream.service] if stream.service else ()),
                *in_rates.get(name, ()),
            }:
                for number in self.sites.numbers(stream.place):
                    self._streams.setdefault((service, number), []).append(name)
        self.of: dict[tuple[int, ...], dict[tuple[str, int], list[Where]]] = {}
        """Pools in order of preference → (service, step) → where visits ask for them there."""
        self.needs: dict[tuple[str, int, Where], list[tuple[int, ...]]] = {}
        """(service, step, where) → the pools of each need."""
        everywhere = [(site, part) for site in range(len(self.sites.sites)) for part in range(len(self.sites.parts))]
        for service, steps in self.programs.items():
            for index, step in enumerate(steps):
                if step.kind != "seize":
                    continue
                for site, part in everywhere:
                    for need in step.needs:
                        words = (pool for word in need for pool in self.sites.resolve(word, site, service, part))
                        pools = tuple(dict.fromkeys(words))
                        if pools:
                            self.of.setdefault(pools, {}).setdefault((service, index), []).append((site, part))
                            self.needs.setdefault((service, index, (site, part)), []).append(pools)

    def demands(self, teams: Sequence[str]) -> tuple[Demand, ...]:
        """Return the demands of the planned posts, and of those that help them or are waited for."""
        posts = self.sites.posts
        planned = {number for number, post in enumerate(posts) if post.team in teams}
        backups: dict[int, set[int]] = {}
        for pools in self.of:
            backups[pools[0]] = backups.get(pools[0], set(pools[1:])) & set(pools[1:])
        present = planned | {other for number in planned for other in backups.get(number, ())}
        present |= {pool for number in planned for pools in self._asked_by(number) for pool in pools}
        out = []
        for number in sorted(present):
            mine = [pools for pools in self.of if pools[0] == number]
            others = tuple(posts[one].name for one in sorted(backups.get(number, ())) if one in present)
            for day_class, day in first_days(self.scenario).items():
                one = self._demand(number, mine, day_class, day)
                one = replace(one, backups=others)
                if number not in planned:
                    site = self.sites.sites[posts[number].site]
                    one = replace(one, on_duty=_staffed(self.scenario, site, posts[number].team, day_class, day))
                out.append(one)
        return tuple(out)

    def together(self, teams: Sequence[str]) -> tuple[tuple[tuple[str, ...], tuple[str, ...], Demand], ...]:
        """Return the demand of visits that nobody outside a set of posts may take, for sets with a planned post."""
        posts = self.sites.posts
        planned = {number for number, post in enumerate(posts) if post.team in teams}
        kinds = {frozenset(pools) for pools in self.of if planned & set(pools)}
        out = []
        for members in _unions(kinds):
            mine = [pools for pools in self.of if set(pools) <= members]
            services = tuple(dict.fromkeys(service for pools in mine for service, _ in self.of[pools]))
            names = tuple(posts[number].name for number in sorted(members))
            for day_class, day in first_days(self.scenario).items():
                out.append((names, services, self._demand(min(members & planned), mine, day_class, day)))
        return tuple(out)

    def _asked_by(self, number: int) -> set[tuple[int, ...]]:
        """Return the pools of every need that visits wait for while they hold a post as first choice."""
        found = set()
        for pools, meetings in self.of.items():
            if pools[0] == number:
                for (service, index), places in meetings.items():
                    for step, _ in self.passage_of(service, index, number).asks:
                        found |= {one for place in places for one in self.needs.get((service, step, place), ())}
        return found

    def passage_of(self, service: str, index: int, number: int | None = None) -> Passage:
        """Return how a visit of a service passes a step if a post serves it, or one of plain speed."""
        team = self.sites.posts[number].spec if number is not None else None
        person = team if isinstance(team, sim.Team) else None
        plain = person is None or (person.speed == 1.0 and person.sessions == 1)
        key = (service, index, "" if plain or number is None else self.sites.posts[number].team)
        if key not in self._passages:
            self._passages[key] = passage(self.programs[service], index, person, self.scenario.table)
        return self._passages[key]

    def _demand(self, number: int, mine: Sequence[tuple[int, ...]], day_class: str, day: int) -> Demand:
        """Return the demand of a post for what asks for `mine` on a day, from its rates and the day before's."""
        post, start = self.sites.posts[number], np.asarray(self.offered.start_s, float)
        width = float(start[1] - start[0]) if len(start) > 1 else float(DAY_S)
        span = (start >= max(0, day - 1) * DAY_S) & (start < (day + 1) * DAY_S)
        edges: Floats = np.append(start[span], start[span][-1] + width)
        middle: Floats = np.asarray(day * DAY_S + SLOT_S * (np.arange(SLOTS) + 0.5), np.float64)
        ends: Floats = day * DAY_S + SLOT_S * np.arange(SLOTS + 1.0)
        load, begun = np.zeros(SLOTS), np.zeros(SLOTS)
        visits = work = squares = 0.0
        patience: dict[sim.LawValues | None, float] = {}
        asked: dict[tuple[int, ...], Floats] = {}
        slower: list[tuple[float, tuple[float, ...]]] = []
        sources: dict[tuple[str, int], float] = {}
        equipment: set[int] = set()
        everybody = True
        services = {name: i for i, name in enumerate(self.offered.services)}
        second = start[span] % DAY_S
        part_of = np.searchsorted(self.sites.parts, second, side="right") - 1
        meetings: dict[tuple[str, int], list[Where]] = {}
        for pools in mine:
            for key, places in self.of[pools].items():
                meetings.setdefault(key, []).extend(places)
        for (service, index), places in meetings.items():
            one = self.passage_of(service, index, number)
            by_place = np.asarray(self.offered.per_hour[[site for site, _ in places], services[service]], float)
            by_place = by_place[:, span] * (part_of == np.array([[part] for _, part in places]))
            some = np.asarray(by_place.any(axis=1))
            if not some.any():
                continue
            places = [place for place, here in zip(places, some.tolist(), strict=True) if here]
            by_place = by_place[some]
            rates = by_place.sum(axis=0) * one.share
            today = edges[:-1] >= day * DAY_S
            for (site, _), of_place in zip(places, by_place[:, today].sum(axis=1).tolist(), strict=True):
                sources[service, site] = sources.get((service, site), 0.0) + of_place * one.share
            new = self._begun(one, rates, edges, ends)
            load += self.load(one, rates, edges, middle)
            begun += new
            amount = float(rates[today].sum()) * width / 3600
            visits += amount
            work += amount * one.hold_s
            squares += amount * one.hold_s2
            slower.append((amount * one.hold_s, one.slower))
            patience[one.patience] = patience.get(one.patience, 0.0) + amount
            for step, times in one.asks:
                for where, of_place in zip(places, by_place.sum(axis=1).tolist(), strict=True):
                    share = of_place / float(by_place.sum())
                    for pools in self.needs.get((service, step, where), ()) if share else ():
                        asked[pools] = asked.get(pools, np.zeros(SLOTS)) + new * times * share
            held = self._equipment(service, one.holding, places)
            everybody = everybody and bool(held)
            equipment |= held
        posts = self.sites.posts
        single = sum(other.team == post.team for other in posts) == 1
        team = post.spec if isinstance(post.spec, sim.Team) else None
        return Demand(
            post.name,
            post.team,
            "*" if single else self.sites.sites[post.site].name,
            day_class,
            np.maximum(begun, 0.0) * 3600 / SLOT_S,
            load,
            work / visits if visits else 0.0,
            tuple((amount, law) for law, amount in patience.items()),
            self.day_cv(sources),
            (),
            asks=tuple(
                Asked(tuple(posts[pool].name for pool in pools), per_slot * 3600 / SLOT_S)
                for pools, per_slot in asked.items()
            ),
            room=self._units(equipment) if everybody and equipment else None,
            sessions=team.sessions if team else 1,
            slower=_mean_of(slower, team.sessions if team else 1),
            away=1 - (1 - team.absence) * (1 - team.shrinkage) if team else 0.0,
            hold_s2=squares / visits if visits else 0.0,
        )

    def _units(self, equipment: Iterable[int]) -> int:
        specs = [self.sites.posts[pool].spec for pool in equipment]
        return sum(spec.units for spec in specs if not isinstance(spec, sim.Team))

    def load(self, one: Passage, rates: Floats, edges: Floats, at_s: Floats) -> Floats:
        """Return the mean number held at `at_s`, in erlang."""
        delay = _expected_min(one.delay_s, one.delay_s2)
        if one.delay_s > 0:
            mean = one.delay_s + one.hold_s
            spread = _variance(one.delay_s, one.delay_s2) + _variance(one.hold_s, one.hold_s2)
            hold = _expected_min(mean, mean**2 + spread)
        else:
            hold = _expected_min(one.hold_s, one.hold_s2, one.law)
        return sim.theory.offered_load(at_s, edges, rates, hold, delay)

    def _begun(self, one: Passage, rates: Floats, edges: Floats, ends: Floats) -> Floats:
        """Return how many come to the queue between one of `ends` and the next."""
        delay = _expected_min(one.delay_s, one.delay_s2)
        return np.diff(sim.theory.offered_load(ends, edges, rates, lambda x: x, delay))

    def _equipment(self, service: str, holding: Iterable[int], places: Iterable[Where]) -> set[int]:
        """Return the equipment of which visits from every one of `places` hold a unit, or nothing."""
        found: set[int] = set()
        for place in places:
            held = {
                pool
                for step in holding
                for pools in self.needs.get((service, step, place), ())
                for pool in pools
                if not isinstance(self.sites.posts[pool].spec, sim.Team)
            }
            if not held:
                return set()
            found |= held
        return found

    def day_cv(self, sources: Mapping[tuple[str, int], float]) -> float:
        """Return the coefficient of variation of a day's visits, given the visits expected of (service, place).

        Factors that two sources share move both: E[N²] = Σ N_i N_j Π (1 + cv²) over the factors that i and j share.
        """
        scenario, total = self.scenario, sum(sources.values())
        if not total or not scenario.factor:
            return 0.0
        parts: dict[tuple[tuple[str, int, str], ...], float] = {}
        for (service, place), amount in sources.items():
            moved = self._factors(service, place)
            parts[moved] = parts.get(moved, 0.0) + amount
        if len(parts) > _MANY:
            single, parts = parts, {}
            for moved, amount in single.items():
                common = tuple(one for one in moved if one[1] < 0)
                parts[common] = parts.get(common, 0.0) + amount
        square = 0.0
        for one, a in parts.items():
            for other, b in parts.items():
                square += a * b * math.prod(1 + scenario.factor[key[0]].cv ** 2 for key in set(one) & set(other))
        return math.sqrt(max(0.0, square / total**2 - 1.0))

    def _factors(self, service: str, place: int) -> tuple[tuple[str, int, str], ...]:
        """Return the day factors of a source: name, place (−1: all) and stream ("": all) of each.

        Of several streams that bring a service to a place, the one that varies most.
        """
        scenario, best = self.scenario, 0.0
        found: tuple[tuple[str, int, str], ...] = ()
        for name in self._streams.get((service, place), ()):
            stream = scenario.stream[name]
            product = math.prod(1 + scenario.factor[factor].cv ** 2 for factor in stream.factors)
            if product > best:
                scopes = {factor: scenario.factor[factor].scope for factor in stream.factors}
                best = product
                found = tuple(
                    (factor, -1 if scope == "all" else place, name if scope == "stream" else "")
                    for factor, scope in sorted(scopes.items())
                )
        return found


def _unions(kinds: set[frozenset[int]]) -> list[frozenset[int]]:
    """Return sets and unions of sets that overlap, smaller ones first, at most `MOST_SETS`; the union of all is one."""
    found = sorted(kinds, key=lambda one: (len(one), sorted(one)))[:MOST_SETS]
    known = set(found)
    for one in found:
        for other in list(known):
            both = one | other
            if one & other and both not in known and len(known) < MOST_SETS:
                known.add(both)
    if kinds:
        known.add(frozenset().union(*kinds))
    return sorted(known, key=lambda one: (len(one), sorted(one)))


def _mean_of(slower: Sequence[tuple[float, tuple[float, ...]]], sessions: int) -> tuple[float, ...]:
    """Return the mean over the work of how many times as long it takes with 1, 2 … sessions."""
    total = sum(weight for weight, _ in slower)
    if sessions == 1 or not total:
        return (1.0,) * sessions
    return tuple(sum(weight * of[k] for weight, of in slower) / total for k in range(sessions))


def _expected_min(mean: float, second: float, law: sim.LawValues | None = None) -> sim.theory.ExpectedMin:
    """Return E[min(T, ·)] of a time: of its law if known, else of a lognormal with these moments."""
    if law is not None:
        return sim.theory.expected_min(law)
    if mean <= 0:
        return lambda x: np.zeros_like(x)
    cv = math.sqrt(max(0.0, second / mean**2 - 1.0))
    fitted = sim.LawValues("lognormal", mean, cv) if cv > 0.01 else sim.LawValues("deterministic", mean)
    return sim.theory.expected_min(fitted)


def _variance(mean: float, second: float) -> float:
    return max(0.0, second - mean**2)


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
