"""The store: each function is one transaction that locks, reads the clock, makes a pure transition and writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from aethel.store.commit import Decision, Rejected, Reserved, Superseded, Terms, commit
from aethel.store.entry import Claim, Entry, Phase, Subject, Writes
from aethel.store.footprint import Kind, Owner, Resource, resource_of
from aethel.store.interface import Database, Session
from aethel.store.life import Beginning, Denied, Ending, Reason, begin, conclude, confirm, phase_at, release, settle

Answering = Callable[[Reserved | Rejected], bytes]
"""Writes the answer that is stored with a decision; runs inside the transaction and must be quick."""


@dataclass(frozen=True, slots=True)
class Store:
    """Durable state over one database; safe for threads as far as the database is.

    Every function raises StoreUnavailable where the database is away, and then nothing is approved.
    """

    database: Database

    def begin(self, owner: Owner, asked: Subject, lease_ms: int) -> Beginning:
        """Take an id for a question, or hear what became of it; after `lease_ms` others may take a decision over."""
        with self._session() as session:
            entry = _found(session.lock_entry(owner, create=True))
            beginning, writes = begin(entry, asked, session.now_ms(), lease_ms)
            session.write(writes)
        return beginning

    def commit(self, owner: Owner, terms: Terms, hold_ms: int, answer: Answering) -> Decision:
        """Judge an approved transaction against the state and reserve it for `hold_ms`, in one transaction.

        The answer to the caller is stored with it.
        """
        with self._session() as session:
            entry = session.lock_entry(owner, create=False)
            if entry is None:
                return Superseded()
            own = session.claims_by(owner)
            held = session.lock((*terms.footprint.resources(owner), *_resources(own)))
            decision, writes = commit(entry, terms, held, own, session.now_ms(), hold_ms)
            if writes.entry is not None and not isinstance(decision, Superseded):
                writes = replace(writes, entry=replace(writes.entry, result=answer(decision)))
            session.write(writes)
        return decision

    def conclude(
        self, owner: Owner, attempt: int, phase: Phase, result: bytes, *, is_under_review: bool = False
    ) -> bool:
        """Store an answer that approves nothing (REJECTED or UNCERTAIN); False where another attempt decides by now."""
        with self._session() as session:
            entry = session.lock_entry(owner, create=False)
            if entry is None:
                return False
            own = session.claims_by(owner)
            is_written, writes = conclude(entry, attempt, phase, result, own, is_under_review=is_under_review)
            session.write(writes)
        return is_written

    def settle(self, owner: Owner, attempt: int) -> Ending:
        """Redeem the reservation of an attempt, once, before its money moves."""

        def settled(entry: Entry, own: Sequence[Claim], session: Session) -> tuple[Ending, Writes]:
            held = session.lock(_resources(own))  # before the clock is read: whoever waited has to see the later time
            return settle(entry, attempt, held, session.now_ms())

        return self._end(owner, settled)

    def release(self, owner: Owner, attempt: int) -> Ending:
        """Give back the reservation of an attempt that will not be redeemed."""
        return self._end(owner, lambda entry, own, session: release(entry, attempt, own, session.now_ms()))

    def confirm(self, owner: Owner, version: int) -> Ending:
        """Say which version of the caller's ledger is the first that shows a settled movement."""

        def confirmed(entry: Entry, own: Sequence[Claim], session: Session) -> tuple[Ending, Writes]:
            held = session.lock(_resources(own))
            locked = [claim for one in held.values() for claim in one.claims if claim.owner == owner]
            return confirm(entry, locked, version)

        return self._end(owner, confirmed)

    def phase(self, owner: Owner) -> Phase | None:
        """Where an id is in its life by the store's clock; None where it was never used."""
        with self._session() as session:
            entry = session.lock_entry(owner, create=False)
            return None if entry is None else phase_at(entry, session.now_ms())

    def trust_root(self, log: str, size: int, root: str) -> None:
        """Entrust the root of a log, from where it can be continued; replaces what was accepted before."""
        resource = resource_of(Kind.ROOT, (log,))
        with self._session() as session:
            session.lock((resource,))
            session.write(Writes(facts=((resource, {"size": str(size), "root": root}),)))

    def close(self) -> None:
        """Give up connections."""
        self.database.close()

    def _session(self) -> AbstractContextManager[Session]:
        return self.database.transaction()

    def _end(self, owner: Owner, ending: Callable[[Entry, Sequence[Claim], Session], tuple[Ending, Writes]]) -> Ending:
        with self._session() as session:
            entry = session.lock_entry(owner, create=False)
            if entry is None:
                return Denied(Reason.UNKNOWN)
            ended, writes = ending(entry, session.claims_by(owner), session)
            session.write(writes)
        return ended


def _resources(claims: Iterable[Claim]) -> tuple[Resource, ...]:
    return tuple(sorted({claim.resource for claim in claims}))


def _found(entry: Entry | None) -> Entry:
    assert entry is not None  # the row was made where it was missing
    return entry
