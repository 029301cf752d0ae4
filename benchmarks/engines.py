"""How much faster the kernel is than SimPy, and what starting costs: `python benchmarks/engines.py --json`.

Both engines run the same days in turn, so that whatever else the machine does falls on both; a day's time is CPU time
of the process, and the ratio is that of the medians. The traces are compared too: a fast engine that does something
else is not fast. Starts are measured in processes of their own, the cold one with an empty kernel cache.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

COLD = "import scenarios_catalog, sim; sim.simulate(scenarios_catalog.load({name!r}), reps=1, threads=1)"
NEVER_COMPILED = "import scenarios_catalog, sim; scenarios_catalog.load({name!r})"


def cpu_s(task: Callable[[], Any], times: int) -> float:
    """Return CPU seconds of one call, as the mean of `times` calls."""
    begin = time.process_time()
    for _ in range(times):
        task()
    return (time.process_time() - begin) / times


def ratios(name: str, rounds: int, per_round: int) -> dict[str, Any]:
    """Return medians of both engines on the same days, interleaved, and their ratio."""
    import scenarios_catalog
    from sim.draw import draw
    from sim.engines import kernel, reference
    from sim.measures import Layout
    from sim.tables import compile_scenario

    scenario = scenarios_catalog.load(name)
    tables = compile_scenario(scenario)
    layout = Layout(scenario, tables)
    days = [draw(tables, 1, number) for number in range(rounds)]
    same = kernel.run(tables, days[0]).sha256() == reference.run(tables, days[0]).sha256()
    fast, slow, drawn, counted = [], [], [], []
    for number, day in enumerate(days):
        fast.append(cpu_s(lambda day=day: kernel.run(tables, day), per_round))
        slow.append(cpu_s(lambda day=day: reference.run(tables, day), 1))
        drawn.append(cpu_s(lambda number=number: draw(tables, 1, number), per_round))
        trace = kernel.run(tables, day)
        counted.append(cpu_s(lambda trace=trace: layout.fill(layout.tally(trace)), per_round))
    one, two = statistics.median(fast), statistics.median(slow)
    spread = sorted(b / a for a, b in zip(fast, slow, strict=True))
    return {
        "scenario": name,
        "same_trace": same,
        "visits": int(statistics.median(day.visit.size for day in days)),
        "kernel_ms": 1000 * one,
        "simpy_ms": 1000 * two,
        "ratio": two / one,
        "ratio_low": spread[len(spread) // 4],
        "ratio_high": spread[-1 - len(spread) // 4],
        "draw_ms": 1000 * statistics.median(drawn),
        "measures_ms": 1000 * statistics.median(counted),
        "rounds": rounds,
    }


def unused(name: str, rounds: int, per_round: int) -> dict[str, Any]:
    """Return what rules that a scenario does not use cost it, as ratios of CPU time to the build without them.

    `own` is the build that the scenario runs with; the others have one group of rules, or all, that it does not use.
    """
    import scenarios_catalog
    from sim.draw import draw
    from sim.engines import kernel
    from sim.tables import compile_scenario, types

    tables = compile_scenario(scenarios_catalog.load(name))
    groups = {"own": 0, "flow": types.FLOW, "queues": types.QUEUES, "units": types.UNITS}
    groups["all"] = types.FLOW | types.QUEUES | types.UNITS
    times: dict[str, list[float]] = {group: [] for group in groups}
    for number in range(rounds):
        day = draw(tables, 1, number)
        for group, more in groups.items():
            kernel.run_with(tables, day, more)
            times[group].append(cpu_s(lambda day=day, more=more: kernel.run_with(tables, day, more), per_round))
    base = statistics.median(times["own"])
    bare = tables.compiled.run.features == 0
    return {"own_build_is_bare": bare, **{f"{group}_ratio": statistics.median(t) / base for group, t in times.items()}}


def child(arguments: list[str], **environment: str) -> tuple[float, float]:
    """Return (CPU seconds, wall seconds) of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


def starts(name: str, times: int) -> dict[str, Any]:
    """Return what a first start costs with an empty kernel cache, and what later ones cost."""
    python = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory(prefix="counterflow-bench-") as cache:
        cold, _ = child([*python, COLD.format(name=name)], COUNTERFLOW_CACHE=cache)
        warm = [child([*python, COLD.format(name=name)], COUNTERFLOW_CACHE=cache) for _ in range(times)]
    imports = [child([*python, NEVER_COMPILED.format(name=name)])[0] for _ in range(times)]
    out: dict[str, Any] = {
        "cold_cpu_s": cold,
        "warm_cpu_s": statistics.median(cpu for cpu, _ in warm),
        "compile_cpu_s": cold - statistics.median(cpu for cpu, _ in warm),
        "load_cpu_s": statistics.median(imports),
    }
    beside = Path(sys.executable).with_name("counterflow")
    command = str(beside) if beside.exists() else shutil.which("counterflow")
    if command:
        child([command, "simulate", name, "--reps", "1"])
        walls = [child([command, "simulate", name, "--reps", "1"]) for _ in range(times)]
        helps = [child([command, "--help"]) for _ in range(times)]
        out["command_warm_s"] = min(wall for _, wall in walls)
        out["command_warm_cpu_s"] = statistics.median(cpu for cpu, _ in walls)
        out["command_help_s"] = min(wall for _, wall in helps)
        out["command_help_cpu_s"] = statistics.median(cpu for cpu, _ in helps)
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--scenario", default="S03")
    parser.add_argument("--rounds", type=int, default=15, help="days that both engines run")
    parser.add_argument("--per-round", type=int, default=20, help="kernel runs of each day")
    parser.add_argument("--unused", action="store_true", help="and what rules cost that the scenario does not use")
    parser.add_argument("--no-starts", action="store_true", help="leave out the start of processes")
    chosen = parser.parse_args()
    found = {"schema": "counterflow.engines/1", **ratios(chosen.scenario, chosen.rounds, chosen.per_round)}
    if chosen.unused:
        found["unused_rules"] = unused(chosen.scenario, chosen.rounds, chosen.per_round)
    if not chosen.no_starts:
        found |= starts(chosen.scenario, 5)
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for key, value in found.items():
        print(f"{key:<20}{value:.4g}" if isinstance(value, float) else f"{key:<20}{value}")


if __name__ == "__main__":
    main()
