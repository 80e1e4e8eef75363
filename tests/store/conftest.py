"""Both databases, each empty for each test."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from aethel.store.opening import open_database
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store
from tests.store.server import Server, running_server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def postgres_url(server: Server) -> str:
    """The address of an empty database with the schema."""
    url = server.create(f"test{next(_numbers)}")
    database = open_database(url)
    database.migrate()
    return url


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


@pytest.fixture
def store(database: SqlDatabase) -> Store:
    return Store(database)
