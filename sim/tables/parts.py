"""Parts of a scenario that share nothing: places whose visits never meet in a pool (provinces of a nation).

Each runs by itself, in memory that stays near, and comes to the same: luck is a function of who a visit is, and what
one part does nobody in another sees. Only the order of rows in a trace is that of the whole run alone, and sums of
amounts that are no whole numbers (ledger entries by service) may differ in the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.tables.types import CLOSES, OPENS

if TYPE_CHECKING:
    import numpy.typing as npt

    from sim.tables.types import Floats, Ints, Tables

PART_CUSTOMERS = 20_000.0
"""Expected customers of a part, at least: every part clears memory for all pools."""


@dataclass(frozen=True)
class Part:
    """Some of the places, with all pools that their visits may use."""

    tables: Tables
    """What the engines read: of the planned changes only its own, all else as in the whole."""
    drawn: Tables
    """What arrivals are drawn from: its own streams, numbered from 0."""
    streams: Ints
    """Their numbers in the whole."""


def parts(tables: Tables) -> tuple[Part, ...]:
    """Return the parts of a compiled scenario, or nothing where it runs as one.

    It does where it is small, where everything hangs together, and where something reaches across places that is not a
    pool: a link, an account, a counter, a rule of dispatch, an expression that looks at pools, what a log says.
    """
    c = tables.compiled
    expected = tables.demand.expected(c.stream)
    if expected.sum() < 2 * PART_CUSTOMERS or _reaches_across(tables):
        return ()
    label = _connected(tables)
    number = _packed(label, label[c.stream["place"]], expected)
    if number.max() == 0:
        return ()
    n_places = c.place.size
    subject = c.change["subject"].astype(np.int64)
    at_place = (c.change["op"] == OPENS) | (c.change["op"] == CLOSES)
    of_change = number[label[np.where(at_place, subject, n_places + subject)]]
    of_stream = number[label[c.stream["place"]]]
    return tuple(
        Part(
            replace(tables, compiled=c._replace(change=c.change[of_change == one])),
            *_drawn(tables, np.flatnonzero(of_stream == one).astype(np.int64)),
        )
        for one in range(int(number.max()) + 1)
    )


def _reaches_across(tables: Tables) -> bool:
    world, chance = tables.compiled.world, tables.chance
    across = (world.group, world.counter, world.account, world.dispatch, chance.failing, chance.outage)
    return tables.compiled.run.n_links > 0 or any(one.size > 0 for one in (*across, chance.override, chance.logged))


def _connected(tables: Tables) -> Ints:
    """Return for every place, then every pool, the number of the connected set that it is in.

    Places, pools and queues are connected: a queue with the places whose visits may join it and with its pools, a pool
    with its place.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    c = tables.compiled
    n_d, n_p, n_q = c.place.size, c.pool.size, c.queue.size
    step, place = np.nonzero(c.seize >= 0)
    need_of = np.repeat(np.arange(n_q), c.queue["n_needs"])
    need = c.need[_spans(c.queue["first"], c.queue["n_needs"])]
    wanted = c.member[_spans(need["first"], need["count"])]
    queue_of = np.repeat(need_of, need["count"])
    one = np.concatenate([place, n_d + np.arange(n_p), n_d + wanted])
    other = np.concatenate([n_d + n_p + c.seize[step, place], c.pool["place"], n_d + n_p + queue_of])
    size = n_d + n_p + n_q
    graph = coo_matrix((np.ones(one.size, np.int8), (one, other)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][: n_d + n_p], np.int32)


def _spans(first: Ints, count: Ints) -> npt.NDArray[np.int64]:
    """Return first, first + 1 … of every span, one span after the other."""
    count = count.astype(np.int64)
    return np.repeat(first - (np.cumsum(count) - count), count) + np.arange(count.sum())


def _packed(label: Ints, of_stream: Ints, expected: Floats) -> Ints:
    """Return the part of each connected set: as many sets together, by their first streams, as make one large enough.

    Sets that nobody comes to are of the first.
    """
    mass = np.bincount(of_stream, expected, int(label.max()) + 1)
    number = np.zeros(mass.size, np.int32)
    part, filled = 0, 0.0
    for one in dict.fromkeys(of_stream.tolist()):
        if filled >= PART_CUSTOMERS:
            part, filled = part + 1, 0.0
        number[one] = part
        filled += mass[one]
    return number


def _drawn(tables: Tables, streams: npt.NDArray[np.int64]) -> tuple[Tables, Ints]:
    """Return the tables with these streams alone, and their numbers."""
    c, demand, chance = tables.compiled, tables.demand, tables.chance
    stream = c.stream[streams]
    listed = demand.stream_factor[_spans(stream["factor"], stream["factor_end"] - stream["factor"])]
    used, index = np.unique(listed, return_inverse=True)
    length = stream["factor_end"] - stream["factor"]
    stream["factor_end"] = np.cumsum(length)
    stream["factor"] = stream["factor_end"] - length
    own = np.full(c.stream.size, -1, np.int32)
    own[streams] = np.arange(streams.size)
    booked = chance.booked[own[chance.booked["stream"]] >= 0] if chance.booked.size else chance.booked
    booked["stream"] = own[booked["stream"]]
    drawn = replace(
        tables,
        compiled=c._replace(stream=stream),
        demand=demand._replace(stream_factor=index.astype(np.int32), factor=demand.factor[used]),
        chance=chance._replace(booked=booked),
    )
    return drawn, streams.astype(np.int32)
