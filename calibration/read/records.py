"""Rows that Python reads one by one, as Arrow batches of text; and JSON, one object a call."""

from __future__ import annotations

import itertools
import json
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

import sim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BATCH = 20_000
LOOKED_AT = 2_000
"""Rows by which the columns of a file without a header are found out."""


def schema(width: int) -> pa.Schema:
    """Return the schema of rows: `n`, and `width` cells from `c0` on."""
    return pa.schema([("n", pa.int64()), *((f"c{k}", pa.string()) for k in range(width))])


def batches(rows: Iterator[tuple[int, Sequence[str]]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield rows as batches; a row that is too short is filled with nothing."""
    width = len(schema) - 1
    while some := list(itertools.islice(rows, BATCH)):
        numbers = [number for number, _ in some]
        columns = [[row[k] if k < len(row) else None for _, row in some] for k in range(width)]
        yield pa.record_batch(
            [pa.array(numbers, pa.int64()), *(pa.array(c, pa.string()) for c in columns)], schema=schema
        )


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

    def __init__(self, rows: Iterable[tuple[int, Mapping[str, str]]], wanted: Sequence[str], file: str) -> None:
        first, self._rows = peeked(iter(rows), LOOKED_AT)
        if not first:
            raise sim.InputError.one("log_no_rows", file=file, value=0)
        seen = dict.fromkeys(name for _, row in first for name in row)
        self.names = list(seen)
        ours = {name.casefold() for name in wanted}
        self._keys = [name if name.casefold() in ours else "" for name in self.names]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the text of the cells that are wanted."""
        for number, row in self._rows:
            yield number, [row.get(key, "") if key else "" for key in self._keys]


def json_rows(stream: IO[bytes], file: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the objects of a JSON file: one a line, or an array of them.

    An object within becomes fields ``outer.inner``. An array of objects (the agents of a call) becomes a row for
    each, beside the fields of the whole; fields of such a part are ``outer.inner`` too.
    """
    for number, found in enumerate(_objects(stream, file), 1):
        if isinstance(found, dict):
            for row in _rows(found):
                yield number, row


def _objects(stream: IO[bytes], file: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    text, position, final = "", 0, False
    while True:
        # A comma or bracket between objects belongs to the array around them.
        while position < len(text) and text[position] in " \t\r\n,[]\ufeff":
            position += 1
        try:
            found, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            if final:
                if text[position:].strip():
                    raise sim.InputError.one("log_unreadable", file=file, value="JSON") from None
                return
            chunk = stream.read(1 << 20)
            final = not chunk
            text, position = text[position:] + chunk.decode("utf-8", "replace"), 0
            if len(text) > 1 << 26:
                raise sim.InputError.one("log_unreadable", file=file, value="JSON") from None
        else:
            yield found


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
