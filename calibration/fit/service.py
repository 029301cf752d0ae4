"""How long service takes: a law if one is good enough, else the quantile table of the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import served
from calibration.fit.laws import LAWS, Fitted, Sample, empirical

if TYPE_CHECKING:
    from calibration.columns import Flags, Floats, Log

SHORT_S = 10
"""Calls shorter than this are the spike: the agent hung up, or the line broke."""
FEWEST = 30
"""Services with fewer calls use the table of all services."""
LARGEST_KS, MEAN_OFF, SD_OFF, P95_OFF = 0.05, 0.05, 0.10, 0.10
"""What a law must keep to: distance; relative error of mean, standard deviation and 95 % quantile."""


@dataclass(frozen=True)
class ServiceFit:
    """The service times of one service (`*`: all).

    Attributes
    ----------
    fitted : Fitted
        What a scenario uses: the accepted law of least AIC, else the empirical table.
    pooled : bool
        True when the service had too few calls and `fitted` is that of all services.
    tried : tuple[Fitted, ...]
        Every law by maximum likelihood, best AIC first.
    short_share : float
        Share of calls under 10 s.
    log_mean, log_sd : float
        Mean and standard deviation (divisor n − 1) of ln(seconds), all calls.
    body_log_mean, body_log_sd, body_ks : float or None
        The lognormal of the calls of at least 10 s, as Brown et al. 2005 fit it: of ln(seconds), and its
        distance.
    """

    service: str
    fitted: Fitted
    pooled: bool
    tried: tuple[Fitted, ...]
    n: int
    mean_s: float
    sd_s: float
    median_s: float
    short_share: float
    log_mean: float
    log_sd: float
    body_log_mean: float | None
    body_log_sd: float | None
    body_ks: float | None


def service_fits(log: Log) -> tuple[ServiceFit, ...]:
    """Fit the service times of all services together and of each, most calls first."""
    rows = served(log)
    if not rows.any():
        return ()
    whole = _fit("*", _seconds(log, rows), None)
    if len(log.services) == 1 and log.services[0] == "*":
        return (whole,)
    counts = np.bincount(log.service[rows], minlength=len(log.services))
    fits = [
        _fit(log.services[s], _seconds(log, rows & (log.service == s)), whole.fitted)
        for s in np.argsort(-counts, kind="stable")
        if counts[s]
    ]
    return (*fits, whole)


def _seconds(log: Log, rows: Flags) -> Floats:
    seconds: Floats = np.sort(log.service_s[rows]).astype(np.float64)
    return seconds


def _fit(name: str, x: Floats, otherwise: Fitted | None) -> ServiceFit:
    sample, logs, body = Sample(x), np.log(x), Sample(x[x >= SHORT_S])
    pooled = len(x) < FEWEST and otherwise is not None
    tried: tuple[Fitted, ...] = ()
    if otherwise is not None and pooled:
        fitted = otherwise
    elif len(x) < 2 or sample.sd == 0:
        fitted = empirical(sample)
    else:
        tried = tuple(sorted((law(sample) for law in LAWS), key=lambda one: one.aic or 0.0))
        fitted = next((one for one in tried if accepted(one, sample)), None) or empirical(sample)
    body_logs = np.log(body.x)
    enough = len(body_logs) > 1 and body_logs.std() > 0
    return ServiceFit(
        service=name,
        fitted=fitted,
        pooled=pooled,
        tried=tried,
        n=len(x),
        mean_s=sample.mean,
        sd_s=sample.sd,
        median_s=sample.quantile(0.5),
        short_share=float((x < SHORT_S).mean()),
        log_mean=float(logs.mean()),
        log_sd=float(logs.std(ddof=1)) if len(x) > 1 else 0.0,
        body_log_mean=float(body_logs.mean()) if enough else None,
        body_log_sd=float(body_logs.std(ddof=1)) if enough else None,
        body_ks=LAWS[0](body).ks if enough else None,
    )


def accepted(law: Fitted, sample: Sample) -> bool:
    """Tell whether a law is close enough to the sample to stand for it."""
    pairs = (
        (law.mean_s, sample.mean, MEAN_OFF),
        (law.sd_s, sample.sd, SD_OFF),
        (law.p95_s, sample.quantile(0.95), P95_OFF),
    )
    return law.ks < LARGEST_KS and all(abs(a / b - 1) < off for a, b, off in pairs)
