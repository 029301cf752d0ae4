"""Jobs: pages hand work in, `counterflow worker` processes claim it and call the same actions as the command line."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

import sim
from store.jobs import worker_name
from ui import actions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from store import Job, Store

BEAT_S = 1.0
"""How often a worker says that it is alive; the store takes silence of 20 s for death."""
LOOK_S = 0.3
_NICE = 5

_DOES: Mapping[str, tuple[type, Callable[[Any, actions.Desk], dict[str, Any]]]] = {
    "simulate": (actions.SimulateRequest, actions.simulate),
    "compare": (actions.CompareRequest, actions.compare),
}


def offer(store: Store, caller: actions.Caller, request: Any) -> str:
    """Hand in a request as a job and return its id; a request that cannot be is refused at once.

    Raises
    ------
    InputError
        What is asked for cannot be, or the caller may not ask for it.
    """
    kind = next(name for name, (type_, _) in _DOES.items() if isinstance(request, type_))
    actions.Desk(caller).admit(kind)
    request.check()
    return store.jobs.offer(kind, dataclasses.asdict(request), who=caller.name, role=caller.role)


def request_of(job: Job) -> Any:
    """Return the request of a job as it was handed in."""
    type_ = _DOES[job.kind][0]
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in job.request.items()}
    return type_(**values)


def work(store: Store, *, once: bool = False, with_parent: bool = False, threads: int | None = None) -> int:
    """Claim jobs and do them until the process is ended; with `once`, until none is left.

    With `with_parent` the worker ends as soon as its standard input is closed, that is when its parent ends,
    in whatever way that happens.
    """
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    name = worker_name()
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        job = store.jobs.claim(name)
        if job is not None:
            do(store, job, name, threads or max(1, (os.cpu_count() or 2) - 1))
        elif once:
            return 0
        else:
            time.sleep(LOOK_S)


def do(store: Store, job: Job, worker: str, threads: int) -> None:
    """Do one claimed job: keep its row alive and up to date, leave its result or its faults there."""
    row = _Row(store, job.id, worker)
    with row:
        try:
            caller = actions.Caller(job.who, job.role)
            desk = actions.Desk(caller, store, row.progress, threads)
            document = _DOES[job.kind][1](request_of(job), desk)
        except actions.Stopped:
            return
        except sim.InputError as error:
            store.jobs.fail(job.id, worker, [_fault(one) for one in error.faults])
            return
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            store.jobs.fail(job.id, worker, [_fault(sim.Fault("job_fault", value=what))])
            traceback.print_exc()
            return
        store.jobs.succeed(job.id, worker, document["key"])


class _Row:
    """The row of a job while it is being done: beats from a thread of its own, progress whenever it is told."""

    def __init__(self, store: Store, name: str, worker: str) -> None:
        self._store, self._name, self._worker = store, name, worker
        self._over, self._lost = threading.Event(), False
        self._told_at = 0.0
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def progress(self, done: int, total: int) -> None:
        """Write how far the job is, ten times a second at most; stop it when its row is no longer ours."""
        now = time.monotonic()
        if now - self._told_at >= 0.1 or done >= total:
            self._told_at = now
            self._lost = self._lost or not self._store.jobs.beat(self._name, self._worker, done, total)
        if self._lost:
            raise actions.Stopped

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            self._lost = self._lost or not self._store.jobs.beat(self._name, self._worker)


def _fault(one: sim.Fault) -> dict[str, Any]:
    value = one.value if isinstance(one.value, (str, int, float, type(None))) else str(one.value)
    expected = {
        key: value if isinstance(value, (str, int, float)) else str(value) for key, value in one.expected.items()
    }
    return {"code": one.code, "file": one.file, "field": one.field, "value": value, "expected": expected}


def _end_with_parent() -> None:
    """End this process when standard input is closed: nobody holds its other end any more."""
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)
