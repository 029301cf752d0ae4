"""Day shifts: the fewest paid hours of legal shifts, meals and breaks placed, that cover a requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sim
from scheduler.contracts import DAY_S, SLOT_S, Contract, Shape
from scheduler.plan import Shift, Span
from scheduler.solver import Answer, Program, count

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOTS = DAY_S // SLOT_S
EDGE_S = 1800
"""Nobody is asked to come at dawn for an hour at noon: seconds before the first need and after the last."""
CLOSE = 0.01
"""Shifts within this share of the bound are good enough to stop."""


@dataclass(frozen=True)
class DayShifts:
    """Shifts of one day.

    Attributes
    ----------
    shifts : tuple of Shift
        One for each person on duty, in order of start.
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
    """Return how many people are on duty in each quarter-hour of the day, meals and breaks taken off."""
    out = [0] * SLOTS
    for shift in shifts:
        for slot in range(shift.start_s // SLOT_S, shift.end_s // SLOT_S):
            out[slot] += 1
        for a, b in shift.off:
            for slot in range(a // SLOT_S, b // SLOT_S):
                out[slot] -= 1
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
    people : int, optional
        No more shifts than this.
    seconds : float
        Time limit of the solver.

    Notes
    -----
    Implicit breaks (Aykin 1996): a whole number of people for every (shape, start), and for each of its
    meals and breaks how many of them begin it in which quarter-hour. The times of one shift's breaks cannot
    overlap, so these numbers can always be handed out to single people. Meals and breaks are then placed
    once more, for the same shifts, so that quarter-hours without anybody to spare are as few as possible.
    """
    if not any(need):
        return DayShifts((), 0.0, 0.0, "optimal", False)
    starts = _starts(need, contract)
    uncovered = _uncovered(need, starts)
    if uncovered:
        found = tuple(
            sim.Finding("plan_no_shift_covers", {"start_s": slot * SLOT_S, **contract.cited("latest_end")})
            for slot in uncovered[:5]
        )
        return DayShifts((), 0.0, 0.0, "infeasible", False, found)
    model = _Model(need, starts, people)
    answer = count(model.program, seconds=seconds, gap=CLOSE)
    hours = SLOT_S / 3600
    if not answer.values:
        code = "plan_too_few_people" if answer.status == "infeasible" else "plan_nothing_found"
        slot = max(range(SLOTS), key=lambda t: need[t])
        values = {"start_s": slot * SLOT_S, "needed": need[slot], "people": people, **contract.cited("hours_per_day")}
        return DayShifts((), 0.0, 0.0, answer.status, answer.limited, (sim.Finding(code, values),))
    placed = _spread(need, model, answer, people, seconds)
    shifts = tuple(sorted(model.shifts(placed), key=lambda s: (s.start_s, s.end_s, s.off)))
    return DayShifts(shifts, answer.objective * hours, answer.bound * hours, answer.status, answer.limited)


def _starts(need: Sequence[int], contract: Contract) -> list[tuple[Shape, int]]:
    """Return every (shape, first slot) that the rules permit and that keeps to the hours in which people are needed.

    A shift begins at most `EDGE_S` before the first need and ends at most `EDGE_S` after the last; one that is longer
    than these hours covers all of them.
    """
    wanted = [slot for slot in range(SLOTS) if need[slot]]
    opens, closes = wanted[0] * SLOT_S, (wanted[-1] + 1) * SLOT_S
    grid = contract.seconds("start_grid")
    last = contract.seconds("latest_end")
    out = []
    for shape in contract.shapes:
        for start_s in range(0, min(last, DAY_S) - shape.span_s + 1, grid):
            first, end = start_s // SLOT_S, (start_s + shape.span_s) // SLOT_S
            early = start_s < min(opens - EDGE_S, closes - shape.span_s)
            late = start_s + shape.span_s > max(closes + EDGE_S, opens + shape.span_s)
            if start_s % SLOT_S == 0 and end > wanted[0] and first <= wanted[-1] and not early and not late:
                out.append((shape, first))
    return out


def _uncovered(need: Sequence[int], starts: Sequence[tuple[Shape, int]]) -> list[int]:
    """Return the quarter-hours with a need in which no permitted shift can be on duty."""
    reach: set[int] = set()
    for shape, first in starts:
        reach.update(range(first, first + shape.span_s // SLOT_S))
    return [slot for slot in range(SLOTS) if need[slot] and slot not in reach]


class _Model:
    """The program of `cover`, and how to read shifts from its values."""

    def __init__(self, need: Sequence[int], starts: Sequence[tuple[Shape, int]], people: int | None) -> None:
        self.program = Program()
        self.starts = starts
        most = max(need) if people is None else people
        self.count: list[int] = []
        self.off: list[list[dict[int, int]]] = []
        """For each start and each of its meals and breaks: slot in which it begins → variable."""
        plus: list[list[int]] = [[] for _ in range(SLOTS)]
        minus: list[list[int]] = [[] for _ in range(SLOTS)]
        for shape, first in starts:
            x = self.program.variable(0, most, shape.paid_s // SLOT_S)
            self.count.append(x)
            for slot in range(first, first + shape.span_s // SLOT_S):
                plus[slot].append(x)
            offs = []
            for (earliest, latest), length in _offs(shape):
                begins = {}
                for slot in range(first + earliest // SLOT_S, first + latest // SLOT_S + 1):
                    y = self.program.variable(0, most)
                    begins[slot] = y
                    for taken in range(slot, slot + length // SLOT_S):
                        minus[taken].append(y)
                self.program.row([x, *begins.values()], [1] + [-1] * len(begins), at_least=0, at_most=0)
                offs.append(begins)
            self.off.append(offs)
        self.cover: dict[int, tuple[list[int], list[int]]] = {}
        for slot in range(SLOTS):
            if need[slot]:
                terms = (plus[slot] + minus[slot], [1] * len(plus[slot]) + [-1] * len(minus[slot]))
                self.cover[slot] = terms
                self.program.row(*terms, at_least=need[slot])
        if people is not None:
            self.program.row(self.count, at_most=people)

    def shifts(self, values: Sequence[int]) -> list[Shift]:
        """Return one Shift for every person that `values` puts on duty."""
        out = []
        for (shape, first), x, offs in zip(self.starts, self.count, self.off, strict=True):
            begins = [[slot for slot, y in one.items() for _ in range(values[y])] for one in offs]
            for number in range(values[x]):
                spans = [
                    (one[number] * SLOT_S, one[number] * SLOT_S + length)
                    for one, (_, length) in zip(begins, _offs(shape), strict=True)
                ]
                meal: tuple[Span, ...] = tuple(spans[:1]) if shape.meal else ()
                start_s = first * SLOT_S
                out.append(Shift(shape.name, start_s, start_s + shape.span_s, meal, tuple(spans[len(meal) :])))
        return out


def _offs(shape: Shape) -> list[tuple[tuple[int, int], int]]:
    """Return ((earliest, latest begin), length) of the meal, if there is one, then of the breaks."""
    meal = [(shape.meal, shape.meal_s)] if shape.meal else []
    return [*meal, *((window, shape.break_s) for window in shape.breaks)]


def _spread(
    need: Sequence[int],
    model: _Model,
    answer: Answer,
    people: int | None,
    seconds: float,
) -> tuple[int, ...]:
    """Return `answer` with the same shifts, and meals and breaks where somebody can be spared."""
    used = [i for i in range(len(model.starts)) if answer.values[model.count[i]]]
    second = _Model(need, [model.starts[i] for i in used], people)
    program = second.program
    for i, x in zip(used, second.count, strict=True):
        program.low[x] = program.high[x] = answer.values[model.count[i]]
    # A spare person counts most where there is none yet, and more where more customers come.
    program.cost = [0] * len(program.cost)
    for slot, (index, numbers) in second.cover.items():
        for spare, price in ((1, 3), (2, 1)):
            short = program.variable(0, spare, price * need[slot])
            program.row([*index, short], [*numbers, 1], at_least=need[slot] + spare)
    better = count(program, seconds=seconds / 2, gap=CLOSE)
    if not better.values:
        return answer.values
    full = list(answer.values)
    for number, i in enumerate(used):
        for old, new in zip(model.off[i], second.off[number], strict=True):
            for slot, y in new.items():
                full[old[slot]] = better.values[y]
    return tuple(full)
