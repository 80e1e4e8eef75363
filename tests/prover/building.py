"""Programs made by hand and random terms, for tests of the encoding that need no text."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from aethel.intent.program import Role, Variable
from aethel.intent.terms import Op, Sort, Term, Terms, Value
from aethel.intent.types import Account, Boolean, Integer, Rational, Type
from aethel.verdict import Span

NOWHERE = Span(0, 0, 1, 1)

TYPES: dict[Sort, Type] = {
    Sort.BOOL: Boolean(),
    Sort.INT: Integer(),
    Sort.RATIONAL: Rational(),
    Sort.IDENTITY: Account(),
}


def variable(terms: Terms, name: str, sort: Sort = Sort.INT) -> Variable:
    """An open variable of the widest type of its sort."""
    return Variable(name, Role.PARAMETER, TYPES[sort], terms.var(name, sort), 0, False, NOWHERE)


VARIABLES: dict[Sort, tuple[str, ...]] = {
    Sort.INT: ("i", "j", "k"),
    Sort.RATIONAL: ("p", "q"),
    Sort.BOOL: ("s", "t"),
    Sort.IDENTITY: ("alice", "bob"),
}

WHOLE = st.integers(-9, 9)
EXACT = st.fractions(-5, 5, max_denominator=6)
NAMES = st.sampled_from(["alice", "bob", "carol"])


def whole_as_integer(value: Fraction) -> Value:
    """The value as the language holds it: no fraction is whole."""
    return value.numerator if value.denominator == 1 else value


VALUES: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {
        **dict.fromkeys(VARIABLES[Sort.INT], WHOLE),
        **dict.fromkeys(VARIABLES[Sort.RATIONAL], EXACT.map(whole_as_integer)),
        **dict.fromkeys(VARIABLES[Sort.BOOL], st.booleans()),
        **dict.fromkeys(VARIABLES[Sort.IDENTITY], NAMES),
    }
)


ROUNDED = (Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV)


@st.composite
def terms_of(draw: st.DrawFn, terms: Terms, sort: Sort, depth: int = 4) -> Term:
    """A random term of one sort over VARIABLES, every operator included."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return _leaf(draw, terms, sort)
    below = depth - 1
    match sort:
        case Sort.BOOL:
            return _truth(draw, terms, below)
        case Sort.IDENTITY:
            condition = draw(terms_of(terms, Sort.BOOL, below))
            return terms.ite(condition, draw(terms_of(terms, sort, below)), draw(terms_of(terms, sort, below)))
        case _:
            return _number(draw, terms, sort, below)


def _leaf(draw: st.DrawFn, terms: Terms, sort: Sort) -> Term:
    if draw(st.booleans()):
        return terms.var(draw(st.sampled_from(VARIABLES[sort])), sort)
    match sort:
        case Sort.BOOL:
            return terms.const(draw(st.booleans()))
        case Sort.IDENTITY:
            return terms.const(draw(NAMES))
        case Sort.INT:
            return terms.const(draw(WHOLE))
        case Sort.RATIONAL:
            return terms.const(draw(EXACT))


def _truth(draw: st.DrawFn, terms: Terms, below: int) -> Term:
    operator = draw(st.sampled_from([Op.AND, Op.OR, Op.NOT, Op.EQ, Op.EQ, Op.LT, Op.LE, Op.IS_INT, Op.ITE]))
    if operator is Op.IS_INT:
        return terms.is_int(draw(terms_of(terms, Sort.RATIONAL, below)))
    if operator is Op.NOT:
        return terms.not_(draw(terms_of(terms, Sort.BOOL, below)))
    if operator in (Op.AND, Op.OR, Op.ITE):
        parts = [draw(terms_of(terms, Sort.BOOL, below)) for _ in range(3)]
        if operator is Op.ITE:
            return terms.ite(*parts)
        return terms.and_(*parts) if operator is Op.AND else terms.or_(*parts)
    if operator is Op.EQ:
        sort = draw(st.sampled_from(list(Sort)))
        return terms.eq(draw(terms_of(terms, sort, below)), draw(terms_of(terms, sort, below)))
    left, right = draw(_numeric(terms, below)), draw(_numeric(terms, below))
    return terms.lt(left, right) if operator is Op.LT else terms.le(left, right)


@st.composite
def _numeric(draw: st.DrawFn, terms: Terms, depth: int) -> Term:
    return draw(terms_of(terms, draw(st.sampled_from([Sort.INT, Sort.RATIONAL])), depth))


def _number(draw: st.DrawFn, terms: Terms, sort: Sort, below: int) -> Term:
    operators = [Op.ADD, Op.MUL, Op.NEG, Op.ITE, *ROUNDED, Op.MOD]
    operator = draw(st.sampled_from(operators if sort is Sort.INT else [*operators, Op.EXACT_DIV, Op.EXACT_DIV]))
    if operator is Op.NEG:
        return terms.neg(draw(terms_of(terms, sort, below)))
    operands = _numeric(terms, below) if operator in ROUNDED else terms_of(terms, sort, below)
    left, right = draw(operands), draw(operands)
    match operator:
        case Op.ADD:
            return terms.add(left, right, draw(terms_of(terms, sort, below)))
        case Op.MUL:
            return terms.mul(left, right)
        case Op.ITE:
            return terms.ite(draw(terms_of(terms, Sort.BOOL, below)), left, right)
        case Op.MOD:
            whole = terms_of(terms, Sort.INT, below)
            return terms.divide(Op.MOD, draw(whole), draw(whole))
        case _:
            return terms.divide(operator, left, right)
