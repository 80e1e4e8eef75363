"""What both databases share: connections kept open, the schema checked on each, and migrations applied forward."""

from __future__ import annotations

import queue
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from aethel.store import statements
from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.migrations import RECORD, TYPES, Applied, Dialect, Migration, SchemaStatus, behind, status_of
from aethel.store.sql_session import Cursor, SqlSession

KEPT_CONNECTIONS = 8
"""Connections kept for the next transaction; more are closed when they are given back."""


WRITER_BYTES = 8
"""Chance in the name of a writer of the audit log: every program that opens the database has a chain of its own."""


class Connection(Protocol):
    """What is used of a DB-API connection (PEP 249)."""

    def cursor(self) -> Cursor: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class SqlDatabase(ABC):
    """A database behind DB-API connections, safe for threads: one connection serves one transaction at a time."""

    dialect: Dialect
    faults: tuple[type[Exception], ...]
    """What the driver raises when the database is away or refuses."""

    creates_itself: bool
    """Whether an empty database gets the schema when it is first used, and not only by `migrate`."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue(KEPT_CONNECTIONS)
        self.writer = secrets.token_hex(WRITER_BYTES)

    @contextmanager
    def transaction(self) -> Iterator[SqlSession]:
        connection = self._taken()
        is_sound = False
        try:
            with self._said(), self._begun(connection) as session:
                yield session
            is_sound = True
        finally:
            self._give_back(connection, is_sound=is_sound)

    def check(self) -> None:
        """Connect once, and keep the connection; raises StoreUnavailable and StoreUnusable."""
        self._give_back(self._taken(), is_sound=True)

    def status(self) -> SchemaStatus:
        """What of the schema is there; raises StoreUnavailable."""
        with self._said(), self._alone() as connection, self._begun(connection) as session:
            return self._status(session)

    def migrate(self) -> tuple[Migration, ...]:
        """Apply what is pending, all in one transaction; returns it. Raises StoreUnavailable and StoreUnusable."""
        with self._said(), self._alone() as connection, self._begun(connection) as session:
            self.lock_schema(session)
            return self._apply(session)

    def close(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._close(self._idle.get_nowait())

    @abstractmethod
    def connect(self) -> Connection:
        """A new connection; raises one of `faults`, or StoreUnusable."""

    @abstractmethod
    def begin(self, session: SqlSession) -> None:
        """Begin a transaction on a connection that is in none."""

    @abstractmethod
    def lock_schema(self, session: SqlSession) -> None:
        """Keep other programs from migrating until the transaction ends."""

    @abstractmethod
    def has_record(self, session: SqlSession) -> bool:
        """Whether the database records migrations."""

    def _status(self, session: SqlSession) -> SchemaStatus:
        if not self.has_record(session):
            return status_of((), self.dialect)
        rows = session.query(statements.APPLIED)
        return status_of([Applied(*row) for row in rows], self.dialect)

    def _apply(self, session: SqlSession) -> tuple[Migration, ...]:
        status = self._status(session)
        if status.problem:
            raise StoreUnusable(status.problem)
        if status.pending:
            session.run(RECORD.format(**TYPES[self.dialect]))
        for migration in status.pending:
            for statement in migration.rendered(self.dialect):
                session.run(statement)
            session.run(
                statements.RECORD_APPLIED,
                (migration.number, migration.name, migration.digest(self.dialect), session.now_ms()),
            )
        return status.pending

    def _taken(self) -> Connection:
        with suppress(queue.Empty):
            return self._idle.get_nowait()
        with self._said():
            connection = self.connect()
            is_sound = False
            try:
                with self._begun(connection) as session:
                    self._require_schema(session)
                is_sound = True
            finally:
                if not is_sound:
                    self._close(connection)
            return connection

    def _require_schema(self, session: SqlSession) -> None:
        status = self._status(session)
        if self.creates_itself and not status.applied:
            self._apply(session)
        elif behind(status):
            raise StoreUnusable(behind(status))

    def _give_back(self, connection: Connection, *, is_sound: bool) -> None:
        if is_sound:
            with suppress(queue.Full):
                self._idle.put_nowait(connection)
                return
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        with suppress(*self.faults):
            connection.close()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        connection = self.connect()
        try:
            yield connection
        finally:
            self._close(connection)

    @contextmanager
    def _begun(self, connection: Connection) -> Iterator[SqlSession]:
        """A transaction that is written when the block ends, and undone when it raises."""
        session = SqlSession(connection.cursor(), self.dialect, self.writer)
        self.begin(session)
        try:
            yield session
        except BaseException:
            with suppress(*self.faults):
                connection.rollback()
            raise
        connection.commit()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except self.faults as error:
            raise StoreUnavailable(f"the store does not answer: {type(error).__name__}") from error
