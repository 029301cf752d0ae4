"""Sampled inputs: what is not known of them stands apart from the noise of simulation, and both are right."""

from __future__ import annotations

import numpy as np
import pytest

import scenarios_catalog
import sim
from sim.measures import Groups, Sums, t_quantile

HOURS, PER_HOUR, SD = 4, 100.0, 0.10
"""Poisson customers at a rate that is known to a tenth."""


def desk(**parts) -> sim.Scenario:
    serve = {"seize": {"name": "answer", "needs": [["agent"]]}}
    service = {"advance": {"law": "exponential", "mean_s": 60.0, "name": "service"}}
    rates = [
        {
            "stream": "calls",
            "service": "call",
            "day_class": "workday",
            "start": hour * 3600,
            "end": (hour + 1) * 3600,
            "rate_per_hour": PER_HOUR,
        }
        for hour in range(9, 9 + HOURS)
    ]
    return sim.validated(
        {
            "id": "desk",
            "team": {"agent": {"staff": 3}},
            "route": {"call": [serve, service, {"release": ["answer"]}]},
            "service": {"call": {"route": "call"}},
            "stream": {"calls": {}},
            "rates": rates,
            "run": {"days": 1},
            **parts,
        }
    )


def sets(count: int, sd: float = SD) -> list[dict[str, str]]:
    """Return factors on all rates, normal around 1."""
    factors = sim.generator(3, "sets").normal(1.0, sd, count)
    return [{"rates/calls/*/call/workday/*": str(max(float(one), 0.01))} for one in factors]


def test_the_half_width_of_the_inputs_is_that_of_the_sets():
    """λ = 400 a day, sets known to a tenth: 200 sets twice, and the rest is as without them."""
    study = sim.simulate(desk(), reps=400, seed=1, inputs=sim.Draws(desk(), sets(200)))
    plain = sim.simulate(desk(), reps=400, seed=1)
    factors = np.array([float(one["rates/calls/*/call/workday/*"]) for one in sets(200)])
    wanted = t_quantile(199) * PER_HOUR * HOURS * factors.std(ddof=1)
    assert study.value("offered").input_half_width == pytest.approx(wanted, rel=0.05)
    for one, other in zip(study.rows, plain.rows, strict=True):
        assert (one.value, one.half_width, other.input_half_width) == (other.value, other.half_width, None)


def test_the_half_width_of_a_ratio_is_that_of_long_runs():
    """The mean wait of 30 sets, each simulated for itself for 200 days, against the half-width from 240 days in all."""
    drawn = sim.Draws(desk(), sets(30, 0.05))
    waits = [sim.simulate(one, reps=200, seed=9).value("wait_mean_s").value for one in drawn]
    wanted = t_quantile(29) * np.std(waits, ddof=1)
    study = sim.simulate(desk(), reps=240, seed=1, inputs=drawn)
    assert study.groups.each == 8
    assert study.value("wait_mean_s").input_half_width == pytest.approx(wanted, rel=0.25)


def test_more_replications_do_not_shrink_it():
    few, many = (sim.simulate(desk(), reps=n, seed=1, inputs=sim.Draws(desk(), sets(60))) for n in (120, 1080))
    assert many.groups.each == 18
    assert many.value("offered").half_width == pytest.approx(few.value("offered").half_width / 3, rel=0.2)
    assert many.value("offered").input_half_width == pytest.approx(few.value("offered").input_half_width, rel=0.1)


def test_inputs_that_are_known_add_nothing():
    study = sim.simulate(desk(), reps=40, seed=2, inputs=sim.Draws(desk(), sets(20, 0.0)))
    for measure in ("offered", "wait_mean_s", "occupancy"):
        assert study.value(measure).input_half_width == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("count", [7, 8, 9, 20])
def test_groups_are_the_analysis_of_variance(count):
    """Against the sums of squares written out, with a last set that is not full."""
    chance = sim.generator(8, "groups")
    values = 3 + np.repeat(chance.normal(5, 1, 10), 3)[:count] + chance.normal(0, 0.5, count)
    sums, groups = Sums(1), Groups(1, 3)
    for one in values:
        sums.add(np.array([100.0]), np.ones(1))
        groups.add(np.array([one]), np.zeros(1))
    groups.close()
    sets_of = [values[k : k + 3] for k in range(0, count, 3)]
    m = len(sets_of)
    within = sum(((one - one.mean()) ** 2).sum() for one in sets_of) / (count - m)
    between = sum(len(one) * (one.mean() - values.mean()) ** 2 for one in sets_of) / (m - 1)
    size = (count - sum(len(one) ** 2 for one in sets_of) / count) / (m - 1)
    wanted = t_quantile(m - 1) * (max(between - within, 0) / size) ** 0.5
    assert groups.half_widths(sums)[0] == pytest.approx(wanted, rel=1e-6)


def test_threads_and_engines_agree():
    drawn = sim.Draws(desk(), sets(5))
    studies = [
        sim.simulate(desk(), reps=7, seed=4, inputs=drawn, trace=True, **how)
        for how in ({"threads": 1}, {"threads": 3}, {"engine": "simpy"})
    ]
    assert studies[0].rows == studies[1].rows == studies[2].rows
    assert len({study.trace_sha256 for study in studies}) == 1


def test_one_replication_has_neither_half_width():
    row = sim.simulate(desk(), reps=1, inputs=sim.Draws(desk(), sets(5))).value("offered")
    assert (row.half_width, row.input_half_width) == (None, None)


def test_sets_of_another_world_are_refused():
    other = desk(team={"agent": {"staff": 3}, "idle": {"staff": 1}})
    with pytest.raises(sim.InputError) as caught:
        sim.simulate(desk(), reps=2, inputs=[other])
    assert caught.value.faults[0].code == "inputs_differ"
    with pytest.raises(sim.InputError) as caught:
        sim.simulate(desk(), reps=2, inputs=[])
    assert caught.value.faults[0].code == "inputs_empty"


# --- the file ---------------------------------------------------------------------------------------------------------


def written(tmp_path, *lines: str, header: str = "draw,path,value"):
    folder = sim.write(desk(), tmp_path / "desk") or tmp_path / "desk"
    (folder / "draws.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


def test_every_kind_of_path_changes_what_it_names(tmp_path):
    folder = written(
        tmp_path,
        "1,rates/calls/*/call/workday/09:00,50",
        "1,route/call/service/mean_s,90.5",
        "2,rates/calls/*/call/workday/*,2",
    )
    first, second = scenarios_catalog.draws(folder)
    assert [row.rate_per_hour for row in first.rates] == [50, 100, 100, 100]
    assert [row.rate_per_hour for row in second.rates] == [200] * 4
    assert first.route["call"][1].advance.mean_s == 90.5
    assert second.route == desk().route


def test_a_child_keeps_what_it_states_itself(tmp_path):
    written(tmp_path, "1,route/call/service/mean_s,90", "1,rates/calls/*/call/workday/09:00,50")
    child = tmp_path / "child"
    child.mkdir()
    (child / "scenario.toml").write_text('id = "child"\nextends = "desk"\n[team.agent]\nstaff = 4\n')
    (one,) = scenarios_catalog.draws(child)
    assert (one.team["agent"].staff, one.route["call"][1].advance.mean_s, one.rates[0].rate_per_hour) == (4, 90, 50)
    rates = "stream,service,day_class,start,end,rate_per_hour\ncalls,call,workday,09:00,10:00,70\n"
    (child / "rates.csv").write_text(rates)
    (one,) = scenarios_catalog.draws(child)
    assert [row.rate_per_hour for row in one.rates] == [70]


@pytest.mark.parametrize(
    ("lines", "header", "code", "field"),
    [
        (["1,rates/none,2"], "draw,path,value", "draws_path", "row 2, path"),
        (["1,route/call/service/mean_s,long"], "draw,path,value", "draws_value", "row 2, value"),
        (["1,route/call/service/mean_s,nan"], "draw,path,value", "draws_value", "row 2, value"),
        (["1,route/call/service/mean_s,1 2"], "draw,path,value", "draws_value", "row 2, value"),
        (["1,route/call/service/mean_s,1"] * 2, "draw,path,value", "twice", "row 3, path"),
        (["1,2,3"], "draw,parameter,value", "draws_columns", "row 1"),
        ([], "draw,path,value", "csv_empty", ""),
    ],
)
def test_a_file_with_faults_is_refused_where_they_stand(tmp_path, lines, header, code, field):
    folder = written(tmp_path, *lines, header=header)
    with pytest.raises(sim.InputError) as caught:
        scenarios_catalog.draws(folder)
    (fault,) = caught.value.faults
    assert (fault.code, fault.field) == (code, field)
    assert fault.file.endswith("draws.csv")


def test_a_scenario_without_draws_is_refused():
    with pytest.raises(sim.InputError) as caught:
        scenarios_catalog.draws("S03")
    assert caught.value.faults[0].code == "no_draws"
