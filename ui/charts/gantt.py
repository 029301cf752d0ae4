"""The roster as a picture: a row a person, the days of a week beside each other, people required beneath."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui import words
from ui.charts import colours
from ui.charts.paper import style
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

_WEEK = 7
_HOUR_S = 3600
_MOST_ROWS = 120
"""People on one picture; a larger team gets several."""
_ROW_INCHES = 0.19
_DPI = 130
MEAL, BREAK = colours.AMBER, "#F5D98B"


@dataclass(frozen=True)
class Sheet:
    """One picture of a roster: part of a team in one week."""

    team: str
    week: int
    people: tuple[str, ...]
    part: int
    parts: int

    @property
    def suffix(self) -> str:
        """Return what tells its file from those of the others: team, week, part."""
        return f"{self.team}-{self.week + 1}" + (f"-{self.part + 1}" if self.parts > 1 else "")


def sheets(document: Mapping[str, Any]) -> list[Sheet]:
    """Return the pictures that show the whole roster."""
    out = []
    for team in document["teams"]:
        people = sorted({one["person"] for one in document["roster"] if one["team"] == team})
        groups = [tuple(people[i : i + _MOST_ROWS]) for i in range(0, len(people), _MOST_ROWS)]
        for week in range(document["weeks"]):
            out += [Sheet(team, week, group, part, len(groups)) for part, group in enumerate(groups)]
    return out


def png(lang: str, document: Mapping[str, Any], sheet: Sheet, footer: str = "") -> bytes:
    """Return one picture as PNG."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shifts = [one for one in document["roster"] if one["team"] == sheet.team and one["day"] // _WEEK == sheet.week]
    first = min((one["start_s"] for one in shifts), default=8 * _HOUR_S) // _HOUR_S * _HOUR_S
    last = -(-max((one["end_s"] for one in shifts), default=18 * _HOUR_S) // _HOUR_S) * _HOUR_S
    covered = [one for one in document["coverage"] if one["team"] == sheet.team and one["day"] // _WEEK == sheet.week]
    height = _ROW_INCHES * max(4, len(sheet.people)) + 0.4
    with mpl.rc_context({**style(), "axes.grid": False}):
        figure = Figure(figsize=(16.5, height + 1.5 + 1.1), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        team = words.title(lang, document["names"].get(sheet.team), sheet.team)
        title = say(lang, "chart.gantt_title", team=team)
        if document["weeks"] > 1:
            title += " · " + say(lang, "export.sheet_week_n", week=sheet.week + 1)
        figure.suptitle(title, fontsize=14)
        axes = figure.subplots(2, _WEEK, sharey="row", squeeze=False, height_ratios=(height, 1.5))
        top = max((max(one["required"], one["rostered"]) for one in covered), default=1)
        for weekday in range(_WEEK):
            day = sheet.week * _WEEK + weekday
            today = [one for one in shifts if one["day"] == day]
            _bars(axes[0][weekday], document, sheet.people, today)
            axes[0][weekday].set_title(
                speech.day_name(lang, document["day_classes"], day, document.get("first_date")), fontsize=10
            )
            _coverage(axes[1][weekday], sorted((c for c in covered if c["day"] == day), key=lambda c: c["start_s"]))
            axes[1][weekday].set_ylim(0, top * 1.1 or 1)
            for one in axes[:, weekday]:
                one.set_xlim(first / _HOUR_S, last / _HOUR_S)
                step = 3 if last - first > 6 * _HOUR_S else 1
                hours = range(first // _HOUR_S, last // _HOUR_S + 1, step)
                one.set_xticks(list(hours), [words.clock(hour * _HOUR_S) for hour in hours], fontsize=7)
                one.grid(visible=True, axis="x", color="#E3E6EA")
        axes[1][0].set_ylabel(say(lang, "chart.people"))
        figure.legend(handles=list(_legend(lang)), loc="outside upper right", ncols=5, frameon=False, fontsize=8)
        if footer:
            figure.supxlabel(footer, fontsize=8, color=colours.GREY)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": "Counterflow"})
    return out.getvalue()


def _bars(axes: Axes, document: Mapping[str, Any], people: Sequence[str], today: Sequence[Mapping[str, Any]]) -> None:
    places = {who: row for row, who in enumerate(people)}
    for row in range(len(people)):
        if row % 2:
            axes.axhspan(row - 0.5, row + 0.5, color="#F6F7F9", zorder=0, lw=0)
    for one in today:
        row = places.get(one["person"])
        if row is None:
            continue
        for spans, colour in (
            ([(one["start_s"], one["end_s"])], colours.SKY),
            (one["meal"], MEAL),
            (one["breaks"], BREAK),
        ):
            bars = [(a / _HOUR_S, (b - a) / _HOUR_S) for a, b in spans]
            axes.broken_barh(bars, (row - 0.38, 0.76), facecolors=colour, zorder=2)
    names = [str((document.get("persons") or {}).get(who) or who) for who in people]
    axes.set_yticks(range(len(people)), names, fontsize=8)
    axes.set_ylim(max(len(people), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _coverage(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    x = [one["start_s"] / _HOUR_S for one in rows]
    x.append(x[-1] + 0.25)
    rostered = [one["rostered"] for one in rows]
    required = [one["required"] for one in rows]
    axes.fill_between(x, [*rostered, rostered[-1]], step="post", color=colours.SKY, alpha=0.35, lw=0)
    axes.step(x, [*required, required[-1]], where="post", color=colours.ORANGE, lw=1.6)
    axes.yaxis.get_major_locator().set_params(integer=True)


def _legend(lang: str) -> Iterator[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    yield Patch(color=colours.SKY, label=say(lang, "export.work"))
    yield Patch(color=MEAL, label=say(lang, "export.meal"))
    yield Patch(color=BREAK, label=say(lang, "export.breaks"))
    yield Patch(color=colours.SKY, alpha=0.35, label=say(lang, "chart.rostered"))
    yield Line2D([], [], color=colours.ORANGE, label=say(lang, "chart.required"))
