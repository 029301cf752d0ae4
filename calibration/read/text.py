"""Text files of any encoding as batches of numbered lines.

Every physical line is one row: a quote that is never closed spoils its own line and no other. The encoding is
found out: UTF-8 with or without byte order mark, UTF-16, or else GB18030, of which GBK is a part.
"""

from __future__ import annotations

import codecs
import csv
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 24
HEAD = 1 << 20
UNIT = "\x1f"
"""Separates the cells of a line whose quotes have been taken away."""
LOST = "\ufffd"
PLAIN, UNITS, BROKEN, LOST_TEXT, NO_ROW = range(5)
"""Kinds of rows: split at the delimiter; split at `UNIT`; a quote never closed; lost characters; no row at all."""
LINES = pa.schema([("n", pa.int64()), ("kind", pa.int8()), ("line", pa.string())])
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text by its first bytes; ``ascii`` when they tell nothing yet."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return name
    if len(head) >= 4:
        nulls = np.frombuffer(head[: len(head) // 2 * 2], np.uint8).reshape(-1, 2) == 0
        even, odd = nulls.mean(axis=0)
        if odd > 0.2 and even < 0.05:
            return "utf-16-le"
        if even > 0.2 and odd < 0.05:
            return "utf-16-be"
    return "ascii" if head.isascii() else _of_bytes(head)


def _of_bytes(block: bytes) -> str:
    """Return ``utf-8`` or ``gb18030``, whichever spoils less of a block that is not ASCII."""
    as_utf8 = block.decode("utf-8", "replace")
    lost = as_utf8.count(LOST)
    # A head may be cut in the middle of a character.
    if lost <= 1:
        return "utf-8"
    good = sum(not ch.isascii() for ch in as_utf8) - lost
    return "gb18030" if block.decode("gb18030", "replace").count(LOST) < lost and good < 4 * lost else "utf-8"


def blocks(stream: IO[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a text as UTF-8 in blocks of whole lines, each ended by a line feed.

    What no encoding has becomes U+FFFD. As long as all is ASCII, the encoding stays open.
    """
    wide = codecs.getincrementaldecoder(encoding)("replace") if encoding.startswith("utf-16") else None
    rest, first, only_cr = b"", True, False
    while True:
        chunk = stream.read(CHUNK)
        data = wide.decode(chunk, final=not chunk).encode("utf-8", "replace") if wide else chunk
        if first:
            data = data.removeprefix(codecs.BOM_UTF8)
            only_cr = b"\r" in data[:HEAD] and b"\n" not in data[:HEAD]
            first = False
        if only_cr:
            data = data.replace(b"\r", b"\n")
        cut = data.rfind(b"\n") + 1
        if chunk and not cut:
            rest += data
            continue
        block = rest + data[:cut] if chunk else rest + data
        rest = data[cut:]
        if block and not block.endswith(b"\n"):
            block += b"\n"
        if block:
            if not wide and not block.isascii():
                if encoding == "ascii":
                    encoding = _of_bytes(block)
                block = _utf8(block, encoding)
            yield block
        if not chunk:
            return


def _utf8(block: bytes, encoding: str) -> bytes:
    if encoding == "utf-8":
        try:
            block.decode("utf-8")
        except UnicodeDecodeError:
            return block.decode("utf-8", "replace").encode()
        return block
    return block.decode(encoding, "replace").encode()


def lines(source: Iterator[bytes], delimiter: str) -> Iterator[pa.RecordBatch]:
    """Yield batches of (number, kind, line); a line keeps its line end.

    Parameters
    ----------
    delimiter : str
        Character between cells.
    """
    number = 1
    for block in source:
        # Arrow counts bytes in 32 bits; a block is far below, unless a "line" is gigabytes long.
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE)
        offsets = np.concatenate([[0], ends + 1]).astype(np.int32)
        numbers = pa.array(np.arange(number, number + len(ends), dtype=np.int64))
        number += len(ends)
        kinds = np.zeros(len(ends), np.int8)
        text = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
        if b"\x00" in block or LOST.encode() in block:
            text = _mended(block, offsets, kinds, delimiter, np.zeros(len(kinds), bool))
        elif b'"' in block:
            raw = np.frombuffer(block, np.uint8)
            plain = _plainly_quoted(raw, offsets, delimiter)
            text = _unquoted(raw, offsets) if plain.all() else _mended(block, offsets, kinds, delimiter, plain)
        yield pa.record_batch([numbers, pa.array(kinds), text], schema=LINES)


def _plainly_quoted(raw: Any, offsets: Any, delimiter: str) -> Any:
    """Return which lines have quotes around whole cells only, with neither quote nor delimiter within, or none."""
    marks = np.flatnonzero(raw == _QUOTE)
    line = np.searchsorted(offsets, marks, side="right") - 1
    odd = np.bincount(line, minlength=len(offsets) - 1) % 2 == 1
    bad = odd.copy()
    even = ~odd[line]
    opens, closes = marks[even][0::2], marks[even][1::2]
    cut = ord(delimiter)
    before = np.where(opens > 0, raw[opens - 1], _NEWLINE)
    after = raw[np.minimum(closes + 1, len(raw) - 1)]
    cuts = np.cumsum(raw == cut, dtype=np.int32)
    wrong = ((before != cut) & (before != _NEWLINE)) | ((after != cut) & (after != _NEWLINE) & (after != _RETURN))
    wrong |= cuts[closes] != cuts[opens]
    bad[line[even][0::2][wrong]] = True
    plain: Any = ~bad
    return plain


def _unquoted(raw: Any, offsets: Any) -> pa.StringArray:
    """Return the lines of a block without their quotes."""
    quotes = raw == _QUOTE
    gone = np.concatenate([[0], np.cumsum(quotes, dtype=np.int32)])
    shorter = (offsets - gone[offsets]).astype(np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(shorter), pa.py_buffer(raw[~quotes].tobytes()))


def _mended(block: bytes, offsets: Any, kinds: Any, delimiter: str, plain: Any) -> pa.StringArray:
    """Return the lines of a block without quotes; put what each line is into `kinds`.

    The quotes of a `plain` line can go, and that is all.
    """
    out: list[str] = []
    for k in range(len(kinds)):
        line = block[offsets[k] : offsets[k + 1]].decode("utf-8")
        if LOST in line or "\x00" in line:
            kinds[k] = LOST_TEXT
        elif '"' not in line:
            pass
        elif plain[k]:
            line = line.replace('"', "")
        else:
            try:
                (cells,) = csv.reader([line.rstrip("\r\n")], delimiter=delimiter, strict=True)
            except (csv.Error, ValueError):
                kinds[k] = BROKEN
            else:
                kinds[k] = UNITS
                line = UNIT.join(cell.replace(UNIT, " ") for cell in cells)
        out.append(line)
    return pa.array(out, pa.string())
