"""The canonical table of a log, and the presets that say which column of a vendor's log means what.

A preset is a TOML file in `presets/`. Only the columns it names are ever read (a whitelist), so names,
telephone and account numbers of customers stay in the log.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PRESETS = Path(__file__).with_name("presets")

NEVER = int(np.iinfo(np.int64).min)
"""A time or duration that the log does not give: it did not happen, or could not be read."""

DAY_S = 86_400

OUTCOMES = ("served", "abandoned", "no_show", "transferred", "blocked", "phantom", "menu")
"""Outcomes in the canonical table. `phantom` is no caller, `menu` hung up before asking for a person."""

COLUMNS: Mapping[str, str] = {
    "case": "key",
    "service": "text",
    "date": "date",
    "enter": "clock",
    "menu_s": "seconds",
    "arrive": "clock",
    "wait_s": "seconds",
    "outcome": "text",
    "start": "clock",
    "service_s": "seconds",
    "agent": "text",
}
"""What a preset may name, and how it is read: `clock` is H:MM:SS within `date`."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
    """

    week: tuple[str, ...]
    begins: int
    dates: Mapping[str, str]

    def of(self, day: int) -> str:
        """Return the class of a day, counted from 1970-01-01."""
        when = iso_day(day)
        return self.dates.get(when, self.week[(date.fromisoformat(when).weekday() - self.begins) % 7])


@dataclass(frozen=True)
class Preset:
    """What the columns of one kind of log mean.

    Attributes
    ----------
    columns : Mapping[str, tuple[str, ...]]
        Column of the canonical table → columns of the log (several for `case`, one for the others).
    date_format : str
        As `strptime` reads it.
    no_agent : frozenset[str]
        What stands in the agent's column when nobody answered.
    outcomes : Mapping[str, str]
        The log's own outcome → one of `OUTCOMES`.
    services : Mapping[str, sim.Text]
        The log's own service → its name. A service that is not here keeps its code.
    site, team : tuple[str, sim.Text]
        Name and title of the one place and the one team.
    """

    id: str
    title: sim.Text
    columns: Mapping[str, tuple[str, ...]]
    date_format: str
    no_agent: frozenset[str]
    outcomes: Mapping[str, str]
    services: Mapping[str, sim.Text]
    site: tuple[str, sim.Text]
    team: tuple[str, sim.Text]
    calendar: Calendar

    def needed(self) -> tuple[str, ...]:
        """Return the columns that a log must have, each once."""
        return tuple(dict.fromkeys(name for names in self.columns.values() for name in names))


@dataclass(frozen=True)
class Log:
    """Logs as the canonical table: one entry a row, arrays of one length.

    Times are seconds of the local clock from 1970-01-01 00:00 on; `NEVER` stands for what did not happen.

    Attributes
    ----------
    file, row : arrays of int
        Number of the file in `files`, and number of the line in it, the header line being the first.
    case, leg : arrays of int
        Number of the call and of its part.
    service, agent, code : arrays of int
        Index into `services`, `agents` (−1: none) and `codes`, the log's own outcomes.
    outcome : array of int
        Index into `OUTCOMES`.
    day : array of int
        Days since 1970-01-01 of the day on which the call arrived.
    arrive, called, start, end : arrays of int
        Joined the queue; left it; service began; service ended.
    menu_s, wait_s, service_s : arrays of int
        Durations as the log gives them, in seconds.
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    rows_read: int
    unreadable: tuple[Unreadable, ...]
    services: tuple[str, ...]
    agents: int
    codes: tuple[str, ...]
    file: Ints
    row: Ints
    case: Ints
    leg: Ints
    service: Ints
    agent: Ints
    code: Ints
    outcome: Ints
    day: Ints
    enter: Ints
    arrive: Ints
    called: Ints
    start: Ints
    end: Ints
    menu_s: Ints
    wait_s: Ints
    service_s: Ints

    def __len__(self) -> int:
        """Return the number of rows that could be read."""
        return len(self.row)

    def only(self, keep: Flags) -> Log:
        """Return the rows of the log where `keep` is true."""
        from dataclasses import fields, replace

        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        kept: dict[str, Any] = {k: v[keep] for k, v in values.items() if isinstance(v, np.ndarray)}
        return replace(self, **kept)


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


def presets() -> tuple[str, ...]:
    """Return the names of the presets that are there."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.toml")))


def preset(name: str) -> Preset:
    """Return the preset called `name`.

    Raises
    ------
    InputError
        ``unknown_preset``, with the names that are known.
    """
    if name not in presets():
        raise sim.InputError.one("unknown_preset", field="preset", value=name, known=", ".join(presets()))
    data = tomllib.loads((PRESETS / f"{name}.toml").read_text("utf-8"))
    columns = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in data["columns"].items()}
    unknown = (columns.keys() - COLUMNS.keys()) | (set(data["outcomes"].values()) - set(OUTCOMES))
    if unknown:
        raise sim.InputError.one("preset_words", file=f"{name}.toml", value=", ".join(sorted(unknown)))
    calendar = data["calendar"]
    return Preset(
        id=data["id"],
        title=_text(data["title"]),
        columns=columns,
        date_format=data["form"]["date"],
        no_agent=frozenset(data["form"].get("no_agent", ())),
        outcomes=data["outcomes"],
        services={code: _text(text) for code, text in data.get("services", {}).items()},
        site=(data["site"]["id"], _text(data["site"]["title"])),
        team=(data["team"]["id"], _text(data["team"]["title"])),
        calendar=Calendar(tuple(calendar["week"]), _WEEKDAYS.index(calendar["week_begins"]), calendar.get("dates", {})),
    )


def _text(data: Mapping[str, Any]) -> sim.Text:
    return sim.Text(zh=data["zh"], en=data["en"])
