"""Who comes: rates over days, the horizon, streams that do not disturb each other."""

from __future__ import annotations

import numpy as np

import sim
from sim.draw import draw
from sim.tables import compile_scenario
from tests.worlds import HOUR, fixed, world

DESK = [{"serve": {"by": ["desk"], "takes": fixed(60)}}]


def night_shop(days: int) -> sim.Scenario:
    """Open 20:00-26:00, so each day's last two hours fall on the next date."""
    return world(
        DESK,
        place={"shop": {"opens": "20:00", "closes": "26:00"}},
        team={"desk": {"place": "shop", "staff": 1}},
        stream={"visit": {"place": "shop", "service": "visit", "rate_per_hour": 30}},
        run={"days": days},
    )


def test_arrivals_stop_at_the_horizon_though_the_place_is_open():
    """Once, a place open past the last midnight drew arrivals beyond the arrays made for them."""
    tables = compile_scenario(night_shop(2))
    ticks = np.concatenate([draw(tables, seed, 0).visit["tick"] for seed in range(20)])
    assert ticks.max() < 48 * HOUR
    hours = np.unique(ticks // HOUR)
    assert hours.tolist() == [*range(20, 26), *range(44, 48)]


def test_expected_arrivals_stop_at_the_horizon_too():
    rates = sim.offered(night_shop(1), interval_s=3600)
    assert rates.per_hour.shape == (1, 1, 24)
    assert rates.per_hour[0, 0].tolist() == [0.0] * 20 + [30.0] * 4
