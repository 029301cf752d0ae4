"""The scenario made of fits: places, channels, transfers, and draws that stand where they belong."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import sim
from calibration import inputs, mapping, publish
from calibration.clean import TRANSFERRED, Cleaned
from calibration.columns import DAY_S, Log

FIRST = 20_248
"""Monday, 9 June 2025."""


def _log(days=10, transfer_share=0.2):
    """Return a log of two branches, two services; some of A's customers are passed on to B's service."""
    generator = sim.generator(5, "scenario test")
    rows = []
    for day in range(days):
        for place, number in ((0, 160), (1, 80)):
            at = np.sort(generator.uniform(9 * 3600, 17 * 3600, number)) + (FIRST + day) * DAY_S
            for n, arrive in enumerate(at.tolist()):
                case = (day * 2 + place) * 1_000 + n
                service = int(generator.random() < 0.3)
                wait = float(generator.exponential(60)) if n % 4 == 0 else 0.0
                moved = service == 0 and generator.random() < transfer_share
                takes = generator.exponential(120)
                outcome = TRANSFERRED if moved else 0
                rows.append((case, 0, place, service, arrive, wait, takes, outcome, n % 4))
                if moved:
                    rows.append((case, 1, place, 1, arrive + wait + takes, 0.0, 90.0, 0, (n + 1) % 4))
    case, leg, place, service, arrive, wait, takes, outcome, agent = np.array(rows).T.astype(np.int64)
    return Log.of(
        arrive, case=case, leg=leg, place=place, service=service, wait_s=wait, service_s=np.maximum(takes, 1),
        outcome=outcome, agent=agent + 4 * place, places=("North 1", "South"), services=("A", "B"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made():
    """The calibration of that log."""
    return publish.fit(Cleaned(_log(), (), (), {}), mapping.preset("ticket-machine"), seed=3)


def test_each_place_has_its_team_its_stream_and_its_rates(made):
    scenario = made.scenario
    assert list(scenario.place) == ["North-1", "South"]
    assert {team.place for team in scenario.team.values()} == {"North-1", "South"}
    per_day = {name: 0.0 for name in scenario.place}
    for row in scenario.rates:
        if row.day_class == "workday":
            per_day[row.place] += row.rate_per_hour * (row.end - row.start) / 3600
    # First legs only: who is passed on has come once.
    assert per_day == pytest.approx({"North-1": 160, "South": 80}, rel=0.02)


def test_customers_of_a_place_are_served_there(made):
    study = sim.simulate(made.scenario, reps=4, seed=1)
    assert study.value("offered", place="North-1").value == pytest.approx(5 * 160 + 2 * 160, rel=0.1)
    assert study.value("answered").value == pytest.approx(study.value("offered").value, rel=0.02)


def test_transfers_go_on_to_the_service_of_the_next_leg(made):
    blocks = made.scenario.route["A"]
    (transfer,) = (block.transfer for block in blocks if block.transfer)
    seen = made.fits.routes.of("transfer", "A").share
    assert transfer.to["B"] == pytest.approx(seen, abs=1e-5)
    assert 0.15 < seen < 0.25
    assert not any(block.transfer for block in made.scenario.route["B"])


def test_every_drawn_path_stands_in_the_scenario(made):
    """A value put in at any path changes the scenario, and nothing but what the path names."""
    base, paths = made.scenario, {}
    for draw, path, value in inputs.drawn(made):
        if draw == 1:
            paths[path] = value
    assert {path.partition("/")[0] for path in paths} >= {"rates", "route"}
    for path, value in paths.items():
        numbers = " ".join(str(float(one) * 1.01 + 0.001) for one in value.split())
        other = sim.with_draw(base, {path: numbers})
        part = path.partition("/")[0]
        changed = [name for name in type(base).model_fields if getattr(other, name) != getattr(base, name)]
        assert changed == [{"rates": "rates", "route": "route", "factor": "factor", "service": "service"}[part]], path


def test_the_draws_lie_around_the_fit(made):
    rates = {f"rates/{r.stream}/{r.place}/{r.service}/{r.day_class}/{r.start // 3600:02d}:{r.start % 3600 // 60:02d}":
             r.rate_per_hour for r in made.scenario.rates}  # fmt: skip
    drawn = {path: [] for path in rates}
    for _, path, value in inputs.drawn(made):
        if path in drawn:
            drawn[path].append(float(value))
    assert {len(values) for values in drawn.values()} == {200}
    ratio = np.array([np.mean(values) / rates[path] for path, values in drawn.items()])
    assert ratio.mean() == pytest.approx(1.0, abs=0.03)


def test_draws_are_written_beside_the_scenario(made, tmp_path):
    folder = publish.write(made, tmp_path / "out")
    rows = list(csv.DictReader((folder / inputs.FILE).read_text("utf-8").splitlines()))
    assert set(rows[0]) == {"draw", "path", "value"}
    assert {int(row["draw"]) for row in rows} == set(range(1, 201))
    assert sim.read(folder) == made.scenario


def test_scenarios_of_draws_run_and_differ(made):
    drawn = inputs.drawn_scenarios(made)
    first, second = next(drawn), next(drawn)
    assert first != second
    assert {name: len(getattr(first, name)) for name in ("rates", "staffing")} == {
        name: len(getattr(made.scenario, name)) for name in ("rates", "staffing")
    }
    assert sim.simulate(first, reps=1, seed=1).value("answered").value > 0
