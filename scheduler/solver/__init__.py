"""The only place that runs a solver: a linear program in, an answer with its bound out."""

from scheduler.solver.cpsat import WORKERS, choose
from scheduler.solver.linear import count
from scheduler.solver.program import Answer, Program

__all__ = ["WORKERS", "Answer", "Program", "choose", "count"]
