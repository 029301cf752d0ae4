"""Day classes by date: a shipped table of holidays and make-up workdays (调休); between them weekdays decide.

The table holds what the yearly notice of the State Council says, with its source in every row. Years without a notice
yet are estimated: their weekdays alone decide.
"""

from __future__ import annotations

import csv
import functools
from datetime import date, timedelta
from importlib import resources

DAY_CLASSES = ("workday", "weekend", "holiday", "makeup_workday")
"""What a calendar may call a day."""
CALENDARS = ("cn",)


@functools.lru_cache(maxsize=1)
def _special(calendar: str) -> dict[date, str]:
    text = resources.files("sim.model").joinpath(f"calendar_{calendar}.csv").read_text("utf-8")
    out: dict[date, str] = {}
    for row in csv.DictReader(text.splitlines()):
        day, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        while day <= last:
            out[day] = row["day_class"]
            day += timedelta(days=1)
    return out


def years(calendar: str) -> frozenset[int]:
    """Return the years for which the table of a calendar is complete."""
    return frozenset(day.year for day in _special(calendar))


def day_type(calendar: str, day: date) -> str:
    """Return the class of a date, one of `DAY_CLASSES`."""
    return _special(calendar).get(day) or ("weekend" if day.isoweekday() >= 6 else "workday")
