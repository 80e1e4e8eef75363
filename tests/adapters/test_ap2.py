"""AP2: a payment mandate is held to its cart and its intent, and what only a person can judge is said."""

import json
from typing import Any

import pytest

from aethel.adapters.formats import Format, read_format
from tests.adapters.files import APPROVED, changed, edited, entry, example, legs, outcome, said

INTENT, CART, PAYMENT = (f"ap2.mandates.{name}Mandate" for name in ("Intent", "Cart", "Payment"))


def purchase() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(example(Format.AP2))
    return value


def after(path: str, value: object) -> str:
    """What becomes of the example with the member at a path (`cart.contents.id`) set, or dropped for None."""
    whole = purchase()
    mandate, *parents, last = path.split(".")
    inner: Any = whole[{"intent": INTENT, "cart": CART, "payment": PAYMENT}[mandate]]
    for name in parents:
        inner = inner[int(name) if name.isdigit() else name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    (row,) = read_format(Format.AP2, json.dumps(whole).encode())
    return said(row)


def test_a_purchase_is_an_entry_from_payer_to_merchant() -> None:
    (row,) = changed(Format.AP2)
    assert row.subject.transaction_id == "pm-17"
    assert legs(row) == [
        ("payer kim@example.com", "-124.99", "USD"),
        ("merchant court-shoes-agent", "124.99", "USD"),
    ]
    assert (entry(row).payee, entry(row).code) == ("Court Shoes", "order-17")
    assert said(row) == APPROVED


def test_signatures_and_what_the_user_wrote_are_assumed_in_the_open() -> None:
    (row,) = changed(Format.AP2)
    assert row.assumptions == (
        "the signatures of the mandates are those of merchant and user",
        "the purchase is what the user described: `Red basketball shoes, at most 130 dollars`",
    )


CART_TOTAL = "cart.contents.payment_request.details.total.amount"
ITEM = "cart.contents.payment_request.details.display_items.0"
PAID = "payment.payment_mandate_contents"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (f"{CART_TOTAL}.value", 125.99, "total.amount.value` is 125.99, expected 124.99, the sum of `display_items`"),
        (f"{ITEM}.amount.value", 119.99, "total.amount.value` is 124.99, expected 124.98"),
        (f"{ITEM}.amount.currency", "EUR", "display_items[0].amount.currency` is `EUR`, expected `USD`"),
        (f"{PAID}.payment_details_total.amount.value", 124.98, "amount.value` is `124.98`, expected `124.99`"),
        (f"{PAID}.payment_details_total.amount.currency", "EUR", "amount.currency` is `EUR`, expected `USD`"),
        (f"{PAID}.payment_details_total.amount.currency", "JPY", "expected at most the 0 decimals of `JPY`"),
        (f"{PAID}.payment_details_total.amount.value", 1e22, "is `1e+22`, expected plain digits"),
        (f"{PAID}.payment_details_total.amount.value", -124.99, "is `-124.99`, expected plain digits"),
        (f"{PAID}.payment_details_id", "order-18", "request_id` is `order-17`, expected `order-18`"),
        (f"{PAID}.payment_response.method_name", "BANK", "method_name` is `BANK`, expected one of `CARD`"),
        (f"{PAID}.timestamp", "2026-03-03T12:30:01Z", "later than the `cart_expiry` `2026-03-03T12:30:00Z`"),
        (f"{PAID}.timestamp", "2026-03-03T12:00:00", "expected a date and time such as"),
        ("intent.intent_expiry", "2026-03-03T11:59:59+00:00", "later than the `intent_expiry`"),
        ("intent.merchants", ["Other Shoes"], "G30: "),
        (f"{ITEM}.refund_period", 0, "has an item with a `refund_period` of 0"),
        ("cart.contents.payment_request.details.id", "order-1", "`payment_details_id` is `order-17`"),
    ],
)
def test_what_differs_is_an_error_that_names_it(path: str, value: object, message: str) -> None:
    found = after(path, value)
    assert found.startswith("error: ")
    assert message in found


def test_an_amount_is_read_by_its_digits_and_not_as_a_float() -> None:
    (row,) = changed(Format.AP2, ('"value": 124.99}', '"value": 124.990000000000000002}'))
    assert "is `124.990000000000000002`, expected at most 18 digits" in said(row)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("payment.user_authorization", None, "no payment.user_authorization"),
        ("cart.merchant_authorization", None, "no cart.merchant_authorization"),
        ("intent.skus", ["sku-1"], "intent.skus"),
        ("cart.contents.payment_request.details.modifiers", [{"supported_methods": "CARD"}], "details.modifiers"),
        ("cart.contents.payment_request.details.shipping_options", [{"id": "x"}], "details.shipping_options"),
        (f"{ITEM}.pending", True, "display_items.pending"),
        (f"{PAID}.payment_details_total.pending", True, "payment_details_total.pending"),
        (f"{PAID}.payment_response.details.amount", 5, "payment_response.details.amount"),
        (f"{PAID}.payment_response.shipping_option", {"id": "x"}, "payment_response.shipping_option"),
        (f"{PAID}.installments", 3, "payment_mandate_contents.installments"),
        ("intent.spending_cap", 3, "intent.spending_cap"),
    ],
)
def test_what_is_not_understood_is_never_approved(path: str, value: object, field: str) -> None:
    found = after(path, value)
    assert found.startswith("not understood: ap2 with ")
    assert field in found


@pytest.mark.parametrize("kept", [(INTENT,), (CART,), (PAYMENT,), (INTENT, CART), (INTENT, PAYMENT)])
def test_only_a_payment_with_its_cart_moves_money(kept: tuple[str, ...]) -> None:
    whole = purchase()
    (row,) = read_format(Format.AP2, json.dumps({key: whole[key] for key in kept}).encode())
    assert said(row).startswith("not understood: ap2 with no ap2.mandates.")


@pytest.mark.parametrize("key", [INTENT, CART, PAYMENT])
def test_a_mandate_alone_is_known_by_what_it_holds(key: str) -> None:
    (row,) = read_format(Format.AP2, json.dumps(purchase()[key]).encode())
    assert said(row).startswith("not understood: ap2 with no ")


def test_a_cart_alone_is_still_added_up() -> None:
    cart = purchase()[CART]
    cart["contents"]["payment_request"]["details"]["total"]["amount"]["value"] = 1
    (row,) = read_format(Format.AP2, json.dumps(cart).encode())
    assert said(row).startswith("error: G31: `contents.payment_request.details.total.amount.value` is 1")


def test_a_discount_counts_below_zero() -> None:
    def discount(whole: dict[str, dict[str, object]]) -> None:
        details: Any = whole[CART]["contents"]
        items = details["payment_request"]["details"]["display_items"]
        items[0]["amount"]["value"] = 130
        items.append({"label": "Voucher", "amount": {"currency": "USD", "value": -10.00}})

    assert outcome(*edited(Format.AP2, discount)) == [APPROVED]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"1", b'{"contents": 1}', b'{"ap2.mandates.CartMandate": {}}'])
def test_a_file_that_is_none_is_one_error(content: bytes) -> None:
    (row,) = read_format(Format.AP2, content)
    assert said(row).startswith("error: ")
