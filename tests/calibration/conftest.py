"""Logs to calibrate: the real one where it is, and small ones that are always there."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"
HEADER = [
    *("vru+line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time"),
    *("q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server"),
]
"""The columns of the Anonymous Bank log."""


def _clock(second):
    second = int(second) % 86_400
    return f"{second // 3600}:{second % 3600 // 60:02d}:{second % 60:02d}"


def _call(number, arrive, *, wait=0, service=120, outcome="AGENT", kind="PS", date="990103", agent="A001", menu=5):
    """Return one row of a log as text: a call that leaves the menu at `arrive` seconds after midnight."""
    start = arrive + wait if service else 0
    queue = (arrive, arrive + wait, wait) if wait else (0, 0, 0)
    stamps = (_clock(arrive - menu), _clock(arrive), menu, _clock(queue[0]), _clock(queue[1]), wait)
    served = (outcome, _clock(start), _clock(start + service) if service else "0:00:00", service)
    return [str(cell) for cell in ("AA0101", number, "70000001", 2, kind, date, *stamps, *served, agent)]


@pytest.fixture
def call():
    """Make one row of a log."""
    return _call


@pytest.fixture
def quiet_day():
    """Make the rows of a Sunday (3 January 1999) with one call a minute from 9:00, two agents, no queue."""

    def rows(calls=300, **changes):
        return [_call(n, 9 * 3600 + 60 * n, service=60 + n % 40, agent=f"A00{n % 2}", **changes) for n in range(calls)]

    return rows


@pytest.fixture
def log_file(tmp_path):
    """Write rows as a log and return its path."""

    def write(rows, *, header=HEADER, delimiter="\t", end="\r\n", name="log.txt", encoding="utf-8"):
        lines = [
            delimiter.join(header),
            *(row if isinstance(row, str) else delimiter.join(row) for row in rows),
        ]
        path = tmp_path / name
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return path

    return write


@pytest.fixture(scope="session")
def month():
    """Return the path of a month of the real log; skip where it is not at hand."""

    def find(name):
        path = SHARED / "data" / "anonymous_bank" / f"{name}.txt"
        if not path.is_file():
            pytest.skip(f"the Anonymous Bank log is not at hand: {name}.txt")
        return path

    return find


@pytest.fixture(scope="session")
def calibrated(month):
    """Return the calibration of a month of the real log, made once."""
    import calibration

    made = {}

    def find(name):
        if name not in made:
            made[name] = calibration.calibrate(month(name), preset="anonymous-bank")
        return made[name]

    return find
