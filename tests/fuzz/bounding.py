"""Guards that bound every variable, so that all admitted states can be tried one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import prod
from random import Random

from tests.fuzz.meaning import Value
from tests.fuzz.model import (
    Batch,
    Check,
    Compare,
    Define,
    Expression,
    File,
    Intent,
    Junction,
    Kind,
    Negate,
    Number,
    Read,
    Symbol,
    Text,
    Time,
    scales_of,
    symbols_of,
    walk,
)

Domains = Mapping[str, tuple[Value, ...]]
"""By key of each variable every value that the guards admit."""

STATES = 300
"""States that one intent may have when it is to be tried completely."""


def bounded(file: File, random: Random) -> tuple[File, tuple[Domains, ...] | None]:
    """The file with bounding guards and the domains they leave; the file itself and None where these would be many.

    Bounds are written in the smallest units of the asset, so they never change its scale.
    """
    scales = scales_of(file)
    found = [_intent(intent, scales, random) for intent in file.intents]
    intents = [intent for pair in found if pair is not None for intent in (pair[0],)]
    if len(intents) < len(found):
        return file, None
    remaining = iter(intents)
    items = tuple(
        replace(item, intents=tuple(next(remaining) for _ in item.intents))
        if isinstance(item, Batch)
        else next(remaining)
        for item in file.items
    )
    return File(items), tuple(pair[1] for pair in found if pair is not None)


def _intent(intent: Intent, scales: Mapping[str, int], random: Random) -> tuple[Intent, Domains] | None:
    blocks = (intent.guard, intent.effect or (), intent.verify)
    used = [symbol for symbol in symbols_of(blocks) if not symbol.local]
    if arbitrary_cells(intent):
        return None
    texts = tuple(dict.fromkeys(node.value for node in walk(blocks) if isinstance(node, Text)))
    for most in (3, 2):
        domains: dict[str, tuple[Value, ...]] = {}
        lines: list[Check] = []
        for symbol in used:
            line, domains[symbol.key] = _bound(symbol, used, texts, scales, most, random)
            lines += line
        if prod(map(len, domains.values())) <= STATES:
            guard = [*intent.guard, *lines]
            return replace(intent, guard=tuple(guard)), domains
    return None


def arbitrary_cells(intent: Intent) -> tuple[Symbol, ...]:
    """The cells of the declarative form that no equation defines but whose value after occurs."""
    if intent.effect is not None:
        return ()
    defined = {line.symbol for line in walk(intent.verify) if isinstance(line, Define)}
    read = [node.symbol for node in walk(intent.verify) if isinstance(node, Read) and node.time is Time.NOW]
    return tuple(dict.fromkeys(symbol for symbol in read if symbol.state and symbol not in defined))


def is_ambiguous(intent: Intent) -> bool:
    """Whether a line of the declarative form that was not meant to define anything could define something.

    The language says that one of two equations for a name defines it, and not which.
    """
    if intent.effect is not None:
        return False
    at_once = {
        line.symbol
        for line in intent.verify
        if isinstance(line, Define) and not any(node.time is Time.NOW for node in _reads(line.value))
    }
    for line in intent.verify:
        if isinstance(line, Check) and isinstance(line.condition, Compare) and line.condition.operator == "==":
            read = {node.symbol for node in _reads(line.condition) if node.time is Time.NOW}
            if len(read) == 1 or not read <= at_once:
                return bool(read)
    return False


def _reads(node: Expression) -> list[Read]:
    return [found for found in walk(node) if isinstance(found, Read)]


def _bound(
    symbol: Symbol, used: list[Symbol], texts: tuple[str, ...], scales: Mapping[str, int], most: int, random: Random
) -> tuple[list[Check], tuple[Value, ...]]:
    """The lines that bound one symbol to at most so many values, and these values."""
    read = Read(symbol)
    match symbol.type.kind:
        case Kind.BOOLEAN:
            return [], (True, False)
        case Kind.IDENTITY:
            alike = [other.name for other in used if other.type.kind is Kind.IDENTITY and other != symbol]
            values = (symbol.name,) if symbol.type.asset == "Account" else (symbol.name, *alike)
            return [], (*values, *texts)
        case Kind.RATIONAL:
            picked = random.sample(("0", "0.5", "1", "2", "1.5", "0.3"), 2)
            equal = tuple[Expression, ...](Compare("==", read, Number(text)) for text in picked)
            return [_fixed(Junction("or", equal))], tuple(Fraction(text) for text in picked)
        case Kind.INTEGER:
            low = random.choice((0, 0, 1) if symbol.type.low == 0 else (-1, 0, 1))
            values_of = range(low, low + most)
            ends = [_fixed(Compare(">=", read, _whole(low))), _fixed(Compare("<", read, _whole(low + most)))]
            return ends[1:] if symbol.type.low == low else ends, tuple(values_of)
        case Kind.MONEY:
            return _money(symbol, scales, most, random)


def _money(
    symbol: Symbol, scales: Mapping[str, int], most: int, random: Random
) -> tuple[list[Check], tuple[Value, ...]]:
    asset, read = symbol.type.asset, Read(symbol)
    decimals = scales.get(asset, 0)
    low = random.choice((0, 0, 0, 1, 2, 5) if symbol.state else (0, 0, 1, 1, 4))
    lines = [_fixed(Compare("<=", read, _units(low + most - 1, decimals, asset)))]
    if low > 0:
        lines.append(_fixed(Compare(">=", read, _units(low, decimals, asset))))
    return lines, tuple(Fraction(count, 10**decimals) for count in range(low, low + most))


def _fixed(condition: Expression) -> Check:
    return Check(condition, bounds=True)


def _whole(value: int) -> Expression:
    return Negate(Number(str(-value))) if value < 0 else Number(str(value))


def _units(count: int, decimals: int, asset: str) -> Number:
    whole, part = divmod(count, 10**decimals)
    return Number(f"{whole}.{part:0{decimals}d}" if decimals else str(whole), asset)
