"""What a question touches: the features from which the floor chooses experts."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from aethel.intent.program import IntentFile, Program, Role
from aethel.intent.terms import Sort
from aethel.intent.types import Account, Boolean, Hash, Integer, Money, Opaque, Rational, Text, Type, sort_of
from aethel.request import Context
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


class Feature(Enum):
    """One thing a question touches, named as in the contract. More features never mean fewer experts."""

    INTENT = "intent text"
    TRANSACTION = "a structured transaction"
    PROPERTIES = "properties that must follow"
    ARITHMETIC = "arithmetic"
    MONEY = "money that moves"
    BALANCES = "balances"
    LOOPS = "loops"
    TEXT = "text fields"
    EXTERNALS = "external values"
    IDENTITIES = "identities"
    NOT_UNDERSTOOD = "something not understood"


def features_of_file(file: IntentFile, context: Context) -> frozenset[Feature]:
    """The features of every intent of one text together, and of the state given with it."""
    found = {Feature.INTENT}
    for program in file.programs:
        found |= _features_of_program(program)
    if not file.programs:
        found.add(Feature.NOT_UNDERSTOOD)
    if context.balances or context.proofs or context.roots:
        found.add(Feature.BALANCES)
    if context.inputs:
        found.add(Feature.EXTERNALS)
    if context.accounts:
        found.add(Feature.IDENTITIES)
    return frozenset(found)


def features_of_transaction(transaction: Transaction) -> frozenset[Feature]:
    """The features of a structured transaction, which holds concrete values only and therefore nothing to prove."""
    match transaction:
        case DoubleEntry() | UtxoBatch() | AccountTransaction() | TransferBatch() | AchBatch():
            touched = {Feature.MONEY, Feature.BALANCES, Feature.IDENTITIES, Feature.TEXT}
        case AmountText():
            touched = {Feature.MONEY, Feature.TEXT}
        case MerkleProof():
            touched = {Feature.TEXT}
        case TextField():
            # No money moves and no ledger is touched, so that nobody but who judges text is asked.
            return frozenset({Feature.TEXT})
        case Unsupported():
            touched = {Feature.NOT_UNDERSTOOD}
        case _:
            assert_never(transaction)
    return frozenset({Feature.TRANSACTION, *touched})


def _features_of_program(program: Program) -> set[Feature]:
    types = [variable.type for variable in program.variables]
    types += [parameter.type for parameter in program.parameters]
    types += [cell.type for cell in program.cells]
    found = {feature for type_ in types for feature in _features_of_type(type_)}
    if program.posts or program.guards or program.requires:
        found.add(Feature.PROPERTIES)
    if any(sort_of(type_) in (Sort.INT, Sort.RATIONAL) for type_ in types) or program.constants or program.divisors:
        found.add(Feature.ARITHMETIC)
    if any(isinstance(type_, Money) for type_ in types):
        found.add(Feature.BALANCES)
    if any(isinstance(cell.type, Money) and cell.written for cell in program.cells):
        found.add(Feature.MONEY)
    if program.has_loops:
        found.add(Feature.LOOPS)
    if any(variable.role in (Role.EXTERNAL, Role.FREE) for variable in program.variables):
        found.add(Feature.EXTERNALS)
    if program.accounts:
        found.add(Feature.IDENTITIES)
    return found


def _features_of_type(type_: Type) -> tuple[Feature, ...]:
    match type_:
        case Text():
            return (Feature.TEXT,)
        case Account() | Hash() | Opaque():
            return (Feature.IDENTITIES,)
        case Money() | Integer() | Rational() | Boolean():
            return ()
        case _:
            assert_never(type_)
