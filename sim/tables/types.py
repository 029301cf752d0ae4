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

SEIZE, ADVANCE, RELEASE, TRANSFER, EVENT, LEAVE = range(6)
"""Kinds of steps."""

EXPONENTIAL, LOGNORMAL, WEIBULL, DETERMINISTIC, UNIFORM, POINTS, LOGIT_TABLE = range(7)
"""Kinds of laws as drawn: gamma becomes LOGIT_TABLE, empirical POINTS."""

CLOCK_QUEUE, CLOCK_WAITING, CLOCK_VISIT = range(3)
"""Since when patience runs."""

ADVANCE_ENDS, CAPACITY, PATIENCE_ENDS, ARRIVES = 1, 3, 6, 7
"""Kinds of events, in the order in which they happen at one tick (MODEL §1)."""

OPENS, CLOSES, GOES, BREAKS, COMES = range(5)
"""Planned changes, in the order in which they happen at one tick: who leaves goes before who comes."""

RETURNS = 5
"""In the trace's changes of duty: somebody returns from a break."""

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
    seize=_i4,  # row of Compiled.seize, -1: not a SEIZE
    first=_i4,  # of a SEIZE (a slot for each need) or RELEASE in member, of a TRANSFER in choice
    count=_i4,
    outcome=_i4,  # of a LEAVE
)
"""A step of a program; the programs of all services stand one after the other."""

CHOICE = record(share=_f8, target=_i4)
"""A way a TRANSFER may go: cumulative probability, step."""

QUEUE = record(rank=_i4, n_needs=_i4, first=_i4)
"""A waiting line: visits with the same needs, resolved to pools, and the same class; `first` of its needs in need."""

NEED = record(first=_i4, count=_i4)
"""A need: where its pools stand in member, in order of preference."""

POOL = record(first_unit=_i4, end_unit=_i4, first=_i4, end=_i4, place=_i4, late=_i4)
"""A pool: its units, the queues that want it (in member), its place, and whether late breaks end as planned (1)."""

PLACE = record(closing=_i4, first=_i4, end=_i4)
"""A place: closing rule, and the pools that stand there (in member)."""

CHANGE = record(tick=_i8, length=_i8, op=_i4, subject=_i4)
"""A planned change of one unit of a pool (`length` of a break), or of a place; sorted by (tick, op, subject)."""

STREAM = record(hash0=_u8, hash1=_u8, place=_i4, service=_i4, step=_i4, first=_i4, end=_i4, factor=_i4, factor_end=_i4)
"""Arrivals of one service at one place: 40 bits of its name, its first step, its pieces, its day factors."""

PIECE = record(start=_i8, end=_i8, rate=_f8, day=_i4)
"""A piece of constant rate (expected arrivals per tick), in order of time."""

FACTOR = record(hash0=_u8, hash1=_u8, law=_i4)
"""A day factor: one number a day."""

ARRIVAL = record(tick=_i8, stream=_i4, n=_i4)
"""A visit: when, of which stream, its number there from 0."""

ROW = record(entered=_i8, started=_i8, ended=_i8, visit=_i4, step=_i4, need=_i4, unit=_i4)
"""A block passed; see `Trace`."""

DUTY = record(tick=_i8, planned=_i8, op=_i4, unit=_i4)
"""A change of duty: GOES, BREAKS, COMES or RETURNS, when it happened and when it was planned."""

RESULT = record(left=_i8, outcome=_i4, stream=_i4)
"""The end of a visit: when (−1: still in the system) and how."""

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


class Compiled(NamedTuple):
    """All that the engines read."""

    law: Records  # (L,) LAW
    point: Records  # POINT of all quantile tables
    step: Records  # (B,) STEP
    choice: Records  # CHOICE of all TRANSFERs
    seize: Ints  # (Z, D) queue of a SEIZE at a place, -1: no post may do it
    queue: Records  # (Q,) QUEUE
    need: Records  # NEED of all queues
    pool: Records  # (P,) POOL
    place: Records  # (D,) PLACE
    member: Ints  # the lists that the records point into, one after the other
    change: Records  # (T,) CHANGE
    stream: Records  # (S,) STREAM
    run: Run


class Demand(NamedTuple):
    """What arrivals are drawn from, besides the streams."""

    piece: Records  # PIECE of all streams
    stream_factor: Ints
    factor: Records  # (F,) FACTOR


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


@dataclass(frozen=True)
class Labour:
    """What is paid whatever happens: per pool, planned hours and money."""

    paid_hours: Floats  # (P,) planned hours of people; 0 for equipment
    cost_per_hour: Floats  # (P,) of people
    fixed_cost: Floats  # (P,) of equipment over the run
    staffed: npt.NDArray[np.bool_]  # (P,)
    human: npt.NDArray[np.bool_]  # (P,)
    overtime_factor: float


@dataclass(frozen=True)
class Tables:
    """A compiled scenario: what the engines read, what the numbers are called, what measures need besides."""

    scenario_id: str
    compiled: Compiled
    demand: Demand
    names: Names
    labour: Labour
    step_cost: Floats
    """(B,) cost of an EVENT step."""
    warm_up: int
    """Tick at which measuring begins."""


class Day(NamedTuple):
    """Who comes: one replication's visits, sorted by (tick, stream, n); the row number is the visit's number."""

    key0: np.uint64
    key1: np.uint64
    visit: Records  # (V,) ARRIVAL


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

    def sha256(self) -> str:
        """Return the hash of everything; equal for engines that did the same."""
        digest = hashlib.sha256()
        for name in ("rows", "results", "duty"):
            part = getattr(self, name)
            digest.update(f"{name}:{part.dtype.descr}:{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def name_bits(text: str, bits: int) -> int:
    """Return the first `bits` bits of the SHA-256 of `text`: a name as a number, the same everywhere."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") >> (64 - bits)
