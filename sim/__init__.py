"""Counterflow's model, engines and experiments: the face that other rooms import; its parts load when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import theory as theory
    from sim.draw import cache_finding as cache_finding
    from sim.draw import engine_hash as engine_hash
    from sim.draw import generator as generator
    from sim.draw import on_compile as on_compile
    from sim.experiments import Cell as Cell
    from sim.experiments import Comparison as Comparison
    from sim.experiments import Difference as Difference
    from sim.experiments import Kept as Kept
    from sim.experiments import OfferedRates as OfferedRates
    from sim.experiments import Row as Row
    from sim.experiments import Study as Study
    from sim.experiments import compare as compare
    from sim.experiments import offered as offered
    from sim.experiments import simulate as simulate
    from sim.measures import MEASURES as MEASURES
    from sim.measures import Promise as Promise
    from sim.model import DRAWS as DRAWS
    from sim.model import Draws as Draws
    from sim.model import Fault as Fault
    from sim.model import Finding as Finding
    from sim.model import InputError as InputError
    from sim.model import LawValues as LawValues
    from sim.model import RateRow as RateRow
    from sim.model import Rules as Rules
    from sim.model import Scenario as Scenario
    from sim.model import StaffingRow as StaffingRow
    from sim.model import Step as Step
    from sim.model import Team as Team
    from sim.model import Text as Text
    from sim.model import expand as expand
    from sim.model import files as files
    from sim.model import format_clock as format_clock
    from sim.model import held as held
    from sim.model import instance_names as instance_names
    from sim.model import parse_clock as parse_clock
    from sim.model import read as read
    from sim.model import read_draws as read_draws
    from sim.model import read_rows as read_rows
    from sim.model import schema as schema
    from sim.model import validated as validated
    from sim.model import with_draw as with_draw
    from sim.model import write as write
    from sim.model.calendar import CALENDAR_FOLDER as CALENDAR_FOLDER
    from sim.model.calendar import ESTIMATED as ESTIMATED
    from sim.tables.sites import Sites as Sites

_MODEL = (
    "DRAWS Draws Fault Finding InputError LawValues RateRow Rules Scenario StaffingRow Step Team Text expand files "
    "format_clock held instance_names parse_clock read read_draws read_rows schema validated with_draw write"
)
_FACE = {
    "sim.model": _MODEL,
    "sim.model.calendar": "CALENDAR_FOLDER ESTIMATED",
    "sim.draw": "cache_finding engine_hash generator on_compile",
    "sim.measures": "MEASURES Promise",
    "sim.tables.sites": "Sites",
    "sim.experiments": "Cell Comparison Difference Kept OfferedRates Row Study compare offered simulate",
}
_HOME = {name: module for module, names in _FACE.items() for name in names.split()}

__all__ = sorted([*_HOME, "theory"])


def __getattr__(name: str) -> Any:
    if name == "theory":
        return importlib.import_module("sim.theory")
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
