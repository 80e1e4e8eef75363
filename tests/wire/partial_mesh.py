"""A mesh of which a test serves what it is about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from aethel.v1 import verification_pb2_grpc


class PartialMesh(verification_pb2_grpc.VerificationServiceServicer):
    """Every RPC that a test does not serve fails when it is called."""

    async def Settle(self, request: Any, context: Any) -> Any:  # noqa: N802  the name in the contract
        raise AssertionError("nobody settles here")

    async def Release(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise AssertionError("nobody releases here")

    async def GetResult(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise AssertionError("nobody asks for results here")

    async def Replay(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise AssertionError("nobody replays here")

    async def VerifyStream(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        raise AssertionError("nobody streams here")
        yield  # type: ignore[unreachable]  # it makes the function a generator

    async def Watch(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        raise AssertionError("nobody watches here")
        yield  # type: ignore[unreachable]  # it makes the function a generator

    async def Explain(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise AssertionError("nobody explains here")
