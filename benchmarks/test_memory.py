"""How much memory a nation needs, and that nothing grows with replications (`make bench`); peaks of processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import scale

pytestmark = pytest.mark.bench

STUDY = """
import resource, sys
import scenarios_catalog, sim
scenario = scenarios_catalog.load("S03")
for reps in map(int, sys.argv[1:]):
    sim.simulate(scenario, reps=reps)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_nothing_grows_with_replications():
    """Batches are full after 512 replications; four times as many need no more memory than these, but for 4 MB."""
    done = subprocess.run([sys.executable, "-c", STUDY, "600", "2400"], check=True, capture_output=True, text=True)
    few_kb, many_kb = map(int, done.stdout.split())
    assert many_kb - few_kb < 4096


def test_a_nation_needs_less_than_three_gigabytes():
    """And hardly more than its tables: 34 provinces, 15,500 branches, two million customers a day."""
    found = scale.child("point(2_000_000, 15_500, 34, 1, 2)")
    assert found["parts"] == 34
    assert found["peak_gb"] < 3.0
    assert found["peak_gb"] - found["compile_gb"] < 0.5
