"""What a plan is: a scenario with new staffing, the roster behind it, and how sure it is. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import sim

Span = tuple[int, int]
"""(from, to) in seconds after the midnight at which the day of the row begins."""


@dataclass(frozen=True)
class Shift:
    """One shift of one day, with its meal (unpaid) and breaks (paid) placed; seconds after midnight."""

    shape: str
    start_s: int
    end_s: int
    meal: tuple[Span, ...]
    breaks: tuple[Span, ...]

    @property
    def paid_s(self) -> int:
        """Return the paid time, in seconds."""
        return self.end_s - self.start_s - sum(b - a for a, b in self.meal)

    @property
    def off(self) -> tuple[Span, ...]:
        """Return meal and breaks in order of time."""
        return tuple(sorted(self.meal + self.breaks))


@dataclass(frozen=True)
class RosterRow:
    """One person's shift on one day.

    Attributes
    ----------
    person : str
        Id, as ``remote-a-01``.
    team, place : str
    day : int
        0 is the first day of the plan.
    day_class : str
    start_s, end_s : int
        Seconds after midnight.
    meal, breaks : tuple of (from, to)
        Seconds after midnight; the meal is unpaid, breaks are paid.
    paid_hours : float
    """

    person: str
    team: str
    place: str
    day: int
    day_class: str
    start_s: int
    end_s: int
    meal: tuple[Span, ...]
    breaks: tuple[Span, ...]
    paid_hours: float


@dataclass(frozen=True)
class Need:
    """Servers that one team needs in one quarter-hour of one day class.

    Attributes
    ----------
    team, place, day_class : str
    start_s : int
        Seconds after midnight.
    rate_per_hour : float
        Rate of the modified offered load: load / mean hold.
    load : float
        Mean number held if nobody had to queue, in erlang.
    hold_s, patience_s : float
        Mean time that a visit holds one of the team, mean patience of those who queue for it; seconds.
    by_theory : int
        Servers that keep the promise by Erlang A.
    servers : int
        Servers required in the end: raised where simulation broke the promise.
    on_duty : int
        Servers that the plan puts on duty.
    """

    team: str
    place: str
    day_class: str
    start_s: int
    rate_per_hour: float
    load: float
    hold_s: float
    patience_s: float
    by_theory: int
    servers: int
    on_duty: int


@dataclass(frozen=True)
class Raise:
    """A requirement that was raised because the simulated promise broke there."""

    team: str
    day_class: str
    start_s: int
    before: int
    after: int


@dataclass(frozen=True)
class Round:
    """One turn of the loop: what was simulated, where it broke, what was raised for it."""

    number: int
    paid_hours: float
    cost: float
    share: float
    half_width: float | None
    broken: int
    raised: tuple[Raise, ...]


@dataclass(frozen=True)
class Achieved:
    """What a simulation of the plan found.

    Attributes
    ----------
    kept : sim.Kept
        The promise by cell, with intervals.
    seed, replications : int
    day_classes : tuple of str
        Class of each day that was simulated: `interval_start` of a cell counts from the first of them.
    """

    kept: Any
    seed: int
    replications: int
    day_classes: tuple[str, ...]


@dataclass(frozen=True)
class Cover:
    """How well the legal shifts cover the requirement of one team on one day class.

    Attributes
    ----------
    paid_hours, bound_hours : float
        Of the shifts chosen, and below which no legal shifts cover the requirement.
    status : str
        Of the solver: ``optimal`` or ``feasible``.
    limited : bool
        The solver was stopped by its time limit; another run may find other shifts.
    """

    team: str
    place: str
    day_class: str
    paid_hours: float
    bound_hours: float
    status: str
    limited: bool

    @property
    def gap(self) -> float:
        """Return (paid − bound) / paid."""
        return (self.paid_hours - self.bound_hours) / self.paid_hours if self.paid_hours else 0.0


@dataclass(frozen=True)
class Plan:
    """A plan that simulation has tried.

    Attributes
    ----------
    scenario : sim.Scenario
        With a staffing row for each person and day of the planned teams, over ``7 · weeks`` days.
    promise : sim.Promise
        What was promised, narrowed to the queue of the planned teams where other teams' queues were in it.
    contract : str
        Id of the labour rules.
    status : str
        ``kept`` on fresh seeds · ``broken`` (see `findings`) · ``infeasible`` (no roster; see `findings`).
    cost : float or None
        Labour of the planned teams, in the scenario's currency.
    lower_bound : float or None
        Proven: no roster within the labour rules that covers what theory requires can cost less.
    relaxation : str
        ``theory_cover``: the plan must cover what Erlang A requires and keep the promise in simulation; the bound
        leaves the second out, and lets nobody's week or rest count. What simulation raised is not in it.
    roster : tuple of RosterRow
    needs : tuple of Need
    covers : tuple of Cover
        Each with bound and gap of its solver: how far the shifts are from the best for this requirement.
    people : mapping of team to number of people
    rounds : tuple of Round
    in_sample, out_of_sample : Achieved or None
        On the seed that the loop looked at, and on fresh ones: the second is what the plan may claim.
    findings : tuple of sim.Finding
    """

    scenario: sim.Scenario
    promise: Any
    contract: str
    weeks: int
    seed: int
    status: Literal["kept", "broken", "infeasible"]
    cost: float | None
    lower_bound: float | None
    relaxation: str
    roster: tuple[RosterRow, ...]
    needs: tuple[Need, ...]
    covers: tuple[Cover, ...]
    people: dict[str, int]
    rounds: tuple[Round, ...]
    in_sample: Achieved | None
    out_of_sample: Achieved | None
    findings: tuple[sim.Finding, ...]

    @property
    def gap(self) -> float | None:
        """Return (cost − lower bound) / cost; None where nothing costs anything."""
        if not self.cost or self.lower_bound is None:
            return None
        return (self.cost - self.lower_bound) / self.cost

    @property
    def paid_hours(self) -> float:
        """Return the paid hours of the roster."""
        return sum(row.paid_hours for row in self.roster)
