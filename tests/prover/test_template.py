"""Templates: proved once, then decided for concrete values as the expert would decide them, without a solver."""

from __future__ import annotations

from random import Random

import pytest

from aethel.intent.compiled import Reason
from aethel.intent.compiled_binding import Binding
from aethel.intent.instance import instantiate
from aethel.intent.obligations import obligations
from aethel.intent.program import Program
from aethel.intent.reading import read
from aethel.intent.scope import spellings_before
from aethel.intent.terms import Sort, Value
from aethel.prover.local import local_expert
from aethel.prover.store import Proof
from aethel.prover.template import Decision, Template, template_of
from aethel.prover.template_index import Bounds, Found, Templates
from aethel.request import Context, Question
from aethel.verdict import Evidence, Outcome, Vote
from tests.fuzz.generator import generate
from tests.intent.readings import intent, reading
from tests.prover.asking import PAY
from tests.prover.proving import proved, skeleton_template, template

FEE = """intent pay(sender: Account<EUR>, receiver: Account<EUR>) {
    guard { due = 250.00; old_sender_balance >= due; due > 0; }  # an amount of 250
    effect { transfer(sender, receiver, due); }
    verify { sender_balance < old_sender_balance; }
}
"""
PAID: dict[str, Value] = {
    "sender": "alice",
    "receiver": "bob",
    "amount": 5,
    "old sender.balance": 9,
    "old receiver.balance": 0,
}
ACCOUNTS = {"sender": "alice", "receiver": "bob"}


def test_values_that_fulfil_every_hypothesis_are_approved() -> None:
    checked = template(PAY).check(PAID)
    assert (checked.decision, checked.failed, checked.open) == (Decision.APPROVE, None, ())


def test_a_false_guard_is_a_rejection_that_names_it() -> None:
    checked = template(PAY).check({**PAID, "amount": 10})
    assert checked.decision is Decision.REJECT
    assert checked.failed is not None
    assert checked.failed.line is not None
    assert checked.failed.line.text == "old_sender_balance >= amount"


@pytest.mark.parametrize("changed", [{"old sender.balance": 2**63 - 1, "old receiver.balance": 1}, {"amount": 2**64}])
def test_another_false_hypothesis_says_nothing_of_the_instance(changed: dict[str, Value]) -> None:
    assert template(PAY).check({**PAID, **changed}).decision is Decision.DIRECT


def test_hypotheses_on_missing_values_are_listed_as_open() -> None:
    checked = template(PAY).check({"sender": "alice", "receiver": "bob", "amount": 5})
    assert checked.decision is Decision.APPROVE
    assert [each.reason for each in checked.open] == [Reason.RANGE, Reason.RANGE, Reason.GUARD, Reason.SUPPLY]


def test_a_guard_that_is_false_whatever_is_missing_is_a_rejection() -> None:
    assert template(PAY).check({"amount": 0}).decision is Decision.REJECT


def test_rows_and_columns_are_decided_as_values_are() -> None:
    made = template(PAY)
    rows: list[dict[str, Value]] = [{**PAID, "amount": amount} for amount in (5, 0, 10)]
    columns = [[row[name] for row in rows] for name in made.names]
    expected = [made.check(row) for row in rows]
    assert made.check_many(columns) == expected
    assert [made.check_row([row[name] for name in made.names]) for row in rows] == expected


def test_the_results_are_those_of_the_obligations_of_the_text() -> None:
    file = reading(PAY).file
    assert file is not None
    results = template(PAY).results
    assert [each.id for each in results] == [each.id for each in obligations(file)]
    assert {each.outcome for each in results} == {Outcome.PROVED}


def test_a_proof_of_another_text_makes_no_template() -> None:
    other = PAY.replace("amount > 0", "amount > 1")
    assert template_of(reading(other), proved(PAY)) is None
    file = reading(other).file
    assert file is not None
    with pytest.raises(ValueError, match="not one of this file"):
        Template(file, Proof(file.digest, "1", ()))


def test_a_skeleton_is_decided_with_the_literals_of_the_text() -> None:
    skeleton, made = skeleton_template(FEE)
    values: dict[str, Value] = {
        "sender": "alice",
        "receiver": "bob",
        "old sender.balance": 30000,
        "old receiver.balance": 0,
    }
    decided = {amount: made.check(values, (amount, 0)).decision for amount in (25000, 30001, 2**63)}
    assert decided == {25000: Decision.APPROVE, 30001: Decision.REJECT, 2**63: Decision.DIRECT}
    assert len(skeleton.literals) == 2


def test_a_wrong_number_of_literals_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 literals"):
        skeleton_template(FEE)[1].check({}, (1,))


def test_a_skeleton_needs_a_witness_where_values_are_missing() -> None:
    text = FEE.replace("due > 0;", "due > 0; old_sender_balance <= 900.00;")
    made = skeleton_template(text)[1]
    assert made.check({}, (25000, 0, 90000)).decision is Decision.WITNESS
    assert made.check({}, (25000, 0, 10000)).decision is Decision.WITNESS


def test_the_results_of_a_skeleton_say_that_the_values_are_admitted() -> None:
    skeleton, made = skeleton_template(FEE)
    assert [each.id for each in made.results] == [each.id for each in obligations(skeleton.file)]
    assert [each.evidence for each in made.results if each.id in ("non_vacuous", "consistent")] == [
        Evidence.EVALUATED
    ] * 2


def test_every_intent_of_a_file_is_decided() -> None:
    text = f"atomic_batch {{ {PAY} {PAY.replace('pay(', 'pay_again(').replace('amount > 0', 'amount > 3')} }}"
    made = template(text)
    later = {**PAID, "old sender.balance": 4, "old receiver.balance": 5, "amount": 4}
    assert made.check_file([PAID, later]).decision is Decision.APPROVE
    refused = made.check_file([{**PAID, "old sender.balance": -1}, {**later, "amount": 3}])
    assert (refused.decision, refused.program) == (Decision.REJECT, 1)
    assert made.bind({}, Context()) is None
    with pytest.raises(ValueError, match="one intent"):
        made.check(PAID)


def test_a_text_is_found_as_a_whole_and_by_its_skeleton() -> None:
    skeleton, made = skeleton_template(FEE)
    known = Templates()
    known.add_skeleton(skeleton, made)
    own = template(PAY)
    known.add(PAY.encode(), Found(own))
    for _ in range(2):
        found = known.find(FEE.replace("due = 250.00", "due = 99.50").encode())
        assert found is not None
        assert (found.template, found.literals) == (made, (9950, 0))
    exact = known.find(PAY.encode())
    assert exact is not None
    assert (exact.template, exact.literals) == (own, ())
    assert known.find(PAY.replace("amount > 0", "amount > 1").encode()) is None


def test_the_template_of_a_text_counts_before_that_of_its_skeleton() -> None:
    skeleton, made = skeleton_template(FEE)
    known = Templates()
    known.add_skeleton(skeleton, made)
    assert known.find(FEE.encode()) is not None
    own = template(FEE)
    known.add(FEE.encode(), Found(own))
    found = known.find(FEE.encode())
    assert found is not None
    assert found.template is own


def test_what_is_evicted_is_found_no_more() -> None:
    skeleton, made = skeleton_template(FEE)
    known = Templates()
    known.add_skeleton(skeleton, made)
    assert known.find(FEE.encode()) is not None
    known.add(FEE.encode(), Found(made, (25000, 0)))
    known.add(PAY.encode(), Found(template(PAY)))
    known.evict(made.digest)
    assert known.find(FEE.encode()) is None
    assert known.find(FEE.replace("250.00", "1.00").encode()) is None
    assert known.find(PAY.encode()) is not None


def test_what_is_kept_is_bounded_and_the_least_recently_used_goes_first() -> None:
    known, made = Templates(Bounds(count=3)), template(PAY)
    texts = [PAY.replace("pay(", f"pay{number}(").encode() for number in range(4)]
    for text in texts[:3]:
        known.add(text, Found(made))
    assert known.find(texts[0]) is not None
    known.add(texts[3], Found(made))
    assert [known.find(text) is not None for text in texts] == [True, False, True, True]


def test_the_memory_of_what_is_kept_is_bounded() -> None:
    skeleton, lifted = skeleton_template(FEE)
    made = template(PAY)
    known = Templates(Bounds(total_bytes=max(made.size_bytes, lifted.size_bytes) + len(PAY)))
    for number in range(10):
        known.add(PAY.replace("pay(", f"pay{number}(").encode(), Found(made))
    known.add_skeleton(skeleton, lifted)
    known.add_skeleton(*skeleton_template(FEE.replace("due", "owed")))
    assert len(known) == 2
    small = Templates(Bounds(total_bytes=100))
    small.add(PAY.encode(), Found(made))
    small.add_skeleton(skeleton, lifted)
    assert len(small) == 0


def test_a_template_belongs_to_its_own_skeleton() -> None:
    skeleton, _ = skeleton_template(FEE)
    with pytest.raises(ValueError, match="not one of this skeleton"):
        Templates().add_skeleton(skeleton, template(PAY))


BOUND = [
    ({**ACCOUNTS, "amount": "5"}, Context(balances={"old_sender_balance": "9", "receiver_balance_before": "3"})),
    ({**ACCOUNTS, "amount": "5"}, Context(balances={"sender.balance": "9"}, inputs={"receiver_balance": "0"})),
    ({"amount": "5"}, Context(accounts=ACCOUNTS, balances={"sender_balance_old": "9"})),
    ({"amount": "007"}, Context()),
    ({}, Context()),
]
REFUSED = [
    ({"amount": "5.0"}, Context()),
    ({"amount": "5", "nobody": "1"}, Context()),
    ({"amount": "5"}, Context(inputs={"amount": "6"})),
    ({"amount": "5"}, Context(inputs={"amount": "5"})),
    ({"amount": "-5"}, Context()),
    ({"amount": "+5"}, Context()),
    ({"amount": "5."}, Context()),
    ({"amount": ""}, Context()),
    ({"amount": "٥"}, Context()),
    ({"amount": "1" * 81}, Context()),
    ({"amount": str(2**63)}, Context()),
    ({"sender": "alice", "receiver": "alice"}, Context()),
    ({"sender": ""}, Context()),
    ({}, Context(balances={"amount": "5"})),
    ({}, Context(accounts={"stranger": "x"})),
]


@pytest.mark.parametrize(("arguments", "context"), BOUND)
def test_given_texts_are_bound_as_reading_with_them_would(arguments: dict[str, str], context: Context) -> None:
    instance = instantiate(Question("t", PAY.encode(), arguments=arguments, context=context))
    assert instance.findings == ()
    assert template(PAY).bind(arguments, context) == instance.values[0]


def test_whatever_is_bound_is_what_reading_with_it_binds() -> None:
    random, bound_ones = Random(5), 0
    for seed in range(60):
        text = generate(seed).text.encode()
        file = read(text).file
        if file is None or len(file.programs) > 1:
            continue
        binding = Binding(file.programs[0])
        for _ in range(12):
            arguments, context = _given(file.programs[0], random)
            bound = binding.bind(arguments, context)
            if bound is None:
                continue
            instance = instantiate(Question("t", text, arguments=arguments, context=context))
            assert instance.findings == ()
            assert instance.reading.file is not None
            assert instance.reading.file.digest == file.digest
            assert instance.values[0] == bound
            bound_ones += len(bound) > 1
    assert bound_ones > 60


def _given(program: Program, random: Random) -> tuple[dict[str, str], Context]:
    """Texts for some variables, most of them fitting, by any of their names in any part of a request."""
    parts: tuple[dict[str, str], ...] = ({}, {}, {}, {})
    for variable in random.sample(program.variables, min(len(program.variables), random.randint(1, 4))):
        name = random.choice(spellings_before(variable.name.removeprefix("old ")))
        numeric = ("5", "0", "12", "1.5", "2.50", "1.000", "-3")
        fitting = {Sort.BOOL: ("true",), Sort.IDENTITY: (name, name, "x")}.get(variable.term.sort, numeric)
        text = random.choice(fitting if random.random() < 0.95 else ("", "x", "true", "1e5", "9" * 30))
        parts[random.choice((0, 0, 1, 2, 2, 3) if random.random() < 0.3 else (0, 2))][name] = text
    arguments, accounts, balances, inputs = parts
    return arguments, Context(balances=balances, inputs=inputs, accounts=accounts)


@pytest.mark.parametrize(("arguments", "context"), REFUSED)
def test_what_is_given_in_any_other_way_is_left_to_reading(arguments: dict[str, str], context: Context) -> None:
    assert template(PAY).bind(arguments, context) is None


def test_decimals_are_bound_where_the_registry_fixes_them_or_the_text_has_as_many() -> None:
    known = template(PAY.replace("Account", "Account<EUR>").replace("amount: Balance", "amount: Balance<EUR>"))
    assert known.bind({"amount": "12.50"}, Context()) == {"amount": 1250}
    assert known.bind({"amount": "12.500"}, Context()) == {"amount": 1250}
    assert known.bind({"amount": "12.505"}, Context()) is None
    finer = template(PAY.replace("amount > 0", "amount > 0.10"))
    assert finer.bind({"amount": "12.5"}, Context()) == {"amount": 1250}
    assert finer.bind({"amount": "12.500"}, Context()) is None


def test_a_name_that_a_decimal_point_would_make_rational_is_left_to_reading() -> None:
    made = template(intent("x: Int", "n > 0; x >= n;", "x >= n;"))
    assert made.bind({"n": "5", "x": "7"}, Context()) == {"n": 5, "x": 7}
    assert made.bind({"n": "5.0", "x": "7"}, Context()) is None


def test_an_account_that_a_cell_makes_of_another_parameter_is_left_to_reading() -> None:
    text = intent(
        "a: Text, a_balance: Balance, b: Account", "old_a_balance >= 1;", "a_balance >= 0;", "b.balance += 0;"
    )
    alike = {"a": "x", "b": "x"}
    assert instantiate(Question("t", text.encode(), arguments=alike)).findings[0].code == "ALIASED_ACCOUNTS"
    assert template(text).bind(alike, Context()) is None


def test_a_balance_that_would_change_the_reading_is_left_to_it() -> None:
    made = template(intent("x: Int, a: Account", "n > 0; x >= 1;", "x >= 1;"))
    assert made.bind({}, Context(balances={"n": "5"})) is None


def test_templates_decide_as_the_expert_does() -> None:
    made, expert, random = template(PAY), local_expert(), Random(3)
    decided: set[Vote] = set()
    for _ in range(25):
        balance, amount = random.choice((0, 4, 5, 6, 2**63 - 2)), random.choice((0, 1, 5, 6))
        arguments = {**ACCOUNTS, "amount": str(amount)}
        context = Context(balances={"sender_balance": str(balance), "receiver_balance": str(random.choice((0, 1)))})
        verdict = expert.verify(Question("t", PAY.encode(), arguments=arguments, context=context), 10_000)
        bound = made.bind(arguments, context)
        assert bound is not None
        decision = made.check(bound).decision
        decided.add(verdict.verdict)
        if decision is not Decision.DIRECT:
            assert verdict.verdict is (Vote.APPROVE if decision is Decision.APPROVE else Vote.REJECT)
    assert decided == {Vote.APPROVE, Vote.REJECT}


def test_a_skeleton_decides_as_the_expert_does() -> None:
    skeleton, made = skeleton_template(FEE)
    known, expert = Templates(), local_expert()
    known.add_skeleton(skeleton, made)
    for amount in ("0.00", "0.01", "250.00", "300.00", "300.01"):
        text = FEE.replace("due = 250.00", f"due = {amount}").encode()
        context = Context(balances={"old_sender_balance": "300", "old_receiver_balance": "0.5"})
        found = known.find(text)
        assert found is not None
        bound = made.bind(ACCOUNTS, context)
        assert bound is not None
        verdict = expert.verify(Question("t", text, arguments=ACCOUNTS, context=context), 10_000)
        approved = found.template.check(bound, found.literals).decision is Decision.APPROVE
        assert approved is (verdict.verdict is Vote.APPROVE)
        file = read(text).file
        assert file is not None
        assert [each.id for each in found.template.results] == [each.id for each in obligations(file)]
