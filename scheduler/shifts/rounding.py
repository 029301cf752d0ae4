"""From the relaxation of a day to whole numbers of shifts, meals and breaks: relax and fix, then mend."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scheduler.shapes import SLOT_S
from scheduler.solver import Floats, Found, Linear, relax, search

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scheduler.shifts.day import Day

SMALL = 3000
"""A program of so many variables is solved in whole numbers at once."""
BLOCK = 12
"""So many counts of shifts are made whole at a time: with 30, single steps came to their time limit."""
MOST_OFF = 2
"""A count may be so many above the relaxation's, rounded up."""
_FOR_SHIFTS = 0.6
"""Share of the time that is left for counts of shifts; the rest is for breaks."""
_AT_LEAST_S = 20.0
"""An answer that is nearly there is waited for."""
_WORTH_S = 5.0
"""With less time than this left, what there is is not made better."""
_MISSING_PER_HOUR = 100.0
"""Price of a missing hour meanwhile, in hours of the highest wage: a quarter-hour is dearer than any shift."""


def near(day: Day, loose: Floats, objective: float, gap: float, until: float) -> tuple[Day, Floats | None, float, bool]:
    """Return whole numbers for the program of a day, a bound, and whether time ended the search.

    Parameters
    ----------
    day : Day
    loose, objective
        Of the relaxation.
    gap : float
        Stop at this share above the bound.
    until : float
        On `time.monotonic`.

    Returns
    -------
    day, values, bound, limited
        The day to read the values by: the given one, or one with the begins that the relaxation uses.
    """
    program, bound, best = day.program, objective, None
    if len(program.low) <= SMALL:
        found = search(program, seconds=0.5 * (until - time.monotonic()), gap=gap)
        if not math.isnan(found.bound):
            bound = max(bound, found.bound)
        best = found.values if len(found.values) else None
        if not found.limited:
            return day, best, bound, False
    rounding = _Rounding(day, loose, objective, gap, until)
    found = rounding.run()
    if len(found.values) and (best is None or found.objective < program.price(best)):
        program, day, best = rounding.program, rounding.day, found.values
    return day, best, bound, found.limited or time.monotonic() > until


class _Rounding:
    """Relax and fix: the counts of shifts are made whole in order of start, a block at a time, the rest stays loose.

    What is rounded in the morning is set right by what is still free in the afternoon, so that little is lost: 0.1 to
    0.2 % on days of 500 people, where all at once found nothing in the time. Whole numbers of meals and breaks for
    whole shifts are then found in a second: their rows are differences, and only people on duty tie them together.
    Begins that the relaxation does not use are left out.
    """

    def __init__(self, day: Day, loose: Floats, objective: float, gap: float, until: float) -> None:
        used = [{slot: float(loose[x]) for slot, x in track.starts.items() if loose[x] > 1e-7} for track in day.tracks]
        self.wide, self.used = day, used
        self.objective, self.gap, self.until = objective, gap, until
        self._narrow(used)
        self.low, self.high = np.array(self.program.low, float), np.array(self.program.high, float)
        starts: dict[int, tuple[int, float]] = {}
        for track, values in zip(self.day.tracks, [values for values in used if values], strict=True):
            starts |= {x: (slot, values[slot]) for slot, x in track.starts.items()}
        order = np.array(sorted(starts, key=lambda x: (starts[x][0], x)), int)
        near_by = [math.ceil(starts[x][1] - 1e-6) + MOST_OFF for x in order]
        self.high[order] = np.minimum(self.high[order], near_by)
        self.begins = order
        self.group = {x: track.group for track in self.day.tracks for x in track.starts.values()}
        self.blocks = [order[i : i + BLOCK] for i in range(0, len(order), BLOCK)]

    def _narrow(self, used: Sequence[Collection[int]]) -> None:
        """Take the day with these begins only, where for a price people may be missing for now."""
        wage = max((group.wage_per_hour for group in self.wide.groups), default=1.0) or 1.0
        self.day = self.wide.narrowed(used, _MISSING_PER_HOUR * wage)
        self.program = self.day.program
        self.missing = {v: slot for (post, slot), v in self.day.short.items() if (post, slot) not in self.wide.short}
        if not self.wide.cut_short:
            for variable, cut in zip(self.day.cut_short, self.day.cuts, strict=True):
                self.missing[variable] = max(cut.weights, key=cut.weights.__getitem__)[1]

    def run(self) -> Found:
        """Return the best that was found; without values when there is none."""
        low, high = self.low.copy(), self.high.copy()
        found = None
        for number, block in enumerate(self.blocks):
            share = _FOR_SHIFTS * self._left() / (len(self.blocks) - number)
            found = self._step(block, low, high, max(12 * share, 0.5))
            if not len(found.values):
                # Out of time: what is not whole yet is rounded, and mended where somebody is missing.
                break
            low[block] = high[block] = np.rint(found.values[block])
        else:
            if found is not None:
                low, high = self._better(low, high, found.objective)
        loose = [x for block in self.blocks for x in block if low[x] != high[x]]
        if loose:
            again = relax(_within(self.program, low, high), seconds=max(_AT_LEAST_S, self._left()))
            guess = again.values if len(again.values) else low
            carried: dict[int, float] = {}
            for x in loose:
                # Rounded in sums of each group, so that no group gets more people than there are.
                before = carried.get(self.group[x], 0.0)
                carried[self.group[x]] = before + float(guess[x])
                low[x] = high[x] = math.floor(before + float(guess[x]) + 1e-6) - math.floor(before + 1e-6)
        best = self._breaks(low)
        for variable in self.missing:
            self.program.high[variable] = 0.0
        return best

    def _left(self) -> float:
        return self.until - time.monotonic()

    def _step(self, block: Floats, low: Floats, high: Floats, seconds: float) -> Found:
        whole = np.zeros(len(low), bool)
        whole[block] = True
        return search(self.program, seconds=seconds, gap=0.3 * self.gap, low=low, high=high, whole=whole)

    def _better(self, low: Floats, high: Floats, cost: float) -> tuple[Floats, Floats]:
        """Return counts with some blocks done once more beside each other, as long as time and the gap ask for it."""
        without = 0
        number = 0
        while len(self.blocks) > 1 and without < len(self.blocks) and self._left() > _WORTH_S:
            if cost - self.objective <= self.gap * abs(cost):
                break
            pair = np.concatenate(
                [self.blocks[number % len(self.blocks)], self.blocks[(number + 1) % len(self.blocks)]]
            )
            number += 1
            wide_low, wide_high = low.copy(), high.copy()
            wide_low[pair], wide_high[pair] = self.low[pair], self.high[pair]
            found = self._step(pair, wide_low, wide_high, 0.3 * self._left())
            without += 1
            if len(found.values) and found.objective < cost - 1e-6 * abs(cost):
                cost, without = found.objective, 0
                low, high = wide_low, wide_high
                low[pair] = high[pair] = np.rint(found.values[pair])
        return low, high

    def _breaks(self, fixed: Floats) -> Found:
        """Return whole numbers of everything for these counts of shifts, or with a few shifts more."""
        program, begins = self.program, self.begins
        low, high = np.array(program.low, float), np.array(program.high, float)
        low[begins] = high[begins] = fixed[begins]
        found = search(program, seconds=max(_AT_LEAST_S, self._left()), gap=self.gap, low=low, high=high)
        short = {slot for variable, slot in self.missing.items() if len(found.values) and found.values[variable] > 1e-6}
        if not len(found.values) or not short:
            return found
        return self._more(found.values, short)

    def _more(self, values: Floats, short: Collection[int]) -> Found:
        """Return these shifts and more of those that are there at the slots where somebody is missing."""
        there = {(id(track.shape), track.group, track.places, track.pattern): track for track in self.day.tracks}
        wanted: list[set[int]] = []
        least: list[dict[int, float]] = []
        for track, used in zip(self.wide.tracks, self.used, strict=True):
            mine = there.get((id(track.shape), track.group, track.places, track.pattern))
            have = {slot: float(np.rint(values[x])) for slot, x in mine.starts.items()} if mine else {}
            span = track.pattern.span_s // SLOT_S
            reach = {slot for slot in track.starts if any(slot <= at < slot + span for at in short)}
            wanted.append({slot for slot in {*used, *reach} if have.get(slot) or slot in reach})
            least.append(have)
        self._narrow(wanted)
        program = self.program
        for variable in self.missing:
            program.high[variable] = 0.0
        best = Found("unknown", np.zeros(0), math.nan, math.nan, True)
        for fewer in (0.0, 1.0):
            if len(best.values) and (
                self._left() < _WORTH_S or best.objective - self.objective <= self.gap * best.objective
            ):
                break
            low, high = np.array(program.low, float), np.array(program.high, float)
            for track, have in zip(self.day.tracks, [h for h, w in zip(least, wanted, strict=True) if w], strict=True):
                span = track.pattern.span_s // SLOT_S
                for slot, x in track.starts.items():
                    near_by = any(slot <= at < slot + span for at in short)
                    low[x] = max(0.0, have.get(slot, 0.0) - (fewer if near_by else 0.0))
                    high[x] = min(high[x], have.get(slot, 0.0) + 1)
            limit = self._left() if len(best.values) else max(_AT_LEAST_S, self._left())
            found = search(program, seconds=limit, gap=self.gap, low=low, high=high)
            if len(found.values) and (not len(best.values) or found.objective < best.objective):
                best = found
        return best


def _within(program: Linear, low: Floats, high: Floats) -> Linear:
    """Return the program within other limits."""
    return replace(program, low=low.tolist(), high=high.tolist())
