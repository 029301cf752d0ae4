"""Findings in words: each value in the unit that belongs to its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ui.words import clock, duration, figure, finding, known, say, title, value_text

SHARES = (
    "service_level",
    "abandoned_share",
    "first_answered_share",
    "occupancy",
    "promise_kept",
    "target_used",
    "target_met",
)
MONEY = ("cost", "income", "result", "bill")

BETWEEN_PARTS_OF_A_DATE = "年月./"
AFTER_A_DATE = "日"
BETWEEN_NAMES = "，、；;\n|"
"""What people write in cells: signs of dates, and between names besides a comma."""


def percent(lang: str, share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage."""
    return "–" if share is None else say(lang, "unit.percent", n=f"{100 * share:.{digits}f}")


def quantity(lang: str, measure: str, value: float | None, currency: str = "") -> str:
    """Return the value of a measure in its own unit: a duration, a percentage, hours, money or a plain number."""
    if value is None:
        return say(lang, "unit.none")
    measure = measure.partition(":")[0]
    if measure.endswith("_s"):
        return duration(lang, value)
    if measure in SHARES:
        return percent(lang, value)
    if measure.endswith("_hours"):
        return say(lang, "unit.paid_hours", n=f"{value:,.1f}")
    if measure in MONEY:
        return say(lang, "unit.money", n=f"{value:,.0f}", currency=currency_name(lang, currency)).strip()
    return figure(value)


def currency_name(lang: str, currency: str) -> str:
    """Return the name of a currency, its code where it has none."""
    key = f"unit.currency.{currency}"
    return say(lang, key) if known(key) else currency


def change(lang: str, measure: str, value: float | None, currency: str = "") -> str:
    """Return a difference of a measure: as its value, but shares differ by percentage points."""
    if measure.partition(":")[0] in SHARES and value is not None:
        return say(lang, "unit.points", n=f"{100 * value:.1f}")
    return quantity(lang, measure, value, currency)


def margin(lang: str, measure: str, half_width: float | None, currency: str = "") -> str:
    """Return a half-width in brackets, nothing when there is none."""
    if half_width is None:
        return ""
    shown = quantity(lang, measure, half_width, currency)
    if measure.partition(":")[0].endswith("_s"):
        # Half-widths stand beside each other: ±20.0 s and ±21.3 s, not ±20 s.
        shown = duration(lang, half_width, exact=True)
    return say(lang, "finding.margin", half_width=shown)


def promise(lang: str, one: Mapping[str, Any]) -> str:
    """Return a promise of a document in words: ``80 % connected within 3 min``, ``P90 wait at most 10 min``."""
    if one.get("measure") and one.get("value") is not None:
        key = "unit.at_least" if one.get("sense") == "at_least" else "unit.at_most"
        measure, value = one["measure"], one["value"]
        text = say(lang, key, measure=measure_name(lang, measure), value=quantity(lang, measure, value))
    elif one.get("share") is not None and one.get("within_s") is not None:
        share = percent(lang, one["share"], 0 if round(100 * one["share"], 6) % 1 == 0 else 1)
        text = say(lang, "unit.promise", share=share, within=duration(lang, one["within_s"]))
    else:
        return str(one.get("text") or "")
    per = [part for part in one.get("per") or () if known(f"unit.per.{part}")]
    # A share holds in every interval unless something else is said.
    return (
        say(lang, f"unit.per.{per[0]}", promise=text) if per and (one.get("measure") or per != ["interval"]) else text
    )


def day_class(lang: str, name: str) -> str:
    """Return the name of a class of days; one that the user named himself stays as it is."""
    key = f"unit.day_class.{name}"
    return say(lang, key) if known(key) else name


def role(lang: str, name: str) -> str:
    """Return the name of a role or of a skill that posts ask for; one of the user's own stays as it is."""
    key = next((key for key in (f"chart.role.{name}", f"unit.skill.{name}") if known(key)), "")
    return say(lang, key) if key else name


def leave(lang: str, kind: str) -> str:
    """Return the name of a kind of leave; a word of the user's own stays as it is."""
    key = f"form.leave.{kind}"
    return say(lang, key) if known(key) else kind


def shape(lang: str, name: str, named: Any = None) -> str:
    """Return the name of a shape of shifts: its title, else words for it, else its name."""
    if named is not None:
        return title(lang, named, name)
    key = f"unit.shape.{name.replace('-', '_')}"
    if known(key):
        return say(lang, key)
    kind, _, hours = name.rpartition("-")
    key = f"unit.shape.{kind.replace('-', '_')}_hours"
    return say(lang, key, h=hours) if known(key) and hours.replace(".", "", 1).isdigit() else name


def day_name(lang: str, day_classes: Sequence[str], day: int, first_date: str | None = None) -> str:
    """Return ``Mon 11-23`` when the first date is known, ``Mon`` when days look like weeks from Monday, or ``day 3``."""
    if first_date:
        when = date.fromisoformat(first_date) + timedelta(days=day)
        return say(lang, "unit.dated_day", day=say(lang, f"unit.weekday.{when.weekday()}"), date=f"{when:%m-%d}")
    week, weekday = divmod(day, 7)
    weekend = [i % 7 >= 5 for i in range(len(day_classes))]
    if [name == "weekend" for name in day_classes] != weekend:
        return say(lang, "unit.day", n=day + 1)
    name = say(lang, f"unit.weekday.{weekday}")
    return name if week == 0 else say(lang, "chart.week_day", week=week + 1, day=name)


def measure_name(lang: str, measure: str) -> str:
    """Return the name of a measure; one without a name shows as it is, the kind of an event after its name."""
    name, _, kind = measure.partition(":")
    key = f"measure.{name}"
    if not known(key):
        return measure
    return say(lang, "measure.of_kind", measure=say(lang, key), kind=kind) if kind else say(lang, key)


def sentence(
    lang: str, one: Mapping[str, Any] | Any, currency: str = "", names: Mapping[str, Any] | None = None
) -> str:
    """Return a finding of a document, or a `sim.Finding`, as a sentence.

    `names` is name → title of teams, places and people, which are then shown by their titles.
    """
    code = one["code"] if isinstance(one, Mapping) else one.code
    values = dict(one["values"] if isinstance(one, Mapping) else one.values)
    if code.startswith("compared_"):
        measure = values["measure"]
        values["measure"] = measure_name(lang, measure)
        values["size"] = change(lang, measure, abs(values["difference"]), currency)
        width = values["half_width"]
        shown = change(lang, measure, width, currency)
        values["margin"] = "" if width is None else say(lang, "finding.margin", half_width=shown)
    else:
        if "half_width_s" in values:
            values["margin"] = margin(lang, "wait_mean_s", values["half_width_s"])
        if "start_s" in values:
            start, step = values["start_s"], values.get("step_s", 900)
            values["end_s"] = clock(values["end_s"] if values.get("end_s") else start + step)
            values["start_s"] = clock(start)
            if values.get("days", 1) > 1:
                values["start_s"] = say(lang, "chart.day_clock", day=start // 86_400 + 1, clock=clock(start))
        if "share" in values and isinstance(values.get("asked"), float):
            values["asked"] = percent(lang, values["asked"])
        values = {
            name: _titled(lang, name, value, currency, names or {}) or _unit(lang, name, value)
            for name, value in values.items()
        }
    text = finding(lang, _Said(code, values))
    return text[:1].upper() + text[1:]


def _listed(value: Any) -> list[str]:
    """Return names that stand in a list, or in a text with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else [str(one) for one in value]


class _Said:
    """A code with values that are words already."""

    def __init__(self, code: str, values: Mapping[str, Any]) -> None:
        self.code, self.values = code, values


_NAMED = ("team", "teams", "place", "places", "person", "others", "names", "pool")
"""Values of findings that are names of the scenario or of people."""


def _titled(lang: str, name: str, value: Any, currency: str, names: Mapping[str, Any]) -> str:
    """Return a name by its title, a role by its words, money with its currency; ``""`` for other values."""
    if name in ("role", "roles", "skill", "licence") and isinstance(value, (str, list, tuple)):
        return value_text(lang, [role(lang, one) for one in _listed(value)])
    if name in ("cost", "budget") and isinstance(value, (int, float)) and currency:
        return quantity(lang, "cost", value, currency)
    if name in _NAMED and names and isinstance(value, (str, list, tuple)):
        titles = [one if one not in names else _name(lang, names[one], one) for one in _listed(value)]
        return value_text(lang, titles)
    return ""


def _name(lang: str, found: Any, otherwise: str) -> str:
    return found if isinstance(found, str) else title(lang, found, otherwise)


def _unit(lang: str, name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return title(lang, value)
    if name in ("rule", "burden") and known(f"unit.{name}.{value}"):
        return say(lang, f"unit.{name}.{value}")
    if name in ("day_class", "classes", "day_classes"):
        return value_text(lang, [day_class(lang, one) for one in _listed(value)])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value_text(lang, value) if value is not None else "–"
    if name.endswith("_s"):
        return duration(lang, value)
    if name in ("share", "level") or name.endswith("_share"):
        return percent(lang, value)
    return value
