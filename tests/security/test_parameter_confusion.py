"""S24: what is given twice, alike or for nothing is refused; one value in several spellings is one value."""

import pytest

from aethel.request import Context, Question
from aethel.transaction import AmountText, MerkleProof, Transaction
from aethel.verdict import Outcome, Vote
from aethel.wire.rows import RowError, read_row
from tests.security.questions import PAYMENT, ask_text, findings, outcome, sentinel

GIVEN = {"sender": "acc-1", "receiver": "acc-2", "amount": "5", "memo": "rent", "pin": "1"}


def messages(arguments: dict[str, str], context: Context | None = None) -> list[str]:
    return [found.message for found in findings(ask_text(PAYMENT, arguments, context), "S24")]


def test_values_for_roles_of_their_own_pass() -> None:
    context = Context(balances={"sender_balance": "9", "old_sender.balance": "9", "receiver_balance": "0"})
    verdict = ask_text(PAYMENT, GIVEN, context)
    assert verdict.verdict is Vote.APPROVE
    assert outcome(verdict, "S24") is Outcome.PROVED


@pytest.mark.parametrize(
    ("context", "kind"),
    [
        (Context(accounts={"sender": "acc-1"}), "account"),
        (Context(inputs={"sender": "acc-1"}), "input"),
        (Context(balances={"sender": "acc-1"}), "balance"),
    ],
)
def test_a_name_in_two_parts_of_the_question_is_refused_even_with_one_value(context: Context, kind: str) -> None:
    assert messages(GIVEN, context) == [f"`sender` is given as argument and as {kind}, expected it once"]


def test_a_state_in_two_spellings_with_two_values_is_refused() -> None:
    (found,) = messages({}, Context(balances={"sender_balance": "9", "sender.balance": "90"}))
    assert found == "`sender.balance` and `sender_balance` name one state and have different values, expected one"


@pytest.mark.parametrize("name", ["Amount", "AMOUNT", "arnount", "аmount", "ａmount"])
def test_a_name_that_is_taken_for_one_of_the_text_is_refused(name: str) -> None:
    assert any("is taken for `amount`" in each for each in messages({}, Context(inputs={name: "500"})))


def test_a_spelling_of_a_state_that_is_taken_for_another_is_refused() -> None:
    assert messages({}, Context(balances={"OLD_sender_balance": "9"})) != []


def test_two_unknown_names_that_look_alike_are_refused() -> None:
    (found,) = messages({}, Context(inputs={"rate1": "1", "ratel": "2"}))
    assert found == "the name of input `ratel` is taken for `rate1`"


def test_names_that_the_text_declares_both_are_told_apart() -> None:
    text = "intent cap(rate: Int, Rate: Int) { guard { rate > 0; Rate > 0; } verify { rate > 0; } }"
    assert findings(ask_text(text, {"rate": "1", "Rate": "2"}), "S24") == []


def test_an_argument_that_the_text_does_not_name_is_refused() -> None:
    assert messages({"fee": "1"}) == ["argument `fee` names nothing in the text"]


def test_what_the_caller_knows_beyond_the_text_is_no_confusion() -> None:
    assert messages({}, Context(balances={"treasury_balance": "9"}, inputs={"price": "3"})) == []


def test_a_transaction_takes_no_arguments() -> None:
    (found,) = _of(AmountText("5"), {"amount": "6"})
    assert found == "argument `amount` is given with a transaction, which has no parameters"


def test_a_proof_that_gives_a_field_twice_is_refused() -> None:
    twice = MerkleProof("rfc6962-sha256", "inclusion", (("root", "00"), ("leaf_index", "1"), ("root", "11")))
    assert _of(twice) == ["a proof gives `root` twice, expected it once"]


def test_a_secret_value_is_never_told() -> None:
    text = PAYMENT.replace("pin: Int", "secret pin: Int")
    found = findings(ask_text(text, {"pin": "4711"}, Context(inputs={"pin": "4712"})), "S24")
    assert found != []
    assert not any("471" in each.message for each in found)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "t", "intent": "", "args": {"amount": "1", "amount": "2"}}',
        b'{"id": "t", "intent": "", "intent": "x"}',
        b'{"id": "t", "intent": "", "context": {"inputs": {"a": "1"}, "inputs": {}}}',
        b'{"id": "t", "transaction": {"text": "1", "text": "2"}}',
        b'{"id": "t", "intent": "", "argz": {}}',
        b'{"id": "t", "intent": "", "context": {"accountz": {}}}',
    ],
)
def test_repeated_and_unknown_fields_never_get_as_far(line: bytes) -> None:
    with pytest.raises(RowError, match=r"given twice|is no field"):
        read_row(line)


def _of(transaction: Transaction, arguments: dict[str, str] | None = None) -> list[str]:
    question = Question("t", transaction=transaction, arguments=arguments or {})
    return [found.message for found in findings(sentinel().verify(question, 100.0), "S24")]
