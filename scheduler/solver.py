"""The only place that runs a solver: a whole-number linear program in, an answer with its bound out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKERS = 8
"""Eight search strategies even on two processors: the mix finds and proves more than the threads cost."""


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


def choose(
    program: Program,
    *,
    seconds: float,
    seed: int,
    start: Sequence[int] | None = None,
    gap: float = 0.0,
) -> Answer:
    """Solve a program of yes and no (who works what) by CP-SAT; return the better of `start` and what it found.

    Parameters
    ----------
    program : Program
    seconds : float
        Time limit of the search; the answer says whether it was what ended it.
    seed : int
        Seed of the search. Even so another run may return another of several solutions.
    start : sequence of int, optional
        A value for every variable, to begin from; it need not keep every row.
    gap : float
        Stop at a proven relative gap of this.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    variables = [model.new_int_var(a, b, "") for a, b in zip(program.low, program.high, strict=True)]
    for index, numbers, at_least, at_most in program.rows:
        total = cp_model.LinearExpr.weighted_sum([variables[i] for i in index], list(numbers))
        low = cp_model.INT_MIN if at_least is None else at_least
        high = cp_model.INT_MAX if at_most is None else at_most
        model.add_linear_constraint(total, low, high)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, program.cost))
    if start is not None:
        for variable, value in zip(variables, start, strict=True):
            model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return _NONE
    values: tuple[int, ...] = ()
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        values = tuple(solver.value(variable) for variable in variables)
    return _better(program, start, values, solver.best_objective_bound, status == cp_model.OPTIMAL)


def count(program: Program, *, seconds: float, gap: float = 0.0) -> Answer:
    """Solve a program of counts (how many work what) by SCIP; the same program gets the same answer every time.

    Covering quarter-hours by shifts is nearly linear: SCIP proved the best shifts of a 17-hour day in 0.5 s where
    CP-SAT with eight workers took 9 s (docs/decisions.md).

    Parameters
    ----------
    program : Program
    seconds : float
        Time limit of the search; the answer says whether it was what ended it.
    gap : float
        Stop at a proven relative gap of this.
    """
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("SCIP")
    variables = [solver.IntVar(a, b, "") for a, b in zip(program.low, program.high, strict=True)]
    for index, numbers, at_least, at_most in program.rows:
        low = -solver.infinity() if at_least is None else at_least
        high = solver.infinity() if at_most is None else at_most
        row = solver.Constraint(low, high)
        for i, number in zip(index, numbers, strict=True):
            row.SetCoefficient(variables[i], number)
    for variable, price in zip(variables, program.cost, strict=True):
        solver.Objective().SetCoefficient(variable, price)
    solver.Objective().SetMinimization()
    solver.SetTimeLimit(max(1, round(1000 * seconds)))
    limits = pywraplp.MPSolverParameters()
    limits.SetDoubleParam(limits.RELATIVE_MIP_GAP, gap)
    status = solver.Solve(limits)
    if status == solver.INFEASIBLE:
        return _NONE
    values: tuple[int, ...] = ()
    if status in (solver.OPTIMAL, solver.FEASIBLE):
        values = tuple(round(variable.solution_value()) for variable in variables)
    bound = solver.Objective().BestBound()
    # Costs are whole numbers, so a bound may be rounded up, past what floating point left of it.
    return _better(program, None, values, math.ceil(bound - 1e-6), status == solver.OPTIMAL)


_NONE = Answer("infeasible", (), math.nan, math.nan, False)


def _better(
    program: Program, start: Sequence[int] | None, values: tuple[int, ...], bound: float, proven: bool
) -> Answer:
    """Return the better of a start that keeps every row and the values found."""
    if start is not None and program.allows(start) and (not values or program.price(start) < program.price(values)):
        values = tuple(start)
    if not values:
        return Answer("unknown", (), math.nan, bound, True)
    status: Literal["optimal", "feasible"] = "optimal" if proven else "feasible"
    return Answer(status, values, float(program.price(values)), bound, not proven)
