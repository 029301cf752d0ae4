"""What MODEL says, to the tick: tiny days whose every second is worked out by hand, on both engines at once.

Times in comments are seconds, or clock times where a place has opening hours. `same` runs the reference and the kernel
and fails when they differ, so each case below speaks of both.
"""

from __future__ import annotations

import pytest

import sim
from sim.tables import compile_scenario
from sim.tables.sites import Sites
from tests.worlds import HOUR, day, duty, ends, fixed, same, units, waits, world


def at(clock: str, day_number: int = 0) -> int:
    """Return seconds since the first midnight."""
    return day_number * 86_400 + sim.parse_clock(clock)


def serve(by: str, seconds: float, **more: object) -> dict[str, object]:
    return {"serve": {"by": [by], "takes": fixed(seconds), "name": by, **more}}


def one_desk(staff: int = 1, **more: object) -> dict[str, object]:
    return {"team": {"desk": {"staff": staff, **more}}}


# --- the order of one tick ----------------------------------------------------------------------------------------


def test_who_is_served_at_the_tick_at_which_patience_ends_is_served():
    """A takes the desk 0-60. B comes at 0 with patience 60: service ends (kind 1) before patience does (6)."""
    tables = compile_scenario(world([serve("desk", 60, patience=fixed(60))], **one_desk()))
    trace = same(tables, day(tables, 0, 0))
    assert waits(tables, trace) == [(0, 0, 0), (1, 0, 60)]
    assert ends(tables, trace) == [(60, "served"), (120, "served")]


def test_a_millisecond_less_patience_and_the_customer_is_gone():
    tables = compile_scenario(world([serve("desk", 60, patience=fixed(59.999))], **one_desk()))
    trace = same(tables, day(tables, 0, 0))
    assert ends(tables, trace) == [(60, "served"), (59.999, "abandoned")]


def test_who_arrives_at_the_tick_at_which_a_server_is_freed_finds_it_free():
    """A 0-60, B arrives at 60 (kind 7, after kind 1) and starts at once."""
    tables = compile_scenario(world([serve("desk", 60)], **one_desk()))
    trace = same(tables, day(tables, 0, 60))
    assert waits(tables, trace) == [(0, 0, 0), (1, 60, 60)]


def test_who_waited_starts_before_who_arrives_at_that_tick():
    """A 0-60, B waits from 30, C arrives at 60: B 60-120, C 120-180."""
    tables = compile_scenario(world([serve("desk", 60)], **one_desk()))
    trace = same(tables, day(tables, 0, 30, 60))
    assert waits(tables, trace) == [(0, 0, 0), (1, 30, 60), (2, 60, 120)]


def test_who_releases_and_seizes_again_competes_after_those_who_waited():
    """A holds the desk 0-60 and wants it again; B waits since 30 and has it 60-120; A 120-130; B again 130-140."""
    route = [serve("desk", 60), {"serve": {"by": ["desk"], "takes": fixed(10), "name": "again"}}]
    tables = compile_scenario(world(route, **one_desk()))
    trace = same(tables, day(tables, 0, 30))
    assert waits(tables, trace) == [(0, 0, 0), (1, 30, 60), (0, 60, 120), (1, 120, 130)]
    assert ends(tables, trace) == [(130, "served"), (140, "served")]


def test_an_advance_of_zero_takes_no_tick_and_no_turn():
    """A and B both finish at 60 at two desks, A first (its number is lower). A's pause of 0 does not let B pass: A
    takes the only stamp at 60 and keeps it until 70.
    """
    route = [
        serve("desk", 60),
        {"advance": {**fixed(0), "name": "pause"}},
        {"serve": {"by": ["stamp"], "takes": fixed(10), "name": "stamp"}},
    ]
    tables = compile_scenario(world(route, team={"desk": {"staff": 2}, "stamp": {"staff": 1}}))
    trace = same(tables, day(tables, 0, 0))
    assert waits(tables, trace, "stamp") == [(0, 60, 60), (1, 60, 70)]
    pauses = [row for row in trace.rows.tolist() if tables.names.steps[row[4]] == "visit/visit.pause"]
    assert [(row[0], row[2]) for row in pauses] == [(60_000, 60_000)] * 2


# --- whose turn it is ---------------------------------------------------------------------------------------------


def two_classes() -> sim.Scenario:
    routes = {"plain": [serve("desk", 60, priority=10)], "gold": [serve("desk", 60, priority=0)]}
    return world(routes, **one_desk())


def test_the_better_class_goes_first_and_within_it_who_came_first():
    """Plain A 0-60. Plain B joins at 10, gold C at 20, gold D at 30: C 60-120, D 120-180, B 180-240."""
    tables = compile_scenario(two_classes())
    trace = same(tables, day(tables, (0, "plain"), (10, "plain"), (20, "gold"), (30, "gold")))
    assert waits(tables, trace) == [(0, 0, 0), (1, 10, 180), (2, 20, 60), (3, 30, 120)]


def test_visits_that_join_at_one_tick_stand_by_their_number():
    """Stream plain is the first, so of two who come at 10 in one class it is number 1."""
    routes = {"plain": [serve("desk", 60)], "other": [serve("desk", 60)]}
    tables = compile_scenario(world(routes, **one_desk()))
    trace = same(tables, day(tables, (0, "plain"), (10, "other"), (10, "plain")))
    streams = [tables.names.streams[stream] for _, _, _, stream, _ in trace.results.tolist()]
    assert streams == ["plain/all/plain", "plain/all/plain", "other/all/other"]
    assert waits(tables, trace) == [(0, 0, 0), (1, 10, 60), (2, 10, 120)]


def test_of_two_queues_whose_first_joined_at_one_tick_the_lower_number_goes_first():
    """A holds the desk 0-60. At 10 visit 1 (desk and stamp) and visit 2 (desk) join two queues: 1 at 60, 2 at 70."""
    routes = {
        "hold": [serve("desk", 60)],
        "pair": [
            {"seize": {"needs": [["desk"], ["stamp"]], "name": "pair"}},
            {"advance": fixed(10)},
            {"release": ["pair"]},
        ],
        "desk": [serve("desk", 10)],
    }
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1}}, pool={"stamp": {"units": 1}}))
    trace = same(tables, day(tables, (0, "hold"), (10, "desk"), (10, "pair")))
    assert waits(tables, trace) == [(0, 0, 0), (1, 10, 60), (2, 10, 70)]


def test_who_cannot_start_does_not_block_those_behind():
    """A holds the booth 0-100. B (booth and desk) joins at 10 and cannot start; C (desk) takes the desk at 20 at once;
    D (desk) waits 30-40 behind C and overtakes B, for the booth is still held. B starts at 100.
    """
    routes = {
        "booth": [serve("booth", 100)],
        "both": [
            {"seize": {"needs": [["booth"], ["desk"]], "name": "both"}},
            {"advance": fixed(10)},
            {"release": ["both"]},
        ],
        "desk": [serve("desk", 20)],
    }
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1}}, pool={"booth": {"units": 1}}))
    trace = same(tables, day(tables, (0, "booth"), (10, "both"), (20, "desk"), (30, "desk")))
    assert waits(tables, trace) == [(0, 0, 0), (1, 10, 100), (2, 20, 20), (3, 30, 40)]


def test_all_needs_at_once_or_none():
    """B wants desk and booth while A has the booth: it does not sit on the desk, so C takes it at once."""
    routes = {
        "booth": [serve("booth", 100)],
        "both": [
            {"seize": {"needs": [["desk"], ["booth"]], "name": "both"}},
            {"advance": fixed(1)},
            {"release": "all"},
        ],
        "desk": [serve("desk", 30)],
    }
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1}}, pool={"booth": {"units": 1}}))
    trace = same(tables, day(tables, (0, "booth"), (1, "both"), (2, "desk")))
    assert waits(tables, trace) == [(0, 0, 0), (1, 1, 100), (2, 2, 2)]


def test_two_waits_hold_the_first_while_queueing_for_the_second():
    """The other way: booth first, then desk. B holds the booth from 10 while it waits for the desk until 100; C, who
    only wants the booth, waits until B gives it back at 110.
    """
    routes = {
        "desk": [serve("desk", 100)],
        "video": [
            {"seize": {"needs": [["booth"]], "name": "booth"}},
            {"seize": {"needs": [["desk"]], "name": "desk"}},
            {"advance": fixed(10)},
            {"release": "all"},
        ],
        "booth": [serve("booth", 5)],
    }
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1}}, pool={"booth": {"units": 1}}))
    trace = same(tables, day(tables, (0, "desk"), (10, "video"), (20, "booth")))
    assert waits(tables, trace) == [(0, 0, 0), (1, 10, 10), (1, 10, 100), (2, 20, 110)]
    assert ends(tables, trace)[1] == (110, "served")


def test_units_are_matched_to_needs_where_greedy_would_fail():
    """[[a, b], [a]] with one a and one b: need 1 must leave a to need 2 and take b."""
    route = [{"seize": {"needs": [["a", "b"], ["a"]], "name": "pair"}}, {"advance": fixed(10)}, {"release": ["pair"]}]
    tables = compile_scenario(world(route, pool={"a": {"units": 1}, "b": {"units": 1}}))
    trace = same(tables, day(tables, 0))
    assert waits(tables, trace) == [(0, 0, 0)]
    needs = {row[5]: row[6] for row in trace.rows.tolist() if row[6] >= 0}
    pool = {need: tables.names.pools[unit // (tables.compiled.pool["end_unit"][0])] for need, unit in needs.items()}
    assert pool == {0: "b", 1: "a"}


def test_of_all_matchings_the_first_in_the_order_of_preference_is_taken():
    """[[b, a], [a, b]] with two of each: need 1 gets b, need 2 gets a."""
    route = [{"seize": {"needs": [["b", "a"], ["a", "b"]], "name": "pair"}}, {"advance": fixed(10)}, {"release": "all"}]
    tables = compile_scenario(world(route, pool={"a": {"units": 2}, "b": {"units": 2}}))
    trace = same(tables, day(tables, 0))
    taken = [
        (need, unit // tables.compiled.pool["end_unit"][0]) for *_, need, unit, _ in trace.rows.tolist() if unit >= 0
    ]
    assert [tables.names.pools[pool] for _, pool in sorted(taken)] == ["b", "a"]


def test_the_same_pool_twice_takes_two_units():
    """[[a], [a]] with three units: the second visit waits, though one unit is free."""
    route = [{"seize": {"needs": [["a"], ["a"]], "name": "two"}}, {"advance": fixed(10)}, {"release": ["two"]}]
    tables = compile_scenario(world(route, pool={"a": {"units": 3}}))
    trace = same(tables, day(tables, 0, 1))
    assert waits(tables, trace) == [(0, 0, 0), (1, 1, 10)]


def test_marked_pools_are_looked_at_by_their_number():
    """At 100 A gives back desk and booth at once. The desk is the lower pool, so it is looked at first: C, who needs
    both, takes both, although B has waited for the booth alone for longer. B starts at 110.
    """
    pair = [{"seize": {"needs": [["desk"], ["booth"]], "name": "pair"}}, {"advance": fixed(10)}, {"release": ["pair"]}]
    routes = {
        "long": [
            {"seize": {"needs": [["desk"], ["booth"]], "name": "both"}},
            {"advance": fixed(100)},
            {"release": ["both"]},
        ],
        "booth": [serve("booth", 5)],
        "pair": pair,
    }
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1}}, pool={"booth": {"units": 1}}))
    trace = same(tables, day(tables, (0, "long"), (10, "booth"), (20, "pair")))
    assert waits(tables, trace) == [(0, 0, 0), (1, 10, 110), (2, 20, 100)]


# --- which unit ---------------------------------------------------------------------------------------------------


def test_the_unit_that_has_been_idle_longest_serves_next():
    """Long A has unit 0 for 0-20, short B unit 1 for 1-6. At 30 unit 1 is idle since 6, unit 0 since 20."""
    routes = {"long": [serve("desk", 20)], "short": [serve("desk", 5)]}
    tables = compile_scenario(world(routes, **one_desk(staff=2)))
    trace = same(tables, day(tables, (0, "long"), (1, "short"), (30, "short"), (31, "short")))
    assert [(visit, index) for visit, _, index, _, _ in units(tables, trace)] == [(0, 0), (1, 1), (2, 1), (3, 0)]


def test_units_idle_since_one_tick_serve_by_their_index():
    """Unit 1 (visit 1, 1-30) is freed before unit 0 (visit 2, 10-30), both at 30: at 40 the index decides."""
    routes = {"first": [serve("desk", 5)], "long": [serve("desk", 29)], "short": [serve("desk", 20)]}
    tables = compile_scenario(world(routes, **one_desk(staff=2)))
    trace = same(tables, day(tables, (0, "first"), (1, "long"), (10, "short"), (40, "short")))
    assert [(visit, index) for visit, _, index, _, _ in units(tables, trace)] == [(0, 0), (1, 1), (2, 0), (3, 0)]


def test_who_joins_at_one_tick_stands_by_number_even_if_the_other_joined_before():
    """The machine is held 0-100. At 30 visit 3's form is filled (kind 1), then visit 2's patience at the desk ends
    (kind 6): both want the machine. Visit 2 stands ahead, for its number is lower: it starts at 100.
    """
    routes = {
        "desk": [serve("desk", 200)],
        "machine": [serve("machine", 100)],
        "hasty": [serve("desk", 5, patience=fixed(20), on_give_up="then"), *then()],
        "form": [{"advance": {**fixed(15), "name": "form"}}, *then()],
    }
    scenario = world(routes, team={"desk": {"staff": 1}}, pool={"machine": {"units": 1}})
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, (0, "desk"), (0, "machine"), (10, "hasty"), (15, "form")))
    assert waits(tables, trace, "then") == [(2, 30, 100), (3, 30, 110)]


def then() -> list[dict[str, object]]:
    return [{"serve": {"by": ["machine"], "takes": fixed(10), "name": "then"}}]


# --- patience -----------------------------------------------------------------------------------------------------


def test_clock_queue_begins_anew_at_every_queue():
    """Patience 50 each time. B waits 40 for the desk (20-60), then 45 for the stamp (70-115): both below 50."""
    patient = {"patience": fixed(50), "clock": "queue"}
    assert two_queues(patient) == [(0, 0, 0), (1, 20, 60), (1, 70, 115)]


def test_clock_waiting_adds_up_the_waits():
    """Patience 50 in all. B has waited 40 at the desk, so at the stamp it gives up after 10 more: at 80."""
    assert two_queues({"patience": fixed(50), "clock": "waiting"}) == [(0, 0, 0), (1, 20, 60), (1, 70, None)]


def test_clock_visit_runs_since_the_arrival():
    """Patience 60 since 20 ends at 80: B starts at the desk at 60, and gives up at the stamp at 80."""
    assert two_queues({"patience": fixed(60), "clock": "visit"}) == [(0, 0, 0), (1, 20, 60), (1, 70, None)]


def two_queues(wait: dict[str, object]) -> list[tuple[int, float, float | None]]:
    """The stamp is held 0-115 by a visit of its own; A has the desk 0-60, B comes at 20 and has it 60-70."""
    routes = {
        "b": [serve("desk", 10, **wait), {"serve": {"by": ["stamp"], "takes": fixed(1), "name": "stamp", **wait}}],
        "a": [serve("desk", 60)],
        "hold": [serve("stamp", 115)],
    }
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1}, "stamp": {"staff": 1}}))
    trace = same(tables, day(tables, (0, "a"), (0, "hold"), (20, "b")))
    hold = next(
        v for v, (_, _, _, s, _) in enumerate(trace.results.tolist()) if tables.names.streams[s].startswith("hold")
    )
    kept = [(0 if one[0] != 2 else 1, *one[1:]) for one in waits(tables, trace) if one[0] != hold]
    if kept[-1][2] is None:
        gave_up = [row[2] for row in trace.rows.tolist() if row[1] < 0]
        assert gave_up == [80_000]
    return kept


def test_patience_past_on_joining_tries_to_start_and_else_gives_up_at_once():
    """Clock visit, patience 30. Both come at 0; each spends 40 in the hall. A finds the desk free at 40 and starts;
    B gives up at 40, in the same tick.
    """
    hall = {"advance": {**fixed(40), "name": "hall"}}
    route = [hall, serve("desk", 100, patience=fixed(30), clock="visit")]
    tables = compile_scenario(world(route, **one_desk()))
    trace = same(tables, day(tables, 0, 0))
    assert waits(tables, trace) == [(0, 40, 40), (1, 40, None)]
    assert ends(tables, trace) == [(140, "served"), (40, "abandoned")]


def test_patience_that_ends_on_joining_does_not_wait_for_the_rest_of_the_tick():
    """Clock visit, patience 40. Visit 0 comes to the desk at 40, when visit 1 has it until 40 too: the lower number is
    first, finds the desk taken, and gives up in its own cascade.
    """
    routes = {
        "slow": [{"advance": {**fixed(40), "name": "hall"}}, serve("desk", 9, patience=fixed(40), clock="visit")],
        "quick": [serve("desk", 35)],
    }
    tables = compile_scenario(world(routes, **one_desk()))
    trace = same(tables, day(tables, (0, "slow"), (5, "quick")))
    assert ends(tables, trace) == [(40, "abandoned"), (40, "served")]


def test_giving_up_leads_where_the_route_says():
    """B gives up the desk at 10 and is done by the machine at 15."""
    routes = {
        "visit": [serve("desk", 100, patience=fixed(10), on_give_up="machine")],
        "machine": [serve("machine", 5)],
    }
    scenario = world(routes, team={"desk": {"staff": 1}}, pool={"machine": {"units": 1}})
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, (0, "visit"), (0, "visit")))
    assert ends(tables, trace) == [(100, "served"), (15, "served")]


# --- shifts and breaks --------------------------------------------------------------------------------------------


def shift(start: str, end: str, **more: object) -> dict[str, object]:
    return {"team": "desk", "start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("late", "back"),
    [("shift", "09:19"), ("cut", "09:15")],
)
def test_a_break_begun_late_keeps_its_length_or_ends_as_planned(late, back):
    """A is served 08:59-09:04, so the break 09:00-09:15 begins at 09:04; B comes at 09:05 and starts on the return."""
    scenario = world(
        [serve("desk", 300)],
        team={"desk": {"late": late}},
        staffing=[shift("08:00", "12:00", breaks="09:00-09:15")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("08:59"), at("09:05")))
    assert waits(tables, trace)[1] == (1, at("09:05"), at(back))
    assert duty(trace)[1:3] == [
        (at("09:04"), "breaks", 0, at("09:00")),
        (at(back), "returns", 0, at(back)),
    ]


@pytest.mark.parametrize("done", ["09:15", "09:19"])
def test_a_cut_break_that_is_already_over_is_not_taken(done):
    """A is served from 08:59 to the end of the break 09:00-09:15 or past it: with late = cut nothing is left of it."""
    scenario = world(
        [serve("desk", at(done) - at("08:59"))],
        team={"desk": {"late": "cut"}},
        staffing=[shift("08:00", "12:00", breaks="09:00-09:15")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("08:59"), at("09:05")))
    assert waits(tables, trace)[1] == (1, at("09:05"), at(done))
    assert [what for _, what, _, _ in duty(trace)] == ["comes", "goes"]


def test_a_break_takes_an_idle_unit_and_only_then_a_busy_one():
    """Two desks, both with a break at 09:00. Unit 0 is busy 08:59-09:04, unit 1 is idle: it goes at 09:00, unit 0 when
    it finishes.
    """
    scenario = world(
        [serve("desk", 300)],
        team={"desk": {}},
        staffing=[shift("08:00", "12:00", count=2, breaks="09:00-09:15")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("08:59")))
    assert duty(trace)[2:6] == [
        (at("09:00"), "breaks", 1, at("09:00")),
        (at("09:04"), "breaks", 0, at("09:00")),
        (at("09:15"), "returns", 1, at("09:15")),
        (at("09:19"), "returns", 0, at("09:19")),
    ]


def test_what_is_planned_comes_before_who_returns():
    """Unit 0 is on its break 09:00-09:15, unit 1 serves A until 09:20, B waits since 09:10. At 09:15 one has to go:
    nobody is idle yet, so the going waits, and unit 0 on its return takes it. B starts with unit 1 at 09:20.
    """
    scenario = world(
        [serve("desk", 660)],
        team={"desk": {}},
        staffing=[shift("08:00", "12:00", breaks="09:00-09:15"), shift("08:00", "09:15")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("09:09"), at("09:10")))
    assert duty(trace)[2:5] == [
        (at("09:00"), "breaks", 0, at("09:00")),
        (at("09:15"), "returns", 0, at("09:15")),
        (at("09:15"), "goes", 0, at("09:15")),
    ]
    assert waits(tables, trace)[1] == (1, at("09:10"), at("09:20"))


def test_changes_that_wait_are_done_in_the_order_in_which_they_were_planned():
    """Both desks are busy until 09:05 and 09:06. The break of 09:00 waits, then the going of 09:01: who finishes first
    takes the break (09:05-09:15), the other goes.
    """
    scenario = world(
        [serve("desk", 420)],
        team={"desk": {}},
        staffing=[shift("08:00", "12:00", breaks="09:00-09:10"), shift("08:00", "09:01")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("08:58"), at("08:59")))
    assert duty(trace)[2:5] == [
        (at("09:05"), "breaks", 0, at("09:00")),
        (at("09:06"), "goes", 1, at("09:01")),
        (at("09:15"), "returns", 0, at("09:15")),
    ]


def test_at_a_hand_over_who_comes_serves_while_who_goes_finishes():
    """One desk 08-09, another 09-10. A is served 08:58-09:03, B comes at 08:59. At 09:00 the first is busy, so it
    stays; the second takes B at once. The first goes at 09:03: three minutes of overtime.
    """
    scenario = world(
        [serve("desk", 300)],
        team={"desk": {"cost_per_hour": 60.0}},
        staffing=[shift("08:00", "09:00"), shift("09:00", "10:00")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("08:58"), at("08:59")))
    assert units(tables, trace) == [
        (0, "desk", 0, at("08:58"), at("09:03")),
        (1, "desk", 1, at("09:00"), at("09:05")),
    ]
    assert duty(trace) == [
        (at("08:00"), "comes", 0, at("08:00")),
        (at("09:00"), "comes", 1, at("09:00")),
        (at("09:03"), "goes", 0, at("09:00")),
        (at("10:00"), "goes", 1, at("10:00")),
    ]


def test_who_goes_leaves_before_who_comes_serves():
    """With nobody to serve at 09:00 the idle one goes and the lowest free number comes: unit 0 again."""
    scenario = world(
        [serve("desk", 300)], team={"desk": {}}, staffing=[shift("08:00", "09:00"), shift("09:00", "10:00")]
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("09:00")))
    assert [(clock, what, unit) for clock, what, unit, _ in duty(trace)] == [
        (at("08:00"), "comes", 0),
        (at("09:00"), "goes", 0),
        (at("09:00"), "comes", 0),
        (at("10:00"), "goes", 0),
    ]
    assert waits(tables, trace) == [(0, at("09:00"), at("09:00"))]


# --- closing ------------------------------------------------------------------------------------------------------


def branch(closing: str, staff: int = 1, **more: object) -> sim.Scenario:
    """A branch 08:00-10:00 with service of 10 minutes; a teller costs 60 an hour, overtime 1.5 times."""
    return world(
        [serve("desk", 600)],
        at="branch",
        place={"branch": {"opens": "08:00", "closes": "10:00", "closing": closing}},
        team={"desk": {"place": "branch", "staff": staff, "cost_per_hour": 60.0}},
        **more,
    )


def test_closing_by_serving_keeps_the_staff_until_the_last_customer():
    """A 09:55-10:05, B waits from 09:58 and is served 10:05-10:15; the teller goes then, 15 minutes late."""
    tables = compile_scenario(branch("serve"))
    trace = same(tables, day(tables, at("09:55"), at("09:58")))
    assert ends(tables, trace) == [(at("10:05"), "served"), (at("10:15"), "served")]
    assert duty(trace)[-1] == (at("10:15"), "goes", 0, at("10:00"))


def test_overtime_is_counted_and_paid():
    """Two hours planned and a quarter of overtime: 2.25 hours, 60 · (2 + 1.5 · 0.25) = 142.5."""
    from sim.measures import Layout

    scenario = branch("serve")
    tables = compile_scenario(scenario)
    when = day(tables, at("09:55"), at("09:58"))
    layout = Layout(scenario, tables)
    top, low = layout.fill(layout.tally(same(tables, when)))
    whole = [n for n, key in enumerate(layout.keys) if key.pool == "desk" and key.interval_start == "*"]
    found = {layout.keys[n].measure: top[n] / low[n] for n in whole}
    assert found["overtime_hours"] == pytest.approx(0.25)
    assert found["paid_hours"] == pytest.approx(2.25)
    assert found["cost"] == pytest.approx(142.5)
    # On duty 08:00-10:15, busy 09:55-10:15.
    assert found["occupancy"] == pytest.approx(20 / 135)


def test_closing_by_turning_away_sends_home_who_waits_and_who_comes():
    """A 09:55-10:05 is served to the end. B, waiting since 09:58, leaves at 10:00; C comes at 10:00 sharp (kind 7 after
    kind 3) and D at 10:01: both find it closed. The teller goes at 10:05.
    """
    tables = compile_scenario(branch("turn_away"))
    trace = same(tables, day(tables, at("09:55"), at("09:58"), at("10:00"), at("10:01")))
    assert ends(tables, trace) == [
        (at("10:05"), "served"),
        (at("10:00"), "closed"),
        (at("10:00"), "closed"),
        (at("10:01"), "closed"),
    ]
    assert duty(trace)[-1] == (at("10:05"), "goes", 0, at("10:00"))


def test_turning_away_spares_who_holds_something():
    """The desk stays until 10:30. A has it 09:50-10:00:30; B holds the booth since 09:55 and waits for the desk: it is
    not turned away at 10:00 and is served 10:00:30-10:11.
    """
    scenario = world(
        [
            {"seize": {"needs": [["booth"]], "name": "booth"}},
            serve("desk", 630),
            {"release": ["booth"]},
        ],
        at="branch",
        place={"branch": {"opens": "08:00", "closes": "10:00", "closing": "turn_away"}, "centre": {}},
        team={"desk": {"place": "branch"}},
        pool={"booth": {"place": "branch", "units": 2}},
        staffing=[shift("08:00", "10:30")],
    )
    tables = compile_scenario(scenario)
    trace = same(tables, day(tables, at("09:50"), at("09:55"), at("09:56")))
    assert ends(tables, trace) == [
        (at("10:00:30"), "served"),
        (at("10:11"), "served"),
        (at("10:00"), "closed"),
    ]


def test_closing_by_carrying_over_lets_them_wait_for_the_next_day():
    """A 09:55-10:05; the teller goes then. B waits on and is served the next morning at 08:00."""
    tables = compile_scenario(branch("carry", run={"days": 2}))
    trace = same(tables, day(tables, at("09:55"), at("09:58")))
    assert waits(tables, trace) == [(0, at("09:55"), at("09:55")), (1, at("09:58"), at("08:00", 1))]
    assert ends(tables, trace)[1] == (at("08:10", 1), "served")


def test_whoever_is_left_when_the_run_ends_is_in_the_system():
    """With carry and one day, B waits until the run ends at 24:00 + drain."""
    tables = compile_scenario(branch("carry", run={"drain_s": 600}))
    trace = same(tables, day(tables, at("09:55"), at("09:58")))
    assert trace.results.tolist()[1][1:3] == (-1, tables.names.outcomes.index("in_system"))
    assert [row[:3] for row in trace.rows.tolist() if row[3] == 1] == [(at("09:58") * 1000, -1, -1)]
    assert tables.compiled.run.end == 24 * HOUR + 600_000


def test_a_service_that_nobody_may_do_is_referred():
    routes = {"known": [serve("desk", 60)], "other": [serve("desk", 60)]}
    tables = compile_scenario(world(routes, team={"desk": {"staff": 1, "skills": ["known"]}}))
    trace = same(tables, day(tables, (0, "other"), (0, "known")))
    assert ends(tables, trace) == [(60, "served"), (0, "referred")]


def round_the_clock(closing: str) -> sim.Scenario:
    """Open 00:00-24:00 on workdays; the second day of the run is one too, the third is not."""
    place = {"opens": "00:00", "closes": "24:00", "open_on": ["workday"], "closing": closing}
    return world(
        [serve("desk", 600)],
        at="branch",
        place={"branch": place},
        team={"desk": {"place": "branch", "staff": 1, "cost_per_hour": 1.0}},
        run={"days": 3, "day_classes": ["workday", "workday", "weekend"]},
    )


@pytest.mark.parametrize("closing", ["serve", "turn_away", "carry"])
def test_a_place_that_closes_and_opens_at_midnight_does_neither(closing):
    """A 23:55-00:05 and B 00:05-00:15 are served through midnight by the same clerk, who goes a day later."""
    tables = compile_scenario(round_the_clock(closing))
    trace = same(tables, day(tables, at("23:55"), at("23:58"), at("01:00", 1)))
    assert ends(tables, trace) == [
        (at("00:05", 1), "served"),
        (at("00:15", 1), "served"),
        (at("01:10", 1), "served"),
    ]
    assert [what for _, what, _, _ in duty(trace)] == ["comes", "goes"]
    assert tables.labour.paid_hours.tolist() == [48.0]


# --- roles --------------------------------------------------------------------------------------------------------


def test_a_role_is_found_at_home_then_above_then_in_the_teams_that_serve_the_place():
    """Each word at branch a-01: its own tellers; the cluster's guide; the first remote team that lists the cluster.
    Team pair may not do P02, so P02's first choice is the second team and its back-up is nobody.
    """
    scenario = world(
        {"P01": [serve("teller", 60)], "P02": [serve("teller", 60)]},
        at="a",
        place={
            "city": {"kind": "city"},
            "cluster": {"parent": "city"},
            "a": {"parent": "cluster", "count": 2},
            "centre": {"parent": "city"},
        },
        team={
            "teller": {"place": "a", "staff": 1},
            "guide": {"place": "cluster", "staff": 1},
            "first": {"place": "centre", "role": "agent", "serves": ["cluster"], "staff": 1, "skills": ["P01"]},
            "second": {"place": "centre", "role": "agent", "serves": ["a"], "staff": 1},
        },
    )
    sites = Sites(scenario)

    def resolved(word: str, service: str = "P01") -> list[str]:
        return [sites.posts[post].name for post in sites.resolve(word, sites.index["a-01"], service)]

    assert resolved("teller") == ["teller@a-01"]
    assert resolved("guide") == ["guide"]
    assert set(resolved("agent") + resolved("agent.backup")) == {"first", "second"}
    assert resolved("agent", "P02") == ["second"]
    assert resolved("agent.backup", "P02") == []


# --- luck ---------------------------------------------------------------------------------------------------------


def test_luck_at_a_pass_does_not_depend_on_what_happened_at_the_pass_before():
    """A visit comes to the desk twice, the second time (496 or 501) while it is held 480-99,980. Whether it had to wait
    the first time (the desk held 0-10) or not, its patience at the second pass is the same: the second is the second.
    """
    work = {"advance": {**fixed(490), "name": "work"}}
    queue = {"needs": [["desk"]], "name": "desk", "patience": {"law": "exponential", "mean_s": 2000}}
    visit = [
        {"seize": queue},
        {"advance": {**fixed(1), "name": "served"}},
        {"release": ["desk"]},
        work,
        {"transfer": {"name": "again", "to": {"desk": 0.999999, "end": "rest"}}},
    ]
    scenario = world({"visit": visit, "hold": [serve("desk", 99_500)], "short": [serve("desk", 10)]}, **one_desk())
    tables = compile_scenario(scenario)
    second = []
    for others in ([], [(0, "short")]):
        trace = same(tables, day(tables, *others, (5, "visit"), (480, "hold"), key=7))
        gave_up = [(ended - entered) / 1000 for entered, started, ended, *_ in trace.rows.tolist() if started < 0]
        second.append(gave_up[-1])
    assert second[0] == second[1]


@pytest.mark.parametrize("seconds", [1e12, 1e18, 1e300])
def test_a_time_beyond_all_bounds_is_very_long_and_not_negative(seconds):
    """Once, a patience of 1e18 s overflowed and the customer left at once."""
    routes = {"visit": [serve("desk", 60, patience=fixed(seconds))], "ever": [serve("desk", seconds)]}
    tables = compile_scenario(world(routes, **one_desk(staff=2)))
    trace = same(tables, day(tables, (0, "visit"), (0, "ever"), (0, "visit"), (1, "visit")))
    assert [outcome for _, outcome in ends(tables, trace)] == ["served", "served", "in_system", "served"]
