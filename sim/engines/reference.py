"""The reference engine: what the model means, in SimPy. One customer's life reads top to bottom in `Engine.visit`.

Everything that happens at one tick is in order: events of the calendar by (tick, kind, number) — a large priority for
SimPy — and between two of them the cascade, which SimPy runs as its own events without delay, first come first
served. Pools that got something free are looked at, lowest number first, before the next visit of the cascade runs;
visits that wait for a condition are looked at when nothing else is left to do at the tick.
`sim.engines.kernel` says the same in integers and must give the same trace, row for row.
"""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from sim.draw import luck
from sim.engines.reference_units import Unit, Units
from sim.engines.reference_values import DAY, Values
from sim.tables import types as t

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

STARTED, GAVE_UP, TURNED_AWAY, TOO_LONG = range(4)
"""How waiting can end."""

DONE, DROPPED, SENT = range(3)
"""How an ADVANCE can end: as drawn, by a dropped connection, or because what it needs went down."""

WOKEN = -2
"""`arrived` of a visit that will come later."""


@dataclass(slots=True)
class Hold:
    """A unit that a visit holds, and since when it wanted and had it."""

    unit: int
    pool: int
    step: int
    need: int
    entered: int
    started: int


@dataclass(slots=True)
class Work:
    """An ADVANCE that is going on."""

    duration: int
    planned: int
    """Ticks until it ends or drops, from its start (or last restart)."""
    drops: bool
    left: int
    reasons: int
    """How many things keep it from going on."""
    since: int = 0
    """When it last went on."""
    timer: Any = None
    event: Any = None


@dataclass(slots=True)
class Wait:
    """A visit in a queue."""

    queue: int
    key: int
    """Order in the queue: when it joined, or when it is due."""
    patience: int
    wanting: int
    stage: int
    ticket: Any
    collects: bool = False
    timer: Any = None


@dataclass(slots=True)
class Visit:
    """A customer, or work that somebody left to be done."""

    engine: Engine
    number: int
    stream: int
    source: int
    """Stream whose luck it has: of the one who came by himself."""
    n: int
    lineage: int
    place: int
    step: int
    arrived: int
    parent: Visit | None = None
    account: int = -1
    attributes: list[float] = field(default_factory=list)
    entered: int = 0
    waited: int = 0
    passed: int = 0
    """How often it has passed the block it is in before."""
    children: int = 0
    ghost: bool = False
    held: dict[int, Hold] = field(default_factory=dict)
    last: dict[int, tuple[int, int]] = field(default_factory=dict)
    """(unit, team) last held in each slot."""
    passes: dict[int, int] = field(default_factory=dict)
    wait: Wait | None = None
    work: Work | None = None

    @property
    def follows(self) -> bool:
        """Tell whether this is work that somebody set off, not a customer at the door."""
        return not self.ghost and self.lineage >> 8 > 0 and self.lineage & 255 == 0

    @property
    def working(self) -> Work:
        """Return the ADVANCE that is going on."""
        if self.work is None:
            raise RuntimeError("no ADVANCE is going on")
        return self.work

    @property
    def waiting(self) -> Wait:
        """Return the wait that is going on."""
        if self.wait is None:
            raise RuntimeError("the visit does not wait")
        return self.wait

    def gets_back(self, unit: Unit) -> None:
        """Who pre-empted this visit's unit is done with it."""
        self.engine.gets_back(self, unit)


class Engine(Units):
    """One replication."""

    def __init__(self, tables: t.Tables, day: t.Day) -> None:
        c = tables.compiled
        self.c, self.day = c, day
        self.env: Any = simpy.Environment()  # its own types leave no room for ticks and our priorities
        self.steps = _rows(c.step)
        self.member = c.member.tolist()
        self.choices = c.choice.tolist()
        self.seize_queue = c.seize.tolist()
        self.parts = c.world.part.tolist()
        self.streams = _rows(c.stream)
        self.hashes = [(np.uint64(row["hash0"]), np.uint64(row["hash1"])) for row in self.streams]
        self.names = [np.uint64(step["name"]) for step in self.steps]
        self.changes = _rows(c.change)
        needs = _rows(c.need)
        for need in needs:
            need["pools"] = self.member[need["first"] : need["first"] + need["count"]]
        self.needs = [needs[first : first + n] for _, n, first, *_ in c.queue.tolist()]
        self.plain = [all(need["rule"] == t.IN_ORDER and need["reserve"] < 0 for need in one) for one in self.needs]
        self.in_order = [[[(pool, 0) for pool in need["pools"]] for need in one] for one in self.needs]
        """What `preference` says of plain needs."""
        self.rank = c.queue["rank"].tolist()
        self.family = c.queue["family"].tolist()
        self.wanting = _rows(c.world.wanting)
        self.stages = c.world.stage.tolist()
        self.sessions = _rows(c.world.session)
        self.tasks = _rows(c.world.task)
        self.spawned = c.world.spawned.tolist()
        self.weights = c.world.share.tolist()
        self.day_class = c.world.day_class.tolist()
        self.counters = c.world.counter.tolist()
        self.accounts = c.world.account.tolist()
        self.closing = c.place["closing"].tolist()
        self.place_pools = [self.member[first:end] for _, first, end, _ in c.place.tolist()]
        self.closed = [never == 0 for never in c.place["never_closes"].tolist()]
        self.inside = [0] * len(self.closing)
        self.queues: list[list[tuple[int, int, Visit]]] = [[] for _ in self.needs]
        """(key, number, visit) of each queue, in order."""
        self.collectors: list[Visit | None] = [None] * max(c.run.n_families, 1)
        self.may_collect: list[list[tuple[int, int, Visit]]] = [[] for _ in self.collectors]
        self.watchers: list[tuple[int, int, Visit]] = []
        """(entered, number, visit) of those who wait for a condition."""
        self.watch_planned = False
        self.marked: set[int] = set()
        self.make_units()
        self.values = Values(self)
        self.visits: dict[int, Visit] = {}
        self.arrivals = day.visit.tolist()
        self.disruptions = day.disruption.tolist()
        self.overrides = {
            (visit, name, passes, purpose): value for value, name, visit, passes, purpose in day.override.tolist()
        }
        self.rows: list[tuple[int, ...]] = []
        self.duty: list[tuple[int, ...]] = []
        self.entries: list[tuple[int, float, int, int]] = []
        self.results = [[-1, -1, -1, stream, 0] for _, stream, _, _ in self.arrivals]

    # --- the calendar --------------------------------------------------------------------------------------------

    def at(self, tick: int, kind: int, number: int, do: Callable[[], object]) -> Any:
        """Put `do` into the calendar and return the event; those of one tick happen in the order of (kind, number)."""

        def happens(_: object) -> None:
            do()
            self.start_eligible()
            self.watch()

        event = self.env.event()
        event._ok, event._value = True, None
        event.callbacks.append(happens)
        self.env.schedule(event, priority=(1 << 44) + (kind << 40) + number, delay=tick - self.env.now)
        return event

    def cancel(self, event: Any) -> None:
        """Let an event of the calendar not happen."""
        if event is not None and event.callbacks is not None:
            event.callbacks.clear()

    def behind(self) -> Any:
        """Return an event after all that the cascade holds by now, None when it holds nothing."""
        queue = self.env._queue
        if not queue or queue[0][0] > self.env.now or queue[0][1] >= 1 << 43:
            return None
        return self.env.event().succeed()

    def run(self) -> t.Trace:
        """Run the replication and return its trace."""
        for number, change in enumerate(self.changes):
            self.at(change["tick"], t.CAPACITY, number, functools.partial(self.planned_change, number))
        for number, (tick, _, _) in enumerate(self.disruptions):
            self.at(tick, t.BREAKDOWN, number, functools.partial(self.disruption, number))
        for number, rule in enumerate(self.rules):
            self.at(rule.every, t.LOOKS, number, functools.partial(self.looks, number))
        self.roots = iter([number for number, (_, _, _, child) in enumerate(self.arrivals) if child == 0])
        self.next_arrival()
        self.env.run(until=self.c.run.end)
        return self.trace()

    def next_arrival(self) -> None:
        """Put the next visit that comes by itself into the calendar."""
        number = next(self.roots, -1)
        if number >= 0:
            self.at(self.arrivals[number][0], t.ARRIVES, number, functools.partial(self.arrive, number))

    def arrive(self, number: int) -> None:
        """Let the next visit of the day begin its life, if its stream lets it in."""
        _, stream, n, _ = self.arrivals[number]
        spec = self.streams[stream]
        visit = Visit(self, number, stream, stream, n, 0, spec["place"], spec["step"], self.env.now)
        visit.attributes = [0.0] * self.c.run.n_attributes
        self.next_arrival()
        if spec["account_end"] > spec["account"]:
            u = self.luck(visit, np.uint64(0), 0, luck.PURPOSE_ACCOUNT)
            visit.account = spec["account"] + int(u * (spec["account_end"] - spec["account"]))
        if spec["gate"] >= 0:
            u = self.luck(visit, np.uint64(0), 0, luck.PURPOSE_GATE)
            if u >= self.values.value(spec["gate"], visit, visit.place):
                return
        self.comes_in(visit)

    def comes_in(self, visit: Visit) -> None:
        """A visit begins."""
        self.visits[visit.number] = visit
        self.results[visit.number] = [self.env.now, -1, t.IN_SYSTEM, visit.stream, visit.lineage & 255]
        self.env.process(self.visit(visit))

    # --- a customer's life ---------------------------------------------------------------------------------------

    def visit(self, visit: Visit) -> Generator[simpy.Event, Any, None]:
        """Run the blocks of a visit, from its arrival until it leaves."""
        env = self.env
        self.inside[visit.place] += 1
        if self.closed[visit.place] and self.closing[visit.place] != t.CARRY and not visit.follows:
            return self.leave(visit, t.CLOSED)
        while True:
            step = self.steps[visit.step]
            kind = step["op"]
            visit.entered = now = env.now

            if kind == t.SEIZE:
                queue = self.asked_now(step["seize"], visit.place)
                if queue < 0:
                    return self.leave(visit, t.REFERRED)
                self.count_pass(visit)
                pools = self.matching(visit, queue)
                if pools is not None:
                    self.take(visit, queue, pools)
                elif self.preempts(visit, queue):
                    pass
                else:
                    ends = self.patience_ends(visit)
                    how = yield from self.wait(visit, queue, ends)
                    if how == TURNED_AWAY:
                        return self.leave(visit, t.CLOSED)
                    if how != STARTED:
                        to, outcome = (
                            (step["give_up"], t.ABANDONED) if how == GAVE_UP else (self.limit(step), t.DIVERTED)
                        )
                        if to < 0:
                            return self.leave(visit, outcome)
                        visit.step = to
                        continue
                visit.step = step["next"]

            elif kind == t.ADVANCE:
                self.count_pass(visit)
                how = yield from self.advance(visit)
                self.row(visit, now, now, env.now)
                session = self.sessions[step["detail"]] if step["detail"] >= 0 else {}
                visit.step = step["next"] if how == DONE else session["drop_to" if how == DROPPED else "down_to"]

            elif kind == t.RELEASE:
                self.count_pass(visit)
                crash = self.sessions[step["detail"]]["crash"] if step["detail"] >= 0 else -1
                for slot in self.member[step["first"] : step["first"] + step["count"]]:
                    if crash >= 0 and slot in visit.held:
                        self.crashes(self.units[visit.held[slot].unit], visit, crash, self.names[visit.step])
                    self.give_back(visit, slot)
                visit.step = step["next"]
                again = self.behind()
                self.start_eligible()
                if again is not None:
                    yield again

            elif kind == t.TRANSFER:
                self.row(visit, now, now, now)
                self.count_pass(visit)
                visit.step = self.choose(visit, step)

            elif kind == t.EVENT:
                self.row(visit, now, now, now)
                self.count_pass(visit)
                if step["code"] >= 0:
                    amount = self.values.value(step["code"], visit, visit.place)
                    self.entries.append((now, amount, visit.number, visit.step))
                visit.step = step["next"]

            elif kind == t.ASSIGN:
                self.row(visit, now, now, now)
                self.count_pass(visit)
                self.assign(visit, step)
                visit.step = step["next"]

            elif kind == t.SPLIT:
                self.row(visit, now, now, now)
                self.count_pass(visit)
                self.split(visit, step)
                visit.step = step["next"]

            elif kind == t.WAIT:
                self.count_pass(visit)
                how = yield from self.watches(visit, step)
                if how == GAVE_UP:
                    self.row(visit, now, -1, env.now)
                    if step["give_up"] < 0:
                        return self.leave(visit, t.ABANDONED)
                    visit.step = step["give_up"]
                else:
                    self.row(visit, now, now, env.now)
                    visit.step = step["next"]

            else:
                return self.leave(visit, step["outcome"])

    def leave(self, visit: Visit, outcome: int) -> None:
        """End a visit: what it still holds goes back, and the last to leave a closed place lets its staff go."""
        for slot in sorted(visit.held):
            self.give_back(visit, slot)
        self.results[visit.number][1:3] = [self.env.now, outcome]
        if visit.parent is not None:
            visit.parent.children -= 1
        self.inside[visit.place] -= 1
        if self.inside[visit.place] == 0 and self.closed[visit.place]:
            self.let_go(visit.place)
        self.start_eligible()
        self.watch()

    def choose(self, visit: Visit, step: dict[str, Any]) -> int:
        """Return where a TRANSFER leads."""
        choices = self.choices[step["first"] : step["first"] + step["count"]]
        if step["clock"] == t.BY_CONDITION:
            for _, target, code in choices[:-1]:
                if self.values.value(code, visit, visit.place) != 0.0:
                    return int(target)
            return int(choices[-1][1])
        if len(choices) == 1:
            return int(choices[0][1])
        u = self.override(visit, luck.PURPOSE_CHOICE)
        if u is None:
            u = self.luck(visit, self.names[visit.step], visit.passed, luck.PURPOSE_CHOICE)
        reached = 0.0
        for share, target, code in choices[:-1]:
            reached = share if code < 0 else reached + max(0.0, self.values.value(code, visit, visit.place))
            if u < reached:
                return int(target)
        return int(choices[-1][1])

    def assign(self, visit: Visit, step: dict[str, Any]) -> None:
        """Write a value into the visit, its account or a counter."""
        task, value = self.tasks[step["detail"]], self.values.value(step["code"], visit, visit.place)
        if task["kind"] == t.ATTRIBUTE:
            visit.attributes[task["index"]] = value
        elif task["kind"] == t.COUNTER:
            self.counters[task["index"] + task["each_place"] * visit.place] = value
        elif visit.account >= 0:
            self.accounts[visit.account][task["index"]] = value

    def split(self, visit: Visit, step: dict[str, Any]) -> None:
        """Wake a visit that was asleep; nothing happens when all are awake, or when it would come after the horizon."""
        task = self.tasks[step["detail"]]
        numbers = [visit.number + task["children"] + k * task["span"] for k in range(task["most"])]
        asleep = [number for number in numbers if self.results[number][0] == -1]
        delay = 0
        if task["law"] >= 0:
            time_s = self.seconds(visit, task["law"], self.names[visit.step], visit.passed, luck.PURPOSE_DELAY)
            delay = self.to_ticks(time_s)
        stream = visit.stream if task["again"] else self.spawned[task["index"]][visit.place]
        if not asleep or stream < 0 or self.env.now + delay >= self.c.run.horizon:
            return
        number = asleep[0]
        spec = self.streams[stream]
        child = self.arrivals[number][3]
        attempt = (visit.lineage & 255) + 1 if task["again"] else 0
        other = Visit(
            self, number, stream, visit.source, visit.n, (child << 8) | attempt, spec["place"], spec["step"],
            self.env.now + delay, visit, visit.account, list(visit.attributes),
        )  # fmt: skip
        self.results[number][0] = WOKEN
        visit.children += 1
        self.at(self.env.now + delay, t.ARRIVES, number, lambda: self.comes_in(other))

    # --- luck ----------------------------------------------------------------------------------------------------

    def count_pass(self, visit: Visit) -> None:
        """Remember how often the visit has passed the name of its step before, and count this pass."""
        counter = self.steps[visit.step]["counter"]
        visit.passed = 0
        if counter >= 0:
            visit.passed = visit.passes.get(counter, 0)
            visit.passes[counter] = visit.passed + 1

    def luck(self, visit: Visit, name: np.uint64, passes: int, purpose: np.uint64) -> float:
        """Return the visit's u in (0, 1) for a named block, pass and purpose (MODEL §2)."""
        day, (hash0, hash1) = self.day, self.hashes[visit.source]
        u: float = luck.draw_uniform(day.key0, day.key1, hash0, hash1, visit.n, visit.lineage, name, passes, purpose)
        return u

    def seconds(self, visit: Visit, law: int, name: np.uint64, passes: int, purpose: np.uint64) -> float:
        """Return a duration of the visit in seconds."""
        day, (hash0, hash1), c = self.day, self.hashes[visit.source], self.c
        who = (day.key0, day.key1, hash0, hash1, visit.n, visit.lineage)
        return float(luck.draw_seconds(c.law, c.point, law, *who, name, passes, purpose))

    def override(self, visit: Visit, purpose: np.uint64) -> float | None:
        """Return what a log says of the visit in the block it is in."""
        if not self.overrides:
            return None
        return self.overrides.get((visit.number, int(self.names[visit.step]), visit.passed, int(purpose)))

    def to_ticks(self, time_s: float) -> int:
        """Return whole ticks."""
        return int(luck.round_ticks(time_s, self.c.run.tick))

    def patience_ends(self, visit: Visit) -> int:
        """Return the tick at which the visit would give up waiting here."""
        step = self.steps[visit.step]
        if step["law"] < 0:
            return int(t.NEVER)
        if step["clock"] == t.CLOCK_QUEUE:
            name, passes = self.names[visit.step], visit.passed
        else:
            name, passes = np.uint64(self.c.run.patience_name), 0
        time_s = self.override(visit, luck.PURPOSE_PATIENCE)
        if time_s is None:
            time_s = self.seconds(visit, step["law"], name, passes, luck.PURPOSE_PATIENCE)
        if step["op"] == t.SEIZE and step["detail"] >= 0 and self.wanting[step["detail"]]["patience"] >= 0:
            time_s *= max(0.0, self.values.value(self.wanting[step["detail"]]["patience"], visit, visit.place))
        patience = self.to_ticks(time_s)
        if step["clock"] == t.CLOCK_VISIT:
            return visit.arrived + patience
        if step["clock"] == t.CLOCK_QUEUE:
            return int(self.env.now) + patience
        return int(self.env.now) + patience - visit.waited

    # --- time passes ---------------------------------------------------------------------------------------------

    def advance(self, visit: Visit) -> Generator[simpy.Event, Any, int]:
        """Let the time of an ADVANCE pass and return how it ended."""
        step = self.steps[visit.step]
        name, passes = self.names[visit.step], visit.passed
        time_s = self.override(visit, luck.PURPOSE_DURATION)
        if time_s is None:
            time_s = self.seconds(visit, step["law"], name, passes, luck.PURPOSE_DURATION)
        session = self.sessions[step["detail"]] if step["detail"] >= 0 else None
        if session is not None and session["code"] >= 0:
            time_s *= max(0.0, self.values.value(session["code"], visit, visit.place))
        duration = self.to_ticks(time_s)
        work = Work(duration, duration, False, duration, 0)
        if session is not None:
            if session["drop"] >= 0:
                drop = self.to_ticks(self.seconds(visit, session["drop"], name, passes, luck.PURPOSE_DROP))
                if drop < duration:
                    work.planned = work.left = drop
                    work.drops = True
            if session["on_down"] != t.CONTINUE:
                down = sum(self.units[hold.unit].down > 0 for hold in visit.held.values())
                work.reasons = down + self.link_is_down(self.link_of(visit, session))
                if work.reasons and session["on_down"] == t.GO_TO:
                    return SENT
        if work.planned == 0 and not work.reasons:
            return DROPPED if work.drops else DONE
        work.event = self.env.event()
        visit.work = work
        if work.reasons == 0:
            self.goes_on(visit)
        how: int = yield work.event
        return how

    def link_of(self, visit: Visit, session: dict[str, Any]) -> int:
        """Return the link that a session of the visit needs, −1: none."""
        return int(self.values.link[session["link"]][visit.place]) if session["link"] >= 0 else -1

    def goes_on(self, visit: Visit) -> None:
        """The time of an ADVANCE runs (again)."""
        work = visit.working
        work.since = self.env.now

        def ends() -> None:
            how = DROPPED if work.drops else DONE
            if how == DROPPED:
                self.remembers(visit, work.planned)
            visit.work = None
            work.event.succeed(how)

        if self.env.now + work.left < self.c.run.end:
            work.timer = self.at(self.env.now + work.left, t.ADVANCE_ENDS, visit.number, ends)

    def holds_on(self, visit: Visit) -> None:
        """One more thing keeps an ADVANCE from going on."""
        work = visit.working
        if work.reasons == 0:
            work.left -= self.env.now - work.since
            self.cancel(work.timer)
        work.reasons += 1

    def one_reason_less(self, visit: Visit) -> None:
        """One thing less keeps an ADVANCE from going on."""
        work = visit.working
        work.reasons -= 1
        if work.reasons == 0:
            self.goes_on(visit)

    def remembers(self, visit: Visit, elapsed: int) -> None:
        """Write down which share of an ADVANCE was done when it was interrupted."""
        attribute = self.sessions[self.steps[visit.step]["detail"]]["done"]
        if attribute >= 0 and visit.work is not None:
            before = visit.attributes[attribute]
            visit.attributes[attribute] = before + (1.0 - before) * (elapsed / visit.work.duration)

    def is_sent(self, visit: Visit) -> None:
        """An ADVANCE is given up for where its `go_to` says."""
        work = visit.working
        left = work.left if work.reasons else work.left - (self.env.now - work.since)
        self.remembers(visit, work.planned - left)
        for unit in self.units:
            if unit.lender is visit:
                unit.lender = None
        self.cancel(work.timer)
        visit.work = None
        work.event.succeed(SENT)

    def is_told(self, visit: Visit) -> None:
        """Something that an ADVANCE needs has gone down."""
        detail = self.steps[visit.step]["detail"]
        if visit.work is None or detail < 0:
            return
        on_down = self.sessions[detail]["on_down"]
        if on_down == t.GO_TO:
            self.is_sent(visit)
        elif on_down != t.CONTINUE:
            self.holds_on(visit)
            if on_down == t.RESTART:
                visit.work.left = visit.work.planned

    def is_told_up(self, visit: Visit) -> None:
        """Something that an ADVANCE needs works again."""
        detail = self.steps[visit.step]["detail"]
        if visit.work is not None and detail >= 0 and self.sessions[detail]["on_down"] in (t.PAUSE, t.RESTART):
            self.one_reason_less(visit)

    held_unit_fails = is_told
    held_unit_works = is_told_up

    def using(self, link: int) -> Iterable[Visit]:
        """Yield the visits whose ADVANCE needs a link, by number."""
        for _, visit in sorted(self.visits.items()):
            if visit.work is not None:
                detail = self.steps[visit.step]["detail"]
                if detail >= 0 and self.link_of(visit, self.sessions[detail]) == link:
                    yield visit

    def link_fails(self, link: int) -> None:
        """A link goes down."""
        for visit in list(self.using(link)):
            self.is_told(visit)

    def link_works(self, link: int) -> None:
        """A link comes up."""
        for visit in list(self.using(link)):
            self.is_told_up(visit)

    def hand_over(self, unit: Unit, number: int) -> bool:
        """Who goes leaves the customer to somebody else, when the ADVANCE says where to; return whether it does."""
        visit = unit.holders[0]
        detail = self.steps[visit.step]["detail"]
        if visit.work is None or detail < 0 or self.sessions[detail]["on_down"] != t.GO_TO or unit.lender is not None:
            return False
        self.is_sent(visit)
        slot = next(slot for slot, hold in visit.held.items() if hold.unit == unit.number)
        self.pools[unit.home].owed.insert(0, number)
        self.give_back(visit, slot)
        return True

    # --- waiting for a condition ---------------------------------------------------------------------------------

    def watches(self, visit: Visit, step: dict[str, Any]) -> Generator[simpy.Event, Any, int]:
        """Wait until a condition holds or a time of day comes."""
        now = self.env.now
        until = int(t.NEVER)
        if step["count"] >= 0:
            of_day = step["count"] * 1000
            until = now // 86_400_000 * 86_400_000 + of_day
            if until <= now:
                until += 86_400_000
        elif self.values.value(step["code"], visit, visit.place) != 0.0:
            return STARTED
        ends = self.patience_ends(visit)
        if ends <= now:
            return GAVE_UP
        ticket = self.env.event()
        visit.wait = wait = Wait(-1, now, ends, -1, -1, ticket)
        if step["count"] < 0:
            bisect.insort(self.watchers, (now, visit.number, visit))
        self.arm(visit, wait, until)
        how: int = yield ticket
        return how

    def watch(self) -> None:
        """Plan to look at those who wait for a condition, once all else is done at this tick."""
        if self.watchers and not self.watch_planned:
            self.watch_planned = True
            event = self.env.event()
            event._ok, event._value = True, None
            event.callbacks.append(self.look_at_watchers)
            self.env.schedule(event, priority=1 << 43)

    def look_at_watchers(self, _: object) -> None:
        """Let the first go on whose condition holds; then look again once all that follows is done."""
        self.watch_planned = False
        for one in self.watchers:
            visit = one[2]
            if self.values.value(self.steps[visit.step]["code"], visit, visit.place) != 0.0:
                self.stop_watching(visit, STARTED)
                self.watch()
                return

    def stop_watching(self, visit: Visit, how: int) -> None:
        """A visit goes on from its WAIT."""
        wait, visit.wait = visit.waiting, None
        self.cancel(wait.timer)
        if (wait.key, visit.number, visit) in self.watchers:
            self.watchers.remove((wait.key, visit.number, visit))
        wait.ticket.succeed(how)

    # --- waiting in a queue --------------------------------------------------------------------------------------

    def wanted(self, visit: Visit) -> dict[str, Any] | None:
        """Return what the SEIZE of a visit has besides needs, class and patience."""
        step = self.steps[visit.step]
        return self.wanting[step["detail"]] if step["op"] == t.SEIZE and step["detail"] >= 0 else None

    def asked_now(self, row: int, place: int) -> int:
        """Return the queue of a SEIZE at a place, as this part of the day has it."""
        return self.seize_queue[row + bisect.bisect_right(self.parts, self.env.now % DAY) - 1][place]

    def rank_of(self, step: int, place: int) -> int:
        """Return the class in which visits of a place wait at a SEIZE: the same in every part of the day."""
        rows = range(self.steps[step]["seize"], self.steps[step]["seize"] + len(self.parts))
        return next(self.rank[queue] for row in rows if (queue := self.seize_queue[row][place]) >= 0)

    def limit(self, step: dict[str, Any]) -> int:
        """Return where a visit goes that has waited too long."""
        return int(self.wanting[step["detail"]]["limit_to"])

    def wait(self, visit: Visit, queue: int, ends: int) -> Generator[simpy.Event, Any, int]:
        """Join a queue; return how waiting ended."""
        now = self.env.now
        wanting = self.wanted(visit)
        too_long = wanting is not None and wanting["limit"] <= 0
        if ends <= now or too_long:
            self.row(visit, now, -1, now)
            return TOO_LONG if too_long else GAVE_UP
        turns_away = self.closed[visit.place] and self.closing[visit.place] == t.TURN_AWAY
        if turns_away and not visit.held and not visit.follows:
            self.row(visit, now, -1, now)
            return TURNED_AWAY
        ticket = self.env.event()
        key = now
        if wanting is not None and wanting["due"] >= 0:
            due_s = self.values.value(wanting["due"], visit, visit.place)
            key = int(np.rint(min(max(due_s, -1e15), 1e15) * 1000.0))
        visit.wait = wait = Wait(queue, key, ends, self.steps[visit.step]["detail"], -1, ticket)
        if wanting is not None:
            wait.stage = wanting["first"]
        bisect.insort(self.queues[queue], (key, visit.number, visit))
        self.watch()
        self.arm(visit, wait)
        how: int = yield ticket
        return how

    def arm(self, visit: Visit, wait: Wait, until: int = int(t.NEVER)) -> None:
        """Arm the one timer of a waiting visit: the first of patience and whatever else may happen to it."""
        if wait.wanting >= 0:
            wanting = self.wanting[wait.wanting]
            until = min(until, visit.entered + wanting["limit"])
            if wait.stage < wanting["end"]:
                until = min(until, visit.entered + self.stages[wait.stage][0])
            if not wait.collects:
                until = min(until, visit.entered + wanting["earmark"])
        kind = t.TIMER if until <= wait.patience else t.PATIENCE_ENDS
        tick = min(until, wait.patience)
        if tick < self.c.run.end:
            rings = functools.partial(self.rings, visit, wait, kind)
            wait.timer = self.at(max(tick, self.env.now), kind, visit.number, rings)

    def rings(self, visit: Visit, wait: Wait, kind: int) -> None:
        """The timer of a waiting visit rings."""
        now = self.env.now
        if wait.queue < 0:
            self.stop_watching(visit, GAVE_UP if kind == t.PATIENCE_ENDS else STARTED)
            return
        if kind == t.PATIENCE_ENDS:
            if wait.wanting >= 0 and self.wanting[wait.wanting]["gap"] >= 0 and not visit.held:
                self.leave_ghost(visit, wait)
            self.stop_waiting(visit, GAVE_UP)
            return
        wanting = self.wanting[wait.wanting]
        if wait.stage < wanting["end"] and visit.entered + self.stages[wait.stage][0] <= now:
            queue = self.asked_now(self.stages[wait.stage][1], visit.place)
            wait.stage += 1
            if queue >= 0 and queue != wait.queue:
                self.queues[wait.queue].remove((wait.key, visit.number, visit))
                wait.queue = queue
                bisect.insort(self.queues[queue], (wait.key, visit.number, visit))
            self.tries(visit, wait)
        elif not wait.collects and visit.entered + wanting["earmark"] <= now:
            wait.collects = True
            family = self.family[wait.queue]
            bisect.insort(self.may_collect[family], (visit.entered, visit.number, visit))
            self.next_collector(family)
        else:
            self.stop_waiting(visit, TOO_LONG)
            return
        if visit.wait is wait:
            self.arm(visit, wait)

    def tries(self, visit: Visit, wait: Wait) -> None:
        """A waiting visit that may go elsewhere now starts if it can."""
        if self.collectors[self.family[wait.queue]] is visit:
            self.collect(visit, range(len(self.pools)))
        else:
            pools = self.matching(visit, wait.queue)
            if pools is not None:
                self.stop_waiting(visit, STARTED, pools)

    def stop_waiting(self, visit: Visit, how: int, pools: tuple[int, ...] = ()) -> None:
        """Take a visit out of its queue and let it go on."""
        wait, visit.wait = visit.waiting, None
        self.cancel(wait.timer)
        self.queues[wait.queue].remove((wait.key, visit.number, visit))
        visit.waited += self.env.now - visit.entered
        family = self.family[wait.queue]
        collected = self.collectors[family] is visit
        if wait.collects:
            self.may_collect[family].remove((visit.entered, visit.number, visit))
        if collected:
            self.collectors[family] = None
            if how != STARTED:
                step = self.steps[visit.step]
                for slot in self.member[step["first"] : step["first"] + step["count"]]:
                    self.give_back(visit, slot)
        if how != STARTED:
            self.row(visit, visit.entered, -1, self.env.now)
        elif pools:
            self.take(visit, wait.queue, pools)
        if visit.ghost:
            self.calls_ghost(visit)
        else:
            wait.ticket.succeed(how)
        self.watch()
        if collected:
            self.next_collector(family)

    def start_eligible(self) -> None:
        """Start who can start, marked pool by marked pool: the first by (class, joining time, number)."""
        while self.marked:
            pool = min(self.marked)
            self.marked.discard(pool)
            if not any(self.queues[q] for q in self.pools[pool].queues):
                continue
            for family in dict.fromkeys(self.family[q] for q in self.pools[pool].queues):
                collector = self.collectors[family]
                if collector is not None:
                    self.collect(collector, (pool,))
            while True:
                queues = [q for q in self.pools[pool].queues if self.queues[q]]
                found = [one for queue in queues if (one := self.first_to_start(queue)) is not None]
                starts = min(found, key=lambda one: one[:3], default=None)
                if starts is None:
                    break
                visit, queue = starts[3], starts[4]
                self.stop_waiting(visit, STARTED, self.matching(visit, queue) or ())

    def first_to_start(self, queue: int) -> tuple[int, int, int, Visit, int] | None:
        """Return (class, key, number, visit, queue) of the first of a queue who can start."""
        if self.matching(None, queue) is None:
            return None
        for key, number, visit in self.queues[queue]:
            collects = self.collectors[self.family[queue]] is visit
            if not collects and self.matching(visit, queue) is not None:
                return self.rank[queue], key, number, visit, queue
        return None

    # --- matching ------------------------------------------------------------------------------------------------

    def can_start(self, visit: Visit | None, queue: int) -> bool:
        """Tell whether a visit that came to a SEIZE with this queue now would start."""
        return queue >= 0 and self.matching(None, queue) is not None

    def barred(self, visit: Visit | None, need: int) -> tuple[int, int]:
        """Return (unit, team) that a visit may not take for a need: maker ≠ checker; −1: none."""
        wanting = None if visit is None or visit.ghost else self.wanted(visit)
        unit = team = -1
        if visit is not None and wanting is not None:
            rules = self.member[wanting["differs"] : wanting["differs_end"]]
            for one, slot, by_team in zip(rules[::3], rules[1::3], rules[2::3], strict=True):
                if one == need:
                    hold = visit.held.get(slot)
                    last = (
                        (hold.unit, self.units[hold.unit].home) if hold is not None else visit.last.get(slot, (-1, -1))
                    )
                    unit, team = (unit, last[1]) if by_team else (last[0], team)
        return unit, team

    def preference(self, visit: Visit | None, queue: int, need: int) -> list[tuple[int, int]]:
        """Return (pool, how many must stay free) of a need in the order in which it wants them now."""
        spec = self.needs[queue][need]
        pools = spec["pools"]
        reserve = (
            self.member[spec["reserve"] : spec["reserve"] + len(pools)] if spec["reserve"] >= 0 else [0] * len(pools)
        )
        order = list(range(len(pools)))
        free = [len(self.pools[pool].idle) > kept for pool, kept in zip(pools, reserve, strict=True)]
        if spec["rule"] == t.LONGEST_IDLE:
            order.sort(key=lambda i: (self.pools[pools[i]].idle[0][1], i) if free[i] else (int(t.NEVER), i))
        elif spec["rule"] == t.LEAST_OCCUPIED:
            order.sort(key=lambda i: (self.pools[pools[i]].load / self.pools[pools[i]].duty if free[i] else 2.0, i))
        elif spec["rule"] == t.RANDOM and visit is not None and any(free):
            weights = self.weights[spec["weight"] : spec["weight"] + len(pools)]
            passes = visit.passed * 4 + need
            u = self.luck(visit, self.names[visit.step], passes, luck.PURPOSE_TEAM)
            total = 0.0
            for i in order:
                if free[i]:
                    total += weights[i]
            reached, chosen = 0.0, -1
            for i in order:
                if free[i] and (chosen < 0 or reached <= u * total):
                    chosen = i
                    reached += weights[i]
            order.sort(key=lambda i: (i != chosen, i))
        return [(pools[i], reserve[i]) for i in order]

    def matching(self, visit: Visit | None, queue: int) -> tuple[int, ...] | None:
        """Return a pool for each need, all units distinct: the first in the order of preference of need 1, then 2 ….

        A need that must differ from a unit takes its own first, so that who may take any does not take the last other.
        """
        ghost = visit is not None and visit.ghost
        n = 1 if ghost else len(self.needs[queue])
        wanting = None if visit is None or ghost else self.wanted(visit)
        plain = self.plain[queue] and (wanting is None or wanting["differs"] == wanting["differs_end"])
        if n == 1 and plain:
            for pool in self.needs[queue][0]["pools"]:
                if self.pools[pool].idle:
                    return (pool,)
            return None
        orders = self.in_order[queue] if plain else [self.preference(visit, queue, need) for need in range(n)]
        barred = [(-1, -1)] * n if plain else [self.barred(visit, need) for need in range(n)]
        taken: list[tuple[int, bool]] = []

        def may(need: int, pool: int, kept: int) -> bool:
            unit, team = barred[need]
            idle = self.pools[pool].idle
            here = [bar for other, bar in taken if other == pool]
            if len(idle) - len(here) <= kept or (team >= 0 and pool == team):
                return False
            listed = unit >= 0 and self.units[unit].pool == pool and self.units[unit].idle_key in idle
            return not listed or len(idle) - 1 - sum(here) > 0

        def match(need: int) -> bool:
            if need == n:
                return True
            for pool, kept in orders[need]:
                if may(need, pool, kept):
                    taken.append((pool, barred[need][0] >= 0))
                    if match(need + 1):
                        return True
                    taken.pop()
            return False

        return tuple(pool for pool, _ in taken) if match(0) else None

    def take(self, visit: Visit, queue: int, pools: tuple[int, ...]) -> None:
        """Give the visit a unit of each pool that was matched: the longest idle one that it may take."""
        if len(pools) == 1 and self.steps[visit.step]["detail"] < 0:
            unit = self.units[self.pools[pools[0]].idle.pop(0)[2]]
            self.begins(unit, visit)
            self.hold(visit, 0, unit, visit.entered)
            self.enlist(unit)
            return
        order = sorted(range(len(pools)), key=lambda need: self.barred(visit, need)[0] < 0)
        units: dict[int, Unit] = {}
        for need in order:
            bar, _ = self.barred(visit, need)
            keys = self.pools[pools[need]].idle
            key = next(key for key in keys if key[2] != bar)
            keys.remove(key)
            units[need] = self.units[key[2]]
        for need in range(len(pools)):
            self.begins(units[need], visit)
            self.hold(visit, need, units[need], visit.entered)
        for need in range(len(pools)):
            self.enlist(units[need])

    def hold(self, visit: Visit, need: int, unit: Unit, entered: int) -> None:
        """Write into the visit that it holds a unit."""
        slot = self.member[self.steps[visit.step]["first"] + need]
        visit.held[slot] = Hold(unit.number, unit.pool, visit.step, need, entered, self.env.now)

    def give_back(self, visit: Visit, slot: int) -> None:
        """Give back what the visit holds in a slot, if anything."""
        hold = visit.held.pop(slot, None)
        if hold is not None:
            unit = self.units[hold.unit]
            visit.last[slot] = (hold.unit, unit.home)
            self.close(visit, hold)
            self.ends(unit, visit)

    def close(self, visit: Visit, hold: Hold) -> None:
        """Write the row of a hold that ends now."""
        self.rows.append(
            (hold.entered, hold.started, self.env.now, visit.number, hold.step, hold.need, hold.unit, hold.pool)
        )

    # --- earmarks ------------------------------------------------------------------------------------------------

    def next_collector(self, family: int) -> None:
        """The oldest of those who have waited too long for several units at once collects them as they free."""
        if self.collectors[family] is None and self.may_collect[family]:
            visit = self.may_collect[family][0][2]
            self.collectors[family] = visit
            self.collect(visit, range(len(self.pools)))

    def collect(self, visit: Visit, pools: Iterable[int]) -> None:
        """A collector takes what there is of `pools`, need by need, and starts when nothing is missing."""
        wait, step = visit.wait, self.steps[visit.step]
        if wait is None:
            return
        among = set(pools)
        missing = 0
        for need in range(len(self.needs[wait.queue])):
            if self.member[step["first"] + need] in visit.held:
                continue
            unit, team = self.barred(visit, need)
            for pool, kept in self.preference(visit, wait.queue, need):
                mine = {hold.unit for hold in visit.held.values()} | {unit}
                keys = [key for key in self.pools[pool].idle if key[2] not in mine]
                if pool in among and pool != team and keys and len(self.pools[pool].idle) > kept:
                    self.pools[pool].idle.remove(keys[0])
                    self.begins(self.units[keys[0][2]], visit)
                    self.hold(visit, need, self.units[keys[0][2]], visit.entered)
                    break
            else:
                missing += 1
        for need in range(len(self.needs[wait.queue])):
            hold = visit.held.get(self.member[step["first"] + need])
            if hold is not None and self.units[hold.unit].idle_key not in self.pools[hold.pool].idle:
                self.enlist(self.units[hold.unit])
        if not missing:
            self.stop_waiting(visit, STARTED)

    # --- pre-emption ---------------------------------------------------------------------------------------------

    def preempts(self, visit: Visit, queue: int) -> bool:
        """Take a unit from a visit of a lower class that is in an ADVANCE; return whether there was one."""
        if not self.alert(visit) or len(self.needs[queue]) > 1:
            return False
        for pool in self.needs[queue][0]["pools"]:
            found = []
            for unit in self.units:
                if unit.pool != pool or not unit.holders or unit.lender is not None or self.pools[pool].slots > 1:
                    continue
                victim = unit.holders[0]
                hold = next((hold for hold in victim.held.values() if hold.unit == unit.number), None)
                if hold is None or victim.work is None or unit.down > 0:
                    continue
                rank = self.rank_of(hold.step, victim.place)
                if rank > self.rank[queue]:
                    found.append((rank, hold.started, unit.number))
            if found:
                unit = self.units[max(found)[2]]
                victim = unit.holders.pop()
                slot = next(slot for slot, hold in victim.held.items() if hold.unit == unit.number)
                hold = victim.held.pop(slot)
                self.close(victim, hold)
                self.holds_on(victim)
                unit.lender, unit.lent = victim, (slot, hold.step, hold.need, self.env.now)
                unit.since = self.env.now
                unit.holders.append(visit)
                self.hold(visit, 0, unit, visit.entered)
                return True
        return False

    def next_alert(self, unit: Unit) -> bool:
        """Before a pre-empted visit has its unit back, the first who waits and may pre-empt takes it."""
        _, step, _, _ = unit.lent
        rank = self.rank_of(step, unit.lender.place)
        found = [
            (self.rank[queue], key, number, visit)
            for queue in self.pools[unit.pool].queues
            for key, number, visit in self.queues[queue]
            if self.rank[queue] < rank and len(self.needs[queue]) == 1
            if not visit.ghost and not visit.waiting.collects and self.alert(visit)
        ]
        if not found:
            return False
        visit = min(found, key=lambda one: one[:3])[3]
        unit.holders.append(visit)
        self.hold(visit, 0, unit, visit.entered)
        self.stop_waiting(visit, STARTED)
        return True

    def alert(self, visit: Visit) -> bool:
        """Tell whether the SEIZE of a visit may pre-empt."""
        wanting = self.wanted(visit)
        return wanting is not None and wanting["preempts"] == 1

    def gets_back(self, visit: Visit, unit: Unit) -> None:
        """The visit that was pre-empted has its unit again and goes on."""
        slot, step, need, entered = unit.lent
        visit.held[slot] = Hold(unit.number, unit.pool, step, need, entered, self.env.now)
        if unit.down > 0:
            self.is_told(visit)
        if visit.work is not None:
            self.one_reason_less(visit)

    # --- tickets -------------------------------------------------------------------------------------------------

    def leave_ghost(self, visit: Visit, wait: Wait) -> None:
        """Who leaves unnoticed leaves a ticket behind, in the same place of the queue."""
        number = visit.number + self.wanting[wait.wanting]["children"]
        if self.results[number][0] != -1:
            return
        self.results[number][0] = WOKEN
        child = self.arrivals[number][3]
        ghost = Visit(self, number, visit.stream, visit.source, visit.n, (child << 8) | (visit.lineage & 255),
                      visit.place, visit.step, visit.arrived, ghost=True)  # fmt: skip
        ghost.entered, ghost.passed = visit.entered, visit.passed
        ghost.wait = Wait(wait.queue, wait.key, int(t.NEVER), -1, -1, None)
        bisect.insort(self.queues[wait.queue], (wait.key, number, ghost))

    def calls_ghost(self, ghost: Visit) -> None:
        """The number of one who has left is called: the first need's unit loses a while."""
        step = self.steps[ghost.step]
        law = self.wanting[step["detail"]]["gap"]
        gap = self.to_ticks(self.seconds(ghost, law, self.names[ghost.step], ghost.passed, luck.PURPOSE_GAP))

        def ends() -> None:
            self.give_back(ghost, self.member[step["first"]])

        self.visits[ghost.number] = ghost
        tick = self.env.now + gap
        if gap == 0:
            ends()
        elif tick < self.c.run.end:
            self.at(tick, t.ADVANCE_ENDS, ghost.number, ends)

    # --- closing -------------------------------------------------------------------------------------------------

    def turn_away(self, place: int) -> None:
        """Those who wait at the place and hold nothing leave, queue by queue."""
        for waiting in self.queues:
            for _, _, visit in list(waiting):
                if visit.place == place and not visit.held and not visit.follows:
                    if visit.ghost:
                        waiting.remove((visit.wait.key, visit.number, visit))  # type: ignore[union-attr]
                        visit.wait = None
                    else:
                        self.stop_waiting(visit, TURNED_AWAY)

    # --- the trace -----------------------------------------------------------------------------------------------

    def row(self, visit: Visit, entered: int, started: int, ended: int) -> None:
        """Write that the visit passed its block."""
        self.rows.append((entered, started, ended, visit.number, visit.step, -1, -1, -1))

    def trace(self) -> t.Trace:
        """Return the trace; what is still open comes last."""
        for number, visit in sorted(self.visits.items()):
            if self.results[number][1] >= 0:
                continue
            if not visit.ghost:
                self.row(visit, visit.entered, -1 if visit.wait is not None else visit.entered, -1)
            for _, hold in sorted(visit.held.items()):
                self.rows.append((hold.entered, hold.started, -1, number, hold.step, hold.need, hold.unit, hold.pool))
        for result in self.results:
            result[0] = max(result[0], -1)
        results = [tuple(result) for result in self.results]
        return t.Trace(
            records(self.rows, t.ROW),
            records(results, t.RESULT),
            records(self.duty, t.DUTY),
            records(self.entries, t.ENTRY),
        )


def _rows(table: t.Records) -> list[dict[str, Any]]:
    """Return a record array as dictionaries of plain numbers."""
    names = table.dtype.names or ()
    return [dict(zip(names, row, strict=True)) for row in table.tolist()]


def records(rows: list[Any], dtype: np.dtype[np.void]) -> t.Records:
    """Return rows as a record array, also when there are none."""
    return np.array(rows, dtype) if rows else np.empty(0, dtype)


def run(tables: t.Tables, day: t.Day) -> t.Trace:
    """Return the trace of one replication; a pure function, the same as `sim.engines.kernel.run`."""
    return Engine(tables, day).run()
