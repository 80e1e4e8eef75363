"""Each check of declared terms, alone: what it keeps, what it rejects, and when it does not apply."""

from dataclasses import replace

import pytest

from aethel.ledger.notes import DECIMALS_MOST
from aethel.ledger.term_checks import TERMS_SIZE
from aethel.terms import (
    Allotment,
    Assertion,
    Authority,
    BookedLeg,
    Chart,
    ChartAccount,
    Identity,
    IdScheme,
    Limit,
    LimitKind,
    Mandate,
    Nonce,
    Pairing,
    Portion,
    Remainder,
    Reversal,
    Terms,
    Times,
    Totals,
)
from aethel.transaction import AccountState, DoubleEntry
from aethel.verdict import Finding, Vote
from tests.ledger.entries import codes, leg, verdict
from tests.ledger.full_terms import AUTHORITY, CHART, LEGS, REVERSAL, STATES, TERMS, TIMES, full, only

UUID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
ALLOTMENT, FEE, EXCHANGE, BACKING = TERMS.allotments[0], TERMS.fees[0], TERMS.exchanges[0], TERMS.backings[0]


def the(transaction: DoubleEntry) -> Finding:
    """The only finding."""
    (found,) = verdict(transaction).findings
    return found


def test_an_entry_that_keeps_all_its_terms_is_approved_with_every_check_made() -> None:
    found = verdict(full())
    assert found.findings == ()
    assert found.verdict is Vote.APPROVE
    made = {result.id for result in found.obligations}
    assert made >= {"G01", *(f"G{number}" for number in (17, 18, 19, 20, 21, 23, 24, 29, 30, 31, 32, 33, 34))}


@pytest.mark.parametrize(
    ("text", "scheme", "fault"),
    [
        ("0", IdScheme.U128, "is reserved"),
        (str(2**128 - 1), IdScheme.U128, "which is reserved"),
        (str(2**128), IdScheme.U128, "wider than 128 bits"),
        (str(2**64), IdScheme.U64, "wider than 64 bits"),
        ("007", IdScheme.U64, "no whole number"),
        ("00000000-0000-0000-0000-000000000000", IdScheme.UUID, "is reserved"),
        ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", IdScheme.UUID, "is reserved"),
        (UUID.replace("-", ""), IdScheme.UUID, "no UUID"),
        ("", IdScheme.MAX35_TEXT, "has 0 characters"),
        ("x" * 36, IdScheme.MAX35_TEXT, "has 36 characters"),
        ("x ", IdScheme.MAX35_TEXT, "white space"),
    ],
)
def test_g01_refuses_an_id_that_is_none(text: str, scheme: IdScheme, fault: str) -> None:
    found = the(only(identity=Identity(text, scheme)))
    assert found.code == "G01"
    assert fault in found.message


def test_g01_refuses_an_id_that_another_of_the_batch_has_in_any_spelling() -> None:
    assert the(only(identity=Identity(UUID, IdScheme.UUID, (UUID.upper(),)))).code == "G01"
    assert codes(only(identity=Identity("7", IdScheme.U64, ("8", "9")))) == []


@pytest.mark.parametrize(
    ("reversal", "said", "delta"),
    [
        (replace(REVERSAL, original_id=" "), "cites no original", ""),
        (replace(REVERSAL, refunds=(BookedLeg("payer", "-47.01", "EUR"),)), "exceed the original by 0.01", "0.01"),
        (replace(REVERSAL, refunds=(BookedLeg("payer", "1", "EUR"),)), "is credited as in the original", "-153"),
        (replace(REVERSAL, original=REVERSAL.original[:-1]), "is no party of the original", "55"),
        (Reversal("original-1", ()), "gives no legs", ""),
    ],
)
def test_g17_refuses_a_reversal_beyond_its_original(reversal: Reversal, said: str, delta: str) -> None:
    found = the(only(reversal=reversal))
    assert found.code == "G17"
    assert said in found.message
    assert found.delta == delta


def test_g17_refuses_a_refund_to_the_side_of_the_original() -> None:
    same = tuple(replace(each, amount=each.amount.removeprefix("-")) for each in REVERSAL.original)
    assert set(codes(only(reversal=Reversal("original-1", same)))) == {"G17"}


@pytest.mark.parametrize(
    ("allotment", "said"),
    [
        (replace(ALLOTMENT, remainder=None), "names no rule"),
        (replace(ALLOTMENT, portions=(Portion("shop", "3/5", "60"), Portion("partner", "0.39", "40"))), "sum to 0.99"),
        (replace(ALLOTMENT, total="100.001"), "expected at most 2 decimals"),
        (replace(ALLOTMENT, total="200"), "expected 120"),
        (replace(ALLOTMENT, decimals=str(DECIMALS_MOST + 1)), "expected at most 30"),
        (replace(ALLOTMENT, portions=(Portion("shop", "1/0", "60"), *ALLOTMENT.portions[1:])), "divides by 0"),
    ],
)
def test_g18_refuses_an_allotment_that_is_off(allotment: Allotment, said: str) -> None:
    assert said in verdict(only(allotments=(allotment,))).findings[0].message


def test_g18_holds_the_legs_to_the_portions() -> None:
    moved = DoubleEntry(
        (leg("payer", "-100"), leg("shop", "61"), leg("partner", "39")), terms=Terms(allotments=(ALLOTMENT,))
    )
    assert [(found.code, found.delta) for found in verdict(moved).findings] == [("G18", "1"), ("G18", "-1")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rounding": None}, "names no rounding"),
        ({"amount": "3.01"}, "expected 3,"),
        ({"cap": "2.99"}, "expected at most 2.99"),
        ({"residue": "0.001"}, "expected 0"),
        ({"rate": "1/33"}, "expected 3.03"),
        ({"rate": "0.030049", "residue": "", "residue_account": ""}, "leaves 0.0049 out by rounding"),
        ({"account": "shop"}, "gets 60, expected fee and residue, 3"),
    ],
)
def test_g19_refuses_a_fee_that_is_off(change: dict[str, str], said: str) -> None:
    found = the(only(fees=(replace(FEE, **change),)))  # type: ignore[arg-type]
    assert found.code == "G19"
    assert said in found.message


def test_g19_multiplies_before_it_divides() -> None:
    """A third of 100, three times: the exact fee is 100, while a rate that is rounded first gives 99.99."""
    fee = replace(FEE, base="300", rate="1/3", amount="100", cap="", residue="", residue_account="")
    entry = DoubleEntry((leg("payer", "-100"), leg("fees", "100")), terms=Terms(fees=(fee,)))
    assert codes(entry) == []
    assert "G19" in codes(replace(entry, terms=Terms(fees=(replace(fee, amount="99.99"),))))


def test_g19_books_the_residue_where_it_is_stated() -> None:
    fee = replace(FEE, rate="0.030049", residue="0.0049")
    legs = (leg("payer", "-3.0049"), leg("fees", "3"), leg("rounding", "0.0049"))
    assert codes(DoubleEntry(legs, terms=Terms(fees=(fee,)))) == []
    unbooked = DoubleEntry((leg("payer", "-3"), leg("fees", "3")), terms=Terms(fees=(fee,)))
    assert the(unbooked).accounts == ("rounding",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bought": "55.01"}, "expected 55,"),
        ({"rate_source": ""}, "names no source"),
        ({"rounding": None}, "names no rounding"),
        ({"quoted_at": "2026-01-02T09:57:59.999Z"}, "is 120.001 s old"),
        ({"quoted_at": "2026-01-02T10:00:01Z"}, "1 s from now"),
        ({"quoted_at": ""}, "does not say when it was quoted"),
        ({"reference_rate": "1.0890"}, "expected at most 0.01089"),
        ({"reference_rate": ""}, "expected both or none"),
        ({"liquidity_account": "payer"}, "go into `payer`, expected 50"),
        ({"bought_commodity": "EUR"}, "expected two commodities"),
    ],
)
def test_g20_refuses_an_exchange_that_is_off(change: dict[str, str], said: str) -> None:
    changed = replace(EXCHANGE, **change)  # type: ignore[arg-type]
    found = verdict(only(exchanges=(changed,), times=TIMES)).findings[0]
    assert found.code == "G20"
    assert said in found.message


def test_g20_says_where_the_age_of_a_rate_was_not_checked() -> None:
    assert "present time is not given" in verdict(only(exchanges=(EXCHANGE,))).assumptions[-1]


@pytest.mark.parametrize(
    ("limit", "delta"),
    [
        (Limit(LimitKind.TRANSACTION, "EUR", "152.99", account="payer"), "0.01"),
        (Limit(LimitKind.WINDOW, "EUR", "1000", "847.50", "payer"), "0.5"),
        (Limit(LimitKind.PAYEE, "EUR", "60", "0.01", payee="shop"), "0.01"),
        (Limit(LimitKind.CUMULATIVE, "USD", "54", "0"), "1"),
    ],
)
def test_g21_refuses_what_exceeds_a_limit_and_says_by_how_much(limit: Limit, delta: str) -> None:
    found = the(only(limits=(limit,)))
    assert (found.code, found.delta) == ("G21", delta)


def test_g21_refuses_a_window_that_the_present_is_not_in() -> None:
    window = replace(TERMS.limits[1], closes="2026-01-02T10:00:00Z")
    assert codes(only(limits=(window,), times=TIMES)) == ["G21"]


def test_g21_says_where_only_this_transaction_was_counted() -> None:
    unused = Limit(LimitKind.WINDOW, "EUR", "153", account="payer")
    assert "was checked for this transaction alone" in verdict(only(limits=(unused,))).assumptions[-1]
    assert codes(only(limits=(replace(unused, most="152"),))) == ["G21"]


def test_g21_counts_what_leaves_in_full_although_some_comes_back() -> None:
    back = DoubleEntry(
        (leg("payer", "-10"), leg("shop", "4"), leg("payer", "6")),
        terms=Terms(limits=(Limit(LimitKind.TRANSACTION, "EUR", "9", account="payer"),)),
    )
    assert the(back).delta == "1"


@pytest.mark.parametrize(
    ("number", "window", "delta"), [("7", "", ""), ("8", "", "1"), ("8", "1", ""), ("9", "1", "1"), ("6", "5", "-1")]
)
def test_g23_takes_the_next_nonce_or_one_in_the_window(number: str, window: str, delta: str) -> None:
    found = verdict(only(nonce=Nonce("payer", number, window)))
    assert [finding.delta for finding in found.findings] == ([delta] if delta else [])


def test_g23_does_not_apply_where_the_next_nonce_is_not_given() -> None:
    assert "G23" in verdict(only(nonce=Nonce("shop", "1"))).not_applicable


def test_g24_refuses_a_state_without_a_version_beside_one_with() -> None:
    bare = (STATES[0], replace(STATES[1], version=""), STATES[2])
    assert codes(DoubleEntry(LEGS, states=bare)) == ["G24"]


def test_g24_refuses_a_state_that_is_newer_than_its_snapshot() -> None:
    assert [finding.delta for finding in verdict(only(state_version="41")).findings] == ["1", "1"]
    assert codes(only(state_version="a root")) == []


def test_g24_binds_the_verdict_to_what_it_was_given() -> None:
    assert ("state version", "42") in verdict(full()).proof_trace
    assert ("state version of payer", "41") in verdict(full()).proof_trace


@pytest.mark.parametrize(
    ("change", "delta"),
    [
        ({"booking_date": "2025-12-31", "value_date": ""}, "-1"),
        ({"booking_date": "2026-02-01", "value_date": ""}, "1"),
        ({"value_date": "2026-01-06"}, "1"),
        ({"value_date": "2025-12-29"}, "1"),
        ({"period_last": "2025-12-30", "booking_date": "", "value_date": ""}, "-2"),
        ({"present": "2026-01-02T09:59:59.999999999Z"}, "-1"),
        ({"runs_until": "2026-01-02T10:00:00Z", "runs_from": ""}, "0"),
        ({"expires": "2026-01-02T11:00:00+01:00"}, "0"),
    ],
)
def test_g29_refuses_a_date_or_time_out_of_bounds(change: dict[str, str], delta: str) -> None:
    found = the(only(times=replace(TIMES, **change)))
    assert (found.code, found.delta) == ("G29", delta)


def test_g29_without_a_present_time_is_not_applicable_or_says_so() -> None:
    assert "G29" in verdict(only(times=Times(expires="2026-01-02T10:00:00Z"))).not_applicable
    assert "were not checked" in verdict(only(times=replace(TIMES, present=""))).assumptions[-1]


@pytest.mark.parametrize(
    ("authority", "said"),
    [
        (replace(AUTHORITY, principal=""), "no principal"),
        (replace(AUTHORITY, mandates=AUTHORITY.mandates[:1]), "may not debit account `pool`"),
        (replace(AUTHORITY, mandates=(Mandate("payer", "EUR", "152"), *AUTHORITY.mandates[1:])), "and 153 leave"),
        (replace(AUTHORITY, mandates=(*AUTHORITY.mandates, Mandate("payer", "EUR"))), "has two mandates"),
        (replace(AUTHORITY, payee="Shop Ltd."), "the payee that was checked is `Shop Ltd.`"),
        (replace(AUTHORITY, paid=AUTHORITY.paid[1:]), "account `shop` gets 60"),
    ],
)
def test_g30_refuses_who_may_not_debit_and_who_was_not_checked(authority: Authority, said: str) -> None:
    found = verdict(only(authority=authority)).findings[0]
    assert found.code == "G30"
    assert said in found.message


def test_g30_takes_accounts_that_look_alike_for_two() -> None:
    cyrillic = replace(AUTHORITY, paid=("ѕhop", *AUTHORITY.paid[1:]))
    assert set(codes(only(authority=cyrillic))) == {"G30"}


@pytest.mark.parametrize(
    ("totals", "delta"),
    [
        (Totals("6"), "1"),
        (Totals("4"), "-1"),
        (Totals(control_sum="207.99"), "-0.01"),
        (Totals(control_sum="208.01"), "0.01"),
    ],
)
def test_g31_refuses_totals_that_are_not_the_contents(totals: Totals, delta: str) -> None:
    found = the(only(totals=totals))
    assert (found.code, found.delta) == ("G31", delta)


def test_g32_refuses_more_wrapped_than_locked() -> None:
    found = the(only(backings=(replace(BACKING, locked="19.99"),)))
    assert (found.code, found.delta) == ("G32", "0.01")
    issuing = DoubleEntry(
        (leg("issuer", "-1", "wEUR"), leg("shop", "1", "wEUR")),
        terms=Terms(backings=(replace(BACKING, wrapped="20", locked="20"),)),
    )
    assert the(issuing).delta == "1"


@pytest.mark.parametrize(
    ("chart", "said"),
    [
        (replace(CHART, accounts=CHART.accounts[1:]), "leg 1 is of account `payer`, which is not declared"),
        (replace(CHART, assets=("EUR",)), "leg 6 is in `USD`, which is no declared asset"),
        (replace(CHART, pairings=CHART.pairings[:-1]), "from type `liquidity` to type `client`"),
        (replace(CHART, accounts=(*CHART.accounts, ChartAccount("fees", "client"))), "is declared twice"),
        (
            replace(CHART, accounts=(replace(CHART.accounts[0], commodities=("USD",)), *CHART.accounts[1:])),
            "which account `payer` does not hold",
        ),
    ],
)
def test_g33_refuses_what_the_chart_does_not_permit(chart: Chart, said: str) -> None:
    found = verdict(only(chart=chart)).findings[0]
    assert found.code == "G33"
    assert said in found.message


def test_g33_bounds_the_types_of_a_chart() -> None:
    many = tuple(ChartAccount(f"a{number}", f"t{number}") for number in range(101))
    assert "expected at most 100" in the(only(chart=Chart(many, (), (Pairing("a", "b"),)))).message


@pytest.mark.parametrize(
    ("assertion", "delta"),
    [
        (Assertion("payer", "EUR", "1000"), "153"),
        (Assertion("payer", "EUR", "847", "0"), "-153"),
        (Assertion("shop", "EUR", "0", "2"), "-60"),
        (Assertion("shop", "EUR", "60", "8"), ""),
    ],
)
def test_g34_refuses_a_balance_that_is_another_at_that_point(assertion: Assertion, delta: str) -> None:
    found = the(only(assertions=(assertion,)))
    assert (found.code, found.delta) == ("G34", delta)


def test_g34_does_not_apply_to_an_account_whose_balance_is_not_given() -> None:
    unknown = Assertion("fees", "EUR", "3")
    assert "G34" in verdict(only(assertions=(unknown,))).not_applicable
    assert "was not compared" in verdict(only(assertions=(unknown, *TERMS.assertions))).assumptions[-1]


def test_findings_stand_in_the_order_of_their_checks() -> None:
    found = verdict(full(totals=Totals("6"), limits=(Limit(LimitKind.TRANSACTION, "EUR", "1e2"),), state_version="1"))
    listed = [finding.code for finding in found.findings]
    assert listed == sorted(listed)
    assert found.code == "G04"


def test_more_terms_than_legs_are_refused_before_any_is_read() -> None:
    many = tuple(Assertion("payer", "EUR", "1") for _ in range(TERMS_SIZE))
    assert codes(only(assertions=many)) == ["TOO_LARGE"]


def test_remainders_go_where_their_rule_says() -> None:
    def parts(rule: Remainder, *amounts: str) -> list[str]:
        shares = ("1/3", "1/3", "1/3")
        portions = tuple(
            Portion(name, share, amount) for name, share, amount in zip("abc", shares, amounts, strict=True)
        )
        legs = (leg("p", "-1"), *(leg(name, amount) for name, amount in zip("abc", amounts, strict=True)))
        given = Allotment("1.00", "EUR", "2", portions, rule)
        return codes(DoubleEntry(legs, terms=Terms(allotments=(given,))))

    assert parts(Remainder.FIRST, "0.34", "0.33", "0.33") == []
    assert parts(Remainder.LAST, "0.33", "0.33", "0.34") == []
    assert parts(Remainder.LARGEST, "0.34", "0.33", "0.33") == []
    assert set(parts(Remainder.FIRST, "0.33", "0.33", "0.34")) == {"G18"}


def test_a_state_alone_may_carry_a_version() -> None:
    states = (AccountState("payer", "EUR", "5", version="9"),)
    found = verdict(DoubleEntry((leg("payer", "-1"), leg("shop", "1")), states=states))
    assert "G24" in [result.id for result in found.obligations]
