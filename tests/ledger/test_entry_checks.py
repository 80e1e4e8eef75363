"""Each check of a journal entry, alone: what it rejects, what it says, and when it does not apply."""

import pytest

from aethel.transaction import AccountState, DoubleEntry, Posting
from aethel.verdict import Outcome, Vote
from tests.ledger.entries import codes, each, entry, in_all, inferred, leg, state, verdict

PAYMENT = (leg("payer", "-10"), leg("payee", "10"))


def test_g04_refuses_an_amount_that_is_no_decimal() -> None:
    assert codes(entry(leg("payer", "-10"), leg("payee", "1e1"))) == ["G04"]


def test_g04_refuses_an_amount_left_out_of_a_leg_that_is_not_inferred() -> None:
    assert codes(entry(leg("payer", "-10"), leg("payee", ""))) == ["G04"]


def test_g04_refuses_a_negative_price() -> None:
    assert codes(entry(leg("stock", "1", "ACME", price=each("-10")), leg("cash", "10"))) == ["G04"]


def test_g04_refuses_a_total_price_of_nothing() -> None:
    assert codes(entry(leg("stock", "0", "ACME", price=in_all("10")), leg("cash", "-10"))) == ["G04"]


def test_g04_refuses_an_inferred_leg_at_a_price() -> None:
    odd = Posting("stock", "", "ACME", each("10"), inferred=True)
    assert codes(entry(odd, leg("cash", "-10"))) == ["G04"]


def test_g04_refuses_a_state_that_is_no_decimal() -> None:
    assert codes(entry(*PAYMENT, states=(state("payer", balance="1,000"),))) == ["G04"]


def test_what_needs_amounts_is_not_decided_where_one_is_refused() -> None:
    found = verdict(entry(leg("payer", "-10"), leg("payee", "1e1"), states=(state("payer", "5", "5", "0", "9"),)))
    assert [result.id for result in found.obligations] == ["G04", "G05", "G06"]
    assert set(found.not_applicable) >= {"G07", "G08", "G09", "G10", "G11", "G12", "G13", "G14"}


def test_g05_refuses_a_leg_without_an_account() -> None:
    assert codes(entry(leg("payer", "-10"), leg(" ", "10"))) == ["G05"]


@pytest.mark.parametrize("shut", ["frozen", "closed"])
def test_g05_refuses_a_leg_to_an_account_that_takes_none(shut: str) -> None:
    blocked = AccountState("payee", frozen=shut == "frozen", closed=shut == "closed")
    found = verdict(entry(*PAYMENT, states=(blocked,)))
    assert found.code == "G05"
    assert found.reason == f"posting 2 is to account `payee`, which is {shut}"


def test_g05_refuses_a_commodity_that_moves_from_an_account_to_itself() -> None:
    assert codes(entry(leg("a", "-10"), leg("a", "10"))) == ["G05"]


def test_an_account_may_be_on_both_sides_beside_another() -> None:
    assert codes(entry(leg("tank", "247"), leg("tank", "-273"), inferred("diver"))) == []


def test_an_exchange_inside_one_account_is_no_move_to_itself() -> None:
    assert codes(entry(leg("wallet", "10", "USD", price=each("0.9")), leg("wallet", "-9"))) == []
    assert codes(entry(leg("lots", "10", "ACME", price=each("1")), leg("lots", "-5", "ACME", price=each("2")))) == []


def test_g05_refuses_two_descriptions_of_one_holding() -> None:
    assert codes(entry(*PAYMENT, states=(state("payer", "100"), state("payer", "200")))) == ["G05"]


def test_g06_refuses_a_commodity_that_the_account_does_not_hold() -> None:
    found = verdict(entry(*PAYMENT, states=(AccountState("payee", "USD", "5"),)))
    assert [finding.code for finding in found.findings] == ["G06"]
    assert found.reason == "posting 2 books commodity `EUR` to `payee`, which holds commodity `USD`"


def test_an_account_may_hold_several_commodities() -> None:
    assert codes(entry(*PAYMENT, states=(AccountState("payee", "USD", "5"), AccountState("payee", "EUR")))) == []


def test_g07_refuses_an_entry_that_is_off_and_says_by_how_much() -> None:
    found = verdict(entry(leg("payer", "-10.00"), leg("payee", "10.01")))
    assert [finding.code for finding in found.findings] == ["G07"]
    assert found.findings[0].delta == "0.01"
    assert found.findings[0].accounts == ("payer", "payee")
    assert found.findings[0].numbers == (("posting 1", "-10"), ("posting 2", "10.01"))


def test_g07_sums_each_commodity_by_itself() -> None:
    found = verdict(entry(leg("a", "1", "EUR"), leg("b", "-1", "USD")))
    assert [finding.delta for finding in found.findings] == ["1", "-1"]


def test_g07_takes_the_commodity_without_a_name_for_one() -> None:
    assert codes(entry(leg("a", "1", ""), leg("b", "-1", ""))) == []
    assert codes(entry(leg("a", "1", ""), leg("b", "-1", "EUR"))) == ["G07", "G07"]


def test_g07_has_no_tolerance_for_what_a_float_would_round_away() -> None:
    assert codes(entry(leg("a", "9007199254740993"), leg("b", "-9007199254740992"))) == ["G07"]
    assert codes(entry(leg("a", "0.1"), leg("b", "0.2"), leg("c", "-0.3"))) == []


def test_g07_counts_a_leg_at_its_unit_price() -> None:
    assert codes(entry(leg("stock", "-3", "ACME", price=each("120.03")), leg("cash", "360.09"))) == []
    assert codes(entry(leg("stock", "-3", "ACME", price=each("120.03")), leg("cash", "360.08"))) == ["G07"]


def test_g07_gives_a_total_price_the_sign_of_its_amount() -> None:
    assert codes(entry(leg("stock", "-3", "ACME", price=in_all("100")), leg("cash", "100"))) == []
    assert codes(entry(leg("stock", "3", "ACME", price=in_all("100")), leg("cash", "-100"))) == []
    assert codes(entry(leg("stock", "-3", "ACME", price=in_all("100")), leg("cash", "-100"))) == ["G07"]


def test_g07_lets_an_inferred_leg_take_exactly_what_is_left_and_reports_it() -> None:
    found = verdict(entry(leg("a", "12345678901234567890.123456789"), inferred("b")))
    assert found.verdict is Vote.APPROVE
    assert ("posting 2 takes", "-12345678901234567890.123456789 EUR") in found.proof_trace


def test_g07_accepts_a_stated_amount_that_renders_what_is_left() -> None:
    wide = "12345678901234567890.123456789"
    assert codes(entry(leg("a", wide), inferred("b", amount="-12345678901234567890.12345679"))) == []
    assert codes(entry(leg("a", wide), inferred("b", amount="-12345678901234567890.12345678"))) == ["G07"]
    assert codes(entry(leg("a", wide), inferred("b", amount="-12345678901234567890.1234568"))) == ["G07"]
    assert codes(entry(leg("a", "10.05"), inferred("b", amount="-10.0"))) == ["G07"]


def test_g07_refuses_two_inferred_legs_in_one_commodity() -> None:
    assert codes(entry(leg("a", "10"), inferred("b"), inferred("c"))) == ["G07"]
    assert codes(entry(leg("a", "10"), inferred("b", amount="-4"), inferred("c", amount="-6"))) == ["G07"]
    assert codes(entry(leg("a", "1"), inferred("b"), leg("c", "1", "USD"), inferred("d", "USD"))) == []


def test_what_two_inferred_legs_take_is_not_guessed() -> None:
    found = verdict(entry(leg("a", "10"), inferred("b"), inferred("c"), states=(state("b", "0", "-5", "-5", "0"),)))
    assert [finding.code for finding in found.findings] == ["G07"]
    assert {"G08", "G11", "G13", "G14"} <= set(found.not_applicable)


def test_g07_refuses_an_entry_without_legs() -> None:
    assert codes(DoubleEntry(())) == ["G07"]


def test_the_first_finding_in_the_order_of_the_checks_gives_the_code() -> None:
    shut = AccountState("payee", frozen=True)
    found = verdict(entry(leg("payer", "-10"), leg("payee", "11"), states=(shut,)))
    assert [finding.code for finding in found.findings] == ["G05", "G07"]
    assert found.code == "G05"
    assert [result.outcome for result in found.obligations[:3]] == [Outcome.PROVED, Outcome.REFUTED, Outcome.REFUTED]


def test_what_was_not_given_is_listed_as_not_applicable() -> None:
    found = verdict(entry(*PAYMENT))
    assert found.verdict is Vote.APPROVE
    assert [result.id for result in found.obligations] == ["G04", "G05", "G07", "G11"]
    of_legs = ("G01", "G06", "G08", "G09", "G10", "G12", "G13", "G14")
    of_terms = ("G17", "G18", "G19", "G20", "G21", "G23", "G24", "G29", "G30", "G31", "G32", "G33", "G34")
    of_proofs = ("G25", "G26", "G27", "G28")
    assert found.not_applicable == tuple(sorted(of_legs + of_terms + of_proofs))
