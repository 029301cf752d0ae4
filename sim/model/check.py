"""What a scenario must hold beyond the shape of its parts: every name is known, every route can be walked.

What needs places to be expanded (who may serve whom, deadlock) is checked by `sim.tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.model.blocks import OUTCOMES, Block
from sim.model.check_sections import check_sections
from sim.model.faults import Fault
from sim.model.fields import ALWAYS
from sim.model.programs import expand
from sim.model.walks import walk

if TYPE_CHECKING:
    from sim.model.scenario import Scenario, Service

Found = tuple[tuple[str | int, ...], Fault]
BACKUP = ".backup"


def check(scenario: Any) -> Iterator[Found]:
    """Yield (path, fault) for everything in `scenario` that names something unknown or cannot be run."""
    yield from _check_places(scenario)
    yield from _check_servers(scenario)
    yield from _check_streams(scenario)
    yield from _check_rows(scenario)
    yield from check_sections(scenario)
    yield from _check_routes(scenario)


def _unknown(code: str, value: object, known: object) -> Fault:
    names = sorted(str(name) for name in known) if isinstance(known, (Mapping, set, tuple, list)) else []
    return Fault(code, value=value, expected={"known": ", ".join(names[:12]) + (" …" if len(names) > 12 else "")})


def _check_places(scenario: Scenario) -> Iterator[Found]:
    for name, place in scenario.place.items():
        seen, here = {name}, place.parent
        while here is not None:
            if here not in scenario.place:
                yield ("place", name, "parent"), _unknown("unknown_place", here, scenario.place)
                break
            if here in seen:
                yield ("place", name, "parent"), Fault("place_circle", value=here)
                break
            if scenario.place[here].count != 1:
                yield ("place", name, "parent"), Fault("parent_is_template", value=here)
                break
            seen.add(here)
            here = scenario.place[here].parent
        if place.closes <= place.opens:
            yield ("place", name, "closes"), Fault("closes_before_opens", value=place.closes)


def _check_servers(scenario: Scenario) -> Iterator[Found]:
    for section, servers in (("team", scenario.team), ("pool", scenario.pool)):
        for name, one in servers.items():
            if one.place is None and len(scenario.place) > 1:
                yield (section, name, "place"), Fault("missing")
            for where in (one.place, *one.serves):
                if where is not None and where not in scenario.place:
                    yield (section, name, "place"), _unknown("unknown_place", where, scenario.place)
    for name in scenario.team.keys() & scenario.pool.keys():
        yield ("pool", name), Fault("twice", value=name)
    staffed = {row.team for row in scenario.staffing}
    for name, team in scenario.team.items():
        for skill in team.skills:
            if skill != ALWAYS and skill not in scenario.service:
                yield ("team", name, "skills"), _unknown("unknown_service", skill, scenario.service)
        if team.staff is None and name not in staffed:
            yield ("team", name, "staff"), Fault("no_staff", value=name)


def _check_streams(scenario: Scenario) -> Iterator[Found]:
    profiles = {row.profile for row in scenario.profiles}
    rated = {row.stream for row in scenario.rates}
    logged = {row.stream for row in scenario.arrivals}
    for name, stream in scenario.stream.items():
        here = ("stream", name)
        if stream.place is None and len(scenario.place) > 1:
            yield (*here, "place"), Fault("missing")
        if stream.place is not None and stream.place not in scenario.place:
            yield (*here, "place"), _unknown("unknown_place", stream.place, scenario.place)
        booked = bool(stream.appointments) + (stream.list is not None) + (name in logged)
        ways = (stream.rate_per_hour is not None) + (stream.per_day is not None) + (name in rated) + booked
        if ways != 1:
            yield here, Fault("one_rate", value=ways)
        if (stream.per_day is None) != (stream.profile is None):
            yield (*here, "profile"), Fault("per_day_with_profile", value=stream.profile)
        if stream.profile is not None and stream.profile not in profiles:
            yield (*here, "profile"), _unknown("unknown_profile", stream.profile, profiles)
        if name in rated or name in logged:
            if stream.service is not None or stream.shares is not None:
                yield here, Fault("rates_name_services", value=name)
        elif (stream.service is None) == (stream.shares is None):
            yield here, Fault("service_or_shares", value=name)
        for service in (*([stream.service] if stream.service else []), *(stream.shares or ())):
            if service not in scenario.service:
                yield (*here, "service"), _unknown("unknown_service", service, scenario.service)
        if stream.shares is not None and sum(stream.shares.values()) <= 0:
            yield (*here, "shares"), Fault("shares_empty", value=0)
        for factor in stream.factors:
            if factor not in scenario.factor:
                yield (*here, "factors"), _unknown("unknown_factor", factor, scenario.factor)


def _check_rows(scenario: Scenario) -> Iterator[Found]:
    for index, row in enumerate(scenario.rates):
        if row.stream not in scenario.stream:
            yield ("rates", index, "stream"), _unknown("unknown_stream", row.stream, scenario.stream)
        if row.service not in scenario.service:
            yield ("rates", index, "service"), _unknown("unknown_service", row.service, scenario.service)
        if row.place != ALWAYS and not _known_place(scenario, row.place):
            yield ("rates", index, "place"), _unknown("unknown_place", row.place, scenario.place)
    for index, staff in enumerate(scenario.staffing):
        if staff.team not in scenario.team:
            yield ("staffing", index, "team"), _unknown("unknown_team", staff.team, scenario.team)
        if staff.place != ALWAYS and not _known_place(scenario, staff.place):
            yield ("staffing", index, "place"), _unknown("unknown_place", staff.place, scenario.place)
        if staff.day is not None and staff.day >= scenario.run.days:
            yield (
                ("staffing", index, "day"),
                Fault("day_outside_run", value=staff.day, expected={"days": scenario.run.days}),
            )


def _known_place(scenario: Scenario, name: str) -> bool:
    if name in scenario.place:
        return True
    return any(place.count > 1 and name in instance_names(key, place.count) for key, place in scenario.place.items())


def instance_names(name: str, count: int) -> tuple[str, ...]:
    """Return the names of the places of a template: the name itself for one, ``name-01`` … for more."""
    if count == 1:
        return (name,)
    width = max(2, len(str(count)))
    return tuple(f"{name}-{i:0{width}d}" for i in range(1, count + 1))


def _check_routes(scenario: Scenario) -> Iterator[Found]:
    servers = scenario.team.keys() | scenario.pool.keys()
    roles = {one.role for one in (*scenario.team.values(), *scenario.pool.values()) if one.role}
    bad_routes = set()
    for name, blocks in scenario.route.items():
        for index, block in enumerate(blocks):
            for path, fault in _check_block(block, servers | roles, scenario):
                bad_routes.add(name)
                yield ("route", name, index, *path), fault
    for name, service in scenario.service.items():
        if service.route not in scenario.route:
            yield ("service", name, "route"), _unknown("unknown_route", service.route, scenario.route)
        elif service.route not in bad_routes:
            yield from _check_program(scenario, name, service)


def _check_block(block: Block, servers: set[str], scenario: Scenario) -> Iterator[Found]:
    lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = []
    if block.seize is not None:
        lists = [(("seize", "needs", i), need) for i, need in enumerate(block.seize.needs)]
    if block.serve is not None:
        lists = [(("serve", "by"), block.serve.by)]
    for path, need in lists:
        for pool in need:
            if pool.removesuffix(BACKUP) not in servers:
                yield path, _unknown("unknown_pool", pool, servers)
    if block.leave is not None and block.leave in OUTCOMES[-1:]:
        yield ("leave",), Fault("outcome_of_the_run", value=block.leave)


def _check_program(scenario: Scenario, name: str, service: Service) -> Iterator[Found]:
    """Check the program that a service runs: targets, shares, attributes, seizures and releases."""
    steps, faults = expand(scenario.route, service)
    for where, fault in faults:
        yield ("route", *where), fault
    if faults:
        return
    for where, fault in walk(steps):
        yield (
            ("route", *where),
            Fault(fault.code, value=fault.value, expected={**fault.expected, "service": name}),
        )
