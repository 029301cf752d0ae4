"""Programs of counts: how many work what. Linear programs and their whole-number kin, by HiGHS."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from scheduler.solver.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
_SLACK = 1e-5


@dataclass
class Linear:
    """A sparse linear program, some of its variables whole numbers, to be minimised: built by `variable` and `row`."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    at_least: list[float] = field(default_factory=list)
    at_most: list[float] = field(default_factory=list)
    _row: list[int] = field(default_factory=list)
    _column: list[int] = field(default_factory=list)
    _number: list[float] = field(default_factory=list)

    def variable(self, low: float, high: float, cost: float = 0.0, *, whole: bool = False) -> int:
        """Add a variable from `low` to `high`; return its index."""
        self.low.append(low)
        self.high.append(high)
        self.cost.append(cost)
        self.whole.append(whole)
        return len(self.low) - 1

    def row(self, terms: Sequence[tuple[int, float]], *, at_least: float = -math.inf, at_most: float = math.inf) -> int:
        """Add at_least ≤ Σ coefficient · variable ≤ at_most, terms as (variable, coefficient); return its index."""
        number = len(self.at_least)
        self.at_least.append(at_least)
        self.at_most.append(at_most)
        for variable, coefficient in terms:
            self._row.append(number)
            self._column.append(variable)
            self._number.append(coefficient)
        return number

    def matrix(self) -> Any:
        """Return the coefficients as a sparse matrix (rows, variables); terms of one variable in a row are added up."""
        from scipy.sparse import csr_array

        shape = (len(self.at_least), len(self.low))
        made = csr_array((self._number, (self._row, self._column)), shape=shape)
        made.sum_duplicates()
        return made

    def allows(self, values: Floats) -> bool:
        """Tell whether `values` keep every row, but for rounding errors."""
        sides = self.matrix() @ values
        least, most = np.array(self.at_least), np.array(self.at_most)
        slack = _SLACK * (1 + np.abs(sides))
        return bool(np.all(sides >= least - slack) and np.all(sides <= most + slack))

    def price(self, values: Floats) -> float:
        """Return the objective of `values`."""
        return float(np.dot(self.cost, values))


@dataclass(frozen=True)
class Relaxed:
    """The best of a linear program whose variables need not be whole.

    Attributes
    ----------
    status : str
        ``optimal``, ``infeasible`` or ``unknown`` (stopped by the time limit).
    values : array
        One number a variable; empty without a solution.
    objective : float
        A lower bound for whole numbers; nan without a solution.
    prices : array
        By row: what one more required (or one less permitted) adds to the objective.
    """

    status: Literal["optimal", "infeasible", "unknown"]
    values: Floats
    objective: float
    prices: Floats


@dataclass(frozen=True)
class Found:
    """The best whole-number solution found, and a bound; as `Answer`, in floats.

    `bound` holds for the program that was given, within whatever limits its variables had.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    values: Floats
    objective: float
    bound: float
    limited: bool


_EMPTY = np.zeros(0)
_LARGE = 2000
"""From so many variables on the interior point method is faster: 3 s of CPU where dual simplex took over 30 s."""


def relax(program: Linear, *, seconds: float) -> Relaxed:
    """Solve a program without asking for whole numbers, by HiGHS."""
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    matrix, least, most = program.matrix(), np.array(program.at_least), np.array(program.at_most)
    solve: Any = linprog
    equal = least == most
    under, over = ~equal & np.isfinite(most), ~equal & np.isfinite(least)
    result = solve(
        program.cost,
        A_ub=vstack([matrix[under], -matrix[over]], format="csr"),
        b_ub=np.concatenate([most[under], -least[over]]),
        A_eq=matrix[equal],
        b_eq=least[equal],
        bounds=np.column_stack([program.low, program.high]),
        method="highs" if len(program.low) < _LARGE else "highs-ipm",
        options={"time_limit": max(0.1, seconds)},
    )
    if result.status == 2:
        return Relaxed("infeasible", _EMPTY, math.nan, _EMPTY)
    if result.status != 0:
        return Relaxed("unknown", _EMPTY, math.nan, _EMPTY)
    prices = np.zeros(len(least))
    number = int(under.sum())
    prices[equal] = result.eqlin.marginals
    prices[under] = result.ineqlin.marginals[:number]
    prices[over] -= result.ineqlin.marginals[number:]
    return Relaxed("optimal", np.asarray(result.x, float), float(result.fun), prices)


def search(
    program: Linear,
    *,
    seconds: float,
    gap: float,
    low: Floats | None = None,
    high: Floats | None = None,
    whole: NDArray[np.bool_] | None = None,
) -> Found:
    """Solve a program in whole numbers by HiGHS, within other limits of its variables where they are given.

    Parameters
    ----------
    program : Linear
    seconds : float
        Time limit of the search.
    gap : float
        Stop at a proven relative gap of this.
    low, high : array, optional
        In place of those of the program; the bound then holds within them only.
    whole : array, optional
        Which variables must be whole, in place of those of the program.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    whole = np.array(program.whole) if whole is None else whole
    with quiet():
        result = milp(
            program.cost,
            integrality=whole.astype(int),
            bounds=Bounds(program.low if low is None else low, program.high if high is None else high),
            constraints=LinearConstraint(program.matrix(), program.at_least, program.at_most),
            options={"time_limit": max(0.1, seconds), "mip_rel_gap": gap},
        )
    if result.status == 2:
        return Found("infeasible", _EMPTY, math.nan, math.nan, False)
    bound = math.nan if result.mip_dual_bound is None else float(result.mip_dual_bound)
    limited = result.status == 1
    if result.x is None:
        return Found("unknown", _EMPTY, math.nan, bound, limited)
    values = np.asarray(result.x, float)
    values[whole] = np.rint(values[whole])
    if limited and not program.allows(values):
        # Stopped before it had found anything, HiGHS may give back zeros.
        return Found("unknown", _EMPTY, math.nan, bound, limited)
    return Found("feasible" if limited else "optimal", values, program.price(values), bound, limited)
