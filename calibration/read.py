"""Read logs into the canonical table. Only this module knows DuckDB.

Every physical line of a file is one row: a quote that is never closed spoils its own line and no other. What
cannot be read is counted with a reason; nothing vanishes.
"""

from __future__ import annotations

import codecs
import csv
import glob
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from calibration.columns import (
    COLUMNS,
    DAY_S,
    NEVER,
    OUTCOMES,
    Example,
    Ints,
    Log,
    Preset,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

DELIMITERS = ("\t", ",", ";", "|")
_CHUNK = 1 << 20
_SHOWN = 2
_REASONS = {"date": "unreadable_date", "clock": "unreadable_clock", "seconds": "unreadable_number"}
_UNIT = "\x1f"


def log(paths: Path | str | Iterable[Path | str], preset: Preset) -> Log:
    """Read the log files of one kind as one table.

    Raises
    ------
    InputError
        A file that is missing, a folder, empty, not UTF-8 text, or without the columns that `preset` needs.
    """
    names = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not names:
        raise sim.InputError.one("log_missing", field="LOG", value="")
    tables = [_Table(Path(name), preset) for name in names]
    return _joined(tables, preset)


@dataclass(frozen=True)
class _Header:
    """Which character separates the columns, where each needed column stands (from 0), how many there are."""

    delimiter: str
    position: Mapping[str, int]
    width: int


class _Table:
    """One file: its columns as arrays, its unreadable rows, its hash."""

    def __init__(self, path: Path, preset: Preset) -> None:
        import duckdb

        self.path = path
        line, self.sha256 = _looked_at(path)
        self.header = _header(line, preset, path)
        self.rows_read = 0
        self.unreadable: list[Unreadable] = []
        self.columns: dict[str, Any] = {}
        try:
            with duckdb.connect() as connection:
                self._take(connection, preset)
        except duckdb.Error as error:
            said = str(error).partition("\n")[0]
            raise sim.InputError.one("log_unreadable", file=str(path), value=said) from None

    def _take(self, connection: duckdb.DuckDBPyConnection, preset: Preset) -> None:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            """CREATE TEMP TABLE lines AS SELECT row_number() OVER () AS n, line FROM (
            SELECT rtrim(line, chr(13)) AS line
            FROM read_csv(?, delim = '\x1f', header = false, quote = '', escape = '', strict_mode = false,
            auto_detect = false, columns = {'line': 'VARCHAR'}, nullstr = '\x01', compression = 'none')
            WHERE regexp_matches(line, '\\S'))""",
            [glob.escape(str(self.path))],
        )
        broken = _quoted(connection, self.header.delimiter)
        connection.execute(
            """CREATE TEMP TABLE cells AS
            SELECT n, string_split(line, ?) AS c FROM lines WHERE n > 1 AND NOT contains(line, '"')
            UNION ALL SELECT n, string_split(line, '\x1f') AS c FROM quoted""",
            [self.header.delimiter],
        )
        (records,) = connection.execute("SELECT count(*) FROM lines").fetchone() or (0,)
        self.rows_read = max(records - 1, 0)
        lines = _line_numbers(self.path, records)
        short = connection.execute(
            "SELECT n, len(c) FROM cells WHERE len(c) <> ? ORDER BY n", [self.header.width]
        ).fetchall()
        self._fault("unbalanced_quote", [(int(lines[n - 1]), {}) for n in broken])
        self._fault("wrong_field_count", [(int(lines[n - 1]), {"fields": count}) for n, count in short])
        selected = ", ".join(self._expression(name, preset) for name in preset.columns)
        got = connection.execute(
            f"SELECT n, {selected} FROM cells WHERE len(c) = ? ORDER BY n",  # noqa: S608
            [preset.date_format] * ("date" in preset.columns) + [self.header.width],
        ).fetchnumpy()
        number = np.asarray(got["n"])
        bad = np.zeros(len(number), bool)
        for kind, rule in _REASONS.items():
            missing = {name: (got[name] == NEVER) & ~bad for name in preset.columns if COLUMNS[name] == kind}
            here = np.logical_or.reduce(list(missing.values())) if missing else np.zeros(len(bad), bool)
            shown = []
            for k in np.flatnonzero(here)[:_SHOWN].tolist():
                names = [name for name in missing if missing[name][k]]
                shown.append((int(lines[number[k] - 1]), self._shapes(connection, int(number[k]), names, preset)))
            self._fault(rule, shown, int(here.sum()))
            bad |= here
        self.columns = {name: np.asarray(got[name])[~bad] for name in preset.columns}
        self.columns["row"] = lines[number[~bad] - 1]

    def _expression(self, name: str, preset: Preset) -> str:
        """Return SQL for a column of the canonical table; what cannot be read becomes `NEVER`."""
        cells = [f"trim(c[{self.header.position[column] + 1}])" for column in preset.columns[name]]
        kind, cell = COLUMNS[name], cells[0]
        if kind == "key":
            return f"(hash(concat_ws('/', {', '.join(cells)})) >> 1)::BIGINT AS {name}"
        if kind == "text":
            return f"coalesce({cell}, '') AS {name}"
        if kind == "date":
            value = f"date_diff('day', DATE '1970-01-01', try_strptime({cell}, ?)::DATE)"
        elif kind == "clock":
            hours, minutes, seconds = (f"split_part({cell}, ':', {k})::BIGINT" for k in (1, 2, 3))
            form = r"'([01]?\d|2[0-3]):[0-5]\d:[0-5]\d'"
            sum_ = f"{hours} * 3600 + {minutes} * 60 + {seconds}"
            value = f"CASE WHEN regexp_full_match({cell}, {form}) THEN {sum_} END"
        else:
            value = f"CASE WHEN regexp_full_match({cell}, '-?\\d{{1,9}}') THEN {cell}::BIGINT END"
        return f"coalesce({value}, {NEVER + 1} - 1)::BIGINT AS {name}"

    def _fault(self, rule: str, rows: list[tuple[int, dict[str, str | int]]], count: int | None = None) -> None:
        number = len(rows) if count is None else count
        if number:
            examples = tuple(Example(self.path.name, row, fields) for row, fields in rows[:_SHOWN])
            self.unreadable.append(Unreadable(rule, number, examples))

    def _shapes(
        self, connection: duckdb.DuckDBPyConnection, n: int, names: list[str], preset: Preset
    ) -> dict[str, str | int]:
        """Return the shape of the text in the fields: `9` a digit, `a` a letter, at most 20 characters."""
        row = connection.execute("SELECT c FROM cells WHERE n = ?", [n]).fetchone()
        cells = row[0] if row else []
        out: dict[str, str | int] = {}
        for name in names:
            (column,) = preset.columns[name]
            text = cells[self.header.position[column]][:20]
            out[column] = "".join("9" if ch.isdigit() else "a" if ch.isalpha() else ch for ch in text)
        return out


def _looked_at(path: Path) -> tuple[str, str]:
    """Return the first line that is not blank, and the SHA-256, of a file that is UTF-8 text throughout."""
    if path.is_dir():
        raise sim.InputError.one("log_is_folder", file=str(path), value=str(path))
    if not path.is_file():
        raise sim.InputError.one("log_missing", file=str(path), value=str(path))
    digest, decoder, header, at = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), "", 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise sim.InputError.one("log_not_utf8", file=str(path), value=at + error.start) from None
            if "\x00" in text:
                raise sim.InputError.one("log_not_text", file=str(path), value=at + chunk.find(b"\x00"))
            if not header:
                lines = re.split(r"\r\n?|\n", text.removeprefix("\ufeff"))
                header = next((line for line in lines if line.strip()), "")
            at += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise sim.InputError.one("log_not_utf8", file=str(path), value=at) from None
    if not header:
        raise sim.InputError.one("log_empty", file=str(path), value=at)
    return header, digest.hexdigest()


def _header(line: str, preset: Preset, path: Path) -> _Header:
    """Find the needed columns in a header line, with the delimiter that finds most of them."""
    needed = preset.needed()
    best: tuple[int, str, list[str]] = (-1, "", [])
    for delimiter in DELIMITERS:
        try:
            names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error:  # a "header" of a megabyte is none
            names = [line]
        found = [name.casefold() for name in names]
        score = sum(name.casefold() in found for name in needed)
        if (score, len(names)) > (best[0], len(best[2])):
            best = (score, delimiter, names)
    _, delimiter, names = best
    found = [name.casefold() for name in names]
    missing = [name for name in needed if name.casefold() not in found]
    if missing:
        raise sim.InputError.one(
            "log_columns",
            file=str(path),
            field="row 1",
            value=_listed(names),
            missing=_listed(missing),
            preset=preset.id,
        )
    twice = [name for name in needed if found.count(name.casefold()) > 1]
    if twice:
        raise sim.InputError.one("log_column_twice", file=str(path), field="row 1", value=_listed(twice))
    return _Header(delimiter, {name: found.index(name.casefold()) for name in needed}, len(found))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join("".join(ch if ch.isprintable() else "?" for ch in name[:30]) for name in names[:20])
    return shown + (" …" if len(names) > 20 else "")


def _quoted(connection: duckdb.DuckDBPyConnection, delimiter: str) -> list[int]:
    """Make the table `quoted` of the lines with quotes, cells joined by U+001F; return the broken lines."""
    kept: list[int] = []
    joined: list[str] = []
    broken: list[int] = []
    for n, line in connection.execute(
        """SELECT n, line FROM lines WHERE n > 1 AND contains(line, '"') ORDER BY n"""
    ).fetchall():
        try:
            (cells,) = csv.reader([line], delimiter=delimiter, strict=True)
        except (csv.Error, ValueError):
            broken.append(n)
            continue
        kept.append(n)
        joined.append(_UNIT.join(cell.replace(_UNIT, " ") for cell in cells))
    if kept:
        connection.register("_quoted", {"n": np.array(kept, np.int64), "line": np.array(joined, object)})
        connection.execute("CREATE TEMP TABLE quoted AS SELECT n, line FROM _quoted")
    else:
        connection.execute("CREATE TEMP TABLE quoted (n BIGINT, line VARCHAR)")
    return broken


def _line_numbers(path: Path, records: int) -> Ints:
    """Return the physical line, counted from 1, of each record; blank lines are no records."""
    with path.open("rb") as file:
        breaks, last = 0, b"\n"
        while chunk := file.read(_CHUNK):
            breaks += chunk.count(b"\n")
            last = chunk[-1:]
    if breaks + (last != b"\n") != records:
        with path.open("rb") as file:
            numbers = [number for number, line in enumerate(file, 1) if line.strip()]
        if len(numbers) == records:
            return np.array(numbers, np.int64)
    return np.arange(1, records + 1, dtype=np.int64)


def _joined(tables: Sequence[_Table], preset: Preset) -> Log:
    """Return the tables as one Log: text as codes, clocks as seconds since 1970-01-01 on the right day."""
    sizes = [len(table.columns["row"]) for table in tables]
    if sum(table.rows_read for table in tables) == 0:
        raise sim.InputError.one("log_no_rows", file=str(tables[0].path), value=0)

    def column(name: str, otherwise: int) -> Any:
        if name != "row" and name not in preset.columns:
            return np.full(sum(sizes), otherwise, np.int64)
        return np.concatenate([table.columns[name] for table in tables])

    def coded(name: str, none: frozenset[str]) -> tuple[tuple[str, ...], Ints]:
        if name not in preset.columns:
            return ("*",), np.zeros(sum(sizes), np.int64)
        found, codes = np.unique(column(name, 0).astype(str), return_inverse=True)
        real = [text for text in found.tolist() if text not in none]
        table = np.array([real.index(text) if text not in none else -1 for text in found.tolist()], np.int64)
        return tuple(real), table[codes] if len(table) else codes.astype(np.int64)

    services, service = coded("service", frozenset())
    agents, agent = coded("agent", preset.no_agent | {""})
    codes, code = coded("outcome", frozenset())
    known = np.array([OUTCOMES.index(preset.outcomes[c]) if c in preset.outcomes else -1 for c in codes], np.int64)
    day, menu_s = column("date", 0), column("menu_s", 0)
    wait_s, service_s = column("wait_s", 0), column("service_s", 0)
    arrive_clock, enter_clock = column("arrive", 0), column("enter", 0)
    # Into the menu before midnight, out of it after: the date is that of the entry.
    day = day + ((arrive_clock < enter_clock) & (menu_s >= 0) & ("enter" in preset.columns))
    arrive = day * DAY_S + arrive_clock
    called = arrive + np.maximum(wait_s, 0)
    # The clock of the service, on the day that brings it nearest to the end of the wait.
    late = (column("start", 0) - called % DAY_S + DAY_S // 2) % DAY_S - DAY_S // 2
    start = np.where(service_s > 0, called + late, NEVER)
    return Log(
        files=tuple(table.path.name for table in tables),
        sha256=tuple(table.sha256 for table in tables),
        rows_read=sum(table.rows_read for table in tables),
        unreadable=_together([one for table in tables for one in table.unreadable]),
        services=services,
        agents=len(agents),
        codes=codes,
        file=np.repeat(np.arange(len(tables), dtype=np.int64), sizes),
        row=column("row", 0),
        case=column("case", 0),
        leg=np.zeros(sum(sizes), np.int64),
        service=service,
        agent=agent,
        code=code,
        outcome=known[code] if len(known) else code,
        day=day,
        enter=np.where(menu_s >= 0, arrive - menu_s, NEVER),
        arrive=arrive,
        called=called,
        start=start,
        end=np.where(service_s > 0, start + service_s, NEVER),
        menu_s=menu_s,
        wait_s=wait_s,
        service_s=service_s,
    )


def _together(found: Sequence[Unreadable]) -> tuple[Unreadable, ...]:
    """Return the unreadable rows of several files, one entry a rule."""
    out: dict[str, Unreadable] = {}
    for one in found:
        old = out.get(one.rule, Unreadable(one.rule, 0, ()))
        out[one.rule] = Unreadable(one.rule, old.count + one.count, (*old.examples, *one.examples)[:_SHOWN])
    return tuple(out.values())
