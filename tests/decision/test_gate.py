"""The floor: which experts a question needs, over every combination of features and on real texts."""

from collections.abc import Iterator
from itertools import combinations

import pytest

from aethel.decision.features import Feature, features_of_file, features_of_transaction
from aethel.decision.gate import FOOTPRINTS, UNREAD, choose, plan
from aethel.intent.instance import instantiate
from aethel.intent.obligations import obligations
from aethel.intent.program import IntentFile
from aethel.intent.reading import read
from aethel.request import Context, Question
from aethel.transaction import (
    AccountTransaction,
    AmountText,
    DoubleEntry,
    MerkleProof,
    Posting,
    TextField,
    Transaction,
    TreeRoot,
    Unsupported,
    UtxoBatch,
)
from aethel.v1 import expert_pb2
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, Disposition
from tests.decision.intents import COUNTER, PAYMENT, TWO_PAYMENTS

ALWAYS = {"S01", "S02", "S03", "S04", "S08", "S09", "S10", "S11"}
"""The Sentinel's classes of whatever holds text."""

EVERYBODY = (Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT)

ENTRY = DoubleEntry((Posting("a", "1", "EUR"), Posting("b", "-1", "EUR")))
TRANSACTIONS: tuple[Transaction, ...] = (
    ENTRY,
    AccountTransaction("0", "1", "21000", "", "1"),
    UtxoBatch((), ()),
    MerkleProof("rfc6962-sha256", "inclusion"),
    AmountText("1"),
    Unsupported("ach_batch"),
)


def _lattice() -> Iterator[frozenset[Feature]]:
    features = tuple(Feature)
    for size in range(len(features) + 1):
        for chosen in combinations(features, size):
            yield frozenset(chosen)


def _file(text: bytes) -> IntentFile:
    file = read(text).file
    assert file is not None
    return file


def test_money_never_moves_without_sentinel_and_guardian() -> None:
    for features in _lattice():
        if Feature.MONEY in features:
            assert {SENTINEL_EXPERT, GUARDIAN_EXPERT} <= set(choose(features)), features


def test_a_feature_more_never_removes_an_expert() -> None:
    for features in _lattice():
        for feature in Feature:
            assert set(choose(features)) <= set(choose(features | {feature})), (features, feature)


def test_an_expert_is_left_out_only_where_its_footprint_is_untouched() -> None:
    for features in _lattice():
        for name in set(EVERYBODY) - set(choose(features)):
            assert not features & FOOTPRINTS[name], (features, name)


def test_properties_and_arithmetic_always_need_the_prover() -> None:
    touched = frozenset({Feature.PROPERTIES, Feature.ARITHMETIC})
    assert all(Z3_EXPERT in choose(features) for features in _lattice() if features & touched)


def test_a_transaction_always_needs_the_guardian() -> None:
    assert all(GUARDIAN_EXPERT in choose(features) for features in _lattice() if Feature.TRANSACTION in features)


def test_everybody_is_asked_when_in_doubt() -> None:
    assert all(choose(features) == EVERYBODY for features in _lattice() if Feature.NOT_UNDERSTOOD in features)


def test_every_feature_brings_somebody() -> None:
    assert all(choose(frozenset({feature})) for feature in Feature)


def test_every_footprint_can_be_said_in_the_contract() -> None:
    named = {feature.name for footprint in FOOTPRINTS.values() for feature in footprint}
    assert {f"FEATURE_{name}" for name in named} <= set(expert_pb2.Feature.keys())


def test_a_payment_is_judged_by_everybody() -> None:
    payment = plan(Question("tx", intent_text=PAYMENT), _file(PAYMENT))
    assert payment.experts == EVERYBODY
    assert payment.features == {
        Feature.INTENT,
        Feature.MONEY,
        Feature.BALANCES,
        Feature.PROPERTIES,
        Feature.ARITHMETIC,
        Feature.IDENTITIES,
    }
    assert payment.written_cells == ("payer_balance", "payee_balance")
    assert (payment.scope, payment.language_version) == ("TEMPLATE", "1")


def test_a_cell_that_is_only_read_is_not_written() -> None:
    text = PAYMENT.replace(b"guard {", b"guard { old_reserve_balance > 0;")
    assert plan(Question("tx", intent_text=text), _file(text)).written_cells == ("payer_balance", "payee_balance")


def test_every_obligation_of_a_program_is_required_of_the_prover() -> None:
    file = _file(TWO_PAYMENTS)
    required = plan(Question("tx", intent_text=TWO_PAYMENTS), file).required
    ids = [obligation.id for obligation in obligations(file)]
    assert len(set(ids)) == len(ids) > 10
    assert all(Z3_EXPERT in required[name] for name in ids)


def test_the_guardian_may_decide_conservation_and_nothing_else_of_a_program() -> None:
    required = plan(Question("tx", intent_text=PAYMENT), _file(PAYMENT)).required
    may = {name for name, entitled in required.items() if GUARDIAN_EXPERT in entitled}
    assert may == {name for name in required if name.startswith("conserved.")} != set()


def test_nobody_but_the_sentinel_may_decide_its_classes() -> None:
    required = plan(Question("tx", intent_text=PAYMENT), _file(PAYMENT)).required
    classes = {name: entitled for name, entitled in required.items() if name.startswith("S")}
    assert set(classes) == ALWAYS | {"S07", "S16", "S17", "S21", "S22", "S23", "S24"}
    assert set(classes.values()) == {frozenset({SENTINEL_EXPERT})}


def test_an_intent_without_money_needs_no_guardian_and_says_why() -> None:
    counting = plan(Question("tx", intent_text=COUNTER), _file(COUNTER))
    assert counting.experts == (Z3_EXPERT, SENTINEL_EXPERT)
    assert "money" in counting.skipped[GUARDIAN_EXPERT]


def test_a_given_balance_makes_it_the_guardians_business() -> None:
    question = Question("tx", intent_text=COUNTER, context=Context(balances={"x": "1"}))
    assert GUARDIAN_EXPERT in plan(question, _file(COUNTER)).experts


def test_given_state_and_identities_are_features() -> None:
    file = _file(COUNTER)
    assert Feature.EXTERNALS in features_of_file(file, Context(inputs={"x": "1"}))
    assert Feature.IDENTITIES in features_of_file(file, Context(accounts={"x": "1"}))


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        (PAYMENT.replace(b"payer.balance -= amount;", b"transfer(payer, payee, amount);"), Feature.MONEY),
        (PAYMENT.replace(b"amount: Balance", b"external amount: Balance"), Feature.EXTERNALS),
        (PAYMENT.replace(b"effect {", b"effect { for i in 0..2 { payer.balance += 0; }"), Feature.LOOPS),
        (COUNTER.replace(b"step: Int", b"step: Int, memo: Text"), Feature.TEXT),
        (COUNTER.replace(b"old_total +", b"old_total + other +"), Feature.EXTERNALS),
        (COUNTER.replace(b"step: Int", b"step: Int, key: Hash"), Feature.IDENTITIES),
        (COUNTER.replace(b"step: Int", b"step: Int, price: Balance"), Feature.BALANCES),
    ],
)
def test_what_a_text_touches_is_seen(text: bytes, feature: Feature) -> None:
    assert feature in features_of_file(_file(text), Context())


def test_the_proofs_and_trusted_roots_that_are_given_must_be_checked() -> None:
    proofs = tuple(MerkleProof("s", op) for op in ("inclusion", "consistency", "update"))
    given = Context(proofs=proofs, roots=(TreeRoot("s", "1", "ab"),))
    file = _file(COUNTER)
    for bare, full in (
        (
            plan(Question("tx", intent_text=COUNTER), file),
            plan(Question("tx", intent_text=COUNTER, context=given), file),
        ),
        (plan(Question("tx", transaction=ENTRY), None), plan(Question("tx", transaction=ENTRY, context=given), None)),
    ):
        added = full.required.items() - bare.required.items()
        assert dict(added) == dict.fromkeys(("G24", "G25", "G26", "G27", "G28"), frozenset({GUARDIAN_EXPERT}))
        assert GUARDIAN_EXPERT in full.experts
        assert full.scope == "INSTANCE"


@pytest.mark.parametrize(
    ("operation", "check"),
    [("inclusion", "G25"), ("existence", "G25"), ("consistency", "G26"), ("update", "G28"), ("unheard of", "G25")],
)
def test_a_proof_needs_the_check_of_what_it_shows_and_that_of_its_tree(operation: str, check: str) -> None:
    required = plan(Question("tx", transaction=MerkleProof("s", operation)), None).required
    assert {name for name in required if name.startswith("G")} == {check, "G27"}


def test_a_text_on_its_own_is_the_sentinels_alone() -> None:
    alone = plan(Question("tx", transaction=TextField("rent")), None)
    assert alone.experts == (SENTINEL_EXPERT,)
    assert set(alone.required) == ALWAYS | {"S24"}
    assert set(alone.required.values()) == {frozenset({SENTINEL_EXPERT})}
    given = Context(roots=(TreeRoot("s", "1", "ab"),))
    assert GUARDIAN_EXPERT in plan(Question("tx", transaction=TextField("rent"), context=given), None).experts


def test_something_given_makes_it_an_instance() -> None:
    question = Question("tx", intent_text=PAYMENT, arguments={"amount": "5"})
    assert plan(question, _file(PAYMENT)).scope == "INSTANCE"


@pytest.mark.parametrize("transaction", TRANSACTIONS[:-1], ids=lambda one: type(one).__name__)
def test_a_concrete_transaction_needs_no_prover(transaction: Transaction) -> None:
    planned = plan(Question("tx", transaction=transaction), None)
    assert planned.experts == (SENTINEL_EXPERT, GUARDIAN_EXPERT)
    guardians = {name for name, entitled in planned.required.items() if entitled == {GUARDIAN_EXPERT}}
    assert guardians
    assert all(name.startswith("G") for name in guardians)


@pytest.mark.parametrize("transaction", TRANSACTIONS, ids=lambda one: type(one).__name__)
def test_every_transaction_has_something_that_must_be_proved(transaction: Transaction) -> None:
    assert plan(Question("tx", transaction=transaction), None).required
    assert Feature.TRANSACTION in features_of_transaction(transaction)


def test_given_balance_and_nonce_of_a_sender_must_be_checked() -> None:
    bare = plan(Question("tx", transaction=AccountTransaction("0", "1", "21000", "", "1")), None)
    known = plan(Question("tx", transaction=AccountTransaction("0", "1", "21000", "", "1", "0", "9")), None)
    assert set(known.required) - set(bare.required) == {"G12", "G23"}


def test_a_transaction_nobody_reads_is_put_to_everybody_and_can_never_be_approved() -> None:
    planned = plan(Question("tx", transaction=Unsupported("ach_batch")), None)
    assert planned.experts == EVERYBODY
    assert planned.required[UNREAD] == frozenset()


def test_a_text_without_programs_and_without_a_finding_can_never_be_approved() -> None:
    planned = plan(Question("tx", intent_text=b"?"), None)
    assert planned.experts == EVERYBODY
    assert planned.required[UNREAD] == frozenset()


def test_an_unreadable_text_is_put_to_nobody() -> None:
    instance = instantiate(Question("tx", intent_text=b"please pay"))
    planned = plan(Question("tx", intent_text=b"please pay"), None, instance.reading.findings)
    assert planned.findings
    assert planned.experts == ()
    assert all(finding.disposition is Disposition.REJECT for finding in planned.findings)
