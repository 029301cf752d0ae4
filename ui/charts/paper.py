"""Charts for files: PNG by matplotlib, in the house font that carries Chinese."""

from __future__ import annotations

import math
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ui.charts import colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from ui.charts.tables import Chart, Line

FONT = Path(__file__).parent / "fonts" / "CounterflowSansSC.otf"
_PANEL_INCHES = 3.4
"""Height of a panel."""
_DPI = 130
_BRACKET = chr(0xFF08)
"""The full-width bracket, before which a Chinese label may be broken."""


@cache
def style() -> Mapping[str, Any]:
    """Return the look of all charts on paper: the house font, quiet axes."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FONT)
    return {
        "font.family": font_manager.FontProperties(fname=FONT).get_name(),
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": colours.GREY,
        "axes.labelcolor": colours.INK,
        "text.color": colours.INK,
        "xtick.color": colours.INK,
        "ytick.color": colours.INK,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": "#E3E6EA",
        "axes.axisbelow": True,
        "font.size": 10,
    }


def png(
    path: Path | BinaryIO,
    title: str,
    charts: Sequence[Chart],
    *,
    columns: int = 1,
    width: float = 6.4,
    footer: str = "",
) -> None:
    """Write `charts` as the panels of one PNG.

    Parameters
    ----------
    path : Path or file
        Where to write.
    title : str
        Heading of the whole picture.
    charts : Sequence[Chart]
        Panels, row by row.
    columns : int
        Panels beside each other.
    width : float
        Of a panel, in inches.
    footer : str
        Where the figures come from: scenario, seed, replications.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = math.ceil(len(charts) / columns)
    with mpl.rc_context(dict(style())):
        figure = Figure(
            figsize=(width * columns, _PANEL_INCHES * lines + 0.9), dpi=_DPI, layout="constrained"
        )  # fmt: skip
        FigureCanvasAgg(figure)
        figure.suptitle(title, fontsize=14)
        axes = figure.subplots(lines, columns, squeeze=False)
        for place, chart in zip(axes.flat, charts, strict=False):
            _panel(place, chart, alone=len(charts) == 1)
        for place in list(axes.flat)[len(charts) :]:
            place.set_axis_off()
        if footer:
            figure.supxlabel(footer, fontsize=8, color=colours.GREY)
        figure.savefig(path, format="png", metadata={"Software": "Counterflow"})


def _panel(axes: Axes, chart: Chart, *, alone: bool) -> None:
    heading = chart.finding if alone else "\n".join(part for part in (chart.title, chart.finding) if part)
    if heading:
        axes.set_title(heading, fontsize=10, loc="left", pad=18 if len(chart.lines) > 1 else 6)
    positions = list(range(len(chart.rows)))
    if chart.lines and all(line.shape == "bar" for line in chart.lines):
        _bars(axes, chart, positions)
        axes.set_xticks(positions, [_wrapped(label) for label in chart.rows], fontsize=8)
    else:
        for line in chart.lines:
            _line(axes, line, positions)
        marks = list(chart.marks or positions)
        axes.set_xticks(marks, [chart.rows[i] for i in marks], fontsize=8)
        axes.margins(x=0.01)
    axes.set_ylabel(chart.values_title)
    if not chart.stacked:
        axes.set_ylim(bottom=0)
    if chart.decimals == 0:
        axes.yaxis.get_major_locator().set_params(integer=True)
    if chart.share:
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter("{x:.0%}")
    if len(chart.lines) > 1:
        axes.legend(
            frameon=False, fontsize=8, ncols=len(chart.lines), loc="lower right", bbox_to_anchor=(1.0, 1.0),
            borderaxespad=0.0, handlelength=1.4, columnspacing=1.0,
        )  # fmt: skip


def _wrapped(label: str) -> str:
    """Return a label of a bar in short lines."""
    return "\n".join(textwrap.wrap(label.replace(_BRACKET, " " + _BRACKET), 16, break_long_words=False))


def _bars(axes: Axes, chart: Chart, positions: list[int]) -> None:
    if chart.stacked:
        floor = [0.0] * len(positions)
        for line in chart.lines:
            heights = [value or 0.0 for value in line.values]
            axes.bar(positions, heights, 0.55, bottom=floor, color=line.colour, label=line.name)
            floor = [a + b for a, b in zip(floor, heights, strict=True)]
        for x, total in zip(positions, floor, strict=True):
            axes.annotate(f"{total:,.{chart.decimals}f}", (x, total), ha="center", va="bottom", fontsize=9)
        axes.set_ylim(0, max(floor, default=1.0) * 1.12)
        return
    width = 0.8 / len(chart.lines)
    for number, line in enumerate(chart.lines):
        shifted = [x + (number - (len(chart.lines) - 1) / 2) * width for x in positions]
        values = [value if value is not None else math.nan for value in line.values]
        axes.bar(shifted, values, width * 0.92, color=line.colour, label=line.name)
        if line.has_band:
            low = [v - (e if e is not None else v) for v, e in zip(values, line.low, strict=True)]
            high = [(e if e is not None else v) - v for v, e in zip(values, line.high, strict=True)]
            axes.errorbar(shifted, values, yerr=[low, high], fmt="none", ecolor=colours.INK, capsize=3, lw=1.2)


def _line(axes: Axes, line: Line, positions: list[int]) -> None:
    values = [math.nan if value is None else value for value in line.values]
    if line.shape in ("step", "area"):
        # A value holds until the next row begins, and the last one for as long as the one before.
        x, y = [*positions, len(positions)], [*values, values[-1]]
        if line.shape == "area":
            axes.fill_between(x, y, step="post", color=line.colour, alpha=0.35, lw=0, label=line.name)
        else:
            axes.step(x, y, where="post", color=line.colour, lw=1.8, label=line.name)
        return
    style = "--" if line.dashed else "-"
    axes.plot(positions, values, style, color=line.colour, lw=1.8, label=line.name)
    if line.has_band:
        low = [math.nan if value is None else value for value in line.low]
        high = [math.nan if value is None else value for value in line.high]
        axes.fill_between(positions, low, high, color=line.colour, alpha=0.2, lw=0)
