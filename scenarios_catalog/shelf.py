"""The shelf: which scenarios there are, where they lie, and the only way to load one."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sim

SHELF = Path(__file__).parent
STRUCTURE = "scenario.toml"


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue."""

    id: str
    title: sim.Text
    question: sim.Text | None
    source: str
    """Document that describes the reform, as the scenario's `provenance.source` says."""
    parent: str | None
    """Id of the scenario that it extends."""


def names() -> tuple[str, ...]:
    """Return the ids of the catalogue, in order."""
    return tuple(sorted(path.parent.name for path in SHELF.glob(f"*/{STRUCTURE}")))


def find(name: str) -> Path:
    """Return the folder of a catalogue scenario.

    Raises
    ------
    InputError
        Code ``unknown_scenario``, with the ids that are near.
    """
    if name in names():
        return SHELF / name
    raise sim.InputError.one("unknown_scenario", field="scenario", value=name, near=_near(name), known=_listed(names()))


def load(scenario: str | Path) -> sim.Scenario:
    """Return the scenario with this id, or the one in this folder.

    An id of the catalogue goes before a folder of the same name; ``./S02`` means the folder. A folder's
    parent is an id of the catalogue, or a folder beside it.

    Raises
    ------
    InputError
        No such id or folder, a folder that is no scenario, or a scenario with faults (all of them at once).
    """
    return _read(_folder(scenario))


def draws(scenario: str | Path) -> sim.Draws:
    """Return the scenario with drawn sets of its parameters: those beside it, else beside the nearest parent.

    What a child states otherwise than the parent that was fitted stays as it states it.

    Raises
    ------
    InputError
        As `load`; a file of draws with faults; code ``no_draws`` when there is none.
    """
    folder = first = _folder(scenario)
    base = _read(first)
    while True:
        own = _read(folder)
        found = sim.read_draws(folder, own)
        if found is not None:
            return found.on(base)
        parent = tomllib.loads((folder / STRUCTURE).read_text("utf-8-sig")).get("extends")
        if parent is None:
            raise sim.InputError.one("no_draws", file=str(first), field="--inputs", value="sampled", needs=sim.DRAWS)
        folder = _parent(parent, folder)


def _read(folder: Path) -> sim.Scenario:
    return sim.read(folder, find if folder.parent == SHELF else lambda parent: _parent(parent, folder))


def _folder(scenario: str | Path) -> Path:
    """Return the folder of a scenario by its id or its path."""
    if str(scenario) in names() and not isinstance(scenario, Path):
        return find(str(scenario))
    folder = Path(scenario).expanduser()
    if folder.is_file() and folder.name == STRUCTURE:
        folder = folder.parent
    if not folder.exists():
        return find(str(scenario))
    if not (folder / STRUCTURE).is_file():
        raise sim.InputError.one(
            "not_a_scenario",
            file=str(folder),
            value=str(folder),
            needs=STRUCTURE,
            near=_near(folder.name, folder),
        )
    return folder


def entries() -> tuple[Entry, ...]:
    """Return what the catalogue holds, without checking the scenarios."""
    return tuple(_entry(name) for name in names())


def _parent(name: str, folder: Path) -> Path:
    if name not in names() and (folder.parent / name / STRUCTURE).is_file():
        return folder.parent / name
    return find(name)


def _near(name: str, folder: Path | None = None) -> str:
    """Return what may have been meant: scenarios inside `folder`, else ids that look alike, else all ids."""
    inside = sorted(str(path.parent) for path in folder.glob(f"*/{STRUCTURE}"))[:12] if folder is not None else []
    alike = difflib.get_close_matches(name.upper(), names(), n=3, cutoff=0.5)
    return _listed(tuple(inside or alike) or names())


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(ids)


def _entry(name: str) -> Entry:
    own = _structure(name)
    parent = own.get("extends")
    title = sim.Text(**own["title"])
    question = sim.Text(**own["question"]) if "question" in own else None
    return Entry(name, title, question, _source(own), parent)


def _source(own: dict[str, Any]) -> str:
    while "source" not in own.get("provenance", {}) and own.get("extends") in names():
        own = _structure(own["extends"])
    return str(own.get("provenance", {}).get("source", ""))


def _structure(name: str) -> dict[str, Any]:
    return tomllib.loads((SHELF / name / STRUCTURE).read_text("utf-8"))
