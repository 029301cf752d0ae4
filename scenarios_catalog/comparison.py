"""The honest comparison: two ways of working, staffed for equal waits of all customers, by their paid hours.

Seats of one team against seats of another say little: when scenes go remote, the tellers' other work stays,
the lobby helps at the booth, and supervisors authorise. So both sides are given the smallest staffing that
keeps the P90 wait of *all* customers within one target, on the same customers, and then all that is paid is
added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sim
from scenarios_catalog.staffing import people, with_people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FLOORS = {"teller": 2}
"""Fewest people at a place, by role: two tellers, because cash is under dual control (domain notes, F4)."""

STAYS = ("lobby_manager",)
"""Roles whose staffing is not searched: one lobby post a branch, on both sides."""

DAY_S = 86_400
"""The search looks at whole days only: measures by quarter-hour would take most of its time."""

_HOURS_SLACK = 1e-9


@dataclass(frozen=True)
class Side:
    """One way of working, at the smallest staffing that keeps the target. Hours, money: the whole run."""

    id: str
    scenario: sim.Scenario
    staff: Mapping[str, int]
    """Team → people on the first day, at each place of the team."""
    hours: Mapping[str, float]
    """Role → paid hours."""
    paid_hours: float
    booths: int
    occupancy: Mapping[str, float]
    """Role → share of the time on duty that is spent serving."""
    wait_p90_s: float
    wait_p90_half_width: float
    wait_mean_s: float
    wait_mean_half_width: float
    abandoned_share: float
    abandoned_half_width: float
    cost: float
    cost_half_width: float


@dataclass(frozen=True)
class EqualService:
    """Two sides at equal service. Waits are measured on fresh customers, not on those of the search."""

    target_s: float
    """P90 wait of all customers that both sides had to keep in the search."""
    today: Side
    pooled: Side
    wait_p90_difference_s: float
    """Pooled minus today, on the same customers, with its 95 % half-width."""
    wait_p90_difference_half_width: float
    cost_difference: float
    cost_difference_half_width: float
    reps: int
    seed: int
    label: str = "DIRECTIONAL"
    """The source states no performance figure, so only the direction can be trusted."""

    @property
    def paid_hours_difference(self) -> float:
        """Paid hours of the pooled side minus today's."""
        return self.pooled.paid_hours - self.today.paid_hours

    @property
    def share(self) -> float:
        """Paid hours of the pooled side as a share of today's."""
        return self.pooled.paid_hours / self.today.paid_hours


def equal_service(
    today: sim.Scenario,
    pooled: sim.Scenario,
    *,
    target_s: float | None = None,
    floors: Mapping[str, int] | None = None,
    reps: int = 40,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> EqualService:
    """Return both sides at the smallest staffing whose P90 wait of all customers is within one target.

    Parameters
    ----------
    today, pooled : Scenario
        Scenarios with the same demand; the first sets the target.
    target_s : float, optional
        Longest P90 wait (`wait_all_p90_s`) in seconds; the P90 of `today` as it is staffed if not given.
    floors : mapping, optional
        Role → fewest people at a place; `FLOORS` if not given, one person for roles that it does not name.
    reps, seed : int
        Replications of every step of the search, and its seed; the result is measured with seed + 1.
    progress : callable, optional
        Called with (steps done, steps expected).
    """
    watch = _Watch(progress)
    here, there = (_Bench(one, FLOORS if floors is None else floors, reps, seed, watch) for one in (today, pooled))
    target = here.p90(here.start) if target_s is None else target_s
    found = [bench.scenario_with(bench.smallest(target)) for bench in (here, there)]
    comparison = sim.compare(*found, reps=reps, seed=seed + 1)
    watch.done()
    sides = [_side(study) for study in comparison.studies]
    wait, cost = comparison.value("wait_all_p90_s"), comparison.value("cost")
    return EqualService(
        target,
        sides[0],
        sides[1],
        wait.difference or 0.0,
        wait.half_width or 0.0,
        cost.difference or 0.0,
        cost.half_width or 0.0,
        reps,
        seed,
    )


class _Watch:
    """Tells how far a search is; how long it takes is only known at its end."""

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self.progress, self.steps = progress, 0

    def step(self) -> None:
        self.steps += 1
        if self.progress is not None:
            self.progress(self.steps, max(self.steps + 1, 40))

    def done(self) -> None:
        if self.progress is not None:
            self.progress(self.steps + 1, self.steps + 1)


Staff = tuple[int, ...]


class _Bench:
    """Staffings of one scenario, tried on the same customers."""

    def __init__(self, scenario: sim.Scenario, floors: Mapping[str, int], reps: int, seed: int, watch: _Watch) -> None:
        self.scenario, self.reps, self.seed, self.watch = scenario, reps, seed, watch
        self.whole_days = scenario.replace(rules={**scenario.rules.model_dump(), "interval_s": DAY_S})
        numbers = people(scenario)
        roles = {name: team.role or name for name, team in scenario.team.items()}
        self.teams = tuple(name for name in numbers if roles[name] not in STAYS and numbers[name] > 0)
        self.floors = tuple(floors.get(roles[name], 1) for name in self.teams)
        self.start: Staff = tuple(numbers[name] for name in self.teams)
        self.hours = tuple(self._hours_a_person(name, numbers[name]) for name in self.teams)
        self._known: dict[Staff, float] = {}

    def _hours_a_person(self, team: str, number: int) -> float:
        """Return paid hours on the first day of one more person in `team`, at all places of the team."""
        place = self.scenario.team[team].place
        places = self.scenario.place[place].count if place is not None else 1
        first = self.scenario.run.day_classes[0]
        paid = sum(
            row.count * (row.end - row.start - sum(b - a for a, b in row.meal)) / 3600
            for row in self.scenario.staffing
            if row.team == team and row.day_class in ("*", first) and row.day in (None, 0)
        )
        return places * paid / number

    def scenario_with(self, staff: Staff) -> sim.Scenario:
        return with_people(self.scenario, dict(zip(self.teams, staff, strict=True)))

    def paid(self, staff: Staff) -> float:
        return sum(n * hours for n, hours in zip(staff, self.hours, strict=True))

    def p90(self, staff: Staff) -> float:
        if staff not in self._known:
            scenario = with_people(self.whole_days, dict(zip(self.teams, staff, strict=True)))
            study = sim.simulate(scenario, reps=self.reps, seed=self.seed)
            self._known[staff] = study.value("wait_all_p90_s").value or 0.0
            self.watch.step()
        return self._known[staff]

    def smallest(self, target_s: float) -> Staff:
        """Return the cheapest staffing in reach of removals and swaps that keeps the target.

        People are added where a paid hour shortens the wait most until the target holds. Then people are
        taken away, one team at a time, or exchanged (one fewer here, one or two more there) while that saves
        paid hours and the target still holds; the move that saves most is taken.
        """
        staff = self.start
        while self.p90(staff) > target_s:
            gains = [
                ((self.p90(staff) - self.p90(more)) / hours, more)
                for more, hours in zip(self._one_more(staff), self.hours, strict=True)
            ]
            gain, more = max(gains)
            if gain <= 0:
                break
            staff = more
        while True:
            better = next((one for one in self._cheaper(staff) if self.p90(one) <= target_s), None)
            if better is None:
                return staff
            staff = better

    def _one_more(self, staff: Staff) -> list[Staff]:
        return [tuple(n + (i == k) for i, n in enumerate(staff)) for k in range(len(staff))]

    def _cheaper(self, staff: Staff) -> list[Staff]:
        """Return the moves that save paid hours, those that save most first."""
        saved = {one: self.paid(staff) - self.paid(one) for one in self._moves(staff)}
        return sorted((one for one, hours in saved.items() if hours > _HOURS_SLACK), key=lambda one: -saved[one])

    def _moves(self, staff: Staff) -> Iterator[Staff]:
        for out in range(len(staff)):
            if staff[out] <= self.floors[out]:
                continue
            fewer = tuple(n - (i == out) for i, n in enumerate(staff))
            yield fewer
            for to in range(len(staff)):
                if to != out:
                    for plus in (1, 2):
                        yield tuple(n + plus * (i == to) for i, n in enumerate(fewer))


def _side(study: sim.Study) -> Side:
    scenario = study.scenario
    roles = {name: team.role or name for name, team in scenario.team.items()}
    hours = dict.fromkeys(roles.values(), 0.0)
    busy = dict.fromkeys(roles.values(), 0.0)
    rows = {(row.measure, row.pool): row for row in study.rows if row.pool != "*" and row.interval_start == "*"}
    for (measure, pool), row in rows.items():
        team = pool.partition("@")[0]
        if measure == "paid_hours" and team in roles:
            paid = row.value or 0.0
            hours[roles[team]] += paid
            busy[roles[team]] += paid * (rows["occupancy", pool].value or 0.0)
    booths = sum(
        pool.units * (scenario.place[pool.place].count if pool.place is not None else 1)
        for name, pool in scenario.pool.items()
        if (pool.role or name) == "booth"
    )
    wait, mean = study.value("wait_all_p90_s"), study.value("wait_all_mean_s")
    lost, cost = study.value("abandoned_share"), study.value("cost")
    return Side(
        scenario.id,
        scenario,
        people(scenario),
        hours,
        sum(hours.values()),
        booths,
        {role: busy[role] / hours[role] for role in hours if hours[role]},
        wait.value or 0.0,
        wait.half_width or 0.0,
        mean.value or 0.0,
        mean.half_width or 0.0,
        lost.value or 0.0,
        lost.half_width or 0.0,
        cost.value or 0.0,
        cost.half_width or 0.0,
    )
