"""The texts that come with a question beside its intent: fields of a transaction, arguments and context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from aethel.intent.program import IntentFile, Parameter, Variable
from aethel.intent.source import quoted
from aethel.intent.types import Account, Opaque, Text, Type
from aethel.request import Context, Question
from aethel.security.characters import code_point
from aethel.security.regions import Place
from aethel.transaction import (
    AccountTransaction,
    AmountText,
    DoubleEntry,
    MerkleProof,
    Transaction,
    Unsupported,
    UtxoBatch,
)
from aethel.verdict import Span


@dataclass(frozen=True, slots=True)
class Field:
    """One text with the name a message gives it. Of a `hidden` one, which may be secret, no character is named."""

    name: str
    text: str
    place: Place
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FieldSite:
    """Names a character of a field by its position, counted from 1."""

    field: Field

    def name(self, extent: tuple[int, int], character: str) -> tuple[str, Span | None]:
        if self.field.hidden:
            return f"{self.field.name}: a character that is not named here", None
        return f"{self.field.name}, character {extent[0] + 1}: {code_point(character)}", None

    def is_raw_byte(self, extent: tuple[int, int]) -> bool:  # noqa: ARG002  fields are text, never bytes
        return False


def fields_of(question: Question, file: IntentFile | None) -> Iterator[Field]:
    """Every text of the question but the intent text; `file` tells the types of what is given for an intent."""
    if question.transaction is not None:
        yield from _of_transaction(question.transaction)
    types = _declared(file)
    for name, value in question.arguments.items():
        yield from _given("argument", name, value, types)
    yield from _of_context(question.context, types)


def legs_of(transaction: Transaction) -> int:
    """The legs of a transaction: postings and account states, or outputs spent and made; 1 for other kinds."""
    match transaction:
        case DoubleEntry(postings=postings, states=states):
            return len(postings) + len(states)
        case UtxoBatch(utxo_set=unspent, transactions=spends):
            return len(unspent) + sum(len(spend.inputs) + len(spend.outputs) for spend in spends)
        case AccountTransaction() | MerkleProof() | AmountText() | Unsupported():
            return 1
        case _:
            assert_never(transaction)


@dataclass(frozen=True, slots=True)
class _Declared:
    """What is known of a name that may be given: how its values read, and whether they may be shown."""

    place: Place
    hidden: bool


_UNKNOWN = _Declared(Place.NAME, hidden=True)


def _declared(file: IntentFile | None) -> dict[str, _Declared]:
    """By name; a name that any intent declares secret is hidden everywhere."""
    found: dict[str, _Declared] = {}
    for program in () if file is None else file.programs:
        names: tuple[Parameter | Variable, ...] = (*program.parameters, *program.variables)
        for declared in names:
            name = declared.name.removeprefix("old ")
            hidden = declared.secret or (name in found and found[name].hidden)
            found[name] = _Declared(_place_of(declared.type), hidden)
    return found


def _place_of(type_: Type) -> Place:
    """Accounts and text are for people; numbers, truth values and hashes are for machines."""
    return Place.NAME if isinstance(type_, (Text, Account, Opaque)) else Place.SYMBOL


def _given(
    kind: str, name: str, value: str, types: dict[str, _Declared], place: Place | None = None
) -> Iterator[Field]:
    declared = types.get(name, _UNKNOWN)
    yield Field(f"name of {kind} {quoted(name)}", name, Place.SYMBOL)
    yield Field(f"{kind} {quoted(name)}", value, place or declared.place, declared.hidden)


def _of_context(context: Context, types: dict[str, _Declared]) -> Iterator[Field]:
    for name, value in context.balances.items():
        yield from _given("balance", name, value, types, Place.SYMBOL)
    for name, value in context.inputs.items():
        yield from _given("input", name, value, types)
    for name, value in context.accounts.items():
        yield from _given("account", name, value, types, Place.NAME)


def _of_transaction(transaction: Transaction) -> Iterator[Field]:
    match transaction:
        case DoubleEntry():
            yield from _of_entry(transaction)
        case AccountTransaction():
            for name in ("nonce", "gas_price", "gas_limit", "to", "value", "expected_nonce", "balance"):
                yield Field(f"`{name}`", getattr(transaction, name), Place.SYMBOL)
        case UtxoBatch():
            yield from _of_utxo(transaction)
        case MerkleProof(scheme=scheme, op=op, fields=fields, proof=proof):
            yield Field("`scheme`", scheme, Place.SYMBOL)
            yield Field("`op`", op, Place.SYMBOL)
            for name, value in fields:
                yield Field(f"name of field {quoted(name)}", name, Place.SYMBOL)
                yield Field(f"field {quoted(name)}", value, Place.SYMBOL)
            for index, value in enumerate(proof):
                yield Field(f"`proof[{index}]`", value, Place.SYMBOL)
        case AmountText(text=text):
            yield Field("the amount", text, Place.SYMBOL)
        case Unsupported(kind=kind):
            yield Field("`kind`", kind, Place.SYMBOL)
        case _:
            assert_never(transaction)


def _of_entry(entry: DoubleEntry) -> Iterator[Field]:
    yield Field("`date`", entry.date, Place.NAME)
    yield Field("`payee`", entry.payee, Place.NAME)
    yield Field("`code`", entry.code, Place.NAME)
    for index, posting in enumerate(entry.postings):
        path = f"postings[{index}]"
        yield Field(f"`{path}.account`", posting.account, Place.NAME)
        yield Field(f"`{path}.amount`", posting.amount, Place.SYMBOL)
        yield Field(f"`{path}.commodity`", posting.commodity, Place.NAME)
        if posting.price is not None:
            yield Field(f"`{path}.price.amount`", posting.price.amount, Place.SYMBOL)
            yield Field(f"`{path}.price.commodity`", posting.price.commodity, Place.NAME)
    for index, state in enumerate(entry.states):
        path = f"states[{index}]"
        yield Field(f"`{path}.account`", state.account, Place.NAME)
        yield Field(f"`{path}.commodity`", state.commodity, Place.NAME)
        for name in ("balance", "post_balance", "lower", "upper", "nonce", "version"):
            yield Field(f"`{path}.{name}`", getattr(state, name), Place.SYMBOL)


def _of_utxo(batch: UtxoBatch) -> Iterator[Field]:
    for index, unspent in enumerate(batch.utxo_set):
        yield Field(f"`utxo_set[{index}].outpoint`", unspent.outpoint, Place.SYMBOL)
        yield Field(f"`utxo_set[{index}].value`", unspent.value, Place.SYMBOL)
    for index, spend in enumerate(batch.transactions):
        path = f"transactions[{index}]"
        yield Field(f"`{path}.txid`", spend.txid, Place.SYMBOL)
        yield Field(f"`{path}.fee`", spend.fee, Place.SYMBOL)
        for position, value in enumerate(spend.inputs):
            yield Field(f"`{path}.inputs[{position}]`", value, Place.SYMBOL)
        for position, value in enumerate(spend.outputs):
            yield Field(f"`{path}.outputs[{position}]`", value, Place.SYMBOL)
