"""What an agent needs between two customers, seen only while somebody waits."""

from __future__ import annotations

import numpy as np
import pytest

import calibration
from calibration.columns import Log
from calibration.fit import wrap


def _shift(gap_s, calls=400, rest_every=0, waiting=True):
    """Return a log of one agent, who needs `gap_s` seconds between customers, all of whom wait long."""
    start, at = [], 0
    for n in range(calls):
        start.append(at)
        at += 100 + gap_s + (900 if rest_every and n % rest_every == 0 else 0)
    start = np.array(start) + 36_000
    wait = 300 if waiting else 0
    return Log.of(start - wait, wait_s=np.full(calls, wait), service_s=np.full(calls, 100), agent=np.zeros(calls, int))


def test_the_gap_between_services_while_somebody_waits_is_found():
    found = wrap.wrap_up(_shift(12))
    assert found.mean_s == pytest.approx(12)
    assert found.quantiles_s == pytest.approx([12.0] * (wrap.STEPS + 1))


def test_pauses_are_not_work_between_customers():
    found = wrap.wrap_up(_shift(12, rest_every=5))
    assert found.mean_s == pytest.approx(12)
    assert found.n == 399 - 80


def test_idle_time_is_not_work_between_customers():
    """Nobody waits in the gaps: the agent may just have had nothing to do."""
    assert wrap.wrap_up(_shift(12, waiting=False)) is None


def test_no_gap_is_no_work():
    assert wrap.wrap_up(_shift(0)) is None


def test_waiting_at_another_place_does_not_count():
    idle, busy = _shift(12, waiting=False), _shift(12)
    log = Log.of(
        np.concatenate([idle.arrive, busy.arrive]),
        wait_s=np.concatenate([idle.wait_s, busy.wait_s]),
        service_s=np.full(800, 100),
        agent=np.repeat([0, 1], 400),
        place=np.repeat([0, 1], 400),
        places=("A", "B"),
    )
    assert wrap.wrap_up(log).n == 399


def test_the_mean_of_the_table_is_that_of_the_sample():
    generator = np.random.Generator(np.random.PCG64(3))
    gaps = generator.integers(3, 40, 500)
    start = 36_000 + np.concatenate([[0], np.cumsum(100 + gaps[:-1])])
    log = Log.of(start - 300, wait_s=np.full(500, 300), service_s=np.full(500, 100), agent=np.zeros(500, int))
    found = wrap.wrap_up(log)
    assert np.trapezoid(found.quantiles_s, dx=1 / wrap.STEPS) == pytest.approx(found.mean_s, rel=1e-4)


def test_agents_of_the_bank_need_some_seconds(calibrated):
    made = calibrated("january")
    assert 7 < made.extra["wrap_up"]["mean_s"] < 12
    names = [block.advance.name for block in made.scenario.route["PS"] if block.advance]
    assert names == ["service", calibration.scenario.WRAP]
