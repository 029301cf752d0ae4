"""Waits and occupancy of one study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.actions import Measures
from ui.charts import colours
from ui.charts.tables import Chart, Line, Numbers, band
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_DAY_S = 86_400
_HOUR_S = 3_600
_MOST_MARKS = 14


def waits(lang: str, document: Mapping[str, Any], place: str = "*") -> Chart:
    """Return the wait of each quarter-hour in minutes: the mean with its 95 % band, and P90."""
    measures = Measures(document)
    means = measures.by_interval("wait_mean_s", place=place)
    inside = _with_gaps(row for row in means if row["value"] is not None)
    p90 = {row["interval_start"]: row["value"] for row in measures.by_interval("wait_p90_s", place=place)}
    values = tuple(_minutes(row["value"]) for row in inside)
    low, high = band(values, tuple(_minutes(row["half_width"]) for row in inside), floor=0.0)
    mean = Line(say(lang, "chart.mean_wait"), values, low, high, "line", colours.BLUE)
    tail = Line(
        speech.measure_name(lang, "wait_p90_s"),
        tuple(_minutes(p90.get(row["interval_start"])) for row in inside),
        shape="line", colour=colours.ORANGE, dashed=True,
    )  # fmt: skip
    finding = ""
    if place == "*":
        finding = next(
            (speech.sentence(lang, one) for one in document["findings"] if one["code"] == "worst_interval"),
            "",
        )
    return Chart(
        say(lang, "chart.waits_title"),
        finding,
        say(lang, "chart.quarter_hour"),
        tuple(_label(lang, row["interval_start"], document["days"]) for row in inside),
        say(lang, "chart.minutes"),
        (mean, tail) if any(value is not None for value in tail.values) else (mean,),
        marks=_marks([row["interval_start"] for row in inside], document["days"]),
    )


def occupancies(lang: str, document: Mapping[str, Any], most: int = 16) -> Chart:
    """Return the occupancy of the busiest pools with 95 % intervals, the busiest first."""
    measures = Measures(document)
    found = [(name, measures.row("occupancy", pool=name)) for name in measures.pools()]
    known = [(name, row) for name, row in found if row is not None and row["value"] is not None]
    known.sort(key=lambda one: (-one[1]["value"], one[0]))
    known = known[:most]
    values = tuple(row["value"] for _, row in known)
    low, high = band(values, tuple(row["half_width"] for _, row in known), floor=0.0, ceiling=1.0)
    finding = next((speech.sentence(lang, one) for one in document["findings"] if one["code"].endswith("_pool")), "")
    return Chart(
        say(lang, "chart.occupancy_title"),
        finding,
        say(lang, "chart.pool"),
        tuple(words.title(lang, document["names"].get(name), name) for name, _ in known),
        speech.measure_name(lang, "occupancy"),
        (Line(speech.measure_name(lang, "occupancy"), values, low, high, "bar", colours.BLUE),),
        share=True,
    )


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60


def _with_gaps(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return rows in time, with an empty one between days."""
    out: list[Mapping[str, Any]] = []
    for row in rows:
        if out and out[-1]["interval_start"] // _DAY_S != row["interval_start"] // _DAY_S:
            out.append({"interval_start": None, "value": None, "half_width": None})
        out.append(row)
    return out


def _marks(starts: Sequence[int | None], days: int) -> tuple[int, ...]:
    """Return the rows to label: whole hours of one day, else where days begin; a dozen at most."""
    if days == 1:
        found = [i for i, start in enumerate(starts) if start is not None and start % _HOUR_S == 0]
    else:
        found = [i for i, start in enumerate(starts) if start is not None and (i == 0 or starts[i - 1] is None)]
    return tuple(found[:: -(-len(found) // _MOST_MARKS) or 1])


def _label(lang: str, start_s: int | None, days: int) -> str:
    if start_s is None:
        return ""
    clock = words.clock(start_s)
    return clock if days == 1 else say(lang, "chart.day_clock", day=start_s // _DAY_S + 1, clock=clock)


def waits_compared(lang: str, document: Mapping[str, Any]) -> Chart:
    """Return the mean wait of each quarter-hour in minutes, a line with its 95 % band for each study."""
    charts = [waits(lang, study) for study in document["studies"]]
    longest = max(charts, key=lambda chart: len(chart.rows))
    rows = longest.rows
    lines = []
    for i, (study, chart) in enumerate(zip(document["studies"], charts, strict=True)):
        mean, at = chart.lines[0], {label: k for k, label in enumerate(chart.rows)}

        def place(values: Numbers, at: Mapping[str, int] = at) -> Numbers:
            return tuple(values[at[label]] if label in at else None for label in rows) if values else ()

        colour = colours.SERIES[i % len(colours.SERIES)]
        ends = place(mean.low), place(mean.high)
        lines.append(Line(study["scenario"], place(mean.values), *ends, "line", colour))
    return Chart(
        say(lang, "chart.waits_title"), "", longest.rows_title, rows, longest.values_title, tuple(lines),
        marks=longest.marks,
    )  # fmt: skip
