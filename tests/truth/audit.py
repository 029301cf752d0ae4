"""An auditor of traces: what must be true of every trace, whatever the scenario; it knows no engine.

It reads Tables (who needs what), Day (who came) and Trace (what is said to have happened) and raises AssertionError.
Intervals are half open: a unit given back at a tick may be taken at the same tick.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from sim.tables.types import ADVANCE, BREAKS, COMES, GOES, IN_SYSTEM, RETURNS, SEIZE, SERVE

if TYPE_CHECKING:
    from sim.tables import Day, Tables, Trace


class Use(NamedTuple):
    """A unit in the hands of a visit."""

    start: int
    end: int
    visit: int
    unit: int
    step: int
    need: int


class Wait(NamedTuple):
    """A visit at a SEIZE, from joining to starting or giving up."""

    joined: int
    visit: int
    until: int
    started: bool
    queue: int
    step: int


@dataclass(frozen=True)
class Audit:
    """The books of one replication."""

    tables: Tables
    day: Day
    trace: Trace

    # --- the books ------------------------------------------------------------------------------------------------

    @cached_property
    def end(self) -> int:
        return self.tables.compiled.run.end

    @cached_property
    def step(self) -> list[dict[str, int]]:
        names = self.tables.compiled.step.dtype.names or ()
        return [dict(zip(names, row, strict=True)) for row in self.tables.compiled.step.tolist()]

    @cached_property
    def place(self) -> list[int]:
        """Return the place of each visit."""
        places = self.tables.compiled.stream["place"].tolist()
        return [places[stream] for _, stream, *_ in self.day.visit.tolist()]

    @cached_property
    def uses(self) -> list[Use]:
        return sorted(
            Use(started, ended if ended >= 0 else self.end, visit, unit, step, need)
            for _, started, ended, visit, step, need, unit, _ in self.trace.rows.tolist()
            if unit >= 0
        )

    @cached_property
    def waits(self) -> list[Wait]:
        """Return every wait, also those of length 0, by joining and visit."""
        out = []
        for joined, started, ended, visit, step, need, _, _ in self.trace.rows.tolist():
            if self.step[step]["op"] == SEIZE and need <= 0:
                queue = int(self.tables.compiled.seize[self.step[step]["seize"], self.place[visit]])
                until = started if started >= 0 else (ended if ended >= 0 else self.end)
                out.append(Wait(joined, visit, until, started >= 0, queue, step))
        return sorted(out)

    @cached_property
    def needs(self) -> list[list[list[int]]]:
        """Return for each queue the pools of each need."""
        c = self.tables.compiled
        need = [c.member[first : first + count].tolist() for first, count, *_ in c.need.tolist()]
        return [need[first : first + n] for _, n, first, *_ in c.queue.tolist()]

    @cached_property
    def pool_of(self) -> list[int]:
        pools = self.tables.compiled.pool
        return [p for p in range(pools.size) for _ in range(pools["first_unit"][p], pools["end_unit"][p])]

    @cached_property
    def on_duty(self) -> list[list[tuple[int, int]]]:
        """Return for each unit the intervals in which it was on duty."""
        since: dict[int, int] = {}
        out: list[list[tuple[int, int]]] = [[] for _ in self.pool_of]
        for tick, planned, op, unit in self.trace.duty.tolist():
            assert tick >= planned, "a change of duty happens when it is planned or later"
            if op in (COMES, RETURNS):
                assert unit not in since, "only who is away comes"
                since[unit] = tick
            else:
                assert op in (GOES, BREAKS)
                assert unit in since, "only who is on duty goes"
                out[unit].append((since.pop(unit), tick))
        for unit, begin in since.items():
            out[unit].append((begin, self.end))
        return out

    # --- the laws -------------------------------------------------------------------------------------------------

    def all(self) -> None:
        """Check every law."""
        self.nobody_is_lost()
        self.time_is_accounted_for()
        self.no_unit_serves_two()
        self.units_serve_on_duty_only()
        self.needs_are_met()
        self.nobody_overtakes()
        self.nobody_who_could_start_waits()
        self.the_better_class_goes_first()
        self.the_longest_idle_unit_goes_first()
        self.who_goes_late_was_busy()

    def nobody_is_lost(self) -> None:
        """Everybody who arrived has one outcome, and has left unless the run ended first."""
        results = self.trace.results.tolist()
        assert len(results) == self.day.visit.size
        for (due, stream, *_), (arrived, left, outcome, same_stream, _) in zip(
            self.day.visit.tolist(), results, strict=True
        ):
            assert (stream, due) == (same_stream, arrived)
            assert (left < 0) == (outcome == IN_SYSTEM)
            assert left < 0 or arrived <= left < self.end

    def time_is_accounted_for(self) -> None:
        """Little's law, to the tick: a visit waits or advances, one at a time, from its arrival until it leaves.

        So the integral of the number inside, taken from waits and advances, is the sum of the times in the system.
        """
        spans: list[list[tuple[int, int]]] = [[] for _ in self.place]
        for wait in self.waits:
            spans[wait.visit].append((wait.joined, wait.until))
        for entered, _, ended, visit, step, _, _, _ in self.trace.rows.tolist():
            if self.step[step]["op"] == ADVANCE:
                spans[visit].append((entered, ended if ended >= 0 else self.end))
        changes: list[tuple[int, int]] = []
        total = 0
        for visit, (arrived, *_) in enumerate(self.day.visit.tolist()):
            left = self.trace.results["left"][visit].item()
            here, until = arrived, left if left >= 0 else self.end
            total += until - arrived
            for begin, end in sorted(spans[visit]):
                assert begin == here, f"visit {visit} is nowhere between {here} and {begin}"
                here = end
                changes += [(begin, 1), (end, -1)]
            assert here == until
        integral, inside, before = 0, 0, 0
        for tick, change in sorted(changes):
            integral += inside * (tick - before)
            inside, before = inside + change, tick
        assert integral == total

    def no_unit_serves_two(self) -> None:
        last: dict[int, Use] = {}
        for use in self.uses:
            before = last.get(use.unit)
            assert before is None or before.end <= use.start, f"unit {use.unit}: {before} and {use}"
            last[use.unit] = use

    def units_serve_on_duty_only(self) -> None:
        """Whoever serves came before and goes (or takes a break) only when done."""
        for use in self.uses:
            begins = [begin for begin, _ in self.on_duty[use.unit]]
            at = bisect_right(begins, use.start) - 1
            assert at >= 0, f"{use} before duty"
            begin, end = self.on_duty[use.unit][at]
            assert begin <= use.start <= use.end <= end, f"{use} outside duty {begin}-{end}"

    def needs_are_met(self) -> None:
        """A SEIZE that started has one unit for each need, all from the same tick, of pools that the need names."""
        found: dict[tuple[int, int, int], list[Use]] = {}
        for use in self.uses:
            found.setdefault((use.visit, use.step, use.start), []).append(use)
        for wait in self.waits:
            mine = sorted(found.get((wait.visit, wait.step, wait.until), ()), key=lambda use: use.need)
            assert [use.need for use in mine] == (list(range(len(self.needs[wait.queue]))) if wait.started else [])
            for use, pools in zip(mine, self.needs[wait.queue], strict=False):
                assert self.pool_of[use.unit] in pools

    def nobody_overtakes(self) -> None:
        """In one queue (same needs at the same units, same class) who joined later never starts while one before waits.

        Of those who join at one tick a later one may start at once, before the others have come.
        """
        by_queue: dict[int, list[Wait]] = {}
        for wait in self.waits:
            by_queue.setdefault(wait.queue, []).append(wait)
        for waiting in by_queue.values():
            next_start = self.end
            for _, joined_together in groupby(reversed(waiting), key=lambda wait: wait.joined):
                together = list(joined_together)[::-1]
                for wait in together:
                    assert wait.until <= next_start, f"{wait} was overtaken"
                for ahead, behind in pairwise(wait for wait in together if wait.until > wait.joined):
                    assert ahead.until <= behind.until or not behind.started, f"{behind} overtook {ahead}"
                next_start = min([next_start, *(wait.until for wait in together if wait.started)])

    def _states(self) -> list[tuple[int, dict[int, set[int]], list[Wait]]]:
        """Return (tick, idle units by pool, who waits) after everything that happened at each tick."""
        changes: dict[int, tuple[list[int], list[int], list[Wait], list[Wait]]] = {}

        def at(tick: int) -> tuple[list[int], list[int], list[Wait], list[Wait]]:
            return changes.setdefault(tick, ([], [], [], []))

        for unit, spans in enumerate(self.on_duty):
            busy = sorted((use.start, use.end) for use in self.uses if use.unit == unit)
            for begin, end in spans:
                here = begin
                for start, stop in [(s, e) for s, e in busy if begin <= s and e <= end]:
                    if start > here:
                        at(here)[0].append(unit)
                        at(start)[1].append(unit)
                    here = max(here, stop)
                if here < end:
                    at(here)[0].append(unit)
                    at(end)[1].append(unit)
        for wait in self.waits:
            if wait.until > wait.joined:
                at(wait.joined)[2].append(wait)
                at(wait.until)[3].append(wait)
        idle: dict[int, set[int]] = {pool: set() for pool in range(self.tables.compiled.pool.size)}
        waiting: set[Wait] = set()
        out = []
        for tick in sorted(changes):
            free, taken, join, stop = changes[tick]
            for unit in taken:
                idle[self.pool_of[unit]].discard(unit)
            for unit in free:
                idle[self.pool_of[unit]].add(unit)
            waiting |= set(join)
            waiting -= set(stop)
            out.append((tick, {pool: set(units) for pool, units in idle.items()}, sorted(waiting)))
        return out

    def nobody_who_could_start_waits(self) -> None:
        """When a tick is over, for nobody who waits are there units for all needs (MODEL §1)."""
        for tick, idle, waiting in self._states():
            if tick >= self.end:
                break
            for queue in {wait.queue for wait in waiting}:
                for pools in product(*self.needs[queue]):
                    enough = all(len(idle[pool]) >= pools.count(pool) for pool in pools)
                    assert not enough, f"at {tick} queue {queue} waits although {pools} are free"

    def the_better_class_goes_first(self) -> None:
        """Who can only have a unit of one pool never takes it from somebody before it who waits for just one of these.

        Before it means: of a better class, or of the same and joined earlier. Who could have another pool instead, or
        needs one besides, may pass: marked pools are looked at one after the other, by their number.
        """
        rank = self.tables.compiled.queue["rank"].tolist()
        queue_of = {(wait.visit, wait.step, wait.until): wait for wait in self.waits if wait.started}
        single = [wait for wait in self.waits if len(self.needs[wait.queue]) == 1 and wait.until > wait.joined]
        for use in self.uses:
            mine = queue_of[use.visit, use.step, use.start]
            if {pool for need in self.needs[mine.queue] for pool in need} != {self.pool_of[use.unit]}:
                continue
            place = (rank[mine.queue], mine.joined, mine.visit)
            for wait in single:
                if wait.joined < use.start < wait.until and self.pool_of[use.unit] in self.needs[wait.queue][0]:
                    assert place < (rank[wait.queue], wait.joined, wait.visit), f"{mine} passed {wait}"

    def the_longest_idle_unit_goes_first(self) -> None:
        """Of the units idle before a tick, those that are taken or go at it are the longest idle, then by index."""
        gone: dict[tuple[int, int], set[int]] = {}
        idle_spans: dict[int, list[tuple[int, int, int]]] = {}
        for unit, spans in enumerate(self.on_duty):
            busy = sorted((use.start, use.end) for use in self.uses if use.unit == unit)
            for begin, end in spans:
                here = begin
                for start, stop in [(s, e) for s, e in busy if begin <= s and e <= end] + [(end, end)]:
                    if start > here:
                        idle_spans.setdefault(self.pool_of[unit], []).append((here, unit, start))
                        gone.setdefault((self.pool_of[unit], start), set()).add(unit)
                    here = max(here, stop)
        for (pool, tick), units in gone.items():
            if tick >= self.end:
                continue
            idle = sorted((since, unit) for since, unit, until in idle_spans[pool] if since < tick <= until)
            assert {unit for _, unit in idle[: len(units)]} == units, f"pool {pool} at {tick}: {units} of {idle}"

    def who_goes_late_was_busy(self) -> None:
        """Nobody goes or takes a break late while somebody of the pool is idle, unless the closed place keeps them."""
        c = self.tables.compiled
        keeps = [c.place["closing"][place] == SERVE for place in c.pool["place"].tolist()]
        late = [
            (planned, tick, self.pool_of[unit])
            for tick, planned, op, unit in self.trace.duty.tolist()
            if op in (GOES, BREAKS) and tick > planned and not (keeps[self.pool_of[unit]] and op == GOES)
        ]
        for tick, idle, _ in self._states():
            for planned, happened, pool in late:
                if planned == tick < happened:
                    came_now = {u for u in idle[pool] if any(begin == tick for begin, _ in self.on_duty[u])}
                    freed_now = {use.unit for use in self.uses if use.end == tick}
                    assert not idle[pool] - came_now - freed_now, f"pool {pool}: late at {tick}, {idle[pool]} idle"
