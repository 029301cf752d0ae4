"""Cells of a promise: days of a class together, small ones with their neighbours, intervals by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

import sim
from scheduler.goals import Limit
from scheduler.judge import Judge, at_value, for_every_service
from tests.scheduler.conftest import centre

PROMISE = sim.Promise(0.8, 60.0, of="seize:agent")
CLASSES = ("workday",) * 5 + ("weekend",) * 2


@pytest.fixture(scope="module")
def study():
    scenario = centre()
    return sim.simulate(scenario.replace(rules=PROMISE.rules(scenario.rules)), reps=30, seed=4)


def test_days_of_a_class_are_taken_together(study):
    """The cell from 10:00 on workdays is the sum of the five intervals of the study."""
    judge = Judge([PROMISE], [({0: study}, CLASSES, 1.0)])
    verdict = judge.verdict(judge.look({0: study}, CLASSES))
    (at,) = [i for i, cell in enumerate(judge.cells) if (cell.day_class, cell.start_s) == ("workday", 36_000)]
    cells = [c for c in study.kept(PROMISE).cells if c.interval_start in [d * 86_400 + 36_000 for d in range(5)]]
    asked = sum(cell.expected for cell in cells)
    assert verdict.expected[at] == pytest.approx(asked / 5)
    assert verdict.value[at] == pytest.approx(sum(cell.expected * cell.value for cell in cells) / asked)
    assert verdict.margin[at] == pytest.approx(verdict.value[at] - 0.8)


def test_a_day_seen_so_often_says_the_same_as_the_days_one_by_one(study):
    """One workday simulated 5 times as often and counted 5 times: the same cells, and errors of the same size."""
    scenario = study.scenario
    grounds = []
    for name, times in (("workday", 5), ("weekend", 2)):
        day = scenario.replace(run={**scenario.run.model_dump(), "days": 1, "day_classes": (name,)})
        grounds.append(({0: sim.simulate(day, reps=30 * times, seed=9)}, (name,), float(times)))
    whole = Judge([PROMISE], [({0: study}, CLASSES, 1.0)])
    apart = Judge([PROMISE], grounds)
    looks = [apart.look(by_goal, labels).times(times) for by_goal, labels, times in grounds]
    one, other = whole.verdict(whole.look({0: study}, CLASSES)), apart.verdict(looks[0].plus(looks[1]))
    pairs = [(whole.cells.index(cell), at) for at, cell in enumerate(apart.cells) if cell in whole.cells]
    assert len(pairs) > 30
    unsure = [(a, b) for a, b in pairs if one.error[a] > 0 and other.error[b] > 0]
    z = [(one.value[a] - other.value[b]) / np.hypot(one.error[a], other.error[b]) for a, b in unsure]
    assert np.sqrt(np.mean(np.square(z))) == pytest.approx(1.0, abs=0.35)
    ratio = [one.error[a] / other.error[b] for a, b in unsure]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.3)


def test_small_cells_go_together_with_their_neighbours(study):
    """On weekends some quarter-hours have fewer than 5 customers: every cell has 5, and none is counted twice."""
    judge = Judge([PROMISE], [({0: study}, CLASSES, 1.0)])
    verdict = judge.verdict(judge.look({0: study}, CLASSES))
    assert (verdict.expected >= 5).all()
    weekend = sorted((c.start_s, c.end_s) for c in judge.cells if c.day_class == "weekend")
    assert all(b == c for (_, b), (c, _) in itertools.pairwise(weekend))
    assert any(end - start > 900 for start, end in weekend)
    assert verdict.weight.sum() == pytest.approx(study.value("offered").value, rel=0.01)


def test_all_cells_together_have_wider_intervals(study):
    judge = Judge([PROMISE], [({0: study}, CLASSES, 1.0)])
    verdict = judge.verdict(judge.look({0: study}, CLASSES))
    assert verdict.many == pytest.approx(stats.norm.ppf(1 - 0.025 / len(judge.cells)))
    for cell, error in zip(verdict.judged, verdict.error, strict=True):
        assert cell.half_width == pytest.approx(1.96 * error)
        assert cell.simultaneous == pytest.approx(verdict.many * error)


def test_a_limit_is_judged_by_its_measure():
    scenario = centre()
    study = sim.simulate(scenario, reps=10, seed=4)
    goals = [Limit("wait_p90_s", 1.0), Limit("abandoned_share", 0.9), Limit("offered", 10.0, "at_least")]
    by_goal = dict.fromkeys(range(3), study)
    judge = Judge(goals, [(by_goal, CLASSES, 1.0)])
    verdict = judge.verdict(judge.look(by_goal, CLASSES))
    assert verdict.value.tolist() == [study.value(goal.measure).value for goal in goals]
    assert (verdict.margin > 0).tolist() == [False, True, True]


def test_the_promise_for_every_service_follows_the_first():
    goals = (PROMISE, for_every_service(PROMISE), Limit("wait_p90_s", 60.0))
    changed = at_value(goals, 0.9)
    assert [goal.share for goal in changed[:2]] == [0.9, 0.9]
    assert changed[1].per == ("service",)
    assert changed[2] is goals[2]
