"""A smooth rate of arrival over the day: Poisson counts of five minutes under a penalised spline.

P-splines (Eilers & Marx 1996, Statistical Science 11:89–121): cubic B-splines with a knot every half-hour on ln λ, a
penalty on second differences of their weights, and the strength of the penalty that has the least AIC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from calibration.columns import Floats, Ints

BIN_S = 300
KNOT_S = 1800
STRENGTHS = tuple(float(10.0**k) for k in np.arange(-1, 5.5, 0.5))


def smooth_rates(second: Ints | Floats, length_s: int, days: int, interval_s: int) -> Floats:
    """Return the rate per hour in each step of `interval_s`, from a smooth curve.

    Parameters
    ----------
    second : array
        Arrivals of all days, in seconds after opening, from 0 up to `length_s`.
    length_s : int
        Opening time; a multiple of `interval_s`, which is a multiple of `BIN_S`.
    days : int
        Number of days.

    Notes
    -----
    The link is the canonical one and the penalty leaves constants free, so the curve has as many arrivals as
    the log.
    """
    bins = length_s // BIN_S
    counts = np.bincount(np.asarray(second, np.int64) // BIN_S, minlength=bins)[:bins].astype(float)
    basis = splines((np.arange(bins, dtype=np.float64) + 0.5) * BIN_S, length_s)
    bend = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    penalty = bend.T @ bend
    best = min((_fit(counts, basis, strength * penalty) for strength in STRENGTHS), key=lambda one: one[0])[1]
    steps = best.reshape(-1, interval_s // BIN_S).sum(axis=1)
    out: Floats = steps / days / (interval_s / 3600)
    return out


def splines(at: Floats, length_s: float) -> Floats:
    """Return cubic B-splines with equal knots over 0 … `length_s` at the points `at` (points, splines)."""
    pieces = max(round(length_s / KNOT_S), 1)
    x = at[:, None] / length_s * pieces - np.arange(-3, pieces)[None, :]

    def cube(t: Floats) -> Floats:
        out: Floats = np.maximum(t, 0.0) ** 3
        return out

    # The cubic B-spline on knots 0 … 4, as differences of truncated powers.
    out: Floats = (cube(x) - 4 * cube(x - 1) + 6 * cube(x - 2) - 4 * cube(x - 3) + cube(x - 4)) / 6
    return np.maximum(out, 0.0)


def _fit(counts: Floats, basis: Floats, penalty: Floats) -> tuple[float, Floats]:
    """Return AIC and expected counts of the penalised Poisson regression (iterated weighted least squares)."""
    weights = np.full(basis.shape[1], np.log(max(counts.mean(), 1e-6)))
    ridge = 1e-9 * np.eye(len(weights))
    for _ in range(100):
        linear = basis @ weights
        mean = np.exp(np.clip(linear, -30, 30))
        left = basis.T @ (mean[:, None] * basis)
        new = np.linalg.solve(left + penalty + ridge, basis.T @ (counts - mean + mean * linear))
        change = float(np.abs(new - weights).max())
        weights = weights + np.clip(new - weights, -3, 3)
        if change < 1e-9:
            break
    mean = np.exp(np.clip(basis @ weights, -30, 30))
    left = basis.T @ (mean[:, None] * basis)
    free = float(np.trace(np.linalg.solve(left + penalty + ridge, left)))
    seen = counts > 0
    deviance = 2 * float((counts[seen] * np.log(counts[seen] / mean[seen])).sum() - counts.sum() + mean.sum())
    return deviance + 2 * free, mean
