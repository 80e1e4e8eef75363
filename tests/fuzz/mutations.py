"""Small mistakes, as people make them: off by one, a guard forgotten, accounts swapped, the wrong rounding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from random import Random
from typing import Any

from tests.fuzz.model import (
    Account,
    Arith,
    Assign,
    Batch,
    Branch,
    Call,
    Check,
    Compare,
    Define,
    File,
    For,
    Intent,
    Junction,
    Not,
    Number,
    Read,
    Symbol,
    Time,
    Transfer,
    Type,
    walk,
)

Path = tuple[str | int, ...]
_LOOSER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "<"}
_OTHER_CALL = {"div_ceil": "div_half_even", "div_half_even": "div_ceil", "min": "max", "max": "min"}


def mutated(file: File, random: Random) -> File:
    """The file with one or two mistakes in one of its intents; what it means is still known."""
    position = random.randrange(len(file.intents))
    for _ in range(random.choice((1, 1, 2))):
        intent = file.intents[position]
        found = _mistake(intent, random)
        if found is not None:
            file = with_intent(file, position, found)
    return file


def with_intent(file: File, position: int, intent: Intent) -> File:
    """The file with another intent at a position."""
    items: list[Intent | Batch] = []
    for item in file.items:
        size = len(item.intents) if isinstance(item, Batch) else 1
        if 0 <= position < size:
            if isinstance(item, Batch):
                intents = (*item.intents[:position], intent, *item.intents[position + 1 :])
                items.append(replace(item, intents=intents))
            else:
                items.append(intent)
        else:
            items.append(item)
        position -= size
    return File(tuple(items))


def _mistake(intent: Intent, random: Random) -> Intent | None:
    found = [*places(intent)]
    makers = [_wrong_number, _wrong_comparison, _wrong_sign, _wrong_call, _wrong_word, _wrong_name, _wrong_time]
    makers += [_wrong_statement] * 3
    random.shuffle(makers)
    if random.random() < 0.25:
        without = _without_guard(intent, random)
        if without is not None:
            return without
    for maker in makers:
        options = [(path, made) for path, node in found if (made := maker(node, intent, random)) is not None]
        if options:
            path, made = random.choice(options)
            changed = replaced(intent, path, made)
            assert isinstance(changed, Intent)
            return changed
    return None


def places(intent: Intent) -> Iterator[tuple[Path, Any]]:
    """Every node that may be changed, with the way to it: nothing that bounds, nothing of declarations."""
    for part in ("guard", "effect", "verify"):
        yield from _below(getattr(intent, part), (part,))


def _below(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, tuple):
        for index, inner in enumerate(node):
            yield from _below(inner, (*path, index))
    elif hasattr(node, "__dataclass_fields__") and not isinstance(node, Type | Symbol | Account):
        if isinstance(node, Check) and node.bounds:
            return
        yield path, node
        for each in fields(node):
            # What a definition reads stays as it is in time, so that no definition comes to need itself.
            yield from _below(getattr(node, each.name), (*path, each.name))


def replaced(node: Any, path: Path, new: Any) -> Any:
    """A tree with another node at the end of a way that `places` gave."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return (*node[:step], replaced(node[step], rest, new), *node[step + 1 :])
    return replace(node, **{step: replaced(getattr(node, step), rest, new)})


def _without_guard(intent: Intent, random: Random) -> Intent | None:
    checks = [line for line in intent.guard if isinstance(line, Check) and not line.bounds]
    if len(checks) < 2:
        return None
    gone = random.choice(checks)
    return replace(intent, guard=tuple(line for line in intent.guard if line is not gone))


def _wrong_number(node: Any, intent: Intent, random: Random) -> Any:
    """Off by one in the last digit."""
    if not isinstance(node, Number) or node.percent:
        return None
    digits = int(node.text.replace(".", "")) + random.choice((-1, 1))
    if digits < 0:
        return None
    text = str(digits).rjust(node.decimals + 1, "0")
    return replace(node, text=f"{text[: -node.decimals]}.{text[-node.decimals :]}" if node.decimals else text)


def _wrong_comparison(node: Any, intent: Intent, random: Random) -> Any:
    if not isinstance(node, Compare) or node.operator not in _LOOSER:
        return None
    return replace(node, operator=(_LOOSER if random.random() < 0.7 else _OPPOSITE)[node.operator])


def _wrong_sign(node: Any, intent: Intent, random: Random) -> Any:
    if isinstance(node, Arith) and node.operator in "+-":
        return replace(node, operator="-" if node.operator == "+" else "+")
    if isinstance(node, Assign) and node.operator != "=":
        return replace(node, operator="-=" if node.operator == "+=" else "+=")
    return None


def _wrong_call(node: Any, intent: Intent, random: Random) -> Any:
    if isinstance(node, Call):
        return replace(node, function=_OTHER_CALL[node.function])
    if isinstance(node, Arith) and node.operator == "/" and not isinstance(node.left, Number):
        return node if node.type.kind.value == "rational" else Call("div_ceil", node.left, node.right, node.type)
    return None


def _wrong_word(node: Any, intent: Intent, random: Random) -> Any:
    if isinstance(node, Junction):
        return replace(node, word="or" if node.word == "and" else "and")
    return node.operand if isinstance(node, Not) else None


def _wrong_name(node: Any, intent: Intent, random: Random) -> Any:
    """Another constant of the same type."""
    if not isinstance(node, Read) or node.symbol.state or node.symbol.local or not node.symbol.declared:
        return None
    alike = [
        found
        for found in intent.parameters
        if isinstance(found, Symbol) and not found.state and found != node.symbol and found.type == node.symbol.type
    ]
    return replace(node, symbol=random.choice(alike)) if alike else None


def _wrong_time(node: Any, intent: Intent, random: Random) -> Any:
    """Before for after or the other way round, in a line of `verify` or a statement, and only as a whole line."""
    swap: dict[type, Callable[[Any], Any]] = {
        Check: lambda line: replace(line, condition=_swapped(line.condition, intent, random)),
        Assign: lambda line: replace(line, value=_swapped(line.value, intent, random)),
        Transfer: lambda line: replace(line, amount=_swapped(line.amount, intent, random)),
    }
    if type(node) not in swap or (isinstance(node, Check) and any(node is line for line in intent.guard)):
        return None
    made = swap[type(node)](node)
    return made if made != node else None


def _swapped(expression: Any, intent: Intent, random: Random) -> Any:
    """One state name read in the other state; in the declarative form only one that an equation defines."""
    defined = {line.symbol for line in walk(intent.verify) if isinstance(line, Define)}
    paths = [
        (path, node)
        for path, node in _below(expression, ())
        if isinstance(node, Read) and node.symbol.state and (intent.effect is not None or node.symbol in defined)
    ]
    if not paths:
        return expression
    path, node = random.choice(paths)
    return replaced(expression, path, replace(node, time=Time.NOW if node.time is Time.BEFORE else Time.BEFORE))


def _wrong_statement(node: Any, intent: Intent, random: Random) -> Any:
    """Accounts swapped, an `else` forgotten, a condition turned round, one turn too many, a statement twice or gone."""
    match node:
        case Transfer(source, destination):
            return replace(node, source=destination, destination=source)
        case Branch(condition, then, other):
            if other and random.random() < 0.6:
                return replace(node, other=())
            return replace(node, condition=Not(condition)) if random.random() < 0.5 else Branch(condition, other, then)
        case For(_, low, high):
            return (
                replace(node, high=high + 1) if high <= low or random.random() < 0.5 else replace(node, high=high - 1)
            )
        case _:
            return None
