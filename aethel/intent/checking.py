"""Type checking: the type of every expression, the asset rules, and where two literals divide exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethel.intent import syntax
from aethel.intent.scope import Scope
from aethel.intent.source import quoted
from aethel.intent.types import Account, Boolean, Hash, Integer, Money, Opaque, Rational, Text, Type


@dataclass(slots=True, eq=False)
class Typed:
    """The types of an intent: `types` by the identity of each expression node; `exact` holds the quotients of literals
    that divide exactly because their context is rational."""

    scope: Scope
    types: dict[int, Type] = field(default_factory=dict)
    exact: set[int] = field(default_factory=set)

    def of(self, node: syntax.Expression) -> Type:
        return self.types[id(node)]


def check(scope: Scope) -> Typed:
    """Types for every expression; raises IntentError (TYPE) naming the place, what was found and what was expected."""
    checker = _Checker(scope)
    for binding in scope.bindings.values():
        checker.type_of(binding.value)
        checker.mark(binding.value, rational=False)
    for line in scope.intent.guard:
        if isinstance(line, syntax.Check):
            checker.condition(line.condition)
    for statement in scope.intent.effect or ():
        checker.statement(statement)
    for check_line in scope.intent.verify:
        checker.verify_line(check_line)
    return checker.typed


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.typed = Typed(scope)

    def condition(self, node: syntax.Expression) -> None:
        found = self.type_of(node)
        if not isinstance(found, Boolean):
            raise self.error(f"expected a condition, found `{found}`", node)
        self.mark(node, rational=False)

    def verify_line(self, line: syntax.VerifyLine) -> None:
        self.condition(line.condition)
        if isinstance(line, syntax.CheckIf):
            for inner in (*line.then, *line.other):
                self.verify_line(inner)

    def statement(self, statement: syntax.Statement) -> None:
        match statement:
            case syntax.Assign(target, operator, value):
                self._store(target, value, numeric=operator != "=")
            case syntax.Transfer(source, destination, amount):
                if self.scope.reference(source).symbol is self.scope.reference(destination).symbol:
                    message = f"transfer from {quoted(str(source))} to itself, expected two accounts"
                    raise self.error(message, statement)
                self._money_target(source)
                self._money_target(destination)
                self._store(source, amount, numeric=True)
                self._join(self.type_of(source), self.type_of(destination), destination)
            case syntax.Issue(_, target, amount):
                self._money_target(target)
                self._store(target, amount, numeric=True)
            case syntax.Require(condition):
                self.condition(condition)
            case syntax.Branch(condition, then, other):
                self.condition(condition)
                for inner in (*then, *other):
                    self.statement(inner)
            case syntax.For(_, _, _, body):
                for inner in body:
                    self.statement(inner)

    def _money_target(self, target: syntax.Name) -> None:
        found = self.type_of(target)
        if not isinstance(found, Money):
            raise self.error(f"expected an account or a balance, found {quoted(str(target))} of type `{found}`", target)

    def _store(self, target: syntax.Name, value: syntax.Expression, *, numeric: bool) -> None:
        held, stored = self.type_of(target), self.type_of(value)
        if numeric and not _is_numeric(held):
            raise self.error(f"expected a number, found `{held}`", target)
        if isinstance(held, Integer | Rational) and isinstance(stored, Money):
            raise self.error(
                f"cannot store money in {quoted(str(target))} of type `{held}`, expected a number without an asset",
                value,
            )
        stored = self._literal_of(held, stored, value)
        self._comparable(held, stored, value)
        self.mark(value, rational=isinstance(held, Rational))

    def type_of(self, node: syntax.Expression) -> Type:
        found = self._type_of(node)
        self.typed.types[id(node)] = found
        return found

    def _type_of(self, node: syntax.Expression) -> Type:
        match node:
            case syntax.Number():
                return Integer() if node.whole else Rational()
            case syntax.Zero():
                return Integer()
            case syntax.String():
                return Text()
            case syntax.Truth():
                return Boolean()
            case syntax.Name():
                return self._name(node)
            case syntax.Old(cell):
                return self.type_of(cell)
            case syntax.Negate(operand):
                return self._number(operand)
            case syntax.Not(operand):
                return self._conditions(operand)
            case syntax.Chain(first, rest):
                return self._chain(first, rest)
            case syntax.Compare(operator, left, right):
                return self._compare(operator, left, right)
            case syntax.Junction(_, operands):
                return self._conditions(*operands)
            case syntax.Implies(left, right):
                return self._conditions(left, right)
            case syntax.IfThenElse(condition, then, other):
                self._conditions(condition)
                return self._join(*self._two(then, other), other)
            case syntax.Call(function, left, right):
                return self._call(function, left, right)

    def _name(self, node: syntax.Name) -> Type:
        reference = self.scope.reference(node)
        if reference.binding is not None:
            return self.typed.of(self.scope.bindings[reference.binding].value)
        if reference.symbol is None:
            return Integer()
        assert reference.symbol.type is not None
        return reference.symbol.type

    def _conditions(self, *operands: syntax.Expression) -> Type:
        for operand in operands:
            found = self.type_of(operand)
            if not isinstance(found, Boolean):
                raise self.error(f"expected a condition, found `{found}`", operand)
        return Boolean()

    def _number(self, node: syntax.Expression) -> Type:
        found = self.type_of(node)
        if not _is_numeric(found):
            raise self.error(f"expected a number, found `{found}`", node)
        return _unsized(found)

    def _chain(self, first: syntax.Expression, rest: tuple[tuple[str, syntax.Expression], ...]) -> Type:
        found = self._number(first)
        for operator, operand in rest:
            right = self._number(operand)
            if operator in "+-":
                found = self._join(found, right, operand)
            elif operator == "%":
                found = self._remainder(found, right, operand)
            else:
                found = product(operator, found, right)
        return found

    def _remainder(self, left: Type, right: Type, node: syntax.Expression) -> Type:
        if isinstance(left, Rational) or isinstance(right, Rational):
            raise self.error("expected an integer or whole-unit money at `%`, found a fraction", node)
        return self._join(left, right, node)

    def _call(self, function: str, left: syntax.Expression, right: syntax.Expression) -> Type:
        first, second = self._number(left), self._number(right)
        if function in ("min", "max"):
            return self._join(first, second, right)
        divided = product("/", first, second)
        return Integer() if isinstance(divided, Rational) else divided

    def _compare(self, operator: str, left: syntax.Expression, right: syntax.Expression) -> Type:
        first, second = self._two(left, right)
        if operator in ("==", "!="):
            self._comparable(first, second, right)
            return Boolean()
        for found, node in ((first, left), (second, right)):
            if not _is_numeric(found):
                raise self.error(f"`{found}` has no order, expected `==` or `!=`", node)
        self._join(first, second, right)
        return Boolean()

    def _two(self, left: syntax.Expression, right: syntax.Expression) -> tuple[Type, Type]:
        """The types of two values that are compared or chosen between."""
        first, second = self.type_of(left), self.type_of(right)
        return self._literal_of(second, first, left), self._literal_of(first, second, right)

    def _literal_of(self, beside: Type, found: Type, node: syntax.Expression) -> Type:
        """A text literal beside an account is an account id, so that it is read in its scheme's canonical form."""
        if not (isinstance(beside, Account) and isinstance(found, Text)):
            return found
        if not isinstance(node, syntax.String):
            raise self.error("cannot compare or store a text where an account stands, expected a text literal", node)
        self.typed.types[id(node)] = beside
        return beside

    def _comparable(self, left: Type, right: Type, node: syntax.Expression) -> None:
        if _is_numeric(left) and _is_numeric(right):
            self._join(left, right, node)
        elif not _same_identity(left, right) and not (isinstance(left, Boolean) and isinstance(right, Boolean)):
            raise self.error(f"cannot compare or store `{right}` where `{left}` stands, expected one type", node)

    def _join(self, left: Type, right: Type, node: syntax.Expression) -> Type:
        """The type of two values that are added, compared or chosen between."""
        if isinstance(left, Money) and isinstance(right, Money):
            if left.asset != right.asset:
                raise self.error(f"cannot mix `{left}` and `{right}`, expected one asset", node)
            return Money(left.asset)
        if not (_is_numeric(left) and _is_numeric(right)):
            self._comparable(left, right, node)
            return left
        for found in (left, right):
            if isinstance(found, Money):
                return Money(found.asset)
        return Rational() if isinstance(left, Rational) or isinstance(right, Rational) else Integer()

    def mark(self, node: syntax.Expression, *, rational: bool) -> None:
        """Note the quotients of two whole literals that stand in a rational context."""
        match node:
            case syntax.Chain(first, rest):
                inside = rational or isinstance(self.typed.of(node), Rational)
                inside = inside or any(
                    isinstance(self.typed.of(operand), Rational) for operand in (first, *_operands(rest))
                )
                if inside and rest[0][0] == "/" and _is_literal(first) and _is_literal(rest[0][1]):
                    self.typed.exact.add(id(node))
                    self.typed.types[id(node)] = self._exact_type(node)
                for operand in (first, *_operands(rest)):
                    self.mark(operand, rational=inside)
            case syntax.Compare(_, left, right):
                inside = any(isinstance(self.typed.of(side), Rational) for side in (left, right))
                self.mark(left, rational=inside)
                self.mark(right, rational=inside)
            case syntax.IfThenElse(condition, then, other):
                self.mark(condition, rational=False)
                inside = rational or any(isinstance(self.typed.of(side), Rational) for side in (then, other))
                self.mark(then, rational=inside)
                self.mark(other, rational=inside)
            case syntax.Call(function, left, right):
                inside = any(isinstance(self.typed.of(side), Rational) for side in (left, right))
                inside = inside or (rational and function in ("min", "max"))
                self.mark(left, rational=inside)
                self.mark(right, rational=inside)
            case syntax.Negate(operand):
                self.mark(operand, rational=rational)
            case syntax.Not(operand):
                self.mark(operand, rational=False)
            case syntax.Junction(_, operands):
                for operand in operands:
                    self.mark(operand, rational=False)
            case syntax.Implies(left, right):
                self.mark(left, rational=False)
                self.mark(right, rational=False)
            case syntax.Number() | syntax.String() | syntax.Truth() | syntax.Zero() | syntax.Name() | syntax.Old():
                return

    def _exact_type(self, node: syntax.Chain) -> Type:
        found = self.typed.of(node)
        return Rational() if isinstance(found, Integer) else found

    def error(self, message: str, node: syntax.Expression | syntax.Statement) -> Exception:
        return self.scope.source.error("TYPE", message, node.start, node.end)


def product(operator: str, left: Type, right: Type) -> Type:
    """The type of `left * right` or `left / right`.

    Money times `Rate<A/B>` is A where the money is B; any other product keeps its asset; money by money is an exact
    rational; whole numbers divide to whole numbers.
    """
    if isinstance(left, Money) and isinstance(right, Money):
        return Rational()
    for money, factor in ((left, right), (right, left)):
        if isinstance(money, Money):
            if operator == "/" and money is right:
                return Rational()
            if converts(operator, money, factor):
                assert isinstance(factor, Rational) and factor.numerator_asset is not None
                return Money(factor.numerator_asset)
            return Money(money.asset)
    return Rational() if isinstance(left, Rational) or isinstance(right, Rational) else Integer()


def converts(operator: str, money: Type, factor: Type) -> bool:
    """Whether this product is a conversion: money of the rate's denominator asset times the rate."""
    return (
        operator == "*"
        and isinstance(money, Money)
        and isinstance(factor, Rational)
        and factor.numerator_asset is not None
        and factor.denominator_asset == money.asset
    )


def _operands(rest: tuple[tuple[str, syntax.Expression], ...]) -> tuple[syntax.Expression, ...]:
    return tuple(operand for _, operand in rest)


def _is_literal(node: syntax.Expression) -> bool:
    if isinstance(node, syntax.Negate):
        return _is_literal(node.operand)
    return isinstance(node, syntax.Number) and node.whole


def _is_numeric(type_: Type) -> bool:
    return isinstance(type_, Money | Integer | Rational)


def _unsized(type_: Type) -> Type:
    """The type of an intermediate value: unbounded, whatever the operand was declared as. A rate keeps its assets."""
    if isinstance(type_, Money):
        return Money(type_.asset)
    return Integer() if isinstance(type_, Integer) else type_


def _same_identity(left: Type, right: Type) -> bool:
    """Whether two identities may be compared: of one kind, or one of them a text literal."""
    identities = (Account, Text, Hash, Opaque)
    if not (isinstance(left, identities) and isinstance(right, identities)):
        return False
    if isinstance(left, Text) or isinstance(right, Text):
        return True
    if isinstance(left, Opaque) and isinstance(right, Opaque):
        return left.name == right.name
    return type(left) is type(right)
