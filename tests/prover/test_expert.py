"""What the Z3 expert says of whole texts: proved, refuted with values that were replayed, or left to others."""

from __future__ import annotations

import pytest

from aethel.intent.obligations import obligations
from aethel.intent.reading import read
from aethel.prover.local import local_expert
from aethel.request import Question
from aethel.transaction import AmountText
from aethel.verdict import Evidence, Outcome, Vote
from tests.prover.asking import PAY, UNGUARDED, ask, outcomes, results

FEE = """intent buy(payer: Account<EUR>, shop: Account<EUR>, house: Account<EUR>, price: Balance<EUR>) {
    guard {
        price >= 0.01;
        old_payer_balance >= price;
        fee = price * 25 / 1000;
    }
    effect {
        payer.balance -= price;
        house.balance += fee;
        shop.balance += price - fee;
    }
    verify {
        fee <= price;
        shop_balance >= old_shop_balance;
    }
}
"""

BATCH = """atomic_batch payday {
    intent first(firm: Account, ann: Account, wage: Balance) {
        guard { wage > 0; old_firm_balance >= wage; }
        effect { transfer(firm, ann, wage); }
        verify { ann_balance == old_ann_balance + wage; }
    }
    intent second(firm: Account, ben: Account, bonus: Balance) {
        guard { bonus > 0; old_firm_balance >= bonus; }
        effect { transfer(firm, ben, bonus); }
        verify { ben_balance == old_ben_balance + bonus; }
    }
}
"""


def test_a_payment_is_proved_for_all_values() -> None:
    verdict = ask(PAY)
    assert (verdict.verdict, verdict.evidence) == (Vote.APPROVE, Evidence.CERTIFIED)
    assert set(outcomes(verdict).values()) == {Outcome.PROVED}


def test_every_obligation_of_the_text_gets_exactly_one_result() -> None:
    file = read(BATCH.encode()).file
    assert file is not None
    verdict = ask(BATCH)
    assert [result.id for result in verdict.obligations] == [each.id for each in obligations(file)]
    assert verdict.program_digest == file.digest


def test_a_proof_names_the_hypotheses_it_rests_on() -> None:
    assert ask(PAY).assumptions == (
        "the touched balances of default sum to at most 9223372036854775807 before",
        "distinct accounts: `sender`, `receiver`",
    )


def test_a_hypothesis_that_the_given_values_settle_is_no_longer_assumed() -> None:
    accounts = {"sender": "DE1", "receiver": "DE2"}
    balances = {"sender_balance": "3", "receiver_balance": "0"}
    assert ask(PAY, balances=balances, accounts=accounts).assumptions == ()


def test_a_missing_guard_is_refuted_with_values_under_which_the_account_is_overdrawn() -> None:
    refuted = results(ask(UNGUARDED))["solvent.sender_balance"]
    shown = refuted.counterexample
    assert refuted.outcome is Outcome.REFUTED
    assert shown is not None
    assert shown.replayed
    amount, before = int(dict(shown.inputs)["amount"]), int(dict(shown.before)["old_sender_balance"])
    assert int(dict(shown.after)["sender_balance"]) == before - amount < 0


def test_a_refutation_shows_small_numbers_where_small_ones_do() -> None:
    verdict = ask(PAY.replace("receiver_balance == old_receiver_balance + amount", "receiver_balance > sender_balance"))
    shown = results(verdict)["post.2"].counterexample
    assert shown is not None
    assert max(int(text) for _, text in (*shown.before, *shown.after)) <= 10
    assert dict(shown.inputs)["amount"] == "1"


def test_a_rejection_carries_one_finding_for_each_refuted_obligation() -> None:
    verdict = ask(UNGUARDED)
    refuted = [result for result in verdict.obligations if result.outcome is Outcome.REFUTED]
    assert {finding.code for finding in verdict.findings} == {"IN_RANGE", "SOLVENT"}
    assert [finding.span for finding in verdict.findings] == [result.span for result in refuted]
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, verdict.findings[0].code)


def test_a_false_postcondition_is_refuted_at_its_line() -> None:
    verdict = ask(PAY.replace("receiver_balance == old_receiver_balance + amount", "receiver_balance > 10"))
    assert (verdict.code, str(verdict.findings[0].span)) == ("POST", "12:9")


def test_lost_money_is_refuted_with_the_difference() -> None:
    verdict = ask(PAY.replace("receiver.balance += amount;", "receiver.balance += amount - 1;"))
    lost = next(finding for finding in verdict.findings if finding.code == "CONSERVED")
    assert lost.delta == "-1"


def test_contradicting_guards_are_vacuous_and_named() -> None:
    verdict = ask(PAY.replace("amount > 0;", "amount > 0; amount < 1;"))
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "VACUOUS")
    assert verdict.reason == "the guards of `pay` contradict one another: `amount > 0` (3:9), `amount < 1` (3:21)"
    assert outcomes(verdict)["non_vacuous"] is Outcome.VACUOUS


def test_a_guard_against_the_range_of_its_type_names_the_range() -> None:
    assert "the range of `amount`" in ask(PAY.replace("amount > 0;", "amount < 0;")).reason


def test_requires_that_contradict_the_guards_leave_no_execution() -> None:
    verdict = ask(PAY.replace("sender.balance -= amount;", "require amount < 0; sender.balance -= amount;"))
    found = outcomes(verdict)
    assert (found["non_vacuous"], found["consistent"]) == (Outcome.PROVED, Outcome.REFUTED)
    assert verdict.code == "CONSISTENT"


def test_a_fee_rounded_to_the_cent_is_split_without_loss() -> None:
    assert ask(FEE).verdict is Vote.APPROVE


def test_a_fee_that_is_not_rounded_is_a_fraction_of_a_cent() -> None:
    verdict = ask(FEE.replace("price * 25 / 1000", "price * 2.5%"))
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "IN_RANGE")
    assert "a fraction" in verdict.reason


def test_a_divisor_that_nothing_keeps_from_zero_is_refuted() -> None:
    text = FEE.replace("price: Balance<EUR>)", "price: Balance<EUR>, parts: Int)").replace("25 / 1000", "1 / parts")
    assert "the divisor `parts` can be zero" in [finding.message for finding in ask(text).findings]


def test_a_batch_is_proved_intent_by_intent() -> None:
    verdict = ask(BATCH)
    assert verdict.verdict is Vote.APPROVE
    assert {result.id.partition(":")[0] for result in verdict.obligations} == {"first", "second"}


def test_one_bad_intent_rejects_its_batch() -> None:
    verdict = ask(BATCH.replace("bonus > 0; old_firm_balance >= bonus;", "bonus > 0;"))
    assert verdict.verdict is Vote.REJECT
    assert {finding.intent for finding in verdict.findings} == {"second"}
    assert outcomes(verdict)["first:post.1"] is Outcome.PROVED


def test_the_same_question_gets_the_same_verdict() -> None:
    assert ask(UNGUARDED) == ask(UNGUARDED)


def test_the_spelling_of_names_changes_neither_outcomes_nor_work() -> None:
    renamed = PAY.replace("sender", "zoe").replace("receiver", "abe").replace("amount", "zz")
    first, second = ask(PAY), ask(renamed)
    assert [result.work for result in first.obligations] == [result.work for result in second.obligations]
    assert list(outcomes(first).values()) == list(outcomes(second).values())


def test_names_that_the_encoding_uses_itself_are_names_like_any_other() -> None:
    text = FEE.replace("price: Balance<EUR>)", "price: Balance<EUR>, q1: Int, a0: Bool)").replace(
        "price >= 0.01;", "price >= 0.01; q1 == 5; not a0;"
    )
    verdict = ask(text.replace("fee <= price;", "fee <= price; fee <= 0.05;"))
    assert outcomes(verdict)["post.1"] is Outcome.PROVED
    assert outcomes(verdict)["post.2"] is Outcome.REFUTED


def test_a_secret_line_among_contradicting_guards_is_named_by_its_place_alone() -> None:
    verdict = ask(PAY.replace("amount > 0;", "amount > 0; secret amount < 1;"))
    assert verdict.code == "VACUOUS"
    assert "a secret line (3:28)" in verdict.reason
    assert "amount < 1" not in verdict.reason


def test_a_trace_says_which_lines_a_proof_used() -> None:
    used = dict(ask(PAY).proof_trace)["solvent.sender_balance"]
    assert "using `old_sender_balance >= amount` (4:9)" in used
    assert "amount > 0" not in used


def test_a_text_that_is_no_intent_is_rejected_with_what_reading_found() -> None:
    verdict = ask("pay everybody")
    assert (verdict.verdict, verdict.evidence, verdict.code) == (Vote.REJECT, Evidence.EVALUATED, "SYNTAX")


def test_a_given_value_that_its_type_does_not_admit_is_rejected() -> None:
    assert (ask(PAY, {"amount": "-1"}).verdict, ask(PAY, {"amount": "-1"}).code) == (Vote.REJECT, "OUT_OF_RANGE")


def test_a_transaction_without_text_is_left_to_others() -> None:
    verdict = local_expert().verify(Question("t1", transaction=AmountText("1.00")), 1000)
    assert verdict.verdict is Vote.ABSTAIN
    assert [result.outcome for result in verdict.obligations] == [Outcome.NOTHING_TO_CHECK]


def test_a_text_that_reads_as_another_program_than_was_sent_is_not_judged() -> None:
    verdict = local_expert().verify(Question("t1", PAY.encode(), expected_digest="0" * 64), 1000)
    assert (verdict.verdict, verdict.obligations[0].outcome) == (Vote.ABSTAIN, Outcome.DISAGREEMENT)


def test_a_counterexample_that_the_interpreter_does_not_confirm_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aethel.prover.replay.confirms", lambda *_: False)
    verdict = ask(UNGUARDED)
    assert verdict.verdict is Vote.ABSTAIN
    assert outcomes(verdict)["solvent.sender_balance"] is Outcome.DISAGREEMENT
    assert all(result.counterexample is None for result in verdict.obligations)


def test_a_witness_that_the_interpreter_does_not_admit_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aethel.prover.replay.admits", lambda *_: False)
    verdict = ask(PAY)
    assert verdict.verdict is Vote.ABSTAIN
    assert outcomes(verdict)["consistent"] is Outcome.DISAGREEMENT


def test_a_condition_that_only_irrational_numbers_meet_is_left_open() -> None:
    text = PAY.replace("amount: Balance", "amount: Balance, x: Decimal").replace(
        "amount > 0;", "amount > 0; x * x == 2;"
    )
    verdict = ask(text)
    assert verdict.verdict is Vote.ABSTAIN
    assert outcomes(verdict)["non_vacuous"] is Outcome.UNMODELLED


def test_a_product_beyond_the_encoding_is_unmodelled_and_not_approved() -> None:
    text = PAY.replace("amount: Balance", "amount: Balance, x: Int").replace(
        "    verify {\n", f"    verify {{\n        {' * '.join(['x'] * 18)} >= 0;\n"
    )
    verdict = ask(text)
    assert verdict.verdict is Vote.ABSTAIN
    assert outcomes(verdict)["post.1"] is Outcome.UNMODELLED
    assert outcomes(verdict)["solvent.sender_balance"] is Outcome.PROVED


def test_the_version_is_a_digest_and_stays_the_same() -> None:
    assert local_expert().version == local_expert().version
    assert len(bytes.fromhex(local_expert().version)) == 32
