"""Laws of durations against samples whose truth is known, against scipy, and against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from calibration.columns import Log
from calibration.fit import laws, service

BY_NAME = {law.name: law for law in laws.LAWS}


def sample(x):
    return laws.Sample.of(np.asarray(x, float))


def mixed(g, n, share, first, second):
    """Return n exponentials, `share` of mean `first`, the others of mean `second`."""
    return np.where(g.random(n) < share, g.exponential(first, n), g.exponential(second, n))


MADE = [
    ("lognormal", lambda g: g.lognormal(5.0, 0.75, 20_000), {"mean_s": 196.6, "cv": 0.869}),
    ("gamma", lambda g: g.gamma(2.5, 80.0, 20_000), {"mean_s": 200.0, "cv": 0.6325}),
    ("weibull", lambda g: 300 * g.weibull(1.3, 20_000), {"shape": 1.3, "scale_s": 300.0}),
    ("exponential", lambda g: g.exponential(150.0, 20_000), {"mean_s": 150.0}),
    ("loglogistic", lambda g: 200 * (1 / g.random(20_000) - 1) ** (1 / 3), {"shape": 3.0, "scale_s": 200.0}),
    (
        "burr12",
        lambda g: 200 * (g.random(20_000) ** (-1 / 0.6) - 1) ** (1 / 4),
        {"c": 4.0, "k": 0.6, "scale_s": 200.0},
    ),
    (
        "hyperexponential",
        lambda g: mixed(g, 20_000, 0.3, 30.0, 300.0),
        {"share": 0.3, "mean_1_s": 30.0, "mean_2_s": 300.0},
    ),
]


@pytest.mark.parametrize(("law", "draw", "expected"), MADE)
def test_the_law_that_made_a_sample_is_found_and_its_parameters(law, draw, expected):
    """Lognormal(5, .75) has mean exp(5 + .75²/2) = 196.6 and cv √(exp(.75²) − 1) = .869."""
    x = sample(draw(sim.generator(1, "fits", law)))
    tried = sorted((laws.fitted(one, x) for one in laws.LAWS), key=lambda one: one.aic)
    mine = next(one for one in tried if one.law == law)
    # A richer family may reach the same likelihood, never more than a few units of AIC better.
    assert mine.aic - tried[0].aic < 4
    assert mine.parameters == pytest.approx(expected, rel=0.12)
    assert mine.ks < 0.01


PEERS = {
    "lognormal": "lognorm",
    "gamma": "gamma",
    "weibull": "weibull_min",
    "exponential": "expon",
    "loglogistic": "fisk",
}


@pytest.mark.parametrize("name", PEERS)
def test_likelihood_moments_and_distance_are_those_of_scipy(name):
    from scipy import stats

    x = np.sort(sim.generator(2, "likelihood").gamma(6.0, 50.0, 500))
    made = laws.fitted(BY_NAME[name], sample(x))
    family = getattr(stats, PEERS[name])
    peer = family(*family.fit(x, floc=0))
    parameters = len(made.theta)
    assert made.aic == pytest.approx(2 * parameters - 2 * peer.logpdf(x).sum(), rel=1e-6)
    assert made.mean_s == pytest.approx(peer.mean(), rel=1e-3)
    assert made.sd_s == pytest.approx(peer.std(), rel=2e-3)
    assert made.p95_s == pytest.approx(peer.ppf(0.95), rel=1e-3)
    assert made.ks == pytest.approx(stats.kstest(x, peer.cdf).statistic, abs=1e-3)


def test_burr_moments_and_quantiles_are_those_of_scipy():
    from scipy import stats

    theta, peer = np.log([3.0, 0.9, 200.0]), stats.burr12(3.0, 0.9, scale=200.0)
    x = np.array([1.0, 50, 200, 900])
    assert laws.Burr().cdf(theta, x) == pytest.approx(peer.cdf(x))
    assert laws.Burr().log_density(theta, x) == pytest.approx(peer.logpdf(x))
    assert laws.Burr().moments(theta) == pytest.approx((peer.mean(), peer.std()), rel=1e-6)
    assert laws.Burr().quantile(theta, np.array([0.1, 0.5, 0.99])) == pytest.approx(peer.ppf([0.1, 0.5, 0.99]))


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.name)
def test_quantiles_undo_the_distribution(law):
    theta = law.fit(sample(sim.generator(3, "undo").lognormal(5, 0.5, 400)))
    p = np.array([0.01, 0.3, 0.5, 0.9, 0.999])
    assert law.cdf(theta, law.quantile(theta, p)) == pytest.approx(p, abs=1e-9)


def test_anderson_darling_by_hand():
    """A² of .2, .5, .9 against the uniform law: −3 − (1/3) Σ (2i − 1)(ln uᵢ + ln(1 − u₄₋ᵢ))."""
    u = [0.2, 0.5, 0.9]
    by_hand = -3 - sum((2 * i + 1) * (math.log(u[i]) + math.log(1 - u[2 - i])) for i in range(3)) / 3
    assert laws.anderson_darling(np.array(u), np.ones(3)) == pytest.approx(by_hand)


@given(st.lists(st.integers(1, 300), min_size=2, max_size=80))
def test_a_histogram_knows_what_the_durations_know(values):
    x = sample(values)
    p = np.array([0.0, 0.05, 0.5, 0.77, 0.95, 1.0])
    assert x.quantiles(p) == pytest.approx(np.quantile(values, p))
    assert (x.n, x.mean, x.sd) == pytest.approx((len(values), np.mean(values), np.std(values, ddof=1)))
    logs = np.log(values)
    assert x.log_moments() == pytest.approx((logs.mean(), logs.std(ddof=1)))


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


@pytest.fixture(scope="module")
def spiked():
    """Return 20,000 services: 5 % broke off within 1 to 9 s, the others are lognormal(5, .7)."""
    g = sim.generator(3, "spike")
    return sample(np.concatenate([np.round(g.lognormal(5, 0.7, 19_000)), g.integers(1, 10, 1000)]).clip(1))


def test_a_spike_of_short_calls_is_told_apart_from_the_body(spiked):
    law, tried = service.chosen(spiked)
    assert law.law == "lognormal"
    assert law.spike.share == pytest.approx(0.05, abs=0.0005)
    # Mean of the body exp(5 + .7²/2) = 189.6; a lognormal of everything overstates the mean.
    assert law.parameters["mean_s"] == pytest.approx(189.6, rel=0.01)
    assert law.mean_s == pytest.approx(spiked.mean, rel=0.01)
    plain = next(one for one in tried if one.law == "lognormal" and one.spike is None)
    assert not service.accepted(plain, spiked)


def test_a_law_that_no_engine_has_is_published_as_its_quantile_table(spiked):
    """The table keeps mean and standard deviation of the law, and its quantiles."""
    for law in (service.chosen(spiked)[0], laws.fitted(laws.Loglogistic(), sample(MADE[4][1](sim.generator(4, "x"))))):
        name, table = law.published
        at, values = np.array(table["at"]), np.array(table["quantiles_s"])
        width, ends = np.diff(at), (values[:-1], values[1:])
        mean = (width * sum(ends) / 2).sum()
        square = (width * (ends[0] ** 2 + ends[0] * ends[1] + ends[1] ** 2) / 3).sum()
        assert name == "empirical"
        assert mean == pytest.approx(law.mean_s, rel=1e-3)
        assert math.sqrt(square - mean**2) == pytest.approx(law.sd_s, rel=1e-2)
        assert np.interp(0.95, at, values) == pytest.approx(law.p95_s, rel=0.02)


def test_no_law_fits_two_humps_and_the_sample_speaks_for_itself():
    g = sim.generator(5, "humps")
    x = sample(np.concatenate([g.normal(60, 5, 5000), g.normal(600, 20, 5000)]).clip(1))
    law, tried = service.chosen(x)
    assert law.law == "empirical"
    assert len(tried) == len(laws.LAWS)
    assert law.mean_s == pytest.approx(x.mean, rel=1e-3)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.name)
def test_one_newton_step_under_other_weights_is_as_good_as_a_full_fit(law):
    """Weights of a bootstrap: the step ends within a quarter of the spread of the draws from the refit."""
    x = sample(np.round(next(draw for name, draw, _ in MADE if name == law.name)(sim.generator(6, "weights"))).clip(1))
    g = sim.generator(6, "dirichlet")
    theta = law.fit(x)
    weights = g.dirichlet(x.weight, size=60) * x.n
    drawn = laws.refitted(lambda q: law.log_density(q, x.x), theta, weights)
    spread = drawn.std(axis=0)
    for row, mine in zip(weights[:6], drawn[:6], strict=True):
        assert np.all(np.abs(law.fit(laws.Sample(x.x, row)) - mine) < 0.25 * spread + 1e-4)


def test_errors_from_the_curvature_are_those_of_theory():
    """Exponential: the standard error of ln(mean) is 1/√n."""
    x = sample(sim.generator(7, "errors").exponential(100, 2500))
    law = laws.Exponential()
    (error,) = laws.errors(lambda q: law.log_density(q, x.x), law.fit(x), x.weight)
    assert error == pytest.approx(1 / 50, rel=1e-3)


def test_services_by_hour_and_experience_are_held_to_their_own_service():
    """Service B takes four times as long as A and comes in the afternoon only: no hour is slow for that.

    The new agent 2 takes 1.5 times as long in his first week.
    """
    g = sim.generator(8, "groups")
    n = 4000
    arrive = g.integers(0, 28, n) * 86_400 + g.integers(9 * 3600, 17 * 3600, n)
    kind = (arrive % 86_400 >= 13 * 3600).astype(int)
    agent = np.where((arrive >= 10 * 86_400) & (g.random(n) < 0.3), 2, g.integers(0, 2, n))
    slow = np.where((agent == 2) & (arrive < 17 * 86_400), 1.5, 1.0)
    seconds = np.round(g.gamma(4, 25, n) * np.where(kind, 4, 1) * slow).clip(1).astype(int)
    log = Log.of(arrive, service=kind, services=("A", "B"), agent=agent, service_s=seconds)
    found = {(one.what, one.label): one for one in service.groups(log)}
    assert all(abs(one.ratio - 1) < 0.1 for (what, _), one in found.items() if what == "hour")
    first, later = found["experience", "1"], found["experience", "2"]
    assert first.ratio / later.ratio == pytest.approx(1.5, rel=0.1)
    assert first.low > 1.2
    assert found["experience", "before"].n == np.count_nonzero(agent < 2)
