"""Expressions: formulas over what a visit carries and what the world looks like, written as in Python.

``"70 if u < 0.2 else 40"``, ``"queue('agent') > 5 and free('teller') > 0"``. `parse` makes a tree of `Node`s;
`sim.tables.expressions` turns the tree into lines of a stack machine that both engines run. Truth is 1, its contrary 0.
"""

from __future__ import annotations

import ast
import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.model.faults import Fault
from sim.model.fields import NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

NAMES = {
    "u": "u",
    "time_s": "now_s",
    "day": "day_number",
    "day_class": "day_class",
    "age_s": "age_s",
    "waited_s": "waited_s",
    "attempt": "attempt",
    "children": "children",
    "inside": "inside",
    "is_open": "is_open",
}
"""Names that an expression may use everywhere, and the operation that reads them; besides: `hour`, `run_s`."""

STATE = {
    "queue": "queue_length",
    "free": "free_units",
    "busy": "busy_units",
    "on_duty": "on_duty_units",
    "down": "down_units",
    "link_down": "link_is_down",
    "can_start": "can_start",
    "sessions": "sessions",
    "speed": "speed",
    "tenure": "tenure",
    "passes": "passes",
}
"""Functions of a name in quotes, and their operations."""

OF_SEIZE = ("can_start", "sessions", "speed", "tenure")
"""Operations about a `seize` of the same program."""

OF_POOLS = ("free_units", "busy_units", "on_duty_units", "down_units")
"""Operations about a team, equipment or role."""

OF_VISIT = ("attribute", "get_account", "u", "age_s", "waited_s", "attempt", "children", "passes", *OF_SEIZE)
"""Operations that make sense only where there is a visit."""

_MATHS = {"floor": "floor", "exp": "exp", "log": "log"}
_FOLDED = {"min": "min", "max": "max"}
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Mod: "mod",
}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
_KEPT = ("counter", "account", "stock")
WORDS = (*NAMES, "hour", "run_s", "table", *STATE, *_MATHS, *_FOLDED, "abs", *_KEPT)
"""Every word that means something in an expression; nothing of the planner's may have one of these names."""

MOST_DEEP = 32
"""Values that a formula may need at once."""


@dataclass(frozen=True)
class Node:
    """A part of an expression.

    `op` is ``number`` (`value`), ``name`` (`text`: an attribute, not yet looked up), ``attribute`` (`text`: of the
    visit), ``get_counter`` and ``get_account`` (`text`), ``class`` (`text`: a day class), ``get_table`` (`text`, one
    argument), one of the operations of `NAMES` and `STATE` (`text`: what stands in quotes), or an operation on `args`.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: float = 0.0
    text: str = ""

    def parts(self) -> Iterator[Node]:
        """Yield the node and everything below it."""
        yield self
        for arg in self.args:
            yield from arg.parts()

    def depth(self) -> int:
        """Return how many values a stack machine holds at once while it works the expression out."""
        return max([1, *(number + arg.depth() for number, arg in enumerate(self.args))])

    def reads(self, *ops: str) -> bool:
        """Tell whether one of `ops` occurs."""
        return any(part.op in ops for part in self.parts())


def number(value: float) -> Node:
    """Return an expression that is always `value`."""
    return Node("number", value=float(value))


class _Wrong(Exception):
    def __init__(self, code: str, at: ast.AST | int, **expected: Any) -> None:
        super().__init__(code)
        self.code, self.expected = code, expected
        self.at = at if isinstance(at, int) else getattr(at, "col_offset", 0)
        """Where it stands, in bytes of UTF-8 from 0."""


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises
    ------
    pydantic_core.PydanticCustomError
        ``expression_syntax``, ``expression_word``, ``expression_arguments`` or ``expression_deep``, with the position
        (from 1) and what is known.
    """
    found = _parsed(text.strip())
    if isinstance(found, Node):
        return found
    position = len(text.strip().encode()[: found.at].decode("utf-8", "ignore")) + 1
    raise PydanticCustomError(found.code, "an expression", {"position": position, **found.expected})


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Node | _Wrong:
    try:
        tree = ast.parse(text, mode="eval")
        node = _node(tree.body)
        if node.depth() > MOST_DEEP:
            raise _Wrong("expression_deep", 0, most=MOST_DEEP)
    except SyntaxError as error:
        at = len(text) if not error.offset or error.lineno != 1 else error.offset - 1
        return _Wrong("expression_syntax", len(text[:at].encode()))
    except (RecursionError, MemoryError, ValueError):
        return _Wrong("expression_deep", 0, most=MOST_DEEP)
    except _Wrong as wrong:
        return wrong
    return node


def _node(tree: ast.expr) -> Node:
    if isinstance(tree, ast.Constant):
        return _constant(tree)
    if isinstance(tree, ast.Name):
        return _name(tree)
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name) and tree.value.id in _KEPT:
        if tree.value.id == "account":
            return Node("get_account", text=tree.attr)
        return Node("get_counter", text=tree.attr if tree.value.id == "counter" else f"stock.{tree.attr}")
    if isinstance(tree, ast.BinOp) and type(tree.op) in _BINARY:
        return Node(_BINARY[type(tree.op)], (_node(tree.left), _node(tree.right)))
    if isinstance(tree, ast.UnaryOp):
        if isinstance(tree.op, ast.Not):
            return Node("not", (_node(tree.operand),))
        if isinstance(tree.op, ast.UAdd):
            return _node(tree.operand)
        if isinstance(tree.op, ast.USub):
            inner = _node(tree.operand)
            return number(-inner.value) if inner.op == "number" else Node("neg", (inner,))
    if isinstance(tree, ast.BoolOp):
        return _folded("and" if isinstance(tree.op, ast.And) else "or", [_node(value) for value in tree.values])
    if isinstance(tree, ast.Compare):
        return _comparison(tree)
    if isinstance(tree, ast.IfExp):
        return Node("if", (_node(tree.test), _node(tree.body), _node(tree.orelse)))
    if isinstance(tree, ast.Call):
        return _call(tree)
    raise _Wrong("expression_syntax", tree)


def _constant(tree: ast.Constant) -> Node:
    if isinstance(tree.value, bool):
        return number(float(tree.value))
    if isinstance(tree.value, (int, float)) and math.isfinite(tree.value):
        return number(tree.value)
    raise _Wrong("expression_syntax", tree)


def _name(tree: ast.Name) -> Node:
    name = tree.id
    if name in NAMES:
        return Node(NAMES[name])
    if name == "hour":
        return Node("div", (Node("now_s"), number(3600.0)))
    if name == "run_s":
        return Node("add", (Node("mul", (Node("day_number"), number(86_400.0))), Node("now_s")))
    if name in WORDS:
        raise _Wrong("expression_syntax", tree)
    return Node("name", text=name)


def _folded(op: str, nodes: list[Node]) -> Node:
    out = nodes[0]
    for node in nodes[1:]:
        out = Node(op, (out, node))
    return out


def _comparison(tree: ast.Compare) -> Node:
    sides = [tree.left, *tree.comparators]
    classes = any(isinstance(side, ast.Name) and side.id == "day_class" for side in sides)
    nodes = [
        Node("class", text=side.value)
        if classes and isinstance(side, ast.Constant) and isinstance(side.value, str)
        else _node(side)
        for side in sides
    ]
    pairs = []
    for index, op in enumerate(tree.ops):
        if type(op) not in _COMPARED:
            raise _Wrong("expression_syntax", tree)
        pairs.append(Node(_COMPARED[type(op)], (nodes[index], nodes[index + 1])))
    return _folded("and", pairs)


def _call(tree: ast.Call) -> Node:
    if not isinstance(tree.func, ast.Name):
        raise _Wrong("expression_syntax", tree)
    name, args = tree.func.id, tree.args
    if tree.keywords or any(isinstance(arg, ast.Starred) for arg in args):
        raise _Wrong("expression_syntax", tree)
    if name in STATE or name == "table":
        wanted = 2 if name == "table" else 1
        if len(args) != wanted:
            raise _Wrong("expression_arguments", tree, function=name, count=wanted)
        first = args[0]
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            raise _Wrong("expression_quotes", first, function=name)
        if name == "table":
            return Node("get_table", (_node(args[1]),), text=first.value)
        return Node(STATE[name], text=first.value)
    if name in _FOLDED:
        if len(args) < 2:
            raise _Wrong("expression_arguments", tree, function=name, count=2)
        return _folded(_FOLDED[name], [_node(arg) for arg in args])
    if name in _MATHS or name == "abs":
        if len(args) != 1:
            raise _Wrong("expression_arguments", tree, function=name, count=1)
        inner = _node(args[0])
        return Node("max", (inner, Node("neg", (inner,)))) if name == "abs" else Node(_MATHS[name], (inner,))
    known = ", ".join(sorted(["table", "abs", *_FOLDED, *_MATHS, *STATE]))
    raise _Wrong("expression_word", tree, word=name, known=known)


def looked_up(node: Node, attributes: Mapping[str, float], assigned: frozenset[str]) -> Node:
    """Return `node` with names resolved: of the service (a number) or of the visit; others stay ``name``."""
    if node.op == "name":
        if node.text in assigned:
            return Node("attribute", text=node.text)
        if node.text in attributes:
            return number(attributes[node.text])
        return node
    if not node.args:
        return node
    return Node(node.op, tuple(looked_up(arg, attributes, assigned) for arg in node.args), node.value, node.text)


@dataclass(frozen=True)
class Known:
    """What the expressions of a scenario may name."""

    counters: frozenset[str]
    """Counters, and stores as ``stock.NAME``."""
    accounts: frozenset[str]
    """Values that any account has."""
    tables: frozenset[str]
    links: frozenset[str]
    pools: frozenset[str]
    """Teams, equipment, roles."""
    queues: frozenset[str]
    """Names of `seize` blocks."""
    classes: frozenset[str]


def unknown(node: Node, known: Known, attributes: Collection[str] = (), *, visit: bool) -> Iterator[Fault]:
    """Yield a fault for every name in `node` that means nothing; `visit` tells whether there is a visit to speak of."""
    of = {
        "get_counter": ("unknown_counter", known.counters),
        "get_account": ("unknown_account", known.accounts),
        "get_table": ("unknown_table", known.tables),
        "link_is_down": ("unknown_link", known.links),
        "queue_length": ("unknown_queue", known.queues),
        "class": ("unknown_day_class", known.classes),
        **dict.fromkeys(OF_POOLS, ("unknown_pool", known.pools)),
    }
    for part in node.parts():
        if part.op == "name":
            yield Fault("expression_name", value=part.text, expected={"known": ", ".join(sorted(attributes)[:12])})
        elif not visit and part.op in OF_VISIT:
            yield Fault("expression_no_visit", value=part.text or part.op)
        elif part.op in of and part.text.removesuffix(".backup") not in of[part.op][1]:
            code, names = of[part.op]
            yield Fault(code, value=part.text, expected={"known": ", ".join(sorted(names)[:12])})


def _formula(value: Any) -> float | str:
    if isinstance(value, str):
        parse(value)
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise PydanticCustomError("expression", "a number or an expression")
    return float(value)


Formula = Annotated[
    float | str,
    BeforeValidator(_formula),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "description": "expression"}]}),
]
"""A number, or an expression in quotes."""


def _share(value: Any) -> float | str:
    if isinstance(value, str) and NAME.match(value.strip()) and not value.strip()[0].isdigit():
        return value.strip()
    formula = _formula(value)
    if isinstance(formula, float) and not 0.0 <= formula <= 1.0:
        code, limit = ("greater_than_equal", 0.0) if formula < 0.0 else ("less_than_equal", 1.0)
        raise PydanticCustomError(code, "a share", {"limit": limit})
    return formula


Share = Annotated[
    float | str,
    BeforeValidator(_share),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "description": "expression, or 'rest'"}]}),
]
"""A share between 0 and 1, the name of a service attribute, an expression, or ``"rest"``."""


def tree(value: float | str) -> Node:
    """Return the tree of a `Formula`."""
    return parse(value) if isinstance(value, str) else number(value)
