"""The honest comparison: two ways of working, staffed for equal waits of all customers, by their paid hours.

Seats of one team against seats of another say little: when scenes go remote, the tellers' other work stays,
the lobby helps at the booth, and supervisors authorise. So both sides are given the smallest staffing found with
which the P90 wait of *all* customers is not higher than today's, on the same customers. Fresh customers then have to
bear that out, and all that is paid is added up, overtime included.
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

ROUNDS = 6
"""Most times that fresh customers are asked and people are added to a side that they find slower."""

WAIT = "wait_all_p90_s"
_HOURS_SLACK = 1e-9
_STEPS = 60
"""Steps that a search is expected to take, for its progress."""


@dataclass(frozen=True)
class Side:
    """One way of working, at the staffing found, as fresh customers meet it. Hours, money: the whole run."""

    id: str
    scenario: sim.Scenario
    staff: Mapping[str, int]
    """Team → people on the first day, at each place of the team."""
    hours: Mapping[str, float]
    """Role → paid hours, overtime included."""
    paid_hours: float
    """Of all roles, overtime included; planned hours are the same every day, overtime is not."""
    paid_hours_half_width: float
    overtime_hours: float
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
    """Two sides at equal service: on fresh customers the P90 wait of neither is clearly higher than today's.

    Differences are pooled minus today, on the same customers, each with its 95 % half-width.
    """

    today: Side
    pooled: Side
    wait_p90_difference_s: float
    wait_p90_difference_half_width: float
    paid_hours_difference: float
    paid_hours_difference_half_width: float
    cost_difference: float
    cost_difference_half_width: float
    search_reps: int
    search_seed: int
    reps: int
    """Replications on fresh customers, from which all figures are."""
    seed: int
    """Seed of the fresh customers."""
    label: str = "DIRECTIONAL"
    """The source states no performance figure, so only the direction can be trusted."""

    @property
    def equal(self) -> bool:
        """Tell whether the P90 wait of the pooled side is not clearly higher: its interval holds 0 or lies below."""
        return self.wait_p90_difference_s <= self.wait_p90_difference_half_width

    @property
    def share(self) -> float:
        """Paid hours of the pooled side as a share of today's."""
        return self.pooled.paid_hours / self.today.paid_hours


def equal_service(
    today: sim.Scenario,
    pooled: sim.Scenario,
    *,
    floors: Mapping[str, int] | None = None,
    reps: int = 80,
    fresh_reps: int = 400,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> EqualService:
    """Return both sides at the smallest staffing whose P90 wait of all customers is not higher than today's.

    The search compares each staffing with `today` as it is staffed, on the same customers. A search picks what its
    customers happened to favour, so fresh ones judge what it found: a side whose P90 wait they find higher (the
    interval of the paired difference leaves out 0) gets one person more, and other fresh customers judge again.

    Parameters
    ----------
    today, pooled : Scenario
        Scenarios with the same demand; the first, as it is staffed, sets the wait.
    floors : mapping, optional
        Role → fewest people at a place; `FLOORS` if not given, one person for roles that it does not name.
    reps, seed : int
        Replications of every step of the search, and its seed.
    fresh_reps : int
        Replications on fresh customers (seed + 1, and so on).
    progress : callable, optional
        Called with (steps done, steps expected).
    """
    watch = _Watch(progress)
    benches = [_Bench(one, FLOORS if floors is None else floors, reps, seed, watch) for one in (today, pooled)]
    limit = benches[0].p90(benches[0].start)
    found = [bench.smallest(limit) for bench in benches]
    studies: list[sim.Study] = []
    fresh = seed
    for _ in range(ROUNDS):
        fresh += 1
        studies = [bench.study(staff, fresh_reps, fresh) for bench, staff in zip(benches, found, strict=True)]
        first = benches[0].start
        stands = studies[0] if found[0] == first else benches[0].study(first, fresh_reps, fresh)
        slower = [_is_slower(stands, study) for study in studies]
        slower[1] = slower[1] or _is_slower(studies[0], studies[1])
        if not any(slower):
            break
        found = [
            bench.one_better(staff) if slow else staff
            for bench, staff, slow in zip(benches, found, slower, strict=True)
        ]
    watch.done()
    both = sim.Comparison(tuple(studies))
    wait, hours, cost = (both.value(measure) for measure in (WAIT, "paid_hours", "cost"))
    return EqualService(
        _side(today, studies[0]),
        _side(pooled, studies[1]),
        wait.difference or 0.0,
        wait.half_width or 0.0,
        hours.difference or 0.0,
        hours.half_width or 0.0,
        cost.difference or 0.0,
        cost.half_width or 0.0,
        reps,
        seed,
        fresh_reps,
        fresh,
    )


def _is_slower(stands: sim.Study, study: sim.Study) -> bool:
    """Tell whether the P90 wait is clearly higher on the same customers."""
    if study is stands:
        return False
    row = sim.Comparison((stands, study)).value(WAIT)
    return (row.difference or 0.0) > (row.half_width or 0.0)


class _Watch:
    """Tells how far a search is; how long it takes is only known at its end."""

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self.progress, self.steps = progress, 0

    def step(self) -> None:
        self.steps += 1
        if self.progress is not None:
            self.progress(self.steps, max(self.steps + 1, _STEPS))

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
        self._known: dict[Staff, tuple[float, float]] = {}

    def _hours_a_person(self, team: str, number: int) -> float:
        """Return paid hours on the first day of one more person in `team`, at all places of the team."""
        place = self.scenario.team[team].place
        places = self.scenario.place[place].count if place is not None else 1
        first = self.scenario.run.day_class(0)
        paid = sum(
            row.count * (row.end - row.start - sum(b - a for a, b in row.meal)) / 3600
            for row in self.scenario.staffing
            if row.team == team and row.day_class in ("*", first) and row.day in (None, 0)
        )
        return places * paid / number

    def study(self, staff: Staff, reps: int, seed: int) -> sim.Study:
        """Return what these people do; days are short to simulate, so threads would cost more than they give."""
        scenario = with_people(self.whole_days, dict(zip(self.teams, staff, strict=True)))
        study = sim.simulate(scenario, reps=reps, seed=seed, threads=1)
        self.watch.step()
        return study

    def planned(self, staff: Staff) -> float:
        """Return planned hours, which need no simulation."""
        return sum(n * hours for n, hours in zip(staff, self.hours, strict=True))

    def p90(self, staff: Staff) -> float:
        """Return the P90 wait of all customers in seconds, on the customers of the search."""
        return self._met(staff)[0]

    def paid(self, staff: Staff) -> float:
        """Return paid hours, overtime included, on the customers of the search."""
        return self._met(staff)[1]

    def _met(self, staff: Staff) -> tuple[float, float]:
        if staff not in self._known:
            study = self.study(staff, self.reps, self.seed)
            self._known[staff] = (study.value(WAIT).value or 0.0, study.value("paid_hours").value or 0.0)
        return self._known[staff]

    def smallest(self, limit_s: float) -> Staff:
        """Return the cheapest staffing in reach of removals and swaps whose P90 wait is not above the limit.

        People are added where a paid hour shortens the wait most until the limit holds. Then people are
        taken away, one team at a time, or exchanged (one fewer here, one or two more there) while that saves
        paid hours, overtime included, and the limit still holds; the move that saves most is taken.
        """
        staff = self.start
        while self.p90(staff) > limit_s:
            more = self.one_better(staff)
            if self.p90(more) >= self.p90(staff):
                break
            staff = more
        while True:
            better = next((one for one in self._cheaper(staff) if self._holds(one, staff, limit_s)), None)
            if better is None:
                return staff
            staff = better

    def one_better(self, staff: Staff) -> Staff:
        """Return one person more, where a planned hour shortens the P90 wait most."""
        gains = [
            ((self.p90(staff) - self.p90(more)) / hours, more)
            for more, hours in zip(self._one_more(staff), self.hours, strict=True)
        ]
        return max(gains)[1]

    def _holds(self, one: Staff, instead_of: Staff, limit_s: float) -> bool:
        return self.p90(one) <= limit_s and self.paid(one) < self.paid(instead_of)

    def _one_more(self, staff: Staff) -> list[Staff]:
        return [tuple(n + (i == k) for i, n in enumerate(staff)) for k in range(len(staff))]

    def _cheaper(self, staff: Staff) -> list[Staff]:
        """Return the moves that save planned hours, those that save most first."""
        saved = {one: self.planned(staff) - self.planned(one) for one in self._moves(staff)}
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


def _side(original: sim.Scenario, study: sim.Study) -> Side:
    """Return one side: the scenario with the people of the study, which looks at whole days."""
    scenario = original.replace(team=study.scenario.team, staffing=study.scenario.staffing)
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
    total, overtime = study.value("paid_hours"), study.value("overtime_hours")
    wait, mean = study.value(WAIT), study.value("wait_all_mean_s")
    lost, cost = study.value("abandoned_share"), study.value("cost")
    return Side(
        scenario.id,
        scenario,
        people(scenario),
        hours,
        total.value or 0.0,
        total.half_width or 0.0,
        overtime.value or 0.0,
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
