"""From a question to what the store keeps of it: the digests of its content and state, and its footprint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import assert_never

from aethel.ledger.amounts import WHOLE, Refused, scan
from aethel.ledger.book import Balance, Book, Holding, read
from aethel.ledger.exact import ZERO, add, negated
from aethel.ledger.utxo import canonical_outpoint
from aethel.request import Question
from aethel.store.encoding import digest_of
from aethel.store.entry import Subject
from aethel.store.footprint import Change, Footprint, Spend
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
    state: dict[str, object] = {"balances": dict(given.balances), "inputs": dict(given.inputs)}
    if question.transaction is None:
        content["program"] = question.expected_digest
    else:
        moved, shown = _parts(question.transaction)
        content |= {"kind": type(question.transaction).__name__, **moved}
        state |= shown
    return Subject({name: digest_of({name: value}) for name, value in content.items()}, digest_of(state))


def footprint_of(question: Question) -> Footprint:
    """What an approved question touches; raises ValueError for a transaction that no expert approves."""
    transaction = question.transaction
    match transaction:
        case None:
            return Footprint(notes=("the balances of an intent are judged as they are shown, and not reserved",))
        case DoubleEntry():
            return _entry_footprint(transaction)
        case UtxoBatch():
            return Footprint(spends=tuple(_spends(transaction)))
        case AccountTransaction():
            return Footprint(notes=("the sender is not named: its nonce and balance are not reserved",))
        case TransferBatch() | AchBatch():
            return Footprint(notes=("the accounts of transfers are judged as they are shown, and not reserved",))
        case AmountText() | MerkleProof() | TextField():
            return Footprint()
        case Unsupported():
            raise ValueError(f"a transaction of kind `{transaction.kind}` has no footprint")
        case _:
            assert_never(transaction)


def _parts(transaction: Transaction) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """The fields of a transaction that are content, and those that describe the state before, by name."""
    shown = _SHOWN.get(type(transaction), frozenset())
    named = {field.name: _plain(getattr(transaction, field.name)) for field in fields(transaction)}
    return (
        {name: value for name, value in named.items() if name not in shown},
        {name: value for name, value in named.items() if name in shown},
    )


_SHOWN: Mapping[type, frozenset[str]] = {
    DoubleEntry: frozenset({"states"}),
    UtxoBatch: frozenset({"utxo_set", "state_version"}),
    AccountTransaction: frozenset({"expected_nonce", "balance", "state_version"}),
    TransferBatch: frozenset({"accounts", "booked", "now_ns"}),
}
"""What of a transaction describes the state before. Every other field, one that is added later too, is content."""


def _plain(value: object) -> object:
    """A value of texts, flags and numbers as JSON can write it; raises TypeError for any other."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"a transaction holds a {type(value).__name__}, expected texts, flags and whole numbers")


def _entry_footprint(entry: DoubleEntry) -> Footprint:
    book = read(entry)
    if len(book.booked) != len(entry.postings) or book.refusals:
        raise ValueError("the entry holds a text that is no amount, so it has no footprint")
    versions = {(state.account, state.commodity): state.version for state in entry.states}
    return Footprint(
        tuple(
            _change(holding, course, book.balances.get(holding), versions.get(holding, ""))
            for holding, course in _courses(book).items()
        )
    )


@dataclass(slots=True)
class _Course:
    """How the balance of one holding moves: where it is now, and the farthest it was on either side of its start."""

    net: Decimal = ZERO
    lowest: Decimal = ZERO
    highest: Decimal = ZERO

    def move(self, amount: Decimal) -> None:
        self.net = add(self.net, amount)
        self.lowest, self.highest = min(self.lowest, self.net), max(self.highest, self.net)


def _courses(book: Book) -> dict[Holding, _Course]:
    courses = {holding: _Course() for holding in book.last}
    for leg, amount in zip(book.legs, book.booked, strict=True):
        courses[leg.account, leg.commodity].move(amount)
    if book.entry.net_settled:
        for course in courses.values():
            course.lowest, course.highest = min(ZERO, course.net), max(ZERO, course.net)
    return courses


def _change(holding: Holding, course: _Course, balance: Balance | None, version: str) -> Change:
    account, commodity = holding
    return Change(
        account=account,
        commodity=commodity,
        net=course.net,
        down=negated(course.lowest),
        up=course.highest,
        balance=None if balance is None else balance.before,
        version=_version(version),
        lower=None if balance is None else balance.lower,
        upper=None if balance is None else balance.upper,
    )


def _version(text: str) -> int | None:
    """The number of a version; None for a root, which cannot be said to be newer than another."""
    found = scan(text, WHOLE)
    return None if isinstance(found, Refused) else int(found)


def _spends(batch: UtxoBatch) -> Iterator[Spend]:
    for one in batch.transactions:
        for text in one.inputs:
            outpoint = canonical_outpoint(text)
            if outpoint is None:
                raise ValueError("an input is no outpoint, so the batch has no footprint")
            yield Spend(outpoint)
