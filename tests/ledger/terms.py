"""Random terms of the intent language, and the meaning of a polynomial's atoms, for laws about both."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from aethel.intent.terms import Op, Sort, Term, Terms, Value, divided
from aethel.ledger.polynomial import Algebra, Polynomial

INTEGERS = ("x", "y", "z")
RATIONALS = ("r",)
TRUTHS = ("b", "c")
IDENTITIES = ("p", "q")

NUMBERS = st.integers(-4, 4)
VALUES: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {name: st.integers(-5, 5) for name in INTEGERS}
    | {name: st.fractions(-3, 3, max_denominator=4) for name in RATIONALS}
    | {name: st.booleans() for name in TRUTHS}
    | {name: st.sampled_from(["ann", "bob"]) for name in IDENTITIES}
)
DIVISIONS = (Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.EXACT_DIV, Op.MOD)


@st.composite
def numbers(draw: st.DrawFn, terms: Terms, depth: int = 3, *, whole: bool = False) -> Term:
    """A number; only integers where `whole`, as remainders need. No divisor is zero, whatever the variables are."""
    leaves: list[Callable[[], Term]] = [
        lambda: terms.const(draw(NUMBERS)),
        lambda: terms.var(draw(st.sampled_from(INTEGERS)), Sort.INT),
    ]
    if not whole:
        leaves.append(lambda: terms.var("r", Sort.RATIONAL))
    if depth == 0:
        return draw(st.sampled_from(leaves))()
    part = numbers(terms, depth - 1, whole=whole)
    divisions = DIVISIONS if not whole else tuple(op for op in DIVISIONS if op is not Op.EXACT_DIV)
    branches: list[Callable[[], Term]] = [
        lambda: terms.add(draw(part), draw(part)),
        lambda: terms.sub(draw(part), draw(part)),
        lambda: terms.mul(draw(part), draw(part)),
        lambda: terms.neg(draw(part)),
        lambda: terms.ite(draw(truths(terms, depth - 1)), draw(part), draw(part)),
        lambda: draw(divided_terms(terms, depth - 1, draw(st.sampled_from(divisions)), whole=whole)),
    ]
    return draw(st.sampled_from([*leaves, *branches]))()


@st.composite
def divided_terms(draw: st.DrawFn, terms: Terms, depth: int, op: Op, *, whole: bool) -> Term:
    """A quotient or remainder by a constant, or by something squared and one more."""
    integral = whole or op is Op.MOD
    dividend = draw(numbers(terms, depth, whole=integral))
    if draw(st.booleans()):
        return terms.divide(op, dividend, terms.const(draw(NUMBERS.filter(bool))))
    base = draw(numbers(terms, depth, whole=integral))
    return terms.divide(op, dividend, terms.add(terms.mul(base, base), terms.const(1)))


@st.composite
def truths(draw: st.DrawFn, terms: Terms, depth: int = 3) -> Term:
    if depth == 0:
        return terms.var(draw(st.sampled_from(TRUTHS)), Sort.BOOL)
    number, truth = numbers(terms, depth - 1), truths(terms, depth - 1)
    first, second = terms.var("p", Sort.IDENTITY), terms.var("q", Sort.IDENTITY)
    branches: list[Callable[[], Term]] = [
        lambda: terms.lt(draw(number), draw(number)),
        lambda: terms.le(draw(number), draw(number)),
        lambda: terms.eq(draw(number), draw(number)),
        lambda: terms.eq(draw(truth), draw(truth)),
        lambda: terms.eq(first, draw(st.sampled_from([second, terms.const("ann")]))),
        lambda: terms.and_(draw(truth), draw(truth)),
        lambda: terms.or_(draw(truth), draw(truth)),
        lambda: terms.not_(draw(truth)),
        lambda: terms.is_int(draw(number)),
    ]
    return draw(st.sampled_from(branches))()


class Meaning:
    """The value of polynomials of one algebra under values of the variables, atom by atom."""

    def __init__(self, algebra: Algebra, values: dict[str, Value]) -> None:
        self.values = values
        self.names: dict[int, Any] = {atom.index: name for name, atom in algebra._interned.items()}
        self.atoms = algebra.atoms

    def of(self, subject: Polynomial) -> Fraction:
        total = Fraction(0)
        for monomial, coefficient in subject.items():
            product = Fraction(coefficient)
            for index, power in monomial:
                product *= self.atom(index) ** power
            total += product
        return total

    def atom(self, index: int) -> Fraction:
        atom = self.atoms[index]
        if atom.subject is not None:
            sign = self.of(atom.subject)
            is_below = atom.opposite == index + 1
            return Fraction(sign < 0 if is_below else sign > 0)
        kind, name = self.names[index]
        if kind == "variable":
            value = self.values[name]
            assert not isinstance(value, str)
            return Fraction(value)
        return self.opaque(name) if kind == "opaque" else self.truth(name)

    def opaque(self, name: Any) -> Fraction:
        if name[0] == "reciprocal":
            return 1 / self.of(dict(name[1]))
        op, dividend, divisor = name
        return Fraction(divided(op, self.of(dict(dividend)), self.of(dict(divisor))))

    def truth(self, name: Any) -> Fraction:
        match name:
            case ("variable", variable):
                return Fraction(bool(self.values[variable]))
            case ("whole", subject):
                return Fraction(self.of(dict(subject)).denominator == 1)
            case ("same", pair):
                known = {each[1] if each[0] == "is" else self.values[each[1]] for each in pair}
                return Fraction(len(known) == 1)
        raise AssertionError(name)
