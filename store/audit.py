"""Who did what and when: rows are only ever added, each carries the hash of the one before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select

from store.tables import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One row of the trail."""

    number: int
    at: str
    who: str
    role: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class Audit:
    """The trail: `append` to it, `entries` to read it, `broken` to check it."""

    def __init__(self, engine: Engine, reader: Engine) -> None:
        self._engine, self._reader = engine, reader

    def append(self, *, who: str, role: str, action: str, subject: str, detail: Mapping[str, Any]) -> int:
        """Add a row and return its number, counted from 1."""
        with self._engine.begin() as connection:
            last = connection.execute(
                select(audit.c.number, audit.c.sha256).order_by(audit.c.number.desc()).limit(1).with_for_update()
            ).first()
            row = {
                "number": 1 if last is None else last.number + 1,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "who": who,
                "role": role,
                "action": action,
                "subject": subject,
                "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True, allow_nan=False),
                "previous_sha256": FIRST if last is None else last.sha256,
            }
            connection.execute(audit.insert().values(**row, sha256=_hash(row)))
        return row["number"]

    def entries(self, limit: int = 100) -> tuple[Entry, ...]:
        """Return the latest rows, newest first."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.number.desc()).limit(limit)).all()
        return tuple(
            Entry(row.number, row.at, row.who, row.role, row.action, row.subject, json.loads(row.detail))
            for row in rows
        )

    def broken(self) -> int | None:
        """Return the number of the first row that was changed, taken out or put in; None when the chain holds."""
        previous, expected = FIRST, 1
        with self._reader.connect() as connection:
            for row in connection.execute(select(audit).order_by(audit.c.number)).mappings():
                values = {key: row[key] for key in row if key != "sha256"}
                if row["number"] != expected or row["previous_sha256"] != previous or row["sha256"] != _hash(values):
                    return expected
                previous, expected = row["sha256"], expected + 1
        return None


def _hash(row: Mapping[str, Any]) -> str:
    return sha256(json.dumps(dict(row), ensure_ascii=False, sort_keys=True).encode()).hexdigest()
