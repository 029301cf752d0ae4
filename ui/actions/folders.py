"""Folders that results are written into: looked at before the work, made after it."""

from __future__ import annotations

import os
from pathlib import Path

import sim


def usable(out: Path | str) -> Path:
    """Return `out` as a path when a folder of that name exists or could be made; nothing is written.

    Raises
    ------
    InputError
        When it is a file, or neither it nor its nearest existing parent can be written.
    """
    if not str(out).strip():
        raise sim.InputError.one("out_missing", field="--out")
    path = Path(out)
    if path.exists() and not path.is_dir():
        raise sim.InputError.one("out_is_a_file", field="--out", value=str(out))
    nearest = path.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir():
        raise sim.InputError.one("out_is_a_file", field="--out", value=str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        reason = os.strerror(13)
        raise sim.InputError.one("not_writable", field="--out", value=str(out), reason=reason)
    return path


def make(out: Path | str) -> Path:
    """Make the folder `out` when it is not there; raise InputError when that fails."""
    path = usable(out)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise sim.InputError.one("not_writable", field="--out", value=str(out), reason=reason) from None
    return path
