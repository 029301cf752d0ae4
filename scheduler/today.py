"""Replan today: demand from who came so far, who is missing, what is out of order; as few changes as mend it."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import sim
from scheduler import requirements
from scheduler.contracts import Contract, contract
from scheduler.judge import Judge, rules_of
from scheduler.plan import Change, Outlook, Plan, Replan, RosterRow
from scheduler.search import overall
from scheduler.shapes import DAY_S, HOUR_S, SLOT_S
from scheduler.solver import Linear, search
from scheduler.trials import Meter, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from scheduler.actuals import Actuals, Breakdown, Surge
    from scheduler.judge import Verdict
    from scheduler.plan import Span
    from scheduler.requirements import Demand

SLOTS = DAY_S // SLOT_S
FREEZE_S = 1800
REPLICATIONS = 40
SECONDS = 8.0
OVERTIME = 1.5
"""Pay of overtime over the wage (Labour Law art. 44, workdays); the scenario's own factor where it has one."""
_STEP_S = 1800
"""Overtime comes in steps of so long."""
_LEAST_CV = 0.1
"""A forecast without a day factor is not taken for certain."""
_WEIGHTS = {"breaks": 1.0, "overtime": 3.0, "move": 3.0, "serves": 3.0, "call_in": 6.0}
"""How much of a disruption each kind of change is."""
_MISSING = 2.5
"""One person missing for a quarter-hour weighs as much as so many moved breaks."""
_LESS = 0.02
"""Of two ways that disturb as little, the cheaper: weight of one hour's pay."""
_TURNS = 4
_FEWEST = 8
"""Replications of a look, however slow the machine."""
_NOTICE_S = 3600
"""Who is called in comes an hour later at the earliest."""
_ERROR = 1.0
"""Standard errors below the promise from which a cell counts as broken: luck alone is no reason to disturb anybody."""


@dataclass(frozen=True)
class _Option:
    """One way in which a person may work the rest of today."""

    person: str
    rows: tuple[RosterRow, ...]
    change: Change | None
    weight: float


def replan(
    plan: Plan,
    actuals: Actuals,
    at_s: int,
    *,
    day: int = 0,
    freeze_s: int = FREEZE_S,
    contracts: str | Path | None = None,
    standby: Sequence[str] = (),
    seed: int = 1,
    reps: int = REPLICATIONS,
    seconds: float = SECONDS,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Replan:
    """Return the fewest changes to today's roster that keep the promise for the rest of the day.

    Parameters
    ----------
    plan : Plan
        Its scenario, promises, contract and roster are used.
    actuals : Actuals
        Who came so far, who is absent, what is out of order, what surges.
    at_s : int
        Now, in seconds after midnight.
    day : int
        Today: a day of the plan, from 0.
    freeze_s : int
        Nothing that begins sooner than this from now is changed.
    contracts : str or Path, optional
        Labour rules; those of the plan.
    standby : sequence of str
        People of the plan who are off today and may be called in.
    seed, reps : int
        Of the simulations of today.
    seconds : float
        Time in which it should be done; what was found by then is the answer.
    progress, stop : callable, optional
        As in `plan`.

    Raises
    ------
    sim.InputError
        A day, time or name that is not in the plan.

    Notes
    -----
    Today's factor has a gamma prior (mean 1, the day factors' coefficient of variation, 0.1 at least); after N
    customers where E were forecast it is gamma with mean (k + N) / (k + E), k = 1/cv². Where theory asks for more than
    it did for the forecast, or people are missing, a whole-number program chooses for each person one of few ways to
    work on (breaks moved within their windows, overtime, called in), with disruptions least; simulation tries it, and
    asks for more where the promise is still broken.
    """
    began = time.monotonic()
    work = _Today(plan, actuals, at_s, day, freeze_s, contracts, standby, seed, reps, began + seconds)
    work.meter = Meter(progress, stop)
    interrupted = False
    try:
        work.run()
    except (Stopped, KeyboardInterrupt):
        interrupted = True
    work.meter.finish()
    return work.answer(time.monotonic() - began, interrupted=interrupted)


class _Today:
    """One call of `replan`."""

    def __init__(
        self,
        plan: Plan,
        actuals: Actuals,
        at_s: int,
        day: int,
        freeze_s: int,
        contracts: str | Path | None,
        standby: Sequence[str],
        seed: int,
        reps: int,
        until: float,
    ) -> None:
        self.plan, self.actuals, self.at_s, self.day = plan, actuals, at_s, day
        self.free_s = -(-(at_s + freeze_s) // SLOT_S) * SLOT_S
        self.seed, self.reps, self.until = seed, reps, until
        self.rules: Contract = contract(contracts if contracts is not None else plan.contract)
        self.meter = Meter()
        self.trials = 0
        classes = requirements.day_classes(plan.scenario)
        self._check(classes, standby)
        self.day_class = classes[day]
        self.teams = tuple(dict.fromkeys(row.team for row in plan.roster))
        self.rows = tuple(row for row in plan.roster if row.day == day)
        self.standby = tuple(standby)
        goal = next((one for one in (*plan.promises, plan.promise) if isinstance(one, sim.Promise)), sim.Promise())
        self.goal = replace(goal, per=("interval",))
        self.base = self._one_day()
        self.factor, self.factor_sd, self.seen, self.expected = self._posterior()
        self.world = self._as_it_is()
        self.there = self._present()
        self.roster: tuple[RosterRow, ...] = self.there
        self.changes: tuple[Change, ...] = ()
        self.judge: Judge | None = None
        nothing = Outlook(None, None, 0, None)
        self.unchanged = self.without = self.after = nothing
        self.status: Literal["kept", "broken", "unchanged"] = "broken"
        self.findings: list[sim.Finding] = []

    def _check(self, classes: Sequence[str], standby: Sequence[str]) -> None:
        faults = []
        if not 0 <= self.day < len(classes):
            faults.append(sim.Fault("replan_day", "", "day", self.day + 1, {"days": len(classes)}))
        if not 0 <= self.at_s < DAY_S:
            faults.append(sim.Fault("replan_time", "", "at", self.at_s))
        known = {row.person for row in self.plan.roster}
        people = [("absence", one.person) for one in self.actuals.absences] + [("standby", one) for one in standby]
        faults += [
            sim.Fault("replan_person", "", field, person, {"known": ", ".join(sorted(known)[:30])})
            for field, person in people
            if person not in known
        ]
        scenario = self.plan.scenario
        pools = {*scenario.pool, *scenario.team}
        faults += [
            sim.Fault("replan_pool", "", "outage", one.pool, {"known": ", ".join(sorted(pools))})
            for one in self.actuals.breakdowns
            if one.pool not in pools
        ]
        sites = {site.name for site in sim.Sites(scenario).sites} | set(scenario.place) | {"*"}
        services = {*scenario.service, "*"}
        named = [("arrivals", one.service) for one in self.actuals.arrivals]
        named += [("surge", one.service) for one in self.actuals.surges]
        faults += [
            sim.Fault("unknown_service", "", field, name, {"known": ", ".join(sorted(services))})
            for field, name in named
            if name not in services
        ]
        faults += [
            sim.Fault("unknown_place", "", "arrivals", one.place, {"known": ", ".join(sorted(sites))})
            for one in self.actuals.arrivals
            if one.place not in sites
        ]
        if not any(row.day == self.day for row in self.plan.roster) and not faults:
            faults.append(sim.Fault("replan_nobody", "", "day", self.day + 1))
        if faults:
            raise sim.InputError(faults)

    # ------------------------------------------------------------------------------------------- today

    def _one_day(self) -> sim.Scenario:
        """Return the scenario of today alone, in which the planned teams have no rows yet."""
        scenario = self.plan.scenario
        undated: dict[str, Any] = {"start": None, "calendar": None, "dates": {}, "month_days": {}, "same_as": {}}
        run = {**scenario.run.model_dump(), **undated, "days": 1, "day_classes": (self.day_class,)}
        others = []
        for row in scenario.staffing:
            if row.team not in self.teams and row.day in (None, self.day):
                others.append({**row.model_dump(), "day": None if row.day is None else 0})
        return scenario.with_staff(dict.fromkeys(self.teams, 0)).replace(run=run, staffing=tuple(others))

    def _posterior(self) -> tuple[float, float, float, float]:
        """Return mean and standard deviation of today's factor, customers so far, customers forecast so far."""
        offered = sim.offered(self.base, SLOT_S)
        counted = [one for one in self.actuals.arrivals if one.from_s < self.at_s]
        seen = float(sum(one.number for one in counted))
        expected = 0.0
        for one in counted:
            services = [n for n, name in enumerate(offered.services) if one.service in ("*", name)]
            places = [n for n, name in enumerate(offered.places) if one.place == "*" or self._stands(name, one.place)]
            rates = offered.per_hour[np.ix_(places, services)].sum(axis=(0, 1))
            until = min(one.to_s, self.at_s)
            for start, rate in zip(offered.start_s.tolist(), rates.tolist(), strict=True):
                expected += rate * max(0.0, min(until, start + SLOT_S) - max(one.from_s, start)) / HOUR_S
        cvs = [math.prod(1 + self.base.factor[f].cv ** 2 for f in s.factors) for s in self.base.stream.values()]
        cv = max(_LEAST_CV, math.sqrt(max(cvs, default=1.0) - 1))
        shape = 1 / cv**2
        if not counted:
            return 1.0, cv, 0.0, 0.0
        return (shape + seen) / (shape + expected), math.sqrt(shape + seen) / (shape + expected), seen, expected

    def _stands(self, site: str, place: str) -> bool:
        """Tell whether a site is a place, or one of a template of that name."""
        return site == place or site.rpartition("-")[0] == place or site.partition(".")[0] == place

    def _as_it_is(self) -> sim.Scenario:
        """Return today with the demand that is expected now, and with what is out of order."""
        out = self.base
        data: dict[str, Any] = {}
        surges = self.actuals.surges
        rates: list[dict[str, Any]] = []
        for row in out.rates:
            for start, end, factor in _pieces(row.start, row.end, row.service, surges):
                rate = row.rate_per_hour * self.factor * factor
                rates.append({**row.model_dump(), "start": start, "end": end, "rate_per_hour": rate})
        data["rates"] = tuple(rates)
        streams = {}
        for name, stream in out.stream.items():
            one = stream.model_dump(exclude_none=True)
            for key in ("rate_per_hour", "per_day"):
                if one.get(key):
                    one[key] *= self.factor
            streams[name] = one
        data["stream"] = streams
        if self.actuals.arrivals:
            known = self.factor_sd / self.factor
            data["factor"] = {name: {**one.model_dump(), "cv": min(one.cv, known)} for name, one in out.factor.items()}
        out = out.replace(**data)
        for breakdown in self.actuals.breakdowns:
            out = self._broken_down(out, breakdown)
        return out

    def _broken_down(self, scenario: sim.Scenario, what: Breakdown) -> sim.Scenario:
        """Return the scenario with fewer units of a pool, or of a team that is not planned, for a while."""
        name = what.pool
        if name in self.teams:
            return scenario
        teams = {key: one.model_dump(exclude_none=True) for key, one in scenario.team.items()}
        pools = {key: one.model_dump(exclude_none=True) for key, one in scenario.pool.items()}
        spec = scenario.pool.get(name)
        place = (spec or scenario.team[name]).place
        if spec is not None:
            # Units that come and go are a team's; equipment is one without a human.
            kept = ("title", "place", "role", "serves")
            teams[name] = {**{k: v for k, v in pools.pop(name).items() if k in kept}, "human": False}
            here = scenario.place[place] if place is not None else None
            opens, closes = (0, DAY_S) if here is None else (here.opens, min(DAY_S, here.closes + 4 * HOUR_S))
            rows: list[dict[str, Any]] = [{"team": name, "start": opens, "end": closes, "count": spec.units}]
        else:
            team = scenario.team[name]
            rows = [row.model_dump() for row in scenario.staffing if row.team == name]
            if not rows and place is not None:
                here = scenario.place[place]
                rows = [{"team": name, "start": here.opens, "end": here.closes, "count": team.staff or 0}]
        cut: list[dict[str, Any]] = []
        left = what.units
        for row in rows:
            gone = min(left, row.get("count", 1)) if row["start"] < what.to_s and what.from_s < row["end"] else 0
            left -= gone
            for start, end, count in (
                (row["start"], min(row["end"], what.from_s), row.get("count", 1)),
                (max(row["start"], what.from_s), min(row["end"], what.to_s), row.get("count", 1) - gone),
                (max(row["start"], what.to_s), row["end"], row.get("count", 1)),
            ):
                if end > start and count > 0:
                    offs = {
                        key: tuple((a, b) for a, b in row.get(key, ()) if start <= a and b <= end)
                        for key in ("meal", "breaks")
                    }
                    cut.append({**row, **offs, "start": start, "end": end, "count": count})
        others = [row.model_dump() for row in scenario.staffing if row.team != name]
        return scenario.replace(team=teams, pool=pools, staffing=(*others, *cut))

    def _present(self) -> tuple[RosterRow, ...]:
        """Return today's roster without those who are absent, as far as they are."""
        out = []
        for row in self.rows:
            gone = [(one.from_s, one.to_s) for one in self.actuals.absences if one.person == row.person]
            for begin, end in gone:
                if begin <= row.start_s and end >= row.end_s:
                    break
                if begin <= row.start_s < end:
                    row = _cut(row, end, row.end_s)
                elif begin < row.end_s <= end:
                    row = _cut(row, row.start_s, begin)
                elif row.start_s < begin and end < row.end_s:
                    # Away in the middle: paid as a break, nobody is served.
                    inside = tuple(
                        s for s in (*row.breaks, (begin, end)) if s == (begin, end) or not _meets(s, begin, end)
                    )
                    meal = tuple(span for span in row.meal if not _meets(span, begin, end))
                    row = replace(row, breaks=tuple(sorted(inside)), meal=meal)
            else:
                out.append(row)
        return tuple(out)

    # ------------------------------------------------------------------------------------------- search

    def run(self) -> None:
        """Look at today as planned, as it is, and change as little as keeps the promise."""
        self.meter.phase(1.0)
        began = time.monotonic()
        self.unchanged = self._outlook(self._verdict(self.base, self.rows))
        # Half a dozen looks must fit into the time that is left.
        each = (time.monotonic() - began) / self.reps
        self.reps = max(_FEWEST, min(self.reps, int((self.until - time.monotonic()) / 6 / max(each, 1e-6))))
        self.meter.part(0.1)
        verdict = self._verdict(self.world, self.there)
        self.without = self.after = self._outlook(verdict)
        self.meter.part(0.25)
        if not self._broken(verdict).any():
            self.status = "unchanged"
            return
        need = self._needed()
        served = self._serve_more(need)
        best, tried = verdict, 0
        while tried < _TURNS and time.monotonic() < self.until:
            tried += 1
            roster, changes = self._choose(need)
            found = self._verdict(self.world, roster)
            self.meter.part(0.25 + 0.75 * tried / _TURNS)
            if self._lacks(found) < self._lacks(best) - 1e-12:
                best, self.roster, self.changes = found, roster, (*served, *changes)
                self.after = self._outlook(found)
            if not self._broken(found).any():
                self.status = "kept"
                break
            self._ask_more(need, found)
        if self.status == "kept":
            self._spare_them()
        elif self.after.broken:
            worst = min(self._rest(best), key=lambda at: best.margin[at], default=None)
            if worst is not None:
                cell = best.cells[worst]
                values = {"start_s": cell.start_s or 0, "share": round(float(best.value[worst]), 4)}
                self.findings.append(sim.Finding("replan_broken", {**values, "promised_share": self.goal.share}))

    def _verdict(self, scenario: sim.Scenario, rows: Iterable[RosterRow]) -> Verdict:
        """Return what a simulation of today with a roster says of every quarter-hour."""
        staffed = scenario.replace(staffing=(*scenario.staffing, *(_staffing(row) for row in rows)))
        measured = staffed.replace(rules=rules_of(self.goal, scenario.rules))
        self.trials += 1
        study = sim.simulate(
            measured, reps=self.reps, seed=self.seed, progress=lambda _done, _total: self.meter.check()
        )
        if self.judge is None:
            self.judge = Judge((self.goal,), [({0: study}, (self.day_class,), 1.0)])
        return self.judge.verdict(self.judge.look({0: study}, (self.day_class,)))

    def _rest(self, verdict: Verdict) -> list[int]:
        """Return the cells of customers who come after the freeze."""
        return [
            at
            for at, cell in enumerate(verdict.cells)
            if cell.start_s is not None and cell.start_s >= self.free_s and math.isfinite(verdict.margin[at])
        ]

    def _broken(self, verdict: Verdict) -> Any:
        """Return by cell whether it is one of the rest of the day and surely broken."""
        out = np.zeros(len(verdict.cells), bool)
        rest = self._rest(verdict)
        out[rest] = verdict.margin[rest] + _ERROR * verdict.error[rest] < 0
        return out

    def _lacks(self, verdict: Verdict) -> float:
        """Return customers of the rest of the day who are missing for the promise, over its broken cells."""
        rest = self._rest(verdict)
        return float((np.maximum(0.0, -verdict.margin[rest]) * verdict.expected[rest]).sum())

    def _outlook(self, verdict: Verdict) -> Outlook:
        rest = self._rest(verdict)
        if not rest:
            return Outlook(None, None, 0, None)
        part = replace(
            verdict,
            cells=tuple(verdict.cells[at] for at in rest),
            **{name: getattr(verdict, name)[rest] for name in ("value", "error", "margin", "expected", "weight")},
        )
        share, half = overall(part)
        return Outlook(share, half, int(self._broken(verdict).sum()), float(part.value.min()))

    def _theory(self, scenario: sim.Scenario) -> dict[str, list[int]]:
        found = requirements.demands(scenario, self.teams)
        self.demands: dict[str, Demand] = {one.post: one for one in found if one.on_duty is None}
        sizes = requirements.by_theory(found, self.goal, scenario.rules.short_abandon_s)
        return {post: list(slots) for post, slots in sizes.items()}

    def _needed(self) -> dict[str, list[int]]:
        """Return post → people needed in each quarter-hour after the freeze.

        What theory asks for today, less what the plan has shown that it can do without.
        """
        before, now = self._theory(self.base), self._theory(self.world)
        out = {}
        for post, slots in now.items():
            planned = _duty(self.rows, self.demands[post])
            out[post] = [
                max(0, more - max(0, asked - there)) if slot * SLOT_S >= self.free_s else 0
                for slot, (there, more, asked) in enumerate(zip(planned, slots, before[post], strict=True))
            ]
        return out

    def _ask_more(self, need: dict[str, list[int]], verdict: Verdict) -> None:
        """Ask for one more where the promise is still broken, of the team that is busiest there."""
        for at in np.flatnonzero(self._broken(verdict)).tolist():
            cell = verdict.cells[at]
            if cell.start_s is None or cell.end_s is None:
                continue
            for slot in range(max(self.free_s // SLOT_S, cell.start_s // SLOT_S - 1), -(-cell.end_s // SLOT_S)):
                duty = {post: _duty(self.roster, one)[slot] for post, one in self.demands.items()}
                post = max(duty, key=lambda one: self.demands[one].load[slot] / max(1, duty[one]))
                need[post][slot] = max(need[post][slot], duty[post]) + 1

    # ------------------------------------------------------------------------------------------- changes

    def _choose(self, need: Mapping[str, Sequence[int]]) -> tuple[tuple[RosterRow, ...], tuple[Change, ...]]:
        """Return the roster and the changes that leave fewest missing with least disruption."""
        program = Linear()
        by_person: dict[str, list[tuple[_Option, int]]] = {}
        cover: dict[tuple[str, int], list[tuple[int, float]]] = {}
        for option in self._options():
            x = program.variable(0, 1, option.weight, whole=True)
            by_person.setdefault(option.person, []).append((option, x))
            for row in option.rows:
                post = self._post(row)
                for slot in range(self.free_s // SLOT_S, SLOTS):
                    if _works(row, slot):
                        cover.setdefault((post, slot), []).append((x, 1.0))
        for mine in by_person.values():
            program.row([(x, 1.0) for _, x in mine], at_least=1, at_most=1)
        for post, slots in need.items():
            for slot, wanted in enumerate(slots):
                if wanted > 0:
                    short = program.variable(0, wanted, _MISSING)
                    program.row([*cover.get((post, slot), []), (short, 1.0)], at_least=wanted)
        left = max(0.5, self.until - time.monotonic())
        found = search(program, seconds=0.4 * left, gap=0.01)
        if not len(found.values):
            return self.there, ()
        taken = [option for mine in by_person.values() for option, x in mine if found.values[x] > 0.5]
        rows = tuple(row for option in taken for row in option.rows)
        return rows, tuple(option.change for option in taken if option.change is not None)

    def _post(self, row: RosterRow) -> str:
        names = [post for post, one in self.demands.items() if one.team == row.team]
        return next((post for post in names if self.demands[post].place == row.place), names[0] if names else row.team)

    def _options(self) -> Iterable[_Option]:
        """Yield for each person the ways to work the rest of today: as planned first."""
        for row in self.there:
            yield _Option(row.person, (row,), None, 0.0)
            if row.end_s <= self.free_s or row.person in {one.person for one in self.actuals.absences}:
                continue
            yield from self._other_breaks(row)
            yield from self._overtime(row)
            yield from self._moved(row)
        at_work = {row.person for row in self.rows}
        for person in self.standby:
            if person not in at_work:
                yield _Option(person, (), None, 0.0)
                yield from self._called_in(person)

    def _other_breaks(self, row: RosterRow) -> Iterable[_Option]:
        """Yield the row with one meal or break that has not begun at another time that its shift permits."""
        shape = self._shape(row)
        if shape is None:
            return
        offs = sorted([*((span, True) for span in row.meal), *((span, False) for span in row.breaks)])
        windows = [off for off in shape.patterns[0].offs if off.kind in ("meal", "break")]
        if len(offs) != len(windows):
            return
        for number, ((begin, end), meal) in enumerate(offs):
            if begin < self.free_s:
                continue
            low = max(self.free_s, row.start_s + windows[number].earliest)
            for at in range(-(-low // SLOT_S) * SLOT_S, row.start_s + windows[number].latest + 1, SLOT_S):
                if at == begin:
                    continue
                moved = (at, at + end - begin)
                spans = [span if n != number else moved for n, (span, _) in enumerate(offs)]
                if any(a[1] > b[0] for a, b in itertools.pairwise(spans)):
                    continue
                meals = tuple(s for s, (_, is_meal) in zip(spans, offs, strict=True) if is_meal)
                breaks = tuple(s for s, (_, is_meal) in zip(spans, offs, strict=True) if not is_meal)
                other = replace(row, meal=meals, breaks=breaks)
                weight = _WEIGHTS["breaks"] + 0.05 * abs(at - begin) / SLOT_S + (0.2 if meal else 0.0)
                yield _Option(row.person, (other,), self._change("breaks", row, other, 0.0, weight), weight)

    def _overtime(self, row: RosterRow) -> Iterable[_Option]:
        """Yield the row with a later end: within overtime a day, and the rest before tomorrow's shift."""
        most = self.rules.seconds("overtime_per_day")
        rest = self.rules.seconds("daily_rest")
        next_start = min(
            (one.start_s + (one.day - row.day) * DAY_S for one in self.plan.roster if self._after(one, row)),
            default=math.inf,
        )
        latest = min(row.end_s + most, self.rules.seconds("latest_end"), next_start - rest)
        wage = self.plan.scenario.team[row.team].cost_per_hour
        at = max(row.end_s, self.free_s) + _STEP_S
        while at <= latest:
            other = replace(row, end_s=int(at), paid_hours=row.paid_hours + (at - row.end_s) / HOUR_S)
            hours = (at - row.end_s) / HOUR_S
            cost = hours * wage * OVERTIME
            weight = _WEIGHTS["overtime"] + 0.5 * hours
            yield _Option(
                row.person, (other,), self._change("overtime", row, other, cost, weight), weight + _LESS * hours
            )
            at += _STEP_S

    def _moved(self, row: RosterRow) -> Iterable[_Option]:
        """Yield the rest of the shift in another team for which the person, or everybody of the team, is qualified."""
        here = self._post(row)
        teams = self.world.team
        own = (
            next((one.skills for one in self.plan.staff.people if one.id == row.person), ()) if self.plan.staff else ()
        )
        at = max(self.free_s, row.start_s)
        at = next((b for a, b in (*row.meal, *row.breaks) if a < at < b), at)
        if row.end_s - at < HOUR_S:
            return
        for post, demand in self.demands.items():
            to, now = teams[demand.team], teams[row.team]
            every = to.role == now.role and ("*" in now.skills or set(to.skills) <= set(now.skills))
            if post == here or here in demand.backups or not (every or demand.team in own):
                continue
            rest = replace(_cut(row, at, row.end_s), team=demand.team, place=demand.place)
            rows = (_cut(row, row.start_s, at), rest) if at > row.start_s else (rest,)
            weight = _WEIGHTS["move"]
            change = replace(
                self._change("move", row, row, 0.0, weight), to_team=demand.team, to_place=demand.place, start_s=at
            )
            yield _Option(row.person, rows, change, weight)

    def _after(self, one: RosterRow, row: RosterRow) -> bool:
        return one.person == row.person and one.day == row.day + 1

    def _called_in(self, person: str) -> Iterable[_Option]:
        """Yield shifts for somebody who is off today, with the rest that the rules ask for on both sides."""
        mine = [one for one in self.plan.roster if one.person == person]
        rest, latest_end = self.rules.seconds("daily_rest"), self.rules.seconds("latest_end")
        week = [one for one in mine if one.day // 7 == self.day // 7]
        if sum(one.paid_hours for one in week) * HOUR_S >= self.rules.seconds("hours_per_week"):
            limit = self.rules.seconds("hours_per_week") + 5 * self.rules.seconds("overtime_per_day")
        else:
            limit = self.rules.seconds("hours_per_week")
        before = max((one.end_s + (one.day - self.day) * DAY_S for one in mine if one.day < self.day), default=-DAY_S)
        after = min(
            (one.start_s + (one.day - self.day) * DAY_S for one in mine if one.day > self.day), default=3 * DAY_S
        )
        like = mine[0]
        wage = self.plan.scenario.team[like.team].cost_per_hour
        first = -(-max(self.free_s, self.at_s + _NOTICE_S, before + rest) // _STEP_S) * _STEP_S
        done = sum(one.paid_hours for one in week) * HOUR_S
        for shape in self.rules.shapes:
            pattern = shape.patterns[0]
            if shape.on_call or done + shape.paid_s > limit:
                continue
            last = min(latest_end, after - rest) - pattern.span_s
            for start in range(int(first), int(last) + 1, _STEP_S):
                offs = [(start + (off.earliest + off.latest) // 2 // SLOT_S * SLOT_S, off) for off in pattern.offs]
                row = replace(
                    like,
                    day=self.day,
                    day_class=self.day_class,
                    start_s=start,
                    end_s=start + pattern.span_s,
                    meal=tuple((at, at + off.length_s) for at, off in offs if not off.paid),
                    breaks=tuple((at, at + off.length_s) for at, off in offs if off.paid),
                    paid_hours=shape.paid_s / HOUR_S,
                    shape=shape.name,
                )
                extra = OVERTIME if done >= self.rules.seconds("hours_per_week") else 1.0
                cost = shape.paid_s / HOUR_S * wage * extra
                weight = _WEIGHTS["call_in"] + _LESS * shape.paid_s / HOUR_S
                yield _Option(person, (row,), self._change("call_in", None, row, cost, weight), weight)

    def _shape(self, row: RosterRow) -> Any:
        """Return the shape of a row: by its name, else by its times."""
        for shape in self.rules.shapes:
            spans = {pattern.span_s for pattern in shape.patterns}
            if shape.name == row.shape or (not row.shape and row.end_s - row.start_s in spans and not shape.on_call):
                return shape
        return None

    def _change(self, kind: str, was: RosterRow | None, row: RosterRow, cost: float, weight: float) -> Change:
        return Change(
            *(kind, row.person, row.team, row.place, row.start_s, row.end_s),
            was_start_s=0 if was is None else was.start_s,
            was_end_s=0 if was is None else was.end_s,
            meal=row.meal,
            breaks=row.breaks,
            was_meal=() if was is None else was.meal,
            was_breaks=() if was is None else was.breaks,
            cost=cost,
            disruption=weight,
        )

    def _serve_more(self, need: Mapping[str, Sequence[int]]) -> tuple[Change, ...]:
        """Let a team with people to spare take over the places of one that is short, where its skills permit."""
        spare, short = {}, {}
        for post, slots in need.items():
            duty = _duty(self.there, self.demands[post])
            gaps = [there - wanted for there, wanted in zip(duty, slots, strict=True)][self.free_s // SLOT_S :]
            spare[post], short[post] = sum(max(0, gap) for gap in gaps), -sum(min(0, gap) for gap in gaps)
        out = []
        teams = self.world.team
        for post in sorted(short, key=lambda one: -short[one]):
            if short[post] <= 0:
                continue
            lacking = teams[self.demands[post].team]
            for other in sorted(spare, key=lambda one: -spare[one]):
                helper = teams[self.demands[other].team]
                more = [place for place in lacking.serves or () if place not in (helper.serves or ())]
                able = "*" in helper.skills or set(lacking.skills) <= set(helper.skills)
                if other == post or spare[other] < short[post] or not able or not more or lacking.role != helper.role:
                    continue
                name = self.demands[other].team
                data = {key: one.model_dump(exclude_none=True) for key, one in teams.items()}
                data[name]["serves"] = (*(helper.serves or ()), *more)
                tried = self.world.replace(team=data)
                if self._lacks(self._verdict(tried, self.there)) < self._lacks(self._verdict(self.world, self.there)):
                    self.world = tried
                    weight = _WEIGHTS["serves"]
                    out.append(
                        Change(
                            "serves", "", name, self.demands[other].place, to_place=", ".join(more), disruption=weight
                        )
                    )
                    break
        return tuple(out)

    def _spare_them(self) -> None:
        """Take back changes that are not needed, the greatest disruption first, while there is time."""
        for change in sorted(self.changes, key=lambda one: -one.disruption):
            if time.monotonic() > self.until or change.kind == "serves":
                continue
            was = tuple(row for row in self.there if row.person == change.person)
            roster = (*(row for row in self.roster if row.person != change.person), *was)
            verdict = self._verdict(self.world, roster)
            if not self._broken(verdict).any():
                self.roster, self.after = roster, self._outlook(verdict)
                self.changes = tuple(one for one in self.changes if one is not change)

    def answer(self, seconds: float, *, interrupted: bool) -> Replan:
        """Return what was found."""
        changes = tuple(sorted(self.changes, key=lambda one: (_begins(one), one.person)))
        if self.status == "broken" and not changes:
            self.findings.append(sim.Finding("replan_nothing_helps", {}))
        return Replan(
            day=self.day,
            at_s=self.at_s,
            frozen_until_s=self.free_s,
            factor=self.factor,
            factor_sd=self.factor_sd,
            seen=self.seen,
            expected=self.expected,
            unchanged=self.unchanged,
            without=self.without,
            after=self.after,
            changes=changes,
            roster=tuple(sorted(self.roster, key=lambda row: (row.day, row.person))),
            cost=sum(one.cost for one in changes),
            status=self.status,
            findings=tuple(self.findings),
            trials=self.trials,
            seconds=seconds,
            interrupted=interrupted,
        )


def _begins(change: Change) -> int:
    """Return the time from which a change is felt."""
    if change.kind == "overtime":
        return change.was_end_s
    if change.kind == "breaks":
        spans = {*change.meal, *change.breaks} ^ {*change.was_meal, *change.was_breaks}
        return min((begin for begin, _ in spans), default=change.start_s)
    return change.start_s


def _meets(span: Span, begin: int, end: int) -> bool:
    return span[0] < end and begin < span[1]


def _cut(row: RosterRow, start: int, end: int) -> RosterRow:
    """Return a row of which only the part from `start` to `end` is worked."""
    meal = tuple(s for s in row.meal if start <= s[0] and s[1] <= end)
    breaks = tuple(s for s in row.breaks if start <= s[0] and s[1] <= end)
    paid = (end - start - sum(b - a for a, b in meal)) / HOUR_S
    return replace(row, start_s=start, end_s=end, meal=meal, breaks=breaks, paid_hours=paid)


def _works(row: RosterRow, slot: int) -> bool:
    """Tell whether somebody is on duty in the whole of a quarter-hour."""
    begin, end = slot * SLOT_S, (slot + 1) * SLOT_S
    inside = row.start_s <= begin and end <= row.end_s
    return inside and not any(_meets(span, begin, end) for span in (*row.meal, *row.breaks))


def _duty(rows: Iterable[RosterRow], demand: Demand) -> list[int]:
    """Return how many of a post are on duty in each quarter-hour."""
    mine = [row for row in rows if row.team == demand.team and (demand.place == "*" or row.place == demand.place)]
    return [sum(_works(row, slot) for row in mine) for slot in range(SLOTS)]


def _pieces(start: int, end: int, service: str, surges: Sequence[Surge]) -> list[tuple[int, int, float]]:
    """Return (start, end, factor) of a row of rates cut at the surges that meet it."""
    mine = [one for one in surges if one.service in ("*", service) or service == "*"]
    edges = sorted({start, end, *(t for one in mine for t in (one.from_s, one.to_s) if start < t < end)})
    out = []
    for a, b in itertools.pairwise(edges):
        factor = math.prod(one.factor for one in mine if one.from_s <= a and b <= one.to_s)
        out.append((a, b, factor))
    return out


def _staffing(row: RosterRow) -> dict[str, Any]:
    """Return the staffing row of one person today."""
    return {
        "team": row.team,
        "place": row.place,
        "day": 0,
        "start": row.start_s,
        "end": row.end_s,
        "meal": row.meal,
        "breaks": row.breaks,
        "person": row.person,
    }
