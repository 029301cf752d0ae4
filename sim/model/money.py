"""Money and who answers for what: units with a result of their own, how they share it, targets for what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.model.fields import ALWAYS, Frozen, Name, NameOrAll, Text

HOME = "home"
"""In a posting: the unit of the place where the visit is."""
BANK = "bank"
"""The unit of every place that no unit names."""

Part = Annotated[float, Field(ge=0, le=1)]


class Money(Frozen):
    """Money: labour is paid by the planned hour, overtime by the hour worked after it."""

    currency: str = "CNY"
    overtime_factor: Annotated[float, Field(ge=1)] = 1.5


class Unit(Frozen):
    """Some places with a result of their own: a branch line, an air branch, a member bank (tenant)."""

    title: Text | None = None
    places: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Places or templates; what is below them belongs to them unless another unit names it."""
    within_s: Annotated[float, Field(ge=0)] | None = None
    """Threshold of its own service level; that of the rules unless said otherwise."""
    promise: Part | None = None
    """Share of its customers to be served within that time."""


class Posting(Frozen):
    """How the units share income or cost, or what one pays another; nothing is lost between them.

    With `kind`, by the ledger entry: `income` (of the bank, per unit of amount) goes to `shares`; or `from` pays `to`
    the `price` per unit of amount. With `cost_of`, the cost of a team or of equipment is borne by `shares`, or by
    those whose visits used it, in proportion to the time.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    title: Text | None = None
    kind: Name | None = None
    income: float | None = None
    price: float | None = None
    from_: Annotated[Name | None, Field(alias="from")] = None
    to: Name | None = None
    cost_of: Name | None = None
    shares: Mapping[Name, Part] | Literal["use"] | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Posting:
        pays = (self.price, self.from_, self.to)
        income = self.kind is not None and self.income is not None and self.cost_of is None and pays == (None,) * 3
        price = self.kind is not None and None not in pays and self.income is None and self.shares is None
        cost = self.cost_of is not None and self.kind is None and self.income is None and pays == (None,) * 3
        if not (price or (income and self.shares != "use") or (cost and self.shares is not None)):
            raise PydanticCustomError(
                "posting_meaning", "kind with income; kind with price, from, to; or cost_of with shares"
            )
        return self


class TargetRow(Frozen):
    """A row of targets.csv: how many ledger entries of a kind there may be, at a place, of a service, in a period."""

    kind: Name
    place: NameOrAll = ALWAYS
    service: NameOrAll = ALWAYS
    period: Annotated[int, Field(ge=0)]
    """Number of the period of the run (`rules.period`), 0 the first; rows after the run's end are left out."""
    target: Annotated[float, Field(ge=0)]
