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


def maybe_number(text: str, option: str) -> float | None:
    """Return `text` as a number, None when nothing was typed; thousands may stand apart by commas."""
    if text == "":
        return None
    try:
        number = float(unicodedata.normalize("NFKC", text).strip().replace(",", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise sim.InputError.one("number_form", field=option, value=text)
    return number


def numbers(texts: Iterable[str] | None, option: str) -> tuple[float, ...]:
    """Return numbers that were given one by one or with commas between; ``80%`` is 0.8."""
    out = []
    for text in names(texts):
        plain = unicodedata.normalize("NFKC", text)
        value = maybe_number(plain.removesuffix("%").strip(), option)
        out.append((value or 0.0) / (100 if plain.endswith("%") else 1))
    return tuple(out)


def clock(text: str, option: str) -> int | None:
    """Return ``09:30`` in seconds after midnight, None when nothing was typed; up to 48:00 for nights."""
    written = unicodedata.normalize("NFKC", text).strip()
    if not written:
        return None
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", written)
    if match is None or int(match[1]) > 48:
        raise sim.InputError.one("clock_form", field=option, value=text)
    return 3600 * int(match[1]) + 60 * int(match[2])


def names(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Return names that were given one by one or with commas between."""
    return tuple(name.strip() for text in texts or () for name in text.split(",") if name.strip())


def staff(texts: Iterable[str], option: str = "--set") -> dict[str, int]:
    """Return ``team=n`` texts as team → people."""
    out = {}
    for text in texts:
        team, sign, number = text.partition("=")
        if not (team and sign):
            raise sim.InputError.one("set_form" if option == "--set" else "staff_form", field=option, value=text)
        out[team.strip()] = whole(number, f"{option} {team}")
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
