"""What becomes of customers, who comes again, who serves, how many at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from calibration.columns import DAY_S, NEVER, OUTCOMES, Calendar, Log
from calibration.fit import calendar, people, routes, sessions, staffing
from calibration.scenario import shifts

CODE = {name: number for number, name in enumerate(OUTCOMES)}
CALENDAR = Calendar(("workday",) * 5 + ("weekend",) * 2, 0, {})
MONDAY = 20_514


def test_jeffreys_interval_holds_the_truth_nineteen_times_in_twenty():
    """Over all outcomes of 50 trials of .2, weighted by their probability (exact, by summing the binomial)."""
    from scipy import stats

    assert routes.jeffreys(5, 30) == pytest.approx(stats.beta(5.5, 25.5).ppf([0.025, 0.975]))
    assert (routes.jeffreys(0, 30)[0], routes.jeffreys(30, 30)[1]) == (0.0, 1.0)
    held = [low <= 0.2 <= high for low, high in (routes.jeffreys(k, 50) for k in range(51))]
    assert stats.binom(50, 0.2).pmf(np.arange(51)) @ np.array(held) == pytest.approx(0.95, abs=0.02)


def test_transfers_are_counted_with_where_they_go():
    """100 cases start at A: 30 go on to B, 10 to C; of B's 30 six go on to C."""
    rows = []
    for case in range(100):
        chain = "AB" if case < 24 else "ABC" if case < 30 else "AC" if case < 40 else "A"
        rows += [(case, leg, "ABC".index(s), "transferred" if leg < len(chain) - 1 else "served")
                 for leg, s in enumerate(chain)]  # fmt: skip
    case, leg, service, outcome = zip(*rows, strict=True)
    log = Log.of(
        np.arange(len(rows)) * 60,
        case=case,
        leg=leg,
        service=service,
        services=("A", "B", "C"),
        outcome=[CODE[name] for name in outcome],
        service_s=np.full(len(rows), 60),
    )
    found = routes.routes(log)
    whole = found.of("transfer", "A")
    assert (whole.count, whole.n, whole.share) == (40, 100, 0.4)
    assert whole.low < 0.4 < whole.high
    to = {one.label: one for one in found.shares if (one.what, one.service) == ("transfer", "A")}
    assert (to["B"].count, to["C"].count, to["B"].n) == (30, 10, 40)
    # Smoothed over the two ways that were seen: (30 + ½) / (40 + 1).
    assert to["B"].share == pytest.approx(30.5 / 41)
    assert found.of("transfer", "B").count == 6
    assert found.of("transfer", "C") is None


def test_no_shows_are_counted_by_how_customers_came():
    outcome = np.array([CODE["no_show"]] * 30 + [CODE["served"]] * 170)
    appointment = np.array([1] * 20 + [0] * 10 + [1] * 30 + [0] * 140)
    log = Log.of(np.arange(200) * 60, outcome=outcome, appointment=appointment, wait_s=np.full(200, 60),
                 service_s=np.where(outcome == 0, 60, 0))  # fmt: skip
    found = {one.label: (one.count, one.n) for one in routes.routes(log).shares if one.what == "no_show"}
    assert found == {"*": (30, 200), "appointment": (20, 50), "walk_in": (10, 150)}


def test_counts_of_a_few_people_are_not_told():
    outcome = [CODE["abandoned"]] * 4 + [CODE["served"]] * 96
    log = Log.of(np.arange(100) * 60, outcome=outcome, service_s=[0] * 4 + [60] * 96, wait_s=[9] * 4 + [0] * 96)
    assert [one.label for one in routes.routes(log).shares] == ["served"]


def test_shares_that_change_over_the_weeks_are_shown_by_cramers_v():
    """Six weeks of 200: abandoned 10 % throughout, or 0 % then 30 % (V² = χ²/n)."""
    arrive = MONDAY * DAY_S + np.repeat(np.arange(6), 200) * 7 * DAY_S + 36_000 + np.tile(np.arange(200), 6)
    steady = np.tile(np.arange(200) < 20, 6)
    turning = np.concatenate([np.zeros(600, bool), np.tile(np.arange(200) < 60, 3)])
    for gave_up, v in ((steady, 0.0), (turning, np.sqrt(0.3 * 0.5 / (0.85 * 2)))):
        log = Log.of(arrive, outcome=np.where(gave_up, CODE["abandoned"], 0), wait_s=np.full(1200, 9),
                     service_s=np.where(gave_up, 0, 60))  # fmt: skip
        found = routes.routes(log)
        (drift,) = [one for one in found.drifts if one.what == "outcome"]
        assert (drift.weeks, drift.df, drift.n) == (6, 5, 1200)
        # Halves 0 and .3 against .15: χ²/n = .15² / (.15 · .85).
        assert drift.cramer_v == pytest.approx(np.sqrt(0.15**2 / (0.15 * 0.85)) if v else 0.0, abs=1e-9)
        assert drift.drifts == bool(v)
        assert [week.monday for week in found.weeks] == [MONDAY + 7 * k for k in range(6)]


def test_redial_and_repeat_contact_by_hand():
    """Persons 0 … 9 give up at t; half of them call again after 10 minutes and are answered.

    Persons 20 … 29 are answered at noon of the first day; five come again two days later. The log ends after
    nine days, so all had their week.
    """
    rows = []
    for p in range(10):
        rows.append((p, 36_000 + 60 * p, "abandoned", 60, 0))
        if p < 5:
            rows.append((p, 36_000 + 60 * p + 60 + 600, "served", 0, 100))
    for p in range(20, 30):
        rows.append((p, 43_200 + p, "served", 0, 100))
        if p < 25:
            rows.append((p, 2 * DAY_S + 43_200 + p, "served", 0, 100))
    rows.append((99, 9 * DAY_S, "served", 0, 100))
    rows.sort(key=lambda row: row[1])
    person, at, outcome, wait, took = zip(*rows, strict=True)
    log = Log.of(np.array(at) + MONDAY * DAY_S, person=person, outcome=[CODE[name] for name in outcome],
                 wait_s=wait, service_s=took)  # fmt: skip
    found = people.people(log)
    redial = found.redial()
    assert (redial.count, redial.n, redial.share, redial.delay_mean_s) == (5, 10, 0.5, 600.0)
    repeat = {one.within_s: (one.count, one.n) for one in found.again if one.what == "repeat"}
    # Answered with a week to go: 5 redials, 10 at noon, 5 two days later (day 2 + 7 = 9, before the end).
    assert repeat == {DAY_S: (0, 20), 7 * DAY_S: (5, 15)} or repeat == {DAY_S: (0, 20), 7 * DAY_S: (5, 20)}
    assert found.known_share == 1.0


def test_a_log_that_knows_people_only_when_they_wait_says_so():
    waits = np.arange(200) % 2 * 30
    person = np.where(waits > 0, np.arange(200), NEVER)
    found = people.people(Log.of(np.arange(200) * 60, wait_s=waits, service_s=np.full(200, 60), person=person))
    assert (found.known_waited, found.known_not_waited, found.uneven) == (1.0, 0.0, True)
    assert people.people(Log.of([0, 60], service_s=[60, 60])) is None


def test_a_text_agent_with_three_sessions_at_once_is_seen():
    """Sessions of 300 s begin every 100 s: three at once; a voice agent has one after the other."""
    n = 300
    start = 32_400 + np.arange(n) * 100
    text = {"channel": np.zeros(n, int), "service_s": np.full(n, 300), "agent": np.zeros(n, int)}
    voice = {"channel": np.ones(n, int), "service_s": np.full(n, 100), "agent": np.ones(n, int)}
    both = {name: np.concatenate([text[name], voice[name]]) for name in text}
    log = Log.of(np.concatenate([start, start]), channels=("text", "voice"), **both)
    one, two = sessions.sessions(log)
    assert (one.channel, one.slots, two.channel, two.slots) == ("text", 3, "voice", 1)
    assert one.mean == pytest.approx(3, abs=0.05)
    assert two.mean == pytest.approx(1, abs=0.02)


def test_service_stretches_with_sessions_at_once():
    """Sessions that begin beside another take 1.4 times as long: the ratio says so."""
    start, took, agent = [], [], []
    for k in range(200):
        begin = 1000 * k
        start += [begin, begin + 50]
        took += [200, 140 * 2]
        agent += [0, 0]
        start.append(begin + 600)
        took.append(200)
        agent.append(0)
    (found,) = sessions.sessions(Log.of(start, service_s=took, agent=agent))
    levels = {level.sessions: level for level in found.levels}
    assert levels[2].ratio == pytest.approx(1.4)
    assert found.slots == 2


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 90)), max_size=8),
    st.lists(st.integers(-10, 320), min_size=1, max_size=8),
)
def test_time_before_a_moment_is_counted_second_by_second(spells, moments):
    starts = np.array([a for a, _ in spells], np.int64)
    ends = np.array([a + width for a, width in spells], np.int64)
    slow = [sum(max(0, min(b, t) - a) for a, b in zip(starts, ends, strict=True) if t > a) for t in moments]
    assert staffing.time_before(starts, ends, np.array(moments, np.int64)).tolist() == slow


def test_a_gap_is_an_absence_when_others_had_many_turns_meanwhile():
    """Agents 0 and 1 serve 100 s in turn from 0 to 4000 s; agent 0 pauses from 1000 to 2000 s.

    Meanwhile agent 1 begins ten services: ten turns of one. At the same place, much later and with nobody
    else, agent 2 pauses 1,000 s: no turn, he is on duty.
    """
    start, agent = [], []
    for k in range(40):
        who = k % 2 if not 10 <= k < 20 else 1
        start.append(100 * k)
        agent.append(who)
    start += [50_000, 51_100]
    agent += [2, 2]
    spells = staffing.spells(Log.of(start, service_s=np.full(42, 100), agent=agent))
    mine = sorted(zip(spells.came.tolist(), spells.went.tolist(), strict=True))
    assert mine == [(0, 900), (100, 4000), (2000, 3900), (50_000, 51_200)]


def test_who_rests_for_more_than_a_minute_while_somebody_waits_is_away():
    """Agent 0 serves 0–100 and 400–500 s; a customer waits from 150 to 250 s for agent 1, or to 200 s only."""
    for wait, came in ((100, [0, 250, 400]), (50, [0, 200])):
        arrive, waits = [0, 150, 400], [0, wait, 0]
        log = Log.of(arrive, wait_s=waits, service_s=[100, 300, 100], agent=[0, 1, 0])
        assert sorted(staffing.spells(log, pause_s=60).came.tolist()) == came
        assert sorted(staffing.spells(log).came.tolist()) == [0, 150 + wait]


def test_who_cannot_serve_those_who_wait_is_not_away():
    """As above, but agent 0 only does A, and the customer who waits for 100 s wants B: agent 0 stays on duty."""
    arrive, kind = [0, 150, 400], [0, 1, 0]
    log = Log.of(arrive, wait_s=[0, 100, 0], service_s=[100, 300, 100], agent=[0, 1, 0], service=kind,
                 services=("A", "B"))  # fmt: skip
    assert sorted(staffing.spells(log, pause_s=60).came.tolist()) == [0, 250]


def test_who_is_there_at_the_doors_is_found_there_before_his_first_service():
    """Doors 9 to 11; three agents take turns of 300 s, one call in 200 s, the first call at 9:02."""
    at = np.arange(9 * 3600 + 120, 11 * 3600 - 400, 200)
    log = Log.of(MONDAY * DAY_S + at, service_s=np.full(len(at), 300), agent=np.arange(len(at)) % 3)
    days = calendar.days(log, CALENDAR)
    found = {row.slot: row.mean for row in staffing.duty(log, days).rows}
    assert [found[slot] for slot in (18, 19, 20, 21)] == [3.0, 3.0, 3.0, 3.0]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8))
def test_joined_waits_cover_the_seconds_that_any_of_them_covers(spans):
    starts = np.array([a for a, _ in spans], np.int64)
    ends = np.array([a + width for a, width in spans], np.int64)
    first, last = staffing._joined(starts, ends)
    covered = {second for a, b in zip(starts, ends, strict=True) for second in range(a, b)}
    assert sum((last - first).tolist()) == len(covered)
    assert np.all(first[1:] > last[:-1])


def test_two_hours_away_is_an_absence_however_quiet():
    spells = staffing.spells(Log.of([0, 8000], service_s=[100, 100], agent=[0, 0]))
    assert spells.came.tolist() == [0, 8000]


@pytest.mark.parametrize("longest_idle", [True, False])
def test_who_sits_idle_on_a_quiet_day_is_on_duty(longest_idle):
    """Four agents from 9 to 17 on days with 480, 128 and 64 customers, who go to the longest idle or any idle one.

    Busy .67, .18 and .09 of the time, all four are found on duty, of random turns at least eight tenths.
    """
    g = sim.generator(12, "idle")
    calls = (480, 128, 64)
    parts = []
    for day, number in enumerate(calls, MONDAY):
        free = np.zeros(4)
        for at in np.sort(g.uniform(9 * 3600, 17 * 3600, number)):
            idle = np.flatnonzero(free <= at)
            waits = idle[np.argmin(free[idle])] if longest_idle and len(idle) else g.choice(idle) if len(idle) else -1
            who = int(waits) if len(idle) else int(np.argmin(free))
            begin, took = max(at, free[who]), g.gamma(4, 40)
            free[who] = begin + took
            parts.append((day * DAY_S + int(at), int(begin - at), max(int(took), 1), who))
    arrive, wait, took, who = (np.array(column) for column in zip(*parts, strict=True))
    spells = staffing.spells(Log.of(arrive, wait_s=wait, service_s=took, agent=who))
    for day in range(MONDAY, MONDAY + len(calls)):
        edges = np.array([day * DAY_S + 10 * 3600, day * DAY_S + 16 * 3600])
        hours = np.diff(staffing.time_before(spells.came, spells.went, edges))[0] / 3600
        assert (3.9 if longest_idle else 3.2) <= hours / 6 <= 4


def test_places_have_their_own_staff():
    log = Log.of(
        MONDAY * DAY_S + np.array([36_000, 36_100, 36_000, 36_100] * 20) + np.repeat(np.arange(20) * 200, 4),
        place=[0, 0, 1, 1] * 20,
        places=("east", "west"),
        agent=[0, 0, 1, 2] * 20,
        service_s=np.full(80, 90),
    )
    days = calendar.days(log, CALENDAR)
    found = staffing.duty(log, days)
    assert found.method == "turns"
    counts = {(row.place, row.slot): row.count for row in found.rows}
    assert (counts["east", 20], counts["west", 20]) == (1, 2)


def test_without_agents_staff_is_the_number_often_busy():
    """Three windows always busy, agents not named: three on duty."""
    start = MONDAY * DAY_S + 36_000 + np.repeat(np.arange(36) * 100, 3)
    log = Log.of(start, service_s=np.full(108, 100))
    days = calendar.days(log, CALENDAR)
    found = staffing.duty(log, days)
    assert found.method == "busy"
    assert [row.count for row in found.rows if row.slot == 20] == [3]


@given(st.dictionaries(st.integers(0, 20), st.integers(0, 6), max_size=12))
def test_shifts_add_up_to_the_numbers_on_duty(on_duty):
    rows = shifts(on_duty)
    for slot in range(22):
        assert sum(n for first, last, n in rows if first <= slot < last) == on_duty.get(slot, 0)
    # Nobody goes at a moment at which somebody comes.
    assert not {first for first, _, _ in rows} & {last for _, last, _ in rows}
