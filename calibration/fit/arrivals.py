"""How customers arrive: a rate by place, channel, service, day class and half-hour, times a factor of the day.

Model: the number of arrivals of a day is Poisson given G · λ(t), with λ piecewise constant over half-hours
and G a gamma factor of mean 1, the same for all services of the day (Jongbloed & Koole 2001, Managing
uncertainty in call centres using Poisson mixtures; Avramidis, Deslauriers & L'Ecuyer 2004, model 1). With
several places each has a factor of its own besides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import offered
from calibration.columns import DAY_S
from calibration.fit.calendar import INTERVAL_S, Days, outside, within
from calibration.fit.smooth import smooth_rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calibration.columns import Flags, Floats, Ints, Log

FEWEST = 5
"""A cell with fewer calls is joined with its neighbour: no published figure speaks of less than 5 people."""
INTERVALS = (900, 1800)
"""Widths that rates may have, in seconds."""
SMOOTH_FEWEST = 200
"""A smooth rate is fitted to at least so many calls; fewer keep the steps."""
ODD = 4.0
"""A day so many standard deviations from its class is odd."""
LAGS = 8
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """Arrivals per hour of a service at a place and channel on days of a class, from `start_s` to `end_s`.

    `low` and `high` bound the rate with 95 % confidence: on the logarithm, with variance
    1/count + cv²/days, Poisson noise and the factor of the days that were seen.
    """

    place: str
    channel: str
    service: str
    day_class: str
    start_s: int
    end_s: int
    per_hour: float
    count: int
    low: float
    high: float


@dataclass(frozen=True)
class DayTotals:
    """Daily totals of a class: mean, variance to mean ratio (1 if Poisson), variation beyond Poisson."""

    day_class: str
    days: int
    mean: float
    vmr: float | None
    cv2: float | None


@dataclass(frozen=True)
class SpecialDay:
    """How busy a class of days is, as a ratio to the class with most days, with 95 % bounds.

    `differs` when the bounds leave out 1.
    """

    day_class: str
    base: str
    days: int
    ratio: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        """Tell whether the class is shown to be busier or quieter."""
        return not self.low <= 1 <= self.high


@dataclass(frozen=True)
class OddDay:
    """A day far from others of its class: its calls, those expected, standard deviations between them."""

    day: int
    day_class: str
    count: int
    expected: float
    z: float


@dataclass(frozen=True)
class Dispersion:
    """Counts of half-hours on days of a class: how they vary and go together.

    Attributes
    ----------
    vmr, vmr_expected : float
        Variance to mean ratio of the counts of a half-hour over days, averaged; and what Poisson counts with
        the factor of the day have, 1 + cv² · mean.
    correlation : tuple[float, ...]
        Mean correlation between counts of half-hours 1, 2, … apart, as far as `LAGS`.
    correlation_expected : float
        What the factor of the day alone gives at any distance: cv² m / (1 + cv² m).
    """

    day_class: str
    days: int
    vmr: float
    vmr_expected: float
    correlation: tuple[float, ...]
    correlation_expected: float


@dataclass(frozen=True)
class Arrivals:
    """Rates, the day factor, and what was left out of them.

    Attributes
    ----------
    cv2 : float
        Squared coefficient of variation of the day factor, ≥ 0: of the factor that all places share.
    place_cv2 : float
        The same of the factor that each place has of its own; 0 with one place.
    outside_hours : int
        Calls that asked for a person when the place was closed.
    suppressed : int
        Calls of cells that stay below 5 even when joined over the whole day.
    """

    rates: tuple[Rate, ...]
    interval_s: int
    smooth: bool
    totals: tuple[DayTotals, ...]
    cv2: float
    cv2_low: float
    cv2_high: float
    place_cv2: float
    special: tuple[SpecialDay, ...]
    odd: tuple[OddDay, ...]
    dispersion: tuple[Dispersion, ...]
    outside_hours: int
    suppressed: int

    def services(self) -> tuple[str, ...]:
        """Return the services that have a rate, in the order of their first."""
        return tuple(dict.fromkeys(rate.service for rate in self.rates))


def arrivals(log: Log, days: Days, interval_s: int = INTERVAL_S, smooth: bool = False) -> Arrivals:
    """Fit rates and the day factor to the calls that asked for a person, at the moment they joined the queue.

    Parameters
    ----------
    interval_s : int
        Width of a step of the rate, one of `INTERVALS`.
    smooth : bool
        Fit a smooth curve (`calibration.fit.smooth`) and cut that into steps; services with few calls keep
        their counts.

    Notes
    -----
    Rate of a cell: calls / (days of the class · hours of the cell), the maximum likelihood estimate. Day
    factor by moments, over the classes with at least two days, weighted by days − 1:

        cv² = Σ (nᵢ − 1) (sᵢ² − mᵢ) / mᵢ²  /  Σ (nᵢ − 1)

    with mᵢ, sᵢ² the mean and variance of the daily totals; below 0 it is 0.
    """
    if interval_s not in INTERVALS:
        raise ValueError(f"interval_s must be one of {INTERVALS}, not {interval_s}")
    wanted = offered(log)
    rows = {kind: wanted & within(log, days, kind) for kind in days.classes()}
    daily = {kind: table_by_day(log, days, kind, mine) for kind, mine in rows.items()}
    totals = tuple(_totals(kind, table.sum(axis=0)) for kind, table in daily.items())
    shared, own = day_factors(days, daily, np.ones((1, len(days.seen))), extra=0)
    cv2, place_cv2 = float(shared[0]), float(own[0])
    whole = cv2 + place_cv2 / len(log.places)
    rates: list[Rate] = []
    suppressed = 0
    for kind, mine in rows.items():
        found, few = _rates(log, days, kind, mine, interval_s, smooth, cv2 + place_cv2)
        rates += found
        suppressed += few
    low, high = _bounds(days, daily)
    return Arrivals(
        rates=tuple(rates),
        interval_s=interval_s,
        smooth=smooth,
        totals=totals,
        cv2=cv2,
        cv2_low=low,
        cv2_high=high,
        place_cv2=place_cv2,
        special=_special(days, daily, whole),
        odd=_odd(days, daily),
        dispersion=tuple(
            one for kind, mine in rows.items() if (one := _dispersion(log, days, kind, mine, whole)) is not None
        ),
        outside_hours=int(outside(log, days).sum()),
        suppressed=suppressed,
    )


def table_by_day(log: Log, days: Days, kind: str, rows: Flags) -> Ints:
    """Return calls by place and day of the class (places, days)."""
    mine = days.of(kind)
    out = np.zeros((len(log.places), len(mine)), np.int64)
    np.add.at(out, (log.place[rows], np.searchsorted(mine, log.day[rows])), 1)
    return out


def _totals(kind: str, daily: Ints) -> DayTotals:
    mean = float(daily.mean())
    if len(daily) < 2 or mean == 0:
        return DayTotals(kind, len(daily), mean, None, None)
    variance = float(daily.var(ddof=1))
    return DayTotals(kind, len(daily), mean, variance / mean, (variance - mean) / mean**2)


def day_factors(days: Days, daily: Mapping[str, Ints], weights: Floats, extra: int) -> tuple[Floats, Floats]:
    """Return cv² of the factor that all places share, g, and of the one that each has of its own, h.

    Parameters
    ----------
    daily : Mapping[str, array]
        Day class → calls (places, days).
    weights : array of float, draws × days seen
        Weights of the days; ones for the estimate itself.
    extra : int
        0 for equal weights, whose variance has divisor n − 1; 1 for exponential weights, whose variance is
        (n − 1)/(n + 1) of that on average (Rubin 1981).

    Returns
    -------
    g, h : arrays of float, one a draw
        By moments: with mean calls mᵢ a place i has variation (1 + g)(1 + h) − 1 beyond Poisson, and the sum of
        all places has (1 + g)(1 + h s) − 1 with s = Σ mᵢ² / (Σ mᵢ)². With one place h = 0.
    """
    top, low, each, heavy = (np.zeros(len(weights)) for _ in range(4))
    means: Floats = np.zeros(0)
    for kind, table in daily.items():
        mine = np.array(days.day_class) == kind
        n = np.count_nonzero(mine)
        if n > 1 and table.any():
            mean, value = _beyond(table.sum(axis=0)[None, :], np.ones((1, n), bool), weights[:, mine], extra)
            top += (n - 1) * value[:, 0]
            low += n - 1
        if len(table) > 1:
            mean, value = _beyond(table, days.present[:, mine], weights[:, mine], extra)
            each += (mean * value).sum(axis=1)
            heavy += mean.sum(axis=1)
            means = mean if not means.size else means + mean
    whole = np.maximum(top / np.maximum(low, 1), 0.0)
    if not means.size:
        return whole, np.zeros_like(whole)
    share = (means**2).sum(axis=1) / np.maximum(means.sum(axis=1), 1e-300) ** 2
    ratio = (1 + np.maximum(each / np.maximum(heavy, 1e-300), 0.0)) / (1 + whole)
    own = np.where((ratio > 1) & (ratio * share < 1), (ratio - 1) / np.maximum(1 - ratio * share, 1e-12), 0.0)
    return np.maximum((1 + whole) / (1 + own * share) - 1, 0.0), own


def _beyond(table: Ints, there: Flags, weights: Floats, extra: int) -> tuple[Floats, Floats]:
    """Return mean and (s² − m)/m² of the rows of a table under weights of its columns (draws, rows)."""
    total = weights @ there.T
    number = there.sum(axis=1)
    safe = np.maximum(total, 1e-300)
    mean = weights @ (table * there).T / safe
    variance = np.maximum(weights @ (table.astype(float) ** 2 * there).T / safe - mean**2, 0.0)
    variance = variance * (number + extra) / np.maximum(number - 1, 1)
    enough = (number > 1) & (mean > 0)
    out = np.where(enough, (variance - mean) / np.maximum(mean, 1e-300) ** 2, 0.0)
    return np.where(enough, mean, 0.0), out


def _bounds(days: Days, daily: Mapping[str, Ints]) -> tuple[float, float]:
    """Return 95 % bounds of cv² of the shared factor, from leaving out one day at a time (jackknife)."""
    n = len(days.seen)
    if n < 3:
        return 0.0, math.inf
    middle = float(day_factors(days, daily, np.ones((1, n)), 0)[0][0])
    left = day_factors(days, daily, np.ones((n, n)) - np.eye(n), 0)[0]
    error = math.sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum()))
    return max(0.0, middle - Z95 * error), middle + Z95 * error


def _rates(
    log: Log, days: Days, kind: str, rows: Flags, interval_s: int, smooth: bool, cv2: float
) -> tuple[list[Rate], int]:
    """Return the rates of a class, most calls first within a place, and the calls too few to show."""
    shape = (len(log.places), len(log.channels), len(log.services), DAY_S // interval_s)
    second = log.arrive[rows] - log.day[rows] * DAY_S
    cell = np.ravel_multi_index((log.place[rows], log.channel[rows], log.service[rows], second // interval_s), shape)
    counts = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
    curves = np.argsort(cell // shape[3], kind="stable") if smooth else None
    group = (cell // shape[3])[curves] if curves is not None else None
    out: list[Rate] = []
    suppressed = 0
    for place in range(shape[0]):
        hours = days.at.get((place, kind))
        if hours is None:
            continue
        number = len(days.of(kind, place))
        first, last = (slot * INTERVAL_S // interval_s for slot in (hours.first, hours.last))
        pairs = counts[place].sum(axis=2)
        for flat in np.argsort(-pairs, axis=None, kind="stable"):
            channel, service = (int(k) for k in np.unravel_index(flat, pairs.shape))
            mine = counts[place, channel, service, first:last]
            if mine.sum() < FEWEST:
                suppressed += int(mine.sum())
                continue
            label = (log.places[place], log.channels[channel], log.services[service], kind)
            if group is not None and curves is not None and mine.sum() >= SMOOTH_FEWEST:
                key = np.ravel_multi_index((place, channel, service), shape[:3])
                bounds = np.searchsorted(group, [key, key + 1])
                at = second[curves[bounds[0] : bounds[1]]] - first * interval_s
                curve = smooth_rates(at, (last - first) * interval_s, number, interval_s)
                spans = [(k, k + 1, float(curve[k])) for k in range(last - first)]
            else:
                spans = [(a, b, mine[a:b].sum() / (number * (b - a) * interval_s / 3600)) for a, b in _joined(mine)]
            for a, b, per_hour in spans:
                count = int(mine[a:b].sum())
                factor = math.exp(Z95 * math.sqrt(1 / max(count, 1) + cv2 / number))
                out.append(
                    Rate(
                        *label,
                        (first + a) * interval_s,
                        (first + b) * interval_s,
                        float(per_hour),
                        count,
                        float(per_hour) / factor,
                        float(per_hour) * factor,
                    )
                )
    return out, suppressed


def _joined(counts: Ints) -> list[tuple[int, int]]:
    """Return spans of steps with at least `FEWEST` calls each, as short as can be, covering all."""
    spans: list[tuple[int, int]] = []
    first = total = 0
    for slot, count in enumerate(counts.tolist()):
        total += count
        if total >= FEWEST:
            spans.append((first, slot + 1))
            first, total = slot + 1, 0
    if first < len(counts):
        spans[-1] = (spans[-1][0], len(counts))
    return spans


def _special(days: Days, daily: Mapping[str, Ints], cv2: float) -> tuple[SpecialDay, ...]:
    """Return how busy each class is against the one with most days."""
    kinds = days.classes()
    if len(kinds) < 2:
        return ()

    def level(kind: str) -> tuple[float, float]:
        """Return the mean calls a day and the variance of its logarithm."""
        total, number = int(daily[kind].sum()), daily[kind].shape[1]
        return total / number, 1 / max(total, 1) + cv2 / number

    base, noise = level(kinds[0])
    out = []
    for kind in kinds[1:]:
        mean, own = level(kind)
        if mean > 0 and base > 0:
            factor = math.exp(Z95 * math.sqrt(noise + own))
            ratio = mean / base
            out.append(SpecialDay(kind, kinds[0], daily[kind].shape[1], ratio, ratio / factor, ratio * factor))
    return tuple(out)


def _odd(days: Days, daily: Mapping[str, Ints]) -> tuple[OddDay, ...]:
    """Return days far from the median of their class, in robust standard deviations (1.4826 · MAD)."""
    out = []
    for kind, table in daily.items():
        counts = table.sum(axis=0)
        if len(counts) < 7:
            continue
        middle = float(np.median(counts))
        spread = max(1.4826 * float(np.median(np.abs(counts - middle))), math.sqrt(max(middle, 1.0)))
        for day, count in zip(days.of(kind).tolist(), counts.tolist(), strict=True):
            z = (count - middle) / spread
            if abs(z) > ODD:
                out.append(OddDay(day, kind, count, middle, z))
    return tuple(sorted(out, key=lambda one: one.day))


def _dispersion(log: Log, days: Days, kind: str, rows: Flags, cv2: float) -> Dispersion | None:
    """Return how counts of half-hours vary and go together; none with fewer than 5 days."""
    mine, hours = days.of(kind), days.hours[kind]
    if len(mine) < 5:
        return None
    width = hours.last - hours.first
    counts: Floats = np.zeros((len(mine), width))
    slot = (log.arrive[rows] - log.day[rows] * DAY_S) // INTERVAL_S - hours.first
    np.add.at(counts, (np.searchsorted(mine, log.day[rows]), slot), 1)
    mean, variance = counts.mean(axis=0), counts.var(axis=0, ddof=1)
    busy = (mean >= 1) & (variance > 0)
    if np.count_nonzero(busy) < 2:
        return None
    z = (counts - mean) / np.sqrt(np.where(variance > 0, variance, 1.0))
    together = z.T @ z / (len(mine) - 1)
    lags = []
    for lag in range(1, min(LAGS, width - 1) + 1):
        both = busy[lag:] & busy[:-lag]
        if both.any():
            lags.append(float(np.diag(together, lag)[both].mean()))
    extra = cv2 * mean[busy]
    return Dispersion(
        day_class=kind,
        days=len(mine),
        vmr=float((variance[busy] / mean[busy]).mean()),
        vmr_expected=float((1 + extra).mean()),
        correlation=tuple(lags),
        correlation_expected=float((extra / (1 + extra)).mean()),
    )
