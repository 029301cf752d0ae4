"""The workbook of people, empty or with those of a plan: drop-downs where the choice is closed, checks elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ui import words
from ui.actions.forms import FORMS, PEOPLE, Column, Form
from ui.exports import sheets
from ui.words import say, speech

if TYPE_CHECKING:
    from ui.exports.sheets import Book

_HEAD = 3
"""Row of the header, from 0; above it stand what the sheet is for and a blank row."""
ROWS = 1_000
"""Rows with drop-downs."""
_WIDTH = {"skills": 26, "name": 12, "team": 30, "contract": 20, "leave": 14, "wish": 16, "shape": 20}


Known = Mapping[str, Any]
"""What the drop-downs offer (``counterflow/form/1``): name → title of teams, places, skills, contracts and shapes;
`people` are rows to begin with, by keys of their columns; `first_date`."""


def workbook(lang: str, known: Known, origin: str) -> bytes:
    """Return the form as XLSX in one language; it is read in both."""
    first_date = date.fromisoformat(known["first_date"]) if known["first_date"] else None
    with sheets.book(say(lang, "form.title"), origin) as (book, out):
        _readme(lang, book, first_date)
        made = {one.key: book.sheet(say(lang, f"form.sheet.{one.key}")) for one in FORMS}
        columns = _lists(lang, book, known)
        for form in FORMS:
            _sheet(lang, book, made[form.key], form, columns)
        _fill(made[PEOPLE.key], book, known)
    return out.getvalue()


def _readme(lang: str, book: Book, first_date: date | None) -> None:
    sheet = book.sheet(say(lang, "form.sheet.readme"))
    book.heading(sheet, say(lang, "form.title"))
    sheet.write_string(3, 0, say(lang, "form.first_date"), book.forms["must"])
    if first_date is None:
        sheet.write_blank(3, 1, None, book.forms["date"])
    else:
        sheet.write_datetime(3, 1, datetime.combine(first_date, datetime.min.time()), book.forms["date"])
    check = {
        "validate": "date",
        "criteria": ">=",
        "value": date(2000, 1, 1),
        "error_message": say(lang, "form.bad_date"),
    }
    sheet.data_validation(3, 1, 3, 1, check)
    lines = [say(lang, f"form.how.{number}") for number in range(1, 6)]
    for row, line in enumerate(lines, start=5):
        sheet.merge_range(row, 0, row, 3, line, book.forms["text"])
        sheet.set_row(row, 30)
    for row, form in enumerate(FORMS, start=6 + len(lines)):
        sheet.write_string(row, 0, say(lang, f"form.sheet.{form.key}"), book.forms["strong"])
        sheet.merge_range(row, 1, row, 3, say(lang, f"form.about.{form.key}"), book.forms["text"])
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 26)
    book.printed(sheet, None, landscape=False)


def _lists(lang: str, book: Book, known: Known) -> dict[str, str]:
    """Write the names that drop-downs offer, and return list → range of its cells."""
    sheet = book.sheet(say(lang, "form.sheet.lists"))
    name = sheet.get_name().replace("'", "''")
    out = {}
    for number, key in enumerate(("teams", "places", "skills", "contracts", "shapes")):
        column = 2 * number
        entries = {one: _title(lang, key, one, title) for one, title in known[key].items()}
        sheet.write_string(0, column, say(lang, f"form.list.{key}"), book.forms["head"])
        sheet.write_blank(0, column + 1, None, book.forms["head"])
        for row, (entry, title) in enumerate(entries.items(), start=1):
            sheet.write_string(row, column, entry, book.forms["cell"])
            sheet.write_string(row, column + 1, title if title != entry else "", book.forms["quiet"])
        sheet.set_column(column, column, max([12, *map(sheets.width, entries)]) + 2)
        sheet.set_column(column + 1, column + 1, min(36, max([8, *map(sheets.width, entries.values())]) + 2))
        letter = _letter(column)
        out[key] = f"='{name}'!${letter}$2:${letter}${1 + max(1, len(entries))}"
    sheet.freeze_panes(1, 0)
    return out


def _sheet(lang: str, book: Book, sheet: Any, form: Form, lists: Mapping[str, str]) -> None:
    sheet.write_string(0, 0, say(lang, f"form.sheet.{form.key}"), book.forms["title"])
    sheet.write_string(1, 0, say(lang, f"form.about.{form.key}"), book.forms["quiet"])
    people = say(lang, f"form.sheet.{PEOPLE.key}").replace("'", "''")
    ids = f"='{people}'!$A${_HEAD + 2}:$A${_HEAD + 1 + ROWS}"
    for number, column in enumerate(form.columns):
        title = say(lang, f"form.column.{column.key}")
        sheet.write_string(_HEAD, number, title, book.forms["must" if column.must else "head"])
        check = _check(lang, column, ids, lists)
        if check:
            sheet.data_validation(_HEAD + 1, number, _HEAD + ROWS, number, check)
        width = _WIDTH.get(column.key, max(11, sheets.width(title) + 3))
        sheet.set_column(number, number, width)
    sheet.set_row(_HEAD, 32)
    sheet.freeze_panes(_HEAD + 1, 1)
    book.printed(sheet, _HEAD)


def _check(lang: str, column: Column, ids: str, lists: Mapping[str, str]) -> dict[str, Any]:
    """Return what Excel checks in a column: a drop-down, a number, a date or a time."""
    said = {"error_title": say(lang, f"form.column.{column.key}"), "ignore_blank": True}
    choose = {**said, "validate": "list", "error_message": say(lang, "form.bad_choice")}
    # A number of a day is good for a date too, and several skills or statuses for a list: so these only warn.
    warn = {"error_type": "warning"}
    if column.kind == "choice" and column.choices:
        free = warn if column.group == "leave" else {}
        return {**choose, **free, "source": [say(lang, f"form.{column.group}.{one}") for one in column.choices]}
    if column.kind == "choices":
        return {**choose, **warn, "source": [say(lang, f"form.{column.group}.{one}") for one in column.choices]}
    if column.kind == "yes":
        return {**choose, "source": [say(lang, "form.yes"), say(lang, "form.no")]}
    if column.kind == "person":
        return {**choose, "source": ids}
    named = {"team": "teams", "place": "places", "skills": "skills", "contract": "contracts", "shape": "shapes"}
    if column.key in named:
        free = warn if column.key in ("place", "skills", "contract") else {}
        return {**choose, **free, "source": lists[named[column.key]]}
    if column.kind == "date":
        whole = {"validate": "decimal", "criteria": "between", "minimum": 1, "maximum": 2_958_465}
        return {**said, **whole, "error_message": say(lang, "form.bad_date")}
    if column.kind == "clock":
        within = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 2}
        return {**said, **within, "error_message": say(lang, "form.bad_clock")}
    if column.kind in ("number", "whole"):
        kind = "decimal" if column.kind == "number" else "integer"
        low, high = column.low or 0, column.high if column.high is not None else 1e9
        limits = {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
        return {**said, **limits, "error_message": say(lang, "form.bad_number")}
    return {}


def _fill(sheet: Any, book: Book, known: Known) -> None:
    """Write the people to begin with."""
    for row, one in enumerate(known["people"], start=_HEAD + 1):
        for number, column in enumerate(PEOPLE.columns):
            sheets.put(sheet, row, number, one.get(column.key), book.forms["cell"])


def _title(lang: str, key: str, name: str, title: Any) -> str:
    return speech.shape(lang, name, title) if key == "shapes" else words.title(lang, title, name)


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
