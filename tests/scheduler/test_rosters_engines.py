"""The engines of rosters agree with each other and with reading every possible roster of a small problem."""

from __future__ import annotations

import _thread
import itertools
import random
import threading

import pytest

from benchmarks.rosters import week
from scheduler.rosters import exact, search
from scheduler.rosters.columns import Columns, Relaxation
from scheduler.rosters.pricing import Pricer, groups
from scheduler.rosters.problem import OFF, Cover, Kind, Line, Member, Problem, Spread, stops
from scheduler.rosters.turns import by_turns

KINDS = (Kind("E", 6 * 3600, 14 * 3600, 28_800), Kind("L", 14 * 3600, 22 * 3600, 28_800))


def small(seed: int, *, people: int = 3, days: int = 6, spread: bool = False) -> Problem:
    """Return a random problem in which every kind of rule stands."""
    luck = random.Random(seed)
    members = []
    for number in range(people):
        can = tuple(tuple(k for k in (0, 1) if luck.random() < 0.9) for _ in range(days))
        every = tuple((day, kind, 2) for day in range(days) for kind in (0, 1))
        lines = [Line("hours", days - 1, every, luck.choice([None, 2, 4]), luck.choice([6, 8, 10]))]
        if luck.random() < 0.5:
            lines.append(Line("late", days - 1, tuple((day, 1, 1) for day in range(days)), None, 2, None, 3))
        members.append(
            Member(
                f"p{number}",
                can,
                frozenset({luck.randrange(days)}) if luck.random() < 0.2 else frozenset(),
                {(luck.randrange(days), luck.randrange(2)): luck.randint(-5, 5) for _ in range(4)},
                3,
                luck.choice([0, 2, 3]),
                luck.choice([0, 2]),
                luck.choice([0, 2]),
                luck.choice([0, 0, 1]),
                0,
                frozenset({(1, 0)}),
                luck.choice([None, 1]),
                luck.choice([0, 0, 2]),
                tuple(lines),
            )
        )
    covers = [
        Cover(day, (kind,), luck.randint(0, 2), 20, luck.choice([0, 1])) for day in range(days) for kind in (0, 1)
    ]
    covers.append(Cover(2, (0, 1), 1, 30, 0, frozenset({0})))
    spreads = ()
    if spread:
        late = {(day, 1): 1 for day in range(days)}
        spreads = (Spread("late", late, 7, tuple(range(people)), tuple(range(people))),)
    return Problem(days, KINDS, tuple(members), tuple(covers), ((1, 2), (5,)) if days > 5 else (), spreads)


def lives(problem: Problem, p: int) -> list[tuple[int, list[int]]]:
    """Return (price, days) of everything a person may do, by trying all."""
    member = problem.members[p]
    out = []
    for days in itertools.product((OFF, 0, 1), repeat=problem.days):
        price = problem.price_of(member, days)
        if price is not None:
            out.append((price, list(days)))
    return out


def best_of_all(problem: Problem) -> float:
    """Return the objective of the best roster, by trying all."""
    mine = [lives(problem, p) for p in range(len(problem.members))]
    if not all(mine):
        return float("inf")
    return min(
        sum(price for price, _ in choice)
        + problem.price_of_cover([days for _, days in choice])
        + problem.price_of_spread([days for _, days in choice])
        for choice in itertools.product(*mine)
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_path_of_one_person_is_the_cheapest_of_all(seed):
    """Without rules that are sums, pricing finds what trying all 3⁶ lives finds."""
    problem = small(seed)
    luck = random.Random(seed + 1000)
    bare = [Member(**{**vars(m), "lines": m.lines[:1], "cost": {}, "base": 0}) for m in problem.members]
    bare_problem = Problem(problem.days, KINDS, tuple(bare), (), problem.weekends)
    columns = Columns(bare_problem)
    costs = {(day, kind): luck.uniform(-10, 10) for day in range(problem.days) for kind in (0, 1)}
    for group in groups(bare_problem, range(len(bare))):
        table = columns.cost[group].copy()
        for (day, kind), cost in costs.items():
            table[:, day, kind] = cost
        for p, found in zip(group, Pricer(bare_problem, group).best(table, 3), strict=True):
            if columns.in_path[p] is None:
                continue
            possible = lives(bare_problem, p)
            stop = bare[p].stop_price
            prices = [
                stop * stops(days) + sum(costs[d, k] for d, k in enumerate(days) if k != OFF) for _, days in possible
            ]
            assert bool(found) is bool(possible)
            for value, days in found:
                assert bare_problem.price_of(bare[p], days) is not None
                price = stop * stops(days) + sum(costs[d, k] for d, k in enumerate(days) if k != OFF)
                assert value == pytest.approx(price)
            if found:
                assert found[0][0] == pytest.approx(min(prices))


@pytest.mark.parametrize("seed", range(12))
def test_the_whole_program_finds_the_best_of_all_rosters(seed):
    problem = small(seed, people=2, days=5, spread=seed % 2 == 0)
    best = best_of_all(problem)
    found = exact.solve(problem, seconds=20, seed=1)
    if best == float("inf"):
        assert found.status == "infeasible"
        return
    assert found.status == "optimal"
    assert found.objective == best == problem.price(found.work)


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_of_columns_is_below_the_best_roster(seed):
    problem = small(seed, people=2, days=5)
    best = best_of_all(problem)
    relaxation = Relaxation(Columns(problem), range(2))
    if relaxation.solve(1e9):
        assert relaxation.bound + problem.base <= best + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_the_search_agrees_and_proves_it(seed):
    problem = small(seed, people=2, days=5, spread=seed % 2 == 1)
    best = best_of_all(problem)
    found = search.solve(problem, seconds=20, seed=1)
    if best == float("inf"):
        assert found.status == "infeasible"
        return
    assert (found.status, found.objective, found.bound) == ("optimal", best, best)


def test_the_start_is_never_lost():
    problem = small(3, people=2, days=5)
    best = exact.solve(problem, seconds=20, seed=1)
    stopped = search.solve(problem, seconds=5, seed=1, start=best.work, stop=lambda: True)
    assert stopped.objective == best.objective


def test_a_search_that_is_stopped_at_once_claims_nothing():
    """With negative prices a bound of 0 would be wrong: whoever stops before the solver began must not get one."""
    for seed in range(8):
        problem = small(seed, people=2, days=5)
        best = best_of_all(problem)
        stopped = exact.solve(problem, seconds=1e-3, seed=1)
        assert stopped.bound <= best
        hurried = search.solve(problem, seconds=1e-3, seed=1)
        assert hurried.bound <= best


def test_many_people_take_turns():
    """One after the other, each the best for them: no rule broken, and never dearer than the start."""
    problem = small(5, people=6, days=14)
    made = by_turns(problem, 1e9, seed=1)
    if made is not None:
        price = problem.price(made)
        assert price is not None
        again = by_turns(problem, 1e9, seed=2, start=made)
        assert problem.price(again) <= price


def test_an_interrupt_returns_the_best_so_far():
    """As if somebody pressed Ctrl-C after two seconds of a search that would take a minute."""
    problem = week(30)
    threading.Timer(4.0, _thread.interrupt_main).start()
    found = search.solve(problem, seconds=60, seed=1)
    assert found.work is not None
    assert problem.price(found.work) == found.objective
