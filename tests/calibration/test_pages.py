"""The code of the pages on calibration runs, and the pages name every rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import calibration

ROOT = Path(__file__).parents[2]
PAGES = ("docs/how-to/calibrate-from-a-log.md", "docs/reference/calibration.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs(page, month, monkeypatch, capsys):
    month("january")
    monkeypatch.chdir(ROOT)
    for block in re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL):
        exec(compile(block, page, "exec"), {})  # noqa: S102
    assert capsys.readouterr().out


def test_the_reference_names_every_rule():
    text = (ROOT / PAGES[1]).read_text("utf-8")
    rules = (*calibration.read.RULES, "not_asked_for", *(rule.name for rule in calibration.clean.RULES))
    assert [name for name in rules if f"`{name}`" not in text] == []
