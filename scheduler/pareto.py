"""The frontier: what a promise costs, from loose to tight, as plans that fresh luck has tried."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import sim
from scheduler.goals import Limit, goals
from scheduler.judge import at_value
from scheduler.loop import FRESH, LOOKS, REPLICATIONS, Task, task
from scheduler.plan import Frontier, Point
from scheduler.search import Search, overall
from scheduler.trials import Meter, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from scheduler.goals import Goal
    from scheduler.people import Staff
    from scheduler.plan import Shift
    from scheduler.trials import Key

    State = dict[Key, tuple[Shift, ...]]

SHARE = "share"
SHARES = (0.6, 0.7, 0.8, 0.9, 0.95)
TIMES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Limits of a measure, as multiples of what the scenario has now."""
_95 = 1.96
_BUDGET_STEP = 0.01


def frontier(
    scenario: sim.Scenario,
    promise: Goal | str | None = None,
    *,
    measure: str = SHARE,
    points: Sequence[float] | None = None,
    budgets: Sequence[float] | None = None,
    contracts: str | Path = "cn-standard",
    weeks: int = 1,
    teams: Sequence[str] | None = None,
    people: Staff | Mapping[str, int] | None = None,
    seed: int = 1,
    reps: int = REPLICATIONS,
    trials: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Frontier:
    """Return cost against one promise as a Pareto curve, each point with the band that fresh luck gives it.

    Parameters
    ----------
    scenario, contracts, weeks, teams, people, seed, reps, progress, stop
        As in `plan`. Points are shifts of day classes: nobody's week is in their cost.
    promise : Goal or str, optional
        What varies: its share, or its limit. 80 % in 180 s when not given.
    measure : str
        ``share``, or a measure with a limit (``wait_p90_s``, ``abandoned_share``) when no promise is given.
    points : sequence of float, optional
        Shares (a fraction of 1), or limits; by itself five from loose to tight.
    budgets : sequence of float, optional
        Besides: for each the best that it buys.
    trials : int, optional
        Looks at candidates that each point may take.

    Raises
    ------
    sim.InputError
        As `plan`; or a point that is no share, a budget that is not above 0.
    """
    wanted = _wanted(scenario, promise, measure)
    _check(wanted, points, budgets)
    asked = task(scenario, wanted, contracts=contracts, weeks=weeks, teams=teams, people=people)
    return _Curve(asked, seed, reps, LOOKS if trials is None else trials, Meter(progress, stop)).run(points, budgets)


def _wanted(scenario: sim.Scenario, promise: Goal | str | None, measure: str) -> Goal:
    if promise is not None:
        return goals(promise, scenario)[0]
    if measure == SHARE:
        return sim.Promise()
    return goals(f"{measure} <= 0", scenario)[0]


def _check(wanted: Goal, points: Iterable[float] | None, budgets: Iterable[float] | None) -> None:
    faults = []
    for value in points or ():
        right = 0 < value < 1 if isinstance(wanted, sim.Promise) else value >= 0
        if not (math.isfinite(value) and right):
            faults.append(sim.Fault("frontier_point", "", "points", value))
    faults += [sim.Fault("frontier_budget", "", "budgets", one) for one in budgets or () if not one > 0]
    if faults:
        raise sim.InputError(faults)


class _Curve:
    """One call of `frontier`."""

    def __init__(self, asked: Task, seed: int, reps: int, looks: int, meter: Meter) -> None:
        self.task, self.seed, self.reps, self.looks, self.meter = asked, seed, reps, looks, meter
        self.found: list[Point] = []
        self.findings = list(asked.findings)
        self.done: list[tuple[float, Search]] = []

    def run(self, points: Sequence[float] | None, budgets: Sequence[float] | None) -> Frontier:
        """Go from loose to tight, each point from the shifts of the one before."""
        interrupted = False
        try:
            self._all(points, budgets)
        except (Stopped, KeyboardInterrupt):
            interrupted = True
            self.findings.append(sim.Finding("plan_interrupted", {"looks": len(self.found)}))
        self.meter.finish()
        first = self.task.goals[0]
        return Frontier(
            measure=SHARE if isinstance(first, sim.Promise) else first.measure,
            promise=first,
            points=_marked(_no_dearer(self.found, first), first),
            seed=self.seed + FRESH,
            replications=2 * self.reps,
            currency=self.task.scenario.money.currency,
            findings=tuple(self.findings),
            interrupted=interrupted,
        )

    def _all(self, points: Sequence[float] | None, budgets: Sequence[float] | None) -> None:
        first = self.task.search(self.seed, self.reps, self.looks, self.meter)
        state, failed = first.by_theory()
        if failed:
            self.findings += failed
            return
        first.trials.judged(state)
        values = self._loose_to_tight(first, state, points)
        parts = len(values) + len(budgets or ())
        for number, value in enumerate(values):
            self.meter.phase((number + 1) / parts)
            search = self._search(first, value)
            search.run(dict(self.done[-1][1].now.state) if self.done else state)
            self.done.append((value, search))
            self._point(search, value, None)
        for number, budget in enumerate(budgets or ()):
            self.meter.phase((len(values) + number + 1) / parts)
            self._best_for(first, state, budget)

    def _loose_to_tight(self, search: Search, state: State, points: Sequence[float] | None) -> list[float]:
        """Return the values to ask for; by itself limits of a measure are multiples of what theory's shifts give."""
        goal = self.task.goals[0]
        if points is not None:
            rising = isinstance(goal, sim.Promise) or goal.sense == "at_least"
            return sorted(set(points), reverse=not rising)
        if isinstance(goal, sim.Promise):
            return list(SHARES)
        now = search.trials.verdict(state)
        value = next((v for v in now.value.tolist() if math.isfinite(v)), 1.0)
        return [float(f"{value * factor:.2g}") for factor in reversed(TIMES)]

    def _search(self, first: Search, value: float) -> Search:
        """Return a search for another value of the promise, on the same looks."""
        return Search(
            first.trials.promising(at_value(self.task.goals, value)),
            first.contract,
            first.theory,
            first.wages,
            first.days,
            first.most,
            first.spare,
            self.looks,
            first.sets,
        )

    def _point(self, search: Search, value: float, budget: float | None) -> None:
        """Try the best shifts of a search on fresh luck."""
        here = search.now
        verdict = search.trials.verdict(here.state, part=2.0, seed=self.seed + FRESH)
        share, half = overall(verdict)
        mine = [at for at, cell in enumerate(verdict.cells) if cell.goal == 0 and math.isfinite(verdict.margin[at])]
        worst = min(mine, key=lambda at: verdict.margin[at], default=None)
        self.found.append(
            Point(
                asked=value,
                budget=budget,
                cost=here.cost,
                paid_hours=search.hours(here.state),
                value=share if math.isfinite(share) else None,
                half_width=half if math.isfinite(half) else None,
                worst=None if worst is None else float(verdict.value[worst]),
                worst_half_width=None if worst is None else float(_95 * verdict.error[worst]),
                kept=verdict.holds(),
            )
        )

    def _best_for(self, first: Search, state: State, budget: float) -> None:
        """Find the tightest promise that a budget buys, between points that are known."""
        goal = self.task.goals[0]
        if not isinstance(goal, sim.Promise):
            self.findings.append(sim.Finding("frontier_budget_share", {"budget": budget}))
            return
        able = [(value, one) for value, one in self.done if one.best is not None and one.best.cost <= budget + 1e-6]
        dear = [value for value, one in self.done if one.best is None or one.best.cost > budget + 1e-6]
        low, best = max(able, key=lambda pair: pair[0]) if able else (0.0, None)
        high = min([value for value in dear if value > low], default=0.995)
        while high - low > _BUDGET_STEP:
            share = round((low + high) / 2, 3)
            search = self._search(first, share)
            search.run(dict(best.now.state) if best is not None else state)
            self.done.append((share, search))
            if search.best is not None and search.best.cost <= budget + 1e-6:
                low, best = share, search
            else:
                high = share
        if best is None:
            self.findings.append(sim.Finding("plan_over_budget", {"budget": budget, "cost": None}))
            return
        self._point(best, low, budget)


def _no_dearer(points: Sequence[Point], goal: Goal) -> list[Point]:
    """Return the points, in place of each the plan of a tighter promise where that was found to be cheaper."""
    rising = isinstance(goal, sim.Promise) or goal.sense == "at_least"
    out = []
    for one in points:
        tighter = [
            other
            for other in points
            if other.kept
            and other.cost < one.cost
            and (other.asked > one.asked if rising else other.asked < one.asked)
            and one.budget is None
        ]
        best = min(tighter, key=lambda other: other.cost, default=None)
        out.append(one if best is None else replace(best, asked=one.asked, budget=None))
    return out


def _marked(points: Sequence[Point], goal: Goal) -> tuple[Point, ...]:
    """Return the points in order of cost, each marked whether it is on the Pareto curve."""
    less = isinstance(goal, Limit) and goal.sense == "at_most"
    ordered = sorted(points, key=lambda one: (one.cost, one.asked))
    out = []
    for one in ordered:
        value = -math.inf if one.value is None else (-one.value if less else one.value)
        better = any(
            other is not one
            and other.cost <= one.cost + 1e-9
            and (other.cost < one.cost - 1e-9 or _good(other, less) > value)
            and _good(other, less) >= value
            for other in ordered
        )
        out.append(replace(one, best=bool(one.kept and not better)))
    return tuple(out)


def _good(point: Point, less: bool) -> float:
    if point.value is None or not point.kept:
        return -math.inf
    return -point.value if less else point.value
