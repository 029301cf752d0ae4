"""Scenarios side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.charts import colours
from ui.charts.tables import Chart, Line, band
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping

_WAITS = ("wait_mean_s", "wait_p50_s", "wait_p90_s", "wait_p95_s", "wait_all_p90_s")


def differences(lang: str, document: Mapping[str, Any]) -> Chart:
    """Return the waits of each scenario side by side, in minutes, with 95 % intervals."""
    studies = document["studies"]
    overall = [_overall(study) for study in studies]
    shown = [name for name in _WAITS if all(name in rows and rows[name]["value"] is not None for rows in overall)]
    lines = []
    for i, (study, rows) in enumerate(zip(studies, overall, strict=True)):
        values = tuple(rows[name]["value"] / 60 for name in shown)
        widths = tuple(_minutes(rows[name]["half_width"]) for name in shown)
        low, high = band(values, widths, floor=0.0)
        colour = colours.SERIES[i % len(colours.SERIES)]
        lines.append(Line(study["scenario"], values, low, high, "bar", colour))
    wait = [one for one in document["findings"] if one["values"].get("measure") == "wait_mean_s"]
    return Chart(
        say(lang, "chart.differences_title"),
        " ".join(speech.sentence(lang, one) for one in wait),
        say(lang, "chart.measure"),
        tuple(speech.measure_name(lang, name) for name in shown),
        say(lang, "chart.minutes"),
        tuple(lines),
    )


def equal_service(lang: str, document: Mapping[str, Any]) -> tuple[Chart, Chart]:
    """Return paid hours a day by role, and the P90 wait, of two sides that serve all customers equally well."""
    sides = (document["today"], document["pooled"])
    roles = list(dict.fromkeys(role for side in sides for role in side["hours"]))
    labels = tuple(side["id"] for side in sides)
    hours = Chart(
        say(lang, "chart.hours_title"),
        "",
        say(lang, "chart.scenario"),
        labels,
        say(lang, "chart.hours_a_day"),
        tuple(
            Line(
                role_name(lang, role), tuple(side["hours"].get(role, 0.0) for side in sides),
                shape="bar", colour=colours.SERIES[i % len(colours.SERIES)],
            )
            for i, role in enumerate(roles)
        ),
        stacked=True,
    )  # fmt: skip
    values = tuple(side["wait_p90_s"] / 60 for side in sides)
    low, high = band(values, tuple(_minutes(side["wait_p90_half_width"]) for side in sides), floor=0.0)
    wait = Line(speech.measure_name(lang, "wait_all_p90_s"), values, low, high, "bar", colours.GREY)
    titles = (say(lang, f"chart.{name}") for name in ("equal_wait_title", "scenario", "minutes"))
    title, rows_title, values_title = titles
    waits = Chart(title, "", rows_title, labels, values_title, (wait,))
    return hours, waits


def role_name(lang: str, role: str) -> str:
    """Return the name of a role; one without a name shows as it is."""
    from ui import words

    return say(lang, f"chart.role.{role}") if words.known(f"chart.role.{role}") else role


def _overall(study: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        row["measure"]: row
        for row in study["measures"]
        if (row["place"], row["service"], row["pool"], row["interval_start"]) == ("*", "*", "*", "*")
    }


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60
