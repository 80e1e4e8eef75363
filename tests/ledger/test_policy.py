"""What the operator settles for a client's ledger: strict by default, and seen in the verdict otherwise."""

import pytest

from aethel.policy import Policy, PolicyError
from aethel.request import Context, Question
from aethel.rules import Rules, RulesError, read_rules
from aethel.transaction import AccountState, DoubleEntry, TreeRoot
from aethel.verdict import ExpertVerdict, Vote
from tests.ledger.entries import DEADLINE_MS, GUARDIAN, leg
from tests.ledger.full_terms import full


def under(policy: Policy, transaction: DoubleEntry) -> ExpertVerdict:
    """The verdict under the rules of an operator."""
    return GUARDIAN.verify(Question("t", transaction=transaction, rules=Rules(ledger=policy)), DEADLINE_MS)


def test_a_required_check_without_input_rejects() -> None:
    plain = DoubleEntry((leg("payer", "-1"), leg("shop", "1")))
    assert under(Policy(), plain).verdict is Vote.APPROVE
    found = under(Policy(required=("G21",)), plain)
    assert (found.verdict, found.code) == (Vote.REJECT, "G21")
    assert "G21" not in found.not_applicable
    assert under(Policy(required=("G21", "G30")), full()).verdict is Vote.APPROVE


def test_a_required_freshness_is_met_by_a_trusted_root_as_by_a_version() -> None:
    plain = DoubleEntry((leg("payer", "-1"), leg("shop", "1")))
    policy = Rules(ledger=Policy(required=("G24",)))
    root = TreeRoot("rfc6962-sha256", "2", "ab" * 32)
    found = [
        GUARDIAN.verify(Question("t", transaction=plain, rules=policy, context=Context(roots=roots)), DEADLINE_MS)
        for roots in ((), (root,))
    ]
    assert [each.verdict for each in found] == [Vote.REJECT, Vote.APPROVE]
    assert found[0].code == "G24"


def test_a_rounding_tolerance_is_kept_to_the_last_digit_and_shown() -> None:
    off = DoubleEntry((leg("payer", "-10.005"), leg("shop", "10")))
    assert under(Policy(), off).code == "G07"
    found = under(Policy(rounding_tolerance={"EUR": "0.005"}), off)
    assert found.verdict is Vote.APPROVE
    assert found.assumptions == ("commodity `EUR` is off by -0.005, and the client's rules tolerate 0.005",)
    assert under(Policy(rounding_tolerance={"EUR": "0.0049", "USD": "1"}), off).code == "G07"


def test_an_exchange_without_a_price_is_allowed_only_where_the_rules_say_so_and_is_shown() -> None:
    swap = DoubleEntry((leg("wallet", "-100"), leg("wallet", "110", "USD")))
    assert under(Policy(), swap).code == "G07"
    found = under(Policy(implicit_exchange=True), swap)
    assert found.verdict is Vote.APPROVE
    assert found.assumptions == ("100 `EUR` become 110 `USD` without a stated price, which the client's rules allow",)


@pytest.mark.parametrize(
    "legs",
    [
        (leg("a", "-100"), leg("b", "-110", "USD")),
        (leg("a", "-100"), leg("b", "110", "USD"), leg("c", "1", "GBP")),
        (leg("a", "-100"),),
    ],
    ids=["two to one side", "three commodities", "one commodity"],
)
def test_what_is_off_otherwise_is_no_exchange(legs: tuple[object, ...]) -> None:
    assert under(Policy(implicit_exchange=True), DoubleEntry(legs)).code == "G07"  # type: ignore[arg-type]


def test_described_balances_may_change_by_what_is_tolerated() -> None:
    states = (AccountState("a", "EUR", "1", "0"), AccountState("b", "EUR", "0", "0.999"))
    off = DoubleEntry((leg("a", "-1"), leg("b", "0.999")), states=states)
    assert under(Policy(rounding_tolerance={"EUR": "0.001"}), off).verdict is Vote.APPROVE
    assert [finding.code for finding in under(Policy(), off).findings] == ["G07", "G10"]


def test_rules_in_a_file_settle_the_ledger_of_each_client() -> None:
    book = read_rules(
        b"""[default.ledger]
        required = ["G30", "G21"]
        [clients.bank.ledger]
        implicit_exchange = true
        rounding_tolerance = { EUR = "0.005" }"""
    )
    assert book.of("anybody").ledger == Policy(("G21", "G30"))
    assert book.of("bank").ledger == Policy((), True, {"EUR": "0.005"})
    assert not book.of("bank").is_empty()
    assert Rules().ledger.is_strict()


@pytest.mark.parametrize(
    "ledger",
    [
        'required = ["G7"]',
        'required = "G07"',
        "implicit_exchange = 1",
        "rounding_tolerance = { EUR = 0.005 }",
        'rounding_tolerance = { EUR = "-1" }',
        'rounding_tolerance = { EUR = "1e-3" }',
        'tolerance = "1"',
    ],
)
def test_what_is_no_setting_of_the_ledger_is_refused(ledger: str) -> None:
    with pytest.raises(RulesError, match=r"default\.ledger"):
        read_rules(f"[default.ledger]\n{ledger}\n".encode())


def test_a_policy_is_bounded() -> None:
    with pytest.raises(PolicyError):
        Policy(rounding_tolerance={str(number): "1" for number in range(1_001)})
