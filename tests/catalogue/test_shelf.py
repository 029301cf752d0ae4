"""The catalogue: what is on the shelf loads, is sourced, and serves the same customers on both sides."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

import scenarios_catalog
import sim

SCENES = tuple(f"P{n:02d}" for n in range(1, 20)) + tuple(f"C{n:02d}" for n in range(1, 5))
IDS = ("S02", "S03")


@pytest.fixture(scope="module", params=IDS)
def scenario(request):
    return scenarios_catalog.load(request.param)


def codes(caught):
    return {fault.code for fault in caught.value.faults}


def test_the_shelf_holds_s02_and_s03():
    assert set(IDS) <= set(scenarios_catalog.names())


@pytest.mark.parametrize("name", IDS)
def test_an_entry_says_what_a_scenario_asks(name):
    (entry,) = [one for one in scenarios_catalog.entries() if one.id == name]
    loaded = scenarios_catalog.load(name)
    assert entry.title == loaded.title
    assert entry.question == loaded.question
    assert "000" in entry.source
    assert entry.parent == {"S02": None, "S03": "S02"}[name]


def test_a_scenario_has_the_23_scenes_with_both_names(scenario):
    """19 personal and 4 corporate scenes: the count that the source states (F18)."""
    here = {name: scenario.service[name] for name in SCENES}
    assert sum(one.segment == "personal" for one in here.values()) == 19
    assert sum(one.segment == "corporate" for one in here.values()) == 4
    assert all(one.title.zh and one.title.en and one.title.zh != one.title.en for one in here.values())


def test_work_that_cannot_go_remote_stays_at_the_counter():
    today, pooled = (scenarios_catalog.load(name) for name in IDS)
    others = set(today.service) - set(SCENES)
    assert others
    assert {pooled.service[name].route for name in others} == {"counter"}
    assert {today.service[name].route for name in today.service} == {"counter"}
    assert "counter" not in {pooled.service[name].route for name in SCENES}


def test_a_child_changes_routes_and_not_the_customers():
    """Same streams, services, attributes, profiles and day factors: both sides meet the same people."""
    today, pooled = (scenarios_catalog.load(name) for name in IDS)
    assert today.stream == pooled.stream
    assert today.profiles == pooled.profiles
    assert today.factor == pooled.factor
    assert list(today.service) == list(pooled.service)
    for name, service in today.service.items():
        assert pooled.service[name].attributes == service.attributes


def test_a_normal_day_has_1000_to_1500_customers(scenario):
    visits = sum(stream.per_day * scenario.place[stream.place].count for stream in scenario.stream.values())
    assert 1000 <= visits <= 1500
    assert sum(place.count for place in scenario.place.values() if place.kind == "branch") == 10


def test_profiles_share_out_the_whole_workday(scenario):
    totals = {}
    for row in scenario.profiles:
        key = (row.profile, row.day_class)
        totals[key] = totals.get(key, 0.0) + row.weight
    for (_, day_class), total in totals.items():
        assert total == pytest.approx({"workday": 1.0, "weekend": 0.46}[day_class], abs=0.001)


def test_written_and_read_again_it_is_the_same(scenario, tmp_path):
    folder = sim.write(scenario, tmp_path / "copy")
    assert scenarios_catalog.load(folder) == scenario
    with (folder / "services.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(scenario.service)


def test_a_folder_may_extend_the_catalogue_or_a_neighbour(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "scenario.toml").write_text('id = "mine"\nextends = "S02"\n', "utf-8")
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "scenario.toml").write_text('id = "next"\nextends = "mine"\n', "utf-8")
    assert scenarios_catalog.load(str(tmp_path / "mine")).service.keys()
    assert scenarios_catalog.load(tmp_path / "next" / "scenario.toml").id == "next"


@pytest.mark.parametrize("wrong", ["S3", "s03", "S99", "nothing/here", ""])
def test_a_wrong_id_is_answered_with_the_ids_that_are_near(wrong):
    if wrong == "":
        wrong = "S 03"
    with pytest.raises(sim.InputError) as caught:
        scenarios_catalog.load(wrong)
    (fault,) = caught.value.faults
    assert fault.code == "unknown_scenario"
    assert fault.value == wrong
    assert "S03" in str(fault.expected["near"])
    assert "S02" in str(fault.expected["known"])


def test_a_folder_that_is_no_scenario_is_refused_and_told_what_lies_in_it(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "scenario.toml").write_text("id = 'x'", "utf-8")
    with pytest.raises(sim.InputError) as caught:
        scenarios_catalog.load(tmp_path)
    (fault,) = caught.value.faults
    assert fault.code == "not_a_scenario"
    assert fault.expected["needs"] == "scenario.toml"
    assert "inner" in str(fault.expected["near"])


def test_an_unknown_parent_is_an_unknown_scenario(tmp_path):
    (tmp_path / "scenario.toml").write_text('id = "x"\nextends = "S77"\n', "utf-8")
    with pytest.raises(sim.InputError) as caught:
        scenarios_catalog.load(tmp_path)
    assert codes(caught) == {"unknown_scenario"}


def test_the_face_is_light():
    """Naming the scenarios loads no engine, no solver and no table library."""
    script = (
        "import sys, json, scenarios_catalog as c; c.names(); c.entries();"
        "print(json.dumps([m for m in ('numba','simpy','pandas','scipy','ortools') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
