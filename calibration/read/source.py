"""What kind of file a log is, by its first bytes, and its rows as something that DuckDB can read.

Text, Parquet, XLSX, XES and JSON; any of them but Parquet and XLSX may be compressed with gzip.
"""

from __future__ import annotations

import csv
import glob
import gzip
import hashlib
import re
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

import pyarrow as pa

import sim
from calibration.read import records, text
from calibration.read.sheet import sheet_rows
from calibration.read.xes import xes_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from calibration.columns import Preset

DELIMITERS = ("\t", ",", ";", "|")
TITLES = 12
"""Lines above the header that a report may have: its title, its date."""
SAMPLE = 5000
"""Rows by which the form of the columns is found out."""
_LONGEST_NAME = 60
_MOST_NAMES = 40


@dataclass(frozen=True)
class Source:
    """The rows of one file.

    Attributes
    ----------
    names : tuple[str, ...]
        Columns of the file.
    kinds : tuple[str, ...]
        DuckDB type of each column.
    cells : tuple[str, ...]
        SQL for each column.
    width : int or None
        Number of cells that a row must have; None where the format sees to that.
    table, sample : callables
        Given a connection, return the SQL of all rows, and of the first. A row has `n`, its number in the file
        (the header being a row where there is one), `kind` and `w` (see `text`), `line` and what `cells` name.
    blank : str
        SQL that is true for rows without anything in them.
    sha256 : callable
        The hash of the file, once its rows have been read.
    """

    path: Path
    format: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    cells: tuple[str, ...]
    width: int | None
    table: Callable[[duckdb.DuckDBPyConnection], str]
    sample: Callable[[duckdb.DuckDBPyConnection], str]
    blank: str
    sha256: Callable[[], str]
    shut: Callable[[], None] = lambda: None
    delimiter: str = ""
    how: str = ""


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        if self._file.closed:
            return b""
        data = self._file.read(size)
        self._digest.update(data)
        if not data:
            self._file.close()
        return data

    def hexdigest(self) -> str:
        while not self._file.closed:
            self.read(text.CHUNK)
        return self._digest.hexdigest()

    def shut(self) -> None:
        """Close the file, read to its end or not."""
        self._file.close()

    # What gzip asks of a file.

    def seekable(self) -> bool:
        return False

    def readable(self) -> bool:
        return True


def opened(path: Path, preset: Preset, *, strict: bool = True) -> Source:
    """Return the rows of a file; if not `strict`, columns may be missing.

    Raises
    ------
    InputError
        A file that is missing, a folder, empty, of a kind that is not read, or without the columns needed.
    """
    if path.is_dir():
        raise sim.InputError.one("log_is_folder", file=str(path), value=str(path))
    if not path.is_file():
        raise sim.InputError.one("log_missing", file=str(path), value=str(path))
    try:
        with path.open("rb") as file:
            head = file.read(text.HEAD)
        packed = head.startswith(b"\x1f\x8b")
        if packed:
            with gzip.open(path) as file:
                head = file.read(text.HEAD)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise sim.InputError.one("not_readable", file=str(path), reason=reason) from None
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise sim.InputError.one("log_empty", file=str(path), value=len(head))
    if head.startswith(b"PAR1"):
        return _parquet(path, preset, strict)
    if head.startswith(b"PK\x03\x04"):
        return _sheet(path, preset, strict)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise sim.InputError.one("log_old_excel", file=str(path), value=".xls")
    start = head[:4096].decode(_python(text.encoding_of(head)), "replace").lstrip("\ufeff \t\r\n")
    if start.startswith("<") and re.search(r"<log[\s>]", start):
        return _streamed(path, preset, strict, "xes", packed, lambda stream: xes_rows(stream, str(path)))
    if start.startswith("{") or re.match(r"\[\s*\{", start):
        return _streamed(path, preset, strict, "json", packed, lambda stream: records.json_rows(stream, str(path)))
    return _text(path, preset, strict, head, packed)


def _python(encoding: str) -> str:
    return "utf-8" if encoding == "ascii" else encoding


def _stream(path: Path, packed: bool) -> tuple[_Hashed, IO[bytes]]:
    hashed = _Hashed(path)
    file = cast("IO[bytes]", hashed)
    return hashed, cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file


# ------------------------------------------------------------------------------------------------- text


def _text(path: Path, preset: Preset, strict: bool, head: bytes, packed: bool) -> Source:
    encoding = text.encoding_of(head)
    at_null = head.find(b"\x00")
    if at_null >= 0 and not encoding.startswith("utf-16"):
        raise sim.InputError.one("log_not_text", file=str(path), value=at_null)
    decoded = head.decode(_python(encoding), "replace").lstrip("\ufeff")
    shown = re.split(r"\r\n|\n" if "\n" in decoded else r"\r", decoded)
    number, delimiter, names = _header(shown, preset, path, strict)
    width = len(names)
    hashed, stream = _stream(path, packed)

    def batches() -> Iterator[pa.RecordBatch]:
        return text.lines(text.blocks(stream, encoding), delimiter)

    def table(connection: duckdb.DuckDBPyConnection) -> str:
        connection.register("_lines", pa.RecordBatchReader.from_batches(text.LINES, batches()))
        return _split("_lines", number, delimiter)

    def sample(connection: duckdb.DuckDBPyConnection) -> str:
        joined = "\n".join(shown[: number + SAMPLE][: -1 if len(shown) > SAMPLE else None]) + "\n"
        first = text.lines(iter([joined.encode("utf-8", "replace")]), delimiter)
        connection.register("_sample", pa.Table.from_batches(first, text.LINES))
        return _split("_sample", number, delimiter)

    return Source(
        path=path,
        format="text",
        names=tuple(names),
        kinds=("VARCHAR",) * width,
        cells=tuple(f"trim(c[{k + 1}])" for k in range(width)),
        width=width,
        table=table,
        sample=sample,
        blank=f"regexp_full_match(line, '[\\s{'' if delimiter == chr(9) else delimiter}]*')",
        sha256=hashed.hexdigest,
        shut=hashed.shut,
        delimiter=delimiter,
        how=f"{_python(encoding).upper()} “{'TAB' if delimiter == chr(9) else delimiter}”",
    )


def _split(name: str, header: int, delimiter: str) -> str:
    mark = delimiter.replace("'", "''")
    return f"""(SELECT n, kind, line, c, len(c) AS w FROM (SELECT n, kind, line,
        CASE WHEN kind = {text.UNITS} THEN string_split(line, chr(31)) ELSE string_split(line, '{mark}') END AS c
        FROM (SELECT n, kind, rtrim(line, chr(13) || chr(10)) AS line FROM {name} WHERE n > {header})))"""  # noqa: S608


def _header(shown: Sequence[str], preset: Preset, path: Path, strict: bool) -> tuple[int, str, list[str]]:
    """Return line, delimiter and names of the header: of the first lines, the one that names most of our columns.

    Line 0 stands for a file without a header line, of which the preset knows the columns.
    """
    wanted = {name.casefold() for name in preset.named()}
    best: tuple[tuple[int, int, int], int, str, list[str]] | None = None
    for number, line in enumerate(shown[:TITLES], 1):
        for delimiter in DELIMITERS if line.strip() else ():
            names = [name.strip() for name in _cells(line, delimiter)]
            score = len(wanted & {name.casefold() for name in names})
            rank = (score, len(names) if score or best is None or best[1] == number else 0, -number)
            if best is None or rank > best[0]:
                best = (rank, number, delimiter, names)
    if best is None:
        raise sim.InputError.one("log_empty", file=str(path), value=0)
    rank, number, delimiter, names = best
    if rank[0] == 0 and preset.header:
        first = next(line for line in shown if line.strip())
        for delimiter in DELIMITERS:
            if len(_cells(first, delimiter)) == len(preset.header):
                return 0, delimiter, list(preset.header)
    if strict:
        _check(names, preset, path, f"row {number}")
    return number, delimiter, names


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a "header" of a megabyte is none
        return [line]


def _check(names: Sequence[str], preset: Preset, path: Path, field: str) -> None:
    """Raise unless every column that must be there is there, and each of ours once."""
    found = [name.casefold() for name in names]
    missing = [
        " | ".join(dict.fromkeys(one for some in group for one in some))
        for name, groups in preset.columns.items()
        if name not in preset.optional
        for group in groups
        if not any(one.casefold() in found for some in group for one in some)
    ]
    if missing:
        raise sim.InputError.one(
            "log_columns",
            file=str(path),
            field=field,
            value=listed(names),
            missing=list(dict.fromkeys(missing)),
            preset=preset.id,
        )
    twice = [name for name in preset.named() if found.count(name.casefold()) > 1]
    if twice:
        raise sim.InputError.one("log_column_twice", file=str(path), field=field, value=listed(twice))


def listed(names: Sequence[str]) -> list[str]:
    """Return names of a file for a sentence: what cannot be printed is left out, and what no name is as long as."""
    shown = ["".join(ch if ch.isprintable() else "?" for ch in name[:_LONGEST_NAME]) for name in names[:_MOST_NAMES]]
    return [*shown, "…"] if len(names) > _MOST_NAMES else shown


# ---------------------------------------------------------------------------------------------- parquet


def _parquet(path: Path, preset: Preset, strict: bool) -> Source:
    import pyarrow.parquet

    try:
        schema = pyarrow.parquet.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise sim.InputError.one("log_unreadable", file=str(path), value=str(error).partition("\n")[0]) from None
    names = tuple(schema.names)
    if strict:
        _check(names, preset, path, "columns")
    quoted = tuple('"' + name.replace('"', '""') + '"' for name in names)
    kinds = tuple(_duck(field.type) for field in schema)
    name = glob.escape(str(path)).replace("'", "''")
    wanted = {one.casefold() for one in preset.named()}
    # Only the columns that the preset names are read from the file.
    read = ", ".join(one for one in quoted if one[1:-1].casefold() in wanted) or quoted[0]

    def rows(limit: str) -> str:
        return f"""(SELECT file_row_number + 1 AS n, 0 AS kind, 0 AS w, '' AS line, {read}
            FROM read_parquet('{name}', file_row_number = true){limit})"""  # noqa: S608

    return Source(
        path=path,
        format="parquet",
        names=names,
        kinds=kinds,
        cells=tuple(f"trim({one})" if kind == "VARCHAR" else one for one, kind in zip(quoted, kinds, strict=True)),
        width=None,
        table=lambda connection: rows(""),
        sample=lambda connection: rows(f" LIMIT {SAMPLE}"),
        blank="false",
        sha256=lambda: _hash(path),
    )


def _duck(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    if pa.types.is_date(kind):
        return "DATE"
    if pa.types.is_integer(kind):
        return "BIGINT"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "DOUBLE"
    if pa.types.is_time(kind):
        return "TIME"
    return "VARCHAR" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "OTHER"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --------------------------------------------------------------------------------- XLSX, XES and JSON


def _sheet(path: Path, preset: Preset, strict: bool) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise sim.InputError.one("log_archive", file=str(path), value=path.suffix)
        rows = sheet_rows(path, {name.casefold() for name in preset.named()}, TITLES)
        names = next(rows)
    except (zipfile.BadZipFile, KeyError, ValueError, StopIteration) as error:
        if isinstance(error, sim.InputError):
            raise
        raise sim.InputError.one("log_unreadable", file=str(path), value=str(error) or "XLSX") from None
    return _rows(path, preset, strict, "xlsx", [str(name) for name in names[1]], rows, lambda: _hash(path), rows.close)


def _streamed(
    path: Path, preset: Preset, strict: bool, kind: str, packed: bool, read: Callable[[IO[bytes]], Any]
) -> Source:
    """Return the rows of a format whose rows name their own columns: those of our preset make the table."""
    hashed, stream = _stream(path, packed)
    try:
        found = records.Named(read(stream), preset.named(), str(path))
        return _rows(path, preset, strict, kind, found.names, iter(found), hashed.hexdigest, hashed.shut)
    except BaseException:
        hashed.shut()
        raise


def _rows(
    path: Path, preset: Preset, strict: bool, kind: str, names: Sequence[str],
    rows: Iterator[tuple[int, Sequence[str] | None]], sha256: Callable[[], str], shut: Callable[[], None],
) -> Source:  # fmt: skip
    """Return rows of text cells that Python reads one by one."""
    if strict:
        _check(names, preset, path, "columns" if kind != "xlsx" else "row 1")
    first, all_rows = records.peeked(rows, SAMPLE)
    schema = records.schema(len(names))

    def table(connection: duckdb.DuckDBPyConnection) -> str:
        reader = pa.RecordBatchReader.from_batches(schema, records.batches(all_rows, schema))
        connection.register("_rows", reader)
        return "(SELECT *, 0 AS w, '' AS line FROM _rows)"

    def sample(connection: duckdb.DuckDBPyConnection) -> str:
        connection.register("_first", pa.Table.from_batches(records.batches(iter(first), schema), schema))
        return "(SELECT *, 0 AS w, '' AS line FROM _first)"

    return Source(
        path=path,
        format=kind,
        names=tuple(names),
        kinds=("VARCHAR",) * len(names),
        cells=tuple(f"trim(c{k})" for k in range(len(names))),
        width=None,
        table=table,
        sample=sample,
        blank=" AND ".join(("kind = 0", *(f"coalesce(c{k}, '') = ''" for k in range(len(names))))),
        sha256=sha256,
        shut=shut,
    )
