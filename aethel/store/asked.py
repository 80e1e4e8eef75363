"""From a question to what the store keeps of it: the digests of its content and state, and its footprint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import assert_never

from aethel.ledger.amounts import WHOLE, Refused, scan
from aethel.ledger.exact import ZERO
from aethel.ledger.utxo import canonical_outpoint
from aethel.request import Question
from aethel.store.asked_entry import Movements, moved_by_entry, version_of
from aethel.store.asked_proofs import extensions_of
from aethel.store.asked_terms import footprint_of_terms
from aethel.store.asked_transfers import moved_by_transfers
from aethel.store.encoding import digest_of
from aethel.store.entry import Subject
from aethel.store.footprint import Change, Footprint, NonceUse, Spend
from aethel.terms import NO_TERMS, Backing, Limit, Reversal, Terms, Times
from aethel.transaction import (
    AccountTransaction,
    AchBatch,
    AmountText,
    DoubleEntry,
    MerkleProof,
    TextField,
    Transaction,
    TransferBatch,
    Unsupported,
    UtxoBatch,
)


def subject_of(question: Question) -> Subject:
    """Content is the program, its arguments and accounts, or what the transaction moves; all that describes the state
    before is not.

    A question about an intent names the digest of its program, so that the layout of its text does not matter.
    """
    given = question.context
    content: dict[str, object] = {f"arguments.{name}": text for name, text in question.arguments.items()}
    content |= {f"accounts.{name}": text for name, text in given.accounts.items()}
    state: dict[str, object] = {
        "balances": dict(given.balances),
        "inputs": dict(given.inputs),
        "proofs": _plain(given.proofs, _EVERYTHING),
        "roots": _plain(given.roots, _EVERYTHING),
    }
    transaction = question.transaction
    if transaction is None:
        content |= {"program": question.expected_digest, "scope": question.scope.value}
    else:
        moved = _fields(transaction, _SHOWN)
        content |= {"kind": type(transaction).__name__, **moved}
        state["transaction"] = _fields(transaction, _EVERYTHING)
    return Subject({name: digest_of({name: value}) for name, value in content.items()}, digest_of(state))


def footprint_of(question: Question) -> Footprint:
    """What an approved question touches; raises ValueError for a transaction that no expert approves."""
    found = _of_transaction(question.transaction)
    own = (question.transaction,) if isinstance(question.transaction, MerkleProof) else ()
    extensions, notes = extensions_of((*own, *question.context.proofs), question.context.roots)
    return replace(found, extensions=extensions, notes=(*found.notes, *notes))


def _of_transaction(transaction: Transaction | None) -> Footprint:
    match transaction:
        case None:
            return Footprint(notes=("the balances of an intent are judged as they are shown, and not reserved",))
        case DoubleEntry(terms=terms):
            nexts = {state.account: state.nonce for state in reversed(transaction.states) if state.nonce}
            return _moving(moved_by_entry(transaction, terms.state_version if terms else ""), terms, nexts)
        case TransferBatch(terms=terms):
            return _moving(moved_by_transfers(transaction, terms.state_version if terms else ""), terms, {})
        case UtxoBatch():
            return Footprint(spends=tuple(_spends(transaction)))
        case AccountTransaction():
            return _of_sender(transaction)
        case AchBatch():
            return Footprint(notes=("the receivers of a payment file have no balances here: nothing is reserved",))
        case AmountText() | MerkleProof() | TextField():
            return Footprint()
        case Unsupported():
            raise ValueError(f"a transaction of kind `{transaction.kind}` has no footprint")
        case _:
            assert_never(transaction)


def _moving(movements: Movements, terms: Terms | None, nexts: Mapping[str, str]) -> Footprint:
    found = footprint_of_terms(terms or NO_TERMS, movements.moves, nexts)
    return replace(
        found,
        changes=movements.changes,
        openings=movements.openings,
        resolvings=movements.resolvings,
        ids=(*movements.ids, *found.ids),
    )


def _of_sender(transaction: AccountTransaction) -> Footprint:
    """The nonce of a named sender, and the most that the transaction can cost it."""
    if not transaction.sender:
        return Footprint(notes=("the sender is not named: its nonce and balance are not reserved",))
    texts = (transaction.value, transaction.gas_limit, transaction.gas_price, transaction.nonce)
    value, gas_limit, gas_price, nonce = (_whole(text) for text in texts)
    sender = transaction.sender.lower().removeprefix("0x")
    expected, window = transaction.expected_nonce, transaction.nonce_window
    change = Change(
        sender,
        "",
        net=Decimal(-value),
        down=Decimal(value + gas_limit * gas_price),
        up=ZERO,
        balance=Decimal(_whole(transaction.balance)) if transaction.balance else None,
        version=version_of(transaction.state_version),
        lower=ZERO,
    )
    use = NonceUse(sender, nonce, _whole(expected) if expected else None, _whole(window) if window else 0)
    return Footprint((change,), nonces=(use,))


def _whole(text: str) -> int:
    found = scan(text, WHOLE)
    if isinstance(found, Refused):
        raise ValueError("a field is no whole number, so the transaction has no footprint")
    return int(found)


_Shown = Mapping[type, frozenset[str]]

_SHOWN: _Shown = {
    DoubleEntry: frozenset({"states"}),
    UtxoBatch: frozenset({"utxo_set", "state_version"}),
    AccountTransaction: frozenset({"expected_nonce", "balance", "state_version"}),
    TransferBatch: frozenset({"accounts", "booked", "now_ns"}),
    Terms: frozenset({"state_version", "assertions"}),
    Reversal: frozenset({"original", "refunds"}),
    Limit: frozenset({"used"}),
    Times: frozenset({"present"}),
    Backing: frozenset({"wrapped", "locked"}),
}
"""What of a transaction describes the state before. Every other field, one that is added later too, is content."""

_EVERYTHING: _Shown = {}


def _fields(value: object, shown: _Shown) -> dict[str, object]:
    """The fields of a structured value that describe no state, as JSON can write them."""
    assert is_dataclass(value)
    left_out = shown.get(type(value), frozenset())
    names = (field.name for field in fields(value) if field.name not in left_out)
    return {name: _plain(getattr(value, name), shown) for name in names}


def _plain(value: object, shown: _Shown) -> object:
    """A value of texts, flags and choices as JSON can write it; raises TypeError for any other."""
    if isinstance(value, Enum):
        return _plain(value.value, shown)
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, tuple):
        return [_plain(one, shown) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value, shown)
    raise TypeError(f"a transaction holds a {type(value).__name__}, expected texts and flags")


def _spends(batch: UtxoBatch) -> Iterator[Spend]:
    for one in batch.transactions:
        for text in one.inputs:
            outpoint = canonical_outpoint(text)
            if outpoint is None:
                raise ValueError("an input is no outpoint, so the batch has no footprint")
            yield Spend(outpoint)
