"""Checks a roster against the labour rules by reading it, without any of the scheduler's own code.

The rules are read from the TOML of the contract anew. Used on every roster that a test produces.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def clock(text: str) -> int:
    """Return seconds of ``"HH:MM"``."""
    hours, minutes = text.split(":")
    return 3600 * int(hours) + 60 * int(minutes)


def rules(contract: str = "cn-standard") -> dict:
    """Return the contract's file as plain data."""
    return tomllib.loads((ROOT / "scheduler" / "contracts" / f"{contract}.toml").read_text("utf-8"))


def shift_faults(shift, data: dict) -> list[str]:
    """Return what is wrong with one shift: its length, its place in the day, its meal and breaks."""
    value = {name: rule["value"] for name, rule in data["rule"].items()}
    span = shift.end_s - shift.start_s
    paid = span - sum(b - a for a, b in shift.meal)
    out = []
    if paid > value["hours_per_day"] * 3600:
        out.append("hours_per_day")
    if shift.start_s % (value["start_grid"] * 60):
        out.append("start_grid")
    if shift.start_s < 0 or shift.end_s > value["latest_end"] * 3600:
        out.append("latest_end")
    shapes = [shape for shape in data["shape"] if shape["paid_h"] * 3600 == paid]
    if not any(_fits(shift, shape, value) for shape in shapes):
        out.append("shape")
    offs = sorted([*shift.meal, *shift.breaks])
    if any(b > c for (_, b), (c, _) in itertools.pairwise(offs)):
        out.append("overlap")
    return out


def _fits(shift, shape: dict, value: dict) -> bool:
    meals = [shape["meal"]] if "meal" in shape else []
    if len(shift.meal) != len(meals) or len(shift.breaks) != len(shape.get("breaks", [])):
        return False
    pairs = [
        *((taken, window, value["meal"]) for taken, window in zip(shift.meal, meals, strict=True)),
        *(
            (taken, window, value["break"])
            for taken, window in zip(sorted(shift.breaks), shape.get("breaks", []), strict=True)
        ),
    ]
    return all(
        clock(earliest) <= begin - shift.start_s <= clock(latest) and end - begin == minutes * 60
        for (begin, end), (earliest, latest), minutes in pairs
    )


def roster_faults(rows, weeks: int, contract: str = "cn-standard") -> list[tuple]:
    """Return (person, day, rule) for everything in a roster that its contract forbids."""
    data = rules(contract)
    value = {name: rule["value"] for name, rule in data["rule"].items()}
    out = []
    people = defaultdict(list)
    for row in rows:
        out += [(row.person, row.day, fault) for fault in shift_faults(row, data)]
        if abs(row.paid_hours * 3600 - (row.end_s - row.start_s - sum(b - a for a, b in row.meal))) > 1e-6:
            out.append((row.person, row.day, "paid_hours"))
        people[row.person].append(row)
    for person, mine in people.items():
        mine.sort(key=lambda row: row.day)
        days = [row.day for row in mine]
        out += [(person, day, "one_shift_a_day") for day in days if days.count(day) > 1]
        for week in range(weeks):
            worked = [row for row in mine if week * 7 <= row.day < week * 7 + 7]
            if 7 - len(worked) < value["days_off_per_week"]:
                out.append((person, week, "days_off_per_week"))
            if sum(row.paid_hours for row in worked) > value["hours_per_week"] + 1e-9:
                out.append((person, week, "hours_per_week"))
        for before, after in itertools.pairwise(mine):
            rest = (after.day - before.day) * 86_400 + after.start_s - before.end_s
            if rest < value["daily_rest"] * 3600:
                out.append((person, after.day, "daily_rest"))
        run = 0
        for day in range(7 * weeks):
            run = run + 1 if day in days else 0
            if run > value["days_in_a_row"]:
                out.append((person, day, "days_in_a_row"))
    return out


def duty(shifts) -> list[int]:
    """Return how many are on duty in each quarter-hour, minute by minute: the fewest of its fifteen minutes."""
    minutes = [0] * 1440
    for shift in shifts:
        for minute in range(shift.start_s // 60, shift.end_s // 60):
            minutes[minute] += 1
        for a, b in [*shift.meal, *shift.breaks]:
            for minute in range(a // 60, b // 60):
                minutes[minute] -= 1
    return [min(minutes[15 * slot : 15 * slot + 15]) for slot in range(96)]
