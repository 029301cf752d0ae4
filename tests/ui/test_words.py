"""Every sentence exists in both languages with the same placeholders; every code that is raised has one."""

from __future__ import annotations

import ast
import importlib
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scenarios_catalog
import sim
from ui import words
from ui.words import speech

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("sim", "scheduler", "scenarios_catalog", "calibration", "store", "ui")
CHINESE = re.compile("[\u4e00-\u9fff]")
RAISERS = {"Fault": "fault", "one": "fault", "PydanticCustomError": "fault", "_unknown": "fault", "Finding": "finding"}


def sources() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def constants(node: ast.expr) -> list[str]:
    """Return the strings that an argument may be: itself, or both sides of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return []


def raised() -> set[str]:
    """Return the keys of all faults and findings that the source names."""
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "one" and "InputError" not in ast.unparse(node.func):
                continue
            if name == "finding" and path.parent.name == "actions":
                found |= {f"finding.{code}" for code in constants(node.args[0])}
            if name in RAISERS:
                found |= {f"{RAISERS[name]}.{code}" for code in constants(node.args[0])}
    return found


def said() -> set[str]:
    """Return the keys that pages and commands ask for by name."""
    found = set()
    for path in sorted((ROOT / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                topic = node.value.partition(".")[0]
                if topic in words.TOPICS and re.fullmatch(r"[a-z]+(\.[a-z0-9_]+)+", node.value):
                    found.add(node.value)
    return found


def everything() -> dict[str, tuple[str, str]]:
    return {key: pair for topic in words.TOPICS for key, pair in words.entries(topic).items()}


@pytest.mark.parametrize("topic", words.TOPICS)
def test_both_languages_say_it_with_the_same_placeholders(topic):
    for key, (zh, en) in words.entries(topic).items():
        assert key.partition(".")[0] == topic, key
        assert words.placeholders(zh) == words.placeholders(en), key


def test_chinese_is_chinese_and_english_is_not():
    for key, (_, en) in everything().items():
        if key not in ("page.title", "page.own_name", "cli.help"):
            assert not CHINESE.search(en), key


def test_every_code_that_is_raised_has_a_sentence():
    known = {key for key in everything()}
    assert sorted(raised() - known) == []


def test_every_sentence_that_is_asked_for_exists():
    known = {key for key in everything()}
    beginnings = {key.rsplit(".", 1)[0] for key in known}
    assert sorted(key for key in said() - known if key not in beginnings) == []


def test_the_language_is_asked_for_then_set_then_that_of_the_locale():
    assert words.choose("zh", {"COUNTERFLOW_LANG": "en"}) == "zh"
    assert words.choose(None, {"COUNTERFLOW_LANG": "zh", "LANG": "en_US.UTF-8"}) == "zh"
    assert words.choose(None, {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}) == "zh"
    assert words.choose(None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}) == "en"
    assert words.choose(None, {}) == "en"


def test_a_fault_says_where_what_and_what_would_be_right():
    fault = sim.Fault("unknown_pool", "S9/scenario.toml", "route.x.0.serve.by", "tellr", {"known": "teller"})
    assert words.fault("en", fault) == (
        "S9/scenario.toml, route.x.0.serve.by: there is no team, pool or role “tellr”. Known: teller."
    )
    assert words.fault("zh", fault) == (
        "S9/scenario.toml，route.x.0.serve.by：没有名为“tellr”的团队、设备池或岗位。已有：teller。"
    )


def test_a_limit_is_named_however_pydantic_calls_it():
    for name in ("ge", "limit"):
        fault = sim.Fault("greater_than_equal", "", "count", -1, {name: 0})
        assert words.fault("en", fault) == "count: the value is “-1”; it should be 0 or more."


def test_a_code_without_a_sentence_still_speaks():
    assert "strange" in words.fault("en", sim.Fault("strange", "f.toml", "a.b", 3))
    assert words.finding("zh", sim.Finding("strange", {"n": 3})) == "strange: n = 3"


def test_what_a_user_wrote_stays_on_one_line_and_short():
    sentence = words.fault("en", sim.Fault("name", "", "id", "a\nb\x1b[31m" + "x" * 500))
    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "0 s", "0 秒"),
        (12.34, "12.3 s", "12.3 秒"),
        (59.97, "1 min", "1 分钟"),
        (125, "2 min 05 s", "2 分 05 秒"),
        (-125, "-2 min 05 s", "-2 分 05 秒"),
        (3600, "1 h", "1 小时"),
        (3599.7, "1 h", "1 小时"),
        (7384, "2 h 03 min", "2 小时 03 分"),
        (None, "–", "–"),
    ],
)
def test_durations_in_words(seconds, en, zh):
    assert words.duration("en", seconds) == en
    assert words.duration("zh", seconds) == zh


def test_differences_of_shares_are_points_not_percent():
    values = {
        "measure": "service_level", "first": "S02", "second": "S03", "difference": -0.0731, "half_width": 0.012,
    }  # fmt: skip
    one = {"code": "compared_lower", "values": values}
    assert speech.sentence("en", one) == "Service level: S03 is lower than S02 by 7.3 points (±1.2 points)."
    assert speech.sentence("zh", one) == "服务水平：S03 比 S02 低 7.3 个百分点（±1.2 个百分点）。"


def test_every_measure_has_a_name():
    known = set(words.entries("measure"))
    assert sorted(name for name in sim.MEASURES if f"measure.{name}" not in known) == []


def paths(data, here=()):
    """Yield the path of every value of nested data."""
    yield here
    if isinstance(data, dict):
        for key, value in data.items():
            yield from paths(value, (*here, key))
    elif isinstance(data, (list, tuple)):
        for index, value in enumerate(data):
            yield from paths(value, (*here, index))


@pytest.fixture(scope="module")
def raw():
    scenario = scenarios_catalog.load("S03")
    data = scenario.model_dump(mode="json", exclude_none=True)
    data["rates"], data["staffing"] = data["rates"][:3], data["staffing"][:30]
    text = json.dumps(data)
    return lambda: json.loads(text)


wrong = st.sampled_from(
    [None, "", "x y", "99:99", -1, 0, 1.5, 1e300, True, [], {}, [1], {"a": 1}, "nope", "rest", 10**30, ["a", "b"]]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), value=wrong)
def test_whatever_is_wrong_with_a_scenario_has_a_sentence(raw, share, value):
    """Any value of a scenario replaced by a wrong one: read as it is, or refused in words of our own."""
    broken = raw()
    every = [one for one in paths(broken) if one]
    path = every[int(share * len(every))]
    here = broken
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    try:
        sim.validated(broken)
    except sim.InputError as error:
        for fault in error.faults:
            assert words.known(f"fault.{fault.code}"), fault
            for lang in words.LANGUAGES:
                assert "?" not in words.fault(lang, fault).replace("??", ""), fault


def test_topics_are_files_and_no_key_stands_in_two():
    every = {path.stem for path in (ROOT / "ui" / "words" / "topics").glob("*.py")} - {"__init__"}
    assert every == {name for topic in words.TOPICS for name in words.files(topic)}
    for topic in words.TOPICS:
        parts = [importlib.import_module(f"ui.words.topics.{name}").WORDS for name in words.files(topic)]
        assert sum(map(len, parts)) == len(words.entries(topic)) > 0


def test_findings_of_documents_and_of_rooms_are_both_spoken():
    values = {"level": 0.8, "threshold_s": 20.0}
    as_document = {"code": "service_level", "values": values}
    as_finding = SimpleNamespace(code="service_level", values=values)
    assert speech.sentence("en", as_document) == speech.sentence("en", as_finding)
