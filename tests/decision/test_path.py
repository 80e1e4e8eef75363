"""The path of a question: read once, planned, asked, concluded, and looked at again."""

from decimal import Decimal

import pytest

from aethel.decision.consensus import GATEWAY
from aethel.decision.path import OtherProgram, prepare, run_local
from aethel.decision.second_line import SECOND_LINE, SecondLine, disagrees
from aethel.decision.thresholds import Thresholds
from aethel.intent.reading import read
from aethel.request import Context, Expert, Question
from aethel.transaction import DoubleEntry, Posting, Unsupported
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Consensus,
    MOEResult,
    ObligationResult,
    Outcome,
    Source,
    Vote,
)
from tests.decision.experts import Saying, agreeable, voting
from tests.decision.intents import LEAK, PAYMENT

ENTRY = DoubleEntry((Posting("a", "1", "EUR"), Posting("b", "-1", "EUR")))
RICH = Context(balances={"payer_balance": "100", "payee_balance": "0"})


def _asked(question: Question, *changed: Saying) -> MOEResult:
    names = {one.name for one in changed}
    experts: list[Expert] = [*(one for one in agreeable() if one.name not in names), *changed]
    return run_local(question, experts, Thresholds())


def test_a_payment_everybody_proves_is_approved() -> None:
    answer = _asked(Question("tx", intent_text=PAYMENT))
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert answer.activated_experts == (Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT)


def test_a_transaction_is_not_put_to_the_prover() -> None:
    answer = _asked(Question("tx", transaction=ENTRY))
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert answer.skipped_experts == (Z3_EXPERT,)


def test_what_nobody_reads_is_never_approved() -> None:
    answer = _asked(Question("tx", transaction=Unsupported("ach_batch")))
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.undecided_obligations == ("transaction.understood",)


@pytest.mark.parametrize("text", [b"", b"pay Bob 5", b"\xff", b"intent pay() {", PAYMENT + b"}"])
def test_an_unreadable_text_is_rejected_by_the_gateway_and_no_expert_is_asked(text: bytes) -> None:
    panel = agreeable()
    answer = run_local(Question("tx", intent_text=text), panel, Thresholds())
    assert answer.consensus is Consensus.REJECTED
    assert [(one.expert_name, one.source) for one in answer.expert_verdicts] == [(GATEWAY, Source.GATEWAY)]
    assert answer.findings[0].code == answer.expert_verdicts[0].code != ""
    assert all(not expert.asked for expert in panel)


def test_wrong_values_are_rejected_by_the_gateway() -> None:
    answer = _asked(Question("tx", intent_text=PAYMENT, arguments={"amount": "ten"}))
    assert answer.consensus is Consensus.REJECTED
    assert answer.findings[0].code == "BAD_VALUE"


def test_every_expert_is_told_the_program_that_the_gateway_read() -> None:
    panel = agreeable()
    run_local(Question("tx", intent_text=PAYMENT), panel, Thresholds())
    file = read(PAYMENT).file
    assert file is not None
    assert [expert.asked[0].expected_digest for expert in panel] == [file.digest] * 3


def test_an_asker_who_expects_another_program_is_told_so() -> None:
    with pytest.raises(OtherProgram):
        prepare(Question("tx", intent_text=PAYMENT, expected_digest="0" * 64))


def test_an_asker_who_expects_this_program_is_answered() -> None:
    file = read(PAYMENT).file
    assert file is not None
    assert _asked(Question("tx", intent_text=PAYMENT, expected_digest=file.digest)).consensus is Consensus.APPROVED


def test_a_missing_expert_leaves_the_answer_uncertain_and_is_named() -> None:
    panel = [expert for expert in agreeable() if expert.name != Z3_EXPERT]
    answer = run_local(Question("tx", intent_text=PAYMENT), panel, Thresholds())
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.degraded == ("Z3_Expert: not in this process",)


def test_advice_about_the_text_travels_with_the_answer() -> None:
    unused = PAYMENT.replace(b"amount: Balance", b"amount: Balance, forgotten: Int")
    answer = _asked(Question("tx", intent_text=unused))
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert [finding.code for finding in answer.findings] == ["UNUSED"]


def test_an_approval_is_looked_at_again_without_the_prover() -> None:
    panel = agreeable()
    run_local(Question("tx", intent_text=PAYMENT), panel, Thresholds())
    assert [(expert.name, len(expert.asked)) for expert in panel] == [
        (Z3_EXPERT, 1),
        (SENTINEL_EXPERT, 2),
        (GUARDIAN_EXPERT, 2),
    ]


def test_latencies_come_from_the_clock_that_was_given() -> None:
    ticks = iter(range(100))
    answer = run_local(Question("tx", intent_text=PAYMENT), agreeable(), Thresholds(), clock_ms=lambda: next(ticks))
    assert [verdict.latency_ms for verdict in answer.expert_verdicts] == [1, 1, 1]
    assert answer.total_latency_ms == 7


def test_the_second_line_overturns_an_approval_that_a_checker_rejects() -> None:
    answer = _asked(Question("tx", intent_text=PAYMENT))
    prepared = prepare(Question("tx", intent_text=PAYMENT))
    second_line = SecondLine([voting(GUARDIAN_EXPERT, Vote.REJECT)])
    again = second_line.look(prepared.question, prepared.instance, answer, 50)
    assert (again.consensus, again.overall_confidence) == (Consensus.UNCERTAIN, Decimal(0))
    assert disagrees(again)
    assert not disagrees(answer)
    assert again.expert_verdicts[-1].source is Source.SECOND_LINE


def test_the_second_line_overturns_an_approval_of_another_program() -> None:
    answer = _asked(Question("tx", intent_text=PAYMENT))
    prepared = prepare(Question("tx", intent_text=PAYMENT))
    other = voting(SENTINEL_EXPERT, Vote.APPROVE)
    second_line = SecondLine([Saying(SENTINEL_EXPERT, lambda _: other.say(Question("tx", intent_text=b"")))])
    assert second_line.look(prepared.question, prepared.instance, answer, 50).consensus is Consensus.UNCERTAIN


def test_a_checker_that_runs_out_of_time_disagrees_with_nothing() -> None:
    answer = _asked(Question("tx", intent_text=PAYMENT))
    prepared = prepare(Question("tx", intent_text=PAYMENT))
    late = voting(GUARDIAN_EXPERT, Vote.ABSTAIN)
    second_line = SecondLine([Saying(GUARDIAN_EXPERT, lambda _: late.say(Question("tx", intent_text=b"")))])
    assert second_line.look(prepared.question, prepared.instance, answer, 50) is answer


def test_values_too_large_to_evaluate_are_not_approved() -> None:
    squares = "".join(f"v{index + 1} = v{index} * v{index};" for index in range(11))
    text = PAYMENT.replace(b"guard {", f"guard {{ v0 = amount; {squares} v11 > 0;".encode())
    answer = _asked(Question("tx", intent_text=text, arguments={"amount": str(2**62)}, context=RICH))
    assert answer.consensus is Consensus.REJECTED
    assert "bits, expected at most" in answer.reason


def test_a_checker_that_abstains_disagrees_with_nothing() -> None:
    abstaining = voting(GUARDIAN_EXPERT, Vote.ABSTAIN, ObligationResult("conserved.default", Outcome.UNMODELLED))
    assert _asked(Question("tx", intent_text=PAYMENT), abstaining).consensus is Consensus.APPROVED


@pytest.mark.parametrize("consensus", [Consensus.REJECTED, Consensus.UNCERTAIN])
def test_the_second_line_looks_at_approvals_only(consensus: Consensus) -> None:
    prepared = prepare(Question("tx", intent_text=PAYMENT))
    checker = voting(GUARDIAN_EXPERT, Vote.REJECT)
    answer = MOEResult("tx", consensus, overall_confidence=_asked(prepared.question).overall_confidence)
    assert SecondLine([checker]).look(prepared.question, prepared.instance, answer, 50) is answer
    assert checker.asked == []


def test_the_second_line_sees_money_disappear_on_given_values() -> None:
    question = Question("tx", intent_text=LEAK, arguments={"amount": "5"}, context=RICH)
    answer = _asked(question)
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.findings[-1].code == SECOND_LINE
    assert "conserved.default" in answer.reason


def test_the_second_line_sees_a_guard_that_is_false_on_given_values() -> None:
    question = Question("tx", intent_text=PAYMENT, arguments={"amount": "101"}, context=RICH)
    answer = _asked(question)
    assert answer.consensus is Consensus.UNCERTAIN
    assert "a guard of `pay` is false" in answer.reason


def test_the_second_line_does_not_judge_what_is_open() -> None:
    question = Question("tx", intent_text=LEAK, arguments={"amount": "5"})
    assert _asked(question).consensus is Consensus.APPROVED
