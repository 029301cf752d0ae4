"""What every workbook that is written shares: formats, printing, tables, and text that stays text."""

from __future__ import annotations

import io
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST_FOOTER = 200
"""A footer holds 255 characters, its codes included."""
_LONGEST_NAME = 31
_RESERVED = frozenset("[]:*?/\\")
_WIDEST = 46
A4 = 9


@dataclass
class Book:
    """A workbook being written; no cell of it is a formula or a link, whatever people typed."""

    book: Any
    forms: Mapping[str, Any]
    origin: str
    """Where the figures come from; stands in every footer."""

    def sheet(self, name: str) -> Any:
        """Return a new sheet; what Excel forbids in its name is left out, and a name in use gets a number."""
        plain = "".join(one for one in name if one not in _RESERVED).strip("'") or "1"
        plain, number = plain[:_LONGEST_NAME], 2
        taken = {one.get_name().casefold() for one in self.book.worksheets()}
        while plain.casefold() in taken:
            plain = f"{plain[: _LONGEST_NAME - 4]} ({number})"
            number += 1
        return self.book.add_worksheet(plain)

    def heading(self, sheet: Any, title: str) -> None:
        """Write the title and where the figures come from into the first two rows."""
        sheet.write_string(0, 0, title, self.forms["title"])
        sheet.write_string(1, 0, self.origin, self.forms["quiet"])

    def table_sheet(self, title: str, name: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Any:
        """Write a sheet with a heading and one table, its header in the fourth row, and return it."""
        sheet = self.sheet(name)
        self.heading(sheet, f"{title} · {name}")
        self.table(sheet, 3, header, rows)
        self.printed(sheet, 3)
        return sheet

    def notes(self, name: str, lines: Sequence[str]) -> None:
        """Write a sheet of sentences."""
        sheet = self.sheet(name)
        sheet.set_column(0, 0, 110)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line, self.forms["text"])
        self.printed(sheet, None, landscape=False)

    def shown_only(self, sheet: Any) -> None:
        """Keep a sheet from being edited by mistake, because another one is read again; there is no password."""
        allowed = ("format_cells", "format_columns", "format_rows", "sort", "autofilter")
        sheet.protect("", dict.fromkeys(allowed, True))

    def printed(self, sheet: Any, repeat: int | None, *, landscape: bool = True) -> None:
        """Set A4, one page wide, row `repeat` on every page, origin and page number in the footer."""
        sheet.set_paper(A4)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        if repeat is not None:
            sheet.repeat_rows(repeat, repeat)
        # "&" starts a code in a footer and is doubled to stand for itself.
        origin = self.origin[:_LONGEST_FOOTER].replace("&", "&&")
        sheet.set_footer(f"&L&8{origin}&R&8&P / &N")

    def table(
        self, sheet: Any, top: int, header: Sequence[str], rows: Sequence[Sequence[object]], form: str = "cell"
    ) -> None:
        """Write a table with a filter on its header, from row `top` on: text as text, numbers as numbers."""
        for column, name in enumerate(header):
            sheet.write_string(top, column, name, self.forms["head"])
        for line, row in enumerate(rows, start=top + 1):
            for column, value in enumerate(row):
                put(sheet, line, column, value, self.forms[form], self.forms["number"])
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, top + max(1, len(rows)), len(header) - 1)
        for column, name in enumerate(header):
            texts = [name, *(str(row[column]) for row in rows if isinstance(row[column], str))]
            sheet.set_column(column, column, min(_WIDEST, max(map(width, texts)) + 3))


@contextmanager
def book(title: str, origin: str) -> Iterator[tuple[Book, io.BytesIO]]:
    """Give a workbook to write, and the bytes that hold it once it is closed."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(out, options) as made:
        made.set_properties({"title": title, "comments": origin})
        yield Book(made, _forms(made), origin), out


def put(sheet: Any, row: int, column: int, value: object, form: Any, number: Any = None) -> None:
    """Write one value by its kind: None as an empty cell, a number as a number, everything else as text."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        sheet.write_string(row, column, str(value), form)
    else:
        sheet.write_number(row, column, value, form if isinstance(value, int) else number or form)


def width(text: str) -> int:
    """Return how many columns a text takes: a Chinese character counts as two."""
    return max(
        (sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line) for line in text.split("\n")),
        default=0,
    )


def _forms(made: Any) -> dict[str, Any]:
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
    grid = {**base, "border": 1, "border_color": "#D0D5DB"}
    small = {**grid, "align": "center", "font_size": 8}
    return {
        "title": made.add_format({**base, "bold": True, "font_size": 14}),
        "quiet": made.add_format({**base, "font_color": "#6B7280", "font_size": 9}),
        "head": made.add_format({**grid, "bold": True, "bg_color": "#E8EEF4", "align": "center", "text_wrap": True}),
        "must": made.add_format({**grid, "bold": True, "bg_color": "#FBE3B5", "align": "center", "text_wrap": True}),
        "hour": made.add_format({**grid, "bold": True, "bg_color": "#E8EEF4", "align": "left", "font_size": 8}),
        "cell": made.add_format(grid),
        "open": made.add_format({**grid, "bg_color": "#FFFDF3", "locked": False}),
        "date": made.add_format({**grid, "num_format": "yyyy-mm-dd", "align": "center"}),
        "clock": made.add_format({**grid, "num_format": "[hh]:mm", "align": "center"}),
        "shift": made.add_format({**grid, "align": "center", "text_wrap": True, "bg_color": "#DCEBF7"}),
        "locked": made.add_format({**grid, "align": "center", "text_wrap": True, "bg_color": "#E6DDF1"}),
        "leave": made.add_format({**grid, "align": "center", "text_wrap": True, "bg_color": "#FDEBD3"}),
        "off": made.add_format({**grid, "align": "center", "font_color": "#9AA3AD"}),
        "hours": made.add_format({**grid, "num_format": "0.0"}),
        "total": made.add_format({**grid, "bold": True, "num_format": "0.0", "bg_color": "#F3F4F6"}),
        "whole": made.add_format({**grid, "bold": True, "num_format": "0", "bg_color": "#F3F4F6"}),
        "count": made.add_format({**small, "num_format": "0"}),
        "need": made.add_format({**small, "num_format": "0.#"}),
        "short": made.add_format({**small, "num_format": "0.#", "bg_color": "#F8CBAD"}),
        "under": made.add_format({**grid, "num_format": "0.00", "bg_color": "#F8CBAD"}),
        "day": made.add_format({**base, "bold": True, "font_size": 11, "bg_color": "#CFD8E3"}),
        "work": made.add_format({"bg_color": "#56B4E9", "border": 1, "border_color": "#8CCAEF"}),
        "meal": made.add_format({"bg_color": "#E69F00", "border": 1, "border_color": "#EDB74D"}),
        "break": made.add_format({"bg_color": "#F5D98B", "border": 1, "border_color": "#F5D98B"}),
        "free": made.add_format({"border": 1, "border_color": "#EEF0F2"}),
        "text": made.add_format({**base, "text_wrap": True, "valign": "top"}),
        "strong": made.add_format({**base, "text_wrap": True, "valign": "top", "bold": True}),
        "number": made.add_format({**grid, "num_format": "0.00"}),
        "share": made.add_format({**grid, "num_format": "0.0%"}),
    }  # fmt: skip
