"""One question from reading to answer: everything between two conversions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TypeVar

from aethel.decision.explaining import explain
from aethel.decision.path import OtherProgram, Prepared, conclude, prepare
from aethel.decision.second_line import SecondLine, disagrees
from aethel.decision.thresholds import Thresholds
from aethel.explanation import Explanation
from aethel.request import Question
from aethel.rules import RuleBook
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics
from aethel.runtime.spans import span
from aethel.store.footprint import Owner
from aethel.verdict import MOEResult, unkept
from services.orchestrator.allowance import budget_allowed, charge_solver
from services.orchestrator.commitment import Commitment, is_understood
from services.orchestrator.dispatch import Dispatch
from services.orchestrator.progress import Running, tell_chosen, tell_read

CONCLUDE_MS = 200
"""Time kept back for the second line and the way home, in milliseconds, but never over a tenth of what is left.

Without it a caller whose deadline an expert uses up would hear of a deadline instead of what is undecided.
"""

_log = EventLog(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What a caller wants besides an answer."""

    deadline: Deadline
    client: str
    commits: bool
    first_reject: bool


@dataclass(frozen=True, slots=True)
class Mesh:
    """Decides questions. `threads` read texts and run the second line, so that the event loop stays free.

    `commitment` reserves what is approved; None where this mesh keeps no state. `rules` say what each client may do.
    """

    dispatch: Dispatch
    thresholds: Thresholds
    second_line: SecondLine
    threads: Executor
    metrics: Metrics
    rules: RuleBook = field(default_factory=RuleBook)
    commitment: Commitment | None = None
    running: Running = field(default_factory=Running)

    async def decide(
        self,
        question: Question,
        deadline: Deadline,
        client: str = "",
        *,
        commits: bool = False,
        first_reject: bool = False,
    ) -> MOEResult:
        """The answer to a client by the deadline; cancelling reaches the experts. `commits` reserves an approval.

        With `first_reject` the first certain rejection is answered without waiting for the other experts.

        Raises RequestFault: DIGEST_MISMATCH where the caller expects another program, DEADLINE_EXCEEDED where not even
        the text could be read in time, STORE_UNAVAILABLE where the state is to be kept and cannot be reached,
        AUDIT_UNAVAILABLE where the answer cannot be recorded.
        """
        started_s = time.monotonic()
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                with span("aethel.verify") as recording:
                    deciding = self._decide(question, _Wishes(deadline, client, commits, first_reject))
                    answer = await self.running.follow(Owner(client, question.transaction_id), deciding)
                    if recording is not None:
                        recording.note("aethel.consensus", answer.consensus.value)
        except TimeoutError:
            raise RequestFault(
                Reason.DEADLINE_EXCEEDED, "the deadline passed before the question was decided"
            ) from None
        latency_ms = (time.monotonic() - started_s) * 1000
        self._report(answer, latency_ms)
        return replace(answer, total_latency_ms=latency_ms)

    async def explain(self, question: Question, deadline: Deadline, client: str = "") -> Explanation:
        """How a question is decided, obligation by obligation; nothing is reserved. Raises like `decide`."""
        asked = replace(question, with_evidence=True, budget=budget_allowed(question.budget))
        answer = await self.decide(asked, deadline, client)
        return await self._in_thread(lambda: explain(prepare(replace(asked, rules=self.rules.of(client))), answer))

    async def _decide(self, question: Question, wishes: _Wishes) -> MOEResult:
        client = wishes.client
        try:
            # What keeps nothing may be a replay, which has to spend what was spent then.
            budget = budget_allowed(question.budget) if wishes.commits else question.budget
            told = replace(question, rules=self.rules.of(client), client=client, budget=budget)
            with span("aethel.gate"):
                prepared = await self._in_thread(lambda: prepare(told))
        except OtherProgram as other:
            facts = {"expected": other.expected, "lowered": other.lowered}
            raise RequestFault(Reason.DIGEST_MISMATCH, str(other), facts) from other
        tell_read(prepared)
        if not wishes.commits:
            return await self._conclude(prepared, wishes)
        if self.commitment is None:
            answer = await self._conclude(prepared, wishes)
            return unkept(answer) if is_understood(prepared) else answer
        owner = Owner(client, prepared.question.transaction_id)
        if not is_understood(prepared):
            answer = await self._conclude(prepared, wishes)
            return await self.commitment.noted(owner, prepared.question, wishes.deadline, answer)
        return await self.commitment.answer(
            owner, prepared.question, wishes.deadline, lambda: self._conclude(prepared, wishes)
        )

    async def _conclude(self, prepared: Prepared, wishes: _Wishes) -> MOEResult:
        tell_chosen(prepared)
        deadline = wishes.deadline
        left_ms, asked_s = deadline.remaining_ms(), time.monotonic()
        heard = await self.dispatch.ask(
            prepared,
            Deadline.after_ms(left_ms - min(CONCLUDE_MS, left_ms // 10)),
            first_reject=wishes.first_reject,
            is_fresh=not wishes.commits,
        )
        verdicts = [one.verdict for one in heard if one.verdict is not None]
        charge_solver(prepared.plan.experts, verdicts, (time.monotonic() - asked_s) * 1000)
        degraded = [one.degraded for one in heard if one.degraded]
        left_ms = min(CONCLUDE_MS, deadline.remaining_ms())
        with span("aethel.consensus"):
            return await self._in_thread(
                lambda: conclude(prepared, verdicts, self.thresholds, self.second_line, left_ms, degraded)
            )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    def _report(self, answer: MOEResult, latency_ms: float) -> None:
        self.metrics.consensus_reached(answer.consensus.value)
        if disagrees(answer):
            _log.error(
                "the second line disagrees with an approval",
                request_id=answer.transaction_id,
                digest=answer.program_digest,
            )
        _log.info(
            "decided",
            request_id=answer.transaction_id,
            consensus=answer.consensus.value,
            digest=answer.program_digest,
            count=len(answer.degraded),
            duration_ms=round(latency_ms),
        )
