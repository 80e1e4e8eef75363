"""Several intents of one file run on one state: what that means for digests and for what is secret."""

from __future__ import annotations

import pytest

from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.intent.confusables import skeleton
from aethel.intent.reading import read
from aethel.ledger.expert import GuardianExpert
from aethel.prover.local import local_expert
from aethel.request import Context, Question
from aethel.security.expert import SentinelExpert
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT

EXPERTS = (local_expert(), SentinelExpert(), GuardianExpert())
TIMEOUTS_MS = {Z3_EXPERT: 3_000.0, SENTINEL_EXPERT: 2_000.0, GUARDIAN_EXPERT: 2_000.0}


def digest(text: str) -> str:
    file = read(text.encode()).file
    assert file is not None
    return file.digest


def payment(name: str, payer: str, payee: str, amount: str = "amount", modifier: str = "") -> str:
    return f"""intent {name}({payer}: Account, {payee}: Account, {modifier} {amount}: Balance) {{
        guard {{ {amount} > 0; old_{payer}_balance >= {amount}; }}
        effect {{ transfer({payer}, {payee}, {amount}); }}
        verify {{ {payee}_balance == old_{payee}_balance + {amount}; }}
    }}"""


def one(guard: str) -> str:
    return f"intent f(x: Int, y: Int) {{ guard {{ {guard} }} verify {{ x == x; }} }}"


def shown(text: str, arguments: dict[str, str], balances: dict[str, str]) -> str:
    question = Question("t", text.encode(), arguments=arguments, context=Context(balances=balances))
    answer = run_local(question, EXPERTS, Thresholds(), TIMEOUTS_MS)
    assert answer.consensus.value == "REJECTED"
    return repr(answer)


def test_paying_back_is_not_paying_twice() -> None:
    twice = payment("first", "a", "b") + payment("second", "a", "b")
    back = payment("first", "a", "b") + payment("second", "b", "a")
    others = payment("first", "a", "b") + payment("second", "c", "d")
    assert len({digest(twice), digest(back), digest(others)}) == 3


def test_renaming_accounts_throughout_changes_no_digest() -> None:
    first = payment("first", "a", "b") + payment("second", "b", "a")
    assert digest(first) == digest(payment("first", "u", "v") + payment("second", "v", "u"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x > 0 and y > 1;", "y > 1 and x > 0;"),
        ("x > 0 or y > 1 or x == 7;", "x == 7 or y > 1 or x > 0;"),
        ("x + y > 1;", "y + x > 1;"),
        ("x * y > 1;", "y * x > 1;"),
        ("x > 0; y > 1;", "1 < y; x > 0;"),
    ],
)
def test_the_order_of_what_commutes_changes_no_digest(left: str, right: str) -> None:
    assert digest(one(left)) == digest(one(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x - y > 1;", "y - x > 1;"),
        ("y != 0 and x / y > 1;", "x / y > 1 and y != 0;"),
        ("x > 0 => y > 0;", "y > 0 => x > 0;"),
    ],
)
def test_the_order_of_what_does_not_commute_counts(left: str, right: str) -> None:
    assert digest(one(left)) != digest(one(right))


def test_a_balance_that_a_secret_amount_left_is_not_shown() -> None:
    text = payment("first", "a", "b", modifier="secret") + payment("second", "a", "b", amount="rest")
    given = {"a": "x", "b": "y", "amount": "7919", "rest": "15000"}
    told = shown(text, given, {"a_balance": "20000", "b_balance": "0"})
    assert "12081" not in told
    assert "7919" not in told


def test_a_secret_that_is_no_number_is_not_repeated() -> None:
    assert "79x19" not in shown(payment("pay", "a", "b", modifier="secret"), {"amount": "79x19"}, {})


@pytest.mark.parametrize(
    ("name", "other"), [("Id1", "ldI"), ("m0", "rnO"), ("раypal", "paypal"), ("ο", "o"), ("а", "a"), ("ѕ", "s")]
)
def test_what_looks_alike_has_one_skeleton(name: str, other: str) -> None:
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(("name", "other"), [("o", "O"), ("cafe", "café"), ("vv", "w"), ("б", "b"), ("fee2", "feez")])
def test_what_does_not_look_alike_has_two_skeletons(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)


def test_a_value_that_a_guard_equates_with_a_secret_is_not_shown() -> None:
    text = """intent pay(a: Account, b: Account, secret n: Balance, m: Balance) {
        guard { n > 0; m == n; old_a_balance >= m; }
        effect { transfer(a, b, m); b.balance += m; }
        verify { b_balance == old_b_balance; }
    }"""
    told = shown(text, {"n": "7919"}, {"a_balance": "20000", "b_balance": "0"})
    assert not any(number in told for number in ("7919", "12081", "15838"))


def test_values_found_where_no_secret_is_given_are_shown() -> None:
    text = payment("pay", "a", "b", modifier="secret").replace("old_a_balance >= amount;", "")
    assert "old_a_balance" in shown(text, {}, {})
