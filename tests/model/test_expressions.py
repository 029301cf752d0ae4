"""Expressions: what is understood, worked out as Python would, and what is refused with its place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from sim.model.expressions import MOST_DEEP, Node, looked_up, parse

TWO = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y if y else 0.0,
    "mod": lambda x, y: x - y * math.floor(x / y) if y else 0.0,
    "min": min,
    "max": max,
    "and": lambda x, y: float(bool(x) and bool(y)),
    "or": lambda x, y: float(bool(x) or bool(y)),
    "eq": lambda x, y: float(x == y),
    "ne": lambda x, y: float(x != y),
    "lt": lambda x, y: float(x < y),
    "le": lambda x, y: float(x <= y),
    "gt": lambda x, y: float(x > y),
    "ge": lambda x, y: float(x >= y),
}
ONE = {"neg": lambda x: -x, "not": lambda x: float(not x), "floor": lambda x: float(math.floor(x))}


def worked_out(node: Node, attributes: dict[str, float]) -> float:
    """Return the value of a tree, straight from its meaning."""
    if node.op == "number":
        return node.value
    if node.op == "name":
        return attributes[node.text]
    values = [worked_out(arg, attributes) for arg in node.args]
    if node.op == "if":
        return values[1] if values[0] else values[2]
    return TWO[node.op](*values) if len(values) == 2 else ONE[node.op](*values)


NUMBERS = st.integers(-20, 20).map(lambda n: f"({n})" if n < 0 else str(n)) | st.sampled_from(("0.5", "1e2", "a", "b"))


def texts() -> st.SearchStrategy[str]:
    """Return expressions in which truth is used as truth only, so that Python means the same."""

    def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pair = st.tuples(inner, inner)
        compared = st.tuples(inner, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), inner).map(" ".join)
        chained = st.tuples(inner, inner, inner).map(lambda three: "{} < {} <= {}".format(*three))
        said = compared | chained
        truth = said | st.tuples(said, st.sampled_from(("and", "or")), said).map(" ".join) | said.map("not ({})".format)
        return (
            pair.map(lambda two: "({} + {})".format(*two))
            | pair.map(lambda two: "({} - {})".format(*two))
            | pair.map(lambda two: "({} * {})".format(*two))
            | pair.map(lambda two: "min({}, {})".format(*two))
            | st.tuples(inner, inner, inner).map(lambda three: "max({}, {}, {})".format(*three))
            | inner.map("abs({})".format)
            | inner.map("-{}".format)
            | st.tuples(inner, truth, inner).map(lambda three: "({} if {} else {})".format(*three))
        )

    return st.recursive(NUMBERS, wider, max_leaves=12)


@given(text=texts(), a=st.integers(-5, 5), b=st.floats(-3, 3))
def test_an_expression_means_what_python_means(text, a, b):
    tree = parse(text)
    expected = eval(text, {"__builtins__": {}}, {"a": a, "b": b, "min": min, "max": max, "abs": abs})  # noqa: S307
    assert worked_out(tree, {"a": a, "b": b}) == pytest.approx(float(expected), rel=1e-12, abs=1e-12)


def test_names_of_the_service_are_numbers_and_those_of_the_visit_stay():
    tree = looked_up(parse("talk_s * (1 - done) + other"), {"talk_s": 60.0}, frozenset({"done"}))
    assert [(part.op, part.value or part.text) for part in tree.parts() if not part.args] == [
        ("number", 60.0),
        ("number", 1.0),
        ("attribute", "done"),
        ("name", "other"),
    ]


@pytest.mark.parametrize(
    ("text", "op", "name"),
    [
        ("queue('agent')", "queue_length", "agent"),
        ("free('teller')", "free_units", "teller"),
        ("link_down('av')", "link_is_down", "av"),
        ("passes('again')", "passes", "again"),
        ("counter.alerts", "get_counter", "alerts"),
        ("stock.cards", "get_counter", "stock.cards"),
        ("account.aum", "get_account", "aum"),
        ("u", "u", ""),
        ("is_open", "is_open", ""),
    ],
)
def test_the_state_is_read_by_name(text, op, name):
    assert parse(text) == Node(op, text=name)


def test_a_day_class_is_compared_with_its_name():
    assert parse("day_class == 'weekend'") == Node("eq", (Node("day_class"), Node("class", text="weekend")))


def test_hour_is_the_time_of_day_in_hours():
    assert parse("hour") == Node("div", (Node("now_s"), Node("number", value=3600.0)))


WRONG = [
    ("1 +", "expression_syntax", 4),
    ("", "expression_syntax", 1),
    ("a = 3", "expression_syntax", 3),
    ("a; b", "expression_syntax", 2),
    ("lambda: 3", "expression_syntax", 1),
    ("[1, 2]", "expression_syntax", 1),
    ("a.b", "expression_syntax", 1),
    ("'text'", "expression_syntax", 1),
    ("a ** 2", "expression_syntax", 1),
    ("1 + (2 in a)", "expression_syntax", 6),
    ("3 + sqrt(4)", "expression_word", 5),
    ("__import__('os')", "expression_word", 1),
    ("queue", "expression_syntax", 1),
    ("queue(agent)", "expression_quotes", 7),
    ("queue('a', 'b')", "expression_arguments", 1),
    ("table('t')", "expression_arguments", 1),
    ("min(1)", "expression_arguments", 1),
    ("floor(1, 2)", "expression_arguments", 1),
    ("day_class < weekend + 'x'", "expression_syntax", 23),
    ("1" + "".join(f" + ({n}" for n in range(MOST_DEEP)) + ")" * MOST_DEEP, "expression_deep", 1),
    ("-" * 5000 + "1", "expression_deep", 1),
    ("客户 + sqrt(1)", "expression_word", 6),
]


@pytest.mark.parametrize(("text", "code", "position"), WRONG, ids=[text[:20] or "empty" for text, *_ in WRONG])
def test_what_cannot_be_read_is_refused_where_it_stands(text, code, position):
    with pytest.raises(PydanticCustomError) as caught:
        parse(text)
    assert caught.value.type == code
    assert caught.value.context is not None
    assert caught.value.context["position"] == position


def test_an_expression_holds_as_many_values_as_it_says():
    """1 + (2 + (3 + …)) holds all of them; (… (1 + 2) + 3 …) two at a time."""
    assert parse("1 + (2 + (3 + 4))").depth() == 4
    assert parse("((1 + 2) + 3) + 4").depth() == 2
    assert parse("1 if 2 else 3").depth() == 3
