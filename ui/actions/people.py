"""The key by which people in logs are told apart: made once on this machine, never written into a scenario."""

from __future__ import annotations

import os

import calibration
import store

NAME = "people.key"


def key() -> bytes | None:
    """Return the key of this machine, made if there is none yet; None when it can be neither read nor kept.

    Only its owner may read the file. Who loses it loses the links between logs read before and after, nothing
    else; who copies it can find out by trying which number a hash stands for.
    """
    path = store.folder() / NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes() or None
        with os.fdopen(handle, "wb") as file:
            made = calibration.privacy.new_key()
            file.write(made)
        return made
    except OSError:
        return None
