"""How many people are on duty: a log shows who serves, not who sits idle.

An agent is on duty from the start of a service to the end of it, and in between when the next service of the
same agent comes soon: not soon by the clock, but in turns. The gap between two services of an agent lasts so
many turns as his share of the services that others began meanwhile: their number over the mean number on duty.
Who is on duty and idle gets a turn like the others. If each customer goes to a random idle agent, one on duty
misses `TURNS` = 3 turns with probability e⁻³, 5 %; if to the longest idle one, hardly ever. On a quiet Saturday
few customers come, and a pause of ten minutes is no absence. But who serves nobody for more than a minute while
customers wait is away, whatever the turns.

Check, from moments that need no such guess: while somebody waits in the queue, everyone on duty is busy, so
the number busy at those moments is the number on duty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.clean import queued, served
from calibration.columns import DAY_S, Flags, Floats, Ints, Log
from calibration.fit.calendar import INTERVAL_S, Days, Hours

TURNS = 3.0
"""Longest gap between two services of an agent on duty, in turns."""
LONGEST_GAP_S = 7200
"""A longer gap is an absence, however few customers came."""
LONGEST_PAUSE_S = 60
"""Who serves nobody for longer while somebody waits is not there."""
SKILL = 0.02
"""An agent can do a service that is at least this share of what he did."""
PASSES = 10
"""The number on duty says how long a turn is, and turns say who is on duty: repeated until nothing changes."""
AFTER_CLOSING = 2
"""Half-hours after closing in which staff may finish what is left."""
BUSY_QUANTILE = 0.95
_EDGE_S = 2
_FAR = np.int64(1) << 40


@dataclass(frozen=True)
class DutyRow:
    """People on duty at a place in a half-hour of a day class: mean of the log, and the published number."""

    place: str
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
    method : str
        `turns`; or `busy` where the log names no agents: then it is the number busy that only one moment in
        twenty exceeds.
    turns : float
        Longest gap on duty, in turns.
    busy_while_waiting, duty_while_waiting : float or None
        Mean number busy, and mean number on duty by our estimate, over the moments when somebody waits.
    """

    rows: tuple[DutyRow, ...]
    method: str
    turns: float
    busy_while_waiting: float | None
    duty_while_waiting: float | None


@dataclass(frozen=True)
class Spells:
    """Spells on duty: place and agent (indices), start and end of each, in seconds; sorted by place, agent, start."""

    place: Ints
    agent: Ints
    came: Ints
    went: Ints

    def at(self, place: int) -> tuple[Ints, Ints]:
        """Return starts and ends of the spells at a place."""
        first, last = np.searchsorted(self.place, [place, place + 1])
        return self.came[first:last], self.went[first:last]


def duty(log: Log, days: Days, turns: float = TURNS, pause_s: float = LONGEST_PAUSE_S) -> Duty:
    """Estimate the number of people on duty in each half-hour of each place and day class.

    Parameters
    ----------
    turns, pause_s : float
        As in `spells`.

    Notes
    -----
    A half-hour within the opening hours has at least one person. Half-hours after closing have people only as
    far as the log shows them there.
    """
    rows = served(log)
    named = rows & (log.agent >= 0)
    method = "turns" if 2 * np.count_nonzero(named) >= np.count_nonzero(rows) else "busy"
    on_duty = spells(log, turns, pause_s)
    by_place = np.argsort(log.place[rows], kind="stable")
    place, start, end = (column[rows][by_place] for column in (log.place, log.start, log.end))
    out: list[DutyRow] = []
    for (number, kind), hours in sorted(days.at.items()):
        first, last = np.searchsorted(place, [number, number + 1])
        mine = days.of(kind, number)
        slots = np.arange(hours.first, hours.last + AFTER_CLOSING + 1)
        edges = mine[:, None] * DAY_S + slots[None, :] * INTERVAL_S
        busy = _presence(start[first:last], end[first:last], edges)
        if method == "turns":
            on = _presence(*_to_the_doors(on_duty, number, np.sort(start[first:last]), mine, hours, turns), edges)
        else:
            on = _often_busy(start[first:last], end[first:last], edges)
        for k, slot in enumerate(slots[:-1].tolist()):
            least = 1 if slot < hours.last else 0
            count = max(least, round(float(on[k])))
            out.append(DutyRow(log.places[number], kind, slot, float(on[k]), float(busy[k]), count))
    return Duty(tuple(out), method, turns, *_while_waiting(log, on_duty))


def spells(log: Log, turns: float = TURNS, pause_s: float = math.inf) -> Spells:
    """Return the spells on duty of all agents; one who serves at two places has spells at each.

    Parameters
    ----------
    turns : float
        Longest gap between two services of an agent on duty, in turns.
    pause_s : float
        Longest time in such a gap, in seconds, during which somebody waits whom the agent could have served.
        Without it agents are on duty who rest while customers wait: present, and back when the queue grows.
    """
    rows = np.flatnonzero(served(log) & (log.agent >= 0))
    rows = rows[np.lexsort((log.start[rows], log.agent[rows], log.place[rows]))]
    waits = np.flatnonzero(queued(log))
    waits = waits[np.argsort(log.place[waits], kind="stable")]
    empty = np.zeros(0, np.int64)
    found = [(empty, empty, empty, empty)]
    for number in np.unique(log.place[rows]).tolist():
        mine = _at(log.place, rows, number)
        waiting = _at(log.place, waits, number)
        idle = _idle_while_waiting(log, mine, waiting) if math.isfinite(pause_s) else np.zeros(len(mine) - 1)
        agent, came, went = _spells(log.agent[mine], log.start[mine], log.end[mine], idle > pause_s, turns)
        found.append((np.full(len(came), number, np.int64), agent, came, went))
    return Spells(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _at(place: Ints, rows: Ints, number: int) -> Ints:
    """Return those of some rows, sorted by place, that are at one."""
    first, last = np.searchsorted(place[rows], [number, number + 1])
    return rows[first:last]


def _idle_while_waiting(log: Log, mine: Ints, waiting: Ints) -> Floats:
    """Return how long, between each service and the next, somebody waited whom the same agent could have served.

    An agent can do the services that are at least `SKILL` of what he did.
    """
    who, agent = np.unique(log.agent[mine], return_inverse=True)
    done = np.zeros((len(who), len(log.services)))
    np.add.at(done, (agent, log.service[mine]), 1)
    skills, kind = np.unique(done >= SKILL * done.sum(axis=1, keepdims=True), axis=0, return_inverse=True)
    since, until = log.end[mine][:-1], log.start[mine][1:]
    kind = kind.reshape(-1)[agent[:-1]]
    out = np.zeros(len(since))
    for number, skill in enumerate(skills):
        rows = waiting[skill[log.service[waiting]]]
        queue = _joined(log.arrive[rows], log.called[rows])
        here = kind == number
        edges = np.stack([since[here], np.maximum(until[here], since[here])])
        out[here] = np.diff(time_before(*queue, edges), axis=0)[0]
    return out


def _joined(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the times that at least one of the spans covers, as spans that do not touch."""
    if len(starts) == 0:
        return starts, ends
    order = np.argsort(starts, kind="stable")
    starts, latest = starts[order], np.maximum.accumulate(ends[order])
    first = np.flatnonzero(np.concatenate([[True], starts[1:] > latest[:-1]]))
    return starts[first], latest[np.append(first[1:], len(starts)) - 1]


def _spells(agent: Ints, start: Ints, end: Ints, rests: Flags, turns: float) -> tuple[Ints, Ints, Ints]:
    """Return agent, start and end of spells at one place; services sorted by agent and start."""
    # The latest end so far of the same agent: services of one agent may overlap by mistake of the log.
    offset = (agent - agent[0]) * _FAR
    latest = np.maximum.accumulate(end + offset) - offset
    other = agent[1:] != agent[:-1]
    since, until = latest[:-1], start[1:]
    gap = until - since

    def cut(off: Flags) -> tuple[Ints, Ints, Ints]:
        first = np.flatnonzero(np.concatenate([[True], other | off]))
        return agent[first], start[first], latest[np.append(first[1:], len(agent)) - 1]

    begun = np.sort(start)
    meanwhile = np.searchsorted(begun, until, side="left") - np.searchsorted(begun, since, side="right")
    edges = np.stack([since, np.maximum(until, since + 1)])
    # From above: begun with few on duty, turns would be short and stay so.
    away = (gap > LONGEST_GAP_S) | rests
    off = away
    _, came, went = cut(off)
    for _ in range(PASSES):
        shared = np.diff(time_before(came, went, edges), axis=0)[0] / np.diff(edges, axis=0)[0]
        before, off = off, away | (meanwhile > turns * np.maximum(shared, 1.0))
        _, came, went = cut(off)
        if np.array_equal(before, off):
            break
    return cut(off)


def _to_the_doors(
    on_duty: Spells, place: int, begun: Ints, days: Ints, hours: Hours, turns: float
) -> tuple[Ints, Ints]:
    """Return starts and ends of the spells at a place, the first and last of a day carried to the doors.

    The log shows nobody before his first service and after his last. Whoever had missed no more than `turns`
    turns since the opening was there from the opening on, and likewise to the closing.
    """
    first, last = np.searchsorted(on_duty.place, [place, place + 1])
    agent, came, went = (column[first:last] for column in (on_duty.agent, on_duty.came, on_duty.went))
    if len(came) == 0:
        return came, went
    day = came // DAY_S
    other = (agent[1:] != agent[:-1]) | (day[1:] != day[:-1])
    ours = np.isin(day, days)
    opens, closes = day * DAY_S + hours.first * INTERVAL_S, day * DAY_S + hours.last * INTERVAL_S
    starts, ends = np.sort(came), np.sort(went)

    def there(at: Ints) -> Ints:
        """Return how many are on duty at a moment, its own spell included."""
        number: Ints = np.searchsorted(starts, at, side="right") - np.searchsorted(ends, at, side="left")
        return number

    before = np.searchsorted(begun, came, side="left") - np.searchsorted(begun, opens, side="left")
    after = np.searchsorted(begun, closes, side="left") - np.searchsorted(begun, went, side="right")
    early = ours & np.concatenate([[True], other]) & (came > opens) & (before <= turns * there(came))
    late = ours & np.concatenate([other, [True]]) & (went < closes) & (after <= turns * there(went))
    return np.where(early, opens, came), np.where(late, closes, went)


def time_before(starts: Ints, ends: Ints, at: Ints) -> Floats:
    """Return, for each moment `at`, the seconds of all spells that lie before it."""
    total = np.zeros(at.shape)
    for edge, sign in ((np.sort(starts), 1.0), (np.sort(ends), -1.0)):
        sums = np.concatenate([[0], np.cumsum(edge - (edge[0] if len(edge) else 0))])
        number = np.searchsorted(edge, at)
        total += sign * (number * (at - (edge[0] if len(edge) else 0)) - sums[number])
    return total


def _presence(starts: Ints, ends: Ints, edges: Ints) -> Floats:
    """Return the mean number there between the edges of each step, over the days (days, steps + 1)."""
    out: Floats = np.diff(time_before(starts, ends, edges), axis=1).mean(axis=0) / INTERVAL_S
    return out


def _often_busy(starts: Ints, ends: Ints, edges: Ints) -> Floats:
    """Return the number busy that only one moment in twenty exceeds, by minutes of each step over the days."""
    minutes = np.arange(0, INTERVAL_S, 60)
    at = edges[:, :-1, None] + minutes
    number = np.searchsorted(np.sort(starts), at, side="right") - np.searchsorted(np.sort(ends), at, side="right")
    out: Floats = np.quantile(number.transpose(1, 0, 2).reshape(edges.shape[1] - 1, -1), BUSY_QUANTILE, axis=1)
    return out


def _while_waiting(log: Log, on_duty: Spells) -> tuple[float | None, float | None]:
    """Return the mean number busy and on duty while somebody waits, less 2 s at both ends of a wait."""
    waits, rows = queued(log), served(log)
    joins, leaves = log.arrive[waits] + _EDGE_S, log.called[waits] - _EDGE_S
    long = leaves > joins
    # Places side by side on one line of time.
    spans = (
        (log.place[waits][long], joins[long], leaves[long]),
        (log.place[rows], log.start[rows], log.end[rows]),
        (on_duty.place, on_duty.came, on_duty.went),
    )
    if not long.any():
        return None, None
    shifted = [(place * _FAR + first, place * _FAR + last) for place, first, last in spans]
    at = np.sort(np.concatenate([edge for pair in shifted for edge in pair]))
    width = np.diff(at).astype(float)
    inside = [
        np.searchsorted(np.sort(start), at[:-1], side="right") - np.searchsorted(np.sort(end), at[:-1], side="right")
        for start, end in shifted
    ]
    width *= inside[0] > 0
    if width.sum() == 0:
        return None, None
    return float((width * inside[1]).sum() / width.sum()), float((width * inside[2]).sum() / width.sum())
