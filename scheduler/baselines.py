"""Simple ways to plan the same thing, which the loop has to beat: computed in every run, on the same luck."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import sim
from scheduler import shifts
from scheduler.shapes import SLOT_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.goals import Goal
    from scheduler.plan import Shift
    from scheduler.requirements import Demand
    from scheduler.search import Search
    from scheduler.trials import Key

    State = dict[Key, tuple[Shift, ...]]

ERLANG_C = "erlang_c"
ADD_ONE = "add_one"
_STEPS = 60
_WORST = 0.6
_ROUGH = 0.35
_DESPAIR = 12
"""So many agents added to one quarter-hour in vain: the promise is broken by something else."""


def erlang_c(demands: Mapping[Key, Demand], goals: Sequence[Goal]) -> dict[Key, list[int]]:
    """Return the people by Erlang C, each team and quarter-hour by itself: steady state, nobody gives up."""
    promise = next((goal for goal in goals if isinstance(goal, sim.Promise)), sim.Promise())
    out = {}
    for key, one in demands.items():
        known: dict[float, int] = {}
        need = []
        for rate, load in zip(one.visits_per_hour.tolist(), one.load.tolist(), strict=True):
            rate = float(f"{rate:.3g}")
            if rate * SLOT_S / 3600 < 0.05 or one.hold_s <= 0:
                need.append(math.floor(load + 0.5))
                continue
            if rate not in known:
                known[rate] = sim.theory.servers_needed(
                    rate, one.hold_s, math.inf, share=promise.share, within_s=promise.within_s
                )
            need.append(known[rate])
        out[key] = need
    return out


def cover(search: Search, need: Mapping[Key, Sequence[int]]) -> State | None:
    """Return the cheapest legal shifts of each team by itself that cover a requirement; None where there are none."""
    state: State = {}
    for key, wanted in need.items():
        found = shifts.cover(list(wanted), search.contract, people=search.most.get(key))
        if found.findings:
            return None
        state[key] = found.shifts
    return state


def add_one(search: Search, demands: Mapping[Key, Demand]) -> tuple[State | None, int]:
    """Return the shifts of the second baseline and its steps: from the load, one more where it breaks worst.

    In every step the cells that are broken worst (on each class of days) get one more of the team that is busiest
    there, and the team's shifts are covered anew, until the promise holds by as much as the loop asks.
    """
    need = {
        key: [max(1, math.ceil(load)) if load > 0.01 else 0 for load in one.load.tolist()]
        for key, one in demands.items()
    }
    added: dict[tuple[Key, int], int] = {}
    state = cover(search, need)
    for step in range(1, _STEPS + 1):
        if state is None:
            return None, step
        search.trials.meter.part(step / _STEPS)
        verdict = search.trials.verdict(state, part=_ROUGH)
        if not search.short(verdict).any():
            verdict = search.trials.verdict(state)
        missing = search.short(verdict)
        if not missing.any() or search.trials.meter.late:
            return (None if missing.any() else state), step
        raised: set[Key] = set()
        for name in search.days:
            mine = [at for at, cell in enumerate(verdict.cells) if cell.day_class in (name, "*") and missing[at] > 0]
            for at in (at for at in mine if missing[at] >= _WORST * missing[mine].max()):
                cell = verdict.cells[at]
                begin = 0 if cell.start_s is None else cell.start_s // SLOT_S
                end = shifts.SLOTS if cell.end_s is None else -(-cell.end_s // SLOT_S)
                for slot in range(begin, end):
                    busy = [key for key in demands if key[0] == name and demands[key].load[slot] > 0.01]
                    key = max(busy, key=lambda k: demands[k].load[slot] / max(1, need[k][slot]), default=None)
                    if key is not None and added.get((key, slot), 0) < _DESPAIR:
                        duty = shifts.on_duty(state[key])
                        need[key][slot] = max(need[key][slot], duty[slot]) + 1
                        added[key, slot] = added.get((key, slot), 0) + 1
                        raised.add(key)
        if not raised:
            return None, step
        for key in raised:
            found = shifts.cover(need[key], search.contract, people=search.most.get(key))
            if found.findings:
                return None, step
            state = {**state, key: found.shifts}
    return None, _STEPS
