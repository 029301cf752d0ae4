"""From logs of a queue or a call centre to a calibrated scenario with its evidence.

    calibration.calibrate("january.txt", preset="anonymous-bank", out="my-centre")

does it all. Its steps: `read.log`, `clean.cleaned`, `fit.fits`, `scenario.scenario`, `validate.validate`,
`publish.write`. A folder that it wrote has a future too: `forecast.ahead(forecast.read(folder), 28)`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.counted import Counted
    from calibration.evidence import Calibration
    from calibration.mapping import presets
    from calibration.publish import calibrate
    from calibration.validate import Validation

__all__ = [
    "Calibration", "Counted", "Validation", "calendars", "calibrate", "clean", "columns", "counted", "curves",
    "evidence", "fit", "forecast", "history", "inputs", "mapping", "presets", "privacy", "publish", "read",
    "scenario", "validate",
]  # fmt: skip

_HOME = {
    "Calibration": "calibration.evidence",
    "Counted": "calibration.counted",
    "Validation": "calibration.validate",
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
