"""The reference interpreter: runs the syntax tree on concrete values, plainly and slowly; the oracle of every check.

It shares names and types with lowering, and nothing else: values here are exact numbers in one unit of their asset,
read and written in the order of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from aethel.intent import syntax
from aethel.intent.accounts import canonical_account
from aethel.intent.checking import product
from aethel.intent.reading import Analysed
from aethel.intent.scope import Symbol, Time
from aethel.intent.terms import Value
from aethel.intent.types import Account, Integer, Money, Rational, Type, bounds_of

Values = Mapping[str, Value]
"""Values by symbol key; numbers are exact, in one unit of their asset."""


class Undefined(Exception):
    """A division by zero, at the divisor's offset."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


@dataclass(frozen=True, slots=True)
class Violation:
    """Something no execution may do: `what` is store, divisor, transfer or negative, `start` the offset."""

    what: str
    start: int
    symbol: str = ""


@dataclass(slots=True)
class Run:
    """One execution: whether guards and requires admitted it, the state after, violations, which lines held.

    `minted` and `burned` are sums of each asset in one unit of it, a negative amount counting as the other. `undefined`
    maps the position of a guard that is false because a divisor in it is zero to that divisor's offset.
    """

    admitted: bool = True
    guards: list[bool] = field(default_factory=list)
    undefined: dict[int, int] = field(default_factory=dict)
    after: dict[str, Value] = field(default_factory=dict)
    minted: dict[str, Fraction] = field(default_factory=dict)
    burned: dict[str, Fraction] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    lines: list[bool] = field(default_factory=list)

    @property
    def issued(self) -> dict[str, Fraction]:
        """What was minted less what was burned of each asset that was, in one unit of it."""
        assets = self.minted.keys() | self.burned.keys()
        return {asset: self.minted.get(asset, Fraction(0)) - self.burned.get(asset, Fraction(0)) for asset in assets}


def run(analysed: Analysed, decimals: Mapping[str, int], before: Values, arbitrary: Values | None = None) -> Run:
    """Run one intent from the values `before` (state and parameters alike).

    `arbitrary` holds the values after of cells that nothing defines.
    """
    return _Machine(analysed, decimals, before, arbitrary or {}).run()


def holds(analysed: Analysed, decimals: Mapping[str, int], before: Values, after: Values) -> bool:
    """Whether every guard and every line of `verify` is true of a transition, read as plain truth."""
    machine = _Machine(analysed, decimals, before, {})
    admitted = machine.guard()
    machine.after = {**before, **after}
    try:
        machine.define(cells=False)
    except Undefined:
        return False
    lines: list[bool] = []
    for line in analysed.intent.verify:
        machine.verify(line, lines)
    return admitted and all(lines)


class _Machine:
    """One execution of one intent."""

    def __init__(self, analysed: Analysed, decimals: Mapping[str, int], before: Values, arbitrary: Values) -> None:
        self.intent = analysed.intent
        self.typed = analysed.typed
        self.scope = analysed.typed.scope
        self.definitions = analysed.definitions
        self.decimals = decimals
        self.before = dict(before)
        self.after: dict[str, Value] = dict(before)
        self.arbitrary = arbitrary
        self.fresh: dict[str, Value] = {}
        self.loops: dict[str, int] = {}
        self.bound: dict[str, Value] = {}
        self.in_guard = True
        self.has_end = True
        self.result = Run()

    def run(self) -> Run:
        self.result.admitted = self.guard()
        return self.go_on()

    def go_on(self) -> Run:
        """Run what comes after the guards."""
        result = self.result
        try:
            self._transition()
        except Undefined as undefined:
            result.violations.append(Violation("divisor", undefined.start))
            self.has_end = False
        result.after = dict(self.after)
        for line in self.intent.verify:
            self.verify(line, result.lines)
        return result

    def guard(self) -> bool:
        """Whether every guard holds in the state before; from here on plain names are current values."""
        for line in self.intent.guard:
            if isinstance(line, syntax.Check):
                self.result.guards.append(self._guard_line(line.condition))
        self.in_guard = False
        return all(self.result.guards)

    def _guard_line(self, condition: syntax.Expression) -> bool:
        try:
            return self.truth(condition)
        except Undefined as undefined:
            self.result.undefined[len(self.result.guards)] = undefined.start
            return False

    def _transition(self) -> None:
        for name in self.scope.bindings:
            self._binding(name)
        if self.intent.effect is not None:
            for statement in self.intent.effect:
                self._statement(statement)
        else:
            for symbol in self.scope.symbols.values():
                if symbol.key in self.arbitrary:
                    self.after[symbol.key] = self.arbitrary[symbol.key]
        self.define(cells=True)

    def define(self, *, cells: bool) -> None:
        """Compute what equations define, numerically: the value for which both sides agree. Cells only if asked."""
        for definition in self.definitions:
            symbol = definition.symbol
            if not cells and not symbol.may_be_fresh:
                continue
            target = self.fresh if symbol.may_be_fresh else self.after
            equation = definition.equation
            own, other = (equation.left, equation.right) if definition.on_left else (equation.right, equation.left)
            if definition.whole:
                target[symbol.key] = self.evaluate(other)
            else:
                target[symbol.key] = self._root(target, symbol.key, own, other)
            if not symbol.may_be_fresh:
                self._noticed(symbol, target[symbol.key], equation.start)

    def _root(self, target: dict[str, Value], key: str, own: syntax.Expression, other: syntax.Expression) -> Value:
        differences: list[Fraction] = []
        for trial in (0, 1):
            target[key] = Fraction(trial)
            differences.append(self.number(own) - self.number(other))
        slope = differences[1] - differences[0]
        return -differences[0] / slope

    def _statement(self, statement: syntax.Statement) -> None:
        match statement:
            case syntax.Assign(target, operator, value):
                new = self.evaluate(value)
                symbol = self._symbol(target)
                if operator != "=":
                    held = self._as_number(self.after[symbol.key])
                    new = held + self._as_number(new) if operator == "+=" else held - self._as_number(new)
                self._store(symbol, new, statement.start)
            case syntax.Transfer(source, destination, amount):
                moved = self.number(amount)
                if moved < 0:
                    self.result.violations.append(Violation("transfer", statement.start))
                self._add(source, -moved, statement.start)
                self._add(destination, moved, statement.start)
            case syntax.Issue(kind, target, amount):
                issued = self.number(amount)
                if issued < 0:
                    self.result.violations.append(Violation("transfer", statement.start))
                self._issue(target, issued if kind == "mint" else -issued, statement.start)
            case syntax.Require(condition):
                if not self.truth(condition):
                    self.result.admitted = False
            case syntax.Branch(condition, then, other):
                for inner in then if self.truth(condition) else other:
                    self._statement(inner)
            case syntax.For(name, low, high, body):
                for index in range(low, high):
                    self.loops[name] = index
                    for inner in body:
                        self._statement(inner)

    def _symbol(self, target: syntax.Name) -> Symbol:
        symbol = self.scope.reference(target).symbol
        assert symbol is not None
        return symbol

    def _add(self, target: syntax.Name, change: Fraction, start: int) -> None:
        symbol = self._symbol(target)
        self._store(symbol, self._as_number(self.after[symbol.key]) + change, start)

    def _issue(self, target: syntax.Name, change: Fraction, start: int) -> None:
        type_ = self._symbol(target).type
        assert isinstance(type_, Money)
        sums = self.result.minted if change > 0 else self.result.burned
        sums[type_.asset] = sums.get(type_.asset, Fraction(0)) + abs(change)
        self._add(target, change, start)

    def _store(self, symbol: Symbol, value: Value, start: int) -> None:
        self.after[symbol.key] = value
        self._noticed(symbol, value, start)

    def _noticed(self, symbol: Symbol, value: Value, start: int) -> None:
        """Note what a stored value violates: wholeness and width as `store`, being below zero as `negative`."""
        type_ = symbol.type
        if not isinstance(type_, Money | Integer) or isinstance(value, bool | str):
            return
        unit = 10 ** self.decimals.get(type_.asset, 0) if isinstance(type_, Money) else 1
        low, high = bounds_of(type_)
        counted = Fraction(value) * unit
        if isinstance(type_, Money) and counted < 0:
            self.result.violations.append(Violation("negative", start, symbol.label))
            low = None
        whole = counted.denominator == 1
        if not whole or (high is not None and counted > high) or (low is not None and counted < low):
            self.result.violations.append(Violation("store", start, symbol.label))

    def verify(self, line: syntax.VerifyLine, lines: list[bool], *, reached: bool = True) -> None:
        """Append the truth of each condition line; a line that is not reached holds, and none without a state after."""
        match line:
            case syntax.Check(condition):
                lines.append(not reached or self._defined_truth(condition))
            case syntax.CheckIf(condition, then, other):
                chosen = reached and self._defined_truth(condition)
                for inner in then:
                    self.verify(inner, lines, reached=reached and chosen)
                for inner in other:
                    self.verify(inner, lines, reached=reached and not chosen)

    def _defined_truth(self, condition: syntax.Expression) -> bool:
        if not self.has_end:
            return False
        try:
            return self.truth(condition)
        except Undefined as undefined:
            self.result.violations.append(Violation("divisor", undefined.start))
            return False

    def truth(self, node: syntax.Expression) -> bool:
        value = self.evaluate(node)
        assert isinstance(value, bool)
        return value

    def number(self, node: syntax.Expression) -> Fraction:
        return self._as_number(self.evaluate(node))

    @staticmethod
    def _as_number(value: Value) -> Fraction:
        assert not isinstance(value, str)
        return value if isinstance(value, Fraction) else Fraction(value)

    def evaluate(self, node: syntax.Expression) -> Value:
        """The value of an expression; raises Undefined where a reached divisor is zero."""
        match node:
            case syntax.Number(value):
                return value
            case syntax.Zero():
                return Fraction(0)
            case syntax.String(text):
                return canonical_account(text) if isinstance(self.typed.of(node), Account) else text
            case syntax.Truth(truth):
                return truth
            case syntax.Name():
                return self._read(node)
            case syntax.Old(cell):
                return self._read(cell)
            case syntax.Negate(operand):
                return -self.number(operand)
            case syntax.Not(operand):
                return not self.truth(operand)
            case syntax.Chain(first, rest):
                return self._chain(node, first, rest)
            case syntax.Compare(operator, left, right):
                return self._compare(operator, self.evaluate(left), self.evaluate(right))
            case syntax.Junction("and", operands):
                return all(self.truth(operand) for operand in operands)
            case syntax.Junction(_, operands):
                return any(self.truth(operand) for operand in operands)
            case syntax.Implies(left, right):
                return not self.truth(left) or self.truth(right)
            case syntax.IfThenElse(condition, then, other):
                return self.evaluate(then if self.truth(condition) else other)
            case syntax.Call(function, left, right):
                return self._call(function, left, right)

    def _read(self, node: syntax.Name) -> Value:
        reference = self.scope.reference(node)
        if reference.loop is not None:
            return self.loops[reference.loop]
        if reference.binding is not None:
            return self._binding(reference.binding)
        symbol = reference.symbol
        assert symbol is not None
        if symbol.key in self.fresh:
            return self.fresh[symbol.key]
        if reference.time is Time.BEFORE or self.in_guard:
            return self.before[symbol.key]
        return self.after[symbol.key]

    def _binding(self, name: str) -> Value:
        """The value of a binding: computed once, in the state before."""
        if name not in self.bound:
            outside, self.in_guard = self.in_guard, True
            try:
                self.bound[name] = self.evaluate(self.scope.bindings[name].value)
            finally:
                self.in_guard = outside
        return self.bound[name]

    def _chain(
        self, node: syntax.Chain, first: syntax.Expression, rest: tuple[tuple[str, syntax.Expression], ...]
    ) -> Fraction:
        total, type_ = self.number(first), self.typed.of(first)
        for index, (operator, operand) in enumerate(rest):
            right = self.number(operand)
            if operator == "+":
                total += right
            elif operator == "-":
                total -= right
            elif operator == "*":
                total *= right
                type_ = product("*", type_, self.typed.of(operand))
            elif operator == "%":
                total = total % self._nonzero(right, operand)
            else:
                exact = index == 0 and id(node) in self.typed.exact
                quotient = total / self._nonzero(right, operand)
                type_ = product("/", type_, self.typed.of(operand))
                total = quotient if exact else self._floored(quotient, type_)
                type_ = Rational() if exact and isinstance(type_, Integer) else type_
        return total

    @staticmethod
    def _nonzero(value: Fraction, node: syntax.Expression) -> Fraction:
        if value == 0:
            raise Undefined(node.start)
        return value

    def _floored(self, quotient: Fraction, type_: Type) -> Fraction:
        unit = self._unit(type_)
        return quotient if unit is None else Fraction(floor(quotient * unit), unit)

    def _unit(self, type_: Type) -> int | None:
        """How many of the smallest steps make one of this type; None for rationals, which have none."""
        if isinstance(type_, Money):
            return int(10 ** self.decimals.get(type_.asset, 0))
        return 1 if isinstance(type_, Integer) else None

    @staticmethod
    def _compare(operator: str, left: Value, right: Value) -> bool:
        if operator == "==":
            return left == right
        if operator == "!=":
            return left != right
        assert not isinstance(left, str) and not isinstance(right, str)
        if operator in ("<", "<="):
            return left < right or (operator == "<=" and left == right)
        return left > right or (operator == ">=" and left == right)

    def _call(self, function: str, left: syntax.Expression, right: syntax.Expression) -> Fraction:
        first, second = self.number(left), self.number(right)
        if function == "min":
            return min(first, second)
        if function == "max":
            return max(first, second)
        quotient = first / self._nonzero(second, right)
        unit = self._unit(product("/", self.typed.of(left), self.typed.of(right))) or 1
        counted = quotient * unit
        return Fraction(-floor(-counted) if function == "div_ceil" else round(counted), unit)
