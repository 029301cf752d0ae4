"""Rosters that went out and come back: edited shifts, locks, and everything that can be wrong with them."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

import sim
from ui import words
from ui.exports import roster
from ui.imports import rosters

NAMES = {"remote-a": {"zh": "远程团队甲", "en": "Remote team A"}}


@pytest.fixture
def edited(tmp_path, planned):
    """Return a function that exports the roster, changes cells of its sheet of shifts, and gives the path."""

    def edit(lang: str = "zh", cells: dict | None = None) -> str:
        found = openpyxl.load_workbook(io.BytesIO(roster.workbook(lang, planned)))
        sheet = found[words.say(lang, "export.sheet_shifts")]
        for cell, value in (cells or {}).items():
            sheet[cell] = value
        path = tmp_path / "roster.xlsx"
        found.save(path)
        return str(path)

    return edit


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_what_goes_out_comes_back(lang, edited, planned):
    found = rosters.read(edited(lang), NAMES, 7)
    assert found.rows == [
        {**one, "place": "*", "shape": ""}
        for one in sorted(planned["roster"], key=lambda one: (one["day"], one["start_s"]))
    ]
    assert found.locked == ()


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_as_csv_too_with_names_that_look_like_formulas(lang, tmp_path, planned):
    path = tmp_path / "roster.csv"
    path.write_text(roster.csv_text(lang, planned), "utf-8", newline="")
    found = rosters.read(path, NAMES, 7)
    assert {one["person"] for one in found.rows} == {"=HYPERLINK(1)", "喆堃"}
    assert [one["paid_h"] for one in found.rows] == [7.0, 6.0, 4.0]


def test_locks_are_the_rows_that_say_yes(edited):
    found = rosters.read(edited(cells={"L3": "是", "L4": "yes", "F4": "10:00"}), NAMES, 7)
    assert found.must_lock() == [
        {"person": "喆堃", "day": 0, "start_s": 36_000, "end_s": 57_600, "off": False},
        {"person": "喆堃", "day": 1, "start_s": 36_000, "end_s": 46_800, "off": False},
    ]


def test_no_lock_at_all_is_refused_but_a_file_without_the_column_locks_everything(edited, tmp_path):
    with pytest.raises(sim.InputError) as error:
        rosters.read(edited(), NAMES, 7).must_lock()
    assert error.value.faults[0].code == "lock_none"
    path = tmp_path / "short.csv"
    path.write_text("员工,日序,开始,结束\nx-1,2,22:00,06:00\n", "utf-8")
    assert rosters.read(path, {}).must_lock() == [
        {"person": "x-1", "day": 1, "start_s": 79_200, "end_s": 108_000, "off": False}
    ]


def test_a_new_row_is_a_new_shift_and_empty_rows_are_none(edited):
    cells = {"A6": "新人", "C6": "Remote team A", "D6": 3, "F6": "08:00", "G6": "12:00", "A9": None}
    *_, last = rosters.read(edited(cells=cells), NAMES, 7).rows
    assert (last["person"], last["team"], last["day"], last["meal"], last["paid_h"]) == ("新人", "remote-a", 2, [], 4.0)


def test_everything_wrong_is_named_by_its_cell_at_once(edited):
    cells = {
        "A2": None, "D3": 9, "F4": "十点", "H2": "12:00到13:00", "I3": "05:00-05:15", "L4": "也许",
        "A5": "喆堃", "D5": 1, "F5": "09:00", "G5": "09:00",
    }  # fmt: skip
    path = edited(cells=cells)
    with pytest.raises(sim.InputError) as error:
        rosters.read(path, NAMES, 7)
    assert {one.field: one.code for one in error.value.faults} == {
        "班次!A2": "cell_missing",
        "班次!D3": "cell_day_range",
        "班次!F4": "cell_clock",
        "班次!G5": "cell_ends_first",
    }
    for cell in ("A2", "D3", "F4", "G5"):
        cells.pop(cell)
    with pytest.raises(sim.InputError) as error:
        rosters.read(edited(cells={**cells, "G5": "17:00"}), NAMES, 7)
    assert {one.field: one.code for one in error.value.faults} == {
        "班次!H2": "cell_spans",
        "班次!I3": "cell_outside_shift",
        "班次!L4": "cell_choice",
    }


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "员工,开始\nx,1\n", ""])
def test_a_file_without_shifts_is_refused(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(sim.InputError) as error:
        rosters.read(path, NAMES)
    assert error.value.faults[0].code == "roster_no_shifts"


def test_a_csv_in_another_encoding_is_refused_and_not_garbled(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("员工,日序,开始,结束\n王,1,09:00,17:00\n".encode("gb18030"))
    with pytest.raises(sim.InputError) as error:
        rosters.read(path, NAMES)
    assert error.value.faults[0].code == "not_utf8"


def test_coverage_as_csv_has_a_row_a_quarter_hour(planned):
    text = roster.coverage_csv("zh", planned)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 1 + len(planned["coverage"])
    assert rows[4] == ["远程团队甲", "周一", "09:45", "2", "1", "0.5", "-1"]


def test_several_weeks_are_several_sheets_each_with_its_days(planned):
    later = {**planned["roster"][0], "day": 8}
    document = {**planned, "weeks": 2, "day_classes": planned["day_classes"] * 2, "roster": [*planned["roster"], later]}
    found = openpyxl.load_workbook(io.BytesIO(roster.workbook("zh", {**document, "first_date": "2026-11-23"})))
    assert found.sheetnames[:2] == ["第 1 周", "第 2 周"]
    assert [cell.value for cell in found["第 2 周"][4]][2:9] == [
        "周一 11-30", "周二 12-01", "周三 12-02", "周四 12-03", "周五 12-04", "周六 12-05", "周日 12-06",
    ]  # fmt: skip
    assert found["第 2 周"]["D5"].value.startswith("09:00–17:00")


def test_people_on_leave_and_locked_shifts_are_seen(planned):
    staff = {
        "people": [{"id": "喆堃", "team": "remote-a"}, {"id": "休假的人", "team": "remote-a"}],
        "leaves": [{"person": "休假的人", "day": 0, "from_s": None, "to_s": None, "kind": "sick"}],
        "locks": [{"person": "喆堃", "day": 1, "start_s": 32_400, "end_s": 46_800, "off": False}],
    }
    document = {**planned, "staff": staff, "persons": {"休假的人": "李四"}}
    found = openpyxl.load_workbook(io.BytesIO(roster.workbook("zh", document)))
    week = found["周班表"]
    row = next(number for number in range(5, 9) if week.cell(number, 1).value == "李四 (休假的人)")
    assert [week.cell(row, column).value for column in (3, 4)] == ["病假", "休"]
    locked = [line[11].value for line in found["班次"].iter_rows(min_row=2)]
    assert locked == ["否", "否", "是"]
