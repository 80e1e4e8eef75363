"""x402's `POST /verify`, as resource servers ask facilitators: is the payment of a payload valid?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from aethel.adapters.adapted import Adapted
from aethel.adapters.x402 import read_x402
from aethel.transaction import DoubleEntry
from aethel.verdict import Consensus
from aethel.wire.convert import question_to_proto
from aethel.wire.exact_json import RowError
from services.http_face.answers import json_response
from services.http_face.bodies import Bodies, off_loop
from services.http_face.calls import answered
from services.http_face.problems import malformed
from services.http_face.verification import Verification

INVALID_PAYLOAD = "invalid_payload"
NOT_YET_VALID = "invalid_exact_evm_payload_authorization_valid_after"
NO_LONGER_VALID = "invalid_exact_evm_payload_authorization_valid_before"
REJECTED = "invalid_payment"
UNDECIDED = "unexpected_verify_error"

_ASKED = ("paymentPayload", "paymentRequirements")


class Payments:
    """The route of x402. It answers with status 200 whatever it finds of a payment; only a body that is no request at
    all is a problem."""

    def __init__(self, verification: Verification, bodies: Bodies) -> None:
        self._verification = verification
        self._bodies = bodies

    async def verify(self, request: Request) -> Response:
        """Whether the mesh approves the payment within its window; everything but an approval is not valid."""
        async with self._bodies.json_of(request) as (value, content):
            _check_asked(value)
            try:
                (row,) = await off_loop(len(content), lambda: read_x402(content))
            except RowError as error:
                return json_response(_invalid(INVALID_PAYLOAD, error.message))
            return json_response(await self._answer(request, row, value))

    async def _answer(self, request: Request, row: Adapted, value: object) -> dict[str, object]:
        question = row.subject
        if isinstance(question, RowError):
            return _invalid(INVALID_PAYLOAD, question.message, _payer(question.transaction_id))
        payer = _payer(question.transaction_id)
        untimely = _untimely(value) if isinstance(question.transaction, DoubleEntry) else None
        if untimely is not None:
            return _invalid(untimely, "the time is outside the window of the authorization", payer)
        with answered():
            sent = question_to_proto(question)
        result = await self._verification.answer(request, sent)
        match result.consensus:
            case Consensus.APPROVED:
                assumed = [*row.assumptions, *result.assumptions]
                return {"isValid": True, "payer": payer, "assumptions": assumed}
            case Consensus.REJECTED:
                return _invalid(REJECTED, result.reason, payer)
            case Consensus.UNCERTAIN:
                return _invalid(UNDECIDED, result.reason, payer)


def _check_asked(value: object) -> None:
    if not isinstance(value, Mapping):
        raise malformed("the body is no object, expected one with `paymentPayload` and `paymentRequirements`")
    for name in _ASKED:
        if name not in value:
            raise malformed(f"`{name}` is missing")


def _untimely(value: object) -> str | None:
    """Why the authorization cannot be settled now, None where it can: EIP-3009 excludes both ends of its window."""
    payload = cast("Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]", value)["paymentPayload"]["payload"]
    window = payload["authorization"]
    now_s = int(time.time())
    if now_s <= int(window["validAfter"]):
        return NOT_YET_VALID
    return NO_LONGER_VALID if now_s >= int(window["validBefore"]) else None


def _payer(transaction_id: str) -> str:
    """The payer's address, with which the identifier of a payment begins; empty where none could be read."""
    return transaction_id.split("/", maxsplit=1)[0] if "/" in transaction_id else ""


def _invalid(reason: str, message: str, payer: str = "") -> dict[str, object]:
    found: dict[str, object] = {"isValid": False, "invalidReason": reason, "invalidMessage": message}
    return found | ({"payer": payer} if payer else {})
