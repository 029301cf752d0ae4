"""Laws of durations fitted by maximum likelihood, location 0, and how well they fit.

A sample is a histogram: different seconds and how often each was seen. So half a million services are a few
thousand numbers, and a bootstrap is a change of weights. Each law is a small class of plain functions of its
parameters θ, which are logarithms (a logit for a share), so that any θ is allowed. Published parameters are
those of the laws of a scenario: mean and coefficient of variation, shape and scale, in seconds.
"""

# ruff: noqa: D102 — what the methods of a law do stands in the protocol `Law`.

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calibration.columns import Flags, Floats

QUANTILES: Floats = np.concatenate([np.arange(0, 99) / 100, [0.99, 0.995, 0.999, 1.0]])
"""Probabilities at which an empirical table keeps a quantile."""
_STEP = 1e-5
TOP = 0.9999
"""A law without end is cut here where it is published as a table; the bend then restores its moments."""


@dataclass(frozen=True)
class Sample:
    """A sample of durations above 0 s as a histogram.

    Attributes
    ----------
    x : array of float
        Different durations, rising, in seconds.
    weight : array of float
        How often each was seen.
    """

    x: Floats
    weight: Floats

    @classmethod
    def of(cls, durations: Floats | Any) -> Sample:
        """Return the sample of plain durations, in any order."""
        x, count = np.unique(np.asarray(durations, np.float64), return_counts=True)
        return cls(x, count.astype(np.float64))

    @property
    def n(self) -> float:
        """Number of durations."""
        return float(self.weight.sum())

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return float(self.weight @ self.x) / self.n

    @property
    def sd(self) -> float:
        """Standard deviation in seconds, divisor n − 1."""
        if self.n <= 1:
            return 0.0
        return math.sqrt(max(float(self.weight @ (self.x - self.mean) ** 2) / (self.n - 1), 0.0))

    def quantile(self, p: float) -> float:
        """Return the sample quantile in seconds, as `numpy.quantile` does."""
        return float(self.quantiles(np.array([p]))[0])

    def quantiles(self, p: Floats) -> Floats:
        """Return sample quantiles in seconds: straight lines between the sorted durations."""
        rank = np.asarray(p) * (self.n - 1)
        upto = np.cumsum(self.weight)
        low, high = np.floor(rank + 1e-9), np.ceil(rank - 1e-9)
        last = len(self.x) - 1
        a = self.x[np.minimum(np.searchsorted(upto, low, side="right"), last)]
        b = self.x[np.minimum(np.searchsorted(upto, high, side="right"), last)]
        out: Floats = a + (b - a) * np.clip(rank - low, 0.0, 1.0)
        return out

    def log_moments(self) -> tuple[float, float]:
        """Return mean and standard deviation (divisor n − 1) of ln(seconds)."""
        logs, n = np.log(self.x), self.n
        mean = float(self.weight @ logs) / n
        return mean, math.sqrt(float(self.weight @ (logs - mean) ** 2) / (n - 1)) if n > 1 else 0.0

    def only(self, keep: Flags) -> Sample:
        """Return the part of the sample where `keep`, a mask over `x`, is true."""
        return Sample(self.x[keep], self.weight[keep])


class Law(Protocol):
    """A family of laws: functions of θ, each with one value a duration."""

    name: str
    engine: bool
    """Whether the engines have this law: if not, a scenario holds its quantile table."""

    def fit(self, sample: Sample) -> Floats:
        """Return the θ of greatest likelihood."""
        ...

    def log_density(self, theta: Floats, x: Floats) -> Floats: ...
    def cdf(self, theta: Floats, x: Floats) -> Floats: ...
    def quantile(self, theta: Floats, p: Floats) -> Floats: ...

    def moments(self, theta: Floats) -> tuple[float, float]:
        """Return mean and standard deviation; `inf` where there is none."""
        ...

    def named(self, theta: Floats) -> dict[str, float]:
        """Return the parameters by name, those of a scenario where the engines have the law."""
        ...


class Exponential:
    """Exponential; θ = (ln mean)."""

    name, engine = "exponential", True

    def fit(self, sample: Sample) -> Floats:
        return np.array([math.log(sample.mean)])

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        out: Floats = -theta[0] - x * math.exp(-theta[0])
        return out

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        out: Floats = -np.expm1(-x * math.exp(-theta[0]))
        return out

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        out: Floats = -np.log1p(-p) * math.exp(theta[0])
        return out

    def moments(self, theta: Floats) -> tuple[float, float]:
        return (math.exp(theta[0]),) * 2

    def named(self, theta: Floats) -> dict[str, float]:
        return {"mean_s": math.exp(theta[0])}


class Lognormal:
    """Lognormal; θ = (μ, ln σ)."""

    name, engine = "lognormal", True

    def fit(self, sample: Sample) -> Floats:
        mean, sd = sample.log_moments()
        return np.array([mean, math.log(max(sd * math.sqrt(1 - 1 / sample.n), 1e-9))])

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        logs = np.log(x)
        z = (logs - theta[0]) * math.exp(-theta[1])
        out: Floats = -logs - theta[1] - 0.5 * math.log(2 * math.pi) - 0.5 * z * z
        return out

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        from scipy.special import ndtr

        out: Floats = ndtr((np.log(x) - theta[0]) * math.exp(-theta[1]))
        return out

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        from scipy.special import ndtri

        out: Floats = np.exp(theta[0] + math.exp(theta[1]) * ndtri(p))
        return out

    def moments(self, theta: Floats) -> tuple[float, float]:
        named = self.named(theta)
        return named["mean_s"], named["mean_s"] * named["cv"]

    def named(self, theta: Floats) -> dict[str, float]:
        variance = math.exp(2 * theta[1])
        return {"mean_s": _exp(theta[0] + variance / 2), "cv": math.sqrt(_expm1(variance))}


class Gamma:
    """Gamma; θ = (ln shape, ln scale). Newton's method on ln k − ψ(k) = ln(mean) − mean(ln x) (Minka 2002)."""

    name, engine = "gamma", True

    def fit(self, sample: Sample) -> Floats:
        from scipy.special import polygamma, psi

        mean = sample.mean
        s = max(math.log(mean) - sample.log_moments()[0], 1e-12)
        k = (3 - s + math.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
        for _ in range(50):
            step = (math.log(k) - float(psi(k)) - s) / (1 / k - float(polygamma(1, k)))
            k = max(k - step, k / 10)
            if abs(step) < 1e-12 * k:
                break
        return np.array([math.log(k), math.log(mean / k)])

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        from scipy.special import gammaln

        k, scale = np.exp(theta)
        out: Floats = (k - 1) * np.log(x) - x / scale - k * theta[1] - float(gammaln(k))
        return out

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        from scipy.special import gammainc

        k, scale = np.exp(theta)
        return np.asarray(gammainc(k, x / scale), np.float64)

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        from scipy.special import gammaincinv

        k, scale = np.exp(theta)
        out: Floats = np.asarray(gammaincinv(k, p), np.float64) * scale
        return out

    def moments(self, theta: Floats) -> tuple[float, float]:
        k, scale = np.exp(theta)
        return float(k * scale), float(math.sqrt(k) * scale)

    def named(self, theta: Floats) -> dict[str, float]:
        return {"mean_s": math.exp(theta[0] + theta[1]), "cv": math.exp(-theta[0] / 2)}


class Weibull:
    """Weibull, P(X > x) = exp(−(x/scale)^shape); θ = (ln shape, ln scale)."""

    name, engine = "weibull", True

    def fit(self, sample: Sample) -> Floats:
        return np.log(weibull_ml(sample.x, sample.weight, np.zeros_like(sample.weight)))

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        logs = np.log(x) - theta[1]
        k = math.exp(theta[0])
        out: Floats = theta[0] - theta[1] + (k - 1) * logs - np.exp(k * logs)
        return out

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        out: Floats = -np.expm1(-np.exp(math.exp(theta[0]) * (np.log(x) - theta[1])))
        return out

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        out: Floats = math.exp(theta[1]) * (-np.log1p(-p)) ** math.exp(-theta[0])
        return out

    def moments(self, theta: Floats) -> tuple[float, float]:
        from scipy.special import gamma as complete

        k, scale = np.exp(theta)
        first, second = float(complete(1 + 1 / k)), float(complete(1 + 2 / k))
        return float(scale * first), float(scale * math.sqrt(max(second - first**2, 0.0)))

    def named(self, theta: Floats) -> dict[str, float]:
        return {"shape": math.exp(theta[0]), "scale_s": math.exp(theta[1])}


class Loglogistic:
    """Log-logistic, P(X > x) = 1 / (1 + (x/scale)^shape); θ = (ln shape, ln scale)."""

    name, engine = "loglogistic", False

    def fit(self, sample: Sample) -> Floats:
        mean, sd = sample.log_moments()
        # The logarithm is logistic with mean ln(scale) and standard deviation π / (√3 shape).
        return climbed(self, sample, np.array([math.log(math.pi / math.sqrt(3) / max(sd, 1e-6)), mean]))

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        z = math.exp(theta[0]) * (np.log(x) - theta[1])
        out: Floats = theta[0] - np.log(x) + z - 2 * np.logaddexp(0.0, z)
        return out

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        out: Floats = np.exp(-np.logaddexp(0.0, -math.exp(theta[0]) * (np.log(x) - theta[1])))
        return out

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        out: Floats = math.exp(theta[1]) * (p / (1 - p)) ** math.exp(-theta[0])
        return out

    def moments(self, theta: Floats) -> tuple[float, float]:
        k, scale = math.exp(theta[0]), math.exp(theta[1])
        if k <= 1:
            return math.inf, math.inf
        b = math.pi / k
        first = b / math.sin(b)
        return scale * first, scale * math.sqrt(2 * b / math.sin(2 * b) - first**2) if k > 2 else math.inf

    def named(self, theta: Floats) -> dict[str, float]:
        return {"shape": math.exp(theta[0]), "scale_s": math.exp(theta[1])}


class Burr:
    """Burr XII, P(X > x) = (1 + (x/scale)^c)^−k; θ = (ln c, ln k, ln scale)."""

    name, engine = "burr12", False

    def fit(self, sample: Sample) -> Floats:
        shape, scale = Loglogistic().fit(sample)
        return climbed(self, sample, np.array([shape, 0.0, scale]))

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        c, k = math.exp(theta[0]), math.exp(theta[1])
        z = c * (np.log(x) - theta[2])
        out: Floats = theta[0] + theta[1] - np.log(x) + z - (k + 1) * np.logaddexp(0.0, z)
        return out

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        z = math.exp(theta[0]) * (np.log(x) - theta[2])
        out: Floats = -np.expm1(-math.exp(theta[1]) * np.logaddexp(0.0, z))
        return out

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        inner = np.expm1(-np.log1p(-p) * math.exp(-theta[1]))
        out: Floats = math.exp(theta[2]) * inner ** math.exp(-theta[0])
        return out

    def moments(self, theta: Floats) -> tuple[float, float]:
        from scipy.special import betaln

        c, k, scale = np.exp(theta)

        def raw(r: int) -> float:
            return k * math.exp(float(betaln(k - r / c, 1 + r / c))) if c * k > r else math.inf

        first, second = raw(1), raw(2)
        if not math.isfinite(second):
            return float(scale * first), math.inf
        return float(scale * first), float(scale * math.sqrt(max(second - first**2, 0.0)))

    def named(self, theta: Floats) -> dict[str, float]:
        return {"c": math.exp(theta[0]), "k": math.exp(theta[1]), "scale_s": math.exp(theta[2])}


class Hyperexponential:
    """Two exponentials, mixed; θ = (logit of the share of the first, ln mean 1, ln mean 2)."""

    name, engine = "hyperexponential", False

    def fit(self, sample: Sample) -> Floats:
        mean = math.log(sample.mean)
        starts = (np.array([0.0, mean - 0.7, mean + 0.5]), np.array([-2.0, mean - 2.5, mean + 0.1]))
        fits = [climbed(self, sample, start) for start in starts]
        best = max(fits, key=lambda theta: float(sample.weight @ self.log_density(theta, sample.x)))
        return best if best[1] <= best[2] else np.array([-best[0], best[2], best[1]])

    def log_density(self, theta: Floats, x: Floats) -> Floats:
        first = -np.logaddexp(0.0, -theta[0]) - theta[1] - x * _exp(-theta[1])
        second = -np.logaddexp(0.0, theta[0]) - theta[2] - x * _exp(-theta[2])
        out: Floats = np.logaddexp(first, second)
        return out

    def _share(self, theta: Floats) -> float:
        return float(np.exp(-np.logaddexp(0.0, -theta[0])))

    def cdf(self, theta: Floats, x: Floats) -> Floats:
        share = self._share(theta)
        out: Floats = -share * np.expm1(-x * _exp(-theta[1])) - (1 - share) * np.expm1(-x * _exp(-theta[2]))
        return out

    def quantile(self, theta: Floats, p: Floats) -> Floats:
        top = -math.log1p(-min(float(np.max(p)), 1 - 1e-12)) * _exp(float(max(theta[1:])))
        return inverted(lambda x: self.cdf(theta, x), np.asarray(p, np.float64), top)

    def moments(self, theta: Floats) -> tuple[float, float]:
        share, first, second = self._share(theta), _exp(theta[1]), _exp(theta[2])
        mean = share * first + (1 - share) * second
        return mean, math.sqrt(max(2 * (share * first**2 + (1 - share) * second**2) - mean**2, 0.0))

    def named(self, theta: Floats) -> dict[str, float]:
        return {"share": self._share(theta), "mean_1_s": _exp(theta[1]), "mean_2_s": _exp(theta[2])}


LAWS: tuple[Law, ...] = (
    Lognormal(),
    Gamma(),
    Weibull(),
    Exponential(),
    Loglogistic(),
    Burr(),
    Hyperexponential(),
)


def climbed(law: Law, sample: Sample, start: Floats) -> Floats:
    """Return the θ of greatest likelihood near `start`."""
    return likeliest(lambda theta: law.log_density(theta, sample.x), sample.weight, start)


def likeliest(terms: Callable[[Floats], Floats], weight: Floats, start: Floats) -> Floats:
    """Return the θ near `start` that makes weight · terms(θ) greatest (BFGS with central differences).

    Parameters
    ----------
    terms : function
        θ → log-likelihood of each kind of observation.
    weight : array of float
        How often each kind was seen.
    """
    from scipy.optimize import minimize

    share = weight / weight.sum()
    reach = np.abs(start) + 25.0

    def loss(theta: Floats) -> float:
        if np.any(np.abs(theta) > reach):
            return 1e10
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value = -float(share @ terms(theta))
        return value if math.isfinite(value) else 1e10

    def slope(theta: Floats) -> Floats:
        return np.array([(loss(theta + d) - loss(theta - d)) / (2 * _STEP) for d in _STEP * np.eye(len(theta))])

    found = minimize(loss, start, jac=slope, method="BFGS", options={"gtol": 1e-7})
    best: Floats = np.asarray(found.x, np.float64)
    return best if loss(best) <= loss(start) else start


def curvature(terms: Callable[[Floats], Floats], theta: Floats) -> tuple[Floats, Floats]:
    """Return slopes (p, kinds) and second differences (p, p, kinds) of the terms of a log-likelihood at θ."""
    p, step = len(theta), 10 * _STEP
    unit = step * np.eye(p)
    middle = terms(theta)
    ahead = [terms(theta + d) for d in unit]
    behind = [terms(theta - d) for d in unit]
    first = np.stack([(a - b) / (2 * step) for a, b in zip(ahead, behind, strict=True)])
    second = np.empty((p, p, len(middle)))
    for i in range(p):
        second[i, i] = (ahead[i] - 2 * middle + behind[i]) / step**2
        for j in range(i):
            corners = [terms(theta + a * unit[i] + b * unit[j]) for a in (1, -1) for b in (1, -1)]
            second[i, j] = second[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    return first, second


def refitted(terms: Callable[[Floats], Floats], theta: Floats, weights: Floats) -> Floats:
    """Return the θ of greatest likelihood under other weights (draws, kinds), by one Newton step from θ.

    Notes
    -----
    θ* = θ − H⁻¹ g with slope g and curvature H of the reweighted log-likelihood at θ: as good as a full refit
    to the order of the bootstrap itself (Andrews 2002, Econometrica 70:119–162, §3). A step is at most 3, and
    where a draw has no maximum near θ the curvature of all draws together is used.
    """
    first, second = curvature(terms, theta)
    slopes = weights @ first.T
    bends = np.einsum("bk,ijk->bij", weights, second)
    common = bends.mean(axis=0)
    sound = np.all(np.linalg.eigvalsh(-bends) > 1e-9 * np.abs(bends).max(axis=(1, 2))[:, None], axis=1)
    bends[~sound] = common
    try:
        steps = np.linalg.solve(bends, slopes[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        steps = np.zeros_like(slopes)
    out: Floats = theta - np.clip(steps, -3.0, 3.0)
    return out


def errors(terms: Callable[[Floats], Floats], theta: Floats, weight: Floats) -> Floats | None:
    """Return standard errors of θ from the observed information; none where the likelihood has no maximum."""
    _, second = curvature(terms, theta)
    information = -np.einsum("k,ijk->ij", weight, second)
    if not np.all(np.isfinite(information)) or np.linalg.eigvalsh(information)[0] <= 0:
        return None
    out: Floats = np.sqrt(np.diag(np.linalg.inv(information)))
    return out


def inverted(cdf: Any, p: Floats, top: float) -> Floats:
    """Return the x at which a rising function of x ≥ 0 reaches each p, by bisection from 0 to `top`."""
    low, high = np.zeros_like(p), np.full_like(p, top)
    for _ in range(80):
        middle = (low + high) / 2
        below = cdf(middle) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high


@dataclass(frozen=True)
class Spike:
    """The short calls before the body: their share of all, the limit below which they lie, their seconds."""

    share: float
    below_s: float
    short: Sample


@dataclass(frozen=True)
class Fitted:
    """A law with the parameters that fit a sample best.

    Attributes
    ----------
    law : str
        Name of the law (of the body where there is a spike); `empirical` for the sample's own quantiles.
    parameters : Mapping[str, Any]
        Its parameters by name.
    spike : Spike or None
        Calls that broke off at once, before the body.
    mean_s, sd_s, p95_s : float
        Of the whole, in seconds.
    ks : float
        Largest distance between the law and the sample.
    ad : float or None
        Anderson–Darling A², which looks at the tails; none for an empirical table.
    aic : float or None
        2 · parameters − 2 · log-likelihood; none for an empirical table.
    published : tuple[str, Mapping[str, Any]]
        Law and parameters as a scenario holds them.
    theta : array of float or None
        The parameters as the fit knows them; none for an empirical table.
    """

    law: str
    parameters: Mapping[str, Any]
    spike: Spike | None
    mean_s: float
    sd_s: float
    p95_s: float
    ks: float
    ad: float | None
    aic: float | None
    published: tuple[str, Mapping[str, Any]]
    theta: Floats | None = None


def fitted(law: Law, sample: Sample, spike: Spike | None = None, theta: Floats | None = None) -> Fitted:
    """Fit a law to a sample, or to what of it is not the spike.

    With a spike, a share of calls is short and has the seconds of the sample; the others have the law, given
    that they are not short. The likelihood of the spike is that of the sample's own seconds.
    """
    body = sample if spike is None else sample.only(sample.x >= spike.below_s)
    theta = law.fit(body) if theta is None else theta
    whole = Mixture(law, theta, spike)
    at = sample.x
    mean, sd = whole.moments()
    cdf = whole.cdf(at)
    likelihood = float(body.weight @ law.log_density(theta, body.x))
    free = len(theta)
    if spike is not None:
        beyond = math.log(max(1 - float(law.cdf(theta, np.array([spike.below_s]))[0]), 1e-300))
        likelihood += body.n * (math.log1p(-spike.share) - beyond)
        likelihood += float(spike.short.weight @ np.log(spike.short.weight / sample.n))
        free += len(spike.short.x)
    named = law.named(theta)
    table: tuple[str, Mapping[str, Any]] = (law.name, named)
    if (spike is not None or not law.engine) and math.isfinite(sd):
        table = ("empirical", bent(whole.cut_quantiles(), mean, sd))
    return Fitted(
        law=law.name,
        parameters=named,
        spike=spike,
        mean_s=mean,
        sd_s=sd,
        p95_s=float(whole.quantile(np.array([0.95]))[0]),
        ks=distance(cdf, sample.weight),
        ad=anderson_darling(cdf, sample.weight),
        aic=2 * free - 2 * likelihood,
        published=table,
        theta=theta,
    )


@dataclass(frozen=True)
class Mixture:
    """A law with its θ, after a spike if there is one: distribution, quantiles and moments of the whole."""

    law: Law
    theta: Floats
    spike: Spike | None

    def cdf(self, x: Floats) -> Floats:
        """Return P(X ≤ x)."""
        body = self.law.cdf(self.theta, x)
        if self.spike is None:
            return body
        start = self._start()
        upto = np.concatenate([[0.0], np.cumsum(self.spike.short.weight) / self.spike.short.n])
        short = upto[np.searchsorted(self.spike.short.x, x, side="right")]
        rest = np.clip((body - start) / (1 - start), 0.0, 1.0)
        out: Floats = self.spike.share * short + (1 - self.spike.share) * rest
        return out

    def quantile(self, p: Floats) -> Floats:
        """Return the x below which the share p lies."""
        if self.spike is None:
            return self.law.quantile(self.theta, p)
        share, start = self.spike.share, self._start()
        short = self.spike.short.quantiles(np.minimum(p / share, 1.0))
        inner = np.clip((p - share) / (1 - share), 0.0, 1 - 1e-12)
        body = self.law.quantile(self.theta, start + inner * (1 - start))
        out: Floats = np.where(p < share, short, np.maximum(body, self.spike.below_s))
        return out

    def cut_quantiles(self) -> Floats:
        """Return the quantiles of a table; a law without end is cut at `TOP`."""
        return self.quantile(np.minimum(QUANTILES, TOP))

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation of the whole, in seconds."""
        mean, sd = self.law.moments(self.theta)
        if self.spike is None or not math.isfinite(sd):
            return mean, sd
        # The law's own moments, less what it has below the limit of the spike, where it is not used.
        limit = self.spike.below_s
        start = self._start()
        nodes = (np.arange(200) + 0.5) / 200 * limit
        steps = np.diff(self.law.cdf(self.theta, np.linspace(1e-12, limit, 201)))
        first = (mean - float(steps @ nodes)) / (1 - start)
        second = (sd**2 + mean**2 - float(steps @ nodes**2)) / (1 - start)
        short, share = self.spike.short, self.spike.share
        whole = share * short.mean + (1 - share) * first
        square = share * float(short.weight @ short.x**2) / short.n + (1 - share) * second
        return whole, math.sqrt(max(square - whole**2, 0.0))

    def _start(self) -> float:
        limit = self.spike.below_s if self.spike else 0.0
        return min(float(self.law.cdf(self.theta, np.array([limit]))[0]), 1 - 1e-9)


def spike_of(sample: Sample, below_s: float) -> Spike | None:
    """Return the calls shorter than `below_s` as a spike; none where there are none or nothing else."""
    short = sample.x < below_s
    if not short.any() or short.all():
        return None
    part = sample.only(short)
    return Spike(part.n / sample.n, below_s, part)


def empirical(sample: Sample) -> Fitted:
    """Return a quantile table, straight lines between, whose mean and standard deviation are the sample's."""
    table = bent(sample.quantiles(QUANTILES), sample.mean, sample.sd)
    at, values = np.array(table["at"]), np.array(table["quantiles_s"])
    (m1, m2), _ = _moments(values, np.zeros(2), at, max(values[-1], 1e-12))
    return Fitted(
        law="empirical",
        parameters=table,
        spike=None,
        mean_s=float(m1),
        sd_s=math.sqrt(max(float(m2 - m1**2), 0.0)),
        p95_s=float(np.interp(0.95, at, values)),
        ks=distance(np.interp(sample.x, values, at), sample.weight),
        ad=None,
        aic=None,
        published=("empirical", table),
    )


def bent(q: Floats, mean: float, sd: float) -> dict[str, list[float]]:
    """Return quantiles q at `QUANTILES`, bent to q·(1 + α) + β·q²/max(q) so that mean and deviation agree."""
    at, square, top = QUANTILES, sd**2 + mean**2, q[-1]
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
    return {"at": [float(p) for p in at], "quantiles_s": [float(v) for v in np.round(bent, 4)]}


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


def weibull_ml(t: Floats, ended: Floats, lasted: Floats) -> tuple[float, float]:
    """Return shape and scale of the Weibull that makes a right-censored sample most likely.

    Parameters
    ----------
    t : array of float
        Different durations above 0, rising, in seconds.
    ended, lasted : arrays of float
        How many were seen to end after t, and how many were only seen to last that long.

    Notes
    -----
    Shape k solves Σ tᵏ ln t / Σ tᵏ − 1/k = mean of ln t over those that ended; scale = (Σ tᵏ / ended)^(1/k)
    (Kalbfleisch & Prentice 2002, §3.6; the left side rises in k, so bisection finds it).
    """
    weight = ended + lasted
    logs = np.log(t)
    longest = float(logs[-1])
    logs = logs - longest
    target = float(ended @ logs) / float(ended.sum())

    def excess(k: float) -> float:
        powers = weight * np.exp(k * logs)
        return float(powers @ logs) / float(powers.sum()) - 1 / k - target

    low, high = 1e-3, 1.0
    while excess(high) < 0 and high < 1e3:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    shape = (low + high) / 2
    mean_power = float(weight @ np.exp(shape * logs)) / float(ended.sum())
    return shape, math.exp(longest) * mean_power ** (1 / shape)


def distance(cdf: Floats, weight: Floats) -> float:
    """Return the Kolmogorov–Smirnov distance; `cdf` is the law at the sorted values of a histogram."""
    upto = np.cumsum(weight) / weight.sum()
    before = np.concatenate([[0.0], upto[:-1]])
    return float(max((upto - cdf).max(), (cdf - before).max()))


def anderson_darling(cdf: Floats, weight: Floats) -> float:
    """Return A² of a histogram against a law (Anderson & Darling 1954, eq. 2.2; ties share their ranks)."""
    n = float(weight.sum())
    upto = np.cumsum(weight)
    before = upto - weight
    f = np.clip(cdf, 1e-300, 1 - 1e-16)
    low = (upto**2 - before**2) @ np.log(f)
    high = ((n - before) ** 2 - (n - upto) ** 2) @ np.log1p(-f)
    return float(-n - (low + high) / n)


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _expm1(value: float) -> float:
    return math.expm1(min(value, 700.0))
