"""All fits of a log as one frozen value, in the order in which they need each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sim
from calibration.columns import iso_day
from calibration.fit.arrivals import Arrivals, arrivals
from calibration.fit.calendar import INTERVAL_S, Days, days
from calibration.fit.draws import NUMBER, Draws, draws
from calibration.fit.patience import CURRENT_STATUS, PatienceFit, patience_fits
from calibration.fit.people import People, people
from calibration.fit.poisson import ENOUGH_K, PoissonTest, poisson_tests
from calibration.fit.routes import Routes, routes
from calibration.fit.service import Group, ServiceFit, groups, service_fits
from calibration.fit.sessions import Sessions, sessions
from calibration.fit.staffing import Duty, duty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calibration.columns import Calendar, Log

UNSURE = 0.2
"""A relative standard error of the scale of patience from which on it is called unsure."""
CROWDED = 1.5
"""Half-hours whose variance is so many times what the factor of the day explains are told."""
SLOPE = 0.15
"""Hours whose mean service differs by more from the mean are told."""


@dataclass(frozen=True)
class Fits:
    """What a log says, fitted."""

    days: Days
    arrivals: Arrivals
    poisson_tests: tuple[PoissonTest, ...]
    service: tuple[ServiceFit, ...]
    service_groups: tuple[Group, ...]
    patience: tuple[PatienceFit, ...]
    routes: Routes
    people: People | None
    sessions: tuple[Sessions, ...]
    duty: Duty
    draws: Draws
    findings: tuple[sim.Finding, ...]


def fits(
    log: Log,
    calendar: Calendar,
    *,
    seed: int = 1,
    interval_s: int = INTERVAL_S,
    smooth: bool = False,
    number: int = NUMBER,
) -> Fits:
    """Fit everything that a cleaned log can tell.

    Parameters
    ----------
    calendar : Calendar
        Which class a date belongs to.
    seed : int
        For the fractions of a second that the log has rounded away, and for the draws.
    interval_s : int
        Width of a step of the rates: 900 or 1800.
    smooth : bool
        Rates as steps of a smooth curve.
    number : int
        Bootstrap draws of all parameters.

    Raises
    ------
    InputError
        ``log_no_service`` when nobody was served, so nothing can be said of opening hours.
    """
    seen = days(log, calendar)
    if not seen.hours:
        raise sim.InputError.one("log_no_service", file=", ".join(log.files), value=len(log))
    coming = arrivals(log, seen, interval_s, smooth)
    tests = poisson_tests(log, seen, seed)
    taking = service_fits(log)
    by = groups(log)
    staying = patience_fits(log)
    going = routes(log)
    again = people(log)
    at_once = sessions(log)
    present = duty(log, seen)
    drawn, curves = draws(log, seen, coming, taking, staying, going, number, seed)
    staying = tuple(replace(one, points=curves.get(one.service, ())) for one in staying)
    found = _findings(seen, coming, tests, taking, by, staying, going, again, at_once, present)
    return Fits(seen, coming, tests, taking, by, staying, going, again, at_once, present, drawn, tuple(found))


def _findings(
    days: Days,
    arrivals: Arrivals,
    tests: tuple[PoissonTest, ...],
    service: tuple[ServiceFit, ...],
    groups: tuple[Group, ...],
    patience: tuple[PatienceFit, ...],
    routes: Routes,
    people: People | None,
    sessions: tuple[Sessions, ...],
    duty: Duty,
) -> list[sim.Finding]:
    """Return what a reader of the results should know, as codes with values."""
    return [
        *_of_days(days, arrivals, tests),
        *_of_customers(service, groups, patience, routes, people),
        *_of_staff(sessions, duty),
    ]


def _of_days(days: Days, arrivals: Arrivals, tests: tuple[PoissonTest, ...]) -> list[sim.Finding]:
    out = []
    if days.missing:
        out.append(sim.Finding("days_missing", {"count": len(days.missing), "days": _some(days.missing)}))
    if arrivals.odd:
        out.append(sim.Finding("days_odd", {"count": len(arrivals.odd), "days": _some(o.day for o in arrivals.odd)}))
    largest = max((one for one in tests if one.service != "*"), key=lambda one: one.n, default=None)
    largest = largest or max(tests, key=lambda one: one.n, default=None)
    if largest is not None:
        code = "poisson_enough" if largest.k < ENOUGH_K else "poisson_doubtful"
        values = {
            "service": largest.service,
            "day_class": largest.day_class,
            "k": round(largest.k, 4),
            "n": largest.n,
        }
        out.append(sim.Finding(code, values))
    if arrivals.cv2 > 0:
        out.append(sim.Finding("day_factor", {"percent": round(100 * math.sqrt(arrivals.cv2), 1)}))
    for one in arrivals.dispersion[:1]:
        if one.vmr > CROWDED * one.vmr_expected:
            values = {"day_class": one.day_class, "vmr": round(one.vmr, 2), "expected": round(one.vmr_expected, 2)}
            out.append(sim.Finding("half_hours_vary", values))
    return out


def _of_customers(
    service: tuple[ServiceFit, ...],
    groups: tuple[Group, ...],
    patience: tuple[PatienceFit, ...],
    routes: Routes,
    people: People | None,
) -> list[sim.Finding]:
    out = []
    tables = [one.service for one in service if one.fitted.law == "empirical" and not one.pooled and one.service != "*"]
    if tables:
        out.append(sim.Finding("service_by_table", {"services": ", ".join(tables)}))
    hours = [
        one for one in groups if one.what == "hour" and abs(one.ratio - 1) > SLOPE and not one.low <= 1 <= one.high
    ]
    if hours:
        worst = max(hours, key=lambda one: one.n * abs(one.ratio - 1))
        values = {"count": len(hours), "hour": worst.label, "percent": round(100 * (worst.ratio - 1), 1)}
        out.append(sim.Finding("service_by_hour", values))
    borrowed = [one.service for one in service if one.pooled] + [one.service for one in patience if one.pooled]
    if borrowed:
        out.append(sim.Finding("fit_borrowed", {"services": ", ".join(dict.fromkeys(borrowed))}))
    if patience and patience[-1].shape is None:
        out.append(sim.Finding("patience_unknown", {"abandoned": patience[-1].abandoned}))
    elif patience and patience[-1].scale_s and patience[-1].scale_se_s:
        whole = patience[-1]
        if whole.estimator == CURRENT_STATUS:
            out.append(sim.Finding("patience_current_status", {"n": whole.n, "abandoned": whole.abandoned}))
        if patience[-1].scale_se_s > UNSURE * patience[-1].scale_s:
            values = {
                "scale_s": round(patience[-1].scale_s, 1),
                "error_s": round(patience[-1].scale_se_s, 1),
                "abandoned": patience[-1].abandoned,
            }
            out.append(sim.Finding("patience_unsure", values))
    drifting = [one for one in routes.drifts if one.drifts and one.service == "*"]
    for one in drifting:
        out.append(sim.Finding(f"drift_{one.what}", {"cramer_v": round(one.cramer_v, 3), "weeks": one.weeks}))
    if people is not None and people.uneven:
        values = {
            "waited_share": round(people.known_waited or 0.0, 3),
            "not_waited_share": round(people.known_not_waited or 0.0, 3),
        }
        out.append(sim.Finding("people_uneven", values))
    return out


def _of_staff(sessions: tuple[Sessions, ...], duty: Duty) -> list[sim.Finding]:
    out = []
    for one in sessions:
        if one.slots > 1:
            out.append(sim.Finding("sessions_at_once", {"channel": one.channel, "slots": one.slots}))
    if duty.busy_while_waiting is not None and duty.duty_while_waiting is not None:
        values = {"duty": round(duty.duty_while_waiting, 2), "busy": round(duty.busy_while_waiting, 2)}
        code = "staffing_estimated" if duty.method == "turns" else "staffing_from_busy"
        out.append(sim.Finding(code, {"turns": duty.turns, **values} if duty.method == "turns" else values))
    return out


def _some(days: Iterable[int]) -> str:
    shown = [iso_day(day) for day in days]
    return ", ".join(shown[:5]) + (" …" if len(shown) > 5 else "")
