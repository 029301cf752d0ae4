"""A week's roster of many named people: `python benchmarks/rosters.py PEOPLE --seconds S --json`.

Seven days of fifteen hours in half-hours, 21 shifts, four skills (everybody has one or two), five days of work, 11 h of
rest, and wishes for days and shifts by seed. A missing person costs 20, a wish its points. Prints missing people, the
points that were granted, and their bound: what everybody would get if cover did not matter, or less where a nearer
bound is proven.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sim
from scheduler.contracts import contract
from scheduler.people import Person, Staff, Wish
from scheduler.rosters import Terms, search
from scheduler.rosters.problem import OFF, Cover, Kind, Problem

DAYS, SLOT_S, OPENS_S, SLOTS = 7, 1800, 7 * 3600, 30
SKILLS = ("A", "B", "C", "D")
MISSING = 20
SHIFTS = [(OPENS_S + SLOT_S * n, 8 * 3600) for n in range(15)] + [
    (OPENS_S + 2 * SLOT_S * n, 6 * 3600) for n in range(1, 7)
]


def week(people: int, seed: int = 1) -> Problem:
    """Return a week of `people`, with cover that a hidden roster could give."""
    luck = sim.generator(seed, "benchmark", "rosters")
    kinds = tuple(
        Kind(f"{skill}-{start // 60}-{length // 3600}", start, start + length, length, f"{start // 60}", skill)
        for skill in SKILLS
        for start, length in SHIFTS
    )
    staff, rows = [], []
    wanted = {(day, slot, skill): 0 for day in range(DAYS) for slot in range(SLOTS) for skill in SKILLS}
    for number in range(people):
        able = tuple(sorted(luck.choice(SKILLS, 1 + int(luck.random() < 0.4), replace=False)))
        person = Person(f"p{number:04d}", skills=able)
        staff.append(person)
        first = int(luck.integers(len(SHIFTS)))
        off = set(luck.choice(DAYS, 2, replace=False).tolist())
        for day in range(DAYS):
            rows += [
                Wish(person.id, day, "shape", f"{SHIFTS[int(luck.integers(15))][0] // 60}", int(luck.integers(1, 6)))
                for _ in range(2)
            ]
            if day in off or luck.random() < 0.04:
                continue
            start, length = SHIFTS[first]
            skill = able[int(luck.integers(len(able)))]
            for slot in range(SLOTS):
                wanted[day, slot, skill] += start <= OPENS_S + slot * SLOT_S < start + length
    rules = contract("cn-standard")
    soft = {"days_off_together"}
    rules = replace(rules, rules={name: rule for name, rule in rules.rules.items() if name not in soft})
    terms = Terms(rules, kinds, ("workday",) * 5 + ("weekend",) * 2)
    known = Staff(tuple(staff), (), tuple(rows))
    members = []
    for person in staff:
        member = terms.member(person, known.only([person.id]), wish_price=1, overtime=None)
        members.append(member)
    covers = tuple(
        Cover(
            day,
            tuple(k for k, kind in enumerate(kinds) if kind.skill == skill and kind.start_s <= at < kind.end_s),
            number,
            MISSING,
        )
        for (day, slot, skill), number in wanted.items()
        if number and (at := OPENS_S + slot * SLOT_S)
    )
    return Problem(DAYS, kinds, tuple(members), covers, ((5, 6),))


def main() -> None:
    """Make a roster and print what was found."""
    parser = argparse.ArgumentParser(description="A week's roster of many named people")
    parser.add_argument("people", type=int)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    problem = week(asked.people, asked.seed)
    began = time.monotonic()
    found = search.solve(problem, seconds=asked.seconds, seed=asked.seed)
    seconds = time.monotonic() - began
    if found.work is None:
        raise SystemExit("nothing found")
    missing = problem.under(found.work)
    granted = problem.base - (round(found.objective) - MISSING * missing)
    # The objective is at least the bound, so no more points can be granted without a missing person.
    most = problem.base - found.bound
    document = {
        "schema": "counterflow/rosters/1",
        "people": asked.people,
        "status": found.status,
        "missing": missing,
        "shifts": sum(kind != OFF for days in found.work for kind in days),
        "points": granted,
        "points_bound": most,
        "share": granted / most if most else None,
        "seconds": round(seconds, 1),
    }
    print(json.dumps(document) if asked.json else "  ".join(f"{name} {value}" for name, value in document.items()))


if __name__ == "__main__":
    main()
