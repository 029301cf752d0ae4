"""Expressions in the reference: a stack machine over floats (`sim.tables.types.CODE`), read top to bottom.

What cannot be divided is 0, and what has no logarithm too, so that a formula never stops a run.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.draw.luck import PURPOSE_VALUE, draw_exp, draw_log, draw_look_up
from sim.tables import types as t

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engines.reference import Engine, Visit

DAY = 86_400_000

_TWO: dict[int, Callable[[float, float], float]] = {
    t.ADD: lambda x, y: x + y,
    t.SUB: lambda x, y: x - y,
    t.MUL: lambda x, y: x * y,
    t.DIV: lambda x, y: x / y if y != 0.0 else 0.0,
    t.MOD: lambda x, y: x - y * math.floor(x / y) if y != 0.0 else 0.0,
    t.MIN: lambda x, y: x if x < y else y,
    t.MAX: lambda x, y: x if x > y else y,
    t.AND: lambda x, y: float(x != 0.0 and y != 0.0),
    t.OR: lambda x, y: float(x != 0.0 or y != 0.0),
    t.EQ: lambda x, y: float(x == y),
    t.NE: lambda x, y: float(x != y),
    t.LT: lambda x, y: float(x < y),
    t.LE: lambda x, y: float(x <= y),
    t.GT: lambda x, y: float(x > y),
    t.GE: lambda x, y: float(x >= y),
}
_ONE: dict[int, Callable[[float], float]] = {
    t.NEG: lambda x: -x,
    t.NOT: lambda x: float(x == 0.0),
    t.FLOOR: lambda x: float(math.floor(x)),
    t.EXP: draw_exp,
    t.LOG: draw_log,
}


class Values:
    """Evaluates expressions for a visit, or for a place when there is no visit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        world = engine.c.world
        self.code = world.code.tolist()
        self.curves = world.curve.tolist()
        self.spans = [engine.member[first : first + count] for first, count, *_ in world.span.tolist()]
        self.group = world.group.tolist()
        self.link = world.link.tolist()
        self.read: dict[int, Callable[[Visit | None, int, int], float]] = {
            t.GET_ATTRIBUTE: lambda v, _, a: _of(v).attributes[a],
            t.GET_ACCOUNT: lambda v, _, a: engine.accounts[_of(v).account][a] if _of(v).account >= 0 else 0.0,
            t.GET_LUCK: lambda v, _, a: engine.luck(_of(v), engine.names[_of(v).step], _of(v).passed, PURPOSE_VALUE),
            t.NOW_S: lambda _v, _p, _a: engine.env.now % DAY / 1000,
            t.DAY_NUMBER: lambda _v, _p, _a: float(engine.env.now // DAY),
            t.DAY_CLASS: lambda _v, _p, _a: float(engine.day_class[min(engine.env.now // DAY, engine.c.run.days - 1)]),
            t.AGE_S: lambda v, _, _a: (engine.env.now - _of(v).arrived) / 1000,
            t.WAITED_S: lambda v, _, _a: _of(v).waited / 1000,
            t.PASSES: lambda v, _, a: float(_of(v).passes.get(a, 0)),
            t.ATTEMPT: lambda v, _, _a: float(_of(v).lineage & 255),
            t.CHILDREN: lambda v, _, _a: float(_of(v).children),
            t.INSIDE: lambda _, place, _a: float(engine.inside[place]),
            t.IS_OPEN: lambda _, place, _a: float(not engine.closed[place]),
            t.QUEUE_LENGTH: lambda _, place, a: float(sum(len(engine.queues[q]) for q in self._group(a, place))),
            t.FREE_UNITS: lambda _, place, a: float(sum(len(engine.pools[p].idle) for p in self._group(a, place))),
            t.BUSY_UNITS: lambda _, place, a: float(sum(engine.pools[p].load for p in self._group(a, place))),
            t.ON_DUTY_UNITS: lambda _, place, a: float(sum(engine.pools[p].duty for p in self._group(a, place))),
            t.DOWN_UNITS: lambda _, place, a: float(sum(engine.pools[p].down for p in self._group(a, place))),
            t.LINK_IS_DOWN: lambda _, place, a: float(engine.link_is_down(self.link[a][place])),
            t.CAN_START: lambda v, place, a: float(engine.can_start(v, engine.asked_now(a, place))),
            t.SESSIONS: lambda v, _, a: float(engine.units[u].sessions) if (u := _unit(v, a)) >= 0 else 0.0,
            t.SPEED: lambda v, _, a: engine.units[u].speed if (u := _unit(v, a)) >= 0 else 1.0,
            t.TENURE: lambda v, _, a: (
                engine.units[u].tenure + engine.env.now // DAY if (u := _unit(v, a)) >= 0 else 0.0
            ),
        }

    def _group(self, row: int, place: int) -> list[int]:
        span = self.group[row][place]
        return self.spans[span] if span >= 0 else []

    def value(self, line: int, visit: Visit | None, place: int) -> float:
        """Return the value of the expression that begins at `line`."""
        stack: list[Any] = []
        while True:
            x, op, a, b = self.code[line]
            line += 1
            if op == t.END:
                return float(stack.pop())
            if op == t.CONST:
                stack.append(x)
            elif op in _TWO:
                y = stack.pop()
                stack.append(_TWO[op](stack.pop(), y))
            elif op in _ONE:
                stack.append(_ONE[op](stack.pop()))
            elif op == t.IF:
                other, yes, condition = stack.pop(), stack.pop(), stack.pop()
                stack.append(yes if condition != 0.0 else other)
            elif op == t.GET_TABLE:
                first, count, straight = self.curves[a]
                stack.append(draw_look_up(self.engine.c.point, first, count, straight, stack.pop()))
            elif op == t.GET_COUNTER:
                stack.append(self.engine.counters[a + (place if b == 1 else 0)])
            else:
                stack.append(self.read[op](visit, place, a))


def _of(visit: Visit | None) -> Visit:
    if visit is None:
        raise TypeError("the expression speaks of a visit where there is none")
    return visit


def _unit(visit: Visit | None, slot: int) -> int:
    hold = _of(visit).held.get(slot)
    return -1 if hold is None else hold.unit
