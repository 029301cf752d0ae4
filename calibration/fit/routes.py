"""What becomes of a customer: outcomes, transfers, no-shows, and whether the shares stay the same over the weeks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import NO_SHOW, TRANSFERRED, answered, asked, offered
from calibration.columns import OUTCOMES

if TYPE_CHECKING:
    from calibration.columns import Flags, Floats, Ints, Log

FEWEST = 5
"""A count under this is not told: it could speak of a few people."""
ENOUGH = 30
"""Shares of fewer rows borrow those of all services, where they are used."""
DRIFT = 0.1
"""Cramér's V from which on shares are said to change over the weeks."""
LEAST_WEEK = 30
"""A week with fewer rows does not take part in the test."""
_CONFIDENCE = (0.025, 0.975)
_APPOINTMENT = {1: "appointment", 0: "walk_in", -1: "*"}


@dataclass(frozen=True)
class Share:
    """A share of rows with its 95 % interval.

    Attributes
    ----------
    what : str
        `outcome` (label = outcome), `transfer` (label = service it goes to, `*` any), `no_show` (label =
        `appointment`, `walk_in` or `*`).
    service : str
        Of which service; `*` all.
    count, n : int
        So many of so many rows.
    share, low, high : float
        Jeffreys' interval (Brown, Cai & DasGupta 2001, Statistical Science 16:101–133, §3.1.3); the shares of
        one table of routes are smoothed together, (count + ½) / (n + ½ · ways).
    """

    what: str
    service: str
    label: str
    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Drift:
    """Whether shares change from week to week: chi-square, its degrees of freedom, Cramér's V by its size."""

    what: str
    service: str
    weeks: int
    n: int
    chi2: float
    df: int
    cramer_v: float

    @property
    def drifts(self) -> bool:
        """Tell whether the shares change enough to matter."""
        return self.cramer_v > DRIFT


@dataclass(frozen=True)
class Week:
    """One week of the log, from a Monday: days seen, customers a day, shares, mean service and wait."""

    monday: int
    days: int
    offered_per_day: float
    answered_share: float
    service_mean_s: float | None
    wait_mean_s: float | None


@dataclass(frozen=True)
class Routes:
    """Shares with intervals, tests over the weeks, and the weeks themselves."""

    shares: tuple[Share, ...]
    drifts: tuple[Drift, ...]
    weeks: tuple[Week, ...]

    def of(self, what: str, service: str = "*", label: str = "*") -> Share | None:
        """Return one share; none if the log does not show it."""
        return next((one for one in self.shares if (one.what, one.service, one.label) == (what, service, label)), None)


def routes(log: Log) -> Routes:
    """Count what becomes of customers, by service."""
    everyone = asked(log)
    names = [(None, "*")] if log.services == ("*",) else [(None, "*"), *enumerate(log.services)]
    shares: list[Share] = []
    drifts: list[Drift] = []
    week = (log.day + 3) // 7
    after = _next_service(log)
    for number, name in names:
        rows = everyone if number is None else everyone & (log.service == number)
        if np.count_nonzero(rows) < FEWEST:
            continue
        shares += _outcomes(log, name, rows) + _transfers(log, name, rows, after) + _no_shows(log, name, rows)
        drifts += _drift("outcome", name, week[rows], log.outcome[rows])
    if len(log.services) > 1:
        rows = offered(log)
        drifts += _drift("service", "*", week[rows], log.service[rows])
    moved = everyone & answered(log)
    if np.any(log.outcome[moved] == TRANSFERRED):
        drifts += _drift("transfer", "*", week[moved], (log.outcome[moved] == TRANSFERRED).astype(np.int64))
    return Routes(tuple(shares), tuple(drifts), _weeks(log))


def jeffreys(count: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share: quantiles of Beta(count + ½, n − count + ½); 0 and 1 are reached."""
    from scipy.special import betaincinv

    low, high = (float(betaincinv(count + 0.5, n - count + 0.5, p)) for p in _CONFIDENCE)
    return (0.0 if count == 0 else low), (1.0 if count == n else high)


def share_of(what: str, service: str, label: str, count: int, n: int, ways: int = 0) -> Share:
    """Return a share with its interval, smoothed when it is one of several `ways`."""
    value = (count + 0.5) / (n + 0.5 * ways) if ways else count / max(n, 1)
    return Share(what, service, label, count, n, value, *jeffreys(count, n))


def _outcomes(log: Log, name: str, rows: Flags) -> list[Share]:
    n = int(np.count_nonzero(rows))
    counts = np.bincount(log.outcome[rows], minlength=len(OUTCOMES)).tolist()
    return [
        share_of("outcome", name, outcome, count, n)
        for outcome, count in zip(OUTCOMES, counts, strict=True)
        if count >= FEWEST
    ]


def _next_service(log: Log) -> Ints:
    """Return the service of the next leg of the same case; −1 where there is none."""
    order = np.lexsort((log.leg, log.case))
    out = np.full(len(log), -1, np.int64)
    same = log.case[order][1:] == log.case[order][:-1]
    out[order[:-1][same]] = log.service[order[1:][same]]
    return out


def _transfers(log: Log, name: str, rows: Flags, after: Ints) -> list[Share]:
    """Return the share of answered customers who are passed on, and where to."""
    base = rows & answered(log)
    moved = base & (log.outcome == TRANSFERRED)
    n, count = int(np.count_nonzero(base)), int(np.count_nonzero(moved))
    if count < FEWEST:
        return []
    out = [share_of("transfer", name, "*", count, n)]
    to = np.bincount(after[moved & (after >= 0)], minlength=len(log.services))
    if len(log.services) > 1 and to.sum():
        known = int(to.sum())
        ways = int(np.count_nonzero(to))
        out += [
            share_of("transfer", name, log.services[k], int(to[k]), known, ways)
            for k in np.argsort(-to, kind="stable").tolist()
            if to[k] >= FEWEST
        ]
    return out


def _no_shows(log: Log, name: str, rows: Flags) -> list[Share]:
    """Return the share of customers who were not there when called, by how they came."""
    if not np.any(log.outcome[rows] == NO_SHOW):
        return []
    out = []
    kinds = [-1] if not np.any(log.appointment[rows] == 1) else [-1, 0, 1]
    for kind in kinds:
        mine = rows if kind == -1 else rows & (log.appointment == kind)
        n, count = int(np.count_nonzero(mine)), int(np.count_nonzero(log.outcome[mine] == NO_SHOW))
        if n >= FEWEST and count >= FEWEST:
            out.append(share_of("no_show", name, _APPOINTMENT[kind], count, n))
    return out


def _drift(what: str, service: str, week: Ints, category: Ints) -> list[Drift]:
    """Test whether categories are as frequent in every week (Pearson's chi-square, Cramér 1946, §30.5)."""
    weeks, row = np.unique(week, return_inverse=True)
    kinds, column = np.unique(category, return_inverse=True)
    table = np.zeros((len(weeks), len(kinds)))
    np.add.at(table, (row, column), 1)
    table = table[table.sum(axis=1) >= LEAST_WEEK]
    if len(table) < 2:
        return []
    # Categories that are rare in a typical week are one together.
    rare = table.sum(axis=0) < FEWEST * len(table)
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)]) if rare.any() else table
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return []
    n = float(table.sum())
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    chi2 = float(((table - expected) ** 2 / expected).sum())
    least = min(table.shape) - 1
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    return [Drift(what, service, len(table), int(n), chi2, df, math.sqrt(chi2 / n / least))]


def _weeks(log: Log) -> tuple[Week, ...]:
    from calibration.clean import served

    wanted, took, done = offered(log), served(log), answered(log)
    week = (log.day + 3) // 7
    out = []
    for number in np.unique(week[wanted]).tolist():
        here = wanted & (week == number)
        n, days = int(np.count_nonzero(here)), len(np.unique(log.day[here]))
        if n < FEWEST:
            continue
        mine, met = took & (week == number), here & done
        out.append(
            Week(
                monday=7 * number - 3,
                days=days,
                offered_per_day=n / days,
                answered_share=float(np.count_nonzero(met)) / n,
                service_mean_s=_mean(log.service_s[mine]),
                wait_mean_s=_mean(log.wait_s[met]),
            )
        )
    return tuple(out)


def _mean(values: Ints | Floats) -> float | None:
    return float(values.mean()) if len(values) else None
