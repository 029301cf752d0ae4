"""Rosters of one team: the day shifts handed to named people, within the rules of their contracts and fairly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sim
from scheduler.people import Person, Staff
from scheduler.plan import RosterRow, Shift
from scheduler.rosters import search
from scheduler.rosters.build import Terms, spreads
from scheduler.rosters.problem import OFF, Cover, Kind, Problem, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scheduler.contracts import Contract

WEEK = 7
_TRIES = 4
"""So many more people than the counting bound are tried before a roster is called impossible."""
_WISH = 10
"""Price of a wish of weight 1 of a person whose wishes have been met so far."""
_SHOWN = 8
"""Open shifts that findings name one by one."""


@dataclass(frozen=True)
class Roster:
    """The roster of one team.

    Attributes
    ----------
    rows : tuple of RosterRow
        In order of day, then person.
    people : int
        How many people there are.
    least_people : int
        No roster of these shifts can do with fewer (days and hours counted).
    status : str
        ``optimal`` or ``feasible`` (as to cost, fairness and wishes), ``short`` (shifts stay open that these people may
        not take), ``infeasible`` or ``unknown``.
    limited : bool
        The search was stopped by its time limit, or interrupted.
    findings : tuple of sim.Finding
    open : tuple of (day, Shift)
        Shifts that nobody works.
    objective, bound : float
        Of the roster, and below which no roster of these people can be: open shifts, overtime, unfairness and refused
        wishes, each above all that comes after it.
    wishes : (asked, met)
        Weights of the wishes, and of those that are met.
    """

    rows: tuple[RosterRow, ...]
    people: int
    least_people: int
    status: str
    limited: bool
    findings: tuple[sim.Finding, ...] = ()
    open: tuple[tuple[int, Shift], ...] = ()
    objective: float = math.nan
    bound: float = math.nan
    wishes: tuple[int, int] = (0, 0)

    @property
    def gap(self) -> float:
        """Return (objective − bound) / objective; 0 at objective 0, nan without a roster."""
        return (self.objective - self.bound) / self.objective if self.objective else 0.0


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
    staff: Staff | None = None,
    contracts: Mapping[str, Contract] | None = None,
    overtime: bool = False,
    start: Sequence[RosterRow] | None = None,
    on_better: Callable[[float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Roster:
    """Return a roster in which every shift of every day is worked by one person, if there can be one.

    Parameters
    ----------
    days : sequence of shifts by day
        Whole weeks, from the first day of a week (a Monday).
    day_classes : sequence of str
        Class of each day; ``holiday`` and ``makeup_workday`` mean what the calendar means by them.
    contract : Contract
        Of everybody whose own is not named.
    team, place : str
        Written into the rows.
    prefix : str
        People are called ``prefix-01`` and so on where there is no staff.
    people : int, optional
        How many there are without staff; as few as possible when not given.
    seconds : float
        Time limit of the search, for all tries together.
    seed : int
    staff : Staff, optional
        Named people: its members of this team and place are rostered, with leave, wishes, locks and history. Shifts
        that they may not take stay open; the rest of the roster is made all the same.
    contracts : mapping of id to Contract, optional
        Contracts that people of the staff name.
    overtime : bool
        Hours above those of a week are permitted, within the rules of overtime, and dear.
    start : sequence of RosterRow, optional
        A roster to begin from.
    on_better : callable, optional
        Called with the objective of every better roster.
    stop : callable, optional
        Asked from time to time; True ends the search, and the best roster so far is returned.

    Notes
    -----
    Law first (no rule that is hard is ever broken), then shifts without anybody, then overtime, then the difference
    between who has most and who has least of nights, weekends, holidays, early and late shifts and hours, with what
    each had before; then wishes, and days off that stand together. A price of each is above all that comes after it
    could ever cost. See `scheduler.rosters.search` for how it is solved.
    """
    least = people_needed(days, contract)
    if least == 0 and staff is None:
        return Roster((), 0, 0, "optimal", False)
    if staff is not None:
        mine = staff.members(team, place)
        task = Task(days, day_classes, contract, contracts or {}, mine, staff, overtime)
        return task.solved(team, place, least, seconds, seed, start, on_better, stop)
    if people is not None and people < least:
        return Roster((), 0, least, "infeasible", False, (_too_few(days, contract, team, people, least),))
    tries = [people] if people is not None else list(range(least, least + _TRIES))
    limited = False
    for number in tries:
        width = max(2, len(str(number)))
        named = tuple(Person(f"{prefix}-{p + 1:0{width}d}", "", team, place) for p in range(number))
        task = Task(days, day_classes, contract, {}, named, Staff(named), overtime)
        made = task.solved(team, place, least, seconds, seed, start, on_better, stop)
        limited = limited or made.limited
        if made.rows and not made.open:
            return made
        if stop is not None and stop():
            break
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


def kind_of(shift: Shift) -> Kind:
    """Return the kind of a shift: what rules and fairness look at, without where its breaks lie."""
    return Kind(
        f"{shift.start_s}-{shift.end_s}-{shift.paid_s}",
        shift.start_s,
        shift.end_s,
        shift.paid_s,
        shift.shape,
        shift.skill,
    )


class Task:
    """The shifts and people of one team as a problem, and how to read a roster from its solution."""

    def __init__(
        self,
        days: Sequence[Sequence[Shift]],
        classes: Sequence[str],
        contract: Contract,
        contracts: Mapping[str, Contract],
        people: Sequence[Person],
        staff: Staff,
        overtime: bool,
    ) -> None:
        self.days, self.classes, self.people = days, tuple(classes), tuple(people)
        self.staff = staff.only(person.id for person in people)
        self.contract = contract
        known = {contract.id: contract, **contracts}
        self.contract_of = {one.id: one.contract or contract.id for one in people}
        self.extra = self._fixed_by_hand()
        shifts = [shift for day in days for shift in day] + [shift for _, shift in self.extra]
        self.kinds = tuple(
            sorted({kind_of(shift) for shift in shifts}, key=lambda k: (k.start_s, k.end_s, k.id, k.skill))
        )
        self.number = {kind: k for k, kind in enumerate(self.kinds)}
        self.terms = {name: Terms(known[name], self.kinds, self.classes) for name in set(self.contract_of.values())}
        self.overtime = overtime
        self.problem = self._problem()

    def _fixed_by_hand(self) -> list[tuple[int, Shift]]:
        """Return the shifts that are fixed by hand beyond those that are asked for."""
        there: dict[tuple[int, int, int], int] = {}
        for day, shifts in enumerate(self.days):
            for shift in shifts:
                key = (day, shift.start_s, shift.end_s)
                there[key] = there.get(key, 0) + 1
        out = []
        for lock in self.staff.locks:
            if lock.off or lock.start_s is None or lock.end_s is None or not 0 <= lock.day < len(self.days):
                continue
            key = (lock.day, lock.start_s, lock.end_s)
            if there.get(key, 0) > 0:
                there[key] -= 1
            else:
                out.append((lock.day, self._shift(lock.start_s, lock.end_s)))
        return out

    def _shift(self, start_s: int, end_s: int) -> Shift:
        """Return a shift of these times, with meal and breaks as early as its shape permits."""
        for shape in self.contract.shapes:
            for pattern in shape.patterns:
                if pattern.span_s == end_s - start_s:
                    spans = [
                        (off, (start_s + off.earliest, start_s + off.earliest + off.length_s)) for off in pattern.offs
                    ]
                    meal = tuple(span for off, span in spans if not off.paid)
                    return Shift(shape.name, start_s, end_s, meal, tuple(span for off, span in spans if off.paid))
        return Shift("", start_s, end_s, (), ())

    def _problem(self) -> Problem:
        wishes = 2 * _WISH * sum(wish.weight for wish in self.staff.wishes)
        # Prices from the last to the first of what matters, each above all that comes after it.
        apart = 2 * _WISH * len(self.people) * (len(self.days) // 2 + 1)
        fair = wishes + apart + 1
        unfair = fair * (6 * len(self.days) + 12 * len(self.days))
        late = unfair + 1 if self.overtime else None
        quarters = 36 * 60 * (len(self.days) // 28 + 1) * len(self.people)
        missing = (late * quarters if late else unfair) + 1
        members = tuple(
            self.terms[self.contract_of[one.id]].member(one, self.staff, wish_price=self._owed(one), overtime=late)
            for one in self.people
        )
        covers = []
        for day, shifts in enumerate(self.days):
            wanted: dict[int, int] = {}
            for shift in [*shifts, *(shift for other, shift in self.extra if other == day)]:
                k = self.number[kind_of(shift)]
                wanted[k] = wanted.get(k, 0) + 1
            for k in range(len(self.kinds)):
                covers.append(Cover(day, (k,), wanted.get(k, 0), missing, missing))
        weekends = tuple((day, day + 1) for day in range(5, len(self.days), WEEK))
        shared = spreads(self.terms, self.people, self.staff, self.contract_of, fair)
        return Problem(len(self.days), self.kinds, members, tuple(covers), weekends, shared)

    def _owed(self, person: Person) -> int:
        """Return the price of a person's wishes: up to twice as much for who has been refused so far."""
        past = self.staff.history.get(person.id)
        met, refused = (past.credits.get(name, 0.0) for name in ("wishes_met", "wishes_refused")) if past else (0, 0)
        return _WISH + (round(_WISH * refused / (met + refused)) if refused else 0)

    def solved(
        self,
        team: str,
        place: str,
        least: int,
        seconds: float,
        seed: int,
        start: Sequence[RosterRow] | None,
        on_better: Callable[[float], None] | None,
        stop: Callable[[], bool] | None,
    ) -> Roster:
        """Return the best roster of these people."""
        begin = self.by_hand() if start is None else self.read(start)
        found = search.solve(
            self.problem,
            seconds=seconds,
            seed=seed,
            start=begin,
            on_better=None if on_better is None else lambda _, value: on_better(value),
            stop=stop,
        )
        if found.work is None:
            return Roster((), len(self.people), least, found.status, found.limited, self._impossible(team))
        rows, open_shifts = self.rows(found.work, team, place)
        status = "short" if open_shifts else found.status
        findings = [
            sim.Finding(
                "plan_shift_open", {"team": team, "day": day + 1, "start_s": shift.start_s, "end_s": shift.end_s}
            )
            for day, shift in open_shifts[:_SHOWN]
        ]
        if len(open_shifts) > _SHOWN:
            findings.append(sim.Finding("plan_shifts_open", {"team": team, "shifts": len(open_shifts)}))
        asked, met = self._wishes(found.work)
        if asked:
            findings.append(sim.Finding("plan_wishes_met", {"team": team, "asked": asked, "met": met}))
        return Roster(
            rows,
            len(self.people),
            least,
            status,
            found.limited,
            tuple(findings),
            tuple(open_shifts),
            found.objective,
            found.bound,
            (asked, met),
        )

    def _impossible(self, team: str) -> tuple[sim.Finding, ...]:
        """Name the people whose own rules, leave and locks cannot all be kept."""
        return tuple(
            sim.Finding("plan_person_impossible", {"team": team, "person": person.id})
            for person, fine in zip(self.people, search.legal_days(self.problem), strict=True)
            if not fine
        )

    def _wishes(self, work: Work) -> tuple[int, int]:
        """Return the weight of all wishes, and of those that are met."""
        place = {person.id: p for p, person in enumerate(self.people)}
        asked = met = 0
        for wish in self.staff.wishes:
            if not 0 <= wish.day < len(self.days):
                continue
            kind = work[place[wish.person]][wish.day]
            term = self.terms[self.contract_of[wish.person]]
            about = kind != OFF and term.wanted(wish, self.kinds[kind])
            asked += wish.weight
            met += wish.weight * (about is not (wish.kind in ("off", "not_shape")))
        return asked, met

    def read(self, rows: Sequence[RosterRow]) -> Work | None:
        """Return rows as work; None when they hold what is not asked for here."""
        place = {person.id: p for p, person in enumerate(self.people)}
        times = {(kind.start_s, kind.end_s): k for k, kind in enumerate(self.kinds)}
        work = [[OFF] * len(self.days) for _ in self.people]
        for row in rows:
            if row.person not in place or (row.start_s, row.end_s) not in times:
                return None
            work[place[row.person]][row.day] = times[row.start_s, row.end_s]
        return work

    def by_hand(self) -> Work:
        """Return a start: who has most days left to work goes first, and who ended earliest begins earliest."""
        problem = self.problem
        work = [[OFF] * len(self.days) for _ in self.people]
        total = [0] * len(self.people)
        per_week = self.contract.days_per_week
        longest = self.contract.number("days_in_a_row")
        for day, shifts in enumerate(self.days):
            week = day - day % WEEK
            rank = {}
            for p, member in enumerate(problem.members):
                if not member.can[day]:
                    continue
                left = per_week - sum(kind != OFF for kind in work[p][week:day])
                run = 0
                while run < day and work[p][day - 1 - run] != OFF:
                    run += 1
                rank[p] = (day not in member.must, left <= 0 or run >= longest, -left, run == 0, total[p], p)
            chosen = sorted(rank, key=rank.__getitem__)[: len(shifts)]
            ended = {p: self.kinds[work[p][day - 1]].end_s if day and work[p][day - 1] != OFF else 0 for p in chosen}
            chosen.sort(key=lambda p: (ended[p], total[p], p))
            pile = sorted((self.number[kind_of(shift)] for shift in shifts), key=lambda k: self.kinds[k].start_s)
            for p in chosen:
                kind = next((k for k in pile if k in problem.members[p].can[day]), None)
                if kind is not None:
                    pile.remove(kind)
                    work[p][day] = kind
                    total[p] += self.kinds[kind].paid_s
        return work

    def rows(self, work: Work, team: str, place: str) -> tuple[tuple[RosterRow, ...], list[tuple[int, Shift]]]:
        """Return the rows, and the shifts left over; shifts that differ in their breaks only go round."""
        out: list[RosterRow] = []
        left: list[tuple[int, Shift]] = []
        for day, shifts in enumerate(self.days):
            pile: dict[int, list[Shift]] = {}
            for shift in [*shifts, *(shift for other, shift in self.extra if other == day)]:
                pile.setdefault(self.number[kind_of(shift)], []).append(shift)
            workers = [p for p in range(len(work)) if work[p][day] != OFF]
            for step in range(len(workers)):
                # Another person begins each day, so that the same people do not always take the last break.
                p = workers[(step + day) % len(workers)]
                kind = work[p][day]
                stack = pile.get(kind) or []
                shift = stack.pop(0) if stack else self._shift(self.kinds[kind].start_s, self.kinds[kind].end_s)
                out.append(
                    RosterRow(
                        self.people[p].id,
                        team,
                        place,
                        day,
                        self.classes[day],
                        shift.start_s,
                        shift.end_s,
                        shift.meal,
                        shift.breaks,
                        shift.paid_s / 3600,
                        shift.shape,
                        shift.skill,
                    )
                )
            left += [(day, shift) for stack in pile.values() for shift in stack]
        return tuple(sorted(out, key=lambda row: (row.day, row.person))), left
