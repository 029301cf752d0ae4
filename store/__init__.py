"""What is kept between runs: results by content, jobs for the workers, and the audit trail.

SQLAlchemy Core on SQLite in the folder COUNTERFLOW_HOME, or on the database COUNTERFLOW_DATABASE_URL names.
Values are JSON text with a SHA-256 beside it; nothing is pickled. Names are imported when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.audit import Audit, Entry
    from store.database import Store, open_store
    from store.home import folder
    from store.jobs import Job, Jobs
    from store.results import Results

__all__ = ["Audit", "Entry", "Job", "Jobs", "Results", "Store", "folder", "open_store"]

_WHERE = {
    "Audit": "audit",
    "Entry": "audit",
    "Job": "jobs",
    "Jobs": "jobs",
    "Results": "results",
    "Store": "database",
    "folder": "home",
    "open_store": "database",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    value = getattr(importlib.import_module(f"store.{_WHERE[name]}"), name)
    globals()[name] = value
    return value
