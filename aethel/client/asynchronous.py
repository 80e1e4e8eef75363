"""The client for programs with an event loop: one channel, used in the loop in which it was opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from aethel.client.answers import Answer, Answered
from aethel.client.asking import DEADLINE_MS, ENDED, answered, body, chunks, due, failing, new_id, new_key, stepped
from aethel.client.endpoint import Endpoint, Tls
from aethel.client.errors import ClientError, Unavailable
from aethel.client.feeding_async import AsyncFeed, Questions
from aethel.client.retrying import Retrying
from aethel.explanation import Explanation
from aethel.progress import Step
from aethel.request import Question
from aethel.runtime.deadline import Deadline
from aethel.wire.client import Preparation
from aethel.wire.mesh_calls import (
    STREAM_METHOD,
    Call,
    batch_call,
    explain_call,
    prepare_call,
    release_call,
    result_call,
    settle_call,
    verify_call,
    watch_call,
)
from aethel.wire.settling import KeptResult, Settled

ResultT = TypeVar("ResultT")


class AsyncClient:
    """A mesh at `address` (`host:port`), asked by a program with an event loop; closes its channel when it is left.

    Every call ends by `deadline_ms` milliseconds, and cancelling it cancels the verification. What fails because no
    mesh answers, or because it has no room, is tried again within that time as `retrying` says; the id of a question
    makes that safe. Every call raises `ClientError`.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        tls: Tls | None = None,
        deadline_ms: int = DEADLINE_MS,
        retrying: Retrying | None = None,
    ) -> None:
        self._endpoint = Endpoint(address, token, tls)
        self._deadline_ms = deadline_ms
        self._retrying = retrying or Retrying()
        self._opened: Any = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End what is open."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    async def verify(self, question: Question, *, deadline_ms: int | None = None) -> Answer:
        """Whether the intent may execute."""
        return Answer.of(await self._call(lambda: verify_call(question), due(deadline_ms, self._deadline_ms)))

    async def verify_batch(self, questions: Sequence[Question], *, deadline_ms: int | None = None) -> list[Answered]:
        """What becomes of each question, in their order; the deadline is for all of them together."""
        deadline = due(deadline_ms, self._deadline_ms)
        outcomes: list[Answered] = []
        for chunk in chunks(questions):
            outcomes += answered(chunk, await self._call(partial(batch_call, chunk), deadline))
        return outcomes

    async def verify_stream(
        self, questions: Questions, *, deadline_ms: int | None = None
    ) -> AsyncGenerator[Answered, None]:
        """What becomes of each question, as soon as it is known; the deadline is for each of them.

        `questions` is read as far ahead as a mesh takes. What a broken stream leaves open is asked again. Raises what
        `questions` raises.
        """
        given_ms = self._deadline_ms if deadline_ms is None else deadline_ms
        due(given_ms, given_ms)
        async with AsyncFeed(questions, given_ms) as feed:
            attempts = 1
            while not await feed.is_over():
                try:
                    async with aclosing(self._stream(feed)) as answering:
                        async for answers in answering:
                            attempts = 1
                            for one in answers:
                                yield one
                except ClientError as error:
                    pause_ms = self._retrying.pause_ms(error, attempts, feed.left_ms())
                    if pause_ms is None:
                        raise
                    attempts += 1
                    await asyncio.sleep(pause_ms / 1000)

    async def prepare(
        self,
        text: str | bytes,
        *,
        transaction_id: str | None = None,
        budget: int = 0,
        deadline_ms: int | None = None,
    ) -> Preparation:
        """What holds of a text for all values, with its certificate, so that questions about it need no solver."""
        named = new_id() if transaction_id is None else transaction_id
        sent = text.encode() if isinstance(text, str) else text
        return await self._call(lambda: prepare_call(named, sent, budget), due(deadline_ms, self._deadline_ms))

    async def explain(self, question: Question, *, deadline_ms: int | None = None) -> Explanation:
        """How the question is decided, obligation by obligation; nothing is reserved."""
        return await self._call(lambda: explain_call(question), due(deadline_ms, self._deadline_ms))

    async def settle(self, token: str, *, retry_key: str | None = None, deadline_ms: int | None = None) -> Settled:
        """Redeem the token of an approval, once, before its money moves; raises `NotRedeemed` where it must not.

        `retry_key` is made anew by whoever moves the money, and kept until it has moved: asked again under the same
        key, also after a crash, this very settlement is found. Without one each call has a key of its own.
        """
        key = new_key() if retry_key is None else retry_key
        return await self._call(lambda: settle_call(token, key), due(deadline_ms, self._deadline_ms))

    async def release(self, token: str, *, deadline_ms: int | None = None) -> str:
        """Give back what a token would redeem; returns its id."""
        return await self._call(lambda: release_call(token), due(deadline_ms, self._deadline_ms))

    async def get_result(self, transaction_id: str, *, deadline_ms: int | None = None) -> KeptResult:
        """What is kept of an id of this client; raises `UnknownId` where there is nothing."""
        return await self._call(lambda: result_call(transaction_id), due(deadline_ms, self._deadline_ms))

    async def watch(self, watched: Question | str, *, deadline_ms: int | None = None) -> AsyncGenerator[Step, None]:
        """The steps of a verification: of a question that is asked now, or of one that runs under this id.

        The last step is `Concluded`; where there is no answer the error is raised. Not tried again.
        """
        deadline = due(deadline_ms, self._deadline_ms)
        with failing(self._endpoint):
            call = watch_call(watched)
            method: Any = self._channel().unary_stream(call.method)
            responses = method(body(call, deadline), timeout=deadline.remaining_s(), metadata=self._endpoint.metadata)
            try:
                async for received in responses:
                    step = call.parse(received)
                    if step is not None:
                        yield stepped(step)
            finally:
                responses.cancel()

    async def _call(self, make: Callable[[], Call[ResultT]], deadline: Deadline) -> ResultT:
        with failing(self._endpoint):
            call = make()
        attempts = 1
        while True:
            try:
                return await self._attempt(call, deadline)
            except ClientError as error:
                pause_ms = self._retrying.pause_ms(error, attempts, deadline.remaining_ms())
                if pause_ms is None:
                    raise
            attempts += 1
            await asyncio.sleep(pause_ms / 1000)

    async def _attempt(self, call: Call[ResultT], deadline: Deadline) -> ResultT:
        request = body(call, deadline)
        with failing(self._endpoint):
            method: Any = self._channel().unary_unary(call.method)
            return call.parse(await method(request, timeout=deadline.remaining_s(), metadata=self._endpoint.metadata))

    async def _stream(self, feed: AsyncFeed) -> AsyncGenerator[list[Answered], None]:
        """The answers that come of one stream; raises `Unavailable` where it ends and leaves questions open."""
        yield await feed.refused()
        with failing(self._endpoint):
            stream: Any = self._channel().stream_stream(STREAM_METHOD)
            responses = stream(feed.frames(), metadata=self._endpoint.metadata)
            try:
                async for received in responses:
                    yield [*await feed.refused(), *await feed.answered(received)]
            finally:
                responses.cancel()
                left_open = await feed.ended()
        if left_open:
            raise Unavailable(ENDED)

    def _channel(self) -> Any:
        """The channel, opened in the loop that first asks; the stubs know only channels with serializers."""
        if self._opened is None:
            self._opened = self._endpoint.open_async()
        return self._opened
