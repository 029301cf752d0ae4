"""Compiled kernels are kept for the next start, in a folder of their own; where they cannot be, all works without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

START = """
import json
{first}
import numpy as np
import sim
from sim.draw import luck
begun = []
sim.on_compile(begun.append)
one, two = (luck.draw_uniform(*map(np.uint64, (1, 2, 3, 4)), 5, 0, np.uint64(6), 7, np.uint64(1)) for _ in range(2))
finding = sim.cache_finding()
print(json.dumps([one, two, len(begun), None if finding is None else finding.code]))
"""


def start(cache: Path, first: str = "") -> list[Any]:
    """Return what a process of its own finds: luck, twice; how many functions it compiled; what it says."""
    done = subprocess.run(
        [sys.executable, "-c", START.format(first=first)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "COUNTERFLOW_CACHE": str(cache)},
    )
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("first", ["", "import numba"])
def test_kernels_are_kept_for_the_next_start(tmp_path, first):
    one, again, compiled, said = start(tmp_path, first)
    assert 0.0 < one < 1.0
    assert again == one
    assert compiled > 0
    assert said is None
    assert [path.suffix for path in sorted(tmp_path.rglob("*.nb*"))] == [".nbc", ".nbi"]
    assert start(tmp_path, first) == [one, one, 0, None]


def test_where_nothing_can_be_written_every_start_compiles_and_says_so(tmp_path):
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder", encoding="utf-8")
    kept = start(tmp_path / "kept")
    found = start(nowhere)
    assert found[:2] == kept[:2]
    assert found[2] > 0
    assert found[3] == "kernel_cache_off"
    assert nowhere.read_text(encoding="utf-8") == "no folder"
