"""TigerBeetle transfers: linked chains are one question, and flags that need the ledger are named."""

import json

import pytest

from aethel.adapters.adapted import Adapted
from aethel.adapters.formats import Format, read_format
from aethel.decision.gate import plan
from aethel.request import Question
from aethel.transaction import Phase, Transfer, TransferBatch
from aethel.verdict import Vote
from tests.adapters.files import APPROVED, GUARDIAN, changed, outcome, said

PLAIN = {"id": 1, "debit_account_id": 7, "credit_account_id": 8, "amount": 5, "ledger": 978, "code": 1}


def read(*transfers: object) -> tuple[Adapted, ...]:
    return read_format(Format.TIGERBEETLE, json.dumps(transfers).encode())


def transfers(row: Adapted) -> tuple[Transfer, ...]:
    """The transfers that a row asks about."""
    assert isinstance(row.subject, Question)
    assert isinstance(row.subject.transaction, TransferBatch)
    return row.subject.transaction.transfers


def refused(row: Adapted) -> str:
    """What the Guardian refuses a row for: the code and the reason."""
    assert isinstance(row.subject, Question)
    verdict = GUARDIAN.verify(row.subject, 1_000.0)
    assert verdict.verdict is Vote.REJECT
    return f"{verdict.code}: {verdict.reason}"


def test_a_transfer_is_what_its_fields_say() -> None:
    row = changed(Format.TIGERBEETLE)[0]
    assert row.subject.transaction_id == "1001"
    assert transfers(row) == (Transfer("1001", "7", "8", "10000", "978", "1", pending_id="0", timeout_s="0"),)


def test_a_linked_chain_is_one_question_named_by_its_first_transfer() -> None:
    row = changed(Format.TIGERBEETLE)[1]
    assert row.subject.transaction_id == "1002"
    assert [(one.id, one.linked) for one in transfers(row)] == [("1002", True), ("1003", False)]


def test_a_pending_transfer_only_reserves() -> None:
    row = changed(Format.TIGERBEETLE)[2]
    (pending,) = transfers(row)
    assert (pending.phase, pending.timeout_s) == (Phase.PENDING, "3600")
    assert row.assumptions == ("transfer 1004 only reserves, for 3600 s at most, until it is posted or voided",)


def test_the_example_is_answered_in_its_order() -> None:
    assert [row.subject.transaction_id for row in changed(Format.TIGERBEETLE)] == ["1001", "1002", "1004", "1005"]
    assert outcome(*changed(Format.TIGERBEETLE))[:3] == [APPROVED] * 3


@pytest.mark.parametrize(
    "flags", [["balancing_debit"], "balancing_credit", 256, "pending|closing_debit", ["pending", "closing_credit"]]
)
def test_what_hangs_on_the_ledger_is_never_approved(flags: object) -> None:
    (row,) = read(PLAIN | {"flags": flags})
    assert said(row).startswith("not understood: tigerbeetle with transfers[0].flags.")


@pytest.mark.parametrize("flag", ["post_pending_transfer", "void_pending_transfer"])
def test_one_transfer_that_resolves_what_nobody_gave_holds_up_its_chain(flag: str) -> None:
    (row,) = read(PLAIN | {"flags": "linked"}, {"id": 2, "pending_id": 9, "flags": flag})
    assert isinstance(row.subject, Question)
    assert "G16" in plan(row.subject, None).required
    assert "G16" in GUARDIAN.verify(row.subject, 1_000.0).not_applicable


def test_flags_mean_the_same_in_every_form() -> None:
    forms = [3, "3", "linked|pending", ["linked", "pending"], ["pending", "linked"]]
    first, *others = (read(PLAIN | {"flags": form}, PLAIN | {"id": 2}) for form in forms)
    assert others == [first] * 4


def test_numbers_beyond_the_reach_of_a_float_stay_exact() -> None:
    large = 2**128 - 2
    number, text = (read(PLAIN | {"id": form, "amount": form}) for form in (large, str(large)))
    assert number == text
    assert transfers(number[0])[0].amount == str(large)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": -1}, "`transfers[0].amount` is `-1`, expected a whole number below 2^128"),
        ({"amount": 1.5}, "`transfers[0].amount` is `1.5`"),
        ({"amount": 1e3}, "`transfers[0].amount` is `1000.0`"),
        ({"amount": 2**128}, "expected a whole number below 2^128"),
        ({"amount": True}, "`transfers[0].amount` is `true`, expected a string or a number"),
        ({"amount": "٣"}, "expected a whole number"),
        ({"ledger": 2**32}, "`transfers[0].ledger` is `4294967296`, expected a whole number below 2^32"),
        ({"code": 2**16}, "expected a whole number below 2^16"),
        ({"timestamp": 3}, "`transfers[0].timestamp` is 3, expected 0"),
        ({"flags": 512}, "`transfers[0].flags` is `512`, expected no bits beyond 511"),
        ({"flags": "posted"}, "`transfers[0].flags` names `posted`"),
        ({"flags": 12, "pending_id": 3}, "`transfers[0].flags` is `post_pending_transfer|void_pending_transfer`"),
        ({"flags": 6, "pending_id": 3}, "`transfers[0].flags` is `pending|post_pending_transfer`, expected one of"),
    ],
)
def test_what_is_no_transfer_is_an_error_with_the_field(change: dict[str, object], message: str) -> None:
    (row,) = read(PLAIN | change)
    assert said(row).startswith("error: ")
    assert message in said(row)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": 0}, "G01"),
        ({"id": 2**128 - 1}, "G01"),
        ({"ledger": 0}, "G06"),
        ({"code": 0}, "G04"),
        ({"credit_account_id": 7}, "G05"),
        ({"debit_account_id": 0}, "G05"),
        ({"pending_id": 3}, "G16"),
        ({"timeout": 3}, "G16"),
        ({"flags": 4}, "G16"),
        ({"flags": 4, "pending_id": 1}, "G16"),
        ({"flags": 4, "pending_id": 3, "timeout": 3}, "G16"),
    ],
)
def test_what_create_transfers_refuses_is_rejected_by_the_guardian(change: dict[str, object], code: str) -> None:
    (row,) = read(PLAIN | change)
    assert refused(row).startswith(f"{code}: ")


def test_a_field_that_is_left_out_is_zero() -> None:
    (row,) = read({name: value for name, value in PLAIN.items() if name != "ledger"})
    assert refused(row) == "G06: the ledger of transfer 1 is 0, expected a positive number"


def test_a_field_that_nobody_knows_is_never_approved() -> None:
    (row,) = read(PLAIN | {"fee": 3})
    assert said(row) == "not understood: tigerbeetle with transfers[0].fee"


def test_a_chain_that_is_open_at_the_end_is_refused() -> None:
    (row,) = read(PLAIN | {"flags": "linked"})
    assert said(row).startswith("error: G15: `transfers[0].flags` is linked at the end of the file")


def test_a_chain_goes_on_past_a_transfer_that_is_wrong() -> None:
    (row, after) = read(
        PLAIN | {"flags": 1}, PLAIN | {"id": 2, "code": 0, "flags": 1}, PLAIN | {"id": 3}, PLAIN | {"id": 4}
    )
    assert refused(row).startswith("G04: the code of transfer 2 is 0")
    assert said(after) == APPROVED


def test_flags_that_cannot_be_read_may_have_linked() -> None:
    (row,) = read(PLAIN | {"flags": "linkd"}, PLAIN | {"id": 2})
    assert said(row).startswith("error: `transfers[0].flags` names `linkd`")


def test_an_identifier_used_twice_is_taken_once_even_inside_a_chain() -> None:
    first, chain = read(PLAIN, PLAIN | {"id": 2, "flags": 1}, PLAIN)
    assert said(first) == APPROVED
    assert said(chain) == "error: G01: `transfers[2].id` is 1 for the second time, expected it once"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"transfers": 1}', b"\xff", b"[" * 200_000, b'[{"id":NaN}]'])
def test_a_file_that_is_none_is_one_error(content: bytes) -> None:
    (row,) = read_format(Format.TIGERBEETLE, content)
    assert said(row).startswith("error: ")


def test_transfers_may_stand_under_their_name() -> None:
    assert read_format(Format.TIGERBEETLE, json.dumps({"transfers": [PLAIN]}).encode()) == read(PLAIN)
