"""S02 and S03 as they run: everybody is served, by the same people in both engines, and the figures are sane."""

from __future__ import annotations

import pytest

import scenarios_catalog
import sim

IDS = ("S02", "S03")
REPS = 40


@pytest.fixture(scope="module")
def studies():
    scenarios = [scenarios_catalog.load(name) for name in IDS]
    return dict(zip(IDS, sim.compare(*scenarios, reps=REPS, seed=5).studies, strict=True))


@pytest.mark.parametrize("name", IDS)
def test_every_service_is_served(studies, name):
    """In 40 days even the rarest scene (P09, about two a day) comes and is served to the end."""
    study = studies[name]
    unserved = [service for service in study.scenario.service if not study.value("answered", service=service).value]
    assert unserved == []


def test_both_sides_have_the_same_customers(studies):
    """Common random numbers: the same arrivals at every branch, for every service, in every quarter-hour."""
    rows = {
        name: [
            (row.place, row.service, row.interval_start, row.value)
            for row in study.rows
            if row.measure == "offered" and row.value
        ]
        for name, study in studies.items()
    }
    assert rows["S02"] == rows["S03"]
    assert len(rows["S02"]) > 350


@pytest.mark.parametrize("name", IDS)
def test_doors_close_at_five_and_the_last_customer_is_served(name):
    """Open 09:00-17:00, and in 100 days nobody is left at night: not by a teller, the centre or a remote agent."""
    scenario = scenarios_catalog.load(name)
    branches = [place for place in scenario.place.values() if place.kind == "branch"]
    assert {(place.opens, place.closes, place.closing) for place in branches} == {(9 * 3600, 17 * 3600, "serve")}
    study = sim.simulate(scenario, reps=100, seed=5)
    assert study.value("in_system").value == 0
    assert study.value("closed").value == 0


@pytest.mark.parametrize("name", IDS)
def test_whoever_stays_for_the_last_customer_is_paid(studies, name):
    """People of branches leave at 17:30 as planned; beyond that is overtime, seldom and not for nothing."""
    study = studies[name]
    at_branches = {team for team, spec in study.scenario.team.items() if spec.place != "city-centre"}
    ends = {row.end for row in study.scenario.staffing if row.team in at_branches}
    assert max(ends) == 17.5 * 3600
    assert 0 < study.value("overtime_hours").value < 3
    planned = study.value("paid_hours").value - study.value("overtime_hours").value
    assert planned == pytest.approx({"S02": 351.5, "S03": 359.5}[name])


@pytest.mark.parametrize("name", IDS)
def test_a_shift_is_eight_paid_hours_that_cover_the_opening(name):
    """Tellers and lobby managers are there before nine and after five; only the relief of a meal is shorter."""
    for row in scenarios_catalog.load(name).staffing:
        paid = row.end - row.start - sum(b - a for a, b in row.meal)
        assert paid in (8 * 3600, 45 * 60)
        if paid == 8 * 3600 and row.team.startswith(("teller", "lobby")):
            assert row.start <= 9 * 3600 < 17 * 3600 <= row.end


def test_a_branch_alone_waits_as_branches_do(studies):
    """Domain notes: waits of 5 to 15 minutes on average at the peak, tellers neither idle nor always busy."""
    today = studies["S02"]
    hours = {hour: _hourly_mean_wait_s(today, hour) for hour in range(9, 17)}
    assert 300 <= max(hours.values()) <= 900
    assert 0.45 <= _occupancy(today, "teller") <= 0.8
    assert today.value("abandoned_share").value < 0.10


def test_s03_is_shipped_at_the_p90_wait_of_s02():
    """So that comparing the two as they stand compares paid hours at equal service, within noise."""
    scenarios = [scenarios_catalog.load(name) for name in IDS]
    row = sim.compare(*scenarios, reps=200, seed=6).value("wait_all_p90_s")
    assert -90 < row.difference <= row.half_width
    assert row.half_width < 30


@pytest.mark.parametrize("name", IDS)
def test_both_engines_do_the_same(name):
    scenario = scenarios_catalog.load(name)
    kernel, simpy = (
        sim.simulate(scenario, reps=1, seed=9, engine=engine, trace=True) for engine in ("kernel", "simpy")
    )
    assert kernel.trace_sha256 == simpy.trace_sha256


@pytest.mark.parametrize("name", IDS)
def test_a_week_has_five_workdays_and_a_weekend(name):
    """On Saturday and Sunday 46 % of the personal customers come and no corporate ones."""
    week = sim.simulate(scenarios_catalog.load(name), reps=4, seed=2, days=7)
    per_day = [0.0] * 8
    for row in week.rows:
        if row.measure == "offered" and row.place == row.service == "*" and row.interval_start != "*":
            per_day[row.interval_start // 86_400] += row.value
    weekday, weekend = sum(per_day[:5]) / 5, sum(per_day[5:7]) / 2
    assert 0.3 < weekend / weekday < 0.55
    corporate = sim.offered(scenarios_catalog.load(name).replace(run={"days": 7, "day_classes": ("weekend",)}))
    here = corporate.services.index("C01") if "C01" in corporate.services else None
    assert here is None or corporate.per_hour[:, here].sum() == 0


def test_a_remote_booth_is_held_while_waiting_for_the_agent(studies):
    """With hardly any agents the booths fill up: booth and agent are held together, in that order."""
    pooled = scenarios_catalog.load("S03")
    few = sim.simulate(scenarios_catalog.with_people(pooled, {"remote-a": 1, "remote-b": 1}), reps=5, seed=1)
    enough = sim.simulate(pooled, reps=5, seed=1)
    booth = "booth-large@branch-large-01"
    busier = few.value("occupancy", pool=booth).value - enough.value("occupancy", pool=booth).value
    assert busier > 0.05
    assert few.value("wait_all_mean_s").value > 2 * enough.value("wait_all_mean_s").value


def test_a_ticket_takes_a_teller_as_long_as_was_published():
    """7.6 minutes are published; the mix of services was chosen to fit, so the row says CALIBRATED."""
    (row,) = scenarios_catalog.check("S02")
    assert (row.id, row.code, row.label, row.verdict) == ("S02", "ticket_minutes", "CALIBRATED", "PASS")
    assert row.headline.zh != row.headline.en
    assert row.band[0] <= row.value <= row.band[1]
    assert row.half_width is None


def test_an_unknown_scenario_cannot_be_checked():
    with pytest.raises(sim.InputError):
        scenarios_catalog.check("S99")


@pytest.mark.slow
def test_the_claims_about_s03_come_out():
    """23 scenes end to end; pooled seats are at most 60 % of the seats of ten branches alone (F20)."""
    checks = {row.code: row for row in scenarios_catalog.check("S03", reps=4)}
    assert checks["scenes_served"].value == 23
    pooling = checks["pooled_seats_share"]
    assert pooling.label == "DIRECTIONAL"
    assert pooling.value > pooling.half_width
    assert pooling.verdict == "PASS"


def _hourly_mean_wait_s(study, hour):
    rows = [
        study.value(measure, interval_start=start).value or 0.0
        for start in range(hour * 3600, hour * 3600 + 3600, 900)
        for measure in ("offered", "wait_all_mean_s")
    ]
    offered, waits = rows[::2], rows[1::2]
    return sum(n * wait for n, wait in zip(offered, waits, strict=True)) / sum(offered)


def _occupancy(study, role):
    teams = {name for name, team in study.scenario.team.items() if (team.role or name) == role}
    pools = {row.pool for row in study.rows if row.pool.partition("@")[0] in teams}
    paid = {pool: study.value("paid_hours", pool=pool).value for pool in pools}
    busy = sum(hours * study.value("occupancy", pool=pool).value for pool, hours in paid.items())
    return busy / sum(paid.values())
