"""One transaction over a DB-API connection: rows to values and back, in the SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from aethel.audit.chain import seal
from aethel.store import statements
from aethel.store.audit_rows import place_from, record_row, root_row
from aethel.store.encoding import encoded, encoded_name, name_of, texts_of
from aethel.store.entry import NOTHING, Claim, Entry, Held, Phase, Rows, Subject
from aethel.store.footprint import Owner, Resource
from aethel.store.migrations import Dialect

ROWS_PER_STATEMENT = 400
"""Rows one statement names; with eight values each they stay far below the 32 766 parameters that SQLite admits."""

ARRAYS = {"text": "TEXT[]", "number": "BIGINT[]", "bytes": "BYTEA[]"}
"""What PostgreSQL calls a column of values."""

Row = Sequence[Any]
"""A row as the driver gives it: what the columns hold, the schema says."""


class Cursor(Protocol):
    """What is used of a DB-API cursor (PEP 249)."""

    def execute(self, operation: str, parameters: Sequence[object], /) -> object: ...

    def fetchall(self) -> Sequence[Row]: ...


_NOW = {
    Dialect.SQLITE: "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    Dialect.POSTGRESQL: "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
}


@dataclass(frozen=True, slots=True)
class SqlSession:
    """A session over an open transaction; SQLite locks the whole database, PostgreSQL the rows that are named."""

    cursor: Cursor
    dialect: Dialect
    writer: str = ""
    """Whose chain of the audit log this transaction continues."""

    def now_ms(self) -> int:
        return int(self.query(_NOW[self.dialect])[0][0])

    def lock_entries(self, owners: Collection[Owner], created: Collection[Owner]) -> Mapping[Owner, Entry]:
        self._each(statements.NEW_ENTRIES, [(*key, *_NEW) for key in _keys(created)])
        return {
            _owner(row[0], row[1]): _entry(row)
            for row in self._each(statements.LOCK_ENTRIES, _keys(owners), is_query=True)
        }

    def claims_by(self, owners: Collection[Owner]) -> tuple[Claim, ...]:
        return tuple(_claim(row) for row in self._each(statements.CLAIMS_OF_IDS, _keys(owners), is_query=True))

    def lock(self, resources: Collection[Resource]) -> Mapping[Resource, Held]:
        wanted = sorted(set(resources))
        keys = [(resource.kind, resource.key) for resource in wanted]
        if self.dialect is Dialect.POSTGRESQL:  # which locks rows, so that there must be one
            self._each(statements.NEW_RESOURCES, [(*key, "{}") for key in keys])
        rows = self._each(statements.LOCK_RESOURCES, keys, is_query=True)
        facts: dict[Resource, Mapping[str, str]] = dict.fromkeys(wanted, NOTHING)
        facts.update({Resource(kind, key): texts_of(fact) for kind, key, fact in rows})
        claims: dict[Resource, list[Claim]] = {resource: [] for resource in wanted}
        for row in self._each(statements.CLAIMS_ON_RESOURCES, keys, is_query=True):
            claim = _claim(row)
            claims[claim.resource].append(claim)
        return {resource: Held(facts[resource], tuple(claims[resource])) for resource in wanted}

    def write(self, rows: Rows) -> None:
        self._each(statements.PUT_ENTRIES, [_entry_row(entry) for entry in rows.entries])
        dropped = [
            (one.kind, one.key, encoded_name(owner.client), encoded_name(owner.id)) for one, owner in rows.dropped
        ]
        self._each(statements.DROP_CLAIMS, dropped)
        self._each(statements.PUT_FACTS, [(one.kind, one.key, encoded(dict(fact))) for one, fact in rows.facts])
        if self.dialect is Dialect.SQLITE:  # where `lock` made no rows, and what is claimed needs one
            bare = sorted({claim.resource for claim in rows.kept}.difference(one for one, _ in rows.facts))
            self._each(statements.NEW_RESOURCES, [(one.kind, one.key, "{}") for one in bare])
        self._each(statements.PUT_CLAIMS, [_claim_row(claim) for claim in rows.kept])
        if rows.records:
            place = place_from(self.query(statements.AUDIT_PLACE, (self.writer,)))
            records, root = seal(self.writer, place, rows.records, rows.at_ms)
            self._each(statements.NEW_RECORDS, [record_row(record) for record in records])
            self._each(statements.NEW_ROOTS, [root_row(root)])

    def erase_payloads(self, names: Sequence[tuple[str, int]]) -> None:
        """Erase the payloads of records of the audit log, each named by writer and sequence."""
        self._each(statements.ERASE_PAYLOADS, names)

    def run(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Execute one statement, `?` standing for each parameter."""
        if self.dialect is Dialect.SQLITE:
            self.cursor.execute(statement.replace("FOR UPDATE", ""), parameters)
        else:
            self.cursor.execute(statement, parameters)

    def query(self, statement: str, parameters: Sequence[object] = ()) -> Sequence[Row]:
        """All rows of one statement."""
        self.run(statement, parameters)
        return self.cursor.fetchall()

    def _each(self, statement: str, rows: Sequence[tuple[object, ...]], *, is_query: bool = False) -> list[Row]:
        """Execute a statement over rows, as many at a time as one can name; what a query found, in the rows' order."""
        found: list[Row] = []
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            part = rows[start : start + ROWS_PER_STATEMENT]
            self.run(*_filled(statement, part, self.dialect))
            found.extend(self.cursor.fetchall() if is_query else ())
        return found


def _filled(statement: str, rows: Sequence[Row], dialect: Dialect) -> tuple[str, list[object]]:
    """A statement with its rows: listed for SQLite, in one array for each column for PostgreSQL.

    A text that does not grow with the rows is read and planned by driver and server in no time.
    """
    before, types, after = _parts(statement)
    if dialect is Dialect.SQLITE:
        marks = f"({', '.join('?' * len(types))})"
        return f"{before}VALUES {', '.join([marks] * len(rows))}{after}", [value for row in rows for value in row]
    columns = ", ".join(f"?::{ARRAYS[each]}" for each in types)
    source = statements.ROWS_OF_ARRAYS.replace(":columns", columns)
    return before + source + after, [_array(column) for column in zip(*rows, strict=True)]


def _array(column: Iterable[object]) -> str:
    """A column as the text of an array (PostgreSQL's manual, 8.15.2); the driver writes lists value by value, which
    takes longer than all that a commit does besides.
    """
    return "{" + ",".join(["NULL" if value is None else _element(value) for value in column]) + "}"


def _element(value: object) -> str:
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _parts(statement: str) -> tuple[str, tuple[str, ...], str]:
    """What stands before and after the rows, and the types of their columns."""
    before, _, rest = statement.partition(":rows(")
    types, _, after = rest.partition(")")
    return before, tuple(types.split(", ")), after


_NEW: Row = (Phase.PENDING.value, "{}", "", 0, 0, 0, None, 0, 0, b"")
"""What follows client and id in a row that was only made to be locked."""


def _keys(owners: Collection[Owner]) -> list[tuple[object, ...]]:
    """The keys of ids, in the order in which all transactions lock them."""
    return sorted({(encoded_name(owner.client), encoded_name(owner.id)) for owner in owners})


def _owner(client: str, name: str) -> Owner:
    return Owner(name_of(client), name_of(name))


def _entry_row(entry: Entry) -> tuple[object, ...]:
    return (
        encoded_name(entry.owner.client),
        encoded_name(entry.owner.id),
        entry.phase.value,
        encoded(dict(entry.subject.content)),
        entry.subject.state,
        entry.attempt,
        entry.lease_ms,
        entry.reserved,
        entry.expires_ms,
        entry.claims,
        int(entry.is_under_review),
        entry.result,
    )


def _entry(row: Row) -> Entry:
    client, name, phase, content, state, attempt, lease_ms, reserved, expires_ms, claims, is_under_review, result = row
    return Entry(
        owner=_owner(client, name),
        phase=Phase(phase),
        subject=Subject(texts_of(content), state),
        attempt=attempt,
        lease_ms=lease_ms,
        reserved=reserved,
        expires_ms=expires_ms,
        claims=claims,
        is_under_review=bool(is_under_review),
        result=bytes(result),
    )


def _claim(row: Row) -> Claim:
    kind, key, client, name, at_ms, expires_ms, version, amounts = row
    return Claim(
        resource=Resource(kind, key),
        owner=_owner(client, name),
        at_ms=at_ms,
        expires_ms=expires_ms,
        version=None if version is None else int(version),
        amounts=texts_of(amounts),
    )


def _claim_row(claim: Claim) -> tuple[object, ...]:
    return (
        claim.resource.kind,
        claim.resource.key,
        encoded_name(claim.owner.client),
        encoded_name(claim.owner.id),
        claim.at_ms,
        claim.expires_ms,
        None if claim.version is None else str(claim.version),
        encoded(dict(claim.amounts)),
    )
