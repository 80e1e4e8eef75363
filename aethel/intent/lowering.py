"""Lowering of expressions: typed syntax to terms, money counted in minor units, every division guarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from aethel.assets import Registry
from aethel.intent import syntax
from aethel.intent.accounts import canonical_account
from aethel.intent.checking import Typed, converts, product
from aethel.intent.limits import Limits
from aethel.intent.program import ConstantRange, Divisor, Earlier, Met
from aethel.intent.scope import Scope, Symbol, Time
from aethel.intent.source import quoted
from aethel.intent.terms import Op, Sort, Term, Terms, number
from aethel.intent.types import MONEY_MAXIMUM_MINOR, Account, Boolean, Integer, Money, Rational, Type, bounds_of

_ROUNDINGS = {"div_ceil": Op.CEIL_DIV, "div_half_even": Op.HALF_EVEN_DIV}


@dataclass(frozen=True, slots=True)
class Lowered:
    """A term with its type; `decimals` is set for what is made of literals alone, whose digits count for the scale.

    That is a literal itself, and a sum, a choice, a smaller or a greater of such.
    """

    term: Term
    type: Type
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A lowered binding: its value, and what it meets on its way."""

    value: Lowered
    defined: tuple[Met, ...]


class Scales:
    """Decimals per asset: from the registry where the asset is known, else the most that anything needed so far."""

    def __init__(self, needed: Mapping[str, int], assets: Registry) -> None:
        self.assets = assets
        self.used = dict(needed)
        self.needed = dict(needed)

    def decimals(self, asset: str) -> int:
        registered = self.assets.get(asset)
        return registered if registered is not None else self.used.get(asset, 0)

    def need(self, asset: str, decimals: int) -> bool:
        """Note that a value has so many decimals; False where the registry allows fewer."""
        registered = self.assets.get(asset)
        if registered is not None:
            return decimals <= registered
        self.needed[asset] = max(self.needed.get(asset, 0), decimals)
        return True

    @property
    def settled(self) -> bool:
        return all(self.used.get(asset, 0) >= decimals for asset, decimals in self.needed.items())


@dataclass(slots=True, eq=False)
class Line:
    """What is noted while one line is lowered: the path inside it, the divisors it meets, the bindings it uses.

    Conditions are noted once each: bindings made of bindings would repeat them without end.
    """

    path: list[Term] = field(default_factory=list)
    defined: dict[Term, int] = field(default_factory=dict)
    bindings: set[str] = field(default_factory=set)


class ExpressionLowerer:
    """Lowers expressions against a reader of symbols; collects divisors and constants that do not fit."""

    def __init__(self, typed: Typed, scales: Scales, limits: Limits) -> None:
        self.typed = typed
        self.scope: Scope = typed.scope
        self.scales = scales
        self.limits = limits
        self.terms = Terms()
        self.read: Callable[[Symbol, Time], Term] = _unset
        self.bound: dict[str, Bound] = {}
        self.loops: dict[str, int] = {}
        self.divisors: list[Divisor] = []
        self.constants: dict[tuple[int, int], ConstantRange] = {}
        self.base_path: Term = self.terms.true
        self.guard_index: int | None = None
        self.line = Line()
        self.transition: list[Met] = []
        """The divisors so far, of bindings, effect and definitions: they are one evaluation."""
        self.evaluation = self.transition
        """The same of the evaluation that is lowered now."""

    def reached(self) -> Term:
        """What the requires so far demand of an execution that comes here."""
        return self.terms.true

    def condition(self, node: syntax.Expression) -> Term:
        """The truth of a condition as one term that is false wherever a divisor in it is zero."""
        self.line = Line()
        truth = self.lower(node).term
        return self.terms.and_(*self.line.defined, truth)

    def value(self, node: syntax.Expression) -> Lowered:
        """The value of an expression; its divisors become obligations, not part of the term."""
        self.line = Line()
        return self.lower(node)

    def lower(self, node: syntax.Expression) -> Lowered:
        self._refuse_too_much(node)
        match node:
            case syntax.Number(value, decimals, percent):
                return Lowered(self.terms.const(value), self.typed.of(node), None if percent else decimals)
            case syntax.Zero():
                return Lowered(self.terms.const(0), Integer(), 0)
            case syntax.String(value):
                type_ = self.typed.of(node)
                return Lowered(
                    self.terms.const(canonical_account(value) if isinstance(type_, Account) else value), type_
                )
            case syntax.Truth(value):
                return Lowered(self.terms.const(value), Boolean())
            case syntax.Name():
                return self._name(node)
            case syntax.Old(cell):
                return self._name(cell)
            case syntax.Negate(operand):
                inner = self.lower(operand)
                return Lowered(self.terms.neg(inner.term), self.typed.of(node), inner.decimals)
            case syntax.Chain(first, rest):
                return self._chain(node, first, rest)
            case syntax.IfThenElse(condition, then, other):
                return self._if_then_else(node, condition, then, other)
            case syntax.Call(function, left, right):
                return self._call(node, function, left, right)
            case _:
                return Lowered(self._truth(node), Boolean())

    def _refuse_too_much(self, node: syntax.Expression) -> None:
        message = ""
        if self.terms.size > self.limits.terms:
            message = f"too many terms and operands after lowering, expected at most {self.limits.terms}"
        elif self.terms.steps > self.limits.lowering_steps:
            message = f"too many steps of lowering, expected at most {self.limits.lowering_steps}"
        elif self.terms.bits > self.limits.evaluation_bits:
            message = f"values of too many bits, expected at most {self.limits.evaluation_bits} in all"
        if message:
            raise self.scope.source.error("TOO_LARGE", message, node.start, node.end)

    def _truth(self, node: syntax.Expression) -> Term:
        terms = self.terms
        match node:
            case syntax.Not(operand):
                return terms.not_(self.lower(operand).term)
            case syntax.Compare(operator, left, right):
                return self._compare(node, operator, self.lower(left), self.lower(right))
            case syntax.Implies(left, right):
                premise = self.lower(left).term
                with self.under(premise):
                    return terms.implies(premise, self.lower(right).term)
            case syntax.Junction(operator, operands):
                return self._junction(operator, operands)
            case _:
                raise TypeError(f"not a condition: {type(node).__name__}")

    def _junction(self, operator: str, operands: tuple[syntax.Expression, ...]) -> Term:
        lowered: list[Term] = []
        pushed = 0
        for operand in operands:
            term = self.lower(operand).term
            lowered.append(term)
            self.line.path.append(term if operator == "and" else self.terms.not_(term))
            pushed += 1
        del self.line.path[len(self.line.path) - pushed :]
        return self.terms.and_(*lowered) if operator == "and" else self.terms.or_(*lowered)

    @contextmanager
    def under(self, condition: Term) -> Iterator[None]:
        """Lower inside the `with` block on the path where `condition` holds."""
        self.line.path.append(condition)
        yield
        self.line.path.pop()

    def _name(self, node: syntax.Name) -> Lowered:
        reference = self.scope.reference(node)
        if reference.loop is not None:
            return Lowered(self.terms.const(self.loops[reference.loop]), Integer())
        if reference.binding is not None:
            bound = self.bound[reference.binding]
            path = self.terms.and_(*self.line.path)
            defined = [(self.terms.implies(path, each), position) for each, position in bound.defined]
            for condition, position in defined:
                self.line.defined.setdefault(condition, position)
            if self.guard_index is not None:
                # Elsewhere it has been evaluated before.
                self.evaluation += defined
            self.line.bindings.add(reference.binding)
            return bound.value
        assert reference.symbol is not None
        return Lowered(self.read(reference.symbol, reference.time), self.typed.of(node))

    def _chain(
        self, node: syntax.Chain, first: syntax.Expression, rest: tuple[tuple[str, syntax.Expression], ...]
    ) -> Lowered:
        if rest[0][0] in "+-":
            return self._sum(node, first, rest)
        result = self.lower(first)
        for index, (operator, operand) in enumerate(rest):
            right = self.lower(operand)
            if operator == "*":
                result = self._multiply(result, right)
            elif operator == "%":
                result = self._remainder(result, right, operand)
            else:
                exact = index == 0 and id(node) in self.typed.exact
                result = self._divide(Op.EXACT_DIV if exact else Op.FLOOR_DIV, result, right, operand)
        return result

    def _sum(
        self, node: syntax.Chain, first: syntax.Expression, rest: tuple[tuple[str, syntax.Expression], ...]
    ) -> Lowered:
        target = self.typed.of(node)
        parts: list[Term] = []
        summands: list[Lowered] = []
        for operator, operand in (("+", first), *rest):
            lowered = self.lower(operand)
            summands.append(lowered)
            term = self.convert(lowered, target, operand).term
            parts.append(term if operator == "+" else self.terms.neg(term))
        return Lowered(self.terms.add(*parts), target, _finest(*summands))

    def _multiply(self, left: Lowered, right: Lowered) -> Lowered:
        terms = self.terms
        type_ = product("*", left.type, right.type)
        term = terms.mul(left.term, right.term)
        if isinstance(left.type, Money) and isinstance(right.type, Money):
            term = terms.mul(terms.const(1 / (self._unit(left.type) * self._unit(right.type))), term)
        for money, factor in ((left.type, right.type), (right.type, left.type)):
            if converts("*", money, factor):
                assert isinstance(money, Money) and isinstance(type_, Money)
                term = terms.mul(terms.const(self._unit(type_) / self._unit(money)), term)
                break
        return Lowered(term, type_)

    def _unit(self, money: Money) -> Fraction:
        """Minor units of one unit of an asset."""
        return Fraction(10) ** self.scales.decimals(money.asset)

    def _remainder(self, left: Lowered, right: Lowered, node: syntax.Expression) -> Lowered:
        for side in (left, right):
            if isinstance(side.type, Money) and self.scales.decimals(side.type.asset) > 0:
                message = "expected an integer or whole-unit money at `%`, found money with decimals"
                raise self.scope.source.error("TYPE", message, node.start, node.end)
        type_ = left.type if isinstance(left.type, Money) else right.type
        return Lowered(self._quotient(Op.MOD, left.term, right.term, node), type_)

    def _divide(self, op: Op, left: Lowered, right: Lowered, node: syntax.Expression) -> Lowered:
        """`left / right`: floored to the unit of an integer or of money, exact for rationals and money by money."""
        terms = self.terms
        type_ = product("/", left.type, right.type)
        rounds = op is not Op.EXACT_DIV
        if not isinstance(right.type, Money):
            exact = not isinstance(type_, Money | Integer) and op is Op.FLOOR_DIV
            quotient = self._quotient(Op.EXACT_DIV if exact else op, left.term, right.term, node)
            return Lowered(quotient, Rational() if op is Op.EXACT_DIV and isinstance(type_, Integer) else type_)
        numerator = left.term
        if not isinstance(left.type, Money):
            numerator = terms.mul(terms.const(self._unit(right.type)), numerator)
        elif left.type.asset != right.type.asset:
            numerator = terms.mul(terms.const(self._unit(right.type) / self._unit(left.type)), numerator)
        rounded = rounds and op is not Op.FLOOR_DIV
        return Lowered(self._quotient(op if rounded else Op.EXACT_DIV, numerator, right.term, node), type_)

    def _quotient(self, op: Op, left: Term, right: Term, node: syntax.Expression) -> Term:
        """A guarded division: the divisor becomes an obligation on this path, and part of what defines the line."""
        terms = self.terms
        nonzero = terms.not_(terms.eq(right, terms.const(0)))
        if nonzero is not terms.true:
            path = terms.and_(self.base_path, *self.line.path)
            guards = frozenset() if self.guard_index is None else frozenset({self.guard_index})
            text, span = self.scope.source.snippet(node.start, node.end), self.scope.source.span(node.start, node.end)
            position = len(self.divisors)
            self.divisors.append(Divisor(right, path, span, text, guards, self.reached(), self._earlier()))
            self.evaluation.append((terms.implies(path, nonzero), position))
            self.line.defined.setdefault(terms.implies(terms.and_(*self.line.path), nonzero), position)
        return terms.divide(op, left, right)

    def _earlier(self) -> Earlier:
        parts = [(self.evaluation, len(self.evaluation))]
        if self.evaluation is not self.transition and self.guard_index is None:
            parts.insert(0, (self.transition, len(self.transition)))
        return Earlier(tuple(parts))

    def _if_then_else(
        self, node: syntax.Expression, condition: syntax.Expression, then: syntax.Expression, other: syntax.Expression
    ) -> Lowered:
        target = self.typed.of(node)
        chosen = self.lower(condition).term
        with self.under(chosen):
            first = self.lower(then)
        with self.under(self.terms.not_(chosen)):
            second = self.lower(other)
        left, right = self.convert(first, target, then).term, self.convert(second, target, other).term
        return Lowered(self.terms.ite(chosen, left, right), target, _finest(first, second))

    def _call(
        self, node: syntax.Expression, function: str, left: syntax.Expression, right: syntax.Expression
    ) -> Lowered:
        first, second = self.lower(left), self.lower(right)
        target = self.typed.of(node)
        if function in _ROUNDINGS:
            divided = self._divide(_ROUNDINGS[function], first, second, right)
            return Lowered(divided.term, target)
        low, high = self.convert(first, target, left).term, self.convert(second, target, right).term
        smaller = self.terms.le(low, high)
        chosen = smaller if function == "min" else self.terms.not_(smaller)
        return Lowered(self.terms.ite(chosen, low, high), target, _finest(first, second))

    def _compare(self, node: syntax.Compare, operator: str, left: Lowered, right: Lowered) -> Term:
        terms = self.terms
        first, second = left.term, right.term
        if not isinstance(left.type, Boolean) and first.sort is not Sort.IDENTITY:
            joined = _widest(left.type, right.type)
            first = self.convert(left, joined, node.left, beside=right.type).term
            second = self.convert(right, joined, node.right, beside=left.type).term
        match operator:
            case "==":
                return terms.eq(first, second)
            case "!=":
                return terms.not_(terms.eq(first, second))
            case "<":
                return terms.lt(first, second)
            case "<=":
                return terms.le(first, second)
            case ">":
                return terms.lt(second, first)
            case _:
                return terms.le(second, first)

    def convert(self, lowered: Lowered, target: Type, node: syntax.Expression, beside: Type | None = None) -> Lowered:
        """The same value at the target type: numbers that meet money become minor units of its asset.

        A constant is checked against the width of what stands `beside` it (the target where nothing does).
        """
        term = lowered.term
        if isinstance(target, Money) and not isinstance(lowered.type, Money):
            if lowered.decimals is not None and not self.scales.need(target.asset, lowered.decimals):
                allowed = self.scales.decimals(target.asset)
                text = quoted(self.scope.source.snippet(node.start, node.end))
                message = f"{text} is finer than `{target.asset}`, expected at most {allowed} decimals"
                raise self.scope.source.error("TYPE", message, node.start, node.end)
            term = self.terms.mul(self.terms.const(self._unit(target)), term)
        if term.op is Op.CONST and term.sort in (Sort.INT, Sort.RATIONAL):
            self._check_width(term, beside if isinstance(beside, Money | Integer) else target, node)
        return Lowered(term, target if isinstance(target, Money) else lowered.type)

    def _check_width(self, constant: Term, type_: Type, node: syntax.Expression) -> None:
        width = constant_width(type_)
        if width is None or width[0] <= number(constant) <= width[1]:
            return
        span = self.scope.source.span(node.start, node.end)
        text = self.scope.source.snippet(node.start, node.end)
        detail = f"the constant `{text}` fits the width of {type_}"
        self.constants[node.start, node.end] = ConstantRange(span, text, detail)


def constant_width(type_: Type) -> tuple[int, int] | None:
    """The least and the greatest constant that may stand at a type; None where that is unbounded."""
    minimum, maximum = bounds_of(type_)
    if maximum is None:
        return None
    if isinstance(type_, Money):
        maximum = max(maximum, MONEY_MAXIMUM_MINOR)
    return minimum if minimum is not None and minimum < 0 else -maximum, maximum


def _finest(*parts: Lowered) -> int | None:
    """The most decimals of literals; None where one part is something else."""
    decimals = [part.decimals for part in parts if part.decimals is not None]
    return max(decimals) if len(decimals) == len(parts) else None


def _widest(left: Type, right: Type) -> Type:
    for found in (left, right):
        if isinstance(found, Money):
            return Money(found.asset)
    return Rational() if isinstance(left, Rational) or isinstance(right, Rational) else Integer()


def _unset(symbol: Symbol, time: Time) -> Term:
    raise LookupError(f"no state to read {symbol.key} {time.value} from")
