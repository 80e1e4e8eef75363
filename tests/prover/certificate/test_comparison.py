"""Comparing a certificate with the obligations that a text has."""

from collections.abc import Callable
from typing import Any

import pytest

from aethel.prover.certificate.comparison import compare
from tests.prover.asking import PAY
from tests.prover.certificate.files import certified, file_of, opened

BOTH = PAY + PAY.replace("intent pay", "intent pay_again")

Document = dict[str, Any]


def difference(change: Callable[[Document], object]) -> str:
    """What is found after a change of the certificate of BOTH."""
    document = opened(certified(BOTH))
    change(document)
    return compare(document, file_of(BOTH)).difference or ""


def test_a_certificate_is_that_of_its_text() -> None:
    compared = compare(opened(certified(BOTH)), file_of(BOTH))
    assert compared.difference is None
    assert compared.missing == ()


def test_the_order_of_operands_and_of_assumptions_does_not_count() -> None:
    def turn(document: Document) -> None:
        first = document["programs"][0]
        first["obligations"][0]["assume"].reverse()
        for term in first["terms"]:
            if term[0] == "+":
                term[1:] = reversed(term[1:])

    assert difference(turn) == ""


def test_the_order_of_a_comparison_counts() -> None:
    def turn(document: Document) -> None:
        for term in document["programs"][0]["terms"]:
            if term[0] == "<=":
                term[1:] = reversed(term[1:])

    assert "states something else" in difference(turn)


def test_what_a_certificate_leaves_out_is_missing() -> None:
    document = opened(certified(BOTH))
    left_out = document["programs"][0]["obligations"].pop()["id"]
    assert [each.id for each in compare(document, file_of(BOTH)).missing] == [left_out]


def first(document: Document) -> Document:
    found: Document = document["programs"][0]
    return found


CHANGES: dict[str, Callable[[Document], object]] = {
    "language version": lambda document: document.__setitem__("language", "0"),
    "another digest": lambda document: document.__setitem__("digest", "0" * 64),
    "no intent": lambda document: first(document).__setitem__("name", "play"),
    "the digest of": lambda document: first(document).__setitem__("digest", "0" * 64),
    "the scales of": lambda document: first(document)["scales"].append(["EUR", 3]),
    "the variables of": lambda document: first(document)["variables"][0].__setitem__(0, "payer"),
    "no obligation": lambda document: first(document)["obligations"][0].__setitem__("id", "post.77"),
    "states something else": lambda document: first(document)["obligations"][2]["assume"].pop(),
}


@pytest.mark.parametrize("expected", CHANGES)
def test_every_difference_is_found_and_named(expected: str) -> None:
    assert expected in difference(CHANGES[expected])


def test_another_kind_is_a_difference() -> None:
    def change(document: Document) -> None:
        obligation = next(each for each in first(document)["obligations"] if each["kind"] == "solvent")
        obligation["kind"] = "post"

    assert "states something else" in difference(change)


def test_another_claim_is_a_difference() -> None:
    def change(document: Document) -> None:
        obligations = first(document)["obligations"]
        post = next(each for each in obligations if each["kind"] == "solvent")
        post["claim"] = post["assume"][0]

    assert "states something else" in difference(change)
