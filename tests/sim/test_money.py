"""What is paid: planned hours, overtime, equipment by the day; only what lies after the warm-up."""

from __future__ import annotations

import pytest

import sim
from sim.tables import compile_scenario
from tests.worlds import fixed, world

DESK = [{"serve": {"by": ["desk"], "takes": fixed(600)}}]


def office(warm_up_s: float, days: int = 2, **more: object) -> sim.Scenario:
    """Open 08:00-10:00 with a clerk at 60 an hour and a booth at 12 a day."""
    return world(
        DESK,
        place={"office": {"opens": "08:00", "closes": "10:00"}},
        team={"desk": {"place": "office", "staff": 1, "cost_per_hour": 60.0}},
        pool={"booth": {"place": "office", "units": 2, "cost_per_day": 12.0}},
        stream={"visit": {"place": "office", "service": "visit", "rate_per_hour": 8}},
        run={"days": days, "warm_up_s": warm_up_s},
        **more,
    )


def test_pay_counts_from_the_end_of_the_warm_up():
    """Two days of two hours; the warm-up takes the first day and one hour of the second."""
    labour = compile_scenario(office(86_400 + 9 * 3600)).labour
    assert labour.paid_hours.tolist() == [1.0, 0.0]
    assert labour.fixed_cost.tolist() == [0.0, 12.0]
    labour = compile_scenario(office(0)).labour
    assert labour.paid_hours.tolist() == [4.0, 0.0]
    assert labour.fixed_cost.tolist() == [0.0, 48.0]


def test_meals_are_unpaid_and_breaks_are_paid():
    row = {"team": "desk", "start": "08:00", "end": "10:00", "meal": "08:30-09:00", "breaks": "09:30-09:40"}
    assert compile_scenario(office(0, days=1, staffing=[row])).labour.paid_hours.tolist() == [1.5, 0.0]
    warm = compile_scenario(office(8.75 * 3600, days=1, staffing=[row])).labour
    assert warm.paid_hours.tolist() == [1.0, 0.0]


def test_a_place_that_never_closes_pays_whole_days():
    scenario = world(
        DESK, team={"desk": {"staff": 2}}, pool={"booth": {"units": 1, "cost_per_day": 5}}, run={"days": 3}
    )
    labour = compile_scenario(scenario).labour
    assert labour.paid_hours.tolist() == [144.0, 0.0]
    assert labour.fixed_cost.tolist() == [0.0, 15.0]


def test_overtime_before_the_warm_up_ends_is_no_overtime():
    """Once, a clerk who stayed late during the warm-up earned negative hours."""
    study = sim.simulate(office(86_400.0), reps=20)
    overtime = study.value("overtime_hours").value
    assert overtime is not None
    assert overtime > 0
    assert study.value("paid_hours").value == pytest.approx(2.0 + overtime)
