"""Laws that hold in every world: nobody is lost, no unit serves two, nobody overtakes, sums are sums."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scenarios_catalog
from sim.draw import draw
from sim.engines import kernel
from sim.tables import compile_scenario
from tests.truth.audit import Audit
from tests.truth.test_twins import PROGRAMS, TICKS, at_tick
from tests.worlds import worlds

SLOW_TO_MAKE = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@TICKS
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_books_of_a_program_are_right(name, tick_ms):
    tables = compile_scenario(at_tick(PROGRAMS[name], tick_ms))
    when = draw(tables, 11, 0)
    Audit(tables, when, kernel.run(tables, when)).all()


@pytest.mark.parametrize("name", ["S02", "S03"])
def test_the_books_of_the_catalogue_are_right(name):
    tables = compile_scenario(at_tick(scenarios_catalog.load(name), 1000))
    when = draw(tables, 11, 0)
    Audit(tables, when, kernel.run(tables, when)).all()


@settings(max_examples=150, suppress_health_check=SLOW_TO_MAKE)
@given(worlds(), st.integers(0, 2**32))
def test_the_books_of_random_scenarios_are_right(scenario, seed):
    tables = compile_scenario(scenario)
    when = draw(tables, seed, 0)
    Audit(tables, when, kernel.run(tables, when)).all()


@pytest.mark.slow
@settings(max_examples=3000, suppress_health_check=SLOW_TO_MAKE)
@given(worlds(), st.integers(0, 2**32))
def test_the_books_of_very_many_random_scenarios_are_right(scenario, seed):
    tables = compile_scenario(scenario)
    when = draw(tables, seed, 1)
    Audit(tables, when, kernel.run(tables, when)).all()
