"""The report of a calibration: one page in both languages that loads nothing, with its numbers inside."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import sim
from calibration import curves, mapping, publish, validate
from calibration.clean import Cleaned
from calibration.columns import DAY_S, Log
from ui import words
from ui.actions.documents import plain
from ui.charts import fitting, paper
from ui.exports import report

FIRST = 20_248
"""Monday, 9 June 2025."""


def _log(days=28):
    """Return the log of three agents, first come first served; who waits longer than his patience leaves."""
    generator = sim.generator(2, "report test")
    rows = []
    for day in range(days):
        free = [9 * 3600.0] * 3
        for arrive in np.sort(generator.uniform(9 * 3600, 16 * 3600, 280)).tolist():
            k = free.index(min(free))
            wait = max(free[k] - arrive, 0.0)
            takes, stays = generator.exponential(200), generator.exponential(300)
            if wait > stays:
                rows.append((FIRST * DAY_S + day * DAY_S + arrive, max(stays, 1), 0, -1))
                continue
            free[k] = arrive + wait + takes
            rows.append((FIRST * DAY_S + day * DAY_S + arrive, wait, max(takes, 1), k))
    arrive, wait, service, agent = np.array(rows).T.astype(np.int64)
    return Log.of(arrive, wait_s=wait, service_s=service, agent=agent, files=("<log>&.csv",))


@pytest.fixture(scope="module")
def evidence():
    """The document and curves of a calibration with two weeks held out."""
    preset = replace(mapping.preset("ticket-machine"), leavers="moment")
    fitted, held = publish.split(Cleaned(_log(), (), (), {}), "2w")
    made = publish.fit(fitted, preset)
    found = validate.validate(made, held, replications=12)
    extra = {**made.extra, "validation": found.document()}
    made = replace(made, validation=found, extra=extra, findings=(*made.findings, *found.findings))
    return plain(made.document()), plain(curves.curves(made))


@pytest.fixture(scope="module")
def pages(evidence):
    """The page opened in each language."""
    document, numbers = evidence
    pictures = fitting.pictures(document, numbers)
    return {lang: report.page(lang, document, numbers, pictures, paper.FONT) for lang in words.LANGUAGES}


class _Reader(HTMLParser):
    """Collects what a page refers to, and its words by language."""

    def __init__(self):
        super().__init__()
        self.references, self.open, self.text = [], [], {"zh": "", "en": "", "": ""}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.references += [value for name, value in attrs if name in ("src", "href", "xlink:href", "data") and value]
        if tag not in ("meta", "br", "link", "input", "img"):
            self.open.append(given.get("class", ""))

    def handle_endtag(self, tag):
        if tag not in ("meta", "br", "link", "input", "img") and self.open:
            self.open.pop()

    def handle_data(self, data):
        lang = next((one for one in reversed(self.open) if one in ("zh", "en")), "")
        self.text[lang] += data


def test_the_page_loads_nothing_from_elsewhere(pages):
    for page in pages.values():
        reader = _Reader()
        reader.feed(page)
        assert [one for one in reader.references if not one.startswith(("#", "data:"))] == []
        assert re.findall(r"url\((?!data:|#)", page) == []
        assert "<link" not in page


def test_both_languages_stand_in_the_page_and_are_not_mixed(pages):
    reader = _Reader()
    reader.feed(pages["zh"])
    assert "验证" in reader.text["zh"]
    assert "Validation" in reader.text["en"]
    english = reader.text["en"].replace("中文", "")
    assert re.findall("[\u4e00-\u9fff]", english) == []
    assert pages["zh"].replace('class="zh"><main', "").count("<svg") == pages["en"].count("<svg")


def test_every_kind_of_picture_is_there(evidence):
    document, numbers = evidence
    pictures = fitting.pictures(document, numbers)
    assert set(pictures) == {"rates", "quantiles", "patience", "staffing", "offered", "wait_mean_s", "waits"}
    for picture in pictures.values():
        assert set(picture) == {"zh", "en"}


def test_the_numbers_of_the_page_are_those_of_the_document(pages, evidence):
    document, numbers = evidence
    found = dict(re.findall(r'download="(\w+)\.csv" href="data:text/csv;base64,([^"]+)"', pages["en"]))
    tables = {
        name: list(csv.DictReader(io.StringIO(base64.b64decode(data).decode("utf-8-sig"))))
        for name, data in found.items()
    }
    assert len(tables["arrivals"]) == len(document["arrivals"])
    assert float(tables["arrivals"][3]["rate_per_hour"]) == document["arrivals"][3]["rate_per_hour"]
    assert len(tables["validation"]) == len(numbers["half_hours"])
    assert float(tables["patience"][0]["scale_s"]) == document["patience"][0]["parameters"]["scale_s"]
    assert set(tables) == {
        "arrivals", "service", "patience", "staffing", "service_quantiles", "patience_curve", "validation",
    }  # fmt: skip


def test_names_of_files_are_text_and_not_tags(pages):
    assert "&lt;log&gt;&amp;.csv" in pages["en"]
    assert "<log>" not in pages["en"]


def test_the_verdict_and_where_the_figures_come_from_are_told(pages, evidence):
    document, _ = evidence
    verdict = document["validation"]["verdict"]
    for page in pages.values():
        assert f'class="verdict {verdict}"' in page
        assert document["provenance"]["version_numpy"] in page
        assert document["provenance"]["made_on"] in page


def test_the_font_carries_every_character_of_the_page(pages):
    from fontTools.ttLib import TTFont

    (data,) = re.findall(r"url\(data:font/woff;base64,([^)]+)\)", pages["zh"])
    known = TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()
    reader = _Reader()
    reader.feed(re.sub(r"<(style|script)>.*?</\1>", "", pages["zh"], flags=re.DOTALL))
    assert {char for text in reader.text.values() for char in text if char.isprintable()} - set(
        map(chr, known)
    ) == set()
