"""Expressions as layouts: parentheses only where the tree needs them, breaks before operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from aethel.intent import syntax
from aethel.intent.formatting_layout import Break, Group, Indent, Layout
from aethel.intent.formatting_tokens import Tokens

_IMPLIES, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(1, 10)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands.

    What binds more loosely than `least` needs parentheses there, and so does a conditional expression that is not the
    `last` thing before a closing mark, since its `else` would take in what follows. Behind a modifier, `guarded`, a
    minus needs them too, which else would subtract from a name.
    """

    least: int = 0
    last: bool = True
    guarded: bool = False


Printed = Callable[[], Layout]
"""What prints the next argument of a call."""


class ExpressionPrinter:
    """Prints the expressions of a text in the order in which they stand there."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def expression(self, node: syntax.Expression, *, guarded: bool = False) -> Layout:
        """A whole expression; `guarded` where a modifier stands before it."""
        return self._at(node, _Place(guarded=guarded))

    def cell(self, name: syntax.Name) -> Layout:
        """A name, with its field."""
        first = self.tokens.take()
        return first if name.field is None else (first, self.tokens.take(), self.tokens.take())

    def operand(self, node: syntax.Expression) -> Layout:
        """What stands to the right of a comparison."""
        return self._at(node, _Place(_SUM))

    def _at(self, node: syntax.Expression, place: _Place) -> Layout:
        if not _needs_parentheses(node, place):
            return self._bare(node, place)
        opened = self.tokens.parenthesis("(")
        inner = self._bare(node, _Place())
        return opened, inner, self.tokens.parenthesis(")")

    def _bare(self, node: syntax.Expression, place: _Place) -> Layout:
        match node:
            case syntax.Number(percent=True):
                return self.tokens.take(), self.tokens.take()
            case syntax.Number() | syntax.String() | syntax.Truth() | syntax.Zero():
                return self.tokens.take()
            case syntax.Name():
                return self.cell(node)
            case syntax.Old(cell):
                return self.call((lambda: self.cell(cell),))
            case syntax.Call(_, left, right):
                return self.call((lambda: self.expression(left), lambda: self.expression(right)))
            case syntax.Negate(operand):
                return self.tokens.take(), self._at(operand, _Place(_UNARY, place.last))
            case syntax.Not(operand):
                return self.tokens.take(), " ", self._at(operand, _Place(_NOT, place.last))
            case syntax.Chain(first, rest):
                power = _power(node) + 1
                return self._run((first, *(operand for _, operand in rest)), power, power, place)
            case syntax.Compare(_, left, right):
                return self._run((left, right), _SUM, _SUM, place)
            case syntax.Junction(_, operands):
                power = _power(node) + 1
                return self._run(operands, power, power, place)
            case syntax.Implies(left, right):
                return self._run((left, right), _OR, _IMPLIES, place)
            case syntax.IfThenElse(condition, then, other):
                return self._conditional(condition, then, other)
            case _:
                assert_never(node)

    def _run(self, operands: tuple[syntax.Expression, ...], first: int, others: int, place: _Place) -> Layout:
        """Operands with an operator between each two."""
        parts: list[Layout] = []
        head = self._at(operands[0], _Place(first, False, place.guarded))
        final = len(operands) - 1
        for position, operand in enumerate(operands[1:], 1):
            operator = self.tokens.take()
            last = place.last and position == final
            parts += [Break(), operator, " ", self._at(operand, _Place(others, last))]
        return Group(Indent((head, *parts)))

    def _conditional(self, condition: syntax.Expression, then: syntax.Expression, other: syntax.Expression) -> Layout:
        parts: list[Layout] = [self.tokens.take(), " ", self.expression(condition)]
        for branch in (then, other):
            word = self.tokens.take()
            parts += [Indent((Break(), word, " ", self.expression(branch)))]
        return Group(tuple(parts))

    def call(self, arguments: Sequence[Printed]) -> Layout:
        """The next word with its arguments in parentheses."""
        word = self.tokens.take()
        return word, self.arguments(arguments)

    def arguments(self, arguments: Sequence[Printed]) -> Layout:
        """The next `(`, what is between commas, and `)`: on one line, else one level deeper on one or on several."""
        opened = self.tokens.parenthesis("(")
        parts: list[Layout] = []
        for position, argument in enumerate(arguments):
            parts.append(argument())
            if position < len(arguments) - 1:
                parts += [self.tokens.closing(","), Break()]
        inner = Indent((Break(""), Group(tuple(parts)), *self.tokens.end(opening=True)))
        return Group((opened, inner, Break(""), self.tokens.parenthesis(")")))


def _needs_parentheses(node: syntax.Expression, place: _Place) -> bool:
    if isinstance(node, syntax.IfThenElse):
        return not place.last
    return _power(node) < place.least or (place.guarded and isinstance(node, syntax.Negate))


def _power(node: syntax.Expression) -> int:
    """How tightly the outermost operator of an expression binds."""
    match node:
        case syntax.Implies():
            return _IMPLIES
        case syntax.Junction(operator=operator):
            return _OR if operator == "or" else _AND
        case syntax.Not():
            return _NOT
        case syntax.Compare():
            return _COMPARE
        case syntax.Chain(rest=rest):
            return _SUM if rest[0][0] in "+-" else _PRODUCT
        case syntax.Negate():
            return _UNARY
        case _:
            return _ATOM
