"""Reading a solver's model back into values of the language."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import count
from typing import Any, assert_never

import z3

from aethel.intent.program import Variable
from aethel.intent.terms import Sort, Value
from aethel.prover.encode import Encoder

_DIGITS = 20
"""Decimal digits to which an irrational value is approximated; the approximation counts only if it still refutes."""


def values_of(model: Any, encoder: Encoder, variables: Iterable[Variable]) -> dict[str, Value]:
    """A value for each of the variables, what the solver left open included (0, false, an identity of its own).

    Identities that are no known literal are named after the first variable that holds them.
    """
    texts = {integer: text for text, integer in encoder.literals.items()}
    values: dict[str, Value] = {}
    for variable in variables:
        found = model.eval(encoder.unknown(variable.term), model_completion=False)
        match variable.term.sort:
            case Sort.BOOL:
                values[variable.name] = z3.is_true(found)
            case Sort.INT:
                values[variable.name] = found.as_long() if z3.is_int_value(found) else 0
            case Sort.RATIONAL:
                values[variable.name] = _rational(found)
            case Sort.IDENTITY:
                known = found.as_long() if z3.is_int_value(found) else None
                text = texts.get(known) if known is not None else None
                if text is None:
                    text = _new_identity(variable.name, set(texts.values()) | set(values.values()))
                if known is not None:
                    texts[known] = text
                values[variable.name] = text
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
