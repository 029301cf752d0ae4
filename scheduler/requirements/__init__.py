"""Requirements: the people a team needs in each quarter-hour to keep a promise, by theory.

`demand` says what comes to a team, `passages` for how long a visit holds it, `sizes` how many people that needs.
"""

from scheduler.requirements.demand import (
    ROLE,
    SLOTS,
    Asked,
    Demand,
    Meetings,
    day_classes,
    demands,
    demands_together,
    first_days,
    queues,
    teams_to_plan,
)
from scheduler.requirements.passages import Passage, moments, passage
from scheduler.requirements.sizes import Subset, by_theory, carried, enough, needs, pooled, subsets

__all__ = [
    "ROLE",
    "SLOTS",
    "Asked",
    "Demand",
    "Meetings",
    "Passage",
    "Subset",
    "by_theory",
    "carried",
    "day_classes",
    "demands",
    "demands_together",
    "enough",
    "first_days",
    "moments",
    "needs",
    "passage",
    "pooled",
    "queues",
    "subsets",
    "teams_to_plan",
]
