"""How customers arrive: a rate by service, day class and half-hour, times a factor of the day.

Model: the number of arrivals of a day is Poisson given G · λ(t), with λ piecewise constant over half-hours
and G a gamma factor of mean 1, the same for all services of the day (Jongbloed & Koole 2001, Managing
uncertainty in call centres using Poisson mixtures; Avramidis, Deslauriers & L'Ecuyer 2004, model 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import offered
from calibration.fit.calendar import INTERVAL_S, Days, outside, slot_of, within

if TYPE_CHECKING:
    from calibration.columns import Ints, Log

FEWEST = 5
"""A cell with fewer calls is joined with its neighbour: no published figure speaks of less than 5 people."""


@dataclass(frozen=True)
class Rate:
    """Arrivals per hour of a service on days of a class, over half-hours `first` up to but without `last`."""

    service: str
    day_class: str
    first: int
    last: int
    per_hour: float
    count: int


@dataclass(frozen=True)
class DayTotals:
    """Daily totals of a class: mean, variance to mean ratio (1 if Poisson), variation beyond Poisson."""

    day_class: str
    days: int
    mean: float
    vmr: float | None
    cv2: float | None


@dataclass(frozen=True)
class Arrivals:
    """Rates, the day factor, and what was left out of them.

    Attributes
    ----------
    cv2 : float
        Squared coefficient of variation of the day factor, ≥ 0.
    outside_hours : int
        Calls that asked for a person when the place was closed.
    suppressed : int
        Calls of cells that stay below 5 even when joined over the whole day.
    """

    rates: tuple[Rate, ...]
    totals: tuple[DayTotals, ...]
    cv2: float
    outside_hours: int
    suppressed: int

    def services(self) -> tuple[str, ...]:
        """Return the services that have a rate, in the order of their first."""
        return tuple(dict.fromkeys(rate.service for rate in self.rates))


def arrivals(log: Log, days: Days) -> Arrivals:
    """Fit rates and the day factor to the calls that asked for a person, at the moment they joined the queue.

    Notes
    -----
    Rate of a cell: calls / (days of the class · hours of the cell), the maximum likelihood estimate. Day
    factor by moments, over the classes with at least two days, weighted by days − 1:

        cv² = Σ (nᵢ − 1) (sᵢ² − mᵢ) / mᵢ²  /  Σ (nᵢ − 1)

    with mᵢ, sᵢ² the mean and variance of the daily totals; below 0 it is 0.
    """
    wanted, slot = offered(log), slot_of(log)
    rates: list[Rate] = []
    totals: list[DayTotals] = []
    suppressed = 0
    for kind in days.classes():
        here, hours, mine = wanted & within(log, days, kind), days.hours[kind], days.of(kind)
        totals.append(_totals(kind, np.array([np.count_nonzero(log.day[here] == day) for day in mine])))
        width = hours.last - hours.first
        counts = np.zeros((len(log.services), width), np.int64)
        np.add.at(counts, (log.service[here], slot[here] - hours.first), 1)
        for service in np.argsort(-counts.sum(axis=1), kind="stable"):
            if counts[service].sum() < FEWEST:
                suppressed += int(counts[service].sum())
                continue
            for first, last in _joined(counts[service]):
                count = int(counts[service, first:last].sum())
                per_hour = count / (len(mine) * (last - first) * INTERVAL_S / 3600)
                rates.append(
                    Rate(log.services[service], kind, hours.first + first, hours.first + last, per_hour, count)
                )
    weights = np.array([one.days - 1 for one in totals if one.cv2 is not None], float)
    values = np.array([one.cv2 for one in totals if one.cv2 is not None], float)
    cv2 = max(0.0, float((weights * values).sum() / weights.sum())) if len(values) else 0.0
    return Arrivals(tuple(rates), tuple(totals), cv2, int(outside(log, days).sum()), suppressed)


def _totals(kind: str, daily: Ints) -> DayTotals:
    mean = float(daily.mean())
    if len(daily) < 2 or mean == 0:
        return DayTotals(kind, len(daily), mean, None, None)
    variance = float(daily.var(ddof=1))
    return DayTotals(kind, len(daily), mean, variance / mean, (variance - mean) / mean**2)


def _joined(counts: Ints) -> list[tuple[int, int]]:
    """Return spans of half-hours with at least `FEWEST` calls each, as short as can be, covering all."""
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
