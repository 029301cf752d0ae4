"""Cells of measures: which place, service, pool and interval a number belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Ints = npt.NDArray[np.int32]
ANY = "*"


class Key(NamedTuple):
    """Which cell a number belongs to; ``*`` is all, `interval_start` is in seconds since the first midnight."""

    measure: str
    place: str = ANY
    service: str = ANY
    pool: str = ANY
    interval_start: int | str = ANY


class Axes(NamedTuple):
    """Names of places, services and pools, and where intervals begin, in seconds since the first midnight."""

    place: Sequence[str]
    service: Sequence[str]
    pool: Sequence[str]
    interval: Sequence[int]


class Cells:
    """Cells by number: of place, service, pool and interval of each; −1 is all. There may be millions.

    Parameters
    ----------
    axes : Axes
    parts : mappings of axis → (n,) int32 arrays
        What stands one after the other; an axis that is not named is all.
    """

    def __init__(self, axes: Axes, *parts: Mapping[str, Ints]) -> None:
        self.axes = axes
        sizes = [max((len(numbers) for numbers in part.values()), default=1) for part in parts]
        self.size = sum(sizes)
        columns = []
        for size, part in zip(sizes, parts, strict=True):
            every = {name: np.full(size, -1, np.int32) for name in Axes._fields}
            columns.append({**every, **part})
        self.numbers = tuple(np.concatenate([column[name] for column in columns]) for name in Axes._fields)

    @property
    def dated(self) -> npt.NDArray[np.bool_]:
        """Which cells are of one interval."""
        return self.numbers[-1] >= 0

    def key(self, measure: str, at: int) -> Key:
        """Return the key of one cell."""
        place, service, pool, interval = (int(numbers[at]) for numbers in self.numbers)
        axes = self.axes
        return Key(
            measure,
            ANY if place < 0 else axes.place[place],
            ANY if service < 0 else axes.service[service],
            ANY if pool < 0 else axes.pool[pool],
            ANY if interval < 0 else axes.interval[interval],
        )

    def keys(self, measure: str) -> list[Key]:
        """Return the keys of all cells."""
        places, services, pools, starts = ((*names, ANY) for names in self.axes)
        rows = zip(*(numbers.tolist() for numbers in self.numbers), strict=True)
        return [Key(measure, places[d], services[s], pools[p], starts[i]) for d, s, p, i in rows]

    def same(self) -> npt.NDArray[np.int64]:
        """Return one number for each cell that is the same for the same place, service, pool and interval."""
        out = np.zeros(self.size, np.int64)
        for names, numbers in zip(self.axes, self.numbers, strict=True):
            out = out * (len(names) + 1) + numbers + 1
        return out


class Named:
    """Cells by name, for those few whose places or intervals are not those of the tables: templates, periods."""

    def __init__(self, cells: Sequence[Mapping[str, str | int]]) -> None:
        self.cells = cells
        self.size = len(cells)

    @property
    def dated(self) -> npt.NDArray[np.bool_]:
        """Which cells are of one period."""
        return np.array(["interval_start" in cell for cell in self.cells], bool)

    def key(self, measure: str, at: int) -> Key:
        """Return the key of one cell."""
        return Key(measure, **self.cells[at])  # type: ignore[arg-type]

    def keys(self, measure: str) -> list[Key]:
        """Return the keys of all cells."""
        return [self.key(measure, at) for at in range(self.size)]

    def same(self) -> npt.NDArray[np.int64]:
        """Return −1 for each cell: it is the same as no other."""
        return np.full(self.size, -1, np.int64)


WHOLE = Named([{}])
"""The one cell over everything."""
