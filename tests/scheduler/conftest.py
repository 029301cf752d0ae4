"""Small requirements and scenarios that the scheduler's tests share."""

from __future__ import annotations

import pytest

import sim
from scheduler.contracts import contract


@pytest.fixture(scope="session")
def standard():
    """The labour rules that are shipped."""
    return contract("cn-standard")


@pytest.fixture(scope="session")
def branch_day():
    """A day 9–17 h with two peaks, at most 7 people, and a tail after closing: 96 quarter-hours."""
    need = [0] * 96
    for hour, people in zip(range(9, 17), (5, 7, 5, 4, 4, 7, 7, 4), strict=True):
        need[4 * hour : 4 * hour + 4] = [people] * 4
    need[68:70] = [2, 1]
    return need


def centre(**changes):
    """Return a remote centre with one team and one service, busier on workdays; 40 % of calls need a supervisor."""
    rates = [
        {"stream": "calls", "service": "S1", "day_class": kind, "start": h * 3600,
         "end": (h + 1) * 3600, "rate_per_hour": r}
        for kind, factor in (("workday", 1.0), ("weekend", 0.5))
        for h, r in zip(range(9, 17), (factor * x for x in (36, 44, 40, 28, 24, 44, 44, 26)), strict=True)
    ]  # fmt: skip
    data = {
        "id": "centre",
        "run": {"days": 7, "day_classes": ["workday"] * 5 + ["weekend"] * 2},
        "place": {"centre": {"kind": "centre"}},
        "team": {
            "agents": {"place": "centre", "role": "remote_agent", "staff": 6, "cost_per_hour": 60.0},
            "supervisors": {"place": "centre", "staff": 4, "cost_per_hour": 100.0},
        },
        "route": {
            "call": [
                {"seize": {"name": "agent", "needs": [["remote_agent"]],
                           "patience": {"law": "exponential", "mean_s": 400}}},
                {"advance": {"law": "lognormal", "mean_s": 300, "cv": 0.7}},
                {"transfer": {"next": 0.4, "release": "rest"}},
                {"serve": {"name": "approve", "by": ["supervisors"], "takes": {"law": "exponential", "mean_s": 60}}},
                {"release": ["agent"]},
            ]
        },
        "service": {"S1": {"route": "call"}},
        "stream": {"calls": {"place": "centre"}},
        "rates": rates,
    }  # fmt: skip
    return sim.validated({**data, **changes})


@pytest.fixture(scope="session")
def small_centre():
    return centre()
