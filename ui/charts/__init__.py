"""Charts: a table and a finding first, then two renderers of them.

`waiting`, `covering` and `comparing` make a `Chart` from a document; `web` turns it into an ECharts option,
`paper` into a PNG. A chart can always be shown as its table.
"""

from __future__ import annotations

from ui.charts.comparing import differences, equal_service
from ui.charts.covering import coverage
from ui.charts.tables import Chart, Line
from ui.charts.waiting import occupancies, waits, waits_compared

__all__ = [
    "Chart",
    "Line",
    "coverage",
    "differences",
    "equal_service",
    "occupancies",
    "waits",
    "waits_compared",
]
