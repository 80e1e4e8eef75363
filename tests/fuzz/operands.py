"""Operands the other way round: where their order says nothing, and where it says everything."""

from __future__ import annotations

from dataclasses import fields, replace
from random import Random
from typing import Any

from tests.fuzz.model import (
    Account,
    Arith,
    Batch,
    Call,
    Choose,
    Compare,
    File,
    Implies,
    Intent,
    Junction,
    Named,
    Number,
    Read,
    Symbol,
    Type,
    Word,
    walk,
)
from tests.fuzz.mutations import places, replaced, with_intent

_ORDERINGS = ("<", "<=", ">", ">=")
_LEAVES = (Read, Number, Named, Word)


def commuted(file: File, random: Random) -> File:
    """The same program with the operands of sums, products, equations, `and` and `or` in any order."""

    def of(intent: Intent) -> Intent:
        guard = _rebuilt(intent.guard, random)
        if intent.effect is None:
            # The lines of a declarative intent may define something by the way they are written.
            return replace(intent, guard=guard)
        return replace(
            intent, guard=guard, effect=_rebuilt(intent.effect, random), verify=_rebuilt(intent.verify, random)
        )

    return File(
        tuple(
            replace(item, intents=tuple(map(of, item.intents))) if isinstance(item, Batch) else of(item)
            for item in file.items
        )
    )


def _rebuilt(node: Any, random: Random) -> Any:
    if isinstance(node, tuple):
        return tuple(_rebuilt(part, random) for part in node)
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, Symbol | Account | Type):
        return node
    parts = {each.name: _rebuilt(getattr(node, each.name), random) for each in fields(node)}
    return _commuted(replace(node, **parts), random)


def _commuted(node: Any, random: Random) -> Any:
    match node:
        case Arith("+" | "*", left, right) if isinstance(left, _LEAVES) and isinstance(right, _LEAVES):
            literal = isinstance(left, Number) and isinstance(right, Number)
            return node if literal or random.random() < 0.5 else replace(node, left=right, right=left)
        case Compare("==" | "!=", left, right):
            return node if random.random() < 0.5 else replace(node, left=right, right=left)
        case Junction(_, operands) if not _divides(operands):
            # A division is reached only where what stands before it lets it be.
            return replace(node, operands=tuple(random.sample(operands, len(operands))))
        case _:
            return node


def _divides(node: Any) -> bool:
    return any(
        (isinstance(each, Arith) and each.operator in "/%") or (isinstance(each, Call) and "div" in each.function)
        for each in walk(node)
    )


def turned(file: File, random: Random) -> File | None:
    """The file with one pair of operands swapped whose order counts; None where it has no such pair."""
    position = random.randrange(len(file.intents))
    intent = file.intents[position]
    options = [(path, made) for path, node in places(intent) if (made := _turned(node)) is not None]
    if not options:
        return None
    path, made = random.choice(options)
    changed = replaced(intent, path, made)
    assert isinstance(changed, Intent)
    return with_intent(file, position, changed)


def _turned(node: Any) -> Any:
    match node:
        case Compare(operator, left, right) if operator in _ORDERINGS:
            return replace(node, left=right, right=left)
        case Arith("-", left, right) | Implies(left, right):
            return replace(node, left=right, right=left)
        case Choose(_, then, other):
            return replace(node, then=other, other=then)
        case _:
            return None
