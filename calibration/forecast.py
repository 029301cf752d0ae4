"""How many customers will come: level × weekday × profile of the day, special days apart, a correction by yesterday.

For each series (a service at a place) the mean of a half-hour on day d, seen from h days before, is

    L · f(w) · p(w, half-hour) · exp(ρ^h · r)

with L the level (exponentially weighted mean of daily totals, each over the factor of its weekday), f and p the
factor and the profile of the weekday (older weeks count less; profiles lean on the days of the same class), and r
the logarithmic error of the last ordinary day: the day-ahead correction of first order. Days whose class is not
their weekday's own (holidays, make-up workdays, pay days …) have a factor and a profile by class and touch neither
level nor weekday. Days far off what was expected enter the level clipped and the profiles not at all.

One pass through the history, day by day, all series at once: what is predicted for a day uses earlier days only,
and the errors of this very pass give the spread. Given its mean μ a count is taken as negative binomial with
variance μ + φ(h) μ², φ by moments for 1, 7 and 28 days ahead (Jongbloed & Koole 2001: Poisson mixtures).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from calibration import calendars
from calibration.columns import Calendar, Flags, Floats, Ints, iso_day
from calibration.history import FEWEST_DAYS, INTERVAL_S, PER_DAY, WEEK, History, kinds, own_class, weekday_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILE = "forecast.json"
SCHEMA = "counterflow/forecast-model/1"
LONGEST_DAYS = 366
HORIZONS = (1, 7, 28)
"""Days ahead at which the spread is measured; between them it is interpolated, after them it grows on."""
LEVELS = (0.02, 0.05, 0.1, 0.2)
"""Weights of the newest day in the level; each series takes the one with the least error."""
KEPT = 0.85
"""What a week keeps of its weight when the next comes, in factors and profiles of weekdays."""
LEAN_DAYS = 4.0
"""A profile of a weekday is mixed with that of its class, which counts as so many days."""
CLIP = 3.0
"""An error beyond so many standard deviations is an unusual day."""
LEAST_SPREAD = 0.1
MEASURED_DAYS = 182
"""Errors of the last half year give the spread."""
SPECIAL_WEIGHT = 0.25
"""What is assumed of a special class counts as so many days of it."""
ASSUMED_PHI = 0.25
"""φ of a special class that was seen less than three times: a standard deviation of half the mean."""
MOST_PHI = 1.0
"""φ of a special class is at most this, a standard deviation of the mean itself: beyond, bands would shrink to 0."""
ENOUGH_SEEN = 3
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Special:
    """Days of a special class: how often seen, their total over the level, their profile, φ beside the usual."""

    seen: int
    factor: float
    profile: Floats
    phi: float


@dataclass(frozen=True)
class Series:
    """What is known of one series after its last day; enough to forecast without the log.

    Attributes
    ----------
    level : float
        Customers a day, of a weekday with factor 1.
    factor : array (7)
        By weekday, Monday first.
    profile : array (7, 48)
        Shares of the day that sum to 1.
    residual, rho : float
        Logarithmic error of the last ordinary day, as it stands on the last day; its correlation from day to day.
    phi_cell, phi_day : array (3)
        φ of a half-hour and of a daily total, 1, 7 and 28 days ahead.
    """

    place: str
    service: str
    level: float
    factor: Floats
    profile: Floats
    residual: float
    rho: float
    alpha: float
    phi_cell: Floats
    phi_day: Floats
    special: Mapping[str, Special]


@dataclass(frozen=True)
class Model:
    """A forecaster: every series, the last day it has seen, the calendar it was fitted with."""

    first: int
    last: int
    days: int
    calendar: Calendar
    series: tuple[Series, ...]
    unusual: tuple[str, ...] = ()
    """ISO dates far off what was expected, though the calendar calls them ordinary."""


@dataclass(frozen=True)
class Row:
    """Expected customers of a half-hour (or of a day, `start` then its midnight), with quantiles."""

    place: str
    service: str
    start: str
    mean: float
    q10: float
    q50: float
    q90: float


@dataclass(frozen=True)
class Day:
    """A day of a forecast: its class, and whether that rests on no notice."""

    date: str
    day_class: str
    estimated: bool
    seen: bool
    """Whether the history had days of this class (or the weekday's own); if not, its factor is assumed."""


@dataclass(frozen=True)
class Forecast:
    """What is expected, by half-hour and by day."""

    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    daily: tuple[Row, ...]
    findings: tuple[sim.Finding, ...]


@dataclass
class _State:
    """The state of all series (first axis) after a day."""

    level: Floats
    total: Floats
    base: Floats
    counts: Floats
    residual: Floats
    spread: Floats
    special: dict[str, list[Any]] = field(default_factory=dict)

    def copy(self) -> _State:
        special = {name: [one[0], one[1].copy(), one[2].copy(), one[3]] for name, one in self.special.items()}
        return _State(
            self.level.copy(), self.total.copy(), self.base.copy(), self.counts.copy(), self.residual.copy(),
            self.spread.copy(), special,
        )  # fmt: skip

    def factors(self) -> Floats:
        """Return the factor of each weekday (series, 7); of a weekday never seen, the mean of the others."""
        with np.errstate(invalid="ignore", divide="ignore"):
            factors = np.where(self.base > 0, self.total / self.base, np.nan)
        known = np.isfinite(factors)
        others = np.where(known, factors, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        return np.where(known, factors, np.where(others > 0, others, 1.0)[:, None])

    def profile(self, weekday: int, alike: Sequence[int]) -> Floats:
        """Return the profile of a weekday (series, 48), leaning on the weekdays of the same class."""
        pool = self.counts[:, alike].sum(axis=1)
        whole = self.counts.sum(axis=1)
        pool = _shares(np.where(pool.sum(axis=1, keepdims=True) > 0, pool, whole))
        own = self.counts[:, weekday]
        a_day = (self.level * self.factors()[:, weekday])[:, None]
        return _shares(own + LEAN_DAYS * np.maximum(a_day, 1e-9) * pool)


def _shares(counts: Floats) -> Floats:
    """Return rows that sum to 1; a row without any count is even over the day."""
    total = counts.sum(axis=-1, keepdims=True)
    shares: Floats = np.where(total > 0, counts / np.where(total > 0, total, 1.0), 1.0 / counts.shape[-1])
    return shares


def _assumed(state: _State, kind: str, calendar: Calendar) -> tuple[Floats, Floats]:
    """Return factor and profile assumed of a special class that was not seen.

    A make-up workday is taken for the mean of the weekdays of the commonest class; any other special class for
    the quietest weekday.
    """
    factors = state.factors()
    common = max(dict.fromkeys(calendar.week), key=calendar.week.count)
    work = [(k + calendar.begins) % WEEK for k, name in enumerate(calendar.week) if name == common]
    if kind == "makeup_workday":
        return factors[:, work].mean(axis=1), _shares(state.counts[:, work].sum(axis=1))
    quiet = factors.argmin(axis=1)
    rows = np.arange(len(quiet))
    return factors[rows, quiet], _shares(state.counts[rows, quiet])


def _special(state: _State, kind: str, calendar: Calendar) -> tuple[Floats, Floats]:
    """Return factor and profile of a special class: those of its days, leaning on what is assumed."""
    factor, profile = _assumed(state, kind, calendar)
    if kind not in state.special:
        return factor, profile
    seen, base, counts, _ = state.special[kind]
    weight = SPECIAL_WEIGHT * base / seen
    total = counts.sum(axis=1)
    return (total + weight * factor) / (base + weight), _shares(counts + (weight * factor)[:, None] * profile)


@dataclass(frozen=True)
class _Pass:
    """One walk through the history: errors made, what was expected, the state at the end."""

    residual: Floats
    """(series, days) logarithmic error of the total one day ahead without the correction; NaN on other days."""
    unusual: Flags
    """(series, days) ordinary days far off what was expected."""
    state: _State
    means: tuple[Floats, ...]
    """For each horizon (series, days, 48), without the correction; NaN where there was no state so long before."""


def _walk(history: History, calendar: Calendar, alpha: Floats, horizons: Sequence[int]) -> _Pass:
    """Walk through the history with weight `alpha` (one a series) of the newest day in the level."""
    counts = history.counts
    n, days, _ = counts.shape
    names, special = kinds(calendar, history.first, days)
    totals = counts.sum(axis=2)
    state = _start(counts, totals, history.first)
    states: list[_State | None] = []
    errors, unusual = np.full((n, days), np.nan), np.zeros((n, days), bool)
    means = tuple(np.full(counts.shape, np.nan) for _ in horizons)
    for k in range(days):
        weekday, alike = weekday_of(history.first + k), _alike(calendar, history.first + k)
        for target, horizon in zip(means, horizons, strict=True):
            before = states[k - horizon] if k >= max(horizon, FEWEST_DAYS) else None
            if before is not None:
                if special[k]:
                    factor, profile = _special(before, names[k], calendar)
                else:
                    factor, profile = before.factors()[:, weekday], before.profile(weekday, alike)
                target[:, k] = (before.level * factor)[:, None] * profile
        y = totals[:, k]
        if np.isfinite(y).any():
            y = np.where(np.isfinite(y), y, 0.0)
            today = np.where(np.isfinite(counts[:, k]), counts[:, k], 0.0)
            if special[k]:
                _take_special(state, names[k], y, today, calendar)
            else:
                expected = state.level * state.factors()[:, weekday]
                error = np.log((y + 0.5) / (expected + 0.5))
                bound = CLIP * np.maximum(state.spread, LEAST_SPREAD)
                odd = np.abs(error) > bound
                errors[:, k], unusual[:, k] = np.clip(error, -bound, bound), odd
                _take(state, weekday, expected, errors[:, k], odd, y, today, alpha, k)
        states.append(state.copy() if horizons else None)
        if k >= max(horizons, default=1):
            states[k - max(horizons, default=1)] = None
    return _Pass(errors, unusual, state, means)


def _start(counts: Floats, totals: Floats, first: int) -> _State:
    """Return the state before the first day: level and weekdays of the first two weeks with any customer."""
    n = len(counts)
    seen = np.flatnonzero(np.isfinite(totals).all(axis=0))[: 2 * WEEK]
    level = np.maximum(totals[:, seen].mean(axis=1), 1e-6) if len(seen) else np.full(n, 1e-6)
    total, base, by_day = np.zeros((n, WEEK)), np.zeros((n, WEEK)), np.zeros((n, WEEK, PER_DAY))
    for k in seen.tolist():
        weekday = weekday_of(first + k)
        # A tenth of a day each: enough to begin with, soon outweighed.
        total[:, weekday] += 0.1 * totals[:, k]
        base[:, weekday] += 0.1 * level
        by_day[:, weekday] += 0.1 * counts[:, k]
    return _State(level, total, base, by_day, np.zeros(n), np.full(n, 0.3))


def _take(
    state: _State,
    weekday: int,
    expected: Floats,
    error: Floats,
    odd: Flags,
    y: Floats,
    today: Floats,
    alpha: Floats,
    k: int,
) -> None:
    """Take an ordinary day into the state; an unusual one moves the level by its clipped error only."""
    factor = state.factors()[:, weekday]
    clipped = (expected + 0.5) * np.exp(error) - 0.5
    weight = np.maximum(alpha, 1.0 / (k + 1))
    level = state.level
    state.level = np.maximum(level + weight * (np.maximum(clipped, 0.0) / np.maximum(factor, 1e-9) - level), 1e-6)
    ok = ~odd
    for array, add in ((state.total, y), (state.base, level)):
        array[:, weekday] = np.where(ok, KEPT * array[:, weekday] + add, array[:, weekday])
    state.counts[:, weekday] = np.where(ok[:, None], KEPT * state.counts[:, weekday] + today, state.counts[:, weekday])
    state.spread = np.sqrt(0.95 * state.spread**2 + 0.05 * error**2)
    state.residual = error


def _take_special(state: _State, kind: str, y: Floats, today: Floats, calendar: Calendar) -> None:
    factor, _ = _special(state, kind, calendar)
    expected = np.maximum(state.level * factor, 1e-9)
    one = state.special.setdefault(kind, [0, np.zeros(len(y)), np.zeros((len(y), PER_DAY)), np.zeros(len(y))])
    if one[0]:
        one[3] = one[3] + np.maximum((y - expected) ** 2 - expected, 0.0) / expected**2
    one[0] += 1
    one[1] = one[1] + state.level
    one[2] = one[2] + today


def _alike(calendar: Calendar, day: int) -> list[int]:
    """Return the weekdays, Monday 0, whose class is that of the weekday of `day`."""
    mine = own_class(calendar, day)
    return [(k + calendar.begins) % WEEK for k, name in enumerate(calendar.week) if name == mine]


def fit(history: History, calendar: Calendar) -> Model:
    """Fit the forecaster to a history.

    Raises
    ------
    InputError
        ``history_short`` with fewer than `FEWEST_DAYS` days that are not missing.
    """
    totals = history.counts.sum(axis=2)
    known = int(np.isfinite(totals).any(axis=0).sum())
    if known < FEWEST_DAYS:
        raise sim.InputError.one("history_short", field="days", value=known, low=FEWEST_DAYS)
    tried = History(history.series * len(LEVELS), history.first, np.tile(history.counts, (len(LEVELS), 1, 1)))
    errors = _walk(tried, calendar, np.repeat(LEVELS, len(history.series)), ()).residual[:, FEWEST_DAYS:]
    square = np.nansum(errors**2, axis=1).reshape(len(LEVELS), -1)
    alpha = np.array(LEVELS)[square.argmin(axis=0)]
    walked = _walk(history, calendar, alpha, HORIZONS)
    rho = _rho(walked.residual)
    special = kinds(calendar, history.first, history.counts.shape[1])[1]
    ordinary = ~np.array(special)
    standing = _standing(walked.residual, rho)
    phi_cell, phi_day = _spread(history, walked, rho, standing, ordinary)
    state = walked.state
    factors = state.factors()
    profiles = np.stack(
        [state.profile(w, _alike(calendar, w - 3)) for w in range(WEEK)], axis=1
    )  # day w − 3 is a weekday w
    series = []
    for s, (place, service) in enumerate(history.series):
        classes = {}
        for kind, (seen, _, _, square_sum) in state.special.items():
            factor, profile = _special(state, kind, calendar)
            phi = ASSUMED_PHI if seen < ENOUGH_SEEN else max(float(square_sum[s]) / (seen - 1), float(phi_day[s, 0]))
            phi = min(phi, MOST_PHI)
            classes[kind] = Special(seen, float(factor[s]), profile[s], phi)
        series.append(
            Series(
                place, service, float(state.level[s]), factors[s], profiles[s],
                float(standing[s, -1]), float(rho[s]), float(alpha[s]), phi_cell[s], phi_day[s], classes,
            )
        )  # fmt: skip
    odd = [iso_day(history.first + int(k)) for k in np.flatnonzero(_odd_days(walked, history))]
    return Model(history.first, history.last, known, calendar, tuple(series), tuple(odd))


def _odd_days(walked: _Pass, history: History) -> Any:
    """Return the days that were unusual for the largest series."""
    largest = int(np.nansum(history.counts, axis=(1, 2)).argmax())
    return walked.unusual[largest]


def _rho(residual: Floats) -> Floats:
    """Return the correlation of first order of each series between ordinary days in a row, from 0 to .9."""
    before, after = residual[:, :-1], residual[:, 1:]
    both = np.isfinite(before) & np.isfinite(after)
    top = np.where(both, before * after, 0.0).sum(axis=1)
    low = np.where(both, before**2, 0.0).sum(axis=1)
    rho: Floats = np.clip(np.where(low > 0, top / np.where(low > 0, low, 1.0), 0.0), 0.0, 0.9)
    return rho


def _standing(residual: Floats, rho: Floats) -> Floats:
    """Return the residual as it stands at the end of each day: of the last ordinary day, fading with ρ a day."""
    out = np.zeros(residual.shape)
    now = np.zeros(len(residual))
    for k in range(residual.shape[1]):
        now = np.where(np.isfinite(residual[:, k]), residual[:, k], rho * now)
        out[:, k] = now
    return out


def _spread(history: History, walked: _Pass, rho: Floats, standing: Floats, ordinary: Flags) -> tuple[Floats, Floats]:
    """Return φ of half-hours and of daily totals (series, horizons), by moments over the last half year."""
    n, days, _ = history.counts.shape
    cell, day = np.zeros((n, len(HORIZONS))), np.zeros((n, len(HORIZONS)))
    recent = np.arange(days) >= days - MEASURED_DAYS
    for h, horizon in enumerate(HORIZONS):
        carried = np.concatenate([np.zeros((n, min(horizon, days))), standing[:, :-horizon]], axis=1)[:, :days]
        mean = walked.means[h] * np.exp(rho[:, None] ** horizon * carried)[:, :, None]
        usable = (ordinary & recent)[None, :] & ~walked.unusual
        cell[:, h] = _phi(np.where(usable[:, :, None], history.counts, np.nan), mean)
        day[:, h] = _phi(np.where(usable, history.counts.sum(axis=2), np.nan), mean.sum(axis=2))
        if h:
            cell[:, h] = np.maximum(cell[:, h], cell[:, h - 1])
            day[:, h] = np.maximum(day[:, h], day[:, h - 1])
    return cell, day


def _phi(y: Floats, mean: Floats) -> Floats:
    """Return φ of each series: Σ ((y − μ)² − μ) / Σ μ², at least 0; 0 where nothing was predicted."""
    good = np.isfinite(y) & np.isfinite(mean)
    axes = tuple(range(1, y.ndim))
    top = np.where(good, (y - mean) ** 2 - mean, 0.0).sum(axis=axes)
    low = np.where(good, mean**2, 0.0).sum(axis=axes)
    phi: Floats = np.maximum(np.where(low > 0, top / np.where(low > 0, low, 1.0), 0.0), 0.0)
    return phi


def phi_at(phi: Floats, ahead: Ints) -> Floats:
    """Return φ so many days ahead: on straight lines between `HORIZONS`, and on with the slope of the last."""
    at = np.array(HORIZONS, float)
    slope = (phi[-1] - phi[-2]) / (at[-1] - at[-2])
    inside = np.interp(ahead, at, phi)
    out: Floats = inside + np.maximum(slope, 0.0) * np.maximum(ahead - at[-1], 0.0)
    return out


def quantiles(mean: Floats, phi: Floats, shares: Sequence[float] = QUANTILES) -> Floats:
    """Return quantiles (share, …) of a negative binomial count, spread evenly over ± ½ and not below 0.

    Counts are whole: quantiles of the count itself jump, and 80 % bands of small counts cover far more than
    80 %. Spread by a uniform half either way they move with the mean (mid-quantiles, Ma, Genton & Parzen 2011).
    """
    from scipy import special as functions
    from scipy.stats import nbinom, poisson

    mean, phi = np.broadcast_arrays(np.maximum(np.asarray(mean, float), 1e-12), np.asarray(phi, float))
    size = 1.0 / np.maximum(phi, 1e-8)
    law = nbinom(size, size / (size + mean))
    out = []
    for share in shares:
        k = law.ppf(share)
        below = np.where(k > 0, functions.betainc(size, np.maximum(k, 1e-12), size / (size + mean)), 0.0)
        at = law.pmf(k)
        tiny = phi < 1e-8
        if tiny.any():
            k = np.where(tiny, poisson.ppf(share, mean), k)
            below = np.where(tiny, poisson.cdf(k - 1, mean), below)
            at = np.where(tiny, poisson.pmf(k, mean), at)
        out.append(np.maximum(k - 0.5 + (share - below) / np.maximum(at, 1e-300), 0.0))
    return np.stack(out)


def ahead(model: Model, days: int, more: Calendar | None = None) -> Forecast:
    """Forecast the `days` days after the last one of the history.

    Parameters
    ----------
    days : int
        1 … 366.
    more : Calendar, optional
        A calendar of the user; its dates win.

    Returns
    -------
    Forecast
        Half-hours in which a customer of the series was ever seen. Where a place has several series, there are
        rows of service ``*`` for all of them together.

    Raises
    ------
    InputError
        ``forecast_days`` outside 1 … 366.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise sim.InputError.one("forecast_days", field="days", value=days, low=1, high=LONGEST_DAYS)
    calendar = model.calendar if more is None else calendars.extended(model.calendar, more)
    first = model.last + 1
    names, special = kinds(calendar, first, days)
    steps = np.arange(1, days + 1)
    weekdays = [weekday_of(first + k) for k in range(days)]
    rows: list[Row] = []
    daily: list[Row] = []
    dates = [iso_day(first + k) for k in range(days)]
    means = {}
    for one in model.series:
        means[one.place, one.service] = _mean(one, model, calendar, names, special, weekdays, steps)
    _agree(model, means)
    for one in model.series:
        mean = means[one.place, one.service]
        cell, total = phi_at(one.phi_cell, steps), phi_at(one.phi_day, steps)
        extra = np.array([_extra(one, name) if odd else 0.0 for name, odd in zip(names, special, strict=True)])
        cell, total = np.maximum(cell, extra), np.maximum(total, extra)
        shown = np.flatnonzero((one.profile.sum(axis=0) > 0) | _any_special(one))
        band = quantiles(mean[:, shown], cell[:, None])
        for k, day in enumerate(dates):
            for j, slot in enumerate(shown.tolist()):
                clock = f"{slot // 2:02d}:{slot % 2 * 30:02d}:00"
                figures = (mean[k, slot], *band[:, k, j])
                rows.append(Row(one.place, one.service, f"{day}T{clock}", *(round(float(x), 4) for x in figures)))
        whole = mean.sum(axis=1)
        band = quantiles(whole, total)
        for k, day in enumerate(dates):
            figures = (whole[k], *band[:, k])
            daily.append(Row(one.place, one.service, f"{day}T00:00:00", *(round(float(x), 4) for x in figures)))
    known = set(model.series[0].special) if model.series else set()
    listed = tuple(
        Day(day, name, calendars.estimated(calendar, first + k), not odd or name in known)
        for k, (day, name, odd) in enumerate(zip(dates, names, special, strict=True))
    )
    return Forecast(listed, tuple(rows), tuple(daily), tuple(_findings(model, listed)))


def _any_special(one: Series) -> Any:
    out = np.zeros(PER_DAY, bool)
    for special in one.special.values():
        out |= special.profile > 0
    return out


def _extra(one: Series, name: str) -> float:
    return one.special[name].phi if name in one.special else ASSUMED_PHI


def _mean(
    one: Series,
    model: Model,
    calendar: Calendar,
    names: Sequence[str],
    special: Sequence[bool],
    weekdays: Sequence[int],
    steps: Ints,
) -> Floats:
    """Return the mean of each half-hour (days, 48)."""
    out = np.zeros((len(names), PER_DAY))
    for k, name in enumerate(names):
        if not special[k]:
            factor, profile = float(one.factor[weekdays[k]]), one.profile[weekdays[k]]
        elif name in one.special:
            factor, profile = one.special[name].factor, one.special[name].profile
        else:
            factor, profile = _assumed_of(one, name, calendar)
        out[k] = one.level * factor * profile * math.exp(one.rho ** int(steps[k]) * one.residual)
    return out


def _assumed_of(one: Series, kind: str, calendar: Calendar) -> tuple[float, Floats]:
    """Return factor and profile of a class that the history never had, as `_assumed` does within the walk."""
    common = max(dict.fromkeys(calendar.week), key=calendar.week.count)
    work = [(k + calendar.begins) % WEEK for k, name in enumerate(calendar.week) if name == common]
    if kind == "makeup_workday":
        weights = one.factor[work]
        return float(weights.mean()), _shares((weights[:, None] * one.profile[work]).sum(axis=0))
    quiet = int(one.factor.argmin())
    return float(one.factor[quiet]), one.profile[quiet]


def _agree(model: Model, means: dict[tuple[str, str], Floats]) -> None:
    """Make the services of a place add up to its total, which is forecast with less noise."""
    for place in dict.fromkeys(one.place for one in model.series):
        parts = [key for key in means if key[0] == place and key[1] != "*"]
        if (place, "*") not in means or not parts:
            continue
        whole = sum(means[key].sum(axis=1) for key in parts)
        ratio = np.where(whole > 0, means[place, "*"].sum(axis=1) / np.where(whole > 0, whole, 1.0), 1.0)
        for key in parts:
            means[key] = means[key] * ratio[:, None]
        means[place, "*"] = np.sum([means[key] for key in parts], axis=0)


def _findings(model: Model, days: Sequence[Day]) -> list[sim.Finding]:
    out = []
    unsure = [one.date for one in days if one.estimated]
    if unsure:
        values = {"count": len(unsure), "first": unsure[0], "last": unsure[-1]}
        out.append(sim.Finding("calendar_estimated", values))
    strange = sorted({one.day_class for one in days if not one.seen})
    if strange:
        out.append(sim.Finding("class_never_seen", {"classes": ", ".join(strange)}))
    if model.days < 8 * WEEK:
        out.append(sim.Finding("history_brief", {"days": model.days}))
    if model.unusual:
        shown = ", ".join(model.unusual[-5:])
        out.append(sim.Finding("days_unusual", {"count": len(model.unusual), "days": shown}))
    return out


def document(model: Model) -> dict[str, Any]:
    """Return a model as plain data, for `forecast.json` in the scenario's folder."""
    return {
        "schema": SCHEMA,
        "interval_s": INTERVAL_S,
        "first": iso_day(model.first),
        "last": iso_day(model.last),
        "days": model.days,
        "calendar": {
            "week": list(model.calendar.week),
            "begins": model.calendar.begins,
            "dates": dict(model.calendar.dates),
            "estimated": sorted(model.calendar.estimated),
        },
        "unusual": list(model.unusual),
        "horizons": list(HORIZONS),
        "series": [
            {
                "place": one.place,
                "service": one.service,
                "level": _short(one.level),
                "factor": _list(one.factor),
                "profile": [_list(row) for row in one.profile],
                "residual": _short(one.residual),
                "rho": _short(one.rho),
                "alpha": one.alpha,
                "phi_cell": _list(one.phi_cell),
                "phi_day": _list(one.phi_day),
                "special": {
                    name: {
                        "seen": kind.seen,
                        "factor": _short(kind.factor),
                        "profile": _list(kind.profile),
                        "phi": _short(kind.phi),
                    }
                    for name, kind in one.special.items()
                },
            }
            for one in model.series
        ],
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _list(values: Floats) -> list[float]:
    return [_short(float(value)) for value in values]


def read(folder: Path) -> Model:
    """Read the model that a calibration has left in a scenario's folder.

    Raises
    ------
    InputError
        ``no_history`` when there is none; ``forecast_file`` when the file is not what it should be.
    """
    path = folder / FILE
    if not path.is_file():
        raise sim.InputError.one("no_history", file=str(folder), field=FILE, value=str(folder))
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError(data["schema"])
        days = data["calendar"]
        calendar = Calendar(tuple(days["week"]), int(days["begins"]), days["dates"], frozenset(days["estimated"]))
        return Model(
            _day(data["first"]), _day(data["last"]), int(data["days"]), calendar,
            tuple(_series(one) for one in data["series"]), tuple(data["unusual"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise sim.InputError.one("forecast_file", file=str(path), value=str(error)[:80]) from None


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


def _series(data: Mapping[str, Any]) -> Series:
    special = {
        name: Special(int(kind["seen"]), float(kind["factor"]), np.array(kind["profile"], float), float(kind["phi"]))
        for name, kind in data["special"].items()
    }
    arrays = [np.array(data[name], float) for name in ("factor", "profile", "phi_cell", "phi_day")]
    shapes = [array.shape for array in arrays]
    if shapes != [(WEEK,), (WEEK, PER_DAY), (len(HORIZONS),), (len(HORIZONS),)]:
        raise ValueError(f"shape of {data['service']}")
    return Series(
        data["place"], data["service"], float(data["level"]), arrays[0], arrays[1], float(data["residual"]),
        float(data["rho"]), float(data["alpha"]), arrays[2], arrays[3], special,
    )  # fmt: skip
