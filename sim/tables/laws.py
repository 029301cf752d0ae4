"""Laws as numbers: parameters as `sim.draw.value` wants them, quantile tables where there is no closed inverse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.model import LawValues
from sim.model.laws import Empirical
from sim.tables.types import (
    DETERMINISTIC,
    EXPONENTIAL,
    LAW,
    LOGIT_TABLE,
    LOGNORMAL,
    POINT,
    POINTS,
    UNIFORM,
    WEIBULL,
    Floats,
    Records,
)

if TYPE_CHECKING:
    from sim.model.laws import Law

_KINDS = {
    "exponential": EXPONENTIAL,
    "lognormal": LOGNORMAL,
    "gamma": LOGIT_TABLE,
    "weibull": WEIBULL,
    "deterministic": DETERMINISTIC,
    "uniform": UNIFORM,
    "empirical": POINTS,
}

LOGIT_REACH = 37.0
"""Quantile tables run over z = ln(u/(1−u)) from −37 to 37, beyond the smallest u that is drawn (2⁻⁵³)."""
LOGIT_NODES = 4097
_PARAMETERS = {
    "exponential": ("mean_s",),
    "lognormal": ("mean_s", "cv"),
    "gamma": ("mean_s", "cv"),
    "weibull": ("scale_s", "shape"),
    "deterministic": ("value_s",),
    "uniform": ("low_s", "high_s"),
}
"""Parameters of a law in the order of LawValues."""
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)
_STEADY = 1e-5
"""A gamma law with a smaller coefficient of variation is its mean."""


class LawTable:
    """Collects laws; equal laws get the same number."""

    def __init__(self) -> None:
        self._numbers: dict[LawValues, int] = {}
        self._points: list[tuple[float, float]] = [(0.0, 0.0)]

    def number(self, law: LawValues) -> int:
        """Return the number of `law`."""
        return self._numbers.setdefault(law, len(self._numbers))

    def curve(self, points: tuple[tuple[float, float], ...]) -> tuple[int, int]:
        """Take in the points of a curve, (x, y) with x rising; return where they begin and how many they are."""
        first = len(self._points)
        self._points.extend((y, x) for x, y in points)
        return first, len(points)

    def build(self) -> tuple[Records, Records]:
        """Return the laws collected so far (LAW) and the points of their tables and of curves (POINT)."""
        laws: list[tuple[float, float, int, int, int]] = []
        points = list(self._points)
        for law in self._numbers:
            first = len(points)
            kind, a, b = _KINDS[law.kind], law.a, law.b
            if law.kind == "lognormal":
                sigma2 = math.log1p(law.b**2)
                a, b = math.log(law.a) - sigma2 / 2, math.sqrt(sigma2)
            elif law.kind == "weibull":
                b = 1.0 / law.b
            elif law.kind == "gamma" and b < _STEADY:
                kind = DETERMINISTIC
            elif law.kind == "gamma":
                points.extend((value, 0.0) for value in _gamma_logs(law.a, law.b))
            elif law.kind == "empirical":
                points.extend((value, at) for at, value in law.points)
            laws.append((a, b, kind, first, len(points) - first))
        return np.array(laws, LAW), np.array(points, POINT)


def plain(law: Law) -> LawValues:
    """Return a law that stands outside of services, so that all its parameters are numbers."""
    numbers = {key: value for key, value in law.model_dump(exclude={"law"}).items() if value is not None}
    if isinstance(law, Empirical):
        n = len(law.quantiles_s)
        at = law.at or tuple(i / (n - 1) for i in range(n))
        return LawValues(law.law, points=tuple(zip(at, law.quantiles_s, strict=True)))
    a, b = (*(float(numbers[key]) for key in _PARAMETERS[law.law]), 0.0)[:2]
    return LawValues(law.law, a, b)


def spread(mean: float, cv: float, count: int, number: int) -> Floats:
    """Return `count` values of a lognormal law, its quantiles at equal steps, in an order that `number` picks.

    The order is that of the fractional parts of multiples of the square root of a prime, so several values of the same
    persons do not rise together.
    """
    from scipy.special import ndtri

    sigma2 = math.log1p(cv**2)
    values: Floats = np.exp(math.log(mean) - sigma2 / 2 + math.sqrt(sigma2) * ndtri((np.arange(count) + 0.5) / count))
    turns = np.arange(1, count + 1) * math.sqrt(_PRIMES[number % len(_PRIMES)]) % 1.0
    return values[np.argsort(np.argsort(turns))]


def _gamma_logs(mean: float, cv: float) -> Floats:
    """Return ln of the gamma quantiles at the nodes of z = ln(u/(1−u)); straight lines between are 1e-5 close."""
    from scipy.special import expit, gammainccinv, gammaincinv, gammaln

    shape, scale = 1.0 / cv**2, mean * cv**2
    z = np.linspace(-LOGIT_REACH, LOGIT_REACH, LOGIT_NODES)
    with np.errstate(divide="ignore", under="ignore"):
        lower = np.log(gammaincinv(shape, expit(np.minimum(z, 0.0))))
        upper = np.log(gammainccinv(shape, expit(-np.maximum(z, 0.0))))
        # For tiny quantiles P(X < x) = x^shape / Γ(shape + 1), DLMF 8.7.1 with its first term.
        tail = (np.log(expit(np.minimum(z, 0.0))) + gammaln(shape + 1.0)) / shape
    lower = np.where(np.isfinite(lower) & (lower > -600.0), lower, tail)
    logs: Floats = np.where(z < 0.0, lower, upper) + math.log(scale)
    return np.maximum.accumulate(logs)
