"""Every public row that the Guardian answers for, one by one."""

from collections import Counter

from aethel.verdict import ExpertVerdict, Vote
from aethel.wire.rows import read_row
from tests.ledger.entries import DEADLINE_MS, GUARDIAN
from tests.wire.corpora import lines


def answers(name: str) -> list[tuple[str, str, ExpertVerdict]]:
    """Identifier, label and verdict of each row of one file."""
    return [(case["id"], case["label"], GUARDIAN.verify(read_row(row), DEADLINE_MS)) for case, row in lines(name)]


def misjudged(name: str, accepted: str) -> list[str]:
    """The rows that are not approved exactly where their label is `accepted`, and rejected everywhere else."""
    return [
        identifier
        for identifier, label, found in answers(name)
        if found.verdict is not (Vote.APPROVE if label == accepted else Vote.REJECT)
    ]


def test_every_journal_entry_is_judged_as_labelled() -> None:
    assert misjudged("double_entry", "balanced") == []


def test_every_unbalanced_entry_is_rejected_for_its_balance() -> None:
    wrong = [found for _, label, found in answers("double_entry") if label != "balanced"]
    assert Counter(found.code for found in wrong) == {"G07": 172}
    assert all(found.findings[0].delta not in {"", "0"} for found in wrong)


def test_an_entry_within_a_rounding_tolerance_is_rejected_with_the_exact_difference() -> None:
    rounded = [found for _, label, found in answers("double_entry") if label == "rounding_tolerance"]
    assert len(rounded) == 29
    assert {found.findings[0].delta for found in rounded} >= {"-0.001"}


def test_every_amount_is_judged_as_labelled() -> None:
    assert misjudged("amount_text", "plain_decimal") == []


def test_every_account_transaction_is_judged_as_labelled() -> None:
    assert misjudged("account_tx", "in_range") == []


def test_every_proof_is_judged_as_labelled_and_rejected_by_the_check_of_its_kind() -> None:
    assert misjudged("merkle", "valid") == []
    codes = {case["id"]: "G26" if case["input"]["op"] == "consistency" else "G25" for case, _ in lines("merkle")}
    wrong = [(name, found) for name, label, found in answers("merkle") if label != "valid"]
    assert len(wrong) == 98
    assert all(found.code == codes[name] for name, found in wrong)


def test_every_ach_batch_is_judged_as_labelled_and_by_its_totals() -> None:
    assert misjudged("ach_batch", "control_totals_match") == []
    assert {found.code for _, label, found in answers("ach_batch") if label != "control_totals_match"} == {"G31"}


def test_every_utxo_transaction_is_judged_as_labelled() -> None:
    assert misjudged("utxo", "valid") == []
    codes = {(label, found.code) for _, label, found in answers("utxo") if label != "valid"}
    assert codes == {
        ("double_spend", "G22"),
        ("missing_utxo", "G22"),
        ("value_created", "G10"),
        ("negative_value", "G04"),
        ("overflow", "G10"),
    }
