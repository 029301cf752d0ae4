"""All measures of a study, and a chart's table, as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.exports import tabular
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLUMNS = ("measure", "place", "service", "pool", "interval_start", "value", "half_width")


def study_csv(lang: str, document: Mapping[str, Any], *, brief: bool = False) -> str:
    """Return the rows of a study; names stand beside the codes that machines use.

    With `brief` quarter-hours are kept for the whole and for central teams, not for every place and service.
    """
    header = [
        *_COLUMNS,
        *(say(lang, f"export.{name}_name") for name in ("measure", "place", "service", "pool")),
    ]
    rows = []
    for row in document["measures"]:
        local = (row["place"], row["service"]) != ("*", "*") or "@" in row["pool"]
        if brief and local and row["interval_start"] != "*":
            continue
        titles = [
            words.title(lang, document["names"].get(row[name])) if row[name] != "*" else say(lang, "unit.all")
            for name in ("place", "service", "pool")
        ]
        rows.append([*(row[name] for name in _COLUMNS), speech.measure_name(lang, row["measure"]), *titles])
    return tabular.text(header, rows)


def table_csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return the table behind a chart."""
    return tabular.text(header, rows)
