"""JSON postings: journal entries with the fields of the contract's `DoubleEntry`, and an `id` each."""

from __future__ import annotations

from aethel.adapters.adapted import Adapted, Entry, adapted, each_once, refuse_size
from aethel.adapters.json_file import Members, listed
from aethel.transaction import PriceKind
from aethel.wire.exact_json import Number, RowError, shown
from aethel.wire.transaction_rows import transaction_from_json

KIND = "postings"

_PRICE_KINDS = {"PRICE_KIND_UNIT": PriceKind.UNIT, "PRICE_KIND_TOTAL": PriceKind.TOTAL}


def read_postings(content: bytes) -> tuple[Adapted, ...]:
    """The entry of a file, or each of a JSON list of them; raises `RowError`.

    Their form is `entry_schema.entry_schema()`: every amount is text, and a JSON number is refused.
    """
    items = listed(content)
    refuse_size(len(items))
    rows = (_row(item, "" if len(items) == 1 else f"[{number}]") for number, item in enumerate(items))
    return each_once(tuple(rows))


def _row(item: object, path: str) -> Adapted:
    try:
        fields = Members(item, path)
        name = fields.text("id")
    except RowError as error:
        return Adapted(RowError(error.message))
    return adapted(KIND, name, lambda: _entry(fields, path or "the entry"))


def _entry(fields: Members, path: str) -> Entry:
    if "postings" not in fields:
        raise RowError(f"{shown(fields.at('postings'))} is missing")
    entry = fields.take_all()
    _refuse_numbers(entry, path)
    postings = entry["postings"]
    if isinstance(postings, list):
        items = enumerate(postings)
        entry["postings"] = [_with_plain_price(item, f"{path}.postings[{position}]") for position, item in items]
    return Entry(transaction_from_json(entry, path))


def _with_plain_price(posting: object, path: str) -> object:
    """A posting whose price says `type: unit` where the contract says `kind: PRICE_KIND_UNIT`."""
    if not isinstance(posting, dict) or not isinstance(posting.get("price"), dict):
        return posting
    price = Members(posting["price"], f"{path}.price")
    kind = price.text("kind")
    if kind not in _PRICE_KINDS:
        expected = " or ".join(f"`{known}`" for known in _PRICE_KINDS)
        raise RowError(f"{shown(price.at('kind'))} is {shown(kind)}, expected {expected}")
    if "type" in price:
        raise RowError(f"{shown(price.at('type'))} is no field of a price")
    return posting | {"price": price.take_all() | {"type": _PRICE_KINDS[kind].value}}


def _refuse_numbers(value: object, path: str) -> None:
    """Raises `RowError` for a JSON number anywhere: whoever wrote one may have rounded it already."""
    if isinstance(value, Number):
        raise RowError(f"{shown(path)} is the number {value}, expected a string of decimal digits")
    if isinstance(value, dict):
        for name, member in value.items():
            _refuse_numbers(member, f"{path}.{name}")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            _refuse_numbers(item, f"{path}[{position}]")
