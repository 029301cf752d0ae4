"""What is wrong with a command line, in words."""

from __future__ import annotations

from typing import Any

from ui import words


def sentence(lang: str, error: Any) -> str:
    """Return in `lang` what typer found wrong with the arguments."""
    kind = type(error).__name__
    if kind == "NoSuchOption":
        near = ", ".join(error.possibilities or ())
        key = "cli.no_such_option_near" if near else "cli.no_such_option"
        return words.say(lang, key, option=error.option_name, near=near)
    if kind == "MissingParameter" and error.param is not None:
        option = error.param.opts[0] if error.param.param_type_name == "option" else _metavar(error.param)
        return words.say(lang, "cli.missing", what=option)
    if kind == "BadOptionUsage":
        return words.say(lang, "cli.option_needs_value", option=error.option_name)
    message = error.format_message()
    if message.startswith("No such command"):
        return words.say(lang, "cli.no_such_command", name=message.split("'")[1] if "'" in message else message)
    if message.startswith("Missing command"):
        return words.say(lang, "cli.missing_command")
    if "unexpected extra argument" in message:
        extra = message[message.find("(") + 1 : message.rfind(")")]
        return words.say(lang, "cli.extra_argument", what=extra)
    return words.say(lang, "cli.usage", what=message)


def hint(lang: str, error: Any) -> str:
    """Return where to read how the command is used."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "counterflow"
    return words.say(lang, "cli.see_help", command=path)


def _metavar(param: Any) -> str:
    return (param.metavar or param.name or "").upper().strip("[]")
