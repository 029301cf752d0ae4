"""The roster on paper: read by another program, and as pictures."""

from __future__ import annotations

import shutil
import subprocess

import pytest

import sim
from ui import words
from ui.charts import gantt, paper
from ui.exports import printed

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler) is not installed")
MARKUP = "#panic() $x^2$ *b* _i_ @ref <l> `r` \\ // /*"


def text_of(data: bytes) -> str:
    found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True)
    return found.stdout.decode("utf-8")


@needs_poppler
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_pdf_says_what_the_plan_says(lang, planned):
    document = {**planned, "first_date": "2026-11-23", "persons": {"喆堃": "王喆堃"}}
    text = text_of(printed.pdf(lang, document, ["第一句 first"], paper.FONT))
    for part in ("王喆堃", "=HYPERLINK(1)", "09:00–17:00", "12:00-13:00", "11-23", "17.0", "第一句 first", "S&03"):
        assert part in text, part
    assert words.say(lang, "export.off") in text


@needs_poppler
def test_what_people_wrote_is_text_and_never_markup(planned):
    rows = [{**one, "person": MARKUP} for one in planned["roster"]]
    document = {**planned, "roster": rows, "names": {"remote-a": {"zh": MARKUP, "en": MARKUP}}}
    text = text_of(printed.pdf("en", document, [MARKUP], paper.FONT))
    assert text.count("#panic()") >= 3
    assert "$x^2$" in text


@needs_poppler
def test_every_team_and_week_has_its_page(planned):
    document = {**planned, "weeks": 3, "day_classes": planned["day_classes"] * 3}
    data = printed.pdf("zh", document, [], paper.FONT)
    text = text_of(data)
    assert text.count("\f") == 4
    for week in (1, 2, 3):
        assert words.say("zh", "export.sheet_week_n", week=week) in text


def test_without_typst_there_is_a_sentence_and_no_traceback(planned, monkeypatch):
    monkeypatch.setattr(printed, "ready", lambda: False)
    with pytest.raises(sim.InputError) as error:
        printed.pdf("zh", planned, [], paper.FONT)
    assert "counterflow[report]" in words.faults("zh", error.value)[0]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_gantt_is_drawn_with_every_character(lang, planned):
    """A missing glyph is a warning of matplotlib, and a warning is an error here."""
    document = {**planned, "first_date": "2026-11-23", "persons": {"喆堃": "喆堃玥珺镕昇赟"}}
    (sheet,) = gantt.sheets(document)
    assert gantt.png(lang, document, sheet, "柜流").startswith(b"\x89PNG")


def test_a_large_team_and_several_weeks_are_several_pictures(planned):
    rows = [{**planned["roster"][0], "person": f"p{n:04d}"} for n in range(250)]
    sheets = gantt.sheets({**planned, "roster": rows, "weeks": 2})
    assert [(one.week, one.part, len(one.people)) for one in sheets] == [
        (0, 0, 120), (0, 1, 120), (0, 2, 10), (1, 0, 120), (1, 1, 120), (1, 2, 10),
    ]  # fmt: skip
    assert len({one.suffix for one in sheets}) == 6
