"""Types of names that declare none: money where they meet money, otherwise what their use says, else integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aethel.intent import syntax
from aethel.intent.checking import product
from aethel.intent.scope import Scope, Symbol
from aethel.intent.types import Account, Boolean, Hash, Integer, Money, Opaque, Rational, Text, Type

_ORDERINGS = frozenset({"<", "<=", ">", ">="})

MAXIMUM_PASSES = 16
"""Walks over one intent: how many undeclared names in a row may each get their type from the next through a product."""


@dataclass(slots=True, eq=False)
class _Group:
    """Untyped symbols that stand beside one another, and the strongest type they were seen with.

    A group that became part of another one points there, so that joining costs the same however large both are.
    """

    evidence: Type | None = None
    decimal: bool = False
    joined: _Group | None = None

    def whole(self) -> _Group:
        """The group that this one is part of by now."""
        found = self
        while found.joined is not None:
            if found.joined.joined is not None:
                found.joined = found.joined.joined
            found = found.joined
        return found

    def see(self, types: list[Type], *, decimal: bool) -> None:
        """Note types, the strongest of which counts, and whether a literal with decimals stood beside them."""
        self.evidence = _strongest([*types, *([] if self.evidence is None else [self.evidence])])
        self.decimal = self.decimal or decimal


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is known of an expression: a type, an untyped symbol, a nominal name, or just a number."""

    type: Type | None = None
    symbol: Symbol | None = None
    nominal: str | None = None
    decimal: bool = False


def infer(scope: Scope, given: Mapping[str, str]) -> None:
    """Give every symbol of the scope a type. A value given with a decimal point makes an untyped name rational.

    Raises IntentError (TOO_LARGE) where that takes more than MAXIMUM_PASSES walks over the intent.
    """
    _Inference(scope, given).run()


class _Inference:
    def __init__(self, scope: Scope, given: Mapping[str, str]) -> None:
        self.scope = scope
        self.given = given
        self.nominal_money: set[str] = set()
        self.groups: dict[Symbol, _Group] = {}
        self.bound: dict[str, _Shape] = {}

    def run(self) -> None:
        untyped = [symbol for symbol in self.scope.symbols.values() if symbol.type is None]
        for symbol in untyped:
            if symbol.key in self.scope.free_accounts and symbol.nominal is None:
                symbol.type = Account()
        passes = 0
        while self._pass():
            passes += 1
            if passes == MAXIMUM_PASSES:
                place = next((each for each in untyped if each.type is None), untyped[0])
                message = (
                    f"types that follow from one another in more than {MAXIMUM_PASSES} steps, expected declared types"
                )
                raise self.scope.source.error("TOO_LARGE", message, place.start, place.end)
        for symbol in self.scope.symbols.values():
            if symbol.type is None:
                symbol.type = self._default(symbol)

    def _pass(self) -> bool:
        """One walk over the intent; returns whether any symbol got its type."""
        self.groups = {symbol: _Group() for symbol in self.scope.symbols.values() if symbol.type is None}
        if not self.groups:
            return False
        for name, binding in self.scope.bindings.items():
            self.bound[name] = self._shape(binding.value)
        for line in self.scope.intent.guard:
            if isinstance(line, syntax.Check):
                self._condition(line.condition)
        for statement in self.scope.intent.effect or ():
            self._statement(statement)
        for check in self.scope.intent.verify:
            self._check(check)
        return self._settle()

    def _settle(self) -> bool:
        changed = False
        for symbol, group in self.groups.items():
            if symbol.nominal is not None:
                if symbol.nominal in self.nominal_money:
                    symbol.type, changed = Money(symbol.nominal), True
            elif (found := group.whole().evidence) is not None:
                symbol.type, changed = found, True
        return changed

    def _default(self, symbol: Symbol) -> Type:
        if symbol.nominal is not None:
            return Money(symbol.nominal) if symbol.nominal in self.nominal_money else Opaque(symbol.nominal)
        group = self.groups.get(symbol)
        if (group is not None and group.whole().decimal) or any(
            "." in self.given.get(name, "") for name in symbol.spellings()
        ):
            return Rational()
        return Integer()

    def _statement(self, statement: syntax.Statement) -> None:
        match statement:
            case syntax.Assign(target, operator, value):
                meeting = [self._shape(target), self._shape(value)]
                self._meet(meeting, numeric=operator != "=")
            case syntax.Transfer(source, destination, amount):
                self._meet([self._shape(source), self._shape(destination), self._shape(amount)], numeric=True)
            case syntax.Issue(_, target, amount):
                self._meet([self._shape(target), self._shape(amount)], numeric=True)
            case syntax.Require(condition):
                self._condition(condition)
            case syntax.Branch(condition, then, other):
                self._condition(condition)
                for inner in (*then, *other):
                    self._statement(inner)
            case syntax.For(_, _, _, body):
                for inner in body:
                    self._statement(inner)

    def _check(self, line: syntax.VerifyLine) -> None:
        self._condition(line.condition)
        if isinstance(line, syntax.CheckIf):
            for inner in (*line.then, *line.other):
                self._check(inner)

    def _condition(self, expression: syntax.Expression) -> None:
        self._meet([self._shape(expression), _Shape(Boolean())])

    def _shape(self, node: syntax.Expression) -> _Shape:
        match node:
            case syntax.Number():
                return _Shape(decimal=not node.whole)
            case syntax.Zero():
                return _Shape()
            case syntax.String():
                return _Shape(Text())
            case syntax.Truth():
                return _Shape(Boolean())
            case syntax.Name():
                return self._name(node)
            case syntax.Old(cell):
                return self._name(cell)
            case syntax.Negate(operand):
                return self._meet([self._shape(operand)], numeric=True)
            case syntax.Not(operand):
                self._condition(operand)
                return _Shape(Boolean())
            case syntax.Chain(first, rest):
                return self._chain(first, rest)
            case syntax.Compare(operator, left, right):
                self._meet([self._shape(left), self._shape(right)], numeric=operator in _ORDERINGS)
                return _Shape(Boolean())
            case syntax.Junction(_, operands):
                for operand in operands:
                    self._condition(operand)
                return _Shape(Boolean())
            case syntax.Implies(left, right):
                self._condition(left)
                self._condition(right)
                return _Shape(Boolean())
            case syntax.IfThenElse(condition, then, other):
                self._condition(condition)
                return self._meet([self._shape(then), self._shape(other)])
            case syntax.Call(function, left, right):
                if function in ("min", "max"):
                    return self._meet([self._shape(left), self._shape(right)], numeric=True)
                return self._product([("", self._shape(left)), ("/", self._shape(right))])

    def _name(self, node: syntax.Name) -> _Shape:
        reference = self.scope.reference(node)
        if reference.binding is not None:
            return self.bound[reference.binding]
        if reference.symbol is None:
            return _Shape(Integer())
        symbol = reference.symbol
        if symbol.type is not None:
            return _Shape(symbol.type)
        return _Shape(symbol=symbol, nominal=symbol.nominal)

    def _chain(self, first: syntax.Expression, rest: tuple[tuple[str, syntax.Expression], ...]) -> _Shape:
        shapes = [("", self._shape(first)), *((operator, self._shape(operand)) for operator, operand in rest)]
        if rest[0][0] in "+-":
            return self._meet([shape for _, shape in shapes], numeric=True)
        return self._product(shapes)

    def _product(self, shapes: list[tuple[str, _Shape]]) -> _Shape:
        """A product or quotient links nothing; it is money where exactly one factor is."""
        for _, shape in shapes:
            self._numeric(shape)
        result = _Shape()
        for operator, shape in shapes:
            result = _multiplied(operator, result, shape)
        return result

    def _numeric(self, shape: _Shape) -> None:
        if shape.nominal is not None:
            self.nominal_money.add(shape.nominal)

    def _meet(self, shapes: list[_Shape], *, numeric: bool = False) -> _Shape:
        """Expressions that are added, compared or stored: what is known of one is evidence for the others."""
        types = [shape.type for shape in shapes if shape.type is not None]
        decimal = any(shape.decimal for shape in shapes)
        plain = any(shape.type is None and shape.symbol is None for shape in shapes)
        if numeric or plain or any(isinstance(found, Money | Integer | Rational) for found in types):
            for shape in shapes:
                self._numeric(shape)
        groups = [self.groups[shape.symbol] for shape in shapes if shape.symbol is not None and shape.nominal is None]
        strongest = _strongest(types)
        if groups:
            groups[0].whole().see(types, decimal=decimal)
        for other in groups[1:]:
            _join(groups[0].whole(), other.whole())
        if strongest is not None:
            return _Shape(strongest)
        for shape in shapes:
            if shape.symbol is not None:
                return _Shape(symbol=shape.symbol, nominal=shape.nominal, decimal=decimal)
        return _Shape(types[0] if types else None, decimal=decimal)


def _join(kept: _Group, gone: _Group) -> None:
    if kept is not gone:
        kept.see([] if gone.evidence is None else [gone.evidence], decimal=gone.decimal)
        gone.joined = kept


def _strongest(types: list[Type]) -> Type | None:
    """Money before anything else, then truth and identities, then rationals; integers say nothing, they adapt.

    Of several of one kind it is always the same one, in whatever order they come: a text is the weakest identity,
    since it may stand beside every other.
    """
    for kind in (Money, Boolean, Account, Hash, Text):
        found = [each for each in types if isinstance(each, kind)]
        if found:
            chosen = min(found, key=repr)
            return Money(chosen.asset) if isinstance(chosen, Money) else chosen
    return Rational() if any(isinstance(found, Rational) for found in types) else None


def _multiplied(operator: str, left: _Shape, right: _Shape) -> _Shape:
    """What is known of a product so far times or over one more factor; `operator` is empty for the first factor."""
    if operator == "":
        return right
    if left.type is not None and right.type is not None and operator != "%":
        return _Shape(product(operator, left.type, right.type))
    for known in (left, right):
        if isinstance(known.type, Money):
            return known
    if isinstance(left.type, Rational) or isinstance(right.type, Rational) or left.decimal or right.decimal:
        return _Shape(Rational())
    return _Shape()
