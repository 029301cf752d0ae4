"""Who comes again: redial after giving up, repeat contact after an answer. Needs a log that knows its people.

A person is a keyed hash. What a log knows of people may be uneven: at the Anonymous Bank only those who queued
were asked who they are. So the share of rows with a person is told, of those who waited and of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.clean import ABANDONED, BLOCKED, NO_SHOW, answered, callers, offered
from calibration.columns import DAY_S, NEVER
from calibration.fit.routes import FEWEST, jeffreys

if TYPE_CHECKING:
    from calibration.columns import Flags, Ints, Log

REDIAL_S = 3600
"""A redial comes within an hour of giving up."""
REPEAT_DAYS = (1, 7)
"""A repeat contact comes within so many days of an answer."""
UNEVEN = 0.2
"""Shares of known people further apart than this make what is said of them doubtful."""


@dataclass(frozen=True)
class Again:
    """How many come again.

    Attributes
    ----------
    what : str
        `redial` (gave up, was refused or missed the call) or `repeat` (was answered).
    within_s : int
        Within so many seconds.
    count, n : int
        So many of so many: only those of whom the log could show it, long enough before its end.
    same_service : int or None
        How many of them came for the same service.
    delay_mean_s : float or None
        Mean time until they came again.
    """

    what: str
    service: str
    within_s: int
    count: int
    n: int
    share: float
    low: float
    high: float
    same_service: int | None
    delay_mean_s: float | None


@dataclass(frozen=True)
class People:
    """What a log knows of people.

    Attributes
    ----------
    known_share : float
        Share of rows with a person.
    known_waited, known_not_waited : float or None
        The same among those who waited, and those who did not.
    """

    known_share: float
    known_waited: float | None
    known_not_waited: float | None
    again: tuple[Again, ...]

    @property
    def uneven(self) -> bool:
        """Tell whether some are known much more often than others."""
        pair = (self.known_waited, self.known_not_waited)
        return pair[0] is not None and pair[1] is not None and abs(pair[0] - pair[1]) > UNEVEN

    def redial(self, service: str = "*") -> Again | None:
        """Return how many of those who gave up come again; none if the log does not show it."""
        return next((one for one in self.again if (one.what, one.service) == ("redial", service)), None)


def people(log: Log) -> People | None:
    """Return who comes again, by service; none when the log knows nobody."""
    wanted, known = offered(log), log.person != NEVER
    if not np.any(wanted & known):
        return None
    waited = log.wait_s > 0
    after, gap = following(log)
    lost = np.isin(log.outcome, (ABANDONED, BLOCKED, NO_SHOW))
    end = int(log.arrive.max())
    again: list[Again] = []
    names = [(None, "*")] if log.services == ("*",) else [(None, "*"), *enumerate(log.services)]
    for number, name in names:
        mine = wanted & known if number is None else wanted & known & (log.service == number)
        again += _again(log, "redial", name, mine & lost, REDIAL_S, after, gap, end)
        for days in REPEAT_DAYS:
            again += _again(log, "repeat", name, mine & answered(log), days * DAY_S, after, gap, end)
    return People(
        known_share=float(known[wanted].mean()),
        known_waited=_share(known, wanted & waited),
        known_not_waited=_share(known, wanted & ~waited),
        again=tuple(again),
    )


def following(log: Log) -> tuple[Ints, Ints]:
    """Return the row of the same person's next case, −1 if none, and the seconds until it."""
    index = np.flatnonzero(callers(log) & (log.person != NEVER))
    order = index[np.lexsort((log.arrive[index], log.person[index]))]
    after = np.full(len(log), -1, np.int64)
    same = log.person[order][1:] == log.person[order][:-1]
    after[order[:-1][same]] = order[1:][same]
    # Time runs from the moment of leaving: the end of the service or of the wait.
    left = np.where(log.service_s > 0, log.end, log.arrive + np.maximum(log.wait_s, 0))
    gap = np.where(after >= 0, log.arrive[after] - left, np.iinfo(np.int64).max)
    return after, gap


def _again(log: Log, what: str, name: str, rows: Flags, within_s: int, after: Ints, gap: Ints, end: int) -> list[Again]:
    rows = rows & (log.arrive + within_s <= end)
    n = int(np.count_nonzero(rows))
    came = rows & (gap <= within_s)
    count = int(np.count_nonzero(came))
    if n < FEWEST or 0 < count < FEWEST:
        return []
    same = int(np.count_nonzero(log.service[came] == log.service[after[came]])) if log.services != ("*",) else None
    delay = float(np.maximum(gap[came], 0).mean()) if count else None
    return [Again(what, name, within_s, count, n, count / n, *jeffreys(count, n), same, delay)]


def _share(known: Flags, rows: Flags) -> float | None:
    return float(known[rows].mean()) if rows.any() else None
