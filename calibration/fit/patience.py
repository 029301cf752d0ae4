"""How long customers are willing to wait, from a log of both those who left and those who were answered.

Who was answered after w seconds would have waited at least w: right-censored. Only calls that queued tell
anything. Menu hang-ups never waited, and phantoms are nobody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import ABANDONED, queued
from calibration.fit.laws import weibull_ml

if TYPE_CHECKING:
    from calibration.columns import Flags, Floats, Log

FEWEST = 20
"""Services of which fewer customers gave up use the fit of all services."""


@dataclass(frozen=True)
class PatienceFit:
    """Patience of the customers of one service (`*`: all).

    Attributes
    ----------
    shape, scale_s : float or None
        Weibull P(patience > t) = exp(−(t/scale)^shape); none when too few gave up.
    shape_se, scale_se_s : float or None
        Standard errors, from the curvature of the likelihood (delta method on the logarithms).
    pooled : bool
        True when shape and scale are those of all services.
    n, abandoned : int
        Customers who queued, and how many of them gave up.
    survival : dict[int, float]
        Kaplan–Meier share still willing to wait after so many seconds.
    """

    service: str
    shape: float | None
    scale_s: float | None
    shape_se: float | None
    scale_se_s: float | None
    pooled: bool
    n: int
    abandoned: int
    survival: dict[int, float | None]


def patience_fits(log: Log) -> tuple[PatienceFit, ...]:
    """Fit the patience of all customers together and of each service, most customers first."""
    rows = queued(log)
    whole = _fit("*", log, rows, None)
    if len(log.services) == 1 and log.services[0] == "*":
        return (whole,)
    counts = np.bincount(log.service[rows], minlength=len(log.services))
    fits = [
        _fit(log.services[s], log, rows & (log.service == s), whole)
        for s in np.argsort(-counts, kind="stable")
        if counts[s]
    ]
    return (*fits, whole)


def _fit(name: str, log: Log, rows: Flags, whole: PatienceFit | None) -> PatienceFit:
    t = log.wait_s[rows].astype(np.float64)
    gave_up = log.outcome[rows] == ABANDONED
    number = int(gave_up.sum())
    survival = {s: kaplan_meier(t, gave_up, s) for s in (60, 300)}
    if number < FEWEST:
        if whole is None:
            return PatienceFit(name, None, None, None, None, False, len(t), number, survival)
        borrowed = (whole.shape, whole.scale_s, whole.shape_se, whole.scale_se_s)
        return PatienceFit(name, *borrowed, True, len(t), number, survival)
    shape, scale = weibull_ml(t, gave_up)
    return PatienceFit(name, shape, scale, *_errors(t, gave_up, shape, scale), False, len(t), number, survival)


def kaplan_meier(t: Floats, ended: Flags, at_s: float) -> float | None:
    """Return the Kaplan–Meier share that lasts longer than `at_s` seconds; none beyond the last observation.

    Notes
    -----
    S(t) = Π over moments tᵢ ≤ t of (1 − dᵢ/nᵢ), dᵢ ended at tᵢ of the nᵢ still seen just before; who is
    censored at tᵢ is still seen (Kaplan & Meier 1958).
    """
    if len(t) == 0 or at_s > t.max():
        return None
    values, where = np.unique(t, return_inverse=True)
    deaths = np.bincount(where, ended.astype(float))
    seen = len(t) - np.concatenate([[0], np.cumsum(np.bincount(where))[:-1]])
    return float(np.prod((1 - deaths / seen)[values <= at_s]))


def _errors(t: Floats, ended: Flags, shape: float, scale: float) -> tuple[float | None, float | None]:
    """Return standard errors of shape and scale, from the observed information in their logarithms."""
    u = np.log(t / scale)
    z = np.exp(shape * u)
    ku = shape * u
    number = np.count_nonzero(ended)
    aa = ku[ended].sum() - (z * ku * ku).sum() - (z * ku).sum()
    ab = -shape * number + shape * z.sum() + shape * (z * ku).sum()
    bb = -(shape**2) * z.sum()
    determinant = aa * bb - ab * ab
    if not determinant > 0:
        return None, None
    return shape * math.sqrt(-bb / determinant), scale * math.sqrt(-aa / determinant)
