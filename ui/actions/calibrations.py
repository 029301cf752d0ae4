"""Fit a scenario to logs: the action behind ``counterflow calibrate``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import calibration
from ui.actions import folders, logs, people
from ui.actions.documents import plain

if TYPE_CHECKING:
    from ui.actions.desk import Desk

SCHEMA = "counterflow/calibrate/1"


@dataclass(frozen=True)
class CalibrateRequest:
    """What to read and where the scenario goes.

    `holdout` keeps the last days apart, to validate ("2w", "10d"); `map` names a mapping file in place of a preset;
    `allow` is the share of rows that may be dropped, if not the usual one.
    """

    logs: tuple[str, ...]
    preset: str
    out: str
    holdout: str = ""
    map: str = ""
    allow: float | None = None


def calibrate(request: CalibrateRequest, desk: Desk) -> dict[str, Any]:
    """Write a scenario fitted to the logs and return its evidence (``counterflow/calibrate/1``).

    Beside the evidence stands `curves`, the numbers behind the pictures of a report.

    Raises
    ------
    InputError
        A log cannot be read or has other columns; nothing is written then.
    """
    desk.admit("calibrate")
    folders.usable(request.out)
    kind = logs.meaning(request.logs, request.preset, request.map)
    found = calibration.calibrate(
        request.logs,
        preset=kind,
        allow=request.allow,
        key=people.key() if "person" in kind.columns else None,
        out=request.out,
        holdout=request.holdout or None,
        progress=desk.progress,
    )
    curves = {} if isinstance(found, calibration.Counted) else calibration.curves.curves(found)
    document = {**plain(found.document()), "schema": SCHEMA, "out": request.out, "curves": plain(curves)}
    desk.note("calibrate", " ".join(request.logs), preset=kind.id, out=request.out)
    return document
