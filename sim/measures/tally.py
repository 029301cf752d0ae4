"""Counts and sums of one replication, read from its trace.

A count belongs to the interval of the visit's arrival, a time integral to the interval in which the time passes
(MODEL §6). Quantiles come from log-spaced bins 1 % wide.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from sim.measures.kernel import (
    ALL_WAITS,
    COLUMNS,
    FIRST_HUMAN,
    N_BINS,
    ONE_SEIZE,
    SCRATCH,
    CountingRules,
    Routes,
    Tallies,
    count,
)

if TYPE_CHECKING:
    from sim.model import Rules, Scenario
    from sim.tables import Day, Tables, Trace


class Tally:
    """Counts traces of one scenario under one set of rules; prepares what is the same for all replications."""

    def __init__(self, scenario: Scenario, tables: Tables) -> None:
        c = tables.compiled
        rules: Rules = scenario.rules
        self.tables = tables
        self.routes = Routes(c.stream, c.step, c.seize, c.queue, c.need, c.member)
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
        sizes = c.pool["end_unit"] - c.pool["first_unit"]
        self.unit_pool = np.repeat(np.arange(c.pool.size, dtype=np.int32), sizes)

    def __call__(self, day: Day, trace: Trace) -> Tallies:
        """Return the tallies of one replication; clear ones that were handed back to `reuse` are taken again."""
        try:
            out = self._spare.pop()
        except IndexError:
            out = self._blank()
        count(
            self.routes,
            trace.rows,
            trace.results,
            trace.duty,
            day.visit,
            self.chosen,
            self.tables.labour.human,
            self.tables.step_cost,
            self.rules,
            self.unit_pool,
            np.empty(self.unit_pool.size, np.int64),
            np.empty((day.visit.size, SCRATCH), np.int64),
            np.empty(len(COLUMNS)),
            out,
        )
        return out

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
        )

    def reuse(self, tallies: Tallies) -> None:
        """Take the tallies of a replication back: their figures have been read."""
        for array in tallies:
            array[...] = 0
        self._spare.append(tallies)
