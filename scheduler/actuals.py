"""What has happened today: who came so far, who is missing, what is out of order, what is expected besides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sim

_COLUMNS = ("kind", "from", "to", "name", "place", "value")
_KINDS = ("arrivals", "absence", "outage", "surge")


@dataclass(frozen=True)
class Arrivals:
    """Customers who came from `from_s` to `to_s` (seconds after midnight); ``*`` is every service, every place."""

    from_s: int
    to_s: int
    service: str
    place: str
    number: int


@dataclass(frozen=True)
class Absence:
    """A person of the roster who is not there from `from_s` to `to_s`."""

    from_s: int
    to_s: int
    person: str


@dataclass(frozen=True)
class Breakdown:
    """So many units of a pool of equipment (or people of a team that is not planned) out of order."""

    from_s: int
    to_s: int
    pool: str
    units: int


@dataclass(frozen=True)
class Surge:
    """Demand times `factor` from `from_s` to `to_s`, on top of what today's arrivals say; ``*`` is all services."""

    from_s: int
    to_s: int
    service: str
    factor: float


@dataclass(frozen=True)
class Actuals:
    """Today so far, and what is known to come."""

    arrivals: tuple[Arrivals, ...] = ()
    absences: tuple[Absence, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    surges: tuple[Surge, ...] = ()


def read_actuals(path: str | Path) -> Actuals:
    """Read a CSV with columns kind, from, to, name, place, value.

    | kind | name | place | value |
    |---|---|---|---|
    | ``arrivals`` | service, or ``*`` | place, or ``*`` | how many came |
    | ``absence`` | person of the roster | | |
    | ``outage`` | pool | | units out of order |
    | ``surge`` | service, or ``*`` | | factor |

    Times are ``HH:MM``; an absence without ``to`` lasts to the end of the day.

    Raises
    ------
    sim.InputError
        A file that cannot be read, other columns, or rows with a wrong kind, time or number: all of them at once.
    """
    file = Path(path)
    rows = sim.read_rows(file)
    if not rows:
        raise sim.InputError.one("csv_empty", file=str(path))
    found = rows[0][1]
    if not {"kind", "from", "to", "name", "value"} <= set(found):
        raise sim.InputError.one(
            "actuals_columns", file=str(path), field="row 1", value=",".join(found), known=",".join(_COLUMNS)
        )
    faults: list[sim.Fault] = []
    arrivals, absences, breakdowns, surges = list[Arrivals](), list[Absence](), list[Breakdown](), list[Surge]()
    for line, row in rows:
        one = _Row(row, str(path), line, faults)
        kind = row["kind"].strip().lower()
        if kind not in _KINDS:
            one.wrong("actuals_kind", "kind", known=", ".join(_KINDS))
            continue
        begin, end = one.span()
        name, place = row["name"].strip(), (row.get("place") or "").strip() or "*"
        if kind == "absence":
            if not name:
                one.wrong("actuals_name", "name")
            absences.append(Absence(begin, end, name))
            continue
        value = one.number()
        if kind == "arrivals":
            arrivals.append(Arrivals(begin, end, name or "*", place, round(value)))
        elif kind == "outage":
            if not name:
                one.wrong("actuals_name", "name")
            breakdowns.append(Breakdown(begin, end, name, round(value)))
        else:
            surges.append(Surge(begin, end, name or "*", value))
    if faults:
        raise sim.InputError(faults)
    return Actuals(tuple(arrivals), tuple(absences), tuple(breakdowns), tuple(surges))


@dataclass(frozen=True)
class _Row:
    """One row of the file, and where its faults go."""

    row: dict[str, str]
    file: str
    line: int
    faults: list[sim.Fault]

    def wrong(self, code: str, column: str, **expected: object) -> None:
        """Note a fault of one column."""
        value = self.row.get(column)
        self.faults.append(sim.Fault(code, self.file, f"row {self.line}, {column}", value, expected))

    def span(self) -> tuple[int, int]:
        """Return from and to in seconds after midnight."""
        begin, end = self._clock("from", None), self._clock("to", 86_400)
        if end <= begin:
            self.wrong("actuals_span", "to")
        return begin, end

    def _clock(self, column: str, default: int | None) -> int:
        text = (self.row.get(column) or "").strip()
        if not text and default is not None:
            return default
        try:
            return sim.parse_clock(text)
        except (ValueError, sim.InputError):
            self.wrong("actuals_time", column)
            return 0

    def number(self) -> float:
        """Return the value."""
        try:
            value = float(self.row["value"])
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e9:
            self.wrong("actuals_value", "value")
        return value
