"""What assumptions say of atoms: nothing that is false where they hold, and enough to be of use."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.terms import Sort, Term, Terms, Value
from aethel.ledger.facts import facts_of, settled
from aethel.ledger.polynomial import Algebra, Meter
from aethel.ledger.translation import Translation
from tests.ledger.terms import VALUES, Meaning, numbers, truths


@st.composite
def true_terms(draw: st.DrawFn, terms: Terms, values: dict[str, Value]) -> Term:
    """An assumption that holds under `values`: a random truth or its denial, or an equation for a random number."""
    if draw(st.booleans()):
        truth = draw(truths(terms, 2))
        return truth if evaluate(truth, values) else terms.not_(truth)
    number = draw(numbers(terms, 2))
    return terms.eq(number, terms.const(evaluate(number, values)))


@given(st.data(), VALUES)
def test_a_reduced_polynomial_has_the_same_value_where_the_assumptions_hold(
    data: st.DataObject, values: dict[str, Value]
) -> None:
    terms = Terms()
    assumptions = data.draw(st.lists(true_terms(terms, values), max_size=3))
    number = data.draw(numbers(terms, 2))
    algebra = Algebra(Meter(2_000_000))
    translation = Translation(algebra, {})
    polynomial = translation.polynomial(number)
    facts = facts_of(translation, assumptions)
    assert facts.broken is None
    value = evaluate(number, values)
    assert not isinstance(value, str)
    assert Meaning(algebra, values).of(facts.reduced(polynomial)) == Fraction(value)
    assert all(values[name] == known for name, known in settled(assumptions).items())


def reduced(terms: Terms, delta: Term, *assumptions: Term) -> bool:
    """Whether the assumptions show that `delta` is zero."""
    translation = Translation(Algebra(Meter(10_000)), {})
    return facts_of(translation, assumptions).reduced(translation.polynomial(delta)) == {}


def test_an_equation_is_solved_for_a_variable_that_stands_alone_in_it() -> None:
    terms = Terms()
    n, m = terms.var("n", Sort.INT), terms.var("m", Sort.INT)
    spread = terms.add(n, terms.mul(n, m))
    k = terms.var("k", Sort.INT)
    assert reduced(terms, terms.sub(k, spread), terms.eq(spread, k))
    assert reduced(
        terms, terms.sub(k, spread), terms.eq(terms.mul(terms.const(2), k), terms.mul(terms.const(2), spread))
    )


def test_truths_that_are_only_equal_are_not_settled() -> None:
    terms = Terms()
    b, c = terms.var("b", Sort.BOOL), terms.var("c", Sort.BOOL)
    chosen = terms.ite(b, terms.const(1), terms.const(0))
    assert not reduced(terms, chosen, terms.eq(b, c))
    assert not reduced(terms, chosen, terms.not_(terms.and_(b, c)))
    assert reduced(terms, chosen, terms.not_(terms.or_(b, c)))


def test_several_equations_are_used_together() -> None:
    terms = Terms()
    n, m, k, j = (terms.var(name, Sort.INT) for name in "nmkj")
    chain = (terms.eq(n, terms.add(m, k)), terms.eq(m, terms.add(j, j)), terms.eq(k, terms.neg(j)))
    assert reduced(terms, terms.sub(n, j), *chain)
    assert not reduced(terms, terms.sub(n, j), *chain[:2])
    assert reduced(terms, terms.sub(k, j), terms.eq(n, terms.add(m, k)), terms.eq(m, terms.sub(n, j)))


def test_what_is_joined_is_taken_apart() -> None:
    terms = Terms()
    n, m, b = terms.var("n", Sort.INT), terms.var("m", Sort.INT), terms.var("b", Sort.BOOL)
    assert reduced(terms, terms.sub(n, m), terms.and_(b, terms.eq(n, m)))
    assert not reduced(terms, terms.sub(n, m), terms.or_(b, terms.eq(n, m)))


def test_a_sign_that_holds_denies_the_opposite_one() -> None:
    terms = Terms()
    n, m = terms.var("n", Sort.INT), terms.var("m", Sort.INT)
    chosen = terms.ite(terms.lt(m, n), terms.const(1), terms.const(0))
    assert reduced(terms, chosen, terms.lt(n, m))
    assert not reduced(terms, chosen, terms.not_(terms.eq(n, m)))


def test_two_bounds_that_meet_are_an_equation() -> None:
    terms = Terms()
    n, m = terms.var("n", Sort.INT), terms.var("m", Sort.INT)
    assert reduced(terms, terms.sub(n, m), terms.le(n, m), terms.le(m, n))
    assert not reduced(terms, terms.sub(n, m), terms.le(n, m))


def test_an_assumption_that_is_false_whatever_is_open_is_named() -> None:
    terms = Terms()
    n = terms.var("n", Sort.INT)
    false = terms.lt(n, terms.const(0))
    translation = Translation(Algebra(Meter(10_000)), {"n": 1})
    assert facts_of(translation, [terms.le(terms.const(0), n), false]).broken is false
