"""The schema, as numbered migrations that only go forward; each is checked against what a database says it applied."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Dialect(Enum):
    """The databases; text is compared byte by byte in both, so that both order keys alike."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


TYPES = {
    Dialect.SQLITE: {"text": "TEXT", "bytes": "BLOB", "number": "INTEGER"},
    Dialect.POSTGRESQL: {"text": 'TEXT COLLATE "C"', "bytes": "BYTEA", "number": "BIGINT"},
}
"""What the types in statements are called by each."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; its statements are never changed once released."""

    number: int
    name: str
    statements: tuple[str, ...]

    def rendered(self, dialect: Dialect) -> tuple[str, ...]:
        """The statements in the types of a database."""
        return tuple(statement.format(**TYPES[dialect]) for statement in self.statements)

    def digest(self, dialect: Dialect) -> str:
        """SHA-256 over the rendered statements, in hexadecimal."""
        return hashlib.sha256("\n;\n".join(self.rendered(dialect)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration as the database recorded it."""

    number: int
    name: str
    digest: str
    applied_ms: int


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """What was applied, what this program still has to apply, and a sentence where it cannot (else empty)."""

    applied: tuple[Applied, ...]
    pending: tuple[Migration, ...]
    problem: str = ""


RECORD = """CREATE TABLE IF NOT EXISTS aethel_schema (
    number {number} PRIMARY KEY,
    name {text} NOT NULL,
    digest {text} NOT NULL,
    applied_ms {number} NOT NULL
)"""
"""Where a database records its migrations."""

MIGRATIONS = (
    Migration(
        1,
        "ids, resources and claims",
        (
            """CREATE TABLE ids (
    client {text} NOT NULL,
    id {text} NOT NULL,
    phase {text} NOT NULL
        CHECK (phase IN ('PENDING', 'RESERVED', 'SETTLED', 'RELEASED', 'EXPIRED', 'REJECTED', 'UNCERTAIN')),
    content {text} NOT NULL,
    state {text} NOT NULL,
    attempt {number} NOT NULL CHECK (attempt >= 0),
    lease_ms {number} NOT NULL,
    reserved {number} NOT NULL CHECK (reserved BETWEEN 0 AND attempt),
    expires_ms {number} CHECK ((phase = 'RESERVED') = (expires_ms IS NOT NULL)),
    claims {number} NOT NULL CHECK (claims >= 0),
    is_under_review {number} NOT NULL CHECK (is_under_review IN (0, 1)),
    result {bytes} NOT NULL,
    PRIMARY KEY (client, id)
)""",
            """CREATE TABLE resources (
    kind {text} NOT NULL,
    key {text} NOT NULL,
    fact {text} NOT NULL,
    PRIMARY KEY (kind, key)
)""",
            """CREATE TABLE claims (
    kind {text} NOT NULL,
    key {text} NOT NULL,
    client {text} NOT NULL,
    id {text} NOT NULL,
    at_ms {number} NOT NULL,
    expires_ms {number},
    version {text},
    amounts {text} NOT NULL,
    PRIMARY KEY (kind, key, client, id),
    FOREIGN KEY (kind, key) REFERENCES resources (kind, key),
    FOREIGN KEY (client, id) REFERENCES ids (client, id)
)""",
            "CREATE INDEX claims_of_ids ON claims (client, id)",
        ),
    ),
    Migration(
        2,
        "the audit log",
        (
            """CREATE TABLE audit_records (
    writer {text} NOT NULL,
    sequence {number} NOT NULL CHECK (sequence > 0),
    previous {bytes} NOT NULL,
    at_ms {number} NOT NULL,
    kind {text} NOT NULL,
    client {text} NOT NULL,
    id {text} NOT NULL,
    outcome {text} NOT NULL,
    digest {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    payload {bytes},
    PRIMARY KEY (writer, sequence)
)""",
            "CREATE INDEX audit_records_of_ids ON audit_records (id)",
            "CREATE INDEX audit_records_by_time ON audit_records (at_ms)",
            """CREATE TABLE audit_roots (
    writer {text} NOT NULL,
    batch {number} NOT NULL CHECK (batch > 0),
    first {number} NOT NULL,
    size {number} NOT NULL CHECK (size > 0),
    tree {bytes} NOT NULL,
    head {bytes} NOT NULL,
    number {number} NOT NULL,
    seen {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (writer, batch)
)""",
            "CREATE INDEX audit_roots_by_hash ON audit_roots (hash)",
            "CREATE INDEX audit_roots_by_number ON audit_roots (number)",
        ),
    ),
)
"""Every migration of this program, in order."""


def status_of(applied: Sequence[Applied], dialect: Dialect) -> SchemaStatus:
    """Compare what a database applied with what this program knows."""
    known = {migration.number: migration for migration in MIGRATIONS}
    done = tuple(sorted(applied, key=lambda one: one.number))
    pending = tuple(migration for migration in MIGRATIONS if migration.number > len(done))
    newest = MIGRATIONS[-1].number
    for position, one in enumerate(done, 1):
        if one.number > newest:
            problem = (
                f"the store's schema is {done[-1].number} and this program knows {newest}, expected a newer program"
            )
            return SchemaStatus(done, (), problem)
        if one.number != position:
            return SchemaStatus(
                done, (), f"the store's schema lacks migration {position}, expected all up to {one.number}"
            )
        if one.digest != known[one.number].digest(dialect):
            problem = (
                f"migration {one.number} of the store is not the one of this program, expected the same statements"
            )
            return SchemaStatus(done, (), problem)
    return SchemaStatus(done, pending)


def behind(status: SchemaStatus) -> str:
    """A sentence where the schema cannot be used as it is; empty where it can."""
    if status.problem:
        return status.problem
    if status.pending:
        return (
            f"the store's schema is {len(status.applied)}, expected {MIGRATIONS[-1].number}: run `aethel store migrate`"
        )
    return ""
