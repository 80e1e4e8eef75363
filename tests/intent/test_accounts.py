"""Two spellings of one account are one where their scheme says so, and nowhere else."""

from __future__ import annotations

import pytest

from aethel.intent.accounts import canonical_account

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("iban:DE89 3704 0044 0532 0130 00", "IBAN:de89370400440532013000"),
        ("eip155:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "eip155:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
    ],
)
def test_spellings_that_a_scheme_calls_one_account_are_one(one: str, other: str) -> None:
    assert canonical_account(one) == canonical_account(other)
    assert canonical_account(canonical_account(one)) == canonical_account(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COMPOSED, DECOMPOSED),
        ("Alice", "alice"),
        ("a b", "ab"),
        ("iban", "IBAN"),
        ("acct:A", "acct:a"),
        ("a", "a\u00a0"),
    ],
)
def test_ids_of_no_known_scheme_are_compared_byte_by_byte(one: str, other: str) -> None:
    assert canonical_account(one) != canonical_account(other)
