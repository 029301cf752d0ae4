"""The work that branches ask of remote teams, in numbers: who may take it, how much it is, what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from scheduler.assignment.problem import Floats, Problem
from scheduler.contracts import SLOT_S
from scheduler.requirements import SLOTS, Demand, Meetings, carried, enough, first_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.assignment.limits import Limits, Pair

_UNIT = 0.01
"""Loads are counted in hundredths of an erlang, coarser where a team may have more than `_CELLS` of them."""
_CELLS = 3000


@dataclass(frozen=True)
class Work:
    """The work of one role in one part of the day, as a problem and the names behind its numbers."""

    problem: Problem
    pieces: tuple[tuple[int, tuple[str, ...]], ...]
    """(site, services) of each piece."""
    able: NDArray[np.bool_]
    """(pieces, teams) who may be back-up."""
    now: tuple[str | None, ...]
    """First choice of each piece as it is."""
    hours: float
    one_pool: int
    alone: int


class Works:
    """The work of every role in every part of the day."""

    def __init__(self, scenario: sim.Scenario, promise: sim.Promise, limits: Limits, sure: float | None) -> None:
        self.scenario, self.promise, self.limits, self.sure = scenario, promise, limits, sure
        self.meetings = Meetings(scenario)
        self.sites = self.meetings.sites
        self.makers: dict[tuple[str, int, int, str], set[str]] = {}
        """(role, part, site, service) → units of first choice and back-up, once they are known."""

    def teams(self, role: str) -> list[int]:
        """Return the posts to assign: teams of a role that stand at one place, not at a branch that they serve."""
        posts = self.sites.posts
        alone = [n for n, post in enumerate(posts) if sum(one.team == post.team for one in posts) == 1]
        found = [n for n in alone if posts[n].role == role and isinstance(posts[n].spec, sim.Team)]
        if not found:
            known = ", ".join(sorted({post.role for post in posts if isinstance(post.spec, sim.Team)}))
            raise sim.InputError.one("assign_no_team", field="roles", value=role, known=known)
        return found

    def _asking(self, role: str, teams: Sequence[int]) -> dict[tuple[str, int], list[int]]:
        """Return (service, step) → sites whose visits ask there for a role that nobody of their own has."""
        words = {role, *(self.sites.posts[n].team for n in teams)}
        centre = {self.sites.posts[n].site for n in teams}
        own = {post.site for post in self.sites.posts if post.role == role} - centre
        out: dict[tuple[str, int], list[int]] = {}
        offered = self.meetings.offered.per_hour.sum(axis=2)
        for number, (service, steps) in enumerate(self.meetings.programs.items()):
            for index, step in enumerate(steps):
                asked = {word.removesuffix(".backup") for need in step.needs for word in need}
                if step.kind == "seize" and asked & words:
                    out[service, index] = [
                        site
                        for site in np.flatnonzero(offered[:, number] > 0).tolist()
                        if not own.intersection(self.sites.ancestors(site))
                    ]
        return out

    def _loads(
        self, asking: Mapping[tuple[str, int], Sequence[int]]
    ) -> tuple[dict[str, Floats], dict[str, Floats], str]:
        """Return service → erlang and service → visits an hour, by (site, slot) of the busiest day class, and that."""
        best: tuple[float, str] = (-1.0, "")
        kept: tuple[dict[str, Floats], dict[str, Floats]] = ({}, {})
        offered, n_sites = self.meetings.offered, len(self.sites.sites)
        start = np.asarray(offered.start_s, float)
        width = float(start[1] - start[0]) if len(start) > 1 else 86_400.0
        which = {name: i for i, name in enumerate(offered.services)}
        for day_class, day in first_days(self.scenario).items():
            span = (start >= max(0, day - 1) * 86_400) & (start < (day + 1) * 86_400)
            edges: Floats = np.append(start[span], start[span][-1] + width)
            middle: Floats = np.asarray(day * 86_400 + SLOT_S * (np.arange(SLOTS) + 0.5), np.float64)
            load: dict[str, Floats] = {}
            rate: dict[str, Floats] = {}
            for (service, index), sites in asking.items():
                one = self.meetings.passage_of(service, index)
                rates = np.asarray(offered.per_hour[sites, which[service]], float)[:, span] * one.share
                held = self.meetings.load(one, rates.T, edges, middle)
                load.setdefault(service, np.zeros((n_sites, SLOTS)))[sites] += held.T
                rate.setdefault(service, np.zeros((n_sites, SLOTS)))[sites] += held.T / (one.hold_s or 1.0) * 3600
            total = float(sum(one.sum() for one in load.values()))
            if total > best[0]:
                best, kept = (total, day_class), (load, rate)
        return *kept, best[1]

    def work(self, role: str, part: int, teams: list[int]) -> Work | None:
        """Return the problem of one role in one part of the day; None when there is no work."""
        asking = self._asking(role, teams)
        load, rate, _ = self._loads(asking)
        begin, end = (second // SLOT_S for second in self.limits.spans[part])
        total = sum((one.sum(axis=0) for one in load.values()), np.zeros(SLOTS))[begin:end]
        if not total.size or total.max() <= 0:
            return None
        slot = begin + int(np.argmax(total))
        hours = float((total > 0.02 * total.max()).sum()) * SLOT_S / 3600
        names = [self.sites.posts[n].team for n in teams]
        able = {service: self._able(service, teams) for service in load}
        groups: dict[frozenset[int], list[str]] = {}
        for service, who in able.items():
            groups.setdefault(who, []).append(service)
        pieces: list[tuple[int, tuple[str, ...]]] = []
        loads: list[float] = []
        able_for: list[list[bool]] = []
        allowed: list[list[bool]] = []
        for site in range(len(self.sites.sites)):
            by_who: dict[tuple[tuple[bool, ...], frozenset[str]], list[str]] = {}
            for services in groups.values():
                for service in services:
                    if load[service][site, begin:end].max() > 0:
                        may = tuple(self._may(role, part, site, service, n, able[service]) for n in teams)
                        by_who.setdefault((may, self._fixed(role, site, service)), []).append(service)
            for (may, fixed), services in by_who.items():
                amount = sum(float(load[service][site, slot]) for service in services)
                pieces.append((site, tuple(services)))
                loads.append(max(amount, _UNIT / 2))
                able_for.append(list(may))
                allowed.append([m and (not fixed or name in fixed) for m, name in zip(may, names, strict=True)])
        kinds = self._kinds(asking, load, rate, slot, teams, able)
        most_of = self._most_loads(np.array(loads), np.array(allowed), [site for site, _ in pieces], names)
        unit = max(_UNIT, max(most_of) / _CELLS)
        short = self.scenario.rules.short_abandon_s
        alike: dict[tuple[object, ...], list[int]] = {}
        for r, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            people = self.limits.of_team(name).people
            key = (kind.hold_s, kind.patience, kind.day_cv, kind.sessions, kind.slower, kind.away, people)
            alike.setdefault(key, []).append(r)
        steps: list[Any] = [None] * len(names)
        for members in alike.values():
            people = self.limits.of_team(names[members[0]]).people
            most = max(most_of[r] for r in members)
            found = carried(kinds[members[0]], self.promise, most, people=people, short_abandon_s=short, sure=self.sure)
            for r in members:
                steps[r] = np.floor(np.array(found) / unit).astype(np.int64)
        wages = np.array([self.scenario.team[name].cost_per_hour for name in names])
        price = (wages if wages.any() else np.ones(len(names))) * hours
        now = tuple(self._now(role, site, services, part) for site, services in pieces)
        changed = np.zeros((len(pieces), len(names)))
        for i, before in enumerate(now):
            changed[i] = [self.limits.change_price * (before is not None and before != name) for name in names]
        whole = np.maximum(np.rint(np.array(loads) / unit), 1).astype(np.int64)
        most_branches = [self.limits.of_team(name).most_branches for name in names]
        problem = Problem(
            unit,
            whole,
            np.array([site for site, _ in pieces], np.int64),
            np.array(allowed, bool),
            tuple(steps),
            price,
            np.array([len(pieces) if one is None else one for one in most_branches], np.int64),
            changed,
        )
        pool, alone = self._extremes(kinds, problem, short)
        able_at = np.array(able_for, bool)
        return Work(problem, tuple(pieces), able_at, now, hours, pool, alone)

    def _extremes(self, kinds: Sequence[Demand], problem: Problem, short: float) -> tuple[int, int]:
        """Return the people if all work were one pool's, and if each branch's were its own."""
        kind = max(kinds, key=lambda one: float(one.visits_per_hour.sum()))
        by_branch = np.bincount(problem.branch, problem.loads) * problem.unit
        steps = carried(kind, self.promise, float(by_branch.max()), short_abandon_s=short, sure=self.sure)
        alone = np.searchsorted(steps, by_branch[by_branch > 0] - 1e-9)
        of_all = replace(kind, load=np.full(SLOTS, float(problem.loads.sum()) * problem.unit))
        return enough(of_all, self.promise, short_abandon_s=short, sure=self.sure)[0], int(alone.sum())

    def _able(self, service: str, teams: Sequence[int]) -> frozenset[int]:
        """Return the posts with the skill and the licences for a service (permission matrix)."""
        needed = set(self.limits.licences.get(service, ()))
        return frozenset(
            n
            for n in teams
            if self.sites.posts[n].permitted(service)
            and needed <= set(self.limits.of_team(self.sites.posts[n].team).licences)
        )

    def _may(self, role: str, part: int, site: int, service: str, number: int, able: frozenset[int]) -> bool:
        """Tell whether a post may be first choice for a service of a branch in a part of the day."""
        if number not in able or self._barred(site, service, number):
            return False
        team = self.sites.posts[number].team
        if role in self.limits.checkers:
            makers = self.makers.get((self.limits.checkers[role], part, site, service), set())
            return self.limits.unit(team) not in makers
        return self.leaves_a_checker(role, site, service, {self.limits.unit(team)})

    def leaves_a_checker(self, role: str, site: int, service: str, makers: set[str]) -> bool:
        """Tell whether somebody of another unit may still check what these units make."""
        for checker, maker_role in self.limits.checkers.items():
            if maker_role == role:
                others = [n for n, post in enumerate(self.sites.posts) if post.role == checker]
                able = [n for n in self._able(service, others) if not self._barred(site, service, n)]
                if not {self.limits.unit(self.sites.posts[n].team) for n in able} - makers:
                    return False
        return True

    def _fixed(self, role: str, site: int, service: str) -> frozenset[str]:
        """Return the teams of a role of which one has to be first choice, by hand; empty: any."""
        return frozenset(
            pair.team
            for pair in self.limits.fixed
            if self._meant(pair, site, service) and self._role(pair.team) == role
        )

    def _barred(self, site: int, service: str, number: int) -> bool:
        """Tell whether place, dialect, city or a bar by hand keeps a post from a branch."""
        post, limit = self.sites.posts[number], self.limits.of_team(self.sites.posts[number].team)
        above = {
            name
            for n in self.sites.ancestors(site)
            for name in (self.sites.sites[n].name, self.sites.sites[n].template)
        }
        if limit.places and not above.intersection(limit.places):
            return True
        spoken = set(limit.dialects)
        if any(not set(needed) <= spoken for place, needed in self.limits.dialects.items() if place in above):
            return True
        if self.limits.same_city and self._city(site) != self._city(post.site):
            return True
        return any(pair.team == post.team and self._meant(pair, site, service) for pair in self.limits.barred)

    def _meant(self, pair: Pair, site: int, service: str) -> bool:
        above = {
            name
            for n in self.sites.ancestors(site)
            for name in (self.sites.sites[n].name, self.sites.sites[n].template)
        }
        return (pair.place == "*" or pair.place in above) and pair.service in ("*", service)

    def _role(self, team: str) -> str:
        return self.scenario.team[team].role or team

    def _city(self, site: int) -> int:
        """Return the city of a site, the topmost place where there is none."""
        up = self.sites.ancestors(site)
        return next((n for n in up if self.sites.sites[n].place.kind == "city"), up[-1])

    def _now(self, role: str, site: int, services: Sequence[str], part: int) -> str | None:
        """Return the team that is first choice now for most of some services of a branch."""
        at = max(n for n, second in enumerate(self.sites.parts) if second <= self.limits.spans[part][0])
        found: dict[str, int] = {}
        for service in services:
            for pool in self.sites.resolve(role, site, service, at)[:1]:
                found[self.sites.posts[pool].team] = found.get(self.sites.posts[pool].team, 0) + 1
        return max(found, key=lambda name: found[name]) if found else None

    def _kinds(
        self,
        asking: Mapping[tuple[str, int], Sequence[int]],
        load: Mapping[str, Floats],
        rate: Mapping[str, Floats],
        slot: int,
        teams: Sequence[int],
        able: Mapping[str, frozenset[int]],
    ) -> list[Demand]:
        """Return, for each team, what one of its customers is like: the mean of all whom it may serve."""
        known: dict[tuple[object, ...], Demand] = {}
        out = []
        sources = {
            (service, site): float(rate[service][site].sum())
            for (service, _), sites in asking.items()
            for site in sites
        }
        cv = self.meetings.day_cv(sources)
        for n in teams:
            spec = self.sites.posts[n].spec
            person = spec if isinstance(spec, sim.Team) else None
            mine = tuple(service for service, who in able.items() if n in who)
            key = (
                mine,
                person and (person.speed, person.sessions, person.absence, person.shrinkage, person.tenure_days),
            )
            if key not in known:
                known[key] = self._kind(n, mine, asking, rate, slot, cv)
            out.append(replace(known[key], post=self.sites.posts[n].name, team=self.sites.posts[n].team))
        return out

    def _kind(
        self,
        number: int,
        services: Sequence[str],
        asking: Mapping[tuple[str, int], Sequence[int]],
        rate: Mapping[str, Floats],
        slot: int,
        cv: float,
    ) -> Demand:
        spec = self.sites.posts[number].spec
        team = spec if isinstance(spec, sim.Team) else sim.Team()
        visits = work = 0.0
        patience: dict[sim.LawValues | None, float] = {}
        slower = np.zeros(team.sessions)
        for service, index in asking:
            if service not in services:
                continue
            one = self.meetings.passage_of(service, index, number)
            amount = float(rate[service][:, slot].sum())
            visits += amount
            work += amount * one.hold_s
            slower += amount * one.hold_s * np.array(one.slower)
            patience[one.patience] = patience.get(one.patience, 0.0) + amount
        return Demand(
            self.sites.posts[number].name,
            self.sites.posts[number].team,
            "*",
            "*",
            np.full(SLOTS, visits / SLOTS),
            np.zeros(SLOTS),
            work / visits if visits else 1.0,
            tuple((amount, law) for law, amount in patience.items()),
            cv,
            (),
            sessions=team.sessions,
            slower=tuple((slower / work).tolist()) if work else (1.0,) * team.sessions,
            away=1 - (1 - team.absence) * (1 - team.shrinkage),
        )

    def _most_loads(self, loads: Floats, allowed: Any, sites: Sequence[int], names: Sequence[str]) -> list[float]:
        """Return the largest load that each team could have within its number of branches."""
        out = []
        for r, name in enumerate(names):
            by_site: dict[int, float] = {}
            for i, site in enumerate(sites):
                if allowed[i, r]:
                    by_site[site] = by_site.get(site, 0.0) + float(loads[i])
            most = self.limits.of_team(name).most_branches
            out.append(sum(sorted(by_site.values(), reverse=True)[: len(by_site) if most is None else most]) or _UNIT)
        return out
