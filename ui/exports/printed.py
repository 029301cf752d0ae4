"""A roster as PDF, set by typst (the extra ``report``): what was promised and reached, then a page a team and week."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sim
from ui import words
from ui.exports import roster
from ui.words import say

Document = Mapping[str, Any]
_TEMPLATE = Path(__file__).parent / "roster.typ"
_WEEK = 7
_STEP_S = 900


def ready() -> bool:
    """Tell whether typst is installed."""
    import importlib.util

    return importlib.util.find_spec("typst") is not None


def pdf(lang: str, document: Document, summary: Sequence[str], font: Path, now: datetime | None = None) -> bytes:
    """Return the roster as PDF.

    Parameters
    ----------
    summary : sequence of str
        Sentences for the first page: people, promise, cost.
    font : Path
        The house font; nothing else is needed of the machine, and nothing is fetched.
    now : datetime, optional
        Written into the file as its date.

    Raises
    ------
    InputError
        ``pdf_extra``: typst is not installed.
    """
    if not ready():
        raise sim.InputError.one("pdf_extra", field="--format", value="pdf")
    import typst
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as file:
        family = file["name"].getBestFamilyName()
    data = json.dumps({**_data(lang, document, summary), "font": family}, ensure_ascii=False)
    when = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        root=str(_TEMPLATE.parent),
        font_paths=[str(font.parent)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": data},
        timestamp=when,
    )
    return bytes(made)


def _data(lang: str, document: Document, summary: Sequence[str]) -> dict[str, Any]:
    """Return what the template shows, all of it text, and numbers between 0 and 1."""
    head = [say(lang, f"export.{name}") for name in ("team", "people", "shifts", "paid_hours")]
    rows = []
    for team in document["teams"]:
        mine = [one for one in document["roster"] if one["team"] == team]
        people = document["people"].get(team, len({one["person"] for one in mine}))
        hours = f"{sum(one['paid_h'] for one in mine):,.1f}"
        rows.append([roster.team(lang, document, team), str(people), f"{len(mine):,}", hours])
    sentences = roster.notes(lang, document)
    return {
        "lang": lang,
        "title": f"{say(lang, 'export.roster_title')} · {document['scenario']}{_dates(document)}",
        "origin": sentences[0],
        "summary": list(dict.fromkeys([*summary, *sentences[1:-1]])),
        "confirm": sentences[-1],
        "teams_head": head,
        "teams_rows": rows,
        "pages": [_page(lang, document, team, week) for team in document["teams"] for week in range(document["weeks"])],
    }


def _dates(document: Document) -> str:
    first = document.get("first_date")
    return f" · {first}" if first else ""


def _page(lang: str, document: Document, team: str, week: int) -> dict[str, Any]:
    days = range(week * _WEEK, (week + 1) * _WEEK)
    shifts = [one for one in document["roster"] if one["team"] == team]
    first = min((one["start_s"] for one in shifts), default=0)
    last = max((one["end_s"] for one in shifts), default=86_400)

    def part(pair: Sequence[int]) -> list[float]:
        return [(at - first) / max(last - first, 1) for at in pair]

    away = roster.away(lang, document)
    rows = []
    for (who, of_team), mine in roster.by_person(document).items():
        if of_team != team:
            continue
        cells = []
        for day in days:
            worked = [one for one in mine if one["day"] == day]
            locked = any(roster.is_locked(document, one) for one in worked)
            kind = "locked" if locked else "work" if worked else "leave" if (who, day) in away else "off"
            texts = [roster.times(one) for one in worked]
            notes = [say(lang, "export.meal_at", times=roster.spans(one["meal"])) for one in worked if one["meal"]]
            cells.append(
                {
                    "text": " ".join(texts) or away.get((who, day)) or say(lang, "export.off"),
                    "note": " ".join(notes),
                    "kind": kind,
                    "bars": [
                        {
                            "work": part((one["start_s"], one["end_s"])),
                            "meal": [part(pair) for pair in one["meal"]],
                            "breaks": [part(pair) for pair in one["breaks"]],
                        }
                        for one in worked
                    ],
                }
            )
        hours = sum(one["paid_h"] for one in mine if one["day"] in days)
        rows.append({"who": roster.labelled(document, who), "cells": cells, "hours": f"{hours:.1f}"})
    title = roster.team(lang, document, team)
    if document["weeks"] > 1:
        title += " · " + say(lang, "export.sheet_week_n", week=week + 1)
    here = [[one for one in shifts if one["day"] == day] for day in days]
    people = [len({one["person"] for one in found}) for found in here]
    hours = [sum(one["paid_h"] for one in found) for found in here]
    everybody = len({one["person"] for found in here for one in found})
    head = [say(lang, "export.person"), *(roster.day(lang, document, day) for day in days)]
    return {
        "coverage_title": say(lang, "export.coverage_of_people"),
        "coverage": [_coverage(lang, document, team, day) for day in days if _rows_of(document, team, day)],
        "title": title,
        "head": [*head, say(lang, "export.paid_hours")],
        "rows": rows,
        "totals": [
            [say(lang, "export.people_a_day"), *map(str, people), str(everybody)],
            [say(lang, "export.paid_hours"), *(f"{one:.1f}" for one in hours), f"{sum(hours):.1f}"],
        ],
    }


def _rows_of(document: Document, team: str, day: int) -> list[Mapping[str, Any]]:
    return [one for one in document["coverage"] if (one["team"], one["day"]) == (team, day)]


def _coverage(lang: str, document: Document, team: str, day: int) -> dict[str, Any]:
    """Return people rostered and required on one day, as shares of the most of the team, and of the day's length."""
    every = [one for one in document["coverage"] if one["team"] == team]
    most = max(max(one["rostered"], one["required"]) for one in every) or 1
    first = min(one["start_s"] for one in every)
    length = max(one["start_s"] for one in every) + _STEP_S - first
    slots = [
        {
            "from": (one["start_s"] - first) / length,
            "to": (one["start_s"] - first + _STEP_S) / length,
            "rostered": one["rostered"] / most,
            "required": one["required"] / most,
        }
        for one in _rows_of(document, team, day)
    ]
    title = say(lang, "export.at_most_people", day=roster.day(lang, document, day), n=most)
    return {"title": title, "slots": slots, "hours": [words.clock(first), roster.clock_past(first + length)]}
