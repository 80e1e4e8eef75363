"""AP2 mandates (Agent Payments Protocol 0.1): a payment mandate held to the cart and the intent that it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aethel.adapters.adapted import Adapted, Entry, NotUnderstood, adapted, each_once, refuse_size
from aethel.adapters.ap2_cart import Cart, cart_of, price_of
from aethel.adapters.json_file import Members, listed
from aethel.adapters.moments import moment_of
from aethel.transaction import DoubleEntry, Posting
from aethel.wire.exact_json import RowError, shown

KIND = "ap2"

INTENT, CART, PAYMENT = "ap2.mandates.IntentMandate", "ap2.mandates.CartMandate", "ap2.mandates.PaymentMandate"
"""The keys under which A2A messages carry the three mandates."""

_SHORT = {INTENT: "intent", CART: "cart", PAYMENT: "payment"}
"""How the paths in messages begin, short enough to be shown whole."""

_MARKS = {"natural_language_description": INTENT, "contents": CART, "payment_mandate_contents": PAYMENT}
"""The member by which a mandate that stands alone is known."""


Mandate = TypeVar("Mandate")


@dataclass(frozen=True, slots=True)
class _Intent:
    """What a user asked for: merchants that may be paid (empty for any), and until when."""

    merchants: tuple[str, ...]
    description: str
    needs_refunds: bool
    expiry: datetime
    expiry_text: str


@dataclass(frozen=True, slots=True)
class _Payment:
    """What a payment mandate pays, to whom, for which request, by which method, and when it was made."""

    payer: str
    merchant: str
    amount: str
    currency: str
    request_id: str
    method: str
    made: datetime
    path: str


def read_ap2(content: bytes) -> tuple[Adapted, ...]:
    """The mandates of a file, one purchase each, or a JSON list of them; raises `RowError`.

    A purchase is one mandate, or an object that holds up to three under the keys that A2A messages use. Only a payment
    mandate that the user authorized moves money; what has none is never approved.
    """
    items = listed(content)
    refuse_size(len(items))
    rows = (_row(item, "" if len(items) == 1 else f"[{number}]") for number, item in enumerate(items))
    return each_once(tuple(rows))


def _row(item: object, path: str) -> Adapted:
    try:
        name = _name(_mandates(item, path)) or f"ap2 purchase {path}".strip()
    except RowError as error:
        return Adapted(RowError(error.message))
    return adapted(KIND, name, lambda: _entry(_mandates(item, path)))


def _mandates(item: object, path: str) -> dict[str, Members]:
    def at(short: str) -> str:
        return f"{path}.{short}" if path else short

    whole = Members(item, path)
    for mark, key in _MARKS.items():
        if mark in whole:
            return {key: whole}
    found = {key: Members(whole.take(key), at(short)) for key, short in _SHORT.items() if key in whole}
    whole.refuse_rest()
    if not found:
        where = shown(path) if path else "the file"
        raise RowError(f"{where} holds no mandate, expected one of `{INTENT}`, `{CART}`, `{PAYMENT}`")
    return found


def _name(mandates: dict[str, Members]) -> str:
    if PAYMENT in mandates:
        return mandates[PAYMENT].inside("payment_mandate_contents").text("payment_mandate_id")
    return mandates[CART].inside("contents").text("id") if CART in mandates else ""


def _entry(mandates: dict[str, Members]) -> Entry:
    intent = _read(mandates, INTENT, _intent_of)
    cart = _read(mandates, CART, cart_of)
    payment = _read(mandates, PAYMENT, _payment_of)
    if intent is not None and cart is not None:
        _hold_to_intent(cart, intent)
    if payment is None:
        raise NotUnderstood(f"no {PAYMENT}")
    if cart is not None:
        _hold_to_cart(payment, cart)
    if intent is not None and payment.made > intent.expiry:
        raise RowError(f"the payment mandate is later than the `intent_expiry` {shown(intent.expiry_text)}")
    if cart is None:
        # Nothing then says what the amount is for, so nobody can tell whether it is right.
        raise NotUnderstood(f"no {CART}")
    postings = (
        Posting(payment.payer, f"-{payment.amount}", payment.currency),
        Posting(f"merchant {payment.merchant}", payment.amount, payment.currency),
    )
    assumptions = ["the signatures of the mandates are those of merchant and user", *cart.assumptions]
    if intent is not None:
        assumptions.append(f"the purchase is what the user described: {shown(intent.description)}")
    return Entry(DoubleEntry(postings, payee=cart.merchant, code=payment.request_id), tuple(assumptions))


def _read(mandates: dict[str, Members], key: str, read: Callable[[Members], Mandate]) -> Mandate | None:
    return read(mandates[key]) if key in mandates else None


def _intent_of(mandate: Members) -> _Intent:
    mandate.maybe("user_cart_confirmation_required")  # the payment mandate needs the user's authorization anyway
    description = mandate.text("natural_language_description")
    merchants = mandate.maybe("merchants")
    if merchants is not None and not (isinstance(merchants, list) and all(isinstance(one, str) for one in merchants)):
        raise RowError(f"{shown(mandate.at('merchants'))} is no list of names, expected one")
    if mandate.maybe("skus"):
        raise NotUnderstood(mandate.at("skus"))
    needs_refunds = mandate.flag_or_null("requires_refundability")
    text = mandate.text("intent_expiry")
    expiry = moment_of(text, mandate.at("intent_expiry"))
    mandate.refuse_rest()
    return _Intent(tuple(merchants or ()), description, needs_refunds, expiry, text)


def _payment_of(mandate: Members) -> _Payment:
    contents = mandate.inside("payment_mandate_contents")
    if not mandate.maybe("user_authorization"):
        raise NotUnderstood(f"no {mandate.at('user_authorization')}")
    mandate.refuse_rest()
    name = contents.text("payment_mandate_id")
    request_id = contents.text("payment_details_id")
    item = price_of(contents.inside("payment_details_total"))
    if item.is_pending:
        raise NotUnderstood(contents.at("payment_details_total.pending"))
    response = contents.inside("payment_response")
    made = moment_of(contents.text("timestamp"), contents.at("timestamp"))
    merchant = contents.text("merchant_agent")
    path = contents.at("payment_details_total.amount.value")
    contents.refuse_rest()
    answered, method = response.text("request_id"), response.text("method_name")
    if answered != request_id:
        found = f"{shown(response.at('request_id'))} is {shown(answered)}"
        raise RowError(f"{found}, expected {shown(request_id)} as of `payment_details_id`")
    details = response.maybe("details")
    if details is not None:
        known = Members(details, response.at("details"))
        known.maybe("token")
        known.refuse_rest()
    payer = response.maybe("payer_email") or response.maybe("payer_name")
    for aside in ("payer_email", "payer_name", "payer_phone", "shipping_address"):
        response.maybe(aside)
    response.refuse_rest()
    account = f"payer {payer}" if isinstance(payer, str) else f"payer of {name}"
    return _Payment(account, merchant, item.amount, item.currency, request_id, method, made, path)


def _hold_to_intent(cart: Cart, intent: _Intent) -> None:
    if intent.merchants and cart.merchant not in intent.merchants:
        expected = ", ".join(shown(one) for one in intent.merchants[:5])
        raise RowError(f"G30: {shown(cart.at('merchant_name'))} is {shown(cart.merchant)}, expected one of {expected}")
    if intent.needs_refunds and not cart.is_refundable:
        where = shown(cart.at("payment_request.details.display_items"))
        raise RowError(f"{where} has an item with a `refund_period` of 0, expected refunds as the intent asks")


def _hold_to_cart(payment: _Payment, cart: Cart) -> None:
    """Raises `RowError` where the payment differs from the cart that the merchant signed."""
    compared = (
        (payment.path, payment.amount, cart.amount, "the total of the cart"),
        (payment.path.replace("value", "currency"), payment.currency, cart.currency, "the currency of the cart"),
        ("payment_details_id", payment.request_id, cart.request_id, "the request of the cart"),
    )
    for path, found, expected, what in compared:
        if found != expected:
            raise RowError(f"{shown(path)} is {shown(found)}, expected {shown(expected)}, {what}")
    if payment.method not in cart.methods:
        expected = ", ".join(shown(one) for one in cart.methods[:5])
        raise RowError(f"`payment_response.method_name` is {shown(payment.method)}, expected one of {expected}")
    if payment.made > cart.expiry:
        raise RowError(f"the payment mandate is later than the `cart_expiry` {shown(cart.expiry_text)}")
