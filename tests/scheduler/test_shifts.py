"""Day shifts are legal, cover the requirement, and cost the least that the rules allow."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from scheduler.contracts import contract
from scheduler.shifts import cover, on_duty
from tests.scheduler import checker


def test_shifts_cover_a_branch_day_within_the_rules(branch_day, standard):
    day = cover(branch_day, standard)
    assert [shift for shift in day.shifts if checker.shift_faults(shift, checker.rules())] == []
    assert all(there >= need for there, need in zip(checker.duty(day.shifts), branch_day, strict=True))
    assert on_duty(day.shifts) == checker.duty(day.shifts)
    assert day.paid_hours == sum(shift.paid_s for shift in day.shifts) / 3600
    assert day.bound_hours <= day.paid_hours


def explicit_optimum(need: list[int]) -> float:
    """Return the least paid hours by set covering: one column for every way to place meal and breaks (HiGHS)."""
    data, columns, cost = checker.rules(), [], []
    break_, meal = (data["rule"][name]["value"] * 60 for name in ("break", "meal"))
    for shape in data["shape"]:
        span = int(shape["paid_h"] * 3600 + meal)
        for start in range(8 * 3600, 18 * 3600 - span + 1, 900):
            patterns = [[0 if t < start // 900 or t >= (start + span) // 900 else 1 for t in range(96)]]
            for (earliest, latest), length in [(shape["meal"], meal), *((w, break_) for w in shape["breaks"])]:
                longer = []
                for pattern in patterns:
                    for begin in range(start + checker.clock(earliest), start + checker.clock(latest) + 1, 900):
                        off = list(pattern)
                        for slot in range(begin // 900, int(begin + length) // 900):
                            off[slot] = 0
                        longer.append(off)
                patterns = longer
            columns += patterns
            cost += [shape["paid_h"]] * len(patterns)
    matrix = [[column[t] for column in columns] for t in range(96) if need[t]]
    wanted = [n for n in need if n]
    answer = milp(
        cost,
        constraints=LinearConstraint(matrix, wanted, math.inf),
        integrality=[1] * len(cost),
        options={"mip_rel_gap": 0.0, "time_limit": 60},
    )
    assert answer.status == 0
    return float(answer.fun)


@pytest.mark.slow
def test_implicit_breaks_cost_the_same_as_writing_every_shift_out(standard):
    """The same optimum as the set covering with one column for each shift and each placing of its breaks."""
    need = [0] * 96
    need[36:70] = [1] * 4 + [2] * 10 + [1] * 6 + [2] * 10 + [1] * 4
    day = cover(need, standard, seconds=20)
    assert day.status == "optimal"
    assert day.paid_hours == pytest.approx(explicit_optimum(need), rel=0.002)


@settings(max_examples=12)
@given(data=st.data())
def test_any_requirement_is_covered_legally(data):
    """Random needs at random times of the day: covered in every minute, by legal shifts, never below the bound."""
    need = [0] * 96
    for _ in range(data.draw(st.integers(1, 4))):
        first = data.draw(st.integers(0, 95))
        last = data.draw(st.integers(first, min(95, first + 30)))
        for slot in range(first, last + 1):
            need[slot] += data.draw(st.integers(0, 3))
    day = cover(need, contract("cn-standard"), seconds=1.5)
    there = checker.duty(day.shifts)
    assert all(a >= b for a, b in zip(there, need, strict=True))
    assert [s for s in day.shifts if checker.shift_faults(s, checker.rules())] == []
    assert day.bound_hours <= day.paid_hours + 1e-9
    assert day.paid_hours >= sum(need) / 4


def test_breaks_do_not_all_fall_together(branch_day, standard):
    """With nobody to spare in the peaks, at no quarter-hour of a peak is anybody missing; meals are staggered."""
    day = cover([2 * n for n in branch_day], standard)
    begins = [shift.meal[0][0] for shift in day.shifts]
    assert len(set(begins)) >= 4
    assert max(begins.count(b) for b in begins) <= len(begins) // 2


def test_too_few_people_is_an_answer_with_hour_and_rule(branch_day, standard):
    day = cover(branch_day, standard, people=5)
    assert day.status == "infeasible"
    (finding,) = day.findings
    assert finding.code == "plan_too_few_people"
    assert finding.values["people"] == 5
    assert branch_day[int(finding.values["start_s"]) // 900] == 7


def test_a_need_that_no_permitted_shift_reaches_names_hour_and_rule(tmp_path):
    """A company that forbids work after 20:00 and has customers at 21:00."""
    from scheduler import contracts

    text = (checker.ROOT / "scheduler" / "contracts" / "cn-standard.toml").read_text("utf-8")
    file = tmp_path / "early.toml"
    file.write_text(text.replace("value = 24.0", "value = 20.0"), encoding="utf-8")
    need = [0] * 96
    need[40:88] = [1] * 48
    day = cover(need, contracts.contract(file))
    assert day.status == "infeasible"
    assert day.findings[0].code == "plan_no_shift_covers"
    assert (day.findings[0].values["start_s"], day.findings[0].values["rule"]) == (20 * 3600, "latest_end")


def test_nobody_needed_is_nobody_called(standard):
    day = cover([0] * 96, standard)
    assert (day.shifts, day.paid_hours, day.status) == ((), 0.0, "optimal")


def test_nobody_comes_at_dawn_for_an_hour_at_noon(standard):
    """One more is needed from 11:45 to 12:30 only; the shift for it lies within the hours of the others, 9 to 17."""
    need = [1 if 36 <= slot < 68 else 0 for slot in range(96)]
    need[47:50] = [2, 2, 2]
    day = cover(need, standard)
    assert day.shifts
    assert min(shift.start_s for shift in day.shifts) >= 8 * 3600
    assert max(shift.end_s for shift in day.shifts) <= 18 * 3600
