"""Dispatch: the chosen experts all at once under one deadline, and the layer of each that gives no answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from aethel.decision.path import Prepared
from aethel.request import Expert, Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process
from aethel.runtime.spans import span
from aethel.verdict import ExpertVerdict, Outcome, Source, Vote
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.client import RemoteExpert
from services.orchestrator.progress import telling

_log = EventLog(__name__)


@dataclass(frozen=True, slots=True)
class Seat:
    """One expert of the panel: where it is asked, how long it may take, and the same checks in this process.

    `layer` is None for an expert whose checks cannot run here.
    """

    expert: RemoteExpert
    process: Process
    timeout_ms: int
    layer: Expert | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one expert: a verdict, or none, and what was not as it should have been."""

    verdict: ExpertVerdict | None
    degraded: str = ""


class Dispatch:
    """Asks the experts of a panel; `threads` run the layers."""

    def __init__(self, seats: Mapping[str, Seat], threads: Executor, metrics: Metrics) -> None:
        self._seats = seats
        self._threads = threads
        self._metrics = metrics

    async def ask(self, prepared: Prepared, deadline: Deadline) -> Sequence[Heard]:
        """What every expert of the plan says by the deadline, in the plan's order; cancelling cancels all of them.

        Never raises for an expert's sake: an expert that cannot be heard is a `Heard` without a verdict.
        """
        async with asyncio.TaskGroup() as panel:
            tasks = [
                panel.create_task(telling(name, self._hear(name, prepared.question, deadline)))
                for name in prepared.plan.experts
            ]
        return [task.result() for task in tasks]

    async def _hear(self, name: str, question: Question, deadline: Deadline) -> Heard:
        seat = self._seats.get(name)
        if seat is None:
            return Heard(None, f"{name}: no such expert is configured")
        started_s = time.monotonic()
        own = min(deadline, Deadline.after_ms(seat.timeout_ms))
        try:
            with span(f"aethel.expert.{seat.process}", is_call=True):
                verdict = await seat.expert.verify(question, own.remaining_s() * 1000)
        except ExpertUnavailable as absence:
            self._metrics.expert_available(seat.process, is_available=False)
            return await self._stand_in(seat, question, deadline, absence.reason, None)
        self._metrics.expert_available(seat.process, is_available=True)
        self._count(seat, verdict, started_s)
        if seat.layer is not None and _gave_up(verdict):
            return await self._stand_in(seat, question, deadline, Absence.LATE, verdict)
        return Heard(verdict)

    async def _stand_in(
        self, seat: Seat, question: Question, deadline: Deadline, reason: Absence, given_up: ExpertVerdict | None
    ) -> Heard:
        """The layer's verdict where there is one; `given_up` is what the expert itself said, for want of better."""
        started_s = time.monotonic()
        verdict = await self._layer(seat, question, deadline)
        outcome = "no layer answered for it" if verdict is None else "its layer answered"
        _log.error(
            "an expert gave no verdict",
            expert=seat.process,
            reason=reason,
            outcome=outcome,
            request_id=question.transaction_id,
        )
        if verdict is not None:
            self._count(seat, verdict, started_s)
        return Heard(verdict or given_up, f"{seat.expert.name}: {reason}, {outcome}")

    async def _layer(self, seat: Seat, question: Question, deadline: Deadline) -> ExpertVerdict | None:
        if seat.layer is None:
            return None
        own = min(deadline, Deadline.after_ms(seat.timeout_ms))
        judge = partial(_judge, seat.layer, question, own)
        try:
            async with asyncio.timeout(own.remaining_s()):
                verdict = await asyncio.get_running_loop().run_in_executor(self._threads, judge)
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001  a broken layer is an absent one
            _log.error("a layer failed", exception=error, expert=seat.process, request_id=question.transaction_id)
            return None
        return None if _gave_up(verdict) else verdict

    def _count(self, seat: Seat, verdict: ExpertVerdict, started_s: float) -> None:
        latency_ms = (time.monotonic() - started_s) * 1000
        self._metrics.expert_answered(seat.process, verdict.source.value, verdict.verdict.value, latency_ms)


def _judge(layer: Expert, question: Question, deadline: Deadline) -> ExpertVerdict:
    """Runs in a thread; the layer itself reads no clock but keeps to the time it is given."""
    started_s = time.monotonic()
    verdict = layer.verify(question, deadline.remaining_s() * 1000)
    return replace(verdict, source=Source.LAYER, latency_ms=(time.monotonic() - started_s) * 1000)


def _gave_up(verdict: ExpertVerdict) -> bool:
    """Whether an abstention decides nothing at all because the time was over before anything was judged."""
    return verdict.verdict is Vote.ABSTAIN and all(one.outcome is Outcome.BUDGET for one in verdict.obligations)
