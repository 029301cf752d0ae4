"""What changes while the kernel runs: record types, and the arrays of one replication."""

from __future__ import annotations

import sys
import threading
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.tables.types import DUTY, ENTRY, RESULT, ROW, Compiled, Day, Floats, Ints, Records, record

ACTOR = record(
    tick=np.int64,  # of the pending event
    entered=np.int64,  # when the visit reached the block it is in
    waited=np.int64,  # sum of its waits so far
    next=np.int32,  # behind it in the bucket
    step=np.int32,
    queue=np.int32,  # where it waits, -1: it does not
    behind=np.int32,  # neighbours in the queue
    ahead=np.int32,
    place=np.int32,
    stream=np.int32,
    n=np.int32,
    holds=np.int32,  # its first slot in Work.held
    kind=np.int32,  # of the pending event, 0: none
)
"""Who may have one pending event: visits, units (a break ends), rules of dispatch, units (repaired after a crash)."""

MORE = record(
    key=np.int64,  # order in the queue: when it joined, or when it is due
    patience=np.int64,  # tick at which patience ends
    duration=np.int64,  # of the ADVANCE it is in
    planned=np.int64,  # ticks until that ends or drops, from its start (or last restart)
    left=np.int64,
    since=np.int64,  # when it last went on
    source=np.int32,  # stream whose luck it has
    lineage=np.int32,  # child · 256 + attempt
    passed=np.int32,  # how often it has passed the block it is in before
    account=np.int32,
    parent=np.int32,
    children=np.int32,
    stage=np.int32,
    collects=np.int32,  # 1: has waited long enough to collect units
    ghost=np.int32,  # 1: only a number that will be called in vain
    watches=np.int32,  # 1: waits for a condition or a time; 2: and stands among the watchers
    watch_next=np.int32,
    watch_prev=np.int32,
    works=np.int32,  # 1: is in an ADVANCE
    drops=np.int32,
    reasons=np.int32,  # how many things keep the ADVANCE from going on
    sent=np.int32,  # 1: the ADVANCE was given up for where its `go_to` says
)
"""What a visit has besides, where rules of the groups FLOW, QUEUES or UNITS are used."""

HELD = record(
    entered=np.int64,
    started=np.int64,
    unit=np.int32,
    step=np.int32,
    need=np.int32,
    pool=np.int32,
)
LAST = record(unit=np.int32, team=np.int32)
LINE = record(first=np.int32, last=np.int32, count=np.int32)
PLACE_STATE = record(inside=np.int32, closed=np.int32)
PICK = record(
    pool=np.int32,
    at=np.int32,
    unit=np.int32,
    bar=np.int32,  # unit that must not be taken, -1: none
    team=np.int32,  # pool that must not be
)
UNIT = record(
    since=np.int64,  # idle since (where units may serve several: since when it has as many sessions as it has)
    next=np.int32,  # neighbours among the units of the pool that may be taken
    prev=np.int32,
    state=np.int32,
    pool=np.int32,
)
UNIT_MORE = record(
    lent_entered=np.int64,
    home=np.int32,
    listed=np.int32,
    sessions=np.int32,
    down=np.int32,  # how many reasons keep it from working
    draining=np.int32,  # planned change that it does when its last session ends
    holder=np.int32,
    lender=np.int32,  # visit that gets it back from the one who pre-empted it
    lent_slot=np.int32,
    lent_step=np.int32,
    lent_need=np.int32,
)
POOL_STATE = record(
    longest=np.int32,  # first of the units that may be taken, -1: none may
    latest=np.int32,
    idle=np.int32,  # how many may
    taken=np.int32,  # of these, promised while needs are being matched
    barred=np.int32,  # of the promised, for needs that must differ from a unit
    owed=np.int32,  # first planned change that waits for a unit to finish
    owed_last=np.int32,
    kept=np.int32,  # first planned going that waits for the last customer of the place
    kept_last=np.int32,
    marked=np.int32,
    load=np.int32,  # sessions in progress
    duty=np.int32,  # units on duty, those that are down included
    down=np.int32,
)
RULE = record(go_for=np.int32, back_for=np.int32, moved=np.int32)
MOVE = record(rule=np.int32, pool=np.int32, target=np.int32)
OFF, IDLE, BUSY, ON_BREAK, SWITCHING = range(5)
(
    NOW, ROWS, DUTIES, ENTRIES, AGENDA, AGENDA_END, MARKS, SHIFT, WATCH, WATCH_LAST, MOVES_WAITING, FREED, SPARE, FRESH,
    WIDTH,
) = range(15)  # fmt: skip
"""Counters of `Work.clock`."""

NOT_COME, WOKEN = -1, -2
"""`arrived` of a visit that sleeps, and of one that will come later."""


class Work(NamedTuple):
    """Everything that changes while a replication runs."""

    clock: npt.NDArray[np.int64]  # (WIDTH,)
    actor: Records  # (V + U + rules,) ACTOR
    held: Records  # (V · slots,) HELD
    passes: npt.NDArray[np.int16]  # (V, counters)
    bucket: Ints  # first actor of each bucket
    unit: Records  # (U,) UNIT
    pool: Records  # (P,) POOL_STATE
    line: Records  # (Q,) LINE: who waits
    waits: npt.NDArray[np.uint64]  # of each pool, a bit for each queue that wants it: whether somebody waits there
    place: Records  # (D,) PLACE_STATE: visits inside, closed or not
    owed_next: Ints  # (T,) next planned change that waits
    agenda: Ints  # ring of visits
    marks: Ints  # (P,) marked pools, highest number first
    pick: Records  # (4,) PICK: pool chosen for each need, and where its search stands
    row: Records  # the trace
    duty: Records
    result: Records  # (V,)


class Beyond(NamedTuple):
    """And what changes where rules of the groups FLOW, QUEUES or UNITS are used."""

    more: Records  # (V,) MORE
    last: Records  # (V, slots) LAST: unit and team last held
    attribute: Floats  # (V, attributes)
    counter: Floats
    account: Floats
    stack: Floats  # of expressions
    order: Ints  # (4, most pools of a need)
    collector: Ints  # (families,) who collects units, -1: nobody
    unit: Records  # (U,) UNIT_MORE
    link: Ints  # how many reasons keep each link down
    rule: Records  # (rules,) RULE
    move: Records  # MOVE: units that are wanted elsewhere as soon as one finishes
    entry: Records


LARGEST = 64 << 20
"""Bytes of an array that is kept for the next replication."""


def _references(arrays: dict[str, npt.NDArray[Any]], name: str) -> int:
    """Return how many references there are to an array, by whoever counts."""
    array = arrays.get(name)
    return 0 if array is None else sys.getrefcount(array)


_OURS = _references({"": np.empty(0)}, "")
"""Of an array that nobody else has."""


class _Kept(threading.local):
    """Arrays of the last replication of this thread: memory that was never written to costs more than using it."""

    def __init__(self) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {}

    def array(self, name: str, size: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array in which anything may stand, the last one of this name unless a trace still lies in it."""
        if _references(self.arrays, name) > _OURS:
            del self.arrays[name]
        kept = self.arrays.get(name)
        if kept is None or kept.size < size:
            kept = np.empty(size, dtype)
            if kept.nbytes <= LARGEST:
                self.arrays[name] = kept
        return kept[:size]


_kept = _Kept()


def workspace(c: Compiled, day: Day, rows: int, duties: int, entries: int) -> tuple[Work, Beyond]:
    """Return the arrays of one replication, with room for that many rows, changes of duty and amounts.

    What stands in those of `Work` is for the interpreter to write, before anything else.
    """
    world = c.world
    n_visits = day.visit.size
    n_units = int(c.pool["end_unit"][-1]) if c.pool.size else 0
    shift = 0
    wanted = min(max(8192, 8 * n_visits), 1 << 21)
    while (c.run.end >> shift) >= wanted:
        shift += 1
    array = _kept.array
    clock = np.zeros(WIDTH, np.int64)
    clock[SHIFT] = shift
    clock[WATCH] = clock[WATCH_LAST] = clock[FREED] = clock[SPARE] = -1
    work = Work(
        clock=clock,
        actor=array("actor", n_visits + 2 * n_units + world.dispatch.size, ACTOR),
        held=array("held", n_visits * c.run.n_slots, HELD),
        passes=array("passes", n_visits * c.run.n_counters, np.int16).reshape(n_visits, c.run.n_counters),
        bucket=array("bucket", (c.run.end >> shift) + 1, np.int32),
        unit=array("unit", n_units, UNIT),
        pool=array("pool", c.pool.size, POOL_STATE),
        line=array("line", c.queue.size, LINE),
        waits=array("waits", int(c.pool["end_word"][-1]) if c.pool.size else 0, np.uint64),
        place=array("place", c.place.size, PLACE_STATE),
        owed_next=array("owed_next", c.change.size, np.int32),
        agenda=array("agenda", n_visits + 1, np.int32),
        marks=array("marks", c.pool.size, np.int32),
        pick=array("pick", 4, PICK),
        row=array("row", rows, ROW),
        duty=array("duty", duties, DUTY),
        result=array("result", n_visits, RESULT),
    )
    if not c.run.features:
        return work, _NOTHING
    more = np.zeros(n_visits, MORE)
    for name in ("account", "parent", "watch_next", "watch_prev"):
        more[name] = -1
    more_unit = np.zeros(n_units, UNIT_MORE)
    more_unit["home"] = np.repeat(np.arange(c.pool.size), c.pool["end_unit"] - c.pool["first_unit"])
    for name in ("draining", "holder", "lender"):
        more_unit[name] = -1
    beyond = Beyond(
        more=more,
        last=np.full((n_visits, c.run.n_slots), -1, LAST),
        attribute=np.zeros((n_visits, c.run.n_attributes)),
        counter=world.counter.copy(),
        account=world.account.copy(),
        stack=np.zeros(64),
        order=np.zeros((4, int(c.need["count"].max(initial=1))), np.int32),
        collector=np.full(max(c.run.n_families, 1), -1, np.int32),
        unit=more_unit,
        link=np.zeros(c.run.n_links, np.int32),
        rule=np.zeros(world.dispatch.size, RULE),
        move=np.zeros(2 * int(world.dispatch["most"].sum()) + 1, MOVE),
        entry=np.empty(entries, ENTRY),
    )
    return work, beyond


_NOTHING = Beyond(*[np.zeros(0)] * 12, np.zeros(0, ENTRY))  # type: ignore[arg-type, call-arg]
"""What a scenario has that uses none of these rules."""
