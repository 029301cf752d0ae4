"""Rows of serving.csv: who serves a branch from elsewhere, as which choice, in which part of the day."""

from __future__ import annotations

import pytest

import sim
from sim.draw import draw
from sim.tables import compile_scenario
from tests.worlds import same

DAY_S = 86_400


def bank(serving, *, seize=None, tick_ms=1, **changes):
    """Return two branches, and three teams of a centre that may serve them."""
    wait = {"patience": {"law": "exponential", "mean_s": 200}, **(seize or {})}
    return sim.validated({
        "id": "bank",
        "run": {"days": 2, "tick_ms": tick_ms},
        "place": {
            "centre": {"kind": "centre"},
            "branch": {"count": 2, "opens": "09:00", "closes": "15:00", "closing": "serve"},
        },
        "team": {
            name: {"place": "centre", "role": "remote_agent", "staff": 2, "serves": ["branch"]}
            for name in ("a", "b", "c")
        },
        "route": {"call": [
            {"serve": {"name": "agent", "by": ["remote_agent", "remote_agent.backup"],
                       "takes": {"law": "exponential", "mean_s": 300}, **wait}},
        ]},
        "service": {"S1": {"route": "call"}, "S2": {"route": "call"}},
        "stream": {"calls": {"place": "branch", "rate_per_hour": 30, "shares": {"S1": 1, "S2": 1}}},
        "serving": serving,
        **changes,
    })  # fmt: skip


PARTS = [
    {"place": "branch-01", "team": "b", "choice": 1, "end": "12:00"},
    {"place": "branch-01", "team": "c", "choice": 2, "end": "12:00"},
    {"place": "branch-01", "team": "c", "choice": 1, "start": "12:00"},
    {"place": "branch-01", "team": "a", "choice": 2, "start": "12:00"},
    {"place": "branch-02", "service": "S2", "team": "c"},
]


def names(scenario, word, place, service, part=None):
    sites = sim.Sites(scenario)
    return [sites.posts[pool].name for pool in sites.resolve(word, sites.index[place], service, part)]


def agree(scenario):
    """Run both engines on two days of two seeds."""
    tables = compile_scenario(scenario)
    for seed in (1, 2):
        same(tables, draw(tables, seed, 0))


def test_rows_take_the_place_of_what_a_team_serves():
    """branch-01 by its rows; branch-02 too, but only for S2; S1 there by the order of the teams."""
    scenario = bank(PARTS)
    assert sim.Sites(scenario).parts == (0, 12 * 3600)
    assert names(scenario, "remote_agent", "branch-01", "S1", 0) == ["b"]
    assert names(scenario, "remote_agent.backup", "branch-01", "S1", 0) == ["c"]
    assert names(scenario, "remote_agent", "branch-01", "S1", 1) == ["c"]
    assert names(scenario, "remote_agent.backup", "branch-01", "S1", 1) == ["a"]
    assert names(scenario, "remote_agent", "branch-02", "S2", 1) == ["c"]
    assert names(scenario, "remote_agent.backup", "branch-02", "S2", 1) == []
    assert names(scenario, "remote_agent", "branch-02", "S1", 1) == ["a"]
    assert names(scenario, "remote_agent", "branch-01", "S1") == ["b", "c"]


def test_customers_go_to_the_team_of_the_part_of_the_day():
    """With ample staff everybody is served by the first choice: b in the morning, c in the afternoon, for branch-01."""
    scenario = bank(PARTS).with_staff(dict.fromkeys("abc", 50))
    tables = compile_scenario(scenario)
    day = draw(tables, 1, 0)
    from sim.engines import kernel, reference

    for engine in (kernel, reference):
        trace = engine.run(tables, day)
        pool = {name: i for i, name in enumerate(tables.names.pools)}
        place = {name: i for i, name in enumerate(tables.names.places)}
        stream = tables.compiled.stream
        seen = set()
        for row in trace.rows:
            if row["pool"] >= 0:
                of = stream[trace.results["stream"][row["visit"]]]
                morning = row["entered"] % (DAY_S * 1000) < 12 * 3_600_000
                seen.add((int(of["place"]), int(of["service"]), bool(morning), int(row["pool"])))
        one, two = place["branch-01"], place["branch-02"]
        assert {(s, m, p) for d, s, m, p in seen if d == one} == {
            (s, m, pool["b" if m else "c"]) for s in (0, 1) for m in (True, False)
        }
        assert {(s, p) for d, s, m, p in seen if d == two} == {(0, pool["a"]), (1, pool["c"])}


@pytest.mark.parametrize("tick_ms", [1, 1_000, 10_000])
@pytest.mark.parametrize(
    "seize",
    [
        {},
        {"overflow": [{"after_s": 60, "to": ["a"]}]},
        {"overflow": [{"after_s": 30, "to": ["remote_agent", "remote_agent.backup"]}], "priority": 5},
    ],
)
def test_both_engines_agree(tick_ms, seize):
    agree(bank(PARTS, seize=seize, tick_ms=tick_ms))


def test_both_engines_agree_where_a_branch_has_nobody_in_the_morning():
    """branch-01 is served from noon only: who asks before is referred; urgent ones take an agent from others."""
    rows = [{"place": "branch-01", "team": "c", "start": "12:00"}]
    urgent = [
        {"seize": {"name": "agent", "needs": [["remote_agent"]], "priority": 1, "preempt": True}},
        {"advance": {"name": "work", "law": "exponential", "mean_s": 300}},
        {"release": ["agent"]},
    ]
    scenario = bank(rows, tick_ms=1_000)
    route = {name: [b.model_dump(exclude_none=True) for b in blocks] for name, blocks in scenario.route.items()}
    services = {"S1": {"route": "call"}, "S2": {"route": "urgent"}}
    scenario = scenario.replace(route={**route, "urgent": urgent}, service=services)
    agree(scenario)
    study = sim.simulate(scenario, reps=5, seed=1)
    answered = [study.value("answered", place="branch-01", interval_start=hour * 3600).value for hour in (10, 13)]
    assert answered[0] == 0
    assert answered[1] > 0


def test_waits_count_for_the_first_choice_of_the_part():
    """b has nobody: in the morning those of branch-01 wait for b, in the afternoon not."""
    rows = [{"place": "branch", "team": "b", "end": "12:00"}, {"place": "branch", "team": "c", "start": "12:00"}]
    scenario = bank(rows).with_staff({"a": 0, "b": 1, "c": 40})
    study = sim.simulate(scenario, reps=10, seed=4)
    at = {hour: study.value("queue_mean", pool="b", interval_start=hour * 3600).value for hour in (11, 13)}
    assert at[11] > 0.5
    assert at[13] == 0


def test_rows_are_written_and_read_again(tmp_path):
    scenario = bank(PARTS)
    again = sim.read(sim.write(scenario, tmp_path / "bank"))
    assert again.serving == scenario.serving
    assert (tmp_path / "bank" / "serving.csv").is_file()


def test_unknown_names_are_refused_with_what_is_known():
    with pytest.raises(sim.InputError) as error:
        bank([{"place": "nowhere", "service": "S9", "team": "z"}])
    assert [fault.code for fault in error.value.faults] == ["unknown_place", "unknown_service", "unknown_team"]
    assert [fault.field for fault in error.value.faults] == ["serving.0.place", "serving.0.service", "serving.0.team"]
