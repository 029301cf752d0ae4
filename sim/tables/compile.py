"""Scenario → Tables: programs, waiting lines, capacity and demand as integers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.model import OUTCOMES, InputError, Scenario, Step, Team, expand, held
from sim.model.programs import reachable
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
    EVENT,
    LEAVE,
    NEED,
    PLACE,
    POOL,
    QUEUE,
    RELEASE,
    SEIZE,
    SERVE,
    STEP,
    TRANSFER,
    TURN_AWAY,
    Compiled,
    Ints,
    Names,
    Records,
    Run,
    Tables,
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
    queue_table = _QueueTable(sites)
    columns = _StepColumns(laws, outcomes, queue_table)
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
    )
    place_pools = [[n for n, post in enumerate(sites.posts) if post.site == d] for d in range(len(sites.sites))]
    closing = [_CLOSINGS[site.place.closing] for site in sites.sites]
    starts = _starts(place_pools)
    law, point = laws.build()
    pool, pool_queue = queue_table.pools(units)
    compiled = Compiled(
        law=law,
        point=point,
        step=np.array(columns.rows, STEP),
        slot=np.array(columns.slots, np.int32),
        choice=np.array(columns.choices, CHOICE),
        **queue_table.build(),
        pool=pool,
        pool_queue=pool_queue,
        place=np.array(list(zip(closing, starts, starts[1:], strict=False)), PLACE),
        place_pool=_flat(place_pools),
        change=changes,
        stream=streams,
        run=run,
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
    )
    warm_up = timeline.ticks(scenario.run.warm_up_s, tick_ms)
    return Tables(scenario.id, compiled, drawn_from, names, labour, np.array(columns.cost, np.float64), warm_up)


def _starts(lists: Sequence[Sequence[int]]) -> list[int]:
    """Return where each list begins when they stand one after the other, and where the last one ends."""
    return [0, *itertools.accumulate(len(one) for one in lists)]


def _flat(lists: Sequence[Sequence[int]]) -> Ints:
    return np.array([item for one in lists for item in one], np.int32)


class _QueueTable:
    """Waiting lines, one for each distinct (needs resolved to pools, class)."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
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

    def build(self) -> dict[str, Any]:
        """Return the arrays `seize`, `queue`, `need` and `need_pool` of Compiled."""
        queues: list[tuple[int, int, int]] = []
        needs: list[tuple[int, int]] = []
        pools: list[int] = []
        for wanted, rank in self._numbers:
            queues.append((rank, len(wanted), len(needs)))
            for need in wanted:
                needs.append((len(pools), len(need)))
                pools.extend(need)
        return {
            "seize": np.array(self._of, np.int32).reshape(-1, len(self.sites.sites)),
            "queue": np.array(queues, QUEUE),
            "need": np.array(needs, NEED),
            "need_pool": np.array(pools, np.int32),
        }

    def pools(self, units: npt.NDArray[np.int64]) -> tuple[Records, Ints]:
        """Return the pools (POOL) with `units` units each, and the queues that want them."""
        wanted: list[list[int]] = [[] for _ in self.sites.posts]
        for number, (needs, _) in enumerate(self._numbers):
            for pool in sorted({pool for need in needs for pool in need}):
                wanted[pool].append(number)
        starts = _starts(wanted)
        unit = [0, *itertools.accumulate(int(n) for n in units)]
        rows = []
        for n, post in enumerate(self.sites.posts):
            late = 1 if isinstance(post.spec, Team) and post.spec.late == "cut" else 0
            rows.append((unit[n], unit[n + 1], starts[n], starts[n + 1], post.site, late))
        return np.array(rows, POOL), _flat(wanted)


class _StepColumns:
    """The columns of `Steps`, filled program by program."""

    def __init__(self, laws: LawTable, outcomes: list[str], queues: _QueueTable) -> None:
        self.laws, self.outcomes, self.queues = laws, outcomes, queues
        self.rows: list[tuple[int, ...]] = []
        self.slots: list[int] = []
        self.choices: list[tuple[float, int]] = []
        self.cost: list[float] = []
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
            first, count = len(self.slots), 0
            if step.kind == "seize":
                seize = self.queues.add(step, service)
                law = -1 if step.patience is None else self.laws.number(step.patience)
                give_up = -1 if step.give_up < 0 else base + step.give_up
                count = len(slot_of[index])
                self.slots.extend(slot_of[index])
            elif step.kind == "advance" and step.law is not None:
                law = self.laws.number(step.law)
            elif step.kind == "release":
                mine = list(dict.fromkeys(one for other in step.releases for one in slot_of[other]))
                count = len(mine)
                self.slots.extend(mine)
            elif step.kind == "transfer":
                first, count = len(self.choices), len(step.targets)
                self.choices.extend((share, base + target) for share, target in step.targets)
            elif step.kind == "leave":
                if step.outcome not in self.outcomes:
                    self.outcomes.append(step.outcome)
                outcome = self.outcomes.index(step.outcome)
            name, counter = name_bits(step.luck, _NAME_BITS), counters.get(index, -1)
            kind = (_OPS[step.kind], base + step.next, counter, law, _CLOCKS[step.clock], give_up, seize)
            self.rows.append((name, *kind, first, count, outcome))
            self.cost.append(step.cost)
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
