"""Files that people open: reopened by another library, they hold what the plan says and no formula."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest

from ui import words
from ui.exports import measures, roster, tabular


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_that_would_be_a_formula_is_guarded(start):
    assert tabular.guarded(f"{start}cmd") == f"'{start}cmd"


@pytest.mark.parametrize("cell", [-1.5, 3, None, "remote-a-01", "", "1+1"])
def test_numbers_and_plain_text_stay_as_they_are(cell):
    assert tabular.guarded(cell) == cell


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_roster_as_csv(lang, planned):
    rows = read(roster.csv_text(lang, planned))
    assert len(rows) == 1 + len(planned["roster"])
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][5:8] == ["09:00", "17:00", "12:00-13:00"]
    assert float(rows[1][9]) == 7.0
    assert rows[2][0] == "喆堃"


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_workbook_reopens_with_the_numbers_of_the_plan(lang, planned):
    data = roster.workbook(lang, planned)
    book = openpyxl.load_workbook(io.BytesIO(data))
    week, gantt, shifts, coverage, notes = book.worksheets
    assert week.protection.sheet
    assert not shifts.protection.sheet
    assert [row[0].value for row in shifts.iter_rows(min_row=2)] == ["=HYPERLINK(1)", "喆堃", "喆堃"]
    assert len(shifts.data_validations.dataValidation) == 1
    assert week.freeze_panes == "C5"
    assert gantt.freeze_panes == "C4"
    assert coverage.freeze_panes == "A2"
    people = {week.cell(row, 1).value: week.cell(row, 10).value for row in (5, 6)}
    assert people == {"=HYPERLINK(1)": 7.0, "喆堃": 10.0}
    assert week.cell(8, 10).value == pytest.approx(17.0)
    assert [week.cell(7, column).value for column in (3, 4, 5)] == [2, 1, 0]
    assert coverage.max_row == 1 + len(planned["coverage"])
    assert "S&03" in notes.cell(1, 1).value
    assert week.page_setup.orientation == "landscape"
    assert week.page_setup.paperSize == 9
    assert week.sheet_properties.pageSetUpPr.fitToPage
    assert week.print_title_rows == "$4:$4"


def test_the_workbook_has_no_formula_and_no_link(planned):
    with zipfile.ZipFile(io.BytesIO(roster.workbook("en", planned))) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8", "replace")
            assert "<f>" not in text
            assert "<hyperlink" not in text


def test_a_short_quarter_hour_is_seen(planned):
    book = openpyxl.load_workbook(io.BytesIO(roster.workbook("en", planned)))
    fills = {cell.fill.fgColor.rgb for row in book.worksheets[1].iter_rows() for cell in row}
    assert "FFF8CBAD" in fills
    gaps = [row[6].value for row in book.worksheets[3].iter_rows(min_row=2)]
    assert gaps.count(-1) == 2


def test_an_empty_roster_is_a_workbook_all_the_same(planned):
    empty = {**planned, "roster": [], "coverage": []}
    assert openpyxl.load_workbook(io.BytesIO(roster.workbook("zh", empty))).sheetnames


def test_all_measures_as_csv():
    row = {"measure": "wait_mean_s", "place": "b", "service": "*", "pool": "*", "interval_start": "*"}
    document = {"measures": [{**row, "value": 1.5, "half_width": None}], "names": {"b": {"zh": "网点", "en": "Branch"}}}
    rows = read(measures.study_csv("zh", document))
    assert rows[0][:7] == ["measure", "place", "service", "pool", "interval_start", "value", "half_width"]
    assert rows[1] == ["wait_mean_s", "b", "*", "*", "*", "1.5", "", "平均等待", "网点", "全部", "全部"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "roster.csv"
    tabular.write(path, "before")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", broken)
    with pytest.raises(OSError, match="space"):
        tabular.write(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
