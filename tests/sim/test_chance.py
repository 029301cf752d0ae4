"""What a day is drawn from besides rates: absence, failures, outages, appointments, lists, logs; and who units are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import sim
from sim.draw import draw
from sim.engines import kernel
from sim.tables import compile_scenario
from sim.tables.types import (
    BREAKS,
    COMES,
    GOES,
    LINK_FAILS,
    LINK_REPAIRED,
    OPENS,
    UNIT_FAILS,
    UNIT_REPAIRED,
)
from tests.model.test_sections import EVERYTHING, changed
from tests.sim.test_measures import agree
from tests.worlds import HOUR, MINUTE, exponential, fixed, same, world

SERVE = [{"serve": {"by": ["desk"], "takes": fixed(60)}}]
TEN = {"branch": {"opens": "08:00", "closes": "18:00"}}


def desk(route: list[dict[str, Any]] = SERVE, **parts: Any) -> sim.Scenario:
    """Ten hours a day, one desk, nobody arrives unless `stream` says so."""
    defaults = {
        "place": TEN,
        "team": {"desk": {"staff": 1}},
        "stream": {"visit": {"service": "visit", "rate_per_hour": 0}},
    }
    return world(route, **{**defaults, **parts})


def ways(scenario: sim.Scenario, reps: int = 1, seed: int = 1) -> list[Any]:
    tables = compile_scenario(scenario)
    return [draw(tables, seed, number) for number in range(reps)]


# --- the whole ------------------------------------------------------------------------------------------------------


def test_both_engines_do_the_same_with_every_section():
    tables = compile_scenario(sim.validated(EVERYTHING))
    for seed in range(3):
        same(tables, draw(tables, seed, seed))


def test_every_section_is_counted_alike_twice():
    """Moves, failures, sessions, absence, first attempts and events: the second count knows them too."""
    agree(sim.validated(EVERYTHING))
    agree(sim.validated({**EVERYTHING, "rules": {"wait_of": "first_human", "interval_s": 7000}}))


def test_a_day_is_the_same_whatever_was_drawn_before():
    tables = compile_scenario(sim.validated(EVERYTHING))
    first, again = draw(tables, 3, 5), draw(tables, 3, 5)
    draw(tables, 3, 6)
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(first.disruption, draw(tables, 3, 6).disruption)


# --- absence, shrinkage, shift ends ---------------------------------------------------------------------------------


def test_a_share_of_shifts_is_absent():
    """200 shifts a day in 50 days: within four standard errors of 20 %."""
    days = ways(desk(team={"desk": {"staff": 200, "absence": 0.2}}), reps=50)
    share = np.mean([day.absent.mean() for day in days])
    assert days[0].absent.shape == (200,)
    assert abs(share - 0.2) < 4 * math.sqrt(0.2 * 0.8 / 10_000)


def test_who_is_absent_is_paid_but_not_there():
    study = sim.simulate(desk(team={"desk": {"staff": 400, "absence": 0.25}}), reps=5)
    assert study.value("paid_hours").value == pytest.approx(4000)
    there = study.value("on_duty_mean", pool="desk").value
    assert there == pytest.approx(300, abs=4 * math.sqrt(400 * 0.25 * 0.75 / 5))


def test_more_staff_leaves_the_absence_of_the_others_as_it_was():
    few, many = (ways(desk(team={"desk": {"staff": n, "absence": 0.3}}))[0].absent for n in (50, 80))
    assert np.array_equal(few, many[:50])


def test_shrinkage_takes_its_share_of_the_time_worked():
    """Ten hours less an hour for lunch; 20 % of nine hours is 1 h 48 min a person, in five parts, never at lunch."""
    rows = [{"team": "desk", "start": "08:00", "end": "18:00", "count": 7, "meal": "12:00-13:00"}]
    tables = compile_scenario(desk(team={"desk": {"shrinkage": 0.2}}, staffing=rows))
    breaks = tables.compiled.change[tables.compiled.change["op"] == BREAKS]
    lunch = breaks["length"] == HOUR
    assert lunch.sum() == 7
    assert breaks["length"][~lunch].sum() == pytest.approx(7 * 0.2 * 9 * HOUR, abs=100)
    starts, ends = breaks["tick"][~lunch], (breaks["tick"] + breaks["length"])[~lunch]
    assert not ((starts < 13 * HOUR) & (ends > 12 * HOUR)).any()
    off = [((starts <= tick) & (tick < ends)).sum() for tick in range(8 * HOUR, 18 * HOUR, MINUTE)]
    assert max(off) <= 3, "not everybody at once"
    study = sim.simulate(desk(team={"desk": {"shrinkage": 0.2}}, staffing=rows), reps=1)
    assert study.value("on_duty_mean", pool="desk").value == pytest.approx(7 * 0.9 * 0.8, rel=1e-3)


def test_who_never_closes_is_away_by_shrinkage_too():
    scenario = desk(place={"branch": {}}, team={"desk": {"staff": 10, "shrinkage": 0.1}}, run={"days": 2, "drain_s": 0})
    assert sim.simulate(scenario, reps=1).value("on_duty_mean", pool="desk").value == pytest.approx(9.0, rel=1e-3)


def test_no_new_work_before_the_end_of_a_shift():
    """The shift ends at 18:00; the last 10 minutes nobody is taken, and staying until then is no overtime."""
    tables = compile_scenario(desk(team={"desk": {"staff": 1, "stop_before_s": 600}}))
    (goes,) = tables.compiled.change[tables.compiled.change["op"] == GOES].tolist()
    assert goes[:2] == (18 * HOUR - 10 * MINUTE, 10 * MINUTE)
    log = [{"stream": "visit", "time": "17:49:00", "service": "visit"}]
    log += [{"stream": "visit", "time": "17:49:30", "service": "visit"}]
    route = [{"serve": {"by": ["desk"], "takes": fixed(300)}}]
    scenario = desk(
        route, team={"desk": {"staff": 1, "stop_before_s": 600}}, stream={"visit": {}}, arrivals=log,
        place={"branch": {**TEN["branch"], "closing": "carry"}},
    )  # fmt: skip
    study = sim.simulate(scenario, reps=1)
    assert study.value("answered").value == 1
    assert study.value("in_system").value == 1
    assert study.value("overtime_hours").value == 0


def test_doors_open_before_the_staff_comes():
    tables = compile_scenario(desk(place={"branch": {**TEN["branch"], "pre_open_s": 1800}}))
    ticks = {op: tick for tick, _, op, *_ in tables.compiled.change.tolist()}
    assert (ticks[OPENS], ticks[COMES]) == (8 * HOUR - 30 * MINUTE, 8 * HOUR)


# --- persons --------------------------------------------------------------------------------------------------------

ROSTER = [
    {"team": "desk", "day": 0, "start": "08:00", "end": "12:00", "person": "Li"},
    {"team": "desk", "day": 0, "start": "10:00", "end": "18:00", "person": "Wang"},
    {"team": "desk", "day": 1, "start": "10:00", "end": "18:00", "person": "Li"},
    {"team": "desk", "day": 1, "start": "08:00", "end": "12:00", "person": "Wang"},
    {"team": "desk", "start": "09:00", "end": "11:00"},
]


def test_a_person_is_the_same_unit_every_day():
    team = {"desk": {"speed": 1.0, "speed_of": {"Wang": 0.8}, "tenure_days": 5, "tenure_of": {"Li": 900}}}
    tables = compile_scenario(desk(team=team, staffing=ROSTER, run={"days": 2}))
    comes = [(tick // HOUR, unit) for tick, _, op, _, unit, _ in tables.compiled.change.tolist() if op == COMES]
    li, wang, other = 0, 1, 2
    assert comes == [(8, li), (9, other), (10, wang), (32, wang), (33, other), (34, li)]
    assert tables.compiled.world.trait.tolist() == [(1.0, 900.0), (0.8, 5.0), (1.0, 5.0)]
    duty = [
        (tick // HOUR, unit)
        for tick, _, op, unit in kernel.run(tables, draw(tables, 1, 0)).duty.tolist()
        if op == COMES
    ]
    assert duty == comes


def test_nobody_has_a_name_so_any_unit_may_come():
    tables = compile_scenario(desk(staffing=[{"team": "desk", "start": "09:00", "end": "11:00", "count": 3}]))
    assert (tables.compiled.change["unit"] == -1).all()
    assert (tables.compiled.change["shift"] == -1).all()


# --- failures and outages -------------------------------------------------------------------------------------------


def test_units_fail_and_are_repaired_in_turn_at_the_right_rate():
    """One in six hours down on the average: mtbf / (mtbf + mttr) of 400 devices over 10 days, four standard errors."""
    pool = {"desk": {"units": 400, "mtbf": exponential(18_000), "mttr": exponential(3_600)}}
    scenario = desk(team={}, pool=pool, run={"days": 10, "drain_s": 0})
    (day,) = ways(scenario)
    assert np.array_equal(day.disruption["tick"], np.sort(day.disruption["tick"]))
    end, down, n = 10 * 24 * HOUR, 0, 0
    for unit in range(400):
        mine = day.disruption[day.disruption["subject"] == unit]
        assert mine["op"].tolist() == [UNIT_FAILS, UNIT_REPAIRED] * (len(mine) // 2) + [UNIT_FAILS] * (len(mine) % 2)
        ticks = [*mine["tick"].tolist(), *[end] * (len(mine) % 2)]
        down += sum(b - a for a, b in zip(ticks[::2], ticks[1::2], strict=True))
        n += len(mine) // 2
    cycles = 400 * 240 / 6
    share = down / (400 * end)
    assert abs(share - 1 / 6) < 4 * (1 / 6) * (5 / 6) * math.sqrt(2 / cycles) + 0.005, "they all begin by working"
    assert abs(n - cycles) < 6 * math.sqrt(cycles)


def test_a_failed_unit_is_not_on_duty():
    pool = {"desk": {"units": 50, "mtbf": fixed(9 * 3600), "mttr": fixed(3600)}}
    scenario = desk(team={}, pool=pool)
    # Down from 09:00 to 10:00; the next failure would be at 19:00, after closing.
    study = sim.simulate(scenario, reps=1)
    assert study.value("on_duty_mean", pool="desk").value == pytest.approx(45.0)


def test_planned_outages_that_overlap_are_one():
    link = {"av": {"outages": [{"start": "10:00", "end": "10:20"}, {"start": "10:10", "end": "10:30", "day": 1}]}}
    (day,) = ways(desk(link=link, run={"days": 2}))
    assert [(tick / MINUTE, op) for tick, op, _ in day.disruption.tolist()] == [
        (600, LINK_FAILS), (620, LINK_REPAIRED), (2040, LINK_FAILS), (2070, LINK_REPAIRED),
    ]  # fmt: skip


def test_outages_by_chance_come_at_their_rate():
    """Three in 24 hours of being up, 100 days: within four standard errors."""
    link = {"av": {"per_day": 3, "lasts": exponential(600)}}
    (day,) = ways(desk(link=link, run={"days": 100, "drain_s": 0}))
    n = (day.disruption["op"] == LINK_FAILS).sum()
    assert abs(n - 300 * 86_400 / (86_400 + 1800)) < 4 * math.sqrt(300)


def test_a_link_of_a_template_is_one_for_each_place_and_what_is_below():
    scenario = sim.validated(changed("place", "room", to={"parent": "city"}))
    tables = compile_scenario(scenario)
    assert tables.names.places == ("city", "b-01", "b-02", "b-03", "room")
    assert tables.compiled.world.link.tolist() == [[-1, 0, 1, 2, -1], [3, 3, 3, 3, 3]]
    assert tables.compiled.run.n_links == 4


# --- appointments, lists, logs --------------------------------------------------------------------------------------


def test_appointments_come_when_they_are_due():
    stream = {"visit": {"service": "visit", "appointments": [{"at": "09:30", "count": 2}, {"at": "11:00", "day": 1}]}}
    (day,) = ways(desk(stream=stream, run={"days": 2}))
    assert [(tick / MINUTE, n) for tick, _, n, _ in day.visit.tolist()] == [
        (570, 0),
        (570, 1),
        (2010, 2),
        (2010, 3),
        (2100, 4),
    ]


def test_punctuality_and_no_shows():
    """4,000 appointments at 12:00: 80 % come, from 11:50 on, 5 minutes later on the average."""
    stream = {
        "visit": {
            "service": "visit",
            "appointments": [{"at": "12:00", "count": 4000}],
            "early_s": 600,
            "punctuality": exponential(300),
            "show": 0.8,
        }
    }
    (day,) = ways(desk(stream=stream))
    late_s = (day.visit["tick"] - 11 * HOUR - 50 * MINUTE) / 1000
    assert (late_s >= 0).all()
    assert abs(late_s.mean() - 300) < 4 * 300 / math.sqrt(3200)
    assert abs(day.visit.size - 3200) < 4 * math.sqrt(4000 * 0.8 * 0.2)


def test_a_list_is_spread_over_its_time():
    stream = {"visit": {"service": "visit", "list": {"at": "10:00", "until": "11:00", "count": 4}}}
    (day,) = ways(desk(stream=stream))
    assert (day.visit["tick"] / MINUTE).tolist() == [600, 615, 630, 645]


def test_nobody_is_expected_where_it_is_closed():
    place = {"branch": {**TEN["branch"], "open_on": ["workday"]}}
    stream = {"visit": {"service": "visit", "appointments": [{"at": "10:00"}]}}
    (day,) = ways(desk(place=place, stream=stream, run={"days": 3, "day_classes": ["workday", "weekend", "workday"]}))
    assert (day.visit["tick"] // HOUR).tolist() == [10, 58]


def test_a_log_is_replayed_to_the_millisecond():
    """Arrivals, service times, choices and patience as logged; the rest by luck."""
    route = [
        {"serve": {"by": ["desk"], "takes": exponential(100), "patience": exponential(500)}},
        {"transfer": {"name": "again", "to": {"desk": 0.5, "next": 0.5}}},
    ]
    arrivals = [
        {"stream": "visit", "time": "09:00:00.125", "service": "visit", "case": "a"},
        {"stream": "visit", "time": "09:00:10", "service": "visit", "case": "b"},
        {"stream": "visit", "time": "09:00:10", "service": "visit"},
    ]
    overrides = [
        {"case": "a", "block": "desk.service", "seconds": 30.5},
        {"case": "a", "block": "again", "u": 0.4},
        {"case": "a", "block": "again", "u": 0.9, "passes": 2},
        {"case": "a", "block": "desk.service", "seconds": 600, "passes": 2},
        {"case": "b", "block": "visit.desk", "patience_s": 3},
    ]
    scenario = desk(route, stream={"visit": {}}, arrivals=arrivals, overrides=overrides)
    tables = compile_scenario(scenario)
    for seed in range(3):
        trace = same(tables, draw(tables, seed, 0))
        results = trace.results.tolist()
        assert [one[0] for one in results] == [32_400_125, 32_410_000, 32_410_000]
        assert results[1][1] == 32_413_000, "b gives up after 3 seconds"
        busy = [
            ended - started
            for _, started, ended, visit, step, _, unit, _ in trace.rows.tolist()
            if visit == 0 and tables.names.steps[step].endswith("desk.service") and unit < 0
        ]
        assert busy == [30_500, 600_000]


def test_streams_of_rates_meet_the_same_customers_beside_a_log():
    alone = desk(stream={"visit": {"service": "visit", "rate_per_hour": 30}})
    rows = [{"stream": "log", "time": "09:00", "service": "visit"}]
    beside = desk(stream={"visit": {"service": "visit", "rate_per_hour": 30}, "log": {}}, arrivals=rows)
    (one,), (both,) = ways(alone), ways(beside)
    assert one.visit.tolist() == both.visit[both.visit["stream"] == 0].tolist()
    assert both.visit.size == one.visit.size + 1


# --- accounts, families, gates --------------------------------------------------------------------------------------


def test_accounts_are_spread_by_their_coefficient_of_variation():
    tables = compile_scenario(
        desk(
            stream={"visit": {"service": "visit", "rate_per_hour": 1, "accounts": "people"}},
            account={"people": {"count": 20_000, "values": {"aum": 50_000.0, "debt": 10.0, "owner": 3.0},
                                "cv": {"aum": 1.0, "debt": 2.0}}},
        )
    )  # fmt: skip
    aum, debt, owner = tables.compiled.world.account.T
    assert (owner == 3.0).all()
    assert aum.mean() == pytest.approx(50_000, rel=0.01)
    assert aum.std() / aum.mean() == pytest.approx(1.0, rel=0.05)
    assert abs(np.corrcoef(np.argsort(np.argsort(aum)), np.argsort(np.argsort(debt)))[0, 1]) < 0.05
    assert [tables.compiled.stream[name].tolist() for name in ("account", "account_end")] == [[0], [20_000]]


def test_accounts_of_each_place_are_its_own():
    data = changed("account", "people", "per", to="place")
    tables = compile_scenario(sim.validated(data))
    walk = tables.compiled.stream[:3]
    assert walk["account"].tolist() == [0, 100, 200]
    assert tables.compiled.world.account.shape == (300, 2)


def test_who_may_wake_others_takes_numbers_for_them():
    route = [{"split": {"service": "ticket", "delay": fixed(60)}}, {"leave": "served"}]
    scenario = world(
        {"visit": route, "ticket": [{"advance": fixed(1)}]},
        place=TEN,
        stream={"visit": {"service": "visit", "rate_per_hour": 50}},
    )
    tables = compile_scenario(scenario)
    day = draw(tables, 1, 0)
    assert tables.compiled.stream["family"].tolist() == [2, 1]
    assert tables.compiled.stream["spawned"].tolist() == [0, 1]
    assert day.visit["child"].tolist() == [0, 1] * (day.visit.size // 2)
    assert np.array_equal(day.visit["tick"][::2], day.visit["tick"][1::2])
    study = sim.simulate(scenario, reps=3)
    assert study.value("offered", service="ticket").value == study.value("offered", service="visit").value > 400


def test_a_gate_lets_its_share_in():
    stream = {"visit": {"service": "visit", "rate_per_hour": 1000, "gate": "0.25 if hour < 13 else 1"}}
    study = sim.simulate(desk([{"leave": "served"}], stream=stream), reps=5)
    assert abs(study.value("offered").value - (1250 + 5000)) < 4 * math.sqrt(6250 / 5)
