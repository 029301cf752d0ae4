"""Figures of a calibration: rates with bands, quantiles of service, patience, staff, days held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.charts import colours
from ui.charts.figures import Curve, Panel, svg
from ui.words import LANGUAGES, say, speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HOUR_S = 3600
_MOST = 4
"""Panels of a kind, and curves in one of them."""
_HALF_HOUR = 0.5
_NEARLY_ALL = 0.995
_PAIR = {"columns": 2, "width": 5.2, "height": 3.0}
_SQUARES = {"columns": 4, "width": 2.9, "height": 2.9}
_WIDE = {"columns": 1, "width": 10.0, "height": 2.5}
_ONE = {"columns": 1, "width": 6.5, "height": 3.0}


def pictures(document: Mapping[str, Any], curves: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the pictures of a report: name → language → SVG; what there are no numbers for is left out."""
    out: dict[str, dict[str, str]] = {}
    for lang in LANGUAGES:
        drawn: dict[str, tuple[list[Panel], dict[str, Any]]] = {"rates": (rates(lang, document), _PAIR)}
        if curves:
            drawn |= {
                "quantiles": (quantiles(lang, curves), _SQUARES),
                "patience": (patience(lang, curves), _PAIR),
                "staffing": (staffing(lang, document), _PAIR),
                "offered": (held_out(lang, curves, "offered"), _WIDE),
                "wait_mean_s": (held_out(lang, curves, "wait_mean_s"), _WIDE),
            }
        if document.get("validation"):
            drawn["waits"] = (waits(lang, document["validation"]), _ONE)
        for name, (panels, size) in drawn.items():
            if panels:
                out.setdefault(name, {})[lang] = svg(panels, **size)
    return out


def rates(lang: str, document: Mapping[str, Any]) -> list[Panel]:
    """Return the rates of the largest services by time of day, a panel for each class of days."""
    rows = document["arrivals"]
    kinds = list(dict.fromkeys(row["day_class"] for row in rows))[:_MOST]
    place = _largest(rows, "place", "rate_per_hour")[:1]
    step = document["interval_s"] / _HOUR_S
    panels = []
    for kind in kinds:
        mine = [row for row in rows if row["day_class"] == kind and row["place"] in place]
        curves = []
        for service, colour in zip(_largest(mine, "service", "rate_per_hour")[:_MOST], colours.SERIES, strict=False):
            line = [row for row in mine if row["service"] == service]
            banded = all(row.get("low_per_hour") is not None for row in line)
            points = [(row["start_s"] / _HOUR_S, row) for row in line]
            # A step holds until the next begins, the last as long as the others.
            x = (*(at for at, _ in points), points[-1][0] + step)
            y, low, high = (
                (*(row[name] for _, row in points), points[-1][1][name]) if banded or name == "rate_per_hour" else ()
                for name in ("rate_per_hour", "low_per_hour", "high_per_hour")
            )
            curves.append(Curve(_service(lang, service), x, y, low, high, "step", colour))
        title = speech.day_class(lang, kind)
        if len({row["place"] for row in rows}) > 1:
            title = f"{place[0]} · {title}"
        panels.append(
            Panel(title, say(lang, "report.time_of_day"), say(lang, "report.per_hour"), tuple(curves), _hours(curves))
        )
    return panels


def quantiles(lang: str, curves: Mapping[str, Any]) -> list[Panel]:
    """Return sample against law, a panel for each of the first services."""
    panels = []
    for service in list(dict.fromkeys(row["service"] for row in curves["quantiles"]))[:_MOST]:
        rows = [row for row in curves["quantiles"] if row["service"] == service and row["law_s"] is not None]
        if rows:
            x, y = (tuple(row[name] / 60 for row in rows) for name in ("sample_s", "law_s"))
            dots = Curve("", x, y, shape="dots")
            titles = (say(lang, f"report.{name}") for name in ("sample_minutes", "law_minutes"))
            panels.append(Panel(_service(lang, service), *titles, (dots,), diagonal=True))
    return panels


def patience(lang: str, curves: Mapping[str, Any]) -> list[Panel]:
    """Return the share still willing to wait, a panel for each of the first services."""
    panels = []
    for service in list(dict.fromkeys(row["service"] for row in curves["patience"]))[:_MOST]:
        rows = [row for row in curves["patience"] if row["service"] == service]
        x = tuple(row["at_s"] / 60 for row in rows)
        low, high = (tuple(row[name] for row in rows) for name in ("low", "high"))
        found = [Curve(say(lang, "report.observed"), x, tuple(row["share"] for row in rows), low, high, "step")]
        if all(row["law_share"] is not None for row in rows):
            law = tuple(row["law_share"] for row in rows)
            found.append(Curve(say(lang, "report.weibull"), x, law, colour=colours.ORANGE, dashed=True))
        titles = (say(lang, f"report.{name}") for name in ("minutes_waited", "still_waiting"))
        panels.append(Panel(_service(lang, service), *titles, tuple(found), share=True))
    return panels


def staffing(lang: str, document: Mapping[str, Any]) -> list[Panel]:
    """Return people on duty and busy by time of day, a panel for each class of days, at the largest place."""
    rows = document["staffing"]["rows"]
    place = _largest(rows, "place", "on_duty_mean")[:1]
    panels = []
    for kind in list(dict.fromkeys(row["day_class"] for row in rows))[:_MOST]:
        mine = [row for row in rows if row["day_class"] == kind and row["place"] in place]
        x = tuple(_clock_hours(row["start"]) for row in mine)
        curves = tuple(
            Curve(say(lang, f"report.{name}"), (*x, x[-1] + _HALF_HOUR), (*y, y[-1]), shape="step", colour=colour)
            for name, y, colour in (
                ("on_duty", tuple(row["on_duty_mean"] for row in mine), colours.GREEN),
                ("busy", tuple(row["busy_mean"] for row in mine), colours.ORANGE),
            )
        )
        title = speech.day_class(lang, kind)
        panels.append(Panel(title, say(lang, "report.time_of_day"), say(lang, "report.people"), curves, _hours(curves)))
    return panels


def held_out(lang: str, curves: Mapping[str, Any], measure: str) -> list[Panel]:
    """Return each week held out: the band of the simulation, and the log's half-hours as dots."""
    cells = [row for row in curves["half_hours"] if row["measure"] == measure]
    dates = list(dict.fromkeys(row["date"] for row in cells))
    scale = 60.0 if measure.endswith("_s") else 1.0
    top = max((row["observed"] / scale for row in cells if row["observed"] is not None), default=1.0)
    panels = []
    for week in (dates[k : k + 7] for k in range(0, len(dates), 7)):
        x: list[float | None] = []
        columns: dict[str, list[float | None]] = {name: [] for name in ("observed", "mean", "low", "high")}
        marks = []
        for number, day in enumerate(week):
            mine = [row for row in cells if row["date"] == day]
            marks.append((24.0 * number + 12, day[5:]))
            for row in mine:
                x.append(24.0 * number + _clock_hours(row["start"]) + _HALF_HOUR / 2)
                for name, column in columns.items():
                    column.append(None if row[name] is None else row[name] / scale)
            x.append(None)  # lines break between days
            for column in columns.values():
                column.append(None)
        name = speech.measure_name(lang, measure)
        lines = (
            Curve(say(lang, "report.band"), tuple(x), *(tuple(columns[c]) for c in ("mean", "low", "high"))),
            Curve(say(lang, "report.seen"), tuple(x), tuple(columns["observed"]), shape="dots", colour=colours.ORANGE),
        )
        y_title = say(lang, "chart.minutes") if scale > 1 else name
        panels.append(Panel(f"{name} · {week[0]}", "", y_title, lines, tuple(marks), top=1.15 * top))
    return panels


def waits(lang: str, validation: Mapping[str, Any]) -> list[Panel]:
    """Return the distribution of waits, log and simulation."""
    rows = [row for row in validation["waits"] if row["simulated"] is not None]
    full = [k for k, row in enumerate(rows) if min(row["observed"], row["simulated"]) > _NEARLY_ALL]
    rows = rows[: full[0] + 1] if full else rows
    x = tuple(row["at_s"] / 60 for row in rows)
    lines = (
        Curve(say(lang, "report.simulation"), x, tuple(row["simulated"] for row in rows)),
        Curve(say(lang, "report.log"), x, tuple(row["observed"] for row in rows), shape="dots", colour=colours.ORANGE),
    )
    title, x_title, y_title = (
        say(lang, f"report.{name}") for name in ("wait_distribution", "minutes_waited", "answered_by")
    )
    return [Panel(title, x_title, y_title, lines, share=True)] if rows else []


def _largest(rows: Iterable[Mapping[str, Any]], name: str, by: str) -> list[str]:
    """Return the different values of `name`, the one with the largest sum of `by` first."""
    sums: dict[str, float] = {}
    for row in rows:
        sums[row[name]] = sums.get(row[name], 0.0) + (row[by] or 0.0)
    return sorted(sums, key=lambda one: -sums[one])


def _service(lang: str, code: str) -> str:
    return say(lang, "report.all_services") if code == "*" else code


def _clock_hours(clock: str) -> float:
    hours, minutes = clock.split(":")[:2]
    return int(hours) + int(minutes) / 60


def _hours(curves: Sequence[Curve]) -> tuple[tuple[float, str], ...]:
    """Return marks at every second or third full hour that the curves cover."""
    ends = [value for one in curves for value in one.x if value is not None]
    first, last = int(min(ends, default=0)), int(max(ends, default=24))
    step = 3 if last - first > 12 else 2
    return tuple((float(hour), f"{hour % 24}:00") for hour in range(first, last + 1, step))
