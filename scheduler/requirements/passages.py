"""How a visit meets a team: how often, how long after its arrival, for how long, and whom else it needs meanwhile."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import sim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Floats = NDArray[np.float64]
Steps = "Sequence[sim.Step]"


@dataclass(frozen=True)
class Passage:
    """How one service meets one team: how often, how long after the arrival, for how long.

    Attributes
    ----------
    share : float
        Mean number of times that a visit of the service takes one of the team.
    delay_s, delay_s2 : float
        Mean (s) and second moment (s²) of the time from the arrival to the queue of the team, without waits.
    hold_s, hold_s2 : float
        The same of the time held: from `seize` to `release`, with all that happens between, without waits.
    law : sim.LawValues or None
        The law of the hold where it is one step's.
    patience : sim.LawValues or None
        The law of the patience in the queue; None is endless.
    asks : tuple of (step, mean times)
        `seize` steps at which others are waited for while the team is held, and how often each is met in one hold.
    holding : tuple of step
        `seize` steps whose units a visit holds whenever it queues for the team (a booth).
    slower : tuple of float
        How many times as long a hold takes when its agent has 1, 2 … sessions at once; the first is 1.
    """

    share: float
    delay_s: float
    delay_s2: float
    hold_s: float
    hold_s2: float
    law: sim.LawValues | None
    patience: sim.LawValues | None
    asks: tuple[tuple[int, float], ...] = ()
    holding: tuple[int, ...] = ()
    slower: tuple[float, ...] = field(default=(1.0,))


def moments(
    steps: Sequence[sim.Step], stops: Iterable[int], times: Callable[[sim.Step], float] = lambda _: 1.0
) -> tuple[Floats, Floats, Floats]:
    """Return for each step P(a visit there reaches `stops`), and E[time], E[time²] on the paths that do.

    First-step analysis of the program as a Markov chain, (I − P) x = b, waits left out and nobody giving
    up. The time (s) is up to the first of `stops`; the second and third result are not yet divided by the
    first. `times` says how many times as long as its law a step takes.
    """
    stop = set(stops)
    move = _moves(steps, stop)
    n = len(steps)
    first, second = np.zeros(n), np.zeros(n)
    for index, step in enumerate(steps):
        if index not in stop and step.kind == "advance" and step.law is not None:
            mean, square = sim.theory.law_moments(step.law)
            by = times(step)
            first[index], second[index] = mean * by, square * by**2
    system = np.eye(n) - move
    reached = np.zeros(n)
    reached[list(stop)] = 1.0
    p = np.linalg.solve(system, reached)
    after = move @ p
    time = np.linalg.solve(system, first * after)
    squares = np.linalg.solve(system, second * after + 2 * first * (move @ time))
    return np.asarray(p, float), np.asarray(time, float), np.asarray(squares, float)


def _moves(steps: Sequence[sim.Step], stop: set[int]) -> Floats:
    """Return the chances of going from step to step; from a stop, or where a visit leaves, nowhere."""
    move = np.zeros((len(steps), len(steps)))
    for index, step in enumerate(steps):
        if index in stop or step.kind == "leave":
            continue
        if step.kind == "transfer":
            before = 0.0
            for cumulative, target in step.targets:
                move[index, target] += cumulative - before
                before = cumulative
        else:
            move[index, step.next] = 1.0
    return move


def passage(
    steps: Sequence[sim.Step], seize: int, team: sim.Team | None = None, tables: Mapping[str, Any] | None = None
) -> Passage:
    """Return how a visit of a program passes the `seize` step with this index, if one of `team` serves it.

    Parameters
    ----------
    steps : sequence of sim.Step
        The program of the service.
    seize : int
        Index of the step.
    team : sim.Team, optional
        Whose speed, tenure and number of sessions change how long the work takes; as its law says when not given.
    tables : mapping, optional
        The scenario's tables, which factors may read.
    """
    ends = [i for i, step in enumerate(steps) if step.kind == "release" and seize in step.releases]
    ends += [i for i, step in enumerate(steps) if step.kind == "leave"]
    begin = steps[seize].next
    pace = [_pace(steps[seize], team, tables or {}, k) for k in range(1, (team.sessions if team else 1) + 1)]
    _, hold, hold2 = moments(steps, ends, pace[0])
    reached, delay, delay2 = moments(steps, [seize])
    again = max((_again(steps, end, reached) for end in ends), default=0.0)
    times = float(reached[0]) / max(1e-9, 1.0 - again)
    reach = float(reached[0]) or 1.0
    hold_s = float(hold[begin])
    longer = [float(moments(steps, ends, one)[1][begin]) for one in pace[1:]]
    law = _only_law(steps, begin, set(ends))
    paced = any(step.kind == "advance" and pace[0](step) != 1.0 for step in steps)
    return Passage(
        share=times,
        delay_s=float(delay[0]) / reach,
        delay_s2=float(delay2[0]) / reach,
        hold_s=hold_s,
        hold_s2=float(hold2[begin]),
        law=None if paced else law,
        patience=steps[seize].patience,
        asks=_asks(steps, begin, set(ends)),
        holding=tuple(i for i, step in enumerate(steps) if step.kind == "seize" and _always_held(steps, i, seize)),
        slower=(1.0, *(one / hold_s if hold_s > 0 else 1.0 for one in longer)),
    )


def _again(steps: Sequence[sim.Step], end: int, reached: Floats) -> float:
    """Return the probability that a visit which gives back at `end` takes the team once more."""
    return 0.0 if steps[end].kind == "leave" else float(reached[steps[end].next])


def _asks(steps: Sequence[sim.Step], begin: int, ends: set[int]) -> tuple[tuple[int, float], ...]:
    """Return the seizes between `begin` and `ends`, each with the mean number of times that it is met."""
    if begin in ends:
        return ()
    system = np.eye(len(steps)) - _moves(steps, ends)
    start = np.zeros(len(steps))
    start[begin] = 1.0
    met = np.linalg.solve(system.T, start)
    return tuple((i, float(met[i])) for i, step in enumerate(steps) if step.kind == "seize" and met[i] > 1e-12)


def _always_held(steps: Sequence[sim.Step], other: int, seize: int) -> bool:
    """Tell whether every visit that comes to `seize` holds what it took at `other`."""
    if other == seize:
        return False
    seen, left, found = {(0, False)}, [(0, False)], False
    while left:
        index, holding = left.pop()
        if index == seize:
            if not holding:
                return False
            found = True
        step = steps[index]
        after = holding or index == other
        if step.kind == "release" and other in step.releases:
            after = False
        for to in step.successors():
            # Who gives up at `other`, or is sent away from it, has not got it.
            state = (to, after if index != other or to == step.next else holding)
            if state not in seen:
                seen.add(state)
                left.append(state)
    return found


def _only_law(steps: Sequence[sim.Step], begin: int, ends: set[int]) -> sim.LawValues | None:
    """Return the law of the one step that takes time between `begin` and `ends`, if there is just one."""
    law, index = None, begin
    while index not in ends:
        step = steps[index]
        if step.kind == "transfer" or (step.law is not None and law is not None):
            return None
        law = step.law if step.law is not None else law
        index = step.next
    return law


def _pace(
    seize: sim.Step, team: sim.Team | None, tables: Mapping[str, Any], sessions: int
) -> Callable[[sim.Step], float]:
    """Return step ↦ how many times as long as its law it takes an agent of `team` who has so many sessions."""
    speed = team.speed if team is not None else 1.0
    names = {seize.name, seize.name.partition(".")[2], seize.luck}

    def state(op: str, of: str) -> float | None:
        if of not in names:
            return None
        tenure = team.tenure_days if team is not None else 0.0
        return {"sessions": float(sessions), "speed": speed, "tenure": tenure}.get(op)

    def times(step: sim.Step) -> float:
        session = step.session
        if session is None:
            return 1.0
        factor = 1.0 if session.factor is None else _value(session.factor, state, tables)
        return (factor if factor is not None else 1.0) / (speed if session.by in names else 1.0)

    return times


_TWO: dict[str, Callable[[float, float], float]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y if y else 0.0,
    "mod": lambda x, y: x - y * math.floor(x / y) if y else 0.0,
    "min": min,
    "max": max,
    "eq": lambda x, y: float(x == y),
    "ne": lambda x, y: float(x != y),
    "lt": lambda x, y: float(x < y),
    "le": lambda x, y: float(x <= y),
    "gt": lambda x, y: float(x > y),
    "ge": lambda x, y: float(x >= y),
}
_ONE: dict[str, Callable[[float], float]] = {
    "neg": lambda x: -x,
    "not": lambda x: float(not x),
    "floor": lambda x: float(math.floor(x)),
    "exp": math.exp,
    "log": lambda x: math.log(x) if x > 0 else 0.0,
}


def _value(node: Any, state: Callable[[str, str], float | None], tables: Mapping[str, Any]) -> float | None:
    """Return the value of an expression that depends on nothing but `state` (sim.model.expressions.Node), else None."""
    if node.op == "number":
        return float(node.value)
    if node.text and not node.args:
        return state(node.op, node.text)
    parts = [_value(arg, state, tables) for arg in node.args]
    if any(part is None for part in parts):
        return None
    values = [float(part) for part in parts if part is not None]
    if node.op == "get_table" and node.text in tables:
        return _looked_up(tables[node.text], values[0])
    if node.op == "if" and len(values) == 3:
        return values[1] if values[0] else values[2]
    if node.op in _TWO and len(values) == 2:
        return _TWO[node.op](*values)
    if node.op in _ONE and len(values) == 1:
        return _ONE[node.op](*values)
    return None


def _looked_up(table: Any, x: float) -> float:
    """Return the value of a table of the scenario (sim.model.sections.Table) at `x`."""
    rising = [point[0] for point in table.points]
    if table.straight:
        return float(np.interp(x, rising, [point[1] for point in table.points]))
    return float(table.points[max(0, bisect_right(rising, x) - 1)][1])
