"""What becomes of an approval, over HTTP: tokens redeemed and given back, results kept, and the keys of tokens."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from aethel.runtime.faults import Reason
from aethel.v1 import verification_pb2
from aethel.wire.convert import MAX_ID_CHARS, MalformedAnswer, result_from_proto
from aethel.wire.exact_json import RowError
from aethel.wire.fields import Fields
from aethel.wire.rows import result_to_row
from services.http_face.answers import json_response
from services.http_face.bodies import Bodies
from services.http_face.calls import MeshCalls, answered
from services.http_face.problems import Problem, malformed

_MAX_JWKS_BYTES = 65_536
"""Bytes of a key set that are read; a published key has about 150."""

_PHASE = "ID_PHASE_"


class Settling:
    """The routes after an approval; no request takes longer than `timeout_ms`."""

    def __init__(self, mesh: MeshCalls, bodies: Bodies, timeout_ms: int, jwks_file: Path | None) -> None:
        self._mesh = mesh
        self._bodies = bodies
        self._timeout_ms = timeout_ms
        self._jwks_file = jwks_file

    async def settle(self, request: Request) -> Response:
        """Redeem a token, once, before its money moves."""
        async with self._bodies.json_of(request) as (value, _):
            token, retry_key = _token_of(value, has_retry_key=True)
        told = verification_pb2.VerificationServiceSettleRequest(token=token, retry_key=retry_key)
        response = await self._mesh.ask(request, self._mesh.stub.Settle, told, self._timeout_ms)
        return json_response({"id": response.transaction_id, "is_repeated": response.is_repeated})

    async def release(self, request: Request) -> Response:
        """Give back what a token would redeem."""
        async with self._bodies.json_of(request) as (value, _):
            token, _ = _token_of(value, has_retry_key=False)
        told = verification_pb2.VerificationServiceReleaseRequest(token=token)
        response = await self._mesh.ask(request, self._mesh.stub.Release, told, self._timeout_ms)
        return json_response({"id": response.transaction_id})

    async def result(self, request: Request) -> Response:
        """What is kept of an id of this client."""
        transaction_id: str = request.path_params["id"]
        if not 1 <= len(transaction_id) <= MAX_ID_CHARS:
            raise malformed(f"the id has {len(transaction_id)} characters, expected 1 to {MAX_ID_CHARS}")
        told = verification_pb2.VerificationServiceGetResultRequest(transaction_id=transaction_id)
        response = await self._mesh.ask(request, self._mesh.stub.GetResult, told, self._timeout_ms)
        with answered():
            return json_response({"id": transaction_id, **_kept(transaction_id, response)})

    async def jwks(self, request: Request) -> Response:  # noqa: ARG002  every route gets its request
        """The public keys of tokens, as the file has them now."""
        if self._jwks_file is None:
            raise Problem(HTTPStatus.NOT_FOUND, "NOT_FOUND", "no keys are shown here")
        try:
            content = await asyncio.to_thread(_some_of, self._jwks_file)
        except OSError:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Reason.UNAVAILABLE.value, "keys cannot be read") from None
        return Response(content, media_type="application/jwk-set+json")


def _some_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_JWKS_BYTES)


def _token_of(value: object, *, has_retry_key: bool) -> tuple[str, str]:
    try:
        fields = Fields(value, "")
        token = fields.text("token")
        retry_key = fields.text("retry_key", "") if has_retry_key else ""
        fields.done()
    except RowError as error:
        raise malformed(error.message) from None
    return token, retry_key


def _kept(transaction_id: str, response: verification_pb2.VerificationServiceGetResultResponse) -> dict[str, object]:
    known = response.phase in verification_pb2.IdPhase.values()
    phase = verification_pb2.IdPhase.Name(response.phase) if known else f"{_PHASE}UNSPECIFIED"
    kept: dict[str, object] = {"phase": phase.removeprefix(_PHASE)}
    if response.HasField("expires_ms"):
        kept["expires_ms"] = response.expires_ms
    if response.HasField("result"):
        result = result_from_proto(response.result)
        if result.transaction_id != transaction_id:
            raise MalformedAnswer("the answer is to another question")
        kept["result"] = result_to_row(result)
    return kept
