"""No index of the interpreter is negative or beyond its array: compiled kernels rely on it and do not ask."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from sim.draw import draw
from sim.tables import compile_scenario
from sim.tables import types as t
from tests.truth.interpreted import keep
from tests.truth.test_twins import programs
from tests.wild import wild

ROOT = Path(__file__).resolve().parents[2]


def test_no_index_lies_beside_its_array(tmp_path: Path) -> None:
    """Eight random programs with every rule built in, and the hand-made ones with theirs."""
    cases = []
    found = (wild(random.Random(seed)) for seed in range(100, 200))
    for scenario in [one for one in found if one is not None][:8]:
        tables = compile_scenario(scenario)
        run = tables.compiled.run._replace(features=t.FLOW | t.QUEUES | t.UNITS)
        cases.append((tables.compiled._replace(run=run), draw(tables, 1, 0)))
    for scenario in list(programs().values())[::4]:
        tables = compile_scenario(scenario)
        cases.append((tables.compiled, draw(tables, 1, 0)))
    keep(cases, tmp_path)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("interpreted.py")), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip(), done.stdout
