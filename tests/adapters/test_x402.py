"""x402: what the payer authorized is what was required, to the unit and to the address."""

import base64
import json
from typing import Any

import pytest

from aethel.adapters.adapted import Adapted
from aethel.adapters.formats import Format, read_format
from tests.adapters.files import APPROVED, changed, example, legs, outcome, said


def payload() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(example(Format.X402))
    return value


def read(value: object) -> tuple[Adapted, ...]:
    return read_format(Format.X402, json.dumps(value).encode())


def one(value: object) -> str:
    (row,) = read(value)
    return said(row)


def first_version() -> dict[str, Any]:
    """The same payment as version 1 has it, with its requirements beside it."""
    second = payload()
    accepted = second["accepted"]
    required = {name: accepted[name] for name in ("scheme", "payTo", "asset", "maxTimeoutSeconds", "extra")}
    required |= {"network": "base-sepolia", "maxAmountRequired": accepted["amount"], "resource": "https://api.example"}
    first = {"x402Version": 1, "scheme": "exact", "network": "base-sepolia", "payload": second["payload"]}
    return {"x402Version": 1, "paymentPayload": first, "paymentRequirements": required}


def test_a_payment_is_an_entry_of_the_token() -> None:
    (row,) = changed(Format.X402)
    authorization = payload()["payload"]["authorization"]
    commodity = "eip155:84532/erc20:0x036cbd53842c5426634e7929541ec2318f3dcf7e"
    assert legs(row) == [
        (authorization["from"].lower(), "-10000", commodity),
        (authorization["to"].lower(), "10000", commodity),
    ]
    assert row.subject.transaction_id == f"{authorization['from']}/{authorization['nonce']}".lower()
    assert said(row) == APPROVED


def test_what_only_the_chain_can_tell_is_assumed_in_the_open() -> None:
    (row,) = changed(Format.X402)
    assert [assumed.split()[:3] for assumed in row.assumptions] == [
        ["the", "signature", "of"],
        ["it", "is", "settled"],
        ["the", "token", "has"],
    ]


def test_the_first_version_is_read_with_its_requirements() -> None:
    assert one(first_version()) == APPROVED


def test_the_first_version_alone_has_no_asset() -> None:
    assert "`paymentRequirements` is missing" in one(first_version()["paymentPayload"])


def test_the_header_is_read_as_it_travels() -> None:
    encoded = base64.b64encode(example(Format.X402).encode())
    assert read_format(Format.X402, encoded) == changed(Format.X402)


def test_many_payments_are_answered_in_their_order() -> None:
    other = payload()
    other["payload"]["authorization"]["nonce"] = "0x" + "1" * 64
    first, second, third = outcome(*read([payload(), other, payload()]))
    assert (first, second) == (APPROVED, APPROVED)
    assert third.startswith("error: G01: ")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("payload.authorization.value", "9999", "`payload.authorization.value` is 9999, expected 10000"),
        ("payload.authorization.value", "10001", "`payload.authorization.value` is 10001, expected 10000"),
        ("accepted.amount", "1", "`payload.authorization.value` is 10000, expected 1"),
        ("accepted.amount", "1e4", "`accepted.amount` is `1e4`, expected a whole number"),
        ("accepted.amount", "010000", "`accepted.amount` is `010000`"),
        ("accepted.amount", str(2**256), "expected a whole number below 2^256"),
        ("payload.authorization.value", 10000.0, "`payload.authorization.value` is `10000.0`"),
        ("payload.authorization.to", "0x" + "a" * 40, "`payload.authorization.to` is"),
        ("accepted.payTo", "0x" + "a" * 39, "expected `0x` and 40 hexadecimal digits"),
        ("accepted.asset", "USDC", "`accepted.asset` is `USDC`"),
        ("payload.authorization.nonce", "0x1", "`payload.authorization.nonce` is `0x1`"),
        ("payload.authorization.validBefore", "1", "`payload.authorization.validBefore` is 1, expected more than"),
        ("payload.signature", "0x", "`payload.signature` is no signature"),
        ("x402Version", 3, "`x402Version` is `3`, expected 1 or 2"),
    ],
)
def test_what_differs_is_named_with_its_place(path: str, value: object, message: str) -> None:
    found = one(with_value(payload(), path, value))
    assert found.startswith("error: ")
    assert message in found


def test_a_payment_of_nothing_is_refused() -> None:
    nothing = with_value(with_value(payload(), "accepted.amount", "0"), "payload.authorization.value", "0")
    assert one(nothing) == "error: `payload.authorization.value` is 0, expected more than 0"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("accepted.scheme", "upto", "accepted.scheme upto"),
        ("accepted.network", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "accepted.network solana:"),
        ("accepted.extra.assetTransferMethod", "permit2", "accepted.extra.assetTransferMethod"),
        ("accepted.extra.feePayer", "x", "accepted.extra.feePayer"),
        ("accepted.fee", "1", "accepted.fee"),
        ("extensions", {"a": {}}, "extensions"),
        ("payload.authorization.fee", "1", "payload.authorization.fee"),
        ("payload", {"permit2Authorization": {}, "signature": "0x00"}, "payload."),
        ("memo", "x", "memo"),
    ],
)
def test_what_is_not_understood_is_never_approved(path: str, value: object, field: str) -> None:
    found = one(with_value(payload(), path, value))
    assert found.startswith("not understood: x402 with ")
    assert field in found


@pytest.mark.parametrize("name", ["scheme", "network"])
def test_the_first_version_pays_by_what_was_required(name: str) -> None:
    found = one(with_value(first_version(), f"paymentPayload.{name}", "other"))
    assert found.startswith(f"error: `paymentPayload.{name}` is `other`, expected")


@pytest.mark.parametrize("name", ["network", "asset", "payTo", "amount"])
def test_what_was_accepted_is_what_was_required(name: str) -> None:
    second = payload()
    request = {"paymentPayload": second, "paymentRequirements": dict(second["accepted"])}
    assert one(request) == APPROVED
    other = {"network": "eip155:1", "amount": "1"}.get(name, "0x" + "a" * 40)
    request["paymentRequirements"][name] = other
    assert f"error: `paymentPayload.accepted.{name}` is" in one(request)


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b"{}", b"!!", b"e30=", b'{"payload": 1}'])
def test_a_file_that_is_none_is_one_error(content: bytes) -> None:
    (row,) = read_format(Format.X402, content)
    assert said(row).startswith("error: ")


def with_value(whole: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """`whole` with the member at a dotted path set."""
    *parents, last = path.split(".")
    inner = whole
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return whole
