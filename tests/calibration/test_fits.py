"""The estimators against samples whose truth is known, and against hand-computed numbers."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from calibration.fit import laws, patience, poisson, service, staffing
from calibration.publish import shifts


def sample(x):
    return laws.Sample(np.sort(np.asarray(x, float)))


@pytest.mark.parametrize(
    ("law", "draw", "expected"),
    [
        ("lognormal", lambda g: g.lognormal(5.0, 0.75, 20_000), {"mean_s": 196.6, "cv": 0.869}),
        ("gamma", lambda g: g.gamma(2.5, 80.0, 20_000), {"mean_s": 200.0, "cv": 0.6325}),
        ("weibull", lambda g: 300 * g.weibull(1.3, 20_000), {"shape": 1.3, "scale_s": 300.0}),
        ("exponential", lambda g: g.exponential(150.0, 20_000), None),
    ],
)
def test_the_law_that_made_a_sample_is_found(law, draw, expected):
    """Lognormal(5, .75) has mean exp(5 + .75²/2) = 196.6 and cv √(exp(.75²) − 1) = .869."""
    x = sample(draw(sim.generator(1, "fits", law)))
    tried = sorted((fit(x) for fit in laws.LAWS), key=lambda one: one.aic)
    best = tried[0] if expected else next(one for one in tried if one.law == law)
    assert best.law == law
    assert service.accepted(best, x)
    if expected:
        # 20,000 draws: standard errors below 1 %.
        assert dict(best.parameters) == pytest.approx(expected, rel=0.04)


def test_the_likelihoods_are_those_of_scipy():
    from scipy import stats

    x = sample(sim.generator(2, "likelihood").gamma(2.0, 50.0, 500))
    made = {fit(x).law: fit(x) for fit in laws.LAWS}
    peers = {
        "lognormal": stats.lognorm(*stats.lognorm.fit(x.x, floc=0)),
        "gamma": stats.gamma(*stats.gamma.fit(x.x, floc=0)),
        "weibull": stats.weibull_min(*stats.weibull_min.fit(x.x, floc=0)),
        "exponential": stats.expon(*stats.expon.fit(x.x, floc=0)),
    }
    for name, peer in peers.items():
        parameters = 1 if name == "exponential" else 2
        assert made[name].aic == pytest.approx(2 * parameters - 2 * peer.logpdf(x.x).sum(), rel=1e-6)
        assert made[name].mean_s == pytest.approx(peer.mean(), rel=1e-3)
        assert made[name].sd_s == pytest.approx(peer.std(), rel=2e-3)
        assert made[name].p95_s == pytest.approx(peer.ppf(0.95), rel=1e-3)
        assert made[name].ks == pytest.approx(stats.kstest(x.x, peer.cdf).statistic, abs=1e-3)


def test_a_spike_of_short_calls_refuses_every_law():
    """A lognormal with 10 % of calls of 1 to 5 s: the lognormal overstates the mean, no other law fits."""
    generator = sim.generator(3, "spike")
    x = sample(np.concatenate([generator.lognormal(5, 0.7, 9000), generator.uniform(1, 5, 1000)]))
    assert not any(service.accepted(fit(x), x) for fit in laws.LAWS)


@given(st.lists(st.integers(1, 4000), min_size=5, max_size=300))
def test_an_empirical_table_rises_and_has_the_mean_and_sd_of_the_sample(values):
    x = sample(values)
    table = laws.empirical(x)
    quantiles = table.parameters["quantiles_s"]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] >= 0
    assert (table.parameters["at"][0], table.parameters["at"][-1]) == (0.0, 1.0)
    if len(values) >= 100 and x.sd > 0.3 * x.mean:
        assert table.mean_s == pytest.approx(x.mean, rel=1e-3)
        assert table.sd_s == pytest.approx(x.sd, rel=1e-3)


def test_a_censored_weibull_is_recovered_within_its_standard_errors():
    """Patience Weibull(1.3, 900 s), seen only as far as a wait of mean 300 s."""
    generator = sim.generator(4, "censored")
    patient, wait = 900 * generator.weibull(1.3, 20_000), generator.exponential(300, 20_000)
    t, gave_up = np.minimum(patient, wait), patient < wait
    shape, scale = laws.weibull_ml(t, gave_up)
    shape_se, scale_se = patience._errors(t, gave_up, shape, scale)
    assert (shape_se, scale_se) == (pytest.approx(0.016, abs=0.006), pytest.approx(14, abs=6))
    assert abs(shape - 1.3) < 4 * shape_se
    assert abs(scale - 900) < 4 * scale_se
    # Reading those who were answered as if they had given up would say 241 s.
    assert t.mean() < 300


def test_kaplan_meier_by_hand():
    """Ends at 2, 3, 3; censored at 3 and 5. S(2) = 4/5; at 3 four are seen, two end: S(3) = 4/5 · 2/4."""
    t, ended = np.array([2.0, 3, 3, 3, 5]), np.array([True, True, True, False, False])
    assert patience.kaplan_meier(t, ended, 1) == 1.0
    assert patience.kaplan_meier(t, ended, 2) == pytest.approx(0.8)
    assert patience.kaplan_meier(t, ended, 4) == pytest.approx(0.4)
    assert patience.kaplan_meier(t, ended, 6) is None


def test_log_spacings_by_hand():
    """In a block of 360 s, calls at 90 and 180 s: R = 2 ln(360/270), ln(270/180); one call: ln(360/270)."""
    r = poisson.spacings(np.array([0, 0, 1]), np.array([180.0, 90.0, 450.0]), 360.0)
    assert r == pytest.approx([2 * math.log(4 / 3), math.log(1.5), math.log(4 / 3)])


@pytest.mark.parametrize(("pairs", "judged"), [(False, True), (True, False)])
def test_poisson_arrivals_pass_and_arrivals_in_pairs_do_not(pairs, judged):
    """20,000 calls of a Poisson process give K of about .0061 (k_of_chance)."""
    generator = sim.generator(5, "pairs" if pairs else "single")
    at = np.sort(generator.uniform(0, 17 * 3600 * 20, 10_000 if pairs else 20_000))
    if pairs:
        at = np.sort(np.concatenate([at, at + generator.uniform(0, 3, 10_000)]))
    day, second = np.divmod(at, 17 * 3600)
    k = poisson.distance(poisson.spacings(day.astype(np.int64), second, 360.0))
    assert (k < poisson.ENOUGH_K) == judged


def test_k_of_chance_is_what_poisson_processes_give():
    generator = sim.generator(6, "chance")
    ks = [poisson.distance(generator.exponential(1.0, 500)) for _ in range(400)]
    assert np.mean(ks) == pytest.approx(poisson.PoissonTest("*", "", 0.0, 500, 360).k_of_chance, rel=0.05)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 90)), max_size=8),
    st.lists(st.integers(-10, 320), min_size=1, max_size=8),
)
def test_time_before_a_moment_is_counted_second_by_second(spells, moments):
    starts = np.array([a for a, _ in spells], np.int64)
    ends = np.array([a + width for a, width in spells], np.int64)
    slow = [sum(max(0, min(b, t) - a) for a, b in zip(starts, ends, strict=True) if t > a) for t in moments]
    assert staffing.time_before(starts, ends, np.array(moments, np.int64)).tolist() == slow


def test_an_agent_is_on_duty_through_short_gaps_and_off_duty_through_long_ones():
    """Agent 0 serves 0–100, 400–500 (a gap of 300 s), 2000–2100 (1,500 s); agent 1 serves 50–60."""
    log = SimpleNamespace(
        agent=np.array([0, 0, 0, 1]),
        start=np.array([0, 400, 2000, 50]),
        end=np.array([100, 500, 2100, 60]),
        service_s=np.array([100, 100, 100, 10]),
        outcome=np.zeros(4, int),
    )
    came, went = staffing.spells(log, 600)
    assert (came.tolist(), went.tolist()) == ([0, 2000, 50], [500, 2100, 60])


@given(st.dictionaries(st.integers(0, 20), st.integers(0, 6), max_size=12))
def test_shifts_add_up_to_the_numbers_on_duty(on_duty):
    rows = shifts(on_duty)
    for slot in range(22):
        assert sum(n for first, last, n in rows if first <= slot < last) == on_duty.get(slot, 0)
    # Nobody goes at a moment at which somebody comes.
    assert not {first for first, _, _ in rows} & {last for _, last, _ in rows}
