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
"""Windows begin and end on every second quarter-hour, where no cells are given."""
_SECONDS = 10.0


@dataclass(frozen=True)
class _Way:
    """One way to work a shift: who, from when, on which pattern."""

    post: str
    start_s: int
    pattern: Pattern
    cost: float


def bounded(goals: Sequence[Goal]) -> int | None:
    """Return the number of the promise of which `work` speaks: the first about the planned posts' queue."""
    own = (n for n, goal in enumerate(goals) if isinstance(goal, sim.Promise) and goal.of.startswith("seize:"))
    return next(own, None)


def work(
    demands: Mapping[tuple[str, str], Demand],
    goals: Sequence[Goal],
    contract: Contract,
    wages: Mapping[str, float],
    days: Mapping[str, int],
    cells: Mapping[str, Sequence[tuple[int, int, float]]] | None = None,
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
    cells : mapping of day class to (first slot, slot after the last, customers a day), optional
        Intervals in each of which the promise must hold by itself; every half-hour when not given.

    Notes
    -----
    In a window [u, v) the promise wants a share α of the customers to be taken on by v + T (T: the time promised).
    Who is on duty for a time L of [u, v + T) takes on services whose lengths add up to L + E[S²]/E[S] at most in the
    mean (Lorden 1970: the renewal that covers L overshoots it by no more), S the length of a service. So Σ shifts ·
    (L + E[S²]/E[S]) ≥ work of the window that may not be left, for every window that is made of whole cells and every
    set of posts that alone may serve certain customers. What may be left is (1 − α) of *all* customers of the window,
    and all of them may be customers of this set, first those of the posts with the longest services: a promise to all
    together does not say that it holds for those of a set. In each cell somebody must be on duty at some time before
    the last of its customers is due, where customers of the cell may be served by planned posts only: with nobody
    there, none is taken on in time, and α > 0. That row counts whole shifts, so a handful of customers costs a shift
    and not their few minutes.

    Left out: luck and queues, shifts in which somebody could work but not be rostered, everybody's week and rest. A
    service that runs into a break is not held against the break. Services of customers of a post who wait long are as
    long as others (no priority by length); whoever waits before he asks (for a booth) asks all the same.
    """
    number = bounded(goals)
    promise = None if number is None else goals[number]
    if not isinstance(promise, sim.Promise) or promise.sl_mode != "offered" or not demands:
        return None
    program = Linear()
    everybody: dict[frozenset[str], tuple[float, list[tuple[int, float]]]] = {}
    for day_class, number in days.items():
        mine = {post: one for (name, post), one in demands.items() if name == day_class}
        ways = list(_ways(mine, contract, wages, number))
        variables = [program.variable(0, math.inf, way.cost, whole=True) for way in ways]
        for posts, asked in _sets(mine):
            mine_cells = None if cells is None else cells.get(day_class, ())
            rows = _windows(mine, asked, mine_cells) if "interval" in promise.per else [(0, SLOTS)]
            for first, last in rows:
                left = (1 - promise.share) * _customers(mine, first, last, mine_cells)
                wanted = _least_work([mine[name] for name in asked], first, last, left)
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
        if "interval" in promise.per and all({*one.backups} <= {*mine} for one in mine.values()):
            for first, last, _ in (cells or {}).get(day_class, ()):
                until = last * SLOT_S + promise.within_s
                if promise.share > 0 and any(one.visits_per_hour[first:last].any() for one in mine.values()):
                    there = [
                        (x, 1.0)
                        for x, way in zip(variables, ways, strict=True)
                        if way.start_s < until and way.start_s + way.pattern.span_s > first * SLOT_S
                    ]
                    program.row(there, at_least=1.0)
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


def _customers(
    mine: Mapping[str, Demand], first: int, last: int, cells: Sequence[tuple[int, int, float]] | None
) -> float:
    """Return the customers of a window: of the planned posts, or as many as were seen to ask for any post."""
    ours = sum(float(one.visits_per_hour[first:last].sum()) for one in mine.values()) * SLOT_S / 3600
    return max(ours, sum(number for begin, end, number in cells or () if begin >= first and end <= last))


def _windows(
    mine: Mapping[str, Demand], asked: Sequence[str], cells: Sequence[tuple[int, int, float]] | None
) -> list[tuple[int, int]]:
    """Return the windows (first slot, slot after the last) in which anybody comes, made of whole cells."""
    if cells is not None:
        return [(a, b) for (a, _, _), (_, b, _) in itertools.product(cells, cells) if a < b]
    busy = [slot for slot in range(SLOTS) if any(mine[name].visits_per_hour[slot] > 0 for name in asked)]
    if not busy:
        return []
    first, last = busy[0], busy[-1] + 1
    edges = sorted({*range(first, last, STEP), last})
    return [(a, b) for a, b in itertools.combinations(edges, 2)]


def _least_work(asked: Sequence[Demand], first: int, last: int, left: float) -> float:
    """Return the seconds of work of a window if so many customers are left, those of the longest services first."""
    wanted = 0.0
    for one in sorted(asked, key=lambda one: -one.hold_s):
        customers = float(one.visits_per_hour[first:last].sum()) * SLOT_S / 3600
        served = max(0.0, customers - left)
        left = max(0.0, left - customers)
        wanted += served * one.hold_s
    return wanted


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
