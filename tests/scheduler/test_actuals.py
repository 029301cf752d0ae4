"""Today's file: who came, who is missing, what is out of order, what surges."""

from __future__ import annotations

import pytest

import scheduler
import sim

GOOD = """kind,from,to,name,place,value
arrivals,09:00,09:15,S1,centre,7
arrivals,09:15,09:30,,,4
absence,13:00,,remote-a-03,,
outage,10:00,11:30,booth-large,,1
surge,14:00,16:00,S1,,1.5
"""


def written(tmp_path, text):
    path = tmp_path / "today.csv"
    path.write_text(text, "utf-8")
    return path


def test_every_kind_of_row(tmp_path):
    found = scheduler.read_actuals(written(tmp_path, GOOD))
    assert found == scheduler.Actuals(
        (scheduler.Arrivals(32_400, 33_300, "S1", "centre", 7), scheduler.Arrivals(33_300, 34_200, "*", "*", 4)),
        (scheduler.Absence(46_800, 86_400, "remote-a-03"),),
        (scheduler.Breakdown(36_000, 41_400, "booth-large", 1),),
        (scheduler.Surge(50_400, 57_600, "S1", 1.5),),
    )


def test_all_that_is_wrong_is_said_at_once_with_row_and_column(tmp_path):
    bad = GOOD + "party,10:00,11:00,x,,1\nabsence,9 o'clock,,a,,\nsurge,11:00,10:00,,,2\noutage,10:00,11:00,,,x\n"
    with pytest.raises(sim.InputError) as error:
        scheduler.read_actuals(written(tmp_path, bad))
    assert [(one.code, one.field) for one in error.value.faults] == [
        ("actuals_kind", "row 7, kind"),
        ("actuals_time", "row 8, from"),
        ("actuals_span", "row 9, to"),
        ("actuals_value", "row 10, value"),
        ("actuals_name", "row 10, name"),
    ]


def test_other_columns_are_refused(tmp_path):
    with pytest.raises(sim.InputError) as error:
        scheduler.read_actuals(written(tmp_path, "when,what\n1,2\n"))
    assert error.value.faults[0].code == "actuals_columns"
