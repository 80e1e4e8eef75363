"""ACH batches against their control records."""

from dataclasses import replace

import pytest

from aethel.ledger.ach import ENTRIES
from aethel.transaction import AchBatch, AchControl, AchEntry, Side
from aethel.verdict import Vote
from tests.ledger.entries import codes, verdict
from tests.ledger.full_terms import with_each_text

BATCH = AchBatch(
    "PPD",
    (AchEntry(Side.DEBIT, "27", "250", "23138010"), AchEntry(Side.CREDIT, "22", "100", "031300012")),
    AchControl("250", "100", "26268011", "2"),
)


def with_control(**changed: str) -> AchBatch:
    return replace(BATCH, control=replace(BATCH.control, **changed))


def with_entry(**changed: object) -> AchBatch:
    return replace(BATCH, entries=(BATCH.entries[0], replace(BATCH.entries[1], **changed)))  # type: ignore[arg-type]


def test_a_batch_that_sums_to_its_control_record_is_approved() -> None:
    found = verdict(BATCH)
    assert found.verdict is Vote.APPROVE
    assert [result.id for result in found.obligations] == ["G04", "G11", "G31"]


@pytest.mark.parametrize(
    ("changed", "delta"),
    [
        ({"total_debit_cents": "251"}, "1"),
        ({"total_credit_cents": "99"}, "-1"),
        ({"entry_hash": "26268012"}, "1"),
        ({"entry_count": "3"}, "1"),
    ],
)
def test_g31_refuses_a_total_that_is_off_and_says_by_how_much(changed: dict[str, str], delta: str) -> None:
    (found,) = verdict(with_control(**changed)).findings
    assert (found.code, found.delta) == ("G31", delta)


def test_g31_takes_the_last_ten_digits_of_the_sum_of_routing_numbers() -> None:
    many = tuple(AchEntry(Side.CREDIT, "22", "0", "99999999") for _ in range(101))
    assert codes(AchBatch("PPD", many, AchControl("0", "0", str(99999999 * 101 % 10**10)))) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"routing": "3130001"}, "expected 8 or 9 digits"),
        ({"routing": "031300013"}, "check digit"),
        ({"routing": "٠٣١٣٠٠٠١"}, "expected 8 or 9 digits"),
        ({"transaction_code": "27"}, "is a credit and has transaction code 27, which is a debit"),
    ],
)
def test_g31_refuses_an_entry_that_cannot_be_summed(changed: dict[str, str], said: str) -> None:
    assert said in verdict(with_entry(**changed)).reason


@pytest.mark.parametrize("text", ["NaN", "1e3", "+1", "-1", "1.0", "1,000", " 1", "01", "١"])
def test_g04_refuses_what_is_no_whole_number_of_cents(text: str) -> None:
    for path, changed in with_each_text(BATCH, text, exact=True):
        found = verdict(changed)
        assert found.code == "G04", path
        assert "G31" in found.not_applicable


def test_g11_refuses_amounts_wider_than_their_fields() -> None:
    assert codes(with_entry(amount_cents=str(10**10)))[0] == "G11"
    assert codes(with_control(total_debit_cents=str(10**12)))[0] == "G11"


def test_a_batch_without_entries_is_refused() -> None:
    assert codes(AchBatch("PPD", (), AchControl("0", "0", "0"))) == ["G31"]


def test_more_entries_than_can_be_read_are_refused() -> None:
    assert codes(replace(BATCH, entries=BATCH.entries * ENTRIES)) == ["TOO_LARGE"]
