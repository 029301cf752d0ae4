"""The frontier: cost rises with the promise, points off the curve are marked, bands come from fresh luck."""

from __future__ import annotations

from dataclasses import replace

import pytest

import scheduler
import sim
from scheduler.pareto import _marked, _no_dearer
from scheduler.plan import Point


@pytest.fixture(scope="module")
def curve(small_centre):
    return scheduler.frontier(small_centre, "80% in 60s", points=[0.9, 0.5, 0.75], reps=8, trials=20, seed=2)


def test_cost_rises_with_the_promise(curve):
    assert [one.asked for one in sorted(curve.points, key=lambda one: one.asked)] == [0.5, 0.75, 0.9]
    costs = [one.cost for one in sorted(curve.points, key=lambda one: one.asked)]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]
    assert curve.measure == "share"


def test_every_point_has_a_band_from_fresh_luck(curve):
    assert curve.seed != 2
    for one in curve.points:
        assert one.half_width > 0
        assert one.worst <= one.value
        assert one.kept == (one.worst >= one.asked)


def test_a_budget_is_spent_on_the_best_promise(small_centre, curve):
    middle = sorted(one.cost for one in curve.points)[1]
    found = scheduler.frontier(small_centre, "80% in 60s", points=[0.5], budgets=[middle], reps=8, trials=12, seed=2)
    (bought,) = [one for one in found.points if one.budget is not None]
    assert bought.cost <= middle
    assert bought.asked >= 0.5


def point(cost, value, kept=True):
    return Point(0.8, None, cost, 1.0, value, 0.01, value, 0.01, kept)


def test_a_cheaper_plan_of_a_tighter_promise_serves_a_looser_one_too():
    loose, tight = replace(point(14, 0.7), asked=0.6), replace(point(12, 0.85), asked=0.8)
    assert [(one.asked, one.cost) for one in _no_dearer([loose, tight], sim.Promise())] == [(0.6, 12), (0.8, 12)]
    slow, fast = replace(point(14, 200.0), asked=300.0), replace(point(12, 90.0), asked=100.0)
    found = _no_dearer([slow, fast], scheduler.Limit("wait_p90_s", 300.0))
    assert [(one.asked, one.cost) for one in found] == [(300.0, 12), (100.0, 12)]


def test_what_costs_more_and_is_no_better_is_off_the_curve():
    points = [point(10, 0.7), point(12, 0.8), point(13, 0.78), point(12, 0.75), point(14, 0.9, kept=False)]
    marked = _marked(points, sim.Promise())
    assert [(one.cost, one.value) for one in marked if one.best] == [(10, 0.7), (12, 0.8)]


def test_of_a_wait_less_is_better():
    marked = _marked([point(10, 300.0), point(12, 200.0), point(13, 250.0)], scheduler.Limit("wait_p90_s", 300.0))
    assert [one.cost for one in marked if one.best] == [10, 12]


def test_a_measure_with_a_limit_has_a_frontier_too(small_centre):
    found = scheduler.frontier(small_centre, measure="wait_p90_s", points=[200.0, 20.0], reps=6, trials=6, seed=2)
    assert found.measure == "wait_p90_s"
    by_limit = {one.asked: one for one in found.points}
    assert by_limit[200.0].cost <= by_limit[20.0].cost


@pytest.mark.parametrize(
    ("options", "code"), [({"points": [1.5]}, "frontier_point"), ({"budgets": [0.0]}, "frontier_budget")]
)
def test_what_cannot_be_a_point_is_refused(small_centre, options, code):
    with pytest.raises(sim.InputError) as error:
        scheduler.frontier(small_centre, **options)
    assert error.value.faults[0].code == code
