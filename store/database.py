"""Open the store: one SQLite file in WAL mode, or the database that COUNTERFLOW_DATABASE_URL names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.exc import DatabaseError, DBAPIError, SQLAlchemyError

import sim
from store import home, tables
from store.audit import Audit
from store.jobs import Jobs
from store.results import Results

FILE = "counterflow.db"
_BUSY_MS = 30_000


@dataclass(frozen=True)
class Store:
    """An open store; its parts share one connection pool."""

    engine: Engine
    where: str
    """The file, or the address without its password."""

    @cached_property
    def reader(self) -> Engine:
        """The same database, every statement on its own, so that reading never waits for writing."""
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @cached_property
    def results(self) -> Results:
        """Results by the hash of all that they depend on."""
        return Results(self.engine, self.reader)

    @cached_property
    def jobs(self) -> Jobs:
        """Work that worker processes claim."""
        return Jobs(self.engine, self.reader)

    @cached_property
    def audit(self) -> Audit:
        """Who did what, in a chain that shows any change."""
        return Audit(self.engine, self.reader)

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()


def open_store(folder: Path | str | None = None) -> Store:
    """Open the store in `folder` (default: `store.folder()`), making it when it is not there.

    Raises
    ------
    InputError
        When the folder cannot be written, or the file is no database of ours.
    """
    url = os.environ.get("COUNTERFLOW_DATABASE_URL") if folder is None else None
    where = "" if url else str(Path(folder or home.folder()) / FILE)
    try:
        if url:
            engine = create_engine(url, pool_pre_ping=True)
            where = engine.url.render_as_string(hide_password=True)
        else:
            Path(where).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(f"sqlite:///{where}", connect_args={"timeout": _BUSY_MS / 1000})
            event.listen(engine, "connect", _settle)
            event.listen(engine, "begin", _begin)
        _prepare(engine)
    except OSError as error:
        raise sim.InputError.one("store_unusable", value=where, reason=error.strerror or str(error)) from None
    except DBAPIError as error:
        code = (
            "store_damaged" if isinstance(error, DatabaseError) and "not a database" in str(error) else "store_unusable"
        )
        raise sim.InputError.one(code, value=where, reason=str(error.orig)) from None
    except (SQLAlchemyError, ImportError) as error:
        raise sim.InputError.one("store_unusable", value=where, reason=str(error)) from None
    return Store(engine, where)


def _settle(connection: Any, _: Any) -> None:
    """Give a new SQLite connection its settings; transactions are begun by `_begin`, not by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: sqlalchemy.Connection) -> None:
    """Begin as a writer at once, so that two processes never both read first and then refuse each other."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare(engine: Engine) -> None:
    """Make the tables when they are not there; refuse a database that a later version has written."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        found = connection.scalar(select(tables.about.c.value).where(tables.about.c.name == "version"))
        if found is None:
            connection.execute(tables.about.insert().values(name="version", value=str(tables.VERSION)))
        elif int(found) > tables.VERSION:
            raise SQLAlchemyError(f"version {found} > {tables.VERSION}")
