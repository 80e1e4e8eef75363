"""Reading a solver's model back into values of the language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any, assert_never

import z3

from aethel.intent.program import Variable
from aethel.intent.terms import Sort, Value
from aethel.prover.encode import Encoder

_DIGITS = 20
"""Decimal digits to which an irrational value is approximated; the approximation counts only if it still refutes."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value for each variable; `exact` is false where one stands for an irrational number it only approximates."""

    values: dict[str, Value]
    exact: bool


def values_of(model: Any, encoder: Encoder, variables: Iterable[Variable]) -> Found:
    """The values a model gives these variables; what the solver left open gets 0, false or an identity of its own.

    Identities that are no known literal are named after the first variable that holds them.
    """
    texts = {integer: text for text, integer in encoder.literals.items()}
    values: dict[str, Value] = {}
    exact = True
    for variable in variables:
        found = model.eval(encoder.unknown(variable.term))
        match variable.term.sort:
            case Sort.BOOL:
                values[variable.name] = z3.is_true(found)
            case Sort.INT:
                values[variable.name] = found.as_long() if z3.is_int_value(found) else 0
            case Sort.RATIONAL:
                exact = exact and not z3.is_algebraic_value(found)
                values[variable.name] = _rational(found)
            case Sort.IDENTITY:
                taken = {*texts.values(), *values.values()}
                text = _new_identity(variable.name, taken)
                if z3.is_int_value(found):
                    text = texts.setdefault(found.as_long(), text)
                values[variable.name] = text
            case _:
                assert_never(variable.term.sort)
    return Found(values, exact)


def completed(given: Mapping[str, Value], variables: Iterable[Variable]) -> dict[str, Value]:
    """The given values, and for every other variable one that no formula at hand depends on."""
    values = dict(given)
    for variable in variables:
        if variable.name in values:
            continue
        match variable.term.sort:
            case Sort.BOOL:
                values[variable.name] = False
            case Sort.INT | Sort.RATIONAL:
                values[variable.name] = 0
            case Sort.IDENTITY:
                values[variable.name] = _new_identity(variable.name, set(values.values()))
            case _:
                assert_never(variable.term.sort)
    return values


def _rational(found: Any) -> Value:
    if z3.is_algebraic_value(found):
        found = found.approx(_DIGITS)
    if not z3.is_rational_value(found):
        return 0
    exact: Fraction = found.as_fraction()
    return exact.numerator if exact.denominator == 1 else exact


def _new_identity(name: str, taken: set[Value]) -> str:
    candidates = (name if number == 1 else f"{name}{number}" for number in count(1))
    return next(text for text in candidates if text not in taken)
