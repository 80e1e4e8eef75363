"""The schema goes forward, step by checked step, and a program never uses one it does not know."""

import itertools
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.migrations import MIGRATIONS, Applied, Dialect, Migration, behind, status_of
from aethel.store.opening import open_database, store_name
from aethel.store.postgres import place_of
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store
from tests.store.payments import owner
from tests.store.server import Server, running_server

_numbers = itertools.count()

NEXT = Migration(len(MIGRATIONS) + 1, "one more", ("CREATE TABLE more (number {number} PRIMARY KEY)",))


def applied(dialect: Dialect) -> list[Applied]:
    return [Applied(one.number, one.name, one.digest(dialect), 0) for one in MIGRATIONS]


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of its own with the schema, since these tests change it."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    url: str = request.getfixturevalue("server").create(f"migrated{next(_numbers)}")
    database = open_database(url)
    database.migrate()
    database.close()
    return url


def test_migrations_are_numbered_from_1_without_a_gap() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("dialect", Dialect)
def test_a_schema_that_is_newer_changed_or_has_a_gap_is_refused(dialect: Dialect) -> None:
    known = applied(dialect)
    assert status_of(known, dialect).problem == ""
    newer = status_of([*known, Applied(NEXT.number, "", "", 0)], dialect)
    assert newer.problem.endswith("expected a newer program")
    assert "is not the one of this program" in status_of([replace(known[0], digest="00")], dialect).problem
    assert "lacks migration 1" in status_of([replace(known[0], number=0)], dialect).problem


def test_migrating_twice_changes_nothing(database: SqlDatabase) -> None:
    database.migrate()
    before = database.status()
    assert database.migrate() == ()
    assert database.status() == before
    assert behind(before) == ""


def test_an_older_schema_waits_for_its_migration(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    database.migrate()
    monkeypatch.setattr("aethel.store.migrations.MIGRATIONS", (*MIGRATIONS, NEXT))
    with pytest.raises(StoreUnusable, match="run `aethel store migrate`"):
        Store(database).phase(owner())
    assert database.migrate() == (NEXT,)
    assert Store(database).phase(owner()) is None


def test_a_newer_schema_is_refused_with_a_sentence(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("aethel.store.migrations.MIGRATIONS", (*MIGRATIONS, NEXT))
        database.migrate()
    for use in (lambda: Store(database).phase(owner()), database.migrate):
        with pytest.raises(
            StoreUnusable, match=f"the store's schema is {NEXT.number} and this program knows {len(MIGRATIONS)}"
        ):
            use()


def test_a_migration_that_fails_changes_nothing(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    database.migrate()
    broken = replace(NEXT, statements=(*NEXT.statements, "CREATE TABLE ids (number {number})"))
    with monkeypatch.context() as newer:
        newer.setattr("aethel.store.migrations.MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(StoreUnavailable):
            database.migrate()
    assert len(database.status().applied) == len(MIGRATIONS)
    assert Store(database).phase(owner()) is None


def test_an_empty_server_is_not_used_before_it_is_migrated(server: Server) -> None:
    unused = pytest.raises(StoreUnusable, match="run `aethel store migrate`")
    with closing(open_database(server.create("empty"))) as database, unused:
        Store(database).phase(owner())


def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database" * 1000)
    with closing(open_database(str(tmp_path / "store.db"))) as database, pytest.raises(StoreUnavailable):
        Store(database).phase(owner())


def test_a_store_that_is_locked_for_too_long_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aethel.store.sqlite.BUSY_S", 0.01)
    path = tmp_path / "store.db"
    with closing(open_database(str(path))) as database, closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert Store(database).phase(owner()) is None
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            Store(database).phase(owner())
        other.execute("ROLLBACK")
        assert Store(database).phase(owner()) is None


def test_a_server_that_was_away_is_used_again() -> None:
    with running_server() as server, closing(open_database(server.create("back"))) as database:
        database.migrate()
        store = Store(database)
        assert store.phase(owner()) is None
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                store.phase(owner())
        server.start()
        assert store.phase(owner()) is None


def test_a_committed_file_survives_the_loss_of_power(tmp_path: Path) -> None:
    with closing(open_database(str(tmp_path / "store.db"))) as database, database.transaction() as session:
        assert session.query("PRAGMA synchronous")[0][0] == 2
        assert session.query("PRAGMA journal_mode")[0][0] == "wal"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgresql://host/db",
        "postgresql://user@host",
        "postgresql://user@host:port/db",
        "postgresql://user@host:1/db#x",
        "postgresql://user@host/db?sslmode=prefer",
        "postgresql://user@host/db?options=-c",
        "postgresql://user@host/db?sslrootcert=/nowhere/at/all",
        "mysql://user@host/db",
    ],
)
def test_an_address_that_is_not_understood_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreUnusable) as raised:
        open_database(url.replace("user@", "user:hush@"))
    assert "hush" not in str(raised.value)


def test_without_its_driver_a_server_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aethel.store.postgres", None)
    with pytest.raises(StoreUnusable, match=r"expected the extra `aethel\[postgres\]`"):
        open_database("postgresql://user@host/db")


def test_only_a_loopback_address_is_spoken_to_in_the_clear() -> None:
    assert place_of("postgresql://u:p%40@127.0.0.1/db").password == "p@"
    assert place_of("postgresql://u@localhost/db").tls is None
    assert place_of("postgresql://u@db.example/db").tls is not None
    assert place_of("postgresql://u@db.example/db?sslmode=disable").tls is None
    assert "hush" not in repr(place_of("postgresql://u:hush@localhost/db"))


def test_embedded_means_a_file_in_the_state_folder() -> None:
    assert store_name("embedded", Path("state")) == "state/store.db"
    assert store_name("other.db", Path("state")) == "other.db"
