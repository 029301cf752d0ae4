"""What a plan is: a scenario with new staffing, the roster behind it, and how sure it is. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sim
    from scheduler.people import Staff

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
    skill: str = ""
    """What the shift asks of who works it; nothing where empty."""

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
    shape: str = ""
    """Name of the shift in the labour rules, where it is known."""
    skill: str = ""
    """What the shift asks of who works it; nothing where empty."""


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
        Servers required in the end: raised where simulation broke the promise, lowered where it holds with fewer.
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
    """People on duty that one turn of the loop changed: more where the promise broke, fewer where there was slack."""

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
    lowered: tuple[Raise, ...] = ()


@dataclass(frozen=True)
class Judged:
    """One promise in one of its cells, as a simulation found it; days of one class are taken together.

    Attributes
    ----------
    promise : int
        Which of the plan's promises, from 0.
    day_class : str
        ``*`` where the cell stands for all days.
    start_s, end_s : int or None
        Time of day of the arrivals that are counted, seconds after midnight; None for the whole day. An interval with
        fewer than 5 expected customers a day is counted with its neighbours, until there are 5.
    place, service : str
    expected : float
        Customers a day; 0 where the promise is not about customers.
    value : float or None
        Share kept, or the measure that has a limit; None where nobody came.
    half_width : float or None
        Of its 95 % interval.
    simultaneous : float or None
        Half-width with which all cells together are covered with 95 % (Bonferroni).
    margin : float or None
        By how much the promise is kept; negative where it is broken.
    """

    promise: int
    day_class: str
    start_s: int | None
    end_s: int | None
    place: str
    service: str
    expected: float
    value: float | None
    half_width: float | None
    simultaneous: float | None
    margin: float | None

    @property
    def kept(self) -> bool:
        """Tell whether the promise is kept in this cell."""
        return self.margin is None or self.margin >= 0

    @property
    def sure(self) -> bool:
        """Tell whether it is kept by more than the simultaneous half-width."""
        return self.margin is None or self.margin >= (self.simultaneous or 0.0)


@dataclass(frozen=True)
class Achieved:
    """What a simulation of the plan found.

    Attributes
    ----------
    kept : sim.Kept
        The first promise by cell, with intervals.
    seed, replications : int
    day_classes : tuple of str
        Class of each day that was simulated: `interval_start` of a cell counts from the first of them.
    cells : tuple of Judged
        Every promise by cell, days of one class taken together, with simultaneous intervals.
    """

    kept: Any
    seed: int
    replications: int
    day_classes: tuple[str, ...]
    cells: tuple[Judged, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether every promise is kept in every cell."""
        return all(cell.kept for cell in self.cells) if self.cells else bool(self.kept.ok)

    @property
    def worst(self) -> Judged | None:
        """Return the cell with the least margin, if there are cells."""
        return min((c for c in self.cells if c.margin is not None), key=lambda c: c.margin or 0.0, default=None)


@dataclass(frozen=True)
class Bound:
    """A cost below which no plan can be, once something is left out.

    Attributes
    ----------
    relaxation : str
        What is left out. ``work``: legal shifts whose time on duty holds the work of the promised share of customers,
        hour by hour; luck, queues and everybody's week are left out. ``theory_cover``: legal shifts that cover what
        Erlang A requires in every quarter-hour; no bound on plans that keep the promise in simulation with fewer.
    cost : float
    proven : bool
        Whether no plan that keeps the promise can cost less.
    """

    relaxation: str
    cost: float
    proven: bool


@dataclass(frozen=True)
class Baseline:
    """A simple way to plan the same thing, simulated on the same luck: what the loop has to beat.

    Attributes
    ----------
    name : str
        ``erlang_c``: Erlang C for each team and quarter-hour by itself, then the cheapest legal shifts that cover it.
        ``add_one``: as many as the load, then one more agent where the promise is broken worst, until it holds.
    cost, paid_hours : float
    share : float or None
        Of customers, out of sample.
    worst : float or None
        Margin of the worst cell, out of sample.
    kept : bool
        In every cell, out of sample.
    steps : int
        Simulations that it took.
    """

    name: str
    cost: float
    paid_hours: float
    share: float | None
    worst: float | None
    kept: bool
    steps: int = 1


@dataclass(frozen=True)
class Price:
    """What the promise costs at the margin: from plans for a little less and a little more, on the same luck.

    Attributes
    ----------
    low, high : float
        Shares promised (a fraction of 1).
    low_cost, high_cost : float
    per_point : float
        Cost of one percentage point more, (high_cost − low_cost) / (100 · (high − low)).
    """

    low: float
    high: float
    low_cost: float
    high_cost: float

    @property
    def per_point(self) -> float:
        """Return the cost of one percentage point more."""
        return (self.high_cost - self.low_cost) / (100 * (self.high - self.low))


@dataclass(frozen=True)
class Worth:
    """What one more hour of one team buys, on every day of a class, against the plan on the same luck.

    Attributes
    ----------
    team, place, day_class : str
    start_s, end_s : int
        The hour, seconds after midnight.
    cost : float
        Of the hour on all these days of the plan, without anything that a legal shift adds to it.
    share : float
        More of the day's customers for whom the promise is kept (a fraction of 1).
    half_width : float
        Of the 95 % interval of `share`, paired.
    customers : float
        The same as customers a day.
    """

    team: str
    place: str
    day_class: str
    start_s: int
    end_s: int
    cost: float
    share: float
    half_width: float
    customers: float


@dataclass(frozen=True)
class Draws:
    """In how many drawn sets of inputs the promise holds.

    Attributes
    ----------
    sets : int
    replications : int
        Of each set.
    overall, every_cell : int
        Sets in which it holds over all customers, and in every cell.
    lowest, highest : float
        Share over all customers, worst and best set.
    """

    sets: int
    replications: int
    overall: int
    every_cell: int
    lowest: float
    highest: float

    @property
    def share(self) -> float:
        """Return the share of sets in which the promise holds in every cell."""
        return self.every_cell / self.sets


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
        The first promise, narrowed to the queue of the planned teams where other teams' queues were in it. With a
        budget, the highest share that it buys.
    contract : str
        Id of the labour rules.
    status : str
        ``kept`` on fresh seeds · ``broken`` (see `findings`) · ``infeasible`` (no roster; see `findings`).
    roster : tuple of RosterRow
    cost : float or None
        Labour of the planned teams, in the scenario's currency.
    lower_bound : float or None
        Proven for the relaxation that `relaxation` names: no plan can cost less.
    relaxation : str
        See `Bound`.
    needs : tuple of Need
    covers : tuple of Cover
        Each with bound and gap of its solver.
    people : mapping of team to number of people
    rounds : tuple of Round
    in_sample, out_of_sample : Achieved or None
        On the seed that the loop looked at, and on fresh ones: the second is what the plan may claim.
    findings : tuple of sim.Finding
    promises : tuple of sim.Promise or Limit
        All of them, in the order of `Judged.promise`; the first is `promise`.
    bounds : tuple of Bound
    baselines : tuple of Baseline
    price : Price or None
        Shadow price of the first promise.
    worth : tuple of Worth
        Best hour of each team first.
    draws : Draws or None
        Only with drawn inputs.
    budget : float or None
    trials : int
        Simulations of candidate plans.
    interrupted : bool
        Stopped before it was done: the best found so far.
    staff : Staff or None
        The people for whom it was made, with leave, wishes and locks.
    """

    scenario: sim.Scenario
    promise: Any
    contract: str
    weeks: int = 1
    seed: int = 1
    status: Literal["kept", "broken", "infeasible"] = "broken"
    roster: tuple[RosterRow, ...] = ()
    cost: float | None = None
    lower_bound: float | None = None
    relaxation: str = "work"
    needs: tuple[Need, ...] = ()
    covers: tuple[Cover, ...] = ()
    people: Mapping[str, int] = field(default_factory=dict)
    rounds: tuple[Round, ...] = ()
    in_sample: Achieved | None = None
    out_of_sample: Achieved | None = None
    findings: tuple[sim.Finding, ...] = ()
    promises: tuple[Any, ...] = ()
    bounds: tuple[Bound, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    price: Price | None = None
    worth: tuple[Worth, ...] = ()
    draws: Draws | None = None
    budget: float | None = None
    trials: int = 0
    interrupted: bool = False
    staff: Staff | None = None

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


@dataclass(frozen=True)
class Point:
    """One plan of a frontier.

    Attributes
    ----------
    asked : float
        What was promised: the share, or the limit of the measure.
    budget : float or None
        The most that it might cost, where that was asked.
    cost, paid_hours : float
    value, half_width : float or None
        What fresh luck found over all customers, and the half-width of its 95 % interval (the band).
    worst, worst_half_width : float or None
        The same in the worst cell.
    kept : bool
        In every cell, on fresh luck.
    best : bool
        No other point costs as little or less and is better: it is on the Pareto curve.
    """

    asked: float
    budget: float | None
    cost: float
    paid_hours: float
    value: float | None
    half_width: float | None
    worst: float | None
    worst_half_width: float | None
    kept: bool
    best: bool = True


@dataclass(frozen=True)
class Frontier:
    """Cost against one promise.

    Attributes
    ----------
    measure : str
        ``share`` (service level), or ``wait_p90_s``, ``abandoned_share`` or another measure with a limit.
    promise : sim.Promise or Limit
        What varies, as it was given.
    points : tuple of Point
        In order of cost.
    seed, replications : int
        Of the fresh luck.
    currency : str
    findings : tuple of sim.Finding
    interrupted : bool
    """

    measure: str
    promise: Any
    points: tuple[Point, ...]
    seed: int
    replications: int
    currency: str
    findings: tuple[sim.Finding, ...] = ()
    interrupted: bool = False

    @property
    def curve(self) -> tuple[Point, ...]:
        """Return the points of the Pareto curve."""
        return tuple(point for point in self.points if point.best)


@dataclass(frozen=True)
class Change:
    """One thing that is done otherwise today.

    Attributes
    ----------
    kind : str
        ``breaks`` moved · ``overtime`` stays longer · ``leave_early`` · ``call_in`` of somebody on a day off or on
        stand-by · ``move`` to another team or place · ``serves``: a team takes over more.
    person, team, place : str
    start_s, end_s : int
        The shift from now on, seconds after midnight; both 0 where there is none.
    was_start_s, was_end_s : int
        The shift before; both 0 where there was none.
    meal, breaks, was_meal, was_breaks : tuple of (from, to)
    to_team, to_place : str
        For ``move`` and ``serves``.
    cost : float
        Extra labour cost.
    disruption : float
        Weight in "fewest disruptions".
    """

    kind: str
    person: str
    team: str
    place: str
    start_s: int = 0
    end_s: int = 0
    was_start_s: int = 0
    was_end_s: int = 0
    meal: tuple[Span, ...] = ()
    breaks: tuple[Span, ...] = ()
    was_meal: tuple[Span, ...] = ()
    was_breaks: tuple[Span, ...] = ()
    to_team: str = ""
    to_place: str = ""
    cost: float = 0.0
    disruption: float = 1.0


@dataclass(frozen=True)
class Outlook:
    """What the rest of the day holds, from simulation.

    Attributes
    ----------
    share, half_width : float or None
        Of the customers who come after the freeze, for whom the promise is kept.
    broken : int
        Cells of the rest of the day in which it is broken.
    worst : float or None
        Least share of these cells.
    """

    share: float | None
    half_width: float | None
    broken: int
    worst: float | None


@dataclass(frozen=True)
class Replan:
    """Today's changes: as few as keep the promise for the rest of the day, or come nearest to it.

    Attributes
    ----------
    day : int
        Of the plan.
    at_s, frozen_until_s : int
        Now, and until when nothing is changed; seconds after midnight.
    factor, factor_sd : float
        Today's demand over the forecast's: mean and standard deviation after what has come so far.
    seen, expected : float
        Customers who came so far, and as many as were forecast until now.
    unchanged, without, after : Outlook
        The plan as it was to be; with today's demand, absences and outages and nothing done; with the changes.
    changes : tuple of Change
        In order of the time at which they begin.
    roster : tuple of RosterRow
        The whole day after the changes.
    cost : float
        Extra labour cost of the changes.
    status : str
        ``kept``, ``broken`` (what remains is in `after`), or ``unchanged`` where nothing has to be done.
    findings : tuple of sim.Finding
    trials : int
    seconds : float
        Time that it took.
    interrupted : bool
    """

    day: int
    at_s: int
    frozen_until_s: int
    factor: float
    factor_sd: float
    seen: float
    expected: float
    unchanged: Outlook
    without: Outlook
    after: Outlook
    changes: tuple[Change, ...]
    roster: tuple[RosterRow, ...]
    cost: float
    status: Literal["kept", "broken", "unchanged"]
    findings: tuple[sim.Finding, ...] = ()
    trials: int = 0
    seconds: float = 0.0
    interrupted: bool = False
