"""What all tests share: a home of their own, settled hypothesis, and no silent skips in CI."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

os.environ.setdefault("MPLBACKEND", "Agg")

# The first call of a kernel compiles it, so hypothesis does not judge by the clock.
settings.register_profile("here", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_home = tempfile.TemporaryDirectory(prefix="counterflow-tests-")


def pytest_configure() -> None:
    """Keep the tests out of the user's own store."""
    os.environ["COUNTERFLOW_HOME"] = _home.name
    os.environ.pop("COUNTERFLOW_DATABASE_URL", None)


def pytest_unconfigure() -> None:
    _home.cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a browser test that is skipped has failed: it checked nothing."""
    report = yield
    if report.skipped and os.environ.get("COUNTERFLOW_CI") == "1" and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which COUNTERFLOW_CI=1 does not allow: {report.longrepr}"
    return report
