"""Progress on standard error: a bar on a terminal, a few plain lines elsewhere, nothing beside ``--json``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ui import words

Tick = Callable[[int, int], None]
Stage = Callable[[str, int, int], None]

_LINES = 4
"""Plain lines that one stage prints at most, its start and its end included."""


@contextmanager
def progress(lang: str, what: str, *, quiet: bool = False) -> Iterator[Tick | None]:
    """Give a function that takes (done, total); None when nothing should be shown."""
    if quiet:
        yield None
        return
    with stages(lang) as stage:
        yield lambda done, total: stage(what, done, total)


@contextmanager
def stages(lang: str) -> Iterator[Stage]:
    """Give a function that takes (stage, done, total); each stage gets a bar or lines of its own."""
    if not sys.stderr.isatty():
        yield _plain(lang)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, int] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(words.say(lang, f"cli.doing.{what}"), total=max(total, 1))
            bar.update(tasks[what], completed=done, total=max(total, 1))

        yield show


def _plain(lang: str) -> Stage:
    told: dict[str, int] = {}

    def show(what: str, done: int, total: int) -> None:
        step = (_LINES - 1) * done // max(total, 1)
        if step <= told.get(what, -1):
            return
        told[what] = step
        percent = 100 * done // max(total, 1)
        doing = words.say(lang, f"cli.doing.{what}")
        print(words.say(lang, "cli.progress", what=doing, percent=percent), file=sys.stderr, flush=True)

    return show
