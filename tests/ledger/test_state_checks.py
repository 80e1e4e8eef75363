"""Each check of a journal entry against the states beside it, alone."""

from aethel.transaction import AccountState
from aethel.verdict import Outcome, Vote
from tests.ledger.entries import codes, each, entry, inferred, leg, state, verdict

PAYMENT = (leg("payer", "-10"), leg("payee", "10"))


def test_g08_refuses_a_claimed_balance_that_does_not_follow() -> None:
    found = verdict(entry(*PAYMENT, states=(state("payee", "5", after="16"),)))
    assert [finding.code for finding in found.findings] == ["G08"]
    assert found.findings[0].accounts == ("payee",)
    assert found.findings[0].numbers == (("before", "5"), ("after", "16"), ("expected", "15"))
    assert found.findings[0].delta == "1"


def test_g08_counts_every_leg_of_an_account_an_inferred_one_by_what_it_takes() -> None:
    legs = (leg("a", "12"), leg("a", "-2"), inferred("b"))
    assert codes(entry(*legs, states=(state("a", "1", after="11"), state("b", "1", after="-9")))) == []
    assert codes(entry(*legs, states=(state("b", "1", after="-11"),))) == ["G08"]


def test_g09_refuses_an_account_that_changes_without_a_leg() -> None:
    found = verdict(entry(*PAYMENT, states=(state("bystander", "5", after="4"),)))
    assert [finding.code for finding in found.findings] == ["G09"]
    assert found.findings[0].accounts == ("bystander",)
    assert found.findings[0].delta == "-1"


def test_g09_lets_an_account_without_a_leg_keep_its_balance() -> None:
    found = verdict(entry(*PAYMENT, states=(state("bystander", "5.0", after="5.00"),)))
    assert {result.id: result.outcome for result in found.obligations}["G09"] is Outcome.PROVED


def test_g10_refuses_described_balances_whose_sum_changes() -> None:
    states = (state("payer", "100", after="90"), state("payee", "0", after="11"))
    found = verdict(entry(*PAYMENT, states=states))
    assert [finding.code for finding in found.findings] == ["G08", "G10"]
    assert found.findings[1].delta == "1"


def test_g10_does_not_apply_where_an_account_of_the_commodity_is_not_described() -> None:
    assert "G10" in verdict(entry(*PAYMENT, states=(state("payer", "100", after="90"),))).not_applicable


def test_g10_does_not_apply_to_what_is_exchanged_at_a_price() -> None:
    legs = (leg("a", "-9"), leg("b", "10", "USD", price=each("0.9")))
    states = (state("a", "9", after="0"), AccountState("b", "USD", "0", "10"))
    found = verdict(entry(*legs, states=states))
    assert found.verdict is Vote.APPROVE
    assert "G10" in found.not_applicable


def test_g11_refuses_a_balance_wider_than_a_column() -> None:
    wide = "9" * 80
    found = verdict(entry(leg("a", wide), leg("b", "-" + wide), states=(state("a", "1"),)))
    assert [finding.code for finding in found.findings] == ["G11"]
    assert found.findings[0].accounts == ("a",)


def test_g11_refuses_a_worth_wider_than_a_column() -> None:
    odd = "3." + "1" * 60
    assert codes(entry(leg("a", odd, "ACME", price=each(odd)), inferred("b"))) == ["G11", "G11"]


def test_g11_looks_at_every_prefix() -> None:
    wide = "9" * 80
    legs = (leg("a", wide), leg("a", "1"), leg("a", "-1"), leg("b", "-" + wide))
    found = verdict(entry(*legs))
    assert [finding.message for finding in found.findings] == ["posting 2 takes account `a` beyond 80 digits"]


def test_g12_refuses_an_overdraft_where_none_is_allowed() -> None:
    found = verdict(entry(*PAYMENT, states=(state("payer", "9.99", lower="0.00"),)))
    assert [finding.code for finding in found.findings] == ["G12"]
    assert found.findings[0].delta == "-0.01"


def test_g12_allows_an_account_to_be_emptied() -> None:
    assert codes(entry(*PAYMENT, states=(state("payer", "10", lower="0"),))) == []


def test_g13_holds_an_overdraft_to_its_limit() -> None:
    assert codes(entry(*PAYMENT, states=(state("payer", "5", lower="-5"),))) == []
    found = verdict(entry(*PAYMENT, states=(state("payer", "4", lower="-5"),)))
    assert [finding.code for finding in found.findings] == ["G13"]
    assert found.findings[0].delta == "-1"


def test_g13_holds_a_balance_below_its_upper_bound() -> None:
    assert codes(entry(*PAYMENT, states=(state("payee", "90", upper="100"),))) == []
    assert codes(entry(*PAYMENT, states=(state("payee", "91", upper="100"),))) == ["G13"]


def test_a_bound_that_is_broken_twice_is_reported_once() -> None:
    assert codes(entry(*PAYMENT, states=(state("payer", "5", lower="0", upper="3"),))) == ["G12"]


THROUGH = (leg("a", "-10"), leg("b", "10"), leg("b", "-10"), leg("c", "4"), leg("a", "6"))


def test_g14_refuses_a_bound_broken_on_the_way() -> None:
    found = verdict(entry(*THROUGH, states=(state("a", "9", lower="0"),)))
    assert [finding.code for finding in found.findings] == ["G14"]
    assert found.findings[0].message.startswith("posting 1 takes the balance of account `a`")
    assert found.findings[0].delta == "-1"
    assert codes(entry(*THROUGH, states=(state("b", "0", upper="9"),))) == ["G14"]


def test_g14_does_not_apply_to_a_net_settled_entry() -> None:
    found = verdict(entry(*THROUGH, states=(state("a", "9", lower="0"),), net_settled=True))
    assert found.verdict is Vote.APPROVE
    assert "G14" in found.not_applicable


def test_net_settlement_does_not_excuse_where_an_account_ends() -> None:
    assert codes(entry(*THROUGH, states=(state("a", "3", lower="0"),), net_settled=True)) == ["G12"]


def test_a_bound_without_a_balance_is_an_assumption_and_not_a_proof() -> None:
    found = verdict(entry(*PAYMENT, states=(state("payer", lower="0"),)))
    assert {"G12", "G13", "G14"} <= set(found.not_applicable)
    assert "claims and bounds of 1 account were not checked: the balance before is not given" in found.assumptions


def test_given_states_are_named_as_the_callers_word() -> None:
    assert (
        "account states are as the caller gave them" in verdict(entry(*PAYMENT, states=(state("b", "1"),))).assumptions
    )
    assert verdict(entry(*PAYMENT)).assumptions == ()
