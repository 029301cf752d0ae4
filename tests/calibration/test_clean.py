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


# --------------------------------------------------------------------------------------------- bad logs


def tickets(number=200, day=2):
    """Return tickets of a Monday in March: one every 2 minutes, waits of 1 minute, services of 3."""
    from datetime import datetime, timedelta

    out = []
    for k in range(number):
        taken = datetime(2026, 3, day + k // 200, 8) + timedelta(minutes=2 * (k % 200))
        called = taken + timedelta(seconds=60 + k % 7)
        out.append([str(k), taken, called, called + timedelta(seconds=180 + k % 90), "1", "1"])
    return out


@pytest.fixture
def judge(tmp_path):
    """Write tickets as a file and judge it."""

    def run(rows, allow=calibration.clean.STOP_SHARE, zone=None):
        path = tmp_path / "log.csv"
        lines = ["ticket,take_time,call_time,end_time,counter,status"]
        lines += [row if isinstance(row, str) else ",".join(str(cell) for cell in row) for row in rows]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        preset = calibration.mapping.preset("ticket-machine")
        if zone:
            rules = tmp_path / "m.toml"
            rules.write_text(f'extends = "ticket-machine"\n[log]\nzone = "{zone}"\n', "utf-8")
            preset = calibration.mapping.mapping(rules)
        return calibration.clean.cleaned(calibration.read.log(path, preset), preset, allow)

    return run


def refused(judge, rows, **options):
    with pytest.raises(sim.InputError) as error:
        judge(rows, **options)
    return {one.code: one for one in error.value.faults}


def hours(n):
    from datetime import timedelta

    return timedelta(hours=n)


def test_good_tickets_are_not_refused(judge):
    table = judge(tickets(400))
    assert (table.dropped, table.findings, counts(table, dropped=False)) == (0, (), {})


def test_forty_percent_garbage_is_refused_with_every_reason(judge):
    rows = tickets()
    for k in range(0, 200, 5):
        rows[k] = "#garbage#"
        rows[k + 1][1] = "not a time"
    faults = refused(judge, rows)
    assert (faults["too_many_dropped"].value, faults["too_many_dropped"].expected["percent"]) == (80, 40.0)
    assert faults["rows_dropped"].value == 40
    # Somebody who knows what he does may have it.
    table = judge(rows, allow=0.4)
    assert (len(table.log), [one.code for one in table.findings]) == (120, ["many_dropped"])


def test_times_that_run_backwards_are_refused(judge):
    rows = tickets()
    for row in rows[:30]:
        row[2], row[3] = row[3], row[2]
    assert refused(judge, rows)["too_many_dropped"].expected["rule"] == "negative_time"


def test_two_clocks_in_different_zones_are_named(judge):
    """Tickets by the local clock, calls by one that shows UTC: eight hours behind."""
    rows = tickets()
    for row in rows:
        row[2], row[3] = row[2] - hours(8), row[3] - hours(8)
    faults = refused(judge, rows)
    assert faults["too_many_dropped"].expected["rule"] == "negative_time"
    assert (faults["clocks_differ"].value, faults["clocks_differ"].expected["rows"]) == (8, 200)


def test_a_clock_that_is_hours_ahead_is_refused_too(judge):
    rows = tickets()
    for row in rows:
        row[2], row[3] = row[2] + hours(8), row[3] + hours(8)
    assert refused(judge, rows)["too_many_dropped"].expected["rule"] == "clock_shifted"


def test_a_clock_that_did_not_follow_summer_time_spoils_the_days_after_the_change(judge):
    """On the second day the caller's clock is an hour ahead: nobody waits less than an hour."""
    rows = tickets(400)
    for row in rows[200:]:
        row[2], row[3] = row[2] + hours(1), row[3] + hours(1)
    faults = refused(judge, rows)
    assert (faults["too_many_dropped"].value, faults["too_many_dropped"].expected["rule"]) == (200, "clock_shifted")


def test_where_days_of_waiting_are_believed_long_waits_are_no_wrong_clock(tmp_path):
    """An office that answers after hours: the preset for event logs believes up to thirty days."""
    path = tmp_path / "m.toml"
    path.write_text('extends = "ticket-machine"\n[log]\nlongest_wait_s = 2592000\n', "utf-8")
    preset = calibration.mapping.mapping(path)
    log = tmp_path / "log.csv"
    lines = ["ticket,take_time,call_time,end_time,counter,status"]
    lines += [",".join(map(str, [r[0], r[1], r[2] + hours(5), r[3] + hours(5), 1, 1])) for r in tickets()]
    log.write_text("\n".join(lines) + "\n", "utf-8")
    assert calibration.clean.cleaned(calibration.read.log(log, preset), preset).dropped == 0


def test_stamps_written_in_two_ways_are_mixed_clocks(judge):
    """The half of the rows has UTC with a Z, the other the local clock without."""
    rows = tickets()
    for row in rows[:90]:
        row[1] = (row[1] - hours(8)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert refused(judge, rows)["too_many_dropped"].expected["rule"] == "mixed_clocks"


def test_an_hour_that_summer_time_skipped_is_classified(judge):
    from datetime import datetime

    rows = tickets()
    # 8 March 2026, New York: no clock showed 2:30.
    rows.append(
        ["999", datetime(2026, 3, 8, 2, 30), datetime(2026, 3, 8, 3, 31), datetime(2026, 3, 8, 3, 40), "1", "1"]
    )
    table = judge(rows, zone="America/New_York")
    assert counts(table, dropped=False)["skipped_hour"] == 1


def test_a_file_written_twice_is_refused(judge):
    rows = tickets()
    faults = refused(judge, [*rows, *rows])
    assert (faults["too_many_dropped"].value, faults["too_many_dropped"].expected["rule"]) == (200, "duplicate")


def test_dates_without_a_time_of_day_are_no_arrivals(judge):
    rows = tickets()
    for row in rows:
        row[1] = row[1].date()
    assert "log_no_clock" in refused(judge, rows)


def test_a_column_mistaken_for_another_shows_by_what_cannot_be_believed(judge):
    """The time of the next day's report stands where the end should: services of hours."""
    rows = tickets()
    for k, row in enumerate(rows):
        row[3] = row[2] + hours(3 if k % 4 else 0.1)
    faults = refused(judge, rows)
    assert (faults["too_much_doubt"].value, faults["too_much_doubt"].expected["rule"]) == (150, "service_too_long")


def test_a_branch_whose_clock_runs_apart_is_named(tmp_path):
    path = tmp_path / "log.csv"
    lines = ["branch,ticket,take_time,call_time,end_time,status"]
    for k, row in enumerate(tickets(400)):
        off = hours(0.05) if k % 20 == 0 else hours(0)
        place = "east" if k % 2 else "west"
        lines.append(",".join([place, row[0], str(row[1]), str(row[2] - off), str(row[3] - off), "1"]))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    preset = calibration.mapping.preset("ticket-machine")
    table = calibration.clean.cleaned(calibration.read.log(path, preset), preset)
    # 20 of the 200 tickets of one branch were called 3 minutes early: before they were taken.
    found = {one.code: one.values for one in table.findings}
    assert found["clock_of_place"] == {"place": "west", "percent": 10.0}


def test_rows_that_repeat_are_found_without_looking_at_them_one_by_one(judge):
    rows = tickets()
    table = judge([*rows, rows[3], rows[4]])
    assert counts(table, dropped=True) == {"duplicate": 2}
    assert len(table.log) == 200
