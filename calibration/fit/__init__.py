"""Fits: how customers arrive, how long service takes, how long they wait, what becomes of them, who is on duty.

    found = calibration.fit.fits(log, calendar)

does it all; the modules of this room are its steps, and each can be used alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.fit.together import Fits, fits

__all__ = ["Fits", "fits"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for (PEP 562)."""
    if name in __all__:
        return getattr(importlib.import_module("calibration.fit.together"), name)
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted(__all__)
