"""Every sentence that a person reads, in Chinese and in English.

A sentence has a key such as ``fault.unknown_pool``. The part before the first dot names the file of `topics` that
holds it, as ``key: (Chinese, English)`` side by side; a long topic has more files, whose names begin with it
(``fault_staff.py``). Files are loaded when first asked for. Below `ui` there are no sentences: a `sim.Fault` or
`sim.Finding` carries a code and values, and `fault` and `finding` here make words of them.
"""

from __future__ import annotations

import importlib
import math
import os
import pkgutil
import string
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ui.words import topics

LANGUAGES = ("zh", "en")
TOPICS = (
    "fault", "finding", "measure", "cli", "demo", "page", "chart", "export", "unit", "rule", "outcome",
    "report", "form", "told",
)  # fmt: skip
"""First parts of the keys, each a file of this package."""

_UNKNOWN = "?"
_LONGEST_VALUE = 120
_LONGEST_LIST = 900
"""What would be right, such as all names that there are, is cut later than what a user wrote."""


def choose(asked: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """Return ``zh`` or ``en``: as asked, else COUNTERFLOW_LANG, else the locale (LC_ALL, LC_MESSAGES, LANG).

    A locale that begins with ``zh`` means Chinese, everything else English.
    """
    environ = os.environ if environ is None else environ
    for name in (asked, environ.get("COUNTERFLOW_LANG")):
        if name and name.lower()[:2] in LANGUAGES:
            return name.lower()[:2]
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(variable):
            return "zh" if environ[variable].lower().startswith("zh") else "en"
    return "en"


@cache
def entries(topic: str) -> Mapping[str, tuple[str, str]]:
    """Return key → (Chinese, English) of one topic, from all its files."""
    out: dict[str, tuple[str, str]] = {}
    for name in files(topic):
        out |= importlib.import_module(f"ui.words.topics.{name}").WORDS
    return out


@cache
def files(topic: str) -> tuple[str, ...]:
    """Return the names of the files of a topic: its own, and those that begin with it and ``_``."""
    names = sorted(one.name for one in pkgutil.iter_modules(topics.__path__))
    return tuple(name for name in names if name == topic or name.startswith(f"{topic}_"))


def known(key: str) -> bool:
    """Tell whether there is a sentence for `key`."""
    topic = key.partition(".")[0]
    return topic in TOPICS and key in entries(topic)


def say(lang: str, key: str, **values: object) -> str:
    """Return the sentence of `key` in `lang` with `values` in its placeholders.

    Raises
    ------
    KeyError
        When there is no such sentence: a mistake in the program, never in its input.
    """
    return _fill(lang, template(lang, key), values)


def both(key: str) -> dict[str, str]:
    """Return a sentence without placeholders in both languages, as a value of a fault or finding may be."""
    return {lang: template(lang, key) for lang in LANGUAGES}


def template(lang: str, key: str) -> str:
    """Return the sentence of `key` in `lang`, placeholders unfilled."""
    return entries(key.partition(".")[0])[key][LANGUAGES.index(lang)]


def placeholders(text: str) -> set[str]:
    """Return the names in braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def fault(lang: str, one: Any) -> str:
    """Return what is wrong with one field of one file (a `sim.Fault`): where, what stands there, what would be right."""
    found = {**_limits(one.expected), "field": one.field, "value": one.value}
    if known(f"rule.{found.get('rule')}"):
        found["rule"] = say(lang, f"rule.{found['rule']}")
    longest = dict.fromkeys(one.expected, _LONGEST_LIST)
    if isinstance(one.value, (list, tuple)):
        longest["value"] = _LONGEST_LIST
    values = {
        name: shortened(value_text(lang, value), longest.get(name, _LONGEST_VALUE)) for name, value in found.items()
    } | {"file": one.file}
    key = f"fault.{one.code}"
    values["code"] = one.code
    sentence = template(lang, key if known(key) else "fault.other")
    names = placeholders(sentence)
    where = [values[name] for name in ("file", "field") if getattr(one, name) and name not in names]
    text = _fill(lang, sentence, values)
    for name, value in one.expected.items():
        # A sentence of its own for something that is not always known, such as names that look alike.
        if value and known(f"{key}.{name}"):
            text += say(lang, "fault.and") + _fill(lang, template(lang, f"{key}.{name}"), values)
    return say(lang, "fault.where", place=say(lang, "fault.places").join(where), what=text) if where else text


def faults(lang: str, error: Any) -> list[str]:
    """Return a sentence for every fault of a `sim.InputError`."""
    return [fault(lang, one) for one in error.faults]


def finding(lang: str, one: Any) -> str:
    """Return what a result says (a `sim.Finding`) as a sentence; a code without a sentence shows code and values."""
    key = f"finding.{one.code}"
    if not known(key):
        listed = ", ".join(f"{name} = {value_text(lang, value)}" for name, value in one.values.items())
        return f"{one.code}: {listed}" if listed else one.code
    return say(lang, key, **one.values)


def title(lang: str, text: Any, otherwise: str = "") -> str:
    """Return a name that is data (a `sim.Text` or ``{"zh": …, "en": …}``) in `lang`."""
    if text is None:
        return otherwise
    if isinstance(text, Mapping):
        return str(text.get(lang) or otherwise)
    return str(getattr(text, lang, "") or otherwise)


def duration(lang: str, seconds: float | None, *, exact: bool = False) -> str:
    """Return a wait or a length in words: ``2 min 05 s``; under a minute with one decimal, left out when it is 0.

    `exact` keeps it: what is measured shows as many digits as what stands beside it.
    """
    if seconds is None or not math.isfinite(seconds):
        return say(lang, "unit.none")
    sign, rest = ("-" if seconds < 0 else ""), abs(seconds)
    if rest < 59.95:
        shown = f"{rest:.1f}"
        return sign + say(lang, "unit.seconds", s=shown if exact else shown.removesuffix(".0"))
    minutes, odd = divmod(round(rest), 60)
    if minutes < 60:
        key = "unit.minutes" if odd else "unit.whole_minutes"
        return sign + say(lang, key, m=str(minutes), s=f"{odd:02d}")
    hours, odd = divmod(round(rest / 60), 60)
    key = "unit.hours" if odd else "unit.whole_hours"
    return sign + say(lang, key, h=str(hours), m=f"{odd:02d}")


def clock(seconds: float) -> str:
    """Return seconds since a midnight as ``09:15``; past 24:00 the clock of the next day."""
    minutes = int(seconds) // 60 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def figure(value: float | None, digits: int = 3) -> str:
    """Return a number with `digits` significant digits at least, thousands apart, never as a power of ten."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(decimals, 4)}f}"


def value_text(lang: str, value: object) -> str:
    """Return any value as it stands in a sentence."""
    if value is None:
        return say(lang, "unit.nothing")
    if isinstance(value, bool):
        return say(lang, "unit.true" if value else "unit.false")
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if isinstance(value, Mapping) and {"zh", "en"} <= set(value):
        return str(value[lang])
    if hasattr(value, "zh") and hasattr(value, "en"):
        return str(getattr(value, lang))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return say(lang, "unit.listed").join(value_text(lang, one) for one in value)
    return str(value)


def shortened(text: str, longest: int = _LONGEST_VALUE) -> str:
    """Return what a user wrote as it may stand in a sentence: on one line, and not too long."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _fill(lang: str, text: str, values: Mapping[str, object]) -> str:
    """Fill placeholders; a missing value shows as ``?``, because a sentence with a hole is better than none."""
    names = placeholders(text)
    filled = {name: value_text(lang, values[name]) if name in values else _UNKNOWN for name in names}
    return string.Formatter().vformat(text, (), filled)


def _limits(expected: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a fault with pydantic's names for a limit made one name."""
    values = dict(expected)
    for name in ("gt", "ge", "lt", "le", "min_length", "max_length", "multiple_of"):
        if name in values:
            values.setdefault("limit", values[name])
    return values
