"""Small transactions over one account, and the steps of their lives."""

from __future__ import annotations

from decimal import Decimal

from aethel.store.commit import Decision, Rejected, Reserved, Terms
from aethel.store.entry import Subject
from aethel.store.footprint import Change, Footprint, Owner
from aethel.store.life import Begun
from aethel.store.store import Store

LEASE_MS = 60_000
HOLD_MS = 60_000


def owner(name: str = "t1", client: str = "shop") -> Owner:
    return Owner(client, name)


def subject(content: str = "pay", state: str = "v1") -> Subject:
    return Subject({"program": content}, state)


def taking(
    amount: str, balance: str | None = "100", version: int | None = 1, account: str = "cash", lower: str | None = "0"
) -> Footprint:
    """A footprint that takes `amount` from an account with a shown balance."""
    down = Decimal(amount)
    change = Change(
        account,
        "EUR",
        net=-down,
        down=down,
        up=Decimal(0),
        balance=None if balance is None else Decimal(balance),
        version=version,
        lower=None if lower is None else Decimal(lower),
    )
    return Footprint((change,))


def answer(decision: Reserved | Rejected) -> bytes:
    """What is stored: which decision it was."""
    return type(decision).__name__.encode()


def begin(store: Store, who: Owner, asked: Subject | None = None) -> int:
    """Take an id; returns the attempt."""
    begun = store.begin(who, asked or subject(who.id), LEASE_MS)
    assert isinstance(begun, Begun), begun
    return begun.attempt


def approve(
    store: Store, who: Owner, footprint: Footprint, asked: Subject | None = None, hold_ms: int = HOLD_MS
) -> Decision:
    """Take an id and commit it as approved."""
    asked = asked or subject(who.id)
    return store.commit(who, Terms(begin(store, who, asked), asked, footprint), hold_ms, answer)


def reserve(store: Store, who: Owner, footprint: Footprint, hold_ms: int = HOLD_MS) -> int:
    """Approve what has to be approved; returns the attempt that holds the reservation."""
    decision = approve(store, who, footprint, hold_ms=hold_ms)
    assert isinstance(decision, Reserved), decision
    return decision.attempt


def codes(decision: Decision) -> list[str]:
    """The codes that refuse; none where nothing does."""
    return [finding.code for finding in decision.findings] if isinstance(decision, Rejected) else []
