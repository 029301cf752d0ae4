"""Which days are not what their weekday says: shipped tables, and tables of the user.

A table is CSV: date, class, and if wanted name and notice (who says so). `README.md` beside the shipped tables, which
scenarios share (`sim/model/calendars`), names their sources.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import sim
from calibration.columns import Calendar, iso_day

FOLDER = sim.CALENDAR_FOLDER
WEEK = ("workday",) * 5 + ("weekend",) * 2
ESTIMATED = sim.ESTIMATED


def tables() -> tuple[str, ...]:
    """Return the names of the shipped tables."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.csv")))


def table(name: str | Path) -> Calendar:
    """Read a shipped table by its name, or a table of the user by its path, as a calendar of the Chinese week.

    Raises
    ------
    InputError
        A file that is missing or has other columns; a row without a date or a class; a date given twice.
    """
    path = FOLDER / f"{name}.csv" if str(name) in tables() else Path(name)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise sim.InputError.one(
            "calendar_unreadable", file=str(path), value=str(name), known=", ".join(tables())
        ) from None
    reader = csv.DictReader(text.splitlines())
    if not {"date", "class"} <= set(reader.fieldnames or ()):
        found = ", ".join(reader.fieldnames or ())
        raise sim.InputError.one("calendar_columns", file=str(path), field="row 1", value=found[:80])
    classes: dict[str, str] = {}
    unsure = set()
    for number, row in enumerate(reader, 2):
        day, kind = (row["date"] or "").strip(), (row["class"] or "").strip()
        try:
            day = date.fromisoformat(day).isoformat()
        except ValueError:
            raise sim.InputError.one("calendar_date", file=str(path), field=f"row {number} date", value=day) from None
        if not kind or day in classes:
            code = "calendar_twice" if kind else "calendar_class"
            raise sim.InputError.one(code, file=str(path), field=f"row {number}", value=day)
        classes[day] = kind
        if (row.get("notice") or "").strip() == ESTIMATED:
            unsure.add(day)
    return Calendar(WEEK, 0, classes, frozenset(unsure))


def china() -> Calendar:
    """Return the calendar of mainland China: workdays, weekends, and the table `cn`."""
    return table("cn")


def shipped() -> dict[str, Calendar]:
    """Return every calendar with dates that is shipped: the tables, and those of presets."""
    from calibration import mapping

    presets = {name: mapping.preset(name).calendar for name in mapping.presets()}
    tabled = {name: table(name) for name in tables()}
    return tabled | {name: one for name, one in presets.items() if one.dates and one not in tabled.values()}


def knowing(first: int, last: int) -> tuple[str, Calendar] | None:
    """Return the shipped calendar that knows the years of these days (from 1970-01-01); none if not just one does."""
    years = set(range(int(iso_day(first)[:4]), int(iso_day(last)[:4]) + 1))
    known = [(name, one) for name, one in shipped().items() if years <= one.years()]
    return known[0] if len(known) == 1 else None


def filled(calendar: Calendar, first: int, last: int) -> Calendar:
    """Return the calendar itself if it has dates, else the shipped one that alone knows the years of these days.

    Only a calendar of the same week can lend its dates.
    """
    found = None if calendar.dates else knowing(first, last)
    if found is None or (found[1].week, found[1].begins) != (calendar.week, calendar.begins):
        return calendar
    return found[1]


def extended(calendar: Calendar, more: Calendar) -> Calendar:
    """Return a calendar with its own week in which the dates of `more` have the classes of `more`."""
    unsure = (calendar.estimated - more.dates.keys()) | more.estimated
    return Calendar(calendar.week, calendar.begins, {**calendar.dates, **more.dates}, unsure)


def estimated(calendar: Calendar, day: int) -> bool:
    """Tell whether the class of a day, counted from 1970-01-01, rests on no notice.

    So it is when its date is estimated, or when no date of its year is in the calendar (then only the weekday is
    known).
    """
    when = iso_day(day)
    return when in calendar.estimated or (when not in calendar.dates and int(when[:4]) not in calendar.years())
