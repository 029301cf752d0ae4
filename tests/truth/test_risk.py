"""Every row of the risk table: what it costs in time and money, whom it takes, what it leaves in the ledger.

The scenario is the one that docs/reference/mechanisms-risk.md prints; the times are worked out by hand.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

import sim
from sim.draw import draw
from sim.tables import compile_scenario
from sim.tables.types import FAILS
from tests.pages import scenario_of
from tests.worlds import same

ROWS = (
    "VOUCHER_GAP", "ID_SKIPPED", "FRAUD_ATTEMPT", "PROXY_OP", "MEDIUM_UNCLEAR", "HANDOVER_SWAP", "SECURITY_ALERT",
    "LOGIN_LEFT_OPEN", "SIGN_DOUBT", "AV_DEGRADED", "AV_DROP", "CLIENT_CRASH", "DOC_MISSING", "REVERSAL_NEEDED",
    "AV_RISK_FLAG",
)  # fmt: skip
"""All but 2.1, which is the measure `violations`."""
CALM = {"fraud": 0, "proxy": 0, "refuse": 0, "complain": 0, "poor": 0, "lost_after_s": 1e12, "false_alarm": 0}


@pytest.fixture(scope="module")
def table() -> sim.Scenario:
    return scenario_of("mechanisms-risk.md")


def one(table: sim.Scenario, service: str, **attributes: float) -> sim.Scenario:
    """Return the scenario with a single customer, of that service, at nine, and with these numbers."""
    services = {name: spec.model_dump(exclude_none=True) for name, spec in table.service.items()}
    known = services[service]["attributes"]
    assert set(attributes) <= set(known)
    known.update({key: value for key, value in CALM.items() if key in known})
    known.update(attributes)
    stream = {"one": {"place": "branch", "service": service, "list": {"at": "09:00", "count": 1}}}
    return table.replace(service=services, stream=stream)


def played(scenario: sim.Scenario) -> tuple[float, str, dict[str, int], dict[str, float], float]:
    """Return (seconds in the system, outcome) of the first visit, entries by kind, seconds by pool, cost of events."""
    tables = compile_scenario(scenario)
    trace = same(tables, draw(tables, 1, 0))
    names = tables.names
    first = trace.results[trace.results["arrived"] == 9 * 3_600_000][0]
    events: dict[str, int] = {}
    for step in trace.rows["step"].tolist():
        if names.events[step]:
            events[names.events[step]] = events.get(names.events[step], 0) + 1
    held: dict[str, float] = {}
    for _, started, ended, _, _, _, unit, pool in trace.rows.tolist():
        if unit >= 0:
            held[names.pools[pool]] = held.get(names.pools[pool], 0.0) + (ended - started) / 1000
    study = sim.simulate(scenario, reps=1, threads=1)
    wages = study.value("cost").value
    assert wages is not None
    return (first["left"] - first["arrived"]) / 1000, names.outcomes[first["outcome"]], events, held, wages


CASES: list[tuple[str, dict[str, float], float, str, dict[str, int], dict[str, float], float]] = [
    ("loss-report", {"disputed": 1}, 600, "served", {"VOUCHER_GAP": 1, "VOUCHER_LOSS": 1}, {"agent": 600}, 2000),
    ("loss-report", {"disputed": 0}, 600, "served", {"VOUCHER_GAP": 1}, {"agent": 600}, 0),
    ("loss-report", {"paper": 1, "disputed": 1}, 690, "served", {}, {"agent": 600}, 0),
    (
        "closing", {"wrong": 1}, 360, "served", {"ID_SKIPPED.missed": 1, "COMPLAINT": 1},
        {"agent": 360, "lobby": 900}, 800,
    ),
    ("closing", {"wrong": 1, "checked": 1}, 60, "refused", {"ID_SKIPPED.detected": 1}, {"agent": 60}, 0),
    ("closing", {"wrong": 0, "checked": 1}, 420, "served", {}, {"agent": 420}, 0),
    (
        "payment", {"fraud": 1, "seen": 1}, 180, "refused", {"FRAUD_ATTEMPT.detected": 1},
        {"agent": 180, "teller": 600}, 0,
    ),
    ("payment", {"fraud": 1, "seen": 0}, 300, "served", {"FRAUD_ATTEMPT.missed": 1}, {"agent": 300}, 5000),
    ("payment", {"proxy": 1, "seen": 1}, 0, "refused", {"PROXY_OP.detected": 1}, {"agent": 0}, 0),
    ("payment", {"proxy": 1, "seen": 0}, 300, "served", {"PROXY_OP.missed": 1}, {"agent": 300}, 0),
    ("card", {"unclear": 1}, 480, "at-counter", {"MEDIUM_UNCLEAR": 3}, {"agent": 180, "teller": 300}, 0),
    ("card", {"unclear": 0}, 300, "served", {}, {"agent": 300}, 0),
    ("opening", {}, 2400, "served", {}, {"agent": 2400}, 0),
    (
        "delivery", {"swaps_per_hour": 1e9}, 780, "served", {"HANDOVER_SWAP.missed": 1},
        {"agent": 600, "teller": 60}, 3000,
    ),
    (
        "delivery", {"swaps_per_hour": 1e9, "recheck": 1}, 750, "refused", {"HANDOVER_SWAP.detected": 1},
        {"agent": 600, "teller": 30}, 0,
    ),
    ("delivery", {"swaps_per_hour": 0, "recheck": 1}, 810, "served", {}, {"agent": 600, "teller": 90}, 0),
    ("alarm", {"alarm": 1}, 900, "refused", {"SECURITY_ALERT.detected": 1}, {"agent": 900, "teller": 600}, 0),
    (
        "sign", {"doubt": 1, "refuse": 1}, 390, "at-counter", {"SIGN_DOUBT.detected": 1},
        {"agent": 90, "teller": 300}, 0,
    ),
    (
        "sign", {"doubt": 1, "complain": 1}, 150, "served", {"SIGN_DOUBT.detected": 1, "COMPLAINT": 1},
        {"agent": 150, "lobby": 900}, 0,
    ),
    ("sign", {"doubt": 1}, 150, "served", {"SIGN_DOUBT.detected": 1}, {"agent": 150}, 0),
    ("video", {"poor": 1}, 750, "served", {"AV_DEGRADED": 1}, {"agent": 750}, 0),
    ("video", {}, 600, "served", {}, {"agent": 600}, 0),
    ("machine", {"crash": 1}, 240, "gave-up", {"CLIENT_CRASH": 2}, {"booth": 0, "lobby": 240}, 0),
    ("papers", {"known": 1}, 180, "served", {"DOC_MISSING.missed": 1}, {"lobby": 480}, 0),
    ("correction", {"error": 1, "covered": 1}, 600, "served", {"REVERSAL_NEEDED.detected": 1}, {"agent": 600}, 0),
    (
        "correction", {"error": 1, "covered": 0}, 240, "served", {"REVERSAL_NEEDED.missed": 1},
        {"agent": 240, "teller": 1200}, 0,
    ),
    ("watched", {"coerced": 1, "hit": 1}, 150, "refused", {"AV_RISK_FLAG.detected": 1}, {"agent": 150}, 0),
    ("watched", {"coerced": 1, "hit": 0}, 300, "served", {"AV_RISK_FLAG.missed": 1}, {"agent": 300}, 9000),
    (
        "watched", {"coerced": 0, "false_alarm": 1}, 450, "served", {"AV_RISK_FLAG.false_alarm": 1},
        {"agent": 450}, 0,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_a_row_by_hand(table, case):
    service, attributes, stays, outcome, events, held, cost = case
    found = played(one(table, service, **attributes))
    assert found == (stays, outcome, events, held, cost)


def test_a_line_that_drops_at_once_drops_thrice_and_the_counter_does_the_rest(table):
    """Two tries more, a minute to reconnect after each drop, and next to nothing was done."""
    stays, outcome, events, held, _ = played(one(table, "video", lost_after_s=1e-6))
    assert (outcome, events) == ("at-counter", {"AV_DROP": 3})
    assert stays == pytest.approx(3 * 60 + 600, abs=0.1)
    assert held["teller"] == pytest.approx(600, abs=0.1)


def test_a_crashed_terminal_is_down_ten_minutes(table):
    tables = compile_scenario(one(table, "machine", crash=1))
    trace = same(tables, draw(tables, 1, 0))
    fails = trace.duty[trace.duty["op"] == FAILS]["tick"].tolist()
    assert fails == [9 * 3_600_000, 9 * 3_600_000 + 120_000]
    study = sim.simulate(one(table, "machine", crash=1), reps=1)
    assert study.value("on_duty_mean", pool="booth").value == pytest.approx(40 - 2 * 600 / (8.5 * 3600))


def test_the_permission_matrix_is_kept_or_the_breach_is_counted(table):
    audited = one(table, "opening")
    assert sim.simulate(audited, reps=1).value("violations").value == 1
    enforced = audited.replace(rules={**audited.rules.model_dump(), "permissions": "enforced"})
    _, outcome, _, held, _ = played(enforced)
    assert (outcome, held) == ("served", {"corporate": 2400})
    with pytest.raises(KeyError):
        sim.simulate(enforced, reps=1).value("violations")


def logins(table: sim.Scenario, sign_out_s: float, show: float = 1.0, **stream: Any) -> sim.Scenario:
    """Return the scenario with nobody but tellers who leave their login open."""
    services = {name: spec.model_dump(exclude_none=True) for name, spec in table.service.items()}
    services["left-open"]["attributes"]["sign_out_s"] = sign_out_s
    breaks = {**table.stream["breaks"].model_dump(exclude_none=True), "show": show, **stream}
    return table.replace(service=services, stream={"breaks": breaks})


def test_logins_left_open_until_the_automatic_sign_out(table):
    """Four tellers, a break and a meal each: 8 logins, 5 minutes open each, then 45 s to log in again."""
    study = sim.simulate(logins(table, 300), reps=1)
    assert study.value("event_count:LOGIN_LEFT_OPEN").value == 8
    assert study.value("event_amount:LOGIN_LEFT_OPEN").value == 40
    there = 4 * (8.5 - 0.75 - 0.25) * 3600
    assert study.value("occupancy", pool="teller").value == pytest.approx(8 * 45 / there)
    later = sim.simulate(logins(table, 3600), reps=1)
    assert later.value("event_amount:LOGIN_LEFT_OPEN").value == 8 * 15
    assert later.value("occupancy", pool="teller").value == 0
    assert later.value("offered").value == 0, "no customers"
    assert later.value("offered", service="left-open").value == 8


def test_who_leaves_at_the_end_of_a_shift_is_counted_there(table):
    tables = compile_scenario(logins(table, 300, breaks=["break", "end"]))
    arrived = draw(tables, 1, 0).visit["tick"].tolist()
    clocks = {10 * 3_600_000: 4, 12 * 3_600_000: 4, 17 * 3_600_000: 4}
    assert {tick: arrived.count(tick) for tick in arrived} == clocks


def test_a_share_of_logins_is_left_open(table):
    """8 chances a day at 25 %, in 400 days: within four standard errors of 2 a day."""
    study = sim.simulate(logins(table, 300, show=0.25), reps=400)
    mean = study.value("event_count:LOGIN_LEFT_OPEN").value
    assert mean == pytest.approx(2, abs=4 * math.sqrt(8 * 0.25 * 0.75 / 400))


def test_all_rows_of_the_table_happen_at_their_rates(table):
    """A day with all of them, in both engines; then each rate inside four standard errors."""
    tables = compile_scenario(table)
    assert {kind.partition(".")[0] for kind in tables.names.events if kind} >= set(ROWS)
    same(tables, draw(tables, 1, 0))
    study = sim.simulate(table, reps=60)

    def count(kind: str) -> float:
        found = study.value(f"event_count:{kind}").value
        assert found is not None
        return found * 60

    def asked(service: str) -> float:
        found = study.value("offered", service=service).value
        assert found is not None
        return found * 60

    shares = [
        (count("VOUCHER_LOSS"), count("VOUCHER_GAP"), 0.2),
        (count("ID_SKIPPED.missed"), asked("closing"), 0.05),
        (count("FRAUD_ATTEMPT.detected") + count("FRAUD_ATTEMPT.missed"), asked("payment"), 0.05),
        (count("FRAUD_ATTEMPT.detected"), count("FRAUD_ATTEMPT.detected") + count("FRAUD_ATTEMPT.missed"), 0.6),
        (count("MEDIUM_UNCLEAR"), asked("card"), 0.3 + 0.3**2 + 0.3**3),
        (count("SECURITY_ALERT.detected"), asked("alarm"), 0.1),
        (count("SIGN_DOUBT.detected"), asked("sign"), 0.3),
        (count("AV_DEGRADED"), asked("video"), 0.2),
        (count("DOC_MISSING.missed"), asked("papers"), 0.15 - 0.12 * 30 / 90),
        (count("REVERSAL_NEEDED.missed"), asked("correction"), 0.1 * 0.3),
        (count("AV_RISK_FLAG.detected"), asked("watched"), 0.04 * 0.9),
        (count("AV_RISK_FLAG.false_alarm"), asked("watched"), 0.96 * 0.05),
    ]
    for happened, chances, share in shares:
        assert happened / chances == pytest.approx(share, abs=4.5 * math.sqrt(share / chances))
    assert study.value("violations").value == study.value("offered", service="opening").value


# --- authorisation --------------------------------------------------------------------------------------------------


def authorised(robot: float, sent_back: float, *, count: int = 0) -> sim.Scenario:
    """Return the second scenario of the page; with `count`, so many customers at nine who are keyed in 300 s."""
    scenario = scenario_of("mechanisms-risk.md", 1)
    service = scenario.service["transfer"].model_dump(exclude_none=True)
    service["attributes"] = {"robot": robot, "sent_back": sent_back}
    scenario = scenario.replace(service={"transfer": service})
    if not count:
        return scenario
    route = [block.model_dump(mode="json", exclude_none=True, by_alias=True) for block in scenario.route["transfer"]]
    for block in route:
        if block.get("advance", {}).get("name") == "key":
            block["advance"] = {"name": "key", "law": "deterministic", "value_s": 300}
    stream = {"nine": {"place": "branch", "service": "transfer", "list": {"at": "09:00", "count": count}}}
    return scenario.replace(route={"transfer": route}, stream=stream)


def test_booth_and_agent_are_held_while_the_supervisor_decides():
    """Three at once: decided at 345, 390 and 435 s; each holds booth and agent until then. The robot takes 3 s."""
    for robot, stays in ((0, [345, 390, 435]), (1, [303, 303, 303])):
        tables = compile_scenario(authorised(robot, 0, count=3))
        trace = same(tables, draw(tables, 1, 0))
        assert ((trace.results["left"] - trace.results["arrived"]) / 1000).tolist() == stays
        for pool in ("booth", "agent"):
            rows = trace.rows[(trace.rows["unit"] >= 0) & (trace.rows["pool"] == tables.names.pools.index(pool))]
            assert sorted(((rows["ended"] - rows["started"]) / 1000).tolist()) == stays


def test_a_robot_that_takes_half_halves_the_load_of_the_supervisor():
    """F8: 45 s for 1 − robot of 1 / (1 − 0.04) submissions a customer; the ratio of the loads is 0.5."""
    half, none = (sim.simulate(authorised(robot, 0.04), reps=100, seed=1) for robot in (0.5, 0.0))
    offered = none.value("offered").value or 0
    by_hand = [study.value("event_count:BY_HAND").value or 0 for study in (half, none)]
    by_robot = half.value("event_count:BY_ROBOT").value or 0
    assert by_hand[1] == pytest.approx(offered / 0.96, rel=0.01)
    assert by_robot / (by_robot + by_hand[0]) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(100 * offered))
    loads = [study.value("occupancy", pool="supervisor").value or 0 for study in (half, none)]
    assert loads[1] == pytest.approx(by_hand[1] * 45 / 86_400, rel=0.01)
    assert 0.48 <= loads[0] / loads[1] <= 0.52
