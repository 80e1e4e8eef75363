"""Records of answers as a mesh writes them, without a mesh."""

from __future__ import annotations

from collections.abc import Callable

from aethel.audit.examine import Problem
from aethel.audit.record import Draft, Kind
from aethel.store.audit_log import AuditLog, Examination
from aethel.store.commit import Decision, Rejected, Reserved, Terms
from aethel.store.entry import Phase
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store
from tests.store.payments import HOLD_MS, answer, begin, owner, subject, taking


def draft(name: str, outcome: str = "APPROVED", payload: bytes = b"") -> Draft:
    """A record of an answer."""
    return Draft(Kind.DECISION, "shop", name, outcome, payload or f"payload of {name}".encode())


def drafting(name: str, outcome: str = "APPROVED") -> Callable[[], Draft]:
    return lambda: draft(name, outcome)


def note(store: Store, *names: str) -> None:
    """Write a record for each name, each in a transaction of its own."""
    for name in names:
        store.note(owner(name), drafting(name))


def approve(store: Store, name: str, amount: str = "1") -> Decision:
    """Commit an id with its record."""

    def record(decision: Reserved | Rejected, result: bytes) -> Draft:
        return draft(name, type(decision).__name__, result)

    terms = Terms(begin(store, owner(name)), subject(name), taking(amount))
    return store.commit(owner(name), terms, HOLD_MS, answer, record)


def reject(store: Store, name: str) -> None:
    """Conclude an id with its record."""
    attempt = begin(store, owner(name))
    assert store.conclude(owner(name), attempt, Phase.REJECTED, b"", record=drafting(name, "REJECTED"))


def problems(database: SqlDatabase) -> list[Problem]:
    """What is wrong with the log."""
    return list(AuditLog(database).examine(Examination()))


def names_of(database: SqlDatabase) -> list[str]:
    """The ids that the log has records of, the oldest first."""
    return [record.id for record in reversed(AuditLog(database).newest(100_000))]
