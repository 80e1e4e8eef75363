"""What is tried again, and what never is; against servers that fail as they are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import grpc
import pytest

from aethel.client import (
    NEVER,
    AsyncClient,
    Broken,
    Client,
    ClientError,
    DeadlineExceeded,
    InvalidQuestion,
    NotAllowed,
    Retrying,
    Unavailable,
    ask,
)
from aethel.client.endpoint import Endpoint, Tls
from aethel.runtime.faults import Reason, RequestFault
from aethel.v1 import verification_pb2, watching_pb2
from aethel.verdict import AGAIN, UNKEPT, Consensus, Finding, MOEResult
from aethel.wire.convert import result_to_proto
from tests.client.intents import PAYMENT
from tests.wire.experts import running
from tests.wire.partial_mesh import PartialMesh

QUICK = Retrying(first_pause_ms=1, longest_pause_ms=2)


def result(transaction_id: str, assumptions: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> Any:
    answer = MOEResult(transaction_id, Consensus.APPROVED, Decimal(1), assumptions=assumptions, findings=findings)
    return result_to_proto(answer)


@dataclass
class Flaky(PartialMesh):
    """Fails as told, call by call, and answers from then on."""

    failures: list[RequestFault | grpc.StatusCode] = field(default_factory=list)
    impostor: str = ""
    unkept: bool = False
    repeated: bool = False
    asked: list[str] = field(default_factory=list)
    authorizations: list[object] = field(default_factory=list)

    async def Verify(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked.append(request.question.transaction_id)
        self.authorizations += [value for name, value in context.invocation_metadata() if name == "authorization"]
        if self.failures:
            await self._fail(self.failures.pop(0), context)
        answered = self.impostor or request.question.transaction_id
        return verification_pb2.VerificationServiceVerifyResponse(
            result=result(answered, (UNKEPT,) * self.unkept, (AGAIN,) * self.repeated)
        )

    async def VerifyStream(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        async for frame in request_iterator:
            for item in frame.items:
                self.asked.append(item.question.transaction_id)
                answer = watching_pb2.VerificationAnswer(
                    item_id=item.item_id, result=result(item.question.transaction_id)
                )
                yield watching_pb2.VerificationServiceVerifyStreamResponse(answers=[answer])
                if self.failures:
                    await self._fail(self.failures.pop(0), context)

    async def _fail(self, failure: RequestFault | grpc.StatusCode, context: Any) -> None:
        if isinstance(failure, RequestFault):
            raise failure
        await context.abort(failure, "told to")

    async def VerifyBatch(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise AssertionError("nobody asks this")

    async def Prepare(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise AssertionError("nobody asks this")


@asynccontextmanager
async def asking(servicer: Flaky, **given: Any) -> AsyncIterator[AsyncClient]:
    async with (
        running(servicer) as server,
        AsyncClient(str(server.address), **{"retrying": QUICK, **given}) as client,
    ):
        yield client


BUSY = RequestFault(Reason.OVERLOADED, "full", retry_after_ms=3)


@pytest.mark.parametrize("failure", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, BUSY])
async def test_what_may_pass_is_tried_again_under_the_same_id(failure: RequestFault | grpc.StatusCode) -> None:
    flaky = Flaky([failure, failure])
    async with asking(flaky) as client:
        assert (await client.verify(ask(PAYMENT, transaction_id="tx"))).is_approved
    assert flaky.asked == ["tx"] * 3


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (RequestFault(Reason.INVALID_REQUEST, "no"), InvalidQuestion),
        (RequestFault(Reason.INTERNAL, "no"), Broken),
        (RequestFault(Reason.DEADLINE_EXCEEDED, "no"), DeadlineExceeded),
        (grpc.StatusCode.PERMISSION_DENIED, NotAllowed),
        (grpc.StatusCode.UNAUTHENTICATED, NotAllowed),
    ],
)
async def test_what_does_not_pass_is_raised_at_once(
    failure: RequestFault | grpc.StatusCode, expected: type[ClientError]
) -> None:
    flaky = Flaky([failure])
    async with asking(flaky) as client:
        with pytest.raises(expected):
            await client.verify(ask(PAYMENT))
    assert len(flaky.asked) == 1


async def test_the_number_of_attempts_is_bounded() -> None:
    flaky = Flaky([grpc.StatusCode.UNAVAILABLE] * 9)
    async with asking(flaky) as client:
        with pytest.raises(Unavailable):
            await client.verify(ask(PAYMENT))
    assert len(flaky.asked) == QUICK.most_attempts


async def test_an_answer_to_another_question_is_no_answer() -> None:
    async with asking(Flaky(impostor="other")) as client:
        with pytest.raises(Broken, match="another question"):
            await client.verify(ask(PAYMENT))


async def test_a_stream_that_breaks_is_taken_up_where_it_broke() -> None:
    flaky = Flaky([grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE])
    async with asking(flaky) as client:
        questions = [ask(PAYMENT, transaction_id=str(number)) for number in range(6)]
        answered = [one.transaction_id async for one in client.verify_stream(questions)]
    assert sorted(answered) == [question.transaction_id for question in questions]
    assert len(flaky.asked) == len(answered)


async def test_a_blocking_stream_that_breaks_is_taken_up_too() -> None:
    flaky = Flaky([grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE])
    questions = [ask(PAYMENT, transaction_id=str(number)) for number in range(6)]
    async with running(flaky) as server:

        def ask_all() -> list[str]:
            with Client(str(server.address), retrying=QUICK) as client:
                return [one.transaction_id for one in client.verify_stream(questions)]

        answered = await asyncio.to_thread(ask_all)
    assert sorted(answered) == [question.transaction_id for question in questions]


async def test_the_token_travels_with_every_call() -> None:
    flaky = Flaky([grpc.StatusCode.UNAVAILABLE])
    async with asking(flaky, token="secret") as client:
        await client.verify(ask(PAYMENT))
    assert flaky.authorizations == ["Bearer secret"] * 2


def test_a_pause_waits_for_what_the_mesh_asks_and_never_beyond_the_deadline() -> None:
    asked = Unavailable("full", retry_after_ms=700)
    assert (Retrying().pause_ms(asked, 1, 10_000) or 0) >= 700
    assert Retrying().pause_ms(asked, 1, 700) is None
    assert NEVER.pause_ms(asked, 1, 10_000) is None


def test_pauses_grow_up_to_their_bound() -> None:
    policy = Retrying(most_attempts=100, first_pause_ms=10, longest_pause_ms=40)
    longest = [max(policy.pause_ms(Unavailable(""), n, 10_000) or 0 for _ in range(200)) for n in (1, 2, 3, 60)]
    assert longest[0] <= 10 < longest[1] <= 20 < longest[2] <= 40
    assert longest[3] <= 40


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Endpoint("nowhere"), "no address"),
        (lambda: Endpoint("mesh.example:50050", token="t"), "without TLS"),
        (lambda: Endpoint("mesh.example:50050", tls=Tls(key=b"k")), "given alone"),
    ],
)
def test_a_client_that_would_be_unsafe_is_not_made(make: Callable[[], Endpoint], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


def test_a_token_and_a_key_are_not_shown() -> None:
    shown = repr(Endpoint("127.0.0.1:1", token="hush", tls=Tls(key=b"hush", certificate=b"c")))
    assert "hush" not in shown
