"""Account-model transactions: the range of every field, the sender's balance and nonce."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.transaction import AccountTransaction
from aethel.verdict import Vote
from tests.ledger.entries import codes, verdict

ADDRESS = "0x095e7baea6a6c7c4c2dfeb977efac326af552d87"


def transfer(**fields: str) -> AccountTransaction:
    usual = {"nonce": "0", "gas_price": "1", "gas_limit": "21000", "to": ADDRESS, "value": "10"}
    return AccountTransaction(**(usual | fields))


def test_a_transaction_in_range_is_accepted() -> None:
    found = verdict(transfer())
    assert found.verdict is Vote.APPROVE
    assert found.not_applicable == ("G12", "G23", "G24", "G25", "G26", "G27", "G28")


@pytest.mark.parametrize(
    "field", ["nonce", "gas_price", "gas_limit", "value", "expected_nonce", "balance", "nonce_window"]
)
@pytest.mark.parametrize("text", ["-1", "1.0", "0x1", "01", "1e3", " 1"])
def test_g04_refuses_a_field_that_is_no_whole_number(field: str, text: str) -> None:
    assert codes(transfer(**{field: text})) == ["G04"]


@pytest.mark.parametrize("field", ["nonce", "gas_price", "gas_limit", "value"])
def test_g04_refuses_a_field_left_out(field: str) -> None:
    assert codes(transfer(**{field: ""})) == ["G04"]


@pytest.mark.parametrize(
    "to", ["0x", ADDRESS[:-2], ADDRESS + "00", ADDRESS[:-1], ADDRESS[:-1] + "g", "0X" + ADDRESS[2:]]
)
@pytest.mark.parametrize("field", ["to", "sender"])
def test_g05_refuses_a_recipient_or_sender_that_is_not_20_bytes(field: str, to: str) -> None:
    assert codes(transfer(**{field: to})) == ["G05"]


def test_no_recipient_creates_a_contract() -> None:
    assert codes(transfer(to="")) == []


LIMITS = {"nonce": 2**64 - 1, "gas_limit": 2**64, "gas_price": 2**256, "value": 2**256}


@pytest.mark.parametrize("field", LIMITS)
def test_g11_refuses_a_field_from_its_limit_on(field: str) -> None:
    others = {"gas_limit": "0", "gas_price": "0"}
    assert codes(transfer(**(others | {field: str(LIMITS[field] - 1)}))) == []
    assert codes(transfer(**(others | {field: str(LIMITS[field])}))) == ["G11"]


@pytest.mark.parametrize("field", [*LIMITS, "balance", "expected_nonce"])
def test_g11_refuses_a_field_with_more_digits_than_any_limit(field: str) -> None:
    assert set(codes(transfer(**{field: "9" * 1_000_000}))) == {"G11"}


def test_g11_refuses_gas_that_could_cost_more_than_256_bits_hold() -> None:
    assert codes(transfer(gas_limit=str(2**63), gas_price=str(2**193 - 1))) == []
    found = verdict(transfer(gas_limit=str(2**63), gas_price=str(2**193)))
    assert [finding.delta for finding in found.findings] == ["1"]


@pytest.mark.parametrize("field", ["balance", "expected_nonce"])
def test_a_senders_state_is_named_as_the_callers_word(field: str) -> None:
    assert verdict(transfer(**{field: "0"})).assumptions == (
        "the sender's balance and nonce are as the caller gave them",
    )
    assert verdict(transfer()).assumptions == ()


def test_g12_refuses_what_the_sender_cannot_pay() -> None:
    assert codes(transfer(balance="21010")) == []
    found = verdict(transfer(balance="21009"))
    assert [(finding.code, finding.delta) for finding in found.findings] == [("G12", "-1")]


def test_g23_refuses_every_nonce_but_the_next() -> None:
    assert codes(transfer(nonce="7", expected_nonce="7")) == []
    assert codes(transfer(nonce="8", expected_nonce="7")) == ["G23"]
    assert codes(transfer(nonce="6", expected_nonce="7")) == ["G23"]


@given(
    st.integers(0, 2**65), st.integers(0, 2**257), st.integers(0, 2**65), st.integers(0, 2**257), st.integers(0, 2**260)
)
def test_the_rules_are_those_of_arithmetic(nonce: int, price: int, limit: int, value: int, balance: int) -> None:
    fields = {"nonce": nonce, "gas_price": price, "gas_limit": limit, "value": value, "balance": balance}
    in_range = all(fields[name] < bound for name, bound in LIMITS.items()) and limit * price < 2**256
    affordable = value + limit * price <= balance
    accepted = verdict(transfer(**{name: str(number) for name, number in fields.items()})).verdict is Vote.APPROVE
    assert accepted == (in_range and affordable)
