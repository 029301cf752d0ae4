"""Values typed on the command line, read with our own words for what is wrong with them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

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


_SHARE = re.compile(r"\d{1,3}(\.\d+)?\s*%|0?\.\d+|[01](\.0*)?")
ALLOW = "--allow"


def share(text: str, option: str) -> float | None:
    """Return ``10%`` or ``0.1`` as a share, None when nothing was typed."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    value = math.nan
    if _SHARE.fullmatch(text):
        value = float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise sim.InputError.one("allow_form", field=option, value=text)
    return value


def with_share(given: Sequence[str]) -> list[str]:
    """Return the arguments with ``--allow`` alone, without a share behind it, as ``--allow=100%``."""
    out = list(given)
    for k, word in enumerate(out):
        follows = unicodedata.normalize("NFKC", out[k + 1]).strip() if k + 1 < len(out) else ""
        if word == ALLOW and not (follows[:1].isdigit() or follows.startswith(".")):
            out[k] = f"{ALLOW}=100%"
    return out
