"""Rosters: the day shifts of a team handed to named people, within the rules of their contract and fairly."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sim
from scheduler.contracts import DAY_S, HOUR_S, SLOT_S, Contract
from scheduler.plan import RosterRow, Shift
from scheduler.solver import Program, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WEEK = 7
_TRIES = 4
"""So many more people than the counting bound are tried before a roster is called impossible."""

Kind = tuple[int, int, int]
"""Start, end and paid time of a shift in seconds: what the rules of rest, hours and fairness look at."""


@dataclass(frozen=True)
class Roster:
    """The roster of one team.

    Attributes
    ----------
    rows : tuple of RosterRow
        In order of day, then person.
    people : int
        How many people work in it.
    least_people : int
        No roster of these shifts can do with fewer (days and hours counted).
    status : str
        ``optimal`` or ``feasible`` (as to fairness), ``infeasible`` or ``unknown``.
    limited : bool
        The solver was stopped by its time limit.
    findings : tuple of sim.Finding
    """

    rows: tuple[RosterRow, ...]
    people: int
    least_people: int
    status: str
    limited: bool
    findings: tuple[sim.Finding, ...] = ()


def people_needed(days: Sequence[Sequence[Shift]], contract: Contract) -> int:
    """Return how many people the shifts need at least: by busiest day, days a week and hours a week."""
    least = max((len(day) for day in days), default=0)
    for week in range(0, len(days), WEEK):
        shifts = [shift for day in days[week : week + WEEK] for shift in day]
        hours = sum(shift.paid_s for shift in shifts)
        least = max(
            least,
            math.ceil(len(shifts) / contract.days_per_week),
            math.ceil(hours / contract.seconds("hours_per_week")),
        )
    return least


def roster(
    days: Sequence[Sequence[Shift]],
    day_classes: Sequence[str],
    contract: Contract,
    team: str,
    place: str,
    *,
    prefix: str,
    people: int | None = None,
    seconds: float = 5.0,
    seed: int = 1,
) -> Roster:
    """Return a roster in which every shift of every day is worked by one person.

    Parameters
    ----------
    days : sequence of shifts by day
        Whole weeks, from the first day of a week.
    day_classes : sequence of str
        Class of each day.
    contract : Contract
    team, place : str
        Written into the rows.
    prefix : str
        People are called ``prefix-01`` and so on.
    people : int, optional
        How many there are; as few as possible when not given.
    seconds : float
        Time limit of the solver, for all tries together.
    seed : int

    Notes
    -----
    A whole-number program on (person, day, kind of shift). Hard: a shift a day, days and hours a week, days
    in a row, daily rest. Then it makes the largest difference between two people in early shifts, late
    shifts and hours small, and days off stand together. Begins from a roster made by hand (those with the
    most days left to work go first, the earlier their last shift ended the earlier their next begins),
    never returns a worse one.
    """
    least = people_needed(days, contract)
    if least == 0:
        return Roster((), 0, 0, "optimal", False)
    if people is not None and people < least:
        return Roster((), 0, least, "infeasible", False, (_too_few(days, contract, team, people, least),))
    tries = [people] if people is not None else list(range(least, least + _TRIES))
    limited = False
    for number in tries:
        model = _Model(days, contract, number)
        answer = choose(model.program, seconds=seconds, seed=seed, start=model.values(_by_hand(days, contract, number)))
        limited = limited or answer.limited
        if answer.values:
            rows = _rows(model.assigned(answer.values), days, day_classes, team, place, prefix)
            return Roster(rows, number, least, answer.status, limited)
    code = "plan_no_roster" if people is not None else "plan_nothing_found"
    values: Mapping[str, object] = {"team": team, "people": tries[-1], **contract.cited("daily_rest"), **_busiest(days)}
    return Roster((), 0, least, "unknown" if limited else "infeasible", limited, (sim.Finding(code, values),))


def _busiest(days: Sequence[Sequence[Shift]]) -> dict[str, object]:
    """Return the day (1 = first) and the time at which most people are at work."""
    at = max(
        ((day, shift.start_s) for day, shifts in enumerate(days) for shift in shifts),
        key=lambda one: sum(s.start_s <= one[1] < s.end_s for s in days[one[0]]),
    )
    return {"day": at[0] + 1, "start_s": at[1]}


def _too_few(days: Sequence[Sequence[Shift]], contract: Contract, team: str, people: int, least: int) -> sim.Finding:
    """Say which rule makes `people` too few, on which day, and how many it takes."""
    peak = max(range(len(days)), key=lambda day: len(days[day]))
    rule = "days_off_per_week"
    if len(days[peak]) > people:
        rule = "hours_per_day"
    else:
        for week in range(0, len(days), WEEK):
            hours = sum(shift.paid_s for day in days[week : week + WEEK] for shift in day)
            if math.ceil(hours / contract.seconds("hours_per_week")) == least:
                rule = "hours_per_week"
    values = {**_busiest(days), "team": team, "people": people, "needed": least, **contract.cited(rule)}
    return sim.Finding("plan_too_few_people", values)


def _kind(shift: Shift) -> Kind:
    return shift.start_s, shift.end_s, shift.paid_s


def _rests(before: Kind, after: Kind, contract: Contract) -> bool:
    """Tell whether there is the daily rest between a shift and one of the next day."""
    return bool(DAY_S + after[0] - before[1] >= contract.seconds("daily_rest"))


def _by_hand(days: Sequence[Sequence[Shift]], contract: Contract, people: int) -> list[list[Kind | None]]:
    """Return person → day → kind: a start for the solver, which may break a rule."""
    work: list[list[Kind | None]] = [[None] * len(days) for _ in range(people)]
    total = [0] * people
    for day, shifts in enumerate(days):
        week = day - day % WEEK
        left = {p: contract.days_per_week - sum(kind is not None for kind in work[p][week:day]) for p in range(people)}

        rank = {}
        for p in range(people):
            run = _run(work[p], day)
            rank[p] = (
                left[p] <= 0 or run >= contract.number("days_in_a_row"),
                -left[p],
                run == 0,
                total[p],
                p,
            )
        chosen = sorted(range(people), key=rank.__getitem__)[: len(shifts)]
        ended = {p: (work[p][day - 1] or (0, 0, 0))[1] if day else 0 for p in chosen}
        chosen.sort(key=lambda p: (ended[p], total[p], p))
        for p, shift in zip(chosen, sorted(shifts, key=_kind), strict=True):
            work[p][day] = _kind(shift)
            total[p] += shift.paid_s
    return work


def _run(row: Sequence[Kind | None], day: int) -> int:
    """Return how many days in a row somebody has worked just before `day`."""
    run = 0
    while run < day and row[day - 1 - run] is not None:
        run += 1
    return run


class _Model:
    """The program of `roster`, and how to read it."""

    def __init__(self, days: Sequence[Sequence[Shift]], contract: Contract, people: int) -> None:
        self.program = program = Program()
        self.people, self.length = people, len(days)
        self.counts: list[dict[Kind, int]] = []
        for shifts in days:
            count: dict[Kind, int] = {}
            for kind in sorted(_kind(shift) for shift in shifts):
                count[kind] = count.get(kind, 0) + 1
            self.counts.append(count)
        self.x = [[{kind: program.variable(0, 1) for kind in count} for count in self.counts] for _ in range(people)]
        self._spreads: list[tuple[list[list[tuple[int, int]]], int, int]] = []
        self._breaks: list[tuple[int, list[int], list[int]]] = []
        self._cover()
        self._rules(contract)
        self._fairness(contract)

    def _cover(self) -> None:
        for day, count in enumerate(self.counts):
            for kind, number in count.items():
                self.program.row([row[day][kind] for row in self.x], at_least=number, at_most=number)

    def _rules(self, contract: Contract) -> None:
        in_a_row = contract.number("days_in_a_row")
        for row in self.x:
            for week in range(0, self.length, WEEK):
                days = row[week : week + WEEK]
                worked = [x for day in days for x in day.values()]
                self.program.row(worked, at_most=contract.days_per_week)
                quarters = [kind[2] // SLOT_S for day in days for kind in day]
                self.program.row(worked, quarters, at_most=contract.seconds("hours_per_week") // SLOT_S)
            for day in row:
                self.program.row(list(day.values()), at_most=1)
            for first in range(self.length - in_a_row):
                days = row[first : first + in_a_row + 1]
                self.program.row([x for day in days for x in day.values()], at_most=in_a_row)
            for today, tomorrow in itertools.pairwise(row):
                for kind, x in today.items():
                    clash = [y for other, y in tomorrow.items() if not _rests(kind, other, contract)]
                    if clash:
                        self.program.row([x, *clash], at_most=1)

    def _fairness(self, contract: Contract) -> None:
        early, late = contract.seconds("early_before"), contract.seconds("late_after")
        scores: list[tuple[int, Callable[[Kind], int]]] = [
            (10, lambda kind: int(kind[0] < early)),
            (10, lambda kind: int(kind[1] > late)),
            (1, lambda kind: kind[2] // HOUR_S),
        ]
        for price, score in scores:
            sums = [[(score(kind), x) for day in row for kind, x in day.items() if score(kind)] for row in self.x]
            if not any(sums):
                continue
            top = sum(max((score(kind) for kind in count), default=0) for count in self.counts)
            high, low = self.program.variable(0, top, price), self.program.variable(0, top, -price)
            for terms in sums:
                index, numbers = [x for _, x in terms], [number for number, _ in terms]
                self.program.row([high, *index], [1, *(-n for n in numbers)], at_least=0)
                self.program.row([low, *index], [1, *(-n for n in numbers)], at_most=0)
            self._spreads.append((sums, high, low))
        if contract.number("days_off_together"):
            for row in self.x:
                for day in range(1, self.length):
                    # One for every day off that follows a day of work: two days off apart cost twice.
                    off = self.program.variable(0, 1, 2)
                    before, today = list(row[day - 1].values()), list(row[day].values())
                    signs = [1] + [-1] * len(before) + [1] * len(today)
                    self.program.row([off, *before, *today], signs, at_least=0)
                    self._breaks.append((off, before, today))

    def values(self, work: Sequence[Sequence[Kind | None]]) -> list[int]:
        """Return a value for every variable that stands for `work`."""
        out = [0] * len(self.program.low)
        for row, mine in zip(self.x, work, strict=True):
            for day, kind in zip(row, mine, strict=True):
                if kind is not None:
                    out[day[kind]] = 1
        for sums, high, low in self._spreads:
            totals = [sum(number * out[x] for number, x in terms) for terms in sums]
            out[high], out[low] = max(totals), min(totals)
        for off, before, today in self._breaks:
            out[off] = int(any(out[x] for x in before) and not any(out[x] for x in today))
        return out

    def assigned(self, values: Sequence[int]) -> list[list[Kind | None]]:
        """Return person → day → kind of shift."""
        return [[next((kind for kind, x in day.items() if values[x]), None) for day in row] for row in self.x]


def _rows(
    work: Sequence[Sequence[Kind | None]],
    days: Sequence[Sequence[Shift]],
    day_classes: Sequence[str],
    team: str,
    place: str,
    prefix: str,
) -> tuple[RosterRow, ...]:
    """Return the rows; shifts that differ in their breaks only go round among those who work them."""
    width = max(2, len(str(len(work))))
    out = []
    for day, shifts in enumerate(days):
        pile: dict[Kind, list[Shift]] = {}
        for shift in shifts:
            pile.setdefault(_kind(shift), []).append(shift)
        workers = [(p, kind) for p in range(len(work)) if (kind := work[p][day]) is not None]
        for step in range(len(workers)):
            # Another person begins each day, so that the same people do not always take the last break.
            person, kind = workers[(step + day) % len(workers)]
            shift = pile[kind].pop(0)
            out.append(
                RosterRow(
                    f"{prefix}-{person + 1:0{width}d}",
                    team,
                    place,
                    day,
                    day_classes[day],
                    shift.start_s,
                    shift.end_s,
                    shift.meal,
                    shift.breaks,
                    shift.paid_s / 3600,
                )
            )
    return tuple(sorted(out, key=lambda row: (row.day, row.person)))
