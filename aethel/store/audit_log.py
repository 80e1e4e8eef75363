"""The audit log in a store's database: read, examined, and rid of payloads that may no longer be kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aethel.audit.examine import Erased, Problem, WriterExamination, Wrong, erased_by
from aethel.audit.record import Draft, Kind, Record, Root
from aethel.store import statements
from aethel.store.audit_rows import record_from, root_from
from aethel.store.encoding import encoded
from aethel.store.entry import Rows
from aethel.store.sql_database import SqlDatabase

ROOTS_READ = 256
"""Roots read at once."""

RECORDS_READ = 64
"""Records read at once, payloads and all; no batch that this program writes is much larger."""

RECORDS_MOST = 4_096
"""Records that one root may be over; one that says more was not written by this program, and is not followed."""

ERASED_AT_ONCE = 200
"""Payloads erased in one transaction, so that nobody waits long for it."""


class NoRecord(Exception):
    """There is no such record, or it cannot be used for what is asked; the text says which."""


@dataclass(slots=True)
class Examination:
    """What an examination has counted so far; complete once its problems were all read."""

    records: int = 0
    batches: int = 0
    erased: int = 0
    writers: int = 0


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The log in a database. Every function raises StoreUnavailable and StoreUnusable."""

    database: SqlDatabase

    def newest(self, most: int) -> tuple[Record, ...]:
        """The records written last, newest first."""
        return self._records(statements.NEWEST_RECORDS, (most,))

    def of_id(self, name: str, most: int) -> tuple[Record, ...]:
        """The records about a transaction id of any client, newest first."""
        return self._records(statements.RECORDS_OF_ID, (encoded(name), most))

    def record(self, writer: str, sequence: int) -> Record:
        """One record; raises NoRecord."""
        found = self._records(statements.RECORDS_OF_WRITER, (writer, sequence, sequence))
        if not found:
            raise NoRecord(f"no record `{writer}:{sequence}` is in the log")
        return found[0]

    def decisions(self) -> Iterator[Record]:
        """Every record of a decision, some at a time."""
        writer, sequence = "", 0
        while page := self._records(statements.RECORDS_AFTER, (writer, sequence, RECORDS_READ)):
            yield from page
            writer, sequence = page[-1].writer, page[-1].sequence

    def batch_of(self, record: Record) -> tuple[Root, tuple[Record, ...]]:
        """The root over a record and all records under it; raises NoRecord."""
        with self.database.transaction() as session:
            place = (record.writer, record.sequence, record.sequence)
            roots = [root_from(row) for row in session.query(statements.ROOT_OF_RECORD, place)]
        if not roots:
            raise NoRecord(f"no root covers the record `{record.name}`")
        last = min(roots[0].last, roots[0].first + RECORDS_MOST - 1)
        return roots[0], self._records(statements.RECORDS_OF_WRITER, (record.writer, roots[0].first, last))

    def last_roots(self) -> tuple[Root, ...]:
        """The newest root of each writer."""
        with self.database.transaction() as session:
            return tuple(root_from(row) for row in session.query(statements.LAST_ROOTS))

    def has_root(self, digest: bytes) -> bool:
        """Whether a root with this hash is in the log."""
        with self.database.transaction() as session:
            return bool(session.query(statements.ROOT_BY_HASH, (digest,)))

    def examine(self, counted: Examination) -> Iterator[Problem]:
        """Everything wrong with the log as it is now; what is written meanwhile may or may not be looked at."""
        with self.database.transaction() as session:
            erased = erased_by([record_from(row) for row in session.query(statements.ERASING_RECORDS)])
            unsealed = session.query(statements.UNSEALED_RECORDS)
            unseen = session.query(statements.UNKNOWN_SEEN, (ROOTS_READ,))
            writers = [str(row[0]) for row in session.query(statements.AUDIT_WRITERS)]
        for writer in writers:
            yield from self._examine_writer(writer, erased, counted)
        for writer, first, last, count in unsealed:
            yield Problem(
                Wrong.UNSEALED, str(writer), first, last, f"{count} records after the last root, expected none"
            )
        for writer, batch, first, last in unseen:
            sentence = f"the root that root {batch} followed is not there: the end of some writer's chain was cut off"
            yield Problem(Wrong.CUT, str(writer), first, last, sentence)

    def expire(self, days: int) -> int:
        """Erase the payloads of records older than so many days of the store's clock; returns how many.

        A record says so first, so that a log that lacks payloads for another reason can be told apart.
        """
        with self.database.transaction() as session:
            now_ms = session.now_ms()
            before_ms = now_ms - days * 86_400_000
            if not session.query(statements.EXPIRING_PAYLOADS, (before_ms, 1)):
                return 0
            session.write(Rows(records=(Draft(Kind.EXPIRE, "", str(before_ms), "ERASED", b""),), at_ms=now_ms))
        count = 0
        while True:
            with self.database.transaction() as session:
                found = session.query(statements.EXPIRING_PAYLOADS, (before_ms, ERASED_AT_ONCE))
                session.erase_payloads([(str(writer), int(sequence)) for writer, sequence in found])
            count += len(found)
            if len(found) < ERASED_AT_ONCE:
                return count

    def redact(self, record: Record) -> None:
        """Erase the payload of one record, and record that; raises NoRecord where it has none."""
        if record.payload is None or record.kind in (Kind.EXPIRE.value, Kind.REDACT.value):
            raise NoRecord(f"the record `{record.name}` has no payload")
        with self.database.transaction() as session:
            draft = Draft(Kind.REDACT, "", record.name, "ERASED", b"")
            session.write(Rows(records=(draft,), at_ms=session.now_ms()))
            session.erase_payloads([(record.writer, record.sequence)])

    def _examine_writer(self, writer: str, erased: Erased, counted: Examination) -> Iterator[Problem]:
        followed = WriterExamination(writer, erased)
        for roots in self._root_groups(writer):
            first, last = roots[0].first, min(roots[-1].last, roots[0].first + RECORDS_MOST - 1)
            records = self._records(statements.RECORDS_OF_WRITER, (writer, first, last))
            for root in roots:
                yield from followed.batch(root, [one for one in records if root.first <= one.sequence <= root.last])
        counted.records += followed.records
        counted.batches += followed.batches
        counted.erased += followed.erased_payloads
        counted.writers += 1

    def _root_groups(self, writer: str) -> Iterator[Sequence[Root]]:
        """The roots of a writer in their order, together as many as have few enough records to be read at once."""
        batch = 0
        while roots := self._roots(writer, batch):
            batch = roots[-1].batch
            group: list[Root] = []
            for root in roots:
                if group and root.last - group[0].first >= RECORDS_READ:
                    yield group
                    group = []
                group.append(root)
            yield group

    def _roots(self, writer: str, after: int) -> tuple[Root, ...]:
        with self.database.transaction() as session:
            rows = session.query(statements.ROOTS_OF_WRITER, (writer, after, ROOTS_READ))
            return tuple(root_from(row) for row in rows)

    def _records(self, statement: str, parameters: Sequence[object]) -> tuple[Record, ...]:
        with self.database.transaction() as session:
            return tuple(record_from(row) for row in session.query(statement, parameters))
