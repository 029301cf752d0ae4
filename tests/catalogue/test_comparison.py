"""The honest comparison: equal waits first, then everything that is paid."""

from __future__ import annotations

import pytest

import scenarios_catalog
import sim


@pytest.fixture(scope="module")
def pooled():
    return scenarios_catalog.load("S03")


def test_people_of_the_first_day(pooled):
    here = scenarios_catalog.people(pooled)
    assert here["remote-a"] == sum(
        row.count for row in pooled.staffing if row.team == "remote-a" and row.day_class == "workday"
    )
    assert scenarios_catalog.people(pooled, day=5)["remote-a"] < here["remote-a"]


@pytest.mark.parametrize("number", [1, 4, 8, 13])
def test_more_or_fewer_people_on_the_same_shifts(pooled, number):
    changed = scenarios_catalog.with_people(pooled, {"remote-a": number})
    assert scenarios_catalog.people(changed)["remote-a"] == number
    before = {(row.start, row.end, row.meal, row.breaks) for row in pooled.staffing}
    assert {(row.start, row.end, row.meal, row.breaks) for row in changed.staffing} <= before
    others = {row for row in changed.staffing if row.team != "remote-a"}
    assert others == {row for row in pooled.staffing if row.team != "remote-a"}


def test_meals_stay_staggered(pooled):
    """Nine people over three meal times: three each, as near as it goes."""
    changed = scenarios_catalog.with_people(pooled, {"remote-a": 9})
    counts = [row.count for row in changed.staffing if row.team == "remote-a" and row.day_class == "workday"]
    assert max(counts) - min(counts) <= 1


def test_the_size_it_has_changes_nothing(pooled):
    here = scenarios_catalog.people(pooled)
    same = scenarios_catalog.with_people(pooled, here)
    assert sorted(same.staffing, key=repr) == sorted(pooled.staffing, key=repr)


@pytest.mark.parametrize(("team", "number", "code"), [("remote-z", 1, "unknown_team"), ("remote-a", -1, None)])
def test_people_of_a_team_that_cannot_be(pooled, team, number, code):
    with pytest.raises(sim.InputError) as caught:
        scenarios_catalog.with_people(pooled, {team: number})
    assert code is None or caught.value.faults[0].code == code


@pytest.mark.slow
def test_equal_service_of_s02_and_s03():
    """Both keep the target in the search; hours add up by role; tellers fall and remote agents appear."""
    steps = []
    result = scenarios_catalog.equal_service(
        scenarios_catalog.load("S02"),
        scenarios_catalog.load("S03"),
        reps=20,
        progress=lambda done, total: steps.append((done, total)),
    )
    today, pooled = result.today, result.pooled
    assert today.paid_hours == pytest.approx(sum(today.hours.values()))
    assert pooled.paid_hours == pytest.approx(sum(pooled.hours.values()))
    assert set(today.hours) == {"teller", "lobby_manager", "authoriser"}
    assert set(pooled.hours) == {*today.hours, "remote_agent", "remote_supervisor"}
    assert pooled.hours["teller"] < today.hours["teller"]
    assert today.booths == 0 < pooled.booths
    assert abs(result.wait_p90_difference_s) < 240
    assert result.paid_hours_difference == pytest.approx(pooled.paid_hours - today.paid_hours)
    assert result.share == pytest.approx(pooled.paid_hours / today.paid_hours)
    assert result.label == "DIRECTIONAL"
    assert all(n >= 2 for team, n in pooled.staff.items() if team.startswith("teller"))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1]


def test_a_scenario_against_itself_is_no_better():
    """With a target that already holds, both sides of the same scenario end at the same staffing."""
    tiny = {
        "id": "tiny",
        "place": {"hall": {"opens": "09:00", "closes": "12:00"}},
        "team": {"desk": {"place": "hall", "role": "teller"}},
        "route": {"desk": [{"serve": {"by": ["teller"], "takes": {"law": "exponential", "mean_s": 300.0}}}]},
        "service": {"ask": {"route": "desk"}},
        "stream": {"walk-in": {"place": "hall", "service": "ask", "rate_per_hour": 20.0}},
        "staffing": [{"team": "desk", "start": "09:00", "end": "13:00", "count": 4}],
    }
    scenario = sim.Scenario.model_validate(tiny)
    result = scenarios_catalog.equal_service(scenario, scenario, target_s=600.0, reps=10, seed=3)
    assert result.today.staff == result.pooled.staff
    assert result.paid_hours_difference == 0
    assert result.wait_p90_difference_s == 0
    assert 2 <= result.today.staff["desk"] < 4
