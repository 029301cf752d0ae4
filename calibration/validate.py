"""Hold a scenario against weeks that it has not seen.

The days held out are simulated one by one: their dates' classes, the staff that the log shows on duty on each of
them, to the second; everything else (rates, day factor, service, patience, routes) from the fit to the days
before. Every replication takes another bootstrap draw of the parameters, so a band of 95 % holds what is not
known of the inputs as well as luck. Then each half-hour of the log is held against its band.
"""

from __future__ import annotations

import csv
import io
import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from calibration.clean import ABANDONED, NO_SHOW, answered, offered, served
from calibration.columns import DAY_S, iso_day
from calibration.evidence import clock
from calibration.fit.calendar import INTERVAL_S, PER_DAY, days
from calibration.fit.staffing import TURNS, duty, spells, time_before
from calibration.inputs import drawn_scenarios
from calibration.scenario import Names, names, shifts, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from calibration.columns import Flags, Floats, Ints, Log
    from calibration.evidence import Calibration

    Progress = Callable[[int, int], None]

REPLICATIONS = 100
INSIDE = 0.90
"""Share of half-hours whose observed value should lie inside the band of 95 %."""
FEWEST_VALUES = 10
"""A half-hour is judged by a ratio, such as a mean wait, when so many replications have one."""
MEASURES = ("offered", "wait_mean_s", "abandoned_share", "service_level")
THRESHOLDS_S = (0.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 420.0, 600.0, 900.0, 1800.0)
"""Where the distribution of waits is compared."""
CURVE_REPLICATIONS = 10
LITTLE = 0.01
_LOW, _HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Cell:
    """One measure in one half-hour of a held-out day: the log, and the simulation's mean and 95 % band.

    `inside` is None where the log or too many replications have no value.
    """

    measure: str
    date: str
    day_class: str
    start: str
    observed: float | None
    mean: float | None
    low: float | None
    high: float | None
    inside: bool | None


@dataclass(frozen=True)
class Judged:
    """A measure over all half-hours, and over the whole of the days held out.

    Attributes
    ----------
    cells, inside : int
        Half-hours that could be judged, and those inside their band.
    observed, mean, low, high : float
        Of the whole time: the log; the simulation's mean and 95 % band.
    crps, reference : float or None
        Waits: mean continuous ranked probability score of the simulation over half-hours; and the mean error of
        the fitted days' mean wait of the same class and half-hour (the score of a forecast without spread).
    holds : bool
        At least `INSIDE` of the half-hours inside; for waits a smaller score than the reference's is enough.
    """

    measure: str
    cells: int
    inside: int
    observed: float | None
    mean: float | None
    low: float | None
    high: float | None
    crps: float | None
    reference: float | None
    holds: bool

    @property
    def share(self) -> float | None:
        """Share of half-hours inside their band."""
        return self.inside / self.cells if self.cells else None


@dataclass(frozen=True)
class Little:
    """Little's law of the log, day by day: relative difference of L and λW."""

    days: int
    mean: float
    largest: float


@dataclass(frozen=True)
class Validation:
    """Held-out days against their simulation.

    Attributes
    ----------
    staff : str
        `spells`: each person as the log shows them; `busy`: the log names nobody, and staff is by class.
    wait_distance_s : float or None
        Wasserstein-1 distance of the waits of the answered, log against simulation.
    profile_distance_min : float
        Wasserstein-1 distance of the times of day at which customers come.
    waits : tuple of (threshold_s, share of the log, share of the simulation)
        The two distributions of waits.
    verdict : str
        `predicts`, `predicts_partly` or `predicts_not`.
    """

    dates: tuple[str, ...]
    left_out: tuple[str, ...]
    replications: int
    seed: int
    staff: str
    cells: tuple[Cell, ...]
    judged: tuple[Judged, ...]
    wait_distance_s: float | None
    profile_distance_min: float
    waits: tuple[tuple[float, float, float], ...]
    little: Little | None
    verdict: str

    def of(self, measure: str) -> Judged:
        """Return the judgement of one measure."""
        return next(one for one in self.judged if one.measure == measure)

    @property
    def findings(self) -> tuple[sim.Finding, ...]:
        """What a reader should know, as codes with values."""
        counts, waits = self.of("offered"), self.of("wait_mean_s")
        out = [sim.Finding(f"validation_{self.verdict}", {"first": self.dates[0], "last": self.dates[-1]})]
        out.append(sim.Finding("validation_counts", {"inside_share": counts.share, "cells": counts.cells}))
        if waits.crps is not None and waits.reference is not None:
            values = {
                "inside_share": waits.share,
                "observed_s": waits.observed,
                "simulated_s": waits.mean,
                "crps_s": round(waits.crps, 1),
                "reference_s": round(waits.reference, 1),
            }
            code = "validation_waits_closer" if waits.crps < waits.reference else "validation_waits"
            out.append(sim.Finding(code, values))
        if self.little is not None and self.little.largest > LITTLE:
            out.append(sim.Finding("little_broken", {"largest_share": self.little.largest}))
        if self.left_out:
            shown = ", ".join(self.left_out[:5]) + (" …" if len(self.left_out) > 5 else "")
            out.append(sim.Finding("validation_days_left_out", {"count": len(self.left_out), "days": shown}))
        if self.staff == "busy":
            out.append(sim.Finding("validation_staff_unknown"))
        return tuple(out)

    def document(self) -> dict[str, Any]:
        """Return the validation as plain data, without its half-hours (those are in `validation.csv`)."""
        return {
            "first": self.dates[0],
            "last": self.dates[-1],
            "days": len(self.dates),
            "left_out": list(self.left_out),
            "replications": self.replications,
            "seed": self.seed,
            "staff": self.staff,
            "measures": [
                {**{key: _number(value) for key, value in vars(one).items()}, "share_inside": _number(one.share)}
                for one in self.judged
            ],
            "wait_distance_s": _number(self.wait_distance_s),
            "profile_distance_min": _number(self.profile_distance_min),
            "waits": [{"at_s": at, "observed": _number(a), "simulated": _number(b)} for at, a, b in self.waits],
            "little": None if self.little is None else {key: _number(v) for key, v in vars(self.little).items()},
            "verdict": self.verdict,
        }

    def csv(self) -> str:
        """Return every half-hour as CSV."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        columns = ("measure", "date", "day_class", "start", "observed", "mean", "low", "high", "inside")
        writer.writerow(columns)
        for cell in self.cells:
            values = [_number(getattr(cell, name)) for name in columns[:-1]]
            inside = None if cell.inside is None else int(cell.inside)
            writer.writerow(["" if value is None else value for value in (*values, inside)])
        return out.getvalue()


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


@dataclass(frozen=True)
class _Held:
    """The days held out that can be simulated, and where their half-hours lie among all of the run."""

    days: Ints
    kinds: tuple[str, ...]
    open: Flags
    """(days · 48) half-hours in which some place is open."""


@dataclass(frozen=True)
class _Seen:
    """What a log says of each half-hour (days · 48)."""

    offered: Floats
    gave_up: Floats
    answered: Floats
    wait_s: Floats
    in_time: Floats
    waits: Floats
    """Of the answered, one by one."""


def validate(
    made: Calibration,
    log: Log,
    *,
    replications: int = REPLICATIONS,
    seed: int = 1,
    progress: Progress | None = None,
) -> Validation:
    """Hold days that a calibration has not seen against their simulation.

    Parameters
    ----------
    made : Calibration
        Fitted to other days.
    log : Log
        Cleaned rows of the days held out, read by the same preset.
    replications : int
        Runs of all the days, each with another draw of the inputs.
    progress : callable, optional
        Told (done, total).

    Raises
    ------
    InputError
        ``validation_no_days`` when no day is of a class that the fit knows.
    """
    held, left_out = _held(made, log)
    called = names(made.preset, made.cleaned.log, made.arrivals.services())
    staffing, staff = _staffing(made, log, held, called)
    run = {"days": len(held.days), "day_classes": held.kinds}

    def as_it_was(scenario: sim.Scenario) -> sim.Scenario:
        return scenario.replace(run=run, staffing=staffing)

    base = as_it_was(made.scenario)
    runs = list(_runs(base, made, as_it_was, replications, seed, progress))
    threshold_s = made.scenario.rules.sl_threshold_s
    seen = _seen(log, made, held.days, threshold_s)
    cells: list[Cell] = []
    judged = []
    for measure in MEASURES:
        found, one = _judge(measure, held, seen, runs, made)
        cells += found
        judged.append(one)
    waits = _curves(base, seen.waits, seed)
    return Validation(
        dates=tuple(iso_day(int(day)) for day in held.days),
        left_out=left_out,
        replications=len(runs),
        seed=seed,
        staff=staff,
        cells=tuple(cells),
        judged=tuple(judged),
        wait_distance_s=_distance(waits),
        profile_distance_min=_profile_distance(seen, runs),
        waits=waits,
        little=_little(log, held),
        verdict=_verdict(judged),
    )


def _held(made: Calibration, log: Log) -> tuple[_Held, tuple[str, ...]]:
    """Return the days that can be simulated, and those of classes that the fit does not know."""
    seen = np.unique(log.day[offered(log)])
    kinds = [made.preset.calendar.of(int(day)) for day in seen]
    known = made.days.hours
    left_out = tuple(iso_day(int(day)) for day, kind in zip(seen, kinds, strict=True) if kind not in known)
    keep = np.array([kind in known for kind in kinds], bool)
    if not keep.any():
        raise sim.InputError.one("validation_no_days", field="holdout", value=", ".join(dict.fromkeys(kinds)))
    used = tuple(kind for kind in kinds if kind in known)
    there = np.zeros((len(used), PER_DAY), bool)
    for k, kind in enumerate(used):
        there[k, known[kind].first : known[kind].last] = True
    return _Held(seen[keep], used, there.ravel()), left_out


def _staffing(made: Calibration, log: Log, held: _Held, called: Names) -> tuple[tuple[dict[str, Any], ...], str]:
    """Return staffing rows of each day: every spell on duty to the second, or by class where nobody is named."""
    position = {int(day): k for k, day in enumerate(held.days)}
    many = slots(made.fits, made.cleaned.log)
    if made.duty.method != "turns":
        seen = days(log, made.preset.calendar)
        rows = duty(log, seen).rows
        out = [
            {
                "team": called.team[place],
                "day_class": kind,
                "start": first * INTERVAL_S,
                "end": last * INTERVAL_S,
                "count": count * many,
            }
            for place in log.places
            if place in called.team
            for kind in dict.fromkeys(held.kinds)
            for first, last, count in shifts(
                {row.slot: row.count for row in rows if (row.place, row.day_class) == (place, kind)}
            )
        ]
        return tuple(out), "busy"
    # Who rests while customers wait may lack their skill, or be back when the queue grows: he stays on duty.
    on_duty = spells(log, pause_s=math.inf)
    rows_served = served(log)
    counts: dict[tuple[str, int, int, int], int] = {}
    fitted = {name: number for number, name in enumerate(made.cleaned.log.places)}
    for number, place in enumerate(log.places):
        if place not in called.team:
            continue
        came, went = on_duty.at(number)
        begun = np.sort(log.start[rows_served & (log.place == number)])
        for day, k in position.items():
            hours = made.days.at.get((fitted[place], held.kinds[k]))
            if hours is None:
                continue
            here = (came >= day * DAY_S) & (came < (day + 1) * DAY_S)
            doors = (day * DAY_S + hours.first * INTERVAL_S, day * DAY_S + hours.last * INTERVAL_S)
            for first, last in to_the_doors(came[here], went[here], begun, *doors):
                key = (called.team[place], k, first - day * DAY_S, last - day * DAY_S)
                counts[key] = counts.get(key, 0) + many
    rows_ = [
        {"team": team, "day": day, "start": start, "end": end, "count": count}
        for (team, day, start, end), count in sorted(counts.items())
    ]
    return tuple(rows_), "spells"


def to_the_doors(came: Ints, went: Ints, begun: Ints, opens: int, closes: int) -> list[tuple[int, int]]:
    """Return the spells on duty of a day, carried to the opening and to the closing where they nearly reach.

    The log shows nobody before his first service and after his last. Whoever had missed no more than `TURNS`
    turns since the opening is taken to have been there from the opening on, and likewise to the closing. While
    the doors are open there is somebody: moments that no spell covers get one person.

    Parameters
    ----------
    came, went : arrays of int
        Spells of the day at one place, seconds.
    begun : array of int
        Starts of all services at the place, rising.
    """
    out: list[tuple[int, int]] = []
    for first, last in zip(came.tolist(), went.tolist(), strict=True):
        at_first = max(int(((came <= first) & (went >= first)).sum()), 1)
        at_last = max(int(((came <= last) & (went >= last)).sum()), 1)
        before = np.searchsorted(begun, first, side="left") - np.searchsorted(begun, opens, side="left")
        after = np.searchsorted(begun, closes, side="left") - np.searchsorted(begun, last, side="right")
        start = opens if first > opens and before <= TURNS * at_first else first
        end = closes if last < closes and after <= TURNS * at_last else last
        out.append((start, max(end, start + 1)))
    covered = opens
    for first, last in sorted(out):
        if covered < first and covered < closes:
            out.append((covered, min(first, closes)))
        covered = max(covered, last)
    if covered < closes:
        out.append((covered, closes))
    return sorted(out)


# --------------------------------------------------------------------------------------------- both sides


def _runs(
    base: sim.Scenario,
    made: Calibration,
    as_it_was: Callable[[sim.Scenario], sim.Scenario],
    number: int,
    seed: int,
    progress: Progress | None,
) -> Iterable[Mapping[str, tuple[Floats, Floats]]]:
    """Yield numerators and denominators of each measure by half-hour, one replication after another."""
    drawn = list(drawn_scenarios(made))

    def study_of(k: int) -> sim.Study:
        scenario = as_it_was(drawn[k % len(drawn)]) if drawn else base
        # A seed for each run: replications of one study would all have the same inputs.
        return sim.simulate(scenario, reps=1, seed=seed * 1_000_003 + k, threads=1)

    first = study_of(0)
    cells = _cells_of(first, base.run.days)

    def one(k: int) -> Mapping[str, tuple[Floats, Floats]]:
        study = first if k == 0 else study_of(k)
        return {
            measure: (_spread(study.sums.top, index, slot, size), _spread(study.sums.low, index, slot, size))
            for measure, (index, slot) in cells.items()
        }

    size = base.run.days * PER_DAY
    with ThreadPoolExecutor(min(os.cpu_count() or 1, number)) as pool:
        for done, found in enumerate(pool.map(one, range(number)), 1):
            if progress is not None:
                progress(done, number)
            yield found


def _cells_of(study: sim.Study, n_days: int) -> dict[str, tuple[Ints, Ints]]:
    """Return for each measure where its half-hours stand among the cells of a study, and which half-hours they are.

    All runs have the same places, services, teams and days, so the same cells.
    """
    found: dict[str, list[tuple[int, int]]] = {measure: [] for measure in MEASURES}
    for index, key in enumerate(study.layout.keys):
        whole = (key.place, key.service, key.pool) == ("*", "*", "*")
        if whole and key.measure in found and isinstance(key.interval_start, int):
            slot = key.interval_start // INTERVAL_S
            if slot < n_days * PER_DAY:
                found[key.measure].append((index, slot))
    return {
        measure: (np.array([a for a, _ in pairs], np.int64), np.array([b for _, b in pairs], np.int64))
        for measure, pairs in found.items()
    }


def _spread(values: Floats, index: Ints, slot: Ints, size: int) -> Floats:
    out = np.zeros(size)
    np.add.at(out, slot, values[index])
    return out


def _seen(log: Log, made: Calibration, on: Ints, threshold_s: float) -> _Seen:
    """Return what a log says of the half-hours of some days, customers within opening hours of their place."""
    rows = offered(log) & np.isin(log.day, on) & _within_hours(log, made)
    wait, gave_up, met = _cases(log)
    slot = np.searchsorted(on, log.day) * PER_DAY + (log.arrive - log.day * DAY_S) // INTERVAL_S
    size = len(on) * PER_DAY

    def count(these: Flags, weights: Any = None) -> Floats:
        values = None if weights is None else weights[these]
        out: Floats = np.bincount(slot[these], values, minlength=size)[:size].astype(np.float64)
        return out

    done = rows & met
    return _Seen(
        count(rows),
        count(rows & gave_up),
        count(done),
        count(done, wait),
        count(done & (wait <= threshold_s)),
        wait[done].astype(np.float64),
    )


def _within_hours(log: Log, made: Calibration) -> Flags:
    """Return the rows that came within the opening hours that the fit gives their place and class."""
    out = np.zeros(len(log), bool)
    slot = (log.arrive - log.day * DAY_S) // INTERVAL_S
    seen, where = np.unique(log.day, return_inverse=True)
    kind = np.array([made.preset.calendar.of(int(day)) for day in seen], dtype=object)[where] if len(seen) else where
    fitted = made.cleaned.log.places
    for (number, name), hours in made.days.at.items():
        if fitted[number] in log.places:
            here = (log.place == log.places.index(fitted[number])) & (kind == name)
            out |= here & (slot >= hours.first) & (slot < hours.last)
    return out


def _cases(log: Log) -> tuple[Floats, Flags, Flags]:
    """Return for each row the wait of its whole case, and whether that gave up, or was answered."""
    left, met = np.isin(log.outcome, (ABANDONED, NO_SHOW)), answered(log)
    wait = np.maximum(log.wait_s, 0).astype(np.float64)
    if not np.any(log.leg > 0):
        return wait, left, met
    _, case = np.unique(log.case, return_inverse=True)
    total: Floats = np.bincount(case, wait)[case].astype(np.float64)
    gave_up = np.bincount(case, left)[case] > 0
    return total, gave_up, (np.bincount(case, met)[case] > 0) & ~gave_up


# ------------------------------------------------------------------------------------------------ judging


def _judge(
    measure: str, held: _Held, seen: _Seen, runs: Sequence[Mapping[str, tuple[Floats, Floats]]], made: Calibration
) -> tuple[list[Cell], Judged]:
    top = np.stack([one[measure][0] for one in runs])
    low = np.stack([one[measure][1] for one in runs])
    seen_top, seen_low = {
        "offered": (seen.offered, np.ones(len(seen.offered))),
        "wait_mean_s": (seen.wait_s, seen.answered),
        "abandoned_share": (seen.gave_up, seen.offered),
        "service_level": (seen.in_time, seen.offered),
    }[measure]
    value, drawn = _ratio(seen_top, seen_low), _ratio(top, low)
    usual = _usual_wait(made) if measure == "wait_mean_s" else {}
    cells: list[Cell] = []
    scores: list[tuple[float, float]] = []
    for k in np.flatnonzero(held.open).tolist():
        sample = np.sort(drawn[:, k][np.isfinite(drawn[:, k])])
        day, slot = divmod(k, PER_DAY)
        known = bool(len(sample) >= min(FEWEST_VALUES, len(runs)))
        ends = np.quantile(sample, (_LOW, _HIGH)) if known else (math.nan, math.nan)
        there = math.isfinite(value[k])
        inside = bool(ends[0] - 1e-9 <= value[k] <= ends[1] + 1e-9) if known and there else None
        cells.append(
            Cell(
                measure, iso_day(int(held.days[day])), held.kinds[day], clock(slot * INTERVAL_S), _maybe(value[k]),
                _maybe(float(sample.mean())) if known else None, _maybe(ends[0]), _maybe(ends[1]), inside,
            )
        )  # fmt: skip
        before = usual.get((held.kinds[day], slot))
        if inside is not None and before is not None:
            scores.append((crps(sample, float(value[k])), abs(float(value[k]) - before)))
    judged = [cell for cell in cells if cell.inside is not None]
    inside_count = sum(bool(cell.inside) for cell in judged)
    score = tuple(np.mean(scores, axis=0).tolist()) if scores else (None, None)
    closer = score[0] is not None and score[0] < score[1]
    whole = _ratio(top[:, held.open].sum(axis=1), low[:, held.open].sum(axis=1))
    seen_whole = _ratio(seen_top[held.open].sum(), seen_low[held.open].sum())
    if measure == "offered":
        whole, seen_whole = top[:, held.open].sum(axis=1), seen_top[held.open].sum()
    ends = np.nanquantile(whole, (_LOW, _HIGH)) if np.isfinite(whole).any() else (math.nan, math.nan)
    holds = bool(judged) and (inside_count >= INSIDE * len(judged) or closer)
    mean = float(np.nanmean(whole)) if np.isfinite(whole).any() else math.nan
    return cells, Judged(
        measure, len(judged), inside_count, _maybe(float(seen_whole)), _maybe(mean), _maybe(ends[0]), _maybe(ends[1]),
        score[0], score[1], holds,
    )  # fmt: skip


def _ratio(top: Any, low: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(low > 0, top / low, np.nan)


def _maybe(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def crps(sample: Floats, value: float) -> float:
    """Return the continuous ranked probability score of a sorted sample: E|X − y| − ½ E|X − X'|.

    Gneiting & Raftery 2007, Strictly proper scoring rules, JASA 102:359–378, eq. 21.
    """
    n = len(sample)
    spread = float(((2 * np.arange(1, n + 1) - n - 1) * sample).sum()) / n**2
    return float(np.abs(sample - value).mean()) - spread


def _usual_wait(made: Calibration) -> dict[tuple[str, int], float]:
    """Return the mean wait of the answered of each class and half-hour of the day, over the fitted days."""
    log = made.cleaned.log
    seen = _seen(log, made, made.days.seen, made.scenario.rules.sl_threshold_s)
    wait, met = seen.wait_s.reshape(-1, PER_DAY), seen.answered.reshape(-1, PER_DAY)
    kinds = np.array(made.days.day_class)
    out: dict[tuple[str, int], float] = {}
    for kind in made.days.hours:
        total, number = wait[kinds == kind].sum(axis=0), met[kinds == kind].sum(axis=0)
        out |= {(kind, k): float(total[k] / number[k]) for k in np.flatnonzero(number).tolist()}
    return out


def _curves(base: sim.Scenario, waits: Floats, seed: int) -> tuple[tuple[float, float, float], ...]:
    """Return at each threshold the share of the answered who waited no longer, log and simulation."""
    if not len(waits):
        return ()
    out = []
    for threshold_s in THRESHOLDS_S:
        rules = {**base.rules.model_dump(), "sl_mode": "answered", "sl_threshold_s": threshold_s}
        study = sim.simulate(base.replace(rules=rules), reps=CURVE_REPLICATIONS, seed=seed)
        level = study.value("service_level").value
        out.append((threshold_s, float((waits <= threshold_s).mean()), math.nan if level is None else level))
    return tuple(out)


def _distance(waits: Sequence[tuple[float, float, float]]) -> float | None:
    """Return the Wasserstein-1 distance ∫ |F − G| of two distributions on straight lines between thresholds."""
    if not waits or any(math.isnan(one[2]) for one in waits):
        return None
    at = np.array([one[0] for one in waits])
    gap = np.array([abs(one[1] - one[2]) for one in waits])
    return float(np.trapezoid(gap, at))


def _profile_distance(seen: _Seen, runs: Sequence[Mapping[str, tuple[Floats, Floats]]]) -> float:
    """Return the Wasserstein-1 distance, in minutes, of the times of day at which customers come."""
    from scipy.stats import wasserstein_distance

    ours = np.sum([one["offered"][0] for one in runs], axis=0).reshape(-1, PER_DAY).sum(axis=0)
    theirs = seen.offered.reshape(-1, PER_DAY).sum(axis=0)
    if not (ours.sum() and theirs.sum()):
        return math.nan
    minutes = np.arange(PER_DAY) * (INTERVAL_S / 60)
    return float(wasserstein_distance(minutes, minutes, theirs, ours))


def _little(log: Log, held: _Held) -> Little | None:
    """Compare, day by day, the mean number in the system with arrivals times their stay.

    J. Little 1961, A proof for the queuing formula L = λW. L is counted from the stamps (in the system from
    arriving to the end of service, or to giving up), W from the durations that the log gives (wait and service).
    A day begins and ends empty, so the two agree unless the clocks behind them do not.
    """
    rows = (answered(log) | np.isin(log.outcome, (ABANDONED, NO_SHOW))) & (log.service_s <= DAY_S)
    stay = np.maximum(log.wait_s, 0) + np.maximum(log.service_s, 0)
    left = np.where(log.service_s > 0, log.end, log.called)
    gaps = []
    for day in held.days.tolist():
        today = rows & (log.day == day)
        total = float(stay[today].sum())
        if total > 0:
            here = np.array([log.arrive[today].min(), np.maximum(left[today], log.arrive[today]).max()])
            inside = float(np.diff(time_before(log.arrive[today], left[today], here))[0])
            gaps.append(abs(inside - total) / total)
    return Little(len(gaps), float(np.mean(gaps)), float(np.max(gaps))) if gaps else None


def _verdict(judged: Sequence[Judged]) -> str:
    """Return `predicts` when counts and waits hold, `predicts_partly` when one of them does."""
    by = {one.measure: one.holds for one in judged}
    if by["offered"] and by["wait_mean_s"]:
        return "predicts"
    return "predicts_partly" if by["offered"] or by["wait_mean_s"] else "predicts_not"
