"""The security profile in the rules of the operator: what it says, and that nothing else passes for one."""

import pytest

from aethel.profile import MAX_PROFILE_NAMES, NO_PROFILE, Bound, SecurityProfile
from aethel.rules import RulesError, read_rules, rules_of_table

FILE = b"""
[default.security]
required = ["S20", "S19"]
principals = ["caller"]
nonces = ["nonce"]
expiries = ["expires_at"]
domains = ["chain"]

[default.security.bounds]
price = { lowest = "-1.5", highest = "500" }

[clients.acme]
writes = ["nonce"]
"""


def test_a_profile_is_read_for_each_client() -> None:
    book = read_rules(FILE)
    assert book.of("somebody").security == SecurityProfile(
        ("S19", "S20"), ("caller",), ("nonce",), ("expires_at",), ("chain",), {"price": Bound("-1.5", "500")}
    )
    assert book.of("acme").security == NO_PROFILE


def test_rules_with_a_profile_are_not_empty() -> None:
    assert rules_of_table({}, "rules").is_empty()
    assert not rules_of_table({"security": {"nonces": ["nonce"]}}, "rules").is_empty()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"required": ["S16"]}, "class `S16` cannot be required"),
        ({"required": "S19"}, "`required` is no list of texts"),
        ({"nonces": [5]}, "`nonces` is no list of texts"),
        ({"nonces": [""]}, "name `` in `nonces`"),
        ({"nonces": ["a\nb"]}, "name `a\\nb` in `nonces`"),
        ({"nonces": [f"n{i}" for i in range(MAX_PROFILE_NAMES + 1)]}, "more than 100 entries in `nonces`"),
        ({"nonce": []}, "`nonce` is unknown"),
        ({"bounds": []}, "`bounds` is no table"),
        ({"bounds": {"p": {"lowest": "1"}}}, "the bound of `p` is none"),
        ({"bounds": {"p": {"lowest": 1, "highest": 2}}}, "the bound of `p` is no text"),
        ({"bounds": {"p": {"lowest": "1e5", "highest": "2"}}}, "bound `1e5`"),
        ({"bounds": {"p": {"lowest": "3", "highest": "2"}}}, "expected the lowest first"),
    ],
)
def test_whatever_is_no_profile_is_refused_by_name(table: dict[str, object], told: str) -> None:
    with pytest.raises(RulesError) as raised:
        rules_of_table({"security": table}, "default")
    assert str(raised.value).startswith("`default.security`: ")
    assert told in str(raised.value)


def test_a_profile_is_a_table() -> None:
    with pytest.raises(RulesError, match=r"`default\.security` is no table"):
        rules_of_table({"security": []}, "default")
