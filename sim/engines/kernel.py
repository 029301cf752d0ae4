"""The fast engine: one compiled interpreter of Tables. Its rules are those of `sim.engines.reference`, in integers.

How to read it. A *visit* is a customer; an *actor* is whatever may have one pending event: visits first, then units
(a unit on a break will return). Pending events are kept in buckets of equal width over the run, each a list sorted by
(tick, kind, actor) and threaded through the actors, so that an event is put in and taken out without a search.
Arrivals and planned changes are sorted arrays with a pointer. `_run` takes the earliest of the three, does what the
event says, and `_cascade` lets everything follow that happens at the same tick (MODEL §1).

A visit that is about to end has a negative step: −1 − outcome.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.draw.compiling import kernel, part, seldom
from sim.draw.luck import PURPOSE_CHOICE, PURPOSE_DURATION, PURPOSE_PATIENCE, to_ticks, uniform, value
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
def _row(w, visit, step, need, entered, started, ended, unit):
    number = w.clock[ROWS]
    if number < w.row.size:
        row = w.row[number]
        row.visit, row.step, row.need, row.unit = visit, step, need, unit
        row.entered, row.started, row.ended = entered, started, ended
    w.clock[ROWS] = number + 1


@seldom
def _duty(w, op, unit, planned):
    number = w.clock[DUTIES]
    if number < w.duty.size:
        row = w.duty[number]
        row.tick, row.op, row.unit, row.planned = w.clock[NOW], op, unit, planned
    w.clock[DUTIES] = number + 1


# --- pending events ----------------------------------------------------------------------------------------------


@part
def _schedule(c, w, a, tick, kind):
    """Give actor `a` its pending event; one after the end of the run never happens and is not kept."""
    if tick >= c.run.end:
        return
    w.actor[a].tick = tick
    w.actor[a].kind = kind
    b = tick >> w.clock[SHIFT]
    before = np.int32(-1)
    i = w.bucket[b]
    while i >= 0:
        other = w.actor[i].tick
        if other > tick or (other == tick and (w.actor[i].kind > kind or (w.actor[i].kind == kind and i > a))):
            break
        before = i
        i = w.actor[i].next
    w.actor[a].prev, w.actor[a].next = before, i
    if before >= 0:
        w.actor[before].next = a
    else:
        w.bucket[b] = a
    if i >= 0:
        w.actor[i].prev = a


@part
def _cancel(w, a):
    """Take the pending event of actor `a` away, if it has one."""
    if w.actor[a].kind == 0:
        return
    before, after = w.actor[a].prev, w.actor[a].next
    if before >= 0:
        w.actor[before].next = after
    else:
        w.bucket[w.actor[a].tick >> w.clock[SHIFT]] = after
    if after >= 0:
        w.actor[after].prev = before
    w.actor[a].kind = 0


# --- units -------------------------------------------------------------------------------------------------------


@part
def _mark(w, p):
    """Mark a pool: somebody who waits for it may be able to start."""
    if w.pool[p].marked == 0:
        w.pool[p].marked = 1
        i = w.clock[MARKS]
        while i > 0 and w.marks[i - 1] < p:
            w.marks[i] = w.marks[i - 1]
            i -= 1
        w.marks[i] = p
        w.clock[MARKS] += 1


@part
def _becomes_idle(w, u):
    """Put a unit behind those that are idle for longer; units idle since the same tick stand by their index."""
    p = w.unit[u].pool
    now = w.clock[NOW]
    w.unit[u].state = IDLE
    w.unit[u].since = now
    before = w.pool[p].latest
    while before >= 0 and w.unit[before].since == now and before > u:
        before = w.unit[before].prev
    after = w.unit[before].next if before >= 0 else w.pool[p].longest
    w.unit[u].prev, w.unit[u].next = before, after
    if before >= 0:
        w.unit[before].next = u
    else:
        w.pool[p].longest = u
    if after >= 0:
        w.unit[after].prev = u
    else:
        w.pool[p].latest = u
    w.pool[p].idle += 1
    _mark(w, p)


@part
def _longest_idle(w, p):
    """Take the longest idle unit of a pool out of the idle ones and return it."""
    u = w.pool[p].longest
    after = w.unit[u].next
    w.pool[p].longest = after
    if after >= 0:
        w.unit[after].prev = -1
    else:
        w.pool[p].latest = -1
    w.pool[p].idle -= 1
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
        _duty(w, BREAKS, u, planned)
        _schedule(c, w, np.int32(w.result.size + u), back, CAPACITY)
        return True
    w.unit[u].state = OFF
    _duty(w, GOES, u, planned)
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
        _becomes_idle(w, u)


@seldom
def _someone_goes(c, w, p, entry):
    """A planned going or break of pool `p`: the longest idle unit takes it, else the next to finish."""
    if w.pool[p].idle > 0:
        u = _longest_idle(w, p)
        if not _goes(c, w, u, entry):
            _becomes_idle(w, u)
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
        _duty(w, COMES, u, c.change[entry].tick)
        _becomes_idle(w, u)
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
    _row(w, v, held.step, held.need, held.entered, held.started, w.clock[NOW], u)
    held.unit = -1
    _is_free(c, w, u)


# --- queues ------------------------------------------------------------------------------------------------------


@part
def _match(c, w, q):
    """Find distinct idle units for all needs of queue `q`; leave their pools in `w.pick`, return whether there are any.

    Of all ways to match, the first in the order of preference of need 1, then of need 2 … (MODEL §4).
    """
    n = c.queue[q].n_needs
    needs = c.queue[q].first
    if n == 1:
        for i in range(c.need[needs].first, c.need[needs].first + c.need[needs].count):
            if w.pool[c.member[i]].idle > 0:
                w.pick[0].pool = c.member[i]
                return True
        return False
    k = 0
    w.pick[0].at = 0
    while 0 <= k < n:
        found = False
        while w.pick[k].at < c.need[needs + k].count:
            p = c.member[c.need[needs + k].first + w.pick[k].at]
            if w.pool[p].idle > w.pool[p].taken:
                found = True
                w.pool[p].taken += 1
                w.pick[k].pool = p
                break
            w.pick[k].at += 1
        if found:
            k += 1
            if k < n:
                w.pick[k].at = 0
        else:
            k -= 1
            if k >= 0:
                w.pool[w.pick[k].pool].taken -= 1
                w.pick[k].at += 1
    for i in range(k):
        w.pool[w.pick[i].pool].taken -= 1
    return k == n


@part
def _take(c, w, v, q):
    """Give visit `v` one unit for every need, as matched, and move it on."""
    step = w.actor[v].step
    for k in range(c.queue[q].n_needs):
        u = _longest_idle(w, w.pick[k].pool)
        w.unit[u].state = BUSY
        slot = c.member[c.step[step].first + k]
        held = w.held[v, slot]
        held.unit, held.step, held.need = u, step, k
        held.entered, held.started = w.actor[v].entered, w.clock[NOW]
    w.actor[v].step = c.step[step].next


@part
def _join(w, v, q):
    """Put a visit at the end of a queue; those who join at the same tick stand by their number."""
    ahead = w.line[q].last
    entered = w.actor[v].entered
    while ahead >= 0 and w.actor[ahead].entered == entered and ahead > v:
        ahead = w.actor[ahead].ahead
    behind = w.actor[ahead].behind if ahead >= 0 else w.line[q].first
    w.actor[v].ahead, w.actor[v].behind, w.actor[v].queue = ahead, behind, q
    if ahead >= 0:
        w.actor[ahead].behind = v
    else:
        w.line[q].first = v
    if behind >= 0:
        w.actor[behind].ahead = v
    else:
        w.line[q].last = v


@part
def _stop_waiting(w, v):
    """Take a visit out of its queue, and its patience from the pending events."""
    _cancel(w, v)
    q = w.actor[v].queue
    ahead, behind = w.actor[v].ahead, w.actor[v].behind
    if ahead >= 0:
        w.actor[ahead].behind = behind
    else:
        w.line[q].first = behind
    if behind >= 0:
        w.actor[behind].ahead = ahead
    else:
        w.line[q].last = ahead
    w.actor[v].queue = -1
    w.actor[v].waited += w.clock[NOW] - w.actor[v].entered


@part
def _push(w, v):
    """Put a visit at the end of the agenda."""
    end = w.clock[AGENDA_END]
    w.agenda[end] = v
    w.clock[AGENDA_END] = end + 1 if end + 1 < w.agenda.size else 0


@part
def _give_up(c, w, v):
    """A visit leaves a SEIZE without its units."""
    step = w.actor[v].step
    _row(w, v, step, -1, w.actor[v].entered, -1, w.clock[NOW], -1)
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
            if _match(c, w, q):
                best, best_queue = v, q
        if best < 0:
            break
        _match(c, w, best_queue)
        _stop_waiting(w, best)
        _take(c, w, best, best_queue)
        _push(w, best)


# --- visits ------------------------------------------------------------------------------------------------------


@part
def _pass(c, w, v, step):
    """Return how often the visit has passed the name of this step before, and count this pass."""
    counter = c.step[step].counter
    if counter < 0:
        return np.int16(0)
    before = w.passes[v, counter]
    w.passes[v, counter] = before + 1
    return before


@part
def _luck(c, day, w, v, name, passes, purpose):
    stream = w.actor[v].stream
    hash0, hash1 = c.stream[stream].hash0, c.stream[stream].hash1
    return uniform(day.key0, day.key1, hash0, hash1, w.actor[v].n, name, passes, purpose)


@part
def _patience_ends(c, day, w, v, step, passes):
    """Return the tick at which the visit gives up waiting here."""
    law = c.step[step].law
    if law < 0:
        return NEVER
    clock = c.step[step].clock
    if clock == CLOCK_QUEUE:
        u = _luck(c, day, w, v, c.step[step].name, passes, PURPOSE_PATIENCE)
    else:
        u = _luck(c, day, w, v, np.uint64(c.run.patience_name), np.int16(0), PURPOSE_PATIENCE)
    patience = to_ticks(value(c.law, c.point, law, u), c.run.tick)
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
            passes = _pass(c, w, v, step)
            if _match(c, w, q):
                _take(c, w, v, q)
                continue
            ends = _patience_ends(c, day, w, v, step, passes)
            if ends <= now:
                _give_up(c, w, v)
                continue
            _join(w, v, q)
            _schedule(c, w, v, ends, PATIENCE_ENDS)
            return
        if op == ADVANCE:
            u = _luck(c, day, w, v, c.step[step].name, _pass(c, w, v, step), PURPOSE_DURATION)
            duration = to_ticks(value(c.law, c.point, c.step[step].law, u), c.run.tick)
            if duration > 0:
                _schedule(c, w, v, now + duration, ADVANCE_ENDS)
                return
        elif op == RELEASE:
            for i in range(c.step[step].first, c.step[step].first + c.step[step].count):
                if w.held[v, c.member[i]].unit >= 0:
                    _give_back(c, w, v, c.member[i])
            w.actor[v].step = c.step[step].next
            _push(w, v)
            return
        elif op == LEAVE:
            w.actor[v].step = -1 - c.step[step].outcome
            continue
        _row(w, v, step, -1, now, now, now, -1)
        if op in (ADVANCE, EVENT):
            w.actor[v].step = c.step[step].next
        else:  # TRANSFER
            i = c.step[step].first
            passes = _pass(c, w, v, step)
            if c.step[step].count > 1:
                u = _luck(c, day, w, v, c.step[step].name, passes, PURPOSE_CHOICE)
                while u >= c.choice[i].share:
                    i += 1
            w.actor[v].step = c.choice[i].target


@part
def _cascade(c, day, w):
    """Let everything follow that happens at this tick: first who waits, in the order of pools, then the agenda."""
    while True:
        if w.clock[MARKS] > 0:
            w.clock[MARKS] -= 1
            p = w.marks[w.clock[MARKS]]
            w.pool[p].marked = 0
            _start_eligible(c, w, p)
        elif w.clock[AGENDA] != w.clock[AGENDA_END]:
            begin = w.clock[AGENDA]
            v = w.agenda[begin]
            w.clock[AGENDA] = begin + 1 if begin + 1 < w.agenda.size else 0
            _run_visit(c, day, w, v)
        else:
            return


@part
def _arrive(c, day, w, v):
    stream = day.visit[v].stream
    d = c.stream[stream].place
    w.actor[v].stream, w.actor[v].n, w.actor[v].place = stream, day.visit[v].n, d
    w.actor[v].step = c.stream[stream].step
    if w.place[d].closed == 1 and c.place[d].closing == TURN_AWAY:
        w.actor[v].step = -1 - CLOSED
    w.place[d].inside += 1
    _push(w, v)


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
                _stop_waiting(w, v)
                _row(w, v, w.actor[v].step, -1, w.actor[v].entered, -1, w.clock[NOW], -1)
                w.actor[v].step = -1 - CLOSED
                _push(w, v)
            v = behind


@seldom
def _planned_change(c, w, entry):
    op = c.change[entry].op
    subject = c.change[entry].subject
    if op == COMES:
        _someone_comes(c, w, subject, entry)
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
            w.owed_next[entry] = -1
            if w.pool[subject].kept < 0:
                w.pool[subject].kept = entry
            else:
                w.owed_next[w.pool[subject].kept_last] = entry
            w.pool[subject].kept_last = entry
        else:
            _someone_goes(c, w, subject, entry)


@kernel
def _run(c, day, w):
    """Run one replication and write its trace into `w`."""
    planned, arrived = 0, 0
    n_visits = day.visit.size
    while True:
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
            _planned_change(c, w, planned)
            planned += 1
        elif a == -2:
            _arrive(c, day, w, np.int32(arrived))
            arrived += 1
        elif kind == CAPACITY:
            _cancel(w, a)
            _duty(w, RETURNS, a - n_visits, tick)
            _is_free(c, w, np.int32(a - n_visits))
        elif kind == PATIENCE_ENDS:
            _stop_waiting(w, a)
            _give_up(c, w, a)
            _push(w, a)
        else:
            _cancel(w, a)
            _row(w, a, w.actor[a].step, -1, w.actor[a].entered, w.actor[a].entered, tick, -1)
            w.actor[a].step = c.step[w.actor[a].step].next
            _push(w, a)
        _cascade(c, day, w)
    for v in range(n_visits):
        if w.result[v].left < 0:
            w.result[v].outcome = IN_SYSTEM
            started = np.int64(-1) if w.actor[v].queue >= 0 else w.actor[v].entered
            _row(w, v, w.actor[v].step, -1, w.actor[v].entered, started, -1, -1)
            for slot in range(w.held.shape[1]):
                held = w.held[v, slot]
                if held.unit >= 0:
                    _row(w, v, held.step, held.need, held.entered, held.started, -1, held.unit)


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
