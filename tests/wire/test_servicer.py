"""The generic servicer: the same verdict as in process, its caller's deadline, and no verdict on another program."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from aethel.request import Question
from aethel.runtime.faults import Reason, RequestFault, fault_of
from aethel.transaction import AmountText
from aethel.v1 import expert_pb2, expert_pb2_grpc, intent_pb2
from aethel.verdict import ExpertVerdict
from aethel.wire.client import RemoteExpert
from aethel.wire.servicer import ExpertServicer
from tests.wire.experts import NAME, SECRET, ParityExpert, channel_to, digest_of, serving

QUESTIONS = (
    Question("tx-1", intent_text=b"even"),
    Question("tx-2", intent_text=b"odd"),
    Question("tx-3", transaction=AmountText("1")),
    Question("tx-4", intent_text=b"even", expected_digest=digest_of(b"even")),
)


@pytest.fixture
def expert() -> ParityExpert:
    return ParityExpert()


@pytest.fixture
async def channel(expert: ParityExpert) -> AsyncIterator[grpc.aio.Channel]:
    async with serving(expert) as server, channel_to(server) as channel:
        yield channel
        expert.released.set()


def request(text: bytes, **fields: object) -> expert_pb2.ExpertServiceVerifyRequest:
    question = intent_pb2.Question(transaction_id="tx", intent=text, **fields)  # type: ignore[arg-type]
    return expert_pb2.ExpertServiceVerifyRequest(question=question)


def call_without_deadline() -> Any:
    """What the servicer reads of a call, for tests that must know which task runs when."""
    return SimpleNamespace(time_remaining=lambda: None)


def call_without_time() -> Any:
    return SimpleNamespace(time_remaining=lambda: 0.0)


async def refused(call: Awaitable[object]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value


def without_latency(verdict: ExpertVerdict) -> ExpertVerdict:
    return replace(verdict, latency_ms=0.0)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.transaction_id)
async def test_the_verdict_over_the_wire_is_the_one_in_process(
    expert: ParityExpert, channel: grpc.aio.Channel, question: Question
) -> None:
    remote = await RemoteExpert(NAME, channel).verify(question, 10_000)
    assert without_latency(remote) == expert.verify(question, 10_000)


async def test_the_verdict_says_how_long_it_took(expert: ParityExpert, channel: grpc.aio.Channel) -> None:
    asking = asyncio.create_task(RemoteExpert(NAME, channel).verify(Question("tx", intent_text=b"wait"), 10_000))
    await asyncio.to_thread(expert.begun.acquire)
    expert.released.set()
    assert (await asking).latency_ms > 0


async def test_a_text_that_lowers_to_another_program_is_refused(channel: grpc.aio.Channel) -> None:
    call = expert_pb2_grpc.ExpertServiceStub(channel).Verify(request(b"even", expected_program_digest="0" * 64))
    error = await refused(call)
    fault = fault_of(error)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert fault is not None
    assert fault.reason is Reason.DIGEST_MISMATCH
    assert fault.facts == {"expected": "0" * 64, "lowered": digest_of(b"even"), "language_version": "1"}


async def test_a_malformed_question_is_an_invalid_argument(channel: grpc.aio.Channel) -> None:
    call = expert_pb2_grpc.ExpertServiceStub(channel).Verify(expert_pb2.ExpertServiceVerifyRequest())
    error = await refused(call)
    fault = fault_of(error)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert fault is not None
    assert fault.reason is Reason.INVALID_REQUEST


async def test_an_expert_that_breaks_its_promise_and_raises_tells_the_caller_nothing(channel: grpc.aio.Channel) -> None:
    error = await refused(expert_pb2_grpc.ExpertServiceStub(channel).Verify(request(b"crash")))
    assert error.code() is grpc.StatusCode.INTERNAL
    assert SECRET not in (error.details() or "")


async def test_an_expert_is_told_the_time_its_caller_has_left(expert: ParityExpert, channel: grpc.aio.Channel) -> None:
    asked = request(b"even")
    asked.remaining_ms = 700
    await expert_pb2_grpc.ExpertServiceStub(channel).Verify(asked, timeout=10)
    (told_ms,) = expert.deadlines_ms
    assert 0 < told_ms <= 700


async def test_the_deadline_of_the_call_counts_where_it_is_earlier(
    expert: ParityExpert, channel: grpc.aio.Channel
) -> None:
    asked = request(b"even")
    asked.remaining_ms = 19_000
    await expert_pb2_grpc.ExpertServiceStub(channel).Verify(asked, timeout=5)
    (told_ms,) = expert.deadlines_ms
    assert 0 < told_ms < 6_000


async def test_a_caller_without_a_deadline_gets_the_experts_own(expert: ParityExpert) -> None:
    async with serving(expert, timeout_ms=800) as server, channel_to(server) as channel:
        await expert_pb2_grpc.ExpertServiceStub(channel).Verify(request(b"even"))
    (told_ms,) = expert.deadlines_ms
    assert 0 < told_ms <= 800


async def test_no_time_left_is_answered_without_asking_the_expert(
    expert: ParityExpert, channel: grpc.aio.Channel
) -> None:
    asked = request(b"even")
    asked.remaining_ms = 0
    error = await refused(expert_pb2_grpc.ExpertServiceStub(channel).Verify(asked))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert expert.deadlines_ms == []


async def test_a_question_that_waited_past_its_deadline_is_not_begun(expert: ParityExpert) -> None:
    async with serving(expert, threads=1) as server, channel_to(server) as channel:
        stub = expert_pb2_grpc.ExpertServiceStub(channel)
        first = stub.Verify(request(b"wait"))
        await asyncio.to_thread(expert.begun.acquire)
        error = await refused(stub.Verify(request(b"even"), timeout=0.2))
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        expert.released.set()
        await first
    assert len(expert.deadlines_ms) == 1


async def test_a_slow_question_does_not_hold_up_another(expert: ParityExpert, channel: grpc.aio.Channel) -> None:
    stub = expert_pb2_grpc.ExpertServiceStub(channel)
    slow = stub.Verify(request(b"wait"))
    await asyncio.to_thread(expert.begun.acquire)
    quick = await stub.Verify(request(b"even"), timeout=5)
    assert quick.transaction_id == "tx"
    assert not slow.done()


async def test_a_cancelled_question_that_has_not_begun_is_never_begun(expert: ParityExpert) -> None:
    servicer = ExpertServicer(expert, threads=1)
    first, cancelled, last = (
        asyncio.create_task(servicer.Verify(request(text), call_without_deadline()))
        for text in (b"wait", b"even", b"odd")
    )
    await asyncio.to_thread(expert.begun.acquire)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    expert.released.set()
    await asyncio.gather(first, last)
    servicer.close()
    assert len(expert.deadlines_ms) == 2


@pytest.fixture
async def recalling(expert: ParityExpert) -> AsyncIterator[ExpertServicer]:
    """One thread that judges, and an expert that knows the text `known` already."""

    def recall(question: Question) -> ExpertVerdict | None:
        return replace(expert.known, latency_ms=0.0) if question.intent_text == b"known" else None

    servicer = ExpertServicer(expert, threads=1, recall=recall)
    yield servicer
    expert.released.set()
    servicer.close()


async def test_what_is_known_does_not_wait_for_what_takes_long(expert: ParityExpert, recalling: ExpertServicer) -> None:
    slow = asyncio.create_task(recalling.Verify(request(b"wait"), call_without_deadline()))
    await asyncio.to_thread(expert.begun.acquire)
    known = await recalling.Verify(request(b"known"), call_without_deadline())
    assert not slow.done()
    assert known.verdict.code == "KNOWN"
    assert known.verdict.latency_ms > 0


async def test_what_is_not_known_is_judged(recalling: ExpertServicer) -> None:
    answer = await recalling.Verify(request(b"odd"), call_without_deadline())
    assert answer.verdict.code == "ODD"


async def test_what_is_known_comes_too_late_after_the_deadline(recalling: ExpertServicer) -> None:
    with pytest.raises(RequestFault) as late:
        await recalling.Verify(request(b"known"), call_without_time())
    assert late.value.reason is Reason.DEADLINE_EXCEEDED


async def test_what_is_known_of_another_program_is_refused(recalling: ExpertServicer) -> None:
    with pytest.raises(RequestFault) as other:
        await recalling.Verify(request(b"known", expected_program_digest="0" * 64), call_without_deadline())
    assert other.value.reason is Reason.DIGEST_MISMATCH


async def test_an_expert_describes_itself(channel: grpc.aio.Channel) -> None:
    description = await RemoteExpert(NAME, channel).describe(5_000)
    assert (description.name, description.version) == (NAME, "1")
    assert description.language_versions == ("1",)
    assert description.footprint == ("INTENT", "LOOPS")


def test_a_footprint_of_no_known_feature_stops_the_start(expert: ParityExpert) -> None:
    with pytest.raises(ValueError, match="FEATURE_MAGIC"):
        ExpertServicer(expert, footprint=("MAGIC",))


async def test_every_verdict_given_is_seen_with_its_latency(expert: ParityExpert) -> None:
    seen: list[ExpertVerdict] = []
    servicer = ExpertServicer(expert, on_verdict=seen.append)
    await servicer.Verify(request(b"odd"), call_without_deadline())
    servicer.close()
    assert [verdict.code for verdict in seen] == ["ODD"]
