"""Days that differ: kinds of day for an uncertain demand, and the exact course of a service level through one day.

Rates are per hour (``…_per_hour``), durations in seconds (``…_s``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.theory.stations import HOUR_S, Floats, _not_negative, _positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


def kinds_of_day(cv: float, number: int = 5) -> tuple[tuple[float, float], ...]:
    """Return (weight, factor) of days from quiet to busy that stand for a gamma day factor of mean 1.

    Parameters
    ----------
    cv : float
        Coefficient of variation of the factor; 0 gives the one day ``((1, 1),)``.
    number : int
        How many kinds: means over them are exact for polynomials of the factor up to degree 2 · number − 1, so
        mean and variance always are.

    Notes
    -----
    Gauss quadrature of the gamma law with shape 1/cv²: nodes and weights are eigenvalues and first components of the
    eigenvectors of the Jacobi matrix of the generalised Laguerre polynomials (Golub and Welsch 1969).
    """
    _not_negative(cv=cv)
    _positive(number=number)
    if cv == 0:
        return ((1.0, 1.0),)
    from scipy.linalg import eigh_tridiagonal

    alpha, n = 1 / cv**2 - 1, np.arange(number)
    factor, vectors = eigh_tridiagonal(2 * n + 1 + alpha, np.sqrt(n[1:] * (n[1:] + alpha)))
    return tuple((float(weight), float(x)) for weight, x in zip(vectors[0] ** 2, factor * cv**2, strict=True))


def busy_day(cv: float, sure: float) -> float:
    """Return the gamma day factor of mean 1 that a share `sure` of days does not exceed.

    A service level falls as the rate rises, so who keeps the promise on this day keeps it on a share `sure` of days.

    Raises
    ------
    InputError
        When `sure` is not between 0 and 1.
    """
    _not_negative(cv=cv, sure=sure)
    _positive(beyond=1 - sure)
    if cv == 0:
        return 1.0
    from scipy.special import gammaincinv

    return float(gammaincinv(1 / cv**2, sure)) * cv**2


def levels(
    edges_s: ArrayLike,
    rates_per_hour: Sequence[float],
    servers: Sequence[int],
    service_s: float,
    patience_s: float,
    within_s: float,
    at_s: Sequence[float],
    states: int | None = None,
) -> Floats:
    """Return P(served within `within_s`) of who arrives at each of `at_s`, in M(t)/M/s(t)+M that begins empty.

    Parameters
    ----------
    edges_s : array of float, length intervals + 1
        Rising, from 0.
    rates_per_hour, servers : sequences, length intervals
        Constant in each interval.
    service_s, patience_s : float
        Means of exponential times, finite.
    within_s : float
        Who gives up before counts as not served.
    at_s : sequence of float
        Rising. An arrival at an edge meets the servers of the interval that begins there; the last servers stay.
    states : int, optional
        Most customers that are followed; by default as many as a system that nobody leaves before the slower of service
        and patience would exceed with a chance below 10⁻¹⁴.

    Returns
    -------
    array of float, shape (len(at_s),)

    Notes
    -----
    The number in the system is a birth and death chain with birth λ(t) and death min(n, s)μ + (n − s)⁺θ; a customer
    whose server goes waits again, first in line. With m others ahead an arrival is served as soon as m < s(t); until
    then m falls at the rate sμ + (m − s)θ and the arrival gives up at the rate θ. Both are solved interval by
    interval by uniformisation (Jensen 1953), so the only error is that of floating point.
    """
    _positive(service_s=service_s, patience_s=patience_s, finite=math.isfinite(patience_s))
    edges = np.asarray(edges_s, float)
    mu, theta = 1 / service_s, 1 / patience_s
    if states is None:
        most = max(rates_per_hour) / HOUR_S * max(service_s, patience_s)
        states = math.ceil(max(most + 8 * math.sqrt(most) + 30, max(servers) + 30))
    n = np.arange(states + 1.0)
    p: Floats = np.zeros(states + 1)
    p[0] = 1.0
    ahead: dict[tuple[tuple[int, float], ...], Floats] = {}
    out: list[float] = []
    now, interval = 0.0, 0
    for at in at_s:
        while now < at or (interval < len(servers) - 1 and edges[interval + 1] <= at):
            until = min(at, float(edges[interval + 1])) if interval < len(servers) - 1 else at
            death = np.minimum(n, servers[interval]) * mu + np.maximum(n - servers[interval], 0) * theta
            p = _moved(p, rates_per_hour[interval] / HOUR_S, death, until - now)
            now = until
            if interval < len(servers) - 1 and now >= edges[interval + 1]:
                interval += 1
        pieces, begin, number = [], at, interval
        while begin < at + within_s:
            end = at + within_s
            if number < len(servers) - 1:
                end = min(end, float(edges[number + 1]))
            pieces.append((servers[number], round(end - begin, 6)))
            begin, number = end, min(number + 1, len(servers) - 1) if end >= edges[number + 1] else number
        key = (*pieces, (servers[number], 0.0))
        if key not in ahead:
            ahead[key] = _served(key, n, mu, theta)
        out.append(float(p @ ahead[key]))
    return np.array(out)


def _moved(p: Floats, birth: float, death: Floats, time_s: float) -> Floats:
    """Return where a birth and death chain is after a time."""
    fastest = birth + float(death.max())
    if time_s <= 0 or fastest == 0:
        return p
    up = np.full(len(p), birth / fastest)
    up[-1] = 0.0
    down = death / fastest
    stay = 1.0 - up - down
    out = np.zeros_like(p)
    for chance in _poisson(fastest * time_s):
        out += chance * p
        after = stay * p
        after[1:] += up[:-1] * p[:-1]
        after[:-1] += down[1:] * p[1:]
        p = after
    return out


def _served(pieces: tuple[tuple[int, float], ...], n: Floats, mu: float, theta: float) -> Floats:
    """Return P(served by the end of the pieces) with n others ahead, from the last piece back to the first."""
    h = (n < pieces[-1][0]).astype(float)
    for servers, length in reversed(pieces):
        h[n < servers] = 1.0
        waits = n >= servers
        ahead = np.where(waits, servers * mu + (n - servers) * theta, 0.0)
        fastest = float(ahead.max()) + theta
        move, gone = ahead / fastest, np.where(waits, theta / fastest, 0.0)
        out, here = np.zeros_like(h), h
        for chance in _poisson(fastest * length):
            out += chance * here
            after = (1.0 - move - gone) * here
            after[1:] += move[1:] * here[:-1]
            if servers == 0:
                after[0] = (1.0 - move[0] - gone[0]) * here[0]
            here = after
        h = out
        h[n < servers] = 1.0
    return h


def _poisson(mean: float) -> Floats:
    """Return the probabilities of 0, 1, 2 … with this mean, up to where the rest is below 10⁻¹⁵."""
    counts = np.arange(math.ceil(mean + 9.5 * math.sqrt(mean) + 45.0) + 1)
    if mean <= 0:
        return np.ones(1)
    logs = counts * math.log(mean) - mean - np.array([math.lgamma(k + 1) for k in counts.tolist()])
    chances: Floats = np.exp(logs)
    return chances
