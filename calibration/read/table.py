"""One file: from its rows to arrays of the canonical table, batch by batch, so that memory stays small."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import sim
from calibration.columns import ARRAYS, COLUMNS, DAY_S, NEVER, Example, Flags, Ints, Preset, Unreadable, shape_of
from calibration.read import cells, source, text
from calibration.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from calibration.read.cells import Column
    from calibration.read.source import Source

BATCH = 200_000
MEMORY = "600MB"
"""What DuckDB may use; the arrays come on top."""
SHOWN = 2
REASONS = {
    "time": "unreadable_time", "date": "unreadable_date", "clock": "unreadable_clock",
    "seconds": "unreadable_number", "number": "unreadable_number", "count": "unreadable_number",
}  # fmt: skip
OTHER_CLOCK = "mixed_clocks"
NO_ARRIVAL = "no_arrival"
OUTSIDE = "not_asked_for"
TEXTS = ("place", "service", "channel", "agent", "part", "outcome")
NOON = DAY_S // 2


@dataclass
class Found:
    """Rows found by name of the rule: how many, and the first of them."""

    file: str
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def add(self, rule: str, count: int, rows: list[tuple[int, Mapping[str, str | int]]]) -> None:
        """Count rows, and keep the first as examples."""
        if count:
            self.counts[rule] = self.counts.get(rule, 0) + count
            shown = self.examples.setdefault(rule, [])
            shown += [Example(self.file, row, fields) for row, fields in rows[: SHOWN - len(shown)]]

    def all(self) -> list[Unreadable]:
        """Return what was found, a rule each."""
        return [Unreadable(rule, count, tuple(self.examples[rule])) for rule, count in self.counts.items()]


class Labels:
    """Numbers for texts, in the order in which they come."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def of(self, array: Any) -> Ints:
        """Return the number of each text of an Arrow array."""
        packed = pc.dictionary_encode(array)
        if isinstance(packed, pa.ChunkedArray):
            packed = packed.combine_chunks()
        names = packed.dictionary.to_pylist()
        table = np.array([self.codes.setdefault(name or "", len(self.codes)) for name in names], np.int32)
        return table[packed.indices.to_numpy(zero_copy_only=False)] if len(names) else np.zeros(len(array), np.int32)


@dataclass
class Table:
    """The rows of a file as arrays (see `columns.Log`), with what came of the others."""

    path: Path
    source: Source
    columns: dict[str, Column]
    rows_read: int
    unreadable: Found
    set_aside: Found
    arrays: dict[str, Any]
    sha256: str


def connect() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB of its own, in memory, that fetches nothing from anywhere."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET TimeZone = 'UTC'") if _has_zones(connection) else None
    return connection


def _has_zones(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT 1 FROM duckdb_settings() WHERE name = 'TimeZone'").fetchall())


def read_table(path: Path, preset: Preset, key: bytes, labels: Mapping[str, Labels], *, sample: bool = False) -> Table:
    """Read a file into arrays; as a `sample` only its first rows, and what its columns tell of it.

    Raises
    ------
    InputError
        See `source.opened`; ``log_unreadable`` when DuckDB cannot make sense of the file.
    """
    import duckdb

    opened = source.opened(path, preset, strict=not sample)
    try:
        with connect() as connection:
            columns = cells.bound(opened, preset, connection, key)
            out = Table(path, opened, columns, 0, Found(path.name), Found(path.name), {}, "")
            lacking = lacks(columns, preset)
            if lacking and not sample:
                raise sim.InputError.one(
                    "log_incomplete",
                    file=str(path),
                    value=source.listed(opened.names),
                    missing=lacking,
                    preset=preset.id,
                )
            if not lacking:
                _take(out, preset, labels, connection, sample)
        out.sha256 = "" if sample else opened.sha256()
    except (duckdb.Error, pa.ArrowException) as error:
        raise _fault_of(error, path) from None
    finally:
        opened.shut()
    return out


def _fault_of(error: Exception, path: Path) -> sim.InputError:
    """Return the fault behind an error of DuckDB: one that our own readers raised, or DuckDB's own words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sim.InputError):
            return cause
        cause = cause.__cause__ or cause.__context__
    said = str(error).partition("\n")[0][:200]
    return sim.InputError.one("log_unreadable", file=str(path), value=said)


def lacks(columns: Mapping[str, Column], preset: Preset) -> list[str]:
    """Return what the columns that are there do not tell and a log must tell, as alternatives."""
    wants: list[tuple[str, ...]] = [("arrive", "enter")] if preset.kind == "log" else [("arrive", "date")]
    if preset.kind == "log":
        wants += [("service_s", "end"), ("wait_s", "called", "start", "end")]
    else:
        wants += [("count",), ("arrive", "interval")]
    if any(column.form == "clock" for column in columns.values()):
        wants.append(("date",))
    return [" | ".join(want) for want in wants if not any(name in columns for name in want)]


def _take(
    out: Table, preset: Preset, labels: Mapping[str, Labels], connection: duckdb.DuckDBPyConnection, sample: bool
) -> None:
    opened, columns = out.source, out.columns
    selected = ", ".join(f"{column.sql} AS v_{name}" for name, column in columns.items())
    numbers = [name for name, column in columns.items() if column.kind not in ("text", "key", "person", "flag")]
    bad = [f"v_{name} IN ({cells.BAD + 1} - 1, {cells.OTHER})" for name in numbers]
    wrong = f"w <> {opened.width}" if opened.width is not None else "false"
    shown = " OR ".join([wrong, "kind >= 2", *bad])
    line = "line" if opened.width is not None else "''"
    base = opened.sample(connection) if sample else opened.table(connection)
    # Without an ORDER BY the rows come in the order of the file.
    relation = connection.sql(
        f"""SELECT * EXCLUDE (line), CASE WHEN {shown} THEN {line} END AS line FROM (
        SELECT n, kind, w, line, {cells.only(opened, preset)} AS ours, {selected}
        FROM {base} WHERE NOT ({opened.blank}))"""  # noqa: S608
    )
    parts: dict[str, list[Any]] = {}
    for batch in relation.to_arrow_reader(BATCH):
        if not batch.num_rows:
            continue
        out.rows_read += batch.num_rows
        for name, array in _rows(batch, out, preset, labels).items():
            parts.setdefault(name, []).append(array)
    for name in list(parts):
        out.arrays[name] = np.concatenate(parts.pop(name))
    gc.collect()


def _rows(batch: pa.RecordBatch, out: Table, preset: Preset, labels: Mapping[str, Labels]) -> dict[str, Any]:
    """Return the arrays of the rows of a batch that can be read; count the others."""
    number = _ints(batch["n"])
    width, kind = _ints(batch["w"]), _ints(batch["kind"])
    bad = np.zeros(len(number), bool)

    def fault(rule: str, here: Flags, fields: Any) -> None:
        nonlocal bad
        here = here & ~bad
        if here.any():
            some = np.flatnonzero(here)[:SHOWN].tolist()
            out.unreadable.add(rule, int(here.sum()), [(int(number[k]), fields(k)) for k in some])
            bad = bad | here

    fault("unreadable_text", kind == text.LOST_TEXT, lambda _: {})
    fault("unbalanced_quote", kind == text.BROKEN, lambda _: {})
    fault("unreadable_row", kind == text.NO_ROW, lambda _: {})
    if out.source.width is not None:
        fault("wrong_field_count", width != out.source.width, lambda k: {"fields": int(width[k])})
    ours = batch["ours"].to_numpy(zero_copy_only=False)
    if not ours.all():
        outside = ~ours & ~bad
        out.set_aside.add(OUTSIDE, int(outside.sum()), [(int(number[k]), {}) for k in np.flatnonzero(outside)[:SHOWN]])
        bad = bad | outside
    got: dict[str, Any] = {}
    for name, column in out.columns.items():
        array = batch[f"v_{name}"]
        got[name] = array if column.kind == "text" else _ints(array)
    for reason in dict.fromkeys((*REASONS.values(), OTHER_CLOCK)):
        names = [
            name
            for name, column in out.columns.items()
            if name in got
            and column.kind != "text"
            and REASONS.get("clock" if column.form == "clock" else column.kind) == reason
        ]
        sign = cells.BAD
        if reason == OTHER_CLOCK:
            names, sign = [name for name, column in out.columns.items() if column.kind == "time"], cells.OTHER
        if names:
            which = {name: got[name] == sign for name in names}
            every = np.logical_or.reduce(list(which.values()))
            fault(reason, every, lambda k, w=which: _shapes(out, batch, k, [name for name in w if w[name][k]]))
    made = _made(got, out, preset, labels)
    fault(NO_ARRIVAL, (made["arrive"] < cells.BAD_LIMIT), lambda _: {})
    made["row"] = number
    # A copy, always: a view would keep the whole batch in memory.
    return {name: array[~bad] if bad.any() else np.array(array) for name, array in made.items()}


def _ints(array: Any) -> Ints:
    if array.null_count:
        array = pc.fill_null(array, cells.MISSING if array.type == pa.int64() else 0)
    out: Ints = array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return out


def _shapes(out: Table, batch: pa.RecordBatch, k: int, names: list[str]) -> dict[str, str | int]:
    """Return the shape of the text in the fields that could not be read."""
    line = batch["line"][k].as_py()
    place = {name.casefold(): j for j, name in enumerate(out.source.names)}
    shown: dict[str, str | int] = {}
    for name in names:
        for column in out.columns[name].names:
            if not line:
                shown[column] = "?"
                continue
            mark = text.UNIT if int(batch["kind"][k].as_py()) == text.UNITS else out.source.delimiter
            parts = line.split(mark)
            j = place[column.casefold()]
            shown[column] = shape_of(parts[j].strip()) if j < len(parts) else ""
    # Of alternatives, those that hold nothing are not what could not be read.
    return {name: shape for name, shape in shown.items() if shape} or shown


# --------------------------------------------------------------------------- what the rows of a batch say


def _made(got: Mapping[str, Any], out: Table, preset: Preset, labels: Mapping[str, Labels]) -> dict[str, Any]:
    """Return the arrays of the canonical table for rows as they stand in the log."""
    columns = out.columns
    size = len(next(iter(got.values())))
    made: dict[str, Any] = {name: labels[name].of(got[name]) for name in TEXTS if name in got}
    for name in ("case", "person"):
        if name in got:
            made[name] = got[name]
    for name in ("leg", "priority", "appointment"):
        if name in got:
            value = got[name]
            made[name] = np.where(value < cells.BAD_LIMIT, ARRAYS[name], value).astype(np.int32)
    time = _times(got, columns, preset, size)
    seconds = {name: _known(got[name]) for name, kind in COLUMNS.items() if kind == "seconds" and name in got}
    if preset.kind == "counts":
        for name in ("count", "interval"):
            if name in got:
                made[name] = got[name]
        made["arrive"] = time.pop("arrive", got["date"] * DAY_S if "date" in got else None)
        return made
    passed = _Passed(time, columns, preset)
    menu_s = seconds.get("menu_s")
    if "arrive" not in time:
        time["arrive"] = time["enter"] if menu_s is None else np.where(
            (menu_s == NEVER) | (time["enter"] == NEVER), time["enter"], time["enter"] + np.maximum(menu_s, 0)
        )  # fmt: skip
    elif menu_s is None and "enter" in time:
        menu_s = passed.between("enter", "arrive")
    arrive = time["arrive"]
    wait_s = seconds.get("wait_s")
    if wait_s is None:
        wait_s = np.full(size, NEVER)
        for name in ("called", "start", "left", "end"):
            if name in time:
                # Without a wait of its own, a service that began at once began at `arrive`.
                wait_s = np.where(wait_s == NEVER, passed.between("arrive", name), wait_s)
    known = np.where(wait_s == NEVER, 0, wait_s)
    start = time.get("start")
    given = "service_s" in seconds
    if start is None:
        start = np.where(_there(time.get("called"), size), arrive + known, arrive + known if given else NEVER)
    elif "arrive" in columns and columns["arrive"].form != "clock" and "start" in columns:
        # On the wall the start may lie on the other side of a change of the clocks.
        start = np.where(start == NEVER, NEVER, arrive + passed.between("arrive", "start"))
    service_s = seconds.get("service_s")
    if service_s is None:
        origin = "start" if "start" in time else "called"
        service_s = passed.between(origin, "end") if origin in time and "end" in time else np.full(size, NEVER)
        if "outcome" in made:
            kind = known_outcomes(labels["outcome"], preset)[made["outcome"]]
            service_s = np.where((kind > 0) & (kind != 3), NEVER, service_s)
    service_s = np.where(service_s == NEVER, 0, service_s)
    made["arrive"] = arrive
    made["wait_s"] = known
    made["service_s"] = service_s
    made["start"] = np.where(service_s > 0, np.where(start == NEVER, arrive + np.maximum(known, 0), start), NEVER)
    if menu_s is not None:
        made["menu_s"] = menu_s
    if "wrap_s" in seconds:
        made["wrap_s"] = seconds["wrap_s"]
    if "rejoin" in time:
        made["rejoin"] = time["rejoin"]
    return made


def known_outcomes(labels: Labels, preset: Preset) -> Ints:
    """Return the outcome of each of the log's own codes: index into `OUTCOMES`, −1 unknown, −2 nothing said."""
    from calibration.columns import OUTCOMES

    otherwise = OUTCOMES.index(preset.outcomes["*"]) if "*" in preset.outcomes else -1
    folded = {code.casefold(): OUTCOMES.index(word) for code, word in preset.outcomes.items()}
    return np.array(
        [-2 if not code else folded.get(code.casefold(), otherwise) for code in labels.codes] or [-2], np.int64
    )


def _known(value: Ints) -> Ints:
    return np.where(value < cells.BAD_LIMIT, NEVER, value)


def _there(value: Any, size: int) -> Any:
    return np.zeros(size, bool) if value is None else value != NEVER


def _times(got: Mapping[str, Any], columns: Mapping[str, Column], preset: Preset, size: int) -> dict[str, Ints]:
    """Return all moments on the local clock, seconds since 1970-01-01.

    A clock without a date belongs to the row's date. Into the menu before midnight and out of it after: the date
    is that of the entry. Every later clock lies on the day that brings it nearest to the moment before.
    """
    out: dict[str, Ints] = {}
    names = [name for name in ("enter", "arrive", "called", "start", "end", "left", "rejoin") if name in got]
    absolute = [name for name in names if columns[name].absolute]
    zone = _zone([_known(got[name]) for name in absolute], preset.zone) if absolute else None
    day = got.get("date")
    clocks: dict[str, Ints] = {}
    for name in names:
        value = _known(got[name])
        if columns[name].form == "clock" and day is not None:
            clocks[name] = value
        elif zone is not None and columns[name].absolute:
            out[name] = np.where(value == NEVER, NEVER, zone.local(np.maximum(value, 0)))
        else:
            out[name] = value
    if not clocks or day is None:
        return out
    first = "arrive" if "arrive" in clocks else "enter"
    base = day
    if "enter" in clocks and "arrive" in clocks:
        menu_s = got.get("menu_s", np.zeros(size, np.int64))
        base = day + ((clocks["arrive"] < clocks["enter"]) & (menu_s >= 0) & (clocks["arrive"] != NEVER))
        out["enter"] = day * DAY_S + clocks["enter"]
    before = base * DAY_S + clocks[first]
    out[first] = np.where(clocks[first] == NEVER, NEVER, before)
    if "wait_s" in got:
        before = before + np.maximum(_known(got["wait_s"]), 0)
    for name in ("called", "start", "end", "left", "rejoin"):
        if name in clocks:
            late = (clocks[name] - before % DAY_S + NOON) % DAY_S - NOON
            out[name] = np.where((clocks[name] == NEVER) | (out[first] == NEVER), NEVER, before + late)
            before = np.where(out[name] == NEVER, before, out[name])
    return out


def _zone(moments: list[Ints], name: str) -> Zone:
    known = [value[value != NEVER] for value in moments]
    known = [value for value in known if len(value)]
    if not known:
        return Zone(name, 0, DAY_S)
    return Zone(name, int(min(v.min() for v in known)), int(max(v.max() for v in known)))


class _Passed:
    """Seconds between the moments of a row, across a change of the clocks."""

    def __init__(self, time: dict[str, Ints], columns: Mapping[str, Column], preset: Preset) -> None:
        self._time = time
        dated = [value for name, value in time.items() if name not in columns or columns[name].form != "clock"]
        self._zone = _zone(dated, preset.zone)

    def between(self, first: str, then: str) -> Ints:
        """Return the seconds from one moment to another; `NEVER` where one of them is not known."""
        a, b = self._time[first], self._time[then]
        there = (a != NEVER) & (b != NEVER)
        if not self._zone.changes:
            return np.where(there, b - np.where(there, a, 0), NEVER)
        return np.where(there, self._zone.elapsed(np.where(there, a, 0), np.where(there, b, 0)), NEVER)
