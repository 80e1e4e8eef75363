"""What becomes of an approval, over the wire: the phases of an id as messages, and the mesh asked about its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import grpc

from aethel.v1 import verification_pb2, verification_pb2_grpc
from aethel.verdict import MOEResult
from aethel.wire.absence import MeshUnavailable, answered
from aethel.wire.convert_verdict import MalformedAnswer, result_from_proto

if TYPE_CHECKING:
    from aethel.v1.verification_pb2_grpc import VerificationServiceAsyncStub

Response = TypeVar("Response")

_PREFIX = "ID_PHASE_"


@dataclass(frozen=True, slots=True)
class Settled:
    """A token is redeemed; `is_repeated` says that this very settlement was made before, under the same retry key."""

    transaction_id: str
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class KeptResult:
    """What is kept of an id: the answer as it was given, None while there is none, and the name of its phase.

    `expires_ms` is when its reservation ends by the store's clock, None where nothing is reserved.
    """

    result: MOEResult | None
    phase: str
    expires_ms: int | None


def phase_to_proto(name: str) -> verification_pb2.IdPhase.ValueType:
    """The value of the contract for a phase by its name."""
    return verification_pb2.IdPhase.Value(f"{_PREFIX}{name}")


class RemoteSettlement:
    """The mesh at the end of a channel; the channel stays the caller's.

    Every function raises `RequestFault` with its reason where the mesh refuses, and `MeshUnavailable` where it gave no
    answer: whether a token was redeemed is open then, and only the same retry key tells.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: VerificationServiceAsyncStub = verification_pb2_grpc.VerificationServiceStub(channel)

    async def settle(self, token: str, deadline_ms: float, retry_key: str = "") -> Settled:
        """Redeem a token, once, before its money moves."""
        request = verification_pb2.VerificationServiceSettleRequest(token=token, retry_key=retry_key)
        with answered(MeshUnavailable):
            response = _whole(await self._stub.Settle(request, timeout=deadline_ms / 1000))
            if not response.transaction_id:
                raise MalformedAnswer("the answer names no id")
            return Settled(response.transaction_id, response.is_repeated)

    async def release(self, token: str, deadline_ms: float) -> str:
        """Give back what a token would redeem; returns its id."""
        request = verification_pb2.VerificationServiceReleaseRequest(token=token)
        with answered(MeshUnavailable):
            response = _whole(await self._stub.Release(request, timeout=deadline_ms / 1000))
            if not response.transaction_id:
                raise MalformedAnswer("the answer names no id")
            return response.transaction_id

    async def result(self, transaction_id: str, deadline_ms: float) -> KeptResult:
        """What is kept of an id of this client."""
        request = verification_pb2.VerificationServiceGetResultRequest(transaction_id=transaction_id)
        with answered(MeshUnavailable):
            response = _whole(await self._stub.GetResult(request, timeout=deadline_ms / 1000))
            return kept_of(transaction_id, response)


def _whole(response: Response | None) -> Response:
    """The response; gRPC hands out None where it cannot decode what came."""
    if response is None:
        raise MalformedAnswer("the answer cannot be decoded")
    return response


def kept_of(transaction_id: str, response: verification_pb2.VerificationServiceGetResultResponse) -> KeptResult:
    """What a response says is kept of an id; raises `MalformedAnswer` where it is about another one."""
    known = response.phase in verification_pb2.IdPhase.values()
    phase = verification_pb2.IdPhase.Name(response.phase) if known else f"{_PREFIX}UNSPECIFIED"
    result = result_from_proto(response.result) if response.HasField("result") else None
    if result is not None and result.transaction_id != transaction_id:
        raise MalformedAnswer("the answer is to another question")
    return KeptResult(
        result, phase.removeprefix(_PREFIX), response.expires_ms if response.HasField("expires_ms") else None
    )
