"""Every number of the catalogue has a source, a range and a confidence."""

from __future__ import annotations

import pytest

import scenarios_catalog

IDS = ("S02", "S03")


@pytest.mark.parametrize("name", IDS)
def test_every_number_has_a_source(name):
    numbers = scenarios_catalog.assumptions(scenarios_catalog.load(name))
    assert len(numbers) > 300
    assert [field for field in numbers if scenarios_catalog.source_of(name, field) is None] == []


@pytest.mark.parametrize("name", IDS)
def test_a_source_states_the_number_that_the_scenario_has(name):
    numbers = scenarios_catalog.assumptions(scenarios_catalog.load(name))
    wrong = []
    for field, value in numbers.items():
        source = scenarios_catalog.source_of(name, field)
        if source is not None and source.value is not None and source.value != pytest.approx(value):
            wrong.append((field, value, source.value))
    assert wrong == []


@pytest.mark.parametrize("name", IDS)
def test_a_range_holds_its_value(name):
    for row in scenarios_catalog.sources(name):
        if row.low is not None and row.high is not None:
            assert row.low < row.high, row
            assert row.value is None or row.low <= row.value <= row.high, row


def test_every_row_says_how_sure_it_is():
    for row in scenarios_catalog.sources("S03"):
        assert row.source
        assert row.confidence in {"H", "M", "L"}
        assert row.label in {"IDENTITY", "CALIBRATED", "DERIVED", "DIRECTIONAL"}


def test_every_row_speaks_for_something():
    used = set()
    for name in IDS:
        for field in scenarios_catalog.assumptions(scenarios_catalog.load(name)):
            used.add(scenarios_catalog.source_of(name, field))
    assert [row.field for row in scenarios_catalog.sources("S03") if row not in used] == []


def test_an_assumption_without_a_published_number_is_not_called_sure():
    """What is only assumed has low confidence, whatever it is."""
    for row in scenarios_catalog.sources("S03"):
        if row.source.startswith("assumption"):
            assert row.confidence == "L" or row.label == "IDENTITY" or row.note, row


def test_the_same_work_is_shorter_by_video_but_nobody_works_for_nothing():
    """Remote handle times are assumed shorter (scene table), never zero; the lobby's help comes on top."""
    today = scenarios_catalog.load("S02")
    for service in today.service.values():
        values = service.attributes
        if "remote_s" in values:
            assert 0 < values["remote_s"] < values["counter_s"]
            assert values["assist_s"] > 0
