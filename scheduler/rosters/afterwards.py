"""What a roster leaves behind: what it pays, and what the next one has to know of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scheduler.people import History, Person, Staff
from scheduler.rosters.build import HOLIDAY, MAKEUP, WEEK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scheduler.contracts import Contract
    from scheduler.plan import RosterRow

DAY_S = 86_400
HOUR_S = 3600
MONTH_DAYS = 28


@dataclass(frozen=True)
class Pay:
    """What a person's shifts are paid.

    Attributes
    ----------
    person : str
    hours : float
        Paid hours in all; the next three are part of them.
    overtime_hours, rest_day_hours, holiday_hours : float
        Above the hours of the week (or of the averaging period), on a day of rest, on a statutory holiday.
    wage_hours : float
        The same as hours at the plain wage: with the rules ``pay_overtime``, ``pay_rest_day`` and ``pay_holiday``.
    cost : float or None
        In the scenario's currency, where a wage is known.
    """

    person: str
    hours: float
    overtime_hours: float
    rest_day_hours: float
    holiday_hours: float
    wage_hours: float
    cost: float | None


def pay(
    rows: Sequence[RosterRow],
    staff: Staff | None,
    contract: Contract,
    *,
    classes: Sequence[str] = (),
    contracts: Mapping[str, Contract] | None = None,
    wage_per_hour: float | None = None,
) -> tuple[Pay, ...]:
    """Return what everybody's shifts are paid, in order of person (Labour Law art. 44).

    Hours on a statutory holiday earn the rate of holidays. Of a week with more days of work than the contract has, the
    shortest further days earn the rate of days of rest; what is then above the hours of the week, that of overtime.
    Where hours are averaged, only what is above the average of the period does; shifts on days of rest are ordinary.

    Parameters
    ----------
    rows : sequence of RosterRow
    staff : Staff, optional
    contract : Contract
    classes : sequence of str
        Calendar class of each day; of the rows when not given.
    contracts : mapping of id to Contract, optional
    wage_per_hour : float, optional
        Of people without one of their own.
    """
    of_person: dict[str, list[RosterRow]] = defaultdict(list)
    for row in rows:
        of_person[row.person].append(row)
    known = staff.by_id if staff is not None else {}
    out = []
    for person in sorted(of_person):
        one = known.get(person, Person(person))
        terms = (contracts or {}).get(one.contract, contract) if one.contract != contract.id else contract
        extra = {"overtime": 0.0, "rest_day": 0.0, "holiday": 0.0}
        averaged = terms.has("average_hours_per_week")
        period = WEEK * (max(1, terms.most("period_weeks")) if averaged else 1)
        rule = "average_hours_per_week" if averaged else "hours_per_week"
        last = max(row.day for row in of_person[person])
        for first in range(0, last + 1, period):
            mine = [row for row in of_person[person] if first <= row.day < first + period]
            kinds = {day: classes[day] if day < len(classes) else "" for day in range(first, first + period)}
            kinds |= {row.day: kinds[row.day] or row.day_class for row in mine}
            _add(extra, mine, kinds, one, terms, terms.seconds(rule) / HOUR_S * period / WEEK, averaged)
        hours = sum(row.paid_hours for row in of_person[person])
        worth = hours
        for name, amount in extra.items():
            rate = terms.rules[f"pay_{name}"].value if f"pay_{name}" in terms.rules else 1.0
            worth += (rate - 1.0) * amount
        wage = one.wage_per_hour if one.wage_per_hour is not None else wage_per_hour
        cost = None if wage is None else worth * wage
        out.append(Pay(person, hours, extra["overtime"], extra["rest_day"], extra["holiday"], worth, cost))
    return tuple(out)


def _add(
    extra: dict[str, float],
    rows: Sequence[RosterRow],
    kinds: Mapping[int, str],
    person: Person,
    terms: Contract,
    limit: float,
    averaged: bool,
) -> None:
    """Add what the rows of one week, or of one averaging period, earn beyond the plain wage."""
    if person.hours_per_week is not None and averaged is False:
        limit = min(limit, person.hours_per_week)
    makeup = sum(kind == MAKEUP for kind in kinds.values()) if terms.has("makeup_workdays") else 0
    limit += makeup * terms.seconds("hours_per_day") / HOUR_S
    holiday = [row for row in rows if kinds.get(row.day) == HOLIDAY]
    ordinary = sorted((row for row in rows if kinds.get(row.day) != HOLIDAY), key=lambda row: -row.paid_hours)
    extra["holiday"] += sum(row.paid_hours for row in holiday)
    rest_days: list[RosterRow] = []
    if not averaged:
        days = min(WEEK, terms.days_per_week + makeup)
        rest_days = ordinary[days:]
        extra["rest_day"] += sum(row.paid_hours for row in rest_days)
    left = sum(row.paid_hours for row in ordinary) - sum(row.paid_hours for row in rest_days)
    extra["overtime"] += max(0.0, left - limit)


def remember(
    rows: Sequence[RosterRow],
    staff: Staff,
    contract: Contract,
    days: int,
    *,
    classes: Sequence[str] = (),
    contracts: Mapping[str, Contract] | None = None,
) -> Staff:
    """Return the staff as the next plan finds them, which begins on the day after: histories carried on.

    Leave, wishes, locks and employment of later days move to their days of the next plan; those of this one are gone.

    Parameters
    ----------
    rows : sequence of RosterRow
        The roster that was worked.
    staff : Staff
    contract : Contract
    days : int
        Days of the plan that is over.
    classes : sequence of str
    contracts : mapping of id to Contract, optional
    """
    paid = {one.person: one for one in pay(rows, staff, contract, classes=classes, contracts=contracts)}
    histories = []
    for person in staff.people:
        terms = (contracts or {}).get(person.contract, contract)
        mine = sorted((row for row in rows if row.person == person.id and row.day < days), key=lambda row: row.day)
        histories.append(_history(person, mine, staff, terms, days, classes, paid.get(person.id)))
    return Staff(
        tuple(
            replace(
                one,
                from_day=None if one.from_day is None else one.from_day - days,
                to_day=None if one.to_day is None else one.to_day - days,
            )
            for one in staff.people
        ),
        tuple(replace(one, day=one.day - days) for one in staff.leaves if one.day >= days),
        tuple(replace(one, day=one.day - days) for one in staff.wishes if one.day >= days),
        tuple(replace(one, day=one.day - days) for one in staff.locks if one.day >= days),
        tuple(histories),
    )


def _history(
    person: Person,
    rows: Sequence[RosterRow],
    staff: Staff,
    terms: Contract,
    days: int,
    classes: Sequence[str],
    paid: Pay | None,
) -> History:
    """Return what is known of one person after a plan."""
    past = staff.history.get(person.id, History(person.id))
    worked = {row.day for row in rows}
    run = 0
    while run < days and days - 1 - run in worked:
        run += 1
    rest = 0
    while rest < days and days - 1 - rest not in worked:
        rest += 1
    credits = dict(past.credits)
    counts: dict[str, Callable[[RosterRow], bool]] = {
        "nights": lambda row: terms.night(row.start_s, row.end_s),
        "weekends": lambda row: row.day % WEEK >= 5,
        "holidays": lambda row: (classes[row.day] if row.day < len(classes) else row.day_class) == HOLIDAY,
        "early": lambda row: terms.has("early_before") and row.start_s < terms.seconds("early_before"),
        "late": lambda row: terms.has("late_after") and row.end_s > terms.seconds("late_after"),
    }
    for name, test in counts.items():
        credits[name] = credits.get(name, 0.0) + sum(map(test, rows))
    for wish in staff.wishes:
        if wish.person == person.id and wish.day < days:
            name = "wishes_met" if _met(wish.kind, wish.shape, wish.day, rows, counts) else "wishes_refused"
            credits[name] = credits.get(name, 0.0) + wish.weight
    period = WEEK * max(1, terms.most("period_weeks"))
    begin = days - days % period
    hours = sum(row.paid_hours for row in rows if row.day >= begin) * HOUR_S
    overtime = round((paid.overtime_hours + paid.rest_day_hours) * HOUR_S) if paid is not None else 0
    last = rows[-1] if rows else None
    return History(
        person.id,
        (last.day - days) * DAY_S + last.end_s if last is not None else _earlier(past.last_end_s, days),
        run + (past.days_in_a_row if run == days else 0),
        0 if run else rest + (past.days_off if rest == days else 0),
        overtime + (past.month_overtime_s if days < MONTH_DAYS else 0),
        round(hours) + (past.period_s if days < period else 0),
        past.year_overtime_s + overtime,
        credits,
    )


def _earlier(last_end_s: int | None, days: int) -> int | None:
    return None if last_end_s is None else last_end_s - days * DAY_S


def _met(
    kind: str,
    shape: str | None,
    day: int,
    rows: Sequence[RosterRow],
    counts: Mapping[str, Callable[[RosterRow], bool]],
) -> bool:
    """Tell whether a wish was kept."""
    row = next((one for one in rows if one.day == day), None)
    if kind in ("off", "not_shape"):
        return row is None or (kind == "not_shape" and row.shape != shape)
    if row is None:
        return False
    return row.shape == shape if kind == "shape" else counts[kind](row) if kind in ("early", "late") else True
