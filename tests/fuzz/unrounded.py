"""Amounts that are parts of the smallest unit: what is stored need not be whole, and an intent must see to it."""

from __future__ import annotations

from dataclasses import fields, replace
from random import Random
from typing import Any

from tests.fuzz.expressions import money
from tests.fuzz.model import (
    Account,
    Arith,
    Check,
    Compare,
    File,
    Intent,
    Kind,
    Number,
    Read,
    Symbol,
    Type,
    Word,
    scales_of,
    walk,
)
from tests.fuzz.mutations import with_intent

_SHARES = (("0.5", False, 2), ("1.5", False, 2), ("0.25", False, 4), ("2.0", False, 1), ("50", True, 2))
"""Factors, whether they are percentages, and of what an amount must be a multiple to stay whole."""


def unrounded(file: File, random: Random) -> File | None:
    """The file with an amount taken times a factor wherever one of its intents moves, checks or asserts it.

    Nothing rounds the product. In some of the intents a guard admits only amounts of which it is whole. None where no
    declared amount is moved.
    """
    position = random.randrange(len(file.intents))
    intent = file.intents[position]
    amounts = _amounts(intent)
    if not amounts:
        return None
    amount = random.choice(amounts)
    text, percent, multiple = random.choice(_SHARES)
    type_ = money(amount.type.asset)
    product = Arith("*", Read(amount), Number(text, percent=percent), type_)
    changed = {name: _instead(getattr(intent, name), amount, product) for name in ("guard", "effect", "verify")}
    if scales_of(file).get(amount.type.asset, 0) == 0 and random.random() < 0.5:
        left_over = Arith("%", Read(amount), Number(str(multiple)), type_)
        changed["guard"] = (*changed["guard"], Check(Compare("==", left_over, Word("zero"))))
    return with_intent(file, position, replace(intent, **changed))


def _amounts(intent: Intent) -> list[Symbol]:
    """The declared amounts that are moved, and of which nothing takes a remainder."""
    moved = [node.symbol for node in walk(intent.effect or intent.verify) if isinstance(node, Read)]
    blocks = (intent.guard, intent.effect or (), intent.verify)
    remaindered = [
        found for node in walk(blocks) if isinstance(node, Arith) and node.operator == "%" for found in walk(node)
    ]
    refused = {node.symbol for node in remaindered if isinstance(node, Read)}
    return [
        symbol
        for symbol in dict.fromkeys(moved)
        if symbol.type.kind is Kind.MONEY and symbol.declared and not symbol.state and symbol not in refused
    ]


def _instead(node: Any, amount: Symbol, product: Arith) -> Any:
    """A tree with the product for each reading of the amount, but in lines that keep names small."""
    if isinstance(node, tuple):
        return tuple(_instead(part, amount, product) for part in node)
    if isinstance(node, Read):
        return product if node.symbol == amount else node
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, Symbol | Account | Type):
        return node
    if isinstance(node, Check) and node.bounds:
        return node
    return replace(node, **{each.name: _instead(getattr(node, each.name), amount, product) for each in fields(node)})
