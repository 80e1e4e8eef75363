"""What the solver answers to hand-made questions, against every value of a small domain."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.terms import Op, Sort, Term, Terms, Value
from aethel.prover.alarm import Alarm
from aethel.prover.solver import Answer, ProgramSolver, Query, Status
from tests.prover.building import terms_of, variable

WORK = 2_000_000
NUMBERS = (-3, -2, -1, 0, 1, 2, 3)
IDENTITIES = ("alice", "bob", "carol", "somebody", "somebody else")
"""The three that terms name, and one for each variable that may differ from them."""

DOMAIN: dict[str, tuple[Value, ...]] = {
    "i": NUMBERS,
    "j": NUMBERS,
    "s": (False, True),
    "alice": IDENTITIES,
    "bob": IDENTITIES,
}
SORTS = {"i": Sort.INT, "j": Sort.INT, "s": Sort.BOOL, "alice": Sort.IDENTITY, "bob": Sort.IDENTITY}


def solver_over(terms: Terms) -> ProgramSolver:
    return ProgramSolver([variable(terms, name, sort) for name, sort in SORTS.items()], Alarm(60_000))


def within_domain(terms: Terms) -> tuple[Term, ...]:
    low, high = terms.const(NUMBERS[0]), terms.const(NUMBERS[-1])
    numbers = [terms.var(name, Sort.INT) for name in ("i", "j")]
    return tuple(terms.and_(terms.le(low, number), terms.le(number, high)) for number in numbers)


def refuting_values(terms: Terms, assumed: Term, claim: Term) -> bool:
    """Whether any values of the domain satisfy the assumption and not the claim."""
    refutation = terms.and_(assumed, terms.not_(claim))
    used = {str(name) for name in DOMAIN if terms.var(name, SORTS[name]) in below(refutation)}
    choices = [DOMAIN[name] if name in used else DOMAIN[name][:1] for name in DOMAIN]
    return any(evaluate(refutation, dict(zip(DOMAIN, chosen, strict=True))) for chosen in product(*choices))


def below(term: Term) -> set[Term]:
    found, stack = {term}, [term]
    while stack:
        for arg in stack.pop().args:
            if arg not in found:
                found.add(arg)
                stack.append(arg)
    return found


def over_domain(term: Term) -> bool:
    return not any(node.op is Op.VAR and node.value not in DOMAIN for node in below(term))


@given(st.data(), st.booleans())
def test_a_random_claim_is_proved_exactly_where_no_values_of_the_domain_refute_it(
    data: st.DataObject, thorough: bool
) -> None:
    terms = Terms()
    formulas = terms_of(terms, Sort.BOOL, 3).filter(over_domain)
    assumed, claim = data.draw(formulas), data.draw(formulas)
    query = Query((*within_domain(terms), assumed), claim)
    solver = solver_over(terms)
    answer = solver.thorough(query, WORK) if thorough else solver.quick(query, WORK)
    expected = Status.SATISFIABLE if refuting_values(terms, assumed, claim) else Status.UNSATISFIABLE
    assert answer.status in (expected, Status.UNDECIDED)
    if answer.status is Status.SATISFIABLE:
        assert answer.values is not None
        assert evaluate(terms.and_(*query.assumptions, terms.not_(claim)), answer.values) is True


def bounded_question(terms: Terms) -> Query:
    """i ≥ 1000 and j ≥ i refute j ≤ 3; the third assumption has no part in anything."""
    i, j, spare = (terms.var(name, Sort.INT) for name in ("i", "j", "k"))
    assumptions = (
        terms.le(terms.const(1000), i),
        terms.le(i, j),
        terms.le(terms.const(0), spare),
    )
    return Query(assumptions, terms.le(j, terms.const(3)))


def ask_over_three(terms: Terms, query: Query, budget: int = WORK) -> Answer:
    return ProgramSolver([variable(terms, name) for name in ("i", "j", "k")], Alarm(60_000)).quick(query, budget)


def test_the_core_of_a_proof_holds_what_it_used_and_nothing_else() -> None:
    terms = Terms()
    assumptions = bounded_question(terms).assumptions
    answer = ask_over_three(terms, Query(assumptions, terms.le(terms.const(999), terms.var("j", Sort.INT))))
    assert (answer.status, answer.core) == (Status.UNSATISFIABLE, (0, 1))


def test_the_numbers_of_a_refutation_are_no_larger_than_the_least_power_of_ten_that_allows_one() -> None:
    terms = Terms()
    values = ask_over_three(terms, bounded_question(terms)).values
    assert values is not None
    assert max(value for value in values.values() if isinstance(value, int)) == 1000


def test_equal_questions_cost_and_answer_the_same() -> None:
    def answers() -> list[Answer]:
        terms = Terms()
        query = bounded_question(terms)
        return [ask_over_three(terms, query), ask_over_three(terms, query)]

    first, second = answers(), answers()
    assert first == second
    assert first[0] == first[1]
    assert first[0].work > 0


def cubes(terms: Terms) -> Query:
    """Whether 42 is a sum of three cubes, as a claim that it is not."""
    numbers = [terms.var(name, Sort.INT) for name in ("i", "j", "k")]
    total = terms.add(*(terms.mul(number, number, number) for number in numbers))
    return Query((), terms.not_(terms.eq(total, terms.const(42))))


@pytest.mark.parametrize("thorough", [False, True])
def test_a_hard_question_is_undecided_after_its_budget_and_hardly_more(thorough: bool) -> None:
    terms = Terms()
    solver = ProgramSolver([variable(terms, name) for name in ("i", "j", "k")], Alarm(60_000))
    answer = (solver.thorough if thorough else solver.quick)(cubes(terms), 200_000)
    assert answer.status is Status.UNDECIDED
    assert 100_000 < answer.work < 300_000


def test_a_hard_question_does_not_burden_the_next_one() -> None:
    terms = Terms()
    easy = Query((), terms.le(terms.var("i", Sort.INT), terms.add(terms.var("i", Sort.INT), terms.const(1))))
    solver = ProgramSolver([variable(terms, name) for name in ("i", "j", "k")], Alarm(60_000))
    query = Query(cubes(terms).assumptions, terms.le(terms.var("j", Sort.INT), terms.var("k", Sort.INT)))
    alone = solver.quick(query, WORK).work
    assert solver.quick(cubes(terms), 200_000).status is Status.UNDECIDED
    assert solver.quick(query, WORK).work <= 2 * alone
    assert easy.denied is terms.true or solver.quick(easy, WORK).status is Status.UNSATISFIABLE
