"""Who does not come, and what is down when: failures of equipment, outages of links, absence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.draw.compiling import kernel
from sim.draw.luck import PURPOSE_ABSENCE, PURPOSE_DISRUPTION, to_ticks, uniform, value
from sim.tables.types import DISRUPTION, LINK_FAILS, LINK_REPAIRED, OUTAGE, UNIT_FAILS, UNIT_REPAIRED

if TYPE_CHECKING:
    import numpy.typing as npt

    from sim.tables.types import Records, Tables

_UP = {UNIT_FAILS: UNIT_REPAIRED, LINK_FAILS: LINK_REPAIRED}
NOTHING = np.empty(0, DISRUPTION)
NOBODY = np.zeros(0, np.bool_)
_SUBJECTS = np.int64(2**31)


@kernel
def _absent(shifts, key0, key1, out):
    """Write whether nobody comes to a shift."""
    for i in range(shifts.size):
        one = shifts[i]
        u = uniform(key0, key1, one.hash0, one.hash1, one.n, 0, np.uint64(0), 0, PURPOSE_ABSENCE)
        out[i] = u < one.share


@kernel
def _failures(law, point, failing, run, key0, key1, out):
    """Write when everything is down, one after the other, and return how often; −1 when `out` is too short.

    It works for a time of its first law, is down for one of its second, and so on, from the beginning of the run.
    """
    count = 0
    for i in range(failing.size):
        one = failing[i]
        tick = np.int64(0)
        j = 0
        while True:
            name = np.uint64(one.n)
            u = uniform(key0, key1, one.hash0, one.hash1, j, 0, name, 0, PURPOSE_DISRUPTION)
            tick += max(to_ticks(value(law, point, one.up, u), run.tick), run.tick)
            if tick >= run.end:
                break
            u = uniform(key0, key1, one.hash0, one.hash1, j + 1, 0, name, 0, PURPOSE_DISRUPTION)
            end = tick + to_ticks(value(law, point, one.down, u), run.tick)
            if count == out.size:
                return -1
            out[count].start, out[count].end, out[count].op, out[count].subject = tick, end, one.op, one.subject
            count += 1
            tick = end
            j += 2
    return count


def absent(tables: Tables, key0: np.uint64, key1: np.uint64) -> npt.NDArray[np.bool_]:
    """Return to which shifts nobody comes, shape (shifts,)."""
    shifts = tables.chance.shift
    if not shifts.size:
        return NOBODY
    out = np.zeros(shifts.size, np.bool_)
    _absent(shifts, key0, key1, out)
    return out


def disruptions(tables: Tables, key0: np.uint64, key1: np.uint64) -> Records:
    """Return what goes down and comes up (DISRUPTION), planned and by chance.

    What overlaps is one time down, so that of each unit and each link going down and coming up take turns. What is
    down when the run ends does not come up.
    """
    chance, compiled = tables.chance, tables.compiled
    down = chance.outage
    if chance.failing.size:
        size = 64 + 16 * chance.failing.size
        while True:
            drawn = np.empty(size, OUTAGE)
            count = _failures(compiled.law, compiled.point, chance.failing, compiled.run, key0, key1, drawn)
            if count >= 0:
                break
            size *= 4
        down = np.concatenate([down, drawn[:count]])
    if not down.size:
        return NOTHING
    return _in_turn(down, compiled.run.tick, compiled.run.end)


def _in_turn(down: Records, tick: int, run_end: int) -> Records:
    start, end = (np.rint(down[name] / tick).astype(np.int64) * tick for name in ("start", "end"))
    who = down["op"].astype(np.int64) * _SUBJECTS + down["subject"]
    keep = (end > start) & (start < run_end)
    start, end, who = start[keep], end[keep], who[keep]
    order = np.lexsort((start, who))
    start, end, who = start[order], end[order], who[order]
    # The latest end so far of the same subject: running maxima do not mix subjects when each has its own range.
    number = np.cumsum(np.append(0, np.diff(who) != 0))
    reach = np.int64(max(int(end.max(initial=0)), run_end) + 1)
    latest = np.maximum.accumulate(end + number * reach) - number * reach
    fresh = np.ones(start.size, bool)
    fresh[1:] = (np.diff(number) != 0) | (start[1:] > latest[:-1])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], start.size) - 1
    op, subject = who[first] // _SUBJECTS, who[first] % _SUBJECTS
    stops = latest[last]
    up = stops < run_end
    out = np.zeros(first.size + int(up.sum()), DISRUPTION)
    out["tick"] = np.append(start[first], stops[up])
    out["op"] = np.append(op, np.where(op[up] == UNIT_FAILS, _UP[UNIT_FAILS], _UP[LINK_FAILS]))
    out["subject"] = np.append(subject, subject[up])
    return out[np.lexsort((out["subject"], out["op"], out["tick"]))]
