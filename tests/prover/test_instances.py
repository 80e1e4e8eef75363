"""Questions with given values: what is given is put in, what is open stays open."""

from __future__ import annotations

from aethel.verdict import Evidence, Outcome, Vote
from tests.prover.asking import PAY, UNGUARDED, ask, outcomes

ENOUGH = {"sender_balance": "30", "receiver_balance": "2"}
TOO_LITTLE = {"sender_balance": "3", "receiver_balance": "2"}
FULL_RECEIVER = {"sender_balance": "30", "receiver_balance": str(2**63 - 3)}


def test_a_full_instance_is_evaluated_without_a_solver() -> None:
    verdict = ask(PAY, {"amount": "5"}, ENOUGH)
    assert (verdict.verdict, verdict.evidence) == (Vote.APPROVE, Evidence.EVALUATED)
    assert sum(result.work for result in verdict.obligations) == 0


def test_a_full_instance_is_refuted_with_the_given_values() -> None:
    verdict = ask(UNGUARDED, {"amount": "5"}, TOO_LITTLE)
    shown = verdict.findings[0].counterexample
    assert (verdict.code, verdict.evidence) == ("SOLVENT", Evidence.EVALUATED)
    assert verdict.reason == "`sender_balance` falls below zero on the given values"
    assert shown is not None
    assert dict(shown.before) == {"old_sender_balance": "3", "old_receiver_balance": "2"}
    assert dict(shown.after) == {"sender_balance": "-2", "receiver_balance": "7"}


def test_a_text_that_fails_in_general_holds_where_the_given_values_let_it() -> None:
    assert ask(UNGUARDED).verdict is Vote.REJECT
    assert ask(UNGUARDED, {"amount": "5"}, ENOUGH).verdict is Vote.APPROVE


def test_a_false_guard_is_named_with_the_values_it_is_false_on() -> None:
    verdict = ask(PAY, {"amount": "5"}, TOO_LITTLE)
    finding = verdict.findings[0]
    assert (verdict.verdict, verdict.code, verdict.evidence) == (
        Vote.REJECT,
        "PRECONDITION_FALSE",
        Evidence.EVALUATED,
    )
    assert finding.message == (
        "the precondition `old_sender_balance >= amount` is false with `amount = 5`, `old_sender_balance = 3`"
    )
    assert finding.numbers == (("amount", "5"), ("old_sender_balance", "3"))
    assert str(finding.span) == "4:9"
    assert verdict.findings == (finding,)


def test_what_does_not_start_has_nothing_else_to_check() -> None:
    found = outcomes(ask(PAY, {"amount": "5"}, TOO_LITTLE))
    assert (found.pop("non_vacuous"), found.pop("consistent")) == (Outcome.VACUOUS, Outcome.REFUTED)
    assert set(found.values()) == {Outcome.NOTHING_TO_CHECK}


def test_a_guard_that_is_false_by_itself_is_not_blamed_on_the_given_values() -> None:
    verdict = ask(PAY.replace("amount > 0;", "amount > 0; 2 < 1;"), {"amount": "5"}, ENOUGH)
    assert (verdict.verdict, verdict.code, verdict.evidence) == (Vote.REJECT, "VACUOUS", Evidence.EVALUATED)


def test_a_guard_is_false_already_where_what_is_open_cannot_save_it() -> None:
    verdict = ask(PAY, {"amount": "0"})
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "PRECONDITION_FALSE")
    assert outcomes(verdict)["non_vacuous"] is Outcome.VACUOUS


def test_a_false_require_is_a_false_precondition() -> None:
    verdict = ask(PAY.replace("sender.balance -=", "require amount < 4; sender.balance -="), {"amount": "5"}, ENOUGH)
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "PRECONDITION_FALSE")
    assert outcomes(verdict)["consistent"] is Outcome.REFUTED


def test_a_require_on_a_branch_not_taken_is_no_precondition() -> None:
    text = PAY.replace("sender.balance -=", "if (amount > 9) { require amount < 4; } sender.balance -=")
    assert ask(text, {"amount": "5"}, ENOUGH).verdict is Vote.APPROVE
    assert ask(text, {"amount": "10"}, ENOUGH).code == "PRECONDITION_FALSE"


def test_a_secret_value_is_not_told_by_a_false_guard() -> None:
    verdict = ask(PAY.replace("amount: Balance", "secret amount: Balance"), {"amount": "314159"}, ENOUGH)
    assert verdict.code == "PRECONDITION_FALSE"
    assert "314159" not in repr(verdict)


def test_a_secret_guard_is_not_told_at_all() -> None:
    verdict = ask(PAY.replace("amount > 0;", "secret amount > 7;"), {"amount": "5"}, ENOUGH)
    assert verdict.reason == "a secret precondition is false on the given values"
    assert "amount > 7" not in verdict.reason + repr(verdict.findings) + repr(verdict.proof_trace)


def test_a_secret_value_is_not_told_by_a_counterexample() -> None:
    verdict = ask(UNGUARDED.replace("amount: Balance", "secret amount: Balance"), {"amount": "314159"}, ENOUGH)
    shown = verdict.findings[0].counterexample
    assert verdict.code == "SOLVENT"
    assert shown is not None
    assert [name for name, _ in shown.inputs] == ["sender", "receiver"]
    assert shown.after == ()


def test_what_is_not_given_stays_open() -> None:
    partial = {"sender_balance": "30"}
    assert ask(PAY, {"amount": "5"}, partial).verdict is Vote.APPROVE
    refuted = ask(
        PAY.replace("receiver_balance == old_receiver_balance", "receiver_balance == 2"), {"amount": "5"}, partial
    )
    shown = refuted.findings[0].counterexample
    assert shown is not None
    assert dict(shown.inputs)["amount"] == "5"
    assert dict(shown.before)["old_receiver_balance"] != "2"


def test_the_open_names_are_listed() -> None:
    trace = dict(ask(PAY, {"amount": "5"}, {"sender_balance": "30"}).proof_trace)
    assert trace["for all values of"] == "sender, receiver, old_receiver_balance"


def test_a_full_instance_beyond_the_supply_hypothesis_is_decided_by_what_happens() -> None:
    overflowing = ask(PAY, {"amount": "5"}, FULL_RECEIVER)
    assert (overflowing.verdict, overflowing.code) == (Vote.REJECT, "IN_RANGE")
    assert ask(PAY, {"amount": "1"}, FULL_RECEIVER).verdict is Vote.APPROVE


def test_an_open_instance_beyond_the_supply_hypothesis_is_rejected_by_name() -> None:
    verdict = ask(PAY, {}, FULL_RECEIVER)
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "VACUOUS")
    assert "the touched balances of default sum to at most" in verdict.reason


def test_a_later_intent_starts_where_the_earlier_one_ended() -> None:
    def twice(amount: int) -> str:
        lines = [
            f"""intent {name}(firm: Account, {name}: Account) {{
                guard {{ old_firm_balance >= {amount}; }}
                effect {{ transfer(firm, {name}, {amount}); }}
                verify {{ {name}_balance == old_{name}_balance + {amount}; }}
            }}"""
            for name in ("ann", "ben")
        ]
        return f"atomic_batch twice {{ {' '.join(lines)} }}"

    balances = {"firm_balance": "100", "ann_balance": "0", "ben_balance": "0"}
    assert ask(twice(50), balances=balances).verdict is Vote.APPROVE
    rejected = ask(twice(51), balances=balances)
    assert (rejected.code, rejected.findings[0].intent) == ("PRECONDITION_FALSE", "ben")
