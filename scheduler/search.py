"""The search of the loop: shifts by linear cuts from simulation, then slack taken away, on the same customers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

import sim
from scheduler import shifts
from scheduler.goals import Limit
from scheduler.plan import Shift, Span
from scheduler.shapes import DAY_S, SLOT_S
from scheduler.shifts import Cut, Group, Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.contracts import Contract
    from scheduler.judge import Floats, Spot, Verdict
    from scheduler.requirements import Subset
    from scheduler.trials import Extra, Key, State, Trials

SLOTS = DAY_S // SLOT_S
_COLOURS = 6
"""Every so many quarter-hours one is perturbed at a time: what happens there does not reach the next one."""
_MOST_LOOKS = 60
"""Looks that one set of slopes may take; with more teams than that, people are moved without slopes."""
_BACK, _AHEAD = 3, 1
"""Quarter-hours before and after a cell in which people matter to its customers."""
_ROUGH = 0.3
"""Share of the replications with which slopes and first looks at a candidate are simulated."""
_TRIES = 2
_ROOM, _LEAST_ROOM = 0.12, 12.0
"""Share of the quarter-hours on duty that one step may take away, and the fewest with which a step is tried."""
_AGE = 2
_TURNS = 3
_MENDS = 8
_STRIDE = 1.0
_WORST = 0.6
_SLIDES = 8
_POLISH = 24
"""Cheaper neighbours that are tried before the polish of a class of days ends."""
_MANY = 8
"""So many more people everywhere show what more people cannot mend."""
_FLAT = 1e-4
_SECONDS = 20.0
_SHORT = 50.0
"""Price of a missing hour, in highest wages, where theory asks for more people than there are."""


@dataclass
class Best:
    """A candidate and what was found of it."""

    state: dict[Key, tuple[Shift, ...]]
    cost: float
    verdict: Verdict


@dataclass(frozen=True)
class Step:
    """One turn of the search, for the plan's list of rounds."""

    day_class: str
    cost: float
    paid_hours: float
    share: float
    half_width: float
    broken: int
    changes: tuple[tuple[Key, int, int, int], ...]
    """(key, slot, before, after) of people on duty."""
    mended: bool = False
    """Whether people were added because the promise broke."""


@dataclass
class Search:
    """Looks for the cheapest shifts that keep the promises on the seed of the loop.

    Attributes
    ----------
    trials : Trials
    contract : Contract
    theory : mapping of key to people by quarter-hour
    wages : mapping of pool to cost an hour
    days : mapping of day class to number of days
    most : mapping of key to people there are, None without limit
    spare : float
        Standard errors by which a cell must be kept on the seed of the loop, so that it is on others.
    limit : int
        Looks (of one class of days) that the search may take.
    sets : sequence of Subset
        What posts need together for the visits that nobody else may take.
    """

    trials: Trials
    contract: Contract
    theory: Mapping[Key, Sequence[int]]
    wages: Mapping[str, float]
    days: Mapping[str, int]
    most: Mapping[Key, int | None]
    spare: float
    limit: int
    sets: Sequence[Subset] = ()
    steps: list[Step] = field(default_factory=list)
    covers: dict[str, shifts.Master] = field(default_factory=dict)
    best: Best | None = None
    """The cheapest that keeps every cell that can be kept; None before there is one."""
    nearest: Best | None = None
    """The one that breaks the promise least, while there is no best."""
    hopeless: Floats | None = None
    """By cell: 1 where more people of the planned teams do not help."""
    extra: Floats | None = None
    """By cell: margin that fresh luck asked for on top."""
    dearer: float = 0.0
    """What a plan has to cost at least: fresh luck broke a cheaper one where no margin on top can be asked for."""
    limited: bool = False

    # -------------------------------------------------------------------------------------------- costs

    def cost(self, state: State) -> float:
        """Return the labour cost of all days."""
        return sum(self.days[key[0]] * self.wages[key[1]] * _hours(one) for key, one in state.items())

    def hours(self, state: State) -> float:
        """Return the paid hours of all days."""
        return sum(self.days[key[0]] * _hours(one) for key, one in state.items())

    # ------------------------------------------------------------------------------------------- master

    def by_theory(self, *, nearly: bool = False) -> tuple[dict[Key, tuple[Shift, ...]], list[sim.Finding]]:
        """Return the cheapest shifts that cover what theory requires, or why there are none.

        With `nearly`, those that leave the fewest missing: theory may ask for more than the promise needs.
        """
        state: dict[Key, tuple[Shift, ...]] = {}
        price = _SHORT * max(1.0, *self.wages.values()) if nearly else None
        for name in self.days:
            need = {key: self.theory[key] for key in self.theory if key[0] == name}
            found = self._master(name, need, self._load_cuts(name), price)
            if not nearly:
                self.covers[name] = found
            if found.findings or found.status in ("infeasible", "unknown"):
                return {}, list(found.findings)
            for key in self.theory:
                if key[0] == name:
                    state[key] = found.shifts[key[1]]
        return state, []

    def by_sets(self, state: Mapping[Key, tuple[Shift, ...]]) -> dict[Key, tuple[Shift, ...]]:
        """Return the cheapest shifts that cover what sets of posts need, whichever of them does it.

        Theory staffs a post that has helpers as if it met its visits with them alone, so that a skill which several
        have may be staffed twice. Where no set has several planned posts, or there are no such shifts, `state`.
        """
        out = dict(state)
        for name in self.days:
            cuts = self._load_cuts(name)
            if not cuts:
                continue
            floors = {key: [self._least(key, slot) for slot in range(SLOTS)] for key in self.theory if key[0] == name}
            for one in self.sets:
                if one.day_class == name and len(one.posts) == 1:
                    key = name, one.posts[0]
                    floors[key] = [max(pair) for pair in zip(floors[key], one.servers, strict=True)]
            found = self._master(name, floors, cuts)
            if found.shifts and found.status not in ("infeasible", "unknown"):
                out |= {key: found.shifts[key[1]] for key in floors}
        return out

    def _load_cuts(self, name: str, duty: Mapping[Key, Sequence[int]] | None = None) -> list[Cut]:
        """Return for sets of several planned posts: Σ people on duty ≥ the servers that they need together.

        After Cezik and L'Ecuyer (2008), who add them for subsets of call types. With the people on duty now, one fewer
        than there are is enough where that is less: simulation may have shown that theory asks for too much.
        """
        out = []
        for one in self.sets:
            if one.day_class != name or len(one.posts) < 2:
                continue
            for slot, servers in enumerate(one.servers):
                there = math.inf if duty is None else sum(duty[name, post][slot] for post in one.posts) - 1
                least = min(servers, there)
                if least > 0:
                    clock = f"{slot * SLOT_S // 3600:02d}:{slot * SLOT_S % 3600 // 60:02d}"
                    weights = {(post, slot): 1.0 for post in one.posts}
                    out.append(Cut(weights, float(least), f"{name} {clock} {' + '.join(one.posts)}"))
        return out

    def _master(
        self, name: str, floors: Mapping[Key, Sequence[float]], cuts: Sequence[Cut], short_per_hour: float | None = None
    ) -> shifts.Master:
        keys = [key for key in floors if key[0] == name]
        groups = [Group(key[1], (key[1],), self.wages[key[1]] or 1.0, self.most.get(key)) for key in keys]
        posts = [Post(key[1], [float(n) for n in floors[key]]) for key in keys]
        reach = [slot for key in keys for slot in range(SLOTS) if floors[key][slot] or self.theory[key][slot]]
        hours = (min(reach) * SLOT_S - shifts.EDGE_S, (max(reach) + 1) * SLOT_S + shifts.EDGE_S) if reach else None
        if hours and hours[0] < 0 and hours[1] > DAY_S:
            hours = None
        found = shifts.master(
            groups, posts, self.contract, cuts=cuts, hours=hours, short_per_hour=short_per_hour, seconds=_SECONDS
        )
        self.limited = self.limited or found.limited
        return found

    # ------------------------------------------------------------------------------------------- search

    def run(self, state: dict[Key, tuple[Shift, ...]]) -> None:
        """Mend and cheapen `state` until nothing better is found; `best` and `nearest` are always the best so far."""
        self.note(state)
        shared = self.by_sets(state)
        if self.cost(shared) < self.cost(state) - 1e-9:
            self.note(shared)
        for name in self.days:
            self._mend(name)
        if self.best is None and self.hopeless is None:
            self._give_up(self.now)
            self._note(self.now.state, self.now.verdict)
        for _ in range(_TURNS):
            before = self.best.cost if self.best else math.inf
            # Single shifts first: each costs a look or two, slopes a dozen.
            for name in self.days:
                self._polish(name)
            for name in self.days:
                self._cheapen(name)
            if self.best is None or self.best.cost > before * 0.999 or self._over:
                break
        self._shake()

    @property
    def _over(self) -> bool:
        return self.trials.count >= self.limit or self.trials.meter.late

    def target(self, verdict: Verdict) -> Floats:
        """Return by cell the margin that is wanted on the seed of the loop."""
        wanted = self.spare * np.nan_to_num(verdict.error)
        if self.extra is not None:
            wanted = wanted + self.extra
        room = [goal.room if isinstance(goal, Limit) else math.inf for goal in self.trials.goals]
        wanted = np.minimum(wanted, [room[cell.goal] for cell in verdict.cells])
        if self.hopeless is not None:
            wanted = np.where(self.hopeless > 0, -np.inf, wanted)
        return np.asarray(wanted, float)

    def short(self, verdict: Verdict) -> Floats:
        """Return by cell how much of the wanted margin is missing."""
        missing = self.target(verdict) - np.where(np.isfinite(verdict.margin), verdict.margin, np.inf)
        return np.maximum(missing, 0.0)

    def note(self, state: Mapping[Key, tuple[Shift, ...]]) -> None:
        """Look at a candidate that somebody else made."""
        self._note(state, self.trials.verdict(state))

    def _note(self, state: Mapping[Key, tuple[Shift, ...]], verdict: Verdict) -> bool:
        """Remember a candidate; tell whether it keeps what it should."""
        mine = Best(dict(state), self.cost(state), verdict)
        missing = float(self.short(verdict).sum())
        if missing == 0.0 and mine.cost >= self.dearer - 1e-9 and self._manned(state):
            if self.best is None or mine.cost < self.best.cost - 1e-9:
                self.best = mine
            return True
        if self.nearest is None or missing < float(self.short(self.nearest.verdict).sum()):
            self.nearest = mine
        return False

    @property
    def now(self) -> Best:
        """Return the candidate from which to go on."""
        found = self.best or self.nearest
        if found is None:
            raise RuntimeError("no candidate was looked at")
        return found

    def _mend(self, name: str) -> None:
        """Add people where the promise is broken on days of a class, by cuts with slopes from more people."""
        for turn in range(_MENDS):
            here = self.now
            broken = self._broken(name, here.verdict)
            if not broken.size or self._over:
                return
            if turn == 1:
                self._give_up(here)
                broken = self._broken(name, here.verdict)
                if not broken.size:
                    self._note(here.state, here.verdict)
                    continue
            if not self._step(name, here, +1, self._slopes(name, here, self._duty(name, here.state), +1)):
                self._add(name, here)
        if self._broken(name, self.now.verdict).size:
            self._give_up(self.now)
            self._note(self.now.state, self.now.verdict)

    def _add(self, name: str, here: Best) -> None:
        """Add one of the busiest team to every broken cell of a class of days: where slopes show nothing."""
        keys = [key for key in here.state if key[0] == name]
        floors = {key: shifts.on_duty(here.state[key]) for key in keys}
        for at in self._broken(name, here.verdict).tolist():
            cell = here.verdict.cells[at]
            first = 0 if cell.start_s is None else max(0, cell.start_s // SLOT_S - 1)
            last = SLOTS if cell.end_s is None else -(-cell.end_s // SLOT_S)
            for slot in range(first, last):
                able = [key for key in keys if self._wanted(key, slot)]
                duty = {key: floors[key][slot] for key in able}
                load = {key: self.trials.demands[key].load[slot] for key in able}
                key = max(able, key=lambda k: load[k] / max(1, duty[k]), default=None)
                if key is not None:
                    floors[key][slot] = shifts.on_duty(here.state[key])[slot] + 1
        found = self._master(name, floors, ())
        if not found.shifts or found.status in ("infeasible", "unknown"):
            return
        state = {**here.state, **{key: found.shifts[key[1]] for key in keys}}
        looked = self.trials.verdict(state)
        self._note(state, looked)
        self._tell(name, here.state, state, looked, mended=True)

    def _broken(self, name: str, verdict: Verdict) -> Floats:
        """Return the numbers of the cells that are not kept and to which days of a class matter."""
        missing = self.short(verdict)
        mine = [at for at, cell in enumerate(verdict.cells) if missing[at] > 0 and cell.day_class in (name, "*")]
        return np.array(mine, int)

    def _give_up(self, here: Best) -> None:
        """Find the cells that many more people do not mend."""
        extras = [
            (key[0], key[1], slot, +1)
            for key in here.state
            for slot in range(SLOTS)
            if self._wanted(key, slot)
            for _ in range(_MANY)
        ]
        most = self.trials.verdict(here.state, part=_ROUGH, extras=extras)
        missing = most.margin + most.error < 0
        self.hopeless = np.where(missing, 1.0, 0.0)

    def _least(self, key: Key, slot: int) -> int:
        """Return 1 where somebody of the team has to be there, because nobody else who is planned could be."""
        alone = not any((key[0], post) in self.theory for post in self.trials.demands[key].backups)
        return min(1, self.theory[key][slot]) if alone else 0

    def _manned(self, state: State) -> bool:
        """Tell whether somebody is there wherever nobody else could be."""
        for key, mine in state.items():
            duty = shifts.on_duty(mine)
            if any(duty[slot] < self._least(key, slot) for slot in range(SLOTS)):
                return False
        return True

    def _wanted(self, key: Key, slot: int) -> bool:
        """Tell whether anybody of the team can be needed in a quarter-hour."""
        helps = any(one.day_class == key[0] and key[1] in one.posts and one.servers[slot] for one in self.sets)
        return bool(helps or self.theory[key][slot] or self.trials.demands[key].load[slot] > 0.01)

    def _cheapen(self, name: str) -> None:
        """Solve the master with slopes from fewer people until that finds nothing cheaper that holds.

        In one step at most `room` quarter-hours on duty go: half as many after a step that did not hold. Slopes serve
        for two steps.
        """
        slopes: dict[tuple[str, int], Floats] | None = None
        room, age = math.inf, 0
        while self.best is not None and not self._over:
            here = self.best
            duty = self._duty(name, here.state)
            if slopes is None:
                slopes, age = self._slopes(name, here, duty, -1), 0
            room = min(room, _ROOM * sum(map(sum, duty.values())))
            if self._step(name, here, -1, slopes, room):
                age += 1
                slopes = None if age == _AGE else slopes
            elif age:
                slopes = None
            elif room > _LEAST_ROOM:
                room /= 2
            else:
                return

    def _duty(self, name: str, state: State) -> dict[Key, list[int]]:
        """Return people on duty of every team on days of a class."""
        return {key: shifts.on_duty(state[key]) for key in state if key[0] == name}

    def _step(
        self, name: str, here: Best, sign: int, slopes: Mapping[tuple[str, int], Floats], room: float = math.inf
    ) -> bool:
        """Take one step from `here` on days of a class: master, look; tell whether it got better."""
        duty = self._duty(name, here.state)
        keys = list(duty)
        verdict = here.verdict
        more = np.zeros(len(verdict.cells))
        held: set[int] = set()
        for _ in range(_TRIES):
            if self._over:
                return False
            self.trials.meter.part(self.trials.count / self.limit)
            floors = self._floors(keys, duty, sign, held)
            cuts = [*self._cuts(verdict, duty, slopes, more), *self._near_by(duty, room), *self._load_cuts(name, duty)]
            found = self._master(name, floors, cuts)
            if not found.shifts or found.status in ("infeasible", "unknown"):
                return False
            state = {**here.state, **{key: found.shifts[key[1]] for key in keys}}
            if state == here.state or (sign < 0 and self.cost(state) >= here.cost - 1e-9):
                return False
            rough = self.trials.verdict(state, part=_ROUGH)
            looked = rough
            if not (self.short(rough) > 2 * np.nan_to_num(rough.error)).any():
                looked = self.trials.verdict(state)
            holds = looked is not rough and self._note(state, looked)
            self._tell(name, here.state, state, looked, mended=sign > 0)
            if holds:
                return True
            if sign > 0 and looked is not rough and self.nearest is not None and self.nearest.state == state:
                return True
            missing = self.short(looked)
            more += 1.3 * missing
            for at in np.flatnonzero(missing > 0).tolist():
                # What slopes do not show, or have not shown twice, is left as it is.
                if more[at] > 1.5 * missing[at] or not any(one[at] > _FLAT for one in slopes.values()):
                    held |= _near(verdict.cells[at])
        return False

    def _floors(
        self, keys: Sequence[Key], duty: Mapping[Key, Sequence[int]], sign: int, held: set[int]
    ) -> dict[Key, list[int]]:
        """Return the fewest people that the next candidate may have.

        As many as now when it is to mend; one fewer when it is to be cheaper, but as many in quarter-hours that are
        held, and as theory wants for those who stay to finish.
        """
        out = {}
        for key in keys:
            floor = []
            for slot in range(SLOTS):
                asked, there = self.theory[key][slot], duty[key][slot]
                quiet = self.trials.demands[key].visits_per_hour[slot] * SLOT_S / 3600 < 0.05
                fewer = min(asked, there) - (0 if quiet else 1)
                low = there if sign > 0 or slot in held else fewer
                floor.append(max(self._least(key, slot), low))
            out[key] = floor
        return out

    def _cuts(
        self,
        verdict: Verdict,
        duty: Mapping[Key, Sequence[int]],
        slopes: Mapping[tuple[str, int], Floats],
        more: Floats,
    ) -> list[Cut]:
        """Return for each cell: margin + Σ slope · (people − people now) ≥ the margin wanted."""
        now = {(key[1], slot): duty[key][slot] for key in duty for slot in range(SLOTS)}
        wanted = self.target(verdict) + more
        missing = np.where(
            np.isfinite(wanted), np.maximum(wanted - np.nan_to_num(verdict.margin, nan=np.inf), 0.0), 0.0
        )
        out = []
        for at, cell in enumerate(verdict.cells):
            weights = {where: float(one[at]) for where, one in slopes.items() if one[at] > _FLAT}
            if not weights or not math.isfinite(wanted[at]) or not math.isfinite(verdict.margin[at]):
                continue
            here = sum(weight * now[where] for where, weight in weights.items())
            # In people: the steepest slope counts 1, so that the solver's tolerances mean the same in every cut.
            scale = max(weights.values())
            asked = (wanted[at] - verdict.margin[at]) / scale
            if asked > 0:
                # The worst first, and one person of the steepest slope at most: slopes are flat further on, and unsure.
                asked = min(asked, _STRIDE) if missing[at] >= _WORST * missing.max() else 0.0
            least = asked + here / scale
            clock = "" if cell.start_s is None else f" {cell.start_s // 3600:02d}:{cell.start_s % 3600 // 60:02d}"
            name = f"{cell.day_class}{clock} seed {self.trials.seed} look {self.trials.count}"
            out.append(Cut({where: weight / scale for where, weight in weights.items()}, least, name))
        return out

    def _near_by(self, duty: Mapping[Key, Sequence[int]], room: float) -> list[Cut]:
        """Return the cut that lets at most `room` quarter-hours go, dear ones counting for more."""
        if math.isinf(room):
            return []
        top = max(self.wages[key[1]] for key in duty) or 1.0
        weights = {(key[1], slot): (self.wages[key[1]] or 1.0) / top for key in duty for slot in range(SLOTS)}
        there = sum(weights[key[1], slot] * duty[key][slot] for key in duty for slot in range(SLOTS))
        return [Cut(weights, there - room, "room")]

    def _slopes(
        self, name: str, here: Best, duty: Mapping[Key, Sequence[int]], sign: int
    ) -> dict[tuple[str, int], Floats]:
        """Return (pool, slot) → change of every cell's margin by one more (or: by not taking off one) there.

        Quarter-hours that are `_COLOURS` apart are perturbed in one look: each cell is given to the one next to it.
        """
        keys = list(duty)
        if len(keys) * _COLOURS > _MOST_LOOKS:
            return {}
        base = self.trials.verdict(here.state, part=_ROUGH)
        out: dict[tuple[str, int], Floats] = {}
        for key in keys:
            there = [s for s in range(SLOTS) if (duty[key][s] > 0 if sign < 0 else self._wanted(key, s))]
            for colour in range(_COLOURS):
                slots = [slot for slot in there if slot % _COLOURS == colour]
                if not slots:
                    continue
                extras: list[Extra] = [(name, key[1], slot, sign) for slot in slots]
                seen = self.trials.verdict(here.state, part=_ROUGH, extras=extras)
                gain = np.maximum(0.0, sign * np.nan_to_num(seen.margin - base.margin))
                for slot in slots:
                    out[key[1], slot] = np.zeros(len(gain))
                for at, cell in enumerate(seen.cells):
                    if cell.day_class not in (name, "*") or gain[at] <= 0:
                        continue
                    if cell.start_s is None or cell.end_s is None:
                        for slot in slots:
                            out[key[1], slot][at] = gain[at] / len(slots)
                        continue
                    first = cell.start_s // SLOT_S - _BACK
                    last = (cell.end_s - 1) // SLOT_S + _AHEAD
                    near = [slot for slot in slots if first <= slot <= last]
                    if near:
                        middle = (cell.start_s + cell.end_s) / 2 / SLOT_S
                        out[key[1], min(near, key=lambda slot: abs(slot + 0.5 - middle))][at] = gain[at]
        return out

    # ------------------------------------------------------------------------------------------- polish

    def _polish(self, name: str) -> None:
        """Take single shifts away, shorten them or give them to a cheaper team, as long as the promise holds."""
        refused: set[object] = set()
        while self.best is not None and not self._over:
            here = self.best
            for state, what in list(self._cheaper(name, here))[:_POLISH]:
                if what in refused or self._over:
                    continue
                self.trials.meter.part(self.trials.count / self.limit)
                rough = self.trials.verdict(state, part=_ROUGH)
                if not (self.short(rough) > 1.5 * np.nan_to_num(rough.error)).any():
                    looked = self.trials.verdict(state)
                    if self._note(state, looked):
                        self._tell(name, here.state, state, looked)
                        break
                refused.add(what)
            else:
                return

    def _shake(self) -> None:
        """Use what looks are left: take a shift away and slide others to where it is missed, again and again."""
        luck = sim.generator(self.trials.seed, "plan", "shake")
        names = list(self.days)
        weight = np.array([self.days[name] for name in names], float)
        while self.best is not None and not self._over:
            name = names[int(luck.choice(len(names), p=weight / weight.sum()))]
            here = self.best
            ways = list(self._cheaper(name, here))
            if not ways:
                return
            state = ways[int(len(ways) * luck.random() ** 2)][0]
            self._slide(name, state, luck)

    def _slide(self, name: str, state: dict[Key, tuple[Shift, ...]], luck: np.random.Generator) -> None:
        """Move shifts towards where the promise is broken, as long as that helps; remember what holds."""
        verdict = self.trials.verdict(state, part=_ROUGH)
        for _ in range(_SLIDES):
            self.trials.meter.part(self.trials.count / self.limit)
            missing = self.short(verdict)
            if not (missing > 1.5 * np.nan_to_num(verdict.error)).any():
                before = self.now.state
                looked = self.trials.verdict(state)
                if self._note(state, looked):
                    self._tell(name, before, state, looked)
                    return
                verdict, missing = looked, self.short(looked)
            if self._over or not missing.any():
                return
            cell = verdict.cells[int(np.argmax(missing))]
            if cell.start_s is None or cell.day_class != name:
                return
            other = self._towards(name, state, cell.start_s, luck)
            if other is None:
                return
            seen = self.trials.verdict(other, part=_ROUGH)
            if float(self.short(seen).sum()) < float(missing.sum()):
                state, verdict = other, seen

    def _towards(
        self, name: str, state: dict[Key, tuple[Shift, ...]], at_s: int, luck: np.random.Generator
    ) -> dict[Key, tuple[Shift, ...]] | None:
        """Return the state with one shift that does not cover a time of day moved so that it does, meals and all."""
        grid, last = self.contract.seconds("start_grid"), self.contract.seconds("latest_end")
        ways = []
        for key in (key for key in state if key[0] == name):
            for one in dict.fromkeys(state[key]):
                if one.start_s <= at_s < one.end_s and not any(a <= at_s < b for a, b in one.off):
                    continue
                for by in (-4 * grid, -2 * grid, -grid, grid, 2 * grid, 4 * grid):
                    begin = one.start_s + by
                    shape = next((shape for shape in self.contract.shapes if shape.name == one.shape), None)
                    if shape is None or begin not in shape.begins(grid, last) or one.end_s + by > last:
                        continue
                    moved = Shift(one.shape, begin, one.end_s + by, _moved(one.meal, by), _moved(one.breaks, by))
                    if begin <= at_s < moved.end_s and not any(a <= at_s < b for a, b in moved.off):
                        ways.append((key, one, moved))
        if not ways:
            return None
        key, one, moved = ways[int(luck.integers(len(ways)))]
        rest = list(state[key])
        rest.remove(one)
        other = {**state, key: tuple(sorted((*rest, moved), key=lambda s: (s.start_s, s.end_s)))}
        return other if self._manned(other) else None

    def _cheaper(self, name: str, here: Best) -> Iterable[tuple[dict[Key, tuple[Shift, ...]], object]]:
        """Yield cheaper states that differ in one shift, the most promising first."""
        spare: dict[int, float] = {}
        for at, cell in enumerate(here.verdict.cells):
            if cell.day_class == name and cell.start_s is not None and cell.end_s is not None:
                left = float(here.verdict.margin[at] - self.target(here.verdict)[at])
                for slot in range(cell.start_s // SLOT_S, -(-cell.end_s // SLOT_S)):
                    spare[slot] = min(spare.get(slot, math.inf), left)
        found = []
        for key in (key for key in here.state if key[0] == name):
            for kind in sorted({(one.start_s, one.end_s) for one in here.state[key]}):
                mine = [one for one in here.state[key] if (one.start_s, one.end_s) == kind]
                for instead, where in self._instead(mine[-1], key, here.state):
                    saved = _hours([mine[-1]]) * self.wages[key[1]]
                    saved -= 0.0 if instead is None else _hours([instead]) * self.wages[where[1]]
                    if saved <= 1e-9:
                        continue
                    state = dict(here.state)
                    rest = list(state[key])
                    rest.remove(mine[-1])
                    state[key] = tuple(rest)
                    if instead is not None:
                        state[where] = tuple(sorted((*state[where], instead), key=lambda s: (s.start_s, s.end_s)))
                    before, after = shifts.on_duty(here.state[key]), shifts.on_duty(state[key])
                    if any(after[slot] < self._least(key, slot) for slot in range(SLOTS)):
                        continue
                    lost = [s for s in range(SLOTS) if after[s] < before[s]] if where == key else []
                    worst = min((spare.get(slot, 0.1) for slot in lost), default=0.1)
                    what = (key, kind, where, None if instead is None else (instead.start_s, instead.end_s))
                    found.append((-(max(worst, 0.0) + 0.002) * saved, str(what), state, what))
        found.sort(key=lambda one: one[:2])
        for _, _, state, what in found:
            yield state, what

    def _instead(self, one: Shift, key: Key, state: State) -> Iterable[tuple[Shift | None, Key]]:
        """Yield what could stand in place of a shift: nothing, a shorter one, the same by a cheaper team."""
        yield None, key
        grid, last = self.contract.seconds("start_grid"), self.contract.seconds("latest_end")
        for shape in self.contract.shapes:
            pattern = shape.patterns[0]
            if shape.on_call or shape.paid_s >= one.paid_s:
                continue
            room = one.end_s - one.start_s - pattern.span_s
            for start in sorted({one.start_s, one.start_s + room // 2 // grid * grid, one.start_s + room}):
                if start in shape.begins(grid, last) and start + pattern.span_s <= last:
                    yield self._placed(shape.name, start, key, state, one), key
        for other in state:
            if other[0] == key[0] and self.wages[other[1]] < self.wages[key[1]]:
                yield one, other

    def _placed(self, shape: str, start: int, key: Key, state: State, gone: Shift) -> Shift:
        """Return a shift with its offs where most others are on duty beyond what theory asks for."""
        rest = list(state[key])
        rest.remove(gone)
        spare = [n - asked for n, asked in zip(shifts.on_duty(rest), self.theory[key], strict=True)]
        pattern = next(one for one in self.contract.shapes if one.name == shape).patterns[0]
        offs = []
        for off in pattern.offs:
            begins = range(start + off.earliest, start + off.latest + 1, SLOT_S)
            best = max(begins, key=lambda at: min(spare[s] for s in range(at // SLOT_S, (at + off.length_s) // SLOT_S)))
            offs.append((off, (best, best + off.length_s)))
        meal = tuple(span for off, span in offs if not off.paid)
        breaks = tuple(span for off, span in offs if off.paid)
        return Shift(shape, start, start + pattern.span_s, meal, breaks)

    def _tell(self, name: str, before: State, after: State, verdict: Verdict, *, mended: bool = False) -> None:
        changes = []
        for key in before:
            if key[0] == name:
                old, new = shifts.on_duty(before[key]), shifts.on_duty(after[key])
                changes += [(key, slot, old[slot], new[slot]) for slot in range(SLOTS) if old[slot] != new[slot]]
        share, half = overall(verdict)
        broken = int((self.short(verdict) > 0).sum())
        self.steps.append(Step(name, self.cost(after), self.hours(after), share, half, broken, tuple(changes), mended))


def overall(verdict: Verdict) -> tuple[float, float]:
    """Return the value of the first promise over all its cells, and the half-width of its 95 % interval."""
    mine = [at for at, cell in enumerate(verdict.cells) if cell.goal == 0 and math.isfinite(verdict.value[at])]
    if not mine:
        return math.nan, math.nan
    weight = verdict.weight[mine]
    if not weight.sum():
        return float(verdict.value[mine[0]]), float(1.96 * verdict.error[mine[0]])
    weight = weight / weight.sum()
    return float(weight @ verdict.value[mine]), float(1.96 * math.sqrt(float((weight**2) @ verdict.error[mine] ** 2)))


def _near(cell: Spot) -> set[int]:
    """Return the quarter-hours in which people matter to the customers of a cell."""
    first = 0 if cell.start_s is None else max(0, cell.start_s // SLOT_S - _BACK)
    last = SLOTS if cell.end_s is None else min(SLOTS, -(-cell.end_s // SLOT_S) + _AHEAD)
    return set(range(first, last))


def _moved(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple((a + by, b + by) for a, b in spans)


def _hours(shifts_: Iterable[Shift]) -> float:
    return sum(one.paid_s for one in shifts_) / 3600
