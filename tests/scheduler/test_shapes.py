"""Shifts of a contract file: what may be said of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from scheduler import contracts
from scheduler.contracts import contract
from scheduler.shifts import Group, Post, cover, master
from tests.scheduler import checker

H = 3600


def with_shape(tmp_path: Path, text: str) -> contracts.Contract:
    """Return the shipped rules with this shape in place of their own."""
    shipped = (Path(contracts.__file__).parent / "cn-standard.toml").read_text("utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(shipped[: shipped.index("[[shape]]")] + text, encoding="utf-8")
    return contract(file)


SPLIT = """
[[shape]]
name = "split-8"
title = { zh = "两头班", en = "Split shift" }
paid_h = 8.0
start = ["07:30", "09:00"]
grid_min = 30
split = { first_h = [3.5, 4.5], gap_h = [2.0, 3.0], step_min = 30 }
breaks = [["01:00", "02:00"]]
break_min = 15
meetings = [{ after = "00:00", minutes = 15 }]
"""


def test_everything_that_may_be_said_of_a_shift_is_read(tmp_path):
    (shape,) = with_shape(tmp_path, SPLIT).shapes
    assert (shape.title.zh, shape.starts, shape.grid_s) == ("两头班", (int(7.5 * H), 9 * H), 1800)
    assert {pattern.span_s for pattern in shape.patterns} == {int(h * H) for h in (10, 10.5, 11)}
    assert len(shape.patterns) == 9
    assert shape.on_duty_s == 8 * H - 900 - 900
    assert list(shape.begins(900, 24 * H)) == [27000, 28800, 30600, 32400]


def test_a_split_shift_with_a_meeting_covers_both_peaks_of_a_counter(tmp_path):
    """Needed from 8:30 to 11:00 and 14:30 to 17:00; the checker below counts minutes on duty by itself."""
    law = with_shape(tmp_path, SPLIT)
    need = [2 if 34 <= slot < 44 or 58 <= slot < 68 else 0 for slot in range(96)]
    day = cover(need, law)
    assert day.status == "optimal"
    assert all(there >= asked for there, asked in zip(checker.duty(day.shifts), need, strict=True))
    for shift in day.shifts:
        assert (shift.start_s, shift.start_s + 900) in shift.breaks
        assert shift.paid_s == 8 * H
        ((begin, end),) = shift.meal
        assert 3.5 * H <= begin - shift.start_s <= 4.5 * H
        assert 2 * H <= end - begin <= 3 * H


def test_an_on_call_shift_is_never_at_work(tmp_path):
    law = with_shape(tmp_path, '[[shape]]\nname = "c"\npaid_h = 12.0\non_call = true\npay_share = 0.25\n')
    need = [1 if 36 <= slot < 60 else 0 for slot in range(96)]
    assert cover(need, law).findings[0].code == "plan_no_shift_covers"
    found = master([Group("g", ("x",), 40.0)], [Post("x", need, on_call=True)], law)
    assert [shift.paid_s for shift in found.on_call["g"]] == [12 * H]
    assert found.cost == pytest.approx(12 * 40 * 0.25)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("paid_h = 8.0", "paid_h = 9.0"),  # beyond the hours of a day
        ("paid_h = 8.0", "paid_h = 8.1"),  # no quarter-hours
        ("gap_h = [2.0, 3.0]", "gap_h = [3.0, 2.0]"),
        ('breaks = [["01:00", "02:00"]]', 'breaks = [["00:00", "02:00"]]'),  # may fall into the meeting
        ("grid_min = 30", "grid_mins = 30"),  # no such word
        ('after = "00:00"', 'after = "00:00", before_end = "01:00"'),
        ("minutes = 15 }", "minutes = 10 }"),
        ('start = ["07:30", "09:00"]', 'start = ["09:00", "07:30"]'),
    ],
)
def test_a_shift_that_cannot_be_worked_is_refused(tmp_path, old, new):
    assert old in SPLIT
    with pytest.raises(sim.InputError) as error:
        with_shape(tmp_path, SPLIT.replace(old, new))
    assert [(fault.code, fault.field) for fault in error.value.faults] == [("contract_shape", "shape.0")]
