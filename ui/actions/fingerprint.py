"""Hashes of what a result depends on: the scenario's content, and the code that computes with it."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sim

_COMPUTES = ("sim", "scheduler", "scenarios_catalog", "ui/actions")
_LIBRARIES = ("numpy", "scipy", "numba", "simpy", "ortools")


def scenario_hash(scenario: sim.Scenario) -> str:
    """Return the SHA-256 of everything that the scenario says."""
    data = scenario.model_dump(mode="json", exclude_defaults=True)
    return sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@cache
def code_hash() -> str:
    """Return the SHA-256 of the code that results come from and of the versions of what it computes with."""
    total = sha256()
    root = Path(__file__).parents[2]
    for folder in _COMPUTES:
        for path in sorted((root / folder).rglob("*.py")):
            total.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _LIBRARIES:
        total.update(f"{name} {metadata.version(name)}\n".encode())
    return total.hexdigest()


def key(kind: str, scenarios: list[sim.Scenario], asked: dict[str, Any]) -> str:
    """Return the key of a result: what was asked, of which scenarios, computed by which code."""
    parts = {
        "kind": kind,
        "scenarios": [scenario_hash(one) for one in scenarios],
        "asked": asked,
        "code": code_hash(),
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
