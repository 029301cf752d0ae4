"""Monthly headcount: the cheapest hiring, moving and overtime that has people enough in each role in each month."""

from __future__ import annotations

import calendar
import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sim
from scheduler import requirements, shifts
from scheduler.branches import problem, rules
from scheduler.contracts import Contract, contract
from scheduler.solver import Floats, Linear, search
from scheduler.workforce.assumptions import Move, Workforce, workforce

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scheduler.branches import BranchRules

MONTHS = 12
_SHORT_IN_WAGES = 1000.0
"""A missing person for a month is priced at so many highest wages: only where nothing else helps."""
GAP = 0.001


@dataclass(frozen=True)
class RoleMonth:
    """One role in one month, in people (full time).

    Attributes
    ----------
    needed : float
        Full-time people whom the shifts of the month take, holidays, leave and sickness counted.
    staff : float
        People of the role on the last day of the month, in the mean: attrition is an expected number.
    effective : float
        The same, those who are new counted for what they are worth.
    hired : int
        Begin work in this month; `offered` are hired for later.
    moved_in, moved_out : int
        Come out of training into the role; leave it for training.
    in_training : int
        On the way to this role at the end of the month.
    left : float
        Expected to leave of themselves.
    exits : int
        Made to leave.
    overtime : float
        Overtime in full-time people.
    short : float
        Missing, where nothing could be done in time.
    """

    role: str
    month: int
    needed: float
    staff: float
    effective: float
    offered: int
    hired: int
    moved_in: int
    moved_out: int
    in_training: int
    left: float
    exits: int
    overtime: float
    short: float


@dataclass(frozen=True)
class Moved:
    """People who leave a role for another: in training from `month`, at work there from `at_work`."""

    from_role: str
    to_role: str
    month: int
    at_work: int
    people: int


@dataclass(frozen=True)
class LedgerRow:
    """The redeployment ledger of one tally in one month.

    Closing = opening + hired + moved in − moved out − left − exits. People in training for a role stand in its tallies.
    `tally` is ``teller``, ``hall`` … or ``*`` for everybody; a move inside a tally is in neither column.
    """

    tally: str
    month: int
    opening: float
    hired: int
    moved_in: int
    moved_out: int
    left: float
    exits: int
    closing: float


@dataclass(frozen=True)
class Headcount:
    """Staff of every role in every month.

    Attributes
    ----------
    start : date
        First day of the first month; months count from 0.
    roles : tuple of RoleMonth
        By role, then month.
    moves : tuple of Moved
    ledger : tuple of LedgerRow
        By tally, then month.
    cost, bound : float
        Wages, overtime, hiring, training and exits over the horizon, and below which nothing meets the same needs.
    status : str
        ``optimal`` (within 0.1 %), ``feasible``, ``infeasible`` (people are missing; see `findings`) or ``unknown``.
    findings : tuple of sim.Finding
    """

    start: date
    months: int
    workforce: str
    label: str
    status: str
    roles: tuple[RoleMonth, ...]
    moves: tuple[Moved, ...]
    ledger: tuple[LedgerRow, ...]
    cost: float
    bound: float
    findings: tuple[sim.Finding, ...]

    @property
    def gap(self) -> float:
        """Return (cost − bound) / cost."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0

    def change(self, tally: str) -> float:
        """Return by how much a tally is larger at the end than at the beginning."""
        rows = [row for row in self.ledger if row.tally == tally]
        return rows[-1].closing - rows[0].opening if rows else 0.0


def headcount(
    scenario: sim.Scenario,
    promise: sim.Promise | None = None,
    *,
    months: int = MONTHS,
    start: date | None = None,
    volume: Sequence[float] | None = None,
    towards: sim.Scenario | None = None,
    adoption: Sequence[float] | None = None,
    staff: Mapping[str, float] | None = None,
    assumptions: str | Path = "cn-workforce",
    posts: str | Path = "cn-branch",
    contracts: str | Path = "cn-standard",
    seconds: float = 60.0,
) -> Headcount:
    """Return monthly headcount by role, with hiring, training, attrition, overtime and a redeployment ledger.

    Parameters
    ----------
    scenario : sim.Scenario
        The work as it is.
    promise : sim.Promise, optional
        80 % within 180 s when not given; requirements are by theory, and minimum posts are kept.
    months, start
        Horizon; from the run's first date, else from next January.
    volume : sequence of float, optional
        Demand of each month as a multiple of the scenario's; 1 when not given.
    towards : sim.Scenario, optional
        The work after a reform (the pooled scenario, say). In each month `adoption` of the work is done that way.
    adoption : sequence of float, optional
        0 to 1 for each month; an even rise from 0 in the first to 1 in the last month when not given.
    staff : mapping of role to float, optional
        Trained people of each role on the first day; as many as the first month needs when not given.
    assumptions, posts, contracts : str or Path
        Ids or TOML files: workforce, minimum posts, labour rules.
    seconds : float
        Time limit of the shifts; the year itself takes as long again at most.

    Raises
    ------
    sim.InputError
        Numbers out of range or of another length than `months`, unknown roles, ids or files.

    Notes
    -----
    A whole-number program over roles and months: stock(t) = stock(t−1) − attrition + hired (lead months after the
    decision) + moved in (training months after leaving) − moved out − exits. People who are new count for their share
    of the ramp. Overtime is limited by the contract's hours a month. Expected attrition is not rounded.
    """
    people, law, book = workforce(assumptions), contract(contracts), rules(posts)
    first = start or _first_day(scenario)
    factors = _series("volume", volume, months, 0.0, 100.0) or [1.0] * months
    share = _series("adoption", adoption, months, 0.0, 1.0) or [m / max(1, months - 1) for m in range(months)]
    needed, wages, lost = people_needed(scenario, promise, people, law, book, first, factors, seconds / 2)
    if towards is not None:
        after, other, too = people_needed(towards, promise, people, law, book, first, factors, seconds / 2)
        wages = {**other, **wages}
        lost |= too
        nobody = [0.0] * months
        needed = {
            role: [
                (1 - u) * a + u * b
                for u, a, b in zip(share, needed.get(role, nobody), after.get(role, nobody), strict=True)
            ]
            for role in sorted({*needed, *after})
        }
        begin = {role: values[0] for role, values in _before(needed, after, share).items()}
    else:
        begin = {role: values[0] for role, values in needed.items()}
    unknown = sorted(set(staff or {}) - set(people.careers))
    if unknown:
        known = ", ".join(sorted(people.careers))
        raise sim.InputError.one("unknown_role_of_branch", field="staff", value=unknown[0], known=known)
    for role in staff or {}:
        needed.setdefault(role, [0.0] * months)
        wages.setdefault(role, _mean(wages))
    opening = {role: float((staff or {}).get(role, math.ceil(begin.get(role, 0.0) - 1e-9))) for role in needed}
    found = [sim.Finding("plan_role_without_career", {"roles": ", ".join(sorted(lost))})] if lost else []
    return _Year(people, law, first, months, needed, wages, opening).solved(seconds, found)


def _before(
    needed: Mapping[str, list[float]], after: Mapping[str, list[float]], share: Sequence[float]
) -> dict[str, list[float]]:
    """Return what the first month would need if none of it were done the new way yet."""
    out = {}
    for role, values in needed.items():
        new = after.get(role, [0.0] * len(values))
        out[role] = [(values[0] - share[0] * new[0]) / (1 - share[0]) if share[0] < 1 else values[0]]
    return out


def _mean(wages: Mapping[str, float]) -> float:
    return sum(wages.values()) / len(wages) if wages else 0.0


def _series(name: str, values: Sequence[float] | None, months: int, low: float, high: float) -> list[float] | None:
    if not 1 <= months <= 60:
        raise sim.InputError.one("between", field="months", value=months, low=1, high=60)
    if values is None:
        return None
    if len(values) != months:
        raise sim.InputError.one("one_a_month", field=name, value=len(values), months=months)
    for value in values:
        if not low <= value <= high:
            raise sim.InputError.one("between", field=name, value=value, low=low, high=high)
    return list(values)


def _first_day(scenario: sim.Scenario) -> date:
    begin = scenario.run.start
    return begin.replace(day=1) if begin is not None else date(date.today().year + 1, 1, 1)


def _days(scenario: sim.Scenario, first: date, months: int) -> list[Counter[str]]:
    """Return for each month how many days of each class it has.

    By the scenario's calendar where it has one; else by its week, which begins on a Monday when it has seven days.
    """
    run = scenario.run
    out = []
    for month in range(months):
        begin = _month(first, month)
        length = calendar.monthrange(begin.year, begin.month)[1]
        dates = [begin + timedelta(days=day) for day in range(length)]
        if run.by_date and run.start is not None:
            begin_at = run.model_copy(update={"start": begin, "days": length})
            out.append(Counter(begin_at.day_class(day) for day in range(length)))
        else:
            week = run.day_classes
            named = [week[one.weekday()] if len(week) == 7 else week[(one - first).days % len(week)] for one in dates]
            out.append(Counter(run.same_as.get(name, name) for name in named))
    return out


def _month(first: date, number: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    return date(year, month + 1, 1)


def people_needed(
    scenario: sim.Scenario,
    promise: sim.Promise | None,
    people: Workforce,
    law: Contract,
    book: BranchRules,
    first: date,
    volume: Sequence[float],
    seconds: float,
) -> tuple[dict[str, list[float]], dict[str, float], set[str]]:
    """Return role → full-time people by month, role → wage an hour, and roles left out because they have no career.

    For each volume and day class the shifts of all branches and remote teams are made in one problem; their paid hours
    over the days of a month are divided by what one person works in it.
    """
    sites = sim.Sites(scenario)
    kind = {number: site.place.kind for number, site in enumerate(sites.sites)}
    mine = [post for post in sites.posts if post.team in scenario.team and post.role in people.careers]
    skipped = {
        post.role
        for post in sites.posts
        if post.team in scenario.team and kind[post.site] == "branch" and post.role not in people.careers
    }
    teams = tuple(dict.fromkeys(post.team for post in mine))
    if not teams:
        known = ", ".join(sorted(people.careers))
        raise sim.InputError.one("plan_no_career", field="assumptions", value=people.id, known=known)
    role_of = {post.team: post.role for post in mine}
    months = _days(scenario, first, len(volume))
    classes = sorted({name for days in months for name in days})
    known_classes = tuple(dict.fromkeys(requirements.day_classes(_over(scenario, classes))))
    demands = requirements.demands(_over(scenario, classes), teams)
    hours: dict[tuple[float, str], dict[str, float]] = {}
    levels = sorted(set(volume))
    for level in levels:
        for name in known_classes:
            of_class = [
                replace(one, load=one.load * level, visits_per_hour=one.visits_per_hour * level)
                for one in demands
                if one.day_class == name
            ]
            servers = requirements.by_theory(of_class, promise or sim.Promise(), scenario.rules.short_abandon_s)
            groups, wants, _ = problem(_over(scenario, classes), teams, name, book, servers)
            limit = seconds / (len(levels) * len(known_classes))
            day = shifts.master(groups, wants, law, seconds=max(limit, 2.0), gap=shifts.CLOSE)
            if math.isnan(day.cost):
                where = {"day_class": name, "volume": level}
                raise sim.InputError([sim.Fault("no_shifts_for_year", "", "volume", level, where)])
            total: dict[str, float] = {}
            for group, made in day.shifts.items():
                role = _role(group, role_of)
                total[role] = total.get(role, 0.0) + sum(shift.paid_s for shift in made) / 3600
            hours[level, name] = total
    roles = sorted({role for total in hours.values() for role in total if role in people.careers})
    needed: dict[str, list[float]] = {role: [] for role in roles}
    for level, days in zip(volume, months, strict=True):
        each = law.seconds("hours_per_week") / 3600 * sum(days.values()) / 7 * (1 - people.away)
        for role in roles:
            paid = sum(number * hours[level, name].get(role, 0.0) for name, number in days.items())
            needed[role].append(paid / each)
    wages: dict[str, list[float]] = {}
    for post in mine:
        wages.setdefault(post.role, []).append(scenario.team[post.team].cost_per_hour)
    return needed, {role: sum(values) / len(values) for role, values in wages.items()}, skipped


def _role(group: str, role_of: Mapping[str, str]) -> str:
    """Return the role of a group: of its team, or of mobile people, who are service managers."""
    return role_of.get(group.partition("@")[0].partition("+")[0], "service_manager")


def _over(scenario: sim.Scenario, classes: Sequence[str]) -> sim.Scenario:
    """Return the scenario with a day of each class."""
    undated: dict[str, object] = {"start": None, "calendar": None, "dates": {}, "month_days": {}, "same_as": {}}
    run = {**scenario.run.model_dump(), **undated, "days": len(classes), "day_classes": tuple(classes)}
    return scenario.replace(run=run)


class _Year:
    """The program over roles and months, and how to read it."""

    def __init__(
        self,
        people: Workforce,
        law: Contract,
        first: date,
        months: int,
        needed: Mapping[str, Sequence[float]],
        wages: Mapping[str, float],
        opening: Mapping[str, float],
    ) -> None:
        self.people, self.law, self.first, self.months = people, law, first, months
        self.needed, self.wages, self.opening = needed, wages, opening
        self.roles = tuple(needed)
        self.moves = tuple(move for move in people.moves if move.from_role in needed and move.to_role in needed)
        self.program = Linear()
        self.stock: dict[tuple[str, int], int] = {}
        self.offers: dict[tuple[str, int], int] = {}
        self.exits: dict[tuple[str, int], int] = {}
        self.overtime: dict[tuple[str, int], int] = {}
        self.short: dict[tuple[str, int], int] = {}
        self.going: dict[tuple[Move, int], int] = {}
        self._variables()
        for role in self.roles:
            for month in range(months):
                self._rows(role, month)

    def _pay(self, role: str, month: int) -> float:
        """Return the wage of a full-time person for a month."""
        begin = _month(self.first, month)
        days = calendar.monthrange(begin.year, begin.month)[1]
        return self.wages.get(role, 0.0) * self.law.seconds("hours_per_week") / 3600 * days / 7

    def _variables(self) -> None:
        add, last = self.program.variable, self.months
        dearest = max((self._pay(role, 0) for role in self.roles), default=1.0) or 1.0
        for role in self.roles:
            career = self.people.careers[role]
            most = math.inf if career.most_hires_per_month is None else career.most_hires_per_month
            for month in range(last):
                key, pay = (role, month), self._pay(role, month)
                self.stock[key] = add(0, math.inf, pay)
                if month + career.hire_lead_months < last:
                    self.offers[key] = add(0, most, career.hire_cost, whole=True)
                if career.exit_cost is not None:
                    self.exits[key] = add(0, math.inf, career.exit_cost, whole=True)
                self.overtime[key] = add(0, math.inf, pay * self.people.overtime_premium)
                self.short[key] = add(0, math.inf, _SHORT_IN_WAGES * dearest)
        for move in self.moves:
            most = math.inf if move.most_per_month is None else move.most_per_month
            for month in range(last):
                # Wages in training are those of the new role; who is still in training at the end is paid until then.
                end = min(month + move.training_months, last)
                paid = sum(self._pay(move.to_role, one) for one in range(month, end))
                self.going[move, month] = add(0, most, move.cost + paid, whole=True)

    def _hired(self, role: str, month: int) -> int | None:
        """Return the variable of those who begin work in a month; None where it is too early for any."""
        return self.offers.get((role, month - self.people.careers[role].hire_lead_months))

    def _rows(self, role: str, month: int) -> None:
        career = self.people.careers[role]
        stay = 1 - career.attrition_per_month
        terms: list[tuple[int, float]] = [(self.stock[role, month], 1.0)]
        side = 0.0
        if month:
            terms.append((self.stock[role, month - 1], -stay))
        else:
            side = stay * self.opening[role]
        hired = self._hired(role, month)
        terms += [] if hired is None else [(hired, -1.0)]
        terms += [(self.exits[role, month], 1.0)] if (role, month) in self.exits else []
        for move in self.moves:
            if move.from_role == role:
                terms.append((self.going[move, month], 1.0))
            if move.to_role == role and month >= move.training_months:
                terms.append((self.going[move, month - move.training_months], -1.0))
        self.program.row(terms, at_least=side, at_most=side)
        worth: list[tuple[int, float]] = [(self.stock[role, month], 1.0)]
        for age, share in enumerate(career.ramp):
            new = self._hired(role, month - age) if month >= age else None
            worth += [] if new is None else [(new, share - 1.0)]
        extra = [(self.overtime[role, month], 1.0), (self.short[role, month], 1.0)]
        self.program.row([*worth, *extra], at_least=self.needed[role][month])
        begin = _month(self.first, month)
        hours = self.law.seconds("hours_per_week") / 3600 * calendar.monthrange(begin.year, begin.month)[1] / 7
        most = self.law.seconds("overtime_per_month") / 3600 / (hours * (1 - self.people.away))
        self.program.row([(self.overtime[role, month], 1.0), (self.stock[role, month], -most)], at_most=0)

    def solved(self, seconds: float, findings: list[sim.Finding]) -> Headcount:
        """Solve, and read roles, moves and ledger."""
        found = search(self.program, seconds=seconds, gap=GAP)
        if not len(found.values):
            none: tuple[()] = ()
            return Headcount(
                self.first, self.months, self.people.id, self.people.label, "unknown",
                none, none, none, math.nan, found.bound, tuple(findings),
            )  # fmt: skip
        values = found.values
        rows = tuple(self._role_month(values, role, month) for role in self.roles for month in range(self.months))
        missing = [row for row in rows if row.short > 0.01]
        for role in dict.fromkeys(row.role for row in missing):
            worst = max((row for row in missing if row.role == role), key=lambda row: row.short)
            told = {"role": role, "month": _month(self.first, worst.month).strftime("%Y-%m")}
            lead = self.people.careers[role].hire_lead_months
            findings.append(sim.Finding("plan_month_short", {**told, "missing": round(worst.short, 1), "lead": lead}))
        moves = tuple(
            Moved(move.from_role, move.to_role, month, month + move.training_months, round(values[variable]))
            for (move, month), variable in self.going.items()
            if round(values[variable])
        )
        status = "infeasible" if missing else found.status
        return Headcount(
            self.first,
            self.months,
            self.people.id,
            self.people.label,
            status,
            rows,
            moves,
            self._ledger(rows, moves),
            found.objective,
            min(found.bound, found.objective),
            tuple(findings),
        )

    def _role_month(self, values: Floats, role: str, month: int) -> RoleMonth:
        def at(where: Mapping[tuple[str, int], int], when: int = month) -> float:
            return float(values[where[role, when]]) if (role, when) in where else 0.0

        career = self.people.careers[role]
        before = at(self.stock, month - 1) if month else self.opening[role]
        new = [round(at(self.offers, month - age - career.hire_lead_months)) for age in range(len(career.ramp))]
        staff = at(self.stock)
        into = [move for move in self.moves if move.to_role == role]

        def gone(move: Move, when: int) -> int:
            return round(values[self.going[move, when]]) if 0 <= when < self.months else 0

        return RoleMonth(
            role,
            month,
            self.needed[role][month],
            staff,
            staff - sum((1 - share) * number for share, number in zip(career.ramp, new, strict=True)),
            round(at(self.offers)),
            round(at(self.offers, month - career.hire_lead_months)),
            sum(gone(move, month - move.training_months) for move in into),
            sum(gone(move, month) for move in self.moves if move.from_role == role),
            sum(gone(move, when) for move in into for when in range(month - move.training_months + 1, month + 1)),
            before * career.attrition_per_month,
            round(at(self.exits)),
            at(self.overtime),
            at(self.short),
        )

    def _ledger(self, rows: Sequence[RoleMonth], moves: Sequence[Moved]) -> tuple[LedgerRow, ...]:
        """Return the ledger of each tally; a move counts in those of the new role from its beginning on."""
        tallies: dict[str, set[str]] = {"*": set(self.roles)}
        for role in self.roles:
            for tally in self.people.careers[role].counts:
                tallies.setdefault(tally, set()).add(role)
        at = {(row.role, row.month): row for row in rows}
        out = []
        for tally, members in tallies.items():
            opening = sum(self.opening[role] for role in members)
            for month in range(self.months):
                mine = [at[role, month] for role in sorted(members)]
                now = [move for move in moves if move.month == month]
                came = sum(one.people for one in now if one.to_role in members and one.from_role not in members)
                went = sum(one.people for one in now if one.from_role in members and one.to_role not in members)
                hired, exits = sum(row.hired for row in mine), sum(row.exits for row in mine)
                left = sum(row.left for row in mine)
                closing = opening + hired + came - went - left - exits
                out.append(LedgerRow(tally, month, opening, hired, came, went, left, exits, closing))
                opening = closing
        return tuple(out)
