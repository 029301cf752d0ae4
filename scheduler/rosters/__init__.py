"""Rosters: who works which shift on which day, for named people, within the labour rules."""

from scheduler.rosters.build import Terms
from scheduler.rosters.team import Roster, Task, people_needed, roster

__all__ = ["Roster", "Task", "Terms", "people_needed", "roster"]
