"""A linear program in whole numbers, and the answer to one: plain data, whichever solver finds it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Program:
    """A linear program in whole numbers, to be minimised: built by `variable` and `row`."""

    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    rows: list[tuple[tuple[int, ...], tuple[int, ...], int | None, int | None]] = field(default_factory=list)
    """(variables, coefficients, at least, at most) each."""

    def variable(self, low: int, high: int, cost: int = 0) -> int:
        """Add a whole number from `low` to `high`; return its index."""
        self.low.append(low)
        self.high.append(high)
        self.cost.append(cost)
        return len(self.low) - 1

    def row(
        self,
        variables: Sequence[int],
        coefficients: Sequence[int] | int = 1,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Add at_least ≤ Σ coefficient · variable ≤ at_most; one coefficient stands for all."""
        numbers = [coefficients] * len(variables) if isinstance(coefficients, int) else list(coefficients)
        self.rows.append((tuple(variables), tuple(numbers), at_least, at_most))

    def allows(self, values: Sequence[int]) -> bool:
        """Tell whether `values` keep every bound and row."""
        if any(not a <= v <= b for a, v, b in zip(self.low, values, self.high, strict=True)):
            return False
        for variables, numbers, at_least, at_most in self.rows:
            total = sum(c * values[v] for v, c in zip(variables, numbers, strict=True))
            if (at_least is not None and total < at_least) or (at_most is not None and total > at_most):
                return False
        return True

    def price(self, values: Sequence[int]) -> int:
        """Return the objective of `values`."""
        return sum(c * v for c, v in zip(self.cost, values, strict=True))


@dataclass(frozen=True)
class Answer:
    """What the solver found.

    Attributes
    ----------
    status : str
        ``optimal`` proven best (within the gap asked for) · ``feasible`` a solution, better ones not ruled
        out · ``infeasible`` proven to have none · ``unknown`` nothing found in the time.
    values : tuple of int
        One number a variable; empty without a solution.
    objective, bound : float
        Of the solution, and below which no solution can be; nan without.
    limited : bool
        The time limit ended the search, so another run may find something else.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    values: tuple[int, ...]
    objective: float
    bound: float
    limited: bool

    @property
    def gap(self) -> float:
        """Return (objective − bound) / objective; nan without a solution, 0 at objective 0."""
        if not self.values:
            return math.nan
        return (self.objective - self.bound) / self.objective if self.objective else 0.0


NONE = Answer("infeasible", (), math.nan, math.nan, False)


def better(
    program: Program, start: Sequence[int] | None, values: tuple[int, ...], bound: float, proven: bool
) -> Answer:
    """Return the better of a start that keeps every row and the values found."""
    if start is not None and program.allows(start) and (not values or program.price(start) < program.price(values)):
        values = tuple(start)
    if not values:
        return Answer("unknown", (), math.nan, bound, True)
    status: Literal["optimal", "feasible"] = "optimal" if proven else "feasible"
    return Answer(status, values, float(program.price(values)), bound, not proven)
