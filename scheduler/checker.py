"""Checks a roster against labour rules, leave and what is fixed by hand, by reading it row by row.

It shares no code with the engines that make rosters and needs no solver: what they say is not believed but looked at.
Rosters that people have edited go through the same check.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from scheduler.contracts import Contract, contract
from scheduler.people import Staff, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from scheduler.people import Person
    from scheduler.plan import RosterRow

_DAY_S = 86_400
_HOUR_S = 3600
_WEEK = 7
_MONTH_WEEKS = 4
_TINY = 1e-9


def check(
    rows: Sequence[RosterRow],
    staff: Staff | None,
    contract: str | Path | Contract,
    *,
    days: int | None = None,
    classes: Sequence[str] = (),
    contracts: Mapping[str, Contract] | None = None,
    overtime: bool = False,
) -> tuple[Violation, ...]:
    """Return everything in a roster that labour rules, leave or locks forbid, in order of person and day.

    Parameters
    ----------
    rows : sequence of RosterRow
    staff : Staff, optional
        Who the people are; people it does not know are held to `contract` alone.
    contract : str, Path or Contract
        Labour rules of everybody whose own are not named.
    days : int, optional
        Days of the plan; whole weeks over all rows when not given.
    classes : sequence of str
        Calendar class of each day; those of the rows where not given. Only make-up workdays matter here.
    contracts : mapping of id to Contract, optional
        Contracts that people of the staff name; shipped ones are found by themselves.
    overtime : bool
        Hours above those of a week are allowed within the rules of overtime; else they are a violation.

    Raises
    ------
    sim.InputError
        Unknown contract.
    """
    known = dict(contracts or {})
    rules = _contract(contract)
    last = max((row.day for row in rows), default=-1) + 1
    length = days if days is not None else -(-last // _WEEK) * _WEEK
    named = {row.day: row.day_class for row in rows}
    kinds = [classes[day] if day < len(classes) else named.get(day, "") for day in range(length)]
    of_person: dict[str, list[RosterRow]] = defaultdict(list)
    for row in rows:
        of_person[row.person].append(row)
    people = staff or Staff()
    out: list[Violation] = []
    for person in sorted({*of_person, *people.by_id}):
        mine = sorted(of_person.get(person, []), key=lambda row: (row.day, row.start_s))
        one = people.by_id.get(person)
        terms = rules
        if one is not None and one.contract and one.contract != rules.id:
            terms = known.get(one.contract) or _contract(one.contract)
        look = _Look(person, one, people, terms, mine, kinds, overtime)
        out += sorted(look.all(), key=lambda found: (found.day, found.rule))
    return tuple(out)


def _contract(name: str | Path | Contract) -> Contract:
    return name if isinstance(name, Contract) else contract(name)


class _Look:
    """What one person's rows are held to."""

    def __init__(
        self,
        person: str,
        known: Person | None,
        staff: Staff,
        terms: Contract,
        rows: Sequence[RosterRow],
        kinds: Sequence[str],
        overtime: bool,
    ) -> None:
        self.person, self.known, self.terms, self.rows, self.kinds = person, known, terms, rows, kinds
        self.leaves = [leave for leave in staff.leaves if leave.person == person]
        self.locks = [lock for lock in staff.locks if lock.person == person]
        self.past = next((one for one in staff.histories if one.person == person), None)
        self.protected = bool(known and {"pregnant", "nursing", "minor"} & set(known.status))
        self.overtime = overtime and not (self.protected and self._says("no_overtime_when_protected"))
        self.worked = [False] * len(kinds)
        for row in rows:
            if 0 <= row.day < len(kinds):
                self.worked[row.day] = True

    def all(self) -> Iterator[Violation]:
        """Yield every violation."""
        yield from self._by_hand()
        for row in self.rows:
            yield from self._row(row)
        yield from self._neighbours()
        yield from self._runs()
        yield from self._weeks()
        yield from self._horizon()

    # --------------------------------------------------------------------------------------- small things

    def _says(self, rule: str) -> bool:
        return rule in self.terms.rules and bool(self.terms.rules[rule].value)

    def _value(self, rule: str) -> float | None:
        """Return a rule that counts, or one of time in seconds; None where there is none."""
        if rule not in self.terms.rules:
            return None
        one = self.terms.rules[rule]
        return one.value * {"h": 3600.0, "min": 60.0}.get(one.unit, 1.0)

    def _broken(self, rule: str, day: int, value: float, limit: float, unit: str) -> Violation:
        one = self.terms.rules.get(rule)
        hard = one is None or one.kind == "hard"
        return Violation(
            rule, self.person, day, round(value, 4), round(limit, 4), unit, one.source if one else None, hard
        )

    # ------------------------------------------------------------------------------------- leave, locks

    def _by_hand(self) -> Iterator[Violation]:
        for row in self.rows:
            if self.known is not None and not self.known.employed(row.day):
                yield self._broken("employment", row.day, 1, 0, "")
            if self.known is not None and row.skill and row.skill not in self.known.skills:
                yield self._broken("skill", row.day, 0, 1, "")
            for leave in self.leaves:
                # Both in seconds from the midnight of day 0: a shift past midnight may run into the next day's leave.
                begin = leave.day * _DAY_S + (0 if leave.from_s is None else leave.from_s)
                end = leave.day * _DAY_S + (_DAY_S if leave.to_s is None else leave.to_s)
                whole = leave.from_s is None
                start = row.day * _DAY_S + row.start_s
                stop = row.day * _DAY_S + (row.start_s + 1 if whole and leave.day != row.day else row.end_s)
                if start < end and max(stop, start + 1) > begin:
                    yield self._broken("leave", row.day, 1, 0, "")
        for lock in self.locks:
            mine = [row for row in self.rows if row.day == lock.day]
            if lock.off and mine:
                yield self._broken("lock", lock.day, 1, 0, "")
            if not lock.off and not any((row.start_s, row.end_s) == (lock.start_s, lock.end_s) for row in mine):
                yield self._broken("lock", lock.day, 0, 1, "")

    # ----------------------------------------------------------------------------------------- one shift

    def _row(self, row: RosterRow) -> Iterator[Violation]:
        unpaid = sum(b - a for a, b in row.meal)
        span = row.end_s - row.start_s
        if span and abs(row.paid_hours * _HOUR_S - (span - unpaid)) > 1:
            yield self._broken("paid_hours", row.day, row.paid_hours, (span - unpaid) / _HOUR_S, "h")
        most = self._value("hours_per_day")
        if most is not None:
            more = self._value(
                "overtime_per_day_special" if self._says("overtime_per_day_special") else "overtime_per_day"
            )
            limit = most + (more or 0.0 if self.overtime else 0.0)
            if row.paid_hours * _HOUR_S > limit + 1:
                yield self._broken("hours_per_day", row.day, row.paid_hours, limit / _HOUR_S, "h")
        grid, latest = self._value("start_grid"), self._value("latest_end")
        if grid and row.start_s % grid:
            yield self._broken("start_grid", row.day, row.start_s / 60, grid / 60, "min")
        if latest and row.end_s > latest:
            yield self._broken("latest_end", row.day, row.end_s / _HOUR_S, latest / _HOUR_S, "h")
        for a, b in [*row.meal, *row.breaks]:
            if a < row.start_s or b > row.end_s or b <= a:
                yield self._broken("break_outside_shift", row.day, a / _HOUR_S, row.start_s / _HOUR_S, "h")
        offs = sorted([*row.meal, *row.breaks])
        for (_, end), (begin, _) in itertools.pairwise(offs):
            if begin < end:
                yield self._broken("breaks_overlap", row.day, begin / _HOUR_S, end / _HOUR_S, "h")
        if self.protected and self._says("no_nights_when_protected") and self._night(row):
            yield self._broken("no_nights_when_protected", row.day, 1, 0, "")

    def _night(self, row: RosterRow) -> bool:
        begin, end = self._value("night_from"), self._value("night_to")
        return begin is not None and end is not None and (row.start_s < end or row.end_s > begin)

    # ---------------------------------------------------------------------------------------- day to day

    def _neighbours(self) -> Iterator[Violation]:
        rest = self._value("daily_rest")
        never = set(self.terms.rules["may_not_follow"].pairs) if self._says("may_not_follow") else set()
        for before, after in itertools.pairwise(self.rows):
            if after.day == before.day:
                yield self._broken("one_shift_a_day", after.day, 2, 1, "")
            pause = (after.day - before.day) * _DAY_S + after.start_s - before.end_s
            if rest is not None and pause < rest - _TINY:
                yield self._broken("daily_rest", after.day, pause / _HOUR_S, rest / _HOUR_S, "h")
            if after.day == before.day + 1 and (before.shape, after.shape) in never:
                yield self._broken("may_not_follow", after.day, 1, 0, "")
        if self.rows and self.past is not None and self.past.last_end_s is not None and rest is not None:
            first = self.rows[0]
            pause = first.day * _DAY_S + first.start_s - self.past.last_end_s
            if pause < rest - _TINY:
                yield self._broken("daily_rest", first.day, pause / _HOUR_S, rest / _HOUR_S, "h")

    def _runs(self) -> Iterator[Violation]:
        """Look at days in a row: runs at work and off, those of nights, and what history adds to the first."""
        most, least = self._value("days_in_a_row"), self._value("least_days_in_a_row")
        rest = self._value("least_days_off_in_a_row")
        begin = 0
        for at_work, group in itertools.groupby(self.worked):
            run = len(list(group))
            end = begin + run - 1
            known = False
            whole = run
            if begin == 0 and self.past is not None:
                before = self.past.days_in_a_row if at_work else self.past.days_off
                known = bool(self.past.days_in_a_row or self.past.days_off)
                whole += before
            if at_work and most is not None and whole > most:
                yield self._broken("days_in_a_row", end, whole, most, "day")
            inside = end < len(self.worked) - 1 and (begin > 0 or known)
            floor = least if at_work else rest
            if inside and floor is not None and whole < floor:
                rule = "least_days_in_a_row" if at_work else "least_days_off_in_a_row"
                yield self._broken(rule, end, whole, floor, "day")
            begin = end + 1
        nights = self._value("nights_in_a_row")
        at_night = {row.day for row in self.rows if self._night(row)}
        run = 0
        for day in range(len(self.worked)):
            run = run + 1 if day in at_night else 0
            if nights is not None and run > nights:
                yield self._broken("nights_in_a_row", day, run, nights, "day")

    # ----------------------------------------------------------------------------------------- weeks, all

    def _hours(self, first: int, last: int) -> float:
        return sum(row.paid_hours for row in self.rows if first <= row.day <= last)

    def _weeks(self) -> Iterator[Violation]:
        off, rest = self._value("days_off_per_week") or 0, self._value("rest_days_per_week") or 0
        limit_s = self._value("hours_per_week")
        above: list[tuple[int, float]] = []
        for first in range(0, len(self.kinds), _WEEK):
            last = min(first + _WEEK, len(self.kinds)) - 1
            if last - first + 1 < _WEEK:
                continue
            extra = 0
            if self._says("makeup_workdays"):
                extra = sum(kind == "makeup_workday" for kind in self.kinds[first : last + 1])
            free = _WEEK - sum(self.worked[first : last + 1])
            wanted = max(rest, (rest if self.overtime else off) - extra)
            if free < wanted:
                rule = "rest_days_per_week" if free < rest else "days_off_per_week"
                yield self._broken(rule, last, free, rest if rule == "rest_days_per_week" else wanted, "day")
            if limit_s is None:
                continue
            limit = limit_s / _HOUR_S
            if self.known is not None and self.known.hours_per_week is not None:
                limit = min(limit, self.known.hours_per_week)
            limit += extra * (self._value("hours_per_day") or 0) / _HOUR_S
            hours = self._hours(first, last)
            if hours > limit + 1e-6:
                above.append((last, hours - limit))
                if not self.overtime:
                    yield self._broken("hours_per_week", last, hours, limit, "h")
        yield from self._overtime(above)
        yield from self._weekends()

    def _overtime(self, above: Sequence[tuple[int, float]]) -> Iterator[Violation]:
        limit_s = self._value("overtime_per_month")
        if not self.overtime or limit_s is None:
            return
        before = self.past.month_overtime_s / _HOUR_S if self.past is not None else 0.0
        for first in range(0, len(self.kinds), _MONTH_WEEKS * _WEEK):
            month = [(day, hours) for day, hours in above if first <= day < first + _MONTH_WEEKS * _WEEK]
            total = sum(hours for _, hours in month) + (before if first == 0 else 0.0)
            if month and total > limit_s / _HOUR_S + 1e-6:
                yield self._broken("overtime_per_month", month[-1][0], total, limit_s / _HOUR_S, "h")

    def _weekends(self) -> Iterator[Violation]:
        most = self._value("weekends")
        pairs = range(5, len(self.worked), _WEEK)
        worked = [day for day in pairs if any(self.worked[day : day + 2])]
        if most is not None and len(worked) > most:
            yield self._broken("weekends", worked[-1], len(worked), most, "weekend")

    def _horizon(self) -> Iterator[Violation]:
        last = len(self.kinds) - 1
        hours = self._hours(0, last)
        high, low = self._value("hours_per_horizon"), self._value("least_hours_per_horizon")
        if high is not None and hours * _HOUR_S > high + 1:
            yield self._broken("hours_per_horizon", last, hours, high / _HOUR_S, "h")
        if low is not None and hours * _HOUR_S < low - 1:
            yield self._broken("least_hours_per_horizon", last, hours, low / _HOUR_S, "h")
        if "shifts_of_a_kind" in self.terms.rules:
            for name, most in self.terms.rules["shifts_of_a_kind"].by.items():
                number = sum(row.shape == name for row in self.rows)
                if number > most:
                    yield self._broken("shifts_of_a_kind", last, number, most, "shift")
        average = self._value("average_hours_per_week")
        if average is None:
            return
        weekly = average / _HOUR_S
        if self.known is not None and self.known.hours_per_week is not None:
            weekly = min(weekly, self.known.hours_per_week)
        period = _WEEK * int(self._value("period_weeks") or 1)
        for first in range(0, last + 1, period):
            end = min(first + period, last + 1) - 1
            done = self._hours(first, end)
            limit = weekly * (end - first + 1) / _WEEK
            if first == 0 and self.past is not None and self.past.period_s:
                done, limit = done + self.past.period_s / _HOUR_S, weekly * period / _WEEK
            if done > limit + 1e-6:
                yield self._broken("average_hours_per_week", end, done, limit, "h")
