"""Conservation of what an intent moves: proved by polynomials, refuted by replayed values, else left open."""

import pytest

from aethel.ledger import intents
from aethel.request import Question
from aethel.verdict import Evidence, ExpertVerdict, Outcome, Vote
from tests.ledger.entries import DEADLINE_MS, GUARDIAN, verdict_on

PAY = """intent pay(sender: Account, receiver: Account, third: Account, amount: Balance, fee: Balance, vip: Bool) {
    guard { %s }
    effect { %s }
    verify { sender_balance >= 0; }
}"""
ENOUGH = "old_sender_balance >= amount + fee;"


def pay(effect: str, guard: str = ENOUGH) -> str:
    return PAY % (guard, effect)


def outcome(found: ExpertVerdict) -> tuple[str, Outcome]:
    (result,) = (result for result in found.obligations if "conserved" in result.id)
    return result.id, result.outcome


def assert_proved(text: str, **given: dict[str, str]) -> None:
    found = verdict_on(text, **given)
    assert (found.verdict, found.evidence) == (Vote.APPROVE, Evidence.EVALUATED)
    assert found.program_digest


def assert_refuted(text: str, **given: dict[str, str]) -> ExpertVerdict:
    found = verdict_on(text, **given)
    assert (found.verdict, found.code, found.evidence) == (Vote.REJECT, "G10", Evidence.EVALUATED)
    counterexample = found.findings[0].counterexample
    assert counterexample is not None
    assert counterexample.replayed
    return found


def assert_open(text: str, because: Outcome, **given: dict[str, str]) -> ExpertVerdict:
    found = verdict_on(text, **given)
    assert (found.verdict, found.evidence) == (Vote.ABSTAIN, Evidence.NONE)
    assert outcome(found)[1] is because
    assert found.findings == ()
    return found


@pytest.mark.parametrize(
    "effect",
    [
        "transfer(sender, receiver, amount);",
        "sender.balance -= amount; receiver.balance += amount;",
        "sender.balance -= amount + fee; receiver.balance += amount; third.balance += fee;",
        "if (vip) { transfer(sender, receiver, amount); } else { transfer(sender, third, amount); }",
        "if (vip) { transfer(sender, receiver, amount); } if (vip) { transfer(receiver, third, min(amount, fee)); }",
        "transfer(sender, receiver, amount * 3 / 100); transfer(sender, third, amount - amount * 3 / 100);",
        "sender.balance -= amount; receiver.balance += amount / 3 * 3; third.balance += amount % 3;",
        "for i in 0..20 { if (amount > i) { transfer(sender, receiver, fee); } }",
        "sender.balance = sender.balance + receiver.balance - fee; receiver.balance = fee;",
    ],
)
def test_what_cancels_in_every_branch_is_proved(effect: str) -> None:
    assert_proved(pay(effect))


@pytest.mark.parametrize(
    "effect",
    [
        "sender.balance -= amount + fee; receiver.balance += amount;",
        "sender.balance -= amount; receiver.balance += amount; if (vip) { third.balance += 1; }",
        "if (amount > 1000) { sender.balance -= amount; } else { transfer(sender, receiver, amount); }",
        "sender.balance -= amount; receiver.balance += amount / 3; third.balance += amount / 3;",
        "sender.balance -= amount; receiver.balance += amount + amount % 7;",
        "sender.balance -= amount * 3 / 100; receiver.balance += div_ceil(amount * 3, 100);",
    ],
)
def test_what_does_not_cancel_is_refuted_with_replayed_values(effect: str) -> None:
    assert_refuted(pay(effect))


def test_a_guard_that_makes_parts_sum_to_the_whole_is_used() -> None:
    text = pay("sender.balance -= amount; receiver.balance += fee; third.balance += fee;", "amount == fee + fee;")
    assert_proved(text)
    assert_refuted(text.replace("amount == fee + fee", "amount == fee + fee + 1"))


def test_a_guard_that_settles_a_value_is_used_inside_roundings_too() -> None:
    text = pay("sender.balance -= amount / 7; receiver.balance += amount * (times + 1) / 7;", "times == 0;")
    text = text.replace("vip: Bool", "times: Int")
    assert_proved(text)
    assert_refuted(text.replace("times == 0", "times == 1"))


def test_a_guard_that_settles_a_truth_is_used() -> None:
    text = pay("if (vip) { sender.balance -= 1; } else { transfer(sender, receiver, amount / 7); }", "not vip;")
    assert_proved(text)
    assert_refuted(text.replace("not vip;", "vip;"))


def test_a_guard_that_rules_a_branch_out_is_used() -> None:
    text = pay(
        "if (amount > 100) { sender.balance -= 1; } else { transfer(sender, receiver, amount); }", "amount <= 100;"
    )
    assert_proved(text)
    assert_refuted(text.replace("amount <= 100", "amount <= 101"))


def test_a_guard_that_makes_a_branch_certain_is_used() -> None:
    text = pay(
        "if (amount > 100) { transfer(sender, receiver, amount); } else { sender.balance -= 1; }", "amount > 100;"
    )
    assert_proved(text)
    assert_refuted(text.replace("guard { amount > 100", "guard { amount > 99"))


def test_a_type_that_rules_a_branch_out_is_used() -> None:
    assert_proved(pay("if (amount < 0) { sender.balance += 1; } transfer(sender, receiver, amount);"))


def test_the_declarative_form_is_judged_alike() -> None:
    text = """intent pay(sender: Account, receiver: Account, amount: Balance) {
        guard { old_sender_balance >= amount; }
        verify { sender_balance == old_sender_balance - amount; receiver_balance == old_receiver_balance + amount; }
    }"""
    assert_proved(text)
    assert_refuted(text.replace("old_receiver_balance + amount", "old_receiver_balance + 2 * amount"))
    assert_refuted(text.replace("receiver_balance == old", "receiver_balance >= old"))


def test_each_asset_is_conserved_by_itself() -> None:
    text = """intent exchange(
        a: Account<EUR>, b: Account<EUR>, c: Account<USD>, d: Account<USD>, n: Balance<EUR>, m: Balance<USD>
    ) {
        guard { old_a_balance >= n; old_d_balance >= m; }
        effect { transfer(a, b, n); d.balance -= m; c.balance += m; }
        verify { a_balance >= 0.00; }
    }"""
    assert {result.id for result in verdict_on(text).obligations} == {"conserved.EUR", "conserved.USD"}
    assert_proved(text)
    found = verdict_on(text.replace("c.balance += m", "c.balance += m + 0.01"))
    assert found.findings[0].delta == "0.01"
    assert {result.id: result.outcome for result in found.obligations} == {
        "conserved.EUR": Outcome.PROVED,
        "conserved.USD": Outcome.REFUTED,
    }


def test_a_finding_tells_the_change_and_who_was_touched() -> None:
    found = assert_refuted(pay("sender.balance -= amount; receiver.balance += amount + 2;"))
    finding = found.findings[0]
    assert finding.delta == "2"
    assert finding.accounts == ("sender_balance", "receiver_balance")
    assert finding.intent == "pay"
    assert found.reason == "the sum of default changes by 2, expected no change"


LEAK = pay("sender.balance -= amount + fee; receiver.balance += amount;")
STATE = {"sender_balance": "100", "receiver_balance": "0"}


def test_given_values_can_make_a_sum_conserved() -> None:
    assert_proved(LEAK, arguments={"fee": "0"})
    assert_refuted(LEAK, arguments={"fee": "1"})


def test_a_full_instance_is_evaluated_exactly() -> None:
    assert_proved(LEAK, arguments={"amount": "100", "fee": "0", "vip": "true"}, balances=STATE)
    found = assert_refuted(LEAK, arguments={"amount": "60", "fee": "40", "vip": "true"}, balances=STATE)
    assert found.findings[0].delta == "-40"


def test_a_false_hypothesis_does_not_excuse_a_full_instance() -> None:
    most = str(2**63 - 1)
    state = {"sender_balance": most, "receiver_balance": most}
    found = assert_refuted(LEAK, arguments={"amount": "1", "fee": "1", "vip": "true"}, balances=state)
    assert found.findings[0].delta == "-1"


def test_a_false_guard_is_left_to_who_names_it() -> None:
    for given in ({"amount": "60", "fee": "41"}, {"amount": "60", "fee": "41", "vip": "true"}):
        found = assert_open(LEAK, Outcome.UNMODELLED, arguments=given, balances=STATE)
        assert "the guard `old_sender_balance >= amount + fee` is false" in found.reason


def test_a_given_value_is_not_replaced_by_the_one_a_guard_demands() -> None:
    text = LEAK.replace("guard {", "guard { fee == 0;")
    assert_proved(text)
    found = assert_open(text, Outcome.UNMODELLED, arguments={"fee": "1"})
    assert "the guard `fee == 0` is false" in found.reason


def test_a_secret_never_shows_in_a_change() -> None:
    text = LEAK.replace("fee: Balance", "secret fee: Balance")
    found = assert_refuted(text, arguments={"fee": "31337"})
    assert "31337" not in repr(found.findings[0].delta) + found.reason
    assert found.findings[0].delta == ""


def test_a_secret_guard_is_not_quoted() -> None:
    text = LEAK.replace("old_sender_balance >= amount", "secret old_sender_balance >= 31337 + amount")
    found = assert_open(text, Outcome.UNMODELLED, arguments={"amount": "60", "fee": "1"}, balances=STATE)
    assert "31337" not in repr(found)


def test_values_that_the_interpreter_does_not_confirm_reject_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intents, "confirms", lambda *_: False)
    assert_open(LEAK, Outcome.DISAGREEMENT)


def test_what_a_text_issues_needs_an_authority() -> None:
    for statement in ("mint(sender, amount);", "burn(sender, amount);", "if (vip) { mint(sender, amount); }"):
        found = verdict_on(pay(statement))
        assert (found.verdict, found.code) == (Vote.REJECT, "G10")
        assert {result.id: result.outcome for result in found.obligations}["G10"] is Outcome.REFUTED


def test_a_proof_names_the_accounts_it_takes_for_distinct() -> None:
    assert verdict_on(LEAK).assumptions == ("distinct accounts: `sender`, `receiver`, `third`",)
    ids = {"sender": "DE01", "receiver": "DE02", "third": "DE03"}
    assert verdict_on(LEAK, arguments=ids).assumptions == ()


def test_a_text_that_moves_no_money_has_nothing_to_check() -> None:
    found = verdict_on("intent note(n: Int) { guard { n > 0; } verify { n > 0; } }")
    assert found.verdict is Vote.ABSTAIN
    assert [result.outcome for result in found.obligations] == [Outcome.NOTHING_TO_CHECK]


def test_every_intent_of_a_batch_is_judged() -> None:
    good = LEAK.replace("+ fee; r", "; r")
    text = f"atomic_batch b {{ {good} {LEAK.replace('pay', 'leak')} }}"
    found = verdict_on(text)
    assert [(result.id, result.outcome) for result in found.obligations] == [
        ("pay:conserved.default", Outcome.PROVED),
        ("leak:conserved.default", Outcome.REFUTED),
    ]
    assert found.findings[0].intent == "leak"


def test_text_that_is_no_intent_is_rejected_with_its_place() -> None:
    found = verdict_on("please pay Bob")
    assert (found.verdict, found.code, found.program_digest) == (Vote.REJECT, "SYNTAX", "")
    assert found.findings[0].span is not None


def test_values_that_cannot_be_bound_are_rejected() -> None:
    assert verdict_on(LEAK, arguments={"fee": "1e3"}).code == "BAD_VALUE"
    assert verdict_on(LEAK, arguments={"feee": "1"}).code == "UNKNOWN_NAME"


def test_an_identity_beyond_polynomials_is_left_open() -> None:
    thirds = "receiver.balance += amount / 3 + (amount + 1) / 3; third.balance += (amount + 2) / 3;"
    found = assert_open(pay(f"sender.balance -= amount; {thirds}"), Outcome.BUDGET)
    assert "found no values" in found.reason


def test_a_sum_that_needs_too_much_work_is_left_open() -> None:
    found = assert_open(pay("for i in 0..400 { if (amount > i) { transfer(sender, receiver, fee); } }"), Outcome.BUDGET)
    assert "needs more than" in found.reason


def test_a_text_that_reads_as_another_program_than_was_sent_is_left_open() -> None:
    text = pay("transfer(sender, receiver, amount);").encode()
    sent = GUARDIAN.verify(Question("t", intent_text=text), DEADLINE_MS).program_digest
    same = GUARDIAN.verify(Question("t", intent_text=text, expected_digest=sent), DEADLINE_MS)
    other = GUARDIAN.verify(Question("t", intent_text=text, expected_digest="0" * 64), DEADLINE_MS)
    assert same.verdict is Vote.APPROVE
    assert other.verdict is Vote.ABSTAIN
    assert [result.outcome for result in other.obligations] == [Outcome.DISAGREEMENT]
