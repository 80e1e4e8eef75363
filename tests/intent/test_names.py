"""Which symbol, before or after, each spelling stands for."""

from __future__ import annotations

import pytest

from tests.intent.readings import intent, program, refusal

PAYMENT = "a: Account, b: Account, n: Balance"
BEFORE = (
    *("old_a_balance", "old_a.balance", "old(a_balance)", "old(a.balance)"),
    *("a_balance_old", "a_balance_before", "a.balance_old", "a.balance_before"),
)
AFTER = (
    *("a_balance", "a.balance", "new_a_balance", "new_a.balance"),
    *("a_balance_new", "a_balance_after", "a.balance_new", "a.balance_after"),
)


def variables(text: str) -> list[str]:
    return [variable.name for variable in program(text).variables]


@pytest.mark.parametrize("spelling", BEFORE)
def test_every_spelling_of_before_is_the_state_before(spelling: str) -> None:
    """In the declarative form a value after that nothing defines would be a variable of its own."""
    text = intent(PAYMENT, "n > 0;", f"{spelling} >= 0;")
    assert variables(text) == ["a", "b", "n", "old a.balance"]


@pytest.mark.parametrize("spelling", AFTER)
def test_every_spelling_of_after_is_the_state_after(spelling: str) -> None:
    text = intent(PAYMENT, "n > 0;", f"{spelling} >= 0;")
    assert variables(text) == ["a", "b", "n", "old a.balance", "new a.balance"]


@pytest.mark.parametrize("spelling", ["a_balance", "a.balance", "old(a.balance)", "a_balance_before"])
def test_a_plain_name_in_a_guard_is_the_state_before(spelling: str) -> None:
    text = intent(PAYMENT, f"{spelling} >= n;", "n >= 0;")
    assert variables(text) == ["a", "b", "n", "old a.balance"]


@pytest.mark.parametrize("account", ["new_shop", "old_timer"])
@pytest.mark.parametrize("spelling", ["old_{}.balance", "old_{}_balance", "old({}.balance)", "{}_balance_old"])
def test_an_account_may_be_named_like_a_state(account: str, spelling: str) -> None:
    text = intent(f"{account}: Account, n: Balance", "n > 0;", f"{spelling.format(account)} >= 0;")
    assert variables(text) == [account, "n", f"old {account}.balance"]


def test_the_longest_declared_account_names_the_cell() -> None:
    text = intent("ann: Account, ann_main: Account, n: Balance", "old_ann_main_balance >= n;", "n >= 0;")
    assert variables(text) == ["ann", "ann_main", "n", "old ann_main.balance"]


def test_a_spelling_with_two_readings_is_refused() -> None:
    finding = refusal(intent(PAYMENT, "n > 0;", "old_a_balance_new >= 0;"))
    assert finding.code == "NAME"
    assert "two readings" in finding.message
