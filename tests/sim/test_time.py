"""Means over time: from the end of the warm-up to the horizon, over the time at which a place is open."""

from __future__ import annotations

import pytest

import sim
from tests.worlds import exponential, fixed, world


def counter(**more: object) -> sim.Scenario:
    """M/M/5 with occupancy 0.8."""
    return world(
        [{"serve": {"by": ["desk"], "takes": exponential(240)}}],
        team={"desk": {"staff": 5}},
        stream={"visit": {"service": "visit", "rate_per_hour": 60}},
        **more,
    )


@pytest.mark.parametrize("drain_s", [0, 14_400])
def test_working_off_after_the_last_midnight_dilutes_nothing(drain_s):
    """Five on duty all day are five; once, four hours of drain made them 5.83 and the occupancy 0.69."""
    study = sim.simulate(counter(run={"days": 3, "drain_s": drain_s}), reps=10)
    assert study.value("on_duty_mean").value == pytest.approx(5.0)
    assert study.value("occupancy").value == pytest.approx(0.8, abs=0.02)
    starts = {row.interval_start for row in study.rows} - {"*"}
    assert max(starts) == 3 * 86_400 - 900


def test_a_warm_up_inside_an_interval_shortens_it():
    study = sim.simulate(counter(run={"warm_up_s": 86_000 - 300}, rules={"interval_s": 1800}), reps=3)
    on_duty = {row.interval_start: row.value for row in study.rows if row.measure == "on_duty_mean"}
    assert on_duty == {"*": pytest.approx(5.0), 84_600: pytest.approx(5.0)}


def test_a_place_that_never_opens_is_never_open():
    """The second branch opens on weekends only, and the run has none: its queue has no mean."""
    scenario = world(
        [{"serve": {"by": ["desk"], "takes": fixed(60)}}],
        place={
            "a": {"opens": "08:00", "closes": "10:00"},
            "b": {"opens": "08:00", "closes": "9:00", "open_on": ["rest"]},
        },
        team={"desk": {"place": "a", "staff": 1}, "other": {"place": "b", "role": "desk", "staff": 1}},
        stream={name: {"place": name, "service": "visit", "rate_per_hour": 10} for name in ("a", "b")},
    )
    study = sim.simulate(scenario, reps=3)
    assert study.value("queue_mean", place="b").value is None
    assert study.value("offered", place="b").value == 0
    assert study.value("on_duty_mean", pool="desk").value == pytest.approx(1.0)
