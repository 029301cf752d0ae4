"""Check plain data whole: its shape (pydantic) and what it names (`check`); every fault at once, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from sim.model.check import check
from sim.model.faults import Fault, InputError
from sim.model.fields import Frozen

Kind = TypeVar("Kind", bound=Frozen)
_LAWS = frozenset({"exponential", "lognormal", "gamma", "weibull", "deterministic", "uniform", "empirical"})


@dataclass
class Raw:
    """A scenario as plain data, and which file each part came from."""

    data: dict[str, Any]
    files: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def where(self, path: tuple[str | int, ...]) -> tuple[str, str]:
        """Return (file, field) of a path into the data: the row of a CSV file, else the dotted path."""
        dotted = ".".join(str(part) for part in path)
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                rest = ".".join(str(part) for part in path[length:] if part != "attributes")
                row = f"row {self.lines[path[:length]]}"
                return self.files[path[:length]], f"{row}, {rest}" if rest else row
            if path[:length] in self.files:
                return self.files[path[:length]], dotted
        return "", dotted


def validate(kind: type[Kind], raw: Raw) -> Kind:
    """Return the scenario (`kind` is its class) that plain data describes.

    Raises
    ------
    InputError
        With every fault: first those of the shape; when the shape is right, those of names and routes.
    """
    try:
        scenario = kind.model_validate(raw.data)
    except ValidationError as error:
        raise InputError(_faults(error, raw)) from None
    found: dict[tuple[str, str, str, str], Fault] = {}
    for path, f in check(scenario):
        file, name = raw.where(tuple(path))
        found.setdefault((file, name, f.code, str(f.value)), Fault(f.code, file, name, f.value, f.expected))
    if found:
        raise InputError(found.values())
    return scenario


def _faults(error: ValidationError, raw: Raw) -> list[Fault]:
    found = []
    items = error.errors(include_url=False)
    inside = {item["loc"][:length] for item in items for length in range(len(item["loc"]))}
    for item in items:
        if item["type"] == "too_short" and item["loc"] in inside:
            continue  # pydantic counts only the parts that are right
        path = tuple(part for part in item["loc"] if not _is_union_tag(part, item["loc"], raw.data))
        file, name = raw.where(path)
        value = None if item["type"] == "missing" else item.get("input")
        if isinstance(value, (dict, list, tuple)) and len(str(value)) > 80:
            value = None
        expected = {k: v for k, v in (item.get("ctx") or {}).items() if isinstance(v, (str, int, float))}
        found.append(Fault(item["type"], file, name, value, expected))
    return found


def _is_union_tag(part: str | int, loc: tuple[str | int, ...], data: Any) -> bool:
    """Tell whether `part` names a branch of a union (a law) rather than a key of the data."""
    here = data
    for step in loc:
        if step is part:
            return isinstance(part, str) and part in _LAWS and isinstance(here, Mapping) and part not in here
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            continue
    return False
