"""Fit a scenario to logs: the action behind ``counterflow calibrate``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import calibration
from ui.actions import folders
from ui.actions.documents import plain

if TYPE_CHECKING:
    from ui.actions.desk import Desk

SCHEMA = "counterflow/calibrate/1"


@dataclass(frozen=True)
class CalibrateRequest:
    """What to read and where the scenario goes."""

    logs: tuple[str, ...]
    preset: str
    out: str


def calibrate(request: CalibrateRequest, desk: Desk) -> dict[str, Any]:
    """Write a scenario fitted to the logs and return its evidence (``counterflow/calibrate/1``).

    Raises
    ------
    InputError
        A log cannot be read or has other columns; nothing is written then.
    """
    desk.admit("calibrate")
    folders.usable(request.out)
    found = calibration.calibrate(request.logs, preset=request.preset, out=request.out)
    document = {**plain(found.document()), "schema": SCHEMA, "out": request.out}
    desk.note("calibrate", " ".join(request.logs), preset=request.preset, out=request.out)
    return document
