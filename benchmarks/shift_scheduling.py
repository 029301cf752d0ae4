"""A public instance of employee shift scheduling: `python benchmarks/shift_scheduling.py FILE --seconds 300 --json`.

The instances of schedulingbenchmarks.org (Curtois and Qu 2014) go through the same labour rules, people and roster
engines as a bank's rosters: each person's terms become a contract, days off leave, requests wishes. Prints the
objective, the proven bound and the solution (staff id → shift id or "" by day). `faults` checks a solution by reading
the file anew, without any of the scheduler's code, and prices it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sim
from scheduler.contracts import Contract, Rule
from scheduler.people import Leave, Person, Staff, Wish
from scheduler.rosters import Terms, search
from scheduler.rosters.problem import OFF, Cover, Kind, Problem

SOURCE = sim.Text(zh="public instance", en="public instance")
WEEK = 7


def sections(file: Path) -> dict[str, list[str]]:
    """Return section → lines, without comments."""
    out: dict[str, list[str]] = {}
    name = ""
    for line in file.read_text("utf-8").splitlines():
        text = line.strip()
        if text.startswith("SECTION_"):
            name = text
            out[name] = []
        elif text and not text.startswith("#"):
            out[name].append(text)
    return out


def rule(name: str, value: float, unit: str, **more: Any) -> Rule:
    """Return a hard rule of an instance."""
    return Rule(name, value, unit, "hard", SOURCE, date(2014, 1, 1), **more)


def read(file: Path) -> tuple[Problem, Staff, dict[str, Contract]]:
    """Return an instance as a problem, with the people and contracts it is made of."""
    data = sections(file)
    days = int(data["SECTION_HORIZON"][0])
    kinds, never = [], []
    for line in data["SECTION_SHIFTS"]:
        name, minutes, after = line.split(",")
        kinds.append(Kind(name, 0, 0, 60 * int(minutes), name))
        never += [(name, other) for other in after.split("|") if other]
    contracts: dict[str, Contract] = {}
    people = []
    for line in data["SECTION_STAFF"]:
        person, terms = line.split(",", 1)
        most, high, low, most_on, least_on, least_off, weekends = terms.split(",")
        by = {name: float(number) for name, number in (one.split("=") for one in most.split("|"))}
        contracts[terms] = Contract(
            terms,
            SOURCE,
            {
                one.name: one
                for one in (
                    rule("shifts_of_a_kind", 0, "shift", by=by),
                    rule("hours_per_horizon", int(high), "min"),
                    rule("least_hours_per_horizon", int(low), "min"),
                    rule("days_in_a_row", int(most_on), "day"),
                    rule("least_days_in_a_row", int(least_on), "day"),
                    rule("least_days_off_in_a_row", int(least_off), "day"),
                    rule("weekends", int(weekends), "weekend"),
                    rule("may_not_follow", 1, "yes", pairs=tuple(never)),
                )
            },
            (),
        )
        people.append(Person(person, contract=terms))
    staff = Staff(tuple(people), tuple(_leaves(data)), tuple(_wishes(data)))
    staff.check(days=days, contracts=contracts, shapes=[kind.id for kind in kinds], file=str(file))
    classes = tuple("weekend" if day % WEEK >= 5 else "workday" for day in range(days))
    terms_of = {name: Terms(one, kinds, classes) for name, one in contracts.items()}
    members = tuple(terms_of[one.contract].member(one, staff, wish_price=1, overtime=None) for one in people)
    number = {kind.id: k for k, kind in enumerate(kinds)}
    covers = tuple(
        Cover(int(day), (number[kind],), int(target), int(under), int(over))
        for day, kind, target, under, over in (line.split(",") for line in data["SECTION_COVER"])
    )
    weekends = tuple((day, day + 1) for day in range(5, days, WEEK))
    return Problem(days, tuple(kinds), members, covers, weekends), staff, contracts


def _leaves(data: dict[str, list[str]]) -> list[Leave]:
    return [
        Leave(person, int(day))
        for person, *days in (line.split(",") for line in data["SECTION_DAYS_OFF"])
        for day in days
    ]


def _wishes(data: dict[str, list[str]]) -> list[Wish]:
    return [
        Wish(person, int(day), kind, shape, int(weight))
        for section, kind in (
            ("SECTION_SHIFT_ON_REQUESTS", "shape"),
            ("SECTION_SHIFT_OFF_REQUESTS", "not_shape"),
        )
        for person, day, shape, weight in (line.split(",") for line in data[section])
    ]


def faults(file: Path, solution: dict[str, list[str]]) -> tuple[list[str], int]:
    """Return what a solution breaks, and its penalty: read from the file and the solution alone."""
    data = sections(file)
    days = int(data["SECTION_HORIZON"][0])
    minutes, never = {"": 0}, set()
    for line in data["SECTION_SHIFTS"]:
        name, length, after = line.split(",")
        minutes[name] = int(length)
        never |= {(name, other) for other in after.split("|") if other}
    out = []
    staff = [line.split(",") for line in data["SECTION_STAFF"]]
    if set(solution) != {one[0] for one in staff}:
        out.append("staff")
    for person, most, high, low, most_on, least_on, least_off, weekends in staff:
        mine = solution[person]
        if len(mine) != days or not set(mine) <= set(minutes):
            out.append(f"{person}: days or shifts unknown")
            continue
        for one in most.split("|"):
            name, number = one.split("=")
            if mine.count(name) > int(number):
                out.append(f"{person}: more than {number} of {name}")
        total = sum(minutes[shift] for shift in mine)
        if not int(low) <= total <= int(high):
            out.append(f"{person}: {total} minutes")
        out += [f"{person}: {a} then {b}" for a, b in itertools.pairwise(mine) if (a, b) in never]
        runs = "".join("x" if shift else "." for shift in mine)
        if "x" * (int(most_on) + 1) in runs:
            out.append(f"{person}: more than {most_on} days in a row")
        for length in range(1, int(least_on)):
            if "." + "x" * length + "." in runs:
                out.append(f"{person}: only {length} days in a row")
        for length in range(1, int(least_off)):
            if "x" + "." * length + "x" in runs:
                out.append(f"{person}: only {length} days off in a row")
        if sum("x" in runs[day : day + 2] for day in range(5, days, WEEK)) > int(weekends):
            out.append(f"{person}: more than {weekends} weekends")
    for line in data["SECTION_DAYS_OFF"]:
        person, *off = line.split(",")
        out += [f"{person}: works on day off {day}" for day in off if solution[person][int(day)]]
    penalty = 0
    for line in data["SECTION_SHIFT_ON_REQUESTS"]:
        person, day, shift, weight = line.split(",")
        penalty += int(weight) * (solution[person][int(day)] != shift)
    for line in data["SECTION_SHIFT_OFF_REQUESTS"]:
        person, day, shift, weight = line.split(",")
        penalty += int(weight) * (solution[person][int(day)] == shift)
    for line in data["SECTION_COVER"]:
        day, shift, target, under, over = line.split(",")
        working = sum(mine[int(day)] == shift for mine in solution.values())
        penalty += int(under) * max(0, int(target) - working) + int(over) * max(0, working - int(target))
    return out, penalty


def main() -> None:
    """Solve an instance and print what was found."""
    parser = argparse.ArgumentParser(description="Employee shift scheduling, public instances")
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    began = time.monotonic()
    problem, staff, _ = read(asked.file)
    seconds = asked.seconds - (time.monotonic() - began)
    found = search.solve(problem, seconds=seconds, seed=asked.seed)
    names = [kind.id for kind in problem.kinds]
    solution: dict[str, list[str]] = {}
    broken: list[str] = []
    penalty: int | None = None
    if found.work is not None:
        for person, days in zip(staff.people, found.work, strict=True):
            solution[person.id] = ["" if kind == OFF else names[kind] for kind in days]
        broken, penalty = faults(asked.file, solution)
    document = {
        "schema": "counterflow/shift-scheduling/1",
        "instance": asked.file.stem,
        "status": found.status,
        "objective": penalty,
        "bound": found.bound if math.isfinite(found.bound) else None,
        "gap": (penalty - found.bound) / penalty if penalty else None,
        "seconds": round(time.monotonic() - began, 1),
        "faults": broken,
        "solution": solution,
    }
    if asked.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        document.pop("solution")
        print("  ".join(f"{name} {value}" for name, value in document.items()))


if __name__ == "__main__":
    main()
