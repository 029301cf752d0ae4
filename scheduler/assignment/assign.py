"""Which remote team serves which branches and services, first choice and back-up, in each part of the day."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import sim
from scheduler.assignment import columns, exact, search
from scheduler.assignment.limits import Limits
from scheduler.assignment.limits import limits as read_limits
from scheduler.assignment.problem import NOBODY, Problem
from scheduler.assignment.work import Work, Works

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RELAXATION = "team_columns"
"""The bound leaves whole numbers out: teams may take fractions of sets of branches. ``none``: nothing is left out."""
_SAME = 0.9
"""A team that is back-up of a branch already is preferred for its other work, unless it has so much more to do."""


@dataclass(frozen=True)
class Served:
    """One branch's work of one kind in one part of the day.

    Attributes
    ----------
    place, role : str
    services : tuple of str
        The same teams may do all of them.
    start_s, end_s : int
        Seconds after midnight.
    load : float
        Erlang in the busiest quarter-hour of the part.
    first, backup : str or None
        Teams; None where nobody may or can.
    before : str or None
        First choice of the scenario that was given.
    """

    place: str
    role: str
    services: tuple[str, ...]
    start_s: int
    end_s: int
    load: float
    first: str | None
    backup: str | None
    before: str | None


@dataclass(frozen=True)
class Share:
    """What one team has in one part of the day.

    Attributes
    ----------
    team, role : str
    start_s, end_s : int
        Seconds after midnight.
    branches, backups : int
        Branches of which it is first choice, and back-up.
    load : float
        Erlang in the busiest quarter-hour.
    people : int
        On shift, to keep the promise then.
    cost : float
        Of these people through the part.
    """

    team: str
    role: str
    start_s: int
    end_s: int
    branches: int
    backups: int
    load: float
    people: int
    cost: float


@dataclass(frozen=True)
class Assignment:
    """An assignment of teams to branches.

    Attributes
    ----------
    scenario : sim.Scenario
        The same with rows of serving.csv, so that it can be simulated and planned.
    status : str
        ``optimal`` · ``feasible`` (better ones are not ruled out) · ``infeasible`` (see `findings`).
    cost : float or None
        A day's price of the people on shift at the busiest quarter-hour of each part, and of changes; with no wage in
        the scenario, person-hours.
    lower_bound : float
        Proven: no assignment within the limits costs less.
    relaxation : str
        What the bound leaves out: `RELAXATION`, or ``none``.
    one_pool, alone : int
        People at the busiest time if all branches shared one team, and if each had one of its own.
    rows : tuple of Served
    teams : tuple of Share
    changed : int
        Rows whose first choice is not what it was.
    findings : tuple of sim.Finding
    """

    scenario: sim.Scenario
    status: Literal["optimal", "feasible", "infeasible"]
    cost: float | None
    lower_bound: float
    relaxation: str
    one_pool: int
    alone: int
    rows: tuple[Served, ...]
    teams: tuple[Share, ...]
    changed: int
    findings: tuple[sim.Finding, ...]

    @property
    def gap(self) -> float | None:
        """Return (cost − lower bound) / cost; None without a cost."""
        return (self.cost - self.lower_bound) / self.cost if self.cost else None

    @property
    def people(self) -> int:
        """Return the people on shift in the part of the day that needs most."""
        by_part: dict[int, int] = {}
        for one in self.teams:
            by_part[one.start_s] = by_part.get(one.start_s, 0) + one.people
        return max(by_part.values(), default=0)


def assign(
    scenario: sim.Scenario,
    promise: sim.Promise | None = None,
    *,
    limits: str | Path | Limits | None = None,
    seconds: float = 60.0,
    seed: int = 1,
    sure: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Assignment:
    """Return which remote team serves which branch: as few people as possible, then as evenly loaded as possible.

    Parameters
    ----------
    scenario : sim.Scenario
        Teams with a limited role (remote agents when nothing else is said) at one place each are assigned to all
        branches that ask for the role and have nobody of it themselves.
    promise : sim.Promise, optional
        80 % within 180 s when not given.
    limits : str, Path or Limits, optional
        Limits, or the TOML file in which they stand.
    seconds : float
        Time limit of the whole.
    seed : int
    sure : float, optional
        Share of days on which the promise must hold, as for requirements.
    progress : callable, optional
        Called with (done, total).
    stop : callable, optional
        Ends the search when it says so; the best assignment so far is returned.

    Raises
    ------
    sim.InputError
        Unknown names in the limits, or no team to assign (``assign_no_team``).
    """
    promise = promise or sim.Promise()
    file = str(limits) if isinstance(limits, (str, Path)) else ""
    found = read_limits(limits) if isinstance(limits, (str, Path)) else limits or Limits()
    found.check(scenario, file)
    return _Assigning(scenario, promise, found, seconds, seed, sure, progress, stop).run()


class _Assigning:
    """One call of `assign`."""

    def __init__(
        self,
        scenario: sim.Scenario,
        promise: sim.Promise,
        limits: Limits,
        seconds: float,
        seed: int,
        sure: float | None,
        progress: Callable[[int, int], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.scenario, self.limits = scenario, limits
        self.seconds, self.seed = seconds, seed
        self.progress, self.stop = progress, stop
        self.works = Works(scenario, promise, limits, sure)
        self.sites = self.works.sites
        self.findings: list[sim.Finding] = []
        self.first: dict[tuple[str, int, int, str], str] = {}
        """(role, part, site, service) → first choice found so far."""

    def run(self) -> Assignment:
        """Assign role by role and part by part; makers before those who check them."""
        begun = time.monotonic()
        roles = [*self.limits.roles, *(role for role in self.limits.checkers if role not in self.limits.roles)]
        roles.sort(key=lambda role: role in self.limits.checkers)
        total = len(roles) * len(self.limits.spans)
        rows: list[Served] = []
        shares: list[Share] = []
        cost, bound, proven, missing = 0.0, 0.0, True, False
        one_pool, alone = 0, 0
        for number, (role, part) in enumerate((role, part) for role in roles for part in range(len(self.limits.spans))):
            self._tell(number, total)
            left = max(1.0, self.seconds - (time.monotonic() - begun))
            work = self.works.work(role, part, self.works.teams(role))
            if work is None:
                continue
            teams, below, exactly = self._solve(work, role, part, left / (total - number))
            cost += work.problem.cost(teams)
            bound += min(below, work.problem.cost(teams)) if NOBODY not in teams else below
            proven, missing = proven and exactly, missing or NOBODY in teams
            one_pool, alone = max(one_pool, work.one_pool), max(alone, work.alone)
            more, mine = self._served(work, teams, role, part)
            rows += more
            shares += mine
        self._tell(total, total)
        status: Literal["optimal", "feasible", "infeasible"] = "optimal" if proven else "feasible"
        if missing:
            status = "infeasible"
        return Assignment(
            self._applied(rows),
            status,
            None if missing else cost,
            bound,
            "none" if proven else RELAXATION,
            one_pool,
            alone,
            tuple(rows),
            tuple(shares),
            sum(row.first != row.before for row in rows),
            tuple(self.findings),
        )

    # ---------------------------------------------------------------------------------------- solution

    def _solve(self, work: Work, role: str, part: int, seconds: float) -> tuple[list[int], float, bool]:
        """Return the team of each piece, a bound, and whether the bound is reached."""
        problem = work.problem
        until = time.monotonic() + seconds
        teams = search.searched(problem, seconds=0.3 * seconds, seed=self.seed, stop=self.stop)
        bound = 0.0
        if NOBODY not in teams:
            step = _lattice(problem)
            left = max(1.0, 0.9 * (until - time.monotonic()))
            small = int(problem.allowed.sum()) <= exact.SMALL
            good = problem.cost(teams) - step + 1e-6
            wait = (0.3 if small else 0.75) * left
            starts = [teams, search.filled(problem)]
            found = columns.bounded(problem, starts, seconds=wait, good_enough=good, stop=self.stop)
            bound = found.bound
            if self._open(problem, teams, bound):
                left = max(1.0, 0.9 * (until - time.monotonic()))
                if small:
                    teams, below = exact.proven(problem, teams, seconds=left, seed=self.seed)
                    bound = max(bound, below)
                else:
                    teams = list(columns.chosen(problem, found.columns, teams, seconds=left, seed=self.seed))
            bound = _up(bound, step)
            left = max(0.5, until - time.monotonic())
            teams = search.fairer(problem, teams, seconds=left, seed=self.seed, stop=self.stop)
        else:
            self._nobody(work, teams, role, part)
        teams = self._as_before(work, teams, role, part)
        names = [self.sites.posts[n].team for n in self.works.teams(role)]
        for (site, services), r in zip(work.pieces, teams, strict=True):
            for service in services if r != NOBODY else ():
                self.first[role, part, site, service] = names[r]
        return teams, bound, bound >= problem.cost(teams) - 1e-6

    def _open(self, problem: Problem, teams: Sequence[int], bound: float) -> bool:
        """Tell whether something cheaper is not ruled out, and there is leave to look for it."""
        return _up(bound, _lattice(problem)) < problem.cost(teams) - 1e-6 and not (
            self.stop is not None and self.stop()
        )

    def _as_before(self, work: Work, teams: list[int], role: str, part: int) -> list[int]:
        """Return the same assignment with teams that are alike exchanged so that most work stays where it is."""
        from scipy.optimize import linear_sum_assignment

        names = [self.sites.posts[n].team for n in self.works.teams(role)]
        out = list(teams)
        for alike in work.problem.classes:
            if len(alike) < 2:
                continue
            kept = np.zeros((len(alike), len(alike)))
            for i, ((site, services), r) in enumerate(zip(work.pieces, teams, strict=True)):
                if r in alike:
                    earlier = {self.first.get((role, part - 1, site, service)) for service in services}
                    for column, other in enumerate(alike):
                        same = (names[other] == work.now[i]) + (names[other] in earlier)
                        kept[alike.index(r), column] += same * float(work.problem.loads[i])
            left, right = linear_sum_assignment(-kept)
            to = {alike[a]: alike[b] for a, b in zip(left.tolist(), right.tolist(), strict=True)}
            out = [to[r] if teams[i] in to and r == teams[i] else r for i, r in enumerate(out)]
        return out

    def _nobody(self, work: Work, teams: Sequence[int], role: str, part: int) -> None:
        """Say of which work nobody may take care, and where people or branches are not enough."""
        left = [i for i, r in enumerate(teams) if r == NOBODY]
        start_s = self.limits.spans[part][0]
        forbidden = [i for i in left if not work.problem.allowed[i].any()]
        for i in forbidden[:8]:
            site, services = work.pieces[i]
            values = {"place": self.sites.sites[site].name, "services": ", ".join(services), "role": role}
            self.findings.append(sim.Finding("assign_nobody_may", {**values, "start_s": start_s}))
        short = [i for i in left if work.problem.allowed[i].any()]
        if short:
            load = float(work.problem.loads[short].sum()) * work.problem.unit
            places = [self.sites.sites[work.pieces[i][0]].name for i in short]
            room = {"places": ", ".join(places[:8]), "count": len(places), "load": round(load, 1), "role": role}
            self.findings.append(sim.Finding("assign_too_little_room", {**room, "start_s": start_s}))

    def _backups(self, work: Work, teams: Sequence[int], role: str, part: int) -> list[int]:
        """Return a back-up for each piece: not the first choice, least loaded for its people, one a branch if can be.

        The largest loads choose first; then each piece looks once more.
        """
        problem = work.problem
        held, names = problem.held(teams).tolist(), [self.sites.posts[n].team for n in self.works.teams(role)]
        size = [float(max(1, problem.people(r, load))) for r, load in enumerate(held)]
        extra, mine = np.zeros(len(names)), problem.branches([NOBODY] * len(teams))
        asked = [self.limits.of_team(name).most_backups for name in names]
        most = [len(teams) if one is None else one for one in asked]
        out = [NOBODY] * len(teams)
        order = np.argsort(-problem.loads).tolist()
        for turn in range(2):
            for i in order:
                branch, load = int(problem.branch[i]), float(problem.loads[i])
                if turn:
                    if out[i] == NOBODY:
                        continue
                    extra[out[i]] -= load
                    if not any(out[j] == out[i] and problem.branch[j] == branch for j in order if j != i):
                        mine[out[i]].discard(branch)
                able = [
                    r
                    for r in np.flatnonzero(work.able[i]).tolist()
                    if r != teams[i]
                    and (branch in mine[r] or len(mine[r]) < most[r])
                    and self._checked(role, work.pieces[i], names, teams[i], r)
                ]
                able = [r for r in able if held[r]] or able
                out[i] = NOBODY
                if not able:
                    continue
                cost = {r: (extra[r] + load) / size[r] * (_SAME if branch in mine[r] else 1.0) for r in able}
                out[i] = best = min(able, key=cost.__getitem__)
                extra[best] += load
                mine[best].add(branch)
        return out

    def _checked(
        self, role: str, piece: tuple[int, tuple[str, ...]], names: Sequence[str], first: int, second: int
    ) -> bool:
        """Tell whether somebody of a third unit may check what both choices of a piece make."""
        makers = {self.limits.unit(names[r]) for r in (first, second) if r != NOBODY}
        return all(self.works.leaves_a_checker(role, piece[0], service, makers) for service in piece[1])

    def _served(self, work: Work, teams: Sequence[int], role: str, part: int) -> tuple[list[Served], list[Share]]:
        """Return the rows of one role in one part, with back-ups, and what every team has."""
        problem, (begin, end) = work.problem, self.limits.spans[part]
        names: list[str] = [self.sites.posts[n].team for n in self.works.teams(role)]
        backups = self._backups(work, teams, role, part)
        rows = []
        for i, (site, services) in enumerate(work.pieces):
            first, second = teams[i], backups[i]
            rows.append(
                Served(
                    self.sites.sites[site].name,
                    role,
                    services,
                    begin,
                    end,
                    float(problem.loads[i]) * problem.unit,
                    None if first == NOBODY else names[first],
                    None if second == NOBODY else names[second],
                    work.now[i],
                )
            )
        for row, (site, services) in zip(rows, work.pieces, strict=True):
            units = {self.limits.unit(team) for team in (row.first, row.backup) if team is not None}
            for service in services:
                self.works.makers[role, part, site, service] = units
        without = [row.place for row in rows if row.backup is None]
        if without:
            values = {"places": ", ".join(dict.fromkeys(without[:8])), "count": len(without), "role": role}
            self.findings.append(sim.Finding("assign_no_backup", {**values, "start_s": begin}))
        held, mine, other = problem.held(teams), problem.branches(teams), problem.branches(backups)
        shares = []
        for r, name in enumerate(names):
            people = problem.people(r, int(held[r]))
            shares.append(
                Share(
                    name,
                    role,
                    begin,
                    end,
                    len(mine[r]),
                    len(other[r]),
                    float(held[r]) * problem.unit,
                    people,
                    people * float(problem.price[r]),
                )
            )
        return rows, shares

    def _applied(self, rows: Sequence[Served]) -> sim.Scenario:
        """Return the scenario with the assignment as rows of serving.csv."""
        assigned = {row.first for row in rows} | {row.backup for row in rows}
        roles = {row.role for row in rows}
        names = {name for name, team in self.scenario.team.items() if (team.role or name) in roles} | assigned
        serving: list[Any] = [row for row in self.scenario.serving if row.team not in names]
        for row in rows:
            for choice, team in enumerate((row.first, row.backup), start=1):
                for service in row.services if team is not None else ():
                    serving.append({
                        "place": row.place, "service": service, "team": team, "choice": choice,
                        "start": row.start_s, "end": row.end_s,
                    })  # fmt: skip
        return self.scenario.replace(serving=tuple(serving))

    def _tell(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total)


def _lattice(problem: Problem) -> float:
    """Return the largest step of which every price is a multiple, in thousandths; 0 where there is none."""
    numbers = [*problem.price.tolist(), *np.unique(problem.changed).tolist()]
    whole = [round(1000 * one) for one in numbers if one > 0]
    if not whole or any(abs(1000 * one - round(1000 * one)) > 1e-6 for one in numbers):
        return 0.0
    return float(math.gcd(*whole)) / 1000


def _up(bound: float, step: float) -> float:
    """Return a bound rounded up to the next price that there can be."""
    return float(math.ceil(bound / step - 1e-6) * step) if step and math.isfinite(bound) else bound
