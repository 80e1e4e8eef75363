"""Values worth trying for the open variables of a program, in a fixed order, small and simple ones first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from aethel.intent.program import Program, Role, Variable
from aethel.intent.terms import VARIABLE_BITS, Op, Term, Value, in_order
from aethel.intent.types import Account, Boolean, Hash, Integer, Money, Opaque, Rational, Text, bounds_of

_SMALL = (0, 1, 2, 3, 5, 7, 10, 100, 1000)

_HARVESTED = 16
"""Constants of the program tried as values, in order of occurrence: thresholds are among the first."""

_CELLS = frozenset({Role.OLD_CELL, Role.NEW_CELL})


@dataclass(slots=True)
class Candidates:
    """The open variables of `program`, what to try for each, and typical states to start from."""

    program: Program
    given: Mapping[str, Value]
    roots: tuple[Term, ...]
    open: tuple[Variable, ...] = field(init=False)
    _tried: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.open = tuple(variable for variable in self.program.variables if variable.name not in self.given)
        constants = [node.value for node in in_order(*self.roots) if node.op is Op.CONST]
        numbers = [value for value in constants if not isinstance(value, (bool, str)) and value is not None]
        texts = [value for value in constants if isinstance(value, str)]
        thresholds = [value for value in numbers if bits_of(value) <= VARIABLE_BITS][:_HARVESTED]
        for variable in self.open:
            self._tried[variable.name] = tuple(dict.fromkeys(_values(variable, thresholds, texts[:_HARVESTED])))

    def of(self, name: str) -> tuple[Value, ...]:
        """What to try for one variable; nothing for a given one."""
        return self._tried.get(name, ())

    def starts(self) -> Iterator[dict[str, Value]]:
        """Typical states: funded cells and small distinct parameters, in whole units, in minor units, all 1, all 0."""
        for funds, step, truth in ((1000, 1, True), (1_000_000, 10, False), (0, 0, False), (1, 0, True)):
            for in_units in (True, False):
                values: dict[str, Value] = dict(self.given)
                for position, variable in enumerate(self.open):
                    unit = 10**variable.scale if in_units else 1
                    share = funds if variable.role in _CELLS else 1 if step else funds
                    values[variable.name] = _start(variable, (share + step * position) * unit, truth=truth)
                yield values


def bits_of(value: Value | None) -> int:
    """The bits of the longer of numerator and denominator; 1 for what is no number."""
    if isinstance(value, (int, Fraction)):
        return max(value.numerator.bit_length(), value.denominator.bit_length())
    return 1


def _start(variable: Variable, number: int, *, truth: bool) -> Value:
    match variable.type:
        case Money() | Integer():
            low, high = bounds_of(variable.type)
            raised = number if low is None else max(number, low)
            return raised if high is None else min(raised, high)
        case Rational():
            return Fraction(number)
        case Boolean():
            return truth
        case Text() | Hash() | Account() | Opaque():
            return variable.name
        case _:
            assert_never(variable.type)


def _values(variable: Variable, thresholds: list[int | Fraction], texts: list[str]) -> Iterator[Value]:
    match variable.type:
        case Money() | Integer():
            low, high = bounds_of(variable.type)
            for number in _numbers(variable, thresholds, low, high):
                if number.denominator == 1 and (low is None or number >= low) and (high is None or number <= high):
                    yield number.numerator
        case Rational():
            yield from (Fraction(1, 2), Fraction(1, 3), *map(Fraction, _SMALL), *thresholds, Fraction(-1))
        case Boolean():
            yield from (True, False)
        case Text() | Hash() | Account() | Opaque():
            yield from (variable.name, *texts)
        case _:
            assert_never(variable.type)


def _numbers(
    variable: Variable, thresholds: list[int | Fraction], low: int | None, high: int | None
) -> Iterator[int | Fraction]:
    unit = 10**variable.scale
    yield from (small * unit for small in _SMALL)
    for threshold in thresholds:
        yield from (threshold, threshold + 1, threshold - 1)
    yield from _SMALL
    yield from (1_000_000 * unit, -unit)
    for bound in (low, high):
        if bound is not None:
            yield from (bound, bound + 1, bound - 1)
