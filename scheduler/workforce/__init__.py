"""People over a year: hiring, training, attrition, and who is moved from one role to another."""

from scheduler.workforce.assumptions import Career, Move, Workforce, workforce, workforce_names
from scheduler.workforce.year import Headcount, LedgerRow, Moved, RoleMonth, headcount, people_needed

__all__ = [
    "Career",
    "Headcount",
    "LedgerRow",
    "Move",
    "Moved",
    "RoleMonth",
    "Workforce",
    "headcount",
    "people_needed",
    "workforce",
    "workforce_names",
]
