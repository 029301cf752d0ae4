"""Local clocks: offsets from UTC, and elapsed time across a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from calibration.columns import DAY_S, Flags, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Zone:
    """The local clock of a place between two moments.

    Parameters
    ----------
    name : str
        IANA name, as ``Asia/Shanghai``.
    first, last : int
        Range of the moments, seconds since 1970-01-01; a day is added on both sides.
    """

    def __init__(self, name: str, first: int, last: int) -> None:
        self._zone = ZoneInfo(name)
        days = list(range(first - DAY_S, last + 2 * DAY_S, DAY_S))
        found = [self._offset(at) for at in days]
        changes: list[tuple[int, int]] = []
        for k in range(1, len(days)):
            if found[k] != found[k - 1]:
                low, high = days[k - 1], days[k]
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self._offset(middle) == found[k - 1] else (low, middle)
                changes.append((high, found[k]))
        self._at = np.array([at for at, _ in changes], np.int64)
        self._offsets = np.array([found[0] if found else 0, *(offset for _, offset in changes)], np.int64)

    def _offset(self, at: int) -> int:
        passed = datetime.fromtimestamp(at, UTC).astimezone(self._zone).utcoffset()
        return int(passed.total_seconds()) if passed is not None else 0

    @property
    def changes(self) -> bool:
        """Whether the clocks change within the range."""
        return len(self._at) > 0

    def local(self, utc: Ints) -> Ints:
        """Return what the clock on the wall shows at moments of UTC."""
        out: Ints = utc + self._offsets[np.searchsorted(self._at, utc, side="right")]
        return out

    def skipped(self, local: Ints) -> Flags:
        """Return which clock times never were: those skipped when the clocks went forward."""
        rows: Flags = self._utc(local, 0) > self._utc(local, 1)
        return rows

    def _utc(self, local: Ints, fold: int) -> Ints:
        """Return UTC of clock times; `fold` as in Python: 0 takes the offset before a change, 1 the one after."""
        before, after = self._offsets[:-1], self._offsets[1:]
        edges = self._at + (np.maximum(before, after) if fold == 0 else np.minimum(before, after))
        out: Ints = local - self._offsets[np.searchsorted(edges, local, side="right")]
        return out

    def elapsed(self, start: Ints, end: Ints) -> NDArray[np.int64]:
        """Return the seconds that passed between two clock times.

        Where a clock time happened twice, the reading is taken that gives the least time that is not negative.
        """
        if not self.changes:
            return end - start
        best = self._utc(end, 0) - self._utc(start, 0)
        for fold in ((0, 1), (1, 0), (1, 1)):
            other = self._utc(end, fold[1]) - self._utc(start, fold[0])
            better = (other >= 0) & ((best < 0) | (other < best))
            best = np.where(better, other, best)
        return best
