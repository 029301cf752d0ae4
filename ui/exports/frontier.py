"""A frontier of plans as CSV and as a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.exports import sheets, tabular
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (
    "asked", "budget", "cost", "paid_hours", "value", "half_width", "worst", "worst_half_width", "kept", "best",
)  # fmt: skip


def csv_text(lang: str, document: Mapping[str, Any]) -> str:
    """Return one row a plan, figures as they are."""
    rows = [[_plain(lang, one[name]) for name in COLUMNS] for one in document["points"]]
    return tabular.text([say(lang, f"export.frontier.{name}") for name in COLUMNS], rows)


def workbook(lang: str, document: Mapping[str, Any]) -> bytes:
    """Return the points as XLSX, with a chart of cost against what is reached."""
    with sheets.book(say(lang, "export.frontier_title"), origin(lang, document)) as (book, out):
        sheet = book.sheet(say(lang, "export.frontier_sheet"))
        book.heading(sheet, say(lang, "export.frontier_title"))
        rows = [[_plain(lang, one[name]) for name in COLUMNS] for one in document["points"]]
        book.table(sheet, 3, [say(lang, f"export.frontier.{name}") for name in COLUMNS], rows)
        levels = [COLUMNS.index(name) for name in ("asked", "value", "half_width", "worst", "worst_half_width")]
        if document["measure"] in ("share", "abandoned_share"):
            for line, row in enumerate(rows, start=4):
                for column in levels:
                    if row[column] is not None:
                        sheet.write_number(line, column, row[column], book.forms["share"])
        for number, one in enumerate(document["findings"], start=5 + len(rows)):
            text = speech.sentence(lang, one, document["currency"], document.get("names"))
            sheet.write_string(number, 0, text, book.forms["quiet"])
        book.printed(sheet, 3)
    return out.getvalue()


def origin(lang: str, document: Mapping[str, Any]) -> str:
    """Return where the figures come from."""
    values = {name: document[name] for name in ("scenario", "seed", "version")}
    promise = speech.promise(lang, document["promise"])
    return say(lang, "export.frontier_origin", promise=promise, reps=document["replications"], **values)


def _plain(lang: str, value: Any) -> Any:
    return say(lang, "unit.true" if value else "unit.false") if isinstance(value, bool) else value
