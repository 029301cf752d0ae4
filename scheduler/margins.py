"""At the margin: what a point more of the promise costs, what an hour more buys, and how unsure the inputs make it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

import sim
from scheduler import shifts
from scheduler.judge import Judge, at_value
from scheduler.plan import Draws, Price, Worth
from scheduler.search import Search, overall
from scheduler.shapes import HOUR_S
from scheduler.trials import APART, with_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.goals import Goal
    from scheduler.judge import Floats
    from scheduler.plan import Shift
    from scheduler.trials import Extra, Key, Meter, State

POINT = 0.05
"""How far from the promise the prices are taken: nearer, one person more or less is all that there is to see."""
_LOOKS = 24
_PART = 0.5
"""Share of a full look that says what an hour more buys."""
_HOURS = 4
"""Hours that are so many apart are looked at together."""
SETS = 20
DRAW_REPS = 20
_95 = 1.96


def at_share(search: Search, goals: Sequence[Goal], looks: int) -> Search:
    """Return a search for other promises, from the best that is known, on the same looks."""
    other = Search(
        search.trials.promising(goals),
        search.contract,
        search.theory,
        search.wages,
        search.days,
        search.most,
        search.spare,
        looks,
        search.sets,
        extra=search.extra,
        hopeless=search.hopeless,
    )
    other.run(dict(search.now.state))
    return other


def price(search: Search, goals: Sequence[Goal], meter: Meter) -> Price | None:
    """Return the price of the first promise: of plans for a little more and a little less, in sample."""
    first = goals[0]
    if not isinstance(first, sim.Promise) or search.best is None:
        return None
    low, high = max(0.01, first.share - POINT), min(0.995, first.share + POINT)
    costs = []
    for number, share in enumerate((low, high)):
        found = at_share(search, at_value(goals, share), min(_LOOKS, search.limit))
        meter.part((number + 1) / 2)
        if found.best is None:
            return None
        costs.append(found.best.cost)
    return Price(low, high, min(costs[0], search.best.cost), max(costs[1], search.best.cost))


def worth(search: Search, state: Mapping[Key, tuple[Shift, ...]], meter: Meter) -> tuple[Worth, ...]:
    """Return for each team and class of days the hours, best first, with what one more of the team buys in them.

    One look adds one of a team in every fourth hour; customers gained are counted near each. The half-width is of the
    paired difference, day by day.
    """
    trials = search.trials
    judge = trials.judged(state)
    if not any(cell.start_s is not None and cell.goal == 0 for cell in judge.cells):
        return ()
    out = []
    keys = [key for key in state if state[key]]
    before = {key[0]: _kept(search, state, key[0], ()) for key in keys}
    for done, key in enumerate(keys):
        meter.part(done / max(1, len(keys)))
        demand = trials.demands[key]
        duty = shifts.on_duty(state[key])
        hours = [h for h in range(24) if demand.load[4 * h : 4 * h + 4].max() > 0.01 or any(duty[4 * h : 4 * h + 4])]
        found = []
        for first in range(_HOURS):
            mine = [hour for hour in hours if hour % _HOURS == first]
            if not mine:
                continue
            slots = [slot for hour in mine for slot in range(4 * hour, 4 * hour + 4)]
            extras: list[Extra] = [(key[0], key[1], slot, 1) for slot in slots]
            gains = _gains(search, before[key[0]], _kept(search, state, key[0], extras), key[0], mine)
            found += [(hour, *gain) for hour, gain in gains.items()]
        found.sort(key=lambda one: -one[1])
        asked = _asked(search, state, key[0])
        for hour, gained, half in found:
            out.append(
                Worth(
                    *(demand.team, demand.place, key[0], hour * HOUR_S, (hour + 1) * HOUR_S),
                    cost=search.wages[key[1]] * search.days[key[0]],
                    share=gained / asked if asked else 0.0,
                    half_width=half / asked if asked else 0.0,
                    customers=gained,
                )
            )
    return tuple(sorted(out, key=lambda one: -one.customers * search.days[one.day_class] / max(one.cost, 1e-9)))


def _asked(search: Search, state: State, day_class: str) -> float:
    """Return the customers a day of the first promise on days of a class."""
    verdict = search.trials.verdict(state)
    return float(sum(n for cell, n in zip(verdict.cells, verdict.expected, strict=True) if cell[:2] == (0, day_class)))


def _kept(
    search: Search, state: State, day_class: str, extras: Sequence[Extra]
) -> tuple[NDArray[np.int64], Floats, int]:
    """Return cells, customers for whom the promise is kept by batch and cell, and days of the class in them."""
    trials = search.trials
    for number, ground in enumerate(trials.grounds):
        if day_class in ground.labels:
            scenario = trials.staffed(ground.scenario, state, ground.labels, extras)
            by_goal = trials.studies(scenario, trials.size(ground, _PART), trials.seed + number * APART)
            cells, top, _ = trials.judged(state).batches(0, trials.goals[0], by_goal[0], ground.labels)
            return cells, top, ground.labels.count(day_class)
    raise ValueError(day_class)


def _gains(
    search: Search,
    before: tuple[NDArray[np.int64], Floats, int],
    after: tuple[NDArray[np.int64], Floats, int],
    day_class: str,
    hours: Sequence[int],
) -> dict[int, tuple[float, float]]:
    """Return hour → (customers a day for whom the promise is kept besides, half-width)."""
    cells, top, days = before
    difference = after[1] - top
    judge = search.trials.judged(search.now.state)
    middle = np.array([_middle(judge, at, day_class) for at in cells.tolist()])
    out = {}
    for hour in hours:
        near = (middle >= (hour - 1) * HOUR_S) & (middle < (hour + 2) * HOUR_S)
        gained = difference[:, near].sum(axis=1) / days
        spread = gained.std(ddof=1) / math.sqrt(len(gained)) if len(gained) > 1 else 0.0
        out[hour] = (float(gained.mean()), float(_95 * spread))
    return out


def _middle(judge: Judge, at: int, day_class: str) -> float:
    cell = judge.cells[at]
    if cell.start_s is None or cell.end_s is None or cell.day_class != day_class:
        return math.nan
    return (cell.start_s + cell.end_s) / 2


def draws(
    search: Search,
    final: sim.Scenario,
    teams: Sequence[str],
    classes: Sequence[str],
    inputs: Sequence[sim.Scenario],
    seed: int,
    meter: Meter,
) -> Draws:
    """Return in how many drawn sets of inputs the roster keeps its promises.

    In every cell: in none by more than two standard errors below what was promised.
    """
    on = getattr(inputs, "on", None)
    sets = on(final) if on is not None else inputs
    number = min(SETS, len(sets))
    rows = [row.model_dump() for row in final.staffing if row.team in teams]
    whole, every, shares = 0, 0, []
    for at in range(number):
        meter.part(at / number)
        drawn = with_rows(sets[at].replace(run=final.run.model_dump(exclude_none=True)), teams, rows)
        trials = search.trials
        studies = trials.studies(drawn, DRAW_REPS, seed + at)
        judge = trials.judged(search.now.state)
        verdict = judge.verdict(judge.look(studies, classes))
        share, _ = overall(verdict)
        shares.append(share)
        first = trials.goals[0]
        whole += not isinstance(first, sim.Promise) or share >= first.share
        every += verdict.holds(-2.0)
    return Draws(number, DRAW_REPS, whole, every, min(shares), max(shares))
