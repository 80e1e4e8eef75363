"""The store: each function is one operation that locks, reads the clock, makes a pure transition and writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from aethel.audit.record import Draft
from aethel.store.commit import Decision, Rejected, Reserved, Superseded, Terms, commit
from aethel.store.entry import Entry, Phase, Rows, Subject, Writes
from aethel.store.footprint import Kind, Owner, resource_of, settlement_of
from aethel.store.interface import Database
from aethel.store.life import Beginning, Denied, Ending, Reason, begin, conclude, confirm, phase_at, release, settle
from aethel.store.operation import Operation, Seen, alone
from aethel.store.redeeming import Kept, Redeemed, Voucher, give_back, kept, redeem

Recording = Callable[[Reserved | Rejected, bytes], Draft]
"""Says what goes into the audit log with a decision and the answer that is stored; runs inside the transaction too."""

Answering = Callable[[Reserved | Rejected], bytes]
"""Writes the answer that is stored with a decision; runs inside the transaction and must be quick."""

T = TypeVar("T")


class Writer(Protocol):
    """Carries out operations, each as a whole or not at all, and durably before it returns."""

    def run(self, operation: Operation[T]) -> T: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Store:
    """Durable state over one database; safe for threads as far as the database is.

    Operations go through `writer`; without one each is a transaction of its own. Every function raises
    StoreUnavailable where the database is away, and then nothing is approved.
    """

    database: Database
    writer: Writer | None = None

    def begin(self, owner: Owner, asked: Subject, lease_ms: int) -> Beginning:
        """Take an id for a question, or hear what became of it; after `lease_ms` others may take a decision over."""

        def begun(seen: Seen) -> tuple[Beginning, Writes]:
            assert seen.entry is not None  # the row was made where it was missing
            return begin(seen.entry, asked, seen.now_ms, lease_ms)

        return self._run(Operation(owner, begun, creates=True, moves_claims=False))

    def commit(
        self, owner: Owner, terms: Terms, hold_ms: int, answer: Answering, record: Recording | None = None
    ) -> Decision:
        """Judge an approved transaction against the state and reserve it for `hold_ms`, in one transaction.

        The answer to the caller is stored with it, and its record: either all of it is written or nothing.
        """

        def committed(seen: Seen) -> tuple[Decision, Writes]:
            if seen.entry is None:
                return Superseded(), Writes()
            decision, writes = commit(seen.entry, terms, seen.held, seen.own, seen.now_ms, hold_ms)
            if isinstance(decision, Superseded):
                return decision, writes
            result = answer(decision)
            if writes.entry is not None:
                writes = replace(writes, entry=replace(writes.entry, result=result))
            return decision, writes if record is None else replace(writes, records=(record(decision, result),))

        return self._run(Operation(owner, committed, wanted=terms.footprint.resources(owner)))

    def conclude(
        self,
        owner: Owner,
        attempt: int,
        phase: Phase,
        result: bytes,
        *,
        is_under_review: bool = False,
        record: Callable[[], Draft] | None = None,
    ) -> bool:
        """Store an answer that approves nothing (REJECTED or UNCERTAIN); False where another attempt decides by now.

        `record` says what goes into the audit log with it.
        """

        def concluded(seen: Seen) -> tuple[bool, Writes]:
            if seen.entry is None:
                return False, Writes()
            is_kept, writes = conclude(seen.entry, attempt, phase, result, seen.own, is_under_review=is_under_review)
            return is_kept, writes if record is None or not is_kept else replace(writes, records=(record(),))

        return self._run(Operation(owner, concluded))

    def note(self, owner: Owner, record: Callable[[], Draft]) -> None:
        """Write what `record` says into the audit log, and nothing else."""
        self._run(Operation(owner, lambda _: (None, Writes(records=(record(),))), moves_claims=False))

    def settle(self, owner: Owner, attempt: int, record: Callable[[Ending], Draft] | None = None) -> Ending:
        """Redeem the reservation of an attempt, once, before its money moves; `record` is written whatever the end."""
        return self._end(owner, lambda entry, seen: settle(entry, attempt, seen.held, seen.now_ms), record)

    def release(self, owner: Owner, attempt: int, record: Callable[[Ending], Draft] | None = None) -> Ending:
        """Give back the reservation of an attempt that will not be redeemed; `record` is written whatever the end."""
        return self._end(owner, lambda entry, seen: release(entry, attempt, seen.own, seen.now_ms), record)

    def confirm(self, owner: Owner, version: int) -> Ending:
        """Say which version of the caller's ledger is the first that shows a settled movement."""
        return self._end(owner, lambda entry, seen: confirm(entry, seen.own, version))

    def phase(self, owner: Owner) -> Phase | None:
        """Where an id is in its life by the store's clock; None where it was never used."""

        def found(seen: Seen) -> tuple[Phase | None, Writes]:
            return None if seen.entry is None else phase_at(seen.entry, seen.now_ms), Writes()

        return self._run(Operation(owner, found, moves_claims=False))

    def redeem(
        self,
        owner: Owner,
        voucher: Voucher,
        retry_key: str = "",
        record: Callable[[Redeemed | Denied], Draft] | None = None,
    ) -> Redeemed | Denied:
        """Redeem the reservation that a token is about, once, before its money moves; `record` is always written."""

        def redeemed(seen: Seen) -> tuple[Redeemed | Denied, Writes]:
            end: Redeemed | Denied = Denied(Reason.UNKNOWN)
            writes = Writes()
            if seen.entry is not None:
                end, writes = redeem(seen.entry, voucher, retry_key, seen.held, seen.now_ms)
            return end, writes if record is None else replace(writes, records=(record(end),))

        wanted = (settlement_of(owner),) if retry_key else ()
        return self._run(Operation(owner, redeemed, wanted=wanted))

    def give_back(self, owner: Owner, voucher: Voucher, record: Callable[[Ending], Draft] | None = None) -> Ending:
        """Release the reservation that a token is about, which will not be redeemed; `record` is always written."""
        return self._end(owner, lambda entry, seen: give_back(entry, voucher, seen.own, seen.now_ms), record)

    def kept(self, owner: Owner) -> Kept | None:
        """What is kept of an id; None where it was never used."""

        def found(seen: Seen) -> tuple[Kept | None, Writes]:
            return None if seen.entry is None else kept(seen.entry, seen.now_ms), Writes()

        return self._run(Operation(owner, found, moves_claims=False))

    def trust_root(self, log: str, size: int, root: str) -> None:
        """Entrust the root of a log, from where it can be continued; replaces what was accepted before."""
        resource = resource_of(Kind.ROOT, (log,))
        with self.database.transaction() as session:
            session.lock((resource,))
            session.write(Rows(facts=((resource, {"size": str(size), "root": root}),)))

    def close(self) -> None:
        """Write what is under way, and give up connections."""
        if self.writer is not None:
            self.writer.close()
        self.database.close()

    def _run(self, operation: Operation[T]) -> T:
        return alone(self.database, operation) if self.writer is None else self.writer.run(operation)

    def _end(
        self,
        owner: Owner,
        ending: Callable[[Entry, Seen], tuple[Ending, Writes]],
        record: Callable[[Ending], Draft] | None = None,
    ) -> Ending:
        def ended(seen: Seen) -> tuple[Ending, Writes]:
            end, writes = (Denied(Reason.UNKNOWN), Writes()) if seen.entry is None else ending(seen.entry, seen)
            return end, writes if record is None else replace(writes, records=(record(end),))

        return self._run(Operation(owner, ended))
