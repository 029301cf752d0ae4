"""Calendars: what another reader makes of them, and what happens when they are written again."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

import sim
from ui.exports import calendars

NOW = datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)


@pytest.fixture
def dated(planned) -> dict:
    return {**planned, "first_date": "2026-11-23"}


def events(data: bytes) -> dict[str, dict[str, str]]:
    """Read a calendar line by line, as RFC 5545 says, without the library that wrote it: UID → property → value."""
    assert data.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    lines = re.sub(r"\r\n[ \t]", "", data.decode("utf-8")).split("\r\n")
    out: dict[str, dict[str, str]] = {}
    here: dict[str, str] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            here = {}
        elif line == "END:VEVENT":
            assert here is not None
            out[here["UID"]] = here
            here = None
        elif here is not None:
            here[name.partition(";")[0]] = value
            here[f"{name.partition(';')[0]} parameters"] = name.partition(";")[2]
    return out


def test_a_person_has_the_shifts_of_the_plan_in_local_time(dated):
    found = sorted(events(calendars.of_person("zh", dated, "喆堃", now=NOW)).values(), key=lambda one: one["DTSTART"])
    assert [(one["DTSTART"], one["DTEND"]) for one in found] == [
        ("20261123T100000", "20261123T160000"),
        ("20261124T090000", "20261124T130000"),
    ]
    assert {one["DTSTART parameters"] for one in found} == {"TZID=Asia/Shanghai"}
    assert {one["SEQUENCE"] for one in found} == {"0"}
    assert {one["DTSTAMP"] for one in found} == {"20261120T080000Z"}
    assert {one["SUMMARY"] for one in found} == {"上班 · 远程团队甲"}
    text = calendars.of_person("zh", dated, "喆堃", now=NOW).decode()
    assert "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai" in text
    assert text.count("TZOFFSETTO:+0800") == 1


def test_a_team_has_everybody_and_other_events_than_its_people(dated):
    team = events(calendars.of_team("en", dated, "remote-a", now=NOW))
    assert len(team) == len(dated["roster"])
    assert {one["SUMMARY"].partition(" · ")[0] for one in team.values()} == {"=HYPERLINK(1)", "喆堃"}
    assert not set(team) & set(events(calendars.of_person("en", dated, "喆堃", now=NOW)))


def test_written_again_without_a_change_it_is_the_same_file(dated):
    first = calendars.of_person("zh", dated, "喆堃", now=NOW)
    assert calendars.of_person("zh", dated, "喆堃", before=first, now=LATER) == first


def test_what_moved_gets_the_next_sequence_and_what_is_gone_is_cancelled(dated):
    first = calendars.of_person("zh", dated, "喆堃", now=NOW)
    monday, tuesday = (one for one in dated["roster"] if one["person"] == "喆堃")
    moved = {**dated, "roster": [{**monday, "end_s": monday["end_s"] + 1800}]}
    second = calendars.of_person("zh", moved, "喆堃", before=first, now=LATER)
    before, after = events(first), events(second)
    assert set(before) == set(after)
    by_start = {one["DTSTART"]: one for one in after.values()}
    assert (by_start["20261123T100000"]["SEQUENCE"], by_start["20261123T100000"]["DTEND"]) == ("1", "20261123T163000")
    gone = by_start["20261124T090000"]
    assert (gone["STATUS"], gone["SEQUENCE"], gone["DTSTAMP"]) == ("CANCELLED", "1", "20261121T080000Z")
    # What was cancelled stays so; what comes back is a change once more.
    assert calendars.of_person("zh", moved, "喆堃", before=second, now=LATER) == second
    third = events(calendars.of_person("zh", dated, "喆堃", before=second, now=LATER))
    assert {one["STATUS"] for one in third.values()} == {"CONFIRMED"}
    assert {one["SEQUENCE"] for one in third.values()} == {"2"}
    assert tuesday["day"] == 1


def test_the_uid_is_that_of_the_person_and_date_whatever_the_time(dated):
    other = {**dated, "roster": [{**one, "start_s": one["start_s"] + 900} for one in dated["roster"]], "seed": 99}
    assert set(events(calendars.of_team("zh", dated, "remote-a"))) == set(
        events(calendars.of_team("en", other, "remote-a"))
    )


def test_a_night_ends_on_the_next_day_and_two_parts_of_a_day_are_two_events(dated):
    night = {**dated["roster"][0], "start_s": 22 * 3600, "end_s": 30 * 3600}
    early = {**night, "start_s": 8 * 3600, "end_s": 12 * 3600}
    found = events(calendars.of_team("zh", {**dated, "roster": [night, early]}, "remote-a"))
    spans = sorted((one["DTSTART"], one["DTEND"]) for one in found.values())
    assert spans == [("20261123T080000", "20261123T120000"), ("20261123T220000", "20261124T060000")]


def test_clock_times_hold_over_a_change_to_summer_time(dated):
    """Sydney's clocks went forward on 4 October 2026: a night of 22:00 to 06:00 by the clock is an hour shorter."""
    night = {**dated["roster"][0], "start_s": 22 * 3600, "end_s": 30 * 3600}
    document = {**dated, "first_date": "2026-10-03", "roster": [night]}
    (one,) = events(calendars.of_team("en", document, "remote-a", zone="Australia/Sydney")).values()
    assert (one["DTSTART"], one["DTEND"]) == ("20261003T220000", "20261004T060000")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"first_date": None}, "roster_undated"),
        ({"zone": "Mars/Base"}, "calendar_zone"),
        ({"zone": "../../etc/passwd"}, "calendar_zone"),
        ({"before": b"no calendar"}, "ics_unreadable"),
        ({"before": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}, "ics_unreadable"),
    ],
)
def test_what_cannot_be_is_refused(dated, change, code):
    document = {**dated, **{name: value for name, value in change.items() if name == "first_date"}}
    how = {name: value for name, value in change.items() if name != "first_date"}
    with pytest.raises(sim.InputError) as error:
        calendars.of_person("zh", document, "喆堃", **how)
    assert error.value.faults[0].code == code


@pytest.mark.parametrize("name", ["a\r\nATTENDEE:mailto:x@y", "a;b,c\\d", "\u202egnp.exe", "x" * 300])
def test_whatever_a_name_is_it_stays_in_its_line(dated, name):
    document = {**dated, "persons": {"喆堃": name}}
    data = calendars.of_team("zh", document, "remote-a", now=NOW)
    assert len(events(data)) == len(dated["roster"])
    assert not any(line.startswith(b"ATTENDEE") for line in data.split(b"\r\n"))
