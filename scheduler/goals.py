"""What is promised: shares of customers within a time, and measures that have a limit (waits, risk, complaints)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import sim

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIMIT = re.compile(r"^\s*([A-Za-z_][\w:.*-]*)\s*(<=|>=|≤|≥)\s*(\d+(?:\.\d+)?)\s*(%|s|min)?\s*$")
_TAIL = re.compile(r"\s+(per|of|for)\s+(\S+)\s*$", re.IGNORECASE)
_PER = ("place", "service", "interval")
_FOR = ("place", "service", "segment")
MISSED = "missed_per_1000"
"""Risk events that nobody noticed (entries ``KIND.missed``) for every 1,000 customers."""
_EVENT = "event_count:"


@dataclass(frozen=True)
class Limit:
    """A measure that must stay at or below (or above) a limit.

    Attributes
    ----------
    measure : str
        One of `sim.MEASURES`, an own one of the scenario (``violations``, ``event_count:KIND``, ``target_met:KIND``),
        or ``missed_per_1000``.
    value : float
    sense : str
        ``at_most`` or ``at_least``.
    per : tuple of str
        The cells in which it must hold: one of ``place``, ``service``, ``interval``; empty: only overall.
    place, services : str, tuple of str
        The place and the services that are counted; ``*`` and none: all.
    within_s, of : float, str
        What `service_level` counts, as in `sim.Promise`; not used by other measures.
    """

    measure: str
    value: float
    sense: Literal["at_most", "at_least"] = "at_most"
    per: tuple[str, ...] = ()
    place: str = "*"
    services: tuple[str, ...] = ()
    within_s: float = 180.0
    of: str = "all_waits"

    @property
    def text(self) -> str:
        """Return it as `goal` reads it."""
        sign = "<=" if self.sense == "at_most" else ">="
        return " ".join([self.measure, sign, f"{self.value:g}", *(f"per {part}" for part in self.per)])

    @property
    def room(self) -> float:
        """Return the largest margin that can be: nothing is below 0, and no share of targets met above 1."""
        if self.sense == "at_most":
            return self.value
        return 1.0 - self.value if self.measure.startswith("target_met:") else math.inf


Goal = sim.Promise | Limit


def goal(text: str, scenario: sim.Scenario | None = None) -> Goal:
    """Read a promise: ``80% in 180s`` or ``wait_p90_s <= 600``, with what follows.

    ``per place`` (in every branch, so in the worst one), ``per service``, ``per interval``; ``of seize:NAME`` or
    ``of first_human`` says which wait; ``for service:NAME``, ``for segment:NAME`` or ``for place:NAME`` who is counted.
    A share without ``per`` and ``for`` must hold in every interval.

    Raises
    ------
    sim.InputError
        When the text is no promise, or names nothing in the scenario.
    """
    rest, tails = text, []
    while (match := _TAIL.search(rest)) is not None:
        tails.append((match[1].lower(), match[2]))
        rest = rest[: match.start()]
    per = tuple(word.lower() for kind, words in reversed(tails) if kind == "per" for word in words.split(","))
    if any(part not in _PER for part in per):
        raise sim.InputError.one("promise_per", field="promise", value=text, known=", ".join(_PER))
    of = next((word for kind, word in tails if kind == "of"), "all_waits")
    whom = [word for kind, word in tails if kind == "for"]
    place, services = _counted(whom, text, scenario)
    match = _LIMIT.match(rest)
    if match is not None:
        factor = {"%": 0.01, "min": 60.0}.get(match[4] or "", 1.0)
        sense: Literal["at_most", "at_least"] = "at_most" if match[2] in ("<=", "≤") else "at_least"
        known = (*sim.MEASURES, MISSED)
        if match[1] not in known and match[1] != "violations" and ":" not in match[1]:
            raise sim.InputError.one("goal_measure", field="promise", value=match[1], known=", ".join(known))
        return Limit(match[1], float(match[3]) * factor, sense, per, place, services, of=of)
    if whom:
        share = sim.Promise.parse(rest)
        return Limit("service_level", share.share, "at_least", per, place, services, share.within_s, of)
    return sim.Promise.parse(rest, of=of, **({"per": per} if per else {}))


def _counted(whom: Iterable[str], text: str, scenario: sim.Scenario | None) -> tuple[str, tuple[str, ...]]:
    """Return the place and the services that the tails ``for KIND:NAME`` name."""
    place, services = "*", list[str]()
    for word in whom:
        kind, _, name = word.partition(":")
        if kind not in _FOR or not name:
            raise sim.InputError.one("goal_for", field="promise", value=text, known=", ".join(f"{k}:…" for k in _FOR))
        known: tuple[str, ...] = (name,)
        if scenario is not None and kind == "place":
            known = tuple(site.name for site in sim.Sites(scenario).sites)
        elif scenario is not None:
            known = tuple(scenario.service)
            if kind == "segment":
                known = tuple(dict.fromkeys(one.segment for one in scenario.service.values()))
        if name not in known:
            raise sim.InputError.one("goal_unknown", field="promise", value=word, known=", ".join(known))
        if kind == "place":
            place = name
        elif kind == "service":
            services.append(name)
        elif scenario is not None:
            services += [key for key, one in scenario.service.items() if one.segment == name]
        else:
            raise sim.InputError.one("goal_for", field="promise", value=text, known="service:…, place:…")
    return place, tuple(services)


def goals(promise: Goal | str | Iterable[Goal | str] | None, scenario: sim.Scenario) -> tuple[Goal, ...]:
    """Return promises as a tuple: one or several, read from text where they are text; 80 % in 180 s when none."""
    if promise is None:
        return (sim.Promise(),)
    if isinstance(promise, (str, sim.Promise, Limit)):
        promise = [promise]
    found = tuple(goal(one, scenario) if isinstance(one, str) else one for one in promise)
    if not found:
        raise sim.InputError.one("goal_none", field="promise")
    return found
