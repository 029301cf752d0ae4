"""What a scenario must hold beyond the shape of its parts: every name is known, every route can be walked.

What needs places to be expanded (who may serve whom, deadlock) is checked by `sim.tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.model.blocks import OUTCOMES, Block
from sim.model.calendar import DAY_CLASSES
from sim.model.check_sections import check_sections
from sim.model.expressions import Known, tree, unknown
from sim.model.faults import Fault
from sim.model.fields import ALWAYS
from sim.model.programs import expand
from sim.model.walks import walk

if TYPE_CHECKING:
    from sim.model.programs import Step
    from sim.model.scenario import Scenario

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
        if stream.place is None and len(scenario.place) > 1 and name not in logged:
            yield (*here, "place"), Fault("missing")
        if stream.place is not None and stream.place not in scenario.place:
            yield (*here, "place"), _unknown("unknown_place", stream.place, scenario.place)
        booked = bool(stream.appointments) + (stream.list is not None) + (stream.breaks_of is not None)
        ways = (
            (stream.rate_per_hour is not None)
            + (stream.per_day is not None)
            + (name in rated)
            + booked
            + (name in logged)
        )
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


def known(scenario: Scenario, programs: Mapping[str, list[Step]]) -> Known:
    """Return what the expressions of a scenario may name."""
    servers = (*scenario.team.items(), *scenario.pool.items())
    seizes = [step for steps in programs.values() for step in steps if step.kind == "seize"]
    rows = (*scenario.staffing, *scenario.rates, *scenario.profiles)
    classes = {row.day_class for row in rows} | {kind for place in scenario.place.values() for kind in place.open_on}
    return Known(
        counters=frozenset({*scenario.counter, *(f"stock.{name}" for name in scenario.store)}),
        accounts=frozenset(value for account in scenario.account.values() for value in account.values),
        tables=frozenset(scenario.table),
        links=frozenset(scenario.link),
        pools=frozenset(word for name, one in servers for word in (name, one.role) if word),
        queues=frozenset(name for step in seizes for name in (step.name, step.name.partition(".")[2], step.luck)),
        classes=frozenset({*scenario.run.all_classes(), *DAY_CLASSES, *classes} - {ALWAYS}),
    )


def _check_routes(scenario: Scenario) -> Iterator[Found]:
    servers = scenario.team.keys() | scenario.pool.keys()
    roles = {one.role for one in (*scenario.team.values(), *scenario.pool.values()) if one.role}
    bad_routes = set()
    for name, blocks in scenario.route.items():
        for index, block in enumerate(blocks):
            for path, fault in _check_block(block, servers | roles, scenario):
                bad_routes.add(name)
                yield ("route", name, index, *path), fault
    programs: dict[str, list[Step]] = {}
    for name, service in scenario.service.items():
        if service.route not in scenario.route:
            yield ("service", name, "route"), _unknown("unknown_route", service.route, scenario.route)
        elif service.route not in bad_routes:
            steps, faults = expand(scenario.route, service)
            for where, fault in faults:
                # What a service says of itself has no route.
                yield (("service", name, *where[1:]) if where[0] == "" else ("route", *where)), fault
            if not faults:
                programs[name] = steps
                for where, fault in walk(steps):
                    more = {**fault.expected, "service": name}
                    yield ("route", *where), Fault(fault.code, value=fault.value, expected=more)
    if len(programs) == len(scenario.service):
        yield from _check_expressions(scenario, programs)


def _check_expressions(scenario: Scenario, programs: Mapping[str, list[Step]]) -> Iterator[Found]:
    """Check what expressions and assignments name, once all programs are there."""
    names = known(scenario, programs)
    for steps in programs.values():
        for step in steps:
            for node in step.formulas():
                for fault in unknown(node, names, visit=True):
                    yield ("route", *step.where), fault
            written = step.target.removeprefix("counter.") if step.target.startswith(("counter.", "stock.")) else ""
            if written and written not in names.counters:
                yield ("route", *step.where), _unknown("unknown_counter", written, names.counters)
            value = step.target.removeprefix("account.")
            if value != step.target and value not in names.accounts:
                yield ("route", *step.where), _unknown("unknown_account", value, names.accounts)
            link = step.session.link if step.session is not None else ""
            if link and link not in names.links:
                yield ("route", *step.where), _unknown("unknown_link", link, names.links)
    for name, stream in scenario.stream.items():
        if stream.gate is not None:
            for fault in unknown(tree(stream.gate), names, visit=True):
                yield ("stream", name, "gate"), fault
    kinds = {step.event for steps in programs.values() for step in steps if step.event}
    asked: list[tuple[tuple[str | int, ...], str]]
    asked = [(("posting", name, "kind"), one.kind) for name, one in scenario.posting.items() if one.kind is not None]
    asked += [(("targets", index, "kind"), row.kind) for index, row in enumerate(scenario.targets)]
    for path, kind in asked:
        if kind not in kinds:
            yield path, _unknown("unknown_kind", kind, kinds)
    for name, rule in scenario.dispatch.items():
        for key, formula in (("go_if", rule.go_if), ("back_if", rule.back_if)):
            for fault in unknown(tree(formula), names, visit=False):
                yield ("dispatch", name, key), fault


def _check_block(block: Block, servers: set[str], scenario: Scenario) -> Iterator[Found]:
    lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = []
    wait = block.seize or block.serve
    if wait is not None:
        key = "seize" if block.seize is not None else "serve"
        if block.seize is not None:
            lists = [(("seize", "needs", i), need) for i, need in enumerate(block.seize.needs)]
        if block.serve is not None:
            lists = [(("serve", "by"), block.serve.by)]
        for i, over in enumerate(wait.overflow):
            words = tuple(word for part in over.to for word in ((part,) if isinstance(part, str) else part))
            lists.append(((key, "overflow", i, "to"), words))
        lists.append(((key, "reserve"), tuple(wait.reserve)))
        lists.append(((key, "weights"), tuple(wait.weights)))
        for i, age in enumerate(wait.ageing):
            lists.append(((key, "ageing", i, "reserve"), tuple(age.reserve or ())))
    for path, need in lists:
        for pool in need:
            if pool.removesuffix(BACKUP) not in servers:
                yield path, _unknown("unknown_pool", pool, servers)
    if block.leave is not None and block.leave in OUTCOMES[-1:]:
        yield ("leave",), Fault("outcome_of_the_run", value=block.leave)
    for key, other in (("split", block.split), ("call_back", block.call_back)):
        if other is not None and other.service not in scenario.service:
            yield (key, "service"), _unknown("unknown_service", other.service, scenario.service)
    if block.store is not None and block.store.name not in scenario.store:
        yield ("store", "name"), _unknown("unknown_store", block.store.name, scenario.store)
