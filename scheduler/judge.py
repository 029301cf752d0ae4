"""Is a promise kept? Its cells, days of one class taken together, each with what a simulation says of it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

import sim
from scheduler.goals import MISSED, Goal, Limit
from scheduler.plan import Judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Floats = NDArray[np.float64]
ANY = "*"
SMALL = 5.0
"""A cell with fewer expected customers a day is counted with its neighbours in time, else with other small ones."""
DAY_S = 86_400
_95 = 1.96
_SURE = 0.05
"""All cells together are covered with 1 minus this."""
_EVENT = "event_count:"


class Spot(NamedTuple):
    """A cell of a promise."""

    goal: int
    day_class: str
    start_s: int | None
    end_s: int | None
    place: str
    service: str


class Moments(NamedTuple):
    """What a study of some days says of every cell: means over replications of (top, low), and covariances of these.

    The value of a cell is top / low; measures with a limit have low = 1.
    """

    top: Floats
    low: Floats
    tt: Floats
    tl: Floats
    ll: Floats

    def plus(self, other: Moments) -> Moments:
        """Return the moments of both together, which are independent."""
        return Moments(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, days: float) -> Moments:
        """Return the moments of as many such days."""
        return Moments(self.top * days, self.low * days, *(days * days * one for one in (self.tt, self.tl, self.ll)))


@dataclass(frozen=True)
class Verdict:
    """What is known of every cell; arrays run over `cells`.

    Attributes
    ----------
    cells : tuple of Spot
    value : array
        Share kept, or measure; nan where nobody came.
    error : array
        Its standard error.
    margin : array
        By how much the promise is kept; nan where nobody came.
    expected : array
        Customers a day.
    weight : array
        Customers of the whole plan.
    """

    cells: tuple[Spot, ...]
    value: Floats
    error: Floats
    margin: Floats
    expected: Floats
    weight: Floats

    @property
    def many(self) -> float:
        """Return how many standard errors cover all cells together with 95 % (Bonferroni)."""
        from scipy.special import ndtri

        return float(-ndtri(_SURE / 2 / max(1, int(np.isfinite(self.margin).sum()))))

    def short(self, errors: float = 0.0) -> Floats:
        """Return by how much each cell is not kept with so many standard errors to spare; 0 where it is."""
        slack = self.margin - errors * self.error
        return np.where(np.isfinite(slack), np.maximum(-slack, 0.0), 0.0)

    def holds(self, errors: float = 0.0) -> bool:
        """Tell whether every cell is kept with so many standard errors to spare."""
        return not self.short(errors).any()

    @property
    def least(self) -> float:
        """Return the least margin; inf where no cell has one."""
        finite = self.margin[np.isfinite(self.margin)]
        return float(finite.min()) if finite.size else math.inf

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Return the cells as a plan shows them."""
        many = self.many
        out = []
        figures = zip(
            self.cells,
            self.value.tolist(),
            self.error.tolist(),
            self.margin.tolist(),
            self.expected.tolist(),
            strict=True,
        )
        for cell, value, error, margin, expected in figures:
            known = math.isfinite(value)
            out.append(
                Judged(
                    *(cell.goal, cell.day_class, cell.start_s, cell.end_s, cell.place, cell.service),
                    expected=expected,
                    value=value if known else None,
                    half_width=_95 * error if known else None,
                    simultaneous=many * error if known else None,
                    margin=margin if known else None,
                )
            )
        return tuple(out)


class Judge:
    """The cells of all promises; made from first looks at every kind of day, then the same for all candidates.

    Parameters
    ----------
    goals : sequence of Goal
    studies : sequence of (study by number of goal, class of each of its days, so many such studies in the plan)
        Of the days by themselves, or of the whole horizon.
    """

    def __init__(
        self, goals: Sequence[Goal], studies: Sequence[tuple[Mapping[int, sim.Study], Sequence[str], float]]
    ) -> None:
        self.goals = tuple(goals)
        found: dict[Spot, float] = {}
        """Every cell before merging → customers a day."""
        days: dict[str, float] = {}
        for by_goal, labels, times in studies:
            for label in labels:
                days[label] = days.get(label, 0.0) + times
            for number, goal in enumerate(goals):
                if _of_customers(goal):
                    for spot, _, low in _fine(number, goal, by_goal[number], labels):
                        found[spot] = found.get(spot, 0.0) + times * low
                elif isinstance(goal, Limit):
                    found |= dict.fromkeys(_spots(number, goal, by_goal[number]), 0.0)
        days[ANY] = sum(days.values())
        expected = {spot: number / days[spot.day_class] for spot, number in found.items()}
        self._into = self._merged(expected)
        self.cells = tuple(dict.fromkeys(self._into.values()))
        self._number = {cell: number for number, cell in enumerate(self.cells)}
        self._days = np.array([days[cell.day_class] for cell in self.cells])
        self._maps: dict[tuple[int, tuple[str, ...]], NDArray[np.int64]] = {}

    @property
    def by_day(self) -> bool:
        """Tell whether every cell is of one class of days, so that they can be looked at one by one."""
        return all(cell.day_class != ANY for cell in self.cells)

    def _merged(self, expected: Mapping[Spot, float]) -> dict[Spot, Spot]:
        """Return cell → the cell in which it is counted.

        A small cell goes together with the next of its day, and with more until they are large enough; what is left at
        the end of the day with the one before. A small day, place or service goes together with all that are small.
        """
        into = {spot: spot for spot in expected}
        rows: dict[Spot, list[Spot]] = {}
        for spot in expected:
            if spot.start_s is not None and _of_customers(self.goals[spot.goal]):
                rows.setdefault(spot._replace(start_s=None, end_s=None), []).append(spot)
        for row in rows.values():
            row.sort(key=lambda spot: spot.start_s or 0)
            for group in _large_enough(row, expected):
                whole = group[0]._replace(end_s=group[-1].end_s)
                into |= dict.fromkeys(group, whole)
        for step in ("place", "all"):
            size: dict[Spot, float] = {}
            for spot, target in into.items():
                size[target] = size.get(target, 0.0) + expected[spot]
            for spot, target in into.items():
                if size[target] < SMALL and _of_customers(self.goals[spot.goal]):
                    into[spot] = _wider(target, step)
        return into

    def look(self, by_goal: Mapping[int, sim.Study], labels: Sequence[str]) -> Moments:
        """Return what studies of some days (of each goal's rules) say of every cell, zero where they say nothing."""
        size = len(self.cells)
        out = Moments(*(np.zeros(size) for _ in range(5)))
        for number, goal in enumerate(self.goals):
            study = by_goal[number]
            if _of_customers(goal):
                self._customers(number, goal, study, labels, out)
            elif isinstance(goal, Limit):
                for spot, (value, error) in _spots(number, goal, study).items():
                    if spot in self._into and value is not None:
                        at = self._number[self._into[spot]]
                        out.top[at], out.low[at], out.tt[at] = value, 1.0, error * error
        return out

    def _customers(self, number: int, goal: Goal, study: sim.Study, labels: Sequence[str], out: Moments) -> None:
        cells, t, b = self.batches(number, goal, study, labels)
        out.top[cells], out.low[cells] = t.mean(axis=0), b.mean(axis=0)
        batches = len(t)
        if batches > 1:
            t, b = t - t.mean(axis=0), b - b.mean(axis=0)
            scale = 1.0 / (batches * (batches - 1))
            out.tt[cells], out.tl[cells], out.ll[cells] = (
                scale * (x * y).sum(axis=0) for x, y in ((t, t), (t, b), (b, b))
            )

    def batches(
        self, number: int, goal: Goal, study: sim.Study, labels: Sequence[str]
    ) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return numbers of cells, and by batch of replications and cell customers kept and asked (a replication)."""
        tops, lows = study.running.level.table()
        key = (number, tuple(labels))
        if key not in self._maps:
            at = np.full(tops.shape[1], -1, np.int64)
            for spot, column, _ in _fine(number, goal, study, labels):
                if spot in self._into:
                    at[column] = self._number[self._into[spot]]
            self._maps[key] = at
        at = self._maps[key]
        columns = np.flatnonzero(at >= 0)
        cells, places = np.unique(at[columns], return_inverse=True)
        batches = len(tops)
        top, low = np.zeros((batches, len(cells))), np.zeros((batches, len(cells)))
        for row in range(batches):
            top[row] = np.bincount(places, tops[row, columns], len(cells))
            low[row] = np.bincount(places, lows[row, columns], len(cells))
        each = study.replications / batches
        return cells, top / each, low / each

    def promising(self, goals: Sequence[Goal]) -> Judge:
        """Return the same cells judged by other shares and limits."""
        other = copy.copy(self)
        other.goals = tuple(goals)
        return other

    def verdict(self, moments: Moments) -> Verdict:
        """Return what the moments of the whole plan say."""
        with np.errstate(invalid="ignore", divide="ignore"):
            value = moments.top / moments.low
            spread = moments.tt - 2 * value * moments.tl + value * value * moments.ll
            error = np.sqrt(np.maximum(spread, 0.0)) / moments.low
        margin = np.full(len(self.cells), np.nan)
        for at, cell in enumerate(self.cells):
            goal = self.goals[cell.goal]
            if isinstance(goal, sim.Promise):
                margin[at] = value[at] - goal.share
            else:
                margin[at] = value[at] - goal.value if goal.sense == "at_least" else goal.value - value[at]
        customers = np.array([_of_customers(self.goals[cell.goal]) for cell in self.cells])
        weight = np.where(customers, moments.low, 0.0)
        return Verdict(self.cells, value, error, margin, weight / self._days, weight)


def _of_customers(goal: Goal) -> bool:
    """Tell whether a goal is a share of customers within a time."""
    return isinstance(goal, sim.Promise) or goal.measure == "service_level"


def rules_of(goal: Goal, rules: sim.Rules) -> sim.Rules:
    """Return the rules of measuring under which a study says whether a goal is kept."""
    if isinstance(goal, sim.Promise):
        return goal.rules(rules)
    if goal.measure == "service_level":
        return sim.Promise(0.5, goal.within_s, goal.of, (), rules.sl_mode).rules(rules)
    return rules


def with_share(goal: Goal, value: float) -> Goal:
    """Return the goal with another share, or another limit."""
    return replace(goal, share=value) if isinstance(goal, sim.Promise) else replace(goal, value=value)


def for_every_service(goal: sim.Promise) -> sim.Promise:
    """Return the promise that goes with one to all: over the plan it holds for every service."""
    return replace(goal, per=("service",))


def at_value(goals: Sequence[Goal], value: float) -> tuple[Goal, ...]:
    """Return goals with another share (or limit) of the first, and of the one for every service that goes with it."""
    first = goals[0]
    changed = with_share(first, value)
    out: list[Goal] = [changed]
    for goal in goals[1:]:
        goes_with = isinstance(first, sim.Promise) and goal == for_every_service(first)
        out.append(for_every_service(changed) if goes_with and isinstance(changed, sim.Promise) else goal)
    return tuple(out)


def _fine(number: int, goal: Goal, study: sim.Study, labels: Sequence[str]) -> Iterable[tuple[Spot, int, float]]:
    """Yield (cell, column of the study's table, customers of all its days) of a goal that counts customers."""
    layout = study.layout
    keys = [layout.key(int(index)) for index in np.flatnonzero(layout.level)]
    asked = study.running.level.table()[1].sum(axis=0) / study.replications
    width = study.scenario.rules.interval_s
    per = goal.per
    places = {goal.place} if isinstance(goal, Limit) and goal.place != ANY else set()
    services = set(goal.services) if isinstance(goal, Limit) else set()
    if services and ("interval" in per or "place" in per or places):
        raise sim.InputError.one("goal_cells", field="promise", value=goal.text if isinstance(goal, Limit) else "")
    for column, key in enumerate(keys):
        if asked[column] == 0:
            continue
        by_place, by_service = "place" in per or bool(places), "service" in per or bool(services)
        if (key.place != ANY) != by_place or (key.service != ANY) != by_service:
            continue
        if (key.interval_start != ANY) != ("interval" in per):
            continue
        if (places and key.place not in places) or (services and key.service not in services):
            continue
        place = key.place if "place" in per else ANY
        service = key.service if "service" in per else ANY
        if key.interval_start == ANY:
            yield Spot(number, ANY, None, None, place, service), column, float(asked[column])
            continue
        day, second = divmod(int(key.interval_start), DAY_S)
        if day < len(labels):
            yield Spot(number, labels[day], second, second + width, place, service), column, float(asked[column])


def _large_enough(row: Sequence[Spot], expected: Mapping[Spot, float]) -> list[list[Spot]]:
    """Return the intervals of a day in groups of neighbours, each with enough customers if the day has."""
    groups: list[list[Spot]] = []
    open_: list[Spot] = []
    for spot in row:
        open_.append(spot)
        if sum(expected[one] for one in open_) >= SMALL:
            groups.append(open_)
            open_ = []
    if open_ and groups:
        groups[-1] += open_
    elif open_:
        groups.append(open_)
    return groups


def _wider(target: Spot, step: str) -> Spot:
    """Return the next larger cell into which a small one goes."""
    if step == "place":
        return target._replace(start_s=None, end_s=None, place=ANY, service=ANY)
    return target._replace(day_class=ANY, start_s=None, end_s=None, place=ANY, service=ANY)


def _spots(number: int, goal: Limit, study: sim.Study) -> dict[Spot, tuple[float | None, float]]:
    """Return cell → (value, standard error) of a measure that has a limit."""
    if goal.measure == MISSED:
        return _missed(number, goal, study)
    out: dict[Spot, tuple[float | None, float]] = {}
    for row in study.rows:
        if row.measure != goal.measure or row.pool != ANY:
            continue
        fits = ("place" in goal.per or goal.place != ANY) == (row.place != ANY)
        fits = fits and ("service" in goal.per or bool(goal.services)) == (row.service != ANY)
        fits = fits and ("interval" in goal.per) == (row.interval_start != ANY)
        if not fits or (goal.place not in (ANY, row.place)) or (goal.services and row.service not in goal.services):
            continue
        start = None if row.interval_start == ANY else int(row.interval_start)
        end = None if start is None else start + study.scenario.rules.interval_s
        spot = Spot(number, ANY, start, end, row.place, row.service)
        out[spot] = row.value, (row.half_width or 0.0) / _95
    if not out:
        known = ", ".join(dict.fromkeys(row.measure for row in study.rows))
        raise sim.InputError.one("goal_measure", field="promise", value=goal.measure, known=known)
    return out


def _missed(number: int, goal: Limit, study: sim.Study) -> dict[Spot, tuple[float | None, float]]:
    """Return unnoticed risk events for every 1,000 customers, over all or by place or service."""
    count: dict[tuple[str, str], float] = {}
    error: dict[tuple[str, str], float] = {}
    customers: dict[tuple[str, str], float] = {}
    for row in study.rows:
        key = (row.place, row.service)
        if row.measure == "offered" and row.interval_start == ANY and row.pool == ANY:
            customers[key] = row.value or 0.0
        if row.measure.startswith(_EVENT) and row.measure.endswith(".missed") and row.interval_start == ANY:
            count[key] = count.get(key, 0.0) + (row.value or 0.0)
            error[key] = math.hypot(error.get(key, 0.0), (row.half_width or 0.0) / _95)
    if not count:
        raise sim.InputError.one("goal_measure", field="promise", value=MISSED, known="event_count:….missed")
    out: dict[Spot, tuple[float | None, float]] = {}
    for (place, service), number_of in count.items():
        fits = ("place" in goal.per) == (place != ANY) and ("service" in goal.per) == (service != ANY)
        here = customers.get((place, service), 0.0)
        if fits and here:
            out[Spot(number, ANY, None, None, place, service)] = (
                1000 * number_of / here,
                1000 * error[place, service] / here,
            )
    return out
