"""The solver says how good its answer is, and never gives back less than it was given."""

from __future__ import annotations

import math
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.solver import Program, choose, count


def knapsack() -> Program:
    """Carry at least 10 with weights 3, 4, 5 at prices 4, 5, 6: the best is 5 + 5 for 12."""
    program = Program()
    x = [program.variable(0, 3, price) for price in (4, 5, 6)]
    program.row(x, [3, 4, 5], at_least=10)
    return program


@pytest.mark.parametrize("solve", [partial(choose, seed=1), count], ids=["choose", "count"])
def test_an_optimum_has_no_gap(solve):
    answer = solve(knapsack(), seconds=10)
    assert (answer.status, answer.values, answer.objective, answer.bound) == ("optimal", (0, 0, 2), 12, 12)
    assert answer.gap == 0
    assert not answer.limited


@pytest.mark.parametrize("solve", [partial(choose, seed=1), count], ids=["choose", "count"])
def test_what_cannot_be_is_said_to_be_infeasible(solve):
    program = knapsack()
    program.row([0, 1, 2], at_most=1)
    answer = solve(program, seconds=10)
    assert answer.status == "infeasible"
    assert answer.values == ()
    assert math.isnan(answer.gap)


@settings(max_examples=30)
@given(data=st.data())
def test_both_solvers_agree_on_random_programs(data):
    """Same status and same best value; every answer keeps its program."""
    program = Program()
    for _ in range(data.draw(st.integers(1, 5))):
        program.variable(0, data.draw(st.integers(1, 4)), data.draw(st.integers(-3, 6)))
    n = len(program.low)
    for _ in range(data.draw(st.integers(1, 4))):
        program.row(
            range(n),
            data.draw(st.lists(st.integers(-2, 4), min_size=n, max_size=n)),
            at_least=data.draw(st.integers(0, 9)),
        )
    one, other = choose(program, seconds=10, seed=1), count(program, seconds=10)
    assert one.status == other.status
    if one.values:
        assert program.allows(one.values)
        assert program.allows(other.values)
        assert one.objective == other.objective == one.bound == other.bound


def test_without_any_time_the_start_is_kept_and_the_limit_is_said():
    answer = choose(knapsack(), seconds=0.0, seed=1, start=(0, 3, 0))
    assert answer.values
    assert answer.objective <= 15
    assert answer.status == "feasible"
    assert answer.limited


def test_a_start_that_breaks_a_row_is_not_given_back():
    answer = choose(knapsack(), seconds=0.0, seed=1, start=(0, 0, 0))
    assert answer.status == "unknown"
    assert answer.values == ()


def test_a_program_tells_what_it_allows():
    program = knapsack()
    assert program.allows((0, 0, 2))
    assert not program.allows((0, 0, 1))
    assert not program.allows((4, 0, 0))
    assert program.price((1, 1, 1)) == 15
