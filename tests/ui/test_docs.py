"""Every command that the documentation shows is one that exists, with options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ui.cli import commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
LINE = re.compile(r"^\s*(?:\.venv/bin/)?counterflow (?!=)(.+)$", re.MULTILINE)


def shown() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in re.findall(r"```(?:bash|sh|)\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for line in LINE.findall(block.replace("\\\n", " ")):
                found.append((str(page.relative_to(ROOT)), line.split(" #")[0]))
    return found


@pytest.mark.parametrize(("page", "line"), shown(), ids=lambda value: value.replace("/", "."))
def test_a_command_of_the_documentation_is_understood(page, line):
    """Parsed by the command's own parser, without being run."""
    words = shlex.split(line)
    command = commands.build("en")
    while getattr(command, "commands", None):
        assert words, page
        name = words.pop(0)
        if name.startswith("--"):
            return
        assert name in command.commands, (page, line)
        command = command.commands[name]
    context = command.make_context(command.name, words, resilient_parsing=False)
    assert context.params is not None


def test_every_command_is_in_the_reference():
    text = (ROOT / "docs/reference/cli.md").read_text("utf-8")

    def walk(command, path=()):
        for name, below in getattr(command, "commands", {}).items():
            assert f"counterflow {' '.join((*path, name))}" in text, name
            for param in below.params:
                names = [*param.opts, *param.secondary_opts]
                if names[0].startswith("--") and not getattr(param, "hidden", False):
                    assert any(name in text for name in names), names
            walk(below, (*path, name))

    walk(commands.build("en"))
