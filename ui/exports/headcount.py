"""Headcount of a year as CSV and as a workbook: roles by month, the redeployment ledger, moves, notes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ui.exports import sheets, tabular
from ui.words import known, say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLES = (
    "role", "month", "needed", "staff", "effective", "offered", "hired", "moved_in", "moved_out", "in_training", "left",
    "exits", "overtime", "short",
)  # fmt: skip
LEDGER = ("tally", "month", "opening", "hired", "moved_in", "moved_out", "left", "exits", "closing")
MOVES = ("from_role", "to_role", "month", "at_work", "people")


def month(document: Mapping[str, Any], number: int) -> str:
    """Return a month as ``2027-03``."""
    first = date.fromisoformat(document["start"])
    years, months = divmod(first.month - 1 + number, 12)
    return f"{first.year + years}-{months + 1:02d}"


def tally(lang: str, name: str) -> str:
    """Return the name of a tally of the ledger in words."""
    key = f"export.headcount.tally.{name}" if name != "*" else "export.headcount.everybody"
    return say(lang, key) if known(key) else name


def table(lang: str, document: Mapping[str, Any], key: str) -> list[list[Any]]:
    """Return the rows of ``roles``, ``ledger`` or ``moves`` as values of their columns."""
    columns = {"roles": ROLES, "ledger": LEDGER, "moves": MOVES}[key]
    return [[_value(lang, document, name, one[name]) for name in columns] for one in document[key]]


def _value(lang: str, document: Mapping[str, Any], name: str, value: Any) -> Any:
    if name in ("role", "from_role", "to_role"):
        return speech.role(lang, value)
    if name == "tally":
        return tally(lang, value)
    if name in ("month", "at_work"):
        return month(document, value)
    return round(value, 2) if isinstance(value, float) else value


def header(lang: str, columns: Sequence[str]) -> list[str]:
    """Return the names of columns."""
    return [say(lang, f"export.headcount.{name}") for name in columns]


def csv_text(lang: str, document: Mapping[str, Any], key: str) -> str:
    """Return the rows of ``roles``, ``ledger`` or ``moves`` as CSV."""
    columns = {"roles": ROLES, "ledger": LEDGER, "moves": MOVES}[key]
    return tabular.text(header(lang, columns), table(lang, document, key))


def workbook(lang: str, document: Mapping[str, Any]) -> bytes:
    """Return the year as XLSX: people of each role by month at a glance, all figures, the ledger, moves, notes."""
    title = say(lang, "export.headcount_title")
    with sheets.book(title, origin(lang, document)) as (book, out):
        _glance(lang, document, book)
        for key, columns in (("roles", ROLES), ("ledger", LEDGER), ("moves", MOVES)):
            sheet = say(lang, f"export.headcount_sheet.{key}")
            book.table_sheet(title, sheet, header(lang, columns), table(lang, document, key))
        book.notes(say(lang, "export.sheet_notes"), [origin(lang, document), *said(lang, document)])
    return out.getvalue()


def _glance(lang: str, document: Mapping[str, Any], book: sheets.Book) -> None:
    """Write roles down and months across: people, and beneath what is needed; what is short is marked."""
    sheet = book.sheet(say(lang, "export.headcount_sheet.glance"))
    book.heading(sheet, say(lang, "export.headcount_title"))
    months = range(document["months"])
    top = [say(lang, "export.headcount.role"), "", *(month(document, number) for number in months)]
    for column, text in enumerate(top):
        sheet.write_string(3, column, text, book.forms["head"])
    by_role: dict[str, list[Mapping[str, Any]]] = {}
    for one in document["roles"]:
        by_role.setdefault(one["role"], []).append(one)
    row = 4
    for name, several in by_role.items():
        for key in ("staff", "needed"):
            sheet.write_string(row, 0, speech.role(lang, name) if key == "staff" else "", book.forms["cell"])
            sheet.write_string(row, 1, say(lang, f"export.headcount.{key}"), book.forms["cell"])
            for one in several:
                form = "under" if key == "staff" and one["short"] > 0.01 else "total" if key == "staff" else "hours"
                sheet.write_number(row, 2 + one["month"], round(one[key], 2), book.forms[form])
            row += 1
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 1 + len(months), 9)
    sheet.freeze_panes(4, 2)
    book.printed(sheet, 3)


def origin(lang: str, document: Mapping[str, Any]) -> str:
    """Return where the figures come from."""
    scenario = " → ".join(name for name in (document["scenario"], document["towards"]) if name)
    promise = speech.promise(lang, document["promise"])
    values = {"workforce": document["workforce"], "label": document["label"], "version": document["version"]}
    return say(lang, "export.headcount_origin", scenario=scenario, promise=promise, **values)


def said(lang: str, document: Mapping[str, Any]) -> list[str]:
    """Return what the year comes to, a sentence each."""
    currency = document["currency"]
    cost, bound = (speech.quantity(lang, "cost", document[name], currency) for name in ("cost", "lower_bound"))
    lines = [say(lang, "export.headcount_cost", cost=cost, bound=bound, gap=speech.percent(lang, document["gap"]))]
    for name, change in document["change"].items():
        rows = [one for one in document["ledger"] if one["tally"] == name]
        lines.append(
            say(
                lang, "export.headcount_change", tally=tally(lang, name), first=f"{rows[0]['opening']:,.1f}",
                last=f"{rows[-1]['closing']:,.1f}", change=f"{change:+,.1f}", hired=sum(one["hired"] for one in rows),
                moved_in=sum(one["moved_in"] for one in rows), moved_out=sum(one["moved_out"] for one in rows),
                left=f"{sum(one['left'] for one in rows):,.1f}", exits=sum(one["exits"] for one in rows),
            )
        )  # fmt: skip
    return [*lines, *(speech.sentence(lang, one, currency) for one in document["findings"])]
