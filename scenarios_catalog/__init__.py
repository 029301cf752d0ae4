"""The catalogue of scenarios: data first, one folder a scenario.

`load` is the only loader of scenarios; `names`, `find` and `entries` say what there is; `sources` says where
every number comes from and how sure it is; `check` compares a scenario with the claims of its source;
`equal_service` compares two scenarios honestly, on paid hours at equal waits.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios_catalog.checks import Check, check
    from scenarios_catalog.comparison import EqualService, Side, equal_service
    from scenarios_catalog.provenance import Source, assumptions, source_of, sources
    from scenarios_catalog.shelf import Entry, draws, entries, find, load, names
    from scenarios_catalog.staffing import people, with_people

_FACE = {
    "Check": "checks",
    "check": "checks",
    "EqualService": "comparison",
    "Side": "comparison",
    "equal_service": "comparison",
    "Entry": "shelf",
    "draws": "shelf",
    "entries": "shelf",
    "find": "shelf",
    "load": "shelf",
    "names": "shelf",
    "people": "staffing",
    "with_people": "staffing",
    "Source": "provenance",
    "assumptions": "provenance",
    "source_of": "provenance",
    "sources": "provenance",
}

__all__ = [
    "Check",
    "Entry",
    "EqualService",
    "Side",
    "Source",
    "assumptions",
    "check",
    "draws",
    "entries",
    "equal_service",
    "find",
    "load",
    "names",
    "people",
    "source_of",
    "sources",
    "with_people",
]


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_FACE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_FACE})
