"""Call lists: windows, attempts, answers by hour, priority among campaigns, hand-off to a person.

The route is the one that docs/reference/mechanisms-outbound.md prints.
"""

from __future__ import annotations

import math
from collections import Counter

import pytest

import sim
from sim.draw import draw
from sim.tables import compile_scenario
from tests.pages import scenario_of
from tests.worlds import HOUR, fixed, same


@pytest.fixture(scope="module")
def campaigns() -> sim.Scenario:
    return scenario_of("mechanisms-outbound.md")


def some(campaigns: sim.Scenario, counts: dict[str, int], lines: int, **attributes: float) -> sim.Scenario:
    """Return the scenario with a few campaigns of so many numbers and so many lines; attributes changed in all."""
    services = {
        name: {**spec.model_dump(exclude_none=True), "attributes": {**spec.attributes, **attributes}}
        for name, spec in campaigns.service.items()
        if name in counts
    }
    streams = {name: {"service": name, "list": {"at": "08:30", "count": n, "day": 0}} for name, n in counts.items()}
    return campaigns.replace(service=services, stream=streams, pool={"line": {"units": lines}})


def rings(scenario: sim.Scenario) -> list[tuple[float, str, int]]:
    """Return (second of the run, campaign, visit) of every call."""
    tables = compile_scenario(scenario)
    trace = same(tables, draw(tables, 1, 0))
    names = tables.names
    service = [names.services[n] for n in tables.compiled.stream["service"][trace.results["stream"]]]
    found = [
        (entered / 1000, service[visit], visit)
        for entered, _, _, visit, step, *_ in trace.rows.tolist()
        if names.events[step] == "ATTEMPT"
    ]
    return sorted(found)


def test_nobody_is_called_outside_his_window_or_too_often(campaigns):
    found = rings(campaigns)
    assert len(found) > 3000
    for at, name, _ in found:
        numbers = campaigns.service[name].attributes
        day, hour = at // 86_400, at % 86_400 / 3600
        assert numbers["from_h"] <= hour < numbers["to_h"]
        assert day <= numbers["last_day"]
    for (name, _), n in Counter((name, visit) for _, name, visit in found).items():
        assert n <= campaigns.service[name].attributes["most"]


def test_the_first_campaign_goes_before_the_second(campaigns):
    """One line, 25 s a call: of the second campaign only the number that found the line free goes before."""
    scenario = some(campaigns, {"manager-review": 3, "card-survey": 3}, 1, most=1)
    scenario = scenario.replace(table={"answers": {"points": [[0, 0]]}})
    nine = 9 * 3600
    found = [(at - nine, name) for at, name, _ in rings(scenario)]
    first, second = ("card-survey", "manager-review")
    order = [second, first, first, first, second, second]
    assert found == [(25 * n, name) for n, name in enumerate(order)]


def test_three_attempts_at_three_times_of_day_reach_whom_they_should(campaigns):
    """Lines for all: calls at 9:00, 12:00:25 and 15:00:50; 1 − 0.75 · 0.55 · 0.7 of 20,000 numbers."""
    scenario = some(campaigns, {"card-survey": 1000}, 1000, pause_s=3 * 3600, human=0, last_day=0)
    clock = sorted({at for at, *_ in rings(scenario)})
    assert clock == [9 * 3600, 12 * 3600 + 25, 15 * 3600 + 50]
    study = sim.simulate(scenario, reps=20)
    reached = 1 - 0.75 * 0.55 * 0.7
    found = study.value("outcome:completed").value
    assert found is not None
    assert found / 1000 == pytest.approx(reached, abs=4 * math.sqrt(reached * (1 - reached) / 20_000))
    attempts = study.value("event_count:ATTEMPT").value
    assert attempts == pytest.approx(1000 * (1 + 0.75 + 0.75 * 0.55), abs=4 * math.sqrt(1000 * 0.7 / 20))


def test_what_is_not_done_by_the_end_of_the_last_day_expires(campaigns):
    """One line, 25 s a call, nobody answers: 36 calls from 11:45 to noon, the rest expires when the line is free."""
    scenario = some(campaigns, {"pension": 60}, 1, most=1, from_h=11.75, to_h=12, last_day=0)
    scenario = scenario.replace(table={"answers": {"points": [[0, 0]]}})
    assert len(rings(scenario)) == 36
    study = sim.simulate(scenario, reps=1)
    ends = {kind: study.value(f"outcome:{kind}").value for kind in ("unreached", "expired", "completed")}
    assert ends == {"unreached": 36, "expired": 24, "completed": 0}
    tables = compile_scenario(scenario)
    left = same(tables, draw(tables, 1, 0)).results["left"]
    assert left.max() == 12 * HOUR


def test_a_person_takes_over_and_the_line_goes_back(campaigns):
    """Everybody answers at 9:00:25 and wants a person at once; of two people each takes one, the others give up."""
    scenario = some(campaigns, {"card-survey": 4}, 4, human=1, most=1)
    route = [block.model_dump(mode="json", exclude_none=True, by_alias=True) for block in campaigns.route["call"]]
    for block in route:
        if "advance" in block and block["advance"]["name"] in ("script", "persuade"):
            block["advance"] = {"name": block["advance"]["name"], **fixed(60 if "s" in block["advance"] else 100)}
        if block.get("seize", {}).get("name") == "human":
            block["seize"]["patience"] = fixed(30)
    scenario = scenario.replace(
        route={"call": route},
        table={"answers": {"points": [[0, 1]]}},
        team={"agent": {"role": "human", "staff": 2}},
    )
    tables = compile_scenario(scenario)
    trace = same(tables, draw(tables, 1, 0))
    at = 9 * HOUR + 25_000 + 100_000
    lines = trace.rows[(trace.rows["unit"] >= 0) & (trace.rows["pool"] == tables.names.pools.index("line"))]
    assert sorted(lines["ended"].tolist()) == [at, at, at + 30_000, at + 30_000]
    study = sim.simulate(scenario, reps=1)
    assert study.value("outcome:by-human").value == study.value("outcome:unreached").value == 2


def test_a_bot_that_completes_a_share_raises_what_a_person_gets_done(campaigns):
    """F2: (1 − b)(1 + h) of the human time a case; b = 0.45, h = 0.1 makes 1.65 times as many cases an hour."""
    b, h, case_s = 0.45, 0.1, 180.0
    scenario = some(campaigns, {"card-survey": 800}, 800, human=1 - b, human_s=case_s * (1 + h), most=1)
    route = [block.model_dump(mode="json", exclude_none=True, by_alias=True) for block in campaigns.route["call"]]
    for block in route:
        if block.get("seize", {}).get("name") == "human":
            block["seize"].pop("patience")
            block["seize"].pop("on_give_up")
    scenario = scenario.replace(
        route={"call": route},
        table={"answers": {"points": [[0, 1]]}},
        team={"agent": {"role": "human", "staff": 400}},
    )
    study = sim.simulate(scenario, reps=20)
    done = sum(study.value(f"outcome:{kind}").value or 0 for kind in ("by-human", "completed"))
    there = study.value("on_duty_mean", pool="agent").value or 0
    hours = (study.value("occupancy", pool="agent").value or 0) * there * 24
    assert done == 800
    assert done * case_s / 3600 / hours == pytest.approx(1 / ((1 - b) * (1 + h)), rel=0.03)
