"""How long hiring and training take, who leaves and who may be moved: data, with a file of the user's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Career:
    """What happens to people of one role.

    Attributes
    ----------
    role : str
    counts : tuple of str
        Tallies of the ledger in which they are.
    attrition_per_year : float
        Share who leave in a year.
    hire_lead_months : int
        From the decision to the first day at work.
    hire_cost, exit_cost : float
        For each, in the scenario's currency; nobody is made to leave where `exit_cost` is None.
    ramp : tuple of float
        Share of a full person that somebody hired is worth in the first month at work, the second, and so on.
    most_hires_per_month : int, optional
    """

    role: str
    counts: tuple[str, ...]
    attrition_per_year: float
    hire_lead_months: int
    hire_cost: float
    ramp: tuple[float, ...]
    exit_cost: float | None
    most_hires_per_month: int | None

    @property
    def attrition_per_month(self) -> float:
        """Return the share who leave in a month: 1 − (1 − a)^(1/12)."""
        return float(1 - (1 - self.attrition_per_year) ** (1 / 12))


@dataclass(frozen=True)
class Move:
    """A way from one role to another: months of training (paid, at no post), cost of each."""

    from_role: str
    to_role: str
    training_months: int
    cost: float
    most_per_month: int | None


@dataclass(frozen=True)
class Workforce:
    """Assumptions for a year; `away` is the share of agreed hours in which a person is on holiday, leave or sick."""

    id: str
    title: sim.Text
    label: str
    away: float
    overtime_premium: float
    careers: Mapping[str, Career]
    moves: tuple[Move, ...]


def workforce_names() -> tuple[str, ...]:
    """Return the ids of the assumptions that are shipped."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def workforce(name: str | Path) -> Workforce:
    """Return the assumptions of an id, or of a TOML file of the user's own.

    Raises
    ------
    sim.InputError
        Unknown id, unreadable file, or values missing, unknown or out of range; all of them at once.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = _FOLDER / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(workforce_names())
        raise sim.InputError.one("unknown_workforce", field="workforce", value=str(name), known=known)
    file = str(name)
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise sim.InputError.one("toml_syntax", file=file, value=str(error)) from None
    reader = _Reader(file)
    days = sum(reader.number(data, key, 0, 365, "") for key in ("holidays_per_year", "leave_days_per_year"))
    other = reader.number(data, "other_absence", 0, 0.9, "")
    premium = reader.number(data, "overtime_premium", 1, 10, "")
    careers = {role: reader.career(role, table) for role, table in data.get("role", {}).items()}
    moves = tuple(reader.move(number, table, careers) for number, table in enumerate(data.get("move", ())))
    if not careers:
        reader.fault("role", None, "[role.NAME]")
    if reader.faults:
        raise sim.InputError(reader.faults)
    title = sim.Text(**data.get("title", {"zh": path.stem, "en": path.stem}))
    # Of 261 weekdays in a year (5 of 7 days), so many are not worked.
    away = 1 - (1 - days / 261) * (1 - other)
    return Workforce(str(data.get("id", path.stem)), title, str(data.get("label", "")), away, premium, careers, moves)


class _Reader:
    """Reads tables and keeps what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[sim.Fault] = []

    def fault(self, field: str, value: object, needed: str) -> None:
        self.faults.append(sim.Fault("workforce_value", self.file, field, value, {"needed": needed}))

    def number(self, table: Mapping[str, Any], key: str, low: float, high: float, where: str) -> float:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.fault(f"{where}{key}", value, f"{low:g} – {high:g}")
            return low
        return float(value)

    def whole(self, table: Mapping[str, Any], key: str, low: int, high: int, where: str) -> int:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(f"{where}{key}", value, f"{low} – {high}")
            return low
        return value

    def unknown(self, table: Mapping[str, Any], known: set[str], where: str) -> None:
        for key in sorted(set(table) - known):
            self.fault(f"{where}{key}", table[key], ", ".join(sorted(known)))

    def career(self, role: str, table: Mapping[str, Any]) -> Career:
        where = f"role.{role}."
        known = {"counts", "attrition_per_year", "hire_lead_months", "hire_cost", "ramp", "exit_cost"}
        self.unknown(table, {*known, "most_hires_per_month"}, where)
        ramp = table.get("ramp", [])
        if not isinstance(ramp, list) or not all(isinstance(v, int | float) and 0 <= v <= 1 for v in ramp):
            self.fault(f"{where}ramp", str(ramp), "0 – 1, 0 – 1, …")
            ramp = []
        most = self.whole(table, "most_hires_per_month", 0, 100_000, where) if "most_hires_per_month" in table else None
        return Career(
            role,
            tuple(table.get("counts", ())),
            self.number(table, "attrition_per_year", 0, 0.95, where),
            self.whole(table, "hire_lead_months", 0, 24, where),
            self.number(table, "hire_cost", 0, 1e9, where),
            tuple(map(float, ramp)),
            self.number(table, "exit_cost", 0, 1e9, where) if "exit_cost" in table else None,
            most,
        )

    def move(self, number: int, table: Mapping[str, Any], careers: Mapping[str, Career]) -> Move:
        where = f"move.{number}."
        self.unknown(table, {"from", "to", "training_months", "cost", "most_per_month"}, where)
        for key in ("from", "to"):
            if table.get(key) not in careers:
                self.fault(f"{where}{key}", table.get(key), ", ".join(sorted(careers)))
        most = self.whole(table, "most_per_month", 0, 100_000, where) if "most_per_month" in table else None
        return Move(
            str(table.get("from")),
            str(table.get("to")),
            self.whole(table, "training_months", 0, 24, where),
            self.number(table, "cost", 0, 1e9, where),
            most,
        )
