"""Draws of a scenario's parameters, in `draws.csv` beside it: how unsure its inputs are, set by set.

A path names a parameter in the scenario's own words:

- ``rates/STREAM/PLACE/SERVICE/DAY_CLASS/HH:MM``: `rate_per_hour` of the row of rates.csv that starts then; ``*`` in
  place of the time is a factor on all rows of the day class
- ``stream/NAME/rate_per_hour``, ``stream/NAME/per_day``
- ``factor/NAME/cv``
- ``service/NAME/attributes/ATTRIBUTE``
- ``route/NAME/BLOCK/PARAMETER``: a parameter of the law of an `advance` with a name, or of what a `serve` with a name
  takes; tables as numbers with blanks between
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from sim.model.faults import Fault, InputError
from sim.model.fields import format_clock
from sim.model.read import read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from sim.model.scenario import RateRow, Scenario

DRAWS = "draws.csv"
_COLUMNS = ("draw", "path", "value")
_RATES = ("rate_per_hour", "per_day")
_MOST_CV = 3.0
"""The largest coefficient of variation that a factor may have."""


class Draws(Sequence["Scenario"]):
    """A scenario with each set of drawn parameters in turn: `draws[k]` is made when it is asked for.

    Attributes
    ----------
    sets : tuple of mappings
        Path → value as text, set by set.
    """

    def __init__(self, scenario: Scenario, sets: Sequence[Mapping[str, str]]) -> None:
        self.scenario, self.sets = scenario, tuple(sets)

    def __len__(self) -> int:
        """Return the number of sets."""
        return len(self.sets)

    @overload
    def __getitem__(self, at: int) -> Scenario: ...
    @overload
    def __getitem__(self, at: slice) -> list[Scenario]: ...
    def __getitem__(self, at: int | slice) -> Scenario | list[Scenario]:
        """Return the scenario with one set, or with several."""
        if isinstance(at, slice):
            return [with_draw(self.scenario, one) for one in self.sets[at]]
        return with_draw(self.scenario, self.sets[at])

    def on(self, scenario: Scenario) -> Draws:
        """Return the same sets for another scenario; what it states otherwise than this one stays as it states it."""
        own, other = parameters(self.scenario), parameters(scenario)
        shared = {path for path in own if own[path] == other.get(path)}
        return Draws(scenario, [{path: text for path, text in one.items() if path in shared} for one in self.sets])

    def sha256(self) -> str:
        """Return the hash of all sets."""
        lines = (f"{n},{path},{text}\n" for n, one in enumerate(self.sets) for path, text in sorted(one.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_draws(folder: Path, scenario: Scenario) -> Draws | None:
    """Read the draws beside a scenario; None when there are none.

    Raises
    ------
    InputError
        A file with other columns, without rows, with values that are no numbers, with paths that name nothing in the
        scenario, or with a path twice in a draw; or values with which the scenario would not be valid.
    """
    path = folder / DRAWS
    if not path.is_file():
        return None
    rows, known, faults = read_rows(path), parameters(scenario), []
    if not rows:
        raise InputError.one("csv_empty", file=str(path))
    if set(rows[0][1]) != set(_COLUMNS):
        found, right = ",".join(rows[0][1]), ",".join(_COLUMNS)
        raise InputError.one("draws_columns", file=str(path), field="row 1", value=found, known=right)
    sets: dict[str, dict[str, str]] = {}
    for line, row in rows:
        where, text = row["path"], row["value"]
        mine = sets.setdefault(row["draw"], {})
        if where not in known:
            faults.append(Fault("draws_path", str(path), f"row {line}, path", where))
        elif where in mine:
            faults.append(Fault("twice", str(path), f"row {line}, path", where))
        elif not _numbers(text, several=isinstance(known[where], tuple)):
            faults.append(Fault("draws_value", str(path), f"row {line}, value", text))
        mine[where] = text
    if faults:
        raise InputError(faults)
    return Draws(scenario, list(sets.values()))


def _numbers(text: str, *, several: bool) -> bool:
    try:
        numbers = [float(one) for one in text.split()]
    except ValueError:
        return False
    return all(math.isfinite(one) for one in numbers) and (len(numbers) > 1 if several else len(numbers) == 1)


def parameters(scenario: Scenario) -> dict[str, float | tuple[float, ...]]:
    """Return path → value of everything that can be drawn; 1 for the factors on all rates of a day class."""
    out: dict[str, float | tuple[float, ...]] = {}
    for row in scenario.rates:
        out[f"{_head(row)}/{format_clock(row.start)}"] = row.rate_per_hour
        out[f"{_head(row)}/*"] = 1.0
    for name, stream in scenario.stream.items():
        out |= {f"stream/{name}/{key}": number for key in _RATES if (number := getattr(stream, key)) is not None}
    out |= {f"factor/{name}/cv": one.cv for name, one in scenario.factor.items()}
    for name, service in scenario.service.items():
        out |= {f"service/{name}/attributes/{key}": value for key, value in service.attributes.items()}
    for route, blocks in scenario.route.items():
        for block in blocks:
            called, law = _law(block.model_dump(exclude_none=True))
            for key, value in law.items():
                if isinstance(value, (list, tuple)) and all(_is_number(one) for one in value):
                    out[f"route/{route}/{called}/{key}"] = tuple(value)
                elif _is_number(value):
                    out[f"route/{route}/{called}/{key}"] = float(value)
    return out


def _law(block: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name of a block, and the law of its time; empty for blocks without either."""
    advance, serve = block.get("advance") or {}, block.get("serve") or {}
    if advance.get("name"):
        return advance["name"], advance
    return (serve["name"], serve["takes"]) if serve.get("name") else ("", {})


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _head(row: RateRow) -> str:
    return f"rates/{row.stream}/{row.place}/{row.service}/{row.day_class}"


def with_draw(base: Scenario, values: Mapping[str, str]) -> Scenario:
    """Return a scenario in which the parameters at these paths have these values; the rest stays.

    Raises
    ------
    InputError
        When it would not be a valid scenario.
    """
    rates = []
    for row in base.rates:
        own = values.get(f"{_head(row)}/{format_clock(row.start)}")
        rate = float(own) if own is not None else row.rate_per_hour * float(values.get(f"{_head(row)}/*", 1))
        rates.append({**row.model_dump(exclude_none=True), "rate_per_hour": rate})
    stream = {}
    for name, flow in base.stream.items():
        drawn = {key: float(values[path]) for key in _RATES if (path := f"stream/{name}/{key}") in values}
        stream[name] = {**flow.model_dump(exclude_none=True), **drawn}
    factor = {}
    for name, one in base.factor.items():
        cv = min(float(values.get(f"factor/{name}/cv", one.cv)), _MOST_CV)
        factor[name] = {**one.model_dump(exclude_none=True), "cv": cv}
    service = {}
    for name, each in base.service.items():
        drew = {key: float(values.get(f"service/{name}/attributes/{key}", old)) for key, old in each.attributes.items()}
        service[name] = {**each.model_dump(exclude_none=True), "attributes": drew}
    route = {name: [_drawn(block, name, values) for block in blocks] for name, blocks in base.route.items()}
    return base.replace(rates=tuple(rates), stream=stream, factor=factor, service=service, route=route)


def _drawn(block: Any, route: str, values: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = block.model_dump(exclude_none=True)
    name, law = _law(data)
    for key, old in list(law.items()):
        text = values.get(f"route/{route}/{name}/{key}")
        if text is not None:
            numbers = [float(one) for one in text.split()]
            law[key] = numbers if isinstance(old, (list, tuple)) else numbers[0]
    return data
