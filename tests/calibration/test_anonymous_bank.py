"""The real log: January and February 1999 of the Anonymous Bank, against the figures of its README."""

from __future__ import annotations

import numpy as np
import pytest

import calibration
import sim

TABLE = [
    ("january", "PS", 20_334, 191.87, 215.76, 123, 3.37, 4.7835, 1.0683),
    ("january", "*", 26_779, 184.71, 223.97, 114, 4.61, 4.6708, 1.1577),
    ("february", "PS", 18_287, 184.56, 206.85, 118, 4.68, 4.6976, 1.1631),
    ("february", "*", 27_074, 176.50, 213.74, 107, 6.40, 4.5630, 1.2597),
]


@pytest.mark.parametrize(("name", "code", "n", "mean", "sd", "median", "short", "log_mean", "log_sd"), TABLE)
def test_the_table_of_service_times_is_reproduced_to_its_last_digit(
    calibrated, name, code, n, mean, sd, median, short, log_mean, log_sd
):
    row = next(row for row in calibrated(name).document()["service"] if row["service"] == code)
    got = (
        row["n"],
        round(row["sample_mean_s"], 2),
        round(row["sample_sd_s"], 2),
        row["sample_median_s"],
        round(100 * row["short_share"], 2),
        round(row["log_mean"], 4),
        round(row["log_sd"], 4),
    )
    assert got == (n, mean, sd, median, short, log_mean, log_sd)


@pytest.mark.parametrize(
    ("name", "rows", "outcomes", "phantoms", "menu", "backwards"),
    [
        ("january", 31_599, {"AGENT": 27_060, "HANG": 4_299, "PHANTOM": 240}, 240, 1_219, 33),
        ("february", 33_344, {"AGENT": 27_162, "HANG": 5_904, "PHANTOM": 278}, 278, 1_972, 25),
    ],
)
def test_outcomes_are_counted_and_oddities_classified(calibrated, name, rows, outcomes, phantoms, menu, backwards):
    document = calibrated(name).document()
    classified = {row["rule"]: row["count"] for row in document["classified"]}
    assert (document["rows_read"], document["outcomes"], document["dropped"]) == (rows, outcomes, [])
    assert classified["phantom"] == phantoms
    assert classified["menu_hangup"] == menu
    assert classified["menu_time_negative"] == backwards


def test_every_row_is_accounted_for(calibrated):
    """Rows = answered + gave up + menu + phantom + dropped."""
    table = calibrated("january").cleaned
    parts = np.bincount(table.log.outcome, minlength=len(calibration.columns.OUTCOMES))
    assert parts.sum() + table.dropped == table.log.rows_read
    assert parts.tolist() == [27_060, 3_080, 0, 0, 0, 240, 1_219]


@pytest.mark.parametrize(("name", "k"), [("january", 0.0118), ("february", 0.0064)])
def test_weekday_calls_pass_the_log_spacing_test(calibrated, name, k):
    rows = calibrated(name).document()["poisson_test"]
    row = next(row for row in rows if (row["service"], row["day_class"]) == ("PS", "weekday"))
    assert row["k"] == pytest.approx(k, abs=0.002)
    assert row["n"] > 5000
    assert row["block_s"] == 360


def test_days_are_sunday_to_thursday_friday_and_saturday_and_two_are_missing(calibrated):
    days = calibrated("january").document()["days"]
    assert (days["first"], days["last"]) == ("1999-01-01", "1999-01-31")
    assert days["missing"] == ["1999-01-11", "1999-01-12"]
    assert {row["day_class"]: (row["days"], row["opens"], row["closes"]) for row in days["classes"]} == {
        "weekday": (19, "07:00", "24:00"),
        "friday": (5, "07:00", "14:00"),
        "saturday": (5, "19:00", "24:00"),
    }


def test_rates_add_up_to_the_calls_of_the_log(calibrated):
    """Offered = answered + gave up: 27,060 + 3,080; the rest came outside hours or are too few to show."""
    made = calibrated("january")
    days = {"weekday": 19, "friday": 5, "saturday": 5}
    rates = made.document()["arrivals"]
    total = sum(row["rate_per_hour"] / 2 * days[row["day_class"]] for row in rates)
    assert total + made.arrivals.outside_hours + made.arrivals.suppressed == pytest.approx(30_140)
    assert made.arrivals.outside_hours < 150
    assert made.arrivals.suppressed < 10


@pytest.mark.parametrize("name", ["january", "february"])
def test_published_laws_keep_the_mean_and_spread_of_the_sample(calibrated, name):
    for row in calibrated(name).document()["service"]:
        assert row["mean_s"] == pytest.approx(row["sample_mean_s"], rel=0.05)
        assert row["sd_s"] == pytest.approx(row["sample_sd_s"], rel=0.10)


def test_calls_of_ten_seconds_and_more_are_lognormal_as_published(calibrated):
    """Brown et al. 2005: K = .020 on the logarithm of service, calls of at least 10 s."""
    row = next(row for row in calibrated("january").document()["service"] if row["service"] == "*")
    assert row["body"]["ks"] == pytest.approx(0.020, abs=0.006)


def test_patience_is_longer_than_the_wait_of_those_who_left(calibrated):
    """Those who left waited about 1 minute; reading that as patience would be the classical mistake."""
    made = calibrated("january")
    row = next(row for row in made.document()["patience"] if row["service"] == "*")
    log = made.cleaned.log
    naive = log.wait_s[log.outcome == calibration.clean.ABANDONED].mean()
    assert row["parameters"]["scale_s"] > 5 * naive
    s60, s300, _ = (one["share"] for one in row["survival"])
    assert (s60, s300) == (pytest.approx(0.831, abs=0.001), pytest.approx(0.516, abs=0.001))


def test_people_on_duty_agree_with_those_seen_busy_while_somebody_waits(calibrated):
    """Two views of what the log does not say; they may differ by a fifth."""
    for name in ("january", "february"):
        duty = calibrated(name).duty
        assert duty.duty_while_waiting / duty.busy_while_waiting == pytest.approx(1.1, abs=0.11)
        assert all(row.busy <= max(row.mean, 0.1) * 1.05 for row in duty.rows if row.count)


def test_two_months_are_read_as_one_log(month):
    made = calibration.calibrate([month("january"), month("february")], preset="anonymous-bank")
    row = next(row for row in made.document()["service"] if row["service"] == "PS")
    assert row["n"] == 20_334 + 18_287
    assert made.scenario.provenance["file_2"] == "february.txt"


@pytest.mark.parametrize("name", ["january", "february"])
def test_the_scenario_runs_as_it_is_and_is_like_the_log(calibrated, name):
    """Right order of magnitude: staffing is an estimate, and a mean week is not a real one."""
    made = calibrated(name)
    week = made.observed[-1]
    study = sim.simulate(made.scenario, reps=30, seed=1)
    assert (week.day_class, week.days, made.scenario.run.days) == ("week", 7, 7)
    # Standard error of a week's offered calls: the day factor's 19 % over √7 days and √30 weeks, 1.3 %.
    assert study.value("offered").value == pytest.approx(7 * week.offered_per_day, rel=0.05)
    assert study.value("abandoned_share").value == pytest.approx(week.abandoned_share, abs=0.025)
    assert study.value("wait_mean_s").value == pytest.approx(week.wait_mean_s, rel=0.25)
    assert study.value("service_level").value == pytest.approx(week.service_level, abs=0.08)
    assert study.value("occupancy").value == pytest.approx(week.occupancy, abs=0.06)
