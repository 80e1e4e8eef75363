"""A record is written with what it is about, in the chain of its writer, and payloads may go without breaking it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

import audit_checker
from aethel.audit.record import Draft, Kind
from aethel.cli.audit_proof import proof_of
from aethel.store.audit_log import AuditLog, Examination, NoRecord
from aethel.store.commit import Rejected, Reserved, Terms
from aethel.store.entry import Phase, Rows
from aethel.store.grouping import Grouped
from aethel.store.life import Denied, Done
from aethel.store.opening import open_database
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store
from tests.store.payments import HOLD_MS, answer, begin, owner, subject, taking
from tests.store.recorded import approve, draft, drafting, names_of, note, problems, reject


@contextmanager
def opened(address: str) -> Iterator[Store]:
    """A writer of its own."""
    database = open_database(address)
    store = Store(database, Grouped(database))
    yield store
    store.close()


def test_an_answer_and_its_record_are_written_together(store: Store, database: SqlDatabase) -> None:
    assert isinstance(approve(store, "paid", "60"), Reserved)
    assert isinstance(approve(store, "refused", "41"), Rejected)
    reject(store, "rejected")
    outcomes = {record.id: record.outcome for record in AuditLog(database).newest(10)}
    assert outcomes == {"paid": "Reserved", "refused": "Rejected", "rejected": "REJECTED"}
    assert problems(database) == []


def test_an_approval_whose_record_cannot_be_written_reserves_nothing(store: Store, database: SqlDatabase) -> None:
    attempt = begin(store, owner("a"))

    def fail(_: object, __: bytes) -> Draft:
        raise OverflowError

    with pytest.raises(OverflowError):
        store.commit(owner("a"), Terms(attempt, subject("a"), taking("100")), HOLD_MS, answer, fail)
    assert store.phase(owner("a")) is Phase.PENDING
    assert isinstance(approve(store, "b", "100"), Reserved)
    assert names_of(database) == ["b"]


def test_a_decision_that_came_too_late_is_not_recorded(store: Store, database: SqlDatabase) -> None:
    begin(store, owner("a"))
    assert not store.conclude(owner("a"), 7, Phase.REJECTED, b"", record=drafting("a"))
    assert names_of(database) == []


def test_the_end_of_a_reservation_is_recorded_also_where_it_is_denied(store: Store, database: SqlDatabase) -> None:
    def record(end: object) -> Draft:
        return Draft(Kind.SETTLE, "shop", "a", type(end).__name__, b"x")

    decision = approve(store, "a")
    assert isinstance(decision, Reserved)
    assert isinstance(store.settle(owner("a"), decision.attempt, record), Done)
    assert isinstance(store.settle(owner("a"), decision.attempt, record), Denied)
    assert isinstance(store.release(owner("never"), 1, record), Denied)
    assert [one.outcome for one in AuditLog(database).newest(9)][:3] == ["Denied", "Denied", "Done"]


def test_many_at_once_share_batches_and_every_record_is_there(database: SqlDatabase) -> None:
    store = Store(database, Grouped(database))
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda number: note(store, f"t{number}"), range(200)))
    store.close()
    counted = Examination()
    assert list(AuditLog(database).examine(counted)) == []
    assert (counted.writers, counted.records) == (1, 200)
    assert counted.batches < 200
    assert sorted(names_of(database)) == sorted(f"t{number}" for number in range(200))


def test_writers_on_one_database_have_chains_of_their_own_that_see_each_other(address: str) -> None:
    with opened(address) as first, opened(address) as second, ThreadPoolExecutor(16) as threads:
        for done in [
            threads.submit(note, store, f"{name}{number}")
            for number in range(50)
            for name, store in (("a", first), ("b", second))
        ]:
            done.result()
    with closing(open_database(address)) as database:
        counted = Examination()
        assert list(AuditLog(database).examine(counted)) == []
        assert (counted.writers, counted.records) == (2, 100)


def test_a_writer_that_is_gone_cannot_be_removed_unseen(address: str) -> None:
    with opened(address) as first:
        note(first, "a", "b")
        gone = first.database.writer  # type: ignore[attr-defined]
    with opened(address) as second:
        note(second, "c")
    with closing(open_database(address)) as database:
        with database.transaction() as session:
            session.run("DELETE FROM audit_records WHERE writer = ?", (gone,))
            session.run("DELETE FROM audit_roots WHERE writer = ?", (gone,))
        assert [one.wrong.value for one in problems(database)] == ["cut"]


def test_a_redacted_payload_leaves_the_log_whole(store: Store, database: SqlDatabase) -> None:
    note(store, "a", "b", "c")
    log = AuditLog(database)
    (record,) = log.of_id("b", 5)
    log.redact(record)
    assert log.record(record.writer, record.sequence).payload is None
    assert problems(database) == []
    with pytest.raises(NoRecord):
        log.redact(log.record(record.writer, record.sequence))


def test_old_payloads_expire_and_the_log_stays_whole(store: Store, database: SqlDatabase) -> None:
    note(store, *(f"t{number}" for number in range(5)))
    log = AuditLog(database)
    assert log.expire(1) == 0
    with database.transaction() as session:
        now_ms = session.now_ms()
    while True:  # a record of this very millisecond is not older than nought days
        with database.transaction() as session:
            if session.now_ms() > now_ms:
                break
    assert log.expire(0) == 5
    assert [record.payload for record in log.newest(9) if record.kind == "DECISION"] == [None] * 5
    assert problems(database) == []
    assert log.expire(0) == 0


@pytest.mark.parametrize("name", ["a\0b", "naïve 🏦", "'; DROP TABLE ids; --", "a" * 256], ids=range(4))
def test_records_of_ids_of_every_kind_are_found(store: Store, database: SqlDatabase, name: str) -> None:
    note(store, name)
    assert [record.id for record in AuditLog(database).of_id(name, 5)] == [name]
    assert problems(database) == []


def test_a_proof_of_every_record_is_accepted_without_the_log(database: SqlDatabase) -> None:
    store = Store(database)
    with database.transaction() as session:
        session.write(Rows(records=tuple(draft(f"t{number}") for number in range(5)), at_ms=1))
    note(store, "alone")
    log = AuditLog(database)
    for record in log.newest(9):
        assert log.has_root(bytes.fromhex(audit_checker.check(proof_of(log, record))))


def test_a_proof_that_was_changed_is_refused(database: SqlDatabase) -> None:
    with database.transaction() as session:
        session.write(Rows(records=tuple(draft(f"t{number}") for number in range(5)), at_ms=1))
    log = AuditLog(database)
    proof = json.loads(proof_of(log, log.of_id("t2", 1)[0]))
    root = audit_checker.check(json.dumps(proof).encode())
    changed = [
        {**proof, "record": {**proof["record"], name: value}}
        for name, value in (("outcome", "REJECTED"), ("id", "t3"), ("sequence", 4), ("at_ms", 2), ("client", "bank"))
    ]
    changed += [{**proof, "path": proof["path"][:-1]}, {**proof, "path": [*proof["path"], proof["path"][0]]}]
    changed += [{**proof, "payload": "AAAA"}, {**proof, "root": {**proof["root"], "tree": "00" * 32}}]
    for one in changed:
        with pytest.raises(audit_checker.Refused):
            audit_checker.check(json.dumps(one).encode())
    for other in (
        {**proof, "root": {**proof["root"], "number": 7}},
        {**proof, "root": {**proof["root"], "seen": "00" * 32}},
    ):
        with pytest.raises(audit_checker.Refused, match="expected"):
            audit_checker.check(json.dumps(other).encode(), root)
