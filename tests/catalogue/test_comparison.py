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
    """Fresh customers bear out that S03 is not slower; hours add up with overtime; both are shipped as found."""
    steps = []
    result = scenarios_catalog.equal_service(
        scenarios_catalog.load("S02"),
        scenarios_catalog.load("S03"),
        reps=60,
        fresh_reps=200,
        progress=lambda done, total: steps.append((done, total)),
    )
    today, pooled = result.today, result.pooled
    for side in (today, pooled):
        assert side.paid_hours == pytest.approx(sum(side.hours.values()))
        assert 0 < side.overtime_hours < 5
        assert side.staff == scenarios_catalog.people(scenarios_catalog.load(side.id))
        shipped = scenarios_catalog.load(side.id)
        assert sorted(side.scenario.staffing, key=repr) == sorted(shipped.staffing, key=repr)
        assert side.scenario.replace(staffing=shipped.staffing) == shipped
    assert set(today.hours) == {"teller", "lobby_manager", "authoriser"}
    assert set(pooled.hours) == {*today.hours, "remote_agent", "remote_supervisor"}
    assert pooled.hours["teller"] < today.hours["teller"]
    assert today.booths == 0 < pooled.booths
    assert result.equal
    assert result.wait_p90_difference_s <= result.wait_p90_difference_half_width < 30
    assert result.wait_p90_difference_s == pytest.approx(pooled.wait_p90_s - today.wait_p90_s)
    assert result.paid_hours_difference == pytest.approx(pooled.paid_hours - today.paid_hours)
    assert result.paid_hours_difference_half_width < 2
    assert result.share == pytest.approx(pooled.paid_hours / today.paid_hours)
    assert (result.label, result.reps, result.search_reps) == ("DIRECTIONAL", 200, 60)
    assert result.seed > result.search_seed
    assert all(n >= 2 for team, n in pooled.staff.items() if team.startswith("teller"))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1]


def hall(people, *, rate=20.0):
    """A room with a desk: what one person more or fewer does is plain."""
    return sim.Scenario.model_validate(
        {
            "id": "hall",
            "place": {"hall": {"opens": "09:00", "closes": "12:00", "closing": "serve"}},
            "team": {"desk": {"place": "hall", "role": "teller"}},
            "route": {"desk": [{"serve": {"by": ["teller"], "takes": {"law": "exponential", "mean_s": 300.0}}}]},
            "service": {"ask": {"route": "desk"}},
            "stream": {"walk-in": {"place": "hall", "service": "ask", "rate_per_hour": rate}},
            "staffing": [{"team": "desk", "start": "09:00", "end": "12:00", "count": people}],
        }
    )


@pytest.mark.parametrize("start", [2, 3, 6])
def test_the_same_work_needs_the_same_people(start):
    """However many the other side begins with, it ends with as many as today, and no difference is left."""
    result = scenarios_catalog.equal_service(hall(3), hall(start), reps=20, fresh_reps=40, seed=3)
    assert result.today.staff == result.pooled.staff == {"desk": 3}
    assert result.paid_hours_difference == 0
    assert result.wait_p90_difference_s == 0
    assert result.equal


def test_overtime_is_paid_and_counted():
    """Three posts from nine to twelve are nine hours; whoever is inside at twelve is served, and everybody stays."""
    result = scenarios_catalog.equal_service(hall(3), hall(3), reps=10, fresh_reps=30, seed=3)
    assert result.today.paid_hours == pytest.approx(9 + result.today.overtime_hours)
    assert result.today.overtime_hours > 0
    assert result.today.paid_hours_half_width > 0


def test_what_the_search_favoured_by_luck_is_mended_on_fresh_customers():
    """One day is no sample: whatever the search makes of it, the result is not slower on fresh customers."""
    for seed in range(1, 6):
        result = scenarios_catalog.equal_service(hall(4, rate=34), hall(4, rate=34), reps=1, fresh_reps=100, seed=seed)
        assert result.equal
        assert result.today.staff["desk"] == 4
