"""Rows that Python reads one by one, as Arrow batches of text; and JSON, one object a call."""

from __future__ import annotations

import codecs
import itertools
import json
from typing import IO, TYPE_CHECKING, Any, cast

import pyarrow as pa

import sim
from calibration.read.text import NO_ROW, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BATCH = 20_000
LOOKED_AT = 2_000
"""Rows by which the columns of a file without a header are found out."""


def schema(width: int) -> pa.Schema:
    """Return the schema of rows: number, kind (see `text`), and `width` cells from `c0` on."""
    return pa.schema([("n", pa.int64()), ("kind", pa.int8()), *((f"c{k}", pa.string()) for k in range(width))])


def batches(rows: Iterator[tuple[int, Sequence[str] | None]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield rows as batches; a row that is too short is filled with nothing, None is one that cannot be read."""
    width = len(schema) - 2
    while some := list(itertools.islice(rows, BATCH)):
        numbers = pa.array([number for number, _ in some], pa.int64())
        kinds = pa.array([PLAIN if row is not None else NO_ROW for _, row in some], pa.int8())
        columns = [[row[k] if row is not None and k < len(row) else None for _, row in some] for k in range(width)]
        yield pa.record_batch([numbers, kinds, *(pa.array(column, pa.string()) for column in columns)], schema=schema)


def peeked(rows: Iterator[Any], number: int) -> tuple[list[Any], Iterator[Any]]:
    """Return the first rows, and an iterator over all of them."""
    first = list(itertools.islice(rows, number))
    return first, itertools.chain(first, rows)


class Named:
    """Rows that name their own columns, as rows of the columns that are wanted.

    Parameters
    ----------
    rows : iterable of (number, mapping)
        Each row with the text of its fields by name.
    wanted : sequence of str
        The whitelist: fields of other names are dropped here.
    """

    def __init__(self, rows: Iterable[tuple[int, Mapping[str, str] | None]], wanted: Sequence[str], file: str) -> None:
        first, self._rows = peeked(iter(rows), LOOKED_AT)
        if not first:
            raise sim.InputError.one("log_no_rows", file=file, value=0)
        seen = dict.fromkeys(name for _, row in first for name in row or ())
        self.names = list(seen)
        ours = {name.casefold() for name in wanted}
        self._keys = [name if name.casefold() in ours else "" for name in self.names]

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        """Yield each row with the text of the cells that are wanted, None for one that cannot be read."""
        for number, row in self._rows:
            yield number, None if row is None else [row.get(key, "") if key else "" for key in self._keys]


def json_rows(stream: IO[bytes], file: str) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    """Yield the objects of a JSON file: one a line, or an array of them, or the answer of an API around a list.

    An object within becomes fields ``outer.inner``. An array of objects (the agents of a call) becomes a row for
    each, beside the fields of the whole; fields of such a part are ``outer.inner`` too. A line that is no object is
    None; it spoils itself only.

    Raises
    ------
    InputError
        ``log_unreadable`` for a file that is neither, at the place where it stops being JSON.
    """
    text = codecs.getreader("utf-8-sig")(cast("Any", stream), "replace")
    first = ""
    while not first.strip():
        line = text.readline()
        if not line:
            return
        first = line
    try:
        alone = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        alone = False
    if alone:
        found: Iterator[tuple[int, Any]] = _by_line(itertools.chain([first], text))
    else:
        found = enumerate(_unwrapped(_whole(first + text.read(), file)), 1)
    for number, one in found:
        if isinstance(one, dict):
            for row in _rows(one):
                yield number, row
        else:
            yield number, None


def _by_line(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _whole(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise sim.InputError.one("log_unreadable", file=file, field=f"line {line}", value="JSON") from None
    except RecursionError:
        raise sim.InputError.one("log_unreadable", file=file, value="JSON") from None


def _unwrapped(found: Any) -> list[Any]:
    """Return the objects of a document: its array, or the longest list of objects in the answer around it."""
    if isinstance(found, list):
        return found
    inner = found.get("Response", found) if isinstance(found, dict) else {}
    inner = inner if isinstance(inner, dict) else {}
    lists = [value for name, value in inner.items() if name.endswith("List") and isinstance(value, list)]
    return max(lists, key=len) if lists else [found]


def _rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    whole: dict[str, str] = {}
    parts: list[dict[str, str]] = []
    for name, value in found.items():
        if isinstance(value, list):
            parts += [_flat(name, one) for one in value if isinstance(one, dict)]
        elif isinstance(value, dict):
            whole.update(_flat(name, value))
        else:
            whole[name] = _said(value)
    return [{**whole, **part} for part in parts] or [whole]


def _flat(outer: str, value: Mapping[str, Any]) -> dict[str, str]:
    return {f"{outer}.{name}": _said(one) for name, one in value.items() if not isinstance(one, (dict, list))}


def _said(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
