"""What a scenario expects to arrive, before any chance: rates by place, service and interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.tables import compile_scenario

if TYPE_CHECKING:
    from sim.model import Scenario


@dataclass(frozen=True)
class OfferedRates:
    """Expected arrivals per hour.

    Attributes
    ----------
    start_s : int64 array (I,)
        Start of each interval, seconds since the first midnight of the run.
    places, services : tuple of str
        Names along the first two axes.
    per_hour : float64 array (P, S, I)
        Expected arrivals per hour.
    """

    start_s: npt.NDArray[np.int64]
    places: tuple[str, ...]
    services: tuple[str, ...]
    per_hour: npt.NDArray[np.float64]


def offered(scenario: Scenario, interval_s: int | None = None) -> OfferedRates:
    """Return the expected arrivals of a scenario in every interval of its run (its own `interval_s` by default)."""
    tables = compile_scenario(scenario)
    step = (interval_s or scenario.rules.interval_s) * 1000
    n = -(-tables.compiled.run.horizon // step)
    names = tables.names
    out = np.zeros((len(names.places), len(names.services), n))
    for stream in tables.compiled.stream:
        for piece in tables.demand.piece[stream["first"] : stream["end"]]:
            start, end, rate = int(piece["start"]), int(piece["end"]), float(piece["rate"])
            for i in range(start // step, -(-end // step)):
                overlap = min(end, (i + 1) * step) - max(start, i * step)
                out[stream["place"], stream["service"], i] += rate * overlap / (step / 3.6e6)
    return OfferedRates(np.arange(n, dtype=np.int64) * (step // 1000), names.places, names.services, out)
