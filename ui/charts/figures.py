"""Figures with numbers on both axes, as SVG that stands in a page: curves with bands, points, steps.

Text stays text, in the house font that the page carries (`ui.exports.report` embeds what of it is used).
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ui.charts import colours
from ui.charts.paper import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

Numbers = tuple[float | None, ...]

_PANEL = (4.4, 3.0)
"""Width and height of a panel, in inches."""


@dataclass(frozen=True)
class Curve:
    """One curve: points (x, y), and where there is one its band."""

    name: str
    x: Numbers
    y: Numbers
    low: Numbers = ()
    high: Numbers = ()
    shape: Literal["line", "step", "dots"] = "line"
    colour: str = colours.BLUE
    dashed: bool = False


@dataclass(frozen=True)
class Panel:
    """A titled pair of axes with curves; `marks` are (x, label) for the x axis."""

    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...] = ()
    diagonal: bool = False
    """Draw y = x, and give both axes the same ends."""
    share: bool = False
    top: float | None = None


def svg(panels: Sequence[Panel], *, columns: int = 2, width: float = _PANEL[0], height: float = _PANEL[1]) -> str:
    """Return panels, row by row, as one SVG element."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    columns = min(columns, len(panels))
    lines = math.ceil(len(panels) / columns)
    with mpl.rc_context({**style(), "svg.fonttype": "none", "svg.hashsalt": "counterflow"}):
        figure = Figure(figsize=(width * columns, height * lines), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(lines, columns, squeeze=False)
        for place, panel in zip(axes.flat, panels, strict=False):
            _draw(place, panel)
        for place in list(axes.flat)[len(panels) :]:
            place.set_axis_off()
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # As wide as its panels, less where the page is narrower.
    text = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"|(<svg[^>]*?) height="[^"]*"', r"\1\2", text, count=1)
    return text.replace("<svg", f'<svg style="max-width:{round(96 * columns * width)}px"', 1)


def _draw(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title, fontsize=10, loc="left")
    for curve in panel.curves:
        _curve(axes, curve)
    axes.set_xlabel(panel.x_title, fontsize=9)
    axes.set_ylabel(panel.y_title, fontsize=9)
    if panel.diagonal:
        ends = [value for one in panel.curves for value in (*one.x, *one.y) if value is not None]
        most = max(ends, default=1.0)
        axes.plot([0, most], [0, most], color=colours.GREY, lw=1, ls=":")
    axes.set_ylim(bottom=0)
    if panel.top is not None:
        axes.set_ylim(0, panel.top)
    if panel.share:
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter("{x:.0%}")
    if panel.marks:
        axes.set_xticks([x for x, _ in panel.marks], [label for _, label in panel.marks], fontsize=8)
    axes.margins(x=0.01)
    axes.tick_params(labelsize=8)
    if sum(bool(curve.name) for curve in panel.curves) > 1:
        axes.legend(frameon=False, fontsize=8, loc="best", handlelength=1.4)


def _curve(axes: Axes, curve: Curve) -> None:
    x, y = _plain(curve.x), _plain(curve.y)
    if curve.low:
        step: Any = "post" if curve.shape == "step" else None
        axes.fill_between(x, _plain(curve.low), _plain(curve.high), color=curve.colour, alpha=0.22, lw=0, step=step)
    label = curve.name or None
    if curve.shape == "dots":
        axes.plot(x, y, "o", color=curve.colour, ms=2.6, mew=0, label=label)
        return
    ls = "--" if curve.dashed else "-"
    drawstyle: Any = "steps-post" if curve.shape == "step" else "default"
    axes.plot(x, y, ls=ls, color=curve.colour, lw=1.5, label=label, drawstyle=drawstyle)


def _plain(values: Numbers) -> list[float]:
    return [math.nan if value is None else float(value) for value in values]
