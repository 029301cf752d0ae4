"""Arrivals: every stream by inversion of its own cumulative rate, then one order for all (tick, stream, n)."""

from __future__ import annotations

import math

import numpy as np

from sim.draw.compiling import kernel, part
from sim.draw.disruptions import NOBODY, NOTHING, absent, disruptions
from sim.draw.luck import PURPOSE_ARRIVAL, PURPOSE_FACTOR, uniform, value
from sim.draw.replay import NO_WORD, overrides, with_expected, with_families
from sim.tables.types import ARRIVAL, Day, Tables


@part
def _factors(law, point, factors, key0, key1, out):
    """Write the day factors, shape (factors, days)."""
    for f in range(factors.size):
        for day in range(out.shape[1]):
            u = uniform(key0, key1, factors[f].hash0, factors[f].hash1, day, 0, np.uint64(0), 0, PURPOSE_FACTOR)
            out[f, day] = value(law, point, factors[f].law, u)


@part
def _spacing(key0, key1, stream, n):
    """Return the n-th unit exponential of a stream."""
    return -math.log1p(-uniform(key0, key1, stream.hash0, stream.hash1, n, 0, np.uint64(0), 0, PURPOSE_ARRIVAL))


@part
def _arrivals(streams, demand, factor, unit, key0, key1, out):
    """Write arrivals stream by stream and return how many there are; −1 when `out` is too short.

    The n-th arrival is where the cumulative rate reaches the sum of n + 1 unit exponentials.
    """
    count = 0
    for s in range(streams.size):
        stream = streams[s]
        n = 0
        reached = 0.0
        wanted = _spacing(key0, key1, stream, n)
        for i in range(stream.first, stream.end):
            piece = demand.piece[i]
            rate = piece.rate
            for k in range(stream.factor, stream.factor_end):
                rate = rate * factor[demand.stream_factor[k], piece.day]
            mass = rate * (piece.end - piece.start)
            while wanted < reached + mass:
                if count == out.size:
                    return -1
                at = piece.start + np.int64((wanted - reached) / rate)
                out[count].tick = min(at, piece.end - 1) // unit * unit
                out[count].stream = s
                out[count].n = n
                count += 1
                n += 1
                wanted += _spacing(key0, key1, stream, n)
            reached += mass
    return count


@part
def _order(drawn, count, horizon, starts, out):
    """Sort by (tick, stream, n): a stable spread over buckets of equal width, then insertion inside each bucket."""
    buckets = starts.size - 1
    width = horizon // buckets + 1
    for i in range(count):
        starts[drawn[i].tick // width + 1] += 1
    for b in range(buckets):
        starts[b + 1] += starts[b]
    for i in range(count):
        b = drawn[i].tick // width
        at = starts[b]
        starts[b] += 1
        out[at].tick, out[at].stream, out[at].n = drawn[i].tick, drawn[i].stream, drawn[i].n
        out[at].child = 0
    low = 0
    for b in range(buckets):
        high = starts[b]
        for i in range(low + 1, high):
            tick, stream, n = out[i].tick, out[i].stream, out[i].n
            j = i - 1
            while j >= low and out[j].tick > tick:
                out[j + 1].tick, out[j + 1].stream, out[j + 1].n = out[j].tick, out[j].stream, out[j].n
                j -= 1
            out[j + 1].tick, out[j + 1].stream, out[j + 1].n = tick, stream, n
        low = high


@kernel
def _day_kernel(law, point, streams, demand, run, key0, key1, factor, drawn, starts, out):
    """Draw the day factors, the arrivals, and put them in order; return their number, −1: the arrays are too short."""
    _factors(law, point, demand.factor, key0, key1, factor)
    count = _arrivals(streams, demand, factor, run.tick, key0, key1, drawn)
    if count >= 0:
        _order(drawn, count, run.horizon, starts, out)
    return count


def keys(seed: int, replication: int) -> tuple[np.uint64, np.uint64]:
    """Return the two 32-bit key words of a replication: a hash of (seed, replication)."""
    words = np.random.SeedSequence([seed, replication]).generate_state(2, np.uint32)
    return np.uint64(words[0]), np.uint64(words[1])


def draw(tables: Tables, seed: int, replication: int) -> Day:
    """Return who comes in one replication, who does not, and what is down when; a pure function of its arguments.

    Parameters
    ----------
    tables : Tables
        The compiled scenario.
    seed : int
        Seed of the study, at least 0.
    replication : int
        Number of the replication, from 0.
    """
    key0, key1 = keys(seed, replication)
    compiled, demand = tables.compiled, tables.demand
    factor = np.ones((max(demand.factor.size, 1), compiled.run.days))
    expected = float(demand.expected(compiled.stream).sum())
    size = int(expected * 1.5 + 8 * math.sqrt(expected)) + 16
    while True:
        drawn, visits, starts = np.empty(size, ARRIVAL), np.empty(size, ARRIVAL), np.zeros(size + 1, np.int64)
        tables_read = (compiled.law, compiled.point, compiled.stream, demand, compiled.run)
        count = _day_kernel(*tables_read, key0, key1, factor, drawn, starts, visits)
        if count >= 0:
            break
        size *= 2
    came = visits[:count]
    if not compiled.run.features and not tables.chance.booked.size:
        return Day(key0, key1, came, NOTHING, NOBODY, NO_WORD)
    if tables.chance.booked.size:
        came = with_expected(tables, came, key0, key1)
    if int(compiled.stream["family"].max(initial=1)) > 1:
        came = with_families(tables, came)
    down = disruptions(tables, key0, key1)
    return Day(key0, key1, came, down, absent(tables, key0, key1), overrides(tables, came))
