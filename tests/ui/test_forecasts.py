"""Counts in, a forecast out: `calibrate --preset counts` and `forecast`, as a person and a program see them."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest

FIRST = date(2026, 6, 1)
"""A Monday."""


@pytest.fixture
def counted(run, tmp_path):
    """Calibrate ten weeks of half-hourly counts, 12 each on workdays from 9:00 to 12:00, 4 at weekends."""
    lines = ["start,count"]
    for k in range(70):
        day = FIRST + timedelta(days=k)
        lines += [f"{day}T{h:02d}:{m}:00,{12 if day.weekday() < 5 else 4}" for h in (9, 10, 11) for m in ("00", "30")]
    path, out = tmp_path / "counts.csv", tmp_path / "centre"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    answer = run("calibrate", str(path), "--preset", "counts", "--out", str(out), "--json")
    assert answer.code == 0, answer.err
    assert answer.document["schema"] == "counterflow/calibrate/1"
    assert (answer.document["rows_read"], answer.document["service"]) == (420, [])
    assert "curves" not in answer.document
    return str(out)


def test_a_forecast_has_rows_of_half_hours_and_of_days(run, counted):
    document = run("forecast", counted, "--days", "7", "--json").document
    assert document["schema"] == "counterflow/forecast/1"
    assert (document["from"], document["until"]) == ("2026-08-10", "2026-08-16")
    assert document["history"] == {"first": "2026-06-01", "last": "2026-08-09", "days": 70}
    assert len(document["rows"]) == 7 * 6
    assert set(document["rows"][0]) == {"place", "service", "start", "mean", "q10", "q50", "q90"}
    assert document["rows"][0]["start"] == "2026-08-10T09:00:00"
    assert [row["mean"] for row in document["daily"]] == pytest.approx([72] * 5 + [24] * 2, rel=0.02)
    assert {day["estimated"] for day in document["days"]} == {False}


def test_a_year_ahead_says_loudly_which_days_are_estimated(run, counted):
    document = run("forecast", counted, "--days", "366", "--json").document
    assert document["findings"][0]["code"] == "calendar_estimated"
    by_date = {one["date"]: one for one in document["days"]}
    assert (by_date["2026-10-01"]["day_class"], by_date["2026-10-01"]["estimated"]) == ("holiday", False)
    assert (by_date["2027-02-06"]["day_class"], by_date["2027-02-06"]["estimated"]) == ("holiday", True)
    zh, en = (run("forecast", counted, "--days", "366", "--lang", lang).out for lang in ("zh", "en"))
    assert "没有放假通知可依" in zh
    assert "there is no holiday notice" in en


def test_the_calendar_of_the_user_wins(run, counted, tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("date,class\n2026-08-11,holiday\n", "utf-8")
    document = run("forecast", counted, "--days", "3", "--calendar", str(path), "--json").document
    assert [one["day_class"] for one in document["days"]] == ["workday", "holiday", "workday"]


def test_half_hours_as_csv(run, counted, tmp_path):
    path = tmp_path / "half-hours.csv"
    answer = run("forecast", counted, "--days", "2", "--out", str(path), "--lang", "en")
    assert answer.code == 0
    assert str(path) in answer.out
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 12
    assert float(rows[0]["mean"]) == pytest.approx(12, rel=0.03)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--days", "0"), "1"),
        (("--days", "400"), "366"),
        (("--days", "many"), "many"),
        (("--calendar", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_cannot_be_forecast_is_refused_with_the_reason(run, counted, arguments, says):
    answer = run("forecast", counted, *arguments, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err


def test_a_scenario_without_a_history_says_how_to_get_one(run, queue):
    for scenario in ("S02", queue()):
        answer = run("forecast", scenario, "--json")
        assert (answer.code, answer.out) == (2, "")
        assert "counterflow calibrate" in answer.err
    assert run("forecast", "nothing-of-the-kind").code == 2


def test_nothing_can_be_held_out_of_counts(run, tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("start,count\n2026-06-01T09:00:00,3\n", "utf-8")
    answer = run(
        "calibrate", str(path), "--preset", "counts", "--holdout", "1w", "--out", str(tmp_path / "x"), "--json"
    )
    assert (answer.code, answer.out) == (2, "")
    assert not (tmp_path / "x").exists()


def test_the_report_of_counts_is_a_page_with_rates(run, tmp_path):
    lines = ["start,count", *(f"{FIRST + timedelta(days=k)}T{h},9" for k in range(20) for h in ("09:00", "09:30"))]
    path, page = tmp_path / "counts.csv", tmp_path / "report.html"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    answer = run("calibrate", str(path), "--preset", "counts", "--out", str(tmp_path / "x"), "--report", str(page))
    assert answer.code == 0
    text = page.read_text("utf-8")
    assert "<svg" in text
    assert "没有服务时长" in text
