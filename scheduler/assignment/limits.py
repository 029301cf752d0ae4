"""What limits which team serves which branch: data of the bank's own, read from a TOML file."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_S = 86_400


@dataclass(frozen=True)
class TeamLimits:
    """What one team may take.

    Attributes
    ----------
    most_branches : int, optional
        Branches of which it is first choice at a time.
    most_backups : int, optional
        Branches of which it is back-up at a time.
    people : int, optional
        Most people on shift at a time.
    places : tuple of str
        Cities, clusters or branches that it may serve, with all below; empty: all.
    dialects, licences : tuple of str
        What its people speak and hold.
    unit : str
        Who makes and who checks must be of different units; the team's own name when empty.
    """

    most_branches: int | None = None
    most_backups: int | None = None
    people: int | None = None
    places: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Pair:
    """A place, a service and a team that must, or must not, go together; ``*`` is all."""

    team: str
    place: str = "*"
    service: str = "*"


@dataclass(frozen=True)
class Limits:
    """What an assignment has to keep to.

    Attributes
    ----------
    roles : tuple of str
        Whose teams are assigned, in this order.
    parts : tuple of int
        Seconds after midnight at which a part of the day begins, besides the first.
    same_city : bool
        Teams serve branches of their own city only.
    change_price : float
        Price of giving a branch's work of one kind, in one part of the day, to another team than now; in the scenario's
        currency a day.
    teams : mapping of team to TeamLimits
    dialects : mapping of place to dialects
        Its customers need a team that speaks all of them.
    licences : mapping of service to licences
        It needs a team that holds all of them.
    checkers : mapping of role to role
        Who checks → who makes: not of one unit.
    fixed, barred : tuple of Pair
        First choices fixed by hand, and those that may not be (neither as back-up).
    """

    roles: tuple[str, ...] = ("remote_agent",)
    parts: tuple[int, ...] = ()
    same_city: bool = False
    change_price: float = 0.0
    teams: Mapping[str, TeamLimits] = field(default_factory=dict)
    dialects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    licences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checkers: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[Pair, ...] = ()
    barred: tuple[Pair, ...] = ()

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return (from, to) of each part of the day, in seconds after midnight."""
        starts = [0, *self.parts]
        return tuple(zip(starts, [*starts[1:], DAY_S], strict=True))

    def of_team(self, team: str) -> TeamLimits:
        """Return the limits of a team; none when nothing is said of it."""
        return self.teams.get(team, TeamLimits())

    def unit(self, team: str) -> str:
        """Return the unit of a team."""
        return self.of_team(team).unit or team

    def check(self, scenario: sim.Scenario, file: str = "") -> None:
        """Refuse names that the scenario does not have.

        Raises
        ------
        sim.InputError
            ``unknown_team``, ``unknown_place``, ``unknown_service`` or ``unknown_role``, all at once.
        """
        faults: list[sim.Fault] = []
        places = {site.name for site in sim.Sites(scenario).sites} | set(scenario.place)
        roles = {team.role or name for name, team in scenario.team.items()}

        def known(code: str, where: str, name: str, names: Any) -> None:
            if name not in names and name != "*":
                faults.append(sim.Fault(code, file, where, name, {"known": ", ".join(sorted(names))}))

        for name, one in self.teams.items():
            known("unknown_team", f"team.{name}", name, scenario.team)
            for place in one.places:
                known("unknown_place", f"team.{name}.places", place, places)
        for place in self.dialects:
            known("unknown_place", f"place.{place}", place, places)
        for service in self.licences:
            known("unknown_service", f"service.{service}", service, scenario.service)
        for role in (*self.roles, *self.checkers, *self.checkers.values()):
            known("unknown_role", "roles", role, roles)
        for key, pairs in (("fixed", self.fixed), ("barred", self.barred)):
            for number, pair in enumerate(pairs):
                known("unknown_team", f"{key}.{number}.team", pair.team, scenario.team)
                known("unknown_place", f"{key}.{number}.place", pair.place, places)
                known("unknown_service", f"{key}.{number}.service", pair.service, scenario.service)
        if faults:
            raise sim.InputError(faults)


def limits(path: str | Path) -> Limits:
    """Read limits from a TOML file (docs/reference/assignment.md).

    Raises
    ------
    sim.InputError
        A file that is not there or not TOML, or fields that are unknown or out of range, all at once.
    """
    file = str(path)
    try:
        data = tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError:
        raise sim.InputError.one("no_such_file", file=file, value=file) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise sim.InputError.one("toml_syntax", file=file, value=str(error)) from None
    return _Reader(file).read(data)


class _Reader:
    """Collects the faults of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[sim.Fault] = []

    def read(self, data: dict[str, Any]) -> Limits:
        """Return the limits that the data describes."""
        sections = {"team", "place", "service", "roles", "parts", "same_city", "change_price", "checkers"}
        self.known(data, sections | {"fixed", "barred"}, "")
        teams = {}
        for name, one in self.table(data, "team").items():
            self.known(one, {one.name for one in fields(TeamLimits)}, f"team.{name}.")
            numbers = {
                key: self.number(one, key, f"team.{name}.") for key in ("most_branches", "most_backups", "people")
            }
            words = {key: self.words(one, key, f"team.{name}.") for key in ("places", "dialects", "licences")}
            teams[name] = TeamLimits(**numbers, **words, unit=str(one.get("unit", "")))  # type: ignore[arg-type]
        dialects, licences = {}, {}
        for name, one in self.table(data, "place").items():
            self.known(one, {"dialects"}, f"place.{name}.")
            dialects[name] = self.words(one, "dialects", f"place.{name}.")
        for name, one in self.table(data, "service").items():
            self.known(one, {"licences"}, f"service.{name}.")
            licences[name] = self.words(one, "licences", f"service.{name}.")
        price = data.get("change_price", 0.0)
        if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < math.inf:
            self.wrong("greater_than_equal", "change_price", price, limit=0)
        same_city = data.get("same_city", False)
        if not isinstance(same_city, bool):
            self.wrong("assign_yes_no", "same_city", same_city)
        out = (
            self.words(data, "roles", "") or ("remote_agent",),
            self.parts(data),
            bool(same_city),
            price,
            teams,
            dialects,
            licences,
            {str(key): str(value) for key, value in self.table(data, "checkers", of_tables=False).items()},
            self.pairs(data, "fixed"),
            self.pairs(data, "barred"),
        )
        if self.faults:
            raise sim.InputError(self.faults)
        return Limits(*out)

    def wrong(self, code: str, where: str, value: object, **expected: object) -> None:
        self.faults.append(sim.Fault(code, self.file, where, value, expected))

    def known(self, data: Any, names: set[str], where: str) -> None:
        for key in data if isinstance(data, dict) else ():
            if key not in names:
                self.wrong("assign_field", f"{where}{key}", key, known=", ".join(sorted(names)))

    def table(self, data: dict[str, Any], key: str, of_tables: bool = True) -> dict[str, Any]:
        found = data.get(key, {})
        if not isinstance(found, dict) or (of_tables and any(not isinstance(one, dict) for one in found.values())):
            self.wrong("assign_table", key, found)
            return {}
        return found

    def number(self, data: dict[str, Any], key: str, where: str) -> int | None:
        value = data.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            self.wrong("greater_than_equal", f"{where}{key}", value, limit=0)
            return None
        return value

    def words(self, data: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = data.get(key, ())
        if not isinstance(value, (list, tuple)) or any(not isinstance(one, str) for one in value):
            self.wrong("assign_list", f"{where}{key}", value)
            return ()
        return tuple(value)

    def parts(self, data: dict[str, Any]) -> tuple[int, ...]:
        out = []
        for text in self.words(data, "parts", ""):
            try:
                out.append(int(sim.parse_clock(text)))
            except ValueError:
                self.wrong("clock", "parts", text)
        if any(b <= a for a, b in zip([0, *out], out, strict=False)) or any(one >= DAY_S for one in out):
            self.wrong("assign_parts", "parts", ", ".join(map(str, data.get("parts", ()))))
            return ()
        return tuple(out)

    def pairs(self, data: dict[str, Any], key: str) -> tuple[Pair, ...]:
        rows, out = data.get(key, []), []
        if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
            self.wrong("assign_table", key, rows)
            return ()
        for number, row in enumerate(rows):
            self.known(row, {"team", "place", "service"}, f"{key}.{number}.")
            if "team" not in row:
                self.wrong("missing", f"{key}.{number}.team", None)
                continue
            out.append(Pair(str(row["team"]), str(row.get("place", "*")), str(row.get("service", "*"))))
        return tuple(out)
