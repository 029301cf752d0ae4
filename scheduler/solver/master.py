"""A linear program that grows by columns: the master of a column generation. GLOP, begun again where it stopped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Master:
    """A linear program to be minimised, with rows given first and columns added as they are found."""

    def __init__(self, rows: Sequence[tuple[float | None, float | None]]) -> None:
        """Begin with rows, each (at least, at most)."""
        from ortools.linear_solver import pywraplp

        self._lp = pywraplp.Solver.CreateSolver("GLOP")
        infinity = self._lp.infinity()
        self.rows = [
            self._lp.Constraint(-infinity if low is None else low, infinity if high is None else high)
            for low, high in rows
        ]
        self._columns: list[Any] = []
        self._objective = self._lp.Objective()
        self._objective.SetMinimization()
        self._optimal = pywraplp.Solver.OPTIMAL
        self.objective = math.nan
        """Optimum of the last solve; with it `duals`, a price for every row, and `values`, one for every column."""
        self.duals: list[float] = []
        self.values: list[float] = []

    def column(self, price: float, entries: Iterable[tuple[int, float]], most: float | None = None) -> int:
        """Add a column from 0 to `most` with (row, number) entries; return its index."""
        variable = self._lp.NumVar(0.0, self._lp.infinity() if most is None else most, "")
        self._objective.SetCoefficient(variable, price)
        for row, number in entries:
            self.rows[row].SetCoefficient(variable, number)
        self._columns.append(variable)
        return len(self._columns) - 1

    def bound(self, column: int, low: float, high: float | None) -> None:
        """Set the range of a column."""
        self._columns[column].SetBounds(low, self._lp.infinity() if high is None else high)

    def sides(self, row: int, low: float | None, high: float | None) -> None:
        """Set what a row must be at least and at most."""
        infinity = self._lp.infinity()
        self.rows[row].SetBounds(-infinity if low is None else low, infinity if high is None else high)

    def solve(self, seconds: float = 60.0) -> bool:
        """Solve; tell whether an optimum was found."""
        self._lp.SetTimeLimit(max(1, round(1000 * seconds)))
        if self._lp.Solve() != self._optimal:
            return False
        # Read at once: the solver forgets its answer as soon as a column is added.
        self.objective = float(self._objective.Value())
        self.duals = [float(row.dual_value()) for row in self.rows]
        self.values = [float(column.solution_value()) for column in self._columns]
        return True
