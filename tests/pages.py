"""Scenarios that pages of the documentation print: tests work out by hand what they do."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import sim

PAGES = Path(__file__).parents[1] / "docs" / "reference"


def scenario_of(page: str, which: int = 0) -> sim.Scenario:
    """Return a scenario of a page: the first, unless told otherwise, of the TOML blocks that begin with its id."""
    text = (PAGES / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(id = .*?)^```", text, re.MULTILINE | re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scenario.toml").write_text(blocks[which], encoding="utf-8")
        return sim.read(Path(folder))
