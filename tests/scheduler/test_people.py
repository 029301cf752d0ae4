"""Staff says all at once what cannot be."""

from __future__ import annotations

import pytest

import sim
from scheduler.people import History, Leave, Lock, Person, Staff, Wish

LI = Person("li", "李", "remote", "centre", ("S1",))


def codes(staff: Staff, **options) -> set[tuple[str, str]]:
    """Return (field, code) of everything that is refused."""
    with pytest.raises(sim.InputError) as error:
        staff.check(**options)
    return {(fault.field, fault.code) for fault in error.value.faults}


def test_staff_without_a_fault_is_taken():
    staff = Staff(
        (LI,),
        (Leave("li", 0), Leave("li", 1, 3600, 7200)),
        (Wish("li", 2, "off", None, 3),),
        (Lock("li", 3, 9 * 3600, 17 * 3600), Lock("li", 4, off=True)),
        (History("li", -3600, 2),),
    )
    staff.check(days=7, teams=["remote"], contracts=["cn-standard"], shapes=["day-8"])


def test_every_fault_comes_at_once():
    staff = Staff(
        (
            LI,
            LI,
            Person("wu", team="mars", contract="moon", status=("ill",), hours_per_week=-1.0, from_day=3, to_day=1),
        ),
        (Leave("nobody", 0), Leave("li", 9), Leave("li", 1, 3600), Leave("li", 1, 7200, 3600)),
        (Wish("li", 0, "shape", "moonlight"), Wish("li", 0, "off", None, 0)),
        (Lock("li", 0), Lock("li", 0, 0, 3600, off=True)),
        (History("li", days_in_a_row=-1),),
    )
    assert codes(staff, days=7, teams=["remote"], contracts=["cn-standard"], shapes=["day-8"]) == {
        ("people.1.id", "staff_twice"),
        ("people.2.team", "unknown_team"),
        ("people.2.contract", "unknown_contract"),
        ("people.2.status", "unknown_status"),
        ("people.2.hours_per_week", "greater_than_equal"),
        ("people.2.to_day", "ends_before_it_begins"),
        ("leaves.0.person", "staff_unknown_person"),
        ("leaves.1.day", "day_outside_plan"),
        ("leaves.2", "one_of_two_times"),
        ("leaves.3", "ends_before_it_begins"),
        ("wishes.0.shape", "unknown_shape"),
        ("wishes.1.weight", "greater_than_equal"),
        ("locks.0", "lock_unclear"),
        ("locks.1", "lock_unclear"),
        ("histories.0.days_in_a_row", "greater_than_equal"),
    }


def test_a_leave_of_some_hours_meets_only_shifts_in_them():
    """Away 10–12: a shift that ends at 10 or begins at 12 is possible, one over 11 is not."""
    leave = Leave("li", 0, 10 * 3600, 12 * 3600)
    assert not leave.meets(8 * 3600, 10 * 3600)
    assert leave.meets(8 * 3600, 11 * 3600)
    assert not leave.meets(12 * 3600, 20 * 3600)
    assert Leave("li", 0).meets(20 * 3600, 30 * 3600)


def test_the_staff_of_some_people_keeps_what_is_known_of_them():
    staff = Staff(
        (LI, Person("wu")), (Leave("li", 0), Leave("wu", 0)), (), (Lock("wu", 1, off=True),), (History("li"),)
    )
    mine = staff.only(["li"])
    assert mine.people == (LI,)
    assert [len(mine.leaves), len(mine.locks), len(mine.histories)] == [1, 0, 1]
    assert not Person("wu", from_day=2, to_day=4).employed(5)
