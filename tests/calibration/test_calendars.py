"""The shipped calendar against an independent package, and tables of the user."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

import sim
from calibration import calendars


def _days(first, last):
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def _number(day):
    return day.toordinal() - date(1970, 1, 1).toordinal()


def test_workdays_of_the_years_with_a_notice_are_those_of_an_independent_package():
    oracle = pytest.importorskip("holidays").country_holidays("CN", years=range(2024, 2027))
    calendar = calendars.china()
    different = [
        day.isoformat()
        for day in _days(date(2024, 1, 1), date(2026, 12, 31))
        if (calendar.of(_number(day)) in ("workday", "makeup_workday")) != oracle.is_working_day(day)
    ]
    assert different == []


def test_a_year_without_a_notice_has_its_statutory_days_and_says_that_they_are_estimated():
    oracle = pytest.importorskip("holidays").country_holidays("CN", years=2027)
    calendar = calendars.china()
    statutory = {day for day in oracle if day.year == 2027}
    assert {day for day in statutory if calendar.of(_number(day)) != "holiday"} == set()
    assert all(calendars.estimated(calendar, _number(day)) for day in _days(date(2027, 1, 1), date(2027, 12, 31)))
    assert not any(calendars.estimated(calendar, _number(day)) for day in _days(date(2026, 1, 1), date(2026, 12, 31)))
    # Past the table there are weekdays only, and they are estimated too.
    assert calendar.of(_number(date(2030, 10, 1))) == "workday"
    assert calendars.estimated(calendar, _number(date(2030, 10, 1)))


def test_a_table_of_the_user_wins_and_makes_its_year_known(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("date,class,notice\n2027-02-05,holiday,国办 2027\n2027-02-15,pension_day,estimated\n", "utf-8")
    more = calendars.table(path)
    calendar = calendars.extended(calendars.china(), more)
    pension = _number(date(2027, 2, 15))
    assert calendar.of(pension) == "pension_day"
    assert calendars.estimated(calendar, pension)
    assert not calendars.estimated(calendar, _number(date(2027, 2, 5)))
    assert not calendars.estimated(calendar, _number(date(2027, 3, 1)))
    # Still no notice of the user's own.
    assert calendars.estimated(calendar, _number(date(2027, 5, 1)))


def test_a_calendar_without_dates_borrows_those_of_the_one_that_knows_the_years():
    plain = replace(calendars.china(), dates={}, estimated=frozenset())
    days = _number(date(2026, 3, 1)), _number(date(2026, 4, 30))
    assert calendars.filled(plain, *days) == calendars.china()
    assert calendars.filled(plain, _number(date(2010, 1, 1)), _number(date(2010, 2, 1))) == plain
    # The Anonymous Bank's year, but not its week.
    assert calendars.filled(plain, _number(date(1999, 1, 1)), _number(date(1999, 2, 1))) == plain
    assert (
        calendars.filled(calendars.china(), _number(date(2010, 1, 1)), _number(date(2010, 2, 1))) == calendars.china()
    )


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("day,class\n2027-01-01,holiday\n", "calendar_columns", "row 1"),
        ("date,class\n2027-02-30,holiday\n", "calendar_date", "row 2 date"),
        ("date,class\n2027-02-03,holiday\n2027-02-03,workday\n", "calendar_twice", "row 3"),
        ("date,class\n2027-02-03,\n", "calendar_class", "row 2"),
    ],
)
def test_a_bad_table_is_refused_with_the_row(tmp_path, text, code, field):
    path = tmp_path / "ours.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(sim.InputError) as error:
        calendars.table(path)
    fault = error.value.faults[0]
    assert (fault.code, fault.file, fault.field) == (code, str(path), field)


def test_a_table_that_is_not_there_is_refused():
    with pytest.raises(sim.InputError) as error:
        calendars.table("nowhere.csv")
    assert error.value.faults[0].code == "calendar_unreadable"
