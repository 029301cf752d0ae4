"""Labour rules are data with a source, and unusable ones are refused with everything that is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import sim
from scheduler import contracts


def test_every_rule_says_where_it_comes_from_and_since_when(standard):
    for rule in standard.rules.values():
        assert rule.source.zh
        assert rule.source.en
        assert date(1990, 1, 1) < rule.effective < date(2100, 1, 1)
        assert rule.kind in ("hard", "soft")


def test_the_standard_contract_is_the_law_and_the_company_rules(standard):
    """Domain notes §3.5: 8 h a day, 40 h a week, a day of rest; 11 h of daily rest is a company rule."""
    assert standard.seconds("hours_per_day") == 8 * 3600
    assert standard.seconds("hours_per_week") == 40 * 3600
    assert standard.number("rest_days_per_week") == 1
    assert standard.days_per_week == 5
    assert standard.seconds("daily_rest") == 11 * 3600
    assert standard.seconds("overtime_per_month") == 36 * 3600


def test_a_day_shift_of_eight_hours_is_eight_and_three_quarters_long(standard):
    """8 h paid + 45 min unpaid meal; two paid breaks of 15 min leave 7.5 h on duty."""
    (day,) = [shape for shape in standard.shapes if shape.paid_s == 8 * 3600]
    assert day.span_s == 8.75 * 3600
    assert day.on_duty_s == 7.5 * 3600


def test_an_unknown_contract_names_those_there_are():
    with pytest.raises(sim.InputError) as error:
        contracts.contract("mars")
    (fault,) = error.value.faults
    assert fault.code == "unknown_contract"
    assert "cn-standard" in str(fault.expected["known"])


def test_all_faults_of_a_contract_come_at_once(tmp_path: Path):
    text = (Path(contracts.__file__).parent / "cn-standard.toml").read_text("utf-8")
    text = text.replace("value = 40.0", "value = -1.0").replace('kind = "soft"', 'kind = "maybe"', 1)
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(sim.InputError) as error:
        contracts.contract(file)
    assert {fault.field for fault in error.value.faults} == {"rule.hours_per_week", "rule.early_before"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('meal = ["03:00", "05:00"]', 'meal = ["01:00", "05:00"]'),  # may fall into the first break
        ("paid_h = 8.0", "paid_h = 9.0"),  # above hours_per_day
        ('["01:00", "02:30"]', '["01:05", "02:30"]'),  # not on a quarter-hour
        ('["06:00", "07:30"]', '["06:00", "08:45"]'),  # past the end
    ],
)
def test_a_shape_that_cannot_be_worked_is_refused(tmp_path: Path, old: str, new: str):
    text = (Path(contracts.__file__).parent / "cn-standard.toml").read_text("utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(sim.InputError) as error:
        contracts.contract(file)
    assert [fault.code for fault in error.value.faults] == ["contract_shape"]


def test_comprehensive_hours_average_over_a_period():
    """Art. 39: the average of the period is the statutory week; single weeks may be longer."""
    rules = contracts.contract("cn-comprehensive-hours")
    assert rules.seconds("average_hours_per_week") == 40 * 3600
    assert rules.number("period_weeks") == 4
    assert rules.seconds("hours_per_week") > 40 * 3600
    assert rules.rules["pay_rest_day"].value == 1.0


def test_overtime_is_paid_as_the_law_says(standard):
    """Art. 44: 150, 200 and 300 %; art. 41: 3 h a day for special reasons, 36 h a month."""
    assert [standard.rules[f"pay_{name}"].value for name in ("overtime", "rest_day", "holiday")] == [1.5, 2.0, 3.0]
    assert standard.seconds("overtime_per_day_special") == 3 * 3600


def test_a_night_is_what_the_rules_call_so(standard):
    assert standard.night(21 * 3600, 24 * 3600)
    assert standard.night(5 * 3600, 13 * 3600)
    assert not standard.night(6 * 3600, 22 * 3600)


def test_a_rule_that_is_none_is_refused_with_those_there_are(tmp_path: Path):
    text = (Path(contracts.__file__).parent / "cn-standard.toml").read_text("utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace("[rule.nights_in_a_row]", "[rule.nights_in_row]"), encoding="utf-8")
    with pytest.raises(sim.InputError) as error:
        contracts.contract(file)
    (fault,) = error.value.faults
    assert (fault.code, fault.value) == ("unknown_rule", "nights_in_row")
    assert "nights_in_a_row" in fault.expected["known"]
