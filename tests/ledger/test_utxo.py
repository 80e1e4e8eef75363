"""UTXO transactions: what may be spent, and what inputs, outputs and fee must sum to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.utxo import COINS
from aethel.transaction import Unspent, UtxoBatch, UtxoSpend
from aethel.verdict import Vote
from tests.ledger.entries import codes, verdict

COIN = Unspent("aa:0", "100")


def spend(*outputs: str, inputs: tuple[str, ...] = ("aa:0",), fee: str = "10", txid: str = "bb") -> UtxoSpend:
    return UtxoSpend(txid, inputs, outputs, fee)


def batch(*transactions: UtxoSpend, coins: tuple[Unspent, ...] = (COIN,)) -> UtxoBatch:
    return UtxoBatch(coins, transactions)


def test_a_transaction_that_spends_what_there_is_is_accepted() -> None:
    found = verdict(batch(spend("60", "30")))
    assert found.verdict is Vote.APPROVE
    assert [result.id for result in found.obligations] == ["G01", "G04", "G10", "G11", "G22"]
    assert found.assumptions == ("unspent outputs are as the caller gave them",)


@pytest.mark.parametrize("text", ["-1", "1.0", "", "1e1", "01"])
def test_g04_refuses_a_value_that_is_no_whole_number(text: str) -> None:
    assert codes(batch(spend("90", text))) == ["G04"]
    assert codes(batch(spend("90"), coins=(COIN, Unspent("cc:0", text)))) == ["G04"]


def test_g04_refuses_a_negative_fee_although_the_sum_would_match() -> None:
    found = verdict(batch(spend("110", fee="-10")))
    assert [finding.code for finding in found.findings] == ["G04"]
    assert "G10" in found.not_applicable


@pytest.mark.parametrize(
    ("outputs", "fee", "delta"), [(("91",), "10", "-1"), (("89",), "10", "1"), (("101",), "", "-1")]
)
def test_g10_refuses_a_sum_that_is_off_and_says_by_how_much(outputs: tuple[str, ...], fee: str, delta: str) -> None:
    found = verdict(batch(spend(*outputs, fee=fee)))
    assert [(finding.code, finding.delta) for finding in found.findings] == [("G10", delta)]


def test_g10_takes_an_undeclared_fee_for_what_is_left() -> None:
    assert codes(batch(spend("40", fee=""))) == []


def test_g11_refuses_values_and_sums_beyond_64_bits() -> None:
    half = str(2**62)
    assert codes(batch(spend(half, str(2**62 - 1), fee="0"), coins=(Unspent("aa:0", str(2**63 - 1)),))) == []
    assert set(codes(batch(spend(half, half, fee="0"), coins=(Unspent("aa:0", str(2**63)),)))) == {"G11"}
    assert "G11" in codes(batch(spend("1", "9" * 81)))


def test_an_output_that_wraps_around_64_bits_is_no_match() -> None:
    assert codes(batch(spend(str(2**63), str(2**63 + 90))))[0] == "G10"


@pytest.mark.parametrize(
    "transactions",
    [
        (spend("190", inputs=("aa:0", "aa:0")),),
        (spend("90"), spend("90", txid="cc")),
        (spend("90", inputs=("aa:1",)),),
        (spend("90", inputs=("aa",)),),
        (spend("0", fee="0", inputs=()),),
        (),
        (spend("80", inputs=("bb:0",), txid="cc"), spend("90")),
    ],
    ids=[
        "twice in one transaction",
        "twice in two",
        "not there",
        "no outpoint",
        "no inputs",
        "no transactions",
        "an output that comes later",
    ],
)
def test_g22_refuses_what_cannot_be_spent(transactions: tuple[UtxoSpend, ...]) -> None:
    assert set(codes(batch(*transactions))) == {"G22"}


def test_g01_refuses_an_identifier_that_was_used_before_in_the_batch() -> None:
    assert codes(batch(spend("90"), spend("80", inputs=("bb:0",), txid="BB"))) == ["G01", "G22"]
    assert codes(batch(spend("90", txid=" "))) == ["G01"]


def test_g24_binds_the_verdict_to_the_version_of_the_outputs() -> None:
    found = verdict(replace(batch(spend("90")), state_version="block 300025"))
    assert ("state version", "block 300025") in found.proof_trace


@pytest.mark.parametrize("alias", ["aa:0", "AA:0", "aa:00", "aa", ":0"])
def test_g22_refuses_an_unspent_output_under_a_second_spelling(alias: str) -> None:
    assert codes(batch(spend("90"), coins=(COIN, Unspent(alias, "5")))) == ["G22"]


def test_an_output_may_be_spent_later_in_the_batch() -> None:
    assert codes(batch(spend("60", "30"), spend("20", inputs=("BB:1",), txid="cc"))) == []


def test_more_coins_than_the_limit_are_refused_unread() -> None:
    assert codes(batch(spend("90"), coins=(COIN,) * (COINS + 1))) == ["TOO_LARGE"]
    assert codes(batch(spend(*["x"] * (COINS + 1)))) == ["TOO_LARGE"]


@given(st.lists(st.integers(0, 2**60), min_size=1, max_size=5), st.lists(st.integers(0, 2**60), max_size=5), st.data())
def test_only_the_exact_fee_is_accepted(coins: list[int], outputs: list[int], data: st.DataObject) -> None:
    unspent = tuple(Unspent(f"aa:{index}", str(value)) for index, value in enumerate(coins))
    left = sum(coins) - sum(outputs)
    fee = data.draw(st.sampled_from([left, left + 1, left - 1]) | st.integers(0, 2**60))
    transaction = spend(*map(str, outputs), inputs=tuple(coin.outpoint for coin in unspent), fee=str(fee))
    accepted = verdict(batch(transaction, coins=unspent)).verdict is Vote.APPROVE
    assert accepted == (fee == left >= 0)
