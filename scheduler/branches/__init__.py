"""Branch and remote staff in one problem: minimum posts by branch and hour, mobile people, recall."""

from scheduler.branches.rules import BranchRules, Minimum, Mobile, Recall, rule_names, rules
from scheduler.branches.together import BranchDay, BranchStaff, Called, branch_staff, problem

__all__ = [
    "BranchDay",
    "BranchRules",
    "BranchStaff",
    "Called",
    "Minimum",
    "Mobile",
    "Recall",
    "branch_staff",
    "problem",
    "rule_names",
    "rules",
]
