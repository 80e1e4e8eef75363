"""What a database must do for the store: one transaction at a time over locked rows, and a clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from aethel.store.entry import Claim, Entry, Held, Writes
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

    def lock_entry(self, owner: Owner, *, create: bool) -> Entry | None:
        """Lock and read the row of an id before anything else is locked; None where there is none and none is made."""

    def claims_by(self, owner: Owner) -> tuple[Claim, ...]:
        """What an id claims, its row being locked; resources are not locked by it."""

    def lock(self, resources: Iterable[Resource]) -> Mapping[Resource, Held]:
        """Lock resources in their order, and read them and every claim on them; called at most once."""

    def write(self, writes: Writes) -> None:
        """Write what a transition changes."""


class Database(Protocol):
    """A database with the schema of this program."""

    def transaction(self) -> AbstractContextManager[Session]:
        """One transaction, written whole when the block ends and not at all when it raises.

        Raises StoreUnavailable where the database is away, and StoreUnusable where its schema is not of this program.
        """

    def close(self) -> None:
        """Give up connections; a transaction that begins afterwards opens them again."""
