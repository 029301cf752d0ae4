"""Where Counterflow keeps its data on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NAME = "counterflow"


def folder() -> Path:
    """Return COUNTERFLOW_HOME, or the folder that the system sets aside for a user's data."""
    if os.environ.get("COUNTERFLOW_HOME"):
        return Path(os.environ["COUNTERFLOW_HOME"])
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / _NAME
