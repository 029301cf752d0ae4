"""Provinces and a nation on one machine: `python benchmarks/scale.py --json`.

S03 grown by templates with counts (`benchmarks/models.py`): a province of 420 branches and 50,000 customers a day, a
week of it in one run, a nation of 34 provinces and 15,500 branches. A day is draw, run and measures, CPU time of the
process, median of several; the curve goes from 10³ to 2·10⁶ customers a day. Every point is a process of its own, so
that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

CURVE = (
    (1_000, 8, 1),
    (3_000, 25, 1),
    (10_000, 84, 1),
    (30_000, 252, 1),
    (50_000, 420, 1),
    (200_000, 1_680, 4),
    (600_000, 5_040, 11),
    (2_000_000, 15_500, 34),
)
"""Customers a day, branches, provinces."""


def peak_gb() -> float:
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def point(customers: int, branches: int, provinces: int, days: int, reps: int) -> dict[str, Any]:
    """Measure one size, step by step."""
    import models

    from sim.draw import draw
    from sim.engines import kernel
    from sim.experiments.inputs import world
    from sim.experiments.study import part_day, replication
    from sim.measures import Running

    begin = time.process_time()
    scenario = models.bank(provinces, branches, customers, days)
    made = world(scenario)
    layout = made.layout
    compiled = time.process_time() - begin
    compiled_gb = peak_gb()
    running = Running(layout)
    replication(made, 1, 0, "kernel", False)
    whole, drawn, ran, counts = [], [], [], []
    for number in range(reps):
        begin = time.process_time()
        done = replication(made, 1, number, "kernel", False)
        running.add(done.top, done.low)
        layout.reuse(done.top, done.low)
        whole.append(time.process_time() - begin)
        del done
    for number in range(min(reps, 3) if reps > 2 else 1):
        seconds = {"draw": 0.0, "kernel": 0.0}
        customers_drawn = 0
        for one in made.parts or (made,):
            begin = time.process_time()
            day = draw(made.tables, 1, number) if one is made else part_day(one, 1, number)
            seconds["draw"] += time.process_time() - begin
            begin = time.process_time()
            kernel.run(one.tables, day)
            seconds["kernel"] += time.process_time() - begin
            customers_drawn += day.visit.size
        drawn.append(seconds["draw"])
        ran.append(seconds["kernel"])
        counts.append(customers_drawn)
    day_cpu = statistics.median(whole)
    expected = statistics.mean(counts)
    return {
        "customers": customers,
        "branches": branches,
        "provinces": provinces,
        "days": days,
        "customers_drawn": expected,
        "parts": max(len(made.parts), 1),
        "cells": layout.size,
        "by_interval": layout.by_interval,
        "compile_cpu_s": compiled,
        "compile_gb": compiled_gb,
        "day_cpu_s": day_cpu / days,
        "draw_cpu_s": statistics.median(drawn) / days,
        "kernel_cpu_s": statistics.median(ran) / days,
        "us_per_customer": 1e6 * statistics.mean(whole) / expected,
        "peak_gb": peak_gb(),
        "replications": reps,
    }


def studies(reps: int) -> dict[str, Any]:
    """Measure studies of the province on one thread and on two, and the memory of few and of many replications."""
    import models

    import sim

    scenario = models.province()
    sim.simulate(scenario, reps=2, threads=2)
    found: dict[str, Any] = {}
    few = peak_gb()
    for threads in (1, 2):
        begin, cpu = time.perf_counter(), time.process_time()
        study = sim.simulate(scenario, reps=reps, threads=threads)
        found[f"wall_{threads}_s"] = time.perf_counter() - begin
        found[f"cpu_{threads}_s"] = time.process_time() - cpu
        found[f"table_{threads}"] = study.table()
    return {
        "reps200_wall_s": found["wall_2_s"] * 200 / reps,
        "reps200_one_thread_wall_s": found["wall_1_s"] * 200 / reps,
        "two_threads_speed_up": found["wall_1_s"] / found["wall_2_s"],
        "two_threads_cpu": found["cpu_2_s"] / found["cpu_1_s"],
        "same_figures": found["table_1"] == found["table_2"],
        "replications_run": reps,
        "peak_gb_2_replications": few,
        "peak_gb": peak_gb(),
        "load_average": os.getloadavg()[0],
    }


def child(call: str) -> dict[str, Any]:
    """Run a call of this module in a process of its own and return what it prints."""
    here = str(Path(__file__).parent)
    code = f"import sys, json; sys.path.insert(0, {here!r}); import scale; print(json.dumps(scale.{call}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(reps: int, most: int) -> dict[str, Any]:
    """Return the whole document; sizes of more than `most` customers a day are left out."""
    curve = []
    for customers, branches, provinces in CURVE:
        if customers <= most:
            days = 2 if customers > 1_000_000 else 3 if customers > 100_000 else 9
            curve.append(child(f"point({customers}, {branches}, {provinces}, 1, {days})"))
    by_size = {one["customers"]: one for one in curve}
    week = child("point(50_000, 420, 1, 7, 3)") if most >= 50_000 else None
    study = child(f"studies({reps})") if most >= 50_000 else {}
    province, nation = by_size.get(50_000), by_size.get(2_000_000)
    return {
        "schema": "counterflow.scale/1",
        "province": {**study, **province, "peak_gb": study["peak_gb"]} if province else None,
        "week": week,
        "nation": {**nation, "cost_over_province": _cost(nation, province)} if nation else None,
        "curve": curve,
    }


def _cost(nation: dict[str, Any], province: dict[str, Any] | None) -> float | None:
    return nation["us_per_customer"] / province["us_per_customer"] if province else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--reps", type=int, default=200, help="replications of the province's study")
    parser.add_argument("--most", type=int, default=2_000_000, help="largest size, in customers a day")
    chosen = parser.parse_args()
    found = run(chosen.reps, chosen.most)
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for name in ("province", "week", "nation"):
        for key, value in (found[name] or {}).items():
            print(f"{name}.{key:<28}{value:.4g}" if isinstance(value, float) else f"{name}.{key:<28}{value}")
    for one in found["curve"]:
        print(
            "{customers:>9} customers {day_cpu_s:8.3f} s {us_per_customer:7.2f} µs each {peak_gb:6.2f} GB".format(**one)
        )


if __name__ == "__main__":
    main()
