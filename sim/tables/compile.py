"""Scenario → Tables: programs, waiting lines, capacity and demand as integers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.model import OUTCOMES, InputError, Scenario, Step, Team, expand, held
from sim.model.walks import reachable
from sim.tables import demand, timeline
from sim.tables.deadlock import refuse_deadlock
from sim.tables.laws import LawTable
from sim.tables.sites import Sites
from sim.tables.types import (
    ADVANCE,
    CARRY,
    CHOICE,
    CLOCK_QUEUE,
    CLOCK_VISIT,
    CLOCK_WAITING,
    CODE,
    CURVE,
    DISPATCH,
    EVENT,
    IN_ORDER,
    LEAVE,
    NEED,
    PLACE,
    POOL,
    QUEUE,
    RELEASE,
    SEIZE,
    SERVE,
    SESSION,
    STAGE,
    STEP,
    TASK,
    TRANSFER,
    TURN_AWAY,
    UNIT_TRAIT,
    WANTING,
    Compiled,
    Ints,
    Names,
    Records,
    Run,
    Tables,
    World,
    name_bits,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPS = {
    "seize": SEIZE,
    "advance": ADVANCE,
    "release": RELEASE,
    "transfer": TRANSFER,
    "event": EVENT,
    "leave": LEAVE,
}
_CLOCKS = {"queue": CLOCK_QUEUE, "waiting": CLOCK_WAITING, "visit": CLOCK_VISIT}
_CLOSINGS = {"serve": SERVE, "turn_away": TURN_AWAY, "carry": CARRY}
_NAME_BITS = 24


def compile_scenario(scenario: Scenario) -> Tables:
    """Return the Tables of a scenario.

    Raises
    ------
    InputError
        Routes in which visits could wait for each other for ever, or more units held than a visit can hold.
    """
    sites = Sites(scenario)
    laws = LawTable()
    programs = {name: expand(scenario.route, service)[0] for name, service in scenario.service.items()}
    refuse_deadlock(scenario, sites, programs)
    outcomes = list(OUTCOMES)
    member = _Members()
    queue_table = _QueueTable(sites, member)
    columns = _StepColumns(laws, outcomes, queue_table, member)
    first_step = {name: columns.add(name, steps) for name, steps in programs.items()}
    services = {name: number for number, name in enumerate(scenario.service)}
    changes, labour, units = timeline.build(scenario, sites)
    streams, drawn_from, stream_names = demand.build(scenario, sites, services, first_step, laws)
    tick_ms = scenario.run.tick_ms
    horizon = scenario.run.days * timeline.DAY_TICKS
    end = horizon + timeline.ticks(scenario.run.drain_s, tick_ms)
    run = Run(
        tick_ms,
        horizon,
        end,
        scenario.run.days,
        max(columns.n_slots, 1),
        columns.n_counters,
        name_bits("patience", _NAME_BITS),
        features=0,
        n_attributes=0,
        n_families=0,
        n_links=0,
    )
    law, point = laws.build()
    queue, need = queue_table.build()
    pool = queue_table.pools(units)
    place = []
    for number, site in enumerate(sites.sites):
        stands = [n for n, post in enumerate(sites.posts) if post.site == number]
        place.append((_CLOSINGS[site.place.closing], *member.add(stands), int(site.never_closes)))
    compiled = Compiled(
        law=law,
        point=point,
        step=np.array(columns.rows, STEP),
        choice=np.array(columns.choices, CHOICE),
        seize=queue_table.seize(),
        queue=queue,
        need=need,
        pool=pool,
        place=np.array(place, PLACE),
        member=np.array(member.items, np.int32),
        change=changes,
        stream=streams,
        run=run,
        world=_world(scenario, sites, units),
    )
    names = Names(
        tuple(site.name for site in sites.sites),
        tuple(scenario.service),
        tuple(post.name for post in sites.posts),
        tuple(post.team for post in sites.posts),
        tuple(columns.names),
        tuple(columns.seize_names),
        tuple(outcomes),
        stream_names,
        tuple(columns.events),
    )
    warm_up = timeline.ticks(scenario.run.warm_up_s, tick_ms)
    cost, amount = np.array(columns.cost, np.float64), np.array(columns.amount, np.float64)
    return Tables(scenario.id, compiled, drawn_from, names, labour, cost, amount, warm_up)


def _world(scenario: Scenario, sites: Sites, units: npt.NDArray[np.int64]) -> World:
    """Return what only some scenarios use."""
    d = len(sites.sites)
    trait = np.zeros(int(units.sum()), UNIT_TRAIT)
    trait["speed"] = 1.0
    classes = [timeline.day_class(scenario, day) for day in range(scenario.run.days)]
    known = list(dict.fromkeys(classes))
    return World(
        wanting=np.zeros(0, WANTING),
        stage=np.zeros(0, STAGE),
        session=np.zeros(0, SESSION),
        task=np.zeros(0, TASK),
        code=np.zeros(0, CODE),
        curve=np.zeros(0, CURVE),
        group=np.zeros((0, d), np.int32),
        span=np.zeros(0, NEED),
        link=np.zeros((0, d), np.int32),
        spawned=np.zeros((0, d), np.int32),
        share=np.zeros(0, np.float64),
        trait=trait,
        dispatch=np.zeros(0, DISPATCH),
        counter=np.zeros(0, np.float64),
        account=np.zeros((0, 0), np.float64),
        day_class=np.array([known.index(one) for one in classes], np.int32),
    )


class _Members:
    """Lists of numbers, one after the other."""

    def __init__(self) -> None:
        self.items: list[int] = []

    def add(self, items: Sequence[int]) -> tuple[int, int]:
        """Append a list and return where it begins and ends."""
        first = len(self.items)
        self.items.extend(items)
        return first, len(self.items)


class _QueueTable:
    """Waiting lines, one for each distinct (needs resolved to pools, class)."""

    def __init__(self, sites: Sites, member: _Members) -> None:
        self.sites, self.member = sites, member
        self._numbers: dict[tuple[tuple[tuple[int, ...], ...], int], int] = {}
        self._of: list[list[int]] = []

    def add(self, step: Step, service: str) -> int:
        """Return the row of a SEIZE in `Queues.of`."""
        row = []
        for site in range(len(self.sites.sites)):
            needs = tuple(
                tuple(dict.fromkeys(pool for word in need for pool in self.sites.resolve(word, site, service)))
                for need in step.needs
            )
            row.append(self._numbers.setdefault((needs, step.priority), len(self._numbers)) if all(needs) else -1)
        self._of.append(row)
        return len(self._of) - 1

    def seize(self) -> Ints:
        """Return the queue of every SEIZE at every place."""
        return np.array(self._of, np.int32).reshape(-1, len(self.sites.sites))

    def build(self) -> tuple[Records, Records]:
        """Return the queues (QUEUE) and their needs (NEED)."""
        queues: list[tuple[int, ...]] = []
        needs: list[tuple[int, ...]] = []
        for wanted, rank in self._numbers:
            queues.append((rank, len(wanted), len(needs), -1))
            for need in wanted:
                first, end = self.member.add(need)
                needs.append((first, end - first, -1, IN_ORDER, -1))
        return np.array(queues, QUEUE), np.array(needs, NEED)

    def pools(self, units: npt.NDArray[np.int64]) -> Records:
        """Return the pools (POOL) with `units` units each, and the queues that want them."""
        wanted: list[list[int]] = [[] for _ in self.sites.posts]
        for number, (needs, _) in enumerate(self._numbers):
            for pool in sorted({pool for need in needs for pool in need}):
                wanted[pool].append(number)
        unit = [0, *itertools.accumulate(int(n) for n in units)]
        rows = []
        for n, post in enumerate(self.sites.posts):
            late = 1 if isinstance(post.spec, Team) and post.spec.late == "cut" else 0
            rows.append((unit[n], unit[n + 1], *self.member.add(wanted[n]), post.site, late, 1, 0))
        return np.array(rows, POOL)


class _StepColumns:
    """The columns of `Steps`, filled program by program."""

    def __init__(self, laws: LawTable, outcomes: list[str], queues: _QueueTable, member: _Members) -> None:
        self.laws, self.outcomes, self.queues, self.member = laws, outcomes, queues, member
        self.rows: list[tuple[int, ...]] = []
        self.choices: list[tuple[float, int, int]] = []
        self.cost: list[float] = []
        self.amount: list[float] = []
        self.events: list[str] = []
        self.names: list[str] = []
        self.seize_names: list[str] = []
        self.n_slots = self.n_counters = 0

    def add(self, service: str, steps: list[Step]) -> int:
        """Append the program of a service and return the number of its first step."""
        base = len(self.rows)
        slot_of = self._slots(steps, service)
        counters = _counters(steps)
        self.n_counters = max(self.n_counters, len(set(counters.values())))
        for index, step in enumerate(steps):
            law = outcome = seize = give_up = -1
            first = end = 0
            if step.kind == "seize":
                seize = self.queues.add(step, service)
                law = -1 if step.patience is None else self.laws.number(step.patience)
                give_up = -1 if step.give_up < 0 else base + step.give_up
                first, end = self.member.add(slot_of[index])
            elif step.kind == "advance" and step.law is not None:
                law = self.laws.number(step.law)
            elif step.kind == "release":
                mine = list(dict.fromkeys(one for other in step.releases for one in slot_of[other]))
                first, end = self.member.add(mine)
            elif step.kind == "transfer":
                first, end = len(self.choices), len(self.choices) + len(step.targets)
                self.choices.extend((share, base + target, -1) for share, target in step.targets)
            elif step.kind == "leave":
                if step.outcome not in self.outcomes:
                    self.outcomes.append(step.outcome)
                outcome = self.outcomes.index(step.outcome)
            name, counter = name_bits(step.luck, _NAME_BITS), counters.get(index, -1)
            kind = (_OPS[step.kind], base + step.next, counter, law, _CLOCKS[step.clock], give_up, seize)
            self.rows.append((name, *kind, first, end - first, outcome, -1, -1))
            self.cost.append(step.cost)
            self.amount.append(step.amount)
            self.events.append(step.event)
            self.names.append(f"{service}/{step.name}")
            self.seize_names.append(step.name.partition(".")[2] if step.kind == "seize" else "")
        _refuse_equal_names(service, steps)
        return base

    def _slots(self, steps: list[Step], service: str) -> dict[int, tuple[int, ...]]:
        """Return the slots of every SEIZE: seizures that may be held together never share one."""
        holds = held(steps)
        out: dict[int, tuple[int, ...]] = {}
        together: dict[int, set[int]] = {i: set() for i, step in enumerate(steps) if step.kind == "seize"}
        for index, step in enumerate(steps):
            if step.kind == "seize":
                for other in holds[index]:
                    together[index].add(other)
                    together[other].add(index)
        for index, others in together.items():
            taken = {slot for other in others for slot in out.get(other, ())}
            free = (slot for slot in range(10_000) if slot not in taken)
            out[index] = tuple(next(free) for _ in steps[index].needs)
            self.n_slots = max(self.n_slots, *(slot + 1 for slot in out[index]))
        return out


def _counters(steps: list[Step]) -> dict[int, int]:
    """Return step → pass counter, for names that a visit may pass more than once."""
    by_name: dict[tuple[str, str], list[int]] = {}
    for index, step in enumerate(steps):
        if step.kind in ("seize", "advance", "transfer"):
            by_name.setdefault((step.luck, step.kind), []).append(index)
    out: dict[int, int] = {}
    number = 0
    for indices in by_name.values():
        if len(indices) > 1 or indices[0] in reachable(steps, indices[0]):
            out.update(dict.fromkeys(indices, number))
            number += 1
    return out


def _refuse_equal_names(service: str, steps: list[Step]) -> None:
    found: dict[int, str] = {}
    for step in steps:
        number = name_bits(step.luck, _NAME_BITS)
        if found.setdefault(number, step.luck) != step.luck:
            raise InputError.one("names_too_alike", field=f"service.{service}", value=step.luck, other=found[number])
