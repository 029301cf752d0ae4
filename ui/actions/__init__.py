"""One function a user action: who may, compute, keep, note it in the audit trail.

The command line, the pages and the workers call only these. Every action takes plain values and returns one document
of plain JSON values, the same that ``--json`` prints, so what was computed once can be kept, sent and drawn anywhere.
Names are imported when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ui.actions.calibrations import CalibrateRequest, calibrate
    from ui.actions.catalogue import check, entries, schema, show
    from ui.actions.comparisons import CompareRequest, compare
    from ui.actions.desk import Caller, Desk, Stopped
    from ui.actions.documents import HEADLINES, Measures, dumps
    from ui.actions.folders import make, usable
    from ui.actions.forecasts import ForecastRequest, forecast
    from ui.actions.logs import LookRequest, look
    from ui.actions.main_job import demo
    from ui.actions.plans import PlanRequest, plan
    from ui.actions.studies import SimulateRequest, simulate

_WHERE = {
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

__all__ = [
    "HEADLINES",
    "CalibrateRequest",
    "Caller",
    "CompareRequest",
    "Desk",
    "ForecastRequest",
    "LookRequest",
    "Measures",
    "PlanRequest",
    "SimulateRequest",
    "Stopped",
    "calibrate",
    "check",
    "compare",
    "demo",
    "dumps",
    "entries",
    "forecast",
    "look",
    "make",
    "plan",
    "schema",
    "show",
    "simulate",
    "usable",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    value = getattr(importlib.import_module(f"ui.actions.{_WHERE[name]}"), name)
    globals()[name] = value
    return value
