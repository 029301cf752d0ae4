"""Who sets off whom: the numbers that a customer and all the visits that follow from him take.

A visit's own number is 0 within its family. Numbers of those whom it may set off, and of the ghost that it may leave
in a queue, follow in the order of its steps, each with its own family; then, if the customer may try again, the whole
block once more for every further attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.model import InputError
from sim.model.blocks import MOST_CHILDREN
from sim.model.walks import reachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.model import Scenario, Step


def woken(programs: Mapping[str, list[Step]]) -> tuple[str, ...]:
    """Return the services whose visits others set off, in the order of the scenario: the rows of `World.spawned`."""
    named = {step.service for steps in programs.values() for step in steps if step.kind == "split" and not step.again}
    return tuple(service for service in programs if service in named)


class Families:
    """How many numbers each service's visits take, and at which each step's begin."""

    def __init__(self, scenario: Scenario, programs: Mapping[str, list[Step]]) -> None:
        self.programs = programs
        self._most = {
            name: service.redial.most if service.redial is not None else 0 for name, service in scenario.service.items()
        }
        self.size: dict[str, int] = {}
        """Service → numbers that a visit takes, itself and all attempts included."""
        self.first: dict[tuple[str, int], int] = {}
        """(service, step) → number, counted from the visit's own, of the first whom a SPLIT sets off, or of a ghost."""
        for service in programs:
            self._count(service, ())
        for service, size in self.size.items():
            if size > MOST_CHILDREN + 1:
                raise InputError.one(
                    "family_too_large", field=f"service.{service}", value=size - 1, limit=MOST_CHILDREN
                )

    def _count(self, service: str, above: tuple[str, ...]) -> int:
        if service in above:
            path = " → ".join((*above[above.index(service) :], service))
            raise InputError.one("wakes_itself", field=f"service.{service}", value=path)
        if service in self.size:
            return self.size[service]
        steps = self.programs[service]
        used = reachable(steps, 0) | {0}
        at, again = 1, []
        for index, step in enumerate(steps):
            if index not in used:
                continue
            if step.kind == "split" and step.again:
                again.append(index)
            elif step.kind == "split":
                self.first[service, index] = at
                at += step.most * self._count(step.service, (*above, service))
            elif step.wants is not None and step.wants.gap is not None:
                self.first[service, index] = at
                at += 1
        for index in again:
            self.first[service, index] = at
        self.size[service] = at * (self._most[service] + 1 if again else 1)
        return self.size[service]
