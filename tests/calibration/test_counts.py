"""Files of counts: rates, a scenario of demand alone, and a forecast."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest

import calibration
import sim
from calibration import forecast

COUNTS = "calls_6min_1999_jan_oct.csv"


@pytest.fixture
def counts_file(tmp_path):
    """Write eight weeks of half-hourly counts, 9:00 to 12:00: 10 each on workdays, 4 at weekends."""

    def write(first=date(2025, 6, 2), days=56, name="counts.csv", places=("A",)):
        lines = ["start,branch,count"]
        for k in range(days):
            day = first + timedelta(days=k)
            for place in places:
                for slot in range(18, 24):
                    count = 10 if day.weekday() < 5 else 4
                    lines.append(f"{day}T{slot // 2:02d}:{slot % 2 * 30:02d}:00,{place},{count}")
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    return write


def test_rates_are_means_by_class_and_the_scenario_runs(counts_file, tmp_path):
    made = calibration.calibrate(counts_file(), preset="counts", out=tmp_path / "out")
    rates = {
        (row["day_class"], row["start"]): row["rate_per_hour"]
        for row in made.document()["arrivals"]
        if row["start"] == "10:00"
    }
    # 2 June 2025 is a holiday in China (Dragon Boat Festival) and a Monday with as many customers.
    assert rates == {("workday", "10:00"): 20.0, ("weekend", "10:00"): 8.0, ("holiday", "10:00"): 20.0}
    assert [one.code for one in made.findings] == ["counts_only", "calendar_chosen"]
    back = sim.read(tmp_path / "out")
    assert back == made.scenario
    study = sim.simulate(back, reps=5, seed=1)
    # Five workdays of 60 customers, two days of 24.
    assert study.value("offered").value == pytest.approx(348, rel=0.1)
    document = json.loads((tmp_path / "out" / "calibration.json").read_text("utf-8"))
    assert (document["service"], document["patience"]) == ([], [])


def test_the_folder_can_be_forecast(counts_file, tmp_path):
    calibration.calibrate(counts_file(), preset="counts", out=tmp_path / "out")
    made = forecast.ahead(forecast.read(tmp_path / "out"), 7)
    assert [row.mean for row in made.daily] == pytest.approx([60] * 5 + [24] * 2, rel=0.02)
    assert made.rows[0].start == "2025-07-28T09:00:00"


def test_places_are_forecast_each(counts_file, tmp_path):
    made = calibration.calibrate(counts_file(places=("A", "B")), preset="counts", out=tmp_path / "out")
    assert set(made.scenario.place) == {"A", "B"}
    ahead = forecast.ahead(made.model, 1)
    assert {row.place: row.mean for row in ahead.daily} == pytest.approx({"A": 60, "B": 60}, rel=0.02)


def test_years_that_no_calendar_knows_are_said(counts_file):
    made = calibration.calibrate(counts_file(first=date(2010, 6, 7)), preset="counts")
    assert "calendar_none" in [one.code for one in made.findings]


def test_nothing_can_be_held_out_of_counts(counts_file, tmp_path):
    with pytest.raises(sim.InputError) as error:
        calibration.calibrate(counts_file(), preset="counts", holdout="2w", out=tmp_path / "out")
    assert error.value.faults[0].code == "holdout_counts"
    assert not (tmp_path / "out").exists()


def test_less_than_two_weeks_are_refused(counts_file, tmp_path):
    with pytest.raises(sim.InputError) as error:
        calibration.calibrate(counts_file(days=10), preset="counts", out=tmp_path / "out")
    assert error.value.faults[0].code == "history_short"
    assert not (tmp_path / "out").exists()


def test_the_forecast_of_the_bank_beats_the_mean_of_eight_weeks(month):
    """Rolling origin: each day of September and October from the days before, against the same weekday's mean."""
    path = month("january").with_name(COUNTS)
    made = calibration.calibrate(path, preset="counts")
    history, calendar = made.history, made.preset.calendar
    table = history.counts[0]
    first = date(1999, 9, 1).toordinal() - date(1970, 1, 1).toordinal() - history.first
    days = np.arange(first, table.shape[0])
    mean, band = np.zeros(table.shape), np.zeros((3, *table.shape))
    for day in days:
        ahead = forecast.ahead(forecast.fit(history.until(history.first + int(day) - 1), calendar), 1)
        for row in ahead.rows:
            slot = int(row.start[11:13]) * 2 + int(row.start[14:16]) // 30
            mean[day, slot], band[:, day, slot] = row.mean, (row.q10, row.q50, row.q90)
    weeks = np.stack([table[days - 7 * k] for k in range(1, 9)])
    seen = table[days]

    def pinball(quantiles):
        return np.mean(
            [
                np.maximum(p * (seen - q), (p - 1) * (seen - q)).mean()
                for p, q in zip(forecast.QUANTILES, quantiles, strict=True)
            ]
        )

    def wape(forecasts):
        return np.abs(seen - forecasts).sum() / seen.sum()

    def rmse(forecasts):
        return np.sqrt(((seen - forecasts) ** 2).mean())

    ours, theirs = mean[days], weeks.mean(axis=0)
    # Measured: WAPE .232 against .315, RMSE 8.2 against 13.0, pinball 1.65 against 2.46, coverage .83.
    assert wape(ours) < 0.80 * wape(theirs)
    assert rmse(ours) < 0.70 * rmse(theirs)
    assert pinball(band[:, days]) < 0.75 * pinball(np.quantile(weeks, forecast.QUANTILES, axis=0))
    covered = (seen >= band[0, days]) & (seen <= band[2, days])
    assert 0.75 <= covered.mean() <= 0.85
    assert 0.75 <= covered[ours >= 5].mean() <= 0.85
