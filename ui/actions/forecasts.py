"""Say how many customers will come: the action behind ``counterflow forecast``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import calibration
import scenarios_catalog
from ui.actions.documents import plain

if TYPE_CHECKING:
    from ui.actions.desk import Desk

SCHEMA = "counterflow/forecast/1"


@dataclass(frozen=True)
class ForecastRequest:
    """Which scenario, how many days after the last of its log, and a calendar of the user's own."""

    scenario: str
    days: int
    calendar: str = ""


def forecast(request: ForecastRequest, desk: Desk) -> dict[str, Any]:
    """Return expected customers by half-hour and by day (``counterflow/forecast/1``).

    Raises
    ------
    InputError
        A scenario that was not calibrated from a history of two weeks at least, days outside 1 … 366, a
        calendar that cannot be read.
    """
    desk.admit("look")
    scenarios_catalog.load(request.scenario)
    shelved = request.scenario in scenarios_catalog.names()
    folder = scenarios_catalog.find(request.scenario) if shelved else Path(request.scenario)
    model = calibration.forecast.read(folder)
    more = calibration.calendars.table(request.calendar) if request.calendar else None
    made = calibration.forecast.ahead(model, request.days, more)
    desk.note("forecast", request.scenario, days=request.days, calendar=request.calendar)
    return {
        "schema": SCHEMA,
        "scenario": request.scenario,
        "history": {
            "first": calibration.columns.iso_day(model.first),
            "last": calibration.columns.iso_day(model.last),
            "days": model.days,
        },
        "from": made.days[0].date,
        "until": made.days[-1].date,
        "interval_s": calibration.history.INTERVAL_S,
        "days": [dataclasses.asdict(one) for one in made.days],
        "rows": [plain(dataclasses.asdict(one)) for one in made.rows],
        "daily": [plain(dataclasses.asdict(one)) for one in made.daily],
        "findings": [{"code": one.code, "values": plain(one.values)} for one in made.findings],
    }
