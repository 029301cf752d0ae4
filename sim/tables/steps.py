"""Programs as rows: STEP and what its kinds have besides (WANTING, STAGE, SESSION, TASK, CHOICE)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model import InputError
from sim.model.expressions import Node, number
from sim.model.programs import COUNTED, LawValues, Session, Stage, Wants, named
from sim.model.walks import held, reachable
from sim.tables.expressions import CodeTable, Scope
from sim.tables.timeline import ticks
from sim.tables.types import (
    ADVANCE,
    ASSIGN,
    BY_CHANCE,
    BY_CONDITION,
    CLOCK_QUEUE,
    CLOCK_VISIT,
    CLOCK_WAITING,
    CONTINUE,
    EVENT,
    GO_TO,
    LEAVE,
    NEVER,
    PAUSE,
    RELEASE,
    RESTART,
    SEIZE,
    SPLIT,
    TRANSFER,
    WAIT,
    name_bits,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.model import Scenario, Step
    from sim.tables.families import Families
    from sim.tables.laws import LawTable
    from sim.tables.queues import Members, QueueTable

_OPS = {
    "seize": SEIZE,
    "advance": ADVANCE,
    "release": RELEASE,
    "transfer": TRANSFER,
    "event": EVENT,
    "leave": LEAVE,
    "assign": ASSIGN,
    "wait": WAIT,
    "split": SPLIT,
}
_CLOCKS = {"queue": CLOCK_QUEUE, "waiting": CLOCK_WAITING, "visit": CLOCK_VISIT}
_ON_DOWN = {"continue": CONTINUE, "pause": PAUSE, "restart": RESTART, "go_to": GO_TO}
NAME_BITS = 24


@dataclass(frozen=True)
class _Rows:
    """Where a SEIZE stands in Compiled.seize: as it joins, and at its later stages."""

    first: int
    stages: tuple[tuple[int, int], ...]
    """(ticks after joining, row)."""


class StepTable:
    """The rows of all programs, filled program by program; then the queues have their names as well."""

    def __init__(
        self,
        scenario: Scenario,
        laws: LawTable,
        codes: CodeTable,
        queues: QueueTable,
        members: Members,
        families: Families,
        woken: Sequence[str],
        outcomes: list[str],
    ) -> None:
        self.laws, self.codes, self.queues, self.members, self.families = laws, codes, queues, members, families
        self.outcomes = outcomes
        self.links = {name: row for row, name in enumerate(scenario.link)}
        self.woken = {service: row for row, service in enumerate(woken)}
        self.tick_ms = scenario.run.tick_ms
        self.paced = any(team.speed != 1.0 or team.speed_of for team in scenario.team.values())
        """Whether it matters who does the work."""
        self.rows: list[tuple[int, ...]] = []
        self.choices: list[tuple[float, int, int]] = []
        self.wanting: list[tuple[int, ...]] = []
        self.stages: list[tuple[int, int]] = []
        self.sessions: list[tuple[int, ...]] = []
        self.tasks: list[tuple[int, ...]] = []
        self.cost: list[float] = []
        self.amount: list[float] = []
        self.names: list[str] = []
        self.seize_names: list[str] = []
        self.events: list[str] = []
        self.queue_rows: dict[str, list[list[int]]] = {}
        """Name of a SEIZE → its rows of queues by place, of all programs and stages."""
        self.n_slots = self.n_counters = 0
        self.flows = self.breaks = False
        """Whether rules of the groups FLOW and UNITS are needed."""

    def add(self, service: str, steps: list[Step]) -> int:
        """Append the program of a service and return the number of its first step."""
        base = len(self.rows)
        slot_of = self._slots(steps)
        counters = _counters(steps)
        self.n_counters = max(self.n_counters, len(set(counters.values())))
        queues = {index: self._queues(step, service) for index, step in enumerate(steps) if step.kind == "seize"}
        rows = {index: one.first for index, one in queues.items()}
        scope = Scope(service, steps, "", slot_of, rows, counters)
        for index, step in enumerate(steps):
            scope.route = str(step.where[0])
            kind = step.kind
            law = outcome = seize = give_up = detail = code = -1
            first = end = 0
            clock = _CLOCKS[step.clock]
            if step.give_up >= 0:
                give_up = base + step.give_up
            if kind == "seize":
                seize = rows[index]
                law = self._law(step.patience)
                first, end = self.members.add(slot_of[index])
                if step.wants is not None:
                    detail = self._wanting(step, step.wants, queues[index], base, scope, (service, index))
            elif kind == "advance":
                law = self._law(step.law)
                detail = self._session(step, step.session or Session(), base, scope)
            elif kind == "release":
                mine = list(dict.fromkeys(one for other in step.releases for one in slot_of[other]))
                first, end = self.members.add(mine)
                if step.delay is not None:
                    self.sessions.append((-1, -1, CONTINUE, -1, -1, -1, self.laws.number(step.delay), -1))
                    detail, self.breaks = len(self.sessions) - 1, True
            elif kind == "transfer":
                first, end = len(self.choices), len(self.choices) + len(step.targets)
                clock = BY_CONDITION if step.by_condition else BY_CHANCE
                self._choose(step, base, scope)
            elif kind == "leave":
                if step.outcome not in self.outcomes:
                    self.outcomes.append(step.outcome)
                outcome = self.outcomes.index(step.outcome)
            elif kind == "event" and isinstance(step.amount, Node):
                code = self.codes.number(step.amount, scope)
            elif kind == "assign":
                code, self.flows = self.codes.number(step.value or number(0.0), scope), True
                self.tasks.append((*self.codes.state.written(step.target), -1, 0, -1, 0, 0))
                detail = len(self.tasks) - 1
            elif kind == "wait":
                law, self.flows = self._law(step.patience), True
                code = -1 if step.value is None else self.codes.number(step.value, scope)
                end = step.until_clock_s
            elif kind == "split":
                detail, self.flows = self._split(step, self.families.first.get((service, index), 0)), True
            name, counter = name_bits(step.luck, NAME_BITS), counters.get(index, -1)
            self.rows.append(
                (
                    name,
                    _OPS[kind],
                    base + step.next,
                    counter,
                    law,
                    clock,
                    give_up,
                    seize,
                    first,
                    end - first,
                    outcome,
                    detail,
                    code,
                )
            )
            self.cost.append(step.cost)
            self.amount.append(1.0 if isinstance(step.amount, Node) else step.amount)
            self.events.append(step.event)
            self.names.append(f"{service}/{step.name}")
            self.seize_names.append(step.name.partition(".")[2] if kind == "seize" else "")
        _refuse_equal_names(service, steps)
        return base

    def _law(self, law: LawValues | None) -> int:
        return -1 if law is None else self.laws.number(law)

    def _ticks(self, seconds: float) -> int:
        """Return ticks of a time that is longer than none."""
        return int(NEVER) if math.isinf(seconds) else max(ticks(seconds, self.tick_ms), self.tick_ms)

    def _queues(self, step: Step, service: str) -> _Rows:
        first = self.queues.add(step, service, step.needs, step.priority, step.reserve)
        later: Sequence[Stage] = step.wants.stages if step.wants is not None else ()
        stages = tuple(
            (self._ticks(one.after_s), self.queues.add(step, service, one.needs, one.priority, one.reserve))
            for one in later
        )
        parts = range(len(self.queues.sites.parts))
        rows = [self.queues.rows[row + part] for row in (first, *(row for _, row in stages)) for part in parts]
        for name in {step.name, step.name.partition(".")[2], step.luck}:
            self.queue_rows.setdefault(name, []).extend(rows)
        return _Rows(first, stages)

    def _wanting(self, step: Step, wants: Wants, queues: _Rows, base: int, scope: Scope, key: tuple[str, int]) -> int:
        """Append what a SEIZE wants besides and return its row."""
        first = len(self.stages)
        self.stages.extend(queues.stages)
        apart = [
            part for one in wants.apart for slot in scope.slots[one.seize] for part in (one.need, slot, one.by_team)
        ]
        differs, end = self.members.add([int(part) for part in apart])
        row = (
            self._ticks(wants.limit_s),
            self._ticks(wants.earmark_s),
            first,
            len(self.stages),
            base + step.limit_to if step.limit_to >= 0 else -1,
            self._law(wants.gap),
            -1 if wants.patience_factor is None else self.codes.number(wants.patience_factor, scope),
            -1 if wants.due is None else self.codes.number(wants.due, scope),
            differs,
            end,
            int(wants.preempts),
            self.families.first.get(key, 0),
        )
        self.wanting.append(row)
        return len(self.wanting) - 1

    def _session(self, step: Step, session: Session, base: int, scope: Scope) -> int:
        """Append what an ADVANCE has besides its law and return its row, −1 if it has nothing."""
        factor = session.factor
        if session.by and self.paced:
            pace = Node("div", (number(1.0), Node("speed", text=session.by)))
            factor = pace if factor is None else Node("mul", (pace, factor))
        plain = (-1, -1, CONTINUE, -1, -1, -1, -1, -1)
        row = (
            -1 if factor is None else self.codes.number(factor, scope),
            self.links[session.link] if session.link else -1,
            _ON_DOWN[session.on_down],
            base + step.down_to if step.down_to >= 0 else -1,
            self._law(session.drop),
            base + step.drop_to if step.drop_to >= 0 else -1,
            -1,
            self.codes.state.attributes[session.remember] if session.remember else -1,
        )
        if row == plain:
            return -1
        self.flows = self.flows or bool(session.remember)
        self.breaks = self.breaks or bool(session.link) or row[2] != CONTINUE or row[4] >= 0
        self.sessions.append(row)
        return len(self.sessions) - 1

    def _choose(self, step: Step, base: int, scope: Scope) -> None:
        """Append the ways of a TRANSFER."""
        if not step.ways:
            self.choices.extend((share, base + target, -1) for share, target in step.targets)
            return
        for (share, target), way in zip(step.targets, step.ways, strict=True):
            self.choices.append((share, base + target, self.codes.number(way, scope)))

    def _split(self, step: Step, first: int) -> int:
        """Append whom a SPLIT sets off and return its row."""
        index = -1 if step.again else self.woken[step.service]
        span = 1 if step.again else self.families.size[step.service]
        most = 1 if step.again else step.most
        self.tasks.append((-1, index, 0, self._law(step.delay), int(step.again), first, most, span))
        return len(self.tasks) - 1

    def _slots(self, steps: list[Step]) -> dict[int, tuple[int, ...]]:
        """Return the slots of every SEIZE: seizures that may be held together never share one.

        Nor do those that another SEIZE must differ from: their slots remember who it was.
        """
        holds = held(steps)
        out: dict[int, tuple[int, ...]] = {}
        together: dict[int, set[int]] = {i: set() for i, step in enumerate(steps) if step.kind == "seize"}
        for index, step in enumerate(steps):
            if step.kind == "seize":
                others = set(holds[index])
                for one in step.wants.apart if step.wants is not None else ():
                    together[one.seize] |= set(together) - {one.seize}
                    others.add(one.seize)
                for other in others - {index}:
                    together[index].add(other)
                    together[other].add(index)
        for index in list(together):
            for other in together[index]:
                together[other].add(index)
        for index, others in together.items():
            taken = {slot for other in others for slot in out.get(other, ())}
            free = (slot for slot in range(10_000) if slot not in taken)
            out[index] = tuple(next(free) for _ in steps[index].needs)
            self.n_slots = max(self.n_slots, *(slot + 1 for slot in out[index]))
        return out


def _counters(steps: list[Step]) -> dict[int, int]:
    """Return step → pass counter: for names that a visit may pass more than once, and for those that are asked for."""
    asked = {
        index
        for step in steps
        for node in step.formulas()
        for part in node.parts()
        if part.op == "passes"
        for index in named(steps, str(step.where[0]), part.text, COUNTED)[:1]
    }
    by_name: dict[tuple[str, str], list[int]] = {}
    for index, step in enumerate(steps):
        if index in asked or _draws(step):
            by_name.setdefault((step.luck, step.kind), []).append(index)
    out: dict[int, int] = {}
    for indices in by_name.values():
        if len(indices) > 1 or indices[0] in asked or indices[0] in reachable(steps, indices[0]):
            out.update(dict.fromkeys(indices, len(set(out.values()))))
    return out


def _draws(step: Step) -> bool:
    """Tell whether a step draws luck."""
    if step.kind in ("seize", "advance", "transfer"):
        return True
    return step.delay is not None or step.patience is not None or any(node.reads("u") for node in step.formulas())


def _refuse_equal_names(service: str, steps: list[Step]) -> None:
    found: dict[int, str] = {}
    for step in steps:
        bits = name_bits(step.luck, NAME_BITS)
        if found.setdefault(bits, step.luck) != step.luck:
            raise InputError.one("names_too_alike", field=f"service.{service}", value=step.luck, other=found[bits])


def earmarks(programs: Mapping[str, list[Step]]) -> bool:
    """Tell whether anything is earmarked."""
    wants = (step.wants for steps in programs.values() for step in steps if step.wants is not None)
    return any(math.isfinite(one.earmark_s) for one in wants)
