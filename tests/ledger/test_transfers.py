"""Transfers as TigerBeetle defines them: each rule, alone."""

from dataclasses import replace

import pytest

from aethel.structure import texts_of
from aethel.terms import Assertion, Chart, ChartAccount, Limit, LimitKind, Pairing, Terms, Totals
from aethel.transaction import BookedTransfer, Fate, Phase, Transfer, TransferAccount, TransferBatch
from aethel.verdict import Vote
from tests.ledger.entries import codes, verdict
from tests.ledger.full_terms import with_each_text
from tests.ledger.transfers import MOST, account, batch, move

SECOND = 10**9
HELD = BookedTransfer(move(1, phase=Phase.PENDING, timeout_s="60"), str(100 * SECOND))
POST = move(2, amount=5, phase=Phase.POST, pending_id="1")
VOID = move(2, amount=0, phase=Phase.VOID, pending_id="1")


def after(*transfers: Transfer, held: BookedTransfer = HELD, now_s: int = 101) -> TransferBatch:
    """Transfers that find one pending transfer."""
    return TransferBatch(transfers, booked=(held,), now_ns=str(now_s * SECOND))


def said(transaction: TransferBatch) -> str:
    return verdict(transaction).reason


def test_a_transfer_alone_is_approved() -> None:
    found = verdict(batch(move(1)))
    assert found.verdict is Vote.APPROVE
    assert [result.id for result in found.obligations] == ["G01", "G04", "G05", "G06", "G11"]
    assert {"G12", "G15", "G16"} <= set(found.not_applicable)


def test_a_batch_of_nothing_is_refused() -> None:
    assert codes(batch()) == ["G04"]


@pytest.mark.parametrize("number", [0, MOST, MOST + 1])
def test_g01_refuses_a_reserved_id(number: int) -> None:
    assert codes(batch(move(number))) == ["G01"]


def test_g01_names_what_differs_between_two_transfers_of_one_id() -> None:
    assert "id of transfer 1 and another amount" in said(batch(move(1), move(1, amount=6)))
    assert "id of transfer 1 and another kind" in said(batch(move(1), move(1, phase=Phase.PENDING)))
    assert "id of transfer 1 and the same content" in said(batch(move(1), move(1)))
    assert "id of one that is booked already and another kind" in said(after(move(1)))


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e3", "+1", "-1", "1.0", "1,000", "1_000", " 1", "0x1", "01", "١"]
)
def test_no_number_of_a_batch_is_read_unless_it_is_whole_and_plain(text: str) -> None:
    full = replace(
        after(replace(POST, debit_account="1", credit_account="2", ledger="1", code="1")),
        accounts=(account(1), account(2)),
    )
    paths = [path for path, _, is_number in texts_of(full, "") if is_number]
    for path, changed in with_each_text(full, text, exact=True):
        found = verdict(changed)
        assert found.verdict is Vote.REJECT, path
        assert any(finding.code == "G04" for finding in found.findings), path
    assert len(paths) == 8 + 12 + 9 + 1


@pytest.mark.parametrize(
    ("transfer", "code"),
    [
        (move(1, 0), "G05"),
        (move(1, 1, MOST), "G05"),
        (move(1, 1, 1), "G05"),
        (replace(move(1), ledger="0"), "G06"),
        (replace(move(1), ledger=str(2**32)), "G06"),
        (replace(move(1), code="0"), "G04"),
        (replace(move(1), code=str(2**16)), "G04"),
        (move(1, amount=MOST + 1), "G11"),
        (move(1, timeout_s="5"), "G16"),
        (move(1, pending_id="9"), "G16"),
        (move(1, closing_debit=True), "G16"),
        (move(1, phase=Phase.PENDING, timeout_s=str(2**32)), "G16"),
        (replace(POST, balancing_debit=True), "G16"),
        (replace(POST, pending_id="2"), "G16"),
        (replace(POST, pending_id="0"), "G16"),
        (replace(POST, timeout_s="5"), "G16"),
    ],
)
def test_a_transfer_that_is_wrong_by_itself_is_refused(transfer: Transfer, code: str) -> None:
    assert codes(batch(transfer)) == [code]


def test_g05_refuses_an_account_that_is_not_described_beside_others_that_are() -> None:
    assert codes(batch(move(1), accounts=(account(1),))) == ["G05"]
    assert codes(batch(move(1), accounts=(account(1), account(2), account(2)))) == ["G05"]


def test_g06_refuses_accounts_of_two_ledgers_or_another_ledger() -> None:
    assert codes(batch(move(1), accounts=(account(1), replace(account(2), ledger="2")))) == ["G06"]
    both = (replace(account(1), ledger="2"), replace(account(2), ledger="2"))
    assert codes(batch(move(1), accounts=both)) == ["G06"]


def test_g11_refuses_a_sum_beyond_128_bits_although_each_part_fits() -> None:
    wide = replace(account(1), debits_pending=str(MOST - 4))
    found = verdict(batch(move(1), accounts=(wide, account(2))))
    assert (found.code, found.findings[0].delta) == ("G11", "1")
    assert codes(batch(move(1, amount=4), accounts=(wide, account(2)))) == []


def test_g12_counts_what_is_pending() -> None:
    limited = account(1, (0, 5), debits_must_not_exceed_credits=True)
    assert codes(batch(move(1), accounts=(limited, account(2)))) == []
    found = verdict(batch(move(1), accounts=(replace(limited, debits_pending="1"), account(2))))
    assert (found.code, found.findings[0].delta) == ("G12", "1")
    other = account(2, (4, 0), credits_must_not_exceed_debits=True)
    assert codes(batch(move(1), accounts=(account(1), other))) == ["G12"]


def test_g15_names_the_transfer_that_fails_its_chain() -> None:
    chain = (move(1, linked=True), move(2, 1, 1, linked=True), move(3))
    found = verdict(batch(*chain, move(4)))
    assert [finding.code for finding in found.findings] == ["G05", "G15"]
    assert found.findings[1].message.startswith("transfer 2 fails, so transfers 1 to 3 all do: transfer 2 debits and")


def test_g15_refuses_a_chain_that_is_open_at_the_end() -> None:
    assert codes(batch(move(1), move(2, linked=True))) == ["G15"]


def test_what_a_failed_chain_did_is_undone_for_what_comes_after() -> None:
    limited = account(2, debits_must_not_exceed_credits=True)
    chain = (move(1, linked=True), move(2, 1, 1))
    later = move(3, 2, 3)
    assert codes(batch(*chain, later, accounts=(account(1), limited, account(3)))) == ["G05", "G12", "G15"]
    assert codes(batch(move(1), later, accounts=(account(1), limited, account(3)))) == []


@pytest.mark.parametrize(
    "transfer",
    [
        POST,
        replace(POST, amount="0"),
        replace(POST, amount=str(MOST)),
        VOID,
        replace(VOID, amount="5"),
        replace(VOID, amount=""),
    ],
)
def test_g16_takes_what_resolves_a_pending_transfer(transfer: Transfer) -> None:
    found = verdict(after(transfer))
    assert found.verdict is Vote.APPROVE
    assert "G16" in [result.id for result in found.obligations]


@pytest.mark.parametrize(
    ("transaction", "message"),
    [
        (after(replace(POST, amount="6")), "posts 6, expected at most what is pending, 5"),
        (after(replace(VOID, amount="4")), "voids 4, expected all that is pending, 5"),
        (after(POST, move(3, phase=Phase.VOID, pending_id="1", amount=0)), "is posted already"),
        (after(POST, held=replace(HELD, fate=Fate.VOIDED)), "is voided already"),
        (after(POST, held=replace(HELD, transfer=move(1))), "which is not a pending one"),
        (after(replace(POST, debit_account="2")), "the debit_account of transfer 1 is 2"),
        (after(replace(POST, credit_account="3")), "the credit_account of transfer 1 is 3"),
        (after(replace(POST, ledger="2")), "the ledger of transfer 1 is 2"),
        (after(replace(POST, code="2")), "the code of transfer 1 is 2"),
        (after(POST, now_s=160), "has expired"),
        (after(replace(POST, pending_id="7")), "is not given"),
    ],
)
def test_g16_refuses_what_resolves_no_pending_transfer(transaction: TransferBatch, message: str) -> None:
    found = verdict(transaction)
    assert found.code == "G16"
    assert message in found.reason


def test_a_pending_transfer_expires_exactly_at_its_time() -> None:
    in_time = replace(after(POST), now_ns=str(160 * SECOND - 1))
    assert codes(in_time) == []
    assert verdict(replace(in_time, now_ns=str(160 * SECOND))).findings[0].delta == "0"


def test_g16_is_not_decided_where_the_request_does_not_say_enough() -> None:
    for transaction in (batch(POST), TransferBatch((POST,), booked=(HELD,))):
        found = verdict(transaction)
        assert "G16" in found.not_applicable
        assert any("given" in text for text in found.assumptions)


def test_a_pending_transfer_of_the_batch_itself_may_be_resolved() -> None:
    pair = (account(1, (0, 5), debits_must_not_exceed_credits=True), account(2))
    assert codes(batch(move(1, phase=Phase.PENDING), POST, accounts=pair)) == []
    assert codes(batch(move(1, phase=Phase.PENDING), move(3, amount=1), accounts=pair)) == ["G12"]
    assert codes(batch(move(1, phase=Phase.PENDING), VOID, move(3), accounts=pair)) == []


def test_a_balancing_transfer_moves_what_there_is_and_a_closing_one_closes() -> None:
    """The recipe by which TigerBeetle's documentation closes an account."""
    accounts = (account(1, (10, 20), debits_must_not_exceed_credits=True), account(2))
    emptied = move(1, amount=MOST, balancing_debit=True, linked=True)
    closing = move(2, amount=0, phase=Phase.PENDING, closing_debit=True)
    totals = Terms(totals=Totals("2", "10"))
    assert codes(replace(batch(emptied, closing, accounts=accounts), terms=totals)) == []
    assert codes(batch(emptied, closing, move(3, 2, 1), accounts=accounts)) == ["G05"]
    opened = move(3, amount=0, phase=Phase.VOID, pending_id="2")
    assert codes(batch(emptied, closing, opened, move(4, 2, 1), accounts=accounts)) == []


def test_a_closed_account_takes_nothing_but_what_frees_its_reservations() -> None:
    shut: tuple[TransferAccount, ...] = (
        replace(account(1), debits_pending="5", closed=True),
        replace(account(2), credits_pending="5"),
    )
    assert codes(replace(after(POST), accounts=shut)) == ["G05"]
    assert codes(replace(after(VOID), accounts=shut)) == []


def test_a_time_out_of_range_is_refused() -> None:
    assert codes(batch(move(1, phase=Phase.PENDING, timeout_s="5"), now_ns=str(2**63 - 1))) == ["G11"]
    assert codes(batch(move(1), now_ns=str(2**63))) == ["G11"]


def test_terms_see_the_movements_of_transfers() -> None:
    limit = Limit(LimitKind.CUMULATIVE, "1", "9", "0", account="1")
    twice = batch(move(1), move(2, phase=Phase.PENDING))
    assert codes(replace(twice, terms=Terms(limits=(limit,)))) == ["G21"]
    chart = Chart((ChartAccount("1", "client"), ChartAccount("2", "shop")), ("1",), (Pairing("client", "shop"),))
    assert codes(replace(batch(move(1)), terms=Terms(chart=chart))) == []
    assert codes(replace(batch(move(1, 2, 1)), terms=Terms(chart=chart))) == ["G33"]


def test_a_reservation_changes_no_asserted_balance_and_a_posting_does() -> None:
    accounts = (account(1, (0, 9)), account(2))
    pending = batch(move(1, phase=Phase.PENDING), POST, accounts=accounts)
    asserted = Terms(assertions=(Assertion("1", "1", "9", "1"), Assertion("1", "1", "4", "2")))
    assert codes(replace(pending, terms=asserted)) == []
