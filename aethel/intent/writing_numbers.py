"""Numbers back to source text: sums, products and quotients, each with the type under which it is read again.

Terms count money in minor units and text counts it in one unit, so a piece of text is only ever made with its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from aethel.intent.checking import converts, product
from aethel.intent.program import Program
from aethel.intent.rendering import decimal_text
from aethel.intent.terms import Op, Term, Terms, number
from aethel.intent.types import Integer, Money, Rational, Type

LONGEST_TEXT = 640
"""Code points of one piece of text: four lines, far more than anybody wants to read as one condition."""

MOST_PIECES = 150
"""Terms one condition may be made of: each gives at least a code point or two, and recursion stays shallow."""

CHOICE, IMPLIES, OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY, ATOM = range(10)
"""How tightly the operators of a text bind, the loosest first."""

_CALLS = {Op.CEIL_DIV: "div_ceil", Op.HALF_EVEN_DIV: "div_half_even"}


class Unwritable(Exception):
    """There is no text of the language that says exactly this, or none that is short."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text whose operators all bind at least as tightly as `power`, and the type it has when it is read."""

    text: str
    power: int
    type: Type

    def within(self, power: int) -> str:
        """The text where only what binds at least as tightly as `power` may stand without parentheses."""
        return self.text if self.power >= power else f"({self.text})"


Parts = list[tuple[Fraction, Term | None]]
"""A sum: each summand a coefficient and what it is times, nothing for the constant."""


class NumberWriter:
    """Writes numeric terms. `condition` writes what choices hang on; `named` has what an author calls a whole term.

    Every method raises Unwritable.
    """

    def __init__(
        self,
        program: Program,
        terms: Terms,
        spellings: Mapping[str, str],
        named: Mapping[Term, tuple[str, Type]],
        condition: Callable[[Term], str],
    ) -> None:
        self._terms = terms
        self._spellings = spellings
        self._named = named
        self._condition = condition
        self._types = {variable.name: variable.type for variable in program.variables}
        self._scales = dict(program.scales)
        self._pieces = 0
        self._known: dict[Term, tuple[Piece, Fraction]] = {}

    def restart(self) -> None:
        """Begin another condition."""
        self._pieces = 0
        self._known.clear()

    def count(self, text: str = "") -> None:
        """Note one more piece of the condition, and refuse what becomes too long."""
        self._pieces += 1
        if self._pieces > MOST_PIECES or len(text) > LONGEST_TEXT:
            raise Unwritable("a condition that is too long")

    def spelled(self, term: Term) -> str:
        """The name of a variable."""
        name = str(term.value)
        if name not in self._spellings:
            raise Unwritable("a value after, which no guard may name")
        return self._spellings[name]

    def type_of(self, parts: Parts) -> Type:
        """Money where a summand is money of one asset, else a rational or an integer."""
        types = [self._monomial(part)[0].type for _, part in parts if part is not None]
        assets = {type_.asset for type_ in types if isinstance(type_, Money)}
        if len(assets) > 1:
            raise Unwritable("a sum of different assets")
        if assets:
            return Money(assets.pop())
        whole = all(isinstance(type_, Integer) for type_ in types)
        return Integer() if whole and all(factor.denominator == 1 for factor, _ in parts) else Rational()

    def sum(self, parts: Parts, type_: Type) -> Piece:
        """The sum at a type, what is added before what is taken away."""
        if not parts:
            return Piece("0", ATOM, Integer())
        first, *rest = sorted(parts, key=lambda each: each[0] < 0)
        piece = self._summand(*first, type_)
        if not rest:
            return piece
        text = piece.within(SUM)
        for factor, part in rest:
            next_piece = self._summand(abs(factor), part, type_)
            text += f" {'+' if factor > 0 else '-'} {next_piece.within(PRODUCT)}"
            self.count(text)
        return Piece(text, SUM, type_)

    def _summand(self, factor: Fraction, part: Term | None, type_: Type) -> Piece:
        unit = self.unit(type_)
        if part is None:
            text = _literal(factor / unit)
            return Piece(text, UNARY if factor < 0 else ATOM, type_)
        piece, ratio = self._monomial(part)
        if not isinstance(piece.type, Money):
            factor /= unit
        return _times(factor / ratio, piece)

    def _monomial(self, term: Term) -> tuple[Piece, Fraction]:
        """Text for a product or any other summand; read again it is that much times the term."""
        if term not in self._known:
            self.count()
            plain = term in self._named or term.op is not Op.MUL
            self._known[term] = (self._atom(term), Fraction(1)) if plain else self._product(term)
        return self._known[term]

    def _product(self, term: Term) -> tuple[Piece, Fraction]:
        piece, ratio = self._factor(term.args[0])
        for arg in term.args[1:]:
            factor, more = self._factor(arg)
            ratio *= more * self._ratio(piece.type, factor.type)
            text = f"{piece.within(PRODUCT)} * {factor.within(UNARY)}"
            self.count(text)
            piece = Piece(text, PRODUCT, product("*", piece.type, factor.type))
        return piece, ratio

    def _factor(self, term: Term) -> tuple[Piece, Fraction]:
        if term.op is Op.MUL and term not in self._named:
            return self._monomial(term)
        return self._number(term), Fraction(1)

    def _ratio(self, left: Type, right: Type) -> Fraction:
        """What a product of money is multiplied by when it is read, so that minor units stay minor units."""
        if isinstance(left, Money) and isinstance(right, Money):
            return 1 / (self.unit(left) * self.unit(right))
        for money, rate in ((left, right), (right, left)):
            if isinstance(money, Money) and converts("*", money, rate):
                return self.unit(product("*", money, rate)) / self.unit(money)
        return Fraction(1)

    def _number(self, term: Term) -> Piece:
        """Any numeric term, exactly."""
        if term in self._named or term.op not in (Op.ADD, Op.MUL, Op.NEG, Op.CONST):
            return self._atom(term)
        parts = self.parts(term)
        return self.sum(parts, self.type_of(parts))

    def _atom(self, term: Term) -> Piece:
        self.count()
        if term in self._named:
            text, type_ = self._named[term]
            return Piece(text, ATOM, type_)
        match term.op:
            case Op.VAR:
                return Piece(self.spelled(term), ATOM, self._types[str(term.value)])
            case Op.ITE:
                return self._if_then_else(term)
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.EXACT_DIV | Op.MOD:
                return self._quotient(term)
            case _:
                return self._number(term)

    def _quotient(self, term: Term) -> Piece:
        """A quotient whose operands have the types under which it reads with the rounding it has."""
        left, right = (self._number(arg) for arg in term.args)
        type_ = product("/", left.type, right.type)
        if term.op is Op.MOD:
            kept = left.type if isinstance(left.type, Money) else right.type
            if isinstance(kept, Rational) or self.unit(kept) != 1:
                raise Unwritable("a remainder of a fraction")
            return Piece(f"{left.within(PRODUCT)} % {right.within(UNARY)}", PRODUCT, kept)
        if isinstance(right.type, Money):
            alike = isinstance(left.type, Money) and left.type.asset == right.type.asset
            if not alike or term.op is not Op.EXACT_DIV:
                raise Unwritable("a quotient by money")
        if term.op in _CALLS:
            rounded = type_ if isinstance(type_, Money) else Integer()
            return Piece(f"{_CALLS[term.op]}({left.text}, {right.text})", ATOM, rounded)
        if (term.op is Op.EXACT_DIV) != isinstance(type_, Rational):
            raise Unwritable("a quotient that reads with another rounding")
        return Piece(f"{left.within(PRODUCT)} / {right.within(UNARY)}", PRODUCT, type_)

    def _if_then_else(self, term: Term) -> Piece:
        """`min`, `max`, or a choice; both alternatives at one type."""
        condition, then, other = term.args
        type_ = self.type_of([*self.parts(then), *self.parts(other)])
        first, second = self.sum(self.parts(then), type_), self.sum(self.parts(other), type_)
        smaller = self._terms.le(then, other)
        if condition is smaller or condition is self._terms.not_(smaller):
            name = "min" if condition is smaller else "max"
            return Piece(f"{name}({first.text}, {second.text})", ATOM, type_)
        text = f"if {self._condition(condition)} then {first.text} else {second.text}"
        self.count(text)
        return Piece(text, CHOICE, type_)

    def parts(self, term: Term) -> Parts:
        """The summands of a term, sums inside differences and multiples of sums multiplied out."""
        whole = self._terms.add(term)
        args = whole.args if whole.op is Op.ADD else (whole,)
        if len(args) > MOST_PIECES:
            raise Unwritable("a sum that is too long")
        return [self._coefficient(arg) for arg in args]

    def _coefficient(self, term: Term) -> tuple[Fraction, Term | None]:
        match term.op:
            case Op.CONST:
                return Fraction(number(term)), None
            case Op.NEG:
                return Fraction(-1), term.args[0]
            case Op.MUL if term.args[0].op is Op.CONST and term not in self._named:
                return Fraction(number(term.args[0])), self._terms.mul(*term.args[1:])
            case _:
                return Fraction(1), term

    def unit(self, type_: Type) -> Fraction:
        """Minor units of one unit of money, 1 for all else."""
        return Fraction(10) ** self._scales.get(type_.asset, 0) if isinstance(type_, Money) else Fraction(1)


def _times(factor: Fraction, piece: Piece) -> Piece:
    if factor == 1:
        return piece
    if factor == -1:
        return Piece(f"-{piece.within(UNARY)}", UNARY, piece.type)
    text = f"{_literal(factor)} * {piece.within(UNARY)}"
    whole = isinstance(piece.type, Integer) and factor.denominator != 1
    return Piece(text, PRODUCT, Rational() if whole else piece.type)


def is_decimal(value: Fraction) -> bool:
    """Whether a number has an exact decimal text."""
    return "/" not in decimal_text(value)


def _literal(value: Fraction) -> str:
    if not is_decimal(value):
        raise Unwritable("a fraction without a decimal text")
    return decimal_text(value)


def cleared(parts: Parts) -> Parts:
    """The same relation to 0 with whole coefficients that have no common divisor."""
    factors = [factor for factor, _ in parts if factor != 0]
    if not factors:
        return []
    denominator = lcm(*(factor.denominator for factor in factors))
    divisor = gcd(*(int(factor * denominator) for factor in factors))
    return [(factor * denominator / divisor, part) for factor, part in parts if factor != 0]
