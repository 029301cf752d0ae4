"""Programs of counts: how many work what. SCIP."""

from __future__ import annotations

import math

from scheduler.solver.program import NONE, Answer, Program, better


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
        return NONE
    values: tuple[int, ...] = ()
    if status in (solver.OPTIMAL, solver.FEASIBLE):
        values = tuple(round(variable.solution_value()) for variable in variables)
    bound = solver.Objective().BestBound()
    # Costs are whole numbers, so a bound may be rounded up, past what floating point left of it.
    return better(program, None, values, math.ceil(bound - 1e-6), status == solver.OPTIMAL)
