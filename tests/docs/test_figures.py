"""Figures in the reference are what the scenario above them gives, to the digits printed."""

import re
from pathlib import Path

import pytest

import sim

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
RULES = ("waiting.md", "world.md")
PAGES = [*(REFERENCE / name for name in RULES), *sorted(REFERENCE.glob("mechanisms-*.md"))]
FIGURE = re.compile(r"^```toml\n(id = .*?)^```\n\nFIGURE (\S+) = (\S+) ± (\S+)$", re.MULTILINE | re.DOTALL)
FOUND = [found for page in PAGES for found in FIGURE.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_scenario_of_a_page_has_a_figure(page):
    text = page.read_text("utf-8")
    assert len(FIGURE.findall(text)) == text.count("```toml\nid = ") > (6 if page.name in RULES else 0)


def printed(value: float, like: str) -> str:
    """Return a number with as many decimals as `like` has."""
    return f"{value:.{len(like.partition('.')[2])}f}"


@pytest.mark.parametrize(("text", "measure", "value", "half"), FOUND, ids=[text.split('"')[1] for text, *_ in FOUND])
def test_a_figure_is_what_its_scenario_gives(text, measure, value, half, tmp_path):
    (tmp_path / "scenario.toml").write_text(text, "utf-8")
    row = sim.simulate(sim.read(tmp_path), reps=100, seed=1).value(measure)
    assert (printed(row.value, value), printed(row.half_width, half)) == (value, half)
