"""What a calibration found, as one frozen value and as the document that machines read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.clean import ABANDONED, SERVED, Cleaned, offered
from calibration.columns import Flags, Log, Preset, iso_day
from calibration.fit.calendar import INTERVAL_S, Days, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sim
    from calibration.fit.arrivals import Arrivals, Rate
    from calibration.fit.patience import PatienceFit
    from calibration.fit.poisson import PoissonTest
    from calibration.fit.service import ServiceFit
    from calibration.fit.staffing import Duty, DutyRow

SCHEMA = "counterflow/calibrate/1"
WITHIN_S = 20


@dataclass(frozen=True)
class Observed:
    """What the log itself says, within opening hours: to be held against a simulation.

    Means of a day class, or of `week`: the days of the run, each class with its share of days.
    """

    day_class: str
    days: int
    offered_per_day: float
    abandoned_share: float
    wait_mean_s: float | None
    wait_p90_s: float | None
    waited_share: float
    service_level: float
    occupancy: float | None


@dataclass(frozen=True)
class Calibration:
    """A log's evidence and the scenario made of it."""

    scenario: sim.Scenario
    preset: Preset
    cleaned: Cleaned
    days: Days
    arrivals: Arrivals
    poisson_tests: tuple[PoissonTest, ...]
    service: tuple[ServiceFit, ...]
    patience: tuple[PatienceFit, ...]
    duty: Duty
    observed: tuple[Observed, ...]
    findings: tuple[sim.Finding, ...]

    def document(self) -> dict[str, Any]:
        """Return the evidence as plain data (docs/reference/calibration.md says what each field means)."""
        log = self.cleaned.log
        return {
            "schema": SCHEMA,
            "scenario": self.scenario.id,
            "preset": self.preset.id,
            "files": [{"name": n, "sha256": h} for n, h in zip(log.files, log.sha256, strict=True)],
            "rows_read": log.rows_read,
            "dropped": [_found(one) for one in self.cleaned.found if one.dropped],
            "classified": [_found(one) for one in self.cleaned.found if not one.dropped],
            "outcomes": dict(self.cleaned.outcomes),
            "days": self._days(),
            "arrivals": [row for rate in self.arrivals.rates for row in self._rates(rate)],
            "outside_hours": self.arrivals.outside_hours,
            "suppressed": self.arrivals.suppressed,
            "day_factor_cv2": _number(self.arrivals.cv2),
            "day_totals": [
                {
                    "day_class": one.day_class,
                    "days": one.days,
                    "mean": _number(one.mean),
                    "vmr": _number(one.vmr),
                    "cv2": _number(one.cv2),
                }
                for one in self.arrivals.totals
            ],
            "poisson_test": [
                {
                    "service": one.service,
                    "day_class": one.day_class,
                    "k": _number(one.k),
                    "n": one.n,
                    "block_s": one.block_s,
                    "k_of_chance": _number(one.k_of_chance),
                }
                for one in self.poisson_tests
            ],
            "service": [_service(one) for one in self.service],
            "patience": [_patience(one) for one in self.patience],
            "staffing": {
                "gap_s": self.duty.gap_s,
                "busy_while_waiting": _number(self.duty.busy_while_waiting),
                "duty_while_waiting": _number(self.duty.duty_while_waiting),
                "rows": [self._duty(row) for row in self.duty.rows],
            },
            "observed": [{key: _number(value) for key, value in vars(one).items()} for one in self.observed],
            "findings": [{"code": one.code, "values": dict(one.values)} for one in self.findings],
        }

    def _days(self) -> dict[str, Any]:
        return {
            "first": iso_day(int(self.days.seen[0])),
            "last": iso_day(int(self.days.seen[-1])),
            "missing": [iso_day(day) for day in self.days.missing],
            "classes": [
                {
                    "day_class": kind,
                    "days": len(self.days.of(kind)),
                    "opens": clock(self.days.hours[kind].first),
                    "closes": clock(self.days.hours[kind].last),
                }
                for kind in self.days.classes()
            ],
        }

    def _rates(self, rate: Rate) -> list[dict[str, Any]]:
        """Return one row a half-hour; half-hours that were joined share their rate."""
        return [
            {
                "place": self.preset.site[0],
                "service": rate.service,
                "day_class": rate.day_class,
                "start": clock(slot),
                "start_s": slot * INTERVAL_S,
                "rate_per_hour": _number(rate.per_hour),
            }
            for slot in range(rate.first, rate.last)
        ]

    def _duty(self, row: DutyRow) -> dict[str, Any]:
        return {
            "team": self.preset.team[0],
            "day_class": row.day_class,
            "start": clock(row.slot),
            "on_duty_mean": _number(row.mean),
            "busy_mean": _number(row.busy),
            "count": row.count,
        }


def observed(log: Log, days: Days, duty: Duty, week: tuple[str, ...]) -> tuple[Observed, ...]:
    """Return what the log says of each day class and of the week of the run."""
    wanted = offered(log)
    share = {kind: week.count(kind) / len(days.of(kind)) for kind in days.classes()}
    rows = {kind: wanted & within(log, days, kind) for kind in days.classes()}
    out = [_observed(log, kind, len(days.of(kind)), {kind: mine}, {kind: 1.0}, duty) for kind, mine in rows.items()]
    inside = {kind: mine for kind, mine in rows.items() if kind in week}
    if inside:
        out.append(_observed(log, "week", len(week), inside, share, duty))
    return tuple(out)


def _observed(
    log: Log, name: str, days: int, rows: Mapping[str, Flags], share: Mapping[str, float], duty: Duty
) -> Observed:
    """Return the figures of the rows of some classes, each row weighted by the share of its class."""
    weight = np.zeros(len(log))
    for kind, mine in rows.items():
        weight[mine] = share[kind]
    total = float(weight.sum())
    answered = np.where(log.outcome == SERVED, weight, 0.0)
    count = float(answered.sum())
    hours = {kind: [row for row in duty.rows if row.day_class == kind] for kind in rows}
    days_of = {kind: share[kind] if len(rows) > 1 else 1.0 for kind in rows}
    on = sum(days_of[kind] * sum(row.mean for row in hours[kind]) for kind in rows)
    busy = sum(days_of[kind] * sum(row.busy for row in hours[kind]) for kind in rows)
    return Observed(
        day_class=name,
        days=days,
        offered_per_day=total / days,
        abandoned_share=float(weight[log.outcome == ABANDONED].sum()) / total if total else 0.0,
        wait_mean_s=float((answered * log.wait_s).sum()) / count if count else None,
        wait_p90_s=_quantile(log.wait_s[answered > 0], answered[answered > 0], 0.9) if count else None,
        waited_share=float(weight[log.wait_s > 0].sum()) / total if total else 0.0,
        service_level=float(answered[log.wait_s <= WITHIN_S].sum()) / total if total else 0.0,
        occupancy=busy / on if on else None,
    )


def _quantile(values: Any, weights: Any, p: float) -> float:
    order = np.argsort(values, kind="stable")
    rising = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(rising, p * rising[-1])])


def clock(slot: int) -> str:
    """Return the clock time at which a half-hour of the day starts, as ``"09:30"``."""
    minutes = slot * INTERVAL_S // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _found(one: Any) -> dict[str, Any]:
    examples = [{"file": e.file, "row": e.row, "fields": dict(e.fields)} for e in one.examples]
    return {"rule": one.rule, "count": one.count, "examples": examples}


def _service(one: ServiceFit) -> dict[str, Any]:
    return {
        "service": one.service,
        "law": one.fitted.law,
        "parameters": {key: _number(value) for key, value in one.fitted.parameters.items()},
        "mean_s": _number(one.fitted.mean_s),
        "sd_s": _number(one.fitted.sd_s),
        "sample_mean_s": _number(one.mean_s),
        "sample_sd_s": _number(one.sd_s),
        "n": one.n,
        "pooled": one.pooled,
        "ks": _number(one.fitted.ks),
        "sample_median_s": _number(one.median_s),
        "short_share": _number(one.short_share),
        "log_mean": _number(one.log_mean),
        "log_sd": _number(one.log_sd),
        "body": {
            "log_mean": _number(one.body_log_mean),
            "log_sd": _number(one.body_log_sd),
            "ks": _number(one.body_ks),
        },
        "tried": [
            {
                "law": law.law,
                "parameters": {key: _number(value) for key, value in law.parameters.items()},
                "mean_s": _number(law.mean_s),
                "sd_s": _number(law.sd_s),
                "p95_s": _number(law.p95_s),
                "ks": _number(law.ks),
                "aic": _number(law.aic),
            }
            for law in one.tried
        ],
    }


def _patience(one: PatienceFit) -> dict[str, Any]:
    return {
        "service": one.service,
        "law": "weibull",
        "parameters": {"shape": _number(one.shape), "scale_s": _number(one.scale_s)},
        "standard_errors": {"shape": _number(one.shape_se), "scale_s": _number(one.scale_se_s)},
        "estimator": "weibull_right_censored",
        "pooled": one.pooled,
        "n": one.n,
        "abandoned": one.abandoned,
        "survival": [{"at_s": at, "share": _number(share)} for at, share in one.survival.items()],
    }


def _number(value: Any) -> Any:
    """Return a float with 10 significant digits, null if it is none; anything else as it is."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.10g}") if math.isfinite(value) else None
