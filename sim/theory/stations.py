"""Queues that have a formula: single stations, networks of them, laws of service, the load of a day.

Exact up to floating point unless a docstring says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.model import InputError, LawValues

Floats = NDArray[np.float64]
ExpectedMin = Callable[[Floats], Floats]
"""x ↦ E[min(S, x)] in seconds, for x ≥ 0: the integral of P(S > u) from 0 to x."""

HOUR_S = 3600.0
_NEGLIGIBLE = 45.0
"""States whose weight is below e⁻⁴⁵ (3·10⁻²⁰) of the heaviest are left out."""


@dataclass(frozen=True)
class Means:
    """Long-run means of one station.

    Attributes
    ----------
    rate_per_hour : float
        Arrivals per hour.
    occupancy : float
        Share of time that a server is busy.
    wait_mean_s, time_in_system_mean_s : float
        Mean wait, and mean wait plus service, of all arrivals; infinite when there is no steady state.
    queue_mean, number_mean : float
        Mean number waiting, and waiting or in service.
    """

    rate_per_hour: float
    occupancy: float
    wait_mean_s: float
    time_in_system_mean_s: float
    queue_mean: float
    number_mean: float


@dataclass(frozen=True)
class Station:
    """The steady state of M/M/s or M/M/s+M, and the waits an arrival meets in it.

    Attributes
    ----------
    servers : int
    rate_per_hour : float
    service_s, patience_s : float
        Mean service and mean patience; patience is infinite in M/M/s.
    p_wait : float
        Probability that an arrival finds every server busy.
    p_abandon : float
        Share of arrivals that leave before service.
    wait_mean_s : float
        Mean wait of all arrivals, served or not.
    wait_served_mean_s : float
        Mean wait of those who are served; nan when nobody is.
    occupancy : float
        Share of time that a server is busy; nan without servers.
    queue_mean : float
        Mean number waiting.
    """

    servers: int
    rate_per_hour: float
    service_s: float
    patience_s: float
    p_wait: float
    p_abandon: float
    wait_mean_s: float
    wait_served_mean_s: float
    occupancy: float
    queue_mean: float
    _by: Callable[[float], tuple[float, float]] = field(repr=False, compare=False)
    """T ↦ P(served by T), P(abandoned by T), for T ≥ 0."""

    def within(self, within_s: float) -> float:
        """Return P(served after a wait of at most `within_s`), abandonments in the denominator."""
        return self._by(within_s)[0] if within_s >= 0 else 0.0

    def gone_within(self, within_s: float) -> float:
        """Return P(abandoned after a wait of at most `within_s`)."""
        return self._by(within_s)[1] if within_s >= 0 else 0.0

    def service_level(self, within_s: float, sl_mode: str = "offered", short_abandon_s: float = 5.0) -> float:
        """Return the long-run service level in the convention `sl_mode` (Jouini, Koole, Roubos 2013).

        Parameters
        ----------
        within_s : float
            T, in seconds; a wait of exactly T counts as kept.
        sl_mode : str
            ``offered`` A_T/O · ``offered_minus_short`` A_T/(O−SA) · ``answered`` A_T/A ·
            ``ab_in_T_ok`` (A_T+Ab_T)/O, where SA are the abandonments after at most `short_abandon_s`.
        short_abandon_s : float
            Only used by ``offered_minus_short``; 0 disables it.
        """
        served, gone = self._by(max(within_s, 0.0))
        if sl_mode == "ab_in_T_ok":
            return served + gone
        if sl_mode == "answered":
            answered = 1.0 - self.p_abandon
            return served / answered if answered > 0 else 0.0
        if sl_mode == "offered_minus_short" and short_abandon_s > 0:
            counted = 1.0 - self.gone_within(short_abandon_s)
            return served / counted if counted > 0 else 0.0
        return served


def erlang_b(servers: int, load: float) -> float:
    """Return the blocking probability of M/M/s/s (Erlang B).

    Parameters
    ----------
    servers : int
        s, at least 0.
    load : float
        a, offered load in erlang.

    Notes
    -----
    Inverse recursion 1/B(n) = 1 + (n/a)·1/B(n−1), 1/B(0) = 1 (Jagerman 1974): only positive terms, and no
    overflow that matters (1/B = ∞ is B = 0).
    """
    _not_negative(servers=servers, load=load)
    if load == 0:
        return 0.0 if servers else 1.0
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + inverse * (n / load)
    return 1.0 / inverse


def erlang_c(servers: int, rate_per_hour: float, service_s: float) -> Station:
    """Return the steady state of M/M/s (Erlang C); without one (load ≥ servers) every wait is infinite.

    Notes
    -----
    P(wait) = B / (1 − ρ(1 − B)) with Erlang's B and ρ = a/s; E[W] = P(wait) / (sμ − λ);
    P(W ≤ T) = 1 − P(wait)·e^{−(sμ−λ)T} (Kleinrock 1975, §3.5).
    """
    _not_negative(servers=servers, rate_per_hour=rate_per_hour)
    _positive(service_s=service_s)
    load, inf = rate_per_hour * service_s / HOUR_S, math.inf
    if load >= servers and not (load == 0 and servers > 0):
        busy = 1.0 if servers else math.nan
        return Station(servers, rate_per_hour, service_s, inf, 1.0, 0.0, inf, inf, busy, inf, lambda _: (0.0, 0.0))
    rho = load / servers
    blocked = erlang_b(servers, load)
    p_wait = blocked / (1.0 - rho * (1.0 - blocked))
    wait_s = p_wait * service_s / (servers - load)
    queue = wait_s * rate_per_hour / HOUR_S
    drain = (servers - load) / service_s

    def by(within_s: float) -> tuple[float, float]:
        return 1.0 - p_wait * math.exp(-drain * within_s), 0.0

    return Station(servers, rate_per_hour, service_s, inf, p_wait, 0.0, wait_s, wait_s, rho, queue, by)


def erlang_a(
    servers: int, rate_per_hour: float, service_s: float, patience_s: float, room: int | None = None
) -> Station:
    """Return the steady state of M/M/s+M (Erlang A): exponential service and exponential patience.

    Parameters
    ----------
    servers : int
        s; 0 is allowed (everybody abandons).
    rate_per_hour : float
        λ, arrivals per hour.
    service_s, patience_s : float
        1/μ and 1/θ, mean service and mean patience; infinite patience gives `erlang_c`.
    room : int, optional
        Most customers who can wait or be served at once (places that they hold meanwhile); who finds them taken is not
        counted. None is no limit.

    Notes
    -----
    Birth and death chain with birth λ and death min(n, s)μ + (n − s)⁺θ (Palm 1957; Garnett, Mandelbaum and
    Reiman 2002), weights in logs, O(s + queue). P(abandon) = θ E[Q] / λ. With k others ahead an arrival is
    served with probability sμ / (sμ + (k+1)θ) and then waits Σ_{j=1}^{k+1} 1/(sμ + jθ) on average.
    """
    if math.isinf(patience_s) and room is None:
        return erlang_c(servers, rate_per_hour, service_s)
    _not_negative(servers=servers, rate_per_hour=rate_per_hour)
    _positive(service_s=service_s, patience_s=patience_s)
    return _in_steps(servers, np.arange(1, servers + 1) / service_s, rate_per_hour, service_s, patience_s, room)


def concurrent(
    agents: int,
    sessions: int,
    rate_per_hour: float,
    service_s: float,
    patience_s: float,
    factor: Callable[[float], float] | None = None,
    room: int | None = None,
) -> Station:
    """Return the steady state of agents who serve up to `sessions` customers each at once (text), exponential times.

    Parameters
    ----------
    agents, sessions : int
    rate_per_hour : float
    service_s, patience_s : float
        Mean length of a session when the agent has no other, and mean patience; patience may be infinite.
    factor : callable, optional
        Mean sessions at once of an agent (1 … `sessions`) ↦ how many times as long they take; always 1 when not given.
    room : int, optional
        As in `erlang_a`.

    Notes
    -----
    Birth and death chain in which k = min(n, agents · sessions) customers are served at the rate
    kμ / f(max(1, k / agents)): new customers go to whoever has fewest, so sessions are spread evenly. Exact without
    `factor` (it is Erlang A with agents · sessions servers); with it, an approximation, because a real session keeps
    the factor with which it began.
    `servers` of the result counts sessions, and so does `occupancy`.
    """
    _not_negative(agents=agents, rate_per_hour=rate_per_hour)
    _positive(sessions=sessions, service_s=service_s, patience_s=patience_s)
    if factor is None and math.isinf(patience_s) and room is None:
        return erlang_c(agents * sessions, rate_per_hour, service_s)
    k = np.arange(1, agents * sessions + 1)
    slower = np.array([factor(max(1.0, n / agents)) if factor else 1.0 for n in k.tolist()])
    return _in_steps(agents * sessions, k / (service_s * slower), rate_per_hour, service_s, patience_s, room)


def _in_steps(
    servers: int, serving: Floats, rate_per_hour: float, service_s: float, patience_s: float, room: int | None
) -> Station:
    """Return a station that works at the rate ``serving[n − 1]`` with n ≤ servers in it, at the last beyond."""
    lam, theta = rate_per_hour / HOUR_S, 0.0 if math.isinf(patience_s) else 1.0 / patience_s
    if lam == 0:
        return _nobody(servers, service_s, patience_s)
    drain_all = float(serving[-1]) if servers else 0.0
    if theta == 0 and room is None and lam >= drain_all:
        busy = 1.0 if servers else math.nan
        inf = math.inf
        return Station(servers, rate_per_hour, service_s, inf, 1.0, 0.0, inf, inf, busy, inf, lambda _: (0.0, 0.0))
    p = _birth_death(lam, serving, theta, servers, room)
    entering = p
    if room is not None and len(p) == room + 1:
        # Who finds no room is not one of these customers; the last state lets nobody in.
        let_in = 1.0 - float(p[-1])
        entering = np.append(p[:-1] / let_in, 0.0) if let_in > 0 else np.zeros_like(p)
        lam *= let_in
    # found[k] = P(an arrival finds s + k in the system): k others ahead of it in the queue.
    found = entering[servers:]
    queue = float(p[servers:] @ np.arange(len(p) - servers)) if len(p) > servers else 0.0
    p_wait = float(found.sum())
    p_abandon = min(1.0, theta * queue / lam) if lam > 0 else 0.0
    busy = float(np.minimum(np.arange(len(p)), servers) @ p)
    drain = drain_all + theta * np.arange(1, len(found) + 1)
    served_wait = float(found @ (drain_all / drain * np.cumsum(1.0 / drain))) if servers else 0.0

    def by(within_s: float) -> tuple[float, float]:
        if not len(found):
            return 1.0, 0.0
        served, waiting = _after(within_s, drain_all, theta, len(found))
        kept = float(found @ served)
        return min(1.0, 1.0 - p_wait + kept), max(0.0, p_wait - kept - float(found @ waiting))

    return Station(
        servers,
        rate_per_hour,
        service_s,
        patience_s,
        p_wait,
        p_abandon,
        queue / lam if lam > 0 else 0.0,
        served_wait / (1.0 - p_abandon) if servers else math.nan,
        busy / servers if servers else math.nan,
        queue,
        by,
    )


def _nobody(servers: int, service_s: float, patience_s: float) -> Station:
    """Return the station at which nobody arrives."""
    if servers:
        return Station(servers, 0.0, service_s, patience_s, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, lambda _: (1.0, 0.0))
    return Station(0, 0.0, service_s, patience_s, 1.0, 1.0, patience_s, math.nan, math.nan, 0.0, lambda _: (0.0, 0.0))


def impatient(
    servers: int, rate_per_hour: float, service_s: float, patience_s: float, patience: ExpectedMin
) -> Station:
    """Return the steady state of M/M/s+G: exponential service, patience of any law.

    Parameters
    ----------
    servers : int
        s, at least 1.
    rate_per_hour : float
        λ, arrivals per hour.
    service_s, patience_s : float
        Mean service and mean patience, finite.
    patience : callable
        M(x) = E[min(X, x)] of the patience X (`expected_min`).

    Notes
    -----
    The wait that is offered to an arrival that waits has the density v(x) / J with v(x) = exp(λM(x) − sμx) and J its
    integral; P(wait) = λJ / (1/B(s − 1) + λJ) with Erlang's B (Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum
    2005, §4). Because v' = (λP(X > x) − sμ)v, what is served is an integral of v alone. Gauss–Legendre on panels that
    grow; exact to about nine digits, less where the law of patience has an atom inside a panel.
    """
    _positive(servers=servers, service_s=service_s, patience_s=patience_s)
    _not_negative(rate_per_hour=rate_per_hour)
    lam, drain = rate_per_hour / HOUR_S, servers / service_s
    if lam == 0:
        return _nobody(servers, service_s, patience_s)
    top = (lam * patience_s + _NEGLIGIBLE) / drain
    x, _ = _panels(top)
    # v is divided by e^shift throughout, against overflow far above capacity.
    shift = max(0.0, float((lam * patience(x) - drain * x).max()))
    unit = math.exp(-shift)

    def integral(upper: float) -> tuple[float, float, float, float]:
        """Return v at `upper` and the integrals of v, xv and Mv from 0 to `upper`."""
        end = min(upper, top)
        x, weight = _panels(end)
        held = patience(x)
        v = weight * np.exp(lam * held - drain * x - shift)
        at_end = math.exp(lam * float(patience(np.array([end]))[0]) - drain * end - shift)
        return at_end, float(v.sum()), float(v @ x), float(v @ held)

    _, j, jx, jm = integral(math.inf)
    blocked = erlang_b(servers - 1, lam * service_s)
    p_wait = lam * j / (unit / blocked + lam * j) if blocked > 0 else 0.0
    p_abandon = max(0.0, p_wait * (1.0 - (drain * j - unit) / (lam * j)))
    queue = lam * p_wait * jm / j

    def by(within_s: float) -> tuple[float, float]:
        at_end, part, _, _ = integral(within_s)
        kept = max(0.0, p_wait * (at_end - unit + drain * part) / (lam * j))
        low, high = max(0.0, within_s - 1e-3), within_s + 1e-3
        alive = 0.0
        if within_s < top:
            alive = float(np.diff(patience(np.array([low, high])))[0]) / (high - low)
        still = alive * p_wait * max(0.0, j - part) / j
        return min(1.0, 1.0 - p_wait + kept), max(0.0, p_wait - kept - still)

    return Station(
        servers,
        rate_per_hour,
        service_s,
        patience_s,
        p_wait,
        p_abandon,
        queue / lam,
        p_wait * (drain * jx - j) / (lam * j) / (1.0 - p_abandon),
        lam * (1.0 - p_abandon) / drain,
        queue,
        by,
    )


_GAUSS = np.polynomial.legendre.leggauss(8)


def _panels(upper: float) -> tuple[Floats, Floats]:
    """Return nodes and weights for an integral from 0 to `upper`, on 60 panels that grow from a thousandth."""
    edges = upper * np.concatenate(([0.0], np.geomspace(1e-3, 1.0, 60)))
    half = np.diff(edges) / 2
    nodes = (edges[:-1] + half)[:, None] + half[:, None] * _GAUSS[0][None, :]
    return nodes.ravel(), (half[:, None] * _GAUSS[1][None, :]).ravel()


def _birth_death(lam: float, serving: Floats, theta: float, servers: int, room: int | None = None) -> Floats:
    """Return the stationary probabilities of a chain that n − servers give up at θ each, cut where they vanish."""
    last = float(serving[-1]) if servers else 0.0
    peak = max(servers, math.ceil(servers + (lam - last) / theta)) if lam > last and theta > 0 else servers
    size = peak + 64
    while True:
        if room is not None:
            size = min(size, room + 1)
        n = np.arange(1, size)
        death = np.maximum(n - servers, 0) * theta
        death[:servers] += serving[: len(death)]
        death[servers:] += last
        with np.errstate(divide="ignore"):
            logs = np.concatenate(([0.0], np.cumsum(np.log(lam) - np.log(death))))
        if size - 1 == room or logs[-1] < logs.max() - _NEGLIGIBLE:
            break
        size = 2 * size
    keep = int(np.flatnonzero(logs >= logs.max() - _NEGLIGIBLE)[-1]) + 1
    weights: Floats = np.exp(logs[: max(keep, servers + 1)] - logs.max())
    weights /= weights.sum()
    return weights


def _after(within_s: float, s_mu: float, theta: float, size: int) -> tuple[Floats, Floats]:
    """Return P(served by T) and P(still waiting at T) with k = 0 … size−1 others ahead on arrival.

    Uniformisation of the chain of the customers ahead: f'_k = r_k f_{k−1} − (r_k + θ) f_k with r_k = sμ + kθ,
    k others ahead, f_{−1} = 1 (in service).
    """
    if math.isinf(within_s):
        return np.asarray(s_mu / (s_mu + theta * np.arange(1, size + 1)), np.float64), np.zeros(size)
    ahead = s_mu + theta * np.arange(size)
    fastest = ahead[-1] + theta
    step = ahead / fastest
    stay = 1.0 - (ahead + theta) / fastest
    jumps = fastest * within_s
    last = math.ceil(jumps + 9.0 * math.sqrt(jumps) + 30.0)
    first = max(0, math.floor(jumps - 9.0 * math.sqrt(jumps) - 30.0))
    served, waiting = np.zeros(size), np.ones(size)
    sum_served, sum_waiting = np.zeros(size), np.zeros(size)
    log_jumps = math.log(jumps) if jumps > 0 else -math.inf
    for count in range(last + 1):
        if count >= first:
            weight = math.exp(count * log_jumps - jumps - math.lgamma(count + 1)) if count else math.exp(-jumps)
            sum_served += weight * served
            sum_waiting += weight * waiting
        served, waiting = (
            stay * served + step * np.concatenate(([1.0], served[:-1])),
            stay * waiting + step * np.concatenate(([0.0], waiting[:-1])),
        )
    return sum_served, sum_waiting


def servers_needed(
    rate_per_hour: float,
    service_s: float,
    patience_s: float,
    *,
    share: float,
    within_s: float,
    sl_mode: str = "offered",
    short_abandon_s: float = 5.0,
    days: Sequence[tuple[float, float]] = ((1.0, 1.0),),
    patience: ExpectedMin | None = None,
    room: int | None = None,
    sessions: int = 1,
    factor: Callable[[float], float] | None = None,
) -> int:
    """Return the fewest servers with a level of at least `share` within `within_s` (Erlang A or C, or M/M/s+G).

    Parameters
    ----------
    rate_per_hour : float
    service_s, patience_s : float
        Means in seconds; patience may be infinite.
    share : float
        Below 1.
    within_s : float
    sl_mode : str
    short_abandon_s : float
    days : sequence of (weight, factor)
        Kinds of day: the rate is multiplied by `factor` on a share `weight` of the days. The level is then that
        of all customers of all days, so busy days count for more.
    patience : callable, optional
        E[min(X, ·)] of a patience that is not exponential; not used with `room` or `sessions`.
    room : int, optional
        Most customers who can wait or be served at once (`erlang_a`); so many servers always do.
    sessions, factor : int, callable, optional
        Customers whom one may serve at once, and how much longer that takes (`concurrent`).

    Raises
    ------
    InputError
        ``share_out_of_reach`` when `share` is not at least 0 and below 1.
    """
    if not 0.0 <= share < 1.0:
        raise InputError.one("share_out_of_reach", field="share", value=share, low=0.0, high=1.0)
    _not_negative(rate_per_hour=rate_per_hour)
    _positive(service_s=service_s, patience_s=patience_s)
    if rate_per_hour == 0 or share == 0:
        return 0
    customers = sum(weight * times for weight, times in days)

    def level(servers: int) -> float:
        total = 0.0
        for weight, times in days:
            rate = rate_per_hour * times
            if sessions > 1:
                station = concurrent(servers, sessions, rate, service_s, patience_s, factor, room)
            elif patience is None or servers == 0 or room is not None:
                station = erlang_a(servers, rate, service_s, patience_s, room)
            else:
                station = impatient(servers, rate, service_s, patience_s, patience)
            total += weight * times * station.service_level(within_s, sl_mode, short_abandon_s)
        return total / customers

    low, high = 0, max(1, math.ceil(rate_per_hour * service_s / HOUR_S / sessions))
    if room is not None:
        high = min(high, max(1, room))
    while level(high) < share and (room is None or high < room):
        low, high = high, high + max(1, math.ceil(math.sqrt(high)))
    while high - low > 1:
        middle = (low + high) // 2
        if level(middle) < share:
            low = middle
        else:
            high = middle
    return high


def mg1(rate_per_hour: float, service_s: float, cv: float) -> Means:
    """Return the means of M/G/1: E[W] = λ E[S²] / (2(1 − ρ)) (Pollaczek–Khinchine; Kleinrock 1975, eq. 5.70).

    Parameters
    ----------
    rate_per_hour : float
    service_s : float
        Mean service in seconds.
    cv : float
        Coefficient of variation of the service: 1 exponential, 0 deterministic.
    """
    (means,) = priorities([rate_per_hour], [service_s], cv)
    return means


def priorities(
    rates_per_hour: Sequence[float], service_s: Sequence[float], cv: float | Sequence[float] = 1.0
) -> tuple[Means, ...]:
    """Return the means of each class of one server with non-preemptive priorities (Cobham 1954).

    The first class goes first. E[W_k] = W₀ / ((1 − σ_{k−1})(1 − σ_k)) with W₀ = Σ λ_i E[S_i²] / 2 and
    σ_k = ρ₁ + … + ρ_k. Classes whose σ_k ≥ 1 wait for ever.
    """
    cvs = [cv] * len(rates_per_hour) if isinstance(cv, (int, float)) else list(cv)
    _not_negative(rates_per_hour=min(rates_per_hour), cv=min(cvs))
    _positive(service_s=min(service_s))
    rates = [rate / HOUR_S for rate in rates_per_hour]
    loads = [rate * mean for rate, mean in zip(rates, service_s, strict=True)]
    residual = sum(rate * mean**2 * (1 + c**2) for rate, mean, c in zip(rates, service_s, cvs, strict=True))
    if sum(loads) >= 1:
        # Never idle: it works on the classes that get through, and on a part of the first that does not.
        residual, left = 0.0, 1.0
        for load, mean, c in zip(loads, service_s, cvs, strict=True):
            residual += min(load, left) * mean * (1 + c**2)
            left = max(0.0, left - load)
    out, before = [], 0.0
    for rate, mean, load in zip(rates, service_s, loads, strict=True):
        after = before + load
        wait = residual / 2 / ((1 - before) * (1 - after)) if after < 1 else math.inf
        busy = min(load, max(0.0, 1 - before))
        out.append(Means(rate * HOUR_S, busy, wait, wait + mean, _product(rate, wait), _product(rate, wait + mean)))
        before = after
    return tuple(out)


def _product(rate: float, time: float) -> float:
    return 0.0 if rate == 0 else rate * time


@dataclass(frozen=True)
class Network:
    """A Jackson network: its stations, the mean number in it, the mean time from arrival to departure."""

    stations: tuple[Means, ...]
    number_mean: float
    time_in_system_mean_s: float


def jackson(
    external_per_hour: Sequence[float],
    routing: Sequence[Sequence[float]],
    servers: Sequence[int],
    service_s: Sequence[float],
) -> Network:
    """Return the means of an open network of M/M/s stations (Jackson 1957).

    Parameters
    ----------
    external_per_hour : sequence of float
        Arrivals from outside, one number a station.
    routing : sequence of sequences of float
        routing[i][j] = probability of going from station i to j; what is missing to 1 leaves.
    servers : sequence of int
    service_s : sequence of float
        Mean exponential service of each station, in seconds.

    Notes
    -----
    Traffic equations λ = γ + Rᵀλ; each station is then M/M/s with rate λ_i; E[T] = Σ E[N_i] / Σ γ_i (Little).
    """
    gamma, moves = np.asarray(external_per_hour, float), np.asarray(routing, float)
    total = np.linalg.solve(np.eye(len(gamma)) - moves.T, gamma)
    stations = []
    for rate, s, mean in zip(total.tolist(), servers, service_s, strict=True):
        one = erlang_c(s, max(0.0, rate), mean)
        time_s = one.wait_mean_s + mean
        number = _product(rate / HOUR_S, time_s)
        stations.append(Means(rate, one.occupancy, one.wait_mean_s, time_s, one.queue_mean, number))
    number = sum(station.number_mean for station in stations)
    outside = float(gamma.sum())
    return Network(tuple(stations), number, number / outside * HOUR_S if outside > 0 else 0.0)


def law_moments(law: LawValues) -> tuple[float, float]:
    """Return E[S] in seconds and E[S²] in seconds² of a law of a scenario."""
    a, b = law.a, law.b
    if law.kind == "exponential":
        return a, 2 * a**2
    if law.kind in ("lognormal", "gamma"):
        return a, a**2 * (1 + b**2)
    if law.kind == "weibull":
        return a * math.gamma(1 + 1 / b), a**2 * math.gamma(1 + 2 / b)
    if law.kind == "deterministic":
        return a, a**2
    if law.kind == "uniform":
        return (a + b) / 2, (a * a + a * b + b * b) / 3
    mean = second = 0.0
    for (p, x), (q, y) in zip(law.points, law.points[1:], strict=False):
        mean += (q - p) * (x + y) / 2
        second += (q - p) * (x * x + x * y + y * y) / 3
    return mean, second


def expected_min(law: LawValues) -> ExpectedMin:
    """Return x ↦ E[min(S, x)] of a law of a scenario, in seconds; some laws ask scipy.special."""
    a, b = law.a, law.b
    if law.kind == "exponential":
        return lambda x: np.asarray(-a * np.expm1(-x / a), np.float64)
    if law.kind == "deterministic":
        return lambda x: np.asarray(np.minimum(a, x), np.float64)
    if law.kind == "lognormal":
        return _lognormal_min(a, b)
    if law.kind == "uniform":
        return lambda x: _uniform_min(x, a, b)
    if law.kind == "gamma":
        from scipy.special import gammainc, gammaincc

        shape, scale = 1 / b**2, a * b**2
        return lambda x: np.asarray(a * gammainc(shape + 1, x / scale) + x * gammaincc(shape, x / scale), np.float64)
    if law.kind == "weibull":
        from scipy.special import gammainc

        return lambda x: np.asarray(law_moments(law)[0] * gammainc(1 / b, (x / a) ** b), np.float64)

    def empirical(x: Floats) -> Floats:
        pieces = zip(law.points, law.points[1:], strict=False)
        total: Floats = np.zeros_like(np.asarray(x, float))
        for (p, low), (q, high) in pieces:
            total = total + (q - p) * _uniform_min(x, low, high)
        return total

    return empirical


def _uniform_min(x: Floats, low: float, high: float) -> Floats:
    """Return E[min(U, x)] for U uniform between `low` and `high`."""
    inside: Floats = np.clip(x, low, high)
    if high <= low:
        return np.minimum(x, low)
    out: Floats = np.minimum(x, low) + (inside - low) * (1 - (inside - low) / (2 * (high - low)))
    return out


def _lognormal_min(mean_s: float, cv: float) -> ExpectedMin:
    """E[min(S, x)] = E[S] Φ((ln x − m)/σ − σ) + x (1 − Φ((ln x − m)/σ))."""
    from scipy.special import ndtr

    sigma = math.sqrt(math.log1p(cv**2))
    m = math.log(mean_s) - sigma**2 / 2

    def value(x: Floats) -> Floats:
        x = np.asarray(x, float)
        with np.errstate(divide="ignore"):
            z = (np.log(x) - m) / sigma
        out: Floats = mean_s * ndtr(z - sigma) + np.where(np.isfinite(x), x, 0.0) * ndtr(-z)
        return out

    return value


def offered_load(
    at_s: ArrayLike,
    edges_s: ArrayLike,
    rates_per_hour: ArrayLike,
    hold: ExpectedMin,
    delay: ExpectedMin | None = None,
) -> Floats:
    """Return m(t), the mean number held at the times `at_s` if nobody ever had to queue: M(t)/G/∞, in erlang.

    Parameters
    ----------
    at_s : array of float, shape (times,)
        Seconds; what arrived before the first edge is nothing.
    edges_s : array of float, shape (intervals + 1,)
        Rising edges of the intervals of constant rate.
    rates_per_hour : array of float, shape (intervals,)
    hold : callable
        E[min(S, ·)] of the time held (`expected_min`); with `delay`, of delay plus time held.
    delay : callable, optional
        E[min(D, ·)] of the time from arrival until the hold begins.

    Notes
    -----
    m(t) = ∫ λ(t − u) P(S > u) du (Eick, Massey, Whitt 1993) is a sum of differences of E[min(S, ·)] where the
    rate is piecewise constant. A hold that begins D after the arrival: P(D ≤ u < D + S) in place of P(S > u).
    The modified offered load approximation (MOL; Jennings, Mandelbaum, Massey, Whitt 1996) treats time t as a
    steady state with the rate m(t)/E[S].
    """
    at, edges = np.asarray(at_s, float), np.asarray(edges_s, float)
    rates = np.asarray(rates_per_hour, float) / HOUR_S
    age, place = _ages(at.tobytes(), edges.tobytes())
    inside = (hold(age) - (delay(age) if delay is not None else 0.0))[place]
    load: Floats = (inside[:, :-1] - inside[:, 1:]) @ rates
    return np.maximum(load, 0.0)


@lru_cache(maxsize=16)
def _ages(at: bytes, edges: bytes) -> tuple[Floats, NDArray[np.intp]]:
    """Return the distinct ages at some times of what began at some edges, and which of them each pair has."""
    begun = np.frombuffer(edges)
    age, place = np.unique(np.maximum(np.frombuffer(at)[:, None] - begun[None, :], 0.0), return_inverse=True)
    return age, place.reshape(-1, len(begun))


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise InputError.one("greater_than", field=name, value=value, limit=0)


def _not_negative(**values: float) -> None:
    for name, value in values.items():
        if not value >= 0:
            raise InputError.one("greater_than_equal", field=name, value=value, limit=0)
