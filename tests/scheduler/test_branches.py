"""Branches and remote teams in one problem: minimum posts are kept, people move and are called back."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from scheduler import branches
from scheduler.branches import branch_staff
from scheduler.people import Person, Staff

H = 3600


def bank(**changes):
    """Return two branches of one template with tellers and a lobby manager each, and a remote centre for both."""
    rates = [
        {"stream": "counter", "service": name, "day_class": "*", "start": 9 * H, "end": 17 * H, "rate_per_hour": rate}
        for name, rate in (("P01", 1.5), ("N01", 7.0))
    ]
    data = {
        "id": "bank",
        "run": {"days": 1, "day_classes": ["workday"]},
        "place": {
            "city": {"kind": "city"},
            "centre": {"kind": "centre", "parent": "city"},
            "b": {"kind": "branch", "parent": "city", "count": 2, "opens": "09:00", "closes": "17:00"},
        },
        "team": {
            "tellers": {"place": "b", "role": "teller", "staff": 3, "cost_per_hour": 75.0},
            "lobby": {"place": "b", "role": "lobby_manager", "staff": 1, "cost_per_hour": 70.0},
            "remote": {"place": "centre", "role": "remote_agent", "staff": 2, "serves": ["b"], "cost_per_hour": 65.0},
        },
        "route": {
            "window": [
                {"serve": {"name": "guide", "by": ["lobby_manager"], "takes": {"law": "exponential", "mean_s": 60}}},
                {"serve": {"name": "work", "by": ["teller"], "takes": {"law": "exponential", "mean_s": 360}}},
            ],
            "video": [
                {"serve": {"name": "work", "by": ["remote_agent"], "takes": {"law": "exponential", "mean_s": 600}}},
            ],
        },
        "service": {"P01": {"route": "video"}, "N01": {"route": "window"}},
        "stream": {"counter": {"place": "b"}},
        "rates": rates,
    }  # fmt: skip
    return sim.validated({**data, **changes})


def present(scenario: sim.Scenario, team: str, place: str) -> list[int]:
    """Return the people of a team at a place in each quarter-hour of a workday, read from the staffing rows alone."""
    out = [0] * 96
    for row in scenario.staffing:
        if row.team == team and row.place in ("*", place):
            for slot in range(96):
                at = slot * 900
                if row.start <= at < row.end and not any(a <= at < b for a, b in (*row.meal, *row.breaks)):
                    out[slot] += row.count
    return out


def own_rules(tmp_path: Path, extra: str = "", base: bool = True) -> Path:
    """Write a file of rules: those that are shipped, and more."""
    text = (Path(branches.__file__).parent / "cn-branch.toml").read_text("utf-8") if base else ""
    file = tmp_path / "mine.toml"
    file.write_text(f"{text}\n{extra}", encoding="utf-8")
    return file


def test_every_minimum_has_its_source():
    book = branches.rules("cn-branch")
    assert {minimum.name for minimum in book.minimums} == {"dual_control", "witness", "lobby"}
    assert all(minimum.source.zh and minimum.source.en and minimum.effective for minimum in book.minimums)


def test_two_at_the_counter_and_one_in_the_lobby_at_every_hour():
    """Few customers need one teller; dual control needs two from 9 to 17, through meals and breaks."""
    found = branch_staff(bank())
    assert found.status == "optimal"
    for place in ("b-01", "b-02"):
        assert min(present(found.scenario, "tellers", place)[36:68]) >= 2
        assert min(present(found.scenario, "lobby", place)[36:68]) >= 1
    assert found.bound <= found.cost
    assert found.gap <= 0.01
    paid = sum(
        (row.end - row.start - sum(b - a for a, b in row.meal)) / H * found.scenario.team[row.team].cost_per_hour
        for row in found.scenario.staffing
    )
    assert found.cost == pytest.approx(paid)


def test_the_staffed_scenario_runs_and_serves():
    found = branch_staff(bank())
    study = sim.simulate(found.scenario, reps=20, seed=3)
    assert (study.value("abandoned_share").value or 0.0) < 0.05
    assert (study.value("wait_mean_s").value or 0.0) < 300


def test_a_witness_is_asked_for_only_where_such_a_service_arrives():
    with_opening = branch_staff(bank())
    rates = [row.model_dump() for row in bank().rates if row.service != "P01"]
    without = branch_staff(bank(rates=rates))
    assert "witness" in {post.skill for post in with_opening.days[0].posts}
    assert "witness" not in {post.skill for post in without.days[0].posts}
    assert [f.code for f in with_opening.findings] == ["plan_licence_assumed"]


def test_only_who_has_the_licence_witnesses():
    """One of three tellers and nobody of the lobby has it: the branch cannot have a witness there from 9 to 17."""

    def staff(licensed: int) -> Staff:
        tellers = [
            Person(f"t{place}{n}", team="tellers", place=place, skills=("witness",) if n < licensed else ())
            for place in ("b-01", "b-02")
            for n in range(4)
        ]
        lobby = [Person(f"l{place}{n}", team="lobby", place=place) for place in ("b-01", "b-02") for n in range(3)]
        return Staff((*tellers, *lobby))

    one = branch_staff(bank(), people=staff(1))
    assert one.status == "infeasible"
    assert "witness" in {f.values["skill"] for f in one.findings if f.code == "plan_post_short"}
    three = branch_staff(bank(), people=staff(3))
    assert three.status in ("optimal", "feasible")
    assert "plan_licence_assumed" not in {f.code for f in three.findings}
    groups = {group.name for group in three.days[0].groups}
    assert {"tellers@b-01", "tellers@b-01+witness"} <= groups
    licensed = three.days[0].found.on_duty["tellers@b-01+witness"]
    assert min(licensed[36:68]) >= 1


def test_a_mobile_manager_stands_in_at_both_branches(tmp_path):
    """With one lobby manager a branch the meals are uncovered; mobile people who may work at either cover them."""
    extra = """
[[mobile]]
name = "mobile"
roles = ["lobby_manager"]
places = ["b"]
people = 4
travel_min = 30
wage_per_hour = 80
"""
    staff = {"lobby": 1}
    assert branch_staff(bank(), people=staff).status == "infeasible"
    found = branch_staff(bank(), people=staff, posts=own_rules(tmp_path, extra), seconds=8)
    assert found.status in ("optimal", "feasible")
    for place in ("b-01", "b-02"):
        assert min(present(found.scenario, "lobby", place)[36:68]) >= 1
    stays = found.days[0].found.stays["mobile"]
    assert {place for one in stays for place, _, _ in one} <= {"b-01", "b-02"}


def test_remote_people_in_a_branch_are_called_back_when_the_counter_lacks_one(tmp_path):
    """There are no tellers; four remote people who sit in the branch are called to its windows."""
    extra = """
[[recall]]
team = "remote"
places = ["b"]
people = 4
roles = ["teller"]
per_hour = 20
"""
    book = own_rules(tmp_path, extra, base=False)
    found = branch_staff(bank(), posts=book, people={"tellers": 0})
    assert found.status in ("optimal", "feasible")
    assert found.recalls
    for place in ("b-01", "b-02"):
        needed = next(post for post in found.days[0].posts if post.name.startswith(f"tellers@{place}")).servers
        there = present(found.scenario, "tellers", place)
        assert all(a >= b for a, b in zip(there, needed, strict=True))
    for one in found.recalls:
        rows = [row for row in found.scenario.staffing if row.team == "remote"]
        assert any((one.start_s, one.end_s) in row.breaks for row in rows)
    assert branch_staff(bank(), posts=own_rules(tmp_path), people={"tellers": 0}).status == "infeasible"


def test_names_that_the_scenario_does_not_have_are_refused(tmp_path):
    extra = """
[[mobile]]
name = "m"
roles = ["pilot"]
places = ["moon"]
people = 1
travel_min = 0
wage_per_hour = 1
[[recall]]
team = "nobody"
places = ["b"]
people = 1
roles = ["teller"]
per_hour = 1
"""
    with pytest.raises(sim.InputError) as error:
        branch_staff(bank(), posts=own_rules(tmp_path, extra))
    assert {fault.code for fault in error.value.faults} == {"unknown_team", "unknown_place", "unknown_role_of_branch"}


def test_all_faults_of_a_file_of_rules_come_at_once(tmp_path):
    extra = """
[[post]]
name = "x"
[[mobile]]
name = "m"
speed = 3
"""
    with pytest.raises(sim.InputError) as error:
        branches.rules(own_rules(tmp_path, extra, base=False))
    assert [fault.code for fault in error.value.faults] == ["branch_rule", "branch_rule"]
    with pytest.raises(sim.InputError) as unknown:
        branches.rules("mars")
    assert unknown.value.faults[0].code == "unknown_posts"
