"""S05: what fits its width is shown to, what does not comes with values that were replayed, all else stays open."""

from __future__ import annotations

import pytest

from aethel.intent.limits import DEFAULT_LIMITS
from aethel.request import Context
from aethel.security.classes import Weakness
from aethel.security.program_analysis import MOST_WORK
from aethel.verdict import Outcome, Vote
from tests.security.questions import PAYMENT, ask_text, findings, outcome, result

FEE = """intent pay(sender: Account, receiver: Account, house: Account, amount: Balance) {
    guard { amount > 0; fee = amount * 3 / 100; GUARD; }
    effect { transfer(sender, receiver, amount - fee); transfer(sender, house, fee); }
    verify { sender_balance <= old_sender_balance; }
}
"""


def counting(statement: str, guard: str = "step > 0") -> str:
    return (
        f"intent count(step: u8, n: u8, rate: Decimal) {{ guard {{ {guard}; old_n >= 0; rate > 0; }}"
        f" effect {{ {statement} }} verify {{ n == n; }} }}"
    )


def test_a_payment_that_is_covered_fits_by_the_supply_of_its_asset() -> None:
    assert outcome(ask_text(PAYMENT), "S05") is Outcome.PROVED


def test_a_payment_that_is_not_covered_is_refuted_with_replayed_values() -> None:
    verdict = ask_text(PAYMENT.replace("old_sender_balance >= amount;", ""))
    found = findings(verdict, "S05")[0]
    assert verdict.verdict is Vote.REJECT
    assert (found.cwe, found.message) == (
        Weakness.INTEGER_UNDERFLOW,
        "what is stored can be below its range: `sender_balance`",
    )
    assert found.counterexample is not None
    assert found.counterexample.replayed
    assert found.span is not None
    assert found.advice


def test_shares_of_an_amount_together_are_no_more_than_it() -> None:
    assert outcome(ask_text(FEE.replace("GUARD", "old_sender_balance >= amount")), "S05") is Outcome.PROVED


def test_a_share_is_not_taken_for_less_than_the_amount_it_is_not() -> None:
    text = FEE.replace("GUARD", "old_sender_balance >= amount").replace("* 3 / 100", "* 300 / 100")
    assert outcome(ask_text(text), "S05") is not Outcome.PROVED


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("n = n + step;", "old_n < 200; step < 50"),
        ("n = min(n + step, 255);", "step > 0"),
        ("n = max(n, step) - step;", "step > 0"),
        ("n = n % step;", "step > 0"),
        ("n = n / step;", "step > 0"),
        ("n = div_ceil(n, step);", "step != 0"),
        ("n = if step > n then step - n else n - step;", "step > 0"),
        ("if (n < 255) { n = n + 1; }", "step > 0"),
        ("if (n >= step) { n -= step; } else { n = 0; }", "step > 0"),
        ("require n < 100; n = 2 * n;", "step > 0"),
        ("require step > 1; n = n / (step - 1);", "step > 0"),
    ],
)
def test_what_fits_is_proved(statement: str, guard: str) -> None:
    assert outcome(ask_text(counting(statement, guard)), "S05") is Outcome.PROVED


@pytest.mark.parametrize(
    ("statement", "weakness"),
    [
        ("n = n + 1;", Weakness.INTEGER_OVERFLOW),
        ("n = n + step;", Weakness.INTEGER_OVERFLOW),
        ("n = n - step;", Weakness.INTEGER_UNDERFLOW),
        ("n = 2 * n - n + 1;", Weakness.INTEGER_OVERFLOW),
        ("if (n > 3) { n = n * n; }", Weakness.INTEGER_OVERFLOW),
        ("n = n / (step - 1);", Weakness.DIVISION_BY_ZERO),
    ],
)
def test_what_does_not_fit_is_refuted(statement: str, weakness: int) -> None:
    verdict = ask_text(counting(statement))
    assert outcome(verdict, "S05") is Outcome.REFUTED
    assert weakness in {found.cwe for found in findings(verdict, "S05")}


def test_a_divisor_in_a_guard_is_not_kept_from_zero_by_that_guard() -> None:
    verdict = ask_text(counting("n = 1;", "10 / step > 1"))
    assert {found.cwe for found in findings(verdict, "S05")} == {Weakness.DIVISION_BY_ZERO}
    assert outcome(ask_text(counting("n = 1;", "step > 0; 10 / step > 1")), "S05") is Outcome.PROVED


def test_values_that_are_given_narrow_what_can_be() -> None:
    text = counting("n = n + step;")
    assert outcome(ask_text(text), "S05") is Outcome.REFUTED
    fits = ask_text(text, {"step": "5"}, Context(inputs={"old_n": "250"}))
    exceeds = ask_text(text, {"step": "6"}, Context(inputs={"old_n": "250"}))
    assert outcome(fits, "S05") is Outcome.PROVED
    assert outcome(exceeds, "S05") is Outcome.REFUTED


def test_values_outside_the_hypotheses_leave_it_open() -> None:
    high = str(2**63 - 1)
    balances = {"old_sender_balance": high, "old_receiver_balance": high}
    verdict = ask_text(PAYMENT, {"amount": "5"}, Context(balances=balances))
    assert outcome(verdict, "S05") is Outcome.UNMODELLED


def test_no_secret_stands_in_a_witness() -> None:
    text = counting("n = n + step;").replace("step: u8", "secret step: u8")
    (found,) = findings(ask_text(text, {"step": "77"}, Context(inputs={"old_n": "250"})), "S05")
    assert "77" not in repr(found)


def test_what_is_not_decided_is_left_open_and_the_text_still_approved() -> None:
    text = counting("n = n * step % 7 * (step % 47);", "step > 0; old_n * old_n * step < 30")
    verdict = ask_text(text)
    assert outcome(verdict, "S05") is Outcome.UNMODELLED
    assert verdict.verdict is Vote.APPROVE


def test_a_program_without_numbers_has_nothing_to_fit() -> None:
    text = 'intent note(memo: Text) { guard { memo == "a"; } verify { memo == "a"; } }'
    assert outcome(ask_text(text), "S05") is Outcome.NOTHING_TO_CHECK


def test_work_is_bounded_however_far_loops_are_unrolled() -> None:
    loop = "for i in 0..2000 { if (n > 7) { n = n - 1; } }"
    verdict = ask_text(counting(loop))
    work = int(dict(verdict.proof_trace)["characters and nodes looked at one by one"])
    assert result(verdict, "S05").outcome is Outcome.BUDGET
    assert work <= MOST_WORK + 3 * DEFAULT_LIMITS.nodes
    assert verdict.verdict is Vote.APPROVE


def test_numbers_of_thousands_of_digits_are_left_open() -> None:
    verdict = ask_text(counting("n = n * n; " * 8).replace("n: u8", "n: u256"))
    assert outcome(verdict, "S05") is Outcome.UNMODELLED
    assert verdict.verdict is Vote.APPROVE


def test_work_grows_with_the_text_and_not_faster() -> None:
    def work(legs: int) -> int:
        names = [f"r{index}" for index in range(legs)]
        accounts = ", ".join(f"{name}: Account" for name in names)
        moves = " ".join(f"transfer(payer, {name}, {name}_part);" for name in names)
        parts = ", ".join(f"{name}_part: Amount" for name in names)
        guards = " ".join(f"{name}_part < 100;" for name in names)
        guard = f"guard {{ {guards} old_payer_balance >= {100 * legs}; }}"
        rest = f"effect {{ {moves} }} verify {{ payer_balance <= old_payer_balance; }}"
        verdict = ask_text(f"intent pay(payer: Account, {accounts}, {parts}) {{ {guard} {rest} }}")
        assert outcome(verdict, "S05") is Outcome.PROVED
        return int(dict(verdict.proof_trace)["characters and nodes looked at one by one"])

    assert work(16) <= 5 * work(4)
