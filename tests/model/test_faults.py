"""What is wrong with a scenario is said with code, file, field and value, all at once, and nothing is written."""

from __future__ import annotations

import pytest

import sim
from sim.model.read import STRUCTURE
from sim.tables import compile_scenario

GOOD = """
id = "good"
[place.branch]
opens = "08:00"
closes = "10:00"
[team.desk]
place = "branch"
staff = 1
[pool.booth]
units = 1
[route]
visit = [ { serve = { by = ["desk"], takes = { law = "exponential", mean_s = "talk_s" } } } ]
[service.P01]
route = "visit"
[service.P01.attributes]
talk_s = 60
share = 0.3
[stream.s]
service = "P01"
rate_per_hour = 10
"""


def faults(tmp_path, toml: str, **tables: str) -> dict[str, tuple[str, str, object]]:
    """Return code → (file name, field, value) of what `sim.read` says to these files."""
    (tmp_path / STRUCTURE).write_text(toml, encoding="utf-8")
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(sim.InputError) as caught:
        sim.read(tmp_path)
    return {
        fault.code: (fault.file.removeprefix(f"{tmp_path}/"), fault.field, fault.value) for fault in caught.value.faults
    }


def swapped(*pairs: tuple[str, str]) -> str:
    """Return GOOD with parts swapped."""
    text = GOOD
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def with_route(blocks: str, more: str = "") -> str:
    serve = '{ serve = { by = ["desk"], takes = { law = "exponential", mean_s = "talk_s" } } }'
    return swapped((serve, blocks)) + more


def test_the_good_one_is_good(tmp_path):
    (tmp_path / STRUCTURE).write_text(GOOD, encoding="utf-8")
    assert sim.read(tmp_path).id == "good"


SHAPE = [
    ("missing", ('id = "good"', ""), "id", None),
    ("extra_forbidden", ("staff = 1", "staff = 1\nstuff = 2"), "team.desk.stuff", 2),
    ("greater_than_equal", ("rate_per_hour = 10", "rate_per_hour = -10"), "stream.s.rate_per_hour", -10),
    ("less_than_equal", ('id = "good"', 'id = "good"\nrun = { drain_s = 1e300 }'), "run.drain_s", 1e300),
    ("int_from_float", ("staff = 1", "staff = 1.5"), "team.desk.staff", 1.5),
    ("int_parsing", ("staff = 1", 'staff = "one"'), "team.desk.staff", "one"),
    ("finite_number", ("rate_per_hour = 10", "rate_per_hour = inf"), "stream.s.rate_per_hour", float("inf")),
    ("name", ('id = "good"', 'id = "not good"'), "id", "not good"),
    ("clock", ('opens = "08:00"', 'opens = "8 am"'), "place.branch.opens", "8 am"),
    ("literal_error", ("units = 1", 'units = 1\n[rules]\nsl_mode = "best"'), "rules.sl_mode", "best"),
    ("string_pattern_mismatch", ("units = 1", 'units = 1\n[rules]\nwait_of = "any"'), "rules.wait_of", "any"),
    (
        "union_tag_invalid",
        ('law = "exponential"', 'law = "poisson"'),
        "route.visit.0.serve.takes",
        {"law": "poisson", "mean_s": "talk_s"},
    ),
    ("number_or_attribute", ('mean_s = "talk_s"', 'mean_s = "3 min"'), "route.visit.0.serve.takes.mean_s", "3 min"),
    ("greater_than", ('mean_s = "talk_s"', "mean_s = 0"), "route.visit.0.serve.takes.mean_s", 0),
    (
        "less_than_equal",
        ('law = "exponential", mean_s = "talk_s"', 'law = "gamma", mean_s = 9, cv = 1e9'),
        "route.visit.0.serve.takes.cv",
        1e9,
    ),
    (
        "rising",
        ('law = "exponential", mean_s = "talk_s"', 'law = "empirical", quantiles_s = [3, 2]'),
        "route.visit.0.serve.takes.quantiles_s",
        [3, 2],
    ),
    (
        "probabilities",
        ('law = "exponential", mean_s = "talk_s"', 'law = "empirical", quantiles_s = [1, 2], at = [0.5, 1]'),
        "route.visit.0.serve.takes.at",
        [0.5, 1],
    ),
    ("one_block", ("{ serve =", '{ leave = "served", serve ='), "route.visit.0", None),
    ("too_short", ("units = 1", "units = 1\n[run]\nday_classes = []"), "run.day_classes", []),
]


@pytest.mark.parametrize(("code", "pair", "field", "value"), SHAPE, ids=[code for code, *_ in SHAPE])
def test_a_wrong_value_is_named_where_it_stands(tmp_path, code, pair, field, value):
    assert faults(tmp_path, swapped(pair)) == {code: (STRUCTURE, field, value)}


NAMES = [
    ("unknown_pool", ('by = ["desk"]', 'by = ["dsk"]'), "route.visit.0.serve.by", "dsk"),
    ("unknown_route", ('route = "visit"', 'route = "vist"'), "service.P01.route", "vist"),
    ("unknown_service", ('service = "P01"', 'service = "P02"'), "stream.s.service", "P02"),
    ("unknown_place", ('place = "branch"', 'place = "brunch"'), "team.desk.place", "brunch"),
    ("unknown_attribute", ('mean_s = "talk_s"', 'mean_s = "talks"'), "route.visit.0.serve.takes.mean_s", "talks"),
    ("attribute_range", ("talk_s = 60", "talk_s = -60"), "route.visit.0.serve.takes.mean_s", -60.0),
    ("unknown_factor", ("rate_per_hour = 10", 'rate_per_hour = 10\nfactors = ["day"]'), "stream.s.factors", "day"),
    (
        "unknown_profile",
        ("rate_per_hour = 10", 'per_day = 10\nprofile = "city"'),
        "stream.s.profile",
        "city",
    ),
    ("per_day_with_profile", ("rate_per_hour = 10", "per_day = 10"), "stream.s.profile", None),
    ("one_rate", ("rate_per_hour = 10", ""), "stream.s", 0),
    ("service_or_shares", ('service = "P01"', ""), "stream.s", "s"),
    ("shares_empty", ('service = "P01"', "shares = { P01 = 0 }"), "stream.s.shares", 0),
    ("no_staff", ("staff = 1", ""), "team.desk.staff", "desk"),
    ("twice", ("[pool.booth]", "[pool.desk]"), "pool.desk", "desk"),
    ("closes_before_opens", ('closes = "10:00"', 'closes = "07:00"'), "place.branch.closes", 7 * 3600),
    ("place_circle", ('closes = "10:00"', 'closes = "10:00"\nparent = "branch"'), "place.branch.parent", "branch"),
]


@pytest.mark.parametrize(("code", "pair", "field", "value"), NAMES, ids=[code for code, *_ in NAMES])
def test_what_names_nothing_or_contradicts_is_refused(tmp_path, code, pair, field, value):
    assert faults(tmp_path, swapped(pair)) == {code: (STRUCTURE, field, value)}


def test_a_template_is_no_parent(tmp_path):
    more = '[place.room]\nparent = "branch"\n'
    text = swapped(('closes = "10:00"', 'closes = "10:00"\ncount = 2'), ("units = 1", 'units = 1\nplace = "room"'))
    text = text.replace('service = "P01"', 'service = "P01"\nplace = "branch"')
    assert faults(tmp_path, text + more) == {"parent_is_template": (STRUCTURE, "place.room.parent", "branch")}


def test_with_several_places_teams_and_streams_say_where(tmp_path):
    (tmp_path / STRUCTURE).write_text(GOOD + "[place.other]\n", encoding="utf-8")
    with pytest.raises(sim.InputError) as caught:
        sim.read(tmp_path)
    assert [(f.code, f.field) for f in caught.value.faults] == [
        ("missing", "pool.booth.place"),
        ("missing", "stream.s.place"),
    ]


WAIT = 'patience = { law = "deterministic", value_s = 10 }'
SEIZE = '{ seize = { needs = [["desk"]] } }'
WORK = '{ advance = { law = "exponential", mean_s = 5 } }'
AGAIN = "{ transfer = { desk = 0.5, next = 0.5 } }"
PAPER = '{ event = { kind = "paper" } }'
ROUTES = [
    ("never_released", f"{SEIZE}, {WORK}", ".0.seize", "visit.desk"),
    ("release_unknown", '{ release = ["desk"] }', ".0.release", "desk"),
    ("seized_twice", f'{SEIZE}, {WORK}, {AGAIN}, {{ release = ["desk"] }}', ".0.seize", "visit.desk"),
    ("unknown_target", "{ transfer = { there = 0.5, next = 0.5 } }", ".0.transfer", "there"),
    ("shares_sum", "{ transfer = { end = 0.5, next = 0.6 } }", ".0.transfer", 1.1),
    ("one_rest", '{ transfer = { end = "rest", next = "rest" } }', ".0.transfer", "next"),
    (
        "loop_without_advance",
        f"{PAPER}, {{ transfer = {{ paper = 0.5, next = 0.5 }} }}",
        ".1.transfer",
        "visit.transfer",
    ),
    ("outcome_of_the_run", '{ leave = "in_system" }', ".0.leave", "in_system"),
    (
        "same_length",
        '{ advance = { law = "empirical", quantiles_s = [1, 2, 3], at = [0, 1] } }',
        ".0.advance.at",
        2,
    ),
    ("greater_than_equal", '{ advance = { law = "uniform", low_s = 9, high_s = 3 } }', ".0.advance.high_s", 3.0),
    ("twice", '{ event = { kind = "a", name = "x" } }, { event = { kind = "b", name = "x" } }', ".1.event.name", "x"),
]


@pytest.mark.parametrize(("code", "blocks", "field", "value"), ROUTES, ids=[code for code, *_ in ROUTES])
def test_a_route_that_cannot_be_walked_is_refused(tmp_path, code, blocks, field, value):
    assert faults(tmp_path, with_route(blocks)) == {code: (STRUCTURE, f"route.visit{field}", value)}


def test_a_release_of_what_is_never_held_here_is_refused(tmp_path):
    blocks = '{ seize = { name = "a", needs = [["desk"]] } }, { release = ["a"] }, { release = ["a"] }'
    assert faults(tmp_path, with_route(blocks)) == {"release_not_held": (STRUCTURE, "route.visit.2.release", "visit.a")}


@pytest.mark.parametrize(
    ("wait", "refused"),
    [
        ('patience = { law = "deterministic", value_s = 10 }', False),
        ('patience = { law = "deterministic", value_s = 0 }', True),
        ('patience = { law = "empirical", quantiles_s = [0, 0] }', True),
        ('patience = { law = "exponential", mean_s = 10 }, clock = "waiting"', True),
        ('patience = { law = "exponential", mean_s = 10 }, clock = "visit"', True),
    ],
)
def test_giving_up_for_ever_in_one_tick_is_refused(tmp_path, wait, refused):
    """Whose patience is past gives up at once: back to the same queue it would never leave that tick."""
    takes = 'takes = { law = "exponential", mean_s = 5 }'
    text = with_route(f'{{ serve = {{ name = "d", by = ["desk"], {takes}, on_give_up = "d", {wait} }} }}')
    if refused:
        assert faults(tmp_path, text) == {"loop_without_advance": (STRUCTURE, "route.visit.0.serve", "visit.d")}
    else:
        (tmp_path / STRUCTURE).write_text(text, encoding="utf-8")
        assert sim.read(tmp_path).id == "good"


# --- files --------------------------------------------------------------------------------------------------------


def test_a_folder_without_structure_is_no_scenario(tmp_path):
    with pytest.raises(sim.InputError) as caught:
        sim.read(tmp_path / "nowhere")
    (fault,) = caught.value.faults
    assert (fault.code, fault.file) == ("not_a_scenario", str(tmp_path / "nowhere"))
    with pytest.raises(sim.InputError, match="not_a_scenario"):
        sim.read(tmp_path)


def test_a_syntax_error_names_line_and_column(tmp_path):
    found = faults(tmp_path, 'id = "x"\n[place.a\n')
    assert list(found) == ["toml_syntax"]
    assert found["toml_syntax"][:2] == (STRUCTURE, "line 2, column 9")


def test_what_is_not_utf8_names_the_byte(tmp_path):
    (tmp_path / STRUCTURE).write_bytes(b'id = "a\xff"\n')
    with pytest.raises(sim.InputError) as caught:
        sim.read(tmp_path)
    assert [(f.code, f.field) for f in caught.value.faults] == [("not_utf8", "byte 7")]


STAFFING = "team,start,end,count\n"
CSV = [
    ("csv_fields", STAFFING + "desk,08:00,10:00,1\ndesk,08:00\n", "row 3", 2),
    ("csv_header", "team,team,end,count\n", "row 1", "team,team,end,count"),
    ("csv_empty", "\n", "", None),
    ("csv_syntax", STAFFING + '"desk,08:00,10:00,1\n', "row 2", "unexpected end of data"),
    ("unknown_team", STAFFING + "desk,08:00,10:00,1\ndsk,08:00,10:00,1\n", "row 3, team", "dsk"),
    ("clock", STAFFING + "desk,8.30,10:00,1\n", "row 2, start", "8.30"),
    (
        "end_after_start",
        STAFFING + "desk,10:00,08:00,1\n",
        "row 2",
        {"team": "desk", "start": "10:00", "end": "08:00", "count": 1},
    ),
    ("int_parsing", STAFFING + "desk,08:00,10:00,two\n", "row 2, count", "two"),
    ("greater_than_equal", STAFFING + "desk,08:00,10:00,-1\n", "row 2, count", -1),
    ("missing", "team,start,count\ndesk,08:00,1\n", "row 2, end", None),
    ("extra_forbidden", "team,start,end,number\ndesk,08:00,10:00,1\n", "row 2, number", "1"),
    (
        "breaks_inside",
        "team,start,end,meal\ndesk,08:00,10:00,11:00-11:30\n",
        "row 2",
        {"team": "desk", "start": "08:00", "end": "10:00", "meal": "11:00-11:30"},
    ),
    ("spans", "team,start,end,meal\ndesk,08:00,10:00,noon\n", "row 2, meal", "noon"),
    ("day_outside_run", "team,start,end,day\ndesk,08:00,10:00,7\n", "row 2, day", 7),
    ("unknown_place", "team,start,end,place\ndesk,08:00,10:00,brunch\n", "row 2, place", "brunch"),
]


@pytest.mark.parametrize(("code", "text", "field", "value"), CSV, ids=[code for code, *_ in CSV])
def test_a_broken_table_names_its_row(tmp_path, code, text, field, value):
    assert faults(tmp_path, GOOD, staffing=text) == {code: ("staffing.csv", field, value)}


def test_rows_of_rates_and_services_are_named_too(tmp_path):
    rates = "stream,service,start,end,rate_per_hour\ns,P01,08:00,09:00,-3\n"
    text = swapped(("rate_per_hour = 10", ""), ('service = "P01"', ""))
    assert faults(tmp_path, text, rates=rates) == {"greater_than_equal": ("rates.csv", "row 2, rate_per_hour", -3.0)}
    rates = rates.replace("-3", "3").replace("P01", "P09")
    assert faults(tmp_path, text, rates=rates) == {"unknown_service": ("rates.csv", "row 2, service", "P09")}
    rates = rates.replace("s,P09", "t,P01")
    found = faults(tmp_path, text, rates=rates)
    assert found["unknown_stream"] == ("rates.csv", "row 2, stream", "t")
    rates = rates.replace("t,P01", "s,P01")
    found = faults(tmp_path, swapped(("rate_per_hour = 10", "")), rates=rates)
    assert found == {"rates_name_services": (STRUCTURE, "stream.s", "s")}
    (tmp_path / "rates.csv").unlink()
    found = faults(tmp_path, GOOD, services="id,route,talk_s\nP01,visit,soon\n")
    assert found == {"float_parsing": ("services.csv", "row 2, talk_s", "soon")}
    found = faults(tmp_path, GOOD, services="id,route,talk_s\nP01,visit,5\nP01,visit,6\n")
    assert found == {"twice": ("services.csv", "row 3, id", "P01")}


def test_every_fault_of_all_files_comes_at_once(tmp_path):
    """Shape first, in every file; then, when the shape is right, every name."""
    text = swapped(("staff = 1", "staff = -1"), ("units = 1", 'units = "many"'), ('opens = "08:00"', 'opens = "x"'))
    (tmp_path / STRUCTURE).write_text(text, encoding="utf-8")
    (tmp_path / "staffing.csv").write_text(STAFFING + "desk,08:00,10:00,1.5\ndesk,8,10:00,1\n", encoding="utf-8")
    with pytest.raises(sim.InputError) as caught:
        sim.read(tmp_path)
    assert {(fault.code, fault.field) for fault in caught.value.faults} == {
        ("greater_than_equal", "team.desk.staff"),
        ("int_parsing", "pool.booth.units"),
        ("clock", "place.branch.opens"),
        ("int_parsing", "row 2, count"),
        ("clock", "row 3, start"),
    }
    text = swapped(
        ('by = ["desk"]', 'by = ["dsk"]'), ('route = "visit"', 'route = "vist"'), ('service = "P01"', 'service = "P02"')
    )
    (tmp_path / "staffing.csv").unlink()
    assert set(faults(tmp_path, text)) == {"unknown_pool", "unknown_route", "unknown_service"}


def test_a_broken_file_leaves_nothing_behind(tmp_path):
    """`write` refuses to replace what is no scenario, and writes nothing there."""
    (tmp_path / STRUCTURE).write_text(GOOD, encoding="utf-8")
    scenario = sim.read(tmp_path)
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(sim.InputError, match="not_a_scenario_to_replace"):
        sim.write(scenario, other)
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


# --- what needs places to be seen ---------------------------------------------------------------------------------


def nested(first: str, second: str, patience: str = "") -> str:
    wait = f", {patience}" if patience else ""
    return (
        f'{{ seize = {{ name = "{first}1", needs = [["{first}"]] }} }}, '
        f'{{ seize = {{ name = "{second}2", needs = [["{second}"]]{wait} }} }}, '
        '{ advance = { law = "exponential", mean_s = 5 } }, { release = "all" }'
    )


def compiled(tmp_path, text: str) -> object:
    (tmp_path / STRUCTURE).write_text(text, encoding="utf-8")
    return compile_scenario(sim.read(tmp_path))


def test_visits_that_could_wait_for_each_other_for_ever_are_refused(tmp_path):
    """One route holds the desk and wants the booth, the other the booth and wants the desk."""
    more = f"""
back = [ {nested("booth", "desk")} ]
[service.P02]
route = "back"
"""
    text = swapped(("[service.P01]\n", f"{more}[service.P01]\n"))
    text = text.replace(
        '{ serve = { by = ["desk"], takes = { law = "exponential", mean_s = "talk_s" } } }', nested("desk", "booth")
    )
    with pytest.raises(sim.InputError) as caught:
        compiled(tmp_path, text)
    (fault,) = caught.value.faults
    assert (fault.code, fault.value) in {("deadlock", "booth → desk → booth"), ("deadlock", "desk → booth → desk")}
    # Patience on one side breaks the circle.
    compiled(tmp_path, text.replace(nested("booth", "desk"), nested("booth", "desk", WAIT)))


def test_the_same_pool_twice_in_two_steps_is_a_circle_of_one(tmp_path):
    """A teller who holds one teller and wants another, as maker and checker."""
    with pytest.raises(sim.InputError) as caught:
        compiled(tmp_path, with_route(nested("desk", "desk")))
    (fault,) = caught.value.faults
    assert (fault.code, fault.value) == ("deadlock", "desk → desk")


def test_numbers_of_a_study_are_checked(tmp_path):
    (tmp_path / STRUCTURE).write_text(GOOD, encoding="utf-8")
    scenario = sim.read(tmp_path)
    for code, field, arguments in (
        ("greater_than_equal", "reps", {"reps": 0}),
        ("greater_than_equal", "seed", {"seed": -1}),
        ("greater_than_equal", "threads", {"threads": 0}),
        ("greater_than_equal", "days", {"days": 0}),
        ("half_width", "half_width", {"half_width": {"joy": 1.0}}),
        ("half_width", "half_width", {"half_width": {"occupancy": 0.0}}),
        ("engine", "engine", {"engine": "arena"}),
    ):
        with pytest.raises(sim.InputError) as caught:
            sim.simulate(scenario, **arguments)
        assert [(f.code, f.field) for f in caught.value.faults] == [(code, field)]
    with pytest.raises(sim.InputError, match="unknown_seize"):
        sim.simulate(scenario.replace(rules={"wait_of": "seize:agent"}))
    with pytest.raises(sim.InputError, match="compare_two"):
        sim.compare(scenario)
    with pytest.raises(sim.InputError, match="unknown_team"):
        scenario.with_staff({"dsk": 3})


@pytest.mark.parametrize("meal", [None, 3, "noon", [1], [["a", "b"]], {"a": 1}, float("inf"), [[2, 1]], True])
def test_a_meal_that_is_no_time_is_a_fault_and_no_crash(tmp_path, meal):
    (tmp_path / STRUCTURE).write_text(GOOD, encoding="utf-8")
    row = {"team": "desk", "start": "08:00", "end": "10:00", "meal": meal}
    with pytest.raises(sim.InputError, match="spans"):
        sim.read(tmp_path).replace(staffing=[row])


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("promise_share", {"share": 1.5}),
        ("promise_share", {"share": 0.0}),
        ("greater_than_equal", {"within_s": -1.0}),
        ("promise_per", {"per": ("hour",)}),
        ("promise_per", {"per": ("service", "interval")}),
    ],
)
def test_a_promise_is_checked(code, arguments):
    with pytest.raises(sim.InputError, match=code):
        sim.Promise(**arguments)


def test_a_promise_is_read_from_words():
    assert sim.Promise.parse("80% in 180s") == sim.Promise(0.8, 180.0)
    assert sim.Promise.parse("95.5 % within 3 min").within_s == 180.0
    with pytest.raises(sim.InputError, match="promise_text"):
        sim.Promise.parse("soon")
