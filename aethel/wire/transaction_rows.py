"""JSON to structured transactions: the plain shapes by which ledgers and nodes publish them, and protobuf's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from google.protobuf import json_format

from aethel.runtime.faults import RequestFault
from aethel.terms import Terms
from aethel.transaction import (
    AccountState,
    AccountTransaction,
    AchBatch,
    AmountText,
    DoubleEntry,
    Posting,
    Price,
    PriceKind,
    TextField,
    Transaction,
    TransferBatch,
    Unspent,
    UtxoBatch,
    UtxoSpend,
)
from aethel.v1 import transaction_pb2
from aethel.wire.convert_transaction import transaction_from_proto
from aethel.wire.exact_json import RowError, shown
from aethel.wire.fields import Fields, exact_text_of, text_of
from aethel.wire.proof_rows import proof_from_fields
from aethel.wire.structural import value_from_json

ACCOUNT_RULE = (
    "value, gas_price < 2^256; nonce < 2^64-1; gas_limit < 2^64; gas_limit*gas_price < 2^256; to is 20 bytes or empty"
)
"""The one rule for account transactions that this version implements (EIP-2681 and the widths of the yellow paper).

A row may state it; a row that states another asks for what would not be done, so it is refused.
"""


def transaction_from_json(value: object, path: str) -> Transaction:
    """The transaction that stands at `path` of a row; raises `RowError`."""
    if isinstance(value, str):
        return AmountText(text_of(value, path))
    fields = Fields(value, path)
    for name, read in _SHAPES.items():
        if name in fields:
            transaction = read(fields)
            fields.done()
            return transaction
    if any(name in fields for name in _PROTO_NAMES):
        return _from_proto_json(fields.take_all(), path)
    expected = ", ".join(f"`{name}`" for name in _SHAPES)
    raise RowError(f"{shown(path)} is of no known kind, expected an object with one of {expected}")


def _double_entry(fields: Fields) -> DoubleEntry:
    return DoubleEntry(
        postings=tuple(_posting(item, path) for item, path in fields.items("postings")),
        date=fields.text("date", ""),
        payee=fields.text("payee", ""),
        code=fields.text("code", ""),
        net_settled=fields.flag("net_settled"),
        states=tuple(_state(item, path) for item, path in fields.items("states", required=False)),
        terms=_terms(fields),
    )


def _terms(fields: Fields) -> Terms | None:
    return value_from_json(Fields(fields.take("terms"), fields.at("terms")), Terms) if "terms" in fields else None


def _posting(value: object, path: str) -> Posting:
    fields = Fields(value, path)
    inferred = fields.flag("inferred")
    posting = Posting(
        account=fields.text("account"),
        amount=fields.exact("amount", "" if inferred else None),
        commodity=fields.text("commodity"),
        price=_price(fields.take("price"), fields.at("price")) if "price" in fields else None,
        inferred=inferred,
    )
    fields.done()
    return posting


def _price(value: object, path: str) -> Price:
    fields = Fields(value, path)
    kind = fields.text("type")
    if kind not in {member.value for member in PriceKind}:
        raise RowError(f"{shown(fields.at('type'))} is {shown(kind)}, expected `unit` or `total`")
    price = Price(PriceKind(kind), fields.exact("amount"), fields.text("commodity"))
    fields.done()
    return price


def _state(value: object, path: str) -> AccountState:
    fields = Fields(value, path)
    state = AccountState(
        account=fields.text("account"),
        commodity=fields.text("commodity", ""),
        balance=fields.exact("balance", ""),
        post_balance=fields.exact("post_balance", ""),
        lower=fields.exact("lower", ""),
        upper=fields.exact("upper", ""),
        nonce=fields.exact("nonce", ""),
        frozen=fields.flag("frozen"),
        closed=fields.flag("closed"),
        version=fields.exact("version", ""),
    )
    fields.done()
    return state


def _account_transaction(fields: Fields) -> AccountTransaction:
    # A node writes null for the receiver of a transaction that creates a contract.
    receiver = fields.take("to")
    return AccountTransaction(
        nonce=fields.exact("nonce"),
        gas_price=fields.exact("gas_price"),
        gas_limit=fields.exact("gas_limit"),
        to="" if receiver is None else text_of(receiver, fields.at("to")),
        value=fields.exact("value"),
        expected_nonce=fields.exact("expected_nonce", ""),
        balance=fields.exact("balance", ""),
        nonce_window=fields.exact("nonce_window", ""),
        state_version=fields.text("state_version", ""),
        sender=fields.text("sender", ""),
    )


def _account_transaction_under_rule(fields: Fields) -> AccountTransaction:
    inner = Fields(fields.take("transaction"), fields.at("transaction"))
    transaction = _account_transaction(inner)
    inner.done()
    rule = fields.text("rule", ACCOUNT_RULE)
    if rule != ACCOUNT_RULE:
        raise RowError(f"{shown(fields.at('rule'))} is {shown(rule)}, expected `{ACCOUNT_RULE}`")
    return transaction


def _utxo_batch(fields: Fields) -> UtxoBatch:
    return UtxoBatch(
        utxo_set=tuple(_unspent(item, path) for item, path in fields.items("utxo_set")),
        transactions=tuple(_spend(item, path) for item, path in fields.items("transactions")),
        state_version=fields.text("state_version", ""),
    )


def _unspent(value: object, path: str) -> Unspent:
    fields = Fields(value, path)
    unspent = Unspent(fields.text("outpoint"), fields.exact("value"))
    fields.done()
    return unspent


def _spend(value: object, path: str) -> UtxoSpend:
    fields = Fields(value, path)
    spend = UtxoSpend(
        txid=fields.text("txid"),
        inputs=tuple(text_of(item, at) for item, at in fields.items("inputs")),
        outputs=tuple(exact_text_of(item, at) for item, at in fields.items("outputs")),
        fee=fields.exact("fee", ""),
    )
    fields.done()
    return spend


def _transfer_batch(fields: Fields) -> TransferBatch:
    return value_from_json(fields, TransferBatch)


def _ach_batch(fields: Fields) -> AchBatch:
    return value_from_json(fields, AchBatch)


def _amount_text(fields: Fields) -> AmountText:
    return AmountText(fields.exact("amount"))


def _text_field(fields: Fields) -> TextField:
    return TextField(fields.text("text"), fields.text("type", ""))


def _from_proto_json(value: dict[str, object], path: str) -> Transaction:
    message = transaction_pb2.Transaction()
    try:
        json_format.ParseDict(value, message)
    except json_format.ParseError as error:
        raise RowError(f"{shown(path)} is not as protobuf writes a transaction: {shown(str(error))}") from None
    try:
        return transaction_from_proto(message)
    except RequestFault as fault:
        raise RowError(f"{shown(path)}: {fault.message}") from None


_SHAPES: Mapping[str, Callable[[Fields], Transaction]] = {
    "postings": _double_entry,
    "transfers": _transfer_batch,
    "utxo_set": _utxo_batch,
    "transaction": _account_transaction_under_rule,
    "scheme": proof_from_fields,
    "sec_code": _ach_batch,
    "nonce": _account_transaction,
    "amount": _amount_text,
    "text": _text_field,
}
"""The field by which each plain shape is known, in the order they are looked for."""

_PROTO_NAMES = frozenset(
    name for field in transaction_pb2.Transaction.DESCRIPTOR.fields for name in (field.name, field.json_name)
)
"""The fields of the protobuf message, as protobuf's JSON may name them."""
