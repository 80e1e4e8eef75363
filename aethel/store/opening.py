"""Opens the store that a setting names: a path is SQLite, a `postgresql://` address is PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from aethel.store.interface import StoreUnusable
from aethel.store.sql_database import SqlDatabase
from aethel.store.sqlite import SqliteDatabase

_POSTGRESQL = "postgresql:"


EMBEDDED = "embedded"
"""The name that stands for a file in the state folder."""


def store_name(setting: str, state_dir: Path) -> str:
    """The store that a setting means."""
    return str(state_dir / "store.db") if setting == EMBEDDED else setting


def open_database(name: str) -> SqlDatabase:
    """The database of that name, not connected yet; raises StoreUnusable where it cannot be one."""
    if not name.startswith(_POSTGRESQL):
        if "://" in name:
            raise StoreUnusable("the store is neither a file nor a `postgresql://` address")
        return SqliteDatabase(Path(name))
    try:
        from aethel.store.postgres import PostgresDatabase, place_of  # noqa: PLC0415  the driver is optional
    except ModuleNotFoundError as error:
        raise StoreUnusable("no driver for PostgreSQL is installed, expected the extra `aethel[postgres]`") from error
    return PostgresDatabase(place_of(name))
