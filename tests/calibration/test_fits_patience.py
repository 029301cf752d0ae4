"""Patience: right-censored, current status, and without a law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from calibration.columns import OUTCOMES, Log
from calibration.fit import laws, patience
from calibration.fit.patience import Waits

SERVED, ABANDONED, NO_SHOW, MENU = (OUTCOMES.index(name) for name in ("served", "abandoned", "no_show", "menu"))


def seen(t, ended):
    """Return what waits and who left of them show."""
    t, ended = np.asarray(t, float), np.asarray(ended, bool)
    values, where = np.unique(t, return_inverse=True)
    left, lasted = (np.bincount(where, mask.astype(float), len(values)) for mask in (ended, ~ended))
    return Waits(values, left, lasted, np.zeros(len(values)))


def made(name, gone, n=20_000, shape=1.3, scale=900.0):
    """Return a log of customers with Weibull patience; who leaves is seen at once, or when called."""
    g = sim.generator(4, name)
    patient, wait = scale * g.weibull(shape, n), np.ceil(g.exponential(300, n))
    left = patient < wait
    shown = wait if gone else np.where(left, np.ceil(patient), wait)
    outcome = np.where(left, NO_SHOW if gone else ABANDONED, SERVED)
    return Log.of(np.arange(n) * 30, wait_s=shown.astype(int), outcome=outcome, service_s=np.where(left, 0, 60))


@pytest.mark.parametrize(
    ("gone", "estimator", "curve"),
    [(False, "weibull_right_censored", "kaplan_meier"), (True, "weibull_current_status", "isotonic")],
)
def test_patience_is_recovered_within_its_standard_errors(gone, estimator, curve):
    """Truth: Weibull(1.3, 900 s), S(300) = exp(−(1/3)^1.3) = .787, S(600) = .554."""
    (fit,) = patience.patience_fits(made("recovered", gone))
    assert (fit.estimator, fit.curve, fit.pooled) == (estimator, curve, False)
    assert abs(fit.shape - 1.3) < 4 * fit.shape_se
    assert abs(fit.scale_s - 900) < 4 * fit.scale_se_s
    # Seeing only that someone is gone tells less.
    assert fit.shape_se == pytest.approx(0.022 if gone else 0.016, rel=0.3)
    assert fit.survival[300] == pytest.approx(0.787, abs=0.025)
    assert fit.survival[600] == pytest.approx(0.554, abs=0.04)


def test_reading_who_is_gone_as_who_left_would_be_wrong():
    """The trap of the ticket machine: the wrong likelihood on the same log."""
    log = made("trap", True)
    (right,) = patience.patience_fits(log)
    t, ended = log.wait_s, log.outcome == NO_SHOW
    shape, _ = laws.weibull_ml(*(getattr(seen(t, ended), name) for name in ("t", "left", "lasted")))
    assert (right.shape, right.scale_s) == pytest.approx((1.3, 900), rel=0.1)
    assert shape > 1.6


def test_both_kinds_of_leavers_in_one_log_use_one_likelihood():
    one, two = made("mixed", False, n=10_000), made("mixed too", True, n=10_000)
    columns = {name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in ("wait_s", "outcome")}
    columns["service_s"] = np.where(columns["outcome"] == SERVED, 60, 0)
    (fit,) = patience.patience_fits(Log.of(np.arange(20_000) * 30, **columns))
    assert fit.estimator == "weibull_mixed"
    assert abs(fit.shape - 1.3) < 4 * fit.shape_se
    assert abs(fit.scale_s - 900) < 4 * fit.scale_se_s


def test_who_hangs_up_in_the_menu_has_not_abandoned_a_queue():
    log = made("menu", False, n=4000)
    columns = {name: getattr(log, name) for name in ("wait_s", "outcome", "service_s")}
    extra = {"wait_s": 5, "outcome": MENU, "service_s": 0}
    more = {name: np.concatenate([values, np.full(500, extra[name])]) for name, values in columns.items()}
    (with_menu,) = patience.patience_fits(Log.of(np.arange(4500) * 30, **more))
    (without,) = patience.patience_fits(log)
    assert (with_menu.n, with_menu.scale_s) == (without.n, without.scale_s)


def test_kaplan_meier_by_hand():
    """Ends at 2, 3, 3; censored at 3 and 5. S(2) = 4/5; at 3 four are seen, two end: S(3) = 4/5 · 2/4."""
    waits = seen([2, 3, 3, 3, 5], [True, True, True, False, False])
    at, share = patience.curve(waits)
    assert at.tolist() == [2, 3, 5]
    assert share.tolist() == pytest.approx([0.8, 0.4, 0.4])


def test_isotonic_by_hand():
    """Gone: 0 of 2 at 10 s, 2 of 2 at 20 s, 1 of 2 at 30 s. The last two violate the order: 3 of 4 both."""
    waits = Waits(np.array([10.0, 20, 30]), np.zeros(3), np.array([2.0, 0, 1]), np.array([0.0, 2, 1]))
    assert patience.curve(waits)[1].tolist() == pytest.approx([1.0, 0.25, 0.25])


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=60))
def test_curves_fall_from_one(rows):
    t, flag = zip(*rows, strict=True)
    ended = seen(t, flag)
    for waits in (ended, Waits(ended.t, np.zeros(len(ended.t)), ended.lasted, ended.left)):
        share = patience.curve(waits)[1]
        assert np.all(np.diff(share) <= 1e-12)
        assert np.all((share >= -1e-12) & (share <= 1 + 1e-12))


def test_without_censoring_the_weibull_is_the_plain_one():
    t = 100 * sim.generator(5, "plain").weibull(1.7, 3000)
    law = laws.Weibull().fit(laws.Sample.of(t))
    waits = seen(t, np.ones(3000))
    assert patience.weibull_theta(waits) == pytest.approx(law)
    spread = laws.errors(waits.terms(), law, waits.weight)
    # Fisher information of the Weibull: Var(ln shape) = .608 / n (Johnson, Kotz & Balakrishnan 1994, ch. 21).
    assert spread[0] == pytest.approx(np.sqrt(0.608 / 3000), rel=0.05)


def test_few_leavers_borrow_and_none_say_nothing():
    log = made("few", False, n=4000)
    rare = np.arange(4000) % 100 == 0
    fits = patience.patience_fits(
        Log.of(
            log.arrive,
            wait_s=log.wait_s,
            outcome=log.outcome,
            service_s=log.service_s,
            service=rare.astype(int),
            services=("many", "rare"),
        )
    )
    by = {fit.service: fit for fit in fits}
    assert (by["rare"].pooled, by["rare"].scale_s) == (True, by["*"].scale_s)
    (none,) = patience.patience_fits(Log.of([0, 60], wait_s=[10, 20], service_s=[60, 60]))
    assert (none.shape, none.n, none.abandoned) == (None, 2, 0)


def test_means_stop_where_nobody_is_seen():
    """40 answered after 100 s, nobody left: the mean patience up to 100 s is 100 s, beyond it is unknown."""
    (fit,) = patience.patience_fits(Log.of(np.arange(40) * 60, wait_s=np.full(40, 100), service_s=np.full(40, 60)))
    assert (fit.horizon_s, fit.restricted_mean_s) == (100.0, 100.0)
    assert fit.survival == {60: 1.0, 300: None, 600: None}
    assert fit.q25_s is None
