"""Plans: requirements, shifts, rosters, and the loop that proves them. The face; its parts load when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from scheduler.people import History, Leave, Lock, Person, Staff, Violation, Wish
from scheduler.plan import Achieved, Cover, Need, Plan, Raise, RosterRow, Round, Shift

if TYPE_CHECKING:
    from scheduler.contracts import Contract, Rule, contract, contract_names
    from scheduler.loop import plan
else:
    # The file plan.py and the function share a name: the function is what the face shows.
    del globals()["plan"]

_HOME = {
    "Contract": "scheduler.contracts",
    "Rule": "scheduler.contracts",
    "contract": "scheduler.contracts",
    "contract_names": "scheduler.contracts",
    "plan": "scheduler.loop",
}

__all__ = [
    "Achieved",
    "Contract",
    "Cover",
    "History",
    "Leave",
    "Lock",
    "Need",
    "Person",
    "Plan",
    "Raise",
    "RosterRow",
    "Round",
    "Rule",
    "Shift",
    "Staff",
    "Violation",
    "Wish",
    "contract",
    "contract_names",
    "plan",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'scheduler' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
