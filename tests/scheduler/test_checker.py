"""The checker finds what is broken, and nothing in what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

import scheduler
from scheduler.checker import check
from scheduler.people import History, Leave, Lock, Person, Staff, Wish
from scheduler.plan import RosterRow, Shift
from scheduler.rosters import roster
from tests.scheduler import checker as by_reading

HOUR = 3600
CLASSES = ("workday",) * 5 + ("weekend",) * 2


def row(person: str, day: int, start_h: float, paid: float = 8.0, **more) -> RosterRow:
    """Return a row of 8 h paid, with a meal of 45 min after 4 h."""
    start = int(start_h * HOUR)
    end = start + int(paid * HOUR) + 2700
    meal = ((start + 4 * HOUR, start + 4 * HOUR + 2700),)
    return RosterRow(person, "remote", "centre", day, CLASSES[day % 7], start, end, meal, (), paid, "day-8", **more)


def shift(start_h: float) -> Shift:
    one = row("x", 0, start_h)
    return Shift("day-8", one.start_s, one.end_s, one.meal, ())


def rules(found) -> list[tuple[str, int]]:
    return [(one.rule, one.day) for one in found]


def test_an_ordinary_week_breaks_nothing():
    assert check([row("li", day, 9) for day in range(5)], None, "cn-standard") == ()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("li", day, 9) for day in range(6)], [("days_off_per_week", 6), ("hours_per_week", 6)]),
        ([row("li", 0, 15), row("li", 1, 9)], [("daily_rest", 1)]),
        ([row("li", 0, 9), row("li", 0, 12)], [("daily_rest", 0), ("one_shift_a_day", 0)]),
        ([row("li", 0, 9, 9.0)], [("hours_per_day", 0)]),
        ([row("li", 0, 9.1)], [("start_grid", 0)]),
        ([row("li", 0, 16)], [("latest_end", 0)]),
        ([replace(row("li", 0, 9), paid_hours=7.0)], [("paid_hours", 0)]),
        ([replace(row("li", 0, 9), breaks=((8 * HOUR, 8 * HOUR + 900),))], [("break_outside_shift", 0)]),
        ([replace(row("li", 0, 9), breaks=((13 * HOUR, 13 * HOUR + 900),))], [("breaks_overlap", 0)]),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_day(rows, expected):
    assert rules(check(rows, None, "cn-standard")) == expected


def test_runs_are_counted_across_weeks_and_from_history():
    rows = [row("li", day, 9) for day in (2, 3, 4, 5, 6, 7, 8)]
    assert ("days_in_a_row", 8) in rules(check(rows, None, "cn-standard"))
    before = Staff((Person("li"),), histories=(History("li", -HOUR, 5),))
    rows = [row("li", day, 12) for day in (0, 1)]
    assert rules(check(rows, before, "cn-standard")) == [("days_in_a_row", 1)]


def test_rest_is_counted_from_the_last_shift_before_the_plan():
    staff = Staff((Person("li"),), histories=(History("li", -HOUR, 1),))
    assert rules(check([row("li", 0, 9)], staff, "cn-standard")) == [("daily_rest", 0)]
    assert check([row("li", 0, 10)], staff, "cn-standard") == ()


def test_leave_locks_employment_and_protection():
    staff = Staff(
        (Person("li", status=("nursing",), to_day=2),),
        (Leave("li", 0), Leave("li", 1, 10 * HOUR, 11 * HOUR)),
        (),
        (Lock("li", 2, 9 * HOUR, int(17.75 * HOUR)), Lock("li", 4, off=True)),
    )
    rows = [row("li", 0, 9), row("li", 1, 9), row("li", 2, 14.0), row("li", 4, 9)]
    assert rules(check(rows, staff, "cn-standard")) == [
        ("leave", 0),
        ("leave", 1),
        ("lock", 2),
        ("no_nights_when_protected", 2),
        ("employment", 4),
        ("lock", 4),
    ]


def test_part_time_and_overtime():
    staff = Staff((Person("li", hours_per_week=20.0),))
    rows = [row("li", day, 9) for day in range(3)]
    (found,) = check(rows, staff, "cn-standard")
    assert (found.rule, found.value, found.limit, found.unit) == ("hours_per_week", 24.0, 20.0, "h")
    assert found.source is not None
    assert check(rows, staff, "cn-standard", overtime=True) == ()
    many = Staff((Person("li"),), histories=(History("li", month_overtime_s=32 * HOUR),))
    six = [row("li", day, 9) for day in range(6)]
    assert rules(check(six, many, "cn-standard", overtime=True)) == [("overtime_per_month", 6)]


def test_a_makeup_workday_gives_its_week_a_sixth_day():
    """The Sunday for which a holiday stands elsewhere is a workday: 48 h in six days are the law's hours."""
    classes = ("workday",) * 5 + ("weekend", "makeup_workday")
    rows = [row("li", day, 9) for day in (0, 1, 2, 3, 4, 6)]
    assert check(rows, None, "cn-standard", classes=classes) == ()


def test_hours_are_averaged_over_four_weeks():
    """48 h in one week are fine if the others are shorter; 4 · 48 h are not."""
    long_week = [row("li", day, 9) for day in range(6)]
    assert check(long_week, None, "cn-comprehensive-hours", days=28) == ()
    all_long = [row("li", 7 * week + day, 9) for week in range(4) for day in range(6)]
    assert rules(check(all_long, None, "cn-comprehensive-hours")) == [("average_hours_per_week", 27)]


STAFF = Staff(
    (
        Person("li", "李", "remote", "centre"),
        Person("wu", "吴", "remote", "centre", hours_per_week=24.0),
        Person("he", "何", "remote", "centre", status=("pregnant",)),
        Person("gu", "顾", "remote", "centre", contract="cn-comprehensive-hours"),
        Person("an", "安", "remote", "centre"),
    ),
    (Leave("li", 0), Leave("wu", 2, 0, 12 * HOUR)),
    (Wish("an", 3, "off", None, 5), Wish("gu", 4, "late", None, 2)),
    (Lock("an", 4, 9 * HOUR, int(17.75 * HOUR)), Lock("he", 1, off=True)),
    (History("gu", -2 * HOUR, 3, credits={"late": 3}),),
)


@pytest.mark.parametrize("overtime", [False, True])
def test_a_roster_of_named_people_passes(overtime, standard):
    """Both checkers, which share no code with the engines, find nothing in what they made."""
    days = [[shift(7), shift(9), shift(14.5)]] * 5 + [[shift(9)], [shift(9)]]
    others = {"cn-comprehensive-hours": scheduler.contract("cn-comprehensive-hours")}
    made = roster(
        days, CLASSES, standard, "remote", "centre", prefix="r", seconds=4, staff=STAFF, contracts=others,
        overtime=overtime,
    )  # fmt: skip
    assert made.rows
    assert check(made.rows, STAFF, standard, days=7, overtime=overtime) == ()
    plain = [one for one in made.rows if one.person not in ("gu",)]
    if not overtime:
        assert [one for one in by_reading.roster_faults(plain, 1) if one[2] != "shape"] == []
    asked, met = made.wishes
    assert asked == 7
    assert 0 <= met <= 7
    assert any(one.person == "an" and one.day == 4 and one.start_s == 9 * HOUR for one in made.rows)


def test_only_who_has_the_skill_gets_the_shift(standard):
    """One of three may do FX: the shift is theirs on five days, and stays open on the other two."""
    people = tuple(Person(f"p{n}", "", "remote", "c", ("FX",) if n == 1 else ()) for n in range(3))
    staff = Staff(people)
    days = [[replace(shift(9), skill="FX"), shift(9)] for _ in range(7)]
    made = roster(days, CLASSES, standard, "remote", "c", prefix="r", seconds=5, staff=staff)
    assert {one.person for one in made.rows if one.skill == "FX"} == {"p1"}
    assert [one.skill for _, one in made.open] == ["FX", "FX"]
    assert made.status == "short"
    assert [one.code for one in made.findings] == ["plan_shift_open", "plan_shift_open"]
    assert check(made.rows, staff, standard, days=7) == ()
    wrong = [replace(row("p0", 0, 9), skill="FX")]
    assert rules(check(wrong, staff, standard)) == [("skill", 0)]
