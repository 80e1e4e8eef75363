"""The reference interpreter: executions on concrete values, step by step."""

from __future__ import annotations

from fractions import Fraction

from aethel.intent import interpreter
from aethel.intent.interpreter import Run, holds
from aethel.intent.terms import Value
from tests.intent.readings import intent, reading

PAYMENT = "a: Account, b: Account, n: Balance"


def run(text: str, **values: Value) -> Run:
    """Run the only intent of a text; values by name, cells as `a_balance`."""
    found = reading(text)
    assert found.file is not None
    (program,) = found.file.programs
    before = {key: values.get(key.replace(".", "_"), key) for key in found.analysed[0].typed.scope.symbols}
    return interpreter.run(found.analysed[0], dict(program.scales), before)


def test_statements_run_in_order_on_current_values() -> None:
    text = intent("x: Int", "x > 0;", "x >= 0;", "x = x + 1; x = x * 2; x = x + old(x);")
    assert run(text, x=3).after["x"] == 11


def test_a_branch_runs_one_side_and_a_missing_else_changes_nothing() -> None:
    text = intent(
        "x: Int, y: Int", "x > 0;", "x >= 0;", "if (x > 5) { y = 1; } if (x > 2) { y += 10; } else { y = 3; }"
    )
    assert run(text, x=3, y=0).after["y"] == 10
    assert run(text, x=1, y=0).after["y"] == 3


def test_a_loop_leaves_its_upper_end_out_and_may_turn_zero_times() -> None:
    text = intent("x: Int", "x >= 0;", "x >= 0;", "for i in 1..4 { x += i; } for j in 3..2 { x = 100; }")
    assert run(text, x=0).after["x"] == 6


def test_a_false_guard_and_a_false_require_admit_nothing() -> None:
    text = intent("x: Int", "x > 0;", "x >= 0;", "require x < 5; x += 1;")
    assert run(text, x=3).admitted
    assert not run(text, x=0).admitted
    assert not run(text, x=7).admitted


def test_a_guard_whose_divisor_is_zero_is_false() -> None:
    found = run(intent("x: Int", "6 / x > 1;", "x >= 0;"), x=0)
    assert found.guards == [False]
    assert list(found.undefined) == [0]


def test_a_right_side_that_is_not_reached_divides_by_nothing() -> None:
    text = intent("x: Int", "x != 0 and 6 / x > 1; x == 0 or 6 / x > 1; x != 0 => 6 / x > 1;", "x >= 0;")
    assert run(text, x=0).undefined == {}
    assert run(text, x=0).guards == [False, True, True]


def test_after_a_division_by_zero_in_the_effect_no_line_holds() -> None:
    text = intent(PAYMENT + ", k: Int", "n > 0;", "total == old_a_balance; total >= 0;", "a.balance -= n / k;")
    found = run(text, a_balance=Fraction(5), b_balance=Fraction(5), n=Fraction(2), k=0)
    assert [violation.what for violation in found.violations] == ["divisor"]
    assert found.lines == [False, False]


def test_storing_a_fraction_and_falling_below_zero_are_noticed() -> None:
    text = intent("a: Account<EUR>, n: Balance<EUR>", "n > 0;", "n >= 0;", "a.balance -= n * 0.5;")
    found = run(text, a_balance=Fraction("0.01"), n=Fraction("0.05"))
    assert {violation.what for violation in found.violations} == {"negative", "store"}


def test_moving_a_negative_amount_is_noticed() -> None:
    found = run(intent(PAYMENT, "n > 0;", "n >= 0;", "transfer(a, b, 0 - n);"), a_balance=1, b_balance=1, n=1)
    assert [violation.what for violation in found.violations] == ["transfer"]


def test_money_rounds_to_the_unit_of_its_asset() -> None:
    text = intent(
        "a: Account<EUR>, n: Balance<EUR>",
        "low = n / 3; high = div_ceil(n, 3); even = div_half_even(n, 2); n > 0;",
        "n >= low;",
        "a.balance = low; a.balance += 100 * high; a.balance += 10000 * even;",
    )
    assert run(text, a_balance=0, n=Fraction("0.25")).after["a.balance"] == Fraction("0.08") + 9 + 1200


def test_an_equation_gives_its_name_the_value_for_which_both_sides_agree() -> None:
    text = intent("x: Int, y: Int", "y > 0;", "3 - x_new == y + 1; old_x >= 0;")
    found = run(text, x=9, y=4)
    assert found.after["x"] == -2
    assert found.lines == [True, True]


def test_a_line_under_a_condition_counts_only_where_it_is_reached() -> None:
    text = intent("x: Int", "x >= 0;", "if (x > 5) { x > 100; } else { x < 3; }")
    assert run(text, x=7).lines == [False, True]
    assert run(text, x=4).lines == [True, False]


def test_holds_reads_every_line_as_plain_truth() -> None:
    found = reading(intent("x: Int", "old_x > 0;", "x_new == old_x + 1;"))
    assert found.file is not None
    before: dict[str, Value] = {"x": 1}
    assert holds(found.analysed[0], {}, before, {"x": 2})
    assert not holds(found.analysed[0], {}, before, {"x": 3})
    assert not holds(found.analysed[0], {}, {"x": 0}, {"x": 1})
