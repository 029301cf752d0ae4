"""The blocks of a route (MODEL §3), one table with one key each, in the words of GPSS."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sim.model.fields import Frozen, Name, Share
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

Target = Annotated[str, Field(description="name of a block of this route, of a route, or 'next'")]
Need = Annotated[tuple[Name, ...], Field(min_length=1, description="pools, teams or roles in order of preference")]


class Waiting(Frozen):
    """What `seize` and `serve` have in common: the place in the queue and the end of patience.

    `clock` says since when patience runs: ``queue`` this join, ``waiting`` the sum of waits so far, ``visit`` the
    arrival. With ``waiting`` and ``visit`` a customer has one patience for all queues.
    """

    name: Name | None = None
    priority: Annotated[int, Field(ge=0, le=99, description="class in the queue; 0 is served first")] = 10
    patience: Law | None = None
    clock: Literal["queue", "waiting", "visit"] = "queue"
    on_give_up: Target | None = None


class Seize(Waiting):
    """Take one unit for every need, all at once or none; keep them until `release`."""

    needs: Annotated[tuple[Need, ...], Field(min_length=1, max_length=4)]


class Serve(Waiting):
    """Short form: seize one unit of `by`, advance for `takes`, release it."""

    by: Need
    takes: Law


class _Named(Frozen):
    name: Name | None = None


class AdvanceExponential(Exponential, _Named):
    """Advance for an exponential time."""


class AdvanceLognormal(Lognormal, _Named):
    """Advance for a lognormal time."""


class AdvanceGamma(Gamma, _Named):
    """Advance for a gamma time."""


class AdvanceWeibull(Weibull, _Named):
    """Advance for a Weibull time."""


class AdvanceDeterministic(Deterministic, _Named):
    """Advance for a fixed time."""


class AdvanceUniform(Uniform, _Named):
    """Advance for a uniform time."""


class AdvanceEmpirical(Empirical, _Named):
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


class Event(Frozen):
    """A ledger entry: takes no time, is written into the trace."""

    kind: Name
    name: Name | None = None
    cost: float = 0.0
    amount: float = 1.0


class Transfer(Frozen):
    """Go elsewhere by chance: target → probability. ``next`` is the block below, ``"rest"`` the rest up to 1."""

    to: Annotated[dict[str, Share], Field(min_length=1)]
    name: Name | None = None


class Block(Frozen):
    """One block of a route: exactly one of the keys below."""

    seize: Seize | None = None
    advance: Advance | None = None
    release: tuple[Name, ...] | Literal["all"] | None = None
    transfer: Transfer | None = None
    event: Event | None = None
    leave: Name | None = None
    serve: Serve | None = None

    @field_validator("transfer", mode="before")
    @classmethod
    def _short_transfer(cls, value: object) -> object:
        if isinstance(value, dict) and "to" not in value:
            return {"to": value}
        return value

    @field_validator("release", mode="before")
    @classmethod
    def _short_release(cls, value: object) -> object:
        return (value,) if isinstance(value, str) and value != "all" else value

    @model_validator(mode="after")
    def _one_key(self) -> Block:
        if sum(getattr(self, key) is not None for key in type(self).model_fields) != 1:
            raise PydanticCustomError(
                "one_block", "exactly one of seize, advance, release, transfer, event, leave, serve"
            )
        return self
