"""The SMT-LIB text means what evaluation means, and tells nothing that it should not."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import obligations
from aethel.intent.terms import Op, Sort, Term, Terms, Value, divided, variables
from aethel.prover.second_solver import cross_check
from aethel.prover.smtlib import exported, script
from aethel.prover.solver import Status
from aethel.prover.stops import Unmodelled
from tests.intent.readings import intent, reading
from tests.prover.building import ROUNDED, VALUES, VARIABLES, terms_of, variable

WORK = 100_000
SORTS = {name: sort for sort, names in VARIABLES.items() for name in names}


def status_of(terms: Terms, assumptions: tuple[Term, ...], denied: Term | None) -> Status:
    names = variables(*assumptions, *(() if denied is None else (denied,)))
    text = script([variable(terms, name, SORTS[name]) for name in names], assumptions, denied)
    return cross_check(text, WORK, 60_000).status


def said(terms: Terms, term: Term, values: dict[str, Value], claimed: Value) -> tuple[Status, Status]:
    """Whether by the text `term` can be `claimed` at `values`, and whether it can be anything else there."""
    fixed = tuple(terms.eq(terms.var(name, SORTS[name]), terms.const(values[name])) for name in variables(term))
    claim = terms.eq(term, terms.const(claimed))
    return status_of(terms, (*fixed, claim), None), status_of(terms, fixed, claim)


def only_value(terms: Terms, term: Term, values: dict[str, Value], claimed: Value) -> bool:
    """Whether the text says that `term` is `claimed` at `values`, and that these values are possible at all."""
    return said(terms, term, values, claimed) == (Status.SATISFIABLE, Status.UNSATISFIABLE)


@given(st.data(), VALUES, st.sampled_from([Sort.BOOL, Sort.INT, Sort.RATIONAL]))
def test_a_random_term_has_the_one_value_that_evaluation_gives(
    data: st.DataObject, values: dict[str, Value], sort: Sort
) -> None:
    terms = Terms()
    term = data.draw(terms_of(terms, sort))
    is_so, is_another = said(terms, term, values, evaluate(term, values))
    # A quotient of quotients of unknowns may stay open.
    assert is_so is not Status.UNSATISFIABLE
    assert is_another is not Status.SATISFIABLE


@pytest.mark.parametrize("op", [*ROUNDED, Op.MOD])
@pytest.mark.parametrize("divisor", [-4, -1, 2, 5])
@pytest.mark.parametrize("known_divisor", [True, False])
def test_a_whole_quotient_is_pythons_for_every_sign(op: Op, divisor: int, known_divisor: bool) -> None:
    for dividend in (-6, -5, -3, 0, 2, 5, 7):
        terms = Terms()
        right = terms.const(divisor) if known_divisor else terms.var("j", Sort.INT)
        term = terms.divide(op, terms.var("i", Sort.INT), right)
        expected = divided(op, dividend, divisor)
        assert only_value(terms, term, {"i": dividend, "j": divisor}, expected), (dividend, divisor)


@pytest.mark.parametrize("op", ROUNDED)
@pytest.mark.parametrize("divisor", [Fraction(-3, 2), Fraction(5, 3)])
@pytest.mark.parametrize("known_divisor", [True, False])
def test_the_quotient_of_fractions_is_rounded_from_their_exact_quotient(
    op: Op, divisor: Fraction, known_divisor: bool
) -> None:
    for sixths in (-9, -4, 0, 3, 5):
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
    assert only_value(terms, term, {"i": 7, "j": 0}, 0)


def test_two_identities_of_different_text_are_never_equal() -> None:
    terms = Terms()
    alice = terms.var("alice", Sort.IDENTITY)
    both = (terms.eq(alice, terms.const("DE1")), terms.eq(alice, terms.const("DE2")))
    assert status_of(terms, both, None) is Status.UNSATISFIABLE
    assert status_of(terms, both[:1], None) is Status.SATISFIABLE


@pytest.mark.parametrize(
    ("logic", "build"),
    [
        ("QF_LIA", lambda terms, i, p: terms.le(terms.mul(terms.const(Fraction(1, 3)), i), terms.const(5))),
        ("QF_LIA", lambda terms, i, p: terms.le(terms.divide(Op.FLOOR_DIV, i, terms.const(-3)), i)),
        ("QF_NIA", lambda terms, i, p: terms.le(terms.divide(Op.FLOOR_DIV, terms.const(9), i), i)),
        ("QF_LRA", lambda terms, i, p: terms.lt(terms.neg(p), terms.const(Fraction(-1, 3)))),
        ("QF_NRA", lambda terms, i, p: terms.lt(terms.mul(p, p), p)),
        ("QF_LIRA", lambda terms, i, p: terms.lt(i, p)),
        ("QF_NIRA", lambda terms, i, p: terms.lt(terms.divide(Op.EXACT_DIV, i, p), p)),
    ],
)
def test_the_logic_is_the_smallest_that_fits(logic: str, build) -> None:  # type: ignore[no-untyped-def]
    terms = Terms()
    claim = build(terms, terms.var("i", Sort.INT), terms.var("p", Sort.RATIONAL))
    text = script([variable(terms, "i"), variable(terms, "p", Sort.RATIONAL)], (), claim)
    assert text.startswith(f"(set-logic {logic})\n")
    assert cross_check(text, WORK, 60_000).status is not Status.UNDECIDED


def chain(steps: int) -> str:
    """A term in which every step uses the one before it three times."""
    terms = Terms()
    value = terms.var("i", Sort.INT)
    for step in range(steps):
        value = terms.ite(terms.le(value, terms.const(step)), terms.neg(value), terms.add(value, terms.const(1)))
    return script([variable(terms, "i")], (), terms.le(value, terms.const(0)))


def test_text_grows_with_distinct_nodes_only() -> None:
    assert len(chain(2_000)) <= 2.2 * len(chain(1_000))


def test_equal_questions_are_equal_bytes() -> None:
    assert chain(50) == chain(50)


def test_long_expressions_nest_no_deeper_than_a_few_levels() -> None:
    terms = Terms()
    value = terms.var("i", Sort.INT)
    for step in range(1_000):
        value = terms.neg(terms.ite(terms.var("s", Sort.BOOL), value, terms.const(step)))
    text = script([variable(terms, "i"), variable(terms, "s", Sort.BOOL)], (), terms.le(value, terms.const(0)))
    depths = [0]
    for each in text:
        depths.append(depths[-1] + (each == "(") - (each == ")"))
    assert max(depths) < 20


def test_a_name_stands_in_a_comment_and_steers_nothing() -> None:
    terms = Terms()
    odd = variable(terms, "größe\n(check-sat)")
    text = script([odd], (), terms.le(odd.term, terms.const(0)), heading=("a\nb",))
    assert "; gr\\u{f6}\\u{df}e\\u{a}(check-sat)\n" in text
    assert text.startswith("; a\\u{a}b\n")
    assert text.isascii()


def test_an_export_tells_no_text_of_a_secret_line() -> None:
    lines = ("secret n <= old_a_balance;", "secret a_balance <= old_a_balance;")
    found = reading(intent("a: Account, b: Account, n: Balance", lines[0] + "n > 0;", lines[1], "transfer(a, b, n);"))
    assert found.file is not None
    for each in obligations(found.file):
        text = exported(found.file.programs[0], each)
        assert "a_balance <=" not in text
        assert "n <=" not in text


def test_what_is_beyond_the_limits_is_unmodelled() -> None:
    terms = Terms()
    power = terms.var("i", Sort.INT)
    for _ in range(5):
        power = terms.mul(power, power)
    with pytest.raises(Unmodelled, match="a product of more than 16 unknowns"):
        script([variable(terms, "i")], (), terms.le(power, terms.const(0)))
    with pytest.raises(Unmodelled, match="bits"):
        script([variable(terms, "i")], (), terms.le(terms.var("i", Sort.INT), terms.const(10**1300)))
    with pytest.raises(Unmodelled, match="bits"):
        script([variable(terms, "i")], (), shares(terms))


def shares(terms: Terms) -> Term:
    """A sum of fractions without a common denominator of bounded size."""
    parts = [terms.mul(terms.const(Fraction(1, 2**200 + 2 * odd + 1)), terms.var("i", Sort.INT)) for odd in range(60)]
    return terms.le(terms.add(*parts), terms.const(0))
