"""The workbook of people: its sheets and columns, what may stand in them, and what becomes of it.

`ui.exports.template` writes it, `ui.imports.people` reads it; both languages name the same columns. What is read is a
document (``counterflow/staff/1``) with the fields of `scheduler.Staff`, which `staff` makes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import scheduler

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "counterflow/staff/1"

Kind = Literal["text", "list", "number", "whole", "date", "clock", "choice", "choices", "yes", "person", "team"]
"""``person`` and ``team`` are texts with a drop-down of those that there are."""


@dataclass(frozen=True)
class Column:
    """One column: its key (words: ``form.column.KEY``), what stands in it, whether it must be filled."""

    key: str
    kind: Kind
    must: bool = False
    choices: tuple[str, ...] = ()
    """Codes, in words ``form.GROUP.CODE``; the group is the last part of `group`."""
    group: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Form:
    """One sheet: its key (words: ``form.sheet.KEY``) and columns."""

    key: str
    columns: tuple[Column, ...]


STATUSES = ("pregnant", "nursing", "minor", "trainee")
LEAVES = ("annual", "sick", "personal", "marriage", "maternity", "bereavement", "training", "business", "other")
WISHES = ("off", "work", "shape", "not_shape", "early", "late")
CREDITS = ("nights", "weekends", "holidays", "early", "late", "wishes_met", "wishes_refused")

PEOPLE = Form(
    "people",
    (
        Column("person", "text", must=True),
        Column("name", "text"),
        Column("team", "team", must=True),
        Column("place", "text"),
        Column("skills", "list"),
        Column("contract", "choice", group="contract"),
        Column("hours_per_week", "number", low=0, high=168),
        Column("wage_per_hour", "number", low=0),
        Column("status", "choices", choices=STATUSES, group="status"),
        Column("from", "date"),
        Column("to", "date"),
    ),
)
LEAVE = Form(
    "leave",
    (
        Column("person", "person", must=True),
        Column("from", "date", must=True),
        Column("to", "date"),
        Column("start", "clock"),
        Column("end", "clock"),
        Column("leave", "choice", choices=LEAVES, group="leave"),
    ),
)
WISH = Form(
    "wishes",
    (
        Column("person", "person", must=True),
        Column("day", "date", must=True),
        Column("wish", "choice", must=True, choices=WISHES, group="wish"),
        Column("shape", "choice", group="shape"),
        Column("weight", "whole", low=1, high=1000),
    ),
)
LOCK = Form(
    "locks",
    (
        Column("person", "person", must=True),
        Column("day", "date", must=True),
        Column("off", "yes"),
        Column("start", "clock"),
        Column("end", "clock"),
    ),
)
PAST = Form(
    "history",
    (
        Column("person", "person", must=True),
        Column("last_day", "date"),
        Column("last_end", "clock"),
        Column("days_in_a_row", "whole", low=0, high=366),
        Column("days_off", "whole", low=0, high=366),
        Column("month_overtime_h", "number", low=0),
        Column("period_h", "number", low=0),
        Column("year_overtime_h", "number", low=0),
        *(Column(name, "number", low=0) for name in CREDITS),
    ),
)
FORMS = (PEOPLE, LEAVE, WISH, LOCK, PAST)


def staff(document: Mapping[str, Any]) -> scheduler.Staff:
    """Return the staff that a document describes."""
    return scheduler.Staff(
        people=tuple(
            scheduler.Person(**{**one, "skills": tuple(one["skills"]), "status": tuple(one["status"])})
            for one in document["people"]
        ),
        leaves=tuple(scheduler.Leave(**one) for one in document["leaves"]),
        wishes=tuple(scheduler.Wish(**one) for one in document["wishes"]),
        locks=tuple(scheduler.Lock(**one) for one in document["locks"]),
        histories=tuple(scheduler.History(**one) for one in document["histories"]),
    )
