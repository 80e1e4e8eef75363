"""What is certified, with which proofs, and what is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import certificate_checker
from aethel.intent.obligations import Kind, Obligation, obligations
from aethel.intent.program import Program
from aethel.intent.terms import Op, Term, in_order
from aethel.prover.certificate import search
from aethel.prover.certificate.certify import Beyond, Certificate, Why, certify, certify_all
from aethel.prover.certificate.document import document
from tests.prover.asking import PAY, UNGUARDED
from tests.prover.certificate.files import SPECIAL, approvals, certified, file_of, opened, results
from tests.tools import REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.ae"))

DIVISIONS = frozenset({Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.EXACT_DIV, Op.MOD})


def result(text: str, identity: str) -> Certificate | Beyond:
    """What becomes of one obligation of a text."""
    (found,) = [made for stated, made in results(file_of(text)) if stated.id == identity]
    return found


def steps(text: str, identity: str) -> set[str]:
    """The names of the steps in the proof of one obligation, and of the rows in them, once the checker accepts it."""
    file = file_of(text)
    made = result(text, identity)
    assert isinstance(made, Certificate)
    data = document(file, [made])
    certificate_checker.check(data)
    (obligation,) = opened(data)["programs"][0]["obligations"]
    return set(names(obligation["proof"]))


def names(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from names(part)


def is_linear(obligation: Obligation) -> bool:
    """Whether no unknown is multiplied with or divided by another, anywhere in the obligation."""

    def unknowns(args: tuple[Term, ...]) -> int:
        return sum(arg.op is not Op.CONST for arg in args)

    return not any(
        (node.op is Op.MUL and unknowns(node.args) > 1) or (node.op in DIVISIONS and unknowns(node.args[1:]) > 0)
        for node in in_order(*obligation.assumptions, obligation.claim)
    )


def test_nearly_every_linear_obligation_of_an_approval_is_certified() -> None:
    linear, certificates, every = 0, 0, 0
    for file in approvals():
        for stated, made in results(file):
            every += 1
            if is_linear(stated):
                linear += 1
                certificates += isinstance(made, Certificate)
    print(
        f"{certificates} of {linear} linear obligations certified ({100 * certificates // linear} %), of {every} in all"
    )
    assert every > 600
    assert certificates >= 0.98 * linear


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_checker_accepts_what_is_certified_of_an_example(path: Path) -> None:
    data = certified(path.read_bytes())
    checked = certificate_checker.check(data)
    assert len(checked.obligations) >= 7


def test_a_plain_payment_is_certified_with_little_effort() -> None:
    made = [result for _, result in results(file_of(PAY))]
    assert all(isinstance(each, Certificate) and each.effort < 200 for each in made)


def test_what_does_not_hold_is_not_certified() -> None:
    made = result(UNGUARDED, "solvent.sender_balance")
    assert isinstance(made, Beyond)
    assert made.why is Why.REFUTED


def test_parity_needs_a_cut() -> None:
    assert "cut" in steps(SPECIAL[0], "post.1")


def test_whole_numbers_are_split_where_cuts_are_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAXIMUM_CUTS", 0)
    assert "split" in steps(SPECIAL[1], "post.1")


def test_a_rounding_to_even_is_two_floors() -> None:
    assert {"second above", "below"} <= steps(SPECIAL[2], "post.1")


def test_a_choice_is_followed_both_ways() -> None:
    assert {"case", "then", "else"} <= steps(SPECIAL[3], "post.1")


def test_rational_numbers_may_come_as_near_as_they_like() -> None:
    assert steps(SPECIAL[4], "post.1") == {"farkas", "true", "false"}
    nearer = SPECIAL[4].replace("r + s < 1", "r + s < 0.9999999999")
    assert isinstance(result(nearer, "post.1"), Beyond)


def test_names_are_only_the_same_or_not() -> None:
    assert "differ" in steps(SPECIAL[5], "post.1")


def test_equal_products_are_one_unknown() -> None:
    text = "intent trade(a: Int, b: Int, c: Int) { guard { a * (b + 1) <= c; } verify { b * a + a <= c; } }"
    assert "farkas" in steps(text, "post.1")


def test_a_product_beyond_its_linear_part_is_beyond_certificates() -> None:
    made = result("intent square(a: Int) { guard { a > 1; } verify { a * a > 1; } }", "post.1")
    assert isinstance(made, Beyond)
    assert made.why is Why.NONLINEAR


def test_a_witness_is_found_where_a_product_must_be_met() -> None:
    text = "intent area(a: Int, b: Int) { guard { a > 0; a * b == 100; } verify { a > 0; } }"
    assert isinstance(result(text, "non_vacuous"), Certificate)


def test_values_that_a_solver_found_are_taken_where_they_hold() -> None:
    text = "intent root(a: Int) { guard { a * a == 1369; } verify { a != 0; } }"
    file = file_of(text)
    stated = results(file)[0][0]
    assert isinstance(certify(file.programs[0], stated), Beyond)
    assert isinstance(certify(file.programs[0], stated, values={"a": 37}), Certificate)
    assert isinstance(certify(file.programs[0], stated, values={"a": 36}), Beyond)


def test_what_takes_too_much_effort_is_given_up() -> None:
    stated, program = hard()
    made = certify(program, stated, effort=3_000)
    assert isinstance(made, Beyond)
    assert made.why is Why.EFFORT
    assert made.effort < 6_000


def test_a_search_ends_when_the_look_at_the_clock_says_so() -> None:
    class Enough(Exception):
        pass

    def look() -> None:
        raise Enough

    stated, program = hard()
    with pytest.raises(Enough):
        certify(program, stated, effort=10**9, look=look)


def test_the_same_question_has_the_same_certificate() -> None:
    assert {certified(text) for text in (PAY, PAY, PAY)} == {certified(PAY)}
    assert certified(SPECIAL[1]) == certified(SPECIAL[1])


def test_obligations_certified_together_are_those_certified_alone() -> None:
    for text in (PAY, *SPECIAL):
        file = file_of(text)
        listed = obligations(file)
        together = certify_all(file.programs[0], listed)
        assert [type(each) for each in together] == [type(certify(file.programs[0], each)) for each in listed]
        made = [each for each in together if isinstance(each, Certificate)]
        assert len(certificate_checker.check(document(file, made)).obligations) == len(made)


def test_too_many_monomials_are_beyond_certificates() -> None:
    sums = "(" + " + ".join(f"x{number}" for number in range(12)) + ")"
    parameters = ", ".join(f"x{number}: Int" for number in range(12))
    text = f"intent wide({parameters}) {{ guard {{ x0 > 0; }} verify {{ {sums} * {sums} * {sums} * {sums} >= 0; }} }}"
    made = result(text, "post.1")
    assert isinstance(made, Beyond)
    assert made.why is Why.TOO_LARGE


def hard() -> tuple[Obligation, Program]:
    """Pigeons: one hole too few, so that every way to place them must be tried."""
    pigeons, holes = 6, 5
    parameters = ", ".join(f"p{number}: Int" for number in range(pigeons))
    guards = "".join(f"p{number} >= 1; p{number} <= {holes}; " for number in range(pigeons))
    guards += "".join(f"p{one} != p{two}; " for two in range(pigeons) for one in range(two))
    file = file_of(f"intent pigeons({parameters}) {{ guard {{ {guards}}} verify {{ p0 == 7; }} }}")
    (stated,) = [each for each in obligations(file) if each.kind is Kind.POST]
    return stated, file.programs[0]
