"""What every command begins with: who asks, where results are kept, kernels that are compiled, Ctrl-C."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ui import words

if TYPE_CHECKING:
    from ui.actions.desk import Desk


def desk(
    lang: str, tick: Any, *, threads: str = "", fresh: bool = False, stop: Callable[[], bool] | None = None
) -> Desk:
    """Return what an action works with; without a store that can be used it works all the same, and says so."""
    import sim
    import store
    from ui import actions
    from ui.cli import inputs

    number = inputs.maybe_whole(threads, "--threads", low=1, high=1024, code="threads_range")
    made = actions.Desk(actions.Caller.of_this_machine(), None, tick, number, fresh, stop)
    try:
        return dataclasses.replace(made, store=store.open_store())
    except sim.InputError as error:
        for sentence in words.faults(lang, error):
            print(words.say(lang, "cli.not_kept", what=sentence), file=sys.stderr)
        return made


def warm(lang: str, *, quiet: bool = False) -> None:
    """Say when kernels are compiled, and how far that is, or that they cannot be kept; both cost a person time."""
    import sim

    if quiet:
        return
    finding = sim.cache_finding()
    if finding is not None:
        print(words.finding(lang, finding), file=sys.stderr)
    sim.on_compile(lambda done: _compiling(lang, done))


_EVERY = 20
"""So many functions are compiled between one line and the next; the plain build has some seventy, all rules 170."""


def _compiling(lang: str, done: int) -> None:
    if done == 1:
        print(words.say(lang, "cli.compiling"), file=sys.stderr, flush=True)
    elif done % _EVERY == 0:
        print(words.say(lang, "cli.compiled", done=done), file=sys.stderr, flush=True)


@contextmanager
def stoppable(lang: str) -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether Ctrl-C was pressed; pressed a second time it ends the command at once."""
    pressed = False

    def press(number: int, frame: Any) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        print(words.say(lang, "cli.stopping"), file=sys.stderr, flush=True)

    try:
        before = signal.signal(signal.SIGINT, press)
    except ValueError:
        # Not in the main thread: nobody presses keys here.
        yield lambda: False
        return
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what solvers print on standard output, from C, out of it: results alone belong there."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        with tempfile.TemporaryFile() as aside:
            os.dup2(aside.fileno(), 1)
            yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
