"""From cells to numbers: SQL for each column of the canonical table.

How a column is written (its *form*) is found out from the first rows, unless the preset says. A cell that holds
nothing becomes `MISSING`; one that cannot be read, `BAD`; one written in another form than the rest, `OTHER`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sim
from calibration import privacy
from calibration.columns import COLUMNS, NEVER, Preset
from calibration.mapping import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from calibration.read.source import Source

MISSING, BAD, OTHER = NEVER, NEVER + 1, NEVER + 2
BAD_LIMIT = NEVER + 3
"""Below this a number is one of the three."""
_MISSING, _BAD, _OTHER = "(-9223372036854775807 - 1)", "-9223372036854775807", "-9223372036854775806"
_EARLIEST, _LATEST = 31_536_000, 4_102_444_800
"""1971 and 2100: stamps before are the zero of some clock; after, none."""
_NOTHING = tuple(FORMS["nothing"])
_NUMBER = r"-?\d{1,9}(\.\d*)?"
_HMS = r"-?\d{1,4}:[0-5]?\d(:[0-5]?\d(\.\d+)?)?"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
_ZULU = r".*\d([Zz]|[+-]\d\d(:?\d\d)?)"

DAY_FIRST = tuple(FORMS["day_first"])
MONTH_FIRST = tuple(form.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m") for form in DAY_FIRST)
_EITHER = (*DAY_FIRST, *MONTH_FIRST)
_TIMED = tuple(form for form in _EITHER if "%H" in form or "%I" in form)
STAMPS = ("iso", "zulu", "unix_s", "unix_ms", "excel", *FORMS["stamps"], *_TIMED)
DATES = ("iso", *FORMS["dates"], *(form for form in _EITHER if form not in _TIMED))
_ABSOLUTE = frozenset({"zulu", "unix_s", "unix_ms", "TIMESTAMPTZ"})
"""Forms that say UTC; the others show the clock on the wall."""


@dataclass(frozen=True)
class Column:
    """A column of the canonical table as it stands in a file.

    Attributes
    ----------
    names : tuple[str, ...]
        Columns of the file that it is made of.
    form : str
        How they are written.
    absolute : bool
        Whether its moments are seconds of UTC, not of the local clock.
    sql : str
        Its value.
    """

    name: str
    kind: str
    names: tuple[str, ...]
    form: str
    absolute: bool
    sql: str


def bound(source: Source, preset: Preset, connection: duckdb.DuckDBPyConnection, key: bytes) -> dict[str, Column]:
    """Return how each column of the canonical table is read from a file."""
    place = {name.casefold(): k for k, name in enumerate(source.names)}
    sample = source.sample(connection)
    right = f"w = {source.width} AND kind < 2" if source.width is not None else "true"
    out: dict[str, Column] = {}
    for name, groups in preset.columns.items():
        there = [_there(group, place) for group in groups]
        if not all(there):
            continue
        kind = COLUMNS[name]
        found = [k for group in there for k in group]
        types = {source.kinds[k] for k in found}
        if kind in ("key", "text", "person") or types == {"VARCHAR"}:
            cells = [_either([_as_text(source.cells[k], source.kinds[k]) for k in group], kind) for group in there]
            form = preset.forms.get(name) or _form(kind, cells, sample, right, connection)
            if isinstance(form, tuple):
                column = ", ".join(source.names[k] for k in found)
                raise sim.InputError.one(
                    "log_date_ambiguous", file=str(source.path), field=column, value=form[0], form=form[1]
                )
            sql = _sql(kind, form, cells, key)
        else:
            # Typed cells (Parquet) need no parsing.
            cells = [_typed(source.cells[k], source.kinds[k], kind, preset.forms.get(name, "")) for k in found]
            form = next(iter(types)) if len(types) == 1 else "mixed"
            sql = _first(cells) if len(there) == 1 else _sum(cells)
            if kind == "time" and form == "BIGINT":
                form = "unix_s"
        out[name] = Column(name, kind, tuple(source.names[k] for k in found), form, form in _ABSOLUTE, sql)
    return out


def only(source: Source, preset: Preset) -> str:
    """Return SQL that is true for the rows that concern us."""
    place = {name.casefold(): k for k, name in enumerate(source.names)}
    tests = []
    for name, values in preset.only.items():
        if name.casefold() in place:
            k = place[name.casefold()]
            listed = ", ".join(_text(value) for value in sorted(values))
            tests.append(f"coalesce({_as_text(source.cells[k], source.kinds[k])}, '') IN ({listed})")
    return " AND ".join(tests) or "true"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(_text(word) for word in words)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _as_text(cell: str, kind: str) -> str:
    if kind == "VARCHAR":
        return cell
    if kind == "DOUBLE":  # a whole number that came with nulls is a float in many tables
        whole = f"CAST(CAST({cell} AS BIGINT) AS VARCHAR)"
        return f"CASE WHEN {cell} = floor({cell}) THEN {whole} ELSE CAST({cell} AS VARCHAR) END"
    return f"CAST({cell} AS VARCHAR)"


def _there(group: tuple[tuple[str, ...], ...], place: Mapping[str, int]) -> list[int]:
    """Return the columns of the first set of a group of which the file has any."""
    for names in group:
        found = [place[name.casefold()] for name in names if name.casefold() in place]
        if found:
            return found
    return []


def _either(cells: list[str], kind: str) -> str:
    """Return SQL for the first cell that holds something, '' if none does; a moment 0 is nothing."""
    if len(cells) == 1:
        return f"coalesce({cells[0]}, '')"
    held = [f"nullif({cell}, '')" for cell in cells]
    if kind == "time":
        held = [f"nullif({cell}, '0')" for cell in held]
    return f"coalesce({', '.join(held)}, '')"


def _sql(kind: str, form: str, cells: list[str], key: bytes) -> str:
    cell = cells[0]
    if kind == "key":
        joined = cell if len(cells) == 1 else f"concat_ws('/', {', '.join(cells)})"
        nothing = _text("/" * (len(cells) - 1))
        return f"CASE WHEN {joined} = {nothing} THEN {_MISSING} ELSE (hash({joined}) >> 1)::BIGINT END"
    if kind == "text":
        return cell if len(cells) == 1 else f"concat_ws(' / ', {', '.join(cells)})"
    if kind == "person":
        return _person(cell, key)
    if kind == "flag":
        return f"CASE WHEN lower({cell}) IN ({_listed(FORMS['no'])}) THEN 0 ELSE 1 END"
    if kind == "seconds":
        return _sum([_duration(cell, form) for cell in cells])
    return _read(cell, _value(kind, form, cell), kind, form)


def _person(cell: str, key: bytes) -> str:
    inner, outer = (f"from_hex('{pad.hex()}')" for pad in privacy.pads(key))
    digits = privacy.BITS // 4
    # RFC 2104, as in `privacy.hashed`.
    hashed = f"sha256({outer} || from_hex(sha256({inner} || encode({cell}))))"
    nobody = _listed((*_NOTHING, *FORMS["nobody"]))
    return f"CASE WHEN lower({cell}) IN ({nobody}) THEN {_MISSING} ELSE ('0x' || left({hashed}, {digits}))::BIGINT END"


def _value(kind: str, form: str, cell: str) -> str:
    """Return SQL for a cell of a form, NULL when it is not of that form."""
    if kind == "number" or kind == "count":
        return f"CASE WHEN regexp_full_match({cell}, '{_NUMBER}') THEN floor({cell}::DOUBLE)::BIGINT END"
    if kind == "date":
        if form == "iso":
            return f"date_diff('day', DATE '1970-01-01', try_cast({cell} AS DATE))"
        return f"date_diff('day', DATE '1970-01-01', try_strptime({cell}, {_text(form)})::DATE)"
    if form == "clock":
        return f"CASE WHEN regexp_full_match({cell}, '{_CLOCK}') THEN {_hms(cell)} END"
    if form == "iso":
        # DuckDB reads a stamp with an offset as if it had none.
        bare = f"(length({cell}) <= 19 OR (right({cell}, 1) BETWEEN '0' AND '9' AND length({cell}) < 30))"
        no_zone = f"NOT contains(substr({cell}, 11), '+') AND NOT contains(substr({cell}, 11), '-')"
        return f"CASE WHEN {bare} AND {no_zone} THEN epoch_ms(try_cast({cell} AS TIMESTAMP)) // 1000 END"
    if form == "zulu":
        offset = f"regexp_extract({cell}, '([+-]\\d\\d(:?\\d\\d)?)$', 1)"
        minutes = f"coalesce(try_cast(substr(replace({offset}, ':', ''), 4, 2) AS INT), 0)"
        hours = f"coalesce(try_cast(substr({offset}, 2, 2) AS INT), 0)"
        sign = f"CASE WHEN starts_with({offset}, '-') THEN -1 ELSE 1 END"
        base = f"try_cast(regexp_replace({cell}, '\\s*([Zz]|[+-]\\d\\d(:?\\d\\d)?)$', '') AS TIMESTAMP)"
        return f"""CASE WHEN regexp_full_match({cell}, '{_ZULU}') AND length({cell}) > 11
            THEN epoch_ms({base}) // 1000 - ({sign}) * ({hours} * 3600 + {minutes} * 60) END"""
    if form == "unix_s":
        return f"CASE WHEN regexp_full_match({cell}, '0|\\d{{9,10}}(\\.\\d*)?') THEN floor({cell}::DOUBLE)::BIGINT END"
    if form == "unix_ms":
        return f"CASE WHEN regexp_full_match({cell}, '0|\\d{{12,13}}') THEN {cell}::BIGINT // 1000 END"
    if form == "excel":
        return f"""CASE WHEN regexp_full_match({cell}, '[2-6]\\d{{4}}(\\.\\d+)?')
            THEN round(({cell}::DOUBLE - 25569) * 86400)::BIGINT END"""
    return f"epoch_ms(try_strptime({cell}, {_text(form)})) // 1000"


def _hms(cell: str) -> str:
    hours, minutes = (f"abs(split_part({cell}, ':', {k})::BIGINT)" for k in (1, 2))
    seconds = f"coalesce(try_cast(split_part(split_part({cell}, ':', 3), '.', 1) AS BIGINT), 0)"
    return f"({hours} * 3600 + {minutes} * 60 + {seconds})"


def _duration(cell: str, form: str) -> str:
    by = {"minutes": "60 *", "ms": "0.001 *"}.get(form, "")
    number = f"floor({by} {cell}::DOUBLE)::BIGINT"
    clock = f"CASE WHEN starts_with({cell}, '-') THEN -1 ELSE 1 END * {_hms(cell)}"
    nothing = _listed(_NOTHING)
    pattern = _NUMBER if form != "ms" else _NUMBER.replace("9", "12")
    return f"""CASE WHEN regexp_full_match({cell}, '{pattern}') THEN {number}
        WHEN regexp_full_match({cell}, '{_HMS}') THEN {clock}
        WHEN lower({cell}) IN ({nothing}) THEN {_MISSING} ELSE {_BAD} END"""


def _read(cell: str, value: str, kind: str, form: str) -> str:
    """Return SQL for a cell: its value, or why there is none."""
    nothing = _listed(_NOTHING)
    if kind != "time" or form == "clock":
        return f"coalesce({value}, CASE WHEN lower({cell}) IN ({nothing}) THEN {_MISSING} ELSE {_BAD} END)::BIGINT"
    others = [_value("time", other, cell) for other in STAMPS if other != form and "%" not in other]
    return f"""CASE WHEN ({value}) >= {_EARLIEST} THEN CASE WHEN ({value}) < {_LATEST} THEN ({value}) ELSE {_BAD} END
        WHEN ({value}) IS NOT NULL OR lower({cell}) IN ({nothing}) OR starts_with({cell}, '0000') THEN {_MISSING}
        WHEN coalesce({", ".join(others)}) IS NOT NULL THEN {_OTHER} ELSE {_BAD} END::BIGINT"""


def _typed(cell: str, kind: str, wanted: str, form: str) -> str:
    """Return SQL for a cell that has a type of its own."""
    value = {
        "TIMESTAMP": f"epoch_ms({cell}) // 1000",
        "TIMESTAMPTZ": f"epoch_ms({cell}) // 1000",
        "DATE": f"epoch_ms({cell}::TIMESTAMP) // 1000",
        "TIME": f"date_part('epoch', {cell})::BIGINT",
        "BIGINT": f"{cell}",
        "DOUBLE": f"floor({cell})::BIGINT",
    }.get(kind)
    if value is None:
        return _BAD
    if wanted == "date":
        value = (
            f"date_diff('day', DATE '1970-01-01', {cell}::DATE)" if kind not in ("BIGINT", "DOUBLE", "TIME") else _BAD
        )
    elif wanted == "flag":
        value = f"CASE WHEN {value} = 0 THEN 0 ELSE 1 END"
    elif wanted == "time" and kind in ("BIGINT", "DOUBLE"):
        value = f"CASE WHEN {value} > 100000000000 THEN {value} // 1000 ELSE {value} END"
    elif wanted == "seconds" and form in ("minutes", "ms"):
        value = f"({value}) * 60" if form == "minutes" else f"({value}) // 1000"
    return f"coalesce(({value})::BIGINT, {_MISSING})"


def _first(values: list[str]) -> str:
    if len(values) == 1:
        return values[0]
    return f"coalesce({', '.join(f'nullif({value}, {_MISSING})' for value in values)}, {_MISSING})"


def _sum(values: list[str]) -> str:
    """Return SQL for the sum of durations: nothing counts as 0 beside something."""
    if len(values) == 1:
        return values[0]
    added = " + ".join(f"CASE WHEN ({value}) = {_MISSING} THEN 0 ELSE ({value}) END" for value in values)
    every = f"greatest({', '.join(values)}) = {_MISSING}"
    unread = " OR ".join(f"({value}) = {_BAD}" for value in values)
    return f"CASE WHEN {unread} THEN {_BAD} WHEN {every} THEN {_MISSING} ELSE {added} END"


def _form(
    kind: str, cells: list[str], sample: str, right: str, connection: duckdb.DuckDBPyConnection
) -> str | tuple[str, str]:
    """Return the form that reads most of the first rows; (example, forms) when day and month cannot be told apart."""
    if kind not in ("time", "date"):
        return kind
    forms = STAMPS if kind == "time" else DATES
    (cell,) = cells
    counts = ", ".join(f"count({_value(kind, form, 'x')})" for form in forms)
    if kind == "time":
        counts += f", count({_value(kind, 'clock', 'x')})"
        forms = (*forms, "clock")
    ((*found, example),) = connection.execute(
        f"SELECT {counts}, min(x) FROM (SELECT {cell} AS x FROM {sample} WHERE {right}) WHERE x <> ''"  # noqa: S608
    ).fetchall()
    best = max(found, default=0)
    if best == 0:
        return "iso"
    form = forms[found.index(best)]
    if form in DAY_FIRST:
        twin = MONTH_FIRST[DAY_FIRST.index(form)]
        if found[forms.index(twin)] == best:
            return str(example), f"{form}, {twin}"
    return str(form)
