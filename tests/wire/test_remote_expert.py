"""A remote expert: whatever is no usable verdict is an absence with a reason from a closed list, never a verdict."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from google.protobuf import json_format

from aethel.request import Question
from aethel.runtime.channel import open_channel
from aethel.v1 import expert_pb2, expert_pb2_grpc
from aethel.verdict import ExpertVerdict, Source, Vote
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.answers import told_ms as told_of
from aethel.wire.client import RemoteExpert
from tests.wire.experts import NAME, ParityExpert, channel_to, digest_of, running, serving, settings

EVEN = Question("tx", intent_text=b"even")


@dataclass
class Liar:
    """An expert whose verdicts are changed before they are given."""

    change: Callable[[ExpertVerdict], ExpertVerdict]
    name: str = NAME
    version: str = "1"

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        return self.change(ParityExpert().verify(question, deadline_ms))


class Foreign(expert_pb2_grpc.ExpertServiceServicer):
    """The service of an expert by somebody else, who always gives one response."""

    def __init__(self, response: expert_pb2.ExpertServiceVerifyResponse) -> None:
        self.response = response
        self.requests: list[expert_pb2.ExpertServiceVerifyRequest] = []

    async def Verify(self, request: Any, context: Any) -> Any:  # noqa: N802  the name in the contract
        self.requests.append(request)
        return self.response

    async def VerifyStream(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        yield expert_pb2.ExpertServiceVerifyStreamResponse()

    async def Describe(self, request: Any, context: Any) -> Any:  # noqa: N802
        return expert_pb2.ExpertServiceDescribeResponse(footprint=[expert_pb2.FEATURE_TEXT, 4711])  # type: ignore[list-item]


async def absence(expert: RemoteExpert, question: Question = EVEN, deadline_ms: float = 10_000) -> Absence:
    with pytest.raises(ExpertUnavailable) as raised:
        await expert.verify(question, deadline_ms)
    return raised.value.reason


async def asked(change: Callable[[ExpertVerdict], ExpertVerdict], question: Question = EVEN) -> ExpertVerdict:
    async with serving(Liar(change)) as server, channel_to(server) as channel:
        return await RemoteExpert(NAME, channel).verify(question, 10_000)


async def answered_with(response: dict[str, Any], question: Question = EVEN) -> ExpertVerdict:
    """What `RemoteExpert` makes of a response, as protobuf's JSON, that no servicer of ours would give."""
    message = json_format.ParseDict(response, expert_pb2.ExpertServiceVerifyResponse())
    async with running(Foreign(message)) as server, channel_to(server) as channel:
        return await RemoteExpert(NAME, channel).verify(question, 10_000)


async def test_a_verdict_under_another_experts_name_is_no_verdict() -> None:
    with pytest.raises(ExpertUnavailable, match="by another expert"):
        await asked(lambda verdict: replace(verdict, expert_name="Guardian_Expert"))


async def test_a_verdict_on_another_program_is_no_verdict() -> None:
    """Over a servicer that does not check, such as that of a foreign expert."""
    response = {"verdict": {"expert_name": NAME, "verdict": "VERDICT_APPROVE", "program_digest": "0" * 64}}
    with pytest.raises(ExpertUnavailable, match="about another program") as raised:
        await answered_with({"transaction_id": "tx", **response}, replace(EVEN, expected_digest="1" * 64))
    assert raised.value.reason is Absence.WRONG_ANSWER


async def test_a_verdict_on_another_question_is_no_verdict() -> None:
    response = {"verdict": {"expert_name": NAME, "verdict": "VERDICT_APPROVE"}}
    with pytest.raises(ExpertUnavailable, match="to another question"):
        await answered_with({"transaction_id": "tx-2", **response})


async def test_an_empty_answer_is_no_verdict() -> None:
    with pytest.raises(ExpertUnavailable):
        await answered_with({})


async def test_a_verdict_with_an_impossible_confidence_is_no_verdict() -> None:
    response = {"verdict": {"expert_name": NAME, "verdict": "VERDICT_APPROVE", "confidence": 7}}
    with pytest.raises(ExpertUnavailable) as raised:
        await answered_with({"transaction_id": "tx", **response})
    assert raised.value.reason is Absence.WRONG_ANSWER


async def test_a_vote_that_is_not_understood_abstains() -> None:
    verdict = await answered_with({"transaction_id": "tx", "verdict": {"expert_name": NAME, "verdict": 77}})
    assert verdict.verdict is Vote.ABSTAIN


async def test_a_remote_verdict_is_always_an_experts() -> None:
    assert (await asked(lambda verdict: replace(verdict, source=Source.SECOND_LINE))).source is Source.EXPERT


async def test_a_verdict_on_the_expected_program_is_taken() -> None:
    question = replace(EVEN, expected_digest=digest_of(b"even"))
    assert (await asked(lambda verdict: verdict, question)).verdict is Vote.APPROVE


async def test_an_expert_that_gave_up_before_it_read_is_heard() -> None:
    question = replace(EVEN, expected_digest="0" * 64)
    verdict = await asked(lambda verdict: replace(verdict, verdict=Vote.ABSTAIN, program_digest=""), question)
    assert verdict.verdict is Vote.ABSTAIN


async def test_nobody_at_the_address_is_unreachable() -> None:
    async with serving(ParityExpert()) as server:
        address = server.address
    channel = open_channel(address, settings().max_message_bytes)
    assert await absence(RemoteExpert(NAME, channel)) is Absence.UNREACHABLE
    await channel.close(None)


async def test_a_closed_channel_is_unreachable() -> None:
    async with serving(ParityExpert()) as server, channel_to(server) as channel:
        pass
    assert await absence(RemoteExpert(NAME, channel)) is Absence.UNREACHABLE


async def test_an_expert_that_does_not_answer_in_time_is_late() -> None:
    expert = ParityExpert()
    async with serving(expert) as server, channel_to(server) as channel:
        question = Question("tx", intent_text=b"wait")
        assert await absence(RemoteExpert(NAME, channel), question, deadline_ms=300) is Absence.LATE
        expert.released.set()


@pytest.mark.parametrize("deadline_ms", [0, -1, 0.5])
async def test_no_time_left_is_late_without_a_call(deadline_ms: float) -> None:
    """Nobody is at the address, which a call would notice."""
    async with serving(ParityExpert()) as server:
        address = server.address
    async with open_channel(address, settings().max_message_bytes) as channel:
        assert await absence(RemoteExpert(NAME, channel), deadline_ms=deadline_ms) is Absence.LATE


async def test_an_expert_that_reads_another_program_says_so() -> None:
    async with serving(ParityExpert()) as server, channel_to(server) as channel:
        question = replace(EVEN, expected_digest="0" * 64)
        assert await absence(RemoteExpert(NAME, channel), question) is Absence.OTHER_PROGRAM


async def test_an_expert_that_crashes_has_failed() -> None:
    async with serving(ParityExpert()) as server, channel_to(server) as channel:
        assert await absence(RemoteExpert(NAME, channel), Question("tx", intent_text=b"crash")) is Absence.FAILED


async def test_a_question_that_an_expert_refuses_is_refused() -> None:
    async with serving(ParityExpert()) as server, channel_to(server) as channel:
        assert await absence(RemoteExpert(NAME, channel), replace(EVEN, transaction_id="")) is Absence.REFUSED


async def test_a_question_over_the_message_limit_is_too_much() -> None:
    async with serving(ParityExpert()) as server, channel_to(server) as channel:
        question = Question("tx", intent_text=bytes(settings().max_message_bytes))
        assert await absence(RemoteExpert(NAME, channel), question) is Absence.OVERLOADED


async def test_an_expert_is_told_of_an_earlier_deadline_so_that_its_answer_can_travel_back() -> None:
    foreign = Foreign(expert_pb2.ExpertServiceVerifyResponse())
    async with running(foreign) as server, channel_to(server) as channel:
        await absence(RemoteExpert(NAME, channel), deadline_ms=10_000)
    assert [request.remaining_ms for request in foreign.requests] == [9_995]


@pytest.mark.parametrize(("deadline_ms", "told_ms"), [(40, 36), (1, 0), (float("inf"), 2**32 - 1)])
def test_the_way_back_never_takes_more_than_a_tenth_of_the_time(deadline_ms: float, told_ms: int) -> None:
    assert told_of(deadline_ms) == told_ms


async def test_cancelling_the_task_cancels_the_call() -> None:
    expert = ParityExpert()
    async with serving(expert) as server, channel_to(server) as channel:
        asking = asyncio.create_task(RemoteExpert(NAME, channel).verify(Question("tx", intent_text=b"wait"), 20_000))
        await asyncio.to_thread(expert.begun.acquire)
        asking.cancel()
        assert await server.drain(10) == 0
        expert.released.set()


async def test_a_feature_that_is_not_understood_is_unspecified() -> None:
    response = expert_pb2.ExpertServiceVerifyResponse()
    async with running(Foreign(response)) as server, channel_to(server) as channel:
        description = await RemoteExpert(NAME, channel).describe(5_000)
    assert description.footprint == ("TEXT", "UNSPECIFIED")
