"""Documents: plain JSON values with a ``schema`` and, first of all, the rows of measures of a study."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sim

HEADLINES = (
    "offered",
    "answered",
    "wait_mean_s",
    "wait_p50_s",
    "wait_p90_s",
    "wait_p95_s",
    "wait_all_p90_s",
    "service_level",
    "abandoned_share",
    "occupancy",
    "time_in_system_mean_s",
    "paid_hours",
    "cost",
)
"""Measures that a person is shown first, in this order."""

SHARES = frozenset({"service_level", "abandoned_share", "occupancy"})
"""Measures shown as percentages."""

_ROW = ("measure", "place", "service", "pool", "interval_start", "value", "half_width")


def plain(value: Any) -> Any:
    """Return `value` as JSON knows it: what is not a finite number becomes null, NumPy scalars become numbers."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if hasattr(value, "item"):
        return plain(value.item())
    if hasattr(value, "zh") and hasattr(value, "en"):
        return {"zh": value.zh, "en": value.en}
    return str(value)


def dumps(document: Mapping[str, Any]) -> str:
    """Return the JSON text of a document: a line a key, and a line a row where a value is a list of rows."""
    lines = []
    for key, value in document.items():
        if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[0], Mapping):
            text = "[\n  " + ",\n  ".join(_compact(one) for one in value) + "\n ]"
        else:
            text = _compact(value)
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _compact(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def rows(study: sim.Study) -> list[dict[str, Any]]:
    """Return the rows of a study as DESIGN §9 names them; with sampled inputs both half-widths of each."""
    columns = _ROW if study.groups is None else (*_ROW, "input_half_width")
    return [{name: plain(getattr(row, name)) for name in columns} for row in study.rows]


def names(scenario: sim.Scenario, found: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return name → {zh, en} of the places, pools, services, units that occur in rows; instances get their number."""
    out = {name: _name(name, scenario.unit) for name in scenario.unit}
    titled = {**scenario.place, **scenario.pool, **scenario.team, **scenario.service}
    for row in found:
        for name in (row["place"], row["service"], row["pool"]):
            if name != "*" and name not in out:
                out[name] = _name(name, titled)
    return out


def _name(name: str, titled: Mapping[str, Any]) -> dict[str, str]:
    base, at, place = name.partition("@")
    if at:
        first, second = _name(base, titled), _name(place, titled)
        return {lang: f"{first[lang]} · {second[lang]}" for lang in ("zh", "en")}
    if name in titled:
        title = titled[name].title
        return {"zh": name, "en": name} if title is None else {"zh": title.zh, "en": title.en}
    template, dash, number = name.rpartition("-")
    if dash and number.isdigit() and template in titled:
        inner = _name(template, titled)
        return {"zh": f"{inner['zh']} {int(number)}", "en": f"{inner['en']} {int(number)}"}
    return {"zh": name, "en": name}


@dataclass(frozen=True)
class Measures:
    """The rows of a document, to be asked for one at a time."""

    document: Mapping[str, Any]

    @cached_property
    def _by_key(self) -> dict[tuple[Any, ...], Mapping[str, Any]]:
        return {
            (row["measure"], row["place"], row["service"], row["pool"], row["interval_start"]): row
            for row in self.document["measures"]
        }

    def row(
        self, measure: str, place: str = "*", service: str = "*", pool: str = "*", start: int | str = "*"
    ) -> Mapping[str, Any] | None:
        """Return one row, or None when the study has none such."""
        return self._by_key.get((measure, place, service, pool, start))

    def value(self, measure: str, **where: Any) -> float | None:
        """Return the value of a row, None when there is no row or it is undefined."""
        row = self.row(measure, **where)
        return None if row is None else row["value"]

    def by_interval(self, measure: str, place: str = "*", pool: str = "*") -> list[Mapping[str, Any]]:
        """Return the rows of `measure` for each interval, in time."""
        found = [
            row
            for row in self.document["measures"]
            if row["measure"] == measure
            and row["interval_start"] != "*"
            and (row["place"], row["service"], row["pool"]) == (place, "*", pool)
        ]
        return sorted(found, key=lambda row: row["interval_start"])

    def pools(self) -> Iterator[str]:
        """Yield the pools that have an occupancy, in the order of the rows."""
        for row in self.document["measures"]:
            if row["measure"] == "occupancy" and row["pool"] != "*" and row["interval_start"] == "*":
                yield row["pool"]

    def named(self, measure: str) -> list[str]:
        """Return what a measure is reported of besides: the units of ``result:UNIT``, the kinds of ``outcome:KIND``."""
        found = (row["measure"].partition(":") for row in self.document["measures"])
        return list(dict.fromkeys(of for name, _, of in found if name == measure and of))

    def places(self) -> Iterator[str]:
        """Yield the places that have a wait of their own, in the order of the rows."""
        for row in self.document["measures"]:
            others = (row["service"], row["pool"], row["interval_start"])
            if row["measure"] == "wait_mean_s" and row["place"] != "*" and others == ("*", "*", "*"):
                yield row["place"]
