"""Results by content: the key is a hash of everything that the result depends on, so it never goes stale."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from store.tables import results


class Results:
    """Documents by key. A document whose bytes were changed on disk counts as absent."""

    def __init__(self, engine: Engine, reader: Engine) -> None:
        self._engine, self._reader = engine, reader

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the document of `key`, or None."""
        with self._reader.connect() as connection:
            row = connection.execute(select(results.c.document, results.c.sha256).where(results.c.key == key)).first()
        if row is None or sha256(row.document.encode()).hexdigest() != row.sha256:
            return None
        return json.loads(row.document)

    def put(self, key: str, kind: str, document: dict[str, Any]) -> None:
        """Keep `document` under `key`; what stood there is replaced."""
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        row = {
            "kind": kind,
            "document": text,
            "sha256": sha256(text.encode()).hexdigest(),
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with self._engine.begin() as connection:
            if connection.execute(results.update().where(results.c.key == key).values(**row)).rowcount == 0:
                try:
                    connection.execute(results.insert().values(key=key, **row))
                except IntegrityError:
                    # Another process put the same result first; being a function of the key, it is the same.
                    return
