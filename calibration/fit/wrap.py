"""How long an agent takes between two customers: work after the call, ringing, the way to the counter.

While somebody waits, an agent who is on duty takes the next customer as soon as he can. So the gap between two
services of one agent, during which the queue was never empty, is time in which he could not. Gaps above
`LONGEST_S` are pauses and belong to staffing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import asked, served

if TYPE_CHECKING:
    from calibration.columns import Ints, Log

LONGEST_S = 60
"""A longer gap while somebody waits is a pause: the agent is off duty for it."""
FEWEST = 100
LEAST_S = 0.5
"""A shorter mean is none: stamps are whole seconds."""
PROBES = 10
STEPS = 20
_FAR = np.int64(1) << 40


@dataclass(frozen=True)
class Wrap:
    """Time between two customers: number of gaps seen, mean, quantiles at equal steps from 0 to 100 %."""

    n: int
    mean_s: float
    quantiles_s: tuple[float, ...]


def wrap_up(log: Log) -> Wrap | None:
    """Return how long agents take between two customers; none when too few gaps show it, or none is needed.

    Notes
    -----
    The queue is looked at `PROBES` times during a gap, at equal steps, both ends included, and must hold
    somebody of the same place each time.
    """
    rows = np.flatnonzero(served(log) & (log.agent >= 0))
    rows = rows[np.lexsort((log.start[rows], log.place[rows], log.agent[rows]))]
    agent, place = log.agent[rows], log.place[rows]
    next_one = (agent[1:] == agent[:-1]) & (place[1:] == place[:-1])
    since, gap = log.end[rows][:-1], log.start[rows][1:] - log.end[rows][:-1]
    take = next_one & (gap >= 0) & (gap <= LONGEST_S)
    since, gap, place = since[take], gap[take], place[:-1][take]
    waits = asked(log) & (log.wait_s > 0)
    joined = np.sort(log.place[waits] * _FAR + log.arrive[waits])
    left = np.sort(log.place[waits] * _FAR + log.called[waits])
    waited = np.ones(len(gap), bool)
    for k in range(PROBES):
        at = place * _FAR + since + gap * k // (PROBES - 1)
        # Who is called at the very end of the gap is the next customer, so still counts there.
        waited &= _waiting(joined, left, at)
    gap = gap[waited]
    if len(gap) < FEWEST or gap.mean() < LEAST_S:
        return None
    table = np.quantile(gap, np.linspace(0, 1, STEPS + 1))
    # Straight lines between quantiles have a mean of their own; scaled to that of the sample.
    table *= gap.mean() / np.trapezoid(table, dx=1 / STEPS)
    return Wrap(len(gap), float(gap.mean()), tuple(round(float(q), 3) for q in table))


def _waiting(joined: Ints, left: Ints, at: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.searchsorted(joined, at, side="right") > np.searchsorted(left, at, side="left")
