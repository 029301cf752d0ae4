"""Every block and rule of a route is read and written whole, and what is wrong with one is said in two languages."""

from __future__ import annotations

import tomllib

import jsonschema
import pytest

import sim
from sim.model.read import STRUCTURE
from sim.tables import compile_scenario
from ui import words

SHAPE = jsonschema.Draft202012Validator(sim.schema())
SECTIONS = """
id = "blocks"
[team.desk]
staff = 2
[team.boss]
staff = 1
[pool.booth]
units = 3
[counter.alerts]
[store.cards]
initial = 50
[table.learning]
points = [[0, 1.5], [90, 1.0]]
[link.av]
[account.people]
count = 10
values = { aum = 50000.0 }
[service.visit]
route = "visit"
[service.visit.attributes]
talk_s = 60
"robot-share" = 0.3
[service.papers]
route = "papers"
[stream.s]
service = "visit"
rate_per_hour = 10
"""
TALK = '{ advance = { law = "exponential", mean_s = "talk_s", name = "talk" } }'
SEIZE = 'needs = [["desk"]], name = "d"'
FREE = '{ release = ["d"] }'
SERVE = 'by = ["desk"], takes = { law = "exponential", mean_s = 60 }'
PATIENCE = 'patience = { law = "exponential", mean_s = 30 }'


def toml(blocks: str, more: str = "") -> str:
    papers = 'papers = [ { serve = { by = ["boss"], takes = { law = "deterministic", value_s = 9 } } } ]'
    return SECTIONS + f"{more}\n[route]\n{papers}\nvisit = [ {blocks} ]\n"


def held(rule: str) -> str:
    """Return a seize with a rule, some work and the release."""
    return f"{{ seize = {{ {SEIZE}, {rule} }} }}, {TALK}, {FREE}"


def served(rule: str) -> str:
    return f"{{ serve = {{ {SERVE}, {rule} }} }}"


RULES = {
    "assign": '{ assign = { age = "70 if u < 0.2 else 40", "counter.alerts" = "counter.alerts + 1" } }',
    "assign, named": '{ assign = { set = { "account.aum" = "account.aum + 500" }, name = "more" } }',
    "wait": "{ wait = { until = \"queue('desk') == 0 and is_open\", " + PATIENCE + " } }, " + served('name = "desk"'),
    "wait, clock": '{ wait = { until_clock = "14:00", name = "two" } }',
    "store": '{ store = { name = "cards", take = 1 } }, { store = { name = "cards", put = "5 + talk_s" } }',
    "store, short": '{ store = { name = "cards", take = 1, if_short = "talk" } }, ' + TALK,
    "split": '{ split = { service = "papers", count = 2, delay = { law = "exponential", mean_s = 60 } } }',
    "transfer, when": TALK + ', { transfer = { when = [{ if = "age_s < 60", to = "talk" }, { to = "next" }] } }',
    "transfer, formula": TALK + ', { transfer = { talk = "0.1 * (attempt + 1)", next = "rest" } }',
    "transfer, attribute": TALK + ', { transfer = { talk = "robot-share", next = "rest" } }',
    "event": '{ event = { kind = "paper", cost = "talk_s", amount = "age_s / 60" } }',
    "factor": served("factor = \"table('learning', tenure('desk'))\""),
    "pace": f"{{ seize = {{ {SEIZE} }} }}, "
    + '{ advance = { law = "exponential", mean_s = 9, by = "d", factor = 2 } }, '
    + FREE,
    "link": served('link = "av", on_down = "restart"'),
    "down": served('link = "av", on_down = { go_to = "fall" }') + ', { leave = "served" }, ' + served('name = "fall"'),
    "drop": served('drop = { after = { law = "exponential", mean_s = 900 }, go_to = "fall" }, remember = "done"')
    + ', { leave = "served" }, '
    + served('name = "fall", factor = "1 - done"'),
    "overflow": held('overflow = [{ after_s = 60, to = ["boss"] }, { after_s = 90, to = [["booth"]] }]'),
    "ageing": held(
        "priority = 20, ageing = [{ after_s = 60, priority = 3, reserve = { desk = 0 } }], reserve = { desk = 1 }"
    ),
    "max wait": held("max_wait = { after_s = 600 }"),
    "max wait, to": held('max_wait = { after_s = 600, go_to = "end" }'),
    "balk": held("balk = { if = \"queue('d') > 5 and u < 0.5\" }"),
    "capacity": held('capacity = 3, balk = { if = "age_s > 0", go_to = "end" }'),
    "choice": held('choice = "random", weights = { desk = 2.0 }'),
    "due": held('due = "run_s + 3600"'),
    "ticket": held(PATIENCE + ', ticket_gap = { law = "deterministic", value_s = 8 }, patience_factor = "2"'),
    "preempt": held("preempt = true, earmark_after_s = 120"),
    "differs": held("priority = 1") + ', { seize = { needs = [["boss", "desk"]], name = "check", differs = ["d"] } }, '
    '{ release = "all" }',
    "differs, team": held("priority = 1") + ', { seize = { needs = [["boss", "desk"]], name = "check", '
    'differs = { seize = "d", by = "team" } } }, { release = "all" }',
    "give up, release": '{ seize = { needs = [["booth"]] } }, { seize = { '
    + SEIZE
    + ", "
    + PATIENCE
    + ', on_give_up = { go_to = "end", release = ["booth"] } } }, '
    + TALK
    + ', { release = "all" }',
    "crash": f"{{ seize = {{ {SEIZE} }} }}, {TALK}, "
    + '{ release = { names = ["d"], down = { law = "exponential", mean_s = 900 } } }',
    "risk": '{ risk = { kind = "fraud", chance = 0.01, detect = "0.5 + 0.1 * (age_s > 60)", miss_cost = 1000, '
    'takes = { law = "exponential", mean_s = 300 }, to = "end" } }',
    "retry": TALK + ', { retry = { to = "talk", most = 2, chance = 0.3, if = "attempt == 0" } }',
    "call back": '{ call_back = { service = "papers", if = "not can_start(\'desk\')", chance = 0.5, '
    'delay = { law = "exponential", mean_s = 600 } } }, ' + served("priority = 1"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_read_written_and_compiled(rule, tmp_path):
    text = toml(RULES[rule])
    SHAPE.validate(tomllib.loads(text))
    (tmp_path / STRUCTURE).write_text(text, encoding="utf-8")
    scenario = sim.read(tmp_path)
    assert sim.read(sim.write(scenario, tmp_path / "again")) == scenario
    SHAPE.validate(tomllib.loads((tmp_path / "again" / STRUCTURE).read_text("utf-8")))
    assert scenario.replace(id="other").route == scenario.route
    compile_scenario(scenario)


def test_trying_again_is_read_and_written_with_its_service(tmp_path):
    redial = "[service.visit.redial]\nchance = 0.4\nmost = 2\n[service.visit.redial.delay]\n"
    text = toml(served(PATIENCE), redial + 'law = "exponential"\nmean_s = 600\n')
    (tmp_path / STRUCTURE).write_text(text, encoding="utf-8")
    scenario = sim.read(tmp_path)
    assert sim.read(sim.write(scenario, tmp_path / "again")) == scenario
    assert scenario.service["visit"].redial is not None
    compile_scenario(scenario)


BROKEN = [
    ("expression_syntax", '{ assign = { age = "1 +" } }', "assign.set.age", "1 +"),
    ("expression_word", '{ assign = { age = "sqrt(4)" } }', "assign.set.age", "sqrt(4)"),
    ("expression_arguments", '{ assign = { age = "min(4)" } }', "assign.set.age", "min(4)"),
    ("expression_quotes", '{ wait = { until = "queue(desk)" } }', "wait.until", "queue(desk)"),
    ("expression_deep", f'{{ assign = {{ age = "{"-" * 3000}1" }} }}', "assign.set.age", "-" * 3000 + "1"),
    ("expression", "{ assign = { age = [1] } }", "assign.set.age", [1]),
    ("expression_name", '{ assign = { age = "aeg + 1" } }', "assign.age", "aeg"),
    ("unknown_counter", '{ assign = { "counter.alarms" = 1 } }', "assign", "alarms"),
    ("unknown_counter", '{ wait = { until = "stock.coins > 3" } }', "wait", "stock.coins"),
    ("unknown_account", '{ assign = { "account.age" = 1 } }', "assign", "age"),
    ("unknown_table", "{ wait = { until = \"table('t', u) > 0\" } }", "wait", "t"),
    ("unknown_link", "{ wait = { until = \"not link_down('vpn')\" } }", "wait", "vpn"),
    ("unknown_link", served('link = "vpn", on_down = "pause"'), "serve", "vpn"),
    ("unknown_pool", "{ wait = { until = \"free('tellr') > 0\" } }", "wait", "tellr"),
    ("unknown_queue", "{ wait = { until = \"queue('dsk') == 0\" } }", "wait", "dsk"),
    ("unknown_queue", "{ wait = { until = \"can_start('dsk')\" } }", "wait", "dsk"),
    ("unknown_queue", held('differs = "maker"'), "seize.differs", "maker"),
    ("unknown_queue", '{ advance = { law = "exponential", mean_s = 9, by = "d" } }', "advance", "d"),
    ("unknown_step", "{ wait = { until = \"passes('agian') > 2\" } }", "wait", "agian"),
    ("unknown_day_class", "{ wait = { until = \"day_class == 'sunday'\" } }", "wait", "sunday"),
    ("unknown_store", '{ store = { name = "coins", take = 1 } }', "store.name", "coins"),
    ("unknown_service", '{ split = { service = "paper" } }', "split.service", "paper"),
    ("unknown_pool", held('overflow = [{ after_s = 9, to = ["bos"] }]'), "seize.overflow.0.to", "bos"),
    ("unknown_pool", held("reserve = { bos = 1 }"), "seize.reserve", "bos"),
    ("unknown_target", held('max_wait = { after_s = 9, go_to = "out" }'), "seize.max_wait", "out"),
    ("attribute_name", '{ assign = { "a-b" = 1 } }', "assign.set.a-b.[key]", "a-b"),
    ("attribute_name", "{ assign = { queue = 1 } }", "assign.set.queue.[key]", "queue"),
    ("attribute_assigned", "{ assign = { talk_s = 1 } }", "assign.talk_s", "talk_s"),
    ("weights_random", held("weights = { desk = 2.0 }"), "seize", None),
    ("needs_patience", held("patience_factor = 2"), "seize", None),
    ("preempt_one", '{ seize = { needs = [["desk"], ["desk"]], name = "both", preempt = true } }', "seize", None),
    ("to_or_when", "{ transfer = { name = 'x', to = { next = 1 }, when = [{ to = 'next' }] } }", "transfer", None),
    ("until_one", '{ wait = { name = "w" } }', "wait", None),
    ("take_or_put", '{ store = { name = "cards" } }', "store", None),
    ("share_range", '{ risk = { kind = "x", chance = 1.5 } }', "risk", 1.5),
    ("same_length", held('overflow = [{ after_s = 9, to = [["desk"], ["boss"]] }]'), "seize.overflow.0.to", 2),
    ("greater_than", held("max_wait = { after_s = 0 }"), "seize.max_wait.after_s", 0),
    ("less_than", '{ wait = { until_clock = "24:00" } }', "wait.until_clock", "24:00"),
    ("less_than_equal", "{ transfer = { next = 1.5 } }", "transfer.to.next", 1.5),
    ("missing", held('balk = { go_to = "end" }'), "seize.balk", None),
]


def faults(tmp_path, text: str) -> list[sim.Fault]:
    (tmp_path / STRUCTURE).write_text(text, encoding="utf-8")
    with pytest.raises(sim.InputError) as caught:
        compile_scenario(sim.read(tmp_path))
    for fault in caught.value.faults:
        for lang in words.LANGUAGES:
            sentence = words.fault(lang, fault)
            assert "？" not in sentence
            assert "?" not in sentence.replace(str(fault.value), "")
            assert f"({fault.code})" not in sentence
    return list(caught.value.faults)


@pytest.mark.parametrize(
    ("code", "blocks", "field", "value"), BROKEN, ids=[f"{n}-{code}" for n, (code, *_) in enumerate(BROKEN)]
)
def test_a_broken_rule_is_named_where_it_stands(tmp_path, code, blocks, field, value):
    found = faults(tmp_path, toml(blocks))
    assert [(fault.code, fault.field) for fault in found] == [(code, f"route.visit.0.{field}")]
    assert found[0].value == value or isinstance(found[0].value, dict)


LOOP = '{ event = { kind = "paper" } }'
WALKS = [
    ("unreachable", '{ leave = "served" }, ' + TALK, 1, "visit.talk"),
    ("unreachable", f'{{ transfer = {{ talk = 1 }} }}, {LOOP}, {TALK}', 1, "visit.paper"),
    ("endless_loop", TALK + ", { transfer = { talk = 1 } }", 0, "visit.talk"),
    (
        "loop_without_advance",
        LOOP + ", { transfer = { when = [{ if = 'u < 0.5', to = 'paper' }] } }",
        1,
        "visit.transfer",
    ),
    (
        "loop_without_advance",
        '{ wait = { until = "is_open" } }, { transfer = { wait = 0.5, next = 0.5 } }',
        1,
        "visit.transfer",
    ),
    (
        "loop_without_advance",
        '{ advance = { law = "exponential", mean_s = 9, name = "call", link = "av", on_down = { go_to = "call" } } }',
        0,
        "visit.call",
    ),
    (
        "loop_without_advance",
        '{ store = { name = "cards", take = 1, if_short = "cards" } }',
        0,
        "visit.cards",
    ),
    (
        "ticket_twice",
        held(PATIENCE + ', ticket_gap = { law = "deterministic", value_s = 8 }')
        + ", { transfer = { d = 0.5, next = 0.5 } }",
        0,
        "visit.d",
    ),
    ("never_taken", "{ transfer = { when = [{ to = 'next' }, { if = 'u < 0.5', to = 'next' }] } }", 0, "#1"),
    ("rest_missing", '{ transfer = { end = "0.1 * attempt", next = 0.5 } }', 0, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "blocks", "number", "value"), WALKS, ids=[f"{n}-{code}" for n, (code, *_) in enumerate(WALKS)]
)
def test_a_route_that_cannot_end_is_refused(tmp_path, code, blocks, number, value):
    found = faults(tmp_path, toml(blocks))
    assert [(fault.code, fault.field.split(".")[2], fault.value) for fault in found] == [(code, str(number), value)]


ENDING = [
    LOOP + ', { retry = { to = "paper", most = 3 } }',
    '{ advance = { law = "exponential", mean_s = 9, name = "call", link = "av", on_down = { go_to = "mend" } } }, '
    '{ leave = "served" }, { wait = { name = "mend", until = "not link_down(\'av\')" } }, '
    "{ transfer = { call = 0.9, next = 0.1 } }",
    '{ wait = { until_clock = "09:00" } }, { transfer = { wait = 0.9, next = 0.1 } }',
]


@pytest.mark.parametrize("blocks", ENDING)
def test_a_loop_that_ends_is_allowed(tmp_path, blocks):
    (tmp_path / STRUCTURE).write_text(toml(blocks), encoding="utf-8")
    compile_scenario(sim.read(tmp_path))


def test_outcomes_of_the_run_are_not_redialled(tmp_path):
    redial = '[service.visit]\nroute = "visit"\nredial = { chance = 0.4, after = ["closed"], delay = '
    redial += '{ law = "deterministic", value_s = 9 } }\n[service.visit.attributes]\ntalk_s = 60'
    text = toml(TALK).replace('[service.visit]\nroute = "visit"\n[service.visit.attributes]\ntalk_s = 60', redial)
    (fault,) = faults(tmp_path, text)
    assert (fault.code, fault.field) == ("redial_after", "service.visit.redial.after")
    (fault,) = faults(tmp_path, text.replace('"closed"', '"abandoned"').replace("0.4", '"chnce"'))
    assert (fault.code, fault.field, fault.value) == ("expression_name", "service.visit.redial.chance", "chnce")


def test_who_sets_off_his_like_for_ever_is_refused(tmp_path):
    (fault,) = faults(tmp_path, toml('{ split = { service = "visit" } }'))
    assert (fault.code, fault.field, fault.value) == ("wakes_itself", "service.visit", "visit → visit")


def test_a_family_has_a_bound(tmp_path):
    (fault,) = faults(tmp_path, toml('{ split = { service = "papers", count = 200, most = 2 } }'))
    assert (fault.code, fault.value, fault.expected["limit"]) == ("family_too_large", 400, 255)


def test_a_pool_without_hours_is_refused(tmp_path):
    """The desk is planned for weekends, the run has workdays. Nobody on purpose is a question, not a mistake."""
    text = toml(f"{{ serve = {{ {SERVE} }} }}")
    staffing = tmp_path / "staffing.csv"
    staffing.write_text("team,day_class,start,end,count\ndesk,weekend,09:00,17:00,2\n", encoding="utf-8")
    found = faults(tmp_path, text)
    assert [(fault.code, fault.field, fault.value) for fault in found] == [("no_hours", "team.desk", "desk")]
    for rows in ("desk,weekend,09:00,17:00,0", "desk,*,09:00,17:00,2"):
        staffing.write_text(f"team,day_class,start,end,count\n{rows}\n", encoding="utf-8")
        compile_scenario(sim.read(tmp_path))


def test_who_reckons_with_a_program_has_a_guess_of_every_way(tmp_path):
    """All join, all find what they want; 0.5 tried again at most twice is 0.75 returns, as 3 in 7 without a bound."""
    blocks = served("capacity = 3, balk = { if = 'u < 0.5' }") + ', { store = { name = "cards", take = 1 } }, '
    blocks += TALK + ', { retry = { to = "talk", most = 2, chance = 0.5 } }'
    (tmp_path / STRUCTURE).write_text(toml(blocks), encoding="utf-8")
    scenario = sim.read(tmp_path)
    steps, _ = sim.expand(scenario.route, scenario.service["visit"])
    shares = {step.name: [share for share, _ in step.targets] for step in steps if step.kind == "transfer"}
    assert shares == {
        "visit.desk.balk": [0.0, 0.0, 1.0],
        "visit.cards.look": [1.0, 1.0],
        "visit.retry": [pytest.approx(3 / 7), 1.0],
    }
