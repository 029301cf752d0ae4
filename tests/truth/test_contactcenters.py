"""Published results: example models of ContactCenters, inside the intervals that its authors print.

Source: E. Buist and P. L'Ecuyer, examples of the ContactCenters library (Université de Montréal; repository
umontreal-simul/contactcenters, doc/examples: models and their .res files), models MMC, MMCAb, CallCC and SimpleMSK as
restated with their printed results in the data notes of this project: 1,000 replications, 95 % intervals (CallCC 90 %).
The figures are facts and stand here, so nothing has to be fetched. A printed interval holds the truth 95 times in 100
and so does ours: judged is whether the two overlap.

Conventions of the authors: a day that starts empty; arrivals stop at its end, the queue is worked off; service level
counts waits strictly below 20 s (ours counts those of exactly 20 s too; at 1 ms that is nobody) among the served
(`sl_mode = "answered"`), or with those who abandon after 20 s in the denominator; waits are those of the served;
occupancy is busy over on duty during the day. Whoever is above the new number of agents finishes the call.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import sim
from sim.measures import Key, t_quantile
from tests.truth.long_runs import shifts
from tests.worlds import exponential, world

REPS = 1000


class Printed(NamedTuple):
    """An estimate and its interval as printed."""

    value: float
    low: float
    high: float


MMC = {
    "in_target": Printed(1816.2, 1812.6, 1819.7),
    "service_level": Printed(0.902, 0.900, 0.904),
    "wait_mean_min": Printed(0.099, 0.097, 0.102),
    "occupancy": Printed(0.695, 0.694, 0.697),
}
MMC_AB = {
    "abandoned": Printed(58.61, 57.66, 59.56),
    "in_target": Printed(1906.0, 1903.8, 1908.2),
    "service_level": Printed(0.975, 0.9745, 0.9755),
    "wait_mean_min": Printed(0.024, 0.0235, 0.0245),
    "occupancy": Printed(0.675, 0.674, 0.677),
    "level_with_late_abandoned": Printed(0.968, 0.9675, 0.9685),
}
"""Where no interval is printed, half a unit of the last digit stands in its place."""


def centre(**seize: Any) -> sim.Scenario:
    """M/M/12, 4.2 a minute, service 2 minutes, open eight hours; who is inside is served before the staff goes."""
    return world(
        [{"serve": {"by": ["agent"], "takes": exponential(120), **seize}}],
        place={"centre": {"opens": "00:00", "closes": "08:00", "closing": "serve"}},
        team={"agent": {"place": "centre", "staff": 12}},
        stream={"call": {"place": "centre", "service": "visit", "rate_per_hour": 252}},
        rules={"sl_threshold_s": 20, "sl_mode": "answered", "interval_s": 28_800},
    )


def estimates(scenario: sim.Scenario) -> dict[str, tuple[float, float]]:
    """Return value and 95 % half-width of what the authors print."""
    study = sim.simulate(scenario, reps=REPS, seed=1)
    found = {}
    for measure in ("abandoned", "service_level"):
        row = study.value(measure)
        found[measure] = (row.value, row.half_width)
    wait = study.value("wait_mean_s")
    found["wait_mean_min"] = (wait.value / 60, wait.half_width / 60)
    # The day's own hours, without the minutes in which the queue is worked off.
    day = study.value("occupancy", interval_start=0)
    found["occupancy"] = (day.value, day.half_width)
    found["in_target"] = daily(study, "service_level")
    return found


def overlap(found: dict[str, tuple[float, float]], printed: dict[str, Printed]) -> None:
    """Assert that each printed interval meets ours."""
    lines, wrong = [], []
    for name, theirs in printed.items():
        value, half = found[name]
        line = f"{name:<26}{theirs.value:>9g} ({theirs.low:g} to {theirs.high:g})   {value:.5g} ± {half:.2g}"
        lines.append(line)
        if not theirs.low <= value + half or not value - half <= theirs.high:
            wrong.append(line)
    print("\n" + "\n".join(lines))
    assert not wrong, "printed, ours:\n" + "\n".join(wrong)


def test_mmc_is_as_published():
    """Nobody gives up: M/M/12 at 70 %."""
    overlap(estimates(centre()), MMC)


def test_mmcab_is_as_published():
    """The same with exponential patience, mean one minute."""
    scenario = centre(patience=exponential(60))
    found = estimates(scenario)
    # Those who abandon late in the denominator: A_T / (A + Ab − Ab_T) = A_T / (O − SA), short = target.
    rules = {**scenario.rules.model_dump(), "sl_mode": "offered_minus_short", "short_abandon_s": 20}
    row = sim.simulate(scenario.replace(rules=rules), reps=REPS, seed=1).value("service_level")
    found["level_with_late_abandoned"] = (row.value, row.half_width)
    overlap(found, MMC_AB)


def daily(study: sim.Study, measure: str, service: str = "*", share: float = 0.975) -> tuple[float, float]:
    """Return mean and half-width of the numerator of a measure, a day; from batches of equally many days."""
    batches = study.running.main
    assert batches.replications == batches.length * len(batches)
    cell = Key(measure, service=service)
    column = [study.layout.keys[n] for n in batches.cells.tolist()].index(cell)
    values = batches.table()[0][:, column] / batches.length
    return values.mean(), t_quantile(len(values) - 1, share) * values.std(ddof=1) / len(values) ** 0.5


CALL_CC = {
    "arrivals": Printed(1639.5, 1612.8, 1666.2),
    "wait_mean_s": Printed(11.83, 10.06, 13.61),
    "good": Printed(0.853, 0.844, 0.862),
    "lost": Printed(0.0342, 0.0311, 0.0374),
}
"""90 % intervals; all but the arrivals are sums of a day over the 1,660 calls that are expected.

`good` counts whoever waited less than 20 s, served or not; the waits are those of all.
"""
EXPECTED = 1660


def call_center() -> sim.Scenario:
    """One team whose size changes by the hour, days that are busy or quiet, callers of whom a tenth will not wait."""
    agents = (4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4)
    calls = (100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60)
    hours = [f"{hour:02d}:00" for hour in range(8, 22)]
    assert sum(calls) == EXPECTED
    return world(
        [
            {
                "serve": {
                    "by": ["agent"],
                    "takes": exponential(100),
                    "patience": exponential(1000),
                    "balk": {"if": "u < 0.1", "go_to": "lost"},
                }
            },
            {"leave": "served"},
            {"event": {"name": "lost", "kind": "lost"}},
            {"leave": "abandoned"},
        ],
        place={"centre": {"opens": "08:00", "closes": "21:00", "closing": "serve"}},
        team={"agent": {"place": "centre"}},
        factor={"day": {"cv": 10**-0.5}},
        stream={"call": {"place": "centre", "factors": ["day"]}},
        rates=[
            {"stream": "call", "service": "visit", "start": start, "end": end, "rate_per_hour": rate}
            for (start, end), rate in zip(itertools.pairwise(hours), calls, strict=True)
        ],
        staffing=shifts("agent", hours, agents),
        rules={"sl_threshold_s": 20, "sl_mode": "ab_in_T_ok"},
    )


def test_callcc_is_as_published():
    """Balking, impatience, a staff by the hour; agents work off the queue after nine in the evening."""
    study = sim.simulate(call_center(), reps=2 * REPS, seed=1)
    counts = {"wait_mean_s": "wait_all_mean_s", "good": "service_level", "lost": "abandoned"}
    found = {"arrivals": daily(study, "offered", share=0.95)}
    for name, measure in counts.items():
        value, half = daily(study, measure, share=0.95)
        found[name] = (value / EXPECTED, half / EXPECTED)
    overlap(found, CALL_CC)
    # Who balks is a tenth of those who would have to wait; of the rest far fewer lose their patience.
    assert 0.5 < study.value("event_count:lost").value / study.value("abandoned").value < 0.8


SIMPLE_MSK = {
    "served": Printed(4297.3, 4270.2, 4324.5),
    "abandoned": Printed(910.3, 876.1, 944.5),
    "service_level": Printed(0.501, 0.494, 0.509),
    "occupancy": Printed(0.881, 0.877, 0.884),
}
"""The occupancy is that of group 0 alone, the minutes in which the queue is worked off included: so their program.

All agents together are busy for 0.81 of the time.
"""

KEPT = {
    "type0-0": Printed(170.154, 164.338, 175.970),
    "type0-1": Printed(599.334, 594.159, 604.509),
    "type0-2": Printed(15.490, 13.782, 17.198),
    "type1-0": Printed(262.936, 254.597, 271.275),
    "type1-1": Printed(511.648, 506.276, 517.020),
    "type1-2": Printed(34.697, 31.270, 38.124),
    "type2-0": Printed(259.806, 250.178, 269.434),
    "type2-1": Printed(613.732, 607.586, 619.878),
    "type2-2": Printed(24.888, 22.137, 27.639),
}
"""Calls answered within 20 s, by type and period of the arrival."""


def multi_skill() -> sim.Scenario:
    """Three call types, two agent groups, three periods of two hours, one gamma factor for the day.

    Rates, service and patience change from period to period, so each type is a service for each period. Type 1 is
    served by group 0, else group 1; a freed agent takes the longest-waiting call among its types. After six hours 9 and
    11 agents work off the queue, until the last call of either group.
    """
    rates = ((4.2, 5.3, 3.2), (5.1, 4.3, 4.8), (6.3, 5.2, 4.8))
    service, patience = (0.5, 0.6, 0.4), (0.3, 0.4, 0.2)
    skills = (["group0"], ["group0", "group1"], ["group1"])
    staff = {"group0": (12, 18, 9), "group1": (15, 20, 11)}
    hours = ("00:00", "02:00", "04:00", "06:00")
    routes, attributes, rows = {}, {}, []
    for kind, by in enumerate(skills):
        route = f"type{kind}"
        routes[route] = [
            {
                "serve": {
                    "by": by,
                    "takes": exponential("service_s"),  # type: ignore[arg-type]
                    "patience": exponential("patience_s"),  # type: ignore[arg-type]
                }
            }
        ]
        for period in range(3):
            name = f"{route}-{period}"
            attributes[name] = {
                "route": route,
                "attributes": {"service_s": 60 / service[period], "patience_s": 60 / patience[period]},
            }
            rows.append(
                {
                    "stream": "calls",
                    "service": name,
                    "start": hours[period],
                    "end": hours[period + 1],
                    "rate_per_hour": 60 * rates[kind][period],
                }
            )
    return world(
        routes,
        service=attributes,
        place={"centre": {"opens": "00:00", "closes": "06:00", "closing": "serve"}},
        team={name: {"place": "centre"} for name in staff},
        factor={"day": {"cv": 28.7**-0.5}},
        stream={"calls": {"place": "centre", "factors": ["day"]}},
        rates=rows,
        staffing=[row for team, counts in staff.items() for row in shifts(team, hours, counts)],
        rules={"sl_threshold_s": 20, "sl_mode": "offered_minus_short", "short_abandon_s": 20, "interval_s": 21_600},
    )


def test_simple_msk_is_as_published():
    """Skill routing in overload, on days that are busy or quiet as a whole."""
    study = sim.simulate(multi_skill(), reps=REPS, seed=1)
    found = {}
    for name, measure in (("served", "answered"), ("abandoned", "abandoned"), ("service_level", "service_level")):
        row = study.value(measure)
        found[name] = (row.value, row.half_width)
    row = study.value("occupancy", pool="group0")
    found["occupancy"] = (row.value, row.half_width)
    overlap(found, SIMPLE_MSK)
    overlap({name: daily(study, "service_level", name) for name in KEPT}, KEPT)


@pytest.mark.parametrize("name", ["MMC", "MMCAb", "CallCC", "SimpleMSK"])
def test_the_printed_figures_are_those_of_the_data_notes(name):
    """The copy above against the notes, where they are at hand."""
    notes = Path(__file__).resolve().parents[3] / "shared" / "data" / "contactcenters" / "README.md"
    if not notes.is_file():
        pytest.skip("the data notes are not at hand")
    (line,) = [one for one in notes.read_text("utf-8").splitlines() if one.startswith(f"| {name} |")]
    for printed in {"MMC": MMC, "MMCAb": MMC_AB, "CallCC": CALL_CC, "SimpleMSK": SIMPLE_MSK}[name].values():
        assert f"{printed.value:g}" in line or f"{printed.value:.3f}" in line or f"{printed.value:.1f}" in line
