"""Both databases, each empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aethel.store.grouping import Grouped
from aethel.store.opening import open_database
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store
from tests.store.server import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def migrated_url(server: Server) -> str:
    """The address of a database with the schema."""
    url = server.create("shared")
    database = open_database(url)
    database.migrate()
    return url


@pytest.fixture
def postgres_url(migrated_url: str) -> str:
    """The same, with nothing in it."""
    database = open_database(migrated_url)
    with database.transaction() as session:
        session.run("TRUNCATE ids, resources, claims, audit_records, audit_roots")
    database.close()
    return migrated_url


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What `AETHEL_STORE` would say, for each database."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(address: str) -> Iterator[SqlDatabase]:
    opened = open_database(address)
    yield opened
    opened.close()


@pytest.fixture(params=[pytest.param("alone", marks=pytest.mark.full), "grouped"])
def store(request: pytest.FixtureRequest, database: SqlDatabase) -> Iterator[Store]:
    """A store whose operations are transactions of their own, or are written in groups."""
    opened = Store(database, Grouped(database) if request.param == "grouped" else None)
    yield opened
    opened.close()
