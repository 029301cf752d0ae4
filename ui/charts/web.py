"""Charts for the browser: an ECharts option, or a Vega-Lite spec where bars carry intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.words import say

if TYPE_CHECKING:
    from ui.charts.tables import Chart, Line

_FAINT = 0.18


def option(lang: str, chart: Chart) -> dict[str, Any]:
    """Return the ECharts option (JSON only) of a chart of lines, steps, areas or stacked bars."""
    series: list[dict[str, Any]] = []
    for number, line in enumerate(chart.lines):
        if line.has_band:
            series += _band(lang, chart, line, number)
        series.append(_series(chart, line))
    names = [line.name for line in chart.lines]
    bars = all(line.shape == "bar" for line in chart.lines)
    value_axis: dict[str, Any] = {
        "type": "value",
        "name": chart.values_title,
        "nameLocation": "middle",
        "nameGap": 40,
        "min": 0,
    }
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 60, "right": 20, "top": 40, "bottom": 36, "containLabel": False},
        "legend": {"data": names, "top": 0},
        "tooltip": {
            "trigger": "axis",
            "valueFormatter": "percent" if chart.share else f"%.{chart.decimals}f",
        },
        "xAxis": {
            "type": "category",
            "data": list(chart.rows),
            "boundaryGap": bars,
            "axisLabel": {"hideOverlap": True} | ({"customValues": list(chart.marks)} if chart.marks else {}),
            "axisTick": {"show": False},
        },
        "yAxis": value_axis,
        "series": series,
    }


def _series(chart: Chart, line: Line) -> dict[str, Any]:
    out: dict[str, Any] = {
        "name": line.name,
        "type": "bar" if line.shape == "bar" else "line",
        "data": [None if value is None else round(value, 4) for value in line.values],
        "itemStyle": {"color": line.colour},
    }
    if line.shape == "bar":
        out["barMaxWidth"] = 90
        if chart.stacked:
            out["stack"] = "all"
        return out
    out["showSymbol"] = False
    out["lineStyle"] = {"color": line.colour, "width": 2, "type": "dashed" if line.dashed else "solid"}
    if line.shape in ("step", "area"):
        out["step"] = "end"
    if line.shape == "area":
        out["areaStyle"] = {"color": line.colour, "opacity": 0.35}
        out["lineStyle"]["width"] = 0
    return out


def _band(lang: str, chart: Chart, line: Line, number: int) -> list[dict[str, Any]]:
    """Return two stacked series without lines: the lower end, and the height of the interval above it."""
    heights = [
        None if low is None or high is None else round(high - low, 4)
        for low, high in zip(line.low, line.high, strict=True)
    ]
    common: dict[str, Any] = {
        "type": "line",
        "stack": f"band-{number}",
        "showSymbol": False,
        "silent": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
    }
    lows = [None if low is None else round(low, 4) for low in line.low]
    name = f"{line.name} · {say(lang, 'chart.band')}"
    return [
        {**common, "name": f"{name} −", "data": lows, "itemStyle": {"opacity": 0}},
        {
            **common,
            "name": name,
            "data": heights,
            "itemStyle": {"color": line.colour},
            "areaStyle": {"color": line.colour, "opacity": _FAINT},
        },
    ]


def vega(lang: str, chart: Chart, *, sideways: bool = False) -> dict[str, Any]:
    """Return the Vega-Lite spec of bars side by side with their 95 % intervals; `sideways` for long labels."""
    values = []
    for line in chart.lines:
        for i, label in enumerate(chart.rows):
            if line.values[i] is not None:
                one = {"row": label, "series": line.name, "value": line.values[i]}
                if line.has_band:
                    one |= {"low": line.low[i], "high": line.high[i]}
                values.append(one)
    along, across = ("y", "x") if sideways else ("x", "y")
    form = ".0%" if chart.share else f".{chart.decimals}f"
    names = [line.name for line in chart.lines]
    several = len(names) > 1
    row = {"field": "row", "type": "nominal", "sort": list(chart.rows), "title": None}
    row["axis"] = {"labelLimit": 320, "labelAngle": 0}
    common: dict[str, Any] = {along: row}
    if several:
        common[f"{along}Offset"] = {"field": "series", "sort": names}
    scale = {"domain": [0, 1]} if chart.share else {"zero": True}
    number = {"type": "quantitative", "scale": scale}
    axis = {"format": ".0%" if chart.share else "~g", "title": chart.values_title}
    tooltip: list[dict[str, Any]] = [
        {"field": "row", "title": chart.rows_title},
        {"field": "value", "title": chart.values_title, "format": form},
    ]
    if any(line.has_band for line in chart.lines):
        tooltip += [
            {"field": "low", "title": "−95 %", "format": form},
            {"field": "high", "title": "+95 %", "format": form},
        ]
    if several:
        tooltip.insert(1, {"field": "series", "title": say(lang, "chart.scenario")})
    colour = {
        "field": "series",
        "scale": {"domain": names, "range": [line.colour for line in chart.lines]},
        "legend": {"orient": "top", "title": None} if several else None,
        "sort": names,
    }
    bars = {
        "mark": {"type": "bar", "size": 14} if sideways else {"type": "bar"},
        "encoding": {
            **common,
            across: {**number, "field": "value", "axis": axis},
            "color": colour,
            "tooltip": tooltip,
        },
    }
    rules = {
        "mark": {"type": "rule", "strokeWidth": 2, "color": "#1F2933"},
        "encoding": {**common, across: {**number, "field": "low"}, f"{across}2": {"field": "high"}},
    }
    height = max(120, 24 * len(chart.rows)) if sideways else 300
    return {"data": {"values": values}, "layer": [bars, rules], "height": height}
