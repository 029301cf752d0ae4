"""Each vendor's columns, with calls of several parts and faults, against sums worked out by hand."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import calibration
from calibration import clean
from calibration.columns import NEVER, OUTCOMES

FIXTURES = Path(__file__).parent / "fixtures"
KEY = b"a key for tests"


@pytest.fixture
def table():
    """Read and clean a fixture; the faults in it are 3 to 6 % of its few rows."""

    def read(name, preset):
        kind = calibration.mapping.preset(preset)
        return clean.cleaned(calibration.read.log(FIXTURES / name, kind, KEY), kind, allow=0.1)

    return read


def outcomes(log):
    return {OUTCOMES[k]: n for k, n in sorted(Counter(log.outcome.tolist()).items())}


def found(table):
    return {one.rule: one.count for one in table.found}


def legs(log, *columns):
    """Return the legs of the cases that have several, in the order of their arrival."""
    several = np.isin(log.case, log.case[log.leg > 0])
    rows = np.flatnonzero(several)[np.argsort(log.arrive[several], kind="stable")]
    return [tuple(int(getattr(log, name)[k]) for name in columns) for k in rows.tolist()]


def second(log, hour, minute, second=0):
    """Return the row that arrived at a time of day."""
    (k,) = np.flatnonzero(log.arrive % 86_400 == 3600 * hour + 60 * minute + second)
    return k


def test_fixtures_are_what_their_script_writes():
    spec = importlib.util.spec_from_file_location("write", FIXTURES / "write.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for name, (make, encoding) in script.FILES.items():
        assert (FIXTURES / name).read_bytes() == make().encode(encoding), name
        assert make().count("\n") >= 30


def test_huawei_rows_of_menu_queue_and_agent_become_one_leg(table):
    made = table("huawei_cec.csv", "huawei-cec")
    log = made.log
    assert log.rows_read == 80
    assert found(made) == {
        "wrong_field_count": 1, "unreadable_time": 1, "duplicate": 1, "not_asked_for": 1, "menu_hangup": 1,
    }  # fmt: skip
    assert outcomes(log) == {"served": 23, "abandoned": 2, "transferred": 1, "menu": 1}
    served = clean.served(log)
    # 20 plain calls of 100 + 10 k s: 3,900 s; then 100, 200, 300 and 60 s.
    assert log.service_s[served].sum() == 3900 + 100 + 200 + 300 + 60
    # Waits of 14 + k s: 470 s; then 30, 60, 60 and 0 s.
    assert log.wait_s[served].sum() == 470 + 30 + 60 + 60
    assert sorted(log.wait_s[log.outcome == clean.ABANDONED].tolist()) == [45, 90]
    assert (clean.offered(log).sum(), clean.asked(log).sum()) == (25, 26)
    assert log.menu_s[log.menu_s != NEVER].tolist() == [20] * 22 + [15, 20]
    assert (log.agents, log.services, log.channels, log.places) == (
        3,
        ("801", "802", "?"),
        ("video", "voice"),
        ("101",),
    )


def test_huawei_a_call_passed_on_has_two_legs(table):
    log = table("huawei_cec.csv", "huawei-cec").log
    at = 13 * 3600
    assert legs(log, "leg", "wait_s", "service_s", "service", "agent", "outcome") == [
        (0, 30, 100, 0, 0, clean.TRANSFERRED),
        (1, 60, 200, 1, 1, clean.SERVED),
    ]
    assert (log.arrive[log.leg == 1] % 86_400 - at).tolist() == [150]


def test_huawei_a_ring_that_nobody_answers_is_part_of_the_wait(table):
    log = table("huawei_cec.csv", "huawei-cec").log
    k = second(log, 14, 0)
    assert (log.wait_s[k], log.service_s[k], log.agent[k], log.outcome[k]) == (60, 300, 2, clean.SERVED)


def test_huawei_the_same_caller_is_known_by_his_hash(table):
    log = table("huawei_cec.csv", "huawei-cec").log
    first, again = second(log, 9, 0, 20), second(log, 15, 0)
    assert log.person[first] == log.person[again] == calibration.privacy.hashed("13900000000", KEY)
    assert len(set(log.person.tolist())) == len(log.person) - 2


def test_huawei_files_without_a_header_are_read_by_the_order_of_the_columns(table, tmp_path):
    lines = (FIXTURES / "huawei_cec.csv").read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / "20260302120000000123_call_0.csv"
    path.write_text("".join(lines[1:]), "utf-8")
    kind = calibration.mapping.preset("huawei-cec")
    log = calibration.read.log(path, kind, KEY)
    assert (log.rows_read, len(log), log.row[0]) == (80, 27, 1)


def test_tencent_sessions_and_their_agents(table):
    made = table("tencent_ccc.jsonl", "tencent-ccc")
    log = made.log
    assert found(made) == {"duplicate": 1, "not_asked_for": 1, "negative_time": 1, "menu_hangup": 2, "blocked": 1}
    assert outcomes(log) == {"served": 26, "abandoned": 5, "transferred": 1, "blocked": 1, "menu": 2}
    served = clean.served(log)
    # 60 + 5 k s of talk for k < 24: 2,820 s; then 100, 80 and 200 s. Waits 5 + k s: 396 s; then 50, 10, 15 s.
    assert log.service_s[served].sum() == 2820 + 100 + 80 + 200
    assert log.wait_s[served].sum() == 396 + 50 + 10 + 15
    assert sorted(log.wait_s[log.outcome == clean.ABANDONED].tolist()) == [20, 30, 40, 60, 80]
    assert clean.offered(log).sum() == 32
    assert set(log.menu_s[clean.offered(log) & (log.outcome != clean.BLOCKED)].tolist()) == {12}
    # The second session began at 9:03 in China: UNIX seconds are read as local time.
    assert log.arrive[1] % 86_400 == 9 * 3600 + 180 + 12
    assert legs(log, "leg", "wait_s", "service_s", "service", "outcome") == [
        (0, 10, 80, 0, clean.TRANSFERRED),
        (1, 15, 200, 1, clean.SERVED),
    ]
    assert (log.services, log.channels, log.agents) == (("个人业务", "财富业务"), ("voice",), 3)


def test_tencent_a_table_of_sessions_is_read_too(tmp_path):
    """A plain export has no ServeParticipants: one leg a session."""
    path = tmp_path / "cdr.csv"
    head = "SessionId,Direction,StartTimestamp,QueuedTimestamp,AcceptTimestamp,EndedTimestamp,EndStatus,SeatUser.UserId"
    rows = ["s1,0,1772413200,1772413210,1772413230,1772413290,1,u1", "s2,0,1772413300,0,0,1772413309,102,"]
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    log = calibration.read.log(path, calibration.mapping.preset("tencent-ccc"))
    assert (log.wait_s.tolist(), log.service_s.tolist()) == ([20, 0], [60, 0])
    assert log.outcome.tolist() == [clean.SERVED, clean.MENU]
    assert log.menu_s.tolist()[0] == 10


def test_avaya_segments_of_a_call_are_legs_unless_it_only_flowed_on(table):
    made = table("avaya_cms.csv", "avaya-cms")
    log = made.log
    assert found(made) == {"duplicate": 1, "negative_time": 1, "blocked": 2}
    assert outcomes(log) == {"served": 26, "abandoned": 4, "transferred": 1, "blocked": 2}
    served = clean.served(log)
    # Talk 90 + 6 k, hold 10, after-call work 20 s for k < 24: 4,536 s; then 100, 150 + 30 and 60 s.
    assert log.service_s[served].sum() == 4536 + 100 + 180 + 60
    # Waits 2 k s: 552 s; then 20 and 40 s, and 30 + 25 s in two splits.
    assert log.wait_s[served].sum() == 552 + 20 + 40 + 55
    assert log.wrap_s[served].sum() == 24 * 20 + 30
    assert sorted(log.wait_s[log.outcome == clean.ABANDONED].tolist()) == [15, 30, 45, 60]
    assert legs(log, "leg", "wait_s", "service_s", "agent", "outcome") == [
        (0, 20, 100, 0, clean.TRANSFERRED),
        (1, 40, 180, 3, clean.SERVED),
    ]
    flowed = second(log, 13, 30)
    assert (log.services[log.service[flowed]], log.wait_s[flowed], log.start[flowed] - log.arrive[flowed]) == (
        "22",
        55,
        55,
    )
    assert set(log.priority.tolist()) == {3}


def test_ticket_machines_begin_their_numbers_anew_in_every_branch_every_morning(table):
    made = table("ticket_machine.csv", "ticket-machine")
    log = made.log
    assert found(made) == {"duplicate": 1, "negative_time": 1}
    assert outcomes(log) == {"served": 41, "no_show": 2, "transferred": 1}
    served = clean.served(log)
    # Four times 200 + 10 j s, j < 10: 9,800 s; then 100 and 300 s. Waits four times 60 j s: 10,800; then 120 and 80 s.
    assert log.service_s[served].sum() == 9800 + 100 + 300
    assert log.wait_s[served].sum() == 10_800 + 120 + 80
    assert log.leavers == "called"
    # Seen only when called: after 900 and 1,200 s they were gone; what the teller did then is no service.
    gone = log.outcome == clean.NO_SHOW
    assert (log.wait_s[gone].tolist(), log.service_s[gone].tolist()) == ([900, 1200], [0, 0])
    assert legs(log, "leg", "wait_s", "service_s", "service", "agent", "outcome") == [
        (0, 120, 100, 0, 0, clean.TRANSFERRED),
        (1, 80, 300, 1, 1, clean.SERVED),
    ]
    assert (log.places, log.services, log.agents) == (("N0", "N1"), ("个人业务", "对公业务"), 4)
    assert len(set(log.case.tolist())) == 43
    assert (log.appointment.sum(), log.priority.sum()) == (4, 4)
    assert len(set(log.day.tolist())) == 2


def test_nothing_that_a_preset_does_not_name_is_read(table):
    """Identity number and name stand in the fixture, and in nothing that was read."""
    log = table("ticket_machine.csv", "ticket-machine").log
    assert b"110101199001010011" in (FIXTURES / "ticket_machine.csv").read_bytes()
    assert "张三" not in repr(log)
    assert "110101" not in repr(log)


def test_known_answers_are_read_by_the_ticket_machine_preset(month):
    folder = month("january").parents[1] / "known_answers"
    kind = calibration.mapping.preset("ticket-machine")
    moment = clean.cleaned(calibration.read.log(folder / "branch_tickets_seed0.csv", kind), kind)
    assert outcomes(moment.log) == {"served": 19_980, "abandoned": 247}
    assert (moment.log.leavers, moment.dropped, moment.log.leg.max()) == ("moment", 0, 0)
    # The first who left took ticket 35 at 9:50:34 and went at 9:51:05.
    first = np.flatnonzero(moment.log.outcome == clean.ABANDONED)[0]
    assert (moment.log.row[first], moment.log.wait_s[first]) == (36, 31)
    called = clean.cleaned(calibration.read.log(folder / "branch_tickets_noshow_seed0.csv", kind), kind)
    assert outcomes(called.log) == {"served": 20_172, "no_show": 649}
    assert (called.log.leavers, called.dropped) == ("called", 0)


def test_activities_of_an_event_log_are_legs(table):
    made = table("loans.xes", "xes")
    log = made.log
    assert (log.rows_read, len(log), made.dropped) == (24, 24, 0)
    assert log.services == ("受理", "审批")
    first, then = log.leg == 0, log.leg == 1
    assert set(log.wait_s[first].tolist()) == {60}
    assert log.service_s[first].tolist() == [300 + 10 * k for k in range(12)]
    # The second activity could begin when the first ended.
    assert (set(log.wait_s[then].tolist()), set(log.service_s[then].tolist())) == ({120}, {600})
    assert outcomes(log) == {"served": 12, "transferred": 12}
    assert log.agents == 3
    assert log.arrive[0] % 86_400 == 9 * 3600


def test_an_event_log_packed_with_gzip_is_the_same(table, tmp_path):
    import gzip

    path = tmp_path / "loans.xes.gz"
    path.write_bytes(gzip.compress((FIXTURES / "loans.xes").read_bytes()))
    kind = calibration.mapping.preset("xes")
    assert calibration.read.log(path, kind).service_s.tolist() == table("loans.xes", "xes").log.service_s.tolist()


def test_counts_by_stamp_and_by_number(month):
    kind = calibration.mapping.preset("counts")
    counts = calibration.read.counts(FIXTURES / "counts.csv", kind)
    # 3 + 4 + … + 18 = 168, and twice that on the second day.
    assert (len(counts), counts.width_s, counts.count.sum()) == (32, 900, 168 + 336)
    assert counts.places == ("城东支行",)
    assert (counts.start_s[0], counts.start_s[15], counts.day[16] - counts.day[0]) == (32_400, 45_900, 1)
    real = calibration.read.counts(month("january").parent / "calls_6min_1999_jan_oct.csv", kind)
    # 304 days of 240 intervals; 1 January is day 10,592.
    assert (len(real), real.width_s, int(real.day[0]), int(real.start_s[239])) == (304 * 240, 360, 10_592, 239 * 360)
