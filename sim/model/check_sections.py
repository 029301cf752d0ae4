"""What the sections of `sim.model.sections` must hold beyond their shape: names are known, parts belong together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.model.faults import Fault
from sim.model.fields import ALWAYS
from sim.model.laws import attributes_of
from sim.model.money import BANK, HOME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sim.model.laws import Law
    from sim.model.scenario import Scenario
    from sim.model.sections import OnDays

Found = tuple[tuple[str | int, ...], Fault]


def check_sections(scenario: Scenario) -> Iterator[Found]:
    """Yield (path, fault) for what cannot be in links, equipment, dispatch, accounts, streams, logs and persons."""
    yield from _check_equipment(scenario)
    yield from _check_dispatch(scenario)
    yield from _check_streams(scenario)
    yield from _check_log(scenario)
    yield from _check_persons(scenario)
    yield from _check_days(scenario)
    yield from _check_units(scenario)


def _unknown(code: str, value: object, known: Collection[str]) -> Fault:
    names = sorted(known)
    return Fault(code, value=value, expected={"known": ", ".join(names[:12]) + (" …" if len(names) > 12 else "")})


def _numbers_only(law: Law | None, path: tuple[str | int, ...]) -> Iterator[Found]:
    """Outside of a service there are no attributes."""
    for key, name in attributes_of(law):
        yield (*path, key), Fault("number_only", value=name)


def _check_equipment(scenario: Scenario) -> Iterator[Found]:
    for name, link in scenario.link.items():
        if link.place is not None and link.place not in scenario.place:
            yield ("link", name, "place"), _unknown("unknown_place", link.place, scenario.place)
        if (link.per_day > 0) != (link.lasts is not None):
            yield ("link", name, "lasts"), Fault("per_day_with_lasts", value=link.per_day)
        yield from _numbers_only(link.lasts, ("link", name, "lasts"))
    for name, pool in scenario.pool.items():
        if (pool.mtbf is None) != (pool.mttr is None):
            yield ("pool", name, "mttr"), Fault("mtbf_with_mttr", value=name)
        yield from _numbers_only(pool.mtbf, ("pool", name, "mtbf"))
        yield from _numbers_only(pool.mttr, ("pool", name, "mttr"))


def _check_dispatch(scenario: Scenario) -> Iterator[Found]:
    for name, rule in scenario.dispatch.items():
        for key, team in (("from", rule.from_), ("to", rule.to)):
            if team not in scenario.team:
                yield ("dispatch", name, key), _unknown("unknown_team", team, scenario.team)
        if rule.from_ == rule.to:
            yield ("dispatch", name, "to"), Fault("dispatch_to_itself", value=rule.to)


def _check_streams(scenario: Scenario) -> Iterator[Found]:
    for name, account in scenario.account.items():
        for key, cv in account.cv.items():
            if key not in account.values:
                yield ("account", name, "cv"), _unknown("unknown_account", key, account.values)
            elif cv > 0 and account.values[key] <= 0:
                yield ("account", name, "values", key), Fault("greater_than", value=account.values[key], expected=_ZERO)
    for name, stream in scenario.stream.items():
        here = ("stream", name)
        if stream.accounts is not None and stream.accounts not in scenario.account:
            yield (*here, "accounts"), _unknown("unknown_account", stream.accounts, scenario.account)
        booked = bool(stream.appointments) or stream.list is not None or stream.breaks_of is not None
        if stream.breaks_of is not None and stream.breaks_of not in scenario.team:
            yield (*here, "breaks_of"), _unknown("unknown_team", stream.breaks_of, scenario.team)
        if booked and stream.service is None and stream.shares is not None:
            yield (*here, "service"), Fault("booked_one_service", value=name)
        if (stream.punctuality is not None or stream.early_s) and not stream.appointments:
            yield (*here, "punctuality"), Fault("punctuality_of_appointments", value=name)
        if stream.show < 1 and not booked:
            yield (*here, "show"), Fault("show_of_booked", value=stream.show)
        if stream.factors and (booked or any(row.stream == name for row in scenario.arrivals)):
            yield (*here, "factors"), Fault("factors_of_rates", value=", ".join(stream.factors))
        yield from _numbers_only(stream.punctuality, (*here, "punctuality"))


_ZERO = {"limit": 0}


def _check_log(scenario: Scenario) -> Iterator[Found]:
    cases: set[str] = set()
    instances: dict[str, bool] = {}
    for index, row in enumerate(scenario.arrivals):
        here = ("arrivals", index)
        if row.stream not in scenario.stream:
            yield (*here, "stream"), _unknown("unknown_stream", row.stream, scenario.stream)
        if row.service not in scenario.service:
            yield (*here, "service"), _unknown("unknown_service", row.service, scenario.service)
        if row.place is None:
            if len(scenario.place) > 1 or any(place.count > 1 for place in scenario.place.values()):
                yield (*here, "place"), Fault("missing")
        elif not instances.setdefault(row.place, _one_place(scenario, row.place)):
            yield (*here, "place"), _unknown("unknown_place", row.place, scenario.place)
        if row.day >= scenario.run.days:
            yield (*here, "day"), Fault("day_outside_run", value=row.day, expected={"days": scenario.run.days})
        if row.case:
            if row.case in cases:
                yield (*here, "case"), Fault("twice", value=row.case)
            cases.add(row.case)
    for index, override in enumerate(scenario.overrides):
        if override.case not in cases:
            yield ("overrides", index, "case"), Fault("unknown_case", value=override.case)


def _one_place(scenario: Scenario, name: str) -> bool:
    """Tell whether `name` is one place: not a template of several."""
    if name in scenario.place:
        return scenario.place[name].count == 1
    template, dash, number = name.rpartition("-")
    if not dash or template not in scenario.place or not number.isdecimal():
        return False
    count = scenario.place[template].count
    return count > 1 and 1 <= int(number) <= count and len(number) == max(2, len(str(count)))


def _check_persons(scenario: Scenario) -> Iterator[Found]:
    persons: dict[str, set[str]] = {}
    for index, row in enumerate(scenario.staffing):
        if row.person is not None:
            persons.setdefault(row.team, set()).add(row.person)
            if row.count != 1:
                yield ("staffing", index, "count"), Fault("person_is_one", value=row.count)
    for name, team in scenario.team.items():
        for key in ("speed_of", "tenure_of"):
            for person in getattr(team, key):
                if person not in persons.get(name, ()):
                    yield ("team", name, key), _unknown("unknown_person", person, persons.get(name, ()))


def _check_days(scenario: Scenario) -> Iterator[Found]:
    days = scenario.run.days
    lists: list[tuple[tuple[str, ...], Sequence[OnDays]]] = []
    lists += [(("link", name, "outages"), link.outages) for name, link in scenario.link.items()]
    lists += [(("stream", name, "appointments"), one.appointments) for name, one in scenario.stream.items()]
    lists += [(("stream", name, "list"), (one.list,) if one.list else ()) for name, one in scenario.stream.items()]
    for path, items in lists:
        for one in items:
            if one.day is not None and one.day >= days:
                yield path, Fault("day_outside_run", value=one.day, expected={"days": days})


def _check_units(scenario: Scenario) -> Iterator[Found]:
    named: set[str] = set()
    for name, unit in scenario.unit.items():
        if name == HOME:
            yield ("unit", name), Fault("unit_name", value=name)
        for place in unit.places:
            if place not in scenario.place:
                yield ("unit", name, "places"), _unknown("unknown_place", place, scenario.place)
            if place in named:
                yield ("unit", name, "places"), Fault("twice", value=place)
            named.add(place)
    units = {HOME, BANK, *scenario.unit}
    servers = {*scenario.team, *scenario.pool}
    borne: set[str] = set()
    for name, posting in scenario.posting.items():
        here = ("posting", name)
        shares = {} if posting.shares is None or posting.shares == "use" else dict(posting.shares)
        for key, words in (("shares", tuple(shares)), ("from", (posting.from_,)), ("to", (posting.to,))):
            for word in words:
                if word is not None and word not in units:
                    yield (*here, key), _unknown("unknown_unit", word, units)
        if shares and abs(math.fsum(shares.values()) - 1.0) > 1e-9:
            yield (*here, "shares"), Fault("posting_shares", value=round(math.fsum(shares.values()), 6))
        if posting.cost_of is not None:
            if posting.cost_of not in servers:
                yield (*here, "cost_of"), _unknown("unknown_pool", posting.cost_of, servers)
            if posting.cost_of in borne:
                yield (*here, "cost_of"), Fault("twice", value=posting.cost_of)
            borne.add(posting.cost_of)
    yield from _check_targets(scenario)
    yield from _check_serving(scenario)


def _check_serving(scenario: Scenario) -> Iterator[Found]:
    for index, row in enumerate(scenario.serving):
        if row.place != ALWAYS and row.place not in scenario.place and not _one_place(scenario, row.place):
            yield ("serving", index, "place"), _unknown("unknown_place", row.place, scenario.place)
        if row.service != ALWAYS and row.service not in scenario.service:
            yield ("serving", index, "service"), _unknown("unknown_service", row.service, scenario.service)
        if row.team not in scenario.team:
            yield ("serving", index, "team"), _unknown("unknown_team", row.team, scenario.team)


def _check_targets(scenario: Scenario) -> Iterator[Found]:
    if scenario.targets and scenario.rules.period is None:
        yield ("rules", "period"), Fault("missing")
    seen: set[tuple[object, ...]] = set()
    for index, row in enumerate(scenario.targets):
        if row.place != ALWAYS and row.place not in scenario.place and not _one_place(scenario, row.place):
            yield ("targets", index, "place"), _unknown("unknown_place", row.place, scenario.place)
        if row.service != ALWAYS and row.service not in scenario.service:
            yield ("targets", index, "service"), _unknown("unknown_service", row.service, scenario.service)
        key = (row.kind, row.place, row.service, row.period)
        if key in seen:
            yield ("targets", index, "period"), Fault("twice", value=row.period)
        seen.add(key)
