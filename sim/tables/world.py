"""Records of what only some scenarios have: links, failures, absence, dispatch, traits of units, what a log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.model import Fault, InputError, LawValues
from sim.model.expressions import tree
from sim.tables.demand import Offered, hash_pairs
from sim.tables.laws import plain
from sim.tables.timeline import DAY_TICKS, day_class, ticks
from sim.tables.types import (
    DISPATCH,
    FAILING,
    LINK_FAILS,
    OUTAGE,
    OVERRIDE,
    SHIFT,
    UNIT_FAILS,
    UNIT_TRAIT,
    Chance,
    Ints,
    Records,
    name_bits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.model import Scenario, Step
    from sim.tables.expressions import CodeTable
    from sim.tables.laws import LawTable
    from sim.tables.sites import Sites
    from sim.tables.timeline import Timeline

NAME_BITS = 24
OVERRIDDEN = {"seconds": "advance", "u": "transfer", "patience_s": "seize"}
"""What a log may say, and of which kind of step; OVERRIDE of Chance has the position here as its purpose."""


class Links:
    """The links of a scenario: one for all places, or one for each place of a template and whatever is below it."""

    def __init__(self, scenario: Scenario, sites: Sites) -> None:
        self.at: Ints = np.full((len(scenario.link), len(sites.sites)), -1, np.int32)
        self.names: list[tuple[str, str]] = []
        """For each link, its section and its own name."""
        for row, (name, link) in enumerate(scenario.link.items()):
            if link.place is None:
                self.at[row] = len(self.names)
                self.names.append((name, name))
                continue
            stands: dict[int, int] = {}
            for site in sites.numbers(link.place):
                stands[site] = len(self.names)
                self.names.append((name, f"{name}@{sites.sites[site].name}"))
            for number in range(len(sites.sites)):
                self.at[row, number] = next((stands[up] for up in sites.ancestors(number) if up in stands), -1)


def traits(scenario: Scenario, sites: Sites, plan: Timeline) -> Records:
    """Return speed and experience of every unit (UNIT_TRAIT)."""
    out = np.zeros(int(plan.units.sum()), UNIT_TRAIT)
    first = np.cumsum(plan.units) - plan.units
    out["speed"] = 1.0
    for number, post in enumerate(sites.posts):
        team = scenario.team.get(post.team)
        if team is not None and (team.speed != 1.0 or team.tenure_days > 0.0):
            mine = slice(int(first[number]), int(first[number] + plan.units[number]))
            out["speed"][mine], out["tenure"][mine] = team.speed, team.tenure_days
    for (number, person), unit in plan.persons.items():
        team = scenario.team[sites.posts[number].team]
        at = first[number] + unit
        out["speed"][at] = team.speed_of.get(person, team.speed)
        out["tenure"][at] = team.tenure_of.get(person, team.tenure_days)
    return out


def shifts(sites: Sites, plan: Timeline) -> Records:
    """Return who may be absent (SHIFT), in the order of Day.absent."""
    names = {pool: f"absence:{sites.posts[pool].name}" for pool, _ in plan.shifts}
    hashes = hash_pairs(names.values())
    rows = []
    for pool, n in plan.shifts:
        rows.append((*hashes[names[pool]], getattr(sites.posts[pool].spec, "absence", 0.0), n))
    return np.array(rows, SHIFT)


def failing(scenario: Scenario, sites: Sites, plan: Timeline, links: Links, laws: LawTable) -> Records:
    """Return what fails by chance (FAILING): every unit of equipment with a mean time between failures, and links."""
    first = np.cumsum(plan.units) - plan.units
    found: list[tuple[str, int, int, int, LawValues, LawValues]] = []
    for number, post in enumerate(sites.posts):
        pool = scenario.pool.get(post.team)
        if pool is not None and pool.mtbf is not None and pool.mttr is not None:
            up, down = plain(pool.mtbf), plain(pool.mttr)
            for unit in range(pool.units):
                found.append((f"failure:{post.name}", unit, UNIT_FAILS, int(first[number]) + unit, up, down))
    for number, (section, name) in enumerate(links.names):
        link = scenario.link[section]
        if link.lasts is not None:
            up = LawValues("exponential", 86_400.0 / link.per_day)
            found.append((f"outage:{name}", 0, LINK_FAILS, number, up, plain(link.lasts)))
    hashes = hash_pairs({one[0] for one in found})
    rows = [(*hashes[name], n, op, at, laws.number(up), laws.number(down)) for name, n, op, at, up, down in found]
    return np.array(rows, FAILING)


def outages(scenario: Scenario, links: Links) -> Records:
    """Return the planned outages of links (OUTAGE)."""
    rows = []
    for number, (section, _) in enumerate(links.names):
        for day in range(scenario.run.days):
            for one in scenario.link[section].outages:
                if one.on(day, day_class(scenario, day)):
                    start, end = (day * DAY_TICKS + second * 1000 for second in (one.start, one.end))
                    rows.append((start, end, LINK_FAILS, number))
    return np.array(rows, OUTAGE)


def dispatch(scenario: Scenario, sites: Sites, codes: CodeTable) -> Records:
    """Return the rules of dispatch (DISPATCH).

    Raises
    ------
    InputError
        When a rule's target is nowhere near its source.
    """
    rows = []
    tick_ms = scenario.run.tick_ms
    for name, rule in scenario.dispatch.items():
        go, back = codes.number(tree(rule.go_if)), codes.number(tree(rule.back_if))
        every = max(ticks(rule.look_every_s, tick_ms), tick_ms)
        for source, target in _moves(sites, rule.from_, rule.to, name, scenario.id):
            switch = ticks(rule.switch_s, tick_ms)
            rows.append((every, switch, source, target, go, back, rule.looks, rule.most, sites.posts[source].site))
    return np.array(rows, DISPATCH)


def _moves(sites: Sites, source: str, target: str, name: str, file: str) -> Iterator[tuple[int, int]]:
    """Yield (pool, pool): the target nearest above or at the source's place, else the only one there is."""
    targets = [number for number, post in enumerate(sites.posts) if post.team == target]
    at = {sites.posts[number].site: number for number in targets}
    for number, post in enumerate(sites.posts):
        if post.team != source:
            continue
        found = next((at[up] for up in sites.ancestors(post.site) if up in at), None)
        if found is None and len(targets) == 1:
            found = targets[0]
        if found is None:
            raise InputError.one(
                "dispatch_where", file=file, field=f"dispatch.{name}.to", value=target, source=post.name
            )
        yield number, found


def chance(
    scenario: Scenario,
    sites: Sites,
    laws: LawTable,
    plan: Timeline,
    offered: Offered,
    links: Links,
    programs: Mapping[str, list[Step]],
) -> Chance:
    """Return what happens by chance, or as it was logged, besides arrivals."""
    return Chance(
        offered.booked,
        shifts(sites, plan),
        failing(scenario, sites, plan, links, laws),
        outages(scenario, links),
        overrides(scenario, programs, offered.cases),
        offered.logged,
    )


def overrides(
    scenario: Scenario,
    programs: Mapping[str, list[Step]],
    cases: Mapping[str, tuple[int, str]],
) -> Records:
    """Return what the log says of visits (OVERRIDE), sorted by visit, which is a number of LOGGED.

    Raises
    ------
    InputError
        For a block that the visit's program does not have.
    """
    rows = []
    faults: list[Fault] = []
    for index, row in enumerate(scenario.overrides):
        visit, service = cases[row.case]
        number, key = next((n, key) for n, key in enumerate(OVERRIDDEN) if getattr(row, key) is not None)
        kind = OVERRIDDEN[key]
        lucks = {
            step.luck
            for step in programs[service]
            if step.kind == kind and row.block in (step.luck, step.name, step.name.partition(".")[2])
        }
        if len(lucks) != 1:
            known = sorted(step.name for step in programs[service] if step.kind == kind)
            known_names = ", ".join(known[:12])
            faults.append(Fault("unknown_block", scenario.id, f"overrides.{index}", row.block, {"known": known_names}))
            continue
        name = name_bits(lucks.pop(), NAME_BITS)
        rows.append((getattr(row, key), name, visit, row.passes - 1, number))
    if faults:
        raise InputError(faults)
    return np.array(sorted(rows, key=lambda one: one[2:]), OVERRIDE)
