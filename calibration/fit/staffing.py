"""How many people are on duty: a log shows who serves, not who sits idle.

An agent is taken to be on duty from the start of a service to the end of it, and in between when the next
service of the same agent begins soon: within `GAP_SERVICES` mean services. Presence is averaged over the
days of a class for each half-hour.

Check, from moments that need no such guess: while somebody waits in the queue, everyone on duty is busy, so
the number busy at those moments is the number on duty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.clean import queued, served
from calibration.columns import DAY_S, Floats, Ints, Log
from calibration.fit.calendar import INTERVAL_S, Days

GAP_SERVICES = 2.5
"""Longest gap between two services of an agent on duty, in mean services (docs/reference/calibration.md)."""
AFTER_CLOSING = 2
"""Half-hours after closing in which staff may finish what is left."""
_EDGE_S = 2


@dataclass(frozen=True)
class DutyRow:
    """People on duty in a half-hour of a day class: mean of the log, and the number that is published."""

    day_class: str
    slot: int
    mean: float
    busy: float
    count: int


@dataclass(frozen=True)
class Duty:
    """People on duty, and how well the estimate agrees with those seen busy while somebody waits.

    Attributes
    ----------
    busy_while_waiting, duty_while_waiting : float or None
        Mean number busy, and mean number on duty by our estimate, over the moments when somebody waits.
    """

    rows: tuple[DutyRow, ...]
    gap_s: int
    busy_while_waiting: float | None
    duty_while_waiting: float | None


def duty(log: Log, days: Days, gap_s: int | None = None) -> Duty:
    """Estimate the number of people on duty in each half-hour of each day class.

    Parameters
    ----------
    gap_s : int, optional
        Longest gap between two services of an agent on duty; `GAP_SERVICES` mean services if left out.

    Notes
    -----
    A half-hour within the opening hours has at least one person. Half-hours after closing have people only as
    far as the log shows them there.
    """
    rows = served(log)
    if gap_s is None:
        gap_s = round(GAP_SERVICES * float(log.service_s[rows].mean())) if rows.any() else 0
    came, went = spells(log, gap_s)
    busy_from, busy_to = log.start[rows], log.end[rows]
    out = []
    for kind in days.classes():
        hours = days.hours[kind]
        mine = days.of(kind)
        slots = np.arange(hours.first, hours.last + AFTER_CLOSING + 1)
        edges = mine[:, None] * DAY_S + slots[None, :] * INTERVAL_S
        on = np.diff(time_before(came, went, edges), axis=1).mean(axis=0) / INTERVAL_S
        busy = np.diff(time_before(busy_from, busy_to, edges), axis=1).mean(axis=0) / INTERVAL_S
        for k, slot in enumerate(slots[:-1].tolist()):
            least = 1 if slot < hours.last else 0
            out.append(DutyRow(kind, slot, float(on[k]), float(busy[k]), max(least, round(float(on[k])))))
    return Duty(tuple(out), gap_s, *_while_waiting(log, came, went))


def spells(log: Log, gap_s: int) -> tuple[Ints, Ints]:
    """Return the starts and ends of the spells on duty of all agents, in seconds."""
    rows = served(log) & (log.agent >= 0)
    agent, start, end = log.agent[rows], log.start[rows], log.end[rows]
    order = np.lexsort((start, agent))
    agent, start, end = agent[order], start[order], end[order]
    if len(agent) == 0:
        return start, end
    # The latest end so far of the same agent: services of one agent may overlap by mistake of the log.
    offset = (agent - agent[0]) * (np.int64(1) << 40)
    latest = np.maximum.accumulate(end + offset) - offset
    new = np.concatenate([[True], (agent[1:] != agent[:-1]) | (start[1:] - latest[:-1] > gap_s)])
    first = np.flatnonzero(new)
    return start[first], latest[np.append(first[1:], len(agent)) - 1]


def time_before(starts: Ints, ends: Ints, at: Ints) -> Floats:
    """Return, for each moment `at`, the seconds of all spells that lie before it."""
    total = np.zeros(at.shape)
    for edge, sign in ((np.sort(starts), 1.0), (np.sort(ends), -1.0)):
        sums = np.concatenate([[0], np.cumsum(edge - (edge[0] if len(edge) else 0))])
        number = np.searchsorted(edge, at)
        total += sign * (number * (at - (edge[0] if len(edge) else 0)) - sums[number])
    return total


def _while_waiting(log: Log, came: Ints, went: Ints) -> tuple[float | None, float | None]:
    """Return the mean number busy and on duty while somebody waits, less 2 s at both ends of a wait."""
    waits, rows = queued(log), served(log)
    joins, leaves = log.arrive[waits] + _EDGE_S, log.called[waits] - _EDGE_S
    joins, leaves = joins[leaves > joins], leaves[leaves > joins]
    if len(joins) == 0:
        return None, None
    spans = ((joins, leaves), (log.start[rows], log.end[rows]), (came, went))
    at = np.sort(np.concatenate([edge for pair in spans for edge in pair]))
    width = np.diff(at).astype(float)
    inside = [
        np.searchsorted(np.sort(start), at[:-1], side="right") - np.searchsorted(np.sort(end), at[:-1], side="right")
        for start, end in spans
    ]
    width *= inside[0] > 0
    if width.sum() == 0:
        return None, None
    return float((width * inside[1]).sum() / width.sum()), float((width * inside[2]).sum() / width.sum())
