"""The canonical table: what every log becomes, whatever system wrote it.

One row is one *leg*: one wait for a person and the service that ended it. A *case* is a customer's whole call or
visit; its legs are numbered in time order. docs/reference/calibration.md says the same for readers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sim

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

Groups = tuple[tuple[tuple[str, ...], ...], ...]

NEVER = int(np.iinfo(np.int64).min)
"""A time or duration that the log does not give: it did not happen, or could not be read."""

DAY_S = 86_400

OUTCOMES = ("served", "abandoned", "no_show", "transferred", "blocked", "phantom", "menu")
"""Outcomes in the canonical table. `phantom` is no caller, `menu` hung up before asking for a person."""

CHANNELS = ("counter", "machine", "remote", "voice", "video", "text", "bot", "outbound")
"""Channels by the model's own mode words; a code that a preset does not translate keeps its own name."""

COLUMNS: Mapping[str, str] = {
    "case": "key",
    "leg": "number",
    "part": "text",
    "place": "text",
    "service": "text",
    "channel": "text",
    "agent": "text",
    "person": "person",
    "priority": "number",
    "appointment": "flag",
    "outcome": "text",
    "date": "date",
    "enter": "time",
    "arrive": "time",
    "rejoin": "time",
    "called": "time",
    "start": "time",
    "end": "time",
    "left": "time",
    "menu_s": "seconds",
    "wait_s": "seconds",
    "service_s": "seconds",
    "wrap_s": "seconds",
    "count": "count",
    "interval": "number",
}
"""What a preset may name, and of which kind it is. `count` and `interval` are for files of counts."""


@dataclass(frozen=True)
class Calendar:
    """Which class a date belongs to.

    Attributes
    ----------
    week : tuple[str, ...]
        Class of each day of the week, from `begins` on.
    begins : int
        First day of the week, 0 = Monday.
    dates : Mapping[str, str]
        ISO date → class, where it differs from the weekday's.
    estimated : frozenset[str]
        Dates among them whose class no notice has confirmed.
    """

    week: tuple[str, ...]
    begins: int
    dates: Mapping[str, str]
    estimated: frozenset[str] = frozenset()

    def of(self, day: int) -> str:
        """Return the class of a day, counted from 1970-01-01."""
        when = iso_day(day)
        return self.dates.get(when, self.week[(date.fromisoformat(when).weekday() - self.begins) % 7])

    def years(self) -> frozenset[int]:
        """Return the years that the calendar knows: those of dates that are not estimated."""
        return frozenset(int(day[:4]) for day in self.dates if day not in self.estimated)


@dataclass(frozen=True)
class Preset:
    """What the columns of one kind of log mean: a preset that is shipped, or a mapping file of the user.

    Attributes
    ----------
    kind : str
        ``log``, one row a ticket, call or part of a call; or ``counts``, one row an interval.
    columns : Mapping[str, Groups]
        Column of the canonical table → columns of the log, in three levels: groups that belong together (parts of
        a key, durations to add); in a group, sets of which the first counts that the file has; in a set, columns
        of which in every row the first counts that holds something.
    optional : frozenset[str]
        Canonical columns that a log may lack.
    forms : Mapping[str, str]
        Canonical column → how it is written: ``clock``, ``unix_s``, ``unix_ms``, ``excel``, ``seconds``,
        ``minutes``, ``ms``, ``hms``, or a pattern with ``%`` as `strptime` reads it. Otherwise it is found out.
    header : tuple[str, ...]
        Names of the columns in files that have no header line.
    only : Mapping[str, frozenset[str]]
        Column of the log → values of the rows that concern us (incoming calls, say).
    legs : bool
        Whether a case may have several rows.
    daily : bool
        Whether keys of cases begin anew every day, as ticket numbers do.
    leavers : str
        ``moment`` when the log knows when somebody left the queue, ``called`` when it only sees who is missing
        when called.
    no_agent : frozenset[str]
        What stands in the agent's column when nobody answered.
    parts : Mapping[str, str]
        For logs with a row each for menu, queue and agent: the log's own code → ``menu``, ``queue``, ``serve``.
    service_of : str
        Which of these parts names the service; empty: any.
    outcomes, channels : Mapping[str, str]
        The log's own code → one of `OUTCOMES`, `CHANNELS`.
    services : Mapping[str, sim.Text]
        The log's own service → its name. A service that is not here keeps its code.
    longest_wait_s, longest_service_s : int
        Longer ones are not believed, and left out of the estimates.
    width_s, first_interval : int
        Files of counts: length of an interval (0: found out), and number of the first interval of a day.
    site, team : tuple[str, sim.Text]
        Name and title of the one place and the one team.
    """

    id: str
    title: sim.Text
    kind: str
    columns: Mapping[str, Groups]
    optional: frozenset[str]
    forms: Mapping[str, str]
    zone: str
    header: tuple[str, ...]
    only: Mapping[str, frozenset[str]]
    legs: bool
    daily: bool
    leavers: str
    no_agent: frozenset[str]
    parts: Mapping[str, str]
    service_of: str
    outcomes: Mapping[str, str]
    channels: Mapping[str, str]
    services: Mapping[str, sim.Text]
    longest_wait_s: int
    longest_service_s: int
    width_s: int
    first_interval: int
    site: tuple[str, sim.Text]
    team: tuple[str, sim.Text]
    calendar: Calendar

    def named(self) -> tuple[str, ...]:
        """Return every column of a log that may be read, each once: the whitelist."""
        names = (name for groups in self.columns.values() for group in groups for some in group for name in some)
        return tuple(dict.fromkeys((*names, *self.only)))


@dataclass(frozen=True)
class Log:
    """Logs as the canonical table: one leg a row, arrays of one length.

    Times are seconds of the local clock from 1970-01-01 00:00 on; `NEVER` stands for what did not happen.
    `arrive` is the clock on the wall; later moments follow it in elapsed seconds, so that durations are right
    across a change of the clocks.

    Attributes
    ----------
    rows_read : int
        Rows of the files below their headers; several may make one leg.
    unreadable, set_aside : tuple[Unreadable, ...]
        Rows that could not be read; rows that do not concern us (outgoing calls, say).
    places, services, channels, codes : tuple[str, ...]
        Labels of `place`, `service`, `channel`, and the log's own outcomes; ``*`` alone when the log has none.
    agents : int
        Number of different agents.
    zone : str
        IANA name of the local clock.
    resolution_s : int
        60 when every arrival stands on a full minute, else 1.
    leavers : str
        ``moment`` or ``called``: see `Preset`.
    longest_wait_s, longest_service_s : int
        Longer ones are not believed.
    names : Mapping[str, str]
        Column of the canonical table → column of the (first) file.
    file, row : arrays of int
        Number of the file in `files`, and number of the line in it, the header line being the first.
    case, leg : arrays of int
        Key of the call or visit, and number of its part.
    place, service, channel, agent, code : arrays of int
        Index into the labels; agent −1: nobody.
    person : array of int
        Keyed hash of the customer's number; `NEVER` when unknown.
    outcome : array of int
        Index into `OUTCOMES`, −1 for a code that the preset does not know.
    priority, appointment : arrays of int
        As the log has it; −1 unknown.
    arrive, start : arrays of int
        Joined the queue; service began.
    menu_s, wait_s, service_s, wrap_s : arrays of int
        Durations in seconds; `wrap_s`, work after the call, is part of `service_s`.
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    rows_read: int
    unreadable: tuple[Unreadable, ...]
    set_aside: tuple[Unreadable, ...]
    places: tuple[str, ...]
    services: tuple[str, ...]
    channels: tuple[str, ...]
    codes: tuple[str, ...]
    agents: int
    zone: str
    resolution_s: int
    leavers: str
    longest_wait_s: int
    longest_service_s: int
    names: Mapping[str, str]
    file: Ints
    row: Ints
    case: Ints
    leg: Ints
    place: Ints
    service: Ints
    channel: Ints
    agent: Ints
    code: Ints
    person: Ints
    outcome: Ints
    priority: Ints
    appointment: Ints
    arrive: Ints
    start: Ints
    menu_s: Ints
    wait_s: Ints
    service_s: Ints
    wrap_s: Ints

    def __len__(self) -> int:
        """Return the number of legs that could be read."""
        return len(self.arrive)

    @property
    def day(self) -> Ints:
        """Days since 1970-01-01 of the day on which each leg arrived."""
        days: Ints = self.arrive // DAY_S
        return days

    @property
    def enter(self) -> Ints:
        """When each call entered the menu; `NEVER` when the log does not say."""
        return np.where(self.menu_s >= 0, self.arrive - self.menu_s, NEVER)

    @property
    def called(self) -> Ints:
        """When each leg left the queue."""
        moments: Ints = self.arrive + np.maximum(self.wait_s, 0)
        return moments

    @property
    def end(self) -> Ints:
        """When each service ended; `NEVER` when there was none."""
        return np.where(self.service_s > 0, self.start + self.service_s, NEVER)

    def only(self, keep: Flags) -> Log:
        """Return the rows of the log where `keep` is true."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        kept: dict[str, Any] = {
            name: constant(value[0], int(keep.sum())) if _is_constant(value) else value[keep]
            for name, value in values.items()
            if isinstance(value, np.ndarray)
        }
        return replace(self, **kept)

    @classmethod
    def of(cls, arrive: Any, **columns: Any) -> Log:
        """Return a log made of arrays at hand; what is left out is as if the log did not say.

        `places`, `services`, `channels` and `codes` may be given as tuples of labels. Without `outcome`,
        everybody with a service was served, the others gave up.
        """
        arrive = np.asarray(arrive, np.int64)
        number = len(arrive)
        data: dict[str, Any] = {name: np.asarray(value) for name, value in columns.items() if name in ARRAYS}
        rest = {name: value for name, value in columns.items() if name not in ARRAYS}
        wait_s = data.setdefault("wait_s", np.zeros(number, np.int64))
        service_s = data.setdefault("service_s", np.zeros(number, np.int64))
        data.setdefault("start", np.where(service_s > 0, arrive + np.maximum(wait_s, 0), NEVER))
        data.setdefault("outcome", np.where(service_s > 0, 0, 1))
        data.setdefault("case", np.arange(number, dtype=np.int64))
        data.setdefault("row", np.arange(number, dtype=np.int64) + 2)
        for name, otherwise in ARRAYS.items():
            data.setdefault(name, constant(otherwise, number))
        plain = {
            "files": ("log",),
            "sha256": ("",),
            "rows_read": number,
            "unreadable": (),
            "set_aside": (),
            "places": ("*",),
            "services": ("*",),
            "channels": ("*",),
            "codes": ("*",),
            "agents": int(np.max(data["agent"], initial=-1)) + 1,
            "zone": "Asia/Shanghai",
            "resolution_s": 1,
            "leavers": "moment",
            "longest_wait_s": 3600,
            "longest_service_s": 3600,
            "names": {},
        }
        return cls(arrive=arrive, **{**plain, **rest}, **data)


ARRAYS: Mapping[str, int] = {
    "file": 0,
    "row": 0,
    "case": 0,
    "leg": 0,
    "place": 0,
    "service": 0,
    "channel": 0,
    "agent": -1,
    "code": 0,
    "person": NEVER,
    "outcome": 0,
    "priority": -1,
    "appointment": -1,
    "start": NEVER,
    "menu_s": NEVER,
    "wait_s": 0,
    "service_s": 0,
    "wrap_s": NEVER,
}
"""Arrays of a `Log` beside `arrive`, and what stands in them when the log does not say."""


@dataclass(frozen=True)
class Counts:
    """Files of counts: how many came in each interval. Intervals that the files do not name are absent.

    Attributes
    ----------
    width_s : int
        Length of an interval, seconds.
    place, service, channel : arrays of int
        Index into the labels.
    day, start_s : arrays of int
        Days since 1970-01-01; seconds after midnight at which the interval begins.
    count : array of float
        Customers of the interval.
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    rows_read: int
    unreadable: tuple[Unreadable, ...]
    places: tuple[str, ...]
    services: tuple[str, ...]
    channels: tuple[str, ...]
    width_s: int
    place: Ints
    service: Ints
    channel: Ints
    day: Ints
    start_s: Ints
    count: Floats

    def __len__(self) -> int:
        """Return the number of intervals."""
        return len(self.day)


@dataclass(frozen=True)
class Unreadable:
    """Rows that could not be read for one reason, with at most two examples.

    An example shows the number of the line and the fields concerned; of their text only the shape (`9` a
    digit, `a` a letter), since what stands in a wrong column may be personal.
    """

    rule: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Example:
    """A row that a rule found: file, number of the line, the fields concerned."""

    file: str
    row: int
    fields: Mapping[str, str | int]


def iso_day(day: int) -> str:
    """Return the ISO date of a day counted from 1970-01-01."""
    return (date(1970, 1, 1) + timedelta(days=int(day))).isoformat()


def constant(value: Any, number: int) -> Any:
    """Return an array of one value that takes no memory."""
    return np.broadcast_to(np.int64(value), (number,))


def _is_constant(array: NDArray[Any]) -> bool:
    return array.ndim == 1 and array.strides == (0,) and len(array) > 0


def shape_of(text: str) -> str:
    """Return the shape of a text: `9` a digit, `a` a letter, at most 20 characters."""
    return "".join("9" if ch.isdigit() else "a" if ch.isalpha() else ch for ch in text[:20])
