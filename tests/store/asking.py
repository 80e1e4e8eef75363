"""Questions as a store sees them that was told they are approved, with short ways to write what they ask."""

from __future__ import annotations

from aethel.request import Context, Question
from aethel.store.asked import footprint_of, subject_of
from aethel.store.commit import Decision, Rejected, Reserved, Terms
from aethel.store.footprint import Owner
from aethel.store.life import Done
from aethel.store.store import Store
from aethel.terms import Limit, LimitKind
from aethel.terms import Terms as Declared
from aethel.transaction import AccountState, BookedTransfer, DoubleEntry, Posting, Transaction, TransferBatch
from tests.store.payments import HOLD_MS, answer, begin

CLIENT = ""


def commit(store: Store, name: str, transaction: Transaction, context: Context | None = None) -> Decision:
    """Take an id for a transaction, and commit it."""
    question = Question(name, transaction=transaction, context=context or Context())
    asked = subject_of(question)
    attempt = begin(store, Owner(CLIENT, name), asked)
    return store.commit(Owner(CLIENT, name), Terms(attempt, asked, footprint_of(question)), HOLD_MS, answer)


def settle(store: Store, name: str, transaction: Transaction, context: Context | None = None) -> None:
    """Commit what has to be approved, and redeem it."""
    decision = commit(store, name, transaction, context)
    assert isinstance(decision, Reserved), decision
    assert isinstance(store.settle(Owner(CLIENT, name), decision.attempt), Done)


def refused(decision: Decision) -> set[str]:
    """The codes that refuse; none where the transaction is reserved."""
    if isinstance(decision, Reserved):
        return set()
    assert isinstance(decision, Rejected)
    return {finding.code for finding in decision.findings}


def paying(amount: str, terms: Declared | None = None, payee: str = "shop") -> DoubleEntry:
    """An entry that pays from an account whose balance is not shown, so that only its terms are judged."""
    return DoubleEntry((Posting("payer", f"-{amount}", "EUR"), Posting(payee, amount, "EUR")), terms=terms)


def refunding(amount: str, terms: Declared | None = None) -> DoubleEntry:
    """An entry that pays back."""
    return DoubleEntry((Posting("payer", amount, "EUR"), Posting("shop", f"-{amount}", "EUR")), terms=terms)


def showing(amount: str, balance: str, version: str, account: str = "payer") -> DoubleEntry:
    """An entry that takes from an account which may not be overdrawn."""
    state = AccountState(account, "EUR", balance, lower="0", version=version)
    return DoubleEntry((Posting(account, f"-{amount}", "EUR"), Posting("shop", amount, "EUR")), states=(state,))


def limited(kind: LimitKind = LimitKind.CUMULATIVE, most: str = "100", **other: str) -> Declared:
    """Terms with one limit."""
    named = {"payee": "shop"} if kind is LimitKind.PAYEE else {"account": "payer"}
    return Declared(limits=(Limit(kind, "EUR", most, **{**named, **other}),))


def resolving(batch: TransferBatch, opened: TransferBatch) -> TransferBatch:
    """A batch that shows the transfers of another as booked."""
    booked = tuple(BookedTransfer(transfer, "1000000000") for transfer in opened.transfers)
    return TransferBatch(batch.transfers, batch.accounts, booked, now_ns="2000000000")
