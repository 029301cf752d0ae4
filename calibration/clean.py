"""Judge the rows of a log by named rules: what is impossible is dropped, what is odd is classified and kept.

Nothing vanishes silently: every rule says how many rows it found and shows two of them, by number of the line
and the fields concerned only. A log of which too much had to be dropped, or too much cannot be believed, is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import sim
from calibration.columns import DAY_S, NEVER, OUTCOMES, Example, Flags, Log, Preset
from calibration.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WARN_SHARE = 0.01
"""Above this share of dropped rows there is a finding."""
STOP_SHARE = 0.05
"""Above this share of dropped rows the log is refused, unless more is allowed."""
SHIFTED_S = 1800
"""When on a day nobody of many waited less than this, the clocks of that day do not belong together."""
PATIENT_S = 14_400
"""Where longer waits are believed (the post of an office, say), nobody need be served within half an hour."""
MANY = 20
HOUR_S = 3600

SERVED, ABANDONED, NO_SHOW, TRANSFERRED, BLOCKED, PHANTOM, MENU = range(len(OUTCOMES))
_SHOWN = 2


@dataclass(frozen=True)
class Rule:
    """A named rule: what it looks for, and the columns that show it.

    `drops` is true for what cannot be: such rows leave the table. Other rules only say what a row is; with
    `doubts`, a log of which more than `STOP_SHARE` is so cannot be believed as a whole.
    """

    name: str
    finds: Callable[[Log], Flags]
    shows: tuple[str, ...]
    drops: bool = False
    doubts: bool = False


@dataclass(frozen=True)
class Found:
    """What a rule found: how many rows, and at most two examples."""

    rule: str
    dropped: bool
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Cleaned:
    """The rows that can be, their outcomes put right, and what every rule found."""

    log: Log
    found: tuple[Found, ...]
    findings: tuple[sim.Finding, ...]
    outcomes: Mapping[str, int]
    """The log's own outcome → number of rows, all readable rows."""

    @property
    def dropped(self) -> int:
        """Number of rows dropped."""
        return sum(one.count for one in self.found if one.dropped)


def _twice(log: Log) -> Flags:
    """Return the rows that repeat an earlier row of the same call, leg and moments."""
    again = np.zeros(len(log), bool)
    ordered = np.sort(log.case)
    common = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(common):
        return again
    rows = np.flatnonzero(np.isin(log.case, common))
    parts = [column[rows] for column in (log.case, log.leg, log.arrive, log.wait_s, log.start, log.outcome)]
    order = np.lexsort((rows, *reversed(parts)))
    same = np.ones(len(rows) - 1, bool)
    for part in parts:
        same &= part[order][1:] == part[order][:-1]
    again[rows[order[1:][same]]] = True
    return again


def _hung_up(log: Log) -> Flags:
    """Return who left before there was anything to wait for: in logs that have a menu, in the menu."""
    rows: Flags = (log.outcome == ABANDONED) & (log.wait_s == 0) & (log.menu_s != NEVER)
    return rows


def _shifted(log: Log) -> Flags:
    """Return the rows of places and days on which nobody waited, or took, less than half an hour.

    With many customers a day that is no queue but a clock that runs apart: one kept summer time, say.
    """
    out = np.zeros(len(log), bool)
    if not len(log):
        return out
    day = log.day
    group = (day - day.min()) * len(log.places) + log.place
    if group.max() > 4 * len(log) + DAY_S:  # stamps of odd years: few days among many
        group = np.unique(group, return_inverse=True)[1]
    there = log.service_s > 0
    for value, longest in ((log.wait_s, log.longest_wait_s), (log.service_s, log.longest_service_s)):
        if longest > PATIENT_S:
            continue
        many = np.bincount(group[there], minlength=int(group.max()) + 1) >= MANY
        least = np.full(len(many), np.iinfo(np.int64).max)
        np.minimum.at(least, group[there], value[there])
        out |= (many & (least >= SHIFTED_S))[group] & there
    return out


def _skipped(log: Log) -> Flags:
    """Return the rows that arrived in an hour which the clocks skipped."""
    if not len(log):
        return np.zeros(0, bool)
    zone = Zone(log.zone, int(log.arrive.min()), int(log.arrive.max()))
    return zone.skipped(log.arrive) if zone.changes else np.zeros(len(log), bool)


RULES: tuple[Rule, ...] = (
    Rule("unknown_outcome", lambda log: log.outcome == -1, ("outcome",), drops=True),
    Rule(
        "negative_time",
        lambda log: (log.wait_s < 0) | (log.service_s < 0),
        ("wait_s", "service_s"),
        drops=True,
    ),
    Rule("duplicate", _twice, ("case",), drops=True),
    Rule("clock_shifted", _shifted, ("wait_s", "service_s"), drops=True),
    Rule("phantom", lambda log: log.outcome == PHANTOM, ("outcome", "wait_s", "service_s")),
    Rule(
        "menu_hangup",
        lambda log: (log.outcome == MENU) | _hung_up(log),
        ("outcome", "wait_s"),
    ),
    Rule("blocked", lambda log: log.outcome == BLOCKED, ("outcome",)),
    Rule("menu_time_negative", lambda log: (log.menu_s < 0) & (log.menu_s != NEVER), ("menu_s",)),
    Rule("skipped_hour", _skipped, ("arrive",)),
    Rule(
        "past_midnight",
        lambda log: (log.service_s > 0) & (log.end >= (log.day + 1) * DAY_S),
        ("start", "service_s"),
    ),
    Rule(
        "answered_without_service",
        lambda log: answered(log) & (log.service_s == 0),
        ("outcome", "service_s"),
    ),
    Rule(
        "abandoned_with_service",
        lambda log: ((log.outcome == ABANDONED) | (log.outcome == NO_SHOW)) & (log.service_s > 0),
        ("outcome", "service_s"),
    ),
    Rule("no_agent_named", lambda log: answered(log) & (log.agent < 0), ("outcome", "service_s")),
    Rule("service_too_long", lambda log: log.service_s > log.longest_service_s, ("service_s",), doubts=True),
    Rule("wait_too_long", lambda log: log.wait_s > log.longest_wait_s, ("wait_s",), doubts=True),
)
"""In this order; a row that is dropped is not looked at again."""


def cleaned(log: Log, preset: Preset, allow: float = STOP_SHARE) -> Cleaned:
    """Apply `RULES` to a log.

    Parameters
    ----------
    allow : float
        Share of the rows that may be dropped, and that may be beyond belief, before the log is refused.

    Raises
    ------
    InputError
        ``too_many_dropped`` when more than `allow` of the rows read cannot be used, with a fault for each rule;
        ``too_much_doubt`` when as many cannot be believed; ``log_no_clock`` when no row has a time of day.
    """
    found = [Found(one.rule, True, one.count, one.examples) for one in log.unreadable]
    found += [Found(one.rule, False, one.count, one.examples) for one in log.set_aside]
    outcomes: dict[str, int] = {}
    if len(log):
        if len(log) >= MANY and not (log.arrive % DAY_S).any():
            raise sim.InputError.one("log_no_clock", file=", ".join(log.files), value=len(log))
        counts = np.bincount(log.code[log.outcome >= 0], minlength=len(log.codes))
        outcomes = {code: int(n) for code, n in sorted(zip(log.codes, counts, strict=False)) if n}
    findings = _clocks(log)
    doubts: list[Found] = []
    for rule in RULES:
        hit = rule.finds(log)
        if not hit.any():
            continue
        examples = tuple(_example(log, k, rule) for k in np.flatnonzero(hit)[:_SHOWN].tolist())
        found.append(Found(rule.name, rule.drops, int(hit.sum()), examples))
        if rule.doubts:
            doubts.append(found[-1])
        if rule.drops:
            log = log.only(~hit)
    dropped = sum(one.count for one in found if one.dropped)
    share = dropped / log.rows_read
    files = ", ".join(log.files)
    if share > allow or not len(log):
        raise sim.InputError(_refusal(files, dropped, log.rows_read, allow, found, findings))
    for one in doubts:
        if one.count > max(allow, STOP_SHARE) * len(log):
            raise sim.InputError.one(
                "too_much_doubt",
                file=files,
                value=one.count,
                rows=len(log),
                percent=round(100 * one.count / len(log), 1),
                limit=_percent(allow),
                rule=one.rule,
                row=one.examples[0].row,
            )
    if share > WARN_SHARE:
        values = {"dropped": dropped, "rows": log.rows_read, "percent": round(100 * share, 1)}
        findings.insert(0, sim.Finding("many_dropped", values))
    menu = _hung_up(log)
    if menu.any():
        log = replace(log, outcome=np.where(menu, MENU, log.outcome).astype(log.outcome.dtype))
    return Cleaned(log, tuple(found), tuple(findings), outcomes)


def _percent(share: float) -> float | int:
    value = round(100 * share, 1)
    return int(value) if value == int(value) else value


def _refusal(
    files: str, dropped: int, rows: int, allow: float, found: list[Found], findings: list[sim.Finding]
) -> list[sim.Fault]:
    """Return why a log is refused: the whole, what its clocks say, then each rule."""
    rules = sorted((one for one in found if one.dropped), key=lambda one: -one.count)
    worst = rules[0] if rules else Found("not_asked_for", True, rows, ())
    row = worst.examples[0].row if worst.examples else 0
    values = {
        "rows": rows,
        "percent": round(100 * dropped / rows, 1),
        "limit": _percent(allow),
        "rule": worst.rule,
        "row": row,
    }
    faults = [sim.Fault("too_many_dropped", files, "", dropped, values)]
    for said in findings:
        if said.code == "clocks_differ":
            faults.append(sim.Fault("clocks_differ", files, "", said.values["hours"], {"rows": said.values["rows"]}))
    for one in rules if len(rules) > 1 else ():
        first = one.examples[0].row if one.examples else 0
        faults.append(sim.Fault("rows_dropped", files, "", one.count, {"rule": one.rule, "row": first}))
    return faults


def _clocks(log: Log) -> list[sim.Finding]:
    """Return findings on clocks that run apart: by whole hours, or at one place more than at others."""
    out: list[sim.Finding] = []
    below = (log.wait_s < 0) | (log.service_s < 0)
    if not below.any():
        return out
    by = -np.minimum(log.wait_s[below], log.service_s[below])
    hours = np.round(by / HOUR_S)
    # Half an hour of queue or service lies between the clocks at most.
    whole = (hours >= 1) & (by <= hours * HOUR_S) & (by > hours * HOUR_S - SHIFTED_S)
    if whole.sum() >= MANY and whole.mean() > 0.5:
        typical = int(np.median(hours[whole]))
        out.append(sim.Finding("clocks_differ", {"hours": typical, "rows": int(whole.sum())}))
    if len(log.places) > 1:
        every = np.bincount(log.place, minlength=len(log.places))
        bad = np.bincount(log.place[below], minlength=len(log.places))
        for place in np.flatnonzero((bad >= MANY) & (bad > STOP_SHARE * every)).tolist():
            percent = round(100 * float(bad[place] / every[place]), 1)
            out.append(sim.Finding("clock_of_place", {"place": log.places[place], "percent": percent}))
    return out


def callers(log: Log) -> Flags:
    """Return which rows are people who came: first legs, all but phantoms."""
    rows: Flags = (log.outcome != PHANTOM) & (log.leg == 0)
    return rows


def asked(log: Log) -> Flags:
    """Return which rows asked for a person, those passed on from another included: the load of the teams."""
    rows: Flags = (log.outcome != PHANTOM) & (log.outcome != MENU)
    return rows


def offered(log: Log) -> Flags:
    """Return which rows are arrivals: first legs that asked for a person, answered or not."""
    rows: Flags = asked(log) & (log.leg == 0)
    return rows


def answered(log: Log) -> Flags:
    """Return which rows were answered: served, or served and passed on."""
    rows: Flags = (log.outcome == SERVED) | (log.outcome == TRANSFERRED)
    return rows


def served(log: Log) -> Flags:
    """Return which rows had a service that can be believed: above 0 s and not too long."""
    rows: Flags = answered(log) & (log.service_s > 0) & (log.service_s <= log.longest_service_s)
    return rows


def queued(log: Log) -> Flags:
    """Return which rows waited for a person, for longer than 0 s and not too long."""
    rows: Flags = asked(log) & (log.outcome != BLOCKED) & (log.wait_s > 0) & (log.wait_s <= log.longest_wait_s)
    return rows


def _example(log: Log, k: int, rule: Rule) -> Example:
    """Return one row that a rule found, its fields under the log's own names."""
    fields: dict[str, str | int] = {}
    for name in rule.shows:
        column = log.names.get(name, name)
        if name == "outcome":
            fields[column] = log.codes[log.code[k]] if log.outcome[k] >= 0 else "?"
        elif name in ("start", "arrive"):
            fields[column] = _clock(int(getattr(log, name)[k]))
        elif name != "case":
            fields[column] = int(getattr(log, name)[k])
    return Example(log.files[log.file[k]], int(log.row[k]), fields)


def _clock(second: int) -> str:
    return f"{second % DAY_S // 3600}:{second % 3600 // 60:02d}:{second % 60:02d}"


__all__ = [
    "ABANDONED", "BLOCKED", "MENU", "NO_SHOW", "PHANTOM", "RULES", "SERVED", "TRANSFERRED", "Cleaned", "Found",
    "Rule", "answered", "asked", "callers", "cleaned", "offered", "queued", "served",
]  # fmt: skip
