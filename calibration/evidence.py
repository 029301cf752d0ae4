"""What a calibration found, as one frozen value and as the document that machines read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.clean import ABANDONED, NO_SHOW, Cleaned, answered, offered, served
from calibration.columns import Flags, Log, Preset, iso_day
from calibration.fit.calendar import INTERVAL_S, Days, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sim
    from calibration import forecast
    from calibration.fit.arrivals import Arrivals, Rate
    from calibration.fit.draws import Parameter
    from calibration.fit.laws import Fitted
    from calibration.fit.patience import PatienceFit
    from calibration.fit.people import People
    from calibration.fit.poisson import PoissonTest
    from calibration.fit.service import ServiceFit
    from calibration.fit.staffing import Duty, DutyRow
    from calibration.fit.together import Fits
    from calibration.validate import Validation

SCHEMA = "counterflow/calibrate/1"
EVIDENCE = "calibration.json"
"""Name of the file that holds the document."""
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
    """A log's evidence and the scenario made of it.

    Attributes
    ----------
    extra : Mapping[str, Any]
        More of the document, by field: what came after the fits (validation, forecast).
    model : Model or None
        The forecaster; none when the log has less than two weeks.
    validation : Validation or None
        Days held out against their simulation, when some were.
    """

    scenario: sim.Scenario
    preset: Preset
    cleaned: Cleaned
    fits: Fits
    observed: tuple[Observed, ...]
    findings: tuple[sim.Finding, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
    model: forecast.Model | None = None
    validation: Validation | None = None

    @property
    def days(self) -> Days:
        """The days of the log."""
        return self.fits.days

    @property
    def arrivals(self) -> Arrivals:
        """How customers arrive."""
        return self.fits.arrivals

    @property
    def poisson_tests(self) -> tuple[PoissonTest, ...]:
        """Whether they arrive independently of each other."""
        return self.fits.poisson_tests

    @property
    def service(self) -> tuple[ServiceFit, ...]:
        """How long service takes, by service, all together last."""
        return self.fits.service

    @property
    def patience(self) -> tuple[PatienceFit, ...]:
        """How long customers are willing to wait, by service, all together last."""
        return self.fits.patience

    @property
    def duty(self) -> Duty:
        """Who was on duty."""
        return self.fits.duty

    def document(self) -> dict[str, Any]:
        """Return the evidence as plain data (docs/reference/calibration.md says what each field means)."""
        log, fits = self.cleaned.log, self.fits
        bounds = fits.draws.intervals()
        site = self.preset.site[0]
        return {
            "schema": SCHEMA,
            "scenario": self.scenario.id,
            "preset": self.preset.id,
            "files": [{"name": n, "sha256": h} for n, h in zip(log.files, log.sha256, strict=True)],
            "rows_read": log.rows_read,
            "dropped": [_found(one) for one in self.cleaned.found if one.dropped],
            "classified": [_found(one) for one in self.cleaned.found if not one.dropped],
            "outcomes": dict(self.cleaned.outcomes),
            "days": _days(fits.days),
            "arrivals": [row for rate in fits.arrivals.rates for row in _rates(rate, fits.arrivals.interval_s, site)],
            "interval_s": fits.arrivals.interval_s,
            "smooth": fits.arrivals.smooth,
            "outside_hours": fits.arrivals.outside_hours,
            "suppressed": fits.arrivals.suppressed,
            **_factors(fits.arrivals),
            "poisson_test": [
                {
                    "service": one.service,
                    "day_class": one.day_class,
                    "k": _number(one.k),
                    "n": one.n,
                    "block_s": one.block_s,
                    "k_of_chance": _number(one.k_of_chance),
                }
                for one in fits.poisson_tests
            ],
            "service": [_service(one, bounds) for one in fits.service],
            "service_groups": [_plain(one) for one in fits.service_groups],
            "patience": [_patience(one, bounds) for one in fits.patience],
            "shares": [_plain(one) for one in fits.routes.shares],
            "drift": [{**_plain(one), "drifts": one.drifts} for one in fits.routes.drifts],
            "weeks": [{**_plain(one), "monday": iso_day(one.monday)} for one in fits.routes.weeks],
            "people": _people(fits.people),
            "sessions": [{**_plain(one), "levels": [_plain(level) for level in one.levels]} for one in fits.sessions],
            "staffing": {
                "method": fits.duty.method,
                "turns": fits.duty.turns,
                "busy_while_waiting": _number(fits.duty.busy_while_waiting),
                "duty_while_waiting": _number(fits.duty.duty_while_waiting),
                "rows": [self._duty(row) for row in fits.duty.rows],
            },
            "draws": {"number": len(fits.draws), "parameters": len(fits.draws.parameters) + len(fits.draws.tables)},
            "observed": [_plain(one) for one in self.observed],
            **self.extra,
            "findings": [{"code": one.code, "values": dict(one.values)} for one in self.findings],
        }

    def _duty(self, row: DutyRow) -> dict[str, Any]:
        return {
            "place": self.preset.site[0] if row.place == "*" else row.place,
            "team": self.preset.team[0],
            "day_class": row.day_class,
            "start": clock(row.slot * INTERVAL_S),
            "on_duty_mean": _number(row.mean),
            "busy_mean": _number(row.busy),
            "count": row.count,
        }


def observed(log: Log, days: Days, duty: Duty, week: tuple[str, ...], wrap_s: float = 0.0) -> tuple[Observed, ...]:
    """Return what the log says of each day class and of the week of the run.

    `wrap_s`: mean time after each service in which an agent is not free, which counts as busy.
    """
    took = log.service_s[served(log)]
    wrapped = 1 + wrap_s / float(took.mean()) if len(took) else 1.0
    wanted = offered(log)
    share = {kind: week.count(kind) / len(days.of(kind)) for kind in days.classes()}
    rows = {kind: wanted & within(log, days, kind) for kind in days.classes()}
    out = [
        _observed(log, kind, len(days.of(kind)), {kind: mine}, {kind: 1.0}, duty, wrapped)
        for kind, mine in rows.items()
    ]
    inside = {kind: mine for kind, mine in rows.items() if kind in week}
    if inside:
        out.append(_observed(log, "week", len(week), inside, share, duty, wrapped))
    return tuple(out)


def _observed(
    log: Log, name: str, days: int, rows: Mapping[str, Flags], share: Mapping[str, float], duty: Duty, wrapped: float
) -> Observed:
    """Return the figures of the rows of some classes, each row weighted by the share of its class."""
    weight = np.zeros(len(log))
    for kind, mine in rows.items():
        weight[mine] = share[kind]
    total = float(weight.sum())
    met = np.where(answered(log), weight, 0.0)
    count = float(met.sum())
    hours = {kind: [row for row in duty.rows if row.day_class == kind] for kind in rows}
    days_of = {kind: share[kind] if len(rows) > 1 else 1.0 for kind in rows}
    on = sum(days_of[kind] * sum(row.mean for row in hours[kind]) for kind in rows)
    busy = wrapped * sum(days_of[kind] * sum(row.busy for row in hours[kind]) for kind in rows)
    return Observed(
        day_class=name,
        days=days,
        offered_per_day=total / days,
        abandoned_share=float(weight[np.isin(log.outcome, (ABANDONED, NO_SHOW))].sum()) / total if total else 0.0,
        wait_mean_s=float((met * log.wait_s).sum()) / count if count else None,
        wait_p90_s=_quantile(log.wait_s[met > 0], met[met > 0], 0.9) if count else None,
        waited_share=float(weight[log.wait_s > 0].sum()) / total if total else 0.0,
        service_level=float(met[log.wait_s <= WITHIN_S].sum()) / total if total else 0.0,
        occupancy=busy / on if on else None,
    )


def _quantile(values: Any, weights: Any, p: float) -> float:
    order = np.argsort(values, kind="stable")
    rising = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(rising, p * rising[-1])])


def clock(second: int) -> str:
    """Return the clock time of a second of the day, as ``"09:30"``."""
    minutes = second // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _days(days: Days) -> dict[str, Any]:
    return {
        "first": iso_day(int(days.seen[0])),
        "last": iso_day(int(days.seen[-1])),
        "missing": [iso_day(day) for day in days.missing],
        "classes": [
            {
                "day_class": kind,
                "days": len(days.of(kind)),
                "opens": clock(days.hours[kind].first * INTERVAL_S),
                "closes": clock(days.hours[kind].last * INTERVAL_S),
            }
            for kind in days.classes()
        ],
    }


def _rates(rate: Rate, interval_s: int, site: str) -> list[dict[str, Any]]:
    """Return one row a step; steps that were joined share their rate."""
    return [
        {
            "place": site if rate.place == "*" else rate.place,
            "channel": rate.channel,
            "service": rate.service,
            "day_class": rate.day_class,
            "start": clock(second),
            "start_s": second,
            "rate_per_hour": _number(rate.per_hour),
            "low_per_hour": _number(rate.low),
            "high_per_hour": _number(rate.high),
        }
        for second in range(rate.start_s, rate.end_s, interval_s)
    ]


def _factors(arrivals: Arrivals) -> dict[str, Any]:
    return {
        "day_factor_cv2": _number(arrivals.cv2),
        "day_factor_cv2_interval": [_number(arrivals.cv2_low), _number(arrivals.cv2_high)],
        "place_factor_cv2": _number(arrivals.place_cv2),
        "day_totals": [_plain(one) for one in arrivals.totals],
        "special_days": [{**_plain(one), "differs": one.differs} for one in arrivals.special],
        "odd_days": [{**_plain(one), "day": iso_day(one.day)} for one in arrivals.odd],
        "dispersion": [
            {**_plain(one), "correlation": [_number(r) for r in one.correlation]} for one in arrivals.dispersion
        ],
    }


def _found(one: Any) -> dict[str, Any]:
    examples = [{"file": e.file, "row": e.row, "fields": dict(e.fields)} for e in one.examples]
    return {"rule": one.rule, "count": one.count, "examples": examples}


def _service(one: ServiceFit, bounds: Mapping[Parameter, tuple[float, float]]) -> dict[str, Any]:
    return {
        "service": one.service,
        **_law(one.fitted),
        "intervals": _intervals("service_fit:", one.service, bounds),
        "sample_intervals": _intervals("service_sample:", one.service, bounds),
        "sample_mean_s": _number(one.mean_s),
        "sample_sd_s": _number(one.sd_s),
        "n": one.n,
        "pooled": one.pooled,
        "sample_median_s": _number(one.median_s),
        "sample_p95_s": _number(one.p95_s),
        "short_share": _number(one.short_share),
        "log_mean": _number(one.log_mean),
        "log_sd": _number(one.log_sd),
        "body": {
            "log_mean": _number(one.body_log_mean),
            "log_sd": _number(one.body_log_sd),
            "ks": _number(one.body_ks),
        },
        "published": one.fitted.published[0],
        "tried": [_law(law) for law in one.tried],
    }


def _law(law: Fitted) -> dict[str, Any]:
    spike = law.spike
    return {
        "law": law.law,
        "parameters": {key: _number(value) for key, value in law.parameters.items()},
        "spike": None if spike is None else {"share": _number(spike.share), "below_s": spike.below_s},
        "mean_s": _number(law.mean_s),
        "sd_s": _number(law.sd_s),
        "p95_s": _number(law.p95_s),
        "ks": _number(law.ks),
        "ad": _number(law.ad),
        "aic": _number(law.aic),
    }


def _patience(one: PatienceFit, bounds: Mapping[Parameter, tuple[float, float]]) -> dict[str, Any]:
    return {
        "service": one.service,
        "law": "weibull",
        "parameters": {"shape": _number(one.shape), "scale_s": _number(one.scale_s)},
        "standard_errors": {"shape": _number(one.shape_se), "scale_s": _number(one.scale_se_s)},
        "intervals": _intervals("patience:", one.service, bounds),
        "estimator": one.estimator,
        "pooled": one.pooled,
        "n": one.n,
        "abandoned": one.abandoned,
        "curve": one.curve,
        "survival": [{"at_s": at, "share": _number(share)} for at, share in one.survival.items()],
        "q25_s": _number(one.q25_s),
        "restricted_mean_s": _number(one.restricted_mean_s),
        "horizon_s": _number(one.horizon_s),
        "exponential_mean_s": _number(one.exponential_mean_s),
    }


def _intervals(kind: str, service: str, bounds: Mapping[Parameter, tuple[float, float]]) -> dict[str, Any]:
    """Return the 95 % intervals of the parameters of a service, by the name after `kind`."""
    mine = {p.kind: pair for p, pair in bounds.items() if p.service == service and p.kind.startswith(kind)}
    return {name.removeprefix(kind): [_number(low), _number(high)] for name, (low, high) in mine.items()}


def _people(people: People | None) -> dict[str, Any] | None:
    if people is None:
        return None
    return {**_plain(people), "uneven": people.uneven, "again": [_plain(one) for one in people.again]}


def _plain(one: Any) -> dict[str, Any]:
    """Return the fields of a frozen value, numbers rounded; nested values are for the caller."""
    return {key: _number(value) for key, value in vars(one).items()}


def _number(value: Any) -> Any:
    """Return a float with 10 significant digits, null if it is none; anything else as it is."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.10g}") if math.isfinite(value) else None
