"""Shifts of one day: for one team (`cover`), or for many groups of people with skills and places at once (`master`)."""

from scheduler.shifts.cover import CLOSE, EDGE_S, SLOTS, DayShifts, cover, on_duty
from scheduler.shifts.master import Master, master
from scheduler.shifts.problem import Cut, Group, Post

__all__ = [
    "CLOSE",
    "EDGE_S",
    "SLOTS",
    "Cut",
    "DayShifts",
    "Group",
    "Master",
    "Post",
    "cover",
    "master",
    "on_duty",
]
