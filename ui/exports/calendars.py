"""Shifts as iCalendar files, one a person and one a team, that calendars take in and later bring up to date.

A shift keeps its UID from plan to plan: the n-th shift of a person on a date. Written again over an earlier file, an
event that changed gets the next SEQUENCE (RFC 5545, 3.8.7.4), one that is gone is cancelled, one that stayed keeps it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sim
from ui import words
from ui.exports import roster
from ui.words import say

if TYPE_CHECKING:
    from icalendar import Calendar, Event

Document = Mapping[str, Any]
Shift = Mapping[str, Any]

ZONE = "Asia/Shanghai"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:counterflow:shift")
_SAID = ("SUMMARY", "DESCRIPTION", "LOCATION", "STATUS")
"""What of an event is compared, beside its times, to tell whether it changed."""


def of_person(lang: str, document: Document, who: str, *, before: bytes | None = None, **how: Any) -> bytes:
    """Return the calendar of one person; see `of_team` for what may be given."""
    mine = [one for one in document["roster"] if one["person"] == who]
    name = say(lang, "export.calendar_of", who=roster.person(document, who) or who)
    return _written(lang, document, name, mine, before, "person", **how)


def of_team(
    lang: str,
    document: Document,
    team: str,
    *,
    before: bytes | None = None,
    zone: str = ZONE,
    now: datetime | None = None,
) -> bytes:
    """Return the calendar of one team, every shift with its person.

    Parameters
    ----------
    before : bytes, optional
        The file as it was written last time: its events are updated or cancelled.
    zone : str
        IANA name of the time zone that the clock times are of.
    now : datetime, optional
        Written as the time of the change (DTSTAMP); now when None.

    Raises
    ------
    InputError
        The plan has no first date, the zone is unknown, or `before` is no calendar.
    """
    mine = [one for one in document["roster"] if one["team"] == team]
    name = say(lang, "export.calendar_of", who=roster.team(lang, document, team))
    return _written(lang, document, name, mine, before, "team", zone=zone, now=now)


def _written(
    lang: str,
    document: Document,
    name: str,
    shifts: Iterable[Shift],
    before: bytes | None,
    kind: str,
    *,
    zone: str = ZONE,
    now: datetime | None = None,
) -> bytes:
    from icalendar import Calendar, Timezone

    first = _first_date(document)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise sim.InputError.one("calendar_zone", field="--zone", value=zone) from None
    stamp = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    earlier = _events(before)
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", f"-//Counterflow//{document['version']}//{lang.upper()}")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    calendar.add("X-WR-TIMEZONE", zone)
    ends = date(first.year - 1, 1, 1), date(first.year + 2, 1, 1)
    calendar.add_component(Timezone.from_tzid(zone, first_date=ends[0], last_date=ends[1]))
    for uid, one in _named(document, shifts, first, kind):
        event = _event(lang, document, uid, one, first, zone, kind)
        _continue(event, earlier.pop(uid, None), stamp)
        calendar.add_component(event)
    for uid, old in sorted(earlier.items()):
        calendar.add_component(_cancelled(uid, old, stamp))
    return _bytes(calendar)


def _named(document: Document, shifts: Iterable[Shift], first: date, kind: str) -> Iterator[tuple[str, Shift]]:
    """Yield UID and shift: the UID says whose it is, of which date, and the how-manieth of that day."""
    ordered = sorted(shifts, key=lambda one: (one["day"], one["person"], one["start_s"]))
    for (day, who), several in groupby(ordered, key=lambda one: (one["day"], one["person"])):
        for number, one in enumerate(several):
            of = "\n".join((document["scenario"], kind, who, (first + timedelta(days=day)).isoformat(), str(number)))
            yield f"{uuid.uuid5(_SPACE, of)}@counterflow", one


def _event(
    lang: str, document: Document, uid: str, one: Shift, first: date, zone: str, kind: str
) -> Event:  # fmt: skip
    from icalendar import Event

    tz = ZoneInfo(zone)
    midnight = datetime.combine(first, time()) + timedelta(days=one["day"])
    team = roster.team(lang, document, one["team"])
    who = roster.person(document, one["person"]) or one["person"]
    event = Event()
    event.add("UID", uid)
    # Clock time, not time passed: a shift ends at 17:30 by the clock whatever summer time does.
    event.add("DTSTART", (midnight + timedelta(seconds=one["start_s"])).replace(tzinfo=tz))
    event.add("DTEND", (midnight + timedelta(seconds=one["end_s"])).replace(tzinfo=tz))
    says = {"person": "export.event_of_person", "team": "export.event_of_team"}
    event.add("SUMMARY", say(lang, says[kind], who=who, team=team))
    lines = []
    shape = roster.shape(lang, document, one)
    if shape:
        lines.append(f"{say(lang, 'export.shape')}: {shape}")
    for key in ("meal", "breaks"):
        if one[key]:
            lines.append(f"{say(lang, f'export.{key}')}: {roster.spans(one[key])}")
    lines.append(f"{say(lang, 'export.paid_hours')}: {one['paid_h']:g}")
    event.add("DESCRIPTION", "\n".join(lines))
    place = words.title(lang, document["names"].get(one["place"]), one["place"])
    if place != "*":
        event.add("LOCATION", place)
    event.add("STATUS", "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    return event


def _continue(event: Event, old: Event | None, stamp: datetime) -> None:
    """Give an event its SEQUENCE and time of change: those of the earlier one when nothing about it changed."""
    number, when = 0, stamp
    if old is not None:
        number = int(old.get("SEQUENCE", 0))
        if _content(old) == _content(event):
            when = old.decoded("DTSTAMP", stamp)
        else:
            number += 1
    event.add("SEQUENCE", number)
    event.add("DTSTAMP", when)
    event.add("LAST-MODIFIED", when)


def _content(event: Event) -> tuple[Any, ...]:
    times = tuple(event.decoded(name).astimezone(UTC) for name in ("DTSTART", "DTEND"))
    return *times, *(str(event.get(name, "")) for name in _SAID)


def _cancelled(uid: str, old: Event, stamp: datetime) -> Event:
    """Return an event that is no longer planned as a cancelled one, so that calendars take it out."""
    from icalendar import Event

    event = Event()
    event.add("UID", uid)
    for name in ("DTSTART", "DTEND"):
        event.add(name, old.decoded(name))
    event.add("SUMMARY", str(old.get("SUMMARY", "")))
    event.add("STATUS", "CANCELLED")
    event.add("TRANSP", "TRANSPARENT")
    was = str(old.get("STATUS", "")) == "CANCELLED"
    event.add("SEQUENCE", int(old.get("SEQUENCE", 0)) + (not was))
    when = old.decoded("DTSTAMP", stamp) if was else stamp
    event.add("DTSTAMP", when)
    event.add("LAST-MODIFIED", when)
    return event


def _events(before: bytes | None) -> dict[str, Event]:
    """Return UID → event of an earlier file."""
    from icalendar import Calendar

    if before is None:
        return {}
    try:
        found = {str(one["UID"]): one for one in Calendar.from_ical(before).walk("VEVENT")}
        for one in found.values():
            _content(one)
            int(one.get("SEQUENCE", 0))
            for name in ("DTSTART", "DTEND", "DTSTAMP"):
                if not isinstance(one.decoded(name), datetime):
                    raise TypeError(name)
    except (KeyError, ValueError, AttributeError, TypeError, IndexError):
        raise sim.InputError.one("ics_unreadable") from None
    return found


def _first_date(document: Document) -> date:
    if not document.get("first_date"):
        raise sim.InputError.one("roster_undated", field="--start", value=None)
    return date.fromisoformat(document["first_date"])


def _bytes(calendar: Calendar) -> bytes:
    data = calendar.to_ical()
    return data if isinstance(data, bytes) else data.encode()
