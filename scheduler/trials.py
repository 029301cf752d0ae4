"""Candidates on trial: shifts of every team and class of days, simulated on the same customers and judged."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sim
from scheduler.judge import Judge, Moments, Verdict, rules_of
from scheduler.shapes import DAY_S, SLOT_S

if TYPE_CHECKING:
    from scheduler.goals import Goal
    from scheduler.plan import Shift
    from scheduler.requirements import Demand

SLOTS = DAY_S // SLOT_S
APART = 104_729
"""Distance between the seeds of days of different classes."""
_FIRST = 0.5
"""Share of the replications of a full look from which the cells are made: who comes hardly depends on chance."""
Key = tuple[str, str]
"""(day class, pool)."""
State = Mapping[Key, tuple["Shift", ...]]
"""The shifts of every team on every class of days."""
Extra = tuple[str, str, int, int]
"""(day class, pool, slot, +1 or −1): one more or one fewer on duty in a quarter-hour."""


class Stopped(Exception):
    """Somebody asked to stop."""


@dataclass
class Meter:
    """Tells how far the plan is, in thousandths; asks whether to stop.

    Attributes
    ----------
    progress : callable, optional
        Called with (done, 1000).
    stop : callable, optional
        Asked often; True ends the work.
    until : float, optional
        Monotonic time at which searching ends (what is needed for an answer goes on).
    """

    progress: Callable[[int, int], None] | None = None
    stop: Callable[[], bool] | None = None
    until: float | None = None
    done: float = 0.0
    _span: tuple[float, float] = (0.0, 0.0)

    def phase(self, to: float) -> None:
        """Begin a part of the work that ends at `to` (0 … 1)."""
        self._span = (self.done, to)

    def part(self, share: float) -> None:
        """Tell that `share` of the part is done; stop if asked to."""
        low, high = self._span
        self.done = max(self.done, low + (high - low) * min(1.0, share))
        if self.progress:
            self.progress(round(1000 * self.done), 1000)
        self.check()

    def check(self) -> None:
        """Raise `Stopped` when somebody asked to stop."""
        if self.stop is not None and self.stop():
            raise Stopped

    @property
    def late(self) -> bool:
        """Tell whether the time for searching is over."""
        return self.until is not None and time.monotonic() > self.until

    def finish(self) -> None:
        """Tell that all is done."""
        self.done = 1.0
        if self.progress:
            self.progress(1000, 1000)


@dataclass(frozen=True)
class Ground:
    """Days that are simulated together.

    Attributes
    ----------
    scenario : sim.Scenario
        Of these days, in which the planned teams have no rows.
    labels : tuple of str
        Class of each day.
    times : float
        So many of them are in the plan.
    """

    scenario: sim.Scenario
    labels: tuple[str, ...]
    times: float


@dataclass
class Trials:
    """Simulates candidates; a look at the same shifts of the same days is not repeated.

    Attributes
    ----------
    grounds : tuple of Ground
    demands : mapping of key to Demand
    goals : sequence of Goal
    teams : tuple of str
    reps : int
        Replications of the plan's whole horizon that a full look takes.
    seed : int
    meter : Meter
    """

    grounds: tuple[Ground, ...]
    demands: Mapping[Key, Demand]
    goals: Sequence[Goal]
    teams: tuple[str, ...]
    reps: int
    seed: int
    meter: Meter
    count: int = 0
    """Looks that were simulated."""
    judge: Judge | None = None
    _known: dict[tuple[object, ...], Moments] = field(default_factory=dict)

    def verdict(
        self, state: State, *, part: float = 1.0, extras: Sequence[Extra] = (), seed: int | None = None
    ) -> Verdict:
        """Return what a simulation of a candidate says of every cell.

        Parameters
        ----------
        state : State
        part : float
            Share of the replications of a full look.
        extras : sequence of Extra
            People added or taken off for single quarter-hours.
        seed : int, optional
            Another seed than that of the search.
        """
        looks = []
        for number, ground in enumerate(self.grounds):
            mine = tuple(one for one in extras if one[0] in ground.labels)
            # Days of several classes have luck of their own, so that what is seen of them may be added up.
            looks.append(self._look(ground, state, part, mine, (self.seed if seed is None else seed) + number * APART))
        return self.judged(state).verdict(functools.reduce(Moments.plus, looks))

    def judged(self, state: State) -> Judge:
        """Return the judge; the first time, from looks at `state`."""
        if self.judge is None:
            looks = []
            for ground in self.grounds:
                staffed = self.staffed(ground.scenario, state, ground.labels)
                looks.append((self.studies(staffed, self.size(ground, _FIRST), self.seed), ground.labels, ground.times))
            self.judge = Judge(self.goals, looks)
        return self.judge

    def promising(self, goals: Sequence[Goal], meter: Meter | None = None) -> Trials:
        """Return trials of the same looks, judged by other shares and limits."""
        judge = None if self.judge is None else self.judge.promising(goals)
        return replace(self, goals=tuple(goals), judge=judge, meter=meter or self.meter, count=0)

    def size(self, ground: Ground, part: float) -> int:
        """Return the replications of these days in a look that takes `part` of a full one."""
        total = sum(one.times for one in self.grounds)
        return max(4, round(self.reps * total / len(self.grounds) * part))

    def _look(self, ground: Ground, state: State, part: float, extras: tuple[Extra, ...], seed: int) -> Moments:
        shifts = tuple((key, tuple(state[key])) for key in sorted(state) if key[0] in ground.labels)
        reps = self.size(ground, part)
        known = (ground.labels, shifts, extras, reps, seed)
        if known not in self._known:
            judge = self.judged(state)
            scenario = self.staffed(ground.scenario, state, ground.labels, extras)
            self._known[known] = judge.look(self.studies(scenario, reps, seed), ground.labels).times(ground.times)
            self.count += 1
        return self._known[known]

    def studies(self, scenario: sim.Scenario, reps: int, seed: int) -> dict[int, sim.Study]:
        """Return a study for each goal; goals with the same rules of measuring share one."""
        out: dict[int, sim.Study] = {}
        made: dict[str, sim.Study] = {}
        for number, goal in enumerate(self.goals):
            rules = rules_of(goal, scenario.rules)
            key = rules.model_dump_json()
            if key not in made:
                made[key] = sim.simulate(
                    scenario.replace(rules=rules),
                    reps=reps,
                    seed=seed,
                    progress=lambda _done, _total: self.meter.check(),
                )
            out[number] = made[key]
        return out

    def staffed(
        self, scenario: sim.Scenario, state: State, labels: Sequence[str], extras: Sequence[Extra] = ()
    ) -> sim.Scenario:
        """Return `scenario` with these shifts for the planned teams; a team without a shift has nobody."""
        rows = []
        for key in sorted(state):
            if key[0] in labels:
                rows += _rows(self.demands[key], state[key], [one for one in extras if one[:2] == key])
        return with_rows(scenario, self.teams, rows)


def with_rows(scenario: sim.Scenario, teams: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> sim.Scenario:
    """Return `scenario` with these staffing rows for `teams`; a team without a row has nobody."""
    there = {str(row["team"]) for row in rows}
    nobody = {team: 0 for team in teams if team not in there and scenario.team[team].staff != 0}
    staffed = scenario.with_staff(nobody) if nobody else scenario
    return staffed.with_staffing(set(teams), tuple(sim.StaffingRow.model_validate(row) for row in rows))


def _rows(demand: Demand, shifts: Sequence[Shift], extras: Sequence[Extra]) -> list[dict[str, Any]]:
    """Return staffing rows of a team on one class of days; who is taken off has a break that he has nowhere else."""
    where = {"team": demand.team, "place": demand.place, "day_class": demand.day_class}
    offs: list[list[tuple[int, int]]] = [[] for _ in shifts]
    rows: list[dict[str, Any]] = []
    for _, _, slot, sign in extras:
        begin, end = slot * SLOT_S, (slot + 1) * SLOT_S
        if sign > 0:
            rows.append({**where, "start": begin, "end": end, "count": 1})
            continue
        for number, shift in enumerate(shifts):
            inside = shift.start_s <= begin and end <= shift.end_s
            if inside and not any(a < end and begin < b for a, b in (*shift.off, *offs[number])):
                offs[number].append((begin, end))
                break
    for shift, more in zip(shifts, offs, strict=True):
        rows.append(
            {
                **where,
                "start": shift.start_s,
                "end": shift.end_s,
                "meal": shift.meal,
                "breaks": tuple(sorted((*shift.breaks, *more))),
            }
        )
    return rows


def grounds(scenario: sim.Scenario, teams: Sequence[str], classes: Sequence[str], *, apart: bool) -> tuple[Ground, ...]:
    """Return the days to simulate: one of each class, where days do not touch each other, else all of them.

    Parameters
    ----------
    scenario : sim.Scenario
        Over the whole plan.
    teams : sequence of str
        The planned ones.
    classes : sequence of str
        Class of each day.
    apart : bool
        Whether no day begins with what the day before left undone, and nothing is dated.
    """
    bare = scenario.with_staff(dict.fromkeys(teams, 0))
    if not apart:
        return (Ground(bare, tuple(classes), 1.0),)
    undated: dict[str, Any] = {"start": None, "calendar": None, "dates": {}, "month_days": {}, "same_as": {}}
    out = []
    for name in dict.fromkeys(classes):
        run = {**bare.run.model_dump(), **undated, "days": 1, "day_classes": (name,)}
        out.append(Ground(bare.replace(run=run), (name,), float(classes.count(name))))
    return tuple(out)
