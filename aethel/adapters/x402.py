"""x402 payment payloads of the `exact` scheme on EVM networks: the EIP-3009 authorization against what was required."""

from __future__ import annotations

import base64
import binascii

from aethel.adapters.adapted import Adapted, Entry, NotUnderstood, adapted, each_once, refuse_size
from aethel.adapters.json_file import Members, listed
from aethel.transaction import DoubleEntry, Posting
from aethel.wire.exact_json import Number, RowError, shown

KIND = "x402"

_SCHEME = "exact"
_ADDRESS_DIGITS = 40
_NONCE_DIGITS = 64
_UINT256 = 1 << 256
_HEX = frozenset("0123456789abcdefABCDEF")
_NETWORK_CHARS = 40
_V1_ASIDE = ("resource", "description", "mimeType", "maxTimeoutSeconds", "outputSchema")
_V2_ASIDE = ("maxTimeoutSeconds",)


def read_x402(content: bytes) -> tuple[Adapted, ...]:
    """The payment of a file, or each of a JSON list of them; raises `RowError`.

    A payment is a payload of version 2, which holds what it accepted; or an object of `paymentPayload` and
    `paymentRequirements`, as facilitators are asked, which version 1 needs, since its payload names no asset. One
    payment may be in base64, as the HTTP header carries it.
    """
    items = listed(_decoded(content))
    refuse_size(len(items))
    rows = (_row(item, "" if len(items) == 1 else f"[{number}]") for number, item in enumerate(items))
    return each_once(tuple(rows))


def _decoded(content: bytes) -> bytes:
    text = content.strip()
    if not text or text[:1] in b"{[" or text.startswith(b"\xef\xbb\xbf"):
        return content
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise RowError("the file is neither JSON nor base64, expected a payment payload") from None


def _row(item: object, path: str) -> Adapted:
    try:
        name = _name(item, path)
    except RowError as error:
        return Adapted(RowError(error.message))
    return adapted(KIND, name, lambda: _entry(Members(item, path)))


def _name(item: object, path: str) -> str:
    """What EIP-3009 makes unique: the payer and the nonce, in small letters."""
    outer = Members(item, path)
    whole = outer.inside("paymentPayload") if "paymentPayload" in outer else outer
    inner = whole.inside("payload")
    if "authorization" not in inner:
        return f"x402 payment {path}".strip()
    authorization = inner.inside("authorization")
    payer = _hexadecimal(authorization, "from", _ADDRESS_DIGITS)
    return f"{payer}/{_hexadecimal(authorization, 'nonce', _NONCE_DIGITS)}"


def _entry(outer: Members) -> Entry:
    required: Members | None = None
    payload = outer
    if "paymentPayload" in outer:
        payload = outer.inside("paymentPayload")
        required = outer.inside("paymentRequirements")
        version = _version(outer) if "x402Version" in outer else 0
        outer.refuse_rest()
    else:
        version = 0
    own_version = _version(payload)
    if version and version != own_version:
        raise RowError(f"{shown(payload.at('x402Version'))} is {own_version}, expected {version} as of the request")
    accepted = _first(payload, required) if own_version == 1 else _second(payload, required)
    inner = payload.inside("payload")
    payload.refuse_rest()
    return _authorized(inner, accepted)


_Terms = tuple[str, str, str, str, str]
"""Network, asset, receiver and amount that were required, and the path of the amount."""


def _first(payload: Members, required: Members | None) -> _Terms:
    """Version 1: scheme and network stand in the payload, and the requirements beside it."""
    if required is None:
        raise RowError("`paymentRequirements` is missing, expected it beside a payload of version 1: that has no asset")
    terms = _terms(required, "maxAmountRequired", _V1_ASIDE, version=1)
    for name, expected in (("scheme", _SCHEME), ("network", terms[0])):
        stated = payload.text(name)
        if stated != expected:
            raise RowError(f"{shown(payload.at(name))} is {shown(stated)}, expected {shown(expected)} as required")
    return terms


def _second(payload: Members, required: Members | None) -> _Terms:
    """Version 2: the payload holds the requirements that it accepted; requirements beside it must be the same."""
    accepted = payload.inside("accepted")
    payload.maybe("resource")
    extensions = payload.maybe("extensions")
    if extensions:
        raise NotUnderstood(payload.at("extensions"))
    terms = _terms(accepted, "amount", _V2_ASIDE, version=2)
    if required is not None:
        beside = _terms(required, "amount", _V2_ASIDE, version=2)
        for what, mine, other in zip(("network", "asset", "payTo", "amount"), terms, beside, strict=False):
            if mine != other:
                raise RowError(f"{shown(accepted.at(what))} is {shown(mine)}, expected {shown(other)} as required")
    return terms


def _terms(required: Members, amount_name: str, aside: tuple[str, ...], *, version: int) -> _Terms:
    scheme = required.text("scheme")
    if scheme != _SCHEME:
        raise NotUnderstood(f"{required.at('scheme')} {scheme}")
    network = required.text("network")
    chain = network.removeprefix("eip155:")
    known = chain != network and chain.isascii() and chain.isdigit() if version == 2 else _is_name(network)
    if not known or len(network) > _NETWORK_CHARS:
        raise NotUnderstood(f"{required.at('network')} {network[:_NETWORK_CHARS]}")
    asset = _hexadecimal(required, "asset", _ADDRESS_DIGITS)
    receiver = _hexadecimal(required, "payTo", _ADDRESS_DIGITS)
    amount = _whole(required, amount_name)
    for name in aside:
        required.maybe(name)
    extra = required.maybe("extra")
    if extra is not None:
        _refuse_extra(Members(extra, required.at("extra")))
    required.refuse_rest()
    return network, asset, receiver, amount, required.at(amount_name)


def _refuse_extra(extra: Members) -> None:
    """Name and version are of the token's EIP-712 domain; only the default way to transfer is understood."""
    for name in ("name", "version"):
        extra.maybe(name)
    method = extra.maybe("assetTransferMethod")
    if method not in (None, "eip3009"):
        raise NotUnderstood(extra.at("assetTransferMethod"))
    extra.refuse_rest()


def _authorized(inner: Members, terms: _Terms) -> Entry:
    """The transfer that the payer authorized (EIP-3009, TransferWithAuthorization), equal to what was required."""
    network, asset, receiver, amount, amount_path = terms
    if "authorization" not in inner:
        inner.refuse_rest()
        raise RowError(f"{shown(inner.at('authorization'))} is missing")
    signature = inner.text("signature")
    if not signature.startswith("0x") or len(signature) < 4 or not _HEX.issuperset(signature[2:]):
        raise RowError(f"{shown(inner.at('signature'))} is no signature, expected hexadecimal digits after `0x`")
    one = inner.inside("authorization")
    inner.refuse_rest()
    payer, payee = (_hexadecimal(one, name, _ADDRESS_DIGITS) for name in ("from", "to"))
    value, after, before = (_whole(one, name) for name in ("value", "validAfter", "validBefore"))
    nonce = _hexadecimal(one, "nonce", _NONCE_DIGITS)
    one.refuse_rest()
    if payee != receiver:
        raise RowError(f"{shown(one.at('to'))} is {shown(payee)}, expected {shown(receiver)}, to whom is to be paid")
    if value != amount or value == "0":
        expected = "more than 0" if value == amount else f"{amount} as of {shown(amount_path)}"
        raise RowError(f"{shown(one.at('value'))} is {value}, expected {expected}")
    if int(after) >= int(before):
        raise RowError(f"{shown(one.at('validBefore'))} is {before}, expected more than `validAfter`, {after}")
    commodity = f"{network}/erc20:{asset}"
    postings = (Posting(payer, f"-{value}", commodity), Posting(payee, value, commodity))
    assumptions = (
        "the signature of the authorization is the payer's",
        f"it is settled after {after} and before {before}, in seconds since 1970",
        f"the token has not seen the nonce {nonce} of the payer",
    )
    return Entry(DoubleEntry(postings), assumptions)


def _version(fields: Members) -> int:
    value = fields.take("x402Version")
    if not isinstance(value, Number) or value not in ("1", "2"):
        raise RowError(f"{shown(fields.at('x402Version'))} is {shown(value)}, expected 1 or 2")
    return int(value)


def _is_name(network: str) -> bool:
    return network.isascii() and network.replace("-", "").isalnum()


def _whole(fields: Members, name: str) -> str:
    """A uint256 as decimal text; a JSON number is taken by its digits."""
    text = fields.exact(name)
    canonical = text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))
    if not canonical or len(text) > 78 or int(text) >= _UINT256:
        raise RowError(f"{shown(fields.at(name))} is {shown(text)}, expected a whole number below 2^256")
    return text


def _hexadecimal(fields: Members, name: str, digits: int) -> str:
    text = fields.text(name)
    if not text.startswith("0x") or len(text) != digits + 2 or not _HEX.issuperset(text[2:]):
        raise RowError(f"{shown(fields.at(name))} is {shown(text)}, expected `0x` and {digits} hexadecimal digits")
    return text.lower()
