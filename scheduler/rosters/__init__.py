"""Rosters: who works which shift on which day, for named people, within the labour rules."""

from scheduler.rosters.afterwards import Pay, pay, remember
from scheduler.rosters.build import Terms
from scheduler.rosters.team import Roster, Task, people_needed, roster

__all__ = ["Pay", "Roster", "Task", "Terms", "pay", "people_needed", "remember", "roster"]
