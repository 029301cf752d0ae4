"""People needed in each quarter-hour to keep a promise, by theory; who waits for others meanwhile is counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import sim
from scheduler.contracts import SLOT_S
from scheduler.plan import Need
from scheduler.requirements.demand import SLOTS, Demand, Meetings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scheduler.requirements.passages import Floats

_QUIET = 0.05
"""Fewer visits than this in a quarter-hour do not call for somebody to be there for them."""


def by_theory(
    of_class: Sequence[Demand],
    promise: sim.Promise,
    short_abandon_s: float = 0.0,
    *,
    sure: float | None = None,
) -> dict[str, list[int]]:
    """Return post → people to put on shift in each quarter-hour, for the demands of one day class.

    Parameters
    ----------
    of_class : sequence of Demand
        Of one day class.
    promise : sim.Promise
    short_abandon_s : float
        As in the scenario's rules.
    sure : float, optional
        Share of days on which the promise must hold (``0.9``: nine days in ten). When not given it must hold on average
        over the customers of all days.

    Notes
    -----
    Each post is sized by M/M/s+G (Erlang A where patience is exponential) at the rate of its modified offered load
    (`sim.theory.offered_load`). Who waits for somebody else while he holds one of the team holds it longer: by the mean
    wait there, with the people that those others have; so posts that others wait for are sized first. Not more visits
    can be with a team and wait for it than there is equipment that they hold meanwhile. A post whose visits may all
    go to others as well is sized with them as one pool: together they are enough, and it never gets more than alone.
    """
    sizes = _Sizes(of_class, promise, short_abandon_s, sure)
    alone = {post: list(sizes.on_shift(post)) for post in _asked_first(of_class)}
    by_name = sizes.by_name
    out = {one.post: alone[one.post] for one in of_class if one.on_duty is None}
    for post in out:
        one = by_name[post]
        helpers = [by_name[name] for name in one.backups if not by_name[name].backups]
        if not helpers or one.hold_s <= 0:
            continue
        together = sizes.enough(pooled([one, *helpers]))
        out[post] = [
            max(min(a, 1), min(a, t - sum(alone[other.post][slot] for other in helpers)))
            for slot, (a, t) in enumerate(zip(alone[post], together, strict=True))
        ]
    return out


@dataclass(frozen=True)
class Subset:
    """People that a set of posts needs together for the visits that nobody else may take (arrays of 96).

    Attributes
    ----------
    day_class : str
    posts : tuple of str
        Planned posts of the set.
    others : tuple of str
        Posts of the set that are not planned; `servers` is what they leave.
    services : tuple of str
        Whose visits these are.
    visits_per_hour, load : array
        As in `Demand`.
    servers : tuple of int
        People on shift in `posts` together, at least.
    """

    day_class: str
    posts: tuple[str, ...]
    others: tuple[str, ...]
    services: tuple[str, ...]
    visits_per_hour: Floats
    load: Floats
    servers: tuple[int, ...]


def subsets(
    scenario: sim.Scenario,
    teams: Sequence[str],
    promise: sim.Promise,
    *,
    sure: float | None = None,
    meetings: Meetings | None = None,
) -> tuple[Subset, ...]:
    """Return what every set of skills needs: for visits that only the posts of a set may take, people in the set.

    Without as many, the promise breaks for these visits even if the whole set did nothing else (Hall's condition, with
    the servers that a pool needs in place of the load). The sets are those of single kinds of visit and unions of them.
    """
    meetings = meetings or Meetings(scenario)
    short = scenario.rules.short_abandon_s
    planned = {post.name for post in meetings.sites.posts if post.team in teams}
    known = {(one.post, one.day_class): one for one in meetings.demands(teams)}
    out = []
    for names, services, demand in meetings.together(teams):
        sizes = _Sizes([one for one in known.values() if one.day_class == demand.day_class], promise, short, sure)
        others = tuple(name for name in names if name not in planned)
        there = [known[name, demand.day_class].on_duty or (0,) * SLOTS for name in others]
        needed = sizes.enough(replace(demand, load=sizes.with_waits(demand)))
        servers = tuple(max(0, n - sum(one[slot] for one in there)) for slot, n in enumerate(needed))
        posts = tuple(name for name in names if name in planned)
        out.append(Subset(demand.day_class, posts, others, services, demand.visits_per_hour, demand.load, servers))
    return tuple(out)


class _Sizes:
    """Servers of the posts of one day class, each worked out when it is asked for."""

    def __init__(
        self, of_class: Sequence[Demand], promise: sim.Promise, short_abandon_s: float, sure: float | None
    ) -> None:
        self.by_name = {one.post: one for one in of_class}
        self.promise, self.short_abandon_s, self.sure = promise, short_abandon_s, sure
        self._on_shift: dict[str, tuple[int, ...]] = {}
        self._known: dict[tuple[object, ...], int] = {}

    def on_shift(self, post: str) -> tuple[int, ...]:
        """Return the people on shift at a post: those who are, or as many as it needs alone."""
        if post not in self._on_shift:
            one = self.by_name[post]
            self._on_shift[post] = one.on_duty or tuple(self.enough(replace(one, load=self.with_waits(one))))
        return self._on_shift[post]

    def with_waits(self, of: Demand) -> Floats:
        """Return the load with those who wait for others while they hold: by Little's law, rate times wait.

        Where the others are overloaded and nobody gives up there is no steady state: what that costs only simulation
        shows, and it counts as nothing here.
        """
        load = of.load.copy()
        for asked in of.asks:
            here = [self.by_name[name] for name in asked.posts if name in self.by_name]
            if not here or not sum(float(one.load.sum()) for one in here):
                continue
            pool = pooled(here)
            on_shift = [self.on_shift(one.post) for one in here]
            wait: dict[tuple[float, int], float] = {}
            for slot in np.flatnonzero(asked.visits_per_hour > 1e-6).tolist():
                there = math.floor(
                    sum(n[slot] * (1 - one.away) for n, one in zip(on_shift, here, strict=True)) * pool.sessions + 0.5
                )
                rate = float(f"{float(pool.load[slot]) / pool.hold_s * 3600:.3g}") if pool.hold_s else 0.0
                if (rate, there) not in wait:
                    found = sim.theory.erlang_a(there, rate, pool.hold_s or 1.0, pool.patience_s).wait_mean_s
                    wait[rate, there] = found if math.isfinite(found) else 0.0
                load[slot] += float(asked.visits_per_hour[slot]) * wait[rate, there] / 3600
        return load

    def enough(self, of: Demand) -> list[int]:
        """Return the people on shift needed in each quarter-hour; where hardly anybody comes, enough to finish."""
        if self.sure is None:
            days = sim.theory.kinds_of_day(of.day_cv)
        else:
            days = ((1.0, sim.theory.busy_day(of.day_cv, self.sure)),)
        leaving, patience_s = of.leaving, of.patience_s
        slower = _slower(of.slower)
        out = []
        for held, visits in zip(of.load.tolist(), of.visits_per_hour.tolist(), strict=True):
            if visits * SLOT_S / 3600 < _QUIET or of.hold_s <= 0:
                out.append(_rostered(math.floor(held / of.sessions + 0.5), of.away))
                continue
            key = (
                float(f"{held / of.hold_s * 3600:.3g}"),
                of.hold_s,
                patience_s,
                days,
                of.room,
                of.sessions,
                of.slower,
            )
            if key not in self._known:
                self._known[key] = self._servers(key[0], of, days, leaving, patience_s, slower)
            out.append(_rostered(max(1, self._known[key]), of.away))
        return out

    def _servers(
        self,
        rate: float,
        of: Demand,
        days: tuple[tuple[float, float], ...],
        leaving: sim.theory.ExpectedMin | None,
        patience_s: float,
        slower: Callable[[float], float] | None,
    ) -> int:
        def needed(room: int | None) -> int:
            return sim.theory.servers_needed(
                rate,
                of.hold_s,
                patience_s,
                share=self.promise.share,
                within_s=self.promise.within_s,
                sl_mode=self.promise.sl_mode,
                short_abandon_s=self.short_abandon_s,
                days=days,
                patience=leaving,
                room=room,
                sessions=of.sessions,
                factor=slower,
            )

        found = needed(None)
        return min(found, needed(of.room)) if of.room is not None and of.room < 2 * found * of.sessions else found


def _slower(factors: tuple[float, ...]) -> Callable[[float], float] | None:
    """Return sessions at once ↦ factor, straight lines between whole numbers; None where it is always 1."""
    if all(one == 1.0 for one in factors):
        return None
    return lambda k: float(np.interp(k, np.arange(1, len(factors) + 1), factors))


def _rostered(servers: int, away: float) -> int:
    """Return how many to put on shift so that `servers` are there on average."""
    return math.ceil(servers / (1 - away) - 1e-9)


def _asked_first(of_class: Sequence[Demand]) -> list[str]:
    """Return the posts so that those who are waited for stand before those who wait holding a team."""
    by_name = {one.post: one for one in of_class}
    out: list[str] = []
    begun: set[str] = set()

    def add(post: str) -> None:
        if post in begun or post not in by_name:
            return
        begun.add(post)
        for asked in by_name[post].asks:
            for other in asked.posts:
                add(other)
        out.append(post)

    for one in of_class:
        add(one.post)
    return out


def pooled(pool: Sequence[Demand]) -> Demand:
    """Return the demand of several posts as if they were one."""
    visits = [float(one.visits_per_hour.sum()) for one in pool]
    hold_s = sum(v * one.hold_s for v, one in zip(visits, pool, strict=True)) / (sum(visits) or 1.0)
    return replace(
        pool[0],
        load=np.sum([one.load for one in pool], axis=0),
        visits_per_hour=np.sum([one.visits_per_hour for one in pool], axis=0),
        hold_s=hold_s,
        patience=tuple(part for one in pool for part in one.patience),
        asks=tuple(asked for one in pool for asked in one.asks),
        room=None if any(one.room is None for one in pool) else sum(one.room or 0 for one in pool),
    )


def needs(demand: Demand, theory: Sequence[int], servers: Sequence[int], on_duty: Sequence[int]) -> tuple[Need, ...]:
    """Return the rows of one team and day class for quarter-hours in which anybody is needed or on duty."""
    out = []
    for slot in range(SLOTS):
        if not (theory[slot] or servers[slot] or on_duty[slot]):
            continue
        load = float(demand.load[slot])
        out.append(
            Need(
                demand.team,
                demand.place,
                demand.day_class,
                slot * SLOT_S,
                load / demand.hold_s * 3600 if demand.hold_s else 0.0,
                load,
                demand.hold_s,
                demand.patience_s,
                theory[slot],
                servers[slot],
                on_duty[slot],
            )
        )
    return tuple(out)


def enough(of: Demand, promise: sim.Promise, *, short_abandon_s: float = 0.0, sure: float | None = None) -> list[int]:
    """Return the people on shift that a demand needs by itself in each quarter-hour (as in `by_theory`)."""
    return _Sizes([of], promise, short_abandon_s, sure).enough(of)


def carried(
    of: Demand,
    promise: sim.Promise,
    most: float,
    *,
    speed: float = 1.0,
    people: int | None = None,
    short_abandon_s: float = 0.0,
    sure: float | None = None,
) -> list[float]:
    """Return the largest load, in erlang, that 0, 1, 2 … people on shift carry within the promise.

    Parameters
    ----------
    of : Demand
        Whose mean hold, patience, days, sessions and absence count; its load does not.
    promise : sim.Promise
    most : float
        The list ends with the first number of people that carries this.
    speed : float
        Of the team, where `of.hold_s` is not its own.
    people : int, optional
        The list ends with so many people at the latest.
    short_abandon_s, sure : float
        As in `by_theory`.

    Notes
    -----
    The inverse of Erlang A in the load, by bisection to 10⁻³ erlang, rounded down. That one person more carries ever
    more is what pooling gains: 20 branches of 1 erlang need 60 people alone and 23 together.
    """
    days = sim.theory.kinds_of_day(of.day_cv) if sure is None else ((1.0, sim.theory.busy_day(of.day_cv, sure)),)
    hold_s, slower = of.hold_s / speed, _slower(of.slower)
    mean = sum(weight * times for weight, times in days)

    def level(servers: int, load: float) -> float:
        total = 0.0
        for weight, times in days:
            station = sim.theory.concurrent(
                servers, of.sessions, load / of.hold_s * 3600 * times, hold_s, of.patience_s, slower
            )
            total += weight * times * station.service_level(promise.within_s, promise.sl_mode, short_abandon_s)
        return total / mean

    out, servers, load, step = [0.0], 0, 0.0, 1.0
    while out[-1] < most and (people is None or len(out) <= people):
        there = math.floor(len(out) * (1 - of.away) + 1e-9)
        while servers < there:
            servers += 1
            low, high = load, load + 2 * step
            while level(servers, high) >= promise.share:
                low, high = high, high + 2 * step
            while high - low > 1e-3:
                middle = (low + high) / 2
                low, high = (middle, high) if level(servers, middle) >= promise.share else (low, middle)
            step, load = max(low - load, 0.05), low
        out.append(load)
    return out
