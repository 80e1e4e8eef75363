"""Structured transactions to protobuf messages and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, assert_never

from aethel.runtime.faults import Reason, RequestFault
from aethel.structure import draft_of
from aethel.terms import Terms
from aethel.transaction import (
    AccountState,
    AccountTransaction,
    AchBatch,
    AmountText,
    DoubleEntry,
    MerkleProof,
    Posting,
    Price,
    PriceKind,
    TextField,
    Transaction,
    TransferBatch,
    Unspent,
    Unsupported,
    UtxoBatch,
    UtxoSpend,
)
from aethel.v1 import transaction_pb2
from aethel.wire.convert_proof import proof_from_proto, proof_to_proto
from aethel.wire.structural import fill, value_of

_PRICE_KIND_TO_PROTO = {
    PriceKind.UNIT: transaction_pb2.PRICE_KIND_UNIT,
    PriceKind.TOTAL: transaction_pb2.PRICE_KIND_TOTAL,
}
_PRICE_KIND_FROM_PROTO = {number: kind for kind, number in _PRICE_KIND_TO_PROTO.items()}

_POSTING: type[Any] = draft_of(Posting)
_new: Callable[[type[Any]], Any] = object.__new__


def transaction_to_proto(transaction: Transaction) -> transaction_pb2.Transaction:
    """The message of a transaction; raises `ValueError` when a text of it cannot be written in UTF-8."""
    match transaction:
        case DoubleEntry():
            return transaction_pb2.Transaction(double_entry=_double_entry_to_proto(transaction))
        case AccountTransaction():
            return transaction_pb2.Transaction(account_transaction=_account_transaction_to_proto(transaction))
        case UtxoBatch():
            return transaction_pb2.Transaction(utxo_batch=_utxo_batch_to_proto(transaction))
        case MerkleProof():
            return transaction_pb2.Transaction(merkle_proof=proof_to_proto(transaction))
        case AmountText():
            return transaction_pb2.Transaction(amount_text=transaction_pb2.AmountText(text=transaction.text))
        case TextField(text=text, type=type_):
            return transaction_pb2.Transaction(text_field=transaction_pb2.TextField(type=type_, text=text))
        case Unsupported():
            return transaction_pb2.Transaction(
                unsupported=transaction_pb2.UnsupportedTransaction(kind=transaction.kind)
            )
        case TransferBatch():
            message = transaction_pb2.Transaction()
            message.transfer_batch.SetInParent()
            fill(message.transfer_batch, transaction)
            return message
        case AchBatch():
            message = transaction_pb2.Transaction()
            message.ach_batch.SetInParent()
            fill(message.ach_batch, transaction)
            return message
    assert_never(transaction)


def transaction_from_proto(message: transaction_pb2.Transaction) -> Transaction:
    """The transaction of a message; raises `RequestFault` (INVALID_REQUEST) where it, or a part, has no kind."""
    kind = message.WhichOneof("kind")
    match kind:
        case "double_entry":
            return _double_entry_from_proto(message.double_entry)
        case "account_transaction":
            return _account_transaction_from_proto(message.account_transaction)
        case "utxo_batch":
            return _utxo_batch_from_proto(message.utxo_batch)
        case "merkle_proof":
            return proof_from_proto(message.merkle_proof)
        case "amount_text":
            return AmountText(message.amount_text.text)
        case "text_field":
            return TextField(message.text_field.text, message.text_field.type)
        case "unsupported":
            return Unsupported(message.unsupported.kind)
        case "transfer_batch":
            return value_of(message.transfer_batch, TransferBatch)
        case "ach_batch":
            return value_of(message.ach_batch, AchBatch)
        case None:
            expected = ", ".join(f"`{field.name}`" for field in message.DESCRIPTOR.oneofs_by_name["kind"].fields)
            raise RequestFault(Reason.INVALID_REQUEST, f"the transaction has no kind, expected one of {expected}")
    assert_never(kind)


def _double_entry_to_proto(entry: DoubleEntry) -> transaction_pb2.DoubleEntry:
    message = transaction_pb2.DoubleEntry(
        postings=[_posting_to_proto(posting) for posting in entry.postings],
        date=entry.date,
        payee=entry.payee,
        code=entry.code,
        net_settled=entry.net_settled,
        states=[_state_to_proto(state) for state in entry.states],
    )
    if entry.terms is not None:
        message.terms.SetInParent()
        fill(message.terms, entry.terms)
    return message


def _double_entry_from_proto(message: transaction_pb2.DoubleEntry) -> DoubleEntry:
    return DoubleEntry(
        postings=_postings_from_proto(message.postings),
        date=message.date,
        payee=message.payee,
        code=message.code,
        net_settled=message.net_settled,
        states=tuple([value_of(state, AccountState) for state in message.states]),
        terms=value_of(message.terms, Terms, "terms") if message.HasField("terms") else None,
    )


def _posting_to_proto(posting: Posting) -> transaction_pb2.Posting:
    price = posting.price
    return transaction_pb2.Posting(
        account=posting.account,
        amount=posting.amount,
        commodity=posting.commodity,
        price=None
        if price is None
        else transaction_pb2.Price(
            kind=_PRICE_KIND_TO_PROTO[price.kind], amount=price.amount, commodity=price.commodity
        ),
        inferred=posting.inferred,
    )


def _postings_from_proto(messages: Iterable[transaction_pb2.Posting]) -> tuple[Posting, ...]:
    made: list[Any] = []
    for position, message in enumerate(messages):
        draft = _new(_POSTING)
        draft.account = message.account
        draft.amount = message.amount
        draft.commodity = message.commodity
        draft.price = _price_from_proto(message.price, position) if message.HasField("price") else None
        draft.inferred = message.inferred
        draft.__class__ = Posting
        made.append(draft)
    return tuple(made)


def _price_from_proto(message: transaction_pb2.Price, position: int) -> Price:
    kind = _PRICE_KIND_FROM_PROTO.get(message.kind)
    if kind is None:
        raise RequestFault(
            Reason.INVALID_REQUEST,
            f"`postings[{position}].price.kind` is `{message.kind}`, expected unit or total",
        )
    return Price(kind, message.amount, message.commodity)


def _state_to_proto(state: AccountState) -> transaction_pb2.AccountState:
    return transaction_pb2.AccountState(
        account=state.account,
        commodity=state.commodity,
        balance=state.balance,
        post_balance=state.post_balance,
        lower=state.lower,
        upper=state.upper,
        nonce=state.nonce,
        frozen=state.frozen,
        closed=state.closed,
        version=state.version,
    )


def _account_transaction_to_proto(transaction: AccountTransaction) -> transaction_pb2.AccountTransaction:
    return transaction_pb2.AccountTransaction(
        nonce=transaction.nonce,
        gas_price=transaction.gas_price,
        gas_limit=transaction.gas_limit,
        to=transaction.to,
        value=transaction.value,
        expected_nonce=transaction.expected_nonce,
        balance=transaction.balance,
        nonce_window=transaction.nonce_window,
        state_version=transaction.state_version,
        sender=transaction.sender,
    )


def _account_transaction_from_proto(message: transaction_pb2.AccountTransaction) -> AccountTransaction:
    return AccountTransaction(
        nonce=message.nonce,
        gas_price=message.gas_price,
        gas_limit=message.gas_limit,
        to=message.to,
        value=message.value,
        expected_nonce=message.expected_nonce,
        balance=message.balance,
        nonce_window=message.nonce_window,
        state_version=message.state_version,
        sender=message.sender,
    )


def _utxo_batch_to_proto(batch: UtxoBatch) -> transaction_pb2.UtxoBatch:
    return transaction_pb2.UtxoBatch(
        utxo_set=[
            transaction_pb2.Unspent(outpoint=unspent.outpoint, value=unspent.value) for unspent in batch.utxo_set
        ],
        transactions=[
            transaction_pb2.UtxoSpend(txid=spend.txid, inputs=spend.inputs, outputs=spend.outputs, fee=spend.fee)
            for spend in batch.transactions
        ],
        state_version=batch.state_version,
    )


def _utxo_batch_from_proto(message: transaction_pb2.UtxoBatch) -> UtxoBatch:
    return UtxoBatch(
        utxo_set=tuple([value_of(unspent, Unspent) for unspent in message.utxo_set]),
        transactions=tuple(
            UtxoSpend(spend.txid, tuple(spend.inputs), tuple(spend.outputs), spend.fee)
            for spend in message.transactions
        ),
        state_version=message.state_version,
    )
