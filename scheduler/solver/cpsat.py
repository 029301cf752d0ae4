"""Programs of yes and no: who works what. CP-SAT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.solver.program import NONE, Answer, Program, better

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKERS = 8
"""Eight search strategies even on two processors: the mix finds and proves more than the threads cost."""


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
        return NONE
    values: tuple[int, ...] = ()
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        values = tuple(solver.value(variable) for variable in variables)
    return better(program, start, values, solver.best_objective_bound, status == cp_model.OPTIMAL)
