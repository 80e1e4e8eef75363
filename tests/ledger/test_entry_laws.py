"""Laws of journal entries: what balances is accepted, whatever perturbs it is found, and order does not matter."""

import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.entry import LEGS
from aethel.ledger.exact import negated, subtract
from aethel.request import Question
from aethel.transaction import DoubleEntry, Posting, Transaction
from aethel.verdict import Vote
from tests.ledger.entries import DEADLINE_MS, GUARDIAN, codes, entry, inferred, leg, verdict

ACCOUNTS = st.sampled_from(["assets:cash", "assets:bank", "expenses:food", "income", "equity"])
COMMODITIES = st.sampled_from(["EUR", "USD", "", "ACME"])
AMOUNTS = st.decimals(-(10**25), 10**25, allow_nan=False, allow_infinity=False, places=6)
LEGS_OF_ANY_SUM = st.lists(st.tuples(ACCOUNTS, AMOUNTS, COMMODITIES), min_size=1, max_size=8)


def written(number: Decimal) -> str:
    return format(number, "f")


def balanced(legs: list[tuple[str, Decimal, str]]) -> list[Posting]:
    """The legs and, per commodity, one more to an account of its own that takes what is left."""
    sums: dict[str, Fraction] = {}
    for _, amount, commodity in legs:
        sums[commodity] = sums.get(commodity, Fraction(0)) + Fraction(amount)
    postings = [leg(account, written(amount), commodity) for account, amount, commodity in legs]
    for commodity, total in sums.items():
        digits = str(abs(int(total * 10**6))).rjust(7, "0")
        sign = "-" if total > 0 else ""
        postings.append(leg("counterpart", f"{sign}{digits[:-6]}.{digits[-6:]}", commodity))
    return postings


@given(LEGS_OF_ANY_SUM)
def test_a_balanced_entry_is_accepted(legs: list[tuple[str, Decimal, str]]) -> None:
    assert verdict(entry(*balanced(legs))).verdict is Vote.APPROVE


@given(LEGS_OF_ANY_SUM, st.data())
def test_any_change_of_one_amount_is_found(legs: list[tuple[str, Decimal, str]], data: st.DataObject) -> None:
    postings = balanced(legs)
    position = data.draw(st.integers(0, len(postings) - 1))
    changed = postings[position]
    other = data.draw(AMOUNTS.filter(lambda amount: amount != Decimal(changed.amount)))
    postings[position] = leg(changed.account, written(other), changed.commodity)
    found = verdict(entry(*postings))
    assert "G07" in [finding.code for finding in found.findings]
    difference = subtract(other, Decimal(changed.amount))
    assert Fraction(found.findings[-1].delta) == Fraction(difference)


@given(LEGS_OF_ANY_SUM, st.data())
def test_a_leg_in_another_commodity_is_found(legs: list[tuple[str, Decimal, str]], data: st.DataObject) -> None:
    postings = balanced(legs)
    moving = [position for position, posting in enumerate(postings) if Decimal(posting.amount) != 0]
    if moving:
        position = data.draw(st.sampled_from(moving))
        moved = postings[position]
        postings[position] = leg(moved.account, moved.amount, moved.commodity + "X")
        assert "G07" in codes(entry(*postings))


@given(LEGS_OF_ANY_SUM, st.data())
def test_the_order_of_legs_does_not_matter(legs: list[tuple[str, Decimal, str]], data: st.DataObject) -> None:
    postings = balanced(legs)[: data.draw(st.integers(1, 9))]
    reordered = data.draw(st.permutations(postings))
    assert Counter(codes(entry(*postings))) == Counter(codes(entry(*reordered)))


@given(LEGS_OF_ANY_SUM)
def test_an_inferred_leg_takes_what_makes_the_entry_balance(legs: list[tuple[str, Decimal, str]]) -> None:
    postings = [leg(account, written(amount), commodity) for account, amount, commodity in legs]
    takers = [inferred("counterpart", commodity) for commodity in dict.fromkeys(commodity for *_, commodity in legs)]
    found = verdict(entry(*postings, *takers))
    assert found.verdict is Vote.APPROVE
    taken = [text.partition(" ")[0] for name, text in found.proof_trace if name.endswith("takes")]
    stated = [posting.amount for posting in balanced(legs)[len(legs) :]]
    assert list(map(Fraction, taken)) == list(map(Fraction, stated))


@given(LEGS_OF_ANY_SUM)
def test_the_opposite_of_a_balanced_entry_balances(legs: list[tuple[str, Decimal, str]]) -> None:
    opposite = [
        leg(posting.account, written(negated(Decimal(posting.amount))), posting.commodity) for posting in balanced(legs)
    ]
    assert codes(entry(*opposite)) == []


def payroll(count: int) -> DoubleEntry:
    half = count // 2
    return entry(*(leg(f"a{n}", f"{n}.25") for n in range(half)), *(leg(f"b{n}", f"-{n}.25") for n in range(half)))


def calls(transaction: DoubleEntry) -> int:
    """How many Python functions are called to judge an entry."""
    return calls_of(transaction)


def calls_of(transaction: Transaction) -> int:
    """How many Python functions are called to judge a transaction."""
    question = Question("t", transaction=transaction)
    count = 0

    def counting(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        GUARDIAN.verify(question, DEADLINE_MS)
    finally:
        sys.setprofile(before)
    return count


def test_ten_thousand_legs_are_linear_work() -> None:
    assert verdict(payroll(LEGS)).verdict is Vote.APPROVE
    assert calls(payroll(LEGS)) < 11 * calls(payroll(LEGS // 10))


def test_more_legs_are_refused_before_any_is_read() -> None:
    too_many = payroll(LEGS + 2)
    assert codes(too_many) == ["TOO_LARGE"]
    assert calls(too_many) < 100


def test_ten_thousand_wrong_legs_give_a_bounded_answer() -> None:
    wrong = entry(*(leg(f"a{n}", "1e5") for n in range(LEGS)))
    found = verdict(wrong)
    assert len(found.findings) == 21
    assert found.findings[-1].message == "9980 more findings of this kind are not listed"
    assert len(repr(found)) < 50_000


@pytest.mark.parametrize("text", ["9" * 1_000_000, "x" * 1_000_000])
def test_a_megabyte_in_any_field_gives_a_bounded_answer(text: str) -> None:
    found = verdict(entry(leg(text, text, text), leg("b", "1")))
    assert found.verdict is Vote.REJECT
    assert len(repr(found)) < 5_000
