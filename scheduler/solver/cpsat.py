"""Programs of yes and no: who works what. CP-SAT."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from scheduler.solver.program import NONE, Answer, Program, better

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORKERS = 8
"""Eight search strategies even on two processors: the mix finds and proves more than the threads cost."""
_ASK_S = 0.2
"""How often a search asks whether to stop, in seconds."""


def choose(
    program: Program,
    *,
    seconds: float,
    seed: int,
    start: Sequence[int] | None = None,
    gap: float = 0.0,
    workers: int = WORKERS,
    on_better: Callable[[Sequence[int]], None] | None = None,
    stop: Callable[[], bool] | None = None,
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
    workers : int
        Search strategies at a time.
    on_better : callable, optional
        Called with the values of every solution better than the last, from a thread of the solver.
    stop : callable, optional
        Asked some times a second; True ends the search, and the best so far is returned.
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
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    solver.parameters.catch_sigint_signal = False
    told = _told(variables, on_better) if on_better is not None else None
    status = _searched(solver, model, told, stop)
    if status == cp_model.INFEASIBLE:
        return NONE
    values: tuple[int, ...] = ()
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        values = tuple(solver.value(variable) for variable in variables)
    # A search that ended before it began reports 0, which is no bound where prices are negative.
    bound = solver.best_objective_bound if values else _least(program)
    return better(program, start, values, bound, status == cp_model.OPTIMAL)


def _least(program: Program) -> float:
    """Return the price of the cheapest end of every range: below it no values can be."""
    return float(sum(min(c * a, c * b) for a, b, c in zip(program.low, program.high, program.cost, strict=True)))


def _searched(solver: Any, model: Any, told: Any, stop: Callable[[], bool] | None) -> Any:
    """Return the status of a search that `stop` may end; an interrupt ends it too, and is raised when it has ended."""
    status: list[Any] = []
    search = threading.Thread(target=lambda: status.append(solver.solve(model, told)), daemon=True)
    search.start()
    try:
        while search.is_alive():
            search.join(_ASK_S)
            if stop is not None and search.is_alive() and stop():
                solver.stop_search()
                search.join()
    except KeyboardInterrupt:
        solver.stop_search()
        search.join()
        raise
    return status[0]


def _told(variables: Sequence[Any], on_better: Callable[[Sequence[int]], None]) -> Any:
    """Return a callback of the solver that hands on the values of every better solution."""
    from ortools.sat.python import cp_model

    class Told(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            on_better([self.value(variable) for variable in variables])

    return Told()
