"""The linear program of one day's shifts, in sums of those who have begun: few variables, few non-zeros."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scheduler.plan import Shift, Span
from scheduler.shapes import DAY_S, SLOT_S, Off, Pattern, Shape
from scheduler.shifts.problem import ANYWHERE, Cut, Group, Post
from scheduler.solver import Floats, Linear

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scheduler.contracts import Contract

SLOTS = DAY_S // SLOT_S
MOST_SUBSETS = 40
"""With more subsets of posts than this in a quarter-hour, who does what is written out as a flow."""

Terms = list[tuple[int, float]]
Stay = tuple[str, int, int]
"""(place, from, to) in seconds after midnight."""


class Sums:
    """How many have begun by a slot: a variable for each slot at which somebody may begin."""

    def __init__(self, slots: Sequence[int], variables: Sequence[int]) -> None:
        self.slots, self.variables = list(slots), list(variables)

    def at(self, slot: int) -> int | None:
        """Return the variable that counts those who have begun by `slot`; None where nobody can have."""
        place = bisect.bisect_right(self.slots, slot) - 1
        return None if place < 0 else self.variables[place]

    def between(self, after: int, by: int, sign: float = 1.0) -> Terms:
        """Return the terms of how many began later than slot `after` and not later than `by`."""
        high, low = self.at(by), self.at(after)
        if high is None or high == low:
            return []
        return [(high, sign)] if low is None else [(high, sign), (low, -sign)]


@dataclass
class Track:
    """People of one group on one pattern of one shape, before and after the move at given places."""

    group: int
    shape: Shape
    pattern: Pattern
    places: tuple[str, str]
    move: int | None
    """Index of the off in which they change places."""
    starts: dict[int, int] = field(default_factory=dict)
    """First slot → variable: how many begin then."""
    begun: Sums = field(default_factory=lambda: Sums((), ()))
    offs: list[Sums | None] = field(default_factory=list)
    """By off of the pattern: how many have begun it; None where it follows the begin of the shift at once."""
    meetings: list[tuple[int, int]] = field(default_factory=list)
    """(slot, slots) of meetings at a time of day."""


def tracks(group: Group, number: int, contract: Contract, hours: tuple[int, int]) -> list[tuple[Track, list[int]]]:
    """Return the ways in which a group may work, each with the slots at which it may begin.

    Parameters
    ----------
    group, number
        And its number in the problem.
    contract : Contract
    hours : (opens, closes)
        Nobody is asked to come much before or to leave much after: seconds after midnight, as in `starts`.
    """
    out = []
    for shape in contract.shapes:
        if group.shapes is not None and shape.name not in group.shapes:
            continue
        for pattern in shape.patterns:
            begins = starts(shape, pattern, contract, hours)
            for places, changed, move in _routes(group, pattern):
                clear = [slot for slot in begins if not _clash(shape, changed, slot)]
                if clear:
                    out.append((Track(number, shape, changed, places, move), clear))
    return out


def starts(shape: Shape, pattern: Pattern, contract: Contract, hours: tuple[int, int]) -> list[int]:
    """Return every first slot that the rules permit and that keeps to the hours in which people are needed.

    A shift begins not before the first of `hours` and ends not after the second, where that is possible; one that is
    longer than they are covers all of them.
    """
    latest_end = contract.seconds("latest_end")
    opens, closes = max(hours[0], 0), min(hours[1], latest_end)
    out = []
    for start in shape.begins(contract.seconds("start_grid"), latest_end):
        end = start + pattern.span_s
        early = start < min(opens, closes - pattern.span_s)
        late = end > max(closes, opens + pattern.span_s)
        if start % SLOT_S == 0 and end <= latest_end and not early and not late:
            out.append(start // SLOT_S)
    return out


def _routes(group: Group, pattern: Pattern) -> list[tuple[tuple[str, str], Pattern, int | None]]:
    """Return (places before and after, pattern with the time on the way, off in which they move)."""
    stay: list[tuple[tuple[str, str], Pattern, int | None]] = [
        ((place, place), pattern, None) for place in group.places
    ]
    unpaid = [index for index, off in enumerate(pattern.offs) if not off.paid]
    if len(group.places) == 1 or not unpaid:
        return stay
    move = max(unpaid, key=lambda index: pattern.offs[index].length_s)
    off = pattern.offs[move]
    limit = pattern.offs[move + 1].earliest if move + 1 < len(pattern.offs) else pattern.span_s
    latest = min(off.latest, limit - off.length_s - group.travel_s)
    if latest < off.earliest:
        return stay
    longer = replace(off, latest=latest, length_s=off.length_s + group.travel_s)
    changed = replace(pattern, offs=(*pattern.offs[:move], longer, *pattern.offs[move + 1 :]))
    return stay + [((a, b), changed, move) for a in group.places for b in group.places if a != b]


def _at(shape: Shape, pattern: Pattern, slot: int) -> list[tuple[int, int]]:
    """Return (slot, slots) of the meetings at a time of day that a shift from `slot` has the whole of."""
    met = [(one.at // SLOT_S, one.length_s // SLOT_S) for one in shape.meetings if one.at is not None]
    return [(at, n) for at, n in met if slot <= at and at + n <= slot + pattern.span_s // SLOT_S]


def _clash(shape: Shape, pattern: Pattern, slot: int) -> bool:
    """Tell whether a meeting at a time of day leaves some off of a shift from `slot` no time."""
    for at, n in _at(shape, pattern, slot):
        for off in pattern.offs:
            begins = range(slot + off.earliest // SLOT_S, slot + off.latest // SLOT_S + 1)
            if all(begin < at + n and at < begin + off.length_s // SLOT_S for begin in begins):
                return True
    return False


class Day:
    """The program of one day, and how to read shifts from its values.

    Notes
    -----
    For each track X(t) counts those whose shift has begun by slot t, and C(t) those who have begun an off, of those in
    whose window t lies. Offs of a track can be handed out in order of begin if and only if
    X(t − latest) ≤ C(t) ≤ X(t − earliest) (Bechtold and Jacobs 1990, forward and backward sums). People on duty are
    X(t) − X(t − span) − Σ (C(t) − C(t − length)): a difference of sums, where writing out every shift takes a hundred
    times as many non-zeros. Who does what in a slot is either a flow from people to posts, or, where there are few
    posts, one row for every subset A of posts (Hall): the people with a skill of A are as many as A needs.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        posts: Sequence[Post],
        contract: Contract,
        hours: Sequence[tuple[int, int]],
        cuts: Sequence[Cut],
        short_per_hour: float | None,
        only: Sequence[Collection[int]] | None = None,
    ) -> None:
        self.program = Linear()
        self.contract, self.hours = contract, tuple(hours)
        self.groups, self.posts, self.cuts = tuple(groups), tuple(posts), tuple(cuts)
        self.tracks: list[Track] = []
        self.present: dict[tuple[int, str], list[Terms]] = {}
        """(group, place) → by slot, terms of how many are on duty there."""
        self.standby: dict[int, list[Terms]] = {}
        self.people: dict[tuple[int, str, int], int] = {}
        """(group, place, slot) → variable: how many are on duty."""
        self.short: dict[tuple[int, int], int] = {}
        """(post, slot) → variable: how many are missing."""
        self.flows: dict[tuple[int, int], list[tuple[int, int]]] = {}
        """(group, post) → (slot, variable): how many do that work."""
        self.rows: dict[tuple[int, int], list[int]] = {}
        """(post, slot) → rows that ask for its people."""
        self._only, self._seen = only, 0
        self._known: dict[int, frozenset[tuple[int, str]]] = {}
        self.cut_rows: list[int] = []
        self.cut_short: list[int] = []
        for number, (group, lie) in enumerate(zip(groups, hours, strict=True)):
            self._group(group, number, group.contract or contract, lie)
        self._count()
        self._needs(short_per_hour)
        for cut in cuts:
            self._cut(cut, short_per_hour)

    def narrowed(self, only: Sequence[Collection[int]], short_per_hour: float) -> Day:
        """Return the day with few begins, by track the slots in `only`, and at a price people may be missing."""
        return Day(self.groups, self.posts, self.contract, self.hours, self.cuts, short_per_hour, only)

    # -------------------------------------------------------------------------------------------- shifts

    def _group(self, group: Group, number: int, contract: Contract, hours: tuple[int, int]) -> None:
        most = math.inf if group.most is None else group.most
        for place in group.places:
            self.present[number, place] = [[] for _ in range(SLOTS)]
        self.standby[number] = [[] for _ in range(SLOTS)]
        everybody: Terms = []
        for track, permitted in tracks(group, number, contract, hours):
            begins = permitted
            if self._only is not None:
                begins = [slot for slot in permitted if slot in self._only[self._seen]]
                self._seen += 1
                if not begins:
                    continue
            self._track(track, begins, group, most)
            self.tracks.append(track)
            everybody += [(x, 1.0) for x in track.starts.values()]
        if everybody and (group.least or math.isfinite(most)):
            self.program.row(everybody, at_least=group.least, at_most=most)

    def _track(self, track: Track, begins: Sequence[int], group: Group, most: float) -> None:
        program, span = self.program, track.pattern.span_s // SLOT_S
        price = (
            track.shape.paid_s / 3600 * group.wage_per_hour * (track.shape.pay_share if track.shape.on_call else 1.0)
        )
        total: int | None = None
        sums = []
        for slot in begins:
            x = track.starts[slot] = program.variable(0, most, price, whole=True)
            done = program.variable(0, math.inf)
            program.row(
                [(done, 1.0), (x, -1.0), *([(total, -1.0)] if total is not None else [])], at_least=0, at_most=0
            )
            sums.append(done)
            total = done
        track.begun = Sums(begins, sums)
        track.meetings = [
            (one.at // SLOT_S, one.length_s // SLOT_S) for one in track.shape.meetings if one.at is not None
        ]
        for off in track.pattern.offs:
            track.offs.append(self._off(track, off, begins))
        if track.shape.on_call:
            self._add(self.standby[track.group], track, 0, SLOTS + span, False)
            return
        first = self.present[track.group, track.places[0]]
        if track.move is None:
            self._add(first, track, 0, SLOTS + span, True)
        else:
            self._moved(track, track.move)

    def _off(self, track: Track, off: Off, begins: Sequence[int]) -> Sums | None:
        """Add how many have begun an off by each slot; None where its time is fixed by the begin of the shift."""
        if off.earliest == off.latest:
            return None
        program, earliest, latest = self.program, off.earliest // SLOT_S, off.latest // SLOT_S
        length = off.length_s // SLOT_S
        slots = sorted({slot for first in begins for slot in range(first + earliest, first + latest + 1)})
        before: int | None = None
        variables = []
        for slot in slots:
            taken = any(slot < at + n and at < slot + length for at, n in track.meetings)
            if taken and before is None:
                # Nobody can have begun it yet: a variable that is 0 keeps the list whole.
                variables.append(program.variable(0, 0))
            elif taken:
                variables.append(before)  # type: ignore[arg-type]
            else:
                variables.append(program.variable(0, math.inf, whole=True))
                if before is not None:
                    program.row([(variables[-1], 1.0), (before, -1.0)], at_least=0)
            before = variables[-1]
            allowed, due = track.begun.at(slot - earliest), track.begun.at(slot - latest)
            if allowed is not None:
                program.row([(allowed, 1.0), (before, -1.0)], at_least=0)
            if due is not None:
                program.row([(before, 1.0), (due, -1.0)], at_least=0)
        return Sums(slots, variables)

    def _begun(self, track: Track, index: int, after: int, by: int, sign: float) -> Terms:
        """Return the terms of how many began an off later than slot `after` and not later than `by`."""
        sums = track.offs[index]
        if sums is not None:
            return sums.between(after, by, sign)
        shift = track.pattern.offs[index].earliest // SLOT_S
        return track.begun.between(after - shift, by - shift, sign)

    def _add(self, where: list[Terms], track: Track, first: int, last: int, duty: bool) -> None:
        """Add those on a track who are at work to the terms of each slot; what is past midnight counts from 0:00 on."""
        span = track.pattern.span_s // SLOT_S
        for slot in range(first, last):
            terms = track.begun.between(slot - span, slot)
            if duty:
                for index, off in enumerate(track.pattern.offs):
                    terms += self._begun(track, index, slot - off.length_s // SLOT_S, slot, -1.0)
                terms += self._met(track, slot)
            where[slot % SLOTS] += terms

    def _met(self, track: Track, slot: int) -> Terms:
        """Return the terms of those who are at a meeting at a time of day."""
        span = track.pattern.span_s // SLOT_S
        out: Terms = []
        for at, n in track.meetings:
            if at <= slot < at + n:
                out += track.begun.between(at + n - span - 1, at, -1.0)
        return out

    def _moved(self, track: Track, move: int) -> None:
        """Add those who change places: at the first up to the move, at the second after it."""
        offs, span = track.pattern.offs, track.pattern.span_s // SLOT_S
        way = offs[move].length_s // SLOT_S
        first, second = (self.present[track.group, place] for place in track.places)
        never = -(10**6)
        for slot in range(SLOTS + span):
            before = track.begun.between(never, slot) + self._begun(track, move, never, slot, -1.0)
            after = self._begun(track, move, never, slot - way, 1.0) + track.begun.between(never, slot - span, -1.0)
            for index, off in enumerate(offs):
                if index != move:
                    away = self._begun(track, index, slot - off.length_s // SLOT_S, slot, -1.0)
                    if index < move:
                        before += away
                    else:
                        after += away
            first[slot % SLOTS] += before
            second[slot % SLOTS] += after

    def _count(self) -> None:
        """Add a variable for the people on duty of each group at each place in each slot in which there can be any."""
        for (group, place), by_slot in self.present.items():
            for slot, terms in enumerate(by_slot):
                if terms:
                    n = self.people[group, place, slot] = self.program.variable(0, math.inf)
                    self.program.row([(n, 1.0), *((v, -c) for v, c in terms)], at_least=0, at_most=0)

    # --------------------------------------------------------------------------------------------- needs

    def _needs(self, short_per_hour: float | None) -> None:
        for slot in range(SLOTS):
            held = []
            for number, post in enumerate(self.posts):
                if post.servers[slot] <= 0:
                    continue
                price = post.short_per_hour if post.short_per_hour is not None else short_per_hour
                if price is not None:
                    price *= SLOT_S / 3600
                    self.short[number, slot] = self.program.variable(0, post.servers[slot], price)
                if post.held and not post.on_call:
                    held.append(number)
                else:
                    self._presence(number, post, slot)
            if held:
                subsets = self._subsets(held)
                if subsets is None:
                    self._flow(held, slot)
                else:
                    for subset in subsets:
                        self._hall(subset, slot)

    def serves(self, group: int, place: str, post: Post) -> bool:
        """Tell whether people of a group who are at a place may take a post."""
        one = self.groups[group]
        can = post.skill in one.skills or post.skill in one.recalled
        return can and post.place in (ANYWHERE, place)

    def _presence(self, number: int, post: Post, slot: int) -> None:
        if post.on_call:
            terms = [
                term
                for group, by_slot in self.standby.items()
                if post.skill in self.groups[group].skills
                for term in by_slot[slot]
            ]
        else:
            terms = [
                (self.people[group, place, slot], 1.0)
                for group, place in self.present
                if (group, place, slot) in self.people
                and post.skill in self.groups[group].skills
                and post.place in (ANYWHERE, place)
            ]
        self._ask((number,), slot, terms)

    def _ask(self, subset: Sequence[int], slot: int, terms: Terms) -> None:
        """Add the row that asks for the people of a subset of posts in a slot."""
        missing = [(self.short[number, slot], 1.0) for number in subset if (number, slot) in self.short]
        needed = sum(self.posts[number].servers[slot] for number in subset)
        row = self.program.row([*terms, *missing], at_least=needed)
        for number in subset:
            self.rows.setdefault((number, slot), []).append(row)

    def _sources(self, number: int) -> frozenset[tuple[int, str]]:
        """Return the (group, place) that may take a post."""
        if number not in self._known:
            self._known[number] = frozenset(key for key in self.present if self.serves(*key, self.posts[number]))
        return self._known[number]

    def _subsets(self, held: Sequence[int]) -> list[tuple[int, ...]] | None:
        """Return the subsets of posts whose rows say all that a flow would; None where there are too many, or prices.

        For the same people only the largest subset counts: one row for each union of the posts' sources.
        """
        sources = {number: self._sources(number) for number in held}
        priced = any(
            group.recalled and group.recall_per_hour and any(self.posts[n].skill in group.recalled for n in held)
            for group in self.groups
        )
        if priced:
            return None
        unions = {frozenset[tuple[int, str]]()}
        for people in set(sources.values()):
            unions |= {union | people for union in unions}
            if len(unions) > MOST_SUBSETS:
                return None
        subsets = {tuple(number for number in held if sources[number] and sources[number] <= union) for union in unions}
        nobody = tuple(number for number in held if not sources[number])
        return sorted(subsets - {()}) + [(number,) for number in nobody]

    def _hall(self, subset: Sequence[int], slot: int) -> None:
        people = frozenset[tuple[int, str]]().union(*(self._sources(number) for number in subset))
        terms = [(self.people[(*key, slot)], 1.0) for key in sorted(people) if (*key, slot) in self.people]
        self._ask(subset, slot, terms)

    def _flow(self, held: Sequence[int], slot: int) -> None:
        out: dict[tuple[int, str], Terms] = {}
        into: dict[int, Terms] = {number: [] for number in held}
        for number in held:
            post = self.posts[number]
            for group, place in sorted(self._sources(number)):
                if (group, place, slot) not in self.people:
                    continue
                one = self.groups[group]
                price = 0.0 if post.skill in one.skills else one.recall_per_hour * SLOT_S / 3600
                f = self.program.variable(0, math.inf, price)
                out.setdefault((group, place), []).append((f, 1.0))
                into[number].append((f, 1.0))
                self.flows.setdefault((group, number), []).append((slot, f))
        for key, terms in out.items():
            self.program.row([(self.people[(*key, slot)], 1.0), *((f, -1.0) for f, _ in terms)], at_least=0)
        for number, terms in into.items():
            self._ask((number,), slot, terms)

    def _cut(self, cut: Cut, short_per_hour: float | None) -> None:
        names = {group.name: number for number, group in enumerate(self.groups)}
        terms = [
            (n, weight)
            for (name, slot), weight in cut.weights.items()
            if weight
            for place in self.groups[names[name]].places
            if (n := self.people.get((names[name], place, slot))) is not None
        ]
        if short_per_hour is not None:
            # Dear enough that people come before a cut is let go: as if it missed a person all day.
            scale = max((abs(weight) for _, weight in terms), default=1.0)
            missing = self.program.variable(0, math.inf, 24 * short_per_hour / scale)
            self.cut_short.append(missing)
            terms.append((missing, 1.0))
        self.cut_rows.append(self.program.row(terms, at_least=cut.at_least))

    # -------------------------------------------------------------------------------------------- reading

    def shifts(self, values: Floats) -> dict[str, list[tuple[Shift, tuple[Stay, ...]]]]:
        """Return by group the shifts that `values` (whole numbers) put people on, with their stays at places."""
        out: dict[str, list[tuple[Shift, tuple[Stay, ...]]]] = {group.name: [] for group in self.groups}
        for track in self.tracks:
            people = [slot for slot, x in track.starts.items() for _ in range(round(values[x]))]
            if not people:
                continue
            begins = [self._begins(track, index, people, values) for index in range(len(track.pattern.offs))]
            for number, slot in enumerate(people):
                out[self.groups[track.group].name].append(_shift(track, slot, [times[number] for times in begins]))
        for made in out.values():
            made.sort(key=lambda one: (one[0].start_s, one[0].end_s, one[0].off, one[1]))
        return out

    def _begins(self, track: Track, index: int, people: Sequence[int], values: Floats) -> list[int]:
        """Return for each person (in order of begin) the slot at which an off begins."""
        sums = track.offs[index]
        if sums is None:
            return [slot + track.pattern.offs[index].earliest // SLOT_S for slot in people]
        out: list[int] = []
        for slot, variable in zip(sums.slots, sums.variables, strict=True):
            out += [slot] * (round(values[variable]) - len(out))
        return out

    def on_duty(self, values: Floats) -> dict[str, list[int]]:
        """Return by group how many are on duty in each slot, wherever they are."""
        out = {group.name: [0] * SLOTS for group in self.groups}
        for (group, _, slot), n in self.people.items():
            out[self.groups[group].name][slot] += round(values[n])
        return out

    def work(self, values: Floats) -> dict[tuple[str, str], list[float]]:
        """Return (group, post) → people who do that work in each slot, where it is written out as a flow."""
        out = {}
        for (group, number), parts in self.flows.items():
            by_slot = [0.0] * SLOTS
            for slot, f in parts:
                by_slot[slot] += float(values[f])
            if any(by_slot):
                out[self.groups[group].name, self.posts[number].name] = by_slot
        return out


def _shift(track: Track, slot: int, begins: Sequence[int]) -> tuple[Shift, tuple[Stay, ...]]:
    """Return one person's shift, from its first slot and the slots at which its offs begin."""
    start_s, end_s = slot * SLOT_S, slot * SLOT_S + track.pattern.span_s
    unpaid: list[Span] = []
    paid: list[Span] = []
    stays: tuple[Stay, ...] = ((track.places[0], start_s, end_s),)
    for index, (begin, off) in enumerate(zip(begins, track.pattern.offs, strict=True)):
        at, until = begin * SLOT_S, begin * SLOT_S + off.length_s
        if index == track.move:
            stays = ((track.places[0], start_s, at), (track.places[1], until, end_s))
            # The way is paid: the unpaid part comes first.
            meal = off.length_s - _way(track)
            unpaid.append((at, at + meal))
            if until > at + meal:
                paid.append((at + meal, until))
        else:
            (paid if off.paid else unpaid).append((at, until))
    for at_slot, n in _at(track.shape, track.pattern, slot):
        paid.append((at_slot * SLOT_S, (at_slot + n) * SLOT_S))
    return Shift(track.shape.name, start_s, end_s, tuple(sorted(unpaid)), tuple(sorted(paid))), stays


def _way(track: Track) -> int:
    """Return the paid time on the way that the off of a move contains."""
    off = track.pattern.offs[track.move or 0]
    plain = track.shape.meal_s if off.kind == "meal" else None
    if plain is None:
        plain = track.pattern.span_s - track.shape.span_s
    return off.length_s - plain
