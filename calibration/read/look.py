"""A look at the first rows of a log: which column would be read as what, and what is still to be said."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from calibration import privacy
from calibration.columns import COLUMNS, NEVER, Preset, Unreadable
from calibration.mapping import preset as find_preset
from calibration.mapping import presets
from calibration.read import source
from calibration.read.table import TEXTS, Labels, lacks, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHOWN = 5
_LIKE = 0.7
_TIMES = ("enter", "arrive", "start")
_SECONDS = ("menu_s", "wait_s", "service_s", "wrap_s")


@dataclass(frozen=True)
class Mapped:
    """A column of the canonical table, the columns of the file it is read from, and how they are written."""

    name: str
    columns: tuple[str, ...]
    form: str


@dataclass(frozen=True)
class Look:
    """What a file would be read as.

    Attributes
    ----------
    format, how : str
        Kind of file; encoding and delimiter of a text.
    mapped : tuple[Mapped, ...]
        What is read from where.
    unread : tuple[str, ...]
        Columns of the file that are not read.
    missing : tuple[str, ...]
        What a log must tell and this one, read so, does not; alternatives with ``|``.
    guesses : Mapping[str, tuple[str, ...]]
        Columns of the file that by their names may be what is missing.
    unknown : tuple[str, ...]
        Outcomes among the first rows that the preset does not know.
    rows : tuple[Mapping[str, object], ...]
        The first rows as they would be read: times as ISO text, durations in seconds, people as hashes.
    looked_at : int
        Number of rows looked at.
    unreadable : tuple[Unreadable, ...]
        What could not be read among them.
    """

    file: str
    format: str
    how: str
    mapped: tuple[Mapped, ...]
    unread: tuple[str, ...]
    missing: tuple[str, ...]
    guesses: Mapping[str, tuple[str, ...]]
    unknown: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    looked_at: int
    unreadable: tuple[Unreadable, ...]

    @property
    def ready(self) -> bool:
        """Whether the file can be read so."""
        return not self.missing and not self.unknown and self.looked_at > sum(one.count for one in self.unreadable)


def look(paths: Path | str | Iterable[Path | str], preset: Preset, key: bytes | None = None) -> tuple[Look, ...]:
    """Look at the first rows of each file; nothing is fitted, nothing written.

    Raises
    ------
    InputError
        A file that cannot be opened at all.
    """
    names = [paths] if isinstance(paths, (str, Path)) else list(paths)
    return tuple(_look(Path(name), preset, key or privacy.new_key()) for name in names)


def _look(path: Path, preset: Preset, key: bytes) -> Look:
    labels = {name: Labels() for name in TEXTS}
    table = read_table(path, preset, key, labels, sample=True)
    columns = table.columns
    used = {name for column in columns.values() for name in column.names}
    required = [
        " | ".join(dict.fromkeys(one for some in group for one in some))
        for name, groups in preset.columns.items()
        if name not in preset.optional and name not in columns
        for group in groups
    ]
    missing = tuple(dict.fromkeys((*lacks(columns, preset), *required)))
    unread = tuple(name for name in table.source.names if name not in used and name not in preset.only)
    codes = [code for code in labels["outcome"].codes if code]
    known = {code.casefold() for code in preset.outcomes}
    unknown = [] if "*" in preset.outcomes else [code for code in codes if code.casefold() not in known]
    return Look(
        file=str(path),
        format=table.source.format,
        how=table.source.how,
        mapped=tuple(Mapped(name, column.names, column.form) for name, column in columns.items()),
        unread=unread,
        missing=missing,
        guesses=guesses(unread, lacks(columns, preset)),
        unknown=tuple(unknown[:20]),
        rows=tuple(_row(table, labels, preset, k) for k in range(min(SHOWN, len(table.arrays.get("arrive", ()))))),
        looked_at=table.rows_read,
        unreadable=tuple(table.unreadable.all()),
    )


def _row(table: Any, labels: Mapping[str, Labels], preset: Preset, k: int) -> dict[str, object]:
    out: dict[str, object] = {"row": int(table.arrays["row"][k])}
    for name in ("place", "service", "channel", "outcome"):
        if name in table.arrays:
            code = list(labels[name].codes)[int(table.arrays[name][k])]
            out[name] = {"outcome": preset.outcomes, "channel": preset.channels}.get(name, {}).get(code, code)
    for name in _TIMES:
        if name in table.arrays:
            out[name] = _said(int(table.arrays[name][k]))
    for name in (*_SECONDS, "count", "interval", "priority", "appointment"):
        if name in table.arrays:
            value = int(table.arrays[name][k])
            out[name] = None if value == NEVER else value
    for name in ("case", "person"):
        if name in table.arrays:
            value = int(table.arrays[name][k])
            out[name] = None if value == NEVER else f"#{value & 0xFFFFFF:06x}"
    if "agent" in table.arrays:
        text = list(labels["agent"].codes)[int(table.arrays["agent"][k])]
        out["agent"] = None if not text or text in preset.no_agent else f"#{int(table.arrays['agent'][k]) + 1}"
    return {name: out[name] for name in ("row", *COLUMNS) if name in out}


def _said(moment: int) -> str | None:
    if moment == NEVER:
        return None
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def guesses(names: Sequence[str], missing: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return, for what is missing, the columns whose names other systems use for it, or nearly so."""
    words: dict[str, set[str]] = {}
    for one in map(find_preset, presets()):
        for name, groups in one.columns.items():
            words.setdefault(name, set()).update(w.casefold() for group in groups for some in group for w in some)
    out: dict[str, tuple[str, ...]] = {}
    for want in missing:
        for name in want.split(" | "):
            near = [
                column
                for column in names
                if difflib.get_close_matches(column.casefold(), sorted(words.get(name, ())), 1, _LIKE)
            ]
            if near:
                out[name] = tuple(near)
    return out


def nearest(paths: Path | str | Iterable[Path | str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the presets all of whose columns the first file has, and those of which it has some.

    Raises
    ------
    InputError
        A file that cannot be opened.
    """
    names = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not names:
        raise sim.InputError.one("log_missing", field="LOG", value="")
    whole: list[tuple[int, str]] = []
    partly: list[tuple[float, str]] = []
    for one in map(find_preset, presets()):
        opened = source.opened(Path(names[0]), one, strict=False)
        opened.shut()
        found = {name.casefold() for name in opened.names}
        groups = [group for name, several in one.columns.items() if name not in one.optional for group in several]
        has = sum(any(w.casefold() in found for some in group for w in some) for group in groups)
        # In a file of counts all else is optional, but it must say when.
        when = [w.casefold() for n in ("arrive", "date") for g in one.columns.get(n, ()) for some in g for w in some]
        if has == len(groups) and (one.kind == "log" or any(name in found for name in when)):
            whole.append((-has, one.id))
        elif has:
            partly.append((-has / len(groups), one.id))
    return tuple(name for _, name in sorted(whole)), tuple(name for _, name in sorted(partly)[:3])
