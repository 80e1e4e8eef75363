"""VerificationService: converts, calls one function, converts back."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from aethel.clients.allowance import ALLOWANCE
from aethel.runtime.caller import CALLER
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.logs import EventLog
from aethel.v1 import intent_pb2, verdict_pb2, verification_pb2
from aethel.wire.client import MAX_BATCH_QUESTIONS
from aethel.wire.convert import question_from_proto, result_to_proto
from aethel.wire.convert_fault import fault_to_proto
from aethel.wire.settling import phase_to_proto
from services.orchestrator.allowance import budget_allowed
from services.orchestrator.mesh import CONCLUDE_MS, Mesh
from services.orchestrator.settlement import Settlement
from services.orchestrator.watching import WatchingServicer

if TYPE_CHECKING:
    import grpc

BATCH_CONCURRENCY = 8
"""Questions of one batch decided at once: enough to keep every expert busy, few enough to leave room for others."""

_log = EventLog(__name__)


class VerificationServicer(WatchingServicer):
    """Serves a mesh; no request takes longer than `timeout_ms`."""

    def __init__(self, mesh: Mesh, timeout_ms: int) -> None:
        super().__init__(mesh, timeout_ms)
        self._settlement = Settlement(mesh.commitment)

    async def Verify(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServiceVerifyRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> verification_pb2.VerificationServiceVerifyResponse:
        """One answer; raises RequestFault."""
        deadline = self._deadline(request, context)
        question, first_reject = question_from_proto(request.question), _first_reject(request)
        answer = await self._mesh.decide(question, deadline, CALLER.get().name, commits=True, first_reject=first_reject)
        return verification_pb2.VerificationServiceVerifyResponse(result=result_to_proto(answer))

    async def Prepare(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServicePrepareRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> verification_pb2.VerificationServicePrepareResponse:
        """What holds of an intent for all values, with its certificate; raises RequestFault."""
        deadline = self._deadline(request, context)
        question = question_from_proto(
            intent_pb2.Question(
                transaction_id=request.transaction_id,
                intent=request.intent,
                budget=budget_allowed(request.budget),
                scope=intent_pb2.SCOPE_TEMPLATE,
                with_evidence=True,
            )
        )
        answer = await self._mesh.decide(question, deadline, CALLER.get().name)
        certificates = [verdict.certificate for verdict in answer.expert_verdicts if verdict.certificate]
        return verification_pb2.VerificationServicePrepareResponse(
            result=result_to_proto(answer), certificate=b"".join(certificates[:1])
        )

    async def Replay(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServiceReplayRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> verification_pb2.VerificationServiceReplayResponse:
        """What this mesh would answer, changing nothing; raises RequestFault."""
        deadline = self._deadline(request, context)
        answer = await self._mesh.decide(question_from_proto(request.question), deadline, request.client)
        return verification_pb2.VerificationServiceReplayResponse(result=result_to_proto(answer))

    async def VerifyBatch(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServiceVerifyBatchRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> verification_pb2.VerificationServiceVerifyBatchResponse:
        """An answer or a fault for each question, in their order; raises RequestFault where there are too many."""
        if len(request.questions) > MAX_BATCH_QUESTIONS:
            raise RequestFault(
                Reason.REQUEST_TOO_LARGE, f"{len(request.questions)} questions, expected at most {MAX_BATCH_QUESTIONS}"
            )
        ALLOWANCE.get().charge_requests(max(0, len(request.questions) - 1))
        left_ms = self._deadline(request, context).remaining_ms()
        deadline = Deadline.after_ms(left_ms - min(CONCLUDE_MS, left_ms // 10))
        places = asyncio.Semaphore(BATCH_CONCURRENCY)
        async with asyncio.TaskGroup() as batch:
            answer = partial(self._answer, deadline=deadline, places=places, first_reject=_first_reject(request))
            tasks = [batch.create_task(answer(question)) for question in request.questions]
        return verification_pb2.VerificationServiceVerifyBatchResponse(answers=[task.result() for task in tasks])

    async def Settle(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServiceSettleRequest,
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002  the contract gives it
    ) -> verification_pb2.VerificationServiceSettleResponse:
        """Redeem a token; raises RequestFault."""
        name, is_repeated = await self._settlement.settle(CALLER.get().name, request.token, request.retry_key)
        return verification_pb2.VerificationServiceSettleResponse(transaction_id=name, is_repeated=is_repeated)

    async def Release(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServiceReleaseRequest,
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002  the contract gives it
    ) -> verification_pb2.VerificationServiceReleaseResponse:
        """Give a reservation back; raises RequestFault."""
        name = await self._settlement.release(CALLER.get().name, request.token)
        return verification_pb2.VerificationServiceReleaseResponse(transaction_id=name)

    async def GetResult(  # noqa: N802  the name in the contract
        self,
        request: verification_pb2.VerificationServiceGetResultRequest,
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002  the contract gives it
    ) -> verification_pb2.VerificationServiceGetResultResponse:
        """What is kept of an id; raises RequestFault."""
        kept = await self._settlement.result(CALLER.get().name, request.transaction_id)
        return verification_pb2.VerificationServiceGetResultResponse(
            result=verdict_pb2.MOEResult.FromString(kept.result) if kept.result else None,
            phase=phase_to_proto(kept.phase.value),
            expires_ms=kept.expires_ms,
        )

    async def _answer(
        self, message: intent_pb2.Question, *, deadline: Deadline, places: asyncio.Semaphore, first_reject: bool
    ) -> verification_pb2.BatchAnswer:
        """One answer of a batch; whatever is wrong with one question stays with that question."""
        async with places:
            try:
                question, name = question_from_proto(message), CALLER.get().name
                answer = await self._mesh.decide(question, deadline, name, commits=True, first_reject=first_reject)
                return verification_pb2.BatchAnswer(result=result_to_proto(answer))
            except RequestFault as fault:
                return verification_pb2.BatchAnswer(fault=fault_to_proto(fault))
            except Exception as error:  # noqa: BLE001  one question must not end the others
                incident = secrets.token_hex(8)
                _log.error("a question of a batch failed unexpectedly", exception=error, incident=incident)
                broken = RequestFault(Reason.INTERNAL, f"internal error, incident {incident}")
                return verification_pb2.BatchAnswer(fault=fault_to_proto(broken))


def _first_reject(
    request: verification_pb2.VerificationServiceVerifyRequest | verification_pb2.VerificationServiceVerifyBatchRequest,
) -> bool:
    """Whether the caller waits for no more than a certain rejection; raises RequestFault for a wish nobody knows."""
    if request.collect not in verification_pb2.Collect.values():
        raise RequestFault(Reason.INVALID_REQUEST, f"`collect` is {request.collect}, expected a value of this contract")
    return request.collect == verification_pb2.COLLECT_FIRST_REJECT
