"""Which inputs a replication has: always the same, or one drawn set after the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from sim.measures import Layout
from sim.model import InputError, Scenario
from sim.tables import Part, Tables, compile_scenario, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_EACH = 2
"""Replications that share a set, at least: one alone would not tell its inputs from what is left of luck."""
_KEPT = 64
"""Compiled sets that are kept at most; replications run in order, so few are in use at once."""


class World(NamedTuple):
    """A scenario, ready to run."""

    scenario: Scenario
    tables: Tables
    layout: Layout
    parts: tuple[Part, ...]
    """Parts that share nothing; none where it runs as one."""


def world(scenario: Scenario) -> World:
    """Return a scenario, ready to run.

    Raises
    ------
    InputError
        When it cannot be compiled.
    """
    tables = compile_scenario(scenario)
    layout = Layout(scenario, tables)
    return World(scenario, tables, layout, () if layout.tally.books.used else parts(tables))


class Sampled:
    """The worlds of drawn inputs, compiled as they are needed; may be asked from several threads.

    Parameters
    ----------
    base : World
        With the inputs as they are; all others have its cells.
    inputs : sequence of Scenario
        Drawn sets, taken in order; when there are fewer than needed, more replications share each.
    reps : int
        Replications.
    """

    def __init__(self, base: World, inputs: Sequence[Scenario], reps: int) -> None:
        if not len(inputs):
            raise InputError.one("inputs_empty", file=base.scenario.id, field="inputs")
        self.base, self.inputs = base, inputs
        self.each = max(LEAST_EACH, -(-reps // len(inputs)))
        self._lock = threading.Lock()
        self._made: dict[int, tuple[threading.Lock, list[World]]] = {}

    def __call__(self, replication: int) -> World:
        """Return the world of a replication."""
        number = replication // self.each
        with self._lock:
            for old in [one for one in self._made if one < number - _KEPT]:
                del self._made[old]
            lock, made = self._made.setdefault(number, (threading.Lock(), []))
        with lock:
            if not made:
                made.append(self._compiled(number))
            return made[0]

    def _compiled(self, number: int) -> World:
        scenario = self.inputs[number].replace(run=self.base.scenario.run.model_dump(exclude_none=True))
        made = world(scenario)
        if made.tables.names != self.base.tables.names or made.layout.size != self.base.layout.size:
            raise InputError.one("inputs_differ", file=scenario.id, field="inputs", value=number + 1)
        return made
