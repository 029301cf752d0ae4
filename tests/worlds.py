"""Worlds for tests: scenarios in a line or two, days whose arrivals are set by hand, and random scenarios."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import sim
from sim.tables import Day, Tables, Trace, compile_scenario
from sim.tables.types import ARRIVAL, DISRUPTION, OVERRIDE

HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1_000


def fixed(seconds: float) -> dict[str, Any]:
    """Return the law of a time that is always the same."""
    return {"law": "deterministic", "value_s": seconds}


def exponential(mean_s: float) -> dict[str, Any]:
    return {"law": "exponential", "mean_s": mean_s}


def world(routes: dict[str, list[dict[str, Any]]] | list[dict[str, Any]], **parts: Any) -> sim.Scenario:
    """Return a scenario; every route is a service of its name with a stream of its name unless told otherwise."""
    if isinstance(routes, list):
        routes = {"visit": routes}
    data: dict[str, Any] = {"id": "world", "route": routes}
    data["service"] = {name: {"route": name} for name in routes}
    where = parts.pop("at", None)
    at = {} if where is None else {"place": where}
    data["stream"] = {name: {"service": name, "rate_per_hour": 1.0, **at} for name in data["service"]}
    return sim.validated({**data, **parts})


def day(tables: Tables, *arrivals: tuple[float, str] | float, key: int = 0) -> Day:
    """Return a Day with arrivals at the given seconds, each of a stream named ``stream``, ``stream/place`` or whole.

    A bare number is an arrival of the first stream.
    """
    names = tables.names.streams
    seen: dict[int, int] = {}
    rows = []
    for one in arrivals:
        second, name = one if isinstance(one, tuple) else (one, names[0])
        (stream,) = [n for n, full in enumerate(names) if full == name or full.startswith(f"{name}/")]
        rows.append((round(second * 1000), stream))
    out = []
    for tick, stream in sorted(rows):
        family = int(tables.compiled.stream["family"][stream])
        out.extend((tick, stream, seen.get(stream, 0), child) for child in range(family))
        seen[stream] = seen.get(stream, 0) + 1
    nothing = np.empty(0, DISRUPTION), np.zeros(0, np.bool_), np.empty(0, OVERRIDE)
    return Day(np.uint64(key), np.uint64(0), np.array(out, ARRIVAL), *nothing)


def runs(tables: Tables, when: Day) -> tuple[Trace, Trace]:
    """Return the traces of the reference and of the kernel."""
    from sim.engines import kernel, reference

    return reference.run(tables, when), kernel.run(tables, when)


def same(tables: Tables, when: Day) -> Trace:
    """Return the trace of both engines; fail with the first rows that differ when they do not agree."""
    one, two = runs(tables, when)
    for part in ("rows", "results", "duty"):
        ours, theirs = getattr(one, part), getattr(two, part)
        if ours.shape == theirs.shape and np.array_equal(ours, theirs):
            continue
        n = min(ours.size, theirs.size)
        differ = np.flatnonzero(ours[:n] != theirs[:n])
        first = int(differ[0]) if differ.size else n
        lines = [f"{part}: reference has {ours.size}, kernel {theirs.size}; {ours.dtype.names}; first difference:"]
        for at in range(max(0, first - 3), min(first + 4, max(ours.size, theirs.size))):
            left = ours[at] if at < ours.size else "-"
            right = theirs[at] if at < theirs.size else "-"
            lines.append(f"{'>' if at == first else ' '} {at}: {left} | {right}")
        raise AssertionError("\n".join(lines))
    assert one.sha256() == two.sha256()
    return one


def waits(tables: Tables, trace: Trace, block: str = "") -> list[tuple[int, float, float | None]]:
    """Return (visit, joined, started or None) in seconds of every first need of a SEIZE, by joining and visit."""
    names = tables.names.seizes
    out = []
    for entered, started, _, visit, step, need, _, _ in trace.rows.tolist():
        if names[step] and need <= 0 and (not block or names[step] == block):
            out.append((visit, entered / 1000, started / 1000 if started >= 0 else None))
    return sorted(out, key=lambda one: (one[1], one[0]))


def units(tables: Tables, trace: Trace) -> list[tuple[int, str, int, float, float]]:
    """Return (visit, pool, index of the unit, from, to) in seconds, by time."""
    c, out = tables.compiled, []
    for _, started, ended, visit, _, _, unit, _ in trace.rows.tolist():
        if unit >= 0:
            pool = int(np.searchsorted(c.pool["end_unit"], unit, side="right"))
            name = tables.names.pools[pool]
            out.append((visit, name, unit - int(c.pool["first_unit"][pool]), started / 1000, ended / 1000))
    return sorted(out, key=lambda one: (one[3], one[0]))


def ends(tables: Tables, trace: Trace) -> list[tuple[float, str]]:
    """Return (left in seconds, outcome) of each visit."""
    return [(left / 1000, tables.names.outcomes[outcome]) for _, left, outcome, _, _ in trace.results.tolist()]


DUTY = ("closes", "opens", "goes", "breaks", "comes", "returns")


def duty(trace: Trace) -> list[tuple[float, str, int, float]]:
    """Return (when, what, unit, planned for) in seconds."""
    from sim.tables import types

    names = {getattr(types, word.upper()): word for word in DUTY}
    return [(tick / 1000, names[op], unit, planned / 1000) for tick, planned, op, unit in trace.duty.tolist()]


# --- random scenarios ---------------------------------------------------------------------------------------------

_LAWS = (
    fixed(0),
    fixed(10),
    fixed(60),
    fixed(300),
    exponential(40),
    exponential(240),
    {"law": "lognormal", "mean_s": 90, "cv": 0.6},
    {"law": "lognormal", "mean_s": 200, "cv": 1.5},
    {"law": "gamma", "mean_s": 120, "cv": 0.7},
    {"law": "gamma", "mean_s": 60, "cv": 1.8},
    {"law": "weibull", "shape": 1.4, "scale_s": 150},
    {"law": "uniform", "low_s": 0, "high_s": 120},
    {"law": "empirical", "quantiles_s": [0, 30, 30, 200]},
    {"law": "empirical", "quantiles_s": [5, 60, 600], "at": [0, 0.7, 1]},
)
_TIMES = tuple(law for law in _LAWS if law != fixed(0))


@st.composite
def _wait(draw: st.DrawFn, targets: tuple[str, ...]) -> dict[str, Any]:
    """Return priority, patience, clock and on_give_up of a SEIZE."""
    out: dict[str, Any] = {}
    if draw(st.booleans()):
        out["priority"] = draw(st.sampled_from((0, 5, 10)))
    if draw(st.integers(0, 2)):
        out["patience"] = draw(st.sampled_from(_LAWS))
        out["clock"] = draw(st.sampled_from(("queue", "waiting", "visit")))
        if targets and draw(st.booleans()):
            out["on_give_up"] = draw(st.sampled_from(targets))
    return out


@st.composite
def _needs(draw: st.DrawFn, words: tuple[str, ...], most: int) -> list[list[str]]:
    need = st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)
    return draw(st.lists(need, min_size=1, max_size=most))


@st.composite
def _segment(draw: st.DrawFn, words: tuple[str, ...], name: str, later: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a few blocks that give back what they take; the first one is called `name`."""
    kind = draw(st.sampled_from(("serve", "serve", "joint", "nested", "nested", "pause", "event")))
    time, law = st.sampled_from(_TIMES), st.sampled_from(_LAWS)
    if kind == "pause":
        return [{"advance": {**draw(law), "name": name}}]
    if kind == "event":
        return [{"event": {"kind": "paper", "name": name, "cost": draw(st.sampled_from((0, 1.5)))}}]
    if kind == "serve":
        wait = draw(_wait(later))
        return [{"serve": {"by": draw(_needs(words, 1))[0], "takes": draw(time), "name": name, **wait}}]
    if kind == "joint":
        first = {"seize": {"needs": draw(_needs(words, 3)), "name": name, **draw(_wait(later))}}
        return [first, {"advance": {**draw(time), "name": f"{name}-work"}}, {"release": [name]}]
    inner = f"{name}-inner"
    out: list[dict[str, Any]] = [{"seize": {"needs": draw(_needs(words, 2)), "name": name, **draw(_wait(later))}}]
    if draw(st.booleans()):
        out.append({"advance": {**draw(law), "name": f"{name}-before"}})
    out.append({"seize": {"needs": draw(_needs(words, 2)), "name": inner, **draw(_wait(("next",)))}})
    out.append({"advance": {**draw(time), "name": f"{name}-work"}})
    if draw(st.booleans()):
        out.append({"transfer": {"name": f"{name}-leaves", "to": {"end": 0.2, "next": "rest"}}})
    if draw(st.booleans()):
        return [*out, {"release": "all"}]
    order = draw(st.permutations((name, inner)))
    out.append({"release": [order[0]]})
    if draw(st.booleans()):
        out.append({"advance": {**draw(law), "name": f"{name}-after"}})
    return [*out, {"release": [order[1]]}]


@st.composite
def _route(draw: st.DrawFn, words: tuple[str, ...], others: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return segments s0, s1 … with forks forward and loops back between them."""
    n = draw(st.integers(1, 3))
    out: list[dict[str, Any]] = []
    for index in range(n):
        later = (*(f"s{i}" for i in range(index + 1, n)), "end", *others)
        out.extend(draw(_segment(words, f"s{index}", later)))
        turn = draw(st.sampled_from(("on", "on", "fork", "loop")))
        if turn == "fork":
            out.append({"transfer": {draw(st.sampled_from(later)): 0.3, "next": "rest"}})
        elif turn == "loop":
            out.append({"advance": {**draw(st.sampled_from(_TIMES)), "name": f"rest{index}"}})
            out.append({"transfer": {"name": f"again{index}", "to": {"next": "rest", f"s{index}": 0.4}}})
    return [*out, {"advance": {**fixed(0), "name": "door"}}]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def _shift(draw: st.DrawFn, team: str) -> dict[str, Any]:
    """Return a row of staffing.csv between 07:45 and 10:30."""
    start = draw(st.sampled_from((465, 480, 510, 540)))
    end = start + draw(st.sampled_from((30, 60, 90)))
    row = {"team": team, "start": _clock(start), "end": _clock(end), "count": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        row["breaks"] = f"{_clock(start + 10)}-{_clock(start + 15)}"
        if draw(st.booleans()):
            row["breaks"] += f" {_clock(end - 5)}-{_clock(end)}"
    if draw(st.booleans()):
        row["meal"] = f"{_clock(start + 15)}-{_clock(start + 25)}"
    row["day_class"] = draw(st.sampled_from(("*", "*", "workday", "weekend")))
    return row


@st.composite
def worlds(draw: st.DrawFn, tick_ms: int | None = None) -> sim.Scenario:
    """Random scenarios: places, teams, equipment, shifts, routes, streams; some hundred visits in about two hours."""
    data: dict[str, Any] = {"id": "random"}
    days = draw(st.sampled_from((1, 1, 2)))
    data["run"] = {
        "days": days,
        "day_classes": draw(st.sampled_from((["workday"], ["workday", "weekend"]))),
        "drain_s": draw(st.sampled_from((0, 7200))),
        "warm_up_s": draw(st.sampled_from((0, 0, 30_600))),
        "tick_ms": tick_ms or draw(st.sampled_from((1, 1000, 10_000))),
    }
    data["rules"] = {"sl_threshold_s": draw(st.sampled_from((0, 20, 120))), "interval_s": 1800}
    one_place = draw(st.booleans())
    homes: list[dict[str, Any]] = [{}]
    if not one_place:
        branch = {
            "parent": "cluster",
            "count": draw(st.integers(1, 3)),
            "opens": draw(st.sampled_from(("08:00", "08:20"))),
            "closes": draw(st.sampled_from(("09:30", "10:00"))),
            "closing": draw(st.sampled_from(("serve", "turn_away", "carry"))),
            "open_on": draw(st.sampled_from((["*"], ["workday"]))),
        }
        data["place"] = {"city": {"kind": "city"}, "cluster": {"parent": "city"}, "branch": branch}
        data["place"]["centre"] = {"parent": "city"}
        homes = [{"place": "branch"}, {"place": "branch"}, {"place": "centre", "serves": ["cluster"]}]
    services = [f"P{i:02d}" for i in range(draw(st.integers(1, 3)))]
    data["team"], data["pool"], data["staffing"] = {}, {}, []
    roles = set()
    for index in range(draw(st.integers(1, 3))):
        name = f"team{index}"
        team: dict[str, Any] = {**draw(st.sampled_from(homes)), "late": draw(st.sampled_from(("shift", "cut")))}
        if draw(st.booleans()):
            team["role"] = "clerk"
            roles |= {"clerk", "clerk.backup"}
        if len(services) > 1 and draw(st.integers(0, 3)) == 0:
            team["skills"] = services[:-1]
        if draw(st.booleans()):
            team["staff"] = draw(st.integers(1, 3))
        else:
            data["staffing"].extend(draw(st.lists(_shift(name), min_size=1, max_size=3)))
        team["cost_per_hour"] = 60.0
        data["team"][name] = team
    for index in range(draw(st.integers(0, 2))):
        data["pool"][f"pool{index}"] = {**draw(st.sampled_from(homes)), "units": draw(st.integers(1, 3))}
    words = (*data["team"], *data["pool"], *sorted(roles))
    names = [f"r{i}" for i in range(draw(st.integers(1, 2)))]
    data["route"] = {n: draw(_route(words, tuple(names[i + 1 :]))) for i, n in enumerate(names)}
    data["service"] = {name: {"route": draw(st.sampled_from(names))} for name in services}
    data["factor"] = {"day": {"cv": 0.5, "scope": draw(st.sampled_from(("all", "place", "stream")))}}
    data["stream"], data["rates"] = {}, []
    data["profiles"] = [
        {"profile": "morning", "start": "08:00", "end": "08:45", "weight": 0.6},
        {"profile": "morning", "start": "08:45", "end": "10:00", "weight": 0.4},
    ]
    for index in range(draw(st.integers(1, 2))):
        name = f"stream{index}"
        stream: dict[str, Any] = {} if one_place else {"place": draw(st.sampled_from(("branch", "branch", "centre")))}
        if draw(st.booleans()):
            stream["factors"] = ["day"]
        way = draw(st.sampled_from(("profile", "rates", "hours")))
        if way == "rates":
            for service in services:
                rate = draw(st.sampled_from((0, 6, 30)))
                data["rates"].append(
                    {"stream": name, "service": service, "start": "08:00", "end": "09:30", "rate_per_hour": rate}
                )
        else:
            if way == "profile":
                stream |= {"per_day": draw(st.sampled_from((12, 60))), "profile": "morning"}
            else:
                whole = one_place or stream["place"] == "centre"
                stream["rate_per_hour"] = draw(st.sampled_from((2, 5) if whole else (10, 40)))
            stream["shares"] = {service: draw(st.sampled_from((1, 2))) for service in services}
        data["stream"][name] = stream
    try:
        scenario = sim.validated(data)
        compile_scenario(scenario)
    except sim.InputError as error:
        # What a random route may get wrong; anything else is a fault of this strategy.
        if not {fault.code for fault in error.faults} <= {"deadlock", "loop_without_advance", "no_hours"}:
            raise
        assume(False)
    return scenario
