"""Arrivals: rates, factors of days and places, special days, the Poisson test, a smooth curve."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from calibration.columns import DAY_S, Calendar, Log
from calibration.fit import arrivals, calendar, poisson, smooth

CALENDAR = Calendar(("workday",) * 5 + ("weekend",) * 2, 0, {})
MONDAY = 20_514  # 2 March 2026


def made(name, daily, *, days=60, places=1, own=0.0, shared=0.0, calendar_of=CALENDAR, cells=16):
    """Return a log of Poisson arrivals from 9 to 17 o'clock; `daily` a day and place, factors with these cv²."""
    g = sim.generator(9, name)
    parts, where = [], []
    for day in range(MONDAY, MONDAY + days):
        if (day + 3) % 7 >= 5:
            continue
        factor = g.gamma(1 / shared, shared) if shared else 1.0
        for place in range(places):
            mine = factor * (g.gamma(1 / own, own) if own else 1.0)
            n = g.poisson(daily * mine)
            parts.append(day * DAY_S + 9 * 3600 + np.sort(g.integers(0, cells * 1800, n)))
            where.append(np.full(n, place))
    arrive, place = np.concatenate(parts), np.concatenate(where)
    log = Log.of(arrive, place=place, places=tuple(f"B{k}" for k in range(places)), service_s=np.full(len(arrive), 60))
    return log, calendar.days(log, calendar_of)


def test_a_rate_is_calls_per_hour_with_bounds_that_hold_the_truth():
    """320 calls a day over 16 half-hours: 40 an hour; 95 % of the bounds hold it."""
    log, days = made("rate", 320, shared=0.02)
    found = arrivals.arrivals(log, days)
    assert {(one.place, one.channel, one.service, one.day_class) for one in found.rates} == {
        ("B0", "*", "*", "workday")
    }
    assert [one.start_s for one in found.rates] == [9 * 3600 + 1800 * k for k in range(16)]
    assert sum(one.count for one in found.rates) == len(log)
    assert sum(one.low <= 40 <= one.high for one in found.rates) >= 13


def test_quarter_hours_add_up_to_half_hours():
    log, days = made("quarters", 640)
    half, quarter = (arrivals.arrivals(log, days, width).rates for width in (1800, 900))
    assert len(quarter) == 2 * len(half)
    for k, one in enumerate(half):
        assert one.per_hour == pytest.approx((quarter[2 * k].per_hour + quarter[2 * k + 1].per_hour) / 2)
    with pytest.raises(ValueError, match="interval_s"):
        arrivals.arrivals(log, days, 600)


def test_the_factor_of_the_day_is_recovered():
    """cv² = .04 over 129 workdays: its standard error is about .04 √(2/128) = .005 plus Poisson noise."""
    log, days = made("factor", 300, days=180, shared=0.04)
    found = arrivals.arrivals(log, days)
    assert found.cv2 == pytest.approx(0.04, abs=0.02)
    assert found.cv2_low < 0.04 < found.cv2_high
    (row,) = found.dispersion
    assert row.vmr == pytest.approx(row.vmr_expected, rel=0.12)
    assert np.mean(row.correlation) == pytest.approx(row.correlation_expected, abs=0.1)


def test_days_that_are_alike_have_no_factor():
    log, days = made("alike", 300, days=120)
    found = arrivals.arrivals(log, days)
    assert found.cv2 < 0.003
    assert found.totals[0].vmr == pytest.approx(1, abs=0.5)


def test_the_factor_of_all_places_is_told_from_the_factor_of_each():
    """cv² .03 shared by eight places, .05 of each its own."""
    log, days = made("places", 150, days=240, places=8, shared=0.03, own=0.05)
    found = arrivals.arrivals(log, days)
    assert found.cv2 == pytest.approx(0.03, abs=0.012)
    assert found.place_cv2 == pytest.approx(0.05, abs=0.012)
    alone, same = made("one", 150, days=120, places=8, shared=0.03)
    assert arrivals.arrivals(alone, same).place_cv2 < 0.004


def test_places_have_their_own_hours_and_days():
    """B1 opens at 10 and stays closed on the first three days: its rate is over its own days and hours."""
    log, _ = made("hours", 400, places=2)
    second, day = log.arrive % DAY_S, log.arrive // DAY_S
    keep = (log.place == 0) | ((second >= 10 * 3600) & (day >= MONDAY + 3))
    log = log.only(keep)
    days = calendar.days(log, CALENDAR)
    assert days.at == {(0, "workday"): calendar.Hours(18, 34), (1, "workday"): calendar.Hours(20, 34)}
    assert len(days.of("workday", 0)) - len(days.of("workday", 1)) == 3
    late = [one for one in arrivals.arrivals(log, days).rates if one.place == "B1"]
    assert late[0].start_s == 10 * 3600
    assert np.mean([one.per_hour for one in late]) == pytest.approx(50, rel=0.05)


def test_a_special_day_is_told_by_its_ratio_and_an_odd_day_by_name():
    """Pay days bring 1.6 times the customers; one ordinary day brings none of the usual third."""
    paydays = {sim_day(day): "payday" for day in (MONDAY + 9, MONDAY + 37)}
    special = Calendar(CALENDAR.week, 0, paydays)
    log, _ = made("special", 300, days=84)
    day = log.arrive // DAY_S
    g = sim.generator(10, "more")
    more = np.isin(day, [MONDAY + 9, MONDAY + 37]) & (g.random(len(log)) < 0.6)
    fewer = (day == MONDAY + 15) & (g.random(len(log)) < 0.7)
    arrive = np.sort(np.concatenate([log.arrive[~fewer], log.arrive[more]]))
    log = Log.of(arrive, service_s=np.full(len(arrive), 60))
    days = calendar.days(log, special)
    found = arrivals.arrivals(log, days)
    (payday,) = found.special
    assert (payday.day_class, payday.base, payday.days, payday.differs) == ("payday", "workday", 2, True)
    assert payday.low < 1.6 < payday.high
    assert [one.day for one in found.odd] == [MONDAY + 15]


def sim_day(day):
    """Return the ISO date of a day."""
    from calibration.columns import iso_day

    return iso_day(day)


def test_a_weekday_that_never_opens_is_closed_and_not_missing():
    """Weekends have no rows at all; the Wednesday of the second week is missing."""
    log, _ = made("closed", 200, days=28)
    days = calendar.days(log.only(log.arrive // DAY_S != MONDAY + 9), CALENDAR)
    assert days.missing == (MONDAY + 9,)


def test_a_smooth_rate_follows_a_smooth_day_closer_than_steps_do():
    """Rate 40 (1 + .8 sin) an hour over 8 hours, 30 days: error of the curve under that of the counts."""
    g = sim.generator(11, "smooth")
    at = np.arange(0, 8 * 3600)
    rate = 40 * (1 + 0.8 * np.sin(2 * np.pi * at / (8 * 3600)))
    second = np.repeat(at, g.poisson(rate / 3600 * 30))
    truth = rate.reshape(-1, 900).mean(axis=1)
    curve = smooth.smooth_rates(second, 8 * 3600, 30, 900)
    counts = np.bincount(second // 900, minlength=32) / 30 * 4
    assert curve.sum() == pytest.approx(counts.sum(), rel=1e-6)
    assert np.abs(curve - truth).mean() < 0.6 * np.abs(counts - truth).mean()


def test_splines_add_up_to_one_everywhere():
    basis = smooth.splines(np.linspace(0, 7200, 50), 7200)
    assert basis.sum(axis=1) == pytest.approx(np.ones(50))


def test_smooth_rates_have_as_many_customers_as_the_log():
    log, days = made("smooth log", 300)
    found = arrivals.arrivals(log, days, 900, smooth=True)
    number = len(days.of("workday"))
    assert sum(one.per_hour / 4 * number for one in found.rates) == pytest.approx(len(log), rel=1e-6)


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


def test_stamps_of_whole_minutes_are_unrounded_by_a_minute():
    """The same Poisson arrivals, stamped to the minute below: K stays what chance gives."""
    log, days = made("minutes", 900, days=40)
    rounded = Log.of(log.arrive // 60 * 60, service_s=log.service_s, resolution_s=60)
    (test,) = poisson.poisson_tests(rounded, days)
    assert test.k < 3 * test.k_of_chance
    (wrong,) = poisson.poisson_tests(Log.of(log.arrive // 60 * 60, service_s=log.service_s), days)
    assert wrong.k > 0.1


def test_places_are_tested_each_by_itself():
    """Two places, each Poisson: judged together. At one place everybody comes in threes: it shows."""
    log, days = made("two", 400, places=2)
    (test,) = poisson.poisson_tests(log, days)
    assert (test.k < poisson.ENOUGH_K, test.n) == (True, len(log))
    threes = np.where(log.place == 1, log.arrive // 300 * 300, log.arrive)
    (shown,) = poisson.poisson_tests(Log.of(threes, place=log.place, places=log.places, service_s=log.service_s), days)
    assert shown.k > 0.03
