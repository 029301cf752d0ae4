"""The reference engine: what the model means, in SimPy. One customer's life reads top to bottom in `Engine.visit`.

Everything that happens at one tick is in order: events of the calendar by (tick, kind, number) — a large priority for
SimPy — and between two of them the cascade, which SimPy runs as its own events without delay, first come first
served. Pools that got something free are looked at, lowest number first, before the next visit of the cascade runs.
`sim.engines.kernel` says the same in integers and must give the same trace, row for row.
"""

from __future__ import annotations

import bisect
import functools
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from sim.draw.luck import PURPOSE_CHOICE, PURPOSE_DURATION, PURPOSE_PATIENCE, draw_ticks, draw_uniform
from sim.tables.types import (
    ABANDONED,
    ADVANCE,
    ADVANCE_ENDS,
    ARRIVES,
    BREAKS,
    CAPACITY,
    CLOCK_QUEUE,
    CLOCK_VISIT,
    CLOSED,
    CLOSES,
    COMES,
    DUTY,
    EVENT,
    GOES,
    IN_SYSTEM,
    NEVER,
    OPENS,
    PATIENCE_ENDS,
    REFERRED,
    RELEASE,
    RESULT,
    RETURNS,
    ROW,
    SEIZE,
    SERVE,
    TRANSFER,
    TURN_AWAY,
    Day,
    Records,
    Tables,
    Trace,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

STARTED, GAVE_UP, TURNED_AWAY = range(3)
"""How waiting can end."""


@dataclass(slots=True)
class Hold:
    """A unit that a visit holds, and since when it wanted and had it."""

    unit: int
    step: int
    need: int
    entered: int
    started: int


@dataclass(slots=True)
class Visit:
    """A customer."""

    number: int
    stream: int
    n: int
    place: int
    step: int
    entered: int = 0
    waited: int = 0
    held: dict[int, Hold] = field(default_factory=dict)
    passes: dict[int, int] = field(default_factory=dict)
    ticket: simpy.Event | None = None
    """While it waits: succeeds with how waiting ended."""


@dataclass(slots=True)
class Pool:
    """The units of a team or of equipment at one place."""

    first_unit: int
    end_unit: int
    place: int
    late_is_cut: bool
    queues: list[int]
    idle: list[tuple[int, int]] = field(default_factory=list)
    """(idle since, unit), longest idle first."""
    off: list[int] = field(default_factory=list)
    """Units off duty, lowest first."""
    owed: list[int] = field(default_factory=list)
    """Planned changes that wait for a unit to finish."""
    kept: list[int] = field(default_factory=list)
    """Planned goings that wait for the last customer of a closed place."""


class Engine:
    """One replication."""

    def __init__(self, tables: Tables, day: Day) -> None:
        c = tables.compiled
        self.c, self.day = c, day
        self.env: Any = simpy.Environment()  # its own types leave no room for ticks and our priorities
        self.steps = _rows(c.step)
        member = c.member.tolist()
        self.slots = member
        self.choices = c.choice.tolist()
        self.seize_queue = c.seize.tolist()
        self.streams = _rows(c.stream)
        self.hashes = [(np.uint64(row["hash0"]), np.uint64(row["hash1"])) for row in self.streams]
        self.names = [np.uint64(step["name"]) for step in self.steps]
        self.changes = _rows(c.change)
        needs = [member[first : first + count] for first, count in c.need.tolist()]
        self.needs = [needs[first : first + n] for _, n, first in c.queue.tolist()]
        self.rank = c.queue["rank"].tolist()
        self.pools = [
            Pool(first, end, place, late == 1, member[low:high], off=list(range(first, end)))
            for first, end, low, high, place, late in c.pool.tolist()
        ]
        self.pool_of = [number for number, pool in enumerate(self.pools) for _ in range(pool.first_unit, pool.end_unit)]
        self.closing = c.place["closing"].tolist()
        self.place_pools = [member[first:end] for _, first, end in c.place.tolist()]
        self.closed = [False] * len(self.closing)
        self.inside = [0] * len(self.closing)
        self.queues: list[list[tuple[int, int, Visit]]] = [[] for _ in self.needs]
        """(joined, number, visit) of each queue, in order."""
        self.marked: set[int] = set()
        self.visits: list[Visit] = []
        self.rows: list[tuple[int, ...]] = []
        self.duty: list[tuple[int, ...]] = []
        self.results: list[tuple[int, ...]] = [(-1, IN_SYSTEM, stream) for stream in day.visit["stream"].tolist()]

    # --- the calendar --------------------------------------------------------------------------------------------

    def at(self, tick: int, kind: int, number: int, do: Callable[[], object]) -> None:
        """Put `do` into the calendar; events of one tick happen in the order of (kind, number)."""
        event = self.env.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: do())
        self.env.schedule(event, priority=(1 << 44) + (kind << 40) + number, delay=tick - self.env.now)

    def run(self) -> Trace:
        """Run the replication and return its trace."""
        for number, change in enumerate(self.changes):
            self.at(change["tick"], CAPACITY, number, functools.partial(self.planned_change, number))
        self.arrivals = self.day.visit.tolist()
        if self.arrivals:
            self.at(self.arrivals[0][0], ARRIVES, 0, self.arrive)
        self.env.run(until=self.c.run.end)
        return self.trace()

    def arrive(self) -> None:
        """Let the next visit of the day begin its life."""
        number = len(self.visits)
        _, stream, n = self.arrivals[number]
        visit = Visit(number, stream, n, self.streams[stream]["place"], self.streams[stream]["step"])
        self.visits.append(visit)
        if number + 1 < len(self.arrivals):
            self.at(self.arrivals[number + 1][0], ARRIVES, number + 1, self.arrive)
        self.env.process(self.visit(visit))

    # --- a customer's life ---------------------------------------------------------------------------------------

    def visit(self, visit: Visit) -> Generator[simpy.Event, Any, None]:
        """Run the blocks of a visit, from its arrival until it leaves."""
        env = self.env
        self.inside[visit.place] += 1
        if self.closed[visit.place] and self.closing[visit.place] == TURN_AWAY:
            return self.leave(visit, CLOSED)
        while True:
            step = self.steps[visit.step]
            kind = step["op"]
            visit.entered = now = env.now

            if kind == SEIZE:
                queue = self.seize_queue[step["seize"]][visit.place]
                if queue < 0:
                    return self.leave(visit, REFERRED)
                passes = self.count_pass(visit)
                if self.matching(queue) is None:
                    ends = self.patience_ends(visit, passes)
                    if ends > now:
                        how = yield self.wait(visit, queue, ends)
                    else:
                        how = GAVE_UP
                        self.row(visit, now, -1, now)
                    if how == TURNED_AWAY:
                        return self.leave(visit, CLOSED)
                    if how == GAVE_UP:
                        if step["give_up"] < 0:
                            return self.leave(visit, ABANDONED)
                        visit.step = step["give_up"]
                        continue
                else:
                    self.take(visit, queue)
                visit.step = step["next"]

            elif kind == ADVANCE:
                duration = self.ticks(
                    visit, step["law"], self.names[visit.step], self.count_pass(visit), PURPOSE_DURATION
                )
                if duration > 0:
                    done = env.event()
                    self.at(now + duration, ADVANCE_ENDS, visit.number, done.succeed)
                    yield done
                self.row(visit, now, now, env.now)
                visit.step = step["next"]

            elif kind == RELEASE:
                for slot in self.slots[step["first"] : step["first"] + step["count"]]:
                    self.give_back(visit, slot)
                visit.step = step["next"]
                again = env.event().succeed()
                self.start_eligible()
                yield again

            elif kind == TRANSFER:
                self.row(visit, now, now, now)
                choices = self.choices[step["first"] : step["first"] + step["count"]]
                passes = self.count_pass(visit)
                u = self.luck(visit, self.names[visit.step], passes, PURPOSE_CHOICE) if len(choices) > 1 else 0.0
                visit.step = next(target for share, target in choices if u < share)

            elif kind == EVENT:
                self.row(visit, now, now, now)
                visit.step = step["next"]

            else:
                return self.leave(visit, step["outcome"])

    def leave(self, visit: Visit, outcome: int) -> None:
        """End a visit: what it still holds goes back, and the last to leave a closed place lets its staff go."""
        for slot in sorted(visit.held):
            self.give_back(visit, slot)
        self.results[visit.number] = (self.env.now, outcome, visit.stream)
        self.inside[visit.place] -= 1
        if self.inside[visit.place] == 0 and self.closed[visit.place]:
            self.let_go(visit.place)
        self.start_eligible()

    # --- luck ----------------------------------------------------------------------------------------------------

    def count_pass(self, visit: Visit) -> int:
        """Return how often the visit has passed the name of its step before, and count this pass."""
        counter = self.steps[visit.step]["counter"]
        if counter < 0:
            return 0
        before = visit.passes.get(counter, 0)
        visit.passes[counter] = before + 1
        return before

    def luck(self, visit: Visit, name: np.uint64, passes: int, purpose: np.uint64) -> float:
        """Return the visit's u in (0, 1) for a named block, pass and purpose (MODEL §2)."""
        day, (hash0, hash1) = self.day, self.hashes[visit.stream]
        u: float = draw_uniform(day.key0, day.key1, hash0, hash1, visit.n, name, passes, purpose)
        return u

    def ticks(self, visit: Visit, law: int, name: np.uint64, passes: int, purpose: np.uint64) -> int:
        """Return a duration of the visit in ticks."""
        day, (hash0, hash1), c = self.day, self.hashes[visit.stream], self.c
        args = (law, day.key0, day.key1, hash0, hash1, visit.n, name, passes, purpose, c.run.tick)
        return int(draw_ticks(c.law, c.point, *args))

    def patience_ends(self, visit: Visit, passes: int) -> int:
        """Return the tick at which the visit would give up waiting here."""
        step = self.steps[visit.step]
        if step["law"] < 0:
            return int(NEVER)
        if step["clock"] == CLOCK_QUEUE:
            name = self.names[visit.step]
        else:
            name, passes = np.uint64(self.c.run.patience_name), 0
        patience = self.ticks(visit, step["law"], name, passes, PURPOSE_PATIENCE)
        if step["clock"] == CLOCK_VISIT:
            return int(self.arrivals[visit.number][0]) + patience
        if step["clock"] == CLOCK_QUEUE:
            return self.env.now + patience
        return self.env.now + patience - visit.waited

    # --- waiting -------------------------------------------------------------------------------------------------

    def wait(self, visit: Visit, queue: int, ends: int) -> simpy.Event:
        """Join a queue and return the event that tells how waiting ended."""
        ticket = visit.ticket = self.env.event()
        bisect.insort(self.queues[queue], (self.env.now, visit.number, visit))
        if ends < self.c.run.end:
            self.at(ends, PATIENCE_ENDS, visit.number, lambda: self.give_up(visit, queue, ticket))
        return ticket

    def give_up(self, visit: Visit, queue: int, ticket: simpy.Event) -> None:
        """Patience ends: nothing happens if the visit has been started meanwhile."""
        if visit.ticket is ticket:
            self.stop_waiting(visit, queue, GAVE_UP)

    def stop_waiting(self, visit: Visit, queue: int, how: int) -> None:
        """Take a visit out of its queue and let it go on."""
        self.queues[queue].remove((visit.entered, visit.number, visit))
        visit.waited += self.env.now - visit.entered
        ticket, visit.ticket = visit.ticket, None
        if how == STARTED:
            self.take(visit, queue)
        else:
            self.row(visit, visit.entered, -1, self.env.now)
        if ticket is not None:
            ticket.succeed(how)

    def start_eligible(self) -> None:
        """Start who can start, marked pool by marked pool: the first by (class, joining time, number)."""
        while self.marked:
            pool = min(self.marked)
            self.marked.discard(pool)
            while True:
                heads = [(self.rank[q], *self.queues[q][0][:2], q) for q in self.pools[pool].queues if self.queues[q]]
                for _, _, _, queue in sorted(heads):
                    if self.matching(queue) is not None:
                        self.stop_waiting(self.queues[queue][0][2], queue, STARTED)
                        break
                else:
                    break

    def matching(self, queue: int) -> tuple[int, ...] | None:
        """Return a pool for each need, all units distinct: the first in the order of preference of need 1, then 2 …."""
        needs = self.needs[queue]
        if len(needs) == 1:
            return next(((pool,) for pool in needs[0] if self.pools[pool].idle), None)
        for pools in itertools.product(*needs):
            if all(len(self.pools[pool].idle) >= pools.count(pool) for pool in pools):
                return pools
        return None

    def take(self, visit: Visit, queue: int) -> None:
        """Give the visit the longest idle unit of each pool that was matched."""
        step = self.steps[visit.step]
        for need, pool in enumerate(self.matching(queue) or ()):
            _, unit = self.pools[pool].idle.pop(0)
            slot = self.slots[step["first"] + need]
            visit.held[slot] = Hold(unit, visit.step, need, visit.entered, self.env.now)

    # --- units ---------------------------------------------------------------------------------------------------

    def give_back(self, visit: Visit, slot: int) -> None:
        """Give back what the visit holds in a slot, if anything."""
        hold = visit.held.pop(slot, None)
        if hold is not None:
            self.rows.append((hold.entered, hold.started, self.env.now, visit.number, hold.step, hold.need, hold.unit))
            self.is_free(hold.unit)

    def is_free(self, unit: int) -> None:
        """A unit has finished or returned: it does the oldest change that waits for the pool, else it is idle."""
        pool = self.pools[self.pool_of[unit]]
        while pool.owed:
            if self.goes(unit, pool.owed.pop(0)):
                return
        self.becomes_idle(unit)

    def becomes_idle(self, unit: int) -> None:
        """Put a unit behind those idle for longer and mark its pool."""
        bisect.insort(self.pools[self.pool_of[unit]].idle, (self.env.now, unit))
        self.marked.add(self.pool_of[unit])

    def goes(self, unit: int, number: int) -> bool:
        """Let a unit do a planned going or break; return False when the break is already over."""
        change, pool, now = self.changes[number], self.pools[self.pool_of[unit]], self.env.now
        if change["op"] == GOES:
            self.duty.append((now, change["tick"], GOES, unit))
            bisect.insort(pool.off, unit)
            return True
        back = (change["tick"] if pool.late_is_cut else now) + change["length"]
        if back <= now:
            return False
        self.duty.append((now, change["tick"], BREAKS, unit))
        if back < self.c.run.end:
            self.at(back, CAPACITY, len(self.changes) + unit, lambda: self.returns(unit))
        return True

    def returns(self, unit: int) -> None:
        """A break is over."""
        self.duty.append((self.env.now, self.env.now, RETURNS, unit))
        self.is_free(unit)
        self.start_eligible()

    def someone_goes(self, number: int) -> None:
        """A planned going or break: the longest idle unit takes it, else the next to finish."""
        pool = self.pools[self.changes[number]["subject"]]
        if pool.idle:
            _, unit = pool.idle.pop(0)
            if not self.goes(unit, number):
                self.becomes_idle(unit)
        else:
            pool.owed.append(number)

    def let_go(self, place: int) -> None:
        """Let those go who stayed at a closed place for its last customer."""
        for pool in self.place_pools[place]:
            kept, self.pools[pool].kept = self.pools[pool].kept, []
            for number in kept:
                self.someone_goes(number)

    def planned_change(self, number: int) -> None:
        """Opening, closing, a shift's beginning or end, a break."""
        change = self.changes[number]
        op, subject = change["op"], change["subject"]
        if op == OPENS:
            self.closed[subject] = False
            self.let_go(subject)
        elif op == CLOSES:
            self.closed[subject] = True
            if self.closing[subject] == TURN_AWAY:
                self.turn_away(subject)
        elif op == COMES:
            pool = self.pools[subject]
            if pool.off:
                unit = pool.off.pop(0)
                self.duty.append((self.env.now, change["tick"], COMES, unit))
                self.becomes_idle(unit)
            elif pool.owed:
                pool.owed.pop(0)
        else:
            place = self.pools[subject].place
            stays = self.closed[place] and self.inside[place] > 0 and self.closing[place] == SERVE
            if op == GOES and stays:
                self.pools[subject].kept.append(number)
            else:
                self.someone_goes(number)
        self.start_eligible()

    def turn_away(self, place: int) -> None:
        """Those who wait at the place and hold nothing leave, queue by queue."""
        for queue, waiting in enumerate(self.queues):
            for _, _, visit in list(waiting):
                if visit.place == place and not visit.held:
                    self.stop_waiting(visit, queue, TURNED_AWAY)

    # --- the trace -----------------------------------------------------------------------------------------------

    def row(self, visit: Visit, entered: int, started: int, ended: int) -> None:
        """Write that the visit passed its block."""
        self.rows.append((entered, started, ended, visit.number, visit.step, -1, -1))

    def trace(self) -> Trace:
        """Return the trace; what is still open comes last."""
        for visit in self.visits:
            if self.results[visit.number][0] < 0:
                self.row(visit, visit.entered, -1 if visit.ticket is not None else visit.entered, -1)
                for _, hold in sorted(visit.held.items()):
                    self.rows.append((hold.entered, hold.started, -1, visit.number, hold.step, hold.need, hold.unit))
        return Trace(records(self.rows, ROW), records(self.results, RESULT), records(self.duty, DUTY))


def _rows(table: Records) -> list[dict[str, Any]]:
    """Return a record array as dictionaries of plain numbers."""
    names = table.dtype.names or ()
    return [dict(zip(names, row, strict=True)) for row in table.tolist()]


def records(rows: list[tuple[int, ...]], dtype: np.dtype[np.void]) -> Records:
    """Return rows as a record array, also when there are none."""
    return np.array(rows, dtype) if rows else np.empty(0, dtype)


def run(tables: Tables, day: Day) -> Trace:
    """Return the trace of one replication; a pure function, the same as `sim.engines.kernel.run`."""
    return Engine(tables, day).run()
