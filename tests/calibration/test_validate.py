"""A scenario against weeks it has not seen: worlds of a known law, and the real log."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import replace

import numpy as np
import pytest

import sim
from calibration import mapping, publish
from calibration import validate as validation
from calibration.clean import Cleaned
from calibration.columns import DAY_S, Log

FIRST = 20_248
"""Monday, 9 June 2025."""
OPENS, CLOSES = 9 * 3600, 17 * 3600


def _world(days=28, per_hour=40.0, agents=3, service_s=180.0, patience_s=None, seed=1, hurry=1.0, hurry_from=99):
    """Return the log of a queue with exponential services, first come first served, agents there all day.

    From day `hurry_from` on, `hurry` times as many customers come.
    """
    generator = sim.generator(seed, "validation test")
    rows = []
    for day in range(days):
        rate = per_hour * (hurry if day >= hurry_from else 1.0)
        at = np.cumsum(generator.exponential(3600 / rate, round(12 * rate))) + OPENS
        free = [OPENS + 0.0] * agents
        for arrive in at[at < CLOSES].tolist():
            k = min(range(agents), key=lambda n: free[n])
            start = max(arrive, free[k])
            stays = generator.exponential(patience_s) if patience_s else np.inf
            if start - arrive > stays:
                rows.append((day, arrive, stays, 0.0, -1))
                continue
            takes = generator.exponential(service_s)
            free[k] = start + takes
            rows.append((day, arrive, start - arrive, takes, k))
    columns = np.array(rows)
    arrive = np.floor(columns[:, 1]) + (FIRST + columns[:, 0]) * DAY_S
    wait = np.floor(columns[:, 2])
    wait[columns[:, 4] < 0] = np.maximum(wait[columns[:, 4] < 0], 1)
    return Log.of(
        arrive.astype(np.int64),
        wait_s=wait.astype(np.int64),
        service_s=np.where(columns[:, 4] < 0, 0, np.maximum(columns[:, 3].round(), 1)).astype(np.int64),
        agent=columns[:, 4].astype(np.int64),
    )


@pytest.fixture(scope="module")
def preset():
    """The ticket machine's preset: workdays and weekends."""
    return replace(mapping.preset("ticket-machine"), leavers="moment")


def _validated(log, preset, replications=40, holdout="2w"):
    fitted, held = publish.split(Cleaned(log, (), (), {}), holdout)
    return validation.validate(publish.fit(fitted, preset), held, replications=replications)


def test_a_queue_of_a_known_law_is_predicted(preset):
    found = _validated(_world(patience_s=600, seed=3), preset)
    assert (found.verdict, found.staff, len(found.dates)) == ("predicts", "spells", 14)
    counts, waits = found.of("offered"), found.of("wait_mean_s")
    # Bands of 95 %: 14 days of 16 half-hours.
    assert counts.cells == 14 * 16
    assert counts.share > 0.9
    assert waits.share > 0.85
    assert waits.low < waits.observed < waits.high
    assert found.of("abandoned_share").low < found.of("abandoned_share").observed < found.of("abandoned_share").high
    assert found.wait_distance_s < 0.4 * waits.observed
    assert found.profile_distance_min < 10
    assert found.little.largest < 0.005


def test_weeks_that_are_busier_by_half_are_not_predicted(preset):
    found = _validated(_world(hurry=1.5, hurry_from=14, patience_s=600), preset)
    assert found.verdict != "predicts"
    assert not found.of("offered").holds
    assert found.of("offered").observed > found.of("offered").high
    assert f"validation_{found.verdict}" in [one.code for one in found.findings]


def test_staff_who_were_there_are_used_not_those_of_the_fit(preset):
    """With one agent more in the held-out weeks waits fall; a simulation with the staff of then follows."""
    before, after = _world(days=14, agents=3, seed=2), _world(days=14, agents=5, seed=3)
    fitted = publish.fit(Cleaned(before, (), (), {}), preset)
    shifted = replace(after, arrive=after.arrive + 14 * DAY_S, start=after.start + 14 * DAY_S * (after.service_s > 0))
    found = validation.validate(fitted, shifted, replications=30)
    waits = found.of("wait_mean_s")
    usual = np.mean(before.wait_s)
    assert waits.observed < 0.3 * usual
    assert waits.mean < 0.5 * usual


def test_days_of_a_class_that_was_never_fitted_are_left_out_and_said_so(preset):
    log = _world(days=28)
    dates = {validation.iso_day(FIRST + 20): "holiday"}
    special = replace(preset, calendar=replace(preset.calendar, dates=dates))
    found = _validated(log, special, replications=10)
    assert found.left_out == (validation.iso_day(FIRST + 20),)
    assert len(found.dates) == 13
    assert "validation_days_left_out" in [one.code for one in found.findings]
    everyday = {validation.iso_day(FIRST + day): "holiday" for day in range(14, 28)}
    with pytest.raises(sim.InputError) as error:
        _validated(log, replace(preset, calendar=replace(preset.calendar, dates=everyday)), replications=10)
    assert error.value.faults[0].code == "validation_no_days"


def test_a_log_that_names_nobody_says_that_its_staff_is_a_guess(preset):
    log = replace(_world(days=28), agent=np.full(len(_world(days=28)), -1))
    found = _validated(log, preset, replications=10)
    assert found.staff == "busy"
    assert "validation_staff_unknown" in [one.code for one in found.findings]


def test_clocks_that_do_not_agree_break_littles_law(preset):
    log = _world(days=28)
    late = replace(log, start=log.start + np.where(log.service_s > 0, 3 * 3600, 0))
    found = _validated(late, preset, replications=10)
    assert found.little.largest > validation.LITTLE
    assert "little_broken" in [one.code for one in found.findings]


def test_the_score_is_its_definition():
    """CRPS = E|X − y| − ½ E|X − X'| over all pairs."""
    sample = np.sort(sim.generator(1, "crps").exponential(3.0, 57))
    for value in (0.0, 2.5, 40.0):
        pairs = np.mean([abs(a - b) for a, b in itertools.product(sample, sample)])
        assert validation.crps(sample, value) == pytest.approx(np.abs(sample - value).mean() - pairs / 2)
    assert validation.crps(np.full(5, 2.0), 7.0) == pytest.approx(5.0)


def test_every_half_hour_stands_in_the_csv(preset, tmp_path):
    fitted, held = publish.split(Cleaned(_world(), (), (), {}), "10d")
    made = publish.fit(fitted, preset)
    found = validation.validate(made, held, replications=10)
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert len(rows) == len(found.cells) == 4 * 10 * 16
    inside = [row for row in rows if row["measure"] == "offered" and row["inside"] == "1"]
    assert len(inside) == found.of("offered").inside
    publish.write(replace(made, validation=found, extra={**made.extra, "validation": found.document()}), tmp_path / "a")
    assert (tmp_path / "a" / publish.CELLS).read_text("utf-8") == found.csv()
    # Written again without a validation the old cells do not stay behind.
    publish.write(made, tmp_path / "a")
    assert not (tmp_path / "a" / publish.CELLS).exists()


def test_staff_seen_soon_after_opening_and_shortly_before_closing_were_there_all_along():
    """Two agents in turn, a service begun every 100 s from 30 s after opening on, the last near closing."""
    begun = np.arange(30, 2_000, 100)
    came, went = np.array([30, 130]), np.array([1_940, 1_950])
    assert validation.to_the_doors(came, went, begun, 0, 2_000) == [(0, 2_000), (0, 2_000)]
    # A third comes at 1,030 after ten services that two shared, five turns: he was not there before.
    late = validation.to_the_doors(np.append(came, 1_030), np.append(went, 1_945), begun, 0, 2_000)
    assert late == [(0, 2_000), (0, 2_000), (1_030, 2_000)]


def test_while_the_doors_are_open_somebody_is_there():
    begun = np.arange(100, 1_000, 10)
    gaps = validation.to_the_doors(np.array([300, 700]), np.array([500, 800]), begun, 0, 1_000)
    assert gaps == [(0, 300), (300, 500), (500, 700), (700, 800), (800, 1_000)]
    assert validation.to_the_doors(begun[:0], begun[:0], begun[:0], 0, 1_000) == [(0, 1_000)]


@pytest.mark.parametrize("text", ["", "2", "w", "2 weeks", "0d", "-3d", "1.5w"])
def test_a_time_to_hold_out_that_cannot_be_read_is_refused(text):
    with pytest.raises(sim.InputError) as error:
        publish.split(Cleaned(_world(days=4), (), (), {}), text)
    assert error.value.faults[0].code == "holdout_form"


def test_more_may_not_be_held_out_than_is_left():
    table = Cleaned(_world(days=27), (), (), {})
    with pytest.raises(sim.InputError) as error:
        publish.split(table, "2w")
    assert error.value.faults[0].code == "holdout_long"
    fitted, held = publish.split(table, "13d")
    assert (len(np.unique(fitted.log.day)), len(np.unique(held.day))) == (14, 13)
    assert fitted.log.day.max() < held.day.min()


def test_january_predicts_february(month):
    """The whole way on the real log: counts in their bands, waits in theirs or nearer than January's means."""
    import calibration

    made = calibration.calibrate(
        [month("january"), month("february")], preset="anonymous-bank", holdout="4w", replications=60
    )
    found = made.validation
    counts, waits = found.of("offered"), found.of("wait_mean_s")
    assert len(found.dates) == 28
    # Measured with 200 replications: counts .927, waits .936, score 18.8 s against 24.6 s.
    assert counts.share >= 0.90
    assert waits.share >= 0.90
    assert waits.crps < 0.9 * waits.reference
    assert waits.mean == pytest.approx(waits.observed, rel=0.15)
    assert found.of("abandoned_share").mean == pytest.approx(found.of("abandoned_share").observed, rel=0.15)
    # Services begin a second before the queue ends in this log: half a per cent of the stay.
    assert 0.003 < found.little.mean < 0.007
    assert found.verdict == "predicts"
    assert made.document()["validation"]["verdict"] == "predicts"
