"""Keeps what a solver prints off standard output, which belongs to the command line's JSON."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN = threading.Lock()
_STDOUT = 1
_inside = 0
_kept = -1


@contextmanager
def quiet() -> Iterator[None]:
    """Send file descriptor 1 to nowhere meanwhile.

    HiGHS 1.12 in scipy 1.17 prints a line of its own sub-programs, whatever its options say. Calls in several threads
    share one turn-off: the first begins it, the last ends it.
    """
    global _inside, _kept
    with _TURN:
        if _inside == 0:
            _kept = _away()
        _inside += 1
    try:
        yield
    finally:
        with _TURN:
            _inside -= 1
            if _inside == 0 and _kept >= 0:
                os.dup2(_kept, _STDOUT)
                os.close(_kept)
                _kept = -1


def _away() -> int:
    """Point descriptor 1 to nowhere; return a copy of what it was, −1 where there is none."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
        kept = os.dup(_STDOUT)
    except (OSError, ValueError):
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)
    os.close(nowhere)
    return kept
