"""The master: shifts of one day for many groups, skills and places, by linear programming and restricted rounding."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sim
from scheduler.shapes import SLOT_S
from scheduler.shifts.day import SLOTS, Day, Stay
from scheduler.shifts.problem import ANYWHERE, Cut, Group, Post, may_take
from scheduler.shifts.rounding import near
from scheduler.solver import relax, search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.contracts import Contract
    from scheduler.plan import Shift

EDGE_S = 1800
"""Nobody is asked to come at dawn for an hour at noon: seconds before the first need and after the last."""
GAP = 0.001
"""Shifts within this share of the bound are good enough to stop."""
SHORT_PER_HOUR = 1e4
"""Price of a missing hour, in highest wages, when it is asked where people are missing."""


@dataclass(frozen=True)
class Master:
    """Shifts of one day for all groups.

    Attributes
    ----------
    status : str
        ``optimal`` (within the gap asked for), ``feasible``, ``infeasible`` or ``unknown``.
    cost : float
        Wages of the shifts, prices of recalls and of missing people, in the currency of the wages; nan without shifts.
    bound : float
        Proven: nothing cheaper meets the same posts and cuts. Of the linear relaxation, or of the search where it is
        better.
    shifts : mapping of group to tuple of Shift
        In order of start; stand-by shifts are in `on_call`.
    stays : mapping of group to tuple of stays
        By shift: (place, from, to) in seconds after midnight, two where somebody changes places.
    on_duty : mapping of group to list
        People on duty in each quarter-hour, wherever they are.
    work : mapping of (group, post) to list
        Where recall has a price, or there are many posts: people at that work in each quarter-hour. Else empty.
    short : mapping of post to list
        Missing people by quarter-hour, where posts have a price for it.
    prices : mapping of post to list
        Shadow price of one more person needed there in one quarter-hour (of the linear relaxation).
    cut_prices : tuple of float
        By cut: what one more on its right side costs.
    limited : bool
        A time limit ended the search.
    seconds : float
        That it took.
    variables, non_zeros : int
        Size of the program.
    findings : tuple of sim.Finding
        Why nothing could be found.
    """

    status: str
    cost: float
    bound: float
    shifts: Mapping[str, tuple[Shift, ...]]
    stays: Mapping[str, tuple[tuple[Stay, ...], ...]]
    on_call: Mapping[str, tuple[Shift, ...]]
    on_duty: Mapping[str, list[int]]
    work: Mapping[tuple[str, str], list[float]]
    short: Mapping[str, list[float]]
    prices: Mapping[str, list[float]]
    cut_prices: tuple[float, ...]
    limited: bool
    seconds: float
    variables: int
    non_zeros: int
    findings: tuple[sim.Finding, ...] = ()

    @property
    def gap(self) -> float:
        """Return (cost − bound) / cost; nan without shifts, 0 where nothing costs anything."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0

    def named(self, names: Mapping[str, str]) -> Master:
        """Return the same shifts under other names of groups, posts, skills and places."""

        def new(name: str) -> str:
            return names.get(name, name)

        return replace(
            self,
            shifts={new(name): value for name, value in self.shifts.items()},
            stays={
                new(name): tuple(tuple((new(place), a, b) for place, a, b in stays) for stays in value)
                for name, value in self.stays.items()
            },
            on_call={new(name): value for name, value in self.on_call.items()},
            on_duty={new(name): value for name, value in self.on_duty.items()},
            work={(new(name), new(post)): value for (name, post), value in self.work.items()},
            short={new(name): value for name, value in self.short.items()},
            prices={new(name): value for name, value in self.prices.items()},
            findings=tuple(
                replace(one, values={k: new(v) if isinstance(v, str) else v for k, v in one.values.items()})
                for one in self.findings
            ),
        )

    @property
    def paid_hours(self) -> float:
        """Return the paid hours of all shifts at work."""
        return sum(shift.paid_s for shifts in self.shifts.values() for shift in shifts) / 3600


def master(
    groups: Sequence[Group],
    posts: Sequence[Post],
    contract: Contract,
    *,
    cuts: Sequence[Cut] = (),
    hours: tuple[int, int] | None = None,
    short_per_hour: float | None = None,
    seconds: float = 30.0,
    gap: float = GAP,
) -> Master:
    """Return the cheapest legal shifts that put somebody on every post and keep every cut.

    Parameters
    ----------
    groups : sequence of Group
        Who there is; names must differ.
    posts : sequence of Post
        Who is needed where. Names must differ.
    contract : Contract
        Of groups that name none.
    cuts : sequence of Cut
        What simulation has taught: Σ weight · on duty ≥ at_least. They are local estimates: `bound` holds with them.
    hours : (from, to), optional
        Seconds after midnight between which shifts lie, where one that lies within can do; for each group half an hour
        more on either side than its posts need anybody when not given.
    short_per_hour : float, optional
        Price of an hour that a post misses, and of cuts let go; nobody may be missing when None (of posts that do not
        name their own).
    seconds : float
        Time limit.
    gap : float
        Stop at this share above the bound.

    Returns
    -------
    Master
        Infeasible is an answer: findings name post, quarter-hour and how many are missing.

    Raises
    ------
    ValueError
        Two groups or posts of one name, a cut on a group that is not there, or numbers of another length than 96.

    Notes
    -----
    The linear relaxation gives the bound. Shifts that it does not use are left out, and the counts of the others are
    made whole near its values, a few at a time (`rounding`): a direct search finds nothing on days of 500 people. Small
    programs are solved whole at once. Groups that share no post and no cut are solved apart, and branches that are
    alike but for their names are solved once.
    """
    began = time.monotonic()
    _check(groups, posts, cuts)
    parts = _parts(groups, posts, cuts)
    known: dict[Any, Master] = {}
    solved: list[Master] = []
    left = float(sum(len(part.groups) for part in parts))
    for part in parts:
        names, sign = part.alike(contract, hours)
        same = known.get(sign)
        if same is None:
            share = max(0.0, seconds - (time.monotonic() - began)) * len(part.groups) / max(left, 1.0)
            same = known[sign] = _one(part, contract, hours, short_per_hour, max(share, 0.5), gap).named(names)
        solved.append(same.named({local: name for name, local in names.items()}))
        left -= len(part.groups)
    return _together(solved, parts, len(cuts), gap, time.monotonic() - began)


def _one(
    part: _Part,
    contract: Contract,
    hours: tuple[int, int] | None,
    short_per_hour: float | None,
    seconds: float,
    gap: float,
) -> Master:
    """Return the shifts of a part of the problem."""
    began = time.monotonic()
    groups, posts, cuts = part.groups, part.posts, part.cuts
    lie = [hours or lie_between(group, posts, cuts, contract) for group in groups]
    day = Day(groups, posts, contract, lie, cuts, short_per_hour)
    lost = _unreachable(day)
    if lost:
        return _nothing(day, "infeasible", began, lost)
    loose = relax(day.program, seconds=seconds)
    if loose.status == "infeasible":
        return _nothing(day, "infeasible", began, _missing(groups, posts, contract, lie, cuts, seconds))
    if loose.status != "optimal":
        return _nothing(day, "unknown", began, (), limited=True)
    size, non_zeros = len(day.program.low), int(day.program.matrix().nnz)
    wide = day
    day, values, bound, limited = near(day, loose.values, loose.objective, gap, began + seconds)
    if values is None and not limited:
        return _nothing(day, "infeasible", began, _missing(groups, posts, contract, lie, cuts, seconds))
    if values is None:
        return _nothing(day, "unknown", began, (), limited=limited, bound=bound)
    cost = day.program.price(values)
    made = day.shifts(values)
    call = {
        name: {shape.name for shape in (group.contract or contract).shapes if shape.on_call}
        for name, group in zip(made, groups, strict=True)
    }
    working = {name: [one for one in pairs if one[0].shape not in call[name]] for name, pairs in made.items()}
    short: dict[str, list[float]] = {}
    for (number, slot), variable in day.short.items():
        if values[variable] > 1e-6:
            short.setdefault(posts[number].name, [0.0] * SLOTS)[slot] = float(values[variable])
    prices = {post.name: [0.0] * SLOTS for post in posts}
    for (number, slot), rows in wide.rows.items():
        prices[posts[number].name][slot] = float(sum(loose.prices[row] for row in rows))
    return Master(
        "optimal" if cost - bound <= gap * abs(cost) + 1e-9 else "feasible",
        cost,
        min(bound, cost),
        {name: tuple(shift for shift, _ in pairs) for name, pairs in working.items()},
        {name: tuple(stays for _, stays in pairs) for name, pairs in working.items()},
        {name: tuple(s for s, _ in pairs if s.shape in call[name]) for name, pairs in made.items()},
        day.on_duty(values),
        day.work(values),
        short,
        prices,
        tuple(float(loose.prices[row]) for row in wide.cut_rows),
        limited,
        time.monotonic() - began,
        size,
        non_zeros,
    )


def _check(groups: Sequence[Group], posts: Sequence[Post], cuts: Sequence[Cut]) -> None:
    names = [group.name for group in groups]
    if len(set(names)) < len(names) or len({post.name for post in posts}) < len(posts):
        raise ValueError("names of groups and posts must differ")
    if any(len(post.servers) != SLOTS for post in posts):
        raise ValueError(f"a post has a number for each of {SLOTS} quarter-hours")
    if any(name not in names or not 0 <= slot < SLOTS for cut in cuts for name, slot in cut.weights):
        raise ValueError("a cut names a group or a quarter-hour that is not there")


def lie_between(group: Group, posts: Sequence[Post], cuts: Sequence[Cut], contract: Contract) -> tuple[int, int]:
    """Return the hours in which a group may be needed, and half an hour more on either side."""
    mine = [post for post in posts if may_take(group, post)]
    wanted = {slot for post in mine for slot in range(SLOTS) if post.servers[slot] > 0}
    wanted |= {slot for cut in cuts for name, slot in cut.weights if name == group.name}
    if not wanted:
        return 0, 0
    first, last = min(wanted) * SLOT_S, (max(wanted) + 1) * SLOT_S
    # Around the clock, those who come in the evening stay until the morning.
    latest = (group.contract or contract).seconds("latest_end")
    return first - EDGE_S, latest if first == 0 and last == SLOTS * SLOT_S else last + EDGE_S


@dataclass(frozen=True)
class _Part:
    """Groups, posts and cuts that have nothing to do with those of other parts."""

    groups: tuple[Group, ...]
    posts: tuple[Post, ...]
    cuts: tuple[Cut, ...]
    cut_numbers: tuple[int, ...]

    def alike(self, contract: Contract, hours: tuple[int, int] | None) -> tuple[dict[str, str], Any]:
        """Return name → number in this part, and what makes another part the same but for names."""
        names: dict[str, str] = {ANYWHERE: ANYWHERE}

        def local(name: str) -> str:
            return names.setdefault(name, f"#{len(names)}")

        for group in self.groups:
            local(group.name)
        groups = tuple(
            replace(
                group,
                name=local(group.name),
                skills=tuple(map(local, group.skills)),
                places=tuple(map(local, group.places)),
                recalled=tuple(map(local, group.recalled)),
                contract=None,
            )
            for group in self.groups
        )
        posts = tuple(
            replace(post, skill=local(post.skill), place=local(post.place), servers=tuple(post.servers))
            for post in self.posts
        )
        for post in self.posts:
            names[post.name] = replace(post, skill=names[post.skill], place=names[post.place]).name
        cuts = tuple(
            (tuple(sorted((local(name), slot, q) for (name, slot), q in cut.weights.items())), cut.at_least, cut.name)
            for cut in self.cuts
        )
        rules = tuple(id(group.contract or contract) for group in self.groups)
        return names, (groups, posts, cuts, rules, hours)


def _parts(groups: Sequence[Group], posts: Sequence[Post], cuts: Sequence[Cut]) -> list[_Part]:
    """Return the problem in parts that share nothing."""
    leader = list(range(len(groups) + len(posts) + len(cuts)))

    def find(one: int) -> int:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    numbers = {group.name: number for number, group in enumerate(groups)}
    by_skill: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        for skill in {*group.skills, *group.recalled}:
            by_skill.setdefault(skill, []).append(number)
    for at, post in enumerate(posts, start=len(groups)):
        for number in by_skill.get(post.skill, ()):
            if may_take(groups[number], post):
                leader[find(number)] = find(at)
    for at, cut in enumerate(cuts, start=len(groups) + len(posts)):
        for name, _ in cut.weights:
            leader[find(numbers[name])] = find(at)
    members: dict[int, list[int]] = {}
    for one in range(len(leader)):
        members.setdefault(find(one), []).append(one)
    first_cut = len(groups) + len(posts)
    return [
        _Part(
            tuple(groups[one] for one in mine if one < len(groups)),
            tuple(posts[one - len(groups)] for one in mine if len(groups) <= one < first_cut),
            tuple(cuts[one - first_cut] for one in mine if one >= first_cut),
            tuple(one - first_cut for one in mine if one >= first_cut),
        )
        for mine in sorted(members.values())
    ]


_RANK = ("optimal", "feasible", "unknown", "infeasible")


def _together(solved: Sequence[Master], parts: Sequence[_Part], cuts: int, gap: float, seconds: float) -> Master:
    """Return the shifts of all parts as those of one problem; with shifts for nobody where a part has none."""
    if not solved:
        return Master("optimal", 0.0, 0.0, {}, {}, {}, {}, {}, {}, {}, (), False, seconds, 0, 0)
    cost, bound = sum(one.cost for one in solved), sum(one.bound for one in solved)
    status = max((one.status for one in solved), key=_RANK.index)
    if status == "feasible" and cost - bound <= gap * abs(cost) + 1e-9:
        status = "optimal"
    prices = [0.0] * cuts
    for one, part in zip(solved, parts, strict=True):
        for number, price in zip(part.cut_numbers, one.cut_prices, strict=False):
            prices[number] = price
    return Master(
        status,
        cost,
        bound,
        {name: value for one in solved for name, value in one.shifts.items()},
        {name: value for one in solved for name, value in one.stays.items()},
        {name: value for one in solved for name, value in one.on_call.items()},
        {name: value for one in solved for name, value in one.on_duty.items()},
        {name: value for one in solved for name, value in one.work.items()},
        {name: value for one in solved for name, value in one.short.items()},
        {name: value for one in solved for name, value in one.prices.items()},
        tuple(prices),
        any(one.limited for one in solved),
        seconds,
        sum(one.variables for one in solved),
        sum(one.non_zeros for one in solved),
        tuple(finding for one in solved for finding in one.findings),
    )


def _unreachable(day: Day) -> tuple[sim.Finding, ...]:
    """Say at which times a post needs somebody when no permitted shift puts anybody there who may."""
    out = []
    for number, post in enumerate(day.posts):
        if post.on_call:
            continue
        may = [key for key in day.present if day.serves(*key, post)]
        for slot in range(SLOTS):
            soft = (number, slot) in day.short
            if post.servers[slot] > 0 and not soft and not any((*key, slot) in day.people for key in may):
                out.append(
                    sim.Finding(
                        "plan_post_unreachable", {"skill": post.skill, "place": post.place, "start_s": slot * SLOT_S}
                    )
                )
                break
    return tuple(out[:5])


def _missing(
    groups: Sequence[Group],
    posts: Sequence[Post],
    contract: Contract,
    hours: Sequence[tuple[int, int]],
    cuts: Sequence[Cut],
    seconds: float,
) -> tuple[sim.Finding, ...]:
    """Say where people are missing if as few as possible are; in whole people where halves would do."""
    dear = SHORT_PER_HOUR * max((group.wage_per_hour for group in groups), default=1.0)
    day = Day(groups, posts, contract, hours, cuts, max(dear, 1.0))
    loose = relax(day.program, seconds=seconds)
    if loose.status != "optimal":
        return ()
    values = loose.values
    missing_at = [*day.short.values(), *day.cut_short]
    if not any(values[variable] > 1e-6 for variable in missing_at):
        found = search(day.program, seconds=seconds, gap=GAP)
        values = found.values if len(found.values) else values
    out: list[sim.Finding] = []
    for number, post in enumerate(posts):
        missing = [(values[v], slot) for (n, slot), v in day.short.items() if n == number]
        missing = [(number, slot) for number, slot in missing if number > 1e-6]
        if missing:
            most, slot = max(missing, key=lambda one: (round(one[0], 6), -one[1]))
            told = {
                "skill": post.skill,
                "place": post.place,
                "start_s": slot * SLOT_S,
                "needed": post.servers[slot],
                "missing": math.ceil(most - 1e-6),
                "hours": round(float(sum(m for m, _ in missing)) * SLOT_S / 3600, 2),
            }
            out.append(sim.Finding("plan_post_short", told))
    for variable, cut in zip(day.cut_short, cuts, strict=True):
        if values[variable] > 1e-6:
            out.append(sim.Finding("plan_cut_short", {"cut": cut.name, "missing": round(float(values[variable]), 4)}))
    return tuple(out[:8])


def _nothing(
    day: Day,
    status: str,
    began: float,
    findings: tuple[sim.Finding, ...],
    *,
    limited: bool = False,
    bound: float = math.nan,
) -> Master:
    nobody: dict[str, tuple[()]] = {group.name: () for group in day.groups}
    duty = {group.name: [0] * SLOTS for group in day.groups}
    took = time.monotonic() - began
    size = len(day.program.low)
    return Master(
        status, math.nan, bound, nobody, nobody, nobody, duty, {}, {}, {}, (), limited, took, size, 0, findings
    )
