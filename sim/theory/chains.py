"""Queues whose figures come from a Markov chain that is solved: in the long run, and as they change in time.

Rates are per hour (``…_per_hour``), durations in seconds (``…_s``). Exact up to floating point, and up to states that a
docstring says are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.theory.stations import HOUR_S, Floats, _not_negative, _positive

State = tuple[int, ...]
Moves = Callable[[State], Iterable[tuple[State, float]]]
"""State ↦ (next state, rate per second)."""


@dataclass(frozen=True)
class Chain:
    """The states of a Markov chain and how much of the time it is in each, in the long run."""

    states: tuple[State, ...]
    share: Floats

    def mean(self, of: Callable[[State], float]) -> float:
        """Return the long-run mean of a function of the state."""
        return float(np.array([of(state) for state in self.states], float) @ self.share)


def steady(start: State, moves: Moves) -> Chain:
    """Return the stationary distribution of the chain that begins in `start`: πQ = 0, Σπ = 1.

    All states that can be reached are numbered, and must be able to reach `start` again. Sparse elimination.
    """
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import spsolve

    number, states = {start: 0}, [start]
    rows: list[int] = []
    columns: list[int] = []
    rates: list[float] = []
    for here, state in enumerate(states):  # the list grows on the way
        for to, rate in moves(state):
            if rate > 0 and to != state:
                there = number.setdefault(to, len(states))
                if there == len(states):
                    states.append(to)
                rows += [there, here]
                columns += [here, here]
                rates += [rate, -rate]
    flow: Any = csc_array((rates, (rows, columns)), shape=(len(states), len(states)))
    share = np.ones(len(states))
    if len(states) > 1:
        share[1:] = spsolve(flow[1:, 1:].tocsc(), -flow[1:, [0]].toarray()[:, 0])
    return Chain(tuple(states), share / share.sum())


@dataclass(frozen=True)
class Figures:
    """Long-run figures of a class of customers of whom not all get in.

    Attributes
    ----------
    rate_per_hour : float
        Arrivals, turned away or not.
    p_blocked : float
        Share of arrivals turned away.
    queue_mean, busy_mean : float
        Mean number waiting, and in service.
    """

    rate_per_hour: float
    p_blocked: float
    queue_mean: float
    busy_mean: float

    @property
    def wait_mean_s(self) -> float:
        """Return the mean wait of those who get in (Little)."""
        let_in = self.rate_per_hour * (1.0 - self.p_blocked)
        return self.queue_mean / let_in * HOUR_S if let_in > 0 else math.nan


def finite_queue(servers: int, rate_per_hour: float, service_s: float, places: int) -> Figures:
    """Return the steady state of M/M/s/K with K = s + `places`: who finds every place taken is lost.

    Notes
    -----
    p_n ∝ aⁿ / n! for n ≤ s and p_s ρ^{n−s} beyond (Gross and Harris, *Fundamentals of Queueing Theory*, §2.5).
    `places = 0` is Erlang B. The same chain is a centre with s agents and s + `places` trunk lines.
    """
    _not_negative(rate_per_hour=rate_per_hour, places=places)
    _positive(servers=servers, service_s=service_s)
    load = rate_per_hour * service_s / HOUR_S
    weight = [1.0]
    for n in range(1, servers + places + 1):
        weight.append(weight[-1] * load / min(n, servers))
        if weight[-1] > 1e200:
            weight = [one / 1e200 for one in weight]
    p = np.array(weight) / sum(weight)
    inside = np.arange(len(p))
    queue, busy = np.maximum(inside - servers, 0) @ p, np.minimum(inside, servers) @ p
    return Figures(rate_per_hour, float(p[-1]), float(queue), float(busy))


@dataclass(frozen=True)
class Retrial:
    """One server whose customers come again when it is busy.

    Attributes
    ----------
    occupancy : float
    orbit_mean : float
        Mean number of customers who will try again.
    tries_per_hour : float
        First tries and repeated ones.
    delay_mean_s : float
        Mean time from the first try of a customer to the one that is served.
    """

    occupancy: float
    orbit_mean: float
    tries_per_hour: float
    delay_mean_s: float


def retrial(rate_per_hour: float, service_s: float, delay_s: float) -> Retrial:
    """Return the means of M/M/1 with retrials: who finds the server busy tries again after an exponential time, always.

    Notes
    -----
    E[orbit] = ρ/(1 − ρ) · (ρ + λ/θ) with θ = 1/`delay_s` (Falin and Templeton, *Retrial Queues*, 1997, §1.2); infinite
    without a steady state.
    """
    _not_negative(rate_per_hour=rate_per_hour)
    _positive(service_s=service_s, delay_s=delay_s)
    lam = rate_per_hour / HOUR_S
    rho = lam * service_s
    if rho >= 1:
        return Retrial(1.0, math.inf, math.inf, math.inf)
    orbit = rho / (1.0 - rho) * (rho + lam * delay_s)
    delay = orbit / lam if lam > 0 else 0.0
    return Retrial(rho, orbit, rate_per_hour + orbit / delay_s * HOUR_S, delay)


def reserved(
    servers: int,
    rates_per_hour: tuple[float, float],
    service_s: float,
    reserve: int,
    places: tuple[int, int] = (150, 150),
) -> tuple[Figures, Figures]:
    """Return two classes that share servers of which the second must leave `reserve` free.

    Parameters
    ----------
    servers : int
        s, exponential service of mean `service_s` for both classes.
    rates_per_hour : (float, float)
        The first class goes first; the second starts only while more than `reserve` servers are free.
    reserve : int
        Less than s. 0 is non-preemptive priority.
    places : (int, int)
        Places of each queue: so many are solved for. Where there are no limits, as many as make `p_blocked` nothing.

    Notes
    -----
    The chain of (busy, first waiting, second waiting), solved; the cut-off priority queue of Taylor and Templeton
    (*Operations Research* 28, 1980).
    """
    first, second = (rate / HOUR_S for rate in rates_per_hour)
    _not_negative(reserve=reserve, rate_per_hour=min(rates_per_hour))
    _positive(service_s=service_s, servers=servers - reserve)
    open_to_second = servers - reserve

    def moves(state: State) -> Iterable[tuple[State, float]]:
        busy, one, two = state
        if busy < servers:
            yield (busy + 1, one, two), first
        elif one < places[0]:
            yield (busy, one + 1, two), first
        if busy < open_to_second:
            yield (busy + 1, one, two), second
        elif two < places[1]:
            yield (busy, one, two + 1), second
        if busy and one:
            yield (busy, one - 1, two), busy / service_s
        elif busy and two and busy - 1 < open_to_second:
            yield (busy, one, two - 1), busy / service_s
        elif busy:
            yield (busy - 1, one, two), busy / service_s

    chain = steady((0, 0, 0), moves)
    full = (
        chain.mean(lambda s: s[0] == servers and s[1] == places[0]),
        chain.mean(lambda s: s[0] >= open_to_second and s[2] == places[1]),
    )
    return (
        Figures(rates_per_hour[0], full[0], chain.mean(lambda s: s[1]), first * service_s * (1 - full[0])),
        Figures(rates_per_hour[1], full[1], chain.mean(lambda s: s[2]), second * service_s * (1 - full[1])),
    )


def sessions(
    rate_per_hour: float, service_s: float, factors: Sequence[float], places: int
) -> tuple[Figures, tuple[float, ...]]:
    """Return one agent who has up to n customers at once: a session that begins as the k-th is `factors[k − 1]` longer.

    Parameters
    ----------
    factors : sequence of float, length n
        The factor of a session is set when it begins, by how many there are then, itself included.
    places : int
        Of the queue; who finds it full is lost.

    Returns
    -------
    Figures
        `busy_mean` counts sessions.
    tuple of float, length n + 1
        Share of the time with 0 … n sessions.

    Notes
    -----
    The chain of (sessions that began as the first, …, as the n-th; waiting), solved.
    """
    _not_negative(rate_per_hour=rate_per_hour, places=places)
    _positive(service_s=service_s, factor=min(factors))
    lam, most = rate_per_hour / HOUR_S, len(factors)

    def more(state: State, k: int, by: int) -> State:
        return (*state[:k], state[k] + by, *state[k + 1 :])

    def moves(state: State) -> Iterable[tuple[State, float]]:
        now = sum(state[:-1])
        if now < most:
            yield more(state, now, 1), lam
        elif state[-1] < places:
            yield more(state, most, 1), lam
        for k, factor in enumerate(factors):
            if state[k] and state[-1]:
                yield more(more(more(state, k, -1), most, -1), most - 1, 1), state[k] / (service_s * factor)
            elif state[k]:
                yield more(state, k, -1), state[k] / (service_s * factor)

    chain = steady((0,) * (most + 1), moves)
    shares = tuple(chain.mean(lambda s, n=n: sum(s[:-1]) == n) for n in range(most + 1))  # type: ignore[misc]
    full = chain.mean(lambda s: sum(s[:-1]) == most and s[-1] == places)
    busy = sum(n * share for n, share in enumerate(shares))
    return Figures(rate_per_hour, full, chain.mean(lambda s: s[-1]), busy), shares


def finite_source(sources: int, servers: int, away_s: float, service_s: float) -> Figures:
    """Return the machine-repair model M/M/s//N: each of N customers comes an exponential time after he was last served.

    Notes
    -----
    Birth and death chain with birth (N − n)/`away_s` and death min(n, s)/`service_s` (Gross and Harris,
    *Fundamentals of Queueing Theory*, §2.7). `rate_per_hour` is what follows: mean number away over `away_s`.
    """
    _positive(sources=sources, servers=servers, away_s=away_s, service_s=service_s)
    chain = steady(
        (0,),
        lambda s: (((s[0] + 1,), (sources - s[0]) / away_s), ((s[0] - 1,), min(s[0], servers) / service_s)),
    )
    queue, busy = chain.mean(lambda s: max(0, s[0] - servers)), chain.mean(lambda s: min(s[0], servers))
    return Figures((sources - queue - busy) / away_s * HOUR_S, 0.0, queue, busy)


def ageing(
    rates_per_hour: tuple[float, float], service_s: float, places: int, steps_s: tuple[float, float]
) -> tuple[Figures, Figures]:
    """Return two classes before one server, where waiting makes a customer of the second class more urgent.

    Parameters
    ----------
    rates_per_hour : (float, float)
        The first class goes first.
    service_s : float
        Mean of the exponential service of both.
    places : int
        Of the first class's queue. The second has one place: who finds it taken is lost.
    steps_s : (float, float)
        After waiting steps_s[0] a customer of the second class belongs to the first, by the time when he came; after
        steps_s[1] he goes before everybody.

    Notes
    -----
    One place for the second class means one clock at a time, so the process is Markov regenerative: between the moments
    at which such a customer begins to wait, comes of age and starts, it is a Markov chain, run here for the fixed times
    by uniformisation. While he waits, the state is (first class before him, first class after him).
    """
    first, second = (rate / HOUR_S for rate in rates_per_hour)
    _not_negative(rate_per_hour=min(rates_per_hour), places=places, step_s=steps_s[0])
    _positive(service_s=service_s, step_s=steps_s[1] - steps_s[0])
    mu, size = 1.0 / service_s, places + 2
    pairs = [(k, j) for k in range(places + 1) for j in range(places + 1 - k)]
    number = {pair: n for n, pair in enumerate(pairs)}
    line = np.array([k + j for k, j in pairs])
    # While he is young, those who came after him go first too; later only those before him do; at last nobody.
    young, grown = np.zeros((len(pairs), len(pairs))), np.zeros((len(pairs), len(pairs)))
    from_young, from_grown = np.zeros((len(pairs), size)), np.zeros((len(pairs), size))
    for (k, j), here in number.items():
        for flow in (young, grown):
            if k + j < places:
                flow[here, number[k, j + 1]] += first
            if k:
                flow[here, number[k - 1, j]] += mu
        if k == 0:
            if j:
                young[here, number[0, j - 1]] += mu
            else:
                from_young[here, 1] += mu
            from_grown[here, 1 + j] += mu
    old = np.diag(np.full(places, first), 1) - np.diag(np.append(np.full(places, first + mu), mu))
    young -= np.diag(young.sum(axis=1) + from_young.sum(axis=1))
    grown -= np.diag(grown.sum(axis=1) + from_grown.sum(axis=1))
    # Row n: n in the system when one of the second class begins to wait, so n − 1 of the first are before him.
    start = np.zeros((size, len(pairs)))
    for n in range(1, size):
        start[n, number[n - 1, 0]] = 1.0
    of_age, as_young = passing(young, start, steps_s[0])
    at_last, as_grown = passing(grown, of_age, steps_s[1] - steps_s[0])
    urgent = at_last @ (line[:, None] == np.arange(places + 1)[None, :])
    as_old = urgent @ np.linalg.inv(-old)
    back = as_young @ from_young + as_grown @ from_grown
    back[:, 1:] += as_old * mu
    # What is left: the chain of the number in the system while nobody of the second class waits.
    q = np.diag(np.full(size - 1, first), 1) + np.diag(np.full(size - 1, mu), -1)
    q[0, 1] += second
    q += second * back
    np.fill_diagonal(q, 0.0)
    q -= np.diag(q.sum(axis=1))
    system = np.vstack([q.T[1:], np.ones(size)])
    alone = np.linalg.solve(system, np.append(np.zeros(size - 1), 1.0))
    waits = second * alone
    young_s, grown_s, old_s = (float(waits @ part.sum(axis=1)) for part in (as_young, as_grown, as_old))
    together = waits @ (as_young + as_grown)
    whole = 1.0 + young_s + grown_s + old_s
    ahead = float(alone @ np.maximum(np.arange(size) - 1, 0) + together @ line)
    ahead += float(waits @ as_old @ np.arange(places + 1))
    full = float(alone[-1] + together @ (line == places) + waits @ as_old[:, -1])
    taken = (young_s + grown_s + old_s) / whole
    return (
        Figures(rates_per_hour[0], full / whole, ahead / whole, first * service_s * (1 - full / whole)),
        Figures(rates_per_hour[1], taken, taken, second * service_s * (1 - taken)),
    )


def passing(generator: Any, start: Floats, time_s: float) -> tuple[Floats, Floats]:
    """Return where a chain is after a time, and how long it was in each state until then.

    Parameters
    ----------
    generator : array or sparse array, shape (n, n)
        Rates per second; rows may sum to less than 0: what is missing leaves.
    start : array, shape (n,) or (starts, n)
        Distributions at the beginning.
    time_s : float

    Returns
    -------
    end, spent : arrays of the shape of `start`
        p e^{Qt} and ∫ p e^{Qu} du in seconds.

    Notes
    -----
    Uniformisation (Jensen 1953): with P = I + Q/Λ, Σ of Poisson(k; Λt) p Pᵏ, and Σ of P(N > k) p Pᵏ / Λ. Terms below
    e⁻⁴⁵ are left out.
    """
    from scipy.sparse import csr_array

    q: Any = csr_array(generator)
    fastest = float(-q.diagonal().min(initial=0.0))
    if time_s <= 0 or fastest == 0:
        return start.copy(), start * max(time_s, 0.0)
    step = (q / fastest).T.tocsr()
    jumps = fastest * time_s
    reach = 9.5 * math.sqrt(jumps) + 45.0
    counts = np.arange(math.ceil(jumps + reach) + 1)
    logs = counts * math.log(jumps) - jumps - np.array([math.lgamma(n + 1) for n in counts.tolist()])
    chance = np.exp(logs)
    beyond = np.append(np.cumsum(chance[::-1])[::-1][1:], 0.0)  # P(N > k)
    here = np.ascontiguousarray(start.T)
    end, spent = np.zeros_like(here), np.zeros_like(here)
    for one, later in zip(chance.tolist(), beyond.tolist(), strict=True):
        end += one * here
        spent += later / fastest * here
        here = here + step @ here
    return end.T, spent.T


@dataclass(frozen=True)
class Course:
    """What a station does in each interval of a day; arrays of shape (intervals,).

    Attributes
    ----------
    queue_mean, busy_mean, on_duty_mean : array of float
        Means over the interval of the number waiting, in service, and of servers, who finish what they have begun.
    abandoned : array of float
        Mean number who give up during the interval.
    left_waiting, left_served : float
        Mean number waiting, and in service, at the end.
    """

    queue_mean: Floats
    busy_mean: Floats
    on_duty_mean: Floats
    abandoned: Floats
    left_waiting: float
    left_served: float


def transient(
    edges_s: Sequence[float],
    rates_per_hour: Sequence[float],
    servers: Sequence[int],
    service_s: float,
    patience_s: float,
    places: int,
) -> Course:
    """Return M(t)/M/s(t)+M through a day that begins empty, by its Kolmogorov equations.

    Parameters
    ----------
    edges_s : sequence of float, length intervals + 1
    rates_per_hour, servers : sequences, length intervals
        Constant in each interval. Servers who are too many finish the customer they have, then go.
    service_s, patience_s : float
        Means of exponential times.
    places : int
        Of the queue: so many that it is never full.

    Notes
    -----
    p' = pQ(t) for (busy, waiting), and its integral, interval by interval by uniformisation (`passing`).
    """
    from scipy.sparse import csr_array

    _positive(service_s=service_s, patience_s=patience_s)
    most = max(servers)
    busy, line = (grid.ravel() for grid in np.meshgrid(np.arange(most + 1), np.arange(places + 1), indexing="ij"))
    at = np.arange(len(busy))
    width = places + 1
    p: Floats = np.zeros(len(busy))
    p[0] = 1.0
    out: list[tuple[float, float, float]] = []
    for begin, end, rate, now in zip(edges_s[:-1], edges_s[1:], rates_per_hour, servers, strict=True):
        # Who waits starts at once when servers come; states that cannot be keep probability nought.
        starts = np.minimum(np.maximum(now - busy, 0), line)
        p = np.bincount(at + starts * (width - 1), p, len(p)).astype(np.float64)
        free, waits = busy < now, line > 0
        lam = rate / HOUR_S
        joins = np.where(free, at + width, at + 1)
        stays = ~free & (line == places)
        # A server who is wanted takes the next; one too many goes.
        after = np.where(busy <= now, np.where(waits, at - 1, at - width), at - width)
        moves = [
            (at[~stays], joins[~stays], np.full(int((~stays).sum()), lam)),
            (at[busy > 0], after[busy > 0], busy[busy > 0] / service_s),
            (at[waits], at[waits] - 1, line[waits] / patience_s),
        ]
        # Unreachable corners (somebody free while others wait) are cut off, so that nothing points outside.
        rows, columns, rates = (np.concatenate(parts) for parts in zip(*moves, strict=True))
        good = (columns >= 0) & (columns < len(p)) & ~(free & waits)[rows]
        rows, columns, rates = rows[good], columns[good], rates[good]
        leaving = np.bincount(rows, rates, len(p))
        q = csr_array(
            (np.append(rates, -leaving), (np.append(rows, at), np.append(columns, at))), shape=(len(p), len(p))
        )
        p, spent = passing(q, p, end - begin)
        out.append((float(spent @ line), float(spent @ busy), float(spent @ np.maximum(busy, now))))
    length = np.diff(np.asarray(edges_s, float))
    queue, serving, duty = (np.array(column) / length for column in zip(*out, strict=True))
    return Course(queue, serving, duty, queue * length / patience_s, float(p @ line), float(p @ busy))
