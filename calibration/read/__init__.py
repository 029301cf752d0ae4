"""Read logs into the canonical table: text, Parquet, XLSX, XES, JSON. Only this package knows DuckDB.

What cannot be read is counted with a reason; nothing vanishes. Only the columns that the preset names are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from calibration import privacy
from calibration.columns import (
    ARRAYS,
    COLUMNS,
    DAY_S,
    NEVER,
    OUTCOMES,
    Counts,
    Example,
    Flags,
    Ints,
    Log,
    Preset,
    Unreadable,
    constant,
)
from calibration.mapping import PARTS
from calibration.read import cells, legs
from calibration.read.table import OTHER_CLOCK, REASONS, SHOWN, TEXTS, Labels, Table, known_outcomes, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RULES = (
    "unreadable_text", "unreadable_row", "unbalanced_quote", "wrong_field_count", *dict.fromkeys(REASONS.values()),
    OTHER_CLOCK, "no_arrival",
)  # fmt: skip
"""Why a row cannot be read."""
_NARROW: Mapping[str, Any] = {
    "file": np.int16, "row": np.int64, "leg": np.int32, "place": np.int32, "service": np.int32, "channel": np.int16,
    "agent": np.int32, "code": np.int32, "outcome": np.int8, "priority": np.int32, "appointment": np.int8,
}  # fmt: skip
_MINUTE = 60
_ENOUGH = 20


def log(paths: Path | str | Iterable[Path | str], preset: Preset, key: bytes | None = None) -> Log:
    """Read the log files of one kind as one table.

    Parameters
    ----------
    paths : path or paths
        Files; a case may have rows in several of them.
    key : bytes, optional
        For the hashes of people. Without one, a random key is used once and forgotten.

    Raises
    ------
    InputError
        A file that is missing, a folder, empty, of a format that is not read, or without the columns that
        `preset` needs; files of counts.
    """
    if preset.kind != "log":
        raise sim.InputError.one("log_is_counts", field="preset", value=preset.id)
    tables, labels = _tables(paths, preset, key)
    return _joined(tables, preset, labels)


def counts(paths: Path | str | Iterable[Path | str], preset: Preset) -> Counts:
    """Read files of counts as one table, in the order of the files.

    Raises
    ------
    InputError
        As `log`; ``log_is_no_counts`` for a preset of logs, ``counts_width`` when intervals have no common length.
    """
    if preset.kind != "counts":
        raise sim.InputError.one("log_is_no_counts", field="preset", value=preset.id)
    tables, labels = _tables(paths, preset, None)
    sizes = [len(table.arrays.get("arrive", ())) for table in tables]
    total = sum(sizes)
    if not total:
        raise sim.InputError.one("log_no_rows", file=str(tables[0].path), value=0)

    def column(name: str, otherwise: int) -> Any:
        if not any(name in table.arrays for table in tables):
            return constant(otherwise, total)
        return np.concatenate(
            [table.arrays.get(name, np.full(n, otherwise)) for table, n in zip(tables, sizes, strict=True)]
        )

    arrive = column("arrive", 0)
    day, start_s = arrive // DAY_S, arrive % DAY_S
    number = column("interval", NEVER)
    width_s = preset.width_s or _width(start_s, number, preset)
    if number[0] != NEVER:
        start_s = (number - preset.first_interval) * width_s
    if width_s <= 0 or (start_s < 0).any() or (start_s + width_s > DAY_S).any():
        raise sim.InputError.one("counts_width", file=str(tables[0].path), value=width_s)
    return Counts(
        files=tuple(table.path.name for table in tables),
        sha256=tuple(table.sha256 for table in tables),
        rows_read=sum(table.rows_read for table in tables),
        unreadable=together([one for table in tables for one in table.unreadable.all()]),
        places=_labels(labels["place"], "place", tables),
        services=_labels(labels["service"], "service", tables),
        channels=_labels(labels["channel"], "channel", tables),
        width_s=width_s,
        place=column("place", 0),
        service=column("service", 0),
        channel=column("channel", 0),
        day=day,
        start_s=start_s,
        count=column("count", 0).astype(np.float64),
    )


def _width(start_s: Ints, number: Ints, preset: Preset) -> int:
    """Return the length of an interval: the day over the highest number, or the least step between starts."""
    if number[0] != NEVER:
        most = int(number.max()) - preset.first_interval + 1
        return DAY_S // most if most > 0 and DAY_S % most == 0 else 0
    steps = np.diff(np.unique(start_s))
    return int(steps.min()) if len(steps) else 0


def _tables(
    paths: Path | str | Iterable[Path | str], preset: Preset, key: bytes | None
) -> tuple[list[Table], dict[str, Labels]]:
    names = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not names:
        raise sim.InputError.one("log_missing", field="LOG", value="")
    labels = {name: Labels() for name in TEXTS}
    key = key or privacy.new_key()
    return [read_table(Path(name), preset, key, labels) for name in names], labels


def _labels(labels: Labels, name: str, tables: Sequence[Table]) -> tuple[str, ...]:
    if not any(name in table.columns for table in tables):
        return ("*",)
    return tuple(text or "?" for text in labels.codes) or ("*",)


def _joined(tables: Sequence[Table], preset: Preset, labels: Mapping[str, Labels]) -> Log:
    """Return the tables as one Log: labels for texts, several rows of a case as its legs."""
    if sum(table.rows_read for table in tables) == 0:
        raise sim.InputError.one("log_no_rows", file=str(tables[0].path), value=0)
    sizes = [len(table.arrays.get("arrive", ())) for table in tables]
    names = dict.fromkeys(name for table in tables for name in table.arrays)
    rows: dict[str, Any] = {}
    for name in names:
        absent = ARRAYS.get(name, NEVER)
        kind = _NARROW.get(name, np.int64)
        # Each array of a file goes as soon as it has been taken over: at ten million rows two copies of all
        # would not fit.
        taken = [table.arrays.pop(name, None) for table in tables]
        if len(taken) == 1 and taken[0] is not None:
            rows[name] = taken[0].astype(kind, copy=False)
        else:
            rows[name] = np.concatenate(
                [
                    np.full(n, absent, kind) if one is None else one.astype(kind, copy=False)
                    for one, n in zip(taken, sizes, strict=True)
                ]
            )
    total = sum(sizes)
    if len(tables) > 1:
        rows["file"] = np.repeat(np.arange(len(tables), dtype=np.int16), sizes)
    if "outcome" in rows:
        rows["code"] = rows.pop("outcome")
    table_of = known_outcomes(labels["outcome"], preset)
    said = table_of[rows["code"]] if "code" in rows else constant(-2, total)
    if preset.daily and "case" in rows:
        # Ticket numbers begin anew every morning, in every branch.
        place = rows["place"].astype(np.int64) if "place" in rows else 0
        rows["case"] = _mixed(rows["case"], rows["arrive"] // DAY_S, place)
    repeats: list[Unreadable] = []
    if preset.legs and "case" in rows:
        files = tuple(table.path.name for table in tables)
        rows, said, repeats = _with_legs(rows, said, preset, labels, files)
    for name in ("rejoin", "last", "part"):
        rows.pop(name, None)
    rows["outcome"] = _outcome(said, rows, preset).astype(np.int8)
    services, service = _translated(rows, "service", labels, preset, tables)
    places, place = _translated(rows, "place", labels, preset, tables)
    channels, channel = _translated(rows, "channel", labels, preset, tables)
    codes = tuple(labels["outcome"].codes) or ("*",)
    agents, agent = _agents(rows, labels["agent"], preset)
    arrive = rows["arrive"]
    size = len(arrive)
    whole = {name: rows.get(name, constant(otherwise, size)) for name, otherwise in ARRAYS.items()}
    whole.update(place=place, service=service, channel=channel, agent=agent)
    if "case" not in rows:
        whole["case"] = np.arange(size, dtype=np.int64)
    elif (whole["case"] == NEVER).any():
        whole["case"] = np.where(whole["case"] == NEVER, -1 - np.arange(size), whole["case"])
    unreadable = [one for table in tables for one in table.unreadable.all()]
    unreadable += repeats
    gone = int((whole["outcome"] == OUTCOMES.index("no_show")).sum())
    left = int((whole["outcome"] == OUTCOMES.index("abandoned")).sum())
    return Log(
        files=tuple(table.path.name for table in tables),
        sha256=tuple(table.sha256 for table in tables),
        rows_read=sum(table.rows_read for table in tables),
        unreadable=together(unreadable),
        set_aside=together([one for table in tables for one in table.set_aside.all()]),
        places=places,
        services=services,
        channels=channels,
        codes=codes,
        agents=agents,
        zone=preset.zone,
        resolution_s=_MINUTE if size >= _ENOUGH and not (arrive % _MINUTE).any() else 1,
        longest_wait_s=preset.longest_wait_s,
        longest_service_s=preset.longest_service_s,
        names={name: column.names[0] for name, column in tables[0].columns.items()},
        leavers=preset.leavers if gone == left else "called" if gone > left else "moment",
        arrive=arrive,
        **whole,
    )


def _mixed(case: Ints, day: Ints, place: Any) -> Ints:
    """Return a key of case, day and place together (multiplication by odd constants, as splitmix64 has it)."""
    with np.errstate(over="ignore"):
        mixed = case.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= np.asarray(day).view(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= (np.zeros(1, np.uint64) + np.asarray(place).astype(np.uint64) + np.uint64(1)) * np.uint64(
            0x94D049BB133111EB
        )
    out: Ints = (mixed >> np.uint64(1)).astype(np.int64)
    return np.where(case == NEVER, NEVER, out)


def _with_legs(
    rows: dict[str, Any], said: Ints, preset: Preset, labels: Mapping[str, Labels], files: tuple[str, ...]
) -> tuple[dict[str, Any], Ints, list[Unreadable]]:
    """Return the rows with those of one case joined; most cases of most logs have one row, and need no sorting."""
    part = np.zeros(len(said), np.int8)
    if "part" in rows:
        # A part that the preset does not know says nothing about the customer's way.
        words = {code.casefold(): PARTS.index(word) + 1 for code, word in preset.parts.items()}
        known = np.array([words.get(code.casefold(), legs.IN_MENU) for code in labels["part"].codes] or [0], np.int8)
        part = known[rows.pop("part")]
    blank = labels["service"].codes.get("", -1)
    if preset.service_of and "service" in rows:
        blank = labels["service"].codes.setdefault("", len(labels["service"].codes))
        rows["service"] = np.where(part == PARTS.index(preset.service_of) + 1, rows["service"], blank).astype(np.int32)
    odd = shared(rows["case"]) | (part != legs.WHOLE)
    if not odd.any():
        rows["leg"] = constant(0, len(said))
        return rows, said, []
    some = {name: value[odd] for name, value in rows.items()}
    made, again = legs.joined(some, part[odd], np.asarray(said)[odd], blank)
    shown = np.sort(again)[:SHOWN].tolist()
    examples = tuple(
        Example(files[int(some["file"][k]) if "file" in some else 0], int(some["row"][k]), {}) for k in shown
    )
    repeats = [Unreadable("duplicate", len(again), examples)] if len(again) else []
    made["said"] = made.pop("outcome")
    for name in made.keys() - rows.keys() - {"said", "leg"}:
        rows[name] = constant(ARRAYS.get(name, NEVER), len(said))
    rest = {name: value[~odd] for name, value in rows.items() if name in made or name == "leg"}
    rest["leg"] = np.zeros(int((~odd).sum()), np.int32)
    rest["said"] = np.asarray(said)[~odd]
    out = {name: np.concatenate([rest[name], made[name].astype(rest[name].dtype)]) for name in made}
    order = np.lexsort((out["leg"], out["row"], out["file"])) if "file" in out else np.lexsort((out["leg"], out["row"]))
    out = {name: value[order] for name, value in out.items()}
    return out, out.pop("said"), repeats


def shared(case: Ints) -> Flags:
    """Return which rows share their case with another row."""
    ordered = np.sort(case)
    common = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    common = common[common != NEVER]
    return np.isin(case, common) if len(common) else np.zeros(len(case), bool)


def _outcome(said: Any, rows: Mapping[str, Any], preset: Preset) -> Any:
    """Return the outcome of rows; where the log says nothing, who had a service was served."""
    served, gone, left = (OUTCOMES.index(name) for name in ("served", "no_show", "abandoned"))
    otherwise = gone if preset.leavers == "called" else left
    return np.where(said == -2, np.where(rows["service_s"] > 0, served, otherwise), said)


def _translated(
    rows: Mapping[str, Any], name: str, labels: Mapping[str, Labels], preset: Preset, tables: Sequence[Table]
) -> tuple[tuple[str, ...], Any]:
    """Return labels in the order of the alphabet, channels by the words of the model, and the number of each row."""
    if name not in rows:
        return _labels(labels[name], name, tables), constant(0, len(rows["arrive"]))
    words = {code.casefold(): word for code, word in preset.channels.items()} if name == "channel" else {}
    texts = [words.get(code.casefold(), code) or "?" for code in labels[name].codes]
    used = np.bincount(rows[name], minlength=len(texts)) > 0
    names = tuple(sorted({text for text, has in zip(texts, used, strict=True) if has})) or ("*",)
    table = np.array([names.index(text) if text in names else 0 for text in texts] or [0], rows[name].dtype)
    return names, table[rows[name]]


def _agents(rows: Mapping[str, Any], labels: Labels, preset: Preset) -> tuple[int, Any]:
    if "agent" not in rows:
        return 0, constant(-1, len(rows["arrive"]))
    nobody = {name.casefold() for name in preset.no_agent} | {"", "null", "none", "0", "-1"}
    real = [name for name in sorted(labels.codes) if name.casefold() not in nobody]
    place = {name: k for k, name in enumerate(real)}
    table = np.array([place.get(name, -1) for name in labels.codes], np.int32)
    return len(real), table[rows["agent"]]


def together(found: Sequence[Unreadable]) -> tuple[Unreadable, ...]:
    """Return the rows found in several files, one entry a rule."""
    out: dict[str, Unreadable] = {}
    for one in found:
        old = out.get(one.rule, Unreadable(one.rule, 0, ()))
        out[one.rule] = Unreadable(one.rule, old.count + one.count, (*old.examples, *one.examples)[:SHOWN])
    return tuple(out.values())


__all__ = ["COLUMNS", "RULES", "cells", "counts", "log", "together"]
