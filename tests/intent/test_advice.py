"""A name that stands in a text only once is advice, and no verdict hangs on it."""

from __future__ import annotations

import pytest

from aethel.intent.advice import LISTED_ADVICE
from aethel.verdict import Disposition
from tests.intent.readings import intent, reading

PARAMETERS = "a: Account, n: Balance"


def advised(text: str) -> list[tuple[str, str]]:
    """Code and place of each piece of advice."""
    file = reading(text).file
    assert file is not None
    assert all(finding.disposition is Disposition.ADVISE for finding in file.advice)
    return [(finding.code, str(finding.span)) for finding in file.advice]


def test_a_parameter_or_a_binding_that_nothing_uses_is_advice() -> None:
    assert advised(intent("a: Account, k: Counter", "x = a.balance; old_a_balance > 0;", "true;")) == [
        ("UNUSED", "1:24"),
        ("UNUSED", "1:46"),
    ]


def test_a_misspelt_account_or_name_is_advice() -> None:
    assert advised(intent(PARAMETERS, "n > 0; old_b_balance >= n;", "true;", "a.balance += 0;")) == [
        ("USED_ONCE", "1:53"),
    ]
    assert advised(intent(PARAMETERS, "n > limt; old_a_balance > n;", "true;")) == [("USED_ONCE", "1:50")]


@pytest.mark.parametrize(
    "text",
    [
        intent(PARAMETERS, "old_a_balance > n;", "true;"),
        intent(PARAMETERS, "n > limit; limit > 5; old_a_balance > n;", "true;"),
        intent(PARAMETERS, "n > 0; b.balance > n;", "b_balance == a_balance + b.balance;", "b.balance -= n;"),
        intent(PARAMETERS, "k = n; old_a_balance > k;", "true;", "for i in 0..2 { a.balance += 0; }"),
    ],
)
def test_what_stands_twice_or_is_a_cell_of_a_declared_account_is_none(text: str) -> None:
    assert advised(text) == []


def test_a_name_is_looked_for_in_all_intents_of_a_text() -> None:
    one = intent("n: Counter", "n > limit;", "true;")
    assert advised(one) != []
    assert advised(one + one.replace("pay", "again")) == []


def test_no_more_is_listed_than_anybody_reads() -> None:
    guard = " ".join(f"n{index} > 0;" for index in range(LISTED_ADVICE + 5))
    assert len(advised(intent("", guard, "true;"))) == LISTED_ADVICE
