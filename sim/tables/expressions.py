"""Expressions as lines of a stack machine (CODE), tables as curves, and whom they speak of by place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.model.expressions import OF_POOLS, Node
from sim.model.programs import COUNTED, named
from sim.tables import types
from sim.tables.types import CODE, COUNTER, CURVE, END, NEED, Floats, Ints, Records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.model import Scenario, Step
    from sim.tables.laws import LawTable
    from sim.tables.queues import Members
    from sim.tables.sites import Sites

_PLAIN = (
    "add sub mul div mod min max neg not and or eq ne lt le gt ge floor exp log if "
    "now_s day_number day_class age_s waited_s attempt children inside is_open"
)
_OPS = {name: getattr(types, name.upper()) for name in _PLAIN.split(" ")} | {"u": types.GET_LUCK}
_OF_POOLS = {name: getattr(types, name.upper()) for name in OF_POOLS}
_OF_UNIT = {name: getattr(types, name.upper()) for name in ("sessions", "speed", "tenure")}

Line = tuple[float, int, int, int]


@dataclass
class Scope:
    """The program that an expression stands in."""

    service: str
    steps: list[Step]
    route: str = ""
    slots: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    rows: Mapping[int, int] = field(default_factory=dict)
    """SEIZE step → row of Compiled.seize."""
    counters: Mapping[int, int] = field(default_factory=dict)


class State:
    """Numbers of counters, attributes and values of accounts, and what counters begin with."""

    def __init__(self, scenario: Scenario, n_places: int, attributes: Sequence[str]) -> None:
        self.attributes = {name: number for number, name in enumerate(attributes)}
        columns = dict.fromkeys(value for account in scenario.account.values() for value in account.values)
        self.accounts = {name: number for number, name in enumerate(columns)}
        """Value of accounts → column of World.account."""
        self.counters: dict[str, tuple[int, int]] = {}
        """Counter → first of its numbers, and 1 when every place has its own; a store is ``stock.NAME``."""
        first: list[float] = []
        kept = [(name, one.per, one.initial) for name, one in scenario.counter.items()]
        kept += [(f"stock.{name}", one.per, one.initial) for name, one in scenario.store.items()]
        for name, per, initial in kept:
            self.counters[name] = (len(first), int(per == "place"))
            first.extend([initial] * (n_places if per == "place" else 1))
        self.first: Floats = np.array(first, np.float64)

    def written(self, target: str) -> tuple[int, int, int]:
        """Return (kind, index, each_place) of what an ASSIGN writes."""
        if target.startswith("account."):
            return types.ACCOUNT, self.accounts[target.removeprefix("account.")], 0
        if "." in target:
            return (COUNTER, *self.counters[target.removeprefix("counter.")])
        return types.ATTRIBUTE, self.attributes[target], 0


class CodeTable:
    """Collects expressions; equal ones stand there once."""

    def __init__(self, scenario: Scenario, sites: Sites, state: State, laws: LawTable, members: Members) -> None:
        self.scenario, self.sites, self.state, self.laws, self.members = scenario, sites, state, laws, members
        self._links = {name: row for row, name in enumerate(scenario.link)}
        self._tables = {name: row for row, name in enumerate(scenario.table)}
        self.classes = tuple(dict.fromkeys(scenario.run.day_class(day) for day in range(scenario.run.days)))
        """Classes of the days of the run; their position is their number."""
        self._lines: list[Line] = []
        self._first: dict[tuple[Line, ...], int] = {}
        self._groups: dict[tuple[str, ...], int] = {}

    def number(self, node: Node, scope: Scope | None = None) -> int:
        """Return the first line of an expression; without a scope it speaks of no visit and no service."""
        lines = (*self._of(node, scope), (0.0, END, -1, -1))
        if lines not in self._first:
            self._first[lines] = len(self._lines)
            self._lines.extend(lines)
        return self._first[lines]

    def day_classes(self) -> Ints:
        """Return the number of the class of each day."""
        run = self.scenario.run
        return np.array([self.classes.index(run.day_class(day)) for day in range(run.days)], np.int32)

    def _of(self, node: Node, scope: Scope | None) -> list[Line]:
        lines = [line for arg in node.args for line in self._of(arg, scope)]
        op, text = node.op, node.text
        if op == "number":
            return [(node.value, types.CONST, -1, -1)]
        if op == "class":
            return [(float(self.classes.index(text)) if text in self.classes else -1.0, types.CONST, -1, -1)]
        if op in _OPS:
            return [*lines, (0.0, _OPS[op], -1, -1)]
        if op == "get_table":
            return [*lines, (0.0, types.GET_TABLE, self._tables[text], -1)]
        if op == "attribute":
            return [(0.0, types.GET_ATTRIBUTE, self.state.attributes[text], -1)]
        if op == "get_account":
            return [(0.0, types.GET_ACCOUNT, self.state.accounts[text], -1)]
        if op == "get_counter":
            return [(0.0, types.GET_COUNTER, *self.state.counters[text])]
        if op == "link_is_down":
            return [(0.0, types.LINK_IS_DOWN, self._links[text], -1)]
        if op == "queue_length":
            return [(0.0, types.QUEUE_LENGTH, self._group("queue", text), -1)]
        if op in _OF_POOLS:
            return [(0.0, _OF_POOLS[op], self._group("pool", text, scope.service if scope else ""), -1)]
        if scope is None:
            raise ValueError(f"{op} speaks of a visit where there is none")
        kinds = COUNTED if op == "passes" else ("seize",)
        step = named(scope.steps, scope.route, text, kinds)[0]
        if op == "passes":
            return [(0.0, types.PASSES, scope.counters[step], -1)]
        if op == "can_start":
            return [(0.0, types.CAN_START, scope.rows[step], -1)]
        return [(0.0, _OF_UNIT[op], scope.slots[step][0], -1)]

    def _group(self, *key: str) -> int:
        return self._groups.setdefault(key, len(self._groups))

    def build(self, queues: Mapping[str, Sequence[Sequence[int]]]) -> tuple[Records, Records, Ints, Records]:
        """Return CODE, CURVE, the groups (G, D) and their spans; call it before the laws are built.

        `queues`: for each name of a SEIZE, its rows of queues by place.
        """
        n_places = len(self.sites.sites)
        spans: dict[tuple[int, ...], int] = {}
        rows: list[tuple[int, ...]] = []
        group = np.full((len(self._groups), n_places), -1, np.int32)
        for key, number in self._groups.items():
            for place in range(n_places):
                items = tuple(dict.fromkeys(self._items(key, place, queues)))
                if items and items not in spans:
                    first, end = self.members.add(items)
                    spans[items] = len(rows)
                    rows.append((first, end - first, -1, -1, -1))
                if items:
                    group[number, place] = spans[items]
        curves = [(*self.laws.curve(table.points), int(table.straight)) for table in self.scenario.table.values()]
        return np.array(self._lines, CODE), np.array(curves, CURVE), group, np.array(rows, NEED)

    def _items(self, key: tuple[str, ...], place: int, queues: Mapping[str, Sequence[Sequence[int]]]) -> list[int]:
        if key[0] == "queue":
            return sorted({row[place] for row in queues.get(key[1], ()) if row[place] >= 0})
        services = [key[2]] if key[2] else list(self.scenario.service)
        return [pool for service in services for pool in self.sites.resolve(key[1], place, service)]
