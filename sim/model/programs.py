"""A service's program: its routes as one list of steps with numbers for attributes and indices for names.

`expand` makes the steps, `walk` tells whether they can be walked, `held` which seizures a visit may hold where.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sim.model.faults import Fault
from sim.model.fields import MOST_CV
from sim.model.laws import Deterministic, Empirical, Exponential, Gamma, Lognormal, Weibull

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.model.blocks import Block, Seize, Serve
    from sim.model.laws import Law
    from sim.model.scenario import Service

NEXT = "next"
REST = "rest"
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
class Step:
    """One step of a program. Fields that its kind does not have keep their defaults."""

    kind: str
    """seize, advance, release, transfer, event or leave."""
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
    law: LawValues | None = None
    releases: tuple[int, ...] = ()
    targets: tuple[tuple[float, int], ...] = ()
    """(cumulative probability, step) of a transfer; the last probability is 1."""
    event: str = ""
    cost: float = 0.0
    amount: float = 1.0
    outcome: str = ""
    pending: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def successors(self) -> tuple[int, ...]:
        """Return the steps that may follow, in order of their index."""
        if self.kind == "leave":
            return ()
        if self.kind == "transfer":
            return tuple(sorted({target for _, target in self.targets}))
        return tuple(sorted({self.next} | ({self.give_up} if self.give_up >= 0 else set())))


class _Attributes:
    """Looks up numbers: as written, or in the attributes of a service."""

    def __init__(self, service: Service) -> None:
        self.attributes = service.attributes
        self.faults: list[tuple[Where, Fault]] = []

    def number(
        self,
        value: float | str,
        where: Where,
        *,
        low: float = 0.0,
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

    def law(self, law: Law, where: Where) -> LawValues:
        if isinstance(law, Empirical):
            n = len(law.quantiles_s)
            at = law.at or tuple(i / (n - 1) for i in range(n))
            if len(at) != n:
                self.faults.append(((*where, "at"), Fault("same_length", value=len(at), expected={"length": n})))
            return LawValues(law.law, points=tuple(zip(at, law.quantiles_s, strict=False)))
        if isinstance(law, Exponential):
            return LawValues(law.law, self.number(law.mean_s, (*where, "mean_s"), strict=True))
        if isinstance(law, (Lognormal, Gamma)):
            mean_s = self.number(law.mean_s, (*where, "mean_s"), strict=True)
            return LawValues(law.law, mean_s, self.number(law.cv, (*where, "cv"), high=MOST_CV, strict=True))
        if isinstance(law, Weibull):
            scale_s = self.number(law.scale_s, (*where, "scale_s"), strict=True)
            return LawValues(law.law, scale_s, self.number(law.shape, (*where, "shape"), strict=True))
        if isinstance(law, Deterministic):
            return LawValues(law.law, self.number(law.value_s, (*where, "value_s")))
        low_s = self.number(law.low_s, (*where, "low_s"))
        high_s = self.number(law.high_s, (*where, "high_s"), strict=True)
        if high_s < low_s:
            expected = {"limit": low_s}
            self.faults.append(((*where, "high_s"), Fault("greater_than_equal", value=high_s, expected=expected)))
        return LawValues(law.law, low_s, high_s)


def expand(routes: Mapping[str, tuple[Block, ...]], service: Service) -> tuple[list[Step], list[tuple[Where, Fault]]]:
    """Return the program of `service` and what is wrong with it; step 0 is where a visit begins.

    Shapes: a list of Steps whose `next`, `give_up`, `releases` and `targets` are indices into the same list.
    """
    numbers = _Attributes(service)
    steps: list[Step] = []
    start: dict[str, int] = {}
    labels: dict[tuple[str, str], int] = {}
    waiting = [service.route]
    while waiting:
        route = waiting.pop(0)
        if route in start:
            continue
        start[route] = len(steps)
        steps.extend(_route_steps(route, routes[route], len(steps), numbers, labels))
        for step in steps[start[route] :]:
            for target in step.pending.get("targets", ()):
                if (route, target) not in labels and target in routes and target not in start:
                    waiting.append(target)

    def find(route: str, target: str, here: int, where: Where) -> int:
        if target == NEXT:
            return steps[here].next
        if (route, target) in labels:
            return labels[route, target]
        if target in start:
            return start[target]
        known = ", ".join([name for r, name in labels if r == route] + sorted(routes))
        numbers.faults.append((where, Fault("unknown_target", value=target, expected={"known": known})))
        return here

    seizes = {step.name: index for index, step in enumerate(steps) if step.kind == "seize"}
    for index, step in enumerate(steps):
        route = str(step.where[0])
        pending = step.pending
        if step.kind == "seize" and pending.get("targets"):
            (target,) = pending["targets"]
            steps[index] = replace(step, give_up=find(route, target, index, (*step.where, "on_give_up")))
        elif step.kind == "transfer":
            steps[index] = replace(
                step,
                targets=_shares(step, numbers, lambda t, i=index, r=route, w=step.where: find(r, t, i, w)),
            )
        elif step.kind == "release":
            steps[index] = replace(step, releases=_releases(step, route, seizes, steps, numbers))
    return steps, numbers.faults


def _route_steps(
    route: str, blocks: tuple[Block, ...], base: int, numbers: _Attributes, labels: dict[tuple[str, str], int]
) -> list[Step]:
    """Return the steps of one route, names given, targets still as names in `pending`."""
    out: list[Step] = []
    taken: dict[str, int] = {}

    def add(kind: str, own: str | None, default: str, where: Where, **fields: Any) -> str:
        name = own or default
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            if own is not None:
                numbers.faults.append(((*where, "name"), Fault("twice", value=own)))
            name = f"{name}#{taken[name]}"
        labels[route, name] = base + len(out)
        luck = own or f"{route}.{name}"
        out.append(Step(kind, f"{route}.{name}", luck, where, next=base + len(out) + 1, **fields))
        return name

    for number, block in enumerate(blocks):
        where: Where = (route, number)
        if block.seize is not None:
            _add_seize(add, block.seize, block.seize.needs, (*where, "seize"), numbers)
        elif block.serve is not None:
            serve = block.serve
            name = _add_seize(add, serve, (serve.by,), (*where, "serve"), numbers)
            law = numbers.law(serve.takes, (*where, "serve", "takes"))
            add("advance", None, f"{name}.service", (*where, "serve"), law=law)
            if serve.name is not None:
                out[-1] = replace(out[-1], luck=serve.name)
            add("release", None, f"{name}.release", (*where, "serve"), pending={"names": (name,)})
        elif block.advance is not None:
            law = numbers.law(block.advance, (*where, "advance"))
            add("advance", block.advance.name, "advance", (*where, "advance"), law=law)
        elif block.release is not None:
            add("release", None, "release", (*where, "release"), pending={"names": block.release})
        elif block.transfer is not None:
            pending = {"targets": tuple(block.transfer.to), "shares": dict(block.transfer.to)}
            add("transfer", block.transfer.name, "transfer", (*where, "transfer"), pending=pending)
        elif block.event is not None:
            event = block.event
            add(
                "event",
                event.name,
                event.kind,
                (*where, "event"),
                event=event.kind,
                cost=event.cost,
                amount=event.amount,
            )
        elif block.leave is not None:
            add("leave", None, block.leave, (*where, "leave"), outcome=block.leave)
    if out[-1].kind != "leave":
        add("leave", None, "end", (route, len(blocks) - 1), outcome="served")
    return out


def _add_seize(
    add: Any, block: Seize | Serve, needs: tuple[tuple[str, ...], ...], where: Where, numbers: _Attributes
) -> str:
    patience = None if block.patience is None else numbers.law(block.patience, (*where, "patience"))
    pending = {} if block.on_give_up is None else {"targets": (block.on_give_up,)}
    default = "+".join(need[0] for need in needs)
    fields = {
        "needs": needs,
        "priority": block.priority,
        "patience": patience,
        "clock": block.clock,
        "pending": pending,
    }
    name: str = add("seize", block.name, default, where, **fields)
    return name


def _shares(step: Step, numbers: _Attributes, find: Any) -> tuple[tuple[float, int], ...]:
    values: dict[str, float] = {}
    rest: str | None = None
    for target, share in step.pending["shares"].items():
        if share == REST:
            if rest is not None:
                numbers.faults.append((step.where, Fault("one_rest", value=target)))
            rest = target
        else:
            values[target] = numbers.number(share, (*step.where, target), high=1.0)
    total = math.fsum(values.values())
    if total > 1 + 1e-9 or (rest is None and abs(total - 1) > 1e-9):
        numbers.faults.append((step.where, Fault("shares_sum", value=round(total, 6))))
    if rest is not None:
        values[rest] = max(0.0, 1.0 - total)
    cumulative, out = 0.0, []
    for target in step.pending["shares"]:
        cumulative += values.get(target, 0.0)
        out.append((cumulative, find(target)))
    out[-1] = (1.0, out[-1][1])
    return tuple(out)


def _releases(
    step: Step, route: str, seizes: Mapping[str, int], steps: list[Step], numbers: _Attributes
) -> tuple[int, ...]:
    names = step.pending["names"]
    if names == "all":
        return tuple(seizes.values())
    out = []
    for name in names:
        full = f"{route}.{name}"
        if full in seizes:
            out.append(seizes[full])
            continue
        elsewhere = [
            i for key, i in seizes.items() if key == name or key.partition(".")[2] == name or steps[i].luck == name
        ]
        if not elsewhere:
            known = ", ".join(sorted(seizes))
            numbers.faults.append((step.where, Fault("release_unknown", value=name, expected={"known": known})))
        out.extend(elsewhere)
    return tuple(out)


def held(steps: list[Step]) -> list[frozenset[int]]:
    """Return for each step the seizures (indices of seize steps) that a visit may hold on reaching it."""
    at: list[frozenset[int] | None] = [None] * len(steps)
    at[0] = frozenset()
    todo = [0]
    while todo:
        index = todo.pop()
        step, before = steps[index], at[index] or frozenset()
        for after in step.successors():
            carried = before
            if (step.kind == "seize" and after != step.give_up) or (step.kind == "seize" and step.give_up == step.next):
                carried = before | {index}
            elif step.kind == "release":
                carried = before - set(step.releases)
            merged = carried | (at[after] or frozenset())
            if at[after] is None or merged != at[after]:
                at[after] = merged
                todo.append(after)
    return [frozenset() if one is None else one for one in at]


def reachable(steps: list[Step], start: int) -> set[int]:
    """Return the steps that can be reached from `start` by at least one move."""
    seen: set[int] = set()
    todo = list(steps[start].successors())
    while todo:
        index = todo.pop()
        if index not in seen:
            seen.add(index)
            todo.extend(steps[index].successors())
    return seen


def walk(steps: list[Step]) -> Iterator[tuple[Where, Fault]]:
    """Yield what makes a program impossible to walk: units never given back, seized twice, loops without time."""
    holds = held(steps)
    used = reachable(steps, 0) | {0}
    released: set[int] = set()
    for index in sorted(used):
        step = steps[index]
        if step.kind == "seize" and index in holds[index]:
            yield step.where, Fault("seized_twice", value=step.name)
        if step.kind == "release":
            if not set(step.releases) & holds[index]:
                yield (
                    step.where,
                    Fault("release_not_held", value=", ".join(steps[i].name for i in step.releases)),
                )
            released |= set(step.releases) & holds[index]
    for index in sorted(used):
        if steps[index].kind == "seize" and index not in released:
            yield steps[index].where, Fault("never_released", value=steps[index].name)
    for index in sorted(used):
        step = steps[index]
        if step.kind == "transfer":
            ways = step.successors()
        elif step.kind == "seize" and step.give_up >= 0 and not _waits_before_giving_up(step):
            ways = (step.give_up,)
        else:
            continue
        if _returns_at_once(steps, index, ways):
            yield step.where, Fault("loop_without_advance", value=step.name)


def _takes_time(law: LawValues | None) -> bool:
    if law is None:
        return False
    longest = law.points[-1][1] if law.kind == "empirical" else law.a
    return law.kind not in ("deterministic", "empirical") or longest > 0


def _waits_before_giving_up(step: Step) -> bool:
    """Tell whether giving up always takes time: with the clocks `waiting` and `visit` patience may be past already."""
    return step.patience is None or (step.clock == "queue" and _takes_time(step.patience))


def _returns_at_once(steps: list[Step], start: int, ways: tuple[int, ...]) -> bool:
    """Tell whether a visit that leaves `start` by one of `ways` can come back without an advance that takes time."""
    seen: set[int] = set()
    todo = list(ways)
    while todo:
        index = todo.pop()
        if index == start:
            return True
        if index in seen or (steps[index].kind == "advance" and _takes_time(steps[index].law)):
            continue
        seen.add(index)
        todo.extend(steps[index].successors())
    return False
