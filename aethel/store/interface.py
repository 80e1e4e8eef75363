"""What a database must do for the store: one transaction at a time over locked rows, and a clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from aethel.store.entry import Claim, Entry, Held, Rows
from aethel.store.footprint import Owner, Resource


class StoreUnavailable(Exception):
    """The store cannot be reached or does not answer: nothing may be approved. What was under way may or may not have
    been written; to begin again under the same id tells.
    """


class StoreUnusable(Exception):
    """The store cannot be used by this program as it is: the text says why and what to do."""


class Session(Protocol):
    """One transaction. Whatever it locks stays locked, and whatever it writes stays unseen, until it ends."""

    def now_ms(self) -> int:
        """The database's clock, in milliseconds since 1970, read now."""

    def lock_entries(self, owners: Collection[Owner], created: Collection[Owner]) -> Mapping[Owner, Entry]:
        """Lock and read the rows of ids, before anything else is locked; those of `created` are made where missing."""

    def claims_by(self, owners: Collection[Owner]) -> tuple[Claim, ...]:
        """What ids claim, their rows being locked; resources are not locked by it."""

    def lock(self, resources: Collection[Resource]) -> Mapping[Resource, Held]:
        """Lock resources in their order, and read them and every claim on them; called at most once."""

    def write(self, rows: Rows) -> None:
        """Write what a transaction changes."""


class Database(Protocol):
    """A database with the schema of this program."""

    def transaction(self) -> AbstractContextManager[Session]:
        """One transaction, written whole when the block ends and not at all when it raises.

        Raises StoreUnavailable where the database is away, and StoreUnusable where its schema is not of this program.
        """

    def close(self) -> None:
        """Give up connections; a transaction that begins afterwards opens them again."""
