"""One function a user action: who may, compute, keep, note it in the audit trail.

The command line, the pages and the workers call only these. Every action takes plain values and returns one document
of plain JSON values, the same that ``--json`` prints, so what was computed once can be kept, sent and drawn anywhere.
Names are imported when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ui.actions.assignments import AssignRequest, assign
    from ui.actions.branches import BranchRequest, branch_staff
    from ui.actions.calibrations import CalibrateRequest, calibrate
    from ui.actions.catalogue import check, entries, schema, show
    from ui.actions.comparisons import CompareRequest, compare
    from ui.actions.desk import Caller, Desk, Stopped
    from ui.actions.documents import HEADLINES, Measures, dumps
    from ui.actions.folders import make, usable
    from ui.actions.forecasts import ForecastRequest, forecast
    from ui.actions.frontiers import FrontierRequest, frontier
    from ui.actions.headcounts import HeadcountRequest, headcount
    from ui.actions.logs import LookRequest, look
    from ui.actions.main_job import demo
    from ui.actions.plans import PlanRequest, plan
    from ui.actions.replans import ReplanRequest, replan
    from ui.actions.rosters import (
        CheckRequest,
        EditRequest,
        ExportRequest,
        FormRequest,
        WhyRequest,
        edited,
        explain,
        exported,
        form,
        usable_file,
    )
    from ui.actions.rosters import check as check_roster
    from ui.actions.studies import SimulateRequest, simulate

_WHERE = {
    "BranchRequest": "branches",
    "branch_staff": "branches",
    "HeadcountRequest": "headcounts",
    "headcount": "headcounts",
    "AssignRequest": "assignments",
    "assign": "assignments",
    "CheckRequest": "rosters",
    "EditRequest": "rosters",
    "ExportRequest": "rosters",
    "FormRequest": "rosters",
    "edited": "rosters",
    "exported": "rosters",
    "FrontierRequest": "frontiers",
    "ReplanRequest": "replans",
    "WhyRequest": "rosters",
    "frontier": "frontiers",
    "replan": "replans",
    "explain": "rosters",
    "form": "rosters",
    "usable_file": "rosters",
    "CalibrateRequest": "calibrations",
    "calibrate": "calibrations",
    "check": "catalogue",
    "entries": "catalogue",
    "schema": "catalogue",
    "show": "catalogue",
    "CompareRequest": "comparisons",
    "compare": "comparisons",
    "Caller": "desk",
    "Desk": "desk",
    "Stopped": "desk",
    "HEADLINES": "documents",
    "Measures": "documents",
    "dumps": "documents",
    "ForecastRequest": "forecasts",
    "forecast": "forecasts",
    "make": "folders",
    "usable": "folders",
    "LookRequest": "logs",
    "look": "logs",
    "demo": "main_job",
    "PlanRequest": "plans",
    "plan": "plans",
    "SimulateRequest": "studies",
    "simulate": "studies",
}

_OTHER_NAMES = {"check_roster": ("rosters", "check")}
"""Names of which the action is called otherwise in its file."""

__all__ = [
    "HEADLINES",
    "AssignRequest",
    "BranchRequest",
    "CalibrateRequest",
    "Caller",
    "CheckRequest",
    "CompareRequest",
    "Desk",
    "EditRequest",
    "ExportRequest",
    "ForecastRequest",
    "FormRequest",
    "FrontierRequest",
    "HeadcountRequest",
    "LookRequest",
    "Measures",
    "PlanRequest",
    "ReplanRequest",
    "SimulateRequest",
    "Stopped",
    "WhyRequest",
    "assign",
    "branch_staff",
    "calibrate",
    "check",
    "check_roster",
    "compare",
    "demo",
    "dumps",
    "edited",
    "entries",
    "explain",
    "exported",
    "forecast",
    "form",
    "frontier",
    "headcount",
    "look",
    "make",
    "plan",
    "replan",
    "schema",
    "show",
    "simulate",
    "usable",
    "usable_file",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE and name not in _OTHER_NAMES:
        raise AttributeError(name)
    file, inside = _OTHER_NAMES.get(name) or (_WHERE[name], name)
    value = getattr(importlib.import_module(f"ui.actions.{file}"), inside)
    globals()[name] = value
    return value
