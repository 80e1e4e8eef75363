"""The embedded database: one SQLite file in write-ahead mode, for one machine."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aethel.store.interface import StoreUnusable
from aethel.store.migrations import Dialect, SchemaStatus, status_of
from aethel.store.sql_database import Connection, SqlDatabase
from aethel.store.sql_session import SqlSession

BUSY_S = 5
"""Time that a transaction waits for another one, in seconds; each takes a few milliseconds."""

CHECKPOINT_PAGES = 8_000
"""Pages of 4 kB in the log before they are copied into the file: the one who commits then waits for some more writes of
the disk, which with the default of 1 000 would be one commit in a hundred.
"""

OLDEST = (3, 35, 0)
"""Oldest SQLite with everything that the statements use."""


class SqliteDatabase(SqlDatabase):
    """A file; a new one gets the whole schema at once, an older one waits for `aethel store migrate`."""

    dialect = Dialect.SQLITE
    faults = (sqlite3.Error, OSError)
    creates_itself = True

    def __init__(self, path: Path) -> None:
        super().__init__()
        if sqlite3.sqlite_version_info < OLDEST:
            raise StoreUnusable(f"SQLite is {sqlite3.sqlite_version}, expected {'.'.join(map(str, OLDEST))} or newer")
        self._path = path

    def status(self) -> SchemaStatus:
        """What of the schema is there; to ask makes no file."""
        return super().status() if self._path.exists() else status_of((), self.dialect)

    def connect(self) -> Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            with _alone_in(self._path.parent):
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            # A committed transaction survives the loss of power, not only the end of the process.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def begin(self, session: SqlSession) -> None:
        session.run("BEGIN IMMEDIATE")

    def lock_schema(self, session: SqlSession) -> None:
        """Nothing to do: a transaction has the whole database to itself."""

    def has_record(self, session: SqlSession) -> bool:
        return bool(session.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'aethel_schema'"))


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One program at a time changes a new file to write-ahead mode: where two do, SQLite fails and does not wait."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
