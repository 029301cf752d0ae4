"""What is dropped, what is only classified, and when a log is refused."""

from __future__ import annotations

import pytest

import calibration
import sim


@pytest.fixture
def clean():
    def run(path):
        preset = calibration.mapping.preset("anonymous-bank")
        return calibration.clean.cleaned(calibration.read.log(path, preset), preset)

    return run


def counts(table, *, dropped):
    return {one.rule: one.count for one in table.found if one.dropped == dropped}


def test_phantoms_and_menu_hangups_are_classified_and_kept(clean, log_file, quiet_day, call):
    odd = [
        call(900, 40_000, wait=20, service=30, outcome="PHANTOM", agent="NO_SERVER"),
        call(901, 40_001, outcome="HANG", service=0, agent="NO_SERVER"),
        call(902, 40_002, wait=33, outcome="HANG", service=0, agent="NO_SERVER"),
    ]
    table = clean(log_file(quiet_day() + odd))
    assert table.dropped == 0
    assert counts(table, dropped=False) == {"phantom": 1, "menu_hangup": 1}
    assert table.outcomes == {"AGENT": 300, "HANG": 2, "PHANTOM": 1}
    log = table.log
    assert (len(log), calibration.clean.offered(log).sum(), calibration.clean.callers(log).sum()) == (
        303,
        301,
        302,
    )
    assert calibration.clean.queued(log).sum() == 1


def test_oddities_leave_the_estimators_they_would_spoil(clean, log_file, quiet_day, call):
    odd = [
        call(900, 40_000, service=0),
        call(901, 40_001, service=3601),
        call(902, 40_002, wait=3601),
        call(903, 40_003, wait=10, outcome="HANG", service=7),
        call(904, 86_390, service=30),
        call(905, 40_005, menu=-30),
    ]
    table = clean(log_file(quiet_day() + odd))
    assert table.dropped == 0
    assert counts(table, dropped=False) == {
        "answered_without_service": 1,
        "service_too_long": 1,
        "wait_too_long": 1,
        "abandoned_with_service": 1,
        "past_midnight": 1,
        "menu_time_negative": 1,
    }
    # 300, and those who waited an hour, were served past midnight, came from a menu with a wrong clock.
    assert calibration.clean.served(table.log).sum() == 303
    assert calibration.clean.queued(table.log).sum() == 1


def test_what_cannot_be_is_dropped_with_two_examples(clean, log_file, quiet_day):
    rows = quiet_day(400)
    rows[1][11], rows[2][15], rows[3][15] = "-4", "-60", "-61"
    rows[5][12] = "MAYBE"
    rows.append(list(rows[0]))
    table = clean(log_file(rows))
    assert counts(table, dropped=True) == {"unknown_outcome": 1, "negative_time": 3, "duplicate": 1}
    negative = next(one for one in table.found if one.rule == "negative_time")
    assert [(one.row, one.fields) for one in negative.examples] == [
        (3, {"q_time": -4, "ser_time": 61}),
        (4, {"q_time": 0, "ser_time": -60}),
    ]
    assert [finding.code for finding in table.findings] == ["many_dropped"]


def test_a_row_that_is_dropped_is_counted_once(clean, log_file, quiet_day):
    rows = quiet_day(100)
    rows[7][11], rows[7][12] = "-4", "MAYBE"
    table = clean(log_file(rows))
    assert counts(table, dropped=True) == {"unknown_outcome": 1}
    assert len(table.log) == 99


@pytest.mark.parametrize(("broken", "refused"), [(5, False), (6, True)])
def test_a_log_of_which_more_than_one_in_twenty_rows_must_go_is_refused(clean, log_file, quiet_day, broken, refused):
    rows = quiet_day(100)
    for row in rows[:broken]:
        row[7] = "noon"
    path = log_file(rows)
    if not refused:
        assert clean(path).dropped == broken
        return
    with pytest.raises(sim.InputError) as error:
        clean(path)
    (one,) = error.value.faults
    assert (one.code, one.value) == ("too_many_dropped", 6)
    assert one.expected == {"rows": 100, "percent": 6.0, "limit": 5, "rule": "unreadable_clock", "row": 2}


def test_a_log_that_is_all_garbage_is_refused(clean, log_file):
    with pytest.raises(sim.InputError) as error:
        clean(log_file(["#" * 40] * 50))
    assert error.value.faults[0].code == "too_many_dropped"
