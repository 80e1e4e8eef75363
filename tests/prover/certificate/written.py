"""Certificates written by hand: a statement in nested tuples, and steps that name its terms the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from certificate_checker import Refused, check
from tests.prover.certificate.files import signed

Expression = str | bool | int | Fraction | tuple[Any, ...]
"""A variable by its name, a constant, or an operator with its arguments; `("text", t)` is the identity `t`."""


def holds(
    variables: Mapping[str, str], assume: Sequence[Expression], claim: Expression, steps: Sequence[tuple[Any, ...]]
) -> bool:
    """Whether the checker accepts these steps as a proof of the claim."""
    terms = _Terms(variables)
    stated = {"assume": [terms.place(each) for each in assume], "claim": terms.place(claim)}
    proof = [_step(step, terms) for step in steps]
    return _accepts(terms, {**stated, "id": "post.1", "kind": "post", "proof": proof})


def fits(variables: Mapping[str, str], assume: Sequence[Expression], values: Sequence[object]) -> bool:
    """Whether the checker accepts these values as a witness of the assumptions."""
    terms = _Terms(variables)
    stated = {"assume": [terms.place(each) for each in assume], "claim": terms.place(True)}
    return _accepts(terms, {**stated, "id": "consistent", "kind": "consistent", "values": list(values)})


def _accepts(terms: _Terms, obligation: dict[str, Any]) -> bool:
    program = {"digest": "", "name": "written", "scales": [], "terms": terms.rows, "obligations": [obligation]}
    program["variables"] = [[name, sort] for name, sort in terms.variables.items()]
    document = {"digest": "", "format": "aethel-certificate/1", "language": "1", "programs": [program]}
    try:
        check(signed(document))
    except Refused:
        return False
    return True


class _Terms:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.rows: list[list[Any]] = []

    def place(self, expression: Expression) -> int:
        """Where the term stands, written where it does not stand yet."""
        row = self.row(expression)
        if row not in self.rows:
            self.rows.append(row)
        return self.rows.index(row)

    def row(self, expression: Expression) -> list[Any]:
        match expression:
            case str():
                return ["variable", list(self.variables).index(expression)]
            case bool():
                return ["truth", int(expression)]
            case int():
                return ["integer", expression]
            case Fraction():
                return ["fraction", expression.numerator, expression.denominator]
            case ("text", text):
                return ["text", text]
            case (op, *args):
                return [op, *(self.place(arg) for arg in args)]
            case _:
                raise AssertionError(expression)


def _step(step: tuple[Any, ...], terms: _Terms) -> list[Any]:
    match step:
        case ("case" | "differ" | "clash" as name, expression):
            return [name, terms.place(expression)]
        case ("split", most, summands):
            return ["split", most, [[factor, terms.place(expression)] for factor, expression in summands]]
        case ("cut" | "farkas" as name, rows):
            named = [(factor, kind, at if kind == "row" else terms.place(at)) for factor, kind, at in rows]
            return [name, [list(row) for row in named]]
        case _:
            raise AssertionError(step)
