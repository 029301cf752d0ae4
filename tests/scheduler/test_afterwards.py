"""What a roster pays, and what the next one knows of it."""

from __future__ import annotations

import pytest

from scheduler.checker import check
from scheduler.contracts import contract
from scheduler.people import History, Leave, Lock, Person, Staff, Wish
from scheduler.rosters import pay, remember, roster
from tests.scheduler.test_checker import CLASSES, HOUR, row, shift


def test_overtime_rest_days_and_holidays_are_paid_as_the_law_says(standard):
    """Six days of 8 h: 40 plain, 8 on a day of rest at 200 %; one of the five on a holiday at 300 %."""
    rows = [row("li", day, 9) for day in range(6)]
    (plain,) = pay(rows, None, standard, classes=CLASSES, wage_per_hour=50.0)
    assert (plain.hours, plain.rest_day_hours, plain.overtime_hours) == (48.0, 8.0, 0.0)
    assert plain.wage_hours == 40 + 8 * 2.0
    assert plain.cost == 50.0 * 56
    (festive,) = pay(rows, None, standard, classes=("holiday", *CLASSES[1:]))
    assert (festive.holiday_hours, festive.rest_day_hours) == (8.0, 0.0)
    assert festive.wage_hours == 40 + 8 * 3.0
    assert festive.cost is None


def test_part_time_and_makeup_workdays_move_the_line(standard):
    rows = [row("li", day, 9) for day in range(3)]
    (part,) = pay(rows, Staff((Person("li", hours_per_week=20.0, wage_per_hour=60.0),)), standard)
    assert part.overtime_hours == 4.0
    assert part.cost == 60.0 * (20 + 4 * 1.5)
    six = [row("li", day, 9) for day in (0, 1, 2, 3, 4, 6)]
    (made_up,) = pay(six, None, standard, classes=("workday",) * 5 + ("weekend", "makeup_workday"))
    assert made_up.wage_hours == made_up.hours == 48.0


def test_averaged_hours_earn_overtime_only_above_the_period():
    """48 + 32 + 40 + 40 h are the 160 h of four weeks; eight more are overtime."""
    rules = contract("cn-comprehensive-hours")
    weeks = [range(6), range(4), range(5), range(5)]
    rows = [row("li", 7 * week + day, 9) for week, days in enumerate(weeks) for day in days]
    (even,) = pay(rows, None, rules)
    assert even.wage_hours == even.hours == 160.0
    (more,) = pay([*rows, row("li", 12, 9)], None, rules)
    assert more.overtime_hours == 8.0


def test_the_next_plan_knows_the_last_one(standard):
    staff = Staff(
        (Person("li", to_day=20), Person("wu")),
        (Leave("li", 8), Leave("li", 1)),
        (Wish("li", 6, "late", None, 2), Wish("wu", 0, "off", None, 3), Wish("wu", 9, "off")),
        (Lock("wu", 7, off=True),),
        (History("wu", -5 * HOUR, 2, credits={"weekends": 2}),),
    )
    rows = [row("li", day, 14.5) for day in (5, 6)] + [row("wu", day, 9) for day in range(5)]
    after = remember(rows, staff, standard, 7, classes=CLASSES)
    li, wu = after.history["li"], after.history["wu"]
    assert (li.last_end_s, li.days_in_a_row, li.days_off) == (-45 * 60, 2, 0)
    assert (wu.last_end_s, wu.days_in_a_row, wu.days_off) == (-2 * 86_400 - int(6.25 * HOUR), 0, 2)
    assert li.credits == {"nights": 2, "weekends": 2, "holidays": 0, "early": 0, "late": 2, "wishes_met": 2}
    assert (wu.credits["weekends"], wu.credits["wishes_refused"]) == (2, 3)
    assert after.by_id["li"].to_day == 13
    assert [(one.person, one.day) for one in after.leaves] == [("li", 1)]
    assert [one.day for one in after.wishes] == [2]
    assert [one.day for one in after.locks] == [0]


@pytest.mark.parametrize("first", ["li", "wu"])
def test_who_had_the_weekend_is_off_the_next(first, standard):
    """One weekend shift a week and two people: memory makes them take turns."""
    staff = Staff((Person("li", "", "remote", "c"), Person("wu", "", "remote", "c"), Person("he", "", "remote", "c")))
    staff = Staff(staff.people, histories=tuple(History(one.id, credits={"weekends": 4}) for one in staff.people
                                                 if one.id != first))  # fmt: skip
    days = [[shift(9)], [shift(9)], [shift(9)], [shift(9)], [shift(9)], [shift(9)], []]
    made = roster(days, CLASSES, standard, "remote", "c", prefix="r", seconds=5, staff=staff)
    assert check(made.rows, staff, standard, days=7) == ()
    assert {one.person for one in made.rows if one.day >= 5} == {first}


def test_wishes_refused_before_weigh_more_now(standard):
    """Both want Monday off, one of them was refused last week: he gets it."""
    people = (Person("li", "", "remote", "c"), Person("wu", "", "remote", "c"))
    for refused in ("li", "wu"):
        staff = Staff(
            people,
            (),
            tuple(Wish(one.id, 0, "off") for one in people),
            (),
            (History(refused, credits={"wishes_refused": 3}),),
        )
        days = [[shift(9)], [], [], [], [], [], []]
        made = roster(days, CLASSES, standard, "remote", "c", prefix="r", seconds=3, staff=staff)
        assert [one.person for one in made.rows] == [one.id for one in people if one.id != refused]
