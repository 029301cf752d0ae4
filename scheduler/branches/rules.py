"""Who has to be in a branch whatever the number of customers, who may change branches, and who may be called back."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Minimum:
    """People who must be in every branch while it is open.

    Attributes
    ----------
    name : str
    title : sim.Text
    roles : tuple of str
        Roles of the teams whose people count.
    people : int
    licence : str, optional
        Only people with this skill count, where people are named.
    services : tuple of str
        Only in branches where one of these arrives on the day; everywhere when empty.
    held : bool
        Who stands there can do nothing else meanwhile; else it is enough to be present.
    from_s, to_s : int
        After opening (negative: before) and after closing, in seconds.
    source, effective
        Law or company rule that says so, and since when.
    """

    name: str
    title: sim.Text
    roles: tuple[str, ...]
    people: int
    licence: str | None
    services: tuple[str, ...]
    held: bool
    from_s: int
    to_s: int
    source: sim.Text
    effective: date


@dataclass(frozen=True)
class Mobile:
    """Mobile people (流动服务经理): they stand in for some roles at several branches, one up to the meal, one after it.

    `places` are branches, templates of branches, or what lies above them; `travel_s` is paid time on the way.
    """

    name: str
    roles: tuple[str, ...]
    places: tuple[str, ...]
    people: int
    travel_s: int
    wage_per_hour: float


@dataclass(frozen=True)
class Recall:
    """People of a remote team who sit in a branch and may be called back to its counter (召回).

    `people` of `team` sit in each branch of `places`; an hour away from their own work is priced `per_hour`.
    """

    team: str
    places: tuple[str, ...]
    people: int
    roles: tuple[str, ...]
    per_hour: float


@dataclass(frozen=True)
class BranchRules:
    """Minimum posts, mobile people and people who may be called back."""

    id: str
    title: sim.Text
    minimums: tuple[Minimum, ...]
    mobiles: tuple[Mobile, ...]
    recalls: tuple[Recall, ...]


def rule_names() -> tuple[str, ...]:
    """Return the ids of the sets of rules that are shipped."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def rules(name: str | Path) -> BranchRules:
    """Return the rules of an id, or of a TOML file of the user's own.

    Raises
    ------
    sim.InputError
        Unknown id, unreadable file, or tables with something missing, unknown or out of range; all of them at once.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = _FOLDER / f"{name}.toml"
    if not path.is_file():
        raise sim.InputError.one("unknown_posts", field="posts", value=str(name), known=", ".join(rule_names()))
    file = str(name)
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise sim.InputError.one("toml_syntax", file=file, value=str(error)) from None
    faults: list[sim.Fault] = []
    made: dict[str, list[Any]] = {kind: [] for kind in _READ}
    for kind, read in _READ.items():
        for number, table in enumerate(data.get(kind, ())):
            try:
                made[kind].append(read(table))
            except (KeyError, TypeError, ValueError) as error:
                field = str(error.args[0]) if error.args else ""
                values = {"needed": ", ".join(sorted(_KEYS[kind]))}
                faults.append(sim.Fault("branch_rule", file, f"{kind}.{number}.{field}".rstrip("."), None, values))
    if not any(made.values()) and not faults:
        faults.append(sim.Fault("branch_rule", file, "post", None, {"needed": ", ".join(sorted(_KEYS["post"]))}))
    if faults:
        raise sim.InputError(faults)
    title = sim.Text(**data.get("title", {"zh": path.stem, "en": path.stem}))
    return BranchRules(
        str(data.get("id", path.stem)), title, tuple(made["post"]), tuple(made["mobile"]), tuple(made["recall"])
    )


def _known(table: Mapping[str, Any], kind: str) -> None:
    unknown = sorted(set(table) - _KEYS[kind] - _MAY[kind])
    if unknown:
        raise ValueError(unknown[0])


def _whole(table: Mapping[str, Any], key: str, least: int) -> int:
    value = table[key]
    if isinstance(value, bool) or int(value) != value or value < least:
        raise ValueError(key)
    return int(value)


def _names(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table[key]
    if isinstance(value, str) or not value or not all(isinstance(one, str) for one in value):
        raise ValueError(key)
    return tuple(value)


def _minimum(table: Mapping[str, Any]) -> Minimum:
    _known(table, "post")
    if not isinstance(table["effective"], date):
        raise ValueError("effective")
    return Minimum(
        str(table["name"]),
        sim.Text(**table.get("title", {"zh": table["name"], "en": table["name"]})),
        _names(table, "roles"),
        _whole(table, "people", 1),
        str(table["licence"]) if "licence" in table else None,
        _names(table, "services") if table.get("services") else (),
        bool(table.get("held", False)),
        round(60 * table.get("from", 0)),
        round(60 * table.get("to", 0)),
        sim.Text(**table["source"]),
        table["effective"],
    )


def _mobile(table: Mapping[str, Any]) -> Mobile:
    _known(table, "mobile")
    travel_s = round(60 * table["travel_min"])
    if travel_s < 0 or travel_s % 900:
        raise ValueError("travel_min")
    return Mobile(
        str(table["name"]),
        _names(table, "roles"),
        _names(table, "places"),
        _whole(table, "people", 1),
        travel_s,
        float(table["wage_per_hour"]),
    )


def _recall(table: Mapping[str, Any]) -> Recall:
    _known(table, "recall")
    price = float(table["per_hour"])
    if price <= 0:
        raise ValueError("per_hour")
    return Recall(
        str(table["team"]), _names(table, "places"), _whole(table, "people", 1), _names(table, "roles"), price
    )


_READ = {"post": _minimum, "mobile": _mobile, "recall": _recall}
_KEYS = {
    "post": {"name", "roles", "people", "source", "effective"},
    "mobile": {"name", "roles", "places", "people", "travel_min", "wage_per_hour"},
    "recall": {"team", "places", "people", "roles", "per_hour"},
}
_MAY: dict[str, set[str]] = {
    "post": {"title", "licence", "services", "held", "from", "to"},
    "mobile": set(),
    "recall": set(),
}
