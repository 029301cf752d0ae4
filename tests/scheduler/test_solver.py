"""The solver says how good its answer is, and never gives back less than it was given."""

from __future__ import annotations

import math

from scheduler.solver import Program, minimise


def knapsack() -> Program:
    """Carry at least 10 with weights 3, 4, 5 at prices 4, 5, 6: the best is 5 + 5 for 12."""
    program = Program()
    x = [program.variable(0, 3, price) for price in (4, 5, 6)]
    program.row(x, [3, 4, 5], at_least=10)
    return program


def test_an_optimum_has_no_gap():
    answer = minimise(knapsack(), seconds=10, seed=1)
    assert (answer.status, answer.values, answer.objective, answer.bound) == ("optimal", (0, 0, 2), 12, 12)
    assert answer.gap == 0
    assert not answer.limited


def test_what_cannot_be_is_said_to_be_infeasible():
    program = knapsack()
    program.row([0, 1, 2], at_most=1)
    answer = minimise(program, seconds=10, seed=1)
    assert answer.status == "infeasible"
    assert answer.values == ()
    assert math.isnan(answer.gap)


def test_without_any_time_the_start_is_kept_and_the_limit_is_said():
    answer = minimise(knapsack(), seconds=0.0, seed=1, start=(0, 3, 0))
    assert answer.values
    assert answer.objective <= 15
    assert answer.status == "feasible"
    assert answer.limited


def test_a_start_that_breaks_a_row_is_not_given_back():
    answer = minimise(knapsack(), seconds=0.0, seed=1, start=(0, 0, 0))
    assert answer.status == "unknown"
    assert answer.values == ()


def test_a_program_tells_what_it_allows():
    program = knapsack()
    assert program.allows((0, 0, 2))
    assert not program.allows((0, 0, 1))
    assert not program.allows((4, 0, 0))
    assert program.price((1, 1, 1)) == 15
