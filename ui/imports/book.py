"""A workbook as rows of values with the address of each cell, read within limits that no honest file reaches."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from ui.words.speech import AFTER_A_DATE, BETWEEN_NAMES, BETWEEN_PARTS_OF_A_DATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_PARTS = 2_000
LARGEST_RATIO = 150
"""Unpacked by packed bytes of a large part: what a person typed does not pack better."""
MOST_ROWS = 200_000
MOST_COLUMNS = 200
_OLD = bytes.fromhex("d0cf11e0")
_DAY_S = 86_400


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as Excel counts, and its values from column A on."""

    sheet: str
    number: int
    values: tuple[Any, ...]

    def at(self, column: int) -> str:
        """Return the address of a cell, as ``人员!C5``."""
        return f"{self.sheet}!{letters(column)}{self.number}"

    @property
    def empty(self) -> bool:
        """Tell whether nothing stands in it."""
        return all(value is None or (isinstance(value, str) and not value.strip()) for value in self.values)


def sheets(path: Path | str) -> dict[str, list[Row]]:
    """Return sheet → its rows that are not empty.

    Raises
    ------
    InputError
        No such file, no workbook, one with a password, or one that is too large.
    """
    import openpyxl

    file = str(path)
    _within_limits(Path(path), file)
    out: dict[str, list[Row]] = {}
    total = 0
    book = None
    try:
        book = openpyxl.load_workbook(io.BytesIO(Path(path).read_bytes()), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = out.setdefault(sheet.title, [])
            for number, values in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
                total += 1
                if total > MOST_ROWS:
                    raise sim.InputError.one("book_too_large", file=file, value=total, limit=MOST_ROWS)
                row = Row(sheet.title, number, values)
                if not row.empty:
                    rows.append(row)
    except sim.InputError:
        raise
    except Exception as error:
        # A broken workbook fails anywhere in the reader: zip, XML, styles, dates.
        reason = f"{type(error).__name__}: {error}"
        raise sim.InputError.one("book_unreadable", file=file, value=reason) from None
    finally:
        if book is not None:
            book.close()
    return out


def _within_limits(path: Path, file: str) -> None:
    """Refuse what is no workbook, or one that unpacks to more than any that a person made."""
    try:
        size = path.stat().st_size
        with path.open("rb") as opened:
            beginning = opened.read(4)
    except FileNotFoundError:
        raise sim.InputError.one("no_such_file", value=file) from None
    except OSError as error:
        raise sim.InputError.one("not_readable", file=file, reason=error.strerror or str(error)) from None
    if size > MOST_BYTES:
        raise sim.InputError.one("file_too_large", file=file, value=size, limit=MOST_BYTES)
    if beginning == _OLD:
        raise sim.InputError.one("book_locked_or_old", file=file)
    try:
        with zipfile.ZipFile(path) as parts:
            infos = parts.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise sim.InputError.one("book_unreadable", file=file, value=str(error)) from None
    unpacked = sum(one.file_size for one in infos)
    packed = max((one.file_size / max(one.compress_size, 1) for one in infos if one.file_size > 5_000_000), default=0)
    if unpacked > MOST_UNPACKED or len(infos) > MOST_PARTS or packed > LARGEST_RATIO:
        raise sim.InputError.one("file_too_large", file=file, value=unpacked, limit=MOST_UNPACKED)


def letters(column: int) -> str:
    """Return the letters of a column, 0 being A."""
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def header(rows: Iterable[Row], known: Iterable[str], least: int = 2) -> tuple[Row, dict[int, str]] | None:
    """Return the first row of which `least` cells are column names, and column → name as written; None when none is."""
    names = {plain(one) for one in known}
    for row in list(rows)[:12]:
        found = {column: str(value).strip() for column, value in enumerate(row.values) if value not in (None, "")}
        if sum(plain(one) in names for one in found.values()) >= least:
            return row, found
    return None


def plain(value: object) -> str:
    """Return a text as it is compared: without blanks at the ends, case and width of characters."""
    import unicodedata

    return unicodedata.normalize("NFKC", str(value)).strip().casefold()


def text(value: object) -> str:
    """Return a cell as text; a number that is whole without its point, because Excel has no whole numbers."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def number(value: object) -> float | None:
    """Return a cell as a number, None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < 1e15 else None
    try:
        found = float(plain(value).replace(",", ""))
    except ValueError:
        return None
    return found if abs(found) < 1e15 else None


def day(value: object, first: date | None) -> int | str | None:
    """Return the day of the plan (0 the first) that a cell names: a date, or a number counted from 1.

    None when it is neither; ``"undated"`` when it is a date and the first date is not known.
    """
    when: date | None = None
    if isinstance(value, datetime) and value.year < 1910:
        # A small number in a cell that Excel takes for a date.
        return (value - datetime(1899, 12, 31)).days - 1
    if isinstance(value, datetime):
        when = value.date()
    elif isinstance(value, date):
        when = value
    elif isinstance(value, str):
        try:
            when = date.fromisoformat(plain(value).replace("/", "-"))
        except ValueError:
            when = _parts(plain(value))
    if when is not None:
        return "undated" if first is None else (when - first).days
    counted = number(value)
    if counted is None or counted != int(counted) or not -3660 <= counted <= 3660:
        return None
    return int(counted) - 1 if counted > 0 else int(counted)


def _parts(written: str) -> date | None:
    """Return a date written as ``2026-1-5`` or ``2026年1月5日``."""
    for sign in BETWEEN_PARTS_OF_A_DATE:
        written = written.replace(sign, "-")
    pieces = written.removesuffix(AFTER_A_DATE).split("-")
    try:
        return date(*(int(one) for one in pieces)) if len(pieces) == 3 else None
    except ValueError:
        return None


def clock(value: object) -> int | None:
    """Return a time of day in seconds after midnight, up to 48:00; None when a cell holds none."""
    if isinstance(value, datetime):
        # Times of 24:00 and more are dates to a reader: day 1 of 1900 is 24:00.
        since = value - datetime(1899, 12, 30)
        return round(since.total_seconds()) if since < timedelta(days=3) else None
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value * _DAY_S) if 0 <= value <= 2 else None
    pieces = plain(value).split(":")
    if not 2 <= len(pieces) <= 3 or not all(one.isdigit() and len(one) <= 2 for one in pieces):
        return None
    hour, minute, second = (*map(int, pieces), 0)[:3]
    return hour * 3600 + minute * 60 + second if hour <= 48 and minute < 60 and second < 60 else None


def listed(value: object) -> Iterator[str]:
    """Yield the names that stand in a cell, with commas, semicolons, enumeration commas or line breaks between."""
    written = text(value)
    for sign in BETWEEN_NAMES:
        written = written.replace(sign, ",")
    for one in written.split(","):
        if one.strip():
            yield one.strip()
