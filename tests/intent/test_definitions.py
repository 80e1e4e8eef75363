"""Which equation of `verify` defines what: rule 3 of the declarative form."""

from __future__ import annotations

import pytest

from aethel.intent.evaluation import evaluate
from aethel.intent.program import Program
from aethel.intent.terms import Value
from tests.intent.readings import intent, program, reading, refusal

PAYMENT = "a: Account, b: Account, n: Balance"


def defined(text: str) -> list[str]:
    """The names that equations define, in the order in which they are computed."""
    return [definition.symbol.key for definition in reading(text).analysed[0].definitions]


def after(found: Program, cell: str, **values: Value) -> Value:
    """The value after of one cell; values of the state before by `a_balance`, parameters by name."""
    known = {
        variable.name: values[variable.name.removeprefix("old ").replace(".", "_")] for variable in found.variables
    }
    return evaluate(next(each.after for each in found.cells if each.name == cell), known)


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("a_balance == old_a_balance - n", 7),
        ("old_a_balance - n == a_balance", 7),
        ("a_balance + n == old_a_balance", 7),
        ("n - a_balance == 0 - old_a_balance", 13),
        ("-a_balance == n - old_a_balance", 7),
        ("old_a_balance == n + a_balance - 1", 8),
    ],
)
def test_an_equation_is_solved_for_the_name_that_stands_in_it_once(equation: str, value: int) -> None:
    found = program(intent("a: Account, n: Balance", "n >= 0;", f"{equation};"))
    assert after(found, "a.balance", a="a", n=3, a_balance=10) == value


@pytest.mark.parametrize("equation", ["2 * a_balance == n", "a_balance + a_balance == n", "min(a_balance, n) == n"])
def test_what_is_not_linear_with_coefficient_one_defines_nothing(equation: str) -> None:
    assert defined(intent(PAYMENT, "n > 0;", f"{equation};")) == []


def test_definitions_are_computed_in_the_order_they_need_one_another() -> None:
    text = intent(
        PAYMENT, "n > 0;", "b_balance == old_b_balance + paid; paid == old_a_balance - a_balance; a_balance == n;"
    )
    assert defined(text) == ["a.balance", "paid", "b.balance"]


def test_definitions_that_need_one_another_are_refused() -> None:
    finding = refusal(intent(PAYMENT, "n > 0;", "a_balance == b_balance * 2; b_balance == a_balance * 3;"))
    assert finding.code == "CYCLE"
    assert finding.span is not None
    assert "needs itself" in finding.message


def test_an_equation_under_a_condition_defines_nothing() -> None:
    assert defined(intent(PAYMENT, "n > 0;", "if (n > 5) { a_balance == old_a_balance - n; }")) == []


def test_with_an_effect_an_equation_may_define_a_fresh_name_only() -> None:
    text = intent(PAYMENT, "n > 0;", "a_balance == old_a_balance - n; left == a_balance;", "a.balance -= n;")
    assert defined(text) == ["left"]


def test_a_name_that_guards_use_is_no_fresh_name() -> None:
    assert defined(intent(PAYMENT, "limit > 0;", "limit == n;")) == []


SECOND = {
    "another number in a call": ("a_balance == min(n, 3)", "a_balance == min(n, 4)"),
    "another call": ("a_balance == min(n, 3)", "a_balance == max(n, 3)"),
    "another choice": ("a_balance == (if n > 1 then n else 1)", "a_balance == (if n > 2 then n else 1)"),
    "another name": ("a_balance == n", "a_balance == m"),
    "another operator": ("a_balance == n + m", "a_balance == n - m"),
}


@pytest.mark.parametrize(("first", "second"), SECOND.values(), ids=SECOND)
def test_which_of_two_equations_defines_does_not_depend_on_their_order(first: str, second: str) -> None:
    parameters = "a: Account, n: Balance, m: Balance"
    one = program(intent(parameters, "n > 0;", f"{first}; {second};"))
    other = program(intent(parameters, "n > 0;", f"{second}; {first};"))
    assert one.digest == other.digest


def test_which_of_two_equations_defines_does_not_depend_on_their_spelling() -> None:
    texts = [
        intent(PAYMENT, "n > 0;", f"{after} == {before} + n; {after} == n - {before};")
        for after in ("a_balance", "new_a_balance", "a.balance")
        for before in ("old(b.balance)", "old_b_balance", "b_balance_before")
    ]
    assert len({program(text).digest for text in texts}) == 1


def test_which_of_two_equations_defines_does_not_depend_on_names_of_bindings() -> None:
    texts = [
        intent(PAYMENT, f"{x} = n + 1; {y} = n + 2; n > 0;", f"a_balance == {x}; a_balance == {y};")
        for x, y in (("p", "q"), ("q", "p"))
    ]
    assert len({program(text).digest for text in texts}) == 1
