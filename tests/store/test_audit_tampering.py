"""Whatever somebody who may write the database does to the log is named, but for the end of everything at once."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aethel.audit.chain import Place, seal
from aethel.audit.record import Draft, Kind, Record, Root
from aethel.store import statements
from aethel.store.audit_log import AuditLog
from aethel.store.audit_rows import record_from, record_row, root_from, root_row
from aethel.store.opening import open_database
from aethel.store.sql_database import SqlDatabase
from aethel.store.sql_session import SqlSession
from aethel.store.store import Store
from tests.store.recorded import note, problems

COLUMNS = ("previous", "at_ms", "kind", "client", "id", "outcome", "digest", "hash", "payload")
ROOT_COLUMNS = ("first", "size", "tree", "head", "number", "seen", "hash")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    """A log of twelve records."""
    with closing(open_database(str(tmp_path / "store.db"))) as opened:
        note(Store(opened), *(f"t{number}" for number in range(1, 13)))
        assert problems(opened) == []
        yield opened


def done(database: SqlDatabase, *steps: str) -> set[tuple[str, int]]:
    """What is found, and where, once statements were run against the log."""
    with database.transaction() as session:
        for step in steps:
            session.run(step)
    return {(one.wrong.value, one.first) for one in problems(database)}


@pytest.mark.parametrize("column", COLUMNS)
def test_one_altered_field_is_named(database: SqlDatabase, column: str) -> None:
    value = {"at_ms": "at_ms + 1", "kind": "'SETTLE'", "client": "'\"bank\"'", "id": "'\"x\"'", "outcome": "'REJECTED'"}
    flipped = value.get(column, f"CAST(zeroblob(1) || substr({column}, 2) AS BLOB)")
    assert ("altered", 5) in done(database, f"UPDATE audit_records SET {column} = {flipped} WHERE sequence = 5")


@pytest.mark.parametrize("column", ROOT_COLUMNS)
def test_one_altered_field_of_a_root_is_named(database: SqlDatabase, column: str) -> None:
    flipped = f"{column} + 1" if column in ("first", "size", "number") else "zeroblob(32)"
    found = done(database, f"UPDATE audit_roots SET {column} = {flipped} WHERE batch = 5")
    assert {first for wrong, first in found if wrong == "altered"} & {5, 6}, found


def test_every_flipped_byte_is_noticed(database: SqlDatabase) -> None:
    with database.transaction() as session:
        (row,) = session.query(statements.RECORDS_OF_WRITER, (database.writer, 7, 7))
    record = record_from(row)
    for name in ("previous", "digest", "hash", "payload"):
        content = getattr(record, name)
        for place in range(len(content)):
            flipped = bytes(byte ^ 1 if at == place else byte for at, byte in enumerate(content))
            with database.transaction() as session:
                session.run(f"UPDATE audit_records SET {name} = ? WHERE sequence = 7", (flipped,))
            assert problems(database), (name, place)
        with database.transaction() as session:
            session.run(f"UPDATE audit_records SET {name} = ? WHERE sequence = 7", (content,))
    assert problems(database) == []


@pytest.mark.parametrize("first", [1, 6, 12], ids=["the first", "one within", "the last"])
def test_a_missing_record_is_named(database: SqlDatabase, first: int) -> None:
    assert done(database, f"DELETE FROM audit_records WHERE sequence = {first}") == {("missing", first)}


def test_a_row_of_missing_records_is_named_once_for_each_batch(database: SqlDatabase) -> None:
    found = done(database, "DELETE FROM audit_records WHERE sequence BETWEEN 3 AND 5")
    assert found == {("missing", 3), ("missing", 4), ("missing", 5)}


def test_a_tail_that_was_cut_off_the_records_is_named(database: SqlDatabase) -> None:
    found = done(database, "DELETE FROM audit_records WHERE sequence > 9")
    assert found == {("missing", 10), ("missing", 11), ("missing", 12)}


def test_a_tail_that_was_cut_off_the_roots_is_named(database: SqlDatabase) -> None:
    assert done(database, "DELETE FROM audit_roots WHERE batch > 9") == {("unsealed", 10)}


def test_records_and_roots_missing_from_the_middle_are_named(database: SqlDatabase) -> None:
    found = done(
        database,
        "DELETE FROM audit_records WHERE sequence IN (4, 5)",
        "DELETE FROM audit_roots WHERE batch IN (4, 5)",
    )
    assert {("missing", 4), ("cut", 6)} <= found


def test_two_records_that_changed_places_are_named(database: SqlDatabase) -> None:
    found = done(
        database,
        "UPDATE audit_records SET sequence = 100 WHERE sequence = 4",
        "UPDATE audit_records SET sequence = 4 WHERE sequence = 8",
        "UPDATE audit_records SET sequence = 8 WHERE sequence = 100",
    )
    assert {("reordered", 4), ("reordered", 8)} <= found


def test_a_payload_that_is_gone_without_a_word_is_named(database: SqlDatabase) -> None:
    assert done(database, "UPDATE audit_records SET payload = NULL WHERE sequence = 2") == {("missing", 2)}


def test_a_record_that_nobody_sealed_is_named(database: SqlDatabase) -> None:
    forged = (
        "INSERT INTO audit_records SELECT writer, 13, hash, at_ms, kind, client, id, outcome, digest, hash, payload"
    )
    assert ("unsealed", 13) in done(database, f"{forged} FROM audit_records WHERE sequence = 12")


@pytest.mark.parametrize("value", ["NULL", "'text'", "1.5", "zeroblob(3)"])
def test_values_of_other_types_are_altered_and_break_nothing(database: SqlDatabase, value: str) -> None:
    if value != "NULL":
        assert done(database, f"UPDATE audit_records SET at_ms = {value}, id = {value} WHERE sequence = 3")
    assert done(database, f"UPDATE audit_records SET payload = {value} WHERE sequence = 4")


def rewritten(session: SqlSession, change: Callable[[Record], Record], *, roots_too: bool) -> None:
    """The log made anew with every hash right, as somebody with the code would do it."""
    records = [record_from(row) for row in session.query("SELECT * FROM audit_records ORDER BY sequence")]
    roots = [root_from(row) for row in session.query("SELECT * FROM audit_roots ORDER BY batch")]
    place, made_records, made_roots = Place(), list[Record](), list[Root]()
    for record in map(change, records):
        draft = Draft(Kind(record.kind), record.client, record.id, record.outcome, record.payload or b"")
        (made,), root = seal(record.writer, place, (draft,), record.at_ms)
        place = Place(root.batch, root.last, root.head, root.number, root.hash)
        made_records.append(made)
        made_roots.append(root)
    session.run("DELETE FROM audit_records")
    session.run("DELETE FROM audit_roots")
    session._each(statements.NEW_RECORDS, [record_row(one) for one in made_records])
    session._each(statements.NEW_ROOTS, [root_row(one) for one in (made_roots if roots_too else roots)])


def changed(record: Record) -> Record:
    return replace(record, outcome="REJECTED") if record.sequence == 4 else record


def test_records_made_anew_from_one_on_do_not_fit_their_roots(database: SqlDatabase) -> None:
    with database.transaction() as session:
        rewritten(session, changed, roots_too=False)
    assert ("altered", 4) in {(one.wrong.value, one.first) for one in problems(database)}


def test_a_log_made_anew_lacks_the_root_that_was_kept_elsewhere(database: SqlDatabase) -> None:
    """What the log alone does not show: this is what `aethel audit verify --root` is for."""
    log = AuditLog(database)
    (kept,) = log.last_roots()
    with database.transaction() as session:
        rewritten(session, changed, roots_too=True)
    assert problems(database) == []
    assert not log.has_root(kept.hash)


def test_one_record_made_anew_with_its_root_does_not_fit_the_next(database: SqlDatabase) -> None:
    with database.transaction() as session:
        (row,) = session.query(statements.RECORDS_OF_WRITER, (database.writer, 4, 4))
        record = replace(record_from(row), outcome="REJECTED").hashed()
        place = Place(3, 3, record.previous)
        draft = Draft(Kind(record.kind), record.client, record.id, record.outcome, record.payload or b"")
        (made,), root = seal(record.writer, place, (draft,), record.at_ms)
        session.run("UPDATE audit_records SET outcome = ?, hash = ? WHERE sequence = 4", (made.outcome, made.hash))
        session.run("UPDATE audit_roots SET tree = ?, head = ? WHERE batch = 4", (root.tree, root.head))
        (kept,) = (root_from(one) for one in session.query("SELECT * FROM audit_roots WHERE batch = 4"))
        session.run("UPDATE audit_roots SET hash = ? WHERE batch = 4", (kept.computed(),))
    assert {("altered", 5), ("cut", 5)} == {(one.wrong.value, one.first) for one in problems(database)}
