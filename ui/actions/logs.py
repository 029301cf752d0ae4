"""What a log is: the preset or mapping file that says what its columns mean, and a first look at its rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import calibration
import sim
from ui.actions import people
from ui.actions.documents import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calibration.columns import Preset
    from ui.actions.desk import Desk

SCHEMA = "counterflow/look/1"


@dataclass(frozen=True)
class LookRequest:
    """Which files to look at, and by which preset or mapping file, if any."""

    logs: tuple[str, ...]
    preset: str = ""
    map: str = ""


def meaning(logs: Sequence[str], preset: str, mapping: str) -> Preset:
    """Return what the columns of the logs mean: by name, by mapping file, or by the columns themselves.

    Raises
    ------
    InputError
        Both are given; one is not known; none is given and no preset, or more than one, fits the columns.
    """
    if preset and mapping:
        raise sim.InputError.one("preset_and_map", field="--map", value=mapping)
    if mapping:
        return calibration.mapping.mapping(mapping)
    if preset:
        return calibration.mapping.preset(preset)
    from calibration.read.look import nearest

    whole, partly = nearest(logs)
    if len(whole) != 1:
        known, near = list(calibration.presets()), list(whole or partly)
        raise sim.InputError.one("log_no_preset", field="--preset", value="", known=known, near=near)
    return calibration.mapping.preset(whole[0])


def look(request: LookRequest, desk: Desk) -> dict[str, Any]:
    """Return what the first rows of the logs would be read as (``counterflow/look/1``); nothing is written.

    Without preset or mapping file that fits, columns are guessed by their names, and `mapping` holds the text of a
    mapping file to start from.
    """
    from calibration.read.look import look as first_rows

    desk.admit("look")
    try:
        kind, guessed = meaning(request.logs, request.preset, request.map), False
    except sim.InputError as error:
        if error.faults[0].code != "log_no_preset":
            raise
        kind, guessed = calibration.mapping.anything(), True
    found = first_rows(request.logs, kind, people.key() if "person" in kind.columns else None)
    ready = not guessed and all(one.ready for one in found)
    one = next((one for one in found if not one.ready), found[0])
    names = {column.name: column.columns for column in one.mapped}
    base = "" if guessed else request.preset
    start = calibration.mapping.skeleton(names, one.missing, one.unread, one.unknown, base, kind.zone)
    return {
        "schema": SCHEMA,
        "preset": None if guessed else kind.id,
        "ready": ready,
        "files": [plain(asdict(one) | {"ready": one.ready and not guessed}) for one in found],
        "mapping": None if ready else start,
    }
