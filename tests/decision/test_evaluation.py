"""Guards and obligations on given values: what is false is seen, what is not given is not judged, work is bounded."""

from fractions import Fraction

from aethel.decision.evaluation import contradiction
from aethel.intent.program import IntentFile
from aethel.intent.reading import read
from aethel.intent.terms import Value
from tests.decision.intents import LEAK, PAYMENT, TWO_PAYMENTS

RICH: dict[str, Value] = {"amount": 5, "old payer.balance": 100, "old payee.balance": 0, "payer": "A", "payee": "B"}


def _file(text: bytes) -> IntentFile:
    file = read(text).file
    assert file is not None
    return file


def _without(name: str) -> dict[str, Value]:
    return {key: value for key, value in RICH.items() if key != name}


def test_a_right_payment_contradicts_nothing() -> None:
    assert contradiction(_file(PAYMENT), [RICH]) == ""


def test_lost_money_is_seen() -> None:
    assert "conserved.default" in contradiction(_file(LEAK), [RICH])


def test_a_false_guard_is_seen() -> None:
    assert "a guard of `pay` is false" in contradiction(_file(PAYMENT), [{**RICH, "amount": 101}])


def test_a_false_property_is_seen() -> None:
    text = PAYMENT.replace(b"payer_balance == old_payer_balance - amount;", b"payer_balance > 95;")
    assert "post.1" in contradiction(_file(text), [RICH])


def test_a_balance_below_zero_is_seen() -> None:
    text = PAYMENT.replace(b"old_payer_balance >= amount;", b"old_payer_balance >= 0;")
    assert "solvent.payer_balance" in contradiction(_file(text), [{**RICH, "amount": 101}])


def test_a_balance_beyond_its_width_is_seen_although_the_supply_was_assumed_to_fit() -> None:
    brimful: dict[str, Value] = {**RICH, "old payee.balance": 2**63 - 3}
    assert "in_range" in contradiction(_file(PAYMENT), [brimful])


def test_a_property_that_hangs_on_an_open_value_is_not_judged() -> None:
    assert contradiction(_file(LEAK), [_without("amount")]) == ""


def test_a_property_is_not_judged_while_a_guard_is_open() -> None:
    assert contradiction(_file(LEAK), [_without("old payer.balance")]) == ""


def test_what_is_known_is_judged_beside_what_is_open() -> None:
    text = PAYMENT.replace(b"payer_balance == old_payer_balance - amount;", b"payer_balance > 95;")
    assert "post.1" in contradiction(_file(text), [_without("old payee.balance")])


def test_every_intent_of_a_file_is_judged() -> None:
    file = _file(TWO_PAYMENTS)
    assert contradiction(file, [RICH, {**RICH, "amount": 101}]) == "a guard of `pay_again` is false on the given values"
    assert contradiction(file, [RICH, RICH]) == ""
    second_leaks = _file(PAYMENT + LEAK.replace(b"intent pay(", b"intent pay_again("))
    assert "pay_again:conserved.default" in contradiction(second_leaks, [RICH, RICH])


def test_the_first_of_many_false_claims_is_named() -> None:
    lines = "".join(f"payer_balance != {number};" for number in range(50)) + "payer_balance < 95; payer_balance < 94;"
    text = PAYMENT.replace(b"payer_balance == old_payer_balance - amount;", lines.encode())
    assert "`post.51`" in contradiction(_file(text), [RICH])


def test_numbers_grow_no_longer_than_lowering_allows() -> None:
    squares = "".join(f"v{index + 1} = v{index} * v{index};" for index in range(8))
    file = _file(PAYMENT.replace(b"guard {", f"guard {{ v0 = amount; {squares} v8 > 0;".encode()))
    assert contradiction(file, [RICH]) == ""
    assert contradiction(file, [{**RICH, "amount": 10**80}]) != ""


def test_long_sums_of_fractions_stay_within_the_bound() -> None:
    rates = [f"rate_{number}" for number in range(100)]
    declared = ", ".join(f"{rate}: Rate" for rate in rates)
    text = PAYMENT.replace(b"amount: Balance", f"amount: Balance, {declared}".encode()).replace(
        b"amount > 0;", f"amount > 0; {' + '.join(rates)} > 0;".encode()
    )
    given: dict[str, Value] = {**RICH, **dict.fromkeys(rates, Fraction(3, 200))}
    assert contradiction(_file(text), [given]) == ""


def test_long_runs_of_whole_divisions_stay_within_the_bound() -> None:
    halves = "".join(f"v{index + 1} = v{index} / 3 + amount;" for index in range(300))
    text = PAYMENT.replace(b"guard {", f"guard {{ v0 = amount; {halves} v300 > 0;".encode())
    assert contradiction(_file(text), [{**RICH, "amount": 10**18, "old payer.balance": 10**18}]) == ""
