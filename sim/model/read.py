"""Read a scenario from its folder: `scenario.toml` and CSV tables, merged over its parent, every fault at once."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.model.faults import Fault, InputError
from sim.model.scenario import Scenario
from sim.model.validate import Raw, validate

STRUCTURE = "scenario.toml"
CSV_TABLES = ("services", "staffing", "rates", "profiles", "tables", "arrivals", "overrides", "targets", "serving")
_SERVICE_COLUMNS = ("id", "title_zh", "title_en", "segment", "route")
_LABEL = "label."
_NUMBERS: dict[str, type[int] | type[float]] = {
    "count": int,
    "day": int,
    "passes": int,
    "rate_per_hour": float,
    "weight": float,
    "seconds": float,
    "u": float,
    "patience_s": float,
    "period": int,
    "target": float,
    "choice": int,
}
"""Columns that hold numbers; the rest is text."""
_LARGEST_FILE = 200_000_000

Find = Callable[[str], Path]
"""Finds the folder of a parent scenario by its id; raises InputError when there is none."""


def read(folder: Path | str, find: Find | None = None) -> Scenario:
    """Read the scenario in `folder`; `find` tells where a parent named by `extends` lives.

    Raises
    ------
    InputError
        With every fault found: file, field, value and what would be right.
    """
    raw = _load(Path(folder), find, ())
    return validate(Scenario, raw)


def validated(data: Mapping[str, Any]) -> Scenario:
    """Return a Scenario from plain data that has no file; raise InputError as `read` does."""
    return validate(Scenario, Raw(dict(data)))


def _load(folder: Path, find: Find | None, seen: tuple[str, ...]) -> Raw:
    path = folder / STRUCTURE
    if not path.is_file():
        raise InputError.one("not_a_scenario", file=str(folder), value=str(folder), needs=STRUCTURE)
    own = _toml(path)
    name = str(path)
    parent_id, removed = own.pop("extends", None), own.pop("remove", ())
    raw = Raw({}, {(): name})
    if parent_id is not None:
        if not isinstance(parent_id, str):
            raise InputError.one("string_type", file=name, field="extends", value=parent_id)
        if parent_id in seen:
            raise InputError.one("extends_circle", file=name, field="extends", value=parent_id)
        if find is None:
            raise InputError.one("unknown_scenario", file=name, field="extends", value=parent_id)
        parent = _load(find(parent_id), find, (*seen, parent_id))
        raw = Raw(parent.data, {**parent.files, (): name}, dict(parent.lines))
        raw.data.pop("question", None)
        _remove(raw, removed, name)
    elif removed:
        raise InputError.one("remove_without_extends", file=name, field="remove", value=str(removed))
    _inline_routes(own)
    _merge(raw, own, (), name)
    faults: list[Fault] = []
    for table in CSV_TABLES:
        file = folder / f"{table}.csv"
        if file.is_file():
            try:
                _take_csv(raw, table, file, own)
            except InputError as error:
                faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return raw


def _toml(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _LARGEST_FILE:
        raise InputError.one("file_too_large", file=str(path), value=path.stat().st_size, limit=_LARGEST_FILE)
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError.one("not_utf8", file=str(path), field=f"byte {error.start}", value=None) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError.one("toml_syntax", file=str(path), field=_line_of(str(error)), value=str(error)) from None
    except RecursionError:
        raise InputError.one("toml_syntax", file=str(path), field="", value="too deep") from None


def _line_of(message: str) -> str:
    return message[message.rfind("(") + 1 : -1].removeprefix("at ") if message.endswith(")") else ""


def _inline_routes(own: dict[str, Any]) -> None:
    """Turn `route = [...]` inside a service into a route that has the service's name."""
    services = own.get("service")
    if not isinstance(services, dict):
        return
    for key, service in services.items():
        if isinstance(service, dict) and isinstance(service.get("route"), list):
            own.setdefault("route", {})[key] = service["route"]
            service["route"] = key


def _merge(raw: Raw, own: Mapping[str, Any], path: tuple[str, ...], name: str) -> None:
    """Merge tables by key; arrays and values replace whole. A law named anew replaces the old law's parameters."""
    here = raw.data
    for step in path:
        here = here[step]
    for key, value in own.items():
        below = (*path, key)
        if isinstance(value, Mapping) and isinstance(here.get(key), dict):
            _merge(raw, value, below, name)
            continue
        _forget(raw, below)
        raw.files[below] = name
        here[key] = value


def _forget(raw: Raw, path: tuple[str, ...]) -> None:
    """Forget which files `path` and what is below it came from."""
    for old in [p for p in (*raw.files, *raw.lines) if p[: len(path)] == path]:
        raw.files.pop(old, None)
        raw.lines.pop(old, None)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with `above` on it; tables merge by key."""
    both = {key for key in above if isinstance(above[key], Mapping) and isinstance(below.get(key), Mapping)}
    return {**below, **{key: _over(below[key], one) if key in both else one for key, one in above.items()}}


def _remove(raw: Raw, removed: Any, name: str) -> None:
    if not isinstance(removed, (list, tuple)) or not all(isinstance(item, str) for item in removed):
        raise InputError.one("remove_list", file=name, field="remove", value=str(removed))
    for item in removed:
        here: Any = raw.data
        section, _, key = item.partition(".")
        here = here.get(section) if key else here
        target = key or section
        if not isinstance(here, dict) or target not in here:
            raise InputError.one("remove_unknown", file=name, field="remove", value=item)
        del here[target]


def _take_csv(raw: Raw, table: str, file: Path, own: Mapping[str, Any]) -> None:
    """Let a table of this folder replace its parent's; `own` is the structure beside it."""
    rows = read_rows(file)
    name = str(file)
    _forget(raw, (table if table != "services" else "service",))
    if table == "services":
        faults = []
        services: dict[str, Any] = {}
        for line, row in rows:
            key = row.get("id")
            if not key:
                faults.append(Fault("missing", name, f"row {line}, id"))
                continue
            if key in services:
                faults.append(Fault("twice", name, f"row {line}, id", key))
                continue
            services[key] = _service(row, name, line, faults)
            raw.files[("service", key)], raw.lines[("service", key)] = name, line
        if faults:
            raise InputError(faults)
        beside = own.get("service", {})
        raw.data["service"] = _over(services, beside) if isinstance(beside, Mapping) else beside
        _name_parts(raw, beside, ("service",))
        return
    if table == "tables":
        _take_points(raw, rows, name)
        return
    out = []
    for index, (line, row) in enumerate(rows):
        raw.files[(table, index)], raw.lines[(table, index)] = name, line
        out.append({key: _number(value, _NUMBERS.get(key)) for key, value in row.items() if value != ""})
    raw.data[table] = out
    raw.files[(table,)] = name


def _take_points(raw: Raw, rows: list[tuple[int, dict[str, str]]], name: str) -> None:
    """Put the points of tables.csv (`table`, `x`, `y`) into the sections of their tables."""
    faults: list[Fault] = []
    points: dict[str, list[tuple[float, float]]] = {}
    for line, row in rows:
        try:
            points.setdefault(row["table"], []).append((float(row["x"]), float(row["y"])))
        except KeyError as missing:
            faults.append(Fault("missing", name, f"row {line}, {missing.args[0]}"))
        except ValueError:
            wrong = "x" if isinstance(_number(row["x"], float), str) else "y"
            faults.append(Fault("float_parsing", name, f"row {line}, {wrong}", row[wrong]))
    if faults:
        raise InputError(faults)
    tables = raw.data.setdefault("table", {})
    for key, found in points.items():
        if not isinstance(tables.setdefault(key, {}), dict):
            continue  # not a section; validation says so
        tables[key]["points"] = found
        _forget(raw, ("table", key, "points"))
        raw.files[("table", key, "points")] = name


def _name_parts(raw: Raw, part: Any, path: tuple[str, ...]) -> None:
    """Say of everything in `part` that it came from the structure file of this folder."""
    if isinstance(part, Mapping) and part:
        for key, one in part.items():
            _name_parts(raw, one, (*path, key))
    else:
        raw.files[path] = raw.files[()]


def _number(value: str, kind: type[int] | type[float] | None) -> str | int | float:
    if kind is None:
        return value
    try:
        return kind(value)
    except ValueError:
        return value


def _service(row: Mapping[str, str], name: str, line: int, faults: list[Fault]) -> dict[str, Any]:
    out: dict[str, Any] = {"attributes": {}, "labels": {}}
    if row.get("title_zh") or row.get("title_en"):
        out["title"] = {
            "zh": row.get("title_zh") or row["title_en"],
            "en": row.get("title_en") or row["title_zh"],
        }
    for column in ("segment", "route"):
        if row.get(column):
            out[column] = row[column]
    for column, value in row.items():
        if column in _SERVICE_COLUMNS or value == "":
            continue
        if column.startswith(_LABEL):
            out["labels"][column.removeprefix(_LABEL)] = value
            continue
        try:
            out["attributes"][column] = float(value)
        except ValueError:
            faults.append(Fault("float_parsing", name, f"row {line}, {column}", value))
    return out


def read_rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Return (line number, row) of a CSV file in UTF-8 with a header; every row as long as the header.

    Raises
    ------
    InputError
        Not UTF-8, no header, a column twice, or rows with another number of fields.
    """
    if file.stat().st_size > _LARGEST_FILE:
        raise InputError.one("file_too_large", file=str(file), value=file.stat().st_size, limit=_LARGEST_FILE)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError.one("not_utf8", file=str(file), field=f"byte {error.start}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not any(header):
            raise InputError.one("csv_empty", file=str(file))
        if len(set(header)) != len(header) or "" in header:
            raise InputError.one("csv_header", file=str(file), field="row 1", value=",".join(header))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                faults.append(
                    Fault("csv_fields", str(file), f"row {reader.line_num}", len(cells), {"fields": len(header)})
                )
                continue
            rows.append((reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as error:
        raise InputError.one("csv_syntax", file=str(file), field=f"row {reader.line_num}", value=str(error)) from None
    if faults:
        raise InputError(faults)
    return rows
