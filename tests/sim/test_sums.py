"""What a study keeps: the same figures whatever is kept, and no more of it with more replications."""

from __future__ import annotations

import numpy as np
import pytest

import scenarios_catalog
import sim
from sim.measures import Batches, Layout, Sums, alike, measure, sums
from sim.tables import compile_scenario


def many(count: int, cells: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Return numerators and denominators of `count` replications; some cells stay empty."""
    chance = sim.generator(5, "sums")
    top = np.floor(chance.exponential(2.0, (count, cells)))
    low = np.floor(top + chance.exponential(1.0, (count, cells)))
    top[:, 2] = low[:, 2] = 0.0
    low[:, 5] = 900.0
    return top, low


def batches(top: np.ndarray, low: np.ndarray, most: int) -> Batches:
    kept = Batches(np.arange(top.shape[1]))
    kept.most = most
    for one in zip(top, low, strict=True):
        kept.add(*one)
    return kept


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 31, 100])
def test_batches_hold_everything_and_are_never_more_than_told(count):
    """Eight at most: 100 replications make 7 batches, six of 16 and one of 4."""
    top, low = many(count)
    kept = batches(top, low, 8)
    tops, lows = kept.table()
    assert len(kept) == -(-count // kept.length) <= 8
    assert np.array_equal(tops.sum(axis=0), top.sum(axis=0))
    assert np.array_equal(lows[0], low[: kept.length].sum(axis=0))


def test_two_studies_are_paired_over_the_same_batches():
    """One kept 100 replications as 7 batches of 16, the other as 25 of 4: both are read as 7 of 16."""
    top, low = many(100)
    fine, coarse = batches(top, low, 32), batches(top, low, 8)
    (top_a, low_a), (top_b, low_b) = alike(fine, coarse)
    assert np.array_equal(top_a, top_b)
    assert np.array_equal(low_a, low_b)
    assert len(top_a) == 7


def test_studies_of_different_length_are_paired_where_both_are_whole():
    """50 replications hold three whole batches of 16."""
    top, low = many(100)
    (top_a, _), (top_b, _) = alike(batches(top, low, 8), batches(top[:50], low[:50], 64))
    assert np.array_equal(top_a, top_b)
    assert len(top_a) == 3


def test_denominators_that_never_change_need_not_be_added_up():
    """The same values and intervals as when every denominator is added."""
    top, low = many(40)
    fixed = np.zeros(7)
    fixed[5] = 900.0
    plain, known = Sums(7), Sums(7, fixed)
    for one in zip(top, low, strict=True):
        plain.add(*one)
        known.add(*one)
    for a, b in zip(plain.values(), known.values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert np.array_equal(plain.low, known.low)
    assert np.isnan(plain.values()[0][2])


def test_a_layout_says_truly_which_denominators_never_change():
    scenario = scenarios_catalog.load("S02")
    layout = Layout(scenario, compile_scenario(scenario))
    study = sim.simulate(scenario, reps=3)
    for key in ("offered", "queue_mean", "on_duty_mean", "cost"):
        assert study.layout.fixed[study.layout.whole[key]] > 0
    assert layout.size == len(layout.keys)
    assert [layout.key(n) for n in range(0, layout.size, 997)] == list(layout.keys[::997])


def test_batches_of_pairs_give_nearly_the_interval_of_replications(monkeypatch):
    """128 replications one by one, and as 32 batches of 4: the half-width is known to about an eighth."""
    a, b = scenarios_catalog.load("S02"), scenarios_catalog.load("S03")
    one = sim.compare(a, b, reps=128)
    monkeypatch.setattr(sums, "BATCH_BYTES", 0)
    few = sim.compare(a, b, reps=128)
    assert len(few.studies[0].running.main) == 32
    for name in ("wait_mean_s", "occupancy", "time_in_system_mean_s"):
        assert few.value(name).difference == pytest.approx(one.value(name).difference, rel=1e-9)
        assert few.value(name).half_width == pytest.approx(one.value(name).half_width, rel=0.4)


def test_what_a_study_keeps_does_not_grow(monkeypatch):
    """Bytes of all arrays after 40 and after 400 replications."""
    monkeypatch.setattr(sums, "BATCH_BYTES", 0)
    layout = Layout(scenarios_catalog.load("S02"), compile_scenario(scenarios_catalog.load("S02")))
    top, low = np.ones(layout.size), np.ones(layout.size)
    running = sums.Running(layout)
    sizes = []
    for count in range(1, 401):
        running.add(top, low)
        if count >= 32:
            sizes.append(sum(array.nbytes for kept in (running.main, running.level) for array in kept.table()))
    assert max(sizes) == 32 * 16 * int(layout.main.sum() + layout.level.sum())


def test_a_study_of_too_many_cells_leaves_out_places_by_interval(monkeypatch):
    """All other cells are as before; a promise by place and interval is refused, not quietly kept."""
    scenario = scenarios_catalog.load("S03")
    whole = sim.simulate(scenario, reps=4)
    monkeypatch.setattr(measure, "MOST_CELLS", 1000)
    short = sim.simulate(scenario, reps=4)
    left = [row for row in whole.rows if row.interval_start == "*" or (row.place, row.pool) == ("*", "*")]
    assert list(short.rows) == left
    assert len(left) < len(whole.rows)
    assert (
        short.kept(sim.Promise(0.8, 600, per=("place",))).cells
        == whole.kept(sim.Promise(0.8, 600, per=("place",))).cells
    )
    with pytest.raises(sim.InputError) as caught:
        short.kept(sim.Promise(0.8, 600, per=("place", "interval")))
    assert caught.value.faults[0].code == "too_many_cells"
