"""The one ExpertService servicer: any in-process expert behind gRPC, working in threads so that the loop stays free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aethel.intent.program import LANGUAGE_VERSION
from aethel.request import Expert, Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.spans import span
from aethel.v1 import expert_pb2, expert_pb2_grpc
from aethel.verdict import ExpertVerdict
from aethel.wire.agreement import is_about_another_program
from aethel.wire.convert_question import question_from_proto
from aethel.wire.convert_rules import rules_from_proto
from aethel.wire.convert_verdict import verdict_to_proto
from aethel.wire.item_stream import Asked, ItemStream

if TYPE_CHECKING:
    import grpc

THREADS = 4
"""Questions judged at once by one process: enough that a slow one does not hold up the quick ones behind it."""

RECALL_THREADS = 1
"""Threads for questions that may be answered without the others: what they do takes microseconds."""

TIMEOUT_MS = 60_000
"""Time for one verdict in milliseconds where neither the caller nor the process says less."""


Recall = Callable[[Question], ExpertVerdict | None]
"""What an expert says of a question at once, because it has said so before; None where it has to judge."""


class ExpertServicer(expert_pb2_grpc.ExpertServiceServicer):
    """Serves `expert` under its own name; `close` ends its threads.

    A verdict has at most `timeout_ms`, and never more than its caller gives. `footprint` names the features
    (`Feature` of the contract, without its prefix) that make a question this expert's business. `on_verdict` sees every
    verdict given, with its latency. `recall` is asked before the expert, in a thread of its own: what it knows does not
    wait for questions that take long.
    """

    def __init__(
        self,
        expert: Expert,
        *,
        timeout_ms: int = TIMEOUT_MS,
        threads: int = THREADS,
        footprint: Collection[str] = (),
        on_verdict: Callable[[ExpertVerdict], None] | None = None,
        recall: Recall | None = None,
    ) -> None:
        self._expert = expert
        self._timeout_ms = timeout_ms
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="verify")
        self._footprint = sorted(expert_pb2.Feature.Value(f"FEATURE_{name}") for name in footprint)
        self._on_verdict = on_verdict
        self._recall = recall
        self._recalling = ThreadPoolExecutor(RECALL_THREADS, thread_name_prefix="recall")

    def close(self) -> None:
        """Take no more work and drop what has not begun; what runs ends by its deadline."""
        for threads in (self._recalling, self._threads):
            threads.shutdown(wait=False, cancel_futures=True)

    async def Verify(  # noqa: N802  the name in the contract
        self, request: expert_pb2.ExpertServiceVerifyRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> expert_pb2.ExpertServiceVerifyResponse:
        """One verdict; raises `RequestFault`."""
        deadline = Deadline.of_call(context.time_remaining(), self._timeout_ms)
        if request.HasField("remaining_ms"):
            deadline = min(deadline, Deadline.after_ms(request.remaining_ms))
        verdict = await self._judge(request, deadline)
        return expert_pb2.ExpertServiceVerifyResponse(
            transaction_id=request.question.transaction_id, verdict=verdict_to_proto(verdict)
        )

    async def VerifyStream(  # noqa: N802  the name in the contract
        self,
        request_iterator: AsyncIterator[expert_pb2.ExpertServiceVerifyStreamRequest],
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002  the signature is gRPC's
    ) -> AsyncIterator[expert_pb2.ExpertServiceVerifyStreamResponse]:
        """Answers to the items of a stream as they get ready, until the caller has sent all and is answered.

        An expert that recalls does nothing else here: what it would have to work out is a fault NOT_KNOWN of its item.
        """
        items = ItemStream(self._judge if self._recall is None else self._known, self._timeout_ms)
        async with aclosing(items.answers(request_iterator)) as frames:
            async for frame in frames:
                yield frame

    async def Describe(  # noqa: N802  the name in the contract
        self,
        request: expert_pb2.ExpertServiceDescribeRequest,  # noqa: ARG002  empty
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002  the signature is gRPC's
    ) -> expert_pb2.ExpertServiceDescribeResponse:
        """Who this expert is."""
        return expert_pb2.ExpertServiceDescribeResponse(
            expert_name=self._expert.name,
            expert_version=self._expert.version,
            language_versions=[LANGUAGE_VERSION],
            footprint=self._footprint,
        )

    async def _judge(self, asked: Asked, deadline: Deadline) -> ExpertVerdict:
        question = _question_of(asked)
        verdict = await self._recalled(question, deadline)
        if verdict is None:
            loop = asyncio.get_running_loop()
            with span("aethel.judge") as recording:
                judge = partial(self._verify, question, deadline)
                # The spans of what runs in the thread belong below this one.
                work = judge if recording is None else partial(copy_context().run, judge)
                verdict = await loop.run_in_executor(self._threads, work)
        return self._given(question, verdict)

    async def _known(self, asked: Asked, deadline: Deadline) -> ExpertVerdict:
        question = _question_of(asked)
        verdict = await self._recalled(question, deadline)
        if verdict is None:
            raise RequestFault(Reason.NOT_KNOWN, "this takes a proof, which is asked for in a call of its own")
        return self._given(question, verdict)

    def _given(self, question: Question, verdict: ExpertVerdict) -> ExpertVerdict:
        _check_digest(question, verdict)
        if self._on_verdict is not None:
            self._on_verdict(verdict)
        return verdict

    async def _recalled(self, question: Question, deadline: Deadline) -> ExpertVerdict | None:
        """What is known of the question; None also where the time is over, which is told by whoever judges."""
        recall = self._recall
        if recall is None:
            return None

        def look() -> ExpertVerdict | None:
            started = time.perf_counter()
            verdict = recall(question) if deadline.remaining_ms() else None
            return verdict and replace(verdict, latency_ms=(time.perf_counter() - started) * 1000)

        return await asyncio.get_running_loop().run_in_executor(self._recalling, look)

    def _verify(self, question: Question, deadline: Deadline) -> ExpertVerdict:
        """Runs in a thread, perhaps long after the question came; the expert itself reads no clock."""
        remaining_ms = deadline.remaining_ms()
        if remaining_ms == 0:
            raise RequestFault(Reason.DEADLINE_EXCEEDED, "the deadline passed before the expert could begin")
        started = time.perf_counter()
        verdict = self._expert.verify(question, remaining_ms)
        return replace(verdict, latency_ms=(time.perf_counter() - started) * 1000)


def _question_of(asked: Asked) -> Question:
    return replace(question_from_proto(asked.question), rules=rules_from_proto(asked.rules), client=asked.client)


def _check_digest(question: Question, verdict: ExpertVerdict) -> None:
    if is_about_another_program(question, verdict):
        expected, lowered = question.expected_digest, verdict.program_digest
        raise RequestFault(
            Reason.DIGEST_MISMATCH,
            f"the text lowers to `{lowered}` here, expected `{expected}`",
            {"expected": expected, "lowered": lowered, "language_version": LANGUAGE_VERSION},
        )
