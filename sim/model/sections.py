"""Sections of a scenario that many do without: counters, stores, tables, links, dispatch rules, accounts, bookings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sim.model.expressions import Formula
from sim.model.fields import ALWAYS, DAY_S, Clock, Frozen, Name, NameOrAll, Text, Words, format_clock
from sim.model.laws import Law

_WORD = re.compile(r"^[^\W\d]\w*$")
_MOMENT = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,3})?))?$")
_MONTH_S = 31 * DAY_S


def _word(value: Any) -> str:
    if isinstance(value, str) and _WORD.match(value):
        return value
    raise PydanticCustomError("word", "a name for expressions: letters, digits and '_', not a digit first")


def _moment(value: Any) -> float:
    """Return seconds since midnight of ``"HH:MM[:SS[.mmm]]"`` or of a number of seconds, up to 48 hours."""
    if isinstance(value, str) and (match := _MOMENT.match(value.strip())):
        minutes, seconds = int(match[2]), float(match[3] or 0)
        value = int(match[1]) * 3600 + minutes * 60 + seconds if minutes < 60 and seconds < 60 else -1
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2 * DAY_S:
        raise PydanticCustomError("clock", "a clock time such as 09:00")
    return float(value)


def _format_moment(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}.{thousandths:03d}" if thousandths else text


Word = Annotated[str, BeforeValidator(_word), WithJsonSchema({"type": "string", "pattern": _WORD.pattern})]
"""A name that expressions may use as it is."""

Moment = Annotated[
    float,
    BeforeValidator(_moment),
    PlainSerializer(_format_moment, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": _MOMENT.pattern}]}),
]
"""Seconds since midnight, to the millisecond; read from ``"HH:MM:SS.mmm"`` or a number."""


class Counter(Frozen):
    """A number that `assign` changes and expressions read: one for the scenario, or one for each place."""

    title: Text | None = None
    initial: float = 0.0
    per: Literal["all", "place"] = "all"


class Store(Frozen):
    """Stock that `store` blocks take from and put to (cards, cash, paper); expressions read it as ``stock.NAME``."""

    title: Text | None = None
    initial: Annotated[float, Field(ge=0)] = 0.0
    per: Literal["all", "place"] = "place"


class Table(Frozen):
    """A function of one number for expressions, ``table('NAME', x)``: points (x, y), x rising; constant outside."""

    title: Text | None = None
    points: Annotated[tuple[tuple[float, float], ...], Field(min_length=1, max_length=100_000)]
    straight: bool = True
    """Straight lines between the points, or steps: the value of the last point that is not to the right."""

    @field_validator("points")
    @classmethod
    def _rising(cls, value: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        if any(b[0] <= a[0] for a, b in itertools.pairwise(value)):
            raise PydanticCustomError("points_rising", "points whose first numbers rise")
        return value


class OnDays(Frozen):
    """What happens on days of a class, or on one day of the run (0 is the first)."""

    day_class: NameOrAll = ALWAYS
    day: Annotated[int, Field(ge=0)] | None = None

    def on(self, day: int, day_class: str) -> bool:
        """Tell whether it happens on that day of the run."""
        return self.day in (None, day) and self.day_class in (ALWAYS, day_class)


class Outage(OnDays):
    """A planned window in which a link is down."""

    start: Clock
    end: Clock

    @model_validator(mode="after")
    def _span(self) -> Outage:
        if self.end <= self.start:
            raise PydanticCustomError("end_after_start", "an end after the start", {"start": format_clock(self.start)})
        return self


class Link(Frozen):
    """A network connection that `advance` blocks may need: one for all places, or one for each place of a template."""

    title: Text | None = None
    place: Name | None = None
    outages: tuple[Outage, ...] = ()
    per_day: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Outages by chance, per 24 hours of being up."""
    lasts: Law | None = None
    """How long one by chance lasts."""


class Dispatch(Frozen):
    """Flexible staff: who of `from` serves in `to` while there is need of it (MODEL §5).

    Every `look_every_s` both conditions are looked at. When `go_if` has held for `looks` looks in a row, one moves
    (at most `most` are away), and is there after `switch_s`; when `back_if` has, one comes back.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Annotated[Name, Field(alias="from")]
    to: Name
    go_if: Formula
    back_if: Formula
    look_every_s: Annotated[float, Field(gt=0, le=DAY_S)] = 300.0
    looks: Annotated[int, Field(ge=1, le=1000)] = 3
    switch_s: Annotated[float, Field(ge=0, le=DAY_S)] = 120.0
    most: Annotated[int, Field(ge=1, le=100_000)] = 1


class Account(Frozen):
    """Persons who outlive a visit: numbers of theirs that `assign` changes and expressions read as ``account.NAME``."""

    title: Text | None = None
    count: Annotated[int, Field(ge=1, le=10_000_000)]
    per: Literal["all", "place"] = "all"
    """How many there are: in the scenario, or at each place of the streams that use them."""
    values: Annotated[Mapping[Word, float], Field(min_length=1)]
    cv: Mapping[Word, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    """Value → coefficient of variation: spread over the persons as a lognormal law with the value as its mean."""


class Appointment(OnDays):
    """`count` customers who are expected at `at`."""

    at: Clock
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class CallList(OnDays):
    """`count` customers to be called, ready at `at`; with `until`, evenly from then until then."""

    at: Clock
    until: Clock | None = None
    count: Annotated[int, Field(ge=1, le=10_000_000)]

    @model_validator(mode="after")
    def _span(self) -> CallList:
        if self.until is not None and self.until <= self.at:
            raise PydanticCustomError("end_after_start", "an end after the start", {"start": format_clock(self.at)})
        return self


class ArrivalRow(Frozen):
    """A row of arrivals.csv: a visit that was logged, replayed as it came."""

    stream: Name
    day: Annotated[int, Field(ge=0)] = 0
    time: Moment
    service: Name
    place: Name | None = None
    case: Words = ""
    """By which overrides.csv names the visit."""


class OverrideRow(Frozen):
    """A row of overrides.csv: what the log says of a visit, in place of luck."""

    case: Annotated[Words, Field(min_length=1)]
    block: Annotated[Words, Field(min_length=1)]
    """Name of a block, ``route.block`` or the block alone."""
    passes: Annotated[int, Field(ge=1, le=4096)] = 1
    """Which time the visit is there."""
    seconds: Annotated[float, Field(ge=0, le=_MONTH_S)] | None = None
    """How long the `advance` takes."""
    u: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The luck of the `transfer`."""
    patience_s: Annotated[float, Field(ge=0, le=_MONTH_S)] | None = None
    """The patience at the `seize`."""

    @model_validator(mode="after")
    def _one(self) -> OverrideRow:
        if sum(one is not None for one in (self.seconds, self.u, self.patience_s)) != 1:
            raise PydanticCustomError("one_override", "exactly one of seconds, u, patience_s")
        return self
