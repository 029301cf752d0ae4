"""The blocks of a route (MODEL §3), one table with one key each, in the words of GPSS.

`risk`, `retry`, `call_back`, `store`, `serve` and `redial` are short forms: `sim.model.programs` writes them out in the
others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sim.model.expressions import WORDS, Formula, Share
from sim.model.fields import DAY_S, Amount, Clock, Frozen, Name, NotNegative, Positive
from sim.model.laws import (
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    Law,
    Lognormal,
    Uniform,
    Weibull,
)

OUTCOMES = ("served", "abandoned", "balked", "diverted", "referred", "closed", "blocked", "in_system")
"""Outcomes that every scenario has, in the order of their numbers in Tables; own ones follow."""

MOST_CHILDREN = 255
"""Visits that one customer may set off, attempts of his own included."""

Target = Annotated[str, Field(description="name of a block of this route, of a route, or 'next'")]
Need = Annotated[tuple[Name, ...], Field(min_length=1, description="pools, teams or roles in order of preference")]
Released = tuple[Name, ...] | Literal["all"]
_ASSIGNED = re.compile(r"^((counter|account|stock)\.)?([^\W\d]\w*)$")


class _Conditional(Frozen):
    """Something that has a field called ``if``."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    if_: Annotated[Formula | None, Field(alias="if", description="condition")] = None


class Exit(Frozen):
    """Where a visit goes from the middle of a block, and what it gives back on the way."""

    go_to: Target
    release: Released = ()


class Overflow(Frozen):
    """After waiting `after_s`, more pools may serve: appended to every need, or one list for each need."""

    after_s: NotNegative
    to: Annotated[tuple[Name, ...] | tuple[tuple[Name, ...], ...], Field(min_length=1)]


class Ageing(Frozen):
    """After waiting `after_s`, the class is another, and so may be what has to stay free."""

    after_s: Positive
    priority: Annotated[int, Field(ge=0, le=99)]
    reserve: Mapping[Name, Annotated[int, Field(ge=0)]] | None = None


class MaxWait(Frozen):
    """After waiting `after_s` the visit is sent elsewhere, or leaves as ``diverted``."""

    after_s: Positive
    go_to: Target | None = None
    release: Released = ()


class Balk(_Conditional):
    """Who cannot start at once does not join when the condition holds: goes elsewhere, or leaves as ``balked``."""

    go_to: Target | None = None
    release: Released = ()

    @model_validator(mode="after")
    def _condition(self) -> Balk:
        if self.if_ is None:
            raise PydanticCustomError("missing", "a condition")
        return self


class Differs(Frozen):
    """The unit must be another one than `seize` took, or of another team; `need` says which need it is about."""

    seize: Name
    by: Literal["unit", "team"] = "unit"
    need: Annotated[int, Field(ge=0, le=3)] = 0


class Waiting(Frozen):
    """What `seize` and `serve` have in common: the place in the queue, the end of patience, whom to take.

    `clock` says since when patience runs: ``queue`` this join, ``waiting`` the sum of waits so far, ``visit`` the
    arrival. With ``waiting`` and ``visit`` a customer has one patience for all queues.
    """

    name: Name | None = None
    priority: Annotated[int, Field(ge=0, le=99, description="class in the queue; 0 is served first")] = 10
    patience: Law | None = None
    patience_factor: Formula | None = None
    clock: Literal["queue", "waiting", "visit"] = "queue"
    on_give_up: Target | Exit | None = None
    max_wait: MaxWait | None = None
    balk: Balk | None = None
    capacity: Annotated[int, Field(ge=0)] | None = None
    """Who cannot start at once and finds so many waiting is ``blocked``."""
    overflow: tuple[Overflow, ...] = ()
    ageing: tuple[Ageing, ...] = ()
    reserve: Mapping[Name, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Units of a pool that have to stay free when this one is taken."""
    choice: Literal["order", "longest_idle", "least_occupied", "random"] = "order"
    weights: Mapping[Name, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Of pools, for a random choice; 1 where nothing is said."""
    differs: tuple[Name | Differs, ...] | Name | Differs = ()
    due: Formula | None = None
    """Second of the run by which the queue is ordered, instead of joining."""
    ticket_gap: Law | None = None
    """Leavers are noticed only when they are called, and that takes so long."""
    preempt: bool = False
    earmark_after_s: Positive | None = None

    @model_validator(mode="after")
    def _fits(self) -> Any:
        if self.weights and self.choice != "random":
            raise PydanticCustomError("weights_random", 'choice = "random"')
        if self.patience is None and (self.patience_factor is not None or self.ticket_gap is not None):
            raise PydanticCustomError("needs_patience", "a patience")
        return self


def _attribute(value: Any) -> str:
    match = _ASSIGNED.match(value) if isinstance(value, str) else None
    if match is None or match[1] or match[3] in WORDS:
        raise PydanticCustomError("attribute_name", "a name of letters, digits and _")
    return str(value)


def _assigned(value: Any) -> str:
    match = _ASSIGNED.match(value) if isinstance(value, str) else None
    if match is None or match[3] in WORDS:
        raise PydanticCustomError("attribute_name", "a name of letters, digits and _")
    return str(value)


Attribute = Annotated[str, BeforeValidator(_attribute)]
"""An attribute of a visit."""

Assigned = Annotated[str, BeforeValidator(_assigned)]
"""An attribute of a visit, ``counter.NAME``, ``account.NAME`` or ``stock.NAME``."""


class Drop(Frozen):
    """The connection is lost `after` a time, if the work takes longer."""

    after: Law
    go_to: Target
    release: Released = ()


class During(Frozen):
    """What `advance` and `serve` have in common besides their law.

    `factor` multiplies the time. `link` must be up; `on_down` says what happens when it, or a unit that is held, goes
    down. `drop`: after that time the connection is lost. `remember` names an attribute that keeps the share of the work
    done when it is broken off.
    """

    factor: Formula | None = None
    link: Name | None = None
    on_down: Literal["continue", "pause", "restart"] | Exit = "continue"
    drop: Drop | None = None
    remember: Attribute | None = None


class Seize(Waiting):
    """Take one unit for every need, all at once or none; keep them until `release`."""

    needs: Annotated[tuple[Need, ...], Field(min_length=1, max_length=4)]

    @model_validator(mode="after")
    def _one_is_preempted(self) -> Any:
        if self.preempt and len(self.needs) > 1:
            raise PydanticCustomError("preempt_one", "one need, or preempt = false")
        return self


class Serve(Waiting, During):
    """Short form: seize one unit of `by`, advance for `takes`, release it."""

    by: Need
    takes: Law


class _Advance(During):
    name: Name | None = None
    by: Name | None = None
    """The `seize` whose unit does the work, at that unit's speed."""


class AdvanceExponential(Exponential, _Advance):
    """Advance for an exponential time."""


class AdvanceLognormal(Lognormal, _Advance):
    """Advance for a lognormal time."""


class AdvanceGamma(Gamma, _Advance):
    """Advance for a gamma time."""


class AdvanceWeibull(Weibull, _Advance):
    """Advance for a Weibull time."""


class AdvanceDeterministic(Deterministic, _Advance):
    """Advance for a fixed time."""


class AdvanceUniform(Uniform, _Advance):
    """Advance for a uniform time."""


class AdvanceEmpirical(Empirical, _Advance):
    """Advance for a time from a quantile table."""


Advance = Annotated[
    AdvanceExponential
    | AdvanceLognormal
    | AdvanceGamma
    | AdvanceWeibull
    | AdvanceDeterministic
    | AdvanceUniform
    | AdvanceEmpirical,
    Field(discriminator="law"),
]


class Release(Frozen):
    """Give back; with `down`, equipment that is given back is out of order for that time."""

    names: Released
    down: Law | None = None
    name: Name | None = None


class Event(Frozen):
    """A ledger entry: takes no time, is written into the trace.

    It costs `cost`; when the amount is an expression, `cost` times the amount.
    """

    kind: Name
    name: Name | None = None
    cost: Amount = 0.0
    amount: Formula = 1.0


class Way(_Conditional):
    """A way of a transfer: the first whose condition holds is taken; without a condition it always is."""

    to: Target


class Transfer(Frozen):
    """Go elsewhere: by chance (target → probability or expression) or by the first condition that holds.

    ``next`` is the block below, ``"rest"`` the rest up to 1. Where no condition holds the visit goes on to ``next``.
    """

    to: Annotated[Mapping[str, Share], Field(min_length=1)] | None = None
    when: Annotated[tuple[Way, ...], Field(min_length=1)] | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Transfer:
        if (self.to is None) == (self.when is None):
            raise PydanticCustomError("to_or_when", "either shares or conditions")
        return self


class Assign(Frozen):
    """Set attributes of the visit, ``account.x``, ``counter.x``, in the written order."""

    set: Annotated[Mapping[Assigned, Formula], Field(min_length=1)]
    name: Name | None = None


class Wait(Frozen):
    """Wait until a condition holds, or until the clock shows a time; what is held stays held."""

    until: Formula | None = None
    until_clock: Annotated[Clock, Field(lt=DAY_S)] | None = None
    name: Name | None = None
    patience: Law | None = None
    clock: Literal["queue", "waiting", "visit"] = "queue"
    on_give_up: Target | Exit | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Wait:
        if (self.until is None) == (self.until_clock is None):
            raise PydanticCustomError("until_one", "either until or until_clock")
        return self


class Store(Frozen):
    """Short form: take from a store or put into it; who finds too little waits, or goes elsewhere."""

    name: Name
    take: Formula | None = None
    put: Formula | None = None
    if_short: Target = "wait"
    patience: Law | None = None
    on_give_up: Target | Exit | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Store:
        if (self.take is None) == (self.put is None):
            raise PydanticCustomError("take_or_put", "either take or put")
        return self


class Split(Frozen):
    """Set off other visits: `count` of a service at this place, after a delay; they inherit attributes and account.

    `most` bounds how often one visit may pass here (in a loop).
    """

    service: Name
    delay: Law | None = None
    count: Annotated[int, Field(ge=1, le=MOST_CHILDREN)] = 1
    most: Annotated[int, Field(ge=1, le=MOST_CHILDREN)] = 1
    name: Name | None = None


class Risk(Frozen):
    """Short form: with `chance` something goes wrong; with `detect` that is seen.

    Seen, it is entered as ``KIND.detected``, takes a time and leads to `to`; unseen, it is entered as ``KIND.missed``
    with its cost and leads to `missed_to`. Where nothing is wrong there is a `false_alarm` with that probability:
    ``KIND.false_alarm``, the same time, and the visit goes on.
    """

    kind: Name
    chance: Formula
    detect: Formula = 1.0
    takes: Law | None = None
    cost: Amount = 0.0
    miss_cost: Amount = 0.0
    amount: Formula = 1.0
    to: Target | Exit | None = None
    missed_to: Target | Exit | None = None
    false_alarm: Formula = 0.0
    name: Name | None = None


class Retry(_Conditional):
    """Short form: go back to a block, at most so many times: with a probability, or while a condition holds."""

    to: Target
    most: Annotated[int, Field(ge=1, le=1000)]
    chance: Formula = 1.0
    name: Name | None = None


class CallBack(_Conditional):
    """Short form: who accepts leaves (`outcome`) and is called back: a visit of `service`, after a delay."""

    service: Name
    chance: Formula = 1.0
    delay: Law | None = None
    outcome: Name = "called_back"
    name: Name | None = None


_NOT_REDIALLED = ("referred", "closed", "in_system")


class Redial(Frozen):
    """Who left with one of these outcomes tries again: the same person and service, after a delay."""

    chance: Formula
    delay: Law
    most: Annotated[int, Field(ge=1, le=MOST_CHILDREN)] = 3
    after: Annotated[tuple[Name, ...], Field(min_length=1)] = ("abandoned", "balked", "blocked", "diverted")

    @field_validator("after")
    @classmethod
    def _own_exits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if set(value) & set(_NOT_REDIALLED):
            raise PydanticCustomError("redial_after", "outcomes of a route")
        return value


class Block(Frozen):
    """One block of a route: exactly one of the keys below."""

    seize: Seize | None = None
    advance: Advance | None = None
    release: Released | Release | None = None
    transfer: Transfer | None = None
    event: Event | None = None
    leave: Name | None = None
    serve: Serve | None = None
    assign: Assign | None = None
    wait: Wait | None = None
    store: Store | None = None
    split: Split | None = None
    risk: Risk | None = None
    retry: Retry | None = None
    call_back: CallBack | None = None

    @field_validator("transfer", mode="before")
    @classmethod
    def _short_transfer(cls, value: object) -> object:
        if isinstance(value, dict) and "to" not in value and not isinstance(value.get("when"), (list, tuple)):
            return {"to": value}
        return value

    @field_validator("release", mode="before")
    @classmethod
    def _short_release(cls, value: object) -> object:
        return (value,) if isinstance(value, str) and value != "all" else value

    @field_validator("assign", mode="before")
    @classmethod
    def _short_assign(cls, value: object) -> object:
        if isinstance(value, dict) and not isinstance(value.get("set"), dict):
            return {"set": value}
        return value

    @model_validator(mode="after")
    def _one_key(self) -> Block:
        if sum(getattr(self, key) is not None for key in type(self).model_fields) != 1:
            raise PydanticCustomError("one_block", "exactly one key")
        return self
