"""Run the benchmarks and write `docs/reference/performance.md`: `make bench`, or with files that were kept.

`--limit FILE --scale FILE --engines FILE` take the documents that `--json` printed instead of measuring again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "reference" / "performance.md"

MODELS = {
    "m1": "M/M/10, 90 % load",
    "m2": "M/M/50 with patience, 110 % load",
    "m3": "branch cluster, one day",
}
CONTENDERS = (
    ("c_best", "C by hand, best list of events"),
    ("c_heap", "C by hand, binary heap"),
    ("kernel_fed", "kernel, same variates from arrays"),
    ("kernel", "kernel, own luck"),
    ("all_in", "draw + kernel + measures"),
    ("simpy", "SimPy reference, same tables"),
    ("ciw", "Ciw"),
)


def document(name: str, file: Path | None) -> dict[str, Any]:
    """Return what a benchmark prints with --json, or printed earlier into a file."""
    if file is not None:
        return dict(json.loads(file.read_text("utf-8")))
    command = [sys.executable, str(HERE / f"{name}.py"), "--json"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(printed))


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits, without an exponent."""
    if value is None:
        return "—"
    text = f"{value:.{digits}g}"
    return f"{float(text):,.0f}" if "e" in text or abs(value) >= 1000 else text


def verdict(value: float | None, bound: float, at_least: bool = False) -> str:
    """Return whether a target is met."""
    if value is None:
        return "not measured"
    return "met" if (value >= bound if at_least else value <= bound) else "**missed**"


def targets(limit: dict[str, Any], scale: dict[str, Any], engines: dict[str, Any]) -> list[str]:
    """Return the table of targets."""
    m1, m3, province, nation = limit["m1"], limit["m3"], scale["province"] or {}, scale["nation"] or {}
    rows: list[tuple[str, float | None, float, bool, str]] = [
        ("m3: kernel ÷ best C, given variates", m3["kernel_over_c_best"], 1.25, False, "×"),
        ("m3: kernel ÷ C with a binary heap", m3["kernel_over_c_heap"], 1.0, False, "×"),
        ("m1: kernel ÷ C", m1["kernel_over_c"], 1.3, False, "×"),
        ("m3: SimPy ÷ kernel, same tables", m3["simpy_over_kernel"], 120, True, "×"),
        ("m3: SimPy reference", m3["simpy_us_per_customer"], 30, False, "µs a customer"),
        ("m3: draw + run + measures", m3["all_in_us_per_customer"], 0.35, False, "µs a customer"),
        ("province: a day, draw + run + measures", province.get("day_cpu_s"), 0.06, False, "s CPU"),
        ("province: 200 replications on 2 threads", province.get("reps200_wall_s"), 8, False, "s wall"),
        ("province: two threads ÷ one", province.get("two_threads_speed_up"), 1.8, True, "×"),
        ("nation: a day", nation.get("day_cpu_s"), 3, False, "s CPU"),
        ("nation: peak memory", nation.get("peak_gb"), 3, False, "GB"),
        ("nation ÷ province, cost of a customer", nation.get("cost_over_province"), 1.5, False, "×"),
        ("cold compile of everything", engines.get("compile_cpu_s"), 8, False, "s CPU"),
        ("`counterflow simulate` with a warm cache", engines.get("command_warm_s"), 1.5, False, "s wall"),
    ]
    out = ["| what | measured | target | |", "|---|---:|---:|---|"]
    for what, value, bound, at_least, unit in rows:
        sign = "≥" if at_least else "≤"
        out.append(f"| {what} | {number(value)} {unit} | {sign} {bound:g} | {verdict(value, bound, at_least)} |")
    return out


def side_by_side(limit: dict[str, Any]) -> list[str]:
    """Return the table of contenders: µs a customer, and times the best C."""
    out = ["| µs a customer | " + " | ".join(MODELS.values()) + " |", "|---|" + "---:|" * len(MODELS)]
    for key, title in CONTENDERS:
        cells = [limit[model].get(f"{key}_us_per_customer") for model in MODELS]
        out.append(f"| {title} | " + " | ".join(number(cell) for cell in cells) + " |")
    return out


def curve(scale: dict[str, Any]) -> list[str]:
    """Return the table of sizes."""
    out = [
        "| customers a day | branches | provinces | a day, s CPU | of that the kernel | µs a customer | tables, s CPU"
        " | peak GB |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in scale["curve"]:
        cells = (one["day_cpu_s"], one["kernel_cpu_s"], one["us_per_customer"], one["compile_cpu_s"], one["peak_gb"])
        first = f"| {one['customers']:,} | {one['branches']:,} | {one['provinces']} | "
        out.append(first + " | ".join(number(cell) for cell in cells) + " |")
    return out


def page(limit: dict[str, Any], scale: dict[str, Any], engines: dict[str, Any]) -> str:
    """Return the page: `performance.txt`, filled in."""
    week, province = scale["week"] or {}, scale["province"] or {}
    return (
        (HERE / "performance.txt")
        .read_text("utf-8")
        .format(
            today=f"{datetime.date.today():%Y-%m-%d}",
            machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            load=number(province.get("load_average")),
            targets="\n".join(targets(limit, scale, engines)),
            contenders="\n".join(side_by_side(limit)),
            curve="\n".join(curve(scale)),
            week_s=number(week.get("day_cpu_s")),
            week_us=number(week.get("us_per_customer")),
            week_gb=number(week.get("peak_gb")),
            study_gb=number(province.get("peak_gb")),
            study_reps=province.get("replications_run", 0),
            recorded=f"{_recorded():g}",
        )
    )


def _recorded() -> float:
    return float(json.loads((HERE / "recorded.json").read_text("utf-8"))["s03"]["simpy_over_kernel"])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("limit", "scale", "engines"):
        parser.add_argument(f"--{name}", type=Path, help=f"what benchmarks/{name}.py --json printed")
    chosen = parser.parse_args()
    parts = [document(name, getattr(chosen, name)) for name in ("limit", "scale", "engines")]
    PAGE.write_text(page(*parts), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
