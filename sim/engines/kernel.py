"""The fast engine: one compiled interpreter of Tables. Its rules are those of `sim.engines.reference`, in integers.

How to read it. A *visit* is a customer; an *actor* is whatever may have one pending event: visits first, then units
(a unit on a break will return). Pending events are kept in buckets of equal width over the run, each a list sorted by
(tick, kind, actor) and threaded through the actors, so that an event is put in and taken out without a search.
Arrivals and planned changes are sorted arrays with a pointer. `_run` takes the earliest of the three, does what the
event says, and lets everything follow that happens at the same tick, the cascade (MODEL §1).

A visit that is about to end has a negative step: −1 − outcome.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.draw.compiling import kernel, part, seldom
from sim.draw.luck import PURPOSE_CHOICE, PURPOSE_DURATION, PURPOSE_PATIENCE, ticks, uniform
from sim.tables.types import (
    ABANDONED,
    ADVANCE,
    ADVANCE_ENDS,
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
    LEAVE,
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
    TURN_AWAY,
    Day,
    Ints,
    Records,
    Tables,
    Trace,
    record,
)

ACTOR = record(
    tick=np.int64,  # of the pending event
    entered=np.int64,  # when the visit reached the block it is in
    waited=np.int64,  # sum of its waits so far
    next=np.int32,  # neighbours in the bucket
    prev=np.int32,
    kind=np.int32,  # of the pending event, 0: none
    step=np.int32,
    queue=np.int32,  # where it waits, -1: it does not
    behind=np.int32,  # neighbours in the queue
    ahead=np.int32,
    place=np.int32,
    stream=np.int32,
    n=np.int32,
)
HELD = record(
    entered=np.int64,
    started=np.int64,
    unit=np.int32,
    step=np.int32,
    need=np.int32,
)
LINE = record(
    first=np.int32,
    last=np.int32,
)
PLACE = record(
    inside=np.int32,
    closed=np.int32,
)
PICK = record(
    pool=np.int32,
    at=np.int32,
)
UNIT = record(
    since=np.int64,  # idle since
    next=np.int32,  # neighbours among the idle units of the pool, longest idle first
    prev=np.int32,
    state=np.int32,
    pool=np.int32,
)
POOL = record(
    longest=np.int32,  # longest idle unit, -1: none is idle
    latest=np.int32,
    idle=np.int32,  # how many are idle
    taken=np.int32,  # of these, promised while needs are being matched
    owed=np.int32,  # first planned change that waits for a unit to finish
    owed_last=np.int32,
    kept=np.int32,  # first planned going that waits for the last customer of the place
    kept_last=np.int32,
    marked=np.int32,
)
OFF, IDLE, BUSY, ON_BREAK = range(4)
NOW, ROWS, DUTIES, AGENDA, AGENDA_END, MARKS, BUCKET, SHIFT, WIDTH = range(9)


class Work(NamedTuple):
    """Everything that changes while a replication runs."""

    clock: npt.NDArray[np.int64]  # (WIDTH,) counters, by the names above
    actor: Records  # (V + U,) ACTOR
    held: Records  # (V, slots) HELD
    passes: npt.NDArray[np.int16]  # (V, counters)
    bucket: Ints  # first actor of each bucket
    unit: Records  # (U,) UNIT
    pool: Records  # (P,) POOL
    line: Records  # (Q,) LINE: who waits
    place: Records  # (D,) PLACE: visits inside, closed or not
    owed_next: Ints  # (T,) next planned change that waits
    agenda: Ints  # ring of visits
    marks: Ints  # (P,) marked pools, highest number first
    pick: Records  # (4,) PICK: pool chosen for each need, and where its search stands
    row: Records  # the trace
    duty: Records
    result: Records  # (V,)


# --- the trace ---------------------------------------------------------------------------------------------------


@part
def _row(clock, rows, visit, step, need, entered, started, ended, unit):
    number = clock[ROWS]
    if number < rows.size:
        row = rows[number]
        row.visit, row.step, row.need, row.unit = visit, step, need, unit
        row.entered, row.started, row.ended = entered, started, ended
    clock[ROWS] = number + 1


@part
def _duty(clock, duty, op, unit, planned):
    number = clock[DUTIES]
    if number < duty.size:
        row = duty[number]
        row.tick, row.op, row.unit, row.planned = clock[NOW], op, unit, planned
    clock[DUTIES] = number + 1


# --- pending events ----------------------------------------------------------------------------------------------


@part
def _schedule(end, clock, actor, bucket, a, tick, kind):
    """Give actor `a` its pending event; one after the end of the run never happens and is not kept."""
    if tick >= end:
        return
    actor[a].tick = tick
    actor[a].kind = kind
    b = tick >> clock[SHIFT]
    before = np.int32(-1)
    i = bucket[b]
    while i >= 0:
        other = actor[i].tick
        if other > tick or (other == tick and (actor[i].kind > kind or (actor[i].kind == kind and i > a))):
            break
        before = i
        i = actor[i].next
    actor[a].prev, actor[a].next = before, i
    if before >= 0:
        actor[before].next = a
    else:
        bucket[b] = a
    if i >= 0:
        actor[i].prev = a


@part
def _cancel(clock, actor, bucket, a):
    """Take the pending event of actor `a` away, if it has one."""
    if actor[a].kind == 0:
        return
    before, after = actor[a].prev, actor[a].next
    if before >= 0:
        actor[before].next = after
    else:
        bucket[actor[a].tick >> clock[SHIFT]] = after
    if after >= 0:
        actor[after].prev = before
    actor[a].kind = 0


# --- units -------------------------------------------------------------------------------------------------------


@part
def _mark(clock, pool, marks, p):
    """Mark a pool: somebody who waits for it may be able to start."""
    if pool[p].marked == 0:
        pool[p].marked = 1
        i = clock[MARKS]
        while i > 0 and marks[i - 1] < p:
            marks[i] = marks[i - 1]
            i -= 1
        marks[i] = p
        clock[MARKS] += 1


@part
def _becomes_idle(clock, unit, pool, marks, u):
    """Put a unit behind those that are idle for longer; units idle since the same tick stand by their index."""
    p = unit[u].pool
    now = clock[NOW]
    unit[u].state = IDLE
    unit[u].since = now
    before = pool[p].latest
    while before >= 0 and unit[before].since == now and before > u:
        before = unit[before].prev
    after = unit[before].next if before >= 0 else pool[p].longest
    unit[u].prev, unit[u].next = before, after
    if before >= 0:
        unit[before].next = u
    else:
        pool[p].longest = u
    if after >= 0:
        unit[after].prev = u
    else:
        pool[p].latest = u
    pool[p].idle += 1
    _mark(clock, pool, marks, p)


@part
def _longest_idle(unit, pool, p):
    """Take the longest idle unit of a pool out of the idle ones and return it."""
    u = pool[p].longest
    after = unit[u].next
    pool[p].longest = after
    if after >= 0:
        unit[after].prev = -1
    else:
        pool[p].latest = -1
    pool[p].idle -= 1
    return u


@seldom
def _goes(c, w, u, entry):
    """Let unit `u` do a planned going or break; return False when the break is already over."""
    planned = c.change[entry].tick
    now = w.clock[NOW]
    if c.change[entry].op == BREAKS:
        back = now + c.change[entry].length
        if c.pool[w.unit[u].pool].late == 1:
            back = planned + c.change[entry].length
        if back <= now:
            return False
        w.unit[u].state = ON_BREAK
        _duty(w.clock, w.duty, BREAKS, u, planned)
        _schedule(c.run.end, w.clock, w.actor, w.bucket, np.int32(w.result.size + u), back, CAPACITY)
        return True
    w.unit[u].state = OFF
    _duty(w.clock, w.duty, GOES, u, planned)
    return True


@part
def _is_free(c, w, u):
    """A unit has finished or returned: it does the oldest change that waits for the pool, else it is idle."""
    p = w.unit[u].pool
    free = True
    while free and w.pool[p].owed >= 0:
        entry = w.pool[p].owed
        w.pool[p].owed = w.owed_next[entry]
        if _goes(c, w, u, entry):
            free = False
    if free:
        _becomes_idle(w.clock, w.unit, w.pool, w.marks, u)


@seldom
def _someone_goes(c, w, p, entry):
    """A planned going or break of pool `p`: the longest idle unit takes it, else the next to finish."""
    if w.pool[p].idle > 0:
        u = _longest_idle(w.unit, w.pool, p)
        if not _goes(c, w, u, entry):
            _becomes_idle(w.clock, w.unit, w.pool, w.marks, u)
    else:
        w.owed_next[entry] = -1
        if w.pool[p].owed < 0:
            w.pool[p].owed = entry
        else:
            w.owed_next[w.pool[p].owed_last] = entry
        w.pool[p].owed_last = entry


@seldom
def _someone_comes(c, w, p, entry):
    """The unit with the lowest index that is off duty comes; when none is, the oldest change that waits is dropped."""
    u = c.pool[p].first_unit
    last = c.pool[p].end_unit
    while u < last and w.unit[u].state != OFF:
        u += 1
    if u < last:
        _duty(w.clock, w.duty, COMES, u, c.change[entry].tick)
        _becomes_idle(w.clock, w.unit, w.pool, w.marks, u)
    elif w.pool[p].owed >= 0:
        w.pool[p].owed = w.owed_next[w.pool[p].owed]


@seldom
def _let_go(c, w, d):
    """Let those go who stayed at a closed place for its last customer."""
    for k in range(c.place[d].first, c.place[d].end):
        p = c.member[k]
        while w.pool[p].kept >= 0:
            entry = w.pool[p].kept
            w.pool[p].kept = w.owed_next[entry]
            _someone_goes(c, w, p, entry)


@part
def _give_back(c, w, v, slot):
    """Give back the unit in a slot of visit `v`."""
    held = w.held[v, slot]
    u = held.unit
    _row(w.clock, w.row, v, held.step, held.need, held.entered, held.started, w.clock[NOW], u)
    held.unit = -1
    _is_free(c, w, u)


# --- queues ------------------------------------------------------------------------------------------------------


@part
def _match(queue, need, member, pool, pick, q):
    """Find distinct idle units for all needs of queue `q`; leave their pools in `pick`, return whether there are any.

    Of all ways to match, the first in the order of preference of need 1, then of need 2 … (MODEL §4).
    """
    n = queue[q].n_needs
    needs = queue[q].first
    if n == 1:
        for i in range(need[needs].first, need[needs].first + need[needs].count):
            if pool[member[i]].idle > 0:
                pick[0].pool = member[i]
                return True
        return False
    k = 0
    pick[0].at = 0
    while 0 <= k < n:
        found = False
        while pick[k].at < need[needs + k].count:
            p = member[need[needs + k].first + pick[k].at]
            if pool[p].idle > pool[p].taken:
                found = True
                pool[p].taken += 1
                pick[k].pool = p
                break
            pick[k].at += 1
        if found:
            k += 1
            if k < n:
                pick[k].at = 0
        else:
            k -= 1
            if k >= 0:
                pool[pick[k].pool].taken -= 1
                pick[k].at += 1
    for i in range(k):
        pool[pick[i].pool].taken -= 1
    return k == n


@part
def _take(queue, steps, member, clock, actor, holds, unit, pool, pick, v, q):
    """Give visit `v` one unit for every need, as matched, and move it on."""
    step = actor[v].step
    for k in range(queue[q].n_needs):
        u = _longest_idle(unit, pool, pick[k].pool)
        unit[u].state = BUSY
        slot = member[steps[step].first + k]
        held = holds[v, slot]
        held.unit, held.step, held.need = u, step, k
        held.entered, held.started = actor[v].entered, clock[NOW]
    actor[v].step = steps[step].next


@part
def _join(actor, line, v, q):
    """Put a visit at the end of a queue; those who join at the same tick stand by their number."""
    ahead = line[q].last
    entered = actor[v].entered
    while ahead >= 0 and actor[ahead].entered == entered and ahead > v:
        ahead = actor[ahead].ahead
    behind = actor[ahead].behind if ahead >= 0 else line[q].first
    actor[v].ahead, actor[v].behind, actor[v].queue = ahead, behind, q
    if ahead >= 0:
        actor[ahead].behind = v
    else:
        line[q].first = v
    if behind >= 0:
        actor[behind].ahead = v
    else:
        line[q].last = v


@part
def _stop_waiting(clock, actor, bucket, line, v):
    """Take a visit out of its queue, and its patience from the pending events."""
    _cancel(clock, actor, bucket, v)
    q = actor[v].queue
    ahead, behind = actor[v].ahead, actor[v].behind
    if ahead >= 0:
        actor[ahead].behind = behind
    else:
        line[q].first = behind
    if behind >= 0:
        actor[behind].ahead = ahead
    else:
        line[q].last = ahead
    actor[v].queue = -1
    actor[v].waited += clock[NOW] - actor[v].entered


@part
def _push(clock, agenda, v):
    """Put a visit at the end of the agenda."""
    end = clock[AGENDA_END]
    agenda[end] = v
    clock[AGENDA_END] = end + 1 if end + 1 < agenda.size else 0


@part
def _give_up(c, w, v):
    """A visit leaves a SEIZE without its units."""
    step = w.actor[v].step
    _row(w.clock, w.row, v, step, -1, w.actor[v].entered, -1, w.clock[NOW], -1)
    after = c.step[step].give_up
    w.actor[v].step = after if after >= 0 else -1 - ABANDONED


@part
def _start_eligible(c, w, p):
    """Start waiting visits that need pool `p`, the first by (class, joining time, number) that can be matched."""
    while True:
        best, best_queue = np.int32(-1), np.int32(-1)
        for i in range(c.pool[p].first, c.pool[p].end):
            q = c.member[i]
            v = w.line[q].first
            if v < 0:
                continue
            if best >= 0:
                rank, best_rank = c.queue[q].rank, c.queue[best_queue].rank
                entered, best_entered = w.actor[v].entered, w.actor[best].entered
                if rank > best_rank or (
                    rank == best_rank and (entered > best_entered or (entered == best_entered and v > best))
                ):
                    continue
            if _match(c.queue, c.need, c.member, w.pool, w.pick, q):
                best, best_queue = v, q
        if best < 0:
            break
        _match(c.queue, c.need, c.member, w.pool, w.pick, best_queue)
        _stop_waiting(w.clock, w.actor, w.bucket, w.line, best)
        _take(c.queue, c.step, c.member, w.clock, w.actor, w.held, w.unit, w.pool, w.pick, best, best_queue)
        _push(w.clock, w.agenda, best)


# --- visits ------------------------------------------------------------------------------------------------------


@part
def _pass(steps, passes, v, step):
    """Return how often the visit has passed the name of this step before, and count this pass."""
    counter = steps[step].counter
    if counter < 0:
        return np.int16(0)
    before = passes[v, counter]
    passes[v, counter] = before + 1
    return before


@part
def _duration(c, day, w, v, law, name, passes, purpose):
    """Return a duration of the visit in ticks."""
    who = c.stream[w.actor[v].stream]
    n = w.actor[v].n
    return ticks(c.law, c.point, law, day.key0, day.key1, who.hash0, who.hash1, n, name, passes, purpose, c.run.tick)


@part
def _patience_ends(c, day, w, v, step, passes):
    """Return the tick at which the visit gives up waiting here."""
    law = c.step[step].law
    if law < 0:
        return NEVER
    clock = c.step[step].clock
    name = c.step[step].name
    if clock != CLOCK_QUEUE:
        name, passes = np.uint64(c.run.patience_name), np.int16(0)
    patience = _duration(c, day, w, v, law, name, passes, PURPOSE_PATIENCE)
    if clock == CLOCK_VISIT:
        return day.visit[v].tick + patience
    if clock != CLOCK_QUEUE:
        patience -= w.actor[v].waited
    return w.clock[NOW] + patience


@part
def _leave(c, w, v, outcome):
    """End a visit: what it still holds goes back."""
    for slot in range(w.held.shape[1]):
        if w.held[v, slot].unit >= 0:
            _give_back(c, w, v, slot)
    w.result[v].outcome, w.result[v].left = outcome, w.clock[NOW]
    d = w.actor[v].place
    w.place[d].inside -= 1
    if w.place[d].inside == 0 and w.place[d].closed == 1:
        _let_go(c, w, d)


@part
def _run_visit(c, day, w, v):
    """Run the blocks of a visit until it waits, advances, leaves or releases."""
    now = w.clock[NOW]
    while True:
        step = w.actor[v].step
        if step < 0:
            _leave(c, w, v, -1 - step)
            return
        op = c.step[step].op
        w.actor[v].entered = now
        if op == SEIZE:
            q = c.seize[c.step[step].seize, w.actor[v].place]
            if q < 0:
                w.actor[v].step = -1 - REFERRED
                continue
            passes = _pass(c.step, w.passes, v, step)
            if _match(c.queue, c.need, c.member, w.pool, w.pick, q):
                _take(c.queue, c.step, c.member, w.clock, w.actor, w.held, w.unit, w.pool, w.pick, v, q)
                continue
            ends = _patience_ends(c, day, w, v, step, passes)
            if ends <= now:
                _give_up(c, w, v)
                continue
            _join(w.actor, w.line, v, q)
            _schedule(c.run.end, w.clock, w.actor, w.bucket, v, ends, PATIENCE_ENDS)
            return
        if op == ADVANCE:
            passes = _pass(c.step, w.passes, v, step)
            duration = _duration(c, day, w, v, c.step[step].law, c.step[step].name, passes, PURPOSE_DURATION)
            if duration > 0:
                _schedule(c.run.end, w.clock, w.actor, w.bucket, v, now + duration, ADVANCE_ENDS)
                return
        elif op == RELEASE:
            for i in range(c.step[step].first, c.step[step].first + c.step[step].count):
                if w.held[v, c.member[i]].unit >= 0:
                    _give_back(c, w, v, c.member[i])
            w.actor[v].step = c.step[step].next
            _push(w.clock, w.agenda, v)
            return
        elif op == LEAVE:
            w.actor[v].step = -1 - c.step[step].outcome
            continue
        _row(w.clock, w.row, v, step, -1, now, now, now, -1)
        if op in (ADVANCE, EVENT):
            w.actor[v].step = c.step[step].next
        else:  # TRANSFER
            i = c.step[step].first
            passes = _pass(c.step, w.passes, v, step)
            if c.step[step].count > 1:
                who = c.stream[w.actor[v].stream]
                name, n = c.step[step].name, w.actor[v].n
                u = uniform(day.key0, day.key1, who.hash0, who.hash1, n, name, passes, PURPOSE_CHOICE)
                while u >= c.choice[i].share:
                    i += 1
            w.actor[v].step = c.choice[i].target


@part
def _arrive(c, day, w, v):
    stream = day.visit[v].stream
    d = c.stream[stream].place
    w.actor[v].stream, w.actor[v].n, w.actor[v].place = stream, day.visit[v].n, d
    w.actor[v].step = c.stream[stream].step
    if w.place[d].closed == 1 and c.place[d].closing == TURN_AWAY:
        w.actor[v].step = -1 - CLOSED
    w.place[d].inside += 1
    _push(w.clock, w.agenda, v)


@seldom
def _turn_away(c, w, d):
    """Those who wait at the place and hold nothing leave, queue by queue."""
    for q in range(w.line.size):
        v = w.line[q].first
        while v >= 0:
            behind = w.actor[v].behind
            holds = False
            for slot in range(w.held.shape[1]):
                holds = holds or w.held[v, slot].unit >= 0
            if w.actor[v].place == d and not holds:
                _stop_waiting(w.clock, w.actor, w.bucket, w.line, v)
                _row(w.clock, w.row, v, w.actor[v].step, -1, w.actor[v].entered, -1, w.clock[NOW], -1)
                w.actor[v].step = -1 - CLOSED
                _push(w.clock, w.agenda, v)
            v = behind


@kernel
def _run(c, day, w):
    """Run one replication and write its trace into `w`."""
    planned, arrived = 0, 0
    n_visits = day.visit.size
    while True:
        # The cascade: all that follows at this tick. First who waits, in the order of pools, then the agenda.
        while True:
            if w.clock[MARKS] > 0:
                w.clock[MARKS] -= 1
                p = w.marks[w.clock[MARKS]]
                w.pool[p].marked = 0
                _start_eligible(c, w, p)
            elif w.clock[AGENDA] != w.clock[AGENDA_END]:
                begin = w.clock[AGENDA]
                w.clock[AGENDA] = begin + 1 if begin + 1 < w.agenda.size else 0
                _run_visit(c, day, w, w.agenda[begin])
            else:
                break
        # The next event: of the calendar, of the plan, or an arrival.
        next_planned = c.change[planned].tick if planned < c.change.size else NEVER
        next_arrival = day.visit[arrived].tick if arrived < n_visits else NEVER
        bound = min(next_planned, next_arrival, c.run.end - 1) >> w.clock[SHIFT]
        b = w.clock[BUCKET]
        while w.bucket[b] < 0 and b < bound:
            b += 1
        w.clock[BUCKET] = b
        a = w.bucket[b]
        tick, kind = NEVER, 0
        if a >= 0:
            tick, kind = w.actor[a].tick, w.actor[a].kind
        if next_planned < tick or (next_planned == tick and kind >= CAPACITY):
            tick, a = next_planned, -1
        if next_arrival < tick:
            tick, a = next_arrival, -2
        if tick >= c.run.end:
            break
        w.clock[NOW] = tick
        if a == -1:
            op, subject = c.change[planned].op, c.change[planned].subject
            if op == COMES:
                _someone_comes(c, w, subject, planned)
            elif op == OPENS:
                w.place[subject].closed = 0
                _let_go(c, w, subject)
            elif op == CLOSES:
                w.place[subject].closed = 1
                if c.place[subject].closing == TURN_AWAY:
                    _turn_away(c, w, subject)
            else:
                d = c.pool[subject].place
                if op == GOES and w.place[d].closed == 1 and w.place[d].inside > 0 and c.place[d].closing == SERVE:
                    w.owed_next[planned] = -1  # stays for the last customer
                    if w.pool[subject].kept < 0:
                        w.pool[subject].kept = planned
                    else:
                        w.owed_next[w.pool[subject].kept_last] = planned
                    w.pool[subject].kept_last = planned
                else:
                    _someone_goes(c, w, subject, planned)
            planned += 1
        elif a == -2:
            _arrive(c, day, w, np.int32(arrived))
            arrived += 1
        elif kind == CAPACITY:
            _cancel(w.clock, w.actor, w.bucket, a)
            _duty(w.clock, w.duty, RETURNS, a - n_visits, tick)
            _is_free(c, w, np.int32(a - n_visits))
        elif kind == PATIENCE_ENDS:
            _stop_waiting(w.clock, w.actor, w.bucket, w.line, a)
            _give_up(c, w, a)
            _push(w.clock, w.agenda, a)
        else:
            _cancel(w.clock, w.actor, w.bucket, a)
            _row(w.clock, w.row, a, w.actor[a].step, -1, w.actor[a].entered, w.actor[a].entered, tick, -1)
            w.actor[a].step = c.step[w.actor[a].step].next
            _push(w.clock, w.agenda, a)
    for v in range(n_visits):
        if w.result[v].left < 0:
            w.result[v].outcome = IN_SYSTEM
            started = np.int64(-1) if w.actor[v].queue >= 0 else w.actor[v].entered
            _row(w.clock, w.row, v, w.actor[v].step, -1, w.actor[v].entered, started, -1, -1)
            for slot in range(w.held.shape[1]):
                held = w.held[v, slot]
                if held.unit >= 0:
                    _row(w.clock, w.row, v, held.step, held.need, held.entered, held.started, -1, held.unit)


def _workspace(tables: Tables, n_visits: int, rows: int, duties: int) -> Work:
    c = tables.compiled
    n_units = int(c.pool["end_unit"].max(initial=0))
    shift = 0
    wanted = min(max(8192, 8 * n_visits), 1 << 21)
    while (c.run.end >> shift) >= wanted:
        shift += 1
    actor = np.zeros(n_visits + n_units, ACTOR)
    actor["queue"] = -1
    held = np.zeros((n_visits, c.run.n_slots), HELD)
    held["unit"] = -1
    unit = np.zeros(n_units, UNIT)
    unit["pool"] = np.repeat(np.arange(c.pool.size), c.pool["end_unit"] - c.pool["first_unit"])
    pool = np.zeros(c.pool.size, POOL)
    for name in ("longest", "latest", "owed", "owed_last", "kept", "kept_last"):
        pool[name] = -1
    line = np.zeros(c.queue.size, LINE)
    line["first"] = line["last"] = -1
    result = np.zeros(n_visits, RESULT)
    result["left"] = -1
    clock = np.zeros(WIDTH, np.int64)
    clock[SHIFT] = shift
    return Work(
        clock=clock,
        actor=actor,
        held=held,
        passes=np.zeros((n_visits, c.run.n_counters), np.int16),
        bucket=np.full((c.run.end >> shift) + 1, -1, np.int32),
        unit=unit,
        pool=pool,
        line=line,
        place=np.zeros(c.place.size, PLACE),
        owed_next=np.full(c.change.size, -1, np.int32),
        agenda=np.zeros(n_visits + 1, np.int32),
        marks=np.zeros(pool.size, np.int32),
        pick=np.zeros(4, PICK),
        row=np.empty(rows, ROW),
        duty=np.empty(duties, DUTY),
        result=result,
    )


def run(tables: Tables, day: Day) -> Trace:
    """Return the trace of one replication; a pure function, the same as `sim.engines.reference.run`."""
    rows, duties = 8 * day.visit.size + 64, 2 * tables.compiled.change.size + 64
    while True:
        w = _workspace(tables, day.visit.size, rows, duties)
        _run(tables.compiled, day, w)
        used, changes = int(w.clock[ROWS]), int(w.clock[DUTIES])
        if used <= rows and changes <= duties:
            w.result["stream"] = day.visit["stream"]
            return Trace(w.row[:used], w.result, w.duty[:changes])
        rows, duties = max(rows, used), max(duties, changes)
