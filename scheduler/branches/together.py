"""One problem for all who work in branches and centres: each group with its skills, places, posts and price."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sim
from scheduler import requirements, shifts
from scheduler.branches.rules import BranchRules, Minimum, rules
from scheduler.contracts import SLOT_S, contract
from scheduler.people import Staff
from scheduler.shifts import Group, Master, Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from scheduler.plan import Shift, Span

SLOTS = shifts.SLOTS


@dataclass(frozen=True)
class Called:
    """Somebody of a remote team who is called back to the counter of the branch in which he sits."""

    team: str
    place: str
    to_pool: str
    day_class: str
    start_s: int
    end_s: int


@dataclass(frozen=True)
class BranchDay:
    """Shifts of one day class: who there is, where they are needed, and what was found."""

    day_class: str
    groups: tuple[Group, ...]
    posts: tuple[Post, ...]
    found: Master


@dataclass(frozen=True)
class BranchStaff:
    """Staff of branches and centres over the days of a run.

    Attributes
    ----------
    scenario : sim.Scenario
        With a staffing row for each shift; moves and recalls are in them.
    status : str
        ``optimal`` or ``feasible``, ``infeasible`` (see `findings`) or ``unknown``: the worst of the days.
    cost, bound : float
        Over the days of the run, and below which no shifts within the rules meet the same posts; in the scenario's
        currency. Prices of recall are in both.
    days : tuple of BranchDay
        One for each day class.
    recalls : tuple of Called
    findings : tuple of sim.Finding
    """

    scenario: sim.Scenario
    rules: str
    contract: str
    status: str
    cost: float
    bound: float
    days: tuple[BranchDay, ...]
    recalls: tuple[Called, ...]
    findings: tuple[sim.Finding, ...]

    @property
    def gap(self) -> float:
        """Return (cost − bound) / cost; nan without shifts."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0


@dataclass(frozen=True)
class _Pool:
    """A team at one place."""

    name: str
    team: str
    role: str
    site: str
    wage: float


def branch_staff(
    scenario: sim.Scenario,
    promise: sim.Promise | None = None,
    *,
    posts: str | Path = "cn-branch",
    contracts: str | Path = "cn-standard",
    teams: Sequence[str] | None = None,
    people: Staff | Mapping[str, int] | None = None,
    seconds: float = 60.0,
) -> BranchStaff:
    """Return the cheapest shifts of branches and remote teams together that keep all minimum posts.

    Parameters
    ----------
    scenario : sim.Scenario
    promise : sim.Promise, optional
        Requirements are by theory for it; 80 % within 180 s when not given. Simulation has not tried the answer.
    posts : str or Path
        Minimum posts, mobile people and recall: an id or a TOML file.
    contracts : str or Path
        Labour rules: an id or a TOML file.
    teams : sequence of str, optional
        Teams to plan; everybody in branches and the remote agents of centres when not given.
    people : Staff or mapping, optional
        Named people (their skills tell who has a licence), or team → how many there are, at each of its places. As many
        as needed when a team is not in it; then everybody of a role is taken to have its licences, and a finding says
        so.
    seconds : float
        Time limit, for all day classes together.

    Raises
    ------
    sim.InputError
        Unknown team, place, role or file, or rules that are missing something.
    """
    book, law = rules(posts), contract(contracts)
    pools = _pools(scenario)
    names = _teams(scenario, pools, teams)
    _check(scenario, book, pools, names)
    wanted = promise or sim.Promise()
    demands = requirements.demands(scenario, names)
    classes = requirements.day_classes(scenario)
    kinds = tuple(dict.fromkeys(classes))
    days: list[BranchDay] = []
    findings: list[sim.Finding] = []
    rows: list[dict[str, Any]] = []
    recalls: list[Called] = []
    for kind in kinds:
        of_class = [one for one in demands if one.day_class == kind]
        servers = requirements.by_theory(of_class, wanted, scenario.rules.short_abandon_s)
        groups, wants, said = problem(scenario, names, kind, book, servers, people=people)
        findings += [one for one in said if one not in findings]
        found = shifts.master(groups, wants, law, seconds=seconds / len(kinds), gap=shifts.CLOSE)
        days.append(BranchDay(kind, groups, wants, found))
        findings += [sim.Finding(one.code, {"day_class": kind, **one.values}) for one in found.findings]
        made, called = _rows(scenario, pools, days[-1])
        rows += made
        recalls += called
    count = Counter(classes)
    cost = sum(day.found.cost * count[day.day_class] for day in days)
    bound = sum(day.found.bound * count[day.day_class] for day in days)
    order = ("optimal", "feasible", "unknown", "infeasible")
    status = max((day.found.status for day in days), key=order.index)
    staffed = scenario if math.isnan(cost) else _staffed(scenario, names, rows)
    return BranchStaff(staffed, book.id, law.id, status, cost, bound, tuple(days), tuple(recalls), tuple(findings))


def problem(
    scenario: sim.Scenario,
    teams: Sequence[str],
    day_class: str,
    book: BranchRules,
    servers: Mapping[str, Sequence[int]],
    *,
    people: Staff | Mapping[str, int] | None = None,
) -> tuple[tuple[Group, ...], tuple[Post, ...], tuple[sim.Finding, ...]]:
    """Return groups and posts of one day class, for `shifts.master`.

    Parameters
    ----------
    servers : mapping of pool to 96 numbers
        What customers need, as `requirements.by_theory` gives it. Pools of one site are posts there; pools of places
        that are no branch are served from anywhere.
    """
    pools = _pools(scenario)
    planned = [pool for pool in pools if pool.team in teams]
    sites = {site.name: site for site in sim.Sites(scenario).sites}
    branches = {name for name, site in sites.items() if site.place.kind == "branch"}
    assumed: set[str] = set()
    groups: list[Group] = []
    for pool in planned:
        groups += _groups(pool, book, people, assumed)
    by_place: dict[str, list[_Pool]] = {}
    for pool in pools:
        by_place.setdefault(pool.site, []).append(pool)
    for mobile in book.mobiles:
        where = _sites_of(scenario, mobile.places, branches)
        roles = [pool.name for place in where for pool in by_place.get(place, ()) if pool.role in mobile.roles]
        skills = (*roles, *(m.name for m in book.minimums if set(m.roles) & set(mobile.roles)))
        groups.append(
            Group(mobile.name, skills, mobile.wage_per_hour, mobile.people, places=where, travel_s=mobile.travel_s)
        )
    for recall in book.recalls:
        (home,) = [pool for pool in pools if pool.team == recall.team]
        for place in _sites_of(scenario, recall.places, branches):
            back = tuple(pool.name for pool in by_place.get(place, ()) if pool.role in recall.roles)
            name = f"{recall.team}@{place}"
            groups.append(
                Group(
                    name, (home.name,), home.wage, recall.people,
                    places=(place,), recalled=back, recall_per_hour=recall.per_hour,
                )
            )  # fmt: skip
    posts = [
        Post(pool.name, servers[pool.name], pool.site if pool.site in branches else "*")
        for pool in planned
        if any(servers.get(pool.name, ()))
    ]
    arriving = _arriving(scenario, day_class)
    roles_at = {place: {pool.role for pool in mine if pool.team in teams} for place, mine in by_place.items()}
    for minimum in book.minimums:
        for place in sorted(branches):
            asked = not minimum.services or arriving.get(place, set()) & set(minimum.services)
            if asked and sites[place].open_on(day_class) and set(minimum.roles) & roles_at.get(place, set()):
                posts.append(_post(minimum, sites[place].place.opens, sites[place].place.closes, place))
    said = tuple(
        sim.Finding("plan_licence_assumed", {"licence": one, "roles": ", ".join(_roles(book, one))})
        for one in sorted(assumed)
    )
    return tuple(groups), tuple(posts), said


def _roles(book: BranchRules, licence: str) -> list[str]:
    return sorted({role for minimum in book.minimums if minimum.licence == licence for role in minimum.roles})


def _post(minimum: Minimum, opens: int, closes: int, place: str) -> Post:
    first, last = max(0, opens + minimum.from_s), min(SLOTS * SLOT_S, closes + minimum.to_s)
    begin, end = first // SLOT_S, -(-last // SLOT_S)
    return Post(
        minimum.name, [minimum.people if begin <= slot < end else 0 for slot in range(SLOTS)], place, minimum.held
    )


def _groups(pool: _Pool, book: BranchRules, people: Staff | Mapping[str, int] | None, assumed: set[str]) -> list[Group]:
    """Return the groups of a pool: one, or one for each set of licences that its named people have."""
    mine = [minimum for minimum in book.minimums if pool.role in minimum.roles]
    licences = {minimum.licence for minimum in mine if minimum.licence}
    named = _named(pool, people)
    if named is None:
        assumed |= licences
        most = None if people is None or isinstance(people, Staff) else people.get(pool.team)
        skills = (pool.name, *(minimum.name for minimum in mine))
        return [Group(pool.name, skills, pool.wage, most, places=(pool.site,))]
    out = []
    for have, number in sorted(Counter(frozenset(licences & set(skills)) for skills in named).items(), key=str):
        skills = (pool.name, *(m.name for m in mine if m.licence is None or m.licence in have))
        name = pool.name + "".join(f"+{one}" for one in sorted(have))
        out.append(Group(name, skills, pool.wage, number, places=(pool.site,)))
    return out


def _named(pool: _Pool, people: Staff | Mapping[str, int] | None) -> list[tuple[str, ...]] | None:
    """Return the skills of the named people of a pool; None where nobody of the team is named."""
    if not isinstance(people, Staff):
        return None
    team = [person for person in people.people if person.team == pool.team]
    return [one.skills for one in team if one.place in ("", "*", pool.site)] if team else None


def _pools(scenario: sim.Scenario) -> list[_Pool]:
    sites = sim.Sites(scenario)
    return [
        _Pool(post.name, post.team, post.role, sites.sites[post.site].name, scenario.team[post.team].cost_per_hour)
        for post in sites.posts
        if post.team in scenario.team
    ]


def _teams(scenario: sim.Scenario, pools: Sequence[_Pool], teams: Sequence[str] | None) -> tuple[str, ...]:
    if teams is not None:
        return requirements.teams_to_plan(scenario, teams)
    kind = {site.name: site.place.kind for site in sim.Sites(scenario).sites}
    local = [pool.team for pool in pools if kind[pool.site] == "branch" and scenario.team[pool.team].human]
    remote = [name for name, team in scenario.team.items() if team.role == requirements.ROLE]
    found = tuple(dict.fromkeys([*local, *remote]))
    return found or requirements.teams_to_plan(scenario, None)


def _check(scenario: sim.Scenario, book: BranchRules, pools: Sequence[_Pool], teams: Sequence[str]) -> None:
    """Refuse names of rules that the scenario does not have."""
    roles = {pool.role for pool in pools} | {"service_manager"}
    places = set(scenario.place) | {site.name for site in sim.Sites(scenario).sites}
    faults = []
    for number, recall in enumerate(book.recalls):
        if sum(pool.team == recall.team for pool in pools) != 1:
            known = ", ".join(sorted(teams))
            faults.append(sim.Fault("unknown_team", book.id, f"recall.{number}.team", recall.team, {"known": known}))
    asked: list[tuple[str, tuple[str, ...]]] = [(f"mobile.{i}", one.places) for i, one in enumerate(book.mobiles)]
    asked += [(f"recall.{i}", one.places) for i, one in enumerate(book.recalls)]
    for field, names in asked:
        for name in names:
            if name not in places:
                known = ", ".join(sorted(scenario.place))
                faults.append(sim.Fault("unknown_place", book.id, f"{field}.places", name, {"known": known}))
    wanted: list[tuple[str, tuple[str, ...]]] = [(f"mobile.{i}", one.roles) for i, one in enumerate(book.mobiles)]
    wanted += [(f"recall.{i}", one.roles) for i, one in enumerate(book.recalls)]
    for field, names in wanted:
        for name in names:
            if name not in roles:
                known = ", ".join(sorted(roles))
                faults.append(sim.Fault("unknown_role_of_branch", book.id, f"{field}.roles", name, {"known": known}))
    if faults:
        raise sim.InputError(faults)


def _sites_of(scenario: sim.Scenario, places: Iterable[str], branches: set[str]) -> tuple[str, ...]:
    """Return the branches that are named, or are of a template, or lie below a place."""
    sites = sim.Sites(scenario)
    return tuple(
        sites.sites[number].name
        for number in sorted({one for name in places for one in sites.below(name)})
        if sites.sites[number].name in branches
    )


def _arriving(scenario: sim.Scenario, day_class: str) -> dict[str, set[str]]:
    """Return place → services of which anybody arrives there on the first day of a class."""
    day = requirements.day_classes(scenario).index(day_class)
    offered = sim.offered(scenario, 86_400)
    return {
        place: {service for j, service in enumerate(offered.services) if offered.per_hour[i, j, day] > 0}
        for i, place in enumerate(offered.places)
    }


# ------------------------------------------------------------------------------------------------ staffing rows


def _rows(scenario: sim.Scenario, pools: Sequence[_Pool], day: BranchDay) -> tuple[list[dict[str, Any]], list[Called]]:
    """Return the staffing rows of a day class, with moves and recalls in them, and the recalls."""
    by_name = {pool.name: pool for pool in pools}
    by_team: dict[str, list[_Pool]] = {}
    for pool in pools:
        by_team.setdefault(pool.team, []).append(pool)
    rows: list[dict[str, Any]] = []
    recalls: list[Called] = []
    short = _short_of(day)
    for group in day.groups:
        made = list(zip(day.found.shifts[group.name], day.found.stays[group.name], strict=True))
        own = by_name.get(group.skills[0])
        away = _away(day, group, [shift for shift, _ in made])
        for number, (shift, stays) in enumerate(made):
            for place, begin, end in stays:
                fixed = own if len(group.places) == 1 else None
                at = fixed or _stands_in(group, place, begin, end, by_name, short)
                if at is None:
                    continue
                calls = away.get(number, [])
                rows.append(_row(at, len(by_team[at.team]) > 1, day.day_class, shift, begin, end, calls))
                for to_pool, span in calls:
                    to = by_name[to_pool]
                    recalls.append(Called(at.team, place, to_pool, day.day_class, *span))
                    rows.append(_row(to, len(by_team[to.team]) > 1, day.day_class, None, *span, []))
    return rows, recalls


def _row(
    pool: _Pool,
    many: bool,
    day_class: str,
    shift: Shift | None,
    begin: int,
    end: int,
    calls: Sequence[tuple[str, Span]],
) -> dict[str, Any]:
    def inside(spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple((a, b) for a, b in spans if begin <= a and b <= end)

    return {
        "team": pool.team,
        "place": pool.site if many else "*",
        "day_class": day_class,
        "start": begin,
        "end": end,
        "meal": inside(shift.meal) if shift else (),
        "breaks": tuple(sorted((*inside(shift.breaks), *(span for _, span in calls)))) if shift else (),
    }


def _short_of(day: BranchDay) -> dict[tuple[str, int], float]:
    """Return (skill, slot) at each place → people whom the groups of the place leave missing at its posts."""
    out: dict[tuple[str, int], float] = {}
    for post in day.posts:
        for slot in range(SLOTS):
            there = sum(
                day.found.on_duty[group.name][slot]
                for group in day.groups
                if len(group.places) == 1 and post.skill in group.skills and post.place in ("*", *group.places)
            )
            out[f"{post.skill}@{post.place}", slot] = post.servers[slot] - there
    return out


def _stands_in(
    group: Group, place: str, begin: int, end: int, pools: Mapping[str, _Pool], short: Mapping[tuple[str, int], float]
) -> _Pool | None:
    """Return the pool of a place in which a mobile person is missed most during a stay."""
    here = [pools[skill] for skill in group.skills if skill in pools and pools[skill].site == place]
    slots = range(begin // SLOT_S, end // SLOT_S)

    def missing(pool: _Pool) -> float:
        return sum(max(0.0, short.get((f"{pool.name}@{place}", slot), 0.0)) for slot in slots)

    return max(here, key=missing, default=None)


def _away(day: BranchDay, group: Group, made: Sequence[Shift]) -> dict[int, list[tuple[str, Span]]]:
    """Return person → (pool, time) for which each is called back, one person as long as possible."""
    out: dict[int, list[tuple[str, Span]]] = {}
    busy: set[tuple[int, int]] = set()
    for (name, post), by_slot in day.found.work.items():
        called = next((one for one in group.recalled if post in (one, f"{one}@{group.places[0]}")), None)
        if name != group.name or called is None:
            continue
        last: list[int] = []
        for slot in range(SLOTS):
            number = round(by_slot[slot])
            on = [p for p, shift in enumerate(made) if _on_duty(shift, slot) and (p, slot) not in busy]
            chosen = sorted(on, key=lambda p: (p not in last, p))[:number]
            busy |= {(p, slot) for p in chosen}
            for p in chosen:
                mine = out.setdefault(p, [])
                if mine and mine[-1][0] == called and mine[-1][1][1] == slot * SLOT_S:
                    mine[-1] = (called, (mine[-1][1][0], (slot + 1) * SLOT_S))
                else:
                    mine.append((called, (slot * SLOT_S, (slot + 1) * SLOT_S)))
            last = chosen
    return out


def _on_duty(shift: Shift, slot: int) -> bool:
    at = slot * SLOT_S
    return shift.start_s <= at < shift.end_s and not any(a <= at < b for a, b in shift.off)


def _staffed(scenario: sim.Scenario, teams: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> sim.Scenario:
    there = {str(row["team"]) for row in rows}
    nobody = {team: 0 for team in teams if team not in there and scenario.team[team].staff != 0}
    staffed = scenario.with_staff(nobody) if nobody else scenario
    kept = set(teams) | there
    return staffed.with_staffing(kept, tuple(sim.StaffingRow.model_validate(row) for row in rows))
