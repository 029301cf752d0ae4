"""Forecasts against demand of a known law, and against the counts of a real bank."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

import sim
from calibration import calendars, forecast
from calibration.columns import Calendar
from calibration.history import History

FIRST = date(2025, 1, 6).toordinal() - date(1970, 1, 1).toordinal()
"""A Monday."""
WEEKDAYS = np.array([1.2, 1.0, 1.0, 0.9, 0.9, 0.4, 0.2])
PLAIN = Calendar(("workday",) * 5 + ("weekend",) * 2, 0, {})


def _profile():
    shape = np.zeros(48)
    shape[18:34] = 1 + np.sin(np.linspace(0, np.pi, 16))
    return shape / shape.sum()


def _history(days=364, level=600.0, noise=0.0, rho=0.0, seed=1, changes=None):
    """Return Poisson counts of a known law, with a day noise of first order, and the expected counts."""
    generator = sim.generator(seed, "forecast test")
    mean = level * WEEKDAYS[np.arange(days) % 7]
    now, factor = 0.0, np.ones(days)
    for k in range(days):
        now = rho * now + np.sqrt(1 - rho**2) * noise * generator.normal()
        factor[k] = np.exp(now)
    mean = mean * factor
    for day, by in (changes or {}).items():
        mean[day] *= by
    expected = mean[:, None] * _profile()
    return History((("branch", "*"),), FIRST, generator.poisson(expected).astype(float)[None]), expected


def test_demand_of_a_known_law_is_found_again():
    history, _ = _history()
    made = forecast.ahead(forecast.fit(history, PLAIN), 28)
    means = np.array([row.mean for row in made.daily])
    # 52 weeks of some 430 customers a day: the level is known to a few per cent.
    assert means == pytest.approx(600 * np.tile(WEEKDAYS, 4), rel=0.05)
    nine = [row.mean for row in made.rows if row.start.endswith("T12:30:00")]
    assert np.array(nine) == pytest.approx(600 * np.tile(WEEKDAYS, 4) * _profile()[25], rel=0.12)


def test_rows_are_the_half_hours_in_which_customers_come_and_add_up_to_the_day():
    history, _ = _history()
    made = forecast.ahead(forecast.fit(history, PLAIN), 3)
    assert [row.start for row in made.rows[:2]] == ["2026-01-05T09:00:00", "2026-01-05T09:30:00"]
    assert len(made.rows) == 3 * 16
    assert sum(row.mean for row in made.rows) == pytest.approx(sum(row.mean for row in made.daily), rel=1e-3)
    assert all(row.q10 <= row.q50 <= row.q90 for row in (*made.rows, *made.daily))


def test_eight_of_ten_days_lie_between_the_quantiles_when_days_differ():
    """A day noise of 20 %: 80 % bands, a day ahead, over 100 days."""
    history, _ = _history(days=300, noise=0.2)
    hits = cells = 0
    for day in range(200, 300):
        made = forecast.ahead(forecast.fit(history.until(FIRST + day - 1), PLAIN), 1)
        seen = history.counts[0, day]
        for row in made.rows:
            slot = int(row.start[11:13]) * 2 + int(row.start[14:16]) // 30
            hits += row.q10 <= seen[slot] <= row.q90
            cells += 1
    # 1,600 cells of which those of one day hang together: some 100 independent ones, SD .04.
    assert 0.70 < hits / cells < 0.90


def test_the_correction_by_yesterday_is_found_and_helps():
    history = _history(days=300, level=2000, noise=0.25, rho=0.8, seed=4)[0]
    model = forecast.fit(history.until(FIRST + 199), PLAIN)
    assert model.series[0].rho > 0.4
    with_it, without = [], []
    for day in range(200, 300):
        model = forecast.fit(history.until(FIRST + day - 1), PLAIN)
        one = model.series[0]
        plain = one.level * one.factor[day % 7]
        seen = history.counts[0, day].sum()
        with_it.append(abs(plain * np.exp(one.rho * one.residual) - seen))
        without.append(abs(plain - seen))
    assert np.mean(with_it) < 0.9 * np.mean(without)


def test_a_holiday_moves_neither_level_nor_weekday_and_is_forecast_by_its_own_days():
    holidays = {40: 0.1, 111: 0.1, 200: 0.1, 333: 0.1, 370: 0.1}
    dates = {date.fromordinal(date(2025, 1, 6).toordinal() + day).isoformat(): "holiday" for day in holidays}
    calendar = Calendar(PLAIN.week, 0, dates)
    quiet, _ = _history(changes={day: by for day, by in holidays.items() if day < 364})
    usual, _ = _history()
    one, other = forecast.fit(quiet, calendar).series[0], forecast.fit(usual, PLAIN).series[0]
    assert one.level == pytest.approx(other.level, rel=0.01)
    made = forecast.ahead(forecast.fit(quiet, calendar), 14)
    (day,) = (k for k, one in enumerate(made.days) if one.day_class == "holiday")
    assert day == 370 - 364
    assert made.days[day].seen
    # Four holidays of a tenth of a weekday's 600 customers, one of them a Saturday.
    assert 30 < made.daily[day].mean < 90


def test_a_class_never_seen_is_assumed_and_said_so():
    calendar = Calendar(PLAIN.week, 0, {"2026-01-06": "holiday", "2026-01-10": "makeup_workday"})
    history, _ = _history()
    made = forecast.ahead(forecast.fit(history, calendar), 7)
    by_date = {row.start[:10]: row for row in made.daily}
    assert by_date["2026-01-06"].mean == pytest.approx(600 * 0.2, rel=0.1)
    assert by_date["2026-01-10"].mean == pytest.approx(600, rel=0.1)
    assert [one.date for one in made.days if not one.seen] == ["2026-01-06", "2026-01-10"]
    (said,) = (one for one in made.findings if one.code == "class_never_seen")
    assert said.values["classes"] == "holiday, makeup_workday"
    # What is assumed is given a wide band.
    assert by_date["2026-01-10"].q90 > 1.5 * by_date["2026-01-10"].mean


def test_a_class_of_unlike_days_has_a_band_that_holds_its_mean():
    """Holidays of which two are closed and one is like any day: what the next will be nobody knows."""
    changes = {47: 0.0, 48: 0.0, 200: 1.0}
    dates = {date.fromordinal(date(2025, 1, 6).toordinal() + day).isoformat(): "holiday" for day in (*changes, 366)}
    history, _ = _history(changes=changes)
    made = forecast.ahead(forecast.fit(history, Calendar(PLAIN.week, 0, dates)), 5)
    day = made.daily[2]
    assert day.q10 < day.mean < day.q90
    assert day.q10 < 100 < 200 < day.q90


def test_days_past_the_last_notice_are_marked_estimated():
    history, _ = _history()
    calendar = calendars.china()
    made = forecast.ahead(forecast.fit(history, calendar), 366)
    unsure = [one.date for one in made.days if one.estimated]
    assert (unsure[0], unsure[-1]) == ("2027-01-01", "2027-01-05")
    (said,) = (one for one in made.findings if one.code == "calendar_estimated")
    assert (said.values["count"], said.values["first"]) == (5, "2027-01-01")


def test_one_wild_day_moves_the_forecast_little():
    usual, _ = _history()
    wild, _ = _history(changes={360: 6.0})
    means = [
        np.array([row.mean for row in forecast.ahead(forecast.fit(one, PLAIN), 14).daily]) for one in (usual, wild)
    ]
    assert means[1] == pytest.approx(means[0], rel=0.05)
    model = forecast.fit(wild, PLAIN)
    assert "2026-01-01" in model.unusual


def test_missing_days_are_not_days_without_customers():
    history, _ = _history()
    history.counts[0, 100:120] = np.nan
    made = forecast.ahead(forecast.fit(history, PLAIN), 7)
    assert sum(row.mean for row in made.daily) == pytest.approx(600 * WEEKDAYS.sum(), rel=0.05)


def test_a_level_that_has_changed_for_good_is_followed():
    history, _ = _history(changes={day: 3.0 for day in range(250, 364)})
    made = forecast.ahead(forecast.fit(history, PLAIN), 7)
    assert sum(row.mean for row in made.daily) == pytest.approx(1800 * WEEKDAYS.sum(), rel=0.1)


def test_services_of_a_place_add_up_to_its_total():
    one, _ = _history(level=300, seed=1)
    two, _ = _history(level=100, seed=2)
    counts = np.concatenate([one.counts, two.counts, one.counts + two.counts])
    history = History((("branch", "A"), ("branch", "B"), ("branch", "*")), FIRST, counts)
    made = forecast.ahead(forecast.fit(history, PLAIN), 7)
    by_service = {name: np.array([row.mean for row in made.daily if row.service == name]) for name in "AB*"}
    assert by_service["A"] + by_service["B"] == pytest.approx(by_service["*"], abs=1e-3)
    assert by_service["A"] == pytest.approx(300 * WEEKDAYS, rel=0.1)


def test_a_model_is_written_and_read_back(tmp_path):
    history, _ = _history()
    model = forecast.fit(history, calendars.china())
    (tmp_path / forecast.FILE).write_text(json.dumps(forecast.document(model), allow_nan=False), "utf-8")
    back = forecast.read(tmp_path)
    assert forecast.document(back) == forecast.document(model)
    one, other = forecast.ahead(model, 28), forecast.ahead(back, 28)
    assert [row.mean for row in other.rows] == pytest.approx([row.mean for row in one.rows], rel=1e-4)


@pytest.mark.parametrize("days", [0, -3, 367])
def test_more_than_a_year_and_less_than_a_day_are_refused(days):
    history, _ = _history(days=60)
    with pytest.raises(sim.InputError) as error:
        forecast.ahead(forecast.fit(history, PLAIN), days)
    assert error.value.faults[0].code == "forecast_days"


def test_a_history_of_less_than_two_weeks_is_refused():
    history, _ = _history(days=13)
    with pytest.raises(sim.InputError) as error:
        forecast.fit(history, PLAIN)
    assert (error.value.faults[0].code, error.value.faults[0].value) == ("history_short", 13)


def test_a_folder_without_a_history_and_a_spoilt_one_are_refused(tmp_path):
    with pytest.raises(sim.InputError) as error:
        forecast.read(tmp_path)
    assert error.value.faults[0].code == "no_history"
    for text in ("{}", "[]", "{", '{"schema": "counterflow/forecast-model/1", "calendar": 3}'):
        (tmp_path / forecast.FILE).write_text(text, "utf-8")
        with pytest.raises(sim.InputError) as error:
            forecast.read(tmp_path)
        assert error.value.faults[0].code == "forecast_file"


@pytest.mark.parametrize("phi", [0.0, 0.05, 0.5])
def test_quantiles_are_those_of_the_count_spread_over_half_a_customer(phi):
    generator = sim.generator(3, "quantiles")
    for mean in (0.4, 7.0, 60.0):
        rate = mean * (generator.gamma(1 / phi, phi, 200_000) if phi else np.ones(200_000))
        sample = generator.poisson(rate) + generator.uniform(-0.5, 0.5, 200_000)
        for share, quantile in zip(forecast.QUANTILES, forecast.quantiles(np.array(mean), np.array(phi)), strict=True):
            if quantile > 0:
                assert (sample <= quantile).mean() == pytest.approx(share, abs=0.006)
            else:
                assert (sample <= 0).mean() >= share
