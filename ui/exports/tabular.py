"""CSV that opens in Excel, with text kept from being taken for a formula."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FULL_WIDTH = tuple(map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *_FULL_WIDTH)
"""Beginnings that a spreadsheet takes for a formula (OWASP, CSV injection), full-width signs included."""

BOM = "\ufeff"


def guarded(cell: object) -> object:
    """Return text that would start a formula with an apostrophe before it; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return "'" + cell
    return cell


def text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV with a byte order mark, lines ended as Excel ends them, and guarded cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(cell) for cell in header])
    for row in rows:
        writer.writerow(["" if cell is None else guarded(cell) for cell in row])
    return BOM + out.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all, and return its path."""
    data = content.encode() if isinstance(content, str) else content
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # A temporary file is private; the file of a user has the rights that new files have.
        mask = os.umask(0)
        os.umask(mask)
        Path(fresh).chmod(0o666 & ~mask)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
    return path
