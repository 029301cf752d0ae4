"""Whether a program can be walked: what a visit holds where, what it can reach, loops that never end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.model.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.model.programs import LawValues, Step, Where


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
            if step.kind == "seize" and after == step.next:
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
    """Yield what makes a program impossible to walk.

    Units never given back or seized twice, blocks that nothing leads to, loops without time or without a way out.
    """
    used = reachable(steps, 0) | {0}
    yield from _walk_holds(steps, used)
    met = {steps[index].where[:2] for index in used}
    for where in dict.fromkeys(step.where[:2] for step in steps):
        if where not in met:
            first = next(step for step in steps if step.where[:2] == where)
            yield first.where, Fault("unreachable", value=first.name)
    stuck = sorted(used - _can_leave(steps))
    if stuck:
        yield steps[stuck[0]].where, Fault("endless_loop", value=steps[stuck[0]].name)
    for index in sorted(used):
        step = steps[index]
        ways: tuple[int, ...] = ()
        if step.kind == "transfer":
            ways = _unbounded(step)
        elif step.kind in ("seize", "wait") and step.give_up >= 0 and not _waits_before_giving_up(step):
            ways = (step.give_up,)
        elif step.kind == "advance" and step.session is not None:
            ways = (step.down_to,) if step.down_to >= 0 else ()
            if step.drop_to >= 0 and not _takes_time(step.session.drop):
                ways = (*ways, step.drop_to)
        if ways and _returns_at_once(steps, index, ways):
            yield step.where, Fault("loop_without_advance", value=step.name)
        if step.wants is not None and step.wants.gap is not None and index in reachable(steps, index):
            yield step.where, Fault("ticket_twice", value=step.name)


def _walk_holds(steps: list[Step], used: set[int]) -> Iterator[tuple[Where, Fault]]:
    holds = held(steps)
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


def _can_leave(steps: list[Step]) -> set[int]:
    """Return the steps from which some leave can be reached."""
    before: list[list[int]] = [[] for _ in steps]
    for index, step in enumerate(steps):
        for after in step.successors():
            before[after].append(index)
    todo = [index for index, step in enumerate(steps) if step.kind == "leave"]
    out = set(todo)
    while todo:
        for index in before[todo.pop()]:
            if index not in out:
                out.add(index)
                todo.append(index)
    return out


def _unbounded(step: Step) -> tuple[int, ...]:
    """Return the ways of a transfer that a visit may take any number of times."""
    left = list(step.successors())
    for target in step.bounded:
        if [to for _, to in step.targets].count(target) == 1:
            left.remove(target)
    return tuple(left)


def _takes_time(law: LawValues | None) -> bool:
    if law is None:
        return False
    longest = law.points[-1][1] if law.kind == "empirical" else law.a
    return law.kind not in ("deterministic", "empirical") or longest > 0


def _waits_before_giving_up(step: Step) -> bool:
    """Tell whether giving up always takes time: with the clocks `waiting` and `visit` patience may be past already."""
    if step.wants is not None and step.wants.patience_factor is not None:
        return False
    return step.patience is None or (step.clock == "queue" and _takes_time(step.patience))


def _passes_time(step: Step, *, broken: bool) -> bool:
    """Tell whether time passes at `step`; `broken`: for a visit that comes from an advance that could not go on."""
    if step.kind == "advance":
        factor = step.session.factor if step.session is not None else None
        return _takes_time(step.law) and not (factor is not None and factor.op == "number" and factor.value <= 0)
    if step.kind == "wait":
        mends = step.value is not None and step.value.reads("link_is_down", "down_units")
        return step.until_clock_s >= 0 or (broken and mends)
    return False


def _returns_at_once(steps: list[Step], start: int, ways: tuple[int, ...]) -> bool:
    """Tell whether a visit that leaves `start` by one of `ways` can come back without any time passing."""
    seen: set[tuple[int, bool]] = set()
    todo = [(index, steps[start].kind == "advance") for index in ways]
    while todo:
        index, broken = todo.pop()
        if index == start:
            return True
        step = steps[index]
        if (index, broken) in seen:
            continue
        seen.add((index, broken))
        if step.kind == "advance" and step.down_to >= 0:
            todo.append((step.down_to, True))
        if not _passes_time(step, broken=broken):
            after = _unbounded(step) if step.kind == "transfer" else step.successors()
            todo.extend((one, broken) for one in after)
    return False
