"""Several rows of one call or visit become its legs.

Systems write a row for each part of a call (menu, queue, agent), for each agent, or for each counter that a
ticket was passed to. A leg begins with the first row that is no menu, and after every service. A row without a
service that another row follows is part of the wait for that one: nobody left there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.columns import NEVER, OUTCOMES, Flags, Ints

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVED, ABANDONED, TRANSFERRED, MENU = (OUTCOMES.index(name) for name in ("served", "abandoned", "transferred", "menu"))
WHOLE, IN_MENU, IN_QUEUE, AT_AGENT = range(4)
"""What a row is: a leg of its own, or time in the menu, in a queue, with somebody."""
_LAST = 1 << 40


def joined(rows: Mapping[str, Any], part: Ints, outcome: Ints, blank: int) -> tuple[dict[str, Any], Ints]:
    """Return one row a leg, and the rows that repeat another.

    Parameters
    ----------
    rows : mapping
        Arrays of the canonical table, a row as the log has it, and `rejoin`, when a later leg began.
    part : array of int
        `WHOLE`, `IN_MENU`, `IN_QUEUE` or `AT_AGENT` of each row.
    outcome : array of int
        Index into `OUTCOMES`; −1 a code that is not known, −2 nothing said.
    blank : int
        Number of the label that says nothing about the service, −1 if there is none.
    """
    case = _cases(rows)
    rows = dict(rows)
    for name in ("rejoin", "menu_s"):
        rows.setdefault(name, np.full(len(case), NEVER))
    waited = rows["arrive"] + np.maximum(rows["wait_s"], 0)
    # The latest moment of each row.
    rows["last"] = np.where(rows["service_s"] > 0, np.maximum(waited, rows["start"] + rows["service_s"]), waited)
    number = rows.get("leg", np.zeros(len(case), np.int64)).astype(np.int64)
    # Some systems number the last part −1.
    number = np.where(number < 0, _LAST, number)
    order = np.lexsort((np.arange(len(case)), rows["last"], rows["arrive"], number, case))
    case, number, part, outcome = case[order], number[order], part[order], outcome[order]
    got = {name: np.asarray(value)[order] for name, value in rows.items()}
    again = _repeats(case, number, part, outcome, got)
    repeats = order[again]
    if again.any():
        case, part, outcome = case[~again], part[~again], outcome[~again]
        got = {name: value[~again] for name, value in got.items()}

    size = len(case)
    new_case = np.ones(size, bool)
    new_case[1:] = case[1:] != case[:-1]
    answered = (got["service_s"] > 0) & ((part == WHOLE) | (part == AT_AGENT))
    begins = new_case.copy()
    begins[1:] |= answered[:-1]
    group = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    last = np.append(first[1:], size) - 1
    groups = len(first)

    asks = part != IN_MENU
    # The first and the last row of a leg that are no menu; the first and last row where all are.
    opening = np.full(groups, size)
    np.minimum.at(opening, group[asks], np.flatnonzero(asks))
    only_menu = opening == size
    opening = np.where(only_menu, first, opening)
    closing = np.zeros(groups, np.int64)
    np.maximum.at(closing, group[asks], np.flatnonzero(asks))
    closing = np.where(only_menu, last, closing)
    served = answered[closing]
    several = np.bincount(group[asks], minlength=groups) > 1

    later = ~new_case[first]
    arrive = got["arrive"][opening]
    rejoin = got["rejoin"][opening]
    arrive = np.where(later & (rejoin != NEVER), rejoin, arrive)
    begun = got["start"][closing]
    done = np.where(served, begun + got["service_s"][closing], NEVER)
    # A row that gives the arrival of the whole case joined again when the service before it ended.
    before = np.append(NEVER, done[:-1])
    same = later & (rejoin == NEVER) & (before != NEVER) & (arrive <= np.append(NEVER, got["arrive"][opening][:-1]))
    arrive = np.where(same, np.where(served, np.minimum(before, begun), before), arrive)
    ended = np.full(groups, NEVER)
    np.maximum.at(ended, group[asks], got["last"][asks])
    ended = np.where(only_menu, got["last"][last], ended)
    moved = several | (arrive != got["arrive"][opening]) | (part[opening] != WHOLE)
    own = got["wait_s"][closing]
    wait_s = np.where(~moved, own, np.where(served, begun - arrive, ended - arrive))
    entered = np.where(part[first] == IN_MENU, got["arrive"][first], NEVER)
    menu_s = np.where(
        only_menu, ended - got["arrive"][first],
        np.where((entered != NEVER) & ~later, arrive - entered, np.where(later, NEVER, got["menu_s"][opening])),
    )  # fmt: skip
    # Who hung up in the menu never joined a queue: the moment is that of hanging up.
    arrive = np.where(only_menu, ended, arrive)
    wait_s = np.where(only_menu, 0, wait_s)

    said = outcome[closing]
    result = np.where(served, np.where((said == SERVED) | (said == TRANSFERRED) | (said == -1), said, SERVED), said)
    result = np.where(~served & ((said == -2) | (said == TRANSFERRED)), ABANDONED, result)
    result = np.where(only_menu, np.where(said == -1, said, MENU), result)
    keep = ~(only_menu & later)
    goes_on = np.zeros(groups, bool)
    kept = np.flatnonzero(keep)
    goes_on[kept[:-1]] = ~new_case[first[kept[1:]]]
    result = np.where(served & goes_on & (result == SERVED), TRANSFERRED, result)

    service = _named(got, "service", group, opening, closing, blank)
    out: dict[str, Any] = {
        name: value[closing] for name, value in got.items() if name not in ("rejoin", "last", "part")
    }
    for name in ("row", "file", "case", "place", "channel", "person", "priority", "appointment"):
        if name in got:
            out[name] = got[name][opening if name not in ("row", "file") else first]
    out["arrive"], out["wait_s"], out["menu_s"], out["outcome"] = arrive, wait_s, menu_s, result
    out["service_s"] = np.where(served, got["service_s"][closing], 0)
    out["start"] = np.where(served, begun, NEVER)
    if service is not None:
        out["service"] = service
    if "agent" in got:
        out["agent"] = got["agent"][closing]
    # Number the legs of each case.
    out = {name: value[keep] for name, value in out.items()}
    opens = new_case[first][keep]
    at = np.arange(len(opens))
    out["leg"] = at - np.maximum.accumulate(np.where(opens, at, 0))
    back = np.lexsort((out["row"], out.get("file", out["row"])))
    return {name: value[back] for name, value in out.items()}, repeats


def _cases(rows: Mapping[str, Any]) -> Ints:
    """Return the key of each row's case; a row without one is a case of its own."""
    case: Ints = rows["case"]
    alone = case == NEVER
    if alone.any():
        case = np.where(alone, -1 - np.arange(len(case)), case)
    return case


def _repeats(case: Ints, number: Ints, part: Ints, outcome: Ints, got: Mapping[str, Any]) -> Flags:
    """Return the sorted rows that say the same as the row before them."""
    again = np.zeros(len(case), bool)
    again[1:] = case[1:] == case[:-1]
    for value in (number, part, outcome, *(got[name] for name in ("arrive", "wait_s", "start", "service_s", "last"))):
        again[1:] &= value[1:] == value[:-1]
    for name in ("agent", "service", "place"):
        if name in got:
            again[1:] &= got[name][1:] == got[name][:-1]
    return again


def _named(got: Mapping[str, Any], name: str, group: Ints, opening: Ints, closing: Ints, blank: int) -> Any:
    """Return the last label of each leg that says something."""
    if name not in got:
        return None
    label = got[name]
    says = np.flatnonzero(label != blank)
    at = closing.copy()
    best = np.full(len(closing), -1)
    np.maximum.at(best, group[says], says)
    at = np.where(best >= 0, best, at)
    return label[at]
