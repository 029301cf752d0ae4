"""Who asks, where results are kept, who is told of progress: what every action is given beside its request."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sim

if TYPE_CHECKING:
    from store import Store

Progress = Callable[[int, int], None]

ROLES: Mapping[str, frozenset[str]] = {
    "viewer": frozenset({"look"}),
    "planner": frozenset({"look", "simulate", "compare", "calibrate"}),
    "scheduler": frozenset({"look", "simulate", "compare", "plan"}),
    "admin": frozenset({"look", "simulate", "compare", "calibrate", "plan"}),
}


class Stopped(Exception):
    """Raised from a progress call to stop an action: the person who asked no longer wants it."""


@dataclass(frozen=True)
class Caller:
    """Who asks, and in which role."""

    name: str
    role: str

    @classmethod
    def of_this_machine(cls) -> Caller:
        """Return the person at this machine; COUNTERFLOW_ROLE narrows the role, which is else ``admin``."""
        try:
            name = getpass.getuser()
        except (KeyError, OSError, ImportError):
            name = "unknown"
        return cls(name, os.environ.get("COUNTERFLOW_ROLE") or "admin")

    def may(self, action: str) -> bool:
        """Tell whether the role allows `action`."""
        return action in ROLES.get(self.role, frozenset())


@dataclass(frozen=True)
class Desk:
    """What an action works with."""

    caller: Caller
    store: Store | None = None
    """Where results and the audit trail are kept; None keeps nothing."""
    progress: Progress | None = None
    threads: int | None = None
    fresh: bool = False
    """Compute again even if the result is kept."""
    stop: Callable[[], bool] | None = None
    """Tells whether to end now with the best found so far; looked at by what can end early."""

    def admit(self, action: str) -> None:
        """Raise InputError when the caller's role does not allow `action`."""
        if not self.caller.may(action):
            needs = ", ".join(role for role, actions in ROLES.items() if action in actions)
            raise sim.InputError.one("role_refused", value=self.caller.role, needs=needs)

    def recall(self, key: str) -> dict[str, Any] | None:
        """Return the document kept under `key`, unless a fresh one is wanted."""
        return None if self.store is None or self.fresh else self.store.results.get(key)

    def keep(self, key: str, kind: str, document: dict[str, Any]) -> None:
        """Keep `document` under `key`."""
        if self.store is not None:
            self.store.results.put(key, kind, document)

    def note(self, action: str, subject: str, **detail: Any) -> None:
        """Write into the audit trail what was done."""
        if self.store is not None:
            who = self.caller
            self.store.audit.append(who=who.name, role=who.role, action=action, subject=subject, detail=detail)
