"""A scenario as integers, and the types of what the engines read and write."""

from sim.tables.compile import compile_scenario
from sim.tables.parts import Part, parts
from sim.tables.types import Day, Names, Tables, Trace

__all__ = ["Day", "Names", "Part", "Tables", "Trace", "compile_scenario", "parts"]
