"""Which team serves which branch, as CSV and as a workbook: branches, teams, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.exports import sheets, tabular
from ui.exports.roster import clock_past
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BRANCHES = ("place", "place_name", "role", "services", "start", "end", "load", "first", "backup", "before", "changed")
TEAMS = ("team", "team_name", "role", "start", "end", "branches", "backups", "load", "people", "cost")


def branches(lang: str, document: Mapping[str, Any]) -> list[list[Any]]:
    """Return the assignment as the values of `BRANCHES`."""
    return [
        [
            one["place"], title(lang, document, one["place"]), speech.role(lang, one["role"]),
            " ".join(one["services"]), words.clock(one["start_s"]), clock_past(one["end_s"]), round(one["load"], 3),
            *(title(lang, document, one[key]) if one[key] else "" for key in ("first", "backup", "before")),
            say(lang, "unit.true") if one["before"] != one["first"] else "",
        ]
        for one in document["rows"]
    ]  # fmt: skip


def teams(lang: str, document: Mapping[str, Any]) -> list[list[Any]]:
    """Return what each team has as the values of `TEAMS`."""
    return [
        [
            one["team"], title(lang, document, one["team"]), speech.role(lang, one["role"]),
            words.clock(one["start_s"]), clock_past(one["end_s"]), one["branches"], one["backups"],
            round(one["load"], 3), one["people"], round(one["cost"], 2),
        ]
        for one in document["teams"]
    ]  # fmt: skip


def title(lang: str, document: Mapping[str, Any], name: str) -> str:
    """Return the title of a place or team, its name where it has none."""
    return words.title(lang, document["names"].get(name), name)


def csv_text(lang: str, document: Mapping[str, Any]) -> str:
    """Return one row a branch, kind of work and part of the day."""
    return tabular.text(_header(lang, BRANCHES), branches(lang, document))


def _header(lang: str, names: Sequence[str]) -> list[str]:
    return [say(lang, f"export.assignment.{name}") for name in names]


def workbook(lang: str, document: Mapping[str, Any], said: Sequence[str]) -> bytes:
    """Return the assignment as XLSX; `said` goes with where it comes from onto a sheet of notes."""
    with sheets.book(say(lang, "export.assignment_title"), origin(lang, document)) as (book, out):
        for key, names, rows in (
            ("sheet_branches", BRANCHES, branches(lang, document)),
            ("sheet_teams", TEAMS, teams(lang, document)),
        ):
            title_of = say(lang, "export.assignment_title")
            sheet = book.table_sheet(title_of, say(lang, f"export.{key}"), _header(lang, names), rows)
            if key == "sheet_branches":
                for line, row in enumerate(rows, start=4):
                    if row[-1]:
                        sheet.write_string(line, len(BRANCHES) - 1, row[-1], book.forms["locked"])
                    if not row[BRANCHES.index("first")]:
                        sheet.write_string(line, BRANCHES.index("first"), "–", book.forms["under"])
        book.notes(say(lang, "export.sheet_notes"), [origin(lang, document), *said])
    return out.getvalue()


def origin(lang: str, document: Mapping[str, Any]) -> str:
    """Return where it comes from."""
    values = {name: document[name] for name in ("scenario", "seed", "version")}
    return say(lang, "export.origin", promise=speech.promise(lang, document["promise"]), **values)


def said(lang: str, document: Mapping[str, Any]) -> list[str]:
    """Return what an assignment is, a sentence each."""
    if document["cost"] is None:
        lines = [say(lang, "export.assignment_none")]
    else:
        currency = document["currency"]
        people = {name: document[name] for name in ("people", "one_pool", "alone")}
        cost, bound = (speech.quantity(lang, "cost", document[name], currency) for name in ("cost", "lower_bound"))
        gap = speech.percent(lang, document["gap"])
        lines = [
            say(lang, "export.assignment_people", **people),
            say(lang, f"export.assignment.is.{document['status']}", cost=cost, bound=bound, gap=gap),
            say(lang, "export.assignment_changed", n=document["changed"], of=len(document["rows"])),
        ]
    found = (speech.sentence(lang, one, document["currency"], document["names"]) for one in document["findings"])
    return [*lines, *found]
