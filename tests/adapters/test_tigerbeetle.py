"""TigerBeetle transfers: linked chains are one question, and flags that need the ledger are named."""

import json

import pytest

from aethel.adapters.adapted import Adapted
from aethel.adapters.formats import Format, read_format
from tests.adapters.files import APPROVED, changed, legs, outcome, said

PLAIN = {"id": 1, "debit_account_id": 7, "credit_account_id": 8, "amount": 5, "ledger": 978, "code": 1}


def read(*transfers: object) -> tuple[Adapted, ...]:
    return read_format(Format.TIGERBEETLE, json.dumps(transfers).encode())


def test_a_transfer_is_an_entry_from_debit_to_credit() -> None:
    row = changed(Format.TIGERBEETLE)[0]
    assert row.subject.transaction_id == "1001"
    assert legs(row) == [("7", "-10000", "ledger:978"), ("8", "10000", "ledger:978")]


def test_a_linked_chain_is_one_entry_named_by_its_first_transfer() -> None:
    row = changed(Format.TIGERBEETLE)[1]
    assert row.subject.transaction_id == "1002"
    assert [account for account, _, _ in legs(row)] == ["7", "9", "9", "10"]


def test_a_pending_transfer_reserves_apart_from_what_is_posted() -> None:
    row = changed(Format.TIGERBEETLE)[2]
    assert legs(row) == [("7:pending", "-400", "ledger:978"), ("8:pending", "400", "ledger:978")]
    assert row.assumptions == ("transfer 1004 only reserves, for 3600 s at most, until it is posted or voided",)


def test_the_example_is_answered_in_its_order() -> None:
    found = outcome(*changed(Format.TIGERBEETLE))
    assert found == [APPROVED] * 3 + ["not understood: tigerbeetle with transfers[4].flags.post_pending_transfer"]


@pytest.mark.parametrize(
    "flags", [["balancing_debit"], "balancing_credit", 256, "pending|closing_debit", ["pending", "closing_credit"]]
)
def test_what_hangs_on_the_ledger_is_never_approved(flags: object) -> None:
    (row,) = read(PLAIN | {"flags": flags})
    assert said(row).startswith("not understood: tigerbeetle with transfers[0].flags.")


@pytest.mark.parametrize("flag", ["post_pending_transfer", "void_pending_transfer"])
def test_one_transfer_that_hangs_on_the_ledger_holds_up_its_chain(flag: str) -> None:
    (row,) = read(PLAIN | {"flags": "linked"}, {"id": 2, "pending_id": 9, "flags": flag})
    assert said(row) == f"not understood: tigerbeetle with transfers[1].flags.{flag}"


def test_flags_mean_the_same_in_every_form() -> None:
    forms = [3, "3", "linked|pending", ["linked", "pending"], ["pending", "linked"]]
    first, *others = (read(PLAIN | {"flags": form}, PLAIN | {"id": 2}) for form in forms)
    assert others == [first] * 4


def test_numbers_beyond_the_reach_of_a_float_stay_exact() -> None:
    large = 2**128 - 2
    number, text = (read(PLAIN | {"id": form, "amount": form}) for form in (large, str(large)))
    assert number == text
    assert legs(number[0])[1][1] == str(large)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": -1}, "`transfers[0].amount` is `-1`, expected a whole number below 2^128"),
        ({"amount": 1.5}, "`transfers[0].amount` is `1.5`"),
        ({"amount": 1e3}, "`transfers[0].amount` is `1000.0`"),
        ({"amount": 2**128}, "expected a whole number below 2^128"),
        ({"amount": True}, "`transfers[0].amount` is `true`, expected a string or a number"),
        ({"amount": "٣"}, "expected a whole number"),
        ({"id": 0}, "`transfers[0].id` is `0`, expected neither 0 nor"),
        ({"id": 2**128 - 1}, "expected neither 0 nor"),
        ({"ledger": 0}, "`transfers[0].ledger` is `0`"),
        ({"ledger": 2**32}, "`transfers[0].ledger` is `4294967296`, expected a whole number below 2^32"),
        ({"code": 0}, "`transfers[0].code` is `0`"),
        ({"code": 2**16}, "expected a whole number below 2^16"),
        ({"credit_account_id": 7}, "`transfers[0].credit_account_id` is `7`, expected another account"),
        ({"debit_account_id": 0}, "`transfers[0].debit_account_id` is `0`"),
        ({"pending_id": 3}, "`transfers[0].pending_id` is `3`, expected 0"),
        ({"timeout": 3}, "`transfers[0].timeout` is `3`, expected 0"),
        ({"timestamp": 3}, "`transfers[0].timestamp` is `3`, expected 0"),
        ({"flags": 512}, "`transfers[0].flags` is `512`, expected no bits beyond 511"),
        ({"flags": "posted"}, "`transfers[0].flags` names `posted`"),
        ({"flags": 12, "pending_id": 3}, "`transfers[0].flags` is `post_pending_transfer|void_pending_transfer`"),
        ({"flags": 6, "pending_id": 3}, "`transfers[0].flags` is `pending|post_pending_transfer`"),
        ({"flags": 20, "pending_id": 3}, "expected no other flag"),
        ({"flags": "closing_debit"}, "expected `pending` beside"),
        ({"flags": 4}, "`transfers[0].pending_id` is `0`, expected the identifier of a pending transfer"),
        ({"flags": 4, "pending_id": 1}, "`transfers[0].pending_id` is `1`, expected another identifier"),
    ],
)
def test_what_create_transfers_refuses_is_refused_with_the_field(change: dict[str, object], message: str) -> None:
    (row,) = read(PLAIN | change)
    assert said(row).startswith("error: ")
    assert message in said(row)


def test_a_field_that_is_left_out_is_named() -> None:
    (row,) = read({name: value for name, value in PLAIN.items() if name != "ledger"})
    assert said(row) == "error: `transfers[0].ledger` is `0`, expected a ledger, which is never 0"


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
    assert said(row).startswith("error: `transfers[1].code`")
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
