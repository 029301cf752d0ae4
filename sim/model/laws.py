"""Laws of durations, in seconds. Parameters are numbers or names of service attributes.

`sim.tables` resolves attributes and turns a law into numbers; `sim.draw.value` draws from it by inversion.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from sim.model.fields import Frozen, NotNegative, Positive, Variation

if TYPE_CHECKING:
    from collections.abc import Iterator


class Exponential(Frozen):
    """Exponential with mean `mean_s`."""

    law: Literal["exponential"]
    mean_s: Positive


class Lognormal(Frozen):
    """Lognormal by its own mean and coefficient of variation: sigma² = ln(1 + cv²), mu = ln(mean) − sigma²/2."""

    law: Literal["lognormal"]
    mean_s: Positive
    cv: Variation


class Gamma(Frozen):
    """Gamma with shape 1/cv² and scale mean·cv²."""

    law: Literal["gamma"]
    mean_s: Positive
    cv: Variation


class Weibull(Frozen):
    """Weibull: P(X > x) = exp(−(x/scale)^shape)."""

    law: Literal["weibull"]
    shape: Positive
    scale_s: Positive


class Deterministic(Frozen):
    """Always `value_s`."""

    law: Literal["deterministic"]
    value_s: NotNegative


class Uniform(Frozen):
    """Uniform between `low_s` and `high_s`."""

    law: Literal["uniform"]
    low_s: NotNegative
    high_s: Positive


class Empirical(Frozen):
    """Quantile table: the value at cumulative probability `at[i]` is `quantiles_s[i]`, straight lines between.

    Without `at` the quantiles stand at equal steps from 0 to 1.
    """

    law: Literal["empirical"]
    quantiles_s: Annotated[tuple[float, ...], Field(min_length=2)]
    at: tuple[float, ...] | None = None

    @field_validator("quantiles_s")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value[0] < 0 or any(b < a for a, b in itertools.pairwise(value)):
            raise PydanticCustomError("rising", "numbers from 0 that never fall")
        return value

    @field_validator("at")
    @classmethod
    def _probabilities(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None and (
            value[:1] != (0.0,) or value[-1:] != (1.0,) or any(b <= a for a, b in itertools.pairwise(value))
        ):
            raise PydanticCustomError("probabilities", "probabilities that rise from 0 to 1")
        return value


Law = Annotated[
    Exponential | Lognormal | Gamma | Weibull | Deterministic | Uniform | Empirical,
    Field(discriminator="law"),
]


def attributes_of(law: Law | None) -> Iterator[tuple[str, str]]:
    """Yield (parameter, attribute) of every parameter that is the name of a service attribute."""
    if law is not None:
        for key in type(law).model_fields:
            value = getattr(law, key)
            if key != "law" and isinstance(value, str):
                yield key, value
