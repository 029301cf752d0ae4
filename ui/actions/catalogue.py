"""Look at the catalogue: which scenarios there are, what one holds, whether its checks hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import scenarios_catalog
import sim
from ui.actions.documents import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.actions.desk import Desk


def entries() -> dict[str, Any]:
    """Return the scenarios of the catalogue (``counterflow/scenarios/1``)."""
    found = [
        {
            "id": one.id,
            "title": plain(one.title),
            "question": plain(one.question),
            "source": one.source,
            "parent": one.parent,
        }
        for one in scenarios_catalog.entries()
    ]
    return {"schema": "counterflow/scenarios/1", "scenarios": found}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``scenario.toml``; its own ``schema`` key says which version of the format."""
    return {"schema": "counterflow/scenario-schema/1", **sim.schema()}


def show(scenario: str, desk: Desk) -> dict[str, Any]:
    """Return a whole scenario (``counterflow/scenario/1``), merged over its parents."""
    desk.admit("look")
    loaded = scenarios_catalog.load(scenario)
    return {
        "schema": "counterflow/scenario/1",
        "scenario": loaded.model_dump(mode="json", exclude_none=True),
    }


def check(ids: Sequence[str], desk: Desk) -> dict[str, Any]:
    """Return the checks of the scenarios named, of all when none is (``counterflow/checks/1``).

    ``without_checks`` names those that have none: a directional scenario claims no figure.
    """
    desk.admit("look")
    found, without = [], []
    for name in ids or scenarios_catalog.names():
        checks = scenarios_catalog.check(name, progress=desk.progress)
        if not checks:
            without.append(name)
        for one in checks:
            low, high = one.band
            found.append(
                {
                    "id": one.id,
                    "code": one.code,
                    "headline": plain(one.headline),
                    "value": plain(one.value),
                    "half_width": plain(one.half_width),
                    "band": [plain(low), plain(high)],
                    "label": one.label,
                    "verdict": one.verdict,
                }
            )
    desk.note("check", " ".join(ids) or "*", checks=len(found))
    return {"schema": "counterflow/checks/1", "checks": found, "without_checks": without}
