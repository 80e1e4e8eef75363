"""Terms: the pure expressions a lowered program is made of, over exact numbers, truth values and identities."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

Value = bool | int | Fraction | str
"""A concrete value: truth, integer, exact rational, or identity (the text that names an account, a hash, a text)."""


class TooLarge(ArithmeticError):
    """A term whose value could need more than MAXIMUM_BITS."""


class Sort(Enum):
    """The sort of a term. Every INT value is also a RATIONAL value; money is an INT in minor units of its asset."""

    BOOL = "bool"
    INT = "int"
    RATIONAL = "rational"
    IDENTITY = "identity"


class Op(Enum):
    """Operators. All are total here: what a zero divisor gives is unspecified, since lowering guards every division.

    ADD, MUL, AND and OR take two or more arguments; ITE takes condition, then, else.
    """

    CONST = "const"
    VAR = "var"
    ADD = "+"
    MUL = "*"
    NEG = "neg"
    FLOOR_DIV = "floor_div"
    CEIL_DIV = "ceil_div"
    HALF_EVEN_DIV = "half_even_div"
    EXACT_DIV = "/"
    MOD = "%"
    EQ = "=="
    LT = "<"
    LE = "<="
    AND = "and"
    OR = "or"
    NOT = "not"
    ITE = "ite"
    IS_INT = "is_int"


_ROUNDED = frozenset({Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.MOD})


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One node. Terms are interned by the `Terms` that made them: within one program equal terms are one object.

    `value` is set for CONST (a `Value`) and VAR (the variable's name); `order` is the position of
    creation; `bits` bounds the size of any value it can have for given inputs.
    """

    op: Op
    args: tuple[Term, ...] = field(repr=False)
    value: Value | None
    sort: Sort
    order: int = field(repr=False)
    bits: int = field(repr=False)

    def __str__(self) -> str:
        return self.outline(4)

    def outline(self, depth: int) -> str:
        """The term as text down to `depth`: shared terms would make the whole exponentially long."""
        if self.op is Op.CONST or self.op is Op.VAR:
            return str(self.value)
        if depth == 0:
            return "…"
        return f"({self.op.value} {' '.join(arg.outline(depth - 1) for arg in self.args[:8])})"


VARIABLE_BITS = 266
"""Bits of the largest value a request may give: 80 decimal digits."""

MAXIMUM_BITS = 2**17
"""Bits any one term may need when evaluated; repeated squaring passes it after nine steps and is refused."""

_LONGEST_JOINED_PRODUCT = 8
"""Factors up to which nested products become one: joining without a bound would be exponential in shared terms."""

_Key = tuple[Op, tuple[int, ...], type | None, Value | None]


class Terms:
    """Makes and interns the terms of one program, folding constants exactly; numeric sorts are joined by the widest.

    The operands of sums, products, `and` and `or` are kept in the order in which they were made, so that two that
    differ in the order of their operands are one term, and what compares them folds however an author writes them.
    Callers bound memory and work by `size` (nodes and arguments), `bits` (what evaluating all can need) and `steps`
    (operands flattened and long constants folded, whether or not that made a node). `names_identities` says whether an
    identity was ever made by a literal.
    """

    def __init__(self) -> None:
        self._interned: dict[_Key, Term] = {}
        self.size = 0
        self.bits = 0
        self.steps = 0
        self.names_identities = False
        self.true = self.const(True)
        self.false = self.const(False)

    def _make(self, op: Op, args: tuple[Term, ...], sort: Sort, value: Value | None = None) -> Term:
        key = (op, tuple([arg.order for arg in args]), type(value), value)
        found = self._interned.get(key)
        if found is None:
            found = Term(op, args, value, sort, len(self._interned), _bits(op, args, value, sort))
            self._interned[key] = found
            self.size += 1 + len(args)
            self.bits += found.bits
        return found

    def copy(self) -> Terms:
        """Terms in the same state, which then goes its own way; what was made so far is shared, since it is frozen."""
        other = object.__new__(Terms)
        other._interned = self._interned.copy()
        other.size, other.bits, other.steps = self.size, self.bits, self.steps
        other.names_identities = self.names_identities
        other.true, other.false = self.true, self.false
        return other

    def const(self, value: Value) -> Term:
        """A constant. A `Fraction` that is whole becomes an integer, so that equal numbers are one term."""
        if isinstance(value, bool):
            return self._make(Op.CONST, (), Sort.BOOL, value)
        if isinstance(value, Fraction) and value.denominator == 1:
            value = value.numerator
        sort = Sort.INT if isinstance(value, int) else Sort.RATIONAL if isinstance(value, Fraction) else Sort.IDENTITY
        self.names_identities = self.names_identities or sort is Sort.IDENTITY
        made = self._make(Op.CONST, (), sort, value)
        self.steps += (made.bits >> 10) ** 2  # folding a long constant takes the square of its length
        return made

    def var(self, name: str, sort: Sort) -> Term:
        return self._make(Op.VAR, (), sort, name)

    def add(self, *args: Term) -> Term:
        """A sum with like summands joined, so that what cancels is gone."""
        constant: int | Fraction = 0
        coefficients: dict[Term, int | Fraction] = {}
        stack: list[tuple[int | Fraction, Term]] = [(1, arg) for arg in reversed(args)]
        while stack:
            factor, part = stack.pop()
            self.steps += 1
            if part.op is Op.CONST:
                constant += factor * number(part)
            elif part.op is Op.ADD:
                stack.extend((factor, inner) for inner in reversed(part.args))
            elif part.op is Op.NEG:
                stack.append((-factor, part.args[0]))
            elif part.op is Op.MUL and part.args[0].op is Op.CONST:
                stack.append((factor * number(part.args[0]), self.mul(*part.args[1:])))
            else:
                coefficients[part] = coefficients.get(part, 0) + factor
        parts = sorted(coefficients.items(), key=lambda each: _order(each[0]))
        summands = [self._scaled(factor, part) for part, factor in parts if factor != 0]
        if constant != 0 or not summands:
            summands.append(self.const(constant))
        return summands[0] if len(summands) == 1 else self._make(Op.ADD, tuple(summands), _join(summands))

    def _scaled(self, factor: int | Fraction, part: Term) -> Term:
        return part if factor == 1 else self.neg(part) if factor == -1 else self.mul(self.const(factor), part)

    def neg(self, arg: Term) -> Term:
        if arg.op is Op.CONST:
            return self.const(-number(arg))
        if arg.op is Op.NEG:
            return arg.args[0]
        return self._make(Op.NEG, (arg,), arg.sort)

    def sub(self, left: Term, right: Term) -> Term:
        return self.add(left, self.neg(right))

    def mul(self, *args: Term) -> Term:
        """A product with its constant in front. Products stay nested where joining them would make a long one."""
        constant: int | Fraction = 1
        factors: list[Term] = []
        for arg in args:
            inner = arg.args if arg.op is Op.MUL else (arg,)
            if inner[0].op is Op.CONST:
                constant = number(self.const(constant * number(inner[0])))
                inner = inner[1:]
            if len(factors) + len(inner) > _LONGEST_JOINED_PRODUCT and len(inner) > 1:
                inner = (self._make(Op.MUL, inner, _join(inner)),)
            factors.extend(inner)
        if constant == 0 or not factors:
            return self.const(constant)
        factors.sort(key=_order)
        if constant != 1:
            factors.insert(0, self.const(constant))
        return factors[0] if len(factors) == 1 else self._make(Op.MUL, tuple(factors), _join(factors))

    def divide(self, op: Op, left: Term, right: Term) -> Term:
        """FLOOR_DIV, CEIL_DIV, HALF_EVEN_DIV (whole results), EXACT_DIV or MOD (whole operands)."""
        if left.op is Op.CONST and right.op is Op.CONST and number(right) != 0:
            return self.const(divided(op, number(left), number(right)))
        if right.op is Op.CONST and number(right) == 1:
            if op is Op.EXACT_DIV or (left.sort is Sort.INT and op is not Op.MOD):
                return left
            if op is Op.MOD:
                return self.const(0)
        if op is Op.EXACT_DIV and right.op is Op.CONST and number(right) != 0:
            return self.mul(self.const(1 / Fraction(number(right))), left)
        return self._make(op, (left, right), Sort.RATIONAL if op is Op.EXACT_DIV else Sort.INT)

    def eq(self, left: Term, right: Term) -> Term:
        if left is right:
            return self.true
        if left.op is Op.CONST and right.op is Op.CONST:
            return self.const(left.value == right.value)
        if left.sort is Sort.BOOL:
            if left.op is Op.CONST:
                return right if left.value else self.not_(right)
            if right.op is Op.CONST:
                return left if right.value else self.not_(left)
        first, second = (left, right) if left.order <= right.order else (right, left)
        return self._make(Op.EQ, (first, second), Sort.BOOL)

    def lt(self, left: Term, right: Term) -> Term:
        if left is right:
            return self.false
        if left.op is Op.CONST and right.op is Op.CONST:
            return self.const(number(left) < number(right))
        return self._make(Op.LT, (left, right), Sort.BOOL)

    def le(self, left: Term, right: Term) -> Term:
        if left is right:
            return self.true
        if left.op is Op.CONST and right.op is Op.CONST:
            return self.const(number(left) <= number(right))
        return self._make(Op.LE, (left, right), Sort.BOOL)

    def and_(self, *args: Term) -> Term:
        return self._junction(Op.AND, args, self.true, self.false)

    def or_(self, *args: Term) -> Term:
        return self._junction(Op.OR, args, self.false, self.true)

    def _junction(self, op: Op, args: tuple[Term, ...], neutral: Term, dominant: Term) -> Term:
        flat: dict[Term, None] = {}
        for arg in args:
            self.steps += len(arg.args) if arg.op is op else 1
            for part in arg.args if arg.op is op else (arg,):
                if part is dominant:
                    return dominant
                if part is not neutral:
                    flat[part] = None
        if not flat:
            return neutral
        kept = tuple(sorted(flat, key=_order))
        return kept[0] if len(kept) == 1 else self._make(op, kept, Sort.BOOL)

    def not_(self, arg: Term) -> Term:
        if arg.op is Op.CONST:
            return self.const(not arg.value)
        if arg.op is Op.NOT:
            return arg.args[0]
        return self._make(Op.NOT, (arg,), Sort.BOOL)

    def implies(self, left: Term, right: Term) -> Term:
        return self.or_(self.not_(left), right)

    def ite(self, condition: Term, then: Term, other: Term) -> Term:
        if condition is self.true or then is other:
            return then
        if condition is self.false:
            return other
        if then.sort is Sort.BOOL:
            return self.and_(self.implies(condition, then), self.or_(condition, other))
        return self._make(Op.ITE, (condition, then, other), _join((then, other)))

    def is_int(self, arg: Term) -> Term:
        if arg.sort is Sort.INT:
            return self.true
        if arg.op is Op.CONST:
            return self.const(Fraction(number(arg)).denominator == 1)
        return self._make(Op.IS_INT, (arg,), Sort.BOOL)


def _order(term: Term) -> int:
    return term.order


def _join(args: tuple[Term, ...] | list[Term]) -> Sort:
    if args[0].sort is Sort.IDENTITY:
        return Sort.IDENTITY
    return Sort.RATIONAL if any(arg.sort is Sort.RATIONAL for arg in args) else Sort.INT


def _bits(op: Op, args: tuple[Term, ...], value: Value | None, sort: Sort) -> int:
    """A bound on the bits of the value; raises TooLarge past MAXIMUM_BITS."""
    if sort in (Sort.BOOL, Sort.IDENTITY):
        return 1
    if op is Op.CONST:
        exact = value if isinstance(value, int | Fraction) else 0
        bits = exact.numerator.bit_length() + exact.denominator.bit_length()
    elif op is Op.VAR:
        bits = VARIABLE_BITS
    elif op is Op.ITE:
        bits = max(args[1].bits, args[2].bits)
    elif op is Op.ADD and sort is Sort.INT:
        bits = max(arg.bits for arg in args) + len(args).bit_length()
    elif op in _ROUNDED and all(arg.sort is Sort.INT for arg in args):
        bits = max(arg.bits for arg in args) + 1
    else:
        bits = sum(arg.bits for arg in args)
    if bits > MAXIMUM_BITS:
        raise TooLarge(f"a value of up to {bits} bits, expected at most {MAXIMUM_BITS}")
    return bits


def number(term: Term) -> int | Fraction:
    """The number a numeric constant stands for; raises TypeError for anything else."""
    if isinstance(term.value, (int, Fraction)) and not isinstance(term.value, bool) and term.op is Op.CONST:
        return term.value
    raise TypeError(f"not a numeric constant: {term.op}")


def divided(op: Op, left: int | Fraction, right: int | Fraction) -> int | Fraction:
    """`left` divided by `right` (not zero), exactly, under the rounding that `op` names.

    `a / b = floor(a / b)` and `a % b = a - b * floor(a / b)`, so the remainder has the divisor's sign; HALF_EVEN_DIV
    rounds to the nearest whole number, ties to the even one (IEEE 754-2019, roundTiesToEven).
    """
    if op is Op.FLOOR_DIV:
        return left // right
    if op is Op.CEIL_DIV:
        return -((-left) // right)
    if op is Op.HALF_EVEN_DIV:
        return round(Fraction(left) / right)
    if op is Op.MOD:
        return left - right * (left // right)
    return Fraction(left) / right


def in_order(*roots: Term, done: Container[int] = ()) -> Iterator[Term]:
    """Every distinct node below the roots, arguments before the nodes that use them, without recursion.

    Nodes whose `order` is in `done`, and what lies below them, are left out.
    """
    seen: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        node = stack[-1]
        if node.order in seen or node.order in done:
            stack.pop()
            continue
        below = [arg for arg in reversed(node.args) if arg.order not in seen and arg.order not in done]
        if below:
            stack += below
        else:
            stack.pop()
            seen.add(node.order)
            yield node


def variables(*roots: Term) -> tuple[str, ...]:
    """The names of the variables below the roots, each once, in order of first use."""
    return tuple(str(node.value) for node in in_order(*roots) if node.op is Op.VAR)
