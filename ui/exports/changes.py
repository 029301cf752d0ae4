"""What is done otherwise today, as CSV and as a workbook: who, what, from when; worst news first in the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.exports import roster, sheets, tabular
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = ("number", "change", "person", "name", "team", "was", "now", "breaks_was", "breaks_now", "to", "cost")


def rows(lang: str, document: Mapping[str, Any]) -> list[list[Any]]:
    """Return the changes as the values of `COLUMNS`."""
    return [_row(lang, document, number, one) for number, one in enumerate(document["changes"], 1)]


def _row(lang: str, document: Mapping[str, Any], number: int, one: Mapping[str, Any]) -> list[Any]:
    to = " · ".join(
        words.title(lang, document["names"].get(name), name) for name in (one["to_team"], one["to_place"]) if name
    )
    return [
        number, kind(lang, one["kind"]), one["person"], roster.person(document, one["person"]),
        roster.team(lang, document, one["team"]), _span(one["was_start_s"], one["was_end_s"]),
        _span(one["start_s"], one["end_s"]), roster.spans([*one["was_meal"], *one["was_breaks"]]),
        roster.spans([*one["meal"], *one["breaks"]]), to, round(one["cost"], 2),
    ]  # fmt: skip


def kind(lang: str, code: str) -> str:
    """Return the kind of a change in words."""
    key = f"unit.change.{code}"
    return say(lang, key) if words.known(key) else code


def _span(start: int, end: int) -> str:
    return f"{words.clock(start)}–{words.clock(end)}" if end > start else ""


def csv_text(lang: str, document: Mapping[str, Any]) -> str:
    """Return one row a change."""
    return tabular.text([say(lang, f"export.{name}") for name in COLUMNS], rows(lang, document))


def workbook(lang: str, document: Mapping[str, Any], said: Sequence[str]) -> bytes:
    """Return the changes as XLSX: what to do, the day's shifts after it, and `said`, what it comes to."""
    with sheets.book(say(lang, "export.changes_title"), roster.origin(lang, document)) as (book, out):
        sheet = book.sheet(say(lang, "export.sheet_changes"))
        day = roster.day(lang, document, document["day"])
        at = words.clock(document["at_s"])
        book.heading(sheet, f"{say(lang, 'export.changes_title')} · {day} {at}")
        for line, text in enumerate(said, start=2):
            sheet.write_string(line, 0, text, book.forms["quiet"])
        top = 3 + len(said)
        book.table(sheet, top, [say(lang, f"export.{name}") for name in COLUMNS], rows(lang, document))
        book.printed(sheet, top)
        today = {**document, "roster": [one for one in document["roster"] if one["day"] == document["day"]]}
        sheet = book.sheet(day)
        names = roster.SHIFT_COLUMNS[:-1]
        changed = {one["person"] for one in document["changes"]}
        listed = [roster.shift_row(lang, today, one)[:-1] for one in roster.by_day(today)]
        book.table(sheet, 0, [say(lang, f"export.{name}") for name in names], listed)
        for line, row in enumerate(listed, start=1):
            if row[0] in changed:
                sheet.write_string(line, 0, row[0], book.forms["locked"])
        book.printed(sheet, 0)
    return out.getvalue()


def said(lang: str, document: Mapping[str, Any]) -> list[str]:
    """Return what today is like and what the changes do, a sentence each."""
    lines = [
        say(
            lang, "export.today_demand", at=words.clock(document["at_s"]), seen=f"{document['seen']:,.0f}",
            expected=f"{document['expected']:,.0f}", factor=speech.percent(lang, document["factor"], 0),
            sd=speech.percent(lang, document["factor_sd"], 0),
        )
    ]  # fmt: skip
    shares = {}
    for name in ("unchanged", "without", "after"):
        one = document[name]
        shares[name] = speech.percent(lang, one["share"]) + speech.margin(lang, "service_level", one["half_width"])
    lines.append(say(lang, "export.today_outlook", **shares))
    number, cost = len(document["changes"]), speech.quantity(lang, "cost", document["cost"], document["currency"])
    key = "export.today_changes" if number else "export.today_nothing"
    if document["after"]["broken"]:
        key = "export.today_broken" if number else "export.today_none"
    until = words.clock(document["frozen_until_s"])
    lines.append(say(lang, key, n=number, cost=cost, until=until, broken=document["after"]["broken"]))
    names = roster.titles(document)
    return [*lines, *(speech.sentence(lang, one, document["currency"], names) for one in document["findings"])]
