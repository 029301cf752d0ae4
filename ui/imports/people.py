"""The workbook of people, filled in: who, leave, wishes, fixed shifts, history; columns in any order and language."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import sim
from ui.actions import forms
from ui.actions.forms import FORMS, Column, Form
from ui.imports import book
from ui.words import LANGUAGES, both, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ui.imports.book import Row

_HOUR_S = 3600
_DAY_S = 86_400


@dataclass(frozen=True)
class Imported:
    """What a file held: the document, and path of a field → the cell that it came from."""

    document: dict[str, Any]
    cells: Mapping[str, str]
    file: str

    def located(self, error: sim.InputError) -> sim.InputError:
        """Return an error of what was made of the document with the cells in place of the paths of its fields."""
        faults = []
        for one in error.faults:
            cell = self._cell(one.field)
            faults.append(sim.Fault(one.code, self.file, cell, one.value, one.expected) if cell else one)
        return sim.InputError(faults)

    def _cell(self, path: str) -> str:
        while path:
            if path in self.cells:
                return self.cells[path]
            path = path.rpartition(".")[0]
        return ""


@dataclass
class _Reading:
    """Faults and cells of a file, while it is read."""

    file: str
    first: date | None
    faults: list[sim.Fault] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)

    def refuse(self, code: str, at: str, value: object, **expected: object) -> None:
        self.faults.append(sim.Fault(code, self.file, at, value, expected))


def read(
    path: Path | str,
    first_date: date | None = None,
    *,
    days: int | None = None,
    teams: Mapping[str, Any] | None = None,
    **known: Any,
) -> Imported:
    """Return what a workbook of people holds.

    Parameters
    ----------
    path : Path or str
    first_date : date, optional
        First day of the plan; what the workbook says where None.
    days : int, optional
        Days of the plan; other days are refused.
    teams : mapping, optional
        Team → its title in both languages or None: the workbook may name either. Other teams are refused.
    **known
        ``contracts``, ``shapes``: what there is, as `scheduler.Staff.check` takes it.

    Raises
    ------
    InputError
        The file cannot be read, or with every cell that is wrong, as ``sheet!cell``.
    """
    file = str(path)
    if Path(path).suffix.lower() == ".json":
        return _kept(Path(path), days, teams, known)
    found = book.sheets(path)
    by_key = {_sheet_key(name): rows for name, rows in found.items()}
    if "people" not in by_key:
        raise sim.InputError.one("book_no_sheet", file=file, value=list(found), needs=both("form.sheet.people"))
    reading = _Reading(file, first_date or _first_date(by_key.get("readme", [])))
    rows = {form.key: _rows(form, by_key.get(form.key, []), reading) for form in FORMS}
    document = {
        "schema": forms.SCHEMA,
        "first_date": reading.first.isoformat() if reading.first else None,
        "people": [_person(reading, n, row) for n, row in enumerate(rows["people"])],
        "leaves": _leaves(reading, rows["leave"]),
        "wishes": [_wish(reading, n, row) for n, row in enumerate(rows["wishes"])],
        "locks": [_lock(reading, n, row) for n, row in enumerate(rows["locks"])],
        "histories": [_history(reading, n, row) for n, row in enumerate(rows["history"])],
    }
    _name_teams(document, teams or {})
    imported = Imported(document, reading.cells, file)
    known |= {"days": days, "teams": None if teams is None else set(teams), "file": file}
    if not reading.faults and not document["people"]:
        raise sim.InputError.one("book_no_people", file=file)
    if reading.faults:
        raise sim.InputError([*reading.faults, *_further(imported, reading, known)])
    try:
        forms.staff(document).check(**known)
    except sim.InputError as error:
        raise imported.located(error) from None
    return imported


def _kept(path: Path, days: int | None, teams: Mapping[str, Any] | None, known: Mapping[str, Any]) -> Imported:
    """Return what an earlier import kept as ``staff.json``."""
    file = str(path)
    try:
        if path.stat().st_size > book.MOST_BYTES:
            raise sim.InputError.one("file_too_large", file=file, value=path.stat().st_size, limit=book.MOST_BYTES)
        document = json.loads(path.read_text("utf-8-sig"))
        if document["schema"] != forms.SCHEMA:
            raise ValueError(document["schema"])
        staff = forms.staff(document)
        staff.check(**known, days=days, teams=None if teams is None else set(teams), file=file)
    except FileNotFoundError:
        raise sim.InputError.one("no_such_file", value=file) from None
    except OSError as error:
        raise sim.InputError.one("not_readable", file=file, reason=error.strerror or str(error)) from None
    except sim.InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise sim.InputError.one("staff_file", file=file, value=str(error)) from None
    return Imported(document, {}, file)


def _further(imported: Imported, reading: _Reading, known: Mapping[str, Any]) -> list[sim.Fault]:
    """Return what is wrong beside cells that cannot be read: people named twice or not at all, and the like.

    Of rows that have such a cell nothing is said, because what stands there is not known.
    """
    patched = dict(imported.document)
    for name in ("leaves", "wishes", "locks"):
        patched[name] = [{**one, "day": one["day"] or 0} for one in imported.document[name]]
    try:
        forms.staff(patched).check(**known)
    except sim.InputError as error:
        bad = {_row(one.field) for one in reading.faults}
        return [one for one in imported.located(error).faults if _row(one.field) not in bad]
    return []


def _name_teams(document: dict[str, Any], teams: Mapping[str, Any]) -> None:
    """Put the name of a team where its title stands."""
    titles = {book.plain(one): name for name, title in teams.items() for one in (name, *(title or {}).values())}
    for person in document["people"]:
        person["team"] = titles.get(book.plain(person["team"]), person["team"])


def _row(at: str) -> str:
    """Return the row of a cell's address."""
    sheet, _, cell = at.rpartition("!")
    return f"{sheet}!{cell.lstrip(ascii_uppercase)}"


def _sheet_key(name: str) -> str:
    for form in (*(one.key for one in FORMS), "readme"):
        if book.plain(name) in {form, *(book.plain(say(lang, f"form.sheet.{form}")) for lang in LANGUAGES)}:
            return form
    return name


def _first_date(rows: list[Row]) -> date | None:
    """Return the first day of the plan that the sheet of instructions names."""
    labels = {book.plain(say(lang, "form.first_date")) for lang in LANGUAGES}
    for row in rows:
        for column, value in enumerate(row.values[:-1]):
            if isinstance(value, str) and book.plain(value) in labels:
                named = book.day(row.values[column + 1], date(1970, 1, 1))
                return date.fromordinal(date(1970, 1, 1).toordinal() + named) if isinstance(named, int) else None
    return None


_Values = dict[str, tuple[Any, str]]
"""Key of a column → value and address."""


def _rows(form: Form, rows: list[Row], reading: _Reading) -> list[_Values]:
    """Return the rows of a sheet as values by column, each checked by the kind of its column."""
    if not rows:
        return []
    keys = {column.key: column for column in form.columns}
    names = {
        book.plain(name): key for key in keys for name in (key, *(say(x, f"form.column.{key}") for x in LANGUAGES))
    }
    head = book.header(rows, names, least=1 if len(keys) < 3 else 2)
    if head is None:
        needs = [both(f"form.column.{one.key}") for one in form.columns if one.must]
        reading.refuse("sheet_no_header", rows[0].sheet, None, needs=needs)
        return []
    at_row, written = head
    places: dict[str, int] = {}
    for column, name in written.items():
        key = names.get(book.plain(name))
        if key is None:
            if not book.plain(name).startswith(tuple(book.plain(say(x, "form.note")) for x in LANGUAGES)):
                reading.refuse("sheet_column", at_row.at(column), name, known=_titles(form))
        elif key in places:
            reading.refuse("sheet_column_twice", at_row.at(column), name)
        else:
            places[key] = column
    for column in form.columns:
        if column.must and column.key not in places:
            reading.refuse("sheet_column_missing", at_row.sheet, None, needs=_title(column.key))
    out = []
    for row in rows:
        if row.number <= at_row.number:
            continue
        values: _Values = {}
        for key, place in places.items():
            raw = row.values[place] if place < len(row.values) else None
            values[key] = (_value(keys[key], raw, row.at(place), reading), row.at(place))
        if all(value in (None, "", []) for value, _ in values.values()):
            continue
        out.append(values)
    return out


def _title(key: str) -> dict[str, str]:
    return both(f"form.column.{key}")


def _titles(form: Form) -> list[dict[str, str]]:
    return [_title(column.key) for column in form.columns]


def _value(column: Column, raw: Any, at: str, reading: _Reading) -> Any:
    """Return what stands in a cell by the kind of its column; a fault where it cannot be that."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if column.must:
            reading.refuse("cell_missing", at, None, needs=_title(column.key))
        return None
    return _READ[column.kind](column, raw, at, reading)


def _read_number(column: Column, raw: Any, at: str, reading: _Reading) -> float | int | None:
    found = book.number(raw)
    low, high = column.low, column.high
    whole = column.kind == "whole"
    wrong = found is None or (low is not None and found < low) or (high is not None and found > high)
    if wrong or (whole and found is not None and found != int(found)):
        reading.refuse("cell_whole" if whole else "cell_number", at, raw, low=low, high="∞" if high is None else high)
        return None
    return int(found) if whole and found is not None else found


def _read_day(column: Column, raw: Any, at: str, reading: _Reading) -> int | None:
    found = book.day(raw, reading.first)
    if found == "undated":
        reading.refuse("cell_undated", at, book.text(raw))
    elif found is None:
        reading.refuse("cell_date", at, book.text(raw))
    return found if isinstance(found, int) else None


def _read_clock(column: Column, raw: Any, at: str, reading: _Reading) -> int | None:
    found = book.clock(raw)
    if found is None:
        reading.refuse("cell_clock", at, book.text(raw))
    return found


def _read_choice(column: Column, raw: Any, at: str, reading: _Reading) -> str | None:
    """Return the code of a choice; where the choice is open, the text itself."""
    written = book.text(raw)
    found = _code(column, written)
    if found is None and column.choices and column.group != "leave":
        reading.refuse("cell_choice", at, written, known=_choices(column))
        return None
    return found or written


def _read_choices(column: Column, raw: Any, at: str, reading: _Reading) -> list[str]:
    out = []
    for written in book.listed(raw):
        found = _code(column, written)
        if found is None:
            reading.refuse("cell_choice", at, written, known=_choices(column))
        else:
            out.append(found)
    return out


def _read_yes(column: Column, raw: Any, at: str, reading: _Reading) -> bool | None:
    if isinstance(raw, bool):
        return raw
    for value, key in ((True, "form.yes"), (False, "form.no")):
        if book.plain(raw) in {*(book.plain(say(lang, key)) for lang in LANGUAGES), "1" if value else "0"}:
            return value
    reading.refuse("cell_choice", at, book.text(raw), known=[both("form.yes"), both("form.no")])
    return None


def _code(column: Column, written: str) -> str | None:
    for code in column.choices:
        key = f"form.{column.group}.{code}"
        if book.plain(written) in {code, *(book.plain(say(lang, key)) for lang in LANGUAGES)}:
            return code
    return None


def _choices(column: Column) -> list[dict[str, str]]:
    return [both(f"form.{column.group}.{code}") for code in column.choices]


_READ: Mapping[str, Callable[[Column, Any, str, _Reading], Any]] = {
    "text": lambda column, raw, at, reading: book.text(raw),
    "person": lambda column, raw, at, reading: book.text(raw),
    "team": lambda column, raw, at, reading: book.text(raw),
    "list": lambda column, raw, at, reading: list(book.listed(raw)),
    "number": _read_number,
    "whole": _read_number,
    "date": _read_day,
    "clock": _read_clock,
    "choice": _read_choice,
    "choices": _read_choices,
    "yes": _read_yes,
}


def _take(reading: _Reading, path: str, row: _Values, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return field → value of a row, and remember from which cell each came."""
    out = {}
    for name, key in fields.items():
        value, at = row.get(key, (None, ""))
        if at:
            reading.cells[f"{path}.{name}"] = at
            reading.cells.setdefault(path, at)
        out[name] = value
    return out


def _person(reading: _Reading, number: int, row: _Values) -> dict[str, Any]:
    fields = {"id": "person", "from_day": "from", "to_day": "to"}
    same = ("name", "team", "place", "skills", "contract", "hours_per_week", "wage_per_hour", "status")
    one = _take(reading, f"people.{number}", row, fields | {name: name for name in same})
    texts = {name: one[name] or "" for name in ("id", "name", "team", "place", "contract")}
    return one | texts | {"skills": one["skills"] or [], "status": one["status"] or []}


def _leaves(reading: _Reading, rows: list[_Values]) -> list[dict[str, Any]]:
    """Return one leave a day; a row may name several."""
    out: list[dict[str, Any]] = []
    for row in rows:
        first, at = row.get("from", (None, ""))
        last = row.get("to", (None, ""))[0]
        if first is None:
            continue
        last = first if last is None else last
        if last < first or last - first > 400:
            reading.refuse("cell_days_turned", row["to"][1] or at, last + 1, first=first + 1)
            continue
        for day in range(first, last + 1):
            fields = {"person": "person", "from_s": "start", "to_s": "end", "kind": "leave"}
            one = _take(reading, f"leaves.{len(out)}", row, fields)
            reading.cells[f"leaves.{len(out)}.day"] = at
            out.append({**one, "day": day, "kind": one["kind"] or "annual"})
    return out


def _wish(reading: _Reading, number: int, row: _Values) -> dict[str, Any]:
    fields = {"person": "person", "day": "day", "kind": "wish", "shape": "shape", "weight": "weight"}
    one = _take(reading, f"wishes.{number}", row, fields)
    return {**one, "weight": 1 if one["weight"] is None else one["weight"]}


def _lock(reading: _Reading, number: int, row: _Values) -> dict[str, Any]:
    fields = {"person": "person", "day": "day", "start_s": "start", "end_s": "end", "off": "off"}
    one = _take(reading, f"locks.{number}", row, fields)
    end = one["end_s"]
    if end is not None and one["start_s"] is not None and end <= one["start_s"]:
        # 22:00 to 06:00 is a night.
        end += _DAY_S
    return {**one, "end_s": end, "off": bool(one["off"])}


def _history(reading: _Reading, number: int, row: _Values) -> dict[str, Any]:
    fields = {
        "person": "person",
        "days_in_a_row": "days_in_a_row",
        "days_off": "days_off",
        "month_overtime_s": "month_overtime_h",
        "period_s": "period_h",
        "year_overtime_s": "year_overtime_h",
    }
    one = _take(reading, f"histories.{number}", row, fields)
    for name in ("month_overtime_s", "period_s", "year_overtime_s"):
        one[name] = round((one[name] or 0) * _HOUR_S)
    for name in ("days_in_a_row", "days_off"):
        one[name] = one[name] or 0
    day, at = row.get("last_day", (None, ""))
    end = row.get("last_end", (None, ""))[0]
    one["last_end_s"] = None
    if day is not None and end is not None:
        one["last_end_s"] = day * _DAY_S + end
        if day >= 0:
            reading.refuse("cell_before_plan", at, day + 1)
    given = {name: row[name][0] for name in forms.CREDITS if row.get(name, (None, ""))[0] is not None}
    return {**one, "credits": given}
