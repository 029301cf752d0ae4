"""Presets and mapping files: TOML that says which column of a log means what.

The presets are shipped in `presets/`; a mapping file is the same TOML, written by the user, and may extend a
preset. Only the columns that it names are ever read (a whitelist), so names, telephone and account numbers of
customers stay in the log.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sim
from calibration.columns import CHANNELS, COLUMNS, OUTCOMES, Calendar, Groups, Preset

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

PRESETS = Path(__file__).with_name("presets")
FORMS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("forms.toml").read_text("utf-8"))
"""How things are written in logs: data, because much of it is Chinese."""
PARTS = ("menu", "queue", "serve")
KNOWN_FORMS = ("clock", "unix_s", "unix_ms", "excel", "seconds", "minutes", "ms", "hms")
LEAVERS = ("moment", "called")
LONGEST_WAIT_S = 3600
LONGEST_SERVICE_S = 3600
_LARGEST = 1 << 20
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = ("workday",) * 5 + ("weekend",) * 2
_TABLES = {
    "columns": dict, "optional": dict, "forms": dict, "log": dict, "only": dict, "parts": dict, "outcomes": dict,
    "channels": dict, "services": dict, "site": dict, "team": dict, "calendar": dict,
}  # fmt: skip
_PLAIN = {"id": str, "title": (str, dict), "kind": str, "extends": str}
_LOG = {
    "zone": str, "header": list, "legs": bool, "daily": bool, "leavers": str, "no_agent": list,
    "longest_wait_s": int, "longest_service_s": int, "width_s": int, "first_interval": int,
    "service_of": str,
}  # fmt: skip


def presets() -> tuple[str, ...]:
    """Return the names of the presets that are there."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.toml")))


def preset(name: str) -> Preset:
    """Return the preset called `name`.

    Raises
    ------
    InputError
        ``unknown_preset``, with the names that are known.
    """
    if name not in presets():
        raise sim.InputError.one("unknown_preset", field="preset", value=name, known=", ".join(presets()))
    return _made(_data(PRESETS / f"{name}.toml"), PRESETS / f"{name}.toml")


def mapping(path: Path | str) -> Preset:
    """Return the preset that a mapping file describes.

    Raises
    ------
    InputError
        A file that is missing or no TOML, or says what is not known; every fault of the file at once.
    """
    path = Path(path)
    if not path.is_file():
        raise sim.InputError.one("no_such_file", field="--map", value=str(path))
    return _made(_data(path), path)


def anything() -> Preset:
    """Return a preset with all names that any shipped preset knows for the columns of a log: for a first look."""
    names: dict[str, dict[str, None]] = {}
    outcomes: dict[str, str] = {}
    for one in map(preset, presets()):
        if one.kind == "log" and one.id != "xes":
            outcomes |= one.outcomes
            for name, groups in one.columns.items():
                if name not in ("person", "part", "leg", "rejoin", "left"):
                    names.setdefault(name, {}).update(dict.fromkeys(n for g in groups for some in g for n in some))
    columns = {name: " | ".join(found) for name, found in names.items()}
    return _made({"id": "unknown", "optional": columns, "outcomes": outcomes}, Path("unknown.toml"))


def skeleton(
    names: Mapping[str, tuple[str, ...]], missing: Iterable[str] = (), unread: Iterable[str] = (),
    unknown: Iterable[str] = (), base: str = "", zone: str = "Asia/Shanghai",
) -> str:  # fmt: skip
    """Return a mapping file to start from, as TOML.

    Parameters
    ----------
    names : mapping
        Canonical column → columns of the log; of `base`, if given, what it says already.
    missing : iterable of str
        What is still to be said, alternatives with ``|``: lines to complete.
    unread, unknown : iterables of str
        Columns of the log that nothing is read from; outcomes that are not known yet.
    base : str
        Preset to extend.
    """
    import tomlkit

    out = tomlkit.document()
    if base:
        out["extends"] = base
    columns = tomlkit.table()
    for name, found in () if base else names.items():
        columns[name] = " | ".join(found)
    for want in missing:
        columns.add(tomlkit.comment(f'{want.split(" | ")[0]} = "?"    # {want}'))
    for name in unread:
        columns.add(tomlkit.comment(f"{json.dumps(name, ensure_ascii=False)} ?"))
    out["columns"] = columns
    codes = list(unknown)
    if codes:
        outcomes = tomlkit.table()
        for code in codes:
            outcomes.add(tomlkit.comment(f'{json.dumps(code, ensure_ascii=False)} = "?"    # {", ".join(OUTCOMES)}'))
        out["outcomes"] = outcomes
    out["log"] = {"zone": zone}
    return tomlkit.dumps(out)


def _data(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        if len(raw) > _LARGEST:
            raise sim.InputError.one("file_too_large", file=str(path), value=len(raw), limit=_LARGEST)
        data = tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise sim.InputError.one("not_utf8", file=str(path)) from None
    except OSError as error:
        raise sim.InputError.one("not_readable", file=str(path), reason=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise sim.InputError.one("toml_syntax", file=str(path), value=str(error)) from None
    return data


def _made(data: dict[str, Any], path: Path) -> Preset:
    """Return the preset of a table, over the one that it extends."""
    faults: list[sim.Fault] = []

    def fault(code: str, field: str, value: object, **expected: object) -> None:
        faults.append(sim.Fault(code, str(path), field, value, expected))

    def known(field: str, value: object, names: Collection[str]) -> None:
        if value not in names:
            fault("mapping_word", field, value, known=", ".join(names))

    _shapes(data, fault)
    if faults:
        raise sim.InputError(faults)
    base = preset(data["extends"]) if "extends" in data else None
    log = data.get("log", {})
    kind = data.get("kind", base.kind if base else "log")
    known("kind", kind, ("log", "counts"))
    columns = dict(base.columns) if base else {}
    optional = set(base.optional) if base else set()
    for where in ("columns", "optional"):
        for name, value in data.get(where, {}).items():
            known(f"{where}.{name}", name, COLUMNS)
            groups = _groups(value)
            if groups is None:
                fault("mapping_column", f"{where}.{name}", value)
                continue
            columns[name] = groups
            (optional.add if where == "optional" else optional.discard)(name)
    forms = dict(base.forms if base else {}) | data.get("forms", {})
    for name, form in data.get("forms", {}).items():
        known(f"forms.{name}", name, COLUMNS)
        if not (isinstance(form, str) and ("%" in form or form in KNOWN_FORMS)):
            fault("mapping_word", f"forms.{name}", form, known=", ".join(KNOWN_FORMS))
    parts, outcomes, channels = (
        dict(getattr(base, name) if base else {}) | {str(k): v for k, v in data.get(name, {}).items()}
        for name in ("parts", "outcomes", "channels")
    )
    for part, table, words in (
        ("parts", parts, PARTS),
        ("outcomes", outcomes, OUTCOMES),
        ("channels", channels, CHANNELS),
    ):
        for code, word in table.items():
            known(f"{part}.{code}", word, words)
    zone = log.get("zone", base.zone if base else "Asia/Shanghai")
    if not _zone(zone):
        fault("mapping_zone", "log.zone", zone)
    leavers = log.get("leavers", base.leavers if base else "moment")
    known("log.leavers", leavers, LEAVERS)
    if log.get("service_of"):
        known("log.service_of", log["service_of"], PARTS)
    only = dict(base.only if base else {}) | {
        name: frozenset(str(v) for v in (values if isinstance(values, list) else [values]))
        for name, values in data.get("only", {}).items()
    }
    for question in _unanswered(kind, columns):
        fault("mapping_incomplete", "columns", ", ".join(sorted(columns)), missing=question)
    title = data.get("title", data.get("id", path.stem) if base is None else None)
    made = Preset(
        id=data.get("id", path.stem),
        title=_text(title) if title is not None or base is None else base.title,
        kind=kind,
        columns=columns,
        optional=frozenset(optional),
        forms=forms,
        zone=zone,
        header=tuple(log.get("header", base.header if base else ())),
        only=only,
        legs=log.get("legs", base.legs if base else False),
        daily=log.get("daily", base.daily if base else False),
        leavers=leavers,
        no_agent=frozenset(str(v) for v in log.get("no_agent", base.no_agent if base else ())),
        parts=parts,
        service_of=log.get("service_of", base.service_of if base else ""),
        outcomes=outcomes,
        channels=channels,
        services=dict(base.services if base else {}) | {c: _text(t) for c, t in data.get("services", {}).items()},
        longest_wait_s=log.get("longest_wait_s", base.longest_wait_s if base else LONGEST_WAIT_S),
        longest_service_s=log.get("longest_service_s", base.longest_service_s if base else LONGEST_SERVICE_S),
        width_s=log.get("width_s", base.width_s if base else 0),
        first_interval=log.get("first_interval", base.first_interval if base else 1),
        site=_named(data.get("site"), base.site if base else _named(FORMS["site"], None)),
        team=_named(data.get("team"), base.team if base else _named(FORMS["team"], None)),
        calendar=_calendar(data.get("calendar"), base, fault),
    )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", made.id):
        fault("mapping_id", "id", made.id)
    if faults:
        raise sim.InputError(faults)
    return made


def _shapes(data: Mapping[str, Any], fault: Any) -> None:
    """Fault what is of another type than it should be, or has a name that nobody knows."""
    for name, value in data.items():
        types: Any = _TABLES.get(name) or _PLAIN.get(name)
        if types is None:
            fault("mapping_word", name, name, known=", ".join((*_PLAIN, *_TABLES)))
        elif not isinstance(value, types):
            fault("mapping_value", name, str(value)[:40])
    for name, value in (data.get("log") or {}).items() if isinstance(data.get("log"), dict) else ():
        if name not in _LOG:
            fault("mapping_word", f"log.{name}", name, known=", ".join(_LOG))
        elif not isinstance(value, _LOG[name]) or (isinstance(value, bool) and _LOG[name] is int):
            fault("mapping_value", f"log.{name}", str(value)[:40])


def _groups(value: object) -> Groups | None:
    """Return the columns that stand in ``"a | b || c"`` or ``["a", "b | c"]``; None when they cannot be read."""
    cells = [value] if isinstance(value, str) else value
    if not isinstance(cells, list) or not cells or not all(isinstance(cell, str) for cell in cells):
        return None
    groups = tuple(
        tuple(tuple(name.strip() for name in some.split("|") if name.strip()) for some in cell.split("||"))
        for cell in cells
    )
    return groups if all(names for group in groups for names in group) else None


def _unanswered(kind: str, columns: Mapping[str, Any]) -> list[str]:
    """Return what a log must tell and this mapping does not say where."""
    if kind == "counts":
        wants: tuple[tuple[str, ...], ...] = (("count",), ("arrive", "date"), ("arrive", "interval"))
    else:
        wants = (("arrive", "enter"), ("service_s", "end"), ("wait_s", "called", "start", "end"))
    return [" | ".join(want) for want in wants if not any(name in columns for name in want)]


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _text(data: object) -> sim.Text:
    if isinstance(data, dict) and isinstance(data.get("zh"), str) and isinstance(data.get("en"), str):
        return sim.Text(zh=data["zh"], en=data["en"])
    return sim.Text(zh=str(data), en=str(data))


def _named(data: Mapping[str, Any] | None, otherwise: tuple[str, sim.Text] | None) -> tuple[str, sim.Text]:
    """Return id and title of a place or team; without a title, the id is one."""
    if otherwise is None:
        otherwise = "?", _text("?")
    if not data:
        return otherwise
    return str(data.get("id", otherwise[0])), _text(data.get("title", data.get("id", otherwise[1].en)))


def _calendar(data: Mapping[str, Any] | None, base: Preset | None, fault: Any) -> Calendar:
    if not data:
        return base.calendar if base else Calendar(_WEEK, 0, {})
    week, begins = data.get("week", list(_WEEK)), data.get("week_begins", "monday")
    dates = data.get("dates", {})
    if not (isinstance(week, list) and len(week) == 7 and all(isinstance(day, str) for day in week)):
        fault("mapping_week", "calendar.week", str(week)[:80])
        return Calendar(_WEEK, 0, {})
    if begins not in _WEEKDAYS:
        fault("mapping_word", "calendar.week_begins", begins, known=", ".join(_WEEKDAYS))
        begins = "monday"
    return Calendar(tuple(week), _WEEKDAYS.index(begins), {str(day): str(kind) for day, kind in dates.items()})
