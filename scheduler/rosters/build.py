"""From labour rules and people to the form that the engines solve: every rule of a contract is put into it here."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.contracts import DAY_S, HOUR_S, MINUTE_S, Contract
from scheduler.rosters.problem import Line, Member, Spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.people import Person, Staff, Wish
    from scheduler.rosters.problem import Kind

WEEK = 7
MONTH_WEEKS = 52 / 12
"""Weeks of a month, for rules of a month that a plan of weeks must keep in whichever month it falls."""
MAKEUP = "makeup_workday"
HOLIDAY = "holiday"
Item = tuple[str, str, int]
"""(rule, person, day) of what may be relaxed."""
BURDENS = ("nights", "weekends", "holidays", "early", "late", "hours")


class Terms:
    """What one contract says of one set of kinds of shift, worked out once for all who have it."""

    def __init__(self, contract: Contract, kinds: Sequence[Kind], classes: Sequence[str]) -> None:
        self.contract, self.kinds, self.classes, self.days = contract, kinds, classes, len(classes)
        self.night = [contract.night(kind.start_s, kind.end_s) for kind in kinds]
        rest = contract.seconds("daily_rest") if contract.has("daily_rest") else None
        never = set(contract.rules["may_not_follow"].pairs) if contract.has("may_not_follow") else set()
        self.clash = frozenset(
            (i, j)
            for i, before in enumerate(kinds)
            for j, after in enumerate(kinds)
            if (rest is not None and before.end_s and DAY_S + after.start_s - before.end_s < rest)
            or (before.shape, after.shape) in never
        )

    def burden(self, name: str) -> dict[tuple[int, int], int]:
        """Return (day, kind) → how much of a burden it is: 1, or hours for ``hours``."""
        contract = self.contract
        out = {}
        for day, name_of_day in enumerate(self.classes):
            for k, kind in enumerate(self.kinds):
                score = {
                    "nights": int(self.night[k]),
                    "weekends": int(day % WEEK >= 5),
                    "holidays": int(name_of_day == HOLIDAY),
                    "early": int(contract.has("early_before") and kind.start_s < contract.seconds("early_before")),
                    "late": int(contract.has("late_after") and kind.end_s > contract.seconds("late_after")),
                    "hours": kind.paid_s // HOUR_S,
                }[name]
                if score:
                    out[day, k] = score
        return out

    def member(self, person: Person, staff: Staff, *, wish_price: int, overtime: int | None) -> Member:
        """Return a person under these terms.

        Parameters
        ----------
        wish_price : int
            Price of a wish of weight 1 that is not kept.
        overtime : int, optional
            Price of a minute above the hours of a week; None: there is no overtime.
        """
        contract = self.contract
        past = staff.history.get(person.id)
        safe = bool(set(person.status) & {"pregnant", "nursing", "minor"})
        if safe and contract.has("no_overtime_when_protected"):
            overtime = None
        can, must = self._possible(person, staff, safe)
        cost, base = self._wished([wish for wish in staff.wishes if wish.person == person.id], wish_price)
        together = contract.has("days_off_together")
        return Member(
            person.id,
            can,
            must,
            cost,
            base,
            contract.most("days_in_a_row"),
            contract.most("least_days_in_a_row"),
            contract.most("least_days_off_in_a_row"),
            past.days_in_a_row if past else 0,
            past.days_off if past else 0,
            self.clash,
            contract.most("weekends") if contract.has("weekends") else None,
            wish_price if together else 0,
            tuple(self._lines(person, staff, overtime)),
        )

    def _possible(self, person: Person, staff: Staff, safe: bool) -> tuple[tuple[tuple[int, ...], ...], frozenset[int]]:
        """Return the kinds that are possible on each day, and the days that are fixed to be worked."""
        contract = self.contract
        leaves = [leave for leave in staff.leaves if leave.person == person.id]
        locks = {lock.day: lock for lock in staff.locks if lock.person == person.id}
        past = staff.history.get(person.id)
        rest = contract.seconds("daily_rest") if contract.has("daily_rest") else 0
        none = contract.rules["shifts_of_a_kind"].by if contract.has("shifts_of_a_kind") else {}
        out, must = [], set()
        for day in range(self.days):
            lock = locks.get(day)
            possible = []
            for k, kind in enumerate(self.kinds):
                possible_here = (
                    person.employed(day)
                    and (not kind.skill or kind.skill in person.skills)
                    and not (safe and self.night[k] and contract.has("no_nights_when_protected"))
                    and none.get(kind.shape, 1) > 0
                    and not any(leave.day == day and leave.meets(kind.start_s, kind.end_s or 1) for leave in leaves)
                    and not (
                        day == 0 and past and past.last_end_s is not None and kind.start_s - past.last_end_s < rest
                    )
                )
                if lock is not None:
                    # What is fixed by hand stands, whatever else is known.
                    possible_here = not lock.off and (kind.start_s, kind.end_s) == (lock.start_s, lock.end_s)
                if possible_here:
                    possible.append(k)
            if lock is not None and not lock.off:
                must.add(day)
            out.append(tuple(possible))
        return tuple(out), frozenset(must)

    def softened(self, person: Person, staff: Staff, prices: Mapping[str, int], allow: Mapping[Item, int]) -> Member:
        """Return a person whose rules have a price, as far as `prices` names them, beyond what is allowed for nothing.

        Parameters
        ----------
        prices : mapping of rule to int
            Price of a minute (of hours), a day or a time; also of ``leave`` and ``lock``. Rules without one stand.
        allow : mapping of (rule, person, day) to int
            By how much a rule may be broken without a price; of a leave or a lock: it does not count.
        """
        bare = staff.only([person.id])
        gone = {(item[0], item[2]) for item in allow if item[1] == person.id}
        leaves = tuple(one for one in bare.leaves if ("leave", one.day) not in gone)
        locks = tuple(one for one in bare.locks if ("lock", one.day) not in gone)
        held = replace(bare, leaves=leaves, locks=locks)
        free = replace(
            bare, leaves=() if "leave" in prices else leaves, locks=() if "lock" in prices else locks, wishes=()
        )
        strict = self.member(person, held, wish_price=0, overtime=None)
        member = self.member(person, free, wish_price=0, overtime=None)
        cost: dict[tuple[int, int], int] = {}
        base = 0
        fixed = {lock.day: lock for lock in locks} if "lock" in prices else {}
        for day in range(self.days):
            there = set(strict.can[day])
            for k in member.can[day]:
                if k not in there and day not in fixed:
                    cost[day, k] = prices["leave"]
            lock = fixed.get(day)
            if lock is not None and lock.off:
                cost |= {(day, k): prices["lock"] for k in member.can[day]}
            elif lock is not None:
                base += prices["lock"]
                cost |= {(day, k): -prices["lock"] for k in there}
        can = tuple(
            tuple(sorted({*kinds, *strict.can[day]})) if day in fixed and not fixed[day].off else kinds
            for day, kinds in enumerate(member.can)
        )
        lines = [*self._lines_softened(person, free), *self._runs_as_lines(member), *self._rest_as_lines(member, can)]
        priced = tuple(
            replace(
                line,
                high=line.high if line.high is None else line.high + allow.get((line.rule, person.id, line.day), 0),
                excess=prices.get(line.rule),
            )
            for line in lines
        )
        return replace(
            member, can=can, must=strict.must if "lock" not in prices else frozenset(), cost=cost, base=base,
            most_on=0, clash=frozenset(), stop_price=0, lines=priced,
        )  # fmt: skip

    def _lines_softened(self, person: Person, staff: Staff) -> list[Line]:
        """Return the lines without overtime, and those that hold however dear: rest days, and overtime of a month."""
        out = self._lines(person, staff, None)
        past = staff.history.get(person.id)
        safe = bool(set(person.status) & {"pregnant", "nursing", "minor"})
        if safe and self.contract.has("no_overtime_when_protected"):
            out = [
                replace(line, rule="no_overtime_when_protected") if line.rule == "hours_per_week" else line
                for line in out
            ]
        for line in list(out):
            days = [day for day, _, _ in line.terms]
            if line.rule == "hours_per_week":
                week = range(min(days), max(days) + 1)
                out += self._week(person, line.terms, week, 0, past.month_overtime_s if past else 0)[1:]
            elif line.rule == "days_off_per_week":
                out.append(
                    replace(line, rule="rest_days_per_week", high=WEEK - self.contract.number("rest_days_per_week"))
                )
        return out

    def _runs_as_lines(self, member: Member) -> list[Line]:
        """Return the rule of days in a row as sums over windows."""
        longest, out = member.most_on, []
        every = range(len(self.kinds))
        for first in range(-min(member.before_on, longest), self.days - longest) if longest else ():
            window = range(max(0, first), first + longest + 1)
            terms = tuple((day, k, 1) for day in window for k in every)
            out.append(Line("days_in_a_row", window[-1], terms, None, longest - max(0, -first)))
        return out

    def _rest_as_lines(self, member: Member, can: Sequence[Sequence[int]]) -> list[Line]:
        """Return what may not follow what as sums of two days, one for each day and kind that is followed."""
        out = []
        after: dict[int, list[int]] = {}
        for before, later in sorted(member.clash):
            after.setdefault(before, []).append(later)
        for day in range(self.days - 1):
            for before, kinds in after.items():
                clashing = [k for k in kinds if k in can[day + 1]]
                if before in can[day] and clashing:
                    terms = ((day, before, 1), *((day + 1, k, 1) for k in clashing))
                    out.append(Line("daily_rest", day + 1, terms, None, 1))
        return out

    def _wished(self, wishes: Sequence[Wish], price: int) -> tuple[dict[tuple[int, int], int], int]:
        """Return what wishes make of the cost of a day and kind, and the base."""
        cost: dict[tuple[int, int], int] = {}
        base = 0
        for wish in wishes:
            if not 0 <= wish.day < self.days:
                continue
            against = wish.kind in ("off", "not_shape")
            for k, kind in enumerate(self.kinds):
                if self.wanted(wish, kind):
                    cost[wish.day, k] = cost.get((wish.day, k), 0) + (1 if against else -1) * wish.weight * price
            if not against:
                base += wish.weight * price
        return cost, base

    def wanted(self, wish: Wish, kind: Kind) -> bool:
        """Tell whether a wish (or, of ``off`` and ``not_shape``, its opposite) is about a kind of shift."""
        contract = self.contract
        if wish.kind in ("shape", "not_shape"):
            return wish.shape in (kind.shape, kind.id)
        if wish.kind == "early":
            return contract.has("early_before") and kind.start_s < contract.seconds("early_before")
        if wish.kind == "late":
            return contract.has("late_after") and kind.end_s > contract.seconds("late_after")
        return True

    def _lines(self, person: Person, staff: Staff, overtime: int | None) -> list[Line]:
        out: list[Line] = []
        contract = self.contract
        every = range(len(self.kinds))
        minutes = [kind.paid_s // MINUTE_S for kind in self.kinds]
        past = staff.history.get(person.id)
        for week in range(0, self.days, WEEK):
            days = range(week, min(week + WEEK, self.days))
            hours = tuple((day, k, minutes[k]) for day in days for k in every)
            if contract.has("hours_per_week"):
                out += self._week(person, hours, days, overtime, past.month_overtime_s if past else 0)
            if contract.has("days_off_per_week"):
                ones = tuple((day, k, 1) for day in days for k in every)
                rest = contract.number("rest_days_per_week")
                most = WEEK - (rest if overtime is not None else max(contract.number("days_off_per_week"), rest))
                most = min(WEEK - rest, most + self._makeup(days))
                out.append(Line("days_off_per_week", days[-1], ones, None, most))
        if contract.has("average_hours_per_week"):
            out += self._periods(person, minutes, past.period_s if past else 0)
        whole = tuple((day, k, minutes[k]) for day in range(self.days) for k in every)
        low = (
            contract.seconds("least_hours_per_horizon") // MINUTE_S if contract.has("least_hours_per_horizon") else None
        )
        high = contract.seconds("hours_per_horizon") // MINUTE_S if contract.has("hours_per_horizon") else None
        if low is not None or high is not None:
            out.append(Line("hours_per_horizon", self.days - 1, whole, low, high))
        if contract.has("shifts_of_a_kind"):
            for name, most_of in contract.rules["shifts_of_a_kind"].by.items():
                terms = tuple((day, k, 1) for day in range(self.days) for k in every if self.kinds[k].shape == name)
                if 0 < most_of < self.days:
                    out.append(Line("shifts_of_a_kind", self.days - 1, terms, None, int(most_of)))
        if contract.has("nights_in_a_row") and any(self.night):
            longest = contract.number("nights_in_a_row")
            for first in range(self.days - longest):
                window = range(first, first + longest + 1)
                terms = tuple((day, k, 1) for day in window for k in every if self.night[k])
                out.append(Line("nights_in_a_row", window[-1], terms, None, longest))
        return out

    def _makeup(self, days: range) -> int:
        """Return the make-up workdays among some days, where the contract knows them."""
        return sum(self.classes[day] == MAKEUP for day in days) if self.contract.has("makeup_workdays") else 0

    def _week(
        self, person: Person, hours: tuple[tuple[int, int, int], ...], days: range, overtime: int | None, before_s: int
    ) -> list[Line]:
        """Return the rule of a week's hours: hard, or with overtime at a price and within the overtime of a month."""
        contract = self.contract
        limit = contract.seconds("hours_per_week") // MINUTE_S
        if person.hours_per_week is not None:
            limit = min(limit, round(person.hours_per_week * HOUR_S / MINUTE_S))
        # A make-up workday is a workday more in this week; the holiday for which it stands is one less elsewhere.
        limit += self._makeup(days) * contract.seconds("hours_per_day") // MINUTE_S
        if overtime is None:
            return [Line("hours_per_week", days[-1], hours, None, limit)]
        # Every week gets its part of what is left of the month, so no choice of month boundaries can break the rule.
        weeks = max(1, math.ceil(min(self.days / WEEK, MONTH_WEEKS)))
        left = max(0, contract.seconds("overtime_per_month") - before_s) // MINUTE_S // weeks
        return [
            Line("hours_per_week", days[-1], hours, None, limit, None, overtime),
            Line("overtime_per_month", days[-1], hours, None, limit + left),
        ]

    def _periods(self, person: Person, minutes: Sequence[int], before_s: int) -> list[Line]:
        """Return the rule that the hours of a period average what the law says."""
        contract = self.contract
        length = WEEK * max(1, contract.most("period_weeks"))
        average = contract.seconds("average_hours_per_week") // MINUTE_S
        if person.hours_per_week is not None:
            average = min(average, round(person.hours_per_week * HOUR_S / MINUTE_S))
        out = []
        for first in range(0, self.days, length):
            days = range(first, min(first + length, self.days))
            whole = average * length // WEEK - before_s // MINUTE_S if first == 0 and before_s else 0
            limit = whole or average * len(days) // WEEK
            terms = tuple((day, k, minutes[k]) for day in days for k in range(len(self.kinds)))
            out.append(Line("average_hours_per_week", days[-1], terms, None, max(0, limit)))
        return out


def spreads(
    terms: Mapping[str, Terms], people: Sequence[Person], staff: Staff, contract_of: Mapping[str, str], price: int
) -> tuple[Spread, ...]:
    """Return the burdens to be shared by those for whom they are the same, with what everybody bore before.

    Parameters
    ----------
    terms : mapping of contract id to Terms
    contract_of : mapping of person to contract id
    price : int
        Price of a difference of one shift between who bears most and who bears least (of hours: a tenth).
    """
    rule_of = {"early": "early_before", "late": "late_after"}
    groups: dict[object, tuple[str, dict[tuple[int, int], int], list[int]]] = {}
    for burden in BURDENS:
        rule = rule_of.get(burden, f"share_{burden}")
        scores = {name: term.burden(burden) for name, term in terms.items() if term.contract.has(rule)}
        for p, person in enumerate(people):
            mine = scores.get(contract_of[person.id])
            if mine:
                # Full time and part time bear different loads: like is compared with like.
                key = (burden, frozenset(mine.items()), person.hours_per_week)
                groups.setdefault(key, (burden, mine, []))[2].append(p)
    out = []
    for burden, of_day, group in groups.values():
        if len(group) < 2:
            continue
        before = [0] * len(people)
        if burden != "hours":
            borne = {p: staff.history[people[p].id].credits.get(burden, 0.0) if people[p].id in staff.history else 0.0
                     for p in group}  # fmt: skip
            for p in group:
                before[p] = round(borne[p] - min(borne.values()))
        weight = max(1, price // 10) if burden == "hours" else price
        out.append(Spread(burden, of_day, weight, tuple(before), tuple(group)))
    return tuple(out)
