"""The only place that runs a solver: a whole-number linear program in, an answer with its bound out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKERS = 8
"""Eight search strategies even on two processors: the mix finds and proves more than the threads cost."""


@dataclass
class Program:
    """A linear program in whole numbers, to be minimised: built by `variable` and `row`, for `minimise`."""

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


def minimise(
    program: Program,
    *,
    seconds: float,
    seed: int,
    start: Sequence[int] | None = None,
    gap: float = 0.0,
) -> Answer:
    """Solve `program` and return the better of `start` and what the solver found.

    Parameters
    ----------
    program : Program
    seconds : float
        Time limit of the search; the answer says whether it was what ended it.
    seed : int
        Seed of the search.
    start : sequence of int, optional
        A value for every variable, to begin from; it need not keep every row.
    gap : float
        Stop at a proven relative gap of this.
    """
    model = cp_model.CpModel()
    variables = [model.new_int_var(a, b, "") for a, b in zip(program.low, program.high, strict=True)]
    for index, numbers, at_least, at_most in program.rows:
        total = cp_model.LinearExpr.weighted_sum([variables[i] for i in index], list(numbers))
        low = cp_model.INT_MIN if at_least is None else at_least
        high = cp_model.INT_MAX if at_most is None else at_most
        model.add_linear_constraint(total, low, high)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, program.cost))
    usable = start is not None and program.allows(start)
    if start is not None:
        for variable, value in zip(variables, start, strict=True):
            model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    found = solver.solve(model)
    if found == cp_model.INFEASIBLE:
        return Answer("infeasible", (), math.nan, math.nan, False)
    bound = solver.best_objective_bound
    if found in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        values = tuple(solver.value(variable) for variable in variables)
        if usable and start is not None and program.price(start) < solver.objective_value:
            values = tuple(start)
        status: Literal["optimal", "feasible"] = "optimal" if found == cp_model.OPTIMAL else "feasible"
        return Answer(status, values, float(program.price(values)), bound, status == "feasible")
    if usable and start is not None:
        return Answer("feasible", tuple(start), float(program.price(start)), bound, True)
    return Answer("unknown", (), math.nan, bound, True)
