"""The Pratt parser of expressions: one table of binding powers, chains kept flat so that long sums stay shallow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from aethel.intent import syntax
from aethel.intent.lexer import Kind, Lexed, Token
from aethel.intent.limits import RESERVED_WORDS, Limits
from aethel.intent.source import IntentError, Source, quoted

_IMPLIES, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY = range(1, 9)
_INFIX = {
    "=>": _IMPLIES,
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), _COMPARE),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "%"), _PRODUCT),
}
_CALLS = frozenset({"div_ceil", "div_half_even", "min", "max"})
_EMPTY = Token(Kind.END, "", 0, 0)


class ExpressionParser:
    """A cursor over tokens and the grammar of expressions; counts nodes and depth against the limits."""

    def __init__(self, source: Source, lexed: Lexed, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self._tokens = lexed.tokens
        self.position = 0
        self.token = self._tokens[0]
        self._depth = 0
        self._nodes = 0

    def advance(self) -> Token:
        """The current token; the cursor moves on."""
        found = self.token
        if found.kind is not Kind.END:
            self.position += 1
            self.token = self._tokens[self.position]
        return found

    def rewind(self, position: int) -> None:
        self.position = position
        self.token = self._tokens[position]

    def following(self, ahead: int = 1) -> Token:
        index = self.position + ahead
        return self._tokens[index] if index < len(self._tokens) else _EMPTY

    def follows(self, *marks: str) -> bool:
        """Whether one of these marks comes after the current token."""
        token = self.following()
        return token.kind is Kind.MARK and token.text in marks

    @property
    def previous_end(self) -> int:
        return self._tokens[self.position - 1].end

    def at(self, mark: str) -> bool:
        return self.token.kind is Kind.MARK and self.token.text == mark

    def at_end(self) -> bool:
        return self.token.kind is Kind.END

    def at_word(self, word: str) -> bool:
        return self.token.kind is Kind.NAME and self.token.text == word

    def unexpected(self, expected: str) -> IntentError:
        found = "end of text" if self.token.kind is Kind.END else quoted(self.token.text)
        if self.token.kind is Kind.STRING:
            found = f"string {found}"
        end = max(self.token.end, self.token.start)
        return self.source.error("SYNTAX", f"unexpected {found}, expected {expected}", self.token.start, end)

    def too_large(self, message: str, start: int) -> IntentError:
        return self.source.error("TOO_LARGE", message, start, self.token.end)

    def mark(self, mark: str, expected: str = "") -> Token:
        if not self.at(mark):
            raise self.unexpected(expected or f"`{mark}`")
        return self.advance()

    def word(self, word: str, expected: str) -> Token:
        if not self.at_word(word):
            raise self.unexpected(expected)
        return self.advance()

    def semicolon(self) -> int:
        return self.mark(";", "`;` at the end of the line").end

    def name(self, expected: str) -> str:
        if self.token.kind is not Kind.NAME:
            raise self.unexpected(expected)
        if self.token.text in RESERVED_WORDS:
            raise self.unexpected(f"{expected} that is not a reserved word")
        return self.advance().text

    def count_node(self, start: int) -> None:
        self._nodes += 1
        if self._nodes > self.limits.nodes:
            raise self.too_large(f"too many syntax nodes, expected at most {self.limits.nodes}", start)

    @contextmanager
    def deeper(self, start: int) -> Iterator[None]:
        """One level of nesting more, inside the `with` block."""
        self._depth += 1
        if self._depth > self.limits.depth:
            raise self.too_large(f"nested too deeply, expected at most {self.limits.depth} levels", start)
        yield
        self._depth -= 1

    def starts_operand(self, ahead: int) -> bool:
        """Whether the token so far ahead can only begin an operand (a minus could also be binary)."""
        token = self.following(ahead)
        if token.kind in (Kind.NUMBER, Kind.STRING):
            return True
        if token.kind is Kind.NAME:
            return token.text not in ("and", "or", "then", "else")
        return token.kind is Kind.MARK and token.text == "("

    def expression(self) -> syntax.Expression:
        """One whole expression."""
        return self._binding(_IMPLIES)

    def parenthesised(self) -> syntax.Expression:
        """An expression in parentheses; its span includes them."""
        opening = self.mark("(")
        with self.deeper(opening.start):
            inner = self.expression()
        return replace(inner, start=opening.start, end=self.mark(")", "`)`").end)

    def _binding(self, least: int) -> syntax.Expression:
        """An expression whose operators all bind at least as tightly as `least`."""
        left = self._prefix(least)
        while True:
            power = _INFIX.get(self.token.text, 0) if self.token.kind in (Kind.MARK, Kind.NAME) else 0
            if power < least or power == 0:
                return left
            left = self._infix(left, power)

    def _infix(self, left: syntax.Expression, power: int) -> syntax.Expression:
        operator = self.token
        if power == _IMPLIES:
            self.advance()
            with self.deeper(operator.start):
                right = self._binding(_IMPLIES)
            self.count_node(operator.start)
            return syntax.Implies(left, right, left.start, right.end)
        if power in (_OR, _AND):
            return self._junction(left, power)
        if power == _COMPARE:
            return self._compare(left)
        return self._chain(left, power)

    def _junction(self, left: syntax.Expression, power: int) -> syntax.Expression:
        word = self.token.text
        operands = [left]
        while self.at_word(word):
            self.advance()
            operands.append(self._binding(power + 1))
            self.count_node(left.start)
        return syntax.Junction(word, tuple(operands), left.start, operands[-1].end)

    def _compare(self, left: syntax.Expression) -> syntax.Expression:
        operator = self.advance().text
        right = self._binding(_SUM)
        self.count_node(left.start)
        if self.token.kind is Kind.MARK and _INFIX.get(self.token.text) == _COMPARE:
            raise self.unexpected("`and` between two comparisons, since comparisons do not chain")
        return syntax.Compare(operator, left, right, left.start, right.end)

    def _chain(self, left: syntax.Expression, power: int) -> syntax.Expression:
        rest: list[tuple[str, syntax.Expression]] = []
        while self.token.kind is Kind.MARK and _INFIX.get(self.token.text) == power:
            operator = self.advance().text
            rest.append((operator, self._binding(power + 1)))
            self.count_node(left.start)
        return syntax.Chain(left, tuple(rest), left.start, rest[-1][1].end)

    def _prefix(self, least: int) -> syntax.Expression:
        token = self.token
        self.count_node(token.start)
        if token.kind is Kind.NUMBER:
            return self._number()
        if token.kind is Kind.STRING:
            self.advance()
            return syntax.String(token.text, token.start, token.end)
        if token.kind is Kind.NAME:
            return self._word(least)
        if self.at("("):
            return self.parenthesised()
        if self.at("-"):
            self.advance()
            with self.deeper(token.start):
                operand = self._binding(_UNARY)
            return syntax.Negate(operand, token.start, operand.end)
        raise self.unexpected("an expression")

    def _word(self, least: int) -> syntax.Expression:
        token = self.token
        match token.text:
            case "true" | "false":
                self.advance()
                return syntax.Truth(token.text == "true", token.start, token.end)
            case "zero":
                self.advance()
                return syntax.Zero(token.start, token.end)
            case "not":
                return self._not(least)
            case "if":
                return self._if_then_else()
        if self.follows("("):
            if token.text == "old":
                return self._old()
            if token.text in _CALLS:
                return self._call()
            known = ", ".join(f"`{name}`" for name in sorted({*_CALLS, "old"}))
            message = f"unknown function {quoted(token.text)}, expected one of {known}"
            raise self.source.error("SYNTAX", message, token.start, token.end)
        return self.cell("an expression")

    def _not(self, least: int) -> syntax.Expression:
        if least > _NOT:
            raise self.unexpected("`(` before `not` here, since `not` binds more loosely")
        start = self.advance().start
        with self.deeper(start):
            operand = self._binding(_NOT)
        return syntax.Not(operand, start, operand.end)

    def _if_then_else(self) -> syntax.Expression:
        start = self.advance().start
        with self.deeper(start):
            condition = self.expression()
            self.word("then", "`then`")
            then = self.expression()
            self.word("else", "`else`")
            other = self.expression()
        return syntax.IfThenElse(condition, then, other, start, other.end)

    def _old(self) -> syntax.Expression:
        start = self.advance().start
        self.mark("(")
        cell = self.cell("a state cell")
        return syntax.Old(cell, start, self.mark(")").end)

    def _call(self) -> syntax.Expression:
        token = self.advance()
        self.mark("(")
        with self.deeper(token.start):
            left = self.expression()
            self.mark(",")
            right = self.expression()
        return syntax.Call(token.text, left, right, token.start, self.mark(")").end)

    def cell(self, expected: str) -> syntax.Name:
        """A name, or a name with a field."""
        start = self.token.start
        name = self.name(expected)
        if not self.at("."):
            return syntax.Name(name, None, start, self.previous_end)
        self.advance()
        field = self.name("the name of a field")
        return syntax.Name(name, field, start, self.previous_end)

    def _number(self) -> syntax.Expression:
        token = self.advance()
        value = Fraction(token.text)
        decimals = len(token.text.partition(".")[2])
        if self.at("%") and self.token.start == token.end and not self._operand_after_percent():
            end = self.advance().end
            return syntax.Number(value / 100, decimals, True, token.start, end)
        return syntax.Number(value, decimals, False, token.start, token.end)

    def _operand_after_percent(self) -> bool:
        """Whether `%` is the remainder here: an operand follows. A minus after `%` is taken as binary."""
        return self.starts_operand(1)
