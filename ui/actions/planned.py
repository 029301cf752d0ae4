"""Plans that were written: read again from their folder, to be exported, checked, explained or changed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scheduler
import sim
from ui.actions import forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


FILE = "plan.json"
SCENARIO = "scenario"
_SCHEMA = "counterflow/plan/1"
_MOST_BYTES = 200_000_000
_NEEDS = ("scenario", "promise", "contract", "weeks", "seed", "teams", "day_classes", "names", "roster", "coverage")
_OPEN: Mapping[str, Any] = {
    "findings": [], "currency": "", "first_date": None, "persons": {}, "staff": None, "locks": [], "shapes": {},
}  # fmt: skip
"""What a plan may do without."""
_SHIFT = {
    "person": str,
    "team": str,
    "place": str,
    "day": int,
    "start_s": int,
    "end_s": int,
    "meal": list,
    "breaks": list,
    "paid_h": (int, float),
}


def load(plan: Path | str) -> dict[str, Any]:
    """Return the document of a plan from its folder or its ``plan.json``.

    Raises
    ------
    InputError
        There is none, or it is not whole.
    """
    path = Path(plan)
    file = path / FILE if path.is_dir() else path
    if file.suffix.lower() != ".json" or not file.is_file():
        raise sim.InputError.one("roster_file", value=str(plan))
    try:
        if file.stat().st_size > _MOST_BYTES:
            size = file.stat().st_size
            raise sim.InputError.one("file_too_large", file=str(file), value=size, limit=_MOST_BYTES)
        found = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise sim.InputError.one("not_readable", file=str(file), reason=error.strerror or str(error)) from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise sim.InputError.one("plan_file", file=str(file), value=str(error)) from None
    _whole(found, str(file))
    return {
        "findings": [],
        "currency": "",
        "first_date": None,
        "persons": {},
        "staff": None,
        "locks": [],
        "shapes": {},
        **found,
    }


def _whole(found: Any, file: str) -> None:
    """Raise InputError unless everything that is read of a plan stands in it, and is of its kind."""
    if not isinstance(found, dict) or found.get("schema") != _SCHEMA:
        raise sim.InputError.one("plan_file", file=file, field="schema", value=_SCHEMA)
    lacks = [name for name in _NEEDS if name not in found]
    if lacks:
        raise sim.InputError.one("plan_file", file=file, value=lacks)
    for number, one in enumerate(found["roster"] if isinstance(found["roster"], list) else [None]):
        for name, kind in _SHIFT.items():
            if not isinstance(one, dict) or not isinstance(one.get(name), kind):
                raise sim.InputError.one("plan_file", file=file, field=f"roster.{number}.{name}", value=name)
        for pair in [*one["meal"], *one["breaks"]]:
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(at, int) for at in pair)):
                raise sim.InputError.one("plan_file", file=file, field=f"roster.{number}", value=pair)


def scenario_folder(plan: Path | str) -> Path:
    """Return the folder of the scenario that was written beside a plan.

    Raises
    ------
    InputError
        It is not there.
    """
    path = Path(plan)
    folder = (path if path.is_dir() else path.parent) / SCENARIO
    if not folder.is_dir():
        raise sim.InputError.one("plan_file", file=str(plan), value=SCENARIO)
    return folder


def rows(document: Mapping[str, Any]) -> tuple[scheduler.RosterRow, ...]:
    """Return the roster of a document as the scheduler knows it."""
    classes: Sequence[str] = document["day_classes"]
    return tuple(
        scheduler.RosterRow(
            one["person"],
            one["team"],
            one["place"],
            one["day"],
            classes[one["day"]] if 0 <= one["day"] < len(classes) else "",
            one["start_s"],
            one["end_s"],
            tuple((a, b) for a, b in one["meal"]),
            tuple((a, b) for a, b in one["breaks"]),
            float(one["paid_h"]),
            one.get("shape") or "",
        )
        for one in document["roster"]
    )


def staff(document: Mapping[str, Any]) -> scheduler.Staff:
    """Return the people of a plan with what was fixed: those that it was made for, else everybody in its roster."""
    if document.get("staff"):
        found = forms.staff(document["staff"])
    else:
        first = {one["person"]: one for one in reversed(document["roster"])}
        people = [scheduler.Person(who, team=one["team"], place=one["place"]) for who, one in sorted(first.items())]
        found = scheduler.Staff(tuple(people))
    locks = tuple(scheduler.Lock(**one) for one in document.get("locks") or ())
    return dataclasses.replace(found, locks=(*found.locks, *locks))
