"""Compiled conditions are what evaluation gives, and compiled hypotheses name the first that is false."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.compiled import CompiledHypotheses, NotCompiled, Reason, compile_conditions
from aethel.intent.evaluation import evaluate
from aethel.intent.terms import Op, Sort, Term, Terms, Value
from tests.fuzz.generator import generate
from tests.intent.compiling import examine_text
from tests.intent.readings import intent, program
from tests.prover.building import VALUES, VARIABLES, terms_of

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.ae"))
NAMES = [name for names in VARIABLES.values() for name in names]

PAY = intent(
    "sender: Account, receiver: Account, amount: Balance",
    "amount > 0; old_sender_balance >= amount;",
    "sender_balance == old_sender_balance - amount;",
    "require amount != 13; transfer(sender, receiver, amount);",
)
PAID: dict[str, Value] = {
    "sender": "alice",
    "receiver": "bob",
    "amount": 5,
    "old sender.balance": 9,
    "old receiver.balance": 0,
}


def blamed(text: str, values: dict[str, Value]) -> tuple[Reason, str] | None:
    """The first false hypothesis of the only program of a text."""
    hypotheses = CompiledHypotheses(program(text))
    first = hypotheses.first_false(values)
    return None if first is None else (hypotheses.hypotheses[first].reason, hypotheses.hypotheses[first].subject)


@given(st.data(), st.sampled_from(list(Sort)), VALUES)
def test_a_compiled_term_is_what_evaluation_gives(data: st.DataObject, sort: Sort, values: dict[str, Value]) -> None:
    term = data.draw(terms_of(Terms(), sort))
    (compiled,) = compile_conditions([term], NAMES)(*(values[name] for name in NAMES))
    assert compiled == evaluate(term, values)


@pytest.mark.parametrize("text", CORPUS[::6], ids=lambda path: path.stem)
def test_compiled_terms_and_skeletons_agree_with_the_interpreter_on_the_corpus(text: Path) -> None:
    source = text.read_bytes()
    assert examine_text(source.decode(errors="replace"), seed=len(source), states=4) == []


@pytest.mark.parametrize("seed", range(30))
def test_compiled_terms_and_skeletons_agree_with_the_interpreter_on_random_programs(seed: int) -> None:
    assert examine_text(generate(seed).text, seed, states=6) == []


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(10_000, 13_000, 500))
def test_compiled_terms_and_skeletons_agree_with_the_interpreter_on_thousands_of_programs(first: int) -> None:
    disagreeing = [seed for seed in range(first, first + 500) if examine_text(generate(seed).text, seed, states=20)]
    assert disagreeing == []


@pytest.mark.full
@pytest.mark.parametrize("text", CORPUS, ids=lambda path: path.stem)
def test_compiled_terms_and_skeletons_agree_with_the_interpreter_on_all_of_the_corpus(text: Path) -> None:
    assert examine_text(text.read_bytes().decode(errors="replace"), seed=1, states=50) == []


def test_nothing_is_blamed_where_every_hypothesis_holds() -> None:
    assert blamed(PAY, PAID) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"amount": -1, "old sender.balance": -2}, (Reason.RANGE, "amount")),
        ({"amount": 0, "old receiver.balance": 2**63 - 1}, (Reason.GUARD, "amount > 0")),
        ({"amount": 13}, (Reason.GUARD, "old_sender_balance >= amount")),
        ({"amount": 13, "old sender.balance": 2**63 - 1, "old receiver.balance": 1}, (Reason.REQUIRE, "amount != 13")),
        ({"old sender.balance": 2**63 - 1, "old receiver.balance": 1}, (Reason.SUPPLY, "")),
    ],
)
def test_the_first_false_hypothesis_is_blamed(changed: dict[str, Value], expected: tuple[Reason, str]) -> None:
    assert blamed(PAY, {**PAID, **changed}) == expected


def test_two_accounts_of_one_id_are_blamed_where_terms_tell_them_apart() -> None:
    text = intent("a: Account, b: Account, c: Account", "c == a or c == b;", "a_balance == old_a_balance;")
    assert blamed(text, {"a": "x", "b": "x", "c": "x", "old a.balance": 0}) == (Reason.DISTINCT, "accounts")


@pytest.mark.parametrize("value", [Fraction(5, 2), Fraction(5), True, "5"], ids=repr)
def test_an_amount_that_is_no_whole_number_is_out_of_range(value: Value) -> None:
    assert blamed(PAY, {**PAID, "amount": value}) == (Reason.RANGE, "amount")


def test_an_id_that_is_a_number_is_out_of_range() -> None:
    assert blamed(PAY, {**PAID, "sender": 5}) == (Reason.RANGE, "sender")


def test_a_missing_value_is_no_value() -> None:
    with pytest.raises(KeyError):
        CompiledHypotheses(program(PAY)).first_false({"amount": 5})


def test_what_depends_on_missing_values_is_open() -> None:
    hypotheses = CompiledHypotheses(program(PAY))
    first, open_ones = hypotheses.partly({"amount": 5})
    assert first is None
    subjects = [hypotheses.hypotheses[index].subject for index in open_ones]
    assert subjects == [
        "sender",
        "receiver",
        "old sender.balance",
        "old receiver.balance",
        "old_sender_balance >= amount",
        "",
    ]


def test_a_guard_that_no_missing_value_can_save_is_false() -> None:
    text = intent("a: Int, b: Int", "a > 0 and b > 0; a * b == a or b > 1;", "a == a;")
    hypotheses = CompiledHypotheses(program(text))
    assert hypotheses.partly({"a": 0}) == (2, ())
    assert hypotheses.partly({"a": 1, "b": 7}) == (None, ())


def test_a_value_of_the_wrong_sort_is_blamed_before_anything_is_evaluated() -> None:
    hypotheses = CompiledHypotheses(program(PAY))
    assert hypotheses.partly({"amount": "five"}) == (2, ())


def test_rows_of_columns_are_blamed_one_by_one() -> None:
    hypotheses = CompiledHypotheses(program(PAY))
    amounts = [5, 0, 10]
    columns = [[PAID[name]] * 3 if name != "amount" else amounts for name in hypotheses.names]
    assert hypotheses.first_false_many(columns) == [None, 5, 6]


def test_a_text_in_a_condition_never_becomes_code() -> None:
    terms = Terms()
    hostile = '"; raise SystemExit #\n\\'
    same = terms.eq(terms.var("n) or True", Sort.IDENTITY), terms.const(hostile))
    compiled = compile_conditions([same], ["n) or True"])
    assert compiled(hostile) == (True,)
    assert compiled("other") == (False,)


def test_long_sums_deep_terms_and_long_numbers_are_compiled() -> None:
    terms = Terms()
    names = [f"x{index}" for index in range(3600)]
    total = terms.add(*(terms.var(name, Sort.INT) for name in names), terms.const(7**3000))
    deep: Term = terms.var("x0", Sort.INT)
    for name in names[1:400]:
        deep = terms.divide(Op.FLOOR_DIV, terms.add(deep, terms.var(name, Sort.INT)), terms.const(2))
    values: dict[str, Value] = {name: index * 10**6 for index, name in enumerate(names)}
    compiled = compile_conditions([total, deep], names)(*values.values())
    assert compiled == (evaluate(total, values), evaluate(deep, values))


def test_many_different_denominators_are_summed_exactly() -> None:
    terms = Terms()
    parts = [terms.mul(terms.const(Fraction(1, 2**61 + odd)), terms.var("x", Sort.INT)) for odd in range(1, 41, 2)]
    choice = terms.ite(terms.lt(terms.const(0), terms.var("x", Sort.INT)), parts[0], parts[1])
    total = terms.add(choice, *(terms.divide(Op.EXACT_DIV, part, terms.var("y", Sort.INT)) for part in parts))
    values: dict[str, Value] = {"x": 12, "y": -7}
    assert compile_conditions([total], ["x", "y"])(12, -7) == (evaluate(total, values),)


def test_terms_that_are_too_large_are_not_compiled() -> None:
    terms = Terms()
    variables = [terms.var(f"x{index}", Sort.INT) for index in range(10_000)]
    with pytest.raises(NotCompiled):
        compile_conditions([terms.add(*variables)], [f"x{index}" for index in range(10_000)])
