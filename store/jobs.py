"""Work for worker processes: rows that are claimed, kept alive by a beat, offered again after a kill."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, func, or_, select

from store.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
MOST_TRIES = 3
SILENT_S = 20.0
"""A worker that has not beaten for this long is taken for dead."""


@dataclass(frozen=True)
class Job:
    """One row: what is asked for, how far it is, and what came of it."""

    id: str
    kind: str
    request: Mapping[str, Any]
    who: str
    role: str
    state: str
    done: int
    total: int
    tries: int
    worker: str | None
    result: str | None
    """Key of the result, once done."""
    faults: Sequence[Mapping[str, Any]]
    """What was wrong with the request, once failed: the fields of `sim.Fault`."""

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (WAITING, RUNNING)


class Jobs:
    """The queue of work. Claiming is one write transaction, so two workers never take the same row."""

    def __init__(self, engine: Engine, reader: Engine) -> None:
        self._engine, self._reader = engine, reader

    def offer(self, kind: str, request: Mapping[str, Any], *, who: str, role: str) -> str:
        """Add a job and return its id."""
        name = uuid.uuid4().hex
        with self._engine.begin() as connection:
            number = connection.scalar(select(func.coalesce(func.max(jobs.c.number), 0))) or 0
            connection.execute(
                jobs.insert().values(
                    id=name, kind=kind, request=json.dumps(request, ensure_ascii=False, allow_nan=False), who=who,
                    role=role, state=WAITING, done=0, total=0, tries=0, number=number + 1,
                    created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                )
            )  # fmt: skip
        return name

    def get(self, name: str) -> Job | None:
        """Return the job with this id, or None."""
        with self._reader.connect() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == name)).mappings().first()
        return None if row is None else _job(row)

    def ahead(self, name: str) -> int:
        """Return how many jobs wait or run before this one."""
        with self._reader.connect() as connection:
            number = connection.scalar(select(jobs.c.number).where(jobs.c.id == name))
            before = jobs.c.state.in_((WAITING, RUNNING)) & (jobs.c.number < (number or 0))
            return connection.scalar(select(func.count()).where(before)) or 0

    def claim(self, worker: str) -> Job | None:
        """Take the oldest waiting job for `worker`; jobs of workers that were killed are offered again first."""
        with self._engine.begin() as connection:
            self._offer_again(connection)
            row = (
                connection.execute(
                    select(jobs).where(jobs.c.state == WAITING).order_by(jobs.c.number).limit(1)
                    .with_for_update(skip_locked=True)
                ).mappings().first()
            )  # fmt: skip
            if row is None:
                return None
            taken = {
                "state": RUNNING,
                "worker": worker,
                "beat_s": time.time(),
                "tries": row["tries"] + 1,
                "done": 0,
            }
            connection.execute(jobs.update().where(jobs.c.id == row["id"]).values(**taken))
            return _job({**row, **taken})

    def beat(self, name: str, worker: str, done: int | None = None, total: int | None = None) -> bool:
        """Say that `worker` is alive and how far it is; False when the job is no longer its own (cancelled, taken)."""
        values: dict[str, Any] = {"beat_s": time.time()}
        if done is not None and total is not None:
            values.update(done=done, total=total)
        return self._finish(name, worker, values)

    def succeed(self, name: str, worker: str, result: str) -> bool:
        """Mark as done with the key of its result."""
        return self._finish(name, worker, {"state": DONE, "result": result})

    def fail(self, name: str, worker: str, faults: Sequence[Mapping[str, Any]]) -> bool:
        """Mark as failed, with what was wrong."""
        return self._finish(name, worker, {"state": FAILED, "faults": json.dumps(list(faults), ensure_ascii=False)})

    def cancel(self, name: str) -> bool:
        """Stop a job that waits or runs; its worker notices at its next beat."""
        with self._engine.begin() as connection:
            active = jobs.c.state.in_((WAITING, RUNNING))
            return connection.execute(
                jobs.update().where((jobs.c.id == name) & active).values(state=CANCELLED)
            ).rowcount == 1  # fmt: skip

    def _finish(self, name: str, worker: str, values: Mapping[str, Any]) -> bool:
        mine = (jobs.c.id == name) & (jobs.c.worker == worker) & (jobs.c.state == RUNNING)
        with self._engine.begin() as connection:
            return connection.execute(jobs.update().where(mine).values(**values)).rowcount == 1

    def _offer_again(self, connection: Connection) -> None:
        silent = or_(jobs.c.beat_s.is_(None), jobs.c.beat_s < time.time() - SILENT_S)
        rows = connection.execute(
            select(jobs.c.id, jobs.c.worker, jobs.c.tries, silent.label("silent")).where(jobs.c.state == RUNNING)
        )
        for row in rows.all():
            if not (row.silent or _is_dead(row.worker)):
                continue
            if row.tries < MOST_TRIES:
                values: dict[str, Any] = {"state": WAITING, "worker": None, "done": 0}
            else:
                fault = {"code": "job_killed", "file": "", "field": "", "value": row.tries, "expected": {}}
                values = {"state": FAILED, "faults": json.dumps([fault])}
            connection.execute(jobs.update().where(jobs.c.id == row.id).values(**values))


def worker_name() -> str:
    """Return a name for this process that tells others on this machine whether it still lives."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_dead(worker: str | None) -> bool:
    """Tell whether `worker` ran on this machine and is no more."""
    host, _, number = (worker or "").rpartition(":")
    if host != socket.gethostname() or not number.isdigit() or sys.platform == "win32":
        return False  # on Windows os.kill would end the process that it is asked about
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _job(row: Mapping[str, Any]) -> Job:
    return Job(
        row["id"], row["kind"], json.loads(row["request"]), row["who"], row["role"], row["state"], row["done"],
        row["total"], row["tries"], row["worker"], row["result"], json.loads(row["faults"] or "[]"),
    )  # fmt: skip
