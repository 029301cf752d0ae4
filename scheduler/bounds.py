"""A cost below which no plan can be: legal shifts whose time on duty holds the work of the promised customers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sim
from scheduler.shapes import DAY_S, SLOT_S
from scheduler.solver import Linear, relax, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.contracts import Contract
    from scheduler.goals import Goal
    from scheduler.requirements import Demand
    from scheduler.shapes import Pattern

SLOTS = DAY_S // SLOT_S
STEP = 2
"""Windows begin and end on every second quarter-hour."""
_SECONDS = 10.0


@dataclass(frozen=True)
class _Way:
    """One way to work a shift: who, from when, on which pattern."""

    post: str
    start_s: int
    pattern: Pattern
    cost: float


def work(
    demands: Mapping[tuple[str, str], Demand],
    goals: Sequence[Goal],
    contract: Contract,
    wages: Mapping[str, float],
    days: Mapping[str, int],
) -> float | None:
    """Return a cost below which no plan keeps the first promise; None where none above 0 can be given.

    Parameters
    ----------
    demands : mapping of (day class, post) to Demand
        Of the planned posts.
    goals : sequence of Goal
        The first that is a share of customers of the planned posts' queue, per interval or in all, counts.
    contract : Contract
    wages : mapping of post to cost an hour
    days : mapping of day class to number of days of the plan

    Notes
    -----
    In a window [u, v) the promise wants a share α of the customers to be taken on by v + T (T: the time promised). Who
    is on duty for a time L of [u, v + T) takes on services whose lengths add up to L + E[S²]/E[S] at most in the mean
    (Lorden 1970: the renewal that covers L overshoots it by no more), S the length of a service. So
    Σ shifts · (L + E[S²]/E[S]) ≥ α · E[S] · customers of the window, for every window and every set of posts that
    alone may serve certain customers. Left out: luck and queues, shifts in which somebody could work but not be
    rostered, everybody's week and rest. A service that runs into a break is not held against the break. Services of
    customers who wait long are as long as others; whoever waits before he asks (for a booth) asks all the same.
    """
    promise = next((goal for goal in goals if isinstance(goal, sim.Promise) and goal.of.startswith("seize:")), None)
    if promise is None or promise.sl_mode != "offered" or not demands:
        return None
    program = Linear()
    everybody: dict[frozenset[str], tuple[float, list[tuple[int, float]]]] = {}
    for day_class, number in days.items():
        mine = {post: one for (name, post), one in demands.items() if name == day_class}
        ways = list(_ways(mine, contract, wages, number))
        variables = [program.variable(0, math.inf, way.cost, whole=True) for way in ways]
        for posts, asked in _sets(mine):
            rows = _windows(mine, asked) if "interval" in promise.per else [(0, SLOTS)]
            for first, last in rows:
                wanted = promise.share * sum(_work(mine[name], first, last) for name in asked)
                if wanted <= 0:
                    continue
                until = DAY_S * 2 if last == SLOTS else last * SLOT_S + promise.within_s
                over = max(_overshoot(mine[name]) for name in asked)
                terms = [
                    (x, capacity)
                    for x, way in zip(variables, ways, strict=True)
                    if way.post in posts
                    and (capacity := _capacity(way, mine[way.post], first * SLOT_S, until, over)) > 0
                ]
                if "interval" in promise.per:
                    program.row(terms, at_least=wanted)
                else:
                    before, there = everybody.get(posts, (0.0, []))
                    there += [(x, number * capacity) for x, capacity in terms]
                    everybody[posts] = (before + number * wanted, there)
    for wanted, terms in everybody.values():
        program.row(terms, at_least=wanted)
    found = relax(program, seconds=_SECONDS)
    if found.status != "optimal":
        return None
    whole = search(program, seconds=_SECONDS, gap=0.002)
    least = max(found.objective, whole.bound) if math.isfinite(whole.bound) else found.objective
    # Where teams that are not planned may do all the work, nothing is sure to be needed.
    return least if least > 0 else None


def _sets(mine: Mapping[str, Demand]) -> Iterable[tuple[frozenset[str], tuple[str, ...]]]:
    """Yield (posts, demands that only these posts may serve): of each demand by itself, and of several together."""
    planned = frozenset(mine)
    able = {name: frozenset((name, *one.backups)) for name, one in mine.items() if one.load.any()}
    # Where others who are not planned may take the work, nobody planned is sure to be needed.
    closed = {name: posts for name, posts in able.items() if posts <= planned}
    seen = set()
    most = 2 if len(closed) > 6 else len(closed)
    for size in range(1, most + 1):
        for names in itertools.combinations(closed, size):
            posts = frozenset[str]().union(*(closed[name] for name in names))
            if posts not in seen:
                seen.add(posts)
                yield posts, tuple(name for name, able_to in closed.items() if able_to <= posts)


def _windows(mine: Mapping[str, Demand], asked: Sequence[str]) -> list[tuple[int, int]]:
    """Return the windows (first slot, slot after the last) in which anybody comes."""
    busy = [slot for slot in range(SLOTS) if any(mine[name].visits_per_hour[slot] > 0 for name in asked)]
    if not busy:
        return []
    first, last = busy[0], busy[-1] + 1
    edges = sorted({*range(first, last, STEP), last})
    return [(a, b) for a, b in itertools.combinations(edges, 2)]


def _work(of: Demand, first: int, last: int) -> float:
    """Return the seconds of work that customers of a window bring."""
    return float(of.visits_per_hour[first:last].sum()) * SLOT_S / 3600 * of.hold_s


def _overshoot(of: Demand) -> float:
    """Return E[S²]/E[S], in seconds."""
    return of.hold_s2 / of.hold_s if of.hold_s else 0.0


def _ways(mine: Mapping[str, Demand], contract: Contract, wages: Mapping[str, float], days: int) -> Iterable[_Way]:
    """Yield every way in which anybody may work on a day."""
    latest_end, grid = contract.seconds("latest_end"), contract.seconds("start_grid")
    for post in mine:
        for shape in contract.shapes:
            if shape.on_call:
                continue
            for pattern in shape.patterns:
                for start in shape.begins(grid, latest_end):
                    if start + pattern.span_s <= latest_end:
                        yield _Way(post, start, pattern, shape.paid_s / 3600 * wages[post] * days)


def _capacity(way: _Way, of: Demand, begin: float, end: float, over: float) -> float:
    """Return the seconds of services that a shift can take on in [begin, end), at most in the mean."""
    first, last = max(begin, way.start_s), min(end, way.start_s + way.pattern.span_s)
    if last <= first:
        return 0.0
    # The last service before a break may run into it: what it takes of the break is work done all the same.
    away = sum(
        max(0.0, off.length_s - over)
        for off in way.pattern.offs
        if way.start_s + off.earliest >= first and way.start_s + off.latest + off.length_s <= last
    )
    at_once = max((number + 1) / slower for number, slower in enumerate(of.slower[: of.sessions])) if of.slower else 1.0
    return (last - first - away + over) * max(1.0, at_once) * (1.0 - of.away)
