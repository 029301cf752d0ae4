"""The solver says how good its answer is, and never gives back less than it was given."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.solver import Linear, Program, choose, relax, search
from scheduler.solver.quiet import quiet


def knapsack() -> Program:
    """Carry at least 10 with weights 3, 4, 5 at prices 4, 5, 6: the best is 5 + 5 for 12."""
    program = Program()
    x = [program.variable(0, 3, price) for price in (4, 5, 6)]
    program.row(x, [3, 4, 5], at_least=10)
    return program


def linear(program: Program) -> Linear:
    """Return the same program, as one of counts."""
    out = Linear()
    for low, high, cost in zip(program.low, program.high, program.cost, strict=True):
        out.variable(low, high, cost, whole=True)
    for variables, numbers, at_least, at_most in program.rows:
        out.row(
            list(zip(variables, numbers, strict=True)),
            at_least=-math.inf if at_least is None else at_least,
            at_most=math.inf if at_most is None else at_most,
        )
    return out


def test_an_optimum_has_no_gap():
    answer = choose(knapsack(), seconds=10, seed=1)
    assert (answer.status, answer.values, answer.objective, answer.bound) == ("optimal", (0, 0, 2), 12, 12)
    assert answer.gap == 0
    assert not answer.limited


def test_what_cannot_be_is_said_to_be_infeasible():
    program = knapsack()
    program.row([0, 1, 2], at_most=1)
    answer = choose(program, seconds=10, seed=1)
    assert search(linear(program), seconds=10, gap=0.0).status == "infeasible"
    assert relax(linear(program), seconds=10).status == "infeasible"
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
    one, other = choose(program, seconds=10, seed=1), search(linear(program), seconds=10, gap=0.0)
    loose = relax(linear(program), seconds=10)
    assert one.status == other.status
    if one.values:
        assert program.allows(one.values)
        assert program.allows([int(value) for value in other.values])
        assert one.objective == one.bound == pytest.approx(other.objective) == pytest.approx(other.bound)
        assert loose.objective <= one.objective + 1e-6


def test_a_relaxation_prices_what_is_asked_for():
    """The third carries most for its price, 5 for 6: each unit of weight costs 6/5, so 10 cost 12."""
    loose = relax(linear(knapsack()), seconds=10)
    assert loose.objective == pytest.approx(12)
    assert loose.prices[0] == pytest.approx(6 / 5)


def test_a_price_is_what_one_more_costs():
    """Rows at least, at most and equal: each price agrees with the objective when its side is moved by 0.01."""

    def made(*sides: float) -> Linear:
        out = Linear()
        x, y, z = (out.variable(0, 10, cost) for cost in (2.0, 3.0, 7.0))
        out.row([(x, 1), (y, 1), (z, 1)], at_least=sides[0])
        out.row([(x, 1), (y, -1)], at_least=sides[1], at_most=sides[1])
        out.row([(x, 1), (y, 1)], at_most=sides[2])
        return out

    before = relax(made(8.0, 1.0, 5.0), seconds=10)
    for number in range(3):
        sides = [8.0, 1.0, 5.0]
        sides[number] += 0.01
        after = relax(made(*sides), seconds=10)
        assert (after.objective - before.objective) / 0.01 == pytest.approx(before.prices[number])


def test_narrower_limits_give_a_bound_within_them_only():
    program = linear(knapsack())
    assert search(program, seconds=10, gap=0.0).objective == 12
    low, high = np.zeros(3), np.array([3.0, 3.0, 0.0])
    assert search(program, seconds=10, gap=0.0, low=low, high=high).objective == 13


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


def test_a_search_prints_nothing_and_gives_standard_output_back(capfd):
    """What is written to descriptor 1 meanwhile is lost; afterwards it is there again."""
    with quiet(), quiet():
        os.write(1, b"noise")
    search(linear(knapsack()), seconds=10, gap=0.0)
    os.write(1, b"ours")
    assert capfd.readouterr().out == "ours"
