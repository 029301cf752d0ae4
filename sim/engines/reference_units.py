"""Units in the reference: who is on duty, idle, busy, down or on the way to another pool (MODEL §5).

`sim.engines.reference` tells the life of a customer; this part of it tells the life of a unit.
"""

from __future__ import annotations

import bisect
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.draw.luck import PURPOSE_CRASH
from sim.tables import types as t

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from sim.engines.reference_values import Values

OFF, ON, ON_BREAK, SWITCHING = range(4)


@dataclass(slots=True)
class Unit:
    """A person, or a piece of equipment."""

    number: int
    home: int
    """Pool that it belongs to; `pool` is where it serves now."""
    pool: int
    speed: float
    tenure: float
    state: int = OFF
    since: int = 0
    """Since when it has as many sessions as it has."""
    sessions: int = 0
    down: int = 0
    """How many reasons keep it from working."""
    crashed: bool = False
    draining: int = -1
    """Planned change that it does as soon as its last session ends; until then it takes no new one."""
    holders: list[Any] = field(default_factory=list)
    """Visits that hold it, in the order in which they took it."""
    lender: Any = None
    """Visit that gets it back from the one who pre-empted it."""
    lent: Any = None

    @property
    def idle_key(self) -> tuple[int, int, int]:
        """Where it stands among the units of a pool that may be taken: fewest sessions, longest idle, index."""
        return self.sessions, self.since, self.number


@dataclass(slots=True)
class Pool:
    """The units of a team or of equipment at one place."""

    first_unit: int
    end_unit: int
    place: int
    late_is_cut: bool
    slots: int
    hands_over: bool
    queues: list[int]
    idle: list[tuple[int, int, int]] = field(default_factory=list)
    """`Unit.idle_key` of those that may be taken, in order."""
    owed: list[int] = field(default_factory=list)
    """Planned changes that wait for a unit to finish."""
    kept: list[int] = field(default_factory=list)
    """Planned goings that wait for the last customer of a closed place."""
    moving: list[tuple[int, int]] = field(default_factory=list)
    """(rule, pool) for which the next suitable unit to finish leaves."""
    load: int = 0
    """Sessions in progress."""
    duty: int = 0
    """Units on duty, those that are down included."""
    down: int = 0


@dataclass(slots=True)
class Rule:
    """A rule of dispatch (`sim.tables.types.DISPATCH`) and what it has seen."""

    every: int
    switch: int
    source: int
    target: int
    go: int
    back: int
    looks: int
    most: int
    place: int
    go_for: int = 0
    back_for: int = 0
    moved: int = 0


class Units:
    """The part of the engine that moves units."""

    c: t.Compiled
    day: t.Day
    env: Any
    values: Values
    changes: list[dict[str, Any]]
    closed: list[bool]
    inside: list[int]
    closing: list[int]
    place_pools: list[list[int]]
    duty: list[tuple[int, ...]]
    marked: set[int]
    links_down: Counter[int]
    at: Callable[..., None]
    held_unit_fails: Callable[..., None]
    held_unit_works: Callable[..., None]
    link_fails: Callable[[int], None]
    link_works: Callable[[int], None]
    hand_over: Callable[..., bool]
    next_alert: Callable[[Unit], bool]
    turn_away: Callable[[int], None]
    seconds: Callable[..., float]

    def make_units(self) -> None:
        """Set up pools, units and rules of dispatch."""
        c, member = self.c, self.c.member.tolist()
        self.pools = [
            Pool(first, end, place, late == 1, slots, over == 1, member[low:high])
            for first, end, low, high, place, late, slots, over, *_ in c.pool.tolist()
        ]
        traits = c.world.trait.tolist()
        self.units = [
            Unit(u, number, number, *(traits[u] if traits else (1.0, 0.0)))
            for number, pool in enumerate(self.pools)
            for u in range(pool.first_unit, pool.end_unit)
        ]
        self.rules = [Rule(*row) for row in c.world.dispatch.tolist()]
        self.links_down = Counter()

    # --- idle and not ----------------------------------------------------------------------------------------------

    def may_be_taken(self, unit: Unit) -> bool:
        """Tell whether a unit can begin another session."""
        free = unit.sessions < self.pools[unit.pool].slots
        return unit.state == ON and unit.down == 0 and unit.draining < 0 and free

    def enlist(self, unit: Unit) -> None:
        """Put a unit among those that may be taken, if it may."""
        pool = self.pools[unit.pool]
        if unit.sessions < pool.slots and self.may_be_taken(unit):
            bisect.insort(self.pools[unit.pool].idle, unit.idle_key)

    def delist(self, unit: Unit) -> None:
        """Take a unit out of those that may be taken, if it is there."""
        idle = self.pools[unit.pool].idle
        if unit.idle_key in idle:
            idle.remove(unit.idle_key)

    def becomes_idle(self, unit: Unit) -> None:
        """Put a unit behind those idle for longer and mark its pool."""
        unit.since = self.env.now
        if self.may_be_taken(unit):
            self.enlist(unit)
            self.marked.add(unit.pool)

    def begins(self, unit: Unit, visit: Any) -> None:
        """A unit, out of the list already, begins a session."""
        unit.sessions += 1
        unit.since = self.env.now
        unit.holders.append(visit)
        self.pools[unit.pool].load += 1

    def ends(self, unit: Unit, visit: Any) -> None:
        """A session of a unit ends: the unit does what was planned meanwhile, moves, or may be taken again."""
        unit.holders.remove(visit)
        if unit.lender is not None:
            unit.since = self.env.now
            if self.next_alert(unit):
                return
            lender, unit.lender = unit.lender, None
            unit.holders.append(lender)
            lender.gets_back(unit)
            return
        if unit.sessions < self.pools[unit.pool].slots:
            self.delist(unit)
        unit.sessions -= 1
        self.pools[unit.pool].load -= 1
        self.is_free(unit)

    def is_free(self, unit: Unit) -> None:
        """A unit has finished or returned: it does the oldest change that waits for it, moves, else it is idle."""
        if unit.sessions == 0:
            if unit.draining >= 0:
                number, unit.draining = unit.draining, -1
                if self.goes(unit, number):
                    return
            owed = self.pools[unit.home].owed
            while True:
                mine = [number for number in owed if self.changes[number]["unit"] in (-1, unit.number)]
                if not mine:
                    break
                owed.remove(mine[0])
                if self.goes(unit, mine[0]):
                    return
            moving = self.pools[unit.pool].moving
            for one in moving:
                rule, target = one
                if self.rules[rule].source == unit.home and unit.down == 0:
                    moving.remove(one)
                    self.switches(unit, target, self.rules[rule].switch)
                    return
        self.becomes_idle(unit)

    # --- coming and going ------------------------------------------------------------------------------------------

    def note(self, op: int, unit: int, planned: int) -> None:
        """Write a change of duty."""
        self.duty.append((self.env.now, planned, op, unit))

    def off_duty(self, unit: Unit, state: int) -> None:
        """Count a unit out of its pool."""
        unit.state = state
        pool = self.pools[unit.pool]
        pool.duty -= 1
        pool.down -= unit.down > 0

    def on_duty(self, unit: Unit) -> None:
        """Count a unit into its pool."""
        unit.state = ON
        pool = self.pools[unit.pool]
        pool.duty += 1
        pool.down += unit.down > 0

    def goes(self, unit: Unit, number: int) -> bool:
        """Let a unit do a planned going or break; return False when the break is already over."""
        change, now = self.changes[number], self.env.now
        if change["op"] == t.GOES:
            self.off_duty(unit, OFF)
            self.note(t.GOES, unit.number, change["tick"] + change["length"])
            unit.pool = unit.home
            return True
        late_is_cut = self.pools[unit.home].late_is_cut
        back = (change["tick"] if late_is_cut else now) + change["length"]
        if back <= now:
            return False
        self.off_duty(unit, ON_BREAK)
        self.note(t.BREAKS, unit.number, change["tick"])
        if back < self.c.run.end:
            self.at(back, t.CAPACITY, len(self.changes) + unit.number, lambda: self.returns(unit))
        return True

    def returns(self, unit: Unit) -> None:
        """A break is over."""
        self.on_duty(unit)
        self.note(t.RETURNS, unit.number, self.env.now)
        self.is_free(unit)

    def someone_goes(self, number: int) -> None:
        """A planned going or break: the longest idle unit takes it, else one that is down, else the next to finish."""
        change = self.changes[number]
        home = self.pools[change["subject"]]
        mine = [
            self.units[u]
            for u in range(home.first_unit, home.end_unit)
            if self.units[u].state == ON and change["unit"] in (-1, u)
        ]
        at_rest = [unit for unit in mine if unit.sessions == 0 and unit.draining < 0]
        # Those at home before those who serve elsewhere, who may work before who is down, the longest idle first.
        at_rest.sort(key=lambda unit: (unit.pool != unit.home, unit.down > 0, unit.since, unit.number))
        if at_rest:
            unit = at_rest[0]
            self.delist(unit)
            if not self.goes(unit, number):
                self.enlist(unit)
            return
        serving = sorted((unit for unit in mine if unit.draining < 0), key=lambda unit: unit.idle_key)
        if change["op"] == t.GOES and home.hands_over:
            for unit in serving:
                if self.pools[unit.pool].slots == 1 and self.hand_over(unit, number):
                    return
        drains = next((unit for unit in serving if self.pools[unit.pool].slots > 1), None)
        if drains is not None:
            self.delist(drains)
            drains.draining = number
            return
        if change["unit"] >= 0 and self.units[change["unit"]].state == OFF:
            return
        home.owed.append(number)

    def someone_comes(self, number: int) -> None:
        """The lowest unit off duty comes (or the very one); when none is, the oldest going that waits is dropped."""
        change = self.changes[number]
        pool = self.pools[change["subject"]]
        for u in range(pool.first_unit, pool.end_unit):
            unit = self.units[u]
            if unit.state == OFF and change["unit"] in (-1, u):
                self.on_duty(unit)
                self.note(t.COMES, u, change["tick"])
                if unit.down > 0:
                    self.note(t.FAILS, u, self.env.now)
                self.becomes_idle(unit)
                return
        for number in pool.owed:
            if self.changes[number]["op"] == t.GOES and self.changes[number]["unit"] == change["unit"]:
                pool.owed.remove(number)
                return

    def let_go(self, place: int) -> None:
        """Let those go who stayed at a closed place for its last customer."""
        for pool in self.place_pools[place]:
            kept, self.pools[pool].kept = self.pools[pool].kept, []
            for number in kept:
                self.someone_goes(number)

    def planned_change(self, number: int) -> None:
        """Opening, closing, a shift's beginning or end, a break."""
        change = self.changes[number]
        op, subject = change["op"], change["subject"]
        if change["shift"] >= 0 and self.day.absent[change["shift"]]:
            return
        if op == t.OPENS:
            self.closed[subject] = False
            self.let_go(subject)
        elif op == t.CLOSES:
            self.closed[subject] = True
            for rule in self.rules:
                if rule.place == subject:
                    self.undo_moves(rule)
            if self.closing[subject] == t.TURN_AWAY:
                self.turn_away(subject)
        elif op == t.COMES:
            self.someone_comes(number)
        else:
            place = self.pools[subject].place
            stays = self.closed[place] and self.inside[place] > 0 and self.closing[place] == t.SERVE
            if op == t.GOES and stays:
                self.pools[subject].kept.append(number)
            else:
                self.someone_goes(number)

    # --- moving between pools --------------------------------------------------------------------------------------

    def looks(self, number: int) -> None:
        """A rule of dispatch looks, and may move one unit."""
        rule = self.rules[number]
        rule.go_for = rule.go_for + 1 if self.values.value(rule.go, None, rule.place) != 0.0 else 0
        rule.back_for = rule.back_for + 1 if self.values.value(rule.back, None, rule.place) != 0.0 else 0
        if rule.go_for >= rule.looks and rule.moved < rule.most:
            rule.go_for = 0
            rule.moved += 1
            self.moves(number, rule.source, rule.target)
        elif rule.back_for >= rule.looks and rule.moved > 0:
            rule.back_for = 0
            rule.moved -= 1
            self.moves(number, rule.target, rule.source)
        self.at(self.env.now + rule.every, t.LOOKS, number, lambda: self.looks(number))

    def moves(self, number: int, source: int, target: int) -> None:
        """Move the longest idle unit of the rule's own, else the next of them to finish; or let one stay who waits."""
        opposite = self.pools[target].moving
        if (number, source) in opposite:
            opposite.remove((number, source))
            return
        rule = self.rules[number]
        for sessions, _, u in self.pools[source].idle:
            if sessions == 0 and self.units[u].home == rule.source:
                self.delist(self.units[u])
                self.switches(self.units[u], target, rule.switch)
                return
        self.pools[source].moving.append((number, target))

    def switches(self, unit: Unit, target: int, switch: int) -> None:
        """A unit leaves its pool for another; on the way it serves nowhere."""
        self.off_duty(unit, SWITCHING)
        unit.pool = target
        self.note(t.MOVES, unit.number, target)
        arrival = self.env.now + switch
        if switch == 0:
            self.arrives(unit)
        elif arrival < self.c.run.end:
            self.at(arrival, t.CAPACITY, len(self.changes) + unit.number, lambda: self.arrives(unit))

    def arrives(self, unit: Unit) -> None:
        """A moved unit is there."""
        self.on_duty(unit)
        self.is_free(unit)

    def undo_moves(self, rule: Rule) -> None:
        """At closing all go back whom the rule has moved."""
        number = self.rules.index(rule)
        rule.go_for = rule.back_for = 0
        while rule.moved > 0:
            rule.moved -= 1
            self.moves(number, rule.target, rule.source)

    # --- down and up -----------------------------------------------------------------------------------------------

    def disruption(self, number: int) -> None:
        """A unit or a link goes down or comes up."""
        _, op, subject = self.disruptions[number]
        if op == t.UNIT_FAILS:
            self.unit_fails(self.units[subject])
        elif op == t.UNIT_REPAIRED:
            self.unit_works(self.units[subject])
        elif op == t.LINK_FAILS:
            self.links_down[subject] += 1
            if self.links_down[subject] == 1:
                self.link_fails(subject)
        else:
            self.links_down[subject] -= 1
            if self.links_down[subject] == 0:
                self.link_works(subject)

    disruptions: list[tuple[int, int, int]]

    def link_is_down(self, link: int) -> bool:
        """Tell whether a link (−1: none) is down."""
        return link >= 0 and self.links_down[link] > 0

    def unit_fails(self, unit: Unit) -> None:
        """A unit goes down: it is not taken any more; whoever holds it is told."""
        self.delist(unit)
        unit.down += 1
        if unit.down > 1:
            return
        if unit.state == ON:
            self.pools[unit.pool].down += 1
            self.note(t.FAILS, unit.number, self.env.now)
        for visit in list(unit.holders):
            self.held_unit_fails(visit)

    def unit_works(self, unit: Unit) -> None:
        """A unit comes up."""
        unit.down -= 1
        if unit.down > 0:
            return
        if unit.state == ON:
            self.pools[unit.pool].down -= 1
            self.note(t.REPAIRED, unit.number, self.env.now)
            if unit.sessions == 0:
                self.is_free(unit)
            else:
                self.becomes_idle(unit)
        for visit in list(unit.holders):
            self.held_unit_works(visit)

    def crashes(self, unit: Unit, visit: Any, law: int, name: np.uint64) -> None:
        """Equipment goes down as it is given back; what is down already, or serves several, does not crash."""
        if unit.crashed or self.pools[unit.pool].slots > 1:
            return
        time_s = self.seconds(visit, law, name, visit.passed, PURPOSE_CRASH)
        up = self.env.now + self.to_ticks(time_s)
        self.unit_fails(unit)
        if up < self.c.run.end:
            number = len(self.disruptions) + unit.number
            unit.crashed = True
            self.at(up, t.BREAKDOWN, number, lambda: self.repaired(unit))

    def repaired(self, unit: Unit) -> None:
        """A crash is over."""
        unit.crashed = False
        self.unit_works(unit)

    to_ticks: Callable[[float], int]
