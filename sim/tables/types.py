"""The integers that both engines read and write: Tables (a compiled scenario), Day (who comes), Trace (what happened).

Every time is a tick, `int64` milliseconds since the first midnight of the run (MODEL §1). Rows are records,
because the compiled kernel takes them as they are. Letters in shapes: L laws, B steps of all
programs, Z seize steps, Q queues, P pools, U units, D places, T planned changes, S streams, F factors, V visits,
R rows, C changes of duty.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Ticks = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEVER = np.int64(2**62)
"""A tick that is never reached."""

SEIZE, ADVANCE, RELEASE, TRANSFER, EVENT, LEAVE, ASSIGN, WAIT, SPLIT = range(9)
"""Kinds of steps. Everything else that routes can say is written in these (STORE, redial, balking, retry)."""

BY_CHANCE, BY_CONDITION = range(2)
"""How a TRANSFER chooses: shares that add up, or the first way whose condition holds."""

CONTINUE, PAUSE, RESTART, GO_TO = range(4)
"""What an ADVANCE does when a unit that the visit holds, or its link, goes down."""

IN_ORDER, LONGEST_IDLE, LEAST_OCCUPIED, RANDOM = range(4)
"""How a need chooses among the pools that are free."""

ATTRIBUTE, ACCOUNT, COUNTER = range(3)
"""What an ASSIGN writes to."""

FLOW, QUEUES, UNITS = 1, 2, 4
"""Groups of rules that a scenario may use; the kernel is built without those it does not (`Run.features`)."""

(
    END, CONST, ADD, SUB, MUL, DIV, MOD, MIN, MAX, NEG, NOT, AND, OR, EQ, NE, LT, LE, GT, GE, FLOOR, EXP, LOG, IF,
    GET_ATTRIBUTE, GET_ACCOUNT, GET_COUNTER, GET_TABLE, GET_LUCK,
    NOW_S, DAY_NUMBER, DAY_CLASS, AGE_S, WAITED_S, PASSES, ATTEMPT, CHILDREN, INSIDE, IS_OPEN,
    QUEUE_LENGTH, FREE_UNITS, BUSY_UNITS, ON_DUTY_UNITS, DOWN_UNITS, LINK_IS_DOWN, CAN_START,
    SESSIONS, SPEED, TENURE,
) = range(48)  # fmt: skip
"""Operations of an expression, see CODE."""

EXPONENTIAL, LOGNORMAL, WEIBULL, DETERMINISTIC, UNIFORM, POINTS, LOGIT_TABLE = range(7)
"""Kinds of laws as drawn: gamma becomes LOGIT_TABLE, empirical POINTS."""

CLOCK_QUEUE, CLOCK_WAITING, CLOCK_VISIT = range(3)
"""Since when patience runs."""

ADVANCE_ENDS, BREAKDOWN, CAPACITY, LOOKS, TIMER, PATIENCE_ENDS, ARRIVES = 1, 2, 3, 4, 5, 6, 7
"""Kinds of events, in the order in which they happen at one tick (MODEL §1)."""

OPENS, CLOSES, GOES, BREAKS, COMES = range(5)
"""Planned changes, in the order in which they happen at one tick: who leaves goes before who comes."""

RETURNS, MOVES, FAILS, REPAIRED = 5, 6, 7, 8
"""In the trace's changes of duty besides these: somebody returns from a break; serves another pool from now on
(`planned` is its number); a unit goes down, comes up."""

UNIT_FAILS, UNIT_REPAIRED, LINK_FAILS, LINK_REPAIRED = range(4)
"""Disruptions of a Day."""

ANSWERED, ABANDONED, BALKED, DIVERTED, REFERRED, CLOSED, BLOCKED, IN_SYSTEM = range(8)
"""Numbers of the outcomes in `sim.model.OUTCOMES`; own outcomes follow and count as answered."""

SERVE, TURN_AWAY, CARRY = range(3)
"""Closing rules."""


def record(**fields: type[np.generic]) -> np.dtype[np.void]:
    """Return a record type; aligned, because numba finds the type of unaligned ones slowly (0.7 ms a call)."""
    return np.dtype(list(fields.items()), align=True)


_i4, _i8, _f8, _u8 = np.int32, np.int64, np.float64, np.uint64

LAW = record(a=_f8, b=_f8, kind=_i4, first=_i4, count=_i4)
"""A law of durations in seconds; what `a` and `b` mean to each kind says `sim.draw.luck.value`."""

POINT = record(x=_f8, p=_f8)
"""A point of a quantile table: value and cumulative probability."""

STEP = record(
    name=_u8,  # 24-bit hash of the name by which luck is drawn
    op=_i4,
    next=_i4,
    counter=_i4,  # which pass counter of the visit, -1: passed at most once
    law=_i4,  # of an ADVANCE, or patience of a SEIZE (-1: infinite)
    clock=_i4,  # of a SEIZE: since when patience runs
    give_up=_i4,  # of a SEIZE, -1: leave as abandoned
    seize=_i4,  # row of Compiled.seize (in the first part of the day), -1: not a SEIZE
    first=_i4,  # of a SEIZE (a slot for each need) or RELEASE in member, of a TRANSFER in choice
    count=_i4,
    outcome=_i4,  # of a LEAVE
    detail=_i4,  # of a SEIZE in wanting, of an ADVANCE or RELEASE in session, of an ASSIGN or SPLIT in task; −1: plain
    code=_i4,  # of an ASSIGN: the value; of a WAIT: until it is not 0; of an EVENT: its amount (−1: not written down)
)
"""A step of a program; the programs of all services stand one after the other."""

WANTING = record(
    limit=_i8,  # ticks after joining at which a visit goes to `limit_to` (NEVER)
    earmark=_i8,  # ticks after joining at which it begins to collect units (NEVER)
    first=_i4,  # its stages in stage, by time
    end=_i4,
    limit_to=_i4,  # −1: leave as diverted
    gap=_i4,  # law of the time that is lost when the number of one who left is called (−1: leavers are noticed)
    patience=_i4,  # expression that multiplies the patience drawn, −1: none
    due=_i4,  # expression, in seconds of the run, by which the queue is ordered instead of joining; −1: joining
    differs=_i4,  # in member: (need, slot, 0: another unit or 1: another pool) three by three
    differs_end=_i4,
    preempts=_i4,  # 1: takes a unit from a visit of a lower class that is in an ADVANCE
    children=_i4,  # child number of the ghost
)
"""What a SEIZE may have besides needs, class and patience."""

STAGE = record(after=_i8, seize=_i4)
"""From `after` ticks after joining, a visit waits as that row of Compiled.seize says (overflow, ageing)."""

SESSION = record(
    code=_i4,  # expression that multiplies the duration (−1: 1)
    link=_i4,  # row of Compiled.link that must be up, −1: none
    on_down=_i4,
    down_to=_i4,  # step, for GO_TO
    drop=_i4,  # law of the time after which the connection drops, −1: never
    drop_to=_i4,
    crash=_i4,  # of a RELEASE: law of how long the units are down from now on, −1: they are not
    done=_i4,  # attribute that remembers the share done when it is interrupted, −1: none
)
"""What an ADVANCE (or a RELEASE: `crash`) may have besides its law."""

TASK = record(
    kind=_i4,  # of an ASSIGN: ATTRIBUTE, ACCOUNT or COUNTER
    index=_i4,  # which; of a SPLIT: row of Compiled.spawned
    each_place=_i4,  # of a COUNTER: 1 when every place has its own (index + place)
    law=_i4,  # of a SPLIT: delay
    again=_i4,  # of a SPLIT: 1 when the same person tries again (attempt + 1)
    children=_i4,  # of a SPLIT: number of the first visit it wakes, from its own; the next is `span` further
    most=_i4,  # of a SPLIT: how many it may wake
    span=_i4,  # of a SPLIT: how many numbers each takes for itself and those whom it may wake
)
"""What an ASSIGN writes, whom a SPLIT wakes."""

CODE = record(x=_f8, op=_i4, a=_i4, b=_i4)
"""A line of an expression: a stack machine over float64, from its first line to END; the top of the stack is its value.

CONST pushes x. ADD … GE take two and push one (truth is 1.0 or 0.0); NEG, NOT, FLOOR, EXP, LOG take one; IF takes
condition, value if true, value if not. GET_TABLE takes one and looks it up in table a. GET_ATTRIBUTE a, GET_ACCOUNT
a, GET_COUNTER a (b = 1: + place). GET_LUCK: u of the visit for the block it is in (purpose PURPOSE_VALUE). NOW_S:
second of the day, AGE_S, WAITED_S seconds; PASSES a: how often counter a has counted. QUEUE_LENGTH a: row a of
`group` gives queues, counted whole, whichever place their visits come from; FREE_UNITS, BUSY_UNITS, ON_DUTY_UNITS,
DOWN_UNITS a: row a of `group` gives pools. LINK_IS_DOWN a: row a of `link`. CAN_START a: row a of `seize`. SESSIONS,
SPEED, TENURE a: of the
unit in slot a (0, 1 and 0 when it holds none).
"""

CURVE = record(first=_i4, count=_i4, straight=_i4)
"""A table for GET_TABLE: its points in `point` (x by p, p rising); steps (value of the last p that is not above), or
straight lines between; constant outside."""

CHOICE = record(share=_f8, target=_i4, code=_i4)
"""A way a TRANSFER may go: cumulative probability (or, with `code`, an expression: own share or condition), step."""

QUEUE = record(rank=_i4, n_needs=_i4, first=_i4, family=_i4, first_bit=_i4, end_bit=_i4)
"""A waiting line: visits with the same needs, resolved to pools, and the same class; `first` of its needs in need;
`family`: the connected set of pools for earmarks; where it stands among those who want each of its pools (in bit)."""

BIT = record(mask=_u8, word=_i4)
"""Where somebody who waits in a queue is noted for one of its pools: a bit of a word of 64 queues."""

NEED = record(first=_i4, count=_i4, reserve=_i4, rule=_i4, weight=_i4)
"""A need: where its pools stand in member, in order of preference; where how many must stay free of each stands in
member (−1: none); how it chooses; its weights in `share` (RANDOM)."""

POOL = record(
    first_unit=_i4, end_unit=_i4, first=_i4, end=_i4, place=_i4, late=_i4, slots=_i4, hands_over=_i4, word=_i4,
    end_word=_i4,
)  # fmt: skip
"""A pool: its units, the queues that want it (in member), its place, whether late breaks end as planned (1), how many
visits a unit may serve at once, whether who goes hands the customer over (1) or finishes first; the words in which it
is noted in which of these queues somebody waits."""

UNIT_TRAIT = record(speed=_f8, tenure=_f8)
"""A unit: factor of its times, days of experience at the start of the run."""

PLACE = record(closing=_i4, first=_i4, end=_i4, never_closes=_i4)
"""A place: closing rule, the pools that stand there (in member), whether it is open day and night."""

CHANGE = record(tick=_i8, length=_i8, op=_i4, subject=_i4, unit=_i4, shift=_i4)
"""A planned change of one unit of a pool, or of a place; sorted by (tick, op, subject). `length`: of a break; of a
going, how long before the end of the shift it stands (no new work). `unit`: this very one, −1: any. `shift`: its number
in Day.absent, −1: always comes."""

DISPATCH = record(
    every=_i8, switch=_i8, source=_i4, target=_i4, go=_i4, back=_i4, looks=_i4, most=_i4, place=_i4
)  # fmt: skip
"""A rule that moves units between pools: looks `every` ticks, moves one from `source` to `target` when `go` has held
for `looks` looks in a row (at most `most` at a time), back when `back` has; switching takes `switch` ticks."""

STREAM = record(
    hash0=_u8, hash1=_u8, place=_i4, service=_i4, step=_i4, first=_i4, end=_i4, factor=_i4, factor_end=_i4,
    family=_i4, gate=_i4, account=_i4, account_end=_i4, spawned=_i4,
)  # fmt: skip
"""Arrivals of one service at one place: 40 bits of its name, its first step, its pieces, its day factors; how many
numbers each of its visits takes (itself and those it may wake), the expression of the share of candidates that come in
(−1: all), its accounts; 1 when nobody arrives by himself and SPLIT wakes all."""

PIECE = record(start=_i8, end=_i8, rate=_f8, day=_i4)
"""A piece of constant rate (expected arrivals per tick), in order of time."""

FACTOR = record(hash0=_u8, hash1=_u8, law=_i4)
"""A day factor: one number a day."""

ARRIVAL = record(tick=_i8, stream=_i4, n=_i4, child=_i4)
"""A visit: when, of which stream, its number there from 0; children 1, 2 … stand after it and sleep until woken."""

DISRUPTION = record(tick=_i8, op=_i4, subject=_i4)
"""A unit (its number) or a link goes down or comes up; sorted by (tick, op, subject)."""

OVERRIDE = record(value=_f8, name=_u8, visit=_i4, passes=_i4, purpose=_i4)
"""What a log says of a visit: duration in seconds, or u of a choice; sorted by visit."""

BOOKED = record(tick=_i8, show=_f8, stream=_i4, n=_i4, law=_i4)
"""A visit that is expected: when it may come at the earliest, the chance that it does, its number in the stream, the
law of how much later it comes (−1: not at all)."""

SHIFT = record(hash0=_u8, hash1=_u8, share=_f8, n=_i4)
"""A shift that somebody may be absent from: of which team, with which chance, its number in the team."""

FAILING = record(hash0=_u8, hash1=_u8, n=_i4, op=_i4, subject=_i4, up=_i4, down=_i4)
"""Something that fails by chance: name and number by which luck is drawn, UNIT_FAILS or LINK_FAILS, which, the laws of
how long it works and how long it is then down."""

OUTAGE = record(start=_i8, end=_i8, op=_i4, subject=_i4)
"""A planned time in which something is down."""

LOGGED = record(stream=_i4, n=_i4)
"""A visit of which a log says more than when it came."""

ROW = record(entered=_i8, started=_i8, ended=_i8, visit=_i4, step=_i4, need=_i4, unit=_i4, pool=_i4)
"""A block passed; see `Trace`."""

DUTY = record(tick=_i8, planned=_i8, op=_i4, unit=_i4)
"""A change of duty: what, when it happened and when it was planned."""

RESULT = record(arrived=_i8, left=_i8, outcome=_i4, stream=_i4, attempt=_i4)
"""A visit: when it came (−1: it never did), when it left (−1: still in the system) and how; which try of the same
person this is, from 0."""

ENTRY = record(tick=_i8, amount=_f8, visit=_i4, step=_i4)
"""An amount that an EVENT wrote down."""

Records = npt.NDArray[np.void]


class Run(NamedTuple):
    """The frame of a replication, in ticks."""

    tick: int  # every time is a multiple of it
    horizon: int  # arrivals stop
    end: int  # the run stops
    days: int
    n_slots: int  # units a visit may hold at once
    n_counters: int  # pass counters a visit needs
    patience_name: int  # name by which luck of a patience for all queues is drawn
    features: int  # which of FLOW, QUEUES and UNITS it uses
    n_attributes: int  # of a visit
    n_families: int  # connected sets of pools, for earmarks
    n_links: int


class World(NamedTuple):
    """What only some scenarios use; empty in others."""

    wanting: Records  # WANTING
    stage: Records  # STAGE
    session: Records  # SESSION
    task: Records  # TASK
    code: Records  # CODE of all expressions
    curve: Records  # CURVE
    group: Ints  # (G, D) lists of pools or queues by place: index of SPAN, −1: empty
    span: Records  # NEED, of which `first` and `count` are read
    link: Ints  # (N, D) link of a name at a place, −1: none
    spawned: Ints  # (M, D) stream of woken visits at a place
    share: Floats  # weights of needs that choose at random
    trait: Records  # (U,) UNIT_TRAIT
    dispatch: Records  # DISPATCH
    counter: Floats  # first values of counters
    account: Floats  # (A, K) first values of accounts
    day_class: Ints  # (days,) number of the class of each day
    part: Ticks  # ticks of the day at which its parts begin; a SEIZE has a row of Compiled.seize for each


class Compiled(NamedTuple):
    """All that the engines read."""

    law: Records  # (L,) LAW
    point: Records  # POINT of all quantile tables
    step: Records  # (B,) STEP
    choice: Records  # CHOICE of all TRANSFERs
    seize: Ints  # (Z, D) queue of a SEIZE at a place, -1: no post may do it
    queue: Records  # (Q,) QUEUE
    bit: Records  # BIT of all queues
    need: Records  # NEED of all queues
    pool: Records  # (P,) POOL
    place: Records  # (D,) PLACE
    member: Ints  # the lists that the records point into, one after the other
    change: Records  # (T,) CHANGE
    stream: Records  # (S,) STREAM
    run: Run
    world: World


class Chance(NamedTuple):
    """What happens by chance, or as it was logged, besides arrivals; empty where a scenario has none of it."""

    booked: Records  # BOOKED
    shift: Records  # SHIFT
    failing: Records  # FAILING
    outage: Records  # OUTAGE
    override: Records  # OVERRIDE, sorted by visit; `visit` is a number in `logged`
    logged: Records  # LOGGED


class Demand(NamedTuple):
    """What arrivals are drawn from, besides the streams."""

    piece: Records  # PIECE; streams may share them
    stream_factor: Ints
    factor: Records  # (F,) FACTOR

    def expected(self, stream: Records) -> Floats:
        """Return the expected arrivals of each stream."""
        reached = np.append(0.0, np.cumsum(self.piece["rate"] * (self.piece["end"] - self.piece["start"])))
        return np.asarray(reached[stream["end"]] - reached[stream["first"]], np.float64)


@dataclass(frozen=True)
class Names:
    """What the numbers in Tables are called."""

    places: tuple[str, ...]
    services: tuple[str, ...]
    pools: tuple[str, ...]
    teams: tuple[str, ...]
    """For each pool, the team or equipment of the scenario that it is an instance of."""
    steps: tuple[str, ...]
    """``service/route.block`` of each step."""
    seizes: tuple[str, ...]
    """For each step, the name that ``wait_of = "seize:NAME"`` uses; empty if not a SEIZE."""
    outcomes: tuple[str, ...]
    streams: tuple[str, ...]
    events: tuple[str, ...]
    """For each step, the kind of ledger entry that it writes; empty if not an EVENT."""


@dataclass(frozen=True)
class Labour:
    """What is paid whatever happens: per pool, planned hours and money."""

    paid_hours: Floats  # (P,) planned hours of people; 0 for equipment
    cost_per_hour: Floats  # (P,) of people
    fixed_cost: Floats  # (P,) of equipment over the run
    staffed: npt.NDArray[np.bool_]  # (P,)
    human: npt.NDArray[np.bool_]  # (P,)
    overtime_factor: float
    place_cost: Floats  # (D,) of places over the run


@dataclass(frozen=True)
class Tables:
    """A compiled scenario: what the engines read, what the numbers are called, what measures need besides."""

    scenario_id: str
    compiled: Compiled
    demand: Demand
    chance: Chance
    names: Names
    labour: Labour
    step_cost: Floats
    """(B,) cost of an EVENT step; of one whose amount is an expression, for an amount of 1."""
    step_amount: Floats
    """(B,) amount of an EVENT step that has no expression."""
    warm_up: int
    """Tick at which measuring begins."""


class Day(NamedTuple):
    """Who comes: one replication's visits, sorted by (tick, stream, n); the row number is the visit's number."""

    key0: np.uint64
    key1: np.uint64
    visit: Records  # (V,) ARRIVAL
    disruption: Records  # DISRUPTION
    absent: npt.NDArray[np.bool_]  # (shifts,) who does not come
    override: Records  # OVERRIDE


@dataclass(frozen=True)
class Trace:
    """What happened.

    A row is written when a block is passed. A SEIZE has one row a need, written when its unit is given back:
    `entered` is when the visit joined, `started` when it got the unit, `ended` when it gave it back. Giving up has
    started, need and unit −1. What is still open when the run ends comes last, in the order of visits, ended −1.
    """

    rows: Records  # (R,) ROW
    results: Records  # (V,) RESULT
    duty: Records  # (C,) DUTY
    entries: Records  # ENTRY

    def sha256(self) -> str:
        """Return the hash of everything; equal for engines that did the same."""
        digest = hashlib.sha256()
        for name in ("rows", "results", "duty", "entries"):
            part = getattr(self, name)
            digest.update(f"{name}:{part.dtype.descr}:{part.shape}".encode())
            for column in part.dtype.names or ():  # not the rows whole: what pads them is not defined
                digest.update(np.ascontiguousarray(part[column]).tobytes())
        return digest.hexdigest()


def name_bits(text: str, bits: int) -> int:
    """Return the first `bits` bits of the SHA-256 of `text`: a name as a number, the same everywhere."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") >> (64 - bits)
