"""One day of 500 people: `python benchmarks/day.py --json`.

Four skills, eight skill sets, four lengths of shift with a meal and breaks in windows, every quarter-hour of the day.
Prints the cost of the shifts, the bound of the linear relaxation and the gap between them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scheduler.contracts import Contract, contract
from scheduler.shapes import HOUR_S, Shape
from scheduler.shifts import Group, Master, Post, master

SETS = (("A",), ("B",), ("C",), ("D",), ("A", "B"), ("B", "C"), ("C", "D"), ("A", "B", "C", "D"))
PEOPLE = (90, 80, 60, 50, 70, 60, 50, 70)
PEAK = {"A": 110, "B": 90, "C": 70, "D": 55}
"""People needed at the busiest time of each skill; each has its own hours, so 259 are needed at once."""
ENOUGH = 0.0025
"""Stop at so small a share above the bound."""
SHIFTED_H = {"A": 0.0, "B": 1.0, "C": 2.5, "D": -1.0}


def need(skill: str) -> list[int]:
    """Return the people needed with a skill by quarter-hour: few at night, a morning and an afternoon peak."""
    out = []
    for slot in range(96):
        hour = (slot + 0.5) / 4 - SHIFTED_H[skill]
        shape = 0.04 + 0.96 * max(
            math.exp(-(((hour - 10.5) / 2.2) ** 2)), 0.85 * math.exp(-(((hour - 15.5) / 2.8) ** 2))
        )
        out.append(math.ceil(PEAK[skill] * shape) if 0 <= slot < 92 else 2)
    return out


def rules() -> Contract:
    """Return the shipped contract with shifts of 4, 6, 7 and 8 hours in place of its own."""
    h = HOUR_S

    def shape(name: str, hours: float, meal: tuple[float, float] | None, *breaks: tuple[float, float]) -> Shape:
        meal_s = 2700 if meal else 0
        window = (round(meal[0] * h), round(meal[1] * h)) if meal else None
        offs = tuple((round(a * h), round(b * h)) for a, b in breaks)
        return Shape(name, round(hours * h), round(hours * h) + meal_s, window, meal_s, offs, 900)

    shapes = (
        shape("4", 4, None, (1.5, 2.5)),
        shape("6", 6, (2.5, 4), (1, 2)),
        shape("8", 8, (3, 5), (1, 2.5), (6, 7.5)),
        shape("7", 7, (3, 4.5), (1, 2.5), (5.5, 6.25)),
    )
    return replace(contract("cn-standard"), shapes=shapes)


def run(seconds: float) -> Master:
    """Return the shifts of the day."""
    groups = [
        Group("+".join(skills), skills, 1.0 + 0.05 * (len(skills) - 1), most)
        for skills, most in zip(SETS, PEOPLE, strict=True)
    ]
    posts = [Post(skill, need(skill)) for skill in PEAK]
    return master(groups, posts, rules(), seconds=seconds, gap=ENOUGH)


def none(value: float) -> float | None:
    """Return None for a figure that there is not."""
    return None if math.isnan(value) else value


def main() -> None:
    """Run once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = run(asked.seconds)
    out = {
        "schema": "counterflow/day/1",
        "people": sum(PEOPLE),
        "shifts": sum(map(len, found.shifts.values())),
        "status": found.status,
        "cost": none(found.cost),
        "bound": none(found.bound),
        "gap": none(found.gap),
        "bound_of": "linear_relaxation",
        "seconds": round(found.seconds, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "variables": found.variables,
        "non_zeros": found.non_zeros,
    }
    if asked.json:
        print(json.dumps(out))
    else:
        print("\n".join(f"{key:12} {value}" for key, value in out.items()))


if __name__ == "__main__":
    main()
