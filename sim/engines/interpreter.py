"""The compiled interpreter of Tables: the rules of `sim.engines.reference`, in integers.

How to read it. A *visit* is a customer; an *actor* is whatever may have one pending event: visits first, then units
(a unit on a break will return), then rules of dispatch. Pending events are kept in buckets of equal width over the
run, each a list sorted by (tick, kind, actor) and threaded through the actors; there are many more buckets than
pending events, so that one is put in or taken out almost without a search. Arrivals, planned changes and disruptions
are sorted arrays with a pointer. `_run` takes the earliest of them, does what the event says, and lets everything
follow that happens at the same tick, the cascade (MODEL §1). Indices are never negative: the kernels are compiled so.

The module is compiled once for each set of groups of rules that scenarios use: what stands under ``if FLOW:``,
``if QUEUES:`` or ``if UNITS:`` is left out where they are not used, and then costs nothing
(`sim.engines.kernel` chooses; docs/decisions.md).

A visit that is about to end has a negative step: −1 − outcome.
"""

from __future__ import annotations

import math

import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros

from sim.draw.compiling import kernel, part, seldom
from sim.draw.luck import (
    PURPOSE_ACCOUNT,
    PURPOSE_CHOICE,
    PURPOSE_CRASH,
    PURPOSE_DELAY,
    PURPOSE_DROP,
    PURPOSE_DURATION,
    PURPOSE_GAP,
    PURPOSE_GATE,
    PURPOSE_PATIENCE,
    PURPOSE_TEAM,
    PURPOSE_VALUE,
    bounded_exp,
    bounded_log,
    look_up,
    seconds,
    to_ticks,
    uniform,
)
from sim.draw.passing import by_reference
from sim.engines.features import building
from sim.engines.workspace import (
    AGENDA,
    AGENDA_END,
    BUSY,
    DUTIES,
    ENTRIES,
    FREED,
    FRESH,
    IDLE,
    MARKS,
    MOVES_WAITING,
    NOT_COME,
    NOW,
    OFF,
    ON_BREAK,
    ROWS,
    SHIFT,
    SPARE,
    SWITCHING,
    WATCH,
    WATCH_LAST,
    WOKEN,
)
from sim.tables import types as t
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
    EVENT,
    GOES,
    IN_SYSTEM,
    LEAVE,
    NEVER,
    OPENS,
    PATIENCE_ENDS,
    REFERRED,
    RELEASE,
    RETURNS,
    SEIZE,
    SERVE,
    TURN_AWAY,
)

FLOW, QUEUES, UNITS = building()
"""Groups of rules that this build knows (`sim.tables.types.FLOW` …)."""

WHOLE = FLOW or QUEUES or UNITS
INTERRUPTS = QUEUES or UNITS
"""Whether an ADVANCE may be interrupted."""

if WHOLE:
    part = seldom

DAY = 86_400_000
FAR = np.int64(2**40)


# --- the trace ---------------------------------------------------------------------------------------------------


@part
def _row(w, visit, step, need, entered, started, ended, unit, pool):
    number = w.clock[ROWS]
    if number < w.row.size:
        row = w.row[number]
        row.visit, row.step, row.need, row.unit, row.pool = visit, step, need, unit, pool
        row.entered, row.started, row.ended = entered, started, ended
    w.clock[ROWS] = number + 1


@part
def _duty(w, op, unit, planned):
    number = w.clock[DUTIES]
    if number < w.duty.size:
        row = w.duty[number]
        row.tick, row.op, row.unit, row.planned = w.clock[NOW], op, unit, planned
    w.clock[DUTIES] = number + 1


# --- parts of the day ---------------------------------------------------------------------------------------------


@part
def _part_of_day(c, now):
    """Return which part of the day it is: which of the rows that a SEIZE has in `Compiled.seize` counts now."""
    out = 0
    for k in range(1, c.world.part.size):
        if now % DAY >= c.world.part[k]:
            out = k
    return out


@part
def _rank_of(c, step, place):
    """Return the class in which visits of a place wait at a SEIZE: the same in every part of the day."""
    for k in range(c.world.part.size):
        q = c.seize[c.step[step].seize + k, place]
        if q >= 0:
            return c.queue[q].rank
    return np.int32(0)


# --- pending events ----------------------------------------------------------------------------------------------


@part
def _schedule(c, w, a, tick, kind):
    """Give actor `a` its pending event; one after the end of the run never happens and is not kept."""
    if tick >= c.run.end:
        return
    actor = w.actor
    actor[a].tick, actor[a].kind = tick, kind
    b = tick >> w.clock[SHIFT]
    before, i = np.int32(-1), w.bucket[b]
    while i >= 0:
        other = actor[i].tick
        if other > tick or (other == tick and (actor[i].kind > kind or (actor[i].kind == kind and i > a))):
            break
        before, i = i, actor[i].next
    actor[a].next = i
    if before >= 0:
        actor[before].next = a
    else:
        w.bucket[b] = a


@part
def _cancel(w, a):
    """Take the pending event of actor `a` away, if it has one."""
    actor = w.actor
    if actor[a].kind == 0:
        return
    b = actor[a].tick >> w.clock[SHIFT]
    i = w.bucket[b]
    if i == a:
        w.bucket[b] = actor[a].next
    else:
        while actor[i].next != a:
            i = actor[i].next
        actor[i].next = actor[a].next
    actor[a].kind = 0


# --- luck and values ---------------------------------------------------------------------------------------------


@part
def _uniform(c, day, w, x, v, name, passes, purpose):
    """Return the visit's u in (0, 1) for a named block, pass and purpose (MODEL §2)."""
    if WHOLE:
        who, lineage = c.stream[x.more[v].source], x.more[v].lineage
        return uniform(day.key0, day.key1, who.hash0, who.hash1, w.actor[v].n, lineage, name, passes, purpose)
    who = c.stream[w.actor[v].stream]
    return uniform(day.key0, day.key1, who.hash0, who.hash1, w.actor[v].n, 0, name, passes, purpose)


@part
def _seconds(c, day, w, x, v, law, name, passes, purpose):
    """Return a duration of the visit in seconds."""
    n = w.actor[v].n
    if WHOLE:
        who, lineage = c.stream[x.more[v].source], x.more[v].lineage
        return seconds(c.law, c.point, law, day.key0, day.key1, who.hash0, who.hash1, n, lineage, name, passes, purpose)
    who = c.stream[w.actor[v].stream]
    return seconds(c.law, c.point, law, day.key0, day.key1, who.hash0, who.hash1, n, 0, name, passes, purpose)


@seldom
def _logged(override, v, name, passes, purpose):
    """Return what a log says of the visit, or −1."""
    low, high = 0, override.size
    while low < high:
        middle = (low + high) >> 1
        if override[middle].visit < v:
            low = middle + 1
        else:
            high = middle
    while low < override.size and override[low].visit == v:
        one = override[low]
        if one.name == name and one.passes == passes and one.purpose == np.int32(purpose):
            return one.value
        low += 1
    return -1.0


@part
def _slot(w, v, slot):
    """Return what a visit holds in a slot."""
    return w.held[w.actor[v].holds + slot]


@part
def _unit_in(w, v, slot):
    return _slot(w, v, slot).unit


@seldom
def _value(c, day, w, x, v, place, line):
    """Return the value of the expression that begins at `line`, for visit `v` (−1: none) at a place."""
    stack = x.stack
    top = -1
    now = w.clock[NOW]
    while True:
        code = c.world.code[line]
        line += 1
        op, a = code.op, code.a
        if op == t.END:
            return stack[top]
        if (op >= t.ADD and op <= t.MAX) or (op >= t.AND and op <= t.GE):
            right = stack[top]
            top -= 1
            left = stack[top]
            out = 0.0
            if op == t.ADD:
                out = left + right
            elif op == t.SUB:
                out = left - right
            elif op == t.MUL:
                out = left * right
            elif op == t.DIV:
                out = left / right if right != 0.0 else 0.0
            elif op == t.MOD:
                out = left - right * math.floor(left / right) if right != 0.0 else 0.0
            elif op == t.MIN:
                out = left if left < right else right
            elif op == t.MAX:
                out = left if left > right else right
            elif op == t.AND:
                out = 1.0 if left != 0.0 and right != 0.0 else 0.0
            elif op == t.OR:
                out = 1.0 if left != 0.0 or right != 0.0 else 0.0
            elif op == t.EQ:
                out = 1.0 if left == right else 0.0
            elif op == t.NE:
                out = 1.0 if left != right else 0.0
            elif op == t.LT:
                out = 1.0 if left < right else 0.0
            elif op == t.LE:
                out = 1.0 if left <= right else 0.0
            elif op == t.GT:
                out = 1.0 if left > right else 0.0
            else:
                out = 1.0 if left >= right else 0.0
            stack[top] = out
            continue
        if op == t.NEG:
            stack[top] = -stack[top]
            continue
        if op == t.NOT:
            stack[top] = 1.0 if stack[top] == 0.0 else 0.0
            continue
        if op == t.FLOOR:
            stack[top] = math.floor(stack[top])
            continue
        if op == t.EXP:
            stack[top] = bounded_exp(stack[top])
            continue
        if op == t.LOG:
            stack[top] = bounded_log(stack[top])
            continue
        if op == t.GET_TABLE:
            curve = c.world.curve[a]
            stack[top] = look_up(c.point, curve.first, curve.count, curve.straight, stack[top])
            continue
        if op == t.IF:
            top -= 2
            if stack[top] == 0.0:
                stack[top] = stack[top + 2]
            else:
                stack[top] = stack[top + 1]
            continue
        out = 0.0
        if op == t.CONST:
            out = code.x
        elif op == t.GET_ATTRIBUTE:
            out = x.attribute[v, a]
        elif op == t.GET_ACCOUNT:
            if x.more[v].account >= 0:
                out = x.account[x.more[v].account, a]
        elif op == t.GET_COUNTER:
            out = x.counter[a + (place if code.b == 1 else 0)]
        elif op == t.GET_LUCK:
            name = c.step[w.actor[v].step].name
            out = _uniform(c, day, w, x, v, name, x.more[v].passed, PURPOSE_VALUE)
        elif op == t.NOW_S:
            out = (now % DAY) / 1000.0
        elif op == t.DAY_NUMBER:
            out = np.float64(now // DAY)
        elif op == t.DAY_CLASS:
            out = np.float64(c.world.day_class[min(now // DAY, c.run.days - 1)])
        elif op == t.AGE_S:
            out = (now - w.result[v].arrived) / 1000.0
        elif op == t.WAITED_S:
            out = w.actor[v].waited / 1000.0
        elif op == t.PASSES:
            out = np.float64(w.passes[v, a])
        elif op == t.ATTEMPT:
            out = np.float64(x.more[v].lineage & 255)
        elif op == t.CHILDREN:
            out = np.float64(x.more[v].children)
        elif op == t.INSIDE:
            out = np.float64(w.place[place].inside)
        elif op == t.IS_OPEN:
            out = 1.0 - w.place[place].closed
        elif op == t.LINK_IS_DOWN:
            link = c.world.link[a, place]
            if link >= 0 and x.link[link] > 0:
                out = 1.0
        elif op == t.CAN_START:
            q = c.seize[a + _part_of_day(c, now), place]
            if q >= 0 and _match(c, day, w, x, np.int32(-1), q):
                out = 1.0
        elif op == t.SESSIONS or op == t.SPEED or op == t.TENURE:
            unit = _unit_in(w, v, a)
            if op == t.SPEED:
                out = c.world.trait[unit].speed if unit >= 0 else 1.0
            elif unit >= 0:
                if op == t.SESSIONS:
                    out = np.float64(x.unit[unit].sessions) if UNITS else 1.0
                else:
                    out = c.world.trait[unit].tenure + now // DAY
        else:
            span = c.world.group[a, place]
            if span >= 0:
                first = c.world.span[span].first
                for i in range(first, first + c.world.span[span].count):
                    one = c.member[i]
                    if op == t.QUEUE_LENGTH:
                        out += w.line[one].count
                    elif op == t.FREE_UNITS:
                        out += w.pool[one].idle
                    elif op == t.BUSY_UNITS:
                        out += w.pool[one].load
                    elif op == t.ON_DUTY_UNITS:
                        out += w.pool[one].duty
                    else:
                        out += w.pool[one].down
        top += 1
        stack[top] = out


@part
def _pass(c, w, x, v, step):
    """Return how often the visit has passed the name of this step before, and count this pass."""
    before = np.int16(0)
    counter = c.step[step].counter
    if counter >= 0:
        before = w.passes[v, counter]
        w.passes[v, counter] = before + 1
    if WHOLE:
        x.more[v].passed = before
    return before


# --- units -------------------------------------------------------------------------------------------------------


@part
def _is_wanted(c, w, p):
    """Tell whether somebody waits in a queue that wants a pool."""
    for word in range(c.pool[p].word, c.pool[p].end_word):
        if w.waits[word] != 0:
            return True
    return False


@part
def _mark(c, w, p):
    """Mark a pool: somebody who waits for it, if anybody does, may be able to start."""
    if w.pool[p].marked == 0 and _is_wanted(c, w, p):
        w.pool[p].marked = 1
        marks = w.marks
        i = w.clock[MARKS]
        while i > 0 and marks[i - 1] < p:
            marks[i] = marks[i - 1]
            i -= 1
        marks[i] = p
        w.clock[MARKS] += 1


@part
def _may_be_taken(c, w, x, u):
    """Tell whether a unit can begin another session."""
    more = x.unit[u]
    on = w.unit[u].state == IDLE or w.unit[u].state == BUSY
    return on and more.down == 0 and more.draining < 0 and more.sessions < c.pool[w.unit[u].pool].slots


@seldom
def _enlist(c, w, x, u):
    """Put a unit among those of its pool that may be taken, if it may: fewest sessions, longest idle, index."""
    if x.unit[u].listed == 1 or not _may_be_taken(c, w, x, u):
        return
    p = w.unit[u].pool
    since, sessions = w.unit[u].since, x.unit[u].sessions
    before = w.pool[p].latest
    while before >= 0:
        other = x.unit[before].sessions
        when = w.unit[before].since
        if other < sessions or (other == sessions and (when < since or (when == since and before < u))):
            break
        before = w.unit[before].prev
    _link(w, p, u, before)
    x.unit[u].listed = 1


@part
def _link(w, p, u, before):
    """Put a unit into the list of its pool, behind another (−1: as the first)."""
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


@part
def _unlink(w, u):
    """Take a unit out of the list of its pool."""
    p = w.unit[u].pool
    before, after = w.unit[u].prev, w.unit[u].next
    if before >= 0:
        w.unit[before].next = after
    else:
        w.pool[p].longest = after
    if after >= 0:
        w.unit[after].prev = before
    else:
        w.pool[p].latest = before
    w.pool[p].idle -= 1


@seldom
def _delist(w, x, u):
    """Take a unit out of those that may be taken, if it is there."""
    if x.unit[u].listed == 1:
        x.unit[u].listed = 0
        _unlink(w, u)


@part
def _becomes_idle(c, w, x, u):
    """Put a unit behind those that are idle for longer; units idle since the same tick stand by their index."""
    p = w.unit[u].pool
    now = w.clock[NOW]
    w.unit[u].since = now
    if UNITS:
        if _may_be_taken(c, w, x, u):
            _enlist(c, w, x, u)
            _mark(c, w, p)
        return
    w.unit[u].state = IDLE
    before = w.pool[p].latest
    while before >= 0 and w.unit[before].since == now and before > u:
        before = w.unit[before].prev
    _link(w, p, u, before)
    _mark(c, w, p)


@part
def _longest_idle(w, p):
    """Take the longest idle unit of a pool out of the idle ones and return it."""
    u = w.pool[p].longest
    _unlink(w, u)
    return u


@part
def _count_duty(w, x, u, sign):
    """Count a unit into (1) or out of (−1) its pool."""
    p = w.unit[u].pool
    if WHOLE:
        w.pool[p].duty += sign
    if UNITS:
        if x.unit[u].down > 0:
            w.pool[p].down += sign


@seldom
def _goes(c, w, x, u, entry):
    """Let unit `u` do a planned going or break; return False when the break is already over."""
    change = c.change[entry]
    now = w.clock[NOW]
    if change.op == BREAKS:
        home = x.unit[u].home if UNITS else w.unit[u].pool
        back = now + change.length
        if c.pool[home].late == 1:
            back = change.tick + change.length
        if back <= now:
            return False
        _count_duty(w, x, u, -1)
        w.unit[u].state = ON_BREAK
        _duty(w, BREAKS, u, change.tick)
        _schedule(c, w, np.int32(w.result.size + u), back, CAPACITY)
        return True
    _count_duty(w, x, u, -1)
    w.unit[u].state = OFF
    _duty(w, GOES, u, change.tick + change.length)
    if UNITS:
        w.unit[u].pool = x.unit[u].home
    return True


@part
def _owe(w, p, entry):
    """Let a planned change of pool `p` wait for a unit to finish."""
    w.owed_next[entry] = -1
    if w.pool[p].owed < 0:
        w.pool[p].owed = entry
    else:
        w.owed_next[w.pool[p].owed_last] = entry
    w.pool[p].owed_last = entry


@part
def _strike(w, p, before, entry):
    """Take a planned change, behind `before` (−1: the first), out of those that wait."""
    after = w.owed_next[entry]
    if before >= 0:
        w.owed_next[before] = after
    else:
        w.pool[p].owed = after
    if after < 0:
        w.pool[p].owed_last = before


@seldom
def _does_owed(c, w, x, u):
    """Let a free unit do the oldest change that waits for it; return whether it is gone."""
    p = x.unit[u].home if UNITS else w.unit[u].pool
    before = np.int32(-1)
    entry = w.pool[p].owed
    while entry >= 0:
        after = w.owed_next[entry]
        if c.change[entry].unit == -1 or c.change[entry].unit == u:
            _strike(w, p, before, entry)
            if _goes(c, w, x, u, entry):
                return True
        else:
            before = entry
        entry = after
    return False


@seldom
def _switches(c, w, x, u, target, switch):
    """A unit leaves its pool for another; on the way it serves nowhere. Return whether it is there at once."""
    _count_duty(w, x, u, -1)
    w.unit[u].state = SWITCHING
    w.unit[u].pool = target
    _duty(w, t.MOVES, u, target)
    if switch == 0:
        w.unit[u].state = IDLE
        _count_duty(w, x, u, 1)
        return True
    _schedule(c, w, np.int32(w.result.size + u), w.clock[NOW] + switch, CAPACITY)
    return False


@seldom
def _moves_on(c, w, x, u):
    """Let a free unit leave for the pool where one of its kind is wanted first; return whether it is on the way."""
    p, home = w.unit[u].pool, x.unit[u].home
    waiting = w.clock[MOVES_WAITING]
    for i in range(waiting):
        one = x.move[i]
        if one.pool == p and c.world.dispatch[one.rule].source == home and x.unit[u].down == 0:
            rule, target = one.rule, one.target
            _forget_move(w, x, i)
            if not _switches(c, w, x, u, target, c.world.dispatch[rule].switch):
                return 1
            return 2
    return 0


@part
def _forget_move(w, x, i):
    """Take a move out of those that wait."""
    w.clock[MOVES_WAITING] -= 1
    for k in range(i, w.clock[MOVES_WAITING]):
        x.move[k].rule, x.move[k].pool, x.move[k].target = x.move[k + 1].rule, x.move[k + 1].pool, x.move[k + 1].target


@part
def _is_free(c, w, x, u):
    """A unit has finished or returned: it does the oldest change that waits for it, moves, else it is idle."""
    if UNITS:
        _is_free_whole(c, w, x, u)
        return
    p = w.unit[u].pool
    if w.pool[p].owed < 0 or not _does_owed(c, w, x, u):
        _becomes_idle(c, w, x, u)


@seldom
def _is_free_whole(c, w, x, u):
    """The same where units may serve several, move, drain and be down."""
    there = True
    while there:
        there = False
        if x.unit[u].sessions == 0:
            w.unit[u].state = IDLE
            if x.unit[u].draining >= 0:
                entry = x.unit[u].draining
                x.unit[u].draining = -1
                if _goes(c, w, x, u, entry):
                    return
            if w.pool[x.unit[u].home].owed >= 0 and _does_owed(c, w, x, u):
                return
            moved = _moves_on(c, w, x, u)
            if moved == 1:
                return
            there = moved == 2
    _becomes_idle(c, w, x, u)


@seldom
def _someone_goes(c, day, w, x, p, entry):
    """A planned going or break of pool `p`: the longest idle unit takes it, else the next to finish."""
    if UNITS:
        _someone_goes_whole(c, day, w, x, p, entry)
        return
    if w.pool[p].idle > 0:
        u = _longest_idle(w, p)
        if not _goes(c, w, x, u, entry):
            _link(w, p, u, np.int32(-1))
    else:
        _owe(w, p, entry)


@part
def _fewer(w, x, u, other):
    """Tell whether a unit has fewer sessions than another, or as many for longer."""
    if x.unit[u].sessions != x.unit[other].sessions:
        return x.unit[u].sessions < x.unit[other].sessions
    return w.unit[u].since < w.unit[other].since


@seldom
def _someone_goes_whole(c, day, w, x, p, entry):
    """The same where units may be away, down, drain, or hand the customer over."""
    change = c.change[entry]
    best = np.int32(-1)
    serving = np.int32(-1)
    for u in range(c.pool[p].first_unit, c.pool[p].end_unit):
        on = w.unit[u].state == IDLE or w.unit[u].state == BUSY
        if not on or not (change.unit == -1 or change.unit == u) or x.unit[u].draining >= 0:
            continue
        if x.unit[u].sessions > 0:
            if c.pool[w.unit[u].pool].slots > 1 and (serving < 0 or _fewer(w, x, u, serving)):
                serving = u
            continue
        if best >= 0:
            away, best_away = w.unit[u].pool != p, w.unit[best].pool != p
            down, best_down = x.unit[u].down > 0, x.unit[best].down > 0
            if away != best_away:
                if away:
                    continue
            elif down != best_down:
                if down:
                    continue
            elif w.unit[u].since >= w.unit[best].since:
                continue
        best = u
    if best >= 0:
        _delist(w, x, best)
        if not _goes(c, w, x, best, entry):
            _enlist(c, w, x, best)
        return
    if change.op == GOES and c.pool[p].hands_over == 1:
        if _hands_over(c, day, w, x, p, entry):
            return
    if serving >= 0:
        _delist(w, x, serving)
        x.unit[serving].draining = entry
        return
    if change.unit >= 0 and w.unit[change.unit].state == OFF:
        return
    _owe(w, p, entry)


@seldom
def _hands_over(c, day, w, x, p, entry):
    """Who is busy for longest and whose customer may go elsewhere leaves; return whether there was one."""
    best = np.int32(-1)
    change = c.change[entry]
    for u in range(c.pool[p].first_unit, c.pool[p].end_unit):
        if w.unit[u].state != BUSY or not (change.unit == -1 or change.unit == u) or x.unit[u].lender >= 0:
            continue
        if c.pool[w.unit[u].pool].slots > 1:
            continue
        v = x.unit[u].holder
        detail = c.step[w.actor[v].step].detail if x.more[v].works == 1 else np.int32(-1)
        if detail < 0 or c.world.session[detail].on_down != t.GO_TO:
            continue
        if best < 0 or w.unit[u].since < w.unit[best].since:
            best = u
    if best < 0:
        return False
    v = x.unit[best].holder
    _is_sent(c, w, x, v)
    # The going stands before all others that wait.
    w.owed_next[entry] = w.pool[p].owed
    if w.pool[p].owed < 0:
        w.pool[p].owed_last = entry
    w.pool[p].owed = entry
    for slot in range(c.run.n_slots):
        if _slot(w, v, slot).unit == best:
            _give_back(c, day, w, x, v, slot)
    return True


@seldom
def _someone_comes(c, w, x, p, entry):
    """The lowest unit off duty comes (or the very one); when none is, the oldest going that waits is dropped."""
    wanted = c.change[entry].unit
    for u in range(c.pool[p].first_unit, c.pool[p].end_unit):
        if w.unit[u].state == OFF and (wanted == -1 or wanted == u):
            w.unit[u].state = IDLE
            _count_duty(w, x, u, 1)
            _duty(w, COMES, u, c.change[entry].tick)
            if UNITS:
                if x.unit[u].down > 0:
                    _duty(w, t.FAILS, u, w.clock[NOW])
            _becomes_idle(c, w, x, u)
            return
    before = np.int32(-1)
    other = w.pool[p].owed
    while other >= 0:
        if c.change[other].op == GOES and c.change[other].unit == wanted:
            _strike(w, p, before, other)
            return
        before = other
        other = w.owed_next[other]


@seldom
def _let_go(c, day, w, x, d):
    """Let those go who stayed at a closed place for its last customer."""
    for k in range(c.place[d].first, c.place[d].end):
        p = c.member[k]
        while w.pool[p].kept >= 0:
            entry = w.pool[p].kept
            w.pool[p].kept = w.owed_next[entry]
            _someone_goes(c, day, w, x, p, entry)


@part
def _give_back(c, day, w, x, v, slot):
    """Give back the unit in a slot of visit `v`."""
    held = _slot(w, v, slot)
    u = held.unit
    _row(w, v, held.step, held.need, held.entered, held.started, w.clock[NOW], u, held.pool)
    held.unit = -1
    if WHOLE:
        x.last[v, slot].unit = u
        x.last[v, slot].team = x.unit[u].home
        _session_ends(c, day, w, x, u)
    else:
        _is_free(c, w, x, u)


@seldom
def _session_ends(c, day, w, x, u):
    """A session of a unit ends; who was pre-empted has it back."""
    if QUEUES:
        lender = x.unit[u].lender
        if lender >= 0:
            more = x.unit[u]
            w.unit[u].since = w.clock[NOW]
            if _next_alert(c, w, x, u):
                return
            more.lender = -1
            more.holder = lender
            held = _slot(w, lender, more.lent_slot)
            held.unit, held.step, held.need, held.pool = u, more.lent_step, more.lent_need, w.unit[u].pool
            held.entered, held.started = more.lent_entered, w.clock[NOW]
            if UNITS:
                if more.down > 0:
                    _is_told(c, w, x, lender)
            if x.more[lender].works == 1:
                _one_reason_less(c, w, x, lender)
            return
    w.pool[w.unit[u].pool].load -= 1
    if UNITS:
        _delist(w, x, u)
    x.unit[u].sessions -= 1
    x.unit[u].holder = -1
    _is_free(c, w, x, u)


# --- time of an ADVANCE --------------------------------------------------------------------------------------------


@part
def _goes_on(c, w, x, v):
    """The time of an ADVANCE runs (again)."""
    now = w.clock[NOW]
    x.more[v].since = now
    _schedule(c, w, v, now + x.more[v].left, ADVANCE_ENDS)


@seldom
def _holds_on(w, x, v):
    """One more thing keeps an ADVANCE from going on."""
    if x.more[v].reasons == 0:
        x.more[v].left -= w.clock[NOW] - x.more[v].since
        _cancel(w, v)
    x.more[v].reasons += 1


@seldom
def _one_reason_less(c, w, x, v):
    """One thing less keeps an ADVANCE from going on."""
    x.more[v].reasons -= 1
    if x.more[v].reasons == 0:
        _goes_on(c, w, x, v)


@part
def _remembers(c, w, x, v, elapsed):
    """Write down which share of an ADVANCE was done when it was interrupted."""
    attribute = c.world.session[c.step[w.actor[v].step].detail].done
    if attribute >= 0:
        before = x.attribute[v, attribute]
        x.attribute[v, attribute] = before + (1.0 - before) * (elapsed / x.more[v].duration)


@seldom
def _is_sent(c, w, x, v):
    """An ADVANCE is given up for where its `go_to` says."""
    more = x.more[v]
    left = more.left
    if more.reasons == 0:
        left -= w.clock[NOW] - more.since
    _remembers(c, w, x, v, more.planned - left)
    for u in range(w.unit.size):
        if x.unit[u].lender == v:
            x.unit[u].lender = -1
    _cancel(w, v)
    more.works = 0
    more.sent = 1
    _push(w, v)


@seldom
def _is_told(c, w, x, v):
    """Something that an ADVANCE needs has gone down."""
    if x.more[v].works == 0 or c.step[w.actor[v].step].detail < 0:
        return
    on_down = c.world.session[c.step[w.actor[v].step].detail].on_down
    if on_down == t.GO_TO:
        _is_sent(c, w, x, v)
    elif on_down != t.CONTINUE:
        _holds_on(w, x, v)
        if on_down == t.RESTART:
            x.more[v].left = x.more[v].planned


@seldom
def _is_told_up(c, w, x, v):
    """Something that an ADVANCE needs works again."""
    if x.more[v].works == 0 or c.step[w.actor[v].step].detail < 0:
        return
    on_down = c.world.session[c.step[w.actor[v].step].detail].on_down
    if on_down == t.PAUSE or on_down == t.RESTART:
        _one_reason_less(c, w, x, v)


@part
def _link_of(c, w, v, detail):
    """Return the link that a session of the visit needs, −1: none."""
    link = c.world.session[detail].link
    if link >= 0:
        link = c.world.link[link, w.actor[v].place]
    return link


@seldom
def _link_changes(c, w, x, link, up):
    """A link goes down or comes up: visits whose ADVANCE needs it are told, by number."""
    for v in range(w.result.size):
        if x.more[v].works == 1:
            detail = c.step[w.actor[v].step].detail
            if detail >= 0 and _link_of(c, w, v, detail) == link:
                if up:
                    _is_told_up(c, w, x, np.int32(v))
                else:
                    _is_told(c, w, x, np.int32(v))


@seldom
def _unit_fails(c, w, x, u):
    """A unit goes down: it is not taken any more; who holds it is told."""
    _delist(w, x, u)
    x.unit[u].down += 1
    if x.unit[u].down > 1:
        return
    if w.unit[u].state == IDLE or w.unit[u].state == BUSY:
        w.pool[w.unit[u].pool].down += 1
        _duty(w, t.FAILS, u, w.clock[NOW])
    if x.unit[u].holder >= 0:
        _is_told(c, w, x, x.unit[u].holder)


@seldom
def _unit_works(c, w, x, u):
    """A unit comes up."""
    x.unit[u].down -= 1
    if x.unit[u].down > 0:
        return
    if w.unit[u].state == IDLE or w.unit[u].state == BUSY:
        w.pool[w.unit[u].pool].down -= 1
        _duty(w, t.REPAIRED, u, w.clock[NOW])
        if x.unit[u].sessions == 0:
            _is_free(c, w, x, u)
        else:
            _becomes_idle(c, w, x, u)
    if x.unit[u].holder >= 0:
        _is_told_up(c, w, x, x.unit[u].holder)


@seldom
def _disruption(c, day, w, x, op, subject):
    """A unit or a link goes down or comes up."""
    if op == t.UNIT_FAILS:
        _unit_fails(c, w, x, subject)
    elif op == t.UNIT_REPAIRED:
        _unit_works(c, w, x, subject)
    elif op == t.LINK_FAILS:
        x.link[subject] += 1
        if x.link[subject] == 1:
            _link_changes(c, w, x, subject, False)
    else:
        x.link[subject] -= 1
        if x.link[subject] == 0:
            _link_changes(c, w, x, subject, True)


@seldom
def _crashes(c, day, w, x, v, slot, law):
    """Equipment goes down as it is given back, for a time; what is down already, or serves several, does not crash."""
    u = _slot(w, v, slot).unit
    a = np.int32(w.result.size + w.unit.size + c.world.dispatch.size + u)
    if w.actor[a].kind != 0 or c.pool[w.unit[u].pool].slots > 1:
        return
    step = c.step[w.actor[v].step]
    time_s = _seconds(c, day, w, x, v, law, step.name, x.more[v].passed, PURPOSE_CRASH)
    _unit_fails(c, w, x, u)
    _schedule(c, w, a, w.clock[NOW] + to_ticks(time_s, c.run.tick), t.BREAKDOWN)


# --- dispatch ------------------------------------------------------------------------------------------------------


@seldom
def _moves(c, w, x, rule, source, target):
    """Move the longest idle unit of the rule's own, else the next of them to finish; or let one stay who waits."""
    waiting = w.clock[MOVES_WAITING]
    for i in range(waiting):
        if x.move[i].rule == rule and x.move[i].pool == target and x.move[i].target == source:
            _forget_move(w, x, i)
            return
    home = c.world.dispatch[rule].source
    u = w.pool[source].longest
    while u >= 0:
        if x.unit[u].sessions == 0 and x.unit[u].home == home:
            _delist(w, x, u)
            if _switches(c, w, x, u, target, c.world.dispatch[rule].switch):
                _is_free(c, w, x, u)
            return
        u = w.unit[u].next
    x.move[waiting].rule, x.move[waiting].pool, x.move[waiting].target = rule, source, target
    w.clock[MOVES_WAITING] = waiting + 1


@seldom
def _looks(c, day, w, x, number):
    """A rule of dispatch looks, and may move one unit."""
    rule, state = c.world.dispatch[number], x.rule[number]
    go = _value(c, day, w, x, np.int32(-1), rule.place, rule.go) != 0.0
    state.go_for = state.go_for + 1 if go else 0
    back = _value(c, day, w, x, np.int32(-1), rule.place, rule.back) != 0.0
    state.back_for = state.back_for + 1 if back else 0
    if state.go_for >= rule.looks and state.moved < rule.most:
        state.go_for = 0
        state.moved += 1
        _moves(c, w, x, number, rule.source, rule.target)
    elif state.back_for >= rule.looks and state.moved > 0:
        state.back_for = 0
        state.moved -= 1
        _moves(c, w, x, number, rule.target, rule.source)
    a = np.int32(w.result.size + w.unit.size + number)
    _schedule(c, w, a, w.clock[NOW] + rule.every, t.LOOKS)


@seldom
def _undo_moves(c, w, x, d):
    """At closing all go back whom rules of the place have moved."""
    for number in range(c.world.dispatch.size):
        rule, state = c.world.dispatch[number], x.rule[number]
        if rule.place == d:
            state.go_for = state.back_for = 0
            while state.moved > 0:
                state.moved -= 1
                _moves(c, w, x, number, rule.target, rule.source)


# --- matching ----------------------------------------------------------------------------------------------------


@part
def _match(c, day, w, x, v, q):
    """Find distinct idle units for all needs of queue `q`; leave their pools in `pick`, return whether there are any.

    Of all ways to match, the first in the order of preference of need 1, then of need 2 … (MODEL §4).
    """
    if QUEUES:
        return _match_whole(c, day, w, x, v, q)
    n = c.queue[q].n_needs
    needs = c.queue[q].first
    member, pool, pick = c.member, w.pool, w.pick
    if n == 1:
        for i in range(c.need[needs].first, c.need[needs].first + c.need[needs].count):
            if pool[member[i]].idle > 0:
                pick[0].pool = member[i]
                return True
        return False
    k = 0
    pick[0].at = 0
    while 0 <= k < n:
        found = False
        while pick[k].at < c.need[needs + k].count:
            p = member[c.need[needs + k].first + pick[k].at]
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
def _kept(c, need, i):
    """Return how many units of its i-th pool a need must leave free."""
    if need.reserve >= 0:
        return c.member[need.reserve + i]
    return np.int32(0)


@seldom
def _bars(c, w, x, v, need):
    """Write into `pick` which unit and which team visit `v` may not take for a need: maker ≠ checker."""
    pick = w.pick[need]
    pick.bar = pick.team = -1
    if v < 0 or x.more[v].ghost == 1:
        return
    step = c.step[w.actor[v].step]
    if step.op != SEIZE or step.detail < 0:
        return
    wanting = c.world.wanting[step.detail]
    for i in range(wanting.differs, wanting.differs_end, 3):
        if c.member[i] == need:
            slot = c.member[i + 1]
            unit, team = x.last[v, slot].unit, x.last[v, slot].team
            if _slot(w, v, slot).unit >= 0:
                unit = _slot(w, v, slot).unit
                team = x.unit[unit].home
            if c.member[i + 2] == 1:
                pick.team = team
            else:
                pick.bar = unit


@seldom
def _prefers(c, day, w, x, v, q, k):
    """Write into `order` in which order need `k` of a queue wants its pools now."""
    need = c.need[c.queue[q].first + k]
    order = x.order[k]
    n = need.count
    for i in range(n):
        order[i] = i
    if need.rule == t.IN_ORDER or (need.rule == t.RANDOM and v < 0):
        return
    if need.rule == t.RANDOM:
        total = 0.0
        for i in range(n):
            if w.pool[c.member[need.first + i]].idle > _kept(c, need, i):
                total += c.world.share[need.weight + i]
        name = c.step[w.actor[v].step].name
        u = _uniform(c, day, w, x, v, name, x.more[v].passed * 4 + k, PURPOSE_TEAM)
        reached, chosen = 0.0, -1
        for i in range(n):
            if w.pool[c.member[need.first + i]].idle > _kept(c, need, i) and (chosen < 0 or reached <= u * total):
                chosen = i
                reached += c.world.share[need.weight + i]
        for i in range(chosen, 0, -1):
            order[i] = order[i - 1]
        if chosen >= 0:
            order[0] = chosen
        return
    # By a number, the smallest first; ties in the order of the need.
    for i in range(1, n):
        one = order[i]
        j = i - 1
        while j >= 0 and _before(c, w, need, one, order[j]):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = one


@part
def _before(c, w, need, i, j):
    """Tell whether a need wants its i-th pool before its j-th: longest idle, or least occupied."""
    p, other = c.member[need.first + i], c.member[need.first + j]
    free, other_free = w.pool[p].idle > _kept(c, need, i), w.pool[other].idle > _kept(c, need, j)
    if free != other_free:
        return free
    if not free:
        return False
    if need.rule == t.LONGEST_IDLE:
        return w.unit[w.pool[p].longest].since < w.unit[w.pool[other].longest].since
    return w.pool[p].load / w.pool[p].duty < w.pool[other].load / w.pool[other].duty


@part
def _may(c, w, x, q, k):
    """Tell whether need `k` may be met by the pool at which its search stands."""
    need = c.need[c.queue[q].first + k]
    i = x.order[k, w.pick[k].at]
    p = c.member[need.first + i]
    state, pick = w.pool[p], w.pick[k]
    if state.idle - state.taken <= _kept(c, need, i) or pick.team == p:
        return False
    if pick.bar >= 0 and w.unit[pick.bar].pool == p:
        listed = x.unit[pick.bar].listed == 1 if UNITS else w.unit[pick.bar].state == IDLE
        if listed and state.idle - 1 - state.barred <= 0:
            return False
    return True


@seldom
def _match_whole(c, day, w, x, v, q):
    """The same with reserves, rules of choice, and units that must not be the same."""
    n = c.queue[q].n_needs
    if v >= 0 and x.more[v].ghost == 1:
        n = np.int32(1)
    needs = c.queue[q].first
    for k in range(n):
        _bars(c, w, x, v, k)
        _prefers(c, day, w, x, v, q, k)
    k = 0
    w.pick[0].at = 0
    while 0 <= k < n:
        found = False
        while w.pick[k].at < c.need[needs + k].count:
            if _may(c, w, x, q, k):
                p = c.member[c.need[needs + k].first + x.order[k, w.pick[k].at]]
                found = True
                w.pool[p].taken += 1
                if w.pick[k].bar >= 0:
                    w.pool[p].barred += 1
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
                p = w.pick[k].pool
                w.pool[p].taken -= 1
                if w.pick[k].bar >= 0:
                    w.pool[p].barred -= 1
                w.pick[k].at += 1
    for i in range(k):
        p = w.pick[i].pool
        w.pool[p].taken -= 1
        if w.pick[i].bar >= 0:
            w.pool[p].barred -= 1
    return k == n


@part
def _holds(c, w, v, k, u):
    """Write into visit `v` that it holds unit `u` for need `k` of its SEIZE."""
    step = w.actor[v].step
    held = _slot(w, v, c.member[c.step[step].first + k])
    held.unit, held.step, held.need, held.pool = u, step, k, w.unit[u].pool
    held.entered, held.started = w.actor[v].entered, w.clock[NOW]


@part
def _begins(w, x, u, v):
    """A unit, out of the list already, begins a session."""
    w.unit[u].state = BUSY
    if WHOLE:
        w.pool[w.unit[u].pool].load += 1
        x.unit[u].sessions += 1
        x.unit[u].holder = v
        w.unit[u].since = w.clock[NOW]


@part
def _take(c, w, x, v, q):
    """Give visit `v` one unit for every need, as matched, and move it on."""
    n = c.queue[q].n_needs
    if QUEUES or UNITS:
        _take_whole(c, w, x, v, q)
    else:
        for k in range(n):
            u = _longest_idle(w, w.pick[k].pool)
            _begins(w, x, u, v)
            _holds(c, w, v, k, u)
    w.actor[v].step = c.step[w.actor[v].step].next


@seldom
def _take_whole(c, w, x, v, q):
    """The same where a unit may serve several, or must not be a certain one: those needs take theirs first."""
    n = c.queue[q].n_needs
    if QUEUES:
        if x.more[v].ghost == 1:
            n = np.int32(1)
    for turn in range(2):
        for k in range(n):
            bar = w.pick[k].bar if QUEUES else np.int32(-1)
            if (bar >= 0) == (turn == 0):
                u = w.pool[w.pick[k].pool].longest
                if u == bar:
                    u = w.unit[u].next
                if UNITS:
                    x.unit[u].listed = 0
                _unlink(w, u)
                w.pick[k].unit = u
    for k in range(n):
        _begins(w, x, w.pick[k].unit, v)
        _holds(c, w, v, k, w.pick[k].unit)
    if UNITS:
        for k in range(n):
            _enlist(c, w, x, w.pick[k].unit)


# --- queues ------------------------------------------------------------------------------------------------------


@part
def _push(w, v):
    """Put a visit at the end of the agenda."""
    end = w.clock[AGENDA_END]
    w.agenda[end] = v
    w.clock[AGENDA_END] = end + 1 if end + 1 < w.agenda.size else 0


@part
def _key(w, x, v):
    """Return what a visit is ordered by in its queue."""
    if QUEUES:
        return x.more[v].key
    return w.actor[v].entered


@part
def _join(c, w, x, v, q):
    """Put a visit in its place in a queue; those who join at the same tick stand by their number."""
    actor, line = w.actor, w.line
    ahead = line[q].last
    key = _key(w, x, v)
    while ahead >= 0:
        other = _key(w, x, ahead)
        if other < key or (other == key and ahead < v):
            break
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
    if ahead < 0 and behind < 0:
        for i in range(c.queue[q].first_bit, c.queue[q].end_bit):
            w.waits[c.bit[i].word] |= c.bit[i].mask
    if FLOW:
        line[q].count += 1


@part
def _leave_queue(c, w, v):
    """Take a visit out of its queue."""
    actor, line = w.actor, w.line
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
    if ahead < 0 and behind < 0:
        for i in range(c.queue[q].first_bit, c.queue[q].end_bit):
            w.waits[c.bit[i].word] &= ~c.bit[i].mask
    actor[v].queue = -1
    if FLOW:
        line[q].count -= 1


@part
def _stop_waiting(c, w, v):
    """Take a visit out of its queue, and its timer from the pending events."""
    _cancel(w, v)
    _leave_queue(c, w, v)
    w.actor[v].waited += w.clock[NOW] - w.actor[v].entered


@seldom
def _stop_collecting(c, day, w, x, v, q, starts):
    """A visit that may have collected units stops waiting: what it has goes back unless it starts."""
    more = x.more[v]
    family = c.queue[q].family
    if more.collects == 0:
        return
    more.collects = 0
    if x.collector[family] == v:
        x.collector[family] = -1
        w.clock[FREED] = family
        if not starts:
            step = w.actor[v].step
            for i in range(c.step[step].first, c.step[step].first + c.step[step].count):
                if _slot(w, v, c.member[i]).unit >= 0:
                    _give_back(c, day, w, x, v, c.member[i])


@part
def _give_up(c, w, v, to, outcome):
    """A visit leaves a SEIZE without its units."""
    _row(w, v, w.actor[v].step, -1, w.actor[v].entered, -1, w.clock[NOW], -1, -1)
    w.actor[v].step = to if to >= 0 else -1 - outcome


@seldom
def _stop_without(c, day, w, x, v, to, outcome):
    """A waiting visit stops waiting without its units."""
    q = w.actor[v].queue
    _stop_waiting(c, w, v)
    if QUEUES:
        _stop_collecting(c, day, w, x, v, q, False)
    _give_up(c, w, v, to, outcome)
    _push(w, v)
    if QUEUES:
        _next_collectors(c, day, w, x)


@seldom
def _collect(c, day, w, x, v, among):
    """A collector takes what there is of pool `among` (−1: of all), need by need; return whether nothing is missing."""
    q = w.actor[v].queue
    first = c.step[w.actor[v].step].first
    missing = 0
    n = c.queue[q].n_needs
    for k in range(n):
        if _slot(w, v, c.member[first + k]).unit >= 0:
            continue
        _bars(c, w, x, v, k)
        _prefers(c, day, w, x, v, q, k)
        need = c.need[c.queue[q].first + k]
        found = False
        for at in range(need.count):
            i = x.order[k, at]
            p = c.member[need.first + i]
            if (among >= 0 and p != among) or p == w.pick[k].team or w.pool[p].idle <= _kept(c, need, i):
                continue
            u = w.pool[p].longest
            while u >= 0 and (u == w.pick[k].bar or _has(c, w, v, u)):
                u = w.unit[u].next
            if u >= 0:
                if UNITS:
                    x.unit[u].listed = 0
                _unlink(w, u)
                _begins(w, x, u, v)
                _holds(c, w, v, k, u)
                found = True
                break
        if not found:
            missing += 1
    if UNITS:
        for k in range(n):
            if _slot(w, v, c.member[first + k]).unit >= 0:
                _enlist(c, w, x, _slot(w, v, c.member[first + k]).unit)
    return missing == 0


@part
def _has(c, w, v, u):
    """Tell whether a visit holds a unit."""
    for slot in range(c.run.n_slots):
        if _slot(w, v, slot).unit == u:
            return True
    return False


@part
def _collector_starts(c, day, w, x, v):
    """A collector has all its units and goes on."""
    q = w.actor[v].queue
    _stop_waiting(c, w, v)
    _stop_collecting(c, day, w, x, v, q, True)
    w.actor[v].step = c.step[w.actor[v].step].next
    _push(w, v)


@seldom
def _next_collectors(c, day, w, x):
    """The oldest of those who have waited too long for several units at once collects them as they free."""
    while w.clock[FREED] >= 0:
        family = w.clock[FREED]
        w.clock[FREED] = -1
        if x.collector[family] >= 0:
            continue
        best = np.int32(-1)
        for q in range(w.line.size):
            if c.queue[q].family == family:
                v = w.line[q].first
                while v >= 0:
                    if x.more[v].collects == 1:
                        older = best < 0 or w.actor[v].entered < w.actor[best].entered
                        if older or (w.actor[v].entered == w.actor[best].entered and v < best):
                            best = v
                    v = w.actor[v].behind
        if best >= 0:
            x.collector[family] = best
            if _collect(c, day, w, x, best, np.int32(-1)):
                _collector_starts(c, day, w, x, best)


@seldom
def _first_to_start(c, day, w, x, q):
    """Return the first of a queue who can start, −1: nobody can."""
    v = w.line[q].first
    if v < 0 or not _match(c, day, w, x, np.int32(-1), q):
        return np.int32(-1)
    while v >= 0:
        if x.collector[c.queue[q].family] != v and _match(c, day, w, x, v, q):
            return v
        v = w.actor[v].behind
    return np.int32(-1)


@part
def _collectors_first(c, day, w, x, p, i):
    """What is free of pool `p` goes to who collects for its i-th queue, once for each connected set of pools."""
    family = c.queue[c.member[i]].family
    if x.collector[family] < 0:
        return
    for k in range(c.pool[p].first, i):
        if c.queue[c.member[k]].family == family:
            return
    collector = x.collector[family]
    if _collect(c, day, w, x, collector, np.int32(p)):
        _collector_starts(c, day, w, x, collector)
        _next_collectors(c, day, w, x)


@part
def _start_eligible(c, day, w, x, p):
    """Start waiting visits that need pool `p`, the first by (class, joining time, number) that can be matched."""
    if QUEUES:
        for i in range(c.pool[p].first, c.pool[p].end):
            _collectors_first(c, day, w, x, p, i)
    while True:
        best, best_queue, matched = np.int32(-1), np.int32(-1), np.int32(-1)
        first = c.pool[p].first
        for word in range(c.pool[p].word, c.pool[p].end_word):
            bits = w.waits[word]
            while bits != 0:
                q = c.member[first + trailing_zeros(bits)]
                bits &= bits - np.uint64(1)
                v = w.line[q].first
                if QUEUES:
                    v = _first_to_start(c, day, w, x, q)
                    if v < 0:
                        continue
                if best >= 0:
                    rank, best_rank = c.queue[q].rank, c.queue[best_queue].rank
                    key, best_key = _key(w, x, v), _key(w, x, best)
                    if rank > best_rank or (rank == best_rank and (key > best_key or (key == best_key and v > best))):
                        continue
                if QUEUES:
                    best, best_queue = v, q
                elif _match(c, day, w, x, v, q):
                    best, best_queue, matched = v, q, q
                else:
                    matched = q
            first += 64
        if best < 0:
            break
        if matched != best_queue:
            _match(c, day, w, x, best, best_queue)
        _starts(c, day, w, x, best, best_queue)


@part
def _starts(c, day, w, x, v, q):
    """A waiting visit takes the units that were matched and goes on."""
    _stop_waiting(c, w, v)
    if QUEUES:
        x.more[v].collects = 0
        _take(c, w, x, v, q)
        if x.more[v].ghost == 1:
            _calls_ghost(c, day, w, x, v)
            return
    else:
        _take(c, w, x, v, q)
    _push(w, v)


@seldom
def _leave_ghost(c, day, w, x, v):
    """Who leaves unnoticed leaves a ticket behind, in the same place of the queue."""
    g = np.int32(v + c.world.wanting[c.step[w.actor[v].step].detail].children)
    if w.result[g].arrived != NOT_COME:
        return
    w.result[g].arrived = WOKEN
    actor, more = w.actor[g], x.more[g]
    actor.stream, actor.n, actor.place = w.actor[v].stream, w.actor[v].n, w.actor[v].place
    actor.step, actor.entered = w.actor[v].step, w.actor[v].entered
    more.source, more.passed, more.key, more.ghost = x.more[v].source, x.more[v].passed, x.more[v].key, 1
    more.lineage = (day.visit[g].child << 8) | (x.more[v].lineage & 255)
    _gets_slots(c, w, g)
    _join(c, w, x, g, w.actor[v].queue)


@seldom
def _calls_ghost(c, day, w, x, g):
    """The number of one who has left is called: the first need's unit loses a while."""
    slot = np.int32(-1)
    for i in range(c.run.n_slots):
        if _slot(w, g, i).unit >= 0:
            slot = np.int32(i)
    step = _slot(w, g, slot).step
    law, name = c.world.wanting[c.step[step].detail].gap, c.step[step].name
    gap = to_ticks(_seconds(c, day, w, x, g, law, name, x.more[g].passed, PURPOSE_GAP), c.run.tick)
    if gap == 0:
        _give_back(c, day, w, x, g, slot)
    else:
        _schedule(c, w, g, w.clock[NOW] + gap, ADVANCE_ENDS)


@seldom
def _arm(c, w, x, v):
    """Arm the one timer of a waiting visit: the first of patience and whatever else may happen to it."""
    until, patience = NEVER, x.more[v].patience
    step = c.step[w.actor[v].step]
    entered = w.actor[v].entered
    if step.detail >= 0:
        wanting = c.world.wanting[step.detail]
        until = min(until, entered + min(wanting.limit, FAR))
        if x.more[v].stage < wanting.end:
            until = min(until, entered + c.world.stage[x.more[v].stage].after)
        if x.more[v].collects == 0:
            until = min(until, entered + min(wanting.earmark, FAR))
    tick, kind = patience, PATIENCE_ENDS
    if until <= patience:
        tick, kind = until, t.TIMER
    _schedule(c, w, v, max(tick, w.clock[NOW]), kind)


@seldom
def _rings(c, day, w, x, v):
    """A timer other than patience rings: overflow or ageing, earmark, too long."""
    now = w.clock[NOW]
    _cancel(w, v)
    wanting = c.world.wanting[c.step[w.actor[v].step].detail]
    more = x.more[v]
    entered = w.actor[v].entered
    family = c.queue[w.actor[v].queue].family
    if more.stage < wanting.end and entered + c.world.stage[more.stage].after <= now:
        q = c.seize[c.world.stage[more.stage].seize + _part_of_day(c, now), w.actor[v].place]
        more.stage += 1
        if q >= 0 and q != w.actor[v].queue:
            _leave_queue(c, w, v)
            _join(c, w, x, v, q)
        if x.collector[family] == v:
            if _collect(c, day, w, x, v, np.int32(-1)):
                _collector_starts(c, day, w, x, v)
                _next_collectors(c, day, w, x)
        elif _match(c, day, w, x, v, w.actor[v].queue):
            _starts(c, day, w, x, v, w.actor[v].queue)
    elif more.collects == 0 and entered + min(wanting.earmark, FAR) <= now:
        more.collects = 1
        w.clock[FREED] = family
        _next_collectors(c, day, w, x)
    else:
        _stop_without(c, day, w, x, v, wanting.limit_to, t.DIVERTED)
    if w.actor[v].queue >= 0:
        _arm(c, w, x, v)


@seldom
def _next_alert(c, w, x, u):
    """Before a pre-empted visit has its unit back, the first who waits, may pre-empt and comes before it takes it."""
    p, lent = w.unit[u].pool, x.unit[u]
    rank = _rank_of(c, lent.lent_step, w.actor[lent.lender].place)
    best = np.int32(-1)
    for i in range(c.pool[p].first, c.pool[p].end):
        q = c.member[i]
        if c.queue[q].rank >= rank or c.queue[q].n_needs > 1:
            continue
        v = w.line[q].first
        while v >= 0:
            detail = c.step[w.actor[v].step].detail
            alert = detail >= 0 and c.world.wanting[detail].preempts == 1
            if alert and x.more[v].ghost == 0 and x.more[v].collects == 0:
                if best < 0 or _comes_before(c, w, x, v, best):
                    best = v
                break
            v = w.actor[v].behind
    if best < 0:
        return False
    x.unit[u].holder = best
    _holds(c, w, best, 0, u)
    _stop_waiting(c, w, best)
    w.actor[best].step = c.step[w.actor[best].step].next
    _push(w, best)
    return True


@part
def _comes_before(c, w, x, v, other):
    """Tell whether one who waits comes before another: class, joining time, number."""
    rank, other_rank = c.queue[w.actor[v].queue].rank, c.queue[w.actor[other].queue].rank
    if rank != other_rank:
        return rank < other_rank
    key, other_key = x.more[v].key, x.more[other].key
    return key < other_key or (key == other_key and v < other)


@seldom
def _preempts(c, w, x, v, q):
    """Take a unit from a visit of a lower class that is in an ADVANCE; return whether there was one."""
    if c.queue[q].n_needs > 1:
        return False
    need = c.need[c.queue[q].first]
    for i in range(need.first, need.first + need.count):
        p = c.member[i]
        best, best_rank, best_started = np.int32(-1), np.int32(-1), np.int64(-1)
        for u in range(w.unit.size):
            victim = x.unit[u].holder
            if w.unit[u].pool != p or victim < 0 or x.unit[u].lender >= 0 or c.pool[p].slots > 1:
                continue
            if x.more[victim].works == 0 or x.unit[u].down > 0:
                continue
            for slot in range(c.run.n_slots):
                held = _slot(w, victim, slot)
                if held.unit == u:
                    rank = _rank_of(c, held.step, w.actor[victim].place)
                    if rank > c.queue[q].rank and (
                        rank > best_rank or (rank == best_rank and held.started >= best_started)
                    ):
                        best, best_rank, best_started = np.int32(u), rank, held.started
        if best >= 0:
            victim = x.unit[best].holder
            more = x.unit[best]
            for slot in range(c.run.n_slots):
                held = _slot(w, victim, slot)
                if held.unit == best:
                    _row(w, victim, held.step, held.need, held.entered, held.started, w.clock[NOW], best,
                        held.pool
                    )  # fmt: skip
                    held.unit = -1
                    more.lent_slot, more.lent_step, more.lent_need = slot, held.step, held.need
            _holds_on(w, x, victim)
            more.lender, more.lent_entered, more.holder = victim, w.clock[NOW], v
            w.unit[best].since = w.clock[NOW]
            _holds(c, w, v, 0, best)
            w.actor[v].step = c.step[w.actor[v].step].next
            return True
    return False


# --- visits ------------------------------------------------------------------------------------------------------


@part
def _patience_ends(c, day, w, x, v, step, passes):
    """Return the tick at which the visit gives up waiting here."""
    law = c.step[step].law
    if law < 0:
        return NEVER
    clock = c.step[step].clock
    name = c.step[step].name
    time_s = -1.0
    if UNITS:
        if day.override.size > 0:
            time_s = _logged(day.override, v, name, passes, PURPOSE_PATIENCE)
    if clock != CLOCK_QUEUE:
        name, passes = np.uint64(c.run.patience_name), np.int16(0)
    if time_s < 0.0:
        time_s = _seconds(c, day, w, x, v, law, name, passes, PURPOSE_PATIENCE)
    if QUEUES:
        if c.step[step].op == SEIZE and c.step[step].detail >= 0:
            factor = c.world.wanting[c.step[step].detail].patience
            if factor >= 0:
                time_s = time_s * max(0.0, _value(c, day, w, x, v, w.actor[v].place, factor))
    patience = to_ticks(time_s, c.run.tick)
    if clock == CLOCK_VISIT:
        return w.result[v].arrived + patience
    if clock != CLOCK_QUEUE:
        patience -= w.actor[v].waited
    return w.clock[NOW] + patience


@part
def _leave(c, day, w, x, v, outcome):
    """End a visit: what it still holds goes back."""
    for slot in range(c.run.n_slots):
        if _slot(w, v, slot).unit >= 0:
            _give_back(c, day, w, x, v, slot)
    _leaves_slots(w, v)
    w.result[v].outcome, w.result[v].left = outcome, w.clock[NOW]
    if FLOW:
        if x.more[v].parent >= 0:
            x.more[x.more[v].parent].children -= 1
    d = w.actor[v].place
    w.place[d].inside -= 1
    if w.place[d].inside == 0 and w.place[d].closed == 1:
        _let_go(c, day, w, x, d)


@part
def _follows(x, v):
    """Tell whether this is work that somebody set off, not a customer at the door."""
    if FLOW:
        more = x.more[v]
        return more.ghost == 0 and (more.lineage >> 8) > 0 and (more.lineage & 255) == 0
    return False


@part
def _holds_nothing(c, w, v):
    nothing = True
    for slot in range(c.run.n_slots):
        nothing = nothing and _slot(w, v, slot).unit < 0
    return nothing


@seldom
def _wait(c, day, w, x, v, q, passes):
    """A visit that cannot start joins a queue, unless its patience is past or the place is closed."""
    now = w.clock[NOW]
    step = w.actor[v].step
    detail = c.step[step].detail if QUEUES else np.int32(-1)
    ends = _patience_ends(c, day, w, x, v, step, passes)
    if QUEUES:
        if detail >= 0 and c.world.wanting[detail].limit <= 0:
            _give_up(c, w, v, c.world.wanting[detail].limit_to, t.DIVERTED)
            return False
    if ends <= now:
        _give_up(c, w, v, c.step[step].give_up, ABANDONED)
        return False
    d = w.actor[v].place
    turns_away = w.place[d].closed == 1 and c.place[d].closing == TURN_AWAY
    if turns_away and _holds_nothing(c, w, v) and not _follows(x, v):
        _give_up(c, w, v, np.int32(-1), CLOSED)
        return False
    if QUEUES:
        more = x.more[v]
        more.key, more.patience, more.stage, more.collects = now, ends, 0, 0
        if detail >= 0:
            more.stage = c.world.wanting[detail].first
            if c.world.wanting[detail].due >= 0:
                due_s = _value(c, day, w, x, v, d, c.world.wanting[detail].due)
                more.key = np.int64(np.rint(min(max(due_s, -1e15), 1e15) * 1000.0))
        _join(c, w, x, v, q)
        _arm(c, w, x, v)
    else:
        _join(c, w, x, v, q)
        _schedule(c, w, v, ends, PATIENCE_ENDS)
    return True


@seldom
def _begins_work(c, day, w, x, v, time_s, passes):
    """Begin an ADVANCE that may be interrupted; return whether it takes time. What it becomes stands in the visit."""
    step = c.step[w.actor[v].step]
    more = x.more[v]
    duration = to_ticks(time_s, c.run.tick)
    more.duration = more.planned = more.left = duration
    more.drops, more.reasons, more.sent = 0, 0, 0
    if UNITS:
        if step.detail >= 0:
            session = c.world.session[step.detail]
            if session.drop >= 0:
                drop_s = _seconds(c, day, w, x, v, session.drop, step.name, passes, PURPOSE_DROP)
                drop = to_ticks(drop_s, c.run.tick)
                if drop < duration:
                    more.planned = more.left = drop
                    more.drops = 1
            if session.on_down != t.CONTINUE:
                for slot in range(c.run.n_slots):
                    unit = _slot(w, v, slot).unit
                    if unit >= 0 and x.unit[unit].down > 0:
                        more.reasons += 1
                link = _link_of(c, w, v, step.detail)
                if link >= 0 and x.link[link] > 0:
                    more.reasons += 1
                if more.reasons > 0 and session.on_down == t.GO_TO:
                    more.sent = 1
                    return False
    if more.planned == 0 and more.reasons == 0:
        return False
    more.works = 1
    if more.reasons == 0:
        _goes_on(c, w, x, v)
    return True


@part
def _after_work(c, w, x, v):
    """Write that an ADVANCE is over and go where it leads."""
    step = w.actor[v].step
    _row(w, v, step, -1, w.actor[v].entered, w.actor[v].entered, w.clock[NOW], -1, -1)
    w.actor[v].step = c.step[step].next
    if UNITS:
        if x.more[v].sent == 1:
            w.actor[v].step = c.world.session[c.step[step].detail].down_to
        elif x.more[v].drops == 1:
            w.actor[v].step = c.world.session[c.step[step].detail].drop_to
        x.more[v].sent = x.more[v].drops = 0


@seldom
def _choose(c, day, w, x, v, step, passes):
    """Return where a TRANSFER with expressions leads."""
    first, last = c.step[step].first, c.step[step].first + c.step[step].count - 1
    place = w.actor[v].place
    if c.step[step].clock == t.BY_CONDITION:
        for i in range(first, last):
            if _value(c, day, w, x, v, place, c.choice[i].code) != 0.0:
                return c.choice[i].target
        return c.choice[last].target
    u = _logged_choice(c, day, w, x, v, step, passes)
    reached = 0.0
    for i in range(first, last):
        if c.choice[i].code < 0:
            reached = c.choice[i].share
        else:
            reached = reached + max(0.0, _value(c, day, w, x, v, place, c.choice[i].code))
        if u < reached:
            return c.choice[i].target
    return c.choice[last].target


@part
def _logged_choice(c, day, w, x, v, step, passes):
    """Return the u of a choice: as logged, else by luck."""
    u = -1.0
    if UNITS:
        if day.override.size > 0:
            u = _logged(day.override, v, c.step[step].name, passes, PURPOSE_CHOICE)
    if u < 0.0:
        u = _uniform(c, day, w, x, v, c.step[step].name, passes, PURPOSE_CHOICE)
    return u


@seldom
def _assign(c, day, w, x, v, step):
    """Write a value into the visit, its account or a counter."""
    task = c.world.task[c.step[step].detail]
    value = _value(c, day, w, x, v, w.actor[v].place, c.step[step].code)
    if task.kind == t.ATTRIBUTE:
        x.attribute[v, task.index] = value
    elif task.kind == t.COUNTER:
        x.counter[task.index + task.each_place * w.actor[v].place] = value
    elif x.more[v].account >= 0:
        x.account[x.more[v].account, task.index] = value


@seldom
def _note_amount(c, day, w, x, v, step):
    """Write down the amount of an EVENT."""
    amount = _value(c, day, w, x, v, w.actor[v].place, c.step[step].code)
    number = w.clock[ENTRIES]
    if number < x.entry.size:
        entry = x.entry[number]
        entry.tick, entry.amount, entry.visit, entry.step = w.clock[NOW], amount, v, step
    w.clock[ENTRIES] = number + 1


@seldom
def _split(c, day, w, x, v, step, passes):
    """Wake a visit that was asleep; nothing happens when all are awake, or when it would come after the horizon."""
    task = c.world.task[c.step[step].detail]
    number = np.int32(-1)
    for k in range(task.most - 1, -1, -1):
        child = np.int32(v + task.children + k * task.span)
        if w.result[child].arrived == NOT_COME:
            number = child
    delay = np.int64(0)
    if task.law >= 0:
        time_s = _seconds(c, day, w, x, v, task.law, c.step[step].name, passes, PURPOSE_DELAY)
        delay = to_ticks(time_s, c.run.tick)
    stream = w.actor[v].stream
    if task.again == 0:
        stream = c.world.spawned[task.index, w.actor[v].place]
    tick = w.clock[NOW] + delay
    if number < 0 or stream < 0 or tick >= c.run.horizon:
        return
    w.result[number].arrived = WOKEN
    attempt = (x.more[v].lineage & 255) + 1 if task.again == 1 else 0
    other, more = w.actor[number], x.more[number]
    other.stream, other.n, other.place = stream, w.actor[v].n, c.stream[stream].place
    other.step = c.stream[stream].step
    more.source, more.lineage = x.more[v].source, (day.visit[number].child << 8) | attempt
    more.parent, more.account = v, x.more[v].account
    for i in range(x.attribute.shape[1]):
        x.attribute[number, i] = x.attribute[v, i]
    x.more[v].children += 1
    _schedule(c, w, number, tick, t.ARRIVES)


@seldom
def _watches(c, day, w, x, v, step, passes):
    """Wait until a condition holds or a time of day comes; return whether the visit waits."""
    now = w.clock[NOW]
    until = NEVER
    if c.step[step].count >= 0:
        until = now // DAY * DAY + c.step[step].count * 1000
        if until <= now:
            until += DAY
    elif _value(c, day, w, x, v, w.actor[v].place, c.step[step].code) != 0.0:
        _watched(c, w, v, True)
        return False
    ends = _patience_ends(c, day, w, x, v, step, passes)
    if ends <= now:
        _watched(c, w, v, False)
        return False
    x.more[v].watches = 1
    if c.step[step].count < 0:
        x.more[v].watches = 2
        ahead = np.int32(w.clock[WATCH_LAST])
        while ahead >= 0 and w.actor[ahead].entered == now and ahead > v:
            ahead = x.more[ahead].watch_prev
        behind = x.more[ahead].watch_next if ahead >= 0 else np.int32(w.clock[WATCH])
        x.more[v].watch_prev, x.more[v].watch_next = ahead, behind
        if ahead >= 0:
            x.more[ahead].watch_next = v
        else:
            w.clock[WATCH] = v
        if behind >= 0:
            x.more[behind].watch_prev = v
        else:
            w.clock[WATCH_LAST] = v
    tick, kind = ends, PATIENCE_ENDS
    if until <= ends:
        tick, kind = until, t.TIMER
    _schedule(c, w, v, tick, kind)
    return True


@part
def _watched(c, w, v, goes_on):
    """Write that a WAIT is over and go where it leads."""
    step, entered = w.actor[v].step, w.actor[v].entered
    _row(w, v, step, -1, entered, entered if goes_on else np.int64(-1), w.clock[NOW], -1, -1)
    if goes_on:
        w.actor[v].step = c.step[step].next
    else:
        to = c.step[step].give_up
        w.actor[v].step = to if to >= 0 else -1 - ABANDONED


@seldom
def _stop_watching(c, w, x, v, goes_on):
    """A visit goes on from its WAIT."""
    _cancel(w, v)
    if x.more[v].watches == 2:
        ahead, behind = x.more[v].watch_prev, x.more[v].watch_next
        if ahead >= 0:
            x.more[ahead].watch_next = behind
        else:
            w.clock[WATCH] = behind
        if behind >= 0:
            x.more[behind].watch_prev = ahead
        else:
            w.clock[WATCH_LAST] = ahead
    x.more[v].watches = 0
    _watched(c, w, v, goes_on)
    _push(w, v)


@seldom
def _look_at_watchers(c, day, w, x):
    """Let the first go on whose condition holds; return whether there was one."""
    v = np.int32(w.clock[WATCH])
    while v >= 0:
        if _value(c, day, w, x, v, w.actor[v].place, c.step[w.actor[v].step].code) != 0.0:
            _stop_watching(c, w, x, v, True)
            return True
        v = x.more[v].watch_next
    return False


@part
def _run_visit(c, day, w, x, v):
    """Run the blocks of a visit until it waits, advances, leaves or releases.

    Return whether it is the next to go on, as soon as the pools have been looked at.
    """
    now = w.clock[NOW]
    if UNITS:
        if x.more[v].sent == 1:
            _after_work(c, w, x, v)
    while w.actor[v].step >= 0:
        step = w.actor[v].step
        op = c.step[step].op
        w.actor[v].entered = now
        if op == SEIZE:
            asks = c.step[step].seize
            if QUEUES:
                asks += _part_of_day(c, now)
            q = c.seize[asks, w.actor[v].place]
            if q < 0:
                w.actor[v].step = -1 - REFERRED
                continue
            passes = _pass(c, w, x, v, step)
            if _match(c, day, w, x, v, q):
                _take(c, w, x, v, q)
                continue
            if QUEUES:
                if c.step[step].detail >= 0 and c.world.wanting[c.step[step].detail].preempts == 1:
                    if _preempts(c, w, x, v, q):
                        continue
            if _wait(c, day, w, x, v, q, passes):
                return False
            continue
        if op == ADVANCE:
            passes = _pass(c, w, x, v, step)
            time_s = -1.0
            if UNITS:
                if day.override.size > 0:
                    time_s = _logged(day.override, v, c.step[step].name, passes, PURPOSE_DURATION)
            if time_s < 0.0:
                time_s = _seconds(c, day, w, x, v, c.step[step].law, c.step[step].name, passes, PURPOSE_DURATION)
            if FLOW or UNITS:
                if c.step[step].detail >= 0:
                    code = c.world.session[c.step[step].detail].code
                    if code >= 0:
                        time_s = time_s * max(0.0, _value(c, day, w, x, v, w.actor[v].place, code))
            if INTERRUPTS:
                if _begins_work(c, day, w, x, v, time_s, passes):
                    return False
                _after_work(c, w, x, v)
                continue
            duration = to_ticks(time_s, c.run.tick)
            if duration > 0:
                _schedule(c, w, v, now + duration, ADVANCE_ENDS)
                return False
            _after_work(c, w, x, v)
            continue
        if op == RELEASE:
            if UNITS:
                _pass(c, w, x, v, step)
                if c.step[step].detail >= 0 and c.world.session[c.step[step].detail].crash >= 0:
                    for i in range(c.step[step].first, c.step[step].first + c.step[step].count):
                        if _slot(w, v, c.member[i]).unit >= 0:
                            _crashes(c, day, w, x, v, c.member[i], c.world.session[c.step[step].detail].crash)
                            _give_back(c, day, w, x, v, c.member[i])
            for i in range(c.step[step].first, c.step[step].first + c.step[step].count):
                if _slot(w, v, c.member[i]).unit >= 0:
                    _give_back(c, day, w, x, v, c.member[i])
            w.actor[v].step = c.step[step].next
            if w.clock[AGENDA] == w.clock[AGENDA_END]:
                if w.clock[MARKS] == 0:
                    continue
                return True
            _push(w, v)
            return False
        if op == LEAVE:
            w.actor[v].step = -1 - c.step[step].outcome
            continue
        if FLOW:
            if op == t.WAIT:
                passes = _pass(c, w, x, v, step)
                if _watches(c, day, w, x, v, step, passes):
                    return False
                continue
        _row(w, v, step, -1, now, now, now, -1, -1)
        passes = _pass(c, w, x, v, step)
        if op == t.TRANSFER:
            i = c.step[step].first
            if FLOW:
                if c.step[step].clock == t.BY_CONDITION or c.choice[i].code >= 0:
                    w.actor[v].step = _choose(c, day, w, x, v, step, passes)
                    continue
            if c.step[step].count > 1:
                u = _logged_choice(c, day, w, x, v, step, passes)
                last = i + c.step[step].count - 1
                while i < last and u >= c.choice[i].share:
                    i += 1
            w.actor[v].step = c.choice[i].target
            continue
        if FLOW:
            if op == EVENT and c.step[step].code >= 0:
                _note_amount(c, day, w, x, v, step)
            elif op == t.ASSIGN:
                _assign(c, day, w, x, v, step)
            elif op == t.SPLIT:
                _split(c, day, w, x, v, step, passes)
        w.actor[v].step = c.step[step].next
    _leave(c, day, w, x, v, -1 - w.actor[v].step)
    return False


@part
def _gets_slots(c, w, v):
    """Give a visit slots for what it will hold: those that somebody left who is gone, else new ones."""
    first = w.clock[SPARE]
    if first >= 0:
        w.clock[SPARE] = w.held[first].step
    else:
        first = w.clock[FRESH]
        w.clock[FRESH] = first + c.run.n_slots
    w.actor[v].holds = first
    for slot in range(c.run.n_slots):
        w.held[first + slot].unit = -1


@part
def _leaves_slots(w, v):
    """Leave the slots of a visit that is gone to another."""
    first = w.actor[v].holds
    w.held[first].step = w.clock[SPARE]
    w.clock[SPARE] = first


@part
def _comes_in(c, w, x, v):
    """A visit begins."""
    _gets_slots(c, w, v)
    d = w.actor[v].place
    w.result[v].arrived, w.result[v].outcome = w.clock[NOW], IN_SYSTEM
    w.result[v].stream = w.actor[v].stream
    if WHOLE:
        w.result[v].attempt = x.more[v].lineage & 255
    w.place[d].inside += 1
    if w.place[d].closed == 1 and c.place[d].closing != t.CARRY and not _follows(x, v):
        w.actor[v].step = -1 - CLOSED


@part
def _arrive(c, day, w, x, v):
    """The next visit of the day comes, if its stream lets it in; return whether it did."""
    stream = day.visit[v].stream
    if not WHOLE:
        _nobody_yet(w, v)
    w.actor[v].stream, w.actor[v].n, w.actor[v].place = stream, day.visit[v].n, c.stream[stream].place
    w.actor[v].step = c.stream[stream].step
    if WHOLE:
        x.more[v].source = stream
    if FLOW:
        spec = c.stream[stream]
        if spec.account_end > spec.account:
            u = _uniform(c, day, w, x, v, np.uint64(0), 0, PURPOSE_ACCOUNT)
            x.more[v].account = spec.account + np.int32(u * (spec.account_end - spec.account))
        if spec.gate >= 0:
            u = _uniform(c, day, w, x, v, np.uint64(0), 0, PURPOSE_GATE)
            if u >= _value(c, day, w, x, v, spec.place, spec.gate):
                return False
    _comes_in(c, w, x, v)
    return True


@seldom
def _turn_away(c, day, w, x, d):
    """Those who wait at the place and hold nothing leave, queue by queue."""
    for q in range(w.line.size):
        v = w.line[q].first
        while v >= 0:
            behind = w.actor[v].behind
            if w.actor[v].place == d and _holds_nothing(c, w, v) and not _follows(x, v):
                if QUEUES:
                    if x.more[v].ghost == 1:
                        _leave_queue(c, w, v)
                    else:
                        _stop_without(c, day, w, x, v, np.int32(-1), CLOSED)
                        behind = w.line[q].first
                else:
                    _stop_without(c, day, w, x, v, np.int32(-1), CLOSED)
            v = behind


@seldom
def _planned_change(c, day, w, x, planned):
    """Opening, closing, a shift's beginning or end, a break."""
    op, subject = c.change[planned].op, c.change[planned].subject
    if UNITS:
        if c.change[planned].shift >= 0 and day.absent[c.change[planned].shift]:
            return
    if op == COMES:
        _someone_comes(c, w, x, subject, planned)
    elif op == OPENS:
        w.place[subject].closed = 0
        _let_go(c, day, w, x, subject)
    elif op == CLOSES:
        w.place[subject].closed = 1
        if UNITS:
            _undo_moves(c, w, x, subject)
        if c.place[subject].closing == TURN_AWAY:
            _turn_away(c, day, w, x, subject)
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
            _someone_goes(c, day, w, x, subject, planned)


@part
def _event(c, day, w, x, a, kind):
    """What was to happen to actor `a` happens; return whether it is a visit that goes on now."""
    n_visits = w.result.size
    if kind == PATIENCE_ENDS:
        if FLOW:
            if x.more[a].watches > 0:
                _stop_watching(c, w, x, a, False)
                return False
        if QUEUES:
            detail = c.step[w.actor[a].step].detail
            if detail >= 0 and c.world.wanting[detail].gap >= 0 and _holds_nothing(c, w, a):
                _leave_ghost(c, day, w, x, a)
        _stop_without(c, day, w, x, a, c.step[w.actor[a].step].give_up, ABANDONED)
        return False
    if QUEUES or FLOW:
        if kind == t.TIMER:
            if FLOW:
                if x.more[a].watches > 0:
                    _stop_watching(c, w, x, a, True)
                    return False
            if QUEUES:
                _rings(c, day, w, x, a)
            return False
    _cancel(w, a)
    if kind == CAPACITY:
        u = np.int32(a - n_visits)
        if UNITS:
            if w.unit[u].state == ON_BREAK:
                _duty(w, RETURNS, u, w.clock[NOW])
        else:
            _duty(w, RETURNS, u, w.clock[NOW])
        w.unit[u].state = IDLE
        _count_duty(w, x, u, 1)
        _is_free(c, w, x, u)
        return False
    if UNITS:
        if kind == t.BREAKDOWN:
            _unit_works(c, w, x, np.int32(a - n_visits - w.unit.size - c.world.dispatch.size))
            return False
        if kind == t.LOOKS:
            _looks(c, day, w, x, a - n_visits - w.unit.size)
            return False
    if FLOW:
        if kind == t.ARRIVES:
            _comes_in(c, w, x, a)
            return True
    if QUEUES:
        if x.more[a].ghost == 1:
            for slot in range(c.run.n_slots):
                if _slot(w, a, slot).unit >= 0:
                    _give_back(c, day, w, x, a, slot)
            return False
    if INTERRUPTS:
        x.more[a].works = 0
    if UNITS:
        if x.more[a].drops == 1:
            _remembers(c, w, x, a, x.more[a].planned)
    _after_work(c, w, x, a)
    return True


@part
def _nobody_yet(w, v):
    """Write what is known of a visit before it begins."""
    actor, result = w.actor[v], w.result[v]
    actor.waited, actor.kind, actor.queue, actor.holds = 0, 0, -1, -1
    for counter in range(w.passes.shape[1]):
        w.passes[v, counter] = 0
    result.arrived = result.left = -1
    result.outcome, result.attempt = -1, 0


@seldom
def _prepare(c, day, w):
    """Write the state of everything at the first tick."""
    n_visits = w.result.size
    for a in range(n_visits, w.actor.size):
        w.actor[a].kind = 0
    if WHOLE:
        for v in range(n_visits):
            _nobody_yet(w, v)
            w.actor[v].stream = w.result[v].stream = day.visit[v].stream
    w.bucket[:] = -1
    w.waits[:] = 0
    for p in range(w.pool.size):
        pool = w.pool[p]
        pool.longest = pool.latest = pool.owed = pool.owed_last = pool.kept = pool.kept_last = -1
        pool.idle = pool.taken = pool.barred = pool.marked = pool.load = pool.duty = pool.down = 0
        for u in range(c.pool[p].first_unit, c.pool[p].end_unit):
            w.unit[u].pool, w.unit[u].state, w.unit[u].since = p, OFF, 0
    for q in range(w.line.size):
        w.line[q].first = w.line[q].last = -1
        w.line[q].count = 0
    for d in range(w.place.size):
        w.place[d].inside = 0
        w.place[d].closed = 1 - c.place[d].never_closes


@part
def _next_arrival(day, number):
    """Return the first visit from `number` on that comes by itself."""
    if FLOW or QUEUES:
        while number < day.visit.size and day.visit[number].child > 0:
            number += 1
    return number


@part
def _run(c, day, w, x):
    """The main loop: the cascade, then the next event, until the run ends."""
    _prepare(c, day, w)
    n_visits = w.result.size
    planned, arrived, disrupted = 0, _next_arrival(day, 0), 0
    next_planned = c.change[0].tick if c.change.size > 0 else NEVER
    next_arrival = day.visit[arrived].tick if arrived < n_visits else NEVER
    next_disruption = NEVER
    if UNITS:
        next_disruption = day.disruption[0].tick if day.disruption.size > 0 else NEVER
    b = 0
    bound = min(next_planned, next_arrival, next_disruption, c.run.end - 1) >> w.clock[SHIFT]
    v = np.int32(-1)  # who goes on before those of the agenda
    if UNITS:
        for number in range(c.world.dispatch.size):
            a = np.int32(n_visits + w.unit.size + number)
            _schedule(c, w, a, c.world.dispatch[number].every, t.LOOKS)
    while True:
        # The cascade: all that follows at this tick. First who waits, in the order of pools, then the agenda, then
        # those who wait for a condition.
        while True:
            if w.clock[MARKS] > 0:
                w.clock[MARKS] -= 1
                p = w.marks[w.clock[MARKS]]
                w.pool[p].marked = 0
                _start_eligible(c, day, w, x, p)
                continue
            if v < 0:
                begin = w.clock[AGENDA]
                if begin == w.clock[AGENDA_END]:
                    if FLOW:
                        if w.clock[WATCH] >= 0 and _look_at_watchers(c, day, w, x):
                            continue
                    break
                w.clock[AGENDA] = begin + 1 if begin + 1 < w.agenda.size else 0
                v = w.agenda[begin]
            if not _run_visit(c, day, w, x, v):
                v = np.int32(-1)
        # The next event: of the calendar, of the plan, an arrival, or a disruption.
        while w.bucket[b] < 0 and b < bound:
            b += 1
        a = w.bucket[b]
        tick, kind = NEVER, 0
        if a >= 0:
            tick, kind = w.actor[a].tick, w.actor[a].kind
        if next_planned < tick or (next_planned == tick and kind >= CAPACITY):
            tick, a, kind = next_planned, -1, CAPACITY
        if UNITS:
            if next_disruption < tick or (next_disruption == tick and kind >= t.BREAKDOWN):
                tick, a, kind = next_disruption, -3, t.BREAKDOWN
        if next_arrival < tick:
            tick, a = next_arrival, -2
        if FLOW:
            if next_arrival == tick and kind == t.ARRIVES and a > arrived:
                a = np.int32(-2)
        if tick >= c.run.end:
            break
        w.clock[NOW] = tick
        if a >= 0:
            if _event(c, day, w, x, a, kind):
                v = a
            continue
        if a == -1:
            _planned_change(c, day, w, x, planned)
            planned += 1
            next_planned = c.change[planned].tick if planned < c.change.size else NEVER
        elif a == -2:
            if _arrive(c, day, w, x, np.int32(arrived)):
                v = np.int32(arrived)
            arrived = _next_arrival(day, arrived + 1)
            next_arrival = day.visit[arrived].tick if arrived < n_visits else NEVER
        elif UNITS:
            _disruption(c, day, w, x, day.disruption[disrupted].op, day.disruption[disrupted].subject)
            disrupted += 1
            next_disruption = day.disruption[disrupted].tick if disrupted < day.disruption.size else NEVER
        bound = min(next_planned, next_arrival, next_disruption, c.run.end - 1) >> w.clock[SHIFT]
    if not WHOLE:
        for v in range(arrived, n_visits):
            _nobody_yet(w, v)
            w.result[v].stream = day.visit[v].stream
    for v in range(n_visits):
        if w.result[v].left < 0:
            if w.result[v].arrived >= 0:
                waits = w.actor[v].queue >= 0
                if FLOW:
                    waits = waits or x.more[v].watches > 0
                started = np.int64(-1) if waits else w.actor[v].entered
                _row(w, v, w.actor[v].step, -1, w.actor[v].entered, started, -1, -1, -1)
            else:
                w.result[v].arrived = NOT_COME
            for slot in range(c.run.n_slots if w.actor[v].holds >= 0 else 0):
                held = _slot(w, v, slot)
                if held.unit >= 0:
                    _row(w, v, held.step, held.need, held.entered, held.started, -1, held.unit, held.pool)


def _entry(groups):
    """Return the entry point. `groups` is a part of what it is, so that numba keeps each build under its own key."""

    @kernel
    def run(c, day, w, x):
        """Run one replication, write its trace into `w` (and `x`), and return which groups of rules were built in."""
        if WHOLE:
            _run(by_reference(c), by_reference(day), by_reference(w), by_reference(x))
        else:
            _run(by_reference(c), by_reference(day), by_reference(w), x)
        return groups

    return run


run = _entry(FLOW * t.FLOW + QUEUES * t.QUEUES + UNITS * t.UNITS)
