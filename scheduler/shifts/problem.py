"""What the shifts of a day are made for: groups of people alike, what they are needed for, and cuts of a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.contracts import Contract

ANYWHERE = "*"


@dataclass(frozen=True)
class Group:
    """People alike: the same skills, wage, labour rules and place.

    Attributes
    ----------
    name : str
    skills : tuple of str
        What each may do, one at a time: names that posts ask for.
    wage_per_hour : float
    most, least : int, optional
        People at most (as many as needed when None) and at least who have a shift on the day.
    contract : Contract, optional
        Labour rules; those of the call when None.
    shapes : tuple of str, optional
        Names of the contract's shifts that they work; all when None.
    places : tuple of str
        Where they may work: one place, or several for mobile people (流动服务经理), who work at one place up to the
        meal (or the gap of a split shift) and at the same or another place after it.
    travel_s : int
        Paid time from one place to another, added to that meal; quarter-hours.
    recalled : tuple of str
        Skills for which they may be called back (召回) from their own work, at any quarter-hour.
    recall_per_hour : float
        Price of an hour so spent, beside the wage: more than 0, so that it is the last resort.
    """

    name: str
    skills: tuple[str, ...]
    wage_per_hour: float = 1.0
    most: int | None = None
    least: int = 0
    contract: Contract | None = None
    shapes: tuple[str, ...] | None = None
    places: tuple[str, ...] = (ANYWHERE,)
    travel_s: int = 0
    recalled: tuple[str, ...] = ()
    recall_per_hour: float = 0.0


@dataclass(frozen=True)
class Post:
    """People with a skill who are needed at a place, by quarter-hour.

    Attributes
    ----------
    skill : str
    servers : sequence of float, length 96
        How many in each quarter-hour of the day.
    place : str
        ``*`` is served from anywhere.
    held : bool
        Who stands there can do nothing else meanwhile. With False it is enough that so many with the skill are
        present at the place, whatever else they do (dual control 双人, a licensed witness).
    on_call : bool
        Stand-by: counted in people on an on-call shift, not in people at work.
    short_per_hour : float, optional
        Price of a missing hour; nobody may be missing when None.
    """

    skill: str
    servers: Sequence[float]
    place: str = ANYWHERE
    held: bool = True
    on_call: bool = False
    short_per_hour: float | None = None

    @property
    def name(self) -> str:
        """Return ``skill`` or ``skill@place``, with what else tells it from other posts."""
        name = self.skill if self.place == ANYWHERE else f"{self.skill}@{self.place}"
        return name + ("" if self.held else "+present") + ("+on_call" if self.on_call else "")


@dataclass(frozen=True)
class Cut:
    """What a simulation has taught: Σ weight · people on duty ≥ at_least, over groups and quarter-hours.

    Attributes
    ----------
    weights : mapping of (group, slot) to float
        Subgradient of the service level (or whatever the promise is about) to the people of a group on duty in a
        quarter-hour of the day, 0 to 95.
    at_least : float
    name : str
        Of the cell, round and seed that it comes from.
    """

    weights: Mapping[tuple[str, int], float]
    at_least: float
    name: str = ""


def may_take(group: Group, post: Post) -> bool:
    """Tell whether people of a group may stand at a post, at one of their places."""
    can = post.skill in group.skills or (post.held and not post.on_call and post.skill in group.recalled)
    return can and (post.place == ANYWHERE or post.place in group.places)
