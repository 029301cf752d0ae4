"""The compiled count of one replication: `Tallies` from a trace."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.draw.compiling import kernel, part, seldom
from sim.draw.passing import by_reference
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
    "wait",
    "wait_all",
    "in_system_time",
    "left",
    "cost",
    "asked",
    "reached",
    "first_offered",
    "first_answered",
    "no_show",
)
"""Columns of the visit tallies; times in ticks."""

_OFFERED, _ANSWERED, _RETRIED = 0, 1, 9
(
    _IN_TIME, _LOST_IN_TIME, _SHORT, _WAIT, _WAIT_ALL, _STAY, _LEFT, _COST, _ASKED, _REACHED, _FIRST, _FIRST_ANSWERED,
    _NO_SHOW,
) = range(10, 23)  # fmt: skip
_COLUMN_OF = np.array([1, 2, 3, 4, 5, 6, 7, 8], np.int64)
"""Column of each outcome, in the order of their numbers."""
_MOST = 12
"""A visit has fewer columns that are not 0."""

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
BUSY, DUTY, WAITING = range(3)
"""Rows of `Tallies.spent`."""


class Tallies(NamedTuple):
    """Letters: D places, S services, P pools, I intervals, K columns, N bins, E kinds of events.

    J is I where a scenario has cells of a place or a pool in an interval, else 1. Times are sums of whole ticks, so
    that no sum depends on the order in which it was added up: parts of a day may be counted one after the other.
    """

    place: npt.NDArray[np.float64]  # (D, J, K)
    interval: npt.NDArray[np.float64]  # (I, K) where J is 1
    service: npt.NDArray[np.float64]  # (S, K)
    busy: npt.NDArray[np.float64]  # (P, J) of all slots of a unit together
    duty: npt.NDArray[np.float64]  # (P, J)
    waiting: npt.NDArray[np.float64]  # (P, J) in queue, by the first choice of every need
    place_waiting: npt.NDArray[np.float64]  # (D, J)
    spent: npt.NDArray[np.float64]  # (3, I) BUSY, DUTY (both of people) and WAITING over all, where J is 1
    overtime: npt.NDArray[np.float64]  # (P,)
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
    home: Ints  # (U,) pool of each unit
    human: npt.NDArray[np.bool_]  # (P,)
    people: npt.NDArray[np.bool_]  # (P,) whether the pool counts in rows that join pools
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
    dated: int  # 1: J is I, 0: J is 1


class Scratch(NamedTuple):
    """Scratch memory."""

    visit: npt.NDArray[np.int64]  # (V, SCRATCH): all waits; the waits that count; when the first human began; asked?
    unit: npt.NDArray[np.int64]  # (U, UNIT_SCRATCH)
    column: npt.NDArray[np.int64]  # (K,) columns of one visit that are not 0
    amount: npt.NDArray[np.float64]  # (K,) and what they are


@part
def _interval(tick, rules):
    """Return the interval of a tick: floats divide faster than 64-bit integers, and what is rounded up is put right."""
    i = np.int64(tick / np.float64(rules.interval))
    if i * rules.interval > tick:
        i -= 1
    return i


@part
def _span(out, row, spent, joins, begin, end, rules):
    """Add the ticks from `begin` to `end` to the intervals of a row; warm-up and drain left out."""
    begin = max(begin, rules.warm_up)
    end = min(end, rules.horizon)
    if begin >= end:
        return
    i = _interval(begin, rules)
    while begin < end:
        stop = min(end, (i + 1) * rules.interval)
        if rules.dated == 1:
            out[row, i] += stop - begin
        else:
            out[row, 0] += stop - begin
            spent[i] += (stop - begin) * joins
        begin = stop
        i += 1


@part
def _bin(wait):
    """Return the bin of a wait in ticks."""
    if wait < 100:
        return 0
    return min(1 + int(math.log(wait / 100.0) / BIN_WIDTH), N_BINS - 1)


@part
def _add(stream, tick, column, amount, rules, out):
    """Add to a column of a visit's place and service, in the interval of a tick."""
    i = _interval(tick, rules)
    out.service[stream.service, column] += amount
    out.place[stream.place, i * rules.dated, column] += amount
    if rules.dated == 0:
        out.interval[i, column] += amount


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
    _add(stream, result.arrived, _COST, cost, rules, out)


@seldom
def _no_show(stream, started, rules, out):
    """Count the number of somebody who has left, when it is called."""
    if started >= rules.warm_up and started < rules.horizon:
        _add(stream, started, _NO_SHOW, 1.0, rules, out)


@kernel
def count(routes, trace, chosen, events, rules, scratch, out):
    """Add a trace (rows, results, duty, entries) to `out`. `chosen` marks the SEIZE steps of ``seize:NAME``."""
    rows, results, duty, entries = trace
    c, to = by_reference(routes), by_reference(out)  # type: ignore[call-arg, var-annotated]
    by, kinds = by_reference(rules), by_reference(events)
    visit = scratch.visit
    for v in range(results.size):
        visit[v, _ALL] = visit[v, _COUNTED] = visit[v, _STATE] = 0
        visit[v, _HUMAN_FROM] = rules.end
    if rules.of == FIRST_HUMAN:
        for i in range(rows.size):
            row = rows[i]
            if row.unit >= 0 and routes.human[row.pool]:
                visit[row.visit, _HUMAN_FROM] = min(visit[row.visit, _HUMAN_FROM], row.started)
    _count_rows(c, rows, results, chosen, kinds, by, visit, to)
    for i in range(entries.size):
        entry = entries[i]
        cost = events.cost[entry.step] * entry.amount
        _happened(c, kinds, entry.step, results[entry.visit], entry.amount, cost, by, to)
    _count_visits(c, results, by, visit, scratch.column, scratch.amount, to)
    _count_duty(c, duty, by, scratch.unit, to)


@seldom
def _count_rows(c, rows, results, chosen, events, rules, visit, out):
    """Add up waits and the time of units."""
    nobody = out.spent[WAITING]
    for i in range(rows.size):
        row = rows[i]
        v = row.visit
        step = c.step[row.step]
        if step.op != SEIZE:
            if step.op == EVENT and step.code < 0:
                _happened(c, events, row.step, results[v], events.amount[row.step], events.cost[row.step], rules, out)
            continue
        until = row.started if row.started >= 0 else (row.ended if row.ended >= 0 else rules.end)
        if row.unit >= 0:
            ended = row.ended if row.ended >= 0 else rules.end
            share = 1.0 / c.pool[row.pool].slots if c.people[row.pool] else 0.0
            _span(out.busy, row.pool, out.spent[BUSY], share, row.started, ended, rules)
        if results[v].arrived < 0:
            if row.unit >= 0:
                _no_show(c.stream[results[v].stream], row.started, rules, out)
            continue
        if row.need > 0:
            continue
        wait = until - row.entered
        visit[v, _ALL] += wait
        if rules.of == FIRST_HUMAN:
            if row.entered <= visit[v, _HUMAN_FROM]:
                visit[v, _COUNTED] += wait
        elif rules.of == ONE_SEIZE and chosen[row.step]:
            visit[v, _COUNTED] += wait
            visit[v, _STATE] = max(visit[v, _STATE], _SERVED if row.started >= 0 else _ASKED_ONLY)
        if wait > 0:
            place = c.stream[results[v].stream].place
            _span(out.place_waiting, place, out.spent[WAITING], 1.0, row.entered, until, rules)
            part_of_day = 0
            for k in range(1, c.part.size):
                if row.entered % DAY >= c.part[k]:
                    part_of_day = k
            q = c.queue[c.seize[step.seize + part_of_day, place]]
            for k in range(q.first, q.first + q.n_needs):
                p = c.member[c.need[k].first]
                again = False
                for j in range(q.first, k):
                    again = again or c.member[c.need[j].first] == p
                if not again:
                    _span(out.waiting, p, nobody, 0.0, row.entered, until, rules)


@seldom
def _count_visits(c, results, rules, visit, column, amount, out):
    """Count who came after the warm-up, and before the last midnight: a redial or spawned visit may come later."""
    n_places = out.place.shape[0]
    n_services = out.service.shape[0]
    for v in range(results.size):
        tick = results[v].arrived
        if tick < rules.warm_up or tick >= rules.horizon:
            continue
        stream = c.stream[results[v].stream]
        place, service = stream.place, stream.service
        outcome = results[v].outcome
        wait = visit[v, _ALL]
        finished = outcome == ANSWERED or outcome > IN_SYSTEM
        answered = finished
        asked = True
        if rules.of != ALL_WAITS:
            wait = visit[v, _COUNTED]
            if rules.of == FIRST_HUMAN:
                answered = visit[v, _HUMAN_FROM] < rules.end
                asked = answered or not finished
            else:
                answered = visit[v, _STATE] == _SERVED
                asked = visit[v, _STATE] > 0
        amount[:_MOST] = 1.0
        column[0] = _OFFERED
        column[1] = _ANSWERED if finished else _COLUMN_OF[outcome]
        column[2] = _RETRIED if results[v].attempt > 0 else _FIRST
        n = 3
        if finished and results[v].attempt == 0:
            column[n] = _FIRST_ANSWERED
            n += 1
        if results[v].left >= 0:
            column[n] = _LEFT
            column[n + 1], amount[n + 1] = _STAY, results[v].left - tick
            n += 2
        if asked:
            column[n] = _ASKED
            column[n + 1], amount[n + 1] = _WAIT_ALL, wait
            n += 2
        lost = outcome == ABANDONED and asked and not answered
        if answered:
            column[n] = _REACHED
            column[n + 1], amount[n + 1] = _WAIT, wait
            n += 2
        if (answered or lost) and wait <= rules.threshold:
            column[n] = _IN_TIME if answered else _LOST_IN_TIME
            n += 1
        if lost and wait <= rules.short:
            column[n] = _SHORT
            n += 1
        for k in range(n):
            out.service[service, column[k]] += amount[k]
        b = _bin(wait) if asked or answered else 0
        if asked:
            out.all_bins[1 + n_places + service, b] += 1
        if answered:
            out.answered_bins[1 + n_places + service, b] += 1
        if not c.customer[service]:
            continue
        i = _interval(tick, rules)
        for k in range(n):
            out.place[place, i * rules.dated, column[k]] += amount[k]
        if rules.dated == 0:
            for k in range(n):
                out.interval[i, column[k]] += amount[k]
        if asked:
            out.all_bins[0, b] += 1
            out.all_bins[1 + place, b] += 1
        if answered:
            out.answered_bins[0, b] += 1
            out.answered_bins[1 + place, b] += 1
            out.answered_bins[1 + n_places + n_services + i, b] += 1


@seldom
def _count_duty(c, duty, rules, unit, out):
    """Add up time on duty: of who is there and not down, in the pool that he serves or is on his way to."""
    for i in range(duty.size):
        u = duty[i].unit
        unit[u, _SINCE] = -1
        unit[u, _HOME] = unit[u, _POOL] = c.home[u]
        unit[u, _HERE] = unit[u, _DOWN] = 0
    for i in range(duty.size):
        change = duty[i]
        u = change.unit
        _adds_duty(c, unit[u, _POOL], unit[u, _SINCE], change.tick, rules, out)
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
            out.overtime[unit[u, _HOME]] += change.tick - max(change.planned, rules.warm_up)
    for i in range(duty.size):
        u = duty[i].unit
        _adds_duty(c, unit[u, _POOL], unit[u, _SINCE], rules.end, rules, out)
        unit[u, _SINCE] = -1


@seldom
def _adds_duty(c, p, since, until, rules, out):
    if since >= 0:
        _span(out.duty, p, out.spent[DUTY], 1.0 if c.people[p] else 0.0, since, until, rules)


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
        top[starts[m] + at] = (row[first] + (row[second] if second >= 0 else 0.0)) / ratios[m, 4]
        if over >= 0:
            low[starts[m] + at] = row[over] - (row[less] if less >= 0 else 0.0)


@kernel
def fill_visits(place, interval, service, ratios, starts, dated, sums, top, low):
    """Write all cells of the visit measures: all, by place, by service, by interval, by both.

    `place` is (D, J, K), `interval` (I, K), `service` (S, K); `ratios` (M, 5) says which columns make a measure and by
    how much that is divided, `starts` (M,) where its cells begin; `sums` (1 + D + I, K) is zero at first and holds the
    sums over all, by place, by interval.
    """
    n_d, n_j, columns = place.shape
    n_i, n_s = interval.shape[0], service.shape[0]
    for d in range(n_d):
        for i in range(n_j):
            row = place[d, i]
            for k in range(columns):
                if row[k] != 0.0:
                    sums[1 + d, k] += row[k]
                    if dated:
                        sums[1 + n_d + i, k] += row[k]
            if dated:
                _cell(row, ratios, starts, 1 + n_d + n_s + n_i + d * n_i + i, top, low)
        for k in range(columns):
            sums[0, k] += sums[1 + d, k]
        _cell(sums[1 + d], ratios, starts, 1 + d, top, low)
    _cell(sums[0], ratios, starts, 0, top, low)
    for s in range(n_s):
        _cell(service[s], ratios, starts, 1 + n_d + s, top, low)
    for i in range(n_i):
        for k in range(0 if dated else columns):
            sums[1 + n_d + i, k] = interval[i, k]
        _cell(sums[1 + n_d + i], ratios, starts, 1 + n_d + n_s + i, top, low)


@kernel
def add_up_times(ticks, per, joins, dated, by_row, by_interval, both):
    """Add up `ticks` (N, J), `per` (N,) counting as one: over intervals, and over the rows that `joins` names.

    Where these are `dated` all go to `both` as well, one after the other; else `by_interval` stays as it is.
    """
    n_j = ticks.shape[1]
    for n in range(ticks.shape[0]):
        for i in range(n_j):
            value = ticks[n, i]
            if value != 0.0:
                by_row[n] += value
                if dated:
                    both[n * n_j + i] = value / per[n]
                    if joins[n]:
                        by_interval[i] += value / per[n]
        by_row[n] /= per[n]
