"""A promise to customers: which share is served within which time, counted how and where (MODEL §7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.model import InputError, Rules

_PROMISE = re.compile(
    r"^\s*(\d+(?:\.\d+)?)\s*%\s*(?:in|within|@|/)?\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m)?\s*$", re.IGNORECASE
)
_PER = ("place", "service", "interval")


@dataclass(frozen=True)
class Promise:
    """`share` of customers wait at most `within_s`.

    Attributes
    ----------
    share : float
        Between 0 and 1.
    within_s : float
        Seconds.
    of : str
        Which wait: ``all_waits``, ``first_human`` or ``seize:NAME``.
    per : tuple of str
        The cells in which it must hold: any of ``place``, ``service``, ``interval``; empty: only overall. A cell
        with fewer than 5 expected customers a day merges with the other small ones.
    sl_mode : str
        How the service level is counted, as in `Rules`.
    """

    share: float = 0.8
    within_s: float = 180.0
    of: str = "all_waits"
    per: tuple[str, ...] = ("interval",)
    sl_mode: str = "offered"

    def __post_init__(self) -> None:
        """Check the values."""
        if not 0 < self.share <= 1:
            raise InputError.one("promise_share", field="promise.share", value=self.share)
        if not self.within_s >= 0:
            raise InputError.one("greater_than_equal", field="promise.within_s", value=self.within_s, limit=0)
        if any(part not in _PER for part in self.per) or ("service" in self.per and len(self.per) > 1):
            raise InputError.one("promise_per", field="promise.per", value=", ".join(self.per), known=", ".join(_PER))

    @classmethod
    def parse(cls, text: str, **fields: object) -> Promise:
        """Read ``"80% in 180s"`` (also ``min``); other fields by keyword.

        Raises
        ------
        InputError
            When the text is not a promise.
        """
        match = _PROMISE.match(text)
        if match is None:
            raise InputError.one("promise_text", field="promise", value=text)
        factor = 60.0 if (match[3] or "s").lower().startswith("m") else 1.0
        return cls(float(match[1]) / 100.0, float(match[2]) * factor, **fields)  # type: ignore[arg-type]

    def rules(self, rules: Rules) -> Rules:
        """Return the measuring rules under which `service_level` is this promise's share."""
        return Rules.model_validate(
            {
                **rules.model_dump(),
                "sl_threshold_s": self.within_s,
                "sl_mode": self.sl_mode,
                "wait_of": self.of,
            }
        )
