"""Dispatch: the chosen experts all at once under one deadline, and the layer of each that gives no answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from aethel.decision.path import Prepared
from aethel.decision.proofs import DECIDED
from aethel.request import Expert, Question, Scope
from aethel.runtime.deadline import Deadline
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process
from aethel.runtime.spans import span
from aethel.verdict import DECIDED_BY_SOLVER, Z3_EXPERT, ExpertVerdict, Outcome, Source, Vote
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.asking import Asking
from services.orchestrator.dispatch_cache import VerdictCache, question_key
from services.orchestrator.dispatch_metrics import SolverNeed
from services.orchestrator.dispatch_versions import Answer, Fleet
from services.orchestrator.progress import telling

_log = EventLog(__name__)


@dataclass(frozen=True, slots=True)
class Seat:
    """One expert of the panel: where it is asked, how long it may take, and the same checks in this process.

    `layer` is None for an expert whose checks cannot run here.
    """

    expert: Fleet
    process: Process
    timeout_ms: int
    layer: Expert | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one expert: a verdict, or none, and what was not as it should have been."""

    verdict: ExpertVerdict | None
    degraded: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to a panel, written once; `key` names it in the cache, None where it is put past it."""

    asking: Asking
    deadline: Deadline
    is_bound: bool
    key: bytes | None

    @property
    def question(self) -> Question:
        return self.asking.question


class Dispatch:
    """Asks the experts of a panel; `threads` run the layers, `cache` holds what experts said, if it is wanted."""

    def __init__(
        self, seats: Mapping[str, Seat], threads: Executor, metrics: Metrics, cache: VerdictCache | None = None
    ) -> None:
        self._seats = seats
        self._threads = threads
        self._metrics = metrics
        self._cache = cache
        self.need = SolverNeed()

    async def ask(
        self, prepared: Prepared, deadline: Deadline, *, first_reject: bool = False, is_fresh: bool = False
    ) -> Sequence[Heard]:
        """What every expert of the plan says by the deadline, in the plan's order; cancelling cancels all of them.

        With `first_reject` the first rejection on evidence that decides cancels those that have said nothing yet; what
        `is_fresh` was said to this very question and is not kept.
        Never raises for an expert's sake: an expert that cannot be heard is a `Heard` without a verdict.
        """
        asking = Asking.of(prepared.question)
        key = None if self._cache is None or is_fresh else question_key(asking)
        asked = _Asked(asking, deadline, _is_bound(prepared), key)
        async with asyncio.TaskGroup() as panel:
            tasks = [panel.create_task(telling(name, self._hear(name, asked))) for name in prepared.plan.experts]
            if first_reject:
                await _until_rejected(tasks)
        heard = [Heard(None) if task.cancelled() else task.result() for task in tasks]
        self._count_solver(heard)
        return heard

    async def _hear(self, name: str, asked: _Asked) -> Heard:
        seat = self._seats.get(name)
        if seat is None:
            return Heard(None, f"{name}: no such expert is configured")
        started_s = time.monotonic()
        try:
            with span(f"aethel.expert.{seat.process}", is_call=True):
                answer = await self._answer(seat, asked)
        except ExpertUnavailable as absence:
            self._metrics.expert_available(seat.process, is_available=False)
            return await self._stand_in(seat, asked.question, asked.deadline, absence.reason, None)
        verdict = answer.verdict
        if not verdict.served.from_cache:
            self._metrics.expert_available(seat.process, is_available=True)
        self._count(seat, verdict, started_s)
        if seat.layer is not None and _gave_up(verdict):
            return await self._stand_in(seat, asked.question, asked.deadline, Absence.LATE, verdict)
        return Heard(verdict, answer.degraded)

    async def _answer(self, seat: Seat, asked: _Asked) -> Answer:
        """What the expert says, or has said of the same question before."""
        fleet, deadline, client = seat.expert, asked.deadline, asked.question.client
        # A question about all values is proved, and nothing of it can be recalled in a moment.
        in_frames = seat.process is not Process.Z3 or asked.is_bound
        ask = partial(fleet.ask, asked.asking, deadline, in_frames=in_frames)
        if self._cache is None or asked.key is None:
            return await ask()
        place = (fleet.name, fleet.edition(client, asked.question.transaction_id), client)
        return await self._cache.answer(place, asked.key, deadline, ask)

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

    def _count_solver(self, heard: Sequence[Heard]) -> None:
        for one in heard:
            if one.verdict is not None and one.verdict.expert_name == Z3_EXPERT:
                is_new = DECIDED_BY_SOLVER in one.verdict.proof_trace and not one.verdict.served.from_cache
                self.need.count(was_needed=is_new)

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


def _is_bound(prepared: Prepared) -> bool:
    """Whether the question is about given values alone, so that a proof made before may decide it at once."""
    instance = prepared.instance
    return instance is not None and instance.complete and prepared.question.scope is Scope.GIVEN


async def _until_rejected(tasks: Sequence[asyncio.Task[Heard]]) -> None:
    """Wait until all is heard, or one has rejected for certain: then the others are cancelled."""
    open_tasks = set(tasks)
    while open_tasks:
        finished, open_tasks = await asyncio.wait(open_tasks, return_when=asyncio.FIRST_COMPLETED)
        if any(_rejects(task) for task in finished):
            for task in open_tasks:
                task.cancel()
            return


def _rejects(task: asyncio.Task[Heard]) -> bool:
    if task.cancelled() or task.exception() is not None:
        return False
    verdict = task.result().verdict
    return verdict is not None and verdict.verdict is Vote.REJECT and verdict.evidence in DECIDED
