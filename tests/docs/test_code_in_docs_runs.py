"""What the README and the reference print as code is what a reader gets."""

import re
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "reference").glob("*.md"))]
PAGES = [page for page in PAGES if page.name != "calibration.md"]  # tests/calibration runs that one on its log


def _blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "python")], ids=lambda page: page.name)
def test_python_in_a_page_runs(page, capsys):
    for block in _blocks(page, "python"):
        exec(compile(block, str(page), "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "toml")], ids=lambda page: page.name)
def test_a_whole_scenario_in_a_page_can_be_simulated(page, tmp_path):
    whole = [block for block in _blocks(page, "toml") if block.startswith("id = ")]
    assert whole
    for block in whole:
        (tmp_path / "scenario.toml").write_text(block, encoding="utf-8")
        study = sim.simulate(sim.read(tmp_path), reps=2, threads=1)
        assert study.value("answered").value > 0


def test_every_link_between_pages_leads_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.relative_to(ROOT)} links to {link}"
