"""Polynomials: one canonical form, the laws of arithmetic and of truths, and bounded work."""

from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.terms import Op, Sort, Terms, Value
from aethel.ledger.polynomial import Algebra, Meter, OutOfWork, Polynomial, constant, constant_polynomial, key, scaled
from aethel.ledger.translation import Translation
from tests.ledger.terms import VALUES, Meaning, numbers, truths

AMPLE = 2_000_000


def algebra() -> Algebra:
    return Algebra(Meter(AMPLE))


@given(st.data(), VALUES)
def test_a_polynomial_has_the_value_of_its_term(data: st.DataObject, values: dict[str, Value]) -> None:
    terms, made = Terms(), algebra()
    term = data.draw(numbers(terms) | truths(terms))
    polynomial = Translation(made, {}).polynomial(term)
    value = evaluate(term, values)
    assert not isinstance(value, str)
    assert Meaning(made, values).of(polynomial) == Fraction(value)


@given(st.data(), VALUES, st.sets(st.sampled_from(["x", "y", "z", "r", "b", "c", "p", "q"])))
def test_given_values_may_be_filled_in_before_or_after(
    data: st.DataObject, values: dict[str, Value], given_names: set[str]
) -> None:
    terms, made = Terms(), algebra()
    term = data.draw(numbers(terms) | truths(terms))
    known = {name: value for name, value in values.items() if name in given_names}
    value = evaluate(term, values)
    assert not isinstance(value, str)
    polynomial = Translation(made, known).polynomial(term)
    assert Meaning(made, values).of(polynomial) == Fraction(value)


@given(st.data(), VALUES)
def test_with_every_value_given_the_polynomial_is_that_number(data: st.DataObject, values: dict[str, Value]) -> None:
    terms = Terms()
    term = data.draw(numbers(terms) | truths(terms))
    assert constant(Translation(algebra(), values).polynomial(term)) == evaluate(term, values)


@given(st.data())
def test_rearranged_sums_and_products_have_one_form(data: st.DataObject) -> None:
    terms = Terms()
    translation = Translation(algebra(), {})
    a, b, c = (data.draw(numbers(terms, 2)) for _ in range(3))
    spread = terms.add(terms.mul(a, c), terms.mul(c, b))
    assert key(translation.polynomial(terms.mul(terms.add(a, b), c))) == key(translation.polynomial(spread))
    choice = data.draw(truths(terms, 1))
    moved = terms.add(terms.ite(choice, a, b), terms.ite(choice, terms.neg(a), terms.neg(b)))
    assert translation.polynomial(moved) == {}
    assert translation.polynomial(terms.sub(terms.add(a, b), terms.add(b, a))) == {}


def test_opposite_comparisons_never_hold_together() -> None:
    terms = Terms()
    translation = Translation(algebra(), {})
    x, y = terms.var("x", Sort.INT), terms.var("y", Sort.INT)
    less, more, same = terms.lt(x, y), terms.lt(terms.mul(terms.const(2), y), terms.add(x, x)), terms.eq(y, x)
    assert translation.polynomial(terms.and_(less, more)) == {}
    assert translation.polynomial(terms.and_(less, same)) == {}
    assert translation.polynomial(terms.or_(less, more, same)) == constant_polynomial(1)
    assert translation.polynomial(terms.le(x, y)) == translation.polynomial(terms.not_(more))


def test_equal_roundings_are_one_atom_and_whole_multiples_leave_them() -> None:
    terms = Terms()
    translation = Translation(algebra(), {})
    x, y = terms.var("x", Sort.INT), terms.var("y", Sort.INT)
    three = terms.const(3)

    def third(*parts: object) -> Polynomial:
        return translation.polynomial(terms.divide(Op.FLOOR_DIV, terms.add(*parts), three))  # type: ignore[arg-type]

    assert third(x, y) == third(y, x)
    shifted = third(x, terms.mul(three, y), terms.const(6))
    assert shifted == translation.algebra.sum((third(x), translation.polynomial(y), constant_polynomial(2)))
    remainder = translation.polynomial(terms.divide(Op.MOD, x, three))
    assert translation.algebra.sum((scaled(third(x), 3), remainder)) == translation.polynomial(x)


def test_a_rational_variable_does_not_leave_a_rounding() -> None:
    terms = Terms()
    translation = Translation(algebra(), {})
    r = terms.var("r", Sort.RATIONAL)
    doubled = translation.polynomial(terms.divide(Op.FLOOR_DIV, terms.mul(terms.const(2), r), terms.const(2)))
    assert doubled != translation.polynomial(r)


def test_known_identities_are_compared() -> None:
    terms = Terms()
    same = terms.eq(terms.var("p", Sort.IDENTITY), terms.var("q", Sort.IDENTITY))
    cases: list[tuple[dict[str, Value], int | None]] = [
        ({"p": "ann", "q": "bob"}, 0),
        ({"p": "ann", "q": "ann"}, 1),
        ({"p": "ann"}, None),
    ]
    for known, truth in cases:
        assert constant(Translation(algebra(), known).polynomial(same)) == truth


def test_quotients_by_different_divisors_are_different() -> None:
    terms = Terms()
    x, y, z = (terms.var(name, Sort.INT) for name in "xyz")
    by_y, by_z = terms.divide(Op.EXACT_DIV, x, y), terms.divide(Op.EXACT_DIV, x, z)
    assert Translation(algebra(), {}).polynomial(terms.sub(by_y, by_z)) != {}


def test_an_exact_quotient_does_not_leave_a_rounding() -> None:
    terms = Terms()
    translation = Translation(algebra(), {})
    x, y = terms.var("x", Sort.INT), terms.var("y", Sort.INT)
    quotient = terms.divide(Op.EXACT_DIV, x, y)
    tripled = terms.divide(Op.FLOOR_DIV, terms.mul(terms.const(3), quotient), terms.const(3))
    assert translation.polynomial(tripled) != translation.polynomial(quotient)


def test_half_of_a_whole_number_is_not_taken_for_whole() -> None:
    terms = Terms()
    x = terms.var("x", Sort.INT)
    half = terms.divide(Op.EXACT_DIV, x, terms.const(2))
    translation = Translation(algebra(), {})
    assert constant(translation.polynomial(terms.is_int(half))) is None
    assert constant(translation.polynomial(terms.is_int(terms.add(half, half)))) == 1


def test_a_replaced_atom_is_replaced_in_every_power() -> None:
    made = algebra()
    x, y = made.variable("x", is_whole=True), made.variable("y", is_whole=True)
    cube = made.product(made.power(x, 3), y)
    replaced = made.substituted(cube, {0: made.sum((y, constant_polynomial(1)))})
    assert replaced == made.product(made.power(made.sum((y, constant_polynomial(1))), 3), y)


@pytest.mark.parametrize("exponent", [1, 2, 5, 8])
def test_a_power_is_repeated_multiplication(exponent: int) -> None:
    made = algebra()
    base = made.sum((made.variable("x", is_whole=True), constant_polynomial(2)))
    product = constant_polynomial(1)
    for _ in range(exponent):
        product = made.product(product, base)
    assert made.power(base, exponent) == product


def test_work_beyond_the_limit_stops() -> None:
    made = Algebra(Meter(1000))
    base = made.sum(made.variable(f"x{n}", is_whole=True) for n in range(20))
    with pytest.raises(OutOfWork):
        made.power(base, 4)


def test_a_number_multiplied_by_itself_over_and_over_stops() -> None:
    made = algebra()
    number = reduce(lambda product, _: made.product(product, product), range(11), constant_polynomial(3))
    with pytest.raises(OutOfWork):
        made.product(number, number)
