"""Candidates on trial: the same customers for all, one person more or fewer where asked, stop when asked."""

from __future__ import annotations

import pytest

from scheduler import loop, shifts
from scheduler.trials import Meter, Stopped
from tests.scheduler.conftest import centre

KEY = ("workday", "agents")


@pytest.fixture(scope="module")
def search():
    asked = loop.task(centre(), "80% in 60s", contracts="cn-standard", weeks=1, teams=None, people=None)
    return asked.search(seed=3, reps=10, looks=20, meter=Meter())


@pytest.fixture(scope="module")
def state(search):
    found, findings = search.by_theory()
    assert findings == []
    return found


def test_days_of_each_class_are_looked_at_by_themselves(search):
    assert [(one.labels, one.times, one.scenario.run.days) for one in search.trials.grounds] == [
        (("workday",), 5.0, 1),
        (("weekend",), 2.0, 1),
    ]


def test_where_days_touch_each_other_the_whole_week_is_looked_at():
    """Who is left at closing time is served the next morning."""
    place = {"centre": {"kind": "centre", "opens": "09:00", "closes": "17:00", "closing": "carry"}}
    asked = loop.task(centre(place=place), "80% in 60s", contracts="cn-standard", weeks=1, teams=None, people=None)
    (ground,) = asked.search(seed=3, reps=4, looks=4, meter=Meter()).trials.grounds
    assert ground.labels == ("workday",) * 5 + ("weekend",) * 2


def test_the_same_candidate_is_simulated_once(search, state):
    first = search.trials.verdict(state)
    count = search.trials.count
    again = search.trials.verdict(state)
    assert search.trials.count == count
    assert again.value.tolist() == first.value.tolist()
    other = search.trials.verdict(state, seed=99)
    assert search.trials.count == count + 2
    assert other.value.tolist() != first.value.tolist()


def on_duty(search, state, extras):
    scenario = search.trials.staffed(search.trials.grounds[0].scenario, state, ("workday",), extras)
    out = [0] * 96
    for row in scenario.staffing:
        for slot in range(row.start // 900, row.end // 900):
            away = any(a <= slot * 900 < b for a, b in (*row.meal, *row.breaks))
            out[slot] += 0 if away else row.count
    return out


def test_one_more_or_fewer_in_single_quarter_hours(search, state):
    now = shifts.on_duty(state[KEY])
    assert on_duty(search, state, ()) == now
    changed = on_duty(search, state, [(*KEY, 40, 1), (*KEY, 46, -1), (*KEY, 46, -1)])
    assert [b - a for a, b in zip(now, changed, strict=True)] == [{40: 1, 46: -2}.get(slot, 0) for slot in range(96)]


def test_fewer_people_hurt_where_they_are_missing_and_not_on_other_days(search, state):
    before = search.trials.verdict(state)
    after = search.trials.verdict(state, extras=[(*KEY, slot, -1) for slot in range(40, 44)])
    near = [
        at for at, cell in enumerate(before.cells) if cell.day_class == "workday" and 36_000 <= cell.start_s < 39_600
    ]
    weekend = [at for at, cell in enumerate(before.cells) if cell.day_class == "weekend"]
    assert after.margin[near].mean() < before.margin[near].mean()
    assert after.margin[weekend].tolist() == before.margin[weekend].tolist()


def test_slopes_say_what_one_person_is_worth(search, state):
    """The slope of a cell is what its margin loses when one fewer is there: none is negative, some are not 0."""
    search.note(state)
    slopes = search._slopes("workday", search.now, search._duty("workday", state), -1)
    assert all((one >= 0).all() for one in slopes.values())
    assert sum(float(one.sum()) for one in slopes.values()) > 0.1


def test_stop_is_asked_during_a_look(state):
    asked = loop.task(centre(), "80% in 60s", contracts="cn-standard", weeks=1, teams=None, people=None)
    search = asked.search(seed=3, reps=10, looks=20, meter=Meter(stop=lambda: True))
    with pytest.raises(Stopped):
        search.trials.verdict(state)
