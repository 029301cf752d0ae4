"""The numbers behind the pictures of a calibration's report, as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.clean import served
from calibration.fit.laws import QUANTILES
from calibration.fit.service import sample_of

if TYPE_CHECKING:
    from calibration.columns import Floats
    from calibration.evidence import Calibration
    from calibration.fit.service import ServiceFit

SHARES = np.concatenate([np.arange(1, 100) / 100, [0.995, 0.999]])
"""Quantiles that are held against each other."""


def curves(made: Calibration) -> dict[str, Any]:
    """Return what a report draws beside `Calibration.document`.

    `quantiles`: service, share, sample_s, law_s. `patience`: service, at_s, share, low, high, law_share.
    `half_hours`: the cells of a validation.
    """
    return {
        "quantiles": [row for one in made.service if not one.pooled for row in _quantiles(made, one)],
        "patience": [
            {
                "service": one.service,
                "at_s": _short(at),
                "share": _short(share),
                "low": _short(low),
                "high": _short(high),
                "law_share": _weibull(at, one.shape, one.scale_s),
            }
            for one in made.patience
            if not one.pooled
            for at, share, low, high in one.points
        ],
        "half_hours": [] if made.validation is None else [dict(vars(cell)) for cell in made.validation.cells],
    }


def _quantiles(made: Calibration, one: ServiceFit) -> list[dict[str, Any]]:
    log = made.cleaned.log
    rows = served(log)
    if one.service != "*":
        rows = rows & (log.service == log.services.index(one.service))
    sample, model = sample_of(log, rows).quantiles(SHARES), one.model()
    law: Floats
    if model is not None:
        law = model.quantile(SHARES)
    else:
        table = one.fitted.published[1].get("quantiles_s")
        law = np.interp(SHARES, QUANTILES, table) if table is not None else np.full(len(SHARES), math.nan)
    return [
        {"service": one.service, "share": float(p), "sample_s": _short(a), "law_s": _short(b)}
        for p, a, b in zip(SHARES, sample.tolist(), law.tolist(), strict=True)
    ]


def _weibull(at: float, shape: float | None, scale_s: float | None) -> float | None:
    return None if shape is None or not scale_s else _short(math.exp(-((at / scale_s) ** shape)))


def _short(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
