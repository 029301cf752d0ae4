"""Counts and sums of one replication, read from its trace.

A count belongs to the interval of the visit's arrival, a time integral to the interval in which the time passes
(MODEL §6). Quantiles come from log-spaced bins 1 % wide.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.measures.books import Booked, Books
from sim.measures.kernel import (
    ALL_WAITS,
    COLUMNS,
    FIRST_HUMAN,
    N_BINS,
    ONE_SEIZE,
    SCRATCH,
    UNIT_SCRATCH,
    CountingRules,
    Events,
    Routes,
    Scratch,
    Tallies,
    count,
)

if TYPE_CHECKING:
    from sim.model import Rules, Scenario
    from sim.tables import Tables, Trace


class Counted(NamedTuple):
    """One replication, counted."""

    tallies: Tallies
    booked: Booked | None
    """What only some scenarios ask for."""


class Tally:
    """Counts traces of one scenario under one set of rules; prepares what is the same for all replications."""

    def __init__(self, scenario: Scenario, tables: Tables, *, dated: bool = True) -> None:
        c = tables.compiled
        rules: Rules = scenario.rules
        self.tables = tables
        self.dated = dated
        customer = np.array([scenario.service[name].customers for name in tables.names.services], np.bool_)
        labour = tables.labour
        self.people = labour.staffed if labour.staffed.any() else np.ones(c.pool.size, np.bool_)
        """Pools that count in rows that join pools: those of people, where there are any."""
        home = np.repeat(np.arange(c.pool.size, dtype=np.int32), c.pool["end_unit"] - c.pool["first_unit"])
        self.routes = Routes(
            c.stream,
            c.step,
            c.seize,
            c.world.part,
            c.queue,
            c.need,
            c.member,
            c.pool,
            home,
            labour.human,
            self.people,
            customer,
        )
        self.n_units = home.size
        self.kinds = tuple(sorted({kind for kind in tables.names.events if kind}))
        number = {kind: n for n, kind in enumerate(self.kinds)}
        kind_of = np.array([number.get(kind, -1) for kind in tables.names.events], np.int32)
        self.books = Books(scenario, tables, self.kinds, kind_of)
        self.events = Events(kind_of, tables.step_cost, tables.step_amount)
        self._spare: deque[Tallies] = deque()
        self.interval = rules.interval_s * 1000
        self.n_intervals = -(-c.run.horizon // self.interval)
        names = tables.names
        of = {"all_waits": ALL_WAITS, "first_human": FIRST_HUMAN}.get(rules.wait_of, ONE_SEIZE)
        wanted = rules.wait_of.removeprefix("seize:")
        self.chosen = np.array([of == ONE_SEIZE and name == wanted for name in names.seizes], np.bool_)
        self.rules = CountingRules(
            self.interval,
            tables.warm_up,
            c.run.horizon,
            c.run.end,
            round(rules.sl_threshold_s * 1000),
            round(rules.short_abandon_s * 1000),
            of,
            int(dated),
        )

    def __call__(self, trace: Trace) -> Counted:
        """Return what one replication comes to; clear tallies that were handed back to `reuse` are taken again."""
        out = self.blank()
        return Counted(out, self.add(trace, out))

    def add(self, trace: Trace, out: Tallies) -> Booked | None:
        """Add a trace to `out`, all of it or that of a part (`sim.tables.parts`); return the books of this trace."""
        width = len(COLUMNS)
        scratch = Scratch(
            np.empty((trace.results.size, SCRATCH), np.int64),
            np.empty((self.n_units, UNIT_SCRATCH), np.int64),
            np.empty(width, np.int64),
            np.empty(width),
        )
        whole = (trace.rows, trace.results, trace.duty, trace.entries)
        count(self.routes, whole, self.chosen, self.events, self.rules, scratch, out)
        return self.books(trace, scratch.visit, self.rules) if self.books.used else None

    def blank(self) -> Tallies:
        """Return clear tallies."""
        try:
            return self._spare.pop()
        except IndexError:
            pass
        names, n_i, width = self.tables.names, self.n_intervals, len(COLUMNS)
        n_places, n_services, n_pools = len(names.places), len(names.services), len(names.pools)
        n_j = n_i if self.dated else 1
        return Tallies(
            place=np.zeros((n_places, n_j, width)),
            interval=np.zeros((n_i, width)),
            service=np.zeros((n_services, width)),
            busy=np.zeros((n_pools, n_j)),
            duty=np.zeros((n_pools, n_j)),
            waiting=np.zeros((n_pools, n_j)),
            place_waiting=np.zeros((n_places, n_j)),
            spent=np.zeros((3, n_i)),
            overtime=np.zeros(n_pools),
            answered_bins=np.zeros((1 + n_places + n_services + n_i, N_BINS), np.int32),
            all_bins=np.zeros((1 + n_places + n_services, N_BINS), np.int32),
            event=np.zeros((len(self.kinds), n_places + n_services, 2)),
        )

    def reuse(self, tallies: Tallies) -> None:
        """Take the tallies of a replication back: their figures have been read."""
        for array in tallies:
            array[...] = 0
        self._spare.append(tallies)
