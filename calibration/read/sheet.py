"""Rows of an Excel workbook (.xlsx), one by one; the sheet is the first that has our columns."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path


def sheet_rows(path: Path, wanted: set[str], titles: int) -> Generator[tuple[int, list[str]]]:
    """Yield the header and then every row below it, each with its number in the sheet.

    Parameters
    ----------
    wanted : set of str
        Our columns, case folded. Cells of other columns are never made into text.
    titles : int
        Rows in which the header is looked for.
    """
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheet, header, names = _header(book.worksheets, wanted, titles)
        yield header, names
        ours = [name.casefold() in wanted for name in names]
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > header:
                yield number, [_said(cell) if mine else "" for cell, mine in zip(row, ours, strict=False)]
    finally:
        book.close()


def _header(sheets: Sequence[Any], wanted: set[str], titles: int) -> tuple[Any, int, list[str]]:
    best: tuple[int, Any, int, list[str]] | None = None
    for sheet in sheets:
        # Some writers state wrong dimensions; without them the rows are read as they are.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_row=titles, values_only=True), 1):
            names = [_said(cell).strip() for cell in row]
            while names and not names[-1]:
                names.pop()
            score = len(wanted & {name.casefold() for name in names})
            if names and (best is None or score > best[0]):
                best = (score, sheet, number, names)
    if best is None:
        raise ValueError("XLSX")
    return best[1:]


def _said(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds") if cell.microsecond else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
