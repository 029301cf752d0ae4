"""Promises as people write them."""

from __future__ import annotations

import pytest

import scheduler
import sim
from scheduler.goals import goals


def test_a_share_of_customers_within_a_time():
    assert scheduler.goal("80% in 180s") == sim.Promise(0.8, 180.0)
    assert scheduler.goal("90% in 5min per place") == sim.Promise(0.9, 300.0, per=("place",))
    assert scheduler.goal("85% in 60s of seize:agent per place,interval") == sim.Promise(
        0.85, 60.0, of="seize:agent", per=("place", "interval")
    )


def test_a_measure_with_a_limit():
    assert scheduler.goal("wait_p90_s <= 10min") == scheduler.Limit("wait_p90_s", 600.0)
    assert scheduler.goal("abandoned_share ≤ 5%") == scheduler.Limit("abandoned_share", 0.05)
    assert scheduler.goal("missed_per_1000 <= 2 per place").per == ("place",)
    assert scheduler.goal("target_met:overdue >= 100%") == scheduler.Limit("target_met:overdue", 1.0, "at_least")
    assert scheduler.goal("violations <= 0").value == 0.0


def test_whom_it_counts(small_centre):
    one = scheduler.goal("90% in 60s for service:S1", small_centre)
    assert one == scheduler.Limit("service_level", 0.9, "at_least", services=("S1",), within_s=60.0)
    assert scheduler.goal("90% in 60s for segment:personal", small_centre) == one
    assert scheduler.goal("wait_p90_s <= 60 for place:centre", small_centre).place == "centre"


def test_its_text_reads_as_itself():
    one = scheduler.goal("wait_p90_s <= 600 per place")
    assert scheduler.goal(one.text) == one


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("soon", "promise_text"),
        ("80% in 60s per moon", "promise_per"),
        ("speed <= 3", "goal_measure"),
        ("80% in 60s for S1", "goal_for"),
        ("80% in 60s for service:S9", "goal_unknown"),
        ("80% in 60s for segment:gold", "goal_unknown"),
    ],
)
def test_what_is_no_promise_is_refused(small_centre, text, code):
    with pytest.raises(sim.InputError) as error:
        scheduler.goal(text, small_centre)
    assert error.value.faults[0].code == code


def test_none_is_80_percent_in_180_seconds_and_an_empty_list_is_refused(small_centre):
    assert goals(None, small_centre) == (sim.Promise(0.8, 180.0),)
    assert goals(["80% in 60s", "wait_p90_s <= 90"], small_centre)[1].measure == "wait_p90_s"
    with pytest.raises(sim.InputError):
        goals([], small_centre)
