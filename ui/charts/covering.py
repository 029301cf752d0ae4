"""Required, rostered and busy people by quarter-hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.charts import colours
from ui.charts.tables import Chart, Line
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping


def coverage(lang: str, document: Mapping[str, Any], team: str, day: int) -> Chart:
    """Return one day of one team: people required and rostered, and busy on average when simulated."""
    rows = sorted(
        (row for row in document["coverage"] if row["team"] == team and row["day"] == day),
        key=lambda row: row["start_s"],
    )
    short = [row for row in rows if row["rostered"] < row["required"]]
    finding = say(lang, "chart.covered")
    if short:
        worst = min(short, key=lambda row: row["rostered"] - row["required"])
        finding = say(
            lang, "chart.short", n=len(short), clock=words.clock(worst["start_s"]),
            missing=words.figure(worst["required"] - worst["rostered"], 1),
        )  # fmt: skip
    busy = tuple(row["busy"] for row in rows)
    rostered = tuple(float(row["rostered"]) for row in rows)
    required = tuple(float(row["required"]) for row in rows)
    lines = [
        Line(say(lang, "chart.rostered"), rostered, shape="area", colour=colours.SKY),
        Line(say(lang, "chart.required"), required, shape="step", colour=colours.ORANGE),
    ]
    if any(value is not None for value in busy):
        name = say(lang, "chart.busy")
        lines.append(Line(name, busy, shape="line", colour=colours.INK, dashed=True))
    title = speech.day_name(lang, document["day_classes"], day, document.get("first_date"))
    if len(document["teams"]) > 1:
        title += " · " + words.title(lang, document["names"].get(team), team)
    return Chart(
        title,
        finding if rows else "",
        say(lang, "chart.quarter_hour"),
        tuple(words.clock(row["start_s"]) for row in rows),
        say(lang, "chart.people"),
        tuple(lines),
        decimals=0,
        marks=tuple(i for i, row in enumerate(rows) if row["start_s"] % 3_600 == 0),
    )
