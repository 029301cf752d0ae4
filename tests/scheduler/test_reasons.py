"""Rosters that cannot be: the named cause is the cause, and the priced way out is one."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

import sim
from scheduler.checker import check
from scheduler.contracts import contract
from scheduler.people import History, Leave, Lock, Person, Staff, Wish
from scheduler.reasons import relax, who_could, why
from scheduler.rosters import roster
from tests.scheduler.test_checker import CLASSES, HOUR, row, shift

STARTS = (7, 9, 14.5)


def people(number: int, **more) -> tuple[Person, ...]:
    return tuple(Person(f"p{n}", f"P{n}", "remote", "centre", **more) for n in range(number))


def case(seed: int) -> tuple[list[list], Staff]:
    """Return shifts that people could just work, and something in the way: leave, locks, part time, rest, numbers."""
    luck = random.Random(seed)
    number = luck.randint(4, 6)
    days = [[shift(luck.choice(STARTS)) for _ in range(number * 5 // 7)] for _ in range(7)]
    staff = Staff(people(number))
    trouble = seed % 6
    who = luck.sample([one.id for one in staff.people], 3)
    if trouble == 0:
        gone = luck.randrange(7)
        staff = replace(staff, leaves=tuple(Leave(one.id, gone) for one in staff.people[1:]))
    elif trouble == 1:
        staff = replace(staff, locks=tuple(Lock(one, day, off=True) for one in who for day in luck.sample(range(7), 4)))
    elif trouble == 2:
        part = replace(staff.people[0], hours_per_week=8.0)
        staff = replace(staff, people=(part, *staff.people[1:]))
        days = [[shift(9)] * (number * 5 // 7) for _ in range(7)]
        days[0] += [shift(9)] * (5 * number - sum(map(len, days)))
    elif trouble == 3:
        days = [[shift(14.5)] * number if day in (1, 3) else [shift(7)] * (number - 1) for day in range(5)] + [[], []]
        days[2] = [shift(7)] * number
    elif trouble == 4:
        days[luck.randrange(7)] += [shift(9)] * 3
    else:
        staff = replace(staff, histories=tuple(History(one, -HOUR, 6) for one in who))
        days[0] = [shift(7)] * (number - 1)
    return days, staff


def without(days, staff, rules, found):
    """Return shifts, staff and rules without the named causes."""
    days = [list(one) for one in days]
    for kind, person, day in found.causes:
        if kind == "leave":
            staff = replace(staff, leaves=tuple(x for x in staff.leaves if (x.person, x.day) != (person, day)))
        elif kind == "lock":
            staff = replace(staff, locks=tuple(x for x in staff.locks if (x.person, x.day) != (person, day)))
        elif kind == "open":
            for one in found.reliefs:
                if one.rule == "open":
                    days[one.day].remove(
                        next(s for s in days[one.day] if (s.start_s, s.end_s) == (one.start_s, one.end_s))
                    )
        else:
            lax = {"daily_rest": 0.0, "days_off_per_week": 0.0, "nights_in_a_row": 7.0, "days_in_a_row": 28.0}
            rules = replace(rules, rules={**rules.rules, kind: replace(rules.rules[kind], value=lax.get(kind, 168.0))})
            if kind == "hours_per_week":
                staff = replace(staff, people=tuple(replace(x, hours_per_week=None) for x in staff.people))
    return days, staff, rules


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 30))])
def test_without_the_named_cause_it_can_be_and_so_with_the_priced_way_out(seed, standard):
    days, staff = case(seed)
    made = roster(days, CLASSES, standard, "remote", "centre", prefix="p", seconds=3, staff=staff)
    assert made.open or not made.rows, "the case was meant to be impossible"
    found = relax(days, CLASSES, standard, "remote", "centre", staff=staff, seconds=40)
    assert not found.feasible
    assert found.causes
    assert found.reliefs
    assert found.price == pytest.approx(sum(one.price for one in found.reliefs), abs=0.5)
    # With the priced way out: everybody's shifts are there, and what is broken is what was relaxed.
    assert found.verified
    opened = Counter(one.day for one in found.reliefs if one.rule == "open")
    for day, shifts in enumerate(days):
        assert len([one for one in found.rows if one.day == day]) == len(shifts) - opened[day]
    relaxed = {(one.rule, one.person) for one in found.reliefs}
    broken = {(one.rule, one.person) for one in check(found.rows, staff, standard, days=7)}
    assert broken <= relaxed
    # Without the named cause: an ordinary roster.
    days, staff, rules = without(days, staff, standard, found)
    again = roster(days, CLASSES, rules, "remote", "centre", prefix="p", seconds=3, staff=staff)
    assert again.rows
    assert again.open == ()


def test_the_open_shifts_that_are_named_are_those_of_the_roster_handed_out(standard):
    days, staff = case(0)
    made = roster(days, CLASSES, standard, "remote", "centre", prefix="p", seconds=3, staff=staff)
    found = relax(days, CLASSES, standard, "remote", "centre", staff=staff, made=made, seconds=40)
    named = [one.values for one in found.findings if one.code.startswith("clash_open")]
    shifts = [(one["day"], one["start_s"], one["end_s"]) for one in named]
    assert shifts == [(day + 1, shift.start_s, shift.end_s) for day, shift in made.open[:5]]
    assert shifts


def test_what_can_be_needs_no_way_out(standard):
    found = relax([[shift(9)]] * 7, CLASSES, standard, "remote", "centre", staff=Staff(people(3)))
    assert found.feasible
    assert found.reliefs == ()


def test_law_has_no_price(standard):
    """Seven days of work for one person: somebody from outside takes the seventh, whatever it costs."""
    found = relax([[shift(9)]] * 7, CLASSES, standard, "remote", "centre", staff=Staff(people(1)))
    assert [one.rule for one in found.reliefs].count("open") >= 1
    assert found.verified


def test_a_skill_that_nobody_has_cannot_be_relaxed(standard):
    found = who_could([], Staff(people(3)), standard, day=0, start_s=9 * HOUR, end_s=17 * HOUR, skill="FX")
    assert found == ()


def test_who_could_take_a_shift_knows_rest_hours_leave_and_wishes(standard):
    staff = Staff(
        people(5),
        (Leave("p1", 2),),
        (Wish("p2", 2, "work", None, 2), Wish("p4", 2, "off", None, 3)),
    )
    rows = [row("p0", 1, 15), *(row("p3", day, 9) for day in (0, 1, 3, 4, 5))]
    found = who_could(
        rows, staff, standard, day=2, start_s=8 * HOUR, end_s=int(16.75 * HOUR), team="remote", classes=CLASSES
    )
    assert [one.person for one in found if one.can] == ["p2", "p4"]
    assert [one.wishes for one in found[:2]] == [2, -3]
    rules = {one.person: {v.rule for v in one.violations} for one in found}
    assert rules["p0"] == {"daily_rest"}
    assert rules["p1"] == {"leave"}
    assert "hours_per_week" in rules["p3"]
    assert next(one for one in found if one.person == "p3").overtime_s == 8 * HOUR


def codes(found) -> list[str]:
    return [one.code for one in found]


def test_why_is_this_person_here(standard):
    staff = Staff(
        people(3),
        (Leave("p1", 0),),
        (Wish("p0", 0, "late", None, 2), Wish("p0", 1, "off")),
        (Lock("p0", 2, 9 * HOUR, int(17.75 * HOUR)),),
    )
    rows = [row("p0", 0, 15), row("p0", 1, 15), row("p0", 2, 9), row("p2", 0, 9), row("p1", 1, 9), row("p2", 1, 9)]
    first = why(rows, staff, standard, "p0", 0, classes=CLASSES)
    assert codes(first)[:2] == ["why_wished", "why_nobody_else"]
    kept = {one.values["rule"]: one.values["people"] for one in first if one.code == "why_kept_from_it"}
    assert kept.keys() >= {"leave"}
    share = next(one for one in first if one.code == "why_share" and one.values["burden"] == "late")
    assert (share.values["mine"], share.values["least"], share.values["most"]) == (2, 0, 2)
    assert "why_against_wish" in codes(why(rows, staff, standard, "p0", 1))
    assert codes(why(rows, staff, standard, "p0", 2))[0] == "why_locked"
    with pytest.raises(sim.InputError) as error:
        why(rows, staff, standard, "p0", 5)
    assert error.value.faults[0].code == "not_at_work"


def test_nobody_is_asked_who_is_protected(standard):
    staff = Staff(people(1, status=("nursing",)))
    (one,) = who_could([], staff, contract("cn-standard"), day=0, start_s=15 * HOUR, end_s=int(23.75 * HOUR))
    assert [v.rule for v in one.violations] == ["no_nights_when_protected"]
