"""Which groups of rules the interpreter is being built with: set while its module is loaded."""

from __future__ import annotations

from sim.tables.types import FLOW, QUEUES, UNITS

_wanted = FLOW | QUEUES | UNITS


def want(features: int) -> None:
    """Say which groups the next load of the interpreter is for."""
    global _wanted
    _wanted = features


def building() -> tuple[bool, bool, bool]:
    """Return whether FLOW, QUEUES and UNITS are wanted."""
    return bool(_wanted & FLOW), bool(_wanted & QUEUES), bool(_wanted & UNITS)
