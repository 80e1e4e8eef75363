"""The parser of blocks, statements and lines: tokens to a syntax tree, or the first error with its place."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from aethel.intent import syntax
from aethel.intent.expressions import ExpressionParser
from aethel.intent.lexer import Kind, Lexed
from aethel.intent.limits import Limits
from aethel.intent.source import Source

_Line = TypeVar("_Line")


def parse(source: Source, lexed: Lexed, limits: Limits) -> syntax.File:
    """The tree of a whole text; raises IntentError (SYNTAX or TOO_LARGE) at the first place that does not fit."""
    return _Parser(source, lexed, limits).file()


class _Parser(ExpressionParser):
    """Recursive descent over the blocks; expressions come from the base class."""

    def file(self) -> syntax.File:
        items: list[syntax.Intent | syntax.Batch] = []
        while not items or not self.at_end():
            items.append(self._batch() if self.at_word("atomic_batch") else self._intent())
        return syntax.File(tuple(items))

    def _batch(self) -> syntax.Batch:
        start = self.advance().start
        name = self.name("the name of the batch") if self.token.kind is Kind.NAME else ""
        self.mark("{")
        intents = [self._intent()]
        while not self.at("}"):
            intents.append(self._intent())
        return syntax.Batch(name, tuple(intents), start, self.advance().end)

    def _intent(self) -> syntax.Intent:
        start = self.word("intent", "`intent` or `atomic_batch`").start
        name = self.name("the name of the intent")
        parameters = self._parameters()
        self.mark("{")
        self.word("guard", "a `guard` block")
        guard = self._block(self._guard_line, "a condition")
        settings: tuple[syntax.Setting, ...] = ()
        effect: tuple[syntax.Statement, ...] | None = None
        if self.at_word("solve"):
            self.advance()
            settings = self._block(self._setting, "a setting")
        if self.at_word("effect"):
            self.advance()
            effect = self._block(self._statement, "a statement")
        self.word("verify", self._verify_expected(settings, effect))
        verify = self._block(self._verify_line, "a condition")
        return syntax.Intent(name, parameters, guard, settings, effect, verify, start, self.mark("}").end)

    @staticmethod
    def _verify_expected(settings: tuple[object, ...], effect: tuple[object, ...] | None) -> str:
        if effect is not None:
            return "a `verify` block"
        return "an `effect` or `verify` block" if settings else "a `solve`, `effect` or `verify` block"

    def _parameters(self) -> tuple[syntax.Parameter, ...]:
        self.mark("(")
        found: list[syntax.Parameter] = []
        while not self.at(")"):
            if found:
                self.mark(",", "`,` or `)`")
            found.append(self._parameter())
            if len(found) > self.limits.parameters:
                raise self.too_large(f"too many parameters, expected at most {self.limits.parameters}", found[-1].start)
        self.advance()
        return tuple(found)

    def _parameter(self) -> syntax.Parameter:
        start = self.token.start
        secret = external = False
        while (self.at_word("secret") or self.at_word("external")) and self.following().kind is Kind.NAME:
            repeated = secret if self.token.text == "secret" else external
            if repeated:
                raise self.unexpected("the modifier once")
            secret, external = secret or self.token.text == "secret", external or self.token.text == "external"
            self.advance()
        name = self.name("a parameter name")
        self.mark(":", "`:` and a type")
        written = self._type()
        self.count_node(start)
        return syntax.Parameter(name, written, secret, external, start, written.end)

    def _type(self) -> syntax.TypeName:
        first = self.token
        name = self.name("a type")
        argument = second = None
        size = None
        end = first.end
        if self.at("<"):
            self.advance()
            argument = self.name("the name of an asset")
            if self.at("/"):
                self.advance()
                second = self.name("the name of an asset")
            end = self.mark(">", "`>`").end
        elif self.at("("):
            self.advance()
            size = self.integer("a size")
            end = self.mark(")", "`)`").end
        return syntax.TypeName(name, argument, second, size, first.start, end)

    def _block(self, line: Callable[[], _Line], expected: str) -> tuple[_Line, ...]:
        """A block with at least one line."""
        self.mark("{")
        if self.at("}"):
            raise self.unexpected(f"{expected}, an empty block says nothing")
        lines: list[_Line] = []
        while not self.at("}"):
            lines.append(line())
        self.advance()
        return tuple(lines)

    def _nested(self, line: Callable[[], _Line]) -> tuple[_Line, ...]:
        """A block that may be empty, one level deeper."""
        opening = self.mark("{")
        lines: list[_Line] = []
        with self.deeper(opening.start):
            while not self.at("}"):
                lines.append(line())
        self.advance()
        return tuple(lines)

    def _modifiers(self) -> tuple[bool, bool]:
        """`secret` and `external` before a condition: a modifier only where an operand follows, else a name."""
        secret = external = False
        while self.token.text in ("secret", "external") and self.token.kind is Kind.NAME and self.starts_operand(1):
            secret, external = secret or self.token.text == "secret", external or self.token.text == "external"
            self.advance()
        return secret, external

    def _guard_line(self) -> syntax.Binding | syntax.Check:
        start = self.token.start
        if self.token.kind is Kind.NAME and self.follows("="):
            name = self.name("a name")
            self.advance()
            value = self.expression()
            return syntax.Binding(name, value, start, self.semicolon())
        return self._check()

    def _check(self) -> syntax.Check:
        start = self.token.start
        secret, external = self._modifiers()
        condition = self.expression()
        if self.at("="):
            raise self.unexpected("`==`, since a condition compares and does not assign")
        return syntax.Check(condition, secret, external, start, self.semicolon())

    def _verify_line(self) -> syntax.VerifyLine:
        if self.at_word("if") and self.follows("("):
            found = self._check_if()
            if found is not None:
                return found
        return self._check()

    def _check_if(self) -> syntax.CheckIf | None:
        """`if (…) {`; None, with nothing consumed, when it turns out to be an expression `if (…) … then …`."""
        position = self.position
        start = self.advance().start
        condition = self.parenthesised()
        if not self.at("{"):
            self.rewind(position)
            return None
        then = self._nested(self._verify_line)
        other: tuple[syntax.VerifyLine, ...] = ()
        if self.at_word("else"):
            self.advance()
            other = self._nested(self._verify_line)
        self.count_node(start)
        return syntax.CheckIf(condition, then, other, start, self.previous_end)

    def _setting(self) -> syntax.Setting:
        start = self.token.start
        name = self.name("the name of a setting")
        self.mark(":")
        if self.token.kind in (Kind.NAME, Kind.NUMBER, Kind.STRING):
            value = self.advance().text
            return syntax.Setting(name, value, start, self.semicolon())
        raise self.unexpected("a name, a number or a string")

    def _statement(self) -> syntax.Statement:
        self.count_node(self.token.start)
        text = self.token.text if self.token.kind is Kind.NAME else ""
        assigns = self.follows("=", "+=", "-=", ".")
        if text == "if":
            return self._branch()
        if not assigns and text == "for":
            return self._for()
        if not assigns and text == "require":
            start = self.advance().start
            condition = self.expression()
            return syntax.Require(condition, start, self.semicolon())
        if text == "transfer" and self.follows("("):
            return self._transfer()
        if text in ("mint", "burn") and self.follows("("):
            return self._issue()
        return self._assign()

    def _assign(self) -> syntax.Assign:
        start = self.token.start
        target = self.cell("a statement")
        if not (self.at("=") or self.at("+=") or self.at("-=")):
            raise self.unexpected("`=`, `+=` or `-=`")
        operator = self.advance().text
        value = self.expression()
        return syntax.Assign(target, operator, value, start, self.semicolon())

    def _transfer(self) -> syntax.Transfer:
        start = self.advance().start
        self.mark("(")
        source = self.cell("an account")
        self.mark(",")
        destination = self.cell("an account")
        self.mark(",")
        amount = self.expression()
        self.mark(")")
        return syntax.Transfer(source, destination, amount, start, self.semicolon())

    def _issue(self) -> syntax.Issue:
        first = self.advance()
        self.mark("(")
        target = self.cell("an account")
        self.mark(",")
        amount = self.expression()
        self.mark(")")
        return syntax.Issue(first.text, target, amount, first.start, self.semicolon())

    def _branch(self) -> syntax.Branch:
        start = self.advance().start
        if not self.at("("):
            raise self.unexpected("`(` and a condition")
        condition = self.parenthesised()
        then = self._nested(self._statement)
        other: tuple[syntax.Statement, ...] = ()
        if self.at_word("else"):
            opening = self.advance()
            if self.at_word("if"):
                with self.deeper(opening.start):
                    other = (self._branch(),)
            else:
                other = self._nested(self._statement)
        return syntax.Branch(condition, then, other, start, self.previous_end)

    def _for(self) -> syntax.For:
        start = self.advance().start
        name = self.name("the name of the loop variable")
        self.word("in", "`in`")
        low = self.integer("a constant whole number")
        self.mark("..")
        high = self.integer("a constant whole number")
        body = self._nested(self._statement)
        return syntax.For(name, low, high, body, start, self.previous_end)

    def integer(self, expected: str) -> int:
        """A number written without a decimal point."""
        if self.token.kind is not Kind.NUMBER or "." in self.token.text:
            raise self.unexpected(expected)
        return int(Fraction(self.advance().text))
