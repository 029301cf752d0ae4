"""What a chart shows, before anyone draws it: named columns of numbers over labelled rows, and a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Line:
    """One column of numbers, with the ends of its 95 % interval where there is one."""

    name: str
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    shape: Literal["line", "step", "bar", "area"] = "line"
    colour: str = ""
    dashed: bool = False

    @property
    def has_band(self) -> bool:
        """Whether it has an interval."""
        return bool(self.low)


@dataclass(frozen=True)
class Chart:
    """A titled table of numbers; `rows` label its rows, which are quarter-hours or things compared.

    A row without a label is a gap, at which lines break.
    """

    title: str
    finding: str
    rows_title: str
    rows: tuple[str, ...]
    values_title: str
    lines: tuple[Line, ...]
    stacked: bool = False
    share: bool = False
    """Values are shares, to be shown as percentages."""
    decimals: int = 1
    marks: tuple[int, ...] = ()
    """Rows that the axis labels; none means all."""

    def table(self) -> tuple[list[str], list[list[str | float | None]]]:
        """Return header and rows, with the interval's ends beside each value that has them."""
        header = [self.rows_title]
        for line in self.lines:
            header += [line.name, f"{line.name} −95 %", f"{line.name} +95 %"] if line.has_band else [line.name]
        body: list[list[str | float | None]] = []
        for i, label in enumerate(self.rows):
            if not label:
                continue  # a gap between days
            row: list[str | float | None] = [label]
            for line in self.lines:
                row += [line.values[i], line.low[i], line.high[i]] if line.has_band else [line.values[i]]
            body.append(row)
        return header, body


def band(
    values: Numbers, half_widths: Numbers, floor: float | None = None, ceiling: float | None = None
) -> tuple[Numbers, Numbers]:
    """Return the ends of intervals; () when no value has one. `floor` and `ceiling` are what cannot be passed."""
    if not any(width is not None for width in half_widths):
        return (), ()
    low, high = [], []
    for value, width in zip(values, half_widths, strict=True):
        if value is None:
            low.append(None)
            high.append(None)
            continue
        below, above = value - (width or 0.0), value + (width or 0.0)
        low.append(below if floor is None else max(floor, below))
        high.append(above if ceiling is None else min(ceiling, above))
    return tuple(low), tuple(high)
