"""The loop: size by theory, roster, simulate; where the promise breaks require more, until it holds on fresh luck."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sim
from scheduler import requirements, rosters, shifts
from scheduler.contracts import DAY_S, SLOT_S, Contract, contract
from scheduler.plan import Achieved, Cover, Need, Plan, Raise, RosterRow, Round, Shift

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from scheduler.requirements import Demand
    from scheduler.shifts import DayShifts

WEEK = 7
RELAXATION = "theory_cover"
"""The bound leaves out the simulation: legal shifts that cover what Erlang A requires, nothing raised."""
REPLICATIONS = 60
"""Replications of the plan's weeks that the loop looks at; twice as many validate."""
ROUNDS = 12
VALIDATIONS = 3
FRESH = 1_000_003
"""Distance between the seeds of the loop and of each validation."""
_NIGHT = 0.01
"""A team with less than this load (erlang) at midnight begins the day afresh."""
_IDLE = 0.002
"""A queue with fewer people in it on average is not what breaks a promise."""
_SMALL_PART = 0.05
"""Nor is one that holds less than this part of all who wait."""
_MARGIN = 1.5
_WORST = 0.9
"""Only where the queue is this near to the longest one are people added: raising all around costs 3 % more."""

Post = tuple[str, str]
"""(day class, pool)."""


@dataclass
class _State:
    """What the loop knows so far."""

    demands: dict[Post, Demand]
    theory: dict[Post, list[int]]
    need: dict[Post, list[int]]
    days: dict[Post, DayShifts] = field(default_factory=dict)
    solved: dict[Post, list[int]] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    bound: float = math.nan
    """Below this cost no legal shifts cover what theory requires."""


@dataclass(frozen=True)
class _Broken:
    """A time of day at which the promise is broken on days of one class, or is not yet surely kept."""

    day_class: str
    slots: tuple[int, ...]
    value: float


def plan(
    scenario: sim.Scenario,
    promise: sim.Promise | None = None,
    *,
    contracts: str | Path = "cn-standard",
    weeks: int = 1,
    teams: Sequence[str] | None = None,
    people: Mapping[str, int] | None = None,
    seed: int = 1,
    reps: int = REPLICATIONS,
    rounds: int = ROUNDS,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Return a roster of named people for whole weeks that keeps a promise in simulation.

    Parameters
    ----------
    scenario : sim.Scenario
        Its day classes say which days the weeks have; teams that are not planned keep their staffing.
    promise : sim.Promise, optional
        80 % within 180 s when not given. Where customers also queue for others than the planned teams, waits of all
        kinds are narrowed to the wait for the planned teams, and a finding says so.
    contracts : str or Path
        Labour rules: an id or a TOML file.
    weeks : int
        Weeks to plan, each of seven days from the first day of the run.
    teams : sequence of str, optional
        Teams to plan; remote agents of centres when not given.
    people : mapping, optional
        Team → how many people there are (of a team with many places: at each of them). As few as possible when a
        team is not named.
    seed : int
        Seed of the loop; validation uses others.
    reps : int
        Replications of the loop; validation takes twice as many.
    rounds : int
        How often a requirement may be raised.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Plan
        With status ``kept``, ``broken`` or ``infeasible``; all three are answers.

    Raises
    ------
    sim.InputError
        Unknown team or contract, nobody to plan, numbers out of range, or a scenario that cannot be compiled.
    """
    for name, value in (("weeks", weeks), ("reps", reps - 1), ("rounds", rounds)):
        if value < 1:
            raise sim.InputError.one("greater_than_equal", field=name, value=value, limit=1)
    rules = contract(contracts)
    names = requirements.teams_to_plan(scenario, teams)
    unknown = sorted(set(people or {}) - set(names))
    if unknown:
        raise sim.InputError.one("unknown_team", field="people", value=unknown[0], known=", ".join(names))
    horizon = _over_weeks(scenario, weeks, names)
    wanted, findings = _narrowed(horizon, promise or sim.Promise(), names)
    return _Loop(horizon, wanted, rules, weeks, names, dict(people or {}), seed, reps, progress).run(rounds, findings)


def _over_weeks(scenario: sim.Scenario, weeks: int, teams: Sequence[str]) -> sim.Scenario:
    """Return the scenario over whole weeks, without rows of the planned teams for later days."""
    days = WEEK * weeks
    rows = tuple(row for row in scenario.staffing if row.team not in teams or row.day is None or row.day < days)
    return scenario.replace(run={**scenario.run.model_dump(), "days": days}, staffing=rows)


def _narrowed(
    scenario: sim.Scenario, promise: sim.Promise, teams: Sequence[str]
) -> tuple[sim.Promise, list[sim.Finding]]:
    """Return the promise as the planned teams can keep it: the wait for them, where there are other waits too."""
    if promise.of != "all_waits":
        return promise, []
    ours, others = requirements.queues(scenario, teams)
    if not others or not ours:
        return promise, []
    if len(ours) > 1:
        return promise, [sim.Finding("plan_promise_of_all", {"queues": ", ".join(ours)})]
    narrow = replace(promise, of=f"seize:{ours[0]}")
    return narrow, [sim.Finding("plan_promise_of_team", {"of": narrow.of, "teams": ", ".join(teams)})]


class _Loop:
    """One call of `plan`."""

    def __init__(
        self,
        scenario: sim.Scenario,
        promise: sim.Promise,
        rules: Contract,
        weeks: int,
        teams: Sequence[str],
        people: dict[str, int],
        seed: int,
        reps: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.scenario, self.promise, self.rules = scenario, promise, rules
        self.weeks, self.teams, self.people = weeks, tuple(teams), people
        self.seed, self.reps = seed, reps
        self.classes = requirements.day_classes(scenario)
        self.looked_at, self.look, self.kinds = scenario, reps, self.classes
        self.progress = progress
        self.done = 0

    def run(self, rounds: int, findings: list[sim.Finding]) -> Plan:
        """Go round until the promise holds, then write the roster and validate it on fresh seeds."""
        state = self._by_theory()
        if self._nights_are_quiet(state):
            # A day of each class is enough to look at, so more of each can be looked at.
            self.kinds = tuple(dict.fromkeys(self.classes))
            undated: dict[str, Any] = {"start": None, "calendar": None, "dates": {}, "month_days": {}, "same_as": {}}
            run = {**self.scenario.run.model_dump(), **undated, "days": len(self.kinds), "day_classes": self.kinds}
            self.looked_at = self.scenario.with_staff(dict.fromkeys(self.teams, 0)).replace(run=run)
            self.look = self.reps * len(self.classes) // len(self.kinds)
        per_round = self.look * self.looked_at.run.days
        self.total = rounds * per_round + 2 * self.reps * self.scenario.run.days
        self._tell(0)
        left, attempt = rounds, 0
        while True:
            attempt += 1
            kept, left, failed = self._until_it_holds(state, left)
            if failed:
                return self._infeasible(state, [*findings, *failed])
            made, failed = self._rosters(state)
            if failed:
                return self._infeasible(state, [*findings, *failed])
            rows = tuple(row for one in made for row in one.rows)
            final = self._staffed(self.scenario, tuple(map(_staffing, rows)))
            seed = self.seed + FRESH * attempt
            study = self._simulate(final, seed, 2 * self.reps)
            fresh = study.kept(self.promise)
            if fresh.ok or left <= 0 or attempt == VALIDATIONS:
                break
            left -= 1
            if not self._raise(state, self._broken(fresh, self.classes, sure=False), study, fresh):
                break
        self._finish()
        return self._result(
            state,
            made,
            final,
            study,
            findings,
            Achieved(kept, self.seed, self.look, self.kinds),
            Achieved(fresh, seed, 2 * self.reps, self.classes),
        )

    # ------------------------------------------------------------------------------------- requirement

    def _by_theory(self) -> _State:
        demands = requirements.demands(self.scenario, self.teams)
        by_class: dict[str, list[Demand]] = {}
        for one in demands:
            by_class.setdefault(one.day_class, []).append(one)
        theory = {
            (name, post): slots
            for name, of_class in by_class.items()
            for post, slots in requirements.by_theory(
                of_class, self.promise, self.scenario.rules.short_abandon_s
            ).items()
        }
        need = {key: list(slots) for key, slots in theory.items()}
        planned = {(one.day_class, one.post): one for one in demands if one.on_duty is None}
        return _State(planned, theory, need)

    def _nights_are_quiet(self, state: _State) -> bool:
        """Tell whether no day of the run begins with what the day before left undone."""
        carried = any(place.closing == "carry" for place in self.scenario.place.values())
        dated = any(row.day is not None and row.team not in self.teams for row in self.scenario.staffing)
        return not (carried or dated) and all(one.load[0] < _NIGHT for one in state.demands.values())

    def _raise(self, state: _State, broken: Sequence[_Broken], study: sim.Study, kept: sim.Kept) -> tuple[Raise, ...]:
        """Require more people where a broken cell's customers queue; return what was raised."""
        raised: dict[tuple[Post, int], Raise] = {}
        for cell in broken:
            for key, slot in self._short_of_people(state, cell, study):
                if (key, slot) in raised:
                    continue
                before = state.need[key][slot]
                after = max(before, shifts.on_duty(state.days[key].shifts)[slot]) + 1
                demand = state.demands[key]
                raised[key, slot] = Raise(demand.post, key[0], slot * SLOT_S, before, after)
        for (key, slot), one in raised.items():
            state.need[key][slot] = one.after
        found = tuple(raised.values())
        self._note(state, kept, len(broken), found)
        return found

    def _short_of_people(self, state: _State, cell: _Broken, study: sim.Study) -> list[tuple[Post, int]]:
        """Return (post, slot) where most of those queue who made the cell's customers wait; none if not for us."""
        queue = {(key, slot): self._queue(study, key, slot) for key, slot in self._candidates(state, cell)}
        longest = max(queue.values(), default=0.0)
        everybody = self._queue(study, (cell.day_class, "*"), cell.slots[0])
        if longest < max(_IDLE, _SMALL_PART * everybody):
            return []
        return [where for where, length in queue.items() if length >= _WORST * longest]

    def _candidates(self, state: _State, cell: _Broken) -> list[tuple[Post, int]]:
        """Return (post, slot) where a lack of people may have made the cell's customers wait.

        From one hold before the cell (the work that was in front of them) to one slot after it.
        """
        out = []
        for key, demand in state.demands.items():
            if key[0] != cell.day_class:
                continue
            back, ahead = self._reach(demand)
            first, last = max(0, cell.slots[0] - back), min(requirements.SLOTS - 1, cell.slots[-1] + ahead)
            out += [(key, slot) for slot in range(first, last + 1) if demand.load[slot] > _NIGHT]
        return out

    def _reach(self, demand: Demand) -> tuple[int, int]:
        """Return how many slots before and after a cell the people matter who serve its customers."""
        return min(3, math.ceil(demand.hold_s / SLOT_S)), 1 + min(3, int(self.promise.within_s // SLOT_S))

    def _queue(self, study: sim.Study, key: Post, slot: int) -> float:
        """Return the mean number waiting for a post at a time of day, over the days of a class."""
        width = self.scenario.rules.interval_s
        lengths = []
        for day, name in enumerate(requirements.day_classes(study.scenario)):
            if name == key[0]:
                start = (day * DAY_S + slot * SLOT_S) // width * width
                try:
                    lengths.append(study.value("queue_mean", pool=key[1], interval_start=start).value or 0.0)
                except KeyError:
                    lengths.append(0.0)
        return sum(lengths) / len(lengths)

    # ------------------------------------------------------------------------------ shifts and rosters

    def _cover(self, state: _State) -> list[sim.Finding]:
        """Solve the shifts of every post and day class whose requirement has changed."""
        for key, need in state.need.items():
            if state.solved.get(key) == need:
                continue
            demand = state.demands[key]
            state.days[key] = day = shifts.cover(need, self.rules, people=self.people.get(demand.team))
            state.solved[key] = list(need)
            if day.findings:
                at = {"team": demand.post, "day_class": key[0], "day": self.classes.index(key[0]) + 1}
                return [sim.Finding(one.code, {**at, **one.values}) for one in day.findings]
        return []

    def _rosters(self, state: _State) -> tuple[list[rosters.Roster], list[sim.Finding]]:
        made: list[rosters.Roster] = []
        found: list[sim.Finding] = []
        for post in dict.fromkeys(key[1] for key in state.demands):
            demand = next(one for key, one in state.demands.items() if key[1] == post)
            one = rosters.roster(
                [state.days[name, post].shifts for name in self.classes],
                self.classes,
                self.rules,
                demand.team,
                demand.place,
                prefix=post.replace("@", "-"),
                people=self.people.get(demand.team),
                seconds=2.0,
                seed=self.seed,
            )
            made.append(one)
            found += one.findings
        return made, found

    # -------------------------------------------------------------------------------------- simulation

    def _until_it_holds(self, state: _State, left: int) -> tuple[sim.Kept | None, int, list[sim.Finding]]:
        """Cover, simulate and raise until no cell is in doubt, or nothing can be raised, or no round is left."""
        while True:
            failed = self._cover(state)
            if failed:
                return None, left, failed
            if not state.rounds:
                state.bound = sum(
                    day.bound_hours * self.classes.count(name) * self._wage(post)
                    for (name, post), day in state.days.items()
                )
            study, kept = self._look(state)
            broken = self._broken(kept, self.kinds, sure=True)
            if not broken or left <= 0:
                self._note(state, kept, len(broken), ())
                return kept, left, []
            if not self._raise(state, broken, study, kept):
                return kept, left, []
            left -= 1

    def _look(self, state: _State) -> tuple[sim.Study, sim.Kept]:
        """Simulate the shifts as they stand on the seed of the loop."""
        rows = tuple(
            _staffing_of_class(state.demands[key], shift) for key, day in state.days.items() for shift in day.shifts
        )
        study = self._simulate(self._staffed(self.looked_at, rows), self.seed, self.look)
        return study, study.kept(self.promise)

    def _cost(self, days: Mapping[Post, DayShifts]) -> float:
        """Return the labour cost of the run with these shifts."""
        return sum(day.paid_hours * self.classes.count(name) * self._wage(post) for (name, post), day in days.items())

    def _wage(self, post: str) -> float:
        return self.scenario.team[post.partition("@")[0]].cost_per_hour

    def _staffed(self, scenario: sim.Scenario, rows: tuple[sim.StaffingRow, ...]) -> sim.Scenario:
        """Return `scenario` with these rows for the planned teams; a team without a row has nobody."""
        with_rows = {row.team for row in rows}
        nobody = {team: 0 for team in self.teams if team not in with_rows and scenario.team[team].staff != 0}
        return (scenario.with_staff(nobody) if nobody else scenario).with_staffing(with_rows, rows)

    def _simulate(self, scenario: sim.Scenario, seed: int, reps: int) -> sim.Study:
        before, days = self.done, scenario.run.days
        measured = scenario.replace(rules=self.promise.rules(scenario.rules))

        def tell(done: int, total: int) -> None:
            self._tell(before + done * days)

        return sim.simulate(measured, reps=reps, seed=seed, progress=tell if self.progress else None)

    def _broken(self, kept: sim.Kept, classes: Sequence[str], *, sure: bool) -> list[_Broken]:
        """Return the times of day at which the promise breaks, days of one class taken together.

        With `sure`, also those that are not above the promise by `_MARGIN` half-widths: what only just holds on the
        seed that the loop looks at will not hold on another.
        """
        groups: dict[tuple[str, int | None], list[sim.Cell]] = {}
        for cell in kept.cells:
            if cell.interval_start == "*":
                groups.setdefault(("*", None), []).append(cell)
            else:
                day, second = divmod(int(cell.interval_start), DAY_S)
                if day < len(classes):
                    groups.setdefault((classes[day], second), []).append(cell)
        if not kept.cells and kept.share is not None:
            whole = sim.Cell("*", "*", "*", 1.0, kept.share, kept.half_width, kept.share >= self.promise.share)
            groups["*", None] = [whole]
        out = []
        width = max(1, self.scenario.rules.interval_s // SLOT_S)
        for (name, begin), cells in groups.items():
            counted = [cell for cell in cells if cell.value is not None]
            total = sum(cell.expected for cell in counted)
            if not total:
                continue
            value = sum(cell.expected * (cell.value or 0.0) for cell in counted) / total
            half = math.sqrt(sum((cell.expected * (cell.half_width or 0.0)) ** 2 for cell in counted)) / total
            if value - (_MARGIN * half if sure else 0.0) >= self.promise.share and (sure or all(c.kept for c in cells)):
                continue
            if begin is None:
                every = tuple(range(requirements.SLOTS))
                out += [_Broken(day_class, every, value) for day_class in dict.fromkeys(classes)]
            else:
                first = begin // SLOT_S
                out.append(_Broken(name, tuple(range(first, first + width)), value))
        return out

    # ------------------------------------------------------------------------------------------ result

    def _note(self, state: _State, kept: sim.Kept, broken: int, raised: tuple[Raise, ...]) -> None:
        hours = sum(day.paid_hours * self.classes.count(name) for (name, _), day in state.days.items())
        cost = self._cost(state.days)
        number = len(state.rounds) + 1
        share = math.nan if kept.share is None else kept.share
        state.rounds.append(Round(number, hours, cost, share, kept.half_width, broken, raised))

    def _needs(self, state: _State) -> tuple[Need, ...]:
        nobody = [0] * requirements.SLOTS
        return tuple(
            need
            for key, demand in state.demands.items()
            for need in requirements.needs(
                demand,
                state.theory[key],
                state.need[key],
                shifts.on_duty(state.days[key].shifts) if key in state.days else nobody,
            )
        )

    def _covers(self, state: _State) -> tuple[Cover, ...]:
        return tuple(
            Cover(
                state.demands[key].team,
                state.demands[key].place,
                key[0],
                day.paid_hours,
                day.bound_hours,
                day.status,
                day.limited,
            )
            for key, day in state.days.items()
        )

    def _result(
        self,
        state: _State,
        made: Sequence[rosters.Roster],
        final: sim.Scenario,
        study: sim.Study,
        findings: list[sim.Finding],
        in_sample: Achieved,
        out_of_sample: Achieved,
    ) -> Plan:
        rows = tuple(row for one in made for row in one.rows)
        cost = self._cost(state.days)
        if not cost and rows:
            findings = [*findings, sim.Finding("plan_no_wage", {"teams": ", ".join(self.teams)})]
        covers = self._covers(state)
        found = list(findings)
        if any(one.limited for one in covers) or any(one.limited for one in made):
            found.append(sim.Finding("plan_time_limit", {}))
        kept = bool(out_of_sample.kept.ok)
        if not kept:
            found += self._why(state, study, out_of_sample.kept)
        posts = dict.fromkeys(k[1] for k in state.demands)
        return Plan(
            scenario=final,
            promise=self.promise,
            contract=self.rules.id,
            weeks=self.weeks,
            seed=self.seed,
            status="kept" if kept else "broken",
            roster=rows,
            cost=cost,
            lower_bound=state.bound,
            relaxation=RELAXATION,
            needs=self._needs(state),
            covers=covers,
            people={post: one.people for post, one in zip(posts, made, strict=True)},
            rounds=tuple(state.rounds),
            in_sample=in_sample,
            out_of_sample=out_of_sample,
            findings=tuple(found),
        )

    def _why(self, state: _State, study: sim.Study, kept: sim.Kept) -> list[sim.Finding]:
        """Say at which times of which days the promise is broken, and where the planned teams cannot mend it."""
        out = []
        for one in self._broken(kept, self.classes, sure=False)[:8]:
            start = one.slots[0] * SLOT_S
            code = "plan_broken" if self._short_of_people(state, one, study) else "plan_broken_elsewhere"
            values = {"day_class": one.day_class, "start_s": start, "share": round(one.value, 4)}
            out.append(sim.Finding(code, {**values, "promised_share": self.promise.share}))
        return out

    def _infeasible(self, state: _State, findings: list[sim.Finding]) -> Plan:
        self._finish()
        return Plan(
            scenario=self.scenario,
            promise=self.promise,
            contract=self.rules.id,
            weeks=self.weeks,
            seed=self.seed,
            status="infeasible",
            relaxation=RELAXATION,
            needs=self._needs(state),
            covers=self._covers(state),
            rounds=tuple(state.rounds),
            findings=tuple(findings),
        )

    def _tell(self, done: int) -> None:
        self.done = min(done, self.total)
        if self.progress:
            self.progress(self.done, self.total)

    def _finish(self) -> None:
        self._tell(self.total)


def _staffing_of_class(demand: Demand, shift: Shift) -> sim.StaffingRow:
    """Return the staffing row of a shift on every day of a class."""
    return sim.StaffingRow.model_validate(
        {
            "team": demand.team,
            "place": demand.place,
            "day_class": demand.day_class,
            "start": shift.start_s,
            "end": shift.end_s,
            "meal": shift.meal,
            "breaks": shift.breaks,
        }
    )


def _staffing(row: RosterRow) -> sim.StaffingRow:
    """Return the staffing row of one person on one day."""
    return sim.StaffingRow.model_validate(
        {
            "team": row.team,
            "place": row.place,
            "day": row.day,
            "start": row.start_s,
            "end": row.end_s,
            "meal": row.meal,
            "breaks": row.breaks,
            "person": row.person,
        }
    )
