"""How sure the fits are: everything fitted again to days drawn anew, together.

Each draw gives every day of the log a random weight (exponential, mean 1: the Bayesian bootstrap, Rubin 1981,
Annals of Statistics 9:130–134) and refits all parameters with it. Whole days are weighted, so what goes
together on a day stays together: busy days, their service times, their patience. Estimates need only
histograms by day, so a draw is a product of matrices and one Newton step (`laws.refitted`).

Fewer than `ENOUGH_DAYS` days say little about how days differ: then calls are weighted one by one, and a rate
gets the noise of its count and of the day factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import sim
from calibration.clean import ABANDONED, BLOCKED, NO_SHOW, TRANSFERRED, answered, asked, offered, queued, served
from calibration.columns import DAY_S, NEVER
from calibration.fit.arrivals import day_factors, table_by_day
from calibration.fit.calendar import within
from calibration.fit.laws import LAWS, QUANTILES, Mixture, Sample, Spike, bent, empirical, refitted
from calibration.fit.patience import Waits, curve, waits
from calibration.fit.people import REDIAL_S, following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calibration.columns import Flags, Floats, Ints, Log
    from calibration.fit.arrivals import Arrivals
    from calibration.fit.calendar import Days
    from calibration.fit.patience import PatienceFit
    from calibration.fit.routes import Routes
    from calibration.fit.service import ServiceFit

NUMBER = 200
ENOUGH_DAYS = 5
MOST_RATES = 5000
"""With more rates than this a draw moves all rates of a place, service and day class together."""
MOST_POINTS = 200
_CONFIDENCE = (0.025, 0.975)


class Parameter(NamedTuple):
    """What a number is a parameter of, in the log's own codes; `*` = all, or does not apply.

    kind is one of: `rate_per_hour`, `rate_factor`, `day_factor_cv`, `place_factor_cv`; `service:NAME` (of the
    published law), `service_fit:NAME` (of the fitted law and its spike), `service_sample:mean_s` and `:sd_s`;
    `patience:shape`, `patience:scale_s`; `share:transfer`, `share:no_show`, `share:redial` (`label` as in
    `routes.Share`).
    """

    kind: str
    place: str = "*"
    channel: str = "*"
    service: str = "*"
    day_class: str = "*"
    start_s: int = 0
    label: str = "*"


@dataclass(frozen=True)
class Draws:
    """Draws of all parameters; those of one draw belong together.

    Attributes
    ----------
    parameters : tuple[Parameter, ...]
        What the columns of `values` are.
    values : array of float, draws × parameters
    tables : tuple[Parameter, ...]
        Services published as a quantile table (kind `service:quantiles_s`).
    quantiles : array of float, draws × tables × `laws.QUANTILES`
    """

    parameters: tuple[Parameter, ...]
    values: Floats
    tables: tuple[Parameter, ...]
    quantiles: Floats

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.values)

    def of(self, number: int) -> dict[Parameter, float]:
        """Return one draw, counted from 0, without the tables."""
        return dict(zip(self.parameters, self.values[number].tolist(), strict=True))

    def interval(self, parameter: Parameter) -> tuple[float, float] | None:
        """Return the 2.5 % and 97.5 % quantiles of a parameter; none if it was not drawn."""
        if parameter not in self.parameters:
            return None
        low, high = np.quantile(self.values[:, self.parameters.index(parameter)], _CONFIDENCE)
        return float(low), float(high)

    def intervals(self) -> dict[Parameter, tuple[float, float]]:
        """Return the interval of every parameter."""
        bounds = np.quantile(self.values, _CONFIDENCE, axis=0).T.tolist() if self.parameters else []
        return {p: (low, high) for p, (low, high) in zip(self.parameters, bounds, strict=True)}

    def rows(self, path: Callable[[Parameter], str | None]) -> Iterator[tuple[int, str, str]]:
        """Yield (draw from 1, path, value) for all parameters that have a path; tables as numbers with blanks."""
        plain = [(k, name) for k, p in enumerate(self.parameters) if (name := path(p)) is not None]
        tables = [(k, name) for k, p in enumerate(self.tables) if (name := path(p)) is not None]
        for number in range(len(self.values)):
            for k, name in plain:
                yield number + 1, name, f"{self.values[number, k]:.6g}"
            for k, name in tables:
                yield number + 1, name, " ".join(f"{value:.6g}" for value in self.quantiles[number, k])


class _Weights:
    """Weights of days in every draw, and weighted counts by day."""

    def __init__(self, days: Days, number: int, seed: int) -> None:
        self.seen = days.seen
        self.chance = sim.generator(seed, "bootstrap")
        self.days = self.chance.exponential(size=(number, len(days.seen)))

    def index(self, log: Log, rows: Flags) -> Ints:
        """Return the number of each row's day among the days seen (the nearest earlier one for strays)."""
        return np.clip(np.searchsorted(self.seen, log.day[rows], side="right") - 1, 0, len(self.seen) - 1)

    def counts(self, day: Ints, kind: Ints, kinds: int) -> Floats:
        """Return how often each kind was seen in each draw, scaled to the number of rows (draws, kinds)."""
        by_day = np.bincount(day * kinds + kind, minlength=len(self.seen) * kinds).reshape(-1, kinds)
        if np.count_nonzero(by_day.any(axis=1)) >= ENOUGH_DAYS:
            out = self.days @ by_day
        else:
            out = self.chance.standard_gamma(np.broadcast_to(by_day.sum(axis=0), (len(self.days), kinds)))
        scaled: Floats = out * (len(day) / np.maximum(out.sum(axis=1, keepdims=True), 1e-300))
        return scaled


class _Collected:
    def __init__(self) -> None:
        self.parameters: list[Parameter] = []
        self.columns: list[Floats] = []
        self.tables: list[Parameter] = []
        self.quantiles: list[Floats] = []

    def add(self, parameter: Parameter, values: Floats) -> None:
        self.parameters.append(parameter)
        self.columns.append(values)

    def draws(self, number: int) -> Draws:
        values = np.column_stack(self.columns) if self.columns else np.zeros((number, 0))
        empty = np.zeros((number, 0, len(QUANTILES)))
        quantiles = np.stack(self.quantiles, axis=1) if self.quantiles else empty
        return Draws(tuple(self.parameters), values, tuple(self.tables), quantiles)


def draws(
    log: Log,
    days: Days,
    coming: Arrivals,
    taking: Sequence[ServiceFit],
    staying: Sequence[PatienceFit],
    going: Routes,
    number: int = NUMBER,
    seed: int = 1,
) -> tuple[Draws, dict[str, tuple[tuple[float, float, float, float], ...]]]:
    """Draw all parameters `number` times.

    Returns
    -------
    draws : Draws
    curves : dict
        Service → points (time in seconds, share still willing to wait, 95 % bounds) of its patience.
    """
    weights, out = _Weights(days, number, seed), _Collected()
    _rates(log, days, coming, weights, out)
    _services(log, taking, weights, out)
    curves = _patience(log, staying, weights, out)
    _shares(log, going, weights, out)
    return out.draws(number), curves


def _rates(log: Log, days: Days, coming: Arrivals, weights: _Weights, out: _Collected) -> None:
    wanted = offered(log)
    number = len(weights.days)
    kinds = days.classes()
    tables = {kind: table_by_day(log, days, kind, wanted & within(log, days, kind)) for kind in kinds}
    shared, own = day_factors(days, tables, weights.days, extra=1)
    if coming.cv2 > 0:
        out.add(Parameter("day_factor_cv"), np.sqrt(shared))
    if coming.place_cv2 > 0:
        out.add(Parameter("place_factor_cv"), np.sqrt(own))
    whole = len(coming.rates) > MOST_RATES or coming.smooth
    keys: dict[tuple[str, str, str, str, int], int] = {}
    cell_of = np.zeros(len(coming.rates), np.int64)
    for k, rate in enumerate(coming.rates):
        key = (rate.place, rate.channel, rate.service, rate.day_class, -1 if whole else rate.start_s)
        cell_of[k] = keys.setdefault(key, len(keys))
    steps = DAY_S // coming.interval_s
    shape = (len(log.places), len(log.channels), len(log.services), len(kinds), steps)
    labels = [{name: k for k, name in enumerate(names)} for names in (log.places, log.channels, log.services, kinds)]
    lookup = np.full(shape, -1, np.int32)
    for k, rate in enumerate(coming.rates):
        at = (labels[0][rate.place], labels[1][rate.channel], labels[2][rate.service], labels[3][rate.day_class])
        lookup[at][rate.start_s // coming.interval_s : rate.end_s // coming.interval_s] = cell_of[k]
    cells = np.full(len(log), -1, np.int64)
    for k, kind in enumerate(kinds):
        rows = wanted & within(log, days, kind)
        slot = (log.arrive[rows] - log.day[rows] * DAY_S) // coming.interval_s
        cells[rows] = lookup[log.place[rows], log.channel[rows], log.service[rows], k, slot]
    rows = cells >= 0
    by_day = np.zeros((len(weights.seen), len(keys)))
    np.add.at(by_day, (weights.index(log, rows), cells[rows]), 1.0)
    counts = by_day.sum(axis=0)
    drawn = weights.days @ by_day
    # Days of a class on which a place was there, with their weights.
    of_class = {kind: np.array(days.day_class) == kind for kind in kinds}
    cv2 = coming.cv2 + coming.place_cv2
    common = {
        kind: weights.chance.gamma(n / cv2, cv2 / n, number) if cv2 > 0 and (n := int(mine.sum())) else np.ones(number)
        for kind, mine in of_class.items()
    }
    shown: dict[int, Floats] = {}
    for (place, _, _, kind, _), cell in keys.items():
        there = of_class[kind] & days.present[labels[0][place]]
        n = int(there.sum())
        if n >= ENOUGH_DAYS:
            shown[cell] = drawn[:, cell] / np.maximum(weights.days[:, there].sum(axis=1), 1e-300) * n / counts[cell]
        else:
            noise = weights.chance.standard_gamma(max(counts[cell], 1.0), number) / max(counts[cell], 1.0)
            shown[cell] = noise * common[kind]
    if whole:
        for (place, channel, service, kind, _), cell in keys.items():
            out.add(Parameter("rate_factor", place, channel, service, kind), shown[cell])
        return
    for k, rate in enumerate(coming.rates):
        name = Parameter("rate_per_hour", rate.place, rate.channel, rate.service, rate.day_class, rate.start_s)
        out.add(name, rate.per_hour * shown[int(cell_of[k])])


def _services(log: Log, taking: Sequence[ServiceFit], weights: _Weights, out: _Collected) -> None:
    rows = served(log)
    pooled: dict[str, list[str]] = {"*": [one.service for one in taking if one.pooled]}
    for one in taking:
        if one.pooled:
            continue
        mine = rows if one.service == "*" else rows & (log.service == log.services.index(one.service))
        x, where = np.unique(log.service_s[mine], return_inverse=True)
        counts = weights.counts(weights.index(log, mine), where, len(x))
        names = [one.service, *pooled.get(one.service, [])]
        _service(one, x.astype(np.float64), counts, names, out)


def _service(one: ServiceFit, x: Floats, counts: Floats, names: list[str], out: _Collected) -> None:
    n = counts.sum(axis=1)
    mean = counts @ x / n
    sd = np.sqrt(np.maximum(counts @ x**2 / n - mean**2, 0.0))
    fit: dict[str, Floats] = {}
    published: dict[str, Floats] = {}
    table: Floats | None = None
    law = next((law for law in LAWS if law.name == one.fitted.law), None)
    if law is None or one.fitted.theta is None:
        table = np.array([empirical(Sample(x, row)).published[1]["quantiles_s"] for row in counts])
    else:
        spike = one.fitted.spike
        long = x >= (spike.below_s if spike else 0.0)
        body = x[long]
        thetas = refitted(lambda theta: law.log_density(theta, body), one.fitted.theta, counts[:, long])
        named = [law.named(theta) for theta in thetas]
        fit |= {key: np.array([each[key] for each in named]) for key in named[0]}
        if spike is not None:
            fit["short_share"] = counts[:, ~long].sum(axis=1) / n
        if one.fitted.published[0] == "empirical":
            drawn = []
            for theta, row, share in zip(thetas, counts, fit.get("short_share", n), strict=True):
                short = Spike(float(share), spike.below_s, Sample(x[~long], row[~long])) if spike else None
                drawn.append(_table(Mixture(law, theta, short)))
            table = np.array(drawn)
        else:
            published = {key: fit[key] for key in one.fitted.published[1]}
    out.add(Parameter("service_sample:mean_s", service=one.service), mean)
    out.add(Parameter("service_sample:sd_s", service=one.service), sd)
    for name in names:
        for key, values in fit.items():
            out.add(Parameter(f"service_fit:{key}", service=name), values)
        for key, values in published.items():
            out.add(Parameter(f"service:{key}", service=name), values)
        if table is not None:
            out.tables.append(Parameter("service:quantiles_s", service=name))
            out.quantiles.append(table)


def _table(mixture: Mixture) -> list[float]:
    mean, sd = mixture.moments()
    q = mixture.cut_quantiles()
    return bent(q, mean, sd)["quantiles_s"] if math.isfinite(sd) else q.tolist()


def _patience(
    log: Log, staying: Sequence[PatienceFit], weights: _Weights, out: _Collected
) -> dict[str, tuple[tuple[float, float, float, float], ...]]:
    rows = queued(log)
    curves = {}
    borrowed = [one.service for one in staying if one.pooled]
    for one in staying:
        mine = rows if one.service == "*" else rows & (log.service == log.services.index(one.service))
        seen = waits(log, mine)
        if seen.n == 0:
            continue
        at = np.searchsorted(seen.t, log.wait_s[mine])
        outcome = log.outcome[mine]
        kind = np.where(outcome == ABANDONED, 0, np.where(outcome == NO_SHOW, 2, 1))
        counts = weights.counts(weights.index(log, mine), kind * len(seen.t) + at, 3 * len(seen.t))
        curves[one.service] = _curve(seen, counts)
        if one.pooled or one.shape is None or one.scale_s is None:
            continue
        theta = np.log([one.shape, one.scale_s])
        thetas = np.exp(refitted(seen.terms(), theta, counts))
        for name in [one.service, *(borrowed if one.service == "*" else [])]:
            out.add(Parameter("patience:shape", service=name), thetas[:, 0])
            out.add(Parameter("patience:scale_s", service=name), thetas[:, 1])
    return curves


def _curve(seen: Waits, counts: Floats) -> tuple[tuple[float, float, float, float], ...]:
    """Return at most `MOST_POINTS` points of the curve of patience, with bounds."""
    t, share = curve(seen)
    m = len(t)
    pick = np.unique(np.linspace(0, m - 1, min(m, MOST_POINTS)).round().astype(np.int64))
    drawn = np.stack([curve(Waits(t, row[:m], row[m : 2 * m], row[2 * m :]))[1][pick] for row in counts])
    low, high = np.quantile(drawn, _CONFIDENCE, axis=0)
    return tuple(zip(t[pick].tolist(), share[pick].tolist(), low.tolist(), high.tolist(), strict=True))


def _shares(log: Log, going: Routes, weights: _Weights, out: _Collected) -> None:
    """Draw the shares of transfers, no-shows and redials."""
    everyone, done = asked(log), answered(log)
    cases: list[tuple[str, str, str, Flags, Flags]] = []
    for one in going.shares:
        mine = everyone if one.service == "*" else everyone & (log.service == log.services.index(one.service))
        if one.what == "transfer" and one.label == "*":
            cases.append(("transfer", one.service, "*", mine & done, log.outcome == TRANSFERRED))
        elif one.what == "no_show":
            how = {"appointment": log.appointment == 1, "walk_in": log.appointment == 0}.get(one.label)
            cases.append(
                ("no_show", one.service, one.label, mine if how is None else mine & how, log.outcome == NO_SHOW)
            )
    known = log.person != NEVER
    if known.any():
        lost = np.isin(log.outcome, (ABANDONED, BLOCKED, NO_SHOW)) & offered(log) & known
        lost &= log.arrive + REDIAL_S <= log.arrive.max()
        if np.count_nonzero(lost) >= ENOUGH_DAYS:
            cases.append(("redial", "*", "*", lost, following(log)[1] <= REDIAL_S))
    for what, service, label, base, hit in cases:
        counts = weights.counts(weights.index(log, base), hit[base].astype(np.int64), 2)
        out.add(Parameter(f"share:{what}", service=service, label=label), counts[:, 1] / counts.sum(axis=1))
