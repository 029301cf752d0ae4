"""How long service takes: a law if one is good enough, else the quantile table of the sample.

By service, and what else makes a service long or short: the hour of the day, the experience of the agent, the
place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import served
from calibration.columns import DAY_S
from calibration.fit.laws import LAWS, Fitted, Lognormal, Mixture, Sample, empirical, fitted, spike_of

if TYPE_CHECKING:
    from calibration.columns import Flags, Floats, Ints, Log

SHORT_S = 10.0
"""Calls shorter than this are the spike: the agent hung up, or the line broke."""
SPIKE_SHARE = 0.005
"""A spike has at least this share of the calls, and twice what the body's lognormal has below `SHORT_S`."""
FEWEST = 30
"""Services with fewer calls use the table of all services."""
LARGEST_KS, MEAN_OFF, SD_OFF, P95_OFF = 0.05, 0.05, 0.10, 0.10
"""What a law must keep to: distance; relative error of mean, standard deviation and 95 % quantile."""
NEW_AFTER_DAYS = 7
"""An agent first seen so many days after the log begins is new; others were there before."""
WEEKS = 4
FEWEST_SHOWN = 5
Z95 = 1.959963984540054


@dataclass(frozen=True)
class ServiceFit:
    """The service times of one service (`*`: all).

    Attributes
    ----------
    fitted : Fitted
        The accepted law of least AIC, else the empirical table; `fitted.published` is what a scenario holds.
    pooled : bool
        True when the service had too few calls and `fitted` is that of all services.
    tried : tuple[Fitted, ...]
        Every law by maximum likelihood, with and without a spike, best AIC first.
    short_share : float
        Share of calls under 10 s.
    log_mean, log_sd : float
        Mean and standard deviation (divisor n − 1) of ln(seconds), all calls.
    body_log_mean, body_log_sd, body_ks : float or None
        The lognormal of the calls of at least 10 s, as Brown et al. 2005 fit it: of ln(seconds), and its
        distance.
    qq : tuple
        Share p from 1 to 99 %, quantile of the sample and of the law in seconds.
    """

    service: str
    fitted: Fitted
    pooled: bool
    tried: tuple[Fitted, ...]
    n: int
    mean_s: float
    sd_s: float
    median_s: float
    p95_s: float
    short_share: float
    log_mean: float
    log_sd: float
    body_log_mean: float | None
    body_log_sd: float | None
    body_ks: float | None
    qq: tuple[tuple[float, float, float], ...] = ()

    def model(self) -> Mixture | None:
        """Return distribution and quantiles of the law (for plots); none for a quantile table."""
        return _mixture(self.fitted)


@dataclass(frozen=True)
class Group:
    """Service times of a part of the calls, each service held to its own mean.

    Attributes
    ----------
    what, label : str
        `hour` with the hour of the day, `experience` with the week since an agent was first seen (`4+` is
        later, `before` agents who were there when the log began), or `place`.
    ratio, low, high : float
        Mean service over the mean of all calls of the same services, with 95 % bounds.
    """

    what: str
    label: str
    n: int
    mean_s: float
    ratio: float
    low: float
    high: float


def service_fits(log: Log) -> tuple[ServiceFit, ...]:
    """Fit the service times of all services together and of each, most calls first."""
    rows = served(log)
    if not rows.any():
        return ()
    whole = _fit("*", sample_of(log, rows), None)
    if len(log.services) == 1 and log.services[0] == "*":
        return (whole,)
    counts = np.bincount(log.service[rows], minlength=len(log.services))
    fits = [
        _fit(log.services[s], sample_of(log, rows & (log.service == s)), whole.fitted)
        for s in np.argsort(-counts, kind="stable")
        if counts[s]
    ]
    return (*fits, whole)


def sample_of(log: Log, rows: Flags) -> Sample:
    """Return the service times of some rows."""
    return Sample.of(log.service_s[rows])


def _fit(name: str, sample: Sample, otherwise: Fitted | None) -> ServiceFit:
    body = sample.only(sample.x >= SHORT_S)
    pooled = sample.n < FEWEST and otherwise is not None
    tried: tuple[Fitted, ...] = ()
    if otherwise is not None and pooled:
        law = otherwise
    elif sample.n < 2 or sample.sd == 0:
        law = empirical(sample)
    else:
        law, tried = chosen(sample)
    log_mean, log_sd = sample.log_moments()
    body_log_mean, body_log_sd = body.log_moments() if body.n > 1 else (0.0, 0.0)
    return ServiceFit(
        service=name,
        fitted=law,
        pooled=pooled,
        tried=tried,
        n=int(sample.n),
        mean_s=sample.mean,
        sd_s=sample.sd,
        median_s=sample.quantile(0.5),
        p95_s=sample.quantile(0.95),
        short_share=float(sample.weight[sample.x < SHORT_S].sum() / sample.n),
        log_mean=log_mean,
        log_sd=log_sd,
        body_log_mean=body_log_mean if body_log_sd > 0 else None,
        body_log_sd=body_log_sd if body_log_sd > 0 else None,
        body_ks=fitted(Lognormal(), body).ks if body_log_sd > 0 else None,
        qq=_qq(sample, law),
    )


def _qq(sample: Sample, law: Fitted) -> tuple[tuple[float, float, float], ...]:
    p = np.arange(1, 100) / 100
    mixture = _mixture(law)
    if mixture is None:
        _, table = law.published
        other = np.interp(p, table["at"], table["quantiles_s"])
    else:
        other = mixture.quantile(p)
    return tuple(zip(p.tolist(), sample.quantiles(p).tolist(), other.tolist(), strict=True))


def _mixture(law: Fitted) -> Mixture | None:
    family = next((one for one in LAWS if one.name == law.law), None)
    return None if family is None or law.theta is None else Mixture(family, law.theta, law.spike)


def chosen(sample: Sample) -> tuple[Fitted, tuple[Fitted, ...]]:
    """Return the law to use for a sample, and all that were tried, best AIC first."""
    tried = [fitted(law, sample) for law in LAWS]
    spike = spike_of(sample, SHORT_S)
    if spike is not None and _stands_out(sample, spike.share):
        tried += [fitted(law, sample, spike) for law in LAWS]
    tried.sort(key=lambda one: one.aic or 0.0)
    law = next((one for one in tried if accepted(one, sample)), None) or empirical(sample)
    return law, tuple(tried)


def _stands_out(sample: Sample, share: float) -> bool:
    body = sample.only(sample.x >= SHORT_S)
    if body.n < FEWEST or body.sd == 0 or share < SPIKE_SHARE:
        return False
    law = Lognormal()
    return share > 2 * float(law.cdf(law.fit(body), np.array([SHORT_S]))[0])


def accepted(law: Fitted, sample: Sample) -> bool:
    """Tell whether a law is close enough to the sample to stand for it."""
    pairs = (
        (law.mean_s, sample.mean, MEAN_OFF),
        (law.sd_s, sample.sd, SD_OFF),
        (law.p95_s, sample.quantile(0.95), P95_OFF),
    )
    return law.ks < LARGEST_KS and all(abs(a / b - 1) < off for a, b, off in pairs)


def groups(log: Log) -> tuple[Group, ...]:
    """Return how long service takes by hour of the day, by experience of the agent and by place.

    Notes
    -----
    The ratio of a group is Σ seconds / Σ mean seconds of the call's own service, so a group with another mix
    of services is not taken for a slow one. Bounds from the standard error of the mean, seconds over the mean
    of their service. Groups under 5 calls are left out.
    """
    rows = served(log)
    if not rows.any():
        return ()
    seconds = log.service_s[rows].astype(np.float64)
    service = log.service[rows]
    counts = np.bincount(service)
    mean = np.bincount(service, seconds) / np.maximum(counts, 1)
    relative = seconds / mean[service]
    second = log.start[rows] - log.day[rows] * DAY_S
    out = _grouped("hour", second // 3600 % 24, [f"{hour:02d}:00" for hour in range(24)], seconds, relative)
    known = log.agent[rows] >= 0
    if known.any():
        week, labels = _experience(log.agent[rows][known], log.day[rows][known])
        out += _grouped("experience", week, labels, seconds[known], relative[known])
    if len(log.places) > 1:
        out += _grouped("place", log.place[rows], list(log.places), seconds, relative)
    return tuple(out)


def _experience(agent: Ints, day: Ints) -> tuple[Ints, list[str]]:
    """Return the group of each call, and the names of the groups."""
    first = np.full(int(agent.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, agent, day)
    new = first[agent] >= int(day.min()) + NEW_AFTER_DAYS
    week = np.minimum((day - first[agent]) // 7, WEEKS)
    labels = ["before", *(str(k + 1) for k in range(WEEKS)), f"{WEEKS + 1}+"]
    return np.where(new, week + 1, 0), labels


def _grouped(what: str, number: Ints, labels: list[str], seconds: Floats, relative: Floats) -> list[Group]:
    size = len(labels)
    n = np.bincount(number, minlength=size)
    total = np.bincount(number, seconds, minlength=size)
    first = np.bincount(number, relative, minlength=size)
    second = np.bincount(number, relative**2, minlength=size)
    out = []
    for k, label in enumerate(labels):
        if n[k] < FEWEST_SHOWN:
            continue
        ratio = float(first[k] / n[k])
        error = float(np.sqrt(max(second[k] / n[k] - ratio**2, 0.0) / (n[k] - 1)))
        out.append(
            Group(what, label, int(n[k]), float(total[k] / n[k]), ratio, ratio - Z95 * error, ratio + Z95 * error)
        )
    return out
