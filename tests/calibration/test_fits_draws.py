"""Draws of all parameters: their spread is that of theory, and what belongs together stays together."""

from __future__ import annotations

import math

import numpy as np
import pytest

import calibration.fit
import sim
from calibration.columns import DAY_S, OUTCOMES, Calendar, Log
from calibration.fit import draws
from calibration.fit.draws import Parameter

CALENDAR = Calendar(("workday",) * 5 + ("weekend",) * 2, 0, {})
MONDAY = 20_514
ABANDONED = OUTCOMES.index("abandoned")


def made(name, days, per_day=400, *, shared=0.0, spike=0.0, services=1):
    """Return a log of workdays, 9 to 13 o'clock: lognormal service, Weibull patience, a factor of the day."""
    g = sim.generator(20, name)
    arrive = []
    for day in [MONDAY + k for k in range(2 * days) if k % 7 < 5][:days]:
        factor = g.gamma(1 / shared, shared) if shared else 1.0
        arrive.append(day * DAY_S + 9 * 3600 + np.sort(g.integers(0, 4 * 3600, g.poisson(per_day * factor))))
    arrive = np.concatenate(arrive)
    n = len(arrive)
    wait, patient = np.ceil(g.exponential(60, n)), 500 * g.weibull(1.2, n)
    left = patient < wait
    took = np.round(g.lognormal(5, 0.7, n)).clip(1)
    took = np.where(g.random(n) < spike, g.integers(1, 10, n), took)
    return Log.of(
        arrive,
        wait_s=np.where(left, np.ceil(patient), wait).astype(int),
        service_s=np.where(left, 0, took).astype(int),
        outcome=np.where(left, ABANDONED, 0),
        service=np.arange(n) % services,
        services=tuple("ABCD"[:services]) if services > 1 else ("*",),
        agent=np.arange(n) % 9,
    )


@pytest.fixture(scope="module")
def year():
    """Return the fits of 200 days with a factor of cv² .03."""
    return calibration.fit.fits(made("year", 200, shared=0.03), CALENDAR, number=400)


def spread(found, parameter):
    """Return the standard deviation of the logarithm of a parameter over the draws."""
    return float(np.log(found.draws.values[:, found.draws.parameters.index(parameter)]).std())


def test_rates_vary_with_their_count_and_the_factor_of_the_days(year):
    """Variance of ln(rate): 1/count + cv²/days."""
    for rate in year.arrivals.rates:
        key = Parameter("rate_per_hour", day_class="workday", start_s=rate.start_s)
        assert spread(year, key) == pytest.approx(math.sqrt(1 / rate.count + 0.03 / 200), rel=0.25)
        low, high = year.draws.interval(key)
        assert low < rate.per_hour < high


def test_busy_days_are_busy_at_all_hours_in_a_draw(year):
    """Rates of two half-hours share the factor: their draws go together."""
    first, last = (year.draws.values[:, k] for k in (1, 8))
    assert year.draws.parameters[1].kind == year.draws.parameters[8].kind == "rate_per_hour"
    expected = 0.03 / 200 / (0.03 / 200 + 1 / year.arrivals.rates[0].count)
    assert np.corrcoef(first, last)[0, 1] == pytest.approx(expected, abs=0.2)


def test_the_factor_of_the_day_varies_as_theory_says(year):
    """cv² from 200 gamma days: relative error about √(2/199), a little more for the skew; of cv half of it."""
    assert spread(year, Parameter("day_factor_cv")) == pytest.approx(math.sqrt(2 / 199) / 2, rel=0.4)


def test_laws_and_patience_vary_by_their_standard_errors(year):
    (one,) = year.service
    assert one.fitted.law == "lognormal"
    # ln(mean) = μ + σ²/2: variance σ²/n + σ⁴/(2n).
    error = math.sqrt(0.49 / one.n + 0.49**2 / 2 / one.n)
    assert spread(year, Parameter("service:mean_s")) == pytest.approx(error, rel=0.25)
    (stay,) = year.patience
    assert spread(year, Parameter("patience:scale_s")) == pytest.approx(stay.scale_se_s / stay.scale_s, rel=0.25)
    assert spread(year, Parameter("patience:shape")) == pytest.approx(stay.shape_se / stay.shape, rel=0.25)


def test_the_curve_of_patience_has_bounds_that_hold_the_truth(year):
    (stay,) = year.patience
    assert 20 < len(stay.points) <= draws.MOST_POINTS
    inside = [low - 1e-9 <= share <= high + 1e-9 for _, share, low, high in stay.points]
    assert np.mean(inside) > 0.97
    held = [low <= math.exp(-((t / 500) ** 1.2)) <= high for t, _, low, high in stay.points if t < 300]
    assert np.mean(held) > 0.8


def test_one_day_still_says_how_sure_it_is():
    """Days cannot be drawn from one: calls are, and rates get the noise of their count."""
    found = calibration.fit.fits(made("one day", 1), CALENDAR, number=400)
    rate = found.arrivals.rates[0]
    key = Parameter("rate_per_hour", day_class="workday", start_s=rate.start_s)
    assert spread(found, key) == pytest.approx(1 / math.sqrt(rate.count), rel=0.2)
    (one,) = found.service
    assert spread(found, Parameter("service_sample:mean_s")) == pytest.approx(
        one.sd_s / one.mean_s / one.n**0.5, rel=0.2
    )


def test_a_law_published_as_a_table_is_drawn_as_tables():
    """A spike and a body: each draw has a whole table that rises, and their means vary as the sample's does."""
    found = calibration.fit.fits(made("tables", 60, spike=0.05), CALENDAR)
    (one,) = found.service
    assert one.fitted.published[0] == "empirical"
    assert found.draws.tables == (Parameter("service:quantiles_s"),)
    tables = found.draws.quantiles[:, 0, :]
    assert tables.shape == (200, len(one.fitted.published[1]["at"]))
    assert np.all(np.diff(tables, axis=1) >= 0)
    low, high = found.draws.interval(Parameter("service_fit:short_share"))
    assert low < 0.05 < high
    drawn = found.draws.values[:, found.draws.parameters.index(Parameter("service_sample:mean_s"))]
    means = np.array([np.trapezoid(row, one.fitted.published[1]["at"]) for row in tables])
    assert np.corrcoef(drawn, means)[0, 1] > 0.8


def test_the_same_seed_gives_the_same_draws_and_another_others():
    log = made("seed", 20)
    one, two, three = (calibration.fit.fits(log, CALENDAR, seed=seed, number=20).draws for seed in (1, 1, 2))
    assert np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values, three.values)


def test_a_draw_is_a_row_by_path_and_value():
    found = calibration.fit.fits(made("rows", 20, spike=0.05), CALENDAR, number=2).draws
    rows = list(found.rows(lambda p: {"service:quantiles_s": "table", "patience:shape": "shape"}.get(p.kind)))
    assert [(number, path) for number, path, _ in rows] == [(1, "shape"), (1, "table"), (2, "shape"), (2, "table")]
    assert float(rows[0][2]) == pytest.approx(found.of(0)[Parameter("patience:shape")], rel=1e-5)
    assert len(rows[1][2].split(" ")) == found.quantiles.shape[2]


def test_many_rates_move_together(monkeypatch):
    monkeypatch.setattr(draws, "MOST_RATES", 3)
    found = calibration.fit.fits(made("many", 30, shared=0.05), CALENDAR)
    kinds = {p.kind for p in found.draws.parameters}
    assert "rate_per_hour" not in kinds
    assert spread(found, Parameter("rate_factor", day_class="workday")) == pytest.approx(math.sqrt(0.05 / 30), rel=0.4)


def test_services_that_borrow_a_fit_borrow_its_draws():
    log = made("borrow", 20, services=2)
    rare = np.arange(len(log)) % 400 == 0
    log = Log.of(
        log.arrive,
        **{name: getattr(log, name) for name in ("wait_s", "service_s", "outcome")},
        service=rare.astype(int),
        services=("A", "B"),
    )
    found = calibration.fit.fits(log, CALENDAR, number=5)
    one = found.draws.of(3)
    assert one[Parameter("service:mean_s", service="B")] == one[Parameter("service:mean_s", service="*")]
    assert one[Parameter("patience:shape", service="B")] == one[Parameter("patience:shape", service="*")]
