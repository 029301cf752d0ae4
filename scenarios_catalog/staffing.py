"""People of a team: how many there are, and the same shifts with more or fewer of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping


def people(scenario: sim.Scenario, day: int = 0) -> dict[str, int]:
    """Return team → people rostered on a day of the run, at each place of the team."""
    day_class = _class(scenario, day)
    out = {name: team.staff or 0 for name, team in scenario.team.items()}
    for name in out:
        rows = [row for row in scenario.staffing if row.team == name and _fits(row, day, day_class)]
        if rows or any(row.team == name for row in scenario.staffing):
            out[name] = sum(row.count for row in rows)
    return out


def with_people(scenario: sim.Scenario, numbers: Mapping[str, int]) -> sim.Scenario:
    """Return a copy in which the named teams have so many people on the first day, on the same shifts.

    Shifts and staggered meals stay as they are: people go from the rows that have most and join those that have fewest.
    Days of another class are scaled in proportion, rounded up. A team without rows gets its constant number.

    Raises
    ------
    InputError
        A team that does not exist, or a number below 0.
    """
    first = _class(scenario, 0)
    before = people(scenario)
    rows: list[sim.StaffingRow] = [row for row in scenario.staffing if row.team not in numbers]
    constant: dict[str, int] = {}
    for team, number in numbers.items():
        if team not in scenario.team:
            known = ", ".join(scenario.team)
            raise sim.InputError.one("unknown_team", field="team", value=team, known=known)
        if number < 0:
            raise sim.InputError.one("greater_than_equal", field=f"team.{team}", value=number, limit=0)
        mine = [row for row in scenario.staffing if row.team == team]
        if not mine:
            constant[team] = number
            continue
        classes = dict.fromkeys((row.place, row.day_class, row.day) for row in mine)
        for place, day_class, day in classes:
            shifts = [row for row in mine if (row.place, row.day_class, row.day) == (place, day_class, day)]
            here = sum(row.count for row in shifts)
            wanted = number
            if day_class not in (first, "*"):
                wanted = -(-here * number // before[team]) if before[team] else here
            rows.extend(_evened_out(shifts, wanted))
    if constant:
        scenario = scenario.with_staff(constant)
    return scenario.replace(staffing=tuple(rows))


def _evened_out(shifts: list[sim.StaffingRow], number: int) -> list[sim.StaffingRow]:
    """Return the rows with `number` people, added where there are fewest, taken where there are most."""
    counts = [row.count for row in shifts]
    while sum(counts) < number:
        counts[counts.index(min(counts))] += 1
    while sum(counts) > number:
        counts[max(range(len(counts)), key=lambda index: (counts[index], index))] -= 1
    return [
        row.model_copy(update={"count": count})
        for row, count in zip(shifts, counts, strict=True)
        if count or row is shifts[0]
    ]


def _class(scenario: sim.Scenario, day: int) -> str:
    return scenario.run.day_class(day)


def _fits(row: sim.StaffingRow, day: int, day_class: str) -> bool:
    return row.day in (None, day) and row.day_class in ("*", day_class)
