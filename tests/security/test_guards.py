"""S14 and S15: guards that say nothing, lines that nothing reaches, preconditions that exclude one another."""

from __future__ import annotations

import pytest

from aethel.request import Context
from aethel.security.classes import Weakness
from aethel.verdict import Outcome, Vote
from tests.security.questions import ask_text, findings, flagged, outcome

TEXT = """intent pay(
    sender: Account, receiver: Account, amount: Balance, a: Int, b: Int, c: Int, memo: Text, ok: Bool
) {
    guard { old_sender_balance >= amount; a != 77; b != 77; c != 77; memo != "x"; ok or a != 78; GUARDS }
    effect { transfer(sender, receiver, amount); STATEMENTS }
    verify { sender_balance == old_sender_balance - amount; LINES }
}
"""


def text(guards: str = "", statements: str = "", lines: str = "") -> str:
    return TEXT.replace("GUARDS", guards).replace("STATEMENTS", statements).replace("LINES", lines)


@pytest.mark.parametrize(
    "guards",
    [
        "a > 5; a < 6;",
        "a > b; b > c; c > a;",
        "a >= b; b >= a; a != b;",
        "a == b + 1; b == a + 1;",
        "2 * a == 5;",
        "a + b > 10; a < 4; b < 5;",
        "a + b + c >= 10; a + b <= 3; c <= 3; b >= 0;",
        'memo == "rent"; memo == "food";',
        "ok; not ok;",
        "(a > 5 or a > 7); a < 3;",
        "amount < 0;",
        "amount / 3 > 5; amount < 18;",
        "amount / 3 < 6; amount >= 18;",
        "old_sender_balance < amount;",
        "false;",
        "if a > 0 then b > 3 and b < 2 else b > 3 and b < 1;",
    ],
)
def test_preconditions_that_cannot_hold_together_are_refused(guards: str) -> None:
    verdict = ask_text(text(guards))
    assert outcome(verdict, "S15") is Outcome.REFUTED
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "S15")
    assert findings(verdict, "S15")[0].cwe == Weakness.ALWAYS_FALSE


@pytest.mark.parametrize(
    "guards",
    [
        "a >= b; b >= c; c >= a;",
        "a > 5; a < 7;",
        "a == b; b == c;",
        "2 * a == 6;",
        'memo == "rent" or memo == "food";',
        "amount / 3 > 5; amount < 20;",
        "a > b; b > c;",
    ],
)
def test_preconditions_that_can_hold_are_not_refused(guards: str) -> None:
    verdict = ask_text(text(guards))
    assert outcome(verdict, "S15") in (Outcome.PROVED, Outcome.UNMODELLED)
    assert verdict.verdict is Vote.APPROVE


def test_preconditions_that_an_execution_satisfies_are_proved() -> None:
    assert outcome(ask_text(text("a > 5; a < 7; b >= a;")), "S15") is Outcome.PROVED


def test_only_the_lines_that_contradict_are_named() -> None:
    (found,) = findings(ask_text(text("b > 1; a > 5; c < 3; a < 6;")), "S15")
    assert found.message.count("`") == 4
    assert "`a > 5`" in found.message
    assert "`a < 6`" in found.message
    assert found.span is not None


def test_a_line_that_contradicts_itself_is_named_alone() -> None:
    (found,) = findings(ask_text(text("a < a;")), "S15")
    assert found.message.startswith("`a < a`")
    assert found.message.endswith("can never hold")


def test_a_secret_line_is_named_by_its_place() -> None:
    (found,) = findings(ask_text(text("secret a > 5; secret a < 6;")), "S15")
    assert "a secret line" in found.message
    assert "a > 5" not in found.message


def test_a_require_that_its_guards_exclude_is_refused() -> None:
    assert outcome(ask_text(text("a > 5;", "require a < 6;")), "S15") is Outcome.REFUTED


def test_a_guard_that_is_false_for_the_given_values_alone_is_no_contradiction() -> None:
    verdict = ask_text(text("a > 5;"), {"a": "1"})
    assert outcome(verdict, "S15") is not Outcome.REFUTED


def test_given_values_outside_the_supply_hypothesis_are_no_contradiction() -> None:
    guards = "old_sender_balance + old_receiver_balance > 9223372036854775807;"
    assert outcome(ask_text(text(guards)), "S15") is Outcome.REFUTED
    given = Context(balances={"old_sender_balance": "9223372036854775807"})
    assert outcome(ask_text(text(guards), context=given), "S15") is not Outcome.REFUTED


@pytest.mark.parametrize("guards", ["amount >= 0;", "a == a + 0;", "a < 3 or a >= 3;", "true;", "a * a >= 0;"])
def test_a_guard_that_always_holds_is_flagged(guards: str) -> None:
    found = flagged(ask_text(text(guards)), "S14")
    expected = [] if " or " in guards else [Weakness.ALWAYS_TRUE]
    assert [each.cwe for each in found] == expected


@pytest.mark.parametrize("guards", ["old_sender_balance == sender_balance;", "amount > 0;", "a >= 0;", "a == b;"])
def test_a_snapshot_and_a_guard_that_restricts_are_not_flagged(guards: str) -> None:
    assert flagged(ask_text(text(guards)), "S14") == []


def test_a_branch_that_no_execution_takes_is_flagged_once() -> None:
    dead = "if (amount < 0) { transfer(sender, receiver, 1); transfer(receiver, sender, 1); }"
    (found,) = flagged(ask_text(text(statements=dead)), "S14")
    assert (found.cwe, found.message) == (Weakness.DEAD_CODE, "no execution comes to this line")


def test_a_line_of_verify_that_no_execution_reaches_is_flagged() -> None:
    verdict = ask_text(text("a > 5;", lines="if (a > 4) { a > 2; } else { a > 3; }"))
    (found,) = flagged(verdict, "S14")
    assert found.span is not None
    assert text("a > 5;", lines="if (a > 4) { a > 2; } else { a > 3; }")[found.span.start :].startswith("a > 3")


def test_a_branch_that_one_turn_of_a_loop_takes_is_reached() -> None:
    turns = "for i in 0..3 { if (i == 1) { transfer(receiver, sender, 0); } }"
    assert flagged(ask_text(text(statements=turns)), "S14") == []


def test_a_parameter_that_nothing_uses_is_flagged() -> None:
    (found,) = flagged(ask_text(text().replace("ok: Bool", "ok: Bool, spare: Int")), "S14")
    assert "`spare` is not used" in found.message


def test_advice_never_refuses() -> None:
    verdict = ask_text(text("amount >= 0;"))
    assert verdict.verdict is Vote.APPROVE
    assert outcome(verdict, "S14") is Outcome.PROVED
