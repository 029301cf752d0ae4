"""Do customers come independently of each other? The test by log-spacings of Brown et al.

Within a short block the rate of a Poisson process is nearly constant. Then, for the J arrivals T(1) … T(J) of
a block of length L and T(0) = 0,

    R(j) = (J + 1 − j) · (−ln((L − T(j)) / (L − T(j−1)))),   j = 1 … J

are independent exponentials of mean 1 (L. Brown, N. Gans, A. Mandelbaum, A. Sakov, H. Shen, S. Zeltyn, L.
Zhao 2005, Statistical analysis of a telephone call center, JASA 100:36–50, §3). K is the Kolmogorov–Smirnov
distance between all R and that law. It is judged by its size, not by its p-value: with 60,000 calls K = .009
has p = .0001, and is small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

import sim
from calibration.clean import callers
from calibration.columns import DAY_S, Flags, Floats, Ints, Log
from calibration.fit.calendar import INTERVAL_S, Days, within

BUSY_BLOCK_S = 360
QUIET_BLOCK_S = 3600
BUSY = 1.0
"""Calls per 6 minutes from which on blocks of 6 minutes are used, else of an hour."""
ENOUGH_K = 0.02
"""Below this, with more than 5,000 calls, arrivals are Poisson enough."""
UNROUNDINGS = 20
_ENOUGH = 2_000_000
_FAR = 1 << 20


@dataclass(frozen=True)
class PoissonTest:
    """K of a service (`*`: all) on days of a class; `n` calls in blocks of `block_s` seconds.

    `k_of_chance` is the mean K that `n` calls of a true Poisson process give: √(π/2) ln 2 / √n.
    """

    service: str
    day_class: str
    k: float
    n: int
    block_s: int

    @property
    def k_of_chance(self) -> float:
        """Mean K of a true Poisson process with as many calls."""
        return math.sqrt(math.pi / 2 / self.n) * math.log(2)


def poisson_tests(log: Log, days: Days, seed: int = 1) -> tuple[PoissonTest, ...]:
    """Test all callers together and each service, for every day class, within the opening hours.

    Callers who hang up in the menu are callers too, and are tested; phantoms are not. Places are tested each
    by itself and their R judged together. Stamps are whole seconds, or whole minutes: K is the mean over
    `UNROUNDINGS` draws of the lost fraction (fewer with many calls, where one draw says as much).
    """
    tests: list[PoissonTest] = []
    real = callers(log)
    for kind in days.classes():
        here = real & within(log, days, kind)
        services = np.bincount(log.service[here], minlength=len(log.services))
        groups: list[tuple[str, Flags]] = [("*", here)] if log.services != ("*",) else []
        groups += [(log.services[s], here & (log.service == s)) for s in np.argsort(-services, kind="stable")]
        for name, rows in groups:
            test = _test(log, days, kind, name, rows, seed)
            if test is not None:
                tests.append(test)
    return tuple(tests)


def _test(log: Log, days: Days, kind: str, name: str, rows: Flags, seed: int) -> PoissonTest | None:
    opens, length = np.zeros(len(log.places), np.int64), np.zeros(len(log.places), np.int64)
    blocks = 0.0
    for (place, day_class), hours in days.at.items():
        if day_class == kind:
            opens[place], length[place] = hours.first * INTERVAL_S, (hours.last - hours.first) * INTERVAL_S
            blocks += len(days.of(kind, place)) * int(length[place]) / BUSY_BLOCK_S
    block_s = BUSY_BLOCK_S if np.count_nonzero(rows) >= BUSY * blocks else QUIET_BLOCK_S
    length -= length % block_s
    where, day = log.place[rows].astype(np.int64), log.day[rows]
    second = log.arrive[rows] - day * DAY_S - opens[where]
    inside = second < length[where]
    second, day = second[inside], (day + where * _FAR)[inside]
    if len(second) < 2:
        return None
    generator = sim.generator(seed, "unround", kind, name)
    draws = max(1, min(UNROUNDINGS, _ENOUGH // len(second)))
    ks = [
        distance(spacings(day, second + log.resolution_s * generator.random(len(second)), block_s))
        for _ in range(draws)
    ]
    return PoissonTest(name, kind, float(np.mean(ks)), len(second), block_s)


def spacings(day: Ints, second: Floats, block_s: float) -> Floats:
    """Return R of all arrivals: `second` after opening on `day`, in blocks of `block_s` seconds."""
    order = np.lexsort((second, day))
    day, second = day[order], second[order]
    block = second // block_s
    first = np.concatenate([[True], (day[1:] != day[:-1]) | (block[1:] != block[:-1])])
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(day)))
    ahead = (np.repeat(starts + sizes, sizes) - np.arange(len(day))).astype(np.float64)
    at = second - block * block_s
    before = np.where(first, 0.0, np.concatenate([[0.0], at[:-1]]))
    out: Floats = ahead * np.log((block_s - before) / (block_s - at))
    return out


def distance(r: Floats) -> float:
    """Return the Kolmogorov–Smirnov distance between a sample and the exponential of mean 1."""
    r, n = np.sort(r), len(r)
    cdf = -np.expm1(-r)
    return float(max((np.arange(1, n + 1) / n - cdf).max(), (cdf - np.arange(n) / n).max()))
