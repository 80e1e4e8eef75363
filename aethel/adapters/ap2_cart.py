"""The cart of AP2 and its prices: W3C payment items in exact text, whose sum is the total."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aethel.adapters.adapted import NotUnderstood
from aethel.adapters.json_file import Members
from aethel.adapters.moments import moment_of
from aethel.adapters.money import amount_of, currency_of, total
from aethel.wire.exact_json import RowError, shown

REFUND_DAYS = "30"
"""The refund period of an item that states none."""


@dataclass(frozen=True, slots=True)
class Price:
    """One item: its amount without needless zeros, below zero for a discount, its currency and its terms."""

    amount: str
    currency: str
    is_pending: bool
    is_refundable: bool


@dataclass(frozen=True, slots=True)
class Cart:
    """What a merchant offers to sell and until when; `path` is where the contents stand."""

    path: str
    merchant: str
    amount: str
    currency: str
    request_id: str
    methods: tuple[str, ...]
    expiry: datetime
    expiry_text: str
    is_refundable: bool
    assumptions: tuple[str, ...]

    def at(self, name: str) -> str:
        """The path of a field of the contents."""
        return f"{self.path}.{name}"


def cart_of(mandate: Members) -> Cart:
    """The cart of a mandate that its merchant authorized; raises `RowError`, also where its items miss its total."""
    contents = mandate.inside("contents")
    if not mandate.maybe("merchant_authorization"):
        raise NotUnderstood(f"no {mandate.at('merchant_authorization')}")
    mandate.refuse_rest()
    contents.text("id")
    contents.flag("user_cart_confirmation_required")
    expiry_text = contents.text("cart_expiry")
    expiry = moment_of(expiry_text, contents.at("cart_expiry"))
    merchant = contents.text("merchant_name")
    request = contents.inside("payment_request")
    path = contents.at("payment_request").rpartition(".")[0]
    contents.refuse_rest()
    methods = tuple(_method(Members(item, at)) for item, at in request.items("method_data"))
    details = request.inside("details")
    request.maybe("options")
    request.maybe("shipping_address")
    request.refuse_rest()
    amount, items = _totalled(details)
    request_id = details.text("id")
    for name in ("shipping_options", "modifiers"):
        if details.maybe(name):
            raise NotUnderstood(details.at(name))
    details.refuse_rest()
    is_refundable = all(item.is_refundable for item in items)
    assumptions = () if items else ("the total of the cart is right: it lists no items",)
    return Cart(
        path,
        merchant,
        amount.amount,
        amount.currency,
        request_id,
        methods,
        expiry,
        expiry_text,
        is_refundable,
        assumptions,
    )


def price_of(item: Members, *, may_be_below_zero: bool = False) -> Price:
    """A payment item with an exact amount in a currency of ISO 4217; raises `RowError`."""
    item.text("label")
    amount = item.inside("amount")
    currency = currency_of(amount.text("currency"), amount.at("currency"))
    text = amount.exact("value")
    sign = "-" if may_be_below_zero and text.startswith("-") else ""
    exact = amount_of(_shortest(text.removeprefix(sign)), currency, amount.at("value"), may_be_zero=may_be_below_zero)
    amount.refuse_rest()
    is_pending = item.flag_or_null("pending")
    refund = item.exact("refund_period", REFUND_DAYS)
    item.refuse_rest()
    return Price(f"{sign}{exact}", currency, is_pending, refund.isascii() and refund.isdigit() and int(refund[:9]) > 0)


def _shortest(text: str) -> str:
    """The text without zeros at its end: programs write the number 120 as `120.0`, which is exact all the same."""
    whole, point, fraction = text.partition(".")
    kept = fraction.rstrip("0")
    return text if not point or not fraction else f"{whole}.{kept}" if kept else whole


def _totalled(details: Members) -> tuple[Price, list[Price]]:
    """The total and the items; raises `RowError` where they are no sum."""
    amount = price_of(details.inside("total"))
    items = [price_of(Members(item, at), may_be_below_zero=True) for item, at in details.items("display_items")]
    if amount.is_pending or any(item.is_pending for item in items):
        raise NotUnderstood(details.at("total.pending") if amount.is_pending else details.at("display_items.pending"))
    for number, item in enumerate(items):
        if item.currency != amount.currency:
            where = shown(details.at(f"display_items[{number}].amount.currency"))
            raise RowError(f"{where} is `{item.currency}`, expected `{amount.currency}` as of the total")
    found = total(Decimal(item.amount) for item in items)
    if items and found != Decimal(amount.amount):
        where = shown(details.at("total.amount.value"))
        raise RowError(f"G31: {where} is {amount.amount}, expected {found:f}, the sum of `display_items`")
    return amount, items


def _method(data: Members) -> str:
    method = data.text("supported_methods")
    data.maybe("data")
    data.refuse_rest()
    return method
