"""A service's program: its routes as one list of steps with numbers for attributes and indices for names.

`expand` makes the steps and writes short forms out. Whether a program can be walked tells `sim.model.walks`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from sim.model.blocks import Differs, Exit, Release
from sim.model.expressions import OF_SEIZE, WORDS, Node, looked_up, number, tree
from sim.model.faults import Fault
from sim.model.fields import MOST_CV, NAME
from sim.model.laws import Deterministic, Empirical, Exponential, Gamma, Lognormal, Weibull

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.model.blocks import (
        Advance,
        Assign,
        Block,
        CallBack,
        During,
        Event,
        Redial,
        Released,
        Retry,
        Risk,
        Seize,
        Serve,
        Split,
        Store,
        Transfer,
        Wait,
    )
    from sim.model.laws import Law
    from sim.model.scenario import Service

NEXT = "next"
REST = "rest"
REDIAL = "redial"
"""The name by which luck of trying again is drawn."""

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class LawValues:
    """A law with numbers: `kind` as in `sim.model.laws`, its parameters in seconds, its quantile points."""

    kind: str
    a: float = 0.0
    b: float = 0.0
    points: tuple[tuple[float, float], ...] = ()
    """(cumulative probability, value in seconds), for `empirical`."""


@dataclass(frozen=True)
class Stage:
    """What a SEIZE asks for from `after_s` seconds after joining."""

    after_s: float
    needs: tuple[tuple[str, ...], ...]
    priority: int
    reserve: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Apart:
    """Need `need` takes another unit (or team) than step `seize` took."""

    need: int
    seize: int
    by_team: bool


@dataclass(frozen=True)
class Wants:
    """What a SEIZE may have besides needs, class and patience."""

    limit_s: float = math.inf
    earmark_s: float = math.inf
    stages: tuple[Stage, ...] = ()
    gap: LawValues | None = None
    patience_factor: Node | None = None
    due: Node | None = None
    apart: tuple[Apart, ...] = ()
    preempts: bool = False


@dataclass(frozen=True)
class Session:
    """What an ADVANCE may have besides its law."""

    factor: Node | None = None
    by: str = ""
    """The seize whose unit does the work, at its speed."""
    link: str = ""
    on_down: str = "continue"
    """continue, pause, restart or go_to."""
    drop: LawValues | None = None
    remember: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a program. Fields that its kind does not have keep their defaults."""

    kind: str
    """seize, advance, release, transfer, event, leave, assign, wait or split."""
    name: str
    """Unique in the program: route and name of the block."""
    luck: str
    """The name by which luck is drawn: the block's own if it was given one, else `name`."""
    where: Where
    """Path in the scenario below ``route``: route, number of the block."""
    next: int = -1
    needs: tuple[tuple[str, ...], ...] = ()
    priority: int = 10
    patience: LawValues | None = None
    clock: str = "queue"
    give_up: int = -1
    wants: Wants | None = None
    limit_to: int = -1
    choice: str = "order"
    weights: tuple[tuple[str, float], ...] = ()
    reserve: tuple[tuple[str, int], ...] = ()
    law: LawValues | None = None
    delay: LawValues | None = None
    """Of a SPLIT how much later the other visit begins; of a RELEASE how long the units are down."""
    session: Session | None = None
    down_to: int = -1
    drop_to: int = -1
    releases: tuple[int, ...] = ()
    targets: tuple[tuple[float, int], ...] = ()
    """(cumulative probability, step) of a transfer; the last probability is 1. With `ways` only a first guess."""
    ways: tuple[Node, ...] = ()
    """Of a transfer that depends on the state: for each target its own share, or its condition."""
    by_condition: bool = False
    bounded: tuple[int, ...] = ()
    """Targets that a visit takes only so many times."""
    value: Node | None = None
    """Of an ASSIGN the value, of a WAIT its condition."""
    target: str = ""
    """What an ASSIGN writes: ``attribute``, ``account.x``, ``counter.x``, ``stock.x``."""
    until_clock_s: int = -1
    service: str = ""
    """Whom a SPLIT sets off; empty: the same service anew."""
    most: int = 1
    """How many a SPLIT may set off: one each time a visit passes."""
    again: bool = False
    event: str = ""
    cost: float = 0.0
    amount: float | Node = 1.0
    outcome: str = ""
    pending: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def successors(self) -> tuple[int, ...]:
        """Return the steps that may follow, in order of their index."""
        if self.kind == "leave":
            return ()
        if self.kind == "transfer":
            return tuple(sorted({target for _, target in self.targets}))
        return tuple(sorted({self.next, *self.failures()}))

    def failures(self) -> tuple[int, ...]:
        """Return the steps that follow when the block does not end as it should: given up, too long, interrupted."""
        return tuple(one for one in (self.give_up, self.limit_to, self.down_to, self.drop_to) if one >= 0)

    def formulas(self) -> Iterator[Node]:
        """Yield every expression of the step."""
        wants, session = self.wants or Wants(), self.session or Session()
        one_by_one = (self.value, wants.patience_factor, wants.due, session.factor, self.amount)
        yield from (node for node in one_by_one if isinstance(node, Node))
        yield from self.ways


def named(steps: list[Step], route: str, name: str, kinds: tuple[str, ...] = ("seize",)) -> list[int]:
    """Return the steps of some kinds that `name` means in a route: in the route itself, else in the whole program."""
    here = [i for i, step in enumerate(steps) if step.kind in kinds and step.name == f"{route}.{name}"]
    if here:
        return here
    return [
        i
        for i, step in enumerate(steps)
        if step.kind in kinds and name in (step.name, step.name.partition(".")[2], step.luck)
    ]


def assigned(routes: Mapping[str, tuple[Block, ...]]) -> frozenset[str]:
    """Return the attributes that visits of a scenario may carry: those that some block writes."""
    out: set[str] = set()
    for blocks in routes.values():
        for block in blocks:
            if block.assign is not None:
                out |= {name for name in block.assign.set if "." not in name}
            during = block.advance or block.serve
            if during is not None and during.remember is not None:
                out.add(during.remember)
    return frozenset(out)


class _Attributes:
    """Looks up numbers: as written, or in the attributes of a service."""

    def __init__(self, service: Service, visit: frozenset[str]) -> None:
        self.attributes = service.attributes
        self.visit = visit
        self.faults: list[tuple[Where, Fault]] = []

    def number(
        self,
        value: float | str,
        where: Where,
        *,
        low: float = -math.inf,
        high: float = math.inf,
        strict: bool = False,
    ) -> float:
        if not isinstance(value, str):
            return value
        if value not in self.attributes:
            known = ", ".join(sorted(self.attributes)[:12])
            self.faults.append((where, Fault("unknown_attribute", value=value, expected={"known": known})))
            return 1.0
        number = self.attributes[value]
        if not low <= number <= high or (strict and number == low):
            code = "attribute_range"
            expected = {"attribute": value, "low": low, "high": high}
            self.faults.append((where, Fault(code, value=number, expected=expected)))
            return 1.0
        return number

    def formula(self, value: float | str, where: Where) -> Node:
        """Return the tree of a formula, the service's numbers filled in; what is left unknown is a fault."""
        if isinstance(value, str) and value in self.attributes:
            return number(self.attributes[value])
        try:
            node = looked_up(tree(value), self.attributes, self.visit)
        except PydanticCustomError as error:
            self.faults.append((where, Fault(error.type, value=value, expected=dict(error.context or {}))))
            return number(1.0)
        for part in node.parts():
            if part.op == "name":
                known = ", ".join(sorted({*self.attributes, *self.visit})[:12])
                self.faults.append((where, Fault("expression_name", value=part.text, expected={"known": known})))
        return node

    def law(self, law: Law, where: Where) -> LawValues:
        if isinstance(law, Empirical):
            n = len(law.quantiles_s)
            at = law.at or tuple(i / (n - 1) for i in range(n))
            if len(at) != n:
                self.faults.append(((*where, "at"), Fault("same_length", value=len(at), expected={"length": n})))
            return LawValues(law.law, points=tuple(zip(at, law.quantiles_s, strict=False)))
        if isinstance(law, Exponential):
            return LawValues(law.law, self.number(law.mean_s, (*where, "mean_s"), low=0.0, strict=True))
        if isinstance(law, (Lognormal, Gamma)):
            mean_s = self.number(law.mean_s, (*where, "mean_s"), low=0.0, strict=True)
            return LawValues(law.law, mean_s, self.number(law.cv, (*where, "cv"), low=0.0, high=MOST_CV, strict=True))
        if isinstance(law, Weibull):
            scale_s = self.number(law.scale_s, (*where, "scale_s"), low=0.0, strict=True)
            return LawValues(law.law, scale_s, self.number(law.shape, (*where, "shape"), low=0.0, strict=True))
        if isinstance(law, Deterministic):
            return LawValues(law.law, self.number(law.value_s, (*where, "value_s"), low=0.0))
        low_s = self.number(law.low_s, (*where, "low_s"), low=0.0)
        high_s = self.number(law.high_s, (*where, "high_s"), low=0.0, strict=True)
        if high_s < low_s:
            expected = {"limit": low_s}
            self.faults.append(((*where, "high_s"), Fault("greater_than_equal", value=high_s, expected=expected)))
        return LawValues(law.law, low_s, high_s)


def expand(routes: Mapping[str, tuple[Block, ...]], service: Service) -> tuple[list[Step], list[tuple[Where, Fault]]]:
    """Return the program of `service` and what is wrong with it; step 0 is where a visit begins.

    Shapes: a list of Steps whose `next`, `give_up`, `releases`, `targets` … are indices into the same list.
    """
    numbers = _Attributes(service, assigned(routes))
    redial = None if service.redial is None else _again(service.redial, numbers)
    steps: list[Step] = []
    start: dict[str, int] = {}
    labels: dict[tuple[str, str], int] = {}
    waiting = [service.route]
    while waiting:
        route = waiting.pop(0)
        if route in start:
            continue
        start[route] = len(steps)
        layer = _Layer(route, len(steps), numbers, redial, labels)
        steps.extend(layer.lay(routes[route]))
        for target in layer.asked:
            if (route, target) not in labels and target in routes and target not in start:
                waiting.append(target)

    def find(route: str, target: str, here: int, where: Where) -> int:
        if (route, target) in labels:
            return labels[route, target]
        if target in start:
            return start[target]
        names = [name for r, name in labels if r == route and not name.startswith("#")]
        known = ", ".join(names + sorted(routes))
        numbers.faults.append((where, Fault("unknown_target", value=target, expected={"known": known})))
        return here

    for index, step in enumerate(steps):
        route = str(step.where[0])
        found: dict[str, Any] = {}
        for key, (target, where) in step.pending.get("exits", {}).items():
            found[key] = find(route, target, index, where)
        if "ways" in step.pending:
            ways = step.pending["ways"]
            to = [find(route, target, index, step.where) for target, _ in ways]
            found["targets"] = tuple((share, one) for (_, share), one in zip(ways, to, strict=True))
            found["bounded"] = tuple(to[i] for i in step.pending.get("bounded", ()))
        steps[index] = replace(step, **found)
    for index, step in enumerate(steps):
        if step.kind == "release":
            steps[index] = replace(step, releases=_releases(step, steps, numbers))
        elif step.kind == "seize" and "apart" in step.pending and step.wants is not None:
            apart = tuple(_apart(step, steps, numbers))
            steps[index] = replace(step, wants=replace(step.wants, apart=apart))
        if step.session is not None and step.session.by and not named(steps, str(step.where[0]), step.session.by):
            numbers.faults.append((step.where, _unknown_queue(step.session.by, steps)))
        for node in step.formulas():
            numbers.faults.extend((step.where, fault) for fault in _unknown_blocks(node, step, steps))
    return steps, numbers.faults


def _unknown_blocks(node: Node, step: Step, steps: list[Step]) -> Iterator[Fault]:
    """Yield a fault for every block of this program that an expression names in vain."""
    route = str(step.where[0])
    for part in node.parts():
        if part.op in OF_SEIZE and not named(steps, route, part.text):
            yield _unknown_queue(part.text, steps)
        elif part.op == "passes" and not named(steps, route, part.text, COUNTED):
            known = ", ".join([one.name.partition(".")[2] for one in steps if one.kind in COUNTED][:12])
            yield Fault("unknown_step", value=part.text, expected={"known": known})


def _unknown_queue(name: str, steps: list[Step]) -> Fault:
    known = ", ".join(sorted({one.name.partition(".")[2] for one in steps if one.kind == "seize"})[:12])
    return Fault("unknown_queue", value=name, expected={"known": known})


COUNTED = ("seize", "advance", "transfer", "assign", "wait", "split", "event", "release")
"""Kinds of steps whose passes can be counted."""


@dataclass(frozen=True)
class _Again:
    """Trying again: after which outcomes, if what, how much later."""

    after: tuple[str, ...]
    condition: Node
    delay: LawValues


def _again(redial: Redial, numbers: _Attributes) -> _Again:
    where: Where = ("", "redial")
    left = Node("lt", (Node("attempt"), number(redial.most)))
    luck = Node("lt", (Node("u"), numbers.formula(redial.chance, (*where, "chance"))))
    return _Again(redial.after, Node("and", (left, luck)), numbers.law(redial.delay, (*where, "delay")))


class _Layer:
    """Lays the blocks of one route as steps; where they lead stays a name until all routes are laid.

    A block is a run of steps; what belongs to its exceptions (giving back on the way out, trying again) stands behind
    the last block. Labels that begin with # are of the layer's own making.
    """

    def __init__(
        self,
        route: str,
        base: int,
        numbers: _Attributes,
        redial: _Again | None,
        labels: dict[tuple[str, str], int],
    ) -> None:
        self.route, self.base, self.numbers, self.redial, self.labels = route, base, numbers, redial, labels
        self.out: list[Step] = []
        self.behind: list[tuple[str, list[tuple[str, str, dict[str, Any]]], Where]] = []
        """(label, steps, where): runs of (kind, name, fields) that stand behind the route."""
        self.asked: list[str] = []
        self._taken: dict[str, int] = {}
        self._number = 0
        self._named = ""
        """Number and name of the block that is being laid."""

    def lay(self, blocks: tuple[Block, ...]) -> list[Step]:
        """Return the steps of the route."""
        for n, block in enumerate(blocks):
            self._number = n
            self.labels[self.route, f"#{n}"] = self.base + len(self.out)
            (key,) = (key for key in type(block).model_fields if getattr(block, key) is not None)
            getattr(self, f"_{key}")(getattr(block, key), (self.route, n, key))
        self._number = len(blocks)
        self.labels[self.route, f"#{len(blocks)}"] = self.base + len(self.out)
        if blocks[-1].leave is None:
            self._leave("served", (self.route, len(blocks) - 1), name="end")
        while self.behind:
            label, run, where = self.behind.pop(0)
            self.labels[self.route, label] = self.base + len(self.out)
            for kind, name, fields in run:
                self._add(kind, None, name, where, hidden=True, **fields)
        return self.out

    # --- the parts of a step ---------------------------------------------------------------------------------------

    def _add(
        self, kind: str, own: str | None, default: str, where: Where, *, hidden: bool = False, **fields: Any
    ) -> str:
        """Append a step and return its name in the route; `hidden`: nothing can go there."""
        name = own or default
        self._taken[name] = self._taken.get(name, 0) + 1
        if self._taken[name] > 1:
            if own is not None:
                self.numbers.faults.append(((*where, "name"), Fault("twice", value=own)))
            name = f"{name}#{self._taken[name]}"
        here = self.base + len(self.out)
        if not hidden:
            self.labels[self.route, name] = here
        luck = fields.pop("luck", None) or own or f"{self.route}.{name}"
        self.out.append(Step(kind, f"{self.route}.{name}", luck, where, next=here + 1, **fields))
        return name

    def _upcoming(self, own: str | None, default: str) -> str:
        """Return the name that the next step will have."""
        name = own or default
        return f"{name}#{self._taken[name] + 1}" if self._taken.get(name) else name

    def _target(self, target: str) -> str:
        """Return a target as a label: ``next`` is the block below the present one."""
        if target == NEXT:
            return f"#{self._number + 1}"
        self.asked.append(target)
        return target

    def _label(self, what: str) -> str:
        return f"#{self._number}.{what}"

    def _exit(self, way: str | Exit | None, where: Where, part: str, released: Released = ()) -> str:
        """Return the label where an exit leads; what is given back on the way is a step behind the route."""
        if way is None:
            return ""
        if isinstance(way, Exit):
            released = way.release
        target = self._target(way.go_to if isinstance(way, Exit) else way)
        if not released:
            return target
        label = self._label(part)
        fields = {"pending": {"names": released, "exits": {"next": (target, where)}}}
        self.behind.append((label, [("release", f"{self._named}.{part}.release", fields)], where))
        return label

    def _leaves(self, outcome: str, where: Where, part: str) -> str:
        """Return the label of a leaving behind the route that may try again, or nothing if it may not."""
        if self.redial is None or outcome not in self.redial.after:
            return ""
        label = self._label(part)
        self.behind.append((label, self._tries_again(outcome, f"{self._named}.{part}", label, where), where))
        return label

    def _tries_again(self, outcome: str, name: str, label: str, where: Where) -> list[tuple[str, str, dict[str, Any]]]:
        """Return the steps of leaving and, with some probability, coming again."""
        assert self.redial is not None  # noqa: S101
        ways = {"ways": ((f"{label}.again", 0.0), (f"{label}.leave", 1.0))}
        self.behind.append((f"{label}.leave", [("leave", f"{name}.leave", {"outcome": outcome})], where))
        split = {
            "delay": self.redial.delay,
            "again": True,
            "luck": REDIAL,
            "pending": {"exits": {"next": (f"{label}.leave", where)}},
        }
        self.behind.append((f"{label}.again", [("split", f"{name}.again", split)], where))
        transfer = {"by_condition": True, "ways": (self.redial.condition, number(1.0)), "luck": REDIAL, "pending": ways}
        return [("transfer", name, transfer)]

    # --- blocks ----------------------------------------------------------------------------------------------------

    def _seize(self, block: Seize, where: Where) -> None:
        self._add_seize(block, block.needs, where)

    def _serve(self, block: Serve, where: Where) -> None:
        name = self._add_seize(block, (block.by,), where)
        law = self.numbers.law(block.takes, (*where, "takes"))
        during, exits = self._during(block, where, by=name, release=(name,))
        fields = {**during, "pending": {"exits": exits}, "luck": block.name}
        self._add("advance", None, f"{name}.service", where, law=law, **fields)
        self._add("release", None, f"{name}.release", where, pending={"names": (name,)})

    def _add_seize(self, block: Seize | Serve, needs: tuple[tuple[str, ...], ...], where: Where) -> str:
        default = "+".join(need[0] for need in needs)
        self._named = self._upcoming(block.name, default)
        numbers = self.numbers
        before = self._before_joining(block, where)
        exits: dict[str, tuple[str, Where]] = {}
        on_give_up = self._exit(block.on_give_up, where, "give-up")
        give_up = on_give_up or (block.patience is not None and self._leaves("abandoned", where, "abandoned"))
        if give_up:
            exits["give_up"] = (give_up, (*where, "on_give_up"))
        if block.max_wait is not None:
            limit = self._exit(block.max_wait.go_to, where, "max-wait", block.max_wait.release)
            limit = limit or self._leaves("diverted", where, "diverted")
            if limit:
                exits["limit_to"] = (limit, (*where, "max_wait"))
        base, wants = self._wants(block, needs, where)
        pending: dict[str, Any] = {"exits": exits}
        if block.differs:
            pending["apart"] = (block.differs,) if isinstance(block.differs, (str, Differs)) else block.differs
        name = self._add(
            "seize",
            block.name,
            default,
            where,
            needs=base.needs,
            priority=base.priority,
            reserve=base.reserve,
            choice=block.choice,
            weights=tuple(block.weights.items()),
            patience=None if block.patience is None else numbers.law(block.patience, (*where, "patience")),
            clock=block.clock,
            wants=wants,
            pending=pending,
        )
        if before is not None:
            self.out[before] = replace(self.out[before], luck=self.out[-1].luck)
            self.labels[self.route, name] = self.base + before
        return name

    def _before_joining(self, block: Seize | Serve, where: Where) -> int | None:
        """Add the transfer of those who do not join, if there is such a rule, and return where it stands."""
        if block.balk is None and block.capacity is None:
            return None
        me = self._named
        stuck = Node("not", (Node("can_start", text=me),))
        ways: list[tuple[Node, str]] = []
        if block.capacity is not None:
            full = Node("ge", (Node("queue_length", text=me), number(block.capacity)))
            ways.append((Node("and", (stuck, full)), self._away("blocked", where)))
        if block.balk is not None and block.balk.if_ is not None:
            condition = self.numbers.formula(block.balk.if_, (*where, "balk", "if"))
            target = self._exit(block.balk.go_to, where, "balk", block.balk.release)
            ways.append((Node("and", (stuck, condition)), target or self._away("balked", where)))
        here = len(self.out)
        joins = f"#{self._number}.joins"
        self._condition(f"{me}.balk", where, [*ways, (number(1.0), joins)], guess=(0.0,) * len(ways) + (1.0,))
        self.labels[self.route, joins] = self.base + len(self.out)
        return here

    def _away(self, outcome: str, where: Where) -> str:
        """Return the label of a leaving behind the route."""
        label = self._leaves(outcome, where, outcome)
        if not label:
            label = self._label(outcome)
            self.behind.append((label, [("leave", f"{self._named}.{outcome}", {"outcome": outcome})], where))
        return label

    def _condition(
        self,
        name: str,
        where: Where,
        ways: list[tuple[Node, str]],
        own: str | None = None,
        guess: tuple[float, ...] = (),
        bounded: tuple[int, ...] = (),
    ) -> None:
        """Add a transfer by conditions, of which the last one should always hold.

        `guess`: shares for those who reckon with the program instead of running it; equal ones if nothing is known.
        """
        shares = guess or (1.0 / len(ways),) * len(ways)
        reached = [math.fsum(shares[: i + 1]) for i in range(len(ways))]
        pending = {
            "ways": tuple((target, share) for (_, target), share in zip(ways, reached, strict=True)),
            "bounded": bounded,
        }
        nodes = tuple(node for node, _ in ways)
        self._add("transfer", own, name, where, by_condition=True, ways=nodes, pending=pending)

    def _wants(
        self, block: Seize | Serve, needs: tuple[tuple[str, ...], ...], where: Where
    ) -> tuple[Stage, Wants | None]:
        """Return what is asked for on joining and what else there is to waiting, if anything."""
        numbers = self.numbers
        changes: list[tuple[float, int, Any]] = []
        for i, over in enumerate(block.overflow):
            here = (*where, "overflow", i)
            changes.append((numbers.number(over.after_s, (*here, "after_s"), low=0.0), 0, over))
            if not isinstance(over.to[0], str) and len(over.to) != len(needs):
                numbers.faults.append(
                    ((*here, "to"), Fault("same_length", value=len(over.to), expected={"length": len(needs)}))
                )
        for i, age in enumerate(block.ageing):
            changes.append(
                (numbers.number(age.after_s, (*where, "ageing", i, "after_s"), low=0.0, strict=True), 1, age)
            )
        at = Stage(0.0, needs, block.priority, tuple(block.reserve.items()))
        stages: list[Stage] = []
        for after_s, kind, change in sorted(changes, key=lambda one: one[:2]):
            if kind == 0:
                lists = change.to if not isinstance(change.to[0], str) else (change.to,) * len(needs)
                wider = tuple(tuple(dict.fromkeys((*need, *more))) for need, more in zip(at.needs, lists, strict=False))
                at = replace(at, after_s=after_s, needs=wider + at.needs[len(wider) :])
            else:
                kept = at.reserve if change.reserve is None else tuple(change.reserve.items())
                at = replace(at, after_s=after_s, priority=change.priority, reserve=kept)
            if stages and stages[-1].after_s == after_s:
                stages.pop()
            stages.append(at)
        first = Stage(0.0, needs, block.priority, tuple(block.reserve.items()))
        if stages and stages[0].after_s == 0.0:
            first = stages.pop(0)
        wants = Wants(
            limit_s=math.inf
            if block.max_wait is None
            else numbers.number(block.max_wait.after_s, (*where, "max_wait", "after_s"), low=0.0, strict=True),
            earmark_s=math.inf
            if block.earmark_after_s is None
            else numbers.number(block.earmark_after_s, (*where, "earmark_after_s"), low=0.0, strict=True),
            stages=tuple(stages),
            gap=None if block.ticket_gap is None else numbers.law(block.ticket_gap, (*where, "ticket_gap")),
            patience_factor=None
            if block.patience_factor is None
            else numbers.formula(block.patience_factor, (*where, "patience_factor")),
            due=None if block.due is None else numbers.formula(block.due, (*where, "due")),
            preempts=block.preempt,
        )
        return first, None if wants == Wants() and not block.differs else wants

    def _during(
        self, block: During, where: Where, by: str, release: tuple[str, ...] = ()
    ) -> tuple[dict[str, Any], dict[str, tuple[str, Where]]]:
        """Return the fields of an ADVANCE and where it leads when it is interrupted.

        `release` is what is given back then in any case.
        """
        on_down: str = "go_to"
        exits: dict[str, tuple[str, Where]] = {}
        if isinstance(block.on_down, Exit):
            freed = _and(release, block.on_down.release)
            exits["down_to"] = (self._exit(block.on_down.go_to, where, "down", freed), (*where, "on_down"))
        else:
            on_down = block.on_down
        if block.drop is not None:
            freed = _and(release, block.drop.release)
            exits["drop_to"] = (self._exit(block.drop.go_to, where, "drop", freed), (*where, "drop"))
        factor = None if block.factor is None else self.numbers.formula(block.factor, (*where, "factor"))
        law = None if block.drop is None else self.numbers.law(block.drop.after, (*where, "drop", "after"))
        session = Session(factor, by, block.link or "", on_down, law, block.remember or "")
        return {"session": None if session == Session() else session}, exits

    def _advance(self, block: Advance, where: Where) -> None:
        self._named = block.name or "advance"
        law = self.numbers.law(block, where)
        during, exits = self._during(block, where, by=block.by or "")
        self._add("advance", block.name, "advance", where, law=law, pending={"exits": exits}, **during)

    def _release(self, block: Released | Release, where: Where) -> None:
        if not isinstance(block, Release):
            self._add("release", None, "release", where, pending={"names": block})
            return
        down = None if block.down is None else self.numbers.law(block.down, (*where, "down"))
        self._add("release", block.name, "release", where, delay=down, pending={"names": block.names})

    def _event(self, block: Event, where: Where) -> None:
        cost = self.numbers.number(block.cost, (*where, "cost"))
        self._add(
            "event", block.name, block.kind, where, event=block.kind, cost=cost, amount=self._amount(block, where)
        )

    def _amount(self, block: Event | Risk, where: Where) -> float | Node:
        """Return an amount: a number where it does not depend on the visit."""
        node = self.numbers.formula(block.amount, (*where, "amount"))
        return node.value if node.op == "number" else node

    def _leave(self, outcome: str, where: Where, name: str = "") -> None:
        self._named = name or outcome
        if self.redial is None or outcome not in self.redial.after:
            self._add("leave", None, name or outcome, where, outcome=outcome)
            return
        ((kind, _, fields),) = self._tries_again(outcome, self._named, self._label("leave"), where)
        self._add(kind, None, self._named, where, **fields)

    def _transfer(self, block: Transfer, where: Where) -> None:
        self._named = block.name or "transfer"
        if block.when is not None:
            ways = [
                (
                    number(1.0) if way.if_ is None else self.numbers.formula(way.if_, (*where, "when", i, "if")),
                    self._target(way.to),
                )
                for i, way in enumerate(block.when)
            ]
            # As written: a service whose own number makes a condition true does not make it one for every service.
            written = [number(1.0) if way.if_ is None else tree(way.if_) for way in block.when]
            always = next((i for i, node in enumerate(written) if node == number(1.0)), None)
            if always is None:
                ways.append((number(1.0), self._target(NEXT)))
            elif always < len(ways) - 1:
                self.numbers.faults.append(((*where, "when", always + 1), Fault("never_taken", value=ways[-1][1])))
            self._condition("transfer", where, ways, own=block.name)
            return
        targets, nodes = self._shares(block.to or {}, where)
        pending = {"ways": tuple((self._target(target), share) for target, share in targets)}
        self._add("transfer", block.name, "transfer", where, ways=nodes, pending=pending)

    def _shares(
        self, shares: Mapping[str, float | str], where: Where
    ) -> tuple[list[tuple[str, float]], tuple[Node, ...]]:
        """Return (target, cumulative share) and, when one depends on the state, every target's own share."""
        numbers = self.numbers
        values: dict[str, float] = {}
        formulas: dict[str, Node] = {}
        rest: str | None = None
        for target, share in shares.items():
            if share == REST:
                if rest is not None:
                    numbers.faults.append((where, Fault("one_rest", value=target)))
                rest = target
            elif isinstance(share, str) and share not in numbers.attributes and _is_expression(share, numbers.visit):
                formulas[target] = numbers.formula(share, (*where, target))
            else:
                values[target] = numbers.number(share, (*where, target), low=0.0, high=1.0)
        total = math.fsum(values.values())
        if total > 1 + 1e-9 or (rest is None and not formulas and abs(total - 1) > 1e-9):
            numbers.faults.append((where, Fault("shares_sum", value=round(total, 6))))
        left = max(0.0, 1.0 - total)
        guessed = [*formulas, *([rest] if rest is not None else [])]
        values.update(dict.fromkeys(guessed, left / max(1, len(guessed))))
        cumulative, out = 0.0, []
        for target in shares:
            cumulative += values.get(target, 0.0)
            out.append((target, cumulative))
        out[-1] = (out[-1][0], 1.0)
        if not formulas:
            return out, ()
        if rest is None:
            numbers.faults.append((where, Fault("rest_missing")))
            return out, ()
        out = [one for one in out if one[0] != rest] + [(rest, 1.0)]
        nodes = [formulas[t] if t in formulas else number(values[t]) for t, _ in out[:-1]]
        return out, (*nodes, number(1.0))

    def _assign(self, block: Assign, where: Where) -> None:
        own = block.name or "assign"
        name = ""
        for i, (target, value) in enumerate(block.set.items()):
            if "." not in target and target in self.numbers.attributes:
                self.numbers.faults.append(((*where, target), Fault("attribute_assigned", value=target)))
            node = self.numbers.formula(value, (*where, target))
            if i == 0:
                name = self._add("assign", block.name, "assign", where, value=node, target=target)
                own = block.name or f"{self.route}.{name}"
                self.out[-1] = replace(self.out[-1], luck=f"{own}.{target}")
            else:
                self._add("assign", None, f"{name}.{target}", where, value=node, target=target, luck=f"{own}.{target}")

    def _wait(self, block: Wait, where: Where) -> None:
        self._named = block.name or "wait"
        exits: dict[str, tuple[str, Where]] = {}
        give_up = self._exit(block.on_give_up, where, "give-up")
        give_up = give_up or (block.patience is not None and self._leaves("abandoned", where, "abandoned")) or ""
        if give_up:
            exits["give_up"] = (give_up, (*where, "on_give_up"))
        self._add(
            "wait",
            block.name,
            "wait",
            where,
            value=None if block.until is None else self.numbers.formula(block.until, (*where, "until")),
            until_clock_s=-1 if block.until_clock is None else block.until_clock,
            patience=None if block.patience is None else self.numbers.law(block.patience, (*where, "patience")),
            clock=block.clock,
            pending={"exits": exits},
        )

    def _store(self, block: Store, where: Where) -> None:
        self._named = block.name
        stock = Node("get_counter", text=f"stock.{block.name}")
        if block.put is not None:
            value = Node("add", (stock, self.numbers.formula(block.put, (*where, "put"))))
            self._add("assign", None, block.name, where, value=value, target=f"stock.{block.name}")
            return
        wanted = self.numbers.formula(block.take or 0.0, (*where, "take"))
        if any(part.op == "u" for part in wanted.parts()):
            # What is looked for, found and taken is the same amount: the luck is asked once.
            self._add("assign", None, block.name, where, value=wanted, target=f"{block.name}:taken")
            wanted = Node("attribute", text=f"{block.name}:taken")
        begin = f"#{self._number}.begin"
        self.labels[self.route, begin] = self.base + len(self.out)
        enough, taken = Node("ge", (stock, wanted)), f"#{self._number}.taken"
        if block.if_short == "wait":
            exits: dict[str, tuple[str, Where]] = {}
            give_up = self._exit(block.on_give_up, where, "give-up")
            give_up = give_up or (block.patience is not None and self._leaves("abandoned", where, "abandoned")) or ""
            if give_up:
                exits["give_up"] = (give_up, (*where, "on_give_up"))
            patience = None if block.patience is None else self.numbers.law(block.patience, (*where, "patience"))
            self._add("wait", None, block.name, where, value=enough, patience=patience, pending={"exits": exits})
            name, short = f"{block.name}.look", begin
            # Of two who waited for the same piece the second waits again; nobody goes round twice in one cascade.
            self._condition(name, where, [(enough, taken), (number(1.0), short)], guess=(1.0, 0.0), bounded=(1,))
        else:
            ways = [(enough, taken), (number(1.0), self._target(block.if_short))]
            self._condition(block.name, where, ways, guess=(1.0, 0.0))
        self.labels[self.route, taken] = self.base + len(self.out)
        value = Node("sub", (stock, wanted))
        self._add("assign", None, f"{block.name}.take", where, value=value, target=f"stock.{block.name}", hidden=True)

    def _split(self, block: Split, where: Where) -> None:
        fields: dict[str, Any] = {**self._sets_off(block, where), "most": block.most}
        name = self._add("split", block.name, block.service, where, **fields)
        luck = self.out[-1].luck
        for _ in range(block.count - 1):
            self._add("split", None, name, where, hidden=True, luck=luck, **fields)

    def _sets_off(self, block: Split | CallBack, where: Where) -> dict[str, Any]:
        delay = None if block.delay is None else self.numbers.law(block.delay, (*where, "delay"))
        return {"service": block.service, "delay": delay}

    def _risk(self, block: Risk, where: Where) -> None:
        self._named = block.name or block.kind
        numbers, here = self.numbers, f"#{self._number}"
        chance = numbers.formula(block.chance, (*where, "chance"))
        detect = numbers.formula(block.detect, (*where, "detect"))
        alarm = numbers.formula(block.false_alarm, (*where, "false_alarm"))
        onwards = self._target(NEXT)
        to = self._exit(block.to, where, "to") or onwards
        missed_to = self._exit(block.missed_to, where, "missed-to") or onwards
        amount = self._amount(block, where)
        law = None if block.takes is None else numbers.law(block.takes, (*where, "takes"))
        cost, miss_cost = (numbers.number(getattr(block, key), (*where, key)) for key in ("cost", "miss_cost"))

        def enter(how: str, cost: float, target: str, *, takes: bool) -> None:
            """Add the entry and what it leads to."""
            self.labels[self.route, f"{here}.{how}"] = self.base + len(self.out)
            exits = {"next": (target, (*where, "to"))}
            entry: dict[str, Any] = {"event": f"{block.kind}.{how}", "cost": cost, "amount": amount}
            if law is None or not takes:
                entry["pending"] = {"exits": exits}
            self._add("event", None, f"{name}.{how}", where, **entry)
            if law is not None and takes:
                after = f"{name}.takes" if how == "detected" else f"{name}.{how}.takes"
                self._add("advance", None, after, where, law=law, pending={"exits": exits})

        nothing = onwards if alarm == number(0.0) else f"{here}.well"
        name = self._chance(chance, where, f"{here}.happens", nothing, block.kind, block.name)
        if nothing != onwards:
            self.labels[self.route, nothing] = self.base + len(self.out)
            self._chance(alarm, where, f"{here}.false_alarm", onwards, f"{name}.alarm")
            enter("false_alarm", cost, onwards, takes=True)
        self.labels[self.route, f"{here}.happens"] = self.base + len(self.out)
        self._chance(detect, where, f"{here}.detected", f"{here}.missed", f"{name}.detect")
        enter("detected", cost, to, takes=True)
        enter("missed", miss_cost, missed_to, takes=False)

    def _chance(self, share: Node, where: Where, yes: str, no: str, default: str, own: str | None = None) -> str:
        """Add a transfer: `yes` with a probability that may depend on the state, else `no`."""
        if share.op != "number":
            pending = {"ways": ((yes, 0.5), (no, 1.0))}
            return self._add("transfer", own, default, where, ways=(share, number(1.0)), pending=pending)
        if not 0.0 <= share.value <= 1.0:
            expected = {"attribute": "", "low": 0.0, "high": 1.0}
            self.numbers.faults.append((where, Fault("share_range", value=share.value, expected=expected)))
        return self._add("transfer", own, default, where, pending={"ways": ((yes, share.value), (no, 1.0))})

    def _retry(self, block: Retry, where: Where) -> None:
        self._named = me = self._upcoming(block.name, "retry")
        again = Node("le", (Node("passes", text=me), number(block.most)))
        if block.if_ is not None:
            again = Node("and", (again, self.numbers.formula(block.if_, (*where, "if"))))
        chance = self.numbers.formula(block.chance, (*where, "chance"))
        if chance != number(1.0):
            again = Node("and", (again, Node("lt", (Node("u"), chance))))
        ways = [(again, self._target(block.to)), (number(1.0), self._target(NEXT))]
        # Without the bound, returns would be geometric: the share that makes as many of them.
        share = chance.value if chance.op == "number" and block.if_ is None else 0.5
        returns = math.fsum(share**k for k in range(1, block.most + 1))
        guess = (returns / (1.0 + returns), 1.0 / (1.0 + returns))
        self._condition("retry", where, ways, own=block.name, guess=guess, bounded=(0,))

    def _call_back(self, block: CallBack, where: Where) -> None:
        self._named = block.name or "call_back"
        offered = number(1.0) if block.if_ is None else self.numbers.formula(block.if_, (*where, "if"))
        chance = self.numbers.formula(block.chance, (*where, "chance"))
        accepted = Node("and", (offered, Node("lt", (Node("u"), chance))))
        label = self._label("accepted")
        run = [
            ("split", f"{self._named}.split", self._sets_off(block, where)),
            ("leave", f"{self._named}.leave", {"outcome": block.outcome}),
        ]
        self.behind.append((label, run, where))
        ways = [(accepted, label), (number(1.0), self._target(NEXT))]
        share = chance.value if chance.op == "number" and block.if_ is None else 0.0
        self._condition("call_back", where, ways, own=block.name, guess=(share, 1.0 - share))


def _and(names: tuple[str, ...], more: Released) -> Released:
    """Return what is given back when it is `names` and more."""
    return "all" if more == "all" else (*names, *more)


def _is_expression(share: str, visit: frozenset[str]) -> bool:
    """Tell whether a share is more than the name of a service attribute."""
    return not NAME.match(share) or share in visit or share.partition(".")[0] in WORDS


def _releases(step: Step, steps: list[Step], numbers: _Attributes) -> tuple[int, ...]:
    names = step.pending["names"]
    if names == "all":
        return tuple(i for i, one in enumerate(steps) if one.kind == "seize")
    out: list[int] = []
    for name in names:
        found = named(steps, str(step.where[0]), name)
        if not found:
            known = ", ".join(sorted(one.name for one in steps if one.kind == "seize"))
            numbers.faults.append((step.where, Fault("release_unknown", value=name, expected={"known": known})))
        out.extend(found)
    return tuple(out)


def _apart(step: Step, steps: list[Step], numbers: _Attributes) -> Iterator[Apart]:
    for one in step.pending["apart"]:
        rule = one if isinstance(one, Differs) else Differs(seize=one)
        found = [i for i in named(steps, str(step.where[0]), rule.seize) if steps[i].name != step.name]
        if not found or rule.need >= len(step.needs):
            numbers.faults.append(((*step.where, "differs"), _unknown_queue(rule.seize, steps)))
        yield from (Apart(rule.need, i, rule.by == "team") for i in found)
