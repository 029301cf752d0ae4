"""Chance has one door: every random number of the product is made here."""

from __future__ import annotations

import numpy as np

from sim.draw.arrivals import draw
from sim.draw.compiling import cache_finding, engine_hash, on_compile


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return a NumPy generator for chance outside the model (bootstrap, search); one stream a seed and purpose."""
    from sim.tables.types import name_bits

    words = [name_bits(part, 60) if isinstance(part, str) else part for part in purpose]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *words])))


__all__ = ["cache_finding", "draw", "engine_hash", "generator", "on_compile"]
