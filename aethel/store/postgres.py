"""PostgreSQL, for several replicas over one state, through pg8000 (the extra `postgres`)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import pg8000.dbapi
from pg8000.converters import make_params

from aethel.store.interface import StoreUnusable
from aethel.store.migrations import Dialect
from aethel.store.sql_database import Connection, SqlDatabase
from aethel.store.sql_session import Cursor, Row, SqlSession

ANSWER_S = 5
"""Time the server has to connect, to give a lock or to run one statement, in seconds; each takes milliseconds."""

ABANDONED_S = 15
"""Time after which the server ends a transaction whose client says nothing any more, in seconds."""

DEFAULT_PORT = 5432

_MIGRATION_LOCK = 0x61657468656C
"""The advisory lock that one migration at a time holds: the letters `aethel`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is and as whom it is used; `tls` is None for a connection in the clear."""

    host: str
    port: int
    database: str
    user: str
    password: str
    tls: ssl.SSLContext | None

    def __repr__(self) -> str:
        return f"Place({self.user}@{self.host}:{self.port}/{self.database})"


def place_of(url: str) -> Place:
    """Read `postgresql://user:password@host:port/database?sslmode=…&sslrootcert=…`; raises StoreUnusable.

    `sslmode` is `disable` or `verify-full`; where it is not given, only a loopback address is spoken to in the clear.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    except ValueError as error:
        raise _unreadable() from error
    database = unquote(parts.path.removeprefix("/"))
    unknown = sorted(options.keys() - {"sslmode", "sslrootcert"})
    if parts.scheme != "postgresql" or not (parts.hostname and parts.username and database) or parts.fragment:
        raise _unreadable()
    if unknown:
        raise StoreUnusable(f"the store's address has the option `{unknown[0]}`, expected `sslmode` and `sslrootcert`")
    password = unquote(parts.password or "")
    return Place(parts.hostname, port, database, unquote(parts.username), password, _tls(parts, options))


def _tls(parts: SplitResult, options: dict[str, str]) -> ssl.SSLContext | None:
    mode = options.get("sslmode", "disable" if _is_loopback(parts.hostname or "") else "verify-full")
    if mode not in ("disable", "verify-full"):
        raise StoreUnusable(f"`sslmode` of the store's address is `{mode}`, expected `disable` or `verify-full`")
    if mode == "disable":
        return None
    try:
        return ssl.create_default_context(cafile=options.get("sslrootcert"))
    except OSError as error:
        raise StoreUnusable("`sslrootcert` of the store's address cannot be read, expected a file of PEM") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unreadable() -> StoreUnusable:
    return StoreUnusable("the store's address cannot be read, expected `postgresql://user:password@host:port/database`")


def _connected(place: Place) -> Connection:
    """A connection whose small messages are sent at once: the driver writes several before it waits for an answer, and
    would wait some 40 ms for the acknowledgement of each.
    """
    link = socket.create_connection((place.host, place.port), ANSWER_S + 1)
    try:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        driver = pg8000.dbapi.connect(
            user=place.user,
            password=place.password or None,
            host=place.host,
            database=place.database,
            ssl_context=place.tls or False,
            application_name="aethel",
            sock=link,
        )
    except BaseException:
        link.close()
        raise
    return Link(driver)


class Link:
    """A connection on which each statement is read by the server once and is one round trip from then on.

    The driver's own cursor has the server read it each time, in three.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._prepared: dict[str, tuple[Any, ...]] = {}

    def cursor(self) -> Cursor:
        return PreparedCursor(self)

    def commit(self) -> None:
        self.driver.execute_simple("COMMIT")

    def rollback(self) -> None:
        self.driver.rollback()

    def close(self) -> None:
        self.driver.close()

    def prepared(self, statement: str) -> tuple[Any, ...]:
        """A statement, `?` standing for each parameter, as the server knows it; there are a dozen of them."""
        found = self._prepared.get(statement)
        if found is None:
            first, *rest = statement.split("?")
            numbered = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
            found = self._prepared[statement] = (*self.driver.prepare_statement(numbered, ()), numbered)
        return found


class PreparedCursor:
    """What is used of a DB-API cursor."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._rows: Sequence[Row] = ()

    def execute(self, operation: str, parameters: Sequence[object], /) -> object:
        driver = self.link.driver
        if parameters:
            name, columns, readers, text = self.link.prepared(operation)
            context = driver.execute_named(name, make_params(driver.py_types, parameters), columns, readers, text)
        else:
            context = driver.execute_simple(operation)
        self._rows = context.rows or ()
        return self

    def fetchall(self) -> Sequence[Row]:
        return self._rows


class PostgresDatabase(SqlDatabase):
    """A database on a server; its schema is made by `aethel store migrate` alone."""

    dialect = Dialect.POSTGRESQL
    faults = (pg8000.dbapi.Error, OSError)
    creates_itself = False

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def connect(self) -> Connection:
        connection = _connected(self._place)
        session = SqlSession(connection.cursor(), self.dialect)
        for name, value in (
            ("lock_timeout", f"{ANSWER_S}s"),
            ("statement_timeout", f"{ANSWER_S}s"),
            ("idle_in_transaction_session_timeout", f"{ABANDONED_S}s"),
            # What was said to be written survives the loss of power, whatever the server's default is.
            ("synchronous_commit", "on"),
            # Locks are taken first and rows read after them, so that each statement sees what was written before.
            ("default_transaction_isolation", "read committed"),
            # A plan made for few rows is not kept until there are many.
            ("plan_cache_mode", "force_custom_plan"),
        ):
            session.query("SELECT set_config(?, ?, false)", (name, value))
        return connection

    def begin(self, session: SqlSession) -> None:
        session.run("BEGIN")

    def lock_schema(self, session: SqlSession) -> None:
        session.query("SELECT pg_advisory_xact_lock(?)", (_MIGRATION_LOCK,))

    def has_record(self, session: SqlSession) -> bool:
        return bool(session.query("SELECT 1 WHERE to_regclass('aethel_schema') IS NOT NULL"))
