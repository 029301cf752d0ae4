"""Expressions as lines: the stack machine gets what the tree means, and never needs more room than was said."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engines.reference_values import Values
from sim.model.expressions import looked_up, parse
from sim.tables import compile_scenario, types
from sim.tables.expressions import CodeTable, Scope, State
from sim.tables.laws import LawTable
from sim.tables.queues import Members
from sim.tables.sites import Sites
from sim.tables.types import CODE, END, GET_ATTRIBUTE, IF
from tests.model.test_expressions import ONE, TWO, texts, worked_out
from tests.worlds import fixed, world

DESK = world([{"serve": {"by": ["desk"], "takes": fixed(60)}}], team={"desk": {"staff": 1}})


def table() -> CodeTable:
    """Return a table of expressions that know the attributes a and b."""
    sites = Sites(DESK)
    return CodeTable(DESK, sites, State(DESK, 1, ("a", "b")), LawTable(), Members())


@settings(max_examples=200)
@given(text=texts(), a=st.integers(-5, 5), b=st.floats(-3, 3))
def test_lines_work_out_what_the_tree_means(text, a, b):
    codes = table()
    tree = parse(f"0 * 1 + ({text})")
    known = {"a": float(a), "b": float(b)}
    scope = Scope("visit", [])
    first = codes.number(parse("7"), scope)
    line = codes.number(_of_visit(tree), scope)
    assert (first, line) == (0, 2)
    machine = Values.__new__(Values)
    machine.code = codes.build({})[0].tolist()
    machine.curves = []
    machine.read = {GET_ATTRIBUTE: lambda _visit, _place, n: known["ab"[n]]}
    assert machine.value(line, None, 0) == worked_out(tree, known)
    assert _most_at_once(machine.code, line) <= tree.depth()


def _of_visit(tree):
    """Return the tree with its names looked up among the attributes of the visit."""
    return looked_up(tree, {}, frozenset({"a", "b"}))


def _most_at_once(code: list[tuple[float, int, int, int]], line: int) -> int:
    """Return how many values the machine holds at once, by counting pushes and pops."""
    two = {getattr(types, name.upper()) for name in TWO}
    one = {getattr(types, name.upper()) for name in ONE}
    held = most = 0
    while code[line][1] != END:
        op = code[line][1]
        held += -1 if op in two else 0 if op in one else -2 if op == IF else 1
        most = max(most, held)
        line += 1
    assert held == 1
    return most


def test_equal_expressions_stand_there_once():
    codes = table()
    assert codes.number(parse("1 + 2")) == codes.number(parse("1+2"))
    assert codes.number(parse("1 + 2")) != codes.number(parse("2 + 1"))


def test_a_scenario_without_expressions_has_no_code():
    assert compile_scenario(DESK).compiled.world.code.shape == (0,)
    assert compile_scenario(DESK).compiled.world.code.dtype == CODE
