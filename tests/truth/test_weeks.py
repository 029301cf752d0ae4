"""Four weeks in one run: stock, orders, tickets, accounts and second tries go on from day to day; all by hand.

The scenario is the one that docs/reference/mechanisms-weeks.md prints.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import sim
from sim.draw import draw
from sim.tables import Tables, Trace, compile_scenario
from tests.pages import scenario_of
from tests.worlds import same

DAY, HOUR, MINUTE = 86_400, 3600, 60
WORKDAYS = [week * 7 + day for week in range(4) for day in range(5)]


@pytest.fixture(scope="module")
def weeks() -> sim.Scenario:
    return scenario_of("mechanisms-weeks.md")


@pytest.fixture(scope="module")
def run(weeks) -> tuple[Tables, Trace]:
    tables = compile_scenario(weeks)
    return tables, same(tables, draw(tables, 1, 0))


def entries(run: Any, kind: str) -> list[float]:
    """Return the seconds of the run at which entries of a kind are written."""
    tables, trace = run
    wanted = np.array([name == kind for name in tables.names.events])
    return sorted((trace.rows["entered"][wanted[trace.rows["step"]]] / 1000).tolist())


def test_cards_run_out_are_ordered_and_come_two_days_later(run):
    """12 a workday of 100: the 80th on day 8 at 11:20; the order goes out when it is handed over, at 11:30."""
    refills = entries(run, "REFILL")
    assert refills[0] == 10 * DAY + 11 * HOUR + 30 * MINUTE
    # The 20 that were left are gone after four of day 10; until the refill four more find none.
    tens = [10 * HOUR + 20 * MINUTE * k for k in range(1, 5)]
    assert entries(run, "NO_CARDS") == [10 * DAY + at for at in tens]
    # 96 on the evening of day 10, 80 after the 16 of day 11, 20 after the last of day 18, handed over at 12:50.
    assert refills[1:] == [20 * DAY + 12 * HOUR + 50 * MINUTE]
    assert len(entries(run, "CARD")) == 20 * 12


def test_who_found_no_card_comes_again_tomorrow_at_the_same_time(run):
    tables, trace = run
    second = trace.results[trace.results["attempt"] == 1]
    assert (second["arrived"] / 1000 - 11 * DAY).tolist() == [10 * HOUR + 20 * MINUTE * k for k in range(1, 5)]
    assert [tables.names.outcomes[n] for n in second["outcome"].tolist()] == ["served"] * 4
    # At the same minute somebody of the list comes, whose number is lower or higher: one of the two waits ten minutes.
    teller = trace.rows[(trace.rows["unit"] >= 0) & (trace.rows["pool"] == tables.names.pools.index("teller"))]
    waits = teller["started"] - teller["entered"]
    assert sorted(waits[waits > 0].tolist()) == [600_000] * 4


def test_tickets_wait_over_nights_and_weekends_in_their_order(run):
    """Five hours each from 9 and from 14 o'clock, two a workday; three come: the k-th is begun on workday k // 2."""
    tables, trace = run
    office = trace.rows[trace.rows["pool"] == tables.names.pools.index("back-office")]
    office = office[(office["unit"] >= 0)]
    begun = sorted((office["started"] / 1000).tolist())
    assert begun == [WORKDAYS[k // 2] * DAY + (9 + 5 * (k % 2)) * HOUR for k in range(40)]
    assert (np.diff(office["visit"][np.argsort(office["started"])]) > 0).all()
    came = trace.results[trace.results["arrived"] >= 0]
    assert (came["left"] < 0).sum() == 20, "three a day come, two a day are done"


def test_accounts_grow_from_week_to_week(run):
    """A thousand a visit: as many persons at each level as came so often; the n-th finds (n − 1) / 50 before it."""
    tables, trace = run
    amounts = trace.entries["amount"]
    levels = ((amounts - 10_000) / 1000).astype(int)
    assert levels.size == 200
    came_so_often = np.bincount(levels)[1:].tolist()
    assert came_so_often == sorted(came_so_often, reverse=True)
    assert came_so_often[0] <= 50
    means = [float(levels[n : n + 50].mean()) for n in range(0, 200, 50)]
    for week, mean in enumerate(means):
        before = 50 * week + 24.5
        assert mean == pytest.approx(1 + before / 50, abs=4 * math.sqrt((before / 50 + 0.1) / 50))
    assert tables.compiled.world.account[:, 0].tolist() == [10_000] * 50, "each replication begins anew"


def test_entries_are_counted_week_by_week(weeks):
    study = sim.simulate(weeks, reps=2, seed=1)
    cards = [study.value("event_count:CARD", interval_start=week * 7 * DAY).value for week in range(4)]
    # Four of week 2 find none on day 10 and come on day 11 of the same week.
    assert cards == [60, 60, 60, 60]
    none = [study.value("event_count:NO_CARDS", interval_start=week * 7 * DAY).value for week in range(4)]
    assert none == [0, 4, 0, 0]
    assert study.value("in_system", service="ticket").value == 20
    assert study.value("in_system").value == 0, "tickets are no customers"
    assert study.value("overtime_hours", pool="back-office").value == 20 * 2


def test_a_shorter_run_is_the_beginning_of_the_longer_one(weeks, run):
    """What happens in week 1 does not depend on how many weeks follow."""
    _, whole = run
    tables = compile_scenario(weeks.replace(run={**weeks.run.model_dump(exclude_none=True), "days": 7}))
    trace = same(tables, draw(tables, 1, 0))
    end = 5 * DAY * 1000
    ended = (trace.rows["ended"] >= 0) & (trace.rows["ended"] < end)
    again = (whole.rows["ended"] >= 0) & (whole.rows["ended"] < end)
    for column in ("entered", "started", "ended", "step"):
        assert sorted(trace.rows[column][ended].tolist()) == sorted(whole.rows[column][again].tolist())
