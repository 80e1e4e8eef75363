"""Between an answer and its caller: the id is looked up before anybody is asked, and an approval is reserved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TypeVar, assert_never

from aethel.audit.record import Draft, Kind
from aethel.decision.path import Prepared
from aethel.decision.state import noted, refused
from aethel.request import Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.logs import EventLog
from aethel.runtime.spans import span
from aethel.store.asked import footprint_of, subject_of
from aethel.store.commit import Rejected, Reserved, Superseded, Terms
from aethel.store.entry import Phase, Subject
from aethel.store.footprint import Owner
from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.life import Begun, InFlight, Refused, Stored
from aethel.store.store import Store
from aethel.v1 import verdict_pb2
from aethel.verdict import (
    AGAIN,
    CONFIDENCE_BY_EVIDENCE,
    Consensus,
    Evidence,
    MOEResult,
)
from aethel.wire.convert import result_from_proto, result_to_proto
from services.orchestrator.recording import Recording
from services.orchestrator.tokens import Tokens, minting

LEASE_MARGIN_MS = 1_000
"""Time after its deadline that a decision still holds its id, in milliseconds: for what is on its way to the store."""

FIRST_LOOK_MS, LONGEST_LOOK_MS = 10, 200
"""How soon, and how seldom at most, an id in flight is looked at again. The one who decides may be another process, so
there is no event to wait for.
"""

RETURN_MS = 20
"""Time kept back for saying that an answer could not be recorded, in milliseconds, never over a tenth of the rest."""

UNRECORDED = "the answer could not be recorded in time, so nothing is approved"

_log = EventLog(__name__)

T = TypeVar("T")


def is_understood(prepared: Prepared) -> bool:
    """Whether the question has a content at all; a text that is no intent can be mended and asked again."""
    return prepared.instance is None or prepared.instance.reading.file is not None


@dataclass(frozen=True, slots=True)
class Commitment:
    """Keeps ids and reservations in a store, and a record of every answer; `threads` wait for it.

    An approval is held for `hold_ms`; `tokens` make what redeems it, without them nobody can. An answer leaves once its
    record is durable: both are written in one transaction.
    """

    store: Store
    threads: Executor
    hold_ms: int
    recording: Recording
    tokens: Tokens | None = None

    async def answer(
        self, owner: Owner, question: Question, deadline: Deadline, decide: Callable[[], Awaitable[MOEResult]]
    ) -> MOEResult:
        """The stored answer where there is one, otherwise what `decide` says, kept and as far as approved reserved.

        Raises RequestFault STORE_UNAVAILABLE, and AUDIT_UNAVAILABLE where the answer could not be recorded in time;
        nothing is approved then.
        """
        asked = subject_of(question)
        while True:
            beginning = await self._begin(owner, asked, deadline)
            if isinstance(beginning, Stored):
                return _again(question, beginning)
            if isinstance(beginning, Refused):
                answer = refused(_unheard(question), (beginning.finding,))
                return await self.noted(owner, question, deadline, answer, Kind.REUSE)
            decided = await self._keep(owner, question, asked, beginning.attempt, await decide(), deadline)
            if decided is not None:
                return decided

    async def noted(
        self, owner: Owner, question: Question, deadline: Deadline, answer: MOEResult, kind: Kind = Kind.DECISION
    ) -> MOEResult:
        """The answer once it is in the audit log, its id not being touched; raises RequestFault AUDIT_UNAVAILABLE."""
        last = _last(deadline)
        draft = partial(self.recording.draft, owner, question, _packed(answer), answer.consensus, kind=kind)
        try:
            await self._in_time(last, partial(self.store.note, owner, partial(_unless_late, last, draft)))
        except RequestFault as fault:
            raise RequestFault(Reason.AUDIT_UNAVAILABLE, UNRECORDED) from fault
        return answer

    async def _begin(self, owner: Owner, asked: Subject, deadline: Deadline) -> Begun | Stored | Refused:
        wait_ms = FIRST_LOOK_MS
        while True:
            lease_ms = deadline.remaining_ms() + LEASE_MARGIN_MS
            beginning = await self.in_store(partial(self.store.begin, owner, asked, lease_ms))
            if not isinstance(beginning, InFlight):
                return beginning
            await asyncio.sleep(wait_ms / 1000)
            wait_ms = min(2 * wait_ms, LONGEST_LOOK_MS)

    async def _keep(
        self, owner: Owner, question: Question, asked: Subject, attempt: int, answer: MOEResult, deadline: Deadline
    ) -> MOEResult | None:
        """The answer once it is written; None where another attempt decides by now, so that its answer counts."""
        match answer.consensus:
            case Consensus.APPROVED:
                terms = Terms(attempt, asked, footprint_of(question))
                reserved = partial(self._reserve, owner, question, terms, answer, _last(deadline))
                return await self._in_time(_last(deadline), reserved)
            case Consensus.REJECTED:
                phase = Phase.REJECTED
            case Consensus.UNCERTAIN:
                phase = Phase.UNCERTAIN
            case _:
                assert_never(answer.consensus)
        last, result = _last(deadline), _packed(answer)
        draft = partial(self.recording.draft, owner, question, result, answer.consensus)
        record = partial(_unless_late, last, draft)
        written = partial(self.store.conclude, owner, attempt, phase, result, record=record)
        return answer if await self._in_time(last, written) else None

    def _reserve(
        self, owner: Owner, question: Question, terms: Terms, answer: MOEResult, last: Deadline
    ) -> MOEResult | None:
        mint = minting(self.tokens, owner, question, terms, answer, self.hold_ms)

        @cache
        def given(decision: Reserved | Rejected) -> MOEResult:
            return _committed(answer, decision, mint)

        def record(decision: Reserved | Rejected, _result: bytes) -> Draft:
            # Who reads the log shall not redeem what is in it.
            told = replace(given(decision), token="")  # nosec B106  # nosec B106
            notes = told.assumptions[len(answer.assumptions) :] if isinstance(decision, Reserved) else ()
            draft = partial(self.recording.draft, owner, question, _packed(told), told.consensus, notes)
            return _unless_late(last, draft)

        decision = self.store.commit(owner, terms, self.hold_ms, lambda one: _packed(given(one)), record)
        return None if isinstance(decision, Superseded) else given(decision)

    async def _in_time(self, last: Deadline, work: Callable[[], T]) -> T:
        """What `work` returns, which writes an answer and its record in one transaction, or neither."""
        try:
            async with asyncio.timeout(last.remaining_s()):
                return await self.in_store(work)
        except TimeoutError:
            raise RequestFault(Reason.AUDIT_UNAVAILABLE, UNRECORDED) from None

    async def in_store(self, work: Callable[[], T]) -> T:
        """What an operation on the store says, in a thread; raises RequestFault STORE_UNAVAILABLE."""
        try:
            with span("aethel.store"):
                return await asyncio.get_running_loop().run_in_executor(self.threads, work)
        except (StoreUnavailable, StoreUnusable) as error:
            _log.error("the store is away", exception=error)
            raise RequestFault(Reason.STORE_UNAVAILABLE, "the store is away, so nothing can be approved") from error


def _committed(
    answer: MOEResult, decision: Reserved | Rejected, mint: Callable[[MOEResult, Reserved], MOEResult]
) -> MOEResult:
    match decision:
        case Reserved(notes=notes):
            return mint(noted(answer, notes), decision)
        case Rejected(findings):
            return refused(answer, findings)
        case _:
            assert_never(decision)


def _unheard(question: Question) -> MOEResult:
    """An answer that nobody was asked for."""
    return MOEResult(
        transaction_id=question.transaction_id,
        consensus=Consensus.UNCERTAIN,
        overall_confidence=CONFIDENCE_BY_EVIDENCE[Evidence.NONE],
        program_digest=question.expected_digest if question.transaction is None else "",
    )


def _last(deadline: Deadline) -> Deadline:
    """When the record has to be durable, so that the caller still hears of it where it is not."""
    left_ms = deadline.remaining_ms()
    return Deadline.after_ms(left_ms - min(RETURN_MS, left_ms // 10))


def _unless_late(last: Deadline, draft: Callable[[], Draft]) -> Draft:
    """Runs in the transaction: what nobody waits for any more is not written."""
    if last.remaining_ms() == 0:
        raise RequestFault(Reason.AUDIT_UNAVAILABLE, UNRECORDED)
    return draft()


def _packed(answer: MOEResult) -> bytes:
    return result_to_proto(answer).SerializeToString(deterministic=True)


def _again(question: Question, stored: Stored) -> MOEResult:
    answer = result_from_proto(verdict_pb2.MOEResult.FromString(stored.result))
    return replace(answer, transaction_id=question.transaction_id, findings=(*answer.findings, AGAIN))
