"""Labour rules as data: each with its value, hard or soft, its source and since when it holds."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
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
    "RULES",
    "SLOT_S",
    "Contract",
    "Rule",
    "Shape",
    "contract",
    "contract_names",
]

_FOLDER = Path(__file__).parent
_NEEDED = (
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
"""Rules that a contract file must give."""
RULES: Mapping[str, str] = {
    **dict.fromkeys(_NEEDED, ""),
    "hours_per_day": "h",
    "hours_per_week": "h",
    "average_hours_per_week": "h",
    "period_weeks": "week",
    "hours_per_horizon": "h",
    "least_hours_per_horizon": "h",
    "rest_days_per_week": "day",
    "days_off_per_week": "day",
    "daily_rest": "h",
    "days_in_a_row": "day",
    "least_days_in_a_row": "day",
    "least_days_off_in_a_row": "day",
    "weekends": "weekend",
    "shifts_of_a_kind": "shift",
    "may_not_follow": "yes",
    "meal": "min",
    "break": "min",
    "start_grid": "min",
    "latest_end": "h",
    "overtime_per_day": "h",
    "overtime_per_day_special": "h",
    "overtime_per_month": "h",
    "pay_overtime": "x",
    "pay_rest_day": "x",
    "pay_holiday": "x",
    "night_from": "h",
    "night_to": "h",
    "nights_in_a_row": "day",
    "no_nights_when_protected": "yes",
    "no_overtime_when_protected": "yes",
    "makeup_workdays": "yes",
    "early_before": "h",
    "late_after": "h",
    "days_off_together": "yes",
    "share_nights": "yes",
    "share_weekends": "yes",
    "share_holidays": "yes",
    "share_hours": "yes",
}
"""Every rule there is, with the unit of its value (docs/reference/labour-rules.md says what each means)."""
_UNITS = {"h": ("h", "min"), "min": ("h", "min")}


@dataclass(frozen=True)
class Rule:
    """One labour rule.

    Attributes
    ----------
    name : str
    value : float
        In `unit`: ``h``, ``min``, ``day``, ``week``, ``weekend``, ``shift``, ``x`` (times the wage) or ``yes``
        (1 or 0).
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
    by: Mapping[str, float] = field(default_factory=dict)
    """Of ``shifts_of_a_kind``: shift → most."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Of ``may_not_follow``: (shift, shift that may not follow it on the next day)."""


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

    def has(self, rule: str) -> bool:
        """Tell whether there is such a rule here, and, of one that says yes or no, that it says yes."""
        return rule in self.rules and (self.rules[rule].unit != "yes" or bool(self.rules[rule].value))

    def most(self, rule: str) -> int:
        """Return a rule that counts; 0 where there is none."""
        return self.number(rule) if rule in self.rules else 0

    def night(self, start_s: int, end_s: int) -> bool:
        """Tell whether a shift is night work: some of it lies between the rules ``night_from`` and ``night_to``."""
        if "night_from" not in self.rules or "night_to" not in self.rules:
            return False
        begin, end = self.seconds("night_from"), self.seconds("night_to")
        return start_s < end or end_s > begin

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
    given = data.get("rule", {})
    for key in [*_NEEDED, *(key for key in given if key not in _NEEDED)]:
        if key not in RULES:
            known = {"known": ", ".join(sorted(RULES))}
            faults.append(sim.Fault("unknown_rule", file, f"rule.{key}", key, known))
            continue
        try:
            rules[key] = _rule(key, given[key])
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


def _rule(key: str, one: Mapping[str, Any]) -> Rule:
    value = float(one["value"])
    kind, source, since = one["kind"], sim.Text(**one["source"]), one["effective"]
    unit = str(one["unit"])
    by = {str(name): float(number) for name, number in one.get("by", {}).items()}
    pairs = tuple((str(before), str(after)) for before, after in one.get("pairs", ()))
    wanted = RULES[key]
    fits = not wanted or unit in _UNITS.get(wanted, (wanted,))
    finite = 0 <= value < float("inf") and all(0 <= number < float("inf") for number in by.values())
    if not finite or not fits or kind not in ("hard", "soft") or not isinstance(since, date):
        raise ValueError
    return Rule(key, value, unit, kind, source, since, by, pairs)
