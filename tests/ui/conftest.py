"""A queue of ten lines, a plan made by hand, and the command as a function."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ui import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUEUE = """\
id = "{id}"
title = {{ zh = "一条队", en = "One queue" }}

[team.clerks]
staff = {staff}
cost_per_hour = 50.0

[service.talk]
route = [{{ serve = {{ by = ["clerks"], takes = {{ law = "exponential", mean_s = 120 }} }} }}]

[stream.calls]
service = "talk"
rate_per_hour = 80
"""


class Answer(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def queue(tmp_path: Path) -> Callable[..., str]:
    """Write a scenario of one queue and return its folder."""

    def write(name: str = "queue", staff: int = 4) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "scenario.toml").write_text(QUEUE.format(id=name, staff=staff), "utf-8")
        return str(folder)

    return write


@pytest.fixture
def run(capfdbinary, monkeypatch) -> Callable[..., Answer]:
    """Run the command in this process and return its exit code and what it printed."""
    monkeypatch.setenv("COUNTERFLOW_LANG", "en")

    def call(*arguments: str) -> Answer:
        capfdbinary.readouterr()
        code = cli.main(arguments)
        out, err = capfdbinary.readouterr()
        return Answer(code, out.decode(), err.decode())

    return call


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """Return a data folder that no other test uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("COUNTERFLOW_HOME", str(folder))
    return folder


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Return the environment of a process with a data folder of its own, in English."""
    return {**os.environ, "COUNTERFLOW_HOME": str(tmp_path / "home"), "COUNTERFLOW_LANG": "en"}


@pytest.fixture
def planned() -> dict:
    """Return the document of a plan made by hand: two people, two days, one short quarter-hour, wild names."""
    nine = 9 * 3600

    def shift(person: str, day: int, start: int, end: int, meal: list) -> dict:
        paid = (end - start - sum(b - a for a, b in meal)) / 3600
        return {
            "person": person, "team": "remote-a", "place": "centre", "day": day, "start_s": start, "end_s": end,
            "meal": meal, "breaks": [[nine + 3600, nine + 4500]], "paid_h": paid,
        }  # fmt: skip

    roster = [
        shift("=HYPERLINK(1)", 0, nine, nine + 8 * 3600, [[nine + 3 * 3600, nine + 4 * 3600]]),
        shift("喆堃", 0, nine + 3600, nine + 7 * 3600, []),
        shift("喆堃", 1, nine, nine + 4 * 3600, []),
    ]
    coverage = [
        {
            "team": "remote-a", "day": day, "start_s": nine + 900 * i, "required": 2 if i == 3 else 1,
            "rostered": 1, "busy": 0.5 if day == 0 else None,
        }
        for day in (0, 1)
        for i in range(16)
    ]  # fmt: skip
    promise = {"text": "80% in 180s", "share": 0.8, "within_s": 180.0, "of": "all_waits", "per": ["interval"]}
    return {
        "schema": "counterflow/plan/1", "version": "0.0", "scenario": "S&03", "status": "kept", "kept": True,
        "cost": 100.0, "lower_bound": 80.0, "relaxation": "offered_work", "gap": 0.2, "currency": "CNY",
        "weeks": 1, "seed": 1, "promise": promise, "achieved": {"in_sample": None, "out_of_sample": None},
        "paid_hours": 17.0, "people": {"remote-a": 2}, "rounds": [], "teams": ["remote-a"],
        "day_classes": ["workday"] * 5 + ["weekend"] * 2, "roster": roster, "coverage": coverage, "findings": [],
        "names": {"remote-a": {"zh": "远程团队甲", "en": "Remote team A"}},
    }  # fmt: skip
