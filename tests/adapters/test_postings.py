"""JSON postings: what the schema allows is what is read, and every amount is text."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aethel.adapters import json_file
from aethel.adapters.adapted import Adapted
from aethel.adapters.formats import Format, read_format
from aethel.transaction import PriceKind
from aethel.wire.entry_schema import entry_schema
from tests.adapters.files import APPROVED, REJECTED, changed, entry, example, outcome, said
from tests.tools import REPOSITORY

SCHEMA = Draft202012Validator(entry_schema())


def entries() -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = json.loads(example(Format.POSTINGS))
    return value


def read(value: object) -> tuple[Adapted, ...]:
    return read_format(Format.POSTINGS, json.dumps(value).encode())


def test_the_schema_that_is_published_is_the_one_of_the_contract() -> None:
    published = json.loads((REPOSITORY / "docs" / "postings.schema.json").read_text(encoding="utf-8"))
    assert published == entry_schema(), "`make schema` writes it anew"


def test_the_schema_is_one_itself_and_the_example_follows_it() -> None:
    Draft202012Validator.check_schema(entry_schema())
    SCHEMA.validate(entries())
    SCHEMA.validate(entries()[0])


def test_each_entry_is_read_with_prices_and_states() -> None:
    first, second = changed(Format.POSTINGS)
    assert (first.subject.transaction_id, second.subject.transaction_id) == ("rent-2026-03", "shares-2026-03")
    assert (entry(first).date, entry(first).payee) == ("2026-03-02", "Storage Ltd")
    price = entry(second).postings[0].price
    assert price is not None
    assert (price.kind, price.amount, price.commodity) == (PriceKind.UNIT, "41.10", "EUR")
    assert entry(second).states[0].post_balance == "376.70"
    assert outcome(first, second) == [APPROVED] * 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('"-250.00"', '"-250.01"'), [REJECTED, APPROVED]),
        (('"39.92", "commodity": "EUR"', '"39.92", "commodity": "USD"'), [REJECTED, APPROVED]),
        (('"41.10"', '"41.11"'), [APPROVED, REJECTED]),
        (('"376.70"', '"376.71"'), [APPROVED, REJECTED]),
        (('"-250.00"', '"-2.5e2"'), [REJECTED, APPROVED]),
    ],
)
def test_what_does_not_add_up_is_rejected(change: tuple[str, str], expected: list[str]) -> None:
    assert outcome(*changed(Format.POSTINGS, change)) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ('"-250.00"', "-250.00"),
            "`[0].postings[0].amount` is the number -250.00, expected a string of decimal digits",
        ),
        (('"payee": "Storage Ltd"', '"payee": 5'), "`[0].payee` is the number 5"),
        (('"payee"', '"paye"'), "`[0].paye` is no field of `[0]`"),
        (('"payee"', '"sec_code"'), "`[0].sec_code` is no field of `[0]`"),
        (('"payee": "Storage Ltd"', '"net_settled": "yes"'), "`[0].net_settled` is a string, expected true or false"),
        (('"account": "assets:bank", ', ""), "`[0].postings[0].account` is missing"),
        (('"postings": [', '"postings": [5, '), "`[0].postings[0]` is the number 5"),
        (('"postings": [', '"postings": [[], '), "`[0].postings[0]` is a list, expected an object"),
        (("PRICE_KIND_UNIT", "UNIT"), "`[1].postings[0].price.kind` is `UNIT`, expected `PRICE_KIND_UNIT` or"),
        (("PRICE_KIND_UNIT", "PRICE_KIND_UNSPECIFIED"), "price.kind` is `PRICE_KIND_UNSPECIFIED`, expected"),
        (('"kind": "PRICE', '"type": "unit", "kind": "PRICE'), "`[1].postings[0].price.type` is no field of a price"),
        (('"lower"', '"nonces"'), "`[1].states[0].nonces` is no field"),
        (('"postings"', '"legs"'), "`[0].postings` is missing"),
    ],
)
def test_what_the_schema_refuses_is_refused_with_its_name(change: tuple[str, str], message: str) -> None:
    rows = changed(Format.POSTINGS, change)
    assert not SCHEMA.is_valid(json.loads(example(Format.POSTINGS).replace(*change, 1)))
    errors = [found for found in outcome(*rows) if found.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]


@pytest.mark.parametrize("value", [[], {}, 1, [{"id": ""}], [{"postings": []}], {"id": "a" * 257, "postings": []}])
def test_what_is_no_entry_is_an_error_and_against_the_schema(value: object) -> None:
    assert not SCHEMA.is_valid(value)
    assert all(said(row).startswith("error: ") for row in read(value))


def test_an_identifier_used_twice_is_taken_once() -> None:
    first, second = read([entries()[0]] * 2)
    assert said(first) == APPROVED
    assert said(second).startswith("error: G01: ")


def test_a_file_of_too_many_values_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "MAX_COMMAS", 10)
    (row,) = read_format(Format.POSTINGS, b"[,,,,,,,,,,,")
    assert said(row) == "error: the file has 11 commas, expected at most 10"


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "MAX_FILE_BYTES", 10)
    (row,) = read_format(Format.POSTINGS, b"[" * 11)
    assert said(row) == "error: the file has 11 bytes, expected at most 10"


def test_a_file_of_too_many_entries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aethel.adapters.adapted.MAX_TRANSACTIONS", 1)
    (row,) = read(entries())
    assert said(row) == "error: the file holds 2 transactions, expected at most 1"
