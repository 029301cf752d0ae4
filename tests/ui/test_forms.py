"""The form of people: written, opened by another reader, filled in, read; and everything that can be wrong in it."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

import scheduler
import sim
from ui import words
from ui.actions import forms
from ui.exports import template
from ui.imports import book, people

KNOWN = {
    "first_date": "2026-11-23",
    "teams": {"remote-a": {"zh": "远程团队甲", "en": "Team A"}, "remote-b": None},
    "places": {"centre": None},
    "skills": {"P01": {"zh": "开户", "en": "open account"}, "P02": None},
    "contracts": {"cn-standard": {"zh": "标准工时", "en": "standard hours"}},
    "shapes": {"day-8": None},
    "people": [{"person": "a-01", "team": "remote-a", "place": "centre"}, {"person": "a-02", "team": "remote-a"}],
}
FIRST_ROW = 5


@pytest.fixture
def filled(tmp_path):
    """Return a function that fills in a form: sheet key → rows of values from column A on, or cell → value."""

    def fill(lang: str = "zh", known: dict | None = None, **sheets) -> str:
        found = openpyxl.load_workbook(io.BytesIO(template.workbook(lang, {**KNOWN, **(known or {})}, "S&1")))
        for key, rows in sheets.items():
            sheet = found[words.say(lang, f"form.sheet.{key}")]
            cells = rows if isinstance(rows, dict) else {}
            for number, row in enumerate([] if isinstance(rows, dict) else rows):
                cells |= {f"{book.letters(n)}{FIRST_ROW + number}": value for n, value in enumerate(row)}
            for cell, value in cells.items():
                sheet[cell] = value
        path = tmp_path / "form.xlsx"
        found.save(path)
        return str(path)

    return fill


def faults(path: str, **how) -> dict[str, str]:
    """Return cell → code of what is wrong."""
    with pytest.raises(sim.InputError) as error:
        people.read(path, **how)
    for fault in error.value.faults:
        assert fault.file == path
        for lang in words.LANGUAGES:
            assert "?" not in words.fault(lang, fault), fault
    return {fault.field: fault.code for fault in error.value.faults}


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_form_has_drop_downs_and_a_header_that_stays(lang):
    found = openpyxl.load_workbook(io.BytesIO(template.workbook(lang, KNOWN, "S&1")))
    assert found.sheetnames[1] == words.say(lang, "form.sheet.people")
    for form in forms.FORMS:
        sheet = found[words.say(lang, f"form.sheet.{form.key}")]
        assert sheet.freeze_panes == "B5"
        header = [cell.value for cell in sheet[4]]
        assert header == [words.say(lang, f"form.column.{column.key}") for column in form.columns]
        lists = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
        assert lists, form.key
    checks = {
        str(one.sqref): one.formula1
        for one in found[words.say(lang, "form.sheet.wishes")].data_validations.dataValidation
    }
    assert words.say(lang, "form.wish.off") in checks["C5:C1004"]
    assert words.say(lang, "form.sheet.people") in checks["A5:A1004"]
    names = [cell.value for cell in found[words.say(lang, "form.sheet.lists")]["A"]]
    assert names[1:] == ["remote-a", "remote-b"]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_what_is_filled_in_becomes_staff(filled, lang):
    say = lambda key: words.say(lang, key)  # noqa: E731
    path = filled(
        lang,
        people=[
            ["a-01", "王喆堃", "remote-a", "centre", "P01、P02", "cn-standard", 20, 65.5, say("form.status.nursing")],
            [1002, "", words.title(lang, KNOWN["teams"]["remote-a"], "remote-a")],
        ],
        leave=[
            ["a-01", date(2026, 11, 24), "2026-11-25", None, None, say("form.leave.sick")],
            [1002, 3, 3, "09:00", time(12)],
        ],
        wishes=[["a-01", 5, say("form.wish.late"), None, 3]],
        locks=[["a-01", 1, None, "22:00", "06:00"], [1002, 2, say("form.yes")]],
        history=[["a-01", "2026-11-22", "23:30", 4, 0, 1.5, 40, 12, 2]],
    )  # fmt: skip
    read = people.read(path, teams=KNOWN["teams"], days=7, shapes={"day-8"})
    staff = forms.staff(read.document)
    assert read.document["first_date"] == "2026-11-23"
    assert staff.people[0] == scheduler.Person(
        "a-01", "王喆堃", "remote-a", "centre", ("P01", "P02"), "cn-standard", 20, 65.5, ("nursing",)
    )
    assert (staff.people[1].id, staff.people[1].team) == ("1002", "remote-a")
    assert staff.leaves == (
        scheduler.Leave("a-01", 1, kind="sick"),
        scheduler.Leave("a-01", 2, kind="sick"),
        scheduler.Leave("1002", 2, 9 * 3600, 12 * 3600),
    )
    assert staff.wishes == (scheduler.Wish("a-01", 4, "late", None, 3),)
    assert staff.locks == (
        scheduler.Lock("a-01", 0, 22 * 3600, 30 * 3600),
        scheduler.Lock("1002", 1, off=True),
    )
    (past,) = staff.histories
    assert (past.last_end_s, past.days_in_a_row) == (-30 * 60, 4)
    assert (past.month_overtime_s, past.period_s, past.year_overtime_s) == (5400, 144_000, 43_200)
    assert past.credits == {"nights": 2}


def test_everything_wrong_is_named_by_its_cell_at_once(filled):
    path = filled(
        people={
            "B5": "王喆堃", "G5": "四十", "I5": "怀孕、外星", "C6": None, "A7": "a-01", "C7": "remote-a",
            "A8": "a-09", "C8": "nowhere", "J8": "2026-12-01", "K8": "2026-11-30",
        },
        leave=[
            ["nobody", "2026-11-25"], ["a-01", "2026-11-25", "2026-11-24"], ["a-01", 2, 2, "9点"],
            ["a-01", 2, 2, "09:00"],
        ],
        wishes={"D4": "奇怪的列", "A5": "a-01", "B5": 3, "C5": "飞"},
        locks=[["a-01", 9, "是"], ["a-01", 1], ["a-01", 1, "maybe"]],
        history=[["a-01", "2026-11-23", "08:00"], ["a-02", None, None, 1.5], ["a-02", None, None, -1]],
    )  # fmt: skip
    assert faults(path, teams=KNOWN["teams"], days=7) == {
        "人员!G5": "cell_number",
        "人员!I5": "cell_choice",
        "人员!C6": "cell_missing",
        "人员!A7": "staff_twice",
        "人员!C8": "unknown_team",
        "人员!K8": "ends_before_it_begins",
        "休假!A5": "staff_unknown_person",
        "休假!C6": "cell_days_turned",
        "休假!D7": "cell_clock",
        "休假!A8": "one_of_two_times",
        "希望!D4": "sheet_column",
        "希望!C5": "cell_choice",
        "固定班次!B5": "day_outside_plan",
        "固定班次!A6": "lock_unclear",
        "固定班次!C7": "cell_choice",
        "历史!B5": "cell_before_plan",
        "历史!D6": "cell_whole",
        "历史!D7": "cell_whole",
    }


def test_a_date_needs_the_first_day_of_the_plan(filled):
    path = filled(known={"first_date": None}, leave=[["a-01", datetime(2026, 11, 25)]])
    assert faults(path) == {"休假!B5": "cell_undated"}
    read = people.read(path, date(2026, 11, 23))
    assert read.document["leaves"][0]["day"] == 2


def test_numbers_of_days_in_cells_that_excel_takes_for_dates_are_numbers(filled):
    path = filled(leave=[["a-01", datetime(1900, 1, 3)]])
    assert people.read(path).document["leaves"][0]["day"] == 2


def test_columns_may_stand_in_any_order_and_notes_are_not_read(filled):
    path = filled(
        people={
            "A4": "姓名",
            "B4": "Person id",
            "A5": "王",
            "B5": "x-1",
            "A6": "李",
            "B6": "x-2",
            "L4": "备注（内部）",
            "L5": "新人",
        }
    )
    assert [(one["id"], one["name"]) for one in people.read(path).document["people"]] == [("x-1", "王"), ("x-2", "李")]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"A4": None}, "sheet_column_missing"),
        ({"B4": "员工编号"}, "sheet_column_twice"),
        ({"A4": "编号？"}, "sheet_column"),
    ],
)
def test_a_broken_header_is_named(filled, cells, code):
    with pytest.raises(sim.InputError) as error:
        people.read(filled(people=cells))
    assert code in {one.code for one in error.value.faults}


def test_a_workbook_without_the_sheet_of_people_is_refused(tmp_path):
    path = tmp_path / "x.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(sim.InputError) as error:
        people.read(path)
    assert error.value.faults[0].code == "book_no_sheet"
    assert "人员" in words.faults("zh", error.value)[0]


def test_a_form_without_people_is_refused(filled):
    with pytest.raises(sim.InputError) as error:
        people.read(filled(known={"people": []}))
    assert error.value.faults[0].code == "book_no_people"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "book_unreadable"),
        (b"PK\x03\x04 broken", "book_unreadable"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "book_locked_or_old"),
        (b"person,team\n", "book_unreadable"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, content, code):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(sim.InputError) as error:
        people.read(path)
    assert error.value.faults[0].code == code


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 210_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(sim.InputError) as error:
        people.read(path)
    assert error.value.faults[0].code == "file_too_large"


def test_no_such_file(tmp_path):
    with pytest.raises(sim.InputError) as error:
        people.read(tmp_path / "none.xlsx")
    assert error.value.faults[0].code == "no_such_file"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("08:30", 30_600), ("8:30", 30_600), ("０８：３０", 30_600), ("25:30", 91_800), (time(8, 30), 30_600),
     (0.5, 43_200), ("24:00", 86_400), ("8.30", None), ("08:60", None), ("-1:00", None), ("", None), ("49:00", None),
     (True, None)],
)  # fmt: skip
def test_clocks(value, seconds):
    assert book.clock(value) == seconds


@pytest.mark.parametrize(
    ("value", "day"),
    [("2026-11-23", 0), ("2026/11/24", 1), ("2026年11月25日", 2), ("2026-1-5", -322), (date(2026, 11, 22), -1),
     (1, 0), (7.0, 6), ("3", 2), (1.5, None), ("soon", None), ("2026-02-30", None), (None, None), (float("nan"), None)],
)  # fmt: skip
def test_days(value, day):
    assert book.day(value, date(2026, 11, 23)) == day
