"""From a small log to a scenario on disk, and nothing on disk when the log is no good."""

from __future__ import annotations

import json

import pytest

import calibration
import sim


@pytest.fixture
def week(quiet_day, call):
    """Make two weeks of one call a minute, 9:00 to 14:00; some wait, every thirtieth gives up."""

    def rows():
        out = []
        for day in range(3, 17):
            for n in range(300):
                gives_up = n % 30 == 0
                out.append(
                    call(
                        300 * day + n,
                        9 * 3600 + 60 * n + day,
                        wait=30 + n if gives_up or n % 10 == 5 else 0,
                        service=0 if gives_up else 20 + (37 * n + 11 * day) % 200,
                        outcome="HANG" if gives_up else "AGENT",
                        kind="NE" if n % 6 == 1 else "PS",
                        date=f"9901{day:02d}",
                        agent="NO_SERVER" if gives_up else f"A{n % 3}",
                    )
                )
        return out

    return rows


def test_rates_are_calls_per_hour_and_day_of_the_class(log_file, week):
    made = calibration.calibrate(log_file(week()), preset="anonymous-bank")
    document = made.document()
    rates = [row for row in document["arrivals"] if row["day_class"] == "weekday" and row["start"] == "10:00"]
    # One call a minute is 60 an hour; every sixth is NE.
    assert {row["service"]: row["rate_per_hour"] for row in rates} == {"PS": 50.0, "NE": 10.0}
    assert {row["place"] for row in rates} == {"call-centre"}
    assert document["day_factor_cv2"] == 0
    assert document["days"]["classes"] == [
        {"day_class": "weekday", "days": 10, "opens": "09:00", "closes": "14:00"},
        {"day_class": "friday", "days": 2, "opens": "09:00", "closes": "14:00"},
        {"day_class": "saturday", "days": 2, "opens": "09:00", "closes": "14:00"},
    ]


def test_services_of_which_few_gave_up_borrow_the_patience_of_all(log_file, week):
    patience = {row["service"]: row for row in calibration.calibrate(
        log_file(week()), preset="anonymous-bank").document()["patience"]}  # fmt: skip
    assert patience["*"]["abandoned"] == 14 * 10
    assert (patience["NE"]["pooled"], patience["PS"]["pooled"]) == (True, False)
    assert patience["NE"]["parameters"] == patience["*"]["parameters"]


def test_a_day_without_a_row_is_missing_and_not_a_day_without_calls(log_file, week):
    rows = [row for row in week() if row[5] not in ("990105", "990106")]
    made = calibration.calibrate(log_file(rows), preset="anonymous-bank")
    document = made.document()
    assert document["days"]["missing"] == ["1999-01-05", "1999-01-06"]
    assert "days_missing" in [finding.code for finding in made.findings]
    rates = {row["rate_per_hour"] for row in document["arrivals"] if row["day_class"] == "weekday"}
    assert rates == {50.0, 10.0}


def test_cells_with_fewer_than_five_calls_are_joined(log_file, week, call):
    rare = [call(9000 + k, 9 * 3600 + 1800 * k + 7, kind="IN", date="990104") for k in range(10)]
    rarer = [call(9100 + k, 40_000 + k, kind="AA", date="990104") for k in range(3)]
    made = calibration.calibrate(log_file(week() + rare + rarer), preset="anonymous-bank")
    mine = [rate for rate in made.arrivals.rates if rate.service == "IN"]
    # Ten calls in ten half-hours: two cells of five calls; 5 calls / (10 days · 2.5 h) = .2 an hour.
    assert [(rate.count, rate.per_hour) for rate in mine] == [(5, 0.2), (5, 0.2)]
    assert made.arrivals.suppressed == 3
    assert "AA" not in made.scenario.service


def test_the_scenario_is_written_with_its_evidence_and_read_back(log_file, week, tmp_path):
    path, out = log_file(week(), name="two weeks.txt"), tmp_path / "centre"
    made = calibration.calibrate(path, preset="anonymous-bank", out=out)
    back = sim.read(out)
    assert back == made.scenario
    assert back.run.day_classes == ("weekday",) * 5 + ("friday", "saturday")
    assert back.rules.sl_threshold_s == 20
    assert back.provenance["file_1"] == "two weeks.txt"
    assert len(str(back.provenance["file_1_sha256"])) == 64
    document = json.loads((out / "calibration.json").read_text("utf-8"))
    assert document == made.document()
    assert document["schema"] == "counterflow/calibrate/1"


def test_the_same_log_gives_the_same_bytes(log_file, week, tmp_path):
    path = log_file(week())
    for name in ("one", "two"):
        calibration.calibrate(path, preset="anonymous-bank", out=tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert "scenario.toml" in files
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_no_customer_and_no_agent_is_named_in_what_is_written(log_file, week, tmp_path):
    calibration.calibrate(log_file(week()), preset="anonymous-bank", out=tmp_path / "out")
    text = "".join(file.read_text("utf-8") for file in (tmp_path / "out").iterdir())
    assert "70000001" not in text
    assert "A1" not in text


def test_nothing_is_written_when_the_log_is_refused(log_file, quiet_day, tmp_path):
    rows = quiet_day(100)
    for row in rows[:40]:
        row[5] = "?"
    with pytest.raises(sim.InputError):
        calibration.calibrate(log_file(rows), preset="anonymous-bank", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(log_file, week, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letters.txt").write_text("mine", "utf-8")
    with pytest.raises(sim.InputError):
        calibration.calibrate(log_file(week()), preset="anonymous-bank", out=tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["letters.txt"]


def test_a_log_in_which_nobody_was_served_makes_no_scenario(log_file, call):
    rows = [call(n, 36_000 + n, wait=9, outcome="HANG", service=0, agent="NO_SERVER") for n in range(50)]
    with pytest.raises(sim.InputError) as error:
        calibration.calibrate(log_file(rows), preset="anonymous-bank")
    assert error.value.faults[0].code == "log_no_service"


def test_one_day_is_enough_for_a_scenario_without_a_day_factor(log_file, quiet_day):
    made = calibration.calibrate(log_file(quiet_day()), preset="anonymous-bank")
    assert (made.scenario.factor, made.scenario.run.day_classes) == ({}, ("weekday",) * 5)
    # Nobody gave up: patience is unknown, and the route waits without end.
    assert made.scenario.route["PS"][0].seize.patience is None
    assert "patience_unknown" in [finding.code for finding in made.findings]
