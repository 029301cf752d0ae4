"""Judge the rows of a log by named rules: what is impossible is dropped, what is odd is classified and kept.

Nothing vanishes silently: every rule says how many rows it found and shows two of them, by number of the line
and the fields concerned only. A log of which too much had to be dropped is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import sim
from calibration.columns import DAY_S, OUTCOMES, Example, Flags, Log, Preset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WARN_SHARE = 0.01
"""Above this share of dropped rows there is a finding."""
STOP_SHARE = 0.05
"""Above this share of dropped rows the log is refused."""
LONGEST_SERVICE_S = 3600
"""A longer service is a call that nobody hung up; it does not enter the fits."""
LONGEST_WAIT_S = 3600

SERVED, ABANDONED, PHANTOM, MENU = (OUTCOMES.index(name) for name in ("served", "abandoned", "phantom", "menu"))
_SHOWN = 2


@dataclass(frozen=True)
class Rule:
    """A named rule: what it looks for, and the columns that show it.

    `drops` is true for what cannot be: such rows leave the table. Other rules only say what a row is.
    """

    name: str
    finds: Callable[[Log], Flags]
    shows: tuple[str, ...]
    drops: bool = False


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
    order = np.argsort(log.case, kind="stable")
    same = log.case[order][1:] == log.case[order][:-1]
    rows = np.sort(np.union1d(order[1:][same], order[:-1][same]))
    seen: set[tuple[int, ...]] = set()
    for k in rows.tolist():
        key = tuple(int(c[k]) for c in (log.case, log.leg, log.arrive, log.called, log.start, log.outcome))
        again[k] = key in seen
        seen.add(key)
    return again


RULES: tuple[Rule, ...] = (
    Rule("unknown_outcome", lambda log: log.outcome < 0, ("outcome",), drops=True),
    Rule(
        "negative_time",
        lambda log: (log.wait_s < 0) | (log.service_s < 0),
        ("wait_s", "service_s"),
        drops=True,
    ),
    Rule("duplicate", _twice, ("case",), drops=True),
    Rule("phantom", lambda log: log.outcome == PHANTOM, ("outcome", "wait_s", "service_s")),
    Rule("menu_hangup", lambda log: (log.outcome == ABANDONED) & (log.wait_s == 0), ("outcome", "wait_s")),
    Rule("menu_time_negative", lambda log: log.menu_s < 0, ("menu_s",)),
    Rule(
        "past_midnight",
        lambda log: (log.service_s > 0) & (log.end >= (log.day + 1) * DAY_S),
        ("start", "service_s"),
    ),
    Rule(
        "answered_without_service",
        lambda log: (log.outcome == SERVED) & (log.service_s == 0),
        ("outcome", "service_s"),
    ),
    Rule(
        "abandoned_with_service",
        lambda log: (log.outcome == ABANDONED) & (log.service_s > 0),
        ("outcome", "service_s"),
    ),
    Rule("no_agent_named", lambda log: (log.outcome == SERVED) & (log.agent < 0), ("outcome", "service_s")),
    Rule("service_over_an_hour", lambda log: log.service_s > LONGEST_SERVICE_S, ("service_s",)),
    Rule("wait_over_an_hour", lambda log: log.wait_s > LONGEST_WAIT_S, ("wait_s",)),
)
"""In this order; a row that is dropped is not looked at again."""


def cleaned(log: Log, preset: Preset) -> Cleaned:
    """Apply `RULES` to a log.

    Raises
    ------
    InputError
        ``too_many_dropped`` when more than `STOP_SHARE` of the rows read cannot be used.
    """
    found = [Found(one.rule, True, one.count, one.examples) for one in log.unreadable]
    codes = np.bincount(log.code[log.outcome >= 0], minlength=len(log.codes)) if len(log) else np.zeros(0, int)
    outcomes = {code: int(n) for code, n in zip(log.codes, codes, strict=False) if n}
    for rule in RULES:
        hit = rule.finds(log)
        if not hit.any():
            continue
        examples = tuple(_example(log, k, rule, preset) for k in np.flatnonzero(hit)[:_SHOWN])
        found.append(Found(rule.name, rule.drops, int(hit.sum()), examples))
        if rule.drops:
            log = log.only(~hit)
    dropped = sum(one.count for one in found if one.dropped)
    share = dropped / log.rows_read
    findings = []
    if share > STOP_SHARE or not len(log):
        worst = max((one for one in found if one.dropped), key=lambda one: one.count)
        raise sim.InputError.one(
            "too_many_dropped",
            file=", ".join(log.files),
            value=dropped,
            rows=log.rows_read,
            percent=round(100 * share, 1),
            limit=round(100 * STOP_SHARE),
            rule=worst.rule,
            row=worst.examples[0].row,
        )
    if share > WARN_SHARE:
        values = {"dropped": dropped, "rows": log.rows_read, "percent": round(100 * share, 1)}
        findings.append(sim.Finding("many_dropped", values))
    menu = (log.outcome == ABANDONED) & (log.wait_s == 0)
    log = replace(log, outcome=np.where(menu, MENU, log.outcome))
    return Cleaned(log, tuple(found), tuple(findings), outcomes)


def callers(log: Log) -> Flags:
    """Return which rows are people who called: all but phantoms."""
    rows: Flags = log.outcome != PHANTOM
    return rows


def offered(log: Log) -> Flags:
    """Return which rows asked for a person: the demand on the teams, answered or not."""
    rows: Flags = (log.outcome != PHANTOM) & (log.outcome != MENU)
    return rows


def served(log: Log) -> Flags:
    """Return which rows had a service that can be believed: served, above 0 s and at most an hour."""
    rows: Flags = (log.outcome == SERVED) & (log.service_s > 0) & (log.service_s <= LONGEST_SERVICE_S)
    return rows


def queued(log: Log) -> Flags:
    """Return which rows waited for a person, for longer than 0 s and at most an hour."""
    rows: Flags = offered(log) & (log.wait_s > 0) & (log.wait_s <= LONGEST_WAIT_S)
    return rows


def _example(log: Log, k: int, rule: Rule, preset: Preset) -> Example:
    """Return one row that a rule found, its fields under the log's own names."""
    fields: dict[str, str | int] = {}
    for name in rule.shows:
        column = preset.columns.get(name, (name,))[0]
        if name == "outcome":
            fields[column] = log.codes[log.code[k]] if log.outcome[k] >= 0 else "?"
        elif name == "start":
            fields[column] = _clock(int(log.start[k]))
        elif name != "case":
            fields[column] = int(getattr(log, name)[k])
    return Example(log.files[log.file[k]], int(log.row[k]), fields)


def _clock(second: int) -> str:
    return f"{second % DAY_S // 3600}:{second % 3600 // 60:02d}:{second % 60:02d}"
