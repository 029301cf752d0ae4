"""The compiled count of one replication: `Tallies` from a trace."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.draw.compiling import kernel, part, seldom
from sim.tables.types import (
    ABANDONED,
    ANSWERED,
    COMES,
    EVENT,
    FAILS,
    GOES,
    IN_SYSTEM,
    MOVES,
    REPAIRED,
    RETURNS,
    SEIZE,
    Ints,
    Records,
    Ticks,
)

DAY = 86_400_000

COLUMNS = (
    "offered",
    "answered",
    "abandoned",
    "balked",
    "diverted",
    "referred",
    "closed",
    "blocked",
    "in_system",
    "retried",
    "answered_in_time",
    "abandoned_in_time",
    "short_abandoned",
    "wait_s",
    "wait_all_s",
    "in_system_s",
    "left",
    "cost",
    "asked",
    "reached",
    "first_offered",
    "first_answered",
    "no_show",
)
"""Columns of the visit tallies; times in seconds."""

_OFFERED, _ANSWERED, _RETRIED = 0, 1, 9
(
    _IN_TIME, _LOST_IN_TIME, _SHORT, _WAIT, _WAIT_ALL, _STAY, _LEFT, _COST, _ASKED, _REACHED, _FIRST, _FIRST_ANSWERED,
    _NO_SHOW,
) = range(10, 23)  # fmt: skip
_COLUMN_OF = np.array([1, 2, 3, 4, 5, 6, 7, 8], np.int64)
"""Column of each outcome, in the order of their numbers."""

BIN_FIRST_S = 0.1
BIN_WIDTH = math.log(1.01)
N_BINS = 1622
"""Bin 0 holds waits below 0.1 s, the last one everything beyond 11 days."""

ALL_WAITS, FIRST_HUMAN, ONE_SEIZE = range(3)
_ALL, _COUNTED, _HUMAN_FROM, _STATE = range(4)
SCRATCH = 4
_SINCE, _HOME, _POOL, _HERE, _DOWN = range(5)
UNIT_SCRATCH = 5
_ASKED_ONLY, _SERVED = 1, 2


class Tallies(NamedTuple):
    """Letters: D places, S services, P pools, I intervals, K columns, N bins, E kinds of events."""

    place: npt.NDArray[np.float64]  # (D, I, K)
    service: npt.NDArray[np.float64]  # (S, K)
    busy_s: npt.NDArray[np.float64]  # (P, I)
    duty_s: npt.NDArray[np.float64]  # (P, I)
    waiting_s: npt.NDArray[np.float64]  # (P, I) customer-seconds in queue, by the first choice of every need
    place_waiting_s: npt.NDArray[np.float64]  # (D, I)
    overtime_s: npt.NDArray[np.float64]  # (P,)
    answered_bins: npt.NDArray[np.int32]  # (1 + D + S + I, N) waits of the answered: all, by place, service, interval
    all_bins: npt.NDArray[np.int32]  # (1 + D + S, N) waits of all
    event: npt.NDArray[np.float64]  # (E, D + S, 2) how often, and the sum of amounts: by place, then by service


class Routes(NamedTuple):
    """The part of `sim.tables.types.Compiled` that counting reads; fewer arrays compile faster."""

    stream: Records
    step: Records
    seize: Ints
    part: Ticks
    queue: Records
    need: Records
    member: Ints
    pool: Records
    human: npt.NDArray[np.bool_]  # (P,)
    customer: npt.NDArray[np.bool_]  # (S,) whether visits of the service count in rows that join services


class Events(NamedTuple):
    """What each step writes down, (B,) each; only EVENT steps do."""

    kind: Ints  # −1: nothing
    cost: npt.NDArray[np.float64]  # of one
    amount: npt.NDArray[np.float64]  # of a step whose amount is no expression


class CountingRules(NamedTuple):
    """The rules of `sim.model.Rules` that the kernel needs, in ticks."""

    interval: int
    warm_up: int
    horizon: int
    end: int
    threshold: int
    short: int
    of: int


@part
def _span(out, row, begin, end, rules, per):
    """Add the time from `begin` to `end`, `per` ticks a unit, to the intervals of a row; warm-up and drain left out."""
    begin = max(begin, rules.warm_up)
    end = min(end, rules.horizon)
    while begin < end:
        i = begin // rules.interval
        stop = min(end, (i + 1) * rules.interval)
        out[row, i] += (stop - begin) / per
        begin = stop


@part
def _bin(wait):
    """Return the bin of a wait in ticks."""
    if wait < 100:
        return 0
    return min(1 + int(math.log(wait / 100.0) / BIN_WIDTH), N_BINS - 1)


@seldom
def _happened(c, events, step, result, amount, cost, rules, out):
    """Count an EVENT of a visit that was measured: in the interval of its arrival."""
    if result.arrived < rules.warm_up or result.arrived >= rules.horizon:
        return
    stream = c.stream[result.stream]
    kind = events.kind[step]
    if kind >= 0:
        service = out.place.shape[0] + stream.service
        out.event[kind, stream.place, 0] += 1.0
        out.event[kind, stream.place, 1] += amount
        out.event[kind, service, 0] += 1.0
        out.event[kind, service, 1] += amount
    out.place[stream.place, result.arrived // rules.interval, _COST] += cost
    out.service[stream.service, _COST] += cost


@kernel
def count(c, rows, results, duty, entries, chosen, events, rules, unit, scratch, one, out):
    """Fill `out`. `chosen` marks the SEIZE steps of ``seize:NAME``.

    Scratch memory: `unit` is (U, UNIT_SCRATCH), `scratch` (V, SCRATCH), `one` (columns,).
    """
    # Of each visit: all waits; the waits that count; when the first human began; whether it asked and was answered.
    for v in range(results.size):
        scratch[v, _ALL] = scratch[v, _COUNTED] = scratch[v, _STATE] = 0
        scratch[v, _HUMAN_FROM] = rules.end
    if rules.of == FIRST_HUMAN:
        for i in range(rows.size):
            row = rows[i]
            if row.unit >= 0 and c.human[row.pool]:
                scratch[row.visit, _HUMAN_FROM] = min(scratch[row.visit, _HUMAN_FROM], row.started)
    for i in range(rows.size):
        row = rows[i]
        v = row.visit
        stream = c.stream[results[v].stream]
        step = c.step[row.step]
        if step.op != SEIZE:
            if step.op == EVENT and step.code < 0:
                _happened(c, events, row.step, results[v], events.amount[row.step], events.cost[row.step], rules, out)
            continue
        until = row.started if row.started >= 0 else (row.ended if row.ended >= 0 else rules.end)
        if row.unit >= 0:
            _span(
                out.busy_s,
                row.pool,
                row.started,
                row.ended if row.ended >= 0 else rules.end,
                rules,
                1000.0 * c.pool[row.pool].slots,
            )
        if results[v].arrived < 0:  # the number of somebody who has left was called
            if row.unit >= 0 and rules.warm_up <= row.started < rules.horizon:
                out.place[stream.place, row.started // rules.interval, _NO_SHOW] += 1.0
                out.service[stream.service, _NO_SHOW] += 1.0
            continue
        if row.need > 0:
            continue
        wait = until - row.entered
        scratch[v, _ALL] += wait
        if rules.of == FIRST_HUMAN:
            if row.entered <= scratch[v, _HUMAN_FROM]:
                scratch[v, _COUNTED] += wait
        elif rules.of == ONE_SEIZE and chosen[row.step]:
            scratch[v, _COUNTED] += wait
            scratch[v, _STATE] = max(scratch[v, _STATE], _SERVED if row.started >= 0 else _ASKED_ONLY)
        if wait > 0:
            _span(out.place_waiting_s, stream.place, row.entered, until, rules, 1000.0)
            part = 0
            for k in range(1, c.part.size):
                if row.entered % DAY >= c.part[k]:
                    part = k
            q = c.queue[c.seize[step.seize + part, stream.place]]
            for k in range(q.first, q.first + q.n_needs):
                p = c.member[c.need[k].first]
                again = False
                for j in range(q.first, k):
                    again = again or c.member[c.need[j].first] == p
                if not again:
                    _span(out.waiting_s, p, row.entered, until, rules, 1000.0)
    for i in range(entries.size):
        entry = entries[i]
        cost = events.cost[entry.step] * entry.amount
        _happened(c, events, entry.step, results[entry.visit], entry.amount, cost, rules, out)
    _count_visits(c, results, rules, scratch, one, out)
    _count_duty(c, duty, rules, unit, out)


@seldom
def _count_visits(c, results, rules, scratch, one, out):
    """Count who came after the warm-up, and before the last midnight: a redial or spawned visit may come later."""
    n_places = out.place.shape[0]
    n_services = out.service.shape[0]
    for v in range(results.size):
        tick = results[v].arrived
        if tick < rules.warm_up or tick >= rules.horizon:
            continue
        stream = c.stream[results[v].stream]
        i = tick // rules.interval
        outcome = results[v].outcome
        wait = scratch[v, _ALL]
        finished = outcome == ANSWERED or outcome > IN_SYSTEM
        answered = finished
        asked = True
        if rules.of != ALL_WAITS:
            wait = scratch[v, _COUNTED]
            if rules.of == FIRST_HUMAN:
                answered = scratch[v, _HUMAN_FROM] < rules.end
                asked = answered or not finished
            else:
                answered = scratch[v, _STATE] == _SERVED
                asked = scratch[v, _STATE] > 0
        in_time = wait <= rules.threshold
        lost = outcome == ABANDONED and asked and not answered
        one[:] = 0.0
        one[_OFFERED] = 1.0
        one[_ANSWERED if finished else _COLUMN_OF[outcome]] = 1.0
        one[_RETRIED if results[v].attempt > 0 else _FIRST] = 1.0
        one[_FIRST_ANSWERED] = finished and results[v].attempt == 0
        one[_ASKED] = asked
        one[_WAIT_ALL] = wait / 1000.0 if asked else 0.0
        one[_REACHED] = answered
        one[_WAIT] = wait / 1000.0 if answered else 0.0
        one[_IN_TIME] = answered and in_time
        one[_LOST_IN_TIME] = lost and in_time
        one[_SHORT] = lost and wait <= rules.short
        if results[v].left >= 0:
            one[_STAY] = (results[v].left - tick) / 1000.0
            one[_LEFT] = 1.0
        b = _bin(wait)
        for k in range(one.size):
            out.service[stream.service, k] += one[k]
        if asked:
            out.all_bins[1 + n_places + stream.service, b] += 1
        if answered:
            out.answered_bins[1 + n_places + stream.service, b] += 1
        if not c.customer[stream.service]:
            continue
        for k in range(one.size):
            out.place[stream.place, i, k] += one[k]
        if asked:
            out.all_bins[0, b] += 1
            out.all_bins[1 + stream.place, b] += 1
        if answered:
            out.answered_bins[0, b] += 1
            out.answered_bins[1 + stream.place, b] += 1
            out.answered_bins[1 + n_places + n_services + i, b] += 1


@seldom
def _count_duty(c, duty, rules, unit, out):
    """Add up time on duty: of who is there and not down, in the pool that he serves or is on his way to."""
    for p in range(c.pool.size):
        for u in range(c.pool[p].first_unit, c.pool[p].end_unit):
            unit[u, _SINCE] = -1
            unit[u, _HOME] = unit[u, _POOL] = p
            unit[u, _HERE] = unit[u, _DOWN] = 0
    for i in range(duty.size):
        change = duty[i]
        u = change.unit
        p = unit[u, _POOL]
        if unit[u, _SINCE] >= 0:
            _span(out.duty_s, p, unit[u, _SINCE], change.tick, rules, 1000.0)
        if change.op == MOVES:
            unit[u, _POOL] = change.planned
        elif change.op == FAILS or change.op == REPAIRED:
            unit[u, _DOWN] = change.op == FAILS
        else:
            unit[u, _HERE] = change.op == COMES or change.op == RETURNS
            unit[u, _DOWN] = 0  # a FAILS follows when it is down
            if change.op == GOES:
                unit[u, _POOL] = unit[u, _HOME]
        unit[u, _SINCE] = change.tick if unit[u, _HERE] and not unit[u, _DOWN] else -1
        if change.op == GOES and change.tick > max(change.planned, rules.warm_up):
            out.overtime_s[unit[u, _HOME]] += (change.tick - max(change.planned, rules.warm_up)) / 1000.0
    for u in range(unit.shape[0]):
        if unit[u, _SINCE] >= 0:
            _span(out.duty_s, unit[u, _POOL], unit[u, _SINCE], rules.end, rules, 1000.0)


@kernel
def quantiles(bins, shares, out):
    """Write the quantiles in seconds of each row of bins into `out`, shape (shares, rows); NaN where a row is empty.

    A quantile is the middle (geometric) of the first bin that brings the count to its share of the row, so it is
    right to half a bin (0.5 %); bin 0 is 0 s. `shares` rise.
    """
    for row in range(bins.shape[0]):
        total = 0
        for b in range(N_BINS):
            total += bins[row, b]
        reached, b = 0, -1
        for k in range(shares.size):
            if total == 0:
                out[k, row] = np.nan
                continue
            wanted = max(math.ceil(shares[k] * total), 1)
            while reached < wanted:
                b += 1
                reached += bins[row, b]
            out[k, row] = 0.0 if b == 0 else BIN_FIRST_S * math.exp((b - 0.5) * BIN_WIDTH)


@kernel
def add_up(top, low, fixed, top_sum, low_sum, top2, low2, cross):
    """Add a replication; a cell in which nothing happened is not touched, nor a denominator that is always the same."""
    for i in range(top.size):
        a, b = top[i], low[i]
        if a != 0.0:
            top_sum[i] += a
            top2[i] += a * a
        if fixed[i] == 0.0 and b != 0.0:
            low_sum[i] += b
            low2[i] += b * b
            cross[i] += a * b


@part
def _cell(row, ratios, starts, at, top, low):
    """Write the visit measures of one cell; a cell in which nothing happened stays as it is."""
    happened = False
    for k in range(row.size):
        happened = happened or row[k] != 0.0
    if not happened:
        return
    for m in range(starts.size):
        first, second, over, less = ratios[m, 0], ratios[m, 1], ratios[m, 2], ratios[m, 3]
        top[starts[m] + at] = row[first] + (row[second] if second >= 0 else 0.0)
        if over >= 0:
            low[starts[m] + at] = row[over] - (row[less] if less >= 0 else 0.0)


@kernel
def fill_visits(place, service, ratios, starts, sums, by_interval, top, low):
    """Write all cells of the visit measures: all, by place, by service, by interval, by both.

    `place` is (D, I, K), `service` (S, K); `ratios` (M, 4) says which columns make a measure, `starts` (M,) where its
    cells begin; `sums` (1 + D + I, K) is zero at first and holds the sums over all, by place, by interval.
    """
    n_d, n_i, columns = place.shape
    n_s = service.shape[0]
    for d in range(n_d):
        for i in range(n_i):
            row = place[d, i]
            for k in range(columns):
                if row[k] != 0.0:
                    sums[1 + d, k] += row[k]
                    sums[1 + n_d + i, k] += row[k]
            if by_interval:
                _cell(row, ratios, starts, 1 + n_d + n_s + n_i + d * n_i + i, top, low)
        for k in range(columns):
            sums[0, k] += sums[1 + d, k]
        _cell(sums[1 + d], ratios, starts, 1 + d, top, low)
    _cell(sums[0], ratios, starts, 0, top, low)
    for s in range(n_s):
        _cell(service[s], ratios, starts, 1 + n_d + s, top, low)
    for i in range(n_i):
        _cell(sums[1 + n_d + i], ratios, starts, 1 + n_d + n_s + i, top, low)


@kernel
def add_up_pools(values, people, by_pool, by_interval):
    """Add up `values` (P, I) over intervals, and over the pools of people."""
    for p in range(values.shape[0]):
        for i in range(values.shape[1]):
            value = values[p, i]
            if value != 0.0:
                by_pool[p] += value
                if people[p]:
                    by_interval[i] += value
