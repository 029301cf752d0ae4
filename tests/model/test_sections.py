"""Sections that many scenarios do without: what they refuse, that they come back whole, and days by date."""

from __future__ import annotations

import copy
import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import pytest

import sim
from sim.model.calendar import DAY_CLASSES, day_type, years
from tests.worlds import exponential

SHARED = Path(__file__).resolve().parents[3] / "shared" / "domain" / "calendar_2026.csv"

EVERYTHING: dict[str, Any] = {
    "id": "everything",
    "place": {
        "city": {"kind": "city"},
        "b": {"parent": "city", "opens": "09:00", "closes": "17:00", "pre_open_s": 1800, "count": 3},
    },
    "team": {
        "desk": {
            "place": "b",
            "absence": 0.2,
            "shrinkage": 0.1,
            "stop_before_s": 600,
            "at_end": "hand_over",
            "speed": 1.1,
            "speed_of": {"李": 1.3},
            "tenure_days": 30,
            "tenure_of": {"李": 400},
        },
        "remote": {"place": "city", "staff": 2, "serves": ["b"], "sessions": 3},
        "flex": {"place": "b", "staff": 1},
    },
    "pool": {"kiosk": {"place": "b", "units": 2, "mtbf": exponential(14_400), "mttr": exponential(1_800)}},
    "route": {
        "visit": [
            {"serve": {"by": ["kiosk"], "takes": exponential(60)}},
            {"serve": {"by": ["desk"], "takes": exponential(300)}},
            {"event": {"kind": "sale", "amount": 3.0, "cost": 1.0}},
        ],
        "call": [{"serve": {"by": ["remote"], "takes": exponential(300)}}],
    },
    "service": {"P1": {"route": "visit"}, "P2": {"route": "call"}},
    "stream": {
        "walk": {
            "place": "b",
            "service": "P1",
            "rate_per_hour": 10,
            "gate": "0.5 if queue('desk') > 3 else 1",
            "accounts": "people",
        },
        "book": {
            "place": "b",
            "service": "P1",
            "appointments": [{"at": "09:30", "count": 3}, {"at": "10:00", "day": 1}],
            "punctuality": exponential(300),
            "early_s": 600,
            "show": 0.8,
        },
        "calls": {"place": "city", "service": "P2", "list": {"at": "10:00", "until": "12:00", "count": 20}},
        "log": {},
    },
    "counter": {"alerts": {"initial": 1, "per": "place"}, "left_open": {}},
    "store": {"cards": {"initial": 50}},
    "table": {"learning": {"points": [[0, 1.5], [90, 1]]}, "fee": {"points": [[0, 5]], "straight": False}},
    "link": {
        "av": {
            "place": "b",
            "per_day": 3,
            "lasts": exponential(600),
            "outages": [{"start": "10:00", "end": "10:20"}, {"start": "10:10", "end": "10:30", "day": 0}],
        },
        "core": {},
    },
    "dispatch": {
        "flexible": {"from": "flex", "to": "desk", "go_if": "queue('desk') > 4", "back_if": "queue('desk') == 0"}
    },
    "account": {"people": {"count": 100, "values": {"aum": 50_000, "owner": 1}, "cv": {"aum": 1.5}}},
    "staffing": [
        {"team": "desk", "start": "09:00", "end": "17:00", "meal": "12:00-13:00", "person": "李", "place": "b-01"},
        {"team": "desk", "start": "09:00", "end": "17:00", "count": 2},
    ],
    "arrivals": [
        {"stream": "log", "day": 0, "time": "09:00:01.250", "service": "P1", "place": "b-02", "case": "first"},
        {"stream": "log", "day": 1, "time": 40_000, "service": "P1", "place": "b-02", "case": "second"},
    ],
    "overrides": [{"case": "second", "block": "desk.service", "seconds": 77}],
    "run": {"days": 2, "start": "2026-03-02", "calendar": "cn", "month_days": {"pay_day": [10]}},
}
"""A scenario with every section."""


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """Return EVERYTHING with one value put in place of another; `None` takes it out."""
    data = copy.deepcopy(EVERYTHING)
    here: Any = data
    for step in path[:-1]:
        here = here[step]
    if to is None:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return data


def faults(data: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(sim.InputError) as caught:
        sim.validated(data)
    return {(fault.code, fault.field) for fault in caught.value.faults}


def test_everything_is_read_and_comes_back_whole(tmp_path):
    scenario = sim.validated(EVERYTHING)
    sim.write(scenario, tmp_path / "all")
    assert sim.read(tmp_path / "all") == scenario
    assert scenario.replace(id="other").replace(id="everything") == scenario


WRONG = [
    (("counter", "left-open"), {}, "word", "counter.left-open.[key]"),
    (("store", "cards", "initial"), -1, "greater_than_equal", "store.cards.initial"),
    (("table", "fee", "points"), [[1, 5], [1, 6]], "points_rising", "table.fee.points"),
    (("table", "fee", "points"), [], "too_short", "table.fee.points"),
    (("link", "av", "place"), "bank", "unknown_place", "link.av.place"),
    (("link", "av", "lasts"), None, "per_day_with_lasts", "link.av.lasts"),
    (("link", "av", "lasts", "mean_s"), "repair_s", "number_only", "link.av.lasts.mean_s"),
    (("link", "av", "outages", 0, "end"), "09:00", "end_after_start", "link.av.outages.0"),
    (("link", "av", "outages", 0, "day"), 2, "day_outside_run", "link.av.outages"),
    (("pool", "kiosk", "mttr"), None, "mtbf_with_mttr", "pool.kiosk.mttr"),
    (("dispatch", "flexible", "to"), "desks", "unknown_team", "dispatch.flexible.to"),
    (("dispatch", "flexible", "to"), "flex", "dispatch_to_itself", "dispatch.flexible.to"),
    (("dispatch", "flexible", "from"), "kiosk", "unknown_team", "dispatch.flexible.from"),
    (("account", "people", "cv"), {"age": 1}, "unknown_account", "account.people.cv"),
    (("account", "people", "values", "aum"), 0, "greater_than", "account.people.values.aum"),
    (("stream", "walk", "accounts"), "persons", "unknown_account", "stream.walk.accounts"),
    (("stream", "walk", "show"), 0.5, "show_of_booked", "stream.walk.show"),
    (("stream", "walk", "punctuality"), exponential(5), "punctuality_of_appointments", "stream.walk.punctuality"),
    (("stream", "walk", "list"), {"at": "10:00", "count": 2}, "one_rate", "stream.walk"),
    (("stream", "book", "factors"), ["day"], "factors_of_rates", "stream.book.factors"),
    (("stream", "calls", "list", "until"), "10:00", "end_after_start", "stream.calls.list"),
    (("arrivals", 0, "place"), "b", "unknown_place", "arrivals.0.place"),
    (("arrivals", 0, "place"), "b-04", "unknown_place", "arrivals.0.place"),
    (("arrivals", 0, "place"), None, "missing", "arrivals.0.place"),
    (("arrivals", 0, "day"), 2, "day_outside_run", "arrivals.0.day"),
    (("arrivals", 1, "case"), "first", "twice", "arrivals.1.case"),
    (("arrivals", 1, "time"), "9.30", "clock", "arrivals.1.time"),
    (("overrides", 0, "case"), "third", "unknown_case", "overrides.0.case"),
    (("overrides", 0, "u"), 0.5, "one_override", "overrides.0"),
    (("staffing", 0, "count"), 2, "person_is_one", "staffing.0.count"),
    (("team", "desk", "speed_of"), {"王": 1.0}, "unknown_person", "team.desk.speed_of"),
    (("team", "desk", "absence"), 1, "less_than", "team.desk.absence"),
    (("run", "start"), None, "calendar_start", "run"),
    (("run", "calendar"), None, "month_days_calendar", "run"),
]


@pytest.mark.parametrize(("path", "to", "code", "field"), WRONG, ids=[f"{one[2]}-{one[3]}" for one in WRONG])
def test_what_cannot_be_is_refused_where_it_stands(path, to, code, field):
    assert (code, field) in faults(changed(*path, to=to))


def test_a_person_works_one_shift_at_a_time():
    rows = [*EVERYTHING["staffing"], {**EVERYTHING["staffing"][0], "start": "16:00", "end": "18:00", "meal": ""}]
    with pytest.raises(sim.InputError, match="person_twice"):
        sim.simulate(sim.validated(changed("staffing", to=rows)), reps=1)


def test_a_log_speaks_of_blocks_that_the_visit_passes():
    with pytest.raises(sim.InputError, match="unknown_block"):
        sim.simulate(sim.validated(changed("overrides", 0, "block", to="remote.service")), reps=1)


def test_points_of_tables_may_stand_in_a_file(tmp_path):
    sim.write(sim.validated(EVERYTHING), tmp_path / "all")
    (tmp_path / "all" / "tables.csv").write_text("table,x,y\nlearning,0,2\nlearning,180,1\nnew,1,1\n", encoding="utf-8")
    table = sim.read(tmp_path / "all").table
    assert table["learning"].points == ((0, 2), (180, 1))
    assert table["new"].points == ((1, 1),)
    assert table["fee"].straight is False
    (tmp_path / "all" / "tables.csv").write_text("table,x,y\nlearning,0,two\n", encoding="utf-8")
    with pytest.raises(sim.InputError, match="float_parsing"):
        sim.read(tmp_path / "all")


# --- days by date -------------------------------------------------------------------------------------------------


def run(**fields: Any) -> Any:
    return sim.validated({**changed("link", "av", "outages", to=[]), "run": {"days": 2, **fields}}).run


def test_the_calendar_is_that_of_the_domain_notes():
    if not SHARED.is_file():
        pytest.skip("shared/domain/calendar_2026.csv is not here")
    with SHARED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 365
    assert [row for row in rows if day_type("cn", date.fromisoformat(row["date"])) != row["day_type"]] == []


def test_the_calendar_agrees_with_the_package_of_holidays():
    """Work or no work, day by day; the package knows the notices too."""
    for year in years("cn"):
        theirs = holidays.country_holidays("CN", years=year)
        day = date(year, 1, 1)
        while day.year == year:
            open_day = day_type("cn", day) in ("workday", "makeup_workday")
            assert open_day == theirs.is_working_day(day), day
            day += timedelta(days=1)


def test_248_days_are_worked_in_2026():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    classes = [day_type("cn", day) for day in days]
    assert set(classes) == set(DAY_CLASSES)
    assert sum(kind in ("workday", "makeup_workday") for kind in classes) == 248


def test_spring_festival_with_a_pension_day():
    """15 February 2026 is a holiday, so the pension is fetched on the 24th, the next workday."""
    days = run(start="2026-02-13", calendar="cn", month_days={"pension_day": [15], "pay_day": [27]}, days=2)
    classes = [days.day_class(n) for n in range(16)]
    assert classes == [
        "workday", "makeup_workday", *["holiday"] * 9, "pension_day", "workday", "workday", "pay_day", "makeup_workday",
    ]  # fmt: skip


def test_dates_come_first_and_classes_may_stand_for_others():
    days = run(
        start=date(2026, 2, 13),
        calendar="cn",
        dates={"2026-02-13": "launch"},
        same_as={"makeup_workday": "workday", "launch": "busy"},
    )
    assert [days.day_class(n) for n in range(3)] == ["busy", "workday", "holiday"]
    assert {"busy", "workday", "holiday", "weekend"} <= days.all_classes()


def test_classes_that_are_given_hold_whatever_the_date():
    days = run(start="2026-02-13", calendar="cn", day_classes=["workday", "weekend"])
    assert [days.day_class(n) for n in range(3)] == ["workday", "weekend", "workday"]


def test_days_beyond_the_notices_are_counted():
    assert run(start="2026-12-30", calendar="cn", days=4).estimated_days() == 2
    assert run(start="2026-12-30", calendar="cn", days=2).estimated_days() == 0
    assert run(days=2).estimated_days() == 0
