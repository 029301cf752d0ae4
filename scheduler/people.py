"""People, and what is known of them before a roster is made: leave, wishes, shifts fixed by hand, what they did before.

`Staff` is what an imported workbook becomes and what a roster is made for. Times are seconds after the midnight with
which the named day begins; day 0 is the first day of the plan, and days before it are negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import sim

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

DAY_S = 86_400
LONGEST_S = 2 * DAY_S
"""No shift ends later than this after the midnight with which its day begins."""
STATUSES = ("pregnant", "nursing", "minor", "trainee")
"""What the labour rules protect or restrict: pregnancy, an infant under one year, under 18, in training."""
WISHES = ("off", "work", "shape", "not_shape", "early", "late")
CREDITS = ("nights", "weekends", "holidays", "early", "late", "wishes_met", "wishes_refused")
"""What fairness remembers from week to week, counted in shifts (or wishes) of this person so far."""

WishKind = Literal["off", "work", "shape", "not_shape", "early", "late"]


@dataclass(frozen=True)
class Person:
    """One member of a team.

    Attributes
    ----------
    id : str
        Unique; written into roster rows and, as it is, into staffing rows of the scenario.
    name : str
        As people write it; the id where it is empty.
    team, place : str
        Team of the scenario and the place at which the person works.
    skills : tuple of str
        What the person may do: names of services, or of qualifications that a shift may ask for.
    contract : str
        Id of the labour rules; those of the plan where it is empty.
    hours_per_week : float, optional
        Agreed hours where they are fewer than the rules permit (part time).
    wage_per_hour : float, optional
        In the scenario's currency; the team's where None.
    status : tuple of str
        Of `STATUSES`.
    from_day, to_day : int, optional
        First and last day of the plan on which the person is employed.
    """

    id: str
    name: str = ""
    team: str = ""
    place: str = ""
    skills: tuple[str, ...] = ()
    contract: str = ""
    hours_per_week: float | None = None
    wage_per_hour: float | None = None
    status: tuple[str, ...] = ()
    from_day: int | None = None
    to_day: int | None = None

    def employed(self, day: int) -> bool:
        """Tell whether the person is employed on a day of the plan."""
        return (self.from_day is None or day >= self.from_day) and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True)
class Leave:
    """Time at which a person cannot work: the whole day, or from `from_s` to `to_s` of it."""

    person: str
    day: int
    from_s: int | None = None
    to_s: int | None = None
    kind: str = "annual"
    """What kind of leave, in the user's own word (annual, sick, training …)."""

    def meets(self, start_s: int, end_s: int) -> bool:
        """Tell whether a shift of the same day from `start_s` to `end_s` would fall into the leave."""
        begin = 0 if self.from_s is None else self.from_s
        end = DAY_S if self.to_s is None else self.to_s
        # A shift that begins before midnight ends in the next day: the leave of its own day says nothing of that part.
        return start_s < end and min(end_s, DAY_S) > begin


@dataclass(frozen=True)
class Wish:
    """What a person would like on one day, with a weight; wishes are kept as well as law, cover and cost permit.

    ``off``: no shift · ``work``: any shift · ``shape`` and ``not_shape``: this shift, not this shift · ``early`` and
    ``late``: a shift that the rules call so.
    """

    person: str
    day: int
    kind: WishKind
    shape: str | None = None
    weight: int = 1


@dataclass(frozen=True)
class Lock:
    """What is fixed by hand: this shift on this day (`start_s` to `end_s`), or no shift (`off`)."""

    person: str
    day: int
    start_s: int | None = None
    end_s: int | None = None
    off: bool = False


@dataclass(frozen=True)
class History:
    """What a person did before the first day of the plan.

    Attributes
    ----------
    last_end_s : int, optional
        End of the last shift, seconds after the midnight of day 0 (so usually negative); unknown or long ago: None.
    days_in_a_row : int
        Days worked without a day off up to the day before the plan; 0 when that day was off.
    days_off : int
        Days off up to the day before the plan, when that day was off; 0: not known, long enough.
    month_overtime_s, period_s, year_overtime_s : int
        Overtime of this calendar month and of this year so far; paid time of the averaging period so far.
    credits : mapping of str to float
        Of `CREDITS`: what fairness remembers.
    """

    person: str
    last_end_s: int | None = None
    days_in_a_row: int = 0
    days_off: int = 0
    month_overtime_s: int = 0
    period_s: int = 0
    year_overtime_s: int = 0
    credits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Violation:
    """What a check found broken.

    Attributes
    ----------
    rule : str
        Name of the labour rule, or ``leave``, ``lock``, ``skill``, ``employment``, ``one_shift_a_day``, ``shape`` …
    person : str
    day : int
        Day of the plan on which it shows (of a week or a period: its last day).
    value, limit : float
        What was found and what is permitted, in `unit`.
    unit : str
        ``h``, ``min``, ``day`` or ``""`` (a number of things).
    source : sim.Text, optional
        Law or company rule; None where the person's own agreement or a lock says so.
    hard : bool
        False for rules that a roster keeps as well as it can.
    """

    rule: str
    person: str
    day: int
    value: float
    limit: float
    unit: str = ""
    source: sim.Text | None = None
    hard: bool = True


@dataclass(frozen=True)
class Staff:
    """The people for whom a roster is made, and all that is known of them."""

    people: tuple[Person, ...] = ()
    leaves: tuple[Leave, ...] = ()
    wishes: tuple[Wish, ...] = ()
    locks: tuple[Lock, ...] = ()
    histories: tuple[History, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Person]:
        """Return id → person."""
        return {person.id: person for person in self.people}

    @cached_property
    def history(self) -> dict[str, History]:
        """Return id → history, for those of whom one is known."""
        return {one.person: one for one in self.histories}

    def members(self, team: str, place: str | None = None) -> tuple[Person, ...]:
        """Return the people of a team, at one of its places when given."""
        return tuple(
            one for one in self.people if one.team == team and (place is None or one.place in ("", "*", place))
        )

    def only(self, people: Iterable[str]) -> Staff:
        """Return the staff of these ids alone, with what is known of them."""
        ids = set(people)
        return Staff(
            tuple(one for one in self.people if one.id in ids),
            tuple(one for one in self.leaves if one.person in ids),
            tuple(one for one in self.wishes if one.person in ids),
            tuple(one for one in self.locks if one.person in ids),
            tuple(one for one in self.histories if one.person in ids),
        )

    def check(
        self,
        *,
        days: int | None = None,
        teams: Collection[str] | None = None,
        contracts: Collection[str] | None = None,
        shapes: Collection[str] | None = None,
        file: str = "people",
    ) -> None:
        """Refuse what cannot be: unknown people, teams, contracts or shapes, days outside the plan, times turned round.

        Parameters
        ----------
        days : int, optional
            Days of the plan; leaves, wishes and locks of other days are refused when given.
        teams, contracts, shapes : collections of str, optional
            What there is; not looked at when None.
        file : str
            Named in the faults.

        Raises
        ------
        sim.InputError
            With every fault at once; `field` is ``people.3.team`` and the like, counted from 0.
        """
        faults = list(self._faults(days, teams, contracts, shapes, file))
        if faults:
            raise sim.InputError(faults)

    def _faults(
        self,
        days: int | None,
        teams: Collection[str] | None,
        contracts: Collection[str] | None,
        shapes: Collection[str] | None,
        file: str,
    ) -> Iterator[sim.Fault]:
        yield from self._of_people(teams, contracts, file)
        seen = set(self.by_id)
        dated: tuple[tuple[str, tuple[Leave | Wish | Lock, ...]], ...] = (
            ("leaves", self.leaves),
            ("wishes", self.wishes),
            ("locks", self.locks),
        )
        for name, rows in dated:
            for number, row in enumerate(rows):
                if days is not None and not 0 <= row.day < days:
                    yield sim.Fault("day_outside_plan", file, f"{name}.{number}.day", row.day + 1, {"days": days})
        known: tuple[tuple[str, tuple[Leave | Wish | Lock | History, ...]], ...] = (
            *dated,
            ("histories", self.histories),
        )
        for name, ones in known:
            for number, one in enumerate(ones):
                if one.person not in seen:
                    yield sim.Fault("staff_unknown_person", file, f"{name}.{number}.person", one.person)
        for number, leave in enumerate(self.leaves):
            yield from _span(leave.from_s, leave.to_s, DAY_S, file, f"leaves.{number}")
        for number, lock in enumerate(self.locks):
            if lock.off is (lock.start_s is not None):
                yield sim.Fault("lock_unclear", file, f"locks.{number}")
            yield from _span(lock.start_s, lock.end_s, LONGEST_S, file, f"locks.{number}")
        for number, wish in enumerate(self.wishes):
            yield from _wish(wish, shapes, file, f"wishes.{number}")
        for number, past in enumerate(self.histories):
            for name in ("days_in_a_row", "days_off", "month_overtime_s", "period_s", "year_overtime_s"):
                if getattr(past, name) < 0:
                    value = getattr(past, name)
                    yield sim.Fault("greater_than_equal", file, f"histories.{number}.{name}", value, {"limit": 0})

    def _of_people(
        self, teams: Collection[str] | None, contracts: Collection[str] | None, file: str
    ) -> Iterator[sim.Fault]:
        seen: set[str] = set()
        for number, one in enumerate(self.people):
            at = f"people.{number}"
            if not one.id:
                yield sim.Fault("staff_without_id", file, f"{at}.id")
            if one.id in seen:
                yield sim.Fault("staff_twice", file, f"{at}.id", one.id)
            seen.add(one.id)
            if teams is not None and one.team not in teams:
                yield sim.Fault("unknown_team", file, f"{at}.team", one.team, {"known": ", ".join(sorted(teams))})
            if contracts is not None and one.contract and one.contract not in contracts:
                known = {"known": ", ".join(sorted(contracts))}
                yield sim.Fault("unknown_contract", file, f"{at}.contract", one.contract, known)
            for status in one.status:
                if status not in STATUSES:
                    yield sim.Fault("unknown_status", file, f"{at}.status", status, {"known": ", ".join(STATUSES)})
            for name in ("hours_per_week", "wage_per_hour"):
                value = getattr(one, name)
                if value is not None and not 0 <= value < float("inf"):
                    yield sim.Fault("greater_than_equal", file, f"{at}.{name}", value, {"limit": 0})
            if one.from_day is not None and one.to_day is not None and one.to_day < one.from_day:
                yield sim.Fault("ends_before_it_begins", file, f"{at}.to_day", one.to_day)


def _wish(wish: Wish, shapes: Collection[str] | None, file: str, at: str) -> Iterator[sim.Fault]:
    """Yield what is wrong with a wish."""
    if wish.kind not in WISHES:
        yield sim.Fault("unknown_wish", file, f"{at}.kind", wish.kind, {"known": ", ".join(WISHES)})
    if wish.weight < 1:
        yield sim.Fault("greater_than_equal", file, f"{at}.weight", wish.weight, {"limit": 1})
    named = bool(wish.shape) and (shapes is None or wish.shape in shapes)
    if wish.kind in ("shape", "not_shape") and not named:
        yield sim.Fault("unknown_shape", file, f"{at}.shape", wish.shape, {"known": ", ".join(sorted(shapes or ()))})


def _span(begin: int | None, end: int | None, longest_s: int, file: str, at: str) -> Iterator[sim.Fault]:
    """Yield what is wrong with a pair of times of which both or neither may be given."""
    if (begin is None) != (end is None):
        yield sim.Fault("one_of_two_times", file, at)
    elif begin is not None and end is not None:
        if end <= begin:
            yield sim.Fault("ends_before_it_begins", file, at, end)
        if begin < 0 or begin >= DAY_S or end > longest_s:
            yield sim.Fault("outside_the_day", file, at, begin)
