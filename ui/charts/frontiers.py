"""Cost against what a plan keeps, with the band of its interval."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ui.charts import colours
from ui.charts.paper import style
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping

_DPI = 130


def png(lang: str, document: Mapping[str, Any], footer: str = "") -> bytes:
    """Return the frontier as PNG: the Pareto curve, its band, plans that another one beats in grey."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points = [one for one in document["points"] if one["value"] is not None]
    share = document["measure"] in ("share", "abandoned_share")
    best = sorted((one for one in points if one["best"]), key=lambda one: one["cost"])
    rest = [one for one in points if not one["best"]]
    with mpl.rc_context(dict(style())):
        figure = Figure(figsize=(8.4, 5.2), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        figure.suptitle(say(lang, "export.frontier_title"), fontsize=14)
        x = [one["cost"] for one in best]
        y = [one["value"] for one in best]
        low = [one["value"] - (one["half_width"] or 0) for one in best]
        high = [one["value"] + (one["half_width"] or 0) for one in best]
        axes.fill_between(x, low, high, color=colours.BLUE, alpha=0.18, lw=0, label=say(lang, "chart.band"))
        axes.plot(x, y, "o-", color=colours.BLUE, lw=1.8, ms=5, label=say(lang, "chart.frontier_all"))
        worst = [one for one in best if one["worst"] is not None]
        for several, name, mark, colour, label in (
            (worst, "worst", "s--", colours.ORANGE, "chart.frontier_worst"),
            (rest, "value", "o", colours.GREY, "chart.frontier_beaten"),
        ):
            if several:
                x, y = [one["cost"] for one in several], [one[name] for one in several]
                axes.plot(x, y, mark, color=colour, ms=4, label=say(lang, label))
        axes.set_xlabel(say(lang, "chart.frontier_cost", currency=speech.currency_name(lang, document["currency"])))
        measure = {"share": "service_level"}.get(document["measure"], document["measure"])
        axes.set_ylabel(speech.measure_name(lang, measure))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        if share:
            axes.yaxis.set_major_formatter("{x:.0%}")
        axes.legend(frameon=False, fontsize=9, loc="best")
        if footer:
            figure.supxlabel(footer, fontsize=8, color=colours.GREY)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": "Counterflow"})
    return out.getvalue()
