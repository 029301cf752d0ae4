"""A scenario as a folder: writing and reading back loses nothing, a child states only what differs."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scenarios_catalog
import sim
from sim.model.read import STRUCTURE
from tests.worlds import fixed, world, worlds

if TYPE_CHECKING:
    from pathlib import Path

SLOW_TO_MAKE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]


def again(scenario: sim.Scenario, folder: Path) -> sim.Scenario:
    return sim.read(sim.write(scenario, folder))


@settings(max_examples=80, suppress_health_check=SLOW_TO_MAKE)
@given(scenario=worlds())
def test_what_is_written_is_read_back_whole(scenario, tmp_path):
    assert again(scenario, tmp_path / "world") == scenario


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)


@settings(max_examples=150, suppress_health_check=SLOW_TO_MAKE)
@given(
    zh=WORDS, en=WORDS, label=WORDS, note=WORDS, person=WORDS, number=st.floats(allow_nan=False, allow_infinity=False)
)
def test_texts_of_any_script_and_any_number_come_back(zh, en, label, note, person, number, tmp_path):
    """Quotes, commas, formulas, emoji; numbers to the last bit."""
    scenario = world(
        [{"serve": {"by": ["desk"], "takes": fixed(60)}}],
        title={"zh": zh, "en": en},
        notes=[{"zh": note, "en": note}],
        team={"desk": {"title": {"zh": zh, "en": en}}},
        service={
            "visit": {
                "route": "visit",
                "title": {"zh": zh, "en": en},
                "attributes": {"talk_s": number},
                "labels": {"note": label},
            }
        },
        staffing=[{"team": "desk", "start": "08:00:30", "end": "26:00", "person": person}],
        provenance={"source": note, "weight": number, "rows": 3},
    )
    assert again(scenario, tmp_path / "world") == scenario


@pytest.mark.parametrize("name", ["S02", "S03"])
def test_the_catalogue_comes_back_whole(name, tmp_path):
    scenario = scenarios_catalog.load(name)
    assert again(scenario, tmp_path / name) == scenario


def test_the_files_written_are_those_shown(tmp_path):
    scenario = scenarios_catalog.load("S03")
    folder = sim.write(scenario, tmp_path / "S03")
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == {
        name: text.replace("\r\n", "\n") for name, text in sim.files(scenario).items()
    }


def test_tables_open_in_excel(tmp_path):
    """A byte order mark says UTF-8, lines end as Excel ends them."""
    folder = sim.write(scenarios_catalog.load("S02"), tmp_path / "S02")
    for path in folder.glob("*.csv"):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.count(b"\r\n") == data.count(b"\n") > 0


def test_writing_over_a_scenario_leaves_no_old_table(tmp_path):
    """A world without staffing rows over one with them: the old staffing.csv goes."""
    route = [{"serve": {"by": ["desk"], "takes": fixed(60)}}]
    rows = [{"team": "desk", "start": "08:00", "end": "10:00"}]
    folder = sim.write(world(route, team={"desk": {}}, staffing=rows), tmp_path / "world")
    assert (folder / "staffing.csv").exists()
    plain = world(route, team={"desk": {"staff": 1}})
    assert again(plain, folder) == plain
    assert not (folder / "staffing.csv").exists()


# --- children -----------------------------------------------------------------------------------------------------

PARENT = {
    STRUCTURE: """
id = "parent"
title = { zh = "父", en = "Parent" }
question = { zh = "问", en = "Why?" }
[rules]
sl_threshold_s = 60
sl_mode = "answered"
[team.desk]
staff = 2
cost_per_hour = 60
[team.boss]
staff = 1
[route]
counter = [
  { serve = { by = ["desk"], takes = { law = "exponential", mean_s = "talk_s" } } },
]
video = [
  { serve = { by = ["boss"], takes = { law = "gamma", mean_s = 60, cv = 0.5 } } },
]
[stream.s]
shares = { A = 1, B = 2 }
rate_per_hour = 10
""",
    "services.csv": "id,title_en,title_zh,route,talk_s,label.risk\n"
    "A,Alpha,甲,counter,60,high\n"
    "B,Beta,乙,counter,90,low\n",
}


def folder(root: Path, name: str, files: dict[str, str]) -> Path:
    where = root / name
    where.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (where / file).write_text(text, encoding="utf-8")
    return where


@pytest.fixture
def family(tmp_path):
    """A parent, and a function that reads a child of it."""
    folder(tmp_path, "parent", PARENT)

    def child(toml: str, **tables: str) -> sim.Scenario:
        files = {STRUCTURE: f'id = "child"\nextends = "parent"\n{toml}', **{f"{k}.csv": v for k, v in tables.items()}}
        return sim.read(folder(tmp_path, "child", files), lambda name: tmp_path / name)

    return child


def test_a_child_states_only_what_differs(family, tmp_path):
    parent = sim.read(tmp_path / "parent")
    scenario = family("[rules]\nsl_threshold_s = 20\n[team.desk]\nstaff = 3\n")
    assert scenario.id == "child"
    assert (scenario.rules.sl_threshold_s, scenario.rules.sl_mode) == (20.0, "answered")
    assert (scenario.team["desk"].staff, scenario.team["desk"].cost_per_hour) == (3, 60.0)
    for part in ("route", "service", "stream"):
        assert getattr(scenario, part) == getattr(parent, part)


def test_a_child_asks_its_own_question(family):
    assert family("").question is None
    assert family('question = { zh = "何", en = "What?" }').question == sim.Text(zh="何", en="What?")


def test_arrays_replace_whole(family):
    """A route is an array: the child's counter has one block, not two, and video stays."""
    scenario = family(
        '[route]\ncounter = [ { serve = { by = ["boss"], takes = { law = "deterministic", value_s = 5 } } } ]\n'
    )
    assert len(scenario.route["counter"]) == 1
    assert scenario.route["counter"][0].serve.by == ("boss",)
    assert scenario.route["video"][0].serve.by == ("boss",)


def test_a_route_may_stand_inside_its_service(family):
    scenario = family('[service.A]\nroute = [ { leave = "served" } ]\n')
    assert scenario.service["A"].route == "A"
    assert scenario.route["A"][0].leave == "served"
    assert scenario.service["A"].attributes == {"talk_s": 60.0}
    assert scenario.service["B"].route == "counter"


def test_remove_takes_out_of_the_parent(family):
    scenario = family('remove = ["service.B", "stream.s"]\n[stream.t]\nservice = "A"\nrate_per_hour = 1\n')
    assert list(scenario.service) == ["A"]
    assert list(scenario.stream) == ["t"]


def test_a_table_of_the_child_replaces_that_of_the_parent_whole(family):
    """services.csv of the child has A alone: B is gone, and what the parent's table said of A."""
    scenario = family(
        "[stream.s]\nshares = { A = 1, B = 0 }\n", services="id,route,talk_s\nA,counter,30\nB,counter,9\n"
    )
    assert scenario.service["A"].attributes == {"talk_s": 30.0}
    assert scenario.service["A"].title is None
    assert scenario.service["A"].labels == {}
    scenario = family(
        'remove = ["stream.s"]\n[stream.t]\nservice = "A"\nrate_per_hour = 1\n',
        services="id,route,talk_s\nA,counter,30\n",
    )
    assert list(scenario.service) == ["A"]


def test_structure_and_table_of_one_folder_add_up(family):
    """The child's services.csv and [service.A] are both its own: the parent's services stay out all the same."""
    scenario = family(
        'remove = ["stream.s"]\n[stream.t]\nservice = "A"\nrate_per_hour = 1\n[service.A.attributes]\nshare = 0.5\n',
        services="id,route,talk_s\nA,counter,30\n",
    )
    assert list(scenario.service) == ["A"]
    assert scenario.service["A"].attributes == {"talk_s": 30.0, "share": 0.5}
    assert scenario.service["A"].title is None


def test_staffing_rows_of_the_child_replace_the_parents(family, tmp_path):
    (tmp_path / "parent" / "staffing.csv").write_text("team,start,end,count\ndesk,08:00,10:00,2\n", "utf-8")
    assert family("").staffing[0].count == 2
    assert [row.count for row in family("", staffing="team,start,end,count\nboss,09:00,10:00,1\n").staffing] == [1]


def test_a_fault_of_the_parent_names_the_parents_file(family, tmp_path):
    path = tmp_path / "parent" / "services.csv"
    path.write_text(path.read_text("utf-8").replace("B,Beta,\u4e59,counter", "B,Beta,\u4e59,nowhere"), "utf-8")
    with pytest.raises(sim.InputError) as caught:
        family("")
    assert [(f.code, f.file, f.field) for f in caught.value.faults] == [("unknown_route", str(path), "row 3, route")]


def test_a_grandchild_and_a_circle(tmp_path):
    folder(tmp_path, "parent", PARENT)
    folder(tmp_path, "child", {STRUCTURE: 'id = "child"\nextends = "parent"\n[team.desk]\nstaff = 3\n'})
    folder(tmp_path, "grandchild", {STRUCTURE: 'id = "grandchild"\nextends = "child"\n[team.boss]\nstaff = 4\n'})
    scenario = sim.read(tmp_path / "grandchild", lambda name: tmp_path / name)
    assert (scenario.team["desk"].staff, scenario.team["boss"].staff) == (3, 4)
    folder(tmp_path, "parent", {STRUCTURE: 'id = "parent"\nextends = "child"\n'})
    with pytest.raises(sim.InputError, match="extends_circle"):
        sim.read(tmp_path / "grandchild", lambda name: tmp_path / name)


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ('remove = ["service.C"]', "remove_unknown"),
        ('remove = "service.B"', "remove_list"),
        ("extends = 3", "string_type"),
    ],
)
def test_what_a_child_may_not_say(tmp_path, toml, code):
    folder(tmp_path, "parent", PARENT)
    head = 'id = "child"\n' if "extends" in toml else 'id = "child"\nextends = "parent"\n'
    folder(tmp_path, "child", {STRUCTURE: head + toml})
    with pytest.raises(sim.InputError) as caught:
        sim.read(tmp_path / "child", lambda name: tmp_path / name)
    assert [(fault.code, fault.file) for fault in caught.value.faults] == [(code, str(tmp_path / "child" / STRUCTURE))]


def test_a_parent_that_nobody_can_find(tmp_path):
    folder(tmp_path, "child", {STRUCTURE: 'id = "child"\nextends = "parent"\n'})
    with pytest.raises(sim.InputError, match="unknown_scenario"):
        sim.read(tmp_path / "child")
    folder(tmp_path, "orphan", {STRUCTURE: 'id = "orphan"\nremove = ["team.desk"]\n'})
    with pytest.raises(sim.InputError, match="remove_without_extends"):
        sim.read(tmp_path / "orphan")


def test_spaces_around_texts_are_nothing(tmp_path):
    scenario = world(
        [{"advance": fixed(1)}],
        service={
            "visit": {"route": "visit", "title": {"zh": " a\t", "en": "b "}, "labels": {"note": " c", "none": " "}}
        },
    )
    assert again(scenario, tmp_path / "world") == scenario


# --- the schema ---------------------------------------------------------------------------------------------------


def test_the_schema_is_a_json_schema():
    schema = sim.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("name", ["S02", "S03"])
def test_the_schema_accepts_the_catalogue(name):
    data = tomllib.loads((scenarios_catalog.find(name) / STRUCTURE).read_text("utf-8-sig"))
    jsonschema.validate(data, sim.schema(), jsonschema.Draft202012Validator)


@settings(max_examples=40, suppress_health_check=SLOW_TO_MAKE)
@given(worlds())
def test_the_schema_accepts_whatever_is_written(scenario):
    jsonschema.validate(tomllib.loads(sim.files(scenario)[STRUCTURE]), sim.schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "toml",
    [
        'id = "x"\n[team.desk]\nstuff = 1',
        'id = "x"\n[team.desk]\nstaff = -1',
        'id = "x"\n[place.a]\nopens = "8 am"',
        'id = "x"\n[route]\na = [ { hold = 3 } ]',
        "[run]\ndays = 2",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(toml, tmp_path):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(toml), sim.schema(), jsonschema.Draft202012Validator)
    with pytest.raises(sim.InputError):
        sim.read(folder(tmp_path, "x", {STRUCTURE: toml}))
