"""Blocks as rows: what each rule of a route becomes, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.tables import Tables, compile_scenario, types
from sim.tables.types import (
    ABANDONED,
    ACCOUNT,
    ATTRIBUTE,
    BALKED,
    BLOCKED,
    BY_CHANCE,
    BY_CONDITION,
    CONTINUE,
    COUNTER,
    DIVERTED,
    FLOW,
    GO_TO,
    NEVER,
    QUEUES,
    RANDOM,
    UNITS,
)
from tests.worlds import exponential, fixed, world

_OPS = (
    "END CONST ADD SUB MUL DIV MOD MIN MAX NEG NOT AND OR EQ NE LT LE GT GE FLOOR EXP LOG IF GET_ATTRIBUTE GET_ACCOUNT "
    "GET_COUNTER GET_TABLE GET_LUCK NOW_S DAY_NUMBER DAY_CLASS AGE_S WAITED_S PASSES ATTEMPT CHILDREN INSIDE IS_OPEN "
    "QUEUE_LENGTH FREE_UNITS BUSY_UNITS ON_DUTY_UNITS DOWN_UNITS LINK_IS_DOWN CAN_START SESSIONS SPEED TENURE"
)
OPS = _OPS.split(" ")
SERVE = {"serve": {"by": ["desk"], "takes": fixed(60)}}
TEAMS = {"desk": {"staff": 2}, "boss": {"staff": 1}}


def tables(route: Any, **parts: Any) -> Tables:
    return compile_scenario(world(route, **{"team": TEAMS, **parts}))


def step(t: Tables, name: str) -> Any:
    """Return the row of the step whose name ends in `name`."""
    (number,) = [n for n, full in enumerate(t.names.steps) if full.partition(".")[2] == name]
    return t.compiled.step[number]


def at(t: Tables, number: int) -> str:
    """Return the name of a step without its service and route."""
    return t.names.steps[number].partition(".")[2]


def code(t: Tables, line: int) -> str:
    """Return an expression as words: constants, operations, and a where there is one."""
    out = []
    while True:
        x, op, a, _ = t.compiled.world.code[line].tolist()
        if op == types.END:
            return " ".join(out)
        out.append(f"{x:g}" if op == types.CONST else OPS[op] + (f":{a}" if a >= 0 else ""))
        line += 1


def ways(t: Tables, name: str) -> list[tuple[str, str]]:
    """Return (condition or share, where to) of a TRANSFER."""
    row = step(t, name)
    choices = t.compiled.choice[row["first"] : row["first"] + row["count"]]
    return [(code(t, c["code"]) if c["code"] >= 0 else f"{c['share']:g}", at(t, c["target"])) for c in choices]


def pools(t: Tables, queue: int) -> list[list[str]]:
    """Return the pools of every need of a waiting line."""
    c = t.compiled
    first, n = c.queue[queue]["first"], c.queue[queue]["n_needs"]
    return [
        [t.names.pools[p] for p in c.member[need["first"] : need["first"] + need["count"]]]
        for need in c.need[first : first + n]
    ]


# --- flow -----------------------------------------------------------------------------------------------------------


def test_a_plain_route_needs_no_group_of_rules():
    t = tables([SERVE])
    assert t.compiled.run.features == 0
    assert set(t.compiled.step["detail"]) == {-1}
    for part in t.compiled.world._fields:
        if part not in ("trait", "day_class", "part"):
            assert getattr(t.compiled.world, part).size == 0, part


def test_assign_writes_attributes_accounts_and_counters_in_order():
    places = {"city": {}, "branch": {"parent": "city", "count": 3}}
    t = tables(
        [{"assign": {"age": "70 if u < 0.2 else 40", "account.aum": "account.aum + age", "counter.b": 7}}, SERVE],
        at="branch",
        place=places,
        team={"desk": {"staff": 1, "place": "branch"}},
        counter={"a": {"initial": 3}, "b": {"per": "place", "initial": 2}, "c": {}},
        store={"cards": {"initial": 9, "per": "place"}},
        account={"people": {"count": 5, "values": {"aum": 1.0}}},
    )
    names = ("assign", "assign.account.aum", "assign.counter.b")
    tasks = [t.compiled.world.task[step(t, name)["detail"]].tolist()[:3] for name in names]
    # counter b follows a; at the four places b stands at 1 … 4, c at 5, the cards of each place from 6 on
    assert tasks == [(ATTRIBUTE, 0, 0), (ACCOUNT, 0, 0), (COUNTER, 1, 1)]
    assert [code(t, step(t, name)["code"]) for name in names] == [
        "GET_LUCK 0.2 LT 70 40 IF",
        "GET_ACCOUNT:0 GET_ATTRIBUTE:0 ADD",
        "7",
    ]
    assert t.compiled.world.counter.tolist() == [3, 2, 2, 2, 2, 0, 9, 9, 9, 9]
    assert t.compiled.run.n_attributes == 1
    assert t.compiled.run.features == FLOW
    assert len({step(t, name)["name"] for name in names}) == 3, "every value has luck of its own"


def test_a_wait_has_a_condition_or_a_time_and_a_patience():
    t = tables(
        [
            {"wait": {"name": "a", "until": "is_open and children == 0", "patience": fixed(30), "on_give_up": "end"}},
            {"wait": {"name": "b", "until_clock": "14:00"}},
            SERVE,
        ]
    )
    a, b = step(t, "a"), step(t, "b")
    assert code(t, a["code"]) == "IS_OPEN CHILDREN 0 EQ AND"
    assert (at(t, a["give_up"]), t.compiled.law[a["law"]]["a"], a["count"]) == ("end", 30.0, -1)
    assert (b["code"], b["law"], b["count"], b["give_up"]) == (-1, -1, 14 * 3600, -1)


def test_two_who_wait_for_one_piece_do_not_both_get_it():
    """Taking looks again: who finds too little then goes back to waiting."""
    t = tables([{"store": {"name": "cards", "take": 1}}, SERVE], store={"cards": {"initial": 5}})
    assert code(t, step(t, "cards")["code"]) == "GET_COUNTER:0 1 GE"
    assert ways(t, "cards.look") == [("GET_COUNTER:0 1 GE", "cards.take"), ("1", "cards")]
    assert code(t, step(t, "cards.take")["code"]) == "GET_COUNTER:0 1 SUB"


def test_who_finds_too_little_goes_elsewhere():
    t = tables(
        [{"store": {"name": "cards", "take": "2", "if_short": "end"}}, {"store": {"name": "cards", "put": 20}}],
        store={"cards": {}},
    )
    assert step(t, "cards")["op"] == types.TRANSFER
    assert ways(t, "cards") == [("GET_COUNTER:0 2 GE", "cards.take"), ("1", "end")]
    assert code(t, step(t, "cards#2")["code"]) == "GET_COUNTER:0 20 ADD"


def test_conditions_are_looked_at_in_order_and_else_it_goes_on():
    t = tables(
        {
            "visit": [
                {"transfer": {"when": [{"if": "queue('desk') > 5 or free('boss') == 0", "to": "end"}]}},
                SERVE,
            ]
        }
    )
    assert ways(t, "transfer") == [("QUEUE_LENGTH:0 5 GT FREE_UNITS:1 0 EQ OR", "end"), ("1", "desk")]
    assert step(t, "transfer")["clock"] == BY_CONDITION
    assert t.compiled.choice["code"].min() >= 0


def test_a_queue_is_every_line_of_that_name_and_a_role_is_whom_it_means():
    """queue('q'): the lines of all services at first and later; free('boss') at each place."""
    t = tables(
        {
            "a": [
                {"seize": {"needs": [["desk"]], "name": "q", "overflow": [{"after_s": 9, "to": ["boss"]}]}},
                {"release": ["q"]},
                {"transfer": {"when": [{"if": "queue('q') > 0", "to": "end"}]}},
            ],
            "b": [{"serve": {"by": ["boss"], "name": "q", "takes": fixed(5), "priority": 3}}],
        }
    )
    c, w = t.compiled, t.compiled.world
    span = w.span[w.group[0, 0]]
    lines = c.member[span["first"] : span["first"] + span["count"]].tolist()
    assert [(pools(t, q), int(c.queue[q]["rank"])) for q in lines] == [
        ([["desk"]], 10),
        ([["desk", "boss"]], 10),
        ([["boss"]], 3),
    ]


def test_shares_that_depend_on_the_state_are_own_shares_and_the_rest_comes_last():
    t = tables([{"transfer": {"next": "rest", "end": "0.1 * attempt", "desk": 0.25}}, SERVE])
    assert ways(t, "transfer") == [("0.1 ATTEMPT MUL", "end"), ("0.25", "desk"), ("1", "desk")]
    assert step(t, "transfer")["clock"] == BY_CHANCE
    plain = tables([{"transfer": {"end": 0.25, "next": "rest"}}, SERVE])
    assert ways(plain, "transfer") == [("0.25", "end"), ("1", "desk")]
    assert plain.compiled.run.features == 0


def test_a_retry_goes_back_at_most_so_many_times():
    t = tables([{"advance": {**fixed(9), "name": "try"}}, {"retry": {"to": "try", "most": 2, "chance": 0.3}}])
    row = step(t, "retry")
    assert ways(t, "retry") == [(f"PASSES:{row['counter']} 2 LE GET_LUCK 0.3 LT AND", "try"), ("1", "end")]
    assert row["counter"] >= 0


def test_passes_of_a_block_are_counted_when_somebody_asks():
    """A block that is passed once at most has a counter only because a condition names it."""
    t = tables([SERVE, {"transfer": {"when": [{"if": "passes('desk') > 1", "to": "end"}]}}])
    assert step(t, "desk")["counter"] == 0
    assert ways(t, "transfer")[0][0] == "PASSES:0 1 GT"
    assert step(tables([SERVE]), "desk")["counter"] == -1


def test_an_amount_that_depends_on_the_visit_is_worked_out_when_it_happens():
    t = tables([{"event": {"kind": "fee", "cost": 2.5, "amount": "age_s / 60"}}, {"event": {"kind": "tip", "cost": 3}}])
    assert code(t, step(t, "fee")["code"]) == "AGE_S 60 DIV"
    assert step(t, "tip")["code"] == -1
    assert t.step_cost[:2].tolist() == [2.5, 3.0]


def test_tables_of_numbers_become_curves():
    t = tables(
        [{"serve": {"by": ["desk"], "takes": fixed(60), "factor": "table('learning', tenure('desk'))"}}],
        table={"steps": {"points": [[0, 1]], "straight": False}, "learning": {"points": [[0, 1.5], [90, 1.0]]}},
    )
    (session,) = t.compiled.world.session
    assert code(t, session["code"]) == "TENURE:0 GET_TABLE:1"
    first, count, straight = t.compiled.world.curve[1].tolist()
    assert t.compiled.point[first : first + count].tolist() == [(1.5, 0.0), (1.0, 90.0)]
    assert (straight, t.compiled.world.curve[0]["straight"]) == (1, 0)


# --- other visits ---------------------------------------------------------------------------------------------------


def test_numbers_of_a_family_follow_each_other_depth_first():
    """root: 2 × child (each with 2 × leaf: size 3), then 1 leaf, then a ghost; twice more for two more attempts."""
    leaf = [SERVE]
    child = [{"split": {"service": "leaf", "count": 2}}, SERVE]
    ghost = {"serve": {"by": ["boss"], "takes": fixed(5), "patience": fixed(60), "ticket_gap": fixed(8)}}
    root = [
        {"split": {"service": "child", "most": 2, "delay": fixed(30), "name": "twice"}},
        {"split": {"service": "leaf"}},
        ghost,
        {"retry": {"to": "boss2", "most": 1}},
        {"advance": {**fixed(1), "name": "boss2"}},
    ]
    services = {name: {"route": name} for name in ("root", "child", "leaf")}
    services["root"]["redial"] = {"chance": 0.5, "delay": fixed(600), "most": 2}
    t = compile_scenario(
        world(
            {"root": root, "child": child, "leaf": leaf},
            team=TEAMS,
            service=services,
            stream={"root": {"service": "root", "rate_per_hour": 1}, "child": {"service": "child", "rate_per_hour": 1}},
        )
    )
    w = t.compiled.world
    tasks = {at(t, n): w.task[s["detail"]] for n, s in enumerate(t.compiled.step) if s["op"] == types.SPLIT}
    found = {name: tuple(int(task[key]) for key in ("children", "most", "span")) for name, task in tasks.items()}
    # 1 … 6 the children (two families of 3), 7 the leaf, 8 the ghost, 9 the next attempt
    assert found["twice"] == (1, 2, 3)
    assert w.wanting[step(t, "boss")["detail"]]["children"] == 8
    assert found["boss.abandoned.again"] == (9, 1, 1)
    families = {
        name.partition("/")[0]: int(row["family"]) for name, row in zip(t.names.streams, t.compiled.stream, strict=True)
    }
    assert families["root"] == 27
    assert families["child"] == 3
    awake = [t.names.streams[n].split("/")[-1] for n in w.spawned[:, 0]]
    assert awake == ["child", "leaf"]
    assert all(t.compiled.stream[n]["spawned"] == 1 for n in w.spawned[:, 0])


def test_who_gives_up_may_try_again_before_he_leaves():
    t = tables(
        [{"serve": {"by": ["desk"], "takes": fixed(60), "patience": exponential(60)}}],
        service={"visit": {"route": "visit", "redial": {"chance": 0.4, "delay": fixed(600), "most": 3}}},
    )
    gives_up = step(t, "desk")["give_up"]
    assert at(t, gives_up) == "desk.abandoned"
    assert ways(t, "desk.abandoned") == [
        ("ATTEMPT 3 LT GET_LUCK 0.4 LT AND", "desk.abandoned.again"),
        ("1", "desk.abandoned.leave"),
    ]
    again = step(t, "desk.abandoned.again")
    task = t.compiled.world.task[again["detail"]]
    assert (int(task["again"]), t.compiled.law[task["law"]]["a"]) == (1, 600.0)
    assert at(t, again["next"]) == "desk.abandoned.leave"
    assert step(t, "desk.abandoned.leave")["outcome"] == ABANDONED
    assert t.compiled.stream["family"].tolist() == [4]


def test_every_exit_of_a_redialler_leads_through_the_same_question():
    """Balked, blocked, diverted and a leave of the route's own; served does not ask."""
    t = tables(
        [
            {
                "seize": {
                    "needs": [["desk"]],
                    "capacity": 9,
                    "balk": {"if": "u < 0.1"},
                    "max_wait": {"after_s": 60},
                }
            },
            {"advance": fixed(9)},
            {"release": ["desk"]},
            {"transfer": {"abandoned": 0.1, "end": 0.9}},
            {"leave": "abandoned"},
            {"advance": {**fixed(0), "name": "end"}},
        ],
        service={"visit": {"route": "visit", "redial": {"chance": 0.4, "delay": fixed(600)}}},
    )
    asked = [name.partition(".")[2] for name, s in zip(t.names.steps, t.compiled.step, strict=True) if code_of(t, s)]
    assert sorted(asked) == ["abandoned", "desk.balked", "desk.blocked", "desk.diverted"]


def code_of(t: Tables, row: Any) -> bool:
    """Tell whether a step asks whether to try again."""
    if row["op"] != types.TRANSFER:
        return False
    first = t.compiled.choice[row["first"]]
    return bool(first["code"] >= 0) and code(t, first["code"]).startswith("ATTEMPT")


def test_a_call_back_sets_a_visit_off_and_ends_this_one():
    t = tables(
        {
            "visit": [{"call_back": {"service": "back", "if": "queue('desk') > 3", "chance": 0.5}}, SERVE],
            "back": [SERVE],
        }
    )
    assert ways(t, "call_back") == [
        ("QUEUE_LENGTH:0 3 GT GET_LUCK 0.5 LT AND", "call_back.split"),
        ("1", "desk"),
    ]
    assert at(t, step(t, "call_back.split")["next"]) == "call_back.leave"
    assert t.names.outcomes[step(t, "call_back.leave")["outcome"]] == "called_back"


def test_a_risk_happens_is_seen_or_is_missed():
    t = tables(
        [
            {
                "risk": {
                    "kind": "fraud",
                    "chance": 0.01,
                    "detect": "0.9 if free('boss') > 0 else 0.5",
                    "takes": fixed(300),
                    "miss_cost": 1000,
                    "to": "refused",
                }
            },
            SERVE,
            {"leave": "served"},
            {"leave": "refused"},
        ]
    )
    assert ways(t, "fraud") == [("0.01", "fraud.detect"), ("1", "desk")]
    assert [where for _, where in ways(t, "fraud.detect")] == ["fraud.detected", "fraud.missed"]
    assert at(t, step(t, "fraud.detected")["next"]) == "fraud.takes"
    assert at(t, step(t, "fraud.takes")["next"]) == "refused"
    assert at(t, step(t, "fraud.missed")["next"]) == "desk"
    cost = dict(zip(t.names.steps, t.step_cost.tolist(), strict=True))
    assert cost["visit/visit.fraud.missed"] == 1000.0
    assert set(t.names.events) == {"", "fraud.detected", "fraud.missed"}


# --- queues ---------------------------------------------------------------------------------------------------------


def test_overflow_and_ageing_are_stages_in_the_order_of_time():
    seize = {
        "needs": [["desk"], ["booth"]],
        "name": "s",
        "priority": 20,
        "overflow": [{"after_s": 60, "to": [["boss"], []]}, {"after_s": 0, "to": [[], ["spare"]]}],
        "ageing": [{"after_s": 30, "priority": 4}, {"after_s": 60, "priority": 2}],
    }
    t = tables([{"seize": seize}, {"release": ["s"]}], pool={"booth": {"units": 1}, "spare": {"units": 1}})
    c = t.compiled
    want = c.world.wanting[step(t, "s")["detail"]]
    stages = c.world.stage[want["first"] : want["end"]].tolist()
    row = [(0, int(step(t, "s")["seize"])), *stages]
    assert [(after, pools(t, c.seize[z, 0]), int(c.queue[c.seize[z, 0]]["rank"])) for after, z in row] == [
        (0, [["desk"], ["booth", "spare"]], 20),
        (30_000, [["desk"], ["booth", "spare"]], 4),
        (60_000, [["desk", "boss"], ["booth", "spare"]], 2),
    ]
    assert c.run.features == QUEUES


def test_a_stage_never_comes_before_one_tick():
    t = tables(
        [{"seize": {"needs": [["desk"]], "name": "s", "max_wait": {"after_s": 0.1}}}, {"release": ["s"]}],
        run={"tick_ms": 1000},
    )
    assert t.compiled.world.wanting["limit"].tolist() == [1000]


def test_max_wait_earmark_due_gap_and_preemption():
    seize = {
        "needs": [["desk"]],
        "name": "s",
        "patience": fixed(40),
        "patience_factor": "2 if age_s > 9 else 1",
        "max_wait": {"after_s": 600, "go_to": "end"},
        "earmark_after_s": 90,
        "due": "run_s + 60",
        "ticket_gap": fixed(8),
        "preempt": True,
    }
    t = tables([{"seize": seize}, {"release": ["s"]}])
    (want,) = t.compiled.world.wanting
    assert (want["limit"], want["earmark"], want["preempts"]) == (600_000, 90_000, 1)
    assert at(t, want["limit_to"]) == "end"
    assert code(t, want["patience"]) == "AGE_S 9 GT 2 1 IF"
    assert code(t, want["due"]) == "DAY_NUMBER 86400 MUL NOW_S ADD 60 ADD"
    assert t.compiled.law[want["gap"]]["a"] == 8.0
    assert t.compiled.queue["family"].tolist() == [0]
    assert t.compiled.run.n_families == 2, "desk and boss are not connected"
    assert t.compiled.run.features == FLOW | QUEUES


def test_without_a_target_one_leaves_diverted():
    t = tables([{"seize": {"needs": [["desk"]], "name": "s", "max_wait": {"after_s": 60}}}, {"release": ["s"]}])
    (want,) = t.compiled.world.wanting
    assert (want["limit"], want["limit_to"], want["earmark"]) == (60_000, -1, NEVER)
    assert DIVERTED == 3


def test_pools_that_one_visit_may_need_at_once_are_one_family():
    joint = [{"seize": {"needs": [["desk"], ["booth"]], "name": "j", "earmark_after_s": 60}}, {"release": ["j"]}]
    t = tables({"a": joint, "b": [{"serve": {"by": ["boss"], "takes": fixed(5)}}], "c": [SERVE]}, pool=BOOTH)
    family = {tuple(map(tuple, pools(t, q))): int(row["family"]) for q, row in enumerate(t.compiled.queue)}
    assert family[("desk",), ("booth",)] == family[("desk",),]
    assert family[("boss",),] != family[("desk",),]


BOOTH = {"booth": {"units": 1}}


def test_who_balks_looks_before_he_joins():
    """Full first, then his own rule; jumping to the block means looking too."""
    seize = {"needs": [["desk"]], "name": "s", "capacity": 3, "balk": {"if": "u < 0.5", "go_to": "end"}}
    t = tables(
        [
            {"advance": {**fixed(1), "name": "in"}},
            {"seize": seize},
            {"advance": fixed(9)},
            {"release": ["s"]},
            {"transfer": {"s": 0.1, "next": 0.9}},
        ]
    )
    z = step(t, "s")["seize"]
    assert ways(t, "s.balk") == [
        (f"CAN_START:{z} NOT QUEUE_LENGTH:0 3 GE AND", "s.blocked"),
        (f"CAN_START:{z} NOT GET_LUCK 0.5 LT AND", "end"),
        ("1", "s"),
    ]
    assert ways(t, "transfer")[0] == ("0.1", "s.balk")
    assert step(t, "s.blocked")["outcome"] == BLOCKED
    assert step(t, "s.balk")["name"] == step(t, "s")["name"], "u is the luck of the seize"


def test_who_balks_without_a_target_leaves():
    t = tables([{"seize": {"needs": [["desk"]], "balk": {"if": "age_s > 0"}}}, {"release": ["desk"]}])
    assert ways(t, "desk.balk")[0][1] == "desk.balked"
    assert step(t, "desk.balked")["outcome"] == BALKED


def test_reserve_and_weights_stand_beside_the_pools_of_a_need():
    seize = {"needs": [["boss", "desk"]], "name": "s", "reserve": {"desk": 2}}
    lots = {"needs": [["boss", "desk"]], "name": "l", "choice": "random", "weights": {"desk": 3.0}}
    t = tables([{"seize": seize}, {"release": ["s"]}, {"seize": lots}, {"release": ["l"]}])
    c = t.compiled
    first, second = c.need
    assert c.member[first["reserve"] : first["reserve"] + 2].tolist() == [0, 2]
    assert (second["rule"], second["reserve"]) == (RANDOM, -1)
    assert c.world.share[second["weight"] : second["weight"] + 2].tolist() == [1.0, 3.0]
    assert c.run.features == QUEUES


def test_a_checker_differs_from_a_maker_who_has_given_back():
    """The maker's slot is nobody else's, so that it still says who it was."""
    route = [
        {"serve": {"by": ["desk"], "takes": fixed(5), "name": "first"}},
        {"seize": {"needs": [["desk"]], "name": "maker"}},
        {"release": ["maker"]},
        {
            "seize": {
                "needs": [["boss", "desk"]],
                "name": "check",
                "differs": ["maker", {"seize": "first", "by": "team"}],
            }
        },
        {"release": ["check"]},
    ]
    t = tables(route)
    c = t.compiled
    slot = {name: int(c.member[step(t, name)["first"]]) for name in ("first", "maker", "check")}
    assert len(set(slot.values())) == 3
    (want,) = c.world.wanting
    rules = c.member[want["differs"] : want["differs_end"]].tolist()
    assert rules == [0, slot["maker"], 0, 0, slot["first"], 1]


def test_giving_up_may_give_back_what_is_held():
    way = {"go_to": "end", "release": ["booth"]}
    inner = {"needs": [["desk"]], "patience": fixed(9), "on_give_up": way, "max_wait": {"after_s": 99, **way}}
    t = tables([{"seize": {"needs": [["booth"]]}}, {"seize": inner}, {"release": "all"}], pool=BOOTH)
    back = t.compiled.step[step(t, "desk")["give_up"]]
    assert (back["op"], back["count"], at(t, back["next"])) == (types.RELEASE, 1, "end")
    assert t.compiled.member[back["first"]] == t.compiled.member[step(t, "booth")["first"]]
    (want,) = t.compiled.world.wanting
    assert at(t, want["limit_to"]) == "desk.max-wait.release"


# --- work that is interrupted ---------------------------------------------------------------------------------------


def test_an_advance_has_a_link_a_drop_and_a_memory():
    work = {
        **exponential(600),
        "name": "talk",
        "factor": "1 - done",
        "link": "av",
        "on_down": {"go_to": "fall", "release": ["desk"]},
        "drop": {"after": exponential(900), "go_to": "talk"},
        "remember": "done",
    }
    t = tables(
        [
            {"seize": {"needs": [["desk"]]}},
            {"advance": work},
            {"release": ["desk"]},
            {"advance": {**fixed(5), "name": "fall"}},
        ],
        link={"other": {}, "av": {}},
    )
    (session,) = t.compiled.world.session
    assert code(t, session["code"]) == "1 GET_ATTRIBUTE:0 SUB"
    assert (session["link"], session["on_down"], session["done"], session["crash"]) == (1, GO_TO, 0, -1)
    assert (at(t, session["down_to"]), at(t, session["drop_to"])) == ("talk.down.release", "talk")
    assert at(t, step(t, "talk.down.release")["next"]) == "fall"
    assert t.compiled.run.features == FLOW | UNITS


def test_a_serve_that_is_broken_off_gives_its_unit_back():
    t = tables(
        [{"serve": {"by": ["desk"], "takes": fixed(60), "link": "av", "on_down": {"go_to": "end"}}}], link={"av": {}}
    )
    (session,) = t.compiled.world.session
    back = t.compiled.step[session["down_to"]]
    assert (back["op"], back["count"], at(t, back["next"])) == (types.RELEASE, 1, "end")


def test_the_pace_of_a_team_counts_where_its_work_is_named():
    """25 % faster is a factor of 1 / 1.25; where all are equally fast nothing is worked out."""
    route = [SERVE, {"seize": {"needs": [["boss"]], "name": "b"}}, {"advance": {**fixed(9), "by": "b", "factor": 2}}]
    route = [*route, {"release": ["b"]}]
    t = tables(route, team={"desk": {"staff": 1, "speed": 1.25}, "boss": {"staff": 1}})
    assert [code(t, one["code"]) for one in t.compiled.world.session] == ["1 SPEED:0 DIV", "1 SPEED:0 DIV 2 MUL"]
    plain = tables(route)
    assert [code(plain, one["code"]) for one in plain.compiled.world.session] == ["2"]


def test_a_release_may_leave_machines_out_of_order():
    t = tables(
        [{"seize": {"needs": [["booth"]], "name": "s"}}, {"release": {"names": ["s"], "down": fixed(900)}}], pool=BOOTH
    )
    session = t.compiled.world.session[step(t, "release")["detail"]]
    assert (session["on_down"], t.compiled.law[session["crash"]]["a"]) == (CONTINUE, 900.0)
    assert t.compiled.run.features == UNITS


# --- deadlock -------------------------------------------------------------------------------------------------------


def crossing(**rule: Any) -> dict[str, Any]:
    """Return two services that take desk and booth in the opposite order; the second waits under a rule."""

    def both(first: str, second: str, **more: Any) -> list[dict[str, Any]]:
        return [
            {"seize": {"needs": [[first]], "name": "one"}},
            {"seize": {"needs": [[second]], "name": "two", **more}},
            {"release": "all"},
        ]

    return {"a": both("desk", "booth"), "b": both("booth", "desk", **rule)}


@pytest.mark.parametrize("rule", [{"patience": fixed(60)}, {"max_wait": {"after_s": 600}}])
def test_a_wait_that_ends_by_itself_breaks_the_circle(rule):
    tables(crossing(**rule), pool=BOOTH)
    with pytest.raises(sim.InputError, match="deadlock"):
        tables(crossing(), pool=BOOTH)


def test_overflow_can_close_a_circle():
    """Who holds a booth waits for the boss only after a minute; who holds the boss waits for a booth."""
    more = {"overflow": [{"after_s": 60, "to": ["boss"]}]}
    routes = {
        "a": [{"seize": {"needs": [["booth"]]}}, {"seize": {"needs": [["desk"]], **more}}, {"release": "all"}],
        "b": [{"seize": {"needs": [["boss"]]}}, {"seize": {"needs": [["booth"]]}}, {"release": "all"}],
    }
    with pytest.raises(sim.InputError, match="deadlock"):
        tables(routes, pool=BOOTH)
    del routes["a"][1]["seize"]["overflow"]
    tables(routes, pool=BOOTH)


def test_the_same_pool_twice_is_a_circle():
    route = [{"seize": {"needs": [["desk"]], "name": "a"}}, {"seize": {"needs": [["desk"]], "name": "b"}}]
    with pytest.raises(sim.InputError, match="deadlock"):
        tables([*route, {"release": "all"}])
    tables([{"seize": {"needs": [["desk"], ["desk"]], "name": "a"}}, {"release": "all"}])


def test_groups_are_of_the_place():
    """free('desk') at each place: a branch has its own, the city has none."""
    t = tables(
        [{"wait": {"until": "free('desk') > 0"}}, SERVE],
        at="branch",
        place={"city": {}, "branch": {"parent": "city", "count": 2}},
        team={"desk": {"place": "branch", "staff": 1}},
    )
    w = t.compiled.world
    spans = [w.span[row].tolist()[:2] if row >= 0 else None for row in w.group[0]]
    members = [None if one is None else t.compiled.member[one[0] : one[0] + one[1]].tolist() for one in spans]
    assert members == [None, [0], [1]]
    assert np.array_equal(w.day_class, [0])
