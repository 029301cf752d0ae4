"""Shifts of branches and remote teams together, as CSV and as a workbook: shifts, posts, recalls, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.exports import sheets, tabular
from ui.exports.roster import clock_past, spans
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHIFTS = ("day_class", "group", "shape", "start", "end", "meal", "breaks", "paid_hours", "stays", "on_call")
POSTS = ("day_class", "place", "skill", "start", "end", "people", "held", "on_call")
RECALLS = ("day_class", "team", "place", "to_pool", "start", "end")


def table(lang: str, document: Mapping[str, Any], key: str) -> list[list[Any]]:
    """Return the rows of ``shifts``, ``posts`` or ``recalls`` as values of their columns."""
    columns = {"shifts": SHIFTS, "posts": POSTS, "recalls": RECALLS}[key]
    return [[_value(lang, document, name, one) for name in columns] for one in document[key]]


def _value(lang: str, document: Mapping[str, Any], name: str, one: Mapping[str, Any]) -> Any:
    if name == "day_class":
        return speech.day_class(lang, one[name])
    if name in ("start", "end"):
        return clock_past(one[f"{name}_s"])
    if name in ("meal", "breaks"):
        return spans(one[name])
    if name == "paid_hours":
        return round(one["paid_h"], 4)
    if name == "shape":
        return speech.shape(lang, one[name], document["shapes"].get(one[name]))
    if name == "stays":
        # Only who changes places has anything to say here.
        stays = one["stays"] if len(one["stays"]) > 1 else ()
        return " → ".join(f"{title(lang, document, place)} {spans([(a, b)])}" for place, a, b in stays)
    if name in ("held", "on_call"):
        return say(lang, "unit.true" if one[name] else "unit.false")
    value = one[name]
    return title(lang, document, value) if isinstance(value, str) else int(value) if value == int(value) else value


def title(lang: str, document: Mapping[str, Any], name: str) -> str:
    """Return the title of a place, team or role, its name where it has none."""
    if name == "*":
        return say(lang, "unit.all")
    found = speech.role(lang, name)
    return found if found != name else words.title(lang, document["names"].get(name), name)


def header(lang: str, columns: Sequence[str]) -> list[str]:
    """Return the names of columns."""
    return [say(lang, f"export.branches.{name}") for name in columns]


def csv_text(lang: str, document: Mapping[str, Any]) -> str:
    """Return one row a shift."""
    return tabular.text(header(lang, SHIFTS), table(lang, document, "shifts"))


def workbook(lang: str, document: Mapping[str, Any]) -> bytes:
    """Return shifts, posts and recalls as XLSX."""
    name = say(lang, "export.branches_title")
    with sheets.book(name, origin(lang, document)) as (book, out):
        for key, columns in (("shifts", SHIFTS), ("posts", POSTS), ("recalls", RECALLS)):
            sheet = say(lang, f"export.branches_sheet.{key}")
            book.table_sheet(name, sheet, header(lang, columns), table(lang, document, key))
        book.notes(say(lang, "export.sheet_notes"), [origin(lang, document), *said(lang, document)])
    return out.getvalue()


def origin(lang: str, document: Mapping[str, Any]) -> str:
    """Return where it comes from."""
    promise = speech.promise(lang, document["promise"])
    values = {name: document[name] for name in ("scenario", "posts_rules", "contract", "version")}
    return say(lang, "export.branches_origin", promise=promise, **values)


def said(lang: str, document: Mapping[str, Any]) -> list[str]:
    """Return what it comes to, a sentence each."""
    lines = []
    if document["shifts"]:
        currency = document["currency"]
        cost, bound = (speech.quantity(lang, "cost", document[name], currency) for name in ("cost", "lower_bound"))
        gap = speech.percent(lang, document["gap"], 2)
        lines = [say(lang, "export.branches_cost", cost=cost, bound=bound, gap=gap)]
    for name in dict.fromkeys(one["day_class"] for one in document["shifts"]):
        mine = [one for one in document["shifts"] if one["day_class"] == name]
        hours = f"{sum(one['paid_h'] for one in mine):,.1f}"
        day = speech.day_class(lang, name)
        lines.append(say(lang, "export.branches_day", day=day, n=len(mine), hours=hours))
    if document["recalls"]:
        lines.append(say(lang, "export.branches_recalled", n=len(document["recalls"])))
    found = (speech.sentence(lang, one, document["currency"], document["names"]) for one in document["findings"])
    return [*lines, *found]
