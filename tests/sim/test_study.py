"""Studies: intervals, threads, stopping, comparing on common luck, promises."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

import scenarios_catalog
import sim
from sim.draw import draw
from sim.engines import kernel
from sim.measures import Layout
from sim.tables import compile_scenario
from tests.worlds import exponential, fixed, world


def counter(staff: int = 3, *, patience_s: float = 200.0, per_hour: float = 60.0, **more: object) -> sim.Scenario:
    """Open 08:00-12:00; three clerks, 150 s a customer, some patience."""
    return world(
        [{"serve": {"by": ["desk"], "takes": exponential(150), "patience": exponential(patience_s)}}],
        place={"office": {"opens": "08:00", "closes": "12:00"}},
        team={"desk": {"place": "office", "staff": staff, "cost_per_hour": 60.0}},
        stream={"visit": {"place": "office", "service": "visit", "rate_per_hour": per_hour}},
        **more,
    )


def per_replication(scenario: sim.Scenario, reps: int, seed: int) -> tuple[Layout, np.ndarray, np.ndarray]:
    """Return layout, numerators and denominators, shape (reps, cells)."""
    tables = compile_scenario(scenario)
    layout = Layout(scenario, tables)
    pairs = []
    for replication in range(reps):
        when = draw(tables, seed, replication)
        pairs.append(layout.fill(layout.tally(kernel.run(tables, when))))
    return layout, np.array([top for top, _ in pairs]), np.array([low for _, low in pairs])


# --- intervals ----------------------------------------------------------------------------------------------------


def test_counts_have_students_interval():
    """Mean, standard deviation with n − 1, t quantile: as in any textbook."""
    scenario, reps = counter(), 12
    layout, top, _ = per_replication(scenario, reps, 5)
    study = sim.simulate(scenario, reps=reps, seed=5)
    for measure in ("offered", "abandoned", "cost"):
        (at,) = [n for n, key in enumerate(layout.keys) if key == type(key)(measure)]
        row = study.value(measure)
        assert row.value == pytest.approx(top[:, at].mean(), rel=1e-12)
        half = stats.t(reps - 1).ppf(0.975) * top[:, at].std(ddof=1) / math.sqrt(reps)
        assert row.half_width == pytest.approx(half, rel=1e-6)


def test_ratios_have_the_interval_of_their_linearised_residuals():
    """Value Σa/Σb; error from a − (Σa/Σb)·b, over the mean of b (Cochran 1977, eq. 2.39)."""
    scenario, reps = counter(), 12
    layout, top, low = per_replication(scenario, reps, 5)
    study = sim.simulate(scenario, reps=reps, seed=5)
    for measure in ("wait_mean_s", "service_level", "abandoned_share", "occupancy", "time_in_system_mean_s"):
        (at,) = [n for n, key in enumerate(layout.keys) if key == type(key)(measure)]
        a, b = top[:, at], low[:, at]
        ratio = a.sum() / b.sum()
        half = stats.t(reps - 1).ppf(0.975) * (a - ratio * b).std(ddof=1) / math.sqrt(reps) / b.mean()
        row = study.value(measure)
        assert row.value == pytest.approx(ratio, rel=1e-12)
        assert row.half_width == pytest.approx(half, rel=1e-6)


def test_the_interval_of_a_ratio_is_that_of_the_jackknife():
    """Leaving out one replication at a time gives the same width to a few per cent."""
    scenario, reps = counter(), 60
    layout, top, low = per_replication(scenario, reps, 8)
    study = sim.simulate(scenario, reps=reps, seed=8)
    for measure in ("wait_mean_s", "service_level", "abandoned_share"):
        (at,) = [n for n, key in enumerate(layout.keys) if key == type(key)(measure)]
        a, b = top[:, at], low[:, at]
        left_out = (a.sum() - a) / (b.sum() - b)
        error = math.sqrt((reps - 1) / reps * ((left_out - left_out.mean()) ** 2).sum())
        row = study.value(measure)
        assert row.half_width == pytest.approx(stats.t(reps - 1).ppf(0.975) * error, rel=0.05)


def test_intervals_hold_the_truth_nineteen_times_in_twenty():
    """150 studies of 10 days each against one of 4,000 days: 95 % ± four standard errors of that share."""
    scenario = counter()
    long = sim.simulate(scenario, reps=4000, seed=99)
    truth = {name: long.value(name).value for name in ("wait_mean_s", "offered")}
    hits = dict.fromkeys(truth, 0)
    for seed in range(150):
        study = sim.simulate(scenario, reps=10, seed=seed, threads=1)
        for name, value in truth.items():
            row = study.value(name)
            hits[name] += abs(row.value - value) <= row.half_width
    for name, count in hits.items():
        assert abs(count / 150 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 150), (name, count)


def test_one_replication_has_no_interval_and_what_is_undefined_is_none():
    study = sim.simulate(counter(per_hour=0.0), reps=1)
    assert study.value("offered").value == 0
    assert study.value("wait_mean_s").value is None
    assert all(row.half_width is None for row in study.rows)
    assert all(row.value is None or math.isfinite(row.value) for row in study.rows)


# --- the same result however it is run ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["S02", "S03"])
def test_threads_change_nothing(name):
    scenario = scenarios_catalog.load(name)
    one, two, three = (sim.simulate(scenario, reps=7, seed=4, threads=n, trace=True) for n in (1, 2, 3))
    assert repr(one.rows) == repr(two.rows) == repr(three.rows)
    assert one.trace_sha256 == two.trace_sha256 == three.trace_sha256


def test_engines_give_the_same_study():
    scenario = counter(run={"days": 2})
    ours, theirs = (sim.simulate(scenario, reps=3, engine=engine, trace=True) for engine in ("kernel", "simpy"))
    assert repr(ours.rows) == repr(theirs.rows)
    assert ours.trace_sha256 == theirs.trace_sha256
    assert ours.trace_sha256 != sim.simulate(scenario, reps=3, seed=2, trace=True).trace_sha256


def test_a_longer_study_begins_with_the_shorter_one():
    """Replication n is the same whatever comes after it."""
    short, long = (sim.simulate(counter(), reps=reps, seed=3) for reps in (4, 9))
    assert np.array_equal(short.running.main.table()[0], long.running.main.table()[0][:4])


def test_progress_is_told_and_days_can_be_set():
    told: list[tuple[int, int]] = []
    study = sim.simulate(counter(), reps=3, days=2, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert study.scenario.run.days == 2
    assert {row.interval_start // 86_400 for row in study.rows if row.interval_start != "*"} == {0, 1}


def test_it_stops_when_the_interval_is_narrow_enough():
    """Of at most 500 replications: 10 at least, the first at which every half-width asked for is reached."""
    limits = {"wait_mean_s": 6.0, "service_level": 0.02}
    study = sim.simulate(counter(), reps=500, seed=3, half_width=limits, threads=2)
    n = study.replications
    assert 10 < n < 500
    for name, limit in limits.items():
        assert study.value(name).half_width <= limit
    before = sim.simulate(counter(), reps=n - 1, seed=3)
    assert any(before.value(name).half_width > limit for name, limit in limits.items())
    assert repr(study.rows) == repr(sim.simulate(counter(), reps=n, seed=3).rows)
    assert sim.simulate(counter(), reps=500, seed=3, half_width={"offered": 1e9}).replications == 10


# --- luck ---------------------------------------------------------------------------------------------------------


def services(scenario: sim.Scenario, block: str, seed: int = 6) -> dict[tuple[str, int], list[int]]:
    """Return (stream, n) → durations in ticks of the ADVANCE called `block`."""
    tables = compile_scenario(scenario)
    when = draw(tables, seed, 0)
    trace = kernel.run(tables, when)
    out: dict[tuple[str, int], list[int]] = {}
    for _, started, ended, visit, step, _, unit, _ in trace.rows.tolist():
        if unit < 0 <= ended and tables.names.steps[step].endswith(f".{block}") and started >= 0:
            _, stream, n, _ = when.visit[visit].tolist()
            out.setdefault((tables.names.streams[stream], n), []).append(ended - started)
    return out


def test_inserting_a_step_changes_nobody_elses_luck():
    """Two blocks more before the service: who comes, and how long each service takes, stays to the tick."""
    serve = {"serve": {"name": "talk", "by": ["desk"], "takes": {"law": "gamma", "mean_s": 90, "cv": 0.8}}}
    more = [
        {"serve": {"name": "hello", "by": ["desk"], "takes": exponential(20)}},
        {"transfer": {"name": "maybe", "to": {"next": 0.5, "talk": 0.5}}},
        {"advance": {**exponential(30), "name": "form"}},
    ]
    parts = {
        "team": {"desk": {"staff": 4}},
        "stream": {"visit": {"service": "visit", "rate_per_hour": 20}},
    }
    before, after = world([serve], **parts), world([*more, serve], **parts)
    assert services(before, "talk.service") == services(after, "talk.service")
    assert len(services(before, "talk.service")) > 300


def test_other_staff_meets_the_same_customers():
    two, five = (services(counter(staff, patience_s=1e9), "desk.service") for staff in (2, 5))
    both = two.keys() & five.keys()
    assert len(both) > 100
    assert all(two[visit] == five[visit] for visit in both)


def day_of(scenario: sim.Scenario) -> dict[str, list[tuple[int, int]]]:
    """Return stream → its (tick, n)."""
    tables = compile_scenario(scenario)
    out: dict[str, list[tuple[int, int]]] = {name: [] for name in tables.names.streams}
    for tick, stream, n, _ in draw(tables, 1, 0).visit.tolist():
        out[tables.names.streams[stream]].append((tick, n))
    return out


def test_adding_a_stream_or_a_place_leaves_the_others_as_they_were():
    route = [{"advance": fixed(1)}]
    parts = {"factor": {"day": {"cv": 0.3, "scope": "place"}}, "place": {"a": {}, "b": {}}}
    stream = {"service": "visit", "rate_per_hour": 30, "factors": ["day"]}
    small = day_of(world(route, stream={"s": {**stream, "place": "a"}}, **parts))
    more_place = {**parts, "place": {"z": {}, "a": {}, "b": {}}}
    streams = {"q": {**stream, "place": "b"}, "s": {**stream, "place": "a"}, "t": {**stream, "place": "z"}}
    large = day_of(world(route, stream=streams, **more_place))
    assert large["s/a/visit"] == small["s/a/visit"]
    assert len(large) == 3
    assert large["q/b/visit"] != large["s/a/visit"]


def test_another_service_leaves_the_customers_of_the_first_as_they_were():
    route = [{"advance": fixed(1)}]
    one = world(route, stream={"s": {"shares": {"visit": 1}, "rate_per_hour": 10}})
    service = {name: {"route": "visit"} for name in ("other", "visit")}
    two = world(route, service=service, stream={"s": {"shares": {"other": 1, "visit": 1}, "rate_per_hour": 20}})
    assert day_of(two)["s/all/visit"] == day_of(one)["s/all/visit"]


# --- comparing ----------------------------------------------------------------------------------------------------


def test_common_customers_make_differences_sure():
    """Three clerks or four: the paired interval is less than half of that of two separate studies."""
    a, b = counter(3), counter(4).replace(id="more")
    paired = sim.compare(a, b, reps=60, seed=2).value("wait_mean_s")
    alone = [sim.simulate(scenario, reps=60, seed=seed).value("wait_mean_s") for scenario, seed in ((a, 2), (b, 77))]
    separate = math.hypot(*(row.half_width for row in alone))
    assert paired.half_width < 0.6 * separate
    assert paired.verdict == "lower"
    assert paired.difference == pytest.approx(paired.b - paired.a)


def test_a_difference_has_the_interval_of_its_paired_residuals():
    a, b = counter(3), counter(4).replace(id="more")
    comparison = sim.compare(a, b, reps=25, seed=2)
    residuals = []
    for scenario in (a, b):
        layout, top, low = per_replication(scenario, 25, 2)
        (at,) = [n for n, key in enumerate(layout.keys) if key == type(key)("wait_mean_s")]
        ratio = top[:, at].sum() / low[:, at].sum()
        residuals.append((top[:, at] - ratio * low[:, at]) / low[:, at].mean())
    half = stats.t(24).ppf(0.975) * (residuals[1] - residuals[0]).std(ddof=1) / 5
    assert comparison.value("wait_mean_s").half_width == pytest.approx(half, rel=1e-9)


def test_a_scenario_against_itself_shows_no_difference():
    rows = sim.compare(counter(), counter().replace(id="twin"), reps=5).rows
    assert {row.verdict for row in rows} == {"no_difference_shown"}
    assert {row.difference for row in rows} <= {0.0, None}
    assert {row.pair for row in rows} == {("world", "twin")}


def test_three_scenarios_are_compared_pair_by_pair():
    scenarios = [counter(staff).replace(id=f"c{staff}") for staff in (2, 3, 4)]
    told: list[tuple[int, int]] = []
    comparison = sim.compare(*scenarios, reps=4, progress=lambda *done: told.append(done))
    pairs = [row.pair for row in comparison.rows if (row.measure, row.place, row.pool) == ("offered", "*", "*")]
    assert set(pairs) == {("c2", "c3"), ("c2", "c4"), ("c3", "c4")}
    assert told[-1] == (12, 12)
    assert comparison.value("cost", ("c2", "c4")).difference > 0


# --- promises -----------------------------------------------------------------------------------------------------


def test_a_promise_is_the_service_level_under_its_own_rules():
    scenario = counter(2)
    study = sim.simulate(scenario, reps=20)
    promise = sim.Promise(share=0.8, within_s=90.0, per=())
    kept = study.kept(promise)
    rules = {**scenario.rules.model_dump(), "sl_threshold_s": 90.0}
    row = sim.simulate(scenario.replace(rules=rules), reps=20).value("service_level")
    assert (kept.share, kept.half_width) == (row.value, row.half_width)
    assert kept.cells == ()
    assert kept.ok == (row.value >= 0.8)


def test_each_cell_of_a_promise_is_judged_and_small_ones_together():
    """15-minute intervals with 15 customers in the morning hour, 2 after it: those eight are one cell."""
    rows = [("08:00", "09:00", 60.0), ("09:00", "11:00", 8.0)]
    scenario = world(
        [{"serve": {"by": ["desk"], "takes": fixed(200)}}],
        team={"desk": {"staff": 3}},
        stream={"visit": {}},
        rates=[
            {"stream": "visit", "service": "visit", "start": start, "end": end, "rate_per_hour": rate}
            for start, end, rate in rows
        ],
    )
    promise = sim.Promise(share=0.9, within_s=30.0)
    study = sim.simulate(scenario, reps=40)
    kept = study.kept(promise)
    single, (rest,) = kept.cells[:-1], kept.cells[-1:]
    assert [cell.interval_start for cell in single] == [28_800, 29_700, 30_600, 31_500]
    assert rest.interval_start == "*"
    assert rest.expected == pytest.approx(16, abs=2)
    assert all(cell.expected == pytest.approx(15, abs=2) for cell in single)
    for cell in kept.cells:
        assert cell.kept == (cell.value >= 0.9)
    level = partial(sim.simulate(scenario.replace(rules={"sl_threshold_s": 30.0}), reps=40).value, "service_level")
    for cell in single:
        assert cell.value == level(interval_start=cell.interval_start).value
    total = sum(cell.value * cell.expected for cell in kept.cells)
    assert total / sum(cell.expected for cell in kept.cells) == pytest.approx(kept.share)
    assert not kept.ok


def test_a_promise_by_place_looks_at_every_place():
    scenario = world(
        [{"serve": {"by": ["desk"], "takes": fixed(300)}}],
        place={"a": {"count": 2, "opens": "08:00", "closes": "12:00"}, "b": {"opens": "08:00", "closes": "12:00"}},
        team={"desk": {"place": "a", "staff": 5}, "other": {"place": "b", "role": "desk", "staff": 1}},
        stream={name: {"place": name, "service": "visit", "rate_per_hour": 20} for name in ("a", "b")},
    )
    kept = sim.simulate(scenario, reps=10).kept(sim.Promise(share=0.8, within_s=60, per=("place",)))
    assert {cell.place: cell.kept for cell in kept.cells} == {"a-01": True, "a-02": True, "b": False}
    assert not kept.ok


def test_a_promise_about_one_queue_counts_who_came_to_it():
    """Half of the customers go on to a boss who has no time: asked are those alone, and none is reached."""
    route = [
        {"serve": {"by": ["desk"], "takes": fixed(10)}},
        {"transfer": {"name": "on", "to": {"next": 0.5, "end": 0.5}}},
        {"serve": {"by": ["boss"], "takes": fixed(10), "patience": fixed(60)}},
    ]
    scenario = world(
        route,
        team={"desk": {"staff": 5}, "boss": {"staff": 0}},
        stream={"visit": {"service": "visit", "rate_per_hour": 20}},
    )
    study = sim.simulate(scenario, reps=5)
    assert study.kept(sim.Promise(0.8, 30.0, of="seize:boss", per=())).share == 0.0
    assert study.kept(sim.Promise(0.8, 30.0, of="seize:desk", per=())).share == 1.0
    assert study.kept(sim.Promise(0.8, 30.0, of="first_human", per=())).share == 1.0
    assert study.kept(sim.Promise(0.8, 30.0, per=())).share == pytest.approx(0.5, abs=0.05)
