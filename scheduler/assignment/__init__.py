"""Assignment of remote teams to branches: first choice and back-up for each branch, service and part of the day.

`assign` makes the problem from a scenario and writes the answer into one; `problem` is the same in numbers, `search`,
`exact` and `columns` solve it and prove how good the answer is; `limits` is what the bank says may not be.
"""

from scheduler.assignment.assign import RELAXATION, Assignment, Served, Share, assign
from scheduler.assignment.limits import Limits, Pair, TeamLimits, limits

__all__ = ["RELAXATION", "Assignment", "Limits", "Pair", "Served", "Share", "TeamLimits", "assign", "limits"]
