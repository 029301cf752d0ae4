"""Write a scenario as a folder: `scenario.toml` and the CSV tables that open in Excel. `read` gives it back whole."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from sim.model.faults import InputError
from sim.model.read import STRUCTURE

if TYPE_CHECKING:
    from sim.model.scenario import Scenario, Service

_COLUMNS = {
    "staffing": ("team", "place", "day_class", "day", "start", "end", "count", "meal", "breaks", "person"),
    "rates": ("stream", "place", "service", "day_class", "start", "end", "rate_per_hour"),
    "profiles": ("profile", "day_class", "start", "end", "weight"),
    "arrivals": ("stream", "day", "time", "service", "place", "case"),
    "overrides": ("case", "block", "passes", "seconds", "u", "patience_s"),
    "targets": ("kind", "place", "service", "period", "target"),
    "serving": ("place", "service", "team", "choice", "start", "end"),
}

_ALWAYS_WRITTEN = {"count": 1}
"""Columns that a reader looks for, and what they are when the row leaves its default."""


def write(scenario: Scenario, folder: Path | str) -> Path:
    """Write `scenario` into `folder`, whole or not at all, and return the folder.

    Raises
    ------
    InputError
        When `folder` exists and is not a scenario or empty, so nothing of the user's is overwritten.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / STRUCTURE).is_file())):
        raise InputError.one("not_a_scenario_to_replace", file=str(target), value=str(target), needs=STRUCTURE)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for name, text in files(scenario).items():
            (fresh / name).write_text(text, encoding="utf-8", newline="")
        target.mkdir(exist_ok=True)
        for name in (STRUCTURE, *(f"{table}.csv" for table in ("services", "tables", *_COLUMNS))):
            if (fresh / name).exists():
                (fresh / name).replace(target / name)
            else:
                (target / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def files(scenario: Scenario) -> dict[str, str]:
    """Return file name → text of the scenario's folder; CSV files start with a byte order mark, for Excel."""
    data = scenario.model_dump(mode="json", exclude_defaults=True)
    rows = {table: data.pop(table, ()) for table in _COLUMNS}
    services = data.pop("service").items()
    beside = {name: {key: one[key] for key in ("redial", "customers") if key in one} for name, one in services}
    if any(beside.values()):
        data["service"] = {name: one for name, one in beside.items() if one}
    document = tomlkit.document()
    for key, value in data.items():
        if not isinstance(value, dict):
            document.add(key, _toml(value))
    for key, value in data.items():
        if isinstance(value, dict):
            document.add(key, _routes(value) if key == "route" else _table(value))
    out = {STRUCTURE: tomlkit.dumps(document), "services.csv": _services(scenario.service)}
    for table, columns in _COLUMNS.items():
        if rows[table]:
            used = [c for c in columns if c in _ALWAYS_WRITTEN or any(c in row for row in rows[table])]
            cells = [[row.get(c, _ALWAYS_WRITTEN.get(c, "")) for c in used] for row in rows[table]]
            out[f"{table}.csv"] = _csv(used, cells)
    return out


def _toml(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, one in value.items():
            if one is not None:
                table.append(key, _toml(one))
        return table
    if isinstance(value, (list, tuple)):
        array = tomlkit.array()
        array.extend(_toml(one) for one in value)
        return array
    return tomlkit.item(value)


def _table(value: Mapping[str, Any]) -> Any:
    """Return a TOML table; tables of tables (places, teams …) become ``[place.name]`` sections."""
    table = tomlkit.table()
    sections = {k: v for k, v in value.items() if isinstance(v, Mapping)}
    if sections and len(sections) == len(value) and not {"zh", "en"} & set(value):
        super_table = tomlkit.table(is_super_table=True)
        for key, one in sections.items():
            section = tomlkit.table()
            for name, inner in one.items():
                section.add(name, _toml(inner))
            super_table.add(key, section)
        return super_table
    if {"zh", "en"} == set(value):
        return _toml(value)
    for key, one in value.items():
        table.add(key, _toml(one))
    return table


def _routes(routes: Mapping[str, Any]) -> Any:
    """Return routes as arrays with one block a line, so that a planner can read them aloud."""
    table = tomlkit.table()
    for name, blocks in routes.items():
        array = tomlkit.array()
        array.multiline(multiline=True)
        array.extend(_toml(block) for block in blocks)
        table.add(name, array)
    return table


def _services(services: Mapping[str, Service]) -> str:
    attributes = list(dict.fromkeys(key for one in services.values() for key in one.attributes))
    labels = list(dict.fromkeys(key for one in services.values() for key in one.labels))
    header = [
        "id",
        "title_zh",
        "title_en",
        "segment",
        "route",
        *attributes,
        *(f"label.{key}" for key in labels),
    ]
    rows = []
    for name, one in services.items():
        title = (one.title.zh, one.title.en) if one.title else ("", "")
        numbers = [_number(one.attributes[key]) if key in one.attributes else "" for key in attributes]
        rows.append([name, *title, one.segment, one.route, *numbers, *(one.labels.get(key, "") for key in labels)])
    return _csv(header, rows)


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_number(cell) if isinstance(cell, float) else cell for cell in row])
    return "\ufeff" + out.getvalue()
