"""What continuous integration asks of speed: `python benchmarks/guard.py`; exit 1 when something has crept in.

Two things. The kernel is still far faster than SimPy: on days of S03, both engines in turn, the ratio is at least half
of the one in `recorded.json`; a noisy machine gets five tries, for noise makes a ratio worse but never doubles it. And
no kernel counts references: numba would do so for every array that it hands to a helper, which cost a factor of 3, so
the code of every compiled kernel is searched for the calls and atomic additions by which it does.

`--record` writes `recorded.json` anew; that is for a commit that says why.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")
COUNTS_REFERENCES = re.compile(r"NRT_(?:incref|decref|MemInfo\w*|Allocate\w*)|\block\s+(?:xadd|add|inc|dec|sub)\w*")
TRIES, ROUNDS = 5, 5


def ratio(name: str = "S03") -> float:
    """Return how many times faster than SimPy the kernel is: median over days, each run by both in turn."""
    import scenarios_catalog
    from sim.draw import draw
    from sim.engines import kernel, reference
    from sim.tables import compile_scenario

    tables = compile_scenario(scenarios_catalog.load(name))
    days = [draw(tables, 1, number) for number in range(ROUNDS)]
    found = []
    for day in days:
        fast = kernel.run(tables, day)
        begin = time.process_time()
        slow = reference.run(tables, day)
        simpy = time.process_time() - begin
        begin = time.process_time()
        for _ in range(10):
            kernel.run(tables, day)
        found.append(simpy / ((time.process_time() - begin) / 10))
        assert fast.sha256() == slow.sha256(), "the engines differ: a fast one that does something else is not fast"
    return statistics.median(found)


def kernels() -> dict[str, Any]:
    """Return name → compiled kernel, of all that a study has called."""
    from sim.draw.compiling import _Kernel

    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("sim."):
            for attribute, one in vars(module).items():
                if isinstance(one, _Kernel) and one.__module__ == name:
                    found[f"{name}.{attribute}"] = one._compiled
    return found


def counting(compiled: dict[str, Any]) -> dict[str, list[str]]:
    """Return name → what was found, for kernels whose machine code counts references or allocates."""
    found = {}
    for name, one in compiled.items():
        code = "\n".join(one.inspect_asm().values())
        calls = sorted(set(COUNTS_REFERENCES.findall(code)))
        if calls:
            found[name] = calls
    return found


def compile_everything() -> dict[str, Any]:
    """Run a small study, so that every kernel of it is compiled in this process, and return them."""
    import scenarios_catalog
    import sim
    from sim.draw import draw
    from sim.engines import kernel
    from sim.tables import compile_scenario, types

    scenario = scenarios_catalog.load("S03")
    sim.simulate(scenario, reps=2, threads=1)
    everything = types.FLOW | types.QUEUES | types.UNITS
    tables = compile_scenario(scenario)
    kernel.run_with(tables, draw(tables, 1, 0), everything)
    called = {name: one for name, one in kernels().items() if one.signatures}
    builds = {f"sim.engines.interpreter_{groups}.run" for groups in (0, everything)}
    wanted = {*builds, "sim.draw.arrivals._day_kernel", "sim.measures.kernel.count"}
    assert wanted <= set(called), f"not compiled: {wanted - set(called)}"
    return called


def main() -> int:
    """Check and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--record", action="store_true", help="write the ratio of today into recorded.json")
    chosen = parser.parse_args()
    compiled = compile_everything()
    bad = counting(compiled)
    for name, calls in bad.items():
        print(f"{name} counts references: {', '.join(calls)}", file=sys.stderr)
    print(f"{len(compiled)} kernels, {len(bad)} of them count references")
    if chosen.record:
        found = statistics.median(ratio() for _ in range(TRIES))
        RECORDED.write_text(json.dumps({"s03": {"simpy_over_kernel": round(found, 1)}}, indent=2) + "\n")
        print(f"S03: {found:.1f} times SimPy, recorded")
        return 1 if bad else 0
    recorded = json.loads(RECORDED.read_text())["s03"]["simpy_over_kernel"]
    tries = []
    while len(tries) < TRIES and max(tries, default=0.0) < recorded / 2:
        tries.append(ratio())
    print(f"S03: {max(tries):.1f} times SimPy in {len(tries)} tries; recorded {recorded}, at least {recorded / 2:.1f}")
    return 1 if bad or max(tries) < recorded / 2 else 0


if __name__ == "__main__":
    # Code that comes out of numba's cache cannot be looked at, so the kernels are compiled here.
    with tempfile.TemporaryDirectory(prefix="counterflow-guard-") as cache:
        os.environ["COUNTERFLOW_CACHE"] = cache
        code = main()
    raise SystemExit(code)
