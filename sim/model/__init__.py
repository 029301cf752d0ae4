"""What a scenario is: the only passport between the rooms of the house."""

from sim.model.blocks import OUTCOMES, Block
from sim.model.check import instance_names
from sim.model.draws import DRAWS, Draws, read_draws, with_draw
from sim.model.faults import Fault, Finding, InputError
from sim.model.fields import ALWAYS, DAY_S, Text, format_clock, parse_clock
from sim.model.programs import LawValues, Step, expand
from sim.model.read import read, read_rows, validated
from sim.model.scenario import (
    Place,
    ProfileRow,
    RateRow,
    Rules,
    Run,
    Scenario,
    StaffingRow,
    Stream,
    Team,
)
from sim.model.schema import schema
from sim.model.walks import held
from sim.model.write import files, write

__all__ = [
    "ALWAYS",
    "DAY_S",
    "DRAWS",
    "OUTCOMES",
    "Block",
    "Draws",
    "Fault",
    "Finding",
    "InputError",
    "LawValues",
    "Place",
    "ProfileRow",
    "RateRow",
    "Rules",
    "Run",
    "Scenario",
    "StaffingRow",
    "Step",
    "Stream",
    "Team",
    "Text",
    "expand",
    "files",
    "format_clock",
    "held",
    "instance_names",
    "parse_clock",
    "read",
    "read_draws",
    "read_rows",
    "schema",
    "validated",
    "with_draw",
    "write",
]
