"""The lower bound: by hand where shifts are simple, and below everything that keeps the promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from scheduler import bounds
from scheduler.contracts import contract
from scheduler.requirements import Demand

PROMISE = sim.Promise(0.8, 60.0, of="seize:agent")


def demand(per_hour, hold_s=300.0, hold_s2=0.0, **changes):
    """Return a demand of so many visits an hour from 9 to 17 h."""
    visits = np.zeros(96)
    visits[36:68] = per_hour
    patience = ((1.0, sim.LawValues("exponential", 400.0)),)
    one = Demand("agents", "agents", "*", "workday", visits, visits * hold_s / 3600, hold_s, patience, 0.0, ())
    return replace(one, hold_s2=hold_s2, **changes)


def bound(one, **changes):
    rules = contract("cn-standard")
    goals = changes.get("goals", (PROMISE,))
    return bounds.work({("workday", "agents"): one}, goals, rules, {"agents": 60.0}, {"workday": 5})


def test_the_work_of_a_day_by_hand():
    """80 % of 96 an hour for 8 h at 5 min is 51.2 h of work; an 8-hour shift has 7.5 on duty, a 6-hour one 5.75.

    Nobody does it with less than 51.2 / 7.5 · 8 = 54.6 paid hours: with whole shifts 56, at 60 an hour for 5 days.
    """
    found = bound(demand(96.0))
    assert found >= 54.6 * 60 * 5
    assert found <= 75 * 60 * 5


def test_a_service_that_runs_on_past_the_window_lowers_it():
    """E[S²]/E[S] of every shift may be work that is done after its end."""
    assert bound(demand(96.0, hold_s2=2 * 300.0**2)) < bound(demand(96.0))


def test_people_who_are_away_raise_it_and_chats_at_once_lower_it():
    assert bound(demand(96.0, away=0.2)) > bound(demand(96.0))
    assert bound(demand(96.0, sessions=2, slower=(1.0, 1.2))) < bound(demand(96.0))


def test_a_promise_over_all_is_no_dearer_than_one_in_every_interval():
    overall = (replace(PROMISE, per=()),)
    assert bound(demand(96.0), goals=overall) <= bound(demand(96.0)) + 1e-6


def test_no_bound_is_given_where_none_is_proven():
    """Of all waits others decide too; where only who was answered counts, nobody need be answered."""
    assert bound(demand(96.0), goals=(replace(PROMISE, of="all_waits"),)) is None
    assert bound(demand(96.0), goals=(replace(PROMISE, sl_mode="answered"),)) is None


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_tighter_the_promise_the_higher(share):
    goals = (replace(PROMISE, share=share),)
    assert (bound(demand(96.0), goals=goals) > bound(demand(96.0))) == (share > 0.8)


def test_a_promise_to_all_does_not_say_that_it_holds_for_those_of_one_post():
    """A tenth of the customers only dear people may serve: a promise of 80 % is kept without any of them."""
    rules, some = contract("cn-standard"), demand(90.0)
    few = replace(demand(10.0), post="dear", team="dear")
    both = {("workday", "agents"): replace(some, backups=("dear",)), ("workday", "dear"): few}
    alone = {("workday", "agents"): demand(90.0)}
    wages, days = {"agents": 60.0, "dear": 6000.0}, {"workday": 5}
    goals = (PROMISE,)
    without = (replace(PROMISE, share=8 / 9),)
    found = bounds.work(both, goals, rules, wages, days)
    assert found == pytest.approx(bounds.work(alone, without, rules, wages, days), rel=0.01)


def test_somebody_is_there_in_every_cell_however_few_come():
    """Six an hour for half a minute are .4 h of work a day; from the end of the first hour to the last it takes 6 h."""
    rules, one = contract("cn-standard"), demand(6.0, hold_s=30.0)
    cells = {"workday": [(at, at + 4, 6.0) for at in range(36, 68, 4)]}
    found = bounds.work({("workday", "agents"): one}, (PROMISE,), rules, {"agents": 60.0}, {"workday": 5}, cells)
    assert found == pytest.approx(6 * 60 * 5)
