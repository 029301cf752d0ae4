"""Chance is right: Philox against its published vectors, laws against scipy, arrivals against Poisson."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from sim.draw import draw
from sim.draw.luck import draw_uniform, philox_words, unit_steps, values
from sim.model import LawValues
from sim.tables import compile_scenario
from sim.tables.laws import LawTable
from sim.theory import law_moments
from tests.worlds import HOUR, fixed, world

ALPHA = 1e-4
"""A true law fails a test below with this probability, once and for all: seeds are fixed."""


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB),
        ),
    ],
)
def test_philox_gives_the_published_vectors(counter, key, words):
    """Random123's kat_vectors for philox4x32, 10 rounds: zeros, ones, digits of pi."""
    out = np.zeros(2, np.uint64)
    philox_words(np.array(counter, np.uint64), np.array(key, np.uint64), out)
    assert tuple(int(word) for word in out) == words


def test_u_is_never_0_and_never_1():
    """Once, words of all ones came out as 1.0, whose exponential is infinite."""
    ends = np.array([(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0x80000000, 0)], np.uint64)
    out = np.empty(3)
    unit_steps(ends, out)
    assert out.tolist() == [2.0**-53, 1 - 2.0**-53, 0.5 + 2.0**-53]


def luck(n: int, *, name: int = 5, passes: int = 0, purpose: int = 4, key: int = 3, lineage: int = 0) -> np.ndarray:
    """Return the u of the first n visits of a stream at a block."""
    name_, purpose_, key_ = np.uint64(name), np.uint64(purpose), np.uint64(key)
    return np.array(
        [draw_uniform(key_, key_, np.uint64(9), np.uint64(2), i, lineage, name_, passes, purpose_) for i in range(n)]
    )


def test_luck_is_uniform_and_neighbours_do_not_know_each_other():
    """Along visits, passes, purposes, names and keys: each sequence is uniform, each pair of them uncorrelated."""
    n = 20_000
    columns = [luck(n), luck(n, passes=1), luck(n, purpose=3), luck(n, name=6), luck(n, key=4)]
    columns += [luck(n, lineage=1), luck(n, lineage=256)]  # a second try, a child
    for column in columns:
        assert stats.kstest(column, "uniform").pvalue > ALPHA
        assert stats.kstest((column[1:] - column[:-1]) % 1, "uniform").pvalue > ALPHA
    for a, b in itertools.combinations(columns, 2):
        assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / math.sqrt(n)


# --- laws ---------------------------------------------------------------------------------------------------------


def lognormal(mean: float, cv: float) -> object:
    sigma2 = math.log1p(cv**2)
    return stats.lognorm(math.sqrt(sigma2), scale=mean * math.exp(-sigma2 / 2))


LAWS = [
    (LawValues("exponential", 300.0), stats.expon(scale=300.0)),
    (LawValues("lognormal", 600.0, 0.7), lognormal(600.0, 0.7)),
    (LawValues("lognormal", 90.0, 2.5), lognormal(90.0, 2.5)),
    (LawValues("gamma", 600.0, 0.5), stats.gamma(4.0, scale=150.0)),
    (LawValues("gamma", 1.0, 0.15), stats.gamma(1 / 0.15**2, scale=0.15**2)),
    (LawValues("gamma", 60.0, 1.8), stats.gamma(1 / 1.8**2, scale=60.0 * 1.8**2)),
    (LawValues("gamma", 1.0, 3.0), stats.gamma(1 / 9, scale=9.0)),
    (LawValues("weibull", 400.0, 1.3), stats.weibull_min(1.3, scale=400.0)),
    (LawValues("weibull", 400.0, 0.6), stats.weibull_min(0.6, scale=400.0)),
    (LawValues("uniform", 60.0, 180.0), stats.uniform(60.0, 120.0)),
]
EACH = pytest.mark.parametrize(("law", "truth"), LAWS, ids=[f"{law.kind}-{law.a:g}-{law.b:g}" for law, _ in LAWS])


def drawn(law: LawValues, u: np.ndarray) -> np.ndarray:
    table = LawTable()
    number = table.number(law)
    laws, points = table.build()
    out = np.empty(u.size)
    values(laws, points, number, u, out)
    return out


@EACH
def test_drawn_values_follow_the_law(law, truth):
    """Kolmogorov and Smirnov on 20,000 visits; mean within 4.5 standard errors."""
    sample = drawn(law, luck(20_000, name=11))
    assert stats.kstest(sample, truth.cdf).pvalue > ALPHA
    assert abs(sample.mean() - truth.mean()) < 4.5 * truth.std() / math.sqrt(sample.size)


@EACH
def test_quantiles_are_those_of_scipy(law, truth):
    """Both tails and the middle, to 1e-4 for gamma (a table) and to 1e-9 for closed forms."""
    u = np.concatenate([10.0 ** -np.arange(1, 13.0), np.linspace(0.002, 0.998, 997), 1 - 10.0 ** -np.arange(1, 10.0)])
    u.sort()
    exact = truth.ppf(u)
    found = drawn(law, u)
    seen = exact > 1e-290
    assert np.allclose(found[seen], exact[seen], rtol=1e-4 if law.kind == "gamma" else 1e-9, atol=0)
    assert np.all(np.diff(found) >= 0)


@EACH
def test_moments_of_the_law_are_those_of_theory(law, truth):
    """The integral of the quantile function is the mean: sim.theory and what is drawn agree."""
    mean, second = law_moments(law)
    assert mean == pytest.approx(truth.mean(), rel=1e-9)
    assert second == pytest.approx(truth.moment(2), rel=1e-9)


@pytest.mark.parametrize("cv", [1e-300, 1e-6, 2e-5, 1e-3])
def test_a_law_that_hardly_varies_is_its_mean(cv):
    """Once, a gamma law with a tiny cv divided by zero."""
    for kind in ("gamma", "lognormal"):
        found = drawn(LawValues(kind, 100.0, cv), np.array([0.001, 0.5, 0.999]))
        assert found == pytest.approx(100.0, rel=4 * cv + 1e-12)


def test_an_empirical_law_is_straight_between_its_points():
    """Quantiles 5 at 0, 60 at 0.7, 600 at 1: u = 0.35 gives 32.5, u = 0.85 gives 330."""
    law = LawValues("empirical", points=((0.0, 5.0), (0.7, 60.0), (1.0, 600.0)))
    u = np.array([2.0**-53, 0.35, 0.7, 0.85, 1 - 2.0**-53])
    assert drawn(law, u) == pytest.approx([5.0, 32.5, 60.0, 330.0, 600.0])


@pytest.mark.parametrize("u", [2.0**-53, 1 - 2.0**-53])
def test_every_law_gives_a_finite_time_at_both_ends_of_u(u):
    for law, _ in LAWS:
        value = drawn(law, np.array([u]))[0]
        assert 0 <= value < math.inf


# --- arrivals -----------------------------------------------------------------------------------------------------


def counts(n: int, cv: float = 0.0) -> tuple[np.ndarray, list[float]]:
    """Return arrivals of n replications in three pieces, and what is expected: 20, 45 and 10."""
    parts = [("08:00", "09:00", 20), ("09:00", "10:30", 30), ("14:00", "14:30", 20)]
    scenario = world(
        [{"advance": fixed(1)}],
        stream={"s": {"factors": ["day"] if cv else []}},
        factor={"day": {"cv": cv}} if cv else {},
        rates=[{"stream": "s", "service": "visit", "start": a, "end": b, "rate_per_hour": r} for a, b, r in parts],
    )
    tables = compile_scenario(scenario)
    edges = [0, 8 * HOUR, 9 * HOUR, 10.5 * HOUR, 14 * HOUR, 14.5 * HOUR, 24 * HOUR]
    found = [np.histogram(draw(tables, 17, replication).visit["tick"], edges)[0] for replication in range(n)]
    return np.array(found), [0, 20, 45, 0, 10, 0]


def test_arrivals_of_a_piece_are_poisson():
    """Mean by its normal interval, variance by chi-square dispersion, counts by goodness of fit; pieces independent."""
    n = 3000
    found, expected = counts(n)
    for column, mean in zip(found.T, expected, strict=True):
        if mean == 0:
            assert not column.any()
            continue
        assert abs(column.mean() - mean) < 4 * math.sqrt(mean / n)
        dispersion = ((column - mean) ** 2).sum() / mean
        assert ALPHA < stats.chi2(n).cdf(dispersion) < 1 - ALPHA
        low, high = stats.poisson(mean).ppf([0.01, 0.99]).astype(int)
        bins = np.clip(column, low, high)
        seen = [int((bins == k).sum()) for k in range(low, high + 1)]
        law = stats.poisson(mean)
        wanted = [law.cdf(low), *(law.pmf(k) for k in range(low + 1, high)), law.sf(high - 1)]
        assert stats.chisquare(seen, n * np.array(wanted)).pvalue > ALPHA
    assert abs(np.corrcoef(found[:, 1], found[:, 2])[0, 1]) < 4 / math.sqrt(n)


def test_arrivals_inside_a_piece_are_uniform():
    scenario = world([{"advance": fixed(1)}], stream={"s": {"service": "visit", "rate_per_hour": 100}})
    tables = compile_scenario(scenario)
    days = [draw(tables, 2, replication).visit["tick"] for replication in range(5)]
    assert stats.kstest(np.concatenate(days) / (24 * HOUR), "uniform").pvalue > ALPHA
    gaps = np.concatenate([np.diff(one) for one in days])
    assert stats.kstest(gaps, stats.expon(scale=36_000).cdf).pvalue > ALPHA


def test_a_gamma_day_factor_widens_the_day_and_joins_its_hours():
    """With factor F, E F = 1 and cv c: Var N = m + m²c², Cov(N1, N2) = m1·m2·c²."""
    n, cv = 3000, 0.4
    found, _ = counts(n, cv)
    first, second = found[:, 1], found[:, 2]
    for column, mean in ((first, 20), (second, 45)):
        variance = mean + (mean * cv) ** 2
        assert abs(column.mean() - mean) < 4 * math.sqrt(variance / n)
        # The spread of a variance from its own fourth moment.
        centred = (column - column.mean()) ** 2
        assert abs(centred.mean() - variance) < 4.5 * centred.std() / math.sqrt(n)
    product = (first - first.mean()) * (second - second.mean())
    assert abs(product.mean() - 20 * 45 * cv**2) < 4.5 * product.std() / math.sqrt(n)
