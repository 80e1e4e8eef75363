"""A proxy in front of a real expert that can hold a call up, or change what the expert answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.v1 import expert_pb2
from tests.orchestrator.processes import MAX_MESSAGE_BYTES

_VERIFY = "/aethel.v1.ExpertService/Verify"

Answer = expert_pb2.ExpertServiceVerifyResponse
Tamper = Callable[[Answer], Awaitable[bytes]]
"""From the expert's honest answer to the bytes that are sent in its place."""


async def honest(answer: Answer) -> bytes:
    """The answer as it is."""
    return answer.SerializeToString()


@dataclass
class Proxy:
    """`tamper` changes answers; `held` holds calls up until it is set; the rest says what was seen."""

    address: Address
    tamper: Tamper = honest
    held: asyncio.Event = field(default_factory=asyncio.Event)
    remaining_ms: list[int] = field(default_factory=list)
    open_calls: int = 0
    most_open_calls: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def be_honest(self) -> None:
        """Let calls through as they are, and forget what was seen."""
        self.tamper = honest
        self.held.set()
        self.remaining_ms.clear()
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
            proxy.remaining_ms.append(message.remaining_ms)
            await _count(proxy, 1)
            try:
                await proxy.held.wait()
                answer = Answer.FromString(await forward(request, timeout=10))
                return await proxy.tamper(answer)
            finally:
                await _count(proxy, -1)

        handler = grpc.unary_unary_rpc_method_handler(verify)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("aethel.v1.ExpertService", {"Verify": handler}),)
        )
        await server.start()
        try:
            yield proxy
        finally:
            await server.stop(None)


def _as_is(message: bytes) -> bytes:
    return message


async def _count(proxy: Proxy, change: int) -> None:
    async with proxy.changed:
        proxy.open_calls += change
        proxy.most_open_calls = max(proxy.most_open_calls, proxy.open_calls)
        proxy.changed.notify_all()
