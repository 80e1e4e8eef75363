"""Given values put into terms mean what evaluation means, and cost no more than they may."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.terms import Op, Sort, Terms, Value
from aethel.prover.alarm import Alarm
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.prover.substitution import Substitution
from tests.prover.building import VALUES, terms_of

SORTS = st.sampled_from([Sort.BOOL, Sort.INT, Sort.RATIONAL, Sort.IDENTITY])


@given(st.data(), VALUES, SORTS)
def test_putting_in_every_value_is_evaluation(data: st.DataObject, values: dict[str, Value], sort: Sort) -> None:
    term = data.draw(terms_of(Terms(), sort))
    put = Substitution(values, Alarm(60_000)).of(term)
    assert put.op is Op.CONST
    assert put.value == evaluate(term, values)


@given(st.data(), VALUES, SORTS, st.sets(st.sampled_from(["i", "j", "p", "s", "alice"])))
def test_what_is_given_first_does_not_change_the_value(
    data: st.DataObject, values: dict[str, Value], sort: Sort, first: set[str]
) -> None:
    term = data.draw(terms_of(Terms(), sort))
    put = Substitution({name: values[name] for name in first}, Alarm(60_000)).of(term)
    assert evaluate(put, values) == evaluate(term, values)


@pytest.mark.parametrize("start", [10**40, Fraction(1, 10**40)])
def test_a_number_that_doubles_its_length_at_every_line_is_refused(start: Value) -> None:
    terms = Terms()
    value = terms.var("p", Sort.RATIONAL)
    for _ in range(8):
        value = terms.mul(value, terms.ite(terms.var("s", Sort.BOOL), value, terms.const(1)))
    with pytest.raises(Unmodelled, match="bits"):
        Substitution({"p": start, "s": True}, Alarm(60_000)).of(value)


def test_a_sum_whose_common_denominator_grows_without_bound_is_refused() -> None:
    terms = Terms()
    names = [f"p{position}" for position in range(60)]
    total = terms.add(*(terms.var(name, Sort.RATIONAL) for name in names))
    values: dict[str, Value] = {name: Fraction(1, 2**200 + 2 * odd + 1) for odd, name in enumerate(names)}
    with pytest.raises(Unmodelled, match="bits"):
        Substitution(values, Alarm(60_000)).of(total)


def test_no_work_is_begun_after_the_deadline() -> None:
    terms = Terms()
    value = terms.var("i", Sort.INT)
    for step in range(1000):
        value = terms.ite(terms.le(value, terms.const(step)), value, terms.neg(value))
    with pytest.raises(DeadlinePassed):
        Substitution({}, Alarm(0)).of(value)
