"""Why: who could take a shift, why somebody works one, and why a roster cannot be, with the cheapest way out.

What people could take is found by the checker, row by row. A roster that cannot be is solved once more with a price on
every rule that may be relaxed; what comes out is tried: the roster is made with just these relaxations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sim
from scheduler.checker import check
from scheduler.contracts import Contract
from scheduler.contracts import contract as named_contract
from scheduler.people import Person, Staff
from scheduler.plan import RosterRow
from scheduler.rosters import Task, exact
from scheduler.rosters.problem import OFF, Cover, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from scheduler.people import Violation
    from scheduler.plan import Shift
    from scheduler.rosters import Roster
    from scheduler.rosters.problem import Member, Work

HOUR = 100
"""Prices are in hundredths of an hour's wage."""
WEEK = 7
PRICES: Mapping[str, int] = {
    "daily_rest": 3 * HOUR,
    "days_off_per_week": 1 * HOUR,
    "days_in_a_row": 5 * HOUR,
    "nights_in_a_row": 3 * HOUR,
    "leave": 16 * HOUR,
    "lock": 4 * HOUR,
}
"""What relaxing a rule once is worth, beyond the pay that comes with it; hours cost their overtime pay.

Only company rules and what people agreed on have a price. Law stands: the weekly rest day, the overtime of a month,
protected people, the hours of a day; so do skills and employment.
"""
_OPEN = 50 * HOUR
"""A shift given to somebody from outside, beyond its pay: dearer than any other way."""
_SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """One person who might take a shift.

    Attributes
    ----------
    person : str
    can : bool
        Nothing hard would be broken by it.
    violations : tuple of Violation
        What would be.
    works : bool
        The person already works that day (the shift would come on top).
    overtime_s : int
        Paid seconds above the hours of the week that it would bring.
    hours : float
        Paid hours in that week so far.
    wishes : int
        Weight of the wishes for it, less that of the wishes against it.
    """

    person: str
    can: bool
    violations: tuple[Violation, ...]
    works: bool
    overtime_s: int
    hours: float
    wishes: int


@dataclass(frozen=True)
class Relief:
    """One thing to relax.

    Attributes
    ----------
    rule : str
        Name of the rule, ``leave``, ``lock``, or ``open`` (a shift for somebody from outside).
    person : str
        "" for ``open``.
    day : int
    by : float
        By how much, in `unit`.
    unit : str
        ``h``, ``day`` or ``""``.
    price : float
        In hours of wage.
    start_s, end_s : int
        Of the shift, for ``open``.
    """

    rule: str
    person: str
    day: int
    by: float
    unit: str
    price: float
    start_s: int = 0
    end_s: int = 0


@dataclass(frozen=True)
class Infeasible:
    """Why a roster cannot be, and the cheapest way out.

    Attributes
    ----------
    feasible : bool
        It can be, after all: nothing else is filled in.
    clashes : tuple of sim.Finding
        Which day, time and skill stay without people, and which rules keep how many people from it.
    causes : tuple of (kind, person, day)
        The smallest thing that stands in the way: without it the roster can be (tried). A rule for everybody
        (person ""), a leave, a lock, or ``open``: too few people. More than one when no single one is enough.
    reliefs : tuple of Relief
        The cheapest set of relaxations.
    price : float
        Of all of them, in hours of wage.
    proven : bool
        No set of relaxations is cheaper.
    verified : bool
        A roster was made with just these, and the checker finds nothing else in it.
    rows : tuple of RosterRow
        That roster.
    findings : tuple of sim.Finding
        All of it in words.
    """

    feasible: bool
    clashes: tuple[sim.Finding, ...] = ()
    causes: tuple[tuple[str, str, int], ...] = ()
    reliefs: tuple[Relief, ...] = ()
    price: float = 0.0
    proven: bool = False
    verified: bool = False
    rows: tuple[RosterRow, ...] = ()
    findings: tuple[sim.Finding, ...] = ()


# ------------------------------------------------------------------------------------------- one shift


def who_could(
    rows: Sequence[RosterRow],
    staff: Staff | None,
    contract: str | Path | Contract,
    *,
    day: int,
    start_s: int,
    end_s: int,
    team: str | None = None,
    skill: str | None = None,
    classes: Sequence[str] = (),
    contracts: Mapping[str, Contract] | None = None,
    days: int | None = None,
) -> tuple[Candidate, ...]:
    """Return who could take a shift, best first: without a violation, as they wish, with fewest hours that week.

    Parameters
    ----------
    rows : sequence of RosterRow
        The roster as it stands.
    staff : Staff, optional
        The people; those of `rows` when not given.
    contract : str, Path or Contract
    day, start_s, end_s : int
        The shift.
    team : str, optional
        Only people of this team.
    skill : str, optional
        Only people who have it.
    classes : sequence of str
    contracts : mapping of id to Contract, optional
    days : int, optional
        Days of the plan.
    """
    rules = contract if isinstance(contract, Contract) else named_contract(contract)
    people = staff.people if staff is not None else _people_of(rows)
    length = days if days is not None else -(-max([day + 1, *(row.day + 1 for row in rows)]) // WEEK) * WEEK
    out = []
    for one in people:
        if (team is not None and one.team != team) or (skill and skill not in one.skills):
            continue
        known = staff.only([one.id]) if staff is not None else Staff((one,))
        mine = [row for row in rows if row.person == one.id]
        works = any(row.day == day for row in mine)
        taken = _row(one, day, start_s, end_s, rules, next((row.day_class for row in rows if row.day == day), ""))
        options = {"days": length, "classes": classes, "contracts": contracts}
        before = Counter((v.rule, v.day) for v in check(mine, known, rules, **options))  # type: ignore[arg-type]
        after = check([*mine, taken], known, rules, **options)  # type: ignore[arg-type]
        new = tuple(v for v in after if not before[v.rule, v.day])
        week = day - day % WEEK
        hours = sum(row.paid_hours for row in mine if week <= row.day < week + WEEK)
        over = max((round(3600 * (v.value - v.limit)) for v in new if v.rule == "hours_per_week"), default=0)
        hard = [v for v in new if v.hard]
        wishes = sum(
            wish.weight * (-1 if wish.kind in ("off", "not_shape") else 1)
            for wish in known.wishes
            if wish.day == day and wish.kind in ("off", "work")
        )
        out.append(Candidate(one.id, not hard, new, works, over, hours, wishes))
    return tuple(sorted(out, key=lambda c: (not c.can, len(c.violations), -c.wishes, c.hours, c.person)))


def _people_of(rows: Sequence[RosterRow]) -> tuple[Person, ...]:
    return tuple({row.person: Person(row.person, "", row.team, row.place) for row in rows}.values())


def _row(person: Person, day: int, start_s: int, end_s: int, rules: Contract, kind: str) -> RosterRow:
    """Return a row of a shift that is not there yet; its meal as the shape with its span has it."""
    unpaid, name = 0, ""
    for shape in rules.shapes:
        for pattern in shape.patterns:
            if pattern.span_s == end_s - start_s:
                unpaid = sum(off.length_s for off in pattern.offs if not off.paid)
                name = shape.name
    meal = ((start_s, start_s + unpaid),) if unpaid else ()
    paid = (end_s - start_s - unpaid) / 3600
    return RosterRow(person.id, person.team, person.place, day, kind, start_s, end_s, meal, (), paid, name)


def why(
    rows: Sequence[RosterRow],
    staff: Staff | None,
    contract: str | Path | Contract,
    person: str,
    day: int,
    *,
    classes: Sequence[str] = (),
    contracts: Mapping[str, Contract] | None = None,
) -> tuple[sim.Finding, ...]:
    """Return why a person works what they work on a day: fixed by hand, wished, nobody else could, or their share.

    Raises
    ------
    sim.InputError
        The person does not work that day (``nobody_works``).
    """
    rules = contract if isinstance(contract, Contract) else named_contract(contract)
    row = next((row for row in rows if row.person == person and row.day == day), None)
    if row is None:
        raise sim.InputError.one("not_at_work", field="person", value=person, day=day + 1)
    who = {"person": person, "day": day + 1, "start_s": row.start_s, "end_s": row.end_s}
    out = []
    known = staff or Staff(_people_of(rows))
    for lock in known.locks:
        if lock.person == person and lock.day == day and not lock.off:
            out.append(sim.Finding("why_locked", who))
    for wish in known.wishes:
        if wish.person == person and wish.day == day:
            against = wish.kind in ("off", "not_shape")
            out.append(sim.Finding("why_against_wish" if against else "why_wished", {**who, "weight": wish.weight}))
    others = [one for one in rows if one is not row]
    found = who_could(
        others, known, rules, day=day, start_s=row.start_s, end_s=row.end_s, team=row.team, classes=classes,
        contracts=contracts,
    )  # fmt: skip
    able = [one for one in found if one.can and one.person != person]
    if able:
        names = ", ".join(one.person for one in able[:_SHOWN])
        out.append(sim.Finding("why_others_could", {**who, "others": len(able), "names": names}))
    else:
        out.append(sim.Finding("why_nobody_else", {**who, "others": len(found) - 1}))
    kept = Counter(one.violations[0].rule for one in found if not one.can and one.violations and one.person != person)
    for rule, number in kept.most_common(_SHOWN):
        out.append(sim.Finding("why_kept_from_it", {"rule": rule, "people": number, **_source(rules, rule)}))
    out += _shares(rows, known, rules, row)
    return tuple(out)


def _source(rules: Contract, rule: str) -> dict[str, object]:
    return {"source": rules.cited(rule)["source"]} if rule in rules.rules else {"source": {"zh": "—", "en": "—"}}


def _shares(rows: Sequence[RosterRow], staff: Staff, rules: Contract, row: RosterRow) -> list[sim.Finding]:
    """Say how many shifts of the kinds that are shared the person has, beside the others of the team."""
    tests: dict[str, Callable[[RosterRow], bool]] = {
        "nights": lambda one: rules.night(one.start_s, one.end_s),
        "weekends": lambda one: one.day % WEEK >= 5,
        "early": lambda one: rules.has("early_before") and one.start_s < rules.seconds("early_before"),
        "late": lambda one: rules.has("late_after") and one.end_s > rules.seconds("late_after"),
    }
    out = []
    for burden, test in tests.items():
        if not test(row):
            continue
        number = {one.id: 0.0 for one in staff.people if one.team == row.team}
        for past in staff.histories:
            if past.person in number:
                number[past.person] += past.credits.get(burden, 0.0)
        for one in rows:
            if one.person in number and test(one):
                number[one.person] += 1
        values = {
            "burden": burden,
            "mine": number.get(row.person, 0.0),
            "least": min(number.values(), default=0.0),
            "most": max(number.values(), default=0.0),
        }
        out.append(sim.Finding("why_share", {"person": row.person, **values}))
    return out


# --------------------------------------------------------------------------------------- the whole roster


def relax(
    days: Sequence[Sequence[Shift]],
    classes: Sequence[str],
    contract: Contract,
    team: str,
    place: str,
    *,
    staff: Staff,
    contracts: Mapping[str, Contract] | None = None,
    prices: Mapping[str, int] | None = None,
    made: Roster | None = None,
    seconds: float = 30.0,
    seed: int = 1,
) -> Infeasible:
    """Return why these people cannot work these shifts, and the cheapest relaxations with which they can.

    Parameters
    ----------
    days, classes, contract, team, place, staff, contracts
        As of `scheduler.rosters.roster`.
    prices : mapping of rule to int, optional
        In place of `PRICES`, hundredths of an hour's wage; a rule without a price stands.
    made : Roster, optional
        The roster that is handed out, with its open shifts: these are named, and not those of another roster.
    seconds : float
        Time limit, of all that is solved together.
    seed : int
    """
    mine = staff.members(team, place)
    task = Task(days, classes, contract, contracts or {}, mine, staff, False)
    case = _Case(task, contract, dict(PRICES if prices is None else prices), seconds, seed)
    if case.possible({}, set()):
        return Infeasible(True)
    found = case.cheapest()
    if found is None:
        return Infeasible(False, findings=(sim.Finding("plan_no_way_out", {"team": team}),))
    reliefs, price, proven = found
    work = case.made_with(reliefs)
    rows: tuple[RosterRow, ...] = ()
    verified = False
    if work is not None:
        rows, left = task.rows(work, team, place)
        opened = sum(one.rule == "open" for one in reliefs)
        verified = len(left) == opened and case.nothing_else(rows, reliefs)
    causes = case.causes(reliefs)
    clashes = case.clashes(team, place, made)
    told = [
        *clashes,
        *(case.cause_told(team, one) for one in causes),
        *(case.relief_told(team, one) for one in reliefs),
        sim.Finding("relax_total", {"team": team, "hours": price, "steps": len(reliefs)}),
    ]
    return Infeasible(False, tuple(clashes), causes, reliefs, price, proven, verified, rows, tuple(told))


class _Case:
    """One roster that may be impossible."""

    def __init__(self, task: Task, contract: Contract, prices: dict[str, int], seconds: float, seed: int) -> None:
        self.task, self.contract, self.seed = task, contract, seed
        self.prices = prices
        self.overtime = HOUR / 60 * (contract.rules["pay_overtime"].value if contract.has("pay_overtime") else 1.5)
        self.seconds = seconds
        self.lines = {"hours_per_week", "average_hours_per_week"}

    def _priced(self) -> dict[str, int]:
        """Return the price of each rule; of hours by the minute."""
        return {**self.prices, **dict.fromkeys(self.lines, max(1, round(self.overtime)))}

    def _problem(self, priced: Mapping[str, int], allow: Mapping[tuple[str, str, int], int], opened: int) -> Problem:
        task = self.task
        members = tuple(
            task.terms[task.contract_of[one.id]].softened(one, task.staff, priced, allow) for one in task.people
        )
        covers = []
        for cover in task.problem.covers:
            kind = task.kinds[cover.kinds[0]]
            under = opened + round(HOUR * kind.paid_s / 3600) if opened else 1
            covers.append(Cover(cover.day, cover.kinds, cover.target, under, 10 * (opened + 100 * HOUR)))
        return replace(task.problem, members=members, covers=tuple(covers), spreads=())

    def possible(self, allow: Mapping[tuple[str, str, int], int], dropped: set[str], opened: int = 0) -> bool:
        """Tell whether every shift but `opened` can be worked with these allowances, and without these rules."""
        problem = self._problem({}, allow, 0)
        if dropped:
            problem = replace(problem, members=tuple(_without(one, dropped) for one in problem.members))
        found = exact.solve(problem, seconds=self.seconds / 4, seed=self.seed)
        return found.work is not None and problem.under(found.work) <= opened

    def cheapest(self) -> tuple[tuple[Relief, ...], float, bool] | None:
        """Return the cheapest relaxations, their price in hours of wage, and whether that is proven."""
        priced = self._priced()
        problem = self._problem(priced, {}, _OPEN)
        found = exact.solve(problem, seconds=self.seconds / 2, seed=self.seed)
        if found.work is None:
            return None
        return self._read(problem, found.work, priced), found.objective / HOUR, found.status == "optimal"

    def _read(self, problem: Problem, work: Work, priced: Mapping[str, int]) -> tuple[Relief, ...]:
        out: dict[tuple[str, str, int], Relief] = {}
        for p, (member, days) in enumerate(zip(problem.members, work, strict=True)):
            for line in member.lines:
                by = max(0, line.total(days) - (line.high or 0)) if line.high is not None else 0
                if by:
                    hours = line.rule in self.lines
                    unit = "h" if hours else "day" if line.rule in ("days_off_per_week", "days_in_a_row") else ""
                    key = (line.rule, member.person, line.day)
                    price = by * priced[line.rule] / HOUR
                    out[key] = Relief(*key, by / 60 if hours else by, unit, price)
            for rule, day in self._given_up(p, days):
                out[rule, member.person, day] = Relief(rule, member.person, day, 1, "", priced[rule] / HOUR)
        opened = []
        for cover in problem.covers:
            kind = self.task.kinds[cover.kinds[0]]
            price = (_OPEN + round(HOUR * kind.paid_s / 3600)) / HOUR
            for _ in range(max(0, cover.target - problem.count(cover, work))):
                opened.append(Relief("open", "", cover.day, 1, "", price, kind.start_s, kind.end_s))
        return (*sorted(out.values(), key=lambda one: (one.day, one.person, one.rule)), *opened)

    def _given_up(self, p: int, days: Sequence[int]) -> list[tuple[str, int]]:
        """Return the leaves and locks that a person's days do not keep."""
        task = self.task
        strict = task.problem.members[p]
        person = task.people[p].id
        locks = {one.day: one for one in task.staff.locks if one.person == person}
        out = []
        for day, kind in enumerate(days):
            if day in locks:
                kept = kind == OFF if locks[day].off else kind != OFF and kind in strict.can[day]
                if not kept:
                    out.append(("lock", day))
            elif kind != OFF and kind not in strict.can[day]:
                out.append(("leave", day))
        return out

    def _allowed(self, reliefs: Sequence[Relief]) -> dict[tuple[str, str, int], int]:
        minutes = {one: round(60 * one.by) if one.rule in self.lines else round(one.by) for one in reliefs}
        return {(one.rule, one.person, one.day): minutes[one] for one in reliefs if one.rule != "open"}

    def made_with(self, reliefs: Sequence[Relief]) -> Work | None:
        """Return a roster with just these relaxations; None when there is none after all."""
        problem = self._problem({}, self._allowed(reliefs), 0)
        found = exact.solve(problem, seconds=self.seconds / 4, seed=self.seed + 1)
        opened = sum(one.rule == "open" for one in reliefs)
        if found.work is None or problem.under(found.work) > opened:
            return None
        return found.work

    def nothing_else(self, rows: Sequence[RosterRow], reliefs: Sequence[Relief]) -> bool:
        """Tell whether the checker finds nothing in a roster but what was relaxed."""
        task = self.task
        known = {(one.rule, one.person) for one in reliefs}
        found = check(
            rows, task.staff, self.contract, days=len(task.days), classes=task.classes,
            contracts={term.contract.id: term.contract for term in task.terms.values()},
        )  # fmt: skip
        return all((one.rule, one.person) in known for one in found if one.hard)

    def causes(self, reliefs: Sequence[Relief]) -> tuple[tuple[str, str, int], ...]:
        """Return the one thing without which the roster can be; else all that the cheapest way out touches."""
        touched = Counter(
            (one.rule, one.person, one.day) if one.rule in ("leave", "lock") else (one.rule, "", -1) for one in reliefs
        )
        single = sorted(touched, key=lambda one: (one[0] == "open", one))
        opened = sum(one.rule == "open" for one in reliefs)
        for one in single if len(single) > 1 else ():
            if self.without([one], opened):
                return (one,)
        return tuple(single)

    def without(self, causes: Sequence[tuple[str, str, int]], opened: int = 0) -> bool:
        """Tell whether the roster can be without these: rules for everybody, single leaves and locks, open shifts."""
        allow = {one: 1 for one in causes if one[0] in ("leave", "lock")}
        dropped = {one[0] for one in causes if one[0] not in ("leave", "lock", "open")}
        return self.possible(allow, dropped, opened if any(one[0] == "open" for one in causes) else 0)

    def clashes(self, team: str, place: str, made: Roster | None = None) -> list[sim.Finding]:
        """Name the shifts that stay open under the rules as they are, and what keeps people from them."""
        out: list[sim.Finding] = []
        if made is not None:
            rows, left = made.rows, made.open
        else:
            found = exact.solve(self._problem({}, {}, 0), seconds=self.seconds / 4, seed=self.seed)
            if found.work is None:
                return out
            rows, spare = self.task.rows(found.work, team, place)
            left = tuple(spare)
        contracts = {term.contract.id: term.contract for term in self.task.terms.values()}
        for day, shift in left[:_SHOWN]:
            skill = shift.skill
            at = {"team": team, "day": day + 1, "start_s": shift.start_s, "end_s": shift.end_s}
            out.append(sim.Finding("clash_open_skill" if skill else "clash_open", {**at, "skill": skill}))
            able = who_could(
                rows, self.task.staff, self.contract, day=day, start_s=shift.start_s, end_s=shift.end_s, skill=skill,
                classes=self.task.classes, contracts=contracts, days=len(self.task.days),
            )  # fmt: skip
            kept = Counter(
                "one_shift_a_day" if one.works else one.violations[0].rule
                for one in able
                if one.works or one.violations
            )
            for rule, people in kept.most_common():
                kept_by = {"rule": rule, "people": people}
                if rule in self.contract.rules:
                    out.append(sim.Finding("clash_rule", {**kept_by, **_source(self.contract, rule)}))
                else:
                    out.append(sim.Finding("clash_kept", kept_by))
        if len(left) > _SHOWN:
            out.append(sim.Finding("plan_shifts_open", {"team": team, "shifts": len(left)}))
        return out

    def cause_told(self, team: str, cause: tuple[str, str, int]) -> sim.Finding:
        """Return a cause as a finding."""
        rule, person, day = cause
        if rule == "open":
            return sim.Finding("cause_too_few", {"team": team})
        if rule in ("leave", "lock"):
            return sim.Finding(f"cause_{rule}", {"team": team, "person": person, "day": day + 1})
        return sim.Finding("cause_rule", {"team": team, "rule": rule, **_source(self.contract, rule)})

    def relief_told(self, team: str, one: Relief) -> sim.Finding:
        """Return a relaxation as a finding."""
        values = {"team": team, "person": one.person, "day": one.day + 1, "hours": one.price}
        if one.rule == "open":
            return sim.Finding("relax_open", {**values, "start_s": one.start_s, "end_s": one.end_s})
        if one.rule in ("leave", "lock"):
            return sim.Finding(f"relax_{one.rule}", values)
        if one.rule in self.lines:
            return sim.Finding("relax_hours", {**values, "by": one.by})
        return sim.Finding("relax_rule", {**values, "rule": one.rule, "by": one.by, **_source(self.contract, one.rule)})


def _without(member: Member, dropped: set[str]) -> Member:
    """Return a person without some rules; what the law says of overtime and rest days stays."""
    return replace(member, lines=tuple(line for line in member.lines if line.rule not in dropped))
