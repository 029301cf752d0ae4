"""How many customers an agent serves at once: text agents write with several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import served

if TYPE_CHECKING:
    from calibration.columns import Flags, Floats, Ints, Log

FEWEST = 30
SHARE = 0.02
"""A number of sessions counts as a slot when at least this share of the busy time has as many or more."""
SLACK_S = 2
"""Two services that overlap by no more are one after the other: stamps are rounded."""


@dataclass(frozen=True)
class Level:
    """So many sessions at once: share of an agent's busy time; services begun then, and their mean length.

    `ratio` is that mean over the one of services begun with no other, each service held to its own mean.
    """

    sessions: int
    busy_share: float
    started: int
    service_mean_s: float | None
    ratio: float | None


@dataclass(frozen=True)
class Sessions:
    """Sessions at once on a channel (`*`: all).

    Attributes
    ----------
    slots : int
        Sessions an agent may have at once, as far as the log shows: the most with at least `SHARE` of the time.
    """

    channel: str
    slots: int
    mean: float
    levels: tuple[Level, ...]


def sessions(log: Log) -> tuple[Sessions, ...]:
    """Return the sessions at once of every channel whose agents are known."""
    out = []
    for number, name in enumerate(log.channels):
        rows = served(log) & (log.agent >= 0) & (log.channel == number)
        if np.count_nonzero(rows) >= FEWEST:
            out.append(_channel(log, name, rows))
    return tuple(out)


def _channel(log: Log, name: str, rows: Flags) -> Sessions:
    agent, start, seconds = log.agent[rows], log.start[rows], log.service_s[rows]
    service = log.service[rows]
    time = _time_at(agent, start, start + np.maximum(seconds - SLACK_S, 1))
    # Sessions of the agent when each begins, itself included.
    level = 1 + _open(agent, start, start + np.maximum(seconds - SLACK_S, 1))
    mean = np.bincount(service, seconds) / np.maximum(np.bincount(service), 1)
    relative = seconds / mean[service]
    busy = time[1:].sum()
    alone = relative[level == 1]
    levels = []
    for k in range(1, len(time)):
        here = level == k
        started = int(np.count_nonzero(here))
        shown = started >= FEWEST and len(alone) >= FEWEST
        levels.append(
            Level(
                k,
                float(time[k] / busy),
                started,
                float(seconds[here].mean()) if shown else None,
                float(relative[here].mean() / alone.mean()) if shown else None,
            )
        )
    more = np.cumsum((time / busy)[::-1])[::-1]
    slots = int(np.flatnonzero(more >= SHARE)[-1])
    average = float(time[1:] @ np.arange(1, len(time)) / busy)
    return Sessions(name, max(slots, 1), average, tuple(one for one in levels if one.busy_share > 0 or one.started))


def _time_at(agent: Ints, start: Ints, end: Ints) -> Floats:
    """Return the seconds that agents spent with 0, 1, 2 … sessions at once, between first and last."""
    who = np.concatenate([agent, agent])
    at = np.concatenate([start, end])
    step = np.concatenate([np.ones(len(start), np.int64), -np.ones(len(end), np.int64)])
    order = np.lexsort((step, at, who))
    who, at, step = who[order], at[order], step[order]
    open_now = np.cumsum(step)[:-1]
    width = np.where(who[1:] == who[:-1], np.diff(at), 0)
    return np.bincount(open_now, width).astype(np.float64)


def _open(agent: Ints, start: Ints, end: Ints) -> Ints:
    """Return how many other sessions of the same agent are open when each begins."""
    far = np.int64(1) << 40
    ended = np.sort(agent * far + end)
    key = agent * far + start
    # Of the same agent: begun before (or at once, earlier in the order) less those already ended.
    rank = np.empty(len(key), np.int64)
    order = np.argsort(key, kind="stable")
    rank[order] = np.arange(len(key))
    out: Ints = rank - np.searchsorted(ended, key, side="right")
    return out
