"""Values typed on the command line, read with our own words for what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import sim


def whole(text: str, option: str) -> int:
    """Return `text` as a whole number."""
    try:
        return int(text.strip())
    except ValueError:
        raise sim.InputError.one("int_parsing", field=option, value=text) from None


def maybe_whole(
    text: str, option: str, *, low: int | None = None, high: int | None = None, code: str = ""
) -> int | None:
    """Return `text` as a whole number between `low` and `high`, or None when nothing was typed."""
    if text == "":
        return None
    number = whole(text, option)
    if (low is not None and number < low) or (high is not None and number > high):
        raise sim.InputError.one(code, field=option, value=number, low=low, high=high)
    return number


def staff(texts: Iterable[str]) -> dict[str, int]:
    """Return ``team=n`` texts as team → people."""
    out = {}
    for text in texts:
        team, sign, number = text.partition("=")
        if not (team and sign):
            raise sim.InputError.one("set_form", field="--set", value=text)
        out[team.strip()] = whole(number, f"--set {team}")
    return out


def half_widths(texts: Iterable[str]) -> dict[str, float]:
    """Return ``measure=width`` texts as measure → 95 % half-width."""
    out = {}
    for text in texts:
        measure, sign, width = text.partition("=")
        try:
            number = float(width)
        except ValueError:
            number = math.nan
        if not (measure and sign) or not math.isfinite(number):
            raise sim.InputError.one("half_width_form", field="--half-width", value=text)
        out[measure.strip()] = number
    return out
