"""What a generated program means, read off its own tree by the rules of the language and nothing of the product.

Values are exact numbers in one unit of their asset, truths, and texts for identities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Protocol

from tests.fuzz.model import (
    Arith,
    Assign,
    Binding,
    Branch,
    Call,
    Check,
    CheckIf,
    Choose,
    Compare,
    Define,
    Expression,
    For,
    Implies,
    Intent,
    Issue,
    Junction,
    Kind,
    Named,
    Negate,
    Not,
    Number,
    Read,
    Require,
    Statement,
    Symbol,
    Text,
    Time,
    Transfer,
    Type,
    VerifyLine,
    Word,
)

Value = bool | int | Fraction | str
MONEY_HIGH = 2**63 - 1


class DividedByZero(Exception):
    """A divisor that is reached is zero."""


@dataclass(slots=True)
class Execution:
    """One execution: which guards held, whether it was admitted, the state after, which lines held.

    After a division by zero in the effect there is no state after, and no line to judge.
    `fractional`, `negative` and `outside` are the keys of what was stored so; `divided` says that a reached divisor
    outside the guards was zero, `moved` that a negative amount was moved.
    """

    guards: list[bool] = field(default_factory=list)
    admitted: bool = True
    after: dict[str, Value] = field(default_factory=dict)
    lines: list[bool] = field(default_factory=list)
    negative: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    divided: bool = False
    moved: bool = False


def execute(
    intent: Intent, scales: Mapping[str, int], before: Mapping[str, Value], arbitrary: Mapping[str, Value]
) -> Execution:
    """Run one intent; `arbitrary` holds the values after of cells that nothing defines."""
    return _Run(intent, scales, before, arbitrary).execution()


class _Run:
    def __init__(
        self, intent: Intent, scales: Mapping[str, int], before: Mapping[str, Value], arbitrary: Mapping[str, Value]
    ) -> None:
        self.intent = intent
        self.scales = scales
        self.before = before
        self.now: dict[str, Value] = {**before, **arbitrary}
        self.bindings = {line.name: line.value for line in intent.guard if isinstance(line, Binding)}
        self.loops: dict[str, int] = {}
        self.defines = {line.symbol.key: line for line in intent.verify if isinstance(line, Define)}
        self.pending: set[str] = set()
        self.result = Execution()

    def execution(self) -> Execution:
        result = self.result
        for line in self.intent.guard:
            if isinstance(line, Check):
                result.guards.append(self._guarded(line.condition))
        result.admitted = all(result.guards)
        try:
            for name in self.bindings:
                self.value(Named(name))
            for statement in self.intent.effect or ():
                self._statement(statement)
            self.pending = set(self.defines)
            for key in self.defines:
                self._settle(key)
        except DividedByZero:
            result.divided = True
            return result
        result.after = dict(self.now)
        for check in self.intent.verify:
            self._line(check, reached=True)
        return result

    def _guarded(self, condition: Expression) -> bool:
        try:
            return self.value(condition) is True
        except DividedByZero:
            return False

    def _settle(self, key: str) -> None:
        """Give a defined name its value, those it is made of first."""
        if key in self.pending:
            self.pending.discard(key)
            define = self.defines[key]
            self.now[key] = self.value(define.value)
            if not define.symbol.local:
                self._noticed(define.symbol)

    def _statement(self, statement: Statement) -> None:
        match statement:
            case Assign(target, "=", value):
                self._store(target, self.value(value))
            case Assign(target, operator, value):
                change = self.number(value)
                self._store(target, self._held(target) + (change if operator == "+=" else -change))
            case Transfer(source, destination, amount):
                moved = self.number(amount)
                self.result.moved = self.result.moved or moved < 0
                self._store(source, self._held(source) - moved)
                self._store(destination, self._held(destination) + moved)
            case Issue(kind, target, amount):
                issued = self.number(amount)
                self.result.moved = self.result.moved or issued < 0
                self._store(target, self._held(target) + (issued if kind == "mint" else -issued))
            case Require(condition):
                self.result.admitted = self.value(condition) is True and self.result.admitted
            case Branch(condition, then, other):
                for inner in then if self.value(condition) is True else other:
                    self._statement(inner)
            case For(name, low, high, body):
                for turn in range(low, high):
                    self.loops[name] = turn
                    for inner in body:
                        self._statement(inner)

    def _held(self, symbol: Symbol) -> Fraction:
        held = self.now[symbol.key]
        assert not isinstance(held, str)
        return Fraction(held)

    def _store(self, symbol: Symbol, value: Value) -> None:
        self.now[symbol.key] = value
        self._noticed(symbol)

    def _noticed(self, symbol: Symbol) -> None:
        """Money and whole numbers must be whole in their smallest unit and inside their width."""
        value, type_ = self.now[symbol.key], symbol.type
        if type_.kind not in (Kind.MONEY, Kind.INTEGER) or isinstance(value, str):
            return
        counted = Fraction(value) * self._units(type_)
        low, high = type_.low, type_.high
        if type_.kind is Kind.MONEY:
            if counted < 0:
                self.result.negative.add(symbol.key)
            low, high = None, MONEY_HIGH if high is None else high
        fits = (low is None or low <= counted) and (high is None or counted <= high)
        if counted.denominator != 1 or not fits:
            self.result.outside.add(symbol.key)

    def _units(self, type_: Type) -> int:
        return 10 ** self.scales.get(type_.asset, 0) if type_.kind is Kind.MONEY else 1

    def _line(self, line: VerifyLine, *, reached: bool) -> None:
        match line:
            case Check(condition):
                self.result.lines.append(not reached or self._truth_of_line(condition))
            case Define():
                self.result.lines.append(not reached or self._truth_of_line(line.equation()))
            case CheckIf(condition, then, other):
                chosen = reached and self._truth_of_line(condition)
                for inner in then:
                    self._line(inner, reached=chosen)
                for inner in other:
                    self._line(inner, reached=reached and not chosen)

    def _truth_of_line(self, condition: Expression) -> bool:
        try:
            return self.value(condition) is True
        except DividedByZero:
            self.result.divided = True
            return False

    def number(self, node: Expression) -> Fraction:
        found = self.value(node)
        assert not isinstance(found, str)
        return Fraction(found)

    def value(self, node: Expression) -> Value:
        match node:
            case Number():
                return node.value
            case Word(text):
                return Fraction(0) if text == "zero" else text == "true"
            case Text(text):
                return text
            case Read(symbol, time):
                return self._read(symbol, time)
            case Named(name):
                return self.loops[name] if name in self.loops else self._bound(name)
            case Negate(operand):
                return -self.number(operand)
            case Arith():
                return self._arith(node)
            case Call():
                return self._call(node)
            case Compare(operator, left, right):
                return self._compare(operator, self.value(left), self.value(right))
            case Junction("and", operands):
                return all(self.value(operand) is True for operand in operands)
            case Junction(_, operands):
                return any(self.value(operand) is True for operand in operands)
            case Not(operand):
                return self.value(operand) is False
            case Implies(left, right):
                return self.value(left) is False or self.value(right) is True
            case Choose(condition, then, other):
                return self.value(then if self.value(condition) is True else other)

    def _read(self, symbol: Symbol, time: Time) -> Value:
        if time is Time.BEFORE and not symbol.local:
            return self.before[symbol.key]
        self._settle(symbol.key)
        return self.now[symbol.key]

    def _bound(self, name: str) -> Value:
        """A binding is a value of the state before, so it may be computed wherever it is asked for."""
        return self.value(self.bindings[name])

    def _arith(self, node: Arith) -> Fraction:
        left, right = self.number(node.left), self.number(node.right)
        match node.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "%":
                return left - self._divisor(right) * floor(left / right)
            case _:
                return self._rounded(left / self._divisor(right), node.type, floor)

    def _call(self, node: Call) -> Fraction:
        left, right = self.number(node.left), self.number(node.right)
        match node.function:
            case "min":
                return min(left, right)
            case "max":
                return max(left, right)
            case "div_ceil":
                return self._rounded(left / self._divisor(right), node.type, ceil)
            case _:
                return self._rounded(left / self._divisor(right), node.type, _half_even)

    @staticmethod
    def _divisor(value: Fraction) -> Fraction:
        if value == 0:
            raise DividedByZero
        return value

    def _rounded(self, quotient: Fraction, type_: Type, rounding: _Rounding) -> Fraction:
        """To the unit of a whole number or of money; exact for rationals."""
        if type_.kind is Kind.RATIONAL:
            return quotient
        units = self._units(type_)
        return Fraction(rounding(quotient * units), units)

    @staticmethod
    def _compare(operator: str, left: Value, right: Value) -> bool:
        if operator in ("==", "!="):
            return (left == right) is (operator == "==")
        assert not isinstance(left, str)
        assert not isinstance(right, str)
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


class _Rounding(Protocol):
    """Something that rounds a fraction to a whole number."""

    def __call__(self, value: Fraction, /) -> int: ...


def _half_even(value: Fraction) -> int:
    """To the nearest whole number, at a tie to the even one."""
    below = floor(value)
    rest = value - below
    if rest == Fraction(1, 2):
        return below if below % 2 == 0 else below + 1
    return below if rest < Fraction(1, 2) else below + 1
