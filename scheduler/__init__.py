"""Plans: requirements, shifts, rosters, and the loop that proves them. The face; its parts load when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from scheduler.people import History, Leave, Lock, Person, Staff, Violation, Wish
from scheduler.plan import (
    Achieved,
    Baseline,
    Bound,
    Change,
    Cover,
    Draws,
    Frontier,
    Judged,
    Need,
    Outlook,
    Plan,
    Point,
    Price,
    Raise,
    Replan,
    RosterRow,
    Round,
    Shift,
    Worth,
)

if TYPE_CHECKING:
    from scheduler.actuals import Absence, Actuals, Arrivals, Breakdown, Surge, read_actuals
    from scheduler.assignment import Assignment, Limits, Pair, TeamLimits, assign, limits
    from scheduler.branches import BranchStaff, branch_staff
    from scheduler.checker import check
    from scheduler.contracts import Contract, Rule, contract, contract_names
    from scheduler.goals import Limit, goal
    from scheduler.loop import plan
    from scheduler.pareto import frontier
    from scheduler.reasons import Candidate, Infeasible, Relief, relax, who_could, why
    from scheduler.rosters import Pay, pay, remember
    from scheduler.today import replan
    from scheduler.workforce import Headcount, LedgerRow, Moved, RoleMonth, headcount
else:
    # The file plan.py and the function share a name: the function is what the face shows.
    del globals()["plan"]

_HOME = {
    "remember": "scheduler.rosters",
    "pay": "scheduler.rosters",
    "Pay": "scheduler.rosters",
    "Assignment": "scheduler.assignment",
    "Limits": "scheduler.assignment",
    "Pair": "scheduler.assignment",
    "TeamLimits": "scheduler.assignment",
    "assign": "scheduler.assignment",
    "limits": "scheduler.assignment",
    "Relief": "scheduler.reasons",
    "Infeasible": "scheduler.reasons",
    "Candidate": "scheduler.reasons",
    "relax": "scheduler.reasons",
    "why": "scheduler.reasons",
    "who_could": "scheduler.reasons",
    "check": "scheduler.checker",
    "Absence": "scheduler.actuals",
    "Actuals": "scheduler.actuals",
    "Arrivals": "scheduler.actuals",
    "Breakdown": "scheduler.actuals",
    "Limit": "scheduler.goals",
    "Surge": "scheduler.actuals",
    "frontier": "scheduler.pareto",
    "goal": "scheduler.goals",
    "read_actuals": "scheduler.actuals",
    "replan": "scheduler.today",
    "Contract": "scheduler.contracts",
    "Rule": "scheduler.contracts",
    "contract": "scheduler.contracts",
    "contract_names": "scheduler.contracts",
    "plan": "scheduler.loop",
    "BranchStaff": "scheduler.branches",
    "branch_staff": "scheduler.branches",
    "Headcount": "scheduler.workforce",
    "LedgerRow": "scheduler.workforce",
    "Moved": "scheduler.workforce",
    "RoleMonth": "scheduler.workforce",
    "headcount": "scheduler.workforce",
}

__all__ = [
    "Absence",
    "Achieved",
    "Actuals",
    "Arrivals",
    "Assignment",
    "Baseline",
    "Bound",
    "BranchStaff",
    "Breakdown",
    "Candidate",
    "Change",
    "Contract",
    "Cover",
    "Draws",
    "Frontier",
    "Headcount",
    "History",
    "Infeasible",
    "Judged",
    "Leave",
    "LedgerRow",
    "Limit",
    "Limits",
    "Lock",
    "Moved",
    "Need",
    "Outlook",
    "Pair",
    "Pay",
    "Person",
    "Plan",
    "Point",
    "Price",
    "Raise",
    "Relief",
    "Replan",
    "RoleMonth",
    "RosterRow",
    "Round",
    "Rule",
    "Shift",
    "Staff",
    "Surge",
    "TeamLimits",
    "Violation",
    "Wish",
    "Worth",
    "assign",
    "branch_staff",
    "check",
    "contract",
    "contract_names",
    "frontier",
    "goal",
    "headcount",
    "limits",
    "pay",
    "plan",
    "read_actuals",
    "relax",
    "remember",
    "replan",
    "who_could",
    "why",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'scheduler' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
