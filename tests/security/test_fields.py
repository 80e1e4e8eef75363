"""What comes beside an intent text: each field of a transaction, each argument and value of the context is judged."""

import dataclasses

import pytest

from aethel.intent.reading import read
from aethel.request import Context, Question
from aethel.security.fields import fields_of
from aethel.transaction import (
    AccountState,
    AccountTransaction,
    AmountText,
    DoubleEntry,
    MerkleProof,
    PathStep,
    Posting,
    Price,
    PriceKind,
    TextField,
    TouchedLeaf,
    Transaction,
    TreeRoot,
    Unspent,
    Unsupported,
    UtxoBatch,
    UtxoSpend,
)
from aethel.verdict import Vote
from tests.security.questions import PAYMENT, ask_text, ask_transaction, findings, flagged

FULL = [
    DoubleEntry(
        postings=(Posting("a", "1", "EUR", Price(PriceKind.UNIT, "1", "USD")), Posting("b", "-1", "EUR")),
        date="2026-01-31",
        payee="Landlord",
        code="c",
        states=(AccountState("a", "EUR", "1", "1", "1", "1", "1", version="1"),),
    ),
    AccountTransaction("1", "1", "1", "0xab", "1", "1", "1"),
    UtxoBatch((Unspent("a:0", "1"),), (UtxoSpend("b", ("a:0",), ("1",), "0"),)),
    MerkleProof("rfc6962-sha256", "inclusion", (("root", "ab"),), ("cd",)),
    MerkleProof("rfc6962-sha256", "update", (("root", "ab"),), ("cd",), (TouchedLeaf("1", "ef", "01"),)),
    MerkleProof("ics23-iavl", "existence", (("key", "ab"),), path=(PathStep("sha256", "cd", "ef"),)),
    AmountText("1.00"),
    TextField("rent", "Name"),
    Unsupported("ach_batch"),
]
"""One transaction of each kind with every text filled."""


def texts_in(value: object) -> list[str]:
    """Every text anywhere in a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in texts_in(item)]
    if dataclasses.is_dataclass(value):
        return [text for item in dataclasses.fields(value) for text in texts_in(getattr(value, item.name))]
    return []


@pytest.mark.parametrize("transaction", FULL, ids=lambda transaction: type(transaction).__name__)
def test_every_text_of_a_transaction_is_a_field(transaction: Transaction) -> None:
    judged = [field.text for field in fields_of(Question("t", transaction=transaction), None)]
    assert sorted(judged) == sorted(texts_in(transaction))


@pytest.mark.parametrize("transaction", FULL, ids=lambda transaction: type(transaction).__name__)
def test_fields_have_names_of_their_own(transaction: Transaction) -> None:
    names = [field.name for field in fields_of(Question("t", transaction=transaction), None)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("transaction", FULL, ids=lambda transaction: type(transaction).__name__)
def test_an_ordinary_transaction_of_every_kind_passes(transaction: Transaction) -> None:
    verdict = ask_transaction(transaction)
    assert verdict.verdict is Vote.APPROVE
    assert verdict.findings == ()


def test_a_finding_names_field_position_and_character() -> None:
    entry = DoubleEntry((Posting("a", "1", "EUR"), Posting("assets:\u202ebank", "-1", "EUR")))
    (found,) = findings(ask_transaction(entry), "S02")
    assert found.message.startswith("`postings[1].account`, character 8: U+202E RIGHT-TO-LEFT OVERRIDE in a name")
    assert found.span is None


def test_amounts_are_read_by_machines() -> None:
    assert findings(ask_transaction(AmountText("\u0661\u0662")), "S01")
    assert findings(ask_transaction(AmountText("1\u00a0000")), "S03")


def test_a_text_argument_may_be_written_in_any_script() -> None:
    verdict = ask_text(PAYMENT, {"memo": "\u0645\u06cc\u200c\u062e", "sender": "\u0634\u0631\u0643\u0629"})
    assert verdict.verdict is Vote.APPROVE
    assert len(flagged(verdict, "S03")) == 1


def test_a_text_argument_is_held_to_the_rules_of_names() -> None:
    (found,) = findings(ask_text(PAYMENT, {"memo": "re\u200dnt"}), "S03")
    assert found.message.startswith("argument `memo`, character 3: U+200D ZERO WIDTH JOINER in a name")


def test_a_number_given_as_argument_is_read_by_machines() -> None:
    assert findings(ask_text(PAYMENT, {"amount": "\u0665"}), "S01")
    assert findings(ask_text(PAYMENT, {"pin": "1\u2003"}), "S03")


@pytest.mark.parametrize(
    ("context", "code"),
    [
        (Context(accounts={"sender": "acme\u200b-1"}), "S03"),
        (Context(balances={"sender_balance": "\u0663"}), "S01"),
        (Context(inputs={"memo": "\u202erent"}), "S02"),
        (Context(balances={"sender\u200d_balance": "3"}), "S03"),
        (Context(proofs=(MerkleProof("s", "inclusion", (("leaf_index", "\u0663"),)),)), "S01"),
        (Context(roots=(TreeRoot("s", "1", "ab\u200b"),)), "S03"),
    ],
    ids=["account", "balance", "input", "name", "proof", "root"],
)
def test_every_part_of_the_context_is_judged(context: Context, code: str) -> None:
    assert ask_text(PAYMENT, context=context).code == code


def test_nothing_of_a_secret_value_is_shown() -> None:
    text = PAYMENT.replace("pin: Int", "secret pin: Text").replace("pin != 0", 'pin != ""')
    (found,) = findings(ask_text(text, {"pin": "ab\u202ecd"}), "S02")
    assert found.message.startswith("argument `pin`: a character that is not named here in a name")
    assert "202E" not in repr(found)


def test_a_value_nobody_declared_is_treated_as_secret() -> None:
    (found,) = findings(ask_text("not an intent", {"memo": "ab\u202ecd"}), "S02")
    assert "202E" not in repr(found)


def test_a_name_declared_secret_anywhere_is_secret_everywhere() -> None:
    secret = PAYMENT.replace("intent pay", "intent repay").replace("memo: Text", "secret memo: Text")
    file = read((secret + PAYMENT).encode()).file
    assert file is not None
    question = Question("t", intent_text=b"", arguments={"memo": "rent"})
    (value,) = [field for field in fields_of(question, file) if field.text == "rent"]
    assert value.hidden
