"""How long customers are willing to wait, from those who left and those who were answered.

Three ways to see patience, one likelihood. Who left at a known moment shows it; who was answered after w
seconds would have waited at least w (right-censored). A ticket machine sees a leaver only when his number is
called: then patience was below w, and how far nobody knows (current status). Reading that as the moment of
leaving gives an answer that is wrong by a factor. Menu hang-ups never waited, and phantoms are nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import ABANDONED, NO_SHOW, queued
from calibration.fit.laws import Weibull, errors, likeliest, weibull_ml

if TYPE_CHECKING:
    from collections.abc import Callable

    from calibration.columns import Flags, Floats, Log

FEWEST = 20
"""Services of which fewer customers gave up use the fit of all services."""
AT_S = (60, 300, 600)
"""Moments at which the share still willing to wait is told."""
SEEN = 10
"""The curve of Kaplan and Meier is used as long as at least so many are still seen."""
RIGHT_CENSORED, CURRENT_STATUS, MIXED = "weibull_right_censored", "weibull_current_status", "weibull_mixed"


@dataclass(frozen=True)
class Waits:
    """What was seen of the patience of some customers, as histograms over different waits.

    Attributes
    ----------
    t : array of float
        Different waits above 0, rising, in seconds.
    left, lasted, gone : arrays of float
        How many left after t; how many were answered, so would have waited longer; how many were gone when
        they were called after t.
    """

    t: Floats
    left: Floats
    lasted: Floats
    gone: Floats

    @property
    def n(self) -> int:
        """Number of customers."""
        return round(float(self.left.sum() + self.lasted.sum() + self.gone.sum()))

    @property
    def leavers(self) -> int:
        """Number of customers who gave up."""
        return round(float(self.left.sum() + self.gone.sum()))

    @property
    def estimator(self) -> str:
        """Name of the likelihood that is right for what was seen."""
        if self.gone.any():
            return MIXED if self.left.any() else CURRENT_STATUS
        return RIGHT_CENSORED

    def terms(self) -> Callable[[Floats], Floats]:
        """Return θ = (ln shape, ln scale) → log-likelihood of having left, lasted, gone at each t."""
        law, t = Weibull(), self.t

        def terms(theta: Floats) -> Floats:
            power = np.exp(np.exp(theta[0]) * (np.log(t) - theta[1]))
            gone = np.log(np.maximum(-np.expm1(-power), 1e-300))
            return np.concatenate([law.log_density(theta, t), -power, gone])

        return terms

    @property
    def weight(self) -> Floats:
        """The counts, in the order of `terms`."""
        return np.concatenate([self.left, self.lasted, self.gone])


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
    estimator : str
        `weibull_right_censored`, `weibull_current_status` or `weibull_mixed`.
    n, abandoned : int
        Customers who queued, and how many of them gave up.
    curve : str
        How `survival` was found: `kaplan_meier` or `isotonic`, neither of which assumes a law.
    survival : dict[int, float | None]
        Share still willing to wait after so many seconds; none beyond what was seen.
    q25_s : float or None
        Patience of the most impatient quarter; none when fewer were seen to give up.
    restricted_mean_s, horizon_s : float or None
        Mean of min(patience, horizon), up to the longest wait that enough customers were seen at.
    exponential_mean_s : float or None
        Total wait over leavers: mean patience if it were exponential (right-censored logs only).
    points : tuple
        The curve itself: seconds, share still willing to wait, and its 95 % bounds (`fit.draws`).
    """

    service: str
    shape: float | None
    scale_s: float | None
    shape_se: float | None
    scale_se_s: float | None
    pooled: bool
    estimator: str
    n: int
    abandoned: int
    curve: str
    survival: dict[int, float | None]
    q25_s: float | None = None
    restricted_mean_s: float | None = None
    horizon_s: float | None = None
    exponential_mean_s: float | None = None
    points: tuple[tuple[float, float, float, float], ...] = ()


def patience_fits(log: Log) -> tuple[PatienceFit, ...]:
    """Fit the patience of all customers together and of each service, most customers first."""
    rows = queued(log)
    whole = _fit("*", waits(log, rows), None)
    if len(log.services) == 1 and log.services[0] == "*":
        return (whole,)
    counts = np.bincount(log.service[rows], minlength=len(log.services))
    fits = [
        _fit(log.services[s], waits(log, rows & (log.service == s)), whole)
        for s in np.argsort(-counts, kind="stable")
        if counts[s]
    ]
    return (*fits, whole)


def waits(log: Log, rows: Flags) -> Waits:
    """Return what some rows show of patience."""
    t, where = np.unique(log.wait_s[rows], return_inverse=True)
    outcome = log.outcome[rows]
    left, gone = outcome == ABANDONED, outcome == NO_SHOW
    kinds = (left, ~left & ~gone, gone)
    return Waits(
        t.astype(np.float64), *(np.bincount(where[kind], minlength=len(t)).astype(np.float64) for kind in kinds)
    )


def _fit(name: str, seen: Waits, whole: PatienceFit | None) -> PatienceFit:
    at, share = curve(seen)
    upto = horizon(seen)
    survival = {s: _at(at, share, s, upto) for s in AT_S}
    quarter = np.flatnonzero((share <= 0.75) & (at <= upto)) if len(at) else np.zeros(0, int)
    exponential = seen.estimator == RIGHT_CENSORED and seen.left.any()
    fit = PatienceFit(
        name,
        shape=None,
        scale_s=None,
        shape_se=None,
        scale_se_s=None,
        pooled=False,
        estimator=seen.estimator,
        n=seen.n,
        abandoned=seen.leavers,
        curve="isotonic" if seen.gone.any() else "kaplan_meier",
        survival=survival,
        q25_s=float(at[quarter[0]]) if len(quarter) else None,
        restricted_mean_s=_area(at, share, upto) if upto > 0 else None,
        horizon_s=upto if upto > 0 else None,
        exponential_mean_s=float(seen.t @ (seen.left + seen.lasted) / seen.left.sum()) if exponential else None,
    )
    if seen.leavers < FEWEST:
        if whole is None:
            return fit
        return replace(
            fit,
            shape=whole.shape,
            scale_s=whole.scale_s,
            shape_se=whole.shape_se,
            scale_se_s=whole.scale_se_s,
            pooled=True,
        )
    theta = weibull_theta(seen)
    spread = errors(seen.terms(), theta, seen.weight)
    shape, scale = np.exp(theta).tolist()
    return replace(
        fit,
        shape=shape,
        scale_s=scale,
        shape_se=None if spread is None else shape * float(spread[0]),
        scale_se_s=None if spread is None else scale * float(spread[1]),
    )


def weibull_theta(seen: Waits) -> Floats:
    """Return (ln shape, ln scale) of the most likely Weibull.

    Notes
    -----
    log L = Σ left · ln f(t) + Σ lasted · ln S(t) + Σ gone · ln (1 − S(t)); the last sum is the current-status
    likelihood (Jewell & van der Laan 2004, Current status data, §2).
    """
    if not seen.gone.any():
        return np.log(weibull_ml(seen.t, seen.left, seen.lasted))
    share = seen.leavers / seen.n
    # The exponential whose share of leavers at the mean wait is the log's.
    mean = float(seen.t @ (seen.left + seen.lasted + seen.gone)) / seen.n / -np.log1p(-min(share, 0.99))
    return likeliest(seen.terms(), seen.weight, np.array([0.0, np.log(mean)]))


def curve(seen: Waits) -> tuple[Floats, Floats]:
    """Return moments and the share that lasts longer than each, without assuming a law.

    Kaplan–Meier where leavers were seen leaving; isotonic regression of being gone on the wait where they were
    missed when called (the nonparametric maximum likelihood of current-status data, Ayer et al. 1955).
    """
    if len(seen.t) == 0:
        return seen.t, seen.t
    if not seen.gone.any():
        return seen.t, kaplan_meier(seen.left, seen.lasted)
    from scipy.optimize import isotonic_regression

    number: Floats = seen.left + seen.lasted + seen.gone
    out = isotonic_regression((seen.left + seen.gone) / number, weights=number).x
    return seen.t, 1 - np.asarray(out, np.float64)


def kaplan_meier(ended: Floats, lasted: Floats) -> Floats:
    """Return the Kaplan–Meier share that lasts longer than each of the rising moments; last axis = moments.

    Notes
    -----
    S(t) = Π over moments tᵢ ≤ t of (1 − dᵢ/nᵢ), dᵢ ended at tᵢ of the nᵢ still seen just before; who is
    censored at tᵢ is still seen (Kaplan & Meier 1958).
    """
    total = ended + lasted
    seen = np.cumsum(total[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(np.cumprod(1 - ended / np.maximum(seen, 1e-300), axis=-1), np.float64)


def horizon(seen: Waits) -> float:
    """Return the longest wait at which at least `SEEN` customers were still seen; 0 if there is none."""
    total = seen.left + seen.lasted + seen.gone
    enough = np.flatnonzero(np.cumsum(total[::-1])[::-1] >= SEEN)
    return float(seen.t[enough[-1]]) if len(enough) else 0.0


def _at(at: Floats, share: Floats, moment: float, upto: float) -> float | None:
    if moment > upto:
        return None
    place = int(np.searchsorted(at, moment, side="right")) - 1
    return float(share[place]) if place >= 0 else 1.0


def _area(at: Floats, share: Floats, upto: float) -> float:
    """Return ∫ S from 0 to `upto` of a curve of steps."""
    inside = at < upto
    edges = np.concatenate([[0.0], at[inside], [upto]])
    steps = np.concatenate([[1.0], share[inside]])
    return float(np.diff(edges) @ steps)
