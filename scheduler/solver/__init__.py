"""The only place that runs a solver: a linear program in, an answer with its bound out."""

from scheduler.solver.cpsat import WORKERS, choose
from scheduler.solver.linear import Floats, Found, Linear, Relaxed, relax, search
from scheduler.solver.program import Answer, Program

__all__ = [
    "WORKERS",
    "Answer",
    "Floats",
    "Found",
    "Linear",
    "Program",
    "Relaxed",
    "choose",
    "relax",
    "search",
]
