"""A roster that people edited: the sheet of shifts of an exported workbook, or the same as CSV, row by row."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from ui.imports import book
from ui.imports.book import Row
from ui.words import LANGUAGES, both, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

COLUMNS = ("person", "team", "day_number", "day", "start", "end", "meal", "breaks", "shape", "locked")
_IGNORED = ("name", "paid_hours")
_MUST = ("person", "start", "end")
_DAY_S = 86_400
_LONGEST_S = 2 * _DAY_S


@dataclass(frozen=True)
class Shifts:
    """What a file of shifts held.

    Attributes
    ----------
    rows : list of dict
        As the roster of a plan's document; `team` as it stands in the file where no title was given for it.
    locked : tuple of int
        Which rows are locked.
    cells : mapping
        ``roster.3.start_s`` → the cell that it came from.
    """

    rows: list[dict[str, Any]]
    locked: tuple[int, ...]
    cells: Mapping[str, str]
    file: str

    def must_lock(self) -> list[dict[str, Any]]:
        """Return the locked shifts as rows of `scheduler.Lock`; all of them where the file has no column for it.

        Raises
        ------
        InputError
            No shift is locked.
        """
        if not self.locked:
            raise sim.InputError.one("lock_none", file=self.file)
        return [
            {"person": one["person"], "day": one["day"], "start_s": one["start_s"], "end_s": one["end_s"], "off": False}
            for one in (self.rows[number] for number in self.locked)
        ]


def read(path: Path | str, names: Mapping[str, Any], days: int | None = None, first: date | None = None) -> Shifts:
    """Return the shifts of a roster as XLSX or CSV.

    Parameters
    ----------
    names : mapping
        Team → its title in both languages: what stands in the file may be either.
    days : int, optional
        Days of the plan, beyond which no shift may lie.
    first : date, optional
        First day, for rows that give a date instead of the number of the day.

    Raises
    ------
    InputError
        With every cell that is wrong, as ``sheet!cell``.
    """
    file = str(path)
    rows = _csv(Path(path)) if Path(path).suffix.lower() == ".csv" else _sheet(path)
    keys = {
        book.plain(name): key
        for key in (*COLUMNS, *_IGNORED)
        for name in (key, *(say(lang, f"export.{key}") for lang in LANGUAGES))
    }
    head = book.header(rows, keys, least=3)
    places = (
        {keys[book.plain(name)]: column for column, name in head[1].items() if book.plain(name) in keys} if head else {}
    )
    if head is None or not set(_MUST) <= set(places) or not {"day", "day_number"} & set(places):
        needs = [both(f"export.{key}") for key in (*_MUST, "day_number")]
        raise sim.InputError.one("roster_no_shifts", file=file, needs=needs)
    reader = _Reader(file, places, _teams(names), days, first)
    for row in rows:
        if row.number > head[0].number:
            reader.take(row)
    if reader.faults:
        raise sim.InputError(reader.faults)
    return Shifts(reader.rows, tuple(reader.locked), reader.cells, file)


def _teams(names: Mapping[str, Any]) -> dict[str, str]:
    out = {}
    for team, title in names.items():
        for written in (team, *(title or {}).values()):
            out.setdefault(book.plain(written), team)
    return out


def _sheet(path: Path | str) -> list[Row]:
    found = book.sheets(path)
    wanted = {book.plain(say(lang, "export.sheet_shifts")) for lang in LANGUAGES}
    for name, rows in found.items():
        if book.plain(name) in wanted:
            return rows
    raise sim.InputError.one("book_no_sheet", file=str(path), value=list(found), needs=both("export.sheet_shifts"))


def _csv(path: Path) -> list[Row]:
    file = str(path)
    try:
        if path.stat().st_size > book.MOST_BYTES:
            raise sim.InputError.one("file_too_large", file=file, value=path.stat().st_size, limit=book.MOST_BYTES)
        written = path.read_text("utf-8-sig")
        lines = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    except FileNotFoundError:
        raise sim.InputError.one("no_such_file", value=file) from None
    except UnicodeDecodeError:
        raise sim.InputError.one("not_utf8", file=file) from None
    except csv.Error as error:
        raise sim.InputError.one("csv_syntax", file=file, value=str(error)) from None
    except OSError as error:
        raise sim.InputError.one("not_readable", file=file, reason=error.strerror or str(error)) from None
    rows = [Row(path.name, number, tuple(map(_unguarded, line))) for number, line in enumerate(lines, 1)]
    return [row for row in rows if not row.empty]


def _unguarded(cell: str) -> str:
    """Return a cell of a CSV without the apostrophe that keeps it from being a formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and not cell[1].isalnum() else cell


class _Reader:
    """Takes rows one by one, and everything that is wrong with them."""

    def __init__(
        self, file: str, places: Mapping[str, int], teams: Mapping[str, str], days: int | None, first: date | None
    ) -> None:
        self.file, self.places, self.teams, self.days, self.first = file, places, teams, days, first
        self.rows: list[dict[str, Any]] = []
        self.locked: list[int] = []
        self.cells: dict[str, str] = {}
        self.faults: list[sim.Fault] = []

    def take(self, row: Row) -> None:
        person = book.text(self._raw(row, "person"))
        start, end = self._clock(row, "start"), self._clock(row, "end")
        day = self._day(row)
        if not person:
            self._refuse("cell_missing", row, "person", None, needs=both("export.person"))
        if start is not None and end is not None:
            # 22:00 to 06:00 is a night; a shift of no length is a mistake.
            end += _DAY_S if end < start else 0
            if end == start or end > _LONGEST_S:
                self._refuse("cell_ends_first", row, "end", book.text(self._raw(row, "end")))
                end = None
        if not person or day is None or start is None or end is None:
            return
        offs = {name: self._spans(row, name, start, end) for name in ("meal", "breaks")}
        written = book.text(self._raw(row, "team"))
        number = len(self.rows)
        unpaid = sum(b - a for a, b in offs["meal"])
        self.rows.append(
            {
                "person": person, "team": self.teams.get(book.plain(written), written), "place": "*", "day": day,
                "start_s": start, "end_s": end, "meal": offs["meal"], "breaks": offs["breaks"],
                "paid_h": (end - start - unpaid) / 3600, "shape": "",
            }
        )  # fmt: skip
        for name, column in (("person", "person"), ("start_s", "start"), ("end_s", "end"), ("team", "team")):
            self.cells[f"roster.{number}.{name}"] = self._at(row, column)
        self.cells[f"roster.{number}.day"] = self._at(row, "day_number" if "day_number" in self.places else "day")
        self.cells[f"roster.{number}"] = self._at(row, "person")
        if self._is_locked(row):
            self.locked.append(number)

    def _raw(self, row: Row, key: str) -> Any:
        place = self.places.get(key)
        return row.values[place] if place is not None and place < len(row.values) else None

    def _at(self, row: Row, key: str) -> str:
        return row.at(self.places[key]) if key in self.places else f"{row.sheet}!{row.number}"

    def _refuse(self, code: str, row: Row, key: str, value: object, **expected: object) -> None:
        self.faults.append(sim.Fault(code, self.file, self._at(row, key), value, expected))

    def _clock(self, row: Row, key: str) -> int | None:
        raw = self._raw(row, key)
        if raw is None or raw == "":
            self._refuse("cell_missing", row, key, None, needs=both(f"export.{key}"))
            return None
        found = book.clock(raw)
        if found is None:
            self._refuse("cell_clock", row, key, book.text(raw))
        return found

    def _day(self, row: Row) -> int | None:
        key = "day_number" if self._raw(row, "day_number") not in (None, "") else "day"
        found = book.day(self._raw(row, key), self.first)
        if found == "undated":
            self._refuse("cell_undated", row, key, book.text(self._raw(row, key)))
        elif found is None:
            self._refuse("cell_date", row, key, book.text(self._raw(row, key)))
        elif isinstance(found, int) and (found < 0 or (self.days is not None and found >= self.days)):
            self._refuse("cell_day_range", row, key, found + 1, days=self.days or "")
        else:
            return found if isinstance(found, int) else None
        return None

    def _spans(self, row: Row, key: str, start: int, end: int) -> list[list[int]]:
        out = []
        for written in book.text(self._raw(row, key)).replace("–", "-").split():
            ends = [book.clock(one) for one in written.split("-")]
            if len(ends) != 2 or ends[0] is None or ends[1] is None:
                self._refuse("cell_spans", row, key, written)
                continue
            # Times after midnight are written as the clock shows them.
            first, last = (one + _DAY_S if one < start else one for one in ends if one is not None)
            if not start <= first < last <= end:
                self._refuse("cell_outside_shift", row, key, written)
                continue
            out.append([first, last])
        return sorted(out)

    def _is_locked(self, row: Row) -> bool:
        if "locked" not in self.places:
            return True
        raw = self._raw(row, "locked")
        if raw in (None, "", False):
            return False
        for value, key in ((True, "export.lock_yes"), (False, "export.lock_no")):
            if raw is value or book.plain(raw) in {book.plain(say(lang, key)) for lang in LANGUAGES}:
                return value
        known = [both("export.lock_yes"), both("export.lock_no")]
        self._refuse("cell_choice", row, "locked", book.text(raw), known=known)
        return False
