"""What a scenario is: places, teams, equipment, services with routes, demand, staffing, rules and money.

A `Scenario` in memory is always merged (no parent left to look up) and complete. `read` makes one from a folder,
`write` writes one to a folder; `sim.tables.compile` turns one into integers.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sim.model.blocks import Block, Redial
from sim.model.calendar import DAY_CLASSES, day_type, years
from sim.model.expressions import Formula
from sim.model.faults import InputError
from sim.model.fields import ALWAYS, DAY_S, Clock, Frozen, Name, NameOrAll, Text, Words, format_clock, parse_clock
from sim.model.laws import Law
from sim.model.money import Money, Posting, TargetRow, Unit
from sim.model.sections import (
    Account,
    Appointment,
    ArrivalRow,
    CallList,
    Counter,
    Dispatch,
    Link,
    OverrideRow,
    Store,
    Table,
    Word,
)
from sim.model.validate import Raw, validate


def _parse_spans(value: Any) -> tuple[tuple[int, int], ...]:
    """Read ``"10:00-10:15 15:00-15:15"`` as pairs of seconds since midnight."""
    if isinstance(value, str):
        parts = [part.split("-") for part in value.replace(";", " ").split()]
        if any(len(part) != 2 for part in parts):
            raise PydanticCustomError("spans", "times such as 10:00-10:15 15:00-15:15")
        value = [(parse_clock(a), parse_clock(b)) for a, b in parts]
    try:
        spans = tuple((int(a), int(b)) for a, b in value)
    except (TypeError, ValueError):
        raise PydanticCustomError("spans", "times such as 10:00-10:15 15:00-15:15") from None
    if any(b <= a for a, b in spans) or any(b > c for (_, b), (c, _) in itertools.pairwise(spans)):
        raise PydanticCustomError("spans", "times such as 10:00-10:15 15:00-15:15")
    return spans


def format_spans(spans: tuple[tuple[int, int], ...]) -> str:
    """Return spans of seconds since midnight as ``"10:00-10:15 15:00-15:15"``."""
    return " ".join(f"{format_clock(a)}-{format_clock(b)}" for a, b in spans)


Spans = Annotated[
    tuple[tuple[int, int], ...],
    BeforeValidator(_parse_spans),
    PlainSerializer(format_spans, return_type=str),
    WithJsonSchema({"type": "string"}),
]


_TEN_YEARS_S = 3660 * DAY_S


_WORKDAYS = ("workday",)
_OPEN = ("workday", "makeup_workday")


class Run(Frozen):
    """How long a replication runs and how time is counted."""

    days: Annotated[int, Field(ge=1, le=3660)] = 1
    day_classes: Annotated[tuple[Name, ...], Field(min_length=1)] = _WORKDAYS
    """Class of each day of the run, repeated from the first when the run is longer."""
    start: date | None = None
    """Date of the first day."""
    calendar: Literal["cn"] | None = None
    """With `start`, and unless `day_classes` is given: days are classed by date, as in `sim.model.calendar`."""
    dates: Mapping[date, Name] = Field(default_factory=dict)
    """Date → class, before what the calendar says."""
    month_days: Mapping[Name, tuple[Annotated[int, Field(ge=1, le=31)], ...]] = Field(default_factory=dict)
    """Class → days of the month (pension days, pay days); on the next workday when a day is none."""
    same_as: Mapping[Name, Name] = Field(default_factory=dict)
    """Class → class in whose place it stands: ``makeup_workday = "workday"``."""
    drain_s: Annotated[float, Field(ge=0, le=_TEN_YEARS_S)] = 4 * 3600.0
    """How long the run goes on after the last day, without arrivals."""
    warm_up_s: Annotated[float, Field(ge=0, le=_TEN_YEARS_S)] = 0.0
    """Visits that arrive earlier, and time before, are not measured."""
    tick_ms: Annotated[int, Field(ge=1, le=3_600_000)] = 1
    """Every time is rounded to a multiple of this; 1 ms unless ties are wanted."""

    @model_validator(mode="after")
    def _dated(self) -> Run:
        if self.start is None and (self.calendar or self.dates or self.month_days):
            raise PydanticCustomError("calendar_start", "the date of the first day")
        if self.month_days and self.calendar is None:
            raise PydanticCustomError("month_days_calendar", "a calendar")
        return self

    @property
    def by_date(self) -> bool:
        """Tell whether days are classed by their dates."""
        return self.calendar is not None and self.day_classes == _WORKDAYS

    def day_class(self, day: int) -> str:
        """Return the class of a day of the run, 0 the first."""
        found = self._by_date(self.start + timedelta(days=day)) if self.start is not None else None
        found = found or self.day_classes[day % len(self.day_classes)]
        return self.same_as.get(found, found)

    def all_classes(self) -> frozenset[str]:
        """Return every class that a day of a run like this may have."""
        named = {*self.day_classes, *self.dates.values(), *self.month_days, *(DAY_CLASSES if self.calendar else ())}
        return frozenset({*named, *self.same_as.values()})

    def estimated_days(self) -> int:
        """Return how many days of the run lie in years for which the calendar has no table yet."""
        if not self.by_date or self.start is None or self.calendar is None:
            return 0
        known = years(self.calendar)
        return sum((self.start + timedelta(days=day)).year not in known for day in range(self.days))

    def calendar_until(self) -> int | None:
        """Return the last year of which the calendar knows the holidays."""
        return max(years(self.calendar)) if self.calendar is not None else None

    def _by_date(self, day: date) -> str | None:
        if day in self.dates or not self.by_date or self.calendar is None:
            return self.dates.get(day)
        found = day_type(self.calendar, day)
        if found in _OPEN:
            due, before = {day.day}, day - timedelta(days=1)
            while self._type(before) not in _OPEN:
                due.add(before.day)
                before -= timedelta(days=1)
            for name, days in self.month_days.items():
                if due.intersection(days):
                    return name
        return found

    def _type(self, day: date) -> str:
        return self.dates.get(day) or day_type(self.calendar or "cn", day)


class Rules(Frozen):
    """Conventions of the measures (domain notes §5)."""

    sl_mode: Literal["offered", "offered_minus_short", "answered", "ab_in_T_ok"] = "offered"
    sl_threshold_s: Annotated[float, Field(ge=0, le=_TEN_YEARS_S)] = 20.0
    short_abandon_s: Annotated[float, Field(ge=0, le=_TEN_YEARS_S)] = 5.0
    interval_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    wait_of: Annotated[str, Field(pattern=r"^(all_waits|first_human|seize:.+)$")] = "all_waits"
    """Which wait `wait_*` and the service level speak of."""
    permissions: Literal["enforced", "audited"] = "enforced"
    """Whether a post without the skill is kept from a service, or serves and is counted (`violations`)."""
    period: Literal["day", "week", "month"] | None = None
    """By which ledger entries are counted besides, and targets given: months of the calendar, or 30 days undated."""


class Place(Frozen):
    """A place, or a template of `count` equal places named ``name-01``, ``name-02`` …."""

    title: Text | None = None
    kind: Literal["bank", "city", "cluster", "branch", "centre", "site"] = "branch"
    parent: Name | None = None
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    opens: Clock = 0
    closes: Clock = DAY_S
    open_on: tuple[NameOrAll, ...] = (ALWAYS,)
    """Day classes on which the place opens; ``*`` is every day."""
    pre_open_s: Annotated[float, Field(ge=0, le=DAY_S)] = 0.0
    """How long before `opens` the doors do: customers may come in and wait; staff come at `opens`."""
    closing: Literal["serve", "turn_away", "carry"] = "serve"
    cost_per_day: Annotated[float, Field(ge=0)] = 0.0
    """Rent and the like, every day of the calendar."""


class _Servers(Frozen):
    title: Text | None = None
    place: Name | None = None
    """Place or template; a template gives each of its places a team or pool of its own."""
    role: Name | None = None
    """What routes ask for; the own name unless said otherwise."""
    serves: tuple[Name, ...] = ()
    """Places or templates whose visits it may take besides its own place and the places below that."""


class Team(_Servers):
    """People who serve: a staffed pool."""

    skills: tuple[NameOrAll, ...] = (ALWAYS,)
    """Services it may do; ``*`` is every service."""
    staff: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """On duty through the opening hours of its place; rows of staffing.csv for the team replace it."""
    human: bool = True
    """Counts as the first human of a visit (`wait_of = "first_human"`)."""
    late: Literal["shift", "cut"] = "shift"
    """A break begun late: keeps its length (`shift`) or ends as planned (`cut`)."""
    cost_per_hour: Annotated[float, Field(ge=0)] = 0.0
    contract: Name | None = None
    sessions: Annotated[int, Field(ge=1, le=100)] = 1
    """Customers whom one may serve at once (text agents)."""
    speed: Annotated[float, Field(gt=0, le=100)] = 1.0
    """1.25 is 25 % faster: `serve`, and `advance` with `by`, take 1/speed of the time."""
    speed_of: Mapping[Words, Annotated[float, Field(gt=0, le=100)]] = Field(default_factory=dict)
    """Person of staffing.csv → speed."""
    tenure_days: Annotated[float, Field(ge=0, le=36_600)] = 0.0
    """Experience at the start of the run; a block uses it as ``factor = "table('learning', tenure('agent'))"``."""
    tenure_of: Mapping[Words, Annotated[float, Field(ge=0, le=36_600)]] = Field(default_factory=dict)
    absence: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of shifts on which somebody does not come; they are paid."""
    shrinkage: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the time on shift, meals and breaks not counted, that goes to meetings, training and the like."""
    stop_before_s: Annotated[float, Field(ge=0, le=DAY_S)] = 0.0
    """No new work so long before the end of the shift."""
    at_end: Literal["finish", "hand_over"] = "finish"
    """At the end of the shift: finish the customer (overtime), or hand him over to whoever comes free."""


class Pool(_Servers):
    """Equipment that is seized: booths, smart counters, lines."""

    units: Annotated[int, Field(ge=0, le=100_000)]
    cost_per_day: Annotated[float, Field(ge=0)] = 0.0
    mtbf: Law | None = None
    """How long each unit runs, by the calendar, until it fails."""
    mttr: Law | None = None
    """How long it is then down."""


def _said(labels: Mapping[str, str]) -> Mapping[str, str]:
    return {key: text for key, text in labels.items() if text}


Labels = Annotated[Mapping[Words, Words], AfterValidator(_said)]
"""Text columns of services.csv; a label without text is none."""


class Service(Frozen):
    """A service (业务场景): its route and its attributes, which the numbers of the route may name."""

    title: Text | None = None
    segment: Name = "personal"
    route: Name
    attributes: Mapping[str, float] = Field(default_factory=dict)
    labels: Labels = Field(default_factory=dict)
    redial: Redial | None = None
    customers: bool = True
    """Whether its visits are customers; work that comes of others counts in the rows of its own service alone."""


class DayFactor(Frozen):
    """A gamma factor of mean 1 that multiplies the rates of a whole day."""

    cv: Annotated[float, Field(ge=0, le=3)]
    scope: Literal["all", "place", "stream"] = "all"
    """Shared by all places, drawn for each place, or for each stream of each place."""


class Stream(Frozen):
    """Arrivals at a place (at every place of a template), split over services.

    Who comes is one of: `rate_per_hour` through the opening hours; `per_day` spread by a profile of profiles.csv;
    the rows of rates.csv that name this stream (only there may it differ by service); `appointments`; `list`;
    `breaks_of`; or the logged visits of arrivals.csv that name it.
    """

    place: Name | None = None
    service: Name | None = None
    shares: Mapping[Name, Annotated[float, Field(ge=0)]] | None = None
    """Service → share of the stream, as weights that need not sum to 1."""
    rate_per_hour: Annotated[float, Field(ge=0)] | None = None
    per_day: Annotated[float, Field(ge=0)] | None = None
    profile: Name | None = None
    factors: tuple[Name, ...] = ()
    gate: Formula | None = None
    """Share of those drawn who really come, from 0 to 1, worked out as each would arrive."""
    accounts: Name | None = None
    """Whose accounts its customers have, one each, at random."""
    appointments: tuple[Appointment, ...] = ()
    punctuality: Law | None = None
    """When they come to their appointments: so long after `early_s` before the time."""
    early_s: Annotated[float, Field(ge=0, le=DAY_S)] = 0.0
    show: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of appointments that are kept, of a list that is in it, of breaks at which something happens."""
    list: CallList | None = None
    breaks_of: Name | None = None
    """A team: one comes at each planned break (or meal) of each of its people, and at the end of each shift."""
    breaks: Annotated[tuple[Literal["break", "end"], ...], Field(min_length=1)] = ("break", "end")
    """Which of these."""


def _span(row: Any) -> Any:
    if row.end <= row.start:
        raise PydanticCustomError("end_after_start", "an end after the start", {"start": format_clock(row.start)})
    return row


class _Row(Frozen):
    day_class: NameOrAll = ALWAYS
    start: Clock
    end: Clock


class _RateRow(_Row):
    """A row of rates.csv: arrivals per hour of a stream from `start` to `end`."""

    stream: Name
    place: NameOrAll = ALWAYS
    service: Name
    rate_per_hour: Annotated[float, Field(ge=0)]


class _ProfileRow(_Row):
    """A row of profiles.csv: the share of `per_day` that arrives from `start` to `end`."""

    profile: Name
    weight: Annotated[float, Field(ge=0)]


class _StaffingRow(_Row):
    """A row of staffing.csv: `count` people of a team on one shift.

    The meal is unpaid, breaks are paid; both are times at which one is off duty. `day` (0 = first day of the run)
    narrows the row to one day. `person` names who works it, in a roster.
    """

    team: Name
    place: NameOrAll = ALWAYS
    day: Annotated[int, Field(ge=0)] | None = None
    count: Annotated[int, Field(ge=0)] = 1
    meal: Spans = ()
    breaks: Spans = ()
    person: Annotated[Words | None, AfterValidator(lambda name: name or None)] = None


def _inside(row: _StaffingRow) -> _StaffingRow:
    offs = sorted(row.meal + row.breaks)
    if any(a < row.start or b > row.end for a, b in offs) or any(b > c for (_, b), (c, _) in itertools.pairwise(offs)):
        raise PydanticCustomError("breaks_inside", "breaks inside the shift that do not overlap")
    return row


class _ServingRow(Frozen):
    """A row of serving.csv: a team that takes visits at a place, as which choice, in which part of every day.

    Where a place has rows for a service and for what a route asks for (the team's name or role), they alone say who
    serves from elsewhere, by `choice`; `serves` does not count there.
    """

    place: NameOrAll = ALWAYS
    service: NameOrAll = ALWAYS
    team: Name
    choice: Annotated[int, Field(ge=1, le=1000)] = 1
    """1 is the first choice; the others are back-ups, in order."""
    start: Clock = 0
    end: Clock = DAY_S
    """Of the visits that begin to ask from `start` to `end`."""


ServingRow = Annotated[_ServingRow, AfterValidator(_span)]
RateRow = Annotated[_RateRow, AfterValidator(_span)]
ProfileRow = Annotated[_ProfileRow, AfterValidator(_span)]
StaffingRow = Annotated[_StaffingRow, AfterValidator(_span), AfterValidator(_inside)]


class Scenario(Frozen):
    """A whole scenario: frozen, checked, plain data."""

    id: Name
    title: Text | None = None
    question: Text | None = None
    notes: tuple[Text, ...] = ()
    run: Run = Run()
    rules: Rules = Rules()
    money: Money = Money()
    place: Mapping[Name, Place] = Field(default_factory=dict)
    team: Mapping[Name, Team] = Field(default_factory=dict)
    pool: Mapping[Name, Pool] = Field(default_factory=dict)
    route: Mapping[Name, Annotated[tuple[Block, ...], Field(min_length=1)]] = Field(default_factory=dict)
    service: Annotated[Mapping[Name, Service], Field(min_length=1)]
    factor: Mapping[Name, DayFactor] = Field(default_factory=dict)
    counter: Mapping[Word, Counter] = Field(default_factory=dict)
    store: Mapping[Word, Store] = Field(default_factory=dict)
    table: Mapping[Name, Table] = Field(default_factory=dict)
    link: Mapping[Name, Link] = Field(default_factory=dict)
    dispatch: Mapping[Name, Dispatch] = Field(default_factory=dict)
    account: Mapping[Name, Account] = Field(default_factory=dict)
    unit: Mapping[Name, Unit] = Field(default_factory=dict)
    posting: Mapping[Name, Posting] = Field(default_factory=dict)
    stream: Annotated[Mapping[Name, Stream], Field(min_length=1)]
    rates: tuple[RateRow, ...] = ()
    profiles: tuple[ProfileRow, ...] = ()
    staffing: tuple[StaffingRow, ...] = ()
    serving: tuple[ServingRow, ...] = ()
    arrivals: tuple[ArrivalRow, ...] = ()
    overrides: tuple[OverrideRow, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    provenance: Mapping[str, str | int | float] = Field(default_factory=dict)
    """Where the figures come from: file hashes, versions, dates."""

    def replace(self, **changes: Any) -> Scenario:
        """Return a copy with fields replaced, checked again from the start.

        Raises
        ------
        InputError
            When the copy would not be a valid scenario.
        """
        return validate(Scenario, Raw({**self.model_dump(mode="python", exclude_none=True), **changes}))

    def with_staff(self, staff: Mapping[str, int]) -> Scenario:
        """Return a copy in which the named teams have a constant number on duty; their staffing rows go."""
        team = {name: t.model_dump(exclude_none=True) for name, t in self.team.items()}
        for name, number in staff.items():
            if name not in team:
                raise InputError.one("unknown_team", field="team", value=name, known=sorted(team))
            team[name]["staff"] = number
        rows = tuple(row for row in self.staffing if row.team not in staff)
        return self.replace(team=team, staffing=rows)

    def with_staffing(self, teams: set[str], rows: tuple[Any, ...]) -> Scenario:
        """Return a copy in which the staffing rows of `teams` are replaced by `rows` (StaffingRow or dicts)."""
        kept = tuple(row for row in self.staffing if row.team not in teams)
        return self.replace(staffing=(*kept, *rows))
