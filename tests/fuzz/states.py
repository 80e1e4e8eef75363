"""The states a program is tried on: all of them where guards bound every variable, else small and extreme ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import prod
from random import Random

from aethel.intent.program import Program, Role, Variable
from aethel.intent.terms import Op, Term, Value, in_order
from aethel.intent.types import Boolean, Integer, Money, Rational, Text, bounds_of
from tests.fuzz.bounding import Domains

State = dict[str, Value]
"""A value for every variable of a program, by the name of the variable; money in minor units."""

_RATIONALS = (Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2), Fraction(-1), Fraction(3, 2), Fraction(1, 3))


def key_of(variable: Variable) -> str:
    """The name of the symbol a variable stands for."""
    return variable.name.rpartition(" ")[2]


def complete(program: Program, domains: Domains) -> Iterator[State]:
    """Every state that the bounds admit; what the program does not read has one value."""
    choices = [_bounded(variable, domains) for variable in program.variables]
    names = [variable.name for variable in program.variables]
    return (dict(zip(names, values, strict=True)) for values in product(*choices))


def _bounded(variable: Variable, domains: Domains) -> tuple[Value, ...]:
    found = domains.get(key_of(variable))
    if found is None:
        return (neutral(variable),)
    unit = 10**variable.scale if isinstance(variable.type, Money) else 1
    return tuple(value if isinstance(value, bool | str) else value * unit for value in found)


def neutral(variable: Variable) -> Value:
    """A value that every type admits."""
    if isinstance(variable.type, Boolean):
        return False
    return 0 if isinstance(variable.type, Money | Integer | Rational) else _fitting(variable, variable.name)


def _fitting(variable: Variable, text: str) -> str:
    """The text, or as much of it as the type takes."""
    return text[: variable.type.maximum_length] if isinstance(variable.type, Text) else text


def sampled(program: Program, roots: Iterable[Term], count: int, random: Random) -> list[State]:
    """About `count` states: all small ones where these are few, else some of them, and some with extreme values."""
    nodes = list(in_order(*roots))
    constants = [node.value for node in nodes if node.op is Op.CONST and node.value is not None]
    read = {node.value for node in nodes if node.op is Op.VAR}
    small = {
        variable.name: _small(variable, constants) if variable.name in read else (neutral(variable),)
        for variable in program.variables
    }
    if prod(map(len, small.values())) <= count:
        found = [dict(zip(small, values, strict=True)) for values in product(*small.values())]
    else:
        found = [{name: random.choice(values) for name, values in small.items()} for _ in range(count)]
    for _ in range(count // 8):
        wide = {variable.name: _extreme(variable, small[variable.name], random) for variable in program.variables}
        found.append(wide)
    return found


def _small(variable: Variable, constants: list[Value]) -> tuple[Value, ...]:
    """Small values of one variable, and values about the constants of the program."""
    match variable.type:
        case Boolean():
            return (True, False)
        case Rational():
            near = [Fraction(value) for value in constants if isinstance(value, Fraction)][:3]
            return tuple(dict.fromkeys((*_RATIONALS, *near)))
        case Money() | Integer():
            low, high = bounds_of(variable.type)
            unit = 10**variable.scale
            whole = [value for value in constants if isinstance(value, int) and not isinstance(value, bool)]
            around = [value + step for value in whole if abs(value) < 2**40 for step in (-1, 0, 1)][:9]
            counts = (*range(-3, 7), unit, 2 * unit, 10 * unit, *around)
            return tuple(dict.fromkeys(n for n in counts if (low is None or n >= low) and (high is None or n <= high)))
        case _:
            texts = [value for value in constants if isinstance(value, str)]
            return tuple(dict.fromkeys(_fitting(variable, text) for text in (variable.name, "someone", *texts)))


def _extreme(variable: Variable, small: tuple[Value, ...], random: Random) -> Value:
    if isinstance(variable.type, Money | Integer) and random.random() < 0.5:
        low, high = bounds_of(variable.type)
        far = 2**70
        low, high = -far if low is None else low, far if high is None else high
        return random.choice((low, low + 1, high, high - 1, high // 2, random.randint(max(low, 0), high)))
    return random.choice(small)


def outside(program: Program, state: Mapping[str, Value], random: Random) -> State | None:
    """The state with one number that its type does not admit: beyond its bounds, or between two of its values.

    None for a program without numbers. What cells become is left as it is, since nobody gives it.
    """
    given = [found for found in program.variables if found.role is not Role.NEW_CELL]
    numbers = [found for found in given if isinstance(found.type, Money | Integer)]
    if not numbers:
        return None
    variable = random.choice(numbers)
    low, high = bounds_of(variable.type)
    beyond: list[Value] = [Fraction(2 * random.randint(-3, 3) + 1, 2)]
    beyond += [] if low is None else [low - 1]
    beyond += [] if high is None else [high + 1]
    return {**state, variable.name: random.choice(beyond)}


def in_one_unit(program: Program, state: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """The values before and the arbitrary values after, by symbol, money in one unit of its asset."""
    before: dict[str, Value] = {}
    arbitrary: dict[str, Value] = {}
    for variable in program.variables:
        value = state[variable.name]
        if isinstance(variable.type, Money) and not isinstance(value, str):
            value = Fraction(value, 10**variable.scale) if isinstance(value, int) else value / 10**variable.scale
        (arbitrary if variable.name.startswith("new ") else before)[key_of(variable)] = value
    return before, arbitrary
