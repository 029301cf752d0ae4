"""Day shifts of one team: the fewest paid hours of legal shifts, meals and breaks placed, that cover a requirement."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import sim
from scheduler.shapes import SLOT_S
from scheduler.shifts.day import SLOTS, Day
from scheduler.shifts.master import EDGE_S, lie_between
from scheduler.shifts.problem import Group, Post
from scheduler.shifts.rounding import near
from scheduler.solver import Floats, relax, search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduler.contracts import Contract
    from scheduler.plan import Shift

CLOSE = 0.01
"""Shifts within this share of the bound are good enough to stop."""


@dataclass(frozen=True)
class DayShifts:
    """Shifts of one day.

    Attributes
    ----------
    shifts : tuple of Shift
        One for each person at work, in order of start.
    paid_hours, bound_hours : float
        Of the shifts, and below which no legal shifts cover the requirement.
    status : str
        ``optimal``, ``feasible``, ``infeasible`` or ``unknown``.
    limited : bool
        The solver was stopped by its time limit.
    findings : tuple of sim.Finding
        Why nothing could be found.
    """

    shifts: tuple[Shift, ...]
    paid_hours: float
    bound_hours: float
    status: str
    limited: bool
    findings: tuple[sim.Finding, ...] = ()


def on_duty(shifts: Sequence[Shift]) -> list[int]:
    """Return how many people are on duty in each quarter-hour of the day, meals and breaks taken off.

    What of a shift lies after midnight counts from 0:00 on, as if the day before had the same shifts.
    """
    out = [0] * SLOTS
    for shift in shifts:
        for slot in range(shift.start_s // SLOT_S, shift.end_s // SLOT_S):
            out[slot % SLOTS] += 1
        for a, b in shift.off:
            for slot in range(a // SLOT_S, b // SLOT_S):
                out[slot % SLOTS] -= 1
    return out


def cover(
    need: Sequence[int],
    contract: Contract,
    *,
    people: int | None = None,
    seconds: float = 6.0,
) -> DayShifts:
    """Return legal shifts with the fewest paid hours that put `need` people on duty in every quarter-hour.

    Parameters
    ----------
    need : sequence of int, length 96
        People needed on duty in each quarter-hour of the day.
    contract : Contract
        Its on-call shifts are left out: nobody is on duty in them.
    people : int, optional
        No more shifts than this.
    seconds : float
        Time limit of the solver.

    Notes
    -----
    The program is that of `Day` for one group and one post. Meals and breaks are then placed once more, for the same
    shifts, so that quarter-hours without anybody to spare are as few as possible.
    """
    if not any(need):
        return DayShifts((), 0.0, 0.0, "optimal", False)
    until = time.monotonic() + seconds
    at_work = tuple(shape.name for shape in contract.shapes if not shape.on_call)
    group, post = Group("team", ("work",), most=people, shapes=at_work), Post("work", need)
    day = Day([group], [post], contract, [lie_between(group, [post], (), contract)], (), None)
    uncovered = [slot for slot in range(SLOTS) if need[slot] and (0, "*", slot) not in day.people]
    if uncovered:
        found = tuple(
            sim.Finding("plan_no_shift_covers", {"start_s": slot * SLOT_S, **contract.cited("latest_end")})
            for slot in uncovered[:5]
        )
        return DayShifts((), 0.0, 0.0, "infeasible", False, found)
    loose = relax(day.program, seconds=seconds)
    values, bound, limited = None, math.nan, loose.status == "unknown"
    if loose.status == "optimal":
        day, values, bound, limited = near(day, loose.values, loose.objective, CLOSE, until)
    if values is None:
        infeasible = not limited
        slot = max(range(SLOTS), key=lambda t: need[t])
        where = {"start_s": slot * SLOT_S, "needed": need[slot], "people": people, **contract.cited("hours_per_day")}
        why = sim.Finding("plan_too_few_people" if infeasible else "plan_nothing_found", where)
        return DayShifts((), 0.0, 0.0, "infeasible" if infeasible else "unknown", limited, (why,))
    hours = day.program.price(values)
    bound = math.ceil(bound * _PARTS - 1e-6) / _PARTS
    status = "optimal" if hours - bound <= CLOSE * hours else "feasible"
    placed = _spread(day, need, values, seconds / 2)
    return DayShifts(tuple(shift for shift, _ in day.shifts(placed)["team"]), hours, min(bound, hours), status, limited)


_PARTS = 3600 // SLOT_S
"""Paid time is a whole number of quarter-hours, so a bound may be rounded up to one."""


def _spread(day: Day, need: Sequence[int], values: Floats, seconds: float) -> Floats:
    """Return `values` with the same shifts, and meals and breaks where somebody can be spared.

    Adds rows to the program of the day, which is solved for the last time.
    """
    program, size = day.program, len(day.program.low)
    # A spare person counts most where there is none yet, and more where more customers come.
    program.cost[:] = [0.0] * size
    for (_, _, slot), n in sorted(day.people.items()):
        for spare, price in ((1, 3), (2, 1)) if need[slot] else ():
            short = program.variable(0, spare, price * need[slot])
            program.row([(n, 1.0), (short, 1.0)], at_least=need[slot] + spare)
    low, high = np.array(program.low, float), np.array(program.high, float)
    begins = [x for track in day.tracks for x in track.starts.values()]
    low[begins] = high[begins] = np.rint(values[begins])
    better = search(program, seconds=seconds, gap=CLOSE, low=low, high=high)
    return better.values[:size] if len(better.values) else values


__all__ = ["CLOSE", "EDGE_S", "SLOTS", "DayShifts", "cover", "on_duty"]
