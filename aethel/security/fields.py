"""The texts that come with a question beside its intent: fields of a transaction, arguments and context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from aethel.intent.program import IntentFile, Parameter, Variable
from aethel.intent.source import Source, quoted
from aethel.intent.types import Account, Opaque, Text, Type
from aethel.request import Context, Question
from aethel.security.characters import code_point
from aethel.security.regions import Place
from aethel.structure import size_of, texts_of
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
from aethel.verdict import Span


@dataclass(frozen=True, slots=True)
class Field:
    """One text with the name a message gives it. Of a `hidden` one, which may be secret, no character is named.

    `is_content` marks bytes in hexadecimal that a proof is about, which are longer than other symbols; `is_alone` a
    text that is all the question is about, so that places in it are told as spans.
    """

    name: str
    text: str
    place: Place
    hidden: bool = False
    is_content: bool = False
    is_alone: bool = False

    def span(self, start: int, end: int) -> Span | None:
        """The place of characters `start` to `end` where the text is all that is asked about, else None."""
        return Source(self.text).span(start, end) if self.is_alone else None


@dataclass(frozen=True, slots=True)
class FieldSite:
    """Names a character of a field by its position, counted from 1."""

    field: Field

    def name(self, extent: tuple[int, int], character: str) -> tuple[str, Span | None]:
        if self.field.hidden:
            return f"{self.field.name}: a character that is not named here", None
        named = f"{self.field.name}, character {extent[0] + 1}: {code_point(character)}"
        return named, self.field.span(*extent)

    def is_raw_byte(self, extent: tuple[int, int]) -> bool:  # noqa: ARG002  fields are text, never bytes
        return False


_CONTENTS = frozenset({"leaf", "key", "value"})
"""The fields of a proof that hold bytes which no hash has shortened."""


def fields_of(question: Question, file: IntentFile | None) -> Iterator[Field]:
    """Every text of the question but the intent text; `file` tells the types of what is given for an intent."""
    if question.transaction is not None:
        yield from _of_transaction(question.transaction)
    types = _declared(file)
    for name, value in question.arguments.items():
        yield from _given("argument", name, value, types)
    yield from _of_context(question.context, types)


def legs_of(transaction: Transaction) -> int:
    """The legs of a transaction: postings and account states, outputs spent and made, or leaves touched; else 1.

    Of declared terms, transfers and entries of a payment file each part counts as one.
    """
    match transaction:
        case DoubleEntry(postings=postings, states=states, terms=terms):
            return len(postings) + len(states) + (0 if terms is None else size_of(terms))
        case TransferBatch() | AchBatch():
            return size_of(transaction)
        case UtxoBatch(utxo_set=unspent, transactions=spends):
            return len(unspent) + sum(len(spend.inputs) + len(spend.outputs) for spend in spends)
        case MerkleProof(leaves=leaves):
            return 1 + len(leaves)
        case AccountTransaction() | AmountText() | TextField() | Unsupported():
            return 1
        case _:
            assert_never(transaction)


@dataclass(frozen=True, slots=True)
class _Declared:
    """What is known of a name that may be given: how its values read, and whether they may be shown."""

    place: Place
    hidden: bool


_ACCOUNT_FIELDS = (
    *("nonce", "gas_price", "gas_limit", "to", "value", "sender"),
    *("expected_nonce", "balance", "nonce_window", "state_version"),
)


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
    for index, proof in enumerate(context.proofs):
        yield from _of_proof(proof, f"proofs[{index}].")
    for index, root in enumerate(context.roots):
        for name in ("scheme", "size", "root"):
            yield Field(f"`roots[{index}].{name}`", getattr(root, name), Place.SYMBOL)


def _of_transaction(transaction: Transaction) -> Iterator[Field]:
    match transaction:
        case DoubleEntry():
            yield from _of_entry(transaction)
        case AccountTransaction():
            for name in _ACCOUNT_FIELDS:
                yield Field(f"`{name}`", getattr(transaction, name), Place.SYMBOL)
        case UtxoBatch():
            yield from _of_utxo(transaction)
        case TransferBatch() | AchBatch():
            yield from _of_structure(transaction, "")
        case MerkleProof():
            yield from _of_proof(transaction)
        case AmountText(text=text):
            yield Field("the amount", text, Place.SYMBOL)
        case TextField(text=text, type=type_):
            yield Field("`text`", text, Place.NAME, is_alone=True)
            yield Field("`type`", type_, Place.SYMBOL)
        case Unsupported(kind=kind):
            yield Field("`kind`", kind, Place.SYMBOL)
        case _:
            assert_never(transaction)


def _of_proof(proof: MerkleProof, at: str = "") -> Iterator[Field]:
    yield Field(f"`{at}scheme`", proof.scheme, Place.SYMBOL)
    yield Field(f"`{at}op`", proof.op, Place.SYMBOL)
    for name, value in proof.fields:
        yield Field(f"name of field {quoted(at + name)}", name, Place.SYMBOL)
        yield Field(f"field {quoted(at + name)}", value, Place.SYMBOL, is_content=name in _CONTENTS)
    for index, value in enumerate(proof.proof):
        yield Field(f"`{at}proof[{index}]`", value, Place.SYMBOL)
    for index, leaf in enumerate(proof.leaves):
        for name in ("index", "before", "after"):
            yield Field(f"`{at}leaves[{index}].{name}`", getattr(leaf, name), Place.SYMBOL)
    for index, step in enumerate(proof.path):
        for name in ("hash", "prefix", "suffix"):
            yield Field(f"`{at}path[{index}].{name}`", getattr(step, name), Place.SYMBOL)


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
    if entry.terms is not None:
        yield from _of_structure(entry.terms, "terms")


def _of_structure(value: object, path: str) -> Iterator[Field]:
    """Every text of a structured value: numbers are for machines, the rest for people."""
    for at, text, is_number in texts_of(value, path):
        yield Field(f"`{at}`", text, Place.SYMBOL if is_number else Place.NAME)


def _of_utxo(batch: UtxoBatch) -> Iterator[Field]:
    yield Field("`state_version`", batch.state_version, Place.SYMBOL)
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
