"""S06: rounded quotients that are multiplied, and parts that are rounded one by one."""

from __future__ import annotations

import pytest

from aethel.security.classes import Weakness
from aethel.verdict import Outcome, Vote
from tests.security.questions import ask_text, flagged, outcome

TEXT = """intent split(
    payer: Account, one: Account, two: Account, rest: Account, total: Balance<EUR>, n: Int, lot: Int,
    rate: Decimal
) {
    guard { total > 0; old_payer_balance >= 9 * total; n > 1; lot > 1; rate > 0; GUARDS }
    effect { EFFECT }
    verify { payer_balance <= old_payer_balance; LINES }
}
""".replace(": Account", ": Account<EUR>")


def text(guards: str = "", effect: str = "transfer(payer, one, total);", lines: str = "") -> str:
    return TEXT.replace("GUARDS", guards).replace("EFFECT", effect).replace("LINES", lines)


@pytest.mark.parametrize(
    "guards",
    [
        "total / 100 * 3 > 1;",
        "3 * (total / 100) > 1;",
        "part = total / n; part * 5 > 1;",
        "div_ceil(total, 7) * n > 1;",
        "n * 2 / 3 * 5 > 1;",
        "total / 100 * 2.5 > 1;",
        "n / lot * n > 0;",
    ],
)
def test_multiplying_a_rounded_quotient_is_flagged(guards: str) -> None:
    verdict = ask_text(text(guards))
    assert [found.cwe for found in flagged(verdict, "S06")] == [Weakness.INSUFFICIENT_PRECISION]
    assert verdict.verdict is Vote.APPROVE
    assert outcome(verdict, "S06") is Outcome.PROVED


@pytest.mark.parametrize(
    "guards",
    [
        "total * 3 / 100 > 1;",
        "n / lot * lot <= n;",
        "lot * (n / lot) <= n;",
        "total / 100 + 3 > 1;",
        "1.5 / 3 * 4 > 1;",
        "rate > 1 / 3 * 2;",
        "total / total * 3 > 1;",
        "part = total / 3; rest_part = total - part; rest_part >= part;",
    ],
)
def test_dividing_last_rounding_to_lots_and_exact_quotients_are_not(guards: str) -> None:
    assert flagged(ask_text(text(guards)), "S06") == []


def test_equal_parts_without_the_remainder_are_flagged_once() -> None:
    moves = "transfer(payer, one, total / 3); transfer(payer, two, total / 3); transfer(payer, rest, total / 3);"
    (found,) = flagged(ask_text(text(effect=moves)), "S06")
    assert found.message.startswith("3 parts are rounded one by one")


def test_a_rounding_that_a_loop_repeats_is_flagged() -> None:
    moves = "for i in 0..12 { transfer(payer, one, total * 7 / 1000); }"
    (found,) = flagged(ask_text(text(effect=moves)), "S06")
    assert found.message.startswith("12 parts are rounded")


@pytest.mark.parametrize(("first", "second"), [("total / 3", "total / 3"), ("total * 20 / 100", "total * 30 / 100")])
def test_parts_of_which_one_takes_the_remainder_are_not_flagged(first: str, second: str) -> None:
    moves = (
        f"transfer(payer, one, {first}); transfer(payer, two, {second});"
        f" transfer(payer, rest, total - {first} - {second});"
    )
    assert flagged(ask_text(text(effect=moves)), "S06") == []


def test_rounded_parts_that_are_compared_with_the_rounded_whole_are_flagged() -> None:
    (found,) = flagged(ask_text(text("total * 3 / 100 + n / 100 >= (total + n) / 100;")), "S06")
    assert "rounded one by one" in found.message


def test_a_long_chain_of_bindings_is_looked_through() -> None:
    names = "".join(f"b{index} = b{index - 1}; " for index in range(1, 1_500))
    (found,) = flagged(ask_text(text(f"b0 = total / 7; {names} b1499 * 3 > 1;")), "S06")
    assert "multiplies a quotient" in found.message
