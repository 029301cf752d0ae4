"""Visits that are expected or were logged: appointments, lists, a day as it was, and what its log says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.draw.compiling import kernel
from sim.draw.luck import PURPOSE_ARRIVAL, PURPOSE_CHOICE, PURPOSE_DURATION, PURPOSE_PATIENCE, to_ticks, uniform, value
from sim.tables.types import ARRIVAL, OVERRIDE, name_bits

if TYPE_CHECKING:
    from sim.tables.types import Records, Tables

_PURPOSES = np.array([PURPOSE_DURATION, PURPOSE_CHOICE, PURPOSE_PATIENCE], np.int32)
"""In the order of `sim.tables.world.OVERRIDDEN`."""
NO_WORD = np.empty(0, OVERRIDE)
_SHOW = np.uint64(name_bits("show", 24))


@kernel
def _expected(law, point, streams, booked, run, key0, key1, out):
    """Write those who come, and return how many."""
    count = 0
    for i in range(booked.size):
        one = booked[i]
        stream = streams[one.stream]
        if one.show < 1.0:
            u = uniform(key0, key1, stream.hash0, stream.hash1, one.n, 0, _SHOW, 0, PURPOSE_CHOICE)
            if u >= one.show:
                continue
        tick = one.tick
        if one.law >= 0:
            u = uniform(key0, key1, stream.hash0, stream.hash1, one.n, 0, np.uint64(0), 0, PURPOSE_ARRIVAL)
            tick += to_ticks(value(law, point, one.law, u), np.int64(1))
        if tick < run.horizon:
            out[count].tick, out[count].stream, out[count].n = tick // run.tick * run.tick, one.stream, one.n
            out[count].child = 0
            count += 1
    return count


def with_expected(tables: Tables, visits: Records, key0: np.uint64, key1: np.uint64) -> Records:
    """Return `visits` and those who are expected, in order."""
    compiled, booked = tables.compiled, tables.chance.booked
    come = np.empty(booked.size, ARRIVAL)
    count = _expected(compiled.law, compiled.point, compiled.stream, booked, compiled.run, key0, key1, come)
    both = np.concatenate([visits, come[:count]])
    return both[np.lexsort((both["n"], both["stream"], both["tick"]))]


def with_families(tables: Tables, visits: Records) -> Records:
    """Return `visits`, each followed by the numbers of those whom it may wake."""
    sizes = tables.compiled.stream["family"][visits["stream"]]
    out = np.repeat(visits, sizes)
    out["child"] = np.arange(out.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return out


def overrides(tables: Tables, visits: Records) -> Records:
    """Return what the log says of these visits (OVERRIDE), sorted by visit."""
    said, logged = tables.chance.override, tables.chance.logged
    if not said.size or not visits.size:
        return NO_WORD
    roots = np.flatnonzero(visits["child"] == 0)
    key = visits["stream"][roots].astype(np.int64) << 32 | visits["n"][roots]
    order = np.argsort(key)
    wanted = logged["stream"].astype(np.int64) << 32 | logged["n"]
    at = np.minimum(np.searchsorted(key[order], wanted), key.size - 1)
    visit = np.where(key[order][at] == wanted, roots[order][at], -1)
    out = said.copy()
    out["visit"] = visit[said["visit"]]
    out["purpose"] = _PURPOSES[said["purpose"]]
    out = out[out["visit"] >= 0]
    return out[np.lexsort((out["passes"], out["name"], out["purpose"], out["visit"]))]
