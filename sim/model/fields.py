"""Field types shared by the parts of a scenario: clock times, attribute names, checked numbers."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

DAY_S = 86_400
ALWAYS = "*"
"""Every one: day class, place, service."""

MOST_CV = 100.0
NAME = re.compile(r"^[\w][\w.\-]*$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")


class Frozen(BaseModel):
    """A value: cannot be changed, knows no other fields than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


def parse_clock(value: Any) -> int:
    """Return seconds since midnight of ``"HH:MM"`` or ``"HH:MM:SS"``; up to ``"48:00"``, past 24:00 is the next day."""
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    elif isinstance(value, str) and (match := _CLOCK.match(value.strip())):
        hours, minutes, rest = int(match[1]), int(match[2]), int(match[3] or 0)
        if minutes > 59 or rest > 59:
            raise PydanticCustomError("clock", "a clock time such as 09:00")
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        raise PydanticCustomError("clock", "a clock time such as 09:00")
    if not 0 <= seconds <= 48 * 3600:
        raise PydanticCustomError("clock", "a clock time such as 09:00")
    return seconds


def format_clock(seconds: int) -> str:
    """Return ``"HH:MM"``, or ``"HH:MM:SS"`` when there are odd seconds."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}:{odd:02d}" if odd else f"{hours:02d}:{minutes:02d}"


def _number_or_attribute(value: Any, *, low: float, strict: bool, high: float = math.inf) -> float | str:
    if isinstance(value, str):
        text = value.strip()
        if NAME.match(text) and not text[0].isdigit():
            return text
        raise PydanticCustomError("number_or_attribute", "a number, or the name of a service attribute")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise PydanticCustomError("number_or_attribute", "a number, or the name of a service attribute")
    if value < low or (strict and value == low):
        raise PydanticCustomError("greater_than" if strict else "greater_than_equal", "above", {"limit": low})
    if value > high:
        raise PydanticCustomError("less_than_equal", "at most", {"limit": high})
    return float(value)


def _positive(value: Any) -> float | str:
    return _number_or_attribute(value, low=0.0, strict=True)


def _variation(value: Any) -> float | str:
    return _number_or_attribute(value, low=0.0, strict=True, high=MOST_CV)


def _not_negative(value: Any) -> float | str:
    return _number_or_attribute(value, low=0.0, strict=False)


def _amount(value: Any) -> float | str:
    return _number_or_attribute(value, low=-math.inf, strict=False)


def _name(value: Any) -> str:
    if isinstance(value, str) and NAME.match(value):
        return value
    raise PydanticCustomError("name", "letters, digits, '-', '_' and '.'")


def _name_or_all(value: Any) -> str:
    return ALWAYS if value == ALWAYS else _name(value)


_EITHER = {"anyOf": [{"type": "number"}, {"type": "string", "description": "name of a service attribute"}]}

Clock = Annotated[
    int,
    BeforeValidator(parse_clock),
    PlainSerializer(format_clock, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$"}),
]
"""Seconds since midnight; written ``"HH:MM"``."""

Positive = Annotated[float | str, BeforeValidator(_positive), WithJsonSchema(_EITHER)]
"""A number above 0, or the name of a service attribute that holds one."""

Variation = Annotated[float | str, BeforeValidator(_variation), WithJsonSchema(_EITHER)]
"""A coefficient of variation above 0 and at most `MOST_CV`, or the name of a service attribute that holds one."""

NotNegative = Annotated[float | str, BeforeValidator(_not_negative), WithJsonSchema(_EITHER)]
"""A number of at least 0, or the name of a service attribute that holds one."""

Amount = Annotated[float | str, BeforeValidator(_amount), WithJsonSchema(_EITHER)]
"""A number, or the name of a service attribute."""

Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME.pattern})]

NameOrAll = Annotated[str, BeforeValidator(_name_or_all), WithJsonSchema({"type": "string"})]
"""A name, or ``*`` for every one."""


Words = Annotated[str, StringConstraints(strip_whitespace=True)]
"""Text for people; spaces around it are not part of it."""


class Text(Frozen):
    """A name or sentence that is data: Chinese and English."""

    zh: Annotated[Words, Field(min_length=1)]
    en: Annotated[Words, Field(min_length=1)]
