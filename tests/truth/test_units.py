"""Money of units: what each has is what its postings say, and together they have what the bank has, in every run.

The scenarios are those that docs/reference/mechanisms-money.md prints, and a small one worked out by hand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.draw import draw
from sim.engines import kernel
from sim.measures import ANY, Key, Layout
from sim.tables import compile_scenario
from tests.pages import scenario_of
from tests.worlds import fixed, same, world

SHARES = st.lists(st.integers(0, 10), min_size=4, max_size=4).filter(any)


@pytest.fixture(scope="module")
def air() -> sim.Scenario:
    return scenario_of("mechanisms-money.md", 0)


@pytest.fixture(scope="module")
def tenants() -> sim.Scenario:
    return scenario_of("mechanisms-money.md", 1)


def books(scenario: sim.Scenario, replication: int = 0) -> tuple[dict[str, float], Any, Any]:
    """Return overall measures of one replication by name, its tables and its trace."""
    tables = compile_scenario(scenario)
    layout = Layout(scenario, tables)
    trace = kernel.run(tables, draw(tables, 1, replication))
    top, low = layout.fill(layout.tally(trace))
    out = {}
    for key, value, of in zip(layout.keys, top, low, strict=True):
        if key[1:] == (ANY,) * 4:
            out[key.measure] = value / of if of > 0 else math.nan
    assert Key("result") in layout.keys
    return out, tables, trace


def small(**parts: Any) -> sim.Scenario:
    """Two branches of 50 sales of 100 each, a day; a clerk of the centre serves all; a teller stands at each branch."""
    routes = {
        "sale": [
            {"serve": {"by": ["desk"], "takes": fixed(30)}},
            {"event": {"kind": "sale", "amount": 100, "cost": 0.5}},
        ],
    }
    defaults: dict[str, Any] = {
        "place": {
            "bank": {"kind": "bank", "cost_per_day": 11},
            "b": {"parent": "bank", "count": 2, "opens": "08:00", "closes": "17:00", "cost_per_day": 7},
            "centre": {"parent": "bank", "opens": "08:00", "closes": "18:00"},
        },
        "team": {
            "desk": {"place": "centre", "serves": ["b"], "staff": 1, "cost_per_hour": 10},
            "teller": {"place": "b", "staff": 1, "cost_per_hour": 2},
        },
        "pool": {"till": {"place": "b", "units": 2, "cost_per_day": 3}},
        "stream": {"v": {"place": "b", "service": "sale", "list": {"at": "09:00", "until": "10:00", "count": 50}}},
        "unit": {"west": {"places": ["b"]}, "air": {"places": ["centre"]}},
        "run": {"days": 2},
    }
    return world(routes, **{**defaults, **parts})


def test_shares_prices_and_costs_by_hand():
    """200 sales of 100: 400 of income, 30 % of it and a price of 20 for the air branch; each bears its own cost."""
    scenario = small(
        posting={
            "fee": {"kind": "sale", "income": 0.02, "shares": {"home": 0.7, "air": 0.3}},
            "price": {"kind": "sale", "price": 0.001, "from": "home", "to": "air"},
        }
    )
    found, tables, _ = books(scenario)
    same(tables, draw(tables, 1, 0))
    west = 2 * 2 * (9 * 2 + 2 * 3 + 7) + 200 * 0.5  # days, branches: teller, tills, rent; and the events
    assert found["cost:west"] == pytest.approx(west)
    assert found["cost:air"] == pytest.approx(2 * 10 * 10)
    assert found["cost:bank"] == pytest.approx(2 * 11)
    assert found["cost"] == pytest.approx(west + 200 + 22)
    assert (found["income"], found["income:west"], found["income:air"]) == pytest.approx((400, 280, 120))
    assert (found["bill:west"], found["bill:air"], found["bill:bank"]) == pytest.approx((20, 0, 0))
    assert found["result:west"] == pytest.approx(280 - west - 20)
    assert found["result:air"] == pytest.approx(120 - 200 + 20)
    assert found["result"] == pytest.approx(400 - west - 222)


def test_the_cost_of_a_team_by_use_and_by_share():
    """By use the branches bear the clerk whole; at 25 % they owe a quarter of his pay."""
    used, _, _ = books(small(posting={"desk": {"cost_of": "desk", "shares": "use"}}))
    assert (used["cost:air"], used["bill:west"], used["bill:air"]) == pytest.approx((0, 200, 0))
    share, _, _ = books(small(posting={"desk": {"cost_of": "desk", "shares": {"west": 0.25, "air": 0.75}}}))
    assert (share["cost:air"], share["bill:west"], share["bill:air"]) == pytest.approx((150, 50, 0))
    idle = small(posting={"desk": {"cost_of": "teller", "shares": "use"}})
    assert books(idle)[0]["cost:west"] == pytest.approx(books(small())[0]["cost:west"]), "unused: its owner's"


def test_rent_is_paid_on_every_day_after_the_warm_up():
    study = sim.simulate(small(run={"days": 3, "warm_up_s": 86_400 + 43_200}), reps=1)
    assert study.value("cost", place="bank").value == pytest.approx(11 * 1.5)


@settings(max_examples=25, deadline=None)
@given(SHARES, SHARES, SHARES, st.floats(-50, 50), st.sampled_from(["use", "shares"]), st.sampled_from([0, 86_400]))
def test_units_add_up_to_the_bank_whatever_the_postings(income, cost, who, price, how, warm_up):
    """Σ results = the bank's result; Σ costs = its cost; Σ incomes = its income."""
    names = ("home", "air", "west", "bank")

    def parts(weights: list[int]) -> dict[str, float]:
        return {name: weight / sum(weights) for name, weight in zip(names, weights, strict=True)}

    postings = {
        "fee": {"kind": "sale", "income": 0.02, "shares": parts(income)},
        "more": {"kind": "sale", "income": -0.003},
        "price": {"kind": "sale", "price": price, "from": names[who[0] % 4], "to": names[who[1] % 4]},
        "desk": {"cost_of": "desk", "shares": "use" if how == "use" else parts(cost)},
        "till": {"cost_of": "till", "shares": parts(cost)},
    }
    found, _, _ = books(small(posting=postings, run={"days": 2, "warm_up_s": warm_up}))
    for measure in ("result", "cost", "income"):
        units = math.fsum(found[f"{measure}:{unit}"] for unit in ("west", "air", "bank"))
        assert units == pytest.approx(found[measure], rel=1e-12, abs=1e-6)
    assert found["result"] == pytest.approx(found["income"] - found["cost"], abs=1e-9)


def test_the_three_modes_add_up_in_every_run(air):
    for replication in range(5):
        found, _, _ = books(air, replication)
        for measure in ("result", "cost", "income"):
            units = found[f"{measure}:branches"] + found[f"{measure}:air"] + found[f"{measure}:bank"]
            assert units == pytest.approx(found[measure], rel=1e-12)


def test_a_client_moves_home_at_the_threshold_and_never_back(air):
    """Ledger of one run: fees of the air branch below 20,000, the home branch's above, one hand-over a person."""
    tables = compile_scenario(air)
    trace = same(tables, draw(tables, 1, 0))
    amounts: dict[str, list[float]] = {}
    for _, amount, _, step in trace.entries.tolist():
        amounts.setdefault(tables.names.events[step], []).append(amount)
    assert len(amounts["MOVED"]) > 50
    assert min(amounts["MOVED"]) >= 20_000
    assert max(amounts["AIR_FEE"]) < 200 <= min(amounts["HOME_FEE"])
    assert len(amounts["MOVED"]) <= 400
    assert len(amounts["MOVED"]) <= len(amounts["HOME_FEE"])


def test_each_mode_pays_what_it_says(air):
    """Agency: the price; entrustment: a fee by difficulty and 40 %; own: all, then 30 %."""
    found, tables, trace = books(air)
    amount = dict.fromkeys(tables.names.events, 0.0)
    for _, one, visit, step in trace.entries.tolist():
        if trace.results["arrived"][visit] < 90 * 86_400_000:
            amount[tables.names.events[step]] += one
    earned = 0.4 * amount["ENTRUSTED_FEE"] + amount["AIR_FEE"] + 0.3 * amount["HOME_FEE"]
    entrusted = 12 * found["event_amount:ENTRUSTED"]
    assert found["event_amount:ENTRUSTED"] == pytest.approx(1.5 * found["event_count:ENTRUSTED"])
    assert found["income:air"] == pytest.approx(earned)
    assert found["bill:branches"] == pytest.approx(0.008 * amount["AGENCY_SALE"] + entrusted)
    assert found["result:air"] == pytest.approx(earned - found["cost:air"] + found["bill:branches"])


def test_a_tenants_bill_is_its_use_of_the_team_its_share_of_the_lines_and_its_contacts(tenants):
    found, tables, trace = books(tenants)
    agent = tables.names.pools.index("agent")
    stream = tables.compiled.stream["place"][trace.results["stream"]]
    rows = trace.rows[(trace.rows["unit"] >= 0) & (trace.rows["pool"] == agent)]
    seconds = {
        name: float((rows["ended"] - rows["started"])[stream[rows["visit"]] == number].sum()) / 1000
        for number, name in enumerate(tables.names.places)
    }
    pay = found["cost"] - 30 * 15
    for unit in ("a", "b"):
        use = seconds[f"bank-{unit}"] / (seconds["bank-a"] + seconds["bank-b"])
        assert found[f"bill:{unit}"] == pytest.approx(pay * use + 225 + 0.5 * found[f"answered:{unit}"])


def test_a_tenants_promise_is_judged_by_its_own_time(tenants):
    """Waits of each bank's callers, counted again; kept or not, run by run."""
    kept = 0
    for replication in range(6):
        found, tables, trace = books(tenants, replication)
        names, c = tables.names, tables.compiled
        for unit, within in (("a", 20), ("b", 60)):
            place = names.places.index(f"bank-{unit}")
            mine = np.flatnonzero(c.stream["place"][trace.results["stream"]] == place)
            rows = trace.rows[np.isin(trace.rows["visit"], mine)]
            rows = rows[np.array([name == "agent" for name in names.seizes])[rows["step"]]]
            quick = ((rows["started"] >= 0) & (rows["started"] - rows["entered"] <= within * 1000)).sum()
            assert found[f"service_level:{unit}"] == pytest.approx(quick / len(rows))
            assert found[f"offered:{unit}"] == mine.size
            kept += found[f"promise_kept:{unit}"]
            assert found[f"promise_kept:{unit}"] == (quick / len(rows) >= {"a": 0.8, "b": 0.9}[unit])
    assert kept < 12


WRONG = [
    ("posting_shares", {"posting": {"x": {"kind": "sale", "income": 1, "shares": {"home": 0.7}}}}, "posting.x.shares"),
    ("unknown_unit", {"posting": {"x": {"kind": "sale", "income": 1, "shares": {"east": 1}}}}, "posting.x.shares"),
    ("unknown_kind", {"posting": {"x": {"kind": "sail", "income": 1}}}, "posting.x.kind"),
    ("posting_meaning", {"posting": {"x": {"kind": "sale", "price": 1}}}, "posting.x"),
    ("posting_meaning", {"posting": {"x": {"kind": "sale", "income": 1, "shares": "use"}}}, "posting.x"),
    ("unknown_pool", {"posting": {"x": {"cost_of": "dsk", "shares": "use"}}}, "posting.x.cost_of"),
    ("unknown_place", {"unit": {"x": {"places": ["c"]}}}, "unit.x.places"),
    ("twice", {"unit": {"x": {"places": ["b"]}, "y": {"places": ["b"]}}}, "unit.y.places"),
    ("unit_name", {"unit": {"home": {"places": ["b"]}}}, "unit.home"),
    ("missing", {"targets": [{"kind": "sale", "period": 0, "target": 1}]}, "rules.period"),
    ("unknown_kind", {"rules": {"period": "day"}, "targets": [{"kind": "no", "period": 0, "target": 1}]},
     "targets.0.kind"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "parts", "field"), WRONG, ids=[f"{code}-{field}" for code, _, field in WRONG])
def test_what_cannot_be_is_refused(code, parts, field):
    with pytest.raises(sim.InputError) as caught:
        small(**parts)
    assert (code, field) in [(fault.code, fault.field) for fault in caught.value.faults]


def test_targets_after_the_end_of_the_run_are_left_out():
    rows = [{"kind": "sale", "period": period, "target": 80} for period in range(4)]
    study = sim.simulate(small(rules={"period": "day"}, targets=rows), reps=1)
    assert study.value("target_used:sale").value == pytest.approx(200 / 160)
    assert study.value("target_used:sale", interval_start=0).value == pytest.approx(100 / 80)
    assert study.value("target_met:sale", interval_start=86_400).value == 0
    assert study.value("event_amount:sale", place="b-02", interval_start=86_400).value == 5000


def test_units_postings_and_targets_come_back_whole(tmp_path, air, tenants):
    targets = small(
        rules={"period": "week"},
        targets=[{"kind": "sale", "place": "b-01", "service": "sale", "period": 0, "target": 9}],
    )
    for scenario in (air, tenants, targets):
        assert sim.read(sim.write(scenario, tmp_path / scenario.id / str(len(scenario.targets)))) == scenario


def test_income_needs_no_units():
    found, _, _ = books(small(unit={}, posting={"fee": {"kind": "sale", "income": 0.02}}))
    assert found["income"] == pytest.approx(400)
    assert found["result"] == pytest.approx(400 - found["cost"])
