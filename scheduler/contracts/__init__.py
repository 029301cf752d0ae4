"""Labour rules as data: each with its value, hard or soft, its source and since when it holds."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_S = 86_400
HOUR_S = 3600
MINUTE_S = 60
SLOT_S = 900
"""Shifts, meals and breaks begin and end on quarter-hours."""

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
class Shape:
    """A permitted shift: paid time, and when meal and breaks may begin (seconds after its own beginning)."""

    name: str
    paid_s: int
    span_s: int
    """From begin to end: paid time plus the unpaid meal."""
    meal: tuple[int, int] | None
    meal_s: int
    breaks: tuple[tuple[int, int], ...]
    break_s: int

    @property
    def on_duty_s(self) -> int:
        """Return the time on duty, in seconds: paid time without breaks."""
        return self.paid_s - self.break_s * len(self.breaks)


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
            shapes.append(_shape(one, rules))
        except (KeyError, TypeError, ValueError):
            faults.append(sim.Fault("contract_shape", file, f"shape.{number}", one.get("name")))
    if not shapes and not faults:
        faults.append(sim.Fault("contract_shape", file, "shape"))
    if faults:
        raise sim.InputError(faults)
    title = sim.Text(**data.get("title", {"zh": data["id"], "en": data["id"]}))
    return Contract(str(data["id"]), title, rules, tuple(shapes))


def _shape(one: Mapping[str, Any], rules: Mapping[str, Rule]) -> Shape:
    """Return a shape whose breaks and meal cannot overlap, whichever of the permitted times they take."""
    paid_s = round(one["paid_h"] * HOUR_S)
    meal_s = round(rules["meal"].value * MINUTE_S) if "meal" in one else 0
    break_s = round(rules["break"].value * MINUTE_S)
    meal = _window(one["meal"]) if "meal" in one else None
    breaks = tuple(_window(window) for window in one.get("breaks", ()))
    span_s = paid_s + meal_s
    offs = sorted([(*window, break_s) for window in breaks] + ([(*meal, meal_s)] if meal else []))
    ends = [latest + length for _, latest, length in offs]
    starts = [earliest for earliest, _, _ in offs[1:]] + [span_s]
    if (
        paid_s > rules["hours_per_day"].value * HOUR_S
        or any(value % SLOT_S for value in (paid_s, meal_s, break_s, *(v for off in offs for v in off)))
        or any(end > start for end, start in zip(ends, starts, strict=True))
    ):
        raise ValueError
    return Shape(str(one["name"]), paid_s, span_s, meal, meal_s, breaks, break_s)


def _window(value: Any) -> tuple[int, int]:
    earliest, latest = (60 * (60 * int(text[:-3]) + int(text[-2:])) for text in value)
    if latest < earliest:
        raise ValueError
    return earliest, latest
