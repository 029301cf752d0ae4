"""What a study keeps of its replications: sums, and a bounded number of batches; neither grows with replications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.measures.kernel import add_up

if TYPE_CHECKING:
    from sim.measures.measure import Layout

Floats = npt.NDArray[np.float64]

BATCH_BYTES = 1 << 25
MOST_BATCHES, LEAST_BATCHES = 512, 32
"""As many batches as fit in `BATCH_BYTES`, within these bounds."""


class Sums:
    """Running sums of numerators and denominators over replications, and the intervals that follow.

    The value of a cell is Σ numerator / Σ denominator; its variance is that of the ratio by linearisation
    (Cochran, Sampling Techniques, 3rd ed. 1977, eq. 2.39 with the finite population correction left out).

    Parameters
    ----------
    size : int
        Number of cells.
    fixed : ndarray of shape (size,), optional
        Denominators that are the same in every replication; 0 where they are not.
    """

    def __init__(self, size: int, fixed: Floats | None = None) -> None:
        self.n = 0
        self.fixed = np.zeros(size) if fixed is None else fixed
        # Written, not only reserved: masked stores into pages that nobody has written cost fifty times as much.
        self.top, self._low, self._top2, self._low2, self._cross = (np.full(size, 0.0) for _ in range(5))

    def add(self, top: Floats, low: Floats) -> None:
        """Add one replication."""
        self.n += 1
        add_up(top, low, self.fixed, self.top, self._low, self._top2, self._low2, self._cross)

    @property
    def low(self) -> Floats:
        """Sums of denominators."""
        return np.where(self.fixed > 0, self.n * self.fixed, self._low)

    def values(self, cells: npt.NDArray[np.intp] | slice = slice(None)) -> tuple[Floats, Floats]:
        """Return values and half-widths of the 95 % intervals, of all cells or of some; NaN where undefined."""
        fixed, top = self.fixed[cells], self.top[cells]
        low = np.where(fixed > 0, self.n * fixed, self._low[cells])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(low > 0, top / low, np.nan)
            if self.n < 2:
                return ratio, np.full(ratio.shape, np.nan)
            error = np.sqrt(self.squares(ratio, cells) / (self.n - 1) / self.n) / (low / self.n)
        return ratio, t_quantile(self.n - 1) * error

    def squares(self, ratio: Floats, cells: npt.NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Return Σ (numerator − ratio · denominator)² of all cells or of some; `ratio` is theirs."""
        fixed, top, top2 = self.fixed[cells], self.top[cells], self._top2[cells]
        known = fixed > 0
        low2 = np.where(known, self.n * fixed * fixed, self._low2[cells])
        cross = np.where(known, fixed * top, self._cross[cells])
        square = np.maximum(top2 - 2 * ratio * cross + ratio**2 * low2, 0.0)
        return np.where(square <= 1e-11 * np.maximum(top2, 1e-300), 0.0, square)


class Groups:
    """How replications with drawn inputs differ from those with the inputs as they are, set by set.

    A replication is run twice on the same luck, so most of its noise drops out of the difference; a set serves several
    replications, so what is left of noise is told from what is the inputs': one-way analysis of variance with random
    effects on linearised ratios (Ankenman and Nelson, A quick assessment of input uncertainty, WSC 2012).

    Parameters
    ----------
    size : int
        Number of cells.
    each : int
        Replications a set; the last may have fewer.
    """

    def __init__(self, size: int, each: int) -> None:
        self.each = each
        self._all, self._sets = Sums(size), Sums(size)
        self._top, self._low = np.zeros(size), np.zeros(size)
        self._open, self._counts2 = 0, 0

    @property
    def sets(self) -> int:
        """Number of closed sets."""
        return self._sets.n

    def add(self, top: Floats, low: Floats) -> None:
        """Add one replication, in order: numerators and denominators with drawn inputs less those without."""
        self._all.add(top, low)
        self._top += top
        self._low += low
        self._open += 1
        if self._open == self.each:
            self.close()

    def close(self) -> None:
        """Close the set that has begun."""
        if self._open:
            root = np.sqrt(self._open)
            self._sets.add(self._top / root, self._low / root)
            self._counts2 += self._open**2
            self._top[:] = self._low[:] = 0.0
            self._open = 0

    def half_widths(self, sums: Sums, cells: npt.NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Return 95 % half-widths of what one set of inputs comes to, of all cells or of some; NaN where undefined.

        That is √max(0, (MSB − MSW) / n₀) by Student's t over sets. Every set must be closed.

        Parameters
        ----------
        sums : Sums
            Of the same replications without drawn inputs.
        """
        total, sets = self._all.n, self.sets
        with np.errstate(divide="ignore", invalid="ignore"):
            low = sums.low[cells]
            ratio = np.where(low > 0, sums.top[cells] / low, np.nan)
            if sets < 2 or total == sets:
                return np.full(ratio.shape, np.nan)
            every = (self._all.top[cells] - ratio * self._all.low[cells]) ** 2 / total
            of_sets = self._sets.squares(ratio, cells)
            between = np.maximum(of_sets - every, 0.0) / (sets - 1)
            within = np.maximum(self._all.squares(ratio, cells) - of_sets, 0.0) / (total - sets)
            size = (total - self._counts2 / total) / (sets - 1)
            variance = np.maximum(between - within, 0.0) / size
            return t_quantile(sets - 1) * np.sqrt(variance) / (low / sums.n)


class Batches:
    """Numerators and denominators of some cells, summed over batches of equally many replications (the last: fewer).

    For what running sums cannot say: the interval of several cells together, or of the difference of two studies on
    the same customers. A batch is one replication until there are as many as may be kept; then two neighbours are
    added up to one, and so on. `alike` pairs two studies.
    """

    def __init__(self, cells: npt.NDArray[np.intp]) -> None:
        self.cells = cells
        self.length = 1
        self.most = min(max(BATCH_BYTES // (16 * max(cells.size, 1)) // 2 * 2, LEAST_BATCHES), MOST_BATCHES)
        self.replications = 0
        self._left = 0
        self._rows: list[tuple[Floats, Floats]] = []

    def add(self, top: Floats, low: Floats) -> None:
        """Add one replication, all cells of it."""
        self.replications += 1
        mine = top[self.cells], low[self.cells]
        if self._left:
            for kept, one in zip(self._rows[-1], mine, strict=True):
                kept += one
            self._left -= 1
            return
        if len(self._rows) == self.most:
            pairs = zip(self._rows[::2], self._rows[1::2], strict=True)
            self._rows = [(a + c, b + d) for (a, b), (c, d) in pairs]
            self.length *= 2
        self._rows.append(mine)
        self._left = self.length - 1

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self._rows)

    def table(self) -> tuple[Floats, Floats]:
        """Return numerators and denominators, both of shape (batches, cells)."""
        empty = np.zeros((0, self.cells.size))
        tops, lows = [top for top, _ in self._rows], [low for _, low in self._rows]
        return (np.array(tops), np.array(lows)) if tops else (empty, empty)


def alike(a: Batches, b: Batches) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return the tables of both over the same batches: as long as the longer ones, as many as both have in full.

    Where both have the same number of replications, the last batch counts too when it is not full.
    """
    length = max(a.length, b.length)
    tables = []
    for one in (a, b):
        step = length // one.length
        starts = np.arange(0, len(one), step)
        tables.append([np.add.reduceat(part, starts, axis=0) if step > 1 else part for part in one.table()])
    if a.replications != b.replications:
        full = min(a.replications, b.replications) // length
        tables = [[part[:full] for part in table] for table in tables]
    (top_a, low_a), (top_b, low_b) = tables
    return (top_a, low_a), (top_b, low_b)


class Running:
    """All that a study keeps while it runs."""

    def __init__(self, layout: Layout) -> None:
        self.sums = Sums(layout.size, layout.fixed)
        self.main = Batches(np.flatnonzero(layout.main))
        self.level = Batches(np.flatnonzero(layout.level))

    def add(self, top: Floats, low: Floats) -> None:
        """Add one replication."""
        self.sums.add(top, low)
        self.main.add(top, low)
        self.level.add(top, low)


def t_quantile(freedom: int, share: float = 0.975) -> float:
    """Return the quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))
