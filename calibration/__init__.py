"""From logs of a queue or a call centre to a calibrated scenario with its evidence.

    calibration.calibrate("january.txt", preset="anonymous-bank", out="my-centre")

does it all; `read.log`, `clean.cleaned`, the fits and `publish.scenario` are its steps.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.mapping import presets
    from calibration.evidence import Calibration
    from calibration.publish import calibrate

__all__ = [
    "Calibration", "calibrate", "clean", "columns", "evidence", "fit", "mapping", "presets", "privacy", "publish",
    "read",
]  # fmt: skip

_HOME = {
    "Calibration": "calibration.evidence",
    "calibrate": "calibration.publish",
    "presets": "calibration.mapping",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for (PEP 562): duckdb and scipy cost time."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in __all__:
        return importlib.import_module(f"calibration.{name}")
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted(__all__)
