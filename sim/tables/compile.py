"""Scenario → Tables: programs, waiting lines, capacity and demand as integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.model import OUTCOMES, Scenario, Step, expand
from sim.model.programs import assigned
from sim.tables import demand, timeline, world
from sim.tables.deadlock import refuse_deadlock
from sim.tables.expressions import CodeTable, State
from sim.tables.families import Families, woken
from sim.tables.hours import refuse_no_hours
from sim.tables.laws import LawTable
from sim.tables.queues import Members, QueueTable, noted
from sim.tables.sites import Sites
from sim.tables.steps import NAME_BITS, StepTable, earmarks
from sim.tables.types import (
    CARRY,
    CHOICE,
    FLOW,
    GOES,
    PLACE,
    QUEUES,
    SERVE,
    SESSION,
    STAGE,
    STEP,
    TASK,
    TURN_AWAY,
    UNITS,
    WANTING,
    Chance,
    Compiled,
    Names,
    Run,
    Tables,
    World,
    name_bits,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLOSINGS = {"serve": SERVE, "turn_away": TURN_AWAY, "carry": CARRY}


def compile_scenario(scenario: Scenario) -> Tables:
    """Return the Tables of a scenario.

    Raises
    ------
    InputError
        Routes in which visits could wait for each other for ever, that nobody on duty could serve, or in which one
        visit would set off too many others.
    """
    sites = Sites(scenario)
    laws, members = LawTable(), Members()
    queues = QueueTable(sites, members)
    programs: dict[str, list[Step]] = {
        name: expand(scenario.route, service)[0] for name, service in scenario.service.items()
    }
    refuse_deadlock(scenario, sites, programs)
    families = Families(scenario, programs)
    state = State(scenario, len(sites.sites), sorted(assigned(scenario.route)))
    codes = CodeTable(scenario, sites, state, laws, members)
    outcomes, awake = list(OUTCOMES), woken(programs)
    steps = StepTable(scenario, laws, codes, queues, members, families, awake, outcomes)
    first_step = {name: steps.add(name, program) for name, program in programs.items()}
    services = {name: number for number, name in enumerate(scenario.service)}
    plan = timeline.build(scenario, sites)
    offered = demand.build(
        scenario,
        sites,
        services,
        first_step,
        laws,
        family=families.size,
        woken=awake,
        codes=codes,
        change=plan.change,
    )
    refuse_no_hours(scenario, sites, programs, _demanded(offered, programs), plan.units)
    links = world.Links(scenario, sites)
    chance = world.chance(scenario, sites, laws, plan, offered, links, programs)
    rules = world.dispatch(scenario, sites, codes)
    code, curve, group, span = codes.build(steps.queue_rows)
    law, point = laws.build()
    queue, need, n_families = queues.build(earmarks=earmarks(programs))
    pool = queues.pools(plan.units)
    stands: list[list[int]] = [[] for _ in sites.sites]
    for number, post in enumerate(sites.posts):
        stands[post.site].append(number)
    place = [
        (_CLOSINGS[site.place.closing], *members.add(mine), int(site.never_closes))
        for site, mine in zip(sites.sites, stands, strict=True)
    ]
    used = World(
        wanting=np.array(steps.wanting, WANTING),
        stage=np.array(steps.stages, STAGE),
        session=np.array(steps.sessions, SESSION),
        task=np.array(steps.tasks, TASK),
        code=code,
        curve=curve,
        group=group,
        span=span,
        link=links.at,
        spawned=offered.spawned,
        share=queues.share(),
        trait=world.traits(scenario, sites, plan),
        dispatch=rules,
        counter=state.first,
        account=offered.account,
        day_class=codes.day_classes(),
        part=np.array(sites.parts, np.int64) * 1000,
    )
    tick_ms = scenario.run.tick_ms
    horizon = scenario.run.days * timeline.DAY_TICKS
    run = Run(
        tick_ms,
        horizon,
        horizon + timeline.ticks(scenario.run.drain_s, tick_ms),
        scenario.run.days,
        max(steps.n_slots, 1),
        steps.n_counters,
        name_bits("patience", NAME_BITS),
        features=0,
        n_attributes=len(state.attributes),
        n_families=n_families,
        n_links=len(links.names),
    )
    member = np.array(members.items, np.int32)
    compiled = Compiled(
        law=law,
        point=point,
        step=np.array(steps.rows, STEP),
        choice=np.array(steps.choices, CHOICE),
        seize=queues.seize(),
        queue=queue,
        bit=noted(queue, pool, member),
        need=need,
        pool=pool,
        place=np.array(place, PLACE),
        member=member,
        change=plan.change,
        stream=offered.stream,
        run=run,
        world=used,
    )
    features = _features(compiled, chance, flows=steps.flows, breaks=steps.breaks, plain=queues.plain)
    names = Names(
        tuple(site.name for site in sites.sites),
        tuple(scenario.service),
        tuple(post.name for post in sites.posts),
        tuple(post.team for post in sites.posts),
        tuple(steps.names),
        tuple(steps.seize_names),
        tuple(outcomes),
        offered.names,
        tuple(steps.events),
    )
    return Tables(
        scenario.id,
        compiled._replace(run=run._replace(features=features)),
        offered.demand,
        chance,
        names,
        plan.labour,
        np.array(steps.cost, np.float64),
        np.array(steps.amount, np.float64),
        timeline.ticks(scenario.run.warm_up_s, tick_ms),
    )


def _demanded(offered: demand.Offered, programs: Mapping[str, list[Step]]) -> set[tuple[int, int]]:
    """Return (place, service) of every visit that there may be: of those who come, and of those whom they set off."""
    services = list(programs)
    booked = {int(row["stream"]) for row in offered.booked}
    todo = [
        (int(row["place"]), int(row["service"]))
        for number, row in enumerate(offered.stream)
        if row["first"] < row["end"] or number in booked
    ]
    out: set[tuple[int, int]] = set()
    while todo:
        place, service = todo.pop()
        if (place, service) not in out:
            out.add((place, service))
            woken_here = {
                step.service for step in programs[services[service]] if step.kind == "split" and not step.again
            }
            todo.extend((place, services.index(other)) for other in woken_here)
    return out


def _features(c: Compiled, chance: Chance, *, flows: bool, breaks: bool, plain: bool) -> int:
    """Return which groups of rules the engines need."""
    streams, world = c.stream, c.world
    flow = flows or world.code.size > 0 or world.account.size > 0 or bool(streams["spawned"].any())
    lining = world.wanting.size > 0 or world.part.size > 1 or not plain
    planned = bool((c.change["unit"] >= 0).any() or (c.change["shift"] >= 0).any())
    early = bool((c.change["length"][c.change["op"] == GOES] > 0).any())
    several = bool((c.pool["slots"] > 1).any() or (c.pool["hands_over"] > 0).any())
    fails = chance.failing.size > 0 or chance.outage.size > 0 or chance.shift.size > 0 or c.run.n_links > 0
    unit = breaks or planned or early or several or fails or world.dispatch.size > 0 or chance.override.size > 0
    return FLOW * flow | QUEUES * lining | UNITS * unit
