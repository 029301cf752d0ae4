"""Day classes by date: a shipped table of holidays and make-up workdays (调休); between them weekdays decide.

The table (`calendars/`) holds what the yearly notice of the State Council says, named in every row. Years without a
notice yet are estimated: their weekdays alone decide.
"""

from __future__ import annotations

import csv
import functools
from datetime import date
from pathlib import Path

DAY_CLASSES = ("workday", "weekend", "holiday", "makeup_workday")
"""What a calendar may call a day."""
CALENDARS = ("cn",)
CALENDAR_FOLDER = Path(__file__).parent / "calendars"
"""Where the shipped tables are: date, class, name, notice."""
ESTIMATED = "estimated"
"""Stands for a notice in rows that no notice has confirmed."""


@functools.lru_cache(maxsize=1)
def _special(calendar: str) -> dict[date, str]:
    text = (CALENDAR_FOLDER / f"{calendar}.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {date.fromisoformat(row["date"]): row["class"] for row in rows if row["notice"] != ESTIMATED}


def years(calendar: str) -> frozenset[int]:
    """Return the years for which the table of a calendar is complete."""
    return frozenset(day.year for day in _special(calendar))


def day_type(calendar: str, day: date) -> str:
    """Return the class of a date, one of `DAY_CLASSES`."""
    return _special(calendar).get(day) or ("weekend" if day.isoweekday() >= 6 else "workday")
