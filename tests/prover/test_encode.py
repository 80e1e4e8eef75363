"""The encoding means what evaluation means, for every operator, sign and rounding."""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.terms import Op, Sort, Term, Terms, Value, divided, variables
from aethel.prover.alarm import Alarm
from aethel.prover.encode import Encoder
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.stops import Unmodelled
from tests.prover.building import ROUNDED, VALUES, VARIABLES, terms_of, variable

WORK = 3_000_000
SORTS = {name: sort for sort, names in VARIABLES.items() for name in names}


def only_value(terms: Terms, term: Term, values: dict[str, Value], claimed: Value) -> bool:
    """Whether the solver proves that `term` is `claimed` at `values`, and that these values are possible at all."""
    names = variables(term)
    fixed = tuple(terms.eq(terms.var(name, SORTS[name]), terms.const(values[name])) for name in names)
    claim = terms.eq(term, terms.const(claimed))
    solver = ProgramSolver([variable(terms, name, SORTS[name]) for name in names], Alarm(60_000))
    possible = solver.quick(Query((*fixed, claim), None), WORK)
    proof = solver.quick(Query(fixed, claim), WORK)
    return (possible.status, proof.status) == (Status.SATISFIABLE, Status.UNSATISFIABLE)


@given(st.data(), VALUES, st.sampled_from([Sort.BOOL, Sort.INT, Sort.RATIONAL]))
def test_the_solver_proves_of_a_random_term_the_value_that_evaluation_gives(
    data: st.DataObject, values: dict[str, Value], sort: Sort
) -> None:
    terms = Terms()
    term = data.draw(terms_of(terms, sort))
    assert only_value(terms, term, values, evaluate(term, values))


@pytest.mark.parametrize("op", [*ROUNDED, Op.MOD])
@pytest.mark.parametrize("divisor", [-4, -3, -1, 1, 2, 5])
@pytest.mark.parametrize("known_divisor", [True, False])
def test_a_whole_quotient_is_pythons_for_every_sign(op: Op, divisor: int, known_divisor: bool) -> None:
    for dividend in range(-6, 7):
        terms = Terms()
        right = terms.const(divisor) if known_divisor else terms.var("j", Sort.INT)
        term = terms.divide(op, terms.var("i", Sort.INT), right)
        expected = divided(op, dividend, divisor)
        assert only_value(terms, term, {"i": dividend, "j": divisor}, expected), (dividend, divisor)


@pytest.mark.parametrize("op", ROUNDED)
@pytest.mark.parametrize("divisor", [Fraction(-3, 2), Fraction(1, 2), Fraction(5, 3)])
@pytest.mark.parametrize("known_divisor", [True, False])
def test_the_quotient_of_fractions_is_rounded_from_their_exact_quotient(
    op: Op, divisor: Fraction, known_divisor: bool
) -> None:
    for sixths in range(-9, 10):
        terms = Terms()
        right = terms.const(divisor) if known_divisor else terms.var("q", Sort.RATIONAL)
        term = terms.divide(op, terms.var("p", Sort.RATIONAL), right)
        dividend = Fraction(sixths, 6)
        values: dict[str, Value] = {"p": dividend, "q": divisor}
        assert only_value(terms, term, values, divided(op, dividend, divisor)), (dividend, divisor)


@pytest.mark.parametrize("op", [*ROUNDED, Op.MOD, Op.EXACT_DIV])
def test_a_divisor_of_zero_gives_zero_as_in_evaluation(op: Op) -> None:
    terms = Terms()
    term = terms.divide(op, terms.var("i", Sort.INT), terms.var("j", Sort.INT))
    assert evaluate(term, {"i": 7, "j": 0}) == 0
    assert only_value(terms, term, {"i": 7, "j": 0}, 0)


def test_a_remainder_and_its_quotient_make_up_the_dividend() -> None:
    terms = Terms()
    whole, divisor = terms.var("i", Sort.INT), terms.const(7)
    parts = terms.add(
        terms.mul(divisor, terms.divide(Op.FLOOR_DIV, whole, divisor)), terms.divide(Op.MOD, whole, divisor)
    )
    solver = ProgramSolver([variable(terms, "i")], Alarm(60_000))
    assert solver.quick(Query((), terms.eq(parts, whole)), WORK).status is Status.UNSATISFIABLE


def test_two_identities_of_different_text_are_never_equal_and_of_one_text_always() -> None:
    terms = Terms()
    alice = terms.var("alice", Sort.IDENTITY)
    solver = ProgramSolver([variable(terms, "alice", Sort.IDENTITY)], Alarm(60_000))
    first, second = terms.eq(alice, terms.const("DE1")), terms.eq(alice, terms.const("DE2"))
    assert solver.quick(Query((first, second), None), WORK).status is Status.UNSATISFIABLE
    assert solver.quick(Query((terms.not_(first),), terms.not_(first)), WORK).status is Status.UNSATISFIABLE


def test_a_found_identity_is_named_after_its_variable_or_its_literal() -> None:
    terms = Terms()
    alice, bob = (terms.var(name, Sort.IDENTITY) for name in VARIABLES[Sort.IDENTITY])
    solver = ProgramSolver([variable(terms, name, Sort.IDENTITY) for name in VARIABLES[Sort.IDENTITY]], Alarm(60_000))
    apart = (terms.eq(alice, terms.const("bob")), terms.not_(terms.eq(alice, bob)))
    assert solver.quick(Query(apart, None), WORK).values == {"alice": "bob", "bob": "bob2"}


def test_a_product_of_too_many_unknowns_is_unmodelled() -> None:
    terms = Terms()
    power = terms.var("i", Sort.INT)
    for _ in range(5):
        power = terms.mul(power, power)
    solver = ProgramSolver([variable(terms, "i")], Alarm(60_000))
    with pytest.raises(Unmodelled, match="a product of more than 16 unknowns"):
        solver.quick(Query((terms.le(power, terms.const(0)),), None), WORK)


def test_denominators_without_a_bounded_common_multiple_are_unmodelled() -> None:
    terms = Terms()
    shares = [terms.mul(terms.const(Fraction(1, 2**200 + 2 * odd + 1)), terms.var("i", Sort.INT)) for odd in range(60)]
    solver = ProgramSolver([variable(terms, "i")], Alarm(60_000))
    with pytest.raises(Unmodelled, match="common denominator"):
        solver.quick(Query((terms.le(terms.add(*shares), terms.const(0)),), None), WORK)


@pytest.mark.full
def test_a_chain_of_thirty_thousand_terms_is_encoded_without_recursion() -> None:
    terms = Terms()
    value = terms.var("i", Sort.INT)
    for step in range(10_000):
        value = terms.ite(terms.le(value, terms.const(step)), terms.neg(value), terms.add(value, terms.const(1)))
    context = z3.Context()
    formula = Encoder(context, {"i": "v0"}, Alarm(60_000)).formula(terms.le(value, terms.const(0)))
    assert formula.sort() == z3.BoolSort(context)
