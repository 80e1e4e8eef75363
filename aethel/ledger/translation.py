"""From the terms of a lowered program to canonical polynomials, with the given values filled in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from aethel.intent.terms import Op, Sort, Term, Value, divided, in_order
from aethel.ledger.polynomial import Algebra, Polynomial, constant, constant_polynomial, key, scaled

_ONE = constant_polynomial(1)


@dataclass(slots=True)
class Translation:
    """Translates terms of one program; each distinct term once. `values` are the values known by variable name.

    A division by zero is 0 where both sides are constants, as in evaluation; a divisor that is not constant is taken
    to be other than zero, which is an obligation of its own.
    """

    algebra: Algebra
    values: Mapping[str, Value]
    _numbers: dict[int, Polynomial] = field(default_factory=dict)
    _identities: dict[int, Hashable] = field(default_factory=dict)

    def polynomial(self, term: Term) -> Polynomial:
        """The polynomial of a number, or of a truth as 1 or 0."""
        if term.order not in self._numbers:
            for node in in_order(term):
                self.algebra.meter.charge(1)
                if node.order in self._numbers or node.order in self._identities:
                    continue
                if node.sort is Sort.IDENTITY:
                    self._identities[node.order] = self._identity(node)
                else:
                    self._numbers[node.order] = self._number(node)
        return self._numbers[term.order]

    def _identity(self, node: Term) -> Hashable:
        if node.op is Op.CONST:
            return ("is", node.value)
        if node.op is Op.VAR:
            name = str(node.value)
            return ("is", self.values[name]) if name in self.values else ("variable", name)
        return ("term", node.order)

    def _number(self, node: Term) -> Polynomial:
        args = node.args
        match node.op:
            case Op.CONST:
                return constant_polynomial(_amount(node.value))
            case Op.VAR:
                return self._variable(node)
            case Op.ADD:
                return self.algebra.sum(self._numbers[arg.order] for arg in args)
            case Op.NEG:
                return scaled(self._numbers[args[0].order], -1)
            case Op.MUL:
                return self._product(self._numbers[arg.order] for arg in args)
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.EXACT_DIV | Op.MOD:
                return self._divided(node.op, self._numbers[args[0].order], self._numbers[args[1].order])
            case Op.ITE:
                chosen, other = self._numbers[args[0].order], self._numbers[args[2].order]
                return self.algebra.sum((other, self.algebra.product(chosen, self._difference(args[1], args[2]))))
            case Op.EQ | Op.LT | Op.LE | Op.AND | Op.OR | Op.NOT | Op.IS_INT:
                return self._truth(node.op, args)
        assert_never(node.op)

    def _truth(self, op: Op, args: tuple[Term, ...]) -> Polynomial:
        if op is Op.EQ:
            return self._equal(args[0], args[1])
        if op is Op.LT:
            return self.algebra.below_zero(self._difference(args[0], args[1]))
        if op is Op.LE:
            return self._not(self.algebra.below_zero(self._difference(args[1], args[0])))
        if op is Op.AND:
            return self._product(self._numbers[arg.order] for arg in args)
        if op is Op.OR:
            return self._not(self._product(self._not(self._numbers[arg.order]) for arg in args))
        if op is Op.NOT:
            return self._not(self._numbers[args[0].order])
        return self._whole(self._numbers[args[0].order])

    def _variable(self, node: Term) -> Polynomial:
        name = str(node.value)
        if name in self.values:
            return constant_polynomial(_amount(self.values[name]))
        if node.sort is Sort.BOOL:
            return self.algebra.truth(("variable", name))
        return self.algebra.variable(name, is_whole=node.sort is Sort.INT)

    def _difference(self, left: Term, right: Term) -> Polynomial:
        return self.algebra.sum((self._numbers[left.order], scaled(self._numbers[right.order], -1)))

    def _product(self, factors: Iterable[Polynomial]) -> Polynomial:
        result = _ONE
        for factor in factors:
            result = self.algebra.product(result, factor)
        return result

    def _not(self, truth: Polynomial) -> Polynomial:
        return self.algebra.sum((_ONE, scaled(truth, -1)))

    def _equal(self, left: Term, right: Term) -> Polynomial:
        if left.sort is Sort.IDENTITY:
            return self._same(self._identities[left.order], self._identities[right.order])
        first, second = self._numbers[left.order], self._numbers[right.order]
        if left.sort is Sort.BOOL:
            both = self.algebra.product(first, second)
            return self.algebra.sum((_ONE, scaled(first, -1), scaled(second, -1), scaled(both, 2)))
        return self.algebra.is_zero(self.algebra.sum((first, scaled(second, -1))))

    def _same(self, first: Hashable, second: Hashable) -> Polynomial:
        if first == second:
            return _ONE
        if _is_known(first) and _is_known(second):
            return {}
        return self.algebra.truth(("same", frozenset((first, second))))

    def _whole(self, subject: Polynomial) -> Polynomial:
        number = constant(subject)
        if number is not None:
            return constant_polynomial(1 if Fraction(number).denominator == 1 else 0)
        return _ONE if self.algebra.is_whole(subject) else self.algebra.truth(("whole", key(subject)))

    def _divided(self, op: Op, left: Polynomial, right: Polynomial) -> Polynomial:
        """A quotient or remainder; what can be taken out of the rounding is, the rest is an atom."""
        divisor, dividend = constant(right), constant(left)
        if divisor == 0 or not left:
            return {}
        if divisor is not None and dividend is not None:
            return constant_polynomial(divided(op, dividend, divisor))
        match op:
            case Op.EXACT_DIV if divisor is not None:
                return scaled(left, 1 / Fraction(divisor))
            case Op.EXACT_DIV:
                reciprocal = self.algebra.opaque(("reciprocal", key(right)), is_whole=False)
                return self.algebra.product(left, reciprocal)
            case Op.MOD:
                floor = self._floor(left, right)
                return self.algebra.sum((left, scaled(self.algebra.product(right, floor), -1)))
            case Op.CEIL_DIV:
                return scaled(self._floor(scaled(left, -1), right), -1)
            case Op.FLOOR_DIV:
                return self._floor(left, right)
            case _:
                return self.algebra.opaque((op, key(left), key(right)), is_whole=True)

    def _floor(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """`floor(left / right)`; whole multiples of a constant divisor leave the rounding."""
        divisor = constant(right)
        if divisor is None or not self.algebra.has_whole_atoms(left):
            return self.algebra.opaque((Op.FLOOR_DIV, key(left), key(right)), is_whole=True)
        quotient: Polynomial = {monomial: count for monomial, number in left.items() if (count := number // divisor)}
        rest: Polynomial = {monomial: left_over for monomial, number in left.items() if (left_over := number % divisor)}
        remainder = constant(rest)
        if remainder is not None:
            return self.algebra.sum((quotient, constant_polynomial(remainder // divisor)))
        rounded = self.algebra.opaque((Op.FLOOR_DIV, key(rest), key(right)), is_whole=True)
        return self.algebra.sum((quotient, rounded))


def _amount(value: Value | None) -> int | Fraction:
    """A number as it is, a truth as 1 or 0."""
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, Fraction):
        return value
    raise TypeError(f"not a number or truth: {type(value).__name__}")


def _is_known(identity: Hashable) -> bool:
    return isinstance(identity, tuple) and identity[0] == "is"
