"""Canonical counterexamples: the first in their order, whatever the solver, the names and the order of the lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, islice, product
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import Kind, obligations, variables_of
from aethel.intent.program import Program, Variable
from aethel.intent.reading import read
from aethel.intent.terms import Op, Sort, Term, Terms, Value, in_order, variables
from aethel.prover import solver as solving
from aethel.prover.alarm import Alarm
from aethel.prover.minimal import in_canonical_order, is_linear
from aethel.prover.solver import Answer, ProgramSolver, Query, Status
from aethel.prover.substitution import Substitution
from tests.fuzz.generator import generate
from tests.prover.asking import PAY, UNGUARDED
from tests.prover.building import terms_of, variable

WORK = 2_000_000
CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.ae"))


def whole_numbers() -> Iterator[int]:
    yield 0
    for magnitude in count(1):
        yield magnitude
        yield -magnitude


def rank(value: Value) -> tuple[int, int, bool]:
    """Where a truth value or a number stands in its order."""
    exact = Fraction(value)
    decimals = next((each for each in range(20) if (exact * 10**each).denominator == 1), 20)
    return decimals, abs(exact.numerator), exact < 0


@dataclass(frozen=True, slots=True)
class Refuted:
    """An obligation that some values refute: the question whose answer has them, and a solver to ask."""

    program: Program
    query: Query
    solver: ProgramSolver

    def answer(self) -> Answer:
        return self.solver.quick(self.query, WORK)


def refuted(text: bytes) -> Iterator[Refuted]:
    reading = read(text)
    for position, program in enumerate(reading.file.programs if reading.file is not None else ()):
        assert reading.file is not None
        substitution = Substitution({}, Alarm(60_000))
        own = [each for each in obligations(reading.file) if each.program == position]
        others = variables_of(program, *own)[len(program.variables) :]
        solver = ProgramSolver((*in_canonical_order(program), *others), Alarm(60_000))
        for obligation in own:
            if obligation.kind not in (Kind.NON_VACUOUS, Kind.CONSISTENT):
                query = Query(substitution.of_all(obligation.assumptions), substitution.of(obligation.claim))
                if solver.decide(query, WORK).status is Status.SATISFIABLE:
                    yield Refuted(program, query, solver)


def refutes(query: Query, values: Mapping[str, Value]) -> bool:
    assert query.denied is not None
    known = dict(values)
    return all(evaluate(term, known) for term in query.assumptions) and not evaluate(query.denied, known)


def earlier(
    order: Sequence[Variable], found: Mapping[str, Value], query: Query, most: int
) -> Iterator[dict[str, Value]]:
    """Values that come before the ones found: for one variable after another a smaller one, small ones after it."""
    used = set(variables(*query.assumptions, *([query.denied] if query.denied is not None else [])))
    numeric = [each for each in order if each.name in used and each.term.sort is not Sort.IDENTITY]
    for position, changed in enumerate(numeric):
        fixed = {each.name: found[each.name] for each in order if each not in numeric[position:]}
        smaller = [value for value in _first(changed, 12) if rank(value) < rank(found[changed.name])]
        rest = [[*_first(each, 5), found[each.name]] for each in numeric[position + 1 :]]
        for chosen in islice(product(smaller, *rest), most):
            names = (each.name for each in numeric[position:])
            yield {**found, **fixed, **dict(zip(names, chosen, strict=True))}


def _first(unknown: Variable, number: int) -> list[Value]:
    if unknown.term.sort is Sort.BOOL:
        return [False, True]
    return list(islice(whole_numbers(), number))


def check_is_minimal(found: Refuted, most: int) -> None:
    """The answer refutes, is canonical where it is linear, and nothing earlier that is enumerated refutes too."""
    answer, query = found.answer(), found.query
    assert answer.values is not None
    assert query.denied is not None
    assert refutes(query, answer.values)
    assert answer.minimal is is_linear((*query.assumptions, query.denied))
    if answer.minimal:
        for values in earlier(in_canonical_order(found.program), answer.values, query, most):
            assert not refutes(query, values), values


@pytest.mark.full
def test_no_smaller_values_refute_an_obligation_of_the_corpus() -> None:
    checked = 0
    for path in CORPUS:
        if json.loads(path.with_suffix(".expected.json").read_text())["consensus"] == "REJECTED":
            for found in refuted(path.read_bytes()):
                check_is_minimal(found, most=200)
                checked += 1
    assert checked > 30


def programs(seeds: range) -> int:
    """Check every refuted obligation of these random programs; how many there were."""
    checked = 0
    for seed in seeds:
        for found in islice(refuted(generate(seed).text.encode()), 3):
            check_is_minimal(found, most=60)
            checked += 1
    return checked


def test_no_smaller_values_refute_an_obligation_of_a_random_program() -> None:
    assert programs(range(10)) > 3


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(10))
def test_no_smaller_values_refute_an_obligation_of_many_random_programs(part: int) -> None:
    assert programs(range(100 * part, 100 * part + 100)) > 40


DOMAIN = {"i": Sort.INT, "j": Sort.INT, "s": Sort.BOOL, "alice": Sort.IDENTITY, "bob": Sort.IDENTITY}
NUMBERS = (0, 1, -1, 2, -2)


def names_of(term: Term) -> list[str]:
    """The identities that a term names, in their order."""
    return sorted(str(node.value) for node in in_order(term) if node.op is Op.CONST and node.sort is Sort.IDENTITY)


def first_refuting(term: Term) -> dict[str, Value] | None:
    """The first values in canonical order that satisfy a term over DOMAIN, found by trying them all."""
    literals = names_of(term)
    own = [name if name not in literals else f"{name}2" for name in ("alice", "bob")]
    identities = ([own[0], *literals], [own[1], own[0], *literals])
    if own[1] == own[0]:
        return None
    for values in product(NUMBERS, NUMBERS, (False, True), *identities):
        # Where the first is a literal, the name of its own that it would have had is nobody's.
        if values[4] == own[0] and values[3] != own[0]:
            continue
        found: dict[str, Value] = dict(zip(DOMAIN, values, strict=True))
        if evaluate(term, dict(found)):
            return found
    return None


@given(st.data(), st.integers(0, 3))
def test_canonical_values_are_the_first_of_all_values_tried_in_order(data: st.DataObject, seed: int) -> None:
    terms = Terms()
    formula = data.draw(terms_of(terms, Sort.BOOL, 3))
    assume(set(variables(formula)) <= DOMAIN.keys() and is_linear((formula,)))
    low, high = terms.const(-2), terms.const(2)
    numbers = [terms.var(name, Sort.INT) for name in ("i", "j")]
    within = tuple(terms.and_(terms.le(low, number), terms.le(number, high)) for number in numbers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "_SEED", seed)
        unknowns = [variable(terms, name, sort) for name, sort in DOMAIN.items()]
        answer = ProgramSolver(unknowns, Alarm(60_000)).quick(Query((*within, formula), terms.false), WORK)
    expected = first_refuting(formula)
    assert answer.values == expected
    assert answer.minimal is (expected is not None)


def least(claimed: str, *, types: str = "x: Int") -> Value:
    """The canonical value of x where a claim about it is refuted."""
    text = f"intent f({types}) {{ guard {{ x == x; }} verify {{ {claimed}; }} }}"
    answer = next(refuted(text.encode())).answer()
    assert answer.values is not None
    assert answer.minimal
    return answer.values["x"]


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ("x < 7", 7),
        ("x > -7", -7),
        ("x > -5 and x < 5", 5),
        ("x % 9 != 4 and x % 9 != 5", 4),
        ("x != 123456789012345678901234567890", 123456789012345678901234567890),
        ("x % 97 != 13 or x < 1000", 1080),
    ],
)
def test_a_whole_number_is_the_least_that_refutes_and_positive_before_negative(claimed: str, expected: int) -> None:
    assert least(claimed) == expected


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ("x <= 0.05 or x >= 0.06", Fraction(51, 1000)),
        ("x <= 2.5", 3),
        ("x >= -0.5 or x <= -1", Fraction(-3, 5)),
        ("3 * x != 1", Fraction(1, 3)),
    ],
)
def test_a_rational_has_as_few_decimals_as_can_be(claimed: str, expected: Value) -> None:
    assert least(claimed, types="x: Decimal") == expected


def values_of_refutations(text: str) -> list[tuple[str, dict[str, Value]]]:
    found = []
    for each in refuted(text.encode()):
        answer = each.answer()
        assert answer.minimal
        found.append((str(each.query.denied), dict(answer.values or {})))
    return found


def test_the_seed_of_the_solver_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [UNGUARDED, FEES, *(generate(seed).text for seed in (26, 47, 55, 146))]
    expected = [values_of_refutations(text) for text in texts]
    for seed in (1, 7, 4_294_967_295):
        monkeypatch.setattr(solving, "_SEED", seed)
        assert [values_of_refutations(text) for text in texts] == expected


FEES = """intent pay(payer: Account, payee: Account, house: Account, amount: Balance, fee: Balance) {
    guard { amount > limit; fee > floor; amount + old_house_balance > 3 * fee; floor < limit; }
    effect { payer.balance -= amount + fee; payee.balance += amount; house.balance += fee; }
    verify { payee_balance <= old_payee_balance + amount; fee < limit; }
}"""


def test_neither_names_nor_the_order_of_lines_count() -> None:
    renames = {"payer": "z_sender", "payee": "a_receiver", "house": "m_house", "amount": "sum_of_it", "fee": "cost"}
    renamed = FEES
    for old, new in renames.items():
        renamed = renamed.replace(old, new)
    lines = ["amount > limit;", "fee > floor;", "amount + old_house_balance > 3 * fee;", "floor < limit;"]
    shuffled = list(lines)
    Random(3).shuffle(shuffled)
    assert shuffled != lines
    permuted = FEES.replace(" ".join(lines), " ".join(shuffled))
    permuted = permuted.replace("payee_balance <= old_payee_balance + amount; fee < limit;", "fee < limit;")
    plain = FEES.replace("payee_balance <= old_payee_balance + amount; fee < limit;", "fee < limit;")

    def values(text: str) -> list[dict[str, Value]]:
        return [found for _, found in values_of_refutations(text)]

    assert values(permuted) == values(plain)
    as_renamed = []
    for found in values(FEES):
        names = {}
        for name, value in found.items():
            for old, new in renames.items():
                name = name.replace(old, new)  # noqa: PLW2901 - one replacement after another
            # An account of its own is called after its name.
            names[name] = renames[value] if isinstance(value, str) else value
        as_renamed.append(names)
    assert values(renamed) == as_renamed


def test_the_order_is_parameters_then_other_names_then_cells_by_their_accounts() -> None:
    file = read(FEES.encode()).file
    assert file is not None
    assert [each.name for each in in_canonical_order(file.programs[0])] == [
        "payer",
        "payee",
        "house",
        "amount",
        "fee",
        "floor",
        "limit",
        "old payer.balance",
        "old payee.balance",
        "old house.balance",
    ]


def test_what_is_not_linear_is_refuted_but_not_called_minimal() -> None:
    text = PAY.replace("amount: Balance", "amount: Balance, x: Int, y: Int").replace(
        "    verify {\n", "    verify {\n        x * y != 391;\n"
    )
    (found,) = refuted(text.encode())
    answer = found.answer()
    assert answer.values is not None
    assert refutes(found.query, answer.values)
    assert not answer.minimal


def test_values_are_still_given_where_nothing_may_be_spent_on_making_them_canonical(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solving, "MINIMAL_BUDGET", 0)
    for found in refuted(UNGUARDED.encode()):
        answer = found.answer()
        assert answer.values is not None
        assert refutes(found.query, answer.values)
        assert not answer.minimal


def test_a_long_number_takes_questions_in_proportion_to_its_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    counting = solving._Session._counting

    def counted(self: solving._Session, solver: object, budget: int) -> tuple[object, int]:
        asked.append(1)
        return counting(self, solver, budget)

    monkeypatch.setattr(solving._Session, "_counting", counted)
    number = 10**40 + 7
    assert least(f"x % {number} != 5 or x < {number}") == number + 5
    assert len(asked) < 3 * number.bit_length()
