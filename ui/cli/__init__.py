"""The command ``counterflow``. Its words, codes and documents are described in docs/reference/cli.md.

Everything heavy is imported inside the command that needs it, so that ``counterflow --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ui import words

DONE, MISSED, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; a check or a promise failed; bad input or usage; interrupted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (default: those of this process) and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no Chinese shows question marks; it is no reason to fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        lang, given = _language(given)
    except ValueError as error:
        lang = words.choose()
        return _refuse(lang, [words.say(lang, "cli.bad_language", value=str(error))])
    try:
        return _run(lang, given)
    except KeyboardInterrupt:
        print(words.say(lang, "cli.interrupted"), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): no reason to complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(lang: str, given: list[str]) -> int:
    import typer

    from ui.cli import commands, inputs

    given = inputs.with_share(given)
    alone = given in ([], *([group] for group in commands.GROUPS))
    command = commands.build(lang, helping=alone or bool({"--help", "-h"} & set(given)))
    try:
        code = command.main(given, prog_name="counterflow", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        print(words.say(lang, "cli.interrupted"), file=sys.stderr)
        return INTERRUPTED
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        return _explain(lang, error)
    if code == INTERRUPTED:
        # typer has made an exit code of Ctrl-C.
        print(words.say(lang, "cli.interrupted"), file=sys.stderr)
    return int(code or DONE)


def _explain(lang: str, error: Exception) -> int:
    """Say in words what went wrong; nothing that a person typed or wrote into a file ends in a traceback."""
    if hasattr(error, "faults"):
        return _refuse(lang, words.faults(lang, error))
    if hasattr(error, "format_message"):
        from ui.cli import usage

        return _refuse(lang, [usage.sentence(lang, error)], usage.hint(lang, error))
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return _refuse(lang, [words.say(lang, "cli.os_error", file=error.filename or "", reason=reason)])
    if os.environ.get("COUNTERFLOW_DEBUG"):
        raise error
    print(words.say(lang, "cli.bug", kind=type(error).__name__, what=str(error)), file=sys.stderr)
    return MISSED


def _refuse(lang: str, sentences: Sequence[str], hint: str = "") -> int:
    for sentence in sentences:
        print(words.say(lang, "cli.error", what=sentence), file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)
    return REFUSED


def _language(given: list[str]) -> tuple[str, list[str]]:
    """Take ``--lang`` out of the arguments, wherever it stands, because help is written in that language too."""
    asked, rest, index = None, [], 0
    while index < len(given):
        one = given[index]
        if one == "--":
            rest += given[index:]
            break
        if one == "--lang":
            index += 1
            asked = given[index] if index < len(given) else ""
        elif one.startswith("--lang="):
            asked = one.removeprefix("--lang=")
        else:
            rest.append(one)
        index += 1
    if asked is not None and asked not in words.LANGUAGES:
        raise ValueError(asked)
    return words.choose(asked), rest
