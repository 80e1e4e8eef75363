"""A proxy in front of a real expert that can hold a call up, or change what the expert answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.v1 import expert_pb2
from tests.orchestrator.processes import MAX_MESSAGE_BYTES

_VERIFY = "/aethel.v1.ExpertService/Verify"
_STREAM = "/aethel.v1.ExpertService/VerifyStream"

Frame = expert_pb2.ExpertServiceVerifyStreamRequest
Frames = expert_pb2.ExpertServiceVerifyStreamResponse

Answer = expert_pb2.ExpertServiceVerifyResponse
Tamper = Callable[[Answer], Awaitable[bytes]]
"""From the expert's honest answer to the bytes that are sent in its place."""


async def honest(answer: Answer) -> bytes:
    """The answer as it is."""
    return answer.SerializeToString()


@dataclass
class Proxy:
    """`tamper` changes answers; `held` holds calls up until it is set; the rest says what was seen: `frames`
    how many questions came together."""

    address: Address
    tamper: Tamper = honest
    held: asyncio.Event = field(default_factory=asyncio.Event)
    remaining_ms: list[int] = field(default_factory=list)
    open_calls: int = 0
    most_open_calls: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    frames: list[int] = field(default_factory=list)
    cancelled: int = 0

    def be_honest(self) -> None:
        """Let calls through as they are, and forget what was seen."""
        self.tamper = honest
        self.held.set()
        self.remaining_ms.clear()
        self.frames.clear()
        self.cancelled = 0
        self.most_open_calls = 0

    async def until(self, open_calls: int) -> None:
        """Wait until so many calls are open."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.open_calls == open_calls)


@asynccontextmanager
async def proxy_of(expert: Address) -> AsyncIterator[Proxy]:
    """A proxy of the expert at this address, on a free port."""
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    proxy = Proxy(Address("127.0.0.1", port))
    proxy.be_honest()
    async with open_channel(expert, MAX_MESSAGE_BYTES) as channel:
        forward = channel.unary_unary(_VERIFY, _as_is, _as_is)

        async def verify(request: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
            message = expert_pb2.ExpertServiceVerifyRequest.FromString(request)
            async with _seen(proxy, message.remaining_ms):
                answer = Answer.FromString(await forward(request, timeout=10))
                return await proxy.tamper(answer)

        async def verify_stream(frames: AsyncIterator[bytes], context: grpc.aio.ServicerContext[Any, Any]) -> None:
            stream = _Stream(proxy, channel.stream_stream(_STREAM, _as_is, _as_is), context)
            await stream.serve(frames)

        handlers = {
            "Verify": grpc.unary_unary_rpc_method_handler(verify),
            "VerifyStream": grpc.stream_stream_rpc_method_handler(verify_stream),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("aethel.v1.ExpertService", handlers),))
        await server.start()
        try:
            yield proxy
        finally:
            await server.stop(None)


class _Stream:
    """One stream of a caller: every item is put to the expert on a stream of its own, and its answer tampered with."""

    def __init__(self, proxy: Proxy, forward: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        self._proxy = proxy
        self._forward = forward
        self._context = context
        self._open: dict[int, asyncio.Task[None]] = {}
        self._writing = asyncio.Lock()

    async def serve(self, frames: AsyncIterator[bytes]) -> None:
        try:
            async for message in frames:
                frame = Frame.FromString(message)
                self._proxy.frames.append(len(frame.items))
                for item in frame.items:
                    self._open[item.item_id] = asyncio.create_task(self._answer(item))
                for item_id in frame.cancelled_item_ids:
                    self._proxy.cancelled += 1
                    self._open[item_id].cancel()
        finally:
            for task in self._open.values():
                task.cancel()
            await asyncio.gather(*self._open.values(), return_exceptions=True)

    async def _answer(self, item: expert_pb2.ExpertItem) -> None:
        async with _seen(self._proxy, item.remaining_ms):
            call = self._forward()
            await call.write(Frame(items=[item]).SerializeToString())
            await call.done_writing()
            (answer,) = Frames.FromString(await call.read()).answers
        is_verdict = answer.WhichOneof("outcome") == "verdict"
        sent = await self._tampered(answer) if is_verdict else Frames(answers=[answer]).SerializeToString()
        # gRPC takes one message of a stream at a time.
        async with self._writing:
            await self._context.write(sent)

    async def _tampered(self, answer: expert_pb2.ExpertAnswer) -> bytes:
        """The frame with the answer that is sent in place of an honest one."""
        honest = Answer(transaction_id=answer.transaction_id, verdict=answer.verdict)
        changed = expert_pb2.ExpertAnswer(item_id=answer.item_id)
        try:
            sent = await self._proxy.tamper(honest)
        except RuntimeError:
            changed.fault.reason = "INTERNAL"
            return Frames(answers=[changed]).SerializeToString()
        try:
            said = Answer.FromString(sent)
        except DecodeError:
            return sent
        changed.transaction_id = said.transaction_id
        changed.verdict.CopyFrom(said.verdict)
        return Frames(answers=[changed]).SerializeToString()


@asynccontextmanager
async def _seen(proxy: Proxy, remaining_ms: int) -> AsyncIterator[None]:
    """Count one question for as long as it is open, and hold it up as long as the proxy says."""
    proxy.remaining_ms.append(remaining_ms)
    await _count(proxy, 1)
    try:
        await proxy.held.wait()
        yield
    finally:
        await _count(proxy, -1)


def _as_is(message: bytes) -> bytes:
    return message


async def _count(proxy: Proxy, change: int) -> None:
    async with proxy.changed:
        proxy.open_calls += change
        proxy.most_open_calls = max(proxy.most_open_calls, proxy.open_calls)
        proxy.changed.notify_all()
