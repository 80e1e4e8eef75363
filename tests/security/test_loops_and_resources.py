"""S07 and S08: loops have static bounds, and nothing is looked at, read or unrolled beyond its limit."""

import pytest

from aethel.intent.limits import DEFAULT_LIMITS
from aethel.request import Context, Question
from aethel.security import resources
from aethel.transaction import (
    AmountText,
    DoubleEntry,
    MerkleProof,
    PathStep,
    Posting,
    TouchedLeaf,
    TreeRoot,
    Unspent,
    UtxoBatch,
    UtxoSpend,
)
from aethel.verdict import ExpertVerdict, Outcome, Vote
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    ask_transaction,
    entry,
    findings,
    outcome,
    result,
    sentinel,
)

LOOPING = """intent pay(sender: Account, receiver: Account, amount: Balance) {
    guard { amount > 0; old_sender_balance >= 12 * amount; }
    effect { BODY }
    verify { sender_balance <= old_sender_balance; }
}
"""


def looping(body: str) -> str:
    return LOOPING.replace("BODY", body)


def nested(depth: int, high: str, body: str) -> str:
    heads = "".join(f"for i{level} in 0..{high} {{ " for level in range(depth))
    return looping(heads + body + " }" * depth)


def is_refused_as_too_large(verdict: ExpertVerdict) -> bool:
    return verdict.verdict is Vote.REJECT and verdict.code == "S08" and outcome(verdict, "S08") is Outcome.REFUTED


def test_a_text_without_a_loop_is_bounded() -> None:
    found = result(ask_text(PAYMENT), "S07")
    assert found.outcome is Outcome.PROVED
    assert found.detail.startswith("no loop")


def test_a_transaction_has_no_loop_to_check() -> None:
    assert outcome(ask_payee("Landlord"), "S07") is Outcome.NOTHING_TO_CHECK


def test_the_bound_of_nested_loops_is_stated_with_the_place_of_the_first() -> None:
    text = looping(
        "for i in 0..3 { for j in 5..7 { transfer(sender, receiver, amount); } for k in 9..2 { require amount > 1; } }"
    )
    verdict = ask_text(text)
    found = result(verdict, "S07")
    assert verdict.verdict is Vote.APPROVE
    assert found.detail.startswith("3 loops of 9 turns together")
    assert found.span is not None
    assert found.span.start == text.index("for i")
    assert "22 statements" in result(verdict, "S08").detail


def test_a_loop_behind_a_branch_is_found() -> None:
    text = looping("if (amount > 1) { for i in 0..2 { transfer(sender, receiver, amount); } }")
    found = result(ask_text(text), "S07")
    assert found.detail.startswith("1 loops of 2 turns together")
    assert found.span is not None
    assert found.span.start == text.index("for i")


def test_more_turns_than_may_be_evaluated_are_no_bound() -> None:
    verdict = ask_text(nested(1, str(DEFAULT_LIMITS.evaluated_statements + 1), ""))
    (found,) = findings(verdict, "S07")
    assert verdict.code == "S07"
    assert found.cwe == 834
    assert found.message.startswith("3:14: loops of 100001 turns together, the limit is 100000")


def test_statements_are_counted_before_a_loop_is_unrolled() -> None:
    verdict = ask_text(nested(2, "300", "transfer(sender, receiver, amount);"))
    assert is_refused_as_too_large(verdict)
    assert "180601 statements when loops are unrolled" in verdict.reason


def test_long_expressions_in_loops_are_counted_before_they_are_evaluated() -> None:
    summands = " + ".join(["amount"] * 400)
    verdict = ask_text(nested(2, "200", f"require {summands} > 1;"))
    assert is_refused_as_too_large(verdict)
    assert f"the limit is {DEFAULT_LIMITS.evaluated_nodes}" in verdict.reason
    assert int(dict(verdict.proof_trace)["characters and nodes looked at one by one"]) <= DEFAULT_LIMITS.nodes


def test_a_bound_of_thousands_of_digits_is_refused_in_words() -> None:
    verdict = ask_text(nested(60, "9" * 80, "require amount > 1;"))
    assert verdict.verdict is Vote.REJECT
    assert "loops of more than 2^" in verdict.reason
    assert len(verdict.reason) < 120


def test_a_text_of_a_megabyte_is_not_looked_at() -> None:
    verdict = ask_text(b"\xe2\x80\xae" * 350_000)
    assert is_refused_as_too_large(verdict)
    assert findings(verdict, "S02") == []
    assert outcome(verdict, "S02") is Outcome.BUDGET


def test_a_text_at_the_limit_is_read() -> None:
    padding = DEFAULT_LIMITS.text_bytes - len(PAYMENT)
    assert ask_text(PAYMENT + "#" * padding).verdict is Vote.APPROVE
    assert is_refused_as_too_large(ask_text(PAYMENT + "#" * (padding + 1)))


@pytest.mark.parametrize(
    "text",
    [
        PAYMENT.replace("amount > 0", "(" * 10_000 + "amount" + ")" * 10_000 + " > 0"),
        PAYMENT.replace("amount > 0", "amount > " + "9" * 200_000),
        PAYMENT.replace("amount", "a" * 8_000),
        PAYMENT.replace("amount > 0", " + ".join(["amount"] * 25_000) + " > 0"),
        PAYMENT.replace("(sender", "(" + "".join(f"p{index}: Int, " for index in range(200)) + "sender"),
    ],
    ids=["nesting", "digits", "name", "nodes", "parameters"],
)
def test_whatever_reading_finds_too_large_is_a_finding_with_its_place(text: str) -> None:
    verdict = ask_text(text)
    (found,) = findings(verdict, "S08")
    assert is_refused_as_too_large(verdict)
    assert found.cwe == 770
    assert found.span is not None


@pytest.mark.parametrize(
    ("at_limit", "beyond"),
    [
        (entry(payee="a" * resources.NAME_LENGTH), entry(payee="a" * (resources.NAME_LENGTH + 1))),
        (AmountText("1" * resources.SYMBOL_LENGTH), AmountText("1" * (resources.SYMBOL_LENGTH + 1))),
        (
            DoubleEntry((Posting("a", "1", "EUR"),) * DEFAULT_LIMITS.legs),
            DoubleEntry((Posting("a", "1", "EUR"),) * (DEFAULT_LIMITS.legs + 1)),
        ),
        (
            UtxoBatch((Unspent("a:0", "1"),) * 9_998, (UtxoSpend("b", ("a:0",), ("1",)),)),
            UtxoBatch((Unspent("a:0", "1"),) * 9_999, (UtxoSpend("b", ("a:0",), ("1",)),)),
        ),
        (
            MerkleProof("s", "inclusion", proof=("00",) * resources.PROOF_HASHES),
            MerkleProof("s", "inclusion", proof=("00",) * (resources.PROOF_HASHES + 1)),
        ),
        (
            MerkleProof("s", "existence", path=(PathStep("h", "01", "02"),) * resources.PROOF_HASHES),
            MerkleProof("s", "existence", path=(PathStep("h", "01", "02"),) * (resources.PROOF_HASHES + 1)),
        ),
        (
            MerkleProof("s", "update", leaves=(TouchedLeaf("1", "0a", "0b"),) * (resources.PROOF_PARTS - 1)),
            MerkleProof("s", "update", leaves=(TouchedLeaf("1", "0a", "0b"),) * resources.PROOF_PARTS),
        ),
        (
            MerkleProof("s", "inclusion", (("leaf", "a" * resources.CONTENT_LENGTH),)),
            MerkleProof("s", "inclusion", (("leaf", "a" * (resources.CONTENT_LENGTH + 1)),)),
        ),
    ],
    ids=["name", "symbol", "postings", "outputs", "hashes", "steps", "touched leaves", "leaf"],
)
def test_each_limit_of_a_transaction_holds_exactly(
    at_limit: DoubleEntry | AmountText, beyond: DoubleEntry | AmountText
) -> None:
    assert ask_transaction(at_limit).verdict is Vote.APPROVE
    assert is_refused_as_too_large(ask_transaction(beyond))


@pytest.mark.parametrize("is_root", [True, False])
def test_too_many_proofs_or_trusted_roots_in_a_context_are_refused(*, is_root: bool) -> None:
    proof, root = MerkleProof("s", "inclusion", (("root", "ab"),)), TreeRoot("s", "1", "ab")
    for count, is_refused in ((resources.PROOF_PARTS // 2, False), (resources.PROOF_PARTS + 1, True)):
        context = Context(roots=(root,) * count) if is_root else Context(proofs=(proof,) * count)
        found = sentinel().verify(Question("t", transaction=AmountText("1"), context=context), 1_000)
        assert is_refused_as_too_large(found) is is_refused


def test_a_value_too_long_to_be_looked_at_is_refused_and_the_classes_left_open() -> None:
    verdict = ask_text(PAYMENT, {"amount": "1" * 1_000_000})
    assert is_refused_as_too_large(verdict)
    assert outcome(verdict, "S01") is Outcome.BUDGET
    assert "1" * 100 not in verdict.reason


def test_too_many_given_values_are_refused() -> None:
    balances = {f"a{index}_balance": "1" for index in range(resources.GIVEN_VALUES)}
    assert ask_text(PAYMENT, context=Context(balances=balances)).verdict is Vote.APPROVE
    assert is_refused_as_too_large(ask_text(PAYMENT, {"amount": "1"}, Context(balances=balances)))
