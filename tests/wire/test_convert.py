"""Laws of the conversions: nothing is lost either way, and what is not understood approves nothing."""

from decimal import Decimal
from typing import TypeVar

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from aethel.request import Question
from aethel.runtime.faults import Reason, RequestFault
from aethel.transaction import AmountText, DoubleEntry, Posting
from aethel.v1 import expert_pb2, intent_pb2, transaction_pb2, verdict_pb2
from aethel.verdict import (
    Consensus,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    MOEResult,
    ObligationResult,
    Outcome,
    Vote,
)
from aethel.wire.convert import (
    MAX_ID_CHARS,
    MalformedAnswer,
    question_from_proto,
    question_to_proto,
    result_from_proto,
    result_to_proto,
    verdict_from_proto,
    verdict_to_proto,
)
from aethel.wire.convert_fault import fault_from_proto, fault_to_proto
from aethel.wire.convert_transaction import transaction_from_proto, transaction_to_proto
from tests.wire import strategies

M = TypeVar("M", bound=Message)

UNKNOWN_FIELD = b"\xfa\x3e\x02no"
"""Field 1007 of some message to come, with a text in it."""

UNKNOWN = 4711
"""An enum value of a contract to come."""


@given(strategies.questions())
def test_a_question_survives_the_wire(question: Question) -> None:
    assert question_from_proto(sent(question_to_proto(question))) == question


@pytest.mark.parametrize("kind", strategies.TRANSACTIONS)
@given(data=st.data())
def test_a_transaction_of_every_kind_survives_the_wire(kind: str, data: st.DataObject) -> None:
    transaction = data.draw(strategies.TRANSACTIONS[kind])
    assert transaction_from_proto(sent(transaction_to_proto(transaction))) == transaction


@given(strategies.verdicts)
def test_a_verdict_survives_the_wire(verdict: ExpertVerdict) -> None:
    received = verdict_from_proto(sent(verdict_to_proto(verdict)))
    assert (received, received.served) == (verdict, verdict.served)


@given(strategies.results)
def test_a_result_survives_the_wire(result: MOEResult) -> None:
    assert result_from_proto(sent(result_to_proto(result))) == result


@given(strategies.messages(intent_pb2.Question, well_formed=True))
def test_a_question_message_survives_the_domain(message: intent_pb2.Question) -> None:
    assert question_to_proto(question_from_proto(message)) == message


@given(strategies.messages(verdict_pb2.ExpertVerdict, well_formed=True))
def test_a_verdict_message_survives_the_domain(message: verdict_pb2.ExpertVerdict) -> None:
    assert verdict_to_proto(verdict_from_proto(message)) == message


@given(strategies.messages(verdict_pb2.MOEResult, well_formed=True))
def test_a_result_message_survives_the_domain(message: verdict_pb2.MOEResult) -> None:
    assert result_to_proto(result_from_proto(message)) == message


@given(strategies.messages(intent_pb2.Question, well_formed=False))
def test_any_question_message_is_read_or_refused_as_invalid(message: intent_pb2.Question) -> None:
    try:
        question_from_proto(message)
    except RequestFault as fault:
        reason = fault.reason
    else:
        return
    assert reason is Reason.INVALID_REQUEST


@given(strategies.messages(verdict_pb2.MOEResult, well_formed=False))
def test_any_result_message_is_read_or_called_malformed(message: verdict_pb2.MOEResult) -> None:
    try:
        result_from_proto(message)
    except MalformedAnswer:
        return


@pytest.mark.parametrize("number", [0, UNKNOWN])
def test_a_vote_that_is_not_understood_abstains(number: int) -> None:
    message = verdict_pb2.ExpertVerdict(confidence=1)
    message.verdict = number  # type: ignore[assignment]
    assert verdict_from_proto(message).verdict is Vote.ABSTAIN


@pytest.mark.parametrize("number", [0, UNKNOWN])
def test_a_consensus_that_is_not_understood_is_uncertain(number: int) -> None:
    message = verdict_pb2.MOEResult()
    message.consensus = number  # type: ignore[assignment]
    assert result_from_proto(message).consensus is Consensus.UNCERTAIN


@pytest.mark.parametrize("number", [0, UNKNOWN])
def test_an_outcome_and_evidence_that_are_not_understood_prove_nothing(number: int) -> None:
    message = verdict_pb2.ExpertVerdict(obligations=[verdict_pb2.ObligationResult(id="post.1")])
    message.evidence = number  # type: ignore[assignment]
    message.obligations[0].outcome = number  # type: ignore[assignment]
    message.obligations[0].evidence = number  # type: ignore[assignment]
    verdict = verdict_from_proto(message)
    assert verdict.evidence is Evidence.NONE
    assert verdict.obligations == (ObligationResult("post.1", Outcome.UNMODELLED, Evidence.NONE),)


@pytest.mark.parametrize("number", [0, UNKNOWN])
def test_a_finding_that_is_not_understood_asks_for_a_rejection(number: int) -> None:
    message = verdict_pb2.ExpertVerdict(findings=[verdict_pb2.Finding(code="G07")])
    message.findings[0].disposition = number  # type: ignore[assignment]
    (finding,) = verdict_from_proto(message).findings
    assert finding.disposition is Disposition.REJECT


@pytest.mark.parametrize("number", [0, UNKNOWN])
def test_a_price_of_no_known_kind_is_refused(number: int) -> None:
    posting = transaction_pb2.Posting(account="a", amount="1", price=transaction_pb2.Price(amount="2"))
    posting.price.kind = number  # type: ignore[assignment]
    entry = transaction_pb2.DoubleEntry(postings=[posting])
    message = intent_pb2.Question(transaction_id="tx", transaction=transaction_pb2.Transaction(double_entry=entry))
    with pytest.raises(RequestFault, match=r"postings\[0\]\.price\.kind"):
        question_from_proto(message)


def test_a_question_without_a_subject_is_refused() -> None:
    with pytest.raises(RequestFault, match="no subject"):
        question_from_proto(intent_pb2.Question(transaction_id="tx"))


def test_a_transaction_without_a_kind_is_refused_and_the_kinds_are_named() -> None:
    message = intent_pb2.Question(transaction_id="tx", transaction=transaction_pb2.Transaction())
    with pytest.raises(RequestFault, match="`double_entry`, `account_transaction`"):
        question_from_proto(message)


@pytest.mark.parametrize("length", [0, MAX_ID_CHARS + 1])
def test_an_identifier_of_no_use_is_refused(length: int) -> None:
    with pytest.raises(RequestFault, match=f"`transaction_id` has {length} characters"):
        question_from_proto(intent_pb2.Question(transaction_id="x" * length, intent=b"text"))


@pytest.mark.parametrize("digest", ["ab", "A" * 64, "é" * 64, "a" * 65])
def test_a_digest_that_is_none_is_refused(digest: str) -> None:
    with pytest.raises(RequestFault, match="expected_program_digest"):
        question_from_proto(intent_pb2.Question(transaction_id="tx", intent=b"", expected_program_digest=digest))


@pytest.mark.parametrize("depth", ["question", "context", "posting"])
def test_a_field_that_is_not_known_is_refused_and_not_dropped(depth: str) -> None:
    posting = transaction_pb2.Posting(account="a", amount="1", commodity="EUR")
    entry = transaction_pb2.DoubleEntry(postings=[posting])
    message = intent_pb2.Question(transaction_id="tx", transaction=transaction_pb2.Transaction(double_entry=entry))
    parts: dict[str, Message] = {
        "question": message,
        "context": message.context,
        "posting": message.transaction.double_entry.postings[0],
    }
    parts[depth].MergeFromString(UNKNOWN_FIELD)
    with pytest.raises(RequestFault, match="does not know"):
        question_from_proto(sent(message))


def test_the_order_of_given_values_is_their_names_whatever_the_sender_did() -> None:
    names = [f"name_{number}" for number in range(20)]
    message = intent_pb2.Question(transaction_id="tx", intent=b"", arguments=dict.fromkeys(reversed(names), "1"))
    assert list(question_from_proto(sent(message)).arguments) == sorted(names)


def test_empty_text_is_a_question() -> None:
    message = sent(question_to_proto(Question("tx", intent_text=b"")))
    assert question_from_proto(message) == Question("tx", intent_text=b"")


@pytest.mark.parametrize(
    "question",
    [
        Question("\ud800", intent_text=b""),
        Question("tx", transaction=AmountText("\udfff")),
        Question("tx", transaction=DoubleEntry((Posting("a\ud800", "1", "EUR"),))),
        Question("tx", intent_text=b"", budget=-1),
        Question("tx", intent_text=b"", budget=2**64),
    ],
)
def test_a_question_that_cannot_be_written_is_refused_before_it_is_sent(question: Question) -> None:
    with pytest.raises(RequestFault) as raised:
        question_to_proto(question)
    assert raised.value.reason is Reason.INVALID_REQUEST


def test_half_a_character_in_a_verdict_is_written_as_its_escape() -> None:
    finding = Finding("G07", "account `\ud800`", accounts=("\ud800",))
    verdict = ExpertVerdict("Guardian_Expert", Vote.REJECT, Decimal(1), Evidence.EVALUATED, findings=(finding,))
    (received,) = verdict_from_proto(sent(verdict_to_proto(verdict))).findings
    assert received.message == "account `\\ud800`"
    assert received.accounts == ("\\ud800",)


@pytest.mark.parametrize("confidence", [float("nan"), float("inf"), -0.1, 1.0000001])
def test_a_confidence_that_is_none_makes_the_answer_malformed(confidence: float) -> None:
    with pytest.raises(MalformedAnswer, match="confidence"):
        verdict_from_proto(verdict_pb2.ExpertVerdict(confidence=confidence))


@pytest.mark.parametrize("latency_ms", [float("nan"), float("inf"), -1.0])
def test_a_latency_that_is_none_makes_the_answer_malformed(latency_ms: float) -> None:
    with pytest.raises(MalformedAnswer, match="latency"):
        verdict_from_proto(verdict_pb2.ExpertVerdict(latency_ms=latency_ms))


def test_a_confidence_never_grows_on_its_way() -> None:
    close = Decimal("0.69999999999999999999")
    verdict = ExpertVerdict("Sentinel_Expert", Vote.APPROVE, close, Evidence.HEURISTIC)
    assert verdict_from_proto(verdict_to_proto(verdict)).confidence == Decimal("0.699999999999999")


@pytest.mark.parametrize("reason", list(Reason))
def test_a_fault_keeps_its_reason_and_message(reason: Reason) -> None:
    fault = fault_from_proto(sent(fault_to_proto(RequestFault(reason, "what is wrong"))))
    assert (fault.reason, fault.message) == (reason, "what is wrong")


def test_a_fault_of_no_known_reason_is_internal() -> None:
    assert fault_from_proto(expert_pb2.Fault(reason="SOMETHING_NEW")).reason is Reason.INTERNAL


def sent(message: M) -> M:
    """The message as its receiver decodes it."""
    return type(message).FromString(message.SerializeToString())
