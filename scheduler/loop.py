"""The loop: size by theory, shifts, simulate; cuts where the promise breaks, slack away, until fresh luck agrees."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from scheduler import baselines, bounds, margins, reasons, requirements, rosters, shifts
from scheduler.contracts import Contract, contract
from scheduler.goals import Goal, Limit, goals
from scheduler.judge import at_value, for_every_service
from scheduler.people import Lock, Staff
from scheduler.plan import Achieved, Baseline, Bound, Cover, Draws, Need, Plan, Price, Raise, RosterRow, Round, Worth
from scheduler.search import Search, overall
from scheduler.shapes import SLOT_S
from scheduler.trials import Ground, Meter, Stopped, Trials, grounds, with_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from scheduler.judge import Floats, Verdict
    from scheduler.plan import Shift
    from scheduler.requirements import Demand
    from scheduler.trials import Key

    State = dict[Key, tuple[Shift, ...]]

WEEK = 7
RELAXATION = "work"
THEORY = "theory_cover"
REPLICATIONS = 40
"""Replications of the plan's weeks that the loop looks at; at least twice as many validate."""
ROUNDS = 12
LOOKS = 120
"""Looks at candidates (days of one class) that a search takes at most."""
VALIDATIONS = 4
MOST_FRESH = 8
"""So many times the loop's replications validate at most, where fewer leave a cell in doubt."""
FRESH = 1_000_003
"""Distance between the seeds of the loop and of each validation."""
SPARE = 2.0
"""Standard errors by which a cell is kept in sample, so that fresh luck agrees."""
_NIGHT = 0.01
"""A team with less than this load (erlang) at midnight begins the day afresh."""
_BUDGET_STEP = 0.005
_ROSTER_SECONDS = 20.0
"""Time to hand shifts to named people, with their leave and wishes."""
_RELAX_SECONDS = 20.0
"""Time to find the cheapest way out where that cannot be done."""
_OPEN = ("plan_shift_open", "plan_shifts_open")
"""What a roster says of shifts that nobody takes."""
_DEARER = 0.05
"""So much more a plan has to cost after fresh luck broke a limit of 0 (or 100 %); twice that the next time."""
_SLACK = 1e-6


@dataclass(frozen=True)
class Task:
    """What is to be planned; one promise after the other may be searched for in it.

    Attributes
    ----------
    scenario : sim.Scenario
        Over whole weeks.
    goals : tuple of Goal
    contract : Contract
    weeks : int
    teams : tuple of str
    people : mapping of team to number of people, at each of its places
    staff : Staff, optional
    classes : tuple of str
        Class of each day.
    demands : mapping of key to Demand
    theory : mapping of key to people by quarter-hour
    apart : bool
        Whether days do not touch each other.
    findings : list of sim.Finding
    sets : tuple of Subset
        What sets of posts need together by theory.
    """

    scenario: sim.Scenario
    goals: tuple[Goal, ...]
    contract: Contract
    weeks: int
    teams: tuple[str, ...]
    people: Mapping[str, int]
    staff: Staff | None
    classes: tuple[str, ...]
    demands: dict[Key, Demand]
    theory: dict[Key, list[int]]
    apart: bool
    findings: tuple[sim.Finding, ...]
    sets: tuple[requirements.Subset, ...] = ()

    @property
    def contracts(self) -> dict[str, Contract]:
        """Return the contracts that people of the staff name."""
        named = {person.contract for person in self.staff.people} if self.staff is not None else set()
        return {name: contract(name) for name in sorted(named) if name and name != self.contract.id}

    def most(self, key: Key) -> int | None:
        """Return how many people of a team can have a shift on every day of a class; None without limit."""
        demand = self.demands[key]
        if self.staff is None:
            return self.people.get(demand.team)
        mine = self.staff.members(demand.team, self.place(demand))
        if not mine:
            return None
        days = [day for day, name in enumerate(self.classes) if name == key[0]]
        away = {(one.person, one.day) for one in self.staff.leaves if one.from_s is None and one.to_s is None}
        away |= {(one.person, one.day) for one in self.staff.locks if one.off}
        return min(sum(one.employed(day) and (one.id, day) not in away for one in mine) for day in days)

    def place(self, demand: Demand) -> str:
        """Return the place of a team as its people name it."""
        return demand.place if demand.place != "*" else self.scenario.team[demand.team].place or "*"

    @property
    def wages(self) -> dict[str, float]:
        """Return pool → cost an hour."""
        return {key[1]: self.scenario.team[one.team].cost_per_hour for key, one in self.demands.items()}

    @property
    def days(self) -> dict[str, int]:
        """Return day class → number of days."""
        return {name: self.classes.count(name) for name in dict.fromkeys(self.classes)}

    def search(self, seed: int, reps: int, looks: int, meter: Meter) -> Search:
        """Return a search that has not begun."""
        whole = not self.apart or any(isinstance(goal, Limit) for goal in self.goals)
        grounded: tuple[Ground, ...] = grounds(self.scenario, self.teams, self.classes, apart=not whole)
        trials = Trials(grounded, self.demands, self.goals, self.teams, reps, seed, meter)
        most = {key: self.most(key) for key in self.demands}
        return Search(trials, self.contract, self.theory, self.wages, self.days, most, SPARE, looks, self.sets)


def task(
    scenario: sim.Scenario,
    promise: Goal | str | Iterable[Goal | str] | None,
    *,
    contracts: str | Path,
    weeks: int,
    teams: Sequence[str] | None,
    people: Staff | Mapping[str, int] | None,
    locks: Sequence[Lock] = (),
    every_service: bool = False,
) -> Task:
    """Return what is to be planned, checked, with what theory requires.

    Raises
    ------
    sim.InputError
        Unknown team or contract, nobody to plan, numbers out of range, or a scenario that cannot be compiled.
    """
    if weeks < 1:
        raise sim.InputError.one("greater_than_equal", field="weeks", value=weeks, limit=1)
    rules = contract(contracts)
    names = requirements.teams_to_plan(scenario, teams)
    staff = people if isinstance(people, Staff) else None
    if staff is not None and locks:
        staff = replace(staff, locks=(*staff.locks, *locks))
    heads = _heads(staff) if staff is not None else dict(people or {})  # type: ignore[arg-type]
    unknown = sorted(set(heads) - set(names if staff is None else scenario.team))
    if unknown:
        raise sim.InputError.one("unknown_team", field="people", value=unknown[0], known=", ".join(names))
    horizon = _over_weeks(scenario, weeks, names)
    wanted, findings = _narrowed(horizon, goals(promise, horizon), names)
    if every_service and isinstance(wanted[0], sim.Promise) and "service" not in wanted[0].per and len(wanted) == 1:
        wanted = (*wanted, for_every_service(wanted[0]))
        findings = [*findings, sim.Finding("plan_every_service", {})]
    classes = requirements.day_classes(horizon)
    found = requirements.demands(horizon, names)
    by_class: dict[str, list[Demand]] = {}
    for one in found:
        by_class.setdefault(one.day_class, []).append(one)
    first = next((goal for goal in wanted if isinstance(goal, sim.Promise)), _like(wanted[0]))
    theory = {
        (name, post): list(slots)
        for name, of_class in by_class.items()
        for post, slots in requirements.by_theory(of_class, first, horizon.rules.short_abandon_s).items()
    }
    demands = {(one.day_class, one.post): one for one in found if one.on_duty is None}
    carried = any(place.closing == "carry" for place in horizon.place.values())
    dated = any(row.day is not None and row.team not in names for row in horizon.staffing)
    apart = not (carried or dated) and all(one.load[0] < _NIGHT for one in demands.values())
    return Task(
        *(horizon, wanted, rules, weeks, tuple(names), heads, staff, classes, demands, theory, apart, tuple(findings)),
        # One planned post shares its skills with nobody who is planned.
        sets=requirements.subsets(horizon, names, first) if len({post for _, post in demands}) > 1 else (),
    )


def _heads(staff: Staff) -> dict[str, int]:
    out: dict[str, int] = {}
    for person in staff.people:
        out[person.team] = out.get(person.team, 0) + 1
    return out


def _like(goal: Goal) -> sim.Promise:
    """Return a promise from which theory may begin where only limits were asked for."""
    if isinstance(goal, Limit) and goal.measure == "service_level":
        return sim.Promise(min(goal.value, 0.99), goal.within_s, goal.of)
    if isinstance(goal, Limit) and goal.measure == "wait_p90_s":
        return sim.Promise(0.9, goal.value)
    if isinstance(goal, Limit) and goal.measure in ("wait_p50_s", "wait_p95_s"):
        return sim.Promise({"wait_p50_s": 0.5, "wait_p95_s": 0.95}[goal.measure], goal.value)
    return sim.Promise()


def _over_weeks(scenario: sim.Scenario, weeks: int, teams: Sequence[str]) -> sim.Scenario:
    """Return the scenario over whole weeks, without rows of the planned teams for later days."""
    days = WEEK * weeks
    rows = tuple(row for row in scenario.staffing if row.team not in teams or row.day is None or row.day < days)
    return scenario.replace(run={**scenario.run.model_dump(), "days": days}, staffing=rows)


def _narrowed(
    scenario: sim.Scenario, wanted: tuple[Goal, ...], teams: Sequence[str]
) -> tuple[tuple[Goal, ...], list[sim.Finding]]:
    """Return promises as the planned teams can keep them: the wait for them, where there are other waits too."""
    if all(not isinstance(goal, sim.Promise) or goal.of != "all_waits" for goal in wanted):
        return wanted, []
    ours, others = requirements.queues(scenario, teams)
    if not others or not ours:
        return wanted, []
    if len(ours) > 1:
        return wanted, [sim.Finding("plan_promise_of_all", {"queues": ", ".join(ours)})]
    of = f"seize:{ours[0]}"
    narrow = tuple(
        replace(goal, of=of) if isinstance(goal, sim.Promise) and goal.of == "all_waits" else goal for goal in wanted
    )
    return narrow, [sim.Finding("plan_promise_of_team", {"of": of, "teams": ", ".join(teams)})]


def plan(
    scenario: sim.Scenario,
    promise: Goal | str | Iterable[Goal | str] | None = None,
    *,
    contracts: str | Path = "cn-standard",
    weeks: int = 1,
    teams: Sequence[str] | None = None,
    people: Staff | Mapping[str, int] | None = None,
    locks: Sequence[Lock] = (),
    budget: float | None = None,
    inputs: Sequence[sim.Scenario] | None = None,
    every_service: bool = False,
    seed: int = 1,
    reps: int = REPLICATIONS,
    rounds: int = ROUNDS,
    trials: int | None = None,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """Return a roster of named people for whole weeks that keeps its promises in simulation, as cheaply as was found.

    Parameters
    ----------
    scenario : sim.Scenario
        Its day classes say which days the weeks have; teams that are not planned keep their staffing.
    promise : Goal, str, or several, optional
        80 % within 180 s when not given; text as `goal` reads it. Where customers also queue for others than the
        planned teams, waits of all kinds are narrowed to the wait for the planned teams, and a finding says so.
    contracts : str or Path
        Labour rules: an id or a TOML file.
    weeks : int
        Weeks to plan, each of seven days from the first day of the run.
    teams : sequence of str, optional
        Teams to plan; remote agents of centres when not given.
    people : Staff, or mapping, optional
        Who there is, or team → how many (of a team with many places: at each of them). As few as possible when a
        team is not named.
    locks : sequence of Lock
        Shifts fixed by hand, besides those of a Staff.
    budget : float, optional
        The most that the plan may cost: the share of the first promise is raised, or lowered, as far as that goes.
    inputs : sequence of Scenario, optional
        Drawn sets of inputs (`sim.Draws`): the plan says in how many its promise holds.
    every_service : bool
        Whether a single promise to all customers must also hold, over the plan, for every service. The cheapest plan
        for all together may serve those badly whom only a dear team can serve; a finding then says which.
    seed : int
        Seed of the loop; validation uses others.
    reps : int
        Replications of the plan's weeks that the loop looks at; validation takes at least twice as many.
    rounds : int
        How often the loop may mend what fresh luck finds broken; each time with the search's looks again.
    trials : int, optional
        Looks at candidates, each of the days of one class, that a search may take; by itself `LOOKS`.
    seconds : float, optional
        Wall time after which nothing better is looked for. What was found by then depends on the machine.
    progress : callable, optional
        Called with (done, total).
    stop : callable, optional
        Asked often; when it says True (or at an interrupt) the best plan so far comes back, with `interrupted`.

    Returns
    -------
    Plan
        With status ``kept``, ``broken`` or ``infeasible``; all three are answers.

    Raises
    ------
    sim.InputError
        Unknown team or contract, nobody to plan, numbers out of range, or a scenario that cannot be compiled.
    """
    for name, value in (("reps", reps - 1), ("rounds", rounds), ("trials", 1 if trials is None else trials)):
        if value < 1:
            raise sim.InputError.one("greater_than_equal", field=name, value=value, limit=1)
    if budget is not None and not budget > 0:
        raise sim.InputError.one("greater_than_equal", field="budget", value=budget, limit=1)
    asked = task(
        scenario,
        promise,
        contracts=contracts,
        weeks=weeks,
        teams=teams,
        people=people,
        locks=locks,
        every_service=every_service,
    )
    until = None if seconds is None else time.monotonic() + seconds
    meter = Meter(progress, stop, until)
    return _Loop(asked, seed, reps, rounds, LOOKS if trials is None else trials, meter, budget, inputs).run()


class _Loop:
    """One call of `plan`."""

    def __init__(
        self,
        asked: Task,
        seed: int,
        reps: int,
        rounds: int,
        looks: int,
        meter: Meter,
        budget: float | None,
        inputs: Sequence[sim.Scenario] | None,
    ) -> None:
        self.task, self.seed, self.reps, self.rounds = asked, seed, reps, rounds
        self.meter, self.budget, self.inputs = meter, budget, inputs
        self.goals = asked.goals
        self.search = asked.search(seed, reps, looks, meter)
        self.findings = list(asked.findings)
        self.covered: State = {}
        self.short: list[sim.Finding] = []
        """Why theory's requirement cannot be covered by the people that there are."""
        self.baseline_states: dict[str, tuple[State | None, int]] = {}
        self.made: list[rosters.Roster] = []
        self.final = asked.scenario
        self.checked: tuple[Verdict, sim.Study, int] | None = None
        self.of: State = {}
        """The state of which `made` and `final` are."""
        self.baselines: tuple[Baseline, ...] = ()
        self.price: Price | None = None
        self.worth: tuple[Worth, ...] = ()
        self.draws: Draws | None = None
        self.interrupted = False

    def run(self) -> Plan:
        """Search, roster, validate, tell what it is worth; at an interrupt, roster the best so far."""
        try:
            failed = self._all()
        except (Stopped, KeyboardInterrupt):
            self.interrupted = True
            self.meter.stop = None
            self.findings.append(sim.Finding("plan_interrupted", {"looks": self.search.trials.count}))
            failed = [] if self.covered else [sim.Finding("plan_interrupted_early", {})]
            if self.covered and self.of != self._state():
                failed = self._roster(self._state())
        self.meter.finish()
        return self._infeasible(failed) if failed else self._result()

    def _all(self) -> list[sim.Finding]:
        """Do everything in turn; return why there is no roster, if there is none."""
        meter, search = self.meter, self.search
        meter.phase(0.02)
        meter.part(0.0)
        self.covered, failed = search.by_theory()
        if failed and any(number is not None for number in search.most.values()):
            # Theory may ask for more than the promise needs: simulation has the last word.
            self.covered, hard = search.by_theory(nearly=True)
            self.short = failed if not hard else []
            failed = hard
        if failed:
            return [_placed(one, self.task) for one in failed]
        meter.phase(0.15)
        self._simple()
        meter.phase(0.6)
        self._search()
        if self.short and search.best is None:
            return self._too_few()
        meter.phase(0.75)
        failed = self._until_fresh_luck_agrees()
        if failed:
            return failed
        meter.phase(0.85)
        self._compare()
        meter.phase(0.92)
        if self.interrupted or search.best is None:
            return []
        self.price = margins.price(search, self.goals, meter)
        meter.phase(0.96)
        self.worth = margins.worth(search, self.of, meter)
        meter.phase(1.0)
        if self.inputs is not None and len(self.inputs):
            self.draws = margins.draws(
                search, self.final, self.task.teams, self.task.classes, self.inputs, self.seed + FRESH * 50, meter
            )
        return []

    # ------------------------------------------------------------------------------------------ search

    def _state(self) -> State:
        """Return the shifts to be rostered: the best so far, else those that come nearest, else theory's."""
        if self.search.best is None and self.search.nearest is None:
            return self.covered
        return self.search.now.state

    def _too_few(self) -> list[sim.Finding]:
        """Say which team has too few people, when, and how many theory asks for then."""
        out: list[sim.Finding] = []
        for key, most in self.search.most.items():
            need = self.task.theory[key]
            duty = shifts.on_duty(self.covered.get(key, ()))
            slot = max(range(requirements.SLOTS), key=lambda at: (need[at] - duty[at], need[at]))
            if most is None or need[slot] <= duty[slot]:
                continue
            values = {
                "team": key[1],
                "people": most,
                "needed": max(need),
                "day_class": key[0],
                "day": self.task.classes.index(key[0]) + 1,
                "start_s": slot * SLOT_S,
                **self.task.contract.cited("hours_per_day"),
            }
            if not any(one.values["team"] == key[1] for one in out):
                out.append(sim.Finding("plan_too_few_people", values))
        return out or self.short

    def _simple(self) -> None:
        """Make the baselines; those that hold are where the search begins, if they are cheaper than theory's."""
        search = self.search
        search.trials.judged(self.covered)
        if not search.trials.judge or not self.task.theory:
            return
        need = baselines.erlang_c(self.task.demands, self.goals)
        self.baseline_states[baselines.ERLANG_C] = (baselines.cover(search, need), 1)
        self.baseline_states[baselines.ADD_ONE] = baselines.add_one(search, self.task.demands)
        search.trials.count = 0

    def _search(self) -> None:
        search = self.search
        for state, _ in self.baseline_states.values():
            if state is not None:
                search.note(state)
        search.run(self.covered)
        if self.budget is not None:
            self._spend(self.budget)

    def _spend(self, budget: float) -> None:
        """Raise or lower the share of the first promise to the most that the budget buys."""
        first = self.goals[0]
        found = self.search
        if not isinstance(first, sim.Promise):
            if found.best is None or found.best.cost > budget + _SLACK:
                cost = None if found.best is None else found.best.cost
                self.findings.append(sim.Finding("plan_over_budget", {"budget": budget, "cost": cost}))
            return
        asked = first.share
        low, high = 0.0, 0.995
        best: tuple[float, Search] | None = None
        needed = found.best.cost if found.best is not None else None
        if needed is not None and needed <= budget + _SLACK:
            low, best = asked, (asked, found)
        else:
            high = asked
        while high - low > _BUDGET_STEP:
            share = round((low + high) / 2, 4)
            tried = margins.at_share(found, at_value(self.goals, share), found.limit // 2)
            if tried.best is not None and tried.best.cost <= budget + _SLACK:
                low, best = share, (share, tried)
            else:
                high = share
            if self.meter.late:
                break
        values = {"budget": budget, "asked": asked, "cost": needed}
        if best is None:
            self.findings.append(sim.Finding("plan_over_budget", values))
            return
        share, self.search = best
        self.goals = self.search.trials.goals = at_value(self.goals, share)
        code = "plan_budget_best" if share >= asked else "plan_budget_short"
        self.findings.append(sim.Finding(code, {**values, "share": share}))

    def _until_fresh_luck_agrees(self) -> list[sim.Finding]:
        """Roster and validate; where fresh luck breaks the promise, ask for more there and search again."""
        for attempt in range(1, min(VALIDATIONS, self.rounds) + 1):
            search = self.search
            failed = self._roster(self._state())
            if failed:
                return failed
            verdict = self._validate(attempt)
            missing = np.where(np.isfinite(verdict.margin), -verdict.margin, -1.0)
            if search.hopeless is not None:
                missing = np.where(search.hopeless > 0, -1.0, missing)
            if not (missing > 0).any() or search.best is None or attempt == min(VALIDATIONS, self.rounds):
                return []
            more = np.where(missing > 0, missing + SPARE * np.nan_to_num(verdict.error), 0.0)
            search.extra = more + (0.0 if search.extra is None else search.extra)
            start = dict(search.best.state)
            if self._at_the_end(verdict, missing):
                # None overdue in sample is no more than that: no margin can be asked for, but more people can.
                search.dearer = search.best.cost * (1 + _DEARER * 2 ** (attempt - 1))
            search.best = search.nearest = None
            search.trials.count = 0
            if search.dearer:
                for one in (self.covered, *(state for state, _ in self.baseline_states.values() if state is not None)):
                    search.note(one)
            search.run(start)
        return []

    def _at_the_end(self, verdict: Verdict, missing: Floats) -> bool:
        """Tell whether a limit is broken of which the search already saw as much as there can be (0, or 100 %)."""
        if self.search.best is None:
            return False
        seen = self.search.best.verdict.margin
        for at in np.flatnonzero(missing > 0).tolist():
            goal = self.goals[verdict.cells[at].goal]
            if isinstance(goal, Limit) and seen[at] >= goal.room - _SLACK:
                return True
        return False

    def _roster(self, state: State) -> list[sim.Finding]:
        """Hand the shifts to people; return why that cannot be done, if it cannot."""
        made: list[rosters.Roster] = []
        found: list[sim.Finding] = []
        for post in dict.fromkeys(key[1] for key in state):
            demand = next(one for key, one in self.task.demands.items() if key[1] == post)
            one = rosters.roster(
                [list(state[name, post]) for name in self.task.classes],
                self.task.classes,
                self.task.contract,
                demand.team,
                demand.place if self.task.staff is None else self.task.place(demand),
                prefix=post.replace("@", "-"),
                people=None if self.task.staff is not None else self.task.people.get(demand.team),
                seconds=2.0 if self.task.staff is None else _ROSTER_SECONDS,
                seed=self.seed,
                staff=self.task.staff,
                contracts=self.task.contracts,
                stop=self.meter.stop,
            )
            made.append(one)
            if one.status in ("infeasible", "unknown") and not one.rows and any(state[key] for key in state):
                found += one.findings
        if found:
            return found
        self.made, self.of = made, dict(state)
        rows = [_staffing(row) for one in made for row in one.rows]
        self.final = with_rows(self.task.scenario, self.task.teams, rows)
        self.checked = None
        return []

    def _validate(self, attempt: int) -> Verdict:
        """Simulate the roster on fresh luck, more of it while any cell is in doubt."""
        seed, reps = self.seed + FRESH * attempt, 2 * self.reps
        while True:
            verdict, study = self._fresh(self.final, seed, reps)
            self.checked = verdict, study, reps
            doubt = np.abs(verdict.margin) < verdict.many * verdict.error
            if not doubt.any() or 2 * reps > MOST_FRESH * self.reps or self.meter.late:
                return verdict
            reps *= 2

    def _fresh(self, scenario: sim.Scenario, seed: int, reps: int) -> tuple[Verdict, sim.Study]:
        """Return what a simulation of the whole plan says of every cell, and the study by the first promise's rules."""
        trials = self.search.trials
        studies = trials.studies(scenario, reps, seed)
        judge = trials.judged(self.covered)
        return judge.verdict(judge.look(studies, self.task.classes)), studies[0]

    def _compare(self) -> None:
        """Simulate the baselines on the luck that validated the plan."""
        out = []
        if self.checked is None:
            return
        for number, (name, (state, steps)) in enumerate(self.baseline_states.items()):
            self.meter.part(number / 2)
            if state is None:
                continue
            verdict = self.search.trials.verdict(state, part=2.0, seed=self.seed + FRESH)
            share, _ = overall(verdict)
            cost, hours = self.search.cost(state), self.search.hours(state)
            out.append(Baseline(name, cost, hours, share, verdict.least, verdict.holds(), steps))
        self.baselines = tuple(out)

    # ------------------------------------------------------------------------------------------ result

    def _cells(self) -> dict[str, list[tuple[int, int, float]]] | None:
        """Return day class → (first slot, slot after the last, customers a day) of the cells of the bounded promise."""
        number = bounds.bounded(self.goals)
        looked = self.search.best or self.search.nearest
        if number is None or looked is None:
            return None
        out: dict[str, list[tuple[int, int, float]]] = {}
        for cell, customers in zip(looked.verdict.cells, looked.verdict.expected.tolist(), strict=True):
            if cell.goal != number or not cell.place == cell.service == "*" or cell.start_s is None:
                continue
            end = requirements.SLOTS if cell.end_s is None else -(-cell.end_s // SLOT_S)
            out.setdefault(cell.day_class, []).append((cell.start_s // SLOT_S, end, customers))
        return {name: sorted(found) for name, found in out.items()}

    def _bounds(self) -> tuple[Bound, ...]:
        out = []
        task = self.task
        least = bounds.work(task.demands, self.goals, task.contract, task.wages, task.days, self._cells())
        if least is not None:
            out.append(Bound(RELAXATION, least, True))
        covers = self.search.covers
        if covers and all(np.isfinite(one.bound) for one in covers.values()):
            theory = sum(one.bound * self.task.days[name] for name, one in covers.items())
            out.append(Bound(THEORY, theory, False))
        return tuple(out)

    def _achieved(self, verdict: Verdict, kept: Any, seed: int, reps: int) -> Achieved:
        return Achieved(kept, seed, reps, self.task.classes, verdict.judged)

    def _result(self) -> Plan:
        task, state, search = self.task, self.of, self.search
        rows = tuple(row for one in self.made for row in one.rows)
        cost = search.cost(state)
        ways = self._ways_out(state)
        why = {one.values["team"] for one in ways if one.code.startswith("clash_open")}
        made = [finding for one in self.made for finding in one.findings]
        # Open shifts are named once: with what keeps people from them where that is known.
        found = [
            *self.findings,
            *(one for one in made if one.code not in _OPEN or one.values["team"] not in why),
            *ways,
        ]
        if task.staff is not None:
            cost = _labour(rows, task)
        if not cost and rows:
            found.append(sim.Finding("plan_no_wage", {"teams": ", ".join(task.teams)}))
        if search.limited or self.meter.late or any(one.limited for one in self.made):
            found.append(sim.Finding("plan_time_limit", {}))
        fresh, inside = None, None
        kept = False
        if self.checked is not None:
            verdict, study, reps = self.checked
            fresh = self._achieved(verdict, _kept(verdict, task), study.seed, reps)
            kept = verdict.holds()
            found += self._why(verdict)
            found += self._badly_served(study) if kept else []
        looked = next((one for one in (search.best, search.nearest) if one is not None and one.state == state), None)
        if looked is not None:
            inside = self._achieved(looked.verdict, _kept(looked.verdict, task), self.seed, self.reps)
        bounds_ = self._bounds()
        least = next((one.cost for one in bounds_ if one.proven), None)
        posts = dict.fromkeys(key[1] for key in state)
        first = self.goals[0]
        return Plan(
            scenario=self.final,
            promise=first,
            contract=task.contract.id,
            weeks=task.weeks,
            seed=self.seed,
            status="kept" if kept else "broken",
            roster=rows,
            cost=cost,
            lower_bound=None if least is None else min(least, cost),
            relaxation=RELAXATION,
            needs=self._needs(state),
            covers=self._covers(),
            people={post: one.people for post, one in zip(posts, self.made, strict=True)},
            rounds=self._rounds(),
            in_sample=inside,
            out_of_sample=fresh,
            findings=tuple(found),
            promises=self.goals,
            bounds=bounds_,
            baselines=self.baselines,
            price=self.price,
            worth=self.worth,
            draws=self.draws,
            budget=self.budget,
            trials=search.trials.count,
            interrupted=self.interrupted,
            staff=task.staff,
        )

    def _ways_out(self, state: State) -> list[sim.Finding]:
        """Say why named people cannot work all shifts of a team, and which is the cheapest way out."""
        task = self.task
        found: list[sim.Finding] = []
        if task.staff is None or self.interrupted:
            return found
        for post, made in zip(dict.fromkeys(key[1] for key in state), self.made, strict=True):
            if made.open:
                demand = next(one for key, one in task.demands.items() if key[1] == post)
                days = [list(state[name, post]) for name in task.classes]
                place = task.place(demand)
                found += reasons.relax(
                    days,
                    task.classes,
                    task.contract,
                    demand.team,
                    place,
                    staff=task.staff,
                    contracts=task.contracts,
                    made=made,
                    seconds=_RELAX_SECONDS,
                    seed=self.seed,
                ).findings
        return found

    def _why(self, verdict: Verdict) -> list[sim.Finding]:
        """Say at which times of which days a promise is broken, and where the planned teams cannot mend it."""
        out = []
        order = np.argsort(np.where(np.isfinite(verdict.margin), verdict.margin, np.inf))
        for at in order[:8].tolist():
            if not verdict.margin[at] < 0:
                break
            cell = verdict.cells[at]
            goal = self.goals[cell.goal]
            elsewhere = self.search.hopeless is not None and self.search.hopeless[at] > 0
            if isinstance(goal, Limit) and goal.measure != "service_level":
                values: dict[str, object] = {
                    "promise": goal.text,
                    "value": round(float(verdict.value[at]), 4),
                    "place": cell.place,
                    "service": cell.service,
                }
                out.append(sim.Finding("plan_limit_elsewhere" if elsewhere else "plan_limit_broken", values))
                continue
            promised = goal.share if isinstance(goal, sim.Promise) else goal.value
            values = {
                "day_class": cell.day_class,
                "start_s": cell.start_s or 0,
                "share": round(float(verdict.value[at]), 4),
                "promised_share": promised,
            }
            out.append(sim.Finding("plan_broken_elsewhere" if elsewhere else "plan_broken", values))
        return out

    def _badly_served(self, study: sim.Study) -> list[sim.Finding]:
        """Name the services for which a promise to all is not kept over the plan, worst first."""
        first = self.goals[0]
        if not isinstance(first, sim.Promise) or "service" in first.per:
            return []
        cells = study.kept(replace(first, per=("service",))).cells
        low = sorted((one for one in cells if not one.kept and one.service != "*"), key=lambda one: one.value or 0.0)
        if not low:
            return []
        names = ", ".join(f"{one.service} {one.value:.0%}" for one in low)
        return [sim.Finding("plan_services_below", {"services": names, "promised_share": first.share})]

    def _needs(self, state: State) -> tuple[Need, ...]:
        nobody = [0] * requirements.SLOTS
        out: list[Need] = []
        for key, demand in self.task.demands.items():
            duty = shifts.on_duty(state[key]) if key in state else nobody
            theory = self.task.theory[key]
            raised = self._raised(key)
            needed = [
                max(min(asked, there), min(raised.get(slot, 0), there))
                for slot, (asked, there) in enumerate(zip(theory, duty, strict=True))
            ]
            out += requirements.needs(demand, theory, needed if key in state else theory, duty)
        return tuple(out)

    def _raised(self, key: Key) -> dict[int, int]:
        """Return quarter-hour → people to whom a broken promise raised a team there."""
        out: dict[int, int] = {}
        for step in self.search.steps:
            for where, slot, before, after in step.changes:
                if where == key and after > before and step.mended:
                    out[slot] = after
        return out

    def _covers(self) -> tuple[Cover, ...]:
        out = []
        for name, found in self.search.covers.items():
            for post, made in found.shifts.items():
                demand = self.task.demands[name, post]
                hours = sum(shift.paid_s for shift in made) / 3600
                bound = hours * (found.bound / found.cost if found.cost else 1.0)
                out.append(Cover(demand.team, demand.place, name, hours, bound, found.status, found.limited))
        return tuple(out)

    def _rounds(self) -> tuple[Round, ...]:
        out = []
        for number, step in enumerate(self.search.steps, start=1):
            changes = [
                Raise(where[1], where[0], slot * SLOT_S, before, after) for where, slot, before, after in step.changes
            ]
            out.append(
                Round(
                    number,
                    step.paid_hours,
                    step.cost,
                    step.share,
                    step.half_width,
                    step.broken,
                    tuple(one for one in changes if one.after > one.before),
                    tuple(one for one in changes if one.after < one.before),
                )
            )
        return tuple(out)

    def _infeasible(self, findings: Sequence[sim.Finding]) -> Plan:
        return Plan(
            scenario=self.task.scenario,
            promise=self.goals[0],
            contract=self.task.contract.id,
            weeks=self.task.weeks,
            seed=self.seed,
            status="infeasible",
            relaxation=RELAXATION,
            needs=self._needs({}),
            covers=self._covers(),
            rounds=self._rounds(),
            findings=(*self.findings, *findings),
            promises=self.goals,
            budget=self.budget,
            interrupted=self.interrupted,
            staff=self.task.staff,
        )


def _placed(finding: sim.Finding, asked: Task) -> sim.Finding:
    """Return a finding of the shifts of a class of days with the first such day (1 = first of the plan)."""
    name = finding.values.get("day_class")
    if name in asked.classes and "day" not in finding.values:
        return sim.Finding(finding.code, {**finding.values, "day": asked.classes.index(str(name)) + 1})
    return finding


def _labour(rows: Iterable[RosterRow], asked: Task) -> float:
    """Return what rows of named people cost: at their own wages, where they have any."""
    own = {one.id: one.wage_per_hour for one in asked.staff.people} if asked.staff is not None else {}
    cost = 0.0
    for row in rows:
        wage = own.get(row.person)
        cost += row.paid_hours * (asked.scenario.team[row.team].cost_per_hour if wage is None else wage)
    return cost


def _kept(verdict: Verdict, asked: Task) -> sim.Kept:
    """Return the cells of the first promise as a study shows them, at the first day of each class."""
    share, half = overall(verdict)
    first = asked.goals[0]
    promise = first if isinstance(first, sim.Promise) else sim.Promise(0.5, 0.0, per=())
    cells = []
    for cell in verdict.judged:
        if cell.promise != 0 or cell.value is None:
            continue
        start: int | str = "*"
        if cell.start_s is not None and cell.day_class in asked.classes:
            start = asked.classes.index(cell.day_class) * requirements.SLOTS * SLOT_S + cell.start_s
        cells.append(sim.Cell(cell.place, cell.service, start, cell.expected, cell.value, cell.half_width, cell.kept))
    return sim.Kept(promise, tuple(cells), share if np.isfinite(share) else None, half)


def _staffing(row: RosterRow) -> dict[str, Any]:
    """Return the staffing row of one person on one day."""
    return {
        "team": row.team,
        "place": row.place,
        "day": row.day,
        "start": row.start_s,
        "end": row.end_s,
        "meal": row.meal,
        "breaks": row.breaks,
        "person": row.person,
    }
