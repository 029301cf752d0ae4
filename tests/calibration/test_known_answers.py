"""Ticket logs with a known truth: every right estimator within 4 standard deviations of its replicates."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

import calibration.fit
from calibration.columns import NEVER, OUTCOMES, Calendar, Log

CALENDAR = Calendar(("workday",) * 5 + ("weekend",) * 2, 0, {})


@pytest.fixture(scope="module")
def answers():
    """Return log, truth and replicates of a file, fitted; skip where it is not at hand."""
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "known_answers"
    found = {}

    def find(name, truth):
        path = folder / name
        if not path.is_file():
            pytest.skip(f"the known answers are not at hand: {name}")
        if name not in found:
            data = json.loads((folder / truth).read_text("utf-8"))
            with path.open(encoding="utf-8") as file:
                log = _log(list(csv.DictReader(file)))
            found[name] = (calibration.fit.fits(log, CALENDAR), data["truth"], data["replicates"])
        return found[name]

    return find


def _log(rows):
    """Return the table by hand, without the reader: status −1 was gone when called."""

    def at(text):
        return int((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds()) if text else NEVER

    arrive, called, end = (np.array([at(row[name]) for row in rows]) for name in ("take_time", "call_time", "end_time"))
    outcomes = {"served": 0, "1": 0, "abandoned": 1, "-1": 2}
    assert OUTCOMES[:3] == ("served", "abandoned", "no_show")
    outcome = np.array([outcomes[row.get("outcome") or row["status"]] for row in rows])
    return Log.of(
        arrive,
        wait_s=np.where(called != NEVER, called - arrive, end - arrive),
        outcome=outcome,
        start=np.where(outcome == 0, called, NEVER),
        service_s=np.where(outcome == 0, end - called, NEVER),
        agent=[int(float(row["counter"])) - 1 if row["counter"] else -1 for row in rows],
    )


@pytest.fixture
def seen(answers):
    """Return the fits of the log in which the moment of leaving is observed."""
    return answers("branch_tickets_seed0.csv", "truth.json")


@pytest.fixture
def called(answers):
    """Return the fits of the log of a ticket machine, which sees leavers only when called."""
    return answers("branch_tickets_noshow_seed0.csv", "truth_noshow.json")


def close(value, truth, replicates):
    """Tell whether a value is within 4 standard deviations of the truth."""
    return abs(value - truth) < 4 * replicates["std"]


def test_service_time_is_a_spike_and_a_lognormal(seen):
    fits, truth, replicates = seen
    (one,) = fits.service
    assert close(one.body_log_mean, truth["mu"], replicates["mu"])
    assert close(one.body_log_sd, truth["sigma"], replicates["sigma"])
    assert close(one.short_share, truth["short_share"], replicates["short"])
    assert (one.fitted.law, one.fitted.spike.share) == ("lognormal", one.short_share)
    # The body's own mean, exp(5 + .75²/2) = 196.6 s, and not the 190 s of all calls.
    assert one.fitted.parameters["mean_s"] == pytest.approx(196.6, rel=0.02)


def test_patience_is_that_of_the_right_censored_likelihood(seen):
    fits, truth, replicates = seen
    (one,) = fits.patience
    assert one.estimator == "weibull_right_censored"
    assert close(one.shape, truth["weibull_shape"], replicates["weib_shape"])
    assert close(one.scale_s, truth["weibull_scale"], replicates["weib_scale"])
    assert close(one.survival[300], truth["S300"], replicates["S300"])
    # 1.2 % leave: the scale is known to about a tenth, and that is said.
    assert one.scale_se_s / one.scale_s == pytest.approx(replicates["weib_scale"]["std"] / 905, rel=0.5)


def test_rates_and_the_factor_of_the_day_are_found(seen):
    fits, truth, replicates = seen
    half_hours = np.array([rate.per_hour / 2 for rate in fits.arrivals.rates])
    rates = np.array(truth["rate_per_half_hour"])
    worst = float(np.abs(half_hours / rates - 1).max())
    assert worst < replicates["lam_relerr_max"]["mean"] + 4 * replicates["lam_relerr_max"]["std"]
    assert close(half_hours.sum(), rates.sum(), replicates["lam_sum"])
    assert close(fits.arrivals.cv2, truth["phi_daily"], replicates["phi_daily"])
    assert fits.arrivals.cv2_low < truth["phi_daily"] < fits.arrivals.cv2_high


def test_six_windows_are_found_on_duty_from_opening_to_closing(seen):
    fits, truth, _ = seen
    open_hours = [row.count for row in fits.duty.rows if 18 <= row.slot < 34]
    assert open_hours == [truth["servers"]] * 16


def test_a_ticket_machine_is_read_as_current_status(called):
    fits, truth, replicates = called
    (one,) = fits.patience
    assert (one.estimator, one.curve) == ("weibull_current_status", "isotonic")
    assert close(one.shape, truth["weibull_shape"], replicates["shape"])
    assert close(one.scale_s, truth["weibull_scale"], replicates["scale"])
    assert close(1 - one.survival[600], truth["F600"], replicates["F600_iso"])
    # The trap: reading the call as the moment of leaving gives shape 2.43 and scale 976 s.
    assert abs(one.shape - replicates["wrong_shape"]["mean"]) > 4 * replicates["wrong_shape"]["std"]
    assert abs(one.scale_s - replicates["wrong_scale"]["mean"]) > 4 * replicates["wrong_scale"]["std"]


def test_no_shows_of_the_ticket_machine_are_counted(called):
    fits, _, replicates = called
    share = fits.routes.of("no_show")
    assert share.count == 649
    assert close(share.share, replicates["no_show"]["mean"], replicates["no_show"])


def test_tickets_are_poisson_and_weekends_are_closed(seen, called):
    for fits, _, _ in (seen, called):
        (test,) = fits.poisson_tests
        assert test.k < 2 * test.k_of_chance
        assert fits.days.missing == ()
