"""Places and pools, one by one: templates expanded, roles resolved at a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model import ALWAYS, DAY_S, Place, Scenario, Team, instance_names
from sim.model.check import BACKUP

if TYPE_CHECKING:
    from sim.model.scenario import Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = "all"
"""Name of the only place of a scenario that names none."""


@dataclass(frozen=True)
class Site:
    """One place."""

    name: str
    template: str
    place: Place
    parent: int
    """Index of the parent, −1: none."""

    @property
    def never_closes(self) -> bool:
        """Tell whether the place is open day and night, every day."""
        return self.place.opens == 0 and self.place.closes >= DAY_S and self.place.open_on == (ALWAYS,)

    def open_on(self, day_class: str) -> bool:
        """Tell whether the place opens on days of this class."""
        return ALWAYS in self.place.open_on or day_class in self.place.open_on


@dataclass(frozen=True)
class Post:
    """One pool: a team or equipment at one place."""

    name: str
    team: str
    spec: Team | Pool
    site: int
    serves: frozenset[int]
    """Sites whose visits it may take beyond its own and those below."""
    audited: bool = False
    """Whether it serves without the skill as well, and that is counted."""

    @property
    def role(self) -> str:
        """What routes ask for."""
        return self.spec.role or self.team

    def may_do(self, service: str) -> bool:
        """Tell whether visits of a service may be sent to the post."""
        return self.audited or self.permitted(service)

    def permitted(self, service: str) -> bool:
        """Tell whether the post has the skill for a service; equipment has every skill."""
        return not isinstance(self.spec, Team) or ALWAYS in self.spec.skills or service in self.spec.skills


class Sites:
    """All places and pools of a scenario, with their numbers."""

    def __init__(self, scenario: Scenario) -> None:
        places = scenario.place or {WHOLE: Place(kind="site")}
        index: dict[str, int] = {}
        sites: list[Site] = []
        self.of_template: dict[str, tuple[int, ...]] = {}
        for template, place in _parents_first(places):
            numbers = []
            for name in instance_names(template, place.count):
                parent = index[place.parent] if place.parent is not None else -1
                index[name] = len(sites)
                numbers.append(len(sites))
                sites.append(Site(name, template, place, parent))
            self.of_template[template] = tuple(numbers)
        self.sites: tuple[Site, ...] = tuple(sites)
        self.index = index
        posts: list[Post] = []
        audited = scenario.rules.permissions == "audited"
        servers: list[tuple[str, Team | Pool]] = [*scenario.team.items(), *scenario.pool.items()]
        for team, spec in servers:
            where = self.numbers(spec.place)
            serves = frozenset(number for name in spec.serves for number in self.below(name))
            for number in where:
                name = f"{team}@{self.sites[number].name}" if len(where) > 1 else team
                posts.append(Post(name, team, spec, number, serves, audited))
        self.posts: tuple[Post, ...] = tuple(posts)
        self._at: dict[tuple[int, str], list[int]] = {}
        self._elsewhere: dict[tuple[int, str], list[int]] = {}
        for number, post in enumerate(self.posts):
            for word in {post.team, post.role}:
                self._at.setdefault((post.site, word), []).append(number)
                for site in post.serves:
                    self._elsewhere.setdefault((site, word), []).append(number)
        self._up = [self._way_up(number) for number in range(len(self.sites))]
        self._specs = {post.team: post for post in self.posts}
        self._named: dict[str, list[int]] = {}
        for number, post in enumerate(self.posts):
            self._named.setdefault(post.team, []).append(number)
        self.parts: tuple[int, ...] = tuple(sorted({0, *(s for row in scenario.serving for s in (row.start, row.end))}))
        """Seconds after midnight at which another row of serving.csv may begin to count."""
        if self.parts[-1] >= DAY_S:
            self.parts = self.parts[:-1]
        self._serving: dict[tuple[int, str], list[tuple[int, int, int, int]]] = {}
        """(site, service) → (choice, pool, start, end) of serving.csv."""
        for row in scenario.serving:
            of_place = range(len(self.sites)) if row.place == ALWAYS else self.below(row.place)
            for site in of_place:
                for service in scenario.service if row.service == ALWAYS else (row.service,):
                    for number in self._named.get(row.team, ()):
                        one = (row.choice, number, row.start, row.end)
                        self._serving.setdefault((site, service), []).append(one)

    def numbers(self, place: str | None) -> tuple[int, ...]:
        """Return the sites of a place, template or instance; of the only place when there is no name."""
        if place is None:
            return tuple(range(len(self.sites)))
        return self.of_template.get(place) or (self.index[place],)

    def below(self, place: str) -> set[int]:
        """Return the sites of `place` and everything below them."""
        found = set(self.numbers(place))
        for number, site in enumerate(self.sites):
            if site.parent in found:
                found.add(number)
        return found

    def ancestors(self, site: int) -> tuple[int, ...]:
        """Return the site, its parent, and so on up."""
        return self._up[site]

    def _way_up(self, site: int) -> tuple[int, ...]:
        out = []
        while site >= 0:
            out.append(site)
            site = self.sites[site].parent
        return tuple(out)

    def finds(self, service: str) -> tuple[frozenset[str], str]:
        """Return what says which pools visits of a service find: the teams that may serve it, rows of serving.csv."""
        teams = frozenset(team for team, post in self._specs.items() if post.may_do(service))
        return teams, service if any(name == service for _, name in self._serving) else ""

    def resolve(self, word: str, site: int, service: str, part: int | None = None) -> tuple[int, ...]:
        """Return the pools that `word` (team, equipment or role) means for a visit at `site`, in order of preference.

        At the visit's own place or the nearest place above it that has any: all that have the skill. Else teams
        that serve the place, by the rows of serving.csv if it has any, else by `serves`: the first of them, the rest
        under ``word.backup``. Else a team named outright. Rows of serving.csv count in one of `parts` of the day, or
        in any when `part` is None; then several may be first.
        """
        backup = word.endswith(BACKUP)
        word = word.removesuffix(BACKUP)
        for place in self.ancestors(site):
            local = tuple(n for n in self._at.get((place, word), ()) if self.posts[n].may_do(service))
            if local:
                return () if backup else local
        rows = [row for row in self._serving.get((site, service), ()) if word in self._words(row[1])]
        if rows:
            at = range(len(self.parts)) if part is None else (part,)
            lists = [self._chosen(rows, self.parts[one], service) for one in at]
            chosen = [number for one in lists for number in (one[1:] if backup else one[:1])]
            return tuple(dict.fromkeys(chosen))
        reach: list[int] = []
        for place in self.ancestors(site):
            reach.extend(n for n in self._elsewhere.get((place, word), ()) if n not in reach)
        reach = [n for n in reach if self.posts[n].may_do(service)]
        if not reach:
            named = self._named.get(word, [])
            reach = [n for n in named if self.posts[n].may_do(service)] if len(named) == 1 else []
        return tuple(reach[1:] if backup else reach[:1])

    def _words(self, number: int) -> tuple[str, str]:
        return self.posts[number].team, self.posts[number].role

    def _chosen(self, rows: list[tuple[int, int, int, int]], at_s: int, service: str) -> list[int]:
        """Return the pools of the rows that count at a time of day, by choice."""
        found = [row for row in rows if row[2] <= at_s < row[3] and self.posts[row[1]].may_do(service)]
        return list(dict.fromkeys(number for _, number, _, _ in sorted(found, key=lambda row: row[0])))


def _parents_first(places: Mapping[str, Place]) -> list[tuple[str, Place]]:
    """Return places so that a parent stands before its children, otherwise in the order of the scenario."""
    left = dict(places)
    out: list[tuple[str, Place]] = []
    done: set[str] = set()
    while left:
        for name in [n for n, p in left.items() if p.parent is None or p.parent in done]:
            out.append((name, left.pop(name)))
            done.add(name)
    return out
