"""Labour rules as data: each with its value, hard or soft, its source and since when it holds."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sim
from scheduler.shapes import DAY_S, HOUR_S, MINUTE_S, SLOT_S, Shape, shape

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DAY_S",
    "HOUR_S",
    "MINUTE_S",
    "SLOT_S",
    "Contract",
    "Rule",
    "Shape",
    "contract",
    "contract_names",
]

_FOLDER = Path(__file__).parent
_NUMBERS = (
    "hours_per_day",
    "hours_per_week",
    "rest_days_per_week",
    "days_off_per_week",
    "daily_rest",
    "days_in_a_row",
    "meal",
    "break",
    "start_grid",
    "latest_end",
    "overtime_per_day",
    "overtime_per_month",
    "early_before",
    "late_after",
    "days_off_together",
)


@dataclass(frozen=True)
class Rule:
    """One labour rule.

    Attributes
    ----------
    name : str
    value : float
        In `unit`: ``h``, ``min``, ``day`` or ``yes`` (1 or 0).
    kind : str
        ``hard`` may never be broken; ``soft`` is kept as well as can be.
    source : sim.Text
        Law or company rule that says so.
    effective : datetime.date
        Since when it holds.
    """

    name: str
    value: float
    unit: str
    kind: Literal["hard", "soft"]
    source: sim.Text
    effective: date


@dataclass(frozen=True)
class Contract:
    """A set of labour rules and permitted shifts."""

    id: str
    title: sim.Text
    rules: Mapping[str, Rule]
    shapes: tuple[Shape, ...]

    def seconds(self, rule: str) -> int:
        """Return a rule in hours or minutes as seconds."""
        one = self.rules[rule]
        return round(one.value * {"h": HOUR_S, "min": MINUTE_S}[one.unit])

    def number(self, rule: str) -> int:
        """Return a rule that counts days (or says yes)."""
        return int(self.rules[rule].value)

    def cited(self, rule: str) -> dict[str, object]:
        """Return a rule as values of a finding: its name, and its source in both languages."""
        source = self.rules[rule].source
        return {"rule": rule, "source": {"zh": source.zh, "en": source.en}}

    @property
    def days_per_week(self) -> int:
        """Return how many days of a week a person may work."""
        return 7 - max(self.number("days_off_per_week"), self.number("rest_days_per_week"))


def contract_names() -> tuple[str, ...]:
    """Return the ids of the contracts that are shipped."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def contract(name: str | Path) -> Contract:
    """Return the contract of an id, or of a TOML file of the user's own.

    Raises
    ------
    sim.InputError
        Unknown id, unreadable file, or rules that are missing or out of range.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = _FOLDER / f"{name}.toml"
    if not path.is_file():
        raise sim.InputError.one(
            "unknown_contract", field="contracts", value=str(name), known=", ".join(contract_names())
        )
    file = str(name)
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise sim.InputError.one("toml_syntax", file=file, value=str(error)) from None
    return _contract(data, file)


def _contract(data: Mapping[str, Any], file: str) -> Contract:
    faults: list[sim.Fault] = []
    rules: dict[str, Rule] = {}
    for key in _NUMBERS:
        try:
            one = data["rule"][key]
            value = float(one["value"])
            kind, source, since = one["kind"], sim.Text(**one["source"]), one["effective"]
            if value < 0 or kind not in ("hard", "soft") or not isinstance(since, date):
                raise ValueError
            rules[key] = Rule(key, value, str(one["unit"]), kind, source, since)
        except (KeyError, TypeError, ValueError):
            faults.append(sim.Fault("contract_rule", file, f"rule.{key}", None, {"rule": key}))
    if faults:
        raise sim.InputError(faults)
    shapes = []
    for number, one in enumerate(data.get("shape", ())):
        try:
            shapes.append(shape(one, rules))
        except (KeyError, TypeError, ValueError):
            faults.append(sim.Fault("contract_shape", file, f"shape.{number}", one.get("name")))
    if not shapes and not faults:
        faults.append(sim.Fault("contract_shape", file, "shape"))
    if faults:
        raise sim.InputError(faults)
    title = sim.Text(**data.get("title", {"zh": data["id"], "en": data["id"]}))
    return Contract(str(data["id"]), title, rules, tuple(shapes))
