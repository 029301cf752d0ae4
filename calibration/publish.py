"""From logs to a scenario that runs as it is, with where every figure comes from and how sure it is.

The folder holds the scenario, `calibration.json` (the evidence), `draws.csv` (bootstrap draws of every fitted
parameter in the scenario's own words), `forecast.json` (what a forecast needs) and, with a validation,
`validation.csv` (every half-hour of it).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import sim
from calibration import calendars, forecast, inputs
from calibration.clean import Cleaned, cleaned
from calibration.counted import Counted, of_counts
from calibration.evidence import EVIDENCE, Calibration, observed
from calibration.fit import fits as fit_all
from calibration.fit.calendar import INTERVAL_S
from calibration.fit.wrap import wrap_up
from calibration.history import history_of, long_enough
from calibration.mapping import preset as find_preset
from calibration.read import log as read_log
from calibration.scenario import scenario
from calibration.validate import REPLICATIONS, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from calibration.columns import Log, Preset

    Progress = Callable[[int, int], None]

CELLS = "validation.csv"
_SPAN = re.compile(r"(\d{1,3})([dw])")


def calibrate(
    paths: Path | str | Iterable[Path | str],
    *,
    preset: str | Preset,
    out: Path | str | None = None,
    seed: int = 1,
    interval_s: int = INTERVAL_S,
    smooth: bool = False,
    allow: float | None = None,
    key: bytes | None = None,
    holdout: str | None = None,
    replications: int = REPLICATIONS,
    progress: Progress | None = None,
    today: date | None = None,
) -> Calibration | Counted:
    """Read logs, clean them, fit what they say, and make a scenario; write it to `out` if given.

    Parameters
    ----------
    paths : path or paths
        Log files of one kind.
    preset : str or Preset
        What their columns mean; one of ``calibration.presets()``, or what ``calibration.mapping.mapping`` read.
    out : path, optional
        Folder for the scenario and its evidence; written when all else is done.
    seed : int
        For the fractions of a second that the log has rounded away, the draws and the validation.
    interval_s, smooth
        Width of the steps of the rates, 900 or 1800, and whether they follow a smooth curve.
    allow : float, optional
        Largest share of dropped rows that is accepted; `clean.STOP_SHARE` if left out.
    key : bytes, optional
        For the keyed hashes of people; a random one if left out.
    holdout : str, optional
        ``"2w"`` or ``"10d"``: the last days of the log are kept from the fits and simulated with the staff that
        was there then (`calibration.validate`). What is published is the fit to the days before.
    replications : int
        Simulated runs of the days held out.
    progress : callable, optional
        Told (done, total) runs of the validation.

    Raises
    ------
    InputError
        A log that cannot be read, has other columns, of which too much must be dropped, or that is too short
        for what is to be held out.
    """
    kind = find_preset(preset) if isinstance(preset, str) else preset
    if kind.kind == "counts":
        if holdout is not None:
            raise sim.InputError.one("holdout_counts", field="holdout", value=holdout)
        return of_counts(paths, kind, out, today)
    table = cleaned(read_log(paths, kind, key), kind, *(() if allow is None else (allow,)))
    fitted, held = (table, None) if holdout is None else split(table, holdout)
    made = fit(fitted, kind, seed=seed, interval_s=interval_s, smooth=smooth, today=today)
    if held is not None:
        found = validate(made, held, replications=replications, seed=seed, progress=progress)
        extra = {**made.extra, "validation": found.document()}
        made = replace(made, validation=found, extra=extra, findings=(*made.findings, *found.findings))
    if out is not None:
        write(made, out)
    return made


def fit(
    table: Cleaned,
    preset: Preset,
    *,
    seed: int = 1,
    interval_s: int = INTERVAL_S,
    smooth: bool = False,
    today: date | None = None,
) -> Calibration:
    """Fit everything to a cleaned log and make the scenario.

    Raises
    ------
    InputError
        ``log_no_service`` when nobody was served.
    """
    found = fit_all(table.log, preset.calendar, seed=seed, interval_s=interval_s, smooth=smooth)
    made = scenario(preset, table, found, today)
    history = history_of(table.log, preset)
    # The log's own classes stay as they are; what is to come needs to know the holidays.
    calendar = calendars.filled(preset.calendar, history.first, history.last)
    model = forecast.fit(history, calendar) if long_enough(history) else None
    wrap = wrap_up(table.log)
    wrap_s = 0.0 if wrap is None else wrap.mean_s
    figures = observed(table.log, found.days, found.duty, made.run.day_classes, wrap_s)
    extra = {
        "wrap_up": None if wrap is None else {"mean_s": round(wrap.mean_s, 3), "n": wrap.n},
        "provenance": dict(made.provenance),
    }
    return Calibration(made, preset, table, found, figures, (*table.findings, *found.findings), extra, model)


def split(table: Cleaned, holdout: str) -> tuple[Cleaned, Log]:
    """Return a cleaned log without its last days, and the rows of those days.

    Raises
    ------
    InputError
        ``holdout_form`` when `holdout` is not like ``"2w"`` or ``"10d"``; ``holdout_long`` when it leaves fewer
        days than it takes.
    """
    match = _SPAN.fullmatch(holdout.strip().lower())
    days = int(match[1]) * (7 if match[2] == "w" else 1) if match else 0
    if days < 1:
        raise sim.InputError.one("holdout_form", field="holdout", value=holdout)
    day = table.log.day
    first, last = (int(day.min()), int(day.max())) if len(day) else (0, 0)
    if last - first + 1 - days < days:
        raise sim.InputError.one("holdout_long", field="holdout", value=holdout, days=last - first + 1)
    late = day > last - days
    return replace(table, log=table.log.only(~late)), table.log.only(late)


def write(made: Calibration, out: Path | str) -> Path:
    """Write a calibration: the scenario and beside it evidence, draws, forecast model, validation.

    Raises
    ------
    InputError
        A folder that exists and is no scenario, or that cannot be written.
    """
    folder = sim.write(made.scenario, out)
    text = json.dumps(made.document(), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / EVIDENCE).write_text(text + "\n", encoding="utf-8")
    files: dict[str, str] = {}
    if made.model is not None:
        files[forecast.FILE] = json.dumps(forecast.document(made.model), ensure_ascii=False, allow_nan=False) + "\n"
    if len(made.fits.draws):
        files[inputs.FILE] = inputs.draws_csv(made)
    if made.validation is not None:
        files[CELLS] = made.validation.csv()
    for name in (forecast.FILE, inputs.FILE, CELLS):
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink(missing_ok=True)
    return folder
