"""A chart is a table and a finding; both renderers draw it, and every character has a glyph."""

from __future__ import annotations

import json

import pytest

from ui import words
from ui.charts import Chart, Line, coverage, differences, equal_service, occupancies, paper, waits, waits_compared, web
from ui.charts.tables import band

NINE = 9 * 3600


def study(name: str = "S03", days: int = 1) -> dict:
    rows = []

    def add(measure, value, half_width=None, place="*", pool="*", start="*"):
        rows.append(
            {
                "measure": measure, "place": place, "service": "*", "pool": pool, "interval_start": start,
                "value": value, "half_width": half_width,
            }
        )  # fmt: skip

    for measure in ("wait_mean_s", "wait_p50_s", "wait_p90_s", "wait_p95_s", "wait_all_p90_s"):
        add(measure, 120.0, 12.0)
    for day in range(days):
        for i in range(8):
            start = day * 86_400 + NINE + 900 * i
            add("wait_mean_s", 60.0 * i, 30.0, start=start)
            add("wait_p90_s", 120.0 * i, None, start=start)
    add("wait_mean_s", None, start=NINE + 900 * 8)
    add("occupancy", 0.95, 0.1, pool="remote-a")
    add("occupancy", 0.5, 0.1, pool="booth@branch-01")
    findings = [
        {"code": "worst_interval", "values": {"start_s": NINE, "step_s": 900, "wait_s": 420.0, "days": days}},
        {"code": "overloaded_pool", "values": {"pool": {"zh": "远程团队甲", "en": "Remote team A"}, "share": 0.95}},
    ]
    names = {"remote-a": {"zh": "远程团队甲", "en": "Remote team A"}}
    return {
        "scenario": name, "days": days, "rules": {"interval_s": 900}, "measures": rows, "names": names,
        "findings": findings,
    }  # fmt: skip


def comparison() -> dict:
    values = {
        "measure": "wait_mean_s", "first": "S02", "second": "S03", "difference": -30.0, "half_width": 5.0,
    }  # fmt: skip
    return {"studies": [study("S02"), study("S03")], "findings": [{"code": "compared_lower", "values": values}]}


def side(name: str, agents: float) -> dict:
    hours = {"teller": 200.0, "lobby_manager": 80.0} | ({"remote_agent": agents} if agents else {})
    return {"id": name, "hours": hours, "wait_p90_s": 600.0, "wait_p90_half_width": 30.0}


def every(lang: str, planned: dict) -> list[Chart]:
    equal = {"today": side("S02", 0), "pooled": side("S03", 64.0)}
    return [
        waits(lang, study()),
        waits(lang, study(days=3)),
        occupancies(lang, study()),
        differences(lang, comparison()),
        waits_compared(lang, comparison()),
        *equal_service(lang, equal),
        coverage(lang, planned, "remote-a", 0),
    ]


def test_waits_are_minutes_with_bands_that_never_pass_zero():
    chart = waits("en", study())
    mean = chart.lines[0]
    assert mean.values[:3] == (0.0, 1.0, 2.0)
    assert mean.low[:3] == (0.0, 0.5, 1.5)
    assert mean.high[:3] == (0.5, 1.5, 2.5)
    assert len(chart.rows) == 8, "an interval without a wait is left out"
    assert [chart.rows[i] for i in chart.marks] == ["09:00", "10:00"]


def test_days_are_apart_and_marked_where_they_begin():
    chart = waits("zh", study(days=3))
    assert chart.rows.count("") == 2
    assert [chart.rows[i] for i in chart.marks] == ["第1天 09:00", "第2天 09:00", "第3天 09:00"]
    assert all(row[0] for row in chart.table()[1])
    assert "第1天 09:00" in chart.finding


def test_the_busiest_comes_first_and_nobody_is_busier_than_always():
    chart = occupancies("en", study())
    assert chart.rows == ("Remote team A", "booth@branch-01")
    assert chart.lines[0].high == (1.0, 0.6)


def test_a_table_stands_behind_every_chart(planned):
    for lang in words.LANGUAGES:
        for chart in every(lang, planned):
            header, rows = chart.table()
            assert rows
            assert all(len(row) == len(header) for row in rows)


def test_a_value_without_half_width_has_no_band():
    assert band((1.0, 2.0), (None, None)) == ((), ())
    assert band((1.0, None), (0.5, None)) == ((0.5, None), (1.5, None))


def test_coverage_says_where_people_are_missing(planned):
    chart = coverage("en", planned, "remote-a", 0)
    assert chart.title == "Mon"
    assert "1 quarter-hours have fewer people than required, most at 09:45, by 1." in chart.finding
    assert [line.name for line in chart.lines] == ["rostered", "required", "busy when simulated"]
    assert len(coverage("en", planned, "remote-a", 1).lines) == 2, "nothing is busy where nothing was simulated"


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_options_for_the_browser_are_json(lang, planned):
    for chart in every(lang, planned):
        for spec in (web.option(lang, chart), web.vega(lang, chart)):
            assert json.loads(json.dumps(spec, allow_nan=False)) == spec


def test_a_band_in_the_browser_is_its_lower_end_and_its_height():
    option = web.option("en", waits("en", study()))
    lower, height, mean, tail = option["series"]
    assert lower["data"][2] + height["data"][2] == pytest.approx(2.5)
    assert lower["stack"] == height["stack"]
    assert option["legend"]["data"] == [mean["name"], tail["name"]]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_chart_is_drawn_with_every_character(lang, planned, tmp_path):
    """A missing glyph is a warning of matplotlib, and a warning is an error here."""
    path = tmp_path / "all.png"
    paper.png(path, "喆堃玥珺镕昇赟 ±", every(lang, planned), columns=2, footer="柜流")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_missing_glyph_would_be_noticed(tmp_path):
    chart = Chart("", "", "", ("\U0001f642",), "", (Line("x", (1.0,), shape="bar", colour="#000000"),))
    with pytest.warns(UserWarning, match="missing"):
        paper.png(tmp_path / "x.png", "", [chart])
