"""What the store keeps of a question: what is content and what is state, and how far each balance moves."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from aethel.decision.path import prepare
from aethel.request import Context, Question, Scope
from aethel.store.asked import footprint_of, subject_of
from aethel.store.footprint import Change, Spend
from aethel.terms import Nonce
from aethel.transaction import (
    AccountState,
    AccountTransaction,
    AmountText,
    DoubleEntry,
    MerkleProof,
    Phase,
    Posting,
    Transaction,
    Transfer,
    TransferBatch,
    TreeRoot,
    Unspent,
    Unsupported,
    UtxoBatch,
    UtxoSpend,
)
from tests.decision.intents import PAYMENT
from tests.ledger.full_terms import REVERSAL, TERMS, TIMES
from tests.ledger.transfers import MOST, account, batch, move
from tests.store.asking import resolving

ENTRY = DoubleEntry(
    (Posting("a", "-5", "EUR"), Posting("b", "5", "EUR")),
    states=(AccountState("a", "EUR", "9", lower="0", version="3"),),
)
ASKED = Question("t", PAYMENT, arguments={"amount": "1"}, context=Context({"payer_balance": "5"}, {}, {"payer": "x"}))


def changed(before: Question, after: Question) -> set[str]:
    one, two = (subject_of(prepare(question).question).content for question in (before, after))
    return {name for name in {*one, *two} if one.get(name) != two.get(name)}


def test_layout_and_balances_are_no_content() -> None:
    assert changed(ASKED, replace(ASKED, intent_text=b"\n# other\n" + PAYMENT)) == set()
    richer = replace(ASKED, context=replace(ASKED.context, balances={"payer_balance": "6"}))
    assert changed(ASKED, richer) == set()
    assert subject_of(ASKED).state != subject_of(richer).state


def test_program_arguments_and_accounts_are_content() -> None:
    assert changed(ASKED, replace(ASKED, arguments={"amount": "2"})) == {"arguments.amount"}
    elsewhere = replace(ASKED, context=replace(ASKED.context, accounts={"payer": "y"}))
    assert changed(ASKED, elsewhere) == {"accounts.payer"}
    other = replace(ASKED, intent_text=PAYMENT.replace(b"-= amount", b"-= amount + 0"))
    assert changed(ASKED, other) <= {"program"}


def test_postings_are_content_and_states_are_not() -> None:
    asked = Question("t", transaction=ENTRY)
    more = replace(ENTRY, postings=(Posting("a", "-6", "EUR"), Posting("b", "6", "EUR")))
    assert changed(asked, Question("t", transaction=more)) == {"postings"}
    shown = Question("t", transaction=replace(ENTRY, states=()))
    assert changed(asked, shown) == set()
    assert subject_of(asked).state != subject_of(shown).state


@pytest.mark.parametrize(
    ("transaction", "state"),
    [
        (ENTRY, {"states"}),
        (AccountTransaction("1", "1", "1", "", "1"), {"expected_nonce", "balance", "state_version"}),
        (UtxoBatch((Unspent("a:0", "1"),), ()), {"utxo_set", "state_version"}),
        (TransferBatch((Transfer("1"),)), {"accounts", "booked", "now_ns"}),
        (AmountText("1"), set()),
        (MerkleProof("s", "inclusion"), set()),
        (Unsupported("x"), set()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_field_that_is_no_state_is_content(transaction: Transaction, state: set[str]) -> None:
    content = subject_of(Question("t", transaction=transaction)).content
    assert content.keys() == {"kind", *({one.name for one in fields(transaction)} - state)}


@pytest.mark.parametrize(
    "shown",
    [
        {"state_version": "43"},
        {"assertions": ()},
        {"limits": tuple(replace(limit, used="1") for limit in TERMS.limits)},
        {"reversal": replace(REVERSAL, original=(), refunds=())},
        {"times": replace(TIMES, present="")},
        {"backings": tuple(replace(backing, wrapped="1", locked="1") for backing in TERMS.backings)},
    ],
    ids=lambda shown: next(iter(shown)),
)
def test_what_terms_say_of_the_state_before_is_no_content(shown: dict[str, object]) -> None:
    asked = Question("t", transaction=replace(ENTRY, terms=TERMS))
    other = Question("t", transaction=replace(ENTRY, terms=replace(TERMS, **shown)))  # type: ignore[arg-type]
    assert changed(asked, other) == set()
    assert subject_of(asked).state != subject_of(other).state


@pytest.mark.parametrize(
    "meant",
    [
        {"limits": tuple(replace(limit, most="1") for limit in TERMS.limits)},
        {"reversal": replace(REVERSAL, original_id="another")},
        {"nonce": Nonce("payer", "9")},
        {"identity": None},
        {"authority": None},
        {"times": replace(TIMES, booking_date="")},
    ],
    ids=lambda meant: next(iter(meant)),
)
def test_every_other_part_of_terms_is_content(meant: dict[str, object]) -> None:
    asked = Question("t", transaction=replace(ENTRY, terms=TERMS))
    other = Question("t", transaction=replace(ENTRY, terms=replace(TERMS, **meant)))  # type: ignore[arg-type]
    assert changed(asked, other) == {"terms"}


def test_proofs_and_trusted_roots_are_state() -> None:
    shown = replace(ASKED, context=replace(ASKED.context, proofs=(MerkleProof("s", "inclusion"),)))
    trusted = replace(ASKED, context=replace(ASKED.context, roots=(TreeRoot("s", "1", "ab"),)))
    assert changed(ASKED, shown) == changed(ASKED, trusted) == set()
    assert len({subject_of(question).state for question in (ASKED, shown, trusted)}) == 3


def test_what_was_asked_for_given_values_is_not_answered_for_all() -> None:
    assert changed(ASKED, replace(ASKED, scope=Scope.TEMPLATE)) == {"scope"}


def test_a_balance_moves_as_far_as_its_lowest_and_highest_point_on_the_way() -> None:
    postings = [Posting("a", amount, "EUR") for amount in ("2", "-7", "1")]
    entry = replace(ENTRY, postings=(*postings, Posting("b", "4", "EUR")))
    change = footprint_of(Question("t", transaction=entry)).changes[0]
    assert change == Change(
        "a", "EUR", Decimal(-4), Decimal(5), Decimal(2), Decimal(9), version=3, lower=Decimal(0), upper=None
    )
    net = footprint_of(Question("t", transaction=replace(entry, net_settled=True))).changes[0]
    assert (net.down, net.up) == (Decimal(4), Decimal(0))


def test_a_left_out_amount_moves_what_is_left() -> None:
    entry = DoubleEntry((Posting("a", "-5.5", "EUR"), Posting("b", "", "EUR", inferred=True)))
    assert [one.net for one in footprint_of(Question("t", transaction=entry)).changes] == [
        Decimal("-5.5"),
        Decimal("5.5"),
    ]


def test_one_output_has_one_name() -> None:
    batch = UtxoBatch((), (UtxoSpend("t", ("AB:0",), ()),))
    assert footprint_of(Question("t", transaction=batch)).spends == (Spend("ab:0"),)


def test_what_is_not_reserved_is_said() -> None:
    assert footprint_of(ASKED).notes
    assert footprint_of(Question("t", transaction=AccountTransaction("1", "1", "1", "", "1"))).notes


@pytest.mark.parametrize(
    "transaction",
    [
        Unsupported("ach_batch"),
        replace(ENTRY, postings=(Posting("a", "x", "EUR"),)),
        replace(ENTRY, states=(AccountState("a", "EUR", "9", version="-1"),)),
        UtxoBatch((), (UtxoSpend("t", ("ab",), ()),)),
    ],
    ids=["unsupported", "amount", "version", "outpoint"],
)
def test_what_no_expert_approves_has_no_footprint(transaction: Transaction) -> None:
    with pytest.raises(ValueError, match="footprint"):
        footprint_of(Question("t", transaction=transaction))


def test_a_transfer_moves_each_account_as_far_as_its_room_shrinks_on_the_way() -> None:
    transfers = (move(1, 1, 2, amount=3), move(2, 2, 1, amount=5), move(3, 1, 2, amount=4, phase=Phase.PENDING))
    question = Question("t", transaction=batch(*transfers, accounts=(account(1), account(2))))
    first, second = footprint_of(question).changes
    assert [first.net, first.flow, first.down, first.up] == [2, -2, 3, 2]
    assert [second.net, second.flow, second.down, second.up] == [-2, 2, 2, 3]


@pytest.mark.parametrize("phase", [Phase.SINGLE, Phase.PENDING])
def test_the_widest_amounts_are_counted_to_the_unit(phase: Phase) -> None:
    accounts = (account(1), account(2))
    moved = batch(move(1, amount=MOST - 2, phase=phase), move(2, amount=1, phase=phase), accounts=accounts)
    first, second = footprint_of(Question("t", transaction=moved)).changes
    assert [first.down, first.flow, second.up] == [MOST - 1, 1 - MOST, MOST - 1]


def test_the_widest_pending_transfer_is_resolved_to_the_unit() -> None:
    opened = batch(move(1, amount=MOST - 1, phase=Phase.PENDING))
    posting = resolving(batch(move(2, amount=MOST - 2, phase=Phase.POST, pending_id="1")), opened)
    found = footprint_of(Question("t", transaction=posting))
    assert [found.resolvings[0].amount, found.changes[0].net] == [MOST - 2, 2 - MOST]
