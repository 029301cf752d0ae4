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

    def __init__(self, scenario: Scenario, tables: Tables) -> None:
        c = tables.compiled
        rules: Rules = scenario.rules
        self.tables = tables
        customer = np.array([scenario.service[name].customers for name in tables.names.services], np.bool_)
        self.routes = Routes(
            c.stream, c.step, c.seize, c.world.part, c.queue, c.need, c.member, c.pool, tables.labour.human, customer
        )
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
        )
        self.n_units = int(c.pool["end_unit"][-1]) if c.pool.size else 0

    def __call__(self, trace: Trace) -> Counted:
        """Return what one replication comes to; clear tallies that were handed back to `reuse` are taken again."""
        try:
            out = self._spare.pop()
        except IndexError:
            out = self._blank()
        scratch = np.empty((trace.results.size, SCRATCH), np.int64)
        count(
            self.routes,
            trace.rows,
            trace.results,
            trace.duty,
            trace.entries,
            self.chosen,
            self.events,
            self.rules,
            np.empty((self.n_units, UNIT_SCRATCH), np.int64),
            scratch,
            np.empty(len(COLUMNS)),
            out,
        )
        return Counted(out, self.books(trace, scratch, self.rules) if self.books.used else None)

    def _blank(self) -> Tallies:
        names = self.tables.names
        n_places, n_services, n_pools = len(names.places), len(names.services), len(names.pools)
        return Tallies(
            np.zeros((n_places, self.n_intervals, len(COLUMNS))),
            np.zeros((n_services, len(COLUMNS))),
            np.zeros((n_pools, self.n_intervals)),
            np.zeros((n_pools, self.n_intervals)),
            np.zeros((n_pools, self.n_intervals)),
            np.zeros((n_places, self.n_intervals)),
            np.zeros(n_pools),
            np.zeros((1 + n_places + n_services + self.n_intervals, N_BINS), np.int32),
            np.zeros((1 + n_places + n_services, N_BINS), np.int32),
            np.zeros((len(self.kinds), n_places + n_services, 2)),
        )

    def reuse(self, tallies: Tallies) -> None:
        """Take the tallies of a replication back: their figures have been read."""
        for array in tallies:
            array[...] = 0
        self._spare.append(tallies)
