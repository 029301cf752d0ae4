"""Laws of durations fitted by maximum likelihood, location 0, and how well they fit.

Every law is a small function from a sample to a `Fitted`; `LAWS` is the list that is tried. Parameters are
those of the laws of a scenario: mean and coefficient of variation, shape and scale, in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calibration.columns import Floats

QUANTILES: Floats = np.concatenate([np.arange(0, 99) / 100, [0.99, 0.995, 0.999, 1.0]])
"""Probabilities at which an empirical table keeps a quantile."""


@dataclass(frozen=True)
class Sample:
    """A sample of durations above 0 s, sorted."""

    x: Floats

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return float(self.x.mean())

    @property
    def sd(self) -> float:
        """Standard deviation in seconds, divisor n − 1."""
        return float(self.x.std(ddof=1)) if len(self.x) > 1 else 0.0

    def quantile(self, p: float) -> float:
        """Return the sample quantile in seconds."""
        return float(np.quantile(self.x, p))


@dataclass(frozen=True)
class Fitted:
    """A law with the parameters that fit a sample best.

    Attributes
    ----------
    law : str
        Name of the law in a scenario.
    parameters : Mapping[str, Any]
        Its parameters in a scenario.
    mean_s, sd_s, p95_s : float
        Of the law, in seconds.
    ks : float
        Largest distance between the law and the sample.
    aic : float or None
        2 · parameters − 2 · log-likelihood; none for an empirical table.
    """

    law: str
    parameters: Mapping[str, Any]
    mean_s: float
    sd_s: float
    p95_s: float
    ks: float
    aic: float | None


def lognormal(sample: Sample) -> Fitted:
    """Fit a lognormal: mean and standard deviation of the logarithms."""
    from scipy.special import ndtr

    logs = np.log(sample.x)
    mu, sigma = float(logs.mean()), max(float(logs.std()), 1e-9)
    mean = math.exp(mu + sigma**2 / 2)
    cv = math.sqrt(math.expm1(sigma**2))
    likelihood = -float(logs.sum()) - len(logs) * (math.log(sigma * math.sqrt(2 * math.pi)) + 0.5)
    return Fitted(
        "lognormal",
        {"mean_s": mean, "cv": cv},
        mean,
        mean * cv,
        math.exp(mu + 1.6448536269514722 * sigma),
        _distance(ndtr((logs - mu) / sigma)),
        4 - 2 * likelihood,
    )


def gamma(sample: Sample) -> Fitted:
    """Fit a gamma: Newton's method on ln k − ψ(k) = ln(mean) − mean(ln x) (Minka 2002)."""
    from scipy.special import gammainc, gammaincinv, gammaln, polygamma, psi

    mean, logs = sample.mean, float(np.log(sample.x).mean())
    s = max(math.log(mean) - logs, 1e-12)
    k = (3 - s + math.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    for _ in range(50):
        step = (math.log(k) - float(psi(k)) - s) / (1 / k - float(polygamma(1, k)))
        k = max(k - step, k / 10)
        if abs(step) < 1e-12 * k:
            break
    scale = mean / k
    likelihood = len(sample.x) * ((k - 1) * logs - k - k * math.log(scale) - float(gammaln(k)))
    return Fitted(
        "gamma",
        {"mean_s": mean, "cv": 1 / math.sqrt(k)},
        mean,
        mean / math.sqrt(k),
        float(gammaincinv(k, 0.95)) * scale,
        _distance(np.asarray(gammainc(k, sample.x / scale), np.float64)),
        4 - 2 * likelihood,
    )


def weibull(sample: Sample) -> Fitted:
    """Fit a Weibull: one equation in its shape, then its scale."""
    from scipy.special import gamma as complete

    shape, scale = weibull_ml(sample.x, np.ones(len(sample.x), bool))
    z = (sample.x / scale) ** shape
    logs = np.log(sample.x / scale)
    likelihood = float(((shape - 1) * logs - z).sum()) + len(z) * math.log(shape / scale)
    first, second = float(complete(1 + 1 / shape)), float(complete(1 + 2 / shape))
    return Fitted(
        "weibull",
        {"shape": shape, "scale_s": scale},
        scale * first,
        scale * math.sqrt(max(second - first**2, 0.0)),
        scale * (-math.log(0.05)) ** (1 / shape),
        _distance(-np.expm1(-z)),
        4 - 2 * likelihood,
    )


def exponential(sample: Sample) -> Fitted:
    """Fit an exponential: the sample mean."""
    mean = sample.mean
    return Fitted(
        "exponential",
        {"mean_s": mean},
        mean,
        mean,
        -math.log(0.05) * mean,
        _distance(-np.expm1(-sample.x / mean)),
        2 + 2 * len(sample.x) * (math.log(mean) + 1),
    )


LAWS: tuple[Callable[[Sample], Fitted], ...] = (lognormal, gamma, weibull, exponential)


def empirical(sample: Sample) -> Fitted:
    """Return a quantile table, straight lines between, whose mean and standard deviation are the sample's.

    The sample quantiles q are bent a little, to q·(1 + α) + β·q²/max(q), with α and β such that both moments
    agree.
    """
    at = QUANTILES
    q = np.quantile(sample.x, at)
    mean, square = sample.mean, sample.sd**2 + sample.mean**2
    top = q[-1]
    bend = np.zeros(2)
    for _ in range(50):
        value, slope = _moments(q, bend, at, top)
        off = value - np.array([mean, square])
        if np.all(np.abs(off) < 1e-10 * np.array([mean, square])):
            break
        if abs(np.linalg.det(slope)) < 1e-12 * abs(slope).max() ** 2:
            break
        bend = bend - np.linalg.solve(slope, off)
    bent = np.maximum.accumulate(np.maximum(q * (1 + bend[0]) + bend[1] * q**2 / top, 0.0))
    values: Floats = np.round(bent, 4).astype(np.float64)
    (m1, m2), _ = _moments(values, np.zeros(2), at, top)
    return Fitted(
        "empirical",
        {"at": [float(p) for p in at], "quantiles_s": [float(v) for v in values]},
        float(m1),
        math.sqrt(max(float(m2 - m1**2), 0.0)),
        float(np.interp(0.95, at, values)),
        _distance(np.interp(sample.x, values, at)),
        None,
    )


def _moments(q: Floats, bend: Floats, at: Floats, top: float) -> tuple[Floats, Floats]:
    """Return mean and mean square of the bent table, and their slopes in α and β."""
    width = np.diff(at)
    basis = np.stack([q, q**2 / top])
    v = q + bend @ basis
    a, b = v[:-1], v[1:]
    value = np.array([(width * (a + b)).sum() / 2, (width * (a * a + a * b + b * b)).sum() / 3])
    low, high = basis[:, :-1], basis[:, 1:]
    slope = np.stack(
        [
            (width * (low + high)).sum(axis=1) / 2,
            (width * (2 * a * low + b * low + a * high + 2 * b * high)).sum(axis=1) / 3,
        ]
    )
    return value, slope


def weibull_ml(t: Floats, ended: Floats | Any) -> tuple[float, float]:
    """Return shape and scale of the Weibull that makes a right-censored sample most likely.

    Parameters
    ----------
    t : array of float
        Durations above 0, in seconds.
    ended : array of bool
        True where the duration was seen to end, false where it was only seen to last that long.

    Notes
    -----
    Shape k solves Σ tᵏ ln t / Σ tᵏ − 1/k = mean of ln t over those that ended; scale = (Σ tᵏ / ended)^(1/k)
    (Kalbfleisch & Prentice 2002, §3.6; the left side rises in k, so bisection finds it).
    """
    values, where = np.unique(t, return_inverse=True)
    weight = np.bincount(where).astype(float)
    logs = np.log(values)
    logs = logs - logs[-1]
    target = float((np.log(t[ended]) - math.log(values[-1])).mean())

    def excess(k: float) -> float:
        powers = weight * np.exp(k * logs)
        return float((powers * logs).sum() / powers.sum()) - 1 / k - target

    low, high = 1e-3, 1.0
    while excess(high) < 0 and high < 1e3:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    shape = (low + high) / 2
    mean_power = float((weight * np.exp(shape * logs)).sum()) / np.count_nonzero(ended)
    return shape, float(values[-1]) * mean_power ** (1 / shape)


def _distance(cdf: Floats) -> float:
    """Return the Kolmogorov–Smirnov distance; `cdf` is the law at the sorted sample."""
    n = len(cdf)
    return float(max((np.arange(1, n + 1) / n - cdf).max(), (cdf - np.arange(n) / n).max()))
