"""Experiments: studies, comparisons on common random numbers, expected demand."""

from sim.experiments.comparison import Comparison, Difference, compare
from sim.experiments.offered import OfferedRates, offered
from sim.experiments.study import Cell, Kept, Progress, Row, Study, simulate

__all__ = [
    "Cell",
    "Comparison",
    "Difference",
    "Kept",
    "OfferedRates",
    "Progress",
    "Row",
    "Study",
    "compare",
    "offered",
    "simulate",
]
